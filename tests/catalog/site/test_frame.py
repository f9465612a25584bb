"""What every page has: three languages, landmarks, captions, a strict policy, enough contrast, little weight."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from catalog import site
from catalog.publication import Publication
from catalog.site import assets

LANGUAGES = ("nb", "nn", "en")
SYNTHETIC = {"nb": "syntetiske data", "nn": "syntetiske data", "en": "synthetic data"}


def test_every_page_exists_in_three_languages_and_points_at_the_others(
    publication: Publication, pages: dict[str, str], outline: type
) -> None:
    found = pages
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
        whole = outline(text)
        assert whole.all("html")[0]["lang"] == language
        links = whole.all("link")
        home = "https://data.example.org/current/site/"
        assert [link["href"] for link in links if link["rel"] == "canonical"] == [home + path]
        if page.startswith("embed/"):
            continue
        others = {link["hreflang"]: link["href"] for link in links if link["rel"] == "alternate" and "hreflang" in link}
        assert others == {**{other: f"{home}{other}/{page}" for other in LANGUAGES}, "x-default": f"{home}nb/{page}"}


def test_titles_tell_pages_apart(pages: dict[str, str]) -> None:
    for language in LANGUAGES:
        titles = Counter(re.search(r"<title>(.*?)</title>", text)[1] for path, text in pages.items() if path.startswith(language))
        assert [title for title, count in titles.items() if count > 1] == []


def test_synthetic_data_are_called_so_on_every_page_and_real_data_never(
    publication: Publication, tmp_path: Path, html_of: Callable[[Path], dict[str, str]], outline: type, render: Callable[..., Path]
) -> None:
    for is_synthetic in (True, False):
        release = render(replace(publication, synthetic=is_synthetic), tmp_path / str(is_synthetic))
        for path, text in html_of(release).items():
            language = path[:2] if path[2:3] == "/" else "nb"
            whole = outline(text)
            body = whole.text.casefold()
            if is_synthetic:
                assert SYNTHETIC[language] in body, path
                assert SYNTHETIC[language] in re.search(r"<title>(.*?)</title>", text)[1], path
            else:
                assert 'class="notice"' not in text and f"({SYNTHETIC[language]})" not in body, path


def test_pages_have_landmarks_headings_in_order_and_one_main_heading(outline: type, pages: dict[str, str]) -> None:
    for path, text in pages.items():
        whole = outline(text)
        levels = [int(tag[1]) for tag, _ in whole.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), f"{path}: {levels}"
        assert len(whole.all("main")) == 1, path
        ids = [attributes["id"] for _, attributes in whole.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        assert all(attributes.get("aria-label") for attributes in whole.all("nav")), path
        assert all("alt" in attributes for attributes in whole.all("img")), path
        for _, attributes in whole.tags:
            for name in ("aria-labelledby", "aria-describedby"):
                assert set((attributes.get(name) or "").split()) <= set(ids), f"{path}: {attributes}"
        if path != "index.html" and "/embed/" not in path:
            assert (len(whole.all("header")), len(whole.all("footer"))) == (1, 1), path
            assert whole.all("a")[0] == {"class": "skip", "href": "#content"}, path


def test_tables_have_captions_and_their_headings_a_scope(outline: type, pages: dict[str, str]) -> None:
    seen = 0
    for path, text in pages.items():
        for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
            seen += 1
            whole = outline(table)
            assert len(whole.all("caption")) == 1, path
            assert whole.all("th") and all(heading.get("scope") in ("col", "row") for heading in whole.all("th")), path
    assert seen > 50


def test_no_page_can_run_anything_or_load_from_elsewhere(outline: type, pages: dict[str, str]) -> None:
    for path, text in pages.items():
        whole = outline(text)
        policy = next(meta["content"] for meta in whole.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
        if path.endswith("/console.html"):
            policy = policy.replace("'wasm-unsafe-eval'", "", 1)
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, path
        assert not whole.all("style") and not whole.all("iframe"), path
        for script in whole.all("script"):
            assert script.get("type") in ("application/json", "application/ld+json") or re.match(r"(\.\./)+assets/", script["src"]), path
        for tag, attributes in whole.tags:
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


def test_equal_publications_give_equal_pages(
    publication: Publication, tmp_path: Path, html_of: Callable[[Path], dict[str, str]], render: Callable[..., Path]
) -> None:
    first, second = render(publication, tmp_path / "1"), render(publication, tmp_path / "2")
    assert html_of(first) == html_of(second)


def test_a_page_weighs_little(release: Path, pages: dict[str, str]) -> None:
    for path, text in pages.items():
        loaded = [release / "site" / address for address in re.findall(r'(?:href|src)="[./]*(assets/[^"]+)"', text)]
        assert any(file.suffix == ".css" for file in loaded), path
        weight = len(gzip.compress(text.encode())) + sum(len(gzip.compress(file.read_bytes())) for file in loaded)
        assert weight < 100_000, path
