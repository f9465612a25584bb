"""DuckDB as the engine: in memory, bounded, opened only when the first query comes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import DataError, MetadataError, StorageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


ENOUGH = "256MB"
"""Memory that a query gets at first where it may put the rest aside. Given more, DuckDB fills it, however little a query needs."""


class DuckDB:
    """An `Engine` on this machine. Nothing is imported or opened before something is registered or run.

    With `spill` a query is run in little memory, and again in all of `memory_limit` only where something cannot be put aside.
    """

    def __init__(self, *, threads: int = 2, memory_limit: str = "1GB", spill: Path | None = None) -> None:
        self._threads = threads
        self._memory_limit = memory_limit
        self._at_first = min(ENOUGH, memory_limit, key=_bytes) if spill else memory_limit
        self._spill = spill
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def version(self) -> str:
        return f"duckdb {version('duckdb')}"

    def register(self, name: str, files: Sequence[Path]) -> None:
        from catalog.duck import parquet

        self._execute(f"create or replace view {self._qualified(name)} as select * from {parquet(list(files))}")

    def register_rows(self, name: str, rows: pa.Table) -> None:
        con = self._connection()
        con.register("handed_in", rows)
        self._execute(f"create or replace table {self._qualified(name)} as select * from handed_in")
        con.unregister("handed_in")

    def run(self, sql: str) -> pa.Table:
        import duckdb

        from catalog.duck import literal

        con = self._connection()
        with _without_values():
            try:
                return con.execute(sql).to_arrow_table()
            except duckdb.OutOfMemoryException:
                if self._at_first == self._memory_limit:
                    raise
            con.execute("set memory_limit = " + literal(self._memory_limit))
            try:
                return con.execute(sql).to_arrow_table()
            finally:
                con.execute("set memory_limit = " + literal(self._at_first))

    def close(self) -> None:
        if self._con is not None:
            self._con.close()
            self._con = None

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            from catalog.duck import connect

            self._con = connect(threads=self._threads, memory_limit=self._at_first, spill=self._spill)
        return self._con

    def _qualified(self, name: str) -> str:
        """`schema.table` quoted, with its schema made where it is new."""
        from catalog.duck import name as quoted

        schema, _, table = name.partition(".")
        self._execute(f"create schema if not exists {quoted(schema)}")
        return f"{quoted(schema)}.{quoted(table)}"

    def _execute(self, sql: str) -> None:
        con = self._connection()
        with _without_values():
            con.execute(sql)


def _bytes(size: str) -> float:
    """A size such as `512MB` or `2 GiB` as a number."""
    number, unit, is_binary = re.fullmatch(r"([\d.]+) ?([KMGT])(i?)B", size).groups()  # type: ignore[union-attr]  # as settings have it
    return float(number) * (1024 if is_binary else 1000) ** ("KMGT".index(unit) + 1)


@contextmanager
def _without_values() -> Iterator[None]:
    """Turn DuckDB's errors into ours; its own message is passed on only where it speaks of the query and not of the data."""
    import duckdb

    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        raise MetadataError(f"the query does not fit its tables: {str(error).splitlines()[0]}") from error
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise StorageError(
            f"the query could not be run to its end ({type(error).__name__})",
            effect="what was computed before stays",
            next_step="see that the files are there, and set BYMAAL_MEMORY higher if memory was short",
        ) from error
    except duckdb.Error as error:
        raise DataError(
            f"a value does not fit the type it is given ({type(error).__name__})",
            next_step="look for numbers that are too large, not a number, or text where a number should be",
        ) from error
