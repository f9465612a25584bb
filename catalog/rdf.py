"""Metadata → DCAT-AP-NO: one graph, written as Turtle, JSON-LD and RDF/XML with the same bytes every time, and checked by our shapes.

The only module that imports rdflib and pyshacl. Nothing is a blank node: the national quality score skips them, and sorted IRIs give
equal bytes. Everything that is pointed at gets its type, because validators do not fetch it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import pyshacl
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SH, SKOS, XSD
from rdflib.term import Node

from catalog import codes
from catalog.distributions import SYNTHETIC as SYNTHETIC_NOTE
from catalog.distributions import Distribution
from catalog.errors import GateError
from catalog.ethics import EthicsRecord
from catalog.lineage import source_datasets
from catalog.model import LANGUAGES, Agent, Dataset, Indicator, Text
from catalog.periods import data_span, observed_spans
from catalog.publication import DatasetState, Publication
from catalog.statements import Statement, to_json_ld, to_rdf_xml, to_turtle

DCATAP = Namespace("http://data.europa.eu/r5r/")
DPV = Namespace("https://w3id.org/dpv#")
DQV = Namespace("http://www.w3.org/ns/dqv#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
ODRS = Namespace("http://schema.theodi.org/odrs#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

NAMESPACES = (DCAT, DCATAP, DCTERMS, DPV, DQV, ELI, FOAF, ODRS, OWL, PROV, RDFS, SKOS, VCARD, XSD)
NAMES = "dcat dcatap dct dpv dqv eli foaf odrs owl prov rdfs skos vcard xsd"
PREFIXES = {prefix: str(space) for prefix, space in zip(NAMES.split(), NAMESPACES, strict=True)}

NORWAY = URIRef(codes.EU + "country/NOR")
ORGANISATIONS = "https://organization-catalog.fellesdatakatalog.digdir.no/organizations/"
REGISTER = "https://data.brreg.no/enhetsregisteret/api/enheter/"
PUBLISHER_TYPES = "http://purl.org/adms/publishertype/"
LOS = "https://psi.norge.no/los/"
IANA = "https://www.iana.org/assignments/media-types/"
DATABASE = "bymaal.duckdb"
VERSION = URIRef(f"{DCAT}version")  # rdflib's DCAT is version 2, which lacks it

Says = Mapping[URIRef, Node | Iterable[Node] | None]
"""Properties of one thing; None states nothing."""

SYNTHETIC = Text(nb="syntetiske data", nn="syntetiske data", en="synthetic data")
COLLECTED = Text(nb="Innhenting og kontroll", nn="Innhenting og kontroll", en="Collection and checks")
COMPUTED = Text(nb="Beregning av indikator", nn="Utrekning av indikator", en="Computation of the indicator")
SCHEMA = Text(nb="Tabellskjema", nn="Tabellskjema", en="Table schema")
PAGES = Text(nb="Om datasettet", nn="Om datasettet", en="About the dataset")
RECORD = Text(nb="Etikkpost", nn="Etikkpost", en="Ethics record")
SERVICE = Text(
    nb="Databasefil over HTTP (SQL)",
    nn="Databasefil over HTTP (SQL)",
    en="Database file over HTTP (SQL)",
)
KINDS_OF_LAW = {
    "/eli/reg_impl/": ("REG_IMPL", Text(nb="gjennomføringsforordning", nn="gjennomføringsforordning", en="implementing regulation")),
    "/eli/reg/": ("REG", Text(nb="forordning", nn="forordning", en="regulation")),
    "/eli/dir/": ("DIR", Text(nb="direktiv", nn="direktiv", en="directive")),
}
LOCAL_AUTHORITY = Text(nb="lokal myndighet", nn="lokal styresmakt", en="local authority")
STABLE = Text(nb="stabil", nn="stabil", en="stable")
STATISTICAL = Text(nb="statistiske data", nn="statistiske data", en="statistical data")
SERVICE_NOTE = Text(
    nb="Alle tabellene i én DuckDB-fil som kan spørres direkte over HTTP uten å lastes ned.",
    nn="Alle tabellane i éi DuckDB-fil som ein kan spørje rett over HTTP utan å laste ho ned.",
    en="All tables in one DuckDB file that can be queried directly over HTTP without downloading it.",
)


@dataclass(frozen=True)
class _Catalogue:
    """What every part of the graph is written with: the graph itself, where things live, and which release this is."""

    publication: Publication
    release: str
    files: Mapping[str, Sequence[Distribution]]
    ethics: Mapping[str, EthicsRecord]
    graph: Graph = field(default_factory=Graph)

    def iri(self, path: str) -> URIRef:
        """The stable address of a thing of this catalogue, the same in every release."""
        return URIRef(self.publication.catalog.base_uri + path)

    def page(self, path: str) -> URIRef:
        """The readable page of a thing, at the address that always shows the newest release."""
        return self.iri(f"current/site/nb/{path}")

    def file(self, path: str) -> URIRef:
        """A file of exactly this release. Its bytes never change."""
        return self.iri(f"releases/{self.release}/{quote(path)}")

    def agent(self, agent: Agent) -> URIRef:
        """An organisation's address: by its number in the national catalogue of organisations, else under our own."""
        return (
            URIRef(ORGANISATIONS + agent.organisation_number)
            if agent.organisation_number
            else self.iri(f"agents/{codes.slug(agent.name.en)}")
        )

    @property
    def shared(self) -> Says:
        """What the catalogue and everything in it have in common: who publishes it, and whom to ask."""
        return {DCTERMS.publisher: self.agent(self.publication.catalog.publisher), DCAT.contactPoint: self.iri("contact")}

    def title(self, text: Text) -> list[Literal]:
        """A title; that of synthetic data says so."""
        mark = {lang: f" ({SYNTHETIC.get(lang)})" if self.publication.synthetic else "" for lang in LANGUAGES}
        return [Literal(text.get(lang) + mark[lang], lang=lang) for lang in LANGUAGES]

    def description(self, *parts: Text) -> list[Literal]:
        """A description of one or more sentences; that of synthetic data begins by saying so."""
        said = (SYNTHETIC_NOTE, *parts) if self.publication.synthetic else parts
        return [Literal(" ".join(part.get(lang) for part in said), lang=lang) for lang in LANGUAGES]

    def say(self, subject: URIRef, kinds: Iterable[Node] = (), says: Says | None = None) -> URIRef:
        """Type a thing and state its properties; None states nothing. Returns the thing, ready to be pointed at."""
        for kind in kinds:
            self.graph.add((subject, RDF.type, kind))
        for predicate, value in (says or {}).items():
            for one in () if value is None else (value,) if isinstance(value, Node) else value:
                self.graph.add((subject, predicate, one))
        return subject

    def concept(self, iri: str, name: Text, scheme: str) -> URIRef:
        """A term of somebody's list, with its name, so that nobody has to fetch the list to understand it."""
        return self.say(URIRef(iri), [SKOS.Concept], {SKOS.prefLabel: texts(name), SKOS.inScheme: self.scheme(scheme)})

    def scheme(self, iri: str) -> URIRef:
        """Somebody's list of terms. Its name is the last part of its address."""
        return self.say(URIRef(iri), [SKOS.ConceptScheme], {DCTERMS.title: Literal(iri.rstrip("/").rsplit("/", 1)[-1], lang="en")})

    def eu(self, table: str, code: str, kind: URIRef) -> URIRef:
        """A code of an EU authority table, typed as what the property that points at it wants."""
        return self.say(URIRef(f"{codes.EU}{table}/{code}"), [kind], {SKOS.inScheme: self.scheme(codes.EU + table)})

    def theme(self, code: str, where: str) -> URIRef:
        return self.concept(f"{codes.EU}data-theme/{code}", codes.theme_name(code, where), codes.EU + "data-theme")

    def availability(self) -> URIRef:
        """Files of a release stay where they are."""
        return self.concept(f"{codes.EU}planned-availability/STABLE", STABLE, codes.EU + "planned-availability")

    def document(self, iri: URIRef, name: Text | None = None) -> URIRef:
        return self.say(iri, [FOAF.Document], {DCTERMS.title: texts(name) if name else None})


