"""Metadata → DCAT-AP-NO: catalogue, datasets, indicators, tables, series, files and the data service, as statements. Pure; reads no clock.

`rdf.py` writes them to files and checks them, `dcat_terms.py` has the vocabularies and what several things share,
`dcat_series.py` the releases as a series, `dqv.py` the quality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath

from catalog import codes
from catalog.database import about_meta
from catalog.described import Described, Distribution, describe_standing, describe_table
from catalog.ethics.record import EthicsRecord
from catalog.lineage import behind_areas, rests_on, source_datasets
from catalog.metadata import dcat_series, dqv
from catalog.metadata import dcat_terms as terms
from catalog.metadata.dcat_terms import (
    ADMS,
    DCAT,
    DCATAP,
    DCT,
    DPV,
    DQV,
    FOAF,
    LOS,
    NORWAY,
    PROV,
    RDFS,
    SYNTHETIC,
    XSD,
    Catalogue,
    Says,
    day,
    texts,
)
from catalog.metadata.quality import figures
from catalog.metadata.statements import Iri, Said, Statements
from catalog.model import LANGUAGES, Dataset, Indicator, Keywords, Text
from catalog.periods import data_span, observed_spans
from catalog.publication import DatasetState, Publication, datasets_of

DATABASE = "bymaal.duckdb"
COLLECTED = Text(nb="Innhenting og kontroll", nn="Innhenting og kontroll", en="Collection and checks")
COMPUTED = Text(nb="Beregning", nn="Utrekning", en="Computation")
PAGES = Text(nb="Om datasettet", nn="Om datasettet", en="About the dataset")
RECORD = Text(nb="Etikkpost", nn="Etikkpost", en="Ethics record")
SERVICE = Text(
    nb="Databasefil over HTTP (SQL)",
    nn="Databasefil over HTTP (SQL)",
    en="Database file over HTTP (SQL)",
)
SERVICE_NOTE = Text(
    nb="Alle tabellene i én DuckDB-fil som kan spørres direkte over HTTP uten å lastes ned.",
    nn="Alle tabellane i éi DuckDB-fil som ein kan spørje rett over HTTP utan å laste ho ned.",
    en="All tables in one DuckDB file that can be queried directly over HTTP without downloading it.",
)
STATISTICAL = Text(nb="statistiske data", nn="statistiske data", en="statistical data")


def describe(
    publication: Publication,
    release_id: str,
    files: Mapping[str, Sequence[Distribution]],
    ethics: Mapping[str, EthicsRecord],
) -> Statements:
    """The whole catalogue as DCAT-AP-NO 3: catalogue, datasets, indicators, tables, their files, and everything they point at.

    A withheld dataset is there with its description and reasons, but without files. An indicator that has no numbers is not: it is no
    dataset yet.
    """
    cat = Catalogue(publication, release_id, files, ethics)
    terms.describe_agent(cat, publication.catalog.publisher, kind="LocalAuthority")
    terms.contact(cat)
    datasets = [_dataset(cat, state) for state in publication.datasets]
    spans, sources = observed_spans(publication.observations), source_datasets(publication)
    computed = [item for item in publication.indicators if files.get(f"indicators/{item.id}")]
    indicators = [_indicator(cat, item, spans.get(item.id), sources[item.id]) for item in computed]
    tables = _tables(cat, spans)
    things = [*datasets, *indicators, *tables]
    _catalog(cat, [*things, *dcat_series.releases(cat, spans)], _service(cat, [*indicators, *tables]))
    return cat.statements


def _catalog(cat: Catalogue, datasets: list[Iri], service: Iri) -> None:
    own = cat.publication.catalog
    units = codes.kartverket_units()
    places = [Iri(units[code]) for code in own.area_of_interest if code in units]
    for place in (NORWAY, *places):
        cat.say(place, [DCT.Location])
    cat.say(NORWAY, says={terms.SKOS.inScheme: cat.scheme(codes.EU + "country")})
    iri = cat.iri("catalog")
    cat.say(
        iri,
        [DCAT.Catalog],
        {
            **cat.shared,
            DCT.identifier: Said(iri),
            DCT.title: cat.title(own.title),
            DCT.description: cat.description(own.description),
            DCT.issued: day(own.issued),
            DCT.modified: day(cat.publication.built_at.date()),
            DCT.license: terms.licence(cat, own.licence),
            DCT.language: [cat.eu("language", code, DCT.LinguisticSystem) for code in ("NOB", "NNO", "ENG")],
            DCT.spatial: [NORWAY, *places],
            DCAT.themeTaxonomy: [cat.scheme(codes.EU + "data-theme"), cat.scheme(LOS + "struktur")],
            FOAF.homepage: cat.document(Iri(own.homepage)),
            DCAT.dataset: datasets,
            DCAT.service: service,
            DCAT.version: Said(cat.release),
        },
    )


# --- datasets ---


def _dataset(cat: Catalogue, state: DatasetState) -> Iri:
    """A dataset with its files; a withheld one without them, marked as not public."""
    dataset, record = state.dataset, cat.ethics.get(state.dataset.id)
    iri, page = cat.iri(f"datasets/{dataset.id}"), cat.document(cat.page(f"datasets/{dataset.id}.html"), PAGES)
    files = cat.files.get(f"data/{dataset.id}", ())
    modified = state.retrieved_on or cat.publication.built_at.date()
    legislation = [terms.law(cat, law) for law in (dataset.ethics.legal_basis if dataset.ethics else ())]
    if dataset.hvd:
        legislation.append(terms.law(cat, codes.HVD_REGULATION))
    source = terms.describe_agent(cat, dataset.source.publisher)
    is_public = record is not None and record.is_published
    schema = terms.schema(cat, iri, files) if is_public else None
    measured = figures(state, record) if is_public else ()
    common = {
        DCT.license: terms.licence(cat, dataset.source.licence),
        DCT.rights: terms.rights(cat, iri, dataset.source.attribution, dataset.source.service, source),
        DCT.conformsTo: schema,
        DCT.issued: day(dataset.issued),
        DCT.modified: day(modified),
        DCAT.accessURL: page,
        DCATAP.applicableLegislation: terms.law(cat, codes.HVD_REGULATION) if dataset.hvd else None,
    }
    cat.say(
        iri,
        [DCAT.Dataset],
        {
            **cat.shared,
            **_described(cat, dataset.title, dataset.description, dataset.keywords, dataset.themes, dataset.los, dataset.id),
            **_versioned(cat, dataset.id),
            DCT.type: _type(cat, is_statistical=False),
            DCT.identifier: Said(iri),
            DCT.creator: source,
            DCT.issued: day(dataset.issued),
            DCT.modified: day(modified),
            DCT.accessRights: cat.eu("access-right", _access(record), DCT.RightsStatement),
            DCT.accrualPeriodicity: cat.eu("frequency", codes.frequency(dataset.source.rhythm), DCT.Frequency),
            DCT.spatial: NORWAY,
            DCT.temporal: terms.temporal(cat, iri, *(data_span(state) or (dataset.source.starts_on, modified))),
            DCT.provenance: _provenance(cat, iri, dataset),
            DCT.conformsTo: schema,
            DCT.subject: [terms.un(cat, target) for target in dataset.sdg],
            DCATAP.applicableLegislation: legislation,
            DCATAP.hvdCategory: [terms.hvd(cat, category) for category in dataset.hvd],
            DCAT.landingPage: page,
            FOAF.page: _ethics_page(cat, f"datasets/{dataset.id}", files),
            PROV.wasGeneratedBy: _collection(cat, iri, state),
            DPV.hasImpactAssessment: _ethics_file(cat, iri, files),
            DQV.hasQualityMeasurement: dqv.measurements(cat, iri, measured, record),
            DQV.hasQualityAnnotation: dqv.sentences(cat, iri, measured),
            DCAT.distribution: terms.distributions(cat, iri, files if is_public else (), dataset.row, common),
        },
    )
    return iri


def _provenance(cat: Catalogue, of: Iri, dataset: Dataset) -> Iri:
    name = dataset.source.publisher.name
    told = Text(
        nb=f"Hentet fra {name.nb}, kontrollert og ordnet i tabell.",
        nn=f"Henta frå {name.nn}, kontrollert og ordna i tabell.",
        en=f"Fetched from {name.en}, checked and put into a table.",
    )
    return cat.say(Iri(f"{of}/provenance"), [DCT.ProvenanceStatement], {RDFS.label: texts(told)})


def _collection(cat: Catalogue, of: Iri, state: DatasetState) -> Iri:
    """The activity that made the dataset, with every snapshot it used by hash."""
    used = [
        cat.say(
            cat.iri(f"snapshots/{snapshot.sha256}"),
            [PROV.Entity],
            {
                DCT.identifier: Said(f"sha256:{snapshot.sha256}"),
                DCT.issued: day(snapshot.retrieved_on) if snapshot.retrieved_on else None,
                DCT.source: terms.web_address(snapshot.source_url),
            },
        )
        for snapshot in state.snapshots
    ]
    return _activity(cat, of, COLLECTED, used)


def _activity(cat: Catalogue, of: Iri, name: Text, used: Sequence[Iri]) -> Iri:
    """How a thing came about: from what, and by which software on whose behalf."""
    publication = cat.publication
    publisher = cat.agent(publication.catalog.publisher)
    software = cat.say(
        cat.iri(f"software/{publication.software_version}"),
        [PROV.SoftwareAgent],
        {RDFS.label: Said(f"Bymål {publication.software_version}"), PROV.actedOnBehalfOf: publisher},
    )
    return cat.say(Iri(f"{of}/activity"), [PROV.Activity], {RDFS.label: texts(name), PROV.used: used, PROV.wasAssociatedWith: software})


def _ethics_page(cat: Catalogue, page: str, files: Sequence[Distribution]) -> list[Iri]:
    """Where people read what was weighed; the whole section of the page, and the notes in plain text."""
    notes = [cat.document(cat.file(one.path), codes.FORMATS[one.format][1]) for one in files if one.format.startswith("readme_")]
    return [cat.document(Iri(f"{cat.page(f'{page}.html')}#ethics"), RECORD), *notes]


def _ethics_file(cat: Catalogue, of: Iri, files: Sequence[Distribution]) -> list[Iri]:
    """The ethics record as a thing, and the file that holds it."""
    return [
        cat.say(
            Iri(f"{of}/ethics"),
            [FOAF.Document, DPV.RightsImpactAssessment],
            {DCT.title: texts(RECORD), RDFS.seeAlso: cat.file(one.path)},
        )
        for one in files
        if one.format == "ethics"
    ]


def _access(record: EthicsRecord | None) -> str:
    """PUBLIC for what is published; RESTRICTED while a decision is awaited; NON_PUBLIC for what was refused."""
    if record is not None and record.is_published:
        return "PUBLIC"
    if record is None or record.declared is None or record.declared.decision.status == "required":
        return "RESTRICTED"
    return "NON_PUBLIC"


# --- what is computed from datasets ---


def _indicator(cat: Catalogue, indicator: Indicator, span: tuple[date, date] | None, sources: tuple[str, ...]) -> Iri:
    """An indicator as a dataset of its own, derived from the datasets its query reads."""
    iri, page = cat.iri(f"indicators/{indicator.id}"), cat.document(cat.page(f"indicators/{indicator.id}.html"), PAGES)
    files, record = cat.files.get(f"indicators/{indicator.id}", ()), cat.ethics.get(indicator.id)
    states = [state for state in cat.publication.datasets if state.dataset.id in sources]
    resolution = ("MONTHLY", "P1M") if indicator.frequency == "month" else ("ANNUAL", "P1Y")
    los = sorted({path for state in states for path in state.dataset.los})
    return _derived(
        cat, iri, page, states, files, indicator.description, indicator.issued, span,
        {
            **_described(cat, indicator.title, indicator.description, indicator.keywords, indicator.themes, los, indicator.id),
            **_versioned(cat, indicator.id),
            DCT.accrualPeriodicity: cat.eu("frequency", resolution[0], DCT.Frequency),
            DCAT.temporalResolution: Said(resolution[1], "", XSD.duration),
            DCT.subject: terms.un(cat, indicator.sdg.indicator or indicator.sdg.target),
            FOAF.page: _ethics_page(cat, f"indicators/{indicator.id}", files) if record else None,
            DPV.hasImpactAssessment: _ethics_file(cat, iri, files),
            DQV.hasQualityMeasurement: dqv.measurements(cat, iri, (), record),
        },
    )  # fmt: skip


def _tables(cat: Catalogue, spans: Mapping[str, tuple[date, date]]) -> list[Iri]:
    """Intermediate tables, tables of areas and of comparison, and all observations together: each a dataset derived from others."""
    publication = cat.publication
    everything, by_id = datasets_of(publication), {state.dataset.id: state for state in publication.datasets}
    known = {table.id: table for table in publication.tables}
    whole = (min(first for first, _ in spans.values()), max(last for _, last in spans.values())) if spans else None
    page = cat.document(cat.page("tables.html"))
    found: list[Iri] = []
    for key, files in sorted(cat.files.items()):
        kind, _, name = key.partition("/")
        if kind not in ("tables", "areas") and key != "indicators":
            continue
        if table := known.get(name) if kind == "tables" else None:
            behind = [by_id[dataset].dataset for dataset in sorted(rests_on(table.sql, publication))]
            described = describe_table(table, behind, publication.catalog, synthetic=publication.synthetic)
            span = _common_span([by_id[dataset.id] for dataset in behind])
        else:
            behind = behind_areas(publication) if kind == "areas" else everything
            described = describe_standing(name or "observations", behind, publication.catalog, synthetic=publication.synthetic)
            span = whole if kind != "areas" else None
        if not behind:
            continue
        its = files if name else dcat_series.of_observations(files)
        found.append(_table(cat, described, [by_id[dataset.id] for dataset in behind], its, page, span))
        if not name:
            cat.say(found[-1], says={DCT.relation: _history(cat, files)})
    return found


def _history(cat: Catalogue, files: Sequence[Distribution]) -> list[Iri]:
    """What lies beside the observations and tells how they changed. The same rows are tables of the release database."""
    beside = {PurePosixPath(file.path).stem: file for file in files if file.rows is not None}
    return [cat.document(cat.file(beside[table].path), about_meta(table)) for table in ("revisions", "vintages") if table in beside]


def _table(
    cat: Catalogue, it: Described, states: Sequence[DatasetState], files: Sequence[Distribution], page: Iri, span: tuple[date, date] | None
) -> Iri:
    datasets = [state.dataset for state in states]
    words = {
        lang: tuple(dict.fromkeys(word for dataset in datasets for word in getattr(dataset.keywords, lang)))[:12] for lang in LANGUAGES
    }
    themes = sorted({theme for dataset in datasets for theme in dataset.themes})
    los = sorted({path for dataset in datasets for path in dataset.los})
    rhythm = min((dataset.source.rhythm for dataset in datasets), key=_days)
    return _derived(
        cat, cat.iri(f"tables/{it.id}"), page, states, files, it.row, max(dataset.issued for dataset in datasets), span,
        {
            **_described(cat, it.title, it.description, Keywords(**words), themes, los, it.id),
            **_versioned(cat, it.id),
            DCT.accrualPeriodicity: cat.eu("frequency", codes.frequency(rhythm), DCT.Frequency),
            DCT.subject: [terms.un(cat, target) for target in sorted({target for dataset in datasets for target in dataset.sdg})],
        },
    )  # fmt: skip


def _derived(
    cat: Catalogue,
    iri: Iri,
    page: Iri,
    states: Sequence[DatasetState],
    files: Sequence[Distribution],
    contents: Text,
    issued: date,
    span: tuple[date, date] | None,
    says: Says,
) -> Iri:
    """A dataset that was computed from others: what those have in common with it, and how it came about."""
    own = cat.publication.catalog
    inputs = [cat.iri(f"datasets/{state.dataset.id}") for state in states]
    modified = max((state.retrieved_on for state in states if state.retrieved_on), default=cat.publication.built_at.date())
    begins_on = min((state.dataset.source.starts_on for state in states), default=issued)  # no dataset lies behind the catalogue itself
    credit = terms.credit(own.publisher.name, [state.dataset.source.attribution for state in states])
    common = {
        DCT.license: terms.licence(cat, own.licence),
        DCT.rights: terms.rights(cat, iri, credit, own.homepage, cat.agent(own.publisher)),
        DCT.conformsTo: terms.schema(cat, iri, files),
        DCT.issued: day(issued),
        DCT.modified: day(modified),
        DCAT.accessURL: page,
    }
    return cat.say(
        iri,
        [DCAT.Dataset],
        {
            **cat.shared,
            **says,
            DCT.type: _type(cat, is_statistical=True),
            DCT.identifier: Said(iri),
            DCT.issued: day(issued),
            DCT.modified: day(modified),
            DCT.accessRights: cat.eu("access-right", "PUBLIC", DCT.RightsStatement),
            DCT.spatial: NORWAY,
            DCT.temporal: terms.temporal(cat, iri, *(span or (begins_on, modified))),
            DCT.conformsTo: common[DCT.conformsTo],
            DCT.source: inputs,
            PROV.wasDerivedFrom: inputs,
            PROV.wasGeneratedBy: _activity(cat, iri, COMPUTED, inputs),
            DCAT.landingPage: page,
            DCAT.distribution: terms.distributions(cat, iri, files, contents, common),
        },
    )


def _common_span(states: Sequence[DatasetState]) -> tuple[date, date] | None:
    """From the first to the last day of any of the datasets."""
    spans = [span for state in states if (span := data_span(state))]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def _days(duration: str) -> int:
    """About how long a duration such as P1M is, to order rhythms by."""
    number = int("".join(sign for sign in duration if sign.isdigit()))
    return number * (1 if "T" in duration else {"D": 1440, "W": 10_080, "M": 43_200, "Y": 525_600}[duration[-1]])


# --- parts ---


def _described(
    cat: Catalogue, title: Text, description: Text, keywords: Keywords, themes: Sequence[str], los: Sequence[str], where: str
) -> Says:
    """Title, description, keywords and themes."""
    return {
        DCT.title: cat.title(title),
        DCT.description: cat.description(description),
        DCAT.keyword: [Said(word, lang) for lang in LANGUAGES for word in getattr(keywords, lang)],
        DCAT.theme: [
            *(cat.theme(code, f"{where}: themes") for code in themes),
            *(cat.concept(LOS + path, codes.los_name(path), f"{LOS}ontologi/{path.split('/')[0]}") for path in los),
        ],
    }


def _versioned(cat: Catalogue, id: str) -> Says:
    """Which release this is, and what changed in the thing since the one before."""
    notes = cat.publication.notes.get(id)
    return {DCAT.version: Said(cat.release), ADMS.versionNotes: texts(notes) if notes else None}


def _type(cat: Catalogue, *, is_statistical: bool) -> Iri | None:
    kind = ("STATISTICAL", STATISTICAL) if is_statistical else None
    if cat.publication.synthetic:
        kind = ("SYNTHETIC_DATA", SYNTHETIC)
    return cat.concept(f"{codes.EU}dataset-type/{kind[0]}", kind[1], codes.EU + "dataset-type") if kind else None


def _service(cat: Catalogue, derived: Sequence[Iri]) -> Iri:
    """The release database, which DuckDB attaches over HTTP and asks in SQL."""
    own, iri = cat.publication.catalog, cat.iri("services/database")
    published = [state for state in cat.publication.datasets if (record := cat.ethics.get(state.dataset.id)) and record.is_published]
    page = cat.document(cat.page("method.html"))
    hvd = sorted({category for state in published for category in state.dataset.hvd})
    return cat.say(
        iri,
        [DCAT.DataService],
        {
            **cat.shared,
            DCT.identifier: Said(iri),
            DCT.title: cat.title(SERVICE),
            DCT.description: cat.description(SERVICE_NOTE),
            DCAT.endpointURL: cat.iri(f"current/{DATABASE}"),
            DCAT.endpointDescription: page,
            FOAF.page: page,
            DCAT.landingPage: page,
            DCAT.servesDataset: [*(cat.iri(f"datasets/{state.dataset.id}") for state in published), *derived],
            DCAT.theme: [cat.theme(code, "catalog.yaml: themes") for code in own.themes],
            DCAT.keyword: [Said("SQL", lang) for lang in LANGUAGES],
            DCT.accessRights: cat.eu("access-right", "PUBLIC", DCT.RightsStatement),
            DCT.license: terms.licence(cat, own.licence),
            DCATAP.availability: cat.availability(),
            DCATAP.hvdCategory: [terms.hvd(cat, category) for category in hvd],
            DCATAP.applicableLegislation: terms.law(cat, codes.HVD_REGULATION) if hvd else None,
        },
    )
