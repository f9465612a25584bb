"""NILU's stand-in (hourly values, daily means), EEA's register and files of sampling points. Stations and places are real, values are not.

Kept from the real services: standard time (+01:00) the whole year, an exclusive end, absent hours and days instead of nulls, small
negative values, fireworks, road dust in spring, an annual series among the daily ones, a region in the place of a municipality.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.sandbox.chance import Floats, between, number, uniform, weather
from pipelines.sandbox.wire import TEXT, Question, Reply, absent, as_json

LAST_DAY = date(2025, 1, 1)
"""Nothing has been measured from this day on."""
APPROVED_UNTIL = date(2024, 10, 1)
"""Later values have not been through quality control."""
WRONG_UNIT = (2021, 10)
"""A month in which most values were delivered in nanograms under the name of micrograms. It must not get through."""
DELIVERED_TWICE = ("NO0059A", "NO2", (2024, 6))
"""A series whose first ten days come raw and approved in one answer, as two series with slightly different values."""
OUTAGES = {("NO0060A", "PM10", 2023): (2100, 2800), ("NO0084A", "NO2", 2022): (4000, 1700)}
"""First hour and length of breakdowns that leave a series below 85 % of its year."""

COMPONENTS = ("NO2", "PM10", "PM2.5")
EEA_CODES = {"NO2": "8", "PM10": "5", "PM2.5": "6001"}
ANNUAL = "Benzo(a)pyrene in PM10 (aerosol)"
COLOURS = ("6ee86e", "ff9900", "ff0000", "990099")
BREAKS = {"NO2": (100, 200, 400), "PM10": (60, 120, 400), "PM2.5": (30, 50, 150)}
KINDS = {"traffic": "Veinær stasjon", "background": "Bybakgrunnsstasjon", "industrial": "Industripåvirket stasjon"}

LEVELS = {
    ("NO2", "traffic"): 27.0, ("NO2", "background"): 13.0, ("NO2", "industrial"): 15.0,
    ("PM10", "traffic"): 17.0, ("PM10", "background"): 11.0, ("PM10", "industrial"): 14.0,
    ("PM2.5", "traffic"): 7.0, ("PM2.5", "background"): 6.0, ("PM2.5", "industrial"): 6.5,
}  # fmt: skip
TREND = {"NO2": 0.045, "PM10": 0.015, "PM2.5": 0.025}
"""Share by which the level falls each year from 2019."""
SEASON = {
    "NO2": (1.35, 1.30, 1.15, 0.95, 0.80, 0.72, 0.70, 0.75, 0.88, 1.00, 1.15, 1.25),
    "PM10": (1.00, 1.10, 1.60, 1.65, 1.00, 0.80, 0.75, 0.75, 0.80, 0.85, 0.90, 0.90),
    "PM2.5": (1.45, 1.35, 1.15, 0.95, 0.80, 0.72, 0.75, 0.78, 0.80, 0.90, 1.10, 1.30),
}
DAY = {
    "NO2": (0.6, 0.5, 0.4, 0.4, 0.5, 0.8, 1.2, 1.7, 1.7, 1.4, 1.2, 1.1, 1.1, 1.1, 1.2, 1.4, 1.6, 1.5, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6),
    "PM10": (0.7, 0.6, 0.6, 0.6, 0.6, 0.8, 1.1, 1.4, 1.5, 1.4, 1.3, 1.2, 1.2, 1.2, 1.2, 1.3, 1.3, 1.2, 1.1, 1.0, 0.9, 0.9, 0.8, 0.7),
    "PM2.5": (1.1, 1.0, 0.9, 0.9, 0.8, 0.8, 0.9, 1.0, 1.0, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.4, 1.3, 1.2),
}
NOISE = {"NO2": 2.4, "PM10": 5.0, "PM2.5": 2.6}
FIREWORKS = {"NO2": 1.3, "PM10": 9.0, "PM2.5": 14.0}


ZONES = {
    area: zone
    for zone, areas in {
        "Stor-Oslo": ("Oslo", "Bærum", "Drammen", "Skedsmo"),
        "Øst og Sørlandet": ("Fredrikstad", "Grenland", "Hamar", "Kristiansand", "Lillehammer", "Moss", "Tønsberg"),
        "Vestlandet": ("Stavanger", "Ålesund"),
        "Bergen": ("Bergen",),
        "Trondheim": ("Trondheim",),
        "Midt-Norge og Nordland": ("Bodø", "Narvik"),
        "Troms og Finnmark": ("Harstad", "Tromsø"),
    }.items()
    for area in areas
}
"""NILU's zones, which still bear the name of a county that is gone."""


