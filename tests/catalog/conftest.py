"""A small publication made of real Parquet files: three datasets (one of them withheld), two indicators, a table, a quarantined period."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.building.gates import promised
from catalog.duck import literal
from catalog.load import load_catalog
from catalog.model import Dataset, Ethics, Indicator, Table
from catalog.publication import Check, DatasetState, PeriodState, Publication, Quarantined, Snapshot

BUILT_AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def text(words: str) -> dict[str, str]:
    return {"nb": f"{words} (nb)", "nn": f"{words} (nn)", "en": f"{words} (en)"}


def declared_ethics(**changes: Any) -> dict[str, Any]:
    """An approved ethics record about things, as it would stand in a dataset's YAML."""
    return {
        "summary": text("Physical measurements at fixed stations"),
        "assessed_on": date(2026, 11, 1),
        "review_due_on": date(2027, 11, 1),
        "assessor": "data_secretariat",
        "purpose": ["dpv:PublicBenefit"],
        "benefit": text("People can see the air where they live"),
        "legal_basis": ["https://lovdata.no/eli/lov/2003/05/09/31"],
        "about_people": "none",
        "counts_of": ["measurements"],
        "data_category": "NonPersonalData",
        "data_nature": ["ObservedData"],
        "indigenous_relevance": "not_relevant",
        "collection": text("Instruments at fixed stations"),
        "limitations": text("Stations by the road do not stand for the whole municipality"),
        "biases": text("Stations stand where traffic is heaviest"),
        "missing": text("Districts without a station"),
        "intended_use": text("Trends and indicators"),
        "discouraged_use": text("Ranking of municipalities with different kinds of stations"),
        "maintenance": text("Daily"),
        "risks": [
            {
                "type": "risk:CoverageBias",
                "description": text("Districts without a station look clean"),
                "level": "moderate",
                "mitigation": text("The number of stations stands beside each value"),
                "residual": "low",
            }
        ],
        "decision": {"status": "approved", "by": "data_owner_environment", "on": date(2026, 11, 2), "reason": text("No personal data")},
        **changes,
    }


def declared_ethics_of_indicator(**changes: Any) -> dict[str, Any]:
    return {
        "assessed_on": date(2026, 11, 1),
        "review_due_on": date(2027, 11, 1),
        "assessor": "data_secretariat",
        "intended_use": text("Following one municipality over time"),
        "discouraged_use": text("Ranking of municipalities"),
        "misleads_when": text("A station is moved away from the road"),
        "decision": {
            "status": "approved",
            "by": "data_owner_environment",
            "on": date(2026, 11, 2),
            "reason": text("Nothing about the Sámi or any person"),
        },
        **changes,
    }


def declared_source(name: str, form: str) -> dict[str, Any]:
    return {
        "publisher": {"name": text(name)},
        "service": f"https://{form.replace('_', '-')}.example.org/",
        "licence": "NLOD_2_0",
        "attribution": text(f"Contains data from {name}"),
        "rhythm": "P1D",
        "starts_on": date(2024, 1, 1),
        "formats": [form],
    }


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "title": text(name.capitalize()), "description": text(f"What {name} means"), **more}


def air_quality(**changes: Any) -> Dataset:
    values: dict[str, Any] = {
        "id": "air_quality",
        "title": text("Air quality"),
        "description": text("Hourly means of nitrogen dioxide"),
        "row": text("One station, component and hour"),
        "keywords": {"nb": ["luft"], "nn": ["luft"], "en": ["air"]},
        "themes": ["ENVI"],
        "sdg": ["11.6"],
        "key": ["station", "component", "from_time"],
        "period": "month",
        "period_column": "from_time",
        "columns": [
            column("station", "text"),
            column("component", "text", codes={"NO2": text("Nitrogen dioxide"), "PM10": text("Coarse particles")}),
            column("from_time", "datetime"),
            column("municipality", "text", pattern=r"^\d{4}$"),
            column("value", "decimal", unit="ug/m3", nullable=True, minimum=-10, maximum=2000),
            column("remark", "text", nullable=True),
        ],
        "source": declared_source("NILU", "air_json"),
        "ethics": declared_ethics(identifier_columns=["station"]),
        "issued": date(2026, 11, 23),
    }
    return Dataset.model_validate(values | changes)


