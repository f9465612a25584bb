"""Borders of municipalities → outlines small enough for a page. Neighbours keep exactly the same line between them.

Borders are cut where three lines meet; every piece is projected, thinned and put on a grid once, and both neighbours use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from pathlib import Path
from typing import NamedTuple

from catalog import duck

HEIGHT = 1000
"""Height of the map in steps of its grid; about 1.8 km a step for Norway."""
TOLERANCE = 0.9
"""Steps that a thinned line may lie away from the true one."""
SMALLEST = 6.0
"""Islands of less area (in square steps) are left out, but for the largest part of a municipality."""
PARALLELS, MERIDIAN, ORIGIN = (60.0, 69.0), 15.0, 64.5
"""Albers' equal-area projection for mainland Norway: an area on the map is as large as it is."""
CLOSE = 0.5
"""What lies within this share of the country's height gets a map of its part of the country."""
AROUND = 0.12
"""How much of its own size is shown around it."""
LEAST = 10.0
"""Kilometres that a map of a part shows at least from south to north."""

Point = tuple[float, float]
Step = tuple[int, int]
Shapes = Mapping[str, Sequence[Sequence[Point]]]


class Box(NamedTuple):
    """From where to where something reaches, in kilometres from the origin."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, eq=False)
class Outlines:
    """SVG path of every municipality by code, on a grid of `width` × `height`, and where a point on earth lies on it."""

    width: int
    height: int
    paths: Mapping[str, str]
    centres: Mapping[str, Step]
    box: Box
    shapes: Shapes
    """The rings in kilometres that the paths are drawn from."""
    is_part: bool = False
    """Whether this is a part of the country, not all of it."""

    def place(self, longitude: float, latitude: float) -> Step:
        x, y = project(longitude, latitude)
        scale = self.height / (self.box.north - self.box.south)
        return round((x - self.box.west) * scale), round((self.box.north - y) * scale)

    def around(self, codes: Iterable[str]) -> Outlines:
        """The part of the country where these municipalities lie, or all of it where they lie far from each other."""
        return self._around(_box(point for code in codes for ring in self.shapes.get(code, ())[:1] for point in ring))

    def around_places(self, places: Iterable[Point]) -> Outlines:
        """The same for places as (longitude, latitude)."""
        return self._around(_box(project(*place) for place in places))

    def _around(self, box: Box | None) -> Outlines:
        whole = self.box
        if box is None or box.north - box.south > CLOSE * (whole.north - whole.south):
            return self
        tall = max(box.north - box.south, 0.7 * (box.east - box.west), LEAST)
        spare = AROUND * tall
        south, north = (box.south + box.north - tall) / 2 - spare, (box.south + box.north + tall) / 2 + spare
        across = max(box.east - box.west, 0.7 * tall) / 2 + spare
        middle = (box.west + box.east) / 2
        return _fitted(self.shapes, Box(*(round(side, 1) for side in (middle - across, south, middle + across, north))), is_part=True)


def project(longitude: float, latitude: float) -> Point:
    """Kilometres east and north of the origin (Albers' equal-area conic on a sphere of 6371 km)."""
    first, second = (value * pi / 180 for value in PARALLELS)
    n = (sin(first) + sin(second)) / 2
    c = cos(first) ** 2 + 2 * n * sin(first)
    radius, origin = (6371 * sqrt(c - 2 * n * sin(value * pi / 180)) / n for value in (latitude, ORIGIN))
    angle = n * (longitude - MERIDIAN) * pi / 180
    return radius * sin(angle), origin - radius * cos(angle)


def read_outlines(path: Path) -> Outlines | None:
    """From the published dataset of borders, its newest year; None when it holds none."""
    query = f"""
        select code, wkt from {duck.parquet([path])} where year = (select max(year) from {duck.parquet([path])}) order by code
    """
    with duck.connect() as con:
        rows = con.execute(query).fetchall()
    return outline({code: rings(wkt) for code, wkt in rows}) if rows else None


def rings(wkt: str) -> list[list[Point]]:
    """The closed rings of a polygon or multipolygon in degrees; which ones are holes does not matter for drawing them."""
    return [
        [(float(x), float(y)) for x, y in (pair.split() for pair in ring.split(","))]
        for ring in re.findall(r"\(([-0-9., ]+)\)", wkt)
    ]  # fmt: skip


def outline(shapes: Shapes) -> Outlines:
    """Project, fit to the grid, thin and write all shapes, given in degrees. A ring is closed: its last point is its first."""
    projected = {code: [[project(*point) for point in ring] for ring in found] for code, found in shapes.items()}
    largest_first = {code: sorted(found, key=_area, reverse=True) for code, found in projected.items()}
    everything = _box(point for found in projected.values() for ring in found for point in ring)
    assert everything is not None
    return _fitted(largest_first, everything)


def _fitted(shapes: Shapes, box: Box, *, is_part: bool = False) -> Outlines:
    """The shapes that reach into the box, on a grid that is `HEIGHT` steps high. What lies outside of it is cut off by the drawing."""
    scale = HEIGHT / (box.north - box.south)
    on_grid = {
        code: [
            [((x - box.west) * scale, (box.north - y) * scale) for x, y in ring[:-1]] for ring in found if not is_part or _meets(ring, box)
        ]
        for code, found in shapes.items()
    }
    corners = _corners(on_grid.values())
    thinned: dict[tuple[Point, ...], list[Step]] = {}
    paths: dict[str, str] = {}
    centres: dict[str, Step] = {}
    for code, found in on_grid.items():
        drawn = sorted((_ring(ring, corners, thinned) for ring in found), key=_area, reverse=True)
        kept = [ring for place, ring in enumerate(drawn) if len(ring) > 2 and (place == 0 or _area(ring) >= SMALLEST)] or drawn[:1]
        if kept:
            paths[code] = "".join(_path(ring) for ring in kept)
            centres[code] = _centre(kept[0])
    return Outlines(round((box.east - box.west) * scale), HEIGHT, paths, centres, box, shapes, is_part)


def _box(points: Iterable[Point]) -> Box | None:
    found = list(points)
    if not found:
        return None
    return Box(min(x for x, _ in found), min(y for _, y in found), max(x for x, _ in found), max(y for _, y in found))


def _meets(ring: Sequence[Point], box: Box) -> bool:
    """Whether the box around a ring has anything in common with this one."""
    own = _box(ring)
    return own is not None and own.west < box.east and own.east > box.west and own.south < box.north and own.north > box.south


def _corners(shapes: Iterable[Sequence[Sequence[Point]]]) -> frozenset[Point]:
    """Points where lines meet: those with more or fewer than two neighbours among all rings."""
    beside: dict[Point, set[Point]] = {}
    for found in shapes:
        for ring in found:
            for place, point in enumerate(ring):
                beside.setdefault(point, set()).update((ring[place - 1], ring[(place + 1) % len(ring)]))
    return frozenset(point for point, others in beside.items() if len(others) != 2)


def _ring(ring: Sequence[Point], corners: frozenset[Point], thinned: dict[tuple[Point, ...], list[Step]]) -> list[Step]:
    """One ring on the grid, put together from its pieces. A piece that a neighbour has too is thinned once."""
    cuts = [place for place, point in enumerate(ring) if point in corners]
    if not cuts:
        first = min(range(len(ring)), key=lambda place: ring[place])
        far = max(range(len(ring)), key=lambda place: _distance(ring[place], ring[first]))
        cuts = sorted({first, far})
    found: list[Step] = []
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + len(ring)], strict=True):
        piece = tuple(ring[place % len(ring)] for place in range(start, end + 1))
        key = min(piece, piece[::-1])
        if key not in thinned:
            thinned[key] = [(round(x), round(y)) for x, y in _thin(key)]
        steps = thinned[key] if key == piece else thinned[key][::-1]
        found += [step for step in steps if not found or step != found[-1]]
    return found[:-1] if len(found) > 1 and found[0] == found[-1] else found


