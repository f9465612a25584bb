"""The usual ways in which sources cut an answer into pages: a link to the next one, or a cursor. Pure; `Request.turn` takes either.

A page that cannot be read as one raises ValueError, which never quotes what it holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from pipelines.reading.ask import Page, Request

Keys = tuple[str, ...]
"""Keys, one inside the other."""


@dataclass(frozen=True)
class NextLink:
    """Each page is a JSON object that holds the address of the next one: NVDB's `metadata.neste.href`, JSON:API's and HAL's `links.next`.

    A page without rows is the last one whatever it links to, as NVDB's documentation asks.
    """

    rows: Keys
    """Where the list of rows is."""
    link: Keys
    """Where the address of the next page is; absent or null on the last one."""
    total: Keys | None = None
    """Where the source says how many rows there are on all pages together; it may leave it out."""

    def __call__(self, request: Request, content: bytes) -> Page:
        page = _object(content)
        rows = _list(page, self.rows)
        link = _at(page, self.link)
        if link is not None and not isinstance(link, str):
            raise ValueError(f"{_named(self.link)} is no address")
        following = replace(request, url=urljoin(request.url, link), params={}) if link and rows else None
        return Page(len(rows), following, _count(page, self.total))


@dataclass(frozen=True)
class Cursor:
    """Each page is a GraphQL connection (`edges`, `pageInfo { hasNextPage endCursor }`), asked for again with the cursor as a variable.

    The query must declare the variable, such as `query ($after: String)`, and use it in `after: $after`.
    """

    connection: Keys
    """Where the connection is, below `data`."""
    variable: str = "after"
    total: Keys | None = None
    """Where, below `data`, the source says how many rows there are on all pages together."""

    def __call__(self, request: Request, content: bytes) -> Page:
        answer = _object(content)
        if answer.get("errors"):
            raise ValueError("the service reports errors instead of a whole page")
        data = answer.get("data")
        edges = _list(data, (*self.connection, "edges"))
        info = _at(data, (*self.connection, "pageInfo"))
        if not isinstance(info, dict) or not isinstance(info.get("hasNextPage"), bool):
            raise ValueError(f"{_named(self.connection)} does not say whether it goes on")
        total = _count(data, self.total)
        if not info["hasNextPage"]:
            return Page(len(edges), None, total)
        cursor = info.get("endCursor") or (edges and _at(edges[-1], ("cursor",)))
        if not isinstance(cursor, str) or not cursor:
            raise ValueError(f"{_named(self.connection)} goes on but has no cursor")
        body = request.body or {}
        variables = body.get("variables")
        asked = {**(variables if isinstance(variables, dict) else {}), self.variable: cursor}
        return Page(len(edges), replace(request, body={**body, "variables": asked}), total)


def _object(content: bytes) -> dict[str, Any]:
    try:
        page = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError("no JSON in UTF-8") from None
    if not isinstance(page, dict):
        raise ValueError("no JSON object")
    return page


def _list(page: Any, path: Keys) -> list[Any]:
    found = _at(page, path)
    if not isinstance(found, list):
        raise ValueError(f"no list called {_named(path)}")
    return found


def _count(page: Any, path: Keys | None) -> int | None:
    if path is None:
        return None
    found = _at(page, path)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise ValueError(f"{_named(path)} is no count")
    return found


def _at(page: Any, path: Keys) -> Any:
    for key in path:
        if not isinstance(page, dict):
            return None
        page = page.get(key)
    return page


def _named(path: Keys) -> str:
    return ".".join(path)
