"""One release of everything that is recorded, for the tests that hold published numbers against the raw files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for by_hand.py, which is no test


@pytest.fixture(scope="session")
def published(recorded_run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The release database to be read, and beside it the validated tables as views in `memory.validated`."""
    with duckdb.connect() as con:
        con.execute("create schema memory.validated")
        for folder in sorted((recorded_run / "work" / "real" / "validated").iterdir()):
            if list(folder.glob("*.parquet")):
                con.execute(f"create view memory.validated.{folder.name} as from read_parquet('{folder}/*.parquet')")
        con.execute(f"attach '{recorded_run}/public/current/bymaal.duckdb' as release (read_only)")
        con.execute("use release")
        yield con
