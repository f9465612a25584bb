"""The main job as plain functions: ingest → compute → publish. The command line and Dagster both call these and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.duck import connect, name, parquet
from catalog.errors import BusyError, BymaalError, UsageError
from catalog.load import load_catalog, load_datasets
from catalog.model import Catalog, Dataset
from catalog.publication import DatasetState, Publication
from pipelines.ask import Window
from pipelines.collect import Collected, Reroute, Say, duration, from_archive, from_recorded, from_sources, period_end
from pipelines.ingest import Recipe, ingest, recipe, state_of
from pipelines.settings import Settings, software_version

if TYPE_CHECKING:
    from catalog.release import Release
    from indicators.compute import Computed


@dataclass(frozen=True)
class Input:
    """Where a run gets its snapshots: the sandbox, a recorded folder, or the real services."""

    kind: Literal["sample", "recorded", "live"] = "sample"
    recorded: Path | None = None

    @property
    def is_synthetic(self) -> bool:
        return self.kind == "sample"


@dataclass(frozen=True)
class Ingested:
    """Every dataset as it stands after ingest, and the errors of those that stayed as they were."""

    states: dict[str, DatasetState]
    failures: dict[str, BymaalError] = field(default_factory=dict)
    not_yet_known: tuple[tuple[str, int], ...] = ()
    newly_refused: tuple[tuple[str, str], ...] = ()
    """Dataset and period of everything that was quarantined now and not before."""


@cache
def datasets_in(folder: Path) -> dict[str, Dataset]:
    return load_datasets(folder)


def recipes(settings: Settings) -> dict[str, Recipe]:
    """The recipe of every dataset found."""
    return {key: recipe(dataset, f"pipelines.datasets.{key}") for key, dataset in datasets_in(settings.datasets).items()}


@contextmanager
def only_writer(settings: Settings) -> Iterator[None]:
    """Hold the data directory. Raises BusyError, naming the holder, when another process has it. A dead holder's lock is free."""
    import os

    from filelock import FileLock, Timeout

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    holder = settings.data_dir / ".writer"
    lock = FileLock(settings.data_dir / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        held_by = holder.read_text("utf-8") if holder.is_file() else "another process"
        raise BusyError(f"busy, held by {held_by}", where=settings.data_dir.name, next_step="wait for it to end and run again") from error
    try:
        holder.write_text(f"process {os.getpid()} since {settings.now.isoformat()}", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def collect(source: Input, settings: Settings, *, wanted: Sequence[str] = (), municipalities: Sequence[str] = (), say: Say) -> Collected:
    """The snapshots to work on. Raises UsageError for a dataset that nobody described."""
    datasets = datasets_in(settings.datasets)
    if unknown := set(wanted) - set(datasets):
        raise UsageError(f"unknown dataset: {', '.join(sorted(unknown))}", where="--only", next_step=f"choose from {', '.join(datasets)}")
    names = [key for key in datasets if not wanted or key in wanted]
    match source.kind:
        case "recorded":
            if source.recorded is None:
                raise UsageError("which folder?", where="--recorded", next_step="name the folder that holds snapshots.csv")
            return from_recorded(source.recorded, datasets, settings)
        case "sample":
            from pipelines import sandbox

            window = Window(sandbox.WINDOW.start, sandbox.WINDOW.end, tuple(municipalities))
            return from_sources(datasets, names, settings, window=window, door=_sandbox_door, say=say)
        case "live":
            return from_sources(datasets, names, settings, municipalities=tuple(municipalities), say=say)


@contextmanager
def _sandbox_door() -> Iterator[Reroute]:
    from pipelines import sandbox

    with sandbox.serve() as base:
        yield sandbox.reroute(base)


def ingest_all(collected: Collected, settings: Settings, *, wanted: Sequence[str] = (), say: Say = lambda _: None) -> Ingested:
    """Bring every wanted dataset up to date. One that fails stays at its last good version and does not stop the others."""
    states: dict[str, DatasetState] = {}
    failures = dict(collected.failures)
    newly_refused: list[tuple[str, str]] = []
    for key, made_by in recipes(settings).items():
        snapshots = collected.snapshots.get(key, [])
        before = state_of(made_by.dataset, snapshots, settings)
        states[key] = before
        if (wanted and key not in wanted) or key in failures or not snapshots:
            continue
        try:
            states[key] = ingest(made_by, snapshots, settings)
        except BymaalError as error:
            failures[key] = error
            continue
        known = {q.period for q in before.quarantined}
        newly_refused += [(key, q.period) for q in states[key].quarantined if q.period not in known]
        if states[key] != before:
            say(f"{key}: {states[key].rows:,} rows in {len(states[key].periods)} periods, {len(states[key].quarantined)} held back")
    return Ingested(states, failures, collected.not_yet_known, tuple(newly_refused))
