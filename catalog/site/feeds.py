"""Atom feeds: of the catalogue, of every dataset and of every municipality, in each language.

A feed is its own history: the entries of the release before are kept as they were written, and a new one is put before them when
something changed. So a feed that nothing happened to keeps its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import escape

from catalog.hashes import digest
from catalog.site.answers import answers_about
from catalog.site.inputs import Site
from catalog.site.news import Changes, Counts, News, moment
from catalog.site.places import Place
from catalog.site.store import Store
from catalog.site.words import Words

MOST = 20
"""Entries of a feed."""
MOST_TOLD = 12
"""Numbers or indicators that one entry names."""
_ENTRY = re.compile(r"<entry>.*?</entry>\n", re.DOTALL)
_UPDATED = re.compile(r"<updated>(.*?)</updated>")


@dataclass(frozen=True)
class Feed:
    """Where a feed lies below its language, what it is about, and the page it belongs to."""

    path: str
    title: str
    page: str


def write_feeds(site: Site, store: Store, t: Words, found: Changes) -> None:
    """Every feed of one language."""
    title = t.of(site.publication.catalog.title)
    whole = Feed("feeds/changes.atom", t("feed.catalogue", catalog=title), "changes.html")
    is_news = bool(found.news.is_first or found.news.indicators or found.news.datasets)
    _write(site, store, t, whole, found.news, "; ".join(whole_lines(site, t, found.news)) if is_news else "")
    for state in site.publication.datasets:
        it = state.dataset
        feed = Feed(f"feeds/datasets/{it.id}.atom", t("feed.dataset", dataset=t.of(it.title), catalog=title), f"datasets/{it.id}.html")
        newest = t.period(state.newest_period) if state.newest_period else t("dataset.no_data")
        said = t("feed.dataset_changed", period=newest, rows=t.number(state.rows)) if it.id in found.news.datasets else ""
        _write(site, store, t, feed, found.news, said)
    for place in site.places:
        page = f"municipalities/{place.code}.html"
        feed = Feed(f"feeds/municipalities/{place.code}.atom", t("feed.municipality", name=place.name, catalog=title), page)
        _write(site, store, t, feed, found.news, _municipality(site, t, place, found))


def whole_lines(site: Site, t: Words, news: News) -> list[str]:
    """What a release changed, one line for each kind of change."""
    if news.is_first:
        return [t("news.first")]
    indicators = {it.id: it for it in site.publication.indicators}
    lines = [
        t("news.indicator", title=t.of(indicators[id_].title), changes=counted(t, counts))
        for id_, counts in list(news.indicators.items())[:MOST_TOLD]
        if id_ in indicators
    ]
    if len(news.indicators) > MOST_TOLD:
        lines.append(t("news.more", count=t.number(len(news.indicators) - MOST_TOLD)))
    titles = {state.dataset.id: t.of(state.dataset.title) for state in site.publication.datasets}
    changed = [titles[id_] for id_ in news.datasets if id_ in titles]
    return [*lines, t("news.datasets", titles=t.list(changed))] if changed else lines


def counted(t: Words, counts: Counts) -> str:
    """«3 nye, 1 rettet»."""
    kinds = ("added", "revised", "withdrawn")
    return ", ".join(t(f"news.{kind}", count=t.number(count)) for kind, count in zip(kinds, counts, strict=True) if count)


def _municipality(site: Site, t: Words, place: Place, found: Changes) -> str:
    """The newest numbers of the indicators that changed; empty where none did."""
    if found.news.is_first:
        return t("news.first")
    told: list[str] = []
    indicators = {it.id: it for it in site.publication.indicators}
    changed = found.areas.get(place.code, {})
    for id_, counts in list(changed.items())[:MOST_TOLD]:
        if it := indicators.get(id_):
            series = site.of(it).area(place.code)
            known = series.with_value[-1] if series and series.with_value else None
            newest = (
                f" ({t.amount(known.value, it.unit, it.decimals)}, {t.period(known.period)})" if known and known.value is not None else ""
            )
            told.append(t("news.indicator", title=t.of(it.title), changes=counted(t, counts)) + newest)
    if len(changed) > MOST_TOLD:
        told.append(t("news.more", count=t.number(len(changed) - MOST_TOLD)))
    return "; ".join(told)


def _write(site: Site, store: Store, t: Words, feed: Feed, news: News, said: str) -> None:
    path = f"{t.language}/{feed.path}"
    earlier = store.before / path if store.before else None
    entries = _ENTRY.findall(earlier.read_text("utf-8")) if earlier and earlier.is_file() else []
    if said:
        entries = [_entry(site, t, feed, news, said), *entries]
    entries = [*_answers(site, t, feed, news, entries), *entries][:MOST]
    base = f"{site.publication.catalog.base_uri}current/site/{t.language}/"
    updated = _UPDATED.search(entries[0]) if entries else None
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{t.language}">\n'
        f"<id>{_tag(site, feed.path, t)}</id>\n<title>{escape(feed.title)}</title>\n"
        f"<updated>{updated[1] if updated else news.at}</updated>\n"
        f"<author><name>{escape(t.of(site.publication.catalog.publisher.name))}</name></author>\n"
        f'<link rel="self" type="application/atom+xml" href="{escape(base + feed.path)}"/>\n'
        f'<link rel="alternate" type="text/html" href="{escape(base + feed.page)}"/>\n'
    )
    store.write(path, head + "".join(entries) + "</feed>\n")


def _entry(site: Site, t: Words, feed: Feed, news: News, said: str) -> str:
    title = t("feed.entry", day=t.day(moment(news).date()))
    synthetic = f"{t('synthetic.label')}. " if site.synthetic else ""
    address = f"{site.publication.catalog.base_uri}releases/{news.release}/site/{t.language}/{feed.page}"
    return (
        f"<entry>\n<id>{_tag(site, feed.path, t)}/{news.release}</id>\n<title>{escape(title)}</title>\n<updated>{news.at}</updated>\n"
        f'<link rel="alternate" type="text/html" href="{escape(address)}"/>\n'
        f'<content type="text">{escape(synthetic + said)}</content>\n</entry>\n'
    )


def _answers(site: Site, t: Words, feed: Feed, news: News, told: Sequence[str]) -> list[str]:
    """An entry for each published answer about what the feed is about that it has not told yet."""
    found: list[str] = []
    for one in answers_about(Path(feed.page).stem):
        name = f"{_tag(site, feed.path, t)}/answers/{digest(one.question.nb, one.answered_on.isoformat())[:12]}"
        address = f"{site.publication.catalog.base_uri}releases/{news.release}/site/{t.language}/{feed.page}#answers"
        if not any(f"<id>{name}</id>" in entry for entry in told):
            found.append(
                f"<entry>\n<id>{name}</id>\n<title>{escape(t('feed.answer', question=t.of(one.question)))}</title>\n"
                f"<updated>{news.at}</updated>\n"
                f'<link rel="alternate" type="text/html" href="{escape(address)}"/>\n'
                f'<content type="text">{escape(t.of(one.answer))}</content>\n</entry>\n'
            )
    return found


def _tag(site: Site, path: str, t: Words) -> str:
    """A name for ever, as RFC 4151 makes them, from the catalogue's host and its first day."""
    catalog = site.publication.catalog
    issued: date = catalog.issued
    return f"tag:{urlsplit(catalog.base_uri).hostname},{issued.isoformat()}:{t.language}/{path.removesuffix('.atom')}"
