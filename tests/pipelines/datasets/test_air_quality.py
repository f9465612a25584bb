"""Air measurements mean the same in the validated tables as in the files they came from, quirk by quirk."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import duckdb
import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.model import Dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.archive import HashCache, read_index
from pipelines.datasets import air_quality_daily, air_quality_hourly, air_quality_stations
from pipelines.datasets.air_quality_stations import Station, codes_of_names, known_stations, stations_measuring
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Window, full_url
from pipelines.settings import ROOT, Settings

FOLDER = ROOT / "pipelines" / "datasets"
HOURLY, DAILY, STATIONS = (load_dataset(FOLDER / f"air_quality_{name}.yaml") for name in ("hourly", "daily", "stations"))
STANDARD_TIME = timedelta(hours=1)


# --- helpers: reading the sources without our own readers, and running the real ingest ---


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))


def ingested(dataset: Dataset, snapshots: Iterable[Snapshot], folder: Path) -> DatasetState:
    return ingest(recipe(dataset, f"pipelines.datasets.{dataset.id}"), list(snapshots), settings(folder))


def snapshot(dataset: Dataset, form: str, folder: Path, name: str, content: str | bytes, period: str | None = None) -> Snapshot:
    path = folder / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    return Snapshot(
        dataset=dataset.id,
        format=form,
        path=path,
        source_url="https://example.org/",
        publisher="test",
        licence="NLOD",
        retrieved_on=None,
        note=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        period=period,
    )


class Table:
    """The validated rows of one dataset, and how it stands."""

    def __init__(self, state: DatasetState) -> None:
        self.state = state
        assert state.periods, [q.reasons for q in state.quarantined]
        self.con = connect()
        self.con.execute(f"create view validated as select * from {parquet([p.path for p in state.periods])}")

    def rows(self, query: str, *values: Any) -> list[tuple]:
        return self.con.execute(query, list(values)).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def set_aside(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for period in self.state.periods:
            total.update(period.set_aside)
        return total

    def warnings(self) -> dict[str, int]:
        return {check.id: check.unexpected_rows for check in self.state.checks if not check.success}


@pytest.fixture(scope="module")
def listed(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Snapshot]:
    return read_index(recorded, HashCache(tmp_path_factory.mktemp("hashes") / "hashes.json"))


@pytest.fixture(scope="module")
def hourly(listed: list[Snapshot], tmp_path_factory: pytest.TempPathFactory) -> Table:
    """The validated hourly table of all recorded files."""
    return Table(ingested(HOURLY, (s for s in listed if s.dataset == HOURLY.id), tmp_path_factory.mktemp("hourly")))


@pytest.fixture(scope="module")
def daily(listed: list[Snapshot], tmp_path_factory: pytest.TempPathFactory) -> Table:
    return Table(ingested(DAILY, (s for s in listed if s.dataset == DAILY.id), tmp_path_factory.mktemp("daily")))


@pytest.fixture(scope="module")
def stations(listed: list[Snapshot], tmp_path_factory: pytest.TempPathFactory) -> Table:
    return Table(ingested(STATIONS, (s for s in listed if s.dataset == STATIONS.id), tmp_path_factory.mktemp("stations")))


@pytest.fixture(scope="module")
def air(recorded: Path) -> Path:
    return recorded / "air_quality"


def parsed(module: ModuleType, form: str, *paths: Path) -> duckdb.DuckDBPyRelation:
    return module.PARSERS[form](connect(), list(paths))


@cache
def values_by_hour(path: Path, component: str) -> dict[datetime, Decimal]:
    """Hour (UTC) → value of one component, as our reader gives it."""
    found = parsed(air_quality_hourly, "luftkvalitet_portal_csv", path).filter(f"component = '{component}' and value is not null")
    return {hour: Decimal(value) for hour, value in found.project("from_time, value").fetchall()}


def norwegian(text: str) -> datetime:
    """A time of the portal in UTC, by arithmetic alone."""
    return datetime.strptime(text, "%d.%m.%Y %H:%M") - STANDARD_TIME


# --- hourly: NILU's service ---


@pytest.fixture(scope="module")
def kirkeveien(air: Path) -> dict[str, dict[datetime, Decimal]]:
    """Kirkeveien 2020 read with Python's own JSON, numbers exact: component → hour (UTC) → value."""
    text = (air / "nilu_api" / "aq_historical_oslo_kirkeveien_no2_pm10_2020.json").read_text("utf-8")
    return {
        series["component"]: {
            datetime.fromisoformat(v["fromTime"]).astimezone(UTC).replace(tzinfo=None): Decimal(v["value"]) for v in series["values"]
        }
        for series in json.loads(text, parse_float=Decimal, parse_int=Decimal)
    }


def test_kirkeveien_2020_has_the_hours_it_was_delivered_with(hourly: Table) -> None:
    counts = hourly.rows("select component, count(value) from validated where station = 'NO0011A' group by all order by all")
    assert counts == [("NO2", 7554), ("PM10", 7311)]


def test_every_value_of_the_service_arrives_to_the_last_digit_at_its_hour(hourly: Table, kirkeveien: dict) -> None:
    for component, expected in kirkeveien.items():
        rows = hourly.rows("select from_time, value from validated where station = 'NO0011A' and component = ?", component)
        assert dict(rows) == expected


def test_times_with_an_offset_become_utc_although_the_engine_would_drop_the_offset(hourly: Table) -> None:
    dropped = connect().execute("select cast('2020-01-01T00:00:00+01:00' as timestamp)").fetchall()
    assert dropped == [(datetime(2020, 1, 1),)], "the reason for the detour in utc() is gone"
    assert hourly.one("select min(from_time) from validated where station = 'NO0011A'") == datetime(2019, 12, 31, 23)


def test_hours_that_the_service_leaves_out_stay_out(hourly: Table) -> None:
    assert hourly.one("select count(*) from validated where station = 'NO0011A' and value is null") == 0


