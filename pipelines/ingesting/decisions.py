"""What people have confirmed: who, when, why and exactly what. A file that is only ever added to, kept beside the archive."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import StorageError, UsageError
from pipelines.ingesting import locked
from pipelines.settings import Settings

FILE = "decisions.jsonl"


@dataclass(frozen=True)
class Decision:
    """One line of the file."""

    dataset: str
    period: str
    finding: str
    """The key of the finding: check, period, column, series and size."""
    what: str
    snapshots: tuple[str, ...]
    """SHA-256 of the snapshots that the person could see. More may come; the finding must stay the same."""
    why: str
    by: str
    on: str

    def as_record(self) -> dict[str, Any]:
        return vars(self) | {"snapshots": list(self.snapshots)}

    def holds(self, finding: str, snapshots: Iterable[str]) -> bool:
        return self.finding == finding and set(self.snapshots) <= set(snapshots)


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


def decisions(settings: Settings) -> tuple[Decision, ...]:
    """Every decision so far, oldest first. Raises StorageError where the file was altered: each line holds the hash of the one before."""
    found, previous = [], ""
    for number, line in enumerate(_lines(_path(settings)), start=1):
        try:
            record = json.loads(line)
            if record.pop("previous") != previous:
                raise ValueError
            found.append(Decision(**record | {"snapshots": tuple(record["snapshots"])}))
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(
                "the decisions are not as they were written",
                where=f"{FILE} line {number}",
                effect="nothing that was confirmed counts, so nothing is taken in",
                next_step="restore the file from a backup",
            ) from error
        previous = _hash(line)
    return tuple(found)


def confirm(dataset: str, *, period: str | None, why: str, by: str | None, settings: Settings) -> Confirmed:
    """Confirm what waits in a dataset, or in one period of it. The caller holds the data directory.

    Raises UsageError where nothing waits, or without a reason.
    """
    if len(why.split()) < 2:
        raise UsageError("a reason in words is needed", where="--why", next_step="say how you know that the data is right")
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
    _append(_path(settings), now)
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
        for period, facts in sorted(json.loads(note.read_bytes()).get("refused", {}).items()):
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


def _path(settings: Settings) -> Path:
    return settings.history / FILE


def _lines(path: Path) -> list[bytes]:
    """Whole lines alone: what a crash began and did not end was never said to be written."""
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def _append(path: Path, found: Sequence[Decision]) -> None:
    """Add lines and flush them to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = _lines(path)
    previous = _hash(whole[-1]) if whole else ""
    with path.open("r+b" if path.is_file() else "xb") as file:
        file.truncate(sum(len(line) + 1 for line in whole))
        file.seek(0, os.SEEK_END)
        for decision in found:
            line = json.dumps(decision.as_record() | {"previous": previous}, ensure_ascii=False, sort_keys=True).encode()
            file.write(line + b"\n")
            previous = _hash(line)
        file.flush()
        os.fsync(file.fileno())


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
