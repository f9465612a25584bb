"""The list of everything in a release: every file with size and hash, what it was made from, what was tried on it."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.building.draft import Draft, Files
from catalog.building.gates import Gate, promised
from catalog.hashes import sha256
from catalog.model import Text

MANIFEST = "manifest.json"


def list_files(folder: Path, hashed: Mapping[str, str], described: Files) -> list[dict[str, Any]]:
    """Every file below a folder with size, SHA-256 and media type, by path. `hashed` are hashes that are known already."""
    known = {distribution.path: distribution for found in described.values() for distribution in found}
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder).as_posix()
        entry: dict[str, Any] = {
            "path": relative,
            "bytes": path.stat().st_size,
            "sha256": hashed.get(relative) or sha256(path),
            "media_type": known[relative].media_type if relative in known else media_type(path),
        }
        if relative in known:
            entry |= {"format": known[relative].format, "rows": known[relative].rows}
        files.append(entry)
    return files


def media_type(path: Path) -> str:
    """The media type of a file that is no distribution, by its ending."""
    own = {
        ".duckdb": "application/vnd.duckdb",
        ".parquet": "application/vnd.apache.parquet",
        ".ttl": "text/turtle",
        ".jsonld": "application/ld+json",
        ".rdf": "application/rdf+xml",
        ".json": "application/json",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
        ".svg": "image/svg+xml",
        ".atom": "application/atom+xml",
        ".xml": "application/xml",
        ".html": "text/html",
        ".css": "text/css",
        ".csv": "text/csv",
        ".txt": "text/plain",
    }
    return own.get(path.suffix) or mimetypes.guess_type(path.name, strict=True)[0] or "application/octet-stream"


def compose(
    draft: Draft, files: list[dict[str, Any]], gates: Sequence[Gate], held_back: Mapping[str, Text], notes: Text | None
) -> dict[str, Any]:
    from catalog.metadata import rdf

    publication = draft.publication
    checks = [check for state in publication.datasets for check in state.checks]
    return {
        "release": draft.release,
        "catalogue": {
            "title": publication.catalog.title.model_dump(),
            "publisher": publication.catalog.publisher.name.model_dump(),
            "base_uri": publication.catalog.base_uri,
        },
        "notes": notes.model_dump() if notes else None,
        "synthetic": publication.synthetic,
        "software_version": publication.software_version,
        "built_at": publication.built_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fingerprint": draft.plan.whole,
        "inputs": [
            {
                "dataset": s.dataset,
                "format": s.format,
                "sha256": s.sha256,
                "bytes": s.size,
                "period": s.period,
                "retrieved_on": str(s.retrieved_on) if s.retrieved_on else None,
            }
            for state in publication.datasets
            for s in sorted(state.snapshots, key=lambda s: (s.delivered_at, s.format, s.source_url))
        ],
        "checks": {
            "declared": sum(len(promised(state.dataset)) for state in publication.datasets if draft.ethics[state.dataset.id].is_published),
            "run": len(checks),
            "passed": sum(check.success for check in checks),
            "failed": sum(not check.success for check in checks),
            "raised": sum(check.error is not None for check in checks),
        },
        "gates": [{"gate": gate.id, "looked_at": gate.looked_at, "passed": gate.is_open} for gate in gates],
        "withheld": {
            it: [reason.en for reason in record.reasons]
            for it, record in draft.ethics.items()
            if not record.is_published and record.kind == "datasets"
        },
        "withheld_indicators": {indicator: reason.en for indicator, reason in sorted(held_back.items())},
        "parts": draft.parts,
        "rdf": rdf.fingerprints(draft.folder, draft.release),
        "files": files,
    }
