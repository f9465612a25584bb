"""Quality in the RDF: measurements in the numeric form of DQV-AP-NO, and sentences under the dimensions that data.norge.no reads.

The national portal reads the text of an annotation by its dimension: version 2 of its reader knows those of ISO 25012, version 3 those of
the national vocabulary. An annotation names both, so both find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from catalog.ethics.record import EthicsRecord
from catalog.metadata.dcat_terms import DCT, DQV, OA, RDF, RDFS, XSD, Catalogue, texts
from catalog.metadata.quality import Dimension, Figure
from catalog.metadata.statements import Iri, Said
from catalog.model import LANGUAGES, Text

NATIONAL = "https://data.norge.no/vocabulary/quality-dimension#"
METRICS = "https://data.norge.no/vocabulary/quality-metric#"
ISO = "http://iso.org/25012/2008/dataquality/"
ISO_DIMENSIONS: dict[Dimension, str] = {"accuracy": "Accuracy", "completeness": "Completeness", "currentness": "Currentness"}
"""Those of the five dimensions of ISO 25012 that the portal knows by address and that we measure. It knows none for consistency."""
EU_LANGUAGES = {"nb": "NOB", "nn": "NNO", "en": "ENG"}
NAMES: dict[Dimension, Text] = {
    "accuracy": Text(nb="nøyaktighet", nn="nøyaktigheit", en="accuracy"),
    "completeness": Text(nb="fullstendighet", nn="fullstendigheit", en="completeness"),
    "consistency": Text(nb="konsistens", nn="konsistens", en="consistency"),
    "currentness": Text(nb="aktualitet", nn="aktualitet", en="currentness"),
}


def measurements(cat: Catalogue, of: Iri, figures: Sequence[Figure], record: EthicsRecord | None) -> list[Iri]:
    """What was measured, one thing per measurement: first the quality, then what the ethics record measured on the published bytes."""
    found = [_measurement(cat, of, number, figure) for number, figure in enumerate(figures, start=1)]
    for number, measured in enumerate(record.measurements if record else (), start=1):
        metric = cat.say(cat.iri(f"ns/ethics#{measured.metric}"), [DQV.Metric], {DQV.expectedDataType: XSD.decimal})
        found.append(
            cat.say(
                Iri(f"{of}/measurements/{number}"),
                [DQV.QualityMeasurement],
                {
                    DQV.isMeasurementOf: metric,
                    DQV.computedOn: of,
                    DQV.value: Said(format(measured.value, "f"), "", XSD.decimal),
                    RDFS.comment: texts(measured.parameter) if measured.parameter else None,
                },
            )
        )
    return found


def _measurement(cat: Catalogue, of: Iri, number: int, figure: Figure) -> Iri:
    metric = Iri(METRICS + figure.metric) if figure.metric.startswith("qm-") else cat.iri(f"ns/quality#{figure.metric}")
    datatype = {"%": XSD.double, "1": XSD.double, "d": XSD.duration}[figure.unit]
    cat.say(metric, [DQV.Metric], {DQV.expectedDataType: datatype, DQV.inDimension: _dimension(cat, figure.dimension)})
    value = f"P{figure.value:f}D" if figure.unit == "d" else _double(figure.value)
    return cat.say(
        Iri(f"{of}/quality/{number}"),
        [DQV.QualityMeasurement],
        {DQV.isMeasurementOf: metric, DQV.computedOn: of, DQV.value: Said(value, "", datatype), RDFS.comment: texts(figure.words)},
    )


def _double(value: Decimal) -> str:
    """The canonical form of an xsd:double, which parsers do not rewrite: one digit before the point, an exponent after."""
    if value == 0:
        return "0.0E0"
    mantissa, exponent = f"{value.normalize():E}".split("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def sentences(cat: Catalogue, of: Iri, figures: Sequence[Figure]) -> list[Iri]:
    """One annotation for each dimension, with all its sentences, in each language as a body of its own."""
    found: list[Iri] = []
    dimensions: list[Dimension] = list(dict.fromkeys(figure.dimension for figure in figures))
    for dimension in dimensions:
        said = [figure.words for figure in figures if figure.dimension == dimension]
        iri = Iri(f"{of}/quality/{dimension}")
        bodies = [
            cat.say(
                Iri(f"{iri}/{language}"),
                [OA.TextualBody],
                {
                    RDF.value: Said(" ".join(text.get(language) for text in said)),
                    DCT.language: cat.eu("language", EU_LANGUAGES[language], DCT.LinguisticSystem),
                    DCT["format"]: cat.eu("file-type", "TXT", DCT.MediaTypeOrExtent),
                },
            )
            for language in LANGUAGES
        ]
        known_as = [_dimension(cat, dimension)]
        if dimension in ISO_DIMENSIONS:
            known_as.append(cat.say(Iri(ISO + ISO_DIMENSIONS[dimension]), [DQV.Dimension]))
        motive = cat.say(DQV.qualityAssessment, [OA.Motivation])
        found.append(
            cat.say(
                iri,
                [DQV.QualityAnnotation],
                {DQV.inDimension: known_as, OA.hasTarget: of, OA.hasBody: bodies, OA.motivatedBy: motive},
            )
        )
    return found


def _dimension(cat: Catalogue, dimension: Dimension) -> Iri:
    iri = cat.concept(NATIONAL + dimension, NAMES[dimension], NATIONAL.rstrip("#"))
    return cat.say(iri, [DQV.Dimension])
