"""How a dataset is made: its description, its parsers, its corrections, and the fingerprint that tells when any of them has changed."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalog.model import Correction, Dataset
from pipelines.datasets import FOR_DECLARED_FILES, FOR_DECLARED_TABLES, Parser, parsers_of
from pipelines.ingesting.corrections import load_corrections
from pipelines.settings import ROOT

DECIDES = tuple(Path(__file__).with_name(f"{module}.py") for module in ("staging", "building", "corrections"))
"""What decides about the rows of every dataset, besides its own parsers."""


@dataclass(frozen=True)
class Recipe:
    """How one dataset is made: its description, its parsers and the fingerprint of both."""

    dataset: Dataset
    parsers: Callable[[], Mapping[str, Parser]]
    """Called only when something must be parsed, so that an unchanged run imports no parser."""
    fingerprint: str
    corrections: tuple[Correction, ...] = ()
    """Not part of the fingerprint: a correction concerns one period."""


def recipe(dataset: Dataset, module: str, folder: Path = ROOT / "pipelines" / "datasets") -> Recipe:
    """The recipe of a dataset whose parsers live in `module`, or of a declared table where there is no such module.

    Texts and ethics do not count as a change of recipe.
    """
    structure = dataset.model_dump(
        mode="json",
        include={"id", "key", "period", "period_column", "period_offset", "delivered_only", "precedence", "drift"},
    )
    structure["columns"] = [
        c.model_dump(mode="json", exclude={"title", "description", "codes", "valid_in", "valid_when"}) | {"codes": sorted(c.codes or ())}
        for c in dataset.columns
    ]
    structure["set_aside"] = [[rule.id, rule.sql, rule.limit] for rule in dataset.set_aside]
    structure["rules"] = [[rule.id, rule.sql, rule.severity] for rule in dataset.rules]
    structure["whole"] = sorted(dataset.source.whole_formats)
    path = folder / f"{module.rpartition('.')[2]}.py"
    if dataset.source.table is not None and not path.is_file():
        structure["table"] = dataset.source.table.model_dump(mode="json")
        module, path = FOR_DECLARED_TABLES, ROOT / f"{FOR_DECLARED_TABLES.replace('.', '/')}.py"
    sources = _written_in(path)
    if dataset.source.files:
        structure["files"] = {form: file.model_dump(mode="json", exclude={"url"}) for form, file in sorted(dataset.source.files.items())}
        declared = ROOT / f"{FOR_DECLARED_FILES.replace('.', '/')}.py"
        module = module if path.is_file() else FOR_DECLARED_FILES
        sources = tuple(dict.fromkeys((*(sources if path.is_file() else ()), *_written_in(declared))))
    digest = hashlib.sha256(json.dumps(structure, sort_keys=True).encode())
    for written in sources:
        digest.update(written.read_bytes())
    corrections = load_corrections(folder.parent / "corrections", dataset)
    return Recipe(dataset, lambda: parsers_of(dataset, module), digest.hexdigest(), corrections)


@cache
def _written_in(path: Path) -> tuple[Path, ...]:
    """The files that decide how rows are read: a module, what it imports of this package, and tables of the same stem beside each."""
    found: dict[Path, None] = dict.fromkeys(DECIDES)
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        found[file] = None
        found |= dict.fromkeys(sorted(file.parent.glob(f"{file.stem}.csv")))
        for node in ast.walk(ast.parse(file.read_bytes())):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            waiting += [ROOT / f"{name.replace('.', '/')}.py" for name in names if name.startswith("pipelines.")]
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipelines"):
                waiting += [ROOT / f"{(node.module or '').replace('.', '/')}/{a.name}.py" for a in node.names]
    return tuple(sorted(found))
