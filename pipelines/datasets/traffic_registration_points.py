"""Where traffic is counted: how Trafikkdata is asked for its register of points, and how answers and a converted list are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from catalog.duck import name
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.csv_text import header, lines, unreadable
from pipelines.reading.json_text import inner
from pipelines.reading.trafikkdata import answer, question

QUERY = """{
  trafficRegistrationPoints(searchQuery: {roadCategoryIds: [E, R, F, K, P]}) {
    id
    name
    trafficRegistrationType
    operationalStatus
    direction { fromAccordingToRoadLink toAccordingToRoadLink }
    location {
      county { number }
      municipality { number }
      roadReference { shortForm }
    }
  }
}"""
ANSWER = "Trafikkdata's answer with a list called trafficRegistrationPoints"
CSV_COLUMNS = {
    "point": "trp_id",
    "name": "trp_name",
    "traffic_type": "traffic_type",
    "operational_status": "operational_status",
    "registration_frequency": "registration_frequency",
    "point_kind": "trp_type",
    "road_category": "road_category",
    "road_reference": "road_reference",
    "direction_from": "reference_direction_from",
    "direction_to": "reference_direction_to",
}
LANE = "lane_according_to_current_metering"
CSV_FILE = f"a comma-separated list of lanes, plain or gzipped, with the columns {', '.join([*CSV_COLUMNS.values(), 'county_id', LANE])}"
FORMER_STATUS = {"TEMPORARILY_OUT_OF_SERVICE": "OUT_OF_SERVICE"}
"""Renamed by the source in March 2024."""


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for the whole register, whatever the window. Only the filter on road categories is documented."""
    yield question(dataset.source.service, QUERY, format="trafikkdata_points_json", period="all", note="all points")


def parse_trafikkdata_points_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers with the whole register → one row per point.

    The source writes numbers of counties and municipalities as integers (Oslo is 301); their zeros are put back. Raises ParseError for
    an answer that reports errors or has no list of points.
    """
    return con.from_arrow(pa.Table.from_pylist([_point(path, one) for path in paths for one in _points(path)], schema=SCHEMA))


SCHEMA = pa.schema(
    [
        *((column, pa.string()) for column in ("point", "name", "traffic_type", "operational_status", "county", "municipality")),
        *((column, pa.string()) for column in ("road_category", "road_reference", "direction_from", "direction_to", "file")),
        ("descriptions", pa.int64()),
        ("is_whole_register", pa.bool_()),
    ]
)


def _points(path: Path) -> list[dict[str, Any]]:
    points = answer(path, ANSWER).get("trafficRegistrationPoints")
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise unreadable(path, "no list called trafficRegistrationPoints", ANSWER)
    return points


def _point(path: Path, point: dict[str, Any]) -> dict[str, object]:
    status = point.get("operationalStatus")
    reference = inner(point, "location", "roadReference", "shortForm")
    return {
        "point": point.get("id"),
        "name": point.get("name"),
        "traffic_type": point.get("trafficRegistrationType"),
        "operational_status": FORMER_STATUS.get(status, status) if isinstance(status, str) else None,
        "county": _padded(inner(point, "location", "county", "number"), 2),
        "municipality": _padded(inner(point, "location", "municipality", "number"), 4),
        "road_category": reference[0] if reference else None,
        "road_reference": reference,
        "direction_from": inner(point, "direction", "fromAccordingToRoadLink"),
        "direction_to": inner(point, "direction", "toAccordingToRoadLink"),
        "file": str(path),
        "descriptions": 1,
        "is_whole_register": True,
    }


def _padded(number: object, digits: int) -> str | None:
    return None if number is None else str(number).zfill(digits)


def parse_trafikkdata_points_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Lists with one row per lane, converted from the register → one row per point with its number of lanes.

    The number of lanes is empty where no lane of the point is told. `descriptions` is more than one where the lanes of one point are
    told differently; then the first in alphabetical order stands, and a rule sets it aside. Raises ParseError when a column is missing.
    """
    return con.sql(" union all ".join(_csv_points(path) for path in paths))


def _csv_points(path: Path) -> str:
    names = header(path, (*CSV_COLUMNS.values(), "county_id", LANE), expected=CSV_FILE)
    told = {ours: name(theirs) for ours, theirs in CSV_COLUMNS.items() if ours != "point"}
    told |= {"county": "lpad(county_id, 2, '0')"}
    if "municipality_id" in names:
        told |= {"municipality": "lpad(municipality_id, 4, '0')"}
    former = " ".join(f"when '{old}' then '{new}'" for old, new in FORMER_STATUS.items())
    told["operational_status"] = f"case operational_status {former} else operational_status end"
    return f"""
        select
            trp_id as point,
            {", ".join(f"min({sql}) as {ours}" for ours, sql in told.items())},
            nullif(count(distinct {name(LANE)}), 0) as lanes,
            count(distinct row({", ".join(told.values())})) as descriptions,
            false as is_whole_register,
            file
        from {lines(path, names)}
        group by trp_id, file
    """


PARSERS = {
    "trafikkdata_points_json": parse_trafikkdata_points_json,
    "trafikkdata_points_csv": parse_trafikkdata_points_csv,
}
