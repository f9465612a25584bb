"""How good a dataset is, in figures and in words: what its checks found, how complete it is, how old. Pure: from what is known of it alone.

The figures are those of DQV-AP-NO where its list of metrics has one that fits, else our own; the sentences stand on the dataset's page and
in the RDF, under the dimensions that data.norge.no reads (`dqv.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from catalog.ethics.record import EthicsRecord
from catalog.model import LANGUAGES, Period, Text
from catalog.periods import data_span, in_words, month_in_words
from catalog.publication import DatasetState

Dimension = Literal["accuracy", "completeness", "consistency", "currentness"]


@dataclass(frozen=True)
class Figure:
    """One measured property of a dataset."""

    dimension: Dimension
    metric: str
    """A code of the national list of metrics, such as `qm-completeness-1003`, or the name of one of our own."""
    value: Decimal
    unit: Literal["%", "d", "1"]
    """Percent, days, or a plain number."""
    words: Text


def figures(state: DatasetState, record: EthicsRecord | None) -> tuple[Figure, ...]:
    """Everything that is measured about a dataset, in the order it is told. Empty for one without data."""
    if not state.periods:
        return ()
    return (*_periods(state), *_values(record), *_checks(state), *_set_aside(state), *_age(state), *_timeliness(state))


def _periods(state: DatasetState) -> Iterator[Figure]:
    """Months or years between the first and the last, and how many of them are missing."""
    span = data_span(state)
    if span is None or state.dataset.period is Period.all:
        return
    first, last = span
    monthly = state.dataset.period is Period.month
    expected = (last.year - first.year) * 12 + last.month - first.month + 1 if monthly else last.year - first.year + 1
    there = len({period.period for period in state.periods})
    missing = percent(expected - there, expected)
    start, end = ({lang: month_in_words(day, lang) if monthly else str(day.year) for lang in LANGUAGES} for day in span)
    nb, nn, en = ("måneder", "månader", "months") if monthly else ("år", "år", "years")
    yield Figure(
        "completeness", "qm-completeness-1003", missing, "%",
        Text(
            nb=f"{there} av {expected} {nb} fra {start['nb']} til {end['nb']} er med.",
            nn=f"{there} av {expected} {nn} frå {start['nn']} til {end['nn']} er med.",
            en=f"{there} of {expected} {en} from {start['en']} to {end['en']} are included.",
        ),
    )  # fmt: skip


def _values(record: EthicsRecord | None) -> Iterator[Figure]:
    """Values that should exist and do not, as measured on the published bytes."""
    for measured in record.measurements if record else ():
        if measured.metric == "temporalCompleteness":
            missing = percent(1 - measured.value, 1)
            yield Figure(
                "completeness", "qm-completeness-1005", missing, "%",
                Text(
                    nb=f"{_comma(missing)} prosent av verdiene som skulle ha vært der, mangler.",
                    nn=f"{_comma(missing)} prosent av verdiane som skulle ha vore der, manglar.",
                    en=f"{missing} per cent of the values that should be there are missing.",
                ),
            )  # fmt: skip


def _checks(state: DatasetState) -> Iterator[Figure]:
    """Promises about the data: how many were checked on how many rows, and how many held."""
    checks = state.checks
    if not checks:
        return
    kept, rows = sum(check.success for check in checks), max(check.evaluated_rows for check in checks)
    yield Figure(
        "consistency", "checksPassed", percent(kept, len(checks)), "%",
        Text(
            nb=f"{kept} av {len(checks)} kontroller av {_spaced(rows)} rader er bestått.",
            nn=f"{kept} av {len(checks)} kontrollar av {_spaced(rows)} rader er bestått.",
            en=f"{kept} of {len(checks)} checks of {rows:,} rows passed.",
        ),
    )  # fmt: skip


def _set_aside(state: DatasetState) -> Iterator[Figure]:
    """Delivered rows that a declared rule leaves out because they cannot be right."""
    aside, kept = sum(sum(period.set_aside.values()) for period in state.periods), state.rows
    share = percent(aside, aside + kept)
    yield Figure(
        "accuracy", "rowsSetAside", share, "%",
        Text(
            nb=f"{_spaced(aside)} av {_spaced(aside + kept)} leverte rader er lagt til side etter regler som står på siden.",
            nn=f"{_spaced(aside)} av {_spaced(aside + kept)} leverte rader er lagde til side etter reglar som står på sida.",
            en=f"{aside:,} of {aside + kept:,} delivered rows are set aside by rules that are on the page.",
        ),
    )  # fmt: skip


def _age(state: DatasetState) -> Iterator[Figure]:
    """Days from the last day that the data tell of to the day they were fetched: never before the data could be there."""
    span, fetched = data_span(state), state.retrieved_on
    if span is None or fetched is None:
        return
    last = min(span[1], fetched)
    yield Figure(
        "currentness", "qm-currentness-1001", Decimal((fetched - last).days), "d",
        Text(
            nb=f"Dataene går til {in_words(last, 'nb')} og ble sist hentet {in_words(fetched, 'nb')}.",
            nn=f"Dataa går til {in_words(last, 'nn')} og vart sist henta {in_words(fetched, 'nn')}.",
            en=f"The data run to {in_words(last, 'en')} and were last fetched on {in_words(fetched, 'en')}.",
        ),
    )  # fmt: skip


def _timeliness(state: DatasetState) -> Iterator[Figure]:
    """Whether what the source should have published by now is here, where anything tells."""
    known = state.freshness
    if known is None or known.state not in ("fresh", "due", "overdue"):
        return
    is_late = known.state == "overdue"
    expected = known.expected_on
    told = _OVERDUE if is_late else _NEXT
    after = {lang: f" {told[lang]} {in_words(expected, lang)}." if expected else "" for lang in told}
    yield Figure(
        "currentness", "onTime", Decimal(0 if is_late else 1), "1",
        Text(
            nb=("Kilden er forsinket." if is_late else "Kilden er i rute.") + after["nb"],
            nn=("Kjelda er forseinka." if is_late else "Kjelda er i rute.") + after["nn"],
            en=("The source is late." if is_late else "The source is on time.") + after["en"],
        ),
    )  # fmt: skip


_NEXT = {"nb": "Nye data ventes", "nn": "Nye data er venta", "en": "New data are expected on"}
_OVERDUE = {"nb": "Nye data var ventet", "nn": "Nye data var venta", "en": "New data were expected on"}


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """A share in percent with four digits, so that a single row of a million can be seen. 0 of nothing is 0."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.0001")).normalize() + 0 if whole else Decimal(0)


def _comma(number: Decimal) -> str:
    return format(number, "f").replace(".", ",")


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
