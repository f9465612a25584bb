"""Files that people deliver by hand: into the archive by command, or through the inbox folder. Also tells what the archive holds.

A delivered file is kept as `raw/<dataset>/<sha256>/<its own name>`: content-addressed like every snapshot, and under the name it
came with, because some formats tell station, system, edition or year in the name alone, and those readers look at the whole name
(a hash before it would hide how it begins, and its digits can look like a year).
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalog.errors import BymaalError, ParseError, UsageError
from catalog.model import Dataset, Period
from catalog.publication import Snapshot
from pipelines.archive import INDEX, HashCache, identity, read_index, sha256_of_plain_file, store_file, write_index
from pipelines.settings import Settings

INBOX = "inbox"
TAKEN = ".taken"
DELIVERED = "delivered as a file"
UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp", "~")
QUIET_SECONDS = 5
LARGEST = 1 << 30
LONGEST_NAME = 200
"""Bytes; file systems allow 255, and a partial copy bears a few more than the name."""
LEFT = "inbox: left where it is: "
"""How a line begins that somebody has to act on."""
PERIODS = {Period.all: ("all", "all"), Period.year: (r"\d{4}", "2024"), Period.month: (r"\d{4}-(0[1-9]|1[0-2])", "2024-02")}


@dataclass(frozen=True)
class Delivery:
    """What is said about delivered files; the rest stands in the dataset's description."""

    dataset: Dataset
    format: str
    period: str | None = None
    note: str = DELIVERED
    retrieved_on: date | None = None
    """None: today."""
    source_url: str | None = None
    """None: the service in the dataset's description."""


@dataclass(frozen=True)
class Taken:
    """One file that was taken in."""

    snapshot: Snapshot
    name: str
    is_new: bool
    """False when the archive already held these bytes as an answer to the same question."""

    def as_record(self) -> dict[str, Any]:
        kept = self.snapshot
        return {"dataset": kept.dataset, "format": kept.format, "name": self.name, "sha256": kept.sha256, "is_new": self.is_new}

    def as_text(self) -> str:
        return f"{self.snapshot.dataset}: {self.name} {'taken in' if self.is_new else 'was already there'} ({self.snapshot.sha256[:12]})"


@dataclass(frozen=True)
class Outcome:
    """What became of delivered files: taken in, left because something is wrong, or left because they are not finished."""

    taken: tuple[Taken, ...] = ()
    left: tuple[BymaalError, ...] = ()
    unfinished: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return max((error.exit_code for error in self.left), default=0)

    def lines(self) -> list[str]:
        """What a run says about it."""
        return [f"inbox: {taken.as_text()}" for taken in self.taken] + [f"{LEFT}{error}" for error in self.left]

    def as_text(self) -> str:
        waiting = [f"not finished yet, left alone: {name}" for name in self.unfinished]
        lines = [taken.as_text() for taken in self.taken] + [f"left where it is: {error}" for error in self.left] + waiting
        return "\n".join(lines) or f"Nothing to take in. Put files in {INBOX}/<dataset>/<format>/ of the data folder."

    def as_record(self) -> dict[str, Any]:
        return {
            "taken": [
                {
                    "dataset": t.snapshot.dataset,
                    "format": t.snapshot.format,
                    "name": t.name,
                    "sha256": t.snapshot.sha256,
                    "is_new": t.is_new,
                }
                for t in self.taken
            ],
            "left": [error.as_record() for error in self.left],
            "unfinished": list(self.unfinished),
        }


@dataclass(frozen=True)
class Holding:
    """What the archive holds of one dataset."""

    files: int
    bytes: int
    oldest: date | None
    """The first day a snapshot was taken, where that is known."""
    newest: date | None
    formats: tuple[str, ...]
    periods: tuple[str, ...]
    """Those that snapshots were asked for by name; which periods the other files hold, only their rows tell."""

    def as_record(self) -> dict[str, Any]:
        return vars(self)


