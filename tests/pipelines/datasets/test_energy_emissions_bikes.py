"""Electricity, greenhouse gases and bike trips: what the sources really send, and what becomes of it."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.model import Dataset
from catalog.privacy.withholding import withhold
from catalog.publication import DatasetState, Snapshot
from pipelines.archive import HashCache, read_index
from pipelines.datasets import bike_trips, electricity_consumption_hourly, electricity_consumption_yearly, ghg_emissions
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Window
from pipelines.settings import ROOT, Settings

OURS = ("electricity_consumption_hourly", "electricity_consumption_yearly", "ghg_emissions", "bike_trips")
TELEMARK = "energy/elhub_telemark_municipalities_hourly"
ELHUB_ANSWER = "energy/elhub_api/consumption_per_group_municipality_hour_2025-05.json"
NVE_FILE = "energy/nve_ebm_elhub_yearly/consumption_kwh_municipality_industry_2022_2023.parquet"
GHG = "emissions/miljodirektoratet_municipal_ghg_telemark"
COUNTY_WORKBOOK = "emissions/miljodirektoratet_county_ghg/vestfold_telemark_2009_2021_full_workbook.xlsx"
TRIPS = "transport/bysykkel_oslo/trips"
COUNTY_HEAD = "Knr,Kommunenavn,Tid,Gruppe,Forbruk (kWh),Antall målere\n"
GHG_HEAD = "Kommune,År,Sektor,Utslippskilde,Utslipp\n"


def described(name: str) -> Dataset:
    return load_dataset(ROOT / "pipelines" / "datasets" / f"{name}.yaml")


@pytest.fixture(scope="module")
def validated(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, DatasetState]:
    """Our datasets as the recorded snapshots give them."""
    folder = tmp_path_factory.mktemp("recorded")
    listed = read_index(recorded, HashCache(folder / "hashes.json"))
    return {name: ingested(name, [s for s in listed if s.dataset == name], folder) for name in OURS}


def ingested(name: str, snapshots: Sequence[Snapshot], folder: Path) -> DatasetState:
    settings = Settings(data_dir=folder, synthetic=False)
    return ingest(recipe(described(name), f"pipelines.datasets.{name}"), snapshots, settings)


def snapshot(path: Path, name: str, form: str, period: str | None = None) -> Snapshot:
    return Snapshot(
        name, form, path, "https://example.org/", "test", "CC0", date(2026, 1, 1), "", HashCache(Path("none")).of(path), 1, period
    )


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over `t`, the validated table."""
    con = connect()
    con.execute(f"create view t as select * from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


def parsed(module: ModuleType, form: str, *paths: Path) -> duckdb.DuckDBPyConnection:
    """A connection in which `t` is what a parser makes of the files."""
    con = connect()
    module.PARSERS[form](con, list(paths)).create_view("t")
    return con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def elhub_answer(path: Path, municipalities: dict[str, list[dict[str, object]]]) -> Path:
    entities = [
        {"type": "municipality", "id": number, "attributes": {"municipalityNumber": number, "consumptionPerGroupMunicipalityHour": hours}}
        for number, hours in municipalities.items()
    ]
    return written(path, json.dumps({"meta": {"created": "2025-05-26T13:49:09+02:00"}, "links": {}, "data": entities}))


def elhub_hour(start: str, end: str, kwh: float = 1.5, updated: str | None = None, meters: int | None = 10) -> dict[str, object]:
    return {
        "startTime": start,
        "endTime": end,
        "consumptionGroup": "private",
        "quantityKwh": kwh,
        "lastUpdatedTime": updated,
        "meteringPointCount": meters,
    }


# --- all four ---


@pytest.mark.parametrize("name", OURS)
def test_every_declared_format_has_a_parser_and_every_question_is_of_a_declared_format(name: str) -> None:
    dataset = described(name)
    module = import_module(f"pipelines.datasets.{name}")
    assert set(module.PARSERS) | set(dataset.source.files) == set(dataset.source.formats)
    asked = list(module.ask(dataset, Window(date(2024, 1, 1), date(2024, 3, 1))))
    assert asked
    assert {request.format for request in asked} <= set(dataset.source.formats)


def test_no_recorded_period_is_refused(validated: dict[str, DatasetState]) -> None:
    assert {name: state.quarantined for name, state in validated.items()} == dict.fromkeys(OURS, ())


# --- hourly electricity ---


def test_local_times_of_an_elhub_answer_become_utc(recorded: Path) -> None:
    con = parsed(electricity_consumption_hourly, "elhub_energy_data_json", recorded / ELHUB_ANSWER)
    first = rows(
        con, "select from_time, to_time, energy, metering_points, updated_at from t where municipality = '0301' order by 1 limit 1"
    )
    assert first == [
        (datetime(2023, 5, 3, 18), datetime(2023, 5, 3, 19), "486719.5", "349073", datetime(2025, 3, 29, 0, 42, 43)),
    ]


def test_unknown_location_counts_for_the_country_and_an_empty_list_is_not_zero(recorded: Path, validated: dict[str, DatasetState]) -> None:
    state = validated["electricity_consumption_hourly"]
    hour = "from_time = '2023-05-03 18:00:00' and period = '2023-05'"
    view = "(select *, '2023-05' as period from t where from_time < '2023-06-01' and from_time >= '2023-05-01')"
    assert query(state, f"select sum(energy), sum(energy) filter (municipality = '0000') from {view} where {hour}") == [
        (Decimal("4649297.772"), Decimal("2094.047"))
    ]
    listed = {entity["id"] for entity in json.loads((recorded / ELHUB_ANSWER).read_bytes())["data"]}
    present = {code for (code,) in query(state, f"select distinct municipality from {view}")}
    assert len(present) == 358
    assert listed - present == {"*", "2100", "2211"}


def test_utc_and_local_notation_of_one_hour_are_one_row(recorded: Path, validated: dict[str, DatasetState]) -> None:
    utc = parsed(electricity_consumption_hourly, "elhub_county_csv", recorded / TELEMARK / "2020_one_hour.csv")
    local = parsed(electricity_consumption_hourly, "elhub_county_csv", recorded / TELEMARK / "2021_week1_local_offset.csv")
    columns = "municipality, consumption_group, from_time, cast(energy as decimal(18, 3)), metering_points"
    one_hour = rows(utc, f"select {columns} from t order by all")
    assert one_hour == rows(local, f"select {columns} from t where from_time = '2020-12-31 23:00:00' order by all")
    january = next(p for p in validated["electricity_consumption_hourly"].periods if p.period == "2021-01")
    assert (january.rows, january.repeated) == (8568, 51)


def test_the_utc_hour_before_midnight_belongs_to_the_new_year_and_the_first_of_december_is_absent(
    validated: dict[str, DatasetState],
) -> None:
    state = validated["electricity_consumption_hourly"]
    assert {p.period: p.rows for p in state.periods} == {
        "2021-01": 8568,
        "2022-01": 8568,
        "2023-01": 8568,
        "2023-05": 1432,
        "2024-01": 8568,
        "2024-12": 720 * 51,
        "2025-01": 744 * 51,
    }
    december = next(p.path for p in state.periods if p.period == "2024-12")
    con = connect()
    assert rows(con, f"select min(from_time), max(from_time), count(*) filter (energy = 0) from {parquet([december])}") == [
        (datetime(2024, 12, 1, 23), datetime(2024, 12, 31, 22), 0)
    ]


def test_hours_that_are_missing_are_told_as_a_warning(validated: dict[str, DatasetState]) -> None:
    check = next(c for c in validated["electricity_consumption_hourly"].checks if c.id == "hours_missing")
    # 51 series in each of four weeks and in December; 358 municipalities with four hours of one group.
    assert (check.success, check.severity, check.unexpected_rows) == (False, "warning", 5 * 51 + 358)


def test_sums_of_the_county_files_are_kept_to_the_watt_hour(recorded: Path, validated: dict[str, DatasetState]) -> None:
    with (recorded / TELEMARK / "2024-12_utc.csv").open(encoding="utf-8") as file:
        by_hand = sum(Decimal(line["Forbruk (kWh)"]) for line in csv.DictReader(file) if line["Knr"] == "4001")
    span = "from_time >= '2024-12-01 23:00:00' and from_time <= '2024-12-31 23:00:00'"
    assert query(validated["electricity_consumption_hourly"], f"select sum(energy) from t where municipality = '4001' and {span}") == [
        (by_hand,)
    ]


def test_days_of_23_and_25_hours_keep_every_hour_apart(tmp_path: Path) -> None:
    spring = [("01:00:00+01:00", "03:00:00+02:00"), ("03:00:00+02:00", "04:00:00+02:00")]
    autumn = [("02:00:00+02:00", "02:00:00+01:00"), ("02:00:00+01:00", "03:00:00+01:00")]
    hours = [elhub_hour(f"2024-03-31T{a}", f"2024-03-31T{b}") for a, b in spring]
    hours += [elhub_hour(f"2024-10-27T{a}", f"2024-10-27T{b}") for a, b in autumn]
    con = parsed(electricity_consumption_hourly, "elhub_energy_data_json", elhub_answer(tmp_path / "a.json", {"0301": hours}))
    assert rows(con, "select from_time from t order by 1") == [
        (datetime(2024, 3, 31, 0),),
        (datetime(2024, 3, 31, 1),),
        (datetime(2024, 10, 27, 0),),
        (datetime(2024, 10, 27, 1),),
    ]
    assert rows(con, "select count(*) from t where to_time <> from_time + interval 1 hour") == [(0,)]


def test_the_newest_revision_wins_and_its_date_not_its_size_decides(tmp_path: Path) -> None:
    name = "electricity_consumption_hourly"
    hour = ("2024-01-01T00:00:00+01:00", "2024-01-01T01:00:00+01:00")
    old = elhub_answer(tmp_path / "old.json", {"0301": [elhub_hour(*hour, 99.0, "2024-02-01T00:00:00+01:00")]})
    new = elhub_answer(tmp_path / "new.json", {"0301": [elhub_hour(*hour, 12.5, "2025-02-01T00:00:00+01:00")]})
    unknown = elhub_answer(tmp_path / "unknown.json", {"0301": [elhub_hour(*hour, 150.0)]})
    found = [snapshot(path, name, "elhub_energy_data_json", "2024-01") for path in (new, unknown, old)]
    state = ingested(name, found, tmp_path / "work")
    assert query(state, "select energy, updated_at from t") == [(Decimal("12.500"), datetime(2025, 1, 31, 23))]
    assert state.periods[0].repeated == 2


def test_a_row_for_all_municipalities_and_a_quarter_of_an_hour_are_set_aside(tmp_path: Path) -> None:
    name = "electricity_consumption_hourly"
    hours = [elhub_hour(f"2024-01-01T{h:02}:00:00+01:00", f"2024-01-01T{h + 1:02}:00:00+01:00", 15.0) for h in range(23)]
    path = elhub_answer(tmp_path / "a.json", {"*": hours[:1], "0301": hours})
    state = ingested(name, [snapshot(path, name, "elhub_energy_data_json", "2024-01")], tmp_path / "work")
    assert state.periods[0].set_aside == {"not_a_municipality": 1}
    assert query(state, "select distinct municipality from t") == [("0301",)]
    quarters = elhub_answer(tmp_path / "b.json", {"0301": [elhub_hour("2024-01-01T00:00:00+01:00", "2024-01-01T00:15:00+01:00")]})
    refused = ingested(name, [snapshot(quarters, name, "elhub_energy_data_json", "2024-01")], tmp_path / "other")
    assert "not for exactly one hour" in refused.quarantined[0].reasons[0]


def test_megawatt_hours_under_the_old_name_are_refused(tmp_path: Path) -> None:
    name = "electricity_consumption_hourly"
    path = elhub_answer(
        tmp_path / "a.json", {"0301": [elhub_hour("2024-01-01T00:00:00+01:00", "2024-01-01T01:00:00+01:00", 0.5, meters=349)]}
    )
    state = ingested(name, [snapshot(path, name, "elhub_energy_data_json", "2024-01")], tmp_path / "work")
    assert not state.periods
    assert "private_use_is_in_kilowatt_hours" in state.quarantined[0].reasons[0]


def test_numbers_that_a_spreadsheet_has_shortened_are_read_as_what_they_were(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.csv",
        COUNTY_HEAD + "301,Oslo,2024-01-01 00:00:00+00:00,Husholdninger,486719.5,349073.0\n"
        "4012,Bamble,2024-01-01 00:00:00+00:00,Næring (unntatt industri),6580.845,633\n",
    )
    con = parsed(electricity_consumption_hourly, "elhub_county_csv", path)
    assert rows(con, "select municipality, consumption_group, energy, metering_points from t order by 1") == [
        ("0301", "private", "486719.5", "349073"),
        ("4012", "business", "6580.845", "633"),
    ]


def test_an_unknown_group_and_a_time_without_offset_do_not_pass(tmp_path: Path) -> None:
    name = "electricity_consumption_hourly"
    group = written(tmp_path / "group.csv", COUNTY_HEAD + "4012,Bamble,2024-01-01 00:00:00+00:00,Hytter,1.0,9\n")
    state = ingested(name, [snapshot(group, name, "elhub_county_csv")], tmp_path / "work")
    assert "consumption_group_known" in state.quarantined[0].reasons[0]
    naive = written(tmp_path / "naive.csv", COUNTY_HEAD + "4012,Bamble,2024-01-01 00:00:00,Industri,1.0,9\n")
    with pytest.raises(ParseError, match="rows without from_time"):
        ingested(name, [snapshot(naive, name, "elhub_county_csv")], tmp_path / "other")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<!DOCTYPE html><html></html>", "no JSON object"),
        ('{"errors": [{"status": "400", "title": "Bad request"}]}', "no list called data"),
        ('{"data": [{"id": "0301", "attributes": {"productionPerGroup": []}}]}', "no list called consumptionPerGroupMunicipalityHour"),
    ],
)
def test_an_answer_to_another_question_is_refused_by_the_name_of_its_file(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ParseError, match=re.escape(what)) as caught:
        parsed(electricity_consumption_hourly, "elhub_energy_data_json", written(tmp_path / "answer.json", text))
    assert caught.value.where == "answer.json"


