"""Declared ethics + measurements on the published bytes + gate rules → the ethics record with its decision.

A dataset is published only when every blocking rule that applies has run on the file to be published and passed. A rule that could
not tell counts as failed. What the rules say to readers stands in `rules.yaml`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb

from catalog.codes import LICENCES, slug
from catalog.duck import name, parquet
from catalog.load import HERE, build, read_yaml
from catalog.model import LANGUAGES, Agent, Catalog, Column, ColumnType, Dataset, Ethics, Model, Text, Waiver
from catalog.privacy import KINDS, Finding, scan_table
from catalog.withholding import HiddenSum, Withholding, small_cells

Outcome = Literal["passed", "failed", "inapplicable", "cantTell", "untested"]

OPEN_LICENCES = re.compile(
    r"(?:CC[ _-]?BY[ _-]?(?:4[._]0|3[._]0)?(?:[ _-]NO)?|NLOD(?:[ _-]?[12][._]0)?|CC[ _-]?0(?:[ _-]1[._]0)?|Public Domain|PDM?)",
    re.IGNORECASE,
)
"""How sources write licences that let anyone use the data for anything, with credit at most."""

GROUPS_OF_PEOPLE = {"persons", "households", "meters"}


@dataclass(frozen=True)
class Measurement:
    """One computed figure of the record, such as `piiFindings`, and the hash of the file it was computed on."""

    metric: str
    value: Decimal
    parameter: str = ""
    sha256: str | None = None


@dataclass(frozen=True)
class RuleResult:
    """How one rule of the gate (B: blocks, W: warns) came out, with a sentence that says why."""

    rule: str
    mode: Literal["automatic", "manual", "semiAuto"]
    outcome: Outcome
    info: Text
    is_waived: bool = False
    """True when the rule did not pass, but a valid waiver lets the dataset through."""

    @property
    def blocks(self) -> bool:
        return self.rule.startswith("B") and self.outcome not in ("passed", "inapplicable") and not self.is_waived


@dataclass(frozen=True)
class EthicsRecord:
    """What was declared, measured and decided about one dataset in one release."""

    dataset: str
    release: str
    declared: Ethics | None
    """None when the dataset has no declared ethics; then it is withheld."""
    synthetic: bool
    measurements: tuple[Measurement, ...]
    checks: tuple[RuleResult, ...]
    is_published: bool
    reasons: tuple[Text, ...]
    """Why the dataset is withheld; empty exactly when it is published."""
    measured_at: datetime
    title: Text
    base_uri: str
    responsible: Agent
    contact: str
    waivers: tuple[Waiver, ...] = ()
    """The waivers that let a failed rule through, with who gave them and until when."""


@dataclass(frozen=True)
class Measured:
    """What was measured on one Parquet file. Whole numbers unless said otherwise; None where a figure has no meaning."""

    sha256: str
    rows: int
    findings: tuple[Finding, ...]
    min_group: int | None = None
    """Smallest visible count above zero, or smallest class by quasi-identifiers."""
    small: int = 0
    hidden: int = 0
    complementary: int = 0
    recoverable: int = 0
    told_before: int = 0
    """Small numbers that an earlier release shows."""
    sums: tuple[HiddenSum, ...] = ()
    """Sums of rows that may not be shown anywhere, without their values."""
    sums_shown: int = 0
    """Sums over withheld rows that are published and still agree."""
    min_diversity: int | None = None
    disclosures: int | None = None
    unique_traces: Decimal | None = None
    """Share of rows that are alone in their quasi-identifiers, 0 to 1."""
    precise_points: int | None = None
    """Rows located more finely than about 1 km; None where there are no coordinates."""
    completeness: Decimal | None = None
    """Share of expected values that exist, 0 to 1."""
    completeness_gap: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        return {key: str(value) if isinstance(value, Decimal) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Measured:
        shares = ("unique_traces", "completeness", "completeness_gap")
        typed: dict[str, Any] = {key: Decimal(values[key]) if values[key] is not None else None for key in shares}
        typed["findings"] = tuple(Finding(**finding) for finding in values["findings"])
        typed["sums"] = tuple(HiddenSum(it["number"], tuple(it["by"]), it["group"]) for it in values["sums"])
        return cls(**(values | typed))


@dataclass(frozen=True)
class Assessed:
    """What an earlier release said about a dataset: the terms it was assessed on, and when."""

    contract: str
    assessed_on: date
    released_on: date


class _Rule(Model):
    """One rule as `rules.yaml` describes it."""

    model_config = Model.model_config | {"extra": "allow"}

    mode: Literal["automatic", "manual", "semiAuto"]
    title: Text
    waiver: bool = False


@cache
def _rules() -> dict[str, _Rule]:
    path = HERE / "rules.yaml"
    found = read_yaml(path.read_text("utf-8"), path.name)
    return {rule: build(_Rule, values, f"{path.name}: {rule}") for rule, values in found.items()}


def rule_title(rule: str) -> Text:
    """What a rule of the gate demands, such as B05, in a few words."""
    return _rules()[rule].title


def sentence(rule: str, variant: str, **facts: Any) -> Text:
    """A sentence of `rules.yaml` with its blanks filled; `x_nn` and `x_en` go before `x` in their language."""
    texts = (_rules()[rule].model_extra or {})[variant]
    filled = {}
    for language in LANGUAGES:
        own = {key.removesuffix(f"_{language}"): value for key, value in facts.items() if key.endswith(f"_{language}")}
        filled[language] = re.sub(r"\{(\w+?)(?:_nn|_en)?\}", lambda blank, own=own: str({**facts, **own}[blank[1]]), texts[language])
    return Text(**filled)


# --- measuring ---


def measure(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    sha256: str,
    dataset: Dataset,
    withholding: Withholding = Withholding(),  # noqa: B008
) -> Measured:
    """Every figure that the rules need, computed on the Parquet file that is to be published."""
    table = con.sql(f"from {parquet([path])}")
    ethics = dataset.ethics
    findings = tuple(scan_table(con, table, dataset))
    rows = _row(con, f"select count(*) from {parquet([path])}")[0]
    figures: dict[str, Any] = {}
    if ethics is not None:
        figures |= _groups(con, parquet([path]), dataset, ethics)
        figures |= {"precise_points": _precise_points(con, parquet([path]), dataset)}
    figures |= _completeness(con, parquet([path]), dataset)
    return Measured(
        sha256=sha256, rows=rows, findings=findings, small=small_cells(con, table, dataset), hidden=withholding.small,
        complementary=withholding.complementary, recoverable=withholding.recoverable, told_before=withholding.told_before,
        sums=withholding.sums, sums_shown=withholding.sums_shown, **figures,
    )  # fmt: skip


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row


def _groups(con: duckdb.DuckDBPyConnection, table: str, dataset: Dataset, ethics: Ethics) -> dict[str, Any]:
    """Smallest group, least diversity and lonely rows, by counts or by quasi-identifiers."""
    figures: dict[str, Any] = {}
    if ethics.count_columns:
        smallest = ", ".join(f"min({name(column)}) filter ({name(column)} > 0)" for column in ethics.count_columns)
        figures["min_group"] = min((value for value in _row(con, f"select {smallest} from {table}") if value is not None), default=None)
    if not ethics.quasi_identifiers:
        return figures
    classes = ", ".join(_class_term(dataset.column(column)) for column in ethics.quasi_identifiers)
    if ethics.about_people == "individual" and not ethics.count_columns:
        figures["min_group"] = _row(con, f"select min(members) from (select count(*) as members from {table} group by {classes})")[0]
    if "trips" in ethics.counts_of:
        lonely, rows = _row(
            con, f"select count(*) filter (members = 1), sum(members) from (select count(*) as members from {table} group by {classes})"
        )
        figures["unique_traces"] = _share(lonely, rows)
    if ethics.sensitive_columns:
        distinct = ", ".join(f"count(distinct {name(column)})" for column in ethics.sensitive_columns)
        least = f"least({distinct})"
        figures["min_diversity"], figures["disclosures"] = _row(
            con, f"select min(values), count(*) filter (values = 1) from (select {least} as values from {table} group by {classes})"
        )
    return figures


def _class_term(column: Column) -> str:
    """Rows of one class have equal terms; a moment counts by its hour."""
    return f"date_trunc('hour', {name(column.name)})" if column.type is ColumnType.datetime else name(column.name)


_COORDINATES = re.compile(
    r"^(?:lat|lon|lng|latitude|longitude)$|_(?:lat|lon|latitude|longitude)$|(?:^|_)(?:easting|northing|geometry|wkt)$"
)


def _coordinates(dataset: Dataset) -> list[Column]:
    return [column for column in dataset.columns if column.unit == "deg" or _COORDINATES.search(column.name)]


def _precise_points(con: duckdb.DuckDBPyConnection, table: str, dataset: Dataset) -> int | None:
    """Rows whose coordinates have more than two decimals of a degree (about 1 km), or that hold a geometry."""
    columns = _coordinates(dataset)
    if not columns:
        return None
    fine = [f"{name(c.name)} is not null" if c.type is ColumnType.text else f"{name(c.name)} <> round({name(c.name)}, 2)" for c in columns]
    return int(_row(con, f"select count(*) filter ({' or '.join(fine)}) from {table}")[0])


def _completeness(con: duckdb.DuckDBPyConnection, table: str, dataset: Dataset) -> dict[str, Decimal | None]:
    """How complete the series are: rows with a value ÷ points in time of the table from a series' first row to its last."""
    time = dataset.period_column
    numbers = [c.name for c in dataset.columns if c.type in (ColumnType.integer, ColumnType.decimal) and c.name not in dataset.key]
    series = [key for key in dataset.key if key != time]
    is_record = dataset.ethics is not None and dataset.ethics.about_people == "individual"
    if time is None or time not in dataset.key or not numbers or not series or is_record:
        return {}
    by = ", ".join(name(key) for key in series)
    present = " or ".join(f"{name(column)} is not null" for column in numbers)
    filled, expected, best, worst = _row(
        con,
        f"""with points as (
          select {name(time)}, row_number() over (order by {name(time)}) as place
          from (select distinct {name(time)} from {table})
        ),
        series as (
          select count(*) filter ({present}) as filled, max(place) - min(place) + 1 as expected
          from {table} join points using ({name(time)})
          group by {by}
        )
        select sum(filled), sum(expected), max(filled * 1000000 // expected), min(filled * 1000000 // expected)
        from series""",
    )
    if not expected:
        return {}
    return {"completeness": _share(filled, expected), "completeness_gap": _share(best - worst, 1_000_000)}


