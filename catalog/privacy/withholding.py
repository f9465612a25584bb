"""Which rows of a table lose their numbers because those concern so few that someone could be recognised.

One rule for every format, chart, map and database: a row in which a declared count lies from 1 to k-1, or that `withhold_when` names,
loses its counts and every other number that is not part of its key, and says `Q` in the column `withheld`. Further rows, and sums that
are published elsewhere, are hidden until none of them gives a hidden one away (`suppression.py`). Signs with which a source withholds
numbers stay as they came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from catalog.duck import name, parquet
from catalog.load import vocabulary
from catalog.model import Column, ColumnType, Dataset, PublishedSum, Text
from catalog.privacy.suppression import Cells, Sum, protect

WITHHELD = "withheld"
WITHHELD_CODE = "Q"
"""The code of `obs_status` for a value that is withheld for confidentiality; it is neither empty nor 0."""


@dataclass(frozen=True)
class HiddenSum:
    """A sum of a dataset's rows that may not be shown anywhere: which of its declared sums, over which rows. Never its value."""

    number: int
    """Place in `ethics.sums`."""
    by: tuple[str, ...]
    """Values of the columns it is made by, as text."""
    group: str


@dataclass(frozen=True)
class Withholding:
    """How many rows were withheld, for their own small numbers and so that those cannot be computed, and what holds afterwards."""

    small: int = 0
    complementary: int = 0
    recoverable: int = 0
    """Hidden numbers that can still be computed, or narrowed down further than was asked for."""
    told_before: int = 0
    """Small numbers that can be read in an earlier release."""
    sums: tuple[HiddenSum, ...] = ()
    sums_shown: int = 0
    """Sums over hidden and shown rows that are still published and still agree."""


def counts_people(dataset: Dataset) -> bool:
    """Whether rows of the dataset can be withheld for small numbers."""
    return bool(dataset.ethics and (dataset.ethics.count_columns or dataset.ethics.withhold_when))


def published_columns(dataset: Dataset) -> tuple[Column, ...]:
    """The columns as they are published: those of the dataset, and `withheld` where its rows can be withheld."""
    if not counts_people(dataset):
        return dataset.columns
    hidden = set(_hidden_columns(dataset))
    kept = (column.model_copy(update={"nullable": True}) if column.name in hidden else column for column in dataset.columns)
    return (*kept, _WITHHELD_COLUMN)


