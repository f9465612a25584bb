"""The documented queries on every DuckDB that readers may have, and over HTTP: CPU time of each, and that all give the same answer.

    python benchmarks/queries.py DATA [PYTHON …]     DATA holds a published release; each PYTHON has some version of duckdb installed
    python benchmarks/queries.py DATA --http PYTHON  asks through `bymaal serve`; PYTHON has duckdb and the package duckdb-ext-httpfs

Prints a table in Markdown. A version that is asked is a virtual environment: `python -m venv old && old/bin/pip install duckdb==1.1.3`.
Each query runs five times in one connection; what is shown is the median of CPU milliseconds on two threads.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ASK = """
import glob, json, statistics, sys, time
import duckdb
where, queries = json.load(sys.stdin)
con = duckdb.connect(config={"threads": 2, "allow_unsigned_extensions": "true"})
if where.startswith("http"):
    import importlib.util
    [folder] = importlib.util.find_spec("duckdb_ext").submodule_search_locations
    [extension] = glob.glob(folder + "/extensions/*/*/httpfs.duckdb_extension")
    con.execute(f"load '{extension}'")
began = time.perf_counter()
con.execute(f"attach '{where}' as bymaal (read_only)")
con.execute("use bymaal")
attached = time.perf_counter() - began
said = {}
for name, sql in queries.items():
    times, walls = [], []
    for _ in range(5):
        cpu, wall = time.process_time(), time.perf_counter()
        rows = con.execute(sql).fetchall()
        times.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    said[name] = [statistics.median(times) * 1000, walls[0] * 1000, repr(rows)]
print(json.dumps({"version": duckdb.__version__, "attached": attached * 1000, "said": said}))
"""


def asked(python: str, where: str, queries: dict[str, str]) -> dict[str, Any]:
    """What one interpreter measured: version, milliseconds to attach, and per query CPU, first wall time and the answer."""
    done = subprocess.run([python, "-c", ASK], input=json.dumps([where, queries]), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{python}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def main(arguments: list[str]) -> None:
    from catalog.queries import load

    data, *pythons = arguments
    over_http = "--http" in pythons
    queries = {query.id: query.sql for query in load()}
    database = Path(data) / "public" / "current" / "bymaal.duckdb"
    if over_http:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "serve", "--port", str(port), "--data-dir", data], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        try:
            time.sleep(4)
            one = asked(pythons[-1], f"http://127.0.0.1:{port}/current/bymaal.duckdb", queries)
        finally:
            server.terminate()
            server.wait(timeout=20)
        print(f"DuckDB {one['version']} over HTTP: attached in {one['attached']:.0f} ms\n\n| query | first answer, ms |\n|---|--:|")
        for name, (_, wall, _) in one["said"].items():
            print(f"| `{name}` | {wall:.0f} |")
        return
    measured = [asked(python, str(database.resolve()), queries) for python in [sys.executable, *pythons]]
    print(
        "| query | "
        + " | ".join(f"DuckDB {one['version']}" for one in measured)
        + " | same answer |\n|---|"
        + "--:|" * len(measured)
        + "---|"
    )
    for name in queries:
        same = len({one["said"][name][2] for one in measured}) == 1
        print(f"| `{name}` | " + " | ".join(f"{one['said'][name][0]:.0f}" for one in measured) + f" | {'yes' if same else 'NO'} |")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(sys.argv[1:])
