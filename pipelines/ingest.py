"""The steps of one dataset as plain functions: stage, build, validate, promote.

A validated table is a folder of Parquet files, one per period, each rebuilt from its own snapshots alone. What a
period was made from is remembered by fingerprint, so a run opens only what changed.
"""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import connect, literal, name, parquet
from catalog.errors import BymaalError, MetadataError, ParseError, StorageError
from catalog.model import ColumnType, Dataset, Period
from catalog.publication import Check, DatasetState, PeriodState, Quarantined, Snapshot
from pipelines.archive import write_atomically
from pipelines.datasets import FOR_DECLARED_FILES, FOR_DECLARED_TABLES, Parser, parsers_of
from pipelines.pxweb import METADATA
from pipelines.settings import ROOT, Settings

if TYPE_CHECKING:
    import duckdb

STATE = "state.json"


@dataclass(frozen=True)
class Recipe:
    """How one dataset is made: its description, its parsers and the fingerprint of both."""

    dataset: Dataset
    parsers: Callable[[], Mapping[str, Parser]]
    """Called only when something must be parsed, so that an unchanged run imports no parser."""
    fingerprint: str


def recipe(dataset: Dataset, module: str, folder: Path = ROOT / "pipelines" / "datasets") -> Recipe:
    """The recipe of a dataset whose parsers live in `module`, or of a declared table where there is no such module.

    Texts and ethics do not count as a change of recipe.
    """
    structure = dataset.model_dump(
        mode="json",
        include={"id", "key", "period", "period_column", "period_offset", "delivered_only", "precedence"},
    )
    structure["columns"] = [
        c.model_dump(mode="json", exclude={"title", "description", "codes", "valid_in", "valid_when"}) | {"codes": sorted(c.codes or ())}
        for c in dataset.columns
    ]
    structure["set_aside"] = [[rule.id, rule.sql, rule.limit] for rule in dataset.set_aside]
    structure["rules"] = [[rule.id, rule.sql, rule.severity] for rule in dataset.rules]
    path = folder / f"{module.rpartition('.')[2]}.py"
    if dataset.source.table is not None and not path.is_file():
        structure["table"] = dataset.source.table.model_dump(mode="json")
        module, path = FOR_DECLARED_TABLES, ROOT / f"{FOR_DECLARED_TABLES.replace('.', '/')}.py"
    sources = _written_in(path)
    if dataset.source.files:
        structure["files"] = {form: file.model_dump(mode="json", exclude={"url"}) for form, file in sorted(dataset.source.files.items())}
        declared = ROOT / f"{FOR_DECLARED_FILES.replace('.', '/')}.py"
        module = module if path.is_file() else FOR_DECLARED_FILES
        sources = tuple(dict.fromkeys((*(sources if path.is_file() else ()), *_written_in(declared))))
    digest = hashlib.sha256(json.dumps(structure, sort_keys=True).encode())
    for written in sources:
        digest.update(written.read_bytes())
    return Recipe(dataset, lambda: parsers_of(dataset, module), digest.hexdigest())


@cache
def _written_in(path: Path) -> tuple[Path, ...]:
    """The files that decide how rows are read: a module, what it imports of this package, and tables of the same stem beside each."""
    found: dict[Path, None] = {Path(__file__): None}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        found[file] = None
        found |= dict.fromkeys(sorted(file.parent.glob(f"{file.stem}.csv")))
        for node in ast.walk(ast.parse(file.read_bytes())):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            waiting += [ROOT / f"{name.replace('.', '/')}.py" for name in names if name.startswith("pipelines.")]
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipelines"):
                waiting += [ROOT / f"{(node.module or '').replace('.', '/')}/{a.name}.py" for a in node.names]
    return tuple(sorted(found))


