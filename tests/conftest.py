"""Fixtures that every test may use. Real data is read in place and never copied into the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
