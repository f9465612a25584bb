"""What became of each municipality's code: the changes of code list 131 of Statistics Norway's KLASS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.jsonstat import read_json

if TYPE_CHECKING:
    import duckdb

FIELDS = {
    "changeOccurred": "changed_on",
    "oldCode": "old_code",
    "oldName": "old_name",
    "newCode": "new_code",
    "newName": "new_name",
}


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """All changes from the beginning of the list to the end of the window's last year.

    An answer is the whole history and replaces the one before it. Whole years make it the same question all year.
    """
    end = date((window.end - timedelta(days=1)).year + 1, 1, 1)
    yield Request(
        url=f"{dataset.source.service}/classifications/131/changes",
        format="klass_changes_json",
        params={"from": dataset.source.starts_on.isoformat(), "to": end.isoformat(), "language": "nb"},
        headers={"Accept": "application/json"},
        period="all",
    )


def parse_klass_changes_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per change of a comma-separated copy of the list. Blanks around names are not part of them."""
    files = ", ".join(literal(str(path)) for path in paths)
    columns = ", ".join(f"trim({name}) as {column}" for name, column in FIELDS.items())
    return con.sql(
        f"""
        select {columns}, filename as file
        from read_csv([{files}], header = true, delim = ',', quote = '"', all_varchar = true, filename = true)"""
    )


def parse_klass_changes_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per change of the service's answer. A side of a change that is empty stays empty."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for path in paths:
        answer = read_json(path)
        changes = answer.get("codeChanges") if isinstance(answer, dict) else None
        if not isinstance(changes, list) or not changes:
            raise ParseError(
                "no list called codeChanges",
                where=path.name,
                effect="nothing of this file is used, and the history stays as it was",
                next_step="see whether the service answered with an error or a notice instead of changes",
            )
        for position, change in enumerate(changes):
            if not isinstance(change, dict) or not set(FIELDS) <= set(change):
                raise ParseError(f"change {position} lacks a field", where=path.name, next_step="compare it with the service's description")
            rows.append({column: _text(change[name]) for name, column in FIELDS.items()} | {"file": str(path)})
    names = (*FIELDS.values(), "file")
    return con.from_arrow(pa.table({name: pa.array([row[name] for row in rows], type=pa.string()) for name in names}))


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None


PARSERS = {"klass_changes_csv": parse_klass_changes_csv, "klass_changes_json": parse_klass_changes_json}
