"""How things stand, from the note that the last run left: what is published, late, held back. Opens no data and imports nothing heavy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from catalog.errors import UsageError

NOTE = "status.json"


@dataclass(frozen=True)
class Status:
    """The note of the last run, seen from today."""

    record: dict[str, Any]

    def as_record(self) -> dict[str, Any]:
        return self.record

    def as_text(self) -> str:
        """One line per dataset, late ones marked, then what is held back and why."""
        record = self.record
        release = record["release"] or "none"
        kind = "synthetic data from the sandbox" if record["synthetic"] else "real data"
        width = max((len(key) for key in record["datasets"]), default=0)
        lines = [f"Release {release} ({kind}), last run {record['ran_at']}", ""]
        for key, facts in record["datasets"].items():
            newest = facts["newest_period"] or "nothing yet"
            late = f"  late: expected by {facts['expected_on']}" if facts["is_late"] else ""
            lines.append(f"  {key:<{width}}  {facts['rows']:>10,} rows  newest {newest:<8}{late}")
        held = [f"  {key} {period}: {'; '.join(why)}" for key, f in record["datasets"].items() for period, why in f["quarantined"].items()]
        held += [f"  {key}: {failure['what']}" for key, failure in record["failures"].items()]
        held += [f"  {key}: {'; '.join(why)}" for key, why in record["withheld"].items()]
        return "\n".join([*lines, "", "Held back:" if held else "Nothing is held back.", *held])


def status(data_dir: Path, today: date) -> Status:
    """What the last run left, on real or synthetic data. Raises UsageError when there was none."""
    notes = sorted((data_dir / "work").glob(f"*/{NOTE}"), key=lambda note: note.stat().st_mtime_ns)
    if not notes:
        raise UsageError("no run has ended here yet", where=data_dir.name, next_step="bymaal run")
    note = notes[-1]
    record = json.loads(note.read_bytes())
    for facts in record["datasets"].values():
        expected = facts["expected_on"]
        facts["is_late"] = expected is not None and date.fromisoformat(expected) < today
    return Status(record)
