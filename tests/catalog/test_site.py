"""The public pages say everything, in three languages, to everybody, and never more than they should."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from catalog import site
from catalog.distributions import MEDIA_TYPES, Distribution
from catalog.duck import literal, parquet
from catalog.errors import MetadataError
from catalog.ethics import EthicsRecord
from catalog.measuring import Measurement
from catalog.model import Benchmark, Text
from catalog.publication import Publication
from catalog.rules import RuleResult
from catalog.site import assets, charts, pages, sentences
from catalog.site.observations import Point, Series
from catalog.site.words import Words, norwegian_order, texts

RELEASE = "2026-11-23.1"
LANGUAGES = ("nb", "nn", "en")
SYNTHETIC = {"nb": "syntetiske data", "nn": "syntetiske data", "en": "synthetic data"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7 * 7 }} ]]> javascript:alert(3)"


def made(words: str) -> Text:
    return Text(nb=words, nn=words, en=words)


def files_of(publication: Publication) -> dict[str, list[Distribution]]:
    """What a release holds: data where the decision is positive, the ethics record always."""
    found: dict[str, list[Distribution]] = {}

    def add(key: str, name: str, form: str, rows: int | None) -> None:
        found.setdefault(key, []).append(Distribution(f"{key}/{name}", MEDIA_TYPES[form], form, 12345, "b" * 64, rows))

    for state in publication.datasets:
        id, key = state.dataset.id, f"data/{state.dataset.id}"
        add(key, "ethics.json", "ethics", None)
        if state.dataset.ethics and state.dataset.ethics.is_publishable:
            for name, form in ((f"{id}.parquet", "parquet"), (f"{id}.csv", "csv"), (f"{id}-excel.csv", "csv_excel")):
                add(key, name, form, 96)
            for language in LANGUAGES:
                add(key, f"README.{language}.txt", f"readme_{language}", None)
    for id in (indicator.id for indicator in publication.indicators):
        add(f"indicators/{id}", f"{id}.csv", "csv", 3)
        add(f"indicators/{id}", f"{id}.json", "json_stat", 3)
    for table in publication.tables:
        add(f"tables/{table.id}", f"{table.id}.csv", "csv", 1)
    return found


def records_of(publication: Publication) -> dict[str, EthicsRecord]:
    said = Text(nb="Regelen holder.", nn="Regelen held.", en="The rule holds.")
    refused = Text(nb="Turer er alene i sin time.", nn="Turar er åleine i timen sin.", en="Trips are alone in their hour.")
    found = {}
    for state in publication.datasets:
        is_open = bool(state.dataset.ethics and state.dataset.ethics.is_publishable)
        found[state.dataset.id] = EthicsRecord(
            dataset=state.dataset.id,
            release=RELEASE,
            declared=state.dataset.ethics,
            synthetic=publication.synthetic,
            measurements=(Measurement("temporalCompleteness", Decimal("0.931"), "", "b" * 64),),
            checks=(
                RuleResult("B05", "automatic", "passed", said),
                RuleResult("B13", "automatic", "passed" if is_open else "failed", refused),
            ),
            is_published=is_open,
            reasons=() if is_open else (refused,),
            measured_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
            title=state.dataset.title,
            base_uri=publication.catalog.base_uri,
            responsible=publication.catalog.publisher,
            contact="mailto:data@example.org",
        )
    return found


def render(publication: Publication, folder: Path) -> Path:
    """A release folder with its pages and (empty) files."""
    files = files_of(publication)
    for found in files.values():
        for one in found:
            (folder / one.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / one.path).touch()
    for name in ("bymaal.duckdb", "catalog.ttl", "catalog.jsonld", "catalog.rdf"):
        (folder / name).touch()
    site.render(publication, RELEASE, files, records_of(publication), folder)
    return folder


@pytest.fixture
def release(publication: Publication, tmp_path: Path) -> Path:
    return render(publication, tmp_path / "release")


def html_of(release: Path) -> dict[str, str]:
    """Every page by its path below `site/`."""
    root = release / "site"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.html"))}


class Outline(HTMLParser):
    """What a page is made of, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


# --- texts ---