def test_a_renamed_column_of_a_county_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", COUNTY_HEAD.replace("Tid", "Time") + "4012,Bamble,2024-01-01,Industri,1,9\n")
    with pytest.raises(ParseError, match="columns missing: Tid – a\\.csv"):
        parsed(electricity_consumption_hourly, "elhub_county_csv", path)


def test_elhub_is_asked_day_by_day_in_standard_time_so_that_each_answer_lies_in_one_month() -> None:
    dataset = described("electricity_consumption_hourly")
    asked = list(electricity_consumption_hourly.ask(dataset, Window(date(2024, 7, 30), date(2024, 8, 2))))
    assert [(r.period, r.params["startDate"], r.params["endDate"]) for r in asked] == [
        ("2024-07", "2024-07-30T00:00:00+01:00", "2024-07-31T00:00:00+01:00"),
        ("2024-07", "2024-07-31T00:00:00+01:00", "2024-08-01T00:00:00+01:00"),
        ("2024-08", "2024-08-01T00:00:00+01:00", "2024-08-02T00:00:00+01:00"),
    ]
    assert {(r.url, r.params["dataset"], r.headers["Accept"]) for r in asked} == {
        ("https://api.elhub.no/energy-data/v0/municipalities", "CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR", "application/json")
    }


def test_named_municipalities_are_asked_for_a_month_at_a_time_and_march_in_two_parts() -> None:
    dataset = described("electricity_consumption_hourly")
    asked = list(electricity_consumption_hourly.ask(dataset, Window(date(2024, 2, 10), date(2024, 3, 31), ("0301",))))
    assert [(r.url.rpartition("/")[2], r.period, r.params["startDate"][:10], r.params["endDate"][:10]) for r in asked] == [
        ("0301", "2024-02", "2024-02-01", "2024-03-01"),
        ("0301", "2024-03", "2024-03-01", "2024-03-16"),
        ("0301", "2024-03", "2024-03-16", "2024-04-01"),
    ]


