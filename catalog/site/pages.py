"""What each page shows, as plain values: one function for each kind of page. No HTML here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby, starmap
from typing import Any
from urllib.parse import quote

from catalog import codes
from catalog.distributions import Distribution, standing_tables
from catalog.ethics import EthicsRecord
from catalog.load import vocabulary
from catalog.model import Benchmark, Dataset, Indicator, Text
from catalog.periods import span
from catalog.privacy import published_columns
from catalog.publication import Check, DatasetState, Publication
from catalog.site import charts, sentences
from catalog.site.observations import Observed, Point, Series, is_municipality
from catalog.site.words import Words, norwegian_order

MOST_LINES = 4
MOST_YEARS = 6
"""Columns of the table on a municipality's page; the downloads hold all years."""
GOALS = (9, 11, 17)


@dataclass(frozen=True)
class Place:
    """A municipality that has a page."""

    code: str
    name: str


@dataclass(frozen=True)
class Page:
    """Where a page lies below its language, what it is called, and the way back."""

    path: str
    title: str
    description: str
    crumbs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Site:
    """Everything pages are made from, read once for all languages."""

    publication: Publication
    release: str
    files: Mapping[str, Sequence[Distribution]]
    ethics: Mapping[str, EthicsRecord]
    observed: Mapping[str, Observed]
    sources: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    style: str
    quality: frozenset[str] = frozenset()
    """Datasets whose checks lie in the release as `quality/<id>.json`."""

    @property
    def synthetic(self) -> bool:
        return self.publication.synthetic

    @property
    def software_version(self) -> str:
        return self.publication.software_version

    @property
    def built_on(self) -> date:
        return self.publication.built_at.date()

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Municipalities of interest and all that have observations, by name."""
        named: dict[str, str] = {}
        for observed in self.observed.values():
            named |= {series.area: series.name for series in observed.series.values() if is_municipality(series.area)}
        interest = {code: named.get(code) or self.names.get(code) or code for code in self.publication.catalog.area_of_interest}
        named = {code: self.names.get(code, name) for code, name in {**named, **interest}.items()}
        return tuple(sorted(starmap(Place, named.items()), key=lambda place: norwegian_order(place.name)))

    @cached_property
    def places_of_interest(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.code in self.publication.catalog.area_of_interest)

    @cached_property
    def place_codes(self) -> frozenset[str]:
        return frozenset(place.code for place in self.places)

    def is_open(self, state: DatasetState) -> bool:
        """Whether the gate let the dataset out."""
        record = self.ethics.get(state.dataset.id)
        return record is not None and record.is_published

    def of(self, indicator: Indicator) -> Observed:
        return self.observed.get(indicator.id) or Observed()


# --- front ---


def front(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    publication = site.publication
    by_theme = {theme: [state for state in publication.datasets if state.dataset.themes[0] == theme] for theme in codes.THEMES}
    title = t.of(publication.catalog.title)
    return Page("index.html", title, t.of(publication.catalog.description)), {
        "places": site.places_of_interest or site.places[:4],
        "place_count": t.number(len(site.places)),
        "indicator_count": t.number(len(publication.indicators)),
        "dataset_count": t.number(len(publication.datasets)),
        "by_goal": [(goal, found) for goal in GOALS if (found := [i for i in publication.indicators if i.sdg.goal == goal])],
        "by_image": [(image, [i for i in publication.indicators if i.target_image == image]) for image in vocabulary("target_image")],
        "by_theme": [(theme, states) for theme, states in by_theme.items() if states],
        "withheld": [
            (state, [t.of(reason) for reason in record.reasons] if (record := site.ethics.get(state.dataset.id)) else [t("ethics.none")])
            for state in publication.datasets
            if not site.is_open(state)
        ],
        "quarantined": [
            (state, t("front.quarantined", periods=t.list([t.period(one.period) for one in state.quarantined])))
            for state in publication.datasets
            if state.quarantined
        ],
        "unknown": publication.not_yet_known,
    }


# --- indicators ---


def indicator(site: Site, t: Words, it: Indicator) -> tuple[Page, dict[str, Any]]:
    observed = site.of(it)
    shown = places_to_show(site, observed)
    goal_name = t("sdg.goal_name", goal=it.sdg.goal, name=t(f"goal.{it.sdg.goal}"))
    page = Page(f"indicators/{it.id}.html", t.of(it.title), t.of(it.description), ((f"goals/{it.sdg.goal}.html", goal_name),))
    states = [state for state in site.publication.datasets if state.dataset.id in site.sources.get(it.id, ())]
    return page, {
        "indicator": it,
        "periods": observed.periods,
        "sentences": [(_area_name(t, series), _link(site, series.area), sentences.latest(t, it, series)) for series in shown],
        "gap": dict(site.publication.gaps).get(it.id),
        "middle": sentences.middle(t, it, observed.newest_middle),
        **_chart(t, it, observed, [series for series in shown if series.with_value]),
        "tables": _area_tables(site, t, it, observed),
        "part_tables": _part_tables(site, t, it, observed),
        "goals": _goals(site, t, it, shown),
        "example_tables": _example(t, it),
        "un_address": codes.un_iri(it.sdg.indicator or it.sdg.target),
        "files": _readable(site.files.get(f"indicators/{it.id}", ()), t),
        "licence": codes.LICENCES[site.publication.catalog.licence],
        "sources": states,
        "sql_example": observations_query(f"indicator = '{it.id}'", "ref_area_name"),
    }


def observations_query(condition: str, first_column: str) -> str:
    """A query to begin with, for the release database."""
    return "\n".join(
        (
            "attach 'bymaal.duckdb' as bymaal (read_only);",
            "select",
            f"  {first_column},",
            "  time_period,",
            "  obs_value,",
            "  unit_measure,",
            "  obs_status",
            "from bymaal.indicators.observations",
            f"where {condition}",
            "order by all;",
        )
    )


def places_to_show(site: Site, observed: Observed) -> list[Series]:
    """The series that are told and drawn: the municipalities of interest, else the whole country or the first areas there are."""
    series = {one.area: one for one in observed.of(observed.headline)}
    chosen = [series[place.code] for place in site.places_of_interest if place.code in series]
    if not any(one.with_value for one in chosen):
        chosen = [one for area in ("NO", "catalogue") if (one := series.get(area))] or list(series.values())
    return chosen[:MOST_LINES]


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
        bars = [(line.name, number) for line in lines for _, number, _ in line.points if number is not None]
        drawn = charts.bar_chart(bars, limits, number=_tick(t), **named)
        keys = [(charts.limit_sample(), limit.name) for limit in limits]
    else:
        drawn = charts.line_chart(lines, limits, number=_tick(t), period_name=_short_period, **named)
        keys = [(charts.key_sample(number), line.name) for number, line in enumerate(lines)]
        keys += [(charts.limit_sample(), limit.name) for limit in limits]
    by_line: list[dict[str, Point]] = [{point.period: point for point in one.points} for one in shown]
    rows = []
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


def _tick(t: Words) -> Callable[[float], str]:
    return lambda number: t.plain(round(number, 9))


def _short_period(name: str) -> str:
    """A period as the axis writes it: 2022, or 12/22 for a month."""
    return name if "-" not in name else f"{name[5:]}/{name[2:4]}"


def _limits(t: Words, it: Indicator) -> list[charts.Limit]:
    """Targets and limits by their level; those of one level share a line."""
    by_level: dict[float, list[str]] = {}
    for goal in _all_goals(it):
        by_level.setdefault(goal.value, []).append(t.of(goal.name))
    return [
        charts.Limit(f"{t.limit(level, it.unit)}: {', '.join(names)}", level, t.plain(level)) for level, names in sorted(by_level.items())
    ]


def _area_name(t: Words, series: Series) -> str:
    return t("area.catalogue") if series.area == "catalogue" else series.name


def _area_tables(site: Site, t: Words, it: Indicator, observed: Observed) -> list[tuple[str, list[dict[str, Any]]]]:
    """The newest value of every area: municipalities, then counties, the country and the catalogue."""
    tables = []
    named = f" – {sentences.part(t, observed.headline)[1]}" if observed.headline else ""
    for heading, belongs in (("table.municipalities", is_municipality), ("table.others", lambda area: not is_municipality(area))):
        found = sorted((one for one in observed.of(observed.headline) if belongs(one.area)), key=lambda one: norwegian_order(one.name))
        if found:
            tables.append((t(heading) + named, [_area_row(site, t, it, one) for one in found]))
    return tables


def _part_tables(site: Site, t: Words, it: Indicator, observed: Observed) -> list[dict[str, Any]]:
    """One table for each way the whole is divided: areas down, parts across, from the newest period an area has numbers for."""
    parts = [name for name in observed.breakdowns if name and name != observed.headline]
    tables = []
    for dimensions, group in groupby(parts, key=lambda name: tuple(pair.partition("=")[0] for pair in name.split(";"))):
        names = list(group)
        rows = []
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
    newest = series.newest
    return {
        "name": _area_name(t, series),
        "link": _link(site, series.area),
        "value": sentences.cell(t, it, newest),
        "period": t.period(newest.period),
        "change": sentences.change(t, it, series),
        "coverage": t.share(newest.coverage) if newest.coverage is not None else "",
        "remark": sentences.remark(t, newest),
    }


def _all_goals(it: Indicator) -> list[Benchmark]:
    return [*([it.target] if it.target else []), *it.benchmarks]


def _goals(site: Site, t: Words, it: Indicator, shown: Sequence[Series]) -> list[dict[str, Any]]:
    """The target and limits, with whether the shown places meet them."""
    own = site.publication.catalog.targets.get(it.id)
    goals = _all_goals(it)
    if own:
        name = Text(nb=t("indicator.own_target"), nn=t("indicator.own_target"), en=t("indicator.own_target"))
        goals.insert(0, Benchmark(name=name, value=own.value, year=own.year, source=own.source))
    return [
        {
            "name": t.of(goal.name),
            "value": t.limit(goal.value, it.unit),
            "year": goal.year,
            "source": goal.source,
            "states": [said for one in shown if (said := sentences.against(t, it, goal, one.name, one.newest))],
        }
        for goal in goals
    ]


def _example(t: Words, it: Indicator) -> list[tuple[str, list[str], list[list[str]]]]:
    """The worked example as tables: what is given, and what it must give."""
    tables = [(name, rows) for name, rows in it.example.given.items()] + [(t("indicator.result"), it.example.expect)]
    found = []
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


def _readable(files: Sequence[Distribution], t: Words) -> list[Distribution]:
    """Files in the order readers look for them, without the notes in other languages."""
    order = list(codes.FORMATS)
    preferred = ["csv_excel", "xlsx", "csv", "parquet", "json_stat"]
    rank = {name: place for place, name in enumerate([*preferred, *(name for name in order if name not in preferred)])}
    other = {f"readme_{language}" for language in ("nb", "nn", "en") if language != t.language}
    return sorted((one for one in files if one.format not in other), key=lambda one: (rank[one.format], one.path))


# --- datasets ---


def dataset(site: Site, t: Words, state: DatasetState) -> tuple[Page, dict[str, Any]]:
    it, record = state.dataset, site.ethics.get(state.dataset.id)
    failed = [check for check in state.checks if not check.success]
    subject = quote(t("provenance.subject", dataset=it.id, release=site.release))
    by_rule = [(t.of(rule.reason), sum(period.set_aside.get(rule.id, 0) for period in state.periods)) for rule in it.set_aside]
    set_aside = [(reason, count) for reason, count in by_rule if count]
    context = {
        "state": state,
        "record": record,
        "is_open": site.is_open(state),
        "reasons": record.reasons if record else (),
        "licence": codes.LICENCES[it.source.licence],
        "period": _covered(t, state),
        "rhythm": t.code("frequency", it.source.rhythm),
        "used_by": [one for one in site.publication.indicators if it.id in site.sources.get(one.id, ())],
        "files": _readable(site.files.get(f"data/{it.id}", ()), t),
        "sql_example": _dataset_query(it),
        "columns": published_columns(it),
        "checks": [(check, *check_in_words(t, it, check)) for check in state.checks],
        "failed": failed,
        "quality_summary": t(
            "dataset.quality_summary",
            count=t.number(len(state.checks)),
            passed=t.number(len(state.checks) - len(failed)),
            rows=t.number(max((check.evaluated_rows for check in state.checks), default=0)),
        ),
        "quarantined": [(one, [reason_in_words(t, it, reason) for reason in one.reasons]) for one in state.quarantined],
        "set_aside": set_aside,
        "other_rules": len(it.set_aside) - len(set_aside),
        "has_quality_file": it.id in site.quality,
        "repeated": sum(period.repeated for period in state.periods),
        "laws": codes.LAWS,
        "snapshots": sorted(state.snapshots, key=lambda one: (one.retrieved_on or date.min, one.sha256), reverse=True),
        "provenance_summary": t("provenance.summary", count=t.number(len(state.snapshots)), software=site.software_version),
        "feedback": f"mailto:{site.publication.catalog.contact.email}?subject={subject}",
    }
    return Page(f"datasets/{it.id}.html", t.of(it.title), t.of(it.description), (("index.html#datasets", t("nav.datasets")),)), context


def _covered(t: Words, state: DatasetState) -> str:
    """From the first to the last promoted period."""
    names = sorted(period.period for period in state.periods)
    if not names:
        return t("dataset.no_data")
    return t.period(names[0]) if names[0] == names[-1] else t("dataset.from_to", first=t.period(names[0]), last=t.period(names[-1]))


def _dataset_query(it: Dataset) -> str:
    columns = ",\n  ".join(column.name for column in published_columns(it)[:6])
    return f"attach 'bymaal.duckdb' as bymaal (read_only);\nselect\n  {columns}\nfrom bymaal.data.{it.id}\nlimit 10;"


def check_in_words(t: Words, it: Dataset, check: Check) -> tuple[str, str]:
    """A check as a sentence, with its language. Its own description is English, so it is told by what it checks where that is known."""
    said = _promise_in_words(t, it, check.id, check.column)
    return (said, t.language) if said else (check.description, "en")


def reason_in_words(t: Words, it: Dataset, reason: str) -> tuple[str, str]:
    """A reason for quarantine, `promise (12 rows: …)`, as a sentence with its language."""
    found = re.match(r"(\w+) \((?:(\d+) rows: )?", reason)
    rule = next((rule for rule in it.set_aside if found and rule.id == found[1]), None)
    said = t.of(rule.reason) if rule else _promise_in_words(t, it, found[1], None) if found else None
    if not said or not found:
        return reason, "en"
    return (t("dataset.reason_rows", reason=said, rows=t.number(int(found[2]))) if found[2] else said), t.language


def _promise_in_words(t: Words, it: Dataset, promise: str, column_name: str | None) -> str | None:
    rule = next((rule for rule in it.rules if rule.id == promise), None)
    if rule:
        return t.of(rule.description)
    if t.has(f"promise.{promise}"):
        return t(f"promise.{promise}", columns=", ".join(it.key))
    for ending in ("present", "in_range", "known", "pattern"):
        name = column_name or promise.removesuffix(f"_{ending}")
        column = next((column for column in it.columns if promise == f"{column.name}_{ending}" and column.name == name), None)
        if column:
            limits = {"low": "−∞" if column.minimum is None else t.plain(column.minimum)}
            limits |= {"high": "∞" if column.maximum is None else t.plain(column.maximum)}
            return t(f"promise.{ending}", column=t.of(column.title), **limits)
    return None


# --- places, goals and the pages about the catalogue itself ---


def municipality(site: Site, t: Words, place: Place, sparks: Mapping[tuple[str, str], Any]) -> tuple[Page, dict[str, Any]]:
    groups, rows, years = [], [], _newest_years(site)
    for goal, found in groupby(sorted(site.publication.indicators, key=lambda one: one.sdg.goal), key=lambda one: one.sdg.goal):
        figures = []
        for it in found:
            series = site.of(it).area(place.code)
            if series is None:
                continue
            figures.append(_figure(t, it, series, site.of(it), sparks.get((it.id, place.code), "")))
            if it.frequency == "year":
                points: dict[str, Point] = {point.period: point for point in series.points}
                rows.append((t.of(it.title), t.symbol(it.unit), [sentences.cell(t, it, points.get(year)) for year in years]))
        if figures:
            groups.append((goal, figures))
    page = Page(
        f"municipalities/{place.code}.html",
        place.name,
        t("municipality.description", name=place.name),
        (("municipalities/index.html", t("nav.municipalities")),),
    )
    count = t.number(sum(len(figures) for _, figures in groups))
    return page, {"groups": groups, "figure_count": count, "rows": rows, "years": years, "code": place.code}


def _figure(t: Words, it: Indicator, series: Series, observed: Observed, spark: Any) -> dict[str, Any]:
    known = series.with_value[-1] if series.with_value else None
    return {
        "id": it.id,
        "title": t.of(it.title),
        "value": sentences.value(t, it, known.value) if known and known.value is not None else t("municipality.no_value"),
        "spark": spark,
        "period": t.period(known.period) if known else "",
        "sentence": sentences.since(t, it, series, with_last=False),
        "middle": sentences.middle_short(t, it, observed.middle.get(known.period)) if known else None,
        "better": t(f"better.{it.better}"),
        "remark": sentences.remark(t, known) if known else "",
    }


def _newest_years(site: Site) -> list[str]:
    yearly = {it.id for it in site.publication.indicators if it.frequency == "year"}
    return sorted({period for name, observed in site.observed.items() if name in yearly for period in observed.periods})[-MOST_YEARS:]


def municipalities(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    letters = [(letter, list(found)) for letter, found in groupby(site.places, key=lambda place: place.name[:1].upper())]
    page = Page("municipalities/index.html", t("municipalities.title"), t("municipalities.intro", count=t.number(len(site.places))))
    return page, {"letters": letters, "place_count": t.number(len(site.places))}


def goal(site: Site, t: Words, number: int) -> tuple[Page, dict[str, Any]]:
    found = sorted((it for it in site.publication.indicators if it.sdg.goal == number), key=lambda it: _target_order(it.sdg.target))
    targets = []
    for target, items in groupby(found, key=lambda it: it.sdg.target):
        targets.append((target, [(it, sentences.middle(t, it, site.of(it).newest_middle)) for it in items]))
    title = t("sdg.goal_name", goal=number, name=t(f"goal.{number}"))
    page = Page(f"goals/{number}.html", title, t(f"goal_text.{number}"), (("index.html#indicators", t("nav.indicators")),))
    return page, {"goal": number, "targets": targets, "un_address": codes.UN_SDG + str(number)}


def _target_order(target: str) -> tuple[int, int, str]:
    goal_part, _, rest = target.partition(".")
    return int(goal_part), int(rest) if rest.isdigit() else 99, rest


def method(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    lists = {name: vocabulary(name) for name in ("obs_status", "comparability", "warning", "fidelity")}
    place = site.publication.catalog.area_of_interest[0] if site.publication.catalog.area_of_interest else "0301"
    query = observations_query(f"ref_area = '{place}' and obs_value is not null", "indicator")
    return Page("method.html", t("method.title"), t("method.intro")), {"vocabularies": lists, "sql_example": query}


def tables(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """Intermediate tables and area tables with their files."""
    own = [(f"tables/{table.id}", table.title, table.description, table.row) for table in site.publication.tables]
    standing = standing_tables()
    areas = [
        (f"areas/{name}", standing[name].title, standing[name].description, standing[name].row) for name in site.publication.area_files
    ]
    found = [(key.partition("/")[2], *told, _readable(site.files[key], t)) for key, *told in (*own, *areas) if site.files.get(key)]
    return Page("tables.html", t("tables.title"), t("tables.intro"), (("index.html#datasets", t("nav.datasets")),)), {"tables": found}


def about(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    return Page("about.html", t("about.title"), t("about.why")), {"licence": codes.LICENCES[site.publication.catalog.licence]}


def accessibility(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    publisher = t.of(site.publication.catalog.publisher.name)
    return Page("accessibility.html", t("accessibility.title"), t("accessibility.scope", publisher=publisher)), {}


def status(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    rows = [_status_row(site, t, state) for state in site.publication.datasets]
    late = sum(is_late(state, site.built_on) for state in site.publication.datasets)
    broken = [check.severity for state in site.publication.datasets for check in state.checks if not check.success]
    warned = broken.count("warning")
    told = {"late": t.number(late), "failed": t.number(len(broken) - warned), "warned": t.number(warned)}
    summary = t("status.summary", count=t.number(len(rows)), **told)
    gaps = [it for it in site.publication.indicators if it.sdg.fidelity == "gap"]
    context = {
        "rows": rows,
        "summary": summary,
        "gaps": gaps,
        "unknown": site.publication.not_yet_known,
        "nothing": site.publication.gaps,
        "failures": site.publication.failures,
    }
    return Page("status.html", t("status.title"), summary), context


def _status_row(site: Site, t: Words, state: DatasetState) -> dict[str, str]:
    it = state.dataset
    passed = sum(check.success for check in state.checks)
    return {
        "id": it.id,
        "title": t.of(it.title),
        "state": t("status." + _state(site, state)),
        "newest": t.period(state.newest_period) if state.newest_period else "–",
        "retrieved": t.day(state.retrieved_on) if state.retrieved_on else t("dataset.retrieved_unknown"),
        "rhythm": t.code("frequency", it.source.rhythm),
        "checks": t("status.passed_of", passed=t.number(passed), count=t.number(len(state.checks))),
        "quarantined": t.number(len(state.quarantined)),
        "set_aside": t.number(sum(sum(period.set_aside.values()) for period in state.periods)),
    }


def _state(site: Site, state: DatasetState) -> str:
    if not site.is_open(state):
        return "withheld"
    if not state.periods:
        return "empty"
    return "late" if is_late(state, site.built_on) else "fresh"


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
