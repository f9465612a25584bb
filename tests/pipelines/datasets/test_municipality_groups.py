"""KOSTRA groups: an invented answer of the documented shape becomes spans without overlap, and what is no such answer is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.datasets import municipality_groups
from pipelines.ingest import ingest, recipe
from pipelines.reading.ask import Window, full_url
from pipelines.settings import ROOT, Settings

DATASET = load_dataset(ROOT / "pipelines" / "datasets" / "municipality_groups.yaml")


def item(group: str, municipality: str, first: str, after: str | None = None) -> dict[str, Any]:
    return {
        "sourceCode": group, "sourceName": f"KOSTRA-gruppe {group[-2:]}", "sourceShortName": "", "targetCode": municipality,
        "targetName": "", "targetShortName": "", "validFrom": first, "validTo": after,
    }  # fmt: skip


def answer(path: Path, *items: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"correspondenceItems": items}), "utf-8")
    return path


def state_of(folder: Path, *items: dict[str, Any]) -> DatasetState:
    path = answer(folder / "groups.json", *items)
    snapshot = Snapshot(
        "municipality_groups", "klass_correspondence_json", path, "https://data.ssb.no/", "", "CC-BY-4.0", None, "", "ab", 1
    )
    settings = Settings(data_dir=folder / "data", synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))
    return ingest(recipe(DATASET, "pipelines.datasets.municipality_groups"), [snapshot], settings)


def test_the_whole_history_up_to_the_end_of_the_year_is_asked_for_and_stays_one_question_all_year() -> None:
    urls = {
        full_url(one)
        for end in (date(2026, 2, 1), date(2026, 11, 1))
        for one in municipality_groups.ask(DATASET, Window(date(2026, 1, 1), end))
    }
    assert urls == {
        "https://data.ssb.no/api/klass/v1/classifications/112/corresponds"
        "?targetClassificationId=131&from=2020-01-01&to=2027-01-01&language=nb"
    }


def test_a_municipality_that_changes_group_or_code_is_in_one_group_at_a_time(tmp_path: Path) -> None:
    state = state_of(
        tmp_path,
        item("EKG12", "4601", "2020-01-01"),
        item("EKG08", "1507", "2020-01-01", "2024-01-01"),
        item("EKG11", "1508", "2024-01-01"),
        item("EKG02", "1580", "2024-01-01", "2026-01-01"),
        item("EKG03", "1580", "2026-01-01"),
        item("EKG01", "2111", "2020-01-01"),
    )
    rows = connect().sql(
        f"select municipality, group_code, valid_until from {parquet([p.path for p in state.periods])} order by municipality, valid_from"
    )
    assert rows.fetchall() == [
        ("1507", "EKG08", date(2024, 1, 1)),
        ("1508", "EKG11", None),
        ("1580", "EKG02", date(2026, 1, 1)),
        ("1580", "EKG03", None),
        ("4601", "EKG12", None),
    ]


def test_two_groups_at_one_time_hold_the_list_back(tmp_path: Path) -> None:
    state = state_of(tmp_path, item("EKG12", "4601", "2020-01-01"), item("EKG11", "4601", "2024-01-01"))
    assert not state.periods
    assert "one group at a time" in " ".join(reason for held in state.quarantined for reason in held.reasons)


@pytest.mark.parametrize(
    "content",
    ['{"status": 404}', '{"correspondenceItems": []}', "[]", '{"correspondenceItems": [{"sourceCode": "EKG12", "targetCode": "4601"}]}'],
)
def test_what_is_no_correspondence_with_days_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "answer.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ParseError) as caught:
        municipality_groups.parse_klass_correspondence_json(connect(), [path])
    assert "4601" not in str(caught.value)
