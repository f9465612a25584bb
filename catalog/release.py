"""The public folder: draft → immutable release → pointer; verify, roll back, compare.

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
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from catalog.errors import BusyError, BymaalError, GateError, StorageError, UsageError
from catalog.hashes import sha256

if TYPE_CHECKING:
    from catalog.publication import Publication

POINTER = "current.json"
LINK = "current"
LEDGER = "releases.jsonl"
MANIFEST = "manifest.json"


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

    def as_record(self) -> dict[str, Any]:
        return asdict(self) | {"folder": self.folder.name}

    def as_text(self) -> str:
        what = "published" if self.is_new else "unchanged"
        return f"{self.id} {what}: {self.files} files, {self.bytes:,} bytes{', synthetic' if self.synthetic else ''}"


class Listing(list):
    """A list that tells itself line by line to people and as records to machines."""

    empty = "nothing"

    def as_text(self) -> str:
        return "\n".join(str(item) for item in self) or self.empty

    def as_record(self) -> list[dict[str, Any]]:
        return [asdict(item) for item in self]


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
) -> Release:
    """Publish a release of everything in `publication`, or return the current one when nothing has changed since.

    `at` is the moment that stands in the pointer and the ledger, outside the release, whose own day is `built_at`. `secrets` are keys
    of sources that may be in no text of the release. Raises UsageError when synthetic data would replace real data, PrivacyError or
    GateError when a gate stays shut, BusyError when another process publishes and does not end within `wait` seconds, StorageError
    when a file cannot be written. The current release is untouched by all of them.
    """
    with _storage_errors(), _only_publisher(public, wait):
        return _publish(publication, public, memory_limit, threads, secrets, at or publication.built_at)


def _publish(
    publication: Publication, public: Path, memory_limit: str, threads: int, secrets: Collection[str], moment: datetime
) -> Release:
    from catalog.build import build
    from catalog.plan import plan, space_needed

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
    _check_space(public, space_needed(publication, planned, before))
    folder = releases_folder / f".draft-{release}"
    finished = releases_folder / release
    try:
        folder.mkdir()
        manifest = build(publication, release, folder, planned, before, memory_limit=memory_limit, threads=threads, secrets=secrets)
        _flush_and_lock(folder)
        at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        _note(public, {"event": "started", "release": release, "at": at})
        folder.rename(finished)
        _flush_folder(releases_folder)
    except BaseException:
        _remove(folder)
        raise
    manifest_sha256 = sha256(finished / MANIFEST)
    try:
        _point(public, release, manifest_sha256, at)
    except BaseException:
        if _pointed_at(public) != release:
            _remove(finished)
        raise
    _note(public, {"event": "published", "release": release, "at": at, "manifest_sha256": manifest_sha256, "fingerprint": planned.whole,
                   "synthetic": publication.synthetic})  # fmt: skip
    _relink(public, release)
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
    )


def _before(public: Path) -> Any:
    """The current release with its manifest; None before the first."""
    from catalog.plan import Before

    current = _pointed_at(public)
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
    used = {entry["release"] for entry in _ledger(public) if entry["event"] == "published"}
    used |= {folder.name for folder in (public / "releases").iterdir() if _is_release(folder.name)}
    return f"{built_at:%Y-%m-%d}.{max((number_of(release) for release in used), default=0) + 1}"


def number_of(release: str) -> int:
    """The running number of a release, by which releases are ordered."""
    return int(release.rpartition(".")[2])


def _is_release(folder: str) -> bool:
    day, _, number = folder.rpartition(".")
    return number.isdigit() and len(day) == 10 and not folder.startswith(".")


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
        _flush_folder(path)
        path.chmod(0o555)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    """Beside, flushed, renamed: a reader sees the old file or the new one."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _remove(folder: Path) -> None:
    """Delete a folder although it is read-only. What cannot be deleted now is left for the next run."""
    if not folder.exists():
        return
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


def _point(public: Path, release: str, manifest_sha256: str, at: str) -> None:
    pointer = {"release": release, "manifest": f"releases/{release}/{MANIFEST}", "sha256": manifest_sha256, "published_at": at}
    _write(public / POINTER, json.dumps(pointer, indent=1).encode() + b"\n")


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


