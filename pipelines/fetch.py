"""The guarded downloader: bytes from a URL of an allowed host, within limits, or a `SourceError`. The only module that imports requests.

What it does not do: read what is in the bytes. It only tells data from a web page and a whole body from a cut one.
"""

from __future__ import annotations

import ipaddress
import json
import math
import random
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from catalog.errors import SourceError, UsageError
from catalog.load import load_catalog
from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.archive import store
from pipelines.ask import Request, full_url
from pipelines.settings import software_version

CHUNK = 2**16
REDIRECTS = {301, 302, 303, 307, 308}
WORTH_RETRYING = {429, 500, 502, 503, 504}
KEPT_HEADERS = ("content-type", "etag", "last-modified", "date")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a network without IPv4 writes them."""
ASK_DOCUMENTATION = "look at the source's documentation"
SLOWER_HOSTS = {"data.ssb.no": 2.1}
"""Seconds between requests where the source states a limit: Statistics Norway allows 30 calls a minute."""


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and counts that no request goes beyond."""

    connect: float = 10.0
    silence: float = 60.0
    """Longest pause between two pieces of an answer."""
    transfer: float = 300.0
    """One whole try: connecting, redirects, headers and body. It wins over every other limit."""
    longest_wait: float = 300.0
    """Longest wait that a source may ask for before the request is given up."""
    first_wait: float = 1.0
    """Wait before the second try; it doubles each time and is jittered by half."""
    tries: int = 5
    redirects: int = 5
    max_bytes: int = 100 * 2**20
    """Size of the body after unpacking."""
    interval: float = 0.5
    """Shortest time between two requests to one host, over all threads of the process."""


@dataclass(frozen=True)
class Answer:
    """The body of one answer, unpacked and whole, with where and when it was got. `url` holds no secret."""

    content: bytes
    status: int
    """200, or 404 with an empty body where the request said that absence is fine."""
    headers: dict[str, str]
    url: str
    retrieved_at: datetime


def fetch(
    request: Request,
    *,
    hosts: Collection[str],
    limits: Limits = Limits(),
    reroute: Callable[[str], str] | None = None,
    secrets: Mapping[str, str] | None = None,
    deadline: float = math.inf,
    resolve: Callable[[str, int], list[str]] | None = None,
) -> Answer:
    """The answer to one request.

    `hosts` are the only names that may be asked, also by way of redirects. `reroute` turns a checked URL into the
    one that is really asked (the sandbox); only then may the address be on this machine, and no pause is kept
    between requests. `{secret:NAME}` in the request's URL, parameters or headers is filled in from `secrets` at the last
    moment, so that neither answers nor errors hold it. `deadline` is a `time.monotonic()` value that no wait may
    pass. Raises SourceError, and UsageError for a secret that is not set.
    """
    url = full_url(request)
    host = checked_host(url, hosts, origin=None)
    interval = 0.0 if reroute else max(limits.interval, SLOWER_HOSTS.get(host, 0.0))
    door = _Door(resolve or addresses_of, allow_private=reroute is not None)
    number = 0
    while True:
        number += 1
        _take_turn(host, interval, limits.longest_wait, deadline)
        try:
            return _try_once(request, url, hosts, limits, reroute, secrets or {}, door, deadline)
        except _Passing as failure:
            growing = min(limits.first_wait * 2 ** (number - 1), limits.longest_wait) * random.uniform(0.5, 1.5)
            wait = growing if failure.wait is None else failure.wait
            _hold(host, wait)
            if failure.wait is not None and (wait > limits.longest_wait or time.monotonic() + wait > deadline):
                raise _come_back(url, wait) from failure
            if number >= limits.tries or time.monotonic() + wait > deadline:
                raise _error(f"{failure.what} ({number} tries)", url, "run again later") from failure


