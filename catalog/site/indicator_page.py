"""What the page of an indicator shows: its numbers in words, drawn and in tables, and everything a reader needs to judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from catalog import codes
from catalog.described import Distribution
from catalog.load import vocabulary
from catalog.model import Benchmark, Indicator, Text
from catalog.site import charts, described, maps, sentences, told
from catalog.site.answers import answers_about
from catalog.site.comparisons import Progress
from catalog.site.inputs import Page, Site, in_reading_order, observations_query
from catalog.site.observations import Observed, Point, Series, is_municipality
from catalog.site.words import Words, norwegian_order

MOST_LINES = 4
MOST_IMPROVED = 5


def indicator(site: Site, t: Words, it: Indicator) -> tuple[Page, dict[str, Any]]:
    observed = site.of(it)
    subject = t("indicator.subject", indicator=it.id, release=site.release)
    shown = places_to_show(site, observed)
    goal_name = t("sdg.goal_name", goal=it.sdg.goal, name=t(f"goal.{it.sdg.goal}"))
    page = Page(
        f"indicators/{it.id}.html",
        t.of(it.title),
        t.of(it.description),
        ((f"goals/{it.sdg.goal}.html", goal_name),),
        picture=f"share/{t.language}/{it.id}.png",
    )
    states = [state for state in site.publication.datasets if state.dataset.id in site.sources.get(it.id, ())]
    files = in_reading_order(site.files.get(f"indicators/{it.id}", ()), t)
    return page, {
        "indicator": it,
        "described": described.indicator(site, t, it, page),
        "citation": described.citation(site, t, page),
        "periods": observed.periods,
        "record": site.ethics.get(it.id),
        "headlines": [_headline(site, t, it, series) for series in shown],
        "why_none": "" if observed.periods else why_none(site, t, it),
        "middle": sentences.middle(t, it, observed.newest_middle),
        **_chart(t, it, observed, [series for series in shown if series.with_value]),
        "own_choice": _own_choice(site, t, it, observed, files),
        **_map(site, t, it, observed),
        "tables": _area_tables(site, t, it, observed),
        "part_tables": _part_tables(site, t, it, observed),
        "peers": (peers := _peers(site, t, it, shown)),
        "peer_columns": _peer_columns(peers),
        "progress": _progress(site, t, it, shown),
        "movement": _movement(site, t, it),
        "most_improved": _most_improved(site, t, it),
        "revisions": _revisions(site, t, it),
        "note": t.of(site.publication.notes[it.id]) if it.id in site.publication.notes else "",
        "answers": answers_about(it.id),
        "feedback": f"mailto:{site.publication.catalog.contact.email}?subject={quote(subject)}",
        "goals": _goals(site, t, it, shown),
        "example_tables": _example(t, it),
        "un_address": codes.un_iri(it.sdg.indicator or it.sdg.target),
        "files": files,
        "licence": codes.LICENCES[site.publication.catalog.licence],
        "sources": states,
        "sql_example": observations_query(f"indicator = '{it.id}'", "ref_area_name"),
    }


def _headline(site: Site, t: Words, it: Indicator, series: Series) -> dict[str, Any]:
    """What is told of a shown area: its newest value, number and unit apart, how it changed or why there is none, its place among others
    and how it moves towards the target."""
    known = series.with_value[-1] if series.with_value else None
    number, unit = told.number_and_unit(t, it, known) if known else ("", "")
    progress = site.progress.get((it.id, series.area))
    return {
        "name": _area_name(t, series),
        "link": _link(site, series.area),
        "number": number,
        "unit": unit,
        "period": t.period(known.period) if known else "",
        "sentence": sentences.since(t, it, series, beside_value=True),
        "rank": told.widest_rank(t, site.peers.get((it.id, series.area), ()), known) if known else "",
        "progress": told.progress_sentence(t, it, progress),
        "direction": told.direction(progress),
    }


def why_none(site: Site, t: Words, it: Indicator) -> str:
    """Why an indicator has no numbers at all: withheld, or datasets without data, or data that give no value."""
    if it.id in site.publication.held_back:
        return t.of(site.publication.held_back[it.id])
    sources = site.sources.get(it.id, ())
    empty = [t.of(state.dataset.title) for state in site.publication.datasets if state.dataset.id in sources and not state.periods]
    return (
        t("indicator.no_data_in", datasets=t.list([t("words.quoted", words=title) for title in empty]))
        if empty
        else t("indicator.data_give_none")
    )


def places_to_show(site: Site, observed: Observed) -> list[Series]:
    """The series that are told and drawn: the municipalities of interest, else the whole country or the first areas there are."""
    series = {one.area: one for one in observed.of(observed.headline)}
    own = [place.code for place in site.places_of_interest]
    chosen = [series[code] for code in dict.fromkeys((*own, *own_choice(site, own))) if code in series]
    if not any(one.with_value for one in chosen):
        chosen = [one for area in ("NO", "catalogue") if (one := series.get(area))] or list(series.values())
    return chosen[:MOST_LINES]


def own_choice(site: Site, codes: Sequence[str]) -> list[str]:
    """The municipalities that `compare_with` in `catalog.yaml` names for these, in its order."""
    chosen = site.publication.catalog.compare_with
    return list(dict.fromkeys(other for code in codes for other in chosen.get(code, ()) if other not in codes))


def _own_choice(site: Site, t: Words, it: Indicator, observed: Observed, files: Sequence[Distribution]) -> dict[str, Any] | None:
    """What the script needs to put municipalities of the reader's choice into the chart; None where there is nothing to choose."""
    file = next((one.path for one in files if one.format == "json_stat"), None)
    if file is None or len(observed.areas_with_value) < 2:
        return None
    signs = {status: t(f"sign.{status}") for status in vocabulary("obs_status") if t.has(f"sign.{status}")}
    own = own_choice(site, [place.code for place in site.places_of_interest])
    return {"file": file, "part": observed.headline, "signs": signs, "own": own}


