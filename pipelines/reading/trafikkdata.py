"""What the datasets of Trafikkdata share: how its GraphQL service is asked, and what every answer must pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.reading.ask import Request
from pipelines.reading.csv_text import unreadable
from pipelines.reading.json_text import read

LARGEST_ANSWER = 64 * 2**20
"""Bytes of one answer that are read; all points of the country are about 5 MB, a month of one point about 0.2 MB."""


def question(url: str, query: str, *, format: str, period: str, note: str) -> Request:
    """One question by POST. All questions go to one address, so `note` is what tells them apart in the archive."""
    return Request(
        url=url,
        format=format,
        headers={"Accept": "application/json"},
        body={"query": query, "variables": None},
        period=period,
        note=note,
    )


def answer(path: Path, expected: str) -> dict[str, Any]:
    """The `data` of an answer, or nothing of it: the service answers 200 also when it reports errors.

    Raises ParseError for those, and for what is no GraphQL answer at all; `expected` says what was asked for.
    """
    content = read(path, expected, largest=LARGEST_ANSWER)
    if not isinstance(content, dict):
        raise unreadable(path, "no JSON object", expected)
    if content.get("errors"):
        raise unreadable(path, "the service reports errors instead of a whole answer", expected)
    if not isinstance(content.get("data"), dict):
        raise unreadable(path, "no object called data", expected)
    return content["data"]
