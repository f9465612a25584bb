"""Declared ethics + measurements on the published bytes + gate rules → the ethics record with its decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from catalog.model import Ethics, Text

Outcome = Literal["passed", "failed", "inapplicable", "cantTell"]


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
