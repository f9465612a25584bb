"""Worked examples: the input rows of a head become typed tables, the query runs on them, and what it gives is compared.

A date or time written as an ISO 8601 repeating interval, `R24/2022-06-01T23:00Z/PT1H`, stands for that many rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from catalog.errors import MetadataError
from catalog.model import Dataset, Indicator, Table
from indicators.compute import COUNTRY, answer, observe
from indicators.engines import Engine
from indicators.load import AREAS, META, OBSERVATION_COLUMNS, OBSERVATIONS, ReferenceTable, column_types, dependencies, typed
from indicators.rows import rows_as_arrow

if TYPE_CHECKING:
    import pyarrow as pa

REPEATING = re.compile(r"R(?P<times>\d+)/(?P<start>[^/]+)/(?P<step>PT1H|P1D)")
STEPS = {"PT1H": timedelta(hours=1), "P1D": timedelta(days=1)}


def run_example(
    engine: Engine,
    item: Table | Indicator,
    *,
    datasets: Mapping[str, Dataset],
    tables: Mapping[str, Table],
    references: Mapping[str, ReferenceTable],
) -> pa.Table:
    """The rows that a query gives on the input of its own example. Reference tables are the real ones unless given.

    Every other table the query reads must be given, if only as an empty list. Raises MetadataError where one
    is not, or where a given column does not exist.
    """
    for name in sorted(dependencies(item.sql)):
        types = types_of(name, datasets, tables, references)
        if name in item.example.given:
            rows = [row for given in item.example.given[name] for row in _repeated(given, types, f"{item.id}.sql: example.given.{name}")]
        elif name.startswith("reference."):
            rows = references[name.partition(".")[2]].rows
        else:
            raise MetadataError(
                f"example.given lacks {name}, which the query reads", where=f"{item.id}.sql", next_step="give its rows, or []"
            )
        engine.register_rows(name, rows_as_arrow(types, rows))
    if strange := sorted(set(item.example.given) - dependencies(item.sql)):
        raise MetadataError(f"example.given has {', '.join(strange)}, which the query does not read", where=f"{item.id}.sql")
    if isinstance(item, Table):
        return answer(engine, item)
    return observe(engine, item, _Anywhere(COUNTRY))


def differences(item: Table | Indicator, rows: pa.Table) -> list[str]:
    """Where the rows differ from what the example expects; empty when they agree. Only the columns it names are compared."""
    found = rows.to_pylist()
    expected = item.example.expect
    wrong = [f"{len(found)} rows where {len(expected)} are expected"] if len(found) != len(expected) else []
    types = column_types(item.columns) if isinstance(item, Table) else OBSERVATION_COLUMNS
    for number, (given, wanted) in enumerate(zip(found, expected, strict=False), start=1):
        for name, value in wanted.items():
            if name not in types:
                wrong.append(f"row {number}: {name} is not a column")
            elif given[name] != typed(value, name, types[name], f"{item.id}.sql: example.expect"):
                wrong.append(f"row {number}: {name} is {given[name]} where {value} is expected")
    return wrong


def types_of(
    name: str, datasets: Mapping[str, Dataset], tables: Mapping[str, Table], references: Mapping[str, ReferenceTable]
) -> dict[str, str]:
    """Columns and types of a table that queries may read, as they are described. Raises MetadataError where nobody describes it."""
    schema, _, id_ = name.partition(".")
    if name == OBSERVATIONS:
        return OBSERVATION_COLUMNS
    if described := {**AREAS, **META}.get(name):
        return described
    if schema == "validated" and id_ in datasets:
        return column_types(datasets[id_].columns)
    if schema == "tables" and id_ in tables:
        return column_types(tables[id_].columns)
    if schema == "reference" and id_ in references:
        return column_types(references[id_].reference.columns)
    raise MetadataError(f"unknown table {name}", next_step="correct the name, or describe the dataset or table first")


class _Anywhere(dict[str, str]):
    """Area names for an example: every area goes by its code, because the example has no register."""

    def __missing__(self, code: str) -> str:
        return code

    def __contains__(self, code: object) -> bool:
        return True


def _repeated(row: Mapping[str, object], types: Mapping[str, str], where: str) -> Iterator[dict[str, object]]:
    """The rows that one row of an example stands for."""
    if strange := sorted(set(row) - set(types)):
        raise MetadataError(f"no column {', '.join(strange)}", where=where)
    series = {name: match for name, value in row.items() if isinstance(value, str) and (match := REPEATING.fullmatch(value))}
    if len(series) > 1:
        raise MetadataError("two repeating intervals in one row", where=where)
    values = {name: typed(value, name, types[name], where) for name, value in row.items() if name not in series}
    if not series:
        yield values
    for name, match in series.items():
        start = typed(match["start"], name, types[name], where)
        if not isinstance(start, date):
            raise MetadataError(f"{name}: a repeating interval where no date or time is wanted", where=where)
        for step in range(int(match["times"])):
            yield {**values, name: start + step * STEPS[match["step"]]}
