"""Peers and progress of a release, read once, as plain values that pages tell of. What they mean is in docs/indicators.md."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from sys import intern
from typing import NamedTuple

from catalog import duck
from catalog.described import standing_tables
from catalog.model import Text
from catalog.site.observations import in_parts

KINDS = ("county", "neighbours", "size", "kostra", "own", "country")
"""Groups in the order readers meet them: from near to far."""
IMPROVED = frozenset({"significant_progress", "moderate_progress", "insufficient_progress"})
WORSE = frozenset({"moderate_movement_away", "significant_movement_away"})
MET = "target_met"


class Peer(NamedTuple):
    """A municipality's newest value beside one group of others."""

    kind: str
    group: str
    period: str
    value: Decimal
    weighted_mean: Decimal | None
    median: Decimal | None
    rank: int | None
    n_ranked: int
    n_with_value: int
    n_in_group: int
    is_distinguishable: bool | None
    reasons: tuple[str, ...]

    @property
    def level(self) -> Decimal | None:
        """What stands for the group: the mean of all its people together where there is one, else its middle municipality."""
        return self.weighted_mean if self.weighted_mean is not None else self.median


class Progress(NamedTuple):
    """How one area moves on one indicator, and how far it has to go."""

    base_year: int | None
    base_value: Decimal | None
    latest_year: int | None
    latest_value: Decimal | None
    target_value: Decimal | None
    target_year: int | None
    target_source: str
    target_set_by: str
    growth_actual: Decimal | None
    growth_needed: Decimal | None
    band: str | None
    arrival_year: int | None
    arrival_earliest: int | None
    arrival_latest: int | None
    improvement_rank: int | None
    is_change_distinguishable: bool | None
    reasons: tuple[str, ...]

    @property
    def direction(self) -> str:
        """`improved`, `worse` or empty, as the numbers of base year and newest year tell; met targets count by their movement."""
        if self.band in IMPROVED:
            return "improved"
        return "worse" if self.band in WORSE else ""


def read_peers(path: Path | None) -> dict[tuple[str, str], tuple[Peer, ...]]:
    """(indicator, municipality) → its newest value in each group, near groups first. Empty where the release has no peers."""
    if path is None:
        return {}
    order = "case peer_kind " + " ".join(f"when '{kind}' then {place}" for place, kind in enumerate(KINDS)) + f" else {len(KINDS)} end"
    query = f"""
        select
          indicator, ref_area, peer_kind, peer_group, time_period, obs_value, weighted_mean, median, rank, n_ranked, n_with_value,
          n_in_group, is_distinguishable, reasons
        from {duck.parquet([path])}
        where obs_value is not null
        qualify row_number() over (partition by indicator, ref_area, peer_kind, peer_group order by time_period desc) = 1
        order by indicator, ref_area, {order}, peer_group
    """
    found: dict[tuple[str, str], list[Peer]] = {}
    for indicator, area, kind, group, period, *told, reasons in in_parts(query):
        codes = tuple(reasons.split(";")) if reasons else ()
        found.setdefault((indicator, area), []).append(Peer._make([intern(kind), intern(group), intern(period), *told, codes]))
    return {key: tuple(peers) for key, peers in found.items()}


def read_progress(path: Path | None) -> dict[tuple[str, str], Progress]:
    """(indicator, area) → its progress. Empty where the release has none."""
    if path is None:
        return {}
    query = f"""
        select
          indicator, ref_area, base_year, base_value, latest_year, latest_value, target_value, target_year, coalesce(target_source, ''),
          coalesce(target_set_by, ''), growth_actual, growth_needed, band, arrival_year, arrival_earliest, arrival_latest,
          improvement_rank, is_change_distinguishable, reasons
        from {duck.parquet([path])}
        order by indicator, ref_area
    """
    return {
        (indicator, area): Progress._make([*told, tuple(reasons.split(";")) if reasons else ()])
        for indicator, area, *told, reasons in in_parts(query)
    }


@cache
def names(table: str, column: str) -> Mapping[str, Text]:
    """The codes of a column of a standing table with what they mean, such as the steps of `progress.band`."""
    return next((one.codes or {} for one in standing_tables()[table].columns if one.name == column), {})
