"""Damaged copies of real files, made by chance but the same every time: what a broken or hostile source could send instead of data."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

TOKENS = (
    b"1e400", b"-1e400", b"NaN", b"Infinity", b"null", b"true", b"{}", b"[]", b'""', b"9" * 400, b"0" * 50 + b"1", b"\\ud800", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\x00", b"\r", b"\n", b"\r\n\r\n", b'"', b"'", b";", b",", b"\t", b"[" * 5000, b'{"a":' * 3000, b"<!DOCTYPE html>",
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"../../../", b"9999-99-99T99:99:99+99:99", b"-0", b"1,5", b"\xe2\x80\xae",
    b"'; drop table t; --", b"=cmd()", b"A" * 70_000, b"\xc3\x28", b"0x10", b"1_000", b"2024-02-30", b"\xed\xa0\x80",
)  # fmt: skip
"""Words that readers are known to stumble over."""


def mutations(seed: bytes, number: int, *, start: int = 0) -> Iterator[bytes]:
    """`number` damaged copies of a file. Of archives every other one is damaged inside a member, so that it still opens."""
    for place in range(start, start + number):
        chance = random.Random(f"{zlib.crc32(seed)}-{place}")
        if seed[:4] == b"PK\x03\x04" and place % 2:
            yield _inside_an_archive(seed, chance)
        elif seed[:2] == b"\x1f\x8b" and place % 2:
            yield gzip.compress(_damaged(gzip.decompress(seed), chance), compresslevel=1)
        else:
            yield _damaged(seed, chance)


def _damaged(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(changed) + 1)
        length = min(len(changed) - at, chance.choice((1, 1, 2, 8, 64, 1000)))
        match chance.randrange(9):
            case 0 | 1:
                changed[at:at] = chance.choice(TOKENS)
            case 2 | 3:
                changed[at : at + length] = chance.choice(TOKENS)
            case 4:
                changed[at : at + length] = bytes(chance.randrange(256) for _ in range(length))
            case 5:
                del changed[at : at + length]
            case 6:
                changed[at:at] = changed[at : at + length] * chance.choice((1, 2, 50))
            case 7:
                del changed[at:]
            case 8:
                if at < len(changed):
                    changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _inside_an_archive(content: bytes, chance: random.Random) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        members = source.infolist()
        hit = chance.randrange(len(members))
        for number, member in enumerate(members):
            inside = source.read(member)
            target.writestr(member.filename, _damaged(inside, chance) if number == hit else inside)
    return made.getvalue()


def smaller(content: bytes, *, rows: int = 30) -> bytes:
    """A file of the same shape with fewer rows: first lines of a text, first entries of JSON lists, first JSON members of an archive."""
    if content[:2] == b"\x1f\x8b":
        return gzip.compress(smaller(gzip.decompress(content), rows=rows), compresslevel=1)
    if content[:4] == b"PK\x03\x04" and len(content) > 1_000_000:
        return _fewer_members(content, rows)
    if content[:4] in (b"PK\x03\x04", b"PAR1"):
        return content
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return json.dumps(_fewer(json.loads(content), rows), ensure_ascii=False).encode()
    return b"".join(content.splitlines(keepends=True)[:rows])


def _fewer_members(content: bytes, rows: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist()[:rows]:
            target.writestr(member.filename, source.read(member))
    return made.getvalue()


def _fewer(value: Any, rows: int) -> Any:
    if isinstance(value, dict):
        # Numbers of a table must stay as many as its categories, and a ring must stay closed.
        is_whole = value.get("class") == "dataset" or "coordinates" in value
        return value if is_whole else {key: _fewer(inner, rows) for key, inner in value.items()}
    return [_fewer(inner, max(rows // 4, 2)) for inner in value[:rows]] if isinstance(value, list) else value
