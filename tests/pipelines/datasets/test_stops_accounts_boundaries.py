"""Stops, timetables, accounts, borders and declared tables: counted by hand, and asked for from a small bank on this machine."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import math
import threading
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.duck import connect, parquet
from catalog.errors import DataError, MetadataError, ParseError
from catalog.load import build, load_dataset
from catalog.model import Dataset, StatisticsTable
from catalog.publication import DatasetState, Snapshot
from pipelines.collect import Collected, Reroute, from_recorded, from_sources
from pipelines.datasets import ask, ask_further, module_of
from pipelines.datasets.municipality_boundaries import parse_geojson
from pipelines.datasets.public_transport_timetable import parse_gtfs_zip
from pipelines.ingest import ingest, recipe
from pipelines.reading import pxweb
from pipelines.reading.ask import Window
from pipelines.reading.declared import parsers
from pipelines.settings import ROOT, Settings

IDS = ("stop_passings_yearly", "public_transport_timetable", "municipal_accounts", "municipality_boundaries")
DECLARED = tuple(path.stem for path in sorted((ROOT / "pipelines" / "datasets").glob("*.yaml")) if "\n  table:" in path.read_text("utf-8"))
BANK = "https://data.ssb.no/api/pxwebapi/v2"


def described(name: str) -> Dataset:
    return load_dataset(ROOT / "pipelines" / "datasets" / f"{name}.yaml")


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))


def snapshot(dataset: str, form: str, path: Path, on: date = date(2026, 11, 1), period: str | None = None) -> Snapshot:
    return Snapshot(dataset, form, path, "https://example.org/", "", "CC-BY-4.0", on, "", path.name, path.stat().st_size, period)


def ingested(dataset: Dataset, snapshots: Sequence[Snapshot], folder: Path) -> tuple[DatasetState, list[tuple[Any, ...]]]:
    state = ingest(recipe(dataset, f"pipelines.datasets.{dataset.id}"), snapshots, settings_in(folder))
    rows = (
        connect().execute(f"select * exclude (_snapshot, _remark) from {parquet([p.path for p in state.periods])}").fetchall()
        if state.periods
        else []
    )
    return state, rows


@pytest.fixture(scope="module")
def real(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, DatasetState]:
    """The four datasets, brought in from the recorded snapshots by the same steps as in a run."""
    settings = settings_in(tmp_path_factory.mktemp("real"))
    datasets = {name: described(name) for name in IDS}
    collected = from_recorded(recorded, datasets, settings)
    return {name: ingest(recipe(datasets[name], f"pipelines.datasets.{name}"), collected.snapshots[name], settings) for name in IDS}


@pytest.fixture(scope="module")
def con(real: dict[str, DatasetState]) -> duckdb.DuckDBPyConnection:
    con = connect()
    for name, state in real.items():
        con.execute(f"create view {name} as select * exclude (_snapshot, _remark) from {parquet([p.path for p in state.periods])}")
    return con


def one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = con.execute(query).fetchone()
    return row[0] if row and len(row) == 1 else row


def test_every_recorded_file_of_the_four_datasets_flows_in_and_keeps_every_promise(real: dict[str, DatasetState]) -> None:
    assert {name: (state.rows, [p.period for p in state.periods], state.quarantined) for name, state in real.items()} == {
        "stop_passings_yearly": (85486, ["2024"], ()),
        "public_transport_timetable": (830, ["2025"], ()),
        "municipal_accounts": (3, ["2024"], ()),
        "municipality_boundaries": (357, ["2024"], ()),
    }
    assert [c for state in real.values() for c in state.checks if not c.success] == []
    assert all(state.checks for state in real.values())


# --- stop passings ---


def test_passings_are_those_of_the_file_and_stops_outside_the_register_are_counted_aside(
    con: duckdb.DuckDBPyConnection, real: dict[str, DatasetState], recorded: Path
) -> None:
    with gzip.open(recorded / "transport/entur/stop_passings/holdeplasspasseringer_entur_2024.csv.gz", "rt") as lines:
        rows = list(csv.reader(lines))[1:]
    quays = [int(n) for stop, n in rows if stop.startswith("NSR:Quay:")]
    assert (len(rows), sum(int(n) for _, n in rows)) == (88517, 476698281)

    assert one(con, "select count(*), sum(passings) from stop_passings_yearly") == (len(quays), sum(quays))
    assert one(con, "select (stop, year, passings) from stop_passings_yearly where stop = 'NSR:Quay:69591'") == (
        "NSR:Quay:69591",
        2024,
        3326,
    )
    assert real["stop_passings_yearly"].periods[0].set_aside == {"not_in_the_stop_register": len(rows) - len(quays)}


def test_a_file_of_another_year_stands_beside_the_first_packed_or_not(tmp_path: Path) -> None:
    plain, packed = tmp_path / "holdeplasspasseringer_2023.csv", tmp_path / "holdeplasspasseringer_2025.csv.gz"
    plain.write_text("stopPointRef,no_of_buses\nNSR:Quay:1,10\nNSR:Quay:2,20\n", "utf-8")
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbfstopPointRef,no_of_buses\nNSR:Quay:1,11\n"))
    snapshots = [snapshot("stop_passings_yearly", "entur_stop_passings_csv", path) for path in (plain, packed)]

    state, rows = ingested(described("stop_passings_yearly"), snapshots, tmp_path / "data")

    assert rows == [("NSR:Quay:1", 2023, 10), ("NSR:Quay:2", 2023, 20), ("NSR:Quay:1", 2025, 11)]
    assert [c.id for c in state.checks if not c.success] == ["the_country_is_covered", "one_stop_does_not_dominate"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("passings.csv", "stopPointRef,no_of_buses\nNSR:Quay:1,1\n", "does not tell year"),
        ("passings_2023_2024.csv", "stopPointRef,no_of_buses\nNSR:Quay:1,1\n", "does not tell year"),
        ("passings_2024.csv", "stop,no_of_buses\nNSR:Quay:1,1\n", "no places with the declared header"),
        ("passings_2024.csv", "stopPointRef,no_of_buses\nNSR:Quay:1,1.5\n", "no whole number for passings"),
        ("passings_2024.csv", "stopPointRef,no_of_buses\nNSR:Quay:1\n", "1 cells where the header has 2"),
    ],
)
def test_passings_without_a_year_or_a_whole_count_are_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")

    with pytest.raises(ParseError, match=says) as refusal:
        parsers(described("stop_passings_yearly"))["entur_stop_passings_csv"](connect(), [path])

    assert "Quay:1" not in str(refusal.value)


@pytest.mark.parametrize("count", ["", "-1"])
def test_a_count_that_is_absent_or_negative_holds_the_year_back(tmp_path: Path, count: str) -> None:
    path = tmp_path / "passings_2024.csv"
    path.write_text(f"stopPointRef,no_of_buses\nNSR:Quay:1,{count}\nNSR:Quay:2,5\n", "utf-8")

    state, rows = ingested(
        described("stop_passings_yearly"), [snapshot("stop_passings_yearly", "entur_stop_passings_csv", path)], tmp_path / "d"
    )

    assert (rows, [held.period for held in state.quarantined]) == ([], ["2024"])


# --- timetable ---


def test_departures_of_every_stop_and_week_equal_a_count_call_by_call(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    with zipfile.ZipFile(recorded / "transport/entur/gtfs/rb_avi-aggregated-gtfs.zip") as archive:
        assert "calendar.txt" not in archive.namelist()
        read = {
            name: list(csv.DictReader(io.StringIO(archive.read(f"{name}.txt").decode("utf-8"))))
            for name in ("trips", "stop_times", "calendar_dates")
        }
    days = defaultdict(list)
    for row in read["calendar_dates"]:
        days[row["service_id"]].append(datetime.strptime(row["date"], "%Y%m%d").date())
    service = {row["trip_id"]: row["service_id"] for row in read["trips"]}
    last = {row["trip_id"]: int(row["stop_sequence"]) for row in sorted(read["stop_times"], key=lambda r: int(r["stop_sequence"]))}
    counted: Counter[tuple[str, date]] = Counter()
    for call in read["stop_times"]:
        if call["pickup_type"] != "1" and int(call["stop_sequence"]) < last[call["trip_id"]]:
            counted.update((call["stop_id"], day - timedelta(day.weekday())) for day in days[service[call["trip_id"]]])
    # The ten calls at 24:00 or later are all where a flight ends.
    assert sum(call["departure_time"] >= "24" for call in read["stop_times"]) == 10

    found = con.execute("select stop, week_start, departures from public_transport_timetable").fetchall()

    assert {(stop, week): departures for stop, week, departures in found} == dict(counted)
    assert sum(counted.values()) == 66508
    assert one(con, "select sum(after_midnight) from public_transport_timetable") == 0


def test_stops_with_sixty_departures_in_a_whole_week_can_be_told(con: duckdb.DuckDBPyConnection) -> None:
    week = "from public_transport_timetable where week_start = '2025-03-03' and days_covered = 7"
    assert one(con, f"select count(*), count(*) filter (departures >= 60) {week}") == (47, 11)
    # Sandefjord misses it by one.
    assert one(con, f"select (stop_name, latitude, longitude, stop_place, departures) {week} and departures between 55 and 62") == (
        "Sandefjord lufthavn", Decimal("59.179070"), Decimal("10.253157"), "NSR:StopPlace:58586", 59,
    )  # fmt: skip


def test_the_first_and_last_week_of_an_export_say_how_many_days_they_cover(con: duckdb.DuckDBPyConnection) -> None:
    # The export runs from Tuesday 21 January to Wednesday 21 May 2025.
    query = "select distinct week_start, days_covered from public_transport_timetable where days_covered < 7 order by all"
    assert con.execute(query).fetchall() == [(date(2025, 1, 20), 6), (date(2025, 5, 19), 3)]


SMALL_EXPORT = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nNSR:Quay:1,Torget,60.1,5.1\nNSR:Quay:2,Kaien,60.2,5.2\nNSR:Quay:3,Enden,60.3,5.3\n",
    "trips.txt": (
        "route_id,trip_id,service_id\nR,SKY:ServiceJourney:1,weekdays\nR,SKY:ServiceJourney:2,weekdays\nR,KOL:ServiceJourney:9,extra\n"
    ),
    "stop_times.txt": (
        "trip_id,stop_id,departure_time,stop_sequence,pickup_type\n"
        "SKY:ServiceJourney:1,NSR:Quay:1,08:00:00,1,\n"
        "SKY:ServiceJourney:1,NSR:Quay:2,08:10:00,2,1\n"
        "SKY:ServiceJourney:1,NSR:Quay:3,08:20:00,3,\n"
        "SKY:ServiceJourney:2,NSR:Quay:1,23:50:00,1,0\n"
        "SKY:ServiceJourney:2,NSR:Quay:2,24:05:00,2,0\n"
        "SKY:ServiceJourney:2,NSR:Quay:3,24:15:00,3,1\n"
        "KOL:ServiceJourney:9,NSR:Quay:1,9:00:00,5,\n"
        "KOL:ServiceJourney:9,NSR:Quay:2,9:30:00,7,\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "weekdays,1,1,1,1,1,0,0,20250603,20250615\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nweekdays,20250609,2\nweekdays,20250614,1\nextra,20250610,1\n",
}
"""Two codespaces at the same stops; Tuesday 3 to Sunday 15 June 2025; Whit Monday is taken away, a Saturday is added."""


def export(folder: Path, changes: Mapping[str, str | None] = {}, name: str = "export.zip") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in (SMALL_EXPORT | dict(changes)).items():
            if text is not None:
                archive.writestr(member, text)
    return path


def test_a_weekly_pattern_with_days_added_and_taken_away_is_counted_per_codespace_and_after_midnight(tmp_path: Path) -> None:
    path = export(tmp_path / "files")

    _, rows = ingested(described("public_transport_timetable"), [snapshot("public_transport_timetable", "gtfs_zip", path)], tmp_path)

    # First week: Tue–Fri = 4 service days; second: Tue–Fri and the added Saturday = 5.
    # Kaien: trip 1 takes nobody on, trip 2 leaves five past midnight; the last call of a trip is no departure.
    assert [row[:7] for row in rows] == [
        ("NSR:Quay:1", "KOL", date(2025, 6, 9), 1, 0, 1, "Torget"),
        ("NSR:Quay:1", "SKY", date(2025, 6, 2), 8, 0, 6, "Torget"),
        ("NSR:Quay:1", "SKY", date(2025, 6, 9), 10, 0, 6, "Torget"),
        ("NSR:Quay:2", "SKY", date(2025, 6, 2), 4, 4, 6, "Kaien"),
        ("NSR:Quay:2", "SKY", date(2025, 6, 9), 5, 5, 6, "Kaien"),
    ]


def test_a_later_export_that_begins_in_the_middle_of_a_week_does_not_replace_the_whole_week(tmp_path: Path) -> None:
    first = export(tmp_path / "files", name="first.zip")
    later = export(
        tmp_path / "files",
        {
            "calendar.txt": str(SMALL_EXPORT["calendar.txt"]).replace("20250603,20250615", "20250605,20250629"),
            "stop_times.txt": str(SMALL_EXPORT["stop_times.txt"]).replace("23:50:00,1,0", "23:50:00,1,1"),
        },
        name="later.zip",
    )
    snapshots = [
        snapshot("public_transport_timetable", "gtfs_zip", path, on) for path, on in ((first, date(2025, 6, 3)), (later, date(2025, 6, 5)))
    ]

    _, rows = ingested(described("public_transport_timetable"), snapshots, tmp_path)

    torget = {row[2]: row[3:6] for row in rows if row[:2] == ("NSR:Quay:1", "SKY")}
    # 2 June: six days of the old export beat four of the new. 9 June: seven of the new beat six of the old. 16 June: only in the new.
    assert torget == {date(2025, 6, 2): (8, 0, 6), date(2025, 6, 9): (5, 0, 7), date(2025, 6, 16): (5, 0, 7), date(2025, 6, 23): (5, 0, 5)}


def test_old_exports_without_register_numbers_flow_in_under_their_own(recorded: Path, tmp_path: Path) -> None:
    paths = [recorded / "transport/entur/gtfs" / name for name in ("gtfs.zip", "gtfs2.zip")]

    state, rows = ingested(
        described("public_transport_timetable"), [snapshot("public_transport_timetable", "gtfs_zip", p) for p in paths], tmp_path
    )

    assert ([p.period for p in state.periods], state.quarantined) == (["2015", "2016", "2017"], ())
    assert (len(rows), sum(row[3] for row in rows), sum(row[4] for row in rows)) == (2829, 568844 + 40504, 116)
    assert {row[1] for row in rows} == {"-"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"trips.txt": None}, "without trips.txt"),
        ({"calendar.txt": None, "calendar_dates.txt": None}, "no trip has a day"),
        ({"stops.txt": "stop_id,stop_name\nNSR:Quay:1,Torget\n"}, "stops.txt without stop_lat, stop_lon"),
        ({"trips.txt": "route_id,trip_id,service_id\nR,SKY:ServiceJourney:1,weekdays\n"}, "5 calls of trips that trips.txt does not have"),
        ({"calendar_dates.txt": None}, "1 services that no calendar has"),
        ({"trips.txt": SMALL_EXPORT["trips.txt"] * 2}, "3 trips that stand twice"),
        ({"stop_times.txt": SMALL_EXPORT["stop_times.txt"].replace("24:05:00", "24.05")}, "1 departure times that are no times"),
        ({"calendar_dates.txt": SMALL_EXPORT["calendar_dates.txt"].replace(",2\n", ",3\n")}, "1 exceptions of an unknown type"),
        ({"calendar.txt": SMALL_EXPORT["calendar.txt"].replace("20250615", "20990615")}, "1 services of more than 1100 days"),
        ({"frequencies.txt": "trip_id,headway_secs\nSKY:ServiceJourney:1,600\n"}, "trips by headway"),
        ({"../stops.txt": "x"}, "1 names in the zip file that are not those of a timetable"),
        ({"shapes.txt": "0" * (4 * 2**20)}, "a file packed more than 200 times"),
        ({f"extra_{number}.txt": "x" for number in range(60)}, "more than 64 files in the zip file"),
    ],
)
def test_an_export_that_would_be_counted_wrong_or_unfold_without_end_is_refused(
    tmp_path: Path, changes: Mapping[str, str | None], says: str
) -> None:
    with pytest.raises(ParseError, match=says):
        parse_gtfs_zip(connect(), [export(tmp_path, changes)])


def test_a_broken_or_cut_export_is_refused_without_a_word_of_what_is_in_it(tmp_path: Path) -> None:
    path = export(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(ParseError, match="not a readable zip file"):
        parse_gtfs_zip(connect(), [path])


# --- municipal accounts ---


def test_the_recorded_accounts_are_kroner_per_inhabitant_and_no_contact_person_is_kept(
    con: duckdb.DuckDBPyConnection, real: dict[str, DatasetState], recorded: Path
) -> None:
    assert con.execute("from municipal_accounts order by municipality").fetchall() == [
        ("0301", "free_revenue", 2024, 81240, None, None, date(2026, 3, 16)),
        ("4601", "free_revenue", 2024, 66605, None, None, date(2026, 3, 16)),
        ("5001", "free_revenue", 2024, 62853, None, None, date(2026, 3, 16)),
    ]
    answer = json.loads((recorded / "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json").read_bytes())
    bytes_kept = b"".join(path.read_bytes() for path in real["municipal_accounts"].periods[0].path.parent.iterdir())
    assert all(contact["name"].split()[-1].encode() not in bytes_kept for contact in answer["extension"]["contact"])


def changed_accounts(recorded: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The recorded answer about accounts, with one thing changed."""
    answer = json.loads((recorded / "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json").read_bytes())
    change(answer)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir()))}.json"
    path.write_text(json.dumps(answer), "utf-8")
    return path


