"""Declared ethics + measurements on the published bytes + gate rules → the ethics record with its decision.

A dataset is published only when every blocking rule that applies has run on the file to be published and passed. A rule that could
not tell counts as failed. What the rules say to readers stands in `rules.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from catalog.ethics.measuring import Measured, Measurement, measurements
from catalog.ethics.rules import RuleResult, allows_waiver, by, rule_title, sentence
from catalog.ethics.rules_declared import Assessed, contract, declared_rules
from catalog.ethics.rules_measured import measured_rules
from catalog.model import LANGUAGES, Agent, Catalog, Dataset, Ethics, Text, Waiver

Kind = Literal["datasets", "indicators"]
"""What a record is about; the folder of addresses in which it stands."""


@dataclass(frozen=True)
class EthicsRecord:
    """What was declared, measured and decided about one dataset or indicator in one release."""

    dataset: str
    """Its id."""
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
    kind: Kind = "datasets"


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
    terms: str | None = None,
    blocked: Sequence[Text] = (),
    kind: Kind = "datasets",
) -> EthicsRecord:
    """The record of one dataset with the outcome of every rule, and whether the dataset may be published.

    `measured` is None when there is no file to measure; then the rules about data count as not run. `licences` are the terms its
    snapshots came with, `previous` is what the current release says about it, `terms` a fingerprint of what the assessment rests on
    where that is not the dataset's columns, source and licence, `blocked` are reasons of others that withhold it too. That a rule could
    not run is told only where nothing else is.
    """
    ethics = dataset.ethics
    if ethics is None:
        checks: list[RuleResult] = []
        reasons = [sentence("withheld", "no_ethics" if kind == "datasets" else "no_ethics_of_indicator")]
    else:
        declared = declared_rules(dataset, ethics, licences, previous, now.date(), terms or contract(dataset))
        checks = [*declared, *measured_rules(dataset, ethics, measured)]
        checks = [_with_waiver(check, ethics, measured, now.date()) for check in sorted(checks, key=lambda check: check.rule)]
        failing = [check for check in checks if check.blocks]
        told = [check for check in failing if check.outcome != "untested"]
        reasons = [_reason(check) for check in (told if told or blocked else failing)]
    reasons = [*blocked, *reasons]
    used = {check.rule for check in checks if check.is_waived}
    return EthicsRecord(
        dataset=dataset.id,
        release=release,
        declared=ethics,
        synthetic=synthetic,
        measurements=measurements(measured),
        checks=tuple(checks),
        is_published=not reasons,
        reasons=tuple(reasons),
        measured_at=now,
        title=dataset.title,
        base_uri=catalog.base_uri,
        responsible=catalog.publisher,
        contact=f"mailto:{catalog.contact.email}",
        waivers=tuple(waiver for waiver in ethics.waivers if waiver.rule in used) if ethics else (),
        kind=kind,
    )


def _reason(check: RuleResult) -> Text:
    """`B02 The assessment is recent: The assessment of … was to be renewed by ….`"""
    title = rule_title(check.rule)
    return Text(**{language: f"{check.rule} {title.get(language)}: {check.info.get(language)}" for language in LANGUAGES})


def _with_waiver(check: RuleResult, ethics: Ethics, measured: Measured | None, today: date) -> RuleResult:
    """The result, let through by a valid waiver where its rule allows one. An identity number is never waived."""
    waiver = next((waiver for waiver in ethics.waivers if waiver.rule == check.rule and waiver.until >= today), None)
    allowed = allows_waiver(check.rule)
    if check.rule == "B02" and waiver is not None:
        allowed = waiver.until <= today + timedelta(days=30)
    if check.rule == "B05" and measured is not None:
        allowed = not any(finding.kind == "national identity number" for finding in measured.findings)
    if not check.blocks or waiver is None or not allowed:
        return check
    info = sentence(
        "withheld", "waived", until=waiver.until, **by(waiver.by),
        reason=waiver.reason.nb, reason_nn=waiver.reason.nn, reason_en=waiver.reason.en,
    )  # fmt: skip
    both = Text(**{language: f"{check.info.get(language)} {info.get(language)}" for language in LANGUAGES})
    return RuleResult(check.rule, check.mode, check.outcome, both, is_waived=True)
