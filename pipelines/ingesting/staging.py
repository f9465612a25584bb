"""From snapshots to rows of declared type: which snapshots hold which periods, parsed once where one holds several."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import literal, name, parquet
from catalog.errors import BymaalError, MetadataError, ParseError, StorageError
from catalog.model import ColumnType, Dataset, Period
from catalog.publication import Snapshot
from pipelines.archive import write_atomically
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

    from pipelines.ingesting.recipe import Recipe


@dataclass(frozen=True)
class RowsIn:
    """Rows of one period in one snapshot: in the staged file when the snapshot holds several periods, else in the snapshot itself."""

    snapshot: Snapshot
    staged: Path | None


def sources_by_period(
    con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshots: Sequence[Snapshot], settings: Settings
) -> dict[str, list[RowsIn]]:
    """Where the rows of every period are. Snapshots that did not say their period are parsed once and staged."""
    found: dict[str, list[RowsIn]] = defaultdict(list)
    for snapshot in snapshots:
        if snapshot.period is not None:
            found[snapshot.period].append(RowsIn(snapshot, None))
            continue
        stem = f"{snapshot.sha256}.{made_by.fingerprint[:16]}"
        staged = settings.staged / made_by.dataset.id / f"{stem}.parquet"
        if not staged.exists():
            for old in staged.parent.glob(f"{snapshot.sha256}.*"):
                old.unlink()
            _stage(con, made_by, snapshot, staged)
        for period in json.loads(staged.with_suffix(".json").read_bytes()):
            found[period].append(RowsIn(snapshot, staged))
    return found


def _stage(con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshot: Snapshot, staged: Path) -> None:
    """Parse one snapshot into a typed Parquet file with a `period` column, and note which periods it holds."""
    dataset = made_by.dataset
    query = typed(con, made_by, [snapshot], with_period=True)
    staged.parent.mkdir(parents=True, exist_ok=True)
    partial = staged.with_suffix(".partial")
    with conversion_errors(con, made_by, [snapshot]):
        con.execute(f"copy (select * from ({query}) order by period) to {literal(str(partial))} (format parquet, compression zstd)")
    periods = [row[0] for row in con.execute(f"select distinct period from {parquet([partial])} order by all").fetchall()]
    if not periods:
        raise ParseError(
            "the file holds no rows",
            where=where_of(dataset, [snapshot]),
            effect="the dataset stays as it was",
            next_step="ask the source again, or take the file off the list",
        )
    if None in periods:
        raise ParseError(
            f"rows without {dataset.period_column}, so their period is unknown",
            where=where_of(dataset, [snapshot]),
            effect="nothing of this file is used",
            next_step="compare the file with the format it is listed as",
        )
    write_atomically(staged.with_suffix(".json"), json.dumps(periods).encode())
    partial.rename(staged)


def typed(con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshots: Sequence[Snapshot], *, with_period: bool = False) -> str:
    """A query over the parsed snapshots (of one format) with every declared column in its declared type, plus `file`."""
    dataset = made_by.dataset
    form = snapshots[0].format
    parsers = made_by.parsers()
    if form not in parsers:
        raise MetadataError(f"no parser for the format {form}", where=f"{dataset.id}.py", next_step="add it to PARSERS")
    paths = [s.path for s in snapshots]
    try:
        relation = parsers[form](con, paths)
    except BymaalError:
        raise
    except Exception as error:  # noqa: BLE001 – whatever a reader of foreign bytes raises, the file is to blame and no value may leak
        raise unreadable(dataset, snapshots, error) from None
    wanted = {c.name: c.sql_type for c in dataset.columns} | {k: _sql_type(v) for k, v in dataset.delivered_only.items()}
    delivered = set(relation.columns)
    if undeclared := delivered - set(wanted) - {"file"}:
        raise MetadataError(f"the parser of {form} delivers undeclared columns: {', '.join(sorted(undeclared))}", where=f"{dataset.id}.py")
    if lacking := [k for k in dataset.key if k not in delivered]:
        raise ParseError(f"key columns missing: {', '.join(lacking)}", where=where_of(dataset, snapshots))
    free_text = {c.name for c in dataset.columns if c.type is ColumnType.text and not c.codes and not c.pattern}
    terms = []
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    for column, sql_type in wanted.items():
        if column in delivered and sql_type == "BIGINT" and "INT" not in types[column]:
            # A cast would round 12.5 to 13 without a word.
            exact = f"cast({name(column)} as decimal(38,9))"
            whole = f"case when {exact} % 1 = 0 then cast({exact} as bigint) when {exact} is not null then error('a fraction') end"
            terms.append(f"{whole} as {name(column)}")
        elif column not in delivered:
            terms.append(f"null::{sql_type} as {name(column)}")
        elif column in free_text:
            terms.append(f"nfc_normalize(cast({name(column)} as varchar)) as {name(column)}")
        else:
            terms.append(f"cast({name(column)} as {sql_type}) as {name(column)}")
    view = f"parsed_{digest(dataset.id, form, *(s.sha256 for s in snapshots))[:16]}"
    relation.create_view(view, replace=True)
    query = f"select {', '.join(terms)}, file from {view}"
    return f"select *, {_period_sql(dataset)} as period from ({query})" if with_period else query


def _sql_type(column_type: ColumnType) -> str:
    return {
        ColumnType.text: "VARCHAR",
        ColumnType.integer: "BIGINT",
        ColumnType.decimal: "DECIMAL(28,8)",
        ColumnType.boolean: "BOOLEAN",
        ColumnType.date: "DATE",
        ColumnType.datetime: "TIMESTAMP",
    }[column_type]


def _period_sql(dataset: Dataset) -> str:
    """The period of a row as text: `2024-02`, `2024` or `all`."""
    if dataset.period is Period.all or dataset.period_column is None:
        return "'all'"
    column = dataset.column(dataset.period_column)
    if column.type is ColumnType.integer:
        return f"cast({name(column.name)} as varchar)"
    moment = f"{name(column.name)} + interval {1 if dataset.period_offset == 'PT1H' else 0} hour"
    return f"strftime({moment}, '{'%Y-%m' if dataset.period is Period.month else '%Y'}')"


def inside_sql(dataset: Dataset, period: str) -> str:
    """Whether a row lies in `period`, as a comparison that costs no text."""
    if dataset.period is Period.all or dataset.period_column is None:
        return "true"
    column = dataset.column(dataset.period_column)
    if column.type is ColumnType.integer:
        return f"{name(column.name)} = {int(period)}"
    year, month = (int(part) for part in (period.split("-") if dataset.period is Period.month else (period, "1")))
    after = (year + 1, 1) if dataset.period is Period.year or month == 12 else (year, month + 1)
    moment = f"{name(column.name)} + interval {1 if dataset.period_offset == 'PT1H' else 0} hour"
    return f"({moment} >= timestamp '{year:04}-{month:02}-01' and {moment} < timestamp '{after[0]:04}-{after[1]:02}-01')"


def digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def where_of(dataset: Dataset, snapshots: Sequence[Snapshot]) -> str:
    more = f" and {len(snapshots) - 1} more" if len(snapshots) > 1 else ""
    return f"{dataset.id}: {snapshots[0].path.name} ({snapshots[0].format}){more}" if snapshots else dataset.id


def unreadable(dataset: Dataset, snapshots: Sequence[Snapshot], error: Exception) -> ParseError:
    """A reader's own message may quote the data, so only its kind is passed on."""
    return ParseError(
        f"not readable as {snapshots[0].format if snapshots else 'data'} ({type(error).__name__})",
        where=where_of(dataset, snapshots),
        effect="nothing of this file is used and the dataset stays as it was",
        next_step="open the file and compare it with the format it is listed as",
    )


