"""Backup and restore as docs/production.md tells them, typed line by line: what is put back is what was there, and goes on from there."""

from __future__ import annotations

import csv
import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from pipelines.cli import main
from pipelines.inbox import describe, import_files
from pipelines.report import Report
from pipelines.run import Input, datasets_in, only_writer, run
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WANTED = ("car_fleet", "municipalities", "municipality_changes")
SECTION = (ROOT / "docs" / "production.md").read_text("utf-8").partition("\n## Backup and restore")[2].partition("\n## ")[0]
TAKE, PUT_BACK = re.findall(r"^```sh\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
QUESTIONS = (
    "from meta.release",
    "select * from indicators.headline where ref_area = '3301' order by all",
    "select count(*), sum(obs_value) from indicators.as_of_release('2026-11-24.2')",
    "select * from data.car_fleet where municipality = '3301' and year = 2024 order by all",
    "select * from meta.snapshots order by all",
)
COMMANDS = (
    ("releases", "--json"),
    ("status",),
    ("status", "--json"),
    ("diff", "2026-11-23.1", "2026-11-25.3"),
    ("diff", "--language", "nn"),
    ("explain", "sdg_11_6_electric_car_share", "3301", "2024"),
    ("confirm", "--list", "--source", "live"),
    *(("sql", question, "--format", form) for question in QUESTIONS for form in ("table", "json")),
)


def settings_of(folder: Path, day: int) -> Settings:
    return Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, day, 8, tzinfo=UTC))


def deliver(folder: Path, day: int, row: dict[str, str], file: Path) -> None:
    """Put a file into the archive, as an officer does who was sent it."""
    settings = settings_of(folder, day)
    delivery = describe(
        datasets_in(settings.datasets), row["dataset"], row["format"],
        period=None, note="", retrieved_on=None, source_url=row["source_url"], today=settings.now.date(),
    )  # fmt: skip
    with only_writer(settings):
        import_files([file], delivery, settings)


def run_again(folder: Path, day: int) -> Report:
    """A run on the folder's own archive."""
    settings = settings_of(folder, day)
    return run(Input("recorded", settings.raw), settings, wanted=WANTED)


@dataclass(frozen=True)
class Catalogue:
    """A data folder with its releases, and where Dagster keeps its records."""

    data: Path
    records: str


@pytest.fixture(scope="module")
def catalogue(recorded: Path, tmp_path_factory: pytest.TempPathFactory, database: str) -> Catalogue:
    """Three releases: the register, the cars of each year, and a figure that was corrected; and a Dagster that has worked."""
    import dagster as dg

    folder = tmp_path_factory.mktemp("kept") / "data"
    listed = {row["dataset"]: row for row in csv.DictReader((recorded / "snapshots.csv").open(encoding="utf-8"))}
    for key in ("municipalities", "municipality_changes"):
        deliver(folder, 23, listed[key], recorded / listed[key]["path"])
    run_again(folder, 23)
    cars = recorded / listed["car_fleet"]["path"]
    deliver(folder, 24, listed["car_fleet"], cars)
    run_again(folder, 24)
    corrected = tmp_path_factory.mktemp("delivered") / "corrected.csv"
    corrected.write_bytes(cars.read_bytes().replace(b"19001", b"19002"))  # Drammen's electric cars of 2024
    deliver(folder, 25, listed["car_fleet"], corrected)
    assert run_again(folder, 25).ingested.revised == (("car_fleet", "2024"),)

    home = tmp_path_factory.mktemp("home")
    shutil.copyfile(ROOT / "dagster_home" / "postgres" / "dagster.yaml", home / "dagster.yaml")

    @dg.asset
    def counted():
        return dg.MaterializeResult(metadata={"rows": 960})

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DAGSTER_PG_URL", database)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            assert dg.materialize([counted], instance=instance).success
    return Catalogue(folder, database)