def _link(site: Site, area: str) -> str | None:
    return f"municipalities/{area}.html" if area in site.place_codes else None


def _chart(t: Words, it: Indicator, observed: Observed, shown: Sequence[Series]) -> dict[str, Any]:
    """The chart, its key, and the same numbers as a table."""
    lines = [charts.Line(one.name, [(point.period, point.value, point.status == sentences.BREAK) for point in one.points]) for one in shown]
    if observed.middle:
        lines.append(charts.Line(t("chart.middle"), [(one.period, one.value, False) for one in observed.middle.values()]))
    limits = _limits(t, it)
    known = sorted({period for line in lines for period, number, _ in line.points if number is not None})
    title = t("chart.title", title=t.of(it.title), unit=t.symbol(it.unit))
    if not known:
        return {"chart": None, "keys": [], "chart_rows": [], "line_names": [], "chart_title": title, "has_gap": False, "has_break": False}
    described = t("chart.description", first=t.period(known[0]), last=t.period(known[-1]), names=t.list([line.name for line in lines]))
    periods = charts.every_period(known[0], known[-1])
    named = {"id": "chart", "title": title, "description": described}
    if len(known) == 1:
        title = named["title"] = t("map.title", title=title, period=t.period(known[0]))
        digits = it.decimals
        bars = [(line.name, value, t.number(value, digits)) for line in lines for _, value, _ in line.points if value is not None]
        drawn = charts.bar_chart(bars, limits, number=t.short, period=known[0], **named)
        keys = [(charts.limit_sample(), limit.name) for limit in limits]
    else:
        drawn = charts.line_chart(lines, limits, number=t.short, period_name=t.short_period, **named)
        keys = [(charts.key_sample(number), line.name) for number, line in enumerate(lines)]
        keys += [(charts.limit_sample(), limit.name) for limit in limits]
    by_line: list[dict[str, Point]] = [{point.period: point for point in one.points} for one in shown]
    rows: list[tuple[str, list[str]]] = []
    for period in periods:
        cells = [sentences.cell(t, it, points.get(period)) for points in by_line]
        if observed.middle:
            cells.append(t.number(observed.middle[period].value, it.decimals) if period in observed.middle else "")
        rows.append((t.period(period), cells))
    return {
        "chart": drawn,
        "keys": keys,
        "chart_rows": rows,
        "line_names": [line.name for line in lines],
        "chart_title": title,
        "has_gap": any(len(line.stretches(periods)) > 1 + len(line.breaks(periods)) for line in lines),
        "has_break": any(line.breaks(periods) for line in lines),
    }


def _map(site: Site, t: Words, it: Indicator, observed: Observed) -> dict[str, Any]:
    """The map of municipalities, where borders are at hand and enough of them have a value."""
    shown = maps.mapped(observed, it.decimals)
    if shown is None or site.outlines is None:
        return {"map": None}
    return maps.draw(t, it, shown, site.outlines, site.place_names)


def _limits(t: Words, it: Indicator) -> list[charts.Limit]:
    """Targets and limits by their level, with the year they are to be met; those of one level share a line."""
    by_level: dict[float, list[str]] = {}
    for goal in _all_goals(it):
        name, year = t.of(goal.name), str(goal.year or "")
        by_level.setdefault(goal.value, []).append(f"{name} ({year})" if year not in name else name)
    return [
        charts.Limit(f"{t.limit(level, it.unit)}: {', '.join(names)}", level, t.plain(level)) for level, names in sorted(by_level.items())
    ]