def ingest(made_by: Recipe, snapshots: Sequence[Snapshot], settings: Settings) -> DatasetState:
    """Bring one dataset up to date with its snapshots and say how it stands.

    A period that breaks a promise goes to quarantine and its last good version stays. Raises ParseError
    when a snapshot cannot be read at all; then nothing of the dataset has changed.
    """
    dataset = made_by.dataset
    listed = tuple(sorted(snapshots, key=lambda s: (s.delivered_at, s.format, s.source_url)))
    snapshots = tuple(s for s in listed if s.format != METADATA)
    folder = settings.validated / dataset.id
    before = _read_state(folder)
    fingerprint = _digest(made_by.fingerprint, *(f"{s.sha256} {s.format} {s.period}" for s in snapshots))
    if before.get("fingerprint") == fingerprint and _files_are_there(folder, before):
        return _state(dataset, folder, before, listed)
    con = connect(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "spill")
    try:
        sources = _sources_by_period(con, made_by, snapshots, settings)
        known = {**before.get("periods", {}), **before.get("refused", {})}
        inputs = {period: _digest(made_by.fingerprint, *(s.snapshot.sha256 for s in found)) for period, found in sources.items()}
        changed = sorted(p for p in sources if known.get(p, {}).get("inputs") != inputs[p] or not _is_there(folder, before, p))
        build = settings.work / "build" / dataset.id
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True)
        candidates = {period: _build_or_refuse(con, made_by, period, sources[period], build) for period in changed}
    finally:
        con.close()
    after = _judge_and_promote(dataset, candidates, inputs, build, folder, settings, before, snapshots)
    after["fingerprint"] = fingerprint
    write_atomically(folder / STATE, json.dumps(after, sort_keys=True, indent=1, ensure_ascii=False).encode())
    shutil.rmtree(build, ignore_errors=True)
    return _state(dataset, folder, after, listed)


def state_of(dataset: Dataset, snapshots: Sequence[Snapshot], settings: Settings) -> DatasetState:
    """How a dataset stands, without doing anything."""
    folder = settings.validated / dataset.id
    return _state(dataset, folder, _read_state(folder), tuple(sorted(snapshots, key=lambda s: s.delivered_at)))


# --- stage ---


@dataclass(frozen=True)
class _Source:
    """Rows of one period in one snapshot: in the staged file when the snapshot holds several periods, else in the snapshot itself."""

    snapshot: Snapshot
    staged: Path | None


def _sources_by_period(
    con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshots: Sequence[Snapshot], settings: Settings
) -> dict[str, list[_Source]]:
    """Where the rows of every period are. Snapshots that did not say their period are parsed once and staged."""
    found: dict[str, list[_Source]] = defaultdict(list)
    for snapshot in snapshots:
        if snapshot.period is not None:
            found[snapshot.period].append(_Source(snapshot, None))
            continue
        stem = f"{snapshot.sha256}.{made_by.fingerprint[:16]}"
        staged = settings.staged / made_by.dataset.id / f"{stem}.parquet"
        if not staged.exists():
            for old in staged.parent.glob(f"{snapshot.sha256}.*"):
                old.unlink()
            _stage(con, made_by, snapshot, staged)
        for period in json.loads(staged.with_suffix(".json").read_bytes()):
            found[period].append(_Source(snapshot, staged))
    return found


def _stage(con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshot: Snapshot, staged: Path) -> None:
    """Parse one snapshot into a typed Parquet file with a `period` column, and note which periods it holds."""
    dataset = made_by.dataset
    query = _typed(con, made_by, [snapshot], with_period=True)
    staged.parent.mkdir(parents=True, exist_ok=True)
    partial = staged.with_suffix(".partial")
    with _conversion_errors(con, made_by, [snapshot]):
        con.execute(f"copy (select * from ({query}) order by period) to {literal(str(partial))} (format parquet, compression zstd)")
    periods = [row[0] for row in con.execute(f"select distinct period from {parquet([partial])} order by all").fetchall()]
    if not periods:
        raise ParseError(
            "the file holds no rows",
            where=_where(dataset, [snapshot]),
            effect="the dataset stays as it was",
            next_step="ask the source again, or take the file off the list",
        )
    if None in periods:
        raise ParseError(
            f"rows without {dataset.period_column}, so their period is unknown",
            where=_where(dataset, [snapshot]),
            effect="nothing of this file is used",
            next_step="compare the file with the format it is listed as",
        )
    write_atomically(staged.with_suffix(".json"), json.dumps(periods).encode())
    partial.rename(staged)


