"""Starts runs as Dagster's own launcher does, and besides knows whether a run's process still lives.

Without that, a run whose code server died together with it – a restarted service, a killed process tree, a power cut – would be "started"
until its longest time is over, and no other run would begin. Named in `dagster_home/*/dagster.yaml`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._serdes import ConfigurableClassData

PROCESSES = Path("/proc")

CLOCK_STEP = 10
"""Seconds by which the clock of a machine may be set forward without a living process looking like one that came later."""


class WatchedRunLauncher(DefaultRunLauncher):
    """Dagster's run monitoring asks this launcher, every `poll_interval_seconds`, whether the process of each started run lives."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> WatchedRunLauncher:
        return cls(inst_data=inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process that said it works on this run is there. The daemon starts all runs, so it is on the daemon's machine."""
        found = _process_of(self._instance, run.run_id)
        if found is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "No process has told of itself yet.")
        pid, told_at = found
        if lives(pid, told_at):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"Prosessen til kjøringen (pid {pid}) finnes ikke lenger.")


def _process_of(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """The process that works on a run, and when it said so (seconds since 1970); None before it has."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        pid = entry.get_dagster_event().engine_event_data.metadata.get("pid")
        if pid is not None:
            return int(str(pid.value)), entry.timestamp
    return None


def lives(pid: int, known_at: float) -> bool:
    """Whether process `pid`, known to have been there at `known_at`, is there still: neither dead and waiting to be buried, nor another one
    that got its number since. Without /proc (not Linux) a number in use is taken to be the same process."""
    if not PROCESSES.is_dir():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    try:
        facts = (PROCESSES / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    state, started = facts[0], int(facts[19]) / os.sysconf("SC_CLK_TCK")
    return state not in "ZX" and _booted_at() + started <= known_at + CLOCK_STEP


def _booted_at() -> float:
    """When this machine started, in seconds since 1970."""
    lines = (PROCESSES / "stat").read_text("utf-8").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("btime ")))
