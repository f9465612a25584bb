"""What the page of a municipality shows: its key figures beside peers and targets, what moves which way, and what is not known."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any

from catalog.model import Indicator
from catalog.site import sentences, told
from catalog.site.comparisons import MET, Peer, Progress
from catalog.site.inputs import Page, Site, observations_query
from catalog.site.observations import Point, Series
from catalog.site.places import Place, county
from catalog.site.words import Words, rounded

MOST_YEARS = 6
"""Columns of the table of years; the downloads hold all years."""
MOST_SHOWN = 6
"""So many missing or moving figures are listed openly; more are folded away."""
STRENGTH = (
    "significant_progress",
    "significant_movement_away",
    "moderate_progress",
    "moderate_movement_away",
    "insufficient_progress",
    MET,
)
"""What moves most stands first."""


def municipality(site: Site, t: Words, place: Place) -> tuple[Page, dict[str, Any]]:
    years = newest_years(site)
    groups: list[tuple[int, list[dict[str, Any]]]] = []
    rows: list[tuple[str, str, str, list[str]]] = []
    moved: dict[str, list[tuple[int, str, str, str]]] = {"improved": [], "worse": [], "met": []}
    missing: list[tuple[str, str, str]] = []
    for goal, found in groupby(sorted(site.publication.indicators, key=lambda one: one.sdg.goal), key=lambda one: one.sdg.goal):
        figures: list[dict[str, Any]] = []
        for it in found:
            series = site.of(it).area(place.code)
            if series is None or not series.with_value:
                if it.geography == "municipality":
                    missing.append((it.id, t.of(it.title), why_missing(site, t, it, series)))
                continue
            progress = site.progress.get((it.id, place.code))
            figures.append(_figure(site, t, it, series, progress))
            if progress and progress.band:
                said = told.progress_sentence(t, it, progress)
                moved[told.direction(progress)].append((STRENGTH.index(progress.band), it.id, t.of(it.title), said))
            if it.frequency == "year":
                points: dict[str, Point] = {point.period: point for point in series.points}
                rows.append((it.id, t.of(it.title), t.symbol(it.unit), [sentences.cell(t, it, points.get(year)) for year in years]))
        if figures:
            groups.append((goal, figures))
    page = Page(
        f"municipalities/{place.code}.html",
        place.name,
        t("municipality.description", name=place.name),
        (("municipalities/index.html", t("nav.municipalities")),),
        feed=f"feeds/municipalities/{place.code}.atom",
    )
    return page, {
        "place": place,
        "county": county(place.county) if place.county else None,
        "groups": groups,
        "summary": summary(site, t, place),
        "moved": {kind: [told_of for _, *told_of in sorted(found, key=lambda one: one[0])] for kind, found in moved.items()},
        "missing": missing,
        "most_shown": MOST_SHOWN,
        "rows": rows,
        "years": years,
        "sql_example": observations_query(f"ref_area = '{place.code}' and obs_value is not null", "indicator"),
    }


def summary(site: Site, t: Words, place: Place) -> str:
    """How many figures a municipality has, which way they move, and how many it lacks. What there is none of is not counted."""
    count, missing, moving = 0, 0, {"improved": 0, "worse": 0, "met": 0}
    for it in site.publication.indicators:
        series = site.of(it).area(place.code)
        if series is None or not series.with_value:
            missing += it.geography == "municipality"
            continue
        count += 1
        if kind := told.direction(site.progress.get((it.id, place.code))):
            moving[kind] += 1
    said = [t(f"municipality.going_{kind}", count=t.number(found)) for kind, found in moving.items() if found]
    sentences_of = [
        t("municipality.figures", count=t.number(count)) if count else t("municipality.none"),
        f"{t.list(said)}." if said else "",
        t("municipality.lacking", count=t.number(missing)) if missing else "",
    ]
    return " ".join(filter(None, sentences_of))


def inputs(site: Site, place: Place) -> list[Any]:
    """Everything of the data that the page of a municipality depends on. The words around it are the same for all."""
    found: list[Any] = [place, newest_years(site)]
    for it in site.publication.indicators:
        observed, key = site.of(it), (it.id, place.code)
        series = observed.area(place.code)
        peers = [_as_shown(it, peer) for peer in site.peers.get(key, ())]
        found.append((it.id, series.points if series else len(observed.areas_with_value), peers, site.progress.get(key)))
    return found


def _as_shown(it: Indicator, peer: Peer) -> Peer:
    """A group as far as its digits are shown: when one municipality changes, the pages of its peers mostly stay."""
    level = rounded(peer.level, it.decimals) if peer.level is not None else None
    return peer._replace(value=Decimal(0), weighted_mean=level, median=None)


def _figure(site: Site, t: Words, it: Indicator, series: Series, progress: Progress | None) -> dict[str, Any]:
    known = series.with_value[-1]
    assert known.value is not None
    number, unit = told.number_and_unit(t, it, known)
    peers = [peer for peer in site.peers.get((it.id, series.area), ()) if peer.period == known.period]
    return {
        "id": it.id,
        "title": t.of(it.title),
        "number": number,
        "unit": unit,
        "spark": site.spark(it.id, series),
        "period": t.period(known.period),
        "sentence": sentences.since(t, it, series, beside_value=True),
        "peers": told.peer_lines(t, it, peers),
        "progress": told.progress_sentence(t, it, progress),
        "direction": told.direction(progress),
        "better": t(f"better.{it.better}"),
        "remark": sentences.remark(t, known),
    }


def why_missing(site: Site, t: Words, it: Indicator, series: Series | None) -> str:
    """Why a municipality has no value: what its observations say, else whether others have one."""
    if series is not None and (reason := sentences.remark(t, series.newest)):
        return f"{reason[:1].upper()}{reason[1:]}."
    count = len(site.of(it).areas_with_value)
    return t("municipality.missing_here", count=t.number(count)) if count else t("municipality.missing_everywhere")


def newest_years(site: Site) -> list[str]:
    """The newest years for which any municipality has a yearly number, for the columns of the table."""
    yearly = {it.id for it in site.publication.indicators if it.frequency == "year"}
    return sorted({period for name, observed in site.observed.items() if name in yearly for period in observed.municipal_periods})[
        -MOST_YEARS:
    ]
