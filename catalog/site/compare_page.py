"""Municipalities beside each other: a page for every county, and one on which readers choose whom to compare.

The chosen ones are put together by `scripts/compare.js` from one small file per municipality. Without scripts there are the counties.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from itertools import groupby
from typing import Any

from catalog.model import Indicator
from catalog.site import sentences
from catalog.site.inputs import Page, Site
from catalog.site.places import County, Place, county
from catalog.site.words import Words, norwegian_order

PLACES = ("a", "b", "c")
"""The names of those who are compared, in the address of the page."""


def counties(site: Site) -> list[tuple[County, list[Place]]]:
    """Counties in order of name with their municipalities that have pages."""
    by_code: dict[str, list[Place]] = {}
    for place in site.places:
        if place.county:
            by_code.setdefault(place.county, []).append(place)
    return sorted(((county(code), found) for code, found in by_code.items()), key=lambda one: norwegian_order(one[0].name))


def compare(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """The form to choose municipalities, and the rows that are filled in."""
    rows = [(goal, [_row(t, it) for it in found]) for goal, found in _by_goal(_shown(site))]
    return Page("compare.html", t("compare.title"), t("compare.intro")), {
        "counties": counties(site),
        "rows": rows,
        "registered": [place for place in site.places if place.county],
        "places": PLACES,
        "ready": ready(site, t),
    }


def ready(site: Site, t: Words) -> list[tuple[str, str]]:
    """Comparisons to begin with, as (query, names): each municipality of interest with those it chose, else with the others."""
    own = [place.code for place in site.places_of_interest]
    found: list[tuple[str, str]] = []
    for code in own:
        chosen = [other for other in (*site.publication.catalog.compare_with.get(code, ()), *own) if other in site.place_codes]
        codes = list(dict.fromkeys((code, *chosen)))[: len(PLACES)]
        if len(codes) > 1:
            query = "&".join(f"{name}={one}" for name, one in zip(PLACES, codes, strict=False))
            found.append((query, t.list([site.place_names[one] for one in codes])))
    return found


def county_page(site: Site, t: Words, it: County, places: list[Place]) -> tuple[Page, dict[str, Any]]:
    """All municipalities of a county, one table for each goal."""
    tables: list[dict[str, Any]] = []
    for goal, found in _by_goal(_shown(site)):
        columns = [one for one in found if any(_newest(site, one, place) for place in places)]
        newest = {place: [_newest(site, one, place) for one in columns] for place in places}
        usual = [Counter(known[0] for known in column if known).most_common(1)[0][0] for column in zip(*newest.values(), strict=True)]
        if columns:
            heads = [
                {
                    "id": one.id,
                    "title": t.of(one.title),
                    "unit": t.symbol(one.unit),
                    "better": t(f"better.{one.better}"),
                    "period": t.period(period),
                }
                for one, period in zip(columns, usual, strict=True)
            ]
            rows = [
                (place, [_cell(t, *cell) for cell in zip(columns, known, usual, strict=True)])
                for place, known in newest.items()
                if any(known)
            ]
            without = [place.name for place, known in newest.items() if not any(known)]
            tables.append({"goal": goal, "columns": heads, "rows": rows, "without": t.list(without) if without else ""})
    page = Page(
        f"compare/{it.code}.html",
        t("compare.county_title", county=it.name),
        t("compare.county_intro", county=it.name, count=t.number(len(places))),
        (("compare.html", t("compare.title")),),
    )
    return page, {"county": it, "tables": tables}


def values(site: Site, place: Place) -> str:
    """A municipality's newest values as JSON, the same for all languages: indicator → [period, value]."""
    found = {it.id: [newest[0], _plain(newest[1])] for it in _shown(site) if (newest := _newest(site, it, place))}
    return json.dumps({"code": place.code, "name": place.name, "values": found}, ensure_ascii=False) + "\n"


def _shown(site: Site) -> list[Indicator]:
    return [it for it in site.publication.indicators if it.geography == "municipality" and site.of(it).areas_with_value]


def _by_goal(found: list[Indicator]) -> list[tuple[int, list[Indicator]]]:
    return [(goal, list(group)) for goal, group in groupby(sorted(found, key=lambda it: it.sdg.goal), key=lambda it: it.sdg.goal)]


def _row(t: Words, it: Indicator) -> dict[str, Any]:
    return {
        "id": it.id,
        "title": t.of(it.title),
        "unit": t.symbol(it.unit),
        "decimals": it.decimals,
        "better": it.better,
        "better_text": t(f"better.{it.better}"),
    }


def _newest(site: Site, it: Indicator, place: Place) -> tuple[str, Decimal] | None:
    series = site.of(it).area(place.code)
    point = series.with_value[-1] if series and series.with_value else None
    return (point.period, point.value) if point and point.value is not None else None


def _cell(t: Words, it: Indicator, newest: tuple[str, Decimal] | None, usual: str) -> tuple[str, str]:
    """A value, and its period where that is not the one in the head of the column."""
    if newest is None:
        return "", ""
    return sentences.number(t, it, newest[1]), t.period(newest[0]) if newest[0] != usual else ""


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
