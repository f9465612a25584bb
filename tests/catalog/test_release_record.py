"""What is told beside releases: what changed, how to cite, who signed, what was withdrawn, erased or removed; and a damaged ledger."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyoxigraph
import pytest
import yaml

from catalog.building import build as building
from catalog.errors import StorageError, UsageError
from catalog.publication import Publication
from catalog.releases.changes import diff
from catalog.releases.ledger import mend, read_manifest, releases
from catalog.releases.release import publish
from catalog.releases.rollback import cite, rollback
from catalog.releases.verify import verify
from tests.catalog.test_release import assert_whole, current, later, plain_pages, small_content, spoil, tree

__all__ = ["plain_pages", "small_content"]

Build = Callable[..., Publication]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def two(build_publication: Build, plain_pages: object, tmp_path: Path) -> Path:
    """A public folder with two releases, in the second of which a value of the air differs."""
    public = tmp_path / "public"
    publish(build_publication(tmp_path / "a"), public)
    publish(later(build_publication(tmp_path / "b", value="29.1")), public)
    return public


# --- what changed, and how to cite ---


def test_a_release_tells_what_changed_since_the_one_before_as_tables_and_in_words(two: Path) -> None:
    ids = [info.id for info in releases(two)]
    told = diff(two, *ids)
    folder = two / "releases" / ids[1] / "changes"
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["kind"], row["indicator"], row["old_value"], row["new_value"]) for row in rows] == [
        (it.kind, it.indicator, format(it.old_value.normalize(), "f") if it.old_value is not None else "",
         format(it.new_value.normalize(), "f") if it.new_value is not None else "") for it in told.observations
    ]  # fmt: skip
    assert rows, "something did change"
    record = json.loads((folder / "changes.json").read_bytes())
    assert record["summary"] == told.summary().model_dump() == read_manifest(two)["notes"]
    assert set(record["notes"]) == {it.indicator for it in told.observations} | {it.dataset for it in told.datasets}
    assert read_manifest(two, ids[0])["notes"] is None, "the first has nothing to compare with"
    assert not (two / "releases" / ids[0] / "changes").exists()


def test_a_release_can_be_cited_in_three_formats_that_readers_of_theirs_accept(two: Path) -> None:
    folder = two / "releases" / current(two)
    cff = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    assert cff["version"] == current(two) and cff["license"] == "CC-BY-4.0" and cff["cff-version"] == "1.2.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", cff["date-released"]) and cff["authors"][0]["name"]
    csl = json.loads((folder / "citation.json").read_text("utf-8"))
    bibtex = re.findall(r"^@misc\{([^,]+),\n((?:  \w+ = \{.*\},\n)+)\}$", (folder / "citation.bib").read_text("utf-8"), re.M)
    assert [entry["id"] for entry in csl] == [key for key, _ in bibtex]
    parts = read_manifest(two)["parts"]
    published = [part.removeprefix("data/") for part, said in parts.items() if part.startswith("data/") and said.get("is_published")]
    assert len(csl) == 1 + len(published), "the catalogue, and every dataset whose files are there"
    for entry in csl:
        assert entry["type"] == "dataset" and current(two) in entry["URL"] and entry["version"] == current(two)
    for _, fields in bibtex:
        assert fields.count("{") == fields.count("}")


ATOM = "{http://www.w3.org/2005/Atom}"


def entries_of(public: Path, language: str) -> dict[str, ET.Element]:
    feed = ET.fromstring((public / f"releases.{language}.atom").read_bytes())
    for needed in ("id", "title", "updated", "author"):
        assert feed.find(ATOM + needed) is not None, needed
    for entry in feed.findall(ATOM + "entry"):
        for needed in ("id", "title", "updated", "summary"):
            element = entry.find(ATOM + needed)
            assert element is not None and element.text, needed
    return {str(entry.findtext(ATOM + "id")).rstrip("/").rsplit("/", 1)[-1]: entry for entry in feed.findall(ATOM + "entry")}


def test_feeds_in_three_languages_tell_of_releases_newest_first_and_of_withdrawals(two: Path) -> None:
    first, second = (info.id for info in releases(two))
    assert list(entries_of(two, "en")) == [second, first]
    assert "new" in str(entries_of(two, "en")[second].findtext(ATOM + "summary"))
    rollback(two, why="Wrong unit <script>", at=NOW)
    for language, word in (("nb", "Trukket tilbake"), ("nn", "Trekt tilbake"), ("en", "Withdrawn")):
        entry = entries_of(two, language)[second]
        assert str(entry.findtext(ATOM + "summary")).startswith(f"{word}: Wrong unit <script>")
        assert entry.findtext(ATOM + "updated") == "2026-11-25T12:00:00Z"
    told = {it["release"]: it for it in json.loads((two / "releases.json").read_bytes())["releases"]}
    assert told[second]["withdrawn"] == "Wrong unit <script>" and told[first]["current"]
    said = list(pyoxigraph.parse(path=str(two / "releases.ttl"), format=pyoxigraph.RdfFormat.TURTLE))
    status = [quad.subject.value for quad in said if quad.predicate.value == "http://www.w3.org/ns/adms#status"]
    assert len(status) == 1 and status[0].endswith(f"/series/observations/{second}")


def test_what_was_withdrawn_is_told_in_the_catalogue_of_the_next_release(build_publication: Build, two: Path, tmp_path: Path) -> None:
    rollback(two, why="Wrong unit", at=NOW)
    seen: list[tuple[str, str | None]] = []
    real = building.build

    def build(publication: Publication, *args: object, **more: object) -> object:
        seen.extend((vintage.release, vintage.withdrawn) for vintage in publication.vintages)
        return real(publication, *args, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "build", build)
        publish(later(build_publication(tmp_path / "c", value="30.1")), two)
    assert seen == [("2026-11-23.1", None), ("2026-11-24.2", "Wrong unit")]


# --- signatures ---


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two OpenSSH keys."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ours", "others"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    return folder / "ours", folder / "others"


def test_a_signed_manifest_is_checked_by_anyone_with_openssh_alone(
    build_publication: Build, plain_pages: object, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    publication, public = build_publication(tmp_path / "a"), tmp_path / "public"
    publish(publication, public, signing_key=keys[0])
    folder = public / "releases" / current(public)
    assert verify(public) == []
    checked = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", str(public / "allowed_signers"), "-I", publication.catalog.contact.email,
         "-n", "bymaal-release", "-s", str(folder / "manifest.json.sig")],
        input=(folder / "manifest.json").read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0
    twice = tmp_path / "twice"
    publish(publication, twice, signing_key=keys[0])
    assert tree(folder) == tree(twice / "releases" / current(twice)), "the same bytes, signature and all"


def test_verify_tells_a_wrong_absent_or_foreign_signature(
    build_publication: Build, plain_pages: object, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    public = tmp_path / "public"
    publish(build_publication(tmp_path / "a"), public, signing_key=keys[0])
    signature = public / "releases" / current(public) / "manifest.json.sig"
    trusted = tmp_path / "trusted"
    trusted.write_text('us@example.org namespaces="bymaal-release" ' + keys[1].with_suffix(".pub").read_text())

    def said() -> list[str]:
        return [problem.what for problem in verify(public) if problem.kind == "signature"]

    assert [p.kind for p in verify(public, signers=trusted)][:1] == ["signature"], "a key that the reader does not trust"
    good = signature.read_bytes()
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(keys[1]), "-n", "bymaal-release", str(tmp_path / "trusted")], check=True)
    spoil(signature, (tmp_path / "trusted.sig").read_bytes())
    assert said() == ["is not by any of the known signers over these bytes"]
    spoil(signature, None)
    assert said() == ["is missing"]
    spoil(signature, good)
    assert said() == []


def test_a_key_that_is_not_there_stops_before_anything_is_published(publication: Publication, small_content: None, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="key to sign"):
        publish(publication, tmp_path / "public", signing_key=tmp_path / "none")
    assert assert_whole(tmp_path / "public") is None


# --- withdrawal for privacy ---


def test_what_is_erased_with_a_dataset_is_in_no_release_any_more(build_publication: Build, two: Path, tmp_path: Path) -> None:
    first, second = (info.id for info in releases(two))
    electricity = next(f for f in read_manifest(two)["files"] if f["path"].endswith("electricity.csv"))["sha256"]
    told = rollback(two, why="An address slipped in", at=NOW, erase=True, holding=["electricity"])
    assert (told.current, told.withdrawn, told.erased) == (None, second, (first, second)), "both had the same file"
    assert "mirrors" in told.as_text()
    assert electricity not in tree(two).values()
    assert not (two / "current.json").exists() and not (two / "current").is_symlink()
    assert all(info.erased and not info.is_there for info in releases(two))
    assert json.loads((two / "releases.json").read_bytes())["releases"][0]["erased"]
    assert "An address slipped in" in (two / "gone" / f"{second}.nn.html").read_text("utf-8")
    new = publish(later(build_publication(tmp_path / "c", value="30.1")), two)
    assert current(two) == new.id == "2026-11-24.3"


def test_erasing_one_release_names_those_that_share_its_files(two: Path) -> None:
    first, second = (info.id for info in releases(two))
    told = rollback(two, why="An address slipped in", at=NOW, erase=True)
    assert (told.current, told.erased, told.sharing) == (first, (second,), (first,))
    assert "--holding" in told.as_text()


def test_datasets_are_named_only_to_erase_and_must_be_there(two: Path) -> None:
    with pytest.raises(UsageError, match="nothing is to be erased"):
        rollback(two, why="x", holding=["electricity"])
    with pytest.raises(UsageError, match="has no data/unicorns"):
        rollback(two, why="x", erase=True, holding=["unicorns"])
    assert len([info for info in releases(two) if info.is_there]) == 2


def test_an_erasure_that_was_cut_off_is_finished_by_the_next_run(build_publication: Build, two: Path, tmp_path: Path) -> None:
    second = current(two)
    shutil.copytree(two / "releases" / second, tmp_path / "kept")
    rollback(two, why="An address slipped in", at=NOW, erase=True)
    shutil.copytree(tmp_path / "kept", two / "releases" / second)
    publish(later(build_publication(tmp_path / "c", value="30.1")), two)
    assert not (two / "releases" / second).exists()


# --- how long releases are kept ---


def test_old_releases_are_removed_but_never_a_cited_one_or_the_one_to_go_back_to(
    build_publication: Build, small_content: None, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for i in range(5):
        publish(build_publication(tmp_path / str(i), value=f"{i}.5", built_at=start + timedelta(days=100 * i)), public)
    ids = [info.id for info in releases(public)]
    cite(public, ids[1], "doi:10.0000/example", NOW)
    publish(build_publication(tmp_path / "x", value="9.5", built_at=start + timedelta(days=500)), public, keep_days=150)
    left = [info.id for info in releases(public) if info.is_there]
    assert left == [ids[1], ids[4], "2027-05-16.6"], "the cited one, the one before, the newest"
    gone = next(info for info in releases(public) if info.id == ids[0])
    assert not gone.is_there and not gone.erased and "files removed" in str(gone)
    publish(build_publication(tmp_path / "y", value="8.5", built_at=start + timedelta(days=2000)), public, keep_days=1)
    assert "2027-05-16.6" in [info.id for info in releases(public) if info.is_there], "one can always go back one step"
    with pytest.raises(UsageError, match="no release"):
        cite(public, ids[0], "too late", NOW)


# --- a damaged ledger ---


@pytest.mark.parametrize("damage", [b"\x00\xff not json\n", b'{"event": "published", "release": "2026-11-23.1"}\n', b"[]\n", b'{"event":'])
def test_a_damaged_ledger_is_told_with_its_line_and_the_command_that_mends_it(
    damage: bytes, build_publication: Build, small_content: None, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    publish(build_publication(tmp_path / "a"), public)
    publish(later(build_publication(tmp_path / "b", value="29.1")), public)
    ledger = public / "releases.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join([*lines[:2], damage]))
    for use in (lambda: releases(public), lambda: rollback(public, why="x"), lambda: publish(build_publication(tmp_path / "c"), public)):
        with pytest.raises(StorageError, match=r"releases\.jsonl, line 3.*bymaal releases --mend") as error:
            use()
        assert error.value.exit_code == 7
    told = mend(public)
    assert (told.kept, told.unreadable, told.added) == (2, 1, ("2026-11-24.2",))
    assert (public / "releases.jsonl.damaged").read_bytes().endswith(damage)
    assert [info.id for info in releases(public)] == ["2026-11-23.1", "2026-11-24.2"]
    assert rollback(public, why="wrong").current == "2026-11-23.1"


def test_a_lost_ledger_is_written_anew_from_the_releases(build_publication: Build, small_content: None, tmp_path: Path) -> None:
    public = tmp_path / "public"
    for i in range(11):
        publish(build_publication(tmp_path / str(i), value=f"{i}.5"), public)
    before = [info.id for info in releases(public)]
    (public / "releases.jsonl").unlink()
    assert mend(public).added == tuple(before)
    assert [info.id for info in releases(public)] == before
    assert date.fromisoformat(before[0][:10]) == date(2026, 11, 23)
