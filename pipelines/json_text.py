"""Small JSON answers as Python values: read once, refused without quoting them, and looked into without surprises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.csv_text import unreadable


def parsed(path: Path, content: bytes, expected: str, *, place: str = "the file") -> Any:
    """The value that bytes from `path` hold. Raises ParseError that names file and place but quotes nothing."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        # The error itself would quote the bytes.
        raise unreadable(path, f"{place} is not JSON in UTF-8", expected) from None


def read(path: Path, expected: str, *, largest: int) -> Any:
    """The value of a file of at most `largest` bytes. Raises ParseError for a larger one and for what is no JSON."""
    if path.stat().st_size > largest:
        raise unreadable(path, f"more than {largest} bytes", expected)
    return parsed(path, path.read_bytes(), expected)


def inner(value: Any, *keys: str) -> Any:
    """What stands under these keys, one inside the other; None as soon as one is absent or null."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: object) -> str | None:
    """A number or text as the text that reads back to it; None stays None."""
    return None if value is None else str(value)
