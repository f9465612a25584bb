"""Municipal history: codes lead where the official lists say, sums agree on both sides, and a split is never guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.duck import connect
from catalog.errors import DataError
from indicators.areas import build_areas, refuse_unknown_codes, write_areas
from indicators.borders import in_borders_of
from pipelines.datasets import municipalities, municipality_changes, population

SPLIT_OFF = {"1508", "1580", "1806", "1875", "3905", "3907", "5055", "5056", "5059"}


@pytest.fixture(scope="module")
def con(recorded: Path) -> duckdb.DuckDBPyConnection:
    """The recorded register, changes and populations, and the history built from them as it stands in 2026."""
    folder = recorded / "statistics"
    con = connect()
    con.execute("create schema validated")
    register = municipalities.parse_klass_codes_at_json(con, [folder / "ssb_klass/classifications_131_codesAt_2026-01-01.json"])
    register.filter("code <> '9999'").create("validated.municipalities")
    changes = municipality_changes.parse_klass_changes_csv(con, [folder / "ssb_klass/klass_131_changes_1838-2024.csv"])
    changes.project("* replace (changed_on::date as changed_on)").create("validated.municipality_changes")
    people = population.parse_ssb_statbank_csv(con, sorted((folder / "ssb_07459_statbank_csv").glob("*.csv.gz")))
    people.filter("population > 0").create("people")
    converted = folder / "csdata_population_b2024/municipality_population_2005-2022_borders2024.csv.gz"
    population.parse_csdata_borders2024_csv(con, [converted]).create("converted")
    build_areas(con, 2026)
    con.execute(
        """
        create view in_todays_borders as
        select
          b.to_code,
          b.year,
          sum(p.population * b.weight) as population,
          any_value(b.comparability) as comparability,
          count(*) filter (p.population is null) as without_figure
        from areas.to_borders as b
        left join people as p on p.municipality = b.code and p.year = b.year
        group by all"""
    )
    return con


def _invented(register: Iterable[tuple[str, str]], changes: Iterable[tuple[str, str, str, str, str]]) -> duckdb.DuckDBPyConnection:
    con = connect()
    con.execute("create schema validated")
    con.execute(
        """
        create table validated.municipalities (
          code varchar,
          name varchar,
          official_name varchar,
          sami_name varchar,
          kven_name varchar,
          county varchar,
          valid_from date
        )"""
    )
    con.execute(
        """
        create table validated.municipality_changes (
          changed_on date,
          old_code varchar,
          old_name varchar,
          new_code varchar,
          new_name varchar
        )"""
    )
    for code, name in register:
        con.execute("insert into validated.municipalities values ($1, $2, $2, null, null, $3, null)", [code, name, code[:2]])
    for change in changes:
        con.execute("insert into validated.municipality_changes values (?, ?, ?, ?, ?)", list(change))
    return con


def _leads_to(con: duckdb.DuckDBPyConnection, code: str, year: int) -> list[tuple[Any, ...]]:
    return con.execute(
        """
        select
          to_code,
          method,
          weight
        from areas.to_borders
        where code = ? and year = ?
        order by to_code""",
        [code, year],
    ).fetchall()


@pytest.mark.parametrize(
    ("code", "year", "expected"),
    [
        ("0806", 2019, [("4003", "exact", 1)]),  # Skien: 0806 → 3807 → 4003
        ("3807", 2023, [("4003", "exact", 1)]),
        ("4003", 2024, [("4003", "exact", 1)]),
        ("1201", 2000, [("4601", "exact", 1)]),  # Bergen
        ("1601", 2017, [("5001", "summed", 1)]),  # Trondheim: 1601 → 5001, which took in Klæbu in 2020
        ("1662", 2017, [("5001", "summed", 1)]),
        ("5030", 2019, [("5001", "summed", 1)]),
        ("5001", 2019, [("5001", "summed", 1)]),
        ("5001", 2020, [("5001", "exact", 1)]),
        ("1103", 2019, [("1103", "summed", 1)]),  # Stavanger kept its code and took in Finnøy and Rennesøy
        ("1103", 2020, [("1103", "exact", 1)]),
        ("1567", 2018, [("5061", "exact", 1)]),  # Rindal changed county
        ("1842", 2004, [("1804", "summed", 1)]),  # Skjerstad went into Bodø in 2005
        ("1804", 2005, [("1804", "exact", 1)]),
        ("0301", 2000, [("0301", "exact", 1)]),
        ("1507", 2023, [("1508", "not_comparable", None), ("1580", "not_comparable", None)]),
        ("1504", 2019, [("1508", "not_comparable", None), ("1580", "not_comparable", None)]),  # merged first, split after
        ("0720", 2016, [("3905", "not_comparable", None), ("3907", "not_comparable", None)]),
        ("1850", 2019, [("1806", "not_comparable", None), ("1875", "not_comparable", None)]),
        ("5012", 2019, [(code, "not_comparable", None) for code in ("5055", "5056", "5059")]),
        ("1613", 2017, [(code, "not_comparable", None) for code in ("5055", "5056", "5059")]),
        ("5013", 2019, [("5056", "summed", 1)]),  # all of Hitra is in today's Hitra, though not all of today's Hitra is from it
        ("4003", 2019, []),
        ("0806", 2020, []),
    ],
)
def test_a_code_leads_to_todays_borders(con: duckdb.DuckDBPyConnection, code: str, year: int, expected: list[tuple[Any, ...]]) -> None:
    assert _leads_to(con, code, year) == expected


def test_ten_years_ago_and_today_have_as_many_municipalities_as_the_register_had(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    counts = dict(con.execute("select year, count(distinct code) from areas.to_borders group by year").fetchall())

    assert (min(counts), max(counts)) == (2000, 2026)
    assert [counts[year] for year in (2005, 2016, 2017, 2019, 2020, 2023, 2024, 2026)] == [433, 428, 426, 422, 356, 356, 357, 357]
    different = con.execute(
        """
        with official as (
          select code, year
          from read_csv(?, all_varchar = true)
          cross join (select distinct year from areas.to_borders)
          where code <> '9999'
            and validFrom::date <= make_date(year, 1, 1)
            and coalesce(try_cast(validTo as date), date '9999-01-01') > make_date(year, 1, 1)
        ),
        ours as (select distinct code, year from areas.to_borders)
        select count(*) from (select * from official except from ours union all (from ours except select * from official))""",
        [str(recorded / "statistics/ssb_klass/klass_131_all_codes_1838-2024.csv")],
    ).fetchone()
    assert different == (0,)


def test_todays_borders_are_those_since_the_last_change_that_was_more_than_a_name(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select distinct borders_year from areas.to_borders").fetchall() == [(2024,)]


def test_a_municipality_that_received_part_of_a_split_one_has_no_sum_before_the_split(con: duckdb.DuckDBPyConnection) -> None:
    def broken(year: int) -> set[str]:
        query = "select distinct to_code from areas.to_borders where year = ? and comparability = 'not_comparable'"
        return {row[0] for row in con.execute(query, [year]).fetchall()}

    assert broken(2016) == SPLIT_OFF
    assert broken(2017) == broken(2019) == SPLIT_OFF - {"3905", "3907"}
    assert broken(2020) == broken(2023) == {"1508", "1580"}
    assert broken(2024) == set()


def test_populations_of_the_listed_municipalities_are_met_in_todays_borders(con: duckdb.DuckDBPyConnection, shared: Path) -> None:
    compared = con.execute(
        """
        select
          t.to_code,
          t.year,
          t.population,
          r.population_1_january::bigint,
          t.comparability
        from read_csv(?, all_varchar = true) as r
        join in_todays_borders as t on t.to_code = r.code_2024 and t.year = r.year::bigint
        where t.year in (2018, 2019, 2020)
        order by all""",
        [str(shared / "reference/municipality_population.csv")],
    ).fetchall()

    assert len(compared) == 15 * 3
    different = {(code, year) for code, year, ours, listed, _ in compared if ours != listed}
    # The list gives Ålesund (1508) the figures of the old Ålesund, of which Haram has left since.
    assert different == {("1508", 2018), ("1508", 2019), ("1508", 2020)}
    # It gives Narvik without the part of Tysfjord that joined: our sum is the same, and is marked.
    marked = {(code, year) for code, year, _, _, comparability in compared if comparability == "not_comparable"}
    assert marked == different | {("1806", 2018), ("1806", 2019)}


def test_every_comparable_municipality_has_the_population_that_others_found_for_it(con: duckdb.DuckDBPyConnection) -> None:
    different, compared = con.execute(
        """
        select
          count(*) filter (t.population <> c.population),
          count(*)
        from in_todays_borders as t
        join converted as c on c.municipality = t.to_code and c.year = t.year
        where t.without_figure = 0 and t.comparability <> 'not_comparable'"""
    ).fetchone() or (None, None)

    assert (different, compared) == (0, 3826)


def test_what_others_guessed_is_just_what_we_call_not_comparable(con: duckdb.DuckDBPyConnection) -> None:
    guessed = con.execute("select distinct municipality from converted where population <> stated_total").fetchall()

    assert {row[0] for row in guessed} == SPLIT_OFF - {"3905", "3907"}
    # Stokke was given whole to Sandefjord, which shows as a fall in 2017 although nobody moved.
    sandefjord = dict(con.execute("select year, population from converted where municipality = '3907'").fetchall())
    assert sandefjord[2017] < sandefjord[2016]


@pytest.mark.parametrize(("year", "country", "split"), [(2017, 5258317, ("1850", "1613")), (2019, 5328212, ("1850", "5012"))])
def test_national_totals_agree_before_and_after_except_for_what_was_split(
    con: duckdb.DuckDBPyConnection, year: int, country: int, split: tuple[str, str]
) -> None:
    aalesund = ("1504", "1523", "1529", "1534", "1546")
    mapped = con.execute("select sum(population) from in_todays_borders where year = ?", [year]).fetchone()
    left_out = con.execute(
        "select sum(population) from people where year = ? and list_contains(?, municipality)", [year, [*split, *aalesund]]
    ).fetchone()
    assert mapped and left_out

    assert mapped[0] + left_out[0] == country
    never_weighed = con.execute("select code from areas.to_borders where year = ? and weight is null group by code", [year]).fetchall()
    assert {row[0] for row in never_weighed} == {*split, *aalesund}


def test_each_change_is_called_what_it_was(con: duckdb.DuckDBPyConnection) -> None:
    def kind(changed_on: str, old: str, new: str) -> str:
        query = "select kind from areas.changes where changed_on = ?::date and old_code = ? and new_code = ?"
        row = con.execute(query, [changed_on, old, new]).fetchone()
        assert row
        return row[0]

    assert kind("2024-01-01", "1507", "1508") == kind("2024-01-01", "1507", "1580") == "split"
    assert kind("2017-01-01", "0720", "0704") == "split"
    assert kind("2017-01-01", "0704", "0704") == "merged"
    assert kind("2020-01-01", "5001", "5001") == kind("2020-01-01", "5030", "5001") == "merged"
    assert kind("2023-01-01", "5001", "5001") == "name_change"
    assert kind("2024-01-01", "3807", "4003") == kind("2018-01-01", "1601", "5001") == "renumbered"
    assert kind("1992-01-01", "0412", "0403") == kind("1992-01-01", "0412", "0412") == "boundary"
    since_2000 = con.execute("select kind, count(*) from areas.changes where changed_on >= '2000-01-01' group by all").fetchall()
    assert dict(since_2000) == {"renumbered": 363, "name_change": 89, "split": 9, "merged": 132}


def test_every_code_has_one_life_with_a_beginning_an_end_and_a_name(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        """
        select code, name, official_name, county, valid_from::varchar, valid_to::varchar, is_current
        from areas.municipalities
        where code in ('0301', '1507', '1508', '1842', '1849', '1903', '5001')
        order by code"""
    ).fetchall()

    assert found == [
        ("0301", "Oslo", "Oslo - Oslove", "03", None, None, True),
        ("1507", "Ålesund", "Ålesund", "15", "2020-01-01", "2024-01-01", False),
        ("1508", "Ålesund", "Ålesund", "15", "2024-01-01", None, True),
        ("1842", "Skjerstad", "Skjerstad", "18", found[3][4], "2005-01-01", False),
        ("1849", "Hamarøy", "Hábmer - Hamarøy", "18", found[4][4], "2020-01-01", False),
        ("1903", "Harstad", "Harstad - Hárstták", "19", "2013-01-01", "2020-01-01", False),
        ("5001", "Trondheim", "Trondheim - Tråante", "50", "2018-01-01", None, True),
    ]
    counts = con.execute("select count(*), count(distinct code), count(*) filter (is_current) from areas.municipalities").fetchone()
    assert counts == (851, 851, 357)


def test_equal_names_never_join_two_codes() -> None:
    # Våler and Våler, Herøy and Herøy: the same name in two places, and a new place that takes an old name.
    con = _invented(
        [("0101", "Våler"), ("0201", "Våler"), ("0301", "Nes")],
        [("2010-01-01", "0202", "Nes", "0201", "Våler"), ("2010-01-01", "0203", "Vik", "0201", "Våler")],
    )

    build_areas(con, 2012)

    assert _leads_to(con, "0202", 2009) == [("0201", "summed", Decimal(1))]
    assert _leads_to(con, "0301", 2009) == [("0301", "exact", Decimal(1))]
    assert _leads_to(con, "0101", 2009) == [("0101", "exact", Decimal(1))]


def test_a_code_that_gives_a_part_away_and_lives_on_is_not_comparable_before() -> None:
    con = _invented(
        [("0101", "Ringsaker"), ("0102", "Hamar")],
        [
            ("2010-01-01", "0101", "Ringsaker", "0101", "Ringsaker"),
            ("2010-01-01", "0101", "Ringsaker", "0102", "Hamar"),
            ("2010-01-01", "0102", "Hamar", "0102", "Hamar"),
        ],
    )

    build_areas(con, 2010)

    assert {row[0] for row in con.execute("select kind from areas.changes").fetchall()} == {"boundary"}
    assert _leads_to(con, "0101", 2009) == [("0101", "not_comparable", None), ("0102", "not_comparable", None)]
    assert _leads_to(con, "0102", 2009) == [("0102", "summed", Decimal(1))]
    assert con.execute("select distinct comparability from areas.to_borders where year = 2009").fetchall() == [("not_comparable",)]
    assert con.execute("select distinct comparability from areas.to_borders where year = 2010").fetchall() == [("exact",)]


def test_a_change_during_the_year_counts_from_the_next_1_january() -> None:
    con = _invented([("0102", "Ny")], [("2010-07-01", "0101", "Gammel", "0102", "Ny")])

    build_areas(con, 2011)

    assert _leads_to(con, "0101", 2010) == [("0102", "exact", Decimal(1))]
    assert _leads_to(con, "0102", 2010) == []
    assert _leads_to(con, "0102", 2011) == [("0102", "exact", Decimal(1))]


def test_a_change_that_is_announced_but_not_in_force_moves_nothing() -> None:
    con = _invented(
        [("0101", "Gammel")], [("2010-01-01", "0100", "Eldst", "0101", "Gammel"), ("2028-01-01", "0101", "Gammel", "0102", "Ny")]
    )

    build_areas(con, 2026)

    assert _leads_to(con, "0100", 2009) == [("0101", "exact", Decimal(1))]
    assert _leads_to(con, "0101", 2026) == [("0101", "exact", Decimal(1))]
    assert con.execute("select distinct borders_year from areas.to_borders").fetchall() == [(2010,)]


@pytest.mark.parametrize(
    ("register", "says"),
    [
        (["0101"], "1 new codes are in no later list and 1 old codes still are"),
        (["0101", "0102"], "0 new codes are in no later list and 1 old codes still are"),
        (["0103"], "1 new codes are in no later list and 0 old codes still are"),
    ],
)
def test_lists_that_contradict_each_other_stop_the_build(register: list[str], says: str) -> None:
    con = _invented([(code, "Sted") for code in register], [("2010-01-01", "0101", "Gammel", "0102", "Ny")])

    with pytest.raises(DataError, match=f"of the changes on 2010-01-01, {says}"):
        build_areas(con, 2026)


def test_codes_of_another_year_stop_the_build_and_are_counted_but_not_named(con: duckdb.DuckDBPyConnection) -> None:
    refuse_unknown_codes(con, "main.people")
    con.execute("create or replace table main.figures as select '4601' as municipality, 2019 as year, 'valid' as borders")

    with pytest.raises(DataError, match=r"1 municipality codes that were not valid in their year \(2019 to 2019\)") as refusal:
        refuse_unknown_codes(con, "main.figures")

    assert "4601" not in str(refusal.value)
    refuse_unknown_codes(con, "main.figures", condition="borders = '2024'")


def test_equal_history_gives_equal_files_and_codes_keep_their_leading_zero(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = write_areas(con, tmp_path / "first")
    build_areas(con, 2026)
    second = write_areas(con, tmp_path / "second")

    assert list(first) == ["municipalities", "changes", "to_borders", "between_borders", "breaks"]
    hashes = [{name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()} for paths in (first, second)]
    assert hashes[0] == hashes[1]
    columns = con.execute("select name from parquet_schema(?) where type is not null", [str(first["to_borders"])]).fetchall()
    assert [row[0] for row in columns] == ["code", "year", "borders_year", "to_code", "method", "weight", "comparability"]
    oslo = con.execute("select count(*) from read_parquet(?) where code = '0301'", [str(first["to_borders"])]).fetchone()
    assert oslo == (27,)


# --- the borders of any year ---


def _in_borders(con: duckdb.DuckDBPyConnection, borders_year: int) -> dict[tuple[str, int], tuple[Any, str]]:
    con.execute("create or replace view validated.headcount as select municipality, year, population as value from people")
    rows = in_borders_of(con, "validated.headcount", borders_year).fetchall()
    return {(area, year): (value, comparability) for area, year, value, comparability in rows}


def test_in_the_newest_borders_both_tables_say_the_same_but_for_a_stated_weight(con: duckdb.DuckDBPyConnection) -> None:
    different = con.execute(
        """
        select distinct o.code, n.method
        from areas.to_borders as o
        full join areas.between_borders as n
          on n.code = o.code and n.to_code = o.to_code and o.year between n.first_year and n.last_year
        where n.borders_year = 2024 and (o.method, o.weight, o.comparability) is distinct from (n.method, n.weight, n.comparability)"""
    ).fetchall()

    codes = {code for code, _ in different}
    assert {method for _, method in different} == {"apportioned"}
    assert codes == {"1507", "1504", "1523", "1529", "1534", "1546"}


@pytest.mark.parametrize("borders_year", [2005, 2018, 2019, 2020, 2024])
def test_the_sum_of_all_municipalities_is_the_countrys_in_the_borders_of_any_year(
    con: duckdb.DuckDBPyConnection, borders_year: int
) -> None:
    totals = dict(
        con.execute("select year, sum(population)::bigint from people where year in (2005, 2018, 2019, 2020) group by year").fetchall()
    )
    found = _in_borders(con, borders_year)

    for year, total in totals.items():
        # What has no value is a municipality that would need a guess; its people are those of the codes behind it, and nobody else's.
        behind = con.execute(
            """
            select coalesce(sum(population), 0)::bigint
            from people
            where year = $1 and municipality in (
              select code from areas.between_borders as b
              where b.borders_year = (select max(borders_year) from areas.between_borders where borders_year <= $2)
                and $1 between b.first_year and b.last_year
                and b.comparability = 'not_comparable')""",
            [year, borders_year],
        ).fetchone()
        known = sum(value for (_, of), (value, _) in found.items() if of == year and value is not None)
        whole = con.execute(
            """
            select coalesce(sum(p.population * b.weight), 0)
            from areas.between_borders as b
            inner join people as p on p.municipality = b.code and p.year = $1
            where b.borders_year = (select max(borders_year) from areas.between_borders where borders_year <= $2)
              and $1 between b.first_year and b.last_year and b.comparability <> 'not_comparable' and b.code in (
              select code from areas.between_borders where borders_year = b.borders_year and $1 between first_year and last_year
                and comparability = 'not_comparable')""",
            [year, borders_year],
        ).fetchone()
        assert behind and whole
        assert abs(known + behind[0] - whole[0] - total) < Decimal("0.01"), (borders_year, year)


def test_stavanger_of_2020_cannot_be_taken_apart_but_2019_can_be_added_up(con: duckdb.DuckDBPyConnection) -> None:
    old, new = _in_borders(con, 2019), _in_borders(con, 2020)

    people = dict(con.execute("select municipality, population from people where year = 2019").fetchall())
    assert new["1103", 2019] == (people["1103"] + people["1141"] + people["1142"], "summed")
    assert new["1103", 2020][1] == "exact"
    assert old["1103", 2019] == (people["1103"], "exact")
    # 1103 is a number of both years, and not the same municipality: no figure of 2020 is for the Stavanger of 2019.
    assert old["1103", 2020] == old["1141", 2020] == (None, "not_comparable")


def test_a_split_one_is_added_up_again_in_the_borders_before_the_split(con: duckdb.DuckDBPyConnection) -> None:
    def rows(code: str, first_year: int, borders_year: int) -> list[tuple[Any, ...]]:
        return con.execute(
            "select to_code, method, weight from areas.between_borders where code = ? and first_year = ? and borders_year = ? order by 1",
            [code, first_year, borders_year],
        ).fetchall()

    # Ålesund and Haram of 2024 are the Ålesund of 2020; Haram got a new number and is never the 1534 Haram of 2019.
    assert rows("1508", 2024, 2020) == rows("1580", 2024, 2020) == [("1507", "summed", 1)]
    assert [code for code, *_ in rows("1580", 2024, 2019)] == ["1504", "1523", "1529", "1534", "1546"]
    assert {method for _, method, _ in rows("1580", 2024, 2019)} == {"not_comparable"}
    # Forward, the stated weight of 1 January 2024 divides it, and says so.
    assert rows("1507", 2020, 2024) == [("1508", "apportioned", Decimal("0.862125")), ("1580", "apportioned", Decimal("0.137875"))]
    # Tysfjord and Snillfjord have no stated weight, so nothing is told.
    assert (
        {method for _, method, _ in rows("1850", 2019, 2020)} == {method for _, method, _ in rows("5012", 2019, 2020)} == {"not_comparable"}
    )
    assert {to for to, *_ in rows("5012", 2019, 2020)} == {"5055", "5056", "5059"}


def test_the_renumbering_of_viken_changes_no_figure(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        """
        select code, to_code, method, comparability
        from areas.between_borders
        where substr(code, 1, 2) in ('31', '32', '33') and first_year = 2024 and borders_year = 2020"""
    ).fetchall()

    assert len(rows) == 51
    assert all(to.startswith("30") and method == comparability == "exact" for _, to, method, comparability in rows)
    assert ("3301", "3005", "exact", "exact") in rows  # Drammen


@pytest.mark.parametrize(("name", "codes"), [("Herøy", ("1515", "1818")), ("Våler", ("3114", "3419"))])
def test_two_municipalities_of_one_name_are_never_joined_in_any_borders(
    con: duckdb.DuckDBPyConnection, name: str, codes: tuple[str, str]
) -> None:
    names = con.execute("select name from areas.municipalities where code in (?, ?)", list(codes)).fetchall()
    assert all(found.startswith(name) for (found,) in names)
    reached = [
        {to for (to,) in con.execute("select distinct to_code from areas.between_borders where code = ?", [code]).fetchall()}
        for code in codes
    ]

    assert reached[0] and not reached[0] & reached[1]


def test_what_is_said_at_each_break_names_who_became_what_and_what_it_means(con: duckdb.DuckDBPyConnection) -> None:
    said = {
        (area, year): (kind, nb, nn, en)
        for area, year, kind, nb, nn, en in con.execute("from areas.breaks where year in (2018, 2020, 2024)").fetchall()
    }

    assert said["1103", 2020] == (
        "merged",
        "1. januar 2020: Stavanger (1103), Finnøy (1141) og Rennesøy (1142) ble Stavanger (1103). "
        "Antall fra før er summen av delene, og rater er regnet fra slike summer.",
        "1. januar 2020: Stavanger (1103), Finnøy (1141) og Rennesøy (1142) vart Stavanger (1103). "
        "Tal frå før er summen av delane, og ratar er rekna frå slike summar.",
        "1 January 2020: Stavanger (1103), Finnøy (1141) and Rennesøy (1142) became Stavanger (1103). "
        "Earlier counts are the sum of the parts, and rates are computed from such sums.",
    )
    assert said["1508", 2024][0] == said["1580", 2024][0] == "split"
    assert said["1508", 2024][3] == (
        "1 January 2024: Ålesund (1507) was split among Ålesund (1508) and Haram (1580). "
        "How older figures divide is not known. The series begins here."
    )
    assert "Tysfjord - Divtasvuodna (1850) was split among Narvik (1806) and Hamarøy (1875)" in said["1875", 2020][3]
    assert "Snillfjord (5012) was split among Heim (5055), Hitra (5056) and Orkland (5059)" in said["5059", 2020][3]
    assert said["3301", 2024][3] == "1 January 2024: Drammen (3005) got the number 3301. The area is the same, and the series goes on."
    assert said["5001", 2018][0] == "renumbered" and said["5001", 2020][0] == "merged"
    assert ("0301", 2020) not in said


def test_a_mid_year_change_and_a_part_that_came_back_need_no_guess() -> None:
    con = _invented(
        [("0101", "Nes")],
        [
            ("2010-01-01", "0102", "Vik", "0103", "Øst"),
            ("2010-01-01", "0102", "Vik", "0104", "Vest"),
            ("2012-07-01", "0103", "Øst", "0101", "Nes"),
            ("2012-07-01", "0104", "Vest", "0101", "Nes"),
        ],
    )

    build_areas(con, 2014)

    # Split in 2010, and both parts went into the same municipality: all of Vik is in Nes.
    assert _leads_to(con, "0102", 2009) == [("0101", "summed", Decimal(1))]
    rows = con.execute("select first_year, last_year from areas.between_borders where code = '0103' and borders_year = 2013").fetchall()
    assert rows == [(2010, 2012)]
