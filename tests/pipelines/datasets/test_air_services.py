"""Air from the services that take over: newest hours, the new service's days and EEA's Parquet files, in the documented shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.datasets import air_quality_daily, air_quality_hourly, air_quality_latest, module_of
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Window, full_url
from pipelines.settings import ROOT, Settings

LATEST, DAILY, HOURLY = (
    load_dataset(ROOT / "pipelines" / "datasets" / f"air_quality_{name}.yaml") for name in ("latest", "daily", "hourly")
)
WINDOW = Window(date(2025, 1, 1), date(2026, 1, 1), ("5001",))


def ingested(dataset: Any, folder: Path, files: Sequence[tuple[str, Path]]) -> DatasetState:
    snapshots = [
        Snapshot(
            dataset.id,
            form,
            path,
            f"https://example.org/{path.name}",
            "",
            "NLOD-2.0",
            date(2026, 11, 1),
            "",
            path.name,
            path.stat().st_size,
        )
        for form, path in files
    ]
    settings = Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))
    return ingest(recipe(dataset, module_of(dataset)), snapshots, settings)


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


def entry(**changes: Any) -> dict[str, Any]:
    told = {
        "station": "Elgeseter", "eoi": "NO0060A", "component": "PM10", "fromTime": "2025-07-01T12:00:00+01:00",
        "toTime": "2025-07-01T13:00:00+01:00", "value": 12.25, "unit": "µg/m³", "timestep": 3600, "index": 1, "color": "6ee86e",
        "isValid": True,
    } | changes  # fmt: skip
    return {key: value for key, value in told.items() if value is not ...}


def listed(folder: Path, *entries: Any, name: str = "utd.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(list(entries)), "utf-8")
    return path


# --- the newest hour ---


def test_the_new_service_is_asked_once_for_each_area_and_always_the_same() -> None:
    (one,) = air_quality_latest.ask(LATEST, WINDOW)
    assert full_url(one) == "https://api-luftmalinger.miljodirektoratet.no/public/aq/utd?areas=Trondheim&components=NO2;PM10;PM2.5"
    assert (one.period, one.again_after) == (None, "PT1H")


def test_an_hour_is_placed_by_its_end_when_the_answer_tells_no_beginning(tmp_path: Path) -> None:
    path = listed(
        tmp_path, entry(fromTime=..., timestep=...), entry(component="NO2", value=-0.5, isValid=...), entry(eoi="NO0089A", isValid=False)
    )
    state = ingested(LATEST, tmp_path / "data", [("luftmalinger_utd_json", path)])
    assert query(state, "select station, component, from_time, value, air_index from t order by component") == [
        ("NO0060A", "NO2", datetime(2025, 7, 1, 11), Decimal("-0.5"), 1),
        ("NO0060A", "PM10", datetime(2025, 7, 1, 11), Decimal("12.25"), 1),
    ]
    assert state.periods[0].set_aside == {"flagged_invalid": 1}


@pytest.mark.parametrize("content", [{"status": 401}, [1], [entry(eoi=...)], [entry(toTime=...)], "text"])
def test_an_error_in_place_of_a_list_is_refused_and_not_taken_for_no_stations(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "utd.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ParseError) as caught:
        air_quality_latest.parse_utd_json(connect(), [path])
    assert "12.25" not in str(caught.value)


def test_two_recorded_lists_of_the_old_service_flow_in_as_tables(tmp_path: Path, recorded: Path) -> None:
    paths = [recorded / f"air_quality/nilu_api/obs_utd_norway_2025-03-{day}_flattened.csv" for day in (19, 24)]
    state = ingested(LATEST, tmp_path, [("nilu_obs_utd_csv", path) for path in paths])
    assert (state.rows, state.quarantined) == (171 + 166, ())
    assert query(state, "select from_time, value, air_index from t where station = 'NO0042R' order by from_time limit 1") == [
        (datetime(2025, 3, 19, 10), Decimal("57"), 1)
    ]
    assert query(state, "select count(*) from t where value < 0") == [(2 + 1,)] or query(
        state, "select count(*) > 0 from t where value < 0"
    )


# --- days of the new service ---


def test_the_daily_question_goes_to_the_service_that_the_description_names() -> None:
    old = [full_url(one) for one in air_quality_daily.ask(DAILY, WINDOW)]
    moved = DAILY.source.model_copy(update={"service": "https://api-luftmalinger.miljodirektoratet.no"})
    new = list(air_quality_daily.ask(DAILY.model_copy(update={"source": moved}), WINDOW))
    assert all(url.startswith("https://api.nilu.no/stats/day/2025-01-01/2026-01-01/") for url in old)
    assert len(new) == len(old)
    assert full_url(new[0]).startswith("https://api-luftmalinger.miljodirektoratet.no/public/agg/2/2025-01-01/2026-01-01/")
    assert full_url(new[0]).endswith("?components=NO2;PM10;PM2.5&showinvalid=false")
    assert {one.format for one in new} == {"luftmalinger_agg_day"}


def test_days_of_the_new_service_are_those_of_standard_time_also_in_summer(tmp_path: Path) -> None:
    values = [{"dateTime": f"2025-07-0{day}T00:00:00+01:00", "value": day + 0.5} for day in (1, 2)]
    series = {"eoi": "NO0060A", "station": "Elgeseter", "component": "PM10", "unit": "µg/m³", "timestep": 3600, "values": values}
    state = ingested(DAILY, tmp_path / "data", [("luftmalinger_agg_day", listed(tmp_path, series))])
    assert query(state, "select day, value, hours, coverage from t order by day") == [
        (date(2025, 7, 1), Decimal("1.5"), None, None),
        (date(2025, 7, 2), Decimal("2.5"), None, None),
    ]


# --- EEA's Parquet ---


def eea(path: Path, **changes: list[Any]) -> Path:
    """A file of EEA's download: a valid hour, an invalid one, a preliminary one, a daily mean and another country's station."""
    start = [datetime(2024, 7, 1, hour) for hour in (0, 1, 2)] + [datetime(2024, 7, 1), datetime(2024, 7, 1)]
    end = [datetime(2024, 7, 1, hour) for hour in (1, 2, 3)] + [datetime(2024, 7, 2), datetime(2024, 7, 1, 1)]
    columns: dict[str, Any] = {
        "Samplingpoint": ["NO/SPO_NO0071A_5_38"] * 4 + ["MT/SPO-MT00003_00005_100"],
        "Pollutant": pa.array([5] * 5, pa.int32()),
        "Start": pa.array(start, pa.timestamp("ns")),
        "End": pa.array(end, pa.timestamp("ns")),
        "Value": pa.array([Decimal("21.40"), Decimal("-99.00"), Decimal("3.10"), Decimal("9.99"), Decimal("1.00")], pa.decimal128(38, 18)),
        "Unit": ["ug.m-3"] * 5,
        "AggType": ["hour", "hour", "hour", "day", "hour"],
        "Validity": pa.array([1, -1, 2, 1, 1], pa.int32()),
        "Verification": pa.array([1, 1, 2, 1, 1], pa.int32()),
        "ResultTime": pa.array(end, pa.timestamp("ns")),
        "DataCapture": pa.array([None] * 5, pa.decimal128(38, 18)),
        "FkObservationLog": ["x"] * 5,
    } | changes
    pq.write_table(pa.table({name: column for name, column in columns.items() if column}), path)
    return path


def test_hours_of_eea_carry_their_verdicts_and_stand_in_utc(tmp_path: Path) -> None:
    rows = air_quality_hourly.parse_eea_parquet(connect(), [eea(tmp_path / "no.parquet")])
    found = rows.project("station, component, from_time, to_time, value, verification, validity, unit").order("from_time, value").fetchall()
    assert [row for row in found if row[0] and row[3] - row[2] == timedelta(hours=1)] == [
        ("NO0071A", "PM10", datetime(2024, 6, 30, 23), datetime(2024, 7, 1, 0), Decimal("21.4"), "approved", "0", "µg/m³"),
        ("NO0071A", "PM10", datetime(2024, 7, 1, 0), datetime(2024, 7, 1, 1), Decimal("-99"), "approved", "1", "µg/m³"),
        ("NO0071A", "PM10", datetime(2024, 7, 1, 1), datetime(2024, 7, 1, 2), Decimal("3.1"), "automatic", "0", "µg/m³"),
    ]
    assert [row[3] - row[2] for row in found if row[0] and row[4] == Decimal("9.99")] == [timedelta(days=1)]  # a day is no hour
    assert [row[0] for row in found if row[4] == 1] == [None]  # no Norwegian station


def test_another_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="columns missing: Validity"):
        air_quality_hourly.parse_eea_parquet(connect(), [eea(tmp_path / "no.parquet", Validity=[])])
    page = tmp_path / "page.parquet"
    page.write_text("<html></html>", "utf-8")
    with pytest.raises(ParseError, match="no Parquet file"):
        air_quality_hourly.parse_eea_parquet(connect(), [page])
