"""The guarded downloader: bytes from a URL of an allowed host, within limits, or a `SourceError`. The only module that imports requests.

What it does not do: read what is in the bytes. `bodies.py` tells data from a web page and a whole body from a cut one.
"""

from __future__ import annotations

import json
import logging
import math
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from catalog.errors import SourceError, UsageError
from pipelines.fetching.bodies import HEAD, Body, Damaged, TooLarge, contains, expected, quotable, take_in, unpacked, wrong_shape
from pipelines.fetching.door import Door, Resolve, addresses_of, checked_host, refusal
from pipelines.fetching.keys import filled_in, forms_of, placeholders, taken_out
from pipelines.fetching.limits import USUAL, Limits, Turns, manners_of
from pipelines.reading.ask import Request, full_url
from pipelines.settings import configured_catalog, names_a_proxy, software_version

CHUNK = 2**16
REDIRECTS = {301, 302, 303, 307, 308}
WORTH_RETRYING = {429, 500, 502, 503, 504}
KEPT_HEADERS = ("content-type", "content-encoding", "content-length", "etag", "last-modified", "date")
CONDITIONS = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
ASK_DOCUMENTATION = "look at the source's documentation"

for _log in ("urllib3.connection", "urllib3.connectionpool"):  # their lines hold whole addresses, and those may hold keys
    logging.getLogger(_log).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Answer:
    """The body of one answer, unpacked and whole, with where and when it was got. `url` and `headers` hold no key."""

    body: Body
    status: int
    """200; 304 without a body where the last answer still holds; 404 without one where the request said that absence is fine."""
    headers: dict[str, str]
    url: str
    retrieved_at: datetime

    @property
    def content(self) -> bytes:
        return self.body.content