@dataclass(frozen=True)
class Station:
    """A station as NILU and EEA list it, with what it measures in the sandbox."""

    eoi: str
    name: str
    code: str
    """Code of the municipality today, which neither service tells."""
    zone: str
    municipality: str | None
    area: str
    type: str
    surroundings: str
    longitude: float
    latitude: float
    components: tuple[str, ...]
    opened_on: date
    closed_on: date | None
    is_hourly: bool


def _station(line: str) -> Station:
    words = (word.strip() for word in line.split("|"))
    eoi, name, code, area, kind, surroundings, longitude, latitude, components, opened, closed, rhythm = words
    return Station(
        eoi,
        name,
        code,
        ZONES.get(area, ""),
        None if area == "Bodø" else area,
        area,
        kind,
        surroundings,
        float(longitude),
        float(latitude),
        COMPONENTS if components == "all" else tuple(components.split(",")),
        date.fromisoformat(opened),
        date.fromisoformat(closed) if closed else None,
        rhythm == "hour",
    )


STATIONS = tuple(
    _station(line)
    for line in """
NO0011A | Kirkeveien | 0301 | Oslo | traffic | urban | 10.72455 | 59.93231 | all | 1995-10-01 | | hour
NO0073A | Sofienbergparken | 0301 | Oslo | background | urban | 10.76574 | 59.92305 | all | 2004-01-22 | | day
NO0059A | Danmarks plass | 4601 | Bergen | traffic | urban | 5.34042 | 60.37408 | all | 2003-01-01 | | hour
NO0120A | Klosterhaugen | 4601 | Bergen | background | urban | 5.31267 | 60.39593 | all | 2017-10-30 | | day
NO0060A | Elgeseter | 5001 | Trondheim | traffic | urban | 10.39677 | 63.41745 | all | 2000-01-05 | | hour
NO0089A | Torvet | 5001 | Trondheim | background | urban | 10.39355 | 63.43038 | all | 2009-01-15 | 2024-04-19 | day
NO0065A | Våland | 1103 | Stavanger | background | suburban | 5.7314 | 58.96165 | all | 2003-01-01 | | hour
NO0076A | Kannik | 1103 | Stavanger | traffic | suburban | 5.72786 | 58.96422 | all | 1996-10-10 | | day
NO0079A | Hansjordnesbukta | 5501 | Tromsø | traffic | suburban | 18.96372 | 69.65625 | all | 2004-03-17 | | hour
NO0084A | St.Croix | 3107 | Fredrikstad | traffic | suburban | 10.94535 | 59.21028 | all | 2008-01-09 | | hour
NO0105A | Nygaardsgata | 3107 | Fredrikstad | background | suburban | 10.9401 | 59.21019 | PM10,PM2.5 | 2014-10-02 | | day
NO0128A | Nedre Langgate | 3905 | Tønsberg | traffic | suburban | 10.41117 | 59.26373 | all | 2018-01-24 | | hour
NO0126A | Olav V gate | 1804 | Bodø | traffic | suburban | 14.41906 | 67.2755 | PM10,PM2.5 | 2018-02-06 | | hour
NO0061A | Lensmannsdalen | 4003 | Grenland | traffic | suburban | 9.63573 | 59.1593 | all | 2005-06-13 | | day
NO0106A | Sverresgate | 4001 | Grenland | traffic | suburban | 9.6522 | 59.13816 | NO2,PM10 | 2011-04-04 | | day
NO0115A | Furulund | 4001 | Grenland | industrial | suburban | 9.69557 | 59.0573 | all | 2016-06-15 | | day
NO0067A | Bangeløkka | 3301 | Drammen | traffic | suburban | 10.21167 | 59.73327 | all | 2004-11-29 | | day
NO0063A | Stener Heyerdahl | 4204 | Kristiansand | background | urban | 7.99183 | 58.14888 | all | 2002-10-01 | | day
NO0114A | Bekkestua | 3201 | Bærum | background | suburban | 10.58393 | 59.91822 | all | 2016-06-21 | | day
NO0074A | Bankplassen | 3405 | Lillehammer | traffic | suburban | 10.46487 | 61.11295 | all | 2004-10-07 | | day
NO0112A | Kransen | 3103 | Moss | traffic | suburban | 10.66176 | 59.43347 | PM10,PM2.5 | 2011-01-21 | | day
NO0116A | Karl Eriksens plass | 1508 | Ålesund | traffic | urban | 6.1535 | 62.47062 | NO2,PM10 | 2017-01-10 | | day
NO0127A | Seljestad Rv83 | 5503 | Harstad | traffic | suburban | 16.53742 | 68.79223 | PM10,PM2.5 | 2018-01-19 | | day
NO0113A | Sentrum | 1806 | Narvik | traffic | urban | 17.42489 | 68.4354 | PM10,PM2.5 | 2016-02-19 | 2022-12-29 | day
NO0148A | Kongens gate | 1806 | Narvik | traffic | suburban | 17.42491 | 68.43541 | PM10,PM2.5 | 2022-12-15 | | day
NO0104A | Vangsveien, Hamar | 3403 | Hamar | traffic | suburban | 11.09777 | 60.79646 | all | 2014-10-31 | 2024-01-04 | day
NO0151A | Vangsvegen-Disen | 3403 | Hamar | traffic | urban | 11.09676 | 60.79646 | all | 2024-01-03 | | day
NO0111A | Vigernes | 3205 | Skedsmo | traffic | suburban | 11.07398 | 59.95548 | all | 2015-12-11 | 2024-03-01 | day
""".strip().splitlines()
)  # fmt: skip
BY_NAME = {station.name: station for station in STATIONS}


