"""Every computed indicator has one value that was worked by hand, and it is the published one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import by_hand
import duckdb
import pytest

from indicators.load import load_indicators

PAGE = Path(__file__).parent.parent.parent / "docs" / "hand_worked.md"
INDICATORS = load_indicators()


def _rows() -> dict[str, list[str]]:
    lines = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    return {cells[0].strip("| `"): [cell.strip(" |`") for cell in cells[1:]] for cells in lines}


ROWS = _rows()


def test_every_computed_indicator_is_on_the_page() -> None:
    assert ROWS.keys() == INDICATORS.keys()
    assert {id_ for id_, cells in ROWS.items() if len(cells) == 5} == by_hand.WORKED.keys()


@pytest.mark.slow
@pytest.mark.parametrize("id_", sorted(by_hand.WORKED))
def test_a_value_from_the_raw_file_is_the_published_one(id_: str, published: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    area, period, work = by_hand.WORKED[id_]
    worked = work(recorded)
    found = published.execute(
        "select obs_value from indicators.observations where indicator = ? and ref_area = ? and time_period = ? and breakdown = ''",
        [id_, area, period],
    ).fetchone()

    assert found and float(found[0]) == pytest.approx(worked, abs=0.000001)
    assert ROWS[id_][:2] == [area, period]
    assert float(ROWS[id_][2]) == pytest.approx(worked, abs=0.000001)


@pytest.mark.slow
def test_what_recorded_data_gives_a_value_for_is_worked_from_the_raw_file(published: duckdb.DuckDBPyConnection) -> None:
    found = published.execute(
        "select distinct indicator from indicators.observations where obs_value is not null and indicator not like 'sdg_17_18%'"
    ).fetchall()

    assert {id_ for (id_,) in found} == by_hand.WORKED.keys()


@pytest.mark.slow
def test_the_page_counts_the_registry_as_the_release_does(published: duckdb.DuckDBPyConnection) -> None:
    found = published.execute(
        """
        select goal, count(*) filter (status = 'computed'), count(*) filter (status = 'partly'), count(*) filter (status = 'gap')
        from meta.registry
        group by goal
        order by goal"""
    ).fetchall()

    assert len(found) == 3
    for counts in found:
        assert f"| {' | '.join(map(str, counts))} |" in PAGE.read_text("utf-8").splitlines()


@pytest.mark.parametrize("id_", sorted(ROWS.keys() - by_hand.WORKED.keys()))
def test_the_other_values_are_those_of_the_worked_example(id_: str) -> None:
    area, period, value, explanation = ROWS[id_]
    expected = {
        (row["ref_area"], row["time_period"], row.get("breakdown", "")): row.get("obs_value") for row in INDICATORS[id_].example.expect
    }

    assert Decimal(str(expected[area, period, ""])) == Decimal(value)
    assert explanation == INDICATORS[id_].example.explanation.en
