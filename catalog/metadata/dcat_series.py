"""The observations as a DCAT dataset series: one member for every release that can be read, each with its own files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import PurePosixPath

from catalog.described import Distribution
from catalog.metadata import dcat_terms as terms
from catalog.metadata.dcat_terms import ADMS, DCAT, DCT, NORWAY, PROV, Catalogue, day
from catalog.metadata.statements import Iri, Said
from catalog.model import LANGUAGES, Text
from catalog.publication import Vintage

SERIES = Text(nb="Observasjoner, utgave for utgave", nn="Observasjonar, utgåve for utgåve", en="Observations, release by release")
SERIES_NOTE = Text(
    nb="Alle observasjonene slik de var kjent i hver utgave, så det går an å se hvilke tall som gjaldt da.",
    nn="Alle observasjonane slik dei var kjende i kvar utgåve, så det går an å sjå kva tal som galdt då.",
    en="All observations as they were known in each release, so that one can see which numbers held then.",
)
_WITHDRAWN = {"nb": "Trukket tilbake", "nn": "Trekt tilbake", "en": "Withdrawn"}


def releases(cat: Catalogue, spans: Mapping[str, tuple[date, date]]) -> list[Iri]:
    """The observations release by release: one member for every release that can be read, each with its own file."""
    publication, now = cat.publication, cat.publication.built_at.date()
    current = [file for file in of_observations(cat.files.get("indicators", ())) if file.rows is not None]
    if not current or not publication.datasets:
        return []
    vintages = (*publication.vintages, Vintage(cat.release, now, tuple(current)))
    iri, table = cat.iri("series/observations"), cat.iri("tables/observations")
    first, last = (cat.iri(f"series/observations/{vintage.release}") for vintage in (vintages[0], vintages[-1]))
    whole = (min(start for start, _ in spans.values()), max(end for _, end in spans.values())) if spans else None
    themes = [cat.theme(code, "catalog.yaml: themes") for code in publication.catalog.themes]
    cat.say(
        iri,
        [DCAT.DatasetSeries],
        {
            **cat.shared,
            DCT.identifier: Said(iri),
            DCT.title: cat.title(SERIES),
            DCT.description: cat.description(SERIES_NOTE),
            DCAT.theme: themes,
            DCT.issued: day(vintages[0].built_on),
            DCT.modified: day(now),
            DCT.spatial: NORWAY,
            DCT.temporal: terms.temporal(cat, iri, *whole) if whole else None,
            DCAT.first: first,
            DCAT.last: last,
        },
    )
    members = [_vintage(cat, vintage, iri) for vintage in vintages]
    for older, newer in pairwise(members):
        cat.say(newer, says={DCAT.prev: older, DCAT.previousVersion: older})
    cat.say(table, says={DCAT.hasVersion: members, DCAT.hasCurrentVersion: last})
    return members


def of_observations(files: Sequence[Distribution]) -> list[Distribution]:
    """The files of all observations, and what describes them; not the revisions and vintages, which lie beside them."""
    return [file for file in files if file.rows is None or PurePosixPath(file.path).stem.startswith("observations")]


def _vintage(cat: Catalogue, vintage: Vintage, series: Iri) -> Iri:
    """All observations as one release knew them."""
    own, table = cat.publication.catalog, cat.iri("tables/observations")
    iri, page = Iri(f"{series}/{vintage.release}"), cat.document(cat.page("tables.html"))
    title = Text(**{lang: f"{SERIES.get(lang).split(',')[0]}, {vintage.release}" for lang in LANGUAGES})
    said = cat.statements
    common = {
        DCT.license: terms.licence(cat, own.licence),
        DCT.rights: [right for file in said.of(table, DCAT.distribution) for right in said.of(str(file), DCT.rights)][:1],
        DCT.issued: day(vintage.built_on),
        DCT.modified: day(vintage.built_on),
        DCAT.accessURL: page,
    }
    withdrawn = vintage.withdrawn
    return cat.say(
        iri,
        [DCAT.Dataset],
        {
            **cat.shared,
            **{shared: list(said.of(table, shared)) for shared in (DCAT.keyword, DCAT.theme, DCT.temporal, DCT.source, DCT.type)},
            DCT.identifier: Said(iri),
            DCT.title: cat.title(title),
            DCT.description: cat.description(SERIES_NOTE),
            DCT.issued: day(vintage.built_on),
            DCT.modified: day(vintage.built_on),
            DCT.accessRights: cat.eu("access-right", "PUBLIC", DCT.RightsStatement),
            DCT.accrualPeriodicity: cat.eu("frequency", "NEVER", DCT.Frequency),
            DCT.spatial: NORWAY,
            DCAT.landingPage: page,
            DCAT.inSeries: series,
            DCAT.isVersionOf: table,
            DCAT.version: Said(vintage.release),
            PROV.wasGeneratedBy: list(said.of(table, PROV.wasGeneratedBy)),
            ADMS.versionNotes: [Said(f"{_WITHDRAWN[lang]}: {withdrawn}", lang) for lang in LANGUAGES] if withdrawn else None,
            DCAT.distribution: terms.distributions(cat, iri, vintage.files, SERIES_NOTE, common, release=vintage.release),
        },
    )
