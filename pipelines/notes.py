"""The notes that runs leave in a data folder: read whole or refused. A folder that a newer version has written is not touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog.errors import StorageError

LAYOUT = 1
"""How the data folder is laid out. One more whenever an older version of the software would misread what a newer one writes."""

FILE = "layout.json"


def read(path: Path, *needed: str, next_step: str) -> dict[str, Any]:
    """A note with at least the keys that are needed. Raises StorageError where it is damaged or says something else."""
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        note = None
    if not isinstance(note, dict) or not set(needed) <= note.keys():
        raise unreadable(path, next_step)
    return note


def unreadable(path: Path, next_step: str) -> StorageError:
    """A note that is damaged, or that no version of the software has written so."""
    return StorageError(
        "a note of an earlier run cannot be read",
        where=f"{path.parent.name}/{path.name}",
        effect="nothing was changed; readers still see the current release",
        next_step=next_step,
    )


def refuse_newer(data_dir: Path) -> None:
    """Raise StorageError, before anything is touched, when a newer version of the software has written this data folder."""
    path = data_dir / FILE
    if not path.is_file():
        return  # nothing has run here, or only versions that are older than this note
    found = read(path, "layout", next_step="restore it from a backup, or delete it if no newer version ever ran here")["layout"]
    if not isinstance(found, int) or found > LAYOUT:
        raise StorageError(
            "a newer version of the software has written this data folder",
            where=f"{data_dir.name}/{FILE} says {found}, this version knows {LAYOUT}",
            effect="nothing was changed",
            next_step="use the newer version, or restore the backup that was taken before the upgrade",
        )


def keep_layout(data_dir: Path) -> None:
    """Note the layout, for versions to come and for older ones."""
    from pipelines.archive import write_atomically

    path = data_dir / FILE
    if not path.is_file() or read(path, next_step=f"delete {FILE}").get("layout") != LAYOUT:
        write_atomically(path, json.dumps({"layout": LAYOUT}).encode() + b"\n")