def texts(text: Text) -> list[Literal]:
    """A text in its three languages, each with its tag."""
    return [Literal(text.get(lang), lang=lang) for lang in LANGUAGES]


def day(value: date) -> Literal:
    return Literal(value.isoformat(), datatype=XSD.date)


def build_graph(
    publication: Publication,
    release_id: str,
    files: Mapping[str, Sequence[Distribution]],
    ethics: Mapping[str, EthicsRecord],
) -> Graph:
    """The whole catalogue as DCAT-AP-NO 3: catalogue, datasets, indicators, their files, and everything they point at.

    A withheld dataset is there with its description and reasons, but without files. The graph depends on its
    arguments alone; no clock is read.
    """
    cat = _Catalogue(publication, release_id, files, ethics)
    _agent(cat, publication.catalog.publisher, kind="LocalAuthority")
    _contact(cat)
    datasets = [_dataset(cat, state) for state in publication.datasets]
    spans, sources = observed_spans(publication.observations), source_datasets(publication)
    indicators = [_indicator(cat, item, spans.get(item.id), sources[item.id]) for item in publication.indicators]
    _catalog(cat, [*datasets, *indicators], _service(cat))
    return cat.graph


def _catalog(cat: _Catalogue, datasets: list[URIRef], service: URIRef) -> None:
    own = cat.publication.catalog
    units = codes.kartverket_units()
    places = [URIRef(units[code]) for code in own.area_of_interest if code in units]
    for place in (NORWAY, *places):
        cat.say(place, [DCTERMS.Location])
    cat.say(NORWAY, says={SKOS.inScheme: cat.scheme(codes.EU + "country")})
    iri = cat.iri("catalog")
    cat.say(
        iri,
        [DCAT.Catalog],
        {
            **cat.shared,
            DCTERMS.identifier: Literal(iri),
            DCTERMS.title: cat.title(own.title),
            DCTERMS.description: cat.description(own.description),
            DCTERMS.issued: day(own.issued),
            DCTERMS.modified: day(cat.publication.built_at.date()),
            DCTERMS.license: _licence(cat, own.licence),
            DCTERMS.language: [cat.eu("language", code, DCTERMS.LinguisticSystem) for code in ("NOB", "NNO", "ENG")],
            DCTERMS.spatial: [NORWAY, *places],
            DCAT.themeTaxonomy: [cat.scheme(codes.EU + "data-theme"), cat.scheme(LOS + "struktur")],
            FOAF.homepage: cat.document(URIRef(own.homepage)),
            DCAT.dataset: datasets,
            DCAT.service: service,
            VERSION: Literal(cat.release),
        },
    )


