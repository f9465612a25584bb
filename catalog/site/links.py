"""Whether every link of the pages leads somewhere: to a file of the release, and to a place that is on the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Our templates quote every attribute and escape every quote in a text, so a text can never look like one of these.
_LINK = re.compile(r'<(\w+)[^<>]*?\s(?:href|src)="([^"]*)"[^<>]*>')
_ID = re.compile(r'\sid="([^"]*)"')


def broken_links(folder: Path) -> list[str]:
    """Links of all pages under `folder/site` that lead to no file of the release, or to no place on a page; sorted, one sentence each.

    Addresses of other hosts are not looked up. Those of the catalogue itself (canonical address, other languages) are, because
    every page says where it lives.
    """
    site = folder / "site"
    ids: dict[Path, frozenset[str]] = {}
    broken: set[str] = set()

    def ids_of(path: Path) -> frozenset[str]:
        if path not in ids:
            ids[path] = frozenset(unescape(found) for found in _ID.findall(path.read_text("utf-8")))
        return ids[path]

    exists: dict[Path, bool] = {}
    for page in sorted(site.rglob("*.html")):
        text = page.read_text("utf-8")
        ids[page] = frozenset(unescape(found) for found in _ID.findall(text))
        own = page.relative_to(folder).as_posix()
        links = {unescape(address) for _, address in _LINK.findall(text)}
        home = next((address.removesuffix(own) for address in sorted(links) if address.endswith(f"/current/{own}")), None)
        for address in sorted(links):
            target = _target(address, page, folder, home)
            if target is None:
                continue
            path, fragment = target
            if path not in exists:
                exists[path] = path.is_file() and path.resolve().is_relative_to(folder.resolve())
            if not exists[path]:
                broken.add(f"{own}: {address} is not in the release")
            elif fragment and fragment not in ids_of(path):
                broken.add(f"{own}: {address} points at a place that is not on the page")
    return sorted(broken)


def _target(address: str, page: Path, folder: Path, home: str | None) -> tuple[Path, str] | None:
    """The file and place a link leads to; None for what lies outside the release."""
    if home and address.startswith(home):
        parts = urlsplit(address.removeprefix(home))
        return folder / unquote(parts.path), unquote(parts.fragment)
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    if parts.path.startswith("/"):
        inside = re.sub(r"^/(current|releases/[^/]+)/", "", parts.path)
        return folder / unquote(inside.lstrip("/")), unquote(parts.fragment)
    path = page if not parts.path else Path(*_normal((page.parent / unquote(parts.path)).parts))
    return path, unquote(parts.fragment)


def _normal(parts: Sequence[str]) -> list[str]:
    """A path without `..`, worked out on the name alone."""
    found: list[str] = []
    for part in parts:
        if part == "..":
            found.pop()
        elif part != ".":
            found.append(part)
    return found
