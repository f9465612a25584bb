"""Parquet: the file that every other format is made from, with the meaning of its columns inside."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson

from catalog.codes import LICENCES
from catalog.described import Described
from catalog.duck import literal, name
from catalog.errors import MetadataError
from catalog.model import Column


def write_parquet(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, described: Described, path: Path) -> None:
    """The table sorted by its key, compressed with zstd, with its meaning and terms in the file's metadata.

    Raises MetadataError when the table has a column that is not described, or lacks one that is.
    """
    declared = [column.name for column in described.columns]
    if set(declared) != set(relation.columns):
        wrong = ", ".join(sorted(set(declared) ^ set(relation.columns)))
        raise MetadataError(f"described columns and those of the table differ: {wrong}", where=described.id, effect="nothing is published")
    about = {
        "title": described.title.nb,
        "title_en": described.title.en,
        "description": described.description.nb,
        "description_en": described.description.en,
        "licence": LICENCES[described.licence][1],
        "attribution": "; ".join(text.nb for text in described.attribution),
        "synthetic": str(described.synthetic).lower(),
        "columns": orjson.dumps({c.name: _about_column(c) for c in described.columns}).decode(),
    }
    facts = ", ".join(f"{key}: {literal(value)}" for key, value in about.items())
    terms = ", ".join(f"{name(column.name)}::{column.sql_type} as {name(column.name)}" for column in described.columns)
    order = ", ".join(name(key) for key in described.key)
    relation.create_view("to_write", replace=True)
    con.execute(
        f"""copy (select {terms} from to_write order by {order})
        to {literal(str(path))} (format parquet, compression zstd, row_group_size 122880, kv_metadata {{{facts}}})"""
    )
    con.execute("drop view to_write")


def _about_column(column: Column) -> dict[str, str]:
    about = {"title": column.title.nb, "title_en": column.title.en, "description": column.description.nb}
    about["description_en"] = column.description.en
    return about | ({"unit": column.unit} if column.unit else {})
