"""Bad weather at every source (F17–F22, F39): each dataset that asks a live service is asked through a server that misbehaves.

A new dataset is covered as soon as its `ask` gives a question; only those that may be asked elsewhere are named here.
"""

from __future__ import annotations

import gzip
import io
import socketserver
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from catalog.errors import SourceError
from catalog.load import load_datasets
from pipelines.datasets import ask
from pipelines.fetching import journal
from pipelines.fetching.answers import Fetched, fetch_each
from pipelines.fetching.bodies import expected
from pipelines.fetching.limits import Limits, Turns
from pipelines.reading.ask import Request, Window
from pipelines.sandbox.weather import Heard, Script, Weather, reply, weather
from pipelines.settings import ROOT

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
ELSEWHERE = {
    "air_quality_hourly": "https://eeadmz1-downloads-api-appservice.azurewebsites.net",
    "air_quality_daily": "https://api-luftmalinger.miljodirektoratet.no",
}
"""Services that a description may name instead of the one that it names."""
for name, service in ELSEWHERE.items():
    moved = DATASETS[name].source.model_copy(update={"service": service})
    DATASETS[f"{name} elsewhere"] = DATASETS[name].model_copy(update={"source": moved})
NOW = datetime(2026, 11, 23, tzinfo=UTC)
QUICK = Limits(connect=2, silence=1, transfer=20, longest_wait=2, first_wait=0.01, tries=3, max_bytes=2**20)


def first_question(name: str) -> Request | None:
    """The first question that a dataset asks about 2024 in one municipality; None for one that asks nobody."""
    start = max(DATASETS[name].source.starts_on, date(2024, 1, 1))
    window = Window(start, start.replace(year=start.year + 1), ("0301",))
    asked = next(iter(islice(ask(DATASETS[name], window), 1)), None)
    return replace(asked, turn=None) if asked else None


LIVE = {name: question for name in DATASETS if (question := first_question(name))}


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.csv", "a;b\n1;2\n")
    return buffer.getvalue()


WHOLE = {
    "json": b'{"data": [1, 2, 3]}',
    "csv": b"a;b\n1;2\n3;4\n",
    "zip": zipped(),
    "parquet": b"PAR1" + b"x" * 40 + b"PAR1",
    None: b"a;b\n1;2\n",
}
LOGIN = b"<!doctype html><html><head><title>Sign in</title></head><body><p>Hei, Kari Nordmann, kari@example.org</p></body></html>"
DOWN = b"<html><h1>Maintenance until 12:00</h1></html>"