def test_nothing_is_asked_from_before_elhub_began() -> None:
    dataset = described("electricity_consumption_hourly")
    for municipalities in ((), ("0301",)):
        asked = list(electricity_consumption_hourly.ask(dataset, Window(date(2020, 11, 1), date(2021, 1, 2), municipalities)))
        assert [r.period for r in asked] == ["2021-01"]


# --- yearly electricity ---


def test_national_totals_are_those_of_the_directorate(recorded: Path, validated: dict[str, DatasetState]) -> None:
    con = parsed(electricity_consumption_yearly, "elhub_yearly_parquet", recorded / NVE_FILE)
    assert rows(con, "select year, sum(energy) from t group by 1 order by 1") == [
        (2022, Decimal("126320425164.8210")),
        (2023, Decimal("129041513497.3700")),
    ]
    published = query(validated["electricity_consumption_yearly"], "select year, round(sum(energy) / 1e9, 1) from t group by 1 order by 1")
    assert [(year, float(total)) for year, total in published] == [(2022, 126.3), (2023, 129.0)]


def test_municipalities_in_two_price_areas_have_one_row_for_each_industry(recorded: Path) -> None:
    con = parsed(electricity_consumption_yearly, "elhub_yearly_parquet", recorded / NVE_FILE)
    assert rows(con, "select count(*), count(distinct (municipality, industry, year)) from t") == [(36378, 36378)]
    source = parquet([recorded / NVE_FILE])
    divided = rows(con, f"select kommune_nr from {source} group by 1 having count(distinct prisomraade) > 1 order by 1")
    assert len(divided) == 29
    table = pq.read_table(recorded / NVE_FILE, filters=[("kommune_nr", "==", "3301"), ("naering_kode", "==", "XX")])
    by_hand = sum(table["forbruk_kwh"].to_pylist())
    assert len(set(table["prisomraade"].to_pylist())) == 2
    assert rows(con, "select sum(energy) from t where municipality = '3301' and industry = 'XX'") == [(by_hand,)]


