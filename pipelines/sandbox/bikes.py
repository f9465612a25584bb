"""Urban Sharing's stand-in: monthly files of city-bike trips. Docks, trips and times are invented.

Kept from the real files: two forms of the same time, some exact repeats, empty descriptions, names with quotes, commas and apostrophes,
trips filed by UTC month, no file at all for a month in which the season was closed.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

from pipelines.sandbox.chance import between, number, uniform
from pipelines.sandbox.wire import Question, Reply, absent

HEADER = (
    "started_at", "ended_at", "duration", "start_station_id", "start_station_name", "start_station_description", "start_station_latitude",
    "start_station_longitude", "end_station_id", "end_station_name", "end_station_description", "end_station_latitude",
    "end_station_longitude",
)  # fmt: skip
SYSTEMS = {"oslobysykkel.no": (59.915, 10.75, 620), "bergenbysykkel.no": (60.39, 5.325, 330), "trondheimbysykkel.no": (63.43, 10.395, 190)}
"""Centre of the city, and trips in a month of middling weather."""
CLOSED_MONTHS = {"trondheimbysykkel.no": (12, 1, 2, 3)}
CLOSED_ONCE = {"oslobysykkel.no": ((2019, 12), (2020, 1), (2020, 2), (2020, 3))}
SEASON = (0.35, 0.4, 0.6, 1.0, 1.4, 1.6, 1.3, 1.6, 1.5, 1.2, 0.8, 0.4)
LAST = (2024, 12)
DOCKS = (
    ("Stasjonen", "ved hovedinngangen"), ("Torget", "mot fontenen"), ("Elvebredden", ""), ("Brygga, sør", "langs kaia"),
    ("Kafé \"Hjørnet\"", "på hjørnet"), ("Prost Hallings' gate", "ved trappen"), ("Universitetet", "foran biblioteket"),
    ("Sykehuset", "ved bussholdeplassen"), ("Parken", ""), ("Fergekaia", "ved billettluka"), ("Idrettsplassen", "bak tribunen"),
    ("Rådhuset", "på nordsiden"),
)  # fmt: skip


def answer(question: Question) -> Reply:
    """The answer to any question to data.urbansharing.com."""
    match = re.fullmatch(r"/([a-z.]+)/trips/v1/(\d{4})/(\d\d)\.csv", question.path)
    if match is None or match[1] not in SYSTEMS or not 1 <= int(match[3]) <= 12:
        return absent()
    system, year, month = match[1], int(match[2]), int(match[3])
    if month in CLOSED_MONTHS.get(system, ()) or (year, month) in CLOSED_ONCE.get(system, ()) or not (2018, 1) <= (year, month) <= LAST:
        return absent("<Error><Code>NoSuchKey</Code></Error>")
    return Reply(_month(system, year, month).encode(), "text/csv; charset=utf-8")


def _month(system: str, year: int, month: int) -> str:
    latitude, longitude, usual = SYSTEMS[system]
    name = f"{system} {year}-{month:02}"
    begin = datetime(year, month, 1, tzinfo=UTC)
    seconds = int((datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) - begin).total_seconds())
    count = int(usual * SEASON[month - 1] * (1 + 0.05 * (year - 2019)) * between(name, 0.85, 1.15))
    starts = sorted((uniform(f"{name} start", count) * (seconds - 1)).tolist())
    lengths = uniform(f"{name} length", count).tolist()
    docks = uniform(f"{name} docks", 2 * count).tolist()
    stations = [
        (
            str(380 + 7 * place),
            dock,
            description,
            round(latitude + (number(f"{system} {dock} north") - 0.5) * 0.04, 6),
            round(longitude + (number(f"{system} {dock} east") - 0.5) * 0.08, 6),
        )
        for place, (dock, description) in enumerate(DOCKS)
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for place in range(count):
        milliseconds = int((61 + 1500 * lengths[place] * lengths[place] + (20_000 if lengths[place] > 0.998 else 0)) * 1000)
        started = begin + timedelta(milliseconds=int(starts[place] * 1000) if place % 90 else int(starts[place]) * 1000)
        ended = started + timedelta(milliseconds=milliseconds)
        here, there = (stations[int(docks[2 * place + side] * len(stations))] for side in (0, 1))
        row = (_time(started), _time(ended), milliseconds // 1000, *here, *there)
        writer.writerow(row)
        if place % 401 == 400:
            writer.writerow(row)
    return text.getvalue()


def _time(moment: datetime) -> str:
    """Without a fraction on the full second: two forms in one column."""
    return moment.isoformat(" ")
