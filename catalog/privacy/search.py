"""Personal identifiers are found in tables, texts and deliveries, on the way in and before anything is published.

What an identifier looks like stands in `identifiers.py`. Nothing here ever returns or prints a value that it found: findings say where,
what kind and how many.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from catalog.duck import name, parquet
from catalog.errors import ParseError
from catalog.model import Column, ColumnType, Dataset
from catalog.privacy.identifiers import (
    IDENTITY,
    KINDS,
    PERSONAL_NAME,
    identity_numbers,
    is_national_identity_number,
    kinds,
    must_read_all,
    persons,
    promising_keys,
    readable,
    worth_reading,
)
from catalog.privacy.sieve import Lines, lines_of, reader, sift, worth

__all__ = ["KINDS", "Finding", "looks_personal", "scan_deliveries", "scan_delivery", "scan_table", "scan_text", "scan_texts"]


@dataclass(frozen=True)
class Finding:
    """Probable personal identifiers of one kind in one column or text: how many, never which."""

    where: str
    column: str
    kind: str
    count: int
    is_certain: bool = True
    """False for a column of declared identifiers where so few look personal that chance may explain them; a person decides."""

    def __str__(self) -> str:
        place = f"{self.where}, column {self.column}" if self.column else self.where
        return f"{place}: {self.kind} ({self.count}){'' if self.is_certain else ', may be chance'}"


# --- tables ---


def scan_table(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, dataset: Dataset) -> list[Finding]:
    """Findings in the values of every text and whole-number column, and in the columns' names. Counts are cells.

    In a column declared to hold identifiers of things only identity numbers are looked for, and only above two per cent are they
    certain: that many codes look personal by chance. A column of measured whole numbers is suspected when most of it looks personal.
    """
    relation.create_view("scanned", replace=True)
    declared = set(dataset.ethics.identifier_columns) if dataset.ethics else set()
    found: list[Finding] = []
    for column in dataset.columns:
        if column.type is ColumnType.text:
            found += _scan_text_column(con, dataset, column, is_declared=column.name in declared)
        elif column.type is ColumnType.integer and column.name not in declared:
            found += _scan_number_column(con, dataset, column)
    con.execute("drop view scanned")
    return found


NAMES = 3
"""So many different names of persons make a column one of names, if they are a tenth of what it holds."""
REMARKS = 20
"""So many different values of eight words or more make a column one of free text, in which anything may stand."""


def _scan_text_column(con: duckdb.DuckDBPyConnection, dataset: Dataset, column: Column, *, is_declared: bool) -> list[Finding]:
    says = " ".join((column.name, column.title.nb, column.title.en))
    it = name(column.name)
    if PERSONAL_NAME.search(column.name) and not is_declared:
        filled = _one(con, f"select count({it}) from scanned")
        return [Finding(dataset.id, column.name, "column named for personal data", filled)] if filled else []
    con.execute(
        f"""create or replace temp table distinct_values as
        select {it} as value, count(*) as cells from scanned where {it} is not null group by all"""
    )
    counts: Counter[str] = Counter()
    condition = "true" if must_read_all(says) else worth_reading("value", any_grouping=True)
    values = con.execute(f"select value, cells from distinct_values where {condition}")
    while rows := values.fetchmany(10_000):
        for value, cells in rows:
            for kind, number in kinds(readable(value), says, any_grouping=True):
                if number:
                    counts[kind] += cells
    if is_declared:
        suspicious = counts[IDENTITY]
        filled = _one(con, "select coalesce(sum(cells), 0) from distinct_values")
        return [Finding(dataset.id, column.name, IDENTITY, suspicious, is_certain=suspicious > 0.02 * filled)] if suspicious else []
    found = [Finding(dataset.id, column.name, kind, count) for kind, count in sorted(counts.items())]
    return found if column.codes else [*found, *_names_and_remarks(con, dataset, column)]


def _names_and_remarks(con: duckdb.DuckDBPyConnection, dataset: Dataset, column: Column) -> Iterator[Finding]:
    """Whether a column without codes holds names of people, or sentences that nobody can foresee."""
    row = con.execute("select count(*), count(*) filter (regexp_matches(value, '(?:[^ ]+ +){7}')) from distinct_values").fetchone()
    assert row is not None
    values, remarks = row
    named = cells = 0
    for value, count in con.execute(
        r"select value, cells from distinct_values where regexp_matches(value, '^\p{Lu}\p{Ll}+[ -]\p{Lu}') limit 20000"
    ).fetchall():
        if persons(value):
            named, cells = named + 1, cells + count
    if named >= NAMES and named * 10 >= values:
        yield Finding(dataset.id, column.name, "names of persons", cells)
    if remarks >= REMARKS and not column.pattern and column.name not in dataset.key:
        yield Finding(dataset.id, column.name, "free text", remarks, is_certain=False)


def _scan_number_column(con: duckdb.DuckDBPyConnection, dataset: Dataset, column: Column) -> list[Finding]:
    """Identity numbers that lost their type: eleven digits, or ten where a leading zero is gone."""
    filled = _one(con, f"select count({name(column.name)}) from scanned")
    values = con.execute(
        f"""select lpad({name(column.name)}::varchar, 11, '0'), count(*) from scanned
        where {name(column.name)} between 1000000000 and 99999999999 group by all"""
    ).fetchall()
    suspicious = sum(cells for value, cells in values if is_national_identity_number(value))
    is_measure = suspicious <= 0.5 * filled
    return [] if is_measure else [Finding(dataset.id, column.name, IDENTITY, suspicious)]


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0] or 0)


# --- texts ---

SHORT = 2_000
"""Signs of a text that is read exactly without a quick search before."""
_IN_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[\u00a0\u202f]\d{3})+(?!\d)")


def scan_text(text: str, where: str, allowed: Collection[str] = ()) -> list[Finding]:
    """Findings in a page, a description or any other text. `allowed` are the published addresses of functions, not of persons."""
    for address in allowed:
        text = text.replace(address, "")
    counts: Counter[str] = Counter()
    for piece in _suspicious(text):
        for kind, count in kinds(readable(_IN_THOUSANDS.sub("x", piece)), any_grouping=False):
            counts[kind] += count
    return [Finding(where, "", kind, count) for kind, count in sorted(counts.items()) if count]


def scan_texts(texts: Iterable[tuple[str, str]], allowed: Collection[str] = ()) -> Iterator[Finding]:
    """Findings in many texts, each with what it is called: as `scan_text`, but searched together, which costs a tenth."""
    batch: list[tuple[str, str]] = []
    for where, text in texts:
        for address in allowed:
            text = text.replace(address, "")
        batch.append((where, _broken_up(text)))
        if sum(len(text) for _, text in batch[-50:]) > BLOCK or len(batch) >= 2_000:
            yield from _scan_batch(batch)
            batch = []
    yield from _scan_batch(batch)


def _scan_batch(batch: list[tuple[str, str]]) -> Iterator[Finding]:
    condition = worth_reading("line", any_grouping=False)
    lines = reader().cursor().execute(
        f"""select place, line
        from (select place, unnest(string_split(content, chr(10))) as line
          from (select unnest(range(len($1))) as place, unnest($1::varchar[]) as content))
        where {condition}""",
        [[text for _, text in batch]],
    )  # fmt: skip
    counts: Counter[tuple[str, str]] = Counter()
    for at, line in lines.fetchall():
        for kind, count in kinds(readable(_IN_THOUSANDS.sub("x", line)), any_grouping=False):
            counts[batch[at][0], kind] += count
    for (where, kind), count in sorted(counts.items()):
        if count:
            yield Finding(where, "", kind, count)


def looks_personal(text: str) -> bool:
    """Whether a text that a person typed, such as a reason, holds an identifier."""
    return bool(scan_text(text, ""))


def _suspicious(text: str) -> list[str]:
    """Lines of a text (and parts of very long ones) in which anything might be found."""
    return [text] if len(text) < SHORT else worth(_broken_up(text))


def _broken_up(text: str) -> str:
    """JSON is often one line; broken after each object a line is short enough to be read exactly."""
    return text.replace("}", "}\n") if text.count("\n") * 2_000 < len(text) else text


# --- deliveries ---

BLOCK = 4_000_000
MOST = 2_000_000_000
"""Bytes of one delivery that are read at most, after unpacking; more is refused as unreadable here."""
_CONTACT = re.compile(r'"contact"\s*:\s*\[[^\]]{0,5000}\]')
"""A statistics bank names in each answer the official who answers questions about the table. Nothing of it is kept by any parser."""
CONTACTS = "contacts"
_OF_OPERATORS = ("agency.txt", "feed_info.txt")
"""Members of a timetable that tell how customers reach the operator. Nothing of them is kept either."""
HEADING = 5_000
"""Signs of a first line from which on it is no heading."""
_KEY = re.compile(r'"((?:[^"\\]|\\.){1,80})"\s*:')


TEXTS_TOGETHER, BYTES_TOGETHER = 500, 16_000_000
"""Texts with new forms that are judged together, at most so many, of so many bytes."""


def scan_delivery(path: Path, where: str, told: Iterable[str] = ()) -> list[Finding]:
    """Findings in a file as a source sent it, before anything else reads it: values, keys, headings, nested text, names of members,
    and what is `told` about it (its name, address, note). Counts are occurrences; the column is a key or heading where one is known.

    `where` is what the findings call the file; it must not be the file's own name, which may itself be personal.
    """
    return next(scan_deliveries([(path, where, told)]))


def scan_deliveries(deliveries: Iterable[tuple[Path, str, Iterable[str]]]) -> Iterator[list[Finding]]:
    """The findings of each delivery, as `scan_delivery`, in order; many small ones are judged together, which costs a third.

    Raises ParseError at a file that cannot be unpacked, when those before it have been told.
    """
    waiting: list[tuple[str, Counter[tuple[str, str]]]] = []
    unjudged: list[tuple[Counter[tuple[str, str]], Lines]] = []
    for path, where, told in deliveries:
        counts: Counter[tuple[str, str]] = Counter()
        try:
            for lines in _read_texts(counts, path, told):
                unjudged.append((counts, lines))
                if len(unjudged) >= TEXTS_TOGETHER or sum(len(one.text) for _, one in unjudged) > BYTES_TOGETHER:
                    _read_lines(unjudged)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, duckdb.Error):
            _read_lines(unjudged)
            yield from (_findings(*one) for one in waiting)
            raise ParseError(
                "the file cannot be unpacked", where=where, effect="it was not searched for personal data, so nothing of it is used",
                next_step="ask the source again",
            ) from None  # fmt: skip
        waiting.append((where, counts))
        if not unjudged:
            yield from (_findings(*one) for one in waiting)
            waiting.clear()
    _read_lines(unjudged)
    yield from (_findings(*one) for one in waiting)


def _findings(where: str, counts: Counter[tuple[str, str]]) -> list[Finding]:
    return [Finding(where, column, kind, count) for (column, kind), count in sorted(counts.items())]


def _read_texts(counts: Counter[tuple[str, str]], path: Path, told: Iterable[str]) -> Iterator[Lines]:
    """Read a delivery, but for the lines of new forms, which are left to be judged together with others."""
    for text in told:
        _count(counts, "metadata", kinds(readable(text), any_grouping=False))
    for column, text in _texts(path):
        if isinstance(text, bytes):
            lines = _read_block(counts, text)
            if lines is not None:
                yield lines
        elif column == CONTACTS:
            _count(counts, column, ((IDENTITY, identity_numbers(readable(text), any_grouping=False)),))
        else:
            _count(counts, column, kinds(readable(text), column, any_grouping=True))


def _read_lines(unjudged: list[tuple[Counter[tuple[str, str]], Lines]]) -> None:
    """Count what stands in lines that are worth reading, and forget them."""
    for (counts, _), lines in zip(unjudged, sift(one for _, one in unjudged), strict=True):
        for line in lines:
            _read_line(counts, line)
    unjudged.clear()


def _count(counts: Counter[tuple[str, str]], column: str, found: Iterable[tuple[str, int]]) -> None:
    for kind, number in found:
        if number:
            counts[column, kind] += number


def _read_block(counts: Counter[tuple[str, str]], data: bytes) -> Lines | None:
    """Read the keys and headings of a text, and the values of a short one; of another return the lines if any has a new form.

    An identity number in a list of contacts is found all the same.
    """
    if b'"contact"' in data:
        text = _decoded(data)
        for contacts in _CONTACT.findall(text):
            _count(counts, CONTACTS, ((IDENTITY, identity_numbers(readable(contacts), any_grouping=False)),))
        data = _CONTACT.sub("", text).encode()
    if len(data) < SHORT:
        text = _decoded(data)
        _read_keys(counts, text)
        _read_line(counts, text)
        return None
    try:
        lines = lines_of(data)
    except UnicodeDecodeError:
        data = _decoded(data).encode()
        lines = lines_of(data)
    # A key of JSON is found by the forms of its lines; a heading stands first and is short.
    if lines and lines.promises:
        _read_keys(counts, data.decode())
    elif data[:HEADING].lstrip()[:1] not in (b"{", b"["):
        _read_keys(counts, data[: 4 * HEADING].decode(errors="ignore"))
    return lines


def _read_keys(counts: Counter[tuple[str, str]], text: str) -> None:
    for key in _keys(text):
        counts[_printable(key), "column named for personal data"] += 1


def _decoded(data: bytes) -> str:
    """Bytes that are no UTF-8 are read as Latin-1, or as UTF-16 when they say so."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="replace")