def _ledger(public: Path) -> list[dict[str, Any]]:
    """What happened to releases, oldest first."""
    path = public / LEDGER
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def _note(public: Path, entry: dict[str, Any]) -> None:
    """Add one line to the ledger; earlier lines never change."""
    path = public / LEDGER
    before = path.read_bytes() if path.is_file() else b""
    _write(path, before + json.dumps(entry, ensure_ascii=False).encode() + b"\n")


def _pointed_at(public: Path) -> str | None:
    """The id that the pointer names; None before the first release."""
    path = public / POINTER
    if not path.is_file():
        return None
    try:
        return str(json.loads(path.read_bytes())["release"])
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            "the pointer is not readable", where=POINTER, effect="readers cannot find the current release",
            next_step="bymaal rollback RELEASE --why … writes it anew",
        ) from error  # fmt: skip


def _repair(public: Path) -> None:
    """Finish or remove what a process that died left behind. Only the one publisher calls this."""
    for leftover in (public / "releases").glob(".draft-*"):
        _remove(leftover)
    for leftover in public.glob(".*.partial"):
        leftover.unlink()
    current = _pointed_at(public)
    entries = _ledger(public)
    published = {entry["release"] for entry in entries if entry["event"] == "published"}
    if current and current not in published:
        manifest = read_manifest(public, current)
        _note(public, {"event": "published", "release": current, "at": manifest["built_at"],
                       "manifest_sha256": sha256(public / "releases" / current / MANIFEST), "fingerprint": manifest["fingerprint"],
                       "synthetic": manifest["synthetic"]})  # fmt: skip
        published.add(current)
    for release in {entry["release"] for entry in entries if entry["event"] == "started"} - published:
        _remove(public / "releases" / release)
    if current:
        _relink(public, current)


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


# --- what is there ---


@dataclass(frozen=True)
class ReleaseInfo:
    """One release as the ledger knows it."""

    id: str
    published_at: str
    is_current: bool
    synthetic: bool
    withdrawn: str | None
    """Why it was withdrawn; None while it stands."""
    is_there: bool
    """False when its files were erased."""
    manifest_sha256: str
    fingerprint: str

    def __str__(self) -> str:
        state = "current" if self.is_current else f"withdrawn: {self.withdrawn}" if self.withdrawn else ""
        notes = [state, "synthetic" if self.synthetic else "", "" if self.is_there else "files erased"]
        return f"{'*' if self.is_current else ' '} {self.id}  {self.published_at}  {', '.join(note for note in notes if note)}".rstrip()


class Releases(Listing):
    empty = "nothing is published yet"


def releases(public: Path) -> Releases:
    """Every release that was ever published, oldest first."""
    current = _pointed_at(public)
    entries = _ledger(public)
    withdrawn: dict[str, str | None] = {}
    for entry in entries:
        if entry["event"] in ("withdrawn", "restored"):
            withdrawn[entry["release"]] = entry["why"] if entry["event"] == "withdrawn" else None
    return Releases(
        ReleaseInfo(
            id=entry["release"],
            published_at=entry["at"],
            is_current=entry["release"] == current,
            synthetic=entry["synthetic"],
            withdrawn=withdrawn.get(entry["release"]),
            is_there=(public / "releases" / entry["release"]).is_dir(),
            manifest_sha256=entry["manifest_sha256"],
            fingerprint=entry["fingerprint"],
        )
        for entry in sorted((e for e in entries if e["event"] == "published"), key=lambda e: number_of(e["release"]))
    )


def folder_of(public: Path, release: str | None = None) -> Path:
    """The folder of a release, the current one unless named. Raises UsageError when there is none."""
    wanted = release or _pointed_at(public)
    if wanted is None:
        raise UsageError("nothing is published yet", where=public.name, next_step="bymaal run")
    if not _is_release(wanted) or "/" in wanted or not (public / "releases" / wanted).is_dir():
        raise UsageError(f"no release {wanted}", where=public.name, next_step="bymaal releases lists them")
    return public / "releases" / wanted


