"""Hourly air quality: how NILU's service is asked, and how its answers, the portal's exports and EEA's station files are read.

All Norwegian air data keep standard time, UTC+1, the whole year: no hour is missing in March and none is doubled in October.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb
import pyarrow as pa

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.datasets.air_quality_stations import codes_of_names, station_of_file, stations_measuring
from pipelines.reading.ask import Request, Window
from pipelines.tabular import NOTHING_USED, Export, Layout, read_csv

ASKED = "NO2;PM10;PM2.5"
"""Components that the service is asked for. Its semicolons go out as they are, never as %3B."""

EEA_SERVICE = "eeadmz1-downloads-api-appservice.azurewebsites.net"
"""EEA's download service, which is asked instead of NILU's where `source.service` names it."""
EEA_PUBLISHER, EEA_LICENCE = "Det europeiske miljøbyrået (EEA)", "CC_BY_4_0"
"""Whose its answers are, and that anyone may use them who names it."""
EEA_LIST = "eea_url_list_csv"
"""Format of EEA's answer that only tells where the files are; no rows are read from it."""
EEA_VERIFIED_UNTIL = date(2025, 1, 1)
"""Until then EEA has verified values (its data set 2), from then on what the countries report day by day (data set 1)."""
EEA_STATION = re.compile(r"NO\d{4}[A-Z]")

STANDARD_TIME = timedelta(hours=1)

LONGEST_SERIES = 32 * 2**20
"""Bytes that one series may take in an answer."""

COMPONENT = r"(?P<component>Benzo\(a\)pyrene in PM10 \(aerosol\)|NO2|NOx|NO|PM10|PM2\.5|PM1|O3|SO2|CO|\S+)"
"""The component in a header: a known one, or else the last word before the unit, so that a new one is set aside and counted."""

EXPORT = Export(
    layouts=(
        Layout(
            example="Fra-tid;Til-tid;Elgeseter PM10 µg/m³;QA;QC",
            times=("Fra-tid", "Til-tid"),
            value=rf"(?P<name>.+?) {COMPONENT} (?P<unit>\S+)",
            beside={"validity": "QA", "control": "QC"},
        ),
        Layout(
            example="Tid,Elgeseter PM10 µg/m³ Hour,Dekning",
            times=("Tid",),
            value=rf"(?P<name>.+?) {COMPONENT} (?P<unit>\S+) Hour",
            beside={"coverage": r"Dekning(\.\d+)?"},
            label="end",
            step=timedelta(hours=1),
        ),
    ),
    clock=STANDARD_TIME,
    numbers=("value", "coverage"),
)

