"""The raw archive: snapshots kept by their hash, written once, listed in `snapshots.csv`.

A recorded folder from elsewhere has the same layout, so that any past run can be replayed from its archive.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
from collections.abc import Iterable
from datetime import date
from io import BufferedReader
from pathlib import Path

from catalog.errors import StorageError, UsageError
from catalog.publication import Snapshot

INDEX = "snapshots.csv"
FIELDS = ("dataset", "format", "path", "source_url", "publisher", "licence", "retrieved_on", "note")
OWN_FIELDS = (*FIELDS, "sha256", "period")


def read_index(folder: Path, hashes: HashCache) -> list[Snapshot]:
    """The snapshots that a folder lists, in the order of the list, each hashed as it lies there now.

    Raises UsageError where the list or a listed file is absent, StorageError where a file no longer has
    the hash that was noted when it was stored.
    """
    index = folder / INDEX
    if not index.is_file():
        raise UsageError("no list of snapshots", where=f"{folder.name}/{INDEX}", next_step="point --recorded at a folder that has one")
    snapshots = []
    with index.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if missing := set(FIELDS) - set(reader.fieldnames or ()):
            raise UsageError(f"columns missing: {', '.join(sorted(missing))}", where=index.name)
        for number, row in enumerate(reader, start=2):
            snapshots.append(_snapshot(folder, row, f"{index.name} line {number}", hashes))
    return snapshots


def _snapshot(folder: Path, row: dict[str, str], where: str, hashes: HashCache) -> Snapshot:
    path = (folder / row["path"]).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise UsageError("the path leaves the folder", where=where)
    if not path.is_file():
        raise UsageError("the listed file is not there", where=f"{where}: {row['path']}")
    sha256 = hashes.of(path)
    if row.get("sha256") and row["sha256"] != sha256:
        raise StorageError(
            "a snapshot no longer has the bytes it was stored with",
            where=f"{where}: {row['path']}",
            effect="it counts as lost evidence and is not read",
            next_step="restore it from a backup, or remove its line and fetch again",
        )
    return Snapshot(
        dataset=row["dataset"],
        format=row["format"],
        path=path,
        source_url=row["source_url"],
        publisher=row["publisher"],
        licence=row["licence"],
        retrieved_on=date.fromisoformat(row["retrieved_on"]) if row["retrieved_on"] else None,
        note=row["note"],
        sha256=sha256,
        size=path.stat().st_size,
        period=row.get("period") or None,
    )


def store(raw: Path, content: bytes, *, dataset: str, suffix: str = "") -> Path:
    """Keep bytes under their hash and return the path. Bytes that are already there are not written again."""
    path = raw / dataset / f"{hashlib.sha256(content).hexdigest()}{suffix}"
    if not path.exists():
        write_atomically(path, content)
    return path


def sha256_of_plain_file(path: Path, *, largest: int, where: str) -> tuple[str, int]:
    """Hash and size in bytes of a file that someone handed in. Raises UsageError for a link, for what is no file, and above `largest`."""
    with _open_plain_file(path, where) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            raise UsageError(f"larger than {largest:,} bytes", where=where, effect="it was not taken in", next_step="deliver it in parts")
        return hashlib.file_digest(file, "sha256").hexdigest(), size


def store_file(source: Path, target: Path, sha256: str, *, where: str) -> None:
    """Copy a file to its place in the archive without holding it in memory, unless it is there already.

    Raises UsageError when its bytes are no longer those that were hashed, StorageError when they cannot be written.
    """
    if target.exists():
        return
    partial = target.with_name(f".{os.getpid()}.partial")
    digest = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _open_plain_file(source, where) as file, partial.open("wb") as copy:
            while part := file.read(1 << 20):
                digest.update(part)
                copy.write(part)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise UsageError("the file changed while it was read", where=where, effect="it was not taken in", next_step="try again")
        partial.replace(target)
    except OSError as error:
        raise StorageError(f"cannot write: {error.strerror}", where=target.name, effect="nothing was changed") from error
    finally:
        partial.unlink(missing_ok=True)


def _open_plain_file(path: Path, where: str) -> BufferedReader:
    """Open for reading, never through a link and never what would wait for a writer."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        reason = "a link, not a file" if path.is_symlink() else f"cannot be read: {error.strerror}"
        raise UsageError(reason, where=where, effect="it was not taken in", next_step="give the file itself") from error
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise UsageError("not a file", where=where, effect="it was not taken in", next_step="give the files themselves")
    return os.fdopen(opened, "rb")


def write_index(raw: Path, snapshots: Iterable[Snapshot]) -> None:
    """Write the list of an own archive, sorted, so that the same snapshots give the same bytes."""
    rows = sorted(
        (
            s.dataset, s.format, s.path.relative_to(raw).as_posix(), s.source_url, s.publisher, s.licence,
            s.retrieved_on.isoformat() if s.retrieved_on else "", s.note, s.sha256, s.period or "",
        )
        for s in snapshots
    )  # fmt: skip
    lines: list[str] = []

    class _Lines:
        def write(self, line: str) -> int:
            lines.append(line)
            return len(line)

    writer = csv.writer(_Lines(), lineterminator="\n")
    writer.writerow(OWN_FIELDS)
    writer.writerows(rows)
    write_atomically(raw / INDEX, "".join(lines).encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, flush to disk, rename: a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"cannot write: {error.strerror}", where=path.name, effect="nothing was changed") from error


class HashCache:
    """SHA-256 of files, remembered by size and time of change, so that an unchanged archive costs only `stat`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, list[object]] = json.loads(path.read_bytes()) if path.is_file() else {}
        self._changed = False

    def of(self, path: Path) -> str:
        now = path.stat()
        seen = self._known.get(str(path))
        if seen and seen[:2] == [now.st_size, now.st_mtime_ns]:
            return str(seen[2])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._known[str(path)] = [now.st_size, now.st_mtime_ns, digest]
        self._changed = True
        return digest

    def save(self) -> None:
        if self._changed:
            write_atomically(self.path, json.dumps(self._known, sort_keys=True).encode())
