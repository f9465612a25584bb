"""One dataset in Dagster: `raw/<id>` and `validated/<id>`, and for those that come by the month `months/<id>`, one partition a month."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from time import monotonic
from urllib.parse import urlsplit

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from catalog.errors import BymaalError, DataError, SourceError
from catalog.model import Dataset
from catalog.publication import Check, DatasetState, PeriodState
from pipelines import run
from pipelines.collect import Collected, duration
from pipelines.inbox import INBOX
from pipelines.ingest import Recipe
from pipelines.ingesting.freshness import local_day
from pipelines.orchestration.described import dataset_tags, description, group, open_page, promised, schema
from pipelines.orchestration.measured import Figures, age, missing_percent, of_dataset
from pipelines.orchestration.wiring import (
    ANSWERED,
    DELIVERED,
    NOTHING_HELD_BACK,
    ON_TIME,
    READABLE,
    Result,
    Results,
    Wiring,
    facts,
    outcome,
    short_hash,
    told,
)
from pipelines.validate import Promise, promises

SOURCE_RETRIES = 2
"""Further tries of a step whose source failed, after the tries that each question already had."""

MONTHS_OF_A_RUN = 12
"""Partitions that one run of a backfill brings in: few enough that progress shows, many enough that starting costs little."""


def ingest_assets(made_by: Recipe, wiring: Wiring) -> dg.AssetsDefinition:
    """`raw/<id>` and `validated/<id>` in one step, so that what was collected is what is ingested.

    No check here blocks: bad periods never reach `validated/`, and one dataset must not hold back the others.
    """
    dataset = made_by.dataset
    raw, validated = dg.AssetKey(["raw", dataset.id]), dg.AssetKey(["validated", dataset.id])

    @dg.multi_asset(
        name=f"ingest_{dataset.id}",
        specs=[_raw_spec(dataset, raw, wiring), _validated_spec(made_by, validated, wiring)],
        check_specs=[
            dg.AssetCheckSpec(ANSWERED, asset=raw, description="Kilden svarte på alle spørsmål som var på tide å stille."),
            dg.AssetCheckSpec(DELIVERED, asset=raw, description="Filer som er lagt i innboksen for datasettet, er tatt inn i arkivet."),
            dg.AssetCheckSpec(READABLE, asset=validated, description="Alle øyeblikksbilder kunne leses."),
            dg.AssetCheckSpec(NOTHING_HELD_BACK, asset=validated, description="Ingen perioder er holdt tilbake i karantene."),
            dg.AssetCheckSpec(ON_TIME, asset=validated, description="Kilden har publisert det som kalenderen dens sier at skal være der."),
            *(_promise_spec(promise, dataset, validated) for promise in promises(dataset)),
        ],
        # Makes outputs optional: a promise that no row was held against is then not evaluated, rather than kept or broken.
        can_subset=True,
        pool=_pool(dataset),
        retry_policy=_patience(wiring),
    )
    def ingest(context: dg.AssetExecutionContext) -> Results:
        started = monotonic()
        with told(f"{dataset.id} stays as it was", again=context.retry_number < SOURCE_RETRIES):
            collected, ingested = _ingest(dataset, wiring, context.log.info)
        _ask_again_while_patient(context, collected.failures.get(dataset.id))
        seconds, today = round(monotonic() - started, 2), local_day(wiring.clock())
        _tell_of_months(context, ingested, dataset)
        results = [*_collected_results(raw, collected, seconds, today), *_ingested_results(validated, ingested, collected, seconds, today)]
        yield from _selected(context, results)

    return ingest


def _ingest(
    dataset: Dataset, wiring: Wiring, say: Callable[[str], None], span: tuple[date, date] | None = None
) -> tuple[Collected, run.Ingested]:
    settings = wiring.settings_now()
    with run.only_writer(settings):
        collected = run.collect(wiring.source, settings, wanted=[dataset.id], span=span, say=say)
        return collected, run.ingest_all(collected, settings, wanted=[dataset.id], say=say)


def _ask_again_while_patient(context: dg.AssetExecutionContext, failure: BymaalError | None) -> None:
    """A source that failed is asked again by failing the step; after the last try the step goes on with what is held."""
    if isinstance(failure, SourceError) and context.retry_number < SOURCE_RETRIES:
        raise dg.Failure(str(failure), metadata=facts(failure)) from failure


def _patience(wiring: Wiring) -> dg.RetryPolicy:
    return dg.RetryPolicy(
        max_retries=SOURCE_RETRIES,
        delay=wiring.first_wait.total_seconds(),
        backoff=dg.Backoff.EXPONENTIAL,
        jitter=dg.Jitter.PLUS_MINUS,
    )


def _pool(dataset: Dataset) -> str | None:
    """A pool is a source's host: one step at a time asks it, also where several runs go on."""
    return urlsplit(dataset.source.service).hostname


