"""Files of computed rows: whole under their name or not at all, and the same bytes for the same rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import StorageError

if TYPE_CHECKING:
    import pyarrow as pa


def join(parts: Sequence[Path], path: Path, schema: pa.Schema) -> None:
    """All observations in one file, one row group per indicator, so that a reader of one indicator fetches little else."""
    import pyarrow.parquet as pq

    unfinished = partial(path)
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for part in parts:
            rows = pq.read_table(part)
            if rows.num_rows:
                writer.write_table(rows)
    settle(unfinished, path)


def row_count(path: Path) -> int:
    """Rows of a Parquet file, told by its end alone."""
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def write(rows: pa.Table, path: Path) -> None:
    """Put a table in the place of a file."""
    import pyarrow.parquet as pq

    unfinished = partial(path)
    pq.write_table(rows, unfinished, compression="zstd")
    settle(unfinished, path)


def replace(path: Path, content: bytes) -> None:
    """Put bytes in the place of a file."""
    unfinished = partial(path)
    unfinished.write_bytes(content)
    settle(unfinished, path)


def partial(path: Path) -> Path:
    """Where a file is written until it is whole; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def settle(unfinished: Path, path: Path) -> None:
    """Flush and rename: a reader sees the old file or the new one."""
    try:
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(f"cannot write: {error.strerror}", where=path.name, effect="what was there stays") from error
