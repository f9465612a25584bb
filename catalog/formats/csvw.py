"""CSV on the Web: what the columns of the CSV file mean, for machines (W3C Tabular Metadata)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from catalog.codes import LICENCES
from catalog.described import Described, Distribution
from catalog.model import LANGUAGES, Column, ColumnType, Text

_TYPES = {
    ColumnType.text: "string",
    ColumnType.integer: "integer",
    ColumnType.decimal: "decimal",
    ColumnType.boolean: "boolean",
    ColumnType.date: "date",
    ColumnType.datetime: "dateTime",
}


def csvw(described: Described, files: Sequence[Distribution]) -> bytes:
    """Metadata of the CSV file for programs. Where a text is empty rather than missing, the two quotes of the file tell."""
    csv = next(file for file in files if file.format == "csv")
    licence, address = LICENCES[described.licence]
    notes = [text for text in (described.notice, described.row) if text]
    document: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "nb"}],
        "url": Path(csv.path).name,
        "dc:title": _in_all(described.title),
        "dc:description": _in_all(described.description),
        "dc:license": {"@id": address},
        "dc:rights": _in_all(licence),
        "dc:source": [source for source, _ in described.sources],
        "dc:creator": [text.nb for text in described.attribution],
        "notes": [{"@type": "comment", "value": text.model_dump()} for text in notes],
        "dialect": {"delimiter": ",", "header": True, "encoding": "utf-8", "quoteChar": '"', "doubleQuote": True},
        "tableSchema": {"columns": [_column(column) for column in described.columns], "primaryKey": list(described.key)},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _in_all(text: Text) -> list[dict[str, str]]:
    return [{"@value": text.get(language), "@language": language} for language in LANGUAGES]


def _column(column: Column) -> dict[str, Any]:
    datatype: dict[str, Any] = {"base": _TYPES[column.type]}
    if column.type in (ColumnType.integer, ColumnType.decimal):
        datatype |= {key: value for key, value in (("minimum", column.minimum), ("maximum", column.maximum)) if value is not None}
    if column.pattern and column.type is ColumnType.text:
        datatype["format"] = column.pattern
    described: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:title": _in_all(column.title),
        "dc:description": _in_all(column.description),
        "datatype": datatype,
    }
    if not column.nullable:
        described["required"] = True
    if column.unit:
        described["dc:format"] = column.unit
    return described
