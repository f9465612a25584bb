"""A day of a data officer, step by step: what the command line and Dagster say. docs/day_in_the_life.md quotes these very lines."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent / "faults"))
from drifting import Officer, Row, dataset, months, officer  # noqa: E402

from catalog.errors import SourceError  # noqa: E402
from catalog.publication import DatasetState  # noqa: E402
from pipelines.archive import write_atomically  # noqa: E402
from pipelines.cli import main  # noqa: E402
from pipelines.collect import Ended  # noqa: E402
from pipelines.ingesting.outcome import Ingested  # noqa: E402
from pipelines.report import Report  # noqa: E402
from pipelines.run import ended  # noqa: E402
from pipelines.status import NOTE  # noqa: E402

FIRST, LAST = months(14)[0], months(14)[-1]
NEXT = months(15)[-1]
PAGE = ROOT / "docs" / "day_in_the_life.md"


def corrected(rows: list[Row]) -> list[Row]:
    return [
        row | {"value": "31.500"} if (row["station"], row["component"], row["day"]) == ("S02", "PM10", "2023-01-17") else row
        for row in rows
    ]


def without_s03(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["station"] != "S03"]


def in_milligrams(rows: list[Row]) -> list[Row]:
    return [row | {"value": row["value"] and f"{float(row['value']) / 1000:.6f}"} for row in without_s03(rows)]


def end_of_run(one: Officer, state: DatasetState, *revised: str, **failures: SourceError) -> str:
    """What a run says at its end, and the note that it leaves for `bymaal status`."""
    ingested = Ingested({"readings": state}, dict(failures), revised=tuple(("readings", period) for period in revised))
    report = Report.of(ingested, None, None, one.settings)
    write_atomically(one.settings.work / NOTE, json.dumps(report.as_record()).encode())
    return report.as_text()


def said(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What a command prints."""
    capsys.readouterr()
    assert main(command) == 0
    return capsys.readouterr().out.strip()


def in_dagster(state: DatasetState) -> dict[str, Any]:
    """The check on held-back periods as the Dagster UI shows it."""
    import dagster as dg

    from pipelines.orchestration.ingesting import held_back

    shown = held_back(dg.AssetKey(["validated", "readings"]), state)
    return {"passed": shown.passed, **{key: value.value for key, value in shown.metadata.items()}}


def quoted(text: str) -> None:
    """The page quotes every line."""
    page = PAGE.read_text("utf-8")
    missing = [line for line in text.splitlines() if line.strip() and line.strip() not in page]
    assert not missing, f"docs/day_in_the_life.md does not say: {missing}"


def test_a_day_of_a_data_officer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = officer(tmp_path, 14)
    where = ("--data-dir", str(one.settings.data_dir), "--source", "live")

    # 1. A value of thirteen months ago was corrected: it is taken in, and what changed is kept.
    state = one.receives(one.asks(FIRST, corrected, taken=date(2024, 3, 5)))
    quoted(end_of_run(one, state, "2023-01"))
    assert len(state.revisions) == 1 and not state.quarantined
    assert in_dagster(state)["passed"]

    # 2. A station is gone from a month that was published: the month waits as it was.
    state = one.receives(one.asks(LAST, without_s03, taken=date(2024, 3, 6)))
    quoted(end_of_run(one, state))
    assert in_dagster(state)["waiting_for_a_person"] == "2024-02 the source no longer has anything of station=S03 (58 rows)"
    quoted(said(capsys, "confirm", "--list", *where))
    reason = "The operator closed the station and withdrew its last month."
    quoted(said(capsys, "confirm", "readings", "--period", "2024-02", "--why", reason, "--by", "air desk", *where))
    state = one.receives()
    quoted(end_of_run(one, state, "2024-02"))
    assert in_dagster(state)["passed"] and len(one.table("2024-02")) == 29 * 10

    # 3. The next month comes in milligrams: it waits, the table ends where it did.
    state = one.receives(one.asks(NEXT, in_milligrams))
    quoted(end_of_run(one, state))
    assert state.newest_period == "2024-02"
    assert in_dagster(state)["confirm"] == "bymaal confirm readings --why …"
    # The provider mends it; nothing is left to decide.
    state = one.receives(one.asks(NEXT, without_s03, taken=date(2024, 4, 9)))
    assert not state.quarantined and state.newest_period == "2024-03"

    # 4. The service is closed.
    next_step = "the source has ended: look for its successor, and say so under source.ended"
    gone = Ended("status 410", where="example.org", effect="the dataset stays as it was", next_step=next_step)
    quoted(end_of_run(one, ended(state), readings=gone))
    quoted("\n".join(said(capsys, "status", "--data-dir", str(one.settings.data_dir)).splitlines()[1:]))
    one.described = dataset(source=one.described.source.model_dump(mode="json") | {"ended": ENDED})
    state = one.receives()
    assert state.freshness and state.freshness.state == "ended" and state.rows > 0


ENDED = {"on": "2024-04-30", "reason": {"nb": "lagt ned", "nn": "lagd ned", "en": "closed"}, "successor": "readings_new"}
