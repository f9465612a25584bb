"""Whether Dagster's UI, which has no login, answers to other machines. Asks only ports of those who run such a server here."""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROCESSES = Path("/proc")
LISTENS = "0A"
SERVER = re.compile(rb"dagster[-_]webserver|dagster\0dev\b|dagit\b")
PREFIX = re.compile(rb"\0(?:--path-prefix[\0=]|-l\0)(/[\w/-]+)")
SECONDS = 2


@dataclass(frozen=True, order=True)
class Port:
    """A TCP port on which somebody other than this machine can be heard."""

    number: int
    host: str
    """Where it is reached from here."""
    user: int


def exposed(processes: Path = PROCESSES) -> list[Port]:
    """The ports on which Dagster's web server answers without a login, to more than this machine; one for each number.

    Raises OSError where the system does not tell who listens, as elsewhere than on Linux.
    """
    servers = list(_servers(processes))
    users = {user for user, _ in servers}
    prefixes = {"", *(prefix for _, found in servers for prefix in found)}
    ports = {port.number: port for port in _open_to_others(processes) if port.user in users}
    return sorted(port for port in ports.values() if any(_is_dagster(port, prefix) for prefix in prefixes))


def _servers(processes: Path) -> Iterator[tuple[int, list[str]]]:
    """The user of each web server of Dagster that runs here, and the prefixes of its addresses."""
    for process in processes.glob("[0-9]*"):
        try:
            command, user = (process / "cmdline").read_bytes(), process.stat().st_uid
        except OSError:  # it has ended meanwhile
            continue
        if SERVER.search(command):
            yield user, [prefix.decode() for prefix in PREFIX.findall(command)]


def _open_to_others(processes: Path) -> Iterator[Port]:
    """Every TCP port that listens on an address other than loopback."""
    tables = [processes / "net" / name for name in ("tcp", "tcp6")]
    for line in [line for table in tables if table.is_file() or table.name == "tcp" for line in table.read_text("ascii").splitlines()[1:]]:
        _, local, _, state, _, _, _, user, *_ = line.split()
        written, _, port = local.partition(":")
        address = _address(bytes.fromhex(written))
        if state == LISTENS and not address.is_loopback:
            here = ("127.0.0.1" if address.version == 4 else "::1") if address.is_unspecified else str(address)
            yield Port(int(port, 16), here, int(user))


def _address(written: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as the kernel prints it: words of four bytes in the order of this machine."""
    words = [written[at : at + 4] for at in range(0, len(written), 4)]
    address = ipaddress.ip_address(b"".join(word[::-1] if sys.byteorder == "little" else word for word in words))
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _is_dagster(port: Port, prefix: str) -> bool:
    """Whether it tells, unasked for any password, that it is Dagster's web server."""
    connection = http.client.HTTPConnection(port.host, port.number, timeout=SECONDS)
    try:
        connection.request("GET", f"{prefix}/server_info")
        return "dagster_webserver_version" in json.loads(connection.getresponse().read(10_000))
    except (OSError, ValueError, TypeError, http.client.HTTPException):
        return False
    finally:
        connection.close()