def _share(part: int | None, whole: int | None) -> Decimal | None:
    return (Decimal(int(part or 0)) / Decimal(int(whole))).quantize(Decimal("0.0001")) if whole else None


def _measurements(measured: Measured | None) -> tuple[Measurement, ...]:
    if measured is None:
        return ()
    certain = sum(finding.count for finding in measured.findings if finding.is_certain)
    figures: list[tuple[str, int | Decimal | None, str]] = [("piiFindings", certain, "piiFindings")]
    if measured.min_group is not None or measured.hidden:
        figures += [
            ("minGroupSize", measured.min_group, "counted"),
            ("smallCells", measured.small, "smallCells"),
            ("groupDisclosures", measured.disclosures or 0, "sensitive"),
            ("recoverableCells", measured.recoverable, "recoverableCells"),
        ]
    figures += [
        ("minDiversity", measured.min_diversity, "sensitive"),
        ("uniqueTraces", measured.unique_traces, "uniqueTraces"),
        ("temporalCompleteness", measured.completeness, "temporalCompleteness"),
        ("completenessGap", measured.completeness_gap, "completenessGap"),
    ]
    return tuple(
        Measurement(metric, Decimal(value), sentence("parameters", parameter).nb, measured.sha256)
        for metric, value, parameter in figures
        if value is not None
    )


