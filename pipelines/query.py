"""Questions to a release's database: SQL for analysts, and the way from one value back to the snapshots it rests on."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import StorageError, UsageError

if TYPE_CHECKING:
    import duckdb


def database_of(public: Path, release: str | None) -> Path:
    """The database file of a release, the current one unless named."""
    pointer = public / "current.json"
    if release is None:
        if not pointer.is_file():
            raise UsageError("nothing is published yet", where=public.parent.name, next_step="bymaal run")
        release = str(json.loads(pointer.read_bytes())["release"])
    path = public / "releases" / release / "bymaal.duckdb"
    if "/" in release or not path.is_file():
        raise UsageError(f"no release {release}", where=public.parent.name, next_step="bymaal releases lists them")
    return path


def open_database(public: Path, release: str | None) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but the release's own tables."""
    import duckdb

    try:
        con = duckdb.connect(str(database_of(public, release)), read_only=True, config={"autoinstall_known_extensions": False})
    except duckdb.Error as error:
        raise StorageError("the database cannot be opened", where="bymaal.duckdb", next_step="bymaal verify") from error
    con.execute("set enable_external_access = false; set lock_configuration = true")
    return con


def sql(public: Path, query: str, form: str, *, release: str | None = None, out: Path | None = None) -> str:
    """The answer to one query as a table, CSV or JSON, or the place of the Parquet file it was written to.

    Raises UsageError with the engine's own words when the query cannot be run.
    """
    import duckdb

    if form == "parquet" and out is None:
        raise UsageError("where to?", where="--format parquet", next_step="add --out FILE")
    with open_database(public, release) as con:
        try:
            relation = con.sql(query)
            if relation is None:
                raise UsageError("the query answers nothing", where="sql", next_step="write a select")
            if form == "table":
                return _table(relation)
            if form == "parquet":
                assert out is not None
                return _parquet(relation, out)
            names, rows = relation.columns, relation.fetchall()
        except duckdb.Error as error:
            raise UsageError(str(error).splitlines()[0], where="sql", next_step="bymaal sql 'from duckdb_tables()' lists tables") from error
    return (
        _csv(names, rows)
        if form == "csv"
        else json.dumps([dict(zip(names, r, strict=True)) for r in rows], ensure_ascii=False, default=str)
    )


def _table(relation: duckdb.DuckDBPyRelation) -> str:
    """A box of at most 40 rows, as the DuckDB command line draws it."""
    buffer = io.StringIO()
    from contextlib import redirect_stdout

    with redirect_stdout(buffer):
        relation.show(max_rows=40, max_width=200)
    return buffer.getvalue().rstrip()