def answer(question: Question) -> Reply:
    """The answer to any question to api.nilu.no. A station that is listed but not measured here answers with an empty list."""
    match = re.fullmatch(r"/(aq/historical|stats/day)/(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)/([^/]+)", question.path)
    if match is None:
        return absent()
    kind, first, after = match[1], date.fromisoformat(match[2]), min(date.fromisoformat(match[3]), LAST_DAY)
    station = BY_NAME.get(unquote(match[4]))
    wanted = question.parameters.get("components", ";".join(COMPONENTS)).split(";")
    if station is None or first >= after or (kind == "aq/historical" and not station.is_hourly):
        return as_json([])
    series = _hourly(station, first, after, wanted) if kind == "aq/historical" else _daily(station, first, after, wanted)
    return Reply(f"[{','.join(series)}]".encode())


@lru_cache(maxsize=256)
def measured(station: Station, component: str, year: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Value for every hour of a year of standard time, rounded to six digits, and whether it was measured."""
    begin = datetime(year, 1, 1)
    hours = (datetime(year + 1, 1, 1) - begin).days * 24
    name = f"{station.eoi} {component} {year}"
    hour = np.arange(hours)
    months = np.concatenate([np.full((_after(date(year, m, 1)) - date(year, m, 1)).days * 24, m - 1) for m in range(1, 13)])
    weekend = ((begin.weekday() + hour // 24) % 7) >= 5
    level = LEVELS[component, station.type] * between(f"{station.eoi} level", 0.75, 1.3) * (1 - TREND[component] * (year - 2019))
    values = level * np.array(SEASON[component])[months] * np.array(DAY[component])[hour % 24]
    values *= weather(f"{station.area} {year}", hours) * (0.75 + 0.5 * uniform(f"{name} own", hours))
    if component != "PM2.5":
        values *= np.where(weekend, 0.78, 1.0)
    values += (uniform(f"{name} noise", hours) - 0.5) * NOISE[component]
    if component == "PM10":
        dust = uniform(f"{name} dust", hours)
        values *= np.where((dust > 0.9992) & (months < 5), 7.0, 1.0)
    values[:3] *= FIREWORKS[component] * between(f"{name} fireworks", 0.6, 1.2)
    there = uniform(f"{name} there", hours) > 0.012
    for place in range(2):
        start = int(number(f"{name} outage {place}") * (hours - 200))
        there[start : start + int(between(f"{name} length {place}", 4, 110))] = False
    day = begin.toordinal() + hour // 24
    there &= (day >= station.opened_on.toordinal()) & (day < (station.closed_on or date.max).toordinal())
    if outage := OUTAGES.get((station.eoi, component, year)):
        there[outage[0] : outage[0] + outage[1]] = False
    return np.rint(values * 1e6) / 1e6, there


def _after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _span(station: Station, component: str, first: date, after: date) -> tuple[Floats, NDArray[np.bool_]]:
    """The same for all hours from `first` to before `after`."""
    pieces = []
    for year in range(first.year, (after - timedelta(days=1)).year + 1):
        values, there = measured(station, component, year)
        start, end = max(first, date(year, 1, 1)), min(after, date(year + 1, 1, 1))
        cut = slice((start - date(year, 1, 1)).days * 24, (end - date(year, 1, 1)).days * 24)
        pieces.append((values[cut], there[cut]))
    return np.concatenate([values for values, _ in pieces]), np.concatenate([there for _, there in pieces])


def _hourly(station: Station, first: date, after: date, wanted: list[str]) -> Iterator[str]:
    begins = np.array(_hour_texts(first, after), dtype=object)
    days = np.arange(len(begins)) // 24
    approved = days < (APPROVED_UNTIL - first).days
    for component in station.components:
        if component not in wanted:
            continue
        values, there = _span(station, component, first, after)
        if (first.year, first.month) == WRONG_UNIT:
            wrong = uniform(f"{station.eoi} {component} unit", len(values)) < 0.8
            values = np.where(wrong, np.rint(values * 1e9) / 1e6, values)
        name = f"{station.eoi} {component}"
        if (station.eoi, component, (first.year, first.month)) == DELIVERED_TWICE:
            early = there & (days < 10)
            raw = np.rint(values * 1.04e6) / 1e6
            yield _series(station, component, f"{name} raw", _hour_values(begins, raw, early, approved & False, component))
        yield _series(station, component, name, _hour_values(begins, values, there, approved, component))


@lru_cache(maxsize=16)
def _hour_texts(first: date, after: date) -> list[str]:
    """The beginning of each value's JSON, up to the value itself, for all hours of a span."""
    moment = datetime(first.year, first.month, first.day)
    texts = [(moment + timedelta(hours=n)).isoformat() for n in range((after - first).days * 24 + 1)]
    return [f'{{"fromTime":"{a}+01:00","toTime":"{b}+01:00","value":' for a, b in pairwise(texts)]


def _hour_values(begins: NDArray[np.object_], values: Floats, there: NDArray[np.bool_], approved: NDArray[np.bool_], component: str) -> str:
    ends = np.array(
        [
            f',"qualityControlled":{control},"index":{place + 1},"color":"{colour}"}}'
            for control in ("false", "true")
            for place, colour in enumerate(COLOURS)
        ],
        dtype=object,
    )
    index = np.searchsorted(BREAKS[component], values, side="right") + np.where(approved, 4, 0)
    texts = zip(begins[there].tolist(), map(repr, values[there].tolist()), ends[index[there]].tolist(), strict=True)
    return ",".join(map("".join, texts))


def _series(
    station: Station, component: str, name: str, values: str, *, unit: str = "µg/m³", timestep: int = 3600, of_days: bool = False
) -> str:
    """The head of a series as NILU writes it; daily answers lack `type`, also where a series has no values, and end otherwise."""
    head = {
        "id": 20 + int(number(f"{name} id") * 3000), "zone": station.zone, "municipality": station.municipality, "area": station.area,
        "station": station.name, "type": KINDS[station.type], "eoi": station.eoi, "component": component,
        "latitude": station.latitude, "longitude": station.longitude, "timestep": timestep, "isVisible": True, "unit": unit,
    }  # fmt: skip
    if of_days:
        head = {key: head[key] for key in head if key not in ("type", "timestep", "isVisible")} | {"timestep": timestep, "isVisible": True}
    return json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1] + f',"values":[{values}]}}'


