"""How charging_points is asked for and read where it comes as JSON: a list of objects, one for each municipality and year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.csv_text import unreadable
from pipelines.reading.json_text import read

if TYPE_CHECKING:
    import duckdb

COLUMNS = {"municipality": "municipality", "year": "year", "points": "points", "fast": "fast_points", "kW": "power"}
"""Name in the source → column."""
EXPECTED = f"a list of objects with {', '.join(COLUMNS)}"


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each year; the answer holds that year alone."""
    for year in window.years():
        yield Request(dataset.source.service, "charging_points_json", params={"year": str(year)}, period=str(year))


def parse_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per object, every value as the source writes it. Raises ParseError for what is no such list."""
    rows = []
    for path in paths:
        objects = read(path, EXPECTED, largest=2**20)
        if not isinstance(objects, list) or not all(isinstance(one, dict) and COLUMNS.keys() <= one.keys() for one in objects):
            raise unreadable(path, "no list of such objects", EXPECTED)
        for one in objects:
            rows.append({column: None if one[key] is None else str(one[key]) for key, column in COLUMNS.items()} | {"file": str(path)})
    return con.from_arrow(pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in (*COLUMNS.values(), "file")}))


PARSERS = {"charging_points_json": parse_json}
