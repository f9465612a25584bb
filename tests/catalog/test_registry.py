"""Rows of the registry in a release: computed, partly or a gap, always with the reason, in the database and on the pages."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.building.registry import areas_with_value, rows
from catalog.load import vocabulary
from catalog.model import LANGUAGES, RegistryGap
from catalog.publication import Publication
from catalog.releases.release import publish


def words(text: str) -> dict[str, str]:
    return {"nb": f"{text} (nb)", "nn": f"{text} (nn)", "en": f"{text} (en)"}


def gap(id: str, registry: str, target: str, **changes: Any) -> RegistryGap:
    values: dict[str, Any] = {
        "id": id,
        "registry": registry,
        "title": words(f"Asked for {id}"),
        "description": words("What would be counted"),
        "sdg": {"goal": 11, "target": target, "name": words("UN name"), "fidelity": "proxy", "why": words("Points the same way")},
        "unit": "%",
        "better": "lower",
        "target_image": "healthy",
        "roadmap_principle": 1,
        "source": words("Somebody's register"),
        "status": "not_connected",
        "why": words("Nobody connected <it>"),
        "closes": words("Connecting it"),
        "does_not_say": words("Why"),
        "issued": "2026-11-23",
    }
    return RegistryGap.model_validate(values | changes)


@pytest.fixture
def asked(publication: Publication) -> Publication:
    """Five rows: one computed, one computed in part, one that is a gap, one whose dataset is empty, one whose data say nothing."""
    air, electricity = publication.indicators
    by_id = {state.dataset.id: state for state in publication.datasets}
    states = (by_id["air_quality"], replace(by_id["bike_trips"], periods=()), by_id["electricity"])
    trips = "select * from validated.bike_trips"
    indicators = (
        air.model_copy(update={"registry": "L11-18"}),
        electricity.model_copy(update={"registry": "L09-10"}),
        air.model_copy(update={"id": "sdg_11_2_trips", "registry": "L11-04", "sql": trips}),
        air.model_copy(update={"id": "sdg_11_6_2_silent", "registry": "L11-16"}),
    )
    gaps = (gap("sdg_9_4_rest", "L09-10", "11.6"), gap("sdg_11_3_2_turnout", "L11-10", "11.3"))
    return replace(publication, datasets=states, indicators=indicators, registry_gaps=gaps)


VALUES = {"sdg_11_6_2_no2": 2, "sdg_9_4_electricity": 357}


def test_a_row_is_computed_partly_or_a_gap(asked: Publication) -> None:
    assert {row.id: (row.status, row.areas) for row in rows(asked, VALUES)} == {
        "L09-10": ("partly", 357),
        "L11-04": ("gap", 0),
        "L11-10": ("gap", 0),
        "L11-16": ("gap", 0),
        "L11-18": ("computed", 2),
    }


def test_every_row_without_all_its_numbers_says_why_and_what_would_help(asked: Publication) -> None:
    told = {row.id: (row.reason.en if row.reason else None, row.closes.en if row.closes else None) for row in rows(asked, VALUES)}

    assert told["L11-18"] == (None, None)
    assert told["L11-10"] == ("Nobody connected <it> (en)", "Connecting it (en)")
    assert told["L09-10"] == ("Nobody connected <it> (en)", "Connecting it (en)")
    assert told["L11-04"] == (
        "“Indicator sdg_11_6_2_no2 (en)” can be computed, but has no numbers in this release: there are no data in “Bike trips (en)”.",
        "Fetching “Bike trips (en)”.",
    )
    assert told["L11-16"][0] == "“Indicator sdg_11_6_2_no2 (en)” can be computed, but the data of this release give no value."


def test_a_row_that_two_indicators_answer_is_partly_there_when_one_of_them_has_no_value(publication: Publication) -> None:
    both = tuple(it.model_copy(update={"registry": "L11-20"}) for it in publication.indicators)

    [row] = rows(replace(publication, indicators=both), {"sdg_11_6_2_no2": 5})

    assert row.status == "partly"
    assert [it.id for it in row.indicators] == ["sdg_11_6_2_no2", "sdg_9_4_electricity"]
    assert row.title.nb == "Indicator sdg_11_6_2_no2 (nb); Indicator sdg_9_4_electricity (nb)"


def test_areas_are_counted_only_where_there_is_a_value(publication: Publication) -> None:
    with duckdb.connect() as con:
        counted = areas_with_value(con, f"read_parquet('{publication.observations}')")

    assert counted == {"sdg_11_6_2_no2": 1, "sdg_9_4_electricity": 2}, "Bergen has a row without a value"


def test_a_release_holds_every_row_in_its_database_and_on_its_pages(asked: Publication, tmp_path: Path) -> None:
    folder = publish(asked, tmp_path / "public").folder

    with duckdb.connect(str(folder / "bymaal.duckdb"), read_only=True) as con:
        found = con.execute(
            "select registry, status, indicators, gap_status, reason_nn, closes_nb from meta.registry order by 1"
        ).fetchall()
        gaps = con.execute("select subject, reason_en from meta.gaps where kind = 'registry_gap' order by 1").fetchall()
        answered = con.execute("select indicator, registry from meta.indicators order by 1").fetchall()
    assert [row[0] for row in found] == ["L09-10", "L11-04", "L11-10", "L11-16", "L11-18"]
    assert found[2] == ("L11-10", "gap", "", "not_connected", "Nobody connected <it> (nn)", "Connecting it (nb)")
    assert gaps == [("sdg_11_3_2_turnout", "Nobody connected <it> (en)"), ("sdg_9_4_rest", "Nobody connected <it> (en)")]
    assert ("sdg_11_6_2_no2", "L11-18") in answered

    for language in LANGUAGES:
        goal = (folder / "site" / language / "goals" / "11.html").read_text("utf-8")
        assert "<it>" not in goal, "a reason is a text, never markup"
        assert f"Nobody connected <it> ({language})" in unescape(goal)
        assert f"Asked for sdg_11_3_2_turnout ({language})" in goal
        page = (folder / "site" / language / "gaps" / "L11-10.html").read_text("utf-8")
        assert f"Connecting it ({language})" in page
        assert vocabulary("gap_status")["not_connected"].get(language) in page
        assert 'href="../gaps/L11-10.html"' in goal


def test_a_new_reason_makes_a_new_release(asked: Publication, tmp_path: Path) -> None:
    first = publish(asked, tmp_path / "public")
    again = publish(asked, tmp_path / "public")
    other = tuple(one.model_copy(update={"why": one.closes}) for one in asked.registry_gaps)

    assert not again.is_new
    assert publish(replace(asked, registry_gaps=other), tmp_path / "public").id != first.id