# --- rules ---


def contract(dataset: Dataset) -> str:
    """A fingerprint of what an assessment rests on: columns, source and licence. Another fingerprint asks for a new assessment."""
    columns = [[c.name, c.type, c.unit, sorted(c.codes or ())] for c in dataset.columns]
    source = [dataset.source.publisher.name.nb, dataset.source.service, dataset.source.licence]
    return hashlib.sha256(json.dumps([columns, source]).encode()).hexdigest()


def evaluate(
    dataset: Dataset,
    measured: Measured | None,
    *,
    catalog: Catalog,
    release: str,
    synthetic: bool,
    now: datetime,
    licences: Sequence[str] = (),
    previous: Assessed | None = None,
    blocked: Sequence[Text] = (),
) -> EthicsRecord:
    """The record of one dataset with the outcome of every rule, and whether the dataset may be published.

    `measured` is None when there is no file to measure; then the rules about data count as not run. `licences` are the terms its
    snapshots came with, `previous` is what the current release says about it, `blocked` are reasons of others that withhold it too.
    """
    ethics = dataset.ethics
    if ethics is None:
        checks: list[RuleResult] = []
        reasons = [sentence("withheld", "no_ethics")]
    else:
        checks = [*_declared_rules(dataset, ethics, licences, previous, now.date()), *_measured_rules(dataset, ethics, measured)]
        checks = [_with_waiver(check, ethics, measured, now.date()) for check in sorted(checks, key=lambda check: check.rule)]
        told = [check for check in checks if check.blocks and not (blocked and check.outcome == "untested")]
        reasons = [_reason(check) for check in told]
    reasons = [*blocked, *reasons]
    used = {check.rule for check in checks if check.is_waived}
    return EthicsRecord(
        dataset=dataset.id,
        release=release,
        declared=ethics,
        synthetic=synthetic,
        measurements=_measurements(measured),
        checks=tuple(checks),
        is_published=not reasons,
        reasons=tuple(reasons),
        measured_at=now,
        title=dataset.title,
        base_uri=catalog.base_uri,
        responsible=catalog.publisher,
        contact=f"mailto:{catalog.contact.email}",
        waivers=tuple(waiver for waiver in ethics.waivers if waiver.rule in used) if ethics else (),
    )