def test_the_three_languages_have_the_same_texts_with_the_same_blanks() -> None:
    all_texts = {language: texts(language) for language in LANGUAGES}
    assert set(all_texts["nb"]) == set(all_texts["nn"]) == set(all_texts["en"])
    for key, text in all_texts["nb"].items():
        blanks = {language: set(re.findall(r"\{(\w+)\}", all_texts[language][key])) for language in LANGUAGES}
        assert blanks["nb"] == blanks["nn"] == blanks["en"], key
        assert text.strip() and all_texts["en"][key].strip()


def test_nynorsk_is_nynorsk_and_not_bokmaal() -> None:
    bokmaal = re.compile(r"\b(ikke|hvor|hvordan|hva|jeg|noen|mye|hver|fra|være|kommuner|indikatorer|tallene|dataene|hvem)\b")
    nynorsk = re.compile(r"\b(ikkje|kor|korleis|kva|nokon|mykje|kvar|frå|vere|kommunar|indikatorar|tala|kven|ein|eit)\b")
    told = {key: text.casefold() for key, text in texts("nn").items()}
    assert {key: text for key, text in told.items() if bokmaal.search(text)} == {}
    assert sum(bool(nynorsk.search(text)) for text in told.values()) > 100


def test_every_text_is_used_and_every_used_text_exists() -> None:
    folder = Path(site.__file__).parent
    source = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in (".py", ".html"))
    named = set(re.findall(r"[\"']([a-z_]+\.[a-z_]+)[\"']", source))
    put_together = set(re.findall(r"[\"']([a-z_]+)\.(?:[\"'] [~+]|\{)", source)) | set(re.findall(r"name\(\"([a-z_]+)\"", source))
    for key in texts("nb"):
        assert key.startswith("unit_one.") or key.removesuffix("_one") in named or key.split(".")[0] in put_together, (
            f"{key} is never shown"
        )
    with pytest.raises(MetadataError, match=r"no text 'front\.nonsense'"):
        Words("nb")("front.nonsense")


def test_numbers_dates_and_units_follow_the_language() -> None:
    nb, en = Words("nb"), Words("en")
    assert nb.number(Decimal("12345.65"), 1) == "12\u00a0345,7"
    assert en.number(Decimal("12345.65"), 1) == "12,345.7"
    assert nb.number(Decimal("-0.05"), 1) == "−0,1", "halves go away from zero"
    assert nb.number(Decimal("0.04"), 1) == "0,0"
    assert nb.amount(Decimal("12.345678"), "ug/m3", 1) == "12,3\u00a0µg/m³"
    assert (nb.amount(12, "%"), en.amount(12, "%")) == ("12\u00a0%", "12%")
    assert (nb.amount(1, "d"), nb.amount(2, "d"), en.amount(1, "{trip}")) == ("1\u00a0dag", "2\u00a0dager", "1\u00a0trip")
    assert nb.limit(8.0, "ug/m3") == "8\u00a0µg/m³"
    assert (nb.bound(2015.0, "a"), nb.bound(2015.0, "d"), nb.bound(-0.5, "d")) == ("2015", "2\u00a0015", "−0,5")
    assert (nb.short(0.1 + 0.2), nb.short(2_500_000), Words("en").short(10_000_000)) == ("0,3", "2,5\u00a0mill.", "10M")
    assert (nb.size(900), nb.size(1_234_567), en.size(1_234_567)) == ("900\u00a0byte", "1,2\u00a0MB", "1.2\u00a0MB")
    assert (nb.period("2022-12"), en.period("2022-12"), nb.period("2022"), nb.period("all")) == (
        "desember 2022", "December 2022", "2022", "hele tabellen",
    )  # fmt: skip
    assert (nb.day(date(2026, 11, 3)), en.day(date(2026, 11, 3))) == ("3. november 2026", "3 November 2026")
    assert Words("nn")("download.rows", rows="1") == "éi rad"


def test_names_are_sorted_with_ae_oe_aa_last_and_saami_letters_among_their_kin() -> None:
    names = ["Ås", "Øygarden", "Ærøy", "Alta", "Zzz", "Čáhput", "Drammen", "Unjárga - Nesseby", "Utsira", "Aure"]
    assert sorted(names, key=norwegian_order) == [
        "Alta", "Aure", "Čáhput", "Drammen", "Unjárga - Nesseby", "Utsira", "Zzz", "Ærøy", "Øygarden", "Ås",
    ]  # fmt: skip


# --- all pages ---


