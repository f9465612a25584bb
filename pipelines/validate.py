"""Promises → Great Expectations suite → checks, evaluated over every row, inside DuckDB.

The suite is derived from a dataset's YAML; nothing is declared here. The only module that imports
great_expectations, and only when something has to be validated: its import costs seconds.
"""

# The expectations are exported without `__all__`, which the type checker takes for private.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from catalog.duck import connect, literal, name
from catalog.errors import DataError, MetadataError
from catalog.model import Column, ColumnType, Dataset
from catalog.publication import Check
from pipelines.settings import Settings

if TYPE_CHECKING:
    import great_expectations as gx


@dataclass(frozen=True)
class Promise:
    """One promise: how it is called and said, and, where it is about rows, which rows break it."""

    id: str
    expectation: str
    column: str | None
    severity: str
    description: str
    breaks: str | None
    """SQL condition of the rows that break it, or None when it is about the table as a whole."""
    query: str | None = None
    """A whole query for the rows that break it, where a condition cannot say it. Has `{batch}` and returns `period`."""


def promises(dataset: Dataset) -> list[Promise]:
    """Everything that a dataset's YAML promises about its rows, in a fixed order."""
    found = [
        Promise("rows_counted", "ExpectTableRowCountToEqual", None, "critical", "every built row is looked at", None),
        Promise("columns_as_declared", "ExpectTableColumnsToMatchSet", None, "critical", "the columns are the declared ones", None),
        Promise(
            "key_unique",
            "UnexpectedRowsExpectation",
            None,
            "critical",
            f"one row for each {', '.join(dataset.key)}",
            None,
            _key_query(dataset),
        ),
    ]
    for column in dataset.columns:
        found += _column_promises(column)
    found += [
        Promise(rule.id, "UnexpectedRowsExpectation", None, rule.severity, rule.description.en, None, rule.sql) for rule in dataset.rules
    ]
    return found


def _column_promises(column: Column) -> list[Promise]:
    quoted = name(column.name)
    found = []
    if not column.nullable:
        text = f"{column.name} is never empty"
        found.append(Promise(f"{column.name}_present", "ExpectColumnValuesToNotBeNull", column.name, "critical", text, f"{quoted} is null"))
    if column.minimum is not None or column.maximum is not None:
        low, high = column.minimum, column.maximum
        text = f"{column.name} lies between {'-∞' if low is None else low} and {'∞' if high is None else high}"
        outside = " or ".join(([f"{quoted} < {low}"] if low is not None else []) + ([f"{quoted} > {high}"] if high is not None else []))
        found.append(Promise(f"{column.name}_in_range", "ExpectColumnValuesToBeBetween", column.name, "critical", text, outside))
    if column.codes:
        codes = ", ".join(literal(code) for code in column.codes)
        text = f"{column.name} is one of the {len(column.codes)} declared codes"
        found.append(
            Promise(f"{column.name}_known", "ExpectColumnValuesToBeInSet", column.name, "critical", text, f"{quoted} not in ({codes})")
        )
    if column.pattern and column.type is ColumnType.text:
        text = f"{column.name} looks like {column.pattern}"
        breaks = f"not regexp_full_match({quoted}, {literal(column.pattern)})"
        # One row for each distinct text is tested, not one for each row.
        query = f"select period from (select distinct period, {quoted} from {{batch}}) where {breaks}"
        found.append(Promise(f"{column.name}_pattern", "UnexpectedRowsExpectation", column.name, "critical", text, None, query))
    return found


def _key_query(dataset: Dataset) -> str:
    """Rows that do not sort strictly after the row before them: proves order and uniqueness in one pass without a hash table."""
    key = ", ".join(name(k) for k in dataset.key)
    before = ", ".join(f"lag({name(k)}) over ()" for k in dataset.key)
    return (
        f"select period from (select period, row({key}) as this, row({before}) as previous, lag(period) over () as previous_period"
        " from {batch}) where period = previous_period and not this > previous"
    )


TABLE_ITSELF = ("rows_counted", "columns_as_declared", "key_unique")
"""Promises without which no other means anything; they cannot be switched off."""
GRADES = ("warning", "critical")


