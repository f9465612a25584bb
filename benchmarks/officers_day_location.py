"""What officers_day.py lets Dagster load: the product's definitions as for live data, with a sandbox that misbehaves behind the door.

`sources.json` in the data folder is read at each question: `down` (parts of addresses that answer with status 503), `crowded` (months of
bike trips in which every trip is delivered over and over), `slow` (seconds before an answer about bike trips), and
`bikes_from`, `bikes_until` (the span that runs ask bike trips for). Each question is written to `questions.log`.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from catalog.model import Dataset
from pipelines import run, sandbox
from pipelines.collect import Collected, Say, from_sources
from pipelines.definitions import build_defs
from pipelines.reading.ask import Window
from pipelines.sandbox import bikes, server
from pipelines.sandbox.wire import Question, Reply
from pipelines.settings import Settings, from_environment

ASKED = ("municipalities", "municipality_changes", "municipality_groups", "population", "car_fleet", "ghg_emissions", "bike_trips")
"""Few sources, so that a run takes a minute and not ten."""
BIKES = "data.urbansharing.com"
FIRST_YEAR, YEARS_BACK = 2018, 12
"""The stand-in has bike trips from its first year on. Those of the years before are told with the trips of twelve years later."""
COPIES = 120

settings = from_environment(synthetic=False)


def told() -> dict[str, Any]:
    return json.loads((settings.data_dir / "sources.json").read_text("utf-8"))


def misbehaving(host: str, stand_in: Callable[[Question], Reply]) -> Callable[[Question], Reply]:
    """The stand-in of a host, with the faults that `sources.json` names."""

    def answer(question: Question) -> Reply:
        with (settings.data_dir / "questions.log").open("a", encoding="utf-8") as log:
            log.write(f"{host}{question.path} {' '.join(question.parameters.values())}\n")
        faults = told()
        if any(part in host + question.path for part in faults["down"]):
            return Reply(b"Service Unavailable", "text/plain", 503)
        if host != BIKES:
            return stand_in(question)
        time.sleep(faults["slow"])
        return _trips(question, stand_in, faults["crowded"])

    return answer


def _trips(question: Question, stand_in: Callable[[Question], Reply], crowded: list[str]) -> Reply:
    head, year, month = question.path.rsplit("/", 2)
    older = int(year) < FIRST_YEAR
    reply = stand_in(replace(question, path=f"{head}/{int(year) + YEARS_BACK}/{month}") if older else question)
    if older:
        for told_in in (int(year), int(year) + 1):  # a trip may end in the next year
            reply = replace(reply, body=reply.body.replace(f"{told_in + YEARS_BACK}-".encode(), f"{told_in}-".encode()))
    return _over_and_over(reply) if f"{year}-{month.removesuffix('.csv')}" in crowded and reply.status == 200 else reply


def _over_and_over(reply: Reply) -> Reply:
    """Every trip again and again, some milliseconds apart, so that no two are equal."""
    head, *trips = csv.reader(io.StringIO(reply.body.decode()))
    text = io.StringIO()
    again = ([*(f"{moment[:19]}.{n:03}000+00:00" for moment in trip[:2]), *trip[2:]] for trip in trips for n in range(COPIES))
    csv.writer(text, lineterminator="\n").writerows([head, *again])
    return replace(reply, body=text.getvalue().encode())


def at_the_sandbox(
    datasets: Mapping[str, Dataset], wanted: Sequence[str], settings: Settings, *, window: Callable[[Dataset], Window], say: Say
) -> Collected:
    """What a live run collects, with the sandbox behind the door, asked for the span that it has."""

    def of_the_sandbox(dataset: Dataset) -> Window:
        asked = window(dataset)
        return run._within(sandbox.window(dataset.id), (asked.start, asked.end))

    answered = [key for key in wanted if key in ASKED]
    return from_sources(datasets, answered, settings, window=of_the_sandbox, door=run._sandbox_door, say=say)


described = run.datasets_in(settings.datasets)
trips = described["bike_trips"]
since = {"starts_on": min(trips.source.starts_on, date.fromisoformat(told()["bikes_from"]))}
described["bike_trips"] = trips.model_copy(update={"source": trips.source.model_copy(update=since)})
sandbox.SPANS["bike_trips"] = (date.fromisoformat(told()["bikes_from"]), date.fromisoformat(told()["bikes_until"]))
bikes.LAST = (2029, 12)
server.HOSTS.update({host: misbehaving(host, stand_in) for host, stand_in in server.HOSTS.items()})
run.from_sources = at_the_sandbox  # pyright: ignore[reportAttributeAccessIssue]

defs = build_defs(settings, run.Input("live"), first_wait=timedelta(seconds=2))
