"""City-bike trips in Oslo, Bergen and Trondheim: how Urban Sharing's monthly files are asked for and read.

Names, descriptions and coordinates of stations are never taken over: the trips are only to be summed.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window

SYSTEMS = {"oslobysykkel.no": "0301", "bergenbysykkel.no": "4601", "trondheimbysykkel.no": "5001"}
"""The municipality of each bike system."""
COLUMNS = ("started_at", "ended_at", "duration", "start_station_id", "end_station_id")


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request for each system and month that the window touches.

    404 means that the season was closed that month. A file is filed by UTC month and holds nothing else.
    """
    for first, _ in window.months():
        if first < dataset.source.starts_on.replace(day=1):
            continue
        for system, municipality in SYSTEMS.items():
            if window.municipalities and municipality not in window.municipalities:
                continue
            yield Request(
                url=f"{dataset.source.service.rstrip('/')}/{system}/trips/v1/{first:%Y}/{first:%m}.csv",
                format=_format_of(system),
                period=f"{first:%Y-%m}",
                note=f"{system}; no file where the season was closed",
                absent_is_fine=True,
            )


def parse_urbansharing_trips_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Monthly files, plain or gzipped, whose names tell the system and the month → one row per trip, duplicates and all.

    Raises ParseError when a name tells no known system, or a column is missing.
    """
    return con.sql(" union all ".join(_trips(path, _system_in_name(path)) for path in paths))


def _parse_system(system: str, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Monthly files of one system, as they are kept in the archive under names that tell nothing → one row per trip."""
    return con.sql(" union all ".join(_trips(path, system) for path in paths))


def _trips(path: Path, system: str) -> str:
    """SQL for the trips of one file."""
    month = re.search(r"trips_v1_(\d{4})_(\d{2})\b", path.name.replace(".", " "))
    return f"""
        select
            {literal(system)} as system,
            {literal(SYSTEMS[system])} as municipality,
            {_utc("started_at")} as started_at,
            {_utc("ended_at")} as ended_at,
            duration,
            start_station_id as start_station,
            end_station_id as end_station,
            {literal(f"{month[1]}-{month[2]}") if month else "null"} as filed_month,
            file
        from {_lines(path)}
    """


def _lines(path: Path) -> str:
    """SQL for the lines of a file as text. The head is read here, so that DuckDB need not guess anything."""
    is_gzip = _is_gzip(path)
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") if is_gzip else path.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file), [])
    except (UnicodeDecodeError, EOFError, OSError, csv.Error, zlib.error) as error:
        raise _unreadable(path, "a head that cannot be read as text") from error
    if missing := [column for column in COLUMNS if column not in head]:
        raise _unreadable(path, f"columns missing: {', '.join(missing)}")
    columns = ", ".join(f"{literal(column)}: 'varchar'" for column in head)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        f" escape = '\"', compression = '{'gzip' if is_gzip else 'none'}', filename = 'file')"
    )


def _utc(text: str) -> str:
    """SQL for the instant, as UTC without offset, that a text with `Z` or `±hh:mm` at its end stands for; null without one.

    Seconds come with and without a fraction. A plain cast of the text to a timestamp would drop the offset without a word.
    """
    has_offset = f"length({text}) > 16 and (right({text}, 1) = 'Z' or substr({text}, -6, 1) in ('+', '-'))"
    return f"case when {has_offset} then cast({text} as timestamptz) at time zone 'UTC' end"


def _system_in_name(path: Path) -> str:
    for system in SYSTEMS:
        if path.name.startswith(f"{system}_"):
            return system
    raise _unreadable(path, f"the name begins with none of {', '.join(f'{system}_' for system in SYSTEMS)}")


def _is_gzip(path: Path) -> bool:
    """By its first bytes, because a file in the archive bears no name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _unreadable(path: Path, what: str) -> ParseError:
    return ParseError(
        what,
        where=path.name,
        effect="nothing of this file is used",
        next_step=f"expected a file <system>_trips_v1_<year>_<month>.csv, plain or gzipped, with the columns {', '.join(COLUMNS)}",
    )


def _format_of(system: str) -> str:
    """The format of one system's files: the shape is the same, but a stored file no longer tells whose it is."""
    return f"{system.removesuffix('.no')}_trips_csv"


PARSERS = {
    "urbansharing_trips_csv": parse_urbansharing_trips_csv,
    **{_format_of(system): partial(_parse_system, system) for system in SYSTEMS},
}
