"""Croissant: the dataset described for machine learning, with what was weighed about it (the vocabulary for responsible AI)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from catalog.codes import LICENCES
from catalog.described import Described, Distribution
from catalog.model import ColumnType, Ethics

_NAMESPACES = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
_OWN_TERMS = (
    "citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath",
    "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
    "subField", "transform",
)  # fmt: skip
_CONTEXT = _NAMESPACES | {term: f"cr:{term}" for term in _OWN_TERMS}
"""The context that every Croissant file carries, as its specification asks."""
_TYPES = {
    ColumnType.text: "sc:Text",
    ColumnType.integer: "sc:Integer",
    ColumnType.decimal: "sc:Float",
    ColumnType.boolean: "sc:Boolean",
    ColumnType.date: "sc:Date",
    ColumnType.datetime: "sc:DateTime",
}


def croissant(described: Described, files: Sequence[Distribution]) -> bytes:
    """The dataset as one record set that is read from its CSV file; the Parquet file stands beside it. Texts are English."""
    shown = [file for file in files if file.format in ("csv", "parquet")]
    csv = next(file for file in shown if file.format == "csv")
    table = described.id
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": described.id.replace("_", "-"),
        "alternateName": described.title.en,
        "description": " ".join(text.en for text in (described.notice, described.description) if text),
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "license": LICENCES[described.licence][1],
        "url": described.sources[0][1] if described.sources else "https://schema.org/Dataset",
        "creator": [{"@type": "sc:Organization", "name": source, "url": address} for source, address in described.sources],
        "citeAs": "; ".join(text.en for text in described.attribution),
        "inLanguage": ["nb", "nn", "en"],
        **(_weighed(described.ethics) if described.ethics else {}),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": Path(file.path).name,
                "name": Path(file.path).name,
                "contentUrl": Path(file.path).name,
                "encodingFormat": file.media_type,
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
            }
            for file in shown
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": table,
                "name": table,
                "description": described.row.en,
                "key": [{"@id": f"{table}/{key}"} for key in described.key],
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"{table}/{column.name}",
                        "name": column.name,
                        "description": f"{column.title.en}. {column.description.en}" + (f" Unit: {column.unit}." if column.unit else ""),
                        "dataType": _TYPES[column.type],
                        "source": {"fileObject": {"@id": Path(csv.path).name}, "extract": {"column": column.name}},
                    }
                    for column in described.columns
                ],
            }
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _weighed(ethics: Ethics) -> dict[str, Any]:
    """What the ethics record declares, in the terms of Croissant's vocabulary for responsible AI."""
    about_people = {
        "none": "None: the data are not about people.",
        "indirect": "Indirect: the data are traces of what people do, without anyone in them.",
        "aggregated": "Aggregated: the data are counts of people; small ones are withheld.",
        "individual": "Rows about individuals.",
    }
    return {
        "rai:dataCollection": ethics.collection.en,
        "rai:dataBiases": [ethics.biases.en],
        "rai:dataLimitations": [ethics.limitations.en, ethics.missing.en],
        "rai:dataUseCases": [ethics.intended_use.en],
        "rai:dataReleaseMaintenancePlan": ethics.maintenance.en,
        "rai:dataSocialImpact": ethics.benefit.en,
        "rai:personalSensitiveInformation": [about_people[ethics.about_people]],
    }