# --- one month of it ---


def comes_by_the_month(dataset: Dataset) -> bool:
    return dataset.period.value == "month"


def months_key(dataset: Dataset) -> dg.AssetKey:
    return dg.AssetKey(["months", dataset.id])


def months_of(dataset: Dataset) -> dg.MonthlyPartitionsDefinition:
    """Every month from the first that the source has to the one that goes on."""
    first = dataset.source.starts_on.replace(day=1)
    return dg.MonthlyPartitionsDefinition(start_date=first.isoformat(), timezone="Europe/Oslo", end_offset=1)


def months_asset(made_by: Recipe, wiring: Wiring) -> dg.AssetsDefinition:
    """`months/<id>`: a month is green when the table has it.

    Asked for by hand or as a backfill, its source is asked for those months alone, and never again for what it has answered.
    """
    dataset = made_by.dataset
    key = months_key(dataset)

    @dg.multi_asset(
        name=f"ingest_months_of_{dataset.id}",
        specs=[
            dg.AssetSpec(
                key,
                skippable=True,
                description=f"Månedene i «{dataset.title.nb}». En måned er grønn når tabellen har den. Velg måneder og trykk "
                "*Materialize* for å hente dem fra kilden; det som er hentet før, hentes ikke igjen. Den daglige kjøringen merker av det "
                f"den fikk inn.\n\n{open_page('datasets', dataset.id)}",
                group_name="months",
                kinds={"python"},
                owners=wiring.owners,
                tags=dataset_tags(dataset) | wiring.tags,
                partitions_def=months_of(dataset),
            )
        ],
        backfill_policy=dg.BackfillPolicy.multi_run(MONTHS_OF_A_RUN),
        pool=_pool(dataset),
        retry_policy=_patience(wiring),
    )
    def ingest_months(context: dg.AssetExecutionContext) -> Results:
        started, asked_for = monotonic(), context.partition_keys
        with told(f"{dataset.id} stays as it was", again=context.retry_number < SOURCE_RETRIES):
            collected, ingested = _ingest(dataset, wiring, context.log.info, _span(asked_for))
        _ask_again_while_patient(context, collected.failures.get(dataset.id))
        state = ingested.states[dataset.id]
        for period in state.periods:
            if _partition(period) in asked_for:
                context.log_event(_month(dataset, period))
        context.log_event(_table_as_it_stands(state, round(monotonic() - started, 2), local_day(wiring.clock())))
        _fail_for_months_that_are_not_in(collected.failures.get(dataset.id) or ingested.failures.get(dataset.id) or _held(state, asked_for))
        yield from ()

    return ingest_months


def _span(partitions: Sequence[str]) -> tuple[date, date]:
    """The first day of the first month, and the first day after the last."""
    last = date.fromisoformat(max(partitions))
    return date.fromisoformat(min(partitions)), (last + timedelta(days=31)).replace(day=1)


def _partition(period: PeriodState) -> str:
    return f"{period.period}-01"


def _month(dataset: Dataset, period: PeriodState) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        months_key(dataset),
        partition=_partition(period),
        metadata={
            "dagster/partition_row_count": period.rows,
            "snapshots": len(period.snapshots),
            "missing_percent": missing_percent([period.path]),
            "set_aside": sum(period.set_aside.values()),
            "repeated": period.repeated,
            "bytes": period.path.stat().st_size,
        },
    )


