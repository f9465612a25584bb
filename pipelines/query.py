"""Questions to a release's database in SQL, answered as a table for people or in a form for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def timed(wanted: bool) -> Iterator[None]:
    """Say on standard error how long it took: always when `wanted`, else only to people at a terminal."""
    began, worked = time.perf_counter(), time.process_time()
    yield
    if wanted or (sys.stderr.isatty() and sys.stdout.isatty()):
        took, work = time.perf_counter() - began, time.process_time() - worked
        print(f"{took * 1000:,.0f} ms, of which {work * 1000:,.0f} ms of computing", file=sys.stderr)


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
                return boxed(relation)
            if form == "parquet":
                assert out is not None
                return _parquet(relation, out)
            names, rows = relation.columns, relation.fetchall()
        except duckdb.Error as error:
            raise UsageError(_told(error), where="sql", next_step="bymaal sql 'from meta.tables' lists what there is") from error
    return (
        _csv(names, rows)
        if form == "csv"
        else json.dumps([dict(zip(names, r, strict=True)) for r in rows], ensure_ascii=False, default=str)
    )


def _told(error: duckdb.Error) -> str:
    """The engine's words on one line: what is wrong, and what was perhaps meant."""
    first, *rest = str(error).splitlines()
    return " ".join([first, *(line for line in rest if line.startswith(("Did you mean", "Candidate")))])


def boxed(relation: duckdb.DuckDBPyRelation) -> str:
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
