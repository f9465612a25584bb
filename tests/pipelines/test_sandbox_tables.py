"""Declared tables answered by the sandbox: each is asked for as the real one is, and what comes keeps every promise of its dataset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.duck import connect, parquet
from catalog.load import load_datasets
from catalog.publication import DatasetState
from pipelines import sandbox
from pipelines.collect import Reroute, from_sources
from pipelines.datasets import module_of
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Window
from pipelines.sandbox.tables import FIGURES
from pipelines.settings import ROOT, Settings

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
WANTED = [*sorted(FIGURES), "municipality_groups"]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DatasetState]:
    """Two years of all of them: one before the codes of 2020 and one after those of 2024."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("sandbox"), now=datetime(2026, 11, 23, tzinfo=UTC))

    @contextmanager
    def door() -> Iterator[Reroute]:
        with sandbox.serve() as base:
            yield sandbox.reroute(base)

    def window(dataset: Any) -> Window:
        return (
            Window(date(2019, 1, 1), date(2020, 1, 1)) if dataset.id == "election_turnout" else Window(date(2024, 1, 1), date(2025, 1, 1))
        )

    collected = from_sources(DATASETS, WANTED, settings, window=window, door=door)
    assert collected.failures == {}
    return {
        key: ingest(recipe(DATASETS[key], module_of(DATASETS[key])), collected.snapshots[key], settings)
        for key in WANTED
        if collected.snapshots[key]
    }


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


def test_nothing_that_the_sandbox_says_is_held_back(states: dict[str, DatasetState]) -> None:
    assert {key: state.quarantined for key, state in states.items() if state.quarantined} == {}
    assert {key for key, state in states.items() if not state.rows} <= {"recreation_access"}  # that table has no 2024
    broken = {(key, check.id) for key, state in states.items() for check in state.checks if not check.success}
    assert {key for key, _ in broken} <= {"urban_settlements"}, broken


def test_shares_and_parts_are_such(states: dict[str, DatasetState]) -> None:
    assert query(states["election_turnout"], "select min(turnout) > 50, max(turnout) < 80, max(votes) > 100000 from t") == [
        (True, True, True)
    ]
    parts = "sum(waste) filter (treatment <> 'all') as parts, max(waste) filter (treatment = 'all') as whole"
    wrong = f"select count(*) from (select {parts} from t group by municipality) where abs(parts - whole) > 0.01 * whole"
    assert query(states["household_waste_treatment"], wrong) == [(0,)]
    assert query(states["net_electricity_consumption"], "select distinct table_id from t") == [("14489",)]
    assert query(states["municipality_groups"], "select group_code from t where municipality = '4601'") == [("EKG12",)]


def test_codes_that_are_not_in_use_are_answered_with_nothing_and_taken_out(states: dict[str, DatasetState]) -> None:
    assert query(states["net_electricity_consumption"], "select count(*) from t where municipality in ('3005', '0602')") == [(0,)]
    assert query(states["municipal_fees"], "select count(*) from t where municipality = '3301'") == [(4,)]
