"""What the page of a dataset shows: meaning, terms, files, columns, quality, ethics and provenance."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import quote

from catalog import codes, duck
from catalog.metadata.quality import figures
from catalog.metadata.score import Score
from catalog.model import Dataset
from catalog.privacy.withholding import published_columns
from catalog.publication import Check, DatasetState
from catalog.site import described, findings, maps
from catalog.site.answers import answers_about
from catalog.site.inputs import Page, Site, in_reading_order
from catalog.site.news import moment
from catalog.site.words import Words


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
        "why_withheld": why_withheld(t, state),
        "licence": codes.LICENCES[it.source.licence],
        "period": _covered(t, state),
        "rhythm": t.code("frequency", it.source.rhythm),
        "used_by": [one for one in site.publication.indicators if it.id in site.sources.get(one.id, ())],
        "files": in_reading_order(site.files.get(f"data/{it.id}", ()), t),
        "sql_example": _dataset_query(it),
        "columns": published_columns(it),
        "checks": [(check, *check_in_words(t, it, check)) for check in sorted(state.checks, key=lambda one: one.success)],
        "failed": failed,
        "figures": [t.of(one.words) for one in figures(state, record)],
        "quarantined": [(one, [_reason(t, state, one.period, reason) for reason in one.reasons]) for one in state.quarantined],
        "noticed": [(one, *findings.in_words(t, it, one)) for one in state.findings],
        "note": t.of(site.publication.notes[it.id]) if it.id in site.publication.notes else "",
        "scores": [(one, *_score(t, one)) for one in site.scores.get(it.id, ())],
        "set_aside": set_aside,
        "other_rules": len(it.set_aside) - len(set_aside),
        "has_quality_file": it.id in site.quality,
        "repeated": sum(period.repeated for period in state.periods),
        "snapshots": sorted(state.snapshots, key=lambda one: (one.retrieved_on or date.min, one.sha256), reverse=True),
        "provenance_summary": t("provenance.summary", count=t.number(len(state.snapshots)), software=site.software_version),
        "places": _places(site, t, state),
        "history": [(t.day(moment(one).date()), one.release) for one in site.changes.history if it.id in one.datasets and not one.is_first],
        "answers": answers_about(it.id),
        "feedback": f"mailto:{site.publication.catalog.contact.email}?subject={subject}",
    }
    feed = f"feeds/datasets/{it.id}.atom"
    page = Page(f"datasets/{it.id}.html", t.of(it.title), t.of(it.description), (("datasets/index.html", t("nav.datasets")),), feed=feed)
    return page, context | {"described": described.dataset(site, t, state, page), "citation": described.citation(site, t, page)}


def why_withheld(t: Words, state: DatasetState) -> str:
    """Why a dataset is not published, for somebody who has never heard of the rules: the decision in words, else that a rule broke."""
    ethics = state.dataset.ethics
    if ethics is None:
        return t("ethics.dataset_none")
    return t("front.rules_failed") if ethics.is_publishable else t.of(ethics.decision.reason)


def _places(site: Site, t: Words, state: DatasetState) -> dict[str, Any] | None:
    """A map of the places a dataset is about, where it has their coordinates and is open, and borders to draw them on are at hand."""
    names = {column.name for column in state.dataset.columns}
    if not {"latitude", "longitude"} <= names or not site.is_open(state) or not state.periods or site.outlines is None:
        return None
    query = f"""
        select distinct longitude::double, latitude::double
        from {duck.parquet([state.periods[0].path])}
        where longitude is not null and latitude is not null
        order by all
    """
    with duck.connect() as con:
        return maps.draw_places(t, t.of(state.dataset.title), con.execute(query).fetchall(), site.outlines)


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


def _reason(t: Words, state: DatasetState, period: str, reason: str) -> tuple[str, str]:
    """Why a period is held back: a finding that waits for a person, or a promise that was broken."""
    waiting = next((one for one in state.findings if one.what == reason and one.period == period), None)
    return findings.in_words(t, state.dataset, waiting) if waiting else reason_in_words(t, state.dataset, reason)


def _score(t: Words, score: Score) -> tuple[list[str], list[str]]:
    """The points of each dimension, and each reason for which points are missing, with how many they are."""
    parts = [t("score.dimension", name=t(f"score.{name}"), points=had, maximum=there) for name, (had, there) in score.dimensions.items()]
    reasons: dict[str, int] = {}
    for lost in score.lost:
        reasons[t.of(lost.why)] = reasons.get(t.of(lost.why), 0) + lost.points
    return parts, [t("score.lost", count=str(points), why=why) for why, points in reasons.items()]


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
            limits = {"low": "−∞" if column.minimum is None else t.bound(column.minimum, column.unit)}
            limits |= {"high": "∞" if column.maximum is None else t.bound(column.maximum, column.unit)}
            return t(f"promise.{ending}", column=t.of(column.title), **limits)
    return None
