"""People are told of what went wrong, where they want to be told, and the keys in their addresses stay secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from catalog.errors import SourceError, UsageError
from pipelines.notify import send


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict]]]:
    """A webhook on loopback, and what it was told. It refuses what is sent to `/closed`."""
    told: list[dict] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/closed"):
                self.send_response(503)
            else:
                told.append(json.loads(body))
                self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", told
    server.shutdown()


def test_an_incident_reaches_everybody_as_it_was_said(webhook: tuple[str, list[dict]]) -> None:
    address, told = webhook
    send([f"{address}/one", f"{address}/two"], "Bymål: kjøringen feilet", "raw/ghg_emissions – kilden svarte ikke <ikke & HTML>")
    assert [(message["title"], message["message"]) for message in told] == [
        ("Bymål: kjøringen feilet", "raw/ghg_emissions – kilden svarte ikke <ikke & HTML>")
    ] * 2


def test_nobody_to_tell_is_no_fault() -> None:
    send([], "title", "text")


def test_an_address_that_takes_nothing_is_told_by_its_place_and_never_by_its_key(
    webhook: tuple[str, list[dict]], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    address, told = webhook
    closed = address.replace("json://", "json://user:k3y@") + "/closed"
    with pytest.raises(SourceError) as refused:
        send([closed, f"{address}/open"], "title", "text")
    with pytest.raises(UsageError) as unknown:
        send(["nowhere://k3y@host"], "title", "text")
    assert "number 1" in str(refused.value) and "number 1" in str(unknown.value)
    assert len(told) == 1, "the others are told all the same"
    out = capfd.readouterr()
    assert "k3y" not in str(refused.value) + str(unknown.value) + caplog.text + out.out + out.err
