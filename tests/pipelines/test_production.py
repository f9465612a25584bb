"""An installation that runs for good: its units, its records in PostgreSQL, and that everything may be killed.

What needs a PostgreSQL server skips loudly where there is none.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from benchmarks.officers_day import descendants

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HOMES = ROOT / "dagster_home"
DEPLOY = ROOT / "deploy"


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

@dg.asset(deps=[first], pool="example.org")
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


@dataclass(frozen=True)
class Seen:
    """What became of a run whose whole process tree was killed, and what the assets did by the time it was over."""

    while_nobody_lived: list[str]
    in_the_end: list[str]
    second_tries: list[str | None]
    worked: str


@pytest.fixture(scope="module")
def killed_and_started_again(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Callable[[], Seen]]:
    """Both homes at the same time, because nearly all of it is waiting for daemons; without a PostgreSQL server the embedded one alone."""
    environments = {"embedded": dict(os.environ)}
    with suppress(pytest.skip.Exception):
        environments["postgres"] = {**os.environ, "DAGSTER_PG_URL": request.getfixturevalue("database")}
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor() as both:
        patch.setenv("DAGSTER_PG_URL", environments.get("postgres", {}).get("DAGSTER_PG_URL", ""))
        tries = {home: both.submit(_killed, home, tmp_path_factory.mktemp(home), env) for home, env in environments.items()}
        wait(tries.values())
    return {home: one.result for home, one in tries.items()}


@pytest.mark.parametrize("home", ["embedded", "postgres"])
def test_a_run_whose_whole_process_tree_was_killed_ends_as_failed_and_its_second_try_finishes(
    home: str, killed_and_started_again: dict[str, Callable[[], Seen]], request: pytest.FixtureRequest
) -> None:
    if home == "postgres":
        request.getfixturevalue("database")
    seen = killed_and_started_again[home]()
    assert seen.while_nobody_lived == ["STARTED"], "nobody was left to say how it ended"
    assert seen.in_the_end == ["FAILURE", "SUCCESS"]
    assert seen.second_tries == ["1"]
    assert seen.worked == "122", "what had finished is not done again"


def _killed(home: str, folder: Path, environment: dict[str, str]) -> Seen:
    import dagster as dg

    settings = (HOMES / home.replace("embedded", "") / "dagster.yaml").read_text("utf-8")
    assert "poll_interval_seconds: 30" in settings, "the one thing that is other here, so that nobody waits for half a minute"
    (folder / "dagster.yaml").write_text(settings.replace("poll_interval_seconds: 30", "poll_interval_seconds: 2"), "utf-8")
    (folder / "work.py").write_text(WORK, "utf-8")
    (folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_file": "work.py"}]}), "utf-8")
    worked = folder / "worked"
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", "workspace.yaml"]
    with (folder / "log").open("ab") as log, dg.DagsterInstance.from_config(str(folder)) as instance:

        def daemon() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, cwd=folder, env=environment | {"DAGSTER_HOME": str(folder)}, stdout=log, stderr=log)

        def runs() -> Sequence[dg.DagsterRun]:
            return instance.get_runs(dg.RunsFilter(job_name="both"))

        def statuses() -> list[str]:
            return sorted(run.status.value for run in runs() if run.status.value != "QUEUED")

        killed = daemon()
        try:
            _until(lambda: worked.is_file() and worked.read_text("utf-8") == "12", folder)
        finally:
            _kill_all(killed)
        while_nobody_lived = statuses()
        again = daemon()
        try:
            _until(lambda: statuses() == ["FAILURE", "SUCCESS"], folder)
        finally:
            _kill_all(again)
        retries = [run.tags.get("dagster/retry_number") for run in runs() if run.parent_run_id]
        return Seen(while_nobody_lived, statuses(), retries, worked.read_text("utf-8"))


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
