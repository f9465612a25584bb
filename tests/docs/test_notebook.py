"""The notebook of the documentation: every cell runs on a release, and what it gives stands below it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "notebook.md").read_text("utf-8")


@pytest.fixture(scope="module")
def cells() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook_cells", DOCS / "notebook_cells.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("release", ["sample_data", "recorded_run"])
def test_every_cell_runs_on_invented_and_on_real_data_and_shows_what_it_gives(
    release: str, cells: ModuleType, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYMAAL_DATA", str(request.getfixturevalue(release)))
    monkeypatch.setenv("BYMAAL_DATABASE", "")
    shown = cells.with_results(PAGE, cells.database())

    tables = shown.count("\n| --- ")
    assert tables == PAGE.count("```python") > 4, "each cell ends with rows"
    empty = [part for part in shown.split("\n| --- ")[1:] if not part.partition("\n")[2].startswith("| ")]
    assert not empty, "a table without rows tells nothing"


def test_without_a_release_the_page_says_that_results_are_left_out(cells: ModuleType, tmp_path: Path) -> None:
    shown = cells.with_results(PAGE, tmp_path / "bymaal.duckdb")

    assert "results are not shown" in shown and "\n| --- " not in shown


def test_a_cell_that_fails_stops_the_build(cells: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bymaal.duckdb").touch()
    with pytest.raises(ZeroDivisionError):
        cells.with_results("```python\n1 / 0\n```\n", tmp_path / "bymaal.duckdb")