def _result(rule: str, outcome: Outcome, variant: str | None = None, **facts: Any) -> RuleResult:
    return RuleResult(rule, _rules()[rule].mode, outcome, sentence(rule, variant or outcome, **facts))


def _reason(check: RuleResult) -> Text:
    """`B02 The assessment is recent: The assessment of … was to be renewed by ….`"""
    title = rule_title(check.rule)
    return Text(**{language: f"{check.rule} {title.get(language)}: {check.info.get(language)}" for language in LANGUAGES})


def _with_waiver(check: RuleResult, ethics: Ethics, measured: Measured | None, today: date) -> RuleResult:
    """The result, let through by a valid waiver where its rule allows one. An identity number is never waived."""
    waiver = next((waiver for waiver in ethics.waivers if waiver.rule == check.rule and waiver.until >= today), None)
    allowed = _rules()[check.rule].waiver
    if check.rule == "B02" and waiver is not None:
        allowed = waiver.until <= today + timedelta(days=30)
    if check.rule == "B05" and measured is not None:
        allowed = not any(finding.kind == "national identity number" for finding in measured.findings)
    if not check.blocks or waiver is None or not allowed:
        return check
    info = sentence(
        "withheld", "waived", until=waiver.until, by=waiver.by,
        reason=waiver.reason.nb, reason_nn=waiver.reason.nn, reason_en=waiver.reason.en,
    )  # fmt: skip
    both = Text(**{language: f"{check.info.get(language)} {info.get(language)}" for language in LANGUAGES})
    return RuleResult(check.rule, check.mode, check.outcome, both, is_waived=True)