def _dataset(cat: _Catalogue, state: DatasetState) -> URIRef:
    """A dataset with its files; a withheld one without them, marked as not public."""
    dataset, record = state.dataset, cat.ethics.get(state.dataset.id)
    iri, page = cat.iri(f"datasets/{dataset.id}"), cat.document(cat.page(f"datasets/{dataset.id}.html"), PAGES)
    files = cat.files.get(f"data/{dataset.id}", ())
    modified = state.retrieved_on or cat.publication.built_at.date()
    legislation = [_law(cat, law) for law in (dataset.ethics.legal_basis if dataset.ethics else ())]
    if dataset.hvd:
        legislation.append(_law(cat, codes.HVD_REGULATION))
    source = _agent(cat, dataset.source.publisher)
    rights = _rights(cat, iri, dataset.source.attribution, dataset.source.service, source)
    is_public = record is not None and record.is_published
    schema = _schema(cat, iri, files) if is_public else None
    common = {
        DCTERMS.license: _licence(cat, dataset.source.licence),
        DCTERMS.rights: rights,
        DCTERMS.conformsTo: schema,
        DCTERMS.issued: day(dataset.issued),
        DCTERMS.modified: day(modified),
        DCAT.accessURL: page,
        DCATAP.applicableLegislation: _law(cat, codes.HVD_REGULATION) if dataset.hvd else None,
    }
    cat.say(
        iri,
        [DCAT.Dataset],
        {
            **cat.shared,
            **_described(cat, dataset, dataset.los),
            DCTERMS.identifier: Literal(iri),
            DCTERMS.creator: source,
            DCTERMS.issued: day(dataset.issued),
            DCTERMS.modified: day(modified),
            DCTERMS.accessRights: cat.eu("access-right", _access(record), DCTERMS.RightsStatement),
            DCTERMS.accrualPeriodicity: cat.eu("frequency", codes.frequency(dataset.source.rhythm), DCTERMS.Frequency),
            DCTERMS.spatial: NORWAY,
            DCTERMS.temporal: _temporal(cat, iri, *(data_span(state) or (dataset.source.starts_on, modified))),
            DCTERMS.provenance: _provenance(cat, iri, dataset),
            DCTERMS.conformsTo: schema,
            DCTERMS.subject: [_un(cat, target) for target in dataset.sdg],
            DCATAP.applicableLegislation: legislation,
            DCATAP.hvdCategory: [_hvd(cat, category) for category in dataset.hvd],
            DCAT.landingPage: page,
            FOAF.page: _ethics_page(cat, dataset.id, files),
            VERSION: Literal(cat.release),
            PROV.wasGeneratedBy: _collection(cat, iri, state),
            DPV.hasImpactAssessment: _ethics_file(cat, iri, files),
            DQV.hasQualityMeasurement: _measurements(cat, iri, record),
            DCAT.distribution: _distributions(cat, iri, files if is_public else (), dataset.row, common),
        },
    )
    return iri


