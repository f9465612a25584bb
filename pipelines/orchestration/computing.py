"""`indicators/<id>`: every table and indicator, in one step, because they share one engine."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

import dagster as dg

from catalog.hashes import sha256
from catalog.model import Dataset, Indicator, Table
from indicators.load import OBSERVATIONS, dependencies, in_order
from pipelines import run
from pipelines.ingesting.freshness import local_day
from pipelines.orchestration.described import columns_known, description, lineage, observed, schema
from pipelines.orchestration.measured import Figures, is_open_to_all, of_indicators, of_table
from pipelines.orchestration.wiring import HAS_ANSWER, Results, Wiring, short_hash, told
from pipelines.settings import configured_catalog

if TYPE_CHECKING:
    from indicators.compute import Computed

KINDS = {"sql", "duckdb", "parquet"}


def compute_assets(
    tables: Mapping[str, Table],
    indicators: Mapping[str, Indicator],
    datasets: Mapping[str, Dataset],
    wiring: Wiring,
    when_changed: dg.AutomationCondition[Any],
) -> dg.AssetsDefinition:
    """Every table and indicator; what has nothing to show is not materialised."""
    items = {item.id: item for item in in_order(tables, indicators)}
    whole = dg.AssetKey(["indicators", "observations"])
    specs = [
        *(_table_spec(table, _inputs(table, indicators, list(datasets)), wiring) for table in tables.values()),
        *(_indicator_spec(indicator, _inputs(indicator, indicators, list(datasets)), wiring) for indicator in indicators.values()),
        dg.AssetSpec(
            whole,
            deps=[dg.AssetKey(["indicators", key]) for key in items],
            description="Observasjonene av alle indikatorer i én fil: én rad per indikator, område, periode og inndeling.",
            group_name="indicators",
            kinds=KINDS,
            owners=wiring.owners,
            tags=wiring.tags,
            metadata={"dagster/column_schema": observed()},
        ),
    ]

    @dg.multi_asset(
        name="compute",
        specs=[spec.replace_attributes(automation_condition=when_changed) for spec in specs],
        check_specs=[
            dg.AssetCheckSpec(HAS_ANSWER, asset=dg.AssetKey(["indicators", key]), description="Spørringen hadde data og ga et gyldig svar.")
            for key in items
        ],
    )
    def compute(context: dg.AssetExecutionContext) -> Results:
        started = monotonic()
        with told("the observations stay as they were, and no release is published from others"):
            computed, open_to_all = _compute(wiring, datasets)
        seconds = round(monotonic() - started, 2)
        figures = of_indicators(computed.observations, open_to_all, local_day(wiring.clock()))
        known = columns_known(datasets, tables)
        yield from _computed_results(items, computed, figures, known, seconds)
        yield dg.MaterializeResult(
            asset_key=whole,
            metadata={
                "dagster/row_count": sum(computed.rows.values()),
                "indicators": len(computed.rows),
                "missing_percent": _mean_missing(figures),
                "bytes": computed.observations.stat().st_size,
                "computed_now": ", ".join(computed.recomputed) or "ingenting",
                "computed_now_count": len(computed.recomputed),
                "without_answer": len(computed.gaps),
                "seconds": seconds,
            },
            data_version=dg.DataVersion(sha256(computed.observations)[:16]),
        )

    return compute


def _compute(wiring: Wiring, datasets: Mapping[str, Dataset]) -> "tuple[Computed, set[str]]":
    """What was computed, and the indicators that rest only on data that is not about people."""
    settings = wiring.settings_now()
    with run.only_writer(settings):
        stands = run.as_it_stands(wiring.source, settings)
        computed, areas = run.compute_all(stands.states, settings)
    from catalog.lineage import source_datasets

    behind = source_datasets(run.publication_of(stands, computed, areas, settings, catalog=configured_catalog()))
    return computed, {key for key, rests_on in behind.items() if all(is_open_to_all(datasets[one]) for one in rests_on)}


def _mean_missing(figures: Mapping[str, Figures]) -> float:
    """Share of all observations without a value, in per cent."""
    rows = sum(int(str(f["dagster/row_count"])) for f in figures.values())
    without = sum(float(str(f["missing_percent"])) * int(str(f["dagster/row_count"])) for f in figures.values())
    return round(without / rows, 2) if rows else 0.0


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
        description=description(table),
        group_name="indicators_tables",
        kinds=KINDS,
        owners=wiring.owners,
        tags=wiring.tags,
        code_version=short_hash([table.sql]),
        metadata={"dagster/column_schema": schema(table.columns), "key": ", ".join(table.key)},
    )


def _indicator_spec(indicator: Indicator, inputs: Sequence[dg.AssetKey], wiring: Wiring) -> dg.AssetSpec:
    sdg = indicator.sdg
    return dg.AssetSpec(
        dg.AssetKey(["indicators", indicator.id]),
        deps=inputs,
        skippable=True,
        description=description(indicator),
        group_name=f"indicators_goal_{sdg.goal:02}",
        kinds=KINDS,
        owners=wiring.owners,
        tags={f"sdg/{sdg.target}": "", "fidelity": sdg.fidelity} | wiring.tags,
        code_version=f"{indicator.version}-{short_hash([indicator.sql])}",
        metadata={
            "dagster/column_schema": observed(),
            "unit": indicator.unit,
            "geography": indicator.geography,
            "frequency": indicator.frequency,
        },
    )


def _computed_results(
    items: Mapping[str, Table | Indicator],
    computed: "Computed",
    figures: Mapping[str, Figures],
    known: Mapping[str, tuple[str, ...]],
    seconds: float,
) -> Results:
    """What each query gave, and whether it had an answer. `seconds` are those of the whole step, which all share."""
    gaps = {gap.id: gap for gap in computed.gaps}
    for key, item in items.items():
        asset = dg.AssetKey(["indicators", key])
        gap = gaps.get(key)
        if gap is None:
            yield dg.MaterializeResult(
                asset_key=asset,
                metadata={
                    **_figures(key, computed, figures),
                    "dagster/column_lineage": lineage(item, known),
                    "computed_now": key in computed.recomputed,
                    "seconds": seconds,
                },
            )
        yield dg.AssetCheckResult(
            asset_key=asset,
            check_name=HAS_ANSWER,
            passed=gap is None,
            severity=dg.AssetCheckSeverity.ERROR if gap and gap.refused else dg.AssetCheckSeverity.WARN,
            description=gap.reason if gap else None,
        )


def _figures(key: str, computed: "Computed", figures: Mapping[str, Figures]) -> Figures:
    """Of an indicator or a published table; a table that is kept in parts has none."""
    if key in computed.tables:
        return of_table(computed.tables[key])
    if key not in figures:
        return {"dagster/row_count": computed.rows[key]} if key in computed.rows else {}
    own = computed.observations.parent / "parts" / f"{key}.parquet"
    return {**figures[key], "bytes": own.stat().st_size}
