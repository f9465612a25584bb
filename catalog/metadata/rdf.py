"""The catalogue's RDF as files: written with the same bytes every time, read back and checked by our shapes.

The only module that imports rdflib and pyshacl. What is said is the business of `dcat.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

import pyshacl
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from catalog.described import Distribution
from catalog.errors import GateError
from catalog.ethics.record import EthicsRecord
from catalog.hashes import digest, sha256
from catalog.metadata.dcat import describe
from catalog.metadata.dcat_terms import PREFIXES
from catalog.metadata.statements import Iri, Said, Statements, json_ld, rdf_xml, turtle, turtle_blocks
from catalog.publication import Publication

FILES = {"catalog.ttl": turtle, "catalog.jsonld": json_ld, "catalog.rdf": rdf_xml}
SHAPES = Path(__file__).with_name("shapes.ttl")


def write_catalog(
    publication: Publication,
    release_id: str,
    files: Mapping[str, Sequence[Distribution]],
    ethics: Mapping[str, EthicsRecord],
    folder: Path,
) -> list[Path]:
    """`catalog.ttl`, `catalog.jsonld` and `catalog.rdf` in `folder`, all from the same statements; equal arguments give equal bytes."""
    said = describe(publication, release_id, files, ethics)
    folder.mkdir(parents=True, exist_ok=True)
    for name, syntax in FILES.items():
        with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(syntax(PREFIXES).parts(said))
    return [folder / name for name in FILES]


def as_graph(statements: Statements) -> Graph:
    """Statements as rdflib has them."""
    graph = Graph()
    for subject, predicate, value in statements:
        one: Node = (
            URIRef(value)
            if isinstance(value, Iri)
            else Literal(value.text, lang=value.language or None, datatype=URIRef(value.datatype) if value.datatype else None)
        )
        graph.add((URIRef(subject), URIRef(predicate), one))
    return graph


def read(folder: Path) -> Statements:
    """What `catalog.ttl` of a release says, read by a parser that shares no code with its writer."""
    said = Statements()
    for subject, predicate, value in Graph().parse(_turtle(folder), format="turtle"):
        one = Said(str(value), value.language or "", str(value.datatype or "")) if isinstance(value, Literal) else Iri(str(value))
        said.add(str(subject), str(predicate), one)
    return said


# --- shapes ---


@cache
def _shapes() -> Graph:
    return Graph().parse(SHAPES, format="turtle")


def conforms(folder: Path, *, known: Mapping[str, str] | None = None) -> list[str]:
    """What in `catalog.ttl` of a release breaks our profile, one sentence each, sorted; empty when all is well.

    `known` are the fingerprints of parts that conformed before, under the same shapes. A part that has not changed is then not checked
    again; everything else is, with all it points at.
    """
    turtle = _turtle(folder).read_text("utf-8")
    blocks = turtle_blocks(turtle)
    if known and known.get("shapes") == sha256(SHAPES):
        turtle = _changed(blocks, known)
    return violations(Graph().parse(data=turtle, format="turtle"))


def fingerprints(folder: Path, release: str) -> dict[str, str]:
    """Part of the catalogue → fingerprint of all that is said of it, whichever release it says it in; and that of the shapes."""
    parts: dict[str, list[str]] = {}
    for subject, block in turtle_blocks(_turtle(folder).read_text("utf-8")).items():
        if part := _part(subject):
            parts.setdefault(part, []).append(block.replace(release, ""))
    return {"shapes": sha256(SHAPES), **{part: digest(blocks) for part, blocks in sorted(parts.items())}}


def _part(subject: str) -> str | None:
    """The dataset, indicator or table that a thing belongs to; None for what several share, such as the observations and their series."""
    found = re.search(r"/(?:datasets|indicators|tables)/(?!observations\b)[^/#]+", subject)
    return found[0] if found and "/current/site/" not in subject and "/releases/" not in subject else None


def _changed(blocks: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The blocks of changed parts and all that is shared, without pointers to the unchanged parts, which are there and conform."""
    release = _release(blocks)
    parts: dict[str, list[str]] = {}
    for subject in blocks:
        if part := _part(subject):
            parts.setdefault(part, []).append(subject)
    unchanged = {part for part, subjects in parts.items() if digest([blocks[s].replace(release, "") for s in subjects]) == known.get(part)}
    left_out = {subject for part in unchanged for subject in parts[part]}
    return "\n\n".join(_without(block, left_out) for subject, block in blocks.items() if subject not in left_out) + "\n"


def _release(blocks: Mapping[str, str]) -> str:
    found = re.search(r'dcat:version "([^"]+)"', next(block for subject, block in blocks.items() if subject.endswith("/catalog")))
    assert found is not None
    return found[1]


def _without(block: str, left_out: Collection[str]) -> str:
    """A block without the values that point at things left out. Each value stands on a line of its own, after the property or a comma."""
    if not any(f"<{address}>" in block for address in re.findall(r"<([^>]+)>", block) if address in left_out):
        return block
    head, _, said = block.partition("\n")
    properties: list[str] = []
    for one in said.removesuffix(" .").split(" ;\n"):
        name, _, values = one.strip().partition(" ")
        kept = [value for value in values.split(" ,\n    ") if value[1:-1] not in left_out]
        if kept:
            properties.append(f"  {name} " + " ,\n    ".join(kept))
    return f"{head}\n" + " ;\n".join(properties) + " ."


def violations(graph: Graph) -> list[str]:
    """What in a graph breaks our profile, one sentence each: which thing, what is wrong."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=_shapes(), inference="none", do_owl_imports=False, meta_shacl=False)
    assert isinstance(report, Graph)
    return sorted(
        {
            f"{report.value(result, SH.focusNode)}: {report.value(result, SH.resultMessage)}"
            for result in report.subjects(RDF.type, SH.ValidationResult)
        }
    )


def _turtle(folder: Path) -> Path:
    path = folder / "catalog.ttl"
    if not path.is_file():
        raise GateError(
            "the catalogue is missing", where=path.name, effect="nothing can be harvested", next_step="write it before checking"
        )
    return path
