"""Hourly energy meters in municipal buildings of four cities: where the SamÅpne files lie, and how they are read.

The cities share columns (timestamp; meter_id; value) but neither notation nor clock, so what a time means is declared by city and never
guessed. Which city a file is from stands in its path, or in the name of its format where the archive has taken the path from it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import duckdb

from catalog.duck import literal
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import oslo_doubt, oslo_to_utc
from pipelines.reading.csv_text import header, lines, unreadable

COLUMNS = ("timestamp", "meter_id", "value")
EXPECTED = f"a semicolon-separated file with the columns {', '.join(COLUMNS)}, in a folder coordinated-data/<city>/energy/measurements"
NOTATIONS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M")
"""How the cities write a time. The day stands before the month, also where a slash is between them."""
KNOWN_OF_A_METER = ("building", "building_type", "meter_name", "meter_type", "meter_unit", "meter_level")


@dataclass(frozen=True)
class City:
    """How one city's files are to be understood."""

    municipality: str
    """Its number of today, in all years."""
    clock: Literal["Oslo", "standard"]
    """The clocks of Oslo with summer time, or standard time (UTC+1) all year."""
    label: Literal["begin", "end"]
    """Which end of its hour a time names."""


CITIES = {
    "drammen": City("3301", "Oslo", "begin"),
    "trondheim": City("5001", "standard", "end"),
    "stavanger": City("1103", "Oslo", "begin"),
    "bodo": City("1804", "standard", "end"),
}
"""By the name of their folder. Found by counting the hours of the days when clocks change; only Drammen's file itself was at hand."""


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request for each city's whole file, whatever the window: it lies in a public repository, which cannot be asked for a part.

    The addresses follow the layout of the repository and have not been seen to answer; a city without a file is passed over. Bodø is
    not asked: one of its meters is in a home, which only the table of meters tells, and a file that is fetched comes without it.
    """
    for folder, city in CITIES.items():
        if folder != "bodo" and (not window.municipalities or city.municipality in window.municipalities):
            yield Request(
                url=f"{dataset.source.service.rstrip('/')}/coordinated-data/{folder}/energy/measurements/dataset.csv",
                format=_format_of(folder),
                note="the city's whole file, all years",
                absent_is_fine=True,
            )


def parse_samapne_measurements_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Measurement files that lie in their city's folder → one row per meter and hour.

    What is known of the meters is taken from the tables that lie beside the file, as the repository has them. Raises ParseError
    when no folder of the path is a known city's, or a column is missing.
    """
    return con.sql(" union all ".join(_rows(path, CITIES[_city_of(path)], _meters_beside(path)) for path in paths))


def _parse_city(folder: str, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Files of one city as they are kept in the archive, without tables beside them → the same rows, with nothing known of the meters."""
    return con.sql(" union all ".join(_rows(path, CITIES[folder], {}) for path in paths))


def _rows(path: Path, city: City, meters: dict[str, dict[str, str | None]]) -> str:
    """SQL for the rows of one file.

    On the clocks of Oslo the first of two values for the hour that autumn repeats is that of summer time, because the files run
    forward in time. A value that stands alone in that hour could be either or both; `doubt` says so. A time that cannot be read
    is left empty, which no check lets pass.
    """
    names = header(path, COLUMNS, delimiter=";", expected=EXPECTED)
    local = f"coalesce({', '.join(f'try_strptime(trim(timestamp), {literal(notation)})' for notation in NOTATIONS)})"
    if city.clock == "Oslo":
        moment = oslo_to_utc("local", "nth")
        doubt = f"case {oslo_doubt('local')} when 'skipped' then 'skipped' when 'repeated' then if(times = 1, 'repeated', null) end"
    else:
        moment, doubt = "local - interval 1 hour", "null"
    return f"""
        select
            {literal(city.municipality)} as municipality,
            meter,
            {moment}{" - interval 1 hour" if city.label == "end" else ""} as from_time,
            energy,
            {", ".join(KNOWN_OF_A_METER)},
            {doubt} as doubt,
            file
        from (
            select
                meter,
                local,
                energy,
                row_number() over (partition by meter, local order by line) as nth,
                count(*) over (partition by meter, local) as times,
                file
            from (
                select
                    trim(meter_id) as meter,
                    {local} as local,
                    nullif(replace(trim(value), ',', '.'), '') as energy,
                    row_number() over () as line,
                    file
                from {lines(path, names, delimiter=";")}
            )
        )
        left join ({_known(meters)}) using (meter)
    """


def _known(meters: dict[str, dict[str, str | None]]) -> str:
    """SQL for what is known of the meters, one row a meter."""
    columns = ("meter", *KNOWN_OF_A_METER)
    rows = [(meter, *(facts.get(column) for column in KNOWN_OF_A_METER)) for meter, facts in sorted(meters.items())]
    nothing = f"select {', '.join(f'null::varchar as {column}' for column in columns)} where false"
    if not rows:
        return nothing
    values = ", ".join("(" + ", ".join("null" if text is None else literal(text) for text in row) + ")" for row in rows)
    return f"{nothing} union all from (values {values})"


def _city_of(path: Path) -> str:
    if city := next((part.lower() for part in reversed(path.parts) if part.lower() in CITIES), None):
        return city
    raise unreadable(path, f"the city is unknown: no folder is called {', '.join(CITIES)}", EXPECTED)


def _meters_beside(path: Path) -> dict[str, dict[str, str | None]]:
    """What the tables of the same city say of its meters; empty where there are none.

    In the table of places two cities have swapped id and name, so the id is the one of the two that the table of meters knows. A meter
    that stands for several buildings, such as a thermometer, belongs to none of them.
    """
    folder = path.parent.parent
    types = {
        row["building"]: row["building_type"]
        for row in _table(folder / "locations", {"location": "building", "building_type": "building_type"})
    }
    meters: dict[str, dict[str, str | None]] = {
        row["meter"] or "": {key: text for key, text in row.items() if key != "meter"}
        for row in _table(
            folder / "measurement-points",
            {"meter_id": "meter", "meter_type": "meter_type", "unit": "meter_unit", "meter_level": "meter_level"},
        )
    }
    places: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for row in _table(folder / "location-measurement-points", {"location": "building", "meter_id": "id", "meter_name": "name"}):
        meter, name = (row["name"], row["id"]) if row["id"] not in meters and row["name"] in meters else (row["id"], row["name"])
        places[meter or ""].add((row["building"], name))
    for meter, found in places.items():
        buildings, names = {building for building, _ in found}, {name for _, name in found}
        facts = meters.setdefault(meter, {})
        facts["meter_name"] = names.pop() if len(names) == 1 else None
        if len(buildings) == 1:
            facts["building"] = buildings.pop()
            facts["building_type"] = types.get(facts["building"])
    return meters


def _table(folder: Path, columns: dict[str, str]) -> list[dict[str, str | None]]:
    """The rows of a small table under our names; none where it does not lie there. Raises ParseError when a column is missing."""
    path = folder / "dataset.csv"
    if not path.is_file():
        return []
    header(path, tuple(columns), delimiter=";", expected=f"a semicolon-separated table with the columns {', '.join(columns)}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {ours: (row[theirs] or "").strip() or None for theirs, ours in columns.items()} for row in csv.DictReader(file, delimiter=";")
        ]


def _format_of(folder: str) -> str:
    """The format of one city's files: the columns are the same, but a stored file no longer tells whose it is."""
    return f"{folder}_measurements_csv"


PARSERS = {
    "samapne_measurements_csv": parse_samapne_measurements_csv,
    **{_format_of(folder): partial(_parse_city, folder) for folder in CITIES},
}
