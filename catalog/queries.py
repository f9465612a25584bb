"""The documented queries: questions that the release's database answers, with words and SQL. Shown on the pages, run in tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from catalog.errors import MetadataError
from catalog.load import build, read_yaml
from catalog.model import Model, Text

FILE = Path(__file__).parent / "queries.yaml"


class Query(Model):
    """One question: what is asked, what the answer shows and how to read it, and the query itself."""

    id: str
    title: Text
    description: Text
    sql: str
    expect: tuple[tuple[str, ...], ...] | None = None
    """The first rows of the answer on the recorded data, as `bymaal sql --format csv` writes their cells. None: the answer follows the
    calendar or the catalogue itself."""


class _Queries(Model):
    queries: tuple[Query, ...]


@cache
def load(path: Path = FILE) -> Sequence[Query]:
    """All documented queries in their order. Raises MetadataError when one is wrong or two have the same id."""
    queries = build(_Queries, read_yaml(path.read_text("utf-8"), path.name), path.name).queries
    if len({query.id for query in queries}) < len(queries):
        raise MetadataError("two queries have the same id", where=path.name, effect="nothing is loaded", next_step="rename one")
    return queries
