"""What was ever published: the pointer that names the current release, and the ledger of everything that happened to releases.

`current.json` is replaced, never edited; lines of `releases.jsonl` are added, never changed.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from catalog.errors import StorageError, UsageError
from catalog.hashes import sha256

POINTER = "current.json"
LINK = "current"
LEDGER = "releases.jsonl"
MANIFEST = "manifest.json"


class Listing(list):
    """A list that tells itself line by line to people and as records to machines."""

    empty = "nothing"

    def as_text(self) -> str:
        return "\n".join(str(item) for item in self) or self.empty

    def as_record(self) -> list[dict[str, Any]]:
        return [asdict(item) for item in self]


def is_release(folder: str) -> bool:
    day, _, number = folder.rpartition(".")
    return number.isdigit() and len(day) == 10 and not folder.startswith(".")


def number_of(release: str) -> int:
    """The running number of a release, by which releases are ordered."""
    return int(release.rpartition(".")[2])


def flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, content: bytes) -> None:
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
    flush_folder(path.parent)


def pointed_at(public: Path) -> str | None:
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


def entries(public: Path) -> list[dict[str, Any]]:
    """What happened to releases, oldest first. Raises StorageError, with the line, when the ledger is damaged."""
    path = public / LEDGER
    found = []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines() if path.is_file() else (), start=1):
        if (entry := _entry(line)) is None:
            raise StorageError(
                "the ledger of releases is damaged", where=f"{LEDGER}, line {number}",
                effect="nothing is published or withdrawn; readers still see the current release",
                next_step="bymaal releases --mend writes it anew from what is readable and from the releases themselves",
            )  # fmt: skip
        found.append(entry)
    return found


NEEDED = {
    "started": {"at"},
    "published": {"at", "manifest_sha256", "fingerprint", "synthetic"},
    "withdrawn": {"at", "why"},
    "restored": {"at"},
    "erased": {"at", "why"},
    "expired": {"at"},
    "cited": {"at", "why"},
}
"""What each kind of line tells besides the event and the release."""


def _entry(line: str) -> dict[str, Any] | None:
    """One line of the ledger; None when it is not one."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("release"), str):
        return None
    return entry if NEEDED.get(entry.get("event", ""), {"?"}) <= entry.keys() else None


TOLD = ("published", "withdrawn", "restored", "erased")
"""The events that readers are told of."""


@dataclass(frozen=True)
class Mended:
    """What was made of a damaged ledger."""

    kept: int
    unreadable: int
    added: tuple[str, ...]
    """Releases that lie there without a line, and have one now."""

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lost = f", {self.unreadable} unreadable lines kept beside it in {LEDGER}.damaged" if self.unreadable else ""
        return f"{self.kept} lines kept, {len(self.added)} releases added{lost}"


def mend(public: Path) -> Mended:
    """Write the ledger anew: every readable line, and one for each release that lies there without any.

    What cannot be read is not thrown away: the damaged file stays beside the new one. A withdrawal whose line is lost has to be made
    again, because nothing else knows of it.
    """
    path = public / LEDGER
    before = path.read_bytes() if path.is_file() else b""
    lines = before.decode("utf-8", "replace").splitlines()
    kept = [entry for line in lines if (entry := _entry(line)) is not None]
    known = {entry["release"] for entry in kept if entry["event"] == "published"}
    gone = {entry["release"] for entry in kept if entry["event"] in ("erased", "expired")}
    added = []
    there = (public / "releases").iterdir() if (public / "releases").is_dir() else ()
    for folder in sorted((folder for folder in there if is_release(folder.name)), key=lambda folder: number_of(folder.name)):
        if folder.name not in known | gone:
            manifest = read_manifest(public, folder.name)
            added.append(published(folder, manifest, manifest["built_at"]))
    if len(kept) < len(lines):
        write(path.with_name(f"{LEDGER}.damaged"), before)
    write(path, b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in (*kept, *added)))
    return Mended(len(kept), len(lines) - len(kept), tuple(entry["release"] for entry in added))


def published(folder: Path, manifest: dict[str, Any], at: str) -> dict[str, Any]:
    """The line of a release that was published."""
    return {
        "event": "published",
        "release": folder.name,
        "at": at,
        "manifest_sha256": sha256(folder / MANIFEST),
        "fingerprint": manifest["fingerprint"],
        "synthetic": manifest["synthetic"],
        "signed": (folder / f"{MANIFEST}.sig").is_file(),
    }


def note(public: Path, entry: dict[str, Any]) -> None:
    """Add one line to the ledger; earlier lines never change."""
    path = public / LEDGER
    before = path.read_bytes() if path.is_file() else b""
    write(path, before + json.dumps(entry, ensure_ascii=False).encode() + b"\n")


@dataclass(frozen=True)
class ReleaseInfo:
    """One release as the ledger knows it."""

    id: str
    published_at: str
    changed_at: str
    """When something last happened to it: published, withdrawn, restored, erased."""
    is_current: bool
    synthetic: bool
    withdrawn: str | None
    """Why it was withdrawn; None while it stands."""
    is_there: bool
    """False when its files were erased, or removed when their time was over."""
    erased: bool
    """True when its files were deleted for privacy; whoever asks for them is told that they are gone."""
    cited: bool
    """True when somebody relies on it, so that it is never removed."""
    manifest_sha256: str
    fingerprint: str
    signed: bool

    def __str__(self) -> str:
        state = "current" if self.is_current else f"withdrawn: {self.withdrawn}" if self.withdrawn else ""
        files = "" if self.is_there else "files erased" if self.erased else "files removed"
        notes = [state, "synthetic" if self.synthetic else "", "signed" if self.signed else "", "cited" if self.cited else "", files]
        return f"{'*' if self.is_current else ' '} {self.id}  {self.published_at}  {', '.join(note for note in notes if note)}".rstrip()


class Releases(Listing):
    empty = "nothing is published yet"


def releases(public: Path) -> Releases:
    """Every release that was ever published, oldest first."""
    current = pointed_at(public)
    happened = entries(public)
    told = {(entry["event"], entry["release"]) for entry in happened}
    withdrawn: dict[str, str | None] = {}
    for entry in happened:
        if entry["event"] in ("withdrawn", "restored"):
            withdrawn[entry["release"]] = entry["why"] if entry["event"] == "withdrawn" else None
    return Releases(
        ReleaseInfo(
            id=entry["release"],
            published_at=entry["at"],
            changed_at=max(other["at"] for other in happened if other["release"] == entry["release"] and other["event"] in TOLD),
            is_current=entry["release"] == current,
            synthetic=entry["synthetic"],
            withdrawn=withdrawn.get(entry["release"]),
            is_there=(public / "releases" / entry["release"]).is_dir(),
            erased=("erased", entry["release"]) in told,
            cited=("cited", entry["release"]) in told,
            manifest_sha256=entry["manifest_sha256"],
            fingerprint=entry["fingerprint"],
            signed=entry.get("signed", False),
        )
        for entry in sorted((e for e in happened if e["event"] == "published"), key=lambda e: number_of(e["release"]))
    )


def folder_of(public: Path, release: str | None = None) -> Path:
    """The folder of a release, the current one unless named. Raises UsageError when there is none."""
    wanted = release or pointed_at(public)
    if wanted is None:
        raise UsageError("nothing is published yet", where=public.name, next_step="bymaal run")
    if not is_release(wanted) or "/" in wanted or not (public / "releases" / wanted).is_dir():
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