def _indicator(
    cat: _Catalogue,
    indicator: Indicator,
    span: tuple[date, date] | None,
    sources: tuple[str, ...],
) -> URIRef:
    """An indicator as a dataset of its own, derived from the datasets its query reads."""
    iri, page = cat.iri(f"indicators/{indicator.id}"), cat.document(cat.page(f"indicators/{indicator.id}.html"), PAGES)
    files = cat.files.get(f"indicators/{indicator.id}", ())
    own = cat.publication.catalog
    states = [state for state in cat.publication.datasets if state.dataset.id in sources]
    inputs = [cat.iri(f"datasets/{state.dataset.id}") for state in states]
    built = cat.publication.built_at.date()
    modified = max((state.retrieved_on for state in states if state.retrieved_on), default=built)
    credit = _credit(own.publisher.name, [state.dataset.source.attribution for state in states])
    common = {
        DCTERMS.license: _licence(cat, own.licence),
        DCTERMS.rights: _rights(cat, iri, credit, own.homepage, cat.agent(own.publisher)),
        DCTERMS.conformsTo: _schema(cat, iri, files),
        DCTERMS.issued: day(indicator.issued),
        DCTERMS.modified: day(modified),
        DCAT.accessURL: page,
    }
    activity = cat.say(URIRef(f"{iri}/activity"), [PROV.Activity], {RDFS.label: texts(COMPUTED), PROV.used: inputs})
    cat.say(
        iri,
        [DCAT.Dataset],
        {
            **cat.shared,
            **_described(cat, indicator, sorted({path for state in states for path in state.dataset.los})),
            DCTERMS.identifier: Literal(iri),
            DCTERMS.issued: day(indicator.issued),
            DCTERMS.modified: day(modified),
            DCTERMS.accessRights: cat.eu("access-right", "PUBLIC", DCTERMS.RightsStatement),
            DCTERMS.accrualPeriodicity: cat.eu("frequency", "MONTHLY" if indicator.frequency == "month" else "ANNUAL", DCTERMS.Frequency),
            DCTERMS.spatial: NORWAY,
            DCTERMS.temporal: _temporal(cat, iri, *span) if span else None,
            DCAT.temporalResolution: Literal("P1M" if indicator.frequency == "month" else "P1Y", datatype=XSD.duration),
            DCTERMS.conformsTo: common[DCTERMS.conformsTo],
            DCTERMS.subject: _un(cat, indicator.sdg.indicator or indicator.sdg.target),
            DCTERMS.source: inputs,
            PROV.wasDerivedFrom: inputs,
            PROV.wasGeneratedBy: activity,
            DCAT.landingPage: page,
            VERSION: Literal(cat.release),
            DCAT.distribution: _distributions(cat, iri, files, indicator.description, common),
        },
    )
    return iri


