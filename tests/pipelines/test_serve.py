"""What readers, browsers and harvesters get over HTTP: the right format, packed, kept as long as it may be, and with strict headers."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn

from catalog.errors import UsageError
from catalog.releases import gone
from pipelines.serve import application, best, serve

RELEASE, ERASED, EXPIRED = "2026-11-23.3", "2026-11-22.2", "2026-01-01.1"
LEDGER = (
    {"event": "erased", "release": ERASED, "at": "2026-11-23T08:00:00Z", "why": "An <address> slipped in"},
    {"event": "expired", "release": EXPIRED, "at": "2026-11-23T08:00:00Z"},
)
PAGE = "<!doctype html><title>Bymål</title>" + "<p>Luft</p>" * 200
NUMBERS = bytes(range(256)) * 16


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public folder with the kinds of files a release has."""
    folder = tmp_path_factory.mktemp("public")
    release = folder / "releases" / RELEASE
    contents = {
        **{
            f"site/{language}/{name}.html": PAGE
            for language in ("nb", "nn", "en")
            for name in ("index", "console", "datasets/air", "embed/air")
        },
        "site/index.html": PAGE,
        "site/nb/feeds/changes.atom": "<feed/>",
        "site/assets/engine.0123456789ab.wasm": "raw",
        "catalog.ttl": "<a> <b> <c> .",
        "catalog.jsonld": "{}",
        "catalog.rdf": "<rdf/>",
    }
    for path, content in contents.items():
        (release / path).parent.mkdir(parents=True, exist_ok=True)
        (release / path).write_text(content, "utf-8")
    (release / "site/assets/engine.0123456789ab.wasm.gz").write_bytes(gzip.compress(b"raw"))
    (release / "bymaal.duckdb").write_bytes(NUMBERS)
    (folder / "current.json").write_text(json.dumps({"release": RELEASE}))
    (folder / "releases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LEDGER))
    for name, content in gone.pages(folder).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@contextmanager
def serving(public: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(public), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def site(public: Path) -> Iterator[str]:
    with serving(public) as address:
        yield address


@pytest.mark.parametrize(
    ("accept", "file", "kind"),
    [
        ("text/turtle", "catalog.ttl", "text/turtle; charset=utf-8"),
        ("application/ld+json", "catalog.jsonld", "application/ld+json; charset=utf-8"),
        ("application/rdf+xml;q=0.9, text/html;q=0.1", "catalog.rdf", "application/rdf+xml; charset=utf-8"),
        ("*/*", "site/", "text/html; charset=utf-8"),
    ],
)
def test_the_catalogue_comes_in_the_format_that_is_asked_for(site: str, accept: str, file: str, kind: str) -> None:
    answer = requests.get(f"{site}/catalog", headers={"Accept": accept}, timeout=10)

    assert answer.url == f"{site}/releases/{RELEASE}/{file}"
    assert answer.headers["content-type"] == kind
    assert answer.history[0].status_code == 303 and "Accept" in answer.history[0].headers["vary"]
    assert 'type="text/turtle"' in answer.history[0].headers["link"]


def test_a_format_that_nobody_has_is_refused_with_those_there_are(site: str) -> None:
    answer = requests.get(f"{site}/catalog", headers={"Accept": "image/png"}, timeout=10)

    assert answer.status_code == 406 and "text/turtle" in answer.text


def test_a_browser_comes_to_the_pages_in_its_language_and_a_name_in_the_rdf_leads_to_its_page(site: str) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "nn-NO,nn;q=0.9,en;q=0.4"}

    assert requests.get(site, headers=headers, timeout=10).url.endswith("/site/nn/index.html")
    assert requests.get(f"{site}/datasets/air/activity", headers=headers, timeout=10).url.endswith("/site/nn/datasets/air.html")
    assert requests.get(f"{site}/datasets/air", headers={"Accept": "text/turtle"}, timeout=10).url.endswith("/catalog.ttl")
    for name, page in (
        ("indicators/air", "indicators/air"),
        ("series/observations/2026-11-23.3", "tables"),
        ("services/database", "method"),
    ):
        led = requests.get(f"{site}/{name}", headers=headers, timeout=10, allow_redirects=False)
        assert led.headers["location"].endswith(f"/site/nn/{page}.html")
    assert requests.get(site, headers={"Accept": "text/html", "Accept-Language": "fi"}, timeout=10).url.endswith("/site/")


def test_the_weights_of_a_header_decide() -> None:
    offered = ("text/html", "text/turtle")
    assert best("text/turtle;q=0.5, text/html;q=0.4", offered) == "text/turtle"
    assert best("text/*", offered) == "text/html", "the first where none is preferred"
    assert best("text/html;q=0", offered) is None
    assert best("text/html;q=nonsense", offered) is None
    assert best("de", ("nb", "en")) is None


def test_text_is_packed_for_those_who_can_unpack_it_and_ranges_never_are(site: str) -> None:
    page, database = f"{site}/releases/{RELEASE}/site/nb/index.html", f"{site}/releases/{RELEASE}/bymaal.duckdb"

    packed = requests.get(page, timeout=10)
    plain = requests.get(page, headers={"Accept-Encoding": "identity"}, timeout=10)
    part = requests.get(database, headers={"Range": "bytes=256-511", "Accept-Encoding": "gzip"}, timeout=10)

    assert packed.headers["content-encoding"] == "gzip" and packed.text == plain.text == PAGE
    assert "content-encoding" not in plain.headers and plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}", "the packed and the plain file are not the same bytes"
    assert requests.get(page, headers={"If-None-Match": packed.headers["etag"]}, timeout=10).status_code == 304
    assert (part.status_code, part.content) == (206, bytes(range(256)))
    assert "content-encoding" not in requests.get(database, timeout=10).headers


