"""What a number means in a sentence: level, change, distance to a target, and why a value is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from catalog.model import Benchmark, Indicator
from catalog.site.observations import BREAK, Middle, Point, Series
from catalog.site.words import Words, rounded

USUAL = "A"
MISSING = "O"
SAME_AS_STATUS = {"P": "preliminary", "E": "estimated", "B": "series_break", "N": "below_coverage", "Q": "redacted"}
"""Warnings that say no more than the status beside them."""


def value(t: Words, indicator: Indicator, number: Decimal) -> str:
    return t.amount(number, indicator.unit, indicator.decimals)


def number(t: Words, indicator: Indicator, it: Decimal | None) -> str:
    """A number without its unit, for tables; empty where there is none."""
    return "" if it is None else t.number(it, indicator.decimals)


def since(t: Words, indicator: Indicator, series: Series, *, beside_value: bool = False) -> str:
    """How the newest value changed, or why there is none. No verdict: a step of one digit is no news.

    Beside the newest value there is, that value is not told again, nor its unit.
    """
    newest = series.newest
    if newest.value is None:
        reason = remark(t, newest._replace(status=USUAL) if newest.status == MISSING else newest)
        said = {"period": t.period(newest.period)}
        missing = t("sentence.missing", **said, reason=reason) if reason else t("sentence.missing_only", **said)
        return missing + (" " + _last_known(t, indicator, series.with_value[-1]) if series.with_value and not beside_value else "")
    if newest.status == BREAK:
        return t("sentence.break")
    before = comparable_before(series)
    if before is None or before.value is None:
        return ""
    direction = _direction(newest.value, before.value, indicator.decimals)
    is_bare = beside_value and indicator.unit != "%"
    told = number(t, indicator, before.value) if is_bare else value(t, indicator, before.value)
    return t(f"sentence.{direction}", before=told, before_period=t.period(before.period))


def comparable_before(series: Series) -> Point | None:
    """The value before the newest one, unless a break lies between them."""
    if len(series.with_value) < 2 or series.with_value[-1].status == BREAK:
        return None
    return series.with_value[-2]


def change(t: Words, indicator: Indicator, series: Series) -> str:
    """The change of the newest value there is as a signed number; empty where there is nothing to compare with."""
    before = comparable_before(series)
    if before is None or before.value is None:
        return ""
    now = series.with_value[-1].value
    assert now is not None
    difference = now - before.value
    shown = t.number(difference, indicator.decimals)
    return f"+{shown}" if difference > 0 and shown.strip("0,.") else shown


def middle(t: Words, indicator: Indicator, it: Middle | None) -> str | None:
    """What the middle municipality has; None where too few have a value."""
    if it is None:
        return None
    return t("sentence.middle", period=t.period(it.period), count=t.number(it.municipalities), value=value(t, indicator, it.value))


def middle_short(t: Words, indicator: Indicator, it: Middle | None) -> str | None:
    return t("sentence.middle_short", value=value(t, indicator, it.value)) if it else None


def distance(indicator: Indicator, goal: Benchmark, newest: Point) -> Decimal | None:
    """How far a place is from meeting a limit or target, zero or less where it is met; None where it has no value or nothing is better."""
    if newest.value is None or indicator.better == "context":
        return None
    above = newest.value - Decimal(str(goal.value))
    return above if indicator.better == "lower" else -above


def remark(t: Words, point: Point) -> str:
    """Status, comparability and warnings of an observation in words; nothing for a usual value."""
    found = [status_in_words(t, point.status)] if point.status != USUAL else []
    found += [t.code("comparability", point.comparability)] if point.comparability not in ("", "exact") else []
    found += [t.code("warning", code) for code in point.warnings if code != SAME_AS_STATUS.get(point.status)]
    return "; ".join(_once(found))


def status_in_words(t: Words, status: str) -> str:
    """The name of a status without the sign in brackets, which stands in tables."""
    return re.sub(r" \([^\w]+\)$", "", t.code("obs_status", status))


def part(t: Words, breakdown: str) -> tuple[str, str]:
    """What a breakdown divides by, and which part it is: `station_type=background` is (stasjonstype, bakgrunn)."""
    pairs = [pair.partition("=") for pair in breakdown.split(";")]
    return (
        t.list([t.name("part", dimension) for dimension, _, _ in pairs]),
        ", ".join(t.period(value) if value[:4].isdigit() else t.name("part_value", value) for _, _, value in pairs),
    )


def cell(t: Words, indicator: Indicator, point: Point | None) -> str:
    """A value for a table, or the sign of why it is missing."""
    if point is None:
        return ""
    if point.value is None:
        return t(f"sign.{point.status}") if t.has(f"sign.{point.status}") else point.status
    return t.number(point.value, indicator.decimals)


def _last_known(t: Words, indicator: Indicator, point: Point) -> str:
    assert point.value is not None
    return t("sentence.last_known", value=value(t, indicator, point.value), period=t.period(point.period))


def _direction(now: Decimal, before: Decimal, decimals: int) -> str:
    """Up, down or same, as far as the shown digits tell."""
    difference = rounded(now, decimals) - rounded(before, decimals)
    return "up" if difference > 0 else "down" if difference < 0 else "same"


def _once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
