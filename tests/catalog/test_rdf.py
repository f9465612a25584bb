"""The catalogue in RDF holds what harvesters need, and every portal's shapes accept it."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, RDFS, SKOS

from catalog import codes
from catalog.described import MEDIA_TYPES, Distribution
from catalog.errors import GateError, MetadataError
from catalog.ethics.measuring import Measurement
from catalog.ethics.record import EthicsRecord
from catalog.metadata import rdf
from catalog.metadata.dcat import describe
from catalog.metadata.dcat_terms import IANA, ORGANISATIONS, SYNTHETIC
from catalog.model import Text
from catalog.publication import Publication, Vintage

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

RELEASE = "2026-11-23.1"
BASE = "https://data.example.org/"
SH = Namespace("http://www.w3.org/ns/shacl#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DQV = Namespace("http://www.w3.org/ns/dqv#")
OA = Namespace("http://www.w3.org/ns/oa#")
ODRS = Namespace("http://schema.theodi.org/odrs#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
NORWAY = URIRef(codes.EU + "country/NOR")
SYNTAXES = {"catalog.ttl": "turtle", "catalog.jsonld": "json-ld", "catalog.rdf": "xml"}

Files = dict[str, list[Distribution]]
Records = dict[str, EthicsRecord]


def file(path: str, form: str, rows: int | None) -> Distribution:
    return Distribution(path, MEDIA_TYPES[form], form, 1234, "a" * 64, rows)


def files_of(publication: Publication) -> Files:
    """What a release holds: data where the decision is positive, the ethics record always."""
    found: Files = {}
    for state in publication.datasets:
        id = state.dataset.id
        found[f"data/{id}"] = [file(f"data/{id}/ethics.json", "ethics", None)]
        if state.dataset.ethics and state.dataset.ethics.is_publishable:
            found[f"data/{id}"] += [
                file(f"data/{id}/{id}.parquet", "parquet", 96),
                file(f"data/{id}/{id}.csv", "csv", 96),
                file(f"data/{id}/{id}-excel.csv", "csv_excel", 96),
                file(f"data/{id}/{id}.xlsx", "xlsx", 96),
                file(f"data/{id}/README.nb.txt", "readme_nb", None),
                file(f"data/{id}/datapackage.json", "datapackage", None),
            ]
    for indicator in publication.indicators:
        folder = f"indicators/{indicator.id}"
        found[folder] = [file(f"{folder}/{indicator.id}.{end}", form, 3) for end, form in (("parquet", "parquet"), ("json", "json_stat"))]
    for key in (f"tables/{table.id}" for table in publication.tables):
        name = key.partition("/")[2]
        found[key] = [file(f"{key}/{name}.parquet", "parquet", 3), file(f"{key}/{name}.csv", "csv", 3)]
    if publication.indicators:
        found["indicators"] = [file(f"indicators/observations.{form}", form, 7) for form in ("parquet", "csv")]
        found["indicators"].append(file("indicators/revisions.parquet", "parquet", 1))
    return found


def records_of(publication: Publication) -> Records:
    """The decision as declared, with one measurement."""
    catalog = publication.catalog
    return {
        state.dataset.id: EthicsRecord(
            dataset=state.dataset.id,
            release=RELEASE,
            declared=state.dataset.ethics,
            synthetic=publication.synthetic,
            measurements=(Measurement("piiFindings", Decimal(0), None, "a" * 64),),
            checks=(),
            is_published=bool(state.dataset.ethics and state.dataset.ethics.is_publishable),
            reasons=(),
            measured_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
            title=state.dataset.title,
            base_uri=catalog.base_uri,
            responsible=catalog.publisher,
            contact=f"mailto:{catalog.contact.email}",
        )
        for state in publication.datasets
    }


def graph_of(publication: Publication) -> Graph:
    return rdf.as_graph(describe(publication, RELEASE, files_of(publication), records_of(publication)))


@pytest.fixture
def graph(publication: Publication) -> Graph:
    return graph_of(publication)


@pytest.fixture
def hvd_publication(build_publication: Callable[..., Publication], make_dataset: dict[str, Callable], tmp_path: Path) -> Publication:
    """Nothing but one high-value dataset, because the HVD shapes take everything in a catalogue for high-value data."""
    air = make_dataset["air_quality"](hvd=["c_dd313021"], los=["ord/luftkvalitet"])
    publication = build_publication(tmp_path / "hvd", datasets={"air_quality": air})
    return replace(publication, datasets=publication.datasets[:1], indicators=(), tables=())


# --- what is in it ---


def test_the_subjects_are_exactly_the_expected_ones(graph: Graph) -> None:
    datasets = {
        f"{BASE}datasets/{id}{part}"
        for id in ("air_quality", "bike_trips", "electricity")
        for part in ("", "/activity", "/ethics", "/measurements/1", "/period", "/provenance", "/rights")
    }
    files = {
        f"{BASE}datasets/{id}/{part}"
        for id in ("air_quality", "electricity")
        for part in ("schema", *(f"distributions/{form}" for form in ("csv", "csv-excel", "parquet", "xlsx")))
    }
    indicators = {
        f"{BASE}indicators/{id}{part}"
        for id in ("sdg_11_6_2_no2", "sdg_9_4_electricity")
        for part in ("", "/activity", "/period", "/rights", "/distributions/parquet", "/distributions/json-stat")
    }
    quality = {
        f"{BASE}datasets/{id}/quality/{part}"
        for id in ("air_quality", "electricity")
        for part in (
            *range(1, 5),
            *(f"{kind}{lang}" for kind in ("completeness", "consistency", "accuracy", "currentness") for lang in ("", "/nb", "/nn", "/en")),
        )
    } | {f"{BASE}ns/quality#{metric}" for metric in ("checksPassed", "rowsSetAside")}
    tables = {
        f"{BASE}tables/{id}{part}"
        for id in ("station_year", "observations")
        for part in ("", "/activity", "/period", "/rights", "/distributions/parquet", "/distributions/csv")
    }
    vintages = {
        f"{BASE}series/observations{part}"
        for part in ("", "/period", f"/{RELEASE}", *(f"/{RELEASE}/distributions/{form}" for form in ("parquet", "csv")))
    }
    pages = {f"{BASE}current/site/nb/datasets/{id}.html" for id in ("air_quality", "bike_trips", "electricity")}
    pages |= {f"{page}#ethics" for page in pages} | {f"{BASE}current/site/nb/{name}.html" for name in ("about", "method", "tables")}
    pages |= {f"{BASE}current/site/nb/indicators/{id}.html" for id in ("sdg_11_6_2_no2", "sdg_9_4_electricity")}
    notes = {f"{BASE}releases/{RELEASE}/data/{id}/README.nb.txt" for id in ("air_quality", "electricity")}
    own = {BASE, *(BASE + name for name in ("catalog", "contact", "services/database", "ns/ethics#piiFindings"))}
    own |= {f"{BASE}software/0.1.0"}
    own |= {f"{BASE}releases/{RELEASE}/indicators/revisions.parquet"}
    own |= {f"{BASE}agents/{name}" for name in ("nilu-en", "elhub-en", "city-bike-en")} | {f"{BASE}snapshots/{'a' * 64}"}
    subjects = {str(subject) for subject in graph.subjects()}
    assert {subject for subject in subjects if subject.startswith(BASE)} == (
        datasets | files | quality | indicators | tables | vintages | pages | notes | own
    )
    foreign = {subject for subject in subjects if not subject.startswith(BASE)}
    assert foreign == {
        f"{ORGANISATIONS}958935420",
        "https://lovdata.no/eli/lov/2003/05/09/31",
        *(
            f"https://data.norge.no/vocabulary/quality-dimension{it}"
            for it in ("", "#accuracy", "#completeness", "#consistency", "#currentness")
        ),
        *(f"https://data.norge.no/vocabulary/quality-metric#qm-{it}" for it in ("completeness-1003", "currentness-1001")),
        *(f"http://iso.org/25012/2008/dataquality/{it}" for it in ("Accuracy", "Completeness", "Currentness")),
        "http://www.w3.org/ns/dqv#qualityAssessment",
        "http://metadata.un.org/sdg",
        "http://metadata.un.org/sdg/9.4",
        "http://metadata.un.org/sdg/11.6",
        "http://purl.org/adms/publishertype/1.0",
        "http://purl.org/adms/publishertype/LocalAuthority",
        "https://psi.norge.no/los/struktur",
        *(codes.EU + table for table in ("access-right", "country", "data-theme", "dataset-type", "file-type", "frequency", "language")),
        *(codes.EU + table for table in ("licence", "planned-availability", "resource-type")),
        *(
            codes.EU + code
            for code in ("access-right/PUBLIC", "access-right/NON_PUBLIC", "country/NOR", "dataset-type/SYNTHETIC_DATA", "frequency/NEVER")
        ),
        *(f"{codes.EU}data-theme/{code}" for code in ("ENVI", "TRAN", "ENER", "REGI", "SOCI")),
        *(f"{codes.EU}file-type/{code}" for code in ("CSV", "XLSX", "JSON", "TXT")),
        *(f"{codes.EU}frequency/{code}" for code in ("DAILY", "ANNUAL")),
        *(f"{codes.EU}language/{code}" for code in ("NOB", "NNO", "ENG")),
        *(codes.EU + code for code in ("licence/NLOD_2_0", "licence/CC_BY_4_0", "planned-availability/STABLE", "resource-type/ACT")),
        *(IANA + MEDIA_TYPES[form] for form in ("parquet", "csv", "xlsx", "json_stat")),
        *(codes.kartverket_units()[code] for code in ("0301", "4601", "5001", "1103")),
    }


def test_nothing_is_a_blank_node(graph: Graph) -> None:
    assert all(isinstance(node, URIRef) for subject, _, node in graph for node in (subject, node) if not isinstance(node, Literal))


def test_a_withheld_dataset_is_described_without_its_files(graph: Graph) -> None:
    trips = URIRef(f"{BASE}datasets/bike_trips")
    assert graph.value(trips, DCTERMS.accessRights) == URIRef(f"{codes.EU}access-right/NON_PUBLIC")
    assert list(graph.objects(trips, DCAT.distribution)) == []
    assert URIRef(f"{BASE}current/site/nb/datasets/bike_trips.html#ethics") in set(graph.objects(trips, FOAF.page))
    assert trips not in set(graph.objects(URIRef(f"{BASE}services/database"), DCAT.servesDataset))


def test_a_dataset_that_nobody_has_decided_on_is_restricted(publication: Publication) -> None:
    records = records_of(publication)
    records["electricity"] = replace(records["electricity"], declared=None, is_published=False)
    graph = rdf.as_graph(describe(publication, RELEASE, files_of(publication), records))
    electricity = URIRef(f"{BASE}datasets/electricity")
    assert graph.value(electricity, DCTERMS.accessRights) == URIRef(f"{codes.EU}access-right/RESTRICTED")
    assert list(graph.objects(electricity, DCAT.distribution)) == []


def test_an_indicator_names_the_datasets_its_query_reads_also_through_a_table(graph: Graph) -> None:
    no2 = URIRef(f"{BASE}indicators/sdg_11_6_2_no2")
    air = URIRef(f"{BASE}datasets/air_quality")
    assert set(graph.objects(no2, DCTERMS.source)) == {air} == set(graph.objects(no2, PROV.wasDerivedFrom))
    assert set(graph.objects(graph.value(no2, PROV.wasGeneratedBy), PROV.used)) == {air}
    credit = {text.language: str(text) for text in graph.objects(URIRef(f"{no2}/rights"), ODRS.attributionText)}
    assert credit["nb"] == "Eksempel kommune, basert på: Contains data from NILU (nb)"


def test_dates_and_periods_come_from_the_data(graph: Graph) -> None:
    air, trips = URIRef(f"{BASE}datasets/air_quality"), URIRef(f"{BASE}datasets/bike_trips")
    assert graph.value(air, DCTERMS.modified) == Literal("2026-11-20", datatype=XSD.date), "when the newest answer was taken"
    assert graph.value(URIRef(f"{air}/period"), DCAT.startDate).toPython() == date(2024, 1, 1)
    assert graph.value(URIRef(f"{air}/period"), DCAT.endDate).toPython() == date(2024, 2, 29)
    assert graph.value(URIRef(f"{trips}/period"), DCAT.endDate).toPython() == date(2024, 1, 31)
    assert graph.value(URIRef(f"{BASE}indicators/sdg_11_6_2_no2/period"), DCAT.startDate).toPython() == date(2023, 1, 1)


def test_a_file_has_its_size_type_licence_and_address(graph: Graph) -> None:
    csv = URIRef(f"{BASE}datasets/air_quality/distributions/csv-excel")
    assert graph.value(csv, DCAT.byteSize) == Literal("1234", datatype=XSD.nonNegativeInteger)
    assert graph.value(csv, DCAT.mediaType) == URIRef("https://www.iana.org/assignments/media-types/text/csv")
    assert graph.value(csv, DCTERMS["format"]) == URIRef(f"{codes.EU}file-type/CSV")
    assert graph.value(csv, DCTERMS.license) == URIRef(f"{codes.EU}licence/NLOD_2_0")
    assert graph.value(csv, DCAT.downloadURL) == URIRef(f"{BASE}releases/{RELEASE}/data/air_quality/air_quality-excel.csv")
    parquet = URIRef(f"{BASE}datasets/air_quality/distributions/parquet")
    assert graph.value(parquet, DCTERMS["format"]) is None, "the EU list has no code for Parquet"


def test_several_files_of_one_format_have_addresses_of_their_own(publication: Publication) -> None:
    files = files_of(publication)
    files["data/air_quality"] += [file("data/air_quality/2024.parquet", "parquet", 5)]
    graph = rdf.as_graph(describe(publication, RELEASE, files, records_of(publication)))
    found = {str(one).rsplit("/", 1)[-1] for one in graph.objects(URIRef(f"{BASE}datasets/air_quality"), DCAT.distribution)}
    assert found == {"air-quality-parquet", "2024-parquet", "csv", "csv-excel", "xlsx"}


def test_synthetic_data_say_so_in_every_language_and_real_data_do_not(publication: Publication) -> None:
    for is_synthetic in (True, False):
        graph = graph_of(replace(publication, synthetic=is_synthetic))
        things = [*graph.subjects(RDF.type, DCAT.Dataset), *graph.subjects(RDF.type, DCAT.Distribution), URIRef(f"{BASE}catalog")]
        for thing in things:
            titles = {text.language: str(text) for text in graph.objects(thing, DCTERMS.title)}
            described = {text.language: str(text) for text in graph.objects(thing, DCTERMS.description)}
            for texts in (titles, described):
                marked = {lang: SYNTHETIC.get(lang) in text.casefold() for lang, text in texts.items()}
                assert marked == dict.fromkeys(("nb", "nn", "en"), is_synthetic), f"{thing}: {texts}"


def test_high_value_and_laws_stand_only_where_they_are_declared(graph: Graph, hvd_publication: Publication) -> None:
    assert not list(graph.subject_objects(DCATAP.hvdCategory))
    marked = graph_of(hvd_publication)
    air = URIRef(f"{BASE}datasets/air_quality")
    assert set(marked.objects(air, DCATAP.hvdCategory)) == {URIRef("http://data.europa.eu/bna/c_dd313021")}
    assert URIRef(codes.HVD_REGULATION) in set(marked.objects(air, DCATAP.applicableLegislation))
    assert (URIRef(f"{BASE}services/database"), DCATAP.applicableLegislation, URIRef(codes.HVD_REGULATION)) in marked


def test_a_theme_that_the_eu_list_lacks_is_refused_with_its_place(publication: Publication) -> None:
    state = publication.datasets[0]
    wrong = replace(state, dataset=state.dataset.model_copy(update={"themes": ("AIRR",)}))
    with pytest.raises(MetadataError, match=r"AIRR.*air_quality: themes"):
        graph_of(replace(publication, datasets=(wrong,)))


def test_hostile_texts_and_addresses_stay_what_they_are(publication: Publication, tmp_path: Path) -> None:
    words = 'quote " backslash \\ <script> & newline \n tab \t null-like \u0007 ]]> 🚲'
    state = publication.datasets[0]
    dataset = state.dataset.model_copy(update={"title": Text.model_construct(nb=words, nn=words, en=words)})
    snapshot = replace(state.snapshots[0], source_url='https://example.org/a b?x=<æ>&y="1"\n')
    odd = replace(publication, datasets=(replace(state, dataset=dataset, snapshots=(snapshot,)),), synthetic=False)
    safe = replace(odd, datasets=(replace(odd.datasets[0], dataset=dataset.model_copy(update={"title": Text(nb="x", nn="x", en="x")})),))
    rdf.write_catalog(odd, RELEASE, files_of(odd), records_of(odd), tmp_path / "odd")
    rdf.write_catalog(safe, RELEASE, files_of(safe), records_of(safe), tmp_path / "safe")
    for name in ("catalog.ttl", "catalog.jsonld"):
        read = Graph().parse(tmp_path / "odd" / name, format=SYNTAXES[name])
        assert {str(text) for text in read.objects(URIRef(f"{BASE}datasets/air_quality"), DCTERMS.title)} == {words}
        assert len(read) == len(Graph().parse(tmp_path / "safe" / name, format=SYNTAXES[name]))
        source = read.value(URIRef(f"{BASE}snapshots/{'a' * 64}"), DCTERMS.source)
        assert str(source) == "https://example.org/a%20b?x=%3C%C3%A6%3E&y=%221%22%0A"


# --- the files ---


def test_three_syntaxes_and_two_parsers_give_one_graph(publication: Publication, graph: Graph, tmp_path: Path) -> None:
    written = rdf.write_catalog(publication, RELEASE, files_of(publication), records_of(publication), tmp_path)
    assert [path.name for path in written] == list(SYNTAXES)
    formats = {
        "catalog.ttl": pyoxigraph.RdfFormat.TURTLE,
        "catalog.jsonld": pyoxigraph.RdfFormat.JSON_LD,
        "catalog.rdf": pyoxigraph.RdfFormat.RDF_XML,
    }
    expected = {as_tuple(triple) for triple in graph}
    for path in written:
        assert {as_tuple(triple) for triple in Graph().parse(path, format=SYNTAXES[path.name])} == expected, path.name
        assert {as_statement(quad) for quad in pyoxigraph.parse(path=str(path), format=formats[path.name])} == expected, path.name


Told = tuple[str, str, str, str, str]


def as_statement(quad: pyoxigraph.Quad) -> Told:
    value = quad.object
    if isinstance(value, pyoxigraph.Literal):
        text = str(float(value.value)) if value.datatype.value == str(XSD.double) else value.value
        return quad.subject.value, quad.predicate.value, text, value.language or "", value.datatype.value
    return quad.subject.value, quad.predicate.value, value.value, "", ""


def as_tuple(triple: tuple[object, object, object]) -> Told:
    """A statement as Oxigraph says it, which gives every literal a datatype."""
    subject, predicate, value = triple
    if not isinstance(value, Literal):
        return str(subject), str(predicate), str(value), "", ""
    implied = str(RDF.langString) if value.language else str(XSD.string)
    text = str(float(value)) if value.datatype == XSD.double else str(value)  # each parser writes a double its own way
    return str(subject), str(predicate), text, value.language or "", str(value.datatype or implied)


def test_equal_publications_give_equal_bytes_in_every_process(publication: Publication, tmp_path: Path) -> None:
    given = tmp_path / "given.pickle"
    given.write_bytes(pickle.dumps((publication, files_of(publication), records_of(publication))))
    program = (
        "import pickle, sys, pathlib; from catalog.metadata import rdf;"
        "publication, files, records = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes());"
        f"rdf.write_catalog(publication, {RELEASE!r}, files, records, pathlib.Path(sys.argv[2]))"
    )
    root = Path(rdf.__file__).parents[1]
    for seed in ("1", "2"):
        command = [sys.executable, "-c", program, str(given), str(tmp_path / seed)]
        subprocess.run(command, check=True, cwd=root, env={"PYTHONHASHSEED": seed, "PATH": ""})
    for name in SYNTAXES:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


# --- series and quality ---


def test_observations_are_a_series_with_a_member_for_every_release_that_is_there(publication: Publication) -> None:
    told = file("indicators/observations.parquet", "parquet", 5)
    older = Vintage("2026-11-20.1", date(2026, 11, 20), (replace(told, bytes=99),), "Feil enhet")
    graph = graph_of(replace(publication, vintages=(older,)))
    series = URIRef(f"{BASE}series/observations")
    first, last = URIRef(f"{series}/2026-11-20.1"), URIRef(f"{series}/{RELEASE}")
    assert graph.value(series, DCAT["first"]) == first and graph.value(series, DCAT["last"]) == last
    assert set(graph.subjects(DCAT.inSeries, series)) == {first, last}
    assert graph.value(last, DCAT.prev) == first and graph.value(last, DCAT.previousVersion) == first
    data = graph.value(first, DCAT.distribution)
    assert graph.value(data, DCAT.downloadURL) == URIRef(f"{BASE}releases/2026-11-20.1/indicators/observations.parquet")
    assert graph.value(data, DCAT.byteSize) == Literal("99", datatype=XSD.nonNegativeInteger)
    notes = {text.language: str(text) for text in graph.objects(first, URIRef("http://www.w3.org/ns/adms#versionNotes"))}
    assert notes == {"nb": "Trukket tilbake: Feil enhet", "nn": "Trekt tilbake: Feil enhet", "en": "Withdrawn: Feil enhet"}
    assert rdf.violations(graph) == []


def test_what_tells_how_observations_changed_is_found_from_them(graph: Graph) -> None:
    revisions = URIRef(f"{BASE}releases/{RELEASE}/indicators/revisions.parquet")
    assert set(graph.objects(URIRef(f"{BASE}tables/observations"), DCTERMS.relation)) == {revisions}
    assert {text.language for text in graph.objects(revisions, DCTERMS.title)} == {"nb", "nn", "en"}


def test_quality_is_told_in_numbers_and_in_sentences_that_the_national_portal_finds(graph: Graph) -> None:
    bodies = {}
    for annotation in graph.objects(AIR, DQV.hasQualityAnnotation):
        if (annotation, DQV.inDimension, URIRef("http://iso.org/25012/2008/dataquality/Completeness")) in graph:
            assert (annotation, DQV.inDimension, URIRef("https://data.norge.no/vocabulary/quality-dimension#completeness")) in graph
            for body in graph.objects(annotation, OA.hasBody):
                bodies[str(graph.value(body, DCTERMS.language)).rsplit("/", 1)[-1]] = str(graph.value(body, RDF.value))
    assert bodies["NOB"].startswith("2 av 2 måneder fra januar 2024 til februar 2024 er med.")
    assert bodies["NNO"].startswith("2 av 2 månader frå januar 2024 til februar 2024 er med.")
    assert bodies["ENG"].startswith("2 of 2 months from January 2024 to February 2024 are included.")
    measured = {
        str(graph.value(one, DQV.isMeasurementOf)).rsplit("#", 1)[-1]: graph.value(one, DQV.value)
        for one in graph.objects(AIR, DQV.hasQualityMeasurement)
    }
    assert measured["qm-completeness-1003"] == Literal("0.0E0", datatype=XSD.double)
    assert measured["qm-currentness-1001"] == Literal("P995D", datatype=XSD.duration), "from 29 February 2024 to 20 November 2026"
    assert measured["checksPassed"].toPython() == 100 or measured["checksPassed"].toPython() < 100


def test_a_part_that_conformed_and_has_not_changed_is_not_checked_again(publication: Publication, tmp_path: Path) -> None:
    rdf.write_catalog(publication, RELEASE, files_of(publication), records_of(publication), tmp_path)
    known = rdf.fingerprints(tmp_path, RELEASE)
    turtle = (tmp_path / "catalog.ttl").read_text("utf-8")
    (tmp_path / "catalog.ttl").write_text(re.sub(r'  dcat:keyword "[^;]*;\n', "", turtle))
    assert len(rdf.conforms(tmp_path)) > 3, "all keywords are gone"
    assert rdf.conforms(tmp_path, known=known) == rdf.conforms(tmp_path), "every part has changed"
    assert rdf.conforms(tmp_path, known=rdf.fingerprints(tmp_path, RELEASE) | {"shapes": "others"}) != [], "other shapes"
    told = rdf.conforms(tmp_path, known=rdf.fingerprints(tmp_path, RELEASE))
    assert all("/datasets/" not in it and "/indicators/" not in it for it in told), "known as they are"
    for changed in (f"{BASE}datasets/air_quality", f"{BASE}indicators/sdg_9_4_electricity"):
        part = changed.removeprefix(BASE.rstrip("/"))
        told = rdf.conforms(tmp_path, known={k: v for k, v in rdf.fingerprints(tmp_path, RELEASE).items() if k != part})
        assert {it.partition(": ")[0] for it in told if "/datasets/" in it or "/indicators/" in it} == {changed}
    (tmp_path / "catalog.ttl").write_text(turtle)
    assert rdf.conforms(tmp_path, known={k: v for k, v in known.items() if "air" not in k}) == []
    assert rdf.conforms(tmp_path, known=known) == []


# --- our own shapes ---


def test_our_shapes_accept_the_catalogue(publication: Publication, hvd_publication: Publication, tmp_path: Path) -> None:
    for number, one in enumerate((publication, replace(publication, synthetic=False), hvd_publication)):
        rdf.write_catalog(one, RELEASE, files_of(one), records_of(one), tmp_path / str(number))
        assert rdf.conforms(tmp_path / str(number)) == []


def test_a_release_without_a_catalogue_is_told_and_not_passed(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="catalogue is missing"):
        rdf.conforms(tmp_path)


AIR, CSV = URIRef(f"{BASE}datasets/air_quality"), URIRef(f"{BASE}datasets/air_quality/distributions/csv")
TRIPS, CATALOG = URIRef(f"{BASE}datasets/bike_trips"), URIRef(f"{BASE}catalog")
PUBLISHER = URIRef(f"{ORGANISATIONS}958935420")


def only(graph: Graph, subject: URIRef, predicate: URIRef, value: object) -> None:
    graph.set((subject, predicate, value))


def without_language(graph: Graph, subject: URIRef, predicate: URIRef, language: str) -> None:
    for text in list(graph.objects(subject, predicate)):
        if text.language == language:
            graph.remove((subject, predicate, text))


BREAKS: dict[str, tuple[Callable[[Graph], object], str]] = {
    "no nynorsk title": (lambda g: without_language(g, AIR, DCTERMS.title, "nn"), "title is missing in nn"),
    "untagged title": (lambda g: g.add((AIR, DCTERMS.title, Literal("Air"))), "title must stand once"),
    "two English descriptions": (lambda g: g.add((AIR, DCTERMS.description, Literal("More", lang="en"))), "description must stand once"),
    "no English keywords": (lambda g: without_language(g, AIR, DCAT.keyword, "en"), "keywords are missing in en"),
    "no publisher": (lambda g: g.remove((AIR, DCTERMS.publisher, None)), "exactly one publisher"),
    "no contact": (lambda g: g.remove((AIR, DCAT.contactPoint, None)), "contact point is missing"),
    "only Los themes": (
        lambda g: only(g, AIR, DCAT.theme, URIRef("https://psi.norge.no/los/ord/luftkvalitet")),
        "no theme of the EU list",
    ),
    "foreign licence": (
        lambda g: only(g, CSV, DCTERMS.license, URIRef("https://example.org/by-nc")),
        "not an open one",
    ),
    "decimal size": (lambda g: only(g, CSV, DCAT.byteSize, Literal("1.5", datatype=XSD.decimal)), "whole number of bytes"),
    "no size": (lambda g: g.remove((CSV, DCAT.byteSize, None)), "size is missing"),
    "media type as text": (lambda g: only(g, CSV, DCAT.mediaType, Literal("text/csv")), "media type is missing or not IANA's"),
    "download outside a release": (lambda g: only(g, CSV, DCAT.downloadURL, URIRef(f"{BASE}latest.csv")), "not inside a release"),
    "no attribution": (lambda g: g.remove((CSV, DCTERMS.rights, None)), "attribution is missing"),
    "no date": (lambda g: g.remove((AIR, DCTERMS.modified, None)), "date of change is missing"),
    "files of withheld data": (lambda g: g.add((TRIPS, DCAT.distribution, CSV)), "not public must have no files"),
    "unknown access": (lambda g: only(g, AIR, DCTERMS.accessRights, URIRef(f"{codes.EU}access-right/SECRET")), "must be PUBLIC"),
    "period backwards": (
        lambda g: only(g, URIRef(f"{AIR}/period"), DCAT.startDate, Literal("2030-01-01", datatype=XSD.date)),
        "ends before it begins",
    ),
    "not in the catalogue": (lambda g: g.remove((CATALOG, DCAT.dataset, AIR)), "in no catalogue"),
    "no Norway": (lambda g: g.remove((CATALOG, DCTERMS.spatial, NORWAY)), "Norway must be among"),
    "bad organisation number": (lambda g: only(g, PUBLISHER, DCTERMS.identifier, Literal("12345")), "not nine digits"),
    "source not described": (lambda g: g.add((AIR, DCTERMS.source, URIRef(f"{BASE}datasets/other"))), "source dataset is not described"),
    "unnamed theme": (lambda g: g.remove((URIRef(f"{codes.EU}data-theme/ENVI"), SKOS.prefLabel, None)), "a term has no name"),
    "frequency of our own": (lambda g: only(g, AIR, DCTERMS.accrualPeriodicity, Literal("P1D")), "not of the EU list"),
    "no landing page": (lambda g: g.remove((AIR, DCAT.landingPage, None)), "landing page is missing"),
    "no activity": (lambda g: g.remove((AIR, PROV.wasGeneratedBy, None)), "how the dataset came about"),
    "two endpoints": (lambda g: g.add((URIRef(f"{BASE}services/database"), DCAT.endpointURL, URIRef(BASE))), "exactly one address"),
    "series with a file": (lambda g: g.add((URIRef(f"{BASE}series/observations"), DCAT.distribution, CSV)), "no files of its own"),
    "measured nothing": (lambda g: g.remove((URIRef(f"{AIR}/quality/1"), DQV.isMeasurementOf, None)), "what was measured"),
    "quality in one language": (lambda g: g.remove((URIRef(f"{AIR}/quality/accuracy"), OA.hasBody, None)), "must stand in nb, nn and en"),
    "no e-mail": (lambda g: g.remove((URIRef(f"{BASE}contact"), VCARD.hasEmail, None)), "e-mail address is missing"),
}


def test_each_broken_promise_is_named_in_plain_words(graph: Graph) -> None:
    for broken, (change, words) in BREAKS.items():
        changed = Graph()
        changed += graph
        change(changed)
        found = rdf.violations(changed)
        assert any(words in sentence for sentence in found), f"{broken}: {found}"


# --- the official shapes ---


def official(graph: Graph, shared: Path, *shapes: str) -> set[tuple[str, str]]:
    """Violations (not warnings) under official shapes, as (property, message)."""
    wanted = Graph()
    for shape in shapes:
        wanted.parse(shared / "standards" / shape, format="turtle")
    _, report, _ = pyshacl.validate(graph, shacl_graph=wanted, inference="none", do_owl_imports=False)
    return {
        (str(report.value(result, SH.resultPath)), str(report.value(result, SH.resultMessage)))
        for result in report.objects(None, SH.result)
        if report.value(result, SH.resultSeverity) == SH.Violation
    }


V3 = "dcat-ap/3.0.1/"
BYTE_SIZE = str(DCAT.byteSize)


@pytest.mark.parametrize(
    ("shapes", "allowed"),
    [
        ((f"{V3}shapes.ttl", f"{V3}shapes_recommended.ttl"), set()),
        ((f"{V3}range.ttl",), set()),
        ((f"{V3}mdr-vocabularies.shape.ttl",), set()),
        ((f"{V3}deprecateduris.ttl",), set()),
        (("dcat-ap-no/dcat-ap-no-3.0-draft.derived-shapes.ttl",), set()),
        (("dcat-ap-no/DCAT-AP-NO-shacl_shapes_2.00.ttl",), {BYTE_SIZE}),
        (("dcat-ap-no/fdk-mqa-dcat-validator.shacl-shapes-2.0.0.ttl",), {BYTE_SIZE}),
    ],
    ids=lambda value: value[0].rsplit("/", 1)[-1] if isinstance(value, tuple) else "",
)
def test_the_official_shapes_find_nothing_but_the_known_contradiction(
    shared: Path, hvd_publication: Publication, publication: Publication, shapes: tuple[str, ...], allowed: set[str]
) -> None:
    for one in (publication, hvd_publication):
        found = official(graph_of(one), shared, *shapes)
        assert {path for path, _ in found} <= allowed, found


def test_the_official_shapes_do_look_at_the_catalogue(shared: Path, graph: Graph) -> None:
    graph.remove((AIR, DCTERMS.title, None))
    graph.remove((CSV, DCAT.accessURL, None))
    assert {str(DCTERMS.title), str(DCAT.accessURL)} <= {path for path, _ in official(graph, shared, f"{V3}shapes.ttl")}


def test_high_value_data_hold_under_the_hvd_shapes(shared: Path, hvd_publication: Publication) -> None:
    graph = graph_of(hvd_publication)
    # The HVD shapes want rdfs:Resource said aloud, which everything is.
    for node in {node for triple in graph for node in triple if isinstance(node, URIRef)}:
        graph.add((node, RDF.type, RDFS.Resource))
    assert official(graph, shared, "dcat-ap-hvd/3.0.0/hvd-SHACL.ttl") == set()


def test_every_eu_code_is_in_the_stored_table(shared: Path, graph: Graph) -> None:
    tables = {
        table: {str(subject) for subject in Graph().parse(shared / "standards" / "eu-authority" / f"{name}.ttl").subjects()}
        for table, name in {
            "access-right": "access-right",
            "data-theme": "data-theme",
            "dataset-type": "dataset-type",
            "file-type": "file-type",
            "frequency": "frequency",
            "language": "language.nordic-subset",
            "licence": "licence",
            "planned-availability": "planned-availability",
        }.items()
    }
    used = {str(node) for triple in graph for node in triple if str(node).startswith(codes.EU)}
    offered = {f"{codes.EU}data-theme/{code}" for code in codes.THEMES} | {f"{codes.EU}licence/{code}" for code in codes.LICENCES}
    offered |= {f"{codes.EU}frequency/{code}" for code in (*codes.FREQUENCIES.values(), "OTHER")}
    offered |= {f"{codes.EU}file-type/{code}" for code, _, _ in codes.FORMATS.values() if code}
    for address in used | offered:
        table, _, code = address.removeprefix(codes.EU).partition("/")
        if code and table in tables:
            assert address in tables[table], address


def test_the_address_of_a_un_indicator_is_the_uns(shared: Path) -> None:
    text = (shared / "standards" / "un-sdg" / "sdg-kos-goals-targets-indicators.ttl").read_text("utf-8")
    addresses = {}
    for line in text.splitlines():
        if line.startswith("sdg:C") and "SDGCodeCompact" in line:
            for code in re.findall(r'"((?:9|11|17)\.[^"]+)"\^\^sdgo:SDGCodeCompact', line):
                addresses[code] = codes.UN_SDG + line.split()[0].removeprefix("sdg:")
    assert len(addresses) > 45
    assert {code: codes.un_iri(code) for code in addresses} == addresses
    assert codes.un_iri("11.6") == "http://metadata.un.org/sdg/11.6"


def test_every_kartverket_unit_of_the_table_is_in_kartverkets_list(shared: Path) -> None:
    text = (shared / "standards" / "geonorge" / "administrative-enheter.ttl").read_text("utf-8")
    units = codes.kartverket_units()
    assert len(units) > 300
    assert [code for code, address in units.items() if f"<{address}>" not in text] == []
    assert units["0301"] == "https://data.geonorge.no/administrativeEnheter/kommune/id/173018"
