"""Stand-in for Entur's timetables and Statistics Norway's population grid: stops and squares around the middle of each municipality.

Towns and their places are real; stops, departures and residents are invented. Kept from the real files: a timetable has no `calendar.txt`,
only dates; stop places are parents of their platforms; some trips leave after midnight; a square is named by its corner; only squares with
residents are there, and one in fifty people has no address that can be placed.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from math import cos, radians

from catalog.duck import connect
from pipelines.reading.utm import utm33
from pipelines.sandbox.chance import between, number
from pipelines.sandbox.places import Municipality, members, valid_on
from pipelines.sandbox.shapes import inhabitants
from pipelines.sandbox.wire import Question, Reply, absent

CENTRES = {
    "0301": (59.913, 10.739), "1103": (58.970, 5.733), "1106": (59.413, 5.268), "1108": (58.852, 5.736), "1506": (62.737, 7.159),
    "1508": (62.472, 6.155), "1580": (62.588, 6.467), "1804": (67.283, 14.405), "1806": (68.438, 17.427), "1826": (65.596, 13.988),
    "1875": (68.084, 15.622), "3103": (59.434, 10.658), "3107": (59.218, 10.930), "3201": (59.890, 10.523), "3203": (59.834, 10.435),
    "3205": (59.956, 11.050), "3301": (59.744, 10.204), "3403": (60.795, 11.068), "3405": (61.115, 10.466), "3905": (59.268, 10.408),
    "4001": (59.141, 9.656), "4003": (59.209, 9.609), "4203": (58.461, 8.772), "4204": (58.147, 7.996), "4601": (60.392, 5.323),
    "5001": (63.430, 10.395), "5501": (69.649, 18.956), "5503": (68.798, 16.541), "5601": (69.968, 23.272), "5612": (69.012, 23.041),
}  # fmt: skip
"""Latitude and longitude of the middle of each municipality's town, rounded."""

SQUARE = 250
FIRST_DAY, LAST_DAY = date(2025, 1, 6), date(2025, 5, 4)
"""The timetable's 17 weeks, Monday to Sunday."""
SERVED = {
    "rut": ("0301", "3201", "3203", "3205"), "atb": ("5001",), "kol": ("1103", "1106", "1108"), "sky": ("4601",),
    "mor": ("1506", "1508", "1580"), "sjn": ("1804",), "nsb": ("0301", "3301", "3403", "3405", "4601", "5001"), "avi": ("0301", "5501"),
}  # fmt: skip
"""Which municipalities each codespace calls in; the others have no timetable here, and so no number."""
RAIL, AIR, BUS = 100, 1100, 700


def grid(question: Question) -> Reply:
    """The answer to any question to kart.ssb.no: one row for each square with residents, for a year that has one."""
    match = re.fullmatch(r"befolkning_250m_(\d{4})", question.parameters.get("typeName", ""))
    if match is None or not 2019 <= int(match[1]) <= 2025:
        return absent()
    year = int(match[1])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["ssbid250m", "kommunenummer", "aar", "pop_tot"])
    taken: set[tuple[int, int]] = set()
    for code in sorted(valid_on(date(year, 1, 1))):
        for m, share in members(code, year):
            for east, north, people in _squares(m, round(inhabitants(m, year) * share * 0.98), taken):
                writer.writerow([20_000_000_000_000 + east * 10_000_000 + north, code, year, people])
    return Reply(text.getvalue().encode(), "text/csv; charset=utf-8")


