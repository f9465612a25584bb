"""The faults of the KS vocabulary are those that `docs/ks_vocabulary.md` tells, and our crosswalk has none of them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from indicators.load import load_gaps, load_indicators

PAGE = Path(__file__).parent.parent.parent / "docs" / "ks_vocabulary.md"
ITEMS = [*load_indicators().values(), *load_gaps().values()]
POINTS = "De-norske-maalepunktene.ttl"


@pytest.fixture(scope="module")
def files(shared: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((shared / "standards" / "ks-sdg-taxonomy").glob("*.ttl"))}


def _blocks(text: str) -> dict[str, str]:
    """What a file says about each of its subjects."""
    parts = re.split(r"(?m)^<([^>]+)> a ", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_sectors_are_referred_to_by_a_name_that_no_file_declares(files: dict[str, str]) -> None:
    referred = Counter(
        uri for text in files.values() for uri in re.findall(r"<(https://data\.norge\.no/[^>]*/developmentsector/[^>]+)>", text)
    )
    declared = {uri for text in files.values() for uri in _blocks(text)}

    assert not referred.keys() & declared
    assert any("/developmetsector" in uri for uri in declared)
    assert "14 URIs, 1,824 references" in PAGE.read_text("utf-8")
    assert (len(referred), sum(referred.values())) == (14, 1_824)


def test_the_prefix_of_titles_leads_nowhere_and_norwegian_titles_are_called_english(files: dict[str, str]) -> None:
    assert len(files) == 11
    assert all("@prefix dct: <http://purl.org/dc/> ." in text for text in files.values())
    points = files[POINTS]
    titles = re.findall(r'dct:title "[^"]*"@(\w+)', points)
    assert Counter(titles) == {"en": 459}
    assert len(re.findall(r"dcterms:source \"", points)) == len(re.findall(r"dcterms:source ", points)) == 353


def test_every_measuring_point_that_is_named_exists_and_other_targets_are_told(files: dict[str, str]) -> None:
    points = _blocks(files[POINTS])
    told = set(re.findall(r"(?m)^\| (L\d\d-\d\d) \|", PAGE.read_text("utf-8")))
    other: set[str | None] = set()
    for item in ITEMS:
        if item.crosswalk.ks:
            under = re.findall(r"isIndicatorOf <http://metadata\.un\.org/sdg/([^>]+)>", points[item.crosswalk.ks])
            other |= set() if item.sdg.target in under else {item.registry}

    assert other == told
