"""What a release changed: counted by indicator, municipality and dataset against the release before; kept from release to release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from catalog import duck
from catalog.hashes import digest
from catalog.publication import Publication

HISTORY = "history.json"
LONGEST = 60
"""So many releases are told; all of them stand in the ledger of releases."""

Counts = tuple[int, int, int]
"""Numbers that were added, revised and withdrawn."""


@dataclass(frozen=True)
class News:
    """One release that changed something that readers see."""

    release: str
    at: str
    """When it was built, UTC, as `2026-11-23T04:00:00Z`."""
    is_first: bool
    indicators: Mapping[str, Counts] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts:
        added, revised, withdrawn = (sum(found[place] for found in self.indicators.values()) for place in range(3))
        return added, revised, withdrawn


@dataclass(frozen=True)
class Changes:
    """The newest release against the one before, and the list so far, newest first."""

    news: News
    history: tuple[News, ...]
    areas: Mapping[str, Mapping[str, Counts]]
    """Municipality → indicator → what changed. Empty for the first release: then everything is new."""
    states: Mapping[str, str]
    """Dataset → fingerprint of its periods, for the next release to compare with."""


def changes(publication: Publication, release: str, before: Path | None) -> Changes:
    """`before` is the folder of the release before; without it, or without its list, this is the first release."""
    states = {state.dataset.id: digest([[p.period, p.sha256] for p in state.periods]) for state in publication.datasets}
    at = publication.built_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = before / "site" / HISTORY if before else None
    observations = before / "indicators" / "observations.parquet" if before else None
    if not (told and told.is_file() and observations and observations.is_file()):
        first = News(release, at, is_first=True, datasets=tuple(sorted(states)))
        return Changes(first, (first,), {}, states)
    known = json.loads(told.read_bytes())
    areas = _compared(publication.observations, observations)
    by_indicator: dict[str, Counts] = {}
    for found in areas.values():
        for indicator, counts in found.items():
            by_indicator[indicator] = _sum(by_indicator.get(indicator, (0, 0, 0)), counts)
    news = News(
        release,
        at,
        is_first=False,
        indicators=dict(sorted(by_indicator.items())),
        datasets=tuple(sorted(id_ for id_, state in states.items() if known["states"].get(id_) != state)),
    )
    earlier = tuple(
        News(one["release"], one["at"], one["is_first"], {k: _counts(v) for k, v in one["indicators"].items()}, tuple(one["datasets"]))
        for one in known["releases"]
    )
    is_told = bool(news.indicators or news.datasets)
    return Changes(news, ((news, *earlier) if is_told else earlier)[:LONGEST], areas, states)


def write(found: Changes) -> str:
    """The list as it is kept in a release."""
    return json.dumps({"states": found.states, "releases": [asdict(news) for news in found.history]}, indent=1, sort_keys=True) + "\n"


def moment(news: News) -> datetime:
    return datetime.fromisoformat(news.at)


def _compared(new: Path, old: Path) -> dict[str, dict[str, Counts]]:
    """Area → indicator → numbers added, revised and withdrawn."""
    query = f"""
        select
          ref_area,
          indicator,
          count(*) filter (old.indicator is null),
          count(*) filter (old.indicator is not null and new.indicator is not null),
          count(*) filter (new.indicator is null)
        from {duck.parquet([new])} as new
        full join {duck.parquet([old])} as old using (indicator, ref_area, time_period, breakdown)
        where old.indicator is null
          or new.indicator is null
          or old.obs_value is distinct from new.obs_value
          or old.obs_status is distinct from new.obs_status
        group by ref_area, indicator
        order by ref_area, indicator
    """
    found: dict[str, dict[str, Counts]] = {}
    with duck.connect() as con:
        for area, indicator, added, revised, withdrawn in con.execute(query).fetchall():
            found.setdefault(area, {})[indicator] = (added, revised, withdrawn)
    return found


def _sum(one: Counts, other: Counts) -> Counts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _counts(found: list[int]) -> Counts:
    return found[0], found[1], found[2]
