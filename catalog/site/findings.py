"""What was noticed about a dataset, in words: from the code and the parameters of a finding, in every language.

A finding of a kind that nothing here knows, such as one noted by an older version, keeps its English sentence.
"""

from __future__ import annotations

import re

from catalog.model import Dataset
from catalog.publication import Finding
from catalog.site.words import Words

_FACTOR = re.compile(r"(?P<way>[×÷→])(?P<times>\d+)(?: in (?P<series>\d+))?")
_ROWS = re.compile(r"(\d+) rows")


def in_words(t: Words, dataset: Dataset, one: Finding) -> tuple[str, str]:
    """A finding as a sentence, with the language it is in."""
    said = _told(t, dataset, one)
    return (said, t.language) if said else (one.what, "en")


def _told(t: Words, dataset: Dataset, one: Finding) -> str | None:
    column = next((t.of(it.title) for it in dataset.columns if it.name == one.column), one.column)
    factor, rows = _FACTOR.fullmatch(one.size), _ROWS.fullmatch(one.size)
    match one.check:
        case "magnitude" | "series_magnitude" if factor:
            of = _series(t, dataset, one.series.split(" | ")) or t("drift.some", count=t.number(int(factor["series"] or 1)))
            if factor["way"] == "→":
                return t("drift.zero", column=column) if one.check == "magnitude" else t("drift.series_zero", column=column, of=of)
            how = t("drift.higher" if factor["way"] == "×" else "drift.lower", times=t.number(int(factor["times"])))
            return t(f"drift.{one.check}", column=column, how=how, of=of)
        case "rows" if factor:
            return t("drift.rows_more" if factor["way"] == "×" else "drift.rows_fewer", times=t.number(int(factor["times"])))
        case "unit" if rows:
            return t("drift.unit", column=column, rows=t.number(int(rows[1])))
        case "emptied":
            return t("drift.emptied", column=column)
        case "withdrawn" | "contradicting" if rows:
            return t(f"drift.{one.check}", rows=t.number(int(rows[1])))
        case "series_withdrawn" if rows:
            of = _series(t, dataset, [one.series]) or t("drift.a_series")
            return t("drift.series_withdrawn", of=of, rows=t.number(int(rows[1])))
        case "licence":
            return t("drift.licence_unknown" if one.size == "none" else "drift.licence_changed", form=one.series)
        case "fields":
            return t("drift.field_new" if " is new" in one.what else "drift.field_gone", field=one.size)
        case "check_weakened":
            return t("drift.check_gone" if "no longer made" in one.what else "drift.check_warns", check=one.size)
        case _:
            return None


def _series(t: Words, dataset: Dataset, keys: list[str]) -> str:
    """The series by name; empty where they are not to be named, because their key could point to people."""
    about_people = {*dataset.ethics.quasi_identifiers, *dataset.ethics.sensitive_columns} if dataset.ethics else set[str]()
    named = [key.replace("\x1f", ", ") for key in keys if key]
    return "" if not named or about_people & {*dataset.key, *(dataset.drift.series or ())} else t.list(named)
