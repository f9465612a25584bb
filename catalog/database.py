"""The release database: every published table with comments, in one DuckDB file that DuckDB from 1.0 on and duckdb-wasm open.

It is filled from the published Parquet files and nothing else, so it cannot hold what they do not. DuckDB before 1.2 finds the views
of an attached file only after `use`; later versions need nothing.

Equal arguments give equal bytes: one thread, ordered inserts, the one name that DuckDB writes into a file – its own – is always the
same, and the two compressions that leave a trace of memory or chance are not used (`_column_type`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from catalog.building.registry import Row, areas_with_value
from catalog.building.registry import rows as registry_rows
from catalog.codes import LICENCES
from catalog.described import Described
from catalog.duck import literal, name, parquet
from catalog.ethics.record import EthicsRecord
from catalog.lineage import column_lineage, formula_hash
from catalog.load import HERE, read_yaml, units
from catalog.model import LANGUAGES, Column, Indicator, Text
from catalog.publication import DatasetState, Publication
from catalog.shapes import add_shapes

FILE = "bymaal.duckdb"
STORAGE = "v1.0.0"
"""The oldest storage version there is: DuckDB 1.0 and later and duckdb-wasm read it."""


@dataclass(frozen=True)
class Stored:
    """One published table: where its Parquet file lies, what it is called in the database, and what is said about it."""

    schema: str
    path: Path
    described: Described
    rows: int


@dataclass(frozen=True)
class Gap:
    """Something that readers might look for and do not find, and why."""

    kind: str
    subject: str
    reason: Text
    period: str | None = None
    since: Any = None
    rows: int | None = None
    serves_older: bool | None = None


def build(
    publication: Publication,
    release_id: str,
    tables: Sequence[Stored],
    ethics: Mapping[str, EthicsRecord],
    sources: Mapping[str, Sequence[str]],
    gaps: Sequence[Gap],
    revisions: Path | None,
    vintages: Path | None,
    folder: Path,
    *,
    memory_limit: str = "1GB",
) -> Path:
    """Write `bymaal.duckdb` into `folder` and return it. `sources` says which datasets each indicator rests on.

    The file appears under its name only when it is whole. `revisions` and `vintages` are their Parquet files, where there are any.
    """
    workshop = folder / ".build"
    workshop.mkdir()
    partial = workshop / FILE
    con = duckdb.connect(
        str(partial),
        config={
            "threads": 1,
            "storage_compatibility_version": STORAGE,
            "memory_limit": memory_limit,
            "temp_directory": str(workshop / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        con.execute("set disabled_compression_methods = 'fsst'")  # its symbol table is drawn from a random sample of the texts
        con.begin()  # one transaction: hundreds of small ones would each be flushed to disk
        for schema in ("indicators", "data", "areas", "meta"):
            con.execute(f"create schema {schema}")
        for table in tables:
            _add_table(con, table)
        for indicator in publication.indicators:
            _add_view(con, indicator.id, indicator.title, indicator.description)
        asked_for = registry_rows(publication, areas_with_value(con, "indicators.observations"))
        about = _About(publication, release_id, tables, ethics, sources, gaps, _observations(con), asked_for)
        for table, rows in about.rows().items():
            _add_meta(con, table, rows)
        for table, path in (("revisions", revisions), ("vintages", vintages)):
            if path is not None:
                con.execute(f"insert into meta.{table} select {', '.join(meta_columns(table))} from {parquet([path])}")
        shapes = add_shapes(con, [indicator.id for indicator in publication.indicators])
        published = {table.described.id for table in tables if table.schema == "data"}
        for state in publication.datasets:
            _add_rows_behind(con, state, is_published=state.dataset.id in published)
        _list_tables(con, tables, publication.indicators, shapes)
        con.commit()
        con.execute("checkpoint")
    finally:
        con.close()
    finished = folder / FILE
    partial.replace(finished)
    for leftover in sorted(workshop.rglob("*"), reverse=True):
        leftover.rmdir() if leftover.is_dir() else leftover.unlink()
    workshop.rmdir()
    return finished


def _add_table(con: duckdb.DuckDBPyConnection, table: Stored) -> None:
    it = f"{table.schema}.{name(table.described.id)}"
    columns = ", ".join(name(column.name) for column in table.described.columns)
    typed = ", ".join(
        f"{name(column.name)} {_column_type(column.sql_type, nullable=column.nullable)}" for column in table.described.columns
    )
    con.execute(f"create table {it} ({typed})")
    con.execute(f"insert into {it} select {columns} from {parquet([table.path])}")
    con.execute(f"comment on table {it} is {literal(table_comment(table.described))}")
    for column in table.described.columns:
        con.execute(f"comment on column {it}.{name(column.name)} is {literal(column_comment(column))}")


def _column_type(sql_type: str, *, nullable: bool) -> str:
    """The type with its compression. Where a number is missing, DuckDB's bit packing stores whatever lay in memory: run lengths do not."""
    return f"{sql_type} using compression rle" if nullable and sql_type != "VARCHAR" else sql_type