def test_negative_sums_stay_as_delivered_and_are_told(recorded: Path, validated: dict[str, DatasetState]) -> None:
    source = parquet([recorded / NVE_FILE])
    assert connect().execute(f"select count(*) from {source} where forbruk_kwh < 0").fetchall() == [(27,)]
    state = validated["electricity_consumption_yearly"]
    assert query(state, "select municipality, industry, year, energy from t where energy < 0 order by 4") == [
        ("4034", "41", 2022, Decimal("-351552.7050")),
        ("1160", "08", 2023, Decimal("-84836.5970")),
        ("1827", "42", 2023, Decimal("-26307.9350")),
        ("1812", "42", 2023, Decimal("-2038.4120")),
        ("3316", "60", 2022, Decimal("-349.7540")),
    ]
    check = next(c for c in state.checks if c.id == "negative_consumption")
    assert (check.success, check.severity, check.unexpected_rows) == (False, "warning", 5)


def test_sums_that_may_be_one_family_are_in_the_totals_and_hidden_from_readers(validated: dict[str, DatasetState], tmp_path: Path) -> None:
    state = validated["electricity_consumption_yearly"]
    assert all(period.set_aside == {} for period in state.periods)
    whole = query(state, "select year, sum(energy) from t group by 1 order by 1")
    assert whole == [(2022, Decimal("126320425164.8210")), (2023, Decimal("129041513497.3700"))]
    con = connect()
    rows_of = con.sql(
        f"select municipality, industry_section, industry, year, energy from {parquet([period.path for period in state.periods])}"
    )
    published, withholding = withhold(con, rows_of, state.dataset)
    assert (withholding.small, withholding.recoverable, withholding.told_before) == (754, 0, 0)
    assert 0 < withholding.complementary < 1000 and len(withholding.sums) < 40 and withholding.sums_shown > 1000
    published.create_view("published")
    people = "industry in ('XX', 'XY', '97') or industry_section = 'A'"
    assert rows(con, f"select count(*) from published where ({people}) and energy > 0 and energy < 100000") == [(0,)]
    assert rows(con, "select count(*) from published where (withheld = 'Q') <> (energy is null)") == [(0,)]
    shown = {(number, by, group) for number, by, group in ((it.number, it.by, it.group) for it in withholding.sums)}
    alone = rows(
        con,
        """select municipality, year::varchar from published where municipality <> '0000'
        group by all having count(*) filter (withheld = 'Q') = 1""",
    )
    assert [it for it in alone if (0, it, "") not in shown] == [], "one hidden row in a municipality is its total less the others"

    published.write_parquet(str(tmp_path / "first.parquet"))
    hidden = set(rows(con, "select municipality, industry, year from published where withheld = 'Q'"))
    con.execute("drop view published")
    again, then = withhold(con, rows_of, state.dataset, [tmp_path / "first.parquet"], withholding.sums)
    again.create_view("published_again")
    assert set(rows(con, "select municipality, industry, year from published_again where withheld = 'Q'")) == hidden
    assert (then.recoverable, set(then.sums)) == (0, set(withholding.sums)), "the next release hides what the first hid, and no more"


