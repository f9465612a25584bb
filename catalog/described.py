"""What travels with a table into every format: its meaning, its columns, its terms, and whether it is made up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from catalog.errors import MetadataError
from catalog.load import HERE, build, read_yaml
from catalog.model import Catalog, Column, Dataset, Ethics, Indicator, Model, Table, Text
from catalog.privacy.withholding import published_columns

MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "csv_excel": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json_stat": "application/json",
    "geojson": "application/geo+json",
    "sdmx_csv": "text/csv",
    "sdmx_ml": "application/xml",
    "sdmx_structure": "application/xml",
    "datapackage": "application/json",
    "csvw": "application/csvm+json",
    "croissant": "application/ld+json",
    "readme_nb": "text/plain",
    "readme_nn": "text/plain",
    "readme_en": "text/plain",
    "ethics": "application/ld+json",
}


@dataclass(frozen=True)
class Distribution:
    """One published file of a dataset or an indicator."""

    path: str
    """Relative to the release's folder, with forward slashes: `data/air_quality_hourly/air_quality_hourly.parquet`."""
    media_type: str
    format: str
    """What readers choose by: a key of `MEDIA_TYPES`."""
    bytes: int
    sha256: str
    rows: int | None
    """Rows of data in the file; None for a file that describes data and holds none."""


@dataclass(frozen=True)
class Described:
    """What travels with a table into every format: its meaning, its terms, and whether it is made up."""

    id: str
    title: Text
    description: Text
    row: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    licence: str
    attribution: tuple[Text, ...]
    sources: tuple[tuple[str, str], ...]
    """Name and address of each source."""
    synthetic: bool
    ethics: Ethics | None = None
    """What was weighed about a dataset, for formats that tell it; None for what is derived from several."""

    @property
    def notice(self) -> Text | None:
        """The sentence that every file of made-up data carries."""
        return SYNTHETIC if self.synthetic else None


SYNTHETIC = Text(
    nb="Syntetiske data: laget for prøving, sier ingenting om virkeligheten.",
    nn="Syntetiske data: laga for prøving, seier ingenting om røynda.",
    en="Synthetic data: made for trying out, says nothing about reality.",
)


class _StandingTable(Model):
    """A table that every release has, as `tables.yaml` describes it."""

    title: Text
    description: Text
    row: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def standing_tables() -> dict[str, _StandingTable]:
    """Observations, area tables and the tables about the release itself, by name."""
    path = HERE / "tables.yaml"
    found = read_yaml(path.read_text("utf-8"), path.name)
    return {table: build(_StandingTable, values, f"{path.name}: {table}") for table, values in found.items()}


# --- what is said about a table ---


def describe_dataset(dataset: Dataset, *, synthetic: bool) -> Described:
    """A dataset with the columns it is published with and the terms of its source."""
    return Described(
        id=dataset.id,
        title=dataset.title,
        description=dataset.description,
        row=dataset.row,
        key=dataset.key,
        columns=published_columns(dataset),
        licence=dataset.source.licence,
        attribution=(dataset.source.attribution,),
        sources=((dataset.source.publisher.name.nb, dataset.source.service),),
        synthetic=synthetic,
        ethics=dataset.ethics,
    )


def describe_indicator(
    indicator: Indicator, sources: Sequence[Dataset], catalog: Catalog, *, synthetic: bool, ethics: Ethics | None = None
) -> Described:
    """The observations of one indicator; they carry the attribution of every dataset they rest on."""
    observations = standing_tables()["observations"]
    described = _derived(indicator.id, indicator.title, indicator.description, observations.row, observations.key, observations.columns,
                         sources, catalog, synthetic)  # fmt: skip
    return replace(described, ethics=ethics)


def describe_table(table: Table, sources: Sequence[Dataset], catalog: Catalog, *, synthetic: bool) -> Described:
    """An intermediate table and the attribution of every dataset it rests on."""
    return _derived(table.id, table.title, table.description, table.row, table.key, table.columns, sources, catalog, synthetic)


def describe_standing(table: str, sources: Sequence[Dataset], catalog: Catalog, *, synthetic: bool) -> Described:
    """A table that every release has: `observations` or an area table."""
    if table not in standing_tables():
        raise MetadataError(f"the table {table} is not described", where="catalog/tables.yaml", next_step="describe it there")
    it = standing_tables()[table]
    return _derived(table, it.title, it.description, it.row, it.key, it.columns, sources, catalog, synthetic)


def _derived(
    id: str, title: Text, description: Text, row: Text, key: tuple[str, ...], columns: tuple[Column, ...],
    sources: Sequence[Dataset], catalog: Catalog, synthetic: bool,
) -> Described:  # fmt: skip
    attribution = {dataset.source.attribution.nb: dataset.source.attribution for dataset in sources}
    services = {dataset.source.service: dataset.source.publisher.name.nb for dataset in sources}
    credit = (catalog.publisher.name, *attribution.values())
    return Described(
        id=id, title=title, description=description, row=row, key=key, columns=columns, licence=catalog.licence,
        attribution=credit, sources=tuple((publisher, service) for service, publisher in services.items()), synthetic=synthetic,
    )  # fmt: skip


def distribution(path: Path, root: Path, format: str, rows: int | None) -> Distribution:
    """A file as it lies there now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Distribution(path.relative_to(root).as_posix(), MEDIA_TYPES[format], format, path.stat().st_size, digest, rows)


def standing_column(column: str) -> Column:
    """A column of the observations."""
    return next(it for it in standing_tables()["observations"].columns if it.name == column)