def evaluated(dataset: Dataset, today: date) -> list[Promise]:
    """The promises that are evaluated today: all but those that are switched off until a later day.

    Raises MetadataError for a switched-off check that is none, or that cannot be switched off.
    """
    every = promises(dataset)
    off = {one.check for one in dataset.switched_off if today <= one.until}
    if unknown := {one.check for one in dataset.switched_off} - {p.id for p in every if p.id not in TABLE_ITSELF}:
        raise MetadataError(
            f"no check that could be switched off: {', '.join(sorted(unknown))}",
            where=f"{dataset.id}.yaml: switched_off",
            next_step=f"choose from {', '.join(p.id for p in every if p.id not in TABLE_ITSELF)}",
        )
    return [promise for promise in every if promise.id not in off]


def weakened(dataset: Dataset, before: Mapping[str, str]) -> dict[str, str]:
    """Checks that were declared graver before, or at all, with what became of them: `warning` or `removed`. `before`: grade by id."""
    now = {promise.id: promise.severity for promise in promises(dataset)}
    return {
        check: now.get(check, "removed")
        for check, grade in sorted(before.items())
        if check not in now or GRADES.index(now[check]) < GRADES.index(grade)
    }


def validate(dataset: Dataset, candidates: Mapping[str, Path], rows: int, settings: Settings) -> tuple[list[Check], dict[str, list[str]]]:
    """Check all candidate periods of a dataset in one run.

    Returns every check with its outcome, and for each period that broke a critical promise the reasons. A check
    that raised, or did not run, counts as failed for every period. Raises DataError when the suite itself did not
    evaluate what it declares.
    """
    settings.work.mkdir(parents=True, exist_ok=True)
    # A folder of its own each time: an engine of Great Expectations may still hold the file of the run before.
    work = Path(tempfile.mkdtemp(prefix="validation-", dir=settings.work))
    database = work / f"{dataset.id}.duckdb"
    declared = evaluated(dataset, settings.now.date())
    try:
        _make_views(database, candidates)
        outcomes = _evaluate(database, dataset, declared, rows)
        return _judge(dataset, declared, outcomes, candidates, rows)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _make_views(database: Path, candidates: Mapping[str, Path]) -> None:
    """A small database that holds only a view over the candidate files, with the file's stem as `period`."""
    import duckdb

    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as con:
        con.execute(_view(candidates))


def _view(candidates: Mapping[str, Path]) -> str:
    """Every column that the files have but our own notes, so that one too many or too few is seen by the check of columns."""
    columns = "columns(column_name -> column_name not in ('filename', '_snapshot', '_remark'))"
    files = ", ".join(literal(str(path)) for path in candidates.values())
    return f"create view batch as select {columns}, parse_filename(filename, true) as period from read_parquet([{files}], filename = true)"


def _evaluate(database: Path, dataset: Dataset, declared: list[Promise], rows: int) -> list[dict[str, Any]]:
    """Run the suite; one plain result per promise, in order."""
    gx = _great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("candidates", connection_string=f"duckdb:///{database}")
    batch = source.add_table_asset("batch", table_name="batch").add_batch_definition_whole_table("all")
    suite = context.suites.add(gx.ExpectationSuite(name=dataset.id, expectations=[_expectation(p, dataset, rows) for p in declared]))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=dataset.id, data=batch, suite=suite))
    report = definition.run(result_format="BOOLEAN_ONLY")
    source.get_execution_engine().close()
    if len(report.results) != len(declared):
        raise DataError(
            f"{len(report.results)} of {len(declared)} checks were evaluated",
            where=dataset.id,
            effect="nothing is promoted",
            next_step="see whether two rules have the same meaning or the suite was cut short",
        )
    by_id = {result.expectation_config.meta["promise"]: result for result in report.results}
    if other := [p.id for p in declared if p.id not in by_id or by_id[p.id].expectation_config.severity != p.severity]:
        raise DataError(
            f"checks were not evaluated as declared: {', '.join(other)}",
            where=dataset.id,
            effect="nothing is promoted",
            next_step="see what takes them out of the suite or lowers their severity",
        )
    return [_plain(by_id[promise.id]) for promise in declared]


def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["TQDM_DISABLE"] = "1"
    with _hidden("pyspark", "rfc3987_syntax"), _on_demand("scipy.stats"):
        import great_expectations
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if not event.contains(Engine, "after_cursor_execute", _buffer_result):
        event.listen(Engine, "after_cursor_execute", _buffer_result)
    return great_expectations


