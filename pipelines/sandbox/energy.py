"""Elhub's stand-in (hourly consumption by municipality) and NVE's file of yearly sums. The numbers are invented.

Kept from the real services: local time with its offset, an entity `*` without hours, `0000` for what belongs to no municipality,
Sámi names, entities in no order, suppressed groups that are absent, a count of meters that steps, municipalities in two price areas.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.sandbox.chance import Floats, between, number, uniform, weather
from pipelines.sandbox.places import BY_CODE, MUNICIPALITIES
from pipelines.sandbox.shapes import inhabitants
from pipelines.sandbox.wire import Question, Reply, as_json

OSLO = ZoneInfo("Europe/Oslo")
YEAR = 2024
"""The one year with hourly values: enough for the shape of days and seasons, and small enough to be read in seconds."""
BEGIN = datetime(YEAR - 1, 12, 31, 23, tzinfo=UTC)
HOURS = 366 * 24
DATASET = "CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR"
LIST = "consumptionPerGroupMunicipalityHour"
JSON_API = "application/vnd.api+json; charset=utf-8"
UPDATED = "2025-03-29T01:42:43+01:00"

WITHOUT_HOURS = {"1106", "1506", "1580", "3103", "3205", "3403", "4203", "5503"}
"""Municipalities that are listed but have no hourly values here."""
SUPPRESSED = {("5612", "industry"), ("1826", "industry")}
"""Groups with fewer than five meters: the source leaves them out."""
MISSING_DAY = ("5601", 41)
"""A municipality and a day of the year (from 0) without hours: they are absent, not zero."""
EMPTY = {"2100": "Svalbard", "2211": "Jan Mayen"}
UNKNOWN = "0000"

GROUPS = {"private": (2.1, 1.7), "industry": (40.0, 11.0), "business": (14.0, 5.0)}
"""Inhabitants for each meter, and mean kWh an hour of one meter."""
SEASON = {
    "private": (1.55, 1.45, 1.25, 1.0, 0.78, 0.66, 0.62, 0.64, 0.74, 0.95, 1.2, 1.45),
    "industry": (1.05, 1.05, 1.02, 1.0, 0.98, 0.96, 0.85, 0.95, 1.0, 1.02, 1.05, 1.03),
    "business": (1.25, 1.2, 1.1, 0.98, 0.88, 0.83, 0.8, 0.83, 0.88, 0.98, 1.1, 1.2),
}
DAY = {
    "private": (
        0.85, 0.8, 0.78, 0.78, 0.8, 0.88, 1.0, 1.08, 1.05, 1.0, 0.97, 0.96,
        0.95, 0.95, 0.97, 1.03, 1.12, 1.2, 1.22, 1.2, 1.18, 1.14, 1.06, 0.95,
    ),
    "industry": (
        0.9, 0.89, 0.89, 0.89, 0.9, 0.95, 1.03, 1.1, 1.13, 1.13, 1.12, 1.1,
        1.1, 1.1, 1.08, 1.03, 0.99, 0.97, 0.95, 0.94, 0.93, 0.92, 0.91, 0.9,
    ),
    "business": (
        0.78, 0.77, 0.76, 0.76, 0.78, 0.86, 1.0, 1.15, 1.22, 1.24, 1.24, 1.23,
        1.22, 1.21, 1.2, 1.16, 1.1, 1.04, 1.0, 0.96, 0.92, 0.88, 0.84, 0.8,
    ),
}  # fmt: skip
WEEKEND = {"private": 1.04, "industry": 0.86, "business": 0.84}


def answer(question: Question) -> Reply:
    """The answer to any question to api.elhub.no: all municipalities for at most a day, or one for at most a month."""
    match = re.fullmatch(r"/energy-data/v0/municipalities(?:/(\w+))?", question.path)
    parameters = question.parameters
    if match is None or parameters.get("dataset") != DATASET:
        return _refused("Unknown dataset")
    try:
        since, until = (datetime.fromisoformat(parameters[side]) for side in ("startDate", "endDate"))
    except (KeyError, ValueError):
        return _refused("Invalid period")
    if until - since > (timedelta(days=31) if match[1] else timedelta(days=1)):
        return _refused("The period is too long")
    if match[1] and match[1] not in (*BY_CODE, *EMPTY, UNKNOWN, "*"):
        return Reply(b"Not found", "text/plain", 404)
    first, after = (max(0, min(HOURS, int((side - BEGIN) / timedelta(hours=1)))) for side in (since, until))
    entities = ",".join(_entity(code, first, after) for code in ([match[1]] if match[1] else _all_codes()))
    head = f'{{"meta":{{"created":"2025-05-26T13:49:09+02:00","lastUpdated":"{UPDATED}"}}'
    return Reply(f'{head},"links":{{"self":"https://{question.host}{question.path}"}},"data":[{entities}]}}'.encode(), JSON_API)


def _refused(title: str) -> Reply:
    error = {"status": "400", "title": title, "detail": title, "links": {}}
    return as_json({"errors": [error]}, 400, JSON_API)


def _all_codes() -> list[str]:
    """`*` and `0000` first, the others in an order that means nothing."""
    return ["*", UNKNOWN, *sorted([*BY_CODE, *EMPTY], key=lambda code: number(f"order {code}"))]


def _entity(code: str, first: int, after: int) -> str:
    m = BY_CODE.get(code)
    norwegian = m.name if m else {"*": "*", UNKNOWN: "Ukjent tilhørighet", **EMPTY}[code]
    local = m.local_name if m else norwegian
    hours = ",".join(filter(None, (_group_hours(code, group, first, after) for group in _groups(code) if first < after)))
    return (
        f'{{"type":"municipality","id":"{code}","attributes":{{"municipalityNumber":"{code}","name":"{local}","nameNo":"{norwegian}",'
        f'"{LIST}":[{hours}]}}}}'
    )


def _groups(code: str) -> list[str]:
    if code in EMPTY or code == "*" or code in WITHOUT_HOURS:
        return []
    return [group for group in GROUPS if (code, group) not in SUPPRESSED]


def _group_hours(code: str, group: str, first: int, after: int) -> str:
    count = _meters(code, group)
    step = HOURS // 2  # half a year in, some meters were given another industry code
    ends = (_end(count), _end(count + count // 50))
    values = _consumption(code, group)[first:after].tolist()
    return ",".join(
        f'{begin}"{group}","quantityKwh":{value!r}{ends[hour >= step]}'
        for hour, begin, value in zip(range(first, after), _hour_texts(first, after), values, strict=True)
        if (code, hour // 24) != MISSING_DAY
    )


def _end(count: int) -> str:
    return f',"lastUpdatedTime":"{UPDATED}","meteringPointCount":{count}}}'


@lru_cache(maxsize=4)
def _hour_texts(first: int, after: int) -> list[str]:
    """Start and end of the hours in Norwegian local time, with the offset that was in force."""
    moments = [(BEGIN + timedelta(hours=hour)).astimezone(OSLO).isoformat() for hour in range(first, after + 1)]
    return [f'{{"startTime":"{a}","endTime":"{b}","consumptionGroup":' for a, b in pairwise(moments)]


def _meters(code: str, group: str) -> int:
    people = inhabitants(BY_CODE[code], YEAR) if code in BY_CODE else 2900
    return max(5, round(people / GROUPS[group][0] * between(f"{code} {group} meters", 0.9, 1.1)))


@lru_cache(maxsize=256)
def _consumption(code: str, group: str) -> Floats:
    """kWh of every hour of the year, rounded to watt-hours."""
    months, hours, weekend = _calendar()
    level = _meters(code, group) * GROUPS[group][1] * between(f"{code} {group} use", 0.8, 1.2)
    values = level * np.array(SEASON[group])[months] * np.array(DAY[group])[hours] * np.where(weekend, WEEKEND[group], 1.0)
    cold = 0.9 + 0.1 * weather(f"{code[:2]} cold", HOURS, memory=48)
    return np.rint(values * cold * (0.97 + 0.06 * uniform(f"{code} {group}", HOURS)) * 1000) / 1000


@cache
def _calendar() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Month (from 0), hour and whether it is weekend, in Norwegian local time, for every hour of the year."""
    clock = [(BEGIN + timedelta(hours=hour)).astimezone(OSLO) for hour in range(HOURS)]
    return np.array([m.month - 1 for m in clock]), np.array([m.hour for m in clock]), np.array([m.weekday() >= 5 for m in clock])


