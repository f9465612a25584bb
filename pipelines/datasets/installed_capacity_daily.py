"""Installed capacity for electricity production by municipality: how Elhub is asked, and how its answers and a county's copies are read.

A row knows the type of its metering points (E18 production only, E19 production and consumption) or is the sum of `all` types. Where
a copy has dropped the type, its rows of one municipality, group and day are parts of that sum and never repetitions of each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from catalog.duck import name
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import utc
from pipelines.reading.csv_text import header, lines, unreadable
from pipelines.reading.elhub import Answers, ask_for_days, delivered, four_digits

ANSWERS = Answers(
    dataset="INSTALLED_CAPACITY_PER_METERING_POINT_TYPE_GROUP_MUNICIPALITY_DAILY",
    rows="installedCapacityPerMeteringPointTypeGroupMunicipalityDaily",
    fields=("usageDateId", "meteringPointTypeCode", "productionGroup", "installedCapacity", "lastUpdatedTime"),
)
COUNTY_COLUMNS = {
    "municipality": ("kommunenr", "kommunenummer", "knr"),
    "production_group": ("produksjonstype", "kilde"),
    "capacity": ("installertkapasitet",),
    "day": ("dato",),
    "updated_at": ("sistoppdatert",),
}
"""What each column is called in the copies, without regard to case and `_`; they were written by different versions of a collector."""
TYPE = "meteringpointtypecode"
COUNTY_FILE = (
    "a comma-separated file with the columns Kommunenummer, Kilde (or Produksjonstype), InstallertKapasitet, Dato and SistOppdatert,"
    " and MeteringPointTypeCode where the type is known"
)


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request a month, for all municipalities or for each that is named."""
    return ask_for_days(dataset, window, ANSWERS)


def parse_elhub_energy_data_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers of Elhub's Energy Data API → one row per municipality, production group, type of metering point and day.

    The municipality is that of the entity: its rows repeat the number without the leading zero. Raises ParseError for an answer to
    another question.
    """
    return con.sql(f"""
        select
            municipality,
            delivered.productionGroup as production_group,
            delivered.meteringPointTypeCode as metering_point_type,
            cast(strptime(delivered.usageDateId, '%Y%m%d') as date) as day,
            delivered.installedCapacity as capacity,
            {utc("delivered.lastUpdatedTime")} as updated_at,
            1 as parts,
            file
        from ({delivered(paths, ANSWERS)})
    """)


def parse_elhub_county_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Files that a county writes from Elhub's answers → one row per municipality, production group, type and day.

    In a file without the type the rows of one key are summed, exactly, and `parts` says how many they were. Where one part has no value
    the sum has none either. Raises ParseError when a column is missing.
    """
    return con.sql(" union all ".join(_county_rows(path) for path in paths))


def _county_rows(path: Path) -> str:
    """SQL for the rows of one file."""
    names = header(path, expected=COUNTY_FILE)
    plain = {column.replace("_", "").lower(): column for column in names}
    found = {ours: next((plain[known] for known in theirs if known in plain), None) for ours, theirs in COUNTY_COLUMNS.items()}
    if missing := [COUNTY_COLUMNS[ours][0] for ours, theirs in found.items() if theirs is None]:
        raise unreadable(path, f"columns missing: {', '.join(missing)}", COUNTY_FILE)
    text = {ours: name(theirs) for ours, theirs in found.items() if theirs is not None}
    rows = f"""
        select
            {four_digits(text["municipality"])} as municipality,
            {text["production_group"]} as production_group,
            {name(plain[TYPE]) if TYPE in plain else "'all'"} as metering_point_type,
            {text["day"]} as day,
            {text["capacity"]} as capacity,
            {utc(text["updated_at"])} as updated_at,
            file
        from {lines(path, names)}
    """
    if TYPE in plain:
        return f"select *, 1 as parts from ({rows})"
    return f"""
        select
            municipality,
            production_group,
            metering_point_type,
            day,
            case when count(*) = count(capacity) then sum(cast(capacity as decimal(28, 8))) end as capacity,
            max(updated_at) as updated_at,
            count(*) as parts,
            file
        from ({rows})
        group by all
    """


PARSERS = {
    "elhub_energy_data_json": parse_elhub_energy_data_json,
    "elhub_county_csv": parse_elhub_county_csv,
}
