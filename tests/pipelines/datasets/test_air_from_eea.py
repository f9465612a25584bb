"""Hours of air asked from EEA's download service: a list of files first, then those of the wanted stations, over HTTP on loopback."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.publication import DatasetState, Snapshot
from pipelines import sandbox
from pipelines.collect import Collected, Reroute, from_sources
from pipelines.datasets import air_quality_hourly, ask, ask_further, module_of
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import GUIDES, Window, full_url
from pipelines.reading.pxweb import METADATA
from pipelines.sandbox.air import file_of_hours
from pipelines.sandbox.weather import Heard, Weather, reply, weather
from pipelines.sandbox.wire import Question
from pipelines.settings import ROOT, Settings

SERVICE = f"https://{air_quality_hourly.EEA_SERVICE}"
FILES = "https://eeadmz1batchservice02.blob.core.windows.net/airquality-p-e1a/NO"
DESCRIBED = load_dataset(ROOT / "pipelines" / "datasets" / "air_quality_hourly.yaml")
HOURLY = DESCRIBED.model_copy(update={"source": DESCRIBED.source.model_copy(update={"service": SERVICE})})
NAME = HOURLY.id
OSLO = Window(date(2024, 1, 1), date(2025, 1, 1), ("0301",))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
POINT = "SPO_NO0011A_5_996.parquet"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, synthetic=False, now=NOW)


def listed(folder: Path, text: str, note: str = "list of verified files, 2024–2024") -> Snapshot:
    path = folder / "list.csv"
    path.write_text(text, "utf-8", newline="")
    return Snapshot(NAME, air_quality_hourly.EEA_LIST, path, SERVICE, "", "NLOD-2.0", NOW.date(), note, "ab", len(text))


def collected(settings: Settings, way: Reroute, window: Window = OSLO) -> Collected:
    return from_sources({NAME: HOURLY}, [NAME], settings, window=lambda _: window, door=lambda: nullcontext(way))


def built(found: Collected, settings: Settings) -> DatasetState:
    return ingest(recipe(HOURLY, module_of(HOURLY)), found.snapshots[NAME], settings)


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


@contextmanager
def eea(*urls: str, file: bytes = b"", etag: str = '"1"') -> Iterator[Weather]:
    """EEA's service with this list; every file has these bytes and this version."""

    def answer(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        if heard.path.endswith("/ParquetFile/urls"):
            reply(body="".join(f"{line}\r\n" for line in ["ParquetFileUrl", *urls]).encode())(handler, heard)
        elif heard.headers.get("if-none-match") == etag:
            reply(304, b"")(handler, heard)
        else:
            reply(body=file, ETag=etag)(handler, heard)

    with weather(answer) as state:
        yield state


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sampling point's hours and days of one month, as the sandbox has them."""
    whole, part = (tmp_path_factory.mktemp("january") / name for name in ("whole.parquet", "part.parquet"))
    whole.write_bytes(file_of_hours(Question("", f"/{POINT}")).body)
    connect().execute(f"copy (from '{whole}' where \"End\" <= timestamp '2024-02-01') to '{part}' (format parquet)")
    return part.read_bytes()


def heard_files(state: Weather) -> list[str]:
    return [heard.path.rpartition("/")[2] for heard in state.heard if heard.path.endswith(".parquet")]


def test_the_hours_are_asked_from_the_service_that_the_description_names() -> None:
    assert {one.format for one in ask(DESCRIBED, OSLO)} == {"nilu_aq_historical"}
    assert list(ask_further(DESCRIBED, OSLO, [])) == []
    (one,) = ask(HOURLY, OSLO)
    assert (full_url(one), one.period) == (f"{SERVICE}/ParquetFile/urls", None)
    assert one.body == {
        "countries": ["NO"],
        "cities": [],
        "pollutants": ["NO2", "PM10", "PM2.5"],
        "dataset": 2,
        "source": "API",
        "dateTimeStart": "2024-01-01T00:00:00Z",
        "dateTimeEnd": "2024-12-31T23:59:59Z",
        "aggregationType": "hour",
    }


@pytest.mark.parametrize(
    ("start", "end", "datasets"),
    [
        (date(2019, 1, 1), date(2025, 1, 1), [(2, "2019", "2024")]),
        (date(2024, 7, 1), date(2026, 11, 23), [(2, "2024", "2024"), (1, "2025", "2026")]),
        (date(2026, 2, 1), date(2026, 11, 23), [(1, "2026", "2026")]),
        (date(2026, 2, 1), date(2026, 11, 24), [(1, "2026", "2026")]),  # the day after, the question is still the same one
    ],
)
def test_verified_years_and_the_years_after_them_are_two_questions(start: date, end: date, datasets: list[tuple[int, str, str]]) -> None:
    bodies = [one.body or {} for one in ask(HOURLY, Window(start, end))]
    assert [(b["dataset"], str(b["dateTimeStart"])[:4], str(b["dateTimeEnd"])[:4]) for b in bodies] == datasets


def test_only_files_of_stations_in_the_municipalities_that_measure_in_the_window_are_picked(tmp_path: Path) -> None:
    names = [f"SPO_{station}_5_1.parquet" for station in ("NO0011A", "NO0060A", "NO0015A", "NO9999A")]  # NO0015A closed in 2018
    text = "\r\n".join(["ParquetFileUrl", *(f"{FILES}/{name}" for name in names), f"{FILES}/{names[0]}", ""])

    def picked(*municipalities: str) -> list[str]:
        window = replace(OSLO, municipalities=municipalities)
        return [full_url(one).rpartition("/")[2] for one in ask_further(HOURLY, window, [listed(tmp_path, text)])]

    assert picked("0301") == names[:1]
    assert picked("5001") == names[1:2]
    assert picked("4601") == []
    assert picked() == names[:2]
    assert list(ask_further(HOURLY, OSLO, [listed(tmp_path, text, "list of verified files, 2019–2019")])) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"status": 500}', "no list of files"),
        (f"{FILES}/{POINT}\r\n", "no list of files"),
        ("ParquetFileUrl\r\nfile:///etc/passwd\r\n", "no list of files"),
        (f"ParquetFileUrl\r\n{FILES}/one.parquet\r\n", "no file is named after a Norwegian station"),
    ],
)
def test_what_is_no_list_of_norwegian_files_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        list(ask_further(HOURLY, OSLO, [listed(tmp_path, text)]))