def _described(cat: _Catalogue, item: Dataset | Indicator, los: Sequence[str]) -> Says:
    """Title, description, keywords, themes and type of a dataset or indicator."""
    kind = ("STATISTICAL", STATISTICAL) if isinstance(item, Indicator) else None
    if cat.publication.synthetic:
        kind = ("SYNTHETIC_DATA", SYNTHETIC)
    return {
        DCTERMS.title: cat.title(item.title),
        DCTERMS.description: cat.description(item.description),
        DCAT.keyword: [Literal(word, lang=lang) for lang in LANGUAGES for word in getattr(item.keywords, lang)],
        DCAT.theme: [
            *(cat.theme(code, f"{item.id}: themes") for code in item.themes),
            *(cat.concept(LOS + path, codes.los_name(path), f"{LOS}ontologi/{path.split('/')[0]}") for path in los),
        ],
        DCTERMS.type: cat.concept(f"{codes.EU}dataset-type/{kind[0]}", kind[1], codes.EU + "dataset-type") if kind else None,
    }


def _distributions(cat: _Catalogue, of: URIRef, files: Sequence[Distribution], contents: Text, common: Says) -> list[URIRef]:
    """The files that hold data: what is in each, for whom, how large, on which terms. The address follows the format, or the file's
    name where a table is cut into several files of one format."""
    data = [file for file in files if file.rows is not None]
    several = {file.format for file in data if sum(other.format == file.format for other in data) > 1}
    found: list[URIRef] = []
    for file in data:
        code, title, purpose = codes.FORMATS[file.format]
        kind = file.media_type.split(";")[0].strip()
        found.append(
            cat.say(
                URIRef(f"{of}/distributions/{codes.slug(PurePosixPath(file.path).name if file.format in several else file.format)}"),
                [DCAT.Distribution],
                {
                    **common,
                    DCTERMS.title: cat.title(title),
                    DCTERMS.description: cat.description(contents, purpose),
                    DCAT.downloadURL: cat.file(file.path),
                    DCTERMS["format"]: cat.eu("file-type", code, DCTERMS.MediaTypeOrExtent) if code else None,
                    DCAT.mediaType: cat.say(URIRef(IANA + kind), [DCTERMS.MediaType]),
                    DCAT.byteSize: Literal(str(file.bytes), datatype=XSD.nonNegativeInteger),
                    DCATAP.availability: cat.availability(),
                },
            )
        )
    return found