def _area_name(t: Words, series: Series) -> str:
    return {"catalogue": t("area.catalogue"), "NO": t("words.norway")}.get(series.area, series.name)


def _area_tables(site: Site, t: Words, it: Indicator, observed: Observed) -> list[tuple[str, list[str], list[dict[str, Any]]]]:
    """The newest value of every area: municipalities, then counties, the country and the catalogue. As heading, columns, rows; of the
    columns beside value and period only those that say something of any area."""
    tables: list[tuple[str, list[str], list[dict[str, Any]]]] = []
    named = f" – {sentences.part(t, observed.headline)[1]}" if observed.headline else ""
    groups: tuple[tuple[str, Callable[[str], bool]], ...] = (("table.municipalities", is_municipality), ("table.others", _is_larger))
    for heading, belongs in groups:
        found = sorted((one for one in observed.of(observed.headline) if belongs(one.area)), key=lambda one: norwegian_order(one.name))
        if found:
            rows = [_area_row(site, t, it, one) for one in found]
            tables.append((t(heading) + named, [key for key in ("change", "coverage", "remark") if any(row[key] for row in rows)], rows))
    return tables


def _is_larger(area: str) -> bool:
    """Counties, the country and the catalogue."""
    return not is_municipality(area)


def _part_tables(site: Site, t: Words, it: Indicator, observed: Observed) -> list[dict[str, Any]]:
    """One table for each way the whole is divided: areas down, parts across, from the newest period an area has numbers for."""
    parts = [name for name in observed.breakdowns if name and name != observed.headline]
    tables: list[dict[str, Any]] = []
    for dimensions, group in groupby(parts, key=lambda name: tuple(pair.partition("=")[0] for pair in name.split(";"))):
        names = list(group)
        rows: list[tuple[str, str | None, str, list[str]]] = []
        areas = {series.area: series for name in names for series in observed.of(name)}
        for area, any_series in sorted(areas.items(), key=lambda one: norwegian_order(one[1].name)):
            found = [observed.series.get((name, area)) for name in names]
            period = max((series.with_value[-1].period for series in found if series and series.with_value), default=None)
            if period is None:
                continue
            points = [next((point for point in series.points if point.period == period), None) if series else None for series in found]
            cells = [sentences.cell(t, it, point) for point in points]
            rows.append((_area_name(t, any_series), _link(site, area), t.period(period), cells))
        heading = t("part.by", names=t.list([t.name("part", dimension) for dimension in dimensions]))
        tables.append({"heading": heading, "columns": [sentences.part(t, name)[1] for name in names], "rows": rows})
    return tables


def _area_row(site: Site, t: Words, it: Indicator, series: Series) -> dict[str, Any]:
    """The newest value, with a word about what is missing after it; the newest observation where there is no value at all."""
    shown = series.with_value[-1] if series.with_value else series.newest
    later = (
        t("table.later", period=t.period(series.newest.period), why=sentences.remark(t, series.newest)) if shown != series.newest else ""
    )
    return {
        "name": _area_name(t, series),
        "link": _link(site, series.area),
        "value": sentences.cell(t, it, shown),
        "period": t.period(shown.period),
        "change": sentences.change(t, it, series),
        "coverage": t.share(shown.coverage) if shown.coverage is not None else "",
        "remark": "; ".join(part for part in (sentences.remark(t, shown), later) if part),
    }


def _all_goals(it: Indicator) -> list[Benchmark]:
    return [*([it.target] if it.target else []), *it.benchmarks]


def _goals(site: Site, t: Words, it: Indicator, shown: Sequence[Series]) -> list[dict[str, Any]]:
    """The target and limits, with whether the shown places meet them."""
    own = site.publication.catalog.targets.get(it.id)
    goals = _all_goals(it)
    if own:
        name = Text(nb=t("indicator.own_target"), nn=t("indicator.own_target"), en=t("indicator.own_target"))
        goals.insert(0, Benchmark(name=name, value=own.value, year=own.year, source=Text(nb=own.source, nn=own.source, en=own.source)))
    return [
        {
            "name": t.of(goal.name),
            "value": t.limit(goal.value, it.unit),
            "year": goal.year,
            "source": t.of(goal.source),
            "states": _against(t, it, goal, shown),
        }
        for goal in goals
    ]


def _against(t: Words, it: Indicator, goal: Benchmark, shown: Sequence[Series]) -> list[str]:
    """Who of the shown areas meets a goal, and who does not and by how much: one sentence each."""
    distances = [(one.name, distance) for one in shown if (distance := sentences.distance(it, goal, one.newest)) is not None]
    within = [name for name, distance in distances if distance <= 0]
    beyond = [f"{name} ({sentences.value(t, it, distance)})" for name, distance in distances if distance > 0]
    said = [t("sentence.meets", places=t.list(within))] if within else []
    return said + ([t("sentence.misses", places=t.list(beyond))] if beyond else [])


