"""What computes: tables by name in, rows out. DuckDB on one machine is the default; another engine needs these five."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Engine(Protocol):
    """Runs one query at a time over tables that were registered under `schema.table`."""

    @property
    def version(self) -> str:
        """Name and version, because a new version may compute differently and what it computed before is then stale."""
        ...

    def register(self, name: str, files: Sequence[Path]) -> None:
        """From now on `name` stands for these Parquet files, read as one table."""
        ...

    def register_rows(self, name: str, rows: pa.Table) -> None:
        """From now on `name` stands for these rows."""
        ...

    def run(self, sql: str) -> pa.Table:
        """The rows of a query in DuckDB's dialect, in its order.

        Raises MetadataError where the query itself is wrong, DataError where the data does not fit it and
        StorageError where a file or the memory fails. No message holds a value of the data.
        """
        ...

    def close(self) -> None:
        """Let go of everything; the engine is not used again."""
        ...
