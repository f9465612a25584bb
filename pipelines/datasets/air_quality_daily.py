"""Daily means of air quality: how NILU's service is asked, and how its answers and the portal's exports are read.

A day is one of standard time, UTC+1, the whole year: it begins at 23:00 UTC the evening before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa

from catalog.model import Dataset
from pipelines.datasets.air_quality_hourly import ASKED, COMPONENT, STANDARD_TIME, check_series, json_series, utc, with_codes
from pipelines.datasets.air_quality_stations import stations_measuring
from pipelines.reading.ask import Request, Window
from pipelines.tabular import Export, Layout, read_csv, read_workbook

NEW_SERVICE = "api-luftmalinger.miljodirektoratet.no"

EXPORT = Export(
    layouts=(
        Layout(
            example="Tid,Torvet PM10 µg/m³ Day,Dekning",
            times=("Tid",),
            value=rf"(?P<name>.+?) {COMPONENT} (?P<unit>\S+) Day",
            beside={"coverage": r"Dekning(\.\d+)?"},
            label="begin",
            step=timedelta(days=1),
        ),
        Layout(
            example="Fra-tid;Til-tid;Haukenes NO2 µg/m³;Datadekning (%)",
            times=("Fra-tid", "Til-tid"),
            value=rf"(?P<name>.+?) {COMPONENT} (?P<unit>\S+)",
            beside={"coverage": r"Datadekning \(%\)"},
        ),
    ),
    clock=STANDARD_TIME,
    numbers=("value", "coverage"),
)


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for each year and station that measures then, to NILU's service or, where `source.service` names it, to the new one.

    The new service takes over from NILU's, which asks for a key by now. Its last day is taken to be included; the day after the year,
    should it come, lies outside the period and is dropped.
    """
    service = dataset.source.service.rstrip("/")
    for year in window.years():
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
        for station in stations_measuring(first, after, window.municipalities):
            name = quote(station.name, safe="")
            is_new = NEW_SERVICE in service
            yield Request(
                url=f"{service}/public/agg/2/{first}/{after}/{name}" if is_new else f"{service}/stats/day/{first}/{after}/{name}",
                params={"components": ASKED} | ({"showinvalid": "false"} if is_new else {}),
                format="luftmalinger_agg_day" if is_new else "nilu_stats_day",
                period=str(year),
                note=f"{station.name} {station.station}",
                expects="json",
            )


def parse_nilu_stats_day(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per series and day of NILU's JSON, which lists days with at least 18 valid hours.

    Annual series are in the same answer, as a value on 1 January; they are delivered here with their `timestep` and set
    aside by a declared rule. The `timestep` of daily means says 3600, the step of the hours behind them.
    """
    for path in paths:
        check_series(path, ("dateTime", "value", "count", "coverage"))
    return con.sql(
        f"""
        with days as (
          select
            filename,
            eoi,
            component,
            unit,
            timestep,
            unnest("values") as reading,
          from {json_series(paths, '"dateTime" varchar, value decimal(18,8), "count" bigint, coverage decimal(18,8)')}
        ),
        begun_days as (
          select
            *,
            {utc('reading."dateTime"')} as from_time,
          from days
        )
        select
          filename as file,
          eoi as station,
          component,
          cast(from_time + interval 1 hour as date) as day,
          reading.value as value,
          reading."count" as hours,
          reading.coverage as coverage,
          unit,
          timestep,
          from_time,
        from begun_days
        """
    )


def parse_luftmalinger_agg_day(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per series and day of the new service, which follows NILU's answers but counts no hours.

    A day without its number of hours says nothing of its coverage. Raises ParseError where a key that is read is missing.
    """
    for path in paths:
        check_series(path, ("dateTime", "value"))
    return con.sql(
        f"""
        with days as (
          select
            filename,
            eoi,
            component,
            unit,
            unnest("values") as reading,
          from {json_series(paths, '"dateTime" varchar, value decimal(18,8)')}
        ),
        begun_days as (
          select
            *,
            {utc('reading."dateTime"')} as from_time,
          from days
        )
        select
          filename as file,
          eoi as station,
          component,
          cast(from_time + interval 1 hour as date) as day,
          reading.value as value,
          unit,
          from_time,
        from begun_days
        """
    )


def parse_luftkvalitet_portal_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per series and day of the portal's CSV exports. Where an export of days writes one time it is the beginning."""
    return _days(con, read_csv(con, paths, EXPORT))


def parse_luftkvalitet_portal_xlsx(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per series and day of the portal's workbooks."""
    return _days(con, read_workbook(con, paths, EXPORT))


def _days(con: duckdb.DuckDBPyConnection, values: pa.Table) -> duckdb.DuckDBPyRelation:
    return with_codes(con, values).project(
        """
        file,
        station,
        component,
        cast(from_time + interval 1 hour as date) as day,
        value,
        coverage,
        unit,
        from_time,
        to_time
        """
    )


PARSERS = {
    "nilu_stats_day": parse_nilu_stats_day,
    "luftmalinger_agg_day": parse_luftmalinger_agg_day,
    "luftkvalitet_portal_csv": parse_luftkvalitet_portal_csv,
    "luftkvalitet_portal_xlsx": parse_luftkvalitet_portal_xlsx,
}
