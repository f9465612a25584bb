"""Hourly electricity production by municipality: how Elhub is asked, and how its answers are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import utc
from pipelines.reading.elhub import Answers, ask_for_hours, delivered

ANSWERS = Answers(
    dataset="PRODUCTION_PER_METERING_POINT_TYPE_MUNICIPALITY_HOUR",
    rows="productionPerMeteringPointTypeMunicipalityHour",
    fields=("startTime", "endTime", "meteringPointTypeCode", "quantityKwh", "lastUpdatedTime"),
)


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request a day for all municipalities, or one a month for each that is named."""
    return ask_for_hours(dataset, window, ANSWERS)


def parse_elhub_energy_data_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers of Elhub's Energy Data API → one row per municipality, type of metering point and hour.

    A municipality with an empty list has no rows: absent is not zero. A time without an offset is left empty, which no check
    lets pass. Raises ParseError for an answer to another question.
    """
    return con.sql(f"""
        select
            municipality,
            delivered.meteringPointTypeCode as metering_point_type,
            {utc("delivered.startTime")} as from_time,
            delivered.quantityKwh as energy,
            {utc("delivered.lastUpdatedTime")} as updated_at,
            {utc("delivered.endTime")} as to_time,
            file
        from ({delivered(paths, ANSWERS)})
    """)


PARSERS = {"elhub_energy_data_json": parse_elhub_energy_data_json}