def fetch_all(
    dataset: Dataset,
    asked: Iterable[Request],
    raw: Path,
    *,
    now: datetime,
    limits: Limits = Limits(),
    reroute: Callable[[str], str] | None = None,
    secrets: Mapping[str, str] | None = None,
    deadline: float = math.inf,
    report: Callable[[Request, Answer], None] | None = None,
) -> list[Snapshot]:
    """One snapshot for each request that the source answered, stored in `raw` and in the order of the requests.

    `report` hears of every answer, also of those that say that nothing was published (status 404, no snapshot).
    The index is not written. Raises SourceError at the first request that fails; what was stored before stays.
    """
    source = dataset.source
    hosts = {urlsplit(source.service).hostname or "", *source.hosts}
    snapshots = []
    for request in asked:
        answer = fetch(request, hosts=hosts, limits=limits, reroute=reroute, secrets=secrets, deadline=deadline)
        if report:
            report(request, answer)
        if answer.status == 404:
            continue
        path = store(raw, answer.content, dataset=dataset.id, suffix=_suffix(request))
        snapshots.append(
            Snapshot(
                dataset=dataset.id,
                format=request.format,
                path=path,
                source_url=answer.url,
                publisher=source.publisher.name.nb,
                licence=source.licence,
                retrieved_on=now.date(),
                note=request.note,
                sha256=path.name.partition(".")[0],
                size=len(answer.content),
                period=request.period,
            )
        )
    return snapshots


def checked_host(url: str, hosts: Collection[str], origin: str | None) -> str:
    """The host of `url`, if it may be asked. `origin` is the URL that redirected here. Raises SourceError.

    Only names from the list pass, which also shuts out every way of writing an address as a number.
    """
    next_step = "look at the source's documentation; a further host is declared under source.hosts"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise SourceError("an address that cannot be read", next_step=next_step) from error
    if parts.scheme not in ("http", "https") or (origin and urlsplit(origin).scheme == "https" and parts.scheme == "http"):
        raise _error("an address that is neither https nor http", origin or url, next_step)
    if parts.username is not None or parts.password is not None or port not in (None, 80 if parts.scheme == "http" else 443):
        raise _error("an address with a port or a user name of its own", origin or url, next_step)
    if host not in hosts or not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc):
        raise _error("a host that is not on the list for this dataset", origin or url, next_step)
    return host


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses that a name stands for now, each once, in the resolver's order."""
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an address lies on the open internet, also when an IPv4 address is wrapped in an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
        ip = ip.ipv4_mapped or ip.sixtofour or translated or ip
    return ip.is_global and not ip.is_multicast


