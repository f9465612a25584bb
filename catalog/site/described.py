"""Pages as machines read them: schema.org descriptions, the sitemap, and how a page is cited."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import escape

from catalog import codes
from catalog.described import Distribution
from catalog.model import Indicator, Text
from catalog.publication import DatasetState
from catalog.site.inputs import Page, Site
from catalog.site.store import ISO_DAY, RELEASE, Store
from catalog.site.words import Words

CONTEXT = "https://schema.org/"


def catalogue(site: Site, t: Words) -> dict[str, Any]:
    """The whole catalogue, for the front page."""
    it = site.publication.catalog
    return {
        "@context": CONTEXT,
        "@type": "DataCatalog",
        "name": t.of(it.title),
        "description": t.of(it.description),
        "url": address(site, t, "index.html"),
        "inLanguage": t.language,
        "publisher": _publisher(site, t),
        "license": codes.LICENCES[it.licence][1],
        "dataset": [{"@type": "Dataset", "@id": address(site, t, f"datasets/{one.dataset.id}.html")} for one in site.publication.datasets],
    }


def dataset(site: Site, t: Words, state: DatasetState, page: Page) -> dict[str, Any]:
    it = state.dataset
    periods = sorted(period.period for period in state.periods if period.period != "all")
    return _described(
        site,
        t,
        page,
        site.files.get(f"data/{it.id}", ()),
        licence=codes.LICENCES[it.source.licence][1],
        keywords=getattr(it.keywords, t.language),
        creator={"@type": "Organization", "name": t.of(it.source.publisher.name)},
        temporal=f"{periods[0]}/{periods[-1]}" if periods else None,
        measured=[_variable(t, column.title, column.unit, column.description) for column in it.columns if column.unit],
    )


def indicator(site: Site, t: Words, it: Indicator, page: Page) -> dict[str, Any]:
    periods = site.of(it).periods
    return _described(
        site,
        t,
        page,
        site.files.get(f"indicators/{it.id}", ()),
        licence=codes.LICENCES[site.publication.catalog.licence][1],
        keywords=getattr(it.keywords, t.language),
        creator=_publisher(site, t),
        temporal=f"{periods[0]}/{periods[-1]}" if periods else None,
        measured=[_variable(t, it.title, it.unit, it.formula)],
    )


def _described(
    site: Site,
    t: Words,
    page: Page,
    files: Sequence[Distribution],
    *,
    licence: str,
    keywords: Sequence[str],
    creator: dict[str, Any],
    temporal: str | None,
    measured: list[dict[str, Any]],
) -> dict[str, Any]:
    base = site.publication.catalog.base_uri
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": address(site, t, page.path),
        "name": page.title + (f" ({t('synthetic.short')})" if site.synthetic else ""),
        "description": page.description,
        "url": address(site, t, page.path),
        "inLanguage": t.language,
        "version": RELEASE,
        "dateModified": ISO_DAY,
        "license": licence,
        "isAccessibleForFree": True,
        "keywords": list(keywords),
        "creator": creator,
        "publisher": _publisher(site, t),
        "spatialCoverage": {"@type": "Country", "name": t("words.norway")},
        "includedInDataCatalog": {"@type": "DataCatalog", "url": address(site, t, "index.html")},
        "variableMeasured": measured,
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{base}current/{one.path}",
                "encodingFormat": one.media_type,
                "contentSize": str(one.bytes),
            }
            for one in files
            if one.rows is not None
        ],
    }
    return found | ({"temporalCoverage": temporal} if temporal else {})


def _variable(t: Words, title: Text, unit: str | None, description: Text) -> dict[str, Any]:
    found = {"@type": "PropertyValue", "name": t.of(title), "description": t.of(description)}
    return found | ({"unitText": t.unit_name(unit)} if unit else {})


def _publisher(site: Site, t: Words) -> dict[str, Any]:
    own = site.publication.catalog.publisher
    found: dict[str, Any] = {"@type": "Organization", "name": t.of(own.name)}
    return found | ({"identifier": own.organisation_number} if own.organisation_number else {})


def address(site: Site, t: Words, path: str) -> str:
    """Where a page can always be found in its newest release."""
    return f"{site.publication.catalog.base_uri}current/site/{t.language}/{path}"


def citation(site: Site, t: Words, page: Page) -> dict[str, str]:
    """How to cite a page as it stands: in words, as BibTeX and as CSL-JSON."""
    own = site.publication.catalog
    where = f"{own.base_uri}releases/{RELEASE}/site/{t.language}/{page.path}"
    publisher = t.of(own.publisher.name)
    title = page.title + (f" ({t('synthetic.short')})" if site.synthetic else "")
    key = page.path.rpartition("/")[2].removesuffix(".html")
    safe = {"{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_"}
    escaped = "".join(safe.get(sign, sign) for sign in title)
    bibtex = (
        f"@misc{{{key},\n  title = {{{escaped}}},\n  author = {{{{{publisher}}}}},\n  howpublished = {{{t.of(own.title)}}},\n"
        f"  version = {{{RELEASE}}},\n  date = {{{ISO_DAY}}},\n  url = {{{where}}}\n}}"
    )
    csl = {
        "id": key,
        "type": "dataset",
        "title": title,
        "author": [{"literal": publisher}],
        "container-title": t.of(own.title),
        "version": RELEASE,
        "issued": {"raw": ISO_DAY},
        "URL": where,
    }
    return {
        "words": t("cite.words", publisher=publisher, title=title, catalog=t.of(own.title), release=RELEASE, address=where),
        "bibtex": bibtex,
        "csl": json.dumps([csl], ensure_ascii=False, indent=1),
    }


def sitemap(site: Site, store: Store) -> str:
    """Every page with the day on which it last changed."""
    base = f"{site.publication.catalog.base_uri}current/site/"
    pages = sorted(path for path in store.known if path.endswith(".html") and "/embed/" not in path and path != "index.html")
    urls = "".join(f"<url><loc>{escape(base + path)}</loc><lastmod>{store.changed_on(path)}</lastmod></url>\n" for path in pages)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
