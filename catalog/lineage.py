"""Which datasets a number rests on. Asked of the queries themselves, so that nobody has to keep a second list true."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import expressions as exp

from catalog.model import Dataset
from catalog.publication import Publication

if TYPE_CHECKING:
    import duckdb

PROVENANCE = "provenance.json"
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
    others = [item.sql for item in publication.indicators if OBSERVATIONS not in tables_read(item.sql)]
    known = {state.dataset.id for state in publication.datasets}

    def datasets(sql: str) -> tuple[str, ...]:
        read = _reached(sql, publication, {OBSERVATIONS: others})
        if any(name.startswith("areas.") for name in read):
            read |= AREA_DATASETS
        return tuple(sorted(known & _validated(read)))

    return {indicator.id: datasets(indicator.sql) for indicator in publication.indicators}


def rests_on(sql: str, publication: Publication) -> set[str]:
    """The datasets whose rows a query reads, also through intermediate tables; neither registers of areas nor what others rest on."""
    return {state.dataset.id for state in publication.datasets} & _validated(_reached(sql, publication, {}))


def formulas(publication: Publication) -> dict[str, str]:
    """Indicator → SHA-256 of all that turns its data into numbers: its query, those of the tables between, and the facts they look up."""
    known = {f"tables.{table.id}": table.sql.strip() for table in publication.tables}
    known |= {f"reference.{id_}": rows for id_, rows in publication.references.items()}

    def all_of(sql: str) -> str:
        between = sorted(name for name in _reached(sql, publication, {}) if name in known)
        return hashlib.sha256("\0".join([sql.strip(), *(part for name in between for part in (name, known[name]))]).encode()).hexdigest()

    return {indicator.id: all_of(indicator.sql) for indicator in publication.indicators}


def _reached(sql: str, publication: Publication, more: Mapping[str, Sequence[str]]) -> set[str]:
    """Every table that a query reads, also through intermediate tables and through the queries that `more` names behind a table."""
    behind = {f"tables.{table.id}": [table.sql] for table in publication.tables} | dict(more)
    seen: set[str] = set()
    waiting = [sql]
    while waiting:
        new = tables_read(waiting.pop()) - seen
        seen |= new
        waiting += [query for table in new for query in behind.get(table, ())]
    return seen


def _validated(tables: Collection[str]) -> set[str]:
    return {table.removeprefix("validated.") for table in tables if table.startswith("validated.")}


def behind_areas(publication: Publication) -> list[Dataset]:
    """The registers that the area tables are made from."""
    return [state.dataset for state in publication.datasets if f"validated.{state.dataset.id}" in AREA_DATASETS]


def column_lineage(publication: Publication) -> Iterator[tuple[str, str, str, str]]:
    """Query, column of its answer, and each table and column that the column's value is computed from, in alphabetical order.

    Conditions and joins decide which rows count, not what is computed of them, and are left out; `tables_read` has their tables.
    """
    known = _columns_by_table(publication)
    for item in sorted((*publication.tables, *publication.indicators), key=lambda item: item.id):
        for column, sources in column_sources(item.sql, known).items():
            for table, source in sources:
                yield item.id, column, table, source


def _columns_by_table(publication: Publication) -> dict[str, tuple[str, ...]]:
    """The columns of everything that a query of this publication may read and that describes itself, so that `*` can be spelt out."""
    known = {f"validated.{state.dataset.id}": tuple(c.name for c in state.dataset.columns) for state in publication.datasets}
    return known | {f"tables.{table.id}": tuple(c.name for c in table.columns) for table in publication.tables}


def column_sources(sql: str, known: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Column of a query's answer → the tables and columns it is computed from. `known` names the columns of the tables that queries may
    read, so that `*` can be spelt out."""
    schema = {table: known[table] for table in tables_read(sql) if table in known}
    return _column_sources(sql, tuple(sorted(schema.items())))


