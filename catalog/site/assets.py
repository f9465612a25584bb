"""Styles, icon and the SQL console's files in a release. Named by their content, so that browsers may keep them and never mix two releases.

What comes from other people's packages is fetched at set-up (`web/install.py`) into `vendor/` and linked from there. Without it the pages
are complete, only plainer, and have no console.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalog.errors import StorageError
from catalog.hashes import link_or_copy

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
FOLDER = "assets"
CONSOLE = ("duckdb-engine", "duckdb-worker", "duckdb")


@dataclass(frozen=True)
class Vendored:
    """One file taken from a package: its name in the release, its size, and its size when compressed (bytes)."""

    name: str
    bytes: int
    packed: int


@dataclass(frozen=True)
class Assets:
    """Addresses below `site/` of what pages load."""

    styles: tuple[str, ...]
    scripts: Mapping[str, str]
    vendored: Mapping[str, Vendored]

    @property
    def has_console(self) -> bool:
        return all(key in self.vendored for key in CONSOLE)

    def address(self, key: str) -> str:
        """Where a vendored file lies below `site/`."""
        return f"{FOLDER}/{self.vendored[key].name}"


def packages(vendor: Path = VENDOR) -> list[dict[str, str]]:
    """Name, version and licence of the packages that `vendor/` was made from; empty where there is none."""
    return _listing(vendor)["packages"]


def write(root: Path, vendor: Path = VENDOR) -> Assets:
    """Put everything that pages load below `root` (a release's `site` folder).

    Vendored files are linked, or copied where a link cannot be made, so a release costs no space for them.
    """
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    listing = _listing(vendor)
    shutil.copyfile(HERE / "icon.svg", root / "icon.svg")
    vendored = {}
    for key, file in listing["files"].items():
        vendored[key] = Vendored(file["name"], file["bytes"], file["packed"]["bytes"])
        for name in (file["name"], f"{file['name']}.gz"):
            link_or_copy(vendor / name, root / FOLDER / name)
    own = {path.name: _own(path, root) for path in (HERE / "style.css", *sorted((HERE / "scripts").glob("*.js")))}
    design = [f"{FOLDER}/{vendored['designsystemet'].name}"] if "designsystemet" in vendored else []
    return Assets(
        styles=(*design, own.pop("style.css")),
        scripts={name.removesuffix(".js"): address for name, address in own.items()},
        vendored=vendored,
    )


def _own(path: Path, root: Path) -> str:
    content = path.read_bytes()
    name = f"{FOLDER}/{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
    (root / name).write_bytes(content)
    return name


def _listing(vendor: Path) -> dict:
    path = vendor / "vendor.json"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else {"packages": [], "files": {}}


@cache
def _read(path: Path, _changed: int) -> dict:
    """The list that `install.py` wrote, with every file's content checked against it once in the life of a process."""
    listing = json.loads(path.read_text("utf-8"))
    for file in listing["files"].values():
        for name, sha256 in ((file["name"], file["sha256"]), (f"{file['name']}.gz", file["packed"]["sha256"])):
            found = hashlib.sha256((path.parent / name).read_bytes()).hexdigest()
            if found != sha256:
                raise StorageError(
                    "a file for the pages is not the one that was installed",
                    where=f"catalog/site/vendor/{name}",
                    effect="no pages are built",
                    next_step="run `make site`",
                )
    return listing
