"""SQL files → models: the head is read as YAML, the dependencies are read from the query by its parser.

An indicator is one file `goal_*/<id>.sql`, an intermediate table one file `tables/<id>.sql`: a head between
`/*---` and `---*/`, then one query. A reference table is `reference/<id>.yaml` beside `reference/<id>.csv`.
What the registry asks for and nothing can compute yet is `goal_*/<id>.yaml`, where its query would stand.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from catalog.errors import MetadataError
from catalog.load import build, check_roles, check_unit, read_yaml
from catalog.model import Column, ColumnType, Indicator, Reference, RegistryGap, Table
from indicators.lint import lint, parse

HERE = Path(__file__).parent

HEAD = re.compile(r"\A/\*---\n(?P<head>.*?)\n---\*/\s*\n(?P<sql>.*)\Z", re.DOTALL)

AREAS: dict[str, dict[str, str]] = {
    "areas.municipalities": {
        "code": "VARCHAR",
        "name": "VARCHAR",
        "official_name": "VARCHAR",
        "county": "VARCHAR",
        "valid_from": "DATE",
        "valid_to": "DATE",
        "is_current": "BOOLEAN",
    },
    "areas.changes": {
        "changed_on": "DATE",
        "old_code": "VARCHAR",
        "old_name": "VARCHAR",
        "new_code": "VARCHAR",
        "new_name": "VARCHAR",
        "kind": "VARCHAR",
    },
    "areas.between_borders": {
        "code": "VARCHAR",
        "first_year": "BIGINT",
        "last_year": "BIGINT",
        "borders_year": "BIGINT",
        "to_code": "VARCHAR",
        "method": "VARCHAR",
        "weight": "DECIMAL(12,9)",
        "comparability": "VARCHAR",
    },
    "areas.to_borders": {
        "code": "VARCHAR",
        "year": "BIGINT",
        "borders_year": "BIGINT",
        "to_code": "VARCHAR",
        "method": "VARCHAR",
        "weight": "DECIMAL(12,9)",
        "comparability": "VARCHAR",
    },
}
"""Columns of the area tables that queries may name, with their types."""

META: dict[str, dict[str, str]] = {
    "meta.datasets": {
        "dataset": "VARCHAR",
        "rows": "BIGINT",
        "newest_period": "VARCHAR",
        "newest_period_end": "DATE",
        "overdue_on": "DATE",
        "retrieved_on": "DATE",
        "quarantined_periods": "BIGINT",
    },
    "meta.indicators": {
        "indicator": "VARCHAR",
        "registry": "VARCHAR",
        "goal": "BIGINT",
        "un_indicator": "VARCHAR",
        "fidelity": "VARCHAR",
        "geography": "VARCHAR",
    },
}
"""What the pipeline measures about itself, for the indicators of goal 17. `meta.indicators` holds the gaps of the registry too."""

OBSERVATIONS = "indicators.observations"

OBSERVATION_COLUMNS: dict[str, str] = {
    "indicator": "VARCHAR",
    "ref_area": "VARCHAR",
    "ref_area_name": "VARCHAR",
    "time_period": "VARCHAR",
    "obs_value": "DECIMAL(28,6)",
    "unit_measure": "VARCHAR",
    "obs_status": "VARCHAR",
    "coverage": "DECIMAL(9,6)",
    "n_units": "BIGINT",
    "numerator": "DECIMAL(38,6)",
    "denominator": "DECIMAL(38,6)",
    "comparability": "VARCHAR",
    "borders_year": "BIGINT",
    "breakdown": "VARCHAR",
    "fidelity": "VARCHAR",
    "warnings": "VARCHAR",
}
"""Columns of the observations, in order, with their DuckDB types; docs/architecture.md says what they mean."""


@dataclass(frozen=True)
class ReferenceTable:
    """A reference table with its rows, typed by its columns."""

    reference: Reference
    rows: tuple[dict[str, object], ...]


def load_indicators(folder: Path = HERE) -> dict[str, Indicator]:
    """All indicators below `folder`, by id. Raises MetadataError that names the file and its wrong keys."""
    found: dict[str, Indicator] = {}
    for path in sorted(folder.glob("goal_*/*.sql")):
        indicator = build(Indicator, _head_and_sql(path), path.name)
        _check_id(indicator.id, path, found)
        _check_goal(indicator, path)
        found[indicator.id] = indicator
    return found


def load_gaps(folder: Path = HERE) -> dict[str, RegistryGap]:
    """Everything below `folder` that the registry asks for and nothing computes, by id. Raises MetadataError that names file and keys."""
    found: dict[str, RegistryGap] = {}
    rows: dict[str, str] = {}
    for path in sorted(folder.glob("goal_*/*.yaml")):
        gap = build(RegistryGap, read_yaml(path.read_text("utf-8"), path.name), path.name)
        _check_id(gap.id, path, found)
        _check_goal(gap, path)
        if path.with_suffix(".sql").exists():
            raise MetadataError(f"{gap.id} is a gap and a query at once", where=path.name, next_step="remove the gap, or rename it")
        if other := rows.get(gap.registry):
            raise MetadataError(f"registry: {gap.registry} stands in {other} too", where=path.name, next_step="put both in one file")
        found[gap.id], rows[gap.registry] = gap, path.name
    return found


def _check_goal(item: Indicator | RegistryGap, path: Path) -> None:
    """Folder, row of the registry, goal, target and UN indicator belong together, and the unit and the roles are declared."""
    goal, sdg = int(path.parent.name.removeprefix("goal_")), item.sdg
    if sdg.goal != goal:
        raise MetadataError(f"sdg.goal: {sdg.goal} does not belong in {path.parent.name}", where=path.name)
    if item.registry and int(item.registry[1:3]) != goal:
        raise MetadataError(f"registry: {item.registry} does not belong in {path.parent.name}", where=path.name)
    if sdg.target.split(".")[0] != str(goal):
        raise MetadataError(f"sdg.target: {sdg.target} is not a target of goal {goal}", where=path.name)
    if sdg.indicator and not sdg.indicator.startswith(sdg.target + "."):
        raise MetadataError(f"sdg.indicator: {sdg.indicator} is not under {sdg.target}", where=path.name)
    check_unit(item.unit, f"{path.name}: unit")
    check_roles(item.ethics if isinstance(item, Indicator) else None, path.name)


def load_tables(folder: Path = HERE) -> dict[str, Table]:
    """All intermediate tables below `folder`, by id. Raises MetadataError that names the file and its wrong keys."""
    found: dict[str, Table] = {}
    for path in sorted(folder.glob("tables/*.sql")):
        table = build(Table, _head_and_sql(path), path.name)
        _check_id(table.id, path, found)
        _check_columns(table.columns, table.key, path)
        found[table.id] = table
    return found


def load_references(folder: Path = HERE) -> dict[str, ReferenceTable]:
    """All reference tables below `folder`, by id, with their rows. Raises MetadataError for a row that breaks its description."""
    found: dict[str, ReferenceTable] = {}
    for path in sorted(folder.glob("reference/*.yaml")):
        reference = build(Reference, read_yaml(path.read_text("utf-8"), path.name), path.name)
        _check_id(reference.id, path, found)
        _check_columns(reference.columns, reference.key, path)
        found[reference.id] = ReferenceTable(reference, _reference_rows(reference, path.with_suffix(".csv")))
    return found


@cache
def dependencies(sql: str) -> frozenset[str]:
    """The tables that a query reads, as `schema.table`, read from its syntax tree. Names of its own CTEs are left out.

    Raises MetadataError where the text is not one query, or names a table without its schema.
    """
    from sqlglot import exp

    tree = parse(sql)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    names: set[str] = set()
    for table in tree.find_all(exp.Table):
        if table.db:
            names.add(f"{table.db}.{table.name}")
        elif table.name not in own:
            raise MetadataError(
                f"{table.sql(dialect='duckdb')} is neither defined in the query nor a table with its schema",
                next_step="write validated., tables., areas., reference. or meta. before it",
            )
    return frozenset(names)


def name_of(item: Table | Indicator) -> str:
    """What other queries call it: `tables.<id>`, or the id of an indicator, which no query reads by name."""
    return f"tables.{item.id}" if isinstance(item, Table) else f"indicators.{item.id}"


def in_order(tables: Mapping[str, Table], indicators: Mapping[str, Indicator]) -> tuple[Table | Indicator, ...]:
    """Tables and indicators so that each comes after what it reads; those that read the observations come last.

    Equal in rank they follow the alphabet, so the order is the same on every machine.
    """
    items: dict[str, Table | Indicator] = {name_of(item): item for item in (*tables.values(), *indicators.values())}
    late = {name for name, item in items.items() if OBSERVATIONS in dependencies(item.sql)}
    graph = {name: dependencies(item.sql) & items.keys() for name, item in items.items()}
    for name in late:
        graph[name] = frozenset(graph[name] | (items.keys() - late))
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise MetadataError(f"tables read each other in a circle: {' → '.join(error.args[1])}", next_step="break the circle") from error
    ordered: list[Table | Indicator] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [items[name] for name in ready]
        sorter.done(*ready)
    return tuple(ordered)


def trace(item: Table | Indicator, tables: Mapping[str, Table], indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """The datasets that a number of this table or indicator can come from, through all tables between, sorted.

    What reads the observations of others comes from all that those come from. The area tables count as
    the datasets they are made from.
    """
    seen: set[str] = set()
    waiting = [item.sql]
    while waiting:
        for name in dependencies(waiting.pop()):
            if name in seen:
                continue
            seen.add(name)
            schema, _, table = name.partition(".")
            if schema == "tables" and table in tables:
                waiting.append(tables[table].sql)
            elif name == OBSERVATIONS:
                waiting += [other.sql for other in indicators.values() if OBSERVATIONS not in dependencies(other.sql)]
            elif schema == "areas":
                seen |= {"validated.municipalities", "validated.municipality_changes"}
    return tuple(sorted(name.removeprefix("validated.") for name in seen if name.startswith("validated.")))


def check(
    tables: Mapping[str, Table],
    indicators: Mapping[str, Indicator],
    references: Collection[str],
    datasets: Collection[str],
) -> None:
    """Refuse queries that name unknown tables, return wrong columns or hold what does not carry over to other engines.

    Raises MetadataError with the file's name for the first that is wrong.
    """
    known = {f"validated.{dataset}" for dataset in datasets} | {f"reference.{reference}" for reference in references}
    known |= {f"tables.{table}" for table in tables} | AREAS.keys() | META.keys() | {OBSERVATIONS}
    if both := sorted(tables.keys() & indicators.keys()):
        raise MetadataError("the same id for a table and an indicator", where=f"{both[0]}.sql", next_step="rename one of them")
    for item in (*tables.values(), *indicators.values()):
        try:
            unknown = dependencies(item.sql) - known
            lint(item)
        except MetadataError as error:
            raise MetadataError(error.what, where=f"{item.id}.sql", effect="nothing is computed", next_step=error.next_step) from error
        if unknown:
            raise MetadataError(
                f"unknown table {', '.join(sorted(unknown))}",
                where=f"{item.id}.sql",
                effect="nothing is computed",
                next_step="correct the name, or describe the dataset or table first",
            )
        if isinstance(item, Table) and (strange := sorted(set(item.optional) - dependencies(item.sql))):
            raise MetadataError(f"optional: {', '.join(strange)} is not read by the query", where=f"{item.id}.sql")
        if isinstance(item, Table) and item.per_period_of and f"validated.{item.per_period_of}" not in dependencies(item.sql):
            raise MetadataError(f"per_period_of: {item.per_period_of} is not read by the query", where=f"{item.id}.sql")
        if OBSERVATIONS in dependencies(item.sql) and (isinstance(item, Table) or item.sdg.goal != 17):
            raise MetadataError(
                f"{OBSERVATIONS} may be read by indicators of goal 17 only",
                where=f"{item.id}.sql",
                next_step="read the tables they come from",
            )


def column_types(columns: Collection[Column]) -> dict[str, str]:
    """Names and DuckDB types of described columns, in order."""
    return {column.name: column.sql_type for column in columns}


def typed(value: object, column: str, sql_type: str, where: str) -> object:
    """A value from YAML or CSV as the Python value of a column type; None stays None.

    Raises MetadataError where the text does not mean a value of that type.
    """
    if value is None:
        return None
    try:
        if sql_type == "VARCHAR":
            return str(value)
        if sql_type == "BIGINT":
            return int(str(value))
        if sql_type.startswith("DECIMAL"):
            return Decimal(str(value))
        if sql_type == "BOOLEAN":
            return {"true": True, "false": False}[str(value).lower()]
        if sql_type == "DATE":
            return date.fromisoformat(str(value))
        return _utc(str(value))
    except (ValueError, ArithmeticError, KeyError) as error:
        raise MetadataError(f"{column}: not a {sql_type}", where=where, next_step="correct the value") from error


def _utc(text: str) -> Any:
    """A UTC time without zone, from ISO 8601 with `Z` or without a zone."""
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _head_and_sql(path: Path) -> dict[str, object]:
    """The keys of a file's head, with the query under `sql`."""
    parts = HEAD.match(path.read_text("utf-8"))
    if not parts:
        raise MetadataError(
            "no head",
            where=path.name,
            effect="nothing is loaded",
            next_step="begin the file with /*--- , YAML and ---*/ on lines of their own",
        )
    values = read_yaml("\n" + parts["head"], path.name)  # line numbers as in the file
    if not isinstance(values, dict):
        raise MetadataError("the head is not a list of keys", where=path.name, next_step="write `key: value` lines")
    if "sql" in values:
        raise MetadataError("sql: the query stands after the head, not in it", where=path.name)
    return {**values, "sql": parts["sql"].strip()}


