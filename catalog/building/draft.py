"""A release as it grows in its folder: its files so far, and what is taken over from the release before.

Where nothing changed since the release before, its files are linked instead of written, so that publishing costs what changed.
The steps that fill a draft are in `build.py`; how a finished folder becomes the current release is the business of `release.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from catalog.building.plan import Before, Plan
from catalog.database import Gap, Stored
from catalog.described import Distribution
from catalog.ethics.record import EthicsRecord
from catalog.hashes import link_or_copy, sha256
from catalog.publication import Publication

Files = dict[str, list[Distribution]]


@dataclass
class Draft:
    """A release as it grows: its files so far, the records, and what each part was made from."""

    publication: Publication
    release: str
    folder: Path
    plan: Plan
    before: Before | None
    con: duckdb.DuckDBPyConnection
    secrets: tuple[str, ...] = ()
    files: Files = field(default_factory=dict)
    ethics: dict[str, EthicsRecord] = field(default_factory=dict)
    """The records by id: of every dataset, then of every indicator that was judged."""
    limits: dict[str, dict[str, int]] = field(default_factory=dict)
    """Indicator → the smallest group that its numerator and denominator may show, where they count people."""
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: list[Stored] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    linked: dict[str, str] = field(default_factory=dict)
    """Files taken over from the release before, with the hash they were found to have."""


def part_before(draft: Draft, key: str) -> Mapping[str, Any] | None:
    """What the release before says about a part that has not changed since."""
    part = draft.before.manifest["parts"].get(key) if draft.before else None
    return part if part and part["fingerprint"] == draft.plan.parts[key] else None


def take_over(draft: Draft, key: str) -> list[Distribution]:
    """Link the files of an unchanged part from the release before; none at all when any of them is not what its manifest says."""
    if draft.before is None or part_before(draft, key) is None:
        return []
    found = [file for path, file in draft.before.files.items() if path.startswith(f"{key}/") and file.get("format") not in (None, "ethics")]
    hashes: dict[str, str] = {}
    for file in found:
        old, new = draft.before.folder / file["path"], draft.folder / file["path"]
        if not old.is_file() or sha256(old) != file["sha256"]:
            for path in hashes:
                (draft.folder / path).unlink()
            return []
        new.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(old, new)
        hashes[file["path"]] = file["sha256"]
    draft.linked |= hashes
    return [Distribution(f["path"], f["media_type"], f["format"], f["bytes"], f["sha256"], f.get("rows")) for f in found]


def one_number(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] = ()) -> int:
    row = con.execute(sql, values).fetchone()
    assert row is not None
    return int(row[0])
