"""What every part of the catalogue's RDF is written with: vocabularies, shared terms, and things of more than one dataset.

Nothing is a blank node: the national quality score skips them, and sorted addresses give equal bytes. Everything that is pointed at gets
its type, because validators do not fetch it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import quote

from catalog import codes
from catalog.described import SYNTHETIC as SYNTHETIC_NOTE
from catalog.described import Distribution
from catalog.ethics.record import EthicsRecord
from catalog.metadata.statements import TYPE, Iri, Said, Space, Statements, Value
from catalog.model import LANGUAGES, Agent, Text
from catalog.publication import Publication

ADMS = Space("http://www.w3.org/ns/adms#")
DCAT = Space("http://www.w3.org/ns/dcat#")
DCATAP = Space("http://data.europa.eu/r5r/")
DCT = Space("http://purl.org/dc/terms/")
DPV = Space("https://w3id.org/dpv#")
DQV = Space("http://www.w3.org/ns/dqv#")
ELI = Space("http://data.europa.eu/eli/ontology#")
FOAF = Space("http://xmlns.com/foaf/0.1/")
OA = Space("http://www.w3.org/ns/oa#")
ODRS = Space("http://schema.theodi.org/odrs#")
OWL = Space("http://www.w3.org/2002/07/owl#")
PROV = Space("http://www.w3.org/ns/prov#")
RDF = Space("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Space("http://www.w3.org/2000/01/rdf-schema#")
SKOS = Space("http://www.w3.org/2004/02/skos/core#")
VCARD = Space("http://www.w3.org/2006/vcard/ns#")
XSD = Space("http://www.w3.org/2001/XMLSchema#")

SPACES = (ADMS, DCAT, DCATAP, DCT, DPV, DQV, ELI, FOAF, OA, ODRS, OWL, PROV, RDF, RDFS, SKOS, VCARD, XSD)
NAMES = "adms dcat dcatap dct dpv dqv eli foaf oa odrs owl prov rdf rdfs skos vcard xsd"
PREFIXES = {prefix: space.base for prefix, space in zip(NAMES.split(), SPACES, strict=True)}

NORWAY = Iri(codes.EU + "country/NOR")
ORGANISATIONS = "https://organization-catalog.fellesdatakatalog.digdir.no/organizations/"
REGISTER = "https://data.brreg.no/enhetsregisteret/api/enheter/"
PUBLISHER_TYPES = "http://purl.org/adms/publishertype/"
LOS = "https://psi.norge.no/los/"
IANA = "https://www.iana.org/assignments/media-types/"

Says = Mapping[Iri, Value | Iterable[Value] | None]
"""Properties of one thing; None states nothing."""

SYNTHETIC = Text(nb="syntetiske data", nn="syntetiske data", en="synthetic data")
SCHEMA = Text(nb="Tabellskjema", nn="Tabellskjema", en="Table schema")
KINDS_OF_LAW = {
    "/eli/reg_impl/": ("REG_IMPL", Text(nb="gjennomføringsforordning", nn="gjennomføringsforordning", en="implementing regulation")),
    "/eli/reg/": ("REG", Text(nb="forordning", nn="forordning", en="regulation")),
    "/eli/dir/": ("DIR", Text(nb="direktiv", nn="direktiv", en="directive")),
}
LOCAL_AUTHORITY = Text(nb="lokal myndighet", nn="lokal styresmakt", en="local authority")
STABLE = Text(nb="stabil", nn="stabil", en="stable")


@dataclass(frozen=True)
class Catalogue:
    """What every part of the graph is written with: the statements so far, where things live, and which release this is."""

    publication: Publication
    release: str
    files: Mapping[str, Sequence[Distribution]]
    ethics: Mapping[str, EthicsRecord]
    statements: Statements = field(default_factory=Statements)

    def iri(self, path: str) -> Iri:
        """The stable address of a thing of this catalogue, the same in every release."""
        return Iri(self.publication.catalog.base_uri + path)

    def page(self, path: str) -> Iri:
        """The readable page of a thing, at the address that always shows the newest release."""
        return self.iri(f"current/site/nb/{path}")

    def file(self, path: str, release: str | None = None) -> Iri:
        """A file of exactly this release, or of another. Its bytes never change."""
        return self.iri(f"releases/{release or self.release}/{quote(path)}")

    def agent(self, agent: Agent) -> Iri:
        """An organisation's address: by its number in the national catalogue of organisations, else under our own."""
        return (
            Iri(ORGANISATIONS + agent.organisation_number) if agent.organisation_number else self.iri(f"agents/{codes.slug(agent.name.en)}")
        )

    @property
    def shared(self) -> Says:
        """What the catalogue and everything in it have in common: who publishes it, and whom to ask."""
        return {DCT.publisher: self.agent(self.publication.catalog.publisher), DCAT.contactPoint: self.iri("contact")}

    def title(self, text: Text) -> list[Said]:
        """A title; that of synthetic data says so."""
        mark = {lang: f" ({SYNTHETIC.get(lang)})" if self.publication.synthetic else "" for lang in LANGUAGES}
        return [Said(text.get(lang) + mark[lang], lang) for lang in LANGUAGES]

    def description(self, *parts: Text) -> list[Said]:
        """A description of one or more sentences; that of synthetic data begins by saying so."""
        said = (SYNTHETIC_NOTE, *parts) if self.publication.synthetic else parts
        return [Said(" ".join(part.get(lang) for part in said), lang) for lang in LANGUAGES]

    def say(self, subject: Iri, kinds: Iterable[Iri] = (), says: Says | None = None) -> Iri:
        """Type a thing and state its properties; None states nothing. Returns the thing, ready to be pointed at."""
        add = self.statements.add
        for kind in kinds:
            add(subject, TYPE, kind)
        for predicate, value in (says or {}).items():
            if isinstance(value, Iri | Said):
                add(subject, predicate, value)
            elif value is not None:
                for one in value:
                    add(subject, predicate, one)
        return subject

    def concept(self, iri: str, name: Text, scheme: str) -> Iri:
        """A term of somebody's list, with its name, so that nobody has to fetch the list to understand it."""
        if self.statements.has(iri, TYPE, SKOS.Concept):
            return Iri(iri)
        return self.say(Iri(iri), [SKOS.Concept], {SKOS.prefLabel: texts(name), SKOS.inScheme: self.scheme(scheme)})

    def scheme(self, iri: str) -> Iri:
        """Somebody's list of terms. Its name is the last part of its address."""
        if iri in self.statements.about:
            return Iri(iri)
        return self.say(Iri(iri), [SKOS.ConceptScheme], {DCT.title: Said(iri.rstrip("/").rsplit("/", 1)[-1], "en")})

    def eu(self, table: str, code: str, kind: Iri) -> Iri:
        """A code of an EU authority table, typed as what the property that points at it wants."""
        iri = Iri(f"{codes.EU}{table}/{code}")
        if self.statements.has(iri, TYPE, kind):
            return iri
        return self.say(iri, [kind], {SKOS.inScheme: self.scheme(codes.EU + table)})

    def theme(self, code: str, where: str) -> Iri:
        return self.concept(f"{codes.EU}data-theme/{code}", codes.theme_name(code, where), codes.EU + "data-theme")

    def availability(self) -> Iri:
        """Files of a release stay where they are."""
        return self.concept(f"{codes.EU}planned-availability/STABLE", STABLE, codes.EU + "planned-availability")

    def document(self, iri: Iri, name: Text | None = None) -> Iri:
        return self.say(iri, [FOAF.Document], {DCT.title: texts(name) if name else None})


