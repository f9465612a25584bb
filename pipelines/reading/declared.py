"""Files of rows and columns (CSV, XLSX) that a dataset's YAML describes: how they are asked for and read, without a module of its own.

`Dataset.source.files` says by format where a file lies, how it is written and which of its columns become which of the dataset's.
Every cell is read as text and checked against that, so a file that is written otherwise is refused and never bent to fit. Meant for
files of up to some hundred thousand rows: they go through Python, cell by cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from catalog.duck import literal, name
from catalog.errors import ParseError
from catalog.model import ColumnType, Dataset, DeclaredFile, FileColumn, FileTime
from pipelines.reading.ask import Request, Window
from pipelines.reading.clocks import oslo_doubt, oslo_to_utc
from pipelines.reading.csv_text import NOTHING_USED
from pipelines.tabular import BOM, sheets_of, text_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LARGEST = 256 * 2**20
"""Bytes that a file may unpack to."""
BETWEEN = " / "
"""What stands between the texts of a header that takes several rows."""
ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
"""How a cell that is a date in a workbook is written as text."""
NUMBERS = (ColumnType.integer, ColumnType.decimal)


@dataclass(frozen=True)
class Grid:
    """One file as text: its header, and of every row below the number of its line and its cells (blank is None)."""

    path: Path
    header: tuple[str, ...]
    lines: list[int]
    rows: list[tuple[str | None, ...]]

    def place(self, row: int, column: int | None = None) -> str:
        return f"{self.path.name} line {self.lines[row]}" + ("" if column is None else f" column {column + 1}")


# --- questions ---


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """Each file that has an address: one question, or one a year where the address holds `{year}`.

    A file without an address is delivered by hand. A year that is not there yet is nothing wrong.
    """
    for form, file in dataset.source.files.items():
        if file.url is None:
            continue
        if "{year}" not in file.url:
            yield Request(url=file.url, format=form)
            continue
        for year in window.years():
            if year >= dataset.source.starts_on.year:
                period = str(year) if dataset.period == "year" else None
                yield Request(url=file.url.replace("{year}", str(year)), format=form, period=period, absent_is_fine=True)


# --- answers ---


def parsers(dataset: Dataset) -> Mapping[str, Callable[..., duckdb.DuckDBPyRelation]]:
    """The parser of every declared file, by format."""
    return {form: partial(read, dataset, form) for form in dataset.source.files}


def read(dataset: Dataset, form: str, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """The rows of files of one format with the declared columns as text, exact numbers with a decimal point, times in UTC, and `file`.

    Raises ParseError with file, line and column for a header, a number, a time or a code that was not declared; a value is never in it.
    """
    import pyarrow as pa

    file = dataset.source.files[form]
    kind: Literal["csv", "xlsx"] = "xlsx" if form.endswith("_xlsx") else "csv"
    types = {c.name: c.type for c in dataset.columns} | dict(dataset.delivered_only)
    parts = [_rows(grid_of(path, file, kind), file, types) for path in paths]
    relation = con.from_arrow(pa.concat_tables(parts))
    return relation if file.time is None else _with_instants(relation, file.time, [c for c in relation.columns if not c.startswith("_")])


def grid_of(path: Path, file: DeclaredFile, kind: Literal["csv", "xlsx"]) -> Grid:
    """A file as text, from its header on. Raises ParseError where there is no declared header, or a row does not fit it."""
    candidates = _csv_rows(path, file) if kind == "csv" else _workbook_rows(path, file)
    found = [(lines, rows, start) for lines, rows in candidates if (start := _header_start(rows, file)) is not None]
    if len(found) != 1:
        wanted = ", ".join(sorted(_needed(file)))
        raise _refused(
            f"{len(found) or 'no'} {'sheets with' if kind == 'xlsx' else 'places with'} the declared header",
            path.name,
            f"it should stand among the first {file.header_within} lines and have: {wanted}",
        )
    lines, rows, start = found[0]
    header = _header(rows[start : start + file.header_rows])
    below = start + file.header_rows
    kept: list[tuple[str | None, ...]] = []
    numbers: list[int] = []
    for line, row in zip(lines[below:], rows[below:], strict=True):
        cells = tuple((cell or "").strip() or None for cell in row)
        if file.ends_before and cells and re.fullmatch(file.ends_before, cells[0] or ""):
            break
        if not any(cells):
            continue
        if (len(cells) > len(header) and any(cells[len(header) :])) or (kind == "csv" and len(cells) < len(header)):
            raise _refused(f"{len(cells)} cells where the header has {len(header)}", f"{path.name} line {line}")
        kept.append((*cells[: len(header)], *[None] * (len(header) - len(cells))))
        numbers.append(line)
    return Grid(path, header, numbers, kept)


def _csv_rows(path: Path, file: DeclaredFile) -> Iterator[tuple[list[int], list[list[str]]]]:
    reader = csv.reader(io.StringIO(text_of(path, file.encoding, LARGEST), newline=""), delimiter=file.delimiter, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        for cells in reader:
            lines.append(reader.line_num)
            rows.append(cells)
    except csv.Error:
        raise _refused("a row that is not CSV", f"{path.name} line {reader.line_num}") from None
    yield lines, rows


def _workbook_rows(path: Path, file: DeclaredFile) -> Iterator[tuple[list[int], list[list[str]]]]:
    sheets = sheets_of(path, LARGEST)
    wanted = {title: rows for title, rows in sheets.items() if file.sheet is None or re.fullmatch(file.sheet, title)}
    if not wanted:
        raise _refused("no sheet of the declared name", path.name, f"one should be called {file.sheet}")
    for rows in wanted.values():
        yield list(range(1, len(rows) + 1)), [[_cell(cell, file) for cell in row] for row in rows]


def _cell(cell: Any, file: DeclaredFile) -> str:
    """A workbook's cell as a CSV export would write it. A float is written with the fewest digits that give it back."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        digits = format(Decimal(repr(cell)), "f")
        return (digits.removesuffix(".0")).replace(".", file.decimal)
    if isinstance(cell, datetime):
        return cell.strftime(ISO_DATES[1])
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).replace("_x000D_", "")