def test_negative_noise_stays(hourly: Table) -> None:
    low, count = hourly.rows("select min(value), count(*) from validated where station = 'NO0011A' and component = 'PM10' and value < 0")[0]
    assert (low, count) == (Decimal("-4.405076"), 249)


def test_the_fireworks_of_new_year_stay(hourly: Table) -> None:
    highest = hourly.rows(
        "select from_time, value from validated where station = 'NO0011A' and component = 'PM10' order by value desc limit 1"
    )
    assert highest == [(datetime(2019, 12, 31, 23), Decimal("207.102388"))]


def test_a_last_day_that_the_exclusive_end_date_cut_off_is_warned_of(hourly: Table) -> None:
    assert hourly.one("select max(from_time) from validated where station = 'NO0011A'") == datetime(2020, 12, 30, 22)
    # Kirkeveien lacks 31 December for both components, and had instruments standing still at the end of June and October.
    assert hourly.warnings() == {"last_day_is_there": 5}


# --- hourly: the portal's three dialects ---

QA_QC = "luftkvalitet_portal/trondheim_elgeseter_hourly_qa_qc_2020_2024.csv"
COVERAGE = "luftkvalitet_portal/trondheim_elgeseter_hourly_coverage_2024-02_2025-02.csv"
QUOTED = "luftkvalitet_portal/trondheim_elgeseter_hourly_2024_quoted_decimal_comma.csv"


def test_the_export_with_flags_is_read_row_by_row(air: Path) -> None:
    found = parsed(air_quality_hourly, "luftkvalitet_portal_csv", air / QA_QC)
    counts = found.aggregate("component, count(*), count(*) - count(value)").order("component").fetchall()
    assert counts == [("NO2", 43825, 7336), ("PM10", 43825, 4199)]


def test_the_export_with_flags_says_the_same_as_the_file(air: Path) -> None:
    with (air / QA_QC).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))[4:]
    expected = {norwegian(line[0]): Decimal(line[2].replace(",", ".")) for line in lines if line[2]}
    assert values_by_hour(air / QA_QC, "PM10") == expected


def test_an_approved_hour_without_a_valid_value_is_a_row_and_the_padded_last_row_is_not(hourly: Table) -> None:
    counts = hourly.rows(
        """select component, count(*) filter (value is null) from validated
        where station = 'NO0060A' and verification = 'approved' group by all order by all"""
    )
    assert counts == [("NO2", 7335), ("PM10", 4198)]
    # The last row of the file with flags (two series) and the first row of each file with coverage (three and five).
    assert hourly.set_aside() == {"says_nothing": 10}


def test_the_two_exports_with_coverage_agree_to_the_last_common_digit(air: Path) -> None:
    for component in ("NO2", "PM10", "PM2.5"):
        short, long = values_by_hour(air / QUOTED, component), values_by_hour(air / COVERAGE, component)
        common = short.keys() & long.keys()
        assert len(common) > 4500
        assert sum(abs(short[hour] - long[hour]) <= Decimal("0.000001") for hour in common) == len(common)


@pytest.mark.parametrize("component", ["PM10", "NO2"])
@pytest.mark.parametrize("export", [QUOTED, COVERAGE])
def test_an_hour_of_the_exports_with_coverage_is_named_by_its_end(air: Path, component: str, export: str) -> None:
    """Raw and approved values differ slightly, so the right shift shows as the one with by far the smallest differences."""
    approved, raw = values_by_hour(air / QA_QC, component), values_by_hour(air / export, component)

    def differences(hours: int) -> list[Decimal]:
        shifted = {hour + timedelta(hours=hours): value for hour, value in raw.items()}
        return [abs(shifted[hour] - approved[hour]) for hour in shifted.keys() & approved.keys()]

    as_read = differences(0)
    assert len(as_read) > 4000
    assert median(as_read) <= Decimal("0.06")
    assert median(differences(1)) > 10 * median(as_read)
    assert median(differences(-1)) > 10 * median(as_read)


def test_days_of_the_clock_change_have_24_hours_and_so_has_new_year(hourly: Table) -> None:
    for day in ("2020-03-29", "2020-10-25", "2019-12-31", "2020-01-01", "2021-03-28", "2021-10-31"):
        hours = hourly.one(
            """select count(*) from validated
            where station = 'NO0060A' and component = 'PM10' and cast(from_time + interval 1 hour as date) = cast(? as date)""",
            day,
        )
        assert hours == (0 if day == "2019-12-31" else 24), day


def test_leap_years_have_8784_hours_and_others_8760(hourly: Table) -> None:
    years = hourly.rows(
        """select year(from_time + interval 1 hour) as year, count(*) from validated
        where station = 'NO0060A' and component = 'PM10' and year < 2024 group by all order by all"""
    )
    assert years == [(2020, 8784), (2021, 8760), (2022, 8760), (2023, 8760)]


# --- hourly: EEA's station files ---


def test_the_first_hour_of_valand_belongs_to_2017(hourly: Table) -> None:
    first = hourly.one("select min(from_time) from validated where station = 'NO0065A'")
    assert first == datetime(2016, 12, 31, 23)
    assert min(period.period for period in hourly.state.periods) == "2017-01"
    assert hourly.one("select count(*) from validated where station = 'NO0065A' and year(from_time + interval 1 hour) = 2017") == 8760


def test_the_station_files_of_eea_are_whole_grids_with_their_gaps(hourly: Table) -> None:
    found = hourly.rows(
        """select station, count(*), count(*) - count(value), min(value) from validated
        where station in ('NO0065A', 'NO0105A', 'NO0120A') group by all order by all"""
    )
    assert [row[:3] for row in found] == [("NO0065A", 43824, 559), ("NO0105A", 34857, 3521), ("NO0120A", 36563, 194)]
    assert found[0][3] == Decimal("-1.89999999")


