"""Readers and machines find what is there: search, lists, glossary, gaps, descriptions, pictures, feeds and the sitemap."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from catalog.model import RegistryGap, Text
from catalog.publication import Publication
from catalog.site import share
from catalog.site.places import county, other_names
from catalog.site.search import fold
from catalog.site.terms import linked, terms

LANGUAGES = ("nb", "nn", "en")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("stoy", "Støy"),
        ("alesund", "Ålesund"),
        ("aalesund", "Ålesund"),
        ("KARASJOHKA", "Kárášjohka"),
        ("roeros", "Røros"),
        ("baerum", "Bærum"),
    ],
)
def test_search_forgives_marks_and_spellings(typed: str, meant: str) -> None:
    assert fold(typed) == fold(meant)


def test_the_script_folds_words_as_the_list_is_folded(release: Path) -> None:
    script = next((release / "site/assets").glob("search.*.js")).read_text("utf-8")
    from catalog.site.search import DOUBLE, PLAIN

    in_script = dict(re.findall(r"(\w): \"(\w+)\"", re.search(r"const PLAIN = \{(.*?)\}", script)[1]))  # type: ignore[index]
    assert in_script == PLAIN
    assert all(f'replaceAll("{spelling}", "{letter}")' in script for spelling, letter in DOUBLE)


def test_everything_can_be_looked_up_by_letter_without_scripts(pages: dict[str, str], outline: type) -> None:
    for language in LANGUAGES:
        page = outline(pages[f"{language}/search.html"])
        kinds = {entry["data-kind"] for entry in page.all("li") if "data-kind" in entry}
        assert kinds >= {"municipality", "indicator", "dataset", "term", "page"}
        links = {link["href"] for link in page.all("a")}
        assert {"municipalities/0301.html", "indicators/sdg_11_6_2_no2.html", "datasets/air_quality.html"} <= links
    assert 'data-words="oslove 0301' in pages["nb/search.html"], "the South Sámi name leads to Oslo"


def test_official_names_keep_their_language() -> None:
    assert other_names("5540", "Kåfjord", "Gáivuotna - Kåfjord - Kaivuono") == (("se", "Gáivuotna"), ("fkv", "Kaivuono"))
    assert other_names("5001", "Trondheim", "Trondheim - Tråante") == (("sma", "Tråante"),)
    assert other_names("1841", "Fauske", "Fauske - Fuossko") == (("smj", "Fuossko"),)
    assert other_names("4601", "Bergen", "Bergen") == ()
    assert county("56").other_names == (("se", "Finnmárku"), ("fkv", "Finmarkku"))
    assert county("99").name == "99"


def test_terms_are_linked_once_and_never_inside_words() -> None:
    shown = linked("Dekningen er lav. Dekning <b>er</b> viktig, overdekning ikke.", "nb", "../glossary.html")
    assert str(shown).count('href="../glossary.html#coverage"') == 1
    assert "&lt;b&gt;" in shown and "overdekning ikke" in shown
    for term in terms().values():
        for language in LANGUAGES:
            assert term.means.get(language).endswith(".")


def test_every_term_is_in_the_glossary(pages: dict[str, str]) -> None:
    for language in LANGUAGES:
        assert set(re.findall(r'<dt id="(\w+)">', pages[f"{language}/glossary.html"])) == set(terms())


def test_a_gap_has_a_page_that_says_why_and_what_would_close_it(
    publication: Publication, tmp_path: Path, render, html_of, outline: type
) -> None:
    from dataclasses import replace

    def text(words: str) -> Text:
        return Text(nb=f"{words} (nb)", nn=f"{words} (nn)", en=f"{words} (en)")

    sdg = publication.indicators[0].sdg
    gap = RegistryGap.model_validate(
        {
            "id": "noise", "registry": "L11-07", "title": text("Noise"), "description": text("People above 55 dB"), "sdg": sdg.model_dump(),
            "unit": "%", "better": "lower", "target_image": "healthy", "roadmap_principle": 3, "source": text("A map"),
            "status": "not_machine_readable", "why": text("Only a picture"), "closes": text("The numbers as a table"),
            "does_not_say": text("Who is troubled"), "issued": "2026-11-23",
        }
    )  # fmt: skip
    found = html_of(render(replace(publication, registry_gaps=(gap,)), tmp_path / "release"))
    for language in LANGUAGES:
        page = outline(found[f"{language}/gaps/L11-07.html"]).text
        for said in ("Noise", "People above 55 dB", "Only a picture", "The numbers as a table", "Who is troubled"):
            assert f"{said} ({language})" in page
        assert "gaps/L11-07.html" in found[f"{language}/goals/11.html"] and "gaps/L11-07.html" in found[f"{language}/search.html"]


def test_pages_of_data_describe_themselves_to_machines(pages: dict[str, str]) -> None:
    for language in LANGUAGES:
        for page in ("datasets/air_quality.html", "indicators/sdg_11_6_2_no2.html", "index.html"):
            found = re.search(r'<script type="application/ld\+json">(.*?)</script>', pages[f"{language}/{page}"], re.DOTALL)
            described = json.loads(found[1])  # type: ignore[index]
            assert described["@context"] == "https://schema.org/" and described["inLanguage"] == language
        assert described["@type"] == "DataCatalog"
    air = json.loads(re.search(r"ld\+json\">(.*?)</script>", pages["en/datasets/air_quality.html"], re.DOTALL)[1])  # type: ignore[index]
    assert air["version"] == "2026-11-23.1" and air["dateModified"] == "2026-11-23"
    assert air["temporalCoverage"] == "2024-01/2024-02"
    assert {one["encodingFormat"] for one in air["distribution"]} == {"text/csv", "application/vnd.apache.parquet"}
    trips = json.loads(re.search(r"ld\+json\">(.*?)</script>", pages["en/datasets/bike_trips.html"], re.DOTALL)[1])  # type: ignore[index]
    assert trips["distribution"] == [], "what is withheld is not offered"


def test_an_indicator_has_a_picture_to_share_with_its_letters_drawn(release: Path, pages: dict[str, str]) -> None:
    assert share.has_letters()
    for language in LANGUAGES:
        picture = release / f"site/share/{language}/sdg_11_6_2_no2.png"
        assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size < 100_000
        address = f"https://data.example.org/current/site/share/{language}/sdg_11_6_2_no2.png"
        assert f'<meta property="og:image" content="{address}">' in pages[f"{language}/indicators/sdg_11_6_2_no2.html"]


def test_every_page_is_in_the_sitemap_once(release: Path, pages: dict[str, str]) -> None:
    listed = [element.text for element in ElementTree.parse(release / "site/sitemap.xml").iter() if element.tag.endswith("loc")]
    expected = [f"https://data.example.org/current/site/{path}" for path in pages if path != "index.html" and "/embed/" not in path]
    assert sorted(filter(None, listed)) == sorted(expected)


def test_feeds_are_atom_and_begin_with_the_first_release(release: Path, pages: dict[str, str]) -> None:
    feeds = sorted((release / "site").rglob("*.atom"))
    names = {path.relative_to(release / "site" / "nb").as_posix() for path in feeds if path.is_relative_to(release / "site" / "nb")}
    assert {"feeds/changes.atom", "feeds/datasets/air_quality.atom", "feeds/municipalities/0301.atom"} <= names
    ids = set()
    for path in feeds:
        feed = ElementTree.parse(path).getroot()
        assert feed.tag == f"{ATOM}feed"
        for needed in ("id", "title", "updated", "author"):
            assert feed.find(ATOM + needed) is not None, path
        entry = feed.find(f"{ATOM}entry")
        assert entry is not None and entry.find(f"{ATOM}updated") is not None
        ids.add(feed.findtext(f"{ATOM}id"))
    assert len(ids) == len(feeds), "no two feeds have one name"
    assert 'type="application/atom+xml" href="../feeds/municipalities/0301.atom"' in pages["nb/municipalities/0301.html"]


def test_an_embedded_figure_runs_nothing_and_leads_home(pages: dict[str, str], outline: type) -> None:
    for language in LANGUAGES:
        page = outline(pages[f"{language}/embed/sdg_11_6_2_no2.html"])
        assert not page.all("script") and not page.all("form")
        assert page.all("link")[0] == {
            "rel": "canonical",
            "href": f"https://data.example.org/current/site/{language}/embed/sdg_11_6_2_no2.html",
        }
        assert {"href": "../indicators/sdg_11_6_2_no2.html", "target": "_top"} in page.all("a")