def _header_start(rows: Sequence[Sequence[str]], file: DeclaredFile) -> int | None:
    """The first row at which all columns that the declaration needs are there; None without one."""
    for start in range(min(file.header_within, len(rows))):
        header = [_plain(text) for text in _header(rows[start : start + file.header_rows])]
        needed = [{_plain(text) for text in one} for one in _alternatives(file)]
        series = file.series is None or any(
            re.fullmatch(file.series.header, text) for text in _header(rows[start : start + file.header_rows])
        )
        if (needed and not all(any(text in header for text in one) for one in needed)) or not series:
            continue
        return start
    return None


def _header(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The texts of a header's rows, one under the other, without blanks at the ends."""
    width = max((len(row) for row in rows), default=0)
    columns = [[(row[i] if i < len(row) else "").strip(BOM + " \t\r\n") for row in rows] for i in range(width)]
    texts = [BETWEEN.join(part for part in column if part) for column in columns]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _alternatives(file: DeclaredFile) -> list[tuple[str, ...]]:
    """For every column of the file that is needed, what it may be called."""
    found = [column.header for column in file.columns.values() if column.header]
    found += [(part,) for column in file.columns.values() for part in column.joined]
    return [*found, *([file.time.header] if file.time else [])]


def _needed(file: DeclaredFile) -> set[str]:
    return {" or ".join(one) for one in _alternatives(file)} | ({file.series.header} if file.series else set())


def _plain(text: str) -> str:
    """A header without case, repeated blanks and raised or lowered digits."""
    return " ".join(text.translate(str.maketrans("²³₂₃", "2323")).split()).casefold()


# --- cells to columns ---


def _rows(grid: Grid, file: DeclaredFile, types: Mapping[str, ColumnType]) -> pa.Table:
    """The declared columns of one file as text. Where the file has series, one row for each of them and each row of the file."""
    import pyarrow as pa

    series = _series(grid, file)
    repeat = len(series) or 1
    columns: dict[str, list[str | None]] = {}
    for ours, column in file.columns.items():
        if column.series:
            said = [groups[column.series] for _, groups in series]
            texts = _converted(grid, said, [None] * len(said), column, types[ours], file, ours)
            columns[ours] = [text for _ in grid.rows for text in texts]
        else:
            columns[ours] = [text for text in _column(grid, file, ours, column, types[ours]) for _ in range(repeat)]
    if file.series:
        rule = FileColumn(text="-", missing=file.series.missing, times=file.series.times)
        given = [(row[place], line, place) for line, row in enumerate(grid.rows) for place, _ in series]
        columns[file.series.value] = _converted(
            grid, [g[0] for g in given], [(g[1], g[2]) for g in given], rule, types[file.series.value], file, file.series.value
        )
    if file.time:
        columns["_time"] = [text for text in _times(grid, file.time) for _ in range(repeat)]
        columns["_series"] = [str(place) for _ in grid.rows for place, _ in series] or ["0"] * len(grid.rows)
        columns["_line"] = [str(line) for line in grid.lines for _ in range(repeat)]
    columns["file"] = [str(grid.path)] * (len(grid.rows) * repeat)
    return pa.table({ours: pa.array(texts, pa.string()) for ours, texts in columns.items()})


def _series(grid: Grid, file: DeclaredFile) -> list[tuple[int, dict[str, str | None]]]:
    """Where each series stands, and what its header says."""
    if file.series is None:
        return []
    matched = [(place, re.fullmatch(file.series.header, text)) for place, text in enumerate(grid.header)]
    return [(place, dict(match.groupdict())) for place, match in matched if match]


def _column(grid: Grid, file: DeclaredFile, ours: str, column: FileColumn, kind: ColumnType) -> list[str | None]:
    if column.text:
        return [column.text] * len(grid.rows)
    if column.name:
        found = {match[1] for match in re.finditer(column.name, named(grid.path))}
        if len(found) != 1:
            raise _refused(
                f"the file's name does not tell {ours}", grid.path.name, f"give it a name in which {column.name} is found exactly once"
            )
        return _converted(grid, [found.pop()] * len(grid.rows), [None] * len(grid.rows), column, kind, file, ours)
    if column.joined:
        places = [_place(grid, (part,)) for part in column.joined]
        joined = []
        for row in grid.rows:
            parts = [row[place] for place in places]
            joined.append(None if None in parts else "".join((part or "").zfill(column.width or 0) for part in parts))
        whole = column.model_copy(update={"width": None})
        return _converted(grid, joined, [(line, places[0]) for line in range(len(joined))], whole, kind, file, ours)
    place = _place(grid, column.header)
    cells = [row[place] for row in grid.rows]
    return _converted(grid, cells, [(line, place) for line in range(len(cells))], column, kind, file, ours)


def named(path: Path) -> str:
    """What a file was called when it was delivered: an archive puts its hash in front."""
    return re.sub(r"^[0-9a-f]{64}\.?", "", path.name)


def _place(grid: Grid, called: Sequence[str]) -> int:
    wanted = {_plain(text) for text in called}
    found = [place for place, text in enumerate(grid.header) if _plain(text) in wanted]
    if len(found) != 1:
        raise _refused(f"{len(found) or 'no'} columns called {' or '.join(called)}", grid.path.name)
    return found[0]


def _converted(
    grid: Grid,
    cells: Sequence[str | None],
    places: Sequence[tuple[int, int] | None],
    column: FileColumn,
    kind: ColumnType,
    file: DeclaredFile,
    ours: str,
) -> list[str | None]:
    """Cells as the text that their column takes: codes translated, zeros restored, numbers with a decimal point."""
    point = re.escape(file.decimal)
    whole, number = rf"[+-]?\d+({point}0*)?", rf"[+-]?\d+({point}\d*)?([eE][+-]?\d+)?"
    digits = re.compile(whole if kind is ColumnType.integer and column.times == 1 else number)
    made: list[str | None] = []
    for cell, place in zip(cells, places, strict=True):
        if cell is None or cell in column.missing:
            made.append(None)
            continue
        text = cell.replace("\u00a0", " ").strip()
        if column.codes:
            if text not in column.codes:
                raise _cell_refused(grid, place, f"a text for {ours} that is not declared", "see what the source has added, and declare it")
            text = column.codes[text]
        elif kind in NUMBERS:
            if file.thousands:
                text = text.replace(file.thousands, "")
            text = text.replace("\u2212", "-")
            if not digits.fullmatch(text):
                example = "12" if digits.pattern == whole else f"12{file.decimal}5"
                raise _cell_refused(
                    grid, place, f"no {'whole ' if digits.pattern == whole else ''}number for {ours}", f"write it like {example}"
                )
            text = text.replace(file.decimal, ".")
            text = text.partition(".")[0] if digits.pattern == whole else format(Decimal(text) * column.times, "f")
        elif kind is ColumnType.date:
            text = _day(grid, place, text, column.formats, ours)
        elif column.width:
            text = text.zfill(column.width)
        made.append(text)
    return made


def _day(grid: Grid, place: tuple[int, int] | None, text: str, formats: Sequence[str], ours: str) -> str:
    for written in (*formats, *ISO_DATES):
        try:
            return datetime.strptime(text, written).date().isoformat()
        except ValueError:
            continue
    raise _cell_refused(grid, place, f"no date for {ours}", f"a date is written as {' or '.join(formats or ISO_DATES[:1])}")


def _times(grid: Grid, told: FileTime) -> list[str]:
    """The time of each row, as text in ISO form and in the clock of the file."""
    place = _place(grid, told.header)
    formats = (*told.formats, *ISO_DATES)
    made = []
    for line, row in enumerate(grid.rows):
        for written in formats:
            try:
                moment = datetime.strptime(row[place] or "", written)
                made.append((moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat(" "))
                break
            except ValueError:
                continue
        else:
            raise _cell_refused(grid, (line, place), "no time", f"a time is written as {' or '.join(told.formats)}")
    return made


def _with_instants(relation: duckdb.DuckDBPyRelation, told: FileTime, kept: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """Times as UTC. On the clocks of Oslo the first of two equal times is that of summer, because files run forward in time."""
    doubt = "null::varchar"
    if told.clock == "Oslo":
        moment = oslo_to_utc("_local", "_nth")
        doubt = f"case {oslo_doubt('_local')} when 'skipped' then 'skipped' when 'repeated' then if(_times = 1, 'repeated', null) end"
    else:
        moment = "_local - interval 1 hour" if told.clock == "standard" else "_local"
    if told.label == "end":
        moment = f"{moment} - {_interval(told.step or '')}"
    same = "partition by file, _series, _local"
    local = relation.project("*, cast(_time as timestamp) as _local").project(
        f"*, row_number() over ({same} order by cast(_line as bigint)) as _nth, count(*) over ({same}) as _times"
    )
    extra = f", {doubt} as {name(told.doubt)}" if told.doubt else ""
    return local.project(f"{', '.join(name(column) for column in kept)}, {moment} as {name(told.column)}{extra}")


def _interval(step: str) -> str:
    match = re.fullmatch(r"P(?:(\d+)D|T(\d+)([HM]))", step)
    assert match is not None, step
    return f"interval {literal(f'{match[1]} days' if match[1] else f'{match[2]} ' + ('hours' if match[3] == 'H' else 'minutes'))}"


def _cell_refused(grid: Grid, place: tuple[int, int] | None, what: str, next_step: str) -> ParseError:
    return _refused(what, grid.path.name if place is None else grid.place(*place), next_step)


def _refused(what: str, where: str, next_step: str = "compare the file with what the dataset declares about it") -> ParseError:
    return ParseError(what, where=where, effect=NOTHING_USED, next_step=next_step)
