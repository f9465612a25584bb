"""The rules of the gate to publication: what they are called, and what they say when they came out one way or another.

The texts stand in `rules.yaml`; B rules block, W rules warn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from catalog.load import build, read_yaml, role
from catalog.model import LANGUAGES, Model, Text
from catalog.periods import in_words

Outcome = Literal["passed", "failed", "inapplicable", "cantTell", "untested"]


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


class _Rule(Model):
    """One rule as `rules.yaml` describes it."""

    model_config = Model.model_config | {"extra": "allow"}

    mode: Literal["automatic", "manual", "semiAuto"]
    title: Text
    waiver: bool = False


@cache
def _rules() -> dict[str, _Rule]:
    path = Path(__file__).with_name("rules.yaml")
    found = read_yaml(path.read_text("utf-8"), path.name)
    return {rule: build(_Rule, values, f"{path.name}: {rule}") for rule, values in found.items()}


def rule_title(rule: str) -> Text:
    """What a rule of the gate demands, such as B05, in a few words."""
    return _rules()[rule].title


def mode(rule: str) -> Literal["automatic", "manual", "semiAuto"]:
    return _rules()[rule].mode


def allows_waiver(rule: str) -> bool:
    """Whether a named role may let a failed rule through for a while."""
    return _rules()[rule].waiver


def sentence(rule: str, variant: str, **facts: Any) -> Text:
    """A sentence of `rules.yaml` with its blanks filled; `x_nn` and `x_en` go before `x` in their language."""
    texts = (_rules()[rule].model_extra or {})[variant]
    filled = {}
    for language in LANGUAGES:
        own = {key.removesuffix(f"_{language}"): value for key, value in facts.items() if key.endswith(f"_{language}")}
        said = {key: _as_written(value, language) for key, value in {**facts, **own}.items()}
        filled[language] = re.sub(r"\{(\w+?)(?:_nn|_en)?\}", lambda blank, said=said: said[blank[1]], texts[language])
    return Text(**filled)


def _as_written(fact: Any, language: str) -> str:
    """A fact as people write it: a day in words, a count of five digits or more with its thousands apart; a year has four."""
    if isinstance(fact, date):
        return in_words(fact, language)
    if isinstance(fact, int) and abs(fact) >= 10_000:
        return f"{fact:,}" if language == "en" else f"{fact:,}".replace(",", "\N{NO-BREAK SPACE}")
    return str(fact)


def result(rule: str, outcome: Outcome, variant: str | None = None, **facts: Any) -> RuleResult:
    return RuleResult(rule, mode(rule), outcome, sentence(rule, variant or outcome, **facts))


def by(code: str) -> dict[str, str]:
    """The name of a role as the facts of a sentence."""
    name = role(code)
    return {"by": name.nb, "by_nn": name.nn, "by_en": name.en}


def percent(share: Decimal) -> dict[str, str]:
    english = f"{share * 100:.1f}%"
    return {"share": english.replace(".", ",").replace("%", " %"), "share_en": english}


PASSING = ("passed", "inapplicable", "empty", "by_rule")


def as_markdown(language: str = "en") -> str:
    """The rules as a table for the documentation: what each demands, whether it may be waived, and what it says when it does not hold."""
    lines = ["| rule | what it demands | waiver | what readers are told when it does not hold |", "|---|---|---|---|"]
    for rule, said in _rules().items():
        if not re.fullmatch(r"[BW]\d\d", rule):
            continue
        told = [texts[language] for variant, texts in (said.model_extra or {}).items() if variant not in PASSING]
        waiver = ("yes" if said.waiver else "never") if rule.startswith("B") else "warns"
        lines.append(f"| {rule} | {said.title.get(language)} | {waiver} | {'<br>'.join(told)} |")
    return "\n".join(lines) + "\n"
