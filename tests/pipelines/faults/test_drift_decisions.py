"""What people decide about findings, what is kept of it, and how late corrections, withdrawals, closings and calendars are told."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from drifting import DESCRIBED, TEXT, Officer, Row, answer, dataset, months, officer, recipe_of, rows_of_month, text_of, waiting

from catalog.errors import MetadataError, StorageError, UsageError
from catalog.load import build
from catalog.model import Correction
from pipelines.ingesting.confirm import confirm, listed
from pipelines.ingesting.corrections import load_corrections
from pipelines.ingesting.decisions import FILE, decisions
from pipelines.ingesting.freshness import after, freshness, local_day

WHY = "The provider wrote on 12 January that the unit is new."
FIRST, SECOND, THIRD = months(3)


def in_milligrams(rows: list[Row], factor: float = 1000) -> list[Row]:
    return [row | {"value": row["value"] and f"{float(row['value']) * factor:.6f}"} for row in rows]


def milder(rows: list[Row]) -> list[Row]:
    return in_milligrams(rows, 60)


def revisions(one: Officer) -> list[dict[str, Any]]:
    files = sorted((one.settings.history / "revisions" / "readings").glob("*.parquet"))
    if not files:
        return []
    return duckdb.execute("select * from read_parquet($1) order by all", [[str(f) for f in files]]).fetch_arrow_table().to_pylist()


# --- confirming ---


def test_a_confirmed_jump_is_taken_in_and_told_without_a_name(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    one.receives(one.asks(THIRD, in_milligrams))

    confirm("readings", period="2023-03", why=WHY, by="Kari Nordmann", settings=one.settings)
    state = one.receives()

    assert [p.period for p in state.periods] == ["2023-01", "2023-02", "2023-03"] and not state.quarantined
    assert [(f.outcome, f.why, f.confirmed_on) for f in state.findings] == [("confirmed", WHY, date(2026, 1, 15))]
    assert "Kari" not in repr(state)
    (kept,) = decisions(one.settings)
    assert (kept.by, kept.why, kept.period, kept.finding) == ("Kari Nordmann", WHY, "2023-03", "magnitude|2023-03|value||×1000")
    assert kept.snapshots == (one.snapshots[-1].sha256,)


def test_a_later_jump_of_another_size_asks_again_and_the_same_does_not(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    one.receives(one.asks(THIRD, in_milligrams))
    confirm("readings", period=None, why=WHY, by="me", settings=one.settings)
    one.receives()

    same = one.receives(one.asks(THIRD, lambda rows: in_milligrams(rows)[:-1] + in_milligrams(rows, 1010)[-1:], taken=date(2023, 5, 1)))
    other = one.receives(one.asks(THIRD, lambda rows: in_milligrams(rows, 0.001), taken=date(2023, 6, 1)))

    assert not waiting(same)
    assert waiting(other) == {"2023-03": ["magnitude"]}
    assert other.quarantined[0].serves_older


def test_the_month_after_a_confirmed_jump_is_compared_with_it(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    one.receives(one.asks(SECOND, in_milligrams, taken=date(2023, 4, 1)), one.asks(THIRD, in_milligrams))
    confirm("readings", period="2023-02", why=WHY, by="me", settings=one.settings)

    assert not waiting(one.receives())


def test_what_waits_is_no_measure_for_the_next_month(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    state = one.receives(one.asks(months(3)[2], in_milligrams), one.asks(months(4)[3], in_milligrams))

    assert waiting(state) == {"2023-03": ["magnitude"], "2023-04": ["magnitude"]}


@pytest.mark.parametrize(
    ("why", "message"),
    [("", "a reason in words"), ("ok", "a reason in words"), ("Ring kari@example.no om dette", "personal data")],
)
def test_a_confirmation_needs_a_reason_that_can_be_published(tmp_path: Path, why: str, message: str) -> None:
    one = officer(tmp_path, 2)
    one.receives(one.asks(THIRD, in_milligrams))

    with pytest.raises(UsageError, match=message):
        confirm("readings", period=None, why=why, by="me", settings=one.settings)
    assert not decisions(one.settings)


def test_nothing_can_be_confirmed_that_does_not_wait(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)

    with pytest.raises(UsageError, match="nothing waits"):
        confirm("readings", period=None, why=WHY, by="me", settings=one.settings)
    assert listed([], one.settings).as_text() == "Nothing waits, and nothing was ever confirmed."


def test_decisions_are_only_added_to_and_an_altered_one_is_noticed(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    one.receives(one.asks(THIRD, in_milligrams))
    confirm("readings", period=None, why=WHY, by="me", settings=one.settings)
    confirm("readings", period=None, why="Confirmed a second time.", by="me", settings=one.settings)
    path = one.settings.history / FILE
    whole = path.read_bytes()

    path.write_bytes(whole + b'{"dataset": "readi')
    assert len(decisions(one.settings)) == 2, "a line that a crash cut was never said to be written"
    confirm("readings", period=None, why="A third time, after a crash.", by="me", settings=one.settings)
    assert path.read_bytes().startswith(whole) and len(decisions(one.settings)) == 3

    path.write_bytes(whole.replace(b"12 January", b"13 January"))
    with pytest.raises(StorageError, match="not as they were written"):
        decisions(one.settings)


# --- revisions and withdrawals ---


def test_a_value_corrected_thirteen_months_back_is_a_revision_with_old_and_new_value(tmp_path: Path) -> None:
    one = officer(tmp_path, 14)
    before = one.snapshots[0].sha256

    def corrected(rows: list[Row]) -> list[Row]:
        return [
            row | {"value": "31.500"} if (row["station"], row["component"], row["day"]) == ("S02", "PM10", "2023-01-17") else row
            for row in rows
        ]

    old = next(row[3] for row in one.table("2023-01") if row[:2] == ("S02", "PM10") and str(row[2]) == "2023-01-17")
    state = one.receives(one.asks(FIRST, corrected, taken=date(2024, 3, 5)))

    (revised,) = revisions(one)
    assert {k: str(v) for k, v in revised.items() if v is not None} == {
        "dataset": "readings", "period": "2023-01", "known_on": "2024-03-05", "change": "revised", "cause": "source",
        "key": "station=S02; component=PM10; day=2023-01-17", "column_name": "value", "old_value": str(old), "new_value": "31.500",
        "old_snapshot": before, "new_snapshot": one.snapshots[-1].sha256, "n_rows": "1",
    }  # fmt: skip
    assert [p.name for p in state.revisions] == ["00001-2023-01.parquet"]
    assert not state.findings and not one.receives().findings
    assert len(revisions(one)) == 1, "running again adds nothing"


def test_many_changed_rows_are_told_as_sums(tmp_path: Path) -> None:
    four = [r | {"station": f"S{10 * k + int(r['station'][1:]):02}"} for k in range(4) for r in rows_of_month(FIRST)]
    one = Officer(tmp_path / "many", dataset(), [])
    one.receives(answer(one.folder / "answers", text_of(four), "2023-01"))
    one.receives(answer(one.folder / "answers", text_of(in_milligrams(four, 2)), "2023-01", taken=date(2023, 9, 1)))

    told = [(r["change"], r["column_name"], r["key"], r["ratio"]) for r in revisions(one)]
    assert told == [("revised", "value", None, 2.0)]
    assert revisions(one)[0]["n_rows"] > 1000


def test_rows_that_were_taken_back_are_told_with_the_snapshot_that_had_them(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    state = one.receives(one.asks(SECOND, lambda rows: rows[3:], taken=date(2023, 9, 1)))

    assert [(r["change"], r["column_name"], r["old_snapshot"]) for r in revisions(one)] == [
        ("withdrawn", None, one.snapshots[1].sha256)
    ] * 3
    assert [(f.check, f.outcome, f.size) for f in state.findings] == [("withdrawn", "noticed", "3 rows")]
    assert state.periods[1].withdrawn == 3
    assert one.snapshots[1].path.is_file(), "the old answer stays"


def test_a_whole_month_that_a_source_takes_back_waits_and_goes_when_confirmed(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    empty = answer(
        one.folder / "answers", text_of([]) + b"S99,NO2,2020-01-01,1.0,1,\xc2\xb5g/m\xc2\xb3\n", "2023-02", taken=date(2023, 9, 1)
    )
    state = one.receives(empty)

    assert waiting(state) and state.quarantined[0].serves_older and len(one.table("2023-02")) == 336

    confirm("readings", period="2023-02", why="The provider has withdrawn the month.", by="me", settings=one.settings)
    state = one.receives()
    assert [p.period for p in state.periods] == ["2023-01"]
    assert state.quarantined[0].reasons == ("the source has taken back the whole period",)
    assert {r["change"] for r in revisions(one)} == {"withdrawn"}


def test_a_window_that_moves_on_withdraws_nothing(tmp_path: Path) -> None:
    one = Officer(tmp_path, dataset(), [])
    rows = rows_of_month(FIRST)
    one.receives(answer(one.folder / "answers", text_of(rows), "2023-01", whole=False))
    state = one.receives(answer(one.folder / "answers", text_of(rows[120:]), "2023-01", whole=False, taken=date(2023, 3, 1)))

    assert state.rows == len(rows) and not state.findings


# --- corrections as data ---


def correction(**changes: Any) -> Correction:
    values = {
        "id": "stuck_instrument",
        "key": {"station": "S02", "component": "PM10", "day": "2023-01-17"},
        "column": "value",
        "expected": 99.5,
        "value": None,
        "why": TEXT,
        "since": "2023-02-01",
        "provider": {"status": "told", "on": "2023-02-01", "reference": "case 17"},
    }
    return build(Correction, values | changes, "readings.yaml")


def stuck(rows: list[Row]) -> list[Row]:
    return [
        row | {"value": "99.5"} if (row["station"], row["component"], row["day"]) == ("S02", "PM10", "2023-01-17") else row for row in rows
    ]


def value_of(one: Officer) -> tuple[Any, Any]:
    return next((row[3], row[-1]) for row in one.table("2023-01") if row[:2] == ("S02", "PM10") and str(row[2]) == "2023-01-17")


def test_a_declared_correction_is_applied_remarked_and_told(tmp_path: Path) -> None:
    one = Officer(tmp_path, dataset(), [], (correction(),))
    state = one.receives(one.asks(FIRST, stuck), one.asks(SECOND))

    assert value_of(one) == (None, "corrected:stuck_instrument")
    assert [(c.correction.id, c.outcome, c.period) for c in state.corrections] == [("stuck_instrument", "applied", "2023-01")]


def test_a_correction_expires_when_the_source_has_mended_its_value(tmp_path: Path) -> None:
    one = Officer(tmp_path, dataset(), [], (correction(),))
    one.receives(one.asks(FIRST, stuck))
    state = one.receives(one.asks(FIRST, taken=date(2023, 6, 1)))

    assert value_of(one)[0] is not None and value_of(one)[1] is None
    assert [c.outcome for c in state.corrections] == ["expired"]
    assert [(r["old_value"], r["cause"]) for r in revisions(one)] == [(None, "source")]


def test_a_new_correction_rebuilds_its_month_alone_and_is_a_revision(tmp_path: Path) -> None:
    one = Officer(tmp_path, dataset(), [])
    one.receives(one.asks(FIRST, stuck), one.asks(SECOND))
    untouched = (one.settings.validated / "readings" / "2023-02.parquet").stat().st_mtime_ns
    one.corrections = (correction(value=17.25),)
    one.receives()

    assert value_of(one)[0] == 17.25
    assert (one.settings.validated / "readings" / "2023-02.parquet").stat().st_mtime_ns == untouched
    assert [(r["old_value"], r["new_value"], r["cause"]) for r in revisions(one)] == [("99.500", "17.250", "correction")]


def test_a_correction_without_its_row_is_told(tmp_path: Path) -> None:
    one = Officer(tmp_path, dataset(), [], (correction(key={"station": "S77", "component": "PM10", "day": "2023-01-17"}),))

    assert [c.outcome for c in one.receives(one.asks(FIRST)).corrections] == ["not_found"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": {"station": "S02"}}, "not the whole key"),
        ({"column": "verdi"}, "not a column outside the key"),
        ({"value": 99.5}, "corrects nothing"),
        ({"provider": {"status": "maybe", "on": "2023-02-01"}}, "provider.status"),
    ],
)
def test_a_correction_that_cannot_mean_anything_does_not_load(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    values = json.loads(correction().model_dump_json()) | changes
    (tmp_path / "readings.yaml").write_text(json.dumps([values]), "utf-8")  # JSON is YAML

    with pytest.raises(MetadataError, match=message):
        load_corrections(tmp_path, dataset())


def test_a_key_that_tries_to_be_sql_is_only_ever_a_value(tmp_path: Path) -> None:
    hostile = correction(key={"station": "S02' or 1=1 --", "component": 'PM10"; drop table delivered; --', "day": "2023-01-17"})
    one = Officer(tmp_path, dataset(), [], (hostile,))
    state = one.receives(one.asks(FIRST, stuck))

    assert [c.outcome for c in state.corrections] == ["not_found"] and state.rows == len(rows_of_month(FIRST))


# --- checks that are off, lowered or gone ---


def off(until: str) -> dict[str, Any]:
    return {"check": "count_in_range", "reason": TEXT, "by": "data_secretariat", "until": until}


def negative(rows: list[Row]) -> list[Row]:
    return [rows[0] | {"count": "-1"}, *rows[1:]]


def test_a_check_may_be_off_with_a_reason_until_its_day_and_is_on_again_after_it(tmp_path: Path) -> None:
    one = Officer(tmp_path, dataset(switched_off=[off("2026-01-15")]), [])
    state = one.receives(one.asks(FIRST, negative))
    assert [p.period for p in state.periods] == ["2023-01"]
    assert "count_in_range" not in {check.id for check in state.checks}

    state = one.receives(now=datetime(2026, 1, 16, 8, tzinfo=UTC))
    assert "count_in_range" in state.quarantined[0].reasons[0]


@pytest.mark.parametrize("check", ["key_unique", "no_such_check"])
def test_only_a_check_that_exists_and_is_no_foundation_can_be_off(tmp_path: Path, check: str) -> None:
    one = Officer(tmp_path, dataset(switched_off=[off("2026-01-15") | {"check": check}]), [])

    with pytest.raises(MetadataError, match="no check that could be switched off"):
        one.receives(one.asks(FIRST))


def test_a_check_that_was_lowered_or_taken_out_is_noticed(tmp_path: Path) -> None:
    one = officer(tmp_path, 1)
    rule = {"id": "not_all_zero", "sql": "select period from {batch} group by period having max(count) = 0", "description": TEXT}
    one.described = dataset(rules=[rule | {"severity": "warning"}])
    lowered = one.receives(one.asks(SECOND))
    one.described = dataset(rules=[])
    removed = one.receives(one.asks(THIRD))

    assert [(f.check, f.what) for f in lowered.findings] == [("check_weakened", "the check not_all_zero was critical and now only warns")]
    assert [(f.check, f.what) for f in removed.findings] == [("check_weakened", "the check not_all_zero is no longer made")]


def test_a_check_that_itself_fails_to_run_lets_nothing_through(tmp_path: Path) -> None:
    rule = {"id": "broken", "sql": "select period from {batch} where no_such_column > 1", "description": TEXT}
    one = Officer(tmp_path, dataset(rules=[rule]), [])
    state = one.receives(one.asks(FIRST))

    assert not state.periods
    assert "the check itself failed to run" in state.quarantined[0].reasons[0]


# --- damaged tables ---


@pytest.mark.parametrize("damage", [b"", b"PAR1 and something else", None])
def test_a_validated_file_that_is_not_what_was_promoted_is_built_anew(tmp_path: Path, damage: bytes | None) -> None:
    one = officer(tmp_path, 2)
    path = one.settings.validated / "readings" / "2023-01.parquet"
    whole = path.read_bytes()
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)

    state = one.receives()

    assert path.read_bytes() == whole
    assert not state.findings and not revisions(one)


# --- time ---


def test_rows_about_days_after_the_delivery_are_set_aside_and_many_are_refused(tmp_path: Path) -> None:
    one = officer(tmp_path, 1)
    few = one.receives(one.asks(SECOND, taken=date(2023, 2, 26)))
    assert few.periods[1].set_aside == {"future": 12}

    one = officer(tmp_path / "many", 1)
    many = one.receives(one.asks(SECOND, taken=date(2023, 2, 10)))
    assert "about a time after the day it was taken" in many.quarantined[0].reasons[0]
    assert many.newest_period == "2023-01", "a future record is not the newest"


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),  # the night of 23 hours
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),  # the night of 25 hours
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_a_publication_day_is_a_norwegian_day_when_the_clocks_change(now: datetime, day: date) -> None:
    assert local_day(now) == day


@pytest.mark.parametrize(
    ("day", "duration", "then"),
    [
        ("2024-01-31", "P1M", "2024-02-29"), ("2024-02-29", "P1M", "2024-03-31"), ("2023-02-28", "P1Y", "2024-02-29"),
        ("2024-12-30", "P2M", "2025-02-28"), ("2024-12-31", "P1W", "2025-01-07"), ("2024-03-30", "PT1H", "2024-03-31"),
    ],
)  # fmt: skip
def test_a_month_is_a_month_of_the_calendar(day: str, duration: str, then: str) -> None:
    assert after(date.fromisoformat(day), duration) == date.fromisoformat(then)


def described(rhythm: str, **source: Any) -> Any:
    plain = dataset()
    ended = source.pop("ended", None)
    values = plain.source.model_dump(mode="json") | {"rhythm": rhythm, "calendar": source, "ended": ended}
    return dataset(source=values)


@pytest.mark.parametrize(
    ("rhythm", "calendar", "newest", "expected", "overdue"),
    [
        ("P1D", {}, "2026-01-10", "2026-01-12", "2026-01-13"),
        ("P1D", {"delay": "P3D"}, "2026-01-10", "2026-01-15", "2026-01-16"),
        ("P1M", {"delay": "P10D"}, "2025-12-31", "2026-02-11", "2026-03-11"),
        ("P1Y", {"day": "03-15", "grace": "P2W"}, "2024-12-31", "2026-03-15", "2026-03-29"),
        ("P1Y", {"day": "02-21", "as_of": "start"}, "2025-12-31", "2026-02-21", "2026-03-24"),
        ("P1Y", {"delay": "P6M"}, "2024-12-31", "2026-07-01", "2026-08-01"),
    ],
)
def test_the_calendar_of_a_source_says_when_it_is_due_and_when_late(
    rhythm: str, calendar: dict[str, str], newest: str, expected: str, overdue: str
) -> None:
    it = described(rhythm, **calendar)
    due, late = date.fromisoformat(expected), date.fromisoformat(overdue)

    def state_on(day: date) -> str:
        return freshness(it, date.fromisoformat(newest), day).state

    assert (freshness(it, date.fromisoformat(newest), due).expected_on, freshness(it, date.fromisoformat(newest), due).overdue_on) == (
        due,
        late,
    )
    days = (date.fromordinal(due.toordinal() - 1), due, date.fromordinal(late.toordinal() - 1), late)
    assert [state_on(day) for day in days] == ["fresh", "due", "due", "overdue"]


def test_a_source_that_has_ended_is_never_late() -> None:
    it = described("P1D", ended={"on": "2026-01-01", "reason": TEXT, "successor": "readings"})

    assert freshness(it, date(2025, 12, 31), date(2027, 1, 1)).state == "ended"
    assert freshness(it, date(2025, 12, 31), date(2025, 12, 31)).state == "fresh"


def test_the_order_of_jumps_of_the_clock_changes_nothing_that_is_kept(tmp_path: Path) -> None:
    kept = []
    for name, clock in (("forward", [2026, 2027, 2026]), ("steady", [2026, 2026, 2026])):
        one = Officer(tmp_path / name, dataset(), [])
        for first, year in zip(months(3), clock, strict=True):
            state = one.receives(one.asks(first), now=datetime(year, 1, 15, 8, tzinfo=UTC))
        kept.append([(p.period, p.sha256) for p in state.periods])

    assert kept[0] == kept[1] and len(kept[0]) == 3


def test_fill_values_are_only_for_numbers_that_may_be_empty() -> None:
    with pytest.raises(MetadataError, match="only a number that may be empty has fill_values"):
        dataset(columns=[{"name": "station", "type": "text", "fill_values": [-999], **DESCRIBED}], key=["station"])


def test_a_recipe_with_other_limits_judges_again(tmp_path: Path) -> None:
    one = officer(tmp_path, 2)
    assert waiting(one.receives(one.asks(THIRD, milder)))
    one.described = dataset(drift={"table_factor": 100, "series_factor": None})

    assert not waiting(one.receives())
    assert recipe_of(one.described).fingerprint != recipe_of(dataset()).fingerprint
    assert replace(one.settings).history.name == "real"
