"""Answers in several pages: followed to the end, or nothing of them is kept."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.errors import SourceError
from catalog.model import Agent, Dataset, Source, Text
from pipelines.fetching import journal
from pipelines.fetching.answers import Fetched, fetch_each
from pipelines.fetching.limits import Limits, Turns
from pipelines.fetching.pages import Cursor, NextLink
from pipelines.reading.ask import Request
from pipelines.sandbox.weather import Heard, Script, Weather, reply, weather

NOW = datetime(2026, 11, 23, tzinfo=UTC)
QUICK = Limits(connect=2, silence=2, transfer=10, longest_wait=2, first_wait=0.01, tries=2)
TEXT = Text(nb="x", nn="x", en="x")
LINK = NextLink(rows=("objekter",), link=("metadata", "neste", "href"), total=("metadata", "antall"))
FIRST = "https://source.test/roads?antall=2"


def dataset(**facts: object) -> Dataset:
    source = Source(
        publisher=Agent(name=TEXT), service="https://source.test/", hosts=("files.test",), licence="NLOD_2_0", attribution=TEXT,
        rhythm="P1M", starts_on=date(2019, 1, 1), formats=("roads_json",),
    )  # fmt: skip
    return Dataset.model_construct(id="roads", source=source.model_copy(update=facts))


def asked(state: Weather, raw: Path, request: Request, **options: object) -> list[Fetched]:
    return list(fetch_each(dataset(), [request], raw, now=NOW, limits=QUICK, reroute=state.reroute, turns=Turns(), **options))  # type: ignore[arg-type]


def question(**facts: object) -> Request:
    return Request(url=FIRST, format="roads_json", period="all", note="county 50", turn=LINK, **facts)  # type: ignore[arg-type]


def page(*objects: int, following: str | None = None, total: int | None = None) -> Script:
    told = {"antall": total} | ({"neste": {"href": following}} if following else {})
    return reply(body=json.dumps({"objekter": [{"id": o} for o in objects], "metadata": told}).encode())


def by_start(pages: dict[str, Script]) -> Script:
    def script(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        start = parse_qs(urlsplit(heard.path).query).get("start", [""])[0]
        pages[start](handler, heard)

    return script


def test_links_are_followed_to_the_last_page_and_every_page_is_a_snapshot(tmp_path: Path) -> None:
    pages = {
        "": page(1, 2, following=f"{FIRST}&start=b", total=5),
        "b": page(3, 4, following=f"{FIRST}&start=c", total=5),
        "c": page(5, total=5),
    }
    with weather(by_start(pages)) as state:
        (fetched,) = asked(state, tmp_path, question())
    assert [s.note for s in fetched.snapshots] == ["county 50", "county 50 page 2", "county 50 page 3"]
    assert [s.source_url for s in fetched.snapshots] == [FIRST, f"{FIRST}&start=b", f"{FIRST}&start=c"]
    assert [len(json.loads(s.path.read_bytes())["objekter"]) for s in fetched.snapshots] == [2, 2, 1]
    assert len(journal.read(tmp_path).last) == 1, "one question, one answer"


def test_a_relative_link_and_an_empty_last_page_are_understood(tmp_path: Path) -> None:
    pages = {"": page(1, 2, following="/roads?start=b"), "b": page(following="/roads?start=b")}
    with weather(by_start(pages)) as state:
        (fetched,) = asked(state, tmp_path, question())
    assert len(fetched.snapshots) == len(state.heard) == 2


@pytest.mark.parametrize(
    ("pages", "says"),
    {
        "cut without a word": ({"": page(1, 2, total=5)}, "1 pages with 2 rows, but the source says 5"),
        "a total that changes": ({"": page(1, 2, following=f"{FIRST}&start=b", total=4), "b": page(3, total=3)}, "now 3, now 4"),
        "round in a circle": ({"": page(1, following=f"{FIRST}&start=b"), "b": page(2, following=FIRST)}, "page 3 is one that was there"),
        "for ever": ({"": page(1, following=f"{FIRST}&start=b"), "b": page(1, following=f"{FIRST}&start=b")}, "2 is the same"),
        "to another host": ({"": page(1, following="https://files.test/roads")}, "the next page is on another host"),
        "to an address": ({"": page(1, following="http://127.0.0.1/roads")}, "the next page is on another host"),
        "for a key": ({"": page(1, following=f"{FIRST}&start={{secret:enova}}")}, "the next page asks for a key"),
        "no such page": ({"": page(1, following=f"{FIRST}&start=b"), "b": reply(404, b"")}, "status 404"),
        "out of order": ({"": page(1, following=f"{FIRST}&start=b"), "b": reply(500, b"")}, r"status 500 \(2 tries\)"),
        "no list": ({"": reply(body=b'{"metadata": {}}')}, "page 1 cannot be turned: no list called objekter"),
        "no link": ({"": reply(body=b'{"objekter": [1], "metadata": {"neste": {"href": 7}}}')}, "metadata.neste.href is no address"),
        "no count": ({"": reply(body=b'{"objekter": [1], "metadata": {"antall": "many"}}')}, "metadata.antall is no count"),
    }.values(),
)  # fmt: skip
def test_pages_that_do_not_add_up_are_refused_and_none_is_kept(pages: dict[str, Script], says: str, tmp_path: Path) -> None:
    with weather(by_start(pages)) as state, pytest.raises(SourceError, match=says):
        asked(state, tmp_path / "raw", question(), secrets={"enova": "a-key-of-our-own"})
    assert not any(path.is_file() for path in (tmp_path / "raw").rglob("*"))


def test_pages_have_a_number_they_do_not_go_beyond(tmp_path: Path) -> None:
    def for_ever(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        start = int(parse_qs(urlsplit(heard.path).query).get("start", ["0"])[0])
        page(start, following=f"{FIRST}&start={start + 1}")(handler, heard)

    with weather(for_ever) as state, pytest.raises(SourceError, match="more than 7 pages"):
        asked(state, tmp_path, question(most_pages=7))
    assert len(state.heard) == 7


def test_pages_together_keep_to_the_limit_of_one_answer(tmp_path: Path) -> None:
    def for_ever(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        start = int(parse_qs(urlsplit(heard.path).query).get("start", ["0"])[0])
        page(*range(start * 100, start * 100 + 100), following=f"{FIRST}&start={start + 1}")(handler, heard)

    with weather(for_ever) as state, pytest.raises(SourceError, match="more bytes on all pages"):
        list(
            fetch_each(
                dataset(), [question()], tmp_path, now=NOW, limits=replace(QUICK, max_bytes=10_000), reroute=state.reroute, turns=Turns()
            )
        )
    assert len(state.heard) < 15


def test_a_key_that_a_source_writes_into_its_links_is_sent_again_but_never_stored(tmp_path: Path) -> None:
    token = "t0ken-that-nobody-else-has"
    pages = {"": page(1, following=f"{FIRST}&start=b&key={token}"), "b": page(2)}
    request = question(params={"key": "{secret:enova}"})
    with weather(by_start(pages)) as state:
        (fetched,) = asked(state, tmp_path, request, secrets={"enova": token})
    assert f"key={token}" in state.heard[1].path
    assert [s.source_url for s in fetched.snapshots] == [f"{FIRST}&key={{secret:enova}}", f"{FIRST}&start=b&key={{secret:enova}}"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


QUERY = (
    "query ($after: String) { trafficData { volume { byHour(after: $after) { pageInfo { hasNextPage endCursor } edges { cursor } } } } }"
)
HOURS = Cursor(connection=("trafficData", "volume", "byHour"))


def connection(*hours: int, more: bool, cursor: str | None = None) -> dict[str, object]:
    info = {"hasNextPage": more, "endCursor": cursor}
    return {
        "data": {
            "trafficData": {"volume": {"byHour": {"pageInfo": info, "edges": [{"cursor": f"c{h}", "node": {"hour": h}} for h in hours]}}}
        }
    }


def graphql(answer: Callable[[str | None], dict[str, object]]) -> Script:
    def script(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        after = (json.loads(heard.body)["variables"] or {}).get("after")
        reply(body=json.dumps(answer(after)).encode())(handler, heard)

    return script


def test_a_cursor_is_followed_through_hours(tmp_path: Path) -> None:
    def answer(after: str | None) -> dict[str, object]:
        start = int(after[1:]) + 1 if after else 0
        return connection(*range(start, start + 100), more=start < 200, cursor=None if start == 100 else f"c{start + 99}")

    request = Request(
        url="https://source.test/",
        format="hours_json",
        period="2024-01",
        note="point 1",
        body={"query": QUERY, "variables": None},
        turn=HOURS,
    )
    with weather(graphql(answer)) as state:
        (fetched,) = asked(state, tmp_path, request)
    assert [json.loads(heard.body)["variables"] for heard in state.heard] == [None, {"after": "c99"}, {"after": "c199"}]
    hours = [
        edge["node"]["hour"]
        for s in fetched.snapshots
        for edge in json.loads(s.path.read_bytes())["data"]["trafficData"]["volume"]["byHour"]["edges"]
    ]
    assert hours == list(range(300))
    assert {s.period for s in fetched.snapshots} == {"2024-01"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"errors": [{"message": "no"}], "data": None}, "an error object instead of data: “no”"),
        ({"data": {"trafficData": None}}, "no list called trafficData.volume.byHour.edges"),
        ({"data": {"trafficData": {"volume": {"byHour": {"edges": []}}}}}, "does not say whether it goes on"),
        (connection(more=True), "goes on but has no cursor"),
        (connection(1, more=True, cursor="c1"), "page 2 is"),
    ],
)
def test_a_connection_that_cannot_be_followed_is_refused(answer: dict[str, object], says: str, tmp_path: Path) -> None:
    request = Request(url="https://source.test/", format="hours_json", body={"query": QUERY, "variables": {"a": 1}}, turn=HOURS)
    with weather(graphql(lambda _: answer)) as state, pytest.raises(SourceError, match=says):
        asked(state, tmp_path / "raw", request)
    assert not any(path.is_file() for path in (tmp_path / "raw").rglob("*"))
