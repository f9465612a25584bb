"""Dagster: which step follows which, when, and what a data officer sees of it. The only module that imports dagster.

Every step calls the same plain functions as the command line and reports what they returned. docs/dagster.md
explains the pages of the Dagster UI.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import dagster as dg

from catalog.errors import BusyError, BymaalError, SourceError
from catalog.load import units
from catalog.model import Column, Dataset, Indicator, Table
from catalog.publication import Check, DatasetState
from indicators.load import OBSERVATION_COLUMNS, OBSERVATIONS, dependencies, in_order, load_indicators, load_tables
from pipelines import run
from pipelines.collect import Collected, duration
from pipelines.ingest import Recipe
from pipelines.sensors import NOTHING_HELD_BACK, evaluation_of, report_failed_checks, report_failed_runs, watch_inbox
from pipelines.settings import Settings, configured_catalog, from_environment, source_from_environment, utc_now
from pipelines.validate import Promise, promises

if TYPE_CHECKING:
    from catalog.release import Release
    from indicators.compute import Computed

OWNERS = ["team:data"]
SOURCE_RETRIES = 2
"""Further tries of a step whose source failed, after the tries that each question already had."""

ANSWERED = "source_answered"
READABLE = "snapshots_readable"
ON_TIME = "published_on_time"
HAS_ANSWER = "query_has_answer"
VERIFIED = "release_verified"

Result = dg.MaterializeResult | dg.AssetCheckResult
Results = Iterator[Result]


@dataclass(frozen=True)
class Wiring:
    """What all steps have in common: the input, the settings, and the clock that each step reads once."""

    source: run.Input
    settings: Settings
    clock: Callable[[], datetime]
    first_wait: timedelta

    def settings_now(self) -> Settings:
        """A code location lives for weeks, so the time of its loading is not the time of a step."""
        return replace(self.settings, now=self.clock())

    @property
    def tags(self) -> dict[str, str]:
        return {"input": self.source.kind, "data": "synthetic" if self.source.is_synthetic else "real"}


def build_defs(
    settings: Settings, source: run.Input, *, clock: Callable[[], datetime] = utc_now, first_wait: timedelta = timedelta(minutes=1)
) -> dg.Definitions:
    """Everything Dagster knows, for one data directory and one kind of input. Needs no network and no data.

    `first_wait` is the pause before a source that failed is asked again; the next pause is twice as long.
    """
    wiring = Wiring(source, settings, clock, first_wait)
    recipes = run.recipes(settings)
    tables, indicators = load_tables(settings.indicators), load_indicators(settings.indicators)
    job = dg.define_asset_job(
        "publish_catalogue",
        selection=dg.AssetSelection.all(),
        description="Henter, kontrollerer, beregner og publiserer: det samme som `bymaal run`.",
        tags=wiring.tags,
    )
    return dg.Definitions(
        assets=[
            *(ingest_assets(made_by, wiring) for made_by in recipes.values()),
            compute_assets(tables, indicators, list(recipes), wiring),
            release_asset(list(recipes), wiring),
        ],
        jobs=[job],
        schedules=[
            dg.ScheduleDefinition(
                name="daily",
                job=job,
                # Not between 02 and 03, an hour that comes twice or not at all when the clocks change.
                cron_schedule="15 6 * * *",
                execution_timezone="Europe/Oslo",
                description="Hver morgen kl. 06.15 norsk tid.",
            )
        ],
        sensors=[report_failed_runs, report_failed_checks, watch_inbox(job, wiring.settings_now)],
        executor=dg.in_process_executor,
    )


# --- one dataset: raw/<id> and validated/<id> ---


def ingest_assets(made_by: Recipe, wiring: Wiring) -> dg.AssetsDefinition:
    """`raw/<id>` and `validated/<id>` in one step, so that what was collected is what is ingested.

    No check here blocks: bad periods never reach `validated/`, and one dataset must not hold back the others.
    """
    dataset = made_by.dataset
    raw, validated = dg.AssetKey(["raw", dataset.id]), dg.AssetKey(["validated", dataset.id])

    @dg.multi_asset(
        name=f"ingest_{dataset.id}",
        specs=[_raw_spec(made_by, raw, wiring), _validated_spec(made_by, raw, validated, wiring)],
        check_specs=[
            dg.AssetCheckSpec(ANSWERED, asset=raw, description="Kilden svarte på alle spørsmål som var på tide å stille."),
            dg.AssetCheckSpec(READABLE, asset=validated, description="Alle øyeblikksbilder kunne leses."),
            dg.AssetCheckSpec(NOTHING_HELD_BACK, asset=validated, description="Ingen perioder er holdt tilbake i karantene."),
            dg.AssetCheckSpec(ON_TIME, asset=validated, description="Kilden har publisert det som kalenderen dens sier at skal være der."),
            *(_promise_spec(promise, validated) for promise in promises(dataset)),
        ],
        # Makes outputs optional: a promise that no row was held against is then not evaluated, rather than kept or broken.
        can_subset=True,
        pool=urlsplit(dataset.source.service).hostname,
        retry_policy=dg.RetryPolicy(
            max_retries=SOURCE_RETRIES,
            delay=wiring.first_wait.total_seconds(),
            backoff=dg.Backoff.EXPONENTIAL,
            jitter=dg.Jitter.PLUS_MINUS,
        ),
    )
    def ingest(context: dg.AssetExecutionContext) -> Results:
        started = monotonic()
        with _told():
            collected, ingested = _ingest(dataset.id, wiring, context.log.info)
        _ask_again_while_patient(context, collected.failures.get(dataset.id))
        results = [
            *_collected_results(raw, collected),
            *_ingested_results(validated, ingested, collected, monotonic() - started),
        ]
        yield from _selected(context, results)

    return ingest


def _ingest(key: str, wiring: Wiring, say: Callable[[str], None]) -> tuple[Collected, run.Ingested]:
    settings = wiring.settings_now()
    with run.only_writer(settings):
        collected = run.collect(wiring.source, settings, wanted=[key], say=say)
        return collected, run.ingest_all(collected, settings, wanted=[key], say=say)


def _ask_again_while_patient(context: dg.AssetExecutionContext, failure: BymaalError | None) -> None:
    """A source that failed is asked again by failing the step; after the last try the step goes on with what is held."""
    if isinstance(failure, SourceError) and context.retry_number < SOURCE_RETRIES:
        raise dg.Failure(str(failure), metadata=_facts(failure)) from failure


def _raw_spec(made_by: Recipe, key: dg.AssetKey, wiring: Wiring) -> dg.AssetSpec:
    dataset = made_by.dataset
    source = dataset.source
    rhythm = max(duration(source.rhythm), timedelta(days=1))
    return dg.AssetSpec(
        key,
        skippable=True,
        description=f"Øyeblikksbilder av **{dataset.title.nb}**, slik {source.publisher.name.nb} ga dem fra seg. De endres aldri.",
        group_name=f"raw_{dataset.themes[0].lower()}",
        kinds={"python"},
        owners=OWNERS,
        tags=_dataset_tags(dataset) | wiring.tags,
        metadata={
            "publisher": source.publisher.name.nb,
            "service": dg.MetadataValue.url(source.service),
            "licence": source.licence,
            "rhythm": source.rhythm,
            "formats": ", ".join(source.formats),
        }
        | ({"documentation": dg.MetadataValue.url(source.documentation)} if source.documentation else {}),
        # Not materialised when the source failed, so this tells how long it has been silent.
        freshness_policy=dg.FreshnessPolicy.time_window(
            warn_window=rhythm + timedelta(hours=2), fail_window=2 * rhythm + timedelta(hours=2)
        ),
    )


def _validated_spec(made_by: Recipe, raw: dg.AssetKey, key: dg.AssetKey, wiring: Wiring) -> dg.AssetSpec:
    dataset = made_by.dataset
    return dg.AssetSpec(
        key,
        deps=[raw],
        description=_description(dataset, "datasets"),
        group_name=f"validated_{dataset.themes[0].lower()}",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        tags=_dataset_tags(dataset) | wiring.tags,
        code_version=made_by.fingerprint[:16],
        metadata={"dagster/column_schema": _schema(dataset.columns), "key": ", ".join(dataset.key), "cut_by": dataset.period.value},
    )


def _promise_spec(promise: Promise, key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        promise.id,
        asset=key,
        description=promise.description,
        metadata={"expectation": promise.expectation, "severity": promise.severity},
    )


def _selected(context: dg.AssetExecutionContext, results: Iterable[Result]) -> Results:
    """Those results that this run asked for: the UI may ask for one of the two assets, or for some checks."""
    assets, checks = context.selected_asset_keys, {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    for result in results:
        if (result.asset_key, result.check_name) in checks if isinstance(result, dg.AssetCheckResult) else result.asset_key in assets:
            yield result


def _collected_results(key: dg.AssetKey, collected: Collected) -> Results:
    """The snapshots that are held – not materialised when the source failed – and whether it answered."""
    dataset = key.path[-1]
    failure = collected.failures.get(dataset)
    snapshots = collected.snapshots.get(dataset, [])
    if failure is None:
        newest = max((s.retrieved_on for s in snapshots if s.retrieved_on), default=None)
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "snapshots": len(snapshots),
                "bytes": sum(s.size for s in snapshots),
                "newest_retrieved_on": newest.isoformat() if newest else "ukjent",
                "formats": ", ".join(sorted({s.format for s in snapshots})),
            },
            data_version=dg.DataVersion(_short_hash(s.sha256 for s in snapshots)),
        )
    yield _outcome(key, ANSWERED, failure)


def _ingested_results(key: dg.AssetKey, ingested: run.Ingested, collected: Collected, seconds: float) -> Results:
    """The table as it stands, every promise as it was kept or broken when rows were last built, and what is held back."""
    dataset = key.path[-1]
    state = ingested.states[dataset]
    yield dg.MaterializeResult(
        asset_key=key,
        metadata=_state_metadata(state) | {"seconds": round(seconds, 2)},
        data_version=dg.DataVersion(_short_hash(p.sha256 for p in state.periods)),
    )
    failure = ingested.failures.get(dataset)
    yield _outcome(key, READABLE, None if failure is collected.failures.get(dataset) else failure)
    yield _held_back(key, state)
    yield _on_time(key, state)
    for check in state.checks:
        yield _promise_result(key, check)


def _state_metadata(state: DatasetState) -> dict[str, dg.MetadataValue | int | str]:
    set_aside = sum((Counter(period.set_aside) for period in state.periods), Counter())
    return {
        "dagster/row_count": state.rows,
        "periods": len(state.periods),
        "newest_period": state.newest_period or "ingen",
        "quarantined": len(state.quarantined),
        "set_aside": dg.MetadataValue.json(dict(set_aside)),
        "repeated": sum(p.repeated for p in state.periods),
        "noticed": dg.MetadataValue.json([f"{f.period} {f.what}".strip() for f in state.findings if f.outcome == "noticed"]),
        "confirmed": dg.MetadataValue.json([f"{f.period} {f.what}: {f.why}" for f in state.findings if f.outcome == "confirmed"]),
        "corrections": dg.MetadataValue.json({one.correction.id: one.outcome for one in state.corrections}),
        "revisions": len(state.revisions),
        "bytes": sum(p.path.stat().st_size for p in state.periods),
    }


def _held_back(key: dg.AssetKey, state: DatasetState) -> dg.AssetCheckResult:
    """Fails while a period is quarantined: a warning where readers still have its last good version, an error where they have none."""
    without = [q for q in state.quarantined if not q.serves_older]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=NOTHING_HELD_BACK,
        passed=not state.quarantined,
        severity=dg.AssetCheckSeverity.ERROR if without else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{q.period}: {', '.join(q.reasons)}" for q in state.quarantined) or None,
        metadata={
            "without_any_version": ", ".join(q.period for q in without),
            "last_good_version_stays": ", ".join(q.period for q in state.quarantined if q.serves_older),
            "since": min((q.since.isoformat() for q in state.quarantined), default=""),
            "waiting_for_a_person": dg.MetadataValue.json([f"{f.period} {f.what}" for f in state.findings if f.outcome == "waiting"]),
            "confirm": f"bymaal confirm {state.dataset.id} --why …" if any(f.outcome == "waiting" for f in state.findings) else "",
        },
    )


def _on_time(key: dg.AssetKey, state: DatasetState) -> dg.AssetCheckResult:
    """A warning while what the source's calendar promises has not come: `due` is no fault yet, and what has ended is never late."""
    known = state.freshness
    days = {"expected_on": known.expected_on, "overdue_on": known.overdue_on, "newest_on": known.newest_on} if known else {}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ON_TIME,
        passed=known is None or known.state != "overdue",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Ventet {known.expected_on}" if known and known.state == "overdue" else None,
        metadata={"state": known.state if known else "not_known"} | {name: day.isoformat() for name, day in days.items() if day},
    )