def texts(text: Text) -> list[Said]:
    """A text in its three languages, each with its tag."""
    return [Said(text.get(lang), lang) for lang in LANGUAGES]


def day(value: date) -> Said:
    return Said(value.isoformat(), "", XSD.date)


def describe_agent(cat: Catalogue, agent: Agent, kind: str = "") -> Iri:
    number = agent.organisation_number
    return cat.say(
        cat.agent(agent),
        [FOAF.Agent],
        {
            FOAF.name: texts(agent.name),
            DCT.identifier: Said(number) if number else None,
            OWL.sameAs: Iri(REGISTER + number) if number else None,
            DCT.type: cat.concept(PUBLISHER_TYPES + kind, LOCAL_AUTHORITY, PUBLISHER_TYPES + "1.0") if kind else None,
            FOAF.homepage: cat.document(Iri(agent.homepage)) if agent.homepage else None,
        },
    )


def contact(cat: Catalogue) -> Iri:
    own = cat.publication.catalog.contact
    return cat.say(
        cat.iri("contact"),
        [VCARD.Kind, VCARD.Organization],
        {
            VCARD.fn: texts(own.name),
            VCARD.hasEmail: Iri("mailto:" + quote(own.email, safe="@+")),
            VCARD.hasURL: Iri(own.page) if own.page else None,
        },
    )


def licence(cat: Catalogue, code: str) -> Iri:
    return cat.eu("licence", code, DCT.LicenseDocument)


def rights(cat: Catalogue, of: Iri, attribution: Text, address: str, holder: Iri) -> Iri:
    """What reusers have to write, and whose work it is."""
    return cat.say(
        Iri(f"{of}/rights"),
        [DCT.RightsStatement, ODRS.RightsStatement],
        {
            ODRS.attributionText: texts(attribution),
            ODRS.attributionURL: Iri(address),
            ODRS.copyrightHolder: holder,
            ODRS.reuserGuidelines: cat.document(cat.page("about.html")),
            ODRS.jurisdiction: NORWAY,
        },
    )


