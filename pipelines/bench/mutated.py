"""Damaged files through every parser: `python -m pipelines.bench.mutated --recorded FOLDER --each 200`.

Every parser reads in a process of its own, which is watched: it may refuse a file, but it may neither die nor take more than five seconds.
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from catalog.errors import BymaalError
from catalog.load import load_datasets
from catalog.model import Dataset
from pipelines.datasets import module_of, own_parsers_of
from pipelines.fetching.bodies import suffix
from pipelines.reading.child import is_read_apart
from pipelines.sandbox.mutations import mutations, smaller
from pipelines.settings import ROOT

LONGEST = 5.0
"""Seconds of the processor that one file may take."""
PATIENCE = 60.0
"""Seconds on the clock after which the reading process is killed; more than `LONGEST`, because others may use the machine."""


@dataclass
class Outcome:
    """What became of the damaged copies of one file."""

    dataset: str
    format: str
    counts: Counter[str] = field(default_factory=Counter)
    """`read`, `refused` (ParseError), `raised <kind>` (anything else), `died`, `hung`, and `died apart` where the format is read in a
    process of its own in earnest too, so that nothing but that process dies."""
    slowest: float = 0.0

    @property
    def is_good(self) -> bool:
        return not any(what in ("died", "hung") or what.startswith("raised") for what in self.counts)


def seeds(recorded: Path) -> Iterator[tuple[Dataset, str, str, bytes]]:
    """For every parser that a recorded file is listed for: dataset, format, name and content of the smallest, cut to fewer rows."""
    datasets = load_datasets(ROOT / "pipelines" / "datasets")
    smallest: dict[tuple[str, str], Path] = {}
    with (recorded / "snapshots.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            path, key = recorded / row["path"], (row["dataset"], row["format"])
            if key not in smallest or path.stat().st_size < smallest[key].stat().st_size:
                smallest[key] = path
    for (dataset, form), path in sorted(smallest.items()):
        if dataset in datasets and form in own_parsers_of(datasets[dataset], module_of(datasets[dataset])):
            yield datasets[dataset], form, Path(*path.relative_to(recorded).parts[-6:]).as_posix(), _seed(path)


def sandbox_seeds() -> Iterator[tuple[Dataset, str, str, bytes]]:
    """The same from the sandbox's answers: one for each format that it speaks."""
    from pipelines import sandbox
    from pipelines.datasets import ask
    from pipelines.fetch import fetch

    datasets = load_datasets(ROOT / "pipelines" / "datasets")
    with sandbox.serve() as base:
        for name in sorted(sandbox.ANSWERS_FOR & datasets.keys()):
            dataset, window = datasets[name], sandbox.window(name, ("0301",))
            hosts = {urlsplit(dataset.source.service).hostname or "", *dataset.source.hosts}
            seen: set[str] = set()
            for request in ask(dataset, window):
                if request.format in seen or request.format not in own_parsers_of(dataset, module_of(dataset)):
                    continue
                answer = fetch(request, hosts=hosts, reroute=sandbox.reroute(base))
                if answer.status == 200:
                    seen.add(request.format)
                    yield dataset, request.format, f"answer{suffix(request)}", smaller(answer.content)


def _seed(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:4] == b"PAR1":
        import pyarrow.parquet as pq

        made = io.BytesIO()
        pq.write_table(pq.read_table(path).slice(0, 500), made)
        return made.getvalue()
    return smaller(content, rows=213 if path.name.startswith("Personer") else 30)


def try_parser(dataset: Dataset, form: str, name: str, seed: bytes, *, number: int, folder: Path, start: int = 0) -> Outcome:
    """Let the parser of a format read `number` damaged copies of a file, and say what became of them."""
    outcome = Outcome(dataset.id, form)
    reader = _Reader(dataset, form)
    try:
        whole = folder / "whole" / name
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(seed)
        if (what := reader.read(whole)[0]) != "read":
            outcome.counts[f"raised {what} at the undamaged file"] += 1
        for place, content in enumerate(mutations(seed, number, start=start)):
            path = folder / f"{place:05}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            what, seconds = reader.read(path)
            outcome.counts[f"{what} apart" if what == "died" and is_read_apart(form, []) else what] += 1
            outcome.slowest = max(outcome.slowest, seconds)
            if what in ("read", "refused"):
                path.unlink()
    finally:
        reader.stop()
    return outcome


