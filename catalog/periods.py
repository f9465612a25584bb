"""Names of periods (`2022`, `2022-12`) → the days they cover; a day and a month in words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from catalog import duck
from catalog.publication import DatasetState


def span(period: str) -> tuple[date, date] | None:
    """First and last day of `2022` or `2022-12`; None for a name that is no stretch of time, such as `all`."""
    if not (found := re.fullmatch(r"(\d{4})(?:-(\d{2}))?", period)):
        return None
    year, month = int(found[1]), int(found[2] or 0)
    after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return date(year, month or 1, 1), after - timedelta(days=1)


_NORWEGIAN = ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember")
_ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def in_words(value: date, language: str) -> str:
    """A day as readers of a language write it: `23. november 2026`, `23 November 2026`."""
    return f"{value.day}{'' if language == 'en' else '.'} {month_in_words(value, language)}"


def month_in_words(value: date, language: str) -> str:
    """The month of a day: `november 2026`, `November 2026`."""
    return f"{(_ENGLISH if language == 'en' else _NORWEGIAN)[value.month - 1]} {value.year}"


def data_span(state: DatasetState) -> tuple[date, date] | None:
    """First and last day that the promoted periods cover; None when a table is not cut into periods or has none."""
    spans = [days for period in state.periods if (days := span(period.period))]
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None


def observed_spans(observations: Path) -> dict[str, tuple[date, date]]:
    """Indicator → first and last day that has a value."""
    query = "select indicator, min(time_period), max(time_period) from {} where obs_value is not null group by indicator"
    with duck.connect() as con:
        rows = con.execute(query.format(duck.parquet([observations]))).fetchall()
    return {name: (first[0], last[1]) for name, start, end in rows if (first := span(start)) and (last := span(end))}
