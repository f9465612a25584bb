"""Taking a release back: roll back to another, erase what may not be read, and note who cites a release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import StorageError, UsageError
from catalog.releases.folder import only_publisher, point, relink, remove, storage_errors, tell
from catalog.releases.ledger import LINK, POINTER, ReleaseInfo, flush_folder, note, number_of, read_manifest, releases
from catalog.releases.verify import verify_bytes


@dataclass(frozen=True)
class RolledBack:
    """Which release readers see now, and which was withdrawn."""

    current: str | None
    """None when nothing was left that could be shown."""
    withdrawn: str | None
    why: str
    erased: tuple[str, ...] = ()
    sharing: tuple[str, ...] = ()
    """Releases that still hold some of the same data files as what was erased."""

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [f"current release: {self.current or 'none'}" + (f"; {self.withdrawn} is withdrawn: {self.why}" if self.withdrawn else "")]
        if self.erased:
            lines.append(f"erased: {', '.join(self.erased)}; whoever asks for them is told that they are gone")
            lines.append(
                "still to do: delete them from backups and mirrors, tell data.norge.no and whoever harvests, lock the snapshots away"
            )
        if self.sharing:
            lines.append(f"these hold some of the same files: {', '.join(self.sharing)}; name the dataset with --holding to erase them too")
        return "\n".join(lines)


def rollback(
    public: Path,
    to: str | None = None,
    *,
    why: str,
    at: datetime | None = None,
    erase: bool = False,
    holding: Collection[str] = (),
) -> RolledBack:
    """Point readers to another release (the newest one before the current that stands, unless named) and withdraw the current one.

    The withdrawn release stays reachable unless `erase`, which deletes its files because they may not be read: the release, and with
    `holding` every other one that holds any of the same files of those datasets. When no release is left then, the pointer goes too.
    Raises UsageError when there is nothing to go back to, StorageError when the release to go back to is damaged, BusyError while
    another publishes.
    """
    if not why.strip():
        raise UsageError("a reason is needed; readers will see it", where="--why")
    if holding and not erase:
        raise UsageError("datasets are named but nothing is to be erased", where="--holding", next_step="add --erase")
    with storage_errors(), only_publisher(public, 0):
        at_text = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        known = releases(public)
        current = next((info for info in known if info.is_current), None)
        tainted = _holders(public, current.id, holding) if current and erase else set()
        target = _target([info for info in known if info.id not in tainted], current, to, may_be_none=bool(tainted))
        if target:
            _point_at(public, target, at_text)
        elif current:
            _unpoint(public)
        withdrawn = current.id if current and (target is None or current.id != target.id) else None
        if withdrawn:
            note(public, {"event": "withdrawn", "release": withdrawn, "at": at_text, "why": why, "to": target.id if target else None})
        if target and target.withdrawn:
            note(public, {"event": "restored", "release": target.id, "at": at_text, "why": why})
        if target:
            relink(public, target.id)
        gone = sorted(({withdrawn} | tainted) - {None}, key=number_of) if erase and withdrawn else []
        sharing = _sharing(public, withdrawn, gone) if erase and withdrawn else []
        for release in gone:
            note(public, {"event": "erased", "release": release, "at": at_text, "why": why})
            remove(public / "releases" / release)
        tell(public)
        return RolledBack(target.id if target else None, withdrawn, why, tuple(gone), tuple(sharing))


def _point_at(public: Path, target: ReleaseInfo, at: str) -> None:
    damaged = [problem for problem in verify_bytes(public, target.id) if problem.kind != "pointer"]
    if damaged:
        raise StorageError(
            f"release {target.id} is damaged: {damaged[0]}", where=f"releases/{target.id}", effect="nothing was changed",
            next_step="choose another release",
        )  # fmt: skip
    point(public, target.id, target.manifest_sha256, at)


def _unpoint(public: Path) -> None:
    """No release is current any more."""
    (public / LINK).unlink(missing_ok=True)
    (public / POINTER).unlink(missing_ok=True)
    flush_folder(public)


def _holders(public: Path, release: str, datasets: Collection[str]) -> set[str]:
    """The releases with any of the files that a release has of these datasets. Raises UsageError for a dataset that it lacks."""
    parts = tuple(f"data/{dataset}/" for dataset in datasets)
    files = [file for file in read_manifest(public, release)["files"] if file["path"].startswith(parts)] if parts else []
    if missing := [part for part in parts if not any(file["path"].startswith(part) for file in files)]:
        raise UsageError(f"release {release} has no {missing[0].rstrip('/')}", where="--holding", next_step="name a dataset of the release")
    return {release, *_with_any_of(public, {file["sha256"] for file in files if file.get("rows") is not None})} if parts else {release}


def _sharing(public: Path, release: str, gone: Collection[str]) -> list[str]:
    """The releases beside those that have any of the data files of one."""
    hashes = {file["sha256"] for file in read_manifest(public, release)["files"] if file["path"].startswith("data/") and file.get("rows")}
    return [other for other in _with_any_of(public, hashes) if other not in gone]


def _with_any_of(public: Path, hashes: Collection[str]) -> list[str]:
    there = [info.id for info in releases(public) if info.is_there]
    return [release for release in there if any(file["sha256"] in hashes for file in read_manifest(public, release)["files"])]


def _target(known: Sequence[ReleaseInfo], current: ReleaseInfo | None, to: str | None, *, may_be_none: bool) -> ReleaseInfo | None:
    if to is not None:
        target = next((info for info in known if info.id == to and info.is_there), None)
        if target is None:
            raise UsageError(f"no release {to}", where="rollback", next_step="bymaal releases lists them")
    else:
        number = number_of(current.id) if current else 0
        earlier = [info for info in known if info.is_there and not info.withdrawn and (current is None or number_of(info.id) < number)]
        if not earlier and not may_be_none:
            raise UsageError("there is no earlier release to go back to", where="rollback", next_step="bymaal releases lists them")
        if not earlier:
            return None
        target = earlier[-1]
    if current and target.synthetic and not current.synthetic:
        raise UsageError(f"release {target.id} is synthetic and cannot replace real data", where="rollback")
    return target


def cite(public: Path, release: str, why: str, at: datetime) -> None:
    """Note that somebody relies on a release, so that it is never removed when it grows old. Raises UsageError when there is none."""
    if not why.strip():
        raise UsageError("say who relies on it", where="--why")
    with storage_errors(), only_publisher(public, 0):
        if not any(info.id == release and info.is_there for info in releases(public)):
            raise UsageError(f"no release {release}", where=public.name, next_step="bymaal releases lists them")
        note(public, {"event": "cited", "release": release, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "why": why})
