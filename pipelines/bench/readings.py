"""Readers of the benchmark's two formats, in the same shape as any dataset's parsers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import literal

if TYPE_CHECKING:
    import duckdb

RAW_TIME = "try_cast(left({}, 19) as timestamp) - interval 1 hour"


def _files(paths: Sequence[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"


def _known(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyRelation:
    """Times to UTC, and whether station and component are among those of `stations.csv` and `limits.csv`."""
    return con.sql(
        f"""
        select
          station_id as station,
          component,
          {RAW_TIME.format("from_time")} as from_time,
          {RAW_TIME.format("to_time")} as to_time,
          value,
          unit,
          is_valid,
          station_id in (select station_id from stations) as station_known,
          component in (select component from limits) as component_known,
          revision,
          file
        from ({query})
        """
    )


def parse_readings_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    _reference(con, paths[0].parents[1])
    return _known(
        con,
        f"""
        select station_id, component, from_time, to_time, value, unit, qc >= 1 as is_valid, revision, filename as file
        from read_csv({_files(paths)}, header = true, auto_detect = false, delim = ',', quote = '', escape = '', filename = true,
          columns = {{'station_id': 'VARCHAR', 'component': 'VARCHAR', 'from_time': 'VARCHAR', 'to_time': 'VARCHAR',
            'value': 'DECIMAL(9,1)', 'unit': 'VARCHAR', 'qc': 'TINYINT', 'revision': 'BIGINT'}})
        """,
    )


def parse_readings_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    _reference(con, paths[0].parents[2])
    return _known(
        con,
        f"""
        select
          eoi as station_id,
          component,
          hour."fromTime" as from_time,
          hour."toTime" as to_time,
          hour."value" as value,
          hour.unit as unit,
          hour."qualityControlled" as is_valid,
          revision,
          filename as file
        from (
          select
            eoi,
            component,
            filename,
            cast(regexp_extract(filename, '\\.r(\\d+)\\.json', 1) as bigint) as revision,
            unnest("values") as hour
          from read_json({_files(paths)}, format = 'array', filename = true, columns = {{
            'eoi': 'VARCHAR', 'component': 'VARCHAR',
            'values': 'STRUCT("fromTime" VARCHAR, "toTime" VARCHAR, "value" DECIMAL(9,1), unit VARCHAR, "qualityControlled" BOOLEAN)[]'}})
        )
        """,
    )


def _reference(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for table, types in (("stations", "{'station_id': 'VARCHAR', 'municipality_id': 'VARCHAR'}"), ("limits", "{'daily_limit': 'INTEGER'}")):
        con.execute(
            f"create table if not exists {table} as select * from read_csv({literal(str(folder / f'{table}.csv'))}, types = {types})"
        )


PARSERS = {"readings_csv": parse_readings_csv, "readings_json": parse_readings_json}
