"""CSV files as text for DuckDB: the header is read here and every column is text, so that nothing is guessed."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from catalog.duck import literal
from catalog.errors import ParseError

NOTHING_USED = "nothing of this file is used"


def header(path: Path, needed: Sequence[str] = (), *, delimiter: str = ",", expected: str) -> list[str]:
    """The column names of a CSV file, plain or gzipped, without a BOM; a column without a name, such as an index, is called `unnamed_0`.

    Raises ParseError where the first line is no text, or a needed column is missing; `expected` says what the file should be.
    """
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if is_gzip(path)
            else path.open(encoding="utf-8-sig", newline="") as file
        ):
            first = next(csv.reader(file, delimiter=delimiter), [])
            names = [name.strip() or f"unnamed_{place}" for place, name in enumerate(first)]
    except (UnicodeDecodeError, EOFError, OSError, csv.Error, zlib.error) as error:
        raise unreadable(path, "a head that cannot be read as text", expected) from error
    if missing := [column for column in needed if column not in names]:
        raise unreadable(path, f"columns missing: {', '.join(missing)}", expected)
    return names


def lines(path: Path, names: Sequence[str], *, delimiter: str = ",") -> str:
    """A table function for the lines below the header, in the order of the file, with every column as text and `file`."""
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, header = true, delim = {literal(delimiter)},"
        f" quote = '\"', escape = '\"', compression = '{'gzip' if is_gzip(path) else 'none'}', filename = 'file')"
    )


def is_gzip(path: Path) -> bool:
    """By its first bytes, because a file in the archive bears no name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def unreadable(path: Path, what: str, expected: str) -> ParseError:
    """`expected` says what the file should be; it completes the sentence “expected …”."""
    return ParseError(what, where=path.name, effect=NOTHING_USED, next_step=f"expected {expected}")
