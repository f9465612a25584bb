"""What was asked and what was answered, one line a question, written when the answer is safe: `answers.jsonl` in the archive.

The list of snapshots says what there is; the journal says when it was asked for and how, also when the answer was “not changed” or “not
there yet”. It is only added to. After a crash it tells what had been answered but not yet listed.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from catalog.errors import StorageError
from catalog.publication import Snapshot
from pipelines.archive import NewestAnswers, cannot_write
from pipelines.reading.ask import Request, full_url

JOURNAL = "answers.jsonl"
VERSION = 1
Question = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Part:
    """One page of an answer as it is kept; most answers have one."""

    sha256: str
    path: str
    """Below the archive's folder."""
    size: int
    url: str
    note: str


@dataclass(frozen=True)
class Entry:
    """One question and its answer. Keys stand in it as `{secret:…}`, never as they are."""

    dataset: str
    format: str
    url: str
    status: int
    """200; 304 when the source said that its last answer still holds; 404 where absence is fine."""
    on: str
    """The day of the run."""
    at: str
    """When the answer was whole, in UTC."""
    period: str = ""
    note: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Harmless headers of the answer, among them those that a conditional question needs."""
    sent: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    """What was sent by POST, with an answer that was new."""
    publisher: str = ""
    licence: str = ""
    """The licence that the dataset's description named then."""
    parts: tuple[Part, ...] = ()
    answer: str = ""
    """Of an answer in pages: which one it is (`Snapshot.answer`)."""

    @property
    def question(self) -> Question:
        return (self.dataset, self.url, self.format, self.period, self.note)

    def snapshots(self, raw: Path) -> list[Snapshot]:
        """The snapshots that this answer made."""
        return [
            Snapshot(
                dataset=self.dataset,
                format=self.format,
                path=raw / part.path,
                source_url=part.url,
                publisher=self.publisher,
                licence=self.licence,
                retrieved_on=date.fromisoformat(self.on),
                note=part.note,
                sha256=part.sha256,
                size=part.size,
                period=self.period or None,
                answer=self.answer,
            )
            for part in self.parts
        ]


def question_of(dataset: str, request: Request) -> Question:
    """What makes a question the same as an earlier one."""
    return (dataset, full_url(request), request.format, request.period or "", request.note)


@dataclass(frozen=True)
class LeftOut:
    """What the last run left out of a dataset because questions failed, so that a replay leaves out the same."""

    periods: tuple[str, ...] | None
    """None: all that was answered from `since` on."""
    since: str
    what: str
    where: str


@dataclass(frozen=True)
class Journal:
    """The journal as read: the last entry of each question, the last with bytes, and what came after the list was written."""

    last: Mapping[Question, Entry]
    last_whole: Mapping[Question, Entry]
    unlisted: Sequence[Entry]
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)


def read(raw: Path) -> Journal:
    """Read the journal of an archive; an empty one where there is none. A last line without an end, cut by a crash, does not count.

    Raises StorageError for any other line that cannot be read, and for one of a newer version of the software.
    """
    last: dict[Question, Entry] = {}
    whole: dict[Question, Entry] = {}
    unlisted: list[Entry] = []
    left_out: dict[str, LeftOut] = {}
    path = raw / JOURNAL
    if not path.is_file():
        return Journal(last, whole, unlisted)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                break
            record = _record(line, f"{JOURNAL} line {number}")
            if record.get("listed"):
                unlisted.clear()
                continue
            if "left_out" in record:
                dataset, said = _left_out(record, f"{JOURNAL} line {number}")
                left_out.pop(dataset, None)
                left_out |= {dataset: said} if said else {}
                continue
            entry = _entry(record, f"{JOURNAL} line {number}")
            last[entry.question] = entry
            if entry.parts and entry.status == 200:
                whole[entry.question] = entry
                unlisted.append(entry)
    return Journal(last, whole, unlisted, left_out)


def _left_out(record: dict[str, Any], where: str) -> tuple[str, LeftOut | None]:
    try:
        said = record["left_out"]
        if said is None:
            return record["dataset"], None
        return record["dataset"], LeftOut(
            None if said["periods"] is None else tuple(said["periods"]), said["since"], said["what"], said["where"]
        )
    except (KeyError, TypeError) as error:
        raise _damaged("a line with other fields", where) from error


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise _damaged("a line that cannot be read", where)
    if record.get("v") != VERSION:
        raise _damaged("a line of another version of the software", where)
    return record


def _entry(record: dict[str, Any], where: str) -> Entry:
    try:
        fields: dict[str, Any] = {key: value for key, value in record.items() if key not in ("v", "parts")}
        return Entry(**fields, parts=tuple(Part(**part) for part in record.get("parts", ())))
    except TypeError as error:
        raise _damaged("a line with other fields", where) from error


def _damaged(what: str, where: str) -> StorageError:
    return StorageError(
        what,
        where=where,
        effect="no source was asked; the snapshots themselves are not touched",
        next_step="restore the file from a backup; without it every question is asked once more",
    )


class Writer:
    """Adds lines to the journal. A crash of the process loses none of them; a crash of the machine at most those of the last second."""

    def __init__(self, raw: Path) -> None:
        self.path = raw / JOURNAL
        self._synced_at = time.monotonic()

    def add(self, entry: Entry) -> None:
        record = {"v": VERSION} | {key: value for key, value in asdict(entry).items() if value not in ("", None, {}, ())}
        self._write(record)

    def left_out(self, dataset: str, what: LeftOut | None) -> None:
        """Note what a run leaves out of a dataset; None once it leaves out nothing any more."""
        self._write({"v": VERSION, "dataset": dataset, "left_out": what and asdict(what)}, sync=True)

    def listed(self) -> None:
        """Note that the list of snapshots has been written since."""
        if self.path.is_file():
            self._write({"v": VERSION, "listed": True}, sync=True)

    def _write(self, record: Mapping[str, Any], *, sync: bool = False) -> None:
        line = json.dumps(record, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                _forget_torn_line(file.fileno())
                whole = os.fstat(file.fileno()).st_size
                try:
                    file.write(line)
                    file.flush()
                except OSError:
                    file.truncate(whole)
                    raise
                if sync or time.monotonic() - self._synced_at > 1:
                    os.fsync(file.fileno())
                    self._synced_at = time.monotonic()
        except OSError as error:
            raise cannot_write(error, self.path) from error


def _forget_torn_line(file: int) -> None:
    """Cut off what a crash left of a last line, so that the next one begins on a line of its own."""
    size = os.fstat(file).st_size
    end = size
    while end and os.pread(file, 1, end - 1) != b"\n":
        start = max(0, end - 2**16)
        end = start + os.pread(file, end - start, start).rfind(b"\n") + 1
    if end != size:
        os.ftruncate(file, end)


def unlisted_snapshots(raw: Path, journal: Journal, listed: Iterable[Snapshot]) -> list[Snapshot]:
    """Snapshots that were answered and stored, but whose run was killed before they were listed."""
    by_dataset: dict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in listed if journal.unlisted else ():
        by_dataset[snapshot.dataset].append(snapshot)
    newest = {entry.dataset: NewestAnswers(by_dataset[entry.dataset]) for entry in journal.unlisted}
    answers = [(newest[entry.dataset], entry.snapshots(raw)) for entry in journal.unlisted]
    return [s for known, answer in answers if all(s.path.is_file() for s in answer) for s in known.to_list(answer)]
