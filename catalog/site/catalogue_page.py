"""The lists of all datasets and of all indicators, in groups; with scripts, readers narrow them down by facets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog import codes
from catalog.model import Indicator
from catalog.publication import DatasetState
from catalog.site.inputs import Page, Site
from catalog.site.pages import GOALS, state_of
from catalog.site.words import Words


@dataclass(frozen=True)
class Card:
    """One entry of a list: where it leads, what it says, and what it can be found by (name of a facet → its values)."""

    path: str
    title: str
    meta: str
    text: str
    facets: dict[str, list[str]]


@dataclass(frozen=True)
class Group:
    id: str
    heading: str
    cards: list[Card]


def datasets(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """All datasets by their first theme."""
    states = site.publication.datasets
    groups = [
        Group(f"theme-{theme}", t.of(name), [_dataset(site, t, state) for state in states if state.dataset.themes[0] == theme])
        for theme, name in codes.THEMES.items()
    ]
    page = Page("datasets/index.html", t("nav.datasets"), t("front.datasets_intro", count=t.number(len(states))))
    return page, _context(groups, {"tables": True})


def indicators(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """All indicators by goal."""
    found = site.publication.indicators
    groups = [
        Group(
            f"goal-{goal}",
            t("sdg.goal_name", goal=goal, name=t(f"goal.{goal}")),
            [_indicator(site, t, it) for it in found if it.sdg.goal == goal],
        )
        for goal in GOALS
    ]
    page = Page("indicators/index.html", t("nav.indicators"), t("front.indicators_intro", count=t.number(len(found))))
    return page, _context(groups, {"tables": False})


def _context(groups: list[Group], more: dict[str, Any]) -> dict[str, Any]:
    filled = [group for group in groups if group.cards]
    return {"groups": filled, "count": sum(len(group.cards) for group in filled), **more}


def _dataset(site: Site, t: Words, state: DatasetState) -> Card:
    it = state.dataset
    status = t("status." + state_of(site, state))
    if not site.is_open(state):
        meta = t("dataset.withheld")
    elif state.newest_period == "all":
        meta = t("download.rows", rows=t.number(state.rows))
    elif state.newest_period:
        meta = t("front.up_to", period=t.period(state.newest_period), rows=t.number(state.rows))
    else:
        meta = t("dataset.no_data")
    return Card(
        f"datasets/{it.id}.html",
        t.of(it.title),
        f"{t.of(it.source.publisher.name)} · {meta}",
        _first_sentence(t.of(it.description)),
        {
            t("facet.theme"): [t.of(codes.THEMES[theme]) for theme in it.themes],
            t("facet.publisher"): [t.of(it.source.publisher.name)],
            t("facet.status"): [status],
            t("facet.rhythm"): [t.code("frequency", it.source.rhythm)],
            t("facet.licence"): [t.of(codes.LICENCES[it.source.licence][0])],
        },
    )


def _indicator(site: Site, t: Words, it: Indicator) -> Card:
    count = len(site.of(it).areas_with_value)
    numbers = t("facet.municipalities", count=t.number(count)) if count else t("facet.has" if site.of(it).periods else "facet.has_not")
    return Card(
        f"indicators/{it.id}.html",
        t.of(it.title),
        f"{t('sdg.target', target=it.sdg.target)} · {t.unit_name(it.unit)} · {numbers}",
        _first_sentence(t.of(it.description)),
        {
            t("indicator.image"): [t.code("target_image", it.target_image)],
            t("indicator.goal"): [t("sdg.goal_name", goal=it.sdg.goal, name=t(f"goal.{it.sdg.goal}"))],
            t("facet.numbers"): [t("facet.has") if site.of(it).periods else t("facet.has_not")],
            t("indicator.fidelity"): [t.code("fidelity", it.sdg.fidelity)],
        },
    )


def _first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence."""
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]