def _thin(points: Sequence[Point]) -> list[Point]:
    """Douglas and Peucker's way: points that lie nearer than the tolerance to the line between kept ones are dropped."""
    kept = {0, len(points) - 1}
    waiting = [(0, len(points) - 1)]
    while waiting:
        start, end = waiting.pop()
        away = [(_off(points[place], points[start], points[end]), place) for place in range(start + 1, end)]
        if away and max(away)[0] > TOLERANCE:
            furthest = max(away)[1]
            kept.add(furthest)
            waiting += [(start, furthest), (furthest, end)]
    return [points[place] for place in sorted(kept)]


def _off(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from the line between two others, or from the one point where they are the same."""
    length = _distance(start, end)
    if length == 0:
        return _distance(point, start)
    return abs((end[0] - start[0]) * (start[1] - point[1]) - (start[0] - point[0]) * (end[1] - start[1])) / length


def _distance(one: Point, other: Point) -> float:
    return sqrt((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2)


def _area(ring: Sequence[Point]) -> float:
    return abs(sum(x * ring[place - 1][1] - ring[place - 1][0] * y for place, (x, y) in enumerate(ring))) / 2


def _centre(ring: Sequence[Step]) -> Step:
    """The middle of the ring's box: near enough to tell which of two municipalities lies further north."""
    across, down = [x for x, _ in ring], [y for _, y in ring]
    return (min(across) + max(across)) // 2, (min(down) + max(down)) // 2


def _path(ring: Sequence[Step]) -> str:
    """A closed SVG path in steps from point to point."""
    parts = [f"M{ring[0][0]} {ring[0][1]}"]
    if len(ring) > 1:
        moves = [(x - ring[place][0], y - ring[place][1]) for place, (x, y) in enumerate(ring[1:])]
        parts.append("l" + " ".join(f"{x} {y}" for x, y in moves).replace(" -", "-"))
    return "".join(parts) + "z"
