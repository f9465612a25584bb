"""Every dataset: `<id>.yaml` says what it is, and a module `<id>.py` how its source is asked and read.

A dataset whose YAML declares a table of a statistics bank needs no module: `pipelines.reading.pxweb` asks for it and reads it. Neither does
one
whose files are declared there: `pipelines.reading.declared` does the same for those, also beside a module that reads other formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.reading.ask import Request, Window

if TYPE_CHECKING:
    import duckdb

Parser = Callable[["duckdb.DuckDBPyConnection", Sequence[Path]], "duckdb.DuckDBPyRelation"]

HERE = Path(__file__).parent
FOR_DECLARED_TABLES = "pipelines.reading.pxweb"
FOR_DECLARED_FILES = "pipelines.reading.declared"


def module_of(dataset: Dataset) -> str:
    """The name of the module that asks for a dataset and reads it: its own, or the one for declared tables or for declared files."""
    if (HERE / f"{dataset.id}.py").is_file():
        return f"pipelines.datasets.{dataset.id}"
    if dataset.source.table is not None:
        return FOR_DECLARED_TABLES
    return FOR_DECLARED_FILES if dataset.source.files else f"pipelines.datasets.{dataset.id}"


def parsers_of(dataset: Dataset, module: str) -> Mapping[str, Parser]:
    """The parsers of a dataset, by format. Binary files are read in a process of their own, because they could crash their reader."""
    return {form: partial(_parse, dataset, module, form, parser) for form, parser in own_parsers_of(dataset, module).items()}


def _parse(
    dataset: Dataset, module: str, form: str, parser: Parser, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]
) -> duckdb.DuckDBPyRelation:
    from pipelines.reading.child import is_read_apart, read_apart

    return read_apart(con, dataset, module, form, paths) if is_read_apart(form, paths) else parser(con, paths)


def own_parsers_of(dataset: Dataset, module: str) -> Mapping[str, Parser]:
    """The parsers as a dataset's module gives them, and those of the files that it declares."""
    found: Any = import_module(module)
    own = found.parsers(dataset) if module in (FOR_DECLARED_TABLES, FOR_DECLARED_FILES) else found.PARSERS
    return {**import_module(FOR_DECLARED_FILES).parsers(dataset), **own} if dataset.source.files else own


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """What a dataset asks of its source before anything is known."""
    yield from import_module(module_of(dataset)).ask(dataset, window)


def ask_further(dataset: Dataset, window: Window, known: Sequence[Snapshot]) -> Iterator[Request]:
    """What a dataset can only ask when it has seen earlier answers (`known`); nothing for most of them."""
    further = getattr(import_module(module_of(dataset)), "ask_further", None)
    if further is not None:
        yield from further(dataset, window, known)