def _table_as_it_stands(state: DatasetState, seconds: float, today: date) -> dg.AssetMaterialization:
    """`validated/<id>`, told by the step that brought months in: what rests on it learns from the version whether the data are others."""
    return dg.AssetMaterialization(
        dg.AssetKey(["validated", state.dataset.id]), metadata=_of_table(state, seconds, today), tags={DATA_VERSION_TAG: _version(state)}
    )


def _held(state: DatasetState, partitions: Sequence[str]) -> DataError | None:
    """Why months that were asked for are not in the table, or not as they came; None when all of them are."""
    held = [period for period in state.quarantined if f"{period.period}-01" in partitions]
    waiting = {finding.period for finding in state.findings if finding.outcome == "waiting"}
    if not held:
        return None
    return DataError(
        "; ".join(f"{period.period}: {', '.join(period.reasons)}" for period in held),
        where=state.dataset.id,
        effect="readers have what they had of these months; the others of this run are in",
        next_step=f"find out, then bymaal confirm {state.dataset.id} --period … --why …"
        if waiting & {period.period for period in held}
        else "ask the source, or correct the rule in the description",
    )


def _fail_for_months_that_are_not_in(failure: BymaalError | None) -> None:
    if failure is not None:
        raise dg.Failure(str(failure), metadata=facts(failure), allow_retries=False) from failure


def _tell_of_months(context: dg.AssetExecutionContext, ingested: run.Ingested, dataset: Dataset) -> None:
    """Months that the table has and Dagster does not know of, or that are other than they were, so that the missing ones are seen."""
    if not comes_by_the_month(dataset):
        return
    valid = set(months_of(dataset).get_partition_keys())
    unknown = valid - context.instance.get_materialized_partitions(months_key(dataset))
    built = {period for key, period in ingested.built if key == dataset.id}
    for period in ingested.states[dataset.id].periods:
        if _partition(period) in unknown or (period.period in built and _partition(period) in valid):
            context.log_event(_month(dataset, period))


# --- what the two are ---


def _raw_spec(dataset: Dataset, key: dg.AssetKey, wiring: Wiring) -> dg.AssetSpec:
    source = dataset.source
    rhythm = max(duration(source.rhythm), timedelta(days=1))
    return dg.AssetSpec(
        key,
        skippable=True,
        description=f"Øyeblikksbilder av «{dataset.title.nb}», slik {source.publisher.name.nb} ga dem fra seg. De endres aldri.\n\n"
        + open_page("datasets", dataset.id),
        group_name=group("raw", dataset),
        kinds={"python"},
        owners=wiring.owners,
        tags=dataset_tags(dataset) | wiring.tags,
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


def _validated_spec(made_by: Recipe, key: dg.AssetKey, wiring: Wiring) -> dg.AssetSpec:
    dataset = made_by.dataset
    months = [dg.AssetDep(months_key(dataset), partition_mapping=dg.AllPartitionMapping())] if comes_by_the_month(dataset) else []
    return dg.AssetSpec(
        key,
        deps=[dg.AssetKey(["raw", dataset.id]), *months],
        description=description(dataset),
        group_name=group("validated", dataset),
        kinds={"duckdb", "parquet"},
        owners=wiring.owners,
        tags=dataset_tags(dataset) | wiring.tags,
        code_version=made_by.fingerprint[:16],
        metadata={"dagster/column_schema": schema(dataset.columns), "key": ", ".join(dataset.key), "cut_by": dataset.period.value},
    )


def _promise_spec(promise: Promise, dataset: Dataset, key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        promise.id,
        asset=key,
        description=promised(promise, dataset),
        metadata={"expectation": promise.expectation, "severity": promise.severity},
    )


# --- what came of it ---


def _selected(context: dg.AssetExecutionContext, results: Iterable[Result]) -> Results:
    """Those results that this run asked for: the UI may ask for one of the two assets, or for some checks."""
    assets, checks = context.selected_asset_keys, {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    for result in results:
        if (result.asset_key, result.check_name) in checks if isinstance(result, dg.AssetCheckResult) else result.asset_key in assets:
            yield result


def _collected_results(key: dg.AssetKey, collected: Collected, seconds: float, today: date) -> Results:
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
                **({"days_since_retrieved": (today - newest).days} if newest else {}),
                **age(max((s.period for s in snapshots if s.period), default=None), today),
                "formats": ", ".join(sorted({s.format for s in snapshots})),
                "seconds": seconds,
            },
            data_version=dg.DataVersion(short_hash(s.sha256 for s in snapshots)),
        )
    yield outcome(key, ANSWERED, failure)
    yield outcome(key, DELIVERED, next((error for error in collected.left_in_inbox if error.where.startswith(f"{INBOX}/{dataset}/")), None))


