"""A question as it comes over HTTP, and the answer to it: the two values that every part of the sandbox shares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Question:
    """One request: the host it was meant for, its path, its parameters (decoded), its headers in lower case, its body."""

    host: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """Status, media type and bytes of an answer."""

    body: bytes
    media_type: str = JSON
    status: int = 200


def as_json(value: Any, status: int = 200, media_type: str = JSON) -> Reply:
    """Compact JSON with its letters as they are, as the services write it."""
    return Reply(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), media_type, status)


def absent(text: str = "Not found") -> Reply:
    return Reply(text.encode(), TEXT, 404)