INDUSTRIES = {
    "A": ("01.1", "01.4", "02.2", "03.2"), "B": ("08.1",), "C": ("10.1", "10.8", "16.2", "20.1", "24.4", "25.6"), "D": ("35.1", "35.3"),
    "E": ("36.0", "37.0", "38.1"), "F": ("41.2", "43.2"), "G": ("45.2", "46.7", "47.1", "47.5"), "H": ("49.3", "52.2"),
    "I": ("55.1", "56.1"), "J": ("61.1", "63.1"), "L": ("68.2", "68.3"), "O": ("84.1",), "P": ("85.2",), "Q": ("86.1", "88.1"),
    "R": ("93.1",), "S": ("96.0",), "XX": ("XX",), "XY": ("XY",), "YY": ("YY",), "00": ("00.0",),
}  # fmt: skip
YEARLY = {"XX": 7600.0, "XY": 420.0, "C": 700.0, "L": 900.0, "D": 350.0, "A": 260.0, "B": 140.0, "G": 330.0}
"""kWh a year for each inhabitant, of all groups of a section; others take 160 together."""
PRICE_AREAS = {
    "03": "NO1", "31": "NO1", "32": "NO1", "33": "NO1", "34": "NO1", "11": "NO2", "39": "NO2", "40": "NO2", "42": "NO2",
    "15": "NO3", "50": "NO3", "18": "NO4", "55": "NO4", "56": "NO4", "46": "NO5", "00": "NO1",
}  # fmt: skip
TWO_AREAS = {"3405": "NO3", "1106": "NO5", "1875": "NO3"}
YEARS = range(2019, 2025)