def _promise_result(key: dg.AssetKey, check: Check) -> dg.AssetCheckResult:
    broken = f"{check.unexpected_rows} av {check.evaluated_rows} rader bryter løftet."
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check.id,
        passed=check.success,
        severity=dg.AssetCheckSeverity.ERROR if check.severity == "critical" else dg.AssetCheckSeverity.WARN,
        description=None if check.success else check.error or broken,
        metadata={"evaluated_rows": check.evaluated_rows, "unexpected_rows": check.unexpected_rows},
    )


# --- indicators/<id> ---


def compute_assets(
    tables: Mapping[str, Table], indicators: Mapping[str, Indicator], datasets: Sequence[str], wiring: Wiring
) -> dg.AssetsDefinition:
    """Every table and indicator in one step, because they share one engine; what has nothing to show is not materialised."""
    items = {item.id: item for item in in_order(tables, indicators)}
    whole = dg.AssetKey(["indicators", "observations"])

    @dg.multi_asset(
        name="compute",
        specs=[
            *(_table_spec(table, _inputs(table, indicators, datasets), wiring) for table in tables.values()),
            *(_indicator_spec(indicator, _inputs(indicator, indicators, datasets), wiring) for indicator in indicators.values()),
            dg.AssetSpec(
                whole,
                deps=[dg.AssetKey(["indicators", key]) for key in items],
                description="Observasjonene av alle indikatorer i én fil: én rad per indikator, område, periode og inndeling.",
                group_name="indicators",
                kinds={"sql", "duckdb", "parquet"},
                owners=OWNERS,
                tags=wiring.tags,
                metadata={"dagster/column_schema": dg.TableSchema([dg.TableColumn(n, t) for n, t in OBSERVATION_COLUMNS.items()])},
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(HAS_ANSWER, asset=dg.AssetKey(["indicators", key]), description="Spørringen hadde data og ga et gyldig svar.")
            for key in items
        ],
    )
    def compute(context: dg.AssetExecutionContext) -> Results:
        started = monotonic()
        with _told():
            computed = _compute(wiring)
        yield from _computed_results(items, computed)
        yield dg.MaterializeResult(
            asset_key=whole,
            metadata={
                "dagster/row_count": sum(computed.rows.values()),
                "bytes": computed.observations.stat().st_size,
                "computed_now": ", ".join(computed.recomputed) or "ingenting",
                "without_answer": len(computed.gaps),
                "seconds": round(monotonic() - started, 2),
            },
        )

    return compute


def _compute(wiring: Wiring) -> "Computed":
    settings = wiring.settings_now()
    with run.only_writer(settings):
        computed, _ = run.compute_all(run.as_it_stands(wiring.source, settings).states, settings)
    return computed


def _inputs(item: Table | Indicator, indicators: Mapping[str, Indicator], datasets: Sequence[str]) -> list[dg.AssetKey]:
    """The assets that a query reads, from its own text. Reference tables are part of the code and no assets."""
    found: set[tuple[str, str]] = set()
    for name in dependencies(item.sql):
        schema, _, table = name.partition(".")
        if schema == "areas":
            found |= {("validated", "municipalities"), ("validated", "municipality_changes")}
        elif name == "meta.datasets":
            found |= {("validated", dataset) for dataset in datasets}
        elif name == OBSERVATIONS:
            found |= {("indicators", key) for key, other in indicators.items() if OBSERVATIONS not in dependencies(other.sql)}
        elif schema in ("validated", "tables"):
            found.add(("indicators" if schema == "tables" else schema, table))
    return [dg.AssetKey(parts) for parts in sorted(found)]


def _table_spec(table: Table, inputs: Sequence[dg.AssetKey], wiring: Wiring) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey(["indicators", table.id]),
        deps=inputs,
        skippable=True,
        description=f"**{table.title.nb}**\n\n{table.description.nb}\n\nÉn rad: {table.row.nb}",
        group_name="indicators_tables",
        kinds={"sql", "duckdb", "parquet"},
        owners=OWNERS,
        tags=wiring.tags,
        code_version=_short_hash([table.sql]),
        metadata={"dagster/column_schema": _schema(table.columns), "key": ", ".join(table.key)},
    )


