"""`catalog/release`: what readers see, published when all gates are passed and then held against its own manifest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import dagster as dg

from catalog import errors
from catalog.errors import BymaalError, SourceError
from pipelines import run
from pipelines.orchestration import said
from pipelines.orchestration.wiring import ANSWERED, READABLE, VERIFIED, Wiring, told
from pipelines.settings import configured_catalog

if TYPE_CHECKING:
    from catalog.releases.release import Release

KEY = dg.AssetKey(["catalog", "release"])


def release_asset(datasets: Sequence[str], wiring: Wiring, when_changed: dg.AutomationCondition[Any]) -> dg.AssetsDefinition:
    """A release of everything as it stands, gates passed and pointer moved."""

    @dg.asset(
        key=KEY,
        deps=[dg.AssetKey(["indicators", "observations"]), *(dg.AssetKey(["validated", dataset]) for dataset in datasets)],
        description="Utgivelsen som leserne ser: sider, filer, database og DCAT-AP-NO. Pekeren flyttes bare når alle porter er passert.\n\n"
        f"[Åpne sidene]({configured_catalog().base_uri}current/site/nb/index.html)",
        group_name="catalog",
        kinds={"python", "duckdb", "parquet"},
        owners=wiring.owners,
        tags=wiring.tags,
        check_specs=[
            dg.AssetCheckSpec(VERIFIED, asset=KEY, blocking=True, description="Hver fil i utgivelsen er den som manifestet sier.")
        ],
        freshness_policy=dg.FreshnessPolicy.cron(deadline_cron="0 9 * * *", lower_bound_delta=timedelta(hours=3), timezone="Europe/Oslo"),
        automation_condition=when_changed,
    )
    def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        started = monotonic()
        with told("no release is published; readers keep the current one"):
            published, counted, kept_back, problems = _publish(wiring, standing_failures(context.instance, datasets))
        context.instance.add_run_tags(context.run.run_id, {"release": published.id})
        return dg.MaterializeResult(
            metadata={
                "release": published.id,
                "is_new": published.is_new,
                "files": published.files,
                "bytes": published.bytes,
                **counted,
                **kept_back,
                "seconds": round(monotonic() - started, 2),
                "page": dg.MetadataValue.url(f"{configured_catalog().base_uri}releases/{published.id}/site/nb/index.html"),
            },
            data_version=dg.DataVersion(published.id),
            check_results=[dg.AssetCheckResult(passed=not problems, check_name=VERIFIED, description="; ".join(problems[:20]) or None)],
        )

    return release


def withheld(published: "Release", with_data: Collection[str]) -> dict[str, dg.MetadataValue | int]:
    """What readers do not get and why: each dataset with data and each indicator that the ethics gate keeps back, and how many of each."""
    datasets = {f"datasets/{key}": "; ".join(why) for key, why in published.withheld.items() if key in with_data}
    indicators = {f"indicators/{key}": why for key, why in published.withheld_indicators.items()}
    records = [dg.TableRecord({"withheld": key, "why": why}) for key, why in (datasets | indicators).items()]
    columns = [dg.TableColumn("withheld", "string"), dg.TableColumn("why", "string")]
    return {
        "withheld": dg.MetadataValue.table(records, dg.TableSchema(columns)),
        "withheld_datasets": len(datasets),
        "withheld_indicators": len(indicators),
    }


def _publish(
    wiring: Wiring, failures: Mapping[str, BymaalError]
) -> "tuple[Release, dict[str, int | float], dict[str, dg.MetadataValue | int], list[str]]":
    """The release, what is in it in figures, what is not in it, and every file that is not as its manifest says."""
    from catalog.releases.verify import verify_bytes

    settings = wiring.settings_now()
    with run.only_writer(settings):
        stands = replace(run.as_it_stands(wiring.source, settings), failures=dict(failures))
        computed, areas = run.compute_all(stands.states, settings)
        published = run.publish_all(stands, computed, areas, settings)
        run.noted(wiring.source, stands, computed, published, settings)
        problems = [str(problem) for problem in verify_bytes(settings.public, published.id)]
    with_rows = [state for state in stands.states.values() if state.rows]
    counted: dict[str, int | float] = {
        "rows": sum(state.rows for state in with_rows),
        "datasets": len(with_rows),
        "coverage_percent": round(100 * len(with_rows) / len(stands.states), 1),
        "indicators": len(computed.rows),
        "observations": sum(computed.rows.values()),
        "stayed_as_they_were": len(failures),
        "quarantined": sum(len(state.quarantined) for state in with_rows),
    }
    return published, counted, withheld(published, {state.dataset.id for state in with_rows}), problems


def standing_failures(instance: dg.DagsterInstance, datasets: Sequence[str]) -> dict[str, BymaalError]:
    """Datasets whose last step could not bring them up to date, and why, so that the release says so too."""
    failures: dict[str, BymaalError] = {}
    for dataset in datasets:
        for layer, check in (("validated", READABLE), ("raw", ANSWERED)):
            evaluation = said.last(instance, dg.AssetCheckKey(dg.AssetKey([layer, dataset]), check))
            if evaluation is not None and not evaluation.passed:
                failures[dataset] = _failure(evaluation, SourceError if check == ANSWERED else BymaalError)
    return failures


def _failure(evaluation: dg.AssetCheckEvaluation, kind: type[BymaalError]) -> BymaalError:
    """The failure that a check told of: its class, because pages say by it whose fault it was, and its parts."""
    told = {name: str(value.value) for name, value in evaluation.metadata.items()}
    named = getattr(errors, told.get("error", ""), kind)
    parts = {name: told.get(name, "") for name in ("where", "effect", "next_step")}
    return named(told.get("what") or evaluation.description or evaluation.check_name, **parts)