def _peers(site: Site, t: Words, it: Indicator, shown: Sequence[Series]) -> list[dict[str, Any]]:
    """One table for each of the shown municipalities: its newest value beside its groups."""
    found: list[dict[str, Any]] = []
    for series in shown:
        if peers := told.shown_peers(site.peers.get((it.id, series.area), ())):
            value = sentences.value(t, it, peers[0].value)
            heading = t("peer.heading", name=series.name, value=value, period=t.period(peers[0].period))
            found.append({"heading": heading, "rows": told.peer_rows(t, it, peers)})
    return found


def _peer_columns(peers: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    """The columns of the table of peers that say something of anybody: their place in a row, and the key of their heading."""
    rows = [row for one in peers for row in one["rows"]]
    return [(place, key) for place, key in enumerate(told.PEER_COLUMNS, 1) if any(row[place] for row in rows)]


def _progress(site: Site, t: Words, it: Indicator, shown: Sequence[Series]) -> list[dict[str, Any]]:
    """How the shown areas move, or why that cannot be said."""
    return [
        {"name": _area_name(t, series), "link": _link(site, series.area), **told.progress_row(t, it, progress)}
        for series in shown
        if (progress := site.progress.get((it.id, series.area)))
    ]


def _most_improved(site: Site, t: Words, it: Indicator) -> list[tuple[str | None, str]]:
    """The municipalities that improved most, beyond chance where chance is known: whom to ask how."""
    ranked = sorted(
        (one.improvement_rank, area, one)
        for (name, area), one in site.progress.items()
        if name == it.id and is_municipality(area) and one.improvement_rank is not None and _is_better(it, one)
    )
    found: list[tuple[str | None, str]] = []
    for _, area, one in ranked[:MOST_IMPROVED]:
        if one.growth_actual is None or one.base_value is None or one.latest_value is None:
            continue
        told_of = {"before": sentences.value(t, it, one.base_value), "now": sentences.value(t, it, one.latest_value)}
        growth = t.amount(abs(one.growth_actual), "%", 1)
        name = site.place_names.get(area, area)
        said = t("progress.most_improved_entry", name=name, growth=growth, base=one.base_year, year=one.latest_year, **told_of)
        found.append((_link(site, area), said))
    return found


def _is_better(it: Indicator, one: Progress) -> bool:
    """Whether an area's number moved the good way. A rank alone does not tell: among few, the first may only be the least bad."""
    growth = one.growth_actual
    return growth is not None and (growth < 0 if it.better == "lower" else growth > 0)


def _revisions(site: Site, t: Words, it: Indicator) -> dict[str, Any] | None:
    """The newest corrections of published values as rows; None where there are none."""
    if it.id not in site.revisions:
        return None
    count, newest = site.revisions[it.id]

    def cell(value: Any, status: str | None) -> str:
        sign = f"sign.{status}"
        return t.number(value, it.decimals) if value is not None else t(sign) if t.has(sign) else status or "–"

    rows = [
        [
            site.place_names.get(one.area, one.area) + (f" ({sentences.part(t, one.breakdown)[1]})" if one.breakdown else ""),
            t.period(one.period),
            cell(one.old_value, one.old_status),
            cell(one.new_value, one.new_status),
            t(f"revision.{one.cause}"),
            one.release,
        ]
        for one in newest
    ]
    return {"intro": t("revision.intro", count=t.number(count)), "rows": rows}


def _movement(site: Site, t: Words, it: Indicator) -> str:
    """How many municipalities move which way; empty where nothing can be said of any."""
    found = [one for (name, area), one in site.progress.items() if name == it.id and is_municipality(area) and one.band]
    if not found:
        return ""
    kinds = [one.direction or "met" for one in found]
    counts = {kind: t.number(kinds.count(kind)) for kind in ("improved", "worse", "met")}
    return t("progress.movement", count=t.number(len(found)), **counts)


def _example(t: Words, it: Indicator) -> list[tuple[str, list[str], list[list[str]]]]:
    """The worked example as tables: what is given, and what it must give."""
    tables = [(name, rows) for name, rows in it.example.given.items()] + [(t("indicator.result"), it.example.expect)]
    found: list[tuple[str, list[str], list[list[str]]]] = []
    for name, rows in tables:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        found.append((name, columns, [[_cell(t, row.get(column)) for column in columns] for row in rows]))
    return found


def _cell(t: Words, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return t("words.yes") if value else t("words.no")
    return t.plain(value) if isinstance(value, float) else str(value)