class _Reader:
    """A process that reads one file after the other, and is started anew when it dies or hangs."""

    def __init__(self, dataset: Dataset, form: str) -> None:
        self.dataset, self.form = dataset, form
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, other = context.Pipe()
        self.process = context.Process(target=_read_on, args=(other, self.dataset.model_dump(mode="json"), self.form), daemon=True)
        self.process.start()
        other.close()

    def read(self, path: Path) -> tuple[str, float]:
        self.line.send(path)
        try:
            if self.line.poll(PATIENCE):
                what, seconds = self.line.recv()
                return ("hung", seconds) if seconds > LONGEST else (what, seconds)
        except EOFError:
            self.stop()
            self._start()
            return "died", 0.0
        self.stop()
        self._start()
        return "hung", PATIENCE

    def stop(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.join()


def _read_on(line: Connection, described: dict[str, object], form: str) -> None:
    from catalog.duck import connect
    from pipelines.reading.child import USUAL, limit_oneself

    limit_oneself(USUAL)
    dataset = Dataset.model_validate(described)
    parser = own_parsers_of(dataset, module_of(dataset))[form]
    engine = connect(threads=1, memory_limit="500MB")  # as in earnest one for all files of a dataset
    while True:
        try:
            path = line.recv()
        except EOFError:
            return
        began = time.process_time()
        con = engine.cursor()
        try:
            rows = parser(con, [path])
            while rows.fetchmany(10_000):
                continue
            what = "read"
        except BymaalError:
            what = "refused"
        except Exception as error:  # noqa: BLE001 – to be counted
            kind = f"{type(error).__module__}.{type(error).__name__}"
            # What DuckDB refuses while it reads, the steps of a dataset turn into a ParseError that names the columns.
            what = "refused" if kind.startswith(("_duckdb.", "duckdb.")) else f"raised {kind}"
        finally:
            con.close()
        line.send((what, time.process_time() - began))


def main(arguments: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(prog="python -m pipelines.bench.mutated", description=__doc__)
    ask.add_argument("--recorded", type=Path, required=True, help="folder with snapshots.csv")
    ask.add_argument("--each", type=int, default=200, help="damaged copies for each parser")
    ask.add_argument("--start", type=int, default=0, help="which copy to begin with")
    ask.add_argument("--only", default="", help="part of a dataset's or format's name")
    given = ask.parse_args(arguments)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="bymaal-mutated-") as folder:
        recorded = list(seeds(given.recorded))
        have = {(dataset.id, form) for dataset, form, _, _ in recorded}
        for dataset, form, name, seed in [*recorded, *(one for one in sandbox_seeds() if (one[0].id, one[1]) not in have)]:
            if given.only not in f"{dataset.id} {form}":
                continue
            outcome = try_parser(dataset, form, name, seed, number=given.each, folder=Path(folder) / dataset.id / form, start=given.start)
            outcomes.append(outcome)
            told = ", ".join(f"{what} {count}" for what, count in sorted(outcome.counts.items()))
            sys.stdout.write(f"{dataset.id:<32} {form:<28} {len(seed):>9,} bytes: {told}; slowest {outcome.slowest:.2f} s\n")
            sys.stdout.flush()
    total = sum(sum(outcome.counts.values()) for outcome in outcomes)
    bad = sum(count for o in outcomes for what, count in o.counts.items() if what not in ("read", "refused", "died apart"))
    sys.stdout.write(f"{total:,} damaged files through {len(outcomes)} parsers: {bad} neither read nor refused\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
