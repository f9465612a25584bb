"""Where city-bike stations stand: how the feeds of three cities are asked and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.datasets.bike_station_status import SYSTEMS
from pipelines.reading import gbfs
from pipelines.reading.ask import Request, Window

COLUMNS = ("station", "name", "latitude", "longitude", "capacity", "made_at")


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each system, once a day. The operator wants to know who asks."""
    for system, municipality in SYSTEMS.items():
        if not window.municipalities or municipality in window.municipalities:
            yield Request(
                url=f"{dataset.source.service.rstrip('/')}/{system}.no/station_information.json",
                format=f"{system}_information_json",
                headers={"Client-Identifier": "bymaal-catalogue", "Accept": "application/json"},
                period="all",
                note=system,
                again_after="P1D",
            )


def parse_information(system: str, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per station of a system. Raises ParseError for what is no such feed."""
    rows = [row | {"file": str(path)} for path in paths for row in gbfs.stations(path)]
    table = pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in (*COLUMNS, "file")})
    return con.from_arrow(table).project(f"'{system}' as system, '{SYSTEMS[system]}' as municipality, *")


PARSERS: dict[str, Callable[..., duckdb.DuckDBPyRelation]] = {
    f"{system}_information_json": partial(parse_information, system) for system in SYSTEMS
}
