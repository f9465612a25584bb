"""The guarded downloader against a local server that misbehaves on purpose. Nothing leaves this machine."""

from __future__ import annotations

import gzip
import io
import json
import socketserver
import ssl
import threading
import time
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from catalog.errors import MetadataError, SourceError, UsageError
from catalog.model import Agent, Dataset, Source, Text
from pipelines import fetch as module
from pipelines.fetch import Limits, fetch, wait_asked_for
from pipelines.fetching.answers import fetch_all
from pipelines.fetching.door import checked_host, is_public
from pipelines.fetching.limits import Turns, manners_of
from pipelines.reading.ask import Request, full_url
from pipelines.sandbox.weather import GOOD, Heard, Script, Weather, reply, weather

QUICK = Limits(connect=2, silence=2, transfer=5, longest_wait=5, first_wait=0.01, tries=4)
TEXT = Text(nb="x", nn="x", en="x")


def get(state: Weather, request: Request | str = "https://source.test/data", limits: Limits = QUICK, **options: object) -> module.Answer:
    if isinstance(request, str):
        request = Request(url=request, format="things_json")
    options.setdefault("turns", Turns())
    return fetch(request, hosts={"source.test", "files.test"}, limits=limits, reroute=state.reroute, **options)  # type: ignore[arg-type]


def test_an_answer_comes_with_its_bytes_its_address_and_only_harmless_headers() -> None:
    with weather(reply(ETag='"7"', Set_Cookie="session=abc")) as state:
        answer = get(
            state, Request(url="https://source.test/data?a=1", format="things_json", params={"components": "NO2;PM10", "at": "+02:00"})
        )
    assert answer.content == GOOD
    assert answer.url == "https://source.test/data?a=1&components=NO2;PM10&at=%2B02:00"
    assert answer.headers == {"etag": '"7"', "content-length": "14"}
    assert state.heard[0].path == "/source.test/data?a=1&components=NO2;PM10&at=%2B02:00"
    assert state.heard[0].headers["user-agent"].startswith("bymaal/")
    assert "(+" in state.heard[0].headers["user-agent"]


def test_a_question_with_a_body_is_posted_as_json() -> None:
    with weather(reply()) as state:
        get(state, Request(url="https://source.test/q", format="things_json", body={"selection": [{"valueCodes": ["Ålesund"]}]}))
    assert state.heard[0].headers["content-type"] == "application/json"
    assert json.loads(state.heard[0].body) == {"selection": [{"valueCodes": ["Ålesund"]}]}


@pytest.mark.parametrize("times", [1, 3])
def test_the_wait_a_source_asks_for_is_kept_also_with_decimals(times: int) -> None:
    with weather(*[reply(429, b"", Retry_After="0.25")] * times, reply()) as state:
        assert get(state).content == GOOD
    gaps = [after.at - before.at for before, after in zip(state.heard, state.heard[1:], strict=False)]
    assert len(gaps) == times
    assert all(gap >= 0.24 for gap in gaps)


def test_a_date_in_the_past_means_no_wait() -> None:
    with weather(reply(503, b"", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), reply()) as state:
        assert get(state).content == GOOD


@pytest.mark.parametrize("asked", ["100000", format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True)])
def test_a_wait_beyond_the_run_ends_the_attempt_and_keeps_others_away_too(asked: str) -> None:
    with weather(reply(429, b"", Retry_After=asked)) as state:
        turns = Turns()
        for path in ("data", "other"):
            with pytest.raises(SourceError, match="come back at 2"):
                get(state, f"https://source.test/{path}", turns=turns)
    assert len(state.heard) == 1


def test_no_wait_passes_the_deadline_of_the_run() -> None:
    with weather(reply(429, b"", Retry_After="3")) as state, pytest.raises(SourceError, match="come back at"):
        get(state, deadline=time.monotonic() + 1)
    assert len(state.heard) == 1


