"""Borders of municipalities by year: generalised GeoJSON files made from Kartverket's boundaries."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.jsonstat import read_json_text

if TYPE_CHECKING:
    import duckdb

LONGEST_COORDINATE = 22
Point = tuple[Decimal, Decimal]
Ring = list[Point]
Polygon = list[Ring]

CODE = ("kommunenummer", "KOMMUNENR")
NAME = ("kommunenavn", "navn", "NAVN")
DEGREES = ("CRS84", "4326", "4258")
"""Coordinate systems in degrees. WGS84 and EUREF89 differ by less than a metre, far below what generalised borders can show."""
GZIP = b"\x1f\x8b"
LARGEST = 256 * 2**20
"""Bytes that a packed file may unpack to."""


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """Nothing: the boundary files are ordered from the map catalogue and have no fixed address. They come in with a recorded folder."""
    yield from ()


def parse_geojson(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per municipality of a file, with its border as WKT (MULTIPOLYGON, longitude before latitude), bounding box and centre.

    The year of the borders is read from the file's name. A code that was written as a number gets its leading zero back. The centre
    is the centre of gravity of the surface and may lie outside a curved municipality. Raises ParseError for a name without a
    year, another kind of geometry, an open ring, coordinates that are not degrees, or a code that stands twice.
    """
    import pyarrow as pa

    rows = [row for path in paths for row in _rows(path)]
    box = ("west", "south", "east", "north", "centre_longitude", "centre_latitude")
    decimal = pa.decimal128(28, 20)
    return con.from_arrow(
        pa.table(
            {
                "code": pa.array([row["code"] for row in rows], type=pa.string()),
                "year": pa.array([row["year"] for row in rows], type=pa.int64()),
                "name": pa.array([row["name"] for row in rows], type=pa.string()),
                **{column: pa.array([row[column] for row in rows], type=decimal) for column in box},
                "wkt": pa.array([row["wkt"] for row in rows], type=pa.string()),
                "file": pa.array([row["file"] for row in rows], type=pa.string()),
            }
        )
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", path.name))
    if len(years) != 1:
        raise _refused("the file's name does not tell its year", path, "give the file a name with its year, such as kommuner_2024.geojson")
    year = int(years.pop())
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    with gzip.open(path) if is_packed else path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _refused(f"more than {LARGEST:,} bytes", path, "raise the limit if the source has grown")
    answer = read_json_text(content, path)
    features = answer.get("features") if isinstance(answer, dict) and answer.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        raise _refused("not a collection of features", path)
    _refuse_metres(answer.get("crs"), path)
    seen: set[str] = set()
    for position, feature in enumerate(features):
        row = _row(feature, f"{path.name}: feature {position}")
        if row["code"] in seen:
            raise _refused(f"a code that stands twice, the second time in feature {position}", path)
        seen.add(row["code"])
        yield row | {"year": year, "file": str(path)}


def _row(feature: Any, where: str) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise _refused("no properties", where)
    polygons = _polygons(feature.get("geometry"), where)
    points = [point for polygon in polygons for ring in polygon for point in ring]
    centre = _centre(polygons, where)
    return {
        "code": _code(next((properties[key] for key in CODE if key in properties), None), where),
        "name": next((properties[key] for key in NAME if isinstance(properties.get(key), str)), None),
        "west": min(x for x, _ in points),
        "south": min(y for _, y in points),
        "east": max(x for x, _ in points),
        "north": max(y for _, y in points),
        "centre_longitude": centre[0],
        "centre_latitude": centre[1],
        "wkt": _wkt(polygons),
    }


def _code(value: Any, where: str) -> str:
    """Four digits. A number such as 301 has lost a zero, and can only have been 0301."""
    text = f"{value:04}" if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}", text):
        raise _refused("no municipality code of four digits", where)
    return text


def _polygons(geometry: Any, where: str) -> list[Polygon]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _refused("a geometry that is neither Polygon nor MultiPolygon", where)
    coordinates = geometry.get("coordinates")
    polygons: Any = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons or not all(isinstance(p, list) and p for p in polygons):
        raise _refused("a geometry without coordinates", where)
    return [[_ring(ring, where) for ring in polygon] for polygon in polygons]


def _ring(ring: Any, where: str) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4 or ring[0] != ring[-1]:
        raise _refused("a ring that is not closed", where)
    points = []
    for position in ring:
        if not isinstance(position, list) or len(position) < 2 or not all(isinstance(v, int | Decimal) for v in position[:2]):
            raise _refused("a position that is not a pair of numbers", where)
        x, y = Decimal(position[0]), Decimal(position[1])
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            raise _refused("coordinates that are not degrees", where)
        if max(len(str(x)), len(str(y))) > LONGEST_COORDINATE:
            raise _refused(f"a coordinate of more than {LONGEST_COORDINATE} characters", where)
        points.append((x, y))
    return points


def _refuse_metres(crs: Any, path: Path) -> None:
    """Without a `crs` GeoJSON is in degrees; with one it may be in metres, which look like numbers as well."""
    name = crs.get("properties", {}).get("name") if isinstance(crs, dict) else None
    if crs is not None and not (isinstance(name, str) and name.endswith(DEGREES)):
        raise _refused("coordinates that are not declared as degrees", path, "ask for the file in WGS84 (EPSG:4326)")


def _centre(polygons: list[Polygon], where: str) -> Point:
    """Centre of gravity of the surface in the plane of degrees, holes taken away; exact to twenty digits."""
    with localcontext() as exact:
        exact.prec = 50
        area = x_moment = y_moment = Decimal(0)
        for polygon in polygons:
            for number, ring in enumerate(polygon):
                ring_area = ring_x = ring_y = Decimal(0)
                for (x1, y1), (x2, y2) in pairwise(ring):
                    cross = x1 * y2 - x2 * y1
                    ring_area += cross
                    ring_x += (x1 + x2) * cross
                    ring_y += (y1 + y2) * cross
                # The first ring is the outline, the others are holes, whichever way round they are drawn.
                sign = (1 if number == 0 else -1) * (-1 if ring_area < 0 else 1)
                area += sign * ring_area
                x_moment += sign * ring_x
                y_moment += sign * ring_y
        if area <= 0:
            raise _refused("a surface without area", where)
        return (x_moment / (3 * area)).quantize(Decimal("1e-20")), (y_moment / (3 * area)).quantize(Decimal("1e-20"))


def _wkt(polygons: list[Polygon]) -> str:
    """Every digit of the file is kept."""
    written = ", ".join(
        "(" + ", ".join("(" + ", ".join(f"{x} {y}" for x, y in ring) + ")" for ring in polygon) + ")" for polygon in polygons
    )
    return f"MULTIPOLYGON ({written})"


def _refused(what: str, where: Path | str, next_step: str = "compare the file with the format it is listed as") -> ParseError:
    place = where.name if isinstance(where, Path) else where
    return ParseError(what, where=place, effect="nothing of this file is used", next_step=next_step)


PARSERS = {"geojson": parse_geojson}
