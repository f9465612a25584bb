"""JSON-stat 2.0: the form of Statistics Norway's StatBank, for indicators."""

from __future__ import annotations

from math import prod
from pathlib import Path

import duckdb
import orjson

from catalog.codes import LICENCES
from catalog.described import Described, standing_column
from catalog.duck import parquet
from catalog.load import units, vocabulary
from catalog.model import Indicator


def json_stat(con: duckdb.DuckDBPyConnection, source: Path, indicator: Indicator, described: Described) -> bytes:
    """The indicator's observations as a JSON-stat 2.0 dataset: area × period (× breakdown), numbers with the digits they have.

    A status other than `A` stands in `status`; a cell that no observation fills is null and has none.
    """
    dimensions = ["ref_area", "time_period", "breakdown"]
    categories = {
        dimension: [row[0] for row in con.execute(f"select distinct {dimension} from {parquet([source])} order by 1").fetchall()]
        for dimension in dimensions
    }
    if categories["breakdown"] in ([], [""]):
        dimensions.remove("breakdown")
    place = {dimension: {code: index for index, code in enumerate(categories[dimension])} for dimension in dimensions}
    size = [len(categories[dimension]) for dimension in dimensions]
    values: list[orjson.Fragment | None] = [None] * prod(size)
    status: dict[str, str] = {}
    names: dict[str, str] = {}
    observations = con.execute(
        f"""select ref_area, time_period, breakdown, ref_area_name, obs_status, rtrim(rtrim(obs_value::varchar, '0'), '.')
        from {parquet([source])}"""
    ).fetchall()
    for area, period, breakdown, area_name, obs_status, value in observations:
        index = 0
        for dimension, code in zip(dimensions, (area, period, breakdown), strict=False):
            index = index * len(categories[dimension]) + place[dimension][code]
        names[area] = area_name or area
        values[index] = None if value is None else orjson.Fragment(value)
        if obs_status != "A":
            status[str(index)] = obs_status
    labels = {
        "ref_area": (standing_column("ref_area"), names),
        "time_period": (standing_column("time_period"), {code: code for code in categories["time_period"]}),
        "breakdown": (standing_column("breakdown"), {code: code or "–" for code in categories["breakdown"]}),
    }
    unit = units()[indicator.unit]
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": indicator.title.nb,
        "source": "; ".join(text.nb for text in described.attribution),
        "note": [note.nb for note in (described.notice, indicator.description, indicator.does_not_say, indicator.not_covered) if note],
        "id": dimensions,
        "size": size,
        "role": {"geo": ["ref_area"], "time": ["time_period"]},
        "dimension": {
            dimension: {
                "label": labels[dimension][0].title.nb,
                "category": {"index": categories[dimension], "label": {code: labels[dimension][1][code] for code in categories[dimension]}},
            }
            for dimension in dimensions
        },
        "value": values,
        "status": dict(sorted(status.items(), key=lambda item: int(item[0]))),
        "extension": {
            "indicator": indicator.id,
            "unit": {"code": indicator.unit, "symbol": unit.symbol.nb, "name": unit.name.nb, "decimals": indicator.decimals},
            "status": {code: text.nb for code, text in vocabulary("obs_status").items()},
            "licence": LICENCES[described.licence][1],
            "synthetic": described.synthetic,
        },
    }
    return orjson.dumps(document) + b"\n"
