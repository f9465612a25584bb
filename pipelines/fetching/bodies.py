"""The bodies of answers: taken in with flat memory, told from web pages, error objects and cut ones, and quoted without saying too much.

What is in the data is not looked at; only whether it can be what was asked for.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import tempfile
import unicodedata
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pipelines.archive import cannot_write
from pipelines.reading.ask import Request

IN_MEMORY = 2**20
"""Bytes of a body that are held in memory; what is longer goes to a file without a name, which no crash can leave behind."""
HEAD = 2**16
TAIL = 2**16 + 64
"""Enough for the last record of a zip file with the longest comment."""
QUOTED = 500
"""Characters of a refused answer that a message may quote."""


@dataclass(frozen=True)
class Body:
    """The whole body of one answer, unpacked."""

    file: IO[bytes]
    sha256: str
    size: int

    def part(self, start: int, length: int = -1) -> bytes:
        self.file.seek(start)
        return self.file.read(length)

    @property
    def head(self) -> bytes:
        return self.part(0, HEAD)

    @property
    def tail(self) -> bytes:
        return self.part(max(0, self.size - TAIL))

    @property
    def content(self) -> bytes:
        return self.part(0)


NO_TEXT = (b"PK\x03\x04", b"PAR1", b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"RIFF")
"""How files begin that are sent for a text by mistake."""


class TooLarge(Exception):
    """More bytes than the limit."""


class Damaged(Exception):
    """A packed body that cannot be unpacked to its end; the argument says how."""


def take_in(pieces: Iterable[bytes], folder: Path | None) -> Body:
    """The pieces put together, in memory or, when they are long, in a file without a name in `folder`."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=None if folder is None else str(folder))  # noqa: SIM115 – it lives as long as the answer
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        try:
            file.write(piece)
        except OSError as error:
            raise cannot_write(error, (folder or Path(tempfile.gettempdir())) / "answer") from error
    return Body(file, digest.hexdigest(), size)


def unpacked(pieces: Iterable[bytes], *, is_gzip: bool, max_bytes: int) -> Iterator[bytes]:
    """The pieces of a body, unpacked here and not by a library, so that no piece can be larger than what is left of the limit.

    Raises TooLarge and Damaged.
    """
    gzip = zlib.decompressobj(wbits=31) if is_gzip else None
    left = max_bytes
    try:
        for piece in pieces:
            rest = piece
            while True:
                most = min(left + 1, IN_MEMORY)
                out = rest if gzip is None else gzip.decompress(rest, most)
                left -= len(out)
                if left < 0:
                    raise TooLarge
                yield out
                if gzip is None:
                    break
                rest = gzip.unconsumed_tail
                if gzip.eof and gzip.unused_data:  # a packed body may have several members
                    rest, gzip = gzip.unused_data, zlib.decompressobj(wbits=31)
                elif not rest and len(out) < most:
                    break
    except zlib.error as error:
        raise Damaged("a packed body that is damaged") from error
    if gzip is not None and not gzip.eof:
        raise Damaged("a packed body that is cut")


def contains(body: Body, searched: Collection[bytes]) -> bool:
    """Whether one of these is in a body, wherever it is cut for reading."""
    longest = max(map(len, searched), default=0)
    behind = b""
    body.file.seek(0)
    while piece := body.file.read(IN_MEMORY):
        if any(one in behind + piece for one in searched):
            return True
        behind = (behind + piece)[-longest:]
    return False


def expected(request: Request) -> str | None:
    """What the body must be: as the request says, or as the name of its format says; None where neither does."""
    if request.expects:
        return request.expects
    words = request.format.split("_")
    for word, kind in (("json", "json"), ("jsonstat2", "json"), ("csv", "csv"), ("xlsx", "zip"), ("zip", "zip"), ("parquet", "parquet")):
        if word in words:
            return kind
    return "json" if words[0] == "nilu" else None


def suffix(request: Request) -> str:
    """The end of the name under which an answer is kept."""
    if "xlsx" in request.format:
        return ".xlsx"
    kind = expected(request)
    return f".{kind}" if kind else ""