def test_a_station_file_from_the_archive_is_known_by_the_last_part_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "0f3a.Valand.csv"
    path.write_text("date,time,pm25,temperature,windSpeed,rain,weekday\n2016-12-31,23:00:00,21.39999999,,,,3\n2017-01-01,00:00:00,,,,,2\n")
    rows = parsed(air_quality_hourly, "eea_station_csv", path).project("station, from_time, value, verification").fetchall()
    assert rows == [
        ("NO0065A", datetime(2016, 12, 31, 23), "21.39999999", "approved"),
        ("NO0065A", datetime(2017, 1, 1), None, "approved"),
    ]


@pytest.mark.parametrize(
    ("name", "header", "says"),
    [
        ("Nidaros.csv", "date,time,pm25,temperature,windSpeed,rain,weekday", "does not tell its station"),
        ("Valand.csv", "date,time,pm10,temperature,windSpeed,rain,weekday", "another header"),
    ],
)
def test_a_station_file_that_is_not_known_is_refused(tmp_path: Path, name: str, header: str, says: str) -> None:
    (tmp_path / name).write_text(f"{header}\n2017-01-01,00:00:00,1,,,,2\n")
    with pytest.raises(ParseError, match=says):
        parsed(air_quality_hourly, "eea_station_csv", tmp_path / name)


# --- hourly: what is set aside, refused and warned of ---


def series(component: str, values: Iterable[dict[str, Any]], **head: Any) -> dict[str, Any]:
    """One series as NILU writes it."""
    return {
        "id": 1, "zone": "Stor-Oslo", "municipality": "Oslo", "area": "Oslo", "station": "Kirkeveien", "type": "Veinær stasjon",
        "eoi": "NO0011A", "component": component, "latitude": 59.93231, "longitude": 10.72455, "timestep": 3600, "isVisible": True,
        "unit": "µg/m³", "values": list(values),
    } | head  # fmt: skip


def reading(hour: int, value: float | None, *, minutes: int = 60, checked: bool = True) -> dict[str, Any]:
    """One hour of January 2021, counted from its first."""
    start = datetime(2021, 1, 1) + timedelta(hours=hour)
    return {
        "fromTime": f"{start.isoformat()}+01:00",
        "toTime": f"{(start + timedelta(minutes=minutes)).isoformat()}+01:00",
        "value": value,
        "qualityControlled": checked,
        "index": 1,
        "color": "6ee86e",
    }


def month(component: str, **head: Any) -> dict[str, Any]:
    return series(component, (reading(hour, hour % 24 + 0.5) for hour in range(744)), **head)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """A sound January with one or two faults of every kind that is to be set aside."""
    folder = tmp_path_factory.mktemp("seeded")
    answer = [
        month("NO2"),
        month("PM10", unit="μg/m³"),  # the Greek letter instead of the micro sign
        series("PM2.5", [*(reading(h, 3.0 + h % 24) for h in range(720)), reading(720, -9900), reading(721, -4.9)]),
        series("NO", [reading(0, 1), reading(1, 1, minutes=30)]),
        series("O3", [reading(0, 0.04), reading(1, 0.05)], unit="mg/m³"),
        series("CO", [reading(0, 0.2), reading(1, 0.3), reading(2, 0.4)], unit="mg/m³"),
        series("Benzo(a)pyrene in PM10 (aerosol)", [reading(0, 0.2)], unit="ng/m³"),
        series("Kryptonite", [reading(0, 0.2)]),
        series("NO2", [reading(0, 9.9)], eoi=None),
        series("SO2", [reading(0, 2.5, checked=False)]),
    ]
    heads = ";".join(f"{name} PM10 µg/m³;QA;QC" for name in ("Elgeseter", "E6-Tiller", "Elgeseter lånt"))
    export = f"Fra-tid;Til-tid;{heads}\n" + "".join(
        f"{d:02}.01.2021 00:00;{d:02}.01.2021 01:00;{d},5;{int(d == 4)};4;7;0;3;9;0;2\n" for d in range(2, 6)
    )
    export = export.replace(";5,5;0;4;", ";;1;4;")
    cells = ("04.01.2021 01:00,77.0,100", "05.01.2021 01:00,78.0,100", "06.01.2021 01:00,8.0,100", "07.01.2021 01:00,,")
    raw = "\n".join(["Tid,Elgeseter PM10 µg/m³ Hour,Dekning", *cells])
    snapshots = [
        snapshot(HOURLY, "nilu_aq_historical", folder, "answer.json", json.dumps(answer), "2021-01"),
        snapshot(HOURLY, "luftkvalitet_portal_csv", folder, "flags.csv", export),
        snapshot(HOURLY, "luftkvalitet_portal_csv", folder, "raw.csv", raw),
    ]
    state = ingested(HOURLY, snapshots, folder / "data")
    assert not state.quarantined
    return Table(state)


def test_each_kind_of_fault_is_set_aside_under_its_own_reason(seeded: Table) -> None:
    assert seeded.set_aside() == {
        "fill_value": 1,
        "not_one_hour": 1,
        "other_unit": 2,
        "other_component": 4,
        "unknown_component": 1,
        # One series without a code, and four hours of a mobile station that has none.
        "unknown_station": 5,
        "says_nothing": 1,
        "flagged_invalid": 1,
    }


def test_what_is_set_aside_is_not_in_the_table(seeded: Table) -> None:
    assert seeded.rows("select component, count(*) from validated where station = 'NO0011A' group by all order by all") == [
        ("NO", 1),
        ("NO2", 744),
        ("PM10", 744),
        ("PM2.5", 721),
        ("SO2", 1),
    ]
    assert seeded.one("select min(value) from validated") == Decimal("-4.9")


def test_the_state_of_control_travels_with_the_value(seeded: Table) -> None:
    assert seeded.rows("select verification from validated where component = 'SO2'") == [("raw",)]
    assert seeded.rows("select distinct verification from validated where station = 'NO0102A'") == [("scaled",)]
    assert seeded.rows("select distinct verification from validated where station = 'NO0011A' and component = 'NO2'") == [("approved",)]


