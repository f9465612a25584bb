"""Which datasets and tables a query reads. Asked of the query itself, so that nobody has to keep a second list true."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import expressions as exp

from catalog.model import Indicator, Table
from catalog.publication import Publication


def names_read(sql: str) -> set[str]:
    """Names of the tables a query reads, without their schema and without the query's own CTEs."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return {table.name for table in tree.find_all(exp.Table) if table.db or table.name not in own}


def direct_inputs(item: Indicator | Table, publication: Publication) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Datasets and intermediate tables that a query reads itself, each in alphabetical order."""
    read = names_read(item.sql)
    datasets = sorted(read & {state.dataset.id for state in publication.datasets})
    tables = sorted(read & {table.id for table in publication.tables} - {item.id})
    return tuple(datasets), tuple(tables)


def source_datasets(publication: Publication) -> Mapping[str, tuple[str, ...]]:
    """Indicator → the datasets it rests on, also through intermediate tables, in alphabetical order."""
    tables = {table.id: table for table in publication.tables}
    known: dict[str, set[str]] = {}

    def rests_on(item: Indicator | Table) -> set[str]:
        if item.id not in known:
            known[item.id] = set()
            datasets, through = direct_inputs(item, publication)
            known[item.id] = set(datasets).union(*(rests_on(tables[name]) for name in through))
        return known[item.id]

    return {indicator.id: tuple(sorted(rests_on(indicator))) for indicator in publication.indicators}
