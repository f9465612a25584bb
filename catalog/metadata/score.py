"""The two portals' metadata quality scores, computed from the catalogue as it is published: points for each dataset and each dimension.

The European scheme (data.europa.eu) has 405 points, the Norwegian (data.norge.no) 435. Both take the best of a dataset's files. Points
that cannot be had are named with the reason: nobody measures them, or two standards contradict each other. How each is measured follows
the portals' own components; docs/catalogue.md tells which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from catalog import codes
from catalog.metadata.dcat_terms import DCAT, DCT, IANA
from catalog.metadata.statements import TYPE, Iri, Statements
from catalog.model import Text

Dimension = Literal["findability", "accessibility", "interoperability", "reusability", "contextuality"]
Scheme = Literal["eu", "no"]

POINTS: dict[Dimension, dict[str, int]] = {
    "findability": {"keywordAvailability": 30, "categoryAvailability": 30, "spatialAvailability": 20, "temporalAvailability": 20},
    "accessibility": {"accessUrlStatusCode": 50, "downloadUrlAvailability": 20, "downloadUrlStatusCode": 30},
    "interoperability": {
        "formatAvailability": 20,
        "mediaTypeAvailability": 10,
        "formatMediaTypeVocabularyAlignment": 10,
        "formatMediaTypeNonProprietary": 20,
        "formatMediaTypeMachineInterpretable": 20,
        "dcatApCompliance": 30,
        "formatMatch": 15,
        "syntaxValid": 15,
    },
    "reusability": {
        "licenceAvailability": 20,
        "knownLicence": 10,
        "accessRightsAvailability": 10,
        "accessRightsVocabularyAlignment": 5,
        "contactPointAvailability": 20,
        "publisherAvailability": 10,
    },
    "contextuality": {"rightsAvailability": 5, "byteSizeAvailability": 5, "dateIssuedAvailability": 5, "dateModifiedAvailability": 5},
}
"""Metric → points, by dimension: the Norwegian scheme. The European one is the same without `ONLY_NORWEGIAN`."""
ONLY_NORWEGIAN = ("formatMatch", "syntaxValid")

_NOBODY = Text(
    nb="Portalen har ingen komponent som måler dette.",
    nn="Portalen har ingen komponent som måler dette.",
    en="The portal has no component that measures this.",
)
_ALWAYS_NO = Text(
    nb="Portalens komponent svarer alltid nei.",
    nn="Komponenten til portalen svarar alltid nei.",
    en="The portal's component always answers no.",
)
_CONTRADICTION = Text(
    nb="Portalen prøver mot versjon 2, som vil ha filstørrelsen som et annet slags tall enn DCAT-AP 3. Vi følger DCAT-AP 3.",
    nn="Portalen prøver mot versjon 2, som vil ha filstorleiken som eit anna slags tal enn DCAT-AP 3. Vi følgjer DCAT-AP 3.",
    en="The portal checks against version 2, which wants the file size as another kind of number than DCAT-AP 3. We follow DCAT-AP 3.",
)
_WITHHELD = Text(
    nb="Datasettet er ikke offentlig og har derfor ingen filer.",
    nn="Datasettet er ikkje offentleg og har derfor ingen filer.",
    en="The dataset is not public and therefore has no files.",
)
_LACKING = Text(nb="Mangler i katalogen.", nn="Manglar i katalogen.", en="Missing in the catalogue.")
UNREACHABLE: dict[Scheme, dict[str, Text]] = {
    "eu": {},
    "no": {
        "formatMatch": _NOBODY,
        "syntaxValid": _NOBODY,
        "formatMediaTypeNonProprietary": _ALWAYS_NO,
        "formatMediaTypeMachineInterpretable": _ALWAYS_NO,
        "dcatApCompliance": _CONTRADICTION,
    },
}
"""Points that no catalogue like ours can have, with the reason."""

OPEN_FORMATS = frozenset({"CSV", "GEOJSON", "JSON", "JSON_LD", "XML", "RDF_TURTLE", "RDF_XML"})
"""EU file types that are in both European lists: machine-readable and non-proprietary. Of those that we publish."""


@dataclass(frozen=True)
class Lost:
    """Points that a dataset does not have, and why."""

    metric: str
    dimension: Dimension
    points: int
    is_reachable: bool
    why: Text


@dataclass(frozen=True)
class Score:
    """One dataset in one scheme."""

    dataset: str
    """Its address."""
    scheme: Scheme
    points: int
    maximum: int
    dimensions: Mapping[Dimension, tuple[int, int]]
    """Points reached and points there are, by dimension."""
    lost: tuple[Lost, ...]

    @property
    def reachable(self) -> int:
        """The points that can be had at all."""
        return self.maximum - sum(lost.points for lost in self.lost if not lost.is_reachable)

    @property
    def name(self) -> str:
        """`datasets/air_quality_hourly`: the last two parts of the address."""
        return "/".join(self.dataset.rsplit("/", 2)[1:])

    def as_record(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "scheme": self.scheme,
            "points": self.points,
            "reachable": self.reachable,
            "maximum": self.maximum,
            "dimensions": {name: {"points": had, "maximum": there} for name, (had, there) in self.dimensions.items()},
            "lost": [
                {"metric": it.metric, "dimension": it.dimension, "points": it.points, "reachable": it.is_reachable, "why": it.why.en}
                for it in self.lost
            ],
        }


@dataclass(frozen=True)
class Scores:
    """Every dataset of a release in both schemes."""

    release: str
    of: tuple[Score, ...]

    @property
    def is_full(self) -> bool:
        """Whether every dataset has every point that can be had."""
        return all(score.points == score.reachable for score in self.of)

    def as_record(self) -> dict[str, Any]:
        return {"release": self.release, "full": self.is_full, "scores": [score.as_record() for score in self.of]}

    def as_text(self) -> str:
        """One line per dataset, then the points by dimension, then every kind of lost point once."""
        by_name: dict[str, dict[Scheme, Score]] = {}
        for score in self.of:
            by_name.setdefault(score.name, {})[score.scheme] = score
        width = max((len(name) for name in by_name), default=0)
        lines = [f"release {self.release}: points of 405 (data.europa.eu) and of 435 (data.norge.no)"]
        for name, both in by_name.items():
            lines.append(f"  {name:{width}}  " + "  ".join(f"{s.points}/{s.reachable} of {s.maximum}" for s in both.values()))
        for scheme in ("eu", "no"):
            of = [score for score in self.of if score.scheme == scheme]
            told = [f"{name} {min(s.dimensions[name][0] for s in of)}/{of[0].dimensions[name][1]}" for name in POINTS if of]
            lines.append(f"{scheme}, lowest of all datasets: " + ", ".join(told))
        told_of: dict[tuple[bool, str, Scheme], dict[str, int]] = {}
        for score in self.of:
            for lost in score.lost:
                metrics = told_of.setdefault((lost.is_reachable, lost.why.en, score.scheme), {})
                metrics[lost.metric] = metrics.get(lost.metric, 0) + 1
        for (is_reachable, why, scheme), metrics in sorted(told_of.items(), reverse=True):
            lines.append(f"{'MISSED' if is_reachable else 'not to be had'} ({scheme}): {why}")
            lines += [f"    {metric}, {_points(metric)} points, {number} datasets" for metric, number in sorted(metrics.items())]
        return "\n".join(lines)


def score(
    said: Statements, release: str, *, answers: Callable[[str], bool], faults: Sequence[str] = (), datasets: Sequence[str] | None = None
) -> Scores:
    """Every dataset that the catalogue describes, in both schemes, ordered by address.

    `answers` tells whether an address would be answered, `faults` are the sentences of the shapes: a dataset with one does not comply.
    """
    if datasets is None:
        datasets = sorted(subject for subject in said.about if said.has(subject, TYPE, DCAT.Dataset))
    broken = [fault.partition(": ")[0] for fault in faults]
    found = [
        _dataset(said, dataset, scheme, answers, not any(it == dataset or it.startswith(f"{dataset}/") for it in broken))
        for dataset in datasets
        for scheme in ("eu", "no")
    ]
    return Scores(release, tuple(found))


def _dataset(said: Statements, dataset: str, scheme: Scheme, answers: Callable[[str], bool], complies: bool) -> Score:
    files = [str(file) for file in said.of(dataset, DCAT.distribution) if isinstance(file, Iri)]
    about = _about_dataset(said, dataset) | {"dcatApCompliance": complies}
    options = [_about_file(said, file, answers) for file in files] or [{}]
    reached = max((about | {m: about.get(m, False) or has for m, has in option.items()} for option in options), key=_worth(scheme))
    lost: list[Lost] = []
    dimensions: dict[Dimension, tuple[int, int]] = {}
    for dimension, metrics in POINTS.items():
        counted = {metric: points for metric, points in metrics.items() if scheme == "no" or metric not in ONLY_NORWEGIAN}
        for metric, points in counted.items():
            if never := UNREACHABLE[scheme].get(metric):
                lost.append(Lost(metric, dimension, points, False, never))
            elif not reached.get(metric):
                of_a_file = metric not in about
                lost.append(
                    Lost(metric, dimension, points, bool(files) or not of_a_file, _LACKING if files or not of_a_file else _WITHHELD)
                )
        missing = sum(it.points for it in lost if it.dimension == dimension)
        dimensions[dimension] = (sum(counted.values()) - missing, sum(counted.values()))
    had, there = (sum(pair[i] for pair in dimensions.values()) for i in (0, 1))
    return Score(dataset, scheme, had, there, dimensions, tuple(lost))


def _points(metric: str) -> int:
    return next(metrics[metric] for metrics in POINTS.values() if metric in metrics)


def _worth(scheme: Scheme) -> Callable[[Mapping[str, bool]], int]:
    return lambda reached: sum(_points(metric) for metric, has in reached.items() if has and metric not in UNREACHABLE[scheme])


def _about_dataset(said: Statements, dataset: str) -> dict[str, bool]:
    """What is measured on the dataset itself."""

    def has(*properties: str) -> bool:
        return any(said.of(dataset, one) for one in properties)

    rights = {str(value) for value in said.of(dataset, DCT.accessRights)}
    return {
        "keywordAvailability": has(DCAT.keyword),
        "categoryAvailability": has(DCAT.theme),
        "spatialAvailability": has(DCT.spatial),
        "temporalAvailability": has(DCT.temporal),
        "accessRightsAvailability": bool(rights),
        "accessRightsVocabularyAlignment": bool(rights & {f"{codes.EU}access-right/{c}" for c in ("PUBLIC", "RESTRICTED", "NON_PUBLIC")}),
        "contactPointAvailability": has(DCAT.contactPoint),
        "publisherAvailability": has(DCT.publisher),
        "dateIssuedAvailability": has(DCT.issued),
        "dateModifiedAvailability": has(DCT.modified),
    }


def _about_file(said: Statements, file: str, answers: Callable[[str], bool]) -> dict[str, bool]:
    """What is measured on one file."""

    def values(of: str) -> list[str]:
        return [str(value) for value in said.of(file, of) if isinstance(value, Iri)]

    formats = {value.removeprefix(f"{codes.EU}file-type/") for value in values(DCT["format"]) if value.startswith(f"{codes.EU}file-type/")}
    media_types, licences = values(DCAT.mediaType), values(DCT.license)
    known_formats = {code for code, _, _ in codes.FORMATS.values()}
    return {
        "accessUrlStatusCode": any(answers(address) for address in values(DCAT.accessURL)),
        "downloadUrlAvailability": bool(values(DCAT.downloadURL)),
        "downloadUrlStatusCode": any(answers(address) for address in values(DCAT.downloadURL)),
        "formatAvailability": bool(said.of(file, DCT["format"])),
        "mediaTypeAvailability": bool(media_types),
        "formatMediaTypeVocabularyAlignment": bool(formats & known_formats) and all(it.startswith(IANA) for it in media_types),
        "formatMediaTypeNonProprietary": bool(formats & OPEN_FORMATS),
        "formatMediaTypeMachineInterpretable": bool(formats & OPEN_FORMATS),
        "licenceAvailability": bool(licences),
        "knownLicence": any(it.removeprefix(f"{codes.EU}licence/") in codes.LICENCES for it in licences),
        "rightsAvailability": bool(said.of(file, DCT.rights)),
        "byteSizeAvailability": bool(said.of(file, DCAT.byteSize)),
        "dateIssuedAvailability": bool(said.of(file, DCT.issued)),
        "dateModifiedAvailability": bool(said.of(file, DCT.modified)),
    }