def _daily(station: Station, first: date, after: date, wanted: list[str]) -> Iterator[str]:
    """Means of the days with at least 18 valid hours, and for Torvet the annual series that the service mixes in."""
    days = [f'{{"dateTime":"{first + timedelta(days=n)}T00:00:00+01:00","value":' for n in range((after - first).days)]
    for component in station.components:
        if component not in wanted:
            continue
        values, there = _span(station, component, first, after)
        count = there.reshape(-1, 24).sum(axis=1)
        total = np.zeros(len(count))
        for hour in range(24):  # one by one, so that the order of adding up is the same everywhere
            total += np.where(there, values, 0.0).reshape(-1, 24)[:, hour]
        means = np.rint(total / np.maximum(count, 1) * 1e6) / 1e6
        rows = zip(days, means.tolist(), count.tolist(), strict=True)
        texts = (f'{day}{mean!r},"count":{n},"coverage":{_percent(n)}}}' for day, mean, n in rows if n >= 18)
        yield _series(station, component, f"{station.eoi} {component}", ",".join(texts), of_days=True)
    if station.name == "Torvet":
        texts = (
            f'{{"dateTime":"{year}-01-01T00:00:00+01:00","value":{between(f"bap {year}", 0.1, 0.4):.2f},"count":1,"coverage":36500}}'
            for year in range(first.year, min(after.year, 2024))
        )
        yield _series(station, ANNUAL, f"{station.eoi} bap", ",".join(texts), unit="ng/m³", timestep=365 * 24 * 3600, of_days=True)


