"""How things stand, from the note of the last run: what is published, late, waiting, held back. Opens no data, imports nothing heavy."""

from __future__ import annotations

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
NOTICED = "Noticed, nothing is held back:"


@dataclass(frozen=True)
class Status:
    """The note of the last run, seen from today."""

    record: dict[str, Any]

    def as_record(self) -> dict[str, Any]:
        return self.record

    def as_text(self) -> str:
        """One line per dataset, late ones marked, then what waits for a person, what is held back and why, and what is unlike."""
        record = self.record
        release = record["release"] or "none"
        kind = "synthetic data from the sandbox" if record["synthetic"] else "real data"
        width = max((len(key) for key in record["datasets"]), default=0)
        lines = [f"Release {release} ({kind}), last run {record['ran_at']}", ""]
        for key, facts in record["datasets"].items():
            newest = facts["newest_period"] or "nothing yet"
            lines.append(f"  {key:<{width}}  {facts['rows']:>10,} rows  newest {newest:<8}{_late(facts)}".rstrip())
        blocks = ["\n".join(lines)]
        waiting = [f"  {key} {w['period']}: {w['what']}" for key, f in record["datasets"].items() for w in f["waiting"]]
        if waiting:
            blocks.append("\n".join([WAITING, *waiting]))
        held = [f"  {key} {period}: {'; '.join(why)}" for key, f in record["datasets"].items() for period, why in f["quarantined"].items()]
        held += [f"  {key}: {failure['what']}" for key, failure in record["failures"].items()]
        held += [f"  {key}: {'; '.join(why)}" for key, why in record["withheld"].items()]
        held += [f"  {key}: {why}" for key, why in record.get("withheld_indicators", {}).items()]
        held += [f"  {left}" for left in record["inbox"]["left"]]
        blocks.append("\n".join(["Held back:" if held else "Nothing is held back.", *held]))
        noticed = [f"  {key}{said}" for key, f in record["datasets"].items() for said in f["noticed"]]
        if noticed:
            blocks.append("\n".join([NOTICED, *noticed]))
        return "\n\n".join(blocks)


def _late(facts: dict[str, Any]) -> str:
    """How fresh a dataset is, where somebody should know."""
    match facts["freshness"]:
        case "due":
            return f"  due since {facts['expected_on']}"
        case "overdue":
            return f"  overdue: expected on {facts['expected_on']}"
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
