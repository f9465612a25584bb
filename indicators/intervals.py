"""How sure a number is: 95 per cent intervals for shares and for counts of events, and whether two of them lie apart.

Everything is counted in decimals of a fixed precision, so that the digits are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache
from typing import Literal, NamedTuple

Method = Literal["none", "wilson", "poisson"]

Z = Decimal("1.959963984540054")
"""The 97.5th percentile of the normal distribution."""
TAIL = Decimal("0.025")
EXACT_BELOW = 10
"""Byar's formula is good from this many events on; below it the exact limits are found."""
FEW_EVENTS = 20
"""A number that rests on fewer events than this moves so much by chance that it gets no rank."""
PRECISION = Context(prec=34, rounding=ROUND_HALF_UP)
SIX_DIGITS = Decimal("0.000001")


class Interval(NamedTuple):
    """The values that agree with what was counted, at 95 per cent."""

    lower: Decimal
    upper: Decimal


def interval(method: Method, numerator: Decimal | None, denominator: Decimal | None, factor: Decimal | None) -> Interval | None:
    """The interval of `factor × numerator / denominator`, to six digits; None where `method` is none or a part is missing.

    `wilson`: the numerator counts those of the denominator that are or have something. `poisson`: the numerator counts events and
    the denominator what they happened to; a plain count has no denominator. Raises ValueError where the numbers cannot be such counts.
    """
    if method == "none" or numerator is None or factor is None:
        return None
    with localcontext(PRECISION):
        if method == "poisson":
            if denominator is not None and denominator <= 0:
                return None
            scale = factor / (1 if denominator is None else denominator)
            found = poisson(numerator)
        elif denominator is None or denominator <= 0:
            return None
        else:
            scale, found = factor, wilson(numerator, denominator)
        return Interval(*((scale * limit).quantize(SIX_DIGITS) for limit in found))


def wilson(events: Decimal, trials: Decimal) -> Interval:
    """Limits of the share `events / trials`, from 0 to 1, by Wilson's score method (1927), without continuity correction.

    Raises ValueError unless 0 ≤ events ≤ trials and there is at least one trial.
    """
    if trials <= 0 or not 0 <= events <= trials:
        raise ValueError("a share needs a numerator from 0 to its denominator")
    with localcontext(PRECISION):
        share, square = events / trials, Z * Z
        middle = share + square / (2 * trials)
        half = Z * (share * (1 - share) / trials + square / (4 * trials * trials)).sqrt()
        whole = 1 + square / trials
        lower = Decimal(0) if events == 0 else (middle - half) / whole
        upper = Decimal(1) if events == trials else (middle + half) / whole
    return Interval(lower, upper)


def poisson(events: Decimal) -> Interval:
    """Limits of the number of events expected where `events` were counted: exact below ten, by Byar's formula from ten on.

    Raises ValueError for what cannot be a count.
    """
    if events < 0 or events != events.to_integral_value():
        raise ValueError("events are counted in whole numbers from 0")
    if events < EXACT_BELOW:
        return _exact(int(events))
    with localcontext(PRECISION):
        return Interval(
            events * (1 - 1 / (9 * events) - Z / (3 * events.sqrt())) ** 3,
            (events + 1) * (1 - 1 / (9 * (events + 1)) + Z / (3 * (events + 1).sqrt())) ** 3,
        )


def are_apart(one: Interval, other: Interval) -> bool:
    """Whether two intervals have no value in common. Of pairs that differ by chance alone, fewer than 5 per cent are so."""
    return one.lower > other.upper or one.upper < other.lower


@cache
def _exact(events: int) -> Interval:
    """The expected numbers under which `events` or more, and `events` or fewer, come up with a chance of 2.5 per cent."""
    lower = _where(lambda expected: _at_most(events - 1, expected) < 1 - TAIL) if events else Decimal(0)
    return Interval(lower, _where(lambda expected: _at_most(events, expected) < TAIL))


def _at_most(events: int, expected: Decimal) -> Decimal:
    """The chance of at most so many events where so many are expected."""
    term = total = Decimal(1)
    for number in range(1, events + 1):
        term *= expected / number
        total += term
    return total * (-expected).exp()


def _where(is_beyond: Callable[[Decimal], bool]) -> Decimal:
    """Where a condition that holds from some number on begins to hold, by halving between 0 and 40."""
    with localcontext(PRECISION):
        low, high = Decimal(0), Decimal(40)
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (low, middle) if is_beyond(middle) else (middle, high)
        return high
