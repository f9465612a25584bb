"""What the other pages show, as plain values: front page, places, goals, and the pages about the catalogue itself. No HTML here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from catalog import codes
from catalog.building.registry import Row
from catalog.described import standing_tables
from catalog.load import vocabulary
from catalog.model import Indicator
from catalog.periods import span
from catalog.publication import DatasetState
from catalog.site import described, municipality_page, sentences
from catalog.site.assets import packages
from catalog.site.comparisons import names
from catalog.site.dataset_page import why_withheld
from catalog.site.feeds import whole_lines
from catalog.site.gap_page import missing
from catalog.site.indicator_page import why_none
from catalog.site.inputs import Page, Site, in_reading_order, observations_query
from catalog.site.news import moment
from catalog.site.terms import terms
from catalog.site.words import Words, norwegian_order

GOALS = (9, 11, 17)

FAILURES = {
    "SourceError": "source",
    "ParseError": "unreadable",
    "DataError": "broken",
    "GateError": "broken",
    "PrivacyError": "privacy",
    "StorageError": "storage",
}
"""Class of an error → what readers are told; any other is told as `other`."""


def front(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    publication = site.publication
    by_theme = {theme: [state for state in publication.datasets if state.dataset.themes[0] == theme] for theme in codes.THEMES}
    title = t.of(publication.catalog.title)
    return Page("index.html", title, t.of(publication.catalog.description)), {
        "described": described.catalogue(site, t),
        "places": [(place, municipality_page.summary(site, t, place)) for place in site.places_of_interest or site.places[:4]],
        "place_count": t.number(len(site.places)),
        "indicator_count": t.number(len(publication.indicators)),
        "dataset_count": t.number(len(publication.datasets)),
        "by_goal": [
            (goal, sum(it.sdg.goal == goal for it in publication.indicators), sum(row.sdg.goal == goal for row in missing(site)))
            for goal in GOALS
        ],
        "by_image": images(site, t),
        "most_shown": 5,
        "latest": latest(site, t, 3),
        "by_theme": [(theme, states) for theme, states in by_theme.items() if states],
        "withheld": [(state, why_withheld(t, state)) for state in publication.datasets if state.periods and not site.is_open(state)],
        "empty": [state for state in publication.datasets if not state.periods],
        "quarantined": [
            (state, t("front.quarantined", periods=t.list([t.period(one.period) for one in state.quarantined])))
            for state in publication.datasets
            if state.quarantined
        ],
        "unknown": publication.not_yet_known,
        "asked_for": _asked_for(t, site.registry),
    }


def images(site: Site, t: Words) -> list[tuple[str, list[tuple[Indicator, str]]]]:
    """The six target images of the roadmap with their indicators, those with numbers first, and what is known of each in short."""
    found: list[tuple[str, list[tuple[Indicator, str]]]] = []
    for image in vocabulary("target_image"):
        own = [(it, _in_short(site, t, it)) for it in site.publication.indicators if it.target_image == image]
        found.append((t.code("target_image", image), sorted(own, key=lambda one: not one[1])))
    return found


def _in_short(site: Site, t: Words, it: Indicator) -> str:
    """`16,8 µg/m³ i den midterste kommunen, 2024`, or the value of the catalogue, or how many have a value; empty where nobody has."""
    observed = site.of(it)
    if middle := observed.newest_middle:
        return t("front.middle", value=sentences.value(t, it, middle.value), period=t.period(middle.period))
    own = observed.area("catalogue")
    if own is None or not own.with_value:
        count = len(observed.areas_with_value)
        return t("facet.municipalities", count=t.number(count)) if count else ""
    newest = own.with_value[-1]
    assert newest.value is not None
    return t("front.own", value=sentences.value(t, it, newest.value), period=t.period(newest.period))


def _asked_for(t: Words, rows: Sequence[Row]) -> str:
    """How much of the registry, or of a part of it, has a number."""
    count = {status: t.number(sum(row.status == status for row in rows)) for status in vocabulary("registry_status")}
    return t("registry.summary", count=t.number(len(rows)), **count) if rows else ""


def municipalities(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    letters = [(letter, list(found)) for letter, found in groupby(site.places, key=lambda place: place.name[:1].upper())]
    page = Page("municipalities/index.html", t("municipalities.title"), t("municipalities.intro", count=t.number(len(site.places))))
    return page, {"letters": letters, "place_count": t.number(len(site.places))}


def goal(site: Site, t: Words, number: int) -> tuple[Page, dict[str, Any]]:
    """Target by target what has numbers, then what has none and why. An indicator without numbers stands with its row of the registry."""
    rows = [row for row in site.registry if row.sdg.goal == number]
    missing = [row for row in rows if row.reason]
    explained = {it.id for row in missing for it in row.indicators if not site.of(it).periods}
    shown = [it for it in site.publication.indicators if it.sdg.goal == number and it.id not in explained]
    targets: list[tuple[str, list[tuple[Indicator, str | None]], list[Row]]] = []
    for target in sorted({*(it.sdg.target for it in shown), *(row.sdg.target for row in missing)}, key=_target_order):
        cards = [(it, sentences.middle(t, it, site.of(it).newest_middle)) for it in shown if it.sdg.target == target]
        targets.append((target, cards, [row for row in missing if row.sdg.target == target]))
    title = t("sdg.goal_name", goal=number, name=t(f"goal.{number}"))
    page = Page(f"goals/{number}.html", title, t(f"goal_text.{number}"), (("indicators/index.html", t("nav.indicators")),))
    return page, {"goal": number, "targets": targets, "asked_for": _asked_for(t, rows), "un_address": codes.UN_SDG + str(number)}


def _target_order(target: str) -> tuple[int, int, str]:
    goal_part, _, rest = target.partition(".")
    return int(goal_part), int(rest) if rest.isdigit() else 99, rest


def method(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    lists = {name: vocabulary(name) for name in ("obs_status", "comparability", "warning", "fidelity")}
    place = site.publication.catalog.area_of_interest[0] if site.publication.catalog.area_of_interest else "0301"
    query = observations_query(f"ref_area = '{place}' and obs_value is not null", "indicator")
    context = {"vocabularies": lists, "bands": names("progress", "band"), "sql_example": query}
    return Page("method.html", t("method.title"), t("method.intro")), context


def changes(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """What each release changed, newest first."""
    page = Page("changes.html", t("changes.title"), t("changes.intro"), (("status.html", t("nav.status")),), feed="feeds/changes.atom")
    return page, {"news": latest(site, t, len(site.changes.history))}


def latest(site: Site, t: Words, count: int) -> list[tuple[str, str, list[str]]]:
    """Day, release and what changed, of so many releases."""
    return [(t.day(moment(news).date()), news.release, whole_lines(site, t, news)) for news in site.changes.history[:count]]


def glossary(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """All terms by name."""
    found = sorted(terms().items(), key=lambda one: norwegian_order(t.of(one[1].term)))
    return Page("glossary.html", t("glossary_page.title"), t("glossary_page.intro"), (("method.html", t("nav.method")),)), {"terms": found}


def tables(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """Intermediate tables and area tables with their files."""
    own = [(f"tables/{table.id}", table.title, table.description, table.row) for table in site.publication.tables]
    standing = standing_tables()
    areas = [
        (f"areas/{name}", standing[name].title, standing[name].description, standing[name].row) for name in site.publication.area_files
    ]
    found = [(key.partition("/")[2], *told, in_reading_order(site.files[key], t)) for key, *told in (*own, *areas) if site.files.get(key)]
    return Page("tables.html", t("tables.title"), t("tables.intro"), (("datasets/index.html", t("nav.datasets")),)), {"tables": found}


def about(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    licence = codes.LICENCES[site.publication.catalog.licence]
    return Page("about.html", t("about.title"), t("about.why")), {"licence": licence, "packages": packages()}


def accessibility(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    publisher = t.of(site.publication.catalog.publisher.name)
    return Page("accessibility.html", t("accessibility.title"), t("accessibility.scope", publisher=publisher)), {}


def status(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    rows = [_status_row(site, t, state) for state in sorted(site.publication.datasets, key=lambda one: not one.periods)]
    late = sum(_is_behind(site, state) for state in site.publication.datasets)
    broken = [check.severity for state in site.publication.datasets for check in state.checks if not check.success]
    warned = broken.count("warning")
    told = {"late": t.number(late), "failed": t.number(len(broken) - warned), "warned": t.number(warned)}
    summary = t("status.summary", count=t.number(len(rows)), **told)
    gaps = [it for it in site.publication.indicators if it.sdg.fidelity == "gap"]
    titles = {state.dataset.id: t.of(state.dataset.title) for state in site.publication.datasets}
    context = {
        "rows": rows,
        "summary": summary,
        "gaps": gaps,
        "unknown": site.publication.not_yet_known,
        "nothing": _nothing(site, t),
        "failures": [
            (titles.get(id_, id_), t(f"failure.{FAILURES.get(kind, 'other')}"), why) for id_, kind, why in site.publication.failures
        ],
    }
    return Page("status.html", t("status.title"), summary), context


def _nothing(site: Site, t: Words) -> list[tuple[str, str | None, str]]:
    """Indicators and tables without anything to show: title, page and reason."""
    indicators = {it.id: it for it in site.publication.indicators}
    tables = {table.id: table for table in site.publication.tables}
    found: list[tuple[str, str | None, str]] = []
    for id_ in dict.fromkeys((*(id_ for id_, _ in site.publication.gaps), *site.publication.held_back)):
        if id_ in indicators:
            found.append((t.of(indicators[id_].title), f"indicators/{id_}.html", why_none(site, t, indicators[id_])))
        else:
            found.append((t.of(tables[id_].title) if id_ in tables else id_, None, t("status.no_table")))
    return found


def _status_row(site: Site, t: Words, state: DatasetState) -> dict[str, str]:
    it = state.dataset
    passed = sum(check.success for check in state.checks)
    return {
        "id": it.id,
        "title": t.of(it.title),
        "state": t("status." + state_of(site, state)),
        "newest": t.period(state.newest_period) if state.newest_period else "–",
        "retrieved": t.short_day(state.retrieved_on) if state.retrieved_on else t("dataset.retrieved_unknown"),
        "rhythm": t.code("frequency", it.source.rhythm),
        "expected": t.short_day(state.freshness.expected_on) if state.freshness and state.freshness.expected_on else "–",
        "checks": t("status.passed_of", passed=t.number(passed), count=t.number(len(state.checks))) if state.checks else "–",
        "quarantined": t.number(len(state.quarantined)),
        "set_aside": t.number(sum(sum(period.set_aside.values()) for period in state.periods)),
    }


def state_of(site: Site, state: DatasetState) -> str:
    """Whether a dataset is shown, and whether it has what its source should have published by now."""
    if not site.is_open(state):
        return "withheld" if state.periods else "empty"
    if state.freshness:
        return "late" if state.freshness.state == "overdue" else state.freshness.state
    if not state.periods:
        return "empty"
    return "late" if is_late(state, site.built_on) else "fresh"


def _is_behind(site: Site, state: DatasetState) -> bool:
    """Late, whether it is shown or not."""
    return state.freshness.state == "overdue" if state.freshness else is_late(state, site.built_on)


def is_late(state: DatasetState, today: date) -> bool:
    """Whether a newer period should have been there: its rhythm and its lag have passed since the end of the newest one.

    A table without periods is judged by when it was retrieved. What has no date cannot be late.
    """
    days = span(state.newest_period) if state.newest_period else None
    since = days[1] if days else state.retrieved_on
    return since is not None and today > since + _duration(state.dataset.source.rhythm) + _duration(state.dataset.source.lag)


def _duration(text: str) -> timedelta:
    """An ISO 8601 duration of one part; a month counts as 31 days and a year as 366, so that nothing is called late too soon."""
    found = re.fullmatch(r"P(T?)(\d+)([YMWDH])", text)
    if not found:
        raise ValueError(f"not a duration: {text}")
    days = {"Y": 366, "M": 31, "W": 7, "D": 1, "H": 1 / 24} if not found[1] else {"H": 1 / 24, "M": 1 / 1440}
    return timedelta(days=int(found[2]) * days[found[3]])