def test_unknown_location_and_the_borders_of_2024_are_in_every_year(validated: dict[str, DatasetState]) -> None:
    state = validated["electricity_consumption_yearly"]
    assert query(state, "select count(distinct municipality), count(distinct industry) from t") == [(358, 92)]
    years = "select municipality, count(distinct year) from t where municipality in ('0000', '1507', '1508') group by 1 order by 1"
    assert query(state, years) == [("0000", 2), ("1508", 2)]


def test_a_sum_with_a_part_that_is_missing_is_missing(tmp_path: Path) -> None:
    table = pa.table(
        {
            "lokal_dato_tid_start": pa.array([datetime(2022, 1, 1)] * 3, pa.timestamp("ns")),
            "kommune_nr": ["4618", "4618", "0301"],
            "naeringshovedomraade_kode": ["XX"] * 3,
            "naering_kode": ["XX"] * 3,
            "forbruk_kwh": pa.array([Decimal("1.0001"), None, Decimal("2.0000")], pa.decimal128(28, 4)),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    con = parsed(electricity_consumption_yearly, "elhub_yearly_parquet", tmp_path / "a.parquet")
    assert rows(con, "select municipality, energy from t order by 1") == [("0301", Decimal("2.0000")), ("4618", None)]


def test_a_yearly_file_without_a_column_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"kommune_nr": ["0301"]}), tmp_path / "a.parquet")
    with pytest.raises(ParseError, match="columns missing: lokal_dato_tid_start, naeringshovedomraade_kode, naering_kode, forbruk_kwh"):
        parsed(electricity_consumption_yearly, "elhub_yearly_parquet", tmp_path / "a.parquet")


# --- greenhouse gases ---


def test_porsgrunn_2022_differs_between_the_editions_and_both_are_kept(validated: dict[str, DatasetState]) -> None:
    totals = query(
        validated["ghg_emissions"],
        "select edition, sum(emissions), round(sum(emissions)) from t where municipality = '4001' and year = 2022 group by 1 order by 1",
    )
    assert [(edition, int(rounded)) for edition, _, rounded in totals] == [("2023-12", 2324668), ("2024-12", 2325090)]
    assert totals[1][1] == Decimal("2325090.140000000000")


def test_rows_that_look_repeated_are_summed_exactly_in_any_order(recorded: Path, tmp_path: Path) -> None:
    path = recorded / GHG / "published_2023-12_raw_2009_2022.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    by_hand: dict[tuple[str, str, str, str], Decimal] = {}
    for line in lines:
        source = line["Utslippskilde"].replace("_x000D_", "").strip()
        key = (line["Kommune"], line["År"][:4], line["Sektor"], source)
        by_hand[key] = by_hand.get(key, Decimal(0)) + Decimal(line["Utslipp"])
    assert (len(lines), len(by_hand)) == (25245, 8602)
    backwards = tmp_path / "published_2023-12_backwards.csv"
    with backwards.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys())
        writer.writeheader()
        writer.writerows(reversed(lines))
    names = {number: name for name, number in ghg_emissions.numbers_of_names().items()}
    for file in (path, backwards):
        con = parsed(ghg_emissions, "miljodirektoratet_municipal_csv", file)
        found = rows(con, "select municipality, year, sector, emission_source, emissions from t")
        assert {(names[row[0]], *row[1:4]): row[4] for row in found} == by_hand


def test_sources_are_free_of_line_ends_so_that_both_editions_call_them_the_same(validated: dict[str, DatasetState]) -> None:
    state = validated["ghg_emissions"]
    dirty = r"emission_source <> trim(emission_source) or regexp_matches(emission_source, '_x000D_|[\r\n]|\s\s')"
    assert query(state, f"select count(*) from t where {dirty}") == [(0,)]
    both = query(state, "select emission_source from t group by 1 having count(distinct edition) = 2 and emission_source like 'Andre n%'")
    assert both == [("Andre næringer",)]


def test_every_year_and_municipality_is_there_in_both_editions(validated: dict[str, DatasetState]) -> None:
    state = validated["ghg_emissions"]
    years = query(state, "select edition, list(distinct year order by year), count(distinct municipality) from t group by 1 order by 1")
    calculated = [2009, 2011, 2013, *range(2015, 2023)]
    assert years == [("2023-12", calculated, 17), ("2024-12", [*calculated, 2023], 17)]


