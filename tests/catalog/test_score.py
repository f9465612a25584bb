"""The quality scores are those of the portals: full where a point can be had, and every point that cannot be had is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph, Namespace, URIRef

from catalog import codes
from catalog.metadata.dcat import describe
from catalog.metadata.dcat_terms import DCAT, DCT
from catalog.metadata.score import ONLY_NORWEGIAN, OPEN_FORMATS, POINTS, UNREACHABLE, Scores, score
from catalog.metadata.statements import Iri, Statements
from catalog.publication import Publication
from tests.catalog.test_rdf import BASE, RELEASE, files_of, records_of

AIR, TRIPS = f"{BASE}datasets/air_quality", f"{BASE}datasets/bike_trips"


def said_of(publication: Publication) -> Statements:
    return describe(publication, RELEASE, files_of(publication), records_of(publication))


def scored(said: Statements, **more: object) -> Scores:
    return score(said, RELEASE, answers=lambda address: address.startswith(BASE), **more)  # type: ignore[arg-type]


def of(scores: Scores, dataset: str, scheme: str) -> tuple[int, int, int]:
    one = next(it for it in scores.of if it.dataset == dataset and it.scheme == scheme)
    return one.points, one.reachable, one.maximum


def test_every_public_dataset_has_all_points_that_can_be_had(publication: Publication) -> None:
    scores = scored(said_of(publication))
    public = {it.dataset for it in scores.of} - {TRIPS}
    assert len(public) == 7, "two datasets, two indicators, one table, the observations and their release"
    for dataset in public:
        assert of(scores, dataset, "eu") == (405, 405, 405), dataset
        assert of(scores, dataset, "no") == (335, 335, 435), dataset


def test_a_dataset_that_is_not_public_loses_what_only_files_can_have(publication: Publication) -> None:
    scores = scored(said_of(publication))
    points, reachable, _ = of(scores, TRIPS, "eu")
    assert points == reachable < 200
    assert {lost.why.en for it in scores.of if it.dataset == TRIPS and it.scheme == "eu" for lost in it.lost} == {
        "The dataset is not public and therefore has no files."
    }


@pytest.mark.parametrize(
    ("thing", "says", "metric"),
    [
        (AIR, DCAT.keyword, "keywordAvailability"),
        (AIR, DCAT.theme, "categoryAvailability"),
        (AIR, DCT.spatial, "spatialAvailability"),
        (AIR, DCT.temporal, "temporalAvailability"),
        (AIR, DCAT.contactPoint, "contactPointAvailability"),
        (AIR, DCT.publisher, "publisherAvailability"),
        ("files", DCAT.downloadURL, "downloadUrlAvailability"),
        ("files", DCT["format"], "formatAvailability"),
        ("files", DCAT.mediaType, "mediaTypeAvailability"),
        ("files", DCT.license, "licenceAvailability"),
        ("files", DCT.rights, "rightsAvailability"),
        ("files", DCAT.byteSize, "byteSizeAvailability"),
    ],
)
def test_what_the_catalogue_does_not_say_costs_its_points(publication: Publication, thing: str, says: str, metric: str) -> None:
    said = said_of(publication)
    for subject in said.about if thing == "files" else (thing,):
        if thing != "files" or f"{AIR}/distributions/" in subject:
            said.about[subject].pop(says, None)
    lost = [it for one in scored(said).of if one.dataset == AIR and one.scheme == "eu" for it in one.lost]
    assert (metric, True) in {(it.metric, it.is_reachable) for it in lost}
    assert of(scored(said), AIR, "eu")[0] == 405 - sum(it.points for it in lost)


def test_an_address_that_nobody_answers_and_a_fault_of_the_shapes_cost_theirs(publication: Publication) -> None:
    silent = score(said_of(publication), RELEASE, answers=lambda _: False)
    assert of(silent, AIR, "eu")[0] == 405 - 80
    broken = scored(said_of(publication), faults=[f"{AIR}/period: ends before it begins"])
    assert of(broken, AIR, "eu")[0] == 405 - 30
    assert of(broken, f"{BASE}datasets/electricity", "eu")[0] == 405, "its own faults alone"
    assert "MISSED" in broken.as_text() and not broken.is_full


def test_a_licence_or_format_of_no_list_does_not_count(publication: Publication) -> None:
    said = said_of(publication)
    for subject, about in said.about.items():
        if f"{AIR}/distributions/" in subject:
            about[DCT.license] = Iri("https://example.org/licence")
            about[DCT["format"]] = Iri(f"{codes.EU}file-type/XLSX")
    lost = {it.metric for one in scored(said).of if one.dataset == AIR and one.scheme == "eu" for it in one.lost}
    assert lost == {"knownLicence", "formatMediaTypeNonProprietary", "formatMediaTypeMachineInterpretable"}


# --- the portals' own lists ---


def test_the_points_are_those_of_the_portals(shared: Path) -> None:
    ours = {metric: points for metrics in POINTS.values() for metric, points in metrics.items()}
    mqa = Namespace("https://data.norge.no/vocabulary/dcatno-mqa#")
    stored = Graph().parse(shared / "standards" / "mqa" / "dcatno-mqa-vocabulary-default-score-values.ttl")
    assert ours == {str(m).removeprefix(str(mqa)): int(points) for m, points in stored.subject_objects(mqa.trueScore)}
    assert sum(ours.values()) == 435
    assert sum(points for metric, points in ours.items() if metric not in ONLY_NORWEGIAN) == 405
    dimensions = Graph().parse(shared / "standards" / "mqa" / "dcatno-mqa-vocabulary.ttl")
    within = URIRef("http://www.w3.org/ns/dqv#inDimension")
    for dimension, metrics in POINTS.items():
        assert {dimensions.value(mqa[metric], within) for metric in metrics} == {mqa[dimension]}
    assert set(UNREACHABLE["no"]) <= set(ours)


def test_open_formats_and_licences_are_in_the_portals_lists(shared: Path) -> None:
    mqa = shared / "standards" / "mqa"
    for name in ("edp-machine-readable-format.rdf", "edp-non-proprietary-format.rdf"):
        text = (mqa / name).read_text("utf-8")
        for code in OPEN_FORMATS - {"RDF_XML"}:
            assert f'"{codes.EU}file-type/{code}"' in text, (name, code)
    national = (shared / "standards" / "digdir" / "eu-licences.ttl").read_text("utf-8")
    for licence in codes.LICENCES:
        assert f"licence/{licence}" in national, licence