def _declared_rules(dataset: Dataset, ethics: Ethics, licences: Sequence[str], previous: Assessed | None, today: date) -> list[RuleResult]:
    """The rules that need nothing but what was declared and the date."""
    dates: dict[str, Any] = {"assessed": ethics.assessed_on, "due": ethics.review_due_on}
    missing = _missing(ethics)
    results = [_result("B01", "failed", missing=", ".join(missing)) if missing else _result("B01", "passed")]
    if ethics.assessed_on > today:
        results.append(_result("B02", "failed", "future", **dates))
    elif ethics.review_due_on <= today:
        results.append(_result("B02", "failed", **dates))
    elif previous and previous.contract != contract(dataset) and ethics.assessed_on < previous.released_on:
        results.append(_result("B02", "failed", "changed", **dates))
    else:
        results.append(_result("B02", "passed", **dates))
    open_terms = all(OPEN_LICENCES.fullmatch(licence.strip()) for licence in licences)
    licence = LICENCES[dataset.source.licence][0]
    results.append(
        _result("B03", "passed", licence=licence.nb, licence_nn=licence.nn, licence_en=licence.en)
        if open_terms
        else _result("B03", "failed")
    )
    personal = ethics.data_category in ("PersonalData", "PseudonymisedData", "StatisticallyConfidentialData")
    results.append(_result("B04", "failed" if personal else "passed", category=ethics.data_category))
    results.append(_result("B10", "cantTell" if "businesses" in ethics.counts_of else "inapplicable"))
    results.append(_security(dataset, ethics))
    high = sum(risk.residual == "high" for risk in ethics.risks)
    results.append(_result("B14", "failed", number=high) if high else _result("B14", "passed", number=len(ethics.risks)))
    weighed = bool(ethics.dpia and ethics.consulted)
    results.append(_result("B15", ("passed" if weighed else "failed") if ethics.vulnerable_groups else "inapplicable"))
    results.append(_sami(dataset, ethics))
    results.append(_result("B17", "failed" if _forbids(ethics.discouraged_use) else "passed"))
    results.append(_decision(ethics, today))
    short = min(len(ethics.limitations.get(language)) for language in LANGUAGES) < 40
    results.append(_result("W05", "failed" if short else "passed"))
    results.append(_result("W07", "failed" if ethics.review_due_on <= today + timedelta(days=60) else "passed", **dates))
    return results


def _missing(ethics: Ethics) -> list[str]:
    """Keys that the record needs because of what it is about."""
    needed: dict[str, object] = {}
    if ethics.about_people in ("aggregated", "individual"):
        needed |= {"people_concerned": ethics.people_concerned, "technical_measures": ethics.technical_measures}
    if ethics.about_people == "individual":
        needed |= {"dpia": ethics.dpia, "gdpr_basis": ethics.gdpr_basis, "quasi_identifiers": ethics.quasi_identifiers}
    return [key for key, value in needed.items() if not value]


_CRITICAL = re.compile(
    r"vannverk|vassverk|drikkevann|drikkevatn|trafo|transformator|substation|water_?supply|kraftlinje|power_?line|beredskap|rescue|hekke|nesting",
    re.IGNORECASE,
)


def _security(dataset: Dataset, ethics: Ethics) -> RuleResult:
    words = (dataset.id, *(column.name for column in dataset.columns), *dataset.keywords.nb, *dataset.keywords.nn, *dataset.keywords.en)
    hints = sorted({word for word in words if _CRITICAL.search(word)})
    weighed = any("Security" in risk.type or "Sabotage" in risk.type for risk in ethics.risks)
    if hints and not weighed:
        return _result("B12", "cantTell", hints=", ".join(hints))
    return _result("B12", "passed", by=ethics.decision.by)


_SAMI = re.compile(r"\bsami|sámi|samisk|reindrift|reindeer|valgmannta|valmannta|electoral_roll", re.IGNORECASE)
_RELEVANCE = {
    "not_relevant": Text(nb="nei", nn="nei", en="no"),
    "possible": Text(nb="mulig", nn="mogleg", en="possible"),
    "relevant": Text(nb="ja", nn="ja", en="yes"),
}


def _sami(dataset: Dataset, ethics: Ethics) -> RuleResult:
    """Data about people by municipality cover the Sámi administrative area, so they may concern the Sámi until someone says why not."""
    words = " ".join((dataset.id, *(c.name for c in dataset.columns), *dataset.keywords.nb, *dataset.keywords.nn, *dataset.keywords.en))
    about_people = ethics.about_people in ("aggregated", "individual")
    is_possible = bool(_SAMI.search(words)) or (about_people and _is_municipal(dataset))
    explained = any(re.search(r"\bsam(?:e|i|ar|isk)|sámi", ethics.decision.reason.get(lang), re.IGNORECASE) for lang in LANGUAGES)
    if ethics.indigenous_relevance == "relevant" and not ethics.consulted:
        return _result("B16", "failed")
    if ethics.indigenous_relevance == "not_relevant" and is_possible and not explained:
        return _result("B16", "cantTell")
    relevance = _RELEVANCE[ethics.indigenous_relevance]
    return _result("B16", "passed", relevance=relevance.nb, relevance_nn=relevance.nn, relevance_en=relevance.en)