@dataclass(frozen=True)
class Holdings:
    """What the archive holds, by dataset."""

    by_dataset: dict[str, Holding]

    def as_record(self) -> dict[str, Any]:
        return {dataset: holding.as_record() for dataset, holding in self.by_dataset.items()}

    def as_text(self) -> str:
        if not self.by_dataset:
            return "The archive is empty. Fill it with: bymaal ingest --source live, or bymaal archive import"
        width = max(len(dataset) for dataset in self.by_dataset)
        lines = [f"{'dataset':<{width}}  {'files':>7}  {'bytes':>15}  {'oldest':<10}  {'newest':<10}  periods"]
        for dataset, h in self.by_dataset.items():
            if not h.periods:
                periods = "told by their rows"
            elif len(h.periods) == 1:
                periods = h.periods[0]
            else:
                periods = f"{len(h.periods)}: {h.periods[0]} to {h.periods[-1]}"
            days = f"{h.oldest or 'not known'!s:<10}  {h.newest or 'not known'!s:<10}"
            lines.append(f"{dataset:<{width}}  {h.files:>7,}  {h.bytes:>15,}  {days}  {periods}")
        return "\n".join(lines)


def holdings(settings: Settings) -> Holdings:
    """What the own archive holds of each dataset, described here or not. Raises StorageError when a file was altered."""
    by_dataset: dict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in _listed(settings):
        by_dataset[snapshot.dataset].append(snapshot)
    return Holdings({dataset: _holding(found) for dataset, found in sorted(by_dataset.items())})


def _holding(found: Sequence[Snapshot]) -> Holding:
    sizes = {snapshot.path: snapshot.size for snapshot in found}
    days = [snapshot.retrieved_on for snapshot in found if snapshot.retrieved_on]
    return Holding(
        files=len(sizes),
        bytes=sum(sizes.values()),
        oldest=min(days, default=None),
        newest=max(days, default=None),
        formats=tuple(sorted({snapshot.format for snapshot in found})),
        periods=tuple(sorted({snapshot.period for snapshot in found if snapshot.period})),
    )


def describe(
    datasets: Mapping[str, Dataset],
    dataset: str,
    format: str,
    *,
    period: str | None = None,
    note: str = DELIVERED,
    retrieved_on: date | None = None,
    source_url: str | None = None,
    today: date,
) -> Delivery:
    """What was said about a delivery, checked against the dataset's description. Raises UsageError naming the choices."""
    described = _described(datasets, dataset, format, where="--dataset, --format")
    pattern, example = PERIODS[described.period]
    if period is not None and not re.fullmatch(pattern, period):
        raise UsageError(f"{dataset} has no such period", where="--period", next_step=f"write it like {example}")
    if retrieved_on is not None and retrieved_on > today:
        raise UsageError("a day that has not been", where="--retrieved-on", next_step="give the day the file was taken from its source")
    if source_url is not None and not _is_web_address(source_url):
        raise UsageError("not a web address", where="--source-url", next_step="begin it with https:// and leave out blanks")
    return Delivery(described, format, period, note, retrieved_on, source_url)


def _described(datasets: Mapping[str, Dataset], dataset: str, format: str, *, where: str) -> Dataset:
    if dataset not in datasets:
        raise UsageError("unknown dataset", where=where, effect="nothing was taken in", next_step=f"choose from {', '.join(datasets)}")
    formats = datasets[dataset].source.formats
    if format not in formats:
        raise UsageError(
            f"{dataset} has no such format", where=where, effect="nothing was taken in", next_step=f"choose from {', '.join(formats)}"
        )
    return datasets[dataset]


def _is_web_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"{}|\\^`]", text) and not parts.password


def import_files(files: Sequence[Path], delivery: Delivery, settings: Settings) -> Outcome:
    """Take files into the archive, all or none. The caller holds the data directory.

    Raises UsageError for what is no plain file or too large, ParseError when a file cannot be read as the format it is said to be.
    """
    known = _listed(settings)
    taken: list[Taken] = []
    try:
        for file in files:
            taken.append(_take(file, delivery, [*known, *(t.snapshot for t in taken)], settings, where=file.name))
    except BymaalError:
        listed = {snapshot.path for snapshot in known}
        for one in taken:
            if one.snapshot.path not in listed:
                _forget(one.snapshot.path)
        raise
    _list(known, taken, settings)
    return Outcome(tuple(taken))


