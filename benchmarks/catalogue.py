"""What a catalogue of many datasets costs in CPU time and memory: ours, and rdflib with the same statements.

    python benchmarks/catalogue.py [DATASETS …]        (default: 1000 10000)

Every measurement runs in a process of its own. A dataset is one of this repository under another name, with three files, its checks and a
full ethics record. `describe` makes the statements, `turtle` writes them, `shacl` checks one dataset in a hundred as changed.
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

RELEASE = "2026-11-23.1"
ROOT = Path(__file__).parents[1]


def many(number: int, folder: Path):  # a publication, its files and records; types would import what is measured
    """A publication of `number` datasets, the files of each and its ethics record."""
    import duckdb

    from catalog.described import MEDIA_TYPES, Distribution
    from catalog.ethics import EthicsRecord, Measurement
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
            measurements=(Measurement("piiFindings", Decimal(0), "", digest),), checks=(), is_published=True, reasons=(),
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


def measure(what: str, number: int) -> None:
    """One measurement in this process; prints a line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publication, files, records = many(number, folder)
        from catalog import dcat_terms
        from catalog.dcat import describe
        from catalog.statements import to_json_ld, to_rdf_xml, to_turtle

        describe(replace(publication, datasets=publication.datasets[:1]), RELEASE, files, records)
        told: dict[str, float] = {}

        def lap(step: str, begun: float) -> float:
            now = time.process_time()
            told[step] = round(now - begun, 2)
            return now

        if what == "ours":
            at = time.process_time()
            said = describe(publication, RELEASE, files, records)
            at = lap("describe", at)
            turtle = to_turtle(said.arranged(), dcat_terms.PREFIXES)
            lap("turtle", at)
            told["statements"] = sum(1 for _ in said)
            told["MB"] = round(len(turtle) / 1e6, 1)
        elif what == "three":
            at = time.process_time()
            arranged = describe(publication, RELEASE, files, records).arranged()
            for write in (to_turtle, to_json_ld, to_rdf_xml):
                write(arranged, dcat_terms.PREFIXES)
            lap("three syntaxes", at)
        elif what == "rdflib":
            from catalog import rdf

            said = describe(publication, RELEASE, files, records)
            at = time.process_time()
            graph = rdf.as_graph(said)
            at = lap("describe", at)
            graph.serialize(format="turtle")
            lap("turtle", at)
        elif what == "shacl":
            from catalog import rdf

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
    if len(sys.argv) == 3 and not sys.argv[1].isdigit():
        measure(sys.argv[1], int(sys.argv[2]))
        return
    for number in [int(word) for word in sys.argv[1:]] or [1000, 10000]:
        for what in ("ours", "three", "shacl", "rdflib"):
            subprocess.run([sys.executable, __file__, what, str(number)], check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


if __name__ == "__main__":
    main()
