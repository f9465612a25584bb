"""Great Expectations looks at every row, and a check that did not run is not a check that passed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.load import build, load_datasets
from catalog.model import Dataset
from pipelines import validate as validation
from pipelines.settings import ROOT, Settings
from pipelines.validate import promises, validate

TEXT = {"nb": "tekst", "nn": "tekst", "en": "text"}
DATASETS = load_datasets(ROOT / "pipelines" / "datasets")


def dataset(**changes: Any) -> Dataset:
    described = {"title": TEXT, "description": TEXT}
    values: dict[str, Any] = {
        "id": "counts", "title": TEXT, "description": TEXT, "row": TEXT, "keywords": {"nb": ["a"], "nn": ["a"], "en": ["a"]},
        "themes": ["TRAN"], "key": ["station"], "period": "year", "period_column": "year",
        "columns": [
            {"name": "station", "type": "text", "pattern": "S[0-9]{2}", **described},
            {"name": "year", "type": "integer", "unit": "a", **described},
            {"name": "kind", "type": "text", "codes": {"a": TEXT, "b": TEXT}, **described},
            {"name": "count", "type": "integer", "unit": "1", "minimum": 0, "maximum": 9, **described},
        ],
        "source": {"publisher": {"name": TEXT}, "service": "https://example.org/", "licence": "CC0", "attribution": TEXT, "rhythm": "P1Y",
                   "starts_on": "2024-01-01", "formats": ["counts_csv"]},
        "issued": "2024-01-01",
    }  # fmt: skip
    return build(Dataset, values | changes, "counts.yaml")


def candidates(folder: Path, *years: tuple[int, str]) -> dict[str, Path]:
    paths = {}
    for year, rows in years:
        paths[str(year)] = folder / f"{year}.parquet"
        columns = "station, year, kind, count"
        duckdb.execute(f"copy (select {columns} from (values {rows}) as t({columns})) to '{paths[str(year)]}'")
    return paths


GOOD = "('S01', 2023::bigint, 'a', 1::bigint), ('S02', 2023, 'b', 9)"


@pytest.mark.parametrize(
    ("rows", "check"),
    [
        ("('S01', 2024::bigint, 'a', 10::bigint)", "count_in_range"),
        ("('S01', 2024::bigint, 'c', 1::bigint)", "kind_known"),
        ("('S1', 2024::bigint, 'a', 1::bigint)", "station_pattern"),
        ("(null, 2024::bigint, 'a', 1::bigint)", "station_present"),
        ("('S01', 2024::bigint, 'a', 1::bigint), ('S01', 2024, 'b', 2)", "key_unique"),
    ],
)
def test_only_the_period_that_breaks_a_promise_is_named(tmp_path: Path, rows: str, check: str) -> None:
    files = candidates(tmp_path, (2023, GOOD), (2024, rows))

    checks, broken = validate(dataset(), files, 2 + rows.count("2024"), Settings(data_dir=tmp_path))

    assert list(broken) == ["2024"]
    assert broken["2024"][0].startswith(check)
    assert [c.id for c in checks if not c.success] == [check]
    assert next(c for c in checks if c.id == check).unexpected_rows == 1


def test_every_promise_is_evaluated_on_every_row(tmp_path: Path) -> None:
    described = dataset()

    checks, broken = validate(described, candidates(tmp_path, (2023, GOOD)), 2, Settings(data_dir=tmp_path))

    assert [c.id for c in checks] == [p.id for p in promises(described)]
    assert all(c.success and c.evaluated_rows == 2 and c.error is None for c in checks)
    assert broken == {}


def test_a_row_that_the_suite_did_not_see_fails_the_whole_delivery(tmp_path: Path) -> None:
    checks, broken = validate(dataset(), candidates(tmp_path, (2023, GOOD)), 3, Settings(data_dir=tmp_path))

    assert [c.id for c in checks if not c.success] == ["rows_counted"]
    assert list(broken) == ["2023"]


def test_a_check_that_raises_counts_as_failed_and_does_not_call_the_data_bad(tmp_path: Path) -> None:
    rule = {"id": "odd_rule", "sql": "select period from {batch} where no_such_column = 1", "description": TEXT}

    checks, broken = validate(dataset(rules=[rule]), candidates(tmp_path, (2023, GOOD)), 2, Settings(data_dir=tmp_path))

    assert next(c for c in checks if c.id == "odd_rule").error == "the check itself failed to run"
    assert broken["2023"] == ["odd_rule (the check itself failed to run)"]


def test_a_warning_is_reported_and_holds_nothing_back(tmp_path: Path) -> None:
    rule = {"id": "many_nines", "sql": "select period from {batch} where count = 9", "severity": "warning", "description": TEXT}

    checks, broken = validate(dataset(rules=[rule]), candidates(tmp_path, (2023, GOOD)), 2, Settings(data_dir=tmp_path))

    assert broken == {}
    assert [(c.id, c.success, c.unexpected_rows) for c in checks if not c.success] == [("many_nines", False, 1)]


def test_without_the_buffered_cursor_the_suite_does_not_silently_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buffering leans on a class of SQLAlchemy that is not promised to stay; this shows what its absence looks like."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    validation._great_expectations()
    buffering = validation._buffer_result

    def not_buffering(*_: Any) -> None:
        return None

    event.remove(Engine, "after_cursor_execute", buffering)
    monkeypatch.setattr(validation, "_buffer_result", not_buffering)
    try:
        checks, broken = validate(dataset(), candidates(tmp_path, (2023, GOOD)), 2, Settings(data_dir=tmp_path))
    finally:
        event.remove(Engine, "after_cursor_execute", not_buffering)

    assert list(broken) == ["2023"]
    assert any(check.error for check in checks)


@pytest.mark.parametrize("key", sorted(DATASETS))
def test_the_promises_of_a_dataset_have_names_of_their_own(key: str) -> None:
    declared = [promise.id for promise in promises(DATASETS[key])]

    assert len(declared) == len(set(declared))
    assert {"rows_counted", "columns_as_declared", "key_unique"} <= set(declared)


def test_the_import_takes_in_nothing_that_no_promise_needs_and_what_needs_it_can_still_have_it() -> None:
    """Half of the import's time went into statistics and a grammar of web addresses that no promise uses."""
    asked = """
import sys
from pipelines.validate import _great_expectations
_great_expectations()
taken = {name.partition(".")[0] for name in sys.modules if sys.modules[name] is not None}
print(sorted({"scipy", "pyspark", "rfc3987_syntax"} & taken), "scipy.stats" in sys.modules, "pyspark" in sys.modules)
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as divergence
print(round(divergence.stats.entropy([0.5, 0.5], [0.5, 0.5]), 6), "scipy.stats" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['scipy'] False False", "0.0 True"]
