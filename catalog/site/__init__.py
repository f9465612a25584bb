"""Metadata and observations → public pages: HTML in three languages, complete without scripts. The one package that imports jinja2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket

from catalog import codes
from catalog.building.plan import software_fingerprint
from catalog.described import Distribution
from catalog.ethics.record import EthicsRecord
from catalog.ethics.rules import rule_title
from catalog.hashes import digest
from catalog.lineage import source_datasets
from catalog.metadata.dcat import describe
from catalog.metadata.score import Score, score
from catalog.model import LANGUAGES
from catalog.publication import Publication
from catalog.site import (
    assets,
    catalogue_page,
    compare_page,
    console,
    dataset_page,
    described,
    gap_page,
    indicator_page,
    municipality_page,
    news,
    pages,
    search,
    share,
)
from catalog.site.comparisons import read_peers, read_progress
from catalog.site.feeds import write_feeds
from catalog.site.inputs import Page, Site
from catalog.site.links import broken_links
from catalog.site.observations import read_observations
from catalog.site.places import read_places
from catalog.site.revisions import read_revisions
from catalog.site.store import DAY, ISO_DAY, RELEASE, Store
from catalog.site.terms import linked
from catalog.site.words import LANGUAGE_NAMES, Words

HERE = Path(__file__).parent

Told = tuple[Template, Page, dict[str, Any]]
"""A page: the template that draws it, where it lies, and what it shows."""


def render(
    publication: Publication,
    release_id: str,
    files: Mapping[str, Sequence[Distribution]],
    ethics: Mapping[str, EthicsRecord],
    folder: Path,
    before: Path | None = None,
) -> dict[str, str]:
    """Every page under `folder/site`, with all that the pages load. Returns the files taken over from `before`, the folder of the release
    before, by path with their hash: those of which nothing changed.

    `folder` is the release: pages point at its data by relative paths, so they work wherever the release is served from.
    Equal arguments give equal bytes.
    """
    root = folder / "site"
    root.mkdir(parents=True, exist_ok=True)
    site = Site(
        publication=publication,
        release=RELEASE,
        files=files,
        ethics=ethics,
        observed=read_observations(publication.observations),
        sources=source_datasets(publication),
        register=read_places(publication.area_files.get("municipalities")),
        peers=read_peers(publication.table_files.get("peers")),
        progress=read_progress(publication.table_files.get("progress")),
        assets=assets.write(root),
        revisions=read_revisions(folder / "indicators" / "revisions.parquet"),
        changes=news.changes(publication, release_id, before),
        scores=_scores(publication, release_id, files, ethics),
        quality=frozenset(path.stem for path in (folder / "quality").glob("*.json")),
    )
    store = Store(root, release_id, publication.built_at.date(), before / "site" if before else None)
    environment = _environment(site)
    for language in LANGUAGES:
        words = Words(language)
        for template, page, context in _pages(site, words, environment):
            _write(store, words, template, page, context)
        write_feeds(site, store, words, site.changes)
        share.write_pictures(site, store, words)
    store.write(news.HISTORY, news.write(site.changes))
    _write_municipalities(site, store, environment)
    choice = environment.get_template("language.html")
    store.write("index.html", choice.render(words={language: Words(language) for language in publication.catalog.languages}))
    store.write("sitemap.xml", described.sitemap(site, store))
    store.finish()
    return {f"site/{path}": sha256 for path, sha256 in store.linked.items()}


def _scores(
    publication: Publication, release_id: str, files: Mapping[str, Sequence[Distribution]], ethics: Mapping[str, EthicsRecord]
) -> dict[str, tuple[Score, ...]]:
    """Points of each dataset's metadata. Own addresses count as answering and shapes as kept: a gate lets no release out otherwise."""
    base = publication.catalog.base_uri
    told = score(describe(publication, release_id, files, ethics), release_id, answers=lambda address: address.startswith(base))
    found: dict[str, tuple[Score, ...]] = {}
    for one in told.of:
        folder, _, name = one.name.partition("/")
        if folder == "datasets":
            found[name] = (*found.get(name, ()), one)
    return found


SHARES = ("uniqueTraces", "temporalCompleteness", "completenessGap", "populationCoverage", "coverageGap")
"""Measurements from 0 to 1, told in per cent."""


