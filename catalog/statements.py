"""Statements of a graph → Turtle, JSON-LD and RDF/XML. Plain text out of plain values: sorted, so equal statements give equal bytes.

rdflib's own writers follow the order of hashes in places, which differs from run to run, and its Turtle writer is a hundred times slower.
Blank nodes are not supported, because our catalogue has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import orjson

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = RDF + "type"
LOCAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Statement(NamedTuple):
    """One statement. `language` and `datatype` are empty for a thing, which `is_thing` tells from a plain text."""

    subject: str
    predicate: str
    value: str
    is_thing: bool
    language: str = ""
    datatype: str = ""


def to_turtle(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> bytes:
    """Turtle with one block per subject; the type comes first."""

    short = _shortener(prefixes)

    def value(one: Statement) -> str:
        if one.is_thing:
            return short(one.value) or f"<{one.value}>"
        mark = f"@{one.language}" if one.language else ""
        mark = f"^^{short(one.datatype) or f'<{one.datatype}>'}" if one.datatype else mark
        return _quoted(one.value) + mark

    lines = [f"@prefix {prefix}: <{space}> ." for prefix, space in sorted(prefixes.items())]
    for subject, about in groupby(sorted(statements), key=_subject):
        parts: list[str] = []
        for predicate, same in groupby(sorted(about, key=_type_first), key=_predicate):
            name = "a" if predicate == TYPE else short(predicate) or f"<{predicate}>"
            parts.append(f"  {name} " + " ,\n    ".join(value(one) for one in same))
        lines += ["", f"<{subject}>", " ;\n".join(parts) + " ."]
    return ("\n".join(lines) + "\n").encode()


def to_json_ld(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> bytes:
    """JSON-LD with one object per subject, and a context of prefixes alone, so that nobody needs to fetch one."""

    short = _shortener(prefixes)

    def value(one: Statement) -> dict[str, str]:
        if one.is_thing:
            return {"@id": one.value}
        if one.language:
            return {"@language": one.language, "@value": one.value}
        return {"@value": one.value, **({"@type": short(one.datatype) or one.datatype} if one.datatype else {})}

    things: list[dict[str, object]] = []
    for subject, about in groupby(sorted(statements), key=_subject):
        thing: dict[str, object] = {"@id": subject}
        for predicate, same in groupby(sorted(about, key=_type_first), key=_predicate):
            if predicate == TYPE:
                thing["@type"] = [short(one.value) or one.value for one in same]
            else:
                thing[short(predicate) or predicate] = [value(one) for one in same]
        things.append(thing)
    return orjson.dumps({"@context": dict(sorted(prefixes.items())), "@graph": things}, option=orjson.OPT_INDENT_2) + b"\n"


def to_rdf_xml(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> bytes:
    """RDF/XML with one element per subject. Every predicate must lie in one of the prefixes, because XML cannot write it otherwise."""
    spaces = {**prefixes, "rdf": RDF}
    short = _shortener(spaces)

    def element(one: Statement) -> str:
        name = short(one.predicate)
        if not name:
            raise ValueError(f"no prefix for the property {one.predicate}")
        if one.is_thing:
            return f"    <{name} rdf:resource={quoteattr(one.value)}/>"
        mark = f" xml:lang={quoteattr(one.language)}" if one.language else ""
        mark += f" rdf:datatype={quoteattr(one.datatype)}" if one.datatype else ""
        return f"    <{name}{mark}>{escape(one.value)}</{name}>"

    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<rdf:RDF"]
    lines += [f"  xmlns:{prefix}={quoteattr(space)}" for prefix, space in sorted(spaces.items())]
    lines[-1] += ">"
    for subject, about in groupby(sorted(statements), key=_subject):
        lines.append(f"  <rdf:Description rdf:about={quoteattr(subject)}>")
        lines += [element(one) for one in sorted(about, key=_type_first)]
        lines.append("  </rdf:Description>")
    return ("\n".join([*lines, "</rdf:RDF>"]) + "\n").encode()


_subject = attrgetter("subject")
_predicate = attrgetter("predicate")


def _type_first(one: Statement) -> tuple[bool, Statement]:
    return one.predicate != TYPE, one


def _shortener(prefixes: Mapping[str, str]) -> Callable[[str], str | None]:
    """`dct:title` for an address in one of the namespaces; None where no prefix fits or the rest is not a plain name."""
    by_space = {space: prefix for prefix, space in prefixes.items()}

    @cache
    def short(iri: str) -> str | None:
        cut = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = by_space.get(iri[:cut])
        return f"{prefix}:{iri[cut:]}" if prefix and LOCAL_NAME.fullmatch(iri, cut) else None

    return short


def _quoted(text: str) -> str:
    """A text as a Turtle string on one line."""
    return '"' + _SPECIAL.sub(lambda sign: _MARKS.get(sign[0]) or f"\\u{ord(sign[0]):04X}", text) + '"'


_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_MARKS = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