def test_small_numbers_in_scientific_notation_keep_their_digits(tmp_path: Path) -> None:
    path = written(
        tmp_path / "published_2023-12.csv",
        GHG_HEAD + "Tinn,2009,Luftfart,Innenriks luftfart,7.52670818761922e-06\nTinn,2009-01-01,Luftfart,Innenriks luftfart,0.5\n",
    )
    con = parsed(ghg_emissions, "miljodirektoratet_municipal_csv", path)
    assert rows(con, "select year, emissions from t") == [("2009", Decimal("0.50000752670818761922"))]


def test_names_of_municipalities_mean_what_the_register_says_and_each_is_borne_by_one_alone(recorded: Path) -> None:
    register = json.loads((recorded / "statistics/ssb_klass/classifications_131_codesAt_2026-01-01.json").read_bytes())["codes"]
    codes: dict[str, list[str]] = {}
    for entry in register:
        for name in {entry["name"], *entry["name"].split(" - ")}:
            codes.setdefault(name, []).append(entry["code"])
    known = ghg_emissions.numbers_of_names()
    assert {name: codes[name] for name in known} == {name: [code] for name, code in known.items()}
    assert sorted(known.values()) == sorted(entry["code"] for entry in register if entry["code"] != "9999")
    assert not {"Herøy", "Våler"} & known.keys()


def test_a_name_that_two_municipalities_bear_is_set_aside_and_not_guessed(tmp_path: Path) -> None:
    lines = "".join(f"{name},2022,Veitrafikk,Personbiler,10\n" for name in [*ghg_emissions.numbers_of_names(), "Herøy", "Våler"])
    path = written(tmp_path / "published_2024-12.csv", GHG_HEAD + lines)
    state = ingested("ghg_emissions", [snapshot(path, "ghg_emissions", "miljodirektoratet_municipal_csv")], tmp_path / "work")
    assert (state.periods[0].rows, state.periods[0].set_aside) == (357, {"unknown_municipality": 2})


def test_an_extract_that_does_not_say_its_edition_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "klimagassutslipp_telemark.csv", GHG_HEAD + "Tinn,2009,Luftfart,Innenriks luftfart,1\n")
    with pytest.raises(ParseError, match="the edition is unknown – klimagassutslipp_telemark\\.csv"):
        parsed(ghg_emissions, "miljodirektoratet_municipal_csv", path)


def workbook(path: Path, lines: Sequence[Sequence[object]], emissions: str = "Utslipp (tonn CO₂-ekvivalenter)") -> Path:
    """A workbook of all municipalities in the publisher's shape."""
    head = ["Fylke", "Kommunenummer", "Kommune", "År", "Sektor", "Utslippskilde", "Klimagass", emissions]
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Info").write_row(0, 0, ["Utgiver:", "Miljødirektoratet"])
        sheet = book.add_worksheet("Oversikt - detaljert")
        for number, line in enumerate([head, *lines]):
            sheet.write_row(number, 0, line)
    return path


def test_the_workbook_of_all_municipalities_is_read_with_its_gases_summed(tmp_path: Path) -> None:
    oslo = ["Oslo", 301, "Oslo", 2023]
    path = workbook(
        tmp_path / "hash.xlsx",
        [
            [*oslo, "Veitrafikk", "Personbiler\n", "CO2", 100.1],
            [*oslo, "Veitrafikk", "Personbiler\n", "CH4", 0.2],
            [*oslo, "Bruk av produkter med fluorgasser", "Kjøling  ", "HFK", 3],
            ["Nordland", "1818", "Herøy", 2022, "Veitrafikk", "Busser", "CO2", 7.5],
            ["Møre og Romsdal", "1515", "Herøy", 2022, "Veitrafikk", "Busser", "CO2", 8.5],
            ["Nordland", "1818", "Herøy", 2022, "Luftfart", "Innenriks luftfart", "CO2", 1.0],
            ["Nordland", "1818", "Herøy", 2022, "Luftfart", "Innenriks luftfart", "N2O", None],
        ],
    )
    con = parsed(ghg_emissions, "miljodirektoratet_municipal_xlsx", path)
    assert rows(con, "select edition, municipality, year, sector, emission_source, emissions from t order by all") == [
        ("2024-12", "0301", "2023", "Bruk av produkter med fluorgasser", "Kjøling", Decimal(3)),
        ("2024-12", "0301", "2023", "Veitrafikk", "Personbiler", Decimal("100.3")),
        ("2024-12", "1515", "2022", "Veitrafikk", "Busser", Decimal("8.5")),
        ("2024-12", "1818", "2022", "Luftfart", "Innenriks luftfart", None),
        ("2024-12", "1818", "2022", "Veitrafikk", "Busser", Decimal("7.5")),
    ]


def test_the_newest_year_tells_the_edition_where_the_name_does_not(recorded: Path) -> None:
    """The rule for workbooks, held against the extracts, whose names do tell."""
    for path in (recorded / GHG).glob("published_*.csv"):
        con = parsed(ghg_emissions, "miljodirektoratet_municipal_csv", path)
        assert rows(con, "select distinct edition = concat(max(cast(year as integer)) over () + 1, '-12') from t") == [(True,)]


