"""Every table and indicator gives, on a real engine, what its own worked example says. A new one is tested by being there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.errors import MetadataError
from catalog.load import load_datasets
from catalog.model import Indicator, Table
from indicators.engines.duckdb import DuckDB
from indicators.examples import differences, run_example
from indicators.load import load_indicators, load_references, load_tables

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
