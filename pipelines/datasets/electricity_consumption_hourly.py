"""Hourly electricity consumption by municipality: how Elhub is asked, and how its answers and a county's copies of them are read.

Every time is turned into UTC here, by the offset it carries; a time without one could mean either and is left empty, which no
check lets pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import utc
from pipelines.reading.csv_text import header, lines
from pipelines.reading.elhub import Answers, ask_for_hours, delivered, four_digits

ANSWERS = Answers(
    dataset="CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR",
    rows="consumptionPerGroupMunicipalityHour",
    fields=("startTime", "endTime", "consumptionGroup", "quantityKwh", "lastUpdatedTime", "meteringPointCount"),
)
COUNTY_COLUMNS = ("Knr", "Tid", "Gruppe", "Forbruk (kWh)", "Antall målere")
COUNTY_FILE = f"a comma-separated file with the columns {', '.join(COUNTY_COLUMNS)}"


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request a day for all municipalities, or one a month for each that is named."""
    return ask_for_hours(dataset, window, ANSWERS)


def parse_elhub_energy_data_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers of Elhub's Energy Data API → one row per municipality, group and hour.

    A municipality with an empty list has no rows: absent is not zero. Raises ParseError for an answer to another question.
    """
    return con.sql(f"""
        select
            municipality,
            delivered.consumptionGroup as consumption_group,
            {utc("delivered.startTime")} as from_time,
            delivered.quantityKwh as energy,
            delivered.meteringPointCount as metering_points,
            {utc("delivered.lastUpdatedTime")} as updated_at,
            {utc("delivered.endTime")} as to_time,
            file
        from ({delivered(paths, ANSWERS)})
    """)


def parse_elhub_county_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Files that a county writes from Elhub's answers → one row per municipality, group and hour.

    The municipality number is sometimes written as an integer, and the count of meters as 8750.0. There is no
    time of revision. A group with an unknown name keeps it, so that the check of codes stops it.
    """
    return con.sql(" union all ".join(_county_rows(path) for path in paths))


def _county_rows(path: Path) -> str:
    """SQL for the rows of one file."""
    return f"""
        select
            {four_digits('"Knr"')} as municipality,
            case "Gruppe"
                when 'Husholdninger' then 'private'
                when 'Industri' then 'industry'
                when 'Næring (unntatt industri)' then 'business'
                else "Gruppe"
            end as consumption_group,
            {utc('"Tid"')} as from_time,
            "Forbruk (kWh)" as energy,
            regexp_replace("Antall målere", '\\.0+$', '') as metering_points,
            file
        from {lines(path, header(path, COUNTY_COLUMNS, expected=COUNTY_FILE))}
    """


PARSERS = {
    "elhub_energy_data_json": parse_elhub_energy_data_json,
    "elhub_county_csv": parse_elhub_county_csv,
}
