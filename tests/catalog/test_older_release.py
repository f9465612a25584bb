"""A release that older software has published: the next one is built upon it, and it stays as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from catalog.hashes import sha256
from catalog.publication import Publication
from catalog.releases.changes import diff
from catalog.releases.ledger import LEDGER, MANIFEST, POINTER, releases
from catalog.releases.release import publish
from catalog.releases.verify import verify_bytes
from tests.catalog.test_release import plain_pages

__all__ = ["plain_pages"]

FIRST = {"sha256", "rows", "findings", "min_group", "small", "hidden", "population_coverage", "coverage_gap", "unique_traces"}
"""What the first version measured; everything else came later."""


def made_older(public: Path, release: str) -> None:
    """Take out of a release what its software did not tell at first, with its hash noted anew where releases are listed."""
    manifest = public / "releases" / release / MANIFEST
    said = json.loads(manifest.read_bytes())
    for part in said["parts"].values():
        if part.get("measured"):
            part["measured"] = {key: value for key, value in part["measured"].items() if key in FIRST}
        part.pop("formula", None)
        part["fingerprint"] = "of older software"
    folder = manifest.parent
    folder.chmod(0o755)
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(said), "utf-8")
    manifest.chmod(0o444)
    folder.chmod(0o555)
    pointer = json.loads((public / POINTER).read_bytes())
    (public / POINTER).write_text(json.dumps(pointer | {"sha256": sha256(manifest)}), "utf-8")
    lines = [json.loads(line) for line in (public / LEDGER).read_text("utf-8").splitlines()]
    for line in lines:
        line.pop("signed", None)
        if "manifest_sha256" in line:
            line["manifest_sha256"] = sha256(manifest)
    (public / LEDGER).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def test_a_release_is_built_upon_one_of_older_software(
    build_publication: Callable[..., Publication], plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    old = publish(build_publication(tmp_path / "a"), public).id
    made_older(public, old)
    before = {path: (sha256(path), path.stat().st_mode) for path in (public / "releases" / old).rglob("*") if path.is_file()}

    new = publish(build_publication(tmp_path / "b", value="29.1"), public)

    assert new.is_new and not verify_bytes(public, new.id) and not verify_bytes(public, old)
    assert {path: (sha256(path), path.stat().st_mode) for path in before} == before
    assert [(it.id, it.is_current, it.signed) for it in releases(public)] == [(old, False, False), (new.id, True, False)]
    changed = diff(public, old, new.id)
    assert [it.kind for it in changed.observations] == ["revised"] and changed.methods == ()
