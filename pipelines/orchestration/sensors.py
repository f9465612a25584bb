"""What starts a run besides the clock, and what tells people that something went wrong: Dagster's sensors."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from catalog.errors import BymaalError
from catalog.model import Dataset
from pipelines import notify
from pipelines.inbox import waiting
from pipelines.ingesting.freshness import local_day
from pipelines.orchestration.wiring import NOTHING_HELD_BACK, Wiring
from pipelines.run import as_it_stands
from pipelines.settings import Settings, from_environment

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord


def watch_inbox(job: "UnresolvedAssetJobDefinition", settings_now: Callable[[], Settings]) -> dg.SensorDefinition:
    """Starts the job when somebody has put files into the inbox: once for the same files, whatever becomes of them."""

    @dg.sensor(
        name="watch_inbox",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starter en kjøring når noen har lagt filer i innboksen (`inbox/<datasett>/<format>/`).",
    )
    def sensor():
        files = waiting(settings_now())
        if not files:
            return dg.SkipReason("Innboksen er tom.")
        seen = "\n".join(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
        return dg.RunRequest(run_key=hashlib.sha256(seen.encode()).hexdigest(), tags={"reason": "file in the inbox"})

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
    description="Skriver én linje til loggen for hver kjøring som feilet, og for hver ressurs der en kontroll begynte å feile.",
)
def report_failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Nothing is said of a run that Dagster will try again."""
    failed = context.dagster_run
    if failed.tags.get("dagster/will_retry") == "true":
        return
    steps = {str(event.step_key): _why(event) for event in context.get_step_failure_events()}
    _report(context, incident="run_failed", job=failed.job_name, steps=steps)
    _report_checks(context)


def _why(event: dg.DagsterEvent) -> str:
    """Our own sentence where there is one, else only the kind of error: a foreign message may quote the data."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error and (failure.error.cause or failure.error)
    return error.cls_name if error and error.cls_name else "unknown"


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="report_failed_checks",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Skriver én linje til loggen for hver ressurs der en kontroll begynte å feile i en kjøring som ellers gikk bra.",
)
def report_failed_checks(context: dg.RunStatusSensorContext) -> None:
    _report_checks(context)


def _report_checks(context: dg.RunStatusSensorContext) -> None:
    for asset, failed in _newly_failed(context.instance, context.dagster_run.run_id).items():
        _report(context, incident="checks_failed", asset=asset, checks={e.check_name: e.description or "" for e in failed})


def _report(context: dg.RunStatusSensorContext, **facts: object) -> None:
    """The one place where incidents leave the pipeline: a line for machines, in the daemon's log and under the sensor's tick, and a message
    to whoever wants one. That a message was not taken is an incident of its own, told in the log alone."""
    context.log.error(json.dumps({"run": context.dagster_run.run_id, **facts}, ensure_ascii=False, sort_keys=True))
    try:
        notify.send(from_environment().notify, *_in_words(facts))
    except BymaalError as error:
        context.log.error(json.dumps({"incident": "not_told", **error.as_record()}, ensure_ascii=False, sort_keys=True))


def _in_words(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text of a message. Norwegian, because data officers are."""
    if facts["incident"] == "run_failed":
        title, found = f"Bymål: kjøringen {facts['job']} feilet", facts["steps"]
    else:
        title, found = f"Bymål: kontroller av {facts['asset']} feiler", facts["checks"]
    last = "Det som var publisert fra før, ligger fortsatt ute. `bymaal status` sier hva som er neste skritt."
    return title, "\n".join([*(f"{name}: {why}" for name, why in found.items()), "", last])


def _newly_failed(instance: dg.DagsterInstance, run_id: str) -> dict[str, list[dg.AssetCheckEvaluation]]:
    """Failed checks of grade ERROR by asset, without what was known before: an incident is told once, not every morning."""
    found: dict[str, list[dg.AssetCheckEvaluation]] = {}
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = entry.get_dagster_event().asset_check_evaluation_data
        if _is_error(evaluation) and not _is_known(evaluation, _before(instance, evaluation.asset_check_key, run_id)):
            found.setdefault(evaluation.asset_key.to_user_string(), []).append(evaluation)
    return found


def _is_error(evaluation: dg.AssetCheckEvaluation) -> bool:
    return not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR


def _is_known(evaluation: dg.AssetCheckEvaluation, before: dg.AssetCheckEvaluation | None) -> bool:
    """Whether the same was wrong the time before. One more period in quarantine is a new incident."""
    if before is None or not _is_error(before):
        return False
    return evaluation.check_name != NOTHING_HELD_BACK or evaluation.description == before.description


def _before(instance: dg.DagsterInstance, check: dg.AssetCheckKey, run_id: str) -> dg.AssetCheckEvaluation | None:
    """What a check said the time before this run, within the last twenty runs."""
    history = instance.event_log_storage.get_asset_check_execution_history(check, limit=20)
    this = next((i for i, record in enumerate(history) if record.run_id == run_id), 0)
    return next((said for record in history[this + 1 :] if (said := evaluation_of(record)) is not None), None)


def evaluation_of(record: "AssetCheckExecutionRecord | None") -> dg.AssetCheckEvaluation | None:
    """What a check said; None where it never ran, or its step ended before it."""
    event = record.event.dagster_event if record and record.event else None
    return event.asset_check_evaluation_data if event and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION else None