def electricity(**changes: Any) -> Dataset:
    values: dict[str, Any] = {
        "id": "electricity",
        "title": text("Electricity"),
        "description": text("Use of electricity by group"),
        "row": text("One municipality, group and year"),
        "keywords": {"nb": ["strøm"], "nn": ["straum"], "en": ["electricity"]},
        "themes": ["ENER"],
        "key": ["municipality", "consumption_group", "year"],
        "period": "year",
        "period_column": "year",
        "columns": [
            column("municipality", "text", pattern=r"^\d{4}$"),
            column("consumption_group", "text"),
            column("year", "integer", unit="a"),
            column("metering_points", "integer", unit="1"),
            column("quantity", "decimal", unit="kW.h", scale=3),
        ],
        "source": declared_source("Elhub", "elhub_json"),
        "ethics": declared_ethics(
            about_people="indirect",
            counts_of=["meters"],
            data_category="AnonymisedData",
            count_columns=["metering_points"],
            quasi_identifiers=["municipality", "consumption_group"],
        ),
        "issued": date(2026, 11, 23),
    }
    return Dataset.model_validate(values | changes)


def bike_trips(**changes: Any) -> Dataset:
    values: dict[str, Any] = {
        "id": "bike_trips",
        "title": text("Bike trips"),
        "description": text("Single trips by city bike"),
        "row": text("One trip"),
        "keywords": {"nb": ["sykkel"], "nn": ["sykkel"], "en": ["bicycle"]},
        "themes": ["TRAN"],
        "key": ["started_at", "start_station", "end_station"],
        "period": "month",
        "period_column": "started_at",
        "columns": [column("started_at", "datetime"), column("start_station", "text"), column("end_station", "text")],
        "source": declared_source("City Bike", "trips_csv"),
        "ethics": declared_ethics(
            about_people="individual",
            counts_of=["trips"],
            data_category="PseudonymisedData",
            people_concerned=["dpv:Customer"],
            technical_measures=["dpv:DataRedaction"],
            gdpr_basis=["gdpr:A6-1-e"],
            dpia={"outcome": "required", "reason": text("Single trips can be linked to persons")},
            quasi_identifiers=["started_at", "start_station", "end_station"],
            decision={
                "status": "rejected", "by": "data_owner_mobility", "on": date(2026, 11, 2), "reason": text("Trips are alone in their hour"),
            },
        ),
        "issued": date(2026, 11, 23),
    }  # fmt: skip
    return Dataset.model_validate(values | changes)


AIR_ROWS = """
select s.station, 'NO2' as component, timestamp '{month}' + to_hours(h::int) as from_time, s.municipality,
  case when h = 5 then null else ((h * 37 + length(s.station) * 11) % 900) / 10.0 - 1 end as value,
  case when h = 7 then '=1+1' when h = 8 then '-3 from calibration' end as remark
from (values ('NO0001', '0301'), ('NO0002', '4601'), ('NO0003', '0301')) as s(station, municipality), range(48) as r(h)
"""
ELECTRICITY_ROWS = """
select * from (values
  ('0301', 'private', {year}, 412000, 2600000000.125), ('0301', 'industry', {year}, 900, 450000000.5),
  ('4601', 'private', {year}, 150000, 1100000000), ('4601', 'industry', {year}, 3, 98765.432),
  ('1151', 'private', {year}, 4, 4321.25), ('1151', 'industry', {year}, 0, 0)
) as t(municipality, consumption_group, year, metering_points, quantity)
"""
TRIP_ROWS = """
select timestamp '{month}' + to_minutes((i * 17)::int) as started_at, 'S' || (i % 7) as start_station, 'S' || (i % 5) as end_station
from range(200) as r(i)
"""


