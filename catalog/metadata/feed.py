"""What happened to releases, beside them: Atom feeds for people, JSON for programs, Turtle for harvesters. Made from the ledger alone.

A release never changes, so that one was withdrawn can only be told outside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from catalog.metadata.dcat_terms import ADMS, DCAT, DCT, PREFIXES, XSD
from catalog.metadata.statements import TYPE, Iri, Said, Statements, turtle
from catalog.model import LANGUAGES
from catalog.releases.ledger import Releases, read_manifest, releases

TITLES = {"nb": "Utgaver", "nn": "Utgåver", "en": "Releases"}
RELEASE = {"nb": "Utgave", "nn": "Utgåve", "en": "Release"}
WITHDRAWN = {"nb": "Trukket tilbake", "nn": "Trekt tilbake", "en": "Withdrawn"}
ERASED = {"nb": "Filene er slettet.", "nn": "Filene er sletta.", "en": "The files are deleted."}
FIRST = {"nb": "Første utgave.", "nn": "Første utgåve.", "en": "First release."}
STATUS = "http://publications.europa.eu/resource/authority/dataset-status/"


def files(public: Path) -> dict[str, bytes]:
    """File name → content: `releases.<language>.atom`, `releases.json`, `releases.ttl`. None before the first release."""
    known = releases(public)
    manifests = {info.id: read_manifest(public, info.id) for info in known if info.is_there}
    catalogue = next((said["catalogue"] for said in reversed(manifests.values()) if "catalogue" in said), None) or _told_before(public)
    if catalogue is None:
        return {}
    notes = {release: said.get("notes") for release, said in manifests.items()}
    return {
        **{f"releases.{language}.atom": _atom(known, notes, catalogue, language) for language in LANGUAGES},
        "releases.json": _json(known, notes, catalogue),
        "releases.ttl": _turtle(known, catalogue["base_uri"]),
    }


def _told_before(public: Path) -> dict[str, Any] | None:
    """Whose releases they are, as it was told before the last of them was erased."""
    path = public / "releases.json"
    return json.loads(path.read_bytes())["catalogue"] if path.is_file() else None


def _atom(known: Releases, notes: dict[str, Any], catalogue: dict[str, Any], language: str) -> bytes:
    """An Atom feed, newest first. A withdrawal changes the entry of its release."""
    base, title = catalogue["base_uri"], f"{catalogue['title'][language]}: {TITLES[language].lower()}"
    updated = max(info.changed_at for info in known)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">',
        f"  <id>{escape(base)}releases.{language}.atom</id>",
        f"  <title>{escape(title)}</title>",
        f"  <updated>{updated}</updated>",
        f'  <link rel="self" type="application/atom+xml" href={quoteattr(f"{base}releases.{language}.atom")}/>',
        f'  <link rel="alternate" type="text/html" href={quoteattr(f"{base}current/site/{language}/")}/>',
        f"  <author><name>{escape(catalogue['publisher'][language])}</name></author>",
    ]
    for info in reversed(known):
        note = notes.get(info.id) or FIRST
        said = [f"{WITHDRAWN[language]}: {info.withdrawn}"] if info.withdrawn else []
        said += [ERASED[language]] if info.erased else [note[language]]
        address = f"{base}releases/{info.id}/site/{language}/"
        lines += [
            "  <entry>",
            f"    <id>{escape(base)}releases/{info.id}/</id>",
            f"    <title>{RELEASE[language]} {info.id}{f' – {WITHDRAWN[language].lower()}' if info.withdrawn else ''}</title>",
            f"    <published>{info.published_at}</published>",
            f"    <updated>{info.changed_at}</updated>",
            *([f'    <link rel="alternate" type="text/html" href={quoteattr(address)}/>'] if info.is_there else []),
            f"    <summary>{escape(' '.join(said))}</summary>",
            "  </entry>",
        ]
    return ("\n".join([*lines, "</feed>"]) + "\n").encode()


def _json(known: Releases, notes: dict[str, Any], catalogue: dict[str, Any]) -> bytes:
    told = [
        {
            "release": info.id,
            "published_at": info.published_at,
            "current": info.is_current,
            "synthetic": info.synthetic,
            "withdrawn": info.withdrawn,
            "there": info.is_there,
            "erased": info.erased,
            "manifest_sha256": info.manifest_sha256,
            "signed": info.signed,
            "notes": notes.get(info.id),
        }
        for info in reversed(known)
    ]
    return json.dumps({"catalogue": catalogue, "releases": told}, indent=1, ensure_ascii=False).encode() + b"\n"


def _turtle(known: Releases, base: str) -> bytes:
    """The state of every member of the series of releases, under the addresses that the catalogue gives them."""
    said = Statements()
    for info in known:
        member = f"{base}series/observations/{info.id}"
        said.add(member, TYPE, DCAT.Dataset)
        said.add(member, DCAT.inSeries, Iri(f"{base}series/observations"))
        said.add(member, DCAT.version, Said(info.id))
        said.add(member, DCT.modified, Said(info.changed_at, "", XSD.dateTime))
        if info.withdrawn:
            said.add(member, ADMS.status, Iri(STATUS + "WITHDRAWN"))
            for language in LANGUAGES:
                said.add(member, ADMS.versionNotes, Said(f"{WITHDRAWN[language]}: {info.withdrawn}", language))
    return "".join(turtle(PREFIXES).parts(said)).encode()