def type_in(commands: str, data: Path, backup: Path, records: str) -> str:
    """What a shell says to the commands of the page."""
    (backup.parent / "bin").mkdir(exist_ok=True)
    program = backup.parent / "bin" / "bymaal"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pipelines.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    known = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    known |= {"BYMAAL_DATA": str(data), "BACKUP": str(backup), "DAGSTER_PG_URL": records}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=ROOT, env={**os.environ, **known}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def restored(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The same in an empty place: another folder, another database."""
    import psycopg2

    backup = tmp_path_factory.mktemp("backups") / "today"
    type_in(TAKE, catalogue.data, backup, catalogue.records)
    connection = psycopg2.connect(catalogue.records)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("create database restored")
    connection.close()
    elsewhere = Catalogue(tmp_path_factory.mktemp("elsewhere") / "data", urlsplit(catalogue.records)._replace(path="/restored").geturl())
    examined = PUT_BACK.replace("bymaal doctor --full", "bymaal doctor --full || [ $? = 2 ]")  # 2: this machine, 7: damaged files
    assert examined != PUT_BACK
    said = type_in(examined, elsewhere.data, backup, elsewhere.records)
    assert said.count("every file is as its manifest says") == 3 and "release 2026-11-25.3: every file is as it was published" in said
    return elsewhere


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_published_file_is_there_with_the_same_bytes_and_shared_files_stay_one(catalogue: Catalogue, restored: Catalogue) -> None:
    was, now = (files_of(one.data / "public") for one in (catalogue, restored))
    assert now.keys() == was.keys() and not [path for path in was if now[path] != was[path]]
    assert {path.rpartition(".")[2] for path in was} >= {"html", "duckdb", "parquet", "ttl"}
    assert (restored.data / "public" / "current").readlink() == (catalogue.data / "public" / "current").readlink()

    def on_disk(one: Catalogue) -> int:
        return len({path.stat().st_ino for path in (one.data / "public").rglob("*") if path.is_file()})

    assert on_disk(restored) == on_disk(catalogue) < len(was)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_tells_the_same(
    command: tuple[str, ...], catalogue: Catalogue, restored: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for one in (catalogue, restored):
        assert main([*command, "--data-dir", str(one.data)]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] != ""


def test_readers_get_the_same_pages(catalogue: Catalogue, restored: Catalogue) -> None:
    import uvicorn

    from pipelines.serve import application

    answers = []
    for one in (catalogue, restored):
        server = uvicorn.Server(uvicorn.Config(application(one.data / "public"), host="127.0.0.1", port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        end = time.monotonic() + 30
        while not server.started and time.monotonic() < end:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        paths = ("", "indicators/sdg_11_6_electric_car_share", "releases/2026-11-24.2/site/nn/municipalities/3301.html", "releases.en.atom")
        got = [requests.get(f"http://127.0.0.1:{port}/{path}", timeout=10) for path in paths]
        got.append(requests.get(f"http://127.0.0.1:{port}/current/bymaal.duckdb", headers={"Range": "bytes=0-4095"}, timeout=10))
        answers.append(
            [(answer.status_code, answer.url.partition(f":{port}")[2], answer.headers.get("etag"), answer.content) for answer in got]
        )
        server.should_exit = True
        thread.join(10)
    assert [answer[0] for answer in answers[0]] == [200, 200, 200, 200, 206]
    assert [answer[1::2] for answer in answers[0]] == [answer[1::2] for answer in answers[1]]


def test_what_dagster_knows_is_there_row_by_row_and_dagster_goes_on_with_it(
    catalogue: Catalogue, restored: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg
    import psycopg2

    def rows(records: str) -> dict[str, list[str]]:
        with psycopg2.connect(records) as connection, connection.cursor() as cursor:
            cursor.execute("select table_name from information_schema.tables where table_schema = 'public' order by 1")
            tables = [name for (name,) in cursor.fetchall()]
            found = {}
            for table in tables:
                cursor.execute(f'select told::text from "{table}" as told order by 1')
                found[table] = [row for (row,) in cursor.fetchall()]
        return found

    was = rows(catalogue.records)
    assert rows(restored.records) == was and was["runs"] and was["event_logs"]
    shutil.copyfile(ROOT / "dagster_home" / "postgres" / "dagster.yaml", tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_PG_URL", restored.records)

    @dg.asset
    def counted(): ...

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("counted"))
        assert event and event.asset_materialization and event.asset_materialization.metadata["rows"].value == 960
        assert dg.materialize([counted], instance=instance).success and instance.get_runs_count() == 2


def test_the_next_run_says_that_nothing_has_changed(restored: Catalogue, tmp_path: Path) -> None:
    only_what_cannot_be_made_again = tmp_path / "data"
    for part in ("work/real/raw", "history", "public"):
        shutil.copytree(restored.data / part, only_what_cannot_be_made_again / part, symlinks=True)
    for folder in (restored.data, only_what_cannot_be_made_again):
        before = files_of(folder / "public")
        report = run_again(folder, 26)
        assert report.as_text().startswith("Nothing has changed since release 2026-11-25.3 (real data)\n3 datasets, 3,481 rows")
        assert files_of(folder / "public") == before
    assert len(list(only_what_cannot_be_made_again.glob("work/real/validated/car_fleet/*.parquet"))) == 18


def test_a_backup_waits_for_a_run_and_a_run_is_told_of_a_backup(catalogue: Catalogue, tmp_path: Path) -> None:
    command = next(line for line in TAKE.splitlines() if line.startswith("flock"))
    assert '"$BYMAAL_DATA/.lock"' in command
    environment = {**os.environ, "BYMAAL_DATA": str(catalogue.data), "BACKUP": str(tmp_path)}
    with only_writer(settings_of(catalogue.data, 25)):
        backup = subprocess.Popen(["bash", "-ec", command], env=environment)
        with pytest.raises(subprocess.TimeoutExpired):
            backup.wait(1)
        assert not (tmp_path / "data").exists()
    assert backup.wait(60) == 0
    with (catalogue.data / ".lock").open("ab") as held:  # as flock does
        fcntl.flock(held, fcntl.LOCK_EX)
        assert main(["ingest", "--data-dir", str(catalogue.data)]) == 6