def _csv(names: list[str], rows: list[Any]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return buffer.getvalue().rstrip("\n")


def _parquet(relation: duckdb.DuckDBPyRelation, out: Path) -> str:
    import pyarrow.parquet

    table = relation.to_arrow_table()
    pyarrow.parquet.write_table(table, out, compression="zstd")
    return f"{table.num_rows} rows in {out}"


@dataclass(frozen=True)
class Explanation:
    """One published value with everything it rests on."""

    record: dict[str, Any]

    def as_record(self) -> dict[str, Any]:
        return self.record

    def as_text(self) -> str:
        r = self.record
        lines = [f"{r['title']} – {r['area_name']} ({r['area']}), {r['period']}, release {r['release']}", ""]
        for value in r["values"]:
            shown = "no value" if value["obs_value"] is None else f"{value['obs_value']} {r['unit']}"
            lines.append(f"  {value['breakdown'] or 'value':<28} {shown}  status {value['obs_status']} ({value['status_means']})")
            facts = {
                k: value[k]
                for k in ("numerator", "denominator", "coverage", "n_units", "comparability", "warnings")
                if value[k] not in (None, "")
            }
            lines.append("      " + ", ".join(f"{k} {v}" for k, v in facts.items()))
        lines += ["", f"Formula (version {r['formula_version']}): {r['formula']}", f"Fidelity: {r['fidelity']} – {r['fidelity_why']}", ""]
        for source in r["datasets"]:
            lines.append(f"From {source['dataset']} ({source['publisher']}, {source['licence']})")
            rows = "not published as rows" if source["rows"] is None else f"{source['rows']:,} rows for this place and time"
            lines.append(f"  {rows}, in {len(source['periods'])} periods")
            for snapshot in source["snapshots"]:
                taken = snapshot["retrieved_on"] or "date unknown"
                lines.append(f"  snapshot {snapshot['sha256'][:16]}  {snapshot['file']}  {taken}  {snapshot['source_url']}")
        return "\n".join(lines)


def explain(public: Path, indicator: str, area: str, period: str, *, release: str | None = None) -> Explanation:
    """From one published value down to the snapshots it rests on. Raises UsageError where there is no such observation."""
    with open_database(public, release) as con:
        con.execute(
            """
            select o.*, c.name_en as status_means
            from indicators.observations as o
            left join meta.codes as c on c.list = 'obs_status' and c.code = o.obs_status
            where indicator = ? and ref_area = ? and time_period = ?
            order by breakdown""",
            [indicator, area, period],
        )
        values = _rows(con)
        if not values:
            raise UsageError(
                f"no observation of {indicator} for {area} in {period}",
                where="explain",
                next_step=f'bymaal sql "select distinct ref_area, time_period from indicators.{indicator}"',
            )
        con.execute("select * from meta.indicators where indicator = ?", [indicator])
        about = _rows(con)[0]
        con.execute("select release from meta.release")
        record = {
            "release": _rows(con)[0]["release"],
            "indicator": indicator,
            "title": about["title_en"],
            "area": area,
            "area_name": values[0]["ref_area_name"],
            "period": period,
            "unit": about["unit"],
            "values": values,
            "formula": about["formula_en"],
            "formula_version": about["version"],
            "sql": about["sql"],
            "fidelity": about["fidelity"],
            "fidelity_why": about["fidelity_why_en"],
            "datasets": [_upstream(con, dataset, area, period) for dataset in about["datasets"].split(";") if dataset],
        }
    return Explanation(record)


def _rows(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in con.description or ()]
    return [dict(zip(names, row, strict=True)) for row in con.fetchall()]


def _upstream(con: duckdb.DuckDBPyConnection, dataset: str, area: str, period: str) -> dict[str, Any]:
    """One dataset behind a value: its terms, the periods that touch the value's, and the snapshots those were made from."""
    con.execute("select dataset, publisher, licence, attribution, is_published from meta.datasets where dataset = ?", [dataset])
    about = _rows(con)[0]
    con.execute(
        """
        select period, rows, sha256, snapshots
        from meta.periods
        where dataset = ? and (period = 'all' or starts_with(period, ?) or starts_with(?, period))
        order by period""",
        [dataset, period, period],
    )
    periods = _rows(con)
    hashes = sorted({sha for p in periods for sha in p["snapshots"].split(";") if sha})
    con.execute(
        """
        select distinct sha256, file, format, source_url, retrieved_on, licence, note
        from meta.snapshots
        where dataset = ? and sha256 in (select unnest(?))
        order by file, sha256""",
        [dataset, hashes],
    )
    snapshots = _rows(con)
    return {**about, "rows": _count(con, about, area, period), "periods": periods, "snapshots": snapshots}


def _count(con: duckdb.DuckDBPyConnection, about: dict[str, Any], area: str, period: str) -> int | None:
    """Published rows of a dataset for one area and period, where the table says where and when its rows are; else all its rows."""
    if not about["is_published"]:
        return None
    con.execute("select column_name, type from meta.columns where table_schema = 'data' and table_name = ?", [about["dataset"]])
    types = {row["column_name"]: row["type"] for row in _rows(con)}
    conditions, bound = ["true"], []
    if "municipality" in types and area.isdigit():
        conditions.append("municipality in (select code from areas.to_borders where to_code = ? union select ?)")
        bound += [area, area]
    elif "station" in types and area.isdigit():
        conditions.append("station in (select station from indicators.station_place where municipality = ?)")
        bound.append(area)
    if "year" in types:
        conditions.append("year = ?")
        bound.append(int(period[:4]))
    elif moment := next((c for c in ("from_time", "day", "started_at") if c in types), None):
        conditions.append(f"strftime({moment}, '%Y-%m') like ?")
        bound.append(f"{period}%")
    row = con.execute(f"select count(*) from data.{about['dataset']} where {' and '.join(conditions)}", bound).fetchone()
    return row[0] if row else None