def indicator(id: str, goal: int, target: str, sql: str, unit: str, **changes: Any) -> Indicator:
    values: dict[str, Any] = {
        "id": id,
        "title": text(f"Indicator {id}"),
        "description": text("What is measured"),
        "formula": text("A mean"),
        "sdg": {"goal": goal, "target": target, "name": text("UN name"), "fidelity": "adapted", "why": text("Station based")},
        "unit": unit,
        "better": "lower",
        "target_image": "healthy",
        "roadmap_principle": 3,
        "keywords": {"nb": ["luft"], "nn": ["luft"], "en": ["air"]},
        "does_not_say": text("Who breathes the air"),
        "not_covered": text("Districts without stations"),
        "ethics": declared_ethics_of_indicator(),
        "issued": date(2026, 11, 23),
        "example": {"given": {}, "expect": [{"ref_area": "0301", "time_period": 2024, "obs_value": 1}], "explanation": text("By hand")},
        "sql": sql,
    }
    return Indicator.model_validate(values | changes)


OBSERVATIONS = """
select * from (values
  ('sdg_11_6_2_no2', '0301', 'Oslo', '2023', 31.5, 'ug/m3', 'A', 0.95, 2, 63, 2),
  ('sdg_11_6_2_no2', '0301', 'Oslo', '2024', {value}, 'ug/m3', 'A', 0.9, 2, 60.4, 2),
  ('sdg_11_6_2_no2', '4601', 'Bergen', '2024', null, 'ug/m3', 'N', 0.4, 1, null, null),
  ('sdg_9_4_electricity', '0301', 'Oslo', '2024', 4250.123456, 'kW.h/{{person}}', 'A', null, null, 3050000000.625, 717710),
  ('sdg_9_4_electricity', '1151', 'Utsira', '2024', 1080.3125, 'kW.h/{{person}}', 'A', null, null, 4321.25, 4)
) as t(indicator, ref_area, ref_area_name, time_period, obs_value, unit_measure, obs_status, coverage, n_units, numerator, denominator)
"""
OBSERVATION_COLUMNS = """indicator, ref_area, ref_area_name, time_period, obs_value::decimal(28,6) as obs_value, unit_measure, obs_status,
  coverage::decimal(9,6) as coverage, n_units::bigint as n_units, numerator::decimal(38,6) as numerator,
  denominator::decimal(38,6) as denominator, 'exact' as comparability, 2024::bigint as borders_year, '' as breakdown,
  'adapted' as fidelity, '' as warnings"""
AREAS = {
    "municipalities": """select * from (values
      ('0301', 'Oslo', 'Oslo - Oslove', '03', null::date, null::date, true), ('1151', 'Utsira', 'Utsira', '11', null, null, true),
      ('4601', 'Bergen', 'Bergen', '46', date '2020-01-01', null, true))
      as t(code, name, official_name, county, valid_from, valid_to, is_current)""",
    "changes": """select * from (values (date '2020-01-01', '1201', 'Bergen', '4601', 'Bergen', 'renumbered'))
      as t(changed_on, old_code, old_name, new_code, new_name, kind)""",
    "to_borders": """select * from (values ('1201', 2019::bigint, 2024::bigint, '4601', 'exact', 1::decimal(12,9), 'exact'))
      as t(code, year, borders_year, to_code, method, weight, comparability)""",
}


