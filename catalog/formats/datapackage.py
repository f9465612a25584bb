"""Frictionless Data Package 2: files and columns described for machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from catalog.codes import FORMATS, LICENCES
from catalog.described import Described, Distribution
from catalog.load import units
from catalog.model import Column, ColumnType

_FIELD_TYPES = {
    ColumnType.text: "string",
    ColumnType.integer: "integer",
    ColumnType.decimal: "number",
    ColumnType.boolean: "boolean",
    ColumnType.date: "date",
    ColumnType.datetime: "datetime",
}


def datapackage(described: Described, files: Sequence[Distribution]) -> bytes:
    """The files and columns as a Frictionless Data Package (version 2). Texts are Norwegian, all languages beside them."""
    licence, address = LICENCES[described.licence]
    package: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": described.id.replace("_", "-"),
        "title": described.title.nb,
        "titles": described.title.model_dump(),
        "description": described.description.nb,
        "descriptions": described.description.model_dump(),
        "synthetic": described.synthetic,
        "licenses": [{"name": described.licence.replace("_", "-"), "title": licence.nb, "path": address}],
        "attribution": [text.nb for text in described.attribution],
    }
    if described.sources:
        package["sources"] = [{"title": source, "path": service} for source, service in described.sources]
    package["resources"] = [_resource(described, file) for file in files if file.rows is not None]
    return orjson.dumps(package, option=orjson.OPT_INDENT_2) + b"\n"


def _resource(described: Described, file: Distribution) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": f"{described.id}-{file.format}".replace("_", "-"),
        "path": Path(file.path).name,
        "title": FORMATS[file.format][1].nb,
        "description": FORMATS[file.format][2].nb,
        "format": Path(file.path).suffix[1:],
        "mediatype": file.media_type,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }
    if file.format == "json_stat":
        return resource
    if file.format in ("csv", "csv_excel"):
        resource |= {"encoding": "utf-8", "dialect": {"delimiter": "," if file.format == "csv" else ";"}}
    fields = [_field(column, decimal_comma=file.format == "csv_excel") for column in described.columns]
    return resource | {"type": "table", "schema": {"fields": fields, "primaryKey": list(described.key), "missingValues": [""]}}


def _field(column: Column, *, decimal_comma: bool) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _FIELD_TYPES[column.type],
        "title": column.title.nb,
        "titles": column.title.model_dump(),
        "description": column.description.nb,
        "descriptions": column.description.model_dump(),
    }
    if column.unit:
        field |= {"unit": column.unit, "unit_symbol": units()[column.unit].symbol.nb}
    if column.type is ColumnType.decimal and decimal_comma:
        field["decimalChar"] = ","
    if column.type is ColumnType.datetime and decimal_comma:
        field["format"] = "any"
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.type in (ColumnType.integer, ColumnType.decimal):
        constraints |= {key: value for key, value in (("minimum", column.minimum), ("maximum", column.maximum)) if value is not None}
    if column.pattern:
        constraints["pattern"] = column.pattern
    if column.codes:
        constraints["enum"] = list(column.codes)
        field["codes"] = {code: text.model_dump() for code, text in column.codes.items()}
    return field | ({"constraints": constraints} if constraints else {})