def _ingested_results(key: dg.AssetKey, ingested: run.Ingested, collected: Collected, seconds: float, today: date) -> Results:
    """The table as it stands, every promise as it was kept or broken when rows were last built, and what is held back."""
    dataset = key.path[-1]
    state = ingested.states[dataset]
    yield dg.MaterializeResult(asset_key=key, metadata=_of_table(state, seconds, today), data_version=dg.DataVersion(_version(state)))
    failure = ingested.failures.get(dataset)
    yield outcome(key, READABLE, None if failure is collected.failures.get(dataset) else failure)
    yield held_back(key, state)
    yield _on_time(key, state)
    for check in state.checks:
        yield _promise_result(key, check)


def _version(state: DatasetState) -> str:
    return short_hash(period.sha256 for period in state.periods)


def _of_table(state: DatasetState, seconds: float, today: date) -> Figures:
    return {**of_dataset(state, today), **_handled(state), "seconds": seconds}


def _handled(state: DatasetState) -> dict[str, dg.MetadataValue | int]:
    """What was done with rows and periods on the way: set aside, collapsed, held back, confirmed, corrected, revised."""
    set_aside = sum((Counter(period.set_aside) for period in state.periods), Counter())
    return {
        "quarantined": len(state.quarantined),
        "set_aside": dg.MetadataValue.json(dict(set_aside)),
        "repeated": sum(p.repeated for p in state.periods),
        "noticed": dg.MetadataValue.json([f"{f.period} {f.what}".strip() for f in state.findings if f.outcome == "noticed"]),
        "confirmed": dg.MetadataValue.json([f"{f.period} {f.what}: {f.why}" for f in state.findings if f.outcome == "confirmed"]),
        "corrections": dg.MetadataValue.json({one.correction.id: one.outcome for one in state.corrections}),
        "revisions": len(state.revisions),
    }


def held_back(key: dg.AssetKey, state: DatasetState) -> dg.AssetCheckResult:
    """Fails while a period is quarantined: a warning where readers still have its last good version, an error where they have none."""
    without = [q for q in state.quarantined if not q.serves_older]
    waiting = [f"{f.period} {f.what}" for f in state.findings if f.outcome == "waiting"]
    told = {
        "without_any_version": ", ".join(q.period for q in without),
        "last_good_version_stays": ", ".join(q.period for q in state.quarantined if q.serves_older),
        "since": min((q.since.isoformat() for q in state.quarantined), default=""),
        "waiting_for_a_person": "; ".join(waiting),
        "confirm": f"bymaal confirm {state.dataset.id} --why …" if waiting else "",
    }
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=NOTHING_HELD_BACK,
        passed=not state.quarantined,
        severity=dg.AssetCheckSeverity.ERROR if without else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{q.period}: {', '.join(q.reasons)}" for q in state.quarantined) or None,
        metadata={name: text for name, text in told.items() if text},
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
        description=f"Kilden skulle ha publisert mer {known.expected_on}. Det nyeste her er fra {known.newest_on}. Spør kilden, eller rett "
        "source.calendar i beskrivelsen."
        if known and known.state == "overdue"
        else None,
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