def wait_asked_for(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for: seconds (also with decimals) or a date; None where it says nothing."""
    if header is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", header):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())


def wrong_shape(content: bytes, expects: str | None) -> str | None:
    """What a body is instead of what was expected, in words without any of its text; None when it looks right.

    The first and the last bytes decide, not the declared type: an outdated link answers 200 with a web page, and a cut
    body without a length looks whole to HTTP.
    """
    head = content[:1024].lstrip(b"\xef\xbb\xbf").lstrip()
    tail = content[-1024:].rstrip()
    wanted = {"json": "JSON", "csv": "CSV", "zip": "a zip file or workbook", "parquet": "Parquet"}.get(expects or "", "data")
    if not head:
        return f"an empty answer instead of {wanted}"
    if head.startswith(b"<"):
        kind = "an HTML page" if re.match(rb"<(!doctype\s+html|html|head|body|!--)", head, re.IGNORECASE) else "markup"
        return f"{kind} instead of {wanted}"
    if expects == "json" and (head[:1] not in b"{[" or tail[-1:] != (b"}" if head[:1] == b"{" else b"]")):
        return "a JSON text that is cut" if head[:1] in b"{[" else "something else instead of JSON"
    if expects == "zip" and not (content.startswith(b"PK\x03\x04") and _ends_like_a_zip(content)):
        return "a zip file that is cut" if b"PK\x03\x04".startswith(content[:4]) else "something else instead of a zip file or workbook"
    if expects == "parquet" and not (content.startswith(b"PAR1") and content.endswith(b"PAR1") and len(content) > 8):
        return "a Parquet file that is cut" if b"PAR1".startswith(content[:4]) else "something else instead of Parquet"
    if expects == "csv" and (b"\x00" in head or head[:1] in b"{[" or content.startswith((b"PK\x03\x04", b"PAR1"))):
        return "something else instead of CSV"
    return None


def _ends_like_a_zip(content: bytes) -> bool:
    """Whether the last record of a zip file is there, with its comment and nothing after it."""
    end = content.rfind(b"PK\x05\x06")
    return end >= 0 and len(content) == end + 22 + int.from_bytes(content[end + 20 : end + 22], "little")


@cache
def user_agent() -> str:
    """The name we give ourselves: software, version and where to complain. Some sources refuse nameless clients."""
    contact = load_catalog().contact
    return f"bymaal/{software_version()} (+{contact.page or f'mailto:{contact.email}'})"


class _Passing(Exception):
    """A failure that another try may get past; `wait` is how long the source asked us to stay away."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.wait = wait


def _try_once(
    request: Request,
    url: str,
    hosts: Collection[str],
    limits: Limits,
    reroute: Callable[[str], str] | None,
    secrets: Mapping[str, str],
    door: _Door,
    deadline: float,
) -> Answer:
    """One try with its redirects, on a connection of its own. Messages name the URL that was asked for, never one from an answer."""
    seconds = max(0.001, min(limits.transfer, deadline - time.monotonic()))
    timeout = (min(limits.connect, seconds), min(limits.silence, seconds))
    own = {"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
    body = None
    if request.body is not None:
        body = json.dumps(request.body, ensure_ascii=False, allow_nan=False).encode()
        own["Content-Type"] = "application/json"
    headers = own | {name: _with_secrets(value, secrets) for name, value in request.headers.items()}
    here, asked = url, _with_secrets(url, secrets, quoted=True)
    try:
        with door.open_for(seconds), _Adapter(door) as adapter:
            for _ in range(limits.redirects + 1):
                method, target = "GET" if body is None else "POST", reroute(asked) if reroute else asked
                prepared = requests.Request(method, target, headers=headers, data=body).prepare()
                with adapter.send(prepared, stream=True, timeout=timeout) as response:
                    if response.status_code not in REDIRECTS:
                        return _answer(request, response, url, limits, door)
                    location = response.headers.get("Location", "")
                if body is not None and response.status_code not in (307, 308):
                    raise _error("a question by POST was answered with a redirect", url, ASK_DOCUMENTATION)
                there = _joined(here, location, url)
                if checked_host(there, hosts, origin=here) != urlsplit(here).hostname:
                    headers = own
                here = asked = there  # taken as it is: a key is never filled into an address that came from outside
            raise _error(f"more than {limits.redirects} redirects", url, ASK_DOCUMENTATION)
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout, HTTPError, OSError) as error:
        if door.is_shut:
            raise _too_long(url, seconds) from error
        causes = _causes(error)
        if any(isinstance(cause, ssl.SSLCertVerificationError | ssl.CertificateError) for cause in causes):
            raise _error("the certificate does not hold", url, "check the clock of this machine and the source's certificate") from error
        raise _Passing(_in_words(causes, limits)) from error


def _answer(request: Request, response: requests.Response, url: str, limits: Limits, door: _Door) -> Answer:
    """The whole body of a good answer; anything else raised as what it means."""
    status, headers = response.status_code, response.headers
    if status in WORTH_RETRYING:
        raise _Passing(f"status {status}", wait_asked_for(headers.get("Retry-After"), datetime.now(UTC)))
    content = b""
    if not (status == 404 and request.absent_is_fine):
        if status != 200:
            next_step = {
                401: "the source wants a key: set it as BYMAAL_SECRET_<NAME>",
                403: "the source refuses us: check the key and the terms of use",
                404: "the address has moved or the period is not published: look at the source's documentation",
                410: "the source has ended: look for its successor",
            }.get(status, ASK_DOCUMENTATION)
            raise _error(f"status {status}", url, next_step)
        content = b"".join(_unpacked(response, url, limits.max_bytes))
        if door.is_shut:
            raise _too_long(url, door.seconds)
        expects = expected(request)
        framed = "Content-Length" in headers or "Transfer-Encoding" in headers
        if what := wrong_shape(content, expects):
            if what.endswith("is cut"):
                raise _Passing(what)
            raise _error(what, url, "open the address in a browser; the source may be down or have moved")
        if expects == "csv" and not framed and not content.endswith(b"\n"):
            raise _Passing("a CSV text without a length that stops inside a line")
    kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
    return Answer(content, status, kept, url, datetime.now(UTC).replace(microsecond=0))


def _unpacked(response: requests.Response, url: str, max_bytes: int) -> Iterator[bytes]:
    """The body in pieces, unpacked here and not by the library, so that no piece can be larger than what is left of the limit."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise _error("an answer packed in a way that was not asked for", url, ASK_DOCUMENTATION)
    gzip = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    left = max_bytes
    try:
        for piece in response.raw.stream(CHUNK, decode_content=False):
            rest = piece
            while rest:
                out = rest if gzip is None else gzip.decompress(rest, left + 1)
                rest = b"" if gzip is None else gzip.unconsumed_tail
                left -= len(out)
                if left < 0:
                    raise _error(f"more than {max_bytes:,} bytes", url, "check the address, or raise the limit if the source has grown")
                yield out
    except zlib.error as error:
        raise _Passing("a packed body that is damaged") from error
    if gzip is not None and not gzip.eof:
        raise _Passing("a packed body that is cut")


def expected(request: Request) -> str | None:
    """What the body must be: as the request says, or as the name of its format says; None where neither does."""
    if request.expects:
        return request.expects
    words = request.format.split("_")
    for word, kind in (("json", "json"), ("jsonstat2", "json"), ("csv", "csv"), ("xlsx", "zip"), ("zip", "zip"), ("parquet", "parquet")):
        if word in words:
            return kind
    return "json" if words[0] == "nilu" else None


def _suffix(request: Request) -> str:
    if "xlsx" in request.format:
        return ".xlsx"
    kind = expected(request)
    return f".{kind}" if kind else ""


def _with_secrets(text: str, secrets: Mapping[str, str], *, quoted: bool = False) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1].lower()
        if not secrets.get(name):
            raise UsageError(
                "a key is not set", where=name, effect="the source was not asked", next_step=f"set BYMAAL_SECRET_{name.upper()}"
            )
        return quote(secrets[name], safe="") if quoted else secrets[name]

    return re.sub(r"\{secret:(\w+)\}", value, text)


def _joined(base: str, location: str, url: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise _error("a redirect that cannot be read", url, ASK_DOCUMENTATION) from error


class _Door:
    """The only way out: connects to checked addresses alone, and can be shut from outside when time is up."""

    def __init__(self, resolve: Callable[[str, int], list[str]], *, allow_private: bool) -> None:
        self.resolve = resolve
        self.allow_private = allow_private
        self.is_shut = False
        self.seconds = 0.0
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(0, self._shut)
        self._lock = threading.Lock()

    def open_for(self, seconds: float) -> _Door:
        """Start the clock of one try. The door shuts by itself, whatever the other end sends or does not send."""
        self.is_shut = False
        self.seconds = seconds
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        return self

    def __enter__(self) -> _Door:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def checked(self, host: str, port: int) -> list[str]:
        addresses = self.resolve(host, port)
        if not self.allow_private and not all(map(is_public, addresses)):
            raise SourceError(
                "the name points to an address inside a private network",
                where=host,
                effect="nothing was asked",
                next_step="check the name server; the sandbox is the only source on this machine",
            )
        return addresses

    def keep(self, sock: socket.socket) -> socket.socket:
        """Hold a second handle on a connection: it still works after TLS has taken over the first one."""
        with self._lock:
            self._sockets.append(sock.dup())
        if self.is_shut:
            self._shut()
        return sock

    def _shut(self) -> None:
        self.is_shut = True
        with self._lock:
            for sock in self._sockets:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:  # the other end was quicker
                    continue


class _Adapter(HTTPAdapter):
    """Sends through a `_Door`: a name is resolved once, and the address that was checked is the one connected to."""

    def __init__(self, door: _Door) -> None:
        super().__init__()
        self._door = door

    def __enter__(self) -> _Adapter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        make = type(pool).ConnectionCls

        def checked(*args: Any, **kwargs: Any) -> HTTPConnection:
            connection: Any = make(*args, **kwargs)
            connection._new_conn = partial(_connect, connection, connection._new_conn, self._door)
            return connection

        pool.ConnectionCls = checked  # pyright: ignore[reportAttributeAccessIssue]
        return pool


def _connect(connection: HTTPConnection, connect: Callable[[], socket.socket], door: _Door) -> socket.socket:
    """A socket to the first checked address that answers. The name is put back, because TLS holds the certificate against it."""
    name = connection.host
    try:
        addresses = door.checked(name, connection.port or 0)
    except (socket.gaierror, UnicodeError) as error:
        raise NewConnectionError(connection, "the name is not known") from error
    try:
        for number, address in enumerate(addresses, start=1):
            connection.host = address
            try:
                return door.keep(connect())
            except (NewConnectionError, ConnectTimeoutError):
                if number == len(addresses):
                    raise
        raise NewConnectionError(connection, "the name has no address")
    finally:
        connection.host = name


_next_turn: dict[str, float] = {}
_turns = threading.Lock()


def _take_turn(host: str, interval: float, longest_wait: float, deadline: float) -> None:
    """Wait until `host` may be asked again. All threads of the process share the same queue for a host."""
    with _turns:
        now = time.monotonic()
        start = max(now, _next_turn.get(host, 0.0))
        if start - now > longest_wait or start > deadline:
            raise _come_back(f"https://{host}", start - now)
        _next_turn[host] = start + interval
    time.sleep(start - now)


def _hold(host: str, seconds: float) -> None:
    """Leave a host in peace for a while, for all threads."""
    with _turns:
        _next_turn[host] = max(_next_turn.get(host, 0.0), time.monotonic() + seconds)


def _causes(error: BaseException) -> list[BaseException]:
    """An error and everything that led to it, the last first."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _in_words(causes: list[BaseException], limits: Limits) -> str:
    """What went wrong on the line, without any text that came over it."""
    if any(isinstance(cause, NewConnectionError | socket.gaierror) for cause in causes):
        return "no connection"
    if any(isinstance(cause, requests.exceptions.ConnectTimeout | ConnectTimeoutError) for cause in causes):
        return f"no connection within {limits.connect:g} s"
    if any(isinstance(cause, requests.exceptions.ReadTimeout | ReadTimeoutError | TimeoutError) for cause in causes):
        return f"silence for more than {limits.silence:g} s"
    return "the connection broke before the answer was whole"


def _error(what: str, url: str, next_step: str) -> SourceError:
    """A SourceError that names host and path alone: a query may hold a key, a user name is nobody's business."""
    parts = urlsplit(url)
    where = f"{parts.hostname}{re.sub(r'[^!-~]', '', parts.path)[:120]}"
    return SourceError(what, where=where, effect="nothing new was fetched; what was good before is still served", next_step=next_step)


def _come_back(url: str, seconds: float) -> SourceError:
    back_at = datetime.now(UTC) + timedelta(seconds=seconds)
    return _error(f"the source asks us to come back at {back_at:%Y-%m-%d %H:%M} UTC", url, "run again after that time")


def _too_long(url: str, seconds: float) -> SourceError:
    return _error(f"not finished within {seconds:g} s", url, "try again later, or raise the limit if the source has grown")
