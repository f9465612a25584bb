"""What stands at city-bike stations right now: how the feeds of three cities are asked, and how a station's state and place are read.

An answer does not tell whose it is, so the name of its format does. Places come from another feed of the same system; a state is joined to
them by whoever reads the table, because each feed is made at a moment of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.reading import gbfs
from pipelines.reading.ask import Request, Window

SYSTEMS = {"oslobysykkel": "0301", "bergenbysykkel": "4601", "trondheimbysykkel": "5001"}
"""The systems whose trips are followed too → the municipality they are in."""
COLUMNS = ("station", "vehicles", "docks", "is_renting", "is_installed", "reported_at", "made_at")


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each system; the same question each time, because it is about now. The operator wants to know who asks."""
    for system, municipality in SYSTEMS.items():
        if not window.municipalities or municipality in window.municipalities:
            yield Request(
                url=f"{dataset.source.service.rstrip('/')}/{system}.no/station_status.json",
                format=f"{system}_status_json",
                headers={"Client-Identifier": "bymaal-catalogue", "Accept": "application/json"},
                note=system,
                again_after="PT1H",
            )


def parse_status(system: str, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per station of a system and moment of its feed. Raises ParseError for what is no such feed."""
    rows = [row | {"file": str(path)} for path in paths for row in gbfs.statuses(path)]
    table = pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in (*COLUMNS, "file")})
    return con.from_arrow(table).project(f"'{system}' as system, '{SYSTEMS[system]}' as municipality, *")


PARSERS: dict[str, Callable[..., duckdb.DuckDBPyRelation]] = {f"{system}_status_json": partial(parse_status, system) for system in SYSTEMS}