@contextmanager
def _hidden(*packages: str) -> Iterator[None]:
    """Let Great Expectations believe that these packages are not installed.

    It imports every part of Apache Spark that it finds, also Spark Connect, which ends the process where its own extras are missing; and
    the library that draws its charts compiles a grammar of web addresses, which costs as much as a third of everything else, for a check
    of formats that nobody asks for.
    """
    hidden = {key: module for key, module in sys.modules.items() if key.partition(".")[0] in packages}
    for key in hidden:
        del sys.modules[key]
    for package in packages:
        sys.modules[package] = None  # type: ignore[assignment]  # this is how Python is told that a module cannot be imported
    try:
        yield
    finally:
        for package in packages:
            del sys.modules[package]
        sys.modules.update(hidden)


class _OnDemand(ModuleType):
    """Stands for a module that is imported when something of it is first used."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(import_module(self.__name__), attribute)


@contextmanager
def _on_demand(module: str) -> Iterator[None]:
    """Let what is imported meanwhile have `module` without its cost: five hundred modules for two expectations that no promise becomes."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = _OnDemand(module)
    try:
        yield
    finally:
        del sys.modules[module]


def _buffer_result(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
    """DuckDB's cursor is empty once Great Expectations has closed its connection, so results are read at once."""
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    if conn.dialect.name == "duckdb" and not executemany and cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, alternate_description=cursor.description, initial_buffer=cursor.fetchall()
        )


def _expectation(promise: Promise, dataset: Dataset, rows: int) -> gx.expectations.Expectation:
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {"description": promise.description, "severity": promise.severity, "meta": {"promise": promise.id}}
    if promise.query is not None:
        # Counted per period, so that the guilty periods are known and a page of bad rows never leaves the engine.
        # Great Expectations formats the text, so every brace but those of {batch} is doubled.
        braced = promise.query.replace("{", "{{").replace("}", "}}").replace("{{batch}}", "{batch}")
        query = f"select period, count(*) as unexpected from ({braced}) group by period"
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **common)
    if promise.column is None:
        if promise.expectation == "ExpectTableRowCountToEqual":
            return gxe.ExpectTableRowCountToEqual(value=rows, **common)
        return gxe.ExpectTableColumnsToMatchSet(column_set=[*(c.name for c in dataset.columns), "period"], exact_match=True, **common)
    column = dataset.column(promise.column)
    if promise.expectation == "ExpectColumnValuesToNotBeNull":
        return gxe.ExpectColumnValuesToNotBeNull(column=column.name, **common)
    if promise.expectation == "ExpectColumnValuesToBeBetween":
        return gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=column.minimum, max_value=column.maximum, **common)
    return gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.codes or ()), **common)


def _plain(result: Any) -> dict[str, Any]:
    """Success, and whether the check itself raised. Values that broke a promise are never taken over."""
    information = result.exception_info or {}
    raised = information.get("raised_exception") or any(isinstance(v, dict) and v.get("raised_exception") for v in information.values())
    return {"success": bool(result.success), "error": "the check itself failed to run" if raised else None}


def _judge(
    dataset: Dataset,
    declared: list[Promise],
    outcomes: list[dict[str, Any]],
    candidates: Mapping[str, Path],
    rows: int,
) -> tuple[list[Check], dict[str, list[str]]]:
    checks: list[Check] = []
    broken: dict[str, list[str]] = {}
    con = connect()
    con.execute(_view(candidates))
    try:
        for promise, outcome in zip(declared, outcomes, strict=True):
            by_period = {} if outcome["success"] or outcome["error"] else _count_by_period(con, promise)
            checks.append(
                Check(
                    dataset=dataset.id,
                    id=promise.id,
                    expectation=promise.expectation,
                    column=promise.column,
                    severity=promise.severity,
                    description=promise.description,
                    success=outcome["success"],
                    evaluated_rows=rows,
                    unexpected_rows=sum(by_period.values()),
                    error=outcome["error"],
                )
            )
            if outcome["success"] or promise.severity != "critical":
                continue
            for period in by_period or candidates:
                count = f"{by_period[period]} rows: " if period in by_period else ""
                broken.setdefault(period, []).append(f"{promise.id} ({count}{outcome['error'] or promise.description})")
    finally:
        con.close()
    return checks, broken


def _count_by_period(con: Any, promise: Promise) -> dict[str, int]:
    """How many rows of each period break a promise that has failed."""
    if promise.query is not None:
        query = promise.query.replace("{batch}", "batch")
        return dict(con.execute(f"select period, count(*) from ({query}) group by period order by period").fetchall())
    if promise.breaks is not None:
        return dict(con.execute(f"select period, count(*) from batch where {promise.breaks} group by period order by period").fetchall())
    return {}


__all__ = ["Promise", "evaluated", "promises", "validate", "weakened"]
