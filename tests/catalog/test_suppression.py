"""Small numbers stay hidden: an attacker who knows every sum, every other table and every earlier release recovers none of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.duck import connect
from catalog.model import Dataset
from catalog.privacy.hidden_observations import hide_observations
from catalog.privacy.suppression import Cells, protect, recovered
from catalog.privacy.withholding import HiddenSum, withhold

Grid = tuple[list[int], list[dict[int, int]], set[int]]


def grid(rows: int, columns: int, chance: random.Random) -> Grid:
    """A table with both margins and a grand total: values, sums, totals."""
    values = [chance.choice([0, 1, 2, 3, 4, 6, 8, 12, 30, 50, 100]) for _ in range(rows * columns)]
    sums: list[dict[int, int]] = []

    def total(parts: list[int]) -> int:
        values.append(sum(values[part] for part in parts))
        sums.append({**dict.fromkeys(parts, 1), len(values) - 1: -1})
        return len(values) - 1

    across = [total([r * columns + c for c in range(columns)]) for r in range(rows)]
    down = [total([r * columns + c for r in range(rows)]) for c in range(columns)]
    everything = total(across)
    sums.append({**dict.fromkeys(down, 1), everything: -1})
    return values, sums, set(range(rows * columns, len(values)))


def attack(values: list[int], sums: list[dict[int, int]], hidden: set[int]) -> dict[int, tuple[float, float]]:
    """What an attacker finds out about each hidden cell, by linear programming over everything that is shown: least and largest value."""
    from scipy.optimize import linprog

    order = {cell: at for at, cell in enumerate(sorted(hidden))}
    matrix = [[float(one.get(cell, 0)) for cell in order] for one in sums if not hidden.isdisjoint(one)]
    right = [-float(sum(c * values[cell] for cell, c in one.items() if cell not in hidden)) for one in sums if not hidden.isdisjoint(one)]
    found = {}
    for cell, at in order.items():
        ends = []
        for sign in (1.0, -1.0):
            aim = [0.0] * len(order)
            aim[at] = sign
            answer = linprog(aim, A_eq=matrix or None, b_eq=right or None, bounds=[(0, None)] * len(order), method="highs")
            ends.append(float("inf") if answer.status == 3 else sign * answer.fun)
        found[cell] = (ends[0], ends[1])
    return found


@pytest.mark.parametrize("seed", range(12))
def test_no_hidden_cell_of_a_table_with_margins_is_recovered_or_narrowed_below_k(seed: int) -> None:
    chance = random.Random(seed)
    values, sums, totals = grid(chance.randint(2, 8), chance.randint(2, 8), chance)
    small = {cell: 5 for cell, value in enumerate(values) if 1 <= value <= 4}
    protection = protect(Cells(values, sums, last=totals), small)
    assert protection.exposed == frozenset()
    assert set(small) <= protection.hidden
    assert recovered(sums, protection.hidden) == frozenset()
    ranges = attack(values, sums, set(protection.hidden))
    assert all(high - low >= 5 - 1e-6 for cell, (low, high) in ranges.items() if cell in small)
    assert all(high - low > 1e-6 for low, high in ranges.values()), "what is hidden to protect another cell is not told either"


def test_the_attack_finds_what_only_the_small_cells_hide() -> None:
    """The test can fail: without further cells the small ones of these tables are given away."""
    given_away = 0
    for seed in range(12):
        chance = random.Random(seed)
        values, sums, _ = grid(chance.randint(2, 8), chance.randint(2, 8), chance)
        given_away += len(recovered(sums, {cell for cell, value in enumerate(values) if 1 <= value <= 4}))
    assert given_away > 20


def test_a_cell_that_everything_around_is_known_of_is_reported_as_exposed() -> None:
    values, sums = [3, 10, 20, 33], [{0: 1, 1: 1, 2: 1, 3: -1}]
    assert protect(Cells(values, sums, known={1, 2, 3}), {0: 5}).exposed == {0}
    assert protect(Cells(values, sums, known={1}), {0: 5}) == protect(Cells(values, sums, known={1}, last={3}), {0: 5})
    assert 2 in protect(Cells(values, sums, known={1}, last={3}), {0: 5}).hidden


def test_equal_tables_are_hidden_alike() -> None:
    values, sums, totals = grid(6, 6, random.Random(1))
    small = {cell: 5 for cell, value in enumerate(values) if 1 <= value <= 4}
    first = protect(Cells(values, sums, last=totals), small)
    again = protect(Cells([Fraction(value) for value in values], [dict(reversed(one.items())) for one in sums], last=totals), small)
    assert first.hidden == again.hidden


# --- tables ---


def made(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, int, int]]) -> duckdb.DuckDBPyRelation:
    con.execute("create or replace table used (municipality varchar, consumption_group varchar, year bigint, metering_points bigint)")
    con.executemany("insert into used values (?, ?, ?, ?)", rows)
    return con.sql("select *, (metering_points * 10)::decimal(18,3) as quantity from used")


def nested(chance: random.Random) -> list[tuple[str, str, int, int]]:
    """Municipalities, counties and the country, by group with a total: three ways in which the same numbers add up."""
    groups = ["private", "industry", "business"]
    base = {
        (f"{county}{n:02}", group): chance.choice([0, 1, 3, 4, 7, 25, 90])
        for county in ("11", "46")
        for n in range(1, 6)
        for group in groups
    }
    cells = dict(base)
    for (code, group), count in base.items():
        for area in (code[:2], "0"):
            cells[area, group] = cells.get((area, group), 0) + count
    for code in sorted({code for code, _ in cells}):
        cells[code, "total"] = sum(cells[code, group] for group in groups)
    return [(code, group, 2024, count) for (code, group), count in sorted(cells.items())]


@pytest.mark.parametrize("seed", range(6))
def test_numbers_stay_hidden_over_groups_municipalities_counties_and_the_country(
    seed: int, make_dataset: dict[str, Callable[..., Dataset]]
) -> None:
    rows = nested(random.Random(seed))
    con = connect()
    published, withholding = withhold(con, made(con, rows), make_dataset["electricity"]())
    assert (withholding.recoverable, withholding.told_before) == (0, 0)
    shown = {row[:2]: row[3] for row in published.fetchall()}
    at = {key: number for number, key in enumerate(shown)}
    values = [next(r[3] for r in rows if r[:2] == key) for key in shown]
    hidden = {at[key] for key, value in shown.items() if value is None}
    sums: list[dict[int, int]] = []
    for code in {code for code, _ in at}:
        sums.append({**{at[code, g]: 1 for g in ("private", "industry", "business")}, at[code, "total"]: -1})
    for group in ("private", "industry", "business", "total"):
        for area in ("11", "46", "0"):
            parts = [at[c, g] for c, g in at if g == group and len(c) == 4 and (area == "0" or c.startswith(area))]
            sums.append({**dict.fromkeys(parts, 1), at[area, group]: -1})
    small = {number for number, value in enumerate(values) if 1 <= value <= 4}
    assert small and small <= hidden
    ranges = attack(values, sums, hidden)
    assert all(ranges[cell][1] - ranges[cell][0] >= 5 - 1e-6 for cell in small)


def declared(make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Any], **more: Any) -> Dataset:
    ethics = make_ethics(
        about_people="indirect",
        counts_of=["measurements"],
        data_category="AnonymisedData",
        withhold_when="quantity between 1 and 49",
        **more,
    )
    return make_dataset["electricity"](ethics=ethics)


def test_what_indicators_sum_elsewhere_gives_no_hidden_row_away(
    make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Any]
) -> None:
    sums = [{"by": ["municipality", "year"]}, {"by": ["year"], "group": "consumption_group"}]
    dataset = declared(make_dataset, make_ethics, sums=sums)
    rows = [(f"46{n:02}", group, 2024, 20 + 3 * n + i) for n in range(4) for i, group in enumerate(("private", "industry", "business"))]
    rows[4] = ("4601", "industry", 2024, 3)
    con = connect()
    published, withholding = withhold(con, made(con, rows), dataset)
    hidden = {row[:2] for row in published.fetchall() if row[-1] == "Q"}
    assert ("4601", "industry") in hidden
    for place in (0, 1):
        for code in {key[place] for key in hidden}:
            assert sum(key[place] == code for key in hidden) != 1, "a row that is alone in its sum is the sum less the others"
    assert withholding.recoverable == 0 and withholding.sums == () and withholding.sums_shown == 4
    whole = sum(row[3] for row in rows) * 10
    assert con.sql("select sum(quantity) from (select *, (metering_points * 10)::decimal(18,3) as quantity from used)").fetchone() == (
        whole,
    )


def test_a_number_shown_in_an_earlier_release_counts_as_known_and_what_was_hidden_stays_hidden(
    make_dataset: dict[str, Callable[..., Dataset]], tmp_path: Path
) -> None:
    dataset = make_dataset["electricity"]()
    con = connect()
    parts = [("0301", "private", 2024, 40), ("0301", "industry", 2024, 9), ("0301", "business", 2024, 20), ("0301", "total", 2024, 69)]
    others = [(f"46{n:02}", g, 2024, c) for n in range(3) for g, c in (("private", 30), ("industry", 10), ("business", 8), ("total", 48))]

    def release(name: str, rows: list[tuple[str, str, int, int]], earlier: list[Path]) -> tuple[Path, Any, dict[str, Any]]:
        published, withholding = withhold(con, made(con, rows), dataset, earlier)
        path = tmp_path / f"{name}.parquet"
        published.write_parquet(str(path))
        shown = {row[1]: row[3] for row in duckdb.sql(f"from '{path}' where municipality = '0301'").fetchall()}
        return path, withholding, shown

    first, _, _ = release("first", parts + others, [])
    now_small = [("0301", "private", 2024, 40), ("0301", "industry", 2024, 3), ("0301", "business", 2024, 25), ("0301", "total", 2024, 68)]
    second, withholding, shown = release("second", now_small + others, [first])
    assert withholding.recoverable == 0 and shown["industry"] is None
    assert shown["private"] == 40 and shown["business"] is None, "what everyone has seen hides nothing; the changed number does"
    again = [("0301", "private", 2024, 40), ("0301", "industry", 2024, 7), ("0301", "business", 2024, 25), ("0301", "total", 2024, 72)]
    _, withholding, shown = release("third", again + others, [second, first])
    assert shown["industry"] is None and shown["business"] is None, "shown now, the second release's sum would tell what it hid"
    _, withholding, _ = release("fourth", now_small + others, [write_open(tmp_path, now_small + others)])
    assert withholding.told_before == 1


def test_a_sum_that_was_hidden_stays_hidden_and_one_that_was_shown_is_known(
    make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., Any], tmp_path: Path
) -> None:
    dataset = declared(make_dataset, make_ethics, sums=[{"by": ["municipality", "year"]}, {"by": ["year"]}])
    alike = [(f"46{n:02}", "private", 2024, 30 + n) for n in range(4)]
    con = connect()
    published, first = withhold(con, made(con, [("0301", "private", 2024, 3), *alike]), dataset)
    assert (first.recoverable, {it.by for it in first.sums} >= {("0301", "2024")}) == (0, True), "a sum of one row is that row"
    published.write_parquet(str(tmp_path / "first.parquet"))

    _, again = withhold(con, made(con, [("0301", "private", 2024, 3), *alike]), dataset, [tmp_path / "first.parquet"], first.sums)
    assert (again.recoverable, again.complementary, set(again.sums)) == (
        0, first.complementary, set(first.sums),
    )  # fmt: skip

    also = HiddenSum(0, ("4602", "2024"), "")
    _, more = withhold(con, made(con, [("0301", "private", 2024, 3), *alike]), dataset, [tmp_path / "first.parquet"], [*first.sums, also])
    assert also in more.sums, "shown now, with the rest as it was, it would tell what was hidden"
    _, told = withhold(con, made(con, [("0301", "private", 2024, 3), *alike]), dataset, [tmp_path / "first.parquet"], [])
    assert told.recoverable > 0, "to hide a sum hides nothing when everyone has seen it"


def write_open(folder: Path, rows: list[tuple[str, str, int, int]]) -> Path:
    con = connect()
    path = folder / "open.parquet"
    made(con, rows).write_parquet(str(path))
    return path


# --- observations ---


def test_an_observation_that_gives_a_hidden_one_away_is_hidden_with_it(tmp_path: Path) -> None:
    con = connect()
    rows = [("i", area, "2024", "", Decimal(n)) for area, n in (("1101", 3), ("1102", 40), ("1103", 50), ("11", 93), ("NO", 93))]
    rows += [("i", "1101", f"2024-{month:02}", "", Decimal(1 if month < 4 else 0)) for month in range(1, 13)]
    con.execute("create table seen (indicator varchar, ref_area varchar, time_period varchar, breakdown varchar, numerator decimal(38,6))")
    con.executemany("insert into seen values (?, ?, ?, ?, ?)", rows)
    path = tmp_path / "observations.parquet"
    con.execute(f"copy (select *, null::decimal(38,6) as denominator, 'A' as obs_status from seen) to '{path}' (format parquet)")
    assert hide_observations(con, path, {"i": {"numerator": 5}}, {}) == 0
    hidden = set(con.execute("select ref_area, time_period from hidden_observations").fetchall())
    assert ("1101", "2024") in hidden
    assert {("1102", "2024"), ("1103", "2024"), ("11", "2024")} & hidden, "the county less the others would be the hidden one"
    assert {("1101", f"2024-{month:02}") for month in (1, 2, 3)} <= hidden


def test_a_count_that_apportioning_left_between_two_whole_numbers_is_small_too(tmp_path: Path) -> None:
    con, path = connect(), tmp_path / "observations.parquet"
    con.execute(
        f"""copy (select 'i' as indicator, area as ref_area, '2024' as time_period, '' as breakdown, count::decimal(38,6) as numerator,
          null::decimal(38,6) as denominator, 'A' as obs_status
        from (values ('1101', 0.4), ('1102', 4.6), ('1103', 5), ('1104', 0)) as t(area, count)) to '{path}' (format parquet)"""
    )
    assert hide_observations(con, path, {"i": {"numerator": 5}}, {}) == 0
    assert {area for (area,) in con.execute("select ref_area from hidden_observations").fetchall()} == {"1101", "1102"}


def test_an_observation_that_shows_a_hidden_sum_is_hidden_whatever_indicator_it_belongs_to(tmp_path: Path) -> None:
    con = connect()
    path = tmp_path / "observations.parquet"
    con.execute(
        f"""copy (select * from (values
          ('total', '4601', '2024', 'consumer=cabins', 123.456::decimal(38,6), null::decimal(38,6), 'A'),
          ('total', '4601', '2023', 'consumer=cabins', 123.456, null, 'A'), ('other', '4601', '2024', '', 123.456, null, 'A'),
          ('share', '4601', '2024', '', 9, 123.456, 'A')
        ) as t(indicator, ref_area, time_period, breakdown, numerator, denominator, obs_status)) to '{path}' (format parquet)"""
    )
    hidden = [("4601", "2024", Decimal("123.456"))]
    assert hide_observations(con, path, {}, {"total": hidden, "share": hidden}) == 0
    found = set(con.execute("select indicator, time_period from hidden_observations").fetchall())
    assert found == {("total", "2024"), ("share", "2024")}