def _check_id(identifier: str, path: Path, found: Collection[str]) -> None:
    if identifier != path.stem:
        raise MetadataError(f"id: {identifier} is not the name of the file", where=path.name)
    if identifier in found:
        raise MetadataError(f"id: {identifier} stands twice", where=path.name, next_step="rename one of the files")


def _check_columns(columns: Collection[Column], key: Collection[str], path: Path) -> None:
    by_name = {column.name: column for column in columns}
    if len(by_name) != len(columns):
        raise MetadataError("columns: a name stands twice", where=path.name)
    for name in key:
        if name not in by_name:
            raise MetadataError(f"key: {name} is not among the columns", where=path.name)
        if by_name[name].nullable:
            raise MetadataError(f"key: {name} may not be nullable", where=path.name)
    for column in columns:
        check_unit(column.unit, f"{path.name}: columns.{column.name}.unit")


def _reference_rows(reference: Reference, path: Path) -> tuple[dict[str, object], ...]:
    """The rows of a reference table's CSV. An empty cell is a missing value."""
    if not path.is_file():
        raise MetadataError("the rows are not there", where=path.name, next_step="add the CSV beside the YAML")
    types = column_types(reference.columns)
    rows: list[dict[str, object]] = []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if list(reader.fieldnames or ()) != list(types):
            raise MetadataError("the header is not the columns of the YAML in their order", where=path.name)
        for line in reader:
            where = f"{path.name} line {reader.line_num}"
            rows.append({name: typed(line[name] or None, name, sql_type, where) for name, sql_type in types.items()})
            for column in reference.columns:
                if rows[-1][column.name] is None and not column.nullable:
                    raise MetadataError(f"{column.name}: empty", where=where)
                if column.codes and column.type is ColumnType.text and rows[-1][column.name] not in {None, *column.codes}:
                    raise MetadataError(f"{column.name}: not one of the codes", where=where)
    if len({tuple(str(row[name]) for name in reference.key) for row in rows}) != len(rows):
        raise MetadataError(f"the key {', '.join(reference.key)} stands twice", where=path.name)
    return tuple(rows)
