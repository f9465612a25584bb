"""Which lines of a delivery are worth reading, told from their forms: most lines of a table differ in nothing but their digits.

A form is a line whose every digit is a 0. A month of hourly readings has two hundred thousand lines and some fifty forms, so that judging
forms costs a small part of judging lines. Those that cannot hold anything are remembered, for the next delivery has them again.
"""

from __future__ import annotations

from functools import cache

import duckdb

from catalog.duck import connect
from catalog.privacy.identifiers import promising_keys, worth_reading

_ALIKE = bytes.maketrans(b"123456789", b"000000000")
REMEMBERED = 20_000
"""Harmless forms that are remembered at once."""
LONGEST = 1_000
"""Bytes of a form that is remembered."""
VARIED = 200_000
"""Bytes of a text in which most lines have a form of their own, from which on forms cost more than they save."""


def sift(data: bytes) -> tuple[list[bytes], bool]:
    """Lines of UTF-8 in which something may be found, and whether a key of JSON in them may promise personal data.

    Raises UnicodeDecodeError when the bytes are no UTF-8.
    """
    data = broken_up(data)
    forms = (data.replace(b"\\u00", b"\\uzz") if b"\\u00" in data else data).translate(_ALIKE).split(b"\n")
    new = set(forms) - _harmless()
    if not new:
        return [], False
    text = b"\n".join(new).decode("utf-8")
    promises = any(promising_keys(text))
    if len(new) * 2 > len(forms) and len(data) > VARIED:
        return data.split(b"\n"), promises
    passed = {form.encode() for form in worth(text, digits_alike=True)}
    if not promises:
        _remember(new - passed)
    return [line for line, form in zip(data.split(b"\n"), forms, strict=True) if form in passed] if passed else [], promises


def worth(lines: str, *, digits_alike: bool = False) -> list[str]:
    """Those of several lines that the quick condition lets through."""
    condition = worth_reading("line", any_grouping=False, digits_alike=digits_alike)
    found = reader().cursor().execute(f"select line from (select unnest(string_split(?, chr(10))) as line) where {condition}", [lines])
    return [line for (line,) in found.fetchall()]


def broken_up(data: bytes) -> bytes:
    """JSON is often one line; broken after each object a line is short enough to be read exactly."""
    return data.replace(b"}", b"}\n") if data.count(b"\n") * 2_000 < len(data) else data


@cache
def reader() -> duckdb.DuckDBPyConnection:
    """The connection in which texts are searched."""
    return connect(threads=1)


@cache
def _harmless() -> set[bytes]:
    """Forms that hold nothing, as far as this process has seen."""
    return set()


def _remember(forms: set[bytes]) -> None:
    known = _harmless()
    if len(known) > REMEMBERED:
        known.clear()
    known.update(form for form in forms if len(form) <= LONGEST)
