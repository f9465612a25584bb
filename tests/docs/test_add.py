"""The page that teaches adding a dataset and an indicator is followed to the letter, in a copy of the code."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.authoring.scaffold import new_dataset, new_indicator

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add.md").read_text("utf-8")
EXAMPLE = ROOT / "docs" / "example"


def blocks(name: str) -> list[str]:
    """The commands of the page below headings that begin with `name`."""
    part = next(part for part in PAGE.split("\n## ") if part.startswith(name))
    return re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code as a newcomer has it after `make run`, but for what pages are dressed with."""
    folder = tmp_path_factory.mktemp("newcomer")
    for part in ("catalog", "indicators", "pipelines", "docs", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "bin").mkdir()
    for name, what in {"bymaal": f"{sys.executable} -m pipelines.cli", "python": sys.executable}.items():
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {what} "$@"\n', "utf-8")
        (folder / "bin" / name).chmod(0o755)
    return folder


def follow(copy: Path, commands: str) -> str:
    """What the commands say, run in the copy as a person would. The data folder is one of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    env |= {"PATH": f"{copy / 'bin'}:{env['PATH']}", "PYTHONPATH": str(copy), "BYMAAL_DATA": str(copy / "mine")}
    done = subprocess.run(["bash", "-ec", commands], cwd=copy, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_newcomer_who_pastes_the_commands_publishes_a_new_dataset_and_a_new_indicator(copy: Path, recorded: Path) -> None:
    assert "wrote" in follow(copy, blocks("1.")[0])
    shown = follow(copy, "\n".join(blocks("1.")[1:]))
    assert "5 rows in 1 periods (2024)" in shown and "5230" in shown and "Nothing was kept" in shown
    assert not (copy / "mine").exists()

    assert "passed" in follow(copy, "\n".join(blocks("2.")))

    take_in, publish = blocks("3.")
    follow(copy, take_in)
    for row in csv.DictReader((recorded / "snapshots.csv").open(encoding="utf-8")):  # what the page fetches over the network
        if row["dataset"] in ("municipalities", "municipality_changes"):
            follow(copy, f"bymaal archive import {recorded / row['path']} --dataset {row['dataset']} --format {row['format']}")
    follow(copy, "bymaal ingest --source recorded --recorded mine/work/real/raw --only municipalities municipality_changes")
    said = follow(copy, publish)
    assert "Oslo" in said and "7.877629" in said and "charging_points_2024.csv" in said

    assert "5 rows in 1 periods (2025)" in follow(copy, "\n".join(blocks("With a small")))

    follow(copy, "\n".join(blocks("Take it away")))
    assert not list((copy / "pipelines" / "datasets").glob("charging_points.*[yl]"))


def keys(node: Any, path: str = "") -> Iterator[str]:
    """Every key of a description but for what a person names, counts or leaves out."""
    if isinstance(node, dict):
        for key, value in node.items():
            if path not in ("source.files", "example.given", "example.expect") and key != "organisation_number":
                yield f"{path}.{key}".lstrip(".")
                yield from keys(value, f"{path}.{key}".lstrip("."))


def test_the_example_is_what_the_scaffolds_write_filled_in(tmp_path: Path) -> None:
    from datetime import date

    day = date(2026, 11, 23)
    scaffold = new_dataset("charging_points", tmp_path, day, EXAMPLE / "charging_points_2024.csv").files[0].read_text("utf-8")
    filled = (EXAMPLE / "charging_points.yaml").read_text("utf-8")
    assert list(keys(yaml.safe_load(scaffold))) == list(keys(yaml.safe_load(filled)))

    scaffold = new_indicator("sdg_11_6_fast_charging_share", None, tmp_path, day).files[0].read_text("utf-8")
    filled = (EXAMPLE / "sdg_11_6_fast_charging_share.sql").read_text("utf-8")
    heads = [yaml.safe_load(text.removeprefix("/*---\n").split("\n---*/\n")[0]) for text in (scaffold, filled)]
    assert list(keys(heads[0])) == list(keys(heads[1]))
