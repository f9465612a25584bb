"""The page about sources names every dataset, and calls none proven whose description says that no real answer was at hand."""

from __future__ import annotations

import re

from catalog.load import load_datasets
from pipelines.settings import ROOT

PAGE = (ROOT / "docs" / "sources.md").read_text("utf-8")


def test_every_dataset_has_its_row_and_no_row_is_about_another() -> None:
    rows = [line for line in PAGE.partition("## A dataset without Python")[0].splitlines() if line.startswith("| `")]
    named = [key for line in rows for key in re.findall(r"`([a-z_]+)`", line.split("|")[1])]
    assert sorted(named) == sorted(load_datasets(ROOT / "pipelines" / "datasets"))


def test_a_row_that_knows_no_real_answer_at_all_belongs_to_datasets_that_say_so() -> None:
    datasets = load_datasets(ROOT / "pipelines" / "datasets")
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `") and re.fullmatch(r"to (its|their) contract", cells[3]):
            assert not any(datasets[key].source.verified for key in re.findall(r"`([a-z_]+)`", cells[1])), line
