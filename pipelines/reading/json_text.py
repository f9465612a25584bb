"""Small JSON answers as Python values: read once, refused without quoting them, and looked into without surprises."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from pipelines.reading.csv_text import unreadable

LONGEST_NUMBER = 40
"""Digits of a number; the largest decimal of a table has 38."""
ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class _Hostile(ValueError):
    """JSON that two readers could read differently; the argument says how, without quoting it."""


def parsed(path: Path, content: bytes, expected: str, *, place: str = "the file") -> Any:
    """The value that bytes from `path` hold. Raises ParseError that names file, place and position but quotes nothing.

    Refused is also what readers do not agree on: NaN and infinite numbers, numbers of more than forty digits, the same key twice in one
    object, half a surrogate pair.
    """
    try:
        value = json.loads(
            content.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite, parse_int=_whole, object_pairs_hook=_unique
        )
        refuse_half_pairs(content, value)
    except UnicodeDecodeError as error:
        why = f"not UTF-8 at byte {error.start}"
    except UnicodeEncodeError:
        why = "half a surrogate pair"
    except json.JSONDecodeError as error:
        why = f"{error.msg.lower()} at character {error.pos}"
    except RecursionError:
        why = "lists or objects nested too deep"
    except ValueError as error:
        why = str(error) if isinstance(error, _Hostile) else "a number that cannot be read"
    else:
        return value
    # The error itself would quote the bytes.
    raise unreadable(path, f"{place} is not JSON in UTF-8 ({why})", expected) from None


def refuse_half_pairs(content: bytes, value: Any) -> None:
    """Raise UnicodeEncodeError where `value`, read from `content`, holds half a surrogate pair, which is no text and cannot be written."""
    if ESCAPED_SURROGATE.search(content):
        json.dumps(value, ensure_ascii=False, default=str).encode()


def _no_constant(name: str) -> None:
    raise _Hostile("NaN or an infinite number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Hostile("an infinite number")
    return number


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _Hostile(f"a number of more than {LONGEST_NUMBER} digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Hostile("the same key twice")
    return found


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
