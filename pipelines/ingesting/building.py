"""One period from its snapshots alone: delivered rows → counted by rule → one row a key → sorted candidate file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import literal, name, parquet
from catalog.errors import ParseError
from catalog.model import Column, ColumnType, Correction, Dataset
from catalog.publication import Snapshot
from pipelines.ingesting.corrections import apply_corrections, outcomes
from pipelines.ingesting.staging import RowsIn, conversion_errors, inside_sql, typed
from pipelines.ingesting.superseded import is_whole

if TYPE_CHECKING:
    import duckdb

    from pipelines.ingesting.recipe import Recipe


@dataclass(frozen=True)
class Candidate:
    """One period as built, not yet judged."""

    period: str
    path: Path
    delivered: int
    rows: int
    set_aside: dict[str, int]
    repeated: int
    tied: int
    snapshots: tuple[str, ...]
    reasons: tuple[str, ...]
    filled: dict[str, int] = field(default_factory=dict)
    contradicting: int = 0
    withdrawn: int = 0
    """Rows that only superseded answers have."""
    withdrawn_of: int = 0
    """Rows that the superseded answers had."""
    withdrawn_whole: tuple[str, ...] = ()
    """Series of which the superseded answers had rows and the others have none, as `station=…`."""
    other_unit: dict[str, int] = field(default_factory=dict)
    """Rows kept whose source names another unit than the declared one, by column."""
    corrections: dict[str, str] = field(default_factory=dict)
    """What became of each declared correction, by id."""
    is_unread: bool = False
    """Whether a snapshot could not be read at all."""
    is_whole: bool = False
    """Whether every snapshot is an answer that holds all of what was asked for."""
    newest_on: str | None = None
    """The last day in the column that cuts the periods."""


def build_or_refuse(
    con: duckdb.DuckDBPyConnection,
    made_by: Recipe,
    period: str,
    sources: Sequence[RowsIn],
    build: Path,
    *,
    superseded: Collection[str] = (),
    corrections: Sequence[Correction] = (),
) -> Candidate:
    """A snapshot that covers just one period and cannot be read costs that period, not the dataset.

    `superseded` are the snapshots whose question was answered anew later.
    """
    try:
        return _build(con, made_by, period, sources, build, superseded, corrections)
    except ParseError as error:
        snapshots = tuple(source.snapshot.sha256 for source in _unique(sources))
        return Candidate(period, build / f"{period}.parquet", 0, 0, {}, 0, 0, snapshots, (str(error),), is_unread=True)


def _build(
    con: duckdb.DuckDBPyConnection,
    made_by: Recipe,
    period: str,
    sources: Sequence[RowsIn],
    build: Path,
    superseded: Collection[str],
    corrections: Sequence[Correction],
) -> Candidate:
    """Delivered rows → counted per rule → one row a key → sorted candidate file.

    The winning row of a key decides, also when it is one to set aside: a withdrawn value does not come back
    because an older delivery of it was good.
    """
    dataset = made_by.dataset
    order = {source.snapshot.sha256: index for index, source in enumerate(_unique(sources))}
    with conversion_errors(con, made_by, [s.snapshot for s in sources if s.staged is None]):
        _deliver(con, made_by, period, sources, order, corrections)
    flags = ["aside_outside_period", "aside_future", *(f"aside_{rule}" for rule in _row_rules(dataset))]
    aside = " or ".join(flags)
    fills = [c for c in dataset.columns if c.fill_values]
    counted = con.execute(
        f"select count(*), {', '.join(f'count(*) filter ({flag})' for flag in flags)}"
        f"{''.join(f', count(*) filter ({_filled(c)})' for c in fills)} from delivered"
    ).fetchone()
    assert counted is not None
    delivered, per_flag, per_fill = counted[0], counted[1 : 1 + len(flags)], counted[1 + len(flags) :]
    withdrawn, withdrawn_of, whole = _withdraw(con, dataset, [order[sha] for sha in order if sha in superseded], aside)
    repeated, tied, contradicting = _find_losers(con, dataset, aside)
    path = build / f"{period}.parquet"
    kept = ", ".join(name(c.name) for c in dataset.columns)
    con.execute(
        f"""copy (
          select {kept}, _snapshot::usmallint as _snapshot, _remark
          from delivered
          where not ({aside}) {"and rowid not in (select row from losers)" if repeated else ""}
          order by {", ".join(name(k) for k in dataset.key)}
        ) to {literal(str(path))} (format parquet, compression zstd, row_group_size 122880)"""
    )
    written = con.execute(f"select count(*){_newest_sql(dataset)} from {parquet([path])}").fetchone()
    assert written is not None
    other_unit = _other_units(con, dataset, aside)
    con.execute("drop table delivered; drop table repeats; drop table ranked; drop table losers")
    set_aside = {flag.removeprefix("aside_"): count for flag, count in zip(flags, per_flag, strict=True) if count}
    return Candidate(
        period,
        path,
        delivered,
        written[0],
        set_aside,
        repeated,
        tied,
        tuple(order),
        () if withdrawn and not written[0] else _reasons(dataset, delivered, written[0], set_aside),
        filled={c.name: count for c, count in zip(fills, per_fill, strict=True) if count},
        contradicting=contradicting,
        withdrawn=withdrawn,
        withdrawn_of=withdrawn_of,
        withdrawn_whole=whole,
        other_unit=other_unit,
        corrections=outcomes(con, path, corrections, dataset),
        is_whole=all(is_whole(source.snapshot, dataset) for source in sources),
        newest_on=str(written[1]) if len(written) > 1 and written[1] is not None else None,
    )


def _deliver(
    con: duckdb.DuckDBPyConnection,
    made_by: Recipe,
    period: str,
    sources: Sequence[RowsIn],
    order: Mapping[str, int],
    corrections: Sequence[Correction],
) -> None:
    """The table `delivered`: every row of the period with its snapshot, fill values emptied, corrections applied, and one flag a rule.

    Columns that are not published and only there for the rules have done their work then.
    """
    dataset = made_by.dataset
    declared = ", ".join(name(c) for c in (*(c.name for c in dataset.columns), *dataset.delivered_only))
    parts = []
    for direct in _direct_batches(sources).values():
        query = typed(con, made_by, [s.snapshot for s in direct])
        outside = f"coalesce(not {inside_sql(dataset, period)}, false) as aside_outside_period"
        if len(direct) == 1:
            parts.append(f"select {declared}, {order[direct[0].snapshot.sha256]} as _snapshot, {outside} from ({query})")
        else:
            files = ", ".join(f"({literal(str(s.snapshot.path))}, {order[s.snapshot.sha256]})" for s in direct)
            parts.append(
                f"select {declared}, _snapshot, {outside} from ({query}) join (values {files}) as files(file, _snapshot) using (file)"
            )
    for source in sources:
        if source.staged is not None:
            index = order[source.snapshot.sha256]
            part = f"select {declared}, {index} as _snapshot, false as aside_outside_period from {parquet([source.staged])}"
            parts.append(f"{part} where period = {literal(period)}")
    late = _future_sql(dataset, [source.snapshot for source in _unique(sources)], order)
    rows = f"select *{_without_fill_values(dataset)}, {late} as aside_future from ({' union all '.join(parts)})"
    if corrections:
        con.execute(f"create or replace temp table uncorrected as {rows}")
        apply_corrections(con, "uncorrected", corrections, dataset)
        rows = "select * from uncorrected"
    rules = "".join(f", coalesce(({sql}), false) as aside_{rule}" for rule, sql in _row_rules(dataset).items())
    answered = f"select *, {_answer_sql(sources, order)} as _answer from ({rows})"
    left = ", ".join(("_answer", *(name(c) for c in dataset.delivered_only if _is_judged(c, dataset))))
    con.execute(f"create or replace temp table delivered as select * exclude ({left}){rules} from ({answered})")
    if corrections:
        con.execute("drop table uncorrected")


def _is_judged(delivered_only: str, dataset: Dataset) -> bool:
    """Whether a column that is not published is read by a rule, and by nothing after it: no precedence, no comparison of units."""
    word = re.compile(rf"\b{re.escape(delivered_only)}\b")
    after = [*dataset.precedence, *(f"{column}_unit unit" for column in dataset.source.unit_source)]
    return any(word.search(rule.sql) for rule in dataset.set_aside) and not any(word.search(text) for text in after)


def _answer_sql(sources: Sequence[RowsIn], order: Mapping[str, int]) -> str:
    """The place of a row's answer among all answers, which is one for all its pages; of a page in several answers, that of the newest."""
    last = {source.snapshot.answer or source.snapshot.sha256: place for place, source in enumerate(sources)}
    places: dict[int, int] = {}
    for source in sources:
        snapshot = source.snapshot
        places[order[snapshot.sha256]] = max(places.get(order[snapshot.sha256], 0), last[snapshot.answer or snapshot.sha256])
    return f"case _snapshot {' '.join(f'when {index} then {place}' for index, place in places.items())} end" if places else "0"


