"""Metadata and observations → the public pages: static HTML in three languages, without scripts. The one package that imports jinja2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from catalog import codes
from catalog.distributions import Distribution
from catalog.ethics import EthicsRecord, rule_title
from catalog.lineage import source_datasets
from catalog.model import LANGUAGES
from catalog.publication import Publication
from catalog.site import assets, charts, dataset_page, indicator_page, municipality_page, pages, sentences
from catalog.site.comparisons import read_peers, read_progress
from catalog.site.inputs import Page, Site
from catalog.site.observations import read_observations
from catalog.site.places import read_places
from catalog.site.words import LANGUAGE_NAMES, Words

HERE = Path(__file__).parent


def render(
    publication: Publication,
    release_id: str,
    files: Mapping[str, Sequence[Distribution]],
    ethics: Mapping[str, EthicsRecord],
    folder: Path,
) -> list[Path]:
    """Every page under `folder/site`, and the style sheet and icon they use. Returns what was written.

    `folder` is the release: pages point at its data by relative paths, so they work wherever the release is served from.
    Equal arguments give equal bytes.
    """
    root = folder / "site"
    root.mkdir(parents=True, exist_ok=True)
    loaded = assets.write(root)
    written = list(loaded.written)
    site = Site(
        publication=publication,
        release=release_id,
        files=files,
        ethics=ethics,
        observed=read_observations(publication.observations),
        sources=source_datasets(publication),
        register=read_places(publication.area_files.get("municipalities")),
        peers=read_peers(publication.table_files.get("peers")),
        progress=read_progress(publication.table_files.get("progress")),
        assets=loaded,
        quality=frozenset(path.stem for path in (folder / "quality").glob("*.json")),
    )
    environment = _environment(site)
    sparks = _sparklines(site)
    for language in LANGUAGES:
        words = Words(language)
        for name in ("", "datasets", "indicators", "municipalities", "goals"):
            (root / language / name).mkdir(parents=True, exist_ok=True)
        for template, page, context in _pages(site, words, sparks, environment):
            path = root / language / page.path
            up = "../" * page.path.count("/")
            path.write_text(template.render(context, page=page, up=up, t=words), "utf-8", newline="\n")
            written.append(path)
    path = root / "index.html"
    choice = environment.get_template("language.html")
    path.write_text(choice.render(words={language: Words(language) for language in LANGUAGES}), "utf-8", newline="\n")
    return [*written, path]


def _environment(site: Site) -> Environment:
    """Templates with everything escaped, and a mistake instead of an empty text where a name does not exist."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

    def address(language: str, path: str) -> str:
        """Where a page can always be found in its newest release."""
        return f"{site.publication.catalog.base_uri}current/site/{language}/{path}"

    environment.globals |= {
        "site": site,
        "catalog": site.publication.catalog,
        "languages": LANGUAGES,
        "language_names": LANGUAGE_NAMES,
        "themes": codes.THEMES,
        "formats": codes.FORMATS,
        "is_open": site.is_open,
        "rule_title": rule_title,
        "address": address,
    }
    return environment


def _pages(
    site: Site, words: Words, sparks: Mapping[tuple[str, str], Any], environment: Environment
) -> Iterator[tuple[Template, Page, dict[str, Any]]]:
    """All pages of one language with the template that draws each."""
    get = environment.get_template
    yield get("front.html"), *pages.front(site, words)
    for state in site.publication.datasets:
        yield get("dataset.html"), *dataset_page.dataset(site, words, state)
    for indicator in site.publication.indicators:
        yield get("indicator.html"), *indicator_page.indicator(site, words, indicator)
    for place in site.places:
        yield get("municipality.html"), *municipality_page.municipality(site, words, place, sparks)
    yield get("municipalities.html"), *pages.municipalities(site, words)
    for number in pages.GOALS:
        yield get("goal.html"), *pages.goal(site, words, number)
    for name in ("tables", "method", "about", "accessibility", "status"):
        yield get(f"{name}.html"), *getattr(pages, name)(site, words)


def _sparklines(site: Site) -> dict[tuple[str, str], Any]:
    """The small line of every indicator and municipality: without words, so the same in all languages and drawn once."""
    found: dict[tuple[str, str], Any] = {}
    for indicator in site.publication.indicators:
        observed = site.of(indicator)
        for place in site.places:
            if series := observed.area(place.code):
                points = [(point.period, point.value, point.status == sentences.BREAK) for point in series.points]
                found[indicator.id, place.code] = charts.sparkline(charts.Line(series.name, points))
    return found


# Our templates quote every attribute and escape every quote in a text, so a text can never look like one of these.
_LINK = re.compile(r'<(\w+)[^<>]*?\s(?:href|src)="([^"]*)"[^<>]*>')
_ID = re.compile(r'\sid="([^"]*)"')


def broken_links(folder: Path) -> list[str]:
    """Links of all pages under `folder/site` that lead to no file of the release, or to no place on a page; sorted, one sentence each.

    Addresses of other hosts are not looked up. Those of the catalogue itself (canonical address, other languages) are, because
    every page says where it lives.
    """
    site = folder / "site"
    ids: dict[Path, frozenset[str]] = {}
    broken: set[str] = set()

    def ids_of(path: Path) -> frozenset[str]:
        if path not in ids:
            ids[path] = frozenset(unescape(found) for found in _ID.findall(path.read_text("utf-8")))
        return ids[path]

    exists: dict[Path, bool] = {}
    for page in sorted(site.rglob("*.html")):
        text = page.read_text("utf-8")
        ids[page] = frozenset(unescape(found) for found in _ID.findall(text))
        own = page.relative_to(folder).as_posix()
        links = {unescape(address) for _, address in _LINK.findall(text)}
        home = next((address.removesuffix(own) for address in sorted(links) if address.endswith(f"/current/{own}")), None)
        for address in sorted(links):
            target = _target(address, page, folder, home)
            if target is None:
                continue
            path, fragment = target
            if path not in exists:
                exists[path] = path.is_file() and path.resolve().is_relative_to(folder.resolve())
            if not exists[path]:
                broken.add(f"{own}: {address} is not in the release")
            elif fragment and fragment not in ids_of(path):
                broken.add(f"{own}: {address} points at a place that is not on the page")
    return sorted(broken)


def _target(address: str, page: Path, folder: Path, home: str | None) -> tuple[Path, str] | None:
    """The file and place a link leads to; None for what lies outside the release."""
    if home and address.startswith(home):
        parts = urlsplit(address.removeprefix(home))
        return folder / unquote(parts.path), unquote(parts.fragment)
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    if parts.path.startswith("/"):
        inside = re.sub(r"^/(current|releases/[^/]+)/", "", parts.path)
        return folder / unquote(inside.lstrip("/")), unquote(parts.fragment)
    path = page if not parts.path else Path(*_normal((page.parent / unquote(parts.path)).parts))
    return path, unquote(parts.fragment)


def _normal(parts: Sequence[str]) -> list[str]:
    """A path without `..`, worked out on the name alone."""
    found: list[str] = []
    for part in parts:
        if part == "..":
            found.pop()
        elif part != ".":
            found.append(part)
    return found


__all__ = ["broken_links", "render"]
