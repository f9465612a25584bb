"""Dagster: which step follows which, when, and what starts it. docs/dagster.md explains the pages of the Dagster UI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from indicators.load import load_indicators, load_tables
from pipelines import run
from pipelines.orchestration.computing import compute_assets
from pipelines.orchestration.ingesting import comes_by_the_month, ingest_assets, months_asset
from pipelines.orchestration.releasing import release_asset
from pipelines.orchestration.sensors import ask_due_sources, report_failed_checks, report_failed_runs, watch_inbox
from pipelines.orchestration.wiring import Wiring
from pipelines.settings import Settings, from_environment, source_from_environment, utc_now


def build_defs(
    settings: Settings, source: run.Input, *, clock: Callable[[], datetime] = utc_now, first_wait: timedelta = timedelta(minutes=1)
) -> dg.Definitions:
    """Everything Dagster knows, for one data directory and one kind of input. Needs no network and no data.

    `first_wait` is the pause before a source that failed is asked again; the next pause is twice as long.
    """
    wiring = Wiring(source, settings, clock, first_wait)
    recipes = run.recipes(settings)
    datasets = {key: made_by.dataset for key, made_by in recipes.items()}
    tables, indicators = load_tables(settings.indicators), load_indicators(settings.indicators)
    job = dg.define_asset_job(
        "publish_catalogue",
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups("months"),
        description="Henter, kontrollerer, beregner og publiserer: det samme som `bymaal run`.",
        tags=wiring.tags,
    )
    return dg.Definitions(
        assets=[
            *(ingest_assets(made_by, wiring) for made_by in recipes.values()),
            *(months_asset(made_by, wiring) for made_by in recipes.values() if comes_by_the_month(made_by.dataset)),
            compute_assets(tables, indicators, datasets, wiring, when_data_changed()),
            release_asset(list(recipes), wiring, when_data_changed()),
        ],
        jobs=[job],
        schedules=[daily(job, settings.schedule)],
        sensors=[
            report_failed_runs,
            report_failed_checks,
            watch_inbox(job, datasets, wiring.settings_now),
            ask_due_sources(datasets, wiring),
            dg.AutomationConditionSensorDefinition(
                "publish_what_changed",
                target=dg.AssetSelection.groups("catalog") | dg.AssetSelection.key_prefixes(["indicators"]),
                description="Regner ut og publiserer når en tabell har fått andre data utenom den daglige kjøringen, for eksempel "
                "etter at måneder er hentet inn. Er dataene de samme, skjer ingenting.",
                run_tags={**wiring.tags, "reason": "data changed"},
            ),
        ],
        executor=dg.in_process_executor,
    )


def daily(job: dg.UnresolvedAssetJobDefinition, cron: str) -> dg.ScheduleDefinition:
    """Settings refuse the hour between 02 and 03, which comes twice or not at all when the clocks change."""
    return dg.ScheduleDefinition(
        name="daily",
        job=job,
        cron_schedule=cron,
        execution_timezone="Europe/Oslo",
        tags={"reason": "schedule"},
        description="Den daglige kjøringen, i norsk tid (kl. 06.15 om ikke BYMAAL_SCHEDULE sier noe annet).",
    )


def when_data_changed() -> dg.AutomationCondition[Any]:
    """When anything before it has got other data since it was made or asked for, once nothing before it is being made any more."""
    condition = dg.AutomationCondition
    changed = condition.any_deps_match(condition.data_version_changed() | condition.will_be_requested())
    settled = ~condition.any_deps_in_progress() & ~condition.in_progress()
    return changed.since(condition.newly_requested() | condition.newly_updated()) & settled


def _from_environment() -> dg.Definitions:
    kind, recorded = source_from_environment()
    source = run.Input(kind, recorded)
    return build_defs(from_environment(synthetic=source.is_synthetic), source)


defs = _from_environment()
