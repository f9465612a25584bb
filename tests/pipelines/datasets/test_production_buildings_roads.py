"""Electricity production, municipal buildings, bicycle counts and roads: what the sources really send, and what becomes of it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import shutil
import socketserver
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError, PrivacyError
from catalog.ethics.measuring import measure
from catalog.ethics.record import evaluate
from catalog.load import load_catalog, load_dataset
from catalog.model import Dataset
from catalog.privacy.withholding import withhold
from catalog.publication import DatasetState, Snapshot
from pipelines import run
from pipelines.archive import HashCache, read_index
from pipelines.collect import Collected, from_recorded, from_sources
from pipelines.datasets import (
    bike_counts_hourly,
    building_energy_hourly,
    electricity_production_hourly,
    installed_capacity_daily,
    road_traffic_yearly,
    traffic_registration_points,
)
from pipelines.fetching import answers
from pipelines.ingest import ingest, recipe
from pipelines.ingesting.confirm import confirm
from pipelines.reading.ask import Request, Window
from pipelines.sandbox.weather import Heard, reply, weather
from pipelines.settings import ROOT, Settings

OURS = (
    "electricity_production_hourly",
    "installed_capacity_daily",
    "building_energy_hourly",
    "bike_counts_hourly",
    "traffic_registration_points",
    "road_traffic_yearly",
)
PRODUCTION = "energy/elhub_api/production_per_metering_point_type_municipality_hour_2025-05.json"
CAPACITY = "energy/elhub_api/installed_capacity_per_metering_point_type_group_municipality_daily_2025-05.json"
WITHOUT_TYPE = "energy/elhub_installed_capacity/all_municipalities_2025-06-01_to_22.csv"
WITH_TYPE = "energy/elhub_installed_capacity/telemark_2024.csv"
BUILDINGS = "energy/municipal_buildings_open_data/coordinated-data"
PIVOT = "transport/trafikkdata/derived_hourly_17510B2483952_2015-2020.csv.gz"
PORTAL = "transport/trafikkdata/portal_export_17510B2483952_hourly_sample.csv"
POINTS = "transport/trafikkdata/trp_2026-06_converted.csv.gz"
ROADS = "transport/nvdb/vegobjekter_540_trondheim_part_a.zip"
JSON_FORMAT = "elhub_energy_data_json"


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


def snapshot(path: Path, name: str, form: str, period: str | None = None, taken: date = date(2026, 1, 1)) -> Snapshot:
    return Snapshot(name, form, path, "https://example.org/", "test", "CC0", taken, "", HashCache(Path("none")).of(path), 1, period)


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
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def aside(state: DatasetState) -> dict[str, int]:
    """Rows that were set aside, by rule, over all periods."""
    return dict(sum((Counter(period.set_aside) for period in state.periods), Counter[str]()))


# --- all six ---


@pytest.mark.parametrize("name", OURS)
def test_every_declared_format_has_a_parser_and_every_question_is_of_a_declared_format(name: str) -> None:
    dataset = described(name)
    module = import_module(f"pipelines.datasets.{name}")
    assert set(module.PARSERS) | set(dataset.source.files) == set(dataset.source.formats)
    asked = list(module.ask(dataset, Window(date(2024, 1, 1), date(2024, 3, 1))))
    assert asked
    assert {request.format for request in asked} <= set(dataset.source.formats)
    told_apart = {(request.url, str(request.params), request.period, request.note) for request in asked}
    assert len(told_apart) == len(asked)


def test_every_recorded_row_is_kept_or_set_aside_by_a_declared_rule_and_no_period_is_refused(validated: dict[str, DatasetState]) -> None:
    assert {name: state.quarantined for name, state in validated.items()} == dict.fromkeys(OURS, ())
    assert {name: (state.rows, aside(state)) for name, state in validated.items()} == {
        "electricity_production_hourly": (1016, {}),
        "installed_capacity_daily": (810 + 3186 + 20495 - 2423, {}),
        "building_energy_hourly": (6 * 8760, {"not_energy": 3 * 8760}),
        "bike_counts_hourly": (47_724 - 6, {"mean_of_two_hours": 6}),
        "traffic_registration_points": (10_056, {}),
        "road_traffic_yearly": (660 - 93, {"no_longer_valid": 93}),
    }


@pytest.mark.parametrize("name", OURS)
def test_the_gate_lets_what_was_weighed_and_measured_through(name: str, validated: dict[str, DatasetState], tmp_path: Path) -> None:
    state = validated[name]
    con = connect()
    relation, withheld = withhold(con, con.sql(f"from {parquet([p.path for p in state.periods])}"), state.dataset)
    relation.write_parquet(str(tmp_path / "t.parquet"))
    sha256 = hashlib.sha256((tmp_path / "t.parquet").read_bytes()).hexdigest()
    measured = measure(con, tmp_path / "t.parquet", sha256, state.dataset, withheld)
    record = evaluate(
        state.dataset,
        measured,
        catalog=load_catalog(),
        release="test",
        synthetic=False,
        now=datetime(2026, 11, 23, tzinfo=UTC),
        licences=[s.licence for s in state.snapshots],
    )
    assert [reason.en for reason in record.reasons] == []


def test_a_sample_run_says_which_datasets_it_does_not_ask_for(tmp_path: Path) -> None:
    said: list[str] = []
    collected = run.collect(run.Input("sample"), Settings(data_dir=tmp_path), wanted=OURS, say=said.append)
    assert said == [f"not in the sandbox: {', '.join(sorted(OURS))}"]
    assert not any(collected.snapshots.values())
    assert not collected.failures


# --- hourly production ---


def elhub_answer(path: Path, rows_are_called: str, municipalities: dict[str, list[dict[str, object]]]) -> Path:
    entities = [
        {"type": "municipality", "id": number, "attributes": {"municipalityNumber": number, rows_are_called: given}}
        for number, given in municipalities.items()
    ]
    return written(path, json.dumps({"meta": {"created": "2025-05-26T13:49:09+02:00"}, "links": {}, "data": entities}))


def produced(start: str, end: str, kwh: float, kind: str = "E18", updated: str | None = None) -> dict[str, object]:
    return {"startTime": start, "endTime": end, "meteringPointTypeCode": kind, "quantityKwh": kwh, "lastUpdatedTime": updated}


def production_answer(path: Path, municipalities: dict[str, list[dict[str, object]]]) -> Path:
    return elhub_answer(path, electricity_production_hourly.ANSWERS.rows, municipalities)


def test_production_of_each_hour_is_the_sum_that_the_answer_gives(recorded: Path, validated: dict[str, DatasetState]) -> None:
    by_hand: dict[datetime, Decimal] = defaultdict(Decimal)
    answer = json.loads((recorded / PRODUCTION).read_bytes(), parse_float=Decimal)
    for entity in answer["data"]:
        for row in entity["attributes"]["productionPerMeteringPointTypeMunicipalityHour"]:
            hour = datetime.fromisoformat(row["startTime"]).astimezone(UTC).replace(tzinfo=None)
            by_hand[hour] += row["quantityKwh"]
    assert len(by_hand) == 4
    state = validated["electricity_production_hourly"]
    assert dict(query(state, "select from_time, sum(energy) from t group by 1")) == by_hand
    assert query(state, "select energy, metering_point_type, updated_at from t where municipality = '0301' order by from_time limit 1") == [
        (Decimal("6.609"), "E19", datetime(2025, 3, 29, 0, 45, 22))
    ]


def test_a_municipality_without_production_rows_is_absent_and_a_dark_hour_is_zero(
    recorded: Path, validated: dict[str, DatasetState]
) -> None:
    listed = {entity["id"] for entity in json.loads((recorded / PRODUCTION).read_bytes())["data"]}
    state = validated["electricity_production_hourly"]
    present = {code for (code,) in query(state, "select distinct municipality from t")}
    assert (len(listed), len(present), len(listed - present)) == (361, 254, 107)
    assert query(state, "select count(*) from t where energy = 0") == [(446,)]


def test_production_in_watt_hours_is_refused(tmp_path: Path) -> None:
    name = "electricity_production_hourly"
    hour = produced("2024-06-01T00:00:00+02:00", "2024-06-01T01:00:00+02:00", 2_400_000_000.0)
    path = production_answer(tmp_path / "a.json", {"1134": [hour]})
    state = ingested(name, [snapshot(path, name, JSON_FORMAT, "2024-05")], tmp_path / "work")
    assert "production_is_not_in_watt_hours" in state.quarantined[0].reasons[0]


def test_a_corrected_hour_replaces_the_older_figure_and_a_new_type_of_meter_is_stopped(tmp_path: Path) -> None:
    name = "electricity_production_hourly"
    hour = ("2024-01-01T00:00:00+01:00", "2024-01-01T01:00:00+01:00")
    old = production_answer(tmp_path / "old.json", {"4601": [produced(*hour, 99.0, updated="2024-02-01T00:00:00+01:00")]})
    new = production_answer(tmp_path / "new.json", {"4601": [produced(*hour, 12.5, updated="2025-02-01T00:00:00+01:00")], "*": []})
    state = ingested(name, [snapshot(path, name, JSON_FORMAT, "2024-01") for path in (new, old)], tmp_path / "work")
    assert query(state, "select from_time, energy from t") == [(datetime(2023, 12, 31, 23), Decimal("12.500"))]
    strange = production_answer(tmp_path / "strange.json", {"4601": [produced(*hour, 1.0, kind="E20")]})
    refused = ingested(name, [snapshot(strange, name, JSON_FORMAT, "2024-01")], tmp_path / "other")
    assert "metering_point_type_known" in refused.quarantined[0].reasons[0]


def test_an_answer_about_consumption_is_no_answer_about_production(recorded: Path) -> None:
    consumption = recorded / PRODUCTION.replace("production_per_metering_point_type", "consumption_per_group")
    with pytest.raises(ParseError, match="no list called productionPerMeteringPointTypeMunicipalityHour"):
        parsed(electricity_production_hourly, JSON_FORMAT, consumption)


def test_production_is_asked_for_by_the_day_for_all_and_by_the_month_for_one() -> None:
    dataset = described("electricity_production_hourly")
    everyone = list(electricity_production_hourly.ask(dataset, Window(date(2024, 7, 30), date(2024, 8, 2))))
    assert [(r.period, r.params["startDate"], r.params["endDate"]) for r in everyone] == [
        ("2024-07", "2024-07-30T00:00:00+01:00", "2024-07-31T00:00:00+01:00"),
        ("2024-07", "2024-07-31T00:00:00+01:00", "2024-08-01T00:00:00+01:00"),
        ("2024-08", "2024-08-01T00:00:00+01:00", "2024-08-02T00:00:00+01:00"),
    ]
    assert {(r.url, r.params["dataset"]) for r in everyone} == {
        ("https://api.elhub.no/energy-data/v0/municipalities", "PRODUCTION_PER_METERING_POINT_TYPE_MUNICIPALITY_HOUR")
    }
    one = list(electricity_production_hourly.ask(dataset, Window(date(2024, 2, 10), date(2024, 2, 12), ("4601",))))
    assert [(r.url.rpartition("/")[2], r.params["startDate"][:10], r.params["endDate"][:10]) for r in one] == [
        ("4601", "2024-02-01", "2024-03-01")
    ]


# --- installed capacity ---


def test_rows_that_lost_their_type_are_summed_and_not_taken_for_repetitions(recorded: Path, validated: dict[str, DatasetState]) -> None:
    by_hand: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    parts: Counter[tuple[str, str, date]] = Counter()
    with (recorded / WITHOUT_TYPE).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["Kommunenr"], row["Produksjonstype"], date.fromisoformat(row["Dato"]))
            by_hand[key] += Decimal(row["Installert_kapasitet"])
            parts[key] += 1
    assert Counter(parts.values()) == {1: 15_649, 2: 2_423}
    state = validated["installed_capacity_daily"]
    june = "select municipality, production_group, day, capacity from t where day >= '2025-06-01' and metering_point_type = 'all'"
    assert {row[:3]: row[3] for row in query(state, june)} == by_hand


def test_types_are_kept_where_the_file_has_them_and_days_are_those_of_the_file(recorded: Path, validated: dict[str, DatasetState]) -> None:
    with (recorded / WITH_TYPE).open(encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    by_hand: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in given:
        by_hand[row["Kilde"], row["MeteringPointTypeCode"]] += Decimal(row["InstallertKapasitet"])
    state = validated["installed_capacity_daily"]
    in_2024 = "from t where year(day) = 2024"
    assert {
        row[:2]: row[2] for row in query(state, f"select production_group, metering_point_type, sum(capacity) {in_2024} group by all")
    } == (by_hand)
    assert query(state, f"select count(*), count(distinct day), min(day), max(day) {in_2024}") == [
        (len(given), 354, date(2024, 1, 1), date(2024, 12, 30))
    ]


def test_oslo_keeps_its_zero_although_the_rows_of_the_answer_have_lost_it(recorded: Path, validated: dict[str, DatasetState]) -> None:
    oslo = next(entity for entity in json.loads((recorded / CAPACITY).read_bytes())["data"] if entity["id"] == "0301")
    lost = oslo["attributes"]["installedCapacityPerMeteringPointTypeGroupMunicipalityDaily"]
    assert {row["municipalityId"] for row in lost} == {"301"}
    found = "select metering_point_type, production_group, capacity from t where municipality = '0301' and day = '2023-05-03'"
    assert set(query(validated["installed_capacity_daily"], found)) == {
        (row["meteringPointTypeCode"], row["productionGroup"], Decimal(str(row["installedCapacity"]))) for row in lost
    }


def test_a_sum_gives_way_to_its_parts_so_that_nothing_is_counted_twice(tmp_path: Path) -> None:
    name = "installed_capacity_daily"
    without = "Kommunenr,Kommune,Produksjonstype,Installert_kapasitet,Dato,Sist_oppdatert\n"
    without += "301,Oslo,solar,100.5,2024-05-01,2025-06-23 08:28:25+02:00\n301,Oslo,solar,50,2024-05-01,2025-06-23 08:28:25+02:00\n"
    without += "301,Oslo,hydro,7,2024-05-01,2025-06-23 08:28:25+02:00\n"
    typed = "Kommunenummer,Kommune,MeteringPointTypeCode,Kilde,InstallertKapasitet,Dato,SistOppdatert\n"
    typed += "0301,Oslo,E18,solar,50,2024-05-01,2025-01-01T00:00:00+01:00\n0301,Oslo,E19,solar,100.5,2024-05-01,2025-01-01T00:00:00+01:00\n"
    paths = [written(tmp_path / "a.csv", without), written(tmp_path / "b.csv", typed)]
    alone = ingested(name, [snapshot(paths[0], name, "elhub_county_csv")], tmp_path / "alone")
    assert query(alone, "select production_group, metering_point_type, capacity from t order by 1") == [
        ("hydro", "all", Decimal("7.000")),
        ("solar", "all", Decimal("150.500")),
    ]
    both = ingested(name, [snapshot(path, name, "elhub_county_csv") for path in paths], tmp_path / "both")
    types = "string_agg(metering_point_type, ',' order by metering_point_type)"
    assert query(both, f"select production_group, sum(capacity), {types} from t group by 1 order by 1") == [
        ("hydro", Decimal("7.000"), "all"),
        ("solar", Decimal("150.500"), "E18,E19"),
    ]
    assert aside(both) == {"types_are_known": 1}


def test_more_rows_than_there_are_types_and_capacity_in_watts_are_refused(tmp_path: Path) -> None:
    name = "installed_capacity_daily"
    head = "Kommunenr,Kommune,Produksjonstype,Installert_kapasitet,Dato,Sist_oppdatert\n"
    row = "0301,Oslo,solar,100,2024-05-01,2025-06-23 08:28:25+02:00\n"
    repeated = ingested(name, [snapshot(written(tmp_path / "a.csv", head + 3 * row), name, "elhub_county_csv")], tmp_path / "one")
    assert "More rows than there are types" in repeated.quarantined[0].reasons[0]
    watts = written(tmp_path / "b.csv", head + row.replace("100", "2476182000"))
    refused = ingested(name, [snapshot(watts, name, "elhub_county_csv")], tmp_path / "two")
    assert "capacity_is_not_in_watts" in refused.quarantined[0].reasons[0]


def test_a_county_file_without_its_columns_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Kommunenr,Kommune,Dato\n0301,Oslo,2024-05-01\n")
    with pytest.raises(ParseError, match="columns missing: produksjonstype, installertkapasitet, sistoppdatert") as caught:
        parsed(installed_capacity_daily, "elhub_county_csv", path)
    assert caught.value.where == "a.csv"


def test_capacity_is_asked_for_by_the_month() -> None:
    dataset = described("installed_capacity_daily")
    asked = list(installed_capacity_daily.ask(dataset, Window(date(2024, 3, 10), date(2024, 4, 2))))
    assert [(r.period, r.params["startDate"], r.params["endDate"]) for r in asked] == [
        ("2024-03", "2024-03-01", "2024-04-01"),
        ("2024-04", "2024-04-01", "2024-05-01"),
    ]
    named = installed_capacity_daily.ask(dataset, Window(date(2024, 3, 1), date(2024, 4, 1), ("0301", "4601")))
    assert [r.url.rpartition("/")[2] for r in named] == ["0301", "4601"]


# --- municipal buildings ---


def drammen_lines(recorded: Path) -> list[dict[str, str]]:
    with (recorded / BUILDINGS / "drammen/energy/measurements/dataset.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def city(recorded: Path, tmp_path: Path, name: str, measurements: str) -> Path:
    """A folder of one city with the real tables and these measurements."""
    folder = tmp_path / "coordinated-data" / name / "energy"
    for table in ("locations", "measurement-points", "location-measurement-points"):
        shutil.copytree(recorded / BUILDINGS / name / "energy" / table, folder / table)
    return written(folder / "measurements" / "dataset.csv", "timestamp;meter_id;value\n" + measurements)


def test_every_meter_has_every_hour_of_drammens_year_and_the_sum_of_the_file(recorded: Path, validated: dict[str, DatasetState]) -> None:
    by_hand: dict[str, Decimal] = defaultdict(Decimal)
    for line in drammen_lines(recorded):
        by_hand[line["meter_id"]] += Decimal(line["value"].strip().replace(",", "."))
    state = validated["building_energy_hourly"]
    found = query(state, "select meter, count(distinct from_time), min(from_time), max(from_time), sum(energy) from t group by 1")
    assert {meter: total for meter, *_, total in found} == {meter: total for meter, total in by_hand.items() if meter.startswith("El-")}
    assert {row[1:4] for row in found} == {(8760, datetime(2020, 12, 31, 23), datetime(2021, 12, 31, 22))}
    assert query(state, "select distinct municipality from t") == [("3301",)]


def test_the_hour_that_autumn_repeats_is_two_hours_and_spring_has_no_hole(validated: dict[str, DatasetState]) -> None:
    state = validated["building_energy_hourly"]
    night = "select from_time, energy from t where meter = '{}' and from_time between '{}' and '{}' order by 1"
    assert query(state, night.format("El-Local_D02", "2021-10-30 23:00", "2021-10-31 02:00")) == [
        (datetime(2021, 10, 30, 23), Decimal(1)),
        (datetime(2021, 10, 31, 0), Decimal(1)),
        (datetime(2021, 10, 31, 1), Decimal(3)),
        (datetime(2021, 10, 31, 2), Decimal(3)),
    ]
    assert query(state, night.format("El-18815788", "2021-03-28 00:00", "2021-03-28 02:00")) == [
        (datetime(2021, 3, 28, 0), Decimal(111)),  # 01:00 in Oslo
        (datetime(2021, 3, 28, 1), Decimal(113)),  # 03:00 in Oslo
        (datetime(2021, 3, 28, 2), Decimal(109)),
    ]


def test_thermometers_are_left_out_and_every_meter_says_what_and_where_it_measures(validated: dict[str, DatasetState]) -> None:
    columns = "meter, building, building_type, meter_name, meter_type, meter_unit, meter_level"
    found = query(validated["building_energy_hourly"], f"select distinct {columns} from t order by 1")
    assert [row[0] for row in found] == ["El-006408599", "El-014456308", "El-065806025", "El-18815788", "El-Local_D01", "El-Local_D02"]
    assert found[3] == ("El-18815788", "Gulskogen skole", "Skole", "El-måler til el-kjele", "Elkjel", "kWh", "Forbruksmåler")
    assert found[5][4] == "Fjernvarme"


def test_a_city_that_names_the_end_of_its_hours_in_standard_time_is_read_so(recorded: Path, tmp_path: Path) -> None:
    times = ("01/01/2021 01:00", "28/03/2021 03:00", "13/07/2021 13:00", "31/10/2021 03:00", "01/01/2022 00:00")
    path = city(recorded, tmp_path, "trondheim", "".join(f"{time};El_Local_T02;1,5 \n" for time in times))
    con = parsed(building_energy_hourly, "samapne_measurements_csv", path)
    assert rows(con, "select municipality, from_time, energy, doubt from t order by 2") == [
        ("5001", datetime(2020, 12, 31, 23), "1.5", None),
        ("5001", datetime(2021, 3, 28, 1), "1.5", None),
        ("5001", datetime(2021, 7, 13, 11), "1.5", None),
        ("5001", datetime(2021, 10, 31, 1), "1.5", None),
        ("5001", datetime(2021, 12, 31, 22), "1.5", None),
    ]


def test_swapped_columns_heat_that_is_given_off_and_a_single_autumn_hour_do_not_mislead(recorded: Path, tmp_path: Path) -> None:
    name = "building_energy_hourly"
    meters = ("G02_0038_M1E", "G02_0038_SM_M27V", "MET_44640_TA")
    hours = [f"{day:02}.10.2021 {hour:02}:00" for day in range(25, 32) for hour in range(24)]
    path = city(recorded, tmp_path, "stavanger", "".join(f"{hour};{meter};31\n" for hour in hours for meter in meters))
    state = ingested(name, [snapshot(path, name, "samapne_measurements_csv")], tmp_path / "work")
    assert query(state, "select distinct municipality, meter, meter_name, building from t") == [
        ("1103", "G02_0038_M1E", "Fastkraft", "N.N. skole")
    ]
    # 7 days of 24 written hours, of which the one at 02:00 on the 31st could be either of two.
    assert aside(state) == {"not_energy": 168, "energy_given_off": 168, "one_value_for_two_hours": 3}
    assert state.rows == 167
    assert query(state, "select count(*) from t where from_time in ('2021-10-31 00:00', '2021-10-31 01:00')") == [(0,)]


def test_a_meter_in_a_home_is_left_out(recorded: Path, tmp_path: Path) -> None:
    name = "building_energy_hourly"
    with (recorded / BUILDINGS / "bodo/energy/location-measurement-points/dataset.csv").open(encoding="utf-8") as file:
        links = {row["meter_name"]: row["meter_id"] for row in csv.DictReader(file, delimiter=";")}
    home, school = links["Vatnlia Leirsted Bestyrerbolig"], links["Gymsal"]
    lines = "".join(f"2021-03-01 {hour:02}:00:00;{meter};{hour},5\n" for hour in range(1, 24) for meter in (home, school))
    path = city(recorded, tmp_path, "bodo", lines)
    given = [snapshot(path, name, "samapne_measurements_csv")]
    with pytest.raises(PrivacyError, match="meter identifier"):  # the number of a meter points at the home: a person looks first
        ingested(name, given, tmp_path / "work")
    settings = Settings(data_dir=tmp_path / "work", synthetic=False)
    confirm(name, period=None, why="The rule someone_lives_there takes the home out", by="Personvernombud", settings=settings)
    state = ingested(name, given, tmp_path / "work")
    assert aside(state) == {"someone_lives_there": 23}
    assert query(state, "select distinct municipality, meter from t") == [("1804", school)]
    assert query(state, "select min(from_time) from t") == [(datetime(2021, 2, 28, 23),)]


def test_a_file_without_tables_beside_it_is_read_and_said_to_be_undescribed(recorded: Path, tmp_path: Path) -> None:
    name = "building_energy_hourly"
    path = tmp_path / "3f9c.csv"
    shutil.copyfile(recorded / BUILDINGS / "drammen/energy/measurements/dataset.csv", path)
    state = ingested(name, [snapshot(path, name, "drammen_measurements_csv")], tmp_path / "work")
    assert (state.rows, aside(state)) == (52_560, {"not_energy": 26_280})
    assert query(state, "select count(building), count(meter_unit) from t") == [(0, 0)]
    check = next(check for check in state.checks if check.id == "meters_not_described")
    assert (check.success, check.severity, check.unexpected_rows) == (False, "warning", 12 * 6)
    with pytest.raises(ParseError, match="the city is unknown"):
        parsed(building_energy_hourly, "samapne_measurements_csv", path)


def test_a_blank_value_is_not_zero_and_a_meter_reading_is_no_use_in_an_hour(recorded: Path, tmp_path: Path) -> None:
    name = "building_energy_hourly"
    blank = city(recorded, tmp_path / "a", "drammen", "2021-05-01 03:00;El-Local_D01;\n2021-05-01 04:00;El-Local_D01;0\n")
    state = ingested(name, [snapshot(blank, name, "samapne_measurements_csv")], tmp_path / "one")
    assert (query(state, "select energy from t"), aside(state)) == ([(Decimal(0),)], {"no_value": 1})
    reading = city(recorded, tmp_path / "b", "drammen", "2021-05-01 00:00;El-Local_D01;1548575\n")
    refused = ingested(name, [snapshot(reading, name, "samapne_measurements_csv")], tmp_path / "two")
    assert "energy_is_in_kilowatt_hours" in refused.quarantined[0].reasons[0]


def test_a_time_in_an_unknown_notation_stops_the_file(recorded: Path, tmp_path: Path) -> None:
    name = "building_energy_hourly"
    path = city(recorded, tmp_path, "trondheim", "2021/05/01 00.00;El_Local_T02;1\n")
    with pytest.raises(ParseError, match="rows without from_time"):
        ingested(name, [snapshot(path, name, "samapne_measurements_csv")], tmp_path / "work")


# --- bicycle counts ---


def local_hours(lines: str) -> str:
    return "DateFormatted,1,2,Totalt,Totalt i retning A,Totalt i retning B\n" + lines


def test_a_time_names_the_beginning_of_its_hour_as_the_portals_own_export_shows(recorded: Path, validated: dict[str, DatasetState]) -> None:
    with (recorded / PORTAL).open(encoding="utf-8") as file:
        export = [line for line in csv.reader(file) if line[8] == "Totalt" and line[9] != "-"]
    by_hand = {datetime.fromisoformat(line[3]).astimezone(UTC).replace(tzinfo=None): int(line[9]) for line in export}
    assert len(by_hand) == 3
    first, last = min(by_hand), max(by_hand)
    found = query(validated["bike_counts_hourly"], f"select from_time, volume from t where from_time between '{first}' and '{last}'")
    assert dict(found) == by_hand


def test_counts_are_those_of_the_file_without_the_six_means(recorded: Path, validated: dict[str, DatasetState]) -> None:
    means = {f"{day} 02:00:00" for day in ("2015-10-25", "2016-10-30", "2017-10-29", "2018-10-28", "2019-10-27", "2020-10-25")}
    with gzip.open(recorded / PIVOT, "rt", encoding="utf-8") as file:
        given = {line["DateFormatted"]: Decimal(line["Totalt"]) for line in csv.DictReader(file)}
    assert {time for time, total in given.items() if total % 1} < means < given.keys()
    state = validated["bike_counts_hourly"]
    assert query(state, "select count(*), sum(volume), count(distinct from_time) from t") == [
        (len(given) - 6, sum(total for time, total in given.items() if time not in means), len(given) - 6)
    ]
    assert query(state, "select distinct point, municipality from t") == [("17510B2483952", "4601")]
    # On the clocks of 27 October 2019 the hour from 02:00 comes twice and is unknown; the hours on both sides are there.
    night = "select from_time, volume from t where from_time between '{}' and '{}' order by 1"
    assert query(state, night.format("2019-10-26 23:00", "2019-10-27 02:00")) == [
        (datetime(2019, 10, 26, 23), given["2019-10-27 01:00:00"]),
        (datetime(2019, 10, 27, 2), given["2019-10-27 03:00:00"]),
    ]
    # The clocks of 29 March 2020 have no 02:00, and the series has no hole.
    assert query(state, night.format("2020-03-29 00:00", "2020-03-29 02:00")) == [
        (datetime(2020, 3, 29, 0), given["2020-03-29 01:00:00"]),
        (datetime(2020, 3, 29, 1), given["2020-03-29 03:00:00"]),
        (datetime(2020, 3, 29, 2), given["2020-03-29 04:00:00"]),
    ]


def test_hours_that_the_clocks_skip_and_lanes_that_do_not_add_up_are_set_aside(tmp_path: Path) -> None:
    name = "bike_counts_hourly"
    good = "".join(f"2021-03-{day:02} {hour:02}:00:00,3.0,4.0,7.0,3.0,4.0\n" for day in range(1, 28) for hour in range(24))
    skipped = "2021-03-28 02:00:00,1.0,1.0,2.0,1.0,1.0\n"
    wrong = "2021-03-29 02:00:00,1.0,1.0,5.0,1.0,1.0\n"
    path = written(tmp_path / "derived_hourly_00042B805616_2021.csv", local_hours(good + skipped + wrong))
    state = ingested(name, [snapshot(path, name, "trafikkdata_hourly_csv")], tmp_path / "work")
    assert {period.period: period.set_aside for period in state.periods} == {
        "2021-03": {"hour_that_does_not_exist": 1, "lanes_do_not_add_up": 1},
    }
    assert query(state, "select distinct volume from t") == [(7,)]


def test_another_station_without_lanes_and_with_an_index_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path / "hours_44656B72812.csv", ",DateFormatted,Totalt\n0,2022-07-01 00:00:00,12\n1,2022-07-01 01:00:00,0.0\n")
    con = parsed(bike_counts_hourly, "trafikkdata_hourly_csv", path)
    assert rows(con, "select point, municipality, from_time, volume, lanes_agree from t order by 3") == [
        ("44656B72812", None, datetime(2022, 6, 30, 22), "12", True),
        ("44656B72812", None, datetime(2022, 6, 30, 23), "0", True),
    ]


def test_half_a_bicycle_in_any_other_hour_stops_the_file(tmp_path: Path) -> None:
    name = "bike_counts_hourly"
    path = written(tmp_path / "derived_hourly_00042B805616_2021.csv", local_hours("2021-05-28 02:00:00,1.5,1.0,2.5,1.0,1.5\n"))
    with pytest.raises(ParseError, match=re.escape("values of the wrong type: volume (1 rows)")):
        ingested(name, [snapshot(path, name, "trafikkdata_hourly_csv")], tmp_path / "work")


@pytest.mark.parametrize(
    ("name", "head", "what"),
    [
        ("derived_hourly_2021.csv", "DateFormatted,Totalt\n", "no number of a bicycle point"),
        ("derived_hourly_44656V72812_2021.csv", "DateFormatted,Totalt\n", "no number of a bicycle point"),
        ("derived_hourly_00042B805616_2021.csv", "Tid,Totalt\n", "columns missing: DateFormatted"),
    ],
)
def test_a_pivot_of_an_unknown_point_or_shape_is_refused(tmp_path: Path, name: str, head: str, what: str) -> None:
    with pytest.raises(ParseError, match=what) as caught:
        parsed(bike_counts_hourly, "trafikkdata_hourly_csv", written(tmp_path / name, head))
    assert caught.value.where == name


def hours_answer(path: Path, hours: Sequence[tuple[str, str, int | None, float | None]], *, goes_on: bool = False) -> Path:
    """An answer in the shape that the contract documents, in two lists."""

    def listed(some: Sequence[tuple[str, str, int | None, float | None]]) -> dict[str, object]:
        nodes = [
            {
                "from": since,
                "to": until,
                "total": {
                    "volumeNumbers": None if volume is None else {"volume": volume, "validLength": None},
                    "coverage": None if coverage is None else {"percentage": coverage},
                },
            }
            for since, until, volume, coverage in some
        ]
        return {"pageInfo": {"hasNextPage": goes_on, "endCursor": "x"}, "edges": [{"cursor": "x", "node": node} for node in nodes]}

    point = {"id": "17510B2483952", "location": {"municipality": {"number": 4601}}}
    half = len(hours) // 2
    volume = {"from01": listed(hours[:half]), "from05": listed(hours[half:])}
    return written(path, json.dumps({"data": {"trafficData": {"trafficRegistrationPoint": point, "volume": volume}}}))


def test_an_answer_of_the_service_keeps_both_autumn_hours_and_only_hours_that_were_counted(tmp_path: Path) -> None:
    name = "bike_counts_hourly"
    hours: list[tuple[str, str, int | None, float | None]] = [
        ("2024-10-27T01:00:00+02:00", "2024-10-27T02:00:00+02:00", 4, 100.0),
        ("2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00", 3, 100.0),
        ("2024-10-27T02:00:00+01:00", "2024-10-27T03:00:00+01:00", 0, 97.5),
        ("2024-10-27T03:00:00+01:00", "2024-10-27T04:00:00+01:00", 0, 0.0),
        ("2024-10-27T04:00:00+01:00", "2024-10-27T05:00:00+01:00", 8, 0.0),
        ("2024-10-27T05:00:00+01:00", "2024-10-27T06:00:00+01:00", None, None),
    ]
    path = hours_answer(tmp_path / "a.json", hours)
    state = ingested(name, [snapshot(path, name, "trafikkdata_hours_json", "2024-10")], tmp_path / "work")
    assert query(state, "select from_time, volume, coverage, municipality from t order by 1") == [
        (datetime(2024, 10, 26, 23), 4, Decimal(100), "4601"),
        (datetime(2024, 10, 27, 0), 3, Decimal(100), "4601"),
        (datetime(2024, 10, 27, 1), 0, Decimal("97.5"), "4601"),
        (datetime(2024, 10, 27, 3), 8, Decimal(0), "4601"),
    ]
    assert aside(state) == {"not_counted": 2}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('{"errors": [{"message": "secret 42"}], "data": null}', "the service reports errors"),
        ('{"data": {"trafficData": null}}', "no trafficData"),
        ("<html></html>", "not JSON"),
    ],
)
def test_an_answer_with_errors_is_refused_without_quoting_them(tmp_path: Path, content: str, what: str) -> None:
    with pytest.raises(ParseError, match=what) as caught:
        parsed(bike_counts_hourly, "trafikkdata_hours_json", written(tmp_path / "a.json", content))
    assert "secret" not in str(caught.value)


def test_a_list_of_hours_that_goes_on_elsewhere_is_refused(tmp_path: Path) -> None:
    hour = ("2024-10-01T00:00:00+02:00", "2024-10-01T01:00:00+02:00", 1, 100.0)
    with pytest.raises(ParseError, match="goes on on another page"):
        parsed(bike_counts_hourly, "trafikkdata_hours_json", hours_answer(tmp_path / "a.json", [hour, hour], goes_on=True))


def windows_of(request: Request) -> list[tuple[datetime, datetime]]:
    assert request.body is not None
    found = re.findall(r'byHour\(from: "([^"]+)", to: "([^"]+)"\)', str(request.body["query"]))
    return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in found]


def test_one_question_holds_a_month_of_one_point_in_lists_of_at_most_a_hundred_hours() -> None:
    dataset = described("bike_counts_hourly")
    asked = list(bike_counts_hourly.ask(dataset, Window(date(2023, 11, 5), date(2024, 2, 2), ("4601",))))
    points = {one.point for one in bike_counts_hourly.known_points().values() if one.municipality == "4601" and one.is_counting}
    assert "17510B2483952" in points
    assert Counter(r.period for r in asked) == {"2024-01": len(points), "2024-02": len(points)}
    january = windows_of(asked[0])
    assert january[0][0] == datetime.fromisoformat("2024-01-01T00:00:00+01:00")
    assert january[-1][1] == datetime.fromisoformat("2024-02-01T00:00:00+01:00")
    assert all(until - since <= timedelta(hours=100) for since, until in january)
    assert [until for _, until in january[:-1]] == [since for since, _ in january[1:]]
    query_text = str(asked[0].body["query"]) if asked[0].body else ""
    assert query_text.count("{") == query_text.count("}")
    names = re.findall(r"(\w+): byHour", query_text)
    assert len(names) == len(set(names)) == 8


def test_the_known_bicycle_points_are_those_of_the_register(recorded: Path) -> None:
    with gzip.open(recorded / POINTS, "rt", encoding="utf-8") as file:
        register = {line["trp_id"]: line for line in csv.DictReader(file) if line["traffic_type"] == "BICYCLE"}
    known = bike_counts_hourly.known_points()
    assert (len(register), len(known), sum(one.is_counting for one in known.values())) == (474, 471, 380)
    for one in known.values():
        line = register[one.point]
        assert one.municipality[:2] == line["county_id"].zfill(2)
        assert one.is_counting == (line["operational_status"] == "OPERATIONAL" and line["registration_frequency"] == "CONTINUOUS")


# --- traffic registration points ---


def test_lanes_become_points_and_nothing_of_the_register_is_lost(recorded: Path, validated: dict[str, DatasetState]) -> None:
    with gzip.open(recorded / POINTS, "rt", encoding="utf-8") as file:
        lanes = list(csv.DictReader(file))
    register = {line["trp_id"]: line for line in lanes}
    state = validated["traffic_registration_points"]
    assert (len(lanes), state.rows) == (15_577, len(register))
    kinds = query(state, "select traffic_type, operational_status, count(*) from t group by all")
    assert {row[:2]: row[2] for row in kinds} == Counter((line["traffic_type"], line["operational_status"]) for line in register.values())
    assert query(state, "select traffic_type, count(*) from t group by 1 order by 1") == [("BICYCLE", 474), ("VEHICLE", 9582)]
    assert query(state, "select count(*) from t where operational_status = 'OPERATIONAL'") == [(3333,)]
    told = Counter(line["trp_id"] for line in lanes if line["lane_according_to_current_metering"])
    assert dict(query(state, "select point, lanes from t where lanes is not null")) == told
    assert query(state, "select count(*) from t where lanes is null") == [(len(register) - len(told),)]


def test_counties_keep_their_zero(recorded: Path, validated: dict[str, DatasetState]) -> None:
    state = validated["traffic_registration_points"]
    assert query(state, "select name, county, road_category, lanes from t where point = '32088V444219'") == [("Hvam sør", "32", "E", 8)]
    counties = {code for (code,) in query(state, "select distinct county from t")}
    assert counties == {"03", "11", "15", "18", "31", "32", "33", "34", "39", "40", "42", "46", "50", "55", "56"}


def points_answer(path: Path, *points: dict[str, object]) -> Path:
    return written(path, json.dumps({"data": {"trafficRegistrationPoints": list(points)}}))


def point(number: str, status: str = "OPERATIONAL", county: int = 3, municipality: int = 301) -> dict[str, object]:
    return {
        "id": number,
        "name": "Prøve",
        "trafficRegistrationType": "BICYCLE" if "B" in number else "VEHICLE",
        "operationalStatus": status,
        "direction": {"fromAccordingToRoadLink": "A", "toAccordingToRoadLink": "B"},
        "location": {
            "county": {"name": "Oslo", "number": county},
            "municipality": {"name": "Oslo", "number": municipality},
            "roadReference": {"shortForm": "EV6 S1D1 m10"},
        },
    }


def test_an_answer_with_the_register_puts_the_zeros_back_and_replaces_the_one_before(tmp_path: Path) -> None:
    name = "traffic_registration_points"
    old = points_answer(tmp_path / "old.json", point("44656V72812"), point("00042B805616"))
    new = points_answer(tmp_path / "new.json", point("44656V72812", "TEMPORARILY_OUT_OF_SERVICE"))
    found = [
        snapshot(old, name, "trafikkdata_points_json", "all", date(2026, 1, 1)),
        snapshot(new, name, "trafikkdata_points_json", "all", date(2026, 2, 1)),
    ]
    state = ingested(name, found, tmp_path / "work")
    columns = "point, operational_status, county, municipality, road_category, road_reference, direction_to, lanes"
    assert query(state, f"select {columns} from t") == [("44656V72812", "OUT_OF_SERVICE", "03", "0301", "E", "EV6 S1D1 m10", "B", None)]
    assert aside(state) == {"older_register": 2}


def test_a_register_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    name = "traffic_registration_points"
    wrong = point("44656V72812") | {"trafficRegistrationType": "BICYCLE"}
    path = points_answer(tmp_path / "a.json", wrong, point("00042B805616", county=46))
    state = ingested(name, [snapshot(path, name, "trafikkdata_points_json", "all")], tmp_path / "work")
    assert {reason.partition(" ")[0] for reason in state.quarantined[0].reasons} == {
        "letter_says_what_is_counted",
        "municipality_lies_in_county",
    }


def test_the_real_shape_of_points_is_read(recorded: Path) -> None:
    path = recorded / "transport/trafikkdata/graphql_samples_transcribed/trafficRegistrationPoints_bergen_excerpt.json"
    con = parsed(traffic_registration_points, "trafikkdata_points_json", path)
    assert rows(con, "select point, county, municipality from t limit 1") == [("06872V2518838", "46", "4601")]


# --- road traffic ---


def road(
    number: int, municipalities: Sequence[int] = (5001,), ends: str | None = None, category: str = "K", **values: object
) -> dict[str, object]:
    """An object as NVDB writes it, in the versions 3 and 4."""
    given = {4621: 2023, 4623: 1000, 4624: 8, 4625: "Skjønn"} | {int(key[1:]): value for key, value in values.items()}
    life = {"type": {"id": 540, "navn": "Trafikkmengde"}, "versjon": 1, "startdato": "2024-01-05"} | ({"sluttdato": ends} if ends else {})
    return {
        "id": number,
        "href": f"https://nvdbapiles.atlas.vegvesen.no/vegobjekter/api/v4/vegobjekter/540/{number}/1",
        "metadata": life,
        "egenskaper": [{"id": key, "navn": "", "verdi": value} for key, value in given.items() if value is not None],
        "lokasjon": {
            "kommuner": list(municipalities),
            "vegsystemreferanser": [{"vegsystem": {"vegkategori": category, "fase": "V", "nummer": 8390}}],
            "geometri": {"wkt": "LINESTRING Z(1 2 3, 4 5 6)", "srid": 5973},
            "lengde": 299.64,
        },
    }


def nvdb_zip(path: Path, members: Mapping[str, object]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content if isinstance(content, bytes) else json.dumps(content))
    return path


def nvdb_answer(path: Path, *objects: dict[str, object], page: int = 1000, more: bool = True) -> Path:
    following = {"neste": {"start": "x", "href": "https://nvdbapiles.atlas.vegvesen.no/"}} if more else {}
    about = {"antall": len(objects), "returnert": len(objects), "sidestørrelse": page} | following
    return written(path, json.dumps({"objekter": list(objects), "metadata": about}, ensure_ascii=False))


def test_only_objects_that_are_valid_are_kept_and_each_municipality_sees_the_shared_ones(
    recorded: Path, validated: dict[str, DatasetState]
) -> None:
    with zipfile.ZipFile(recorded / ROADS) as archive:
        objects = [json.loads(archive.read(member), parse_float=Decimal) for member in archive.namelist()]
    assert len(objects) == 650
    valid = [one for one in objects if "sluttdato" not in one["metadata"]]
    by_hand = {
        (str(one["id"]), str(number)): (
            next(p["verdi"] for p in one["egenskaper"] if p["id"] == 4621),
            next(p["verdi"] for p in one["egenskaper"] if p["id"] == 4623),
            one["lokasjon"]["lengde"],
            len(one["lokasjon"]["kommuner"]),
        )
        for one in valid
        for number in one["lokasjon"]["kommuner"]
    }
    state = validated["road_traffic_yearly"]
    found = query(state, "select object, municipality, year, average_daily_traffic, length, municipalities from t")
    assert {row[:2]: row[2:] for row in found} == by_hand
    assert (len(valid), len(by_hand)) == (558, 567)
    shared = "select municipality, count(*) from t where municipalities > 1 group by 1 order by 1"
    assert query(state, shared) == [("5001", 9), ("5028", 5), ("5031", 3), ("5032", 1)]


def test_no_line_on_the_map_and_no_signature_is_kept(validated: dict[str, DatasetState]) -> None:
    state = validated["road_traffic_yearly"]
    texts = [column.name for column in state.dataset.columns if column.type == "text"]
    longest = ", ".join(f"max(length({column}))" for column in texts)
    assert max(length for length in query(state, f"select {longest} from t")[0] if length) < 40
    assert query(state, f"select count(*) from t where 'elst' in ({', '.join(texts)})") == [(0,)]


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"../1.json": road(1)}, "a name that leads out of the archive"),
        ({"/etc/1.json": road(1)}, "a name that leads out of the archive"),
        ({"a\\..\\1.json": road(1)}, "a name that leads out of the archive"),
        ({"1.exe": road(1)}, "or is no .json"),
        ({"1.json": b" " * (road_traffic_yearly.LARGEST_MEMBER + 1)}, "unpacks to more than is allowed"),
        ({"1.json": b"{"}, "is not JSON"),
        ({"1.json": road(1) | {"metadata": {"type": {"id": 105}}}}, "no object of type 540"),
        ({"1.json": road(1, municipalities=())}, "names no municipality"),
    ],
)
def test_a_member_that_could_do_harm_or_is_no_object_stops_the_archive(tmp_path: Path, members: dict[str, object], what: str) -> None:
    path = nvdb_zip(tmp_path / "objects.zip", members)
    with pytest.raises(ParseError, match=re.escape(what)) as caught:
        parsed(road_traffic_yearly, "nvdb_objects_zip", path)
    assert caught.value.where == "objects.zip"


def test_a_damaged_archive_is_refused_by_its_name(tmp_path: Path) -> None:
    whole = nvdb_zip(tmp_path / "whole.zip", {"1.json": road(1)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    spoilt = bytearray(whole)
    spoilt[60] ^= 0xFF
    (tmp_path / "spoilt.zip").write_bytes(spoilt)
    for name in ("cut.zip", "spoilt.zip"):
        with pytest.raises(ParseError, match="damaged") as caught:
            parsed(road_traffic_yearly, "nvdb_objects_zip", tmp_path / name)
        assert caught.value.where == name


def test_parts_of_a_municipality_in_several_archives_add_up_and_oslo_keeps_its_zero(tmp_path: Path) -> None:
    name = "road_traffic_yearly"
    first = nvdb_zip(tmp_path / "a.zip", {"folder/1.json": road(1, (301,)), "2.json": road(2, (301, 3201))})
    second = nvdb_zip(tmp_path / "b.zip", {"3.json": road(3, (301,), v4624=None), "4.json": road(4, (301,), ends="2024-12-19")})
    state = ingested(name, [snapshot(path, name, "nvdb_objects_zip") for path in (first, second)], tmp_path / "work")
    assert query(state, "select object, municipality, municipalities, long_vehicles from t order by 1, 2") == [
        ("1", "0301", 1, Decimal(8)),
        ("2", "0301", 2, Decimal(8)),
        ("2", "3201", 2, Decimal(8)),
        ("3", "0301", 1, None),
    ]


def test_a_newer_whole_list_ends_what_it_no_longer_names(tmp_path: Path) -> None:
    name = "road_traffic_yearly"
    stay = [road(n) for n in range(10, 20)]
    old = nvdb_answer(tmp_path / "old.json", road(1), road(2), road(3, (5001, 5031)), *stay)
    new = nvdb_answer(tmp_path / "new.json", road(1, v4623=1200), road(3, (5001, 5031)), *stay, more=False)
    neighbour = nvdb_answer(tmp_path / "neighbour.json", road(3, (5001, 5031)), road(4, (5031,)))
    found = [
        snapshot(path, name, "nvdb_objects_json", "all", taken)
        for path, taken in ((old, date(2025, 1, 1)), (neighbour, date(2025, 1, 2)), (new, date(2026, 1, 1)))
    ]
    found[1] = replace(found[1], source_url="https://example.org/neighbour")  # another question, which the newer list does not answer
    state = ingested(name, found, tmp_path / "work")
    assert not state.quarantined, state.quarantined
    assert query(state, "select object, municipality, average_daily_traffic from t where len(object) = 1 order by 1, 2") == [
        ("1", "5001", 1200),
        ("3", "5001", 1000),
        ("3", "5031", 1000),
        ("4", "5031", 1000),
    ]


class Roads:
    """The lists of roads of one municipality as the service gives them in pages: by opaque start the objects and the next start."""

    def __init__(self, pages: dict[str, tuple[Sequence[int], str | None]], total: int, categories: str = "EK") -> None:
        self.pages, self.total, self.categories = pages, total, categories

    def __call__(self, handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        asked = parse_qs(urlsplit(heard.path).query)
        start = asked.get("start", [""])[0]
        category = asked["vegsystemreferanse"][0][0]
        pages, total = (self.pages, self.total) if category in self.categories else ({"": ((), None)}, 0)
        if start not in pages:
            return reply(500, b"out of order")(handler, heard)
        objects, after = pages[start]
        href = f"https://nvdbapiles.atlas.vegvesen.no/vegobjekter/api/v4/vegobjekter/540?kommune=5001&vegsystemreferanse={category}V&start="
        link = {"neste": {"start": after, "href": href + after}} if after else {}
        told = {"antall": total, "returnert": len(objects), "sidestørrelse": 2} | link
        found = [road(one + 1000 * (category == "E"), category=category) for one in objects]
        return reply(body=json.dumps({"objekter": found, "metadata": told}).encode())(handler, heard)


def roads_as_the_service_has_them(roads: Roads, folder: Path, day: date) -> tuple[Collected, int]:
    """The archive after asking the service for the roads of one municipality on a day, and how many requests that took."""
    name = "road_traffic_yearly"
    settings = Settings(data_dir=folder, synthetic=False, now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))

    def window(_: Dataset) -> Window:
        return Window(date(2024, 1, 1), day, ("5001",))

    with weather(roads) as state:
        collected = from_sources({name: described(name)}, [name], settings, window=window, door=lambda: nullcontext(state.reroute))
        return collected, len(state.heard)


def roads_listed(collected: Collected, folder: Path) -> list[int]:
    settings = Settings(data_dir=folder, synthetic=False, now=datetime(2026, 6, 1, tzinfo=UTC))
    name = "road_traffic_yearly"
    state = ingest(recipe(described(name), f"pipelines.datasets.{name}"), collected.snapshots[name], settings)
    assert not state.quarantined or all(f.check in ("rows", "withdrawn") for f in state.findings), state.quarantined
    return [int(one) for (one,) in query(state, "select object from t order by object::bigint")] if state.periods else []


THREE_PAGES: dict[str, tuple[Sequence[int], str | None]] = {"": ((1, 2), "b"), "b": ((3, 4), "c"), "c": ((5,), "d"), "d": ((), "e")}


def test_a_list_in_pages_is_followed_and_its_pages_are_one_answer(tmp_path: Path) -> None:
    collected, requests = roads_as_the_service_has_them(Roads(THREE_PAGES, 5), tmp_path, date(2025, 1, 1))
    assert not collected.failures
    assert requests == 4 + 4 + 3, "two lists of four pages, three empty ones"
    snapshots = collected.snapshots["road_traffic_yearly"]
    assert Counter(Counter(s.answer for s in snapshots).values()) == {4: 2, 1: 3}
    assert roads_listed(collected, tmp_path) == [1, 2, 3, 4, 5, 1001, 1002, 1003, 1004, 1005]


@pytest.mark.parametrize(
    ("pages", "total", "left"),
    [
        ({"": ((1, 2), "b"), "b": ((3, 6), None)}, 4, [1, 2, 3, 6]),
        ({"": ((1, 2), "b"), "b": ((3, 4), "c"), "c": ((6,), None)}, 5, [1, 2, 3, 4, 6]),
        ({"": ((1, 2), "b"), "b": ((3, 4), None)}, 4, [1, 2, 3, 4]),
        ({"": ((0, 2), "b"), "b": ((3, 4), "c"), "c": ((5,), "d"), "d": ((), "e")}, 5, [0, 2, 3, 4, 5]),
    ],
    ids=["fewer pages", "the last page alone", "a page fewer, the others as they were", "the first page alone"],
)
def test_a_newer_list_keeps_its_unchanged_pages_and_ends_what_it_no_longer_names(
    pages: dict[str, tuple[Sequence[int], str | None]], total: int, left: list[int], tmp_path: Path
) -> None:
    roads_as_the_service_has_them(Roads(THREE_PAGES, 5), tmp_path, date(2025, 1, 1))
    collected, _ = roads_as_the_service_has_them(Roads(pages, total), tmp_path, date(2026, 1, 1))
    assert roads_listed(collected, tmp_path) == [*left, *(1000 + one for one in left)]
    raw, name = Settings(data_dir=tmp_path, synthetic=False).raw, "road_traffic_yearly"
    replayed = from_recorded(raw, {name: described(name)}, Settings(data_dir=tmp_path / "replayed"))
    assert roads_listed(replayed, tmp_path / "replayed") == [*left, *(1000 + one for one in left)]


def test_a_list_that_says_again_what_it_said_before_the_last_time_is_what_holds(tmp_path: Path) -> None:
    fewer: dict[str, tuple[Sequence[int], str | None]] = {"": ((1, 2), "b"), "b": ((3,), None)}
    roads_as_the_service_has_them(Roads(THREE_PAGES, 5, "K"), tmp_path, date(2023, 1, 1))
    collected, _ = roads_as_the_service_has_them(Roads(fewer, 3, "K"), tmp_path, date(2024, 1, 1))
    assert roads_listed(collected, tmp_path / "then") == [1, 2, 3]
    collected, _ = roads_as_the_service_has_them(Roads(THREE_PAGES, 5, "K"), tmp_path, date(2025, 1, 1))
    assert roads_listed(collected, tmp_path / "now") == [1, 2, 3, 4, 5]
    listed = len(collected.snapshots["road_traffic_yearly"])
    again, requests = roads_as_the_service_has_them(Roads(THREE_PAGES, 5, "K"), tmp_path, date(2026, 1, 1))
    assert (len(again.snapshots["road_traffic_yearly"]), requests) == (listed, 8), "asked again, and nothing new to list"


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({"": ((1, 2), "b"), "b": ((3, 4), "b")}, "was there before"),
        ({"": ((1, 2), "b"), "b": ((3,), None)}, "3 rows, but the source says 4"),
    ],
    ids=["in a circle", "a list that changed midway"],
)
def test_a_list_of_roads_that_cannot_be_followed_to_its_end_is_not_kept(
    pages: dict[str, tuple[Sequence[int], str | None]], says: str, tmp_path: Path
) -> None:
    collected, _ = roads_as_the_service_has_them(Roads(pages, 4, "K"), tmp_path, date(2025, 1, 1))
    assert says in str(collected.failures["road_traffic_yearly"])
    assert all("category K" not in s.note for s in collected.snapshots["road_traffic_yearly"])


def test_a_page_that_fails_in_the_middle_costs_its_list_alone_and_the_next_run_asks_for_that_list_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "USUAL", quick := replace(answers.USUAL, tries=2, first_wait=0.01))
    monkeypatch.setattr(answers, "fetch_each", partial(answers.fetch_each, limits=quick))
    broken: dict[str, tuple[Sequence[int], str | None]] = {page: said for page, said in THREE_PAGES.items() if page != "c"}
    collected, _ = roads_as_the_service_has_them(Roads(broken, 5, "K"), tmp_path, date(2025, 1, 1))
    assert "500" in str(collected.failures["road_traffic_yearly"])
    kept = [s.note for s in collected.snapshots["road_traffic_yearly"]]
    assert kept == [f"municipality 5001, roads of category {one}" for one in "ERF"], "no page of the list that broke off"
    assert "road_traffic_yearly" not in collected.lacking, "nothing is built of a table that lacks a list"

    resumed, requests = roads_as_the_service_has_them(Roads(THREE_PAGES, 5, "K"), tmp_path, date(2025, 1, 2))
    assert (resumed.failures, requests) == ({}, 4 + 1), "the list that broke off from its beginning, and the one not asked for yet"
    assert roads_listed(resumed, tmp_path) == [1, 2, 3, 4, 5]


def test_a_stretch_without_a_figure_is_not_a_road_without_traffic(tmp_path: Path) -> None:
    name = "road_traffic_yearly"
    objects = {f"{number}.json": road(number) for number in range(1, 40)} | {"40.json": road(40, v4623=None)}
    state = ingested(name, [snapshot(nvdb_zip(tmp_path / "a.zip", objects), name, "nvdb_objects_zip")], tmp_path / "work")
    assert (state.rows, aside(state)) == (39, {"no_traffic_figure": 1})


def test_roads_are_asked_for_by_municipality_and_category() -> None:
    dataset = described("road_traffic_yearly")
    asked = list(road_traffic_yearly.ask(dataset, Window(date(2025, 1, 1), date(2026, 1, 1), ("0301", "5001"))))
    assert [(r.params["kommune"], r.params["vegsystemreferanse"]) for r in asked] == [
        (number, f"{category}V") for number in ("301", "5001") for category in "ERFKP"
    ]
    assert {r.url for r in asked} == {"https://nvdbapiles.atlas.vegvesen.no/vegobjekter/api/v4/vegobjekter/540"}
    assert all(r.headers["X-Client"] for r in asked)
    unnamed = {r.params["kommune"] for r in road_traffic_yearly.ask(dataset, Window(date(2025, 1, 1), date(2026, 1, 1)))}
    assert unnamed == {str(int(code)) for code in load_catalog().area_of_interest}
