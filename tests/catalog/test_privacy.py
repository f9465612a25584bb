"""Personal identifiers are found in every way of writing them, things are left in peace, and small numbers never get out."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.duck import connect
from catalog.model import Dataset
from catalog.privacy.identifiers import is_national_identity_number
from catalog.privacy.search import scan_table, scan_text
from catalog.privacy.withholding import published_columns, small_cells, withhold

TEST_SERIES = ("01819012365", "15818550127", "41819010186", "55827045011")
"""Numbers of the synthetic series that the Tax Administration uses for testing: month + 80, the last two with the day of a D-number."""

KIND = "national identity number"


def with_check_digits(first_nine: str) -> str | None:
    """The number with its check digits by the rule of today, computed independently of the product; None where there is none."""
    digits = [int(d) for d in first_nine]
    first = -sum(w * d for w, d in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), digits, strict=True)) % 11
    second = -sum(w * d for w, d in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), [*digits, first], strict=True)) % 11
    return None if 10 in (first, second) else f"{first_nine}{first}{second}"


@pytest.mark.parametrize("number", TEST_SERIES)
def test_a_number_of_the_test_series_is_an_identity_number_and_no_neighbour_is(number: str) -> None:
    assert is_national_identity_number(number, rule_of_2032=False)
    for place in range(11):
        for digit in "0123456789".replace(number[place], ""):
            changed = number[:place] + digit + number[place + 1 :]
            assert not is_national_identity_number(changed, rule_of_2032=False), f"place {place}"


@pytest.mark.parametrize(
    ("kind", "first_nine"),
    [("national", "010170123"), ("D-number", "410170123"), ("H-number", "014170123"), ("synthetic + 65", "016670123"),
     ("synthetic + 80", "018170123"), ("2000s", "010105623"), ("FH-number", "812345678"), ("FH-number", "912345677")],
)  # fmt: skip
def test_every_form_of_the_number_is_recognised(kind: str, first_nine: str) -> None:
    found = [n for i in range(10) if (n := with_check_digits(f"{first_nine[:8]}{i}"))]
    assert found, kind
    assert all(is_national_identity_number(number, rule_of_2032=False) for number in found)


def test_the_own_rule_agrees_with_an_independent_library_on_the_forms_that_library_knows() -> None:
    from stdnum.no import fodselsnummer

    chance = random.Random(7)
    for _ in range(20_000):
        number = f"{chance.randrange(1, 32):02}{chance.randrange(1, 13):02}{chance.randrange(10**7):07}"
        if fodselsnummer.is_valid(number):
            assert is_national_identity_number(number, rule_of_2032=False)


def test_few_random_numbers_look_personal() -> None:
    chance = random.Random(1)
    hits = sum(is_national_identity_number(f"{chance.randrange(10**11):011}") for _ in range(50_000))
    assert 0 < hits / 50_000 < 0.015


NUMBER = TEST_SERIES[0]
FORMS = {
    "plain": NUMBER,
    "inside a sentence": f"Kontakt {NUMBER} for mer.",
    "glued to a word": f"fnr{NUMBER}",
    "space": f"{NUMBER[:6]} {NUMBER[6:]}",
    "hyphen": f"{NUMBER[:6]}-{NUMBER[6:]}",
    "en dash": f"{NUMBER[:6]}–{NUMBER[6:]}",
    "dots": f"{NUMBER[:2]}.{NUMBER[2:4]}.{NUMBER[4:6]} {NUMBER[6:]}",
    "slashes": f"{NUMBER[:2]}/{NUMBER[2:4]}/{NUMBER[4:6]} {NUMBER[6:]}",
    "non-breaking space": f"{NUMBER[:6]}\u00a0{NUMBER[6:]}",
    "narrow space": f"{NUMBER[:6]}\u202f{NUMBER[6:]}",
    "in groups": f"{NUMBER[:2]} {NUMBER[2:4]} {NUMBER[4:6]} {NUMBER[6:9]} {NUMBER[9:]}",
    "each digit apart": " ".join(NUMBER),
    "zero-width space": f"{NUMBER[:6]}\u200b{NUMBER[6:]}",
    "full-width digits": NUMBER.translate({48 + d: 0xFF10 + d for d in range(10)}),
    "Arabic digits": NUMBER.translate({48 + d: 0x0660 + d for d in range(10)}),
    "in JSON": f'{{"a": {{"b": ["{NUMBER}"]}}}}',
    "in a tag": f"<td>{NUMBER}</td>",
    "after a phone number": f"22 33 44 55 {NUMBER}",
    "as an address": f"https://example.org/p/{NUMBER}?x=1",
    "quoted": f"'{NUMBER}'",
}


@pytest.mark.parametrize("form", FORMS)
def test_no_way_of_writing_hides_an_identity_number(form: str, make_dataset: dict[str, Callable[..., Dataset]]) -> None:
    assert [f.kind for f in scan_text(FORMS[form], "page") if f.kind == KIND] == [KIND]
    dataset = make_dataset["air_quality"]()
    found = scan_table(con := connect(), rows_with(con, dataset, remark=FORMS[form]), dataset)
    assert [(f.column, f.kind, f.count) for f in found if f.kind == KIND] == [("remark", KIND, 1)]


def rows_with(con: duckdb.DuckDBPyConnection, dataset: Dataset, **values: object) -> duckdb.DuckDBPyRelation:
    """One row of a dataset with these values."""
    terms = ", ".join(f"?::{c.sql_type} as {c.name}" for c in dataset.columns)
    usual = {"station": "NO0001", "component": "NO2", "from_time": "2024-01-01", "municipality": "0301"}
    con.execute(f"create or replace table row as select {terms}", [values.get(c.name, usual.get(c.name)) for c in dataset.columns])
    return con.table("row")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9 - 1), st.sampled_from(["", " ", "-", "\u00a0", "."]), st.text("abcæ ,:;\n", max_size=20))
def test_any_valid_number_is_found_in_any_surroundings(first_nine: int, separator: str, around: str) -> None:
    number = with_check_digits(f"{first_nine:09}")
    if number is None or not is_national_identity_number(number):
        return
    found = scan_text(f"{around}{number[:6]}{separator}{number[6:]}{around}", "page")
    assert KIND in [f.kind for f in found]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("skriv til ola.nordmann@example.no i dag", "e-mail address"),
        ("ring +47 22 33 44 55", "phone number"),
        ("0047 98765432", "phone number"),
        ("+46 70 123 45 67", "phone number"),
        ("tlf. 98 76 54 32", "phone number"),
        ("målepunkt 707057500012345678", "meter identifier"),
        ("sensor 00:1B:44:11:3A:B7", "device address"),
    ],
)
def test_other_identifiers_are_found(words: str, kind: str) -> None:
    assert kind in [f.kind for f in scan_text(words, "page")]


@pytest.mark.parametrize(
    "words",
    [
        "organisasjonsnummer 958935420", "2024-01-01T00:00:00+01:00", "2024-01-01 00:00 – 2024-12-31 23:00", "NSR:StopPlace:58366",
        "12\u00a0345\u00a0678\u00a0901 kWh", "POINT (10.752245 59.913868)", "59.9138688, 10.7522454", "v1.2.3.4", "NO0093A",
        hashlib.sha256(b"x").hexdigest(), "550e8400-e29b-41d4-a716-446655440000", "Vurderingen skulle vært fornyet 2026-11-01.",
        "1 234 567,890123", "H2023M01, H2023M02", "2018 2019 2020 2021 2022 2023",
    ],
)  # fmt: skip
def test_what_is_about_things_raises_no_alarm(words: str) -> None:
    assert scan_text(words, "page") == []


def test_ten_thousand_hashes_and_years_of_times_raise_no_alarm() -> None:
    hashes = " ".join(hashlib.sha256(str(i).encode()).hexdigest() for i in range(10_000))
    assert scan_text(hashes, "manifest") == []
    times = "\n".join(f"{y}-{m:02}-{d:02} {h:02}:00" for y in range(2000, 2027) for m in range(1, 13) for d in (1, 28) for h in (0, 23))
    assert scan_text(times, "page") == []


def test_the_address_of_a_function_is_no_finding_but_another_one_is() -> None:
    assert scan_text("data@example.org", "page", {"data@example.org"}) == []
    assert scan_text("data@example.org kari@example.org", "page", {"data@example.org"})[0].count == 1


def test_a_finding_tells_where_and_how_many_but_never_what(make_dataset: dict[str, Callable[..., Dataset]]) -> None:
    dataset = make_dataset["air_quality"]()
    con = connect()
    found = scan_table(con, rows_with(con, dataset, remark=f"{NUMBER} og ola@example.no"), dataset)
    told = " ".join(str(f) for f in found) + repr(found)
    assert "remark" in told
    assert NUMBER not in told and "ola@" not in told


def test_declared_identifiers_of_things_are_certain_only_when_many_look_personal(
    make_dataset: dict[str, Callable[..., Dataset]], make_ethics: Callable[..., object]
) -> None:
    dataset = make_dataset["air_quality"]()
    assert dataset.ethics is not None and "station" in dataset.ethics.identifier_columns
    con = connect()
    chance = random.Random(3)
    codes = [f"{chance.randrange(10**11):011}" for _ in range(2_000)]
    rows_of_codes = """select station, 'NO2' as component, timestamp '2024-01-01' as from_time, '0301' as municipality,
      1 as value, '' as remark from codes"""
    con.execute("create table codes as select unnest($1::varchar[]) as station", [codes])
    by_chance = scan_table(con, con.sql(rows_of_codes), dataset)
    assert [finding.is_certain for finding in by_chance] == [False], "some of 2,000 codes pass the check digits, too few to be certain"
    con.execute("create or replace table codes as select unnest($1::varchar[]) as station", [[NUMBER] * 3])
    rows = con.sql(rows_of_codes)
    assert [(f.column, f.count, f.is_certain) for f in scan_table(con, rows, dataset)] == [("station", 3, True)]


def test_large_measured_numbers_raise_no_alarm_but_a_column_of_identity_numbers_does(
    make_dataset: dict[str, Callable[..., Dataset]],
) -> None:
    dataset = make_dataset["electricity"]()
    con = connect()
    con.execute(
        """create table used as
        select '0301' as municipality, 'private' as consumption_group, 2024 as year, 10000000000 + i * 7919 as metering_points,
          1.5 as quantity
        from range(20000) as r(i)"""
    )
    assert scan_table(con, con.table("used"), dataset) == []
    con.execute("update used set metering_points = 1819012365")  # the leading zero is gone, as it is when text becomes a number
    assert [f.column for f in scan_table(con, con.table("used"), dataset)] == ["metering_points"]


def test_a_column_that_promises_personal_data_is_a_finding_whatever_stands_in_it(
    make_dataset: dict[str, Callable[..., Dataset]],
) -> None:
    air = make_dataset["air_quality"]()
    column = air.column("remark").model_copy(update={"name": "etternavn"})
    dataset = air.model_copy(update={"columns": (*air.columns[:-1], column)})
    con = connect()
    found = scan_table(con, rows_with(con, dataset, etternavn="Nordmann"), dataset)
    assert [(f.column, f.kind) for f in found] == [("etternavn", "column named for personal data")]


# --- small numbers ---


def counted(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, int, int | None]]) -> duckdb.DuckDBPyRelation:
    """Rows of electricity: municipality, group, year, metering points; the energy is ten times the points."""
    con.execute("create or replace table used (municipality varchar, consumption_group varchar, year bigint, metering_points bigint)")
    con.executemany("insert into used values (?, ?, ?, ?)", rows)
    return con.sql("select *, (metering_points * 10)::decimal(18,3) as quantity from used")


def test_small_counts_and_what_hangs_on_them_are_withheld_with_a_code(
    con: duckdb.DuckDBPyConnection, make_dataset: dict[str, Callable[..., Dataset]]
) -> None:
    dataset = make_dataset["electricity"]()
    rows = counted(con, [(f"{n:04}", "private", 2024, n) for n in range(11)] + [("9999", "private", 2024, None)])
    assert small_cells(con, rows, dataset) == 4
    published, withholding = withhold(con, rows, dataset)
    assert withholding.small == 4
    assert small_cells(con, published, dataset) == 0
    shown = {row[0]: row[3:] for row in published.fetchall()}
    assert [code for code, row in shown.items() if row == (None, None, "Q")] == ["0001", "0002", "0003", "0004"]
    assert shown["0000"][0] == 0 and shown["0000"][2] is None, "zero is not a small number"
    assert shown["0005"][0] == 5
    assert shown["9999"] == (None, None, None), "missing is told apart from withheld"


def test_a_table_that_counts_nobody_is_published_as_it_is(
    con: duckdb.DuckDBPyConnection, make_dataset: dict[str, Callable[..., Dataset]]
) -> None:
    dataset = make_dataset["air_quality"]()
    published, withholding = withhold(con, rows_with(con, dataset, value=1), dataset)
    assert published.columns == [column.name for column in dataset.columns]
    assert (withholding.small, published_columns(dataset)) == (0, dataset.columns)


@pytest.mark.parametrize(
    "parts",
    [
        {"private": 40, "industry": 3, "business": 20},
        {"private": 40, "industry": 3, "business": 0},
        {"private": 2, "industry": 1, "business": 50},
        {"private": 2, "industry": 0, "business": 0},
        {"private": 1, "industry": 1, "business": 1},
        {"private": 6, "industry": 4, "business": 7, "cabin": 9},
    ],
)
def test_no_hidden_count_can_be_computed_from_a_total(
    con: duckdb.DuckDBPyConnection, make_dataset: dict[str, Callable[..., Dataset]], parts: dict[str, int]
) -> None:
    dataset = make_dataset["electricity"]()
    ordinary = [(f"46{n:02}", group, 2024, 10 + n + i) for n in range(5) for i, group in enumerate(parts)]
    totals = [(f"46{n:02}", "total", 2024, sum(r[3] for r in ordinary if r[0] == f"46{n:02}")) for n in range(5)]
    special = [("0301", group, 2024, count) for group, count in parts.items()] + [("0301", "total", 2024, sum(parts.values()))]
    published, withholding = withhold(con, counted(con, [*ordinary, *totals, *special]), dataset)
    assert withholding.recoverable == 0
    left = {row[1]: row[3] for row in published.fetchall() if row[0] == "0301"}
    hidden = [group for group in parts if left[group] is None]
    assert all(left[group] is None for group, count in parts.items() if 1 <= count <= 4)
    if left["total"] is not None and hidden:
        rest = left["total"] - sum(count for group, count in left.items() if group != "total" and count is not None)
        assert len(hidden) > 1, "one hidden part is the total less the others"
        assert rest >= 5, "parts that sum to less than k are as good as told"
    elif hidden:
        assert any(left[group] is None for group in parts)
    else:
        assert left["total"] is not None, "a hidden total is the sum of its visible parts"
