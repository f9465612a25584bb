"""Whether a release is still as it was published: names every altered, missing or extra file, broken link and RDF fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from catalog.hashes import sha256
from catalog.releases import signing
from catalog.releases.ledger import LINK, MANIFEST, POINTER, Listing, folder_of, pointed_at, read_manifest, releases

if TYPE_CHECKING:
    from catalog.metadata.score import Scores


@dataclass(frozen=True)
class Problem:
    """Something in a release that is not as it was published."""

    kind: Literal["altered", "missing", "extra", "manifest", "signature", "pointer", "link", "rdf"]
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.path} – {self.what}"


class Problems(Listing):
    empty = "every file is as its manifest says, every link leads somewhere, and the RDF conforms"


def verify(public: Path, release: str | None = None, *, signers: Path | None = None) -> Problems:
    """Everything in a release that is not as it was published: names each altered, missing or extra file, broken link and RDF fault.

    The manifest's signature is checked against `signers`, a file of keys that the reader trusts, else against the keys that lie beside
    the releases. Raises UsageError when there is no such release.
    """
    folder = folder_of(public, release)
    found = Problems(_verify_manifest(public, folder))
    if any(problem.kind == "manifest" for problem in found):
        return found
    found += _verify_signature(public, folder, signers)
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
    found += [
        Problem("extra", path, "the manifest does not list it") for path in sorted(there - set(listed) - {MANIFEST, signing.SIGNATURE})
    ]
    if not found:
        from catalog import site
        from catalog.metadata import rdf

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
    if pointed_at(public) == folder.name:
        pointer = json.loads((public / POINTER).read_bytes())
        if pointer.get("sha256") != found:
            yield Problem("pointer", POINTER, "names another manifest hash")
        link = public / LINK
        if link.is_symlink() and link.readlink() != Path("releases") / folder.name:
            yield Problem("pointer", LINK, f"leads to {link.readlink().name}")


def _verify_signature(public: Path, folder: Path, signers: Path | None) -> Iterator[Problem]:
    """The signature, where there is one or the reader demands one by naming whom to trust."""
    if not (folder / signing.SIGNATURE).is_file():
        if signers is not None or any(info.id == folder.name and info.signed for info in releases(public)):
            yield Problem("signature", signing.SIGNATURE, "is missing")
        return
    if said := signing.fault(folder / MANIFEST, signers or public / signing.SIGNERS):
        yield Problem("signature", signing.SIGNATURE, said)


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


def score(public: Path, release: str | None = None) -> Scores:
    """Every dataset of a release in both portals' scores, read from its RDF; an address answers when its file is there."""
    from catalog.metadata import rdf
    from catalog.metadata.dcat_terms import DCAT
    from catalog.metadata.score import score as scored
    from catalog.metadata.statements import TYPE

    folder = folder_of(public, release)
    said = rdf.read(folder)
    base = next(subject for subject in said.about if said.has(subject, TYPE, DCAT.Catalog)).removesuffix("catalog")
    ways = (f"{base}releases/{folder.name}/", f"{base}current/")

    def answers(address: str) -> bool:
        path = next((address.removeprefix(way) for way in ways if address.startswith(way)), None)
        other = address.removeprefix(f"{base}releases/") if path is None and address.startswith(f"{base}releases/") else None
        there = folder / unquote(path) if path is not None else public / "releases" / unquote(other) if other is not None else None
        return there is not None and there.is_file()

    return scored(said, folder.name, answers=answers, faults=rdf.conforms(folder))
