"""Registered passenger cars by municipality and fuel: Statistics Norway's table 07849."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading import jsonstat, pxweb
from pipelines.reading.ask import Request, Window

if TYPE_CHECKING:
    import duckdb

TABLE = "07849"
CONTENTS = "Personbil1"
FUEL_BY_CODE = {"1": "petrol", "2": "diesel", "3": "paraffin", "4": "gas", "5": "electricity", "6": "other"}
FUEL_BY_TEXT = {
    "Petrol": "petrol",
    "Diesel": "diesel",
    "Paraffin": "paraffin",
    "Gas": "gas",
    "Electricity": "electricity",
    "Other fuel": "other",
}
USES = ("1", "2", "3", "4", "5", "6", "7")
"""Kinds of transport (own account, hire, taxi …). Named one by one: with a wildcard, a total would double every sum."""

BREAKS = {2016: "hybrids_to_other", 2025: "leased_cars_moved"}
"""First year counted in a new way, with the code that the description of `break_in` explains."""


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question a year, for all municipalities at once: naming one that the table lacks would make it refuse everything.

    Figures of 31 December come out in the following spring; asked for earlier, the year is unknown to the table
    and the whole question is refused. So a year is asked for from 1 April after it.
    """
    for year in window.years():
        if year >= dataset.source.starts_on.year and date(year + 1, 4, 1) < window.end:
            yield pxweb.ask_table(
                dataset.source.service,
                TABLE,
                {
                    "Region": ["*"],
                    "KjoringensArt": USES,
                    "DrivstoffType": list(FUEL_BY_CODE),
                    "ContentsCode": [CONTENTS],
                    "Tid": [str(year)],
                },
                period=str(year),
            )


def parse_pxweb_v2_jsonstat2(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per region, fuel and year, summed over the kinds of transport.

    A kind that cannot occur (sign `.`) adds nothing. Any other missing part makes the sum missing, and its sign
    is passed on. Raises ParseError for a kind, fuel or content that was not asked for.
    """
    found = jsonstat.cells(
        con,
        paths,
        table=TABLE,
        dimensions={"Region": "region", "KjoringensArt": "use", "DrivstoffType": "fuel_code", "ContentsCode": "contents", "Tid": "year"},
    )
    _refuse_others(found, paths, "use", USES, "KjoringensArt")
    _refuse_others(found, paths, "fuel_code", FUEL_BY_CODE, "DrivstoffType")
    _refuse_others(found, paths, "contents", [CONTENTS], "ContentsCode")
    sums = found.aggregate(
        f"""
        region as municipality,
        {_case("fuel_code", FUEL_BY_CODE)} as fuel,
        year,
        sum(value) as total,
        coalesce(bool_or(value is null and sign is distinct from '.'), false) as is_incomplete,
        coalesce(min(sign) filter (value is null and sign <> '.'), min(sign) filter (sign <> '.'), min(sign)) as sign,
        file""",
        "region, fuel_code, year, file",
    )
    return sums.project(
        f"""
        municipality,
        fuel,
        year::bigint as year,
        case when not is_incomplete then total end as cars,
        case when sign = '*' then 'P' end as status,
        {_break_sql()} as break_in,
        case when is_incomplete or total is null then sign end as sign,
        file"""
    )


def parse_ssb_excerpt_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per municipality, fuel and year of an excerpt that was already summed over the kinds of transport.

    Raises ParseError for a fuel that is not one of the table's six.
    """
    files = ", ".join(literal(str(path)) for path in paths)
    rows = con.sql(
        f"""
        select
          municipality_code,
          fuel as fuel_text,
          year,
          cars,
          filename as file
        from read_csv([{files}], header = true, delim = ',', quote = '"', all_varchar = true, filename = true)"""
    )
    _refuse_others(rows, paths, "fuel_text", FUEL_BY_TEXT, "fuel")
    _refuse_others(rows.project("regexp_full_match(cars, '[0-9]+')::varchar as is_whole"), paths, "is_whole", ["true"], "count")
    return rows.project(
        f"""
        municipality_code as municipality,
        {_case("fuel_text", FUEL_BY_TEXT)} as fuel,
        year::bigint as year,
        cars,
        {_break_sql()} as break_in,
        file"""
    )


def _case(column: str, names: dict[str, str]) -> str:
    return f"case {column} " + " ".join(f"when {literal(code)} then {literal(name)}" for code, name in names.items()) + " end"


def _break_sql() -> str:
    return "case year::bigint " + " ".join(f"when {year} then {literal(code)}" for year, code in BREAKS.items()) + " end"


def _refuse_others(
    rows: duckdb.DuckDBPyRelation, paths: Sequence[Path], column: str, known: Sequence[str] | dict[str, str], what: str
) -> None:
    """Summing over, or dropping, a category nobody declared would change every number in silence."""
    inside = ", ".join(literal(code) for code in known)
    strange = rows.filter(f"{column} is null or {column} not in ({inside})").aggregate("count(*)").fetchone()
    if strange and strange[0]:
        raise ParseError(
            f"{strange[0]} cells with a {what} that is not declared",
            where=", ".join(path.name for path in paths),
            effect="nothing of this file is used",
            next_step=f"see what table {TABLE} has added, and declare it in car_fleet",
        )


PARSERS = {"ssb_excerpt_csv": parse_ssb_excerpt_csv, "pxweb_v2_jsonstat2": parse_pxweb_v2_jsonstat2}