def _indicator_spec(indicator: Indicator, inputs: Sequence[dg.AssetKey], wiring: Wiring) -> dg.AssetSpec:
    sdg = indicator.sdg
    return dg.AssetSpec(
        dg.AssetKey(["indicators", indicator.id]),
        deps=inputs,
        skippable=True,
        description=_description(indicator, "indicators"),
        group_name=f"indicators_goal_{sdg.goal:02}",
        kinds={"sql", "duckdb", "parquet"},
        owners=OWNERS,
        tags={f"sdg/{sdg.target}": "", "fidelity": sdg.fidelity} | wiring.tags,
        code_version=f"{indicator.version}-{_short_hash([indicator.sql])}",
        metadata={"unit": indicator.unit, "geography": indicator.geography, "frequency": indicator.frequency},
    )


def _computed_results(items: Mapping[str, Table | Indicator], computed: "Computed") -> Results:
    gaps = {gap.id: gap for gap in computed.gaps}
    for key in items:
        asset = dg.AssetKey(["indicators", key])
        gap = gaps.get(key)
        if gap is None:
            yield dg.MaterializeResult(asset_key=asset, metadata={**_row_count(key, computed), "computed_now": key in computed.recomputed})
        yield dg.AssetCheckResult(
            asset_key=asset,
            check_name=HAS_ANSWER,
            passed=gap is None,
            severity=dg.AssetCheckSeverity.ERROR if gap and gap.refused else dg.AssetCheckSeverity.WARN,
            description=gap.reason if gap else None,
        )


