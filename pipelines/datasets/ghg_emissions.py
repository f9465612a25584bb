"""Greenhouse-gas emissions by municipality: where the Environment Agency's workbook lies, and how workbooks and extracts of it are read.

Every edition recalculates all years, so the edition is part of each row. A file says it in its name (`published_2023-12_…`).
"""

from __future__ import annotations

import csv
import hashlib
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window

CSV_COLUMNS = ("Kommune", "År", "Sektor", "Utslippskilde", "Utslipp")
SHEET = "Oversikt - detaljert"
SHEET_COLUMNS = ("Kommunenummer", "Kommune", "År", "Sektor", "Utslippskilde", "Utslipp (tonn CO2-ekvivalenter)")
LARGEST_WORKBOOK = 2**30
"""Bytes of a workbook after unpacking; more is a trap, not statistics."""
BATCH = 50_000
"""Rows of a workbook that are held as Python values at a time."""


@cache
def numbers_of_names() -> dict[str, str]:
    """Numbers of 2024 by name, for extracts that give the name alone. A name that two bear, such as Herøy and Våler, is none of them.

    Source: Statistics Norway, KLASS 131.
    """
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["municipality"] for row in csv.DictReader(file)}


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request for the workbook of all municipalities and years, whatever the window: there is no way to ask for less.

    The address moves; it is `source.service` of the YAML, and an outdated one answers with a web page, which is refused.
    """
    yield Request(url=dataset.source.service, format="miljodirektoratet_municipal_xlsx")


def parse_miljodirektoratet_municipal_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Extracts that a county made of the workbook, with names instead of numbers and without the gas → rows of the dataset.

    A name that no or more than one municipality bears gives an empty municipality, which a rule of the YAML sets aside. Raises ParseError
    when a column is missing or the file's name says no edition.
    """
    return con.sql(" union all ".join(_csv_rows(path) for path in paths))


def _csv_rows(path: Path) -> str:
    edition = _edition_in_name(path)
    if edition is None:
        raise _unreadable(path, "the edition is unknown", "name the file after the month of publication, such as published_2024-12.csv")
    numbers = ", ".join(f"{literal(name)}: {literal(number)}" for name, number in numbers_of_names().items())
    return _summed(f"""
        select
            {literal(edition)} as edition,
            map {{{numbers}}}[{_cleaned('"Kommune"')}] as municipality,
            "Kommune" as municipality_name,
            "År" as year,
            "Sektor" as sector,
            "Utslippskilde" as emission_source,
            "Utslipp" as emissions,
            file
        from {_lines(path)}
    """)


