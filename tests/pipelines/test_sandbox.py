"""The stand-in for the sources: asked by the datasets' own questions over HTTP, read by their own parsers, held beside real answers."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from catalog.duck import connect
from catalog.load import load_datasets
from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines import sandbox
from pipelines.datasets import ask, module_of, own_parsers_of
from pipelines.fetch import Limits, fetch
from pipelines.fetching.answers import fetch_all
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Request, Window
from pipelines.sandbox import air, places
from pipelines.sandbox.server import HOSTS, answer
from pipelines.sandbox.tables import FIGURES
from pipelines.sandbox.wire import Question
from pipelines.settings import ROOT, Settings

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
YEARS = set(range(2019, 2025))
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


def asked(dataset: str, window: Window | None = None) -> list[Request]:
    return list(ask(DATASETS[dataset], window or sandbox.window(dataset)))


def fetched(dataset: str, requests: Sequence[Request], base: str, raw: Path) -> list[Snapshot]:
    return fetch_all(DATASETS[dataset], requests, raw, now=NOW, reroute=sandbox.reroute(base))


def parsed(con: duckdb.DuckDBPyConnection, dataset: str, snapshots: Sequence[Snapshot]) -> duckdb.DuckDBPyRelation:
    """Everything in the snapshots by the dataset's own parsers, as table `rows`."""
    parsers = own_parsers_of(DATASETS[dataset], module_of(DATASETS[dataset]))
    con.execute("drop table if exists rows")
    for format, group in groupby(sorted(snapshots, key=lambda s: s.format), key=lambda s: s.format):
        rows = parsers[format](con, sorted({s.path for s in group}))
        if con.sql("from duckdb_tables() where table_name = 'rows'").fetchone():
            rows.insert_into("rows")
        else:
            rows.create("rows")
    return con.table("rows")


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=2, memory_limit="500MB", spill=tmp_path / "spill") as connection:
        yield connection


def ask_json(host: str, path: str, parameters: dict[str, str] | None = None, body: dict[str, Any] | None = None) -> Any:
    """The JSON of one answer, asked past HTTP."""
    content = json.dumps(body).encode() if body else b""
    return json.loads(answer(Question(host, path, parameters or {}, {"accept": "application/json"}, content)).body)