def take_in(datasets: Mapping[str, Dataset], settings: Settings, *, at_once: bool = False) -> Outcome:
    """Take in what lies in `inbox/<dataset>/<format>/` and move it to `inbox/.taken/`. The caller holds the data directory.

    What cannot be taken in stays where it is, with the reason in the outcome. Unfinished uploads, which a hidden name, a suffix or
    a change in the last five seconds betrays, are left alone; `at_once` does not wait for the five seconds.
    """
    inbox = settings.data_dir / INBOX
    if settings.synthetic or not inbox.is_dir():
        return Outcome()
    known: list[Snapshot] | None = None
    moved: list[tuple[Path, Taken]] = []
    left: list[BymaalError] = []
    unfinished: list[str] = []
    for file in _files(inbox):
        place = file.relative_to(inbox)
        where = f"{INBOX}/{place.as_posix()}"
        try:
            if file.is_symlink():
                raise UsageError("a link, not a file", where=where, effect="it was not followed", next_step="put the file itself there")
            if _is_unfinished(file, settings, at_once=at_once):
                unfinished.append(where)
                continue
            delivery = _delivery_of(place, datasets, where)
            known = _listed(settings) if known is None else known
            moved.append((file, _take(file, delivery, [*known, *(t.snapshot for _, t in moved)], settings, where=where)))
        except (UsageError, ParseError) as error:
            left.append(error)
    if known is not None:
        _list(known, [taken for _, taken in moved], settings)
    # Only now: a run that is stopped before this finds the files again and knows their bytes.
    for file, taken in moved:
        try:
            _move(file, inbox, taken.snapshot.sha256)
        except OSError as error:
            reason = f"taken in, but it cannot be moved: {error.strerror}"
            left.append(UsageError(reason, where=f"{INBOX}/{file.relative_to(inbox).as_posix()}", next_step="remove it by hand"))
    return Outcome(tuple(taken for _, taken in moved), tuple(left), tuple(unfinished))


def waiting(settings: Settings) -> list[Path]:
    """Files in the inbox that a run would look at now; none on sandbox data, which takes nothing in."""
    if settings.synthetic:
        return []
    return [file for file in _files(settings.data_dir / INBOX) if not _is_unfinished(file, settings, at_once=False)]


def misplaced(datasets: Mapping[str, Dataset], settings: Settings) -> list[UsageError]:
    """Why waiting files lie where no run looks for them; what else may be wrong with a file shows when it is read."""
    found: list[UsageError] = []
    for file in waiting(settings):
        place = file.relative_to(settings.data_dir / INBOX)
        try:
            _delivery_of(place, datasets, f"{INBOX}/{place.as_posix()}")
        except UsageError as error:
            found.append(error)
    return found


def _files(inbox: Path) -> Iterator[Path]:
    """Everything in the inbox that is not a folder, in a fixed order; links are not followed, hidden names not entered."""
    for folder, folders, files in os.walk(inbox, followlinks=False):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        yield from (Path(folder) / name for name in sorted([*files, *links]) if not name.startswith("."))


def _is_unfinished(file: Path, settings: Settings, *, at_once: bool) -> bool:
    if file.name.lower().endswith(UNFINISHED):
        return True
    try:
        changed_at = file.stat().st_mtime
    except FileNotFoundError:  # an upload that was renamed since the folder was listed
        return True
    return not at_once and settings.now.timestamp() - changed_at < QUIET_SECONDS


def _delivery_of(place: Path, datasets: Mapping[str, Dataset], where: str) -> Delivery:
    """What the place of a file says about it. Raises UsageError with what would be right."""
    anywhere = f"{INBOX}/<dataset>/<format>/; datasets are {', '.join(datasets)}"
    match place.parts[:-1]:
        case ():
            what, right = "its place does not say which dataset it belongs to", anywhere
        case (dataset,) if dataset in datasets:
            folders = [f"{INBOX}/{dataset}/{form}/" for form in datasets[dataset].source.formats]
            what, right = "its place does not say its format", " or ".join(folders)
        case (dataset, *_) if dataset not in datasets:
            what, right = "unknown dataset", anywhere
        case (dataset, form):
            return Delivery(_described(datasets, dataset, form, where=where), form)
        case folders:
            dataset, form = folders[:2]
            what, right = "a folder too deep", f"{INBOX}/{dataset}/{form}/"
    raise UsageError(what, where=where, effect="it was not taken in", next_step=f"move it to {right}")


