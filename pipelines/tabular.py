"""Declarative reader for exports made of rows and columns (CSV, XLSX): one row per written value out. Not for answers of an API.

An `Export` says how a family of files is written: bytes, numbers, clock, and the `Layout`s its header may have. Every cell
is read as text and checked against what was declared, so a file that is written otherwise is refused and never bent to fit.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from catalog.duck import literal, name
from catalog.errors import ParseError

BOM = "\ufeff"
NOTHING_USED = "nothing of this file is used"


@dataclass(frozen=True)
class Layout:
    """One header that an export may have: time columns, then for every series a value column with others beside it."""

    example: str
    """A header of this layout as people see it, for messages."""
    times: tuple[str, ...]
    """Headers of the leading time columns: begin and end, or one of the two."""
    value: str
    """Pattern of the header of a value column. Its named groups become columns of the result."""
    beside: dict[str, str] = field(default_factory=dict)
    """The columns that follow each value column, in order: name in the result → pattern of the header."""
    label: Literal["begin", "end"] = "begin"
    """Which end of its interval a single time column names."""
    step: timedelta | None = None
    """Length of the interval where only one end of it is written."""


@dataclass(frozen=True)
class Export:
    """How one family of exports is written."""

    layouts: tuple[Layout, ...]
    clock: timedelta
    """What the written times are ahead of UTC, all year: exports in a zone with summer time do not fit in here."""
    time_format: str = "%d.%m.%Y %H:%M"
    delimiters: str = ";,"
    decimals: str = ",."
    """Signs that may stand before the decimals. Thousands are never separated."""
    numbers: tuple[str, ...] = ("value",)
    """Columns of the result that must be numbers where they are not blank."""
    encoding: str = "utf-8"
    header_within: int = 10
    """The header stands among this many lines at the top; what stands above it is comment."""
    largest: int = 256 * 2**20
    """Bytes that a workbook may unpack to."""


@dataclass(frozen=True)
class _Grid:
    """One file as text: its header, and of every row below the number of its line and its cells (blank is None)."""

    file: str
    header: tuple[str, ...]
    lines: list[int]
    rows: list[list[str | None]]


def read_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], export: Export) -> pa.Table:
    """The values of CSV exports, one row per time and series.

    Columns, all but the first four text: `file`, `line` (where it stands), `from_time` and `to_time` (UTC), the named
    groups of the value's header, `value`, and what stands beside it; null where a layout lacks one. Numbers have a decimal
    point and every digit of the file. Raises ParseError with file and line for anything that was not declared.
    """
    return _read(con, [_csv_grid(path, export) for path in paths], export)


def read_workbook(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], export: Export) -> pa.Table:
    """The values of XLSX exports, as `read_csv` gives them. One sheet of each workbook has a declared header."""
    return _read(con, [_workbook_grid(path, export) for path in paths], export)


def unpack(path: Path, suffix: str, largest: int) -> bytes:
    """The bytes of the one member with this suffix in a zip file. Raises ParseError when there is none, or several, or too many bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith(suffix) and not m.is_dir()]
            if len(members) != 1:
                raise _refusal(f"{len(members)} files ending in {suffix} where there should be one", path.name)
            with archive.open(members[0]) as member:
                content = member.read(largest + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _refusal("not a readable zip file", path.name) from error
    if len(content) > largest:
        raise _refusal(f"the packed file is larger than {largest} bytes", path.name)
    return content


def _refusal(what: str, where: str, next_step: str = "compare the file with the format it is listed as") -> ParseError:
    return ParseError(what, where=where, effect=NOTHING_USED, next_step=next_step)


# --- files to grids of text ---


def text_of(path: Path, encoding: str, largest: int) -> str:
    """The text of a CSV file, plain, gzipped or alone in a zip file, without a BOM.

    Raises ParseError for bytes that are not in the encoding, and for more than `largest` of them after unpacking.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"PK\x03\x04"):
        content = unpack(path, ".csv", largest)
    else:
        try:
            with gzip.open(path) if head.startswith(b"\x1f\x8b") else path.open("rb") as packed:
                content = packed.read(largest + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise _refusal("not a readable gzip file", path.name) from error
    if len(content) > largest:
        raise _refusal(f"more than {largest} bytes", path.name)
    try:
        return content.decode(encoding).lstrip(BOM)
    except UnicodeDecodeError as error:
        # The error itself would quote the bytes.
        raise _refusal(f"not {encoding} at byte {error.start}", path.name) from None


def sheets_of(path: Path, largest: int) -> dict[str, list[list[Any]]]:
    """The rows of every sheet of a workbook, by its name. Raises ParseError for what is none, and where it unpacks to too much."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > largest:
                raise _refusal(f"the workbook unpacks to more than {largest} bytes", path.name)
        workbook = CalamineWorkbook.from_path(path)
        return {sheet: workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in workbook.sheet_names}
    except (zipfile.BadZipFile, CalamineError, NotImplementedError, OSError) as error:
        raise _refusal("not a readable workbook", path.name) from error


def _csv_grid(path: Path, export: Export) -> _Grid:
    text = text_of(path, export.encoding, export.largest)
    number, delimiter = _header_line(text, path, export)
    below = io.StringIO(text, newline="")
    for _ in range(number):
        below.readline()
    reader = csv.reader(below, delimiter=delimiter, strict=True)
    lines: list[int] = []
    rows: list[list[str | None]] = []
    try:
        header = tuple(cell.strip(BOM + " ") for cell in next(reader))
        for cells in reader:
            row = [cell.strip() or None for cell in cells]
            if not any(row):
                continue
            if len(row) != len(header):
                raise _refusal(f"{len(row)} cells where the header has {len(header)}", f"{path.name} line {number + reader.line_num}")
            lines.append(number + reader.line_num)
            rows.append(row)
    except csv.Error:
        raise _refusal("a row that is not CSV", f"{path.name} line {number + reader.line_num}") from None
    return _Grid(str(path), header, lines, rows)


def _header_line(text: str, path: Path, export: Export) -> tuple[int, str]:
    """How many lines stand above the header, and the sign that parts its columns: the one after the first time column."""
    starts = {layout.times[0] for layout in export.layouts}
    for number, line in zip(range(export.header_within), io.StringIO(text, newline=""), strict=False):
        first = re.match(rf'["{BOM}]*(.+?)"?([{re.escape(export.delimiters)}])', line)
        if first and first[1] in starts:
            return number, first[2]
    raise _no_header(path, export)


def _workbook_grid(path: Path, export: Export) -> _Grid:
    sheets = list(sheets_of(path, export.largest).values())
    starts = {layout.times[0] for layout in export.layouts}
    found = [
        (sheet, number)
        for sheet in sheets
        for number, cells in enumerate(sheet[: export.header_within])
        if cells and str(cells[0]).strip(BOM + " ") in starts
    ]
    if not found:
        raise _no_header(path, export)
    if len(found) > 1:
        raise _refusal(f"{len(found)} sheets or rows look like the header", path.name)
    sheet, number = found[0]
    header = tuple(str(cell).strip(BOM + " ") for cell in sheet[number])
    lines: list[int] = []
    rows: list[list[str | None]] = []
    for line, cells in enumerate(sheet[number + 1 :], start=number + 2):
        row = [_cell_text(cell, export.time_format) for cell in cells]
        if any(row):
            lines.append(line)
            rows.append(row)
    return _Grid(str(path), header, lines, rows)


def _cell_text(cell: object, time_format: str) -> str | None:
    """A workbook's cell as a CSV export would write it. A float is written with the fewest digits that give it back."""
    if isinstance(cell, (date, datetime)):
        return cell.strftime(time_format)
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f")
    return str(cell).strip() or None


def _no_header(path: Path, export: Export) -> ParseError:
    return _refusal(
        f"no header among the first {export.header_within} lines",
        path.name,
        "the header should look like: " + " – or: ".join(layout.example for layout in export.layouts),
    )


# --- grids to rows ---


@dataclass(frozen=True)
class _Series:
    """One value column: where it stands, and what its header says."""

    column: int
    says: dict[str, str]


def _read(con: duckdb.DuckDBPyConnection, grids: Sequence[_Grid], export: Export) -> pa.Table:
    groups = list(dict.fromkeys(group for layout in export.layouts for group in re.compile(layout.value).groupindex))
    beside = list(dict.fromkeys(column for layout in export.layouts for column in layout.beside))
    schema = pa.schema(
        [
            ("file", pa.string()),
            ("line", pa.int64()),
            ("from_time", pa.timestamp("us")),
            ("to_time", pa.timestamp("us")),
            *((column, pa.string()) for column in (*groups, "value", *beside)),
        ]
    )
    parts = []
    for grid in grids:
        layout, series = _layout_of(grid, export)
        parts.append(_unfold(con, grid, layout, series, export, groups, beside).cast(schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _layout_of(grid: _Grid, export: Export) -> tuple[Layout, list[_Series]]:
    """The first layout that explains the whole header, and the series it finds there."""
    for layout in export.layouts:
        width = 1 + len(layout.beside)
        rest = grid.header[len(layout.times) :]
        if grid.header[: len(layout.times)] != layout.times or not rest or len(rest) % width:
            continue
        series = []
        for start in range(0, len(rest), width):
            match = re.fullmatch(layout.value, rest[start])
            others = zip(layout.beside.values(), rest[start + 1 : start + width], strict=True)
            if match is None or not all(re.fullmatch(pattern, header) for pattern, header in others):
                break
            series.append(_Series(len(layout.times) + start, {k: v for k, v in match.groupdict().items() if v is not None}))
        else:
            return layout, series
    raise _refusal(
        "a header of no known layout",
        Path(grid.file).name,
        "the header should look like: " + " – or: ".join(layout.example for layout in export.layouts),
    )


def _unfold(
    con: duckdb.DuckDBPyConnection,
    grid: _Grid,
    layout: Layout,
    series: Sequence[_Series],
    export: Export,
    groups: Sequence[str],
    beside: Sequence[str],
) -> pa.Table:
    """Columns of series → rows, with times in UTC and numbers that have a decimal point."""
    columns = list(zip(*grid.rows, strict=True)) or [()] * len(grid.header)
    cells = pa.table({"line": pa.array(grid.lines, pa.int64())} | {f"c{i}": pa.array(c, pa.string()) for i, c in enumerate(columns)})
    heads = pa.table(
        {"series": pa.array(range(len(series)), pa.int64())}
        | {group: pa.array([s.says.get(group) for s in series], pa.string()) for group in groups}
    )
    structs = []
    for number, one in enumerate(series):
        parts = {"series": str(number), "value": f"c{one.column}"}
        parts |= {column: f"c{one.column + offset}" for offset, column in enumerate(layout.beside, start=1)}
        structs.append("{" + ", ".join(f"{literal(key)}: {cell}" for key, cell in parts.items()) + "}")
    digits = rf"[+-]?\d+([{re.escape(export.decimals)}]\d+)?([eE][+-]?\d+)?"
    own = con.cursor()  # a name space of its own, so that the caller's views stay as they are
    try:
        own.register("cells", cells)
        own.register("heads", heads)
        own.execute(
            f"""create temp table unfolded as
            select line, {", ".join(f"c{i} as t{i}" for i in range(len(layout.times)))}, unnest([{", ".join(structs)}], recursive := true)
            from cells"""
        )
        for i, header in enumerate(layout.times):
            wrong = f"t{i} is null or try_strptime(t{i}, {literal(export.time_format)}) is null"
            if row := own.execute(f"select min(line) from unfolded where {wrong} having count(*) > 0").fetchone():
                raise _refusal(f"a time under {header!r} that is not written as {export.time_format}", _place(grid, row[0]))
        for column in (c for c in ("value", *layout.beside) if c in export.numbers):
            wrong = f"{name(column)} is not null and not regexp_full_match({name(column)}, {literal(digits)})"
            bad = own.execute(f"select line, series from unfolded where {wrong} order by all limit 1").fetchone()
            if bad is not None:
                offset = 0 if column == "value" else 1 + list(layout.beside).index(column)
                number = series[bad[1]].column + offset + 1
                raise _refusal(f"not a number in column {number}", _place(grid, bad[0]), "numbers are written like 12,5 or 12.5")
        from_time, to_time = _interval(layout, export)
        terms = [f"{literal(grid.file)} as file", "line", f"{from_time} as from_time", f"{to_time} as to_time"]
        terms += [f"heads.{name(group)}" for group in groups]
        for column in ("value", *beside):
            if column != "value" and column not in layout.beside:
                terms.append(f"null::varchar as {name(column)}")
            elif column in export.numbers:
                points = literal("." * len(export.decimals))
                terms.append(f"translate({name(column)}, {literal(export.decimals)}, {points}) as {name(column)}")
            else:
                terms.append(name(column))
        return own.sql(f"select {', '.join(terms)} from unfolded join heads using (series) order by line, series").to_arrow_table()
    finally:
        own.close()


def _place(grid: _Grid, line: int) -> str:
    return f"{Path(grid.file).name} line {line}"


def _interval(layout: Layout, export: Export) -> tuple[str, str]:
    """SQL for begin and end of the interval in UTC."""
    ahead = f"to_seconds({export.clock.total_seconds():.0f})"
    ends = [f"(strptime(t{i}, {literal(export.time_format)}) - {ahead})" for i in range(len(layout.times))]
    if len(ends) == 2:
        return ends[0], ends[1]
    if layout.step is None:
        raise ValueError(f"a layout with one time column needs a step: {layout.example}")
    step = f"to_seconds({layout.step.total_seconds():.0f})"
    return (ends[0], f"({ends[0]} + {step})") if layout.label == "begin" else (f"({ends[0]} - {step})", ends[0])
