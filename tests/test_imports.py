"""No two modules import each other, at the top, inside a function or for types alone: each can be read without the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.settings import ROOT


def modules(root: Path, package: str) -> dict[str, Path]:
    found = sorted((root / package).rglob("*.py"))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in found}


def imported(node: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """What a module imports of these."""
    if isinstance(node, ast.ImportFrom) and node.module:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name if name in known else node.module for name in names)
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from imported(child, known)


def circles(root: Path, package: str) -> list[tuple[str, str]]:
    known = modules(root, package)
    graph = {name: set(imported(ast.parse(path.read_bytes()), known)) - {name} for name, path in known.items()}
    return sorted((one, other) for one in graph for other in graph[one] & graph.keys() if one < other and one in graph[other])


@pytest.mark.parametrize("package", ["catalog", "indicators", "pipelines"])
def test_no_two_modules_import_each_other(package: str) -> None:
    assert circles(ROOT, package) == []


def test_a_circle_is_found_also_inside_a_function_and_for_types(tmp_path: Path) -> None:
    for name, text in {
        "a": "from box import b",
        "b": "def late():\n    from box.a import x",
        "c": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from box import d",
        "d": "import box.c",
        "e": "import box.a",
    }.items():
        (tmp_path / "box").mkdir(exist_ok=True)
        (tmp_path / "box" / f"{name}.py").write_text(text)
    assert circles(tmp_path, "box") == [("box.a", "box.b"), ("box.c", "box.d")]
