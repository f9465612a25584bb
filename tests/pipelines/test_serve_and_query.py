"""Readers: the public folder over HTTP, and questions to a release's database."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import uvicorn

from catalog.errors import UsageError
from pipelines import query
from pipelines.cli import main
from pipelines.explain import explain
from pipelines.run import Input, run
from pipelines.serve import application
from pipelines.settings import Settings

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WANTED = ("municipalities", "municipality_changes", "car_fleet")


@pytest.fixture(scope="module")
def public(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small release of real data: cars, and the municipal register they need."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("served"), synthetic=False, now=NOW)
    run(Input("recorded", recorded), settings, wanted=WANTED)
    return settings.public


@pytest.fixture(scope="module")
def site(public: Path) -> Iterator[str]:
    """The address of a real server on loopback."""
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


def test_the_front_door_leads_into_one_release_and_stays_there(site: str, public: Path) -> None:
    release = json.loads((public / "current.json").read_bytes())["release"]

    answer = requests.get(site, timeout=10)

    assert answer.status_code == 200
    assert answer.url.startswith(f"{site}/releases/{release}/site/")
    assert requests.get(f"{site}/current/manifest.json", timeout=10).json()["release"] == release


def test_a_file_of_a_release_may_be_kept_for_ever_and_read_in_ranges(site: str, public: Path) -> None:
    path = f"/releases/{json.loads((public / 'current.json').read_bytes())['release']}/bymaal.duckdb"

    head = requests.head(site + path, timeout=10)
    part = requests.get(site + path, headers={"Range": "bytes=0-15"}, timeout=10)
    again = requests.get(site + path, headers={"If-None-Match": head.headers["etag"]}, timeout=10)

    assert head.headers["accept-ranges"] == "bytes" and int(head.headers["content-length"]) > 4096
    assert part.status_code == 206 and len(part.content) == 16
    assert "immutable" in head.headers["cache-control"]
    assert again.status_code == 304
    assert "no-cache" in requests.get(f"{site}/current.json", timeout=10).headers["cache-control"]


@pytest.mark.parametrize("path", ["/../.lock", "/..%2f.writer", "/.lock", "/releases/none/manifest.json"])
def test_nothing_outside_the_public_folder_is_served(site: str, path: str) -> None:
    host, port = site.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)  # sends the path as it is, unlike requests
    connection.request("GET", path)

    assert connection.getresponse().status == 404


def test_sql_answers_in_every_format(public: Path, tmp_path: Path) -> None:
    question = "select municipality, cars from data.car_fleet where year = 2024 and fuel = 'electricity' and municipality = '3301'"

    assert query.sql(public, question, "csv") == "municipality,cars\n3301,19001"
    assert json.loads(query.sql(public, question, "json")) == [{"municipality": "3301", "cars": 19001}]
    assert "19001" in query.sql(public, question, "table")
    assert query.sql(public, question, "parquet", out=tmp_path / "a.parquet").startswith("1 rows")


def test_json_is_rows_and_the_time_it_took_is_no_part_of_the_answer(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(public.parent)
    assert main(["sql", "select 1 as a", "--json", "--timing", "--data-dir", data]) == 0
    said = capsys.readouterr()

    assert json.loads(said.out) == [{"a": 1}]
    assert "ms of computing" in said.err
    assert main(["sql", "select ref_are from indicators.observations", "--data-dir", data]) == 2
    assert "ref_area" in capsys.readouterr().err  # what was perhaps meant


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_text('/etc/passwd')",
        "copy data.car_fleet to '/tmp/stolen.csv'",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
        "create table data.mine as select 1",
        "drop table data.car_fleet",
    ],
)
def test_sql_reaches_nothing_but_the_release(public: Path, statement: str) -> None:
    with pytest.raises(UsageError):
        query.sql(public, statement, "csv")


def test_explain_leads_from_a_value_to_the_bytes_it_rests_on(public: Path, recorded: Path) -> None:
    record = explain(public, "sdg_11_6_electric_car_share", "3301", "2024").as_record()

    value = next(v for v in record["values"] if not v["breakdown"])
    cars = next(d for d in record["datasets"] if d["dataset"] == "car_fleet")
    assert (int(value["numerator"]), int(value["denominator"])) == (19001, 73627)
    assert cars["rows"] == 6
    assert [s["file"] for s in cars["snapshots"]] == ["07849_private_cars_by_fuel_excerpt_2008-2025.csv"]
    assert cars["licence"].startswith("https://creativecommons.org/")


def test_explaining_what_is_not_there_says_where_to_look(public: Path) -> None:
    with pytest.raises(UsageError, match="no observation of sdg_11_6_electric_car_share for 3301 in 2020"):
        explain(public, "sdg_11_6_electric_car_share", "3301", "2020")


def test_the_steps_after_ingest_can_be_run_alone(public: Path, recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = ["--source", "recorded", "--recorded", str(recorded), "--data-dir", str(public.parent)]

    assert main(["compute", *source]) == 0
    assert main(["publish", *source]) == 0
    assert "release" in capsys.readouterr().out
