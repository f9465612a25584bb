"""A key of a source is planted and every step is made to fail: it must turn up nowhere but at its source (F45)."""

from __future__ import annotations

import base64
import json
import logging
import socketserver
import subprocess
import sys
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from catalog.errors import BymaalError, UsageError
from catalog.model import Agent, Dataset, Source, Text
from pipelines.fetching.answers import fetch_each
from pipelines.fetching.limits import Limits, Turns
from pipelines.reading.ask import Request
from pipelines.sandbox.weather import Heard, Script, Weather, reply, weather
from pipelines.settings import ROOT, Settings, environment_without_keys

TOKEN = 'zq7/+Y&"§-planted-key'
FORMS = (TOKEN, quote(TOKEN, safe=""), quote(TOKEN), base64.b64encode(f"{TOKEN}:".encode()).decode(), json.dumps(TOKEN)[1:-1], TOKEN[:8])
QUICK = Limits(connect=2, silence=0.5, transfer=5, longest_wait=1, first_wait=0.01, tries=2, max_bytes=2**20)
TEXT = Text(nb="x", nn="x", en="x")
ASKED = Request(
    url="https://source.test/data?key={secret:planted}",
    format="things_json",
    params={"also": "{secret:PLANTED}"},
    headers={"Authorization": "{basic:planted}", "X-Key": "{secret:planted}"},
    period="all",
)


def dataset() -> Dataset:
    source = Source(
        publisher=Agent(name=TEXT), service="https://source.test/", hosts=("files.test",), licence="NLOD_2_0", attribution=TEXT,
        rhythm="P1M", starts_on=date(2019, 1, 1), formats=("things_json",),
    )  # fmt: skip
    return Dataset.model_construct(id="things", source=source)


def echo(status: int = 200, **headers: str) -> Script:
    """Says back everything it was sent, as a careless service does."""

    def script(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
        told = {"error" if status != 200 else "data": [heard.path, *heard.headers.values(), TOKEN]}
        if status != 200:
            told |= {"title": f"no such key: {TOKEN}", "message": base64.b64encode(f"{TOKEN}:".encode()).decode()}
        reply(status, json.dumps(told).encode(), ETag=quote(TOKEN), **headers)(handler, heard)

    return script


def hang_up(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
    handler.wfile.write(b"HTTP/1.1 2")


def silent(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
    import time

    time.sleep(2)


def odd_headers(handler: socketserver.StreamRequestHandler, heard: Heard) -> None:
    handler.wfile.write(f"HTTP/1.1 200 OK\r\nbroken header {quote(TOKEN)}\r\n\r\n{{".encode())


STEPS: dict[str, tuple[Script, ...]] = {
    "an answer that repeats it": (echo(),),
    "refused": (echo(401),),
    "forbidden": (echo(403),),
    "a question it does not like": (echo(400),),
    "out of order": (echo(500),),
    "come back tomorrow": (echo(429, Retry_After="100000"),),
    "a page": (reply(body=f"<html><title>No key {TOKEN}</title>{TOKEN}</html>".encode()),),
    "hung up": (hang_up,),
    "silent": (silent,),
    "odd headers": (odd_headers,),
    "sent to another host": (reply(302, b"", Location=f"https://files.test/f?key={quote(TOKEN, safe='')}"), echo(404)),
    "sent to a forbidden host": (reply(302, b"", Location=f"https://evil.test/{quote(TOKEN, safe='')}"),),
    "sent to nowhere": (reply(302, b"", Location=f"https://[{TOKEN}"),),
    "too large": (reply(body=b"[" + TOKEN.encode() * 100_000 + b"]"),),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_key_turns_up_nowhere_whatever_fails(step: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    said = []
    with weather(*STEPS[step]) as state:
        try:
            each = fetch_each(
                dataset(), [ASKED], tmp_path / "raw", now=datetime(2026, 1, 1, tzinfo=UTC), limits=QUICK, reroute=state.reroute,
                secrets={"planted": TOKEN}, turns=Turns(tmp_path / "turns"), refused=tmp_path / "quarantine",
            )  # fmt: skip
            said.append(repr(list(each)))
        except BymaalError as error:
            said += [str(error), repr(error), json.dumps(error.as_record()), "".join(traceback.format_exception(error))]
            said += [repr(vars(error))]
    assert any(quote(TOKEN, safe="") in heard.path for heard in state.heard), "the source itself must get it"
    assert state.heard[0].headers["authorization"] == "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    everything = "\n".join([*said, caplog.text, *(path.read_text("utf-8", errors="replace") for path in files), *map(str, files)])
    assert [form for form in FORMS if form in everything] == []


def test_a_key_goes_to_no_other_host_and_not_over_an_open_line() -> None:
    with weather(reply(302, b"", Location="https://files.test/f"), reply()) as state:
        asked_at(state)
    assert "authorization" not in state.heard[1].headers
    assert "x-key" not in state.heard[1].headers
    assert TOKEN not in state.heard[1].path
    with pytest.raises(UsageError, match="unprotected"):
        from pipelines.fetch import fetch

        fetch(Request(url="http://source.test/?k={secret:planted}", format="x_json"), hosts={"source.test"}, secrets={"planted": TOKEN})


def asked_at(state: Weather) -> None:
    from pipelines.fetch import fetch

    fetch(ASKED, hosts={"source.test", "files.test"}, limits=QUICK, reroute=state.reroute, secrets={"planted": TOKEN}, turns=Turns())


def test_user_and_password_are_taken_as_they_are() -> None:
    from pipelines.fetch import fetch

    request = Request(url="https://source.test/", format="x_json", headers={"Authorization": "{basic:nilu}"})
    for value, sent in (("client-id", "client-id:"), ("me:word", "me:word")):
        with weather(reply()) as state:
            fetch(request, hosts={"source.test"}, limits=QUICK, reroute=state.reroute, secrets={"nilu": value}, turns=Turns())
        assert state.heard[0].headers["authorization"] == "Basic " + base64.b64encode(sent.encode()).decode()


def test_settings_and_other_processes_do_not_show_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BYMAAL_SECRET_PLANTED", TOKEN)
    from pipelines.settings import from_environment

    settings = from_environment(data_dir=tmp_path)
    assert settings.secrets == {"planted": TOKEN}
    assert TOKEN not in repr(settings)
    assert TOKEN not in repr(environment_without_keys())


def test_the_command_line_does_not_show_a_key_when_everything_is_refused(tmp_path: Path) -> None:
    """A live run without a network: every source fails, and nothing that is said or written holds the key."""
    import os

    environment = {**os.environ, "BYMAAL_SECRET_NILU": TOKEN, "BYMAAL_SECRET_ENOVA": TOKEN}
    for command in (["status"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *command, "--data-dir", str(tmp_path)],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert TOKEN not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN in path.read_text("utf-8", errors="replace")]


def test_no_key_is_part_of_the_settings_of_a_run() -> None:
    assert "planted" not in repr(Settings(data_dir=Path(), secrets={"planted": TOKEN}))