def as_debt(answer: dict[str, Any]) -> None:
    category = answer["dimension"]["ContentsCode"]["category"]
    category["index"] = {"KOSKG320000": 0}
    category["label"] = {"KOSKG320000": "Langsiktig gjeld ex pensjonsforpliktelser i prosent av brutto driftsinntekter (prosent)"}
    category["unit"] = {"KOSKG320000": {"base": "prosent", "decimals": 1}}
    answer["value"] = [89.4, None, 0]
    answer["status"] = {"1": ":", "2": "0"}


def test_another_answer_with_another_key_figure_stands_beside_the_first_with_its_signs(recorded: Path, tmp_path: Path) -> None:
    first = changed_accounts(recorded, tmp_path / "files", lambda answer: None)
    second = changed_accounts(recorded, tmp_path / "files", as_debt)
    snapshots = [snapshot("municipal_accounts", "pxweb_v2_jsonstat2", path) for path in (first, second)]

    _, rows = ingested(described("municipal_accounts"), snapshots, tmp_path)

    assert [row[:6] for row in rows] == [
        ("0301", "free_revenue", 2024, 81240, None, None),
        ("0301", "long_term_debt", 2024, None, Decimal("89.4000"), None),
        ("4601", "free_revenue", 2024, 66605, None, None),
        ("4601", "long_term_debt", 2024, None, None, ":"),
        ("5001", "free_revenue", 2024, 62853, None, None),
        ("5001", "long_term_debt", 2024, None, Decimal("0.0000"), "0"),
    ]


