"""Statements about things → Turtle, JSON-LD and RDF/XML. Plain text out of plain values: sorted, so equal statements give equal bytes.

rdflib's own writers follow the order of hashes in places, which differs from run to run, and its Turtle writer is many times slower
(docs/performance.md). Blank nodes are not supported, because our catalogue has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import orjson

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LOCAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Iri(str):
    """The address of a thing."""

    __slots__ = ()


class Said(NamedTuple):
    """A text or number: with a language, or with the address of a datatype, or plain."""

    text: str
    language: str = ""
    datatype: str = ""


Value = Iri | Said
TYPE = Iri(RDF + "type")


class Space:
    """The terms of one vocabulary: `DCAT.theme`, or `DCT["format"]` for any name."""

    def __init__(self, base: str) -> None:
        self.base = base

    def __getattr__(self, name: str) -> Iri:
        term = Iri(self.base + name)
        self.__dict__[name] = term
        return term

    __getitem__ = __getattr__

    def __str__(self) -> str:
        return self.base


class Statements:
    """What is said about things, each statement once: thing → property → its value, or its values where there are several."""

    def __init__(self) -> None:
        self.about: dict[str, dict[str, Value | dict[Value, None]]] = {}

    def add(self, subject: str, predicate: str, value: Value) -> None:
        said = self.about.get(subject)
        if said is None:
            said = self.about[subject] = {}
        known = said.get(predicate)
        if known is None:
            said[predicate] = value
        elif isinstance(known, dict):
            known[value] = None
        elif known != value or type(known) is not type(value):
            said[predicate] = {known: None, value: None}

    def __iter__(self) -> Iterator[tuple[str, str, Value]]:
        for subject, said in self.about.items():
            for predicate, values in said.items():
                for value in _each(values):
                    yield subject, predicate, value

    def of(self, subject: str, predicate: str) -> Collection[Value]:
        """The values of one property of one thing."""
        values = self.about.get(subject, {}).get(predicate)
        return () if values is None else _each(values)

    def has(self, subject: str, predicate: str, value: Value) -> bool:
        return value in self.of(subject, predicate)

    def arranged(self) -> Arranged:
        """Everything in one order: things by address, their type first, then properties and values by name."""
        found: Arranged = []
        for subject, said in sorted(self.about.items()):
            properties = sorted((predicate, values) for predicate, values in said.items() if predicate != TYPE)
            if TYPE in said:
                properties.insert(0, (TYPE, said[TYPE]))
            found.append((subject, [(predicate, _in_order(values)) for predicate, values in properties]))
        return found


def _each(values: Value | dict[Value, None]) -> Collection[Value]:
    return values.keys() if isinstance(values, dict) else (values,)


def _in_order(values: Value | dict[Value, None]) -> list[Value]:
    return sorted(values, key=_by_text) if isinstance(values, dict) else [values]


def _by_text(value: Value) -> tuple[str, bool, str, str]:
    return (value, True, "", "") if isinstance(value, Iri) else (value.text, False, value.language, value.datatype)


Arranged = list[tuple[str, list[tuple[str, list[Value]]]]]


def to_turtle(arranged: Arranged, prefixes: Mapping[str, str]) -> bytes:
    """Turtle with one block per thing, an empty line before each; the type comes first. No block has an empty line in it."""

    short = _shortener(prefixes)

    def value(one: Value) -> str:
        if isinstance(one, Iri):
            return short(one) or f"<{one}>"
        if one.language:
            return f"{_quoted(one.text)}@{one.language}"
        return f"{_quoted(one.text)}^^{short(one.datatype) or f'<{one.datatype}>'}" if one.datatype else _quoted(one.text)

    lines = [f"@prefix {prefix}: <{space}> ." for prefix, space in sorted(prefixes.items())]
    for subject, about in arranged:
        parts = [
            f"  {'a' if predicate == TYPE else short(predicate) or f'<{predicate}>'} " + " ,\n    ".join([value(one) for one in values])
            for predicate, values in about
        ]
        lines += ["", f"<{subject}>", " ;\n".join(parts) + " ."]
    return ("\n".join(lines) + "\n").encode()


def turtle_blocks(turtle: str) -> dict[str, str]:
    """Thing → its block, of a file that `to_turtle` wrote; the prefixes stand under the empty name."""
    head, *blocks = turtle.split("\n\n")
    return {"": head, **{block[1 : block.index(">")]: block for block in blocks}}


def to_json_ld(arranged: Arranged, prefixes: Mapping[str, str]) -> bytes:
    """JSON-LD with one object per thing, and a context of prefixes alone, so that nobody needs to fetch one."""

    short = _shortener(prefixes)

    def value(one: Value) -> dict[str, str]:
        if isinstance(one, Iri):
            return {"@id": str(one)}
        if one.language:
            return {"@language": one.language, "@value": one.text}
        return {"@value": one.text, **({"@type": short(one.datatype) or one.datatype} if one.datatype else {})}

    things: list[dict[str, object]] = []
    for subject, about in arranged:
        thing: dict[str, object] = {"@id": subject}
        for predicate, values in about:
            if predicate == TYPE:
                thing["@type"] = [short(str(one)) or str(one) for one in values]
            else:
                thing[short(predicate) or str(predicate)] = [value(one) for one in values]
        things.append(thing)
    return orjson.dumps({"@context": dict(sorted(prefixes.items())), "@graph": things}, option=orjson.OPT_INDENT_2) + b"\n"


def to_rdf_xml(arranged: Arranged, prefixes: Mapping[str, str]) -> bytes:
    """RDF/XML with one element per thing. Every property must lie in one of the prefixes, because XML cannot write it otherwise."""
    spaces = {**prefixes, "rdf": RDF}
    short = _shortener(spaces)

    def element(predicate: str, one: Value) -> str:
        name = short(predicate)
        if not name:
            raise ValueError(f"no prefix for the property {predicate}")
        if isinstance(one, Iri):
            return f"    <{name} rdf:resource={quoteattr(one)}/>"
        mark = f" xml:lang={quoteattr(one.language)}" if one.language else ""
        mark += f" rdf:datatype={quoteattr(one.datatype)}" if one.datatype else ""
        return f"    <{name}{mark}>{escape(one.text)}</{name}>"

    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<rdf:RDF"]
    lines += [f"  xmlns:{prefix}={quoteattr(space)}" for prefix, space in sorted(spaces.items())]
    lines[-1] += ">"
    for subject, about in arranged:
        lines.append(f"  <rdf:Description rdf:about={quoteattr(subject)}>")
        lines += [element(predicate, one) for predicate, values in about for one in values]
        lines.append("  </rdf:Description>")
    return ("\n".join([*lines, "</rdf:RDF>"]) + "\n").encode()


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