def test_every_page_exists_in_three_languages_and_points_at_the_others(release: Path, publication: Publication) -> None:
    found = html_of(release)
    by_language = {language: {path.split("/", 1)[1] for path in found if path.startswith(f"{language}/")} for language in LANGUAGES}
    assert by_language["nb"] == by_language["nn"] == by_language["en"]
    wanted = {"index.html", "method.html", "about.html", "accessibility.html", "status.html", "tables.html", "municipalities/index.html"}
    wanted |= {
        "glossary.html",
        "changes.html",
        "datasets/index.html",
        "indicators/index.html",
        "search.html",
        "compare.html",
        "compare/03.html",
        "compare/11.html",
        "compare/46.html",
    }
    wanted |= {"console.html"} if assets.packages() else set()
    wanted |= {f"goals/{goal}.html" for goal in (9, 11, 17)} | {f"datasets/{state.dataset.id}.html" for state in publication.datasets}
    wanted |= {f"{kind}/{indicator.id}.html" for kind in ("indicators", "embed") for indicator in publication.indicators}
    wanted |= {f"municipalities/{code}.html" for code in ("0301", "1103", "1151", "4601", "5001")}
    assert by_language["nb"] == wanted
    for path, text in found.items():
        if path == "index.html":
            continue
        language, page = path.split("/", 1)
        outline = Outline(text)
        assert outline.all("html")[0]["lang"] == language
        links = outline.all("link")
        home = "https://data.example.org/current/site/"
        assert [link["href"] for link in links if link["rel"] == "canonical"] == [home + path]
        if page.startswith("embed/"):
            continue
        others = {link["hreflang"]: link["href"] for link in links if link["rel"] == "alternate" and "hreflang" in link}
        assert others == {**{other: f"{home}{other}/{page}" for other in LANGUAGES}, "x-default": f"{home}nb/{page}"}


def test_titles_tell_pages_apart(release: Path) -> None:
    for language in LANGUAGES:
        titles = Counter(
            re.search(r"<title>(.*?)</title>", text)[1] for path, text in html_of(release).items() if path.startswith(language)
        )
        assert [title for title, count in titles.items() if count > 1] == []


def test_synthetic_data_are_called_so_on_every_page_and_real_data_never(publication: Publication, tmp_path: Path) -> None:
    for is_synthetic in (True, False):
        release = render(replace(publication, synthetic=is_synthetic), tmp_path / str(is_synthetic))
        for path, text in html_of(release).items():
            language = path[:2] if path[2:3] == "/" else "nb"
            outline = Outline(text)
            body = outline.text.casefold()
            if is_synthetic:
                assert SYNTHETIC[language] in body, path
                assert SYNTHETIC[language] in re.search(r"<title>(.*?)</title>", text)[1], path
            else:
                assert 'class="notice"' not in text and f"({SYNTHETIC[language]})" not in body, path


def test_pages_have_landmarks_headings_in_order_and_one_main_heading(release: Path) -> None:
    for path, text in html_of(release).items():
        outline = Outline(text)
        levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), f"{path}: {levels}"
        assert len(outline.all("main")) == 1, path
        ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        assert all(attributes.get("aria-label") for attributes in outline.all("nav")), path
        assert all("alt" in attributes for attributes in outline.all("img")), path
        for _, attributes in outline.tags:
            for name in ("aria-labelledby", "aria-describedby"):
                assert set((attributes.get(name) or "").split()) <= set(ids), f"{path}: {attributes}"
        if path != "index.html" and "/embed/" not in path:
            assert (len(outline.all("header")), len(outline.all("footer"))) == (1, 1), path
            assert outline.all("a")[0] == {"class": "skip", "href": "#content"}, path


def test_tables_have_captions_and_their_headings_a_scope(release: Path) -> None:
    seen = 0
    for path, text in html_of(release).items():
        for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
            seen += 1
            outline = Outline(table)
            assert len(outline.all("caption")) == 1, path
            assert outline.all("th") and all(heading.get("scope") in ("col", "row") for heading in outline.all("th")), path
    assert seen > 50