def yearly(_: Question) -> Reply:
    """NVE's Parquet file: kWh by municipality, three-digit industry, price area and year, with today's municipalities in every year."""
    rows = sorted(_yearly_rows(), key=lambda row: number(" ".join(map(str, row[:5]))))
    names, types = zip(
        ("lokal_dato_tid_start", pa.timestamp("ns")), ("kommune_nr", pa.large_string()), ("kommune_navn", pa.large_string()),
        ("naeringshovedomraade_kode", pa.large_string()), ("naering_kode", pa.large_string()),
        ("naeringshovedgruppe_kode", pa.large_string()), ("prisomraade", pa.large_string()), ("forbruk_kwh", pa.decimal128(28, 4)),
        strict=True,
    )  # fmt: skip
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(column, kind) for column, kind in zip(columns[:-1], types[:-1], strict=True)]
    arrays.append(pa.array([f"{value:.3f}" for value in columns[-1]], pa.string()).cast(types[-1]))
    packed = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(names)), packed)
    return Reply(packed.getvalue(), "application/octet-stream")


def _yearly_rows() -> Iterator[tuple[datetime, str, str, str, str, str, str, float]]:
    for year in YEARS:
        for code, name in [*((m.code, m.name) for m in MUNICIPALITIES), (UNKNOWN, "Ukjent tilhørighet")]:
            people = inhabitants(BY_CODE[code], year) if code in BY_CODE else 2900
            for section, groups in INDUSTRIES.items():
                for group in groups:
                    key = f"{code} {group}"
                    if section not in ("XX", "XY", "00") and number(f"{key} exists") < (0.5 if people < 5000 else 0.05):
                        continue
                    kwh = people * YEARLY.get(section, 160.0) / len(groups) * between(key, 0.6, 1.5)
                    kwh *= (1 - 0.008 * (year - 2019)) * between(f"{key} {year}", 0.94, 1.06)
                    if (code, group, year) == ("4003", "35.1", 2022):
                        kwh = -kwh  # a power station that gave back more than it took
                    areas = [(PRICE_AREAS[code[:2]], 1.0)]
                    if code in TWO_AREAS:
                        areas = [(PRICE_AREAS[code[:2]], 0.8), (TWO_AREAS[code], 0.2)]
                    for area, share in areas:
                        yield datetime(year, 1, 1), code, name, section, group.split(".")[0], group, area, round(kwh * share, 3)
