"""An indicator gets out with a complete, current and consistent ethics record, and is withheld with the reason where it has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from catalog.errors import PrivacyError
from catalog.model import Dataset, Ethics, IndicatorEthics
from catalog.publication import Publication
from catalog.releases.ledger import read_manifest
from catalog.releases.release import publish
from tests.catalog.conftest import declared_ethics_of_indicator, text
from tests.catalog.test_release import plain_pages

__all__ = ["plain_pages"]

Build = Callable[..., Publication]
AIR, ELECTRICITY = "sdg_11_6_2_no2", "sdg_9_4_electricity"


def with_ethics(publication: Publication, id_: str, ethics: dict[str, Any] | None, **changes: Any) -> Publication:
    """The publication with other ethics of one indicator."""
    weighed = IndicatorEthics.model_validate(ethics) if ethics else None
    changed = tuple(it.model_copy(update={"ethics": weighed, **changes}) if it.id == id_ else it for it in publication.indicators)
    return replace(publication, indicators=changed)


def decided(status: str = "approved", on: date = date(2026, 11, 2), **changes: Any) -> dict[str, Any]:
    return {"status": status, "by": "data_owner_environment", "on": on, "reason": text("Nothing about the Sámi or any person"), **changes}


def record(folder: Path, id_: str) -> dict[str, Any]:
    return json.loads((folder / "indicators" / id_ / "ethics.json").read_bytes())


def outcomes(said: dict[str, Any]) -> dict[str, str]:
    return {check["rule"].removeprefix("eth:"): check["result"]["outcome"].removeprefix("earl:") for check in said["checks"]}


REFUSED: dict[tuple[str, str], dict[str, Any] | None] = {
    ("withheld", "no_ethics_of_indicator"): None,
    ("B02", "failed"): {"assessed_on": date(2025, 11, 1), "review_due_on": date(2026, 11, 1)},
    ("B02", "future"): {"assessed_on": date(2026, 12, 1), "review_due_on": date(2027, 11, 1), "decision": decided(on=date(2026, 11, 20))},
    ("B17", "failed"): {"discouraged_use": text("The number must not be used for ranking")},
    ("B19", "failed"): {"decision": decided("rejected", reason=text("It says more about the stations than about the air"))},
    ("B19", "required"): {"decision": decided("required", reason=text("Nobody has decided yet"))},
    ("B19", "future"): {"decision": decided(on=date(2026, 12, 1))},
    ("B20", "failed"): {"decision": decided(on=date(2026, 10, 1))},
}
SAID = {
    ("withheld", "no_ethics_of_indicator"): "The indicator has no ethics record. Add ethics to the head of its SQL file",
    ("B02", "failed"): "The assessment of 1 November 2025 should have been renewed by 1 November 2026",
    ("B02", "future"): "The assessment is dated 1 December 2026, which is in the future",
    ("B17", "failed"): "is worded as a prohibition",
    ("B19", "failed"): "is not a yes: It says more about the stations than about the air",
    ("B19", "required"): "is not a yes: Nobody has decided yet",
    ("B19", "future"): "The decision is dated 1 December 2026, which is in the future",
    ("B20", "failed"): "The decision is older than the assessment it rests on",
}


@pytest.mark.parametrize("case", REFUSED, ids=" ".join)
def test_an_indicator_is_withheld_for_each_reason_and_its_record_says_it(
    case: tuple[str, str], publication: Publication, plain_pages: object, tmp_path: Path
) -> None:
    changes = REFUSED[case]
    ethics = declared_ethics_of_indicator(**changes) if changes is not None else None
    release = publish(with_ethics(publication, AIR, ethics), tmp_path / "public")
    said = read_manifest(tmp_path / "public")["withheld_indicators"]
    assert list(said) == [AIR]
    assert SAID[case] in said[AIR]
    assert release.withheld_indicators == said, "the one who runs it is told"
    assert sorted(path.name for path in (release.folder / "indicators" / AIR).iterdir()) == ["ethics.json"]
    assert (release.folder / "indicators" / ELECTRICITY / f"{ELECTRICITY}.csv").is_file(), "the others are not held back"
    shown = duckdb.sql(f"select distinct indicator from '{release.folder}/indicators/observations.parquet'").fetchall()
    assert shown == [(ELECTRICITY,)]
    own = record(release.folder, AIR)
    assert own["decision"]["status"] in ("dpv:AuditRequired", "dpv:AuditRejected")
    if ethics is None:
        assert own["checks"] == []
    else:
        assert outcomes(own)[case[0]] == "failed"
        assert own["measurements"], "what would have been published was measured"
    with duckdb.connect(str(release.folder / "bymaal.duckdb"), read_only=True) as con:
        told = con.execute("select reason_nb, reason_nn, reason_en from meta.gaps where kind = 'withheld_indicator'").fetchall()
        weighed = con.execute("select is_published from meta.ethics where dataset = $1 and kind = 'indicators'", [AIR]).fetchall()
        rows = con.execute(f"select count(*) from indicators.{AIR}").fetchall()
    assert len(told) == 1 and len(set(told[0])) == 3, "told in three languages"
    assert weighed == [(False,)]
    assert rows == [(0,)]


def test_what_is_computed_from_an_indicator_that_is_withheld_goes_with_it(
    publication: Publication, plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    publish(publication, public)
    release = publish(with_ethics(publication, AIR, None), public)
    numbers = {"obs_value", "numerator", "denominator", "old_value", "new_value", "actual", "mean", "median", "value"}
    holding = 0
    for path in release.folder.rglob("*.parquet"):
        shown = duckdb.sql(f"from '{path}'").columns
        if "indicator" in shown and (told := " or ".join(f"{column} is not null" for column in shown if column in numbers)):
            holding += 1
            assert duckdb.sql(f"select count(*) from '{path}' where indicator = '{AIR}' and ({told})").fetchall() == [(0,)], path
    assert holding >= 3, "observations, vintages and revisions at least"
    assert not [path for path in release.folder.rglob("*") if AIR in path.name and path.is_file()]


def test_a_new_formula_unit_or_source_asks_for_a_new_assessment(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    public = tmp_path / "public"
    publish(publication, public)
    later = replace(publication, built_at=datetime(2026, 11, 24, 4, tzinfo=UTC))
    changed = with_ethics(later, AIR, declared_ethics_of_indicator(), version="2")
    assert publish(changed, public).is_new
    assert "assess again" in read_manifest(public)["withheld_indicators"][AIR]
    again = with_ethics(changed, AIR, declared_ethics_of_indicator(assessed_on=date(2026, 11, 24), decision=decided(on=date(2026, 11, 24))))
    publish(again, public)
    assert read_manifest(public)["withheld_indicators"] == {}


def test_time_alone_withholds_an_indicator_when_its_review_is_due(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    public = tmp_path / "public"
    early = with_ethics(publication, AIR, declared_ethics_of_indicator(review_due_on=date(2026, 12, 1)))
    publish(early, public)
    assert read_manifest(public)["withheld_indicators"] == {}
    assert publish(replace(early, built_at=datetime(2026, 12, 1, 4, tzinfo=UTC)), public).is_new
    assert list(read_manifest(public)["withheld_indicators"]) == [AIR]


def test_an_indicator_says_which_dataset_it_is_withheld_for(
    build_publication: Build, make_dataset: dict[str, Callable[..., Dataset]], plain_pages: object, tmp_path: Path
) -> None:
    unweighed = make_dataset["air_quality"](ethics=None)
    release = publish(build_publication(tmp_path / "in", datasets={"air_quality": unweighed}), tmp_path / "public")
    said = read_manifest(tmp_path / "public")["withheld_indicators"]
    assert list(said) == [AIR]
    assert said[AIR].startswith("Rests on data that are withheld: Air quality")
    assert "Bygger på data som er holdt tilbake" in record(release.folder, AIR)["decision"]["reason"]


def test_the_record_of_an_indicator_holds_what_follows_from_its_datasets_and_what_was_measured(
    publication: Publication, plain_pages: object, tmp_path: Path
) -> None:
    release = publish(publication, tmp_path / "public")
    of_dataset = json.loads((release.folder / "data" / "electricity" / "ethics.json").read_bytes())
    own = record(release.folder, ELECTRICITY)
    assert own["about"].endswith(f"/indicators/{ELECTRICITY}")
    for derived in ("countsOf", "legalBasis", "peopleConcerned", "indigenousRelevance", "aboutPeople"):
        assert own.get(derived) == of_dataset.get(derived), derived
    assert own["dataNature"] == ["dpv:DerivedData"]
    assert own["intendedUse"] == text("Following one municipality over time")
    assert declared_ethics_of_indicator()["misleads_when"]["nb"] in [risk["description"]["nb"] for risk in own["risks"]]
    smallest = {one["metric"]: one["value"] for one in own["measurements"]}
    assert smallest["eth:piiFindings"] == 0 and smallest["eth:smallCells"] == 0
    assert smallest["eth:minGroupSize"] >= own["threshold"], "the four inhabitants of one municipality are withheld"
    file = next(one for one in own["measurements"] if "sha256" in one)["sha256"]
    listed = {one["path"]: one["sha256"] for one in read_manifest(tmp_path / "public")["files"]}
    assert listed[f"indicators/{ELECTRICITY}/{ELECTRICITY}.parquet"] == file, "measured on the bytes that are published"
    assert {rule for rule, outcome in outcomes(own).items() if rule.startswith("B")} >= {f"B{n:02}" for n in range(1, 21)}


def test_identifiers_in_the_numbers_of_an_indicator_stop_the_release(build_publication: Build, plain_pages: object, tmp_path: Path) -> None:
    publication = build_publication(tmp_path / "in")
    spoilt = tmp_path / "spoilt.parquet"
    duckdb.sql(
        f"select * replace (case when indicator = '{AIR}' then '01819012365' else ref_area_name end as ref_area_name) "
        f"from '{publication.observations}'"
    ).write_parquet(str(spoilt))
    with pytest.raises(PrivacyError) as stopped:
        publish(replace(publication, observations=spoilt), tmp_path / "public")
    assert "01819012365" not in str(stopped.value)
    assert not (tmp_path / "public" / "current").exists()


def test_the_risk_of_rows_that_are_withheld_is_another_one_for_their_sums(
    build_publication: Build, make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics], plain_pages: object,
    tmp_path: Path,
) -> None:  # fmt: skip
    publication = build_publication(tmp_path / "in")
    trips = next(state.dataset for state in publication.datasets if state.dataset.id == "bike_trips")
    assert trips.ethics is not None
    high = [{
        "type": "risk:Reidentification", "description": text("A trip tells where somebody lives"), "level": "high",
        "mitigation": text("Trips are withheld"), "residual": "high",
    }]  # fmt: skip
    risky = trips.model_copy(update={"ethics": Ethics.model_validate(trips.ethics.model_dump() | {"risks": high})})
    states = tuple(replace(state, dataset=risky) if state.dataset.id == "bike_trips" else state for state in publication.datasets)
    sums = "select 1 from validated.bike_trips"
    changed = replace(with_ethics(publication, ELECTRICITY, declared_ethics_of_indicator(), sql=sums), datasets=states)
    release = publish(changed, tmp_path / "public")
    own = record(release.folder, ELECTRICITY)
    assert outcomes(own)["B14"] == "passed"
    told = [risk["description"]["en"] for risk in own["risks"] if risk["type"] == "risk:Reidentification"]
    assert told == ["The rows behind it are about individuals and withheld. A sum of fewer than 5 could reveal something about them."]
    without_the_sami = declared_ethics_of_indicator(decision=decided(reason=text("Sums point to nobody")))
    publish(replace(with_ethics(changed, ELECTRICITY, without_the_sami, sql=sums), datasets=states), tmp_path / "public")
    assert "B16" in read_manifest(tmp_path / "public")["withheld_indicators"][ELECTRICITY], "what its rows were weighed for is not its own"


def test_a_decision_that_nobody_confirmed_is_told_as_a_proposal(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    proposed = with_ethics(publication, AIR, declared_ethics_of_indicator(decision=decided(is_proposal=True)))
    release = publish(proposed, tmp_path / "public")
    own = record(release.folder, AIR)
    assert outcomes(own)["W11"] == "failed" and outcomes(record(release.folder, ELECTRICITY))["W11"] == "passed"
    assert own["decision"]["reason"].startswith("Forslag til vedtak, ikke bekreftet av en person ennå.")
    assert own["decision"]["decidedBy"]["name"] == "Dataeier, miljøenheten"


@pytest.mark.parametrize("due", [date(2026, 11, 1), date(2027, 11, 2)])
def test_the_next_review_of_an_indicator_is_at_most_a_year_away(due: date) -> None:
    with pytest.raises(ValidationError, match="at most 12 months later"):
        IndicatorEthics.model_validate(declared_ethics_of_indicator(review_due_on=due))