def _row_count(key: str, computed: "Computed") -> dict[str, int]:
    """Of an indicator or a published table; a table that is kept in parts has none."""
    from pyarrow.parquet import read_metadata

    if key in computed.tables:
        return {"dagster/row_count": read_metadata(computed.tables[key]).num_rows}
    return {"dagster/row_count": computed.rows[key]} if key in computed.rows else {}


# --- catalog/release ---


def release_asset(datasets: Sequence[str], wiring: Wiring) -> dg.AssetsDefinition:
    """A release of everything as it stands, gates passed and pointer moved; then held against its own manifest."""
    key = dg.AssetKey(["catalog", "release"])

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["indicators", "observations"]), *(dg.AssetKey(["validated", dataset]) for dataset in datasets)],
        description="Utgivelsen som leserne ser: sider, filer, database og DCAT-AP-NO. Pekeren flyttes bare når alle porter er passert.",
        group_name="catalog",
        kinds={"python", "duckdb", "parquet"},
        owners=OWNERS,
        tags=wiring.tags,
        check_specs=[
            dg.AssetCheckSpec(VERIFIED, asset=key, blocking=True, description="Hver fil i utgivelsen er den som manifestet sier.")
        ],
        freshness_policy=dg.FreshnessPolicy.cron(deadline_cron="0 9 * * *", lower_bound_delta=timedelta(hours=3), timezone="Europe/Oslo"),
    )
    def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with _told():
            published, problems = _publish(wiring, _standing_failures(context.instance, datasets))
        return dg.MaterializeResult(
            metadata={
                "release": published.id,
                "is_new": published.is_new,
                "files": published.files,
                "bytes": published.bytes,
                "withheld": dg.MetadataValue.json({name: list(why) for name, why in published.withheld.items()}),
                "page": dg.MetadataValue.url(f"{configured_catalog().base_uri}releases/{published.id}/site/nb/index.html"),
            },
            check_results=[dg.AssetCheckResult(passed=not problems, check_name=VERIFIED, description="; ".join(problems[:20]) or None)],
        )

    return release


