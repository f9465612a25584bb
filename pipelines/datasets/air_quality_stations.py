"""Where air is measured: reads EEA's register of sampling points, and knows which station a name in a Norwegian export means.

`air_quality_stations.csv` beside this file holds what must be known before a source can be asked: code, name, the area the
portal files the station under, its municipality in the borders of 2020–2023 and of 2024, and since and until when it
measures NO2, PM10 or PM2.5 by the hour. Source: EEA, metadata of the Norwegian reporting for 2024; areas from NILU's list.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv

from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.tabular import BOM, NOTHING_USED, unpack

LARGEST = 512 * 2**20
"""Bytes that the register of all of Europe may unpack to; it is about 30 MB."""

NAMES_IN_SEVERAL_TOWNS = frozenset({"Torvet", "Rådhuset"})
"""Names that other towns use too, so that they do not tell which area an export is from. Source: notes on NILU's station list."""

STAND_INS = ({}, {"å": "aa", "ø": "oe", "æ": "ae"}, {"å": "a", "ø": "o", "æ": "ae"}, {"å": "a", "ø": "o", "æ": "a"})
"""What is written for Norwegian letters where there are none."""

NEEDED = {
    "Country": "country",
    "AirQualityStationEoICode": "station",
    "AirQualityStationName": "name",
    "SamplingPointId": "sampling_point",
    "AirQualityStationType": "type",
    "AirQualityStationArea": "area",
    "Longitude": "longitude",
    "Latitude": "latitude",
    "OperationalActivityBegin": "begins",
    "OperationalActivityEnd": "ends",
}
"""Columns of the register that are read. EEA itself writes their names with blanks in between."""


@dataclass(frozen=True)
class Station:
    """One Norwegian station as it is known before anything is asked."""

    station: str
    name: str
    area: str
    municipality_2020: str
    municipality_2024: str
    measures_from: date | None
    """First day of hourly NO2, PM10 or PM2.5; None where none of them is measured by the hour."""
    measures_until: date | None


@cache
def known_stations() -> tuple[Station, ...]:
    """All Norwegian stations that EEA lists, by code."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Station(
                **{key: row[key] for key in ("station", "name", "area", "municipality_2020", "municipality_2024")},
                measures_from=date.fromisoformat(row["measures_from"]) if row["measures_from"] else None,
                measures_until=date.fromisoformat(row["measures_until"]) if row["measures_until"] else None,
            )
            for row in csv.DictReader(file)
        )


def stations_measuring(start: date, end: date, municipalities: Collection[str] = ()) -> Iterator[Station]:
    """Stations with hourly NO2, PM10 or PM2.5 on some day from `start` to before `end`; in these municipalities, or in all.

    A municipality may be given by its code of 2020–2023 or of 2024.
    """
    for one in known_stations():
        if one.measures_from is None or one.measures_from >= end or (one.measures_until is not None and one.measures_until < start):
            continue
        if not municipalities or {one.municipality_2020, one.municipality_2024} & set(municipalities):
            yield one


def codes_of_names(names: Collection[str], stations: Sequence[Station] | None = None) -> dict[str, str | None]:
    """The code of each station name in one export; None where the name is unknown or could mean several stations.

    An export covers one area: the one that has every name which is known at all. A name that several towns use is no
    evidence for an area, and where a name is unknown two others must agree, since the export may be from an area that is
    not in the list. Nothing is guessed: without a clear area every name is None.
    """
    by_area: dict[str, dict[str, list[str]]] = {}
    for one in known_stations() if stations is None else stations:
        by_area.setdefault(one.area, {}).setdefault(_plain(one.name), []).append(one.station)
    wanted = {given: _plain(given) for given in names}
    known = {plain for plain in wanted.values() if any(plain in area for area in by_area.values())}
    needed = 1 if known == set(wanted.values()) else 2
    areas = [area for area in by_area.values() if known <= area.keys()]
    if len(areas) != 1 or len(known - NAMES_IN_SEVERAL_TOWNS) < needed:
        return dict.fromkeys(wanted)
    codes = {plain: found[0] if len(found) == 1 else None for plain, found in areas[0].items()}
    return {given: codes.get(plain) for given, plain in wanted.items()}


def station_of_file(stem: str) -> str | None:
    """The station that a file is named after, by its code or by its name, also without Norwegian letters: Valand and Vaaland are Våland.

    None where no station, or more than one, is called that, and for a name that other towns use too.
    """
    telling = [one for one in known_stations() if _plain(one.name) not in NAMES_IN_SEVERAL_TOWNS]
    found = {one.station for one in telling if _folded(stem) in spellings(one.name)}
    found |= {one.station for one in known_stations() if stem == one.station}
    return found.pop() if len(found) == 1 else None


def spellings(name: str) -> set[str]:
    """How a station's name may stand in the name of a file, in small letters and digits alone: with its Norwegian letters or without."""
    return {"".join(letters.get(character, character) for character in _folded(name)) for letters in STAND_INS}