class Compiled(BytecodeCache):
    """Templates, compiled once in the life of a process: that takes longer than to render a small catalogue."""

    known: ClassVar[dict[tuple[str, str], CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key, bucket.checksum] = bucket.code


def _environment(site: Site) -> Environment:
    """Templates with everything escaped, and a mistake instead of an empty text where a name does not exist."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=Compiled(),
    )

    def address(language: str, path: str) -> str:
        """Where a page can always be found in its newest release."""
        return f"{site.publication.catalog.base_uri}current/site/{language}/{path}"

    environment.globals |= {
        "site": site,
        "catalog": site.publication.catalog,
        "languages": site.publication.catalog.languages,
        "language_names": LANGUAGE_NAMES,
        "themes": codes.THEMES,
        "formats": codes.FORMATS,
        "is_open": site.is_open,
        "rule_title": rule_title,
        "laws": codes.LAWS,
        "shares": SHARES,
        "address": address,
        "changed_on": DAY,
        "linked": linked,
        "pictures": share.has_letters(),
    }
    return environment


def _pages(site: Site, words: Words, environment: Environment) -> Iterator[Told]:
    """All pages of one language but those of municipalities."""
    get = environment.get_template
    yield get("front.html"), *pages.front(site, words)
    for state in site.publication.datasets:
        yield get("dataset.html"), *dataset_page.dataset(site, words, state)
    for indicator in site.publication.indicators:
        page, context = indicator_page.indicator(site, words, indicator)
        yield get("indicator.html"), page, context
        yield get("embed.html"), replace(page, path=f"embed/{indicator.id}.html"), context
    yield get("catalogue.html"), *catalogue_page.datasets(site, words)
    yield get("catalogue.html"), *catalogue_page.indicators(site, words)
    for row in gap_page.missing(site):
        yield get("gap.html"), *gap_page.gap(site, words, row)
    yield get("search.html"), *search.search(site, words)
    yield get("compare.html"), *compare_page.compare(site, words)
    for county, places in compare_page.counties(site):
        yield get("county.html"), *compare_page.county_page(site, words, county, places)
    yield get("municipalities.html"), *pages.municipalities(site, words)
    for number in pages.GOALS:
        yield get("goal.html"), *pages.goal(site, words, number)
    if site.assets.has_console:
        yield get("console.html"), *console.console(site, words)
    for name in ("tables", "changes", "method", "glossary", "about", "accessibility", "status"):
        yield get(f"{name}.html"), *getattr(pages, name)(site, words)


def _write_municipalities(site: Site, store: Store, environment: Environment) -> None:
    """The pages of municipalities, most of all pages: only those are rendered of which something changed."""
    template = environment.get_template("municipality.html")
    around = _around(site)
    words = {language: Words(language) for language in LANGUAGES}
    for place in site.places:
        made_from = digest(around, repr(municipality_page.inputs(site, place)))
        for language, t in words.items():
            if not store.take_over(f"{language}/municipalities/{place.code}.html", made_from):
                page, context = municipality_page.municipality(site, t, place)
                _write(store, t, template, page, context, made_from)
        if not store.take_over(f"compare/{place.code}.json", made_from):
            store.write(f"compare/{place.code}.json", compare_page.values(site, place), made_from)


def _around(site: Site) -> str:
    """A fingerprint of what stands on every page, whatever it is about: words, frame, catalogue and indicators."""
    publication = site.publication
    return digest(
        software_fingerprint(),
        publication.catalog.model_dump(mode="json"),
        [it.model_dump(mode="json", exclude={"sql", "example"}) for it in publication.indicators],
        publication.synthetic,
        list(site.assets.styles),
        sorted(site.assets.scripts.items()),
        site.assets.has_console,
    )


def _write(store: Store, t: Words, template: Template, page: Page, context: Mapping[str, Any], made_from: str = "") -> None:
    content = template.render(context, page=page, up="../" * page.path.count("/"), t=t)
    store.write(f"{t.language}/{page.path}", content, made_from, _now(store, t))


def _now(store: Store, t: Words) -> dict[str, str]:
    """What stands in the place of the placeholders in a page that changed with this release."""
    return {RELEASE: store.release, DAY: t.day(store.day), ISO_DAY: store.day.isoformat()}


__all__ = ["broken_links", "render"]