def test_an_approved_gap_beats_the_raw_value_of_its_hour_and_a_value_marked_invalid_is_not_replaced_by_it(seeded: Table) -> None:
    elgeseter = seeded.rows("select day(from_time), value, verification from validated where station = 'NO0060A' order by all")
    assert elgeseter == [
        (1, Decimal("2.5"), "approved"),
        (2, Decimal("3.5"), "approved"),
        (4, None, "approved"),
        (5, Decimal("8.0"), "unknown"),
    ]


@pytest.mark.parametrize(("dataset", "resolution", "hour"), [(HOURLY, "Hour", "01"), (DAILY, "Day", "00")])
def test_a_padded_cell_of_a_newer_export_hides_nothing_but_its_statement_of_no_measurement_counts(
    tmp_path: Path, dataset: Dataset, resolution: str, hour: str
) -> None:
    head = f"Tid,Elgeseter PM10 µg/m³ {resolution},Dekning\n"
    old = head + "".join(f"{day:02}.03.2021 {hour}:00,{day}.5,100\n" for day in range(1, 4))
    new = head + f"01.03.2021 {hour}:00,,\n02.03.2021 {hour}:00,,0\n03.03.2021 {hour}:00,9.5,100\n"
    snapshots = [
        replace(snapshot(dataset, "luftkvalitet_portal_csv", tmp_path, "old.csv", old), retrieved_on=date(2021, 4, 1)),
        replace(snapshot(dataset, "luftkvalitet_portal_csv", tmp_path, "new.csv", new), retrieved_on=date(2021, 5, 1)),
    ]
    table = Table(ingested(dataset, snapshots, tmp_path / "data"))
    assert table.rows("select value from validated order by all") == [(Decimal("1.5"),), (Decimal("9.5"),), (None,)]


def test_a_month_in_another_unit_is_held_back_whole(tmp_path: Path) -> None:
    wrong = snapshot(HOURLY, "nilu_aq_historical", tmp_path, "a.json", json.dumps([month("NO2", unit="mg/m³")]), "2021-01")
    state = ingested(HOURLY, [wrong], tmp_path / "data")
    assert not state.periods
    assert "another than micrograms" in state.quarantined[0].reasons[0]


def nilu_error(tmp_path: Path, module: ModuleType, form: str, content: str) -> str:
    path = tmp_path / "answer.json"
    path.write_text(content)
    with pytest.raises(ParseError) as caught:
        module.PARSERS[form](connect(), [path])
    assert "answer.json" in str(caught.value)
    return str(caught.value)


def test_an_answer_that_is_no_list_of_series_is_refused(tmp_path: Path) -> None:
    assert "no list of series" in nilu_error(tmp_path, air_quality_hourly, "nilu_aq_historical", '{"message": "Unauthorized"}')
    assert "no list of series" in nilu_error(tmp_path, air_quality_daily, "nilu_stats_day", "<html></html>")


@pytest.mark.parametrize("key", ["eoi", "component", "unit", "values", "fromTime", "toTime", "value", "qualityControlled"])
def test_a_key_that_was_renamed_is_refused_and_not_taken_for_missing_data(tmp_path: Path, key: str) -> None:
    renamed = json.dumps([month("NO2")]).replace(f'"{key}"', f'"{key.upper()}_"')
    assert f": {key}" in nilu_error(tmp_path, air_quality_hourly, "nilu_aq_historical", renamed)


def test_an_answer_without_series_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    for text in ("[]", " [ ] ", json.dumps([series("NO2", [])])):
        path.write_text(text)
        assert parsed(air_quality_hourly, "nilu_aq_historical", path).fetchall() == []


