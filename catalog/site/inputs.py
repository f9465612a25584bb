"""What all pages are made from, read once for all languages, and what several of them need of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from markupsafe import Markup

from catalog import codes
from catalog.building.registry import Row, rows
from catalog.described import Distribution
from catalog.ethics.record import EthicsRecord
from catalog.metadata.score import Score
from catalog.model import Indicator, Text
from catalog.publication import DatasetState, Publication
from catalog.site import charts
from catalog.site.assets import Assets
from catalog.site.borders import Outlines, read_outlines
from catalog.site.comparisons import Peer, Progress
from catalog.site.news import Changes
from catalog.site.observations import BREAK, Observed, Series, is_municipality
from catalog.site.places import Place
from catalog.site.revisions import Revision
from catalog.site.words import Words, norwegian_order

BORDERS = "municipality_boundaries"
"""The dataset that maps are drawn from."""


@dataclass(frozen=True)
class Page:
    """Where a page lies below its language, what it is called, and the way back."""

    path: str
    title: str
    description: str
    crumbs: tuple[tuple[str, str], ...] = ()
    picture: str = ""
    """Below `site/`, the picture that is shown when the page is shared."""
    feed: str = ""
    """Below the language, the Atom feed of what the page is about."""


@dataclass(frozen=True)
class Site:
    """Everything pages are made from, read once for all languages."""

    publication: Publication
    release: str
    """The placeholder for the release in which a page last changed."""
    files: Mapping[str, Sequence[Distribution]]
    ethics: Mapping[str, EthicsRecord]
    observed: Mapping[str, Observed]
    sources: Mapping[str, tuple[str, ...]]
    register: Mapping[str, Place]
    """Municipalities of today, by code."""
    peers: Mapping[tuple[str, str], tuple[Peer, ...]]
    progress: Mapping[tuple[str, str], Progress]
    assets: Assets
    changes: Changes
    revisions: Mapping[str, tuple[int, list[Revision]]]
    """Indicator → how many of its published values were corrected, and the newest corrections."""
    scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    """Dataset → its metadata in points, as the European and the Norwegian portal count."""
    quality: frozenset[str] = frozenset()
    """Datasets whose checks lie in the release as `quality/<id>.json`."""

    @property
    def synthetic(self) -> bool:
        return self.publication.synthetic

    @property
    def software_version(self) -> str:
        return self.publication.software_version

    @property
    def built_on(self) -> date:
        """The day of this release. It must not be shown: a page says on which day it last changed."""
        return self.publication.built_at.date()

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Municipalities of interest and all that have observations, by name."""
        named: dict[str, str] = {}
        for observed in self.observed.values():
            named |= {series.area: series.name for series in observed.series.values() if is_municipality(series.area)}
        found = {code: self.register.get(code) or Place(code, name) for code, name in named.items()}
        for code in self.publication.catalog.area_of_interest:
            found.setdefault(code, self.register.get(code) or Place(code, code))
        return tuple(sorted(found.values(), key=lambda place: (norwegian_order(place.name), place.code)))

    @cached_property
    def places_of_interest(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.code in self.publication.catalog.area_of_interest)

    @cached_property
    def place_codes(self) -> frozenset[str]:
        return frozenset(place.code for place in self.places)

    @cached_property
    def registry(self) -> tuple[Row, ...]:
        """Everything that was asked for, with what answers it or the reason why nothing does."""
        areas = {name: len({one.area for one in observed.series.values() if one.with_value}) for name, observed in self.observed.items()}
        return rows(self.publication, areas)

    @cached_property
    def outlines(self) -> Outlines | None:
        """The borders to draw maps with, from the published dataset of borders; None where the release has none."""
        state = next((one for one in self.publication.datasets if one.dataset.id == BORDERS and self.is_open(one)), None)
        return read_outlines(state.periods[0].path) if state and state.periods else None

    @cached_property
    def borders_source(self) -> Text | None:
        """Whom the borders are credited to."""
        return next((one.dataset.source.attribution for one in self.publication.datasets if one.dataset.id == BORDERS), None)

    @cached_property
    def place_names(self) -> dict[str, str]:
        """Code → name of every municipality that has a page or is in today's register."""
        return {code: place.name for code, place in self.register.items()} | {place.code: place.name for place in self.places}

    def spark(self, indicator: str, series: Series) -> Markup:
        """The small line of one indicator and area: without words, so the same in all languages and drawn once."""
        key = indicator, series.area
        if key not in self._sparks:
            points = [(point.period, point.value, point.status == BREAK) for point in series.points]
            self._sparks[key] = charts.sparkline(charts.Line(series.name, points))
        return self._sparks[key]

    @cached_property
    def _sparks(self) -> dict[tuple[str, str], Markup]:
        return {}

    def is_open(self, state: DatasetState) -> bool:
        """Whether the gate let the dataset out."""
        record = self.ethics.get(state.dataset.id)
        return record is not None and record.is_published

    def of(self, indicator: Indicator) -> Observed:
        return self.observed.get(indicator.id) or Observed()


def in_reading_order(files: Sequence[Distribution], t: Words) -> list[Distribution]:
    """Files in the order readers look for them, without the notes in other languages."""
    order = list(codes.FORMATS)
    preferred = ["csv_excel", "xlsx", "csv", "parquet", "json_stat"]
    rank = {name: place for place, name in enumerate([*preferred, *(name for name in order if name not in preferred)])}
    other = {f"readme_{language}" for language in ("nb", "nn", "en") if language != t.language}
    return sorted((one for one in files if one.format not in other), key=lambda one: (rank[one.format], one.path))


def observations_query(condition: str, first_column: str) -> str:
    """A query to begin with, for the release database."""
    return "\n".join(
        (
            "attach 'bymaal.duckdb' as bymaal (read_only);",
            "select",
            f"  {first_column},",
            "  time_period,",
            "  obs_value,",
            "  unit_measure,",
            "  obs_status",
            "from bymaal.indicators.observations",
            f"where {condition}",
            "order by all;",
        )
    )
