"""Bus passings per stop and year: the file that Entur counts and the Norwegian Public Roads Administration publishes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.ask import Request, Window

GZIP = b"\x1f\x8b"
HEADER = "stopPointRef,no_of_buses"


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """Nothing: the yearly file has no fixed address that programs may ask. It comes in with a recorded folder."""
    yield from ()


def parse_entur_stop_passings_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per stop and year, also those whose id is not a quay of the national register; the year is read from the file's name.

    Raises ParseError for a name without a year, another header, or a count that is not a whole number.
    """
    rows = con.sql(" union all ".join(_passings_sql(path) for path in paths))
    strange = (
        rows.filter("not coalesce(regexp_full_match(passings, '[0-9]{1,12}'), false)").aggregate("file, count(*)", "file").order("file")
    )
    if first := strange.fetchone():
        raise _refused(f"{first[1]} rows with a count that is not a whole number", Path(first[0]))
    return rows


def _passings_sql(path: Path) -> str:
    return f"""
        select
          stopPointRef as stop,
          {_year_in_name(path)} as year,
          no_of_buses as passings,
          {literal(str(path))} as file
        from read_csv(
          {literal(str(path))},
          header = true,
          delim = ',',
          quote = '"',
          columns = {{'stopPointRef': 'VARCHAR', 'no_of_buses': 'VARCHAR'}},
          compression = {literal(_compression(path))},
          auto_detect = false,
          nullstr = ''
        )"""


def _year_in_name(path: Path) -> int:
    """The one year in a file's name, such as 2024 in `holdeplasspasseringer_entur_2024.csv.gz`."""
    years = set(re.findall(r"(?<!\d)20\d\d(?!\d)", path.name))
    if len(years) != 1:
        raise _refused("the file's name does not tell its year", path, "give the file a name with its year, such as …_2024.csv.gz")
    return int(years.pop())


def _compression(path: Path) -> str:
    """How DuckDB must unpack the file, whose header is looked at on the way: without it, columns would be taken by position."""
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            header = file.readline(1000).decode("utf-8-sig").strip()
    except (OSError, EOFError, UnicodeDecodeError):
        raise _refused("the first line cannot be read", path) from None
    if header.replace('"', "") != HEADER:
        raise _refused(f"the columns are not {HEADER}", path)
    return "gzip" if is_packed else "none"


def _refused(what: str, path: Path, next_step: str = "compare the file with the format it is listed as") -> ParseError:
    return ParseError(what, where=path.name, effect="nothing of this file is used", next_step=next_step)


PARSERS = {"entur_stop_passings_csv": parse_entur_stop_passings_csv}
