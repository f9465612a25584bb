"""What the pages of datasets, indicators and municipalities, and the status page, tell of their data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from catalog.publication import Publication
from catalog.site import pages as page_values
from catalog.site.dataset_page import check_in_words, reason_in_words
from catalog.site.words import Words

LANGUAGES = ("nb", "nn", "en")
SYNTHETIC = {"nb": "syntetiske data", "nn": "syntetiske data", "en": "synthetic data"}


def test_a_withheld_dataset_shows_why_and_has_no_downloads(publication: Publication, pages: dict[str, str]) -> None:
    found = pages
    for language, reason in (
        ("nb", "Turer er alene i sin time."),
        ("nn", "Turar er åleine i timen sin."),
        ("en", "Trips are alone in their hour."),
    ):
        page = found[f"{language}/datasets/bike_trips.html"]
        assert reason in page
        assert "download>" not in page and ".parquet" not in page
        decided = next(state.dataset.ethics for state in publication.datasets if state.dataset.id == "bike_trips")
        assert decided and decided.decision.reason.get(language) in found[f"{language}/index.html"], "the front page says why, in words"
        assert reason not in found[f"{language}/index.html"], "the outcome of every rule stands on the dataset's own page"
    assert "bike_trips" in found["nb/index.html"]


def test_a_dataset_says_what_was_checked_set_aside_and_held_back(pages: dict[str, str], outline: type) -> None:
    page = outline(pages["nb/datasets/air_quality.html"]).text
    assert re.search(r"10 av 10 kontroller .*?99 rader", page)
    assert "mars 2024 : 144 rader, i karantene siden 22. november 2026. Ingenting vises for perioden." in page
    assert "«Station (nb)» er aldri tom" in page
    assert "a" * 64 in page and "20. november 2026" in page
    assert "Andel av ventede verdier som finnes: 93,1 %" in page
    assert "12 kB, 96 rader" in page
    assert "µg/m³" in page and "Fra −10 til 2 000." in page


def test_a_check_is_told_in_the_readers_language(publication: Publication) -> None:

    dataset, check = publication.datasets[0].dataset, publication.datasets[0].checks[0]
    nn = Words("nn")
    assert check_in_words(nn, dataset, replace(check, id="station_present", column="station")) == ("«Station (nn)» er aldri tom", "nn")
    assert (
        check_in_words(nn, dataset, replace(check, id="value_in_range", column="value"))[0] == "«Value (nn)» ligg mellom −10 og 2\u00a0000"
    )
    assert check_in_words(nn, dataset, replace(check, id="key_unique", column=None))[0].endswith("station, component, from_time")
    unknown = replace(check, id="station_sings", description="station is there")
    assert check_in_words(nn, dataset, unknown) == ("station is there", "en"), "what is not known keeps its own words and language"
    assert reason_in_words(nn, dataset, "value_in_range (12 rows: value lies between)") == (
        "«Value (nn)» ligg mellom −10 og 2\u00a0000 (12 rader)", "nn",
    )  # fmt: skip


def test_an_indicator_tells_its_newest_number_and_what_it_means(pages: dict[str, str], outline: type) -> None:
    found = pages
    nb = outline(found["nb/indicators/sdg_11_6_2_no2.html"]).text
    assert "Oslo 30,2 µg/m³ 2024 Ned fra 31,5 i 2023." in nb
    assert "Ingen verdi for 2024: for lav dekning til å gi en verdi." in nb
    en = outline(found["en/indicators/sdg_11_6_2_no2.html"]).text
    assert "Oslo 30.2 µg/m³ 2024 Down from 31.5 in 2023." in en
    assert "select * from tables.station_year" in nb
    for heading in ("Hva tallet ikke sier", "Hvem og hva som ikke er med", "Slik er tallet regnet ut", "Forholdet til FNs indikator"):
        assert heading in nb


def test_a_missing_value_is_a_sign_and_never_zero(pages: dict[str, str]) -> None:
    page = pages["nb/indicators/sdg_11_6_2_no2.html"]
    row = re.search(r"<tr><th scope=\"row\">[^\n]*Bergen.*?</tr>", page)[0]
    assert "<td>–</td><td>2024</td>" in row and "<td>0" not in row
    assert "<td>40" in row, "coverage stands beside it"


def test_a_municipality_of_interest_without_numbers_has_a_page_that_says_so(pages: dict[str, str], outline: type) -> None:
    found = pages
    assert "Ingen av indikatorene har tall for denne kommunen ennå." in outline(found["nb/municipalities/5001.html"]).text
    assert "4 250,1 kWh per innbygger" in outline(found["nb/municipalities/0301.html"]).text


def test_status_page_counts_what_is_late_and_what_failed(
    publication: Publication, tmp_path: Path, html_of: Callable[[Path], dict[str, str]], outline: type, render: Callable[..., Path]
) -> None:
    state = publication.datasets[0]
    assert page_values.is_late(state, date(2026, 11, 23)), "hourly data that end in February 2024"
    assert not page_values.is_late(state, date(2024, 3, 20)), "a day's rhythm and a month's lag have not passed"
    assert not page_values.is_late(replace(state, periods=(), snapshots=()), date(2026, 11, 23)), "what has no date cannot be late"
    failed = replace(state, checks=(replace(state.checks[0], success=False), replace(state.checks[0], success=False, severity="warning")))
    release = render(replace(publication, datasets=(failed, *publication.datasets[1:])), tmp_path / "release")
    told = outline(html_of(release)["nb/status.html"]).text
    assert "3 datasett. Forsinket: 3. Kontroller som ikke er bestått: 1. Varsler: 1." in told
    assert "road_noise" in told
