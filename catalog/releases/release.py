"""The public folder: draft → immutable release → pointer; roll back, withdraw, remove what is old.

A reader who takes the pointer `current.json` always gets one whole release. Everything is written beside and renamed, in an order in
which a process may die at any moment: `releases.jsonl` notes that a release is coming, the finished folder gets its name, the pointer
moves, the note is closed. The next run finishes or removes what it finds half done.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import BusyError, BymaalError, GateError, StorageError, UsageError
from catalog.hashes import sha256
from catalog.releases.ledger import (
    LINK,
    MANIFEST,
    POINTER,
    ReleaseInfo,
    entries,
    flush_folder,
    is_release,
    note,
    number_of,
    pointed_at,
    published,
    read_manifest,
    releases,
    write,
)
from catalog.releases.verify import verify_bytes

if TYPE_CHECKING:
    from catalog.publication import Publication, Vintage


@dataclass(frozen=True)
class Release:
    """A published release. `is_new` is False when nothing had changed and the current one was kept."""

    id: str
    folder: Path
    manifest_sha256: str
    is_new: bool
    synthetic: bool
    files: int
    bytes: int
    withheld: dict[str, tuple[str, ...]]
    """Datasets that were withheld, with the reasons in English."""
    withheld_indicators: dict[str, str]
    """Indicators that were withheld, with the reasons in English."""

    def as_record(self) -> dict[str, Any]:
        return asdict(self) | {"folder": self.folder.name}

    def as_text(self) -> str:
        what = "published" if self.is_new else "unchanged"
        return f"{self.id} {what}: {self.files} files, {self.bytes:,} bytes{', synthetic' if self.synthetic else ''}"


# --- publish ---


def publish(
    publication: Publication,
    public: Path,
    *,
    memory_limit: str = "1GB",
    threads: int = 2,
    wait: float = 0,
    secrets: Collection[str] = (),
    at: datetime | None = None,
    signing_key: Path | None = None,
    keep_days: int | None = None,
) -> Release:
    """Publish a release of everything in `publication`, or return the current one when nothing has changed since.

    `at` is the moment that stands in the pointer and the ledger, outside the release, whose own day is `built_at`. `secrets` are keys
    of sources that may be in no text of the release. With `signing_key`, an OpenSSH key, the manifest is signed. With `keep_days`,
    releases older than that are removed, but never the one before, and never one that somebody cites.

    Raises UsageError when synthetic data would replace real data, PrivacyError or GateError when a gate stays shut, BusyError when
    another process publishes and does not end within `wait` seconds, StorageError when a file cannot be written. The current release is
    untouched by all of them.
    """
    with _storage_errors(), _only_publisher(public, wait):
        return _publish(publication, public, memory_limit, threads, secrets, at or publication.built_at, signing_key, keep_days)


def _publish(
    publication: Publication,
    public: Path,
    memory_limit: str,
    threads: int,
    secrets: Collection[str],
    moment: datetime,
    signing_key: Path | None,
    keep_days: int | None,
) -> Release:
    from catalog.building.build import build
    from catalog.building.plan import plan, space_needed
    from catalog.releases import signing

    releases_folder = public / "releases"
    releases_folder.mkdir(parents=True, exist_ok=True)
    _repair(public)
    before = _before(public)
    if before is not None and publication.synthetic and not before.manifest["synthetic"]:
        raise UsageError(
            "synthetic data cannot replace a release of real data",
            where=f"current release {before.manifest['release']}",
            effect="nothing is published",
            next_step="use another data directory for the sandbox",
        )
    planned = plan(publication)
    if before is not None and before.manifest["fingerprint"] == planned.whole and _looks_whole(before):
        return _release(before.folder, before.manifest, is_new=False)
    _refuse_withdrawn(public, planned.whole)
    release = _next_id(public, publication.built_at)
    expired = _expired(public, publication.built_at.date(), keep_days)
    publication = replace(publication, vintages=_vintages(public, expired))
    _check_space(public, space_needed(publication, planned, before))
    folder = releases_folder / f".draft-{release}"
    finished = releases_folder / release
    try:
        folder.mkdir()
        manifest = build(publication, release, folder, planned, before, memory_limit=memory_limit, threads=threads, secrets=secrets)
        if signing_key:
            signing.sign(folder / MANIFEST, signing_key, publication.catalog.contact.email, public)
        _flush_and_lock(folder)
        at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        note(public, {"event": "started", "release": release, "at": at})
        folder.rename(finished)
        flush_folder(releases_folder)
    except BaseException:
        _remove(folder)
        raise
    manifest_sha256 = sha256(finished / MANIFEST)
    try:
        _point(public, release, manifest_sha256, at)
    except BaseException:
        if pointed_at(public) != release:
            _remove(finished)
        raise
    note(public, published(finished, manifest, at))
    _relink(public, release)
    for old in expired:
        note(public, {"event": "expired", "release": old, "at": at})
        _remove(releases_folder / old)
    _tell(public)
    return _release(finished, manifest, is_new=True)


def _release(folder: Path, manifest: dict[str, Any], *, is_new: bool) -> Release:
    return Release(
        id=manifest["release"],
        folder=folder,
        manifest_sha256=sha256(folder / MANIFEST),
        is_new=is_new,
        synthetic=manifest["synthetic"],
        files=len(manifest["files"]) + 1,
        bytes=sum(file["bytes"] for file in manifest["files"]),
        withheld={dataset: tuple(reasons) for dataset, reasons in manifest["withheld"].items()},
        withheld_indicators=manifest["withheld_indicators"],
    )


def _before(public: Path) -> Any:
    """The current release with its manifest; None before the first."""
    from catalog.building.plan import Before

    current = pointed_at(public)
    return Before(public / "releases" / current, read_manifest(public, current)) if current else None


def _looks_whole(before: Any) -> bool:
    """Whether every file is there with its size. `verify` also reads their bytes."""

    def is_there(path: Path, size: int) -> bool:
        return path.is_file() and path.stat().st_size == size

    return all(is_there(before.folder / file["path"], file["bytes"]) for file in before.manifest["files"])


def _refuse_withdrawn(public: Path, fingerprint: str) -> None:
    """What was withdrawn does not come back by running the same again."""
    for info in releases(public):
        if info.withdrawn and info.fingerprint == fingerprint:
            raise GateError(
                f"the same inputs gave release {info.id}, which was withdrawn: {info.withdrawn}",
                where="publish",
                effect="the current release stays",
                next_step="mend the data or the software first",
            )


def _next_id(public: Path, built_at: datetime) -> str:
    """The day in UTC and a number that was never used before; releases are ordered by the number, not by the day."""
    used = {entry["release"] for entry in entries(public) if entry["event"] == "published"}
    used |= {folder.name for folder in (public / "releases").iterdir() if is_release(folder.name)}
    return f"{built_at:%Y-%m-%d}.{max((number_of(release) for release in used), default=0) + 1}"


def _vintages(public: Path, without: Collection[str]) -> tuple[Vintage, ...]:
    """The releases that are there and whole enough to say what they hold, oldest first."""
    from catalog.described import Distribution
    from catalog.publication import Vintage

    found = []
    for info in releases(public):
        if not info.is_there or info.id in without:
            continue
        manifest = read_manifest(public, info.id)
        files = [file for file in manifest["files"] if file["path"].startswith("indicators/observations") and file.get("rows") is not None]
        if files:
            built_on = date.fromisoformat(manifest["built_at"][:10])
            told = [Distribution(f["path"], f["media_type"], f["format"], f["bytes"], f["sha256"], f["rows"]) for f in files]
            found.append(Vintage(info.id, built_on, tuple(told), info.withdrawn))
    return tuple(found)


def _expired(public: Path, today: date, keep_days: int | None) -> list[str]:
    """Releases whose time is over: not the current one, which becomes the one to go back to, and none that somebody cites."""
    if keep_days is None:
        return []
    limit = today - timedelta(days=keep_days)
    old = [info for info in releases(public) if info.is_there and not info.is_current and not info.cited]
    return [info.id for info in old if date.fromisoformat(info.id.rpartition(".")[0]) < limit]


def _tell(public: Path) -> None:
    """What happened to releases, for feed readers, programs, harvesters, and whoever asks for one that is gone. Rewritten only where it
    says something new."""
    from catalog.metadata import feed
    from catalog.releases import gone

    for name, content in (feed.files(public) | gone.pages(public)).items():
        path = public / name
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            write(path, content)


def _check_space(public: Path, needed: int) -> None:
    free = shutil.disk_usage(public).free
    if free < needed:
        raise StorageError(
            f"the disk is too full for a new release: {needed:,} bytes needed, {free:,} free",
            where=public.name,
            effect="nothing was written; the current release stays",
            next_step="free space and run again",
        )


# --- files that are written once, renamed once ---


def _flush_and_lock(folder: Path) -> None:
    """Every file on disk and read-only, then every folder, so that the rename can only ever show a whole release."""
    folders = [folder]
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            folders.append(path)
            continue
        if stat.S_IMODE(path.stat().st_mode) != 0o444:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.chmod(0o444)
    for path in reversed(folders):
        flush_folder(path)
        path.chmod(0o555)


def _remove(folder: Path) -> None:
    """Delete a folder although it is read-only. What cannot be deleted now is left for the next run."""
    if not folder.exists():
        return
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


def _point(public: Path, release: str, manifest_sha256: str, at: str) -> None:
    pointer = {"release": release, "manifest": f"releases/{release}/{MANIFEST}", "sha256": manifest_sha256, "published_at": at}
    write(public / POINTER, json.dumps(pointer, indent=1).encode() + b"\n")


def _relink(public: Path, release: str) -> None:
    """`current` for plain web servers. Replaced in one step, after the pointer."""
    target = Path("releases") / release
    link = public / LINK
    if link.is_symlink() and link.readlink() == target:
        return
    partial = public / f".{LINK}.partial"
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(link)


def _repair(public: Path) -> None:
    """Finish or remove what a process that died left behind. Only the one publisher calls this."""
    for leftover in (public / "releases").glob(".draft-*"):
        _remove(leftover)
    for leftover in public.glob(".*.partial"):
        leftover.unlink()
    current = pointed_at(public)
    happened = entries(public)
    known = {entry["release"] for entry in happened if entry["event"] == "published"}
    if current and current not in known:
        manifest = read_manifest(public, current)
        note(public, published(public / "releases" / current, manifest, manifest["built_at"]))
        known.add(current)
    for release in {entry["release"] for entry in happened if entry["event"] == "started"} - known:
        _remove(public / "releases" / release)
    for release in {entry["release"] for entry in happened if entry["event"] in ("erased", "expired")} - {current}:
        _remove(public / "releases" / release)
    if current:
        _relink(public, current)
    _tell(public)


@contextmanager
def _only_publisher(public: Path, wait: float) -> Iterator[None]:
    """Hold the public folder. A lock of a process that died is free."""
    from filelock import FileLock, Timeout

    public.mkdir(parents=True, exist_ok=True)
    holder = public / ".publisher"
    lock = FileLock(public / ".publish.lock")
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        since = datetime.fromtimestamp(holder.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if holder.is_file() else "just now"
        held_by = f"process {holder.read_text('utf-8')}" if holder.is_file() else "another process"
        raise BusyError(
            f"busy, held by {held_by} since {since}", where=public.name, next_step="wait for it to end and run again"
        ) from error
    try:
        holder.write_text(str(os.getpid()), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _storage_errors() -> Iterator[None]:
    """A failing disk is told with the file and the reason, never as a traceback."""
    try:
        yield
    except BymaalError:
        raise
    except OSError as error:
        raise StorageError(
            f"cannot write: {error.strerror or type(error).__name__}",
            where=Path(str(error.filename)).name if error.filename else "public folder",
            effect="the current release stays",
            next_step="mend the storage and run again",
        ) from error
    except Exception as error:
        import duckdb

        if not isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.OutOfMemoryException):
            raise
        memory = isinstance(error, duckdb.OutOfMemoryException)
        raise StorageError(
            "out of memory while writing tables" if memory else "cannot write a table or the database",
            where="public folder",
            effect="the current release stays",
            next_step="raise BYMAAL_MEMORY and run again" if memory else "look at free space and permissions and run again",
        ) from error


# --- roll back ---


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
    with _storage_errors(), _only_publisher(public, 0):
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
            _relink(public, target.id)
        gone = sorted(({withdrawn} | tainted) - {None}, key=number_of) if erase and withdrawn else []
        sharing = _sharing(public, withdrawn, gone) if erase and withdrawn else []
        for release in gone:
            note(public, {"event": "erased", "release": release, "at": at_text, "why": why})
            _remove(public / "releases" / release)
        _tell(public)
        return RolledBack(target.id if target else None, withdrawn, why, tuple(gone), tuple(sharing))


def _point_at(public: Path, target: ReleaseInfo, at: str) -> None:
    damaged = [problem for problem in verify_bytes(public, target.id) if problem.kind != "pointer"]
    if damaged:
        raise StorageError(
            f"release {target.id} is damaged: {damaged[0]}", where=f"releases/{target.id}", effect="nothing was changed",
            next_step="choose another release",
        )  # fmt: skip
    _point(public, target.id, target.manifest_sha256, at)


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
    with _storage_errors(), _only_publisher(public, 0):
        if not any(info.id == release and info.is_there for info in releases(public)):
            raise UsageError(f"no release {release}", where=public.name, next_step="bymaal releases lists them")
        note(public, {"event": "cited", "release": release, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "why": why})