def _service(cat: _Catalogue) -> URIRef:
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
            DCTERMS.identifier: Literal(iri),
            DCTERMS.title: cat.title(SERVICE),
            DCTERMS.description: cat.description(SERVICE_NOTE),
            DCAT.endpointURL: cat.iri(f"current/{DATABASE}"),
            DCAT.endpointDescription: page,
            FOAF.page: page,
            DCAT.landingPage: page,
            DCAT.servesDataset: [
                *(cat.iri(f"datasets/{state.dataset.id}") for state in published),
                *(cat.iri(f"indicators/{indicator.id}") for indicator in cat.publication.indicators),
            ],
            DCAT.theme: [cat.theme(code, "catalog.yaml: themes") for code in own.themes],
            DCAT.keyword: [Literal("SQL", lang=lang) for lang in LANGUAGES],
            DCTERMS.accessRights: cat.eu("access-right", "PUBLIC", DCTERMS.RightsStatement),
            DCTERMS.license: _licence(cat, own.licence),
            DCATAP.availability: cat.availability(),
            DCATAP.hvdCategory: [_hvd(cat, category) for category in hvd],
            DCATAP.applicableLegislation: _law(cat, codes.HVD_REGULATION) if hvd else None,
        },
    )


def _agent(cat: _Catalogue, agent: Agent, kind: str = "") -> URIRef:
    number = agent.organisation_number
    return cat.say(
        cat.agent(agent),
        [FOAF.Agent],
        {
            FOAF.name: texts(agent.name),
            DCTERMS.identifier: Literal(number) if number else None,
            OWL.sameAs: URIRef(REGISTER + number) if number else None,
            DCTERMS.type: cat.concept(PUBLISHER_TYPES + kind, LOCAL_AUTHORITY, PUBLISHER_TYPES + "1.0") if kind else None,
            FOAF.homepage: cat.document(URIRef(agent.homepage)) if agent.homepage else None,
        },
    )


def _contact(cat: _Catalogue) -> URIRef:
    contact = cat.publication.catalog.contact
    return cat.say(
        cat.iri("contact"),
        [VCARD.Kind, VCARD.Organization],
        {
            VCARD.fn: texts(contact.name),
            VCARD.hasEmail: URIRef("mailto:" + quote(contact.email, safe="@+")),
            VCARD.hasURL: URIRef(contact.page) if contact.page else None,
        },
    )


def _licence(cat: _Catalogue, code: str) -> URIRef:
    return cat.eu("licence", code, DCTERMS.LicenseDocument)


def _rights(cat: _Catalogue, of: URIRef, attribution: Text, address: str, holder: URIRef) -> URIRef:
    """What reusers have to write, and whose work it is."""
    return cat.say(
        URIRef(f"{of}/rights"),
        [DCTERMS.RightsStatement, ODRS.RightsStatement],
        {
            ODRS.attributionText: texts(attribution),
            ODRS.attributionURL: URIRef(address),
            ODRS.copyrightHolder: holder,
            ODRS.reuserGuidelines: cat.document(cat.page("about.html")),
            ODRS.jurisdiction: NORWAY,
        },
    )


def _credit(publisher: Text, attributions: Sequence[Text]) -> Text:
    """One line of attribution for something computed from several sources, each source once."""
    based_on = {"nb": "basert på", "nn": "basert på", "en": "based on"}

    def line(lang: str) -> str:
        sources = list(dict.fromkeys(text.get(lang).rstrip(".") for text in attributions))
        return publisher.get(lang) + (f", {based_on[lang]}: {'; '.join(sources)}" if sources else "")

    return Text(nb=line("nb"), nn=line("nn"), en=line("en"))


def _law(cat: _Catalogue, address: str) -> URIRef:
    """A law by its ELI. The national shapes of version 2 want its kind, which the address tells."""
    kind = next((kind for part, kind in KINDS_OF_LAW.items() if part in address), ("ACT", Text(nb="lov", nn="lov", en="act")))
    name = codes.LAWS.get(address)
    type_of_law = cat.concept(f"{codes.EU}resource-type/{kind[0]}", kind[1], codes.EU + "resource-type")
    cat.say(type_of_law, [ELI.ResourceType])
    return cat.say(
        URIRef(address),
        [ELI.LegalResource],
        {
            DCTERMS.title: texts(name) if name else None,
            DCTERMS.identifier: Literal(address),
            DCTERMS.type: type_of_law,
            RDFS.seeAlso: URIRef(address),
        },
    )


