"""Every table and indicator gives, on a real engine, what its own worked example says. A new one is tested by being there."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import MetadataError
from catalog.load import load_datasets
from catalog.model import Indicator, Table
from indicators.engines.duckdb import DuckDB
from indicators.examples import differences, run_example
from indicators.load import OBSERVATIONS, dependencies, load_indicators, load_references, load_tables

ROOT = Path(__file__).parent.parent.parent
DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
TABLES = load_tables()
INDICATORS = load_indicators()
REFERENCES = load_references()
EVERYTHING = (*TABLES.values(), *INDICATORS.values())


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    engine = DuckDB()
    yield engine
    engine.close()


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: item.id)
def test_the_worked_example_gives_what_it_says(item: Table | Indicator, engine: DuckDB) -> None:
    rows = run_example(engine, item, datasets=DATASETS, tables=TABLES, references=REFERENCES)

    assert differences(item, rows) == []


@pytest.mark.parametrize("item", INDICATORS.values(), ids=lambda item: item.id)
def test_the_example_has_a_value_and_says_where_it_may_be_missing(item: Indicator) -> None:
    values = [row.get("obs_value") for row in item.example.expect]

    assert any(value is not None for value in values)
    if item.minimum_coverage is not None:
        assert any(row.get("obs_status") == "N" for row in item.example.expect), "an example for too low coverage is missing"


OF_THE_SERIES = ("obs_status", "warnings", "coverage", "borders_year")
"""What may be told from all years together, such as a change of source."""


def _year(row: dict[str, Any]) -> int | None:
    """The year that a row of an example is about; None where it holds without time."""
    if (year := row.get("year")) is not None:
        return int(year)
    written = next((str(row[name]) for name in ("from_time", "day", "started_at", "month", "time_period") if row.get(name)), None)
    return int(re.sub(r"^R\d+/", "", written)[:4]) if written else None


def _is_by_year(item: Table | Indicator) -> bool:
    return (
        item.geography != "catalogue" and OBSERVATIONS not in dependencies(item.sql) if isinstance(item, Indicator) else "year" in item.key
    )


@pytest.mark.parametrize("item", [i for i in EVERYTHING if _is_by_year(i)], ids=lambda item: item.id)
def test_a_year_rests_on_no_other_years_than_those_it_names(item: Table | Indicator, engine: DuckDB) -> None:
    named = item.other_years if isinstance(item, Indicator) else ()
    period = "time_period" if isinstance(item, Indicator) else "year"

    def answer(kept: Container[int] | None) -> list[dict[str, Any]]:
        """The numbers of the example, or what they are when only some years are given."""
        given = {
            name: tuple(row for row in rows if kept is None or name.startswith("areas.") or (year := _year(row)) is None or year in kept)
            for name, rows in item.example.given.items()
        }
        alone = item.model_copy(update={"example": item.example.model_copy(update={"given": given})})
        rows = run_example(engine, alone, datasets=DATASETS, tables=TABLES, references=REFERENCES).to_pylist()
        return [{name: value for name, value in row.items() if name not in OF_THE_SERIES} for row in rows]

    whole = answer(None)
    for year in sorted({int(str(row[period])[:4]) for row in whole}):
        expected = [row for row in whole if int(str(row[period])[:4]) == year]
        assert [row for row in answer({year, *(year + other for other in named)}) if int(str(row[period])[:4]) == year] == expected
        if named:
            assert [row for row in answer({year}) if int(str(row[period])[:4]) == year] != expected


def test_a_wrong_expectation_is_found(engine: DuckDB) -> None:
    item = INDICATORS["sdg_11_6_no2"]
    first, *others = item.example.expect
    wrong = item.model_copy(update={"example": item.example.model_copy(update={"expect": ({**first, "obs_status": "A"}, *others)})})

    rows = run_example(engine, wrong, datasets=DATASETS, tables=TABLES, references=REFERENCES)

    assert differences(wrong, rows) == ["row 1: obs_status is N where A is expected"]


def test_a_missing_row_is_found(engine: DuckDB) -> None:
    item = TABLES["station_day"]
    shorter = item.model_copy(update={"example": item.example.model_copy(update={"expect": item.example.expect[:1]})})

    rows = run_example(engine, shorter, datasets=DATASETS, tables=TABLES, references=REFERENCES)

    assert differences(shorter, rows) == ["2 rows where 1 are expected"]


def test_a_table_that_the_query_reads_must_be_given(engine: DuckDB) -> None:
    item = TABLES["municipality_air_year"]
    given = {"tables.station_year": item.example.given["tables.station_year"]}
    bare = item.model_copy(update={"example": item.example.model_copy(update={"given": given})})

    with pytest.raises(MetadataError, match=r"example\.given lacks tables\.station_place.*municipality_air_year\.sql"):
        run_example(engine, bare, datasets=DATASETS, tables=TABLES, references=REFERENCES)


def test_a_column_that_does_not_exist_may_not_be_given(engine: DuckDB) -> None:
    item = TABLES["station_day"]
    given = {"validated.air_quality_hourly": ({"station": "NO0001A", "komponent": "NO2"},)}
    wrong = item.model_copy(update={"example": item.example.model_copy(update={"given": given})})

    with pytest.raises(MetadataError, match="no column komponent"):
        run_example(engine, wrong, datasets=DATASETS, tables=TABLES, references=REFERENCES)