def _typed(con: duckdb.DuckDBPyConnection, made_by: Recipe, snapshots: Sequence[Snapshot], *, with_period: bool = False) -> str:
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
        raise _unreadable(dataset, snapshots, error) from None
    wanted = {c.name: c.sql_type for c in dataset.columns} | {k: _sql_type(v) for k, v in dataset.delivered_only.items()}
    delivered = set(relation.columns)
    if undeclared := delivered - set(wanted) - {"file"}:
        raise MetadataError(f"the parser of {form} delivers undeclared columns: {', '.join(sorted(undeclared))}", where=f"{dataset.id}.py")
    if lacking := [k for k in dataset.key if k not in delivered]:
        raise ParseError(f"key columns missing: {', '.join(lacking)}", where=_where(dataset, snapshots))
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
    view = f"parsed_{_digest(dataset.id, form, *(s.sha256 for s in snapshots))[:16]}"
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


def _inside_sql(dataset: Dataset, period: str) -> str:
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


# --- build ---


@dataclass(frozen=True)
class _Candidate:
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


def _build_or_refuse(con: duckdb.DuckDBPyConnection, made_by: Recipe, period: str, sources: Sequence[_Source], build: Path) -> _Candidate:
    """A snapshot that covers just one period and cannot be read costs that period, not the dataset."""
    try:
        return _build(con, made_by, period, sources, build)
    except ParseError as error:
        snapshots = tuple(source.snapshot.sha256 for source in _unique(sources))
        return _Candidate(period, build / f"{period}.parquet", 0, 0, {}, 0, 0, snapshots, (str(error),))


def _build(con: duckdb.DuckDBPyConnection, made_by: Recipe, period: str, sources: Sequence[_Source], build: Path) -> _Candidate:
    """Delivered rows → counted per rule → one row a key → sorted candidate file.

    The winning row of a key decides, also when it is one to set aside: a withdrawn value does not come back
    because an older delivery of it was good.
    """
    dataset = made_by.dataset
    order = {source.snapshot.sha256: index for index, source in enumerate(_unique(sources))}
    kept = ", ".join(name(c.name) for c in dataset.columns)
    declared = ", ".join(name(c) for c in (*(c.name for c in dataset.columns), *dataset.delivered_only))
    parts = []
    for direct in _direct_batches(sources).values():
        query = _typed(con, made_by, [s.snapshot for s in direct])
        outside = f"coalesce(not {_inside_sql(dataset, period)}, false) as aside_outside_period"
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
    rules = "".join(f", coalesce(({rule.sql}), false) as aside_{rule.id}" for rule in dataset.set_aside)
    flags = ["aside_outside_period", *(f"aside_{rule.id}" for rule in dataset.set_aside)]
    with _conversion_errors(con, made_by, [s.snapshot for s in sources if s.staged is None]):
        con.execute(f"create or replace temp table delivered as select *{rules} from ({' union all '.join(parts)})")
    counted = con.execute(f"select count(*), {', '.join(f'count(*) filter ({flag})' for flag in flags)} from delivered").fetchone()
    assert counted is not None
    delivered, *per_flag = counted
    repeated, tied = _find_losers(con, dataset)
    path = build / f"{period}.parquet"
    con.execute(
        f"""copy (
          select {kept}, _snapshot::usmallint as _snapshot
          from delivered
          where not ({" or ".join(flags)}) {"and rowid not in (select row from losers)" if repeated else ""}
          order by {", ".join(name(k) for k in dataset.key)}
        ) to {literal(str(path))} (format parquet, compression zstd, row_group_size 122880)"""
    )
    written = con.execute(f"select count(*) from {parquet([path])}").fetchone()
    assert written is not None
    con.execute("drop table delivered; drop table repeats; drop table ranked; drop table losers")
    set_aside = {flag.removeprefix("aside_"): count for flag, count in zip(flags, per_flag, strict=True) if count}
    return _Candidate(
        period,
        path,
        delivered,
        written[0],
        set_aside,
        repeated,
        tied,
        tuple(order),
        _reasons(dataset, delivered, written[0], set_aside),
    )


