"""The raw archive: snapshots kept by their hash, written once, listed in `snapshots.csv`.

A recorded folder from elsewhere has the same layout, so that any past run can be replayed from its archive.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import shutil
import stat
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from io import BufferedReader
from pathlib import Path
from typing import IO

from catalog.errors import StorageError, UsageError
from catalog.publication import Snapshot

INDEX = "snapshots.csv"
FIELDS = ("dataset", "format", "path", "source_url", "publisher", "licence", "retrieved_on", "note")
OWN_FIELDS = (*FIELDS, "sha256", "period", "answer")


def read_index(folder: Path, hashes: HashCache, damaged: dict[str, StorageError] | None = None) -> list[Snapshot]:
    """The snapshots that a folder lists, in the order of the list, each hashed as it lies there now.

    Raises UsageError where the list cannot be trusted, StorageError where a file is gone or no longer has the hash that was noted when it
    was stored. With `damaged` the latter is noted there by dataset instead, so that one lost file does not hold up the other datasets; the
    snapshot stays in the list, because lost evidence is still known to have been there.
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
            where = f"{index.name} line {number}"
            path = _inside(folder, row["path"], where)
            try:
                sha256 = _checked(path, row.get("sha256") or "", f"{where}: {row['path']}", hashes)
            except StorageError as error:
                if damaged is None:
                    raise
                damaged.setdefault(row["dataset"], error)
                sha256 = row.get("sha256") or ""
            snapshots.append(_snapshot(row, path, sha256))
    return snapshots


def _inside(folder: Path, written: str, where: str) -> Path:
    path = (folder / written).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise UsageError("the path leaves the folder", where=where)
    return path


def _checked(path: Path, noted: str, where: str, hashes: HashCache) -> str:
    if not path.is_file() and not noted:
        raise UsageError("the listed file is not there", where=where)
    if not path.is_file():
        what = "a snapshot is gone"
    elif (sha256 := hashes.of(path)) == (noted or sha256):
        return sha256
    else:
        what = "a snapshot no longer has the bytes it was stored with"
    raise StorageError(
        what,
        where=where,
        effect="it counts as lost evidence and its dataset stays as it was",
        next_step="restore it from a backup; or remove its line, so that the source is asked again under a new date",
    )


def _snapshot(row: dict[str, str], path: Path, sha256: str) -> Snapshot:
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
        size=path.stat().st_size if path.is_file() else 0,
        period=row.get("period") or None,
        answer=row.get("answer") or "",
    )


def identity(snapshot: Snapshot) -> tuple[str, ...]:
    """Equal bytes for an equal question are one snapshot, however often they are fetched."""
    return (snapshot.source_url, snapshot.format, snapshot.period or "", snapshot.note, snapshot.sha256, snapshot.answer)


def question_of(snapshot: Snapshot) -> tuple[str, ...]:
    """What a snapshot answers: all pages of an answer the same, and files delivered by hand when they bear the same name."""
    if snapshot.answer:
        return (snapshot.answer.partition("-")[0],)
    delivered_by_hand = snapshot.path.parent.name == snapshot.sha256
    name = snapshot.path.name if delivered_by_hand else ""
    return (snapshot.source_url, snapshot.format, snapshot.period or "", snapshot.note, name)


class NewestAnswers:
    """The newest answer that a list holds to each question, so that an answer is listed again only when it says something else.

    An answer in pages is listed whole, with the pages that are as they were, and so is one that went back to what an older one said:
    the list then tells what holds now.
    """

    def __init__(self, listed: Iterable[Snapshot]) -> None:
        self._newest: dict[tuple[str, ...], tuple[date, set[tuple[str, str]]]] = {}
        for snapshot in sorted(listed, key=lambda s: s.retrieved_on or date.min):
            self.to_list([snapshot], is_whole=False)

    def to_list(self, answer: Sequence[Snapshot], *, is_whole: bool = True) -> list[Snapshot]:
        """What the list lacks of an answer, which is the newest from now on. Two answers of one day stand beside each other."""
        if not answer:
            return []
        question, on = question_of(answer[0]), answer[0].retrieved_on or date.min
        said = {(s.sha256, s.answer) for s in answer}
        day, known = self._newest.get(question, (date.min, set[tuple[str, str]]()))
        if is_whole and said == known:
            return []
        if on > day:
            self._newest[question] = (on, said)
            return list(answer)
        self._newest[question] = (day, known | said)
        return [s for s in answer if (s.sha256, s.answer) not in known]


def store(raw: Path, content: bytes, *, dataset: str, suffix: str = "") -> Path:
    """Keep bytes under their hash and return the path. Bytes that are already there are not written again."""
    path = raw / dataset / f"{hashlib.sha256(content).hexdigest()}{suffix}"
    if not path.exists():
        write_atomically(path, content)
    return path


def store_body(raw: Path, body: IO[bytes], *, sha256: str, dataset: str, suffix: str = "") -> Path:
    """Keep bytes under the hash they have been found to have and return the path, without holding them in memory.

    A file that is already there is left alone if it still has these bytes, and mended if it has not.
    """
    path = raw / dataset / f"{sha256}{suffix}"
    if path.is_file() and _sha256(path) == sha256:
        return path
    body.seek(0)
    _write_beside(path, iter(lambda: body.read(1 << 20), b""))
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_leftovers(raw: Path) -> int:
    """Delete what processes that are no more had only begun to write, and return how many files that were."""
    removed = 0
    for leftover in raw.glob("**/.*.partial") if raw.is_dir() else ():
        writer = re.search(r"\.(\d+)(\.\d+)?\.partial$", leftover.name)
        if writer is None or not _is_alive(int(writer[1])):
            leftover.unlink(missing_ok=True)
            removed += 1
    return removed


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


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
        raise cannot_write(error, target) from error
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
            s.retrieved_on.isoformat() if s.retrieved_on else "", s.note, s.sha256, s.period or "", s.answer,
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
    _write_beside(path, [content])


def _write_beside(path: Path, pieces: Iterable[bytes]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.partial")
    written = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                written += len(piece)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):  # the message below is about the first fault
            partial.unlink(missing_ok=True)
        raise cannot_write(error, path) from error


def cannot_write(error: OSError, path: Path) -> StorageError:
    """What could not be written and why; with the space that is left where the disk is full."""
    next_step = "see that the disk works and that the folder may be written to"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        folder = next((parent for parent in path.parents if parent.is_dir()), path.parent)
        next_step = f"make room and run again; {shutil.disk_usage(folder).free:,} bytes are free there"
    return StorageError(f"cannot write: {error.strerror}", where=path.name, effect="nothing was changed", next_step=next_step)


class HashCache:
    """SHA-256 of files, remembered by size and times of change, so that an unchanged archive costs only `stat`.

    The time that a program may set back (`mtime`) does not count alone. A list that cannot be read is begun anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, list[object]] = {}
        self._changed = False
        with suppress(FileNotFoundError, ValueError):
            known = json.loads(path.read_bytes())
            self._known = {k: v for k, v in known.items() if isinstance(v, list)} if isinstance(known, dict) else {}

    def of(self, path: Path) -> str:
        now = path.stat()
        stamp = [now.st_size, now.st_mtime_ns, now.st_ctime_ns]
        seen = self._known.get(str(path))
        if seen and seen[:-1] == stamp:
            return str(seen[-1])
        digest = _sha256(path)
        self._known[str(path)] = [*stamp, digest]
        self._changed = True
        return digest

    def save(self) -> None:
        if self._changed:
            write_atomically(self.path, json.dumps(self._known, sort_keys=True).encode())