def read_manifest(public: Path, release: str | None = None) -> dict[str, Any]:
    """The manifest of a release. Raises StorageError when it is lost or damaged."""
    path = folder_of(public, release) / MANIFEST
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StorageError(
            "the manifest is lost or damaged",
            where=f"{path.parent.name}/{MANIFEST}",
            effect="the release cannot be trusted",
            next_step="bymaal rollback RELEASE --why … points at another release",
        ) from error


# --- verify ---


@dataclass(frozen=True)
class Problem:
    """Something in a release that is not as it was published."""

    kind: Literal["altered", "missing", "extra", "manifest", "pointer", "link", "rdf"]
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.path} – {self.what}"


class Problems(Listing):
    empty = "every file is as its manifest says, every link leads somewhere, and the RDF conforms"


def verify(public: Path, release: str | None = None) -> Problems:
    """Everything in a release that is not as it was published: names each altered, missing or extra file, broken link and RDF fault.

    Raises UsageError when there is no such release.
    """
    folder = folder_of(public, release)
    found = Problems(_verify_manifest(public, folder))
    if any(problem.kind == "manifest" for problem in found):
        return found
    manifest = read_manifest(public, folder.name)
    listed = {file["path"]: file for file in manifest["files"]}
    for path, file in listed.items():
        it = folder / path
        if not it.is_file():
            found.append(Problem("missing", path, "the manifest lists it"))
        elif it.stat().st_size != file["bytes"]:
            found.append(Problem("altered", path, f"{it.stat().st_size} bytes instead of {file['bytes']}"))
        elif sha256(it) != file["sha256"]:
            found.append(Problem("altered", path, "other bytes than were published"))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    found += [Problem("extra", path, "the manifest does not list it") for path in sorted(there - set(listed) - {MANIFEST})]
    if not found:
        from catalog import rdf, site

        found += [Problem("link", link.partition(":")[0], link) for link in site.broken_links(folder)]
        found += [Problem("rdf", "catalog.ttl", said) for said in rdf.conforms(folder)]
    return found


def _verify_manifest(public: Path, folder: Path) -> Iterator[Problem]:
    """The manifest against the pointer and the ledger, which both noted its hash."""
    path = folder / MANIFEST
    if not path.is_file():
        yield Problem("manifest", MANIFEST, "is missing")
        return
    found = sha256(path)
    noted = next((info.manifest_sha256 for info in releases(public) if info.id == folder.name), None)
    if noted not in (None, found):
        yield Problem("manifest", MANIFEST, "other bytes than the ledger noted when it was published")
        return
    try:
        release = json.loads(path.read_bytes())["release"]
    except (ValueError, KeyError, TypeError):
        yield Problem("manifest", MANIFEST, "is not readable")
        return
    if release != folder.name:
        yield Problem("manifest", MANIFEST, f"belongs to release {release}")
    if _pointed_at(public) == folder.name:
        pointer = json.loads((public / POINTER).read_bytes())
        if pointer.get("sha256") != found:
            yield Problem("pointer", POINTER, "names another manifest hash")
        link = public / LINK
        if link.is_symlink() and link.readlink() != Path("releases") / folder.name:
            yield Problem("pointer", LINK, f"leads to {link.readlink().name}")


# --- roll back ---


@dataclass(frozen=True)
class RolledBack:
    """Which release readers see now, and which was withdrawn."""

    current: str
    withdrawn: str | None
    why: str

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        gone = f"; {self.withdrawn} is withdrawn: {self.why}" if self.withdrawn else ""
        return f"current release: {self.current}{gone}"


def rollback(public: Path, to: str | None = None, *, why: str, at: datetime | None = None, erase: bool = False) -> RolledBack:
    """Point readers to another release (the newest one before the current that stands, unless named) and withdraw the current one.

    The withdrawn release stays reachable unless `erase`, which deletes its files when it was withdrawn for privacy; what other releases
    share with it stays with them, so they must be erased too when they hold the same. Raises UsageError
    when there is nothing to go back to, StorageError when the release to go back to is damaged, BusyError while another publishes.
    """
    if not why.strip():
        raise UsageError("a reason is needed; readers will see it", where="--why")
    with _storage_errors(), _only_publisher(public, 0):
        at_text = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        known = releases(public)
        current = next((info for info in known if info.is_current), None)
        target = _target(known, current, to)
        damaged = [problem for problem in verify_bytes(public, target.id) if problem.kind != "pointer"]
        if damaged:
            raise StorageError(
                f"release {target.id} is damaged: {damaged[0]}", where=f"releases/{target.id}", effect="nothing was changed",
                next_step="choose another release",
            )  # fmt: skip
        _point(public, target.id, target.manifest_sha256, at_text)
        withdrawn = current.id if current and current.id != target.id else None
        if withdrawn:
            _note(public, {"event": "withdrawn", "release": withdrawn, "at": at_text, "why": why, "to": target.id, "erased": erase})
        if target.withdrawn:
            _note(public, {"event": "restored", "release": target.id, "at": at_text, "why": why})
        _relink(public, target.id)
        if erase and withdrawn:
            _remove(public / "releases" / withdrawn)
        return RolledBack(target.id, withdrawn, why)


