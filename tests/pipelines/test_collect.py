"""What a run asks its sources, and what it does not ask again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.load import load_datasets
from pipelines import sandbox
from pipelines.collect import Collected, Reroute, duration, from_sources, period_end
from pipelines.reading.ask import Window
from pipelines.settings import ROOT, Settings

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
WANTED = ["municipalities", "car_fleet", "bike_trips"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, now=datetime(2026, 11, 23, tzinfo=UTC))


def ask_sandbox(settings: Settings, asked: list[str] | None = None) -> Collected:
    @contextmanager
    def door() -> Iterator[Reroute]:
        with sandbox.serve() as base:
            to_sandbox = sandbox.reroute(base)

            def counted(url: str) -> str:
                if asked is not None:
                    asked.append(url)
                return to_sandbox(url)

            yield counted

    window = Window(date(2023, 1, 1), date(2025, 1, 1), ("0301",))
    return from_sources(DATASETS, WANTED, settings, window=lambda _: window, door=door)


def test_answers_are_archived_and_what_is_settled_is_not_asked_again(settings: Settings) -> None:
    first_questions: list[str] = []
    first = ask_sandbox(settings, first_questions)
    again: list[str] = []

    second = ask_sandbox(settings, again)

    answered = {s.source_url for found in first.snapshots.values() for s in found}
    assert len(first_questions) >= len(answered) > 0
    assert not set(again) & answered
    assert {k: len(v) for k, v in second.snapshots.items()} == {k: len(v) for k, v in first.snapshots.items()}


def test_a_register_is_asked_again_when_its_rhythm_has_passed(settings: Settings) -> None:
    ask_sandbox(settings)
    rhythm = duration(DATASETS["municipalities"].source.rhythm)
    later: list[str] = []

    ask_sandbox(replace(settings, now=settings.now + rhythm + timedelta(days=1)), later)

    assert any("classifications/131" in url for url in later)


def test_one_failing_source_does_not_hold_back_the_others(settings: Settings) -> None:
    @contextmanager
    def door() -> Iterator[Reroute]:
        with sandbox.serve() as base:
            to_sandbox = sandbox.reroute(base)
            yield lambda url: f"{base}/nowhere" if "klass" in url else to_sandbox(url)

    window = Window(date(2023, 1, 1), date(2025, 1, 1), ("0301",))
    collected = from_sources(DATASETS, WANTED, settings, window=lambda _: window, door=door)

    assert set(collected.failures) == {"municipalities"}
    assert collected.failures["municipalities"].exit_code == 3
    assert collected.snapshots["car_fleet"]


@pytest.mark.parametrize(("text", "days"), [("P1Y", 365), ("P2M", 60), ("P1W", 7), ("P3D", 3), ("PT1H", 0)])
def test_durations_in_days(text: str, days: int) -> None:
    assert duration(text) == timedelta(days=days)


@pytest.mark.parametrize(("period", "end"), [("2024", date(2024, 12, 31)), ("2024-02", date(2024, 2, 29)), ("all", None), (None, None)])
def test_the_last_day_of_a_period(period: str | None, end: date | None) -> None:
    assert period_end(period) == end


def test_the_list_of_the_archive_keeps_files_of_datasets_that_nothing_describes(settings: Settings) -> None:
    ask_sandbox(settings)
    index = settings.raw / "snapshots.csv"
    lines = index.read_text("utf-8").splitlines()
    kept = lines[1].replace(lines[1].split(",")[0], "forgotten", 1)
    index.write_text("\n".join([lines[0], kept, *lines[2:]]) + "\n", "utf-8")

    collected = ask_sandbox(settings)

    assert ("forgotten", 1) in collected.not_yet_known
    assert "forgotten," in index.read_text("utf-8")