def _future_sql(dataset: Dataset, snapshots: Sequence[Snapshot], order: Mapping[str, int]) -> str:
    """Whether a row is about a time after the day on which it was taken, with a day to spare for zones and closing midnights."""
    if dataset.period_column is None or dataset.drift.is_about_future:
        return "false"
    column = name(dataset.period_column)
    is_year = dataset.column(dataset.period_column).type is ColumnType.integer
    limits = [
        f"when {order[s.sha256]} then {column} {_beyond(s.retrieved_on, is_year=is_year)}" for s in snapshots if s.retrieved_on is not None
    ]
    return f"coalesce(case _snapshot {' '.join(limits)} else false end, false)" if limits else "false"


def _beyond(taken_on: date, *, is_year: bool) -> str:
    return f"> {taken_on.year}" if is_year else f">= timestamp '{taken_on + timedelta(days=2)}'"


def _without_fill_values(dataset: Dataset) -> str:
    """What is added to `select *` so that fill values are empty and remarked."""
    fills = [c for c in dataset.columns if c.fill_values]
    if not fills:
        return ", null::varchar as _remark"
    emptied = ", ".join(f"case when {_is_fill(c)} then null else {name(c.name)} end as {name(c.name)}" for c in fills)
    remarks = ", ".join(f"case when {_is_fill(c)} then 'fill_value:{c.name}' end" for c in fills)
    return f" replace ({emptied}), nullif(concat_ws(';', {remarks}), '') as _remark"