def _percent(hours: int) -> str:
    return f"{round(hours / 24 * 100, 3):g}" if hours % 24 else "100"


EEA_HEADER = (
    "Country", "B-G Namespace", "Year", "Air Quality Network", "Air Quality Network Name", "Timezone", "Air Quality Station EoI Code",
    "Air Quality Station Nat Code", "Air Quality Station Name", "Sampling Point Id", "Air Pollutant", "Longitude", "Latitude", "Altitude",
    "Altitude Unit", "Air Quality Station Area", "Air Quality Station Type", "Operational Activity Begin", "Operational Activity End",
    "Sample Id", "Inlet Height", "Inlet Height Unit", "Building Distance", "Building Distance Unit", "Kerb Distance",
    "Kerb Distance Unit", "Distance Source", "Distance Source Unit", "Main Emission Sources", "Heating Emissions",
    "Heating Emissions Unit", "Mobile", "Traffic Emissions", "Traffic Emissions Unit", "Industrial Emissions",
    "Industrial Emissions Unit", "Municipality", "Dispersion Local", "Dispersion Regional", "Distance Junction",
    "Distance Junction Unit", "Heavy Duty Fraction", "Height Facades", "Street Width", "Traffic Speed", "Traffic Volume", "Process Id",
    "Process Activity Begin", "Process Activity End", "Measurement Type", "Measurement Method", "Other Measurement Method",
    "Measurement Equipment", "Other Measurement Equipment", "Sampling Method", "Other Sampling Method", "Analytical Technique",
    "Other Analytical Technique", "Equivalence Demonstrated", "Demonstration Report", "Detection Limit", "Detection Limit Unit",
    "Documentation", "QA Report", "Duration", "Duration Unit", "Cadence", "Cadence Unit", "Source Data URL", "Imported",
)  # fmt: skip


def register(_: Question) -> Reply:
    """EEA's register of sampling points: a zip file with one CSV for all of Europe, every cell in quotes."""
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, EEA_HEADER, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_sampling_points())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("DataExtract.csv", date_time=(2025, 1, 2, 0, 0, 0)), text.getvalue().encode())
    return Reply(packed.getvalue(), "application/zip")


def _sampling_points() -> Iterator[dict[str, str]]:
    """One row per station and component, for one station a closed point before the present one, and one station of another country."""
    abroad = _station("SE0004A | Stockholm Hornsgatan | | Stockholm | traffic | urban | 18.04864 | 59.31717 | NO2 | 2010-01-01 | | day")
    for station in (*STATIONS, abroad):
        country = "Norway" if station.eoi.startswith("NO") else "Sweden"
        for component in station.components:
            spans = [(station.opened_on, station.closed_on)]
            if station.eoi == "NO0060A" and component == "PM10":
                spans = [(station.opened_on, date(2015, 3, 1)), (date(2015, 3, 1), None)]
            for begin, end in spans:
                point = f"{station.eoi}_{EEA_CODES[component]}_{int(number(f'{station.eoi} {component} {begin}') * 2000)}"
                yield {
                    "Country": country, "B-G Namespace": "NO.NILU.AQD" if country == "Norway" else "SE.NV.AQ", "Year": "2024",
                    "Air Quality Network": "NET_NO003A", "Air Quality Network Name": "NO003A", "Timezone": "UTC+01",
                    "Air Quality Station EoI Code": station.eoi, "Air Quality Station Name": station.name,
                    "Sampling Point Id": f"NO/SPO_{point}", "Air Pollutant": component,
                    "Longitude": str(station.longitude), "Latitude": str(station.latitude), "Altitude Unit": "m",
                    "Air Quality Station Area": station.surroundings, "Air Quality Station Type": station.type,
                    "Operational Activity Begin": f"{begin:%d/%m/%Y} 00:00:00",
                    "Operational Activity End": f"{end:%d/%m/%Y} 00:00:00" if end else "",
                    "Sample Id": f"SAM_{point}", "Inlet Height": "3.0", "Inlet Height Unit": "m", "Mobile": "0",
                    "Municipality": station.municipality or "unknown", "Process Id": f"SPP_{point}", "Measurement Type": "automatic",
                    "Detection Limit Unit": "ug.m-3", "Duration": "1", "Duration Unit": "hour", "Cadence": "1", "Cadence Unit": "hour",
                    "Imported": "02/01/2025 00:00:00",
                }  # fmt: skip


