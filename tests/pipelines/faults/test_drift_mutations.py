"""Seeded faults: one thing wrong after a clean history, and the one check that must catch it; and clean months that alarm nobody."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from drifting import HEAD, TEXT, Mutation, Officer, Row, answer, dataset, months, officer, text_of, waiting
from drifting import rows_of_month as clean

from catalog.publication import DatasetState
from pipelines.ingesting import drift
from pipelines.validate import validate

HISTORY = months(14)
NEXT, LAST = months(15)[-1], HISTORY[-1]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Officer:
    """Fourteen clean months."""
    return officer(tmp_path_factory.mktemp("history"), len(HISTORY))


@pytest.fixture
def one(history: Officer, tmp_path: Path) -> Iterator[Officer]:
    """A copy of that history that a test may spoil."""
    shutil.copytree(history.folder / "data", tmp_path / "data", copy_function=shutil.copy2)
    yield Officer(tmp_path, history.described, list(history.snapshots))
    shutil.rmtree(tmp_path / "data")


def every(change: Callable[[Row], Row]) -> Mutation:
    return lambda rows: [change(dict(row)) for row in rows]


def some(column: str, new: Callable[[str], str], where: Callable[[Row], bool] = lambda row: True, share: int = 1) -> Mutation:
    """One column changed in every n-th row for which `where` holds."""

    def mutate(rows: list[Row]) -> list[Row]:
        found = [row for row in rows if where(row)]
        chosen = {id(row) for row in found[::share]}
        return [row | {column: new(row[column])} if id(row) in chosen else row for row in rows]

    return mutate


def times(factor: float) -> Callable[[str], str]:
    return lambda text: text and f"{float(text) * factor:.6f}"


def is_station(code: str) -> Callable[[Row], bool]:
    return lambda row: row["station"] == code


# What is wrong with the month after the history, and how the checks must answer: `waiting:<check>`, `refused:<promise or sentence>`,
# `aside:<rule>`, `filled:<column>`, `repeated`, `noticed:<check>`, `error:<sentence>`.
IN_A_NEW_MONTH: dict[str, tuple[Mutation, str]] = {
    "milligrams for micrograms": (some("value", times(0.001)), "waiting:magnitude"),
    "nanograms for micrograms": (some("value", times(1000)), "waiting:magnitude"),
    "per minute for per hour": (some("value", times(1 / 60)), "waiting:magnitude"),
    "per hour for per minute": (some("value", times(60)), "waiting:magnitude"),
    "counts in thousands": (some("count", lambda text: str(int(text) * 1000)), "waiting:magnitude"),
    "one station in milligrams": (some("value", times(0.001), is_station("S02")), "waiting:series_magnitude"),
    "one station in nanograms": (some("value", times(1000), is_station("S05")), "waiting:series_magnitude"),
    "one station sixty times": (some("value", times(60), is_station("S01")), "waiting:series_magnitude"),
    "one component in another unit": (some("value", times(1000), lambda row: row["component"] == "PM10"), "waiting:series_magnitude"),
    "one series alone": (
        some("value", times(1 / 60), lambda row: (row["station"], row["component"]) == ("S03", "NO2")),
        "waiting:series_magnitude",
    ),
    "only the unit field": (some("unit", lambda _: "mg/m³"), "waiting:unit"),
    "the unit field of one row in a hundred": (some("unit", lambda _: "mg/m³", share=100), "waiting:unit"),
    "every value gone": (some("value", lambda _: ""), "waiting:emptied"),
    "every value zero": (some("value", lambda _: "0"), "waiting:magnitude"),
    "one station stuck at zero": (some("value", lambda _: "0", is_station("S06")), "waiting:series_magnitude"),
    "every count zero": (some("count", lambda _: "0"), "refused:not_all_zero"),
    "the code -9900": (some("value", lambda _: "-9900", share=50), "filled:value"),
    "the code -999": (some("value", lambda _: "-999.000", share=50), "filled:value"),
    "the code 9999": (some("value", lambda _: "9999", share=50), "filled:value"),
    "a value far outside physics": (some("value", lambda _: "5000000", share=100), "aside:impossible"),
    "many values far below zero": (some("value", lambda _: "-500", share=3), "refused:a value that is impossible"),
    "a negative count": (some("count", lambda _: "-3", share=50), "refused:count_in_range"),
    "half a count": (some("count", lambda _: "2.5", share=50), "refused:values of the wrong type: count"),
    "a decimal comma": (some("value", lambda text: text.replace(".", ",")), "refused:values of the wrong type: value"),
    "a word for a number": (some("value", lambda _: "mangler", share=90), "refused:values of the wrong type: value"),
    "an infinite number": (some("value", lambda _: "1e400", share=90), "refused:values of the wrong type: value"),
    "not a number": (some("value", lambda _: "NaN", share=90), "refused:values of the wrong type: value"),
    "an unknown station code": (some("station", lambda text: text[1:], share=40), "refused:station_pattern"),
    "leading zeros lost": (some("station", lambda text: f"S{int(text[1:])}"), "refused:station_pattern"),
    "an unknown component": (some("component", lambda _: "XX", is_station("S02")), "refused:component_known"),
    "no station": (some("station", lambda _: "", share=60), "refused:station_present"),
    "no component": (some("component", lambda _: "", share=60), "refused:component_present"),
    "no day": (some("day", lambda _: "", share=60), "refused:day_present"),
    "days of another month": (some("day", lambda text: "2021" + text[4:]), "refused:outside the period"),
    "one day of another month": (some("day", lambda text: "2021" + text[4:], share=90), "aside:outside_period"),
    "a day that is none": (some("day", lambda _: "2024-02-31", share=90), "refused:values of the wrong type: day"),
    "a hundredth of the rows twice": (lambda rows: rows + rows[::100], "repeated"),
    "a tenth of the rows twice": (lambda rows: rows + rows[::10], "repeated"),
    "all rows twice": (lambda rows: rows + rows, "repeated"),
    "a hundredth of the rows twice, differing": (lambda rows: rows + some("value", times(1.1))(rows[::100]), "waiting:contradicting"),
    "all rows twice, differing": (lambda rows: rows + some("value", times(1.1))(rows), "waiting:contradicting"),
    "no rows": (lambda rows: [], "refused:the source delivered no rows"),
    "many times as many stations": (
        lambda rows: [row | {"station": f"S{10 * n + int(row['station'][1:]):02}"} for row in rows for n in range(8)],
        "waiting:rows",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", IN_A_NEW_MONTH)
def test_a_fault_in_a_new_month_is_caught_by_its_check(one: Officer, fault: str) -> None:
    mutate, expected = IN_A_NEW_MONTH[fault]
    state = one.receives(one.asks(NEXT, mutate))

    assert answers_of(state, f"{NEXT:%Y-%m}") == {expected}


def answers_of(state: DatasetState, period: str) -> set[str]:
    """How the checks answered about one period, in the words of the table above."""
    found = {f"{f.outcome}:{f.check}" for f in state.findings if f.period == period}
    waits = {f.what for f in state.findings if f.outcome == "waiting" and f.period == period}
    sentences = [reason for q in state.quarantined if q.period == period for reason in q.reasons if reason not in waits]
    known = [expected.removeprefix("refused:") for _, expected in IN_A_NEW_MONTH.values() if expected.startswith("refused:")]
    for sentence in sentences:
        found.add(next((f"refused:{one}" for one in known if one in sentence), f"refused:{sentence}"))
    for facts in state.periods:
        if facts.period == period:
            found |= {f"aside:{rule}" for rule in facts.set_aside} | {f"filled:{column}" for column in facts.filled}
            found |= {"repeated"} if facts.repeated else set()
    return found


IN_A_NEW_FORM: dict[str, tuple[Callable[[list[Row]], bytes], str]] = {
    "a field is renamed": (
        lambda rows: text_of([row | {"verdi": row["value"]} for row in rows], ("station", "component", "day", "verdi", "count", "unit")),
        "value is gone, verdi may be its new name",
    ),
    "a field is removed": (lambda rows: text_of(rows, [name for name in HEAD if name != "value"]), "value is gone"),
    "a field of the key is removed": (lambda rows: text_of(rows, [name for name in HEAD if name != "day"]), "day is gone"),
    "a number becomes text": (lambda rows: text_of(some("value", lambda text: f"ca. {text}")(rows)), "value was number and is text"),
    "a page instead of data": (lambda rows: b"<html><body>Logg inn</body></html>\n", "none of the 6 fields is there"),
    "bytes of another encoding": (lambda rows: text_of(rows).replace(b"NO2", b"N\xd82"), "not readable"),
    "an empty body": (lambda rows: b"", "not readable"),
}


@pytest.mark.parametrize("fault", IN_A_NEW_FORM)
def test_an_answer_in_a_new_form_is_refused_with_the_difference_field_by_field(one: Officer, fault: str) -> None:
    spoil, difference = IN_A_NEW_FORM[fault]
    state = one.receives(answer(one.folder / "answers", spoil(clean(NEXT)), f"{NEXT:%Y-%m}"))

    assert [q.period for q in state.quarantined] == [f"{NEXT:%Y-%m}"]
    assert difference in "; ".join(state.quarantined[0].reasons)
    assert "Logg" not in str(state.quarantined) and "ca." not in str(state.quarantined)
    assert len(state.periods) == len(HISTORY)


def test_a_new_field_is_noticed_and_not_published(one: Officer) -> None:
    rows = [row | {"remark": "x"} for row in clean(NEXT)]
    state = one.receives(answer(one.folder / "answers", text_of(rows, (*HEAD, "remark")), f"{NEXT:%Y-%m}"))

    assert [(f.check, f.outcome) for f in state.findings] == [("fields", "noticed")]
    assert "the field remark is new" in state.findings[0].what
    assert len(state.periods) == len(HISTORY) + 1 and len(one.table(f"{NEXT:%Y-%m}")[0]) == 7


WITHDRAWN: dict[str, tuple[Mutation, str, str]] = {
    "one row": (lambda rows: rows[1:], "noticed", "withdrawn"),
    "a tenth of the rows": (lambda rows: [row for n, row in enumerate(rows) if n % 10], "waiting", "withdrawn"),
    "the second half, as when paging stops": (lambda rows: rows[: len(rows) // 2], "waiting", "withdrawn"),
    "one station": (lambda rows: [row for row in rows if row["station"] != "S03"], "waiting", "series_withdrawn"),
    "one component": (lambda rows: [row for row in rows if row["component"] != "PM10"], "waiting", "series_withdrawn"),
}


@pytest.mark.parametrize("fault", WITHDRAWN)
def test_what_a_source_takes_back_is_noticed_or_waits(one: Officer, fault: str) -> None:
    mutate, outcome, check = WITHDRAWN[fault]
    period = f"{LAST:%Y-%m}"
    before = one.table(period)

    state = one.receives(one.asks(LAST, mutate, taken=LAST.replace(day=28, month=12)))

    assert [(f.outcome, f.check) for f in state.findings if f.period == period] == [(outcome, check)]
    assert (one.table(period) == before) is (outcome == "waiting")
    assert (len(one.table(period)) == len(before) - 1) is (outcome == "noticed")


@pytest.mark.parametrize(
    ("licence", "said"), [("", "not known to be open"), ("All rights reserved", "not known to be open"), ("CC-BY-4.0", "changed")]
)
def test_new_data_under_other_terms_waits_for_a_person(one: Officer, licence: str, said: str) -> None:
    state = one.receives(one.asks(NEXT, licence=licence))

    assert waiting(state) == {f"{NEXT:%Y-%m}": ["licence"]}
    assert said in state.findings[0].what
    assert len(state.periods) == len(HISTORY)


SPOILT: dict[str, str] = {
    "key_unique": "select * from good union all (select * from good limit 3)",
    "columns_as_declared": "select * exclude (count) from good",
    "value_in_range": "select * replace (-500::decimal(18,3) as value) from good",
    "rows_counted": "select * from good limit 10",
}
"""What no delivery can break, because building sees to it; by what would have to become of the candidate to break it all the same."""


@pytest.mark.parametrize("check", SPOILT)
def test_a_candidate_that_was_spoilt_after_it_was_built_is_caught_by_its_check(history: Officer, check: str, tmp_path: Path) -> None:
    good = history.settings.validated / "readings" / f"{LAST:%Y-%m}.parquet"
    built = duckdb.execute("select count(*) from read_parquet(?)", [str(good)]).fetchone()
    assert built is not None
    spoilt = tmp_path / good.name
    duckdb.execute(f"copy (with good as (from read_parquet('{good}')) {SPOILT[check]}) to '{spoilt}' (format parquet)")
    rows = built[0] + 3 * (check == "key_unique")

    checks, broken = validate(history.described, {good.stem: spoilt}, rows, history.settings)

    others = {"count_in_range", "not_all_zero"} if check == "columns_as_declared" else set()
    assert {one.id for one in checks if not one.success} == {check} | others
    assert set(broken) == {good.stem}


def never_triggered(state: DatasetState) -> set[str]:
    """Checks that ran, and findings that the comparison can make, which no fault of this file triggers."""
    calls = (node for node in ast.walk(ast.parse(Path(drift.__file__).read_bytes())) if isinstance(node, ast.Call))
    jumps = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Jump"]
    findings = {name.value for name in jumps if isinstance(name, ast.Constant)}
    assert len(findings) == len({ast.unparse(name) for name in jumps}) >= 8, "the name of each finding is written where it is made"
    by_fault = {expected.partition(":")[2] for _, expected in IN_A_NEW_MONTH.values()} | {check for _, _, check in WITHDRAWN.values()}
    return ({check.id for check in state.checks} | {str(name) for name in findings}) - by_fault - set(SPOILT) - {"licence"}


def test_every_check_that_runs_is_triggered_by_a_seeded_fault(one: Officer) -> None:
    assert never_triggered(one.receives()) == set()


def test_a_check_that_no_seeded_fault_triggers_is_noticed(one: Officer) -> None:
    never = {"id": "never", "sql": "select period from {batch} where value > 1e9", "description": TEXT}
    kept = [rule.model_dump(mode="json") for rule in one.described.rules]
    one.described = dataset(rules=[*kept, never])

    assert never_triggered(one.receives()) == {"never"}


def test_every_fault_of_this_file_is_of_its_own_kind() -> None:
    """At least fifty seeded faults, each named, none twice."""
    names = [*IN_A_NEW_MONTH, *IN_A_NEW_FORM, *WITHDRAWN]
    assert len(names) == len(set(names)) >= 50


@pytest.mark.slow
def test_twenty_four_clean_months_one_after_another_alarm_nobody(tmp_path: Path) -> None:
    one = officer(tmp_path, 3)
    for first in months(27)[3:]:
        state = one.receives(one.asks(first))
        assert (state.findings, state.quarantined) == ((), ()), first

    assert len(state.periods) == 27 and state.rows == sum(len(clean(first)) for first in months(27))
