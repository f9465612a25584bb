"""Statements of a graph → Turtle, JSON-LD and RDF/XML. Plain text out of plain values: sorted, so equal statements give equal bytes.

rdflib's own writers follow the order of hashes in places, which differs from run to run, and its Turtle writer is a hundred times slower.
Blank nodes are not supported, because our catalogue has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
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

    def value(one: Statement) -> str:
        if one.is_thing:
            return _short(one.value, prefixes) or f"<{one.value}>"
        mark = f"@{one.language}" if one.language else ""
        mark = f"^^{_short(one.datatype, prefixes) or f'<{one.datatype}>'}" if one.datatype else mark
        return _quoted(one.value) + mark

    lines = [f"@prefix {prefix}: <{space}> ." for prefix, space in sorted(prefixes.items())]
    for subject, about in groupby(sorted(set(statements)), key=lambda one: one.subject):
        parts: list[str] = []
        for predicate, same in groupby(sorted(about, key=_type_first), key=lambda one: one.predicate):
            name = "a" if predicate == TYPE else _short(predicate, prefixes) or f"<{predicate}>"
            parts.append(f"  {name} " + " ,\n    ".join(value(one) for one in same))
        lines += ["", f"<{subject}>", " ;\n".join(parts) + " ."]
    return ("\n".join(lines) + "\n").encode()


def to_json_ld(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> bytes:
    """JSON-LD with one object per subject, and a context of prefixes alone, so that nobody needs to fetch one."""

    def value(one: Statement) -> dict[str, str]:
        if one.is_thing:
            return {"@id": one.value}
        if one.language:
            return {"@language": one.language, "@value": one.value}
        return {"@value": one.value, **({"@type": _short(one.datatype, prefixes) or one.datatype} if one.datatype else {})}

    things: list[dict[str, object]] = []
    for subject, about in groupby(sorted(set(statements)), key=lambda one: one.subject):
        thing: dict[str, object] = {"@id": subject}
        for predicate, same in groupby(sorted(about, key=_type_first), key=lambda one: one.predicate):
            if predicate == TYPE:
                thing["@type"] = [_short(one.value, prefixes) or one.value for one in same]
            else:
                thing[_short(predicate, prefixes) or predicate] = [value(one) for one in same]
        things.append(thing)
    return orjson.dumps({"@context": dict(sorted(prefixes.items())), "@graph": things}, option=orjson.OPT_INDENT_2) + b"\n"


def to_rdf_xml(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> bytes:
    """RDF/XML with one element per subject. Every predicate must lie in one of the prefixes, because XML cannot write it otherwise."""
    spaces = {**prefixes, "rdf": RDF}

    def element(one: Statement) -> str:
        name = _short(one.predicate, spaces)
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
    for subject, about in groupby(sorted(set(statements)), key=lambda one: one.subject):
        lines.append(f"  <rdf:Description rdf:about={quoteattr(subject)}>")
        lines += [element(one) for one in sorted(about, key=_type_first)]
        lines.append("  </rdf:Description>")
    return ("\n".join([*lines, "</rdf:RDF>"]) + "\n").encode()


def _type_first(one: Statement) -> tuple[bool, Statement]:
    return one.predicate != TYPE, one


def _short(iri: str, prefixes: Mapping[str, str]) -> str | None:
    """`dct:title` for an address in one of the namespaces; None where no prefix fits or the rest is not a plain name."""
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix = next((prefix for prefix, space in prefixes.items() if space == iri[:cut]), None)
    return f"{prefix}:{iri[cut:]}" if prefix and LOCAL_NAME.fullmatch(iri[cut:]) else None


def _quoted(text: str) -> str:
    """A text as a Turtle string on one line."""
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(marks.get(sign) or (f"\\u{ord(sign):04X}" if ord(sign) < 32 or ord(sign) == 127 else sign) for sign in text) + '"'
