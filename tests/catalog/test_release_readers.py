"""Another process asks the database all the while new releases go out: every answer is whole, and of one release."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests
import uvicorn

from catalog.database import FILE
from catalog.publication import Publication
from catalog.releases.release import publish
from pipelines.serve import application
from tests.catalog.test_release import later, plain_pages

__all__ = ["plain_pages"]

Build = Callable[..., Publication]
RELEASES = 10
ASK = """
import sys, time
from pathlib import Path
import duckdb
database, stop = Path(sys.argv[1]), Path(sys.argv[2])
kept = duckdb.connect(str(database.resolve()), read_only=True)
question = "select (select release from meta.release), count(*), sum(obs_value) from indicators.observations"
first = kept.execute(question).fetchone()
print("ready", flush=True)
while not stop.exists():
    with duckdb.connect(str(database.resolve()), read_only=True) as con:
        print(*con.execute(question).fetchone(), flush=True)
    assert kept.execute(question).fetchone() == first
    time.sleep(0.05)
"""
"""Asks through the name of the current release again and again, and through a connection opened before the first new release."""


def in_ranges(site: str) -> tuple[str, int]:
    """The database of the release of the moment, read in pieces as DuckDB does over HTTP: its id and how many pieces there were."""
    pointer = requests.get(f"{site}/current.json", timeout=10).json()
    manifest = requests.get(f"{site}/{pointer['manifest']}", timeout=10).json()
    listed = next(file for file in manifest["files"] if file["path"] == FILE)
    address, size, piece = f"{site}/releases/{pointer['release']}/{FILE}", listed["bytes"], 1 << 20
    content = b""
    for start in range(0, size, piece):
        answer = requests.get(address, headers={"Range": f"bytes={start}-{min(start + piece, size) - 1}"}, timeout=10)
        assert answer.status_code == 206
        content += answer.content
    assert hashlib.sha256(content).hexdigest() == listed["sha256"]
    return pointer["release"], -(-size // piece)


def test_ten_releases_go_out_while_another_process_and_a_browser_read(
    build_publication: Build, plain_pages: object, tmp_path: Path
) -> None:
    public, stop = tmp_path / "public", tmp_path / "stop"
    publish(build_publication(tmp_path / "0"), public)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(public), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with tempfile.TemporaryFile("w+") as said:
        reader = subprocess.Popen(
            [sys.executable, "-c", ASK, str(public / "current" / FILE), str(stop)], stdout=said, stderr=subprocess.PIPE
        )
        read: list[tuple[str, int]] = []
        try:
            until = time.monotonic() + 30
            while not (server.started and Path(f"/proc/{reader.pid}").exists()) and time.monotonic() < until:
                time.sleep(0.02)
            for number in range(1, RELEASES + 1):
                publish(later(build_publication(tmp_path / str(number), value=f"{20 + number}.5")), public)
                read.append(in_ranges(f"http://127.0.0.1:{port}"))
        finally:
            stop.touch()
            _, errors = reader.communicate(timeout=60)
            server.should_exit = True
            thread.join(timeout=10)
        said.seek(0)
        answers = [line.split() for line in said.read().splitlines() if line != "ready"]

    assert reader.returncode == 0, errors.decode()
    assert len({release for release, _ in read}) == RELEASES
    by_release = {release: tuple(rest) for release, *rest in answers}
    assert all(by_release[release] == tuple(rest) for release, *rest in answers), "two answers from one release"
    assert len(by_release) >= 2