def _folded(name: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFC", name).casefold() if character.isalnum())


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for the whole register. The answer is a zip file with one CSV for all of Europe."""
    yield Request(
        url=f"{dataset.source.service.rstrip('/')}/App/AQViewer/download",
        params={"fqn": "Airquality_Dissem.b2g.measurements", "f": "csv"},
        format="eea_sampling_points_zip",
        period="all",
        note="all sampling points that the countries have reported",
    )


def parse_eea_sampling_points_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per file and station: EEA's sampling points, several for each station, put together."""
    return _stations(con, [(path, path.read_bytes()) for path in paths])


def parse_eea_sampling_points_zip(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """The same from EEA's download, a zip file with the CSV as its only member."""
    return _stations(con, [(path, unpack(path, ".csv", LARGEST)) for path in paths])


def _stations(con: duckdb.DuckDBPyConnection, contents: Sequence[tuple[Path, bytes]]) -> duckdb.DuckDBPyRelation:
    """Sampling points → stations.

    Name, place and kind are those of the sampling point that was opened last among those in use, or among all of a closed
    station. It is open from the first opening of a sampling point until the last closing, if all are closed. The municipality
    is that of the column LAU_ID, whose leading zero is restored, and of our own list where the register has no such column.
    """
    points = pa.concat_tables([_sampling_points(path, content) for path, content in contents])
    lookup = pa.table(
        {
            "station": pa.array([one.station for one in known_stations()], pa.string()),
            "municipality": pa.array([one.municipality_2020 or None for one in known_stations()], pa.string()),
        }
    )
    own = con.cursor()
    try:
        own.register("points", points)
        own.register("listed", lookup)
        unread = "({0} is not null and try_strptime({0}, '%d/%m/%Y %H:%M:%S') is null)"
        wrong = " or ".join(unread.format(column) for column in ("begins", "ends"))
        if row := own.execute(f"select min(line), any_value(file) from points where {wrong} having count(*) > 0").fetchone():
            raise ParseError(
                "a time that is not written as dd/mm/yyyy hh:mm:ss",
                where=f"{Path(row[1]).name} row {row[0]}",
                effect=NOTHING_USED,
                next_step="compare the file with EEA's download",
            )
        stations = own.sql(
            """
            with dated_points as (
              select
                * exclude (begins, ends),
                cast(strptime(begins, '%d/%m/%Y %H:%M:%S') as date) as opened_on,
                cast(strptime(ends, '%d/%m/%Y %H:%M:%S') as date) as closed_on,
              from points
            ),
            station_spans as (
              select
                file,
                station,
                min(opened_on) as opened_on,
                case when count(closed_on) = count(*) then max(closed_on) end as closed_on,
                count(*) as sampling_points,
              from dated_points
              group by file, station
            ),
            newest_points as (
              select *
              from dated_points
              qualify row_number() over (
                partition by file, station
                order by closed_on is null desc, opened_on desc nulls last, closed_on desc nulls last, sampling_point
              ) = 1
            )
            select
              file,
              country,
              station,
              name,
              coalesce(lpad(lau, 4, '0'), listed.municipality) as municipality,
              latitude,
              longitude,
              type,
              case when area like 'rural-%' then 'rural' else area end as area,
              station_spans.opened_on,
              station_spans.closed_on,
              sampling_points,
            from newest_points
            join station_spans using (file, station)
            left join listed using (station)
            order by file, station
            """
        ).to_arrow_table()
    finally:
        own.close()
    return con.from_arrow(stations)


def _sampling_points(path: Path, content: bytes) -> pa.Table:
    """The needed columns of one register as text, with `file` and `line`."""
    head, _, _ = content.partition(b"\n")
    try:
        header = [cell.replace(" ", "") for cell in next(csv.reader(io.StringIO(head.decode("utf-8").lstrip(BOM))))]
    except (UnicodeDecodeError, StopIteration, csv.Error):
        raise _unreadable("the first line is not a CSV header in UTF-8", path) from None
    if missing := [column for column in NEEDED if column not in header]:
        raise _unreadable(f"columns missing: {', '.join(missing)}", path)
    wanted = [*NEEDED, *(["LAU_ID"] if "LAU_ID" in header else [])]
    try:
        table = pa_csv.read_csv(
            io.BytesIO(content),
            read_options=pa_csv.ReadOptions(column_names=header, skip_rows=1),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=True,
                null_values=["", "NA"],
            ),
        )
    except pa.ArrowInvalid:
        raise _unreadable("rows that do not fit the header, or bytes that are not UTF-8", path) from None
    lau = table["LAU_ID"] if "LAU_ID" in wanted else pa.nulls(table.num_rows, pa.string())
    columns = {ours: table[theirs] for theirs, ours in NEEDED.items()} | {"lau": lau}
    numbered = {"file": pa.array([str(path)] * table.num_rows, pa.string()), "line": pa.array(range(1, table.num_rows + 1), pa.int64())}
    return pa.table(numbered | columns)


def _unreadable(what: str, path: Path) -> ParseError:
    return ParseError(
        what,
        where=path.name,
        effect="the register stays as it was",
        next_step="compare the file with EEA's download of sampling points",
    )


PARSERS = {
    "eea_sampling_points_csv": parse_eea_sampling_points_csv,
    "eea_sampling_points_zip": parse_eea_sampling_points_zip,
}
