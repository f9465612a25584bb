"""Rules that need nothing but what was declared, and the date."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from catalog.codes import LICENCES
from catalog.ethics.rules import RuleResult, by, result
from catalog.load import vocabulary
from catalog.model import LANGUAGES, Dataset, Ethics, Text

OPEN_LICENCES = re.compile(
    r"(?:CC[ _-]?BY[ _-]?(?:4[._]0|3[._]0)?(?:[ _-]NO)?|NLOD(?:[ _-]?[12][._]0)?|CC[ _-]?0(?:[ _-]1[._]0)?|Public Domain|PDM?)",
    re.IGNORECASE,
)
"""How sources write licences that let anyone use the data for anything, with credit at most."""


@dataclass(frozen=True)
class Assessed:
    """What an earlier release said about a dataset: the terms it was assessed on, and when."""

    contract: str
    assessed_on: date
    released_on: date


def contract(dataset: Dataset) -> str:
    """A fingerprint of what an assessment rests on: columns, source and licence. Another fingerprint asks for a new assessment."""
    columns = [[c.name, c.type, c.unit, sorted(c.codes or ())] for c in dataset.columns]
    source = [dataset.source.publisher.name.nb, dataset.source.service, dataset.source.licence]
    return hashlib.sha256(json.dumps([columns, source]).encode()).hexdigest()


def declared_rules(
    dataset: Dataset, ethics: Ethics, licences: Sequence[str], previous: Assessed | None, today: date, terms: str
) -> list[RuleResult]:
    """The rules that need nothing but what was declared and the date. `terms` is a fingerprint of what the assessment rests on."""
    dates: dict[str, Any] = {"assessed": ethics.assessed_on, "due": ethics.review_due_on}
    missing = _missing(ethics)
    results = [result("B01", "failed", missing=", ".join(missing)) if missing else result("B01", "passed")]
    if ethics.assessed_on > today:
        results.append(result("B02", "failed", "future", **dates))
    elif ethics.review_due_on <= today:
        results.append(result("B02", "failed", **dates))
    elif previous and previous.contract != terms and ethics.assessed_on < previous.released_on:
        results.append(result("B02", "failed", "changed", **dates))
    else:
        results.append(result("B02", "passed", **dates))
    open_terms = all(OPEN_LICENCES.fullmatch(licence.strip()) for licence in licences)
    licence = LICENCES[dataset.source.licence][0]
    results.append(
        result("B03", "passed", licence=licence.nb, licence_nn=licence.nn, licence_en=licence.en) if open_terms else result("B03", "failed")
    )
    personal = ethics.data_category in ("PersonalData", "PseudonymisedData", "StatisticallyConfidentialData")
    results.append(result("B04", "failed" if personal else "passed", **_category(ethics.data_category)))
    results.append(result("B10", "cantTell" if "businesses" in ethics.counts_of else "inapplicable"))
    results.append(_security(dataset, ethics))
    high = sum(risk.residual == "high" for risk in ethics.risks)
    results.append(result("B14", "failed", number=high) if high else result("B14", "passed", number=len(ethics.risks)))
    results.append(_necessity(ethics))
    results.append(_sami(dataset, ethics))
    results.append(result("B17", "failed" if _forbids(ethics.discouraged_use) else "passed"))
    results.append(_decision(ethics, today))
    results.append(_copied(ethics))
    results.append(_reports(ethics, today))
    results.append(_breakdowns(dataset, ethics))
    short = min(len(ethics.limitations.get(language)) for language in LANGUAGES) < 40
    results.append(result("W05", "failed" if short else "passed"))
    results.append(result("W07", "failed" if ethics.review_due_on <= today + timedelta(days=60) else "passed", **dates))
    results.append(result("W11", "failed" if ethics.decision.is_proposal else "passed", **by(ethics.decision.by)))
    return results


def _category(code: str) -> dict[str, str]:
    """The name of a category of data, for a sentence in each language."""
    name = vocabulary("data_category")[code]
    return {"category": name.nb, "category_nn": name.nn, "category_en": name.en}


def _missing(ethics: Ethics) -> list[str]:
    """Keys that the record needs because of what it is about."""
    needed: dict[str, object] = {}
    addresses = [("legal_basis", address) for address in ethics.legal_basis]
    addresses += [("dpia", ethics.dpia.document)] if ethics.dpia and ethics.dpia.document else []
    if ethics.about_people in ("aggregated", "individual"):
        needed |= {"people_concerned": ethics.people_concerned, "technical_measures": ethics.technical_measures}
    if ethics.about_people == "individual":
        needed |= {"dpia": ethics.dpia, "gdpr_basis": ethics.gdpr_basis, "quasi_identifiers": ethics.quasi_identifiers}
    missing = [key for key, value in needed.items() if not value]
    return missing + [f"{key} ({_PLACEHOLDER.search(address)[0]})" for key, address in addresses if _PLACEHOLDER.search(address)]  # type: ignore[index]


_PLACEHOLDER = re.compile(r"\bexample\.(?:org|com|no|net)\b")
"""Addresses that stand for one that nobody has filled in."""


def _necessity(ethics: Ethics) -> RuleResult:
    """Whether the need for an impact assessment was weighed where it must be, and made where it is needed."""
    weighed = ethics.dpia
    if weighed is not None and weighed.outcome == "required" and ethics.is_publishable:
        return result("B15", "failed", "not_made", reason=weighed.reason.nb, reason_nn=weighed.reason.nn, reason_en=weighed.reason.en)
    if not ethics.vulnerable_groups:
        return result("B15", "inapplicable")
    return result("B15", "passed" if weighed and ethics.consulted else "failed")


def _copied(ethics: Ethics) -> RuleResult:
    """A summary that is the same in two languages was written in one of them only."""
    told = [ethics.summary.get(language) for language in LANGUAGES]
    return result("W06", "failed" if len(set(told)) < len(told) else "passed")


def _reports(ethics: Ethics, today: date) -> RuleResult:
    waiting = sum(report.answered_on is None and report.on <= today - timedelta(days=30) for report in ethics.reports)
    return result("W08", "failed" if waiting else "passed", waiting=waiting, number=len(ethics.reports))


_ASKED_BREAKDOWNS = {
    "5.5": ("sex",), "8.3": ("sex",), "8.5": ("sex", "age", "disability"), "9.5": ("sex",), "11.2": ("sex", "age", "disability"),
    "11.5": ("sex", "age"), "11.7": ("sex", "age", "disability"), "16.7": ("sex", "age", "disability"), "17.8": ("sex", "age"),
    "17.18": ("sex", "age", "disability"),
}  # fmt: skip
"""What the UN's targets ask to be told apart, where they do: from the wording of the targets and their indicators."""
_TELLS_APART = {
    "sex": re.compile(r"sex|gender|kj[oø]nn", re.IGNORECASE),
    "age": re.compile(r"(?:^|_)age|alder", re.IGNORECASE),
    "disability": re.compile(r"disab|funksjon", re.IGNORECASE),
}
_BREAKDOWN = {
    "sex": Text(nb="kjønn", nn="kjønn", en="sex"),
    "age": Text(nb="alder", nn="alder", en="age"),
    "disability": Text(nb="funksjonsnedsettelse", nn="funksjonsnedsetjing", en="disability"),
}


