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
from pipelines.collect import Collected, Reroute, due, duration, from_sources, period_end
from pipelines.datasets import ask
from pipelines.fetching import journal
from pipelines.reading.ask import Window, full_url
from pipelines.sandbox.weather import reply, weather
from pipelines.settings import ROOT, Settings, utc_now

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


def test_a_source_that_is_new_every_hour_is_asked_once_an_hour_however_often_runs_start(tmp_path: Path) -> None:
    begun = utc_now()
    window = Window(date(2026, 1, 1), date(2026, 12, 1), ("0301",))
    asked: list[int] = []
    with weather(reply(body=b'{"last_updated": 1, "data": {"stations": []}}')) as state:

        @contextmanager
        def door() -> Iterator[Reroute]:
            yield state.reroute

        for later in (timedelta(0), timedelta(0), timedelta(hours=2), timedelta(days=2)):
            settings = Settings(data_dir=tmp_path, now=begun + later)
            collected = from_sources(DATASETS, ["bike_station_status"], settings, window=lambda _: window, door=door)
            assert not collected.failures
            asked.append(len(state.heard))

    assert asked == [1, 1, 2, 3]


def test_an_hour_begins_on_the_clock_so_that_a_run_every_hour_asks_every_hour() -> None:
    dataset = DATASETS["bike_station_status"]
    (question,) = ask(dataset, Window(date(2026, 1, 1), date(2026, 12, 1), ("0301",)))

    def is_due(answered_at: str, now: str) -> bool:
        moment = datetime.fromisoformat(answered_at)
        entry = journal.Entry(
            dataset.id,
            question.format,
            full_url(question),
            304,
            on=moment.date().isoformat(),
            at=answered_at,
            note=question.note,
        )
        known = journal.Journal({entry.question: entry}, {}, ())
        return bool(due([question], {entry.question: moment.date()}, dataset, datetime.fromisoformat(now), known))

    assert not is_due("2026-11-23T06:15:40+00:00", "2026-11-23T06:59:00+00:00")
    assert is_due("2026-11-23T06:15:40+00:00", "2026-11-23T07:15:00+00:00"), "some seconds less than an hour after the answer"
    assert is_due("2026-11-22T23:30:00+00:00", "2026-11-23T00:10:00+00:00")
