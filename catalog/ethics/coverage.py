"""How many people live where a dataset has stations: the bound that can be told without knowing where in a municipality they live."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from catalog.duck import parquet
from catalog.model import Dataset

STATIONS = "air_quality_stations"
POPULATION = "population"
MEASURED_AT_STATIONS = ("air_quality_hourly", "air_quality_daily", STATIONS, "bike_counts_hourly")
"""Datasets of measurements at fixed points that readers may take for whole municipalities."""
RESTS_ON = (STATIONS, POPULATION)


def population_coverage(
    con: duckdb.DuckDBPyConnection,
    table: Path,
    dataset: Dataset,
    stations: Sequence[Path],
    population: Sequence[Path],
    borders: Path | None,
) -> tuple[Decimal | None, Decimal | None]:
    """Share of the country's inhabitants in municipalities that have a station, and how far the counties are apart in it.

    Both are shares from 0 to 1, and upper bounds: not everyone in a municipality lives near its station. Inhabitants are those of the
    newest year, in the newest borders. A dataset without municipalities gets them from the register of stations. None where the dataset
    has no stations, or where inhabitants or the history of municipalities are not at hand.
    """
    if dataset.id not in MEASURED_AT_STATIONS or not population or borders is None:
        return None, None
    if any(column.name == "municipality" for column in dataset.columns):
        places = f"select municipality from {parquet([table])}"
    elif stations:
        places = f"select municipality from {parquet(list(stations))} where station in (select station from {parquet([table])})"
    else:
        return None, None
    row = con.execute(
        f"""with links as (
          select * from {parquet([borders])} where borders_year = (select max(borders_year) from {parquet([borders])})
        ),
        inhabitants as (
          select links.to_code as municipality, sum(counted.population * links.weight) as people
          from {parquet(list(population))} as counted
          inner join links on links.code = counted.municipality and links.year = counted.year
          where counted.year = (select max(year) from {parquet(list(population))})
          group by links.to_code
        ),
        places as (
          select municipality from ({places})
          union
          select links.to_code from ({places}) as old inner join links on links.code = old.municipality
        ),
        near as (
          select people, left(municipality, 2) as county, municipality in (from places) as has_station from inhabitants
        ),
        counties as (
          select county, sum(people) filter (has_station) as near, sum(people) as people from near group by county
        )
        select (select sum(people) filter (has_station) from near), (select sum(people) from near),
          max(coalesce(near, 0) * 10000 // people), min(coalesce(near, 0) * 10000 // people)
        from counties where people > 0"""
    ).fetchone()
    assert row is not None
    near, people, most, least = row
    if not people:
        return None, None
    four = Decimal("0.0001")
    return (Decimal(near or 0) / Decimal(people)).quantize(four), (Decimal(int(most) - int(least)) / 10000).quantize(four)
