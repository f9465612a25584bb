"""What a dataset asks of its source: windows of time and requests, as plain values without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from urllib.parse import quote, urlencode

GUIDES = frozenset({"pxweb_v2_metadata_json", "eea_url_list_csv"})
"""Formats of answers that only tell what can be asked next. They are kept as evidence; no rows are read from them."""


@dataclass(frozen=True)
class Window:
    """The span asked for: first day included, last day not; and the municipalities of interest (empty: all)."""

    start: date
    end: date
    municipalities: tuple[str, ...] = ()

    def months(self) -> Iterator[tuple[date, date]]:
        """Each calendar month of the window as first day and first day after it."""
        first = self.start.replace(day=1)
        while first < self.end:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            yield first, after
            first = after

    def years(self) -> range:
        """The calendar years that the window touches."""
        return range(self.start.year, self.end.year + (1 if (self.end.month, self.end.day) > (1, 1) else 0))


@dataclass(frozen=True)
class Request:
    """One question to a source. `period` is set when the answer holds that one period and nothing else."""

    url: str
    format: str
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, object] | None = None
    """Sent as JSON by POST when present."""
    period: str | None = None
    note: str = ""
    absent_is_fine: bool = False
    """True where the source answers 404 when nothing was published, such as a month outside the season."""
    expects: Literal["json", "csv", "zip", "parquet"] | None = None
    """What the body must look like; None where the name of the format says it (`…_json`, `…_csv`, `…_xlsx`, `…_parquet`)."""
    again_after: str | None = None
    """How soon the same question is worth asking again (ISO 8601 duration); None: after the rhythm of the source."""
    publisher: str = ""
    licence: str = ""
    """Whose the answer is and under what terms, where another than the declared source gives it."""
    turn: Callable[[Request, bytes], Page] | None = None
    """How to get from one page of the answer to the next, where an answer may have several; `pipelines.fetching.pages` has the usual ways.
    A pure function of a question and the bytes that answered it; raises ValueError, without any value of the data, for bytes that are no
    page. The pages are stored when all are there and their rows add up, each as a snapshot of its own."""
    most_pages: int = 500
    """Pages after which the source is taken to go round in a circle."""


@dataclass(frozen=True)
class Page:
    """What one page of an answer says about itself and the rest."""

    rows: int
    next: Request | None
    """The question for the next page; None on the last one. It must go to the host of the first."""
    total: int | None = None
    """Rows on all pages together, where the source says so. Pages that hold another number are refused: nothing is cut without a word."""


def full_url(request: Request) -> str:
    """The URL with its parameters. `;` and `,` stay as they are, because NILU does not know `%3B`; `+` becomes `%2B`."""
    if not request.params:
        return request.url
    joint = "&" if "?" in request.url else "?"
    return f"{request.url}{joint}{urlencode(request.params, quote_via=quote, safe=';,:*()[]{}')}"
