"""The pictures of README and documentation, taken anew from the sample release: pages as a reader sees them, the graph as Dagster shows it.

    python docs/pictures/take.py DATA     DATA is a data folder that `bymaal run` has filled; needs Chromium and the development packages

A picture is at most 150 kB; one that grows above it stops the script.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
LARGEST = 150_000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
PAGES = {
    "front": ("/current/site/en/index.html", 1280, 900),
    "indicator": ("/current/site/en/indicators/sdg_11_6_no2.html", 1280, 1150),
    "municipality": ("/current/site/en/municipalities/0301.html", 1280, 920),
}
"""Picture → page, width, height."""
GRAPH = "/assets/indicators/sdg_11_2_bicycle_trips?view=lineage&lineageScope=upstream&lineageDepth=2"
"""One indicator with what it comes from: all 150 assets at once are no picture."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(command: Sequence[str], port: int, env: dict[str, str]) -> Iterator[str]:
    """A web server as long as it is needed. Raises SystemExit when it does not answer within two minutes."""
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(base, timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        else:
            raise SystemExit(f"{command[0]} does not answer")
        yield base
    finally:
        server.terminate()
        server.wait(timeout=30)


def main(data: str) -> None:
    from playwright.sync_api import sync_playwright

    where = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        browser = playwright.chromium.launch(executable_path=where, args=list(FLAGS))
        shutil.copyfile(ROOT / "dagster_home" / "dagster.yaml", Path(home) / "dagster.yaml")
        env = {**os.environ, "DAGSTER_HOME": home, "BYMAAL_DATA": str(Path(data).resolve()), "DAGSTER_DISABLE_TELEMETRY": "yes"}
        port = free_port()
        with serving([sys.executable, "-m", "pipelines.cli", "serve", "--port", str(port), "--data-dir", data], port, env) as base:
            for name, (path, width, height) in PAGES.items():
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light", locale="en-GB")
                page.goto(base + path, wait_until="networkidle")
                keep(page.screenshot(type="jpeg", quality=72), name)
        port = free_port()
        command = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", "workspace.yaml", "-p", str(port)]
        with serving(command, port, env) as base:
            page = browser.new_page(viewport={"width": 1500, "height": 700}, color_scheme="light")
            page.goto(base + GRAPH, wait_until="networkidle")
            page.wait_for_timeout(8000)  # the graph is laid out after everything has been loaded
            keep(page.screenshot(type="jpeg", quality=72), "graph")
        browser.close()


def keep(picture: bytes, name: str) -> None:
    if len(picture) > LARGEST:
        raise SystemExit(f"{name} has {len(picture)} bytes, more than {LARGEST}")
    (FOLDER / f"{name}.jpg").write_bytes(picture)
    print(f"{name}.jpg {len(picture)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
