"""What changed in periods that were promoted before: row by row where few changed, as sums where many did. Only ever added to.

The Parquet files under `history/<kind>/revisions/<dataset>/` hold one row for each value that changed and for each row that was added
to or taken out of a promoted period. docs/drift.md tells the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import literal, name, parquet
from catalog.model import ColumnType, Dataset
from pipelines.ingesting.building import as_described, series_columns
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 1000
"""Changed rows of one period that are listed one by one; of more, each kind of change and column is one row."""
COLUMNS = {
    "dataset": "varchar", "period": "varchar", "known_on": "date", "change": "varchar", "cause": "varchar", "key": "varchar",
    "column_name": "varchar", "old_value": "varchar", "new_value": "varchar", "old_snapshot": "varchar", "new_snapshot": "varchar",
    "n_rows": "bigint", "ratio": "double",
}  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """What a rebuilt period changes in what readers have."""

    revised: int
    """Rows with another value in any column."""
    added: int
    gone: int
    old_rows: int
    series_gone: tuple[str, ...]
    """Series that lose all their rows in the period."""
    columns: tuple[str, ...]
    """What was compared: a column that came with a new description revises nothing."""


def compare(con: duckdb.DuckDBPyConnection, dataset: Dataset, old: Path, new: Path) -> Changes:
    """Put the rows that differ in `changed`, and count them. Only the key and a hash of each row are compared first."""
    key = [name(k) for k in dataset.key]
    there = {row[0] for row in con.execute(f"describe select * from {parquet([old])}").fetchall()}
    columns = tuple(c.name for c in dataset.columns if c.name not in dataset.key and c.name in there)
    said = ", ".join(name(c) for c in columns) or "1"
    pick = ", ".join(key)
    same = " and ".join(f"o.{k} is not distinct from n.{k}" for k in key)
    con.execute(
        f"""create or replace temp table changed as
        select
          {", ".join(f"coalesce(o.{k}, n.{k}) as {k}" for k in key)},
          case when n._said is null then 'withdrawn' when o._said is null then 'added' else 'revised' end as _change
        from (select {pick}, hash({said}) as _said from {as_described(dataset, [old])}) as o
        full join (select {pick}, hash({said}) as _said from {as_described(dataset, [new])}) as n on {same}
        where o._said is distinct from n._said"""
    )
    counted = dict(con.execute("select _change, count(*) from changed group by _change").fetchall())
    gone = counted.get("withdrawn", 0)
    series: list[str] = []
    for column in series_columns(dataset) if gone else []:
        rows = con.execute(
            f"""select distinct cast({name(column)} as varchar) as code from changed where _change = 'withdrawn'
            and {name(column)} not in (select {name(column)} from {parquet([new])}) order by all"""
        ).fetchall()
        series += [f"{column}={code}" for (code,) in rows]
    total = con.execute(f"select count(*) from {parquet([old])}").fetchone()
    assert total is not None
    return Changes(counted.get("revised", 0), counted.get("added", 0), gone, total[0], tuple(series), columns)


def write_revisions(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    period: str,
    changes: Changes,
    *,
    old: tuple[Path, Sequence[str]],
    new: tuple[Path, Sequence[str]],
    known_on: str,
    cause: str,
    out: Path,
) -> Path | None:
    """One more file of the dataset's revisions, from `changed`; None where nothing changed that was there before.

    `old` and `new` are the files with the snapshots that their `_snapshot` counts. Nothing is listed of a period that only grew.
    """
    if not changes.revised + changes.gone:
        return None
    is_listed = changes.revised + changes.gone <= MOST_ROWS
    con.execute("create or replace temp table revised (" + ", ".join(f"{c} {t}" for c, t in COLUMNS.items()) + ")")
    for column in changes.columns:
        _add_column(con, dataset, column, is_listed=is_listed, old=old, new=new)
    _add_rows(con, dataset, is_listed=is_listed, old=old)
    con.execute(
        "update revised set dataset = $1, period = $2, known_on = cast($3 as date), cause = $4", [dataset.id, period, known_on, cause]
    )
    out.mkdir(parents=True, exist_ok=True)
    number = max((int(path.stem.partition("-")[0]) for path in out.glob("*.parquet")), default=0) + 1
    path = out / f"{number:05}-{period}.parquet"
    partial = path.with_suffix(".partial")
    con.execute(f"copy (select * from revised order by all) to {literal(str(partial))} (format parquet, compression zstd)")
    partial.replace(path)
    return path


def folder_of(dataset: str, settings: Settings) -> Path:
    return settings.history / "revisions" / dataset


def _add_column(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    column: str,
    *,
    is_listed: bool,
    old: tuple[Path, Sequence[str]],
    new: tuple[Path, Sequence[str]],
) -> None:
    """The values of one column that changed: each, or their number and the ratio of their sums."""
    key = ", ".join(name(k) for k in dataset.key)
    is_number = dataset.column(column).type in (ColumnType.integer, ColumnType.decimal)
    ratio = "sum(cast(new_value as double)) / nullif(sum(cast(old_value as double)), 0)" if is_number else "null"
    pairs = f"""select {_key_text(dataset, "changed")} as key, cast(o.{name(column)} as varchar) as old_value,
        cast(n.{name(column)} as varchar) as new_value, {_sha("o._snapshot", old[1])} as old_snapshot,
        {_sha("n._snapshot", new[1])} as new_snapshot
      from changed join {as_described(dataset, [old[0]])} as o using ({key}) join {as_described(dataset, [new[0]])} as n using ({key})
      where changed._change = 'revised' and o.{name(column)} is distinct from n.{name(column)}"""
    if is_listed:
        con.execute(
            f"""insert into revised by name
            select 'revised' as change, key, $1 as column_name, old_value, new_value, old_snapshot, new_snapshot, 1 as n_rows
            from ({pairs})""",
            [column],
        )
    else:
        con.execute(
            f"""insert into revised by name select 'revised' as change, $1 as column_name, count(*) as n_rows, round({ratio}, 6) as ratio
            from ({pairs}) having count(*) > 0""",
            [column],
        )


def _add_rows(con: duckdb.DuckDBPyConnection, dataset: Dataset, *, is_listed: bool, old: tuple[Path, Sequence[str]]) -> None:
    """Rows that went: each with the snapshot that had it, or their number."""
    key = ", ".join(name(k) for k in dataset.key)
    if is_listed:
        con.execute(
            f"""insert into revised by name select 'withdrawn' as change, {_key_text(dataset, "changed")} as key,
              {_sha("o._snapshot", old[1])} as old_snapshot, 1 as n_rows
            from changed join {as_described(dataset, [old[0]])} as o using ({key}) where changed._change = 'withdrawn'"""
        )
    else:
        con.execute(
            """insert into revised by name
            select 'withdrawn' as change, count(*) as n_rows from changed where _change = 'withdrawn' having count(*) > 0"""
        )


def _key_text(dataset: Dataset, table: str) -> str:
    return " || '; ' || ".join(f"'{k}=' || cast({table}.{name(k)} as varchar)" for k in dataset.key)


def _sha(index: str, snapshots: Sequence[str]) -> str:
    """The SHA-256 of the snapshot that a row came from."""
    return f"list_extract([{', '.join(literal(sha) for sha in snapshots)}], {index} + 1)"
