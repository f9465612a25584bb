"""An installation that runs for good: its units, its records in PostgreSQL, and that everything may be killed.

What needs a PostgreSQL server skips loudly where there is none.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from benchmarks.officers_day import descendants

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HOMES = ROOT / "dagster_home"
DEPLOY = ROOT / "deploy"


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


def test_both_homes_are_set_up_alike_but_for_where_the_records_are() -> None:
    embedded, served = (yaml.safe_load((home / "dagster.yaml").read_text("utf-8")) for home in (HOMES, HOMES / "postgres"))
    assert served.pop("storage") == {"postgres": {"postgres_url": {"env": "DAGSTER_PG_URL"}}}
    assert served == embedded


def test_the_units_for_systemd_are_sound_and_start_commands_that_there_are(tmp_path: Path) -> None:
    units = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
    commands = [line.partition("=")[2] for unit in units for line in unit.read_text("utf-8").splitlines() if line.startswith("ExecStart=")]
    assert commands and all((Path(sys.executable).parent / Path(command.split()[0]).name).is_file() for command in commands)
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("NOT TESTED: the units, because systemd-analyze is not on this machine")
    for unit in units:
        text = unit.read_text("utf-8").replace("/srv/bymaal/app/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text, "utf-8")
    said = subprocess.run([analyze, "verify", *map(str, tmp_path.glob("bymaal-*"))], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_runs_and_their_events_are_kept_in_postgresql(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg
    import psycopg2

    shutil.copyfile(HOMES / "postgres" / "dagster.yaml", tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_PG_URL", database)

    @dg.asset
    def counted():
        return dg.MaterializeResult(metadata={"rows": 3})

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        done = dg.materialize([counted], instance=instance)
        assert done.success
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("select status from runs")
        assert cursor.fetchall() == [("SUCCESS",)]
        cursor.execute("select count(*) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'")
        assert cursor.fetchone() == (1,)
    with dg.DagsterInstance.from_config(str(tmp_path)) as again:
        assert again.get_latest_materialization_event(dg.AssetKey("counted")) is not None, "another process finds what the first one wrote"
    assert not list(tmp_path.rglob("*.db")), "nothing is kept beside the database"


WORK = """
import os, time
from pathlib import Path
import dagster as dg

HERE = Path(os.environ["DAGSTER_HOME"])

def note(what):
    with (HERE / "worked").open("a") as file:
        file.write(what)

@dg.asset
def first():
    note("1")

@dg.asset(deps=[first])
def second():
    note("2")
    if "22" not in (HERE / "worked").read_text():
        time.sleep(600)

job = dg.define_asset_job("both", executor_def=dg.in_process_executor)

@dg.sensor(job=job, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def once():
    return dg.RunRequest(run_key="once")

defs = dg.Definitions(assets=[first, second], jobs=[job], sensors=[once])
"""


@pytest.mark.parametrize("home", ["embedded", "postgres"])
def test_a_run_whose_whole_process_tree_was_killed_ends_as_failed_and_its_second_try_finishes(
    home: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg

    if home == "postgres":
        monkeypatch.setenv("DAGSTER_PG_URL", request.getfixturevalue("database"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    settings = (HOMES / home.replace("embedded", "") / "dagster.yaml").read_text("utf-8")
    assert "poll_interval_seconds: 30" in settings, "the one thing that is other here, so that nobody waits for half a minute"
    (tmp_path / "dagster.yaml").write_text(settings.replace("poll_interval_seconds: 30", "poll_interval_seconds: 2"), "utf-8")
    (tmp_path / "work.py").write_text(WORK, "utf-8")
    (tmp_path / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_file": "work.py"}]}), "utf-8")
    worked = tmp_path / "worked"
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", "workspace.yaml"]
    with (tmp_path / "log").open("ab") as log, dg.DagsterInstance.from_config(str(tmp_path)) as instance:

        def daemon() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)

        def runs() -> Sequence[dg.DagsterRun]:
            return instance.get_runs(dg.RunsFilter(job_name="both"))

        def statuses() -> list[str]:
            return sorted(run.status.value for run in runs() if run.status.value != "QUEUED")

        killed = daemon()
        try:
            _until(lambda: worked.is_file() and worked.read_text("utf-8") == "12", tmp_path)
        finally:
            _kill_all(killed)
        assert statuses() == ["STARTED"], "nobody was left to say how it ended"
        again = daemon()
        try:
            _until(lambda: statuses() == ["FAILURE", "SUCCESS"], tmp_path)
        finally:
            _kill_all(again)
        retry = next(run for run in runs() if run.status is dg.DagsterRunStatus.SUCCESS)
        assert retry.parent_run_id is not None and retry.tags["dagster/retry_number"] == "1"
    assert worked.read_text("utf-8") == "122", "what had finished is not done again"


def _until(holds: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + 120
    while not holds():
        if time.monotonic() > end:
            pytest.fail((folder / "log").read_text("utf-8")[-3000:])
        time.sleep(0.25)


def _kill_all(service: subprocess.Popen[bytes]) -> None:
    """kill -9 to a service and to everything that it started, code server and worker of the run among them."""
    for pid in descendants(service.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    service.wait(10)
