"""What a sample file looks like: how it is written, where its header is and what its columns hold. For a scaffold, never for reading data.

Everything here is a guess that a person looks over; reading goes by what is declared, in `pipelines.reading.declared`.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from catalog.errors import UsageError
from pipelines.tabular import BOM, sheets_of

LARGEST = 64 * 2**20
ROWS = 300
"""Rows that are looked at."""
HEADER_WITHIN = 20
NOTHING = frozenset({"", ".", "..", "...", ":", "-", "NA"})
"""What a cell without a value may hold."""
DATES = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")
TIMES = ("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S")
MUNICIPALITY = re.compile(r"komm?\.?(une)?\s*\.?(nr|nummer)?\.?|knr|municipality(_code)?", re.IGNORECASE)
YEAR = re.compile(r"år|year|aar|årgang", re.IGNORECASE)
IDENTIFIER = re.compile(r".*(id|nr\.?|nummer|kode|code|number)", re.IGNORECASE)
"""Headers of columns whose digits name something and are never summed."""
Kind = Literal["text", "integer", "decimal", "date", "datetime"]


@dataclass(frozen=True)
class Looks:
    """One column: its header, an id for it, and what its cells seem to be."""

    header: str
    id: str
    kind: Kind
    nullable: bool
    width: int | None = None
    """Digits of a code whose leading zeros a spreadsheet takes away."""
    written: str | None = None
    """How a date or a time is written."""


@dataclass(frozen=True)
class Sample:
    """How a file of rows and columns seems to be written."""

    kind: Literal["csv", "xlsx"]
    columns: tuple[Looks, ...]
    rows: int
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    sheet: str | None = None
    """The sheet that was taken, where the workbook has several."""
    year_in_name: bool = False
    """Whether the file's name holds one year, and no column does."""