def test_a_real_workbook_gives_the_totals_of_its_own_overview(recorded: Path, tmp_path: Path) -> None:
    book = CalamineWorkbook.from_path(recorded / COUNTY_WORKBOOK)
    head, *detailed = book.get_sheet_by_name("Oversikt - detaljert").to_python()
    path = workbook(tmp_path / "a.xlsx", [["Vestfold og Telemark", "4001", "Porsgrunn", *line] for line in detailed], str(head[-1]))
    con = parsed(ghg_emissions, "miljodirektoratet_municipal_xlsx", path)
    ours = dict(rows(con, "select concat(year, sector), sum(emissions) from t group by 1"))
    overview = book.get_sheet_by_name("Oversikt").to_python()[1:]
    theirs = {f"{int(year)}{sector}": Decimal(str(total)) for year, sector, total in overview}
    assert ours == theirs
    assert rows(con, "select distinct edition from t") == [("2022-12",)]


def test_a_county_workbook_and_a_web_page_are_refused(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="columns missing in Oversikt - detaljert: Kommunenummer"):
        parsed(ghg_emissions, "miljodirektoratet_municipal_xlsx", recorded / COUNTY_WORKBOOK)
    page = written(tmp_path / "page.xlsx", "<!DOCTYPE html><html><body>Siden er flyttet</body></html>")
    with pytest.raises(ParseError, match="signature of a zip file"):
        parsed(ghg_emissions, "miljodirektoratet_municipal_xlsx", page)


# --- bike trips ---


def test_every_trip_of_the_monthly_files_is_kept(validated: dict[str, DatasetState]) -> None:
    assert {p.period: (p.rows, p.repeated, p.set_aside) for p in validated["bike_trips"].periods} == {
        "2019-12": (11100, 0, {}),
        "2021-12": (15230, 0, {}),
        "2022-01": (15378, 0, {}),
        "2022-12": (16436, 0, {}),
        "2023-01": (18959, 0, {}),
        "2024-02": (12055, 0, {}),
    }
    total = "select sum(duration) from t where started_at >= '2022-12-01' and started_at < '2023-01-01'"
    assert query(validated["bike_trips"], total) == [(10378011,)]


def test_times_with_and_without_a_fraction_are_both_read(recorded: Path, validated: dict[str, DatasetState]) -> None:
    with gzip.open(recorded / TRIPS / "oslobysykkel.no_trips_v1_2022_12.csv.gz", "rt", encoding="utf-8") as file:
        whole = [line["started_at"] for line in csv.DictReader(file) if "." not in line["started_at"]]
    assert len(whole) == 11
    state = validated["bike_trips"]
    moments = ", ".join(f"'{moment.removesuffix('+00:00')}'" for moment in whole)
    assert query(state, f"select count(distinct started_at) from t where started_at in ({moments})") == [(11,)]
    assert query(state, "select min(started_at) from t where started_at >= '2022-01-01'") == [(datetime(2022, 1, 1, 4, 2, 5, 754000),)]


def test_trips_are_filed_by_utc_month_also_when_they_end_in_the_next(validated: dict[str, DatasetState]) -> None:
    month = "where started_at >= '2022-12-01' and started_at < '2023-01-01'"
    assert query(validated["bike_trips"], f"select max(started_at), max(ended_at) from t {month}") == [
        (datetime(2022, 12, 31, 23, 49, 1, 477000), datetime(2023, 1, 1, 0, 38, 14, 919000))
    ]


def test_season_end_leaves_days_without_rows_and_not_with_zeros(validated: dict[str, DatasetState]) -> None:
    days = query(validated["bike_trips"], "select count(distinct date_trunc('day', started_at)) from t where started_at < '2020-01-01'")
    assert days == [(8,)]


def trips_file(path: Path, *lines: str) -> Path:
    stations = ",".join(
        f"{side}_station_{part}" for side in ("start", "end") for part in ("id", "name", "description", "latitude", "longitude")
    )
    return written(path, f"started_at,ended_at,duration,{stations}\n" + "".join(f"{line}\n" for line in lines))


def trip(start: str, end: str, seconds: int) -> str:
    return f'{start},{end},{seconds},421,"Alexander ""A"" Kiellands plass","ved x, y",59.9,10.7,493,Sofienbergparken,,59.9,10.8'


def some_trips(month: str) -> list[str]:
    return [trip(f"{month}-02 10:0{n}:00+00:00", f"{month}-02 10:1{n}:00.500000+00:00", 600) for n in range(9)]


def test_trips_that_are_equal_in_every_part_become_one(tmp_path: Path) -> None:
    lines = some_trips("2024-05")
    path = trips_file(tmp_path / "oslobysykkel.no_trips_v1_2024_05.csv", *lines, lines[0], lines[1])
    state = ingested("bike_trips", [snapshot(path, "bike_trips", "urbansharing_trips_csv")], tmp_path / "work")
    assert (state.periods[0].rows, state.periods[0].repeated) == (9, 2)


def test_a_trip_of_another_month_than_its_file_is_set_aside(tmp_path: Path) -> None:
    lines = [
        trip(f"2024-05-{d:02} {h:02}:00:00+00:00", f"2024-05-{d:02} {h:02}:10:00+00:00", 600) for d in range(1, 29) for h in range(8, 18)
    ]
    stray = trip("2024-05-31 23:59:00+00:00", "2024-06-01 00:09:00+00:00", 600)
    may = trips_file(tmp_path / "oslobysykkel.no_trips_v1_2024_05.csv", *lines)
    june = trips_file(tmp_path / "oslobysykkel.no_trips_v1_2024_06.csv", stray, *some_trips("2024-06"))
    found = [snapshot(path, "bike_trips", "urbansharing_trips_csv") for path in (may, june)]
    state = ingested("bike_trips", found, tmp_path / "work")
    assert {p.period: (p.rows, p.set_aside) for p in state.periods} == {
        "2024-05": (280, {"filed_under_another_month": 1}),
        "2024-06": (9, {}),
    }