def test_a_file_that_was_packed_beforehand_is_sent_as_it_is(site: str, public: Path) -> None:
    path = f"releases/{RELEASE}/site/assets/engine.0123456789ab.wasm"

    answer = requests.get(f"{site}/{path}", timeout=10)

    assert answer.content == b"raw" and answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/wasm"
    assert int(answer.headers["content-length"]) == (public / f"{path}.gz").stat().st_size
    assert requests.get(f"{site}/{path}", headers={"Accept-Encoding": "identity"}, timeout=10).content == b"raw"


def test_pages_may_run_nothing_from_elsewhere_and_the_console_alone_may_compile(site: str) -> None:
    def policy(path: str) -> str:
        return requests.get(f"{site}/releases/{RELEASE}/site/{path}", timeout=10).headers["content-security-policy"]

    for path in ("nb/index.html", "en/console.html", "nn/embed/air.html"):
        assert "default-src 'none'" in policy(path) and "unsafe-inline" not in policy(path) and "'unsafe-eval'" not in policy(path)
    assert "wasm-unsafe-eval" in policy("en/console.html") and "wasm-unsafe-eval" not in policy("nb/index.html")
    assert "frame-ancestors *" in policy("nn/embed/air.html")
    assert "frame-ancestors 'none'" in policy("nb/index.html")


def test_every_answer_says_how_long_it_may_be_kept_and_lets_other_sites_read_data(site: str) -> None:
    feed = requests.get(f"{site}/releases/{RELEASE}/site/nb/feeds/changes.atom", timeout=10)
    lost = requests.get(f"{site}/releases/{RELEASE}/nothing", timeout=10)

    assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert "immutable" in feed.headers["cache-control"] and feed.headers["access-control-allow-origin"] == "*"
    assert feed.headers["x-content-type-options"] == "nosniff"
    assert lost.status_code == 404 and lost.headers["cache-control"] == "no-cache", "what is not there today may be there tomorrow"
    assert "sitemap.xml" in requests.get(f"{site}/robots.txt", timeout=10).text


@pytest.mark.parametrize("path", ["", "catalog.ttl", "data/air/air.csv", "site/nb/index.html"])
def test_every_address_of_a_deleted_release_is_gone_and_says_why_in_the_readers_language(site: str, path: str) -> None:
    def ask(release: str, language: str) -> requests.Response:
        return requests.get(f"{site}/releases/{release}/{path}", headers={"Accept-Language": language}, timeout=10)

    answers = {language: ask(ERASED, language) for language in ("nb", "nn-NO,nn;q=0.9", "en-GB,en", "no", "fi")}

    assert {answer.status_code for answer in answers.values()} == {410}
    assert [answer.headers["content-language"] for answer in answers.values()] == ["nb", "nn", "en", "nb", "nb"]
    assert "An &lt;address&gt; slipped in" in answers["en-GB,en"].text and "nobody should read them" in answers["en-GB,en"].text
    assert "ingen skal lese dei" in answers["nn-NO,nn;q=0.9"].text
    assert answers["nb"].headers["cache-control"] == "no-cache" and "default-src 'none'" in answers["nb"].headers["content-security-policy"]
    assert "time they were to be kept was over" in ask(EXPIRED, "en").text
    assert ask("2026-11-22.9", "en").status_code == 404, "a release that never was is not gone"


def test_when_everything_was_withdrawn_the_front_door_says_so(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        answer = requests.get(address, timeout=10)
    assert answer.status_code == 503 and "Nothing is published" in answer.text


def test_a_port_that_is_taken_is_told_before_an_address_is_promised(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot listen: address already in use") as told:
        serve(public, "127.0.0.1", taken.getsockname()[1])
    assert "--port" in told.value.next_step
    assert capsys.readouterr().out == ""