def _publish(wiring: Wiring, failures: Mapping[str, BymaalError]) -> tuple["Release", list[str]]:
    from catalog.verify import verify_bytes

    settings = wiring.settings_now()
    with run.only_writer(settings):
        stands = replace(run.as_it_stands(wiring.source, settings), failures=dict(failures))
        computed, areas = run.compute_all(stands.states, settings)
        published = run.publish_all(stands, computed, areas, settings)
        return published, [str(problem) for problem in verify_bytes(settings.public, published.id)]


def _standing_failures(instance: dg.DagsterInstance, datasets: Sequence[str]) -> dict[str, BymaalError]:
    """Datasets whose last step could not bring them up to date, and why, so that the release says so too."""
    failures: dict[str, BymaalError] = {}
    for dataset in datasets:
        for layer, check in (("validated", READABLE), ("raw", ANSWERED)):
            evaluation = evaluation_of(instance.get_latest_asset_check_evaluation_record(_check_key(layer, dataset, check)))
            if evaluation is not None and not evaluation.passed:
                failures[dataset] = BymaalError(evaluation.description or check)
    return failures


# --- told to people ---


@contextmanager
def _told() -> Iterator[None]:
    """An expected failure stands in the run's log as one sentence with its parts; only what may pass is tried again."""
    try:
        yield
    except BymaalError as error:
        raise dg.Failure(str(error), metadata=_facts(error), allow_retries=isinstance(error, (SourceError, BusyError))) from error


