"""XLSX: text as text, never a formula or a link, and a sheet that explains the contents."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from catalog.described import Described
from catalog.duck import name
from catalog.formats.readme import readme
from catalog.model import LANGUAGES, ColumnType

XLSX_ROWS = 100_000
"""A workbook with more rows takes longer to open than it is worth."""
EXCEL_ROWS = 1_048_575
"""What a sheet of Excel holds below its header."""
XLSX_TEXT = 32_767
"""The longest text that a cell of Excel holds."""


def write_xlsx(con: duckdb.DuckDBPyConnection, table: str, described: Described, path: Path) -> None:
    """A sheet of data below a frozen header and a sheet `Les meg`. Texts, codes among them, are text and never formulas or links."""
    import xlsxwriter
    import xlsxwriter.exceptions

    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": described.title.nb, "subject": described.notice.nb if described.notice else "",
                         "company": described.attribution[0].nb, "created": datetime(2000, 1, 1)})  # fmt: skip
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    sheet = book.add_worksheet("Data")
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(described.columns):
        sheet.set_column(index, index, max(10, min(30, len(column.name) + 2)))
        sheet.write_string(0, index, column.name, bold)
    cells = {
        ColumnType.text: lambda row, index, value: sheet.write_string(row, index, value),
        ColumnType.integer: lambda row, index, value: sheet.write_number(row, index, value),
        ColumnType.decimal: lambda row, index, value: sheet.write_number(row, index, value),
        ColumnType.boolean: lambda row, index, value: sheet.write_boolean(row, index, value),
        ColumnType.date: lambda row, index, value: sheet.write_datetime(row, index, datetime(value.year, value.month, value.day), day),
        ColumnType.datetime: lambda row, index, value: sheet.write_datetime(row, index, value, moment),
    }
    writers = [cells[column.type] for column in described.columns]
    terms = ", ".join(f"{name(c.name)}::double" if c.type is ColumnType.decimal else name(c.name) for c in described.columns)
    for number, row in enumerate(_rows(con, f"select {terms} from {table}"), start=1):
        for index, value in enumerate(row):
            if value is not None:
                writers[index](number, index, value)

    about = book.add_worksheet("Les meg")
    about.set_column(0, 0, 110)
    texts = [line for language in LANGUAGES for line in (*readme(described, (), language).splitlines(), "")]
    for number, line in enumerate(texts):
        about.write_string(number, 0, line)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    cursor = con.execute(sql)
    while batch := cursor.fetchmany(10_000):
        yield from batch
