"""One published table → files in every format, each with its size and SHA-256."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Distribution:
    """One published file of a dataset or an indicator."""

    path: str
    """Relative to the release's folder, with forward slashes: `data/air_quality_hourly/air_quality_hourly.parquet`."""
    media_type: str
    format: str
    """What readers choose by: `parquet`, `csv`, `csv_excel`, `xlsx`, `json_stat`, `datapackage`, `readme_nb`, `readme_en`, `ethics`."""
    bytes: int
    sha256: str
    rows: int | None
    """Rows of data in the file; None for a file that describes data and holds none."""
