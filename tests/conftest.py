"""Fixtures that every test may use. Real data is read in place and never copied into the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

import catalog  # noqa: F401 – before any test imports duckdb, whose allocator it sets

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("BYMAAL_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded data, standards and references that lies beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"NOT TESTED: no folder of recorded data beside the repository ({SHARED.name}); set BYMAAL_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def recorded(shared: Path) -> Path:
    """Real snapshots with their `snapshots.csv`."""
    return (shared / "recorded").resolve()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """`once(name, make)`: the folder that `make` filled, made once even where several test processes ask for it at the same time."""
    own = tmp_path_factory.getbasetemp()
    shared_by_all = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own

    def folder_of(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared_by_all / name, shared_by_all / f"{name}.done"
        with FileLock(shared_by_all / f"{name}.lock"):
            if not done.is_file():
                make(folder)
                done.touch()
        return folder

    return folder_of


RECORDED_RUN_AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def recorded_run(recorded: Path, once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """The data folder after a run on recorded data: a new one, or the one that `BYMAAL_RECORDED_RUN` names, to try a test quickly.

    Tests only read it; a run on it finds nothing changed.
    """
    if named := os.environ.get("BYMAAL_RECORDED_RUN"):
        return Path(named)
    from pipelines.run import Input, run
    from pipelines.settings import Settings

    def make(folder: Path) -> None:
        report = run(Input("recorded", recorded), Settings(data_dir=folder, synthetic=False, now=RECORDED_RUN_AT))
        assert report.exit_code == 0, report.as_text()  # what is refused for the first time counts in the first run alone

    return once("recorded", make)


@pytest.fixture(scope="session")
def sample_data(once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """A data folder in which the command line has published the sandbox's data, as a newcomer's first command does. Tests only read it.

    It takes minutes, so only slow tests use it; `BYMAAL_SAMPLE` names a folder made earlier.
    """
    if given := os.environ.get("BYMAAL_SAMPLE"):
        return Path(given)

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "pipelines.cli", "run", "--data-dir", str(folder)], cwd=ROOT, check=True, timeout=1200)

    return once("sample", make)