def _hvd(cat: _Catalogue, category: str) -> URIRef:
    """A category of the regulation on high-value datasets, given as its code or its whole address."""
    iri = category if category.startswith("http") else f"http://data.europa.eu/bna/{category}"
    name = Text(nb="Særlig verdifulle data", nn="Særleg verdifulle data", en="High-value data")
    return cat.concept(iri, name, "http://data.europa.eu/bna/asd487ae75")


def _un(cat: _Catalogue, code: str) -> URIRef:
    """A target (11.6) or indicator (11.6.2) of the UN. It is named by its code: the wording is the UN's and stands on our pages."""
    word = Text(nb="indikator", nn="indikator", en="indicator") if code.count(".") == 2 else Text(nb="delmål", nn="delmål", en="target")
    name = Text(nb=f"FNs {word.nb} {code}", nn=f"FNs {word.nn} {code}", en=f"UN {word.en} {code}")
    return cat.concept(codes.un_iri(code), name, codes.UN_SDG.rstrip("/"))


def _schema(cat: _Catalogue, of: URIRef, files: Sequence[Distribution]) -> URIRef | None:
    """The table schema that the files follow, where a data package describes it."""
    package = next((one for one in files if one.format == "datapackage"), None)
    if package is None:
        return None
    return cat.say(URIRef(f"{of}/schema"), [DCTERMS.Standard], {DCTERMS.title: texts(SCHEMA), RDFS.seeAlso: cat.file(package.path)})


def _temporal(cat: _Catalogue, of: URIRef, start: date, end: date) -> URIRef:
    return cat.say(URIRef(f"{of}/period"), [DCTERMS.PeriodOfTime], {DCAT.startDate: day(start), DCAT.endDate: day(max(start, end))})


def _provenance(cat: _Catalogue, of: URIRef, dataset: Dataset) -> URIRef:
    name = dataset.source.publisher.name
    told = Text(
        nb=f"Hentet fra {name.nb}, kontrollert og ordnet i tabell.",
        nn=f"Henta frå {name.nn}, kontrollert og ordna i tabell.",
        en=f"Fetched from {name.en}, checked and put into a table.",
    )
    return cat.say(URIRef(f"{of}/provenance"), [DCTERMS.ProvenanceStatement], {RDFS.label: texts(told)})


def _collection(cat: _Catalogue, of: URIRef, state: DatasetState) -> URIRef:
    """The activity that made the dataset, with every snapshot it used by hash."""
    used = [
        cat.say(
            cat.iri(f"snapshots/{snapshot.sha256}"),
            [PROV.Entity],
            {
                DCTERMS.identifier: Literal(f"sha256:{snapshot.sha256}"),
                DCTERMS.issued: day(snapshot.retrieved_on) if snapshot.retrieved_on else None,
                DCTERMS.source: _address(snapshot.source_url),
            },
        )
        for snapshot in state.snapshots
    ]
    return cat.say(URIRef(f"{of}/activity"), [PROV.Activity], {RDFS.label: texts(COLLECTED), PROV.used: used})


def _ethics_page(cat: _Catalogue, dataset: str, files: Sequence[Distribution]) -> list[URIRef]:
    """Where people read what was weighed; the whole section of the dataset's page, and its notes in plain text."""
    notes = [cat.document(cat.file(one.path), codes.FORMATS[one.format][1]) for one in files if one.format.startswith("readme_")]
    return [cat.document(URIRef(f"{cat.page(f'datasets/{dataset}.html')}#ethics"), RECORD), *notes]