def wrong_shape(body: Body, expects: str | None) -> str | None:
    """What a body is instead of what was expected, in words without any of its text; None when it looks right.

    The content decides, not the declared type: an outdated link answers 200 with a web page, and a cut body without a
    length looks whole to HTTP. What only another try can mend ends in “is cut”.
    """
    head, tail = body.head.lstrip(b"\xef\xbb\xbf").lstrip(), body.tail.rstrip()
    wanted = {"json": "JSON", "csv": "CSV", "zip": "a zip file or workbook", "parquet": "Parquet"}.get(expects or "", "data")
    if not head:
        return f"an empty answer instead of {wanted}"
    if head.startswith(b"<"):
        kind = "an HTML page" if re.match(rb"<(!doctype\s+html|html|head|body|!--)", head, re.IGNORECASE) else "markup"
        return f"{kind} instead of {wanted}"
    if expects in ("csv", "zip", "parquet") and (error := _error_object(body)) is not None:
        return f"an error object instead of {wanted}" if error else f"something else instead of {wanted}"
    if expects == "json":
        if head[:1] not in b"{[" or tail[-1:] != (b"}" if head[:1] == b"{" else b"]"):
            return "a JSON text that is cut" if head[:1] in b"{[" else "something else instead of JSON"
        return "an error object instead of data" if _error_object(body) else None
    if expects == "zip" and not (head.startswith(b"PK\x03\x04") and _ends_like_a_zip(body.tail)):
        return "a zip file that is cut" if b"PK\x03\x04".startswith(head[:4]) else "something else instead of a zip file or workbook"
    if expects == "parquet" and not (head.startswith(b"PAR1") and body.tail.endswith(b"PAR1") and body.size > 8):
        return "a Parquet file that is cut" if b"PAR1".startswith(head[:4]) else "something else instead of Parquet"
    if expects == "csv" and (b"\x00" in head[:1024] or head.startswith(NO_TEXT)):
        return "something else instead of CSV"
    return None


def _ends_like_a_zip(tail: bytes) -> bool:
    """Whether the last record of a zip file is there, with its comment and nothing after it."""
    end = tail.rfind(b"PK\x05\x06")
    return end >= 0 and len(tail) == end + 22 + int.from_bytes(tail[end + 20 : end + 22], "little")


def _error_object(body: Body) -> bool | None:
    """Whether a body is a JSON object that tells of an error; None when it is no JSON object or list at all.

    Data do not have these names at their top. Only bodies that are short enough to be a message are read; of longer ones a GraphQL
    service's list of errors is looked for at both ends.
    """
    head = body.head.lstrip(b"\xef\xbb\xbf").lstrip()
    if head[:1] not in b"{[":
        return None
    if body.size > HEAD:
        return bool(
            re.match(rb'\{\s*"errors"\s*:\s*\[\s*\{', head) or re.search(rb'"errors"\s*:\s*\[\s*\{[^\x00]{0,60000}\}\s*$', body.tail)
        )
    try:
        told = json.loads(head)
    except (ValueError, RecursionError):
        return False
    if not isinstance(told, dict):
        return False
    status = told.get("status")
    is_failed = isinstance(status, int) and not isinstance(status, bool) and 400 <= status <= 599
    return bool(
        told.get("errors") or told.get("error") or told.get("fault") or told.get("exception") or told.get("success") is False or is_failed
    )


def quotable(body: bytes, secrets: Iterable[str] = ()) -> str:
    """At most 500 characters of a refused answer that may stand in a message: the headings of a page, the words of an error object.

    Nothing else is quoted, because it may be data. Control characters, addresses, longer numbers and keys are taken out, and
    the whole is left out when it still looks personal.
    """
    text = body.decode("utf-8", errors="ignore").lstrip("\ufeff \t\r\n")
    found = _headings(text) if text.startswith("<") else _error_words(text)
    plain = " ".join("".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in found).split())
    for secret in secrets:
        plain = plain.replace(secret, "…") if secret else plain
    plain = re.sub(r"\S*@\S*|\d(?:[ .:/-]?\d){5,}|\S{60,}", "…", plain)[:QUOTED]
    from catalog.privacy.search import scan_text

    return "" if scan_text(plain, "answer") else plain


def _headings(text: str) -> str:
    visible = re.sub(r"<(script|style)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)", " ", text[:HEAD], flags=re.DOTALL | re.IGNORECASE)
    parts = re.findall(r"<(title|h[1-3]|faultstring|message)\b[^>]{0,200}>(.{0,500}?)</\1", visible, re.DOTALL | re.IGNORECASE)
    return " – ".join(dict.fromkeys(html.unescape(re.sub(r"<[^>]{0,500}>", " ", part)).strip() for _, part in parts))


def _error_words(text: str) -> str:
    try:
        told: Any = json.loads(text[:HEAD])
    except (ValueError, RecursionError):
        return ""
    return " – ".join(dict.fromkeys(_words(told, 0)))


def _words(told: Any, depth: int) -> Iterator[str]:
    """What stands under the names that errors use."""
    if isinstance(told, list):
        for one in told[:5]:
            yield from _words(one, depth)
    if not isinstance(told, dict) or depth > 3:
        return
    for name in ("status", "code", "type", "title", "message", "detail", "error", "errors", "fault", "exception", "extensions"):
        value = told.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)
        else:
            yield from _words(value, depth + 1)
