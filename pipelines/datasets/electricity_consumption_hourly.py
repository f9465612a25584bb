"""Hourly electricity consumption by municipality: how Elhub is asked, and how its answers and a county's copies of them are read.

Elhub writes local time with its offset (+01:00 in winter, +02:00 in summer), copies of its data write UTC or +01:00. Every time is
turned into UTC here, by the offset it carries; a time without one could mean either and is left empty, which no check lets pass.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.ask import Request, Window

JSON_LIST = "consumptionPerGroupMunicipalityHour"
ANSWER = f"""{{
    data: 'struct(
        id varchar,
        attributes struct(
            {JSON_LIST} struct(
                startTime varchar,
                endTime varchar,
                consumptionGroup varchar,
                quantityKwh varchar,
                lastUpdatedTime varchar,
                meteringPointCount varchar
            )[]
        )
    )[]'
}}"""
LARGEST_ANSWER = 2**25
"""Bytes of one answer that DuckDB takes; a day of all municipalities is about 6 MB. It reserves memory by this number."""
COUNTY_COLUMNS = ("Knr", "Tid", "Gruppe", "Forbruk (kWh)", "Antall målere")
COUNTY_FILE = f"a comma-separated file with the columns {', '.join(COUNTY_COLUMNS)}"


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request a day for all municipalities, or one a month for each that is named.

    Elhub refuses more than a day when all municipalities are asked for, and more than a month in any case. Days and months
    are those of standard time, so that each answer lies inside one period; the end is exclusive. A named municipality is
    asked for whole months, so that the question about a month is the same every day until the month is over.
    """
    start = max(window.start, dataset.source.starts_on)
    for first, after in window.months():
        if after <= start:
            continue
        if not window.municipalities:
            begin, end = max(first, start), min(after, window.end)
            for day in range((end - begin).days):
                since = begin + timedelta(days=day)
                yield _request(dataset, dataset.source.service, since, since + timedelta(days=1))
            continue
        # A March of standard time is an hour longer than March on the clocks in Oslo, more than a month, so it is asked for in two parts.
        cuts = (first, first.replace(day=16), after) if first.month == 3 else (first, after)
        for municipality in window.municipalities:
            for since, until in pairwise(cuts):
                yield _request(dataset, f"{dataset.source.service}/{municipality}", since, until)


def _request(dataset: Dataset, url: str, since: date, until: date) -> Request:
    return Request(
        url=url,
        format="elhub_energy_data_json",
        params={
            "dataset": "CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR",
            "startDate": f"{since}T00:00:00+01:00",
            "endDate": f"{until}T00:00:00+01:00",
        },
        headers={"Accept": "application/json"},
        period=f"{since:%Y-%m}",
    )


def parse_elhub_energy_data_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers of Elhub's Energy Data API → one row per municipality, group and hour.

    A municipality with an empty list has no rows: absent is not zero. Raises ParseError for an answer to another question.
    """
    for path in paths:
        _check_answer(path)
    files = ", ".join(literal(str(path)) for path in paths)
    return con.sql(f"""
        with answers as (
            select
                filename as file,
                unnest(data) as entity
            from read_json([{files}], columns = {ANSWER}, filename = true, maximum_object_size = {LARGEST_ANSWER})
        ),
        hours as (
            select
                file,
                entity.id as municipality,
                unnest(entity.attributes.{JSON_LIST}) as hour
            from answers
        )
        select
            municipality,
            hour.consumptionGroup as consumption_group,
            {_utc("hour.startTime")} as from_time,
            hour.quantityKwh as energy,
            hour.meteringPointCount as metering_points,
            {_utc("hour.lastUpdatedTime")} as updated_at,
            {_utc("hour.endTime")} as to_time,
            file
        from hours
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
            case when length("Knr") < 4 then lpad("Knr", 4, '0') else "Knr" end as municipality,
            case "Gruppe"
                when 'Husholdninger' then 'private'
                when 'Industri' then 'industry'
                when 'Næring (unntatt industri)' then 'business'
                else "Gruppe"
            end as consumption_group,
            {_utc('"Tid"')} as from_time,
            "Forbruk (kWh)" as energy,
            regexp_replace("Antall målere", '\\.0+$', '') as metering_points,
            file
        from {_lines(path)}
    """


def _lines(path: Path) -> str:
    """SQL for the lines of a county's file as text. The head is read here, so that DuckDB need not guess anything."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, "a head that cannot be read as text", COUNTY_FILE) from error
    if missing := [column for column in COUNTY_COLUMNS if column not in head]:
        raise _unreadable(path, f"columns missing: {', '.join(missing)}", COUNTY_FILE)
    columns = ", ".join(f"{literal(column)}: 'varchar'" for column in head)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        f" escape = '\"', filename = 'file')"
    )


def _utc(text: str) -> str:
    """SQL for the instant, as UTC without offset, that a text with `Z` or `±hh:mm` at its end stands for; null without one.

    A plain cast of the text to a timestamp would drop the offset without a word.
    """
    has_offset = f"length({text}) > 16 and (right({text}, 1) = 'Z' or substr({text}, -6, 1) in ('+', '-'))"
    return f"case when {has_offset} then cast({text} as timestamptz) at time zone 'UTC' end"


def _check_answer(path: Path) -> None:
    """The head of an answer tells an answer to this question from an error object, a web page or another dataset."""
    with path.open("rb") as file:
        head = file.read(2**16)
    wrong = None
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        wrong = "no JSON object"
    elif b'"data"' not in head:
        wrong = "no list called data"
    elif JSON_LIST.encode() not in head and not re.search(rb'"data"\s*:\s*\[\s*\]', head):
        wrong = f"no list called {JSON_LIST}"
    if wrong:
        raise _unreadable(path, wrong, "an answer of Elhub's Energy Data API to CONSUMPTION_PER_GROUP_MUNICIPALITY_HOUR")


def _unreadable(path: Path, what: str, expected: str) -> ParseError:
    return ParseError(what, where=path.name, effect="nothing of this file is used", next_step=f"expected {expected}")


PARSERS = {
    "elhub_energy_data_json": parse_elhub_energy_data_json,
    "elhub_county_csv": parse_elhub_county_csv,
}
