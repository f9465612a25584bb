"""Fingerprints of files and of plain values, and files that are taken over because theirs has not changed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any


def digest(*parts: Any) -> str:
    """SHA-256 of plain values; equal values give the same one, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def link_or_copy(old: Path, new: Path) -> None:
    """One more name for the same bytes where the file system allows it, else a copy. What is shared so is never written to again."""
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(old, new)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
