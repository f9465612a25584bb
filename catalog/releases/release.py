"""Publishing: draft → immutable release → pointer; what is old is removed.

A reader who takes the pointer `current.json` always gets one whole release. Everything is written beside and renamed, in an order in
which a process may die at any moment: `releases.jsonl` notes that a release is coming, the finished folder gets its name, the pointer
moves, the note is closed. The next run finishes or removes what it finds half done.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import GateError, StorageError, UsageError
from catalog.hashes import sha256
from catalog.releases.folder import flush_and_lock, only_publisher, point, relink, remove, repair, storage_errors, tell
from catalog.releases.ledger import (
    MANIFEST,
    entries,
    flush_folder,
    is_release,
    note,
    number_of,
    pointed_at,
    published,
    read_manifest,
    releases,
)

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
    with storage_errors(), only_publisher(public, wait):
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
    repair(public)
    before = _before(public)
    if before is not None and publication.synthetic and not before.manifest["synthetic"]:
        raise UsageError(
            "synthetic data cannot replace a release of real data",
            where=f"current release {before.manifest['release']}",
            effect="nothing is published",
            next_step="use another data folder for the sandbox",
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
        flush_and_lock(folder)
        at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        note(public, {"event": "started", "release": release, "at": at})
        folder.rename(finished)
        flush_folder(releases_folder)
    except BaseException:
        remove(folder)
        raise
    manifest_sha256 = sha256(finished / MANIFEST)
    try:
        point(public, release, manifest_sha256, at)
    except BaseException:
        if pointed_at(public) != release:
            remove(finished)
        raise
    note(public, published(finished, manifest, at))
    relink(public, release)
    for old in expired:
        note(public, {"event": "expired", "release": old, "at": at})
        remove(releases_folder / old)
    tell(public)
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


def _check_space(public: Path, needed: int) -> None:
    free = shutil.disk_usage(public).free
    if free < needed:
        raise StorageError(
            f"the disk is too full for a new release: {needed:,} bytes needed, {free:,} free",
            where=public.name,
            effect="nothing was written; the current release stays",
            next_step="free space and run again",
        )