_WITHHELD_COLUMN = Column(
    name=WITHHELD,
    type=ColumnType.text,
    title=Text(nb="Tilbakeholdt", nn="Halde tilbake", en="Withheld"),
    description=Text(
        nb="Q når tallene i raden er holdt tilbake fordi de gjelder så få at noen kan kjennes igjen, eller fordi de ville røpet et slikt "
        "tall; ellers tom.",
        nn="Q når tala i rada er haldne tilbake fordi dei gjeld så få at nokon kan kjennast att, eller fordi dei ville ha røpt eit slikt "
        "tal; elles tom.",
        en="Q when the numbers of the row are withheld because they concern so few that someone could be recognised, or because they would "
        "reveal such a number; otherwise empty.",
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
    """The condition of rows that are withheld for their own sake."""
    assert dataset.ethics is not None
    k = dataset.ethics.threshold
    terms = [f"coalesce({name(column)} > 0 and {name(column)} < {k}, false)" for column in dataset.ethics.count_columns]
    if dataset.ethics.withhold_when:
        terms.append(f"coalesce(({dataset.ethics.withhold_when}), false)")
    return " or ".join(terms) or "false"


def small_cells(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, dataset: Dataset) -> int:
    """How many visible numbers are too small: counts from 1 to k-1, and rows that `withhold_when` names."""
    if not counts_people(dataset):
        return 0
    assert dataset.ethics is not None
    relation.create_view("counted", replace=True)
    k = dataset.ethics.threshold
    terms = [f"count(*) filter ({name(column)} > 0 and {name(column)} < {k})" for column in dataset.ethics.count_columns]
    if dataset.ethics.withhold_when:
        terms.append(f"count(*) filter ({dataset.ethics.withhold_when})")
    return _one(con, f"select {' + '.join(terms)} from counted")


def withhold(
    con: duckdb.DuckDBPyConnection,
    relation: duckdb.DuckDBPyRelation,
    dataset: Dataset,
    earlier: Sequence[Path] = (),
    sums_before: Collection[HiddenSum] = (),
) -> tuple[duckdb.DuckDBPyRelation, Withholding]:
    """The table as it may be published, with the columns of `published_columns`, and what was withheld.

    `earlier` are the same table's Parquet files in releases that readers still have: what is shown there cannot be hidden here, and what
    was hidden there stays hidden, so that no difference between releases tells a number. `sums_before` are the sums that they hid.
    """
    columns = ", ".join(name(column.name) for column in dataset.columns)
    if not counts_people(dataset):
        return relation.select(columns), Withholding()
    relation.create_view("to_withhold", replace=True)
    con.execute(
        f"""create or replace temp table weighed as
        select {columns}, ({_is_small(dataset)}) as _hidden, false as _told, false as _kept from to_withhold"""
    )
    con.execute("drop view to_withhold")
    small = _one(con, "select count(*) filter (_hidden) from weighed")
    told = _compare(con, dataset, earlier)
    is_any_hidden = small or _one(con, "select count(*) filter (_hidden) from weighed")
    withholding = _hide_complements(con, dataset, small, told, sums_before) if is_any_hidden else Withholding()
    hidden = set(_hidden_columns(dataset))
    terms = [f"case when _hidden then null else {name(c.name)} end as {name(c.name)}" if c.name in hidden else name(c.name)
             for c in dataset.columns]  # fmt: skip
    published = con.sql(f"select {', '.join(terms)}, case when _hidden then '{WITHHELD_CODE}' end as {WITHHELD} from weighed")
    return published, withholding


def _compare(con: duckdb.DuckDBPyConnection, dataset: Dataset, earlier: Sequence[Path]) -> int:
    """Note what earlier releases show and hide; how many small numbers they show with the value they have now."""
    keys = ", ".join(name(key) for key in dataset.key)
    for path in earlier:
        found = set(con.sql(f"from {parquet([path])}").columns)
        measures = [column for column in _measures(dataset) if column in found]
        if not found.issuperset(dataset.key) or not measures:
            continue
        same = " and ".join(f"weighed.{name(column)} = before.{name(column)}" for column in measures)
        con.execute(
            f"""update weighed set _told = true
            from (select {keys}, {", ".join(map(name, measures))} from {parquet([path])}) as before
            where {" and ".join(f"weighed.{name(key)} = before.{name(key)}" for key in dataset.key)} and {same}"""
        )
    told = _one(con, "select count(*) from weighed where _hidden and _told")
    for path in earlier:
        if {*dataset.key, WITHHELD}.issubset(con.sql(f"from {parquet([path])}").columns):
            con.execute(
                f"""update weighed set _hidden = true, _kept = true
                where ({keys}) in (select ({keys}) from {parquet([path])} where {WITHHELD} = '{WITHHELD_CODE}')"""
            )
    return told


def _measures(dataset: Dataset) -> list[str]:
    """The columns whose sums are looked at: counts, or where nothing is counted every number that is hidden."""
    assert dataset.ethics is not None
    return list(dataset.ethics.count_columns) or _hidden_columns(dataset)


def _hide_complements(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, small: int, told: int, sums_before: Collection[HiddenSum]
) -> Withholding:
    """Hide further rows of `weighed`, and sums of them, until no sum gives a hidden number away.

    A sum that an earlier release hid stays hidden, and one that it showed over the same rows can be read there.
    """
    assert dataset.ethics is not None
    totals = {measure: _totals(con, dataset, measure) for measure in _measures(dataset)}
    nested = [key for key in dataset.key if dataset.column(key).type is ColumnType.text and _is_nested(con, key)]
    if not any(totals.values()) and not nested and not dataset.ethics.sums:
        complementary = _one(con, "select count(*) filter (_hidden) from weighed") - small
        return Withholding(small, complementary, 0, told)
    keys = ", ".join(name(key) for key in dataset.key)
    rows = con.execute(f"select {keys}, _hidden, _told, ({_is_small(dataset)}) from weighed order by rowid").fetchall()
    as_before = [same for (same,) in con.execute("select _told or _kept from weighed order by rowid").fetchall()]
    known = {at for at, row in enumerate(rows) if row[-2]}
    smallest = [at for at, row in enumerate(rows) if row[-1]]
    hidden = {at for at, row in enumerate(rows) if row[-3]}
    labels = [(number, *label) for number, declared in enumerate(dataset.ethics.sums) for label in _labels(con, declared)]
    for at, (number, by, group, members) in enumerate(labels, start=len(rows)):
        if HiddenSum(number, by, group) in sums_before:
            hidden.add(at)
        elif all(as_before[member] for member in members):
            known.add(at)
    while True:
        start, exposed, agree = set(hidden), set(), 0
        for measure in totals:
            numbers = _whole_numbers(con, measure)
            cells = _cells(dataset, rows, numbers, totals[measure], nested, labels, known)
            counted = measure in dataset.ethics.count_columns
            wide = {at: dataset.ethics.threshold if counted else abs(cells.values[at]) for at in smallest if numbers[at] is not None}
            protection = protect(cells, wide, hidden)
            hidden |= protection.hidden
            exposed |= protection.exposed - known
            still = (one for one in cells.sums if not hidden.isdisjoint(one))
            agree = max(agree, sum(any(c < 0 and at not in hidden for at, c in one.items()) for one in still))
        if len(totals) == 1 or hidden == start:
            break
    con.execute("update weighed set _hidden = true where rowid in (select unnest($1::bigint[]))", [[at for at in hidden if at < len(rows)]])
    complementary = _one(con, "select count(*) filter (_hidden) from weighed") - small
    sums = tuple(HiddenSum(number, by, group) for at, (number, by, group, _) in enumerate(labels, start=len(rows)) if at in hidden)
    return Withholding(small, complementary, len(exposed), told, sums, agree)


def _whole_numbers(con: duckdb.DuckDBPyConnection, measure: str) -> list[int | None]:
    """A column as whole numbers of its smallest step, so that sums are exact and quick."""
    scale = _one(con, f"select coalesce(max(len(split_part({name(measure)}::varchar, '.', 2))), 0) from weighed")
    values = con.execute(f"select {name(measure)} from weighed order by rowid").fetchall()
    return [None if value is None else int(Decimal(value).scaleb(scale)) for (value,) in values]


Label = tuple[int, tuple[str, ...], str, list[int]]


def _cells(
    dataset: Dataset, rows: Sequence[tuple[Any, ...]], numbers: Sequence[int | None], totals: Sequence[tuple[str, str]],
    nested: Sequence[str], labels: Sequence[Label], known: Iterable[int],
) -> Cells:  # fmt: skip
    """The rows and their sums. Only sums that hold in the numbers are taken: no one can use another one."""
    values = [value or 0 for value in numbers]
    sums: list[Sum] = []
    last: set[int] = set()
    for dimension, total in totals:
        place = dataset.key.index(dimension)
        for group in _groups(dataset, rows, place).values():
            whole = group.get(total)
            parts = [at for code, at in group.items() if code != total]
            if whole is not None:
                _add(sums, last, numbers, whole, parts)
    for dimension in nested:
        for group in _groups(dataset, rows, dataset.key.index(dimension)).values():
            for whole, parts in _nest(group):
                _add(sums, last, numbers, whole, parts)
    for _, _, _, members in labels:
        whole = len(values)
        values.append(sum(values[at] for at in members))
        sums.append({**dict.fromkeys(members, 1), whole: -1})
        last.add(whole)
    return Cells(values, sums, frozenset(known), frozenset(last))


def _add(sums: list[Sum], last: set[int], numbers: Sequence[int | None], whole: int, parts: Sequence[int]) -> None:
    filled = [numbers[at] for at in parts]
    if numbers[whole] is not None and len(parts) > 1 and None not in filled and sum(filled) == numbers[whole]:  # type: ignore[arg-type]
        sums.append({**dict.fromkeys(parts, 1), whole: -1})
        last.add(whole)


def _groups(dataset: Dataset, rows: Sequence[tuple[Any, ...]], place: int) -> dict[tuple[Any, ...], dict[str, int]]:
    """Rows that differ in one column of the key alone: code in that column → row."""
    groups: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    size = len(dataset.key)
    for at, row in enumerate(rows):
        groups[row[:place] + row[place + 1 : size]][row[place]] = at
    return groups


_COUNTRY = ("0", "00", "NO", "EAK", "Landet")


def _nest(group: dict[str, int]) -> Iterator[tuple[int, list[int]]]:
    """Country, counties of two digits and municipalities of four, each the sum of the next where both are there."""
    counties = {code: at for code, at in group.items() if len(code) == 2 and code.isdigit() and code not in _COUNTRY}
    municipalities = {code: at for code, at in group.items() if len(code) == 4 and code.isdigit()}
    for code, at in counties.items():
        yield at, [it for municipality, it in municipalities.items() if municipality.startswith(code)]
    for code in _COUNTRY:
        if code in group:
            yield group[code], list(counties.values())
            yield group[code], list(municipalities.values())


def _is_nested(con: duckdb.DuckDBPyConnection, dimension: str) -> bool:
    it = name(dimension)
    return bool(_one(con, f"""select count(*) filter (regexp_full_match({it}, '[0-9]{{4}}')) > 0
        and count(*) filter (regexp_full_match({it}, '[0-9]{{1,2}}|NO|EAK|Landet')) > 0 from weighed"""))  # fmt: skip


def _labels(con: duckdb.DuckDBPyConnection, declared: PublishedSum) -> list[tuple[tuple[str, ...], str, list[int]]]:
    """The sums that a declaration stands for, each with its rows."""
    by = ", ".join(f"{name(column)}::varchar" for column in declared.by)
    found = con.execute(
        f"""select [{by}]::varchar[] as made_by, ({declared.group or "''"})::varchar as part, list(rowid order by rowid)
        from weighed where ({declared.group or "''"}) is not null and ({declared.where or "true"}) group by all order by all"""
    ).fetchall()
    return [(tuple(made_by), part, members) for made_by, part, members in found]


def _totals(con: duckdb.DuckDBPyConnection, dataset: Dataset, count: str) -> list[tuple[str, str]]:
    """Columns of the key with a code whose number is the sum of all others, in every group of at least two parts: found in the numbers."""
    found = []
    for dimension in dataset.key:
        if dataset.column(dimension).type is not ColumnType.text:
            continue
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
        found += [(dimension, code) for (code,) in rows]
    return found


def sums_by_area(
    con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, dataset: Dataset, hidden: Sequence[HiddenSum]
) -> list[tuple[str, str, Any]]:
    """Area, period and value of hidden sums, so that they can be found in other tables. The values are never to be shown.

    The area is the first column of text that a sum is made by, and the country where there is none; the period is the other column.
    """
    assert dataset.ethics is not None
    relation.create_view("summed", replace=True)
    found: list[tuple[str, str, Any]] = []
    for number, declared in enumerate(dataset.ethics.sums):
        wanted = [[list(it.by), it.group] for it in hidden if it.number == number]
        if not wanted:
            continue
        con.execute("create or replace temp table wanted (made_by varchar[], part varchar)")
        con.executemany("insert into wanted values (?, ?)", wanted)
        place = next((at for at, column in enumerate(declared.by) if dataset.column(column).type is ColumnType.text), None)
        by = ", ".join(f"{name(column)}::varchar" for column in declared.by)
        for measure in _hidden_columns(dataset):
            for made_by, total in con.execute(
                f"""select made_by, total
                from (
                  select [{by}]::varchar[] as made_by, ({declared.group or "''"})::varchar as part, sum({name(measure)}) as total
                  from summed where {declared.where or "true"} group by all
                ) semi join wanted using (made_by, part)"""
            ).fetchall():
                area = "NO" if place is None else made_by[place]
                found.append((area, next((it for at, it in enumerate(made_by) if at != place), ""), total))
    con.execute("drop view summed")
    return found


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0] or 0)
