"""The process that reads files from outside, started by `child.py`: it limits itself, reads, and writes rows or an error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from catalog.duck import connect
from catalog.errors import BymaalError
from catalog.model import Dataset
from pipelines.datasets import own_parsers_of
from pipelines.reading.child import ANSWER, ROWS, ReadingLimits, beyond, limit_oneself


def _answer(task: dict[str, Any]) -> dict[str, Any]:
    """Read the files, write the rows and say how it went."""
    form, paths, folder = task["format"], [Path(path) for path in task["paths"]], Path(task["folder"])
    where = ", ".join(path.name for path in paths[:3])
    con = connect(threads=task["threads"], memory_limit=task["memory_limit"], spill=folder / "spill")
    try:
        dataset = Dataset.model_validate(task["dataset"])
        relation = own_parsers_of(dataset, task["module"])[form](con, paths)
        relation.write_parquet(str(folder / ROWS), compression="zstd")
    except BymaalError as error:
        return {"error": error.as_record()}
    except MemoryError:
        return {"error": beyond(f"needs more than {task['limits']['memory']:,} bytes of memory", where, form).as_record()}
    except Exception as error:  # noqa: BLE001 – whatever a reader of foreign bytes raises, the file is to blame and no value may leak
        return {"error": beyond(f"not readable as {form} ({type(error).__name__})", where, form).as_record()}
    finally:
        con.close()
    return {"id": Path(folder).name.replace("-", "_")}


def main() -> None:
    task = json.loads(sys.stdin.buffer.read())
    limit_oneself(ReadingLimits(**task["limits"]))
    told = _answer(task)
    partial = Path(task["folder"]) / ".partial"
    partial.write_text(json.dumps(told), "utf-8")
    partial.replace(Path(task["folder"]) / ANSWER)


if __name__ == "__main__":
    main()
