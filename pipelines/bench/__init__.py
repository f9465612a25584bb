"""Benchmark data through the pipeline's own code: snapshot → parse → validate → promote → tables in SQL."""

from __future__ import annotations

import json
from pathlib import Path

from catalog.duck import connect, literal, parquet
from catalog.errors import DataError, UsageError
from catalog.load import load_dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.archive import HashCache
from pipelines.ingest import ingest, recipe
from pipelines.settings import Settings

HERE = Path(__file__).parent


def bench(data: Path, form: str, out: Path, settings: Settings) -> DatasetState:
    """Run the pipeline on generated readings and write the three files that the comparison expects."""
    snapshots = _snapshots(data, form, settings)
    dataset = load_dataset(HERE / "readings.yaml")
    state = ingest(recipe(dataset, "pipelines.bench.readings", HERE), snapshots, settings)
    if state.quarantined:
        held = state.quarantined[0]
        raise DataError(held.reasons[0], where=f"{held.dataset} {held.period}", effect="nothing is computed")
    _write(state, data, out, settings)
    return state


def _snapshots(data: Path, form: str, settings: Settings) -> list[Snapshot]:
    pattern = {"csv": "csv/readings_*.csv.gz", "json": "json/*/*.json"}
    if form not in pattern:
        raise UsageError("format is csv or json", where="--format")
    hashes = HashCache(settings.work / "hashes.json")
    found = [
        Snapshot(
            dataset="readings",
            format=f"readings_{form}",
            path=path,
            source_url="",
            publisher="",
            licence="CC0",
            retrieved_on=None,
            note="",
            sha256=hashes.of(path),
            size=path.stat().st_size,
            period=path.name.removeprefix("readings_")[:7],
        )
        for path in sorted(data.resolve().glob(pattern[form]))
    ]
    if not found:
        raise UsageError("no readings here", where=f"{data}/{pattern[form]}")
    hashes.save()
    return found


def _write(state: DatasetState, data: Path, out: Path, settings: Settings) -> None:
    out.mkdir(parents=True, exist_ok=True)
    con = connect(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "spill")
    con.execute("create schema validated; create schema reference")
    con.execute(f"create view validated.readings as select * from {parquet([p.path for p in state.periods])}")
    for table, types in (("stations", "{'municipality_id': 'VARCHAR'}"), ("limits", "{'daily_limit': 'INTEGER'}")):
        path = literal(str(data / f"{table}.csv"))
        con.execute(f"create table reference.{table} as select * from read_csv({path}, types = {types})")
    for table in ("station_year", "municipality_year"):
        con.execute(f"create table {table} as {(HERE / f'{table}.sql').read_text('utf-8')}")
        con.execute(f"copy {table} to {literal(str(out / f'{table}.csv'))} (header)")
    names = [rule.id for rule in state.dataset.set_aside]
    facts = json.loads((settings.validated / "readings" / "state.json").read_bytes())["periods"].values()
    checks = {"rows": sum(p["delivered"] for p in facts)}
    checks |= {rule: sum(p["set_aside"].get(rule, 0) for p in facts) for rule in names}
    checks["duplicate_rows"] = sum(p["tied"] for p in facts)
    (out / "checks.json").write_text(json.dumps(checks, indent=1))