class conversion_errors:
    """Turns a failed cast into a ParseError that names the columns and counts the rows, never the value."""

    def __init__(self, con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshots: Sequence[Snapshot]) -> None:
        self.con, self.made_by, self.snapshots = con, made_by, snapshots

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        import duckdb

        if not isinstance(error, duckdb.Error):
            return
        if isinstance(error, duckdb.OutOfMemoryException):
            raise StorageError(
                "the memory limit was reached while reading",
                where=where_of(self.made_by.dataset, self.snapshots),
                effect="the dataset stays as it was",
                next_step="raise BYMAAL_MEMORY",
            ) from None
        dataset = self.made_by.dataset
        wrong = self._wrong_columns() if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException) else []
        if not wrong:
            raise unreadable(dataset, self.snapshots, error) from None
        raise ParseError(
            "values of the wrong type: " + ", ".join(f"{column} ({count} rows)" for column, count in wrong),
            where=where_of(dataset, self.snapshots),
            effect="nothing of this file is used and the dataset stays as it was",
            next_step="compare these columns with the description of the dataset",
        ) from None

    def _wrong_columns(self) -> list[tuple[str, int]]:
        import duckdb

        wanted = {c.name: c.sql_type for c in self.made_by.dataset.columns}
        found: list[tuple[str, int]] = []
        by_format: dict[str, list[Snapshot]] = defaultdict(list)
        for snapshot in self.snapshots:
            by_format[snapshot.format].append(snapshot)
        for form, group in by_format.items():
            relation = self.made_by.parsers()[form](self.con, [s.path for s in group])
            relation.create_view("parsed_wrong", replace=True)
            for column in sorted(set(relation.columns) & set(wanted)):
                wrong = f"{name(column)} is not null and try_cast({name(column)} as {wanted[column]}) is null"
                if wanted[column] == "BIGINT":
                    wrong = f"{name(column)} is not null and coalesce(try_cast({name(column)} as decimal(38,9)) % 1 <> 0, true)"
                try:
                    row = self.con.execute(f"select count(*) from parsed_wrong where {wrong}").fetchone()
                except duckdb.Error:  # the reader itself fails: the file, not a column, is wrong
                    return []
                if row and row[0]:
                    found.append((column, row[0]))
        return found
