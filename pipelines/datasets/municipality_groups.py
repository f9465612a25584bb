"""Which KOSTRA group each municipality belongs to: the correspondence from code list 112 to 131 of Statistics Norway's KLASS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.jsonstat import read_json

if TYPE_CHECKING:
    import duckdb

KOSTRA = "112"
MUNICIPALITIES = "131"
FIELDS = {
    "targetCode": "municipality",
    "sourceCode": "group_code",
    "sourceName": "group_name",
    "validFrom": "valid_from",
    "validTo": "valid_until",
}


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """All memberships from the first year of the list to the end of the window's last year.

    An answer is the whole history and replaces the one before it. Whole years make it the same question all year.
    """
    end = date((window.end - timedelta(days=1)).year + 1, 1, 1)
    yield Request(
        url=f"{dataset.source.service}/classifications/{KOSTRA}/corresponds",
        format="klass_correspondence_json",
        params={"targetClassificationId": MUNICIPALITIES, "from": str(dataset.source.starts_on), "to": str(end), "language": "nb"},
        headers={"Accept": "application/json"},
        period="all",
    )


def parse_klass_correspondence_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per municipality, group and span of days on which the municipality belongs to it.

    A span without an end lasts. Raises ParseError for an answer without a list of correspondences, and for an entry that lacks a
    code or the first day: `correspondsAt`, which tells no days, answers another question.
    """
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for path in paths:
        answer = read_json(path)
        items = answer.get("correspondenceItems") if isinstance(answer, dict) else None
        if not isinstance(items, list) or not items:
            raise _refused("no list called correspondenceItems", path)
        for position, item in enumerate(items):
            if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("targetCode", "sourceCode", "validFrom")):
                raise _refused(f"entry {position} lacks a code or its first day", path)
            rows.append({column: _text(item.get(name)) for name, column in FIELDS.items()} | {"kind": "kostra", "file": str(path)})
    names = (*FIELDS.values(), "kind", "file")
    return con.from_arrow(pa.table({name: pa.array([row[name] for row in rows], type=pa.string()) for name in names}))


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _refused(what: str, path: Path) -> ParseError:
    return ParseError(
        what,
        where=path.name,
        effect="nothing of this file is used, and the groups stay as they were",
        next_step="see whether the service answered with an error or a notice instead of a correspondence",
    )


PARSERS = {"klass_correspondence_json": parse_klass_correspondence_json}