def _is_municipal(dataset: Dataset) -> bool:
    return any(re.search(r"municipality|kommune|ref_area|region", column.name) for column in dataset.columns)


_FORBIDS = re.compile(
    r"må ikke|må ikkje|ikke lov|ikkje lov|forbudt|forbode|ikke tillatt|ikkje tillate|must not|may not|prohibited|not permitted|not allowed",
    re.IGNORECASE,
)


def _forbids(text: Text) -> bool:
    return any(_FORBIDS.search(text.get(language)) for language in LANGUAGES)


def _decision(ethics: Ethics, today: date) -> RuleResult:
    decision = ethics.decision
    facts: dict[str, Any] = {"by": decision.by, "on": decision.on}
    if not ethics.is_publishable:
        reason = decision.reason
        return _result("B19", "failed", **facts, reason=reason.nb, reason_nn=reason.nn, reason_en=reason.en)
    if decision.on > today:
        return _result("B19", "failed", "future", **facts)
    if ethics.about_people in ("aggregated", "individual") and decision.by == ethics.assessor:
        return _result("B19", "failed", "same")
    return _result("B19", "passed", **facts)


def _measured_rules(dataset: Dataset, ethics: Ethics, measured: Measured | None) -> list[RuleResult]:
    """The rules that read the data. Those that apply to every dataset count as not run when there is nothing to read."""
    counts_people = bool(GROUPS_OF_PEOPLE.intersection(ethics.counts_of))
    rules = ("B05", "B06", "B07", "B08", "B09", "B11", "B13", "B18", "W03", "W04")
    if measured is None or measured.rows == 0:
        untested = sentence("not_run", "untested")
        return [RuleResult(rule, _rules()[rule].mode, "untested", untested) for rule in rules]
    results = [_identifiers(measured)]
    k = ethics.threshold
    if not counts_people:
        results += [_result("B06", "inapplicable"), _result("B07", "inapplicable")]
    elif not ethics.count_columns and measured.min_group is None:
        results += [_result("B06", "cantTell"), _result("B07", "cantTell")]
    else:
        smallest = measured.min_group
        if smallest is None:
            results.append(_result("B06", "passed", "empty", k=k))
        else:
            results.append(_result("B06", "passed" if smallest >= k else "failed", smallest=smallest, k=k))
        facts: dict[str, Any] = {"small": measured.small, "hidden": measured.hidden, "k": k}
        results.append(_result("B07", "failed" if measured.small else "passed", **facts))
    if not measured.hidden:
        results.append(_result("B08", "inapplicable"))
    else:
        facts = {"recoverable": measured.recoverable, "complementary": measured.complementary}
        results.append(_result("B08", "failed" if measured.recoverable else "passed", **facts))
    if not ethics.sensitive_columns:
        results.append(_result("B09", "inapplicable"))
    elif measured.min_diversity is None:
        results.append(_result("B09", "cantTell"))
    else:
        facts = {"diversity": measured.min_diversity, "disclosures": measured.disclosures}
        results.append(_result("B09", "passed" if measured.min_diversity >= 2 and not measured.disclosures else "failed", **facts))
    results.append(_place(dataset, ethics, measured))
    if measured.unique_traces is not None:
        results.append(_result("B13", "failed" if measured.unique_traces else "passed", **_percent(measured.unique_traces)))
    else:
        single_trips = "trips" in ethics.counts_of and ethics.about_people == "individual"
        results.append(_result("B13", "cantTell" if single_trips else "inapplicable"))
    results.append(_result("B18", "passed", sha256=measured.sha256))
    for rule, share, is_bad in (
        ("W03", measured.completeness, lambda share: share < Decimal("0.75")),
        ("W04", measured.completeness_gap, lambda share: share > Decimal("0.25")),
    ):
        if share is None:
            results.append(_result(rule, "inapplicable"))
        else:
            results.append(_result(rule, "failed" if is_bad(share) else "passed", **_percent(share)))
    return results