def test_names_descriptions_and_coordinates_are_not_taken_over(tmp_path: Path) -> None:
    path = trips_file(tmp_path / "bergenbysykkel.no_trips_v1_2024_05.csv", *some_trips("2024-05"))
    con = parsed(bike_trips, "urbansharing_trips_csv", path)
    assert rows(con, "select * exclude (file) from t limit 1") == [
        ("bergenbysykkel.no", "4601", datetime(2024, 5, 2, 10), datetime(2024, 5, 2, 10, 10, 0, 500000), "600", "421", "493", "2024-05")
    ]


def test_a_gzipped_file_and_one_kept_under_its_hash_give_the_same_trips(tmp_path: Path) -> None:
    plain = trips_file(tmp_path / "trondheimbysykkel.no_trips_v1_2024_05.csv", *some_trips("2024-05"))
    packed = tmp_path / "0a1b2c.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    same = "select * exclude (file, filed_month) from t order by all"
    by_name = rows(parsed(bike_trips, "urbansharing_trips_csv", plain), same)
    assert by_name == rows(parsed(bike_trips, "trondheimbysykkel_trips_csv", packed), same)
    assert {(row[0], row[1]) for row in by_name} == {("trondheimbysykkel.no", "5001")}
    with pytest.raises(ParseError, match="the name begins with none of"):
        parsed(bike_trips, "urbansharing_trips_csv", packed)


def test_a_month_with_fewer_trips_than_may_be_summed_is_refused(tmp_path: Path) -> None:
    path = trips_file(tmp_path / "oslobysykkel.no_trips_v1_2024_05.csv", *some_trips("2024-05")[:4])
    state = ingested("bike_trips", [snapshot(path, "bike_trips", "urbansharing_trips_csv")], tmp_path / "work")
    assert "enough_trips_to_sum" in state.quarantined[0].reasons[0]


def test_durations_in_minutes_are_refused(tmp_path: Path) -> None:
    lines = [line.replace(",600,", ",36000,") for line in some_trips("2024-05")]
    path = trips_file(tmp_path / "oslobysykkel.no_trips_v1_2024_05.csv", *lines)
    state = ingested("bike_trips", [snapshot(path, "bike_trips", "urbansharing_trips_csv")], tmp_path / "work")
    assert "duration_is_in_seconds" in state.quarantined[0].reasons[0]


def test_the_old_format_of_2016_is_refused_with_the_columns_it_lacks(tmp_path: Path) -> None:
    head = "Start station,Start time,End station,End time\n"
    path = written(
        tmp_path / "oslobysykkel.no_trips_v1_2016_06.csv", head + "283,2016-06-01 06:00:02 +0200,196,2016-06-01 06:10:00 +0200\n"
    )
    with pytest.raises(ParseError, match="columns missing: started_at, ended_at, duration, start_station_id, end_station_id"):
        parsed(bike_trips, "urbansharing_trips_csv", path)


def test_trips_are_checked_and_summed_but_never_published(validated: dict[str, DatasetState]) -> None:
    ethics = described("bike_trips").ethics
    assert ethics is not None
    assert not ethics.is_publishable
    assert (ethics.about_people, ethics.data_category) == ("individual", "PseudonymisedData")
    alone = query(
        validated["bike_trips"],
        """select sum(trips) filter (trips = 1) / sum(trips) from
        (select count(*) as trips from t group by start_station, end_station, date_trunc('hour', started_at))""",
    )
    assert round(alone[0][0], 2) == 0.96
    assert "96 prosent av 89 158 turer" in ethics.decision.reason.nb
    assert sum(p.rows for p in validated["bike_trips"].periods) == 89158


def test_a_month_of_each_system_is_asked_for_and_a_closed_season_is_no_fault() -> None:
    dataset = described("bike_trips")
    asked = list(bike_trips.ask(dataset, Window(date(2024, 1, 15), date(2024, 2, 1))))
    assert [(r.url, r.format, r.period, r.absent_is_fine) for r in asked] == [
        ("https://data.urbansharing.com/oslobysykkel.no/trips/v1/2024/01.csv", "oslobysykkel_trips_csv", "2024-01", True),
        ("https://data.urbansharing.com/bergenbysykkel.no/trips/v1/2024/01.csv", "bergenbysykkel_trips_csv", "2024-01", True),
        ("https://data.urbansharing.com/trondheimbysykkel.no/trips/v1/2024/01.csv", "trondheimbysykkel_trips_csv", "2024-01", True),
    ]
    bergen = list(bike_trips.ask(dataset, Window(date(2018, 1, 1), date(2019, 6, 1), ("4601", "1103"))))
    assert [(r.url.split("/")[3], r.period) for r in bergen] == [("bergenbysykkel.no", "2019-04"), ("bergenbysykkel.no", "2019-05")]
