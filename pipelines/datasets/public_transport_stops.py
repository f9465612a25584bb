"""The national stop register: where it lies, and how its stop places in NeTEx are read, one by one, whatever the size of the file.

A stop place that is part of a larger one often has neither name nor municipality of its own; then those of the larger one count.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import utc
from pipelines.reading.csv_text import unreadable

EXPECTED = "the national stop register in NeTEx, as XML or as a zip file with one XML"
LARGEST = 4 * 2**30
"""Bytes that the file may unpack to; the whole country is less than one tenth of it."""
NAMESPACE = "{http://www.netex.org.uk/netex}"
COLUMNS = (
    "stop", "version", "name", "latitude", "longitude", "topographic_place", "transport_mode", "stop_type", "wheelchair_access", "quays",
    "part_of", "begins", "ends", "made", "file",
)  # fmt: skip


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request for the stops of the whole country as they are now, whatever the window."""
    yield Request(
        url=f"{dataset.source.service.rstrip('/')}/tiamat/Current_latest.zip", format="netex_stops_zip", period="all", expects="zip"
    )


def parse_stops(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per version of a stop place, with the municipality as the register writes it, which may be a number of earlier years.

    Raises ParseError for what is no XML, for a document type of its own, which no register has and which could be a trap, for too much of
    it, and for a file without a stop place.
    """
    rows: list[dict[str, str | None]] = []
    for path in paths:
        found = list(_stops(path))
        if not found:
            raise unreadable(path, "no stop place", EXPECTED)
        rows += _completed(found)
    table = pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in COLUMNS})
    return con.from_arrow(table).project(
        f"""
        stop,
        version,
        name,
        latitude,
        longitude,
        nullif(regexp_extract(topographic_place, '^KVE:TopographicPlace:(\\d{{4}})$', 1), '') as municipality,
        transport_mode,
        stop_type,
        wheelchair_access,
        quays,
        part_of,
        {utc("begins")} as valid_from,
        {utc("ends")} as valid_until,
        {utc("made")} as made_at,
        file
        """
    )


def _stops(path: Path) -> Iterator[dict[str, str | None]]:
    made: str | None = None
    try:
        with _document(path) as document:
            for _, element in ElementTree.iterparse(_Bounded(document, path), events=("end",)):
                tag = element.tag.removeprefix(NAMESPACE)
                if tag == "PublicationTimestamp":
                    made = (element.text or "").strip() or None
                elif tag == "StopPlace":
                    yield _row(element) | {"made": made, "file": str(path)}
                    element.clear()
    except (ElementTree.ParseError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise unreadable(path, "no readable XML", EXPECTED) from error


@contextmanager
def _document(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_packed = file.read(4) == b"PK\x03\x04"
    if not is_packed:
        with path.open("rb") as document:
            yield document
        return
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.lower().endswith(".xml")]
        if len(members) != 1:
            raise unreadable(path, f"{len(members)} XML files where there should be one", EXPECTED)
        with archive.open(members[0]) as document:
            yield document


class _Bounded:
    """The bytes of a document, counted, and refused where they declare a document type: that is how XML is made to swell."""

    def __init__(self, document: IO[bytes], path: Path) -> None:
        self.document, self.path, self.left, self.tail = document, path, LARGEST, b""

    def read(self, size: int = -1) -> bytes:
        part = self.document.read(size)
        self.left -= len(part)
        seen = self.tail + part
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise unreadable(self.path, "a document type of its own", EXPECTED)
        if self.left < 0:
            raise unreadable(self.path, f"more than {LARGEST} bytes", EXPECTED)
        self.tail = part[-16:]
        return part


def _row(element: ElementTree.Element) -> dict[str, str | None]:
    def text(path: str) -> str | None:
        found = element.find("/".join(f"{NAMESPACE}{step}" for step in path.split("/")))
        return (found.text or "").strip() or None if found is not None else None

    def reference(name: str) -> str | None:
        found = element.find(f"{NAMESPACE}{name}")
        return found.get("ref") if found is not None else None

    return {
        "stop": element.get("id"),
        "version": element.get("version"),
        "name": text("Name"),
        "latitude": text("Centroid/Location/Latitude"),
        "longitude": text("Centroid/Location/Longitude"),
        "topographic_place": reference("TopographicPlaceRef"),
        "transport_mode": text("TransportMode"),
        "stop_type": text("StopPlaceType"),
        "wheelchair_access": text("AccessibilityAssessment/limitations/AccessibilityLimitation/WheelchairAccess"),
        "quays": str(len(element.findall(f"{NAMESPACE}quays/{NAMESPACE}Quay"))),
        "part_of": reference("ParentSiteRef"),
        "begins": text("ValidBetween/FromDate"),
        "ends": text("ValidBetween/ToDate"),
    }


def _completed(rows: Sequence[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """Parts with the name and municipality of the whole they are part of, where they have none."""
    wholes = {row["stop"]: row for row in rows}
    made = []
    for row in rows:
        whole = wholes.get(row["part_of"]) if row["part_of"] else None
        made.append(row | {key: row[key] or whole[key] for key in ("name", "topographic_place")} if whole else row)
    return made


PARSERS = {"netex_stops_zip": parse_stops, "netex_stops_xml": parse_stops}
