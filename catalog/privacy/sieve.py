"""Which lines of a delivery are worth reading, told from their forms: most lines of a table differ in nothing but their digits.

A form is a line whose every digit is a 0. A month of hourly readings has two hundred thousand lines and some fifty forms, so that judging
forms costs a small part of judging lines. Those that cannot hold anything are remembered, for the next delivery has them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Lines:
    """A text in UTF-8 as lines, with the forms in it that nobody has judged yet."""

    text: bytes
    new: set[bytes]
    is_varied: bool
    """Whether most lines have a form of their own, so that lines are judged and no forms."""
    promises: bool
    """Whether a key of JSON may promise personal data. Such forms are not remembered, so that the next text is looked through too."""


def lines_of(data: bytes) -> Lines | None:
    """The lines of a text, None where all their forms are known to hold nothing. Raises UnicodeDecodeError when they are no UTF-8."""
    data = broken_up(data)
    forms = forms_of(data)
    new = set(forms) - _harmless()
    if not new:
        return None
    promises = any(promising_keys(b"\n".join(new).decode("utf-8")))
    return Lines(data, new, len(new) * 2 > len(forms) and len(data) > VARIED, promises)


def forms_of(data: bytes) -> list[bytes]:
    """Each line with its digits alike."""
    return (data.replace(b"\\u00", b"\\uzz") if b"\\u00" in data else data).translate(_ALIKE).split(b"\n")


def sift(texts: Iterable[Lines]) -> list[list[str]]:
    """Of each text the lines in which something may be found. Their forms are judged together: asking costs more than the answer."""
    texts = list(texts)
    judged = set[bytes]().union(*(one.new for one in texts if not one.is_varied))
    passed = {form.encode() for form in worth(b"\n".join(judged).decode("utf-8"), digits_alike=True)} if judged else set[bytes]()
    for one in texts:
        if not one.is_varied and not one.promises:
            _remember(one.new - passed)
    return [_worth_reading(one, passed) for one in texts]


def _worth_reading(one: Lines, passed: set[bytes]) -> list[str]:
    if one.is_varied:
        return worth(one.text.decode("utf-8"))
    if one.new.isdisjoint(passed):
        return []
    lines = (line for line, form in zip(one.text.split(b"\n"), forms_of(one.text), strict=True) if form in passed)
    return worth(b"\n".join(lines).decode("utf-8"))


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
