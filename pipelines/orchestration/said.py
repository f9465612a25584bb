"""What a check said, from Dagster's own records: a run that waits in the queue has told of its checks, but has said nothing yet."""

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord


def last(instance: dg.DagsterInstance, check: dg.AssetCheckKey) -> dg.AssetCheckEvaluation | None:
    """What a check said last, within its last twenty runs."""
    return _newest(instance, check, None)


def before(instance: dg.DagsterInstance, check: dg.AssetCheckKey, run_id: str) -> dg.AssetCheckEvaluation | None:
    """What a check said the time before this run, within its last twenty runs."""
    return _newest(instance, check, run_id)


def _newest(instance: dg.DagsterInstance, check: dg.AssetCheckKey, run_id: str | None) -> dg.AssetCheckEvaluation | None:
    """Looks at two records first, because nearly always that is enough."""
    for depth in (2, 20):
        history = instance.event_log_storage.get_asset_check_execution_history(check, limit=depth)
        runs = [record.run_id for record in history]
        begin = 0 if run_id is None else runs.index(run_id) + 1 if run_id in runs else len(runs)
        earlier = (_evaluation_of(record) for record in history[begin:] if record.run_id != run_id)
        if found := next((said for said in earlier if said is not None), None):
            return found
        if len(history) < depth:
            return None
    return None


def _evaluation_of(record: "AssetCheckExecutionRecord") -> dg.AssetCheckEvaluation | None:
    """None where the check has not run yet, or its step ended before it."""
    event = record.event.dagster_event if record.event else None
    return event.asset_check_evaluation_data if event and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION else None
