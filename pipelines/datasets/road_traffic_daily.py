"""Motor vehicles counted by the day: how Trafikkdata is asked, page by page, and how its answers are read.

`road_traffic_daily.csv` beside this file lists the points for motor vehicles that count all the time, with their municipality of 2024.
Source: the Norwegian Public Roads Administration's registers of points and stations, June 2026.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.fetching.pages import Cursor
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import utc
from pipelines.reading.csv_text import unreadable
from pipelines.reading.json_text import inner, text
from pipelines.reading.trafikkdata import answer, question
from pipelines.settings import configured_catalog

QUERY = """query ($after: String) {
  trafficData(trafficRegistrationPointId: "%s") {
    trafficRegistrationPoint { id location { municipality { number } } }
    volume {
      byDay(from: "%s", to: "%s", after: $after) {
        pageInfo { hasNextPage endCursor }
        edges { cursor node { from to total { volumeNumbers { volume } coverage { percentage } } } }
      }
    }
  }
}"""
PAGES = Cursor(("trafficData", "volume", "byDay"))
"""The service gives at most a hundred days at a time, so a year comes on four pages."""
ANSWER = "Trafikkdata's answer with a list of days for one point"


@cache
def known_points() -> dict[str, str]:
    """The municipality of every point for motor vehicles that counts all the time, by the number of the point."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return {row["point"]: row["municipality"] for row in csv.DictReader(file)}


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each year and point in the named municipalities, or in the catalogue's own where none is named.

    Days are those on the clocks of Oslo, so both ends of the year carry the offset of winter.
    """
    places = set(window.municipalities or configured_catalog().area_of_interest)
    for year in window.years():
        if year < dataset.source.starts_on.year:
            continue
        first, after = (f"{date(start, 1, 1)}T00:00:00+01:00" for start in (year, year + 1))
        for point, municipality in known_points().items():
            if municipality in places:
                asked = question(
                    dataset.source.service,
                    QUERY % (point, first, after),
                    format="trafikkdata_days_json",
                    period=str(year),
                    note=f"point {point}, {year}",
                )
                yield replace(asked, turn=PAGES)


def parse_trafikkdata_days_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Pages for one point each → one row per day, also where nothing was counted.

    The day is that on which it begins in Oslo: midnight there is 23 or 22 in UTC. Raises ParseError for an answer that reports errors, and
    for one without a point and its list of days.
    """
    columns = ("point", "municipality", "since", "until", "volume", "coverage", "file")
    schema = pa.schema([(column, pa.string()) for column in columns])
    days = con.from_arrow(pa.Table.from_pylist([day for path in paths for day in _days(path)], schema=schema))
    local = "timezone('Europe/Oslo', timezone('UTC', from_time))"
    return days.project(f"*, {utc('since')} as from_time, {utc('until')} as to_time").project(
        f"point, municipality, cast({local} as date) as day, volume, coverage, from_time, to_time,"
        f" hour({local}) = 0 as begins_at_midnight, file"
    )


def _days(path: Path) -> Iterator[dict[str, str | None]]:
    data = answer(path, ANSWER)
    point = inner(data, "trafficData", "trafficRegistrationPoint", "id")
    edges = inner(data, "trafficData", "volume", "byDay", "edges")
    if not isinstance(point, str) or not isinstance(edges, list):
        raise unreadable(path, "no trafficData with a point and its days", ANSWER)
    number = inner(data, "trafficData", "trafficRegistrationPoint", "location", "municipality", "number")
    municipality = known_points().get(point) or (None if number is None else str(number).zfill(4))
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


PARSERS = {"trafikkdata_days_json": parse_trafikkdata_days_json}