def sniff(path: Path) -> Sample:
    """What a CSV or XLSX file looks like. Raises UsageError where it is neither, or no header can be made out."""
    try:
        content = path.read_bytes()[: LARGEST + 1]
    except OSError as error:
        raise _lost(path, f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise _lost(path, "too large for a sample", "cut it to some thousand rows")
    return _workbook(path) if content.startswith(b"PK\x03\x04") else _text(path, content)


def _workbook(path: Path) -> Sample:
    sheets = {
        title: [[_shown(cell) for cell in row] for row in rows[: ROWS + HEADER_WITHIN]]
        for title, rows in sheets_of(path, LARGEST * 4).items()
    }
    best = max(sheets, key=lambda title: sum(len([cell for cell in row if cell]) for row in sheets[title]), default=None)
    if best is None:
        raise _lost(path, "a workbook without sheets")
    return _sample(path, sheets[best], kind="xlsx", sheet=re.escape(best).replace("\\ ", " ") if len(sheets) > 1 else None)


def _shown(cell: Any) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime(TIMES[1])
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _text(path: Path, content: bytes) -> Sample:
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(LARGEST)
        except (OSError, EOFError):
            raise _lost(path, "not a readable gzip file") from None
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = content.decode(encoding, errors="replace")
    lines = text.lstrip(BOM).splitlines()[: ROWS + HEADER_WITHIN]
    delimiter = max(";\t|,", key=lambda sign: _steadiness(lines, sign))
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    return _sample(path, rows, kind="csv", encoding=encoding, delimiter=delimiter)


def _steadiness(lines: Sequence[str], sign: str) -> tuple[int, int]:
    """On how many lines a sign stands equally often, and how often that is."""
    often, count = (
        Counter(n for line in lines if (n := line.count(sign))).most_common(1)[0] if any(sign in line for line in lines) else (0, 0)
    )
    return (count, often)


def _sample(path: Path, rows: Sequence[Sequence[str]], **told: Any) -> Sample:
    start = next((n for n in range(min(HEADER_WITHIN, len(rows))) if _is_header(rows, n)), None)
    if start is None:
        raise _lost(path, "no row of names above rows of values", "give a file with a header, or write the module by hand")
    header = [text.strip(BOM + " ") for text in rows[start]]
    while header and not header[-1]:
        header.pop()
    below = [row for row in rows[start + 1 :] if any(row)]
    cells = [[row[place] for row in below if place < len(row)] for place in range(len(header))]
    numbers = [cell for column in cells for cell in column if re.fullmatch(r"-?\d+[.,]\d+", cell)]
    decimal = "," if told["kind"] == "csv" and sum("," in cell for cell in numbers) > len(numbers) / 2 else "."
    taken: Counter[str] = Counter()
    columns = []
    for text, column in zip(header, cells, strict=True):
        if text:
            columns.append(_looks(text, column, decimal, taken))
    has_year = any(one.id == "year" for one in columns)
    year_in_name = not has_year and len(set(re.findall(r"(?<!\d)(20\d\d)(?!\d)", path.name))) == 1
    return Sample(columns=tuple(columns), rows=len(below), decimal=decimal, year_in_name=year_in_name, **told)


def _is_header(rows: Sequence[Sequence[str]], number: int) -> bool:
    """At least two names and no numbers, above a row that fills as many columns."""
    cells = [cell for cell in rows[number] if cell.strip()]
    if len(cells) < 2 or any(re.fullmatch(r"[-+]?[\d\s.,:/]+", cell) for cell in cells) or number + 1 >= len(rows):
        return False
    below = [cell for cell in rows[number + 1][: len(rows[number])] if cell.strip()]
    return len(below) > len(cells) / 2


def _looks(header: str, cells: Sequence[str], decimal: str, taken: Counter[str]) -> Looks:
    filled = [cell for cell in cells if cell not in NOTHING]
    nullable = len(filled) < len(cells)
    has_codes = any(re.match(r"0\d", cell) for cell in filled)
    if MUNICIPALITY.fullmatch(header) and filled and all(re.fullmatch(r"\d{3,4}", cell) for cell in filled):
        return Looks(header, _id("municipality", taken), "text", nullable, width=4)
    if YEAR.fullmatch(header) and filled and all(re.fullmatch(r"(19|20)\d\d", cell) for cell in filled):
        return Looks(header, _id("year", taken), "integer", nullable)
    key = _id(header, taken)
    for written in TIMES:
        if filled and all(_fits(cell, written) for cell in filled):
            return Looks(header, key, "datetime", nullable, written=written)
    for written in DATES:
        if filled and all(_fits(cell, written) for cell in filled):
            return Looks(header, key, "date", nullable, written=written)
    has_codes |= IDENTIFIER.fullmatch(header) is not None
    if filled and all(re.fullmatch(r"-?\d{1,15}", cell) for cell in filled) and not has_codes:
        return Looks(header, key, "integer", nullable)
    if filled and not has_codes and all(re.fullmatch(rf"-?\d+({re.escape(decimal)}\d+)?", cell) for cell in filled):
        return Looks(header, key, "decimal", nullable)
    return Looks(header, key, "text", nullable)


def _fits(cell: str, written: str) -> bool:
    try:
        datetime.strptime(cell, written)
    except ValueError:
        return False
    return True


def _id(header: str, taken: Counter[str]) -> str:
    """A header as an id, each one once."""
    plain = unicodedata.normalize("NFKD", header.lower().translate(str.maketrans({"æ": "ae", "ø": "o", "å": "a"})))
    key = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_")[:50] or "column"
    key = key if re.match(r"[a-z]", key) and len(key) > 1 else f"column_{key}"
    taken[key] += 1
    return key if taken[key] == 1 else f"{key}_{taken[key]}"


def _lost(path: Path, what: str, next_step: str = "give a CSV or XLSX file as the source delivers it") -> UsageError:
    return UsageError(what, where=path.name, effect="nothing was written", next_step=next_step)