@cache
def _column_sources(sql: str, schema: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Column of the answer → the columns it is computed from, as pairs of table and column."""
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    nested: dict[str, dict[str, dict[str, str]]] = {}
    for table, columns in schema:
        folder, _, name = table.partition(".")
        nested.setdefault(folder, {})[name] = dict.fromkeys(columns, "unknown")
    tree = qualify(
        sqlglot.parse_one(sql, read="duckdb"),
        schema=nested,  # type: ignore[arg-type]
        dialect="duckdb",
        validate_qualify_columns=False,
        quote_identifiers=False,
    )
    scope = build_scope(tree)
    if scope is None:
        return {}
    answer: Any = scope.expression
    return {column: tuple(sorted(_sources_of(scope, position))) for position, column in enumerate(answer.named_selects)}


def _sources_of(scope: Any, position: int) -> set[tuple[str, str]]:
    """Tables and columns behind one column of a part of a query, by its position: in a union the positions belong together."""
    if scope.set_operation_scopes:
        return {pair for branch in scope.set_operation_scopes for pair in _sources_of(branch, position)}
    found: set[tuple[str, str]] = set()
    read = {alias: source for alias, (_, source) in scope.selected_sources.items()}
    for column in scope.expression.selects[position].find_all(exp.Column):
        source = read.get(column.table or (next(iter(read)) if len(read) == 1 else ""))
        if isinstance(source, exp.Table):
            if source.db:
                found.add((f"{source.db}.{source.name}", column.name))
        elif source is not None and column.name in source.expression.named_selects:
            found |= _sources_of(source, source.expression.named_selects.index(column.name))
    return found


def formula_hash(sql: str) -> str:
    """SHA-256 of a query as it stands in `meta.indicators`: the version of a formula that nobody has to remember to raise."""
    return hashlib.sha256(sql.strip().encode()).hexdigest()


def leads_to(con: duckdb.DuckDBPyConnection) -> str:
    """A query for the municipality of today that a place in `meta.rows_behind` belongs to: `place_column, place, area`.

    Old municipality numbers lead to today's, stations to the municipality they stand in, as far as the release has those tables.
    """
    codes = "select distinct unnest(['municipality', 'code'])"
    known = {
        "areas.to_borders": f"{codes} as place_column, code as place, to_code as area from areas.to_borders",
        "areas.municipalities": f"{codes}, code, code from areas.municipalities",
        "indicators.station_place": "select 'station', station, municipality from indicators.station_place",
    }
    there = {name for (name,) in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()}
    parts = [sql for table, sql in known.items() if table in there]
    nothing = "select null::varchar as place_column, null::varchar as place, null::varchar as area where false"
    return " union ".join([nothing, *parts])


def unexplained(database: Path) -> tuple[int, list[str]]:
    """How many links of the release database were followed, and every one that leads nowhere: from each published value to a dataset,
    from there to validated rows of its place and year, and from those to the snapshots with address and licence."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as con:
        row = con.execute(
            """select
              (select count(*) from indicators.observations where obs_value is not null) + (select count(*) from meta.rows_behind)"""
        ).fetchone()
        assert row is not None
        return row[0], [text for (text,) in con.execute(_BROKEN_LINKS.format(leads_to=leads_to(con))).fetchall()]


_BROKEN_LINKS = """
with behind as (
  select
    indicator,
    unnest(string_split(datasets, ';')) as dataset
  from meta.indicators
),
leads_to as ({leads_to}),
led as (
  select distinct
    behind.indicator,
    leads_to.area,
    rows_behind.year
  from behind
  inner join meta.rows_behind as rows_behind
    on rows_behind.dataset = behind.dataset
  left join leads_to
    on leads_to.place_column = rows_behind.place_column
    and leads_to.place = rows_behind.place
  where leads_to.area is not null
    or rows_behind.place is null
    or rows_behind.place_column not in ('municipality', 'code', 'station')
)
select 'no snapshot behind rows of ' || dataset || coalesce(' in ' || year, '')
from meta.rows_behind
left join meta.snapshots using (dataset, sha256)
where source_url is null or source_url = '' or licence is null or licence = ''
union
select indicator || ': no rows behind its values for ' || count(*) || ' areas and years, such as ' || min(ref_area || ' in ' || time_period)
from indicators.observations as o
where obs_value is not null
  and ref_area <> 'catalogue'
  and not exists (
    select 1
    from led
    where led.indicator = o.indicator
      and (led.area = o.ref_area or led.area is null or length(o.ref_area) <> 4)
      and (led.year = left(o.time_period, 4)::bigint or led.year is null or length(o.ref_area) > 4)
  )
group by indicator
order by all
"""
"""A value of the catalogue itself is about what there is on the day it was computed: that nothing is there yet is an answer too, and then
no row is behind it."""


def provenance(publication: Publication, release: str) -> dict[str, Any]:
    """The whole way from snapshots to indicators as PROV-JSON (W3C): what is made of what, by which query."""
    known = {state.dataset.id for state in publication.datasets}
    entities: dict[str, Any] = {}
    activities: dict[str, Any] = {}
    derived: dict[str, Any] = {}
    used: dict[str, Any] = {}
    generated: dict[str, Any] = {}
    for state in publication.datasets:
        entities[f"bm:dataset/{state.dataset.id}"] = {"prov:label": state.dataset.title.en}
        for snapshot in {s.sha256: s for s in state.snapshots}.values():
            it = f"bm:snapshot/{snapshot.sha256}"
            entities[it] = {"prov:location": snapshot.source_url, "bm:bytes": snapshot.size, "bm:licence": snapshot.licence}
            derived[f"_:d-{state.dataset.id}-{snapshot.sha256[:16]}"] = {
                "prov:generatedEntity": f"bm:dataset/{state.dataset.id}",
                "prov:usedEntity": it,
            }
    for kind, items in (("table", publication.tables), ("indicator", publication.indicators)):
        for item in items:
            entity, query = f"bm:{kind}/{item.id}", f"bm:query/{item.id}"
            entities[entity] = {"prov:label": item.title.en}
            activities[query] = {"prov:label": f"the query of {item.id}", "bm:sha256": formula_hash(item.sql)}
            generated[f"_:g-{item.id}"] = {"prov:entity": entity, "prov:activity": query}
            for table in sorted(tables_read(item.sql)):
                schema, _, name = table.partition(".")
                source = (
                    f"bm:dataset/{name}" if schema == "validated" and name in known else f"bm:{schema}/{name}".replace("tables/", "table/")
                )
                entities.setdefault(source, {})
                used[f"_:u-{item.id}-{schema}-{name}"] = {"prov:activity": query, "prov:entity": source}
    address = f"{publication.catalog.base_uri}releases/{release}/{PROVENANCE}#"
    return {
        "prefix": {"bm": address},
        "entity": entities,
        "activity": activities,
        "used": used,
        "wasGeneratedBy": generated,
        "wasDerivedFrom": derived,
    }