def test_what_retry_after_may_say() -> None:
    now = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
    assert wait_asked_for("4.672", now) == 4.672
    assert wait_asked_for("120", now) == 120
    assert wait_asked_for("Fri, 01 Mar 2024 12:01:00 GMT", now) == 60
    assert wait_asked_for(None, now) is None
    assert [wait_asked_for(odd, now) for odd in ("soon", "-1", "nan", "inf", "1e9", "")] == [None] * 6


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_passing_failure_is_retried_until_it_passes(status: int) -> None:
    with weather(reply(status, b"oops"), reply(status, b"oops"), reply()) as state:
        assert get(state).content == GOOD
    assert len(state.heard) == 3


def test_a_failure_that_stays_ends_after_the_set_number_of_tries_and_says_so() -> None:
    with (
        weather(reply(500, b"oops")) as state,
        pytest.raises(SourceError, match=r"status 500 \(4 tries\) – source\.test/data – .* – run again later"),
    ):
        get(state)
    assert len(state.heard) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 206])
def test_a_failure_that_no_retry_can_help_is_not_retried(status: int) -> None:
    with weather(reply(status, b"")) as state, pytest.raises(SourceError, match=f"status {status}"):
        get(state)
    assert len(state.heard) == 1


def test_a_month_that_was_never_published_is_no_error_where_the_request_says_so() -> None:
    with weather(reply(404, b"<html>not here")) as state:
        answer = get(state, Request(url="https://source.test/2020/01.csv", format="trips_csv", absent_is_fine=True))
    assert (answer.status, answer.content) == (404, b"")


def test_a_refused_or_broken_connection_is_retried() -> None:
    def hang_up(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        handler.wfile.write(b"HTTP/1.1 2")

    with weather(hang_up, reply()) as state:
        assert get(state).content == GOOD
    with pytest.raises(SourceError, match=r"no connection \(4 tries\)"):
        get(state)  # the server is gone by now


def test_a_name_that_is_not_known_is_an_ordinary_source_error() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise module.socket.gaierror(-2, "Name or service not known")

    with pytest.raises(SourceError, match=r"no connection \(2 tries\)"):
        fetch(
            Request(url="https://gone.test/", format="x_json"),
            hosts={"gone.test"},
            limits=Limits(tries=2, first_wait=0.01, interval=0),
            resolve=unknown,
        )


def test_a_proxy_in_the_environment_is_not_used_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with weather(reply()) as proxy, weather(reply()) as state:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base)
        monkeypatch.setenv("HTTP_PROXY", proxy.base)
        assert get(state).content == GOOD
    assert proxy.heard == []
    with pytest.raises(SourceError, match="let this host through the firewall"):
        get(state)  # the server is gone by now


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.csv", "a;b\n1;2\n")
    return buffer.getvalue()


BODIES = {
    "things_json": GOOD * 1,
    "things_csv": b"a;b\n1;2\n3;4\n",
    "things_xlsx": zipped(),
    "things_parquet": b"PAR1" + b"x" * 40 + b"PAR1",
}


@pytest.mark.parametrize("format", BODIES)
@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("announced", [True, False])
def test_a_cut_body_is_a_failed_transfer_and_is_fetched_again(format: str, share: float, announced: bool) -> None:
    whole = BODIES[format]
    cut = whole[: min(max(1, int(len(whole) * share)), len(whole) - 1)]
    with weather(reply(200, cut, length=len(whole) if announced else None), reply(200, whole)) as state:
        assert get(state, Request(url="https://source.test/f", format=format)).content == whole
    assert len(state.heard) == 2


