"""The raw archive: written once, checked when read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from catalog.errors import StorageError, UsageError
from catalog.publication import Snapshot
from pipelines.archive import HashCache, read_index, store, write_index


def kept(raw: Path, content: bytes, **facts: object) -> Snapshot:
    path = store(raw, content, dataset="counts", suffix=".csv")
    values = {
        "dataset": "counts",
        "format": "counts_csv",
        "path": path,
        "source_url": "https://example.org/a?b=1,2",
        "publisher": "Eksempel; «AS»",
        "licence": "CC0",
        "retrieved_on": date(2026, 11, 1),
        "note": 'a "quoted" note',
        "sha256": path.stem,
        "size": len(content),
        "period": "2026-10",
    }
    return Snapshot(**(values | facts))  # type: ignore[arg-type]


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    snapshots = [kept(tmp_path, b"a,b\n1,2\n"), kept(tmp_path, b"a,b\n3,4\n", retrieved_on=None, period=None)]

    write_index(tmp_path, snapshots)

    assert sorted(read_index(tmp_path, HashCache(tmp_path / "h.json")), key=lambda s: s.sha256) == sorted(snapshots, key=lambda s: s.sha256)


def test_equal_bytes_are_kept_once_and_never_written_again(tmp_path: Path) -> None:
    first = store(tmp_path, b"same", dataset="counts")
    stamp = first.stat().st_mtime_ns

    assert store(tmp_path, b"same", dataset="counts") == first
    assert first.stat().st_mtime_ns == stamp


def test_an_altered_snapshot_is_reported_as_lost_evidence(tmp_path: Path) -> None:
    snapshot = kept(tmp_path, b"a,b\n1,2\n")
    write_index(tmp_path, [snapshot])
    snapshot.path.write_bytes(b"a,b\n1,3\n")

    with pytest.raises(StorageError, match="no longer has the bytes") as refused:
        read_index(tmp_path, HashCache(tmp_path / "h.json"))
    assert refused.value.exit_code == 7


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("dataset,path\ncounts,a.csv\n", "columns missing: format, licence, note, publisher, retrieved_on, source_url"),
        ("dataset,format,path,source_url,publisher,licence,retrieved_on,note\ncounts,f,gone.csv,,,,,\n", "the listed file is not there"),
        (
            "dataset,format,path,source_url,publisher,licence,retrieved_on,note\ncounts,f,../../etc/passwd,,,,,\n",
            "the path leaves the folder",
        ),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused_with_its_line(tmp_path: Path, index: str, message: str) -> None:
    (tmp_path / "snapshots.csv").write_text(index, "utf-8")

    with pytest.raises(UsageError, match=message):
        read_index(tmp_path, HashCache(tmp_path / "h.json"))


def test_a_file_is_hashed_again_only_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    cache = HashCache(tmp_path / "h.json")
    first = cache.of(file)
    cache.save()

    remembered = HashCache(tmp_path / "h.json")
    assert remembered.of(file) == first
    file.write_bytes(b"three")
    assert remembered.of(file) != first