def _target(known: Sequence[ReleaseInfo], current: ReleaseInfo | None, to: str | None) -> ReleaseInfo:
    if to is not None:
        target = next((info for info in known if info.id == to and info.is_there), None)
        if target is None:
            raise UsageError(f"no release {to}", where="rollback", next_step="bymaal releases lists them")
    else:
        number = number_of(current.id) if current else 0
        earlier = [info for info in known if info.is_there and not info.withdrawn and (current is None or number_of(info.id) < number)]
        if not earlier:
            raise UsageError("there is no earlier release to go back to", where="rollback", next_step="bymaal releases lists them")
        target = earlier[-1]
    if current and target.synthetic and not current.synthetic:
        raise UsageError(f"release {target.id} is synthetic and cannot replace real data", where="rollback")
    return target


def verify_bytes(public: Path, release: str) -> Problems:
    """The part of `verify` that reads files and nothing else: quick enough to stand before a rollback."""
    folder = folder_of(public, release)
    found = Problems(_verify_manifest(public, folder))
    if found:
        return found
    for file in read_manifest(public, release)["files"]:
        it = folder / file["path"]
        if not it.is_file() or sha256(it) != file["sha256"]:
            found.append(Problem("altered", file["path"], "missing or other bytes than were published"))
    return found


# --- compare ---


@dataclass(frozen=True, slots=True)
class Change:
    """One observation that differs between two releases. Values are None where a release has none."""

    kind: Literal["added", "revised", "withdrawn"]
    indicator: str
    ref_area: str
    time_period: str
    breakdown: str
    old_value: Decimal | None
    new_value: Decimal | None
    old_status: str | None
    new_status: str | None


