"""How an area moves: from which year's value to which, how fast, how fast it would have to be, and when it would arrive.

The arithmetic is Eurostat's and Statistics Canada's (compound annual growth, actual against required); docs/indicators.md gives it
with its sources. Plain functions over one series at a time; no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from itertools import groupby
from typing import Any

from catalog.errors import MetadataError
from catalog.model import Catalog, Indicator
from indicators.intervals import PRECISION, SIX_DIGITS, Interval, are_apart, interval

BASE_YEAR = 2015
"""The year of the 2030 Agenda, from which progress is counted where there is a value."""
TARGET_YEAR = 2030
"""The year of the 2030 Agenda, by which a limit that names no year of its own is counted as wanted."""
LEAST_YEARS = 3
"""A shorter stretch says more about single years than about a direction."""
LAST_ARRIVAL = 100
"""Years after the newest value beyond which an arrival is not told."""

ON_TRACK, MODERATE = Decimal("0.95"), Decimal("0.6")
"""Shares of the required growth from which progress is significant, and moderate."""
SIGNIFICANT = Decimal(1)
"""Per cent a year from which a movement is significant where there is no target to hold it against."""


@dataclass(frozen=True)
class Goal:
    """The value to reach, by when, on whose word."""

    value: Decimal
    year: int
    is_year_assumed: bool
    source: str
    set_by: str
    """`own`: the municipality's own target; `borrowed`: another's that it is measured by; `national`: the indicator's."""


@dataclass(frozen=True)
class Point:
    """One year's value in a series that may be compared with the points beside it."""

    year: int
    value: Decimal
    interval: Interval | None


def progress(
    observations: Sequence[Mapping[str, Any]], indicators: Mapping[str, Indicator], factors: Mapping[str, Decimal | None], catalog: Catalog
) -> list[dict[str, Any]]:
    """One row per indicator and area, sorted, with the columns of `catalog/tables.yaml`.

    `observations` are those without breakdown, sorted by indicator, area and period. Indicators by month and those without a good
    direction have no progress. `factors` are what each indicator's quotient is multiplied by, for the intervals. Raises MetadataError
    for an indicator whose counts cannot be what its `uncertainty` says.
    """
    rows = []
    for (id_, area), found in groupby(observations, key=lambda row: (row["indicator"], row["ref_area"])):
        indicator = indicators.get(id_)
        if indicator is not None and indicator.better != "context" and indicator.frequency == "year":
            series = list(found)
            told = assess(indicator, series, goal_of(indicator, area, catalog), factors.get(id_))
            rows.append({"indicator": id_, "ref_area": area, "ref_area_name": series[-1]["ref_area_name"], **told})
    return rank_improvement(rows)