def test_no_page_can_run_anything_or_load_from_elsewhere(release: Path) -> None:
    for path, text in html_of(release).items():
        outline = Outline(text)
        policy = next(meta["content"] for meta in outline.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
        if path.endswith("/console.html"):
            policy = policy.replace("'wasm-unsafe-eval'", "", 1)
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, path
        assert not outline.all("style") and not outline.all("iframe"), path
        for script in outline.all("script"):
            assert script.get("type") in ("application/json", "application/ld+json") or re.match(r"(\.\./)+assets/", script["src"]), path
        for tag, attributes in outline.tags:
            assert "style" not in attributes and not any(name.startswith("on") for name in attributes), f"{path}: {tag}"
            for name in ("src", "href"):
                address = attributes.get(name) or ""
                if tag in ("img", "link", "script") and attributes.get("rel") not in ("canonical", "alternate"):
                    assert not re.match(r"[a-z]+:|//", address), f"{path}: {address}"
                assert not re.match(r"\s*(javascript|data|vbscript):", address, re.IGNORECASE), f"{path}: {address}"


def test_colours_of_text_and_lines_have_enough_contrast() -> None:
    style = (Path(site.__file__).parent / "style.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([a-z0-9-]+): (?:var\(--ds-[a-z-]+, )?(#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    )
    for tokens in (light, {**light, **dark}):
        for ground in ("ground", "card"):
            for text in ("ink", "soft", "link", "visited", "accent"):
                assert contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
            for mark in ("s1", "s2", "s3", "s4", "s5", "limit", "edge", "focus"):
                assert contrast(tokens[mark], tokens[ground]) >= 3, (mark, ground)
        assert contrast(tokens["ink"], tokens["notice"]) >= 4.5
        assert contrast(tokens["ink"], tokens["stop"]) >= 4.5
        assert contrast(tokens["on-accent"], tokens["accent"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_equal_publications_give_equal_pages(publication: Publication, tmp_path: Path) -> None:
    first, second = render(publication, tmp_path / "1"), render(publication, tmp_path / "2")
    assert html_of(first) == html_of(second)


def test_a_page_weighs_little(release: Path) -> None:
    for path, text in html_of(release).items():
        loaded = [release / "site" / address for address in re.findall(r'(?:href|src)="[./]*(assets/[^"]+)"', text)]
        assert any(file.suffix == ".css" for file in loaded), path
        weight = len(gzip.compress(text.encode())) + sum(len(gzip.compress(file.read_bytes())) for file in loaded)
        assert weight < 100_000, path


# --- links ---


def test_every_link_leads_somewhere_and_a_lost_target_is_named(release: Path) -> None:
    assert site.broken_links(release) == []
    (release / "data/air_quality/air_quality.csv").unlink()
    (release / "site/nn/datasets/electricity.html").unlink()
    method = release / "site/en/method.html"
    method.write_text(method.read_text("utf-8").replace('id="signs"', 'id="other"'), "utf-8")
    found = site.broken_links(release)
    for page, target in (
        ("site/nb/datasets/air_quality.html", "../../../data/air_quality/air_quality.csv is not in the release"),
        ("site/nb/datasets/electricity.html", "../../nn/datasets/electricity.html is not in the release"),
        ("site/nb/datasets/electricity.html", "https://data.example.org/current/site/nn/datasets/electricity.html is not in the release"),
        ("site/en/municipalities/0301.html", "../method.html#signs points at a place that is not on the page"),
    ):
        assert f"{page}: {target}" in found, found


def test_a_link_out_of_the_release_is_broken(release: Path) -> None:
    (release.parent / "secret.txt").touch()
    about = release / "site/nb/about.html"
    about.write_text(about.read_text("utf-8").replace("</main>", '<a href="../../../secret.txt">x</a></main>'), "utf-8")
    assert site.broken_links(release) == ["site/nb/about.html: ../../../secret.txt is not in the release"]


# --- hostile text ---


def test_hostile_text_stays_text(publication: Publication, tmp_path: Path) -> None:
    state, indicator = publication.datasets[0], publication.indicators[0]
    source = state.dataset.source.model_copy(update={"attribution": made(HOSTILE)})
    dataset = state.dataset.model_copy(
        update={"title": made(HOSTILE), "description": made(HOSTILE), "row": made(HOSTILE), "source": source}
    )
    check = replace(state.checks[0], description=HOSTILE)
    snapshot = replace(state.snapshots[0], source_url="javascript:alert(document.domain)")
    held = replace(state.quarantined[0], reasons=(HOSTILE,))
    limit = Benchmark(name=made(HOSTILE), value=10, source="javascript:alert(1)")
    query = f"select {literal(HOSTILE)} from tables.station_year"
    odd = indicator.model_copy(update={"title": made(HOSTILE), "benchmarks": (limit,), "sql": query})
    observations = tmp_path / "odd.parquet"
    with duckdb.connect() as con:
        rows = f"select * replace ({literal(HOSTILE)} as ref_area_name) from {parquet([publication.observations])}"
        con.execute(f"copy ({rows}) to {literal(str(observations))} (format parquet)")
    hostile = replace(
        publication,
        datasets=(replace(state, dataset=dataset, checks=(check,), snapshots=(snapshot,), quarantined=(held,)), *publication.datasets[1:]),
        indicators=(odd, *publication.indicators[1:]),
        observations=observations,
        area_files={},
        not_yet_known=((HOSTILE, 1),),
        gaps=((HOSTILE, HOSTILE),),
    )
    release = render(hostile, tmp_path / "release")
    test_no_page_can_run_anything_or_load_from_elsewhere(release)
    assert site.broken_links(release) == []
    found = html_of(release)
    for page in ("datasets/air_quality.html", f"indicators/{odd.id}.html", "municipalities/0301.html", "status.html", "index.html"):
        assert "<script>alert(1)</script>" in Outline(found[f"nb/{page}"]).text, f"{page}: shown as it is"
        assert not Outline(found[f"nb/{page}"]).all("img")[1:], page


# --- single pages ---


def test_a_withheld_dataset_shows_why_and_has_no_downloads(release: Path) -> None:
    found = html_of(release)
    for language, reason in (
        ("nb", "Turer er alene i sin time."),
        ("nn", "Turar er åleine i timen sin."),
        ("en", "Trips are alone in their hour."),
    ):
        page = found[f"{language}/datasets/bike_trips.html"]
        assert reason in page
        assert "download>" not in page and ".parquet" not in page
        assert reason in found[f"{language}/index.html"], "the front page says what is held back"
    assert "bike_trips" in found["nb/index.html"]


def test_a_dataset_says_what_was_checked_set_aside_and_held_back(release: Path) -> None:
    page = Outline(html_of(release)["nb/datasets/air_quality.html"]).text
    assert "1 av 1 kontroller er bestått. De så på inntil 99 rader" in page
    assert "mars 2024 : 144 rader, i karantene siden 22. november 2026. Ingenting vises for perioden." in page
    assert "«Station (nb)» er aldri tom" not in page, "the check of the fixture has a name that is not known"
    assert "a" * 64 in page and "20. november 2026" in page
    assert "Andel av ventede verdier som finnes: 0,931" in page
    assert "12 kB, 96 rader" in page
    assert "µg/m³" in page and "Fra −10 til 2 000." in page


def test_a_check_is_told_in_the_readers_language(publication: Publication) -> None:
    from catalog.site.dataset_page import check_in_words, reason_in_words

    dataset, check = publication.datasets[0].dataset, publication.datasets[0].checks[0]
    nn = Words("nn")
    assert check_in_words(nn, dataset, replace(check, id="station_present", column="station")) == ("«Station (nn)» er aldri tom", "nn")
    assert (
        check_in_words(nn, dataset, replace(check, id="value_in_range", column="value"))[0] == "«Value (nn)» ligg mellom −10 og 2\u00a0000"
    )
    assert check_in_words(nn, dataset, replace(check, id="key_unique", column=None))[0].endswith("station, component, from_time")
    assert check_in_words(nn, dataset, check) == ("station is there", "en"), "what is not known keeps its own words and language"
    assert reason_in_words(nn, dataset, "value_in_range (12 rows: value lies between)") == (
        "«Value (nn)» ligg mellom −10 og 2\u00a0000 (12 rader)", "nn",
    )  # fmt: skip


def test_an_indicator_tells_its_newest_number_and_what_it_means(release: Path) -> None:
    found = html_of(release)
    nb = Outline(found["nb/indicators/sdg_11_6_2_no2.html"]).text
    assert "Oslo : 30,2 µg/m³ i 2024. Ned fra 31,5 µg/m³ i 2023." in nb
    assert "Bergen : Ingen verdi for 2024: for lav dekning til å gi en verdi." in nb
    en = Outline(found["en/indicators/sdg_11_6_2_no2.html"]).text
    assert "Oslo : 30.2 µg/m³ in 2024. Down from 31.5 µg/m³ in 2023." in en
    assert "select * from tables.station_year" in nb
    for heading in ("Hva tallet ikke sier", "Hvem og hva som ikke er med", "Slik er tallet regnet ut", "Forholdet til FNs indikator"):
        assert heading in nb


def test_a_missing_value_is_a_sign_and_never_zero(release: Path) -> None:
    page = html_of(release)["nb/indicators/sdg_11_6_2_no2.html"]
    row = re.search(r"<tr><th scope=\"row\">[^\n]*Bergen.*?</tr>", page)[0]
    assert "<td>–</td><td>2024</td>" in row and "<td>0" not in row
    assert "<td>40" in row, "coverage stands beside it"


def test_a_municipality_of_interest_without_numbers_has_a_page_that_says_so(release: Path) -> None:
    found = html_of(release)
    assert "Ingen av indikatorene har tall for denne kommunen ennå." in Outline(found["nb/municipalities/5001.html"]).text
    assert "4\u00a0250,1\u00a0kWh per innbygger" in found["nb/municipalities/0301.html"]


def test_status_page_counts_what_is_late_and_what_failed(publication: Publication, tmp_path: Path) -> None:
    state = publication.datasets[0]
    assert pages.is_late(state, date(2026, 11, 23)), "hourly data that end in February 2024"
    assert not pages.is_late(state, date(2024, 3, 20)), "a day's rhythm and a month's lag have not passed"
    assert not pages.is_late(replace(state, periods=(), snapshots=()), date(2026, 11, 23)), "what has no date cannot be late"
    failed = replace(state, checks=(replace(state.checks[0], success=False), replace(state.checks[0], success=False, severity="warning")))
    release = render(replace(publication, datasets=(failed, *publication.datasets[1:])), tmp_path / "release")
    told = Outline(html_of(release)["nb/status.html"]).text
    assert "3 datasett. Forsinket: 3. Kontroller som ikke er bestått: 1. Varsler: 1." in told
    assert "road_noise" in told


# --- charts and sentences ---


def line(*points: tuple[str, str | None, bool]) -> charts.Line:
    return charts.Line("Oslo", [(period, Decimal(value) if value else None, is_break) for period, value, is_break in points])


def draw(*lines: charts.Line) -> str:
    return charts.line_chart(lines, [], id="c", title="t", description="d", number=str, period_name=str)


def test_a_gap_in_the_series_is_a_gap_in_the_line() -> None:
    whole = line(("2020", "1", False), ("2021", "2", False), ("2022", "3", False))
    missing_row = line(("2020", "1", False), ("2021", "2", False), ("2023", "3", False), ("2024", "4", False))
    missing_value = line(("2020", "1", False), ("2021", "2", False), ("2022", None, False), ("2023", "3", False), ("2024", "4", False))
    periods = charts.every_period("2020", "2024")
    assert [len(part) for part in whole.stretches(periods)] == [3]
    assert missing_row.stretches(periods) == missing_value.stretches(periods)
    assert [len(part) for part in missing_row.stretches(periods)] == [2, 2]
    assert draw(whole).count('class="line s1"') == 1
    assert draw(missing_value).count('class="line s1"') == 2
    assert 'class="break' not in draw(missing_value)


def test_a_break_in_the_series_is_drawn_as_a_break() -> None:
    broken = line(("2020", "1", False), ("2021", "2", False), ("2022", "9", True), ("2023", "8", False))
    assert [len(part) for part in broken.stretches(charts.every_period("2020", "2023"))] == [2, 2]
    assert draw(broken).count('class="break s1"') == 1
    first = line(("2020", "1", True), ("2021", "2", False))
    assert 'class="break' not in draw(first), "a series does not break from nothing"


def test_a_single_value_is_a_mark_and_months_take_their_room() -> None:
    lonely = draw(line(("2020", "1", False), ("2021", None, False), ("2022", "3", False)))
    assert lonely.count("<circle") == 2 and 'class="line' not in lonely
    assert charts.every_period("2022-11", "2023-02") == ["2022-11", "2022-12", "2023-01", "2023-02"]
    assert charts.sparkline(line(("2020", "1", False))) == ""


def test_a_chart_says_in_words_what_it_shows_and_its_colours_come_from_the_style_sheet(release: Path) -> None:
    page = html_of(release)["nb/indicators/sdg_11_6_2_no2.html"]
    chart = re.search(r'<svg class="chart".*?</svg>', page, re.DOTALL)[0]
    assert "<title" in chart and "Linjer fra 2023 til 2024 for Oslo." in chart
    assert "fill=" not in chart and "stroke=" not in chart and "style=" not in chart
    assert "Tallene i figuren" in page, "the same numbers as a table"


def test_axes_reach_over_all_values_also_below_zero() -> None:
    for low, high in ((0, 14.3), (-3, 12), (0, 0.37), (0, 120_000), (-7, 0), (0, 0)):
        steps = charts.nice_steps(low, high)
        assert steps[0] <= low and steps[-1] >= high and 2 <= len(steps) <= 8, (low, high, steps)


def series(*points: tuple[str, str | None, str]) -> Series:
    made_of = [Point(period, Decimal(value) if value else None, status, None, None, "exact", ()) for period, value, status in points]
    return Series("0301", "Oslo", "", made_of)


def test_changes_are_told_as_far_as_the_shown_digits_go(publication: Publication) -> None:
    t, indicator = Words("nb"), publication.indicators[0].model_copy(update={"decimals": 1})
    assert sentences.latest(t, indicator, series(("2023", "8.04", "A"), ("2024", "8.01", "A"))).endswith("Det samme som i 2023.")
    assert sentences.latest(t, indicator, series(("2023", "8.0", "A"), ("2024", "9.0", "B"))).endswith("Her er det brudd i serien.")
    assert sentences.change(t, indicator, series(("2023", "8.0", "A"), ("2024", "9.0", "B"))) == "", "no change is told across a break"
    assert sentences.change(t, indicator, series(("2023", "8.0", "A"), ("2024", "9.25", "A"))) == "+1,3"
    assert sentences.latest(t, indicator, series(("2024", None, "O"))) == "Ingen verdi for 2024."
    assert sentences.latest(t, indicator, series(("2023", "8", "A"), ("2024", None, "Q"))).endswith(
        "Siste kjente verdi er 8,0\u00a0µg/m³ i 2023."
    )


def test_a_place_meets_a_limit_only_where_there_is_a_value_and_a_direction(publication: Publication) -> None:
    t, indicator = Words("en"), publication.indicators[0]
    goal = Benchmark(name=made("Goal"), value=8, source="law")

    def told(value: str | None, better: str) -> str | None:
        point = series(("2024", value, "A")).newest
        return sentences.against(t, indicator.model_copy(update={"better": better}), goal, "Oslo", point)

    assert told("8", "lower") == "Oslo is within it (8.0\u00a0µg/m³ in 2024)."
    assert told("9.5", "lower") == "Oslo is 1.5\u00a0µg/m³ away (9.5\u00a0µg/m³ in 2024)."
    assert told("9.5", "higher") == "Oslo is within it (9.5\u00a0µg/m³ in 2024)."
    assert told(None, "lower") is None and told("9.5", "context") is None


def test_three_hundred_municipalities_are_rendered_in_seconds(publication: Publication, tmp_path: Path) -> None:
    import time

    observations = tmp_path / "many.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"""copy (
              select i.id as indicator, lpad((1000 + a)::varchar, 4, '0') as ref_area, 'Kommune ' || a as ref_area_name,
                y::varchar as time_period, ((a * 7 + y) / 3)::decimal(28,6) as obs_value, 'ug/m3' as unit_measure, 'A' as obs_status,
                0.9::decimal(9,6) as coverage, 1::bigint as n_units, null::decimal(38,6) as numerator, null::decimal(38,6) as denominator,
                'exact' as comparability, 2024::bigint as borders_year, '' as breakdown, 'adapted' as fidelity, '' as warnings
              from (values ('sdg_11_6_2_no2'), ('sdg_9_4_electricity')) i(id), range(300) r(a), range(2015, 2025) s(y)
            ) to '{observations}' (format parquet)"""
        )
    many = replace(publication, observations=observations)
    start = time.process_time()
    release = render(many, tmp_path / "release")
    assert len(html_of(release)) > 900
    assert time.process_time() - start < 10