def _read_line(counts: Counter[tuple[str, str]], line: str) -> None:
    """What a line holds, by the key before it where it is JSON."""
    plain = readable(line)
    found = [(kind, number) for kind, number in kinds(plain, any_grouping=False) if number]
    if not found:
        return
    starts = [*_KEY.finditer(line)]
    ends = [*(key.start() for key in starts[1:]), len(line)]
    parts = [(key[1], {kind for kind, n in kinds(readable(line[key.start() : end]), any_grouping=False) if n})
             for key, end in zip(starts, ends, strict=False)]  # fmt: skip
    for kind, number in found:
        key = next((key for key, inside in parts if kind in inside), "")
        counts[_printable(key), kind] += number


def _printable(key: str) -> str:
    """A key as a column's name in a message: never one that itself holds an identifier."""
    plain = re.sub(r"[^\w .\-]", "", readable(key))[:60]
    return "a key" if any(number for _, number in kinds(plain, any_grouping=True)) else plain


def _keys(text: str) -> Iterator[str]:
    """Keys and headings that promise personal data."""
    if text.lstrip()[:1] in "{[":
        yield from promising_keys(text)
        return
    heading = text.lstrip("\ufeff").split("\n", 1)[0]
    if len(heading) < HEADING:
        for key in re.split(r"[;,\t|]", heading):
            if len(key) < 60 and PERSONAL_NAME.search(key):
                yield key.strip(' "\r')


