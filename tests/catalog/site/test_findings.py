"""What was noticed about a dataset is told in the reader's language, from a code and its parameters; nobody is pointed at."""

from __future__ import annotations

import re
from datetime import date

import pytest

from catalog.model import Dataset
from catalog.publication import Finding, Publication
from catalog.site import findings
from catalog.site.words import Words

SAID = "one English sentence"


def finding(check: str, *, column: str = "value", series: str = "", size: str = "", what: str = SAID) -> Finding:
    return Finding("air_quality", "2024-01", check, column, series, size, what, "noticed", date(2026, 11, 23))


@pytest.fixture
def dataset(publication: Publication) -> Dataset:
    return next(state.dataset for state in publication.datasets if state.dataset.id == "air_quality")


@pytest.mark.parametrize(
    "one",
    [
        finding("magnitude", size="×1000"),
        finding("magnitude", size="→0"),
        finding("series_magnitude", series="station=S02", size="÷60 in 1"),
        finding("series_magnitude", series="station=S02 | station=S03", size="→0 in 2"),
        finding("unit", size="12 rows"),
        finding("rows", size="÷6"),
        finding("emptied", size="all rows"),
        finding("withdrawn", size="1 rows"),
        finding("series_withdrawn", series="station=S02", size="31 rows"),
        finding("contradicting", size="4 rows"),
        finding("licence", series="nilu_csv", size="none"),
        finding("licence", series="nilu_csv", size="CC0"),
        finding("fields", size="nilu_csv type", what="nilu_csv: the field type is new; it is not published until it is described"),
        finding("fields", size="nilu_csv type", what="nilu_csv: the field type is gone; nothing here needs it"),
        finding("check_weakened", size="key_unique", what="the check key_unique is no longer made"),
    ],
    ids=lambda one: f"{one.check} {one.size}",
)
def test_every_check_is_told_in_three_languages(dataset: Dataset, one: Finding) -> None:
    told = {language: findings.in_words(Words(language), dataset, one) for language in ("nb", "nn", "en")}
    assert [language for _, language in told.values()] == ["nb", "nn", "en"]
    assert len({said for said, _ in told.values()}) == 3
    assert not any(re.search(r"[{}\x1f]|None", said) for said, _ in told.values())


def test_sizes_are_numbers_of_the_language_and_columns_have_their_names(dataset: Dataset) -> None:
    title = next(column.title.nb for column in dataset.columns if column.name == "value")
    said, _ = findings.in_words(Words("nb"), dataset, finding("magnitude", size="×10000"))
    assert said == f"«{title}» er langt høyere (om lag 10\u00a0000 ganger) enn i periodene det er sammenlignet med."
    assert (
        findings.in_words(Words("nn"), dataset, finding("withdrawn", size="1 rows"))[0]
        == "Kjelda har ikkje lenger éi rad som ho hadde før."
    )


def test_a_finding_of_an_older_version_keeps_its_sentence_and_its_language(dataset: Dataset) -> None:
    assert findings.in_words(Words("nb"), dataset, finding("a_check_of_old", size="3")) == (SAID, "en")
    assert findings.in_words(Words("nb"), dataset, finding("magnitude", size="a lot")) == (SAID, "en")


def test_a_series_whose_key_could_point_to_people_is_not_named(dataset: Dataset) -> None:
    one = finding("series_withdrawn", series="station=S02", size="31 rows")
    assert "S02" in findings.in_words(Words("en"), dataset, one)[0]
    assert dataset.ethics
    guarded = dataset.model_copy(update={"ethics": dataset.ethics.model_copy(update={"quasi_identifiers": ("station",)})})
    assert findings.in_words(Words("en"), guarded, one)[0] == "The source no longer has anything about a whole series (31 rows)."