def _find_losers(con: duckdb.DuckDBPyConnection, dataset: Dataset) -> tuple[int, int]:
    """Put the delivered rows that do not win their key in `losers`; return how many they are, and how many of all
    rows tie with another: same key, and nothing in the declared precedence to tell them apart.

    Only keys that occur more than once are ordered, so a delivery without repetitions costs one aggregation.
    """
    key = ", ".join(name(k) for k in dataset.key)
    declared = ", ".join(dataset.precedence or ("true",))
    order = ", ".join([*dataset.precedence, "_snapshot desc", *(f"{name(c.name)} desc" for c in dataset.columns), "row"])
    same = " and ".join(f"d.{name(k)} is not distinct from r.{name(k)}" for k in dataset.key)
    con.execute(f"create or replace temp table repeats as select {key} from delivered group by {key} having count(*) > 1")
    con.execute(
        f"""create or replace temp table ranked as
        with several as (select d.rowid as row, d.* from delivered d semi join repeats r on {same})
        select
          row,
          row_number() over (partition by {key} order by {order}) as place,
          dense_rank() over (partition by {key} order by {declared}) as step,
          first_value(row) over (partition by {key} order by {order}) as winner
        from several"""
    )
    con.execute("create or replace temp table losers as select row from ranked where place > 1")
    counts = con.execute("select count(*) filter (place > 1), count(*) - count(distinct (winner, step)) from ranked").fetchone()
    assert counts is not None
    return counts[0], counts[1]


def _reasons(dataset: Dataset, delivered: int, rows: int, set_aside: Mapping[str, int]) -> tuple[str, ...]:
    """Why a period cannot stand, before any check has looked at it."""
    if delivered == 0:
        return ("the source delivered no rows",)
    limits = {rule.id: (rule.limit, rule.reason.en) for rule in dataset.set_aside} | {
        "outside_period": (0.05, "outside the period that was asked for")
    }
    too_many = [
        f"{limits[rule][1]}: {count} of {delivered} rows, more than the allowed {limits[rule][0]:.0%}"
        for rule, count in set_aside.items()
        if count > limits[rule][0] * delivered
    ]
    return tuple(too_many) or (() if rows else ("no rows were left after setting aside",))


def _unique(sources: Sequence[_Source]) -> list[_Source]:
    return list({s.snapshot.sha256: s for s in sources}.values())


def _direct_batches(sources: Sequence[_Source]) -> dict[str, list[_Source]]:
    """Snapshots that hold just this period, by format, so that many small answers are read by one query."""
    batches: dict[str, list[_Source]] = defaultdict(list)
    for source in _unique(sources):
        if source.staged is None:
            batches[source.snapshot.format].append(source)
    return batches


# --- validate and promote ---