def test_the_recorded_list_has_the_shape_that_is_read(recorded: Path, tmp_path: Path) -> None:
    text = (recorded / "air_quality/eea_metadata/ParquetFile_urls_response_malta_sample.csv").read_bytes().decode("utf-8")
    with pytest.raises(ParseError, match="no file is named after a Norwegian station"):
        list(ask_further(HOURLY, OSLO, [listed(tmp_path, text)]))
    norwegian = text.replace("SPO-MT00003_", "SPO_NO0011A_")
    found = [full_url(one) for one in ask_further(HOURLY, OSLO, [listed(tmp_path, norwegian)])]
    assert found
    assert all(url.startswith("https://eeadmz1batchservice02.blob.core.windows.net/airquality-p-airbase/MT/SPO_NO0011A_") for url in found)


def test_a_list_that_is_empty_leads_to_no_file(tmp_path: Path) -> None:
    assert list(ask_further(HOURLY, OSLO, [listed(tmp_path, "ParquetFileUrl\r\n")])) == []


def test_the_hours_of_the_sandboxs_files_are_those_of_its_other_service_and_its_days_are_left_out(settings: Settings) -> None:
    with sandbox.serve() as base:
        found = collected(settings, sandbox.reroute(base))
        assert not found.failures, found.failures
        same = from_sources(
            {NAME: DESCRIBED},
            [NAME],
            replace(settings, data_dir=settings.data_dir / "other"),
            window=lambda _: Window(date(2024, 2, 1), date(2024, 3, 1), ("0301",)),
            door=lambda: nullcontext(sandbox.reroute(base)),
        )
    assert sorted({s.format for s in found.snapshots[NAME]}) == ["eea_parquet", "eea_url_list_csv"]
    assert {(s.publisher, s.licence) for s in found.snapshots[NAME]} == {("Det europeiske miljøbyrået (EEA)", "CC_BY_4_0")}
    state = built(found, settings)
    assert not state.quarantined
    february = next(p for p in state.periods if p.period == "2024-02")
    assert february.set_aside["whole_day"] > 29
    other = ingest(recipe(DESCRIBED, module_of(DESCRIBED)), same.snapshots[NAME], replace(settings, data_dir=settings.data_dir / "other"))
    sql = "select station, component, from_time, value from t where value is not null and from_time >= '2024-01-31 23:00' order by all"
    hours = [row for row in query(replace(state, periods=(february,)), sql) if row[0] == "NO0011A"]
    assert len(hours) > 3 * 29 * 24 * 0.8
    assert hours == [row for row in query(other, sql) if row[0] == "NO0011A"]


