"""GeoJSON (RFC 7946), for registers of places: stations as points, borders as areas."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import orjson

from catalog.codes import LICENCES
from catalog.described import Described
from catalog.duck import name
from catalog.model import ColumnType

PLACES = 20_000
"""More places than this are for a geographic database, not for a file that a browser reads."""
_LATITUDE, _LONGITUDE, _GEOMETRY = "latitude", "longitude", "wkt"


def has_places(described: Described, rows: int) -> bool:
    """Whether each row of the table is a place: it has a geometry, or coordinates and no time in its key."""
    columns = {column.name: column for column in described.columns}
    if rows > PLACES or any(columns[key].type in (ColumnType.datetime, ColumnType.date) for key in described.key if key in columns):
        return False
    return _GEOMETRY in columns or {_LATITUDE, _LONGITUDE} <= set(columns)


def write_geojson(con: duckdb.DuckDBPyConnection, table: str, described: Described, path: Path) -> None:
    """One feature for each row, on a line of its own; all other columns are its properties. Decimals keep their digits."""
    columns = [column for column in described.columns if column.name not in (_LATITUDE, _LONGITUDE, _GEOMETRY)]
    is_area = any(column.name == _GEOMETRY for column in described.columns)
    shape = name(_GEOMETRY) if is_area else f"{name(_LONGITUDE)}::varchar, {name(_LATITUDE)}::varchar"
    terms = ", ".join(f"{name(column.name)}::varchar" if _is_written(column.type) else name(column.name) for column in columns)
    order = ", ".join(name(key) for key in described.key)
    licence, address = LICENCES[described.licence]
    head = {
        "type": "FeatureCollection",
        "name": described.id,
        "title": described.title.nb,
        "licence": licence.nb,
        "licence_url": address,
        "attribution": [text.nb for text in described.attribution],
        "synthetic": described.synthetic,
    }
    rows = con.execute(f"select {terms}{', ' if terms else ''}{shape} from {table} order by {order}")
    with path.open("wb") as file:
        file.write(orjson.dumps(head)[:-1] + b',"features":[\n')
        first = True
        while batch := rows.fetchmany(1_000):
            for row in batch:
                values = row[: len(columns)]
                properties = {
                    column.name: orjson.Fragment(value) if column.type is ColumnType.decimal and value is not None else value
                    for column, value in zip(columns, values, strict=True)
                }
                geometry = _area(row[-1]) if is_area else _point(row[-2], row[-1])
                feature = {"type": "Feature", "geometry": geometry, "properties": properties}
                file.write((b"" if first else b",\n") + orjson.dumps(feature))
                first = False
        file.write(b"\n]}\n")


def _is_written(kind: ColumnType) -> bool:
    return kind in (ColumnType.decimal, ColumnType.date, ColumnType.datetime)


def _point(longitude: str | None, latitude: str | None) -> dict[str, Any] | None:
    """A place of unknown position has no geometry."""
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [orjson.Fragment(longitude), orjson.Fragment(latitude)]}


def _area(wkt: str | None) -> dict[str, Any] | None:
    """A POINT, POLYGON or MULTIPOLYGON as GeoJSON. The outer ring runs counter-clockwise, as the standard asks."""
    if wkt is None:
        return None
    kind, _, body = wkt.partition("(")
    kind = kind.strip().upper()
    if kind == "POINT":
        return {"type": "Point", "coordinates": _positions(body)[0]}
    text = "(" + body
    if kind == "POLYGON":
        text = "(" + text + ")"
    areas = [[_ring(ring, outer=number == 0) for number, ring in enumerate(area.split("("))] for area in _areas(text)]
    return {"type": "Polygon", "coordinates": areas[0]} if kind == "POLYGON" else {"type": "MultiPolygon", "coordinates": areas}


def _areas(text: str) -> list[str]:
    """`(((a),(b)),((c)))` → [`a)(b`, `c`]: the rings of each area, still to be split at their opening bracket."""
    inner = text.replace(" (", "(").replace(", ", ",").replace("( ", "(").strip()[1:-1]
    return [part.strip("(),").replace("),(", "(") for part in inner.split(")),((")]


def _positions(ring: str) -> list[list[float]]:
    return [[float(number) for number in position.split()[:2]] for position in ring.strip("() ").split(",")]


def _ring(ring: str, *, outer: bool) -> list[list[float]]:
    positions = _positions(ring)
    turned = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(positions))
    is_clockwise = turned > 0
    return positions[::-1] if is_clockwise == outer else positions