EEA_FILES = "https://eeadmz1batchservice02.blob.core.windows.net/airquality-p-e1a/NO/"
FIRST_DAY = date(2024, 1, 1)
"""First day in EEA's files here; the real ones begin in 2013."""


def _files_of_hours() -> dict[str, tuple[Station, str]]:
    """The name of EEA's file of each hourly series, with what it holds."""
    return {
        f"SPO_{station.eoi}_{EEA_CODES[component]}_{int(number(f'{station.eoi} {component} file') * 2000)}.parquet": (station, component)
        for station in STATIONS
        if station.is_hourly
        for component in station.components
    }


def file_list(question: Question) -> Reply:
    """EEA's answer to a question for files: a header and an address a line. There are verified values alone."""
    try:
        asked = json.loads(question.body)
        is_verified, wanted = asked["dataset"] == 2, set(asked["pollutants"])
    except (ValueError, KeyError, TypeError):
        return as_json({"status": 400, "title": "One or more validation errors occurred."}, 400)
    if question.path != "/ParquetFile/urls":
        return absent()
    points = _files_of_hours().items() if is_verified and "NO" in asked["countries"] else ()
    names = [EEA_FILES + name for name, (_, component) in points if component in wanted]
    return Reply("".join(f"{line}\r\n" for line in ["ParquetFileUrl", *names]).encode(), TEXT)


def file_of_hours(question: Question) -> Reply:
    """One sampling point's verified values of 2024: hours in standard time, invalid ones too, and the days that have 18 valid ones."""
    found = _files_of_hours().get(question.path.rpartition("/")[2])
    if found is None:
        return absent()
    station, component = found
    first, after = max(FIRST_DAY, station.opened_on), min(LAST_DAY, station.closed_on or LAST_DAY)
    values, there = _span(station, component, first, after)
    days, valid = values.reshape(-1, 24), there.reshape(-1, 24)
    total = np.zeros(len(days))
    for clock in range(24):  # one by one, so that the order of adding up is the same everywhere
        total += np.where(valid, days, 0.0)[:, clock]
    means = total / np.maximum(valid.sum(axis=1), 1)
    is_there = valid.sum(axis=1) >= 18
    begin = np.datetime64(first, "ns")
    hour, day = np.timedelta64(1, "h"), np.timedelta64(1, "D")
    starts = begin + np.arange(len(values)) * hour, (begin + np.arange(len(means)) * day)[is_there]
    ends = np.concatenate([starts[0] + hour, starts[1] + day])
    rows = len(ends)
    decimals = pa.decimal128(38, 18)
    table = pa.table(
        {
            "Samplingpoint": pa.array([f"NO/{question.path.rpartition('/')[2].removesuffix('.parquet')}"] * rows),
            "Pollutant": pa.array([int(EEA_CODES[component])] * rows, pa.int32()),
            "Start": pa.array(np.concatenate(starts), pa.timestamp("ns")),
            "End": pa.array(ends, pa.timestamp("ns")),
            "Value": pa.array([f"{value:.6f}" for value in np.concatenate([values, means[is_there]]).tolist()]).cast(decimals),
            "Unit": pa.array(["ug.m-3"] * rows),
            "AggType": pa.array(["hour"] * len(values) + ["day"] * len(starts[1])),
            "Validity": pa.array(np.concatenate([np.where(there, 1, -1), np.ones(len(starts[1]))]).astype(np.int32)),
            "Verification": pa.array([1] * rows, pa.int32()),
            "ResultTime": pa.array(ends, pa.timestamp("ns")),
            "DataCapture": pa.nulls(rows, decimals),
            "FkObservationLog": pa.array([f"{station.eoi}-{component}"] * rows),
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return Reply(file.getvalue(), "application/octet-stream")
