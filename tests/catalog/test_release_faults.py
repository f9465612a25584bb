"""Bad weather while publishing: the process is killed, the disk is full, readers read; and another machine gives the same bytes."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.errors import StorageError
from catalog.publication import Publication
from catalog.releases.ledger import releases
from catalog.releases.release import publish
from catalog.releases.rollback import rollback
from tests.catalog.test_release import assert_whole, later, plain_pages, tree

__all__ = ["plain_pages"]

Build = Callable[..., Publication]
ROOT = Path(__file__).parents[2]
PUBLISH = """
import pickle, sys
from pathlib import Path
import pytest
from catalog.releases.release import publish
from tests.catalog.test_release import use_plain_pages
publication = pickle.loads(Path(sys.argv[1]).read_bytes())
with pytest.MonkeyPatch.context() as patch:
    if sys.argv[4] == "plain":
        use_plain_pages(patch)
    print("ready", flush=True)
    publish(publication, Path(sys.argv[2]), threads=int(sys.argv[3]))
print("done", flush=True)
"""


def start(publication: Path, public: Path, threads: int = 2, pages: str = "plain", **environment: str) -> subprocess.Popen[str]:
    """Publishing in a process of its own, at the moment before it begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(publication), str(public), str(threads), pages],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ours(public: Path) -> dict[str, str]:
    """The releases, byte by byte; what is beside them tells the time."""
    return tree(public / "releases")


@pytest.mark.slow
def test_killed_at_twenty_random_moments_nothing_is_half_published_and_running_again_repairs(
    build_publication: Build, plain_pages: object, tmp_path: Path
) -> None:
    first, second = build_publication(tmp_path / "a"), later(build_publication(tmp_path / "b", value="29.1"))
    given = tmp_path / "second.pickle"
    given.write_bytes(pickle.dumps(second))
    before, control = tmp_path / "before", tmp_path / "control"
    publish(first, before)
    shutil.copytree(before, control, symlinks=True)
    begun = time.monotonic()
    assert start(given, control).wait() == 0
    lasts, undisturbed = time.monotonic() - begun, ours(control)
    chance, cut_off = random.Random(20), 0
    for n in range(20):
        public = tmp_path / str(n)
        shutil.copytree(before, public, symlinks=True)
        process = start(given, public)
        time.sleep(chance.uniform(0, lasts))
        process.send_signal(signal.SIGKILL)
        cut_off += process.wait() != 0
        assert assert_whole(public) in ("2026-11-23.1", "2026-11-24.2"), f"kill {n}"
        publish(second, public)
        assert assert_whole(public) == "2026-11-24.2", f"kill {n}"
        assert ours(public) == undisturbed, f"kill {n}"
        assert [info.id for info in releases(public)] == ["2026-11-23.1", "2026-11-24.2"], f"kill {n}"
    assert cut_off >= 3, "too few of them were still at work for this to say anything"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of so many KiB in memory. Needs the right to mount one."""
    mounted: list[Path] = []

    def make(size: int) -> Path:
        place = tmp_path / f"disk{size}"
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(place)], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("NOT TESTED: no right to mount a small disk here")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.skipif(shutil.which("mount") is None, reason="NOT TESTED: no mount")
def test_a_disk_that_runs_full_leaves_the_current_release_and_says_so(
    build_publication: Build, plain_pages: object, small_disk: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At three sizes: almost nothing left, half of what is needed, and all but the last of it. The check beforehand is switched off."""
    monkeypatch.setattr("catalog.releases.release._check_space", lambda *_: None)
    first, second = build_publication(tmp_path / "a"), later(build_publication(tmp_path / "b", value="29.1"))
    publish(first, tmp_path / "public")
    publish(second, tmp_path / "both")

    def disk_use(folder: Path) -> int:
        blocks = {(s.st_dev, s.st_ino): s.st_blocks for path in folder.rglob("*") if (s := path.lstat())}
        return sum(blocks.values()) // 2 + 4 * len(blocks)

    has, needs = disk_use(tmp_path / "public"), disk_use(tmp_path / "both") + disk_use(tmp_path / "public")
    stopped = 0
    for size in (has + 60, (has + needs) // 2, needs - needs // 8):
        public = small_disk(size) / "public"
        shutil.copytree(tmp_path / "public", public, symlinks=True)
        filler = public.parent / "filler"
        free = shutil.disk_usage(public).free
        filler.write_bytes(b"x" * max(free - (size - has) * 1024, 0))
        try:
            publish(second, public)
        except StorageError as error:
            stopped += 1
            assert error.exit_code == 7 and "current release stays" in str(error)
            assert assert_whole(public) == "2026-11-23.1"
            filler.unlink()
            subprocess.run(["mount", "-o", f"remount,size={4 * needs}k", str(public.parent)], check=True)
            publish(second, public)
        assert assert_whole(public) == "2026-11-24.2"
    assert stopped >= 2


@pytest.mark.slow
def test_other_threads_folder_time_zone_and_locale_give_the_same_bytes_of_everything(publication: Publication, tmp_path: Path) -> None:
    """With the real pages and the real RDF."""
    given = tmp_path / "given.pickle"
    given.write_bytes(pickle.dumps(publication))
    places = {"first": (1, "UTC", "C.UTF-8", "0"), "a second place/æøå": (4, "Pacific/Auckland", "nb_NO.UTF-8", "77")}
    for name, (threads, zone, locale, seed) in places.items():
        public = tmp_path / name / "public"
        public.parent.mkdir(parents=True)
        process = start(given, public, threads, "real", TZ=zone, LC_ALL=locale, LANG=locale, PYTHONHASHSEED=seed)
        assert process.wait() == 0
    one, other = (ours(tmp_path / name / "public") for name in places)
    assert {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)} == set()
    assert any(path.endswith(".duckdb") for path in one) and any(path.endswith(".html") for path in one)


def test_going_back_takes_less_than_five_seconds_and_readers_meanwhile_see_one_whole_release(
    build_publication: Build, plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    publish(build_publication(tmp_path / "a"), public)
    publish(later(build_publication(tmp_path / "b", value="29.1")), public)
    begun = time.monotonic()
    rollback(public, why="wrong unit")
    assert time.monotonic() - begun < 5
    assert assert_whole(public) == "2026-11-23.1"
