"""Written times → UTC, as SQL: texts that carry their offset, and the clocks of Oslo, which skip one hour a year and repeat another."""

from __future__ import annotations


def utc(text: str) -> str:
    """The instant, as UTC without offset, that a text with `Z` or `±hh:mm` at its end stands for; null without one.

    A plain cast of the text to a timestamp would drop the offset without a word.
    """
    has_offset = f"length({text}) > 16 and (right({text}, 1) = 'Z' or substr({text}, -6, 1) in ('+', '-'))"
    return f"case when {has_offset} then cast({text} as timestamptz) at time zone 'UTC' end"


def oslo_to_utc(local: str, nth: str = "1") -> str:
    """What a time on the clocks of Oslo is in UTC. Of the hour that autumn repeats, `nth` = 1 is the first, in summer time.

    The hour that spring skips is read as standard time, so that a row in it still has its place; `oslo_doubt` tells it.
    """
    return (
        f"case when {_is_summer(local)} and (not {_is_standard(local)} or {nth} = 1)"
        f" then {local} - interval 2 hour else {local} - interval 1 hour end"
    )


def oslo_doubt(local: str) -> str:
    """Why a time on the clocks of Oslo is not one instant: `skipped` in spring, `repeated` in autumn; null for all other hours."""
    summer, standard = _is_summer(local), _is_standard(local)
    return f"case when {summer} and {standard} then 'repeated' when not {summer} and not {standard} then 'skipped' end"


def _is_summer(local: str) -> str:
    return f"(timezone('Europe/Oslo', timezone('UTC', {local} - interval 2 hour)) = {local})"


def _is_standard(local: str) -> str:
    return f"(timezone('Europe/Oslo', timezone('UTC', {local} - interval 1 hour)) = {local})"
