"""CSV for programs and for Norwegian Excel."""

from __future__ import annotations

from pathlib import Path

import duckdb

from catalog.described import Described
from catalog.duck import literal, name
from catalog.model import ColumnType

FORMULA_START = r"^[=+\-@\t\r\n＝＋－＠]"
"""A text cell that starts so would be run as a formula by a spreadsheet. In CSV an apostrophe is put before it; numbers stay numbers,
and Parquet and JSON keep the exact text."""


def _terms(described: Described, *, decimal_comma: bool = False) -> str:
    """Select terms that write every value as readers of CSV expect it. With `decimal_comma` also the mark that tells Excel it is UTF-8."""
    mark = "\ufeff" if decimal_comma else ""
    terms = []
    for index, column in enumerate(described.columns):
        it = name(column.name)
        header = name((mark if index == 0 else "") + column.name)
        match column.type:
            case ColumnType.text:
                term = f"case when regexp_matches({it}, {literal(FORMULA_START)}) then '''' || {it} else {it} end"
            case ColumnType.decimal:
                term = f"rtrim(rtrim({it}::varchar, '0'), '.')" if column.scale else f"{it}::varchar"
                term = f"replace({term}, '.', ',')" if decimal_comma else term
            case ColumnType.datetime:
                term = f"{it}::varchar" if decimal_comma else f"replace({it}::varchar, ' ', 'T') || 'Z'"
            case _:
                term = it
        terms.append(f"{term} as {header}")
    return ", ".join(terms)


def write_csv(con: duckdb.DuckDBPyConnection, table: str, described: Described, path: Path) -> None:
    """Commas, decimal points, UTF-8, times in UTC."""
    con.execute(f"copy (select {_terms(described)} from {table}) to {literal(str(path))} (format csv, header, delimiter ',')")


def write_csv_for_excel(con: duckdb.DuckDBPyConnection, table: str, described: Described, path: Path) -> None:
    """Semicolons and decimal commas, and the mark by which Excel knows UTF-8."""
    terms = _terms(described, decimal_comma=True)
    con.execute(f"copy (select {terms} from {table}) to {literal(str(path))} (format csv, header, delimiter ';')")
