"""What the datasets of Elhub's Energy Data API share: how it is asked, and the envelope of its answers.

Elhub writes local time with its offset (+01:00 in winter, +02:00 in summer); copies of its data write UTC or +01:00.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from catalog.duck import literal
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.csv_text import unreadable

LARGEST_ANSWER = 2**25
"""Bytes of one answer that DuckDB takes; a day of all municipalities is about 6 MB. It reserves memory by this number."""


@dataclass(frozen=True)
class Answers:
    """One of Elhub's datasets by municipality."""

    dataset: str
    """As the question names it."""
    rows: str
    """The list of rows in each municipality's attributes."""
    fields: tuple[str, ...]
    """Fields of a row that are read; all come as text. One that an answer lacks is null."""


def ask_for_hours(dataset: Dataset, window: Window, answers: Answers) -> Iterator[Request]:
    """One request a day for all municipalities, or one a month for each that is named.

    Elhub refuses more than a day when all municipalities are asked for, and more than a month in any case. Days and months
    are those of standard time, so that each answer lies inside one period; the end is exclusive. A named municipality is
    asked for whole months, so that the question about a month is the same every day until the month is over.
    """
    start = max(window.start, dataset.source.starts_on)
    for first, after in window.months():
        if after <= start:
            continue
        if not window.municipalities:
            begin, end = max(first, start), min(after, window.end)
            for day in range((end - begin).days):
                since = begin + timedelta(days=day)
                yield _request(dataset, answers, dataset.source.service, _standard(since), _standard(since + timedelta(days=1)))
            continue
        # A March of standard time is an hour longer than March on the clocks in Oslo, more than a month, so it is asked for in two parts.
        cuts = (first, first.replace(day=16), after) if first.month == 3 else (first, after)
        for municipality in window.municipalities:
            for since, until in pairwise(cuts):
                yield _request(dataset, answers, f"{dataset.source.service}/{municipality}", _standard(since), _standard(until))


def ask_for_days(dataset: Dataset, window: Window, answers: Answers) -> Iterator[Request]:
    """One request a month, for all municipalities or for each that is named, of a dataset with one figure a day.

    A month of days is no more than a day of hours, so Elhub should allow it for all municipalities. Its end is documented as
    inclusive and behaves as exclusive; the day after the month, should it come, lies outside the period and is dropped.
    """
    start = max(window.start, dataset.source.starts_on)
    for first, after in window.months():
        if after <= start:
            continue
        for place in [f"/{municipality}" for municipality in window.municipalities] or [""]:
            yield _request(dataset, answers, f"{dataset.source.service}{place}", str(first), str(after))


def _standard(day: date) -> str:
    return f"{day}T00:00:00+01:00"


def _request(dataset: Dataset, answers: Answers, url: str, since: str, until: str) -> Request:
    return Request(
        url=url,
        format="elhub_energy_data_json",
        params={"dataset": answers.dataset, "startDate": since, "endDate": until},
        headers={"Accept": "application/json"},
        period=since[:7],
    )


def delivered(paths: Sequence[Path], answers: Answers) -> str:
    """SQL for the rows of answers: `municipality`, the row as a struct called `delivered`, and `file`.

    A municipality with an empty list has no rows: absent is not zero. Raises ParseError for an answer to another question.
    """
    for path in paths:
        _check(path, answers)
    files = ", ".join(literal(str(path)) for path in paths)
    fields = ", ".join(f"{field} varchar" for field in answers.fields)
    shape = f"{{data: 'struct(id varchar, attributes struct({answers.rows} struct({fields})[]))[]'}}"
    return f"""
        select
            entity.id as municipality,
            unnest(entity.attributes.{answers.rows}) as delivered,
            file
        from (
            select
                filename as file,
                unnest(data) as entity
            from read_json([{files}], columns = {shape}, filename = true, maximum_object_size = {LARGEST_ANSWER})
        )
    """


def _check(path: Path, answers: Answers) -> None:
    """The head of an answer tells an answer to this question from an error object, a web page or another dataset."""
    with path.open("rb") as file:
        head = file.read(2**16)
    wrong = None
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        wrong = "no JSON object"
    elif b'"data"' not in head:
        wrong = "no list called data"
    elif answers.rows.encode() not in head and not re.search(rb'"data"\s*:\s*\[\s*\]', head):
        wrong = f"no list called {answers.rows}"
    if wrong:
        raise unreadable(path, wrong, f"an answer of Elhub's Energy Data API to {answers.dataset}")


def four_digits(text: str) -> str:
    """SQL for a municipality number with the zero that a spreadsheet takes from it: 301 is 0301."""
    return f"case when length({text}) < 4 then lpad({text}, 4, '0') else {text} end"
