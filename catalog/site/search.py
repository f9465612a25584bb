"""Everything that can be looked up, in one list: a page by letters without scripts, searched by `scripts/search.js` with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from catalog.site.gap_page import gap_path, missing
from catalog.site.inputs import Page, Site
from catalog.site.places import county
from catalog.site.terms import terms
from catalog.site.words import Words, norwegian_order

PLAIN = {"æ": "a", "ä": "a", "ø": "o", "ö": "o", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss"}
"""Letters that are no marked form of another, as somebody without them on the keyboard writes them."""
DOUBLE = (("aa", "a"), ("ae", "a"), ("oe", "o"))
"""Other spellings of å, æ and ø."""


class Entry(NamedTuple):
    """Something to find: what sort of thing, its title and page, a line about it, and further words that lead to it."""

    kind: str
    title: str
    path: str
    note: str
    words: str


def fold(text: str) -> str:
    """A text as it is searched: small plain letters and digits, so that «stoy» finds «støy» and «alesund» finds «Ålesund»."""
    small = "".join(PLAIN.get(sign, sign) for sign in unicodedata.normalize("NFC", text.casefold()))
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", small) if not unicodedata.combining(sign))
    for spelling, letter in DOUBLE:
        plain = plain.replace(spelling, letter)
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def entries(site: Site, t: Words) -> Iterator[Entry]:
    """All of one language: municipalities with all their names, indicators, gaps, datasets, goals, terms and pages."""
    for place in site.places:
        others = [name for _, name in place.other_names]
        where = county(place.county).name if place.county else ""
        note = ", ".join(part for part in (*others, where) if part)
        yield Entry("municipality", place.name, f"municipalities/{place.code}.html", note, _words([*others, place.code, where]))
    for it in site.publication.indicators:
        words = [*getattr(it.keywords, t.language), it.sdg.indicator or it.sdg.target, t.code("target_image", it.target_image)]
        yield Entry("indicator", t.of(it.title), f"indicators/{it.id}.html", t.unit_name(it.unit), _words([*words, t.of(it.description)]))
    for state in site.publication.datasets:
        it = state.dataset
        words = [*getattr(it.keywords, t.language), t.of(it.source.publisher.name), it.id]
        yield Entry("dataset", t.of(it.title), f"datasets/{it.id}.html", t.of(it.source.publisher.name), _words(words))
    for row in missing(site):
        yield Entry("gap", t.of(row.title), gap_path(row), row.id, _words([t.of(row.description)]))
    for id_, term in terms().items():
        yield Entry("term", t.of(term.term), f"glossary.html#{id_}", "", _words(getattr(term.forms, t.language)))
    for number in (9, 11, 17):
        name = t(f"goal.{number}")
        yield Entry("page", t("sdg.goal_name", goal=number, name=name), f"goals/{number}.html", "", _words([t(f"goal_text.{number}")]))


def _words(found: Iterable[str]) -> str:
    """Further words, each once."""
    return " ".join(dict.fromkeys(" ".join(fold(one) for one in found).split()))


def search(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """All entries by letter, as Norwegian sorts them."""
    found = sorted(entries(site, t), key=lambda entry: (norwegian_order(entry.title), entry.kind, entry.path))
    letters = [(letter, list(group)) for letter, group in groupby(found, key=lambda entry: _letter(entry.title))]
    return Page("search.html", t("search.title"), t("search.intro", count=t.number(len(found)))), {"letters": letters, "count": len(found)}


def _letter(title: str) -> str:
    """The first letter of a title, without what stands before it; marked letters stand with their kin but for æ, ø and å."""
    first = next((sign for sign in title.upper() if sign.isalnum()), "#")
    if first.isdigit():
        return "0–9"
    return first if first in "ÆØÅ" else unicodedata.normalize("NFKD", first)[0]