def contents(answer: dict[str, Any]) -> dict[str, Any]:
    return answer["dimension"]["ContentsCode"]["category"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: contents(a)["unit"]["KOSAG110000"].update(base="1 000 kr"), "the unit of KOSAG110000 is not kr"),
        (lambda a: contents(a).pop("unit"), "the unit of KOSAG110000 is not kr"),
        (lambda a: contents(a)["unit"]["KOSAG110000"].update(decimals=2), "KOSAG110000 now has 2 decimals, declared are 0"),
        (lambda a: contents(a).update(index={"KOSnew": 0}, label={"KOSnew": "Nytt"}), "none of the declared measures"),
        (lambda a: a["extension"]["px"].update(tableid="12137"), "the answer is not about table 12134"),
        (lambda a: a["dimension"]["Tid"]["category"].update(index={"2024K1": 0}), "a time that is not a year"),
        (lambda a: a.update(status={"0": "?"}), "a sign whose meaning is not declared"),
        (lambda a: a.update(updated=None), "no moment of its last update"),
        (lambda a: a["dimension"].pop("Tid"), "dimension.Tid is missing"),
        (lambda a: a.update(value=[1, 2]), "value does not have one entry for each of the 3 cells"),
    ],
)
def test_an_answer_whose_meaning_has_changed_is_refused(
    recorded: Path, tmp_path: Path, change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    path = changed_accounts(recorded, tmp_path, change)
    table = described("municipal_accounts").source.table
    assert table is not None

    with pytest.raises(ParseError, match=says):
        pxweb.read_declared(table, connect(), [path])


# --- borders ---


def sphere_area(wkt: str) -> float:
    """Square kilometres on a sphere, the first ring of each polygon as outline and the others as holes."""
    total = 0.0
    for polygon in wkt.removeprefix("MULTIPOLYGON (((").removesuffix(")))").split(")), (("):
        for number, ring in enumerate(polygon.split("), (")):
            points = [tuple(map(math.radians, map(float, point.split()))) for point in ring.split(", ")]
            area = abs(sum((x2 - x1) * (2 + math.sin(y1) + math.sin(y2)) for (x1, y1), (x2, y2) in itertools.pairwise(points)))
            total += (1 if number == 0 else -1) * area * 6371.0**2 / 2
    return total


def test_the_area_inside_each_border_is_that_of_the_municipality_on_land(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    with (recorded / "geography/municipality_codes/municipalities_2025_wikipedia_like.csv").open(encoding="utf-8-sig") as lines:
        official = {row["code"]: float(row["area_km2"]) for row in csv.DictReader(lines)}
    found = {code: sphere_area(wkt) for code, wkt in con.execute("select code, wkt from municipality_boundaries").fetchall()}

    assert set(found) == set(official)
    assert len(found) == 357
    # Land and fresh water of the country; generalised, so single small islands differ more.
    assert sum(found.values()) == pytest.approx(sum(official.values()), rel=0.02)
    assert {code: found[code] for code in ("0301", "4601", "5001", "5612")} == pytest.approx(
        {code: official[code] for code in ("0301", "4601", "5001", "5612")}, rel=0.01
    )


def test_oslo_lies_where_the_mapping_authority_says_it_does(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    counties = json.loads((recorded / "geography/kartverket_kommuneinfo/fylkerkommuner_2023-11.json").read_bytes())
    oslo = next(place for county in counties for place in county["kommuner"] if place["kommunenummer"] == "0301")
    corners = oslo["avgrensningsboks"]["coordinates"][0]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)

    query = "select (west, south, east, north, name) from municipality_boundaries where code = '0301'"
    found_west, found_south, found_east, found_north, name = one(con, query)

    assert [float(v) for v in (found_west, found_south, found_east, found_north)] == pytest.approx([west, south, east, north], abs=0.001)
    assert name == "Oslo"


def collection(folder: Path, features: Sequence[Mapping[str, Any]], name: str = "kommuner_2024.geojson", **more: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), "utf-8")
    return path


def square(west: float, south: float, size: float) -> list[list[float]]:
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


def feature(code: Any = "4601", kind: str = "Polygon", coordinates: Any = None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kommunenummer": code, "kommunenavn": "Bergen"},
        "geometry": {"type": kind, "coordinates": [square(5.0, 60.0, 1.0)] if coordinates is None else coordinates},
    }


def test_a_hole_is_no_part_of_the_surface_and_islands_are(tmp_path: Path) -> None:
    # 4 × 4 from (4, 60) with a hole of 2 × 2 in its west half, drawn the same way round; and an island of 2 × 2 far east.
    coordinates = [[square(4.0, 60.0, 4.0), square(4.5, 61.0, 2.0)], [square(20.0, 61.0, 2.0)]]
    path = collection(tmp_path, [feature(kind="MultiPolygon", coordinates=coordinates)])

    row = parse_geojson(connect(), [path]).project("west, south, east, north, centre_longitude, centre_latitude, wkt").fetchone()

    assert row is not None
    assert [float(v) for v in row[:4]] == [4, 60, 22, 64]
    # (16·6 − 4·5.5 + 4·21) / 16 east, 62 north.
    assert [float(v) for v in row[4:6]] == [(96 - 22 + 84) / 16, 62]
    assert row[6].startswith("MULTIPOLYGON (((4.0 60.0, 8.0 60.0, ")
    assert sphere_area(row[6]) > 0


def test_every_digit_of_a_border_is_kept(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    text = (recorded / "geography/municipality_boundaries/kommuner_2024_S.geojson").read_text("utf-8")
    wkt = one(con, "select wkt from municipality_boundaries where code = '4216'")

    assert "8.048822129415969 58.372538101369976" in wkt
    assert "[8.048822129415969,58.372538101369976]" in text.replace(" ", "").replace("\n", "")


def test_a_set_of_2020_gets_its_zeros_back_and_shows_its_missing_islands(recorded: Path, tmp_path: Path) -> None:
    path = recorded / "geography/municipality_boundaries/kommuner_2020_small.geojson"

    state, rows = ingested(described("municipality_boundaries"), [snapshot("municipality_boundaries", "geojson", path)], tmp_path)

    codes = {row[0] for row in rows}
    assert ("0301" in codes, len(codes), codes & {"1144", "1835"}) == (True, 354, set())
    assert {row[1] for row in rows} == {2020}
    assert [c.id for c in state.checks if not c.success] == ["municipalities_missing"]


@pytest.mark.parametrize(
    ("features", "more", "says"),
    [
        ([feature(), feature()], {}, "a code that stands twice, the second time in feature 1"),
        ([feature(code="46011")], {}, "no municipality code of four digits"),
        ([feature(kind="LineString")], {}, "neither Polygon nor MultiPolygon"),
        ([feature(coordinates=[square(5.0, 60.0, 1.0)[:-1]])], {}, "a ring that is not closed"),
        ([feature(coordinates=[square(262000.0, 6600000.0, 1000.0)])], {}, "coordinates that are not degrees"),
        ([feature(coordinates=[[[5.0, 60.0]] * 5])], {}, "a surface without area"),
        ([feature()], {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25833"}}}, "not declared as degrees"),
        ([], {}, "not a collection of features"),
    ],
)
def test_a_border_that_would_be_drawn_wrong_is_refused(tmp_path: Path, features: list[Any], more: dict[str, Any], says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse_geojson(connect(), [collection(tmp_path, features, **more)])


def test_real_borders_in_metres_and_files_without_a_year_are_refused(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="not declared as degrees"):
        parse_geojson(connect(), [recorded / "geography/ssb_mapdata/ssb_2024_no-fylke-11.geo.json"])
    with pytest.raises(ParseError, match="does not tell its year"):
        parse_geojson(connect(), [collection(tmp_path, [feature()], "kommuner.geojson")])


# --- declared tables: a bank of statistics on this machine ---


class Table:
    """One table of the bank: its dimensions in order, and the value and sign of each cell."""

    def __init__(
        self,
        table: str,
        dimensions: Mapping[str, Mapping[str, str]],
        cell: Callable[..., tuple[float | int | None, str | None]],
        *,
        units: Mapping[str, tuple[str, int]],
        labels: Mapping[str, str] = {},
        roles: Mapping[str, Sequence[str]] | None = None,
        may_be_left_out: Mapping[str, str] = {},
        updated: str = "2026-06-15T06:00:00Z",
    ) -> None:
        self.id, self.dimensions, self.cell, self.units, self.labels = table, dimensions, cell, units, labels
        self.roles = roles if roles is not None else {"time": ["Tid"], "metric": ["ContentsCode"]}
        self.totals, self.updated = may_be_left_out, updated

    def answer(self, selected: Mapping[str, Sequence[str]], *, with_values: bool) -> dict[str, Any]:
        shown = {name: list(selected[name]) for name in self.dimensions if name in selected}
        content: dict[str, Any] = {
            "version": "2.0",
            "class": "dataset",
            "updated": self.updated,
            "role": {role: list(names) for role, names in self.roles.items()},
            "id": list(shown),
            "size": [len(codes) for codes in shown.values()],
            "dimension": {
                name: {
                    "label": self.labels.get(name, name),
                    "category": {
                        "index": {code: position for position, code in enumerate(codes)},
                        "label": {code: self.dimensions[name][code] for code in codes},
                    },
                    "extension": {"elimination": name in self.totals},
                }
                for name, codes in shown.items()
            },
            "extension": {"px": {"tableid": self.id}, "contact": [{"name": "Kari Nordmann", "mail": "kari@example.org"}]},
            "value": [],
        }
        measures = content["dimension"]["ContentsCode"]["category"]
        measures["unit"] = {c: {"base": self.units[c][0], "decimals": self.units[c][1]} for c in shown["ContentsCode"]}
        if with_values:
            full = [shown.get(name, [self.totals.get(name, "")]) for name in self.dimensions]
            cells = [self.cell(*codes) for codes in itertools.product(*full)]
            content["value"] = [value for value, _ in cells]
            content["status"] = {str(i): sign for i, (_, sign) in enumerate(cells) if sign}
        return content


class Bank(ThreadingHTTPServer):
    """Answers like PxWebApi v2: descriptions by GET, figures by POST, and one wrong code refuses the whole question."""

    daemon_threads = True

    def __init__(self, tables: Sequence[Table]) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.tables = {table.id: table for table in tables}
        self.asked: list[tuple[str, dict[str, list[str]] | None]] = []


class _Answering(BaseHTTPRequestHandler):
    @property
    def bank(self) -> Bank:
        assert isinstance(self.server, Bank)
        return self.server

    def do_GET(self) -> None:
        table = self._table("metadata")
        self.bank.asked.append((table.id, None))
        self._send(200, table.answer({name: list(codes) for name, codes in table.dimensions.items()}, with_values=False))

    def do_POST(self) -> None:
        table = self._table("data")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        selected: dict[str, list[str]] = {}
        for entry in body["selection"]:
            known = table.dimensions[entry["variableCode"]]
            matched = [[code for code in known if fnmatchcase(code, value)] for value in entry["valueCodes"]]
            if not all(matched):
                return self._send(400, {"type": "Parameter error", "title": "Non-existent value", "status": 400})
            selected[entry["variableCode"]] = list(dict.fromkeys(itertools.chain(*matched)))
        if any(name not in selected and name not in table.totals for name in table.dimensions):
            return self._send(400, {"title": "Missing selection for mandantory variable", "status": 400})
        if math.prod(map(len, selected.values())) > pxweb.CELLS_PER_CALL:
            return self._send(403, {"title": "Too many cells selected", "status": 403})
        self.bank.asked.append((table.id, selected))
        return self._send(200, table.answer(selected, with_values=True))

    def _table(self, what: str) -> Table:
        path = self.path.partition("?")[0].split("/")
        assert path[-1] == what
        return self.bank.tables[path[-2]]

    def _send(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written to the screen."""


@contextmanager
def open_bank(*tables: Table) -> Iterator[Bank]:
    with Bank(tables) as bank:
        thread = threading.Thread(target=bank.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield bank
        finally:
            bank.shutdown()
            thread.join()


def collect_from(bank: Bank, dataset: Dataset, settings: Settings, window: Window | None = None) -> Collected:
    @contextmanager
    def door() -> Iterator[Reroute]:
        yield lambda url: url.replace("https://data.ssb.no", f"http://127.0.0.1:{bank.server_address[1]}")

    span = window or Window(dataset.source.starts_on, settings.now.date())
    return from_sources({dataset.id: dataset}, [dataset.id], settings, window=lambda _: span, door=door)


def rows_from(bank: Bank, dataset: Dataset, folder: Path) -> tuple[DatasetState, list[tuple[Any, ...]], Collected]:
    collected = collect_from(bank, dataset, settings_in(folder))
    assert not collected.failures, collected.failures
    state, rows = ingested(dataset, collected.snapshots[dataset.id], folder)
    return state, rows, collected


SETTLEMENTS = {
    # Published by Statistics Norway for Oslo and Stavanger, table 04861.
    ("0301", "2000"): (132.90, 504348),
    ("0301", "2025"): (129.90, 720631),
    ("1103", "2000"): (41.85, 106804),
    ("1103", "2025"): (44.35, 143972),
    ("5601", "2000"): (0, 0),
    ("5601", "2025"): (3.21, 4100),
}


def settlements(**more: Any) -> Table:
    def cell(region: str, measure: str, year: str) -> tuple[float | int | None, str | None]:
        if region in ("0", "0399"):
            return (1, None) if year == "2025" else (None, "..")
        area, residents = SETTLEMENTS[region, year]
        return (area if measure == "Areal" else residents), None

    return Table(
        "04861",
        {
            "Region": {"0": "Hele landet", "0301": "Oslo - Oslove", "0399": "Uoppgitt komm. Oslo", "1103": "Stavanger", "5601": "Alta"},
            "ContentsCode": {"Areal": "Areal av tettsted (km²)", "Bosatte": "Antall bosatte"},
            "Tid": {"2000": "2000", "2025": "2025"},
        },
        cell,
        units={"Areal": ("km²", 2), "Bosatte": ("personer", 0)},
        may_be_left_out={"Region": "0"},
        **more,
    )


def test_a_dataset_of_yaml_alone_asks_for_the_tables_description_first_and_then_for_the_years_it_has(tmp_path: Path) -> None:
    dataset = described("urban_settlements")
    with open_bank(settlements()) as bank:
        state, rows, collected = rows_from(bank, dataset, tmp_path)

    assert bank.asked == [
        ("04861", None),
        ("04861", {"Region": ["0", "0301", "0399", "1103", "5601"], "ContentsCode": ["Areal", "Bosatte"], "Tid": ["2000", "2025"]}),
    ]
    assert rows == [
        ("0301", 2000, Decimal("132.90"), None, 504348, None),
        ("1103", 2000, Decimal("41.85"), None, 106804, None),
        ("0301", 2025, Decimal("129.90"), None, 720631, None),
        ("1103", 2025, Decimal("44.35"), None, 143972, None),
        ("5601", 2025, Decimal("3.21"), None, 4100, None),
    ]
    assert {p.period: p.set_aside for p in state.periods} == {
        "2000": {"not_a_municipality": 2, "none_or_not_in_use": 1},
        "2025": {"not_a_municipality": 2},
    }
    assert [(s.format, s.note) for s in collected.snapshots[dataset.id]] == [
        ("pxweb_v2_metadata_json", "what table 04861 consists of"),
        ("pxweb_v2_jsonstat2", "table 04861, 2000, 2025; updated 2026-06-15T06:00:00Z"),
    ]
    assert {s.format for s in state.snapshots} == {"pxweb_v2_metadata_json", "pxweb_v2_jsonstat2"}


def test_figures_are_asked_for_again_when_the_table_was_updated_and_not_before(tmp_path: Path) -> None:
    dataset, settings = described("urban_settlements"), settings_in(tmp_path)
    with open_bank(settlements()) as bank:
        collect_from(bank, dataset, settings)
        bank.asked.clear()
        collect_from(bank, dataset, settings)
        same_day = list(bank.asked)
        collect_from(bank, dataset, replace(settings, now=settings.now + timedelta(days=2)))
        later = list(bank.asked)
        bank.tables["04861"] = settlements(updated="2026-11-25T07:00:00Z")
        collected = collect_from(bank, dataset, replace(settings, now=settings.now + timedelta(days=3)))

    assert same_day == []
    assert later == [("04861", None)]
    assert [selected is None for _, selected in bank.asked[1:]] == [True, False]
    assert [s.note[-20:] for s in collected.snapshots[dataset.id] if s.format == "pxweb_v2_jsonstat2"] == [
        "2026-06-15T06:00:00Z",
        "2026-11-25T07:00:00Z",
    ]


def test_only_years_inside_the_window_that_the_table_has_are_asked_for(tmp_path: Path) -> None:
    with open_bank(settlements()) as bank:
        collected = collect_from(
            bank, described("urban_settlements"), settings_in(tmp_path), Window(date(2010, 1, 1), date(2026, 1, 1), ("0301",))
        )

    assert [s["Tid"] for _, s in bank.asked if s] == [["2025"]]
    assert [s.period for s in collected.snapshots["urban_settlements"]] == [None, "2025"]


def test_employment_is_mapped_to_own_codes_with_sex_and_age_fixed_and_totals_kept_apart(tmp_path: Path) -> None:
    industries = {"00-99": "Alle næringer", "01-03": "Jordbruk", "05-09": "Bergverk", "10-33": "Industri", "35-39": "El", "41-43": "Bygg"}
    figures = {"00-99": 500, "01-03": 7, "05-09": 20, "10-33": 130, "35-39": 10, "41-43": 60}

    def cell(region: str, industry: str, sex: str, age: str, measure: str, year: str) -> tuple[int | None, str | None]:
        assert (sex, age, measure) == ("0", "15-74", "SysselsatteArb")
        if region == "5406":
            return 0, None
        return (None, ":") if (region, industry) == ("5603", "05-09") else (figures[industry], None)

    table = Table(
        "07984",
        {
            "Region": {"0": "Hele landet", "5603": "Hammerfest", "5406": "Hammerfest (2020-2023)"},
            "NACE2007": industries,
            "Kjonn": {"0": "Begge kjønn", "1": "Menn", "2": "Kvinner"},
            "Alder": {"15-74": "15-74 år", "15-19": "15-19 år"},
            "ContentsCode": {"Sysselsatte": "Sysselsatte etter bosted", "SysselsatteArb": "Sysselsatte etter arbeidssted"},
            "Tid": {"2024": "2024"},
        },
        cell,
        units={"Sysselsatte": ("personer", 0), "SysselsatteArb": ("personer", 0)},
        may_be_left_out={"Region": "0"},
    )

    with open_bank(table) as bank:
        state, rows, _ = rows_from(bank, described("employment_by_industry"), tmp_path)

    assert rows == [
        ("5603", "all", 2024, 500, None),
        ("5603", "construction", 2024, 60, None),
        ("5603", "manufacturing", 2024, 130, None),
        ("5603", "mining", 2024, None, ":"),
        ("5603", "utilities", 2024, 10, None),
    ]
    assert state.periods[0].set_aside == {"not_a_municipality": 5, "code_not_in_use": 5}


def test_a_dimension_a_category_and_a_measure_known_by_label_alone_are_found_whatever_their_codes(tmp_path: Path) -> None:
    area = Table(
        "09280",
        {
            "Region": {"0": "Hele landet", "0301": "Oslo - Oslove", "0199": "Uoppgitt"},
            "ArealT9": {"1": "Landareal", "2": "Ferskvatn"},
            "ContentsCode": {"Areal1": "Areal (km²)"},
            "Tid": {"2024": "2024"},
        },
        lambda region, kind, *_: (426.21 if (region, kind) == ("0301", "1") else 28, None),
        units={"Areal1": ("km²", 2)},
        labels={"ArealT9": "arealtype"},
    )
    waste = Table(
        "12241",
        {
            "KOKkommuneregion0000": {"EAK": "Landet", "0301": "Oslo", "3222": "Lørenskog"},
            "ContentsCode": {
                "KOSa": "Husholdningsavfall per innbygger (kg)",
                "KOSb": "Husholdningsavfall per årsinnbygger (kg)",
                "KOSc": "Andel levert til materialgjenvinning inkl. biologisk behandling (prosent)",
                "KOSd": "Andel levert til forbrenning (prosent)",
                "KOSe": "Andel levert til deponi (prosent)",
            },
            "Tid": {"2024": "2024"},
        },
        lambda region, measure, _: (
            (None, ":") if (region, measure) == ("3222", "KOSd") else ({"KOSa": 311, "KOSc": 45.5}.get(measure, 2), None)
        ),
        units={"KOSa": ("kg", 0), "KOSb": ("kg", 0), "KOSc": ("prosent", 1), "KOSd": ("prosent", 1), "KOSe": ("prosent", 1)},
        roles={"time": ["Tid"], "metric": ["ContentsCode"], "geo": ["KOKkommuneregion0000"]},
    )

    with open_bank(area, waste) as bank:
        _, areas, _ = rows_from(bank, described("land_area"), tmp_path / "area")
        _, wastes, _ = rows_from(bank, described("household_waste"), tmp_path / "waste")

    assert areas == [("0301", 2024, Decimal("426.21"), None)]
    assert [selected for table, selected in bank.asked if table == "12241" and selected] == [
        {"KOKkommuneregion0000": ["EAK", "0301", "3222"], "ContentsCode": ["KOSa", "KOSc", "KOSd", "KOSe"], "Tid": ["2024"]}
    ]
    assert [row[:6] for row in wastes if row[0] == "3222"] == [
        ("3222", "incinerated", 2024, None, None, ":"),
        ("3222", "landfilled", 2024, None, Decimal("2.0000"), None),
        ("3222", "recovered", 2024, None, Decimal("45.5000"), None),
        ("3222", "waste", 2024, Decimal("311.00"), None, None),
    ]


def test_a_label_that_the_table_does_not_have_stops_the_question_and_names_it(tmp_path: Path) -> None:
    table = settlements()
    table.dimensions = dict(table.dimensions) | {"ContentsCode": {"Areal": "Areal", "Bosatt2": "Folk"}}
    table.units = {"Areal": ("km²", 2), "Bosatt2": ("personer", 0)}

    with open_bank(table) as bank:
        collected = collect_from(bank, described("urban_settlements"), settings_in(tmp_path))

    assert bank.asked == [("04861", None)]
    assert "no categories of ContentsCode called Bosatte" in str(collected.failures["urban_settlements"])
    assert isinstance(collected.failures["urban_settlements"], DataError)


def with_table(dataset: Dataset, **changes: Any) -> Dataset:
    """The dataset with parts of its declared table changed."""
    values = dataset.model_dump(mode="json")
    values["source"]["table"] |= changes
    return build(Dataset, values, "test")


def test_when_a_table_is_closed_its_successor_is_asked_for_the_years_after(tmp_path: Path) -> None:
    dataset = with_table(described("urban_settlements"), versions=[{"id": "04861", "last_year": 2010}, {"id": "14216", "first_year": 2011}])
    old, new = settlements(), settlements()
    new.id = "14216"

    with open_bank(old, new) as bank:
        _, rows, _ = rows_from(bank, dataset, tmp_path)

    assert [(table, selected["Tid"]) for table, selected in bank.asked if selected] == [("04861", ["2000"]), ("14216", ["2025"])]
    assert [row[:2] for row in rows] == [("0301", 2000), ("1103", 2000), ("0301", 2025), ("1103", 2025), ("5601", 2025)]


def test_an_answer_for_years_of_the_other_table_is_refused(tmp_path: Path) -> None:
    table = with_table(described("urban_settlements"), versions=[{"id": "04861", "last_year": 2010}]).source.table
    assert table is not None
    path = tmp_path / "answer.json"
    bank = settlements()
    path.write_text(json.dumps(bank.answer({name: list(codes) for name, codes in bank.dimensions.items()}, with_values=True)), "utf-8")

    with pytest.raises(ParseError, match="1 years that table 04861 is not asked for"):
        pxweb.read_declared(table, connect(), [path])


def test_a_dimension_nobody_declared_is_left_out_only_where_the_table_has_a_total_for_it(tmp_path: Path) -> None:
    def with_sex(may_be_left_out: Mapping[str, str]) -> Table:
        table = settlements()
        original = table.cell
        table.dimensions = {"Kjonn": {"0": "Begge", "1": "Menn"}, **table.dimensions}
        table.cell = lambda sex, *rest: original(*rest)
        table.totals = may_be_left_out
        return table

    with open_bank(with_sex({"Kjonn": "0"})) as bank:
        _, rows, _ = rows_from(bank, described("urban_settlements"), tmp_path / "total")
    with open_bank(with_sex({})) as bank:
        refused = collect_from(bank, described("urban_settlements"), settings_in(tmp_path / "none"))

    assert len(rows) == 5
    assert "dimensions that are not declared: Kjonn" in str(refused.failures["urban_settlements"])


def test_numbers_in_thousands_are_multiplied_only_where_that_is_declared(tmp_path: Path) -> None:
    table = settlements()
    table.units = {"Areal": ("km²", 2), "Bosatte": ("1 000 personer", 0)}
    measures = described("urban_settlements").model_dump(mode="json")["source"]["table"]["measures"]
    measures["Bosatte"] |= {"units": ["1 000 personer"], "times": 1000}
    declared = with_table(described("urban_settlements"), measures=measures).source.table
    undeclared = described("urban_settlements").source.table
    assert declared is not None
    assert undeclared is not None
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(table.answer({"Region": ["0301"], "ContentsCode": ["Bosatte"], "Tid": ["2025"]}, with_values=True)), "utf-8")

    assert pxweb.read_declared(declared, connect(), [path]).project("residents, area").fetchall() == [(Decimal(720631000), None)]
    with pytest.raises(ParseError, match="the unit of Bosatte is not personer or antall or bosatte"):
        pxweb.read_declared(undeclared, connect(), [path])


# --- declared tables: real answers ---


def real_table(**declared: Any) -> StatisticsTable:
    return build(StatisticsTable, declared, "test")


def test_a_real_answer_without_regions_and_with_two_measures_is_read_beside_each_other(recorded: Path) -> None:
    table = real_table(
        versions=[{"id": "13861"}],
        time="year",
        dimensions={
            "næring (SN2007)": {"column": "industry", "codes": {"A-Z": "all", "A": "farming", "B": "mining", "C": "manufacturing"}}
        },
        measures={
            "Ginikoeffisient": {"column": "gini", "sign": "gini_sign", "units": ["ginikoeffisient"], "decimals": 3},
            "P90/P10": {"column": "ratio", "sign": "ratio_sign", "units": ["forholdstall"], "decimals": 1},
        },
    )

    found = pxweb.read_declared(table, connect(), [recorded / "statistics/ssb_pxweb_v0/13861_data_jsonstat2_2023.json"])

    assert found.columns == ["industry", "year", "gini", "gini_sign", "ratio", "ratio_sign", "file"]
    assert found.aggregate("count(*), min(year), max(year), count(gini), count(ratio)").fetchone() == (28, 2016, 2022, 28, 28)
    # The file's first seven numbers are the Gini coefficient of all industries, the next seven their P90/P10.
    query = "industry = 'all' and year in (2016, 2022)"
    assert found.filter(query).order("year").project("gini, ratio").fetchall() == [
        (Decimal("0.205"), Decimal("2.3")),
        (Decimal("0.211"), Decimal("2.3")),
    ]


def test_every_sign_of_a_real_answer_stays_beside_its_missing_number(recorded: Path) -> None:
    table = real_table(
        versions=[{"id": "05300"}],
        time="year",
        dimensions={"Avstand1": {"column": "distance", "values": ["*"]}, "Kulturtilbud": {"column": "offer", "values": ["*"]}},
        measures={"Avstand": {"column": "percent", "sign": "sign", "units": ["prosent"], "decimals": 0}},
    )

    found = pxweb.read_declared(table, connect(), [recorded / "statistics/ssb_pxweb_v0/05300_data_jsonstat2_2022.json"])

    assert found.aggregate("sign, count(*), count(percent)", "sign").order("sign").fetchall() == [
        (".", 20, 0),
        ("..", 8, 0),
        (None, 404, 404),
    ]
    assert found.filter("distance = '01' and offer = '01'").order("year").project("year, percent").fetchall()[:4] == [
        (1991, 16), (1994, 14), (1997, 12), (2000, 12),
    ]  # fmt: skip


def test_a_real_description_is_asked_in_wildcards_and_code_lists_a_few_periods_at_a_time(recorded: Path, tmp_path: Path) -> None:
    """The real description of a Swedish table by region, age and sex, with its sixteen months called years."""
    metadata = json.loads((recorded / "statistics/pxweb_v2_scb_examples/TAB6471_metadata.json").read_bytes())
    months = metadata["dimension"]["Tid"]["category"]
    months["index"] = {str(2005 + position): position for position in months["index"].values()}
    months.pop("label")
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps(metadata), "utf-8")
    declared = described("urban_settlements").model_dump(mode="json")
    declared["source"]["table"] = {
        "versions": [{"id": "TAB6471"}],
        "region": "municipality",
        "regions": ["01*", "????"],
        "time": "year",
        "dimensions": {"ålder": {"column": "age", "values": ["*"]}, "Kon": {"column": "sex", "values": ["1", "kvinnor"]}},
        "measures": {"000007SF": {"column": "residents", "sign": "residents_sign", "units": ["antal"]}},
    }
    declared["delivered_only"] = {"age": "text", "sex": "text"}
    dataset = build(Dataset, declared, "test")
    window = Window(date(2007, 1, 1), date(2021, 1, 1))
    (question,) = ask(dataset, window)
    known = replace(snapshot(dataset.id, question.format, path), source_url=f"{question.url}?lang=no")

    requests = list(ask_further(dataset, window, [known]))

    # 290 municipalities and the county 01, which four signs do not match; 134 ages; two sexes: 77,988 cells a year, ten years a call.
    assert [len(r.body["selection"][-1]["valueCodes"]) for r in requests if r.body] == [10, 4]  # type: ignore[index]
    assert requests[0].body == {
        "selection": [
            {"variableCode": "Region", "valueCodes": ["01*", "????"]},
            {"variableCode": "Alder", "valueCodes": ["*"]},
            {"variableCode": "Kon", "valueCodes": ["1", "2"]},
            {"variableCode": "ContentsCode", "valueCodes": ["000007SF"]},
            {"variableCode": "Tid", "valueCodes": [str(year) for year in range(2007, 2017)]},
        ]
    }
    assert list(ask_further(dataset, window, [])) == []
    grouped = dataset.model_dump(mode="json")
    grouped["source"]["table"]["dimensions"]["ålder"] = {"column": "age", "values": ["*"], "code_list": "agg_Ålder10årJ"}
    (first, *_) = ask_further(build(Dataset, grouped, "test"), window, [known])
    assert first.body is not None
    assert first.body["selection"][1] == {"variableCode": "Alder", "codelist": "agg_Ålder10årJ", "valueCodes": ["*"]}  # type: ignore[index]


def test_a_real_table_by_month_is_refused_because_only_years_fit(recorded: Path, tmp_path: Path) -> None:
    table = real_table(
        versions=[{"id": "TAB6471"}],
        region="municipality",
        time="year",
        dimensions={"Alder": {"column": "age", "values": ["*"]}, "Kon": {"column": "sex", "values": ["*"]}},
        measures={"000007SF": {"column": "residents", "sign": "sign", "units": ["antal"]}},
    )

    with pytest.raises(ParseError, match="a time that is not a year"):
        pxweb.read_declared(table, connect(), [recorded / "statistics/pxweb_v2_scb_examples/TAB6471_data.json"])


def test_no_declared_dataset_has_a_module_of_its_own_and_a_change_of_its_table_is_a_change_of_its_recipe() -> None:
    for name in DECLARED:
        dataset = described(name)
        assert module_of(dataset) == "pipelines.reading.pxweb"
        assert [r.url for r in ask(dataset, Window(date(2020, 1, 1), date(2026, 1, 1)))] == [
            f"{BANK}/tables/{version.id}/metadata"
            for version in dataset.source.table.versions  # type: ignore[union-attr]
        ]
    before = described("land_area")
    after = with_table(before, regions=["????"])
    module = "pipelines.datasets.land_area"
    assert recipe(before, module).fingerprint == recipe(described("land_area"), module).fingerprint
    assert recipe(before, module).fingerprint != recipe(after, module).fingerprint


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dimensions": {"Kjonn": {"values": ["1", "2"]}}}, "a dimension without a column needs exactly one category"),
        ({"dimensions": {"Kjonn": {"values": ["*"]}}}, "a dimension without a column needs exactly one category"),
        ({"dimensions": {"Kjonn": {"column": "year"}}}, "neither values nor codes"),
        ({"dimensions": {"Kjonn": {"column": "sex", "values": ["*"]}}}, "not among the columns: sex"),
        ({"dimensions": {"Kjonn": {"column": "year", "codes": {"1": "a", "2": "a"}}}}, "two categories would get the same code"),
        ({"measure_column": "municipality"}, "a measure has a code exactly when there is a measure_column"),
        ({"versions": [{"id": "04861"}, {"id": "14216", "first_year": 2011}]}, "two versions of the table are asked for the same year"),
    ],
)
def test_a_declaration_that_would_lose_or_mix_rows_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(MetadataError, match=says):
        with_table(described("urban_settlements"), **changes)