def write(path: Path, sql: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.execute(f"copy ({sql}) to {literal(str(path))} (format parquet)")
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state(dataset: Dataset, folder: Path, rows: dict[str, str], quarantined: tuple[Quarantined, ...] = ()) -> DatasetState:
    """A dataset with one Parquet file per period, made from SQL, and the snapshot and check that stand behind it."""
    periods = []
    for period, sql in rows.items():
        declared = ", ".join(f'"{c.name}"::{c.sql_type} as "{c.name}"' for c in dataset.columns)
        order = ", ".join(f'"{key}"' for key in dataset.key)
        path = write(
            folder / dataset.id / f"{period}.parquet", f"select {declared}, 0::usmallint as _snapshot from ({sql}) order by {order}"
        )
        count = duckdb.sql(f"select count(*) from read_parquet('{path}')").fetchall()[0][0]
        periods.append(PeriodState(period, path, count, sha256(path), ("a" * 64,), {"outside_period": 1}, 2))
    snapshot = Snapshot(
        dataset.id, dataset.source.formats[0], folder / "answer.json", f"{dataset.source.service}data?year=2024",
        dataset.source.publisher.name.nb, "NLOD-2.0", date(2026, 11, 20), "", "a" * 64, 1234,
    )  # fmt: skip
    checks = [Check(dataset.id, id, "UnexpectedRowsExpectation", None, "critical", f"{id} holds", True, 99, 0) for id in promised(dataset)]
    return DatasetState(dataset, tuple(periods), tuple(checks), quarantined, (snapshot,))


def make_publication(
    folder: Path,
    *,
    value: str = "30.2",
    electricity_rows: str = ELECTRICITY_ROWS,
    datasets: dict[str, Dataset] | None = None,
    **changes: Any,
) -> Publication:
    """A publication in `folder`. `value` is what Oslo's newest air indicator says; `datasets` replaces datasets by id."""
    made = {"air_quality": air_quality(), "bike_trips": bike_trips(), "electricity": electricity()} | (datasets or {})
    held = Quarantined("air_quality", "2024-03", ("value: 12 rows above 2000",), date(2026, 11, 22), 144, False)
    states = (
        state(
            made["air_quality"],
            folder,
            {m: AIR_ROWS.format(month=day) for m, day in (("2024-01", "2023-12-31"), ("2024-02", "2024-02-01"))},
            (held,),
        ),
        state(made["bike_trips"], folder, {"2024-01": TRIP_ROWS.format(month="2024-01-01")}),
        state(made["electricity"], folder, {y: electricity_rows.format(year=y) for y in ("2023", "2024")}),
    )
    table = Table.model_validate(
        {
            "id": "station_year",
            "title": text("Stations by year"),
            "description": text("Yearly means"),
            "row": text("One station and year"),
            "key": ["station", "year"],
            "columns": [column("station", "text"), column("year", "integer", unit="a"), column("mean", "decimal", unit="ug/m3")],
            "example": {"given": {}, "expect": [{"mean": 1}], "explanation": text("By hand")},
            "sql": "select station, year, mean from validated.air_quality",
        }
    )
    publication = Publication(
        catalog=load_catalog(),
        datasets=states,
        indicators=(
            indicator("sdg_11_6_2_no2", 11, "11.6", "select * from tables.station_year", "ug/m3"),
            indicator("sdg_9_4_electricity", 9, "9.4", "select * from validated.electricity", "kW.h/{person}"),
        ),
        tables=(table,),
        observations=write(
            folder / "observations.parquet", f"select {OBSERVATION_COLUMNS} from ({OBSERVATIONS.format(value=value)}) order by all"
        ),
        table_files={"station_year": write(folder / "station_year.parquet", "select 'NO0001' as station, 2024 as year, 30.2 as mean")},
        area_files={area: write(folder / f"{area}.parquet", sql) for area, sql in AREAS.items()},
        synthetic=True,
        software_version="0.1.0",
        built_at=BUILT_AT,
        not_yet_known=(("road_noise", 2),),
    )
    return replace(publication, **changes)


@pytest.fixture(scope="session")
def build_publication() -> Callable[..., Publication]:
    """`build_publication(folder, **changes)`: a publication in a folder, with whatever a test wants otherwise."""
    return make_publication


@pytest.fixture(scope="session")
def _publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    return make_publication(tmp_path_factory.mktemp("publication"))


@pytest.fixture
def publication(_publication: Publication) -> Publication:
    """Two published datasets, one withheld, one quarantined period, two indicators, one intermediate table; synthetic. Only read."""
    return _publication


@pytest.fixture
def make_dataset() -> dict[str, Callable[..., Dataset]]:
    """The datasets of the publication by id, each as a function that takes changes."""
    return {"air_quality": air_quality, "electricity": electricity, "bike_trips": bike_trips}


@pytest.fixture
def make_ethics() -> Callable[..., Ethics]:
    """An approved ethics record with changes."""
    return lambda **changes: Ethics.model_validate(declared_ethics(**changes))


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    from catalog.duck import connect

    return connect()