def _add_view(con: duckdb.DuckDBPyConnection, indicator: str, title: Text, description: Text) -> None:
    """One view per indicator over the observations, with their comments."""
    it = f"indicators.{name(indicator)}"
    columns = con.execute(
        """select column_name, comment from duckdb_columns()
        where schema_name = 'indicators' and table_name = 'observations' order by column_index"""
    ).fetchall()
    listed = ", ".join(name(column) for column, _ in columns)
    con.execute(f"create view {it} as select {listed} from indicators.observations where indicator = {literal(indicator)}")
    con.execute(f"comment on view {it} is {literal(_both(title, description))}")
    for column, comment in columns:
        con.execute(f"comment on column {it}.{name(column)} is {literal(comment)}")


def _observations(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(con.execute("select indicator, count(*) from indicators.observations group by all").fetchall())


# --- comments ---


def _both(*parts: Text) -> str:
    """Norwegian first, then English."""
    return "\n\n".join(" ".join(part.get(language) for part in parts) for language in ("nb", "en"))


def table_comment(described: Described) -> str:
    """What the table is, what a row is, on which terms: nb, then en."""
    licence, address = LICENCES[described.licence]
    credit = "; ".join(text.nb for text in described.attribution)
    credit_en = "; ".join(text.en for text in described.attribution)
    terms = Text(
        nb=f"Én rad: {described.row.nb} Kilde: {credit}. Lisens: {licence.nb} ({address}).",
        nn=f"Éi rad: {described.row.nn} Kjelde: {credit}. Lisens: {licence.nn} ({address}).",
        en=f"One row: {described.row.en} Source: {credit_en}. Licence: {licence.en} ({address}).",
    )
    notice = (described.notice,) if described.notice else ()
    return _both(*notice, described.title.model_copy(update={lang: f"{described.title.get(lang)}." for lang in LANGUAGES}),
                 described.description, terms)  # fmt: skip


def column_comment(column: Column) -> str:
    """Title, description and unit: nb, then en."""
    unit = units()[column.unit] if column.unit else None
    said = {
        language: f"{column.title.get(language)}: {column.description.get(language)}"
        + (f" [{unit.symbol.get(language)}, UCUM {column.unit}]" if unit else "")
        for language in LANGUAGES
    }
    return _both(Text(**said))


# --- what the release says about itself ---


@cache
def _meta() -> dict[str, Any]:
    path = HERE / "meta.yaml"
    return read_yaml(path.read_text("utf-8"), path.name)


def meta_columns(table: str) -> dict[str, str]:
    """Columns of a table of the schema `meta` with their types."""
    return {column: str(said[0]) for column, said in _meta()[table]["columns"].items()}


def about_meta(table: str) -> Text:
    """What a table of the schema `meta` holds, in one sentence."""
    return Text(**dict(zip(("nb", "nn", "en"), _meta()[table]["about"], strict=True)))


def _add_meta(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Create one table of `meta` with its comments and fill it, in the order of the rows."""
    columns = meta_columns(table)
    it = f"meta.{name(table)}"
    con.execute(f"create table {it} ({', '.join(f'{name(c)} {_column_type(kind, nullable=True)}' for c, kind in columns.items())})")
    about = _meta()[table]["about"]
    con.execute(f"comment on table {it} is {literal(f'{about[0]}' + chr(10) + chr(10) + f'{about[2]}')}")
    for column, said in _meta()[table]["columns"].items():
        con.execute(f"comment on column {it}.{name(column)} is {literal(f'{said[1]}' + chr(10) + chr(10) + f'{said[3]}')}")
    batch: list[Any] = []
    line = "(" + ", ".join("?" for _ in columns) + ")"

    def flush() -> None:
        if batch:
            con.execute(f"insert into {it} values {', '.join([line] * (len(batch) // len(columns)))}", batch)
            batch.clear()

    for row in rows:
        batch.extend(row)
        if len(batch) >= 4_000:
            flush()
    flush()


PLACES = ("municipality", "station", "point", "code", "county")
"""Columns that say where a row belongs, the narrowest that leads to a municipality first."""


def _add_rows_behind(con: duckdb.DuckDBPyConnection, state: DatasetState, *, is_published: bool) -> None:
    """Count the validated rows of a dataset by place, year and the snapshot they came in. Of a withheld dataset, no place is told."""
    if not state.periods:
        return
    dataset, columns = state.dataset, {column.name: column.type for column in state.dataset.columns}
    place = next((column for column in PLACES if column in columns), None) if is_published else None
    if "year" in columns:
        year = "year"
    elif dataset.period_column:
        offset = " + interval 1 hour" if dataset.period_offset == "PT1H" else ""
        year = f"year({name(dataset.period_column)}{offset})"
    else:
        year = "null"
    files = parquet([period.path for period in state.periods]).removesuffix(")") + ", filename = true)"
    numbered = [(str(p.path), number, sha) for p in state.periods for number, sha in enumerate(p.snapshots)]
    listed = ", ".join(f"({literal(path)}, {number}, {literal(sha)})" for path, number, sha in numbered)
    con.execute("create temp table behind (path varchar, number bigint, sha256 varchar)")
    if numbered:
        con.execute(f"insert into behind values {listed}")
    con.execute(
        f"""insert into meta.rows_behind
        select
          $1 as dataset,
          $2 as place_column,
          {f"{name(place)}::varchar" if place else "null"} as place,
          {year} as year,
          behind.sha256,
          count(*) as rows
        from {files} as rows
        left join behind on behind.path = rows.filename and behind.number = rows._snapshot
        group by all
        order by all""",
        [dataset.id, place],
    )
    con.execute("drop table behind")


def _list_tables(
    con: duckdb.DuckDBPyConnection, tables: Sequence[Stored], indicators: Sequence[Indicator], shapes: Mapping[str, Text]
) -> None:
    """Fill `meta.tables`: what is there to be asked, in one sentence each."""
    about = {f"{table.schema}.{table.described.id}": _joined(table.described.title, table.described.row) for table in tables}
    about |= {f"meta.{table}": about_meta(table) for table in _meta()}
    about |= {f"indicators.{indicator.id}": indicator.title for indicator in indicators} | dict(shapes)
    kinds = {
        f"{schema}.{table}": "table" for schema, table in con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    }
    rows = []
    for it in sorted(about):
        kind = kinds.get(it, "macro" if "(" in it else "view")
        counted = con.execute(f"select count(*) from {it}").fetchone() if kind == "table" else None
        rows_of_it = len(about) if it == "meta.tables" else counted[0] if counted else None
        schema, _, table = it.partition(".")
        rows.append((schema, table, kind, rows_of_it, *_three(about[it])))
    con.executemany("insert into meta.tables values (?, ?, ?, ?, ?, ?, ?)", rows)


def _joined(*parts: Text) -> Text:
    return Text(**{language: ". ".join(part.get(language).rstrip(".") for part in parts) + "." for language in LANGUAGES})


def _three(text: Text | None) -> tuple[str | None, ...]:
    return tuple(text.get(language) if text else None for language in LANGUAGES)


@dataclass(frozen=True)
class _About:
    """Everything the tables of `meta` are filled from."""

    publication: Publication
    release_id: str
    tables: Sequence[Stored]
    ethics: Mapping[str, EthicsRecord]
    sources: Mapping[str, Sequence[str]]
    gaps: Sequence[Gap]
    observations: Mapping[str, int]
    asked_for: Sequence[Row]

    @property
    def published(self) -> dict[str, int]:
        """Rows of the datasets that are published; of the others nothing may be told that shows where their rows are."""
        return {table.described.id: table.rows for table in self.tables if table.schema == "data"}

    def rows(self) -> dict[str, Iterator[tuple[Any, ...]]]:
        """The rows of every table of `meta`, in a fixed order."""
        return {
            "release": self._release(),
            "tables": iter(()),
            "datasets": self._datasets(),
            "columns": self._columns(),
            "indicators": self._indicators(),
            "registry": self._registry(),
            "quality": self._quality(),
            "ethics": self._ethics(),
            "ethics_rules": self._ethics_rules(),
            "ethics_measurements": self._ethics_measurements(),
            "snapshots": self._snapshots(),
            "periods": self._periods(),
            "rows_behind": iter(()),
            "column_lineage": column_lineage(self.publication),
            "corrections": self._corrections(),
            "findings": self._findings(),
            "gaps": self._gaps(),
            "revisions": iter(()),
            "vintages": iter(()),
            "codes": self._codes(),
        }

    def _release(self) -> Iterator[tuple[Any, ...]]:
        p = self.publication
        built = p.built_at.replace(tzinfo=None)
        yield (self.release_id, p.catalog.title.nb, p.catalog.publisher.name.nb, built, p.software_version, p.synthetic)

    def _datasets(self) -> Iterator[tuple[Any, ...]]:
        published = self.published
        for state in self.publication.datasets:
            d, periods = state.dataset, sorted(period.period for period in state.periods)
            yield (
                d.id, *_three(d.title), *_three(d.description), d.id in published, self.publication.synthetic, published.get(d.id, 0),
                periods[0] if periods else None, periods[-1] if periods else None, len(state.quarantined), state.retrieved_on,
                d.source.publisher.name.nb, d.source.service, LICENCES[d.source.licence][1], d.source.attribution.nb,
                d.source.rhythm, d.source.lag, state.freshness.state if state.freshness else "not_known",
                d.retired.on if d.retired else None, d.source.verified,
            )  # fmt: skip

    def _columns(self) -> Iterator[tuple[Any, ...]]:
        for table in self.tables:
            it = table.described
            for position, c in enumerate(it.columns, start=1):
                yield (
                    table.schema, it.id, c.name, position, c.sql_type, c.unit, c.nullable, c.name in it.key,
                    *_three(c.title), *_three(c.description),
                )  # fmt: skip

    def _indicators(self) -> Iterator[tuple[Any, ...]]:
        for i in self.publication.indicators:
            target = i.target
            yield (
                i.id, i.registry, *_three(i.title), *_three(i.description), *_three(i.formula), i.sdg.goal, i.sdg.target, i.sdg.indicator,
                i.sdg.name.nb, i.sdg.name.en, i.sdg.fidelity, *_three(i.sdg.why), i.unit, i.decimals, i.better, i.geography, i.frequency,
                _exact(i.minimum_coverage), _exact(target.value) if target else None, target.year if target else None,
                target.source.nb if target else None, *_three(i.does_not_say), *_three(i.not_covered), i.version,
                ";".join(map(str, i.other_years)), ";".join(self.sources.get(i.id, ())), self.observations.get(i.id, 0),
                formula_hash(i.sql), i.sql.strip(),
            )  # fmt: skip

    def _registry(self) -> Iterator[tuple[Any, ...]]:
        for row in self.asked_for:
            sdg, crosswalk = row.sdg, row.crosswalk
            yield (
                row.id, row.status, sdg.goal, sdg.target, sdg.indicator, *_three(sdg.name), *_three(row.title), *_three(row.description),
                sdg.fidelity, *_three(sdg.why), *(row.first(lambda it, field=field: getattr(it, field)) for field in _ALIKE),
                ";".join(it.id for it in row.indicators), row.areas, row.gap.status if row.gap else None,
                *_three(row.gap.source if row.gap else None), *_three(row.reason), *_three(row.closes), *_three(row.does_not_say),
                crosswalk.u4ssc, crosswalk.eu_vlr, crosswalk.ks, crosswalk.ssb_table,
            )  # fmt: skip

    def _quality(self) -> Iterator[tuple[Any, ...]]:
        for state in self.publication.datasets:
            for c in state.checks:
                yield (
                    c.dataset, c.id, c.expectation, c.column, c.severity, c.description, c.success, c.evaluated_rows, c.unexpected_rows,
                    c.error,
                )  # fmt: skip

    def _ethics(self) -> Iterator[tuple[Any, ...]]:
        for dataset, record in self.ethics.items():
            e = record.declared
            reasons = tuple(" ".join(reason.get(language) for reason in record.reasons) or None for language in LANGUAGES)
            if e is None:
                yield (dataset, record.kind, record.is_published, *[None] * 14, *reasons)
                continue
            yield (
                dataset, record.kind, record.is_published, e.decision.status, e.decision.by, e.decision.on, e.assessed_on, e.review_due_on,
                e.about_people, e.data_category, e.threshold, *_three(e.summary), *_three(e.limitations), *reasons,
            )  # fmt: skip

    def _ethics_rules(self) -> Iterator[tuple[Any, ...]]:
        for dataset, record in self.ethics.items():
            for check in record.checks:
                yield (dataset, check.rule, check.outcome, check.is_waived, *_three(check.info))

    def _ethics_measurements(self) -> Iterator[tuple[Any, ...]]:
        for dataset, record in self.ethics.items():
            for m in record.measurements:
                yield (dataset, m.metric, m.value, *_three(m.parameter), m.sha256)

    def _snapshots(self) -> Iterator[tuple[Any, ...]]:
        for state in self.publication.datasets:
            for s in sorted(state.snapshots, key=lambda s: (s.delivered_at, s.format, s.source_url, s.path.name)):
                yield (
                    s.dataset, s.format, s.path.name, s.source_url, s.publisher, s.licence, s.retrieved_on, s.note or None, s.sha256,
                    s.size, s.period,
                )  # fmt: skip

    def _periods(self) -> Iterator[tuple[Any, ...]]:
        for state in self.publication.datasets:
            for p in sorted(state.periods, key=lambda p: p.period):
                aside = sum(p.set_aside.values())
                yield (state.dataset.id, p.period, p.rows, aside, p.repeated, p.sha256, ";".join(p.snapshots))

    def _corrections(self) -> Iterator[tuple[Any, ...]]:
        for state in self.publication.datasets:
            for told in state.corrections if state.dataset.id in self.published else ():
                c = told.correction
                key = "; ".join(f"{column}={value}" for column, value in c.key.items())
                yield (state.dataset.id, c.id, told.period, key, c.column, told.outcome, c.since, *_three(c.why))

    def _findings(self) -> Iterator[tuple[Any, ...]]:
        for state in self.publication.datasets:
            for f in state.findings:
                series = f.series if f.dataset in self.published else ""
                yield (
                    f.dataset, f.period or None, f.check, f.column or None, series or None, f.size, f.what, f.outcome, f.since,
                    f.confirmed_on, f.why or None,
                )  # fmt: skip

    def _gaps(self) -> Iterator[tuple[Any, ...]]:
        for gap in self.gaps:
            yield (gap.kind, gap.subject, gap.period, gap.since, gap.rows, gap.serves_older, *_three(gap.reason))

    def _codes(self) -> Iterator[tuple[Any, ...]]:
        for vocabulary, codes in _vocabularies().items():
            for code, text in codes.items():
                yield (vocabulary, code, *_three(text))
        for code, unit in units().items():
            yield ("unit", code, *_three(unit.name))
        for table in self.tables:
            for column in table.described.columns:
                for code, text in (column.codes or {}).items():
                    yield (f"{table.schema}.{table.described.id}.{column.name}", code, *_three(text))


_ALIKE = ("unit", "better", "geography", "target_image", "roadmap_principle")
"""What an indicator and a gap of the registry both have, in the order of the columns."""


@cache
def _vocabularies() -> dict[str, dict[str, Text]]:
    from catalog.load import vocabulary

    path = HERE / "vocabularies.yaml"
    return {listed: vocabulary(listed) for listed in read_yaml(path.read_text("utf-8"), path.name)}


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
