"""City-bike feeds: whatever the version, the rows are the same; recorded feeds of 2020 to 2025 give what stands in them."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.datasets import bike_station_status, bike_stations, module_of
from pipelines.ingest import ingest, recipe
from pipelines.reading import gbfs
from pipelines.reading.ask import Window, full_url
from pipelines.settings import ROOT, Settings

BIKES = "transport/bysykkel_oslo"
WINDOW = Window(date(2025, 1, 1), date(2026, 1, 1), ("0301", "4601"))


def feed(folder: Path, updated: Any, *stations: dict[str, Any]) -> Path:
    path = folder / "feed.json"
    path.write_text(json.dumps({"last_updated": updated, "ttl": 10, "data": {"stations": list(stations)}}), "utf-8")
    return path


def ingested(name: str, folder: Path, *files: tuple[str, Path]) -> DatasetState:
    dataset = load_dataset(ROOT / "pipelines" / "datasets" / f"{name}.yaml")
    snapshots = [
        Snapshot(name, form, path, f"https://example.org/{n}", "", "NLOD-2.0", date(2026, 11, n + 1), "", f"{n}", 1)
        for n, (form, path) in enumerate(files)
    ]
    settings = Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))
    return ingest(recipe(dataset, module_of(dataset)), snapshots, settings)


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


SAME = {
    "station": "a", "vehicles": "5", "docks": "3", "is_renting": "true", "is_installed": "false",
    "reported_at": "2025-04-01 10:00:06", "made_at": "2025-04-01 10:00:00",
}  # fmt: skip
SECONDS = 1743501600


@pytest.mark.parametrize(
    ("updated", "station"),
    [
        (SECONDS, {"num_bikes_available": 5, "is_renting": 1, "is_installed": 0, "last_reported": SECONDS + 6}),
        (SECONDS, {"num_bikes_available": 5, "is_renting": True, "is_installed": False, "last_reported": SECONDS + 6}),
        (
            SECONDS,
            {
                "num_bikes_available": 4,
                "num_vehicles_available": 5,
                "is_renting": True,
                "is_installed": False,
                "last_reported": SECONDS + 6,
            },
        ),
        (
            "2025-04-01T12:00:00+02:00",
            {"num_vehicles_available": 5, "is_renting": True, "is_installed": False, "last_reported": "2025-04-01T10:00:06Z"},
        ),
    ],
)
def test_a_state_is_the_same_in_every_version(tmp_path: Path, updated: Any, station: dict[str, Any]) -> None:
    assert gbfs.statuses(feed(tmp_path, updated, {"station_id": "a", "num_docks_available": 3} | station)) == [SAME]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Aker Brygge", "Aker Brygge"),
        ([{"text": "Town hall", "language": "en"}, {"text": "Rådhuset", "language": "nb"}], "Rådhuset"),
        ([{"text": "Hôtel de ville", "language": "fr"}], "Hôtel de ville"),
        (None, None),
        ([], None),
    ],
)
def test_a_name_is_taken_in_norwegian_where_there_are_several(tmp_path: Path, name: Any, read: str | None) -> None:
    (one,) = gbfs.stations(feed(tmp_path, SECONDS, {"station_id": "a", "name": name, "lat": 59.9, "lon": 10.7}))
    assert (one["name"], one["capacity"]) == (read, None)


@pytest.mark.parametrize(
    ("updated", "station"),
    [
        (None, {"station_id": "a"}),
        ("2025-04-01T12:00:00", {"station_id": "a"}),
        (SECONDS, {"station_id": 7}),
        (SECONDS, {"station_id": "a", "is_renting": "secret"}),
        (SECONDS, {"station_id": "a", "last_reported": 10**20}),
    ],
)
def test_a_feed_without_a_moment_an_id_or_clear_flags_is_refused(tmp_path: Path, updated: Any, station: dict[str, Any]) -> None:
    with pytest.raises(ParseError) as caught:
        gbfs.statuses(feed(tmp_path, updated, station))
    assert "secret" not in str(caught.value)


def test_samples_of_versions_two_and_three_are_read(recorded: Path) -> None:
    for version in ("v2", "v3"):
        folder = recorded / f"transport/entur/mobility_gbfs_samples_{version}"
        assert gbfs.stations(folder / "station_information.json")
        assert all(one["vehicles"] is not None for one in gbfs.statuses(folder / "station_status.json")[:1])


def test_recorded_states_of_oslo_flow_in_across_versions(tmp_path: Path, recorded: Path) -> None:
    with zipfile.ZipFile(recorded / f"{BIKES}/gbfs_history/station_status_2024-10-27.zip") as archive:
        members = [archive.extract(name, tmp_path / "day") for name in sorted(archive.namelist())[:3] if name.endswith(".json")]
    files = [recorded / f"{BIKES}/gbfs/station_status_{day}.json" for day in ("2020-05-18", "2025-04-01")] + [
        Path(name) for name in members
    ]
    state = ingested("bike_station_status", tmp_path / "data", *(("oslobysykkel_status_json", path) for path in files))
    assert [p.period for p in state.periods] == ["2020-05", "2024-10", "2025-04"]
    assert state.quarantined == ()
    assert query(
        state, "select vehicles, docks, is_renting, reported_at - made_at from t where station = '5220' and year(made_at) = 2025"
    ) == [(0, 20, True, datetime(2025, 4, 1, 0, 0, 6) - datetime(2025, 4, 1))]
    assert query(state, "select vehicles, docks, municipality from t where station = '1755' and year(made_at) = 2020") == [(13, 20, "0301")]


def test_only_the_newest_list_of_stations_of_a_system_counts(tmp_path: Path, recorded: Path) -> None:
    real = recorded / f"{BIKES}/gbfs/station_information_2020-05-18.json"
    newer = feed(tmp_path, SECONDS, {"station_id": "1755", "name": "Aker Brygge 1", "lat": 59.911183, "lon": 10.730035, "capacity": 40})
    alone = ingested("bike_stations", tmp_path / "one", ("oslobysykkel_information_json", real))
    assert query(alone, "select name, latitude, capacity from t where station = '1755'") == [("Aker Brygge", Decimal("59.911184"), 33)]
    bergen = tmp_path / "bergen.json"
    bergen.write_bytes(newer.read_bytes())
    both = ingested(
        "bike_stations", tmp_path / "two", ("bergenbysykkel_information_json", bergen), ("oslobysykkel_information_json", real),
        ("oslobysykkel_information_json", newer),
    )  # fmt: skip
    assert query(both, "select system, municipality, capacity from t order by 1") == [
        ("bergenbysykkel", "4601", 40),
        ("oslobysykkel", "0301", 40),
    ]


def test_each_system_is_asked_with_the_name_of_the_one_who_asks() -> None:
    for module, feed_name in ((bike_stations, "station_information"), (bike_station_status, "station_status")):
        dataset = load_dataset(ROOT / "pipelines" / "datasets" / f"{module.__name__.rpartition('.')[2]}.yaml")
        asked = list(module.ask(dataset, WINDOW))
        assert [full_url(one) for one in asked] == [
            f"https://gbfs.urbansharing.com/{city}bysykkel.no/{feed_name}.json" for city in ("oslo", "bergen")
        ]
        assert all(one.headers["Client-Identifier"] for one in asked)
        assert {one.format for one in asked} <= set(dataset.source.formats)
