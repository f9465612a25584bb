"""Damaged files through every parser that a recorded file is known for (F20, F23, F44): none may die, hang or fall over.

`python -m pipelines.bench.mutated` does the same with as many files as one likes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.bench.mutated import seeds, try_parser
from pipelines.sandbox.mutations import mutations


def listed() -> list[tuple[str, str]]:
    from catalog.load import load_datasets
    from pipelines.settings import ROOT

    return [(dataset.id, form) for dataset in load_datasets(ROOT / "pipelines" / "datasets").values() for form in dataset.source.formats]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), listed())
def test_two_hundred_damaged_files_are_read_or_refused(name: str, form: str, recorded: Path, tmp_path: Path) -> None:
    known = {(dataset.id, format): (dataset, path, content) for dataset, format, path, content in seeds(recorded)}
    if (name, form) not in known:
        pytest.skip("NOT TESTED: no file of this format is recorded")
    dataset, path, content = known[name, form]
    outcome = try_parser(dataset, form, path, content, number=200, folder=tmp_path)
    assert outcome.is_good, dict(outcome.counts)
    assert sum(outcome.counts.values()) == 200


def test_the_same_damage_is_done_every_time() -> None:
    seed = b"a;b\n1;2\n" * 20
    once = list(mutations(seed, 50))
    assert once == list(mutations(seed, 50))
    assert len(set(once)) > 40
    assert list(mutations(seed, 10, start=40)) == once[40:]
