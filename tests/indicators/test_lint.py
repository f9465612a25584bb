"""What a query may not hold, because it means something else, or nothing, on another engine or another day."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot

from catalog.errors import MetadataError
from catalog.model import Indicator
from indicators.lint import FUNCTIONS, lint
from indicators.load import load_indicators, load_tables

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "indicator_sql.md"
INDICATORS = load_indicators()
TABLES = load_tables()
ANY = INDICATORS["sdg_11_6_ghg_total"]

QUERY = """
select
  a.municipality as ref_area,
  cast(a.year as varchar) as time_period,
  {value} as obs_value,
  'A' as obs_status,
  null as coverage,
  1 as n_units,
  null as numerator,
  null as denominator
from {table}
"""


def refused(sql: str, item: Indicator = ANY) -> str:
    with pytest.raises(MetadataError) as error:
        lint(item.model_copy(update={"sql": sql}))
    return str(error.value)


def with_value(value: str, table: str = "validated.x as a") -> str:
    return QUERY.format(value=value, table=table)


@pytest.mark.parametrize("item", [*INDICATORS.values(), *TABLES.values()], ids=lambda item: item.id)
def test_every_query_keeps_to_the_subset(item: Indicator) -> None:
    lint(item)


@pytest.mark.parametrize("item", [*INDICATORS.values(), *TABLES.values()], ids=lambda item: item.id)
def test_every_query_can_be_written_for_spark(item: Indicator) -> None:
    written = sqlglot.transpile(item.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)

    assert sqlglot.parse_one(written[0], read="spark").named_selects == sqlglot.parse_one(item.sql, read="duckdb").named_selects


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("avg(a.v)", "avg"),
        ("round(a.v, 1)", "round"),
        ("max(a.v, 19)", "max"),
        ("arg_max(a.v, a.w)", "arg_max"),
        ("any_value(a.v)", "any_value"),
        ("[1, 2]", "array"),
        ("{'v': 1}", "struct"),
        ("list(a.v)", "array_agg"),
        ("a.v[1]", "bracket"),
        ("list_transform(a.v, lambda x: x + 1)", "list_transform"),
        ("string_agg(a.v, ';')", "listagg"),
        ("strptime(a.v, '%Y')", "strptime"),
        ("strftime(a.v, '%Y')", "strftime"),
        ("regexp_matches(a.v, 'x')", "regexp_matches"),
        ("try_cast(a.v as bigint)", "try_cast"),
        ("current_date", "current_date"),
        ("now()", "now"),
        ("random()", "random"),
        ("stddev(a.v)", "stddev"),
        ("approx_count_distinct(a.v)", "approx_count_distinct"),
        ("a.v // 2", "//"),
        ("a.v & 3", "&"),
        ("a.v like 'x%'", "like"),
        ("a.v ^ 2", "pow"),
        ("date_diff('month', a.v, a.w)", "date_diff"),
        ("median(a.v)", "median(cast(x as double))"),
        ("percentile_cont(0.9) within group (order by a.v)", "cast(x as double)"),
        ("a.v::json -> '$.x'", "json"),
        ("cast(a.v as hugeint)", "hugeint"),
        ("cast(a.v as float)", "float"),
        ("cast(a.v as timestamptz)", "timestamptz"),
        ("unnest(a.v)", "unnest"),
        ("getvariable('x')", "getvariable"),
        ("$1", "placeholder"),
    ],
)
def test_a_construct_that_does_not_carry_over_is_refused(value: str, word: str) -> None:
    message = refused(with_value(value))

    assert word in message.lower().replace("int128", "hugeint")
    assert "docs/indicator_sql.md" in message


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("read_parquet('x.parquet') as a", "read_parquet"),
        ("read_csv('x.csv') as a", "read_csv"),
        ("range(3) as a", "range"),
        ("validated.x as a asof join validated.y as b on a.t >= b.t", "asof join"),
        ("validated.x as a natural join validated.y", "natural join"),
        ("validated.x as a positional join validated.y as b", "positional join"),
        ("validated.x as a using sample 10%", "tablesample"),
        ("validated.x as a limit 3", "limit"),
    ],
)
def test_a_source_that_is_not_a_declared_table_is_refused(table: str, word: str) -> None:
    assert word in refused(with_value("1", table)).lower()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from validated.x",
        "select a.* from validated.x as a",
        "with a as (select * from validated.x) select * from a",
        "select 1 as ref_area from validated.x union all select * from validated.y",
    ],
)
def test_a_star_in_the_result_is_refused(sql: str) -> None:
    assert "select *" in refused(sql)


def test_a_star_inside_is_fine() -> None:
    lint(ANY.model_copy(update={"sql": "with a as (select * from validated.x)" + with_value("count(*)", "a")}))


@pytest.mark.parametrize(
    "sql", ["drop table validated.x", "insert into validated.x values (1)", "copy validated.x to 'x'", "attach 'x'", "pragma version"]
)
def test_only_a_query_may_stand_in_the_file(sql: str) -> None:
    with pytest.raises(MetadataError):
        lint(ANY.model_copy(update={"sql": sql}))


def test_two_statements_are_refused() -> None:
    assert "2 statements" in refused(with_value("1") + "; drop table validated.x")


def test_a_query_must_return_the_agreed_columns() -> None:
    assert "does not return coverage" in refused("select 1 as ref_area, 2 as time_period, 3 as obs_value, 4 as obs_status from validated.x")
    assert "returns colour, which no observation has" in refused(
        with_value("1 as obs_value, 2 as colour, 3").replace("3 as obs_value,", "")
    )


def test_a_table_must_return_the_columns_of_its_head() -> None:
    table = TABLES["station_place"]

    with pytest.raises(MetadataError, match="does not return the columns of the head"):
        lint(table.model_copy(update={"columns": table.columns[:-1]}))


def test_the_page_lists_every_function_that_may_be_used() -> None:
    text = DOCUMENT.read_text("utf-8")
    start = text.index("Functions that may be used:")
    listed = set(re.findall(r"`([^`]+)`", text[start : text.index("| refused |")]))

    assert listed == set(FUNCTIONS.values())


def test_the_query_on_the_page_keeps_to_the_subset() -> None:
    block = re.search(r"```sql\n.*?---\*/\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert block

    lint(ANY.model_copy(update={"sql": block[1]}))