def _identifiers(measured: Measured) -> RuleResult:
    if not measured.findings:
        return _result("B05", "passed")
    said = {
        language: "; ".join(f"{finding.column}: {KINDS[finding.kind].get(language)} ({finding.count})" for finding in measured.findings)
        for language in LANGUAGES
    }
    certain = any(finding.is_certain for finding in measured.findings)
    outcome: Outcome = "failed" if certain else "cantTell"
    return _result("B05", outcome, "failed", findings=said["nb"], findings_nn=said["nn"], findings_en=said["en"])


def _place(dataset: Dataset, ethics: Ethics, measured: Measured) -> RuleResult:
    if ethics.about_people == "none":
        variant = "not_people"
    elif measured.precise_points:
        return _result("B11", "failed")
    elif measured.precise_points == 0:
        variant = "coarse"
    elif _is_municipal(dataset):
        variant = "municipality"
    else:
        return _result("B11", "inapplicable")
    why = sentence("place", variant)
    return _result("B11", "passed", why=why.nb, why_nn=why.nn, why_en=why.en)


def _percent(share: Decimal) -> dict[str, str]:
    english = f"{share * 100:.1f} %"
    return {"share": english.replace(".", ","), "share_en": english}


# --- the record as JSON ---

_STATUS = {
    "approved": "dpv:AuditApproved",
    "conditionally_approved": "dpv:AuditConditionallyApproved",
    "rejected": "dpv:AuditRejected",
    "required": "dpv:AuditRequired",
}
_PEOPLE = {"not_relevant": "eth:notRelevant", "possible": "eth:possible", "relevant": "eth:relevant"}
_LEVEL = {"low": "risk:LowRisk", "moderate": "risk:ModerateRisk", "high": "risk:HighRisk"}
GATE = Text(nb="Porten til publisering", nn="Porten til publisering", en="The gate to publication")


@cache
def _context() -> dict[str, Any]:
    path = HERE / "ethics_context.yaml"
    return read_yaml(path.read_text("utf-8"), path.name)


def to_json(record: EthicsRecord) -> dict[str, Any]:
    """The record in its JSON form, which is JSON-LD with its context inside. A withheld dataset never says that it was approved.

    Where no ethics were declared there is only the decision: nobody has weighed anything yet, and nothing is made up.
    """
    base, ethics = record.base_uri, record.declared
    about = f"{base}datasets/{record.dataset}"
    common: dict[str, Any] = {
        "@context": {"eth": f"{base}ns/ethics#"} | _context(),
        "id": f"{about}/ethics",
        "type": "EthicsRecord",
        "about": about,
        "release": record.release,
        "title": _labelled(record.title),
        "responsible": _organisation(record.responsible),
        "contact": record.contact,
        "checks": [_check(check) for check in record.checks],
        "decision": _decided(record),
    }
    if ethics is None:
        return common
    optional = {
        "gdprBasis": list(ethics.gdpr_basis),
        "peopleConcerned": list(ethics.people_concerned),
        "vulnerableGroups": list(ethics.vulnerable_groups),
        "consulted": [_role(base, who) for who in ethics.consulted],
        "quasiIdentifiers": list(ethics.quasi_identifiers),
        "sensitiveColumns": list(ethics.sensitive_columns),
        "technicalMeasures": list(ethics.technical_measures),
        "dpia": {"id": ethics.dpia, "type": "dpv:DPIA"} if ethics.dpia else None,
        "waivers": [
            {"rule": f"eth:{waiver.rule}", "reason": waiver.reason.nb, "decidedBy": _role(base, waiver.by), "until": str(waiver.until)}
            for waiver in record.waivers
        ],
    }
    always = {"peopleConcerned", "quasiIdentifiers", "technicalMeasures"} if ethics.about_people in ("aggregated", "individual") else set()
    return (
        common
        | {
            "summary": ethics.summary.model_dump(),
            "assessed": str(ethics.assessed_on),
            "reviewDue": str(ethics.review_due_on),
            "assessor": _role(base, ethics.assessor),
            "purpose": list(ethics.purpose),
            "benefit": ethics.benefit.model_dump(),
            "legalBasis": list(ethics.legal_basis),
            "aboutPeople": f"eth:{ethics.about_people}",
            "countsOf": [f"eth:{unit}" for unit in ethics.counts_of],
            "dataCategory": f"dpv:{ethics.data_category}",
            "dataNature": [f"dpv:{nature}" for nature in ethics.data_nature],
            "dataSource": ["dpv:PublicDataSource"],
            "indigenousRelevance": _PEOPLE[ethics.indigenous_relevance],
            "collection": ethics.collection.model_dump(),
            "limitations": _joined(ethics.limitations, ethics.missing),
            "biases": ethics.biases.model_dump(),
            "intendedUse": ethics.intended_use.model_dump(),
            "discouragedUse": ethics.discouraged_use.model_dump(),
            "maintenance": ethics.maintenance.model_dump(),
            "threshold": ethics.threshold,
            "organisationalMeasures": list(ethics.organisational_measures),
            "risks": [_risk(risk) for risk in ethics.risks],
            "measurements": [_measurement(measurement, record.measured_at) for measurement in record.measurements],
        }
        | {key: value for key, value in optional.items() if value or key in always}
    )