def test_a_mean_of_a_day_never_hides_the_hour_that_it_begins_with(settings: Settings, january: bytes, tmp_path: Path) -> None:
    path = tmp_path / POINT
    path.write_bytes(january)
    con = connect()
    days = con.sql(f"from '{path}' where AggType = 'day'")
    hours = con.sql(f"from '{path}' where AggType = 'hour' and Validity >= 1 and hour(Start) = 0")
    with eea(f"{FILES}/{POINT}", file=january) as state:
        found = built(collected(settings, state.reroute), settings)
    assert len(days) > 28
    assert query(found, "select count(value) from t where hour(from_time) = 23") == [(len(hours),)]


def test_a_file_on_another_host_is_refused_and_never_asked_for(settings: Settings) -> None:
    with eea(f"https://files.example.org/NO/{POINT}") as state:
        found = collected(settings, state.reroute)
    assert "not on the list" in found.failures[NAME].what
    assert len(state.heard) == 1
    assert {s.format for s in found.snapshots[NAME]} == {"eea_url_list_csv"}


def test_a_file_that_has_not_changed_is_not_sent_again(settings: Settings, january: bytes) -> None:
    with eea(f"{FILES}/{POINT}", file=january) as state:
        first = collected(settings, state.reroute)
        again = collected(settings, state.reroute)
        assert len(state.heard) == 2, "asked again on the same day"
        later = collected(replace(settings, now=NOW + timedelta(days=31)), state.reroute)
    assert [h.headers.get("if-none-match") for h in state.heard if h.path.endswith(".parquet")] == [None, '"1"']
    files = [[s.sha256 for s in found.snapshots[NAME] if s.format == "eea_parquet"] for found in (first, again, later)]
    assert files[0] == files[1] == files[2]
    assert len(files[0]) == 1


def test_a_file_that_is_cut_is_refused_and_nothing_is_lost(settings: Settings, january: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.fetch.random.uniform", lambda *_: 0.001)
    with eea(f"{FILES}/{POINT}", file=january) as state:
        before = built(collected(settings, state.reroute), settings)
    later = replace(settings, now=NOW + timedelta(days=31))
    with eea(f"{FILES}/{POINT}", file=january[: len(january) // 2], etag='"2"') as state:
        found = collected(later, state.reroute)
    assert "a Parquet file that is cut" in found.failures[NAME].what
    assert len(heard_files(state)) > 1, "a cut file is worth another try"
    after = built(found, later)
    assert [(p.period, p.sha256) for p in after.periods] == [(p.period, p.sha256) for p in before.periods]


def test_an_answer_that_only_tells_what_can_be_asked_is_no_data() -> None:
    assert {METADATA, air_quality_hourly.EEA_LIST} == GUIDES
