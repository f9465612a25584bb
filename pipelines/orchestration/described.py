"""Models → what the Dagster UI says of an asset: description, tags, columns and where each comes from. Norwegian, as its readers are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import dagster as dg

from catalog.codes import theme_name
from catalog.described import standing_column
from catalog.lineage import column_sources
from catalog.load import units
from catalog.model import Column, Dataset, Indicator, Table
from indicators.load import OBSERVATION_COLUMNS
from pipelines.settings import configured_catalog
from pipelines.validate import Promise


def description(item: Dataset | Indicator | Table) -> str:
    """Title, description, what one row is or the formula, and where there is one the public page. Lists in the UI show it as plain text."""
    text = f"{item.title.nb}.\n\n{item.description.nb}"
    if isinstance(item, Indicator):
        return f"{text}\n\nFormel: {item.formula.nb}\n\n{open_page('indicators', item.id)}"
    text += f"\n\nÉn rad: {item.row.nb}"
    return f"{text}\n\n{open_page('datasets', item.id)}" if isinstance(item, Dataset) else text


def group(stage: str, dataset: Dataset) -> str:
    """Stage and theme: `raw_transport`, `validated_environment`. Names of groups are letters and underscores."""
    [word] = re.findall(r"^\w+", theme_name(dataset.themes[0], dataset.id).en)
    return f"{stage}_{word.lower()}"


def open_page(folder: str, key: str) -> str:
    """A link to what readers see of it."""
    return f"[Åpen side]({configured_catalog().base_uri}current/site/nb/{folder}/{key}.html)"


def dataset_tags(dataset: Dataset) -> dict[str, str]:
    return {
        **{f"sdg/{target}": "" for target in dataset.sdg},
        "licence": dataset.source.licence,
        "sensitivity": dataset.ethics.data_category if dataset.ethics else "not_assessed",
    }


def schema(columns: Sequence[Column]) -> dg.TableSchema:
    return dg.TableSchema([_table_column(column) for column in columns])


def observed() -> dg.TableSchema:
    """The columns of an observation, as readers have them explained. The unit is the one in its row."""
    return schema([standing_column(column).model_copy(update={"unit": None}) for column in OBSERVATION_COLUMNS])


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


def columns_known(datasets: Mapping[str, Dataset], tables: Mapping[str, Table]) -> dict[str, tuple[str, ...]]:
    """The columns of everything that queries read and that is an asset, by the name it has in SQL."""
    known = {f"validated.{key}": tuple(c.name for c in dataset.columns) for key, dataset in datasets.items()}
    return known | {f"tables.{key}": tuple(c.name for c in table.columns) for key, table in tables.items()}


def lineage(item: Table | Indicator, known: Mapping[str, tuple[str, ...]]) -> dg.TableColumnLineage:
    """Where each column of an answer comes from, as far as that is an asset: registers of areas and small tables of facts are none."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(dg.AssetKey(table.replace("tables.", "indicators.").split(".")), source)
                for table, source in sources
                if source in known.get(table, ())
            ]
            for column, sources in column_sources(item.sql, known).items()
        }
    )


def promised(promise: Promise, dataset: Dataset) -> str:
    """What a promise means, and what it costs to break it."""
    effect = (
        "Brytes det, holdes perioden tilbake."
        if promise.severity == "critical"
        else "Brytes det, blir det varslet; ingenting holdes tilbake."
    )
    return f"{_sentence(promise, dataset)} {effect}"


def _sentence(promise: Promise, dataset: Dataset) -> str:
    column = next((c for c in dataset.columns if c.name == promise.column), None)
    if column is None:
        about_the_table = {
            "rows_counted": "Hver rad som er bygd, er sett på.",
            "columns_as_declared": "Kolonnene er de som er beskrevet.",
            "key_unique": f"Det er én rad for hver {', '.join(dataset.key)}.",
        }
        rule = next((rule for rule in dataset.rules if rule.id == promise.id), None)
        return rule.description.nb if rule else about_the_table[promise.id]
    it = f"{column.title.nb} (`{column.name}`)"
    if promise.id.endswith("_present"):
        return f"{it} er aldri tom."
    if promise.id.endswith("_in_range"):
        unit = f" {units()[column.unit].symbol.nb}" if column.unit and column.unit != "1" else ""
        low = f"minst {column.minimum:g}" if column.minimum is not None else ""
        high = f"høyst {column.maximum:g}" if column.maximum is not None else ""
        return f"{it} er {' og '.join(filter(None, (low, high)))}{unit}."
    if promise.id.endswith("_known"):
        return f"{it} er en av de {len(column.codes or ())} kodene som er beskrevet."
    return f"{it} ser ut som `{column.pattern}`."
