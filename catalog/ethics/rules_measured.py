"""Rules that read the data: they judge what was measured on the file that is to be published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog.ethics.measuring import Measured
from catalog.ethics.rules import Outcome, RuleResult, mode, percent, result, sentence
from catalog.ethics.rules_declared import is_municipal
from catalog.model import LANGUAGES, Dataset, Ethics
from catalog.privacy.identifiers import KINDS

GROUPS_OF_PEOPLE = {"persons", "households", "meters"}


def measured_rules(dataset: Dataset, ethics: Ethics, measured: Measured | None) -> list[RuleResult]:
    """The rules that read the data. Those that apply to every dataset count as not run when there is nothing to read."""
    counts_people = bool(GROUPS_OF_PEOPLE.intersection(ethics.counts_of)) or bool(ethics.count_columns)
    rules = ("B05", "B06", "B07", "B08", "B09", "B11", "B13", "B18", "B20", "W01", "W02", "W03", "W04", "W10")
    if measured is None or measured.rows == 0:
        untested = sentence("not_run", "untested")
        results = [RuleResult(rule, mode(rule), "untested", untested) for rule in rules]
        agreed = _agree(ethics, None)
        return [agreed if agreed.rule == it.rule and agreed.outcome == "failed" else it for it in results]
    results = [_identifiers(measured)]
    k = ethics.threshold
    if ethics.withhold_when and not ethics.count_columns:
        facts: dict[str, Any] = {"small": measured.small, "hidden": measured.hidden, "k": k}
        results += [
            result("B06", "passed", "by_rule", k=k),
            result("B07", "failed" if measured.small else "passed", "failed_by_rule" if measured.small else "by_rule", **facts),
        ]
    elif not counts_people:
        results += [result("B06", "inapplicable"), result("B07", "inapplicable")]
    elif not ethics.count_columns and measured.min_group is None:
        results += [result("B06", "cantTell"), result("B07", "cantTell")]
    else:
        smallest = measured.min_group
        if smallest is None:
            results.append(result("B06", "passed", "empty", k=k))
        else:
            results.append(result("B06", "passed" if smallest >= k else "failed", smallest=smallest, k=k))
        facts = {"small": measured.small, "hidden": measured.hidden, "k": k}
        results.append(result("B07", "failed" if measured.small else "passed", **facts))
    if measured.told_before:
        results.append(result("B08", "failed", "told", told=measured.told_before))
    elif not measured.hidden:
        results.append(result("B08", "inapplicable"))
    else:
        facts = {"recoverable": measured.recoverable, "complementary": measured.complementary, "sums": measured.sums_shown}
        results.append(result("B08", "failed" if measured.recoverable else "passed", **facts))
    if not ethics.sensitive_columns:
        results.append(result("B09", "inapplicable"))
    elif measured.min_diversity is None:
        results.append(result("B09", "cantTell"))
    else:
        facts = {"diversity": measured.min_diversity, "disclosures": measured.disclosures}
        results.append(result("B09", "passed" if measured.min_diversity >= 2 and not measured.disclosures else "failed", **facts))
    results.append(_place(dataset, ethics, measured))
    if measured.unique_traces is not None:
        results.append(result("B13", "failed" if measured.unique_traces else "passed", **percent(measured.unique_traces)))
    else:
        single_trips = "trips" in ethics.counts_of and ethics.about_people == "individual"
        results.append(result("B13", "cantTell" if single_trips else "inapplicable"))
    results.append(result("B18", "passed", sha256=measured.sha256))
    results.append(_agree(ethics, measured))
    results += _coverage(measured)
    results.append(_events(measured))
    for rule, share, is_bad in (
        ("W03", measured.completeness, lambda share: share < Decimal("0.75")),
        ("W04", measured.completeness_gap, lambda share: share > Decimal("0.25")),
    ):
        if share is None:
            results.append(result(rule, "inapplicable"))
        else:
            results.append(result(rule, "failed" if is_bad(share) else "passed", **percent(share)))
    return results


def _agree(ethics: Ethics, measured: Measured | None) -> RuleResult:
    """Whether what was declared and what was measured, where anything was, can all be true."""
    smallest = measured.min_group if measured else None
    people = {"persons", "households"}.intersection(ethics.counts_of)
    wrong = [
        clash
        for clash, holds in {
            "none_but_people": ethics.about_people == "none" and (people or ethics.people_concerned or ethics.count_columns),
            "non_personal": ethics.data_category == "NonPersonalData" and ethics.about_people in ("aggregated", "individual"),
            "anonymised_rows": ethics.data_category == "AnonymisedData" and ethics.about_people == "individual" and smallest == 1,
            "vulnerable": bool(ethics.vulnerable_groups) and ethics.about_people == "none",
            "decided_first": ethics.is_publishable and ethics.decision.on < ethics.assessed_on,
            "synthetic": ethics.data_category == "SyntheticData" and "GeneratedData" not in ethics.data_nature,
        }.items()
        if holds
    ]
    if not wrong:
        return result("B20", "passed")
    said = [sentence("clashes", clash) for clash in wrong]
    told = {lang: " ".join(text.get(lang) for text in said) for lang in LANGUAGES}
    return result("B20", "failed", clashes=told["nb"], clashes_nn=told["nn"], clashes_en=told["en"])


def _coverage(measured: Measured) -> list[RuleResult]:
    """Whether those who live near a station are enough to speak for the municipalities."""
    results = []
    for rule, share, is_bad in (
        ("W01", measured.population_coverage, lambda share: share < Decimal("0.5")),
        ("W02", measured.coverage_gap, lambda share: share > Decimal("0.2")),
    ):
        results.append(
            result(rule, "inapplicable") if share is None else result(rule, "failed" if is_bad(share) else "passed", **percent(share))
        )
    return results


def _events(measured: Measured) -> RuleResult:
    """Whether some figure that is shown rests on fewer than twenty people, so that a rate of it would jump about."""
    if measured.min_group is None:
        return result("W10", "inapplicable")
    return result("W10", "failed" if measured.min_group < 20 else "passed", smallest=measured.min_group)


def _identifiers(measured: Measured) -> RuleResult:
    if not measured.findings:
        return result("B05", "passed")
    said = {
        language: "; ".join(f"{finding.column}: {KINDS[finding.kind].get(language)} ({finding.count})" for finding in measured.findings)
        for language in LANGUAGES
    }
    certain = any(finding.is_certain for finding in measured.findings)
    outcome: Outcome = "failed" if certain else "cantTell"
    return result("B05", outcome, "failed", findings=said["nb"], findings_nn=said["nn"], findings_en=said["en"])


def _place(dataset: Dataset, ethics: Ethics, measured: Measured) -> RuleResult:
    if ethics.about_people == "none":
        variant = "not_people"
    elif measured.precise_points:
        return result("B11", "failed")
    elif measured.precise_points == 0:
        variant = "coarse"
    elif is_municipal(dataset):
        variant = "municipality"
    else:
        return result("B11", "inapplicable")
    why = sentence("place", variant)
    return result("B11", "passed", why=why.nb, why_nn=why.nn, why_en=why.en)