def rank_improvement(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with who improved most: a rank by growth in the good direction, within each indicator. Equal growth shares a rank.

    Not ranked is who has no growth, and whose change cannot be told from chance.
    """
    ranked: list[dict[str, Any]] = []
    for _, found in groupby(rows, key=lambda row: row["indicator"]):
        of_one = list(found)
        paces = sorted(
            ((1 if row["better"] == "higher" else -1) * row["growth_actual"] for row in of_one if _is_ranked(row)),
            reverse=True,
        )
        for row in of_one:
            sign = 1 if row["better"] == "higher" else -1
            rank = paces.index(sign * row["growth_actual"]) + 1 if _is_ranked(row) else None
            ranked.append(row | {"improvement_rank": rank, "n_improvement_ranked": len(paces)})
    return ranked


def _is_ranked(row: Mapping[str, Any]) -> bool:
    return row["growth_actual"] is not None and row["is_change_distinguishable"] is not False


def goal_of(indicator: Indicator, area: str, catalog: Catalog) -> Goal | None:
    """The target of an area: its own, then that of the municipality it is measured by, then the national one.

    `targets` in `catalog.yaml` are those of all its areas of interest, `targets_of` those of one municipality.
    """
    model = catalog.measured_by.get(area, "")
    for whose, set_by in ((area, "own"), (model, "borrowed")):
        shared = catalog.targets if whose in catalog.area_of_interest else {}
        target = catalog.targets_of.get(whose, {}).get(indicator.id) or shared.get(indicator.id)
        if target is not None:
            return Goal(Decimal(str(target.value)), target.year, False, target.source, set_by)
    if indicator.target is None:
        return None
    year = indicator.target.year
    return Goal(Decimal(str(indicator.target.value)), year or TARGET_YEAR, year is None, indicator.target.source.nb, "national")


def assess(indicator: Indicator, series: Sequence[Mapping[str, Any]], goal: Goal | None, factor: Decimal | None = None) -> dict[str, Any]:
    """The progress of one area: its observations by year, in order → the columns beside its key. What is missing has its reason."""
    sign = 1 if indicator.better == "higher" else -1
    points, cut = newest_stretch(indicator, series, factor)
    latest = points[-1] if points else None
    base = base_of(points)
    is_met, was_met = _meets(latest, goal, sign), _meets(base, goal, sign)
    pace = growth(base, latest.value, latest.year) if base and latest else None
    needed = growth(base, goal.value, goal.year) if base and goal and not was_met else None
    ratio = _ratio(pace, needed)
    arrival, no_arrival = arrival_of(latest, goal, sign, pace) if latest and goal and not is_met else (None, None)
    earliest, last, is_open = arrival_span(points, goal, sign) if arrival is not None and goal else (None, None, False)
    change = are_apart(base.interval, latest.interval) if base and latest and base.interval and latest.interval else None
    against = None if not is_met and pace is None else "target" if is_met or ratio is not None else "trend"
    reasons = {
        "no_value": latest is None,
        cut or "too_short": latest is not None and base is None,
        "not_positive": base is not None and pace is None,
        "no_target": goal is None,
        "target_year_assumed": goal is not None and goal.is_year_assumed,
        "target_year_passed": goal is not None and latest is not None and not is_met and goal.year <= latest.year,
        "target_is_zero": goal is not None and not is_met and goal.value <= 0,
        "already_met": is_met,
        "target_lost": was_met and not is_met,
        no_arrival or "": True,
        "arrival_open": is_open,
        "uncertainty_unknown": base is not None and change is None,
    }
    return {
        "better": indicator.better,
        "unit_measure": indicator.unit,
        "uncertainty": indicator.uncertainty,
        "base_year": base.year if base else None,
        "base_value": base.value if base else None,
        "latest_year": latest.year if latest else None,
        "latest_value": latest.value if latest else None,
        "lower": latest.interval.lower if latest and latest.interval else None,
        "upper": latest.interval.upper if latest and latest.interval else None,
        "is_change_distinguishable": change,
        "target_value": goal.value if goal else None,
        "target_year": goal.year if goal else None,
        "target_source": goal.source if goal else None,
        "target_set_by": goal.set_by if goal else None,
        "growth_actual": pace,
        "growth_needed": needed,
        "growth_needed_from_now": growth(latest, goal.value, goal.year) if latest and goal and not is_met else None,
        "ratio": ratio,
        "assessed_against": against,
        "band": "target_met" if is_met else band(ratio, None if pace is None else sign * pace),
        "arrival_year": arrival,
        "arrival_earliest": earliest,
        "arrival_latest": last,
        "reasons": ";".join(reason for reason, holds in reasons.items() if reason and holds),
    }


def newest_stretch(
    indicator: Indicator, series: Sequence[Mapping[str, Any]], factor: Decimal | None = None
) -> tuple[list[Point], str | None]:
    """The values that may be compared with the newest one, in order; and what cut the stretch off from older ones, if anything did.

    A year with status B or the warning `series_break` begins a new stretch (`series_break`). A value for other borders than today's
    is comparable with none before or after it (`not_comparable`). A year of which only a part is covered is passed over. A year
    without a value leaves a hole, not a break.
    """
    points: list[Point] = []
    cut: str | None = None
    was_other_borders = False
    for row in series:
        warnings = (row["warnings"] or "").split(";")
        if row["obs_value"] is None or "partial_period" in warnings:
            continue
        is_other_borders = row["comparability"] == "not_comparable"
        if points and (is_other_borders or was_other_borders):
            points, cut = [], "not_comparable"
        elif points and (row["obs_status"] == "B" or "series_break" in warnings):
            points, cut = [], "series_break"
        points.append(Point(int(row["time_period"]), row["obs_value"], _interval(indicator, row, factor)))
        was_other_borders = is_other_borders
    return points, cut


def _interval(indicator: Indicator, row: Mapping[str, Any], factor: Decimal | None) -> Interval | None:
    try:
        return interval(indicator.uncertainty, row["numerator"], row["denominator"], factor)
    except ValueError as error:
        raise MetadataError(
            f"uncertainty: {indicator.uncertainty} does not fit what the query counts: {error}",
            where=indicator.id,
            effect="no progress is published",
            next_step="correct numerator and denominator, or write uncertainty: none",
        ) from error


def base_of(points: Sequence[Point]) -> Point | None:
    """The value to count from: the first from 2015 on, else the last before, at least three years before the newest one."""
    early_enough = [point for point in points if points[-1].year - point.year >= LEAST_YEARS]
    agenda = [point for point in early_enough if point.year >= BASE_YEAR]
    return agenda[0] if agenda else early_enough[-1] if early_enough else None


def growth(start: Point, value: Decimal, year: int) -> Decimal | None:
    """Compound annual growth in per cent, to six digits, from a point to `value` in `year`: 100 × ((value / start)^(1 / years) - 1).

    None where it does not exist: a value that is zero or below, or a year that is not later.
    """
    if start.value <= 0 or value <= 0 or year <= start.year:
        return None
    with localcontext(PRECISION):
        return (100 * ((value / start.value) ** (Decimal(1) / (year - start.year)) - 1)).quantize(SIX_DIGITS)


def _meets(point: Point | None, goal: Goal | None, sign: int) -> bool:
    return point is not None and goal is not None and sign * (point.value - goal.value) >= 0


def _ratio(pace: Decimal | None, needed: Decimal | None) -> Decimal | None:
    """Actual growth as a share of the required growth, negative where it goes the other way; None where none is required."""
    if pace is None or not needed:
        return None
    with localcontext(PRECISION):
        return (pace / needed).quantize(SIX_DIGITS)


def band(ratio: Decimal | None, pace: Decimal | None) -> str | None:
    """The step for a ratio of actual to required growth, or without one for growth in the good direction, in per cent a year.

    Below 60 per cent of what is required but still the right way is `insufficient_progress`, as Eurostat calls it, and never
    a movement away.
    """
    if pace is None:
        return None
    if ratio is not None and ratio >= 0:
        return "significant_progress" if ratio >= ON_TRACK else "moderate_progress" if ratio >= MODERATE else "insufficient_progress"
    if pace >= 0:
        return "significant_progress" if pace >= SIGNIFICANT else "moderate_progress"
    return "moderate_movement_away" if pace >= -SIGNIFICANT else "significant_movement_away"


def arrival_of(latest: Point, goal: Goal, sign: int, pace: Decimal | None) -> tuple[int | None, str | None]:
    """The year in which the target is reached if growth goes on as it was, or why there is none."""
    if pace is None or goal.value <= 0:
        return None, None
    if pace == 0:
        return None, "no_change"
    if sign * pace < 0:
        return None, "moving_away"
    with localcontext(PRECISION):
        years = ((goal.value / latest.value).ln() / (1 + pace / 100).ln()).quantize(SIX_DIGITS).to_integral_value(ROUND_CEILING)
    return (None, "too_far_away") if years > LAST_ARRIVAL else (latest.year + int(years), None)


def arrival_span(points: Sequence[Point], goal: Goal, sign: int) -> tuple[int | None, int | None, bool]:
    """Earliest and latest year of arrival, and whether the latest is open because one of the ways never arrives.

    The ways are those from every base year that could have been chosen (from 2015 on, at least three years before the newest value),
    each also from end to end of the intervals of its two values where these are known: a series that moved up and down arrives
    anywhere or nowhere, and one year alone should not hide it.
    """
    latest = points[-1]
    bases = [point for point in points if point.year >= BASE_YEAR and latest.year - point.year >= LEAST_YEARS] or [base_of(points)]
    years: list[int | None] = []
    for base in bases:
        for start, end in _ends(base, latest) if base else ():
            if sign * (end.value - goal.value) >= 0:
                years.append(latest.year)
            else:
                years.append(arrival_of(end, goal, sign, growth(start, end.value, end.year))[0])
    known = [year for year in years if year is not None]
    is_open = len(known) < len(years)
    return (min(known) if known else None), (None if is_open or not known else max(known)), is_open


def _ends(base: Point, latest: Point) -> list[tuple[Point, Point]]:
    """The two values as they are, and the two ways from one end of an interval to the other end of the other."""
    ways = [(base, latest)]
    if base.interval and latest.interval:
        for start, end in ((base.interval.lower, latest.interval.upper), (base.interval.upper, latest.interval.lower)):
            ways.append((Point(base.year, start, None), Point(latest.year, end, None)))
    return ways