def credit(publisher: Text, attributions: Sequence[Text]) -> Text:
    """One line of attribution for something computed from several sources, each source once."""
    based_on = {"nb": "basert på", "nn": "basert på", "en": "based on"}

    def line(lang: str) -> str:
        sources = list(dict.fromkeys(text.get(lang).rstrip(".") for text in attributions))
        return publisher.get(lang) + (f", {based_on[lang]}: {'; '.join(sources)}" if sources else "")

    return Text(nb=line("nb"), nn=line("nn"), en=line("en"))


def law(cat: Catalogue, address: str) -> Iri:
    """A law by its ELI. The national shapes of version 2 want its kind, which the address tells."""
    kind = next((kind for part, kind in KINDS_OF_LAW.items() if part in address), ("ACT", Text(nb="lov", nn="lov", en="act")))
    name = codes.LAWS.get(address)
    type_of_law = cat.concept(f"{codes.EU}resource-type/{kind[0]}", kind[1], codes.EU + "resource-type")
    cat.say(type_of_law, [ELI.ResourceType])
    return cat.say(
        Iri(address),
        [ELI.LegalResource],
        {
            DCT.title: texts(name) if name else None,
            DCT.identifier: Said(address),
            DCT.type: type_of_law,
            RDFS.seeAlso: Iri(address),
        },
    )


def hvd(cat: Catalogue, category: str) -> Iri:
    """A category of the regulation on high-value datasets, given as its code or its whole address."""
    iri = category if category.startswith("http") else f"http://data.europa.eu/bna/{category}"
    name = Text(nb="Særlig verdifulle data", nn="Særleg verdifulle data", en="High-value data")
    return cat.concept(iri, name, "http://data.europa.eu/bna/asd487ae75")


def un(cat: Catalogue, code: str) -> Iri:
    """A target (11.6) or indicator (11.6.2) of the UN. It is named by its code: the wording is the UN's and stands on our pages."""
    word = Text(nb="indikator", nn="indikator", en="indicator") if code.count(".") == 2 else Text(nb="delmål", nn="delmål", en="target")
    name = Text(nb=f"FNs {word.nb} {code}", nn=f"FNs {word.nn} {code}", en=f"UN {word.en} {code}")
    return cat.concept(codes.un_iri(code), name, codes.UN_SDG.rstrip("/"))


def schema(cat: Catalogue, of: Iri, files: Sequence[Distribution]) -> Iri | None:
    """The table schema that the files follow, where a data package describes it."""
    package = next((one for one in files if one.format == "datapackage"), None)
    if package is None:
        return None
    return cat.say(Iri(f"{of}/schema"), [DCT.Standard], {DCT.title: texts(SCHEMA), RDFS.seeAlso: cat.file(package.path)})


def temporal(cat: Catalogue, of: Iri, start: date, end: date) -> Iri:
    return cat.say(Iri(f"{of}/period"), [DCT.PeriodOfTime], {DCAT.startDate: day(start), DCAT.endDate: day(max(start, end))})


def distributions(
    cat: Catalogue, of: Iri, files: Sequence[Distribution], contents: Text, common: Says, release: str | None = None
) -> list[Iri]:
    """The files that hold data: what is in each, for whom, how large, on which terms. The address follows the format, or the file's
    name where a table is cut into several files of one format."""
    data = [file for file in files if file.rows is not None]
    several = {file.format for file in data if sum(other.format == file.format for other in data) > 1}
    found: list[Iri] = []
    for file in data:
        code, title, purpose = codes.FORMATS[file.format]
        kind = file.media_type.split(";")[0].strip()
        found.append(
            cat.say(
                Iri(f"{of}/distributions/{codes.slug(PurePosixPath(file.path).name if file.format in several else file.format)}"),
                [DCAT.Distribution],
                {
                    **common,
                    DCT.title: cat.title(title),
                    DCT.description: cat.description(contents, purpose),
                    DCAT.downloadURL: cat.file(file.path, release),
                    DCT["format"]: cat.eu("file-type", code, DCT.MediaTypeOrExtent) if code else None,
                    DCAT.mediaType: cat.say(Iri(IANA + kind), [DCT.MediaType]),
                    DCAT.byteSize: Said(str(file.bytes), "", XSD.nonNegativeInteger),
                    DCATAP.availability: cat.availability(),
                },
            )
        )
    return found


def web_address(url: str) -> Iri | None:
    """A web address fit for RDF, or None for anything else (a file name, another scheme). Odd characters are percent-encoded."""
    return Iri(quote(url, safe="%/:=&?~#+!$,;'@()*[]")) if re.match(r"https?://", url) else None
