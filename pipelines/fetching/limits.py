"""What no request goes beyond: seconds, bytes, tries, and the pace of each host, which all processes of this machine share."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml
from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from catalog.errors import BusyError, MetadataError
from catalog.model import Model, Words

LONGEST_LOCK = 30.0
"""Seconds to wait for the file of a queue, which is never held for longer than it takes to write it."""
HOSTS = Path(__file__).with_name("hosts.yaml")


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
    """Shortest time between two requests to one host, over all processes of the machine."""


USUAL = Limits()


class Manners(Model):
    """What one host wants beyond the defaults; one entry of `hosts.yaml`."""

    why: Words
    interval: float | None = Field(default=None, gt=0, le=3600)
    client_header: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z-]{1,40}$")
    max_bytes: int | None = Field(default=None, gt=0, le=4 * 2**30)
    transfer: float | None = Field(default=None, gt=0, le=7200)

    def applied_to(self, limits: Limits) -> Limits:
        """Limits with what the host wants in the place of defaults; what a caller has set differently stays."""
        wanted = {"max_bytes": self.max_bytes, "transfer": self.transfer}
        changed = {k: v for k, v in wanted.items() if v is not None and getattr(limits, k) == getattr(USUAL, k)}
        return replace(limits, **changed, interval=max(limits.interval, self.interval or 0.0))


NO_WISHES = Manners(why="nothing is known")


def manners_of(host: str) -> Manners:
    """What `hosts.yaml` says about a host. Raises MetadataError that names the entry."""
    return _all_manners().get(host, NO_WISHES)


@cache
def _all_manners() -> dict[str, Manners]:
    found = yaml.safe_load(HOSTS.read_text("utf-8"))
    manners: dict[str, Manners] = {}
    for host, written in found.items():
        try:
            manners[host] = Manners.model_validate(written)
        except ValidationError as error:
            key = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise MetadataError(error.errors()[0]["msg"], where=f"{HOSTS.name}: {host}.{key}") from error
    return manners


class Turns:
    """Who may ask a host next: one queue for each host, shared by all threads and, in a folder, by all processes.

    A file of the folder holds when the host may be asked again, on the clock of the wall. A clock that was set back since then
    does not keep anyone waiting.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, host: str, interval: float, longest_wait: float, deadline: float) -> float | None:
        """Wait for the next turn and return None; or, where it is further away than that, do not wait and return the seconds."""
        now = time.time()
        with self._held(host):
            start = max(now, self._read(host, now))
            wait = start - now
            if wait > longest_wait or time.monotonic() + wait > deadline:
                return wait
            self._write(host, now, start + interval)
        time.sleep(wait)
        return None

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host in peace for a while."""
        now = time.time()
        with self._held(host):
            self._write(host, now, max(self._read(host, now), now + seconds))

    @contextmanager
    def _held(self, host: str) -> Iterator[None]:
        if self.folder is None:
            with self._lock:
                yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / f"{_plain(host)}.lock", timeout=LONGEST_LOCK):
                yield
        except Timeout as error:
            raise BusyError(
                f"the queue for {host} is held by another process", where=self.folder.name, next_step="see whether a process has stopped"
            ) from error

    def _read(self, host: str, now: float) -> float:
        if self.folder is None:
            return self._next.get(host, 0.0)
        try:
            written_at, start = json.loads((self.folder / _plain(host)).read_text("ascii"))
            return float(start) if float(written_at) <= now + 1 else 0.0
        except (FileNotFoundError, ValueError, TypeError):  # never written, or cut by a crash: nothing is known
            return 0.0

    def _write(self, host: str, now: float, start: float) -> None:
        if self.folder is None:
            self._next[host] = start
        else:
            (self.folder / _plain(host)).write_text(json.dumps([now, start]), "ascii")


def _plain(host: str) -> str:
    return re.sub(r"[^a-z0-9.-]", "_", host.lower())