@dataclass(frozen=True)
class DatasetChange:
    """What happened to one dataset between two releases, counted in rows by key."""

    dataset: str
    what: Literal["added", "withdrawn", "changed"]
    added: int
    revised: int
    withdrawn: int
    columns_added: tuple[str, ...] = ()
    columns_withdrawn: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is withheld in the new release."""


@dataclass(frozen=True)
class Diff:
    """Everything that changed from one release to another."""

    old: str
    new: str
    observations: tuple[Change, ...]
    datasets: tuple[DatasetChange, ...]
    methods: tuple[str, ...]
    """Indicators whose formula changed."""

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """The changed observations as rows of a table."""
        return [asdict(change) for change in self.observations]

    def as_text(self) -> str:
        counts = {kind: sum(change.kind == kind for change in self.observations) for kind in ("added", "revised", "withdrawn")}
        lines = [f"{self.old} → {self.new}", "observations: " + ", ".join(f"{number:,} {kind}" for kind, number in counts.items())]
        per_indicator: dict[str, list[int]] = {}
        for change in self.observations:
            per_indicator.setdefault(change.indicator, [0, 0, 0])[("added", "revised", "withdrawn").index(change.kind)] += 1
        lines += [f"  {it}: {a:,} added, {r:,} revised, {w:,} withdrawn" for it, (a, r, w) in sorted(per_indicator.items())]
        lines += [f"  method changed: {indicator}" for indicator in self.methods]
        for it in self.datasets:
            columns = "".join(f", column {c} added" for c in it.columns_added) + "".join(f", column {c} gone" for c in it.columns_withdrawn)
            rows = f"{it.added:,} rows added, {it.revised:,} revised, {it.withdrawn:,} withdrawn"
            lines.append(f"dataset {it.dataset} {it.what}: {rows}{columns}{'; ' + '; '.join(it.reasons) if it.reasons else ''}")
        for change in [change for change in self.observations if change.kind == "revised"][:20]:
            where = f"{change.indicator} {change.ref_area} {change.time_period} {change.breakdown}".rstrip()
            lines.append(f"  {where}: {_shown(change.old_value, change.old_status)} → {_shown(change.new_value, change.new_status)}")
        if counts["revised"] > 20:
            lines.append(f"  and {counts['revised'] - 20:,} more revisions")
        return "\n".join(lines)


def _shown(value: Decimal | None, status: str | None) -> str:
    return f"({status})" if value is None else format(value.normalize(), "f")


def diff(public: Path, old: str, new: str) -> Diff:
    """What changed between two releases: observations one by one, datasets by number of rows, formulas by name."""
    from catalog.duck import connect, parquet

    before, after = folder_of(public, old), folder_of(public, new)
    said_before, said_after = read_manifest(public, old)["parts"], read_manifest(public, new)["parts"]
    with connect() as con:
        observations = con.execute(
            f"""select
              case when old.indicator is null then 'added' when new.indicator is null then 'withdrawn' else 'revised' end as kind,
              indicator,
              ref_area,
              time_period,
              breakdown,
              old.obs_value,
              new.obs_value,
              old.obs_status,
              new.obs_status
            from {parquet([before / "indicators" / "observations.parquet"])} as old
            full join {parquet([after / "indicators" / "observations.parquet"])} as new
              using (indicator, ref_area, time_period, breakdown)
            where old.indicator is null
              or new.indicator is null
              or old.obs_value is distinct from new.obs_value
              or old.obs_status is distinct from new.obs_status
            order by indicator, ref_area, time_period, breakdown"""
        ).fetchall()
        changes = [
            _dataset_change(con, part.removeprefix("data/"), before, after, said_before.get(part), said_after.get(part))
            for part in sorted({*said_before, *said_after})
            if part.startswith("data/")
        ]
    methods = [
        part.removeprefix("indicators/")
        for part, said in sorted(said_after.items())
        if part.startswith("indicators/") and part in said_before and said["method"] != said_before[part]["method"]
    ]
    return Diff(old, new, tuple(Change(*row) for row in observations), tuple(c for c in changes if c), tuple(methods))


def _dataset_change(con: Any, dataset: str, before: Path, after: Path, was: Any, now: Any) -> DatasetChange | None:
    """None when nothing changed. Rows are compared by the newer key, over the columns that both releases have."""
    from catalog.duck import name, parquet

    published_before, published_now = bool(was and was["is_published"]), bool(now and now["is_published"])
    if not published_before and not published_now:
        return None
    if not published_before:
        return DatasetChange(dataset, "added", now["rows"], 0, 0)
    if not published_now:
        return DatasetChange(dataset, "withdrawn", 0, 0, was["rows"], reasons=tuple(now["reasons"]) if now else ())
    if was["fingerprint"] == now["fingerprint"]:
        return None
    columns_before, columns_now = [c for c, _ in was["columns"]], [c for c, _ in now["columns"]]
    added = tuple(c for c in columns_now if c not in columns_before)
    gone = tuple(c for c in columns_before if c not in columns_now)
    shared = [c for c in columns_now if c in columns_before]
    key = [k for k in now["key"] if k in shared]
    differs = " or ".join(f"old.{name(c)} is distinct from new.{name(c)}" for c in shared if c not in key) or "false"
    counts = con.execute(
        f"""select
          count(*) filter (old._there is null),
          count(*) filter (old._there and new._there and ({differs})),
          count(*) filter (new._there is null)
        from (select *, true as _there from {parquet([before / "data" / dataset / f"{dataset}.parquet"])}) as old
        full join (select *, true as _there from {parquet([after / "data" / dataset / f"{dataset}.parquet"])}) as new
          on {" and ".join(f"old.{name(k)} is not distinct from new.{name(k)}" for k in key)}"""
    ).fetchone()
    rows_added, revised, withdrawn = counts
    if not (rows_added or revised or withdrawn or added or gone):
        return None
    return DatasetChange(dataset, "changed", rows_added, revised, withdrawn, added, gone)
