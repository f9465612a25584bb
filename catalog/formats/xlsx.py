"""XLSX: text as text, never a formula or a link, and a sheet that explains the contents.

A library writes the workbook with everything but the rows of data. These are said by DuckDB, whole columns at a time, and put into the
sheet's own file: the library writes cell by cell and takes many times as long. A test holds the two together, byte for byte.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb

from catalog.described import Described
from catalog.duck import name
from catalog.formats.readme import readme
from catalog.model import LANGUAGES, Column, ColumnType

XLSX_ROWS = 100_000
"""A workbook with more rows takes longer to open than it is worth."""
EXCEL_ROWS = 1_048_575
"""What a sheet of Excel holds below its header."""
XLSX_TEXT = 32_767
"""The longest text that a cell of Excel holds."""
ROWS = "xl/worksheets/sheet1.xml"
FIRST_ROW, END_OF_ROWS = b'<row r="2"', b"</sheetData>"


def write_xlsx(con: duckdb.DuckDBPyConnection, table: str, described: Described, path: Path) -> None:
    """A sheet of data below a frozen header and a sheet `Les meg`. Texts, codes among them, are text and never formulas or links."""
    dated = _dated(con, table, described)
    with ZipFile(_without_rows(described, dated, path.parent)) as made, ZipFile(path, "w", ZIP_DEFLATED) as whole:
        for part in made.infolist():
            with made.open(part) as written, whole.open(part, "w") as file:
                if part.filename != ROWS:
                    shutil.copyfileobj(written, file)
                    continue
                sheet = written.read()
                end = sheet.index(END_OF_ROWS)
                head = sheet[: sheet.index(FIRST_ROW) if dated else end]
                file.write(_sized(head, con, table))
                for rows in _rows(con, table, described, dated):
                    file.write(rows.encode())
                file.write(sheet[end:])


def _without_rows(described: Described, dated: Sequence[ColumnType], folder: Path) -> BytesIO:
    """The workbook with its header, what is told about it and a row of styles. Its parts are put in `folder` for a moment."""
    import xlsxwriter
    import xlsxwriter.exceptions

    made = BytesIO()
    book = xlsxwriter.Workbook(
        made,
        {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": described.title.nb, "subject": described.notice.nb if described.notice else "",
                         "company": described.attribution[0].nb, "created": datetime(2000, 1, 1)})  # fmt: skip
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("Data")
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(described.columns):
        sheet.set_column(index, index, max(10, min(30, len(column.name) + 2)))
        sheet.write_string(0, index, column.name, bold)
    for index, kind in enumerate(dated):  # a style is in the workbook when a cell has it
        style = book.add_format({"num_format": "yyyy-mm-dd" if kind is ColumnType.date else "yyyy-mm-dd hh:mm:ss"})
        sheet.write_number(1, index, 0, style)

    about = book.add_worksheet("Les meg")
    about.set_column(0, 0, 110)
    texts = [line for language in LANGUAGES for line in (*readme(described, (), language).splitlines(), "")]
    for number, line in enumerate(texts):
        about.write_string(number, 0, line)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(errno.EIO, str(error), str(folder)) from error
    made.seek(0)
    return made


def _dated(con: duckdb.DuckDBPyConnection, table: str, described: Described) -> list[ColumnType]:
    """Whether there are days, moments or both in the table, in the order in which they come."""
    columns = [c for c in described.columns if c.type in (ColumnType.date, ColumnType.datetime)]
    if not columns:
        return []
    firsts = ", ".join(f"min(number) filter ({name(c.name)} is not null)" for c in columns)
    found = con.execute(f"select {firsts} from (select *, row_number() over () as number from {table})").fetchone()
    assert found is not None
    order = sorted((first, index) for index, first in enumerate(found) if first)
    return list(dict.fromkeys(columns[index].type for _, index in order))


def _sized(head: bytes, con: duckdb.DuckDBPyConnection, table: str) -> bytes:
    """The beginning of a sheet with the corner to which it reaches."""
    rows = con.execute(f"select count(*) from {table}").fetchone()
    assert rows is not None
    return re.sub(rb'(<dimension ref="A1:[A-Z]+)\d+', rb"\g<1>%d" % (rows[0] + 1), head, count=1)


def _rows(con: duckdb.DuckDBPyConnection, table: str, described: Described, dated: Sequence[ColumnType]) -> Iterator[str]:
    """The rows of the sheet, many at a time."""
    from xlsxwriter.utility import xl_col_to_name

    cells = " || ".join(_cell(column, xl_col_to_name(index), dated) for index, column in enumerate(described.columns))
    rows = con.execute(
        f"""select '<row r="' || number || '">' || {cells} || '</row>'
        from (select *, row_number() over () + 1 as number from {table})"""
    )
    while batch := rows.fetchmany(5_000):
        yield "".join(row for (row,) in batch)


def _cell(column: Column, letters: str, dated: Sequence[ColumnType]) -> str:
    """SQL of one cell; nothing for a missing value."""
    it = name(column.name)
    start = f"""'<c r="{letters}' || number || '"'"""
    match column.type:
        case ColumnType.text:
            said = f"""{start} || ' t="inlineStr"><is><t' || {_kept_blanks(it)} || '>' || {_escaped(it)} || '</t></is></c>'"""
        case ColumnType.boolean:
            said = f"""{start} || ' t="b"><v>' || {it}::integer || '</v></c>'"""
        case ColumnType.date | ColumnType.datetime if column.type in dated:
            said = f"""{start} || ' s="{2 + dated.index(column.type)}"><v>' || printf('%.16G', {_serial(it)}) || '</v></c>'"""
        case _:
            said = f"{start} || '><v>' || printf('%.16G', {it}::double) || '</v></c>'"
    return f"case when {it} is null then '' else {said} end"


CONTROL = (*range(9), *range(11, 32))
"""Signs that XML cannot hold; Excel writes them as `_xHHHH_`, and what looks like that already with its first sign as `_x005F_`."""


def _escaped(it: str) -> str:
    plain = f"replace(replace(replace({it}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    odd = f"regexp_replace({plain}, '(_x[0-9a-fA-F]{{4}}_)', '_x005F\\1', 'g')"
    for sign in CONTROL:
        odd = f"replace({odd}, chr({sign}), '_x{sign:04X}_')"
    return f"case when regexp_matches({it}, '[\\x00-\\x08\\x0b-\\x1f]|_x[0-9a-fA-F]{{4}}_') then {odd} else {plain} end"


def _kept_blanks(it: str) -> str:
    blank = r"[ \t\n\pZ\x{85}]"
    return f"""case when regexp_matches({it}, '^{blank}|{blank}$') then ' xml:space="preserve"' else '' end"""


def _serial(it: str) -> str:
    """Days since the end of 1899 as Excel counts them, which takes 1900 for a leap year."""
    within = f"(epoch_us({it}::timestamp) - epoch_us({it}::date::timestamp))"
    days = f"(datediff('day', date '1899-12-31', {it}::date) + ({within} // 1000000 + {within} % 1000000 / 1e6) / 86400)"
    return f"({days} + case when {days} > 59 then 1 when {it}::date = date '1900-01-01' then -1 else 0 end)"
