"""The comparison tables of a release, `peers` and `progress`, brought up to date after the observations.

They are made again only when the observations, the register, the population, a target or this code changed; else nothing is opened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.described import standing_tables
from catalog.errors import DataError, MetadataError
from catalog.model import Catalog, Indicator
from indicators.compute import Gap
from indicators.files import partial, replace, settle
from indicators.load import OBSERVATION_COLUMNS, ReferenceTable, column_types
from indicators.rows import rows_as_arrow

if TYPE_CHECKING:
    import duckdb

STATE = "comparisons.json"
KEYS = {"peers": "indicator, ref_area, time_period, peer_kind, peer_group", "progress": "indicator, ref_area"}
MUNICIPALITIES = {"code": "VARCHAR", "county": "VARCHAR", "is_current": "BOOLEAN"}
POPULATION = {"municipality": "VARCHAR", "year": "BIGINT", "population": "BIGINT"}
CODE = ("compare.py", "files.py", "groups.py", "intervals.py", "peers.py", "progress.py")


@dataclass(frozen=True)
class Compared:
    """What a comparison left: the files of its tables, why one is missing, and what was made in this run."""

    tables: dict[str, Path]
    gaps: tuple[Gap, ...]
    recomputed: tuple[str, ...] = ()


def compare(
    observations: Path,
    *,
    municipalities: Path | None,
    population: Path | None,
    indicators: Mapping[str, Indicator],
    references: Mapping[str, ReferenceTable],
    catalog: Catalog,
    out: Path,
    peer_sources: Mapping[str, Sequence[Path]] | None = None,
    memory_limit: str = "1GB",
) -> Compared:
    """Bring `out/tables/peers.parquet` and `out/tables/progress.parquet` up to date with `observations`, the file that `compute` wrote.

    `municipalities` is the register of areas; without it nobody has peers. `population` is the table of inhabitants by municipality and
    year; without it there are no size bands.
    `peer_sources` are the files of the datasets in `groups.SOURCES` that have data. A table that cannot be made becomes a gap. Equal
    input gives equal bytes. Raises StorageError when files cannot be read or written.
    """
    sources = peer_sources or {}
    fingerprint = _fingerprint(observations, municipalities, population, sources, indicators, references, catalog)
    paths = {table: out / "tables" / f"{table}.parquet" for table in KEYS}
    state = _read_state(out)
    if state.get("fingerprint") == fingerprint:
        gaps = tuple(Gap(gap["id"], gap["reason"], tuple(gap["absent"]), gap["refused"]) for gap in state["gaps"])
        there = {table: path for table, path in paths.items() if table not in {gap.id for gap in gaps}}
        if all(path.is_file() for path in there.values()):
            return Compared(there, gaps)

    (out / STATE).unlink(missing_ok=True)
    from catalog.duck import connect

    found: list[Gap] = []
    made: dict[str, Path] = {}
    with connect(threads=1, memory_limit=memory_limit) as con:
        _offer(con, "observations", observations, OBSERVATION_COLUMNS)
        _offer(con, "municipalities", municipalities, MUNICIPALITIES)
        _offer(con, "population", population, POPULATION)
        for table, path in paths.items():
            gap = _make(con, table, path, municipalities is None, sources, indicators, references, catalog)
            if gap:
                path.unlink(missing_ok=True)
                found.append(gap)
            else:
                made[table] = path
    record = {"fingerprint": fingerprint, "gaps": [asdict(gap) for gap in found]}
    replace(out / STATE, json.dumps(record, sort_keys=True, indent=1).encode())
    return Compared(made, tuple(found), tuple(made))


def _make(
    con: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    is_without_register: bool,
    sources: Mapping[str, Sequence[Path]],
    indicators: Mapping[str, Indicator],
    references: Mapping[str, ReferenceTable],
    catalog: Catalog,
) -> Gap | None:
    """Make one table and write it; or say why there is none."""
    from indicators.groups import declared_groups
    from indicators.peers import create_facts, peers

    if table == "peers" and is_without_register:
        return Gap(table, "no data in areas.municipalities", ("areas.municipalities",))
    try:
        factors = create_facts(con, indicators.values())
        if table == "peers":
            peers(con, references, declared_groups(con, sources, references, catalog))
        else:
            from indicators.progress import progress

            rows = progress(_series(con), indicators, factors, catalog)
            con.register("handed_in", rows_as_arrow(column_types(standing_tables()[table].columns), rows))
            con.execute("create or replace temp table progress as from handed_in")
            con.unregister("handed_in")
    except (DataError, MetadataError) as error:
        return Gap(table, str(error), refused=True)
    if not con.sql(f"select 1 from {table} limit 1").fetchall():
        return Gap(table, "the observations that are here leave nothing to compare")
    _write(con, table, path)
    return None


def _series(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The observations that progress is read from, in order."""
    return (
        con.execute(
            """
            select
              indicator,
              ref_area,
              ref_area_name,
              time_period,
              obs_value,
              obs_status,
              numerator,
              denominator,
              comparability,
              warnings
            from observations
            where breakdown = ''
            order by
              indicator,
              ref_area,
              time_period"""
        )
        .to_arrow_table()
        .to_pylist()
    )


def _offer(con: duckdb.DuckDBPyConnection, view: str, path: Path | None, types: Mapping[str, str]) -> None:
    """A file under a name; an empty table with these columns where there is none."""
    from catalog.duck import parquet

    if path is None:
        columns = ", ".join(f"{column} {sql_type}" for column, sql_type in types.items())
        con.execute(f"create temp table {view} ({columns})")
    else:
        con.execute(f"create temp view {view} as select {', '.join(types)} from {parquet([path])}")


def _write(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """The table with the columns and types that `catalog/tables.yaml` declares, sorted by its key; whole under its name or not at all."""
    from catalog.duck import literal

    terms = ", ".join(f"cast({name} as {sql_type}) as {name}" for name, sql_type in column_types(standing_tables()[table].columns).items())
    unfinished = partial(path)
    con.execute(
        f"copy (select {terms} from {table} order by {KEYS[table]}) to {literal(str(unfinished))} (format parquet, compression zstd)"
    )
    settle(unfinished, path)


def _fingerprint(
    observations: Path,
    municipalities: Path | None,
    population: Path | None,
    sources: Mapping[str, Sequence[Path]],
    indicators: Mapping[str, Indicator],
    references: Mapping[str, ReferenceTable],
    catalog: Catalog,
) -> str:
    """Everything the two tables are made from."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    files = (
        observations,
        municipalities,
        population,
        *(f for _, found in sorted(sources.items()) for f in found),
        *(here / n for n in CODE),
    )
    for path in files:
        digest.update(path.read_bytes() if path else b"")
        digest.update(b"\0")
    told = {
        "duckdb": version("duckdb"),
        "columns": {table: column_types(standing_tables()[table].columns) for table in KEYS},
        "indicators": [
            [i.id, i.better, i.geography, i.frequency, i.unit, i.uncertainty, i.target.model_dump(mode="json") if i.target else None]
            for _, i in sorted(indicators.items())
        ],
        "references": [[id_, list(references[id_].rows)] for id_ in ("size_bands", "peer_groups") if id_ in references],
        "catalog": catalog.model_dump(mode="json", include={"targets", "targets_of", "measured_by", "compare_with", "area_of_interest"}),
    }
    digest.update(json.dumps(told, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _read_state(out: Path) -> dict[str, Any]:
    """What the last comparison left behind. A state that cannot be read counts as none."""
    path = out / STATE
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_bytes())
        return record if {"fingerprint", "gaps"} <= record.keys() else {}
    except (ValueError, AttributeError):
        return {}
