"""How things stand, from the note of the last run: what is published, late, waiting, held back. Opens no data, imports nothing heavy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from catalog.errors import UsageError
from pipelines.ingesting.freshness import state_on
from pipelines.notes import read, refuse_newer

NOTE = "status.json"
NEEDED = ("release", "synthetic", "ran_at", "datasets", "failures", "withheld", "inbox")

WAITING = "Waiting for a person (bymaal confirm DATASET --period PERIOD --why …):"
BROKEN = "Held back, because a promise was broken:"
FAILED = "Failed; what could not be brought up to date stays at its last good version:"
LEFT = "Left in the inbox:"
WITHHELD = "Withheld by the ethics gate (the full record is published):"
WITHHELD_INDICATORS = "Indicators withheld by the ethics gate:"
NOTICED = "Noticed, nothing is held back:"
EMPTY = "Described, but without data here:"
"""Headings that the end of a run has too."""

WIDTH = 78


@dataclass(frozen=True)
class Status:
    """The note of the last run, seen from today."""

    record: dict[str, Any]

    def as_record(self) -> dict[str, Any]:
        return self.record

    def as_text(self) -> str:
        """One line per dataset with data, late ones marked, then what waits for a person, what is held back and why, and what is unlike."""
        record = self.record
        datasets: dict[str, dict[str, Any]] = record["datasets"]
        kind = "synthetic data from the sandbox" if record["synthetic"] else "real data"
        filled = {key: facts for key, facts in datasets.items() if facts["newest_period"]}
        width = max((len(key) for key in filled), default=0)
        lines = [f"Release {record['release'] or 'none'} ({kind}), last run {_moment(record['ran_at'])}"]
        if filled:
            lines += ["", f"  {'dataset':<{width}}  {'rows':>10}  newest"]
        for key, facts in filled.items():
            lines.append(f"  {key:<{width}}  {facts['rows']:>10,}  {facts['newest_period']:<8}{_late(facts)}".rstrip())
        waiting = [f"{key} {w['period']}: {w['what']}" for key, f in datasets.items() for w in f["waiting"]]
        held = {
            BROKEN: [f"{key} {period}: {'; '.join(why)}" for key, f in datasets.items() for period, why in f["quarantined"].items()],
            FAILED: [f"{key}: {_whole(failure)}" for key, failure in record["failures"].items()],
            LEFT: record["inbox"]["left"],
            WITHHELD: [f"{key}: these rules do not hold: {rules_named(why)}" for key, why in record["withheld"].items()],
            WITHHELD_INDICATORS: [f"{key}: {why}" for key, why in record.get("withheld_indicators", {}).items()],
        }
        blocks = [
            "\n".join(lines),
            _listed(WAITING, waiting),
            *(_listed(heading, found) for heading, found in held.items()),
            "" if any(held.values()) else "Nothing is held back.",
            _listed(NOTICED, [f"{key}{said}" for key, f in datasets.items() for said in f["noticed"]]),
            names_below(EMPTY, [key for key in datasets if key not in filled and key not in record["failures"]]),
        ]
        return "\n\n".join(block for block in blocks if block)


def _moment(written: str) -> str:
    """A moment of the note, as people read it."""
    return f"{written[:16].replace('T', ' ')} UTC" if written.endswith(("+00:00", "Z")) else written


def _whole(failure: Mapping[str, str]) -> str:
    """The sentence of an error: what, where, effect, next step."""
    return " – ".join(failure[part] for part in ("what", "where", "effect", "next_step") if failure.get(part))


def _listed(heading: str, found: Sequence[str]) -> str:
    """A heading and a line for each; nothing where there is nothing."""
    return "\n".join([heading, *(f"  {one}" for one in found)]) if found else ""


def names_below(heading: str, names: Sequence[str]) -> str:
    """A heading and names in lines of a terminal's width; nothing where there are no names."""
    if not names:
        return ""
    return "\n".join(
        [heading, *textwrap.wrap(", ".join(names), WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)]
    )


def rules_named(reasons: Iterable[str]) -> str:
    """Rules of the ethics gate by number and name, without their long explanations, which stand in the record."""
    return ", ".join(reason.partition(":")[0] for reason in reasons)


def _late(facts: dict[str, Any]) -> str:
    """How fresh a dataset is, where somebody should know."""
    match facts["freshness"]:
        case "due":
            return f"  due {facts['expected_on']}"
        case "overdue":
            return f"  late: due {facts['expected_on']}"
        case "ended":
            return "  the source has ended"
        case "retired":
            return "  no longer kept up"
        case _:
            return ""


def status(data_dir: Path, today: date) -> Status:
    """What the last run left, on real or synthetic data. Raises UsageError when there was none, StorageError when it cannot be read."""
    refuse_newer(data_dir)
    record = read(_newest_note(data_dir), *NEEDED, next_step="bymaal run writes it anew")
    for facts in record["datasets"].values():
        if facts["freshness"] in ("fresh", "due", "overdue"):
            expected, overdue = (date.fromisoformat(day) for day in (facts["expected_on"], facts["overdue_on"]))
            facts["freshness"] = state_on(today, expected, overdue)
        facts["is_late"] = facts["freshness"] == "overdue"
    return Status(record)


def is_synthetic(data_dir: Path) -> bool:
    """Whether the last run worked on the sandbox. Raises UsageError when there was none."""
    return _newest_note(data_dir).parent.name == "synthetic"


def _newest_note(data_dir: Path) -> Path:
    notes = sorted((data_dir / "work").glob(f"*/{NOTE}"), key=lambda note: note.stat().st_mtime_ns)
    if not notes:
        raise UsageError("no run has ended here yet", where=data_dir.name, next_step="bymaal run")
    return notes[-1]
