"""A source that answers some of the questions: what came is kept, whole periods are published, none is half-built (F18, F21)."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from catalog.publication import DatasetState
from pipelines import sandbox
from pipelines.collect import Ended, Reroute, from_sources
from pipelines.ingesting.outcome import Ingested
from pipelines.reading.ask import Window
from pipelines.run import Input, collect, datasets_in, ingest_all
from pipelines.sandbox.weather import Script, reply, weather
from pipelines.settings import Settings

OSLO, BERGEN, TRONDHEIM = "oslobysykkel.no", "bergenbysykkel.no", "trondheimbysykkel.no"
WINDOW = Window(date(2024, 4, 1), date(2024, 7, 1), ("0301", "4601"))
"""Three months of two cities: six questions."""
NAME = "bike_trips"
Fails = Callable[[str], bool]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, synthetic=True, now=datetime(2024, 7, 5, tzinfo=UTC))


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with sandbox.serve() as served:
        yield served


SIGN_IN = reply(body=b"<html><title>Sign in</title>")
GONE = reply(410, b"")


def ran(
    settings: Settings,
    base: str,
    fails: Fails = lambda url: False,
    asked: list[str] | None = None,
    window: Window = WINDOW,
    instead: Script = SIGN_IN,
) -> Ingested:
    """One dataset asked for and brought up to date; the questions that `fails` picks are answered with a page instead of data."""
    with weather(instead) as page:

        @contextmanager
        def door() -> Iterator[Reroute]:
            def way(url: str) -> str:
                if asked is not None:
                    asked.append(url)
                return page.reroute(url) if fails(url) else sandbox.reroute(base)(url)

            yield way

        collected = from_sources(datasets_in(settings.datasets), [NAME], settings, window=lambda _: window, door=door)
    return ingest_all(collected, settings, wanted=[NAME])


def trips(state: DatasetState) -> dict[str, dict[str, int]]:
    """How many trips of each system there are in each period."""
    by_system = "select system, count(*) from read_parquet(?) group by all order by all"
    return {p.period: dict(duckdb.execute(by_system, [str(p.path)]).fetchall()) for p in state.periods}


def test_months_that_were_answered_whole_are_there_and_the_one_that_lacks_an_answer_is_not(settings: Settings, base: str) -> None:
    first = ran(settings, base, lambda url: BERGEN in url and "2024/05" in url)

    systems = {period: set(counted) for period, counted in trips(first.states[NAME]).items()}
    assert systems == {"2024-04": {OSLO, BERGEN}, "2024-06": {OSLO, BERGEN}}
    told = first.failures[NAME]
    assert told.exit_code == 3
    assert "2024-05" in told.effect
    assert "2024-04" not in str(told)


def test_the_next_run_asks_the_missing_question_alone_and_ends_as_if_nothing_had_happened(
    settings: Settings, base: str, tmp_path: Path
) -> None:
    ran(settings, base, lambda url: BERGEN in url and "2024/05" in url)
    asked: list[str] = []

    second = ran(settings, base, asked=asked)

    undisturbed = ran(replace(settings, data_dir=tmp_path / "undisturbed"), base)
    assert len(asked) == 1
    assert not second.failures
    assert {p.period: p.sha256 for p in second.states[NAME].periods} == {p.period: p.sha256 for p in undisturbed.states[NAME].periods}
    assert second.states[NAME].revisions == ()


def test_a_month_is_whole_when_the_missing_answer_is_that_there_is_nothing(settings: Settings, base: str) -> None:
    """The answer 404 brings no bytes: no snapshot is new, and the month is built all the same."""
    march = Window(date(2024, 3, 1), date(2024, 4, 1), ("0301", "5001"))

    assert not ran(settings, base, lambda url: TRONDHEIM in url, window=march).states[NAME].periods
    after = ran(settings, base, window=march)

    assert not after.failures
    assert [p.period for p in after.states[NAME].periods] == ["2024-03"]


def test_a_question_that_was_answered_before_lacks_no_answer_when_it_fails_later(settings: Settings, base: str) -> None:
    before = ran(settings, base).states[NAME]
    later = replace(settings, now=settings.now + timedelta(days=32))

    after = ran(later, base, lambda url: BERGEN in url)

    assert trips(after.states[NAME]) == trips(before)
    assert "were never answered" not in after.failures[NAME].effect


def test_a_source_that_answers_nothing_does_not_keep_out_what_is_delivered_by_hand(settings: Settings, base: str) -> None:
    """A whole delivery for a period about which the source never said anything is no half of anything."""
    real = replace(settings, synthetic=False)
    inbox = real.data_dir / "inbox" / NAME / "urbansharing_trips_csv"
    inbox.mkdir(parents=True)
    with urllib.request.urlopen(f"{base}/data.urbansharing.com/{OSLO}/trips/v1/2024/05.csv") as answer:
        delivered = inbox / "oslobysykkel.no_trips_v1_2024_05.csv"
        delivered.write_bytes(answer.read())
    os.utime(delivered, (0, 0))

    after = ran(real, base, lambda url: True)

    assert NAME in after.failures
    assert [p.period for p in after.states[NAME].periods] == ["2024-05"]


def test_questions_that_were_not_asked_because_the_source_talks_nonsense_lack_their_answers_too(settings: Settings, base: str) -> None:
    first = ran(settings, base, lambda url: "2024/04" not in url)

    assert set(trips(first.states[NAME])) == {"2024-04"}


def freshness(ingested: Ingested) -> str | None:
    known = ingested.states[NAME].freshness
    return known and known.state


def test_that_one_question_is_gone_ends_nothing_and_the_others_are_asked(settings: Settings, base: str) -> None:
    """Four of six questions are gone for good, more than the three refusals after which a source is left in peace."""
    asked: list[str] = []

    after = ran(settings, base, lambda url: "2024/04" in url or "2024/05" in url, asked, instead=GONE)

    assert len(asked) == 6 + 1, "every question, and the base address once"
    assert set(trips(after.states[NAME])) == {"2024-06"}
    assert "status 410" in str(after.failures[NAME]) and not isinstance(after.failures[NAME], Ended)
    assert freshness(after) != "ended"


def test_a_source_has_ended_when_all_that_it_is_asked_is_gone(settings: Settings, base: str) -> None:
    before = ran(settings, base).states[NAME]
    later = replace(settings, now=settings.now + timedelta(days=32))

    one_is_due = ran(later, base, lambda url: "/2024/" in url, instead=GONE, window=WINDOW)
    all_are = ran(replace(settings, data_dir=settings.data_dir / "anew"), base, lambda url: "/2024/" in url, instead=GONE)

    assert freshness(one_is_due) != "ended", "what was answered long ago was not asked again, so nobody knows"
    assert trips(one_is_due.states[NAME]) == trips(before)
    assert isinstance(all_are.failures[NAME], Ended)
    assert "source.ended" in all_are.failures[NAME].next_step


def test_a_source_has_ended_when_its_base_address_is_gone_and_is_asked_no_more(settings: Settings, base: str) -> None:
    before = ran(settings, base).states[NAME]
    asked: list[str] = []

    after = ran(replace(settings, now=settings.now + timedelta(days=32)), base, lambda url: True, asked, instead=GONE)

    assert len(asked) == 2, "one question and the base address"
    assert freshness(after) == "ended"
    assert trips(after.states[NAME]) == trips(before), "what was published stays"


@pytest.mark.parametrize("instead", [SIGN_IN, GONE], ids=["a page to sign in", "gone"])
def test_a_replay_leaves_out_what_the_run_left_out(settings: Settings, base: str, tmp_path: Path, instead: Script) -> None:
    first = ran(settings, base, lambda url: BERGEN in url and "2024/05" in url, instead=instead)

    anew = replace(settings, data_dir=tmp_path / "anew")
    replayed = ingest_all(collect(Input("recorded", settings.raw), anew, say=print), anew, wanted=[NAME])

    assert [(p.period, p.sha256) for p in replayed.states[NAME].periods] == [(p.period, p.sha256) for p in first.states[NAME].periods]
    assert "in the run that is replayed" in replayed.failures[NAME].what

    second = ran(settings, base)
    replayed = ingest_all(collect(Input("recorded", settings.raw), anew, say=print), anew, wanted=[NAME])
    assert not replayed.failures
    assert [(p.period, p.sha256) for p in replayed.states[NAME].periods] == [(p.period, p.sha256) for p in second.states[NAME].periods]
