"""Yearly electricity consumption by municipality and industry: where NVE's file of Elhub sums lies, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from catalog.duck import parquet
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window

COLUMNS = ("lokal_dato_tid_start", "kommune_nr", "naeringshovedomraade_kode", "naering_kode", "forbruk_kwh")


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One request for the whole file, whatever the window: there is no service to ask for a part of it.

    The address is that of the file in NVE's public repository, where it moves now and then; it has not been seen to answer.
    """
    yield Request(url=dataset.source.service, format="elhub_yearly_parquet")


def parse_elhub_yearly_parquet(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """NVE's yearly sums of Elhub's hours → one row per municipality, two-digit industry and year.

    The file has one row per price area and three-digit industry group. Price areas are summed because some municipalities lie in
    two, and groups because a group in a small municipality may be a single person's business. The sums are exact; where a part
    has no value the sum has none either. Raises ParseError when a column is missing.
    """
    rows = parquet(list(paths))
    there = con.sql(f"from {rows} limit 0").columns
    if missing := [column for column in COLUMNS if column not in there]:
        raise ParseError(
            f"columns missing: {', '.join(missing)}",
            where=paths[0].name,
            effect="nothing of this file is used",
            next_step=f"expected the columns {', '.join(COLUMNS)}",
        )
    return con.sql(f"""
        select
            kommune_nr as municipality,
            naeringshovedomraade_kode as industry_section,
            naering_kode as industry,
            year(lokal_dato_tid_start) as year,
            case when count(*) = count(forbruk_kwh) then sum(cast(forbruk_kwh as decimal(28, 4))) end as energy,
            filename as file
        from {rows.removesuffix(")")}, filename = true)
        group by all
    """)


PARSERS = {"elhub_yearly_parquet": parse_elhub_yearly_parquet}
