"""The gate: what is not weighed, overdue, refused, personal or too small is not published, and the record says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from catalog.errors import MetadataError
from catalog.ethics.as_json import to_json
from catalog.ethics.measuring import Measured, measure, measurements
from catalog.ethics.record import EthicsRecord, evaluate
from catalog.ethics.rules import rule_title, sentence
from catalog.ethics.rules_declared import Assessed, contract
from catalog.load import HERE, load_catalog, load_datasets, read_yaml
from catalog.model import LANGUAGES, Dataset, Ethics
from catalog.privacy.search import Finding
from catalog.privacy.withholding import withhold
from catalog.publication import Publication

NOW = datetime(2026, 11, 23, 4)
SHA = "b" * 64
BLOCKING = [f"B{number:02}" for number in range(1, 21)]

Make = Callable[..., Dataset]


def measured(**changes: Any) -> Measured:
    return Measured(**({"sha256": SHA, "rows": 10, "findings": ()} | changes))


def judged(dataset: Dataset, figures: Measured | None = None, **changes: Any) -> EthicsRecord:
    facts: dict[str, Any] = {"catalog": load_catalog(), "release": "2026-11-23.1", "synthetic": False, "now": NOW}
    return evaluate(dataset, figures or measured(), **(facts | changes))


def outcome(record: EthicsRecord, rule: str) -> str:
    return next(check.outcome for check in record.checks if check.rule == rule)


@pytest.fixture
def weigh(make_dataset: dict[str, Make], make_ethics: Callable[..., Ethics]) -> Callable[..., EthicsRecord]:
    """The record of the air dataset with changes of its declared ethics."""

    def of(figures: Measured | None = None, facts: dict[str, Any] | None = None, **changes: Any) -> EthicsRecord:
        return judged(make_dataset["air_quality"](ethics=make_ethics(**changes)), figures, **(facts or {}))

    return of


def test_a_weighed_and_approved_dataset_is_published_with_an_outcome_for_every_rule(weigh: Callable[..., EthicsRecord]) -> None:
    record = weigh()
    assert record.is_published and record.reasons == ()
    assert [check.rule for check in record.checks if check.rule.startswith("B")] == BLOCKING
    assert {check.outcome for check in record.checks} == {"passed", "inapplicable"}


def test_a_dataset_without_ethics_is_withheld_and_the_message_says_what_to_add(make_dataset: dict[str, Make]) -> None:
    record = judged(make_dataset["air_quality"](ethics=None))
    assert not record.is_published
    assert "ethics" in record.reasons[0].en and "etikkpost" in record.reasons[0].nb


DECLARED: dict[str, tuple[str, dict[str, Any], str]] = {
    "an overdue review": ("B02", {"assessed_on": date(2025, 11, 1), "review_due_on": date(2026, 11, 23)}, "23 November 2026"),
    "an assessment from the future": ("B02", {"assessed_on": date(2026, 11, 24), "review_due_on": date(2027, 11, 1)}, "24 November 2026"),
    "a refusal": ("B19", {"decision": ("rejected", "data_owner_environment")}, "Data owner"),
    "no decision yet": ("B19", {"decision": ("required", "data_owner_environment")}, "Data owner"),
    "a decision from the future": ("B19", {"decision": ("approved", "data_owner_environment", date(2026, 12, 1))}, "1 December 2026"),
    "personal data": ("B04", {"data_category": "PersonalData"}, "category personal data"),
    "pseudonymised data": ("B04", {"data_category": "PseudonymisedData"}, "pseudonymised data"),
    "a high residual risk": ("B14", {"risk": "high"}, "1"),
    "children without an assessment": ("B15", {"vulnerable_groups": ["dpv:Child"]}, "dpia"),
    "Sámi relevance without consultation": ("B16", {"indigenous_relevance": "relevant"}, "consulted"),
    "advice worded as a prohibition": ("B17", {"discouraged": "Dataene må ikke brukes til rangering"}, "discouraged_use"),
    "businesses without a waiver": ("B10", {"counts_of": ["businesses"]}, "waiver"),
    "meters without a count column": ("B06", {"counts_of": ["meters"]}, "count_columns"),
    "people without naming them": ("B01", {"about_people": "aggregated", "technical_measures": ["dpv:Aggregate"]}, "people_concerned"),
    "individuals without an assessment": ("B01", {"about_people": "individual"}, "dpia"),
}


@pytest.mark.parametrize("case", DECLARED)
def test_what_was_declared_wrongly_withholds_the_dataset_and_the_reason_names_it(
    case: str, make_ethics: Callable[..., Ethics], make_dataset: dict[str, Make]
) -> None:
    rule, changes, hint = DECLARED[case]
    decision, risk, discouraged = (changes.pop(key, None) if key in changes else None for key in ("decision", "risk", "discouraged"))
    ethics = make_ethics(**changes)
    changes |= {k: v for k, v in (("decision", decision), ("risk", risk), ("discouraged", discouraged)) if v}
    if decision:
        status, by, *on = decision
        ethics = ethics.model_copy(
            update={"decision": ethics.decision.model_copy(update={"status": status, "by": by, "on": on[0] if on else ethics.decision.on})}
        )
    if risk:
        ethics = ethics.model_copy(update={"risks": (ethics.risks[0].model_copy(update={"residual": risk}),)})
    if discouraged:
        ethics = ethics.model_copy(update={"discouraged_use": ethics.discouraged_use.model_copy(update={"nb": discouraged})})
    record = judged(make_dataset["air_quality"]().model_copy(update={"ethics": ethics}))
    assert not record.is_published
    assert outcome(record, rule) in ("failed", "cantTell")
    reason = next(reason for reason in record.reasons if reason.en.startswith(rule))
    assert hint in reason.en, reason.en


MEASURED: dict[str, tuple[str, Measured]] = {
    "an identity number": ("B05", measured(findings=(Finding("air_quality", "remark", "national identity number", 1),))),
    "codes that may be personal": ("B05", measured(findings=(Finding("air_quality", "station", "national identity number", 1, False),))),
    "a smallest group of four": ("B06", measured(min_group=4)),
    "a visible small count": ("B07", measured(min_group=5, small=1)),
    "a hidden number that a sum gives away": ("B08", measured(min_group=5, hidden=1, recoverable=1)),
    "groups with one sensitive value": ("B09", measured(min_group=5, min_diversity=1, disclosures=2)),
    "trips that are alone": ("B13", measured(unique_traces=Decimal("0.01"))),
    "points that are too exact": ("B11", measured(min_group=5, precise_points=3)),
    "a table without rows": ("B05", measured(rows=0)),
}


@pytest.mark.parametrize("case", MEASURED)
def test_what_is_measured_on_the_file_withholds_the_dataset(case: str, weigh: Callable[..., EthicsRecord]) -> None:
    rule, figures = MEASURED[case]
    record = weigh(
        figures, about_people="indirect", counts_of=["meters"], sensitive_columns=["remark"], quasi_identifiers=["station"],
    )  # fmt: skip
    assert not record.is_published
    assert outcome(record, rule) in ("failed", "cantTell", "untested")


def test_a_dataset_without_data_yet_says_just_that(make_dataset: dict[str, Make]) -> None:
    facts: dict[str, Any] = {"catalog": load_catalog(), "release": "2026-11-23.1", "synthetic": False, "now": NOW}
    record = evaluate(make_dataset["air_quality"](), None, **facts, blocked=[sentence("withheld", "no_data")])
    assert [reason.en for reason in record.reasons] == ["No period has been validated yet."]


def test_rules_that_had_no_file_to_run_on_count_as_failed(make_dataset: dict[str, Make]) -> None:
    record = evaluate(
        make_dataset["air_quality"](), None, catalog=load_catalog(), release="2026-11-23.1", synthetic=False, now=NOW
    )  # fmt: skip
    assert not record.is_published
    assert outcome(record, "B18") == outcome(record, "B05") == "untested"


def test_the_one_who_assessed_data_about_people_may_not_approve_them(
    make_dataset: dict[str, Make], make_ethics: Callable[..., Ethics]
) -> None:
    changes = {
        "about_people": "aggregated", "counts_of": ["persons"], "count_columns": ["metering_points"], "people_concerned": ["dpv:Citizen"],
        "technical_measures": ["dpv:Aggregate"], "indigenous_relevance": "possible", "data_category": "AnonymisedData",
    }  # fmt: skip
    figures = measured(min_group=7)
    apart = judged(make_dataset["electricity"](ethics=make_ethics(**changes)), figures)
    assert apart.is_published, apart.reasons
    same = judged(make_dataset["electricity"](ethics=make_ethics(**changes, assessor="data_owner_environment")), figures)
    assert outcome(same, "B19") == "failed"


def test_data_about_people_by_municipality_may_concern_the_sami_until_someone_says_why_not(
    make_dataset: dict[str, Make], make_ethics: Callable[..., Ethics]
) -> None:
    changes: dict[str, Any] = {
        "about_people": "aggregated", "counts_of": ["persons"], "count_columns": ["metering_points"], "people_concerned": ["dpv:Citizen"],
        "technical_measures": ["dpv:Aggregate"],
    }  # fmt: skip
    silent = make_ethics(**changes)
    assert outcome(judged(make_dataset["electricity"](ethics=silent), measured(min_group=7)), "B16") == "cantTell"
    reason = silent.decision.reason.model_copy(update={"nb": "Tallene sier ingenting om samer som gruppe."})
    explained = silent.model_copy(update={"decision": silent.decision.model_copy(update={"reason": reason})})
    dataset = make_dataset["electricity"]().model_copy(update={"ethics": explained})
    assert outcome(judged(dataset, measured(min_group=7)), "B16") == "passed"


def test_new_columns_or_terms_ask_for_a_new_assessment(make_dataset: dict[str, Make]) -> None:
    old, new = make_dataset["air_quality"](), make_dataset["air_quality"](issued=date(2026, 11, 1))
    assert contract(old) == contract(new), "texts and dates do not count"
    more = old.model_copy(update={"columns": old.columns[:-1]})
    before = Assessed(contract(old), date(2026, 11, 1), date(2026, 11, 20))
    assert judged(old, previous=before).is_published
    record = judged(more, previous=before)
    assert outcome(record, "B02") == "failed" and "Columns" in record.reasons[0].en
    assert old.ethics is not None
    decided = old.ethics.decision.model_copy(update={"on": date(2026, 11, 22)})
    again = more.model_copy(update={"ethics": old.ethics.model_copy(update={"assessed_on": date(2026, 11, 21), "decision": decided})})
    assert judged(again, previous=before).is_published


@pytest.mark.parametrize("licence", ["CC-BY-4.0", "CC BY 4.0", "NLOD", "NLOD-2.0", "NLOD 2.0", "CC0"])
def test_open_terms_are_recognised_however_a_source_writes_them(licence: str, weigh: Callable[..., EthicsRecord]) -> None:
    assert outcome(weigh(facts={"licences": [licence]}), "B03") == "passed"


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "", "All rights reserved", "CC-BY-ND-4.0"])
def test_terms_that_are_not_open_withhold_the_dataset(licence: str, weigh: Callable[..., EthicsRecord]) -> None:
    assert not weigh(facts={"licences": ["NLOD", licence]}).is_published


def waiver(rule: str, until: date) -> dict[str, Any]:
    reason = {
        "nb": "Figurene er offentlige etter miljøinformasjonsloven.",
        "nn": "Figurane er offentlege.",
        "en": "The figures are public.",
    }
    return {"rule": rule, "reason": reason, "by": "data_owner_environment", "until": until}


def test_a_waiver_lets_through_what_may_be_waived_until_its_day_and_stands_in_the_record(weigh: Callable[..., EthicsRecord]) -> None:
    record = weigh(counts_of=["businesses"], waivers=[waiver("B10", date(2026, 11, 23))])
    assert record.is_published
    assert [(check.outcome, check.is_waived) for check in record.checks if check.rule == "B10"] == [("cantTell", True)]
    assert to_json(record)["waivers"][0]["rule"] == "eth:B10"
    assert not weigh(counts_of=["businesses"], waivers=[waiver("B10", date(2026, 11, 22))]).is_published


@pytest.mark.parametrize("rule", ["B04", "B06", "B07", "B08", "B14", "B19"])
def test_no_waiver_opens_a_rule_that_may_never_be_waived(rule: str, weigh: Callable[..., EthicsRecord]) -> None:
    figures = measured(min_group=1, small=1, hidden=1, recoverable=1)
    changes: dict[str, Any] = {"about_people": "indirect", "counts_of": ["meters"], "data_category": "PersonalData"}
    record = weigh(figures, **changes, waivers=[waiver(rule, date(2027, 1, 1))])
    assert not any(check.is_waived for check in record.checks)
    assert not record.is_published


def test_e_mail_addresses_may_be_waived_but_identity_numbers_never(weigh: Callable[..., EthicsRecord]) -> None:
    waivers = [waiver("B05", date(2027, 1, 1))]
    assert weigh(measured(findings=(Finding("a", "remark", "e-mail address", 2),)), waivers=waivers).is_published
    assert not weigh(measured(findings=(Finding("a", "remark", "national identity number", 1),)), waivers=waivers).is_published


def test_warnings_are_told_but_do_not_withhold(weigh: Callable[..., EthicsRecord]) -> None:
    record = weigh(measured(completeness=Decimal("0.5"), completeness_gap=Decimal("0.6")), review_due_on=date(2026, 12, 24))
    assert record.is_published
    assert [check.rule for check in record.checks if check.outcome == "failed"] == ["W03", "W04", "W07"]


def test_synthetic_data_say_so_in_the_record_and_keep_their_declared_category(weigh: Callable[..., EthicsRecord]) -> None:
    said = to_json(weigh(facts={"synthetic": True}))
    assert said["dataCategory"] == "dpv:NonPersonalData"
    assert "syntetiske data" in said["decision"]["reason"]


def test_every_rule_speaks_three_languages() -> None:
    rules = read_yaml((HERE / "ethics" / "rules.yaml").read_text("utf-8"), "rules.yaml")
    for rule, said in rules.items():
        for variant, texts in said.items():
            if isinstance(texts, dict):
                assert set(texts) == set(LANGUAGES), f"{rule}.{variant}"
    assert all(rule_title(rule).nn for rule in BLOCKING)


# --- measuring ---


def file_of(con: duckdb.DuckDBPyConnection, path: Path, sql: str) -> Path:
    con.execute(f"copy ({sql}) to '{path}' (format parquet)")
    return path


def test_figures_are_computed_on_the_published_file(con: duckdb.DuckDBPyConnection, tmp_path: Path, publication: Publication) -> None:
    state = publication.datasets[2]
    columns = ", ".join(column.name for column in state.dataset.columns)
    rows = con.sql(f"select {columns} from read_parquet({[str(p.path) for p in state.periods]})")
    published, withholding = withhold(con, rows, state.dataset)
    published.write_parquet(str(tmp_path / "e.parquet"))
    found = measure(con, tmp_path / "e.parquet", SHA, state.dataset, withholding)
    assert (found.rows, found.min_group, found.small, found.hidden) == (12, 900, 0, 4)


def test_trips_that_are_alone_in_their_hour_are_counted(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, make_dataset: dict[str, Make]
) -> None:
    rows = """select * from (values
      (timestamp '2024-01-01 08:03', 'a', 'b'), (timestamp '2024-01-01 08:55', 'a', 'b'),
      (timestamp '2024-01-01 09:01', 'a', 'b'), (timestamp '2024-01-01 08:10', 'b', 'a')) as t(started_at, start_station, end_station)"""
    found = measure(con, file_of(con, tmp_path / "t.parquet", rows), SHA, make_dataset["bike_trips"]())
    assert (found.unique_traces, found.min_group) == (Decimal("0.5"), 1)


def test_completeness_counts_missing_rows_and_missing_values(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, make_dataset: dict[str, Make]
) -> None:
    rows = """select s as station, 'NO2' as component, timestamp '2024-01-01' + to_hours(h::int) as from_time, '0301' as municipality,
        case when s = 'A' and h < 2 then null else 1.5 end as value, null::varchar as remark
      from (values ('A'), ('B')) as t(s), range(10) as r(h) where not (s = 'B' and h in (4, 9))"""
    found = measure(con, file_of(con, tmp_path / "a.parquet", rows), SHA, make_dataset["air_quality"]())
    # A: 8 of 10 hours have a value; B: 8 of the 9 hours from its first row to its last
    assert (found.completeness, found.completeness_gap) == (Decimal("0.8421"), Decimal("0.0889"))


@pytest.mark.parametrize(
    ("unit", "written", "fine", "step"),
    [
        ("deg", ("59.91", "59.913868", "60"), 1, "0.11"),
        ("deg", ("59.91", "60.4"), 0, "1111.95"),
        ("m", ("261000", "262000"), 0, "1000"),
        ("m", ("261625", "262000"), 1, "1"),
        ("m", ("261625.5", "262700"), 2, "0.1"),
        ("m", ("261600", "262700"), 2, "100"),
        ("deg", (), 0, None),
    ],
)
def test_how_exactly_places_are_told_is_measured_in_degrees_and_in_metres(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    make_dataset: dict[str, Make],
    unit: str,
    written: tuple[str, ...],
    fine: int,
    step: str | None,
) -> None:
    air = make_dataset["air_quality"]()
    column = air.column("value").model_copy(update={"name": "east" if unit == "m" else "latitude", "unit": unit})
    dataset = air.model_copy(update={"columns": (*air.columns, column)})
    places = ", ".join(f"({place})" for place in written or ("null",))
    rows = f"""select 'A' as station, 'NO2' as component, timestamp '2024-01-01' as from_time, '0301' as municipality, 1 as value,
      null::varchar as remark, place::decimal(18, 6) as {column.name} from (values {places}) as t(place) where place is not null"""

    found = measure(con, file_of(con, tmp_path / "a.parquet", rows), SHA, dataset)

    assert (found.precise_points, found.spatial_precision) == (fine, Decimal(step) if step else None)
    assert [m.value for m in measurements(found) if m.metric == "spatialPrecision"] == ([Decimal(step)] if step else [])


def test_figures_survive_being_written_down() -> None:
    figures = measured(findings=(Finding("a", "b", "e-mail address", 2),), unique_traces=Decimal("0.25"), completeness=Decimal("0.9"))
    assert Measured.from_json(json.loads(json.dumps(figures.as_json()))) == figures


# --- the record for machines ---


def schema(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "design" / "ethics_record" / "record.schema.json").read_bytes())


def records_of(publication: Publication, con: duckdb.DuckDBPyConnection, folder: Path) -> list[EthicsRecord]:
    found = []
    for state in publication.datasets:
        columns = ", ".join(column.name for column in state.dataset.columns)
        rows = con.sql(f"select {columns} from read_parquet({[str(p.path) for p in state.periods]})")
        published, withholding = withhold(con, rows, state.dataset)
        published.write_parquet(str(folder / "x.parquet"))
        found.append(judged(state.dataset, measure(con, folder / "x.parquet", SHA, state.dataset, withholding), synthetic=True))
    return found


def test_records_of_published_and_withheld_datasets_follow_the_schema(
    publication: Publication, con: duckdb.DuckDBPyConnection, tmp_path: Path, shared: Path
) -> None:
    records = records_of(publication, con, tmp_path)
    assert [record.is_published for record in records] == [True, False, True]
    for record in records:
        jsonschema.Draft202012Validator(schema(shared)).validate(to_json(record))


def test_every_declared_dataset_gives_a_record_that_follows_the_schema(shared: Path) -> None:
    folder = HERE.parent / "pipelines" / "datasets"
    for dataset in load_datasets(folder).values():
        if dataset.ethics is None:
            continue
        record = judged(dataset, measured(min_group=7))
        jsonschema.Draft202012Validator(schema(shared)).validate(to_json(record))


def test_records_as_rdf_conform_to_the_shapes(
    publication: Publication, con: duckdb.DuckDBPyConnection, tmp_path: Path, shared: Path
) -> None:
    import pyshacl
    from rdflib import RDF, Graph, URIRef

    shapes = (shared / "design" / "ethics_record" / "shapes.ttl").read_text("utf-8")
    shapes = shapes.replace("https://data.example.kommune.no/ns/ethics#", f"{load_catalog().base_uri}ns/ethics#")
    graph = Graph()
    for record in records_of(publication, con, tmp_path):
        graph.parse(data=json.dumps(to_json(record)), format="json-ld")
    assert len(set(graph.subjects(RDF.type, URIRef(f"{load_catalog().base_uri}ns/ethics#EthicsRecord")))) == 3
    conforms, _, told = pyshacl.validate(graph, shacl_graph=Graph().parse(data=shapes, format="turtle"), advanced=True)
    assert conforms, told


def test_a_dataset_held_back_by_the_gate_never_claims_to_be_approved(weigh: Callable[..., EthicsRecord]) -> None:
    record = weigh(assessed_on=date(2025, 11, 1), review_due_on=date(2026, 11, 1))
    said = to_json(record)
    assert record.declared is not None and record.declared.decision.status == "approved"
    assert said["decision"]["status"] == "dpv:AuditRequired"
    assert "B02" in said["decision"]["reason"]


def test_where_nothing_was_weighed_nothing_is_made_up(make_dataset: dict[str, Make]) -> None:
    said = to_json(judged(make_dataset["air_quality"](ethics=None)))
    assert said["decision"]["status"] == "dpv:AuditRequired"
    assert not {"summary", "risks", "purpose", "measurements"} & set(said)


def test_the_review_date_decides_on_its_very_day(weigh: Callable[..., EthicsRecord]) -> None:
    due = date(2027, 11, 1)
    assert weigh(facts={"now": datetime.combine(due - timedelta(days=1), datetime.min.time())}, review_due_on=due).is_published
    assert not weigh(facts={"now": datetime.combine(due, datetime.min.time())}, review_due_on=due).is_published


def test_who_decided_is_told_in_every_language(weigh: Callable[..., EthicsRecord]) -> None:
    told = next(check.info for check in weigh().checks if check.rule == "B19")
    assert [told.get(language).split("(")[1] for language in LANGUAGES] == [
        "Dataeier, miljøenheten).", "Dataeigar, miljøeininga).", "Data owner, environment unit).",
    ]  # fmt: skip


def test_a_role_without_a_name_in_every_language_is_refused(tmp_path: Path) -> None:
    path = HERE.parent / "pipelines" / "datasets" / "land_area.yaml"
    (tmp_path / path.name).write_text(path.read_text("utf-8").replace("assessor: data_secretariat", "assessor: Kari"), "utf-8")
    with pytest.raises(MetadataError, match=r"role 'Kari' has no name – land_area\.yaml.*vocabularies\.yaml"):
        load_datasets(tmp_path)


def test_large_counts_in_sentences_have_their_thousands_apart_and_years_do_not() -> None:
    many = sentence("B09", "failed", disclosures=87360)
    assert (many.nb[:7], many.en[:7]) == ("87\N{NO-BREAK SPACE}360 ", "87,360 ")
    assert sentence("B09", "failed", disclosures=2024).nb.startswith("2024 ")
