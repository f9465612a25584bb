"""Personal identifiers are found and small numbers about people are withheld, before anything is published.

Nothing here ever returns or prints a value that it found: findings say where, what kind and how many.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from catalog.duck import name
from catalog.load import vocabulary
from catalog.model import Column, ColumnType, Dataset, Text

WITHHELD = "withheld"
WITHHELD_CODE = "Q"
"""The code of `obs_status` for a value that is withheld for confidentiality; it is neither empty nor 0."""


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


KINDS: dict[str, Text] = {
    "national identity number": Text(nb="fødselsnummer", nn="fødselsnummer", en="national identity number"),
    "e-mail address": Text(nb="e-postadresse", nn="e-postadresse", en="e-mail address"),
    "phone number": Text(nb="telefonnummer", nn="telefonnummer", en="phone number"),
    "meter identifier": Text(nb="målepunkt-ID", nn="målepunkt-ID", en="meter identifier"),
    "device address": Text(nb="adressen til en enhet", nn="adressa til ei eining", en="device address"),
    "vehicle plate": Text(nb="bilskilt", nn="bilskilt", en="vehicle plate"),
    "column named for personal data": Text(
        nb="kolonne med navn som lover personopplysninger",
        nn="kolonne med namn som lovar personopplysningar",
        en="column named for personal data",
    ),
}
"""What is looked for, as readers are told."""


# --- national identity numbers ---

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def is_national_identity_number(digits: str, *, rule_of_2032: bool = True) -> bool:
    """Whether eleven digits are a valid national identity, D-, H-, FH- or synthetic number.

    From 2032 the first check may leave a remainder of 0 to 3, and the century is no longer read from the individual number;
    with `rule_of_2032` both hold already, which only adds findings. Of random eleven digits about one in a hundred passes.
    """
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit():
        return False
    number = [int(digit) for digit in digits]
    first = sum(w * d for w, d in zip(_FIRST_WEIGHTS, number[:10], strict=True)) % 11
    second = sum(w * d for w, d in zip(_SECOND_WEIGHTS, number, strict=True)) % 11
    if second != 0 or first > (3 if rule_of_2032 else 0):
        return False
    if number[0] >= 8:  # FH-number: given by a hospital, with no birth date in it
        return first == 0
    day = int(digits[:2]) - (40 if number[0] >= 4 else 0)
    month = next((int(digits[2:4]) - shift for shift in (0, 40, 65, 80) if 1 <= int(digits[2:4]) - shift <= 12), 0)
    year, individual = int(digits[4:6]), int(digits[6:9])
    centuries = (1900, 2000) if rule_of_2032 else _century(individual, year)
    return any(_is_date(century + year, month, day) for century in centuries)


def _century(individual: int, year: int) -> tuple[int, ...]:
    if individual <= 499:
        return (1900,)
    if individual <= 749 and year >= 54:
        return (1800,)
    if year <= 39:
        return (2000,)
    return (1900,) if individual >= 900 else ()


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_SEPARATOR = r"[ \t.\-\u2010\u2011\u2012\u2013/]"
_RUN = re.compile(rf"\d(?:{_SEPARATOR}{{0,3}}\d){{10,}}")
_COORDINATE = re.compile(r"(?<![\d.])\d{1,3}\.\d{4,}(?![\d.])")
_IN_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[\u00a0\u202f]\d{3})+(?!\d)")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_WRITTEN_BREAKS = frozenset({2, 4, 5, 6, 9})
"""Where people break the number when they write it: DD MM YY III KK, or in half."""


def _identity_numbers(text: str, *, any_grouping: bool) -> int:
    """How many identity numbers a text holds. Separators between digits do not hide one.

    Values of a table are read with `any_grouping`; on pages, where numbers stand beside numbers, only at the breaks people use.
    A part of a longer code of letters and digits and a coordinate are not candidates.
    """
    text = _COORDINATE.sub("x", text)
    found = 0
    for run in _RUN.finditer(text):
        tokens = re.split(rf"{_SEPARATOR}+", run.group())
        if _is_glued_to_code(text, run.start(), -1):
            tokens[0] = "x"
        if _is_glued_to_code(text, run.end() - 1, 1):
            tokens[-1] = "x"
        found += sum(is_national_identity_number(candidate) for candidate in _candidates(tokens, any_grouping))
    return found


def _candidates(tokens: list[str], any_grouping: bool) -> Iterator[str]:
    """Neighbouring groups of digits that make eleven together."""
    for start in range(len(tokens)):
        joined, breaks = "", []
        for token in tokens[start:]:
            if token == "x" or len(joined) + len(token) > 11:
                break
            joined += token
            breaks.append(len(joined))
            if len(joined) == 11:
                each_digit = len(breaks) == 11
                if any_grouping or each_digit or _WRITTEN_BREAKS.issuperset(breaks[:-1]):
                    yield joined
                break


def _is_glued_to_code(text: str, at: int, step: int) -> bool:
    """Whether the digits at this end belong to a word that has further digits beyond its letters, as hashes and UUIDs do."""
    at += step
    letters = False
    while 0 <= at < len(text) and text[at].isalnum():
        if text[at].isdigit():
            return letters
        letters = True
        at += step
    return False


# --- other identifiers ---

_SPACE = r"[ .\-]?"
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_NORWEGIAN_PHONE = re.compile(rf"(?<![\w+])(?:\+|00){_SPACE}47(?:{_SPACE}\(0\))?{_SPACE}[2-9](?:{_SPACE}\d){{7}}(?!\d)")
_FOREIGN_PHONE = re.compile(r"(?<![\w+])\+(?!47)[1-9]\d{0,2}[ -]?\d(?:[ -]?\d){7,11}(?![\d.,])")
_BARE_PHONE = re.compile(rf"(?<![\d.,])[2-9](?:{_SPACE}\d){{7}}(?![\d.,])")
_NAMED_PHONE = re.compile(
    rf"\b(?:telefon|telephone|tlf|mobil|phone|ring|call)\w{{0,8}}[^\d\n]{{0,15}}(?!\d{{4}}-\d\d-\d\d)[2-9](?:{_SPACE}\d){{7}}(?!\d)",
    re.IGNORECASE,
)
_PLATE = re.compile(r"(?<![A-ZÆØÅ0-9])[A-Z]{2} ?\d{5}(?!\d)")
_METER = re.compile(r"(?<!\d)707057\d{12}(?!\d)")
_MAC = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])")
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")

_SAYS_PHONE = re.compile(r"telefon|telephone|tlf|mobil|phone", re.IGNORECASE)
_SAYS_PLATE = re.compile(r"skilt|kjennemerke|plate|registration_?number|registreringsn", re.IGNORECASE)
_SAYS_IP = re.compile(r"(?:^|_)ip(?:_|$)|ip.?adresse|ip.?address", re.IGNORECASE)
_PERSONAL_COLUMN = re.compile(
    r"f[oø]dsels?(?:nr|nummer|dato)|personn(?:r|ummer)|(?:^|_)d_?n(?:r|ummer)(?:$|_)|national_id|social_security|date_of_birth|birth_date"
    r"|e_?post|e_?mail|telefon|(?:^|_)tlf|mobiln|phone|fornavn|etternavn|first_?name|last_?name|surname|family_name|given_name"
    r"|skiltnummer|kontonummer",
    re.IGNORECASE,
)
"""Names of columns that promise personal data, whatever stands in them."""


def _readable(text: str) -> str:
    """The text with digits and signs in their plain form and without invisible signs, so that no way of writing hides an identifier."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), text)


