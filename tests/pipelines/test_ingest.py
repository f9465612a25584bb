"""What happens to a dataset between its snapshots and its validated table."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.errors import ParseError
from catalog.load import build
from catalog.model import Dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.ingest import Recipe, ingest
from pipelines.settings import Settings

TEXT = {"nb": "tekst", "nn": "tekst", "en": "text"}
DESCRIBED = {"title": TEXT, "description": TEXT}


def dataset(**changes: Any) -> Dataset:
    """Daily counts per station: small, but with every kind of rule."""
    values: dict[str, Any] = {
        "id": "counts",
        "title": TEXT,
        "description": TEXT,
        "row": TEXT,
        "keywords": {"nb": ["a"], "nn": ["a"], "en": ["a"]},
        "themes": ["TRAN"],
        "key": ["station", "day"],
        "period": "month",
        "period_column": "day",
        "columns": [
            {"name": "station", "type": "text", "pattern": "S[0-9]{2}", **DESCRIBED},
            {"name": "day", "type": "date", **DESCRIBED},
            {"name": "count", "type": "integer", "unit": "1", "nullable": True, "minimum": 0, "maximum": 1000, **DESCRIBED},
        ],
        "delivered_only": {"unit": "text", "revision": "integer"},
        "precedence": ["revision desc nulls last"],
        "set_aside": [{"id": "wrong_unit", "sql": "unit <> 'n'", "limit": 0.4, "reason": TEXT}],
        "rules": [{"id": "not_all_zero", "sql": "select period from {batch} group by period having max(count) = 0", "description": TEXT}],
        "source": {
            "publisher": {"name": TEXT},
            "service": "https://example.org/",
            "licence": "CC0",
            "attribution": TEXT,
            "rhythm": "P1M",
            "starts_on": "2024-01-01",
            "formats": ["counts_csv"],
        },
        "issued": "2024-01-01",
    }
    return build(Dataset, values | changes, "counts.yaml")


def parse(con: duckdb.DuckDBPyConnection, paths: Any) -> duckdb.DuckDBPyRelation:
    return con.sql(
        f"""select station, day, count, unit, revision, filename as file
        from read_csv({[str(p) for p in paths]}, header = true, all_varchar = true, filename = true)"""
    )


def recipe_of(described: Dataset) -> Recipe:
    return Recipe(described, lambda: {"counts_csv": parse}, hashlib.sha256(described.model_dump_json().encode()).hexdigest())


def snapshot(folder: Path, name: str, text: str, *, period: str | None = None, taken: date | None = None) -> Snapshot:
    path = folder / name
    path.write_text(text, "utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Snapshot("counts", "counts_csv", path, "https://example.org/", "", "CC0", taken, "", digest, len(text), period)


def rows_of(state: DatasetState) -> list[tuple[Any, ...]]:
    files = [str(p.path) for p in state.periods]
    return duckdb.execute(f"select station, day::varchar, count from read_parquet({files}) order by all").fetchall()


HEAD = "station,day,count,unit,revision\n"
JANUARY = HEAD + "S01,2024-01-01,5,n,1\nS01,2024-01-02,,n,1\nS02,2024-01-01,7,n,1\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def test_a_file_with_several_periods_gives_one_file_per_period(tmp_path: Path, settings: Settings) -> None:
    several = snapshot(tmp_path, "a.csv", JANUARY + "S01,2024-02-01,3,n,1\n")

    state = ingest(recipe_of(dataset()), [several], settings)

    assert [p.period for p in state.periods] == ["2024-01", "2024-02"]
    assert rows_of(state) == [("S01", "2024-01-01", 5), ("S01", "2024-01-02", None), ("S01", "2024-02-01", 3), ("S02", "2024-01-01", 7)]
    assert all(check.success for check in state.checks)


def test_the_declared_precedence_decides_and_then_the_newest_delivery(tmp_path: Path, settings: Settings) -> None:
    old = snapshot(tmp_path, "old.csv", HEAD + "S01,2024-01-01,5,n,2\nS01,2024-01-02,6,n,1\n", taken=date(2024, 2, 1))
    new = snapshot(tmp_path, "new.csv", HEAD + "S01,2024-01-01,50,n,1\nS01,2024-01-02,60,n,1\n", taken=date(2024, 3, 1))

    state = ingest(recipe_of(dataset()), [new, old], settings)

    assert rows_of(state) == [("S01", "2024-01-01", 5), ("S01", "2024-01-02", 60)]
    assert state.periods[0].repeated == 2


def test_a_winner_that_is_set_aside_does_not_let_an_older_value_back_in(tmp_path: Path, settings: Settings) -> None:
    withdrawn = snapshot(tmp_path, "a.csv", JANUARY + "S01,2024-01-01,9,litres,2\n")

    state = ingest(recipe_of(dataset()), [withdrawn], settings)

    assert ("S01", "2024-01-01", 5) not in rows_of(state)
    assert state.periods[0].set_aside == {"wrong_unit": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + "S01,2024-02-01,3,litres,1\nS02,2024-02-01,3,n,1\n", "more than the allowed 40%"),
        (HEAD + "S01,2024-02-01,-3,n,1\n", "count_in_range"),
        (HEAD + "X1,2024-02-01,3,n,1\n", "station_pattern"),
        (HEAD + "S01,2024-02-01,0,n,1\n", "not_all_zero"),
        (HEAD + ",2024-02-01,3,n,1\nS01,2024-02-01,3,n,1\n", "station_present"),
    ],
)
def test_a_period_that_breaks_a_promise_is_quarantined_and_the_others_go_on(
    tmp_path: Path, settings: Settings, text: str, reason: str
) -> None:
    good = snapshot(tmp_path, "good.csv", JANUARY)
    bad = snapshot(tmp_path, "bad.csv", text, period="2024-02")

    state = ingest(recipe_of(dataset()), [good, bad], settings)

    assert [p.period for p in state.periods] == ["2024-01"]
    assert [q.period for q in state.quarantined] == ["2024-02"]
    assert reason in state.quarantined[0].reasons[0]
    assert (settings.quarantine / "counts" / "2024-02.parquet").is_file()


def test_the_last_good_version_of_a_period_stays_when_a_correction_is_refused(tmp_path: Path, settings: Settings) -> None:
    good = snapshot(tmp_path, "good.csv", JANUARY, period="2024-01", taken=date(2024, 2, 1))
    before = ingest(recipe_of(dataset()), [good], settings)
    bad = snapshot(tmp_path, "bad.csv", HEAD + "S01,2024-01-01,5000,n,2\n", period="2024-01", taken=date(2024, 3, 1))

    after = ingest(recipe_of(dataset()), [good, bad], settings)

    assert rows_of(after) == rows_of(before)
    assert after.quarantined[0].serves_older


def test_an_unreadable_file_that_covers_one_period_costs_that_period_only(tmp_path: Path, settings: Settings) -> None:
    good = snapshot(tmp_path, "good.csv", JANUARY, period="2024-01")
    page = snapshot(tmp_path, "page.csv", "<html><body>Logg inn</body></html>\n", period="2024-02")

    state = ingest(recipe_of(dataset()), [good, page], settings)

    assert [p.period for p in state.periods] == ["2024-01"]
    assert "page.csv" in state.quarantined[0].reasons[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html><body>Logg inn</body></html>\n", "not readable as counts_csv"),
        ("place,day,count,unit,revision\nS01,2024-01-01,5,n,1\n", "not readable as counts_csv"),
        (HEAD, "the file holds no rows"),
        (HEAD + "S01,2024-01-01,fem,n,1\n", r"values of the wrong type: count \(1 rows\)"),
    ],
)
def test_a_file_of_unknown_span_that_cannot_be_read_leaves_the_dataset_as_it_was(
    tmp_path: Path, settings: Settings, text: str, message: str
) -> None:
    good = snapshot(tmp_path, "good.csv", JANUARY)
    before = ingest(recipe_of(dataset()), [good], settings)
    bad = snapshot(tmp_path, "bad.csv", text)

    with pytest.raises(ParseError, match=message) as refused:
        ingest(recipe_of(dataset()), [good, bad], settings)

    assert "fem" not in str(refused.value) and "Logg" not in str(refused.value)
    assert rows_of(ingest(recipe_of(dataset()), [good], settings)) == rows_of(before)


def test_nothing_is_opened_or_written_when_nothing_has_changed(tmp_path: Path, settings: Settings) -> None:
    described = recipe_of(dataset())
    snapshots = [snapshot(tmp_path, "a.csv", JANUARY)]
    before = ingest(described, snapshots, settings)
    stamps = {p: p.stat().st_mtime_ns for p in settings.work.rglob("*") if p.is_file()}

    def never() -> Any:
        raise AssertionError("a parser was asked for")

    after = ingest(replace(described, parsers=never), snapshots, settings)

    assert after == before
    assert stamps == {p: p.stat().st_mtime_ns for p in settings.work.rglob("*") if p.is_file()}


def test_only_the_period_that_was_delivered_again_is_rebuilt(tmp_path: Path, settings: Settings) -> None:
    january = snapshot(tmp_path, "jan.csv", JANUARY, period="2024-01")
    february = snapshot(tmp_path, "feb.csv", HEAD + "S01,2024-02-01,3,n,1\n", period="2024-02")
    before = ingest(recipe_of(dataset()), [january, february], settings)
    untouched = before.periods[0].path.stat().st_mtime_ns
    again = snapshot(tmp_path, "feb2.csv", HEAD + "S01,2024-02-01,4,n,2\n", period="2024-02", taken=date(2024, 4, 1))

    after = ingest(recipe_of(dataset()), [january, february, again], settings)

    assert after.periods[0].path.stat().st_mtime_ns == untouched
    assert ("S01", "2024-02-01", 4) in rows_of(after)


def test_rows_outside_the_period_that_was_asked_for_are_counted_and_dropped(tmp_path: Path, settings: Settings) -> None:
    rows = "".join(f"S{n:02},2024-01-01,1,n,1\n" for n in range(30))
    stray = snapshot(tmp_path, "jan.csv", HEAD + rows + "S01,2024-02-01,3,n,1\n", period="2024-01")

    state = ingest(recipe_of(dataset()), [stray], settings)

    assert state.periods[0].set_aside == {"outside_period": 1}
    assert state.rows == 30


def test_two_runs_into_two_folders_give_the_same_bytes(tmp_path: Path) -> None:
    rows = "".join(f"S{n % 90 + 10},2024-01-{n // 90 + 1:02},{n % 1000},n,1\n" for n in range(2700))
    given = [snapshot(tmp_path, "a.csv", HEAD + rows)]

    states = [
        ingest(recipe_of(dataset()), given, Settings(data_dir=tmp_path / place, threads=threads)) for place, threads in (("x", 1), ("y", 2))
    ]

    assert [p.sha256 for p in states[0].periods] == [p.sha256 for p in states[1].periods]


def test_a_dated_delivery_beats_one_whose_day_is_not_known(tmp_path: Path, settings: Settings) -> None:
    undated = snapshot(tmp_path, "old.csv", HEAD + "S01,2024-01-01,5,n,1\n")
    dated = snapshot(tmp_path, "new.csv", HEAD + "S01,2024-01-01,50,n,1\n", taken=date(2024, 3, 1))

    state = ingest(recipe_of(dataset()), [undated, dated], settings)

    assert rows_of(state) == [("S01", "2024-01-01", 50)]


def test_a_fraction_in_a_column_of_whole_numbers_is_refused_and_not_rounded(tmp_path: Path, settings: Settings) -> None:
    half = snapshot(tmp_path, "half.csv", HEAD + "S01,2024-01-01,12.5,n,1\n")

    with pytest.raises(ParseError, match=r"values of the wrong type: count \(1 rows\)"):
        ingest(recipe_of(dataset()), [half], settings)


def test_a_description_that_gains_a_column_is_no_fault_of_what_stands_and_revises_no_number(tmp_path: Path, settings: Settings) -> None:
    january = snapshot(tmp_path, "a.csv", JANUARY)
    before = dataset()
    ingest(recipe_of(before), [january], settings)
    columns = [column.model_dump(mode="json", exclude_defaults=True) for column in before.columns]
    wider = dataset(columns=[*columns, {"name": "note", "type": "text", "nullable": True, **DESCRIBED}])

    state = ingest(recipe_of(wider), [january], settings)

    assert not state.quarantined
    assert rows_of(state) == [("S01", "2024-01-01", 5), ("S01", "2024-01-02", None), ("S02", "2024-01-01", 7)]
    assert not state.revisions
    narrower = ingest(recipe_of(before), [january], settings)
    assert not narrower.quarantined and not narrower.revisions