def _judge_and_promote(
    dataset: Dataset,
    candidates: Mapping[str, _Candidate],
    inputs: Mapping[str, str],
    build: Path,
    folder: Path,
    settings: Settings,
    before: dict,
    snapshots: Sequence[Snapshot],
) -> dict:
    """Candidates that kept every promise replace their period; the others are quarantined with their reasons."""
    reasons = {period: list(c.reasons) for period, c in candidates.items() if c.reasons}
    whole = {period: c for period, c in candidates.items() if period not in reasons}
    checks = [Check(**check) for check in before.get("checks", [])]
    if whole:
        from pipelines.validate import validate

        checks, broken = validate(dataset, {p: c.path for p, c in whole.items()}, sum(c.rows for c in whole.values()), settings)
        for period, broken_reasons in broken.items():
            reasons.setdefault(period, []).extend(broken_reasons)
    periods = {p: v for p, v in before.get("periods", {}).items() if p in inputs}
    refused = {p: v for p, v in before.get("refused", {}).items() if p in inputs and p not in candidates}
    folder.mkdir(parents=True, exist_ok=True)
    for period, candidate in sorted(candidates.items()):
        facts = {
            "inputs": inputs[period],
            "rows": candidate.rows,
            "delivered": candidate.delivered,
            "set_aside": candidate.set_aside,
            "repeated": candidate.repeated,
            "tied": candidate.tied,
            "snapshots": list(candidate.snapshots),
        }
        if period in reasons:
            target = settings.quarantine / dataset.id / f"{period}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            if candidate.path.is_file():
                candidate.path.replace(target)
            since = before.get("refused", {}).get(period, {}).get("since", settings.now.date().isoformat())
            refused[period] = facts | {"reasons": reasons[period], "since": since}
        else:
            with candidate.path.open("rb") as file:
                facts["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
            candidate.path.replace(folder / f"{period}.parquet")
            periods[period] = facts
    for stale in folder.glob("*.parquet"):
        if stale.stem not in periods:
            stale.unlink()
    return {"periods": periods, "refused": refused, "checks": [asdict(check) for check in checks]}


# --- state ---


def _read_state(folder: Path) -> dict:
    path = folder / STATE
    return json.loads(path.read_bytes()) if path.is_file() else {}


def _is_there(folder: Path, state: dict, period: str) -> bool:
    return period in state.get("refused", {}) or (folder / f"{period}.parquet").is_file()


def _files_are_there(folder: Path, state: dict) -> bool:
    return all((folder / f"{period}.parquet").is_file() for period in state["periods"])


def _state(dataset: Dataset, folder: Path, state: dict, snapshots: Sequence[Snapshot]) -> DatasetState:
    return DatasetState(
        dataset=dataset,
        periods=tuple(
            PeriodState(p, folder / f"{p}.parquet", v["rows"], v["sha256"], tuple(v["snapshots"]), v["set_aside"], v["repeated"])
            for p, v in sorted(state.get("periods", {}).items())
        ),
        checks=tuple(Check(**check) for check in state.get("checks", [])),
        quarantined=tuple(
            Quarantined(dataset.id, p, tuple(v["reasons"]), date.fromisoformat(v["since"]), v["rows"], p in state.get("periods", {}))
            for p, v in sorted(state.get("refused", {}).items())
        ),
        snapshots=tuple(replace(s, period=s.period) for s in snapshots),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# --- errors ---


def _where(dataset: Dataset, snapshots: Sequence[Snapshot]) -> str:
    more = f" and {len(snapshots) - 1} more" if len(snapshots) > 1 else ""
    return f"{dataset.id}: {snapshots[0].path.name} ({snapshots[0].format}){more}" if snapshots else dataset.id


def _unreadable(dataset: Dataset, snapshots: Sequence[Snapshot], error: Exception) -> ParseError:
    """A reader's own message may quote the data, so only its kind is passed on."""
    return ParseError(
        f"not readable as {snapshots[0].format if snapshots else 'data'} ({type(error).__name__})",
        where=_where(dataset, snapshots),
        effect="nothing of this file is used and the dataset stays as it was",
        next_step="open the file and compare it with the format it is listed as",
    )


class _conversion_errors:
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
                where=_where(self.made_by.dataset, self.snapshots),
                effect="the dataset stays as it was",
                next_step="raise BYMAAL_MEMORY",
            ) from None
        dataset = self.made_by.dataset
        wrong = self._wrong_columns() if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException) else []
        if not wrong:
            raise _unreadable(dataset, self.snapshots, error) from None
        raise ParseError(
            "values of the wrong type: " + ", ".join(f"{column} ({count} rows)" for column, count in wrong),
            where=_where(dataset, self.snapshots),
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


__all__ = ["Parser", "Recipe", "ingest", "recipe", "state_of"]