def a_few(requests: Sequence[Request]) -> list[Request]:
    """Some questions from the whole span, so that a test stays quick."""
    step = max(1, len(requests) // 6)
    return list(requests[::step])


@pytest.mark.parametrize("dataset", sorted(sandbox.ANSWERS_FOR - FIGURES.keys()))  # declared tables: test_sandbox_tables
def test_every_dataset_can_ask_the_sandbox_and_read_its_answers(
    dataset: str, base: str, tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    snapshots = fetched(dataset, a_few(asked(dataset)), base, tmp_path)
    rows = parsed(con, dataset, snapshots)
    columns = [c for c in DATASETS[dataset].columns if not c.nullable]
    assert {c.name for c in columns} <= set(rows.columns)
    assert len(rows) > 0
    casts = ", ".join(f"try_cast({c.name} as {c.sql_type}) is null and {c.name} is not null" for c in columns)
    assert con.sql(f"select count(*) from rows where {casts.replace(', ', ' or ')}").fetchone() == (0,)


@pytest.mark.parametrize("dataset", sorted(sandbox.ANSWERS_FOR))
def test_every_host_that_a_dataset_asks_has_a_stand_in(dataset: str) -> None:
    assert {urlsplit(request.url).hostname for request in asked(dataset)} <= HOSTS.keys()


def test_the_sample_spans_twenty_municipalities_and_six_years(base: str, tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    assert len(sandbox.MUNICIPALITIES) >= 20
    current = ", ".join(f"'{code}'" for m in sandbox.MUNICIPALITIES for code in (m.code, m.code_2020, *(old for old, _, _ in m.parts)))
    for dataset in ("population", "car_fleet", "electricity_consumption_yearly", "ghg_emissions"):
        parsed(con, dataset, fetched(dataset, asked(dataset), base, tmp_path))
        measure = {"population": "population", "car_fleet": "cars", "ghg_emissions": "emissions"}.get(dataset, "energy")
        years = con.sql(f"""
            select cast(year as integer), count(distinct municipality) from rows
            where municipality in ({current}) and {measure} > 0 group by all order by all
        """).fetchall()
        assert {year for year, _ in years} >= YEARS, dataset
        assert all(count >= 20 for _, count in years), dataset
    for year in YEARS:
        measured = {s.code for s in air.STATIONS if s.opened_on.year <= year and (s.closed_on is None or s.closed_on.year >= year)}
        assert len(measured) >= 20
        assert measured <= {m.code for m in sandbox.MUNICIPALITIES}
    assert {station.code for station in air.STATIONS if station.is_hourly} >= {"0301", "4601", "5001", "1103"}


SAMPLES = """
import hashlib, sys
from pipelines.sandbox.server import HOSTS, answer
from pipelines.sandbox.wire import Question
body = (b'{"selection":[{"variableCode":"Region","valueCodes":["*"]},{"variableCode":"ContentsCode",'
        b'"valueCodes":["Personer1"]},{"variableCode":"Tid","valueCodes":["2021"]}]}')
for q in (
    Question("api.nilu.no", "/aq/historical/2020-03-01/2020-04-01/Kirkeveien", {"components": "NO2;PM10"}),
    Question("api.nilu.no", "/stats/day/2023-01-01/2024-01-01/Torvet"),
    Question("discomap.eea.europa.eu", "/App/AQViewer/download"),
    Question("api.elhub.no", "/energy-data/v0/municipalities", {"dataset": "CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR",
        "startDate": "2024-03-31T00:00:00+01:00", "endDate": "2024-04-01T00:00:00+01:00"}),
    Question("raw.githubusercontent.com", "/x.parquet"),
    Question("www.miljodirektoratet.no", "/x.xlsx"),
    Question("data.urbansharing.com", "/oslobysykkel.no/trips/v1/2022/06.csv"),
    Question("data.ssb.no", "/api/pxwebapi/v2/tables/07459/data", {}, {}, body),
):
    print(q.host, hashlib.sha256(answer(q).body).hexdigest())
"""


def test_the_same_question_gets_the_same_bytes_in_every_process_and_time_zone() -> None:
    def hashes(seed: str, zone: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
        return subprocess.run([sys.executable, "-c", SAMPLES], env=environment, capture_output=True, check=True, text=True).stdout

    first = hashes("1", "UTC")
    assert len(first.splitlines()) == 8
    assert first == hashes("2", "Pacific/Auckland")


def test_two_servers_give_the_same_bytes(base: str) -> None:
    requests = [asked(dataset)[-1] for dataset in sorted(sandbox.ANSWERS_FOR)]
    with sandbox.serve() as other:
        assert other != base
        for dataset, request in zip(sorted(sandbox.ANSWERS_FOR), requests, strict=True):
            if dataset == "ghg_emissions":
                continue  # the slowest to make; held against itself in two processes above
            hosts = {request.url.split("/")[2]}
            one, two = (fetch(request, hosts=hosts, reroute=sandbox.reroute(url), limits=Limits(tries=1)).content for url in (base, other))
            assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest(), dataset


def test_the_window_of_a_dataset_can_be_narrowed_to_municipalities() -> None:
    assert sandbox.window("population", ("4601",)) == Window(date(2019, 1, 1), date(2025, 7, 1), ("4601",))
    assert sandbox.window("air_quality_hourly", ("4601", "3301")).municipalities == ("4601",)
    assert sandbox.window("electricity_consumption_hourly") == Window(date(2024, 1, 1), date(2025, 1, 1))
    assert asked("air_quality_hourly", sandbox.window("air_quality_hourly", ("3301",))) == []
    assert asked("electricity_consumption_hourly", sandbox.window("electricity_consumption_hourly", ("3205",))) == []
    assert asked("air_quality_daily", sandbox.window("air_quality_daily", ("0301", "1826"))) != []


def keys(value: Any) -> Any:
    """The shape of a JSON value: its keys and types, of a list that of its first entry; numbers are all alike."""
    if isinstance(value, dict):
        return {key: keys(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [keys(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_hourly_air_has_the_shape_of_a_real_answer(recorded: Path) -> None:
    real = json.loads((recorded / "air_quality/nilu_api/aq_historical_oslo_kirkeveien_no2_pm10_2020.json").read_bytes())
    ours = ask_json("api.nilu.no", "/aq/historical/2020-01-01/2020-02-01/Kirkeveien", {"components": "NO2;PM10"})
    assert keys(ours) == keys(real)
    assert list(ours[0]) == list(real[0])
    assert [series["component"] for series in ours] == ["NO2", "PM10"]
    assert ours[0]["values"][0]["fromTime"] == real[0]["values"][0]["fromTime"]
    by_index = {(v["index"], v["color"]) for series in real for v in series["values"]}
    assert by_index <= set(enumerate(air.COLOURS, start=1))


def test_daily_air_has_the_shape_of_a_real_answer_and_an_annual_series_in_it(recorded: Path) -> None:
    real = json.loads((recorded / "air_quality/nilu_api/stats_day_trondheim_torvet_2009_2024.json").read_bytes())
    ours = ask_json("api.nilu.no", "/stats/day/2023-01-01/2024-01-01/Torvet")
    assert keys(ours) == keys(real)
    assert [list(series) for series in ours] == [list(series) for series in real]
    before_it_opened = ask_json("api.nilu.no", "/stats/day/2008-01-01/2009-01-01/Torvet")
    assert [list(series) for series in before_it_opened] == [list(real[0])] * len(before_it_opened), "also where nothing was measured"
    for name in ("component", "unit", "timestep", "station", "eoi"):
        assert [series[name] for series in ours] == [series[name] for series in real]
    assert ours[-1]["values"][0]["coverage"] == real[-1]["values"][0]["coverage"] == 36500
    coverages = {v["count"]: v["coverage"] for series in real[:3] for v in series["values"]}
    assert all(coverages[v["count"]] == v["coverage"] for series in ours[:3] for v in series["values"])


def test_hourly_electricity_has_the_shape_of_a_real_answer(recorded: Path) -> None:
    real = json.loads((recorded / "energy/elhub_api/consumption_per_group_municipality_hour_2025-05.json").read_bytes())
    ours = ask_json("api.elhub.no", "/energy-data/v0/municipalities", day_of("2024-05-03"))
    by_id = {entity["id"]: entity for entity in real["data"]}
    assert keys(ours["data"][1]) == keys(by_id["0000"])
    assert ours["data"][0] == by_id["*"]
    names = {entity["id"]: (entity["attributes"]["name"], entity["attributes"]["nameNo"]) for entity in ours["data"]}
    told_apart = {"1826", "1875", "5612"}
    assert {code: names[code] for code in told_apart} == {
        code: (by_id[code]["attributes"]["name"], by_id[code]["attributes"]["nameNo"]) for code in told_apart
    }
    assert names["5001"] == ("Trondheim", "Trondheim")
    assert set(ours["meta"]) == set(real["meta"])


def day_of(day: str, days: int = 1) -> dict[str, str]:
    first = date.fromisoformat(day)
    after = date.fromordinal(first.toordinal() + days)
    return {
        "dataset": "CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR",
        "startDate": f"{first}T00:00:00+01:00",
        "endDate": f"{after}T00:00:00+01:00",
    }


def test_yearly_electricity_has_the_columns_of_the_real_file(recorded: Path) -> None:
    real = pq.read_schema(recorded / "energy/nve_ebm_elhub_yearly/consumption_kwh_municipality_industry_2022_2023.parquet")
    ours = pq.read_table(io.BytesIO(answer(Question("raw.githubusercontent.com", "/x.parquet")).body))
    assert ours.schema.names == real.names
    assert str(ours.schema.field("forbruk_kwh").type) == str(real.field("forbruk_kwh").type)
    values = ours.column("forbruk_kwh").to_pylist()
    assert any(value < 0 for value in values)
    two_areas = {row["kommune_nr"] for row in ours.to_pylist() if row["prisomraade"] == "NO3"} & {"3405"}
    assert two_areas


def test_the_workbook_of_emissions_has_the_sheets_and_trouble_of_a_real_one(recorded: Path) -> None:
    real = CalamineWorkbook.from_path(recorded / "emissions/miljodirektoratet_county_ghg/vestfold_telemark_2009_2021_full_workbook.xlsx")
    body = answer(Question("www.miljodirektoratet.no", "/x.xlsx")).body
    ours = CalamineWorkbook.from_filelike(io.BytesIO(body))
    assert ours.sheet_names == real.sheet_names[:3]
    real_head = real.get_sheet_by_name("Oversikt - detaljert").to_python()[0]
    head, *rows = ours.get_sheet_by_name("Oversikt - detaljert").to_python()
    assert head == ["Fylke", "Kommunenummer", "Kommune", *real_head]
    sources = {str(row[5]) for row in rows}
    assert {"Andre næringer\n", "Tunge kjøretøy_x000D_", "*Estimat sjøfart", "Jordbruk  "} <= sources
    gases = {row[6] for row in rows if row[1] == "4601" and row[3] == 2020 and row[5] == "Personbiler"}
    assert gases == {"CO2", "CH4", "N2O"}
    assert {row[1] for row in rows} == {m.code for m in sandbox.MUNICIPALITIES}
    assert any(row[7] == 0 for row in rows)


def test_bike_trips_have_the_columns_and_both_time_forms_of_a_real_file(recorded: Path) -> None:
    with gzip.open(recorded / "transport/bysykkel_oslo/trips/oslobysykkel.no_trips_v1_2022_01.csv.gz", "rt", encoding="utf-8") as file:
        real = file.readline().strip()
    text = answer(Question("data.urbansharing.com", "/oslobysykkel.no/trips/v1/2022/06.csv")).body.decode()
    head, *lines = text.splitlines()
    assert head == real
    trips = list(csv.DictReader(io.StringIO(text)))
    forms = {len(trip["started_at"]) for trip in trips}
    assert forms == {len("2022-06-01 04:02:05.754000+00:00"), len("2022-06-01 04:02:05+00:00")}
    assert all(trip["started_at"].startswith("2022-06") for trip in trips)
    assert len(lines) > len(set(lines)) > 500
    assert {'Kafé "Hjørnet"', "Brygga, sør", "Prost Hallings' gate"} <= {trip["start_station_name"] for trip in trips}
    assert "" in {trip["start_station_description"] for trip in trips}
    assert all(int(trip["duration"]) > 60 for trip in trips)


def test_a_closed_season_has_no_file(base: str, tmp_path: Path) -> None:
    winter = Window(date(2021, 1, 1), date(2021, 3, 1), ("5001",))
    assert asked("bike_trips", winter)
    assert fetched("bike_trips", asked("bike_trips", winter), base, tmp_path) == []
    assert len(fetched("bike_trips", asked("bike_trips", Window(date(2021, 4, 1), date(2021, 5, 1), ("5001",))), base, tmp_path)) == 1


def test_codes_and_changes_have_the_shape_of_real_answers_and_are_facts(recorded: Path) -> None:
    real = json.loads((recorded / "statistics/ssb_klass/classifications_131_codesAt_2026-01-01.json").read_bytes())["codes"]
    ours = ask_json("data.ssb.no", "/api/klass/v1/classifications/131/codesAt", {"date": "2025-01-01"})["codes"]
    assert keys(ours[0]) == keys(real[0])
    assert {(c["code"], c["name"]) for c in ours} <= {(c["code"], c["name"]) for c in real}
    assert ours[-1]["code"] == "9999"
    with (recorded / "statistics/ssb_klass/klass_131_changes_1838-2024.csv").open(encoding="utf-8") as file:
        facts = {tuple(row.values()) for row in csv.DictReader(file)}
    changes = ask_json("data.ssb.no", "/api/klass/v1/classifications/131/changes", {"from": "2018-01-01", "to": "2025-01-01"})[
        "codeChanges"
    ]
    told = {tuple(c[name] for name in ("changeOccurred", "oldCode", "oldName", "newCode", "newName")) for c in changes}
    assert told <= facts
    assert {("2024-01-01", "1507", "Ålesund", "1508", "Ålesund"), ("2024-01-01", "1507", "Ålesund", "1580", "Haram")} <= told
    xml = answer(Question("data.ssb.no", "/api/klass/v1/classifications/131/codesAt", {"date": "2025-01-01"}))
    assert xml.body.startswith(b"<?xml")


def table(id: str, **selection: list[str]) -> Any:
    body = {"selection": [{"variableCode": name, "valueCodes": codes} for name, codes in selection.items()]}
    return ask_json("data.ssb.no", f"/api/pxwebapi/v2/tables/{id}/data", {"lang": "no"}, body)


def people(year: int, *codes: str) -> list[int]:
    answered = table("07459", Region=list(codes), ContentsCode=["Personer1"], Tid=[str(year)])
    index = answered["dimension"]["Region"]["category"]["index"]
    return [answered["value"][index[code]] for code in codes]


def test_a_table_has_the_shape_of_a_real_answer(recorded: Path) -> None:
    real = json.loads((recorded / "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json").read_bytes())
    ours = table("07459", Region=["0301", "4601"], ContentsCode=["Personer1"], Tid=["2024"])
    assert set(ours) <= {*real, "status"}
    assert set(ours["dimension"]["ContentsCode"]["category"]) == set(real["dimension"]["ContentsCode"]["category"])
    assert ours["size"] == [2, 1, 1]
    assert keys(ours["extension"]["px"]["tableid"]) == keys(real["extension"]["px"]["tableid"])


def test_a_code_counts_nobody_in_the_years_in_which_it_did_not_exist() -> None:
    assert people(2023, "3301", "3005", "0602")[0::2] == [0, 0]
    assert people(2023, "3005")[0] > 0
    assert people(2024, "3301")[0] > 0
    assert people(2024, "3005", "0602") == [0, 0]
    assert people(2019, "3005", "3301") == [0, 0]


def test_mergers_and_splits_lose_nobody() -> None:
    from pipelines.sandbox.shapes import inhabitants

    for year in (2019, 2021, 2024):
        everybody = sum(inhabitants(m, year) for m in sandbox.MUNICIPALITIES)
        counted = people(year, *places.codes())
        assert sum(counted) == everybody == people(year, "0")[0]
    split = [inhabitants(places.BY_CODE[code], 2023) for code in ("1508", "1580")]
    assert people(2023, "1507") == [sum(split)]
    tysfjord, narvik, ballangen = people(2019, "1850", "1805", "1854")
    assert 0 < tysfjord < narvik
    assert ballangen > 0


def test_ages_and_sexes_add_up_to_the_whole() -> None:
    parts = table("07459", Region=["4601"], Kjonn=["*"], Alder=["*"], ContentsCode=["Personer1"], Tid=["2022"])
    assert parts["size"] == [1, 2, 106, 1, 1]
    assert sum(parts["value"]) == people(2022, "4601")[0]


def test_missing_cells_are_null_with_a_sign_beside_them() -> None:
    everything = {"KjoringensArt": ["*"], "DrivstoffType": ["*"], "ContentsCode": ["Personbil1"]}
    answered = table("07849", Region=["1875"], Tid=["2021"], **everything)
    signs = {answered["value"][int(place)]: sign for place, sign in answered["status"].items()}
    assert set(signs) == {None}
    assert set(answered["status"].values()) == {".", ".."}


def test_electric_cars_grow_from_year_to_year() -> None:
    def electric(year: int) -> int:
        return sum(
            table("07849", Region=["0301"], KjoringensArt=["*"], DrivstoffType=["5"], ContentsCode=["Personbil1"], Tid=[str(year)])["value"]
        )

    counts = [electric(year) for year in sorted(YEARS)]
    assert counts == sorted(counts)
    assert counts[-1] > 1.5 * counts[0]


def test_one_wrong_code_refuses_the_whole_question() -> None:
    wanted = {"ContentsCode": ["Personer1"], "Tid": ["2024"]}
    assert table("07459", Region=["0301", "0666"], **wanted) == {"type": "Parameter error", "title": "Non-existent value", "status": 400}
    assert table("07459", Region=["0301"], ContentsCode=["Personer1"], Tid=["2026"])["title"] == "Non-existent value"
    assert table("07459", Region=["0301"])["title"] == "Missing selection for mandantory variable"
    assert table("99999", Region=["0301"])["status"] == 404


def hours(station: str, component: str, first: str, after: str) -> list[dict[str, Any]]:
    series = ask_json("api.nilu.no", f"/aq/historical/{first}/{after}/{station}", {"components": component})
    return series[-1]["values"]


def test_air_keeps_standard_time_in_summer_and_leaves_out_hours_and_the_last_day() -> None:
    values = hours("Kirkeveien", "NO2", "2020-07-01", "2020-08-01")
    assert all(v["fromTime"].endswith("+01:00") for v in values)
    assert 31 * 24 * 0.7 < len(values) < 31 * 24
    assert max(v["fromTime"] for v in values) < "2020-08-01"
    assert {v["fromTime"] for v in hours("Kirkeveien", "NO2", "2020-03-29", "2020-03-30")} >= {"2020-03-29T02:00:00+01:00"}


def test_air_has_noise_below_zero_fireworks_and_two_series_below_the_needed_coverage() -> None:
    year = hours("Kirkeveien", "PM10", "2020-01-01", "2021-01-01")
    assert -5 < min(v["value"] for v in year) < 0
    assert max(v["value"] for v in year[:3]) > 40
    assert len(hours("Elgeseter", "PM10", "2023-01-01", "2024-01-01")) < 0.85 * 8760
    assert len(hours("Elgeseter", "NO2", "2023-01-01", "2024-01-01")) > 0.9 * 8760
    assert len(hours("St.Croix", "NO2", "2022-01-01", "2023-01-01")) < 0.85 * 8760


def test_raw_values_are_delivered_again_when_they_are_approved() -> None:
    raw, approved = ask_json("api.nilu.no", "/aq/historical/2024-06-01/2024-07-01/Danmarks plass", {"components": "NO2"})
    assert {v["qualityControlled"] for v in raw["values"]} == {False}
    assert {v["qualityControlled"] for v in approved["values"]} == {True}
    first = {v["fromTime"]: v["value"] for v in raw["values"]}
    assert sum(first.get(v["fromTime"], v["value"]) != v["value"] for v in approved["values"]) > 200
    assert {v["qualityControlled"] for v in hours("Kirkeveien", "NO2", "2024-12-01", "2025-01-01")} == {False}


def test_the_hours_of_a_day_of_summer_time_are_all_there() -> None:
    def local(day: str) -> list[str]:
        entities = ask_json("api.elhub.no", "/energy-data/v0/municipalities/0301", day_of(day, 2))["data"]
        return [
            h["startTime"] for h in entities[0]["attributes"]["consumptionPerGroupMunicipalityHour"] if h["consumptionGroup"] == "private"
        ]

    spring, autumn = local("2024-03-31"), local("2024-10-26")
    assert "2024-03-31T03:00:00+02:00" in spring
    assert not [start for start in spring if start.startswith("2024-03-31T02")]
    assert [start for start in autumn if start.startswith("2024-10-27T02")] == ["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"]
    assert len(spring) == len(autumn) == 48


def test_electricity_leaves_out_what_is_suppressed_and_what_is_missing() -> None:
    def groups(code: str, day: str = "2024-05-03") -> set[str]:
        entity = ask_json("api.elhub.no", f"/energy-data/v0/municipalities/{code}", day_of(day))["data"][0]
        return {h["consumptionGroup"] for h in entity["attributes"]["consumptionPerGroupMunicipalityHour"]}

    assert groups("4601") == {"private", "industry", "business"}
    assert groups("5612") == {"private", "business"}
    assert groups("2100") == groups("3205") == groups("5601", "2024-02-11") == set()
    assert groups("0000") != set()


def test_elhub_refuses_more_than_a_day_of_all_and_more_than_a_month_of_one() -> None:
    too_much = ask_json("api.elhub.no", "/energy-data/v0/municipalities", day_of("2024-05-03", 2))
    assert too_much["errors"][0]["status"] == "400"
    assert "errors" in ask_json("api.elhub.no", "/energy-data/v0/municipalities/0301", day_of("2024-05-01", 32))
    assert "data" in ask_json("api.elhub.no", "/energy-data/v0/municipalities/0301", day_of("2024-05-01", 31))


def test_the_register_of_stations_is_a_zip_of_all_of_europe(recorded: Path) -> None:
    real = (recorded / "air_quality/eea_metadata/DataExtract_malta_sample.csv").read_text("utf-8").splitlines()[0]
    packed = answer(Question("discomap.eea.europa.eu", "/App/AQViewer/download")).body
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["DataExtract.csv"]
        text = archive.read("DataExtract.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [name.strip('"') for name in text.splitlines()[0].split(",")] == real.strip('﻿"').replace('"', "").split(",")
    assert {row["Country"] for row in rows} == {"Norway", "Sweden"}
    assert any(row["Operational Activity End"] for row in rows)


def test_the_month_that_is_broken_on_purpose_is_held_back_and_its_neighbours_are_not(base: str, tmp_path: Path) -> None:
    dataset: Dataset = DATASETS["air_quality_hourly"]
    settings = Settings(data_dir=tmp_path, now=NOW)
    requests = asked(dataset.id, Window(date(2021, 9, 1), date(2021, 12, 1), ("5501",)))
    state = ingest(recipe(dataset, "pipelines.datasets.air_quality_hourly"), fetched(dataset.id, requests, base, settings.raw), settings)
    assert tuple((dataset.id, q.period) for q in state.quarantined) == sandbox.BROKEN_ON_PURPOSE
    assert [p.period for p in state.periods] == ["2021-09", "2021-11"]


def test_a_source_without_a_stand_in_is_not_found(base: str) -> None:
    reply = answer(Question("api.example.org", "/x"))
    assert reply.status == 404
