"""Yearly average traffic on roads (ÅDT): how the road register NVDB is asked, and how its objects of type 540 are read.

An object is a stretch of road with one figure for one year. Of where it is, only municipalities, road and length are taken over: the
line on the map is 99 per cent of the bytes and of no use for a sum.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.fetching.pages import NextLink
from pipelines.reading.ask import Request, Window
from pipelines.reading.csv_text import unreadable
from pipelines.reading.json_text import inner, parsed, read, text
from pipelines.settings import configured_catalog

TYPE = 540
YEAR, TRAFFIC, LONG_VEHICLES, BASIS = 4621, 4623, 4624, 4625
"""Ids of the properties that are read. Their names have changed before; their ids do not."""
CATEGORIES = ("E", "R", "F", "K", "P")
PAGE = 1000
"""Objects that one answer may hold, the most that the service gives."""
PAGES = NextLink(rows=("objekter",), link=("metadata", "neste", "href"), total=("metadata", "antall"))
LARGEST_ANSWER = 256 * 2**20
LARGEST_MEMBER = 8 * 2**20
"""Bytes that one object may unpack to; the largest seen is 60 kB."""
LARGEST_ZIP = 2 * 2**30
MOST_MEMBERS = 200_000
ZIP = "a zip file of NVDB's answers, one object of type 540 in each .json"
ANSWER = "NVDB's answer with a list called objekter, of objects of type 540"

SCHEMA = pa.schema(
    [
        *((column, pa.string()) for column in ("object", "municipality", "year", "average_daily_traffic", "long_vehicles", "basis")),
        *(
            (column, pa.string())
            for column in ("road_category", "road", "length", "valid_from", "valid_to", "version", "listed_for", "file")
        ),
        ("municipalities", pa.int64()),
    ]
)


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each municipality and road category; the catalogue's own municipalities where none is named.

    The service gives at most a thousand objects at a time and the rest on pages whose addresses only its answers tell; they are followed,
    and nothing is kept of a list that could not be followed to its end.
    """
    for municipality in window.municipalities or configured_catalog().area_of_interest:
        for category in CATEGORIES:
            yield Request(
                url=f"{dataset.source.service.rstrip('/')}/{TYPE}",
                format="nvdb_objects_json",
                params={
                    "kommune": str(int(municipality)),
                    "vegsystemreferanse": f"{category}V",
                    "inkluder": "metadata,egenskaper,lokasjon",
                    "antall": str(PAGE),
                },
                headers={"Accept": "application/json", "X-Client": "bymaal"},
                period="all",
                note=f"municipality {municipality}, roads of category {category}",
                turn=PAGES,
            )


def parse_nvdb_objects_zip(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Zip files with one object in each member → one row per object and municipality that it touches.

    Members are read one by one and never written. Raises ParseError for a name that leads out of the archive, for a member that is too
    large, encrypted or no object, and for too many of them.
    """
    return con.from_arrow(_table(row for path in paths for row in _zip_rows(path)))


def parse_nvdb_objects_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers of the service, each a page of the list of one municipality and road category → the same rows.

    `listed_for` is the one municipality that all objects of the page touch; empty where more than one would fit. A list is stored only
    when all its pages are there, so a page is never taken for a list that the rest has gone from.
    """
    return con.from_arrow(_table(row for path in paths for row in _answer_rows(path)))


def _table(rows: Iterator[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def _zip_rows(path: Path) -> Iterator[dict[str, object]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_MEMBERS:
                raise unreadable(path, f"more than {MOST_MEMBERS} members", ZIP)
            left = LARGEST_ZIP
            for number, member in enumerate(members, start=1):
                if not _is_plain(member.filename):
                    raise unreadable(path, f"member {number} has a name that leads out of the archive, or is no .json", ZIP)
                with archive.open(member) as file:
                    content = file.read(min(LARGEST_MEMBER, left) + 1)
                left -= len(content)
                if len(content) > LARGEST_MEMBER or left < 0:
                    raise unreadable(path, f"member {number} unpacks to more than is allowed", ZIP)
                yield from _rows(path, parsed(path, content, ZIP, place=f"member {number}"), f"member {number}", ZIP)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise unreadable(path, "a zip file that is damaged, encrypted or packed in an unknown way", ZIP) from error


def _is_plain(name: str) -> bool:
    """A relative path below the archive's root to a .json, written with `/`."""
    parts = PurePosixPath(name).parts
    return name.endswith(".json") and not re.search(r"[\\:\x00]", name) and not name.startswith("/") and ".." not in parts


def _answer_rows(path: Path) -> Iterator[dict[str, object]]:
    content = read(path, ANSWER, largest=LARGEST_ANSWER)
    objects = inner(content, "objekter")
    if not isinstance(objects, list):
        raise unreadable(path, "no list called objekter", ANSWER)
    everywhere = [set(_municipalities(one)) for one in objects]
    common = set.intersection(*everywhere) if everywhere else set()
    listed_for = common.pop() if len(common) == 1 else None
    for number, one in enumerate(objects, start=1):
        for row in _rows(path, one, f"object {number}", ANSWER):
            yield row | {"listed_for": listed_for}


def _rows(path: Path, one: Any, place: str, expected: str) -> Iterator[dict[str, object]]:
    """One object as one row for each municipality that it touches; its figures are repeated, not divided."""
    if inner(one, "metadata", "type", "id") != TYPE or not isinstance(inner(one, "egenskaper"), list):
        raise unreadable(path, f"{place} is no object of type {TYPE} with its properties", expected)
    municipalities = _municipalities(one)
    if not municipalities:
        raise unreadable(path, f"{place} names no municipality", expected)
    values = {entry.get("id"): entry.get("verdi") for entry in one["egenskaper"] if isinstance(entry, dict)}
    systems = [inner(reference, "vegsystem") or {} for reference in inner(one, "lokasjon", "vegsystemreferanser") or []]
    categories = {system["vegkategori"] for system in systems if system.get("vegkategori")}
    roads = sorted({f"{s['vegkategori']}{s.get('fase', '')}{s.get('nummer', '')}" for s in systems if s.get("vegkategori")})
    for municipality in municipalities:
        yield {
            "object": text(one.get("id")),
            "municipality": municipality,
            "year": text(values.get(YEAR)),
            "average_daily_traffic": text(values.get(TRAFFIC)),
            "long_vehicles": text(values.get(LONG_VEHICLES)),
            "basis": text(values.get(BASIS)),
            "road_category": next(iter(categories)) if len(categories) == 1 else None,
            "road": ", ".join(roads) or None,
            "length": text(inner(one, "lokasjon", "lengde")),
            "valid_from": text(inner(one, "metadata", "startdato")),
            "valid_to": text(inner(one, "metadata", "sluttdato")),
            "version": text(inner(one, "metadata", "versjon")),
            "listed_for": None,
            "file": str(path),
            "municipalities": len(municipalities),
        }


def _municipalities(one: Any) -> list[str]:
    """Municipality numbers with four digits; NVDB writes Oslo as 301."""
    return sorted({str(number).zfill(4) for number in inner(one, "lokasjon", "kommuner") or []})


PARSERS = {
    "nvdb_objects_zip": parse_nvdb_objects_zip,
    "nvdb_objects_json": parse_nvdb_objects_json,
}
