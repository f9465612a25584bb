"""What waits for a person, and a person's confirming it: noted for ever, and what was locked away is given back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.errors import UsageError
from pipelines.ingesting import locked
from pipelines.ingesting.decisions import Decision, append, decisions
from pipelines.ingesting.state import read_state
from pipelines.settings import Settings


@dataclass(frozen=True)
class Confirmed:
    """What `bymaal confirm` did, or with `--list` what there is to decide and what was decided."""

    now: tuple[Decision, ...] = ()
    waiting: tuple[dict[str, str], ...] = ()
    earlier: tuple[Decision, ...] = ()

    def as_record(self) -> dict[str, Any]:
        return {
            "confirmed": [d.as_record() for d in self.now],
            "waiting": list(self.waiting),
            "earlier": [d.as_record() for d in self.earlier],
        }

    def as_text(self) -> str:
        lines = [f"Confirmed: {d.dataset} {d.period}: {d.what}" for d in self.now]
        if self.now:
            lines += ["", "The next run takes this into the table:  bymaal run"]
        lines += [f"Waiting: {w['dataset']} {w['period']} (since {w['since']}): {w['what']}" for w in self.waiting]
        lines += [f"Confirmed on {d.on} by {d.by}: {d.dataset} {d.period}: {d.what} – {d.why}" for d in self.earlier]
        return "\n".join(lines) or "Nothing waits, and nothing was ever confirmed."


def confirm(dataset: str, *, period: str | None, why: str, by: str | None, settings: Settings) -> Confirmed:
    """Confirm what waits in a dataset, or in one period of it. The caller holds the data directory.

    Raises UsageError where nothing waits, or without a reason.
    """
    if len(why.split()) < 2:
        raise UsageError("a reason in words is needed", where="--why", next_step="say how you know that the data are right")
    from catalog.privacy.search import scan_text

    if scan_text(why, "--why"):
        raise UsageError("the reason seems to hold personal data; it is published", where="--why", next_step="leave it out")
    waiting = [w for w in waiting_in(settings, [dataset]) if period is None or w["period"] == period]
    if not waiting:
        raise UsageError("nothing waits there", where=f"{dataset} {period or ''}".strip(), next_step="bymaal confirm --list")
    who = by or os.environ.get("USER") or os.environ.get("LOGNAME") or f"user {os.getuid()}"
    now = tuple(
        Decision(dataset, w["period"], w["finding"], w["what"], tuple(w["snapshots"]), why, who, settings.now.isoformat()) for w in waiting
    )
    append(now, settings)
    locked.give_back(now, settings)
    return Confirmed(now=now)


def listed(wanted: Sequence[str], settings: Settings) -> Confirmed:
    """What waits, and what was decided before."""
    shown = [{k: v for k, v in w.items() if isinstance(v, str)} for w in waiting_in(settings, wanted)]
    return Confirmed(waiting=tuple(shown), earlier=tuple(d for d in decisions(settings) if not wanted or d.dataset in wanted))


def waiting_in(settings: Settings, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Every finding that waits, read from what the last ingest noted, and every delivery that is locked away."""
    found = locked.waiting(settings, wanted)
    for note in sorted(settings.validated.glob("*/state.json")):
        dataset = note.parent.name
        if wanted and dataset not in wanted:
            continue
        for period, facts in sorted(read_state(note.parent).get("refused", {}).items()):
            found += [
                {
                    "dataset": dataset,
                    "period": period,
                    "finding": f["finding"],
                    "what": f["what"],
                    "since": facts["since"],
                    "snapshots": facts["snapshots"],
                }
                for f in facts.get("findings", [])
                if f["outcome"] == "waiting"
            ]
    return found
