"""What the whole registry costs to compute: CPU time and memory for 357 municipalities over 15 years, and for 4 and 16 times as many.

    python benchmarks/registry.py [TIMES …]        (default: 1 4 16)

Every measurement runs in a process of its own. Each dataset's table is made from its description: all combinations of its key, where a
code is one that the worked examples use, and numbers that fit their column. Hourly readings are left out; `bymaal bench` is about those.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
YEARS = range(2010, 2025)
MUNICIPALITIES = 357
STATIONS = 60
HOURLY = {"air_quality_hourly", "bike_trips", "bike_counts_hourly", "building_energy_hourly", "electricity_consumption_hourly"}


def make(times: int, folder: Path) -> tuple[dict[str, list[Path]], int]:
    """Validated tables and area tables as Parquet files by name, and their rows."""
    import duckdb

    from catalog.load import load_datasets
    from indicators.load import dependencies, load_indicators, load_tables

    datasets, items = load_datasets(ROOT / "pipelines" / "datasets"), [*load_tables().values(), *load_indicators().values()]
    read = {name.removeprefix("validated.") for item in items for name in dependencies(item.sql) if name.startswith("validated.")}
    said = _said(items)
    con = duckdb.connect()
    con.execute(f"create table places as select (1000 + i)::varchar as municipality from range({MUNICIPALITIES * times}) as r(i)")
    con.execute(f"create table years as select unnest({list(YEARS)})::bigint as year")
    views: dict[str, list[Path]] = {}
    for id_ in sorted(read - HOURLY):
        con.execute(f"create or replace view made as {_table(datasets[id_], said.get(id_, {}), times)}")
        views[f"validated.{id_}"] = [_written(con, "made", folder / f"{id_}.parquet")]
    areas = {
        "municipalities": """select municipality as code, 'Sted ' || municipality as name, null::varchar as official_name,
            left(municipality, 2) as county, null::date as valid_from, null::date as valid_to, true as is_current from places""",
        "changes": """select null::date as changed_on, null::varchar as old_code, null::varchar as old_name, null::varchar as new_code,
            null::varchar as new_name, null::varchar as kind where false""",
        "to_borders": """select municipality as code, year, 2024::bigint as borders_year, municipality as to_code, 'exact' as method,
            1::decimal(12, 9) as weight, 'exact' as comparability from places cross join years""",
    }
    for area, sql in areas.items():
        con.execute(f"create or replace view made as {sql}")
        views[f"areas.{area}"] = [_written(con, "made", folder / f"areas_{area}.parquet")]
    files = [str(path) for paths in views.values() for path in paths]
    rows = con.execute("select sum(num_rows)::bigint from parquet_file_metadata($1)", [files]).fetchone()
    return views, rows[0] if rows else 0


def _said(items: Any) -> dict[str, dict[str, list[str]]]:
    """Dataset → column → the texts that worked examples use there."""
    found: dict[str, dict[str, list[str]]] = {}
    for item in items:
        for table, rows in item.example.given.items():
            if table.startswith("validated."):
                for row in rows:
                    for column, value in row.items():
                        values = found.setdefault(table.removeprefix("validated."), {}).setdefault(column, [])
                        if value is not None and str(value) not in values:
                            values.append(str(value))
    return found


def _table(dataset: Any, said: dict[str, list[str]], times: int) -> str:
    """A query for all rows of one dataset."""
    sources, terms = ["(select 1)"], []
    named = {column.name for column in dataset.columns}
    has_place = "municipality" in named and "station" not in dataset.key
    if has_place:
        sources.append("places")
    if "year" in named:
        sources.append("years")
    for column in dataset.columns:
        it = column.name
        kind = str(column.type)
        if it == "municipality" and has_place:
            terms.append("places.municipality")
        elif it == "year":
            terms.append("years.year")
        elif it == "station" and it in dataset.key:
            sources.append(f"(select 'S' || i as station from range({STATIONS * times}) as r(i)) as stations")
            terms.append("stations.station")
        elif it in dataset.key and kind in ("date", "datetime"):
            sources.append(
                f"(select unnest(range(date '{YEARS[0]}-01-01', date '{YEARS[-1] + 1}-01-01', interval 1 day)) as at) as days_{it}"
            )
            terms.append(f"days_{it}.at::{column.sql_type} as {it}")
        elif it in dataset.key and kind == "text":
            codes = said.get(it) or list(column.codes or {}) or ["a", "b"]
            sources.append(f"(select unnest({codes!r}) as code) as codes_{it}")
            terms.append(f"codes_{it}.code as {it}")
        else:
            terms.append(f"{_value(column, said.get(it))} as {it}")
    return f"select {', '.join(terms)} from {' cross join '.join(sources)}"


def _value(column: Any, said: list[str] | None) -> str:
    """An expression for a column that is in no key."""
    kind = str(column.type)
    if column.name == "municipality":
        return f"(1000 + hash(random()) % {MUNICIPALITIES})::varchar"
    if kind in ("integer", "decimal"):
        low, high = max(column.minimum or 0, 0), min(column.maximum or 10_000, 10_000)
        return f"({low} + random() * {high - low})::{column.sql_type}"
    if kind == "boolean":
        return "random() < 0.5"
    if said:
        return f"list_extract({said!r}, 1 + (random() * {len(said) - 1})::int)::{column.sql_type}"
    return (
        f"null::{column.sql_type}"
        if column.nullable
        else "date '2024-06-01'"
        if kind == "date"
        else "timestamp '2024-06-01'"
        if kind == "datetime"
        else "'a'"
    )


def _written(con: Any, view: str, path: Path) -> Path:
    con.execute(f"copy (from {view}) to '{path}' (format parquet)")
    return path


def measure(times: int) -> dict[str, Any]:
    """CPU seconds, peak memory and numbers of one computation, in this process."""
    from catalog.load import load_datasets
    from indicators.compute import compute
    from indicators.engines.duckdb import DuckDB
    from indicators.load import load_gaps, load_indicators, load_references, load_tables

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        made = subprocess.run(
            [sys.executable, __file__, "--make", str(times), scratch], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        views, rows = json.loads(made.stdout)
        engine, before = DuckDB(threads=2, spill=folder / "spill"), time.process_time()
        computed = compute(
            engine,
            views={name: [Path(path) for path in paths] for name, paths in views.items()},
            datasets=load_datasets(ROOT / "pipelines" / "datasets"),
            tables=load_tables(),
            indicators=load_indicators(),
            references=load_references(),
            meta={"datasets": []},
            out=folder / "out",
            registry_gaps=load_gaps(),
        )
        engine.close()
        return {
            "times": times,
            "rows_in": rows,
            "indicators": sum(bool(count) for count in computed.rows.values()),
            "observations": sum(computed.rows.values()),
            "refused": [gap.id for gap in computed.gaps if gap.refused],
            "cpu_s": round(time.process_time() - before, 1),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def main(arguments: list[str]) -> None:
    sys.path.insert(0, str(ROOT))
    if arguments[:1] == ["--make"]:
        views, rows = make(int(arguments[1]), Path(arguments[2]))
        print(json.dumps([{name: [str(path) for path in paths] for name, paths in views.items()}, rows]))
    elif arguments[:1] == ["--one"]:
        print(json.dumps(measure(int(arguments[1]))))
    else:
        first: dict[str, Any] | None = None
        for times in map(int, arguments or ["1", "4", "16"]):
            told = json.loads(
                subprocess.run([sys.executable, __file__, "--one", str(times)], check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout
            )
            if first is None:
                first = told
            else:
                told["cpu_exponent"] = round(math.log(told["cpu_s"] / first["cpu_s"]) / math.log(told["times"] / first["times"]), 2)
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
