"""Vehicles by the day: a year is asked for page by page, days are those of Oslo, and what was not counted is not zero."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.publication import Snapshot
from pipelines.datasets import module_of, road_traffic_daily
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Request, Window
from pipelines.settings import ROOT, Settings

DATASET = load_dataset(ROOT / "pipelines" / "datasets" / "road_traffic_daily.yaml")
WINDOW = Window(date(2024, 1, 1), date(2025, 1, 1), ("4601",))
OSLO = ZoneInfo("Europe/Oslo")


def page(first: date, days: int, *, goes_on: bool, point: str = "44656V72812", **changes: Any) -> bytes:
    """One page of days, as the documentation shows it by the hour."""
    edges = []
    for number in range(days):
        since, until = (datetime.combine(first + timedelta(days=number + n), datetime.min.time(), OSLO) for n in (0, 1))
        total = {"volumeNumbers": {"volume": 1000 + number}, "coverage": {"percentage": 99.5}} | changes
        edges.append({"cursor": f"c{first}{number}", "node": {"from": since.isoformat(), "to": until.isoformat(), "total": total}})
    about = {"id": point, "location": {"municipality": {"number": 4601}}}
    info = {"hasNextPage": goes_on, "endCursor": edges[-1]["cursor"] if edges else None}
    data = {"trafficData": {"trafficRegistrationPoint": about, "volume": {"byDay": {"pageInfo": info, "edges": edges}}}}
    return json.dumps({"data": data}).encode()


def rows_of(folder: Path, *pages: bytes) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    snapshots = []
    for number, content in enumerate(pages):
        path = folder / f"{number}.json"
        path.write_bytes(content)
        url = "https://trafikkdata-api.atlas.vegvesen.no/"
        snapshots.append(
            Snapshot(DATASET.id, "trafikkdata_days_json", path, url, "", "NLOD-2.0", None, f"{number}", f"{number}", 1, "2024")
        )
    settings = Settings(data_dir=folder / "data", synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))
    state = ingest(recipe(DATASET, module_of(DATASET)), snapshots, settings)
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute("select day, volume, coverage, municipality from t order by day").fetchall(), state.periods[0].set_aside


def turned(request: Request, content: bytes) -> Request | None:
    assert request.turn is not None
    return request.turn(request, content).next


def test_a_year_is_one_question_a_point_and_each_page_is_asked_for_with_the_cursor_of_the_one_before() -> None:
    asked = list(road_traffic_daily.ask(DATASET, WINDOW))
    assert {one.period for one in asked} == {"2024"}
    assert len({one.note for one in asked}) == len(asked) > 20
    body: Any = asked[0].body
    assert 'from: "2024-01-01T00:00:00+01:00", to: "2025-01-01T00:00:00+01:00"' in body["query"]
    second = turned(asked[0], page(date(2024, 1, 1), 100, goes_on=True))
    assert second is not None
    assert second.body == {"query": body["query"], "variables": {"after": "c2024-01-0199"}}
    assert turned(second, page(date(2024, 4, 10), 100, goes_on=False)) is None


def test_pages_make_one_year_and_days_with_a_clock_change_are_whole_days(tmp_path: Path) -> None:
    rows, aside = rows_of(tmp_path, page(date(2024, 3, 30), 3, goes_on=True), page(date(2024, 10, 26), 3, goes_on=False))
    assert [row[0] for row in rows] == [date(2024, 3, day) for day in (30, 31)] + [date(2024, 4, 1)] + [
        date(2024, 10, d) for d in (26, 27, 28)
    ]
    assert rows[1] == (date(2024, 3, 31), 1001, Decimal("99.50"), "4601")
    assert aside == {}


@pytest.mark.parametrize("total", [{"volumeNumbers": None}, {"volumeNumbers": {"volume": 0}, "coverage": {"percentage": 0}}])
def test_a_day_that_was_not_counted_is_missing_and_not_zero(tmp_path: Path, total: dict[str, Any]) -> None:
    rows, aside = rows_of(tmp_path, page(date(2024, 5, 1), 2, goes_on=True), page(date(2024, 6, 1), 1, goes_on=False, **total))
    assert ([row[0] for row in rows], aside) == ([date(2024, 5, 1), date(2024, 5, 2)], {"not_counted": 1})


@pytest.mark.parametrize("content", ['{"errors": [{"message": "secret"}]}', '{"data": {"trafficData": null}}', "<html></html>"])
def test_errors_in_place_of_days_are_refused_without_quoting_them(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ParseError) as caught:
        road_traffic_daily.parse_trafikkdata_days_json(connect(), [path])
    assert "secret" not in str(caught.value)