EEA_HEADER = ["date", "time", "pm25", "temperature", "windSpeed", "rain", "weekday"]


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each month and station that measures then. NILU's service does not deliver the day after `/to/`.

    Where `source.service` names EEA's download service, that one is asked instead, never both for the same hours: first only for the
    lists of its files.
    """
    if urlsplit(dataset.source.service).hostname == EEA_SERVICE:
        yield from _eea_lists(dataset, window)
        return
    for first, after in window.months():
        for station in stations_measuring(first, after, window.municipalities):
            yield Request(
                url=f"{dataset.source.service.rstrip('/')}/aq/historical/{first}/{after}/{quote(station.name, safe='')}",
                params={"components": ASKED},
                format="nilu_aq_historical",
                period=f"{first:%Y-%m}",
                note=f"{station.name} {station.station}",
                expects="json",
            )


def ask_further(dataset: Dataset, window: Window, known: Sequence[Snapshot]) -> Iterator[Request]:
    """EEA's files that the newest lists among `known` name: those of stations in the municipalities that measure in the window.

    A file holds all years of a sampling point, so its question names no period. An unchanged one is not sent again. Raises ParseError
    for a list that is none, or that has files but names no Norwegian station: then nobody could tell which of them are wanted.
    """
    if urlsplit(dataset.source.service).hostname != EEA_SERVICE:
        return
    wanted = {one.station for one in stations_measuring(window.start, window.end, window.municipalities)}
    for question in _eea_lists(dataset, window):
        given = [s for s in known if s.format == EEA_LIST and s.note == question.note]
        if not given:
            continue
        for url, station in _eea_files(max(given, key=lambda s: s.delivered_at).path):
            if station in wanted:
                name = urlsplit(url).path.rpartition("/")[2]
                yield Request(
                    url=url, format="eea_parquet", note=name, again_after=question.again_after, publisher=EEA_PUBLISHER, licence=EEA_LICENCE
                )


def _eea_lists(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for the list of files of each of EEA's data sets that the window touches, in whole years, so that it stays the same.

    Verified values come once a year and are asked for each month.
    """
    verified = Window(window.start, min(window.end, EEA_VERIFIED_UNTIL))
    newer = Window(max(window.start, EEA_VERIFIED_UNTIL), window.end)
    for span, number, name, again_after in ((verified, 2, "verified", "P1M"), (newer, 1, "up-to-date", None)):
        if span.start >= span.end:
            continue
        first, last = span.years()[0], span.years()[-1]
        yield Request(
            url=f"{dataset.source.service.rstrip('/')}/ParquetFile/urls",
            format=EEA_LIST,
            body={
                "countries": ["NO"],
                "cities": [],
                "pollutants": ASKED.split(";"),
                "dataset": number,
                "source": "API",
                "dateTimeStart": f"{first}-01-01T00:00:00Z",
                "dateTimeEnd": f"{last}-12-31T23:59:59Z",
                "aggregationType": "hour",
            },
            note=f"list of {name} files, {first}–{last}",
            expects="csv",
            again_after=again_after,
            publisher=EEA_PUBLISHER,
            licence=EEA_LICENCE,
        )


def _eea_files(path: Path) -> list[tuple[str, str]]:
    """Address and station of each Norwegian file in EEA's list, once, in its order. Which host may be asked is for the door to say."""
    next_step = "compare the answer with EEA's description of its downloads"
    try:
        lines = path.read_text("utf-8-sig").split()
    except UnicodeDecodeError:
        lines = []
    if lines[:1] != ["ParquetFileUrl"] or not all(line.startswith("https://") for line in lines[1:]):
        raise ParseError("no list of files", where=path.name, effect="no file was asked for", next_step=next_step)
    names = {url: EEA_STATION.search(urlsplit(url).path.rpartition("/")[2]) for url in lines[1:]}
    found = [(url, match[0]) for url, match in names.items() if match]
    if names and not found:
        raise ParseError("no file is named after a Norwegian station", where=path.name, effect="no file was asked for", next_step=next_step)
    return found


