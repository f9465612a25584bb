"""The stop register: stop places as the register's own samples have them, and files that are made to swell are refused before they do."""

from __future__ import annotations

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
from pipelines.datasets import module_of, public_transport_stops
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Window
from pipelines.settings import ROOT, Settings

DATASET = load_dataset(ROOT / "pipelines" / "datasets" / "public_transport_stops.yaml")
SAMPLES = "transport/entur"


def brought_in(folder: Path, *paths: Path) -> DatasetState:
    snapshots = [
        Snapshot(DATASET.id, "netex_stops_xml", path, f"https://example.org/{n}", "", "NLOD-2.0", date(2026, 11, n + 1), "", f"{n}", 1)
        for n, path in enumerate(paths)
    ]
    settings = Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))
    return ingest(recipe(DATASET, module_of(DATASET)), snapshots, settings)


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


def stop(number: int, version: int = 1, inside: str = "") -> str:
    place = f"<Centroid><Location><Longitude>10.7</Longitude><Latitude>{59 + number / 100}</Latitude></Location></Centroid>"
    return f'<StopPlace id="NSR:StopPlace:{number}" version="{version}">{inside}{place}</StopPlace>'


def register(path: Path, *stops: str, head: str = "") -> Path:
    made = "<PublicationTimestamp>2026-11-01T10:00:00+01:00</PublicationTimestamp>"
    text = f'{head}<PublicationDelivery xmlns="http://www.netex.org.uk/netex">{made}<stopPlaces>{"".join(stops)}</stopPlaces></PublicationDelivery>'
    path.write_text(text, "utf-8")
    return path


def test_stops_of_the_registers_own_sample_stand_where_it_says(tmp_path: Path, recorded: Path) -> None:
    state = brought_in(tmp_path, recorded / f"{SAMPLES}/nsr/tiamat_publication_delivery.xml")
    assert state.quarantined == ()
    assert query(
        state, "select name, latitude, longitude, municipality, stop_type, wheelchair_access, quays from t where stop = 'NSR:StopPlace:760'"
    ) == [("Skiippagurra", Decimal("70.166108"), Decimal("28.228206"), "2002", "onstreetBus", "unknown", 2)]


def test_a_part_of_an_interchange_bears_its_name_and_municipality(tmp_path: Path, recorded: Path) -> None:
    state = brought_in(tmp_path, recorded / f"{SAMPLES}/netex/ruter_minimal/_stops.xml")
    assert query(state, "select stop, name, municipality from t where part_of = 'NSR:StopPlace:58366' order by 1") == [
        ("NSR:StopPlace:3990", "Jernbanetorget", "0301"),
        ("NSR:StopPlace:3995", "Jernbanetorget", "0301"),
    ]


def test_only_the_newest_version_in_the_newest_file_counts_and_a_closed_stop_does_not_come_back(tmp_path: Path) -> None:
    closed = "<ValidBetween><FromDate>2020-01-01T00:00:00+01:00</FromDate><ToDate>2026-01-01T00:00:00+01:00</ToDate></ValidBetween>"
    older = register(tmp_path / "older.xml", stop(1), stop(9))
    newer = register(tmp_path / "newer.xml", stop(1), stop(1, 2), stop(2), stop(2, 3, closed), stop(3))
    state = brought_in(tmp_path / "data", older, newer)
    assert query(state, "select stop, version from t order by 1") == [("NSR:StopPlace:1", 2), ("NSR:StopPlace:3", 1)]


def test_a_packed_register_is_read_like_a_plain_one(tmp_path: Path) -> None:
    packed = tmp_path / "register.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(register(tmp_path / "plain.xml", stop(1)), "tiamat.xml")
    assert public_transport_stops.parse_stops(connect(), [packed]).project("stop").fetchall() == [("NSR:StopPlace:1",)]


@pytest.mark.parametrize(
    "head",
    ['<!DOCTYPE x [<!ENTITY a "secret"><!ENTITY b "&a;&a;&a;">]>', '<!DOCTYPE x SYSTEM "file:///etc/passwd">'],
)
def test_a_document_type_of_its_own_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(ParseError, match="a document type of its own") as caught:
        public_transport_stops.parse_stops(connect(), [register(tmp_path / "x.xml", stop(1), head=head)])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", ["<html></html>", "not XML", "", "PK\x03\x04"])
def test_what_is_no_register_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.xml"
    path.write_text(content, "utf-8")
    with pytest.raises(ParseError):
        public_transport_stops.parse_stops(connect(), [path])


def test_more_than_any_register_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_transport_stops, "LARGEST", 500)
    with pytest.raises(ParseError, match="more than 500 bytes"):
        public_transport_stops.parse_stops(connect(), [register(tmp_path / "x.xml", *(stop(n) for n in range(50)))])


def test_the_whole_country_is_one_question() -> None:
    (one,) = public_transport_stops.ask(DATASET, Window(date(2025, 1, 1), date(2026, 1, 1)))
    assert (one.url, one.period) == ("https://storage.googleapis.com/marduk-production/tiamat/Current_latest.zip", "all")
