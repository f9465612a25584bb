"""What bad weather costs: `python -m pipelines.bench.storm [--scale full]` prints memory, time and requests as measured here.

Each measurement asks a misbehaving server on loopback from a process of its own, whose peak of memory the system tells.
"""

from __future__ import annotations

import argparse
import json
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.sandbox.weather import Heard, Script, reply, weather
from pipelines.settings import ROOT

ASK = """
import json, sys, threading, time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from catalog.errors import BymaalError
from pipelines.reading.ask import Request
from pipelines.fetch import fetch
from pipelines.fetching.limits import Limits, Turns

base, spool, paths, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(","), float(sys.argv[4])
limits = replace(Limits(), first_wait=0.05, silence=30, transfer=seconds, tries=3, longest_wait=5)
said = {}

def ask(path):
    try:
        answer = fetch(
            Request(url=f"https://source{path}.test/", format="things_json"), hosts={f"source{path}.test"}, limits=limits, spool=spool,
            reroute=lambda url: f"{base}/{urlsplit(url).hostname}", turns=Turns(),
        )
        said[path] = f"{answer.body.size:,} bytes"
    except BymaalError as error:
        said[path] = error.what

def peak():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))

Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
before = peak()
began = time.monotonic()
threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
for thread in threads: thread.start()
for thread in threads: thread.join()
took = time.monotonic() - began
print(json.dumps({"seconds": round(took, 2), "more_memory_mb": round((peak() - before) / 1024, 1), "said": said}))
"""

BACKFILL = """
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from catalog.load import load_datasets
from pipelines.reading.ask import Window
from pipelines.collect import from_sources
from pipelines.settings import ROOT, Settings

base, folder, end = sys.argv[1], Path(sys.argv[2]), date.fromisoformat(sys.argv[3])

@contextmanager
def door():
    yield lambda url: base + urlsplit(url).path

window = Window(date(2019, 4, 1), end, ("0301", "4601", "5001"))
settings = Settings(data_dir=folder, now=datetime(2026, 11, 23, tzinfo=UTC))
found = from_sources(load_datasets(ROOT / "pipelines" / "datasets"), ["bike_trips"], settings, window=lambda _: window, door=door)
print(len(found.snapshots["bike_trips"]), dict(found.failures))
"""


def packed_zeros(size: int) -> bytes:
    """`size` zeros as one gzip body, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([b"".join(packer.compress(bytes(2**20)) for _ in range(size // 2**20)), packer.flush()])


def drip_body(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
    while True:
        handler.wfile.write(b"1")
        time.sleep(0.5)


def drip_head(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"1")
        time.sleep(0.5)


def endless(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        handler.wfile.write(b"10000\r\n" + b" " * 2**16 + b"\r\n")


def asked(script: Script | dict[str, Script], paths: Sequence[str], seconds: float) -> dict[str, object]:
    """Ask for every path at once from a process of its own; what it says about time and memory."""

    def by_path(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        name = re.sub(r"^/source|\.test$", "", heard.path)
        (script[name] if isinstance(script, dict) else script)(handler, heard)

    with tempfile.TemporaryDirectory(prefix="bymaal-storm-") as folder, weather(by_path) as state:
        command = [sys.executable, "-c", ASK, state.base, folder, ",".join(paths), str(seconds)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        left = [path for path in Path(folder).rglob("*") if path.is_file()]
        return json.loads(done.stdout) | {"requests": len(state.heard), "files_left": len(left)}


def backfill(periods: int, kills: int, say: Callable[[str], None]) -> None:
    """Fetch `periods` monthly files, killed so many times on the way, and count what the server was asked."""
    years, months = divmod(-(-periods // 3) + 3, 12)
    end = f"{2019 + years}-{months + 1:02}-01"

    def month(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        time.sleep(0.01)
        reply(body=b"started_at,ended_at,duration,start_station_id,end_station_id\n" + heard.path.encode() + b",,,,\n")(handler, heard)

    with tempfile.TemporaryDirectory(prefix="bymaal-storm-") as folder, weather(month) as state:
        command = [sys.executable, "-c", BACKFILL, state.base, folder, end]
        began = time.monotonic()
        for kill in range(kills):
            process = subprocess.Popen(command, cwd=ROOT)
            while process.poll() is None and len(state.heard) < periods * (kill + 1) // (kills + 1):
                time.sleep(0.002)
            process.kill()
            process.wait()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        per_period = Counter(Counter(heard.path for heard in state.heard).values())
        again = len(state.heard)
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        say(f"backfill: {done.stdout.strip()}; {sum(per_period.values())} periods, {kills} kills, {time.monotonic() - began:.1f} s")
        say(f"  requests a period: {dict(sorted(per_period.items()))}; a further run asks {len(state.heard) - again}")


def main(arguments: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(prog="python -m pipelines.bench.storm", description=__doc__)
    ask.add_argument("--scale", choices=["small", "full"], default="small")
    full = ask.parse_args(arguments).scale == "full"
    say: Callable[[str], None] = lambda line: print(line, flush=True)  # noqa: E731
    bomb = reply(body=packed_zeros(2**30 if full else 2**28), Content_Encoding="gzip")
    seconds = 10.0 if full else 3.0
    say(f"bomb: {asked(bomb, ['a'], 60)}")
    say(f"endless: {asked(endless, ['a'], 60)}")
    say(f"drips in the body, limit {seconds:g} s: {asked(drip_body, ['a'], seconds)}")
    say(f"drips in the head, limit {seconds:g} s: {asked(drip_head, ['a'], seconds)}")
    eight: dict[str, Script] = {
        "bomb": bomb,
        "endless": endless,
        "dripbody": drip_body,
        "driphead": drip_head,
        "busy": reply(429, b"", Retry_After="0.2"),
        "broken": reply(503, b""),
        "cut": reply(body=b"[1, 2", length=100),
        "page": reply(body=b"<html><title>Sign in</title></html>"),
    }
    say(f"eight at once: {asked(eight, list(eight), seconds)}")
    backfill(240 if full else 60, 2, say)
    assert threading.active_count() < 200
    return 0


if __name__ == "__main__":
    sys.exit(main())