def _kinds(text: str, says: str, *, any_grouping: bool) -> Iterator[tuple[str, int]]:
    """Kinds of identifiers in a readable text and how many of each. `says` is what its column calls itself."""
    yield "national identity number", _identity_numbers(text, any_grouping=any_grouping)
    yield "e-mail address", len(_EMAIL.findall(text))
    phones = len(_NORWEGIAN_PHONE.findall(text)) + len(_FOREIGN_PHONE.findall(text))
    yield "phone number", phones + (len(_BARE_PHONE.findall(text)) if _SAYS_PHONE.search(says) else len(_NAMED_PHONE.findall(text)))
    yield "meter identifier", len(_METER.findall(text))
    yield "device address", len(_MAC.findall(text)) + (len(_IP.findall(text)) if _SAYS_IP.search(says) else 0)
    if _SAYS_PLATE.search(says):
        yield "vehicle plate", len(_PLATE.findall(text))


_WORTH_READING = """
  contains(value, '@')
  or length(value) - length(translate(value, '0123456789', '')) >= 8
  or regexp_matches(value, '[＠０-９٠-٩۰-۹०-९]|([0-9A-Fa-f]{2}[:-]){5}')
"""
"""What DuckDB looks for first, in SQL over `value`; only such values are read by the slower, exact rules."""


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


