"""The front door of the Dagster UI, with login and a read-only role: deploy/nginx-dagster.conf in a real nginx, before two web servers.

What is refused is what attacks the UI through an officer's own browser: another page's questions, another name, links, forms, no login.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pytest
import requests
from requests.adapters import HTTPAdapter

from benchmarks.officers_day import descendants

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Unverified HTTPS request")]

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NAME = "drift.example.org"
OFFICER, VIEWER = ("kari", "officer's word"), ("ola", "viewer's word")
OWN, FOREIGN = {"Origin": f"https://{NAME}"}, {"Origin": "https://elsewhere.example"}
VERSION = {"query": "{ version }"}
START = {
    "query": """mutation {
        startSensor(sensorSelector: {repositoryName: "__repository__", repositoryLocationName: "small", sensorName: "ticks"}) {
            __typename
            ... on Sensor { sensorState { status } }
        }
    }"""
}
DEFINITIONS = """
import dagster as dg

@dg.asset
def counted(): ...

@dg.sensor(target=[counted])
def ticks(): ...

defs = dg.Definitions(assets=[counted], sensors=[ticks])
"""


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def _password(word: str) -> str:
    return subprocess.run(["openssl", "passwd", "-6", word], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the front door. Of the settings only ports, certificate and the place of the passwords are others."""
    if not Path(NGINX).is_file() or shutil.which("openssl") is None:
        if os.environ.get("BYMAAL_SERVER_TESTS") == "required":
            pytest.fail("nginx and openssl are required here, but one of them is not on this machine")
        pytest.skip("NOT TESTED: the front door, because nginx or openssl is not on this machine")
    folder = tmp_path_factory.mktemp("door")
    front, officers, viewers = _free_ports(3)
    (folder / "small.py").write_text(DEFINITIONS, "utf-8")
    location = {"relative_path": "small.py", "location_name": "small"}
    (folder / "workspace.yaml").write_text(json.dumps({"load_from": [{"python_file": location}]}), "utf-8")
    (folder / "home").mkdir()
    (folder / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    (folder / "passwords").write_text("".join(f"{name}:{_password(word)}\n" for name, word in (OFFICER, VIEWER)), "utf-8")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True,
    )  # fmt: skip
    told = (ROOT / "deploy" / "nginx-dagster.conf").read_text("utf-8")
    for ours, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{front} ssl"),
        ("127.0.0.1:3000", f"127.0.0.1:{officers}"),
        ("127.0.0.1:3001", f"127.0.0.1:{viewers}"),
        ("/etc/ssl/certs/drift.example.org.pem", f"{folder}/cert.pem"),
        ("/etc/ssl/private/drift.example.org.key", f"{folder}/key.pem"),
        ("/etc/nginx/bymaal.htpasswd", f"{folder}/passwords"),
    ):
        assert ours in told
        told = told.replace(ours, here)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    run_as = "user root;" if folder.owner() == "root" else ""
    (folder / "nginx.conf").write_text(
        f"{run_as} daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{ access_log off; {temporary}\n{told}\n}}",
        "utf-8",
    )
    webserver = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", "workspace.yaml", "-h", "127.0.0.1"]
    own = {**os.environ, "DAGSTER_HOME": str(folder / "home"), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    commands = [
        [*webserver, "-p", str(officers)],
        [*webserver, "-p", str(viewers), "--read-only"],
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")],
    ]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command, port in zip(commands, (officers, viewers, front), strict=True):  # the first makes the storage that the second finds
            with (folder / "log").open("ab") as log:
                processes.append(subprocess.Popen(command, cwd=folder, env=own, stdout=log, stderr=log))
            _wait_for(port, processes, folder)
        for port in (officers, viewers):
            _wait_for_definitions(f"http://127.0.0.1:{port}/graphql")
        yield f"https://127.0.0.1:{front}"
    finally:
        for pid in {pid for process in processes for pid in descendants(process.pid)}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # asked kindly, the web servers take seconds to go
        for process in processes:
            process.wait(30)


def _wait_for(port: int, processes: list[subprocess.Popen[bytes]], folder: Path) -> None:
    for _ in range(600):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert all(process.poll() is None for process in processes), (folder / "log").read_text("utf-8")[-2000:]
        time.sleep(0.1)
    pytest.fail((folder / "log").read_text("utf-8")[-2000:])


def _wait_for_definitions(address: str) -> None:
    """A web server answers before it knows what there is."""
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
    for _ in range(300):
        if requests.post(address, json={"query": query}, timeout=30).json()["data"]["repositoriesOrError"].get("nodes"):
            return
        time.sleep(0.2)
    pytest.fail("the definitions are not loaded within a minute")


class ByName(HTTPAdapter):
    """The certificate is our own, for a name that nobody knows: TLS is told the name, and the certificate is not held against anybody."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, server_hostname=self.name, assert_hostname=False, **options)  # type: ignore[arg-type]

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()


def ask(
    door: str,
    path: str,
    method: str = "POST",
    *,
    who: tuple[str, str] | None = OFFICER,
    name: str = NAME,
    body: dict[str, str] | str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> requests.Response:
    """One question to the front door, as a browser or a program may send it."""
    with requests.Session() as session:
        session.mount("https://", ByName(name))
        session.trust_env = False
        told = {"Host": name, **headers}
        data = json.dumps(body) if isinstance(body, dict) else body
        if isinstance(body, dict):
            told = {"Content-Type": "application/json"} | told
        return session.request(method, door + path, data=data, headers=told, auth=who, verify=False, timeout=30, allow_redirects=False)


def test_nobody_comes_in_without_a_login(door: str) -> None:
    for who in (None, ("kari", "guessed"), ("nobody", "officer's word")):
        for path, method in (("/", "GET"), ("/graphql", "POST"), ("/server_info", "GET")):
            assert ask(door, path, method, who=who, body=VERSION if method == "POST" else None).status_code == 401


def test_an_officer_works_through_the_door_as_without_it(door: str) -> None:
    page = ask(door, "/", "GET")
    assert page.status_code == 200 and "__NEXT_DATA__" in page.text
    assert (page.headers["x-frame-options"], page.headers["referrer-policy"]) == ("DENY", "no-referrer")
    script = re.search(r'src="([^"]+\.js)"', page.text)
    assert script and ask(door, script[1], "GET").status_code == 200
    assert "version" in ask(door, "/graphql", body=VERSION, headers=OWN).json()["data"]
    started = ask(door, "/graphql", body=START, headers=OWN).json()["data"]["startSensor"]
    assert started == {"__typename": "Sensor", "sensorState": {"status": "RUNNING"}}


def test_who_looks_on_sees_the_same_and_changes_nothing(door: str) -> None:
    assert "version" in ask(door, "/graphql", who=VIEWER, body=VERSION).json()["data"]
    assert ask(door, "/graphql", who=VIEWER, body=START).json()["data"]["startSensor"]["__typename"] == "UnauthorizedError"


def test_the_connection_for_news_is_opened_for_the_own_page_alone(door: str) -> None:
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "graphql-ws"}
    asked |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    assert ask(door, "/graphql", "GET", headers=asked | FOREIGN).status_code == 403
    assert ask(door, "/graphql", "GET", who=None, headers=asked).status_code == 401
    assert ask(door, "/graphql", "GET", headers=asked | OWN).status_code == 101


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", f"http://{NAME}", f"https://{NAME}.elsewhere.example", "http://127.0.0.1:3000"]
)
def test_a_page_of_somebody_else_cannot_ask_through_an_officers_browser(door: str, origin: str) -> None:
    for path, method in (("/graphql", "POST"), ("/", "GET"), ("/graphql", "OPTIONS")):
        body = START if method == "POST" else None
        assert ask(door, path, method, body=body, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", json.dumps(START)),
        ("application/x-www-form-urlencoded", "query=mutation"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("application/jsonp", json.dumps(START)),
    ],
)
def test_what_a_form_can_send_is_refused(door: str, media_type: str, body: str) -> None:
    assert ask(door, "/graphql", body=body, headers={"Content-Type": media_type}).status_code == 405


def test_no_link_and_no_reporting_address_changes_anything(door: str) -> None:
    for query in ("query=mutation%7BreloadWorkspace%7B__typename%7D%7D", "QUERY=x", "a=1&query=%7Bversion%7D", ""):
        assert ask(door, f"/graphql?{query}", "GET").status_code == 405
    assert ask(door, "/graphql?query=x", "GET", headers={"Upgrade": "h2c"}).status_code == 405
    assert ask(door, "/graphql/?query=x", "GET").status_code in (200, 307, 403), "not GraphQL's address: the page, which asks nothing"
    for path in ("/report_asset_materialization/counted", "/report_asset_check/counted", "//report_asset_materialization/counted",
                 "/x/../report_asset_observation/counted"):  # fmt: skip
        for method in ("POST", "GET"):
            assert ask(door, path, method, body={} if method == "POST" else None).status_code == 403
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert ask(door, "/runs", method).status_code == 403


def test_another_name_is_refused_before_anything_is_asked(door: str) -> None:
    assert ask(door, "/graphql", body=VERSION, headers={"Host": "elsewhere.example"}).status_code == 421
    with pytest.raises(requests.exceptions.SSLError):
        ask(door, "/graphql", name="elsewhere.example", body=VERSION)


def test_the_history_of_runs_is_not_deleted_from_outside(door: str) -> None:
    wipe = {"query": 'mutation { deletePipelineRun(runId: "00000000-0000-0000-0000-000000000000") { __typename } }'}
    assert ask(door, "/graphql", body=wipe, headers=FOREIGN).status_code == 403
    assert ask(door, "/graphql", who=VIEWER, body=wipe).json()["data"]["deletePipelineRun"]["__typename"] == "UnauthorizedError"
    assert ask(door, "/graphql", body=wipe).json()["data"]["deletePipelineRun"]["__typename"] == "RunNotFoundError"
