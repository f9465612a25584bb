"""Bicycles counted by the hour: how Trafikkdata is asked, and how its answers and a third party's pivot of its export are read.

Only the total of a point is taken over, not its directions: fewer ways to follow someone, and nothing an indicator needs.

`bike_counts_hourly.csv` beside this file lists the bicycle points with their municipality of 2024 and whether they count all the time.
Source: the Norwegian Public Roads Administration's registers of points and stations, June 2026.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.duck import literal, name
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import oslo_doubt, oslo_to_utc, utc
from pipelines.reading.csv_text import header, lines, unreadable
from pipelines.reading.json_text import inner, text
from pipelines.reading.trafikkdata import answer, question

POINT = re.compile(r"\d{5}B\d{1,7}")
PAGE = timedelta(hours=96)
"""The service gives at most 100 hours in one list; four days fit."""
HOURS = "{ pageInfo { hasNextPage } edges { node { from to total { volumeNumbers { volume } coverage { percentage } } } } }"
ANSWER = "Trafikkdata's answer with whole lists of hours for one point"
TIME, TOTAL = "DateFormatted", "Totalt"
CSV_FILE = f"a comma-separated file with a bicycle point's number in its name and the columns {TIME}, {TOTAL} and 1, 2 … for lanes"


@dataclass(frozen=True)
class Point:
    """A bicycle point as it is known before anything is asked."""

    point: str
    municipality: str
    is_counting: bool
    """Whether it is in operation and counts all the time."""


@cache
def known_points() -> dict[str, Point]:
    """All bicycle points of the register whose municipality is known, by number."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return {row["point"]: Point(row["point"], row["municipality"], row["is_counting"] == "true") for row in csv.DictReader(file)}


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each month and each point that counts all the time, in the named municipalities or in all.

    A list holds at most 100 hours, so a question has eight lists of four days each under names of their own, and no page has to be
    turned; the reader refuses a list that is cut all the same. Months are those of standard time.
    """
    points = [one for one in known_points().values() if one.is_counting]
    for first, after in window.months():
        if after <= dataset.source.starts_on:
            continue
        for one in points:
            if not window.municipalities or one.municipality in window.municipalities:
                query = _query(one.point, first, after)
                yield question(
                    dataset.source.service, query, format="trafikkdata_hours_json", period=f"{first:%Y-%m}", note=f"point {one.point}"
                )


def _query(point: str, first: date, after: date) -> str:
    lists = []
    since = first
    while since < after:
        until = min(since + PAGE, after)
        lists.append(f'from{since:%d}: byHour(from: "{since}T00:00:00+01:00", to: "{until}T00:00:00+01:00") {HOURS}')
        since = until
    place = "trafficRegistrationPoint { id location { municipality { number } } }"
    volume = "\n      ".join(lists)
    return f'{{\n  trafficData(trafficRegistrationPointId: "{point}") {{\n    {place}\n    volume {{\n      {volume}\n    }}\n  }}\n}}'


def parse_trafikkdata_hours_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers for one point each → one row per hour, also where nothing was counted.

    Every list under `volume` is read, whatever it is called. Raises ParseError for an answer that reports errors, and for a list that goes
    on on another page, because the hours beyond it would be missing without a word.
    """
    columns = ("point", "municipality", "since", "until", "volume", "coverage", "file")
    schema = pa.schema([(column, pa.string()) for column in columns])
    hours = con.from_arrow(pa.Table.from_pylist([hour for path in paths for hour in _hours(path)], schema=schema))
    return hours.project(
        f"point, municipality, {utc('since')} as from_time, volume, coverage, {utc('until')} as to_time,"
        " true as lanes_agree, null as doubt, file"
    )


def _hours(path: Path) -> Iterator[dict[str, str | None]]:
    data = answer(path, ANSWER)
    point = inner(data, "trafficData", "trafficRegistrationPoint", "id")
    lists = inner(data, "trafficData", "volume")
    if not isinstance(point, str) or not isinstance(lists, dict):
        raise unreadable(path, "no trafficData with a point and its volume", ANSWER)
    number = inner(data, "trafficData", "trafficRegistrationPoint", "location", "municipality", "number")
    municipality = _municipality(point) or (None if number is None else str(number).zfill(4))
    for one in lists.values():
        edges = inner(one, "edges")
        if not isinstance(edges, list):
            raise unreadable(path, "a list without edges", ANSWER)
        if inner(one, "pageInfo", "hasNextPage"):
            raise unreadable(path, "a list that goes on on another page", ANSWER)
        for edge in edges:
            node = inner(edge, "node")
            yield {
                "point": point,
                "municipality": municipality,
                "since": inner(node, "from"),
                "until": inner(node, "to"),
                "volume": text(inner(node, "total", "volumeNumbers", "volume")),
                "coverage": text(inner(node, "total", "coverage", "percentage")),
                "file": str(path),
            }


def _municipality(point: str) -> str | None:
    known = known_points().get(point)
    return known.municipality if known else None


def parse_trafikkdata_hourly_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Pivots of the portal's export, one file a point, whose names hold the number of the point → one row per hour.

    A time is on the clocks of Oslo, without offset. It is said to be the end of its hour, but the portal's own export of the same hours,
    which writes both ends, shows that it is the beginning. Of the hour that autumn repeats, the pivot has the mean of both, which is
    neither: it is delivered without a volume and with `doubt`, in the place of the first. `lanes_agree` says whether the lanes add up to
    the total. Raises ParseError when a name holds no bicycle point or a column is missing.
    """
    return con.sql(" union all ".join(_csv_hours(path) for path in paths))


def _csv_hours(path: Path) -> str:
    point = POINT.search(path.name)
    if point is None:
        raise unreadable(path, "the name of the file holds no number of a bicycle point", CSV_FILE)
    names = header(path, (TIME, TOTAL), expected=CSV_FILE)
    lanes = [f"try_cast({name(column)} as decimal(18, 3))" for column in names if re.fullmatch(r"\d+", column)]
    municipality = _municipality(point[0])
    return f"""
        select
            {literal(point[0])} as point,
            {literal(municipality) if municipality else "null"} as municipality,
            {oslo_to_utc("local")} as from_time,
            if({oslo_doubt("local")} is null, regexp_replace(total, '\\.0+$', ''), null) as volume,
            null as coverage,
            null as to_time,
            {f"coalesce({' + '.join(lanes)} = try_cast(total as decimal(18, 3)), true)" if lanes else "true"} as lanes_agree,
            {oslo_doubt("local")} as doubt,
            file
        from (
            select
                *,
                {name(TOTAL)} as total,
                try_strptime({name(TIME)}, '%Y-%m-%d %H:%M:%S') as local
            from {lines(path, names)}
        )
    """


PARSERS = {
    "trafikkdata_hours_json": parse_trafikkdata_hours_json,
    "trafikkdata_hourly_csv": parse_trafikkdata_hourly_csv,
}