_RECORD_OF = Text(nb="Etikkpost", nn="Etikkpost", en="Ethics record")
_SYNTHETIC = Text(nb="syntetiske data", nn="syntetiske data", en="synthetic data")


def _labelled(title: Text) -> dict[str, str]:
    return {language: f"{_RECORD_OF.get(language)}: {title.get(language)}" for language in LANGUAGES}


def _joined(*texts: Text) -> dict[str, str]:
    return {language: " ".join(text.get(language) for text in texts) for language in LANGUAGES}


def _role(base: str, words: str) -> dict[str, str]:
    return {"id": f"{base}roles/{slug(words)}", "type": "foaf:Agent", "name": words}


def _organisation(agent: Agent) -> dict[str, str]:
    known = {"type": "foaf:Agent", "name": agent.name.nb}
    if agent.organisation_number:
        address = f"https://data.brreg.no/enhetsregisteret/api/enheter/{agent.organisation_number}"
        known |= {"id": address, "identifier": agent.organisation_number}
    return known


def _risk(risk: Any) -> dict[str, Any]:
    return {
        "type": risk.type,
        "description": risk.description.model_dump(),
        "level": _LEVEL[risk.level],
        "impactOn": risk.impact_on,
        "mitigation": [{"description": risk.mitigation.model_dump()}],
        "residual": {"level": _LEVEL[risk.residual]},
    }


def _measurement(measurement: Measurement, at: datetime) -> dict[str, Any]:
    whole = measurement.value == measurement.value.to_integral_value()
    said: dict[str, Any] = {
        "type": "dqv:QualityMeasurement",
        "metric": f"eth:{measurement.metric}",
        "value": int(measurement.value) if whole else float(measurement.value),
        "generatedAt": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if measurement.parameter:
        said["parameter"] = measurement.parameter
    return said | ({"sha256": measurement.sha256} if measurement.sha256 else {})


def _check(check: RuleResult) -> dict[str, Any]:
    return {
        "type": "earl:Assertion",
        "rule": f"eth:{check.rule}",
        "mode": f"earl:{check.mode}",
        "result": {"type": "earl:TestResult", "outcome": f"earl:{check.outcome}", "info": check.info.nb},
    }


def _decided(record: EthicsRecord) -> dict[str, Any]:
    """The named role's decision; where the gate holds a dataset back although it was approved, the gate's own."""
    declared = record.declared.decision if record.declared else None
    if declared is not None and (record.is_published or not record.declared.is_publishable):  # type: ignore[union-attr]
        who, on, status, reason = _role(record.base_uri, declared.by), declared.on, _STATUS[declared.status], declared.reason.nb
    else:
        who, on, status = {"type": "foaf:Agent", "name": GATE.nb}, record.measured_at.date(), "dpv:AuditRequired"
        reason = "Holdt tilbake. " + " ".join(reason.nb for reason in record.reasons)
    synthetic = f" ({_SYNTHETIC.nb})" if record.synthetic else ""
    return {"status": status, "decidedBy": who, "decided": str(on), "reason": reason + synthetic}