def parse_nilu_aq_historical(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per series and hour of NILU's JSON. Hours without a valid value are absent there, not null."""
    for path in paths:
        check_series(path, ("fromTime", "toTime", "value", "qualityControlled"))
    return con.sql(
        f"""
        with readings as (
          select
            filename,
            eoi,
            component,
            unit,
            unnest("values") as reading,
          from {json_series(paths, "fromTime varchar, toTime varchar, value decimal(18,8), qualityControlled boolean")}
        )
        select
          filename as file,
          eoi as station,
          component,
          {utc("reading.fromTime")} as from_time,
          {utc("reading.toTime")} as to_time,
          reading.value as value,
          case reading.qualityControlled when true then 'approved' when false then 'raw' else 'unknown' end as verification,
          unit,
        from readings
        """
    )


def check_series(path: Path, reading: Sequence[str]) -> None:
    """Refuse a NILU answer whose beginning lacks a key that is read. A key that was renamed would otherwise look like missing data."""
    with path.open("rb") as file:
        head = file.read(8192).decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if re.match(r"\[\s*\]", head):
        return
    if not head.startswith("["):
        raise ParseError(
            "no list of series", where=path.name, effect=NOTHING_USED, next_step="see whether the source answered with an error"
        )
    has_readings = re.search(r'"values"\s*:\s*\[\s*\{', head)
    wanted = ["eoi", "component", "unit", "values", *(reading if has_readings else ())]
    if missing := [key for key in wanted if f'"{key}"' not in head]:
        raise ParseError(
            f"keys missing in the first series: {', '.join(missing)}",
            where=path.name,
            effect=NOTHING_USED,
            next_step="see whether the source has renamed them",
        )


def json_series(paths: Sequence[Path], reading: str) -> str:
    """A table function over NILU's lists of series; `reading` declares the fields of one entry under `values`.

    A whole series is one JSON object; some twenty years of hours are allowed. The reader holds twice that for every thread.
    """
    files = ", ".join(literal(str(path)) for path in paths)
    return f"""read_json(
            [{files}],
            format = 'array',
            filename = true,
            maximum_object_size = {LONGEST_SERIES},
            columns = {{eoi: 'varchar', component: 'varchar', unit: 'varchar', timestep: 'integer', values: 'struct({reading})[]'}}
          )"""


def utc(moment: str) -> str:
    """SQL for a written time with its offset as a timestamp in UTC. A time without an offset is an error.

    DuckDB drops the offset when a text becomes a plain timestamp, so the way leads over a timestamp with time zone.
    """
    return (
        f"case when substr({moment}, 20, 1) in ('+', '-', 'Z') then make_timestamp(epoch_us(cast({moment} as timestamptz)))"
        f" when {moment} is not null then error('a time without its offset from UTC') end"
    )


def parse_luftkvalitet_portal_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per series and hour of the portal's CSV exports.

    Where an export writes one time it is the end of the hour. QC says how far the control has come, QA whether the value is valid.
    """
    return with_codes(con, read_csv(con, paths, EXPORT)).project(
        """
        file,
        station,
        component,
        from_time,
        to_time,
        value,
        case
          when control is null then 'unknown'
          else case control when '1' then 'raw' when '2' then 'automatic' when '3' then 'scaled' when '4' then 'approved' else control end
        end as verification,
        validity,
        coverage,
        unit
        """
    )


def with_codes(con: duckdb.DuckDBPyConnection, values: pa.Table) -> duckdb.DuckDBPyRelation:
    """Values of portal exports with `station`: the code of the station name, null where the name does not tell one station."""
    names: dict[str, set[str]] = {}
    for pair in values.select(["file", "name"]).group_by(["file", "name"]).aggregate([]).to_pylist():
        names.setdefault(pair["file"], set()).add(pair["name"])
    found = [(file, name, code) for file, given in sorted(names.items()) for name, code in sorted(codes_of_names(given).items())]
    codes = pa.table(
        {
            "coded_file": pa.array([file for file, _, _ in found], pa.string()),
            "coded_name": pa.array([name for _, name, _ in found], pa.string()),
            "station": pa.array([code for _, _, code in found], pa.string()),
        }
    )
    return con.from_arrow(values).join(con.from_arrow(codes), "file = coded_file and name = coded_name", how="inner")


def parse_eea_station_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per hour of EEA's verified PM2.5 of one station, in UTC, hour beginning; the weather beside it is not read.

    The grid is complete: a blank is an hour that EEA holds no valid value for. The station is the stem of the file's name,
    or the last part of the stem, since an archive puts the hash in front.
    """
    stations = {str(path): _station_of(path) for path in paths}
    files = ", ".join(literal(str(path)) for path in paths)
    columns = ", ".join(f"{column}: 'varchar'" for column in EEA_HEADER)
    pairs = ", ".join(f"{literal(file)}: {literal(station)}" for file, station in stations.items())
    return con.sql(
        f"""
        with hours as (
          select
            filename,
            strptime(date || ' ' || time, '%Y-%m-%d %H:%M:%S') as from_time,
            pm25,
          from read_csv([{files}], filename = true, header = true, delim = ',', quote = '"', auto_detect = false, columns = {{{columns}}})
        )
        select
          filename as file,
          map {{{pairs}}}[filename] as station,
          'PM2.5' as component,
          from_time,
          from_time + interval 1 hour as to_time,
          nullif(pm25, '') as value,
          'approved' as verification,
          'µg/m³' as unit,
        from hours
        """
    )


def _station_of(path: Path) -> str:
    """The station of an EEA file. Raises ParseError when the name does not tell it, or the header is another."""
    stem = path.stem.rpartition(".")[2]
    found = station_of_file(stem)
    if found is None:
        raise ParseError(
            "the name of the file does not tell its station",
            where=path.name,
            effect=NOTHING_USED,
            next_step="name it after the station's code, such as NO0065A.csv, or after its name where no other town has one of that name",
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        header = []
    if header != EEA_HEADER:
        raise ParseError("another header", where=path.name, effect=NOTHING_USED, next_step=f"it should be {','.join(EEA_HEADER)}")
    return found


POLLUTANTS = {1: "SO2", 5: "PM10", 6001: "PM2.5", 7: "O3", 8: "NO2", 9: "NOx", 10: "CO", 20: "C6H6", 38: "NO"}
"""EEA's numbers of pollutants; any other number is passed on and set aside as an unknown component."""
EEA_COLUMNS = ("Samplingpoint", "Pollutant", "Start", "End", "Value", "Unit", "AggType", "Validity", "Verification")


def parse_eea_parquet(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per sampling point and hour of the EEA's Parquet files, whose times are those of standard time, UTC+1, without saying so.

    A validity of 1 or more is valid, less is not: EEA keeps the value of an invalid hour, and the rule for flagged hours takes it out.
    Daily means that stand in the same file keep their day and are left to the rule for those. The station is a part of the name of the
    sampling point. Raises ParseError where a column is missing.
    """
    for path in paths:
        _check_parquet(con, path)
    files = ", ".join(literal(str(path)) for path in paths)
    names = ", ".join(f"{number}: {literal(component)}" for number, component in POLLUTANTS.items())
    return con.sql(
        f"""
        with hours as (
          select
            filename,
            nullif(regexp_extract(Samplingpoint, 'NO\\d{{4}}[A-Z]'), '') as station,
            coalesce(map {{{names}}}[cast(Pollutant as integer)], cast(Pollutant as varchar)) as component,
            cast("Start" as timestamp) - interval 1 hour as from_time,
            cast("End" as timestamp) - interval 1 hour as to_time,
            cast("Value" as decimal(28, 8)) as value,
            case cast(Verification as integer) when 1 then 'approved' when 2 then 'automatic' when 3 then 'raw' else 'unknown' end
              as verification,
            case when cast(Validity as integer) >= 1 then '0' else '1' end as validity,
            Unit as unit,
            lower(AggType) as step,
          from read_parquet([{files}], filename = true, union_by_name = true)
        )
        select
          filename as file,
          station,
          component,
          from_time,
          case step when 'hour' then to_time when 'day' then from_time + interval 1 day end as to_time,
          value,
          verification,
          validity,
          case when unit in ('ug.m-3', 'µg.m-3') then 'µg/m³' else unit end as unit,
        from hours
        """
    )


def _check_parquet(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        found = {row[0] for row in con.execute(f"select name from parquet_schema({literal(str(path))})").fetchall()}
    except duckdb.Error:
        raise ParseError("no Parquet file", where=path.name, effect=NOTHING_USED, next_step="download it again") from None
    if missing := [column for column in EEA_COLUMNS if column not in found]:
        raise ParseError(
            f"columns missing: {', '.join(missing)}",
            where=path.name,
            effect=NOTHING_USED,
            next_step="compare the file with EEA's description of its downloads",
        )


PARSERS = {
    "nilu_aq_historical": parse_nilu_aq_historical,
    "luftkvalitet_portal_csv": parse_luftkvalitet_portal_csv,
    "eea_station_csv": parse_eea_station_csv,
    "eea_parquet": parse_eea_parquet,
}