def _ethics_file(cat: _Catalogue, of: URIRef, files: Sequence[Distribution]) -> list[URIRef]:
    """The ethics record as a thing, and the file that holds it."""
    return [
        cat.say(
            URIRef(f"{of}/ethics"),
            [FOAF.Document, DPV.RightsImpactAssessment],
            {DCTERMS.title: texts(RECORD), RDFS.seeAlso: cat.file(one.path)},
        )
        for one in files
        if one.format == "ethics"
    ]


def _measurements(cat: _Catalogue, of: URIRef, record: EthicsRecord | None) -> list[URIRef]:
    """What was measured on the published bytes, one node per measurement."""
    found: list[URIRef] = []
    for number, measured in enumerate(record.measurements if record else (), start=1):
        metric = cat.say(cat.iri(f"ns/ethics#{measured.metric}"), [DQV.Metric], {DQV.expectedDataType: XSD.decimal})
        found.append(
            cat.say(
                URIRef(f"{of}/measurements/{number}"),
                [DQV.QualityMeasurement],
                {
                    DQV.isMeasurementOf: metric,
                    DQV.computedOn: of,
                    DQV.value: Literal(format(measured.value, "f"), datatype=XSD.decimal),
                    RDFS.comment: Literal(measured.parameter) if measured.parameter else None,
                },
            )
        )
    return found


def _access(record: EthicsRecord | None) -> str:
    """PUBLIC for what is published; RESTRICTED while a decision is awaited; NON_PUBLIC for what was refused."""
    if record is not None and record.is_published:
        return "PUBLIC"
    if record is None or record.declared is None or record.declared.decision.status == "required":
        return "RESTRICTED"
    return "NON_PUBLIC"


def _address(url: str) -> URIRef | None:
    """A web address fit for RDF, or None for anything else (a file name, another scheme). Odd characters are percent-encoded."""
    return URIRef(quote(url, safe="%/:=&?~#+!$,;'@()*[]")) if re.match(r"https?://", url) else None


def write_catalog(
    publication: Publication,
    release_id: str,
    files: Mapping[str, Sequence[Distribution]],
    ethics: Mapping[str, EthicsRecord],
    folder: Path,
) -> list[Path]:
    """`catalog.ttl`, `catalog.jsonld` and `catalog.rdf` in `folder`, all from one graph; equal arguments give equal bytes."""
    said = sorted(_statement(triple) for triple in build_graph(publication, release_id, files, ethics))
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, write in (("catalog.ttl", to_turtle), ("catalog.jsonld", to_json_ld), ("catalog.rdf", to_rdf_xml)):
        paths.append(folder / name)
        paths[-1].write_bytes(write(said, PREFIXES))
    return paths


def _statement(triple: tuple[Node, Node, Node]) -> Statement:
    subject, predicate, value = triple
    if isinstance(value, Literal):
        return Statement(str(subject), str(predicate), str(value), False, value.language or "", str(value.datatype or ""))
    return Statement(str(subject), str(predicate), str(value), True)


@cache
def _shapes() -> Graph:
    return Graph().parse(Path(__file__).with_name("shapes.ttl"), format="turtle")


def conforms(folder: Path) -> list[str]:
    """What in `catalog.ttl` of a release breaks our profile, one sentence each, sorted; empty when all is well."""
    path = folder / "catalog.ttl"
    if not path.is_file():
        raise GateError(
            "the catalogue is missing", where=path.name, effect="nothing can be harvested", next_step="write it before checking"
        )
    return violations(Graph().parse(path, format="turtle"))


def violations(graph: Graph) -> list[str]:
    """What in a graph breaks our profile, one sentence each: which thing, what is wrong."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=_shapes(), inference="none", do_owl_imports=False, meta_shacl=False)
    assert isinstance(report, Graph)
    return sorted(
        {
            f"{report.value(result, SH.focusNode)}: {report.value(result, SH.resultMessage)}"
            for result in report.subjects(RDF.type, SH.ValidationResult)
        }
    )
