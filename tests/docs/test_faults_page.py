"""The table of faults names tests that exist and run, and leaves out none of the cases that ingestion answers for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pipelines.settings import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
HERE = ROOT / "tests" / "pipelines" / "faults"
CASES = [f"F{number}" for number in (*range(17, 35), *range(37, 42), 44, 45)]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## Case, test, result")[2].partition("\n## ")[0].splitlines()
    if re.match(r"\| F\d\d", line)
]


def files_named(cell: str) -> list[Path]:
    """The test files that a cell names, from the page's folder of tests, or from the root where the name begins with `tests/`."""
    named = re.findall(r"`((?:\.\./|tests/)?[\w/]*test_\w+\.py)`", cell)
    return [(ROOT if name.startswith("tests/") else HERE).joinpath(name).resolve() for name in named]


def running_in(path: Path) -> list[str]:
    """The tests of a file that run: functions named so, without a mark that leaves them out whatever happens."""
    functions = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.FunctionDef)]
    return [
        one.name
        for one in functions
        if one.name.startswith("test_")
        and not any("mark.skip" in ast.unparse(mark) or "xfail" in ast.unparse(mark) for mark in one.decorator_list)
    ]


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_a_row_with_a_test_that_is_there_and_runs(case: str) -> None:
    rows = [row for row in ROWS if case in re.findall(r"F\d\d", row[0])]
    assert rows, f"{case} stands in no row of docs/faults.md"
    for _, _, test, result in rows:
        assert result
        files = files_named(test)
        assert files, f"{case}: “{test}” names no file of tests"
        for path in files:
            assert path.is_file(), f"{case}: {path.name} is not there"
            assert running_in(path), f"{case}: {path.name} has no test that runs"


def test_each_module_that_the_table_says_to_run_is_there() -> None:
    modules = {name for row in ROWS for name in re.findall(r"pipelines\.bench\.\w+", row[2])}
    assert modules
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in modules)


def test_a_file_that_is_named_without_its_folder_is_not_found() -> None:
    (lost,) = files_named("`test_rdf.py`")
    assert not lost.is_file()
    assert files_named("`tests/catalog/test_rdf.py`") == [ROOT / "tests/catalog/test_rdf.py"]