def _is_fill(column: Column) -> str:
    return f"{name(column.name)} in ({', '.join(f'{value:g}' for value in column.fill_values)})"


def _filled(column: Column) -> str:
    return f"coalesce(contains(_remark, 'fill_value:{column.name}'), false)"


IMPOSSIBLE = "impossible"
"""The rule that sets aside rows with a value outside the range of its column, where the column says so."""


def _row_rules(dataset: Dataset) -> dict[str, str]:
    """Every rule that sets single rows aside, by id: those declared, and the one that follows from ranges."""
    rules = {rule.id: rule.sql for rule in dataset.set_aside}
    outside = [
        f"{name(c.name)} {sign} {limit}"
        for c in dataset.columns
        if c.impossible == "set_aside"
        for sign, limit in (("<", c.minimum), (">", c.maximum))
        if limit is not None
    ]
    return rules | ({IMPOSSIBLE: " or ".join(outside)} if outside else {})


def _newest_sql(dataset: Dataset) -> str:
    """The last day of a dataset that is cut by a moment or a day."""
    if dataset.period_column is None or dataset.column(dataset.period_column).type is ColumnType.integer:
        return ""
    return f", cast(max({name(dataset.period_column)}) as date)"


def _withdraw(con: duckdb.DuckDBPyConnection, dataset: Dataset, superseded: Sequence[int], aside: str) -> tuple[int, int, tuple[str, ...]]:
    """Take rows out of `delivered` whose key only superseded answers have.

    Returns how many keys that were, of how many in those answers, and the series that are gone altogether.
    """
    if not superseded:
        return 0, 0, ()
    key = ", ".join(name(k) for k in dataset.key)
    old = f"_snapshot in ({', '.join(map(str, superseded))})"
    con.execute(
        f"""create or replace temp table withdrawn as
        select {key} from delivered group by {key} having bool_and({old}) and bool_or(not ({aside}))"""
    )
    counts = con.execute(
        f"select (select count(*) from withdrawn),"
        f" (select count(*) from (select distinct {key} from delivered where {old} and not ({aside})))"
    ).fetchone()
    assert counts is not None
    whole: list[str] = []
    if counts[0]:
        for column in series_columns(dataset):
            gone = con.execute(
                f"""select distinct cast({name(column)} as varchar) as code from withdrawn
                where {name(column)} not in (select {name(column)} from delivered where not ({old})) order by all"""
            ).fetchall()
            whole += [f"{column}={code}" for (code,) in gone]
        same = " and ".join(f"delivered.{name(k)} is not distinct from withdrawn.{name(k)}" for k in dataset.key)
        con.execute(f"delete from delivered using withdrawn where {same}")
    con.execute("drop table withdrawn")
    return counts[0], counts[1], tuple(whole)


def as_described(dataset: Dataset, files: Sequence[Path]) -> str:
    """Stored rows of periods, with `filename`, in the columns of today's description: what stands may be older than it. A column that came
    since is empty there, one that went is left out, and a value that does not fit a column's new type is empty."""
    typed = {c.name: c.sql_type for c in dataset.columns} | {"_snapshot": "bigint"}
    empty = ", ".join(f"null::{sql_type} as {name(column)}" for column, sql_type in typed.items())
    now = ", ".join(f"try_cast({name(column)} as {sql_type}) as {name(column)}" for column, sql_type in typed.items())
    paths = ", ".join(literal(str(path)) for path in files)
    stored = f"select * from read_parquet([{paths}], union_by_name = true, filename = true)"
    return f"(select {now}, filename from (select {empty}, null::varchar as filename where false union all by name {stored}))"


