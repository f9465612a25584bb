"""Runs the cells of notebook.md on a release while the documentation is built, and writes what each gives below it. A hook of MkDocs.

A link to a file of the repository that is no page becomes its own text, because the site does not have that file.

The release is that of `BYMAAL_DATA`, else of `data`. Without one the page says so and shows the cells alone. A cell that fails stops
the build.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import Any

PAGE = "notebook.md"
CELL = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MOST_ROWS = 12
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """What MkDocs calls for each page."""
    text = OUTSIDE.sub(r"\1", markdown)
    return with_results(text, database()) if page.file.src_uri == PAGE else text


def database() -> Path:
    """Where the current release's database is, if there is a release."""
    data = Path(os.environ.get("BYMAAL_DATA", Path(__file__).parents[1] / "data"))
    return data / "public" / "current" / "bymaal.duckdb"


def with_results(markdown: str, release: Path) -> str:
    """The page with a table below each cell that gives rows."""
    if not release.is_file():
        return markdown + "\n!!! note\n    Built without a release, so results are not shown: `make run`, then `make docs`.\n"
    known: dict[str, Any] = {}
    os.environ["BYMAAL_DATABASE"] = str(release)
    return CELL.sub(lambda cell: f"{cell[0]}\n\n{_shown(_run(cell[1], known))}", markdown)


def _run(cell: str, known: dict[str, Any]) -> Any:
    """Run one cell; gives the value of its last line, as a notebook does."""
    tree = ast.parse(cell)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, PAGE, "exec"), known)  # noqa: S102 – our own page
    return eval(compile(ast.Expression(last.value), PAGE, "eval"), known) if isinstance(last, ast.Expr) else None  # noqa: S307


def _shown(value: Any) -> str:
    """Rows of DuckDB as a table in Markdown."""
    if not hasattr(value, "fetchmany"):
        return ""
    rows = value.fetchmany(MOST_ROWS + 1)
    lines = [value.columns, ["---"] * len(value.columns), *rows[:MOST_ROWS]]
    table = "\n".join("| " + " | ".join("" if cell is None else str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
    return table + (f"\n\n… and more than these {MOST_ROWS} rows." if len(rows) > MOST_ROWS else "")
