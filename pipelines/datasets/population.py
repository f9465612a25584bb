"""Inhabitants by municipality on 1 January: Statistics Norway's table 07459, and the same on the borders of 2024."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import literal, name
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading import jsonstat, pxweb
from pipelines.reading.ask import Request, Window

if TYPE_CHECKING:
    import duckdb

TABLE = "07459"
CONTENTS = "Personer1"
AGES = 106
"""One-year ages 0 to 104, and 105 or older."""
YEAR_COLUMN = re.compile(r"^(?:Persons|Personer) (\d{4})$")
GZIP = b"\x1f\x8b"


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question a year for all regions; sex and age are left out, so that the service adds them up.

    Figures of 1 January come out late in February; asked for earlier, the year is unknown to the table and the
    whole question is refused. So a year is asked for from 1 March.
    """
    for year in window.years():
        if year >= dataset.source.starts_on.year and date(year, 3, 1) < window.end:
            yield pxweb.ask_table(
                dataset.source.service,
                TABLE,
                {"Region": ["*"], "ContentsCode": [CONTENTS], "Tid": [str(year)]},
                period=str(year),
            )


def parse_pxweb_v2_jsonstat2(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per region and year, in the codes of that year: municipalities, but also counties and the whole country."""
    found = jsonstat.cells(con, paths, table=TABLE, dimensions={"Region": "region", "ContentsCode": "contents", "Tid": "year"})
    _refuse_where(found, f"contents <> {literal(CONTENTS)}", "cells that are not the number of inhabitants", paths)
    return found.project(
        f"""
        region as municipality,
        year::bigint as year,
        'valid' as borders,
        value as population,
        {literal(TABLE)} as source_table,
        case when sign = '*' then 'P' end as status,
        case when value is null then sign end as sign,
        file"""
    )


def parse_ssb_statbank_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per region and year, summed over the one-year ages of a download from the statistics bank.

    The downloads come tab-separated in Latin-1 or comma-separated in UTF-8, with one column a year, and write a
    region as `0101 Halden` or `K-3001 Halden`; only the code is read. Raises ParseError when a region lacks one of
    its ages or has one twice, because the sum would be wrong without any other trace.
    """
    regions = con.sql(" union all ".join(_statbank_sql(path) for path in paths)).aggregate(
        """
        region,
        year,
        sum(try_cast(persons as bigint)) as population,
        count(*) as ages,
        count(distinct age) as distinct_ages,
        count(*) filter (not regexp_full_match(persons, '[0-9]+')) as other_than_numbers,
        file""",
        "region, year, file",
    )
    _refuse_where(regions, f"ages <> {AGES} or distinct_ages <> {AGES}", f"regions that do not have each of {AGES} ages once", paths)
    _refuse_where(regions, "other_than_numbers > 0", "regions with something other than whole numbers", paths)
    return regions.project(
        f"""
        coalesce(nullif(regexp_extract(region, '^(?:K-)?(\\d{{4}}) ', 1), ''), split_part(region, ' ', 1)) as municipality,
        year::bigint as year,
        'valid' as borders,
        population,
        {literal(TABLE)} as source_table,
        file"""
    )


def _statbank_sql(path: Path) -> str:
    """The query that reads one download; its dialect is told by the first line."""
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            head = file.readline(10_000)
    except (OSError, EOFError, zlib.error):
        raise _refused("a packed file that is damaged", [path]) from None
    is_tabbed = b"\t" in head
    try:
        columns = [part.strip().strip('"') for part in head.decode("latin-1" if is_tabbed else "utf-8").split("\t" if is_tabbed else ",")]
    except UnicodeDecodeError:
        raise _refused("a first line that is no text", [path]) from None
    years = {column: match[1] for column in columns if (match := YEAR_COLUMN.match(column))}
    if columns[:2] not in (["region", "age"], ["region", "alder"]) or len(years) != len(columns) - 2 or not years:
        raise _refused("the columns are not region, age (or alder) and one for each year", [path])
    wide = ", ".join(f"{name(column)} as {name(year)}" for column, year in years.items())
    return f"""
        select
          region,
          age,
          year,
          persons,
          {literal(str(path))} as file
        from (
          unpivot (
            select region, {name(columns[1])} as age, {wide}
            from read_csv(
              {literal(str(path))},
              header = true,
              delim = {literal(chr(9) if is_tabbed else ",")},
              quote = '"',
              encoding = {literal("latin-1" if is_tabbed else "utf-8")},
              compression = {literal("gzip" if is_packed else "none")},
              all_varchar = true
            )
          ) on * exclude (region, age) into name year value persons
        )"""


def parse_csdata_borders2024_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per municipality of 2024 and year: women plus men. The file's own total comes along as `stated_total`.

    Where one of the sexes is missing the sum is missing. Raises ParseError for a sex other than female, male and total.
    """
    files = ", ".join(literal(str(path)) for path in paths)
    rows = con.sql(
        f"""
        select
          municipality_code,
          year,
          sex,
          pop_jan1_n::decimal(18, 1) as persons,
          filename as file
        from read_csv([{files}], header = true, delim = ',', quote = '"', all_varchar = true, filename = true)"""
    )
    _refuse_where(rows, "sex is null or sex not in ('female', 'male', 'total')", "rows with a sex that is not declared", paths)
    _refuse_where(rows, "persons <> trunc(persons)", "rows with a fraction of a person", paths)
    return rows.aggregate(
        """
        municipality_code as municipality,
        year::bigint as year,
        '2024' as borders,
        sum(persons) filter (sex = 'female') + sum(persons) filter (sex = 'male') as population,
        'csdata' as source_table,
        sum(persons) filter (sex = 'total') as stated_total,
        file""",
        "municipality_code, year, file",
    )


def _refuse_where(rows: duckdb.DuckDBPyRelation, condition: str, what: str, paths: Sequence[Path]) -> None:
    found = rows.filter(condition).aggregate("count(*)").fetchone()
    if found and found[0]:
        raise _refused(f"{found[0]} {what}", paths)


def _refused(what: str, paths: Sequence[Path]) -> ParseError:
    return ParseError(
        what,
        where=", ".join(path.name for path in paths),
        effect="nothing of this file is used",
        next_step="compare the file with the format it is listed as, and download it again",
    )


PARSERS = {
    "ssb_statbank_csv": parse_ssb_statbank_csv,
    "csdata_borders2024_csv": parse_csdata_borders2024_csv,
    "pxweb_v2_jsonstat2": parse_pxweb_v2_jsonstat2,
}
