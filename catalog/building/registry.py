"""The registry as it stands in a release: every number that was asked for, with what answers it, or why nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import duckdb

from catalog.lineage import source_datasets
from catalog.model import LANGUAGES, Crosswalk, Indicator, RegistryGap, Sdg, Text
from catalog.publication import Publication

V = TypeVar("V")

FIDELITIES = ("identical", "adapted", "proxy", "context", "gap")
"""From the closest to the UN's indicator to none."""

NO_DATA = Text(
    nb="«{title}» kan regnes ut, men har ingen tall i denne utgaven: {datasets} har ingen data.",
    nn="«{title}» kan reknast ut, men har ingen tal i denne utgåva: {datasets} har ingen data.",
    en="“{title}” can be computed, but has no numbers in this release: there are no data in {datasets}.",
)
NO_VALUE = Text(
    nb="«{title}» kan regnes ut, men dataene i denne utgaven gir ingen verdi.",
    nn="«{title}» kan reknast ut, men dataa i denne utgåva gjev ingen verdi.",
    en="“{title}” can be computed, but the data of this release give no value.",
)
FETCH = Text(nb="At {datasets} hentes.", nn="At {datasets} blir henta.", en="Fetching {datasets}.")
FETCH_MORE = Text(
    nb="At flere data hentes fra de samme kildene.",
    nn="At fleire data blir henta frå dei same kjeldene.",
    en="Fetching more data from the same sources.",
)


@dataclass(frozen=True)
class Row:
    """One row of the registry in one release."""

    id: str
    status: Literal["computed", "partly", "gap"]
    """computed: everything it asks for has a value. partly: some of it has. gap: nothing has."""
    indicators: tuple[Indicator, ...]
    """What answers the row, also where it has no value in this release."""
    gap: RegistryGap | None
    areas: int
    """Areas with a value, of the indicator that has most."""
    reason: Text | None
    """Why something is missing; None where nothing is."""
    closes: Text | None

    @property
    def asked_for(self) -> tuple[Indicator | RegistryGap, ...]:
        """What describes the row; what was asked for stands before what is computed of it."""
        return (*([self.gap] if self.gap else []), *self.indicators)

    @property
    def title(self) -> Text:
        return self.gap.title if self.gap else _joined((it.title for it in self.indicators), "; ")

    @property
    def description(self) -> Text:
        return self.gap.description if self.gap else _joined(it.description for it in self.indicators)

    @property
    def does_not_say(self) -> Text:
        return self.gap.does_not_say if self.gap else _joined(dict.fromkeys(it.does_not_say for it in self.indicators))

    @property
    def sdg(self) -> Sdg:
        """The UN indicator or target, with the best fidelity that the row has, or would have."""
        return self.gap.sdg if self.gap else min((it.sdg for it in self.indicators), key=lambda sdg: FIDELITIES.index(sdg.fidelity))

    @property
    def crosswalk(self) -> Crosswalk:
        return Crosswalk(**{key: self.first(lambda it, key=key: getattr(it.crosswalk, key)) for key in Crosswalk.model_fields})

    def first(self, of: Callable[[Indicator | RegistryGap], V | None]) -> V | None:
        """The first answer there is among what describes the row."""
        return next((found for it in self.asked_for if (found := of(it)) is not None), None)


def rows(publication: Publication, areas: Mapping[str, int]) -> tuple[Row, ...]:
    """Every row that an indicator or a gap of this publication names, by id. `areas` counts, by indicator, the areas with a value."""
    sources = source_datasets(publication)
    empty = {state.dataset.id: state.dataset.title for state in publication.datasets if not state.periods}
    gaps = {gap.registry: gap for gap in publication.registry_gaps}
    ids = sorted(gaps.keys() | {it.registry for it in publication.indicators if it.registry})
    found: list[Row] = []
    for id_ in ids:
        gap = gaps.get(id_)
        indicators = tuple(it for it in publication.indicators if it.registry == id_)
        silent = [it for it in indicators if not areas.get(it.id)]
        status: Literal["computed", "partly", "gap"] = "computed" if not silent and not gap else "partly"
        if len(silent) == len(indicators):
            status = "gap"
        reasons, closes = ([gap.why], [gap.closes]) if gap else ([], [])
        for it in silent:
            lacking = [empty[dataset] for dataset in sources[it.id] if dataset in empty]
            reasons.append(_told(NO_DATA if lacking else NO_VALUE, it.title, lacking))
            closes.append(_told(FETCH if lacking else FETCH_MORE, it.title, lacking))
        most = max((areas.get(it.id, 0) for it in indicators), default=0)
        reason = _joined(dict.fromkeys(reasons)) if reasons else None
        found.append(Row(id_, status, indicators, gap, most, reason, _joined(dict.fromkeys(closes)) if closes else None))
    return tuple(found)


def areas_with_value(con: duckdb.DuckDBPyConnection, observations: str) -> dict[str, int]:
    """Number of areas with a value, by indicator. `observations` is a table or table function that `con` can read."""
    query = f"select indicator, count(distinct ref_area) from {observations} where obs_value is not null group by indicator"
    return dict(con.execute(query).fetchall())


def _joined(texts: Iterable[Text], by: str = " ") -> Text:
    found = list(texts)
    return Text(**{language: by.join(text.get(language) for text in found) for language in LANGUAGES})


def _told(sentence: Text, title: Text, datasets: Iterable[Text]) -> Text:
    """A sentence with the indicator's title and the titles of the datasets in quotes."""
    quotes = {"nb": "«{}»", "nn": "«{}»", "en": "“{}”"}
    listed = {language: ", ".join(quotes[language].format(text.get(language)) for text in datasets) for language in LANGUAGES}
    return Text(**{language: sentence.get(language).format(title=title.get(language), datasets=listed[language]) for language in LANGUAGES})