def _scan_text_column(con: duckdb.DuckDBPyConnection, dataset: Dataset, column: Column, *, is_declared: bool) -> list[Finding]:
    says = " ".join((column.name, column.title.nb, column.title.en))
    if _PERSONAL_COLUMN.search(column.name) and not is_declared:
        filled = _one(con, f"select count({name(column.name)}) from scanned")
        return [Finding(dataset.id, column.name, "column named for personal data", filled)] if filled else []
    everything = _SAYS_PHONE.search(says) or _SAYS_PLATE.search(says) or _SAYS_IP.search(says)
    counts: Counter[str] = Counter()
    values = con.execute(
        f"""with distinct_values as (select {name(column.name)} as value, count(*) as cells from scanned group by all)
        select value, cells from distinct_values where value is not null and (? or {_WORTH_READING})""",
        [bool(everything)],
    )
    while rows := values.fetchmany(10_000):
        for value, cells in rows:
            for kind, number in _kinds(_readable(value), says, any_grouping=True):
                if number:
                    counts[kind] += cells
    if not is_declared:
        return [Finding(dataset.id, column.name, kind, count) for kind, count in sorted(counts.items())]
    suspicious = counts["national identity number"]
    filled = _one(con, f"select count({name(column.name)}) from scanned")
    kind = "national identity number"
    return [Finding(dataset.id, column.name, kind, suspicious, is_certain=suspicious > 0.02 * filled)] if suspicious else []


def _scan_number_column(con: duckdb.DuckDBPyConnection, dataset: Dataset, column: Column) -> list[Finding]:
    """Identity numbers that lost their type: eleven digits, or ten where a leading zero is gone."""
    filled = _one(con, f"select count({name(column.name)}) from scanned")
    values = con.execute(
        f"""select lpad({name(column.name)}::varchar, 11, '0'), count(*) from scanned
        where {name(column.name)} between 1000000000 and 99999999999 group by all"""
    ).fetchall()
    suspicious = sum(cells for value, cells in values if is_national_identity_number(value))
    is_measure = suspicious <= 0.5 * filled
    return [] if is_measure else [Finding(dataset.id, column.name, "national identity number", suspicious)]


def scan_text(text: str, where: str, allowed: Collection[str] = ()) -> list[Finding]:
    """Findings in a page, a description or any other text. `allowed` are the published addresses of functions, not of persons."""
    for address in allowed:
        text = text.replace(address, "")
    readable = _readable(_IN_THOUSANDS.sub("x", text))
    return [Finding(where, "", kind, count) for kind, count in _kinds(readable, "", any_grouping=False) if count]


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0] or 0)


# --- small numbers ---


def _is_counted(dataset: Dataset) -> bool:
    return bool(dataset.ethics and dataset.ethics.count_columns)


def published_columns(dataset: Dataset) -> tuple[Column, ...]:
    """The columns as they are published: those of the dataset, and `withheld` where it counts people, households or meters."""
    if not _is_counted(dataset):
        return dataset.columns
    hidden = set(_hidden_columns(dataset))
    kept = (column.model_copy(update={"nullable": True}) if column.name in hidden else column for column in dataset.columns)
    return (*kept, _WITHHELD_COLUMN)


_WITHHELD_COLUMN = Column(
    name=WITHHELD,
    type=ColumnType.text,
    title=Text(nb="Tilbakeholdt", nn="Halde tilbake", en="Withheld"),
    description=Text(
        nb="Q når tallene i raden er holdt tilbake fordi de gjelder så få at noen kan kjennes igjen; ellers tom.",
        nn="Q når tala i rada er haldne tilbake fordi dei gjeld så få at nokon kan kjennast att; elles tom.",
        en="Q when the numbers of the row are withheld because they concern so few that someone could be recognised; otherwise empty.",
    ),
    nullable=True,
    codes={WITHHELD_CODE: vocabulary("obs_status")[WITHHELD_CODE]},
)


def _hidden_columns(dataset: Dataset) -> list[str]:
    """What a row loses when it is withheld: its counts and every other number in it that is not part of its key."""
    fixed = {*dataset.key, dataset.period_column}
    numbers = (ColumnType.integer, ColumnType.decimal)
    return [column.name for column in dataset.columns if column.type in numbers and column.name not in fixed]


def _is_small(dataset: Dataset) -> str:
    assert dataset.ethics is not None
    limit = dataset.ethics.threshold - 1
    return " or ".join(f"coalesce({name(column)} between 1 and {limit}, false)" for column in dataset.ethics.count_columns) or "false"


def small_cells(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, dataset: Dataset) -> int:
    """How many visible counts lie from 1 to k-1."""
    if not _is_counted(dataset):
        return 0
    assert dataset.ethics is not None
    relation.create_view("counted", replace=True)
    limit = dataset.ethics.threshold - 1
    terms = [f"count(*) filter ({name(column)} between 1 and {limit})" for column in dataset.ethics.count_columns]
    return _one(con, f"select {' + '.join(terms)} from counted")


@dataclass(frozen=True)
class Withholding:
    """How many rows were withheld: for their own small counts, so that those cannot be computed, and how many still can be."""

    small: int = 0
    complementary: int = 0
    recoverable: int = 0


