"""Every word of the vocabulary of warnings is produced by something real, and no other word can appear."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest

from catalog.load import load_datasets, vocabulary
from indicators.engines.duckdb import DuckDB
from indicators.examples import run_example
from indicators.load import OBSERVATION_COLUMNS, load_indicators, load_references, load_tables
from indicators.rows import rows_as_arrow
from indicators.warned import FOLLOWS, warned
from pipelines.explain import OF_DATASETS

DATASETS = load_datasets(Path(__file__).parent.parent.parent / "pipelines" / "datasets")
TABLES, REFERENCES, INDICATORS = load_tables(), load_references(), load_indicators()


@pytest.fixture(scope="module")
def of_examples() -> set[str]:
    """The words that the worked examples of all indicators bring out."""
    engine = DuckDB()
    words: set[str] = set()
    for indicator in INDICATORS.values():
        rows = run_example(engine, indicator, datasets=DATASETS, tables=TABLES, references=REFERENCES)
        words |= {word for text in rows.column("warnings").to_pylist() for word in text.split(";") if word}
    engine.close()
    return words


def test_every_word_is_produced_and_no_other(of_examples: set[str]) -> None:
    assert of_examples | {"outliers"} | {*OF_DATASETS} == {*vocabulary("warning")}
    assert {*FOLLOWS} <= {*vocabulary("warning")}


def observed(values: dict[tuple[str, int], float | None], **more: str) -> pa.Table:
    return rows_as_arrow(
        OBSERVATION_COLUMNS,
        [
            {
                "ref_area": area, "time_period": str(year), "obs_value": None if value is None else Decimal(f"{value:.6f}"),
                "obs_status": "O" if value is None else "A", "comparability": "exact", "breakdown": "", "warnings": "", **more,
            }
            for (area, year), value in sorted(values.items())
        ],
    )  # fmt: skip


def words_of(rows: pa.Table) -> dict[tuple[str, int], str]:
    return {(row["ref_area"], int(row["time_period"])): row["warnings"] for row in warned(rows).to_pylist() if row["warnings"]}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"obs_status": "P"}, "preliminary"),
        ({"obs_status": "E"}, "estimated"),
        ({"obs_status": "B"}, "series_break"),
        ({"obs_status": "N"}, "below_coverage"),
        ({"obs_status": "Q"}, "redacted"),
        ({"comparability": "summed"}, "boundary_adjusted"),
        ({"comparability": "apportioned"}, "boundary_adjusted"),
        ({"comparability": "not_comparable"}, "series_break"),
        ({"warnings": "partial_period;below_coverage", "obs_status": "N"}, "below_coverage;partial_period"),
    ],
)
def test_a_word_follows_from_the_status_or_the_borders_of_a_value(given: dict[str, str], word: str) -> None:
    assert words_of(observed({("0301", 2024): 1.0}, **given)) == {("0301", 2024): word}


def towns(seed: int, noise: float = 0.05) -> dict[tuple[str, int], float | None]:
    """Thirty towns over ten years that grow together, each by its own size and with its own chance."""
    chance = Random(seed)
    common = [1.0]
    for _ in range(9):
        common.append(common[-1] * chance.uniform(0.8, 1.3))
    return {
        (f"{1000 + town}", 2015 + year): size * common[year] * 2.718281828 ** chance.gauss(0, noise)
        for town, size in enumerate(10 ** chance.uniform(1, 4) for _ in range(30))
        for year in range(10)
    }


def test_what_all_towns_do_together_is_nothing_unusual() -> None:
    marked = sum(len(words_of(observed(towns(seed)))) for seed in range(10))

    assert marked <= 3, "of 3,000 values that chance alone moved, at most one in a thousand"


@pytest.mark.parametrize(("slip", "found"), [(10, 1.0), (1000, 1.0), (0.1, 1.0), (2, 0.4)])
def test_a_slip_of_the_pen_is_found(slip: float, found: float) -> None:
    chance, seen, tries = Random(1), 0, 20
    for number in range(tries):
        values = towns(number)
        wrong = chance.choice(sorted(values))
        values[wrong] = (values[wrong] or 0) * slip
        seen += words_of(observed(values)).get(wrong) == "outliers"

    assert seen >= found * tries


def test_a_new_level_that_lasts_is_no_outlier() -> None:
    values = {(town, year): (value or 0) * (3 if town == "1007" and year >= 2019 else 1) for (town, year), value in towns(3).items()}

    assert words_of(observed(values)) == {}


def test_too_few_towns_or_years_tell_nothing() -> None:
    few = {(town, year): (value or 0) * (10 if (town, year) == ("1000", 2020) else 1) for (town, year), value in towns(4).items()}

    assert words_of(observed({key: value for key, value in few.items() if key[0] < "1009"})) == {}
    assert words_of(observed({key: value for key, value in few.items() if 2019 <= key[1] <= 2021})) == {}


@pytest.mark.slow
def test_what_stands_out_in_the_recorded_figures_is_known(published: duckdb.DuckDBPyConnection) -> None:
    """Skien's industry emitted 280 tonnes in 2015 and none in the years around it: so the file says (docs/indicators.md)."""
    found = published.execute(
        "select indicator, ref_area, time_period from indicators.observations where list_contains(string_split(warnings, ';'), 'outliers')"
    ).fetchall()

    assert found == [("sdg_9_4_industry_emissions", "4003", "2015")]