class Refused(SourceError):
    """An answer that is no data, with what is kept of it for a person to look at."""

    def __init__(self, error: SourceError, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(error.what, where=error.where, effect=error.effect, next_step=error.next_step)
        self.status = status
        self.headers = dict(headers)
        self.body = body


@dataclass(frozen=True)
class Way:
    """What does not change from try to try and from page to page."""

    hosts: Collection[str]
    limits: Limits
    reroute: Callable[[str], str] | None
    secrets: Mapping[str, str]
    deadline: float
    turns: Turns
    spool: Path | None
    resolve: Resolve = addresses_of


OWN_TURNS = Turns()
"""The queue of those in this process that name no other."""


def fetch(
    request: Request,
    *,
    hosts: Collection[str],
    limits: Limits = USUAL,
    reroute: Callable[[str], str] | None = None,
    secrets: Mapping[str, str] | None = None,
    deadline: float = math.inf,
    resolve: Resolve | None = None,
    turns: Turns | None = None,
    spool: Path | None = None,
    known: Mapping[str, str] | None = None,
) -> Answer:
    """The answer to one request, or the first page of it.

    `hosts` are the only names that may be asked, also by way of redirects. `reroute` turns a checked URL into the
    one that is really asked (the sandbox); only then may the address be on this machine, and no pause is kept
    between requests. `{secret:NAME}` in the request's URL, parameters or headers is filled in from `secrets` at the last
    moment, so that neither answers nor errors hold it. `deadline` is a `time.monotonic()` value that no wait may
    pass. `turns` is the queue of those who ask, `spool` the folder for bodies too long for memory. `known` are the headers of
    the last answer; with its `etag` or `last-modified` the source may say that it still holds. Raises SourceError, and UsageError for a
    secret that is not set.
    """
    way = Way(hosts, limits, reroute, secrets or {}, deadline, turns or OWN_TURNS, spool, resolve or addresses_of)
    return fetch_by(way, request, known or {})


def fetch_by(way: Way, request: Request, known: Mapping[str, str]) -> Answer:
    """The same as `fetch`."""
    url = full_url(request)
    host = checked_host(url, way.hosts, origin=None)
    if way.reroute is None and urlsplit(url).scheme == "http" and placeholders(request):
        raise UsageError("a key would be sent unprotected", where=host, effect="the source was not asked", next_step="ask it by https")
    limits = manners_of(host).applied_to(way.limits)
    way = replace(way, limits=limits)
    interval = 0.0 if way.reroute else limits.interval
    door = Door(way.resolve, allow_private=way.reroute is not None)
    number = 0
    while True:
        number += 1
        if (too_long := way.turns.take(host, interval, limits.longest_wait, way.deadline)) is not None:
            raise _come_back(url, too_long)
        try:
            return _try_once(request, url, way, door, known)
        except _Passing as failure:
            growing = min(limits.first_wait * 2 ** (number - 1), limits.longest_wait) * random.uniform(0.5, 1.5)
            wait = growing if failure.wait is None else failure.wait
            way.turns.hold(host, wait)
            is_late = time.monotonic() + wait > way.deadline
            # What led to it may quote the address that was asked, with its key, so it is not handed on.
            if failure.wait is not None and (wait > limits.longest_wait or is_late):
                raise _come_back(url, wait) from None
            if number >= limits.tries or is_late:
                behind_proxy = failure.what.startswith("no connection") and names_a_proxy()
                next_step = (
                    "let this host through the firewall: the proxy in the environment is not used" if behind_proxy else "run again later"
                )
                raise refusal(f"{failure.what} ({number} tries)", url, next_step) from None


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


@cache
def user_agent() -> str:
    """The name we give ourselves: software, version and where to complain. Some sources refuse nameless clients."""
    contact = configured_catalog().contact
    return f"bymaal/{software_version()} (+{contact.page or f'mailto:{contact.email}'})"


@cache
def client_name() -> str:
    """The name for sources that want one in a header of their own: whose catalogue, and which software."""
    return f"{urlsplit(configured_catalog().base_uri).hostname}-bymaal"


class _Passing(Exception):
    """A failure that another try may get past; `wait` is how long the source asked us to stay away."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.wait = wait


def _try_once(request: Request, url: str, way: Way, door: Door, known: Mapping[str, str]) -> Answer:
    """One try with its redirects, on a connection of its own. Messages name the URL that was asked for, never one from an answer."""
    limits = way.limits
    seconds = max(0.001, min(limits.transfer, way.deadline - time.monotonic()))
    timeout = (min(limits.connect, seconds), min(limits.silence, seconds))
    own = {"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
    body = None
    if request.body is not None:
        body = json.dumps(request.body, ensure_ascii=False, allow_nan=False).encode()
        own["Content-Type"] = "application/json"
    named = manners_of(urlsplit(url).hostname or "").client_header
    headers = own | ({named: client_name()} if named else {}) | (_conditions(known) if body is None else {})
    headers |= {name: filled_in(value, way.secrets) for name, value in request.headers.items()}
    here, asked = url, filled_in(url, way.secrets, quoted=True)
    try:
        with door.open_for(seconds), _Adapter(door) as adapter:
            for _ in range(limits.redirects + 1):
                method, target = "GET" if body is None else "POST", way.reroute(asked) if way.reroute else asked
                prepared = requests.Request(method, target, headers=headers, data=body).prepare()
                with adapter.send(prepared, stream=True, timeout=timeout) as response:
                    if response.status_code not in REDIRECTS:
                        return _answer(request, response, url, way, door, is_conditional=bool(headers.keys() & CONDITIONS.keys()))
                    location = response.headers.get("Location", "")
                if body is not None and response.status_code not in (307, 308):
                    raise refusal("a question by POST was answered with a redirect", url, ASK_DOCUMENTATION)
                there = _joined(here, location, url)
                if checked_host(there, way.hosts, origin=here) != urlsplit(here).hostname:
                    headers = own
                here = asked = there  # taken as it is: a key is never filled into an address that came from outside
            raise refusal(f"more than {limits.redirects} redirects", url, ASK_DOCUMENTATION)
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout, HTTPError, OSError) as error:
        # None of these errors is handed on: their texts hold the address that was asked, and it may hold a key.
        if door.is_shut:
            raise _too_long(url, seconds) from None
        causes = _causes(error)
        if any(isinstance(cause, ssl.SSLCertVerificationError | ssl.CertificateError) for cause in causes):
            raise refusal("the certificate does not hold", url, "check the clock of this machine and the source's certificate") from None
        raise _Passing(_in_words(causes, limits)) from None
    except (requests.exceptions.RequestException, ValueError):
        raise refusal("an address or a header that cannot be sent", url, "look at the question that the dataset asks") from None


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    """Headers by which a source can say that its last answer still holds."""
    wanted = {name: known.get(header, "") for name, header in CONDITIONS.items()}
    return {name: value for name, value in wanted.items() if re.fullmatch(r"[ -~]{1,500}", value)}


def _answer(request: Request, response: requests.Response, url: str, way: Way, door: Door, *, is_conditional: bool) -> Answer:
    """The whole body of a good answer; anything else raised as what it means."""
    status, headers = response.status_code, response.headers
    kept = {name: taken_out(headers[name], way.secrets)[:500] for name in KEPT_HEADERS if name in headers}
    if status in WORTH_RETRYING:
        raise _Passing(f"status {status}", wait_asked_for(headers.get("Retry-After"), datetime.now(UTC)))
    if (status == 304 and is_conditional) or (status == 404 and request.absent_is_fine):
        return Answer(take_in([], None), status, kept, url, datetime.now(UTC).replace(microsecond=0))
    if status != 200:
        next_step = {
            401: "the source wants a key: set it as BYMAAL_SECRET_<NAME>",
            403: "the source refuses us: check the key and the terms of use",
            404: "the address has moved or the period is not published: look at the source's documentation",
            410: "it is gone for good: look for what has succeeded it",
        }.get(status, ASK_DOCUMENTATION)
        raise _refused(f"status {status}", url, next_step, status, kept, _beginning(response), way)
    body = _body(response, url, way, is_keyed=bool(placeholders(request)))
    if door.is_shut:
        raise _too_long(url, door.seconds)
    expects = expected(request)
    if what := wrong_shape(body, expects):
        if what.endswith("is cut"):
            raise _Passing(what)
        raise _refused(what, url, "open the address in a browser; the source may be down or have moved", status, kept, body.head, way)
    is_framed = "Content-Length" in headers or "Transfer-Encoding" in headers
    if expects == "csv" and not is_framed and not body.tail.endswith(b"\n"):
        raise _Passing("a CSV text without a length that stops inside a line")
    return Answer(body, status, kept, url, datetime.now(UTC).replace(microsecond=0))


def _body(response: requests.Response, url: str, way: Way, *, is_keyed: bool) -> Body:
    """The body, unpacked, without our keys should the source repeat them. Raises SourceError for one that is too large or oddly packed."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise refusal("an answer packed in a way that was not asked for", url, ASK_DOCUMENTATION)
    most = way.limits.max_bytes
    pieces = unpacked(response.raw.stream(CHUNK, decode_content=False), is_gzip="gzip" in encoding, max_bytes=most)
    try:
        body = take_in(pieces, way.spool)
    except TooLarge:
        raise refusal(f"more than {most:,} bytes", url, "check the address, or raise the limit if the source has grown") from None
    except Damaged as error:
        raise _Passing(str(error)) from None
    if not is_keyed or not contains(body, [form.encode() for form in forms_of(way.secrets)]):
        return body
    content = body.content
    for form, placeholder in forms_of(way.secrets).items():
        content = content.replace(form.encode(), placeholder.encode())
    return take_in([content], way.spool)


def _beginning(response: requests.Response) -> bytes:
    """What can be had of the first bytes of an answer that is refused anyway; nothing when they do not come."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    found = bytearray()
    with suppress(TooLarge, Damaged, HTTPError, OSError):  # the status alone is reason enough; this is only for the one who looks into it
        for piece in unpacked(response.raw.stream(CHUNK, decode_content=False), is_gzip="gzip" in encoding, max_bytes=HEAD):
            found += piece
    return bytes(found)


def _refused(what: str, url: str, next_step: str, status: int, headers: Mapping[str, str], body: bytes, way: Way) -> Refused:
    """An answer that is no data, as an error that quotes what it says about itself, and keeps the beginning without our keys."""
    quoted = quotable(body, forms_of(way.secrets))
    for form, placeholder in forms_of(way.secrets).items():
        body = body.replace(form.encode(), placeholder.encode())
    return Refused(refusal(f"{what}: “{quoted}”" if quoted else what, url, next_step), status, headers, body)


def _joined(base: str, location: str, url: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise refusal("a redirect that cannot be read", url, ASK_DOCUMENTATION) from error


class _Adapter(HTTPAdapter):
    """Sends through a `Door`: a name is resolved once, and the address that was checked is the one connected to."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door

    def __enter__(self) -> _Adapter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        self._door.goes_through(pool)
        return pool


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


def _come_back(url: str, seconds: float) -> SourceError:
    back_at = datetime.now(UTC) + timedelta(seconds=seconds)
    return refusal(f"the source asks us to come back at {back_at:%Y-%m-%d %H:%M} UTC", url, "run again after that time")


def _too_long(url: str, seconds: float) -> SourceError:
    return refusal(f"not finished within {seconds:g} s", url, "try again later, or raise the limit if the source has grown")
