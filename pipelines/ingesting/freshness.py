"""Whether a dataset has what its source should have published by now. Needs nothing but the calendar; no clock is read here."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from catalog.model import Dataset
    from catalog.publication import Freshness

OSLO = ZoneInfo("Europe/Oslo")
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=31)
"""Limits of the grace that follows from the rhythm."""


def local_day(now: datetime) -> date:
    """The day in Norway: publication days are Norwegian days, also in the night when UTC is a day behind."""
    return now.astimezone(OSLO).date()


def after(day: date, duration: str, times: int = 1) -> date:
    """The day that lies an ISO 8601 duration later; months and years are those of the calendar, less than a day counts as one.

    The last day of a month stays the last day: a month after 31 January is 28 or 29 February, a month after that is 31 March.
    """
    match = re.fullmatch(r"P(?:(\d+)([YMWD])|T\d+[HM])", duration)
    if match is None:
        raise ValueError(f"not a duration: {duration}")
    count, unit = int(match[1] or 1) * times, match[2] or "D"
    if unit in "WD":
        return day + timedelta(days=count * (7 if unit == "W" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def freshness(dataset: Dataset, newest_on: date | None, today: date) -> Freshness:
    """How a dataset stands whose newest data is about `newest_on` (for a register: was taken then)."""
    from catalog.publication import Freshness

    expected, overdue = expected_between(dataset, newest_on)
    ending = "retired" if dataset.retired else "ended" if dataset.source.ended and dataset.source.ended.on <= today else None
    if ending:
        return Freshness(ending, newest_on, None, None)
    if newest_on is None:
        return Freshness("not_known", None, None, None)
    return Freshness(state_on(today, expected, overdue), newest_on, expected, overdue)


def expected_between(dataset: Dataset, newest_on: date | None) -> tuple[date | None, date | None]:
    """The day on which the source should publish what comes next, and the first day on which it is late."""
    if newest_on is None:
        return None, None
    source = dataset.source
    declared = source.calendar
    covered = newest_on if declared.as_of == "start" else after(newest_on, source.rhythm)
    expected = _first(declared.day, covered) if declared.day else after(covered, declared.delay) + timedelta(days=1)
    grace = after(expected, declared.grace or source.rhythm) - expected
    if declared.grace is None:
        grace = min(max(grace, SHORTEST), LONGEST)
    return expected, expected + grace


def state_on(today: date, expected_on: date | None, overdue_on: date | None) -> Literal["fresh", "due", "overdue", "not_known"]:
    """`fresh` until the day comes, `due` while it may come any day, `overdue` after that."""
    if expected_on is None or overdue_on is None:
        return "not_known"
    return "fresh" if today < expected_on else "due" if today < overdue_on else "overdue"


def _first(month_and_day: str, later_than: date) -> date:
    """The first such day of a year after a day; 29 February is the last of February in other years."""
    month, day = map(int, month_and_day.split("-"))
    in_years = (date(y, month, min(day, calendar.monthrange(y, month)[1])) for y in (later_than.year, later_than.year + 1))
    return next(found for found in in_years if found > later_than)