def test_a_time_without_its_offset_is_an_error_and_one_in_utc_is_not(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    text = json.dumps([series("NO2", [reading(0, 1.5)])])
    path.write_text(text.replace("+01:00", "Z"))
    assert parsed(air_quality_hourly, "nilu_aq_historical", path).project("from_time").fetchall() == [(datetime(2021, 1, 1),)]
    path.write_text(text.replace("+01:00", ""))
    with pytest.raises(duckdb.Error, match="without its offset"):
        parsed(air_quality_hourly, "nilu_aq_historical", path).fetchall()
    state = ingested(HOURLY, [snapshot(HOURLY, "nilu_aq_historical", tmp_path, "b.json", path.read_bytes(), "2021-01")], tmp_path / "data")
    assert not state.periods and state.quarantined[0].period == "2021-01"


# --- daily ---


@pytest.fixture(scope="module")
def torvet(air: Path) -> dict[str, dict[date, tuple[Decimal, int, Decimal]]]:
    """Torvet's daily means read with Python's own JSON: component → day → value, hours, coverage."""
    text = (air / "nilu_api" / "stats_day_trondheim_torvet_2009_2024.json").read_text("utf-8")
    return {
        one["component"]: {date.fromisoformat(v["dateTime"][:10]): (v["value"], v["count"], v["coverage"]) for v in one["values"]}
        for one in json.loads(text, parse_float=Decimal)
    }


def test_torvet_has_the_days_it_was_delivered_with(daily: Table, torvet: dict) -> None:
    counts = daily.rows("select component, count(hours) from validated where station = 'NO0089A' group by all order by all")
    assert counts == [("NO2", 4302), ("PM10", 5088), ("PM2.5", 5032)]
    for component, _ in counts:
        query = "select day, value, hours, coverage from validated where station = 'NO0089A' and component = ? and hours > 0"
        rows = daily.rows(query, component)
        assert {day: (value, hours) for day, value, hours, _ in rows} == {day: row[:2] for day, row in torvet[component].items()}
        assert all(coverage == Decimal(torvet[component][day][2]).quantize(Decimal("0.001")) for day, _, _, coverage in rows)


def test_annual_values_among_the_daily_ones_are_set_aside_by_a_declared_rule(daily: Table, torvet: dict) -> None:
    assert len(torvet["Benzo(a)pyrene in PM10 (aerosol)"]) == 15
    assert daily.set_aside()["annual_series"] == 15
    assert daily.set_aside().keys() == {"annual_series", "says_nothing"}
    assert daily.one("select max(coverage) from validated") == 100


def test_a_single_time_of_a_daily_export_is_the_beginning_of_its_day(air: Path, torvet: dict) -> None:
    """The export's means of Torvet are the service's means of the same day, to the digits both have."""
    found = parsed(air_quality_daily, "luftkvalitet_portal_csv", air / "luftkvalitet_portal" / "trondheim_6_stations_daily_2015_2021.csv")
    rows = found.filter("station = 'NO0089A' and component = 'PM10' and value is not null").project("day, value").fetchall()
    assert len(rows) == 2289
    assert max(abs(Decimal(value) - torvet["PM10"][day][0]) for day, value in rows) < Decimal("0.000001")


def test_a_padded_cell_does_not_hide_the_mean_that_another_delivery_has(daily: Table) -> None:
    last = daily.rows("select value, hours from validated where station = 'NO0089A' and component = 'PM10' and day = date '2021-12-31'")
    assert last == [(Decimal("5.9625"), 24)]


def test_a_mean_with_its_number_of_hours_beats_one_without(daily: Table) -> None:
    both = daily.rows(
        "select value, hours, coverage from validated where station = 'NO0089A' and component = 'PM10' and day = date '2015-01-01'"
    )
    assert both == [(Decimal("13.383333"), 24, Decimal("100.000"))]


def test_days_with_too_few_hours_are_rows_without_a_value(daily: Table) -> None:
    thin = daily.rows("select count(*), count(value), max(coverage) from validated where coverage < 75")
    assert thin[0][0] > 1000
    assert thin[0][1:] == (0, Decimal("71.000"))


def test_a_mobile_station_is_not_the_fixed_one_it_is_named_after(daily: Table, stations: Table) -> None:
    last = daily.one("select max(day) from validated where station = 'NO0117A'")
    assert stations.rows("select name, closed_on from validated where station = 'NO0117A'") == [("Elgeseter mobil", last)]
    assert daily.one("select count(value) from validated where station = 'NO0117A' and component = 'PM10'") == 43
    assert daily.one("select count(value) from validated where station = 'NO0060A' and component = 'PM10'") == 2425


def test_every_workbook_of_grenland_is_read_cell_by_cell(air: Path) -> None:
    from python_calamine import CalamineWorkbook

    names = ("Lensmannsdalen", "Haukenes", "Sverresgate", "Furulund", "Knarrdalstranda")
    codes = dict(zip(names, ("NO0061A", "NO0062A", "NO0106A", "NO0115A", "NO0118A"), strict=True))
    series_of_year = {2014: 5, 2015: 5, 2016: 7} | dict.fromkeys(range(2017, 2023), 9)
    for year, count in series_of_year.items():
        (path,) = (air / "grenland_portal_exports").glob(f"PM10_og_NO2_dogn_{year}*.xlsx")
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        expected = {
            (codes[head.split(" ")[0]], head.split(" ")[1], line[0]): None if line[column] == "" else Decimal(repr(line[column]))
            for column, head in enumerate(sheet[0])
            if column >= 2 and column % 2 == 0
            for line in sheet[1:]
        }
        found = parsed(air_quality_daily, "luftkvalitet_portal_xlsx", path).project("station, component, day, value").fetchall()
        assert {row[:3]: None if row[3] is None else Decimal(row[3]) for row in found} == expected
        assert len(found) == len(expected) == count * (len(sheet) - 1)


def test_the_workbook_that_stops_on_1_december_is_warned_of(daily: Table) -> None:
    cut = daily.rows(
        """select count(distinct (station, component)), count(distinct day), max(day) from validated
        where year(day) = 2017 and station in ('NO0061A', 'NO0062A', 'NO0106A', 'NO0115A', 'NO0118A')"""
    )
    assert cut == [(9, 335, date(2017, 12, 1))]
    # Nine series of that workbook, and those of stations and instruments that closed before Christmas of their year.
    assert daily.warnings()["year_reaches_its_end"] == 21


def test_two_byte_order_marks_and_semicolons_do_not_hide_july_2025(daily: Table) -> None:
    found = daily.rows("select count(*), count(value), min(day), max(day), min(coverage) from validated where year(day) = 2025")
    assert found == [(279, 279, date(2025, 7, 1), date(2025, 7, 31), Decimal("92.000"))]
    haukenes = daily.one("select value from validated where station = 'NO0062A' and component = 'NO2' and day = date '2025-07-01'")
    assert haukenes == Decimal("5.01181502")


def test_fine_dust_far_above_coarse_dust_is_warned_of(daily: Table) -> None:
    """Omkjøringsvegen reported more PM2.5 than PM10 on twelve days early in 2019, once 65 against 5."""
    assert daily.warnings().keys() == {"fine_within_coarse", "year_reaches_its_end"}
    assert daily.warnings()["fine_within_coarse"] == 12


def test_faults_of_daily_means_are_set_aside_under_their_reasons(tmp_path: Path) -> None:
    def mean(number: int, value: float, hours: int = 24, time: str = "00:00:00") -> dict[str, Any]:
        day = date(2021, 1, 1) + timedelta(days=number)
        return {"dateTime": f"{day}T{time}+01:00", "value": value, "count": hours, "coverage": round(hours * 100 / 24, 3)}

    answer = [
        series("PM10", [*(mean(d, 10 + d % 7) for d in range(200)), mean(200, -999), mean(201, 4, time="23:00:00")]),
        series("NO2", [mean(0, 0.01)], unit="mg/m³"),
        series("CO", [mean(0, 0.2)], unit="mg/m³"),
        series("Kryptonite", [mean(0, 1)]),
        series("PM2.5", [mean(0, 1)], eoi=None),
        series("Benzo(a)pyrene in PM10 (aerosol)", [mean(0, 0.2, 1) | {"coverage": 36500}], timestep=31536000, unit="ng/m³"),
    ]
    table = Table(ingested(DAILY, [snapshot(DAILY, "nilu_stats_day", tmp_path, "a.json", json.dumps(answer), "2021")], tmp_path / "data"))
    assert table.set_aside() == dict.fromkeys(
        ("fill_value", "not_one_day", "other_unit", "other_component", "unknown_component", "unknown_station", "annual_series"), 1
    )
    assert table.one("select count(*) from validated") == 200


# --- the promises over whole periods ---


def broken(dataset: Dataset, rule: str, rows: str) -> list[tuple]:
    """What a declared rule finds among these rows of a batch."""
    con = connect()
    con.execute(f"create table batch as {rows}")
    (sql,) = (r.sql for r in dataset.rules if r.id == rule)
    return con.execute(sql.replace("{batch}", "batch")).fetchall()


TWO = "select '2021' as period, unnest(['A', 'B']) as station, 'NO2' as component"
DUST = "select '2021' as period, 'A' as station, date '2021-01-01' as day, unnest(['PM10', 'PM2.5']) as component"
JANUARY = "select '2021-01' as period, 'NO0011A' as station, timestamp '2020-12-31 23:00' + to_hours(h) as from_time"


@pytest.mark.parametrize(
    ("dataset", "rule", "sound", "faulty", "count"),
    [
        (
            HOURLY,
            "whole_hours",
            f"{JANUARY} from range(5) t(h)",
            f"select period, from_time + interval 30 minute as from_time from ({JANUARY} from range(5) t(h))",
            5,
        ),
        (
            HOURLY,
            "month_has_values",
            f"{JANUARY}, if(h = 0, 1, null) as value from range(5) t(h)",
            f"{JANUARY}, null as value from range(5) t(h)",
            1,
        ),
        (
            HOURLY,
            "instrument_moves",
            f"{JANUARY}, 'NO2' as component, if(h = 3, 5.1, 5) as value from range(24) t(h)",
            f"{JANUARY}, 'NO2' as component, 5 as value from range(18) t(h)",
            1,
        ),
        (
            HOURLY,
            "fine_within_coarse",
            f"{JANUARY}, c as component, if(c = 'PM10', 4, 9) as value from range(24) t(h), unnest(['PM10', 'PM2.5']) as u(c)",
            f"{JANUARY}, c as component, if(c = 'PM10', 4, 9.1) as value from range(24) t(h), unnest(['PM10', 'PM2.5']) as u(c)",
            1,
        ),
        (
            HOURLY,
            "last_day_is_there",
            f"{JANUARY}, 'NO2' as component from range(721) t(h) union all {JANUARY}, 'O3' as component from range(744) t(h)",
            f"{JANUARY}, 'NO2' as component from range(720) t(h) union all {JANUARY}, 'O3' as component from range(744) t(h)",
            1,
        ),
        (
            DAILY,
            "year_has_values",
            "select '2021' as period, 1 as value",
            "select '2021' as period, null as value",
            1,
        ),
        (
            DAILY,
            "hours_and_coverage_agree",
            "select '2021' as period, unnest([18, 24, null]) as hours, unnest([75, null, 36500]) as coverage",
            "select '2021' as period, unnest([1, 18]) as hours, unnest([36500, 0.75]) as coverage",
            2,
        ),
        (
            DAILY,
            "enough_hours_behind_a_mean",
            "select '2021' as period, unnest([1, 1, null]) as value, unnest([18, null, null]) as hours, unnest([null, 75, 71]) as coverage",
            "select '2021' as period, unnest([1, 1]) as value, unnest([17, null]) as hours, unnest([null, 71]) as coverage",
            2,
        ),
        (
            DAILY,
            "fine_within_coarse",
            f"{DUST}, unnest([4, 9]) as value",
            f"{DUST}, unnest([4, 10]) as value",
            1,
        ),
        (
            DAILY,
            "year_reaches_its_end",
            f"{TWO}, unnest([date '2021-12-24', date '2021-12-01']) as day",
            f"{TWO}, unnest([date '2021-12-31', date '2021-12-01']) as day",
            1,
        ),
        (
            STATIONS,
            "closes_after_it_opens",
            "select 'all' as period, date '2020-01-02' as opened_on, unnest([null, date '2020-01-02']) as closed_on",
            "select 'all' as period, date '2020-01-02' as opened_on, date '2020-01-01' as closed_on",
            1,
        ),
        (
            STATIONS,
            "municipality_is_known",
            "select 'all' as period, unnest([null, '0301']) as municipality, unnest([78.9, 59.9]) as latitude",
            "select 'all' as period, null as municipality, 59.9 as latitude",
            1,
        ),
    ],
    ids=lambda value: value.id if isinstance(value, Dataset) else None,
)
def test_a_rule_finds_its_fault_and_nothing_else(dataset: Dataset, rule: str, sound: str, faulty: str, count: int) -> None:
    assert broken(dataset, rule, sound) == []
    assert len(broken(dataset, rule, faulty)) == count


def test_every_rule_has_a_fault_that_it_is_tested_with() -> None:
    (mark,) = (m for m in test_a_rule_finds_its_fault_and_nothing_else.pytestmark if m.name == "parametrize")
    tested = {(case[0].id, case[1]) for case in mark.args[1]}
    assert tested == {(dataset.id, rule.id) for dataset in (HOURLY, DAILY, STATIONS) for rule in dataset.rules}


def test_components_are_the_same_in_both_tables_and_in_their_rules() -> None:
    codes = list(HOURLY.column("component").codes or ())
    assert codes == list(DAILY.column("component").codes or ())
    for dataset in (HOURLY, DAILY):
        for rule in dataset.set_aside:
            if rule.id in ("other_unit", "unknown_component"):
                assert all(f"'{code}'" in rule.sql for code in codes), rule.id


# --- stations ---


def test_491_sampling_points_become_110_stations(stations: Table) -> None:
    counts = stations.rows("select count(*), sum(sampling_points), count(municipality), count(closed_on) from validated")
    assert counts == [(110, 491, 109, 33)]
    assert not stations.warnings()


def test_the_lost_zero_of_oslo_is_back_and_svalbard_has_no_municipality(stations: Table) -> None:
    assert stations.one("select municipality from validated where name = 'Kirkeveien'") == "0301"
    assert stations.rows("select name from validated where municipality is null") == [("Zeppelinfjellet",)]


def test_the_stations_of_grenland_lie_in_their_own_municipalities(stations: Table) -> None:
    found = dict(stations.rows("select name, municipality from validated where municipality in ('3806', '3807')"))
    assert found == {
        "Lensmannsdalen": "3807",
        "Haukenes": "3807",
        "Øyekast": "3806",
        "Ås, Heistad": "3806",
        "Sverresgate": "3806",
        "Furulund": "3806",
        "Knarrdalstranda": "3806",
    }


def test_a_station_is_closed_only_when_all_its_sampling_points_are(stations: Table) -> None:
    assert stations.rows("select opened_on, closed_on from validated where station = 'NO0071A'") == [(date(2001, 10, 1), None)]
    assert stations.rows("select opened_on, closed_on from validated where station = 'NO0089A'") == [(date(2009, 1, 1), date(2024, 4, 19))]


def test_kinds_of_places_are_the_three_that_readers_know(stations: Table) -> None:
    areas = stations.rows("select area, count(*) from validated group by all order by all")
    assert areas == [("rural", 16), ("suburban", 64), ("urban", 30)]
    assert stations.rows("select type, area from validated where name = 'Våland'") == [("background", "suburban")]


def test_our_list_of_stations_says_what_the_register_says(stations: Table) -> None:
    register = stations.rows("select station, name, coalesce(municipality, '') from validated order by station")
    assert register == [(one.station, one.name, one.municipality_2020) for one in known_stations()]


def test_our_list_follows_the_renumbering_of_2024(shared: Path) -> None:
    with (shared / "reference" / "municipality_changes.csv").open(encoding="utf-8", newline="") as file:
        changes = [row for row in csv.DictReader(file) if row["valid_from"] == "2024-01-01" and row["old_code"] != row["new_code"]]
    new_codes: dict[str, set[str]] = {}
    for row in changes:
        new_codes.setdefault(row["old_code"], set()).add(row["new_code"])
    for one in known_stations():
        assert one.municipality_2024 in new_codes.get(one.municipality_2020, {one.municipality_2020}), one.station


def test_the_download_of_eea_is_read_like_the_plain_file_and_other_countries_are_set_aside(air: Path, tmp_path: Path) -> None:
    """EEA writes its headers with blanks and knows no municipalities; those come from our own list."""
    malta = (air / "eea_metadata" / "DataExtract_malta_sample.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(malta)))
    norway = [
        dict.fromkeys(rows[0], "") | {
            "Country": "Norway", "Air Quality Station EoI Code": code, "Air Quality Station Name": "Prøve",
            "Sampling Point Id": f"NO/SPO_{number}", "Longitude": "10.7", "Latitude": "59.9",
            "Air Quality Station Type": "traffic", "Air Quality Station Area": "rural-nearcity",
            "Operational Activity Begin": "01/02/2019 00:00:00", "Operational Activity End": end,
        }
        for number, (code, end) in enumerate([("NO0011A", ""), ("NO0011A", "31/12/2020 23:59:00"), ("NO9999A", "31/12/2020 23:59:00")])
    ]  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows([*rows, *norway])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DataExtract.csv", text.getvalue().encode("utf-8-sig"))
    answer = snapshot(STATIONS, "eea_sampling_points_zip", tmp_path, "answer.zip", packed.getvalue(), "all")
    table = Table(ingested(STATIONS, [answer], tmp_path / "data"))
    assert table.set_aside() == {"other_country": 7}
    assert table.warnings() == {"municipality_is_known": 1}
    assert table.rows("select station, municipality, area, opened_on, closed_on, sampling_points from validated order by all") == [
        ("NO0011A", "0301", "rural", date(2019, 2, 1), None, 2),
        ("NO9999A", None, "rural", date(2019, 2, 1), date(2020, 12, 31), 1),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Country,Name\nNorway,X\n", "columns missing: AirQualityStationEoICode"),
        ("\xff\n", "UTF-8"),
        ("", "CSV header"),
    ],
)
def test_a_register_of_another_form_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ParseError, match=says):
        parsed(air_quality_stations, "eea_sampling_points_csv", path)