def withhold(
    con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, dataset: Dataset
) -> tuple[duckdb.DuckDBPyRelation, Withholding]:
    """The table as it may be published, with the columns of `published_columns`, and what was withheld.

    One rule for every format: a row in which a declared count lies from 1 to k-1 loses its counts and every other number that is
    not part of its key, and says `Q` in the column `withheld`. Where the table holds a total of its parts, further rows are
    withheld until no hidden count can be computed from what is left.
    """
    columns = ", ".join(name(column.name) for column in dataset.columns)
    if not _is_counted(dataset):
        return relation.select(columns), Withholding()
    relation.create_view("to_withhold", replace=True)
    con.execute(f"create or replace temp table weighed as select {columns}, ({_is_small(dataset)}) as _hidden from to_withhold")
    con.execute("drop view to_withhold")
    small = _one(con, "select count(*) filter (_hidden) from weighed")
    recoverable = _hide_complements(con, dataset) if small else 0
    complementary = _one(con, "select count(*) filter (_hidden) from weighed") - small
    hidden = set(_hidden_columns(dataset))
    terms = [f"case when _hidden then null else {name(c.name)} end as {name(c.name)}" if c.name in hidden else name(c.name)
             for c in dataset.columns]  # fmt: skip
    published = con.sql(f"select {', '.join(terms)}, case when _hidden then '{WITHHELD_CODE}' end as {WITHHELD} from weighed")
    return published, Withholding(small, complementary, recoverable)


def _hide_complements(con: duckdb.DuckDBPyConnection, dataset: Dataset) -> int:
    """Hide further rows of `weighed` until no sum gives a hidden count away; return how many groups still do."""
    assert dataset.ethics is not None
    sums = [
        (count, dimension, total)
        for count in dataset.ethics.count_columns
        for dimension in dataset.key
        if dataset.column(dimension).type is ColumnType.text
        for total in _totals(con, dataset, count, dimension)
    ]
    before = -1
    while sums and before != (before := _one(con, "select count(*) filter (_hidden) from weighed")):
        for count, dimension, total in sums:
            exposed = _exposed(dataset, count, dimension)
            con.execute(f"update weighed set _hidden = true where rowid in (select row from ({exposed}) where turn = 1)", [total])
    return sum(_one_of(con, f"select count(*) from ({_exposed(dataset, c, d)}) where turn = 1", t) for c, d, t in sums)


def _one_of(con: duckdb.DuckDBPyConnection, sql: str, value: str) -> int:
    row = con.execute(sql, [value]).fetchone()
    assert row is not None
    return int(row[0])


def _totals(con: duckdb.DuckDBPyConnection, dataset: Dataset, count: str, dimension: str) -> list[str]:
    """Codes of a dimension whose count is the sum of all others, in every group of at least two parts: found in the numbers."""
    others = ", ".join(name(key) for key in dataset.key if key != dimension) or "true"
    rows = con.execute(
        f"""with weighed_groups as (
          select {name(dimension)} as code, {name(count)} as part,
            sum({name(count)}) over whole as whole, count(*) over whole as members, count({name(count)}) over whole as filled
          from weighed
          window whole as (partition by {others})
        )
        select code
        from weighed_groups
        where members >= 3 and filled = members and whole > 0
        group by code
        having bool_and(2 * part = whole)
        order by code"""
    ).fetchall()
    return [code for (code,) in rows]


def _exposed(dataset: Dataset, count: str, dimension: str) -> str:
    """Rows of the groups in which a total (the bound value) and the visible parts give a hidden count away.

    A single hidden part can be computed; several can be narrowed to less than k when they sum to less than k; a hidden total is the
    sum of its visible parts. `turn` 1 is the row to hide next: the smallest visible part, or the total when no part is left.
    """
    assert dataset.ethics is not None
    k = dataset.ethics.threshold
    others = ", ".join(name(key) for key in dataset.key if key != dimension) or "true"
    return f"""with grouped as (
      select
        rowid as row,
        bool_or({name(dimension)} = $1) over whole as has_total,
        bool_or({name(dimension)} = $1 and _hidden) over whole as total_hidden,
        count(*) filter (_hidden and {name(dimension)} <> $1) over whole as hidden_parts,
        sum({name(count)}) filter (_hidden and {name(dimension)} <> $1) over whole as hidden_sum,
        row_number() over (
          partition by {others}
          order by
            case when _hidden then 3 when {name(dimension)} = $1 then 2 when {name(count)} >= {k} then 0 else 1 end,
            {name(count)},
            {name(dimension)}
        ) as turn
      from weighed
      window whole as (partition by {others})
    )
    select row, turn
    from grouped
    where has_total
      and (
        (not total_hidden and hidden_parts > 0 and (hidden_parts = 1 or hidden_sum < {k}))
        or (total_hidden and hidden_parts = 0)
      )"""