def _facts(error: BymaalError) -> dict[str, str | int]:
    return {part: text for part, text in error.as_record().items() if text != ""}


def _outcome(key: dg.AssetKey, check: str, failure: BymaalError | None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check,
        passed=failure is None,
        severity=dg.AssetCheckSeverity.ERROR,
        description=str(failure) if failure else None,
        metadata=_facts(failure) if failure else None,
    )


# --- how things are described ---


def _description(item: Dataset | Indicator, folder: str) -> str:
    """Title, description, what one row is, and the public page. Norwegian, because the readers of the Dagster UI are."""
    row = f"\n\nÉn rad: {item.row.nb}" if isinstance(item, Dataset) else f"\n\nFormel: {item.formula.nb}"
    page = f"{configured_catalog().base_uri}current/site/nb/{folder}/{item.id}.html"
    return f"**{item.title.nb}**\n\n{item.description.nb}{row}\n\n[Åpen side]({page})"


def _dataset_tags(dataset: Dataset) -> dict[str, str]:
    return {
        **{f"sdg/{target}": "" for target in dataset.sdg},
        "licence": dataset.source.licence,
        "sensitivity": dataset.ethics.data_category if dataset.ethics else "not_assessed",
    }


def _schema(columns: Sequence[Column]) -> dg.TableSchema:
    return dg.TableSchema([_table_column(column) for column in columns])


def _table_column(column: Column) -> dg.TableColumn:
    unit = f" Enhet: {units()[column.unit].symbol.nb} ({column.unit})." if column.unit else ""
    limits = [f"≥ {column.minimum:g}" if column.minimum is not None else "", f"≤ {column.maximum:g}" if column.maximum is not None else ""]
    return dg.TableColumn(
        column.name,
        column.sql_type,
        description=f"{column.title.nb}. {column.description.nb}{unit}",
        constraints=dg.TableColumnConstraints(
            nullable=column.nullable,
            other=[*filter(None, limits), *([column.pattern] if column.pattern else [])],
        ),
    )


def _check_key(layer: str, dataset: str, check: str) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(dg.AssetKey([layer, dataset]), check)


def _short_hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:16]


def _from_environment() -> dg.Definitions:
    kind, recorded = source_from_environment()
    source = run.Input(kind, recorded)
    return build_defs(from_environment(synthetic=source.is_synthetic), source)


defs = _from_environment()
