"""Damaged files through every parser that a whole file is known for (F20, F23, F44): none may die, hang or fall over.

`python -m pipelines.bench.mutated` does the same with as many files as one likes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from catalog.load import load_datasets
from catalog.model import Dataset
from pipelines.bench.mutated import sandbox_seeds, seeds, try_parser
from pipelines.sandbox.mutations import mutations
from pipelines.settings import ROOT


def listed() -> list[tuple[str, str]]:
    return [(dataset.id, form) for dataset in load_datasets(ROOT / "pipelines" / "datasets").values() for form in dataset.source.formats]


@cache
def whole_files(recorded: Path) -> dict[tuple[str, str], tuple[Dataset, str, bytes]]:
    """A small, undamaged file of each format: a recorded one, or else the sandbox's answer."""
    found = [*sandbox_seeds(), *seeds(recorded)]
    return {(dataset.id, form): (dataset, path, content) for dataset, form, path, content in found}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), listed())
def test_damaged_files_are_read_or_refused(name: str, form: str, recorded: Path, tmp_path: Path) -> None:
    known = whole_files(recorded)
    if (name, form) not in known:
        pytest.skip("NOT TESTED: no file of this format is recorded, and the sandbox does not speak it")
    dataset, path, content = known[name, form]
    number = 200 if len(content) < 100_000 else 40  # a second's work for each of the larger ones
    outcome = try_parser(dataset, form, path, content, number=number, folder=tmp_path)
    assert outcome.is_good, dict(outcome.counts)
    assert sum(outcome.counts.values()) == number


def test_the_same_damage_is_done_every_time() -> None:
    seed = b"a;b\n1;2\n" * 20
    once = list(mutations(seed, 50))
    assert once == list(mutations(seed, 50))
    assert len(set(once)) > 40
    assert list(mutations(seed, 10, start=40)) == once[40:]
