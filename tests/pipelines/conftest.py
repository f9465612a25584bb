"""A PostgreSQL server of our own, for the tests that need one. They skip loudly where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def _as_server(command: list[str | Path]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return [*(("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()), *(str(part) for part in command)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database of a server of our own, on loopback."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(found) for found in [shutil.which("initdb")] if found]
    if not programs:
        if os.environ.get("BYMAAL_SERVER_TESTS") == "required":
            pytest.fail("PostgreSQL is required here, but there is no server on this machine")
        pytest.skip("NOT TESTED: there is no PostgreSQL server on this machine")
    bin = programs[-1].parent
    folder = Path("/tmp") / f"bymaal-postgres-{os.getpid()}"
    subprocess.run(_as_server([bin / "initdb", "-D", folder, "-A", "trust", "-U", "bymaal", "--no-sync"]), check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [bin / "pg_ctl", "-D", folder, "-w"]
    subprocess.run(_as_server([*control, "-o", options, "-l", folder / "log", "start"]), check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://bymaal@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(_as_server([*control, "-m", "immediate", "stop"]), check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
