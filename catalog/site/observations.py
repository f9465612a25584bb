"""The observations of a release, read once, as series that pages and charts are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from statistics import median
from sys import intern
from typing import Any, NamedTuple

from catalog import duck

BREAK = "B"
"""The status of a value that begins a new series."""
FEWEST_FOR_MEDIAN = 5
"""Below this number of municipalities the middle one says nothing about the others."""

PART = 10_000
"""So many rows are read at a time. Equal codes, periods and shares are kept once: there are hundreds of thousands of points."""


class Point(NamedTuple):
    """One observation. `value` is None exactly when `status` says why."""

    period: str
    value: Decimal | None
    status: str
    coverage: Decimal | None
    n_units: int | None
    comparability: str
    warnings: tuple[str, ...]


class Middle(NamedTuple):
    """Half of the municipalities with a value in the period lie above it, half below."""

    period: str
    value: Decimal
    municipalities: int


@dataclass(frozen=True)
class Series:
    """The observations of one area and breakdown, in order of time."""

    area: str
    name: str
    breakdown: str
    points: list[Point] = field(default_factory=list)

    @cached_property
    def newest(self) -> Point:
        return self.points[-1]

    @cached_property
    def with_value(self) -> list[Point]:
        return [point for point in self.points if point.value is not None]


@dataclass(frozen=True)
class Observed:
    """All series of one indicator."""

    series: dict[tuple[str, str], Series] = field(default_factory=dict)
    """By breakdown and area."""

    @cached_property
    def breakdowns(self) -> tuple[str, ...]:
        """The whole first, then its parts by name."""
        return tuple(sorted({breakdown for breakdown, _ in self.series}))

    @cached_property
    def headline(self) -> str:
        """The breakdown that stands for the indicator: the whole where there is one, else its first part."""
        return self.breakdowns[0] if self.breakdowns else ""

    def of(self, breakdown: str) -> list[Series]:
        return [series for (name, _), series in self.series.items() if name == breakdown]

    def area(self, area: str) -> Series | None:
        return self.series.get((self.headline, area))

    @cached_property
    def areas_with_value(self) -> frozenset[str]:
        """Municipalities that have a value in any period, of the whole or of any part."""
        return frozenset(one.area for one in self.series.values() if one.with_value and is_municipality(one.area))

    @cached_property
    def periods(self) -> tuple[str, ...]:
        return tuple(sorted({point.period for series in self.series.values() for point in series.points}))

    @cached_property
    def municipal_periods(self) -> frozenset[str]:
        """Periods for which a municipality has a value."""
        known = (one.with_value for one in self.series.values() if is_municipality(one.area))
        return frozenset(point.period for points in known for point in points)

    @cached_property
    def newest_middle(self) -> Middle | None:
        return next(reversed(self.middle.values()), None)

    @cached_property
    def middle(self) -> dict[str, Middle]:
        """Period → the middle municipality's value and how many have one, in order of time, where enough municipalities have one."""
        values: dict[str, list[Decimal]] = {}
        for series in self.of(self.headline):
            if is_municipality(series.area):
                for point in series.points:
                    if point.value is not None:
                        values.setdefault(point.period, []).append(point.value)
        return {p: Middle(p, median(found), len(found)) for p, found in sorted(values.items()) if len(found) >= FEWEST_FOR_MEDIAN}


def is_municipality(area: str) -> bool:
    return len(area) == 4 and area.isdigit()


def read_observations(path: Path) -> dict[str, Observed]:
    """Indicator → its series. One query, sorted, so that pages are the same every time."""
    query = f"""
        select indicator, breakdown, ref_area, ref_area_name, time_period, obs_value, obs_status, coverage, n_units, comparability, warnings
        from {duck.parquet([path])}
        order by indicator, breakdown, ref_area, time_period
    """
    found: dict[str, Observed] = {}
    marks: dict[str, tuple[str, ...]] = {"": ()}
    shares: dict[Decimal | None, Decimal | None] = {}
    for indicator, breakdown, area, name, *observed in in_parts(query):
        series = found.setdefault(indicator, Observed()).series
        key = (breakdown or "", area)
        if key not in series:
            series[key] = Series(area, name or area, breakdown or "")
        period, value, status, coverage, n_units, comparability, warnings = observed
        told = marks.setdefault(warnings or "", tuple((warnings or "").split(";")))
        share = shares.setdefault(coverage, coverage)
        series[key].points.append(Point(intern(period), value, intern(status), share, n_units, intern(comparability or ""), told))
    return found


def in_parts(query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, some thousand at a time, so that they never lie beside all that is made of them."""
    with duck.connect() as con:
        found = con.execute(query)
        while part := found.fetchmany(PART):
            yield from part