def _breakdowns(dataset: Dataset, ethics: Ethics) -> RuleResult:
    """Whether figures that count persons tell apart what the targets they serve ask for."""
    asked = sorted({part for target in dataset.sdg for part in _ASKED_BREAKDOWNS.get(target, ())})
    if not asked or "persons" not in ethics.counts_of:
        return result("W09", "inapplicable")
    names = " ".join((*(column.name for column in dataset.columns), *_parts(dataset)))
    lacking = [part for part in asked if not _TELLS_APART[part].search(names)]
    said = {
        f"lacking{suffix}": ", ".join(_BREAKDOWN[part].get(lang) for part in lacking)
        for lang, suffix in (("nb", ""), ("nn", "_nn"), ("en", "_en"))
    }
    return result("W09", "failed" if lacking else "passed", **said)


def _parts(dataset: Dataset) -> list[str]:
    """How the values of an indicator are divided: the column `breakdown` says it in its values."""
    return [part for column in dataset.columns if column.name == "breakdown" for part in column.codes or ()]


_CRITICAL = re.compile(
    r"vannverk|vassverk|drikkevann|drikkevatn|trafo|transformator|substation|water_?supply|kraftlinje|power_?line|beredskap|rescue|hekke|nesting",
    re.IGNORECASE,
)


def _security(dataset: Dataset, ethics: Ethics) -> RuleResult:
    words = (dataset.id, *(column.name for column in dataset.columns), *dataset.keywords.nb, *dataset.keywords.nn, *dataset.keywords.en)
    hints = sorted({word for word in words if _CRITICAL.search(word)})
    weighed = any("Security" in risk.type or "Sabotage" in risk.type for risk in ethics.risks)
    if hints and not weighed:
        return result("B12", "cantTell", hints=", ".join(hints))
    return result("B12", "passed", **by(ethics.decision.by))


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
    is_possible = bool(_SAMI.search(words)) or (about_people and is_municipal(dataset))
    explained = any(re.search(r"\bsam(?:e|i|ar|isk)|sámi", ethics.decision.reason.get(lang), re.IGNORECASE) for lang in LANGUAGES)
    if ethics.indigenous_relevance == "relevant" and not ethics.consulted:
        return result("B16", "failed")
    if ethics.indigenous_relevance == "relevant" and ethics.care is None:
        return result("B16", "failed", "care")
    if ethics.indigenous_relevance == "not_relevant" and is_possible and not explained:
        return result("B16", "cantTell")
    relevance = _RELEVANCE[ethics.indigenous_relevance]
    return result("B16", "passed", relevance=relevance.nb, relevance_nn=relevance.nn, relevance_en=relevance.en)


def is_municipal(dataset: Dataset) -> bool:
    return any(re.search(r"municipality|kommune|ref_area|region", column.name) for column in dataset.columns)


_FORBIDS = re.compile(
    r"må ikke|må ikkje|ikke lov|ikkje lov|forbudt|forbode|ikke tillatt|ikkje tillate|must not|may not|prohibited|not permitted|not allowed",
    re.IGNORECASE,
)


def _forbids(text: Text) -> bool:
    return any(_FORBIDS.search(text.get(language)) for language in LANGUAGES)


def _decision(ethics: Ethics, today: date) -> RuleResult:
    decision = ethics.decision
    facts: dict[str, Any] = {**by(decision.by), "on": decision.on}
    if not ethics.is_publishable:
        reason = decision.reason
        return result("B19", "failed", **facts, reason=reason.nb, reason_nn=reason.nn, reason_en=reason.en)
    if decision.on > today:
        return result("B19", "failed", "future", **facts)
    if ethics.about_people in ("aggregated", "individual") and decision.by == ethics.assessor:
        return result("B19", "failed", "same")
    return result("B19", "passed", **facts)