def test_a_date_that_is_written_otherwise_is_refused(air: Path, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    text = (air / "eea_metadata" / "norway_sampling_points_2024_enriched.csv").read_text("utf-8")
    path.write_text(text.replace("01/10/2001 00:00:00", "2001-10-01", 1), "utf-8")
    with pytest.raises(ParseError, match="not written as dd/mm/yyyy"):
        parsed(air_quality_stations, "eea_sampling_points_csv", path)


# --- names in exports ---


def test_names_of_one_area_get_its_codes_and_a_new_name_gets_none() -> None:
    assert codes_of_names(["Elgeseter", "Elgeseter mobil", "Torvet", "Elgeseter prøve"]) == {
        "Elgeseter": "NO0060A",
        "Elgeseter mobil": "NO0117A",
        "Torvet": "NO0089A",
        "Elgeseter prøve": None,
    }


def test_a_name_that_several_towns_use_is_no_evidence_by_itself() -> None:
    assert codes_of_names(["Torvet"]) == {"Torvet": None}
    assert codes_of_names(["Torvet", "E6-Tiller"]) == {"Torvet": "NO0089A", "E6-Tiller": "NO0102A"}


def test_names_of_two_areas_in_one_export_are_not_guessed() -> None:
    assert set(codes_of_names(["Elgeseter", "Kirkeveien"]).values()) == {None}


def test_one_known_name_beside_an_unknown_one_is_not_enough() -> None:
    assert set(codes_of_names(["Elgeseter", "Storgata"]).values()) == {None}


def test_an_area_is_found_by_the_names_that_only_it_has() -> None:
    def station(code: str, name: str, area: str) -> Station:
        return Station(code, name, area, "0000", "0000", None, None)

    places = [("NO0001A", "Sentrum", "A"), ("NO0002A", "Sentrum", "B"), ("NO0003A", "Havna", "B"), ("NO0004A", "Havna", "B")]
    towns = [station(*place) for place in places]
    assert codes_of_names(["Sentrum"], towns) == {"Sentrum": None}
    assert codes_of_names(["Sentrum", "Havna"], towns) == {"Sentrum": "NO0002A", "Havna": None}


def test_letters_in_two_parts_are_the_same_letters() -> None:
    assert codes_of_names(["A\u030asveien  skole"]) == {"A\u030asveien  skole": "NO0139A"}


@pytest.mark.parametrize(
    ("header", "name", "component", "unit"),
    [
        ("Elgeseter mobil PM10 µg/m³", "Elgeseter mobil", "PM10", "µg/m³"),
        ("Åsveien skole PM2.5 µg/m³", "Åsveien skole", "PM2.5", "µg/m³"),
        ("Minnesundvegen, Gjøvik NO2 µg/m³", "Minnesundvegen, Gjøvik", "NO2", "µg/m³"),
        ("Ring 3 Økern NO µg/m³", "Ring 3 Økern", "NO", "µg/m³"),
        ("Torvet Benzo(a)pyrene in PM10 (aerosol) ng/m³", "Torvet", "Benzo(a)pyrene in PM10 (aerosol)", "ng/m³"),
        ("Bakke kirke H2S µg/m³", "Bakke kirke", "H2S", "µg/m³"),
    ],
)
def test_a_header_is_parted_at_its_last_component_not_at_its_first_blank(
    tmp_path: Path, header: str, name: str, component: str, unit: str
) -> None:
    from pipelines.tabular import read_csv

    path = tmp_path / "export.csv"
    path.write_text(f"Fra-tid;Til-tid;{header};QA;QC\n01.01.2020 00:00;01.01.2020 01:00;1;0;4\n")
    (row,) = read_csv(connect(), [path], air_quality_hourly.EXPORT).to_pylist()
    assert (row["name"], row["component"], row["unit"]) == (name, component, unit)


# --- asking ---


def test_hourly_values_are_asked_for_by_month_and_station() -> None:
    requests = list(air_quality_hourly.ask(HOURLY, Window(date(2020, 1, 1), date(2020, 3, 1), ("0301",))))
    kirkeveien = [r for r in requests if r.note == "Kirkeveien NO0011A"]
    assert [full_url(r) for r in kirkeveien] == [
        "https://api.nilu.no/aq/historical/2020-01-01/2020-02-01/Kirkeveien?components=NO2;PM10;PM2.5",
        "https://api.nilu.no/aq/historical/2020-02-01/2020-03-01/Kirkeveien?components=NO2;PM10;PM2.5",
    ]
    assert [r.period for r in kirkeveien] == ["2020-01", "2020-02"]
    assert {r.format for r in requests} == {"nilu_aq_historical"}


def test_daily_means_are_asked_for_by_year_and_station() -> None:
    requests = list(air_quality_daily.ask(DAILY, Window(date(2022, 1, 1), date(2024, 1, 1), ("5001",))))
    assert sorted({r.period for r in requests}) == ["2022", "2023"]
    assert "https://api.nilu.no/stats/day/2022-01-01/2023-01-01/%C3%85sveien%20skole?components=NO2;PM10;PM2.5" in map(full_url, requests)


def test_the_register_is_asked_for_whole() -> None:
    (request,) = air_quality_stations.ask(STATIONS, Window(date(2020, 1, 1), date(2024, 1, 1), ("5001",)))
    assert full_url(request) == "https://discomap.eea.europa.eu/App/AQViewer/download?fqn=Airquality_Dissem.b2g.measurements&f=csv"
    assert (request.format, request.period) == ("eea_sampling_points_zip", "all")


def test_a_station_is_asked_only_while_it_measures() -> None:
    def names(start: date, end: date) -> set[str]:
        return {one.name for one in stations_measuring(start, end, ["5001"])}

    assert "Torvet" in names(date(2024, 4, 1), date(2024, 5, 1))
    assert "Torvet" not in names(date(2024, 5, 1), date(2024, 6, 1))
    assert "Fylkets hus" not in names(date(2024, 8, 1), date(2024, 9, 1))
    assert "Fylkets hus" in names(date(2024, 9, 1), date(2024, 10, 1))


def test_a_municipality_may_be_named_by_its_old_or_its_new_number() -> None:
    old, new = (
        {r.note for r in air_quality_daily.ask(DAILY, Window(date(2023, 1, 1), date(2024, 1, 1), (code,)))} for code in ("3807", "4003")
    )
    assert old == new == {"Lensmannsdalen NO0061A", "Haukenes NO0062A"}


def test_without_a_choice_more_than_twenty_municipalities_are_asked_for() -> None:
    asked = list(stations_measuring(date(2023, 1, 1), date(2024, 1, 1)))
    assert len({one.municipality_2024 for one in asked}) > 20
    assert len({one.name for one in asked}) == len(asked), "two stations of one name would be one question"


def test_every_declared_format_has_its_reader() -> None:
    for dataset, module in ((HOURLY, air_quality_hourly), (DAILY, air_quality_daily), (STATIONS, air_quality_stations)):
        assert set(dataset.source.formats) == set(module.PARSERS)