def _lines(path: Path) -> str:
    """SQL for the lines of an extract as text. The head is read here, so that DuckDB need not guess anything."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, "a head that cannot be read as text", f"expected the columns {', '.join(CSV_COLUMNS)}") from error
    if missing := [column for column in CSV_COLUMNS if column not in head]:
        raise _unreadable(path, f"columns missing: {', '.join(missing)}", f"expected the columns {', '.join(CSV_COLUMNS)}")
    columns = ", ".join(f"{literal(column)}: 'varchar'" for column in head)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        f" escape = '\"', filename = 'file')"
    )


def parse_miljodirektoratet_municipal_xlsx(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """The workbook of all municipalities → rows of the dataset.

    The workbook does not name its edition. It is published in December with the years up to the one before, so the edition is the
    December after its newest year, unless the file's name says otherwise. Raises ParseError for a web page in place of a
    workbook, for a county's workbook, which names no municipalities, and for a missing sheet or column.
    """
    lines = pa.concat_tables([_workbook_rows(path) for path in paths])
    # A name of its own for each set of files: relations are lazy, and a second call must not change what the first one reads.
    view = f"workbook_{hashlib.sha256(repr(paths).encode()).hexdigest()[:16]}"
    con.register(view, lines)
    return con.sql(_summed(f"select * from {view}"))


def _workbook_rows(path: Path) -> pa.Table:
    """The rows of the detailed sheet as text, with `edition` and `file`."""
    _check_workbook(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        head, rows = _detailed_sheet(workbook, path)
        places = [head.index(column) for column in SHEET_COLUMNS]
        tables: list[pa.Table] = []
        batch: list[list[str | None]] = []
        for row in rows:
            values = [_text(row[place]) or None for place in places]
            if any(values):
                batch.append([_number(values[0]), *values[1:]])
            if len(batch) == BATCH:
                tables.append(_as_table(batch))
                batch = []
        lines = pa.concat_tables([*tables, _as_table(batch)])
    except CalamineError as error:
        raise _unreadable(path, "a workbook that cannot be opened", "download it again") from error
    years = [int(year[:4]) for year in set(lines["year"].to_pylist()) if re.match(r"\d{4}", year or "")]
    if not years:
        raise _unreadable(path, "no rows with a year in the detailed sheet", "download the workbook again")
    edition = _edition_in_name(path) or f"{max(years) + 1}-12"
    return lines.append_column("edition", pa.array([edition] * len(lines), pa.string())).append_column(
        "file", pa.array([str(path)] * len(lines), pa.string())
    )


def _detailed_sheet(workbook: CalamineWorkbook, path: Path) -> tuple[list[str], Iterator[Sequence[object]]]:
    """Head and rows of the detailed sheet: the one of that name, or else the only one with its columns, whatever an edition calls it."""
    heads: dict[str, list[str]] = {}
    for name in [SHEET] if SHEET in workbook.sheet_names else workbook.sheet_names:
        heads[name] = [_text(cell).replace("₂", "2").strip() for cell in next(workbook.get_sheet_by_name(name).iter_rows(), [])]
    found = [name for name, head in heads.items() if not set(SHEET_COLUMNS) - set(head)]
    if len(found) != 1 and SHEET not in heads:
        what = f"{len(found) or 'no'} sheets with the columns {', '.join(SHEET_COLUMNS)}, and none called {SHEET}"
        raise _unreadable(path, what, "download the workbook of all municipalities again")
    if not found:
        missing = [column for column in SHEET_COLUMNS if column not in heads[SHEET]]
        next_step = "download the workbook of all municipalities; those of counties name none"
        raise _unreadable(path, f"columns missing in {SHEET}: {', '.join(missing)}", next_step)
    rows = workbook.get_sheet_by_name(found[0]).iter_rows()
    next(rows)
    return heads[found[0]], rows


def _check_workbook(path: Path) -> None:
    """An outdated link answers with a web page, and a small file may unpack to gigabytes; neither is opened."""
    if not zipfile.is_zipfile(path):
        raise _unreadable(path, "no workbook (the signature of a zip file is missing)", "look for the new address of the workbook")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise _unreadable(path, "a workbook that is damaged", "download it again from the publisher's page") from error
    if size > LARGEST_WORKBOOK:
        raise _unreadable(path, "a workbook that unpacks to more than 1 GiB", "download it again from the publisher's page")


def _as_table(rows: Sequence[Sequence[str | None]]) -> pa.Table:
    columns = ("municipality", "municipality_name", "year", "sector", "emission_source", "emissions")
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(columns)})


def _text(cell: object) -> str:
    """A cell as the text that reads back to the same value: 2009.0 as 2009.0, a date as 2009-01-01, an empty cell as nothing."""
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell)


def _number(text: str | None) -> str | None:
    """A municipality number with the zero that a spreadsheet takes from it: 301.0 is 0301."""
    if text is None or not re.fullmatch(r"\s*\d{1,4}(\.0)?\s*", text):
        return text
    return text.strip().removesuffix(".0").zfill(4)


def _summed(lines: str) -> str:
    """SQL: text lines with one row per gas, also where the gas is no longer told → one row per edition, municipality, year and source.

    The sum is exact (decimals with 24 digits after the point; the source writes up to 20), so the order of the rows does
    not matter. Where the value of one gas is missing the sum is missing too.
    """
    return f"""
        select
            edition,
            municipality,
            {_cleaned("municipality_name")} as municipality_name,
            regexp_replace(year, '(\\.0|-01-01(T00:00:00)?)$', '') as year,
            {_cleaned("sector")} as sector,
            {_cleaned("emission_source")} as emission_source,
            case when count(*) = count(emissions) then sum(cast(emissions as decimal(38, 24))) end as emissions,
            file
        from ({lines})
        group by all
    """


def _cleaned(column: str) -> str:
    """SQL for a text without line ends, spreadsheet escapes of them, and blanks at its ends or doubled."""
    return f"nullif(trim(regexp_replace(replace(nfc_normalize({column}), '_x000D_', ' '), '[\\s\\x{{00A0}}]+', ' ', 'g')), '')"


def _edition_in_name(path: Path) -> str | None:
    found = re.search(r"published_(\d{4}-(?:0[1-9]|1[0-2]))(?!\d)", path.name)
    return found[1] if found else None


def _unreadable(path: Path, what: str, next_step: str) -> ParseError:
    return ParseError(what, where=path.name, effect="nothing of this file is used", next_step=next_step)


PARSERS = {
    "miljodirektoratet_municipal_csv": parse_miljodirektoratet_municipal_csv,
    "miljodirektoratet_municipal_xlsx": parse_miljodirektoratet_municipal_xlsx,
}
