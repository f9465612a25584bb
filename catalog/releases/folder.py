"""The public folder itself: who may write, how a file, a folder and the pointer get their names, and what a process that died left behind.

A release is written beside its place, made read-only and renamed once; the pointer is replaced in one step.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import BusyError, BymaalError, StorageError
from catalog.releases.ledger import LINK, MANIFEST, POINTER, entries, flush_folder, note, pointed_at, published, read_manifest, write


def flush_and_lock(folder: Path) -> None:
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


def remove(folder: Path) -> None:
    """Delete a folder although it is read-only. What cannot be deleted now is left for the next run."""
    if not folder.exists():
        return
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


def point(public: Path, release: str, manifest_sha256: str, at: str) -> None:
    pointer = {"release": release, "manifest": f"releases/{release}/{MANIFEST}", "sha256": manifest_sha256, "published_at": at}
    write(public / POINTER, json.dumps(pointer, indent=1).encode() + b"\n")


def relink(public: Path, release: str) -> None:
    """`current` for plain web servers. Replaced in one step, after the pointer."""
    target = Path("releases") / release
    link = public / LINK
    if link.is_symlink() and link.readlink() == target:
        return
    partial = public / f".{LINK}.partial"
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(link)


def repair(public: Path) -> None:
    """Finish or remove what a process that died left behind. Only the one publisher calls this."""
    for leftover in (public / "releases").glob(".draft-*"):
        remove(leftover)
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
        remove(public / "releases" / release)
    for release in {entry["release"] for entry in happened if entry["event"] in ("erased", "expired")} - {current}:
        remove(public / "releases" / release)
    if current:
        relink(public, current)
    tell(public)


@contextmanager
def only_publisher(public: Path, wait: float) -> Iterator[None]:
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
def storage_errors() -> Iterator[None]:
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


def tell(public: Path) -> None:
    """What happened to releases, for feed readers, programs, harvesters, and whoever asks for one that is gone. Rewritten only where it
    says something new."""
    from catalog.metadata import feed
    from catalog.releases import gone

    for name, content in (feed.files(public) | gone.pages(public)).items():
        path = public / name
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            write(path, content)
