"""What people have confirmed: who, when, why and exactly what. A file that is only ever added to, kept beside the archive."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import StorageError
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


def _path(settings: Settings) -> Path:
    return settings.history / FILE


def _lines(path: Path) -> list[bytes]:
    """Whole lines alone: what a crash began and did not end was never said to be written."""
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def append(found: Sequence[Decision], settings: Settings) -> None:
    """Add lines and flush them to disk."""
    path = _path(settings)
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
