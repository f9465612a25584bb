"""What starts a run besides the clock, and what tells people that something went wrong: Dagster's sensors."""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from catalog.errors import BymaalError
from catalog.model import Dataset
from pipelines import notify
from pipelines.inbox import misplaced, waiting
from pipelines.ingesting.freshness import local_day
from pipelines.orchestration import said
from pipelines.orchestration.wiring import NOTHING_HELD_BACK, Wiring
from pipelines.run import as_it_stands
from pipelines.settings import Settings, from_environment

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

STAYS = "Det som var publisert fra før, ligger fortsatt ute. `bymaal status` sier hva som er neste skritt."
PARTITION_TAGS = ("dagster/partition", "dagster/asset_partition_range")


def watch_inbox(
    job: "UnresolvedAssetJobDefinition", datasets: Mapping[str, Dataset], settings_now: Callable[[], Settings]
) -> dg.SensorDefinition:
    """Starts the job when somebody has put files into the inbox: once for the same files, whatever becomes of them.

    Of files that lie where no run looks for them somebody is told, once for the same files.
    """

    @dg.sensor(
        name="watch_inbox",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starter en kjøring når noen har lagt filer i innboksen: mappa inbox/DATASETT/FORMAT/ der dataene ligger.",
    )
    def sensor(context: dg.SensorEvaluationContext):
        settings = settings_now()
        files = waiting(settings)
        if not files:
            return dg.SkipReason("Innboksen er tom.")
        seen = hashlib.sha256("\n".join(f"{f} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files).encode()).hexdigest()
        wrong = misplaced(datasets, settings)
        if wrong and context.cursor != seen:
            for error in wrong:
                _log(context.log, incident="left_in_inbox", **error.as_record())
            _tell(context.log, "Bymål: filer i innboksen kan ikke tas inn", [str(error) for error in wrong])
        context.update_cursor(seen)
        if len(wrong) == len(files):
            return dg.SkipReason("; ".join(str(error) for error in wrong))
        return dg.RunRequest(run_key=seen, tags={"reason": "file in the inbox"})

    return sensor


def ask_due_sources(datasets: Mapping[str, Dataset], wiring: Wiring) -> dg.SensorDefinition:
    """Starts one run for the datasets whose next publication the calendar of their source says is there, once a day for each publication.

    For sources that publish at another hour than the daily run. Asks nobody: it reads how the tables stand. Off until it is turned on.
    """

    @dg.sensor(
        name="ask_due_sources",
        target=dg.AssetSelection.assets(*(dg.AssetKey([layer, key]) for key in datasets for layer in ("raw", "validated"))),
        minimum_interval_seconds=3600,
        description="Henter det som kilden etter kalenderen sin nå skal ha publisert, uten å vente til neste morgen.",
    )
    def sensor():
        settings = wiring.settings_now()
        known = {key: state.freshness for key, state in as_it_stands(wiring.source, settings).states.items()}
        due = {key: f.expected_on for key, f in known.items() if f is not None and f.state in ("due", "overdue") and f.expected_on}
        if not due:
            return dg.SkipReason("Alt som kildene skal ha publisert, er hentet.")
        today = local_day(settings.now)
        seen = "\n".join([today.isoformat(), *(f"{key} {expected}" for key, expected in sorted(due.items()))])
        chosen = [dg.AssetKey([layer, key]) for key in due for layer in ("raw", "validated")]
        return dg.RunRequest(
            run_key=hashlib.sha256(seen.encode()).hexdigest(), asset_selection=chosen, tags={**wiring.tags, "reason": "due at the source"}
        )

    return sensor


@dg.run_failure_sensor(
    name="report_failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Melder fra om kjøringer som feilet, og om kontroller som begynte å feile. Det samme meldes én gang, ikke hver morgen.",
)
def report_failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Nothing is said of a run that Dagster will try again, nor of one that failed as the time before."""
    failed = context.dagster_run
    if _will_be_tried_again(failed):
        return
    steps = _why_failed(context.instance, failed.run_id) or {"process": context.failure_event.message or "unknown"}
    before = _the_time_before(context.instance, failed)
    if before is None or before.is_success or steps != _why_failed(context.instance, before.run_id):
        _log(context.log, run=failed.run_id, incident="run_failed", job=failed.job_name, steps=steps)
        lines = [f"{name}: {why}" for name, why in steps.items()]
        _tell(context.log, f"Bymål: kjøringen {_called(failed)} feilet", lines, STAYS, _in_dagster(failed))
    _report_checks(context)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="report_failed_checks",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Melder fra om kontroller som begynte å feile i en kjøring som ellers gikk bra, og om alt som er i orden igjen.",
)
def report_failed_checks(context: dg.RunStatusSensorContext) -> None:
    ended = context.dagster_run
    before = _the_time_before(context.instance, ended)
    if before is not None and not before.is_success:
        _log(context.log, run=ended.run_id, incident="run_recovered", job=ended.job_name)
        _tell(context.log, f"Bymål: kjøringen {_called(ended)} går bra igjen", [], _in_dagster(ended))
    _report_checks(context)


def _will_be_tried_again(run: dg.DagsterRun) -> bool:
    return run.tags.get("dagster/will_retry") == "true"


def _the_time_before(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun | None:
    """The run before this that did the same work and ended, among the last hundred of its job. The first of two tries does not count."""
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    records = instance.get_run_records(dg.RunsFilter(job_name=run.job_name, statuses=ended), limit=100)
    number = next((record.storage_id for record in records if record.dagster_run.run_id == run.run_id), None)
    earlier = [r.dagster_run for r in records if number is not None and r.storage_id < number and not _will_be_tried_again(r.dagster_run)]
    return next((one for one in earlier if _work_of(one) == _work_of(run)), None)


def _work_of(run: dg.DagsterRun) -> tuple[object, ...]:
    """What a run is asked for: its assets, and of those that come by the month the months."""
    return run.asset_selection, sorted((tag, value) for tag, value in run.tags.items() if tag.startswith(PARTITION_TAGS))


def _why_failed(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """By step: our own sentence where there is one, else only the kind of error, because a foreign message may quote the data."""
    events = [entry.get_dagster_event() for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)]
    return {str(event.step_key): _why(event) for event in events}


def _why(event: dg.DagsterEvent) -> str:
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error and (failure.error.cause or failure.error)
    return error.cls_name if error and error.cls_name else "unknown"


def _report_checks(context: dg.RunStatusSensorContext) -> None:
    """One message for all checks that began to fail in a run, and one for all that are passed again."""
    run = context.dagster_run
    failed, passed = _turned(context.instance, run.run_id)
    for asset, checks in failed.items():
        _log(context.log, run=run.run_id, incident="checks_failed", asset=asset, checks={e.check_name: e.description or "" for e in checks})
    for asset, checks in passed.items():
        _log(context.log, run=run.run_id, incident="checks_recovered", asset=asset, checks=[e.check_name for e in checks])
    if failed:
        lines = [f"{asset}, {e.check_name}: {e.description or ''}" for asset, checks in failed.items() for e in checks]
        _tell(context.log, f"Bymål: kontroller av {_named(failed)} feiler", lines, STAYS, _in_dagster(run))
    if passed:
        lines = [f"{asset}, {e.check_name}" for asset, checks in passed.items() for e in checks]
        _tell(context.log, f"Bymål: kontroller av {_named(passed)} er bestått igjen", lines, _in_dagster(run))


def _called(run: dg.DagsterRun) -> str:
    """What people call a run: its job, or where somebody chose assets by hand, those."""
    chosen = sorted(key.to_user_string() for key in run.asset_selection or ())
    return f"av {', '.join(chosen) if len(chosen) < 4 else _named(chosen)}" if chosen and run.job_name.startswith("__") else run.job_name


def _named(assets: Collection[str]) -> str:
    return next(iter(assets)) if len(assets) == 1 else f"{len(assets)} ressurser"


def _log(log: logging.Logger, **facts: object) -> None:
    """A line for machines, in the daemon's log and under the sensor's tick."""
    log.error(json.dumps(facts, ensure_ascii=False, sort_keys=True))


def _tell(log: logging.Logger, title: str, lines: Sequence[str], *last: str) -> None:
    """The one place where messages leave the pipeline. That one was not taken is an incident of its own, told in the log alone."""
    try:
        notify.send(from_environment().notify, title, "\n".join([*lines, "", *last]).strip())
    except BymaalError as error:
        _log(log, incident="not_told", **error.as_record())


def _in_dagster(run: dg.DagsterRun) -> str:
    return f"Kjøring {run.run_id[:8]} i Dagster."


Evaluations = dict[str, list[dg.AssetCheckEvaluation]]


def _turned(instance: dg.DagsterInstance, run_id: str) -> tuple[Evaluations, Evaluations]:
    """By asset: checks of grade ERROR that failed in a run, without what was known before, and checks that had failed and are passed.

    So an incident is told once when it begins and once when it is over, not every morning.
    """
    failed: Evaluations = {}
    passed: Evaluations = {}
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = entry.get_dagster_event().asset_check_evaluation_data
        if not evaluation.passed and not _is_error(evaluation):
            continue
        before = said.before(instance, evaluation.asset_check_key, run_id)
        if evaluation.passed and before is not None and _is_error(before):
            passed.setdefault(evaluation.asset_key.to_user_string(), []).append(evaluation)
        elif _is_error(evaluation) and not _is_known(evaluation, before):
            failed.setdefault(evaluation.asset_key.to_user_string(), []).append(evaluation)
    return failed, passed


def _is_error(evaluation: dg.AssetCheckEvaluation) -> bool:
    return not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR


def _is_known(evaluation: dg.AssetCheckEvaluation, before: dg.AssetCheckEvaluation | None) -> bool:
    """Whether the same was wrong the time before. One more period in quarantine is a new incident."""
    if before is None or not _is_error(before):
        return False
    return evaluation.check_name != NOTHING_HELD_BACK or evaluation.description == before.description
