"""Who may be connected to: hosts on a list, addresses on the open internet, and only the address that was checked.

Also shuts every connection from outside when the time of a try is up. Knows sockets, not HTTP.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from catalog.errors import SourceError

KEPT = "nothing new was fetched; what was good before is still served"
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a network without IPv4 writes them."""

Resolve = Callable[[str, int], list[str]]


def refusal(what: str, url: str, next_step: str) -> SourceError:
    """A SourceError that names host and path alone: a query may hold a key, a user name is nobody's business."""
    parts = urlsplit(url)
    where = f"{parts.hostname}{re.sub(r'[^!-~]', '', parts.path)[:120]}"
    return SourceError(what, where=where, effect=KEPT, next_step=next_step)


def checked_host(url: str, hosts: Collection[str], origin: str | None) -> str:
    """The host of `url`, if it may be asked. `origin` is the URL that led here. Raises SourceError.

    Only names from the list pass, which also shuts out every way of writing an address as a number.
    """
    next_step = "look at the source's documentation; a further host is declared under source.hosts"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise SourceError("an address that cannot be read", next_step=next_step) from error
    if parts.scheme not in ("http", "https") or (origin and urlsplit(origin).scheme == "https" and parts.scheme == "http"):
        raise refusal("an address that is neither https nor http", origin or url, next_step)
    if parts.username is not None or parts.password is not None or port not in (None, 80 if parts.scheme == "http" else 443):
        raise refusal("an address with a port or a user name of its own", origin or url, next_step)
    if host not in hosts or not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc):
        raise refusal("a host that is not on the list for this dataset", origin or url, next_step)
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


class Door:
    """The only way out: connects to checked addresses alone, and can be shut from outside when time is up."""

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self.resolve = resolve
        self.allow_private = allow_private
        self.is_shut = False
        self.seconds = 0.0
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(0, self._shut)
        self._lock = threading.Lock()

    def open_for(self, seconds: float) -> Door:
        """Start the clock of one try. The door shuts by itself, whatever the other end sends or does not send."""
        self.is_shut = False
        self.seconds = seconds
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        return self

    def __enter__(self) -> Door:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def goes_through(self, pool: Any) -> None:
        """Make a connection pool connect through this door."""
        make = type(pool).ConnectionCls

        def checked(*args: Any, **kwargs: Any) -> HTTPConnection:
            connection: Any = make(*args, **kwargs)
            connection._new_conn = partial(self._connect, connection, connection._new_conn)
            return connection

        pool.ConnectionCls = checked

    def _connect(self, connection: HTTPConnection, connect: Callable[[], socket.socket]) -> socket.socket:
        """A socket to the first checked address that answers. The name is put back, because TLS holds the certificate against it."""
        name = connection.host
        try:
            addresses = self._checked(name, connection.port or 0)
        except (socket.gaierror, UnicodeError) as error:
            raise NewConnectionError(connection, "the name is not known") from error
        try:
            for number, address in enumerate(addresses, start=1):
                connection.host = address
                try:
                    return self._keep(connect())
                except (NewConnectionError, ConnectTimeoutError):
                    if number == len(addresses):
                        raise
            raise NewConnectionError(connection, "the name has no address")
        finally:
            connection.host = name

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = self.resolve(host, port)
        if not self.allow_private and not all(map(is_public, addresses)):
            raise SourceError(
                "the name points to an address inside a private network",
                where=host,
                effect="nothing was asked",
                next_step="check the name server; the sandbox is the only source on this machine",
            )
        return addresses

    def _keep(self, sock: socket.socket) -> socket.socket:
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