def series_columns(dataset: Dataset) -> list[str]:
    """The key columns that tell one series from another: those declared, or the key without its columns of time."""
    if dataset.drift.series is not None:
        return list(dataset.drift.series)
    times = (ColumnType.date, ColumnType.datetime)
    return [k for k in dataset.key if k != dataset.period_column and dataset.column(k).type not in times]


def _other_units(con: duckdb.DuckDBPyConnection, dataset: Dataset, aside: str) -> dict[str, int]:
    """Rows that are kept although their source names another unit than the declared one, by column. The two micro signs are one."""
    found = {}
    for column, unit in dataset.source.unit_source.items():
        delivered = next((d for d in (f"{column}_unit", "unit") if d in dataset.delivered_only), None)
        if delivered is None:
            continue
        said = con.execute(
            f"""select count(*) from delivered
            where {name(column)} is not null and not ({aside}) and replace({name(delivered)}, 'μ', 'µ') <> replace($1, 'μ', 'µ')""",
            [unit],
        ).fetchone()
        if said and said[0]:
            found[column] = said[0]
    return found


def _find_losers(con: duckdb.DuckDBPyConnection, dataset: Dataset, aside: str) -> tuple[int, int, int]:
    """Put the delivered rows that do not win their key in `losers`; return how many they are, how many of all rows tie with
    another – same key, and nothing in the declared precedence to tell them apart – and how many contradict the winner: they tie with
    it, are of the same delivery, and say something else.

    Only keys that occur more than once are ordered, so a delivery without repetitions costs one aggregation.
    """
    key = ", ".join(name(k) for k in dataset.key)
    declared = ", ".join(dataset.precedence or ("true",))
    order = ", ".join([*dataset.precedence, "_snapshot desc", *(f"{name(c.name)} desc" for c in dataset.columns), "row"])
    same = " and ".join(f"d.{name(k)} is not distinct from r.{name(k)}" for k in dataset.key)
    said = ", ".join(name(c.name) for c in dataset.columns)
    con.execute(f"create or replace temp table repeats as select {key} from delivered group by {key} having count(*) > 1")
    con.execute(
        f"""create or replace temp table ranked as
        with several as (select d.rowid as row, d.* from delivered d semi join repeats r on {same})
        select
          row,
          _snapshot,
          not ({aside}) as counts,
          hash({said}) as said,
          row_number() over (partition by {key} order by {order}) as place,
          dense_rank() over (partition by {key} order by {declared}) as step,
          first_value(row) over (partition by {key} order by {order}) as winner
        from several"""
    )
    con.execute("create or replace temp table losers as select row from ranked where place > 1")
    counts = con.execute(
        """select
          count(*) filter (place > 1),
          count(*) - count(distinct (winner, step)),
          (select count(*) from ranked as other join ranked as best on best.row = other.winner
           where other.step = 1 and other._snapshot = best._snapshot and other.counts and best.counts and other.said <> best.said)
        from ranked"""
    ).fetchone()
    assert counts is not None
    return counts[0], counts[1], counts[2]


def _reasons(dataset: Dataset, delivered: int, rows: int, set_aside: Mapping[str, int]) -> tuple[str, ...]:
    """Why a period cannot stand, before any check has looked at it."""
    if delivered == 0:
        return ("the source delivered no rows",)
    limits = {rule.id: (rule.limit, rule.reason.en) for rule in dataset.set_aside} | {
        "outside_period": (0.05, "outside the period that was asked for"),
        "future": (0.05, "about a time after the day it was taken"),
        IMPOSSIBLE: (0.05, "a value that is impossible"),
    }
    too_many = [
        f"{limits[rule][1]}: {count} of {delivered} rows, more than the allowed {limits[rule][0]:.0%}"
        for rule, count in set_aside.items()
        if count > limits[rule][0] * delivered
    ]
    return tuple(too_many) or (() if rows else ("no rows were left after setting aside",))


def _unique(sources: Sequence[RowsIn]) -> list[RowsIn]:
    """Each file once, where it was last given: what a source said again is newer than what it said between."""
    return list(reversed({s.snapshot.sha256: s for s in reversed(sources)}.values()))


def _direct_batches(sources: Sequence[RowsIn]) -> dict[str, list[RowsIn]]:
    """Snapshots that hold just this period, by format, so that many small answers are read by one query."""
    batches: dict[str, list[RowsIn]] = defaultdict(list)
    for source in _unique(sources):
        if source.staged is None:
            batches[source.snapshot.format].append(source)
    return batches
