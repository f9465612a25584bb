"""The main job as plain functions: ingest → compute → publish. The command line and Dagster both call these and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.errors import BusyError, BymaalError, UsageError
from catalog.hashes import digest
from catalog.load import load_datasets
from catalog.model import Catalog, Dataset
from catalog.publication import DatasetState, Publication
from pipelines.archive import write_atomically
from pipelines.collect import Collected, Ended, Reroute, Say, from_archive, from_recorded, from_sources, period_end
from pipelines.ingest import Recipe, ingest, recipe, state_of
from pipelines.ingesting.outcome import Ingested
from pipelines.notes import keep_layout, refuse_newer
from pipelines.reading.ask import Window
from pipelines.report import Report
from pipelines.settings import Settings, configured_catalog, software_version
from pipelines.status import NOTE

if TYPE_CHECKING:
    from catalog.releases.release import Release
    from indicators.compute import Computed
    from indicators.engines import Engine


@dataclass(frozen=True)
class Input:
    """Where a run gets its snapshots: the sandbox, a recorded folder, or the real services."""

    kind: Literal["sample", "recorded", "live"] = "sample"
    recorded: Path | None = None

    @property
    def is_synthetic(self) -> bool:
        return self.kind == "sample"


@cache
def datasets_in(folder: Path) -> dict[str, Dataset]:
    return load_datasets(folder)


def recipes(settings: Settings) -> dict[str, Recipe]:
    """The recipe of every dataset found."""
    return {key: recipe(dataset, f"pipelines.datasets.{key}") for key, dataset in datasets_in(settings.datasets).items()}


@contextmanager
def only_writer(settings: Settings) -> Iterator[None]:
    """Hold the data directory. A dead holder's lock is free.

    Raises BusyError, naming the holder, when another process has it, and StorageError when a newer version of the software has written it.
    """
    import os

    from filelock import FileLock, Timeout

    refuse_newer(settings.data_dir)
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
        keep_layout(settings.data_dir)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def run(
    source: Input, settings: Settings, *, wanted: Sequence[str] = (), municipalities: Sequence[str] = (), say: Say = lambda _: None
) -> Report:
    """The main job. Raises what stops everything; what stops one dataset or period stands in the report."""
    with only_writer(settings):
        collected = collect(source, settings, wanted=wanted, municipalities=municipalities, say=say)
        ingested = ingest_all(collected, settings, wanted=wanted, say=say)
        computed, areas = compute_all(ingested.states, settings)
        say(f"{len(computed.rows)} indicators, {sum(computed.rows.values()):,} observations")
        release = publish_all(ingested, computed, areas, settings)
    return noted(source, ingested, computed, release, settings)


def noted(source: Input, ingested: Ingested, computed: Computed, release: Release, settings: Settings) -> Report:
    """What a run did, also left as the note that `bymaal status` and `bymaal confirm` read."""
    report = Report.of(ingested, computed, release, settings, expected=_expected_refusals(source))
    write_atomically(settings.work / NOTE, json.dumps(report.as_record(), ensure_ascii=False, indent=1).encode())
    return report


def ingest_only(
    source: Input, settings: Settings, *, wanted: Sequence[str] = (), municipalities: Sequence[str] = (), say: Say = lambda _: None
) -> Report:
    """The first step alone: validated tables are brought up to date, nothing is published."""
    with only_writer(settings):
        collected = collect(source, settings, wanted=wanted, municipalities=municipalities, say=say)
        ingested = ingest_all(collected, settings, wanted=wanted, say=say)
    return Report.of(ingested, None, None, settings, expected=_expected_refusals(source))


def as_it_stands(source: Input, settings: Settings) -> Ingested:
    """Every dataset as the last ingest left it; asks nobody and reads no data."""
    collected = (
        from_recorded(source.recorded, datasets_in(settings.datasets), settings)
        if source.recorded
        else from_archive(datasets_in(settings.datasets), settings)
    )
    states = {key: state_of(r.dataset, collected.snapshots.get(key, []), settings) for key, r in recipes(settings).items()}
    return Ingested(states, {}, collected.not_yet_known)


def compute_only(source: Input, settings: Settings, engine: Engine | None = None) -> Report:
    """The second step alone, on the validated tables as they are."""
    with only_writer(settings):
        ingested = as_it_stands(source, settings)
        computed, _ = compute_all(ingested.states, settings, engine)
    return Report.of(ingested, computed, None, settings)


def publish_only(source: Input, settings: Settings) -> Report:
    """The last step alone: a release of what is validated and computed."""
    with only_writer(settings):
        ingested = as_it_stands(source, settings)
        computed, areas = compute_all(ingested.states, settings)
        release = publish_all(ingested, computed, areas, settings)
    return Report.of(ingested, computed, release, settings)


def _expected_refusals(source: Input) -> frozenset[tuple[str, str]]:
    """What the sandbox breaks on purpose, so that a first run shows what being held back looks like."""
    if source.kind != "sample":
        return frozenset()
    from pipelines import sandbox

    return frozenset(sandbox.BROKEN_ON_PURPOSE)


def collect(
    source: Input,
    settings: Settings,
    *,
    wanted: Sequence[str] = (),
    municipalities: Sequence[str] = (),
    span: tuple[date, date] | None = None,
    say: Say,
) -> Collected:
    """The snapshots to work on. With `span`, sources are asked only for what lies from its first day to before its last.

    Raises UsageError for a dataset that nobody described.
    """
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

            def sampled(dataset: Dataset) -> Window:
                return _within(sandbox.window(dataset.id, tuple(municipalities)), span)

            answered = [key for key in names if key in sandbox.ANSWERS_FOR]
            if unanswered := [key for key in names if key not in sandbox.ANSWERS_FOR]:
                say(f"not in the sandbox: {', '.join(unanswered)}")
            return from_sources(datasets, answered, settings, window=sampled, door=_sandbox_door, say=say)
        case "live":

            def since_start(dataset: Dataset) -> Window:
                return _within(Window(dataset.source.starts_on, settings.now.date(), tuple(municipalities)), span)

            return from_sources(datasets, names, settings, window=since_start, say=say)


def _within(window: Window, span: tuple[date, date] | None) -> Window:
    """The part of a window that lies in `span`; an empty one where none does."""
    if span is None:
        return window
    start = max(window.start, span[0])
    return replace(window, start=start, end=max(start, min(window.end, span[1])))


@contextmanager
def _sandbox_door() -> Iterator[Reroute]:
    from pipelines import sandbox

    with sandbox.serve() as base:
        yield sandbox.reroute(base)


def ingest_dataset(key: str, collected: Collected, settings: Settings) -> DatasetState:
    """One dataset brought up to date, but for periods that lack an answer of its source. Raises what its source or its files raised."""
    if key in collected.failures and key not in collected.lacking:
        raise collected.failures[key]
    made_by = recipes(settings)[key]
    snapshots = collected.snapshots.get(key, [])
    if not snapshots:
        return state_of(made_by.dataset, snapshots, settings)
    return ingest(made_by, snapshots, settings, lacking=collected.lacking.get(key, frozenset()))


def ingest_all(collected: Collected, settings: Settings, *, wanted: Sequence[str] = (), say: Say = lambda _: None) -> Ingested:
    """Bring every wanted dataset up to date. What fails stays at its last good version and does not stop the rest."""
    states: dict[str, DatasetState] = {}
    failures: dict[str, BymaalError] = {}
    newly_refused: list[tuple[str, str]] = []
    revised: list[tuple[str, str]] = []
    built: list[tuple[str, str]] = []
    for key, made_by in recipes(settings).items():
        before = state_of(made_by.dataset, collected.snapshots.get(key, []), settings)
        states[key] = before
        if wanted and key not in wanted:
            continue
        try:
            states[key] = ingest_dataset(key, collected, settings)
        except BymaalError as error:
            failures[key] = error
            say(str(error))
            continue
        if key in collected.failures:
            failures[key] = collected.failures[key]
            say(str(failures[key]))
        known = {q.period for q in before.quarantined}
        revised += [(key, path.stem.partition("-")[2]) for path in states[key].revisions if path not in before.revisions]
        stood = {period.period: period.sha256 for period in before.periods}
        built += [(key, period.period) for period in states[key].periods if stood.get(period.period) != period.sha256]
        newly_refused += [(key, q.period) for q in states[key].quarantined if q.period not in known]
        if states[key] != before:
            say(f"{key}: {states[key].rows:,} rows in {len(states[key].periods)} periods, {len(states[key].quarantined)} held back")
    for key, error in failures.items():
        if isinstance(error, Ended):
            states[key] = ended(states[key])
    return Ingested(
        states,
        failures,
        collected.not_yet_known,
        tuple(newly_refused),
        tuple(revised),
        tuple(built),
        collected.delivered,
        collected.left_in_inbox,
    )


def ended(state: DatasetState) -> DatasetState:
    """A dataset whose source is gone: nothing is expected of it any more, and it is never late."""
    known = state.freshness
    return replace(state, freshness=replace(known, state="ended", expected_on=None, overdue_on=None)) if known else state


def compute_all(states: Mapping[str, DatasetState], settings: Settings, engine: Engine | None = None) -> tuple[Computed, dict[str, Path]]:
    """Observations, tables and comparisons from the validated data, and the files of the area tables. Computes only what changed.

    Tables and indicators run on `engine`, DuckDB on this machine unless given. It is closed afterwards.
    """
    from indicators.compare import compare
    from indicators.compute import compute
    from indicators.engines.duckdb import DuckDB
    from indicators.groups import SOURCES as PEER_SOURCES
    from indicators.load import load_gaps, load_indicators, load_references, load_tables

    areas = _area_files(states, settings)
    views = {f"validated.{key}": [p.path for p in state.periods] for key, state in states.items()}
    views |= {f"areas.{table}": [path] for table, path in areas.items()}
    _refuse_unknown_codes(states, areas)
    indicators, references = load_indicators(settings.indicators), load_references(settings.indicators)
    engine = engine or DuckDB(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "spill")
    try:
        computed = compute(
            engine,
            views=views,
            datasets=datasets_in(settings.datasets),
            tables=load_tables(settings.indicators),
            indicators=indicators,
            references=references,
            meta={"datasets": [_meta_row(state) for state in states.values() if state.periods]},
            out=settings.computed,
            fingerprints={p.path: p.sha256 for state in states.values() for p in state.periods},
            registry_gaps=load_gaps(settings.indicators),
        )
    finally:
        engine.close()
    compared = compare(
        computed.observations,
        municipalities=areas.get("municipalities"),
        population=computed.tables.get("municipality_population"),
        indicators=indicators,
        references=references,
        catalog=configured_catalog(),
        out=settings.computed,
        peer_sources={name: views[name] for name in PEER_SOURCES if views.get(name)},
        memory_limit=settings.memory_limit,
    )
    tables, gaps = computed.tables | compared.tables, computed.gaps + compared.gaps
    return replace(computed, tables=tables, gaps=gaps, recomputed=computed.recomputed + compared.recomputed), areas


def _area_files(states: Mapping[str, DatasetState], settings: Settings) -> dict[str, Path]:
    """The municipal history as Parquet files, built anew only when the register or its changes did."""
    sources = [states[key] for key in ("municipalities", "municipality_changes") if key in states]
    if len(sources) < 2 or not all(state.periods for state in sources):
        return {}
    from indicators import areas

    folder = settings.computed.with_name("areas")
    own_code = hashlib.sha256(b"".join(path.read_bytes() for path in areas.CODE)).hexdigest()
    made_from = "\n".join([str(settings.now.year), own_code, *(p.sha256 for state in sources for p in state.periods)])
    note = folder / "made_from.txt"
    paths = {table: folder / f"{table}.parquet" for table in areas.TABLES}
    if note.is_file() and note.read_text("utf-8") == made_from and all(path.is_file() for path in paths.values()):
        return paths
    from catalog.duck import connect, name, parquet

    with connect(threads=1, memory_limit=settings.memory_limit) as con:
        con.execute("create schema validated")
        for state in sources:
            con.execute(f"create view validated.{name(state.dataset.id)} as select * from {parquet([p.path for p in state.periods])}")
        areas.build_areas(con, settings.now.year)
        paths = areas.write_areas(con, folder)
    write_atomically(note, made_from.encode())
    return paths


def _refuse_unknown_codes(states: Mapping[str, DatasetState], areas: Mapping[str, Path]) -> None:
    """Raise DataError when a dataset has figures for a municipality that did not exist in their year: they would drop out of every sum."""
    from catalog.duck import connect, name, parquet
    from indicators.areas import refuse_unknown_codes

    judged = [(state, c) for state in states.values() if state.periods for c in state.dataset.columns if c.valid_in]
    if not judged or "to_borders" not in areas:
        return
    with connect(threads=1) as con:
        con.execute("create schema areas; create schema validated")
        con.execute(f"create view areas.to_borders as select * from {parquet([areas['to_borders']])}")
        for state, column in judged:
            table = f"validated.{name(state.dataset.id)}"
            con.execute(f"create view {table} as select * from {parquet([p.path for p in state.periods])}")
            refuse_unknown_codes(
                con, f"validated.{state.dataset.id}", code=column.name, year=str(column.valid_in), condition=column.valid_when or "true"
            )


def _meta_row(state: DatasetState) -> dict[str, object]:
    newest = state.newest_period
    return {
        "dataset": state.dataset.id,
        "rows": state.rows,
        "newest_period": newest,
        "newest_period_end": period_end(newest),
        "overdue_on": state.freshness.overdue_on if state.freshness else None,
        "retrieved_on": state.retrieved_on,
        "quarantined_periods": len(state.quarantined),
    }


def publish_all(
    ingested: Ingested, computed: Computed, areas: dict[str, Path], settings: Settings, *, catalog: Catalog | None = None
) -> Release:
    """A release of everything that is validated and computed; the current one when nothing has changed since."""
    from catalog.releases.release import publish

    publication = publication_of(ingested, computed, areas, settings, catalog=catalog or configured_catalog())
    return publish(
        publication,
        settings.public,
        signing_key=settings.signing_key,
        keep_days=settings.keep_days,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        secrets=[*settings.secrets.values()],
        at=settings.now,
    )


def publication_of(ingested: Ingested, computed: Computed, areas: dict[str, Path], settings: Settings, *, catalog: Catalog) -> Publication:
    """Everything a release is made from, as plain values."""
    from indicators.load import load_gaps, load_indicators, load_references, load_tables

    return Publication(
        catalog=catalog,
        datasets=tuple(state for _, state in sorted(ingested.states.items())),
        indicators=tuple(indicator for _, indicator in sorted(load_indicators(settings.indicators).items())),
        tables=tuple(table for _, table in sorted(load_tables(settings.indicators).items())),
        observations=computed.observations,
        table_files=computed.tables,
        area_files=areas,
        synthetic=settings.synthetic,
        software_version=software_version(),
        # The day alone: two runs on one day from the same input give the same bytes.
        built_at=settings.now.replace(hour=0, minute=0, second=0, microsecond=0),
        not_yet_known=ingested.not_yet_known,
        gaps=tuple((gap.id, gap.reason) for gap in computed.gaps),
        failures=tuple((key, error.kind, str(error)) for key, error in sorted(ingested.failures.items())),
        registry_gaps=tuple(gap for _, gap in sorted(load_gaps(settings.indicators).items())),
        references={id_: digest(facts.rows) for id_, facts in sorted(load_references(settings.indicators).items())},
    )