def _squares(m: Municipality, people: int, taken: set[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Corner and residents of the squares that are not taken yet, emptier the farther from the middle; the sum is `people`."""
    east, north = (int(metres // SQUARE) * SQUARE for metres in _middles()[m.code])
    left, ring = people, 0
    while left > 0:
        for x, y in _ring(ring):
            corner = (east + SQUARE * x, north + SQUARE * y)
            if left > 0 and corner not in taken:
                full = between(f"{m.code} {corner}", 0.2, 1.0) * max(6.0, m.size / 150 / (1 + ring / 4))
                here = min(left, max(1, int(full)))
                taken.add(corner)
                yield (*corner, here)
                left -= here
        ring += 1


def _ring(distance: int) -> list[tuple[int, int]]:
    """The squares at one distance from the middle, going round."""
    if distance == 0:
        return [(0, 0)]
    side = range(-distance, distance + 1)
    return [(x, y) for x in side for y in side if max(abs(x), abs(y)) == distance]


def timetable(question: Question) -> Reply:
    """The answer to any question to storage.googleapis.com: the aggregated export of one codespace."""
    match = re.fullmatch(r"/marduk-production/outbound/gtfs/rb_([a-z]{3})-aggregated-gtfs\.zip", question.path)
    if match is None or match[1] not in SERVED:
        return absent()
    return Reply(_gtfs(match[1]), "application/zip")


def _gtfs(codespace: str) -> bytes:
    """Stops, trips, calls and dates of one codespace, packed with a fixed time, so that the bytes are the same every day."""
    stops: list[tuple[object, ...]] = []
    trips: list[tuple[object, ...]] = []
    calls: list[tuple[object, ...]] = []
    kind = {"avi": AIR, "nsb": RAIL, "sjn": RAIL}.get(codespace, BUS)
    for code in SERVED[codespace]:
        places = 1 if kind != BUS else 120
        line = [f"{kind // 100}{sorted(CENTRES).index(code):02}{place:03}" for place in range(places)]
        for place, id in enumerate(line):
            latitude, longitude = _place_of_stop(code, place, kind)
            stops.append((f"NSR:StopPlace:{id}", f"Holdeplass {place + 1}", latitude, longitude, "", kind))
            stops += [
                (f"NSR:Quay:{id}{side}", f"Holdeplass {place + 1}", latitude, longitude, f"NSR:StopPlace:{id}", kind) for side in (1, 2)
            ]
        for place in range(places):
            for run in range(int(between(f"{codespace} {code} {place} runs", 1, 18))):
                trip = f"{codespace.upper()}:ServiceJourney:{int(code)}-{place}-{run}"
                trips.append((trip, f"{codespace.upper()}:DayType:{'daily' if run % 3 else 'weekday'}"))
                hour = 25 if run == 11 else 5 + run  # one trip leaves in the night after its day
                ends = (f"NSR:Quay:{line[place]}1", f"NSR:Quay:{line[(place + 1) % places]}2")
                calls += [(trip, stop, f"{hour:02}:{10 * order:02}:00", order) for order, stop in enumerate(ends, start=1)]
    dates = [
        (f"{codespace.upper()}:DayType:{kind_of_day}", f"{day:%Y%m%d}", 1)
        for kind_of_day, last_weekday in (("weekday", 5), ("daily", 7))
        for day in (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
        if day.isoweekday() <= last_weekday
    ]
    members_of_zip = {
        "stops.txt": (("stop_id", "stop_name", "stop_lat", "stop_lon", "parent_station", "vehicle_type"), stops),
        "trips.txt": (("trip_id", "service_id"), trips),
        "stop_times.txt": (("trip_id", "stop_id", "departure_time", "stop_sequence"), calls),
        "calendar_dates.txt": (("service_id", "date", "exception_type"), dates),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, (header, rows) in members_of_zip.items():
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([header, *rows])
            archive.writestr(zipfile.ZipInfo(member, (2025, 1, 1, 0, 0, 0)), text.getvalue())
    return packed.getvalue()


def _place_of_stop(code: str, place: int, kind: int) -> tuple[float, float]:
    """Stations lie near the middle, airports far out, bus stops up to three and a half kilometres away."""
    latitude, longitude = CENTRES[code]
    reach = {RAIL: 400, AIR: 12_000, BUS: 3_500}[kind]
    north, east = ((number(f"{code} {kind} {place} {side}") - 0.5) * 2 * reach for side in ("north", "east"))
    return round(latitude + north / 111_300, 6), round(longitude + east / (111_300 * cos(radians(latitude))), 6)


@cache
def _middles() -> dict[str, tuple[float, float]]:
    """The middles in metres."""
    east, north = utm33("$1::double", "$2::double")
    with connect(threads=1) as con:
        return {code: con.execute(f"select {east}, {north}", list(place)).fetchall()[0] for code, place in CENTRES.items()}