def test_a_body_cut_inside_a_chunk_is_fetched_again() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def cut(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        handler.wfile.write(chunked + b"100\r\n" + GOOD)

    def whole(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        handler.wfile.write(chunked + b"e\r\n" + GOOD + b"\r\n0\r\n\r\n")

    with weather(cut, whole) as state:
        assert get(state).content == GOOD
    assert len(state.heard) == 2


@pytest.mark.parametrize("format", BODIES)
def test_a_web_page_with_status_200_is_recognised_and_not_quoted(format: str) -> None:
    page = b"\xef\xbb\xbf  <!DOCTYPE html><html><p>Ola Nordmann, please log in</p></html>"
    with (
        weather(reply(200, page, Content_Type="application/json")) as state,
        pytest.raises(SourceError, match="an HTML page instead of") as caught,
    ):
        get(state, Request(url="https://source.test/f", format=format))
    assert "Ola" not in str(caught.value)
    assert len(state.heard) == 1


@pytest.mark.parametrize(
    ("format", "body"),
    [
        ("x_json", b""),
        ("x_json", b"  \n"),
        ("x_json", b"a;b\n"),
        ("x_csv", b'{"error": 1}'),
        ("x_xlsx", b"\xd0\xcf\x11\xe0"),
        ("x_parquet", b"PK\x03\x04"),
    ],
)
def test_an_answer_that_is_something_else_is_refused(format: str, body: bytes) -> None:
    with weather(reply(200, body)) as state, pytest.raises(SourceError, match="instead of"):
        get(state, Request(url="https://source.test/f", format=format))


def test_a_packed_answer_is_unpacked_and_a_damaged_one_fetched_again() -> None:
    packed = gzip.compress(GOOD)
    broken = packed[:-12] + b"x" * 12
    with weather(
        reply(200, packed[:-4], None, Content_Encoding="gzip"),
        reply(200, broken, Content_Encoding="gzip"),
        reply(200, packed, Content_Encoding="gzip"),
    ) as state:
        assert get(state).content == GOOD
    assert len(state.heard) == 3


def test_a_small_body_that_unpacks_to_far_too_much_stops_at_the_limit() -> None:
    bomb = gzip.compress(b" " * (64 * 2**20))
    assert len(bomb) < 100_000
    with weather(reply(200, bomb, Content_Encoding="gzip")) as state:
        tracemalloc.start()
        with pytest.raises(SourceError, match="more than 1,048,576 bytes"):
            get(state, limits=Limits(max_bytes=2**20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
def test_packing_that_nobody_asked_for_is_refused(encoding: str) -> None:
    with (
        weather(reply(200, gzip.compress(gzip.compress(GOOD)), Content_Encoding=encoding)) as state,
        pytest.raises(SourceError, match="packed"),
    ):
        get(state)


def test_an_endless_body_stops_at_the_limit() -> None:
    def endless(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
        while True:
            handler.wfile.write(b"1," * 2**15)

    with weather(endless) as state, pytest.raises(SourceError, match="more than 3,000,000 bytes"):
        get(state, limits=Limits(max_bytes=3_000_000))


@pytest.mark.parametrize(
    "opening", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[", b"HTTP/1.1 200 OK\r\n\r\n["]
)
def test_the_limit_for_the_whole_transfer_wins_over_a_server_that_drips(opening: bytes) -> None:
    def drip(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        handler.wfile.write(opening)
        while True:
            handler.wfile.write(b"1")
            time.sleep(0.05)

    began = time.monotonic()
    with weather(drip) as state, pytest.raises(SourceError, match=r"not finished within 0\.6 s"):
        get(state, limits=Limits(silence=30, transfer=0.6))
    assert time.monotonic() - began < 10
    assert len(state.heard) == 1


def test_silence_has_a_limit_of_its_own_and_is_retried() -> None:
    def silent(handler: socketserver.StreamRequestHandler, _: Heard) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n[")
        time.sleep(3)

    with weather(silent, reply()) as state:
        assert get(state, limits=Limits(silence=0.3, first_wait=0.01)).content == GOOD
    with weather(silent) as state, pytest.raises(SourceError, match=r"silence for more than 0\.2 s \(2 tries\)"):
        get(state, limits=Limits(silence=0.2, first_wait=0.01, tries=2))


def to(location: str, status: int = 302) -> Script:
    return reply(status, b"", Location=location)


def test_a_redirect_is_followed_inside_the_allowed_hosts_only() -> None:
    with weather(to("/moved?x=1"), to("https://files.test/f.json"), reply()) as state:
        answer = get(state)
    assert [heard.path for heard in state.heard] == ["/source.test/data", "/source.test/moved?x=1", "/files.test/f.json"]
    assert answer.url == "https://source.test/data"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/x", "https://127.0.0.1/x", "https://localhost/x", "https://2130706433/x", "https://0x7f000001/x", "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x", "https://169.254.169.254/latest/meta-data", "https://10.0.0.8/x", "https://evil.test/x",
        "https://source.test.evil.test/x", "https://source.test./x", "https://source.test:8443/x", "https://user:pw@source.test/x",
        "https://source.test@evil.test/x", "http://source.test/downgrade", "file:///etc/passwd", "ftp://source.test/x", "gopher://source.test/",
        "//evil.test/x", "https://[broken/x", "https://source.test\\@evil.test/x",
    ],
)  # fmt: skip
def test_a_redirect_to_a_forbidden_place_is_refused_at_once(location: str) -> None:
    with weather(to(location), reply()) as state, pytest.raises(SourceError) as caught:
        get(state)
    assert len(state.heard) == 1
    assert "evil" not in str(caught.value)
    assert "pw" not in str(caught.value)


def test_redirects_that_never_end_are_counted() -> None:
    with weather(to("/data")) as state, pytest.raises(SourceError, match="more than 5 redirects"):
        get(state)
    assert len(state.heard) == 6


def test_a_host_that_is_not_declared_is_never_asked() -> None:
    with pytest.raises(SourceError, match="not on the list"):
        fetch(Request(url="https://elsewhere.test/", format="x_json"), hosts={"source.test"})
    assert checked_host("https://source.test:443/x", {"source.test"}, origin=None) == "source.test"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::10.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_an_allowed_name_that_points_inside_a_private_network_is_not_connected_to(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(SourceError, match="private network"):
        fetch(
            Request(url="http://source.test/", format="x_json"),
            hosts={"source.test"},
            limits=Limits(interval=0),
            resolve=lambda host, port: ["93.184.216.34", address],
        )


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    answers = iter([["127.0.0.1"]])  # a second look-up would fail the test
    with weather(reply()) as state:
        port = state.base.rpartition(":")[2]
        fetch(
            Request(url="https://source.test/data", format="x_json"),
            hosts={"source.test"},
            reroute=lambda url: f"http://stand-in.invalid:{port}/data",
            resolve=lambda host, port: next(answers),
        )
    assert state.heard[0].headers["host"] == f"stand-in.invalid:{port}"
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")
    assert is_public("64:ff9b::93.184.216.34")


def test_a_certificate_that_does_not_hold_is_never_retried(tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="NOT TESTED: no library here to make a certificate with")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9999)).sign(key, hashes.SHA256())
    pem = tmp_path / "own.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with weather(reply(), tls=context) as state, pytest.raises(SourceError, match="certificate does not hold"):
        get(state)
    assert state.connections == 1


def test_a_key_is_sent_but_never_told() -> None:
    token = "tok/en+41"
    request = Request(
        url="https://source.test/data?key={secret:source_key}", format="x_json", headers={"Authorization": "Basic {secret:SOURCE_KEY}"}
    )
    with weather(reply()) as state:
        answer = get(state, request, secrets={"source_key": token})
    assert state.heard[0].headers["authorization"] == f"Basic {token}"
    assert state.heard[0].path == "/source.test/data?key=tok%2Fen%2B41"
    assert token not in repr(answer)
    assert answer.url == request.url
    with weather(to("https://files.test/f?key=tok%2Fen%2B41"), reply(403, token.encode())) as state, pytest.raises(SourceError) as caught:
        get(state, request, secrets={"source_key": token})
    assert "tok" not in str(caught.value)
    assert "authorization" not in state.heard[1].headers
    with pytest.raises(UsageError, match="set BYMAAL_SECRET_SOURCE_KEY"):
        get(state, request)


def test_a_source_cannot_ask_for_a_key_by_naming_it_in_a_redirect() -> None:
    with weather(to("https://files.test/f?key={secret:source_key}"), reply()) as state:
        get(state, Request(url="https://source.test/data", format="x_json"), secrets={"source_key": "token"})
    assert "token" not in state.heard[1].path


@pytest.mark.parametrize("is_shared", [False, True])
def test_two_requests_to_one_host_keep_their_distance_over_all_threads(tmp_path: Path, is_shared: bool) -> None:
    turns = Turns(tmp_path / "turns" if is_shared else None)
    began = time.monotonic()
    threads = [threading.Thread(target=turns.take, args=("busy.test", 0.1, 60.0, float("inf"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 0.29


def dataset() -> Dataset:
    source = Source(
        publisher=Agent(name=Text(nb="Kilden", nn="Kjelda", en="The source")),
        service="https://source.test/api",
        hosts=("files.test",),
        licence="NLOD_2_0",
        attribution=TEXT,
        rhythm="P1M",
        starts_on=date(2019, 1, 1),
        formats=("trips_csv",),
    )
    return Dataset.model_construct(id="trips", source=source)


def test_every_answer_becomes_one_snapshot_and_a_closed_month_none(tmp_path: Path) -> None:
    asked = [
        Request(url="https://source.test/1.csv", format="trips_csv", period="2020-01", absent_is_fine=True),
        Request(url="https://source.test/2.csv", format="trips_csv", period="2020-02", note="whole month", absent_is_fine=True),
        Request(url="https://files.test/3.csv", format="trips_csv", params={"a": "b"}),
    ]
    now = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
    with weather(reply(404, b"closed"), reply(200, b"a\n1\n"), reply(200, b"a\n2\n")) as state:
        snapshots = fetch_all(
            dataset(),
            asked,
            tmp_path,
            now=now,
            reroute=state.reroute,
        )
    assert [s.source_url for s in snapshots] == ["https://source.test/2.csv", "https://files.test/3.csv?a=b"]
    first = snapshots[0]
    assert (first.period, first.note, first.retrieved_on, first.publisher, first.licence) == (
        "2020-02",
        "whole month",
        date(2024, 5, 6),
        "Kilden",
        "NLOD_2_0",
    )
    assert first.path == tmp_path / "trips" / f"{first.sha256}.csv"
    assert first.path.read_bytes() == b"a\n1\n"
    assert first.size == 4


def test_nothing_is_stored_of_an_answer_that_failed(tmp_path: Path) -> None:
    with weather(reply(200, b"<html>", None)) as state, pytest.raises(SourceError):
        fetch_all(
            dataset(),
            [Request(url="https://source.test/1.csv", format="trips_csv")],
            tmp_path,
            now=datetime.now(UTC),
            reroute=state.reroute,
        )
    assert list(tmp_path.rglob("*")) == []


def test_parameters_are_joined_to_an_address_that_already_has_some() -> None:
    assert full_url(Request(url="https://a.test/x", format="f")) == "https://a.test/x"
    assert full_url(Request(url="https://a.test/x?b=1", format="f", params={"c": "2 3"})) == "https://a.test/x?b=1&c=2%203"


def test_a_source_that_wants_a_name_in_a_header_of_its_own_gets_it_and_no_other_source_does() -> None:
    for host, header in (
        ("api.entur.io", "et-client-name"),
        ("nvdbapiles.atlas.vegvesen.no", "x-client"),
        ("gbfs.urbansharing.com", "client-identifier"),
    ):
        with weather(reply()) as state:
            fetch(Request(url=f"https://{host}/x", format="x_json"), hosts={host}, limits=QUICK, reroute=state.reroute, turns=Turns())
            get(state)
        assert state.heard[0].headers[header].endswith("-bymaal")
        assert header not in state.heard[1].headers


def test_what_a_host_wants_changes_the_usual_limits_and_nothing_else() -> None:
    assert manners_of("data.ssb.no").applied_to(Limits()).interval == 2.1
    assert manners_of("storage.googleapis.com").applied_to(Limits()).max_bytes > Limits().max_bytes
    assert manners_of("storage.googleapis.com").applied_to(Limits(max_bytes=7)).max_bytes == 7
    assert manners_of("unheard.test").applied_to(Limits()) == Limits()


def test_a_wrong_entry_about_a_host_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.fetching import limits

    (tmp_path / "hosts.yaml").write_text("a.test:\n  interval: -1\n  why: a test\n", "utf-8")
    monkeypatch.setattr(limits, "HOSTS", tmp_path / "hosts.yaml")
    limits._all_manners.cache_clear()
    with pytest.raises(MetadataError, match=r"hosts\.yaml: a\.test\.interval"):
        limits.manners_of("a.test")
    limits._all_manners.cache_clear()
