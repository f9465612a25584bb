"""Which datasets a number rests on. Asked of the queries themselves, so that nobody has to keep a second list true."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sqlglot
from sqlglot import expressions as exp

from catalog.model import Dataset
from catalog.publication import Publication

OBSERVATIONS = "indicators.observations"
AREA_DATASETS = frozenset({"validated.municipalities", "validated.municipality_changes"})


@cache
def tables_read(sql: str) -> frozenset[str]:
    """The tables a query reads, as `schema.table`; its own CTEs have no schema and are left out."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    return frozenset(f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db)


def source_datasets(publication: Publication) -> Mapping[str, tuple[str, ...]]:
    """Indicator → the datasets of this publication it rests on, also through intermediate tables, in alphabetical order.

    What reads the observations of others rests on what those rest on; area tables rest on the registers they are made from.
    """
    tables = {f"tables.{table.id}": table.sql for table in publication.tables}
    others = [item.sql for item in publication.indicators if OBSERVATIONS not in tables_read(item.sql)]
    known = {state.dataset.id for state in publication.datasets}

    def datasets(sql: str) -> tuple[str, ...]:
        seen: set[str] = set()
        waiting = [sql]
        while waiting:
            for name in tables_read(waiting.pop()) - seen:
                seen.add(name)
                waiting += [tables[name]] if name in tables else others if name == OBSERVATIONS else []
        if any(name.startswith("areas.") for name in seen):
            seen |= AREA_DATASETS
        return tuple(sorted(known & {name.removeprefix("validated.") for name in seen if name.startswith("validated.")}))

    return {indicator.id: datasets(indicator.sql) for indicator in publication.indicators}


def rests_on(sql: str, publication: Publication) -> set[str]:
    """The datasets behind a query, also through other tables."""
    tables = {f"tables.{table.id}": table.sql for table in publication.tables}
    datasets = {f"validated.{state.dataset.id}": state.dataset.id for state in publication.datasets}
    seen: set[str] = set()
    waiting = [sql]
    while waiting:
        new = tables_read(waiting.pop()) - seen
        seen |= new
        waiting += [tables[table] for table in new if table in tables]
    return {datasets[table] for table in seen if table in datasets}


def behind_areas(publication: Publication) -> list[Dataset]:
    """The registers that the area tables are made from."""
    return [state.dataset for state in publication.datasets if f"validated.{state.dataset.id}" in AREA_DATASETS]
