"""A run whose process is gone is told from one that works, whoever was killed with it, so that no run is "started" for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._core.test_utils import create_run_for_test

from pipelines.orchestration.launcher import WatchedRunLauncher, lives
from pipelines.settings import ROOT

HOME = ROOT / "dagster_home" / "dagster.yaml"


def test_a_killed_process_is_seen_on_the_next_look_with_the_set_up_that_is_documented(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_bytes(HOME.read_bytes())
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        launcher = instance.run_launcher
        assert isinstance(launcher, WatchedRunLauncher) and launcher.supports_check_run_worker_health
        run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
        assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING, "nothing is known of its process yet"
        instance.report_engine_event("Started process for run", run, EngineEventData.in_process(worker.pid))
        assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
        worker.kill()
        time.sleep(0.2)
        assert launcher.check_run_worker_health(run).status is WorkerStatus.FAILED, "dead, though nobody has asked how it ended"
        worker.wait()
        assert launcher.check_run_worker_health(run).status is WorkerStatus.FAILED


def test_another_process_with_the_same_number_is_not_the_one_that_was_known() -> None:
    assert lives(os.getpid(), time.time())
    assert not lives(os.getpid(), time.time() - 86_400 * 365), "this one came later"
