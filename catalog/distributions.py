"""One published table → files in every format, each with its size and SHA-256.

The Parquet file is written first and everything else is made from it, so no format can hold a value that another lacks. Nothing
here reads a clock: the same table gives the same bytes. A further format is one module in `formats/`, a line here and an entry in
`codes.FORMATS`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from catalog.described import Described, Distribution, distribution
from catalog.duck import name, parquet
from catalog.formats.croissant import croissant
from catalog.formats.csv import write_csv, write_csv_for_excel
from catalog.formats.csvw import csvw
from catalog.formats.datapackage import datapackage
from catalog.formats.geojson import has_places, write_geojson
from catalog.formats.json_stat import json_stat
from catalog.formats.readme import readme
from catalog.formats.sdmx import sdmx_csv, sdmx_ml
from catalog.formats.xlsx import EXCEL_ROWS, XLSX_ROWS, XLSX_TEXT, write_xlsx
from catalog.model import LANGUAGES, ColumnType, Indicator


def write_distributions(
    con: duckdb.DuckDBPyConnection, described: Described, folder: Path, root: Path, *, indicator: Indicator | None = None
) -> list[Distribution]:
    """Every format of the table whose Parquet file lies in `folder` as `<id>.parquet`, described relative to `root`.

    `-excel.csv` is left out above what a sheet holds, `.xlsx` above `XLSX_ROWS` rows or where a text is too long for a cell, GeoJSON
    where the table is no list of places. Indicators have JSON-stat and SDMX as well.
    """
    source = folder / f"{described.id}.parquet"
    table = parquet([source])
    rows, longest = _size(con, table, described)
    written = [distribution(source, root, "parquet", rows)]

    def place(ending: str) -> Path:
        return folder / f"{described.id}{ending}"

    write_csv(con, table, described, place(".csv"))
    written.append(distribution(place(".csv"), root, "csv", rows))
    if rows <= EXCEL_ROWS:
        write_csv_for_excel(con, table, described, place("-excel.csv"))
        written.append(distribution(place("-excel.csv"), root, "csv_excel", rows))
    if rows <= XLSX_ROWS and longest <= XLSX_TEXT:
        write_xlsx(con, table, described, place(".xlsx"))
        written.append(distribution(place(".xlsx"), root, "xlsx", rows))
    if has_places(described, rows):
        write_geojson(con, table, described, place(".geojson"))
        written.append(distribution(place(".geojson"), root, "geojson", rows))
    if indicator is not None:
        place(".json").write_bytes(json_stat(con, source, indicator, described))
        written.append(distribution(place(".json"), root, "json_stat", rows))
        place(".sdmx.csv").write_bytes(sdmx_csv(con, table, indicator))
        written.append(distribution(place(".sdmx.csv"), root, "sdmx_csv", rows))
        place(".sdmx.xml").write_bytes(sdmx_ml(con, table, indicator, described))
        written.append(distribution(place(".sdmx.xml"), root, "sdmx_ml", rows))

    for language in LANGUAGES:
        path = folder / f"README.{language}.txt"
        path.write_text(readme(described, written, language), "utf-8", newline="\n")
        written.append(distribution(path, root, f"readme_{language}", None))
    for file, format, content in (
        ("datapackage.json", "datapackage", datapackage(described, written)),
        (f"{described.id}.csv-metadata.json", "csvw", csvw(described, written)),
        ("croissant.json", "croissant", croissant(described, written)),
    ):
        (folder / file).write_bytes(content)
        written.append(distribution(folder / file, root, format, None))
    return written


def _size(con: duckdb.DuckDBPyConnection, table: str, described: Described) -> tuple[int, int]:
    """Number of rows and length of the longest text."""
    texts = [f"max(length({name(c.name)}))" for c in described.columns if c.type is ColumnType.text]
    longest = f"coalesce(greatest({', '.join(texts)}), 0)" if texts else "0"
    row = con.execute(f"select count(*), {longest} from {table}").fetchone()
    assert row is not None
    return row[0], row[1]
