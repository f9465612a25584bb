"""Files that a source could have made to crash or overload their reader are read in a process of their own, with limits.

Workbooks, archives and Parquet files are read there; what comes back is a Parquet file that this software has written itself, or an
ordinary ParseError. Text formats are read here: their readers stop at limits of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.duck import literal
from catalog.errors import BymaalError, ParseError
from catalog.model import Dataset
from pipelines.settings import ROOT, environment_without_keys

if TYPE_CHECKING:
    import duckdb

BINARY_WORDS = frozenset({"xlsx", "xls", "ods", "zip", "parquet", "gpkg"})
BINARY_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00")
ANSWER, ROWS = "answer.json", "rows.parquet"


@dataclass(frozen=True)
class ReadingLimits:
    """What the process that reads one batch of files may use."""

    seconds: float = 300.0
    """On the clock, and of the processor."""
    memory: int = 3 * 2**30
    """Bytes of memory of its own."""
    output: int = 2 * 2**30
    """Bytes of one file that it writes."""


USUAL = ReadingLimits()


def is_read_apart(form: str, paths: Sequence[Path]) -> bool:
    """Whether files are binary, by the name of their format or by their first bytes."""
    return bool(BINARY_WORDS & set(form.split("_"))) or any(_beginning(path).startswith(BINARY_BEGINNINGS) for path in paths)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError:  # whoever reads the file will say so
        return b""


def read_apart(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, module: str, form: str, paths: Sequence[Path], limits: ReadingLimits = USUAL
) -> duckdb.DuckDBPyRelation:
    """What the parser of a format makes of these files, read in a process of its own and held in a temporary table of `con`.

    Raises what the parser raised, and ParseError when it crashed or went beyond a limit.
    """
    with tempfile.TemporaryDirectory(prefix="bymaal-", dir=_spill(con)) as folder:
        task = {
            "dataset": dataset.model_dump(mode="json"),
            "module": module,
            "format": form,
            "paths": [str(path) for path in paths],
            "folder": folder,
            "memory_limit": _setting(con, "memory_limit"),
            "threads": int(_setting(con, "threads")),
            "limits": asdict(limits),
        }
        where = ", ".join(path.name for path in paths[:3])
        told = _told(task, Path(folder), limits, where, form)
        if error := told.get("error"):
            raise _same_error(error)
        table = f"read_apart_{told['id']}"
        con.execute(f"create or replace temp table {table} as select * from read_parquet({literal(str(Path(folder) / ROWS))})")
    return con.table(table)


def _told(task: Mapping[str, Any], folder: Path, limits: ReadingLimits, where: str, form: str) -> dict[str, Any]:
    """The answer of the reading process. Raises ParseError when it gave none."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pipelines.reading.apart"],
            input=json.dumps(task).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a reader of foreign bytes may write them there
            timeout=limits.seconds + 2,
            check=False,
            cwd=ROOT,
            env={**environment_without_keys(), "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise beyond(f"not read within {limits.seconds:g} s", where, form) from None
    answer = folder / ANSWER
    if answer.is_file():
        return json.loads(answer.read_bytes())
    if done.returncode in (-24, -9) or done.returncode == 152:
        raise beyond(f"not read within {limits.seconds:g} s, or killed for want of memory", where, form)
    raise beyond("its reader crashed on it", where, form)


def beyond(what: str, where: str, form: str) -> ParseError:
    return ParseError(
        what, where=where, effect="nothing of this file is used", next_step=f"see whether it really is {form}, and ask for it again"
    )


def _same_error(error: Mapping[str, str]) -> BymaalError:
    import catalog.errors

    kind: Callable[..., BymaalError] = getattr(catalog.errors, error["error"], ParseError)
    return kind(error["what"], where=error["where"], effect=error["effect"], next_step=error["next_step"])


def _setting(con: duckdb.DuckDBPyConnection, name: str) -> str:
    row = con.execute("select current_setting(?)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def _spill(con: duckdb.DuckDBPyConnection) -> str | None:
    """The folder where the connection puts what does not fit in memory, if it has one on purpose; None for the usual one."""
    folder = _setting(con, "temp_directory")
    if not Path(folder).is_absolute():
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return folder


# --- in the other process ---


def limit_oneself(limits: ReadingLimits) -> None:
    try:
        import resource
    except ImportError:  # a system without such limits: the time limit from outside holds there too
        return
    for kind, most in (
        (resource.RLIMIT_CPU, int(limits.seconds) + 1),
        (resource.RLIMIT_FSIZE, limits.output),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_AS, limits.memory + 4 * 2**30),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