def hang_up(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 2")


def drip(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
    while True:
        handler.wfile.write(b"1")
        time.sleep(0.05)


def endless(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while True:
        handler.wfile.write(b"1," * 2**15)


@dataclass(frozen=True)
class Fault:
    """What the server does, what must be said, how often it must be asked, and whether the answer is put aside."""

    scripts: Callable[[bytes], tuple[Script, ...]]
    says: str
    tries: int
    is_put_aside: bool = False


PASSING = {
    "too many requests, once": (2, lambda whole: (reply(429, b"", Retry_After="0.05"), reply(body=whole))),
    "too many requests, three times less one": (3, lambda whole: (reply(429, b""), reply(429, b"", Retry_After="0"), reply(body=whole))),
    "out of order": (2, lambda whole: (reply(503, b"oops"), reply(body=whole))),
    "hung up": (2, lambda whole: (hang_up, reply(body=whole))),
    "cut in half": (2, lambda whole: (reply(body=whole[: len(whole) // 2], length=len(whole)), reply(body=whole))),
    "cut before the last byte": (2, lambda whole: (reply(body=whole[:-1], length=len(whole)), reply(body=whole))),
    "packed and cut": (2, lambda whole: (reply(body=gzip.compress(whole)[:-6], length=None, Content_Encoding="gzip"), reply(body=whole))),
}
LASTING = {
    "come back tomorrow": Fault(lambda _: (reply(429, b"", Retry_After="100000"),), "come back at 2", 1),
    "out of order for ever": Fault(lambda _: (reply(500, b"oops"),), r"status 500 \(3 tries\)", 3),
    "hangs up for ever": Fault(lambda _: (hang_up,), r"connection broke.*\(3 tries\)", 3),
    "drips": Fault(lambda _: (drip,), "not finished within", 1),
    "login page": Fault(lambda _: (reply(body=LOGIN),), "an HTML page instead of .*“Sign in”", 1, True),
    "maintenance page": Fault(lambda _: (reply(body=DOWN, Content_Type="application/json"),), "“Maintenance until 12:00”", 1, True),
    "error object": Fault(lambda _: (reply(body=b'{"errors": [{"title": "No such table"}]}'),), "error object.*“No such table”", 1, True),
    "empty": Fault(lambda _: (reply(body=b""),), "an empty answer", 1, True),
    "another kind": Fault(lambda _: (reply(body=b"%PDF-1.7\n1 0 obj"),), "something else instead of", 1, True),
    "gone": Fault(lambda _: (reply(410, b""),), "status 410.*gone for good", 1, True),
    "no entry": Fault(lambda _: (reply(401, b'{"error": "no key"}'),), "status 401: “no key”", 1, True),
    "sent elsewhere": Fault(
        lambda _: (reply(302, b"", Location="http://169.254.169.254/"),),
        "neither https nor http|not on the list|answered with a redirect",
        1,
    ),
    "endless": Fault(lambda _: (endless,), "more than 1,048,576 bytes", 1),
    "a bomb": Fault(lambda _: (reply(body=gzip.compress(b" " * 2**24), Content_Encoding="gzip"),), "more than 1,048,576 bytes", 1),
    "packed twice": Fault(lambda whole: (reply(body=whole, Content_Encoding="gzip, gzip"),), "packed in a way", 1),
}


def asked(name: str, state: Weather, folder: Path, limits: Limits = QUICK) -> list[Fetched]:
    each = fetch_each(
        DATASETS[name],
        [LIVE[name]],
        folder / "raw",
        now=NOW,
        limits=limits,
        reroute=state.reroute,
        secrets={"nilu": "a-key-of-our-own", "enova": "another-key-of-our-own"},
        turns=Turns(),
        refused=folder / "quarantine",
    )
    return list(each)


def test_most_datasets_ask_a_live_service() -> None:
    assert len(LIVE) > 15


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("name", LIVE)
def test_a_fault_that_passes_costs_a_try_and_nothing_else(name: str, fault: str, tmp_path: Path) -> None:
    whole = WHOLE[expected(LIVE[name])]
    tries, scripts = PASSING[fault]
    with weather(*scripts(whole)) as state:
        (fetched,) = asked(name, state, tmp_path)
    assert len(state.heard) == tries
    (snapshot,) = fetched.snapshots
    assert snapshot.path.read_bytes() == whole
    assert journal.read(tmp_path / "raw").last[journal.question_of(DATASETS[name].id, LIVE[name])].status == 200


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize("name", LIVE)
def test_a_fault_that_lasts_is_an_error_of_the_source_and_leaves_nothing_in_the_archive(name: str, fault: str, tmp_path: Path) -> None:
    case = LASTING[fault]
    if fault == "another kind" and expected(LIVE[name]) is None:
        pytest.skip("NOT TESTED: this dataset does not say what its answers look like")
    with weather(*case.scripts(WHOLE[expected(LIVE[name])])) as state, pytest.raises(SourceError, match=case.says) as caught:
        asked(name, state, tmp_path, replace(QUICK, transfer=0.4) if fault == "drips" else QUICK)
    assert caught.value.exit_code == 3
    assert all((caught.value.what, caught.value.where, caught.value.effect, caught.value.next_step))
    of_base = 1 if fault == "gone" and LIVE[name].url.rstrip("/") != DATASETS[name].source.service.rstrip("/") else 0
    assert len(state.heard) == case.tries + of_base, "that something is gone is asked of the base address too"
    assert not any(path.is_file() for path in (tmp_path / "raw").rglob("*"))
    kept = sorted(path.suffix for path in (tmp_path / "quarantine").rglob("*") if path.is_file())
    assert kept == ([".body", ".json"] if case.is_put_aside else [])
    assert "Kari" not in str(caught.value)
