"""Deliveries that seem to hold personal data: found before anything else reads them, locked away, and given back when a person says so.

A delivery is searched once. What was found is told as kinds, columns and counts, never as values, and not by the file's own name, which
may itself be personal. A file of the own archive is moved to `locked/`, readable by nobody but the one who runs this; of a recorded folder,
which is not ours, nothing is moved, and nothing is read either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import PrivacyError
from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.archive import INDEX, HashCache, read_index, write_atomically, write_index
from pipelines.ingesting.decisions import Decision
from pipelines.settings import ROOT, Settings

if TYPE_CHECKING:
    from catalog.privacy.search import Finding

FOLDER = "locked"


def search(dataset: Dataset, snapshots: Sequence[Snapshot], decided: Sequence[Decision], settings: Settings) -> None:
    """Search every delivery that was not searched before. Raises PrivacyError, with all suspicious ones locked away by then."""
    from catalog.privacy.search import scan_deliveries

    note = settings.work / "searched.json"
    known = json.loads(note.read_bytes()) if note.is_file() else {}
    rules = _rules()
    suspicious: list[str] = []
    new = [snapshot for snapshot in snapshots if known.get(snapshot.sha256) != rules and snapshot.path.is_file()]
    for snapshot, found in zip(new, scan_deliveries(_told(dataset, snapshot) for snapshot in new), strict=True):
        finding = _key(found)
        if not found or any(decision.holds(finding, [snapshot.sha256]) for decision in decided):
            known[snapshot.sha256] = rules
            continue
        _lock(dataset.id, snapshot, finding, found, settings)
        suspicious += [str(one) for one in found]
    write_atomically(note, json.dumps(known, sort_keys=True).encode())
    if suspicious:
        more = f" and {len(suspicious) - 8} more" if len(suspicious) > 8 else ""
        raise PrivacyError(
            "a delivery seems to hold personal data",
            where="; ".join(suspicious[:8]) + more,
            effect="it is locked away, nothing of it was read further, and the dataset stays as it was",
            next_step=f"look at it with the data protection officer; if it is harmless: bymaal confirm {dataset.id} --why …",
        )


def _told(dataset: Dataset, snapshot: Snapshot) -> tuple[Path, str, tuple[str, ...]]:
    """A delivery's file, what findings call it, and what is told about it."""
    told = (snapshot.path.name.removeprefix(snapshot.sha256), snapshot.source_url, snapshot.note, snapshot.publisher)
    return snapshot.path, f"{dataset.id}, delivery {snapshot.sha256[:12]} ({snapshot.format})", told


@cache
def _rules() -> str:
    """A fingerprint of what is looked for: with other rules everything is searched again."""
    files = (ROOT / "catalog" / "privacy" / name for name in ("identifiers.py", "search.py", "sieve.py", "given_names.txt"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _key(found: Iterable[Finding]) -> str:
    """What a person decides about: kinds, columns and counts."""
    return "personal data: " + "; ".join(f"{one.kind} in {one.column or 'text'} ({one.count})" for one in found)


def _lock(dataset: str, snapshot: Snapshot, finding: str, found: Sequence[Finding], settings: Settings) -> None:
    folder = settings.data_dir / FOLDER / dataset
    folder.mkdir(parents=True, exist_ok=True)
    for private in (folder.parent, folder):
        private.chmod(0o700)
    kept: dict[str, Any] = {
        "dataset": dataset,
        "period": f"delivery {snapshot.sha256[:12]}",
        "finding": finding,
        "what": "; ".join(f"{one.kind} ({one.count}){f' in column {one.column}' if one.column else ''}" for one in found),
        "since": settings.now.date().isoformat(),
        "snapshots": [snapshot.sha256],
        "path": None,
    }
    if snapshot.path.is_relative_to(settings.raw):
        target = folder / snapshot.sha256
        snapshot.path.replace(target)
        target.chmod(0o600)
        kept["path"] = snapshot.path.relative_to(settings.raw).as_posix()
        kept["line"] = {
            "format": snapshot.format, "source_url": snapshot.source_url, "publisher": snapshot.publisher, "licence": snapshot.licence,
            "retrieved_on": snapshot.retrieved_on.isoformat() if snapshot.retrieved_on else None, "note": snapshot.note,
            "period": snapshot.period, "size": snapshot.size,
        }  # fmt: skip
        _rewrite(settings, lambda listed: [one for one in listed if one.sha256 != snapshot.sha256 or one.dataset != dataset])
    note = folder / f"{snapshot.sha256}.json"
    write_atomically(note, json.dumps(kept, sort_keys=True, ensure_ascii=False).encode())
    note.chmod(0o600)


def waiting(settings: Settings, wanted: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What is locked away, for a person to decide about: in the same form as findings of an ingest."""
    notes = sorted((settings.data_dir / FOLDER).glob("*/*.json"))
    found = [json.loads(note.read_bytes()) for note in notes if not wanted or note.parent.name in wanted]
    return [{key: one[key] for key in ("dataset", "period", "finding", "what", "since", "snapshots")} for one in found]


def give_back(decided: Iterable[Decision], settings: Settings) -> None:
    """Return what a person has found harmless to the archive."""
    for decision in decided:
        for sha256 in decision.snapshots:
            note = settings.data_dir / FOLDER / decision.dataset / f"{sha256}.json"
            if not note.is_file() or json.loads(note.read_bytes())["finding"] != decision.finding:
                continue
            kept = json.loads(note.read_bytes())
            if kept["path"]:
                path = settings.raw / kept["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                (note.parent / sha256).replace(path)
                line = kept["line"] | {"retrieved_on": date.fromisoformat(it) if (it := kept["line"]["retrieved_on"]) else None}
                snapshot = Snapshot(dataset=decision.dataset, path=path, sha256=sha256, **line)
                _rewrite(settings, lambda listed, snapshot=snapshot: [*listed, snapshot])
            note.unlink()


def _rewrite(settings: Settings, change: Callable[[list[Snapshot]], list[Snapshot]]) -> None:
    """The list of the archive with a change. A file that is just being moved may be missing while this reads it."""
    if not (settings.raw / INDEX).is_file():
        return
    hashes = HashCache(settings.work / "hashes.json")
    listed = read_index(settings.raw, hashes, {})
    write_index(settings.raw, change(listed))
