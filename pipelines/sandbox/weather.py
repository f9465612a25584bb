"""A source that misbehaves on purpose: a server on loopback whose answer to each request is a script. For tests and measurements.

```python
with weather(reply(503), reply(body=b"[]")) as state:      # the last script answers all further requests
    fetch(request, hosts=…, reroute=state.reroute)
state.heard                                                # every request as it came
```
"""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

GOOD = b'[{"value": 1}]'


@dataclass
class Heard:
    """One request as the server got it."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[socketserver.StreamRequestHandler, Heard], None]


@dataclass
class Weather:
    """A running server: which address it has, what it heard, what it answers to the first, second … last request."""

    base: str = ""
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    scripts: list[Script] = field(default_factory=list)

    def reroute(self, url: str) -> str:
        parts = urlsplit(url)
        return f"{self.base}/{parts.hostname}{parts.path}" + (f"?{parts.query}" if parts.query else "")


@contextmanager
def weather(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Weather]:
    state = Weather(scripts=list(scripts))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            state.connections += 1
            try:
                if tls:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                    self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                words = self.rfile.readline().decode("latin-1").split()
                headers = {}
                while (line := self.rfile.readline().strip()) and b":" in line:
                    name, _, value = line.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                heard = Heard(time.monotonic(), words[1], headers, self.rfile.read(int(headers.get("content-length", 0))))
                state.heard.append(heard)
                state.scripts[min(len(state.heard), len(state.scripts)) - 1](self, heard)
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        state.base = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield state
        server.shutdown()


def reply(status: int = 200, body: bytes = GOOD, length: int | None = -1, **headers: str) -> Script:
    """An ordinary answer; `length` may lie, or be None for an answer that says nothing about its length."""

    def script(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        announced = len(body) if length == -1 else length
        lines = [f"HTTP/1.1 {status} X", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        lines += [] if announced is None else [f"Content-Length: {announced}"]
        handler.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    return script