def _texts(path: Path) -> Iterator[tuple[str, str | bytes]]:
    """A file's texts in blocks of bytes; of a table in Parquet each text column by name, of a zip each member's name first."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == b"PAR1":
            yield from _parquet_texts(path)
        elif start[:2] == b"PK":
            yield from _zip_texts(file)
        elif start[:2] == b"\x1f\x8b":
            yield from _blocks(gzip.GzipFile(fileobj=file))
        else:
            yield from _blocks(file)


def _parquet_texts(path: Path) -> Iterator[tuple[str, str | bytes]]:
    con = reader().cursor()
    relation = con.sql(f"from {parquet([path])}")
    yield "", (",".join(relation.columns) + "\n").encode()
    for column, kind in zip(relation.columns, relation.types, strict=True):
        if any(word in str(kind) for word in ("VARCHAR", "JSON", "STRUCT", "BLOB")):
            it = f"{name(column)}::varchar"
            values = con.execute(
                f"""select value from (select distinct {it} as value from {parquet([path])})
                where value is not null and {worth_reading("value", any_grouping=True)}"""
            )
            while rows := values.fetchmany(10_000):
                for (value,) in rows:
                    yield column, value


def _zip_texts(file: IO[bytes]) -> Iterator[tuple[str, str | bytes]]:
    """Each member's name, and the members' texts; many small ones are read together."""
    with zipfile.ZipFile(file) as archive:
        together: list[bytes] = []
        for member in archive.infolist():
            yield "name of a member", member.filename
            with archive.open(member) as inner:
                if member.filename in _OF_OPERATORS:
                    yield from ((CONTACTS, _decoded(data)) for _, data in _blocks(inner))
                elif member.file_size > BLOCK:
                    yield from _blocks(inner)
                else:
                    together += [data for _, data in _blocks(inner)]
            if sum(map(len, together)) > BLOCK:
                yield "", b"\n".join(together)
                together = []
        yield "", b"\n".join(together)


def _blocks(file: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[str, bytes]]:
    """Text in blocks that end with a line or an object, so that nothing is cut in two."""
    left, read = b"", 0
    while (block := file.read(BLOCK)) or left:
        read += len(block)
        if read > MOST:
            raise EOFError
        data = left + block
        cut = max(data.rfind(b"\n"), data.rfind(b"}"), data.rfind(b">")) + 1 if block else len(data)
        cut = cut or len(data)
        data, left = data[:cut], data[cut:]
        yield "", data
        if not block:
            break
