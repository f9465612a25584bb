"""One dataset is refused for each reason that the gate to publication knows, with the sentence that readers are told in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog.ethics.measuring import Measured
from catalog.ethics.record import EthicsRecord, evaluate
from catalog.ethics.rules import as_markdown, sentence
from catalog.ethics.rules_declared import Assessed
from catalog.load import HERE, load_catalog, read_yaml
from catalog.model import LANGUAGES, Dataset, Ethics
from catalog.privacy.search import Finding

NOW = datetime(2026, 11, 23, 4)
PAGE = (HERE.parent / "docs" / "ethics.md").read_text("utf-8")
AGGREGATED: dict[str, Any] = {
    "about_people": "aggregated", "counts_of": ["persons"], "data_category": "AnonymisedData", "people_concerned": ["dpv:Citizen"],
    "technical_measures": ["dpv:Aggregate"], "indigenous_relevance": "possible",
}  # fmt: skip
METERS: dict[str, Any] = {"about_people": "indirect", "counts_of": ["meters"], "data_category": "AnonymisedData"}


def text(words: str) -> dict[str, str]:
    return {language: f"{words} ({language})" for language in LANGUAGES}


def decided(
    status: str = "approved", by: str = "data_owner_environment", on: date = date(2026, 11, 2), reason: str = "Because"
) -> dict[str, Any]:
    return {"status": status, "by": by, "on": on, "reason": text(reason)}


def risk(**changes: Any) -> dict[str, Any]:
    return {
        "type": "risk:CoverageBias", "description": text("May go wrong"), "level": "high", "mitigation": text("Said beside it"),
        "residual": "low", **changes,
    }  # fmt: skip


NUMBER = Finding("air_quality", "remark", "national identity number", 1)
REFUSED: dict[tuple[str, str], dict[str, Any]] = {
    ("B01", "failed"): {"ethics": {**AGGREGATED, "people_concerned": []}},
    ("B02", "failed"): {"ethics": {"assessed_on": date(2025, 11, 1), "review_due_on": date(2026, 11, 23)}},
    ("B02", "future"): {"ethics": {"assessed_on": date(2026, 11, 24), "review_due_on": date(2027, 11, 1)}},
    ("B02", "changed"): {"previous": Assessed("other columns", date(2026, 11, 1), date(2026, 11, 20))},
    ("B03", "failed"): {"licences": ["all rights reserved"]},
    ("B04", "failed"): {"ethics": {"data_category": "PersonalData"}},
    ("B05", "failed"): {"figures": {"findings": (NUMBER,)}},
    ("B06", "failed"): {"ethics": {**METERS, "count_columns": ["value"]}, "figures": {"min_group": 4}},
    ("B06", "cantTell"): {"ethics": METERS},
    ("B07", "failed"): {"ethics": {**METERS, "count_columns": ["value"]}, "figures": {"min_group": 5, "small": 2}},
    ("B07", "failed_by_rule"): {"ethics": {**METERS, "withhold_when": "value < 5"}, "figures": {"small": 2}},
    ("B07", "cantTell"): {"ethics": METERS},
    ("B08", "failed"): {"ethics": {**METERS, "count_columns": ["value"]}, "figures": {"min_group": 5, "hidden": 3, "recoverable": 1}},
    ("B08", "told"): {"ethics": {**METERS, "count_columns": ["value"]}, "figures": {"min_group": 5, "hidden": 3, "told_before": 2}},
    ("B09", "failed"): {
        "ethics": {"sensitive_columns": ["remark"], "quasi_identifiers": ["station"]},
        "figures": {"min_diversity": 1, "disclosures": 4},
    },
    ("B09", "cantTell"): {"ethics": {"sensitive_columns": ["remark"]}},
    ("B10", "cantTell"): {"ethics": {"counts_of": ["businesses"]}},
    ("B11", "failed"): {"ethics": {**METERS, "count_columns": ["value"]}, "figures": {"min_group": 5, "precise_points": 7}},
    ("B12", "cantTell"): {"dataset": {"keywords": {"nb": ["vannverk"], "nn": ["vassverk"], "en": ["water supply"]}}},
    ("B13", "failed"): {"figures": {"unique_traces": Decimal("0.5")}},
    ("B13", "cantTell"): {
        "ethics": {
            "about_people": "individual", "counts_of": ["trips"], "data_category": "AnonymisedData", "people_concerned": ["dpv:Customer"],
            "technical_measures": ["dpv:Aggregate"], "gdpr_basis": ["gdpr:A6-1-e"],
            "dpia": {"outcome": "not_required", "reason": text("No")},
        },
    },
    ("B14", "failed"): {"ethics": {"risks": [risk(residual="high")]}},
    ("B15", "failed"): {"ethics": {**AGGREGATED, "count_columns": ["value"], "vulnerable_groups": ["dpv:Child"]}, "figures": {"min_group": 9}},  # noqa: E501
    ("B15", "not_made"): {"ethics": {"dpia": {"outcome": "required", "reason": text("Many are followed")}}},
    ("B16", "failed"): {"ethics": {"indigenous_relevance": "relevant"}},
    ("B16", "care"): {"ethics": {"indigenous_relevance": "relevant", "consulted": ["Sametinget"]}},
    ("B16", "cantTell"): {
        "ethics": {**AGGREGATED, "indigenous_relevance": "not_relevant", "count_columns": ["value"]}, "figures": {"min_group": 9},
    },
    ("B17", "failed"): {"ethics": {"discouraged_use": text("Must not be used for ranking")}},
    ("B18", "untested"): {"figures": {"rows": 0}},
    ("B19", "failed"): {"ethics": {"decision": decided("rejected", reason="Too close to people")}},
    ("B19", "future"): {"ethics": {"decision": decided(on=date(2026, 12, 1))}},
    ("B19", "same"): {
        "ethics": {**AGGREGATED, "count_columns": ["value"], "assessor": "data_owner_environment"}, "figures": {"min_group": 9},
    },
    ("B20", "failed"): {"ethics": {"counts_of": ["persons"], "count_columns": ["value"]}, "figures": {"min_group": 9}},
    ("withheld", "no_ethics"): {"dataset": {"ethics": None}},
}  # fmt: skip
CLASHES: dict[str, dict[str, Any]] = {
    "none_but_people": {"ethics": {"people_concerned": ["dpv:Citizen"]}},
    "non_personal": {"ethics": {**AGGREGATED, "data_category": "NonPersonalData", "count_columns": ["value"]}, "figures": {"min_group": 9}},
    "anonymised_rows": {
        "ethics": {
            "about_people": "individual", "counts_of": ["measurements"], "data_category": "AnonymisedData",
            "quasi_identifiers": ["station"],
            "people_concerned": ["dpv:Citizen"], "technical_measures": ["dpv:Aggregate"], "gdpr_basis": ["gdpr:A6-1-e"],
            "dpia": {"outcome": "not_required", "reason": text("No")},
        },
        "figures": {"min_group": 1},
    },
    "vulnerable": {"ethics": {"vulnerable_groups": ["dpv:Child"]}},
    "decided_first": {"ethics": {"decision": decided(on=date(2026, 10, 1))}},
    "synthetic": {"ethics": {"data_category": "SyntheticData"}},
}  # fmt: skip
NO_REFUSAL = {"mode", "title", "waiver", "passed", "inapplicable", "empty", "by_rule"}


def judged(case: dict[str, Any], make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics]) -> EthicsRecord:
    changes = dict(case.get("dataset", {}))
    if "ethics" in case:
        changes["ethics"] = make_ethics(**case["ethics"])
    figures = Measured(**({"sha256": "b" * 64, "rows": 10, "findings": ()} | case.get("figures", {})))
    return evaluate(
        make_dataset["air_quality"](**changes), figures, catalog=load_catalog(), release="2026-11-23.1", synthetic=False, now=NOW,
        licences=case.get("licences", ()), previous=case.get("previous"),
    )  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=" ".join)
def test_the_gate_refuses_for_each_reason_and_says_it_in_three_languages(
    case: tuple[str, str], make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics]
) -> None:
    rule, variant = case
    record = judged(REFUSED[case], make_dataset, make_ethics)
    assert not record.is_published
    said = [reason for reason in record.reasons if reason.en.startswith(rule) or rule == "withheld"]
    assert said, [reason.en for reason in record.reasons]
    if rule != "withheld" and variant != "untested":
        check = next(check for check in record.checks if check.rule == rule)
        assert check.outcome == ("cantTell" if variant == "cantTell" else "failed")
        pattern = read_yaml((HERE / "ethics" / "rules.yaml").read_text("utf-8"), "rules.yaml")[rule][variant]
        for language in LANGUAGES:
            fixed = [part for part in re.split(r"\{\w+\}", pattern[language]) if len(part) > 3]
            assert all(part in check.info.get(language) for part in fixed), check.info.get(language)
            assert "{" not in check.info.get(language)


def test_every_reason_that_the_rules_can_give_has_its_case() -> None:
    rules = read_yaml((HERE / "ethics" / "rules.yaml").read_text("utf-8"), "rules.yaml")
    blocking = {(rule, variant) for rule, said in rules.items() if rule.startswith("B") for variant in said if variant not in NO_REFUSAL}
    assert blocking - set(REFUSED) == {("B18", "failed")}, "a file that changed after it was measured is found by the release itself"
    assert {clash for clash in rules["clashes"] if clash not in ("mode", "title")} == set(CLASHES)


@pytest.mark.parametrize("clash", CLASHES)
def test_what_was_declared_and_what_was_measured_may_not_contradict_each_other(
    clash: str, make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics]
) -> None:
    record = judged(CLASHES[clash], make_dataset, make_ethics)
    assert not record.is_published
    check = next(check for check in record.checks if check.rule == "B20")
    assert check.outcome == "failed"
    assert sentence("clashes", clash).nn in check.info.nn


WARNED: dict[str, dict[str, Any]] = {
    "W01": {"figures": {"population_coverage": Decimal("0.42")}},
    "W02": {"figures": {"coverage_gap": Decimal("0.31")}},
    "W03": {"figures": {"completeness": Decimal("0.5")}},
    "W04": {"figures": {"completeness_gap": Decimal("0.5")}},
    "W05": {"ethics": {"limitations": {"nb": "Kort", "nn": "Kort", "en": "Short"}}},
    "W06": {"ethics": {"summary": {"nb": "Målinger ved faste stasjoner", "nn": "Målinger ved faste stasjoner", "en": "Measurements"}}},
    "W07": {"ethics": {"review_due_on": date(2026, 12, 24)}},
    "W08": {"ethics": {"reports": [{"on": date(2026, 10, 1), "about": text("A station is in the wrong place")}]}},
    "W09": {"ethics": {**AGGREGATED, "count_columns": ["value"]}, "figures": {"min_group": 30}, "dataset": {"sdg": ["11.2"]}},
    "W10": {"ethics": {**AGGREGATED, "count_columns": ["value"]}, "figures": {"min_group": 19}},
    "W11": {"ethics": {"decision": decided() | {"is_proposal": True}}},
}


@pytest.mark.parametrize("rule", WARNED)
def test_a_warning_is_shown_and_does_not_block(
    rule: str, make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics]
) -> None:
    record = judged(WARNED[rule], make_dataset, make_ethics)
    assert next(check.outcome for check in record.checks if check.rule == rule) == "failed"
    assert record.is_published, record.reasons


def test_an_address_that_nobody_filled_in_counts_as_missing(
    make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics]
) -> None:
    weighed = {"outcome": "done", "reason": text("Made"), "document": "https://data.example.org/dpia"}
    record = judged({"ethics": {"dpia": weighed}}, make_dataset, make_ethics)
    assert "dpia" in next(reason for reason in record.reasons if reason.en.startswith("B01")).en


def test_an_answered_report_and_a_fresh_one_are_no_warning(
    make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Ethics]
) -> None:
    reports = [
        {"on": date(2026, 9, 1), "about": text("Wrong"), "answered_on": date(2026, 9, 9)}, {"on": date(2026, 11, 20), "about": text("Hm")},
    ]  # fmt: skip
    record = judged({"ethics": {"reports": reports}}, make_dataset, make_ethics)
    assert next(check.outcome for check in record.checks if check.rule == "W08") == "passed"


def test_the_documentation_lists_the_rules_as_they_are() -> None:
    assert as_markdown() in PAGE, "write the table anew: python -c 'from catalog.ethics.rules import as_markdown; print(as_markdown())'"


def shown_by() -> str:
    """Which tests show that each rule refuses or warns, as a table for the documentation: names of cases, which `-k` finds."""
    from tests.catalog.test_indicator_ethics import REFUSED as OF_INDICATORS

    rules = [rule for rule in read_yaml((HERE / "ethics" / "rules.yaml").read_text("utf-8"), "rules.yaml") if rule[0] in "BW"]
    lines = ["| rule | a dataset, in test_refusals.py | an indicator, in test_indicator_ethics.py |", "|---|---|---|"]
    for rule in ("withheld", *rules):
        cells = [[" ".join(case) for case in cases if case[0] == rule] for cases in (REFUSED, OF_INDICATORS)]
        cells[0] += [rule] if rule in WARNED else [f"`{clash}`" for clash in CLASHES] if rule == "B20" else []
        lines.append(f"| {rule} | {', '.join(cells[0])} | {', '.join(cells[1])} |")
    return "\n".join(lines) + "\n"


def test_the_documentation_names_the_cases_that_show_each_rule() -> None:
    assert shown_by() in PAGE, f"write the table anew:\n{shown_by()}"
    rules = re.findall(r"^\| ([BW]\d\d) \| (.*?) \|", shown_by(), re.MULTILINE)
    assert len(rules) == 31
    assert not [rule for rule, cases in rules if not cases], "each rule has a case that shows it"
