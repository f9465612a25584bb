"""The page about sources names every dataset, and calls none proven whose description says that no real answer was at hand."""

from __future__ import annotations

import re

from catalog.load import load_datasets
from pipelines.settings import ROOT

PAGE = (ROOT / "docs" / "sources.md").read_text("utf-8")


def test_every_dataset_has_its_row_and_no_row_is_about_another() -> None:
    named = [key for line in PAGE.splitlines() if line.startswith("| `") for key in re.findall(r"`([a-z_]+)`", line.split("|")[1])]
    named = [key for key in named if key not in ("url", "encoding", "delimiter", "decimal", "thousands", "sheet", "header_within", "header_rows",
                                                  "ends_before", "columns", "series", "time")]  # fmt: skip
    assert sorted(named) == sorted(load_datasets(ROOT / "pipelines" / "datasets"))


def test_a_row_that_knows_no_real_answer_at_all_belongs_to_datasets_that_say_so() -> None:
    datasets = load_datasets(ROOT / "pipelines" / "datasets")
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `") and re.fullmatch(r"to (its|their) contract", cells[3]):
            assert not any(datasets[key].source.verified for key in re.findall(r"`([a-z_]+)`", cells[1])), line
