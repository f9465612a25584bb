"""The sandbox on loopback: takes a question over HTTP, hands it to the stand-in of the host it was meant for, sends the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.sandbox import access, air, bikes, emissions, energy, statistics
from pipelines.sandbox.wire import Question, Reply, absent

HOSTS: dict[str, Callable[[Question], Reply]] = {
    "api.nilu.no": air.answer,
    "discomap.eea.europa.eu": air.register,
    "eeadmz1-downloads-api-appservice.azurewebsites.net": air.file_list,
    "eeadmz1batchservice02.blob.core.windows.net": air.file_of_hours,
    "api.elhub.no": energy.answer,
    "raw.githubusercontent.com": energy.yearly,
    "www.miljodirektoratet.no": emissions.workbook,
    "data.urbansharing.com": bikes.answer,
    "data.ssb.no": statistics.answer,
    "kart.ssb.no": access.grid,
    "storage.googleapis.com": access.timetable,
}


def answer(question: Question) -> Reply:
    """What the source would have answered; 404 for a host that has no stand-in."""
    stand_in = HOSTS.get(question.host)
    return stand_in(question) if stand_in else absent("The sandbox has no stand-in for this host")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, host, path = (unquote(parts.path) + "/").split("/", 2)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        question = Question(host, f"/{path.removesuffix('/')}", dict(parse_qsl(parts.query, separator="&")), headers, body)
        reply = answer(question)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: the one who asks keeps the record."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


@contextmanager
def serve() -> Iterator[str]:
    """A running sandbox on a free port of this machine; gives its base URL, and stops it in the end."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
