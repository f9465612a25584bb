"""Heads of SQL files become models, or an error that names the file and the key; dependencies are read from the query."""

from __future__ import annotations

import shutil
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from catalog.errors import MetadataError
from catalog.load import load_datasets
from indicators.load import (
    check,
    dependencies,
    in_order,
    load_indicators,
    load_references,
    load_tables,
    name_of,
    trace,
)

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "indicators"
INDICATORS = load_indicators()
TABLES = load_tables()
REFERENCES = load_references()
DATASETS = load_datasets(ROOT / "pipelines" / "datasets")


def copy_of(name: str, folder: Path, *, change: tuple[str, str] = ("", "")) -> Path:
    """One SQL file of the repository below `folder`, with one text replaced."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (SOURCE / name).read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1) if change[0] else text, "utf-8")
    return path


NO2 = "goal_11/sdg_11_6_no2.sql"


def test_all_queries_load_and_read_only_what_exists() -> None:
    assert len(INDICATORS) >= 14
    assert {indicator.sdg.goal for indicator in INDICATORS.values()} == {9, 11, 17}

    check(TABLES, INDICATORS, REFERENCES, DATASETS)


def test_a_file_without_a_head_is_named(tmp_path: Path) -> None:
    (tmp_path / "goal_11").mkdir()
    (tmp_path / "goal_11" / "sdg_11_6_no2.sql").write_text("select 1", "utf-8")

    with pytest.raises(MetadataError, match=r"no head – sdg_11_6_no2\.sql – nothing is loaded"):
        load_indicators(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("unit: ug/m3", "unit: ug/l"), r"unit 'ug/l' is not declared – sdg_11_6_no2\.sql: unit"),
        (("better: lower", "better: smaller"), r"better: .*sdg_11_6_no2\.sql"),
        (("better: lower", "better: lower\ncolour: red"), r"colour: Extra inputs.*sdg_11_6_no2\.sql"),
        (("better: lower", "better: lower\nsql: select 1"), r"sql: the query stands after the head.*sdg_11_6_no2\.sql"),
        (("better: lower", "better: lower\nbetter: higher"), r"(?s)key 'better' stands twice.*sdg_11_6_no2\.sql"),
        (("  en: Annual mean of nitrogen dioxide (NO2)\n", ""), r"title\.en: Field required.*sdg_11_6_no2\.sql"),
        (("  fidelity: adapted\n", ""), r"sdg\.fidelity: Field required.*sdg_11_6_no2\.sql"),
        (("id: sdg_11_6_no2", "id: sdg_11_6_no"), r"id: sdg_11_6_no is not the name of the file – sdg_11_6_no2\.sql"),
        (("  goal: 11", "  goal: 9"), r"sdg\.goal: 9 does not belong in goal_11"),
        (('target: "11.6"', 'target: "9.4"'), r"sdg\.target: 9\.4 is not a target of goal 11"),
    ],
)
def test_a_wrong_head_is_refused_with_file_and_key(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    copy_of(NO2, tmp_path, change=change)

    with pytest.raises(MetadataError, match=message):
        load_indicators(tmp_path)


def test_an_error_in_the_yaml_names_the_line_of_the_file(tmp_path: Path) -> None:
    path = copy_of(NO2, tmp_path, change=("better: lower", "better: lower: still"))
    line = path.read_text("utf-8").splitlines().index("better: lower: still") + 1

    with pytest.raises(MetadataError, match=rf"line {line}, column"):
        load_indicators(tmp_path)


def test_an_indicator_of_another_target_is_refused(tmp_path: Path) -> None:
    copy_of("goal_11/sdg_11_6_2_pm25.sql", tmp_path, change=('indicator: "11.6.2"', 'indicator: "11.2.1"'))

    with pytest.raises(MetadataError, match=r"sdg\.indicator: 11\.2\.1 is not under 11\.6"):
        load_indicators(tmp_path)


def test_a_key_column_of_a_table_must_exist(tmp_path: Path) -> None:
    copy_of("tables/station_day.sql", tmp_path, change=("key: [station, component, day]", "key: [station, part, day]"))

    with pytest.raises(MetadataError, match=r"key: part is not among the columns – station_day\.sql"):
        load_tables(tmp_path)


def test_dependencies_are_read_from_the_query_without_its_own_names() -> None:
    sql = """
        with stations as (select * from tables.station_year as y inner join validated.air_quality_stations using (station))
        select *
        from stations
        where exists (select 1 from areas.to_borders where to_borders.code = stations.municipality)
          and year > (select min(year) from reference.air_quality_limits)
        -- from validated.something_else
    """

    assert dependencies(sql) == {
        "tables.station_year",
        "validated.air_quality_stations",
        "areas.to_borders",
        "reference.air_quality_limits",
    }


def test_a_table_without_its_schema_is_refused() -> None:
    with pytest.raises(MetadataError, match="air_quality_daily is neither defined in the query nor a table with its schema"):
        dependencies("select 1 from air_quality_daily")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("from tables.municipality_air_year", "from tables.municipality_air_years"),
            r"unknown table tables\.municipality_air_years – sdg_11_6_no2\.sql",
        ),
        (("from tables.municipality_air_year", "from validated.air_quality_hour"), r"unknown table validated\.air_quality_hour"),
        (("from tables.municipality_air_year", "from reference.limits"), r"unknown table reference\.limits"),
        (("from tables.municipality_air_year", "from main.municipality_air_year"), r"unknown table main\.municipality_air_year"),
        (
            ("where component = 'NO2'\n  and breakdown <> 'basis=hourly'", "where component = "),
            r"the query cannot be parsed.*sdg_11_6_no2\.sql",
        ),
    ],
)
def test_a_query_that_names_an_unknown_table_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    copy_of(NO2, tmp_path, change=change)

    with pytest.raises(MetadataError, match=message):
        check(TABLES, load_indicators(tmp_path), REFERENCES, DATASETS)


def test_an_optional_input_must_be_one_that_is_read(tmp_path: Path) -> None:
    copy_of("tables/station_day.sql", tmp_path, change=("per_period_of: air", "optional: [validated.population]\nper_period_of: air"))

    with pytest.raises(MetadataError, match=r"optional: validated\.population is not read by the query"):
        check(load_tables(tmp_path), {}, REFERENCES, DATASETS)


def test_only_the_self_measured_may_read_the_observations() -> None:
    greedy = INDICATORS["sdg_17_18_computable_share"].model_copy(update={"sdg": INDICATORS["sdg_11_6_no2"].sdg})

    with pytest.raises(MetadataError, match=r"indicators\.observations may be read by indicators of goal 17 only"):
        check(TABLES, {greedy.id: greedy}, REFERENCES, DATASETS)


def test_every_query_comes_after_what_it_reads_and_the_self_measured_come_last() -> None:
    order = [name_of(item) for item in in_order(TABLES, INDICATORS)]

    assert len(order) == len(TABLES) + len(INDICATORS)
    for item in (*TABLES.values(), *INDICATORS.values()):
        for read in dependencies(item.sql) & set(order):
            assert order.index(read) < order.index(name_of(item))
    assert order[-2:] == ["indicators.sdg_17_18_computable_share", "indicators.sdg_17_18_disaggregated_share"]


def test_tables_that_read_each_other_are_refused() -> None:
    one = TABLES["station_place"].model_copy(update={"id": "one", "sql": "select 1 as a from tables.two"})
    two = TABLES["station_place"].model_copy(update={"id": "two", "sql": "select 1 as a from tables.one"})

    with pytest.raises(MetadataError, match=r"in a circle: tables\.(one|two) → tables\.(one|two)"):
        in_order({"one": one, "two": two}, {})


def test_a_number_can_be_traced_to_the_datasets_it_comes_from() -> None:
    assert trace(INDICATORS["sdg_11_6_no2"], TABLES, INDICATORS) == (
        "air_quality_daily",
        "air_quality_hourly",
        "air_quality_stations",
        "municipalities",
        "municipality_changes",
    )
    assert "population" in trace(INDICATORS["sdg_11_6_ghg_per_inhabitant"], TABLES, INDICATORS)
    assert {"bike_trips", "ghg_emissions"} <= set(trace(INDICATORS["sdg_17_18_computable_share"], TABLES, INDICATORS))
    assert trace(INDICATORS["sdg_17_18_timeliness"], TABLES, INDICATORS) == ()


def test_the_daily_limit_of_pm10_changes_with_the_year_it_was_tightened() -> None:
    limits = [
        row
        for row in REFERENCES["air_quality_limits"].rows
        if (row["component"], row["averaging"], row["kind"]) == ("PM10", "day", "limit")
    ]

    assert [(row["value"], row["allowed_exceedances"]) for row in limits] == [(Decimal(50), 35), (Decimal(50), 30), (Decimal(50), 25)]
    for earlier, later in pairwise(limits):
        assert (later["valid_from"] - earlier["valid_to"]).days == 1  # type: ignore[operator]


KINDS = {
    "Limit value by regulation": "limit",
    "Air-quality criterion": "criterion",
    "WHO guideline": "who",
    "Limit value in the EU from 2030": "eu_2030",
    "National goal": "goal",
}


@pytest.mark.parametrize(
    ("indicator", "component", "averaging"),
    [
        ("sdg_11_6_no2", "NO2", "year"),
        ("sdg_11_6_2_pm10", "PM10", "year"),
        ("sdg_11_6_2_pm25", "PM2.5", "year"),
        ("sdg_11_6_no2_peak_hour", "NO2", "hour"),
    ],
)
def test_limits_on_the_page_are_those_of_the_reference_table(indicator: str, component: str, averaging: str) -> None:
    in_force = {
        row["kind"]: row["value"]
        for row in REFERENCES["air_quality_limits"].rows
        if (row["component"], row["averaging"], row["valid_to"]) == (component, averaging, None)
    }
    head = INDICATORS[indicator]
    shown = [benchmark for benchmark in (head.target, *head.benchmarks) if benchmark]

    assert shown
    for benchmark in shown:
        assert Decimal(str(benchmark.value)) == in_force[KINDS[benchmark.name.en]], benchmark.name.en


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("NO0069A,,unknown\n", r"municipality: empty – station_places\.csv line 2"),
        ("NO0069A,1508,a\nNO0069A,1580,b\n", r"the key station stands twice – station_places\.csv"),
    ],
)
def test_a_wrong_row_of_a_reference_table_is_refused(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "reference").mkdir()
    shutil.copy(SOURCE / "reference" / "station_places.yaml", tmp_path / "reference")
    (tmp_path / "reference" / "station_places.csv").write_text(f"station,municipality,reason\n{line}", "utf-8")

    with pytest.raises(MetadataError, match=message):
        load_references(tmp_path)
