"""How a query is written for Apache Spark, and what is refused because the engines would differ. Needs no Spark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.errors import MetadataError, StorageError, UsageError
from catalog.load import load_datasets
from catalog.model import Indicator, Table
from indicators.engines.duckdb import DuckDB
from indicators.engines.spark import Spark
from indicators.engines.spark_sql import to_spark
from indicators.examples import types_of
from indicators.load import HERE, dependencies, load_indicators, load_references, load_tables

DATASETS = load_datasets(HERE.parent / "pipelines" / "datasets")
TABLES = load_tables()
REFERENCES = load_references()
EVERYTHING = (*TABLES.values(), *load_indicators().values())
TYPES = {"validated.x": {"n": "bigint", "d": "decimal(18,4)", "f": "double", "t": "varchar", "day": "date", "ts": "timestamp_ntz"}}


def written(expression: str) -> str:
    sql = to_spark(f"select {expression} as answer from validated.x", TYPES)
    found = re.fullmatch(r"SELECT (.*) AS `answer` FROM `validated__x` AS `x`", sql)
    assert found, sql
    return found[1].replace("`x`.", "").replace("`", "")


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: item.id)
def test_the_type_of_every_cast_in_every_query_is_known(item: Table | Indicator) -> None:
    schema = {name: types_of(name, DATASETS, TABLES, REFERENCES) for name in dependencies(item.sql)}

    to_spark(item.sql, schema)


@pytest.mark.parametrize(
    ("ours", "sparks"),
    [
        ("d / n", "CAST(d AS DOUBLE) / CAST(n AS DOUBLE)"),
        ("f / n", "f / CAST(n AS DOUBLE)"),
        ("cast(d as bigint)", "CAST(ROUND(d, 0) AS BIGINT)"),
        ("cast(f as bigint)", "CAST(RINT(f) AS BIGINT)"),
        ("cast(n as varchar)", "CAST(n AS STRING)"),
        ("cast(null as decimal(9, 6))", "CAST(NULL AS DECIMAL(9, 6))"),
        ("cast(d as decimal(9, 2))", "CAST(d AS DECIMAL(9, 2))"),
        ("cast(f as decimal(9, 2))", "CAST(CAST(ROUND((f) * CAST('1e2' AS DOUBLE), 0) AS BIGINT) * 0.01 AS DECIMAL(9, 2))"),
        ("median(f)", "PERCENTILE(f, 0.5)"),
        ("percentile_cont(0.98) within group (order by cast(d as double))", "PERCENTILE(CAST(d AS DOUBLE), 0.98)"),
    ],
)
def test_what_rounds_differently_is_written_out(ours: str, sparks: str) -> None:
    assert written(ours) == sparks


def test_what_stands_inside_is_written_out_too() -> None:
    inner = written("cast(percentile_cont(0.9) within group (order by cast(d as double)) / n as decimal(9, 2))")

    assert "PERCENTILE(CAST(d AS DOUBLE), 0.9) / CAST(n AS DOUBLE)" in inner
    assert "APPROX" not in inner


def test_missing_values_come_last_on_both() -> None:
    assert "ORDER BY d NULLS LAST" in written("row_number() over (partition by t order by d)")
    assert "ORDER BY d DESC)" in written("row_number() over (partition by t order by d desc)")  # Spark's own way


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("median(d)", "percentile of what is no double"),
        ("percentile_disc(0.5) within group (order by f)", "within group"),
        ("sum(f)", "sum of a double"),
        ("cast(f as varchar)", "double as text"),
        ("cast(ts as varchar)", "as text"),
        ("nowhere", "nowhere"),
    ],
)
def test_what_would_differ_is_refused(expression: str, word: str) -> None:
    with pytest.raises(MetadataError, match=word):
        written(expression)


def test_an_asof_join_is_refused() -> None:
    with pytest.raises(MetadataError, match="asof"):
        to_spark("select a.n from validated.x as a asof join validated.x as b on a.day >= b.day", TYPES)


def test_an_engine_that_is_not_installed_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from indicators.engines import spark

    def nowhere(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(spark, "version", nowhere)

    with pytest.raises(UsageError, match=r"not installed.*make spark"):
        Spark().run("select 1 as one")


def test_an_engine_opens_nothing_before_it_is_asked() -> None:
    for engine in (DuckDB(), Spark()):
        engine.close()


def test_a_query_gets_little_memory_at_first_and_all_it_may_have_when_it_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indicators.engines.duckdb.ENOUGH", "30MB")
    large, limit = "select len(list(i)) as n from range(6000000) as r(i)", "select current_setting('memory_limit') as size"
    engine = DuckDB(spill=tmp_path)
    assert engine.run(limit).to_pylist() == [{"size": "28.6 MiB"}]
    assert engine.run(large).to_pylist() == [{"n": 6_000_000}]
    assert engine.run(limit).to_pylist() == [{"size": "28.6 MiB"}], "the next query is held to little again"
    with pytest.raises(StorageError, match="OutOfMemory"):
        DuckDB(spill=tmp_path, memory_limit="20MB").run(large)
