"""The nginx settings of docs/serving.md answer as `bymaal serve` does: tried with a real nginx where there is one."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.pipelines.test_serve import ERASED, EXPIRED, PAGE, RELEASE, public  # noqa: F401

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@pytest.fixture(scope="module")
def site(public: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: F811
    """An nginx with the lines of the documentation; only address, certificate and folder are others."""
    if not Path(NGINX).is_file():
        pytest.skip("nginx is not installed here")
    told = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "serving.md").read_text("utf-8"), re.S)
    assert told is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = told[1].replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("http2 on;", "")
    own = own.replace("root /srv/bymaal/data/public;", f"root {public};")
    folder = tmp_path_factory.mktemp("nginx")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    run_as = "user root;" if folder.owner() == "root" else ""
    settings = folder / "nginx.conf"
    settings.write_text(
        f"{run_as} daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{ access_log off; {temporary}\n{own}\n}}"
    )
    if not (public / "current").is_symlink():
        (public / "current").symlink_to(f"releases/{RELEASE}")
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(settings)], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("path", ["", "catalog.ttl", "site/nb/index.html"])
def test_nginx_says_that_a_deleted_release_is_gone_and_why(site: str, path: str) -> None:
    for language, words in (("nn-NO,nn;q=0.9", "ingen skal lese dei"), ("en", "An &lt;address&gt; slipped in"), ("fi", "ikke skal leses")):
        answer = requests.get(f"{site}/releases/{ERASED}/{path}", headers={"Accept-Language": language}, timeout=10)
        assert (answer.status_code, answer.headers["cache-control"]) == (410, "no-cache")
        assert answer.headers["content-type"] == "text/html; charset=utf-8" and words in answer.content.decode()
    assert requests.get(f"{site}/releases/{EXPIRED}/{path}", timeout=10).status_code == 410
    assert requests.get(f"{site}/releases/2026-11-22.9/{path}", timeout=10).status_code == 404


def test_nginx_negotiates_and_keeps_what_never_changes(site: str) -> None:
    def ask(path: str, **headers: str) -> requests.Response:
        return requests.get(f"{site}{path}", headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=10)

    turtle = ask("/catalog", Accept="text/turtle")
    part = ask(f"/releases/{RELEASE}/bymaal.duckdb", Range="bytes=256-511")
    page = ask("/datasets/air", Accept="text/html", Accept_Language="nn")
    lost = ask(f"/releases/{RELEASE}/nothing")

    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8" and turtle.text == "<a> <b> <c> ."
    assert (part.status_code, part.content) == (206, bytes(range(256)))
    assert "immutable" in part.headers["cache-control"] and part.headers["access-control-allow-origin"] == "*"
    assert page.text == PAGE and page.url.endswith("/site/nn/datasets/air.html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (lost.status_code, lost.headers["cache-control"]) == (404, "no-cache")
