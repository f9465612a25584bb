"""The newest hour of every station: how the Environment Agency's service is asked, and how its answers and those of NILU's are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.datasets.air_quality_hourly import ASKED
from pipelines.datasets.air_quality_stations import stations_measuring
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import utc
from pipelines.reading.csv_text import unreadable
from pipelines.reading.json_text import read, text

ANSWER = "the list of the newest values, with eoi, component, unit, toTime and value in each entry"
LARGEST_ANSWER = 8 * 2**20
"""Bytes of one answer; all of Norway is about 60 kB."""
FIELDS = {
    "eoi": "station", "component": "component", "fromTime": "begins", "toTime": "ends", "timestep": "timestep", "value": "value",
    "unit": "unit", "index": "air_index", "isValid": "is_valid",
}  # fmt: skip
NEEDED = ("eoi", "component", "unit", "toTime", "value")


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each area in which a station measures; the same question each time, because it is about now."""
    areas = sorted({one.area for one in stations_measuring(window.start, window.end, window.municipalities)})
    for area in areas:
        yield Request(
            url=f"{dataset.source.service.rstrip('/')}/public/aq/utd",
            params={"areas": area, "components": ASKED},
            format="luftmalinger_utd_json",
            headers={"Accept": "application/json"},
            note=area,
            again_after="PT1H",
        )


def parse_utd_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per station and component of an answer of either service.

    An hour without its beginning begins a `timestep` before its end. Raises ParseError for what is no list, and for an entry without one
    of the fields that are needed: a name alone does not tell a station, because several towns share names.
    """
    rows: list[dict[str, str | None]] = []
    for path in paths:
        content = read(path, ANSWER, largest=LARGEST_ANSWER)
        if not isinstance(content, list):
            raise unreadable(path, "no list", ANSWER)
        rows += [_row(path, entry, position) for position, entry in enumerate(content)]
    columns = (*FIELDS.values(), "file")
    found = con.from_arrow(pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in columns}))
    return found.project(
        f"""
        station,
        component,
        coalesce({utc("begins")}, {utc("ends")} - to_seconds(coalesce(cast(timestep as bigint), 3600))) as from_time,
        {utc("ends")} as to_time,
        value,
        air_index,
        unit,
        is_valid,
        file
        """
    )


def _row(path: Path, entry: Any, position: int) -> dict[str, str | None]:
    missing = [field for field in NEEDED if field not in entry] if isinstance(entry, dict) else list(NEEDED)
    if missing:
        raise unreadable(path, f"entry {position} lacks {', '.join(missing)}", ANSWER)
    return {column: text(entry.get(field)) for field, column in FIELDS.items()} | {"file": str(path)}


PARSERS = {"luftmalinger_utd_json": parse_utd_json, "nilu_obs_utd_json": parse_utd_json}
