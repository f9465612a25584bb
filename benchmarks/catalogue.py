"""What a catalogue of many datasets costs in CPU time and memory, and what it is worth: ours, and rdflib with the same statements.

    python benchmarks/catalogue.py [DATASETS …]                     (default: 1000 10000)
    python benchmarks/catalogue.py --shapes FOLDER [DATASETS …]     also violations under every shape file in the folder
    python benchmarks/catalogue.py --shapes FOLDER RELEASE …        violations in the catalogue of a release

Every measurement runs in a process of its own. A dataset is one of this repository under another name, with three files, its checks and a
full ethics record. `ours` makes the statements and writes Turtle, `three` writes all three syntaxes, `shacl` checks one dataset in a
hundred as changed, `points` computes both portals' scores, `rdflib` writes the same Turtle with rdflib. Shapes are tried on a hundred
datasets at a time, which keeps memory flat and is enough for them: no shape looks at two datasets.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

RELEASE = "2026-11-23.1"
ROOT = Path(__file__).parents[1]
MEASURED = ("ours", "three", "points", "shacl", "rdflib", "shapes")


def many(number: int, folder: Path):  # a publication, its files and records; types would import what is measured
    """A publication of `number` datasets, the files of each and its ethics record."""
    import duckdb

    from catalog.described import MEDIA_TYPES, Distribution
    from catalog.ethics.record import EthicsRecord, Measurement
    from catalog.load import load_catalog, load_datasets
    from catalog.publication import Check, DatasetState, PeriodState, Publication, Snapshot

    catalog, declared = load_catalog(), [it for it in load_datasets(ROOT / "pipelines" / "datasets").values() if it.ethics]
    observations = folder / "observations.parquet"
    duckdb.execute(f"copy (select 'x' as indicator, '2024' as time_period, 1 as obs_value) to '{observations}' (format parquet)")
    states, files, records = [], {}, {}
    for i in range(number):
        like = declared[i % len(declared)]
        it = like.model_copy(update={"id": f"{like.id[:40]}_{i}"})
        digest = f"{i:064x}"
        states.append(
            DatasetState(
                it,
                tuple(PeriodState(f"{year}", folder / "none", 100, digest, (digest,)) for year in (2023, 2024)),
                tuple(Check(it.id, f"c{n}", "e", None, "critical", "d", True, 100, 0) for n in range(10)),
                (),
                (Snapshot(it.id, "csv", folder / "none", "https://example.org/x.csv", "p", "l", date(2026, 1, 1), "", digest, 10),),
            )
        )
        at = f"data/{it.id}/{it.id}"
        files[f"data/{it.id}"] = [
            Distribution(f"{at}.{end}", MEDIA_TYPES[form], form, 1000 + i, digest, 100)
            for end, form in (("parquet", "parquet"), ("csv", "csv"), ("xlsx", "xlsx"))
        ]
        records[it.id] = EthicsRecord(
            dataset=it.id, release=RELEASE, declared=it.ethics, synthetic=False,
            measurements=(Measurement("piiFindings", Decimal(0), None, digest),), checks=(), is_published=True, reasons=(),
            measured_at=datetime(2026, 11, 23, tzinfo=UTC), title=it.title, base_uri=catalog.base_uri, responsible=catalog.publisher,
            contact=f"mailto:{catalog.contact.email}",
        )  # fmt: skip
    publication = Publication(
        catalog,
        tuple(states),
        (),
        (),
        observations,
        {},
        {},
        synthetic=False,
        software_version="0",
        built_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    return publication, files, records


def count(graph: Any, shapes: Path, told: dict[str, Any]) -> None:
    """Add the violations (not warnings) in a graph under every shape file to what is told, by file."""
    import pyshacl
    from rdflib import SH, Graph

    for path in sorted(shapes.rglob("*.ttl")):
        wanted = Graph().parse(path, format="turtle")
        if (None, SH.targetClass, None) not in wanted and (None, SH.targetObjectsOf, None) not in wanted:
            continue
        _, report, _ = pyshacl.validate(graph, shacl_graph=wanted, inference="none", do_owl_imports=False)
        results = [it for it in report.objects(None, SH.result) if report.value(it, SH.resultSeverity) == SH.Violation]
        found = [report.value(it, SH.resultPath) for it in results]
        told[path.name] = told.get(path.name, 0) + len(found)
        if found:
            told[f"{path.name}: of"] = ", ".join(sorted({str(it) for it in found}))


def measure(what: str, number: int, shapes: Path) -> None:
    """One measurement in this process; prints a line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publication, files, records = many(number, folder)
        from catalog.metadata import dcat_terms
        from catalog.metadata.dcat import describe
        from catalog.metadata.statements import json_ld, rdf_xml, turtle

        def write(syntax: Any) -> int:
            """Bytes written."""
            with (folder / "written").open("w") as file:
                file.writelines(syntax(dcat_terms.PREFIXES).parts(said))
            return (folder / "written").stat().st_size

        describe(replace(publication, datasets=publication.datasets[:1]), RELEASE, files, records)
        told: dict[str, Any] = {}

        def lap(step: str, begun: float) -> float:
            now = time.process_time()
            told[step] = round(now - begun, 2)
            return now

        at = time.process_time()
        said = describe(publication, RELEASE, files, records) if what not in ("shacl", "shapes") else None
        if what in ("ours", "three", "points"):
            at = lap("describe", at)
        if what == "ours":
            told["MB"] = round(write(turtle) / 1e6, 1)
            lap("turtle", at)
            told["statements"] = sum(1 for _ in said)
        elif what == "three":
            told["MB"] = round(sum(write(syntax) for syntax in (turtle, json_ld, rdf_xml)) / 1e6, 1)
            lap("three syntaxes", at)
        elif what == "points":
            from catalog.metadata.score import score

            scores = score(said, RELEASE, answers=lambda address: address.startswith(publication.catalog.base_uri))
            lap("points", at)
            for scheme in ("eu", "no"):
                of = [it for it in scores.of if it.scheme == scheme]
                told[scheme] = f"{min(it.points for it in of)} of {of[0].maximum}"
                told[f"{scheme} dimensions"] = {name: min(it.dimensions[name][0] for it in of) for name in of[0].dimensions}
        elif what == "shapes":
            from catalog.metadata import rdf

            for begin in range(0, number, 100):
                part = replace(publication, datasets=publication.datasets[begin : begin + 100])
                count(rdf.as_graph(describe(part, RELEASE, files, records)), shapes, told)
            lap("shapes", at)
        elif what == "rdflib":
            from catalog.metadata import rdf

            at = time.process_time()
            graph = rdf.as_graph(said)
            at = lap("add", at)
            graph.serialize(format="turtle")
            lap("turtle", at)
        elif what == "shacl":
            from catalog.metadata import rdf

            rdf.write_catalog(publication, RELEASE, files, records, folder)
            known = rdf.fingerprints(folder, RELEASE)
            changed = [part for n, part in enumerate(sorted(known)) if part != "shapes" and n % 100 == 0]
            told["datasets changed"] = len(changed)
            rdf._shapes()
            at = time.process_time()
            assert rdf.conforms(folder, known={part: it for part, it in known.items() if part not in changed}) == []
            lap("shacl", at)
        told["peak MiB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(json.dumps({"what": what, "datasets": number, **told}))


def main() -> None:
    words = sys.argv[1:]
    shapes = Path(words[words.index("--shapes") + 1]).absolute() if "--shapes" in words else None
    rest = [word for n, word in enumerate(words) if word != "--shapes" and (n == 0 or words[n - 1] != "--shapes")]
    if len(rest) == 2 and rest[0] in MEASURED:
        measure(rest[0], int(rest[1]), shapes or Path())
        return
    for folder in [Path(word) for word in rest if not word.isdigit()]:
        from rdflib import Graph

        told: dict[str, Any] = {"release": folder.resolve().name}
        count(Graph().parse(folder / "catalog.ttl"), shapes or ROOT / "catalog", told)
        print(json.dumps(told))
    numbers = [int(word) for word in rest if word.isdigit()] or ([1000, 10000] if not rest else [])
    for number in numbers:
        for what in MEASURED:
            if what != "shapes" or shapes:
                asked = [what, str(number), *(["--shapes", str(shapes)] if shapes else [])]
                subprocess.run([sys.executable, __file__, *asked], check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


if __name__ == "__main__":
    main()
