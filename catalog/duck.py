"""One way to open DuckDB: bounded, without network, in UTC, the same result on every machine."""

from __future__ import annotations

from pathlib import Path

import duckdb


def connect(*, threads: int = 2, memory_limit: str = "1GB", spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory connection. `spill` is where it may put what does not fit in `memory_limit`."""
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    con.execute(f"set threads = {int(threads)}")
    con.execute("set memory_limit = " + literal(memory_limit))
    con.execute("set timezone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    if spill is not None:
        con.execute("set temp_directory = " + literal(str(spill)))
    return con


def literal(text: str) -> str:
    """A text as an SQL literal, for the places where DuckDB binds no values (settings, COPY, views)."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def parquet(paths: list[Path]) -> str:
    """A table function that reads these Parquet files as one table, in this order."""
    return "read_parquet([" + ", ".join(literal(str(path)) for path in paths) + "])"