def _move(file: Path, inbox: Path, sha256: str) -> None:
    """Out of the way, in the same order of folders. A name that is taken gets the beginning of the hash before it."""
    target = inbox / TAKEN / file.relative_to(inbox)
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target.with_name(f"{sha256[:12]}_{target.name}"[-LONGEST_NAME:]) if target.exists() else target)


def _take(file: Path, delivery: Delivery, known: Sequence[Snapshot], settings: Settings, *, where: str) -> Taken:
    """Keep one file and describe it; the list is not written. Nothing new is kept when it cannot be read."""
    dataset = delivery.dataset
    sha256, size = sha256_of_plain_file(file, largest=LARGEST, where=where)
    snapshot = Snapshot(
        dataset=dataset.id,
        format=delivery.format,
        path=settings.raw / dataset.id / sha256 / _stored_name(file.name, where),
        source_url=delivery.source_url or dataset.source.service,
        publisher=dataset.source.publisher.name.nb,
        licence=dataset.source.licence,
        retrieved_on=delivery.retrieved_on or settings.now.date(),
        note=delivery.note,
        sha256=sha256,
        size=size,
        period=delivery.period,
    )
    for other in known:
        if other.dataset == dataset.id and identity(other) == identity(snapshot):
            return Taken(other, file.name, is_new=False)
    was_there = snapshot.path.exists()
    store_file(file, snapshot.path, sha256, where=where)
    try:
        _refuse_unreadable(snapshot, dataset, settings, where)
    except BymaalError:
        if not was_there:
            _forget(snapshot.path)
        raise
    return Taken(snapshot, file.name, is_new=True)


def _stored_name(name: str, where: str) -> str:
    """The name as it came, but for signs that a path or a search pattern could read otherwise."""
    plain = re.sub(r"[^\w.()+ -]", "_", unicodedata.normalize("NFC", name)).lstrip(".")
    if not plain or len(plain.encode()) > LONGEST_NAME:
        raise UsageError("a name that cannot be kept", where=where, effect="it was not taken in", next_step="give it a shorter, plain name")
    return plain


def _refuse_unreadable(snapshot: Snapshot, dataset: Dataset, settings: Settings, where: str) -> None:
    """Open the file as the format it is said to be and look for a first row: one unreadable file would hold up its whole dataset."""
    from catalog.duck import connect
    from pipelines.datasets import module_of, parsers_of
    from pipelines.reading.ask import GUIDES

    if snapshot.format in GUIDES:
        return
    con = connect(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "spill")
    try:
        has_rows = parsers_of(dataset, module_of(dataset))[snapshot.format](con, [snapshot.path]).limit(1).fetchone() is not None
        reason = "" if has_rows else "the file holds no rows"
        next_step = "see whether it is the right file"
    except BymaalError as error:
        reason, next_step = error.what, error.next_step
    except Exception as error:  # noqa: BLE001 – whatever a reader of foreign bytes raises, the file is to blame and no value may leak
        reason, next_step = f"not readable as {snapshot.format} ({type(error).__name__})", "see whether format and file belong together"
    finally:
        con.close()
    if reason:
        raise ParseError(reason, where=where, effect="it was not taken in", next_step=next_step)


def _forget(path: Path) -> None:
    """Take back a file that was kept a moment ago and is on no list."""
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _listed(settings: Settings) -> list[Snapshot]:
    """Every line of the archive's list, also of datasets that nothing here describes, so that none is lost when it is written again."""
    if not (settings.raw / INDEX).is_file():
        return []
    hashes = HashCache(settings.work / "hashes.json")
    listed = read_index(settings.raw, hashes)
    hashes.save()
    return [replace(s, path=settings.raw / s.path.relative_to(settings.raw.resolve())) for s in listed]


def _list(known: Sequence[Snapshot], taken: Sequence[Taken], settings: Settings) -> None:
    if new := [one.snapshot for one in taken if one.is_new]:
        write_index(settings.raw, [*known, *new])
