"""Statements about things → Turtle, JSON-LD and RDF/XML. Plain text out of plain values: sorted, so equal statements give equal bytes.

rdflib's own writers follow the order of hashes in places, which differs from run to run, and its Turtle writer is many times slower
(docs/performance.md). Blank nodes are not supported, because our catalogue has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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

    def arranged(self) -> Iterator[tuple[str, About]]:
        """Everything in one order: things by address, their type first, then properties and values by name.

        Things of one kind have the same properties, so each set of properties is put in order once.
        """
        orders: dict[tuple[str, ...], list[str]] = {}
        for subject in sorted(self.about):
            said = self.about[subject]
            names = tuple(said)
            order = orders.get(names)
            if order is None:
                order = orders[names] = sorted(names, key=lambda predicate: (predicate != TYPE, predicate))
            yield subject, [(predicate, _in_order(said[predicate])) for predicate in order]


def _each(values: Value | dict[Value, None]) -> Collection[Value]:
    return values.keys() if isinstance(values, dict) else (values,)


def _in_order(values: Value | dict[Value, None]) -> Sequence[Value]:
    return sorted(values, key=_by_text) if isinstance(values, dict) else (values,)


def _by_text(value: Value) -> tuple[str, bool, str, str]:
    return (value, True, "", "") if isinstance(value, Iri) else (value.text, False, value.language, value.datatype)


About = list[tuple[str, Sequence[Value]]]
"""What is said of one thing: its properties in order, each with its values."""


class Syntax(NamedTuple):
    """How statements are written down: what comes first, one thing, what stands between two, what comes last."""

    head: str
    thing: Callable[[str, About], str]
    between: str = ""
    end: str = ""

    def parts(self, said: Statements) -> Iterator[str]:
        """The whole text, thing by thing."""
        between = self.head
        for subject, about in said.arranged():
            yield between + self.thing(subject, about)
            between = self.between
        yield self.end


def turtle(prefixes: Mapping[str, str]) -> Syntax:
    """Turtle with one block per thing, an empty line before each; the type comes first. No block has an empty line in it."""

    short = _shortener(prefixes)

    @cache
    def address(iri: str) -> str:
        return short(iri) or f"<{iri}>"

    def value(one: Value) -> str:
        if isinstance(one, Iri):
            return address(one)
        text, language, datatype = one
        if language:
            return f"{_quoted(text)}@{language}"
        return f"{_quoted(text)}^^{address(datatype)}" if datatype else _quoted(text)

    def thing(subject: str, about: About) -> str:
        parts = [
            f"  {'a' if predicate == TYPE else address(predicate)} " + " ,\n    ".join([value(one) for one in values])
            for predicate, values in about
        ]
        return f"\n<{subject}>\n" + " ;\n".join(parts) + " .\n"

    return Syntax("".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in sorted(prefixes.items())), thing)


def turtle_blocks(turtle: str) -> dict[str, str]:
    """Thing → its block, of a file written as `turtle`; the prefixes stand under the empty name."""
    head, *blocks = turtle.split("\n\n")
    return {"": head, **{block[1 : block.index(">")]: block for block in blocks}}


def json_ld(prefixes: Mapping[str, str]) -> Syntax:
    """JSON-LD with one object per thing and one line per property, and a context of prefixes alone, so that nobody needs to fetch one."""

    short = _shortener(prefixes)

    @cache
    def address(iri: str) -> str:
        return _json(short(iri) or iri)

    def value(one: Value) -> str:
        if isinstance(one, Iri):
            return f'{{"@id": {_json(one)}}}'
        text, language, datatype = one
        if language:
            return f'{{"@language": {_json(language)}, "@value": {_json(text)}}}'
        return f'{{"@type": {address(datatype)}, "@value": {_json(text)}}}' if datatype else f'{{"@value": {_json(text)}}}'

    def thing(subject: str, about: About) -> str:
        lines = [f'{{"@id": {_json(subject)}']
        for predicate, values in about:
            if predicate == TYPE:
                lines.append(f'"@type": [{", ".join([address(str(one)) for one in values])}]')
            else:
                lines.append(f"{address(predicate)}: [{', '.join([value(one) for one in values])}]")
        return ",\n ".join(lines) + "}"

    context = ",\n ".join(f"{_json(prefix)}: {_json(space)}" for prefix, space in sorted(prefixes.items()))
    return Syntax(f'{{"@context": {{{context}}},\n"@graph": [\n', thing, ",\n", "\n]}\n")


def _json(text: str) -> str:
    return orjson.dumps(str(text)).decode()


def rdf_xml(prefixes: Mapping[str, str]) -> Syntax:
    """RDF/XML with one element per thing. Every property must lie in one of the prefixes, because XML cannot write it otherwise."""
    spaces = {**prefixes, "rdf": RDF}
    short = _shortener(spaces)
    attribute = cache(quoteattr)

    def element(predicate: str, one: Value) -> str:
        name = short(predicate)
        if not name:
            raise ValueError(f"no prefix for the property {predicate}")
        if isinstance(one, Iri):
            return f"    <{name} rdf:resource={attribute(one)}/>\n"
        text, language, datatype = one
        mark = f" xml:lang={attribute(language)}" if language else ""
        mark += f" rdf:datatype={attribute(datatype)}" if datatype else ""
        return f"    <{name}{mark}>{escape(text)}</{name}>\n"

    def thing(subject: str, about: About) -> str:
        said = "".join([element(predicate, one) for predicate, values in about for one in values])
        return f"  <rdf:Description rdf:about={attribute(subject)}>\n{said}  </rdf:Description>\n"

    names = "".join(f"\n  xmlns:{prefix}={attribute(space)}" for prefix, space in sorted(spaces.items()))
    return Syntax(f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF{names}>\n', thing, end="</rdf:RDF>\n")


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
    if not _SPECIAL.search(text):
        return f'"{text}"'
    return '"' + _SPECIAL.sub(lambda sign: _MARKS.get(sign[0]) or f"\\u{ord(sign[0]):04X}", text) + '"'


_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_MARKS = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
