"""`bymaal doctor`: every trouble it knows is made here, found, told with the way out, and mended by that way out."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.load import HERE, load_dataset
from indicators.load import load_indicators
from pipelines import doctor, exposed
from pipelines.authoring.scaffold import new_dataset, new_indicator
from pipelines.cli import main
from pipelines.doctor import Diagnosis, Finding
from pipelines.settings import ROOT, Settings

TODAY = date(2026, 11, 23)
CARS = load_dataset(ROOT / "pipelines" / "datasets" / "car_fleet.yaml")


def said(findings: Iterable[Finding], level: str) -> str:
    return "\n".join(str(finding) for finding in findings if finding.level == level)


@pytest.mark.parametrize(
    ("version", "wanted", "is_met"),
    [
        ("2.10.3", ">=2.10,<3", True),
        ("2.9", ">=2.10,<3", False),
        ("3.0.0", ">=2.10,<3", False),
        ("2.0", "<2.0.1", True),
        ("1.5.5", "==1.5.5", True),
        ("1.5.50", "==1.5.5", False),
        ("3.0", "==3", True),
        ("2026.1", "", True),
        ("26.1.post2", ">=26.1", True),
    ],
)
def test_versions_are_compared_as_numbers_and_not_as_text(version: str, wanted: str, is_met: bool) -> None:
    assert doctor.satisfies(version, wanted) is is_met


def test_an_absent_and_an_outdated_library_are_named_and_none_is_imported() -> None:
    found = list(doctor.libraries({"dependencies": ["no-such-library>=1", "duckdb==0.1.0", "pyyaml>=6"]}))

    assert "no-such-library is not installed – " in said(found, "fail")
    assert "where ==0.1.0 is asked for – " in said(found, "fail")
    assert said(found, "ok").endswith("1 of 3 libraries at the versions asked for")


def test_the_machine_is_judged_by_what_the_project_asks() -> None:
    assert doctor.python((3, 10), {"requires-python": ">=3.11"}).level == "fail"
    assert doctor.python((3, 11), {"requires-python": ">=3.11"}).level == "ok"
    assert doctor.open_files(256) == Finding("warn", "only 256 files may be open at once", "ulimit -n 1024")
    assert doctor.open_files(1024).level == "ok"
    assert doctor.time_zones().level == "ok"
    assert doctor.time_zones("Europe/Nowhere").level == "fail"
    assert "unset PYTHONDONTWRITEBYTECODE" in said(doctor.bytecode({"PYTHONDONTWRITEBYTECODE": "1"}), "warn")


def test_secrets_are_told_by_name_and_never_by_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(doctor.secrets_set({"frost": "hush-hush", "empty": ""}, {"frost", "tolls"}))
    assert said(found, "ok").endswith("secrets set: frost")
    assert said(found, "warn").endswith("set BYMAAL_SECRET_TOLLS")

    diagnosis = doctor.examine(Settings(data_dir=tmp_path, secrets={"frost": "hush-hush"}), environment={})
    assert "frost" in diagnosis.as_text()
    assert "hush-hush" not in diagnosis.as_text() + json.dumps(diagnosis.as_record())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert doctor.writable(tmp_path / "new" / "data").level == "ok"
    assert not (tmp_path / "new").exists(), "the doctor looks and changes nothing"
    (tmp_path / "data").write_text("a file", "utf-8")
    assert doctor.writable(tmp_path / "data").level == "fail"
    assert doctor.writable(Path("/proc/nothing")).level == "fail"


def test_room_is_measured_against_the_newest_release_by_number(tmp_path: Path) -> None:
    for name, size in (("2026-11-23.9", 5000), ("2026-11-23.10", 100)):
        (tmp_path / "public" / "releases" / name).mkdir(parents=True)
        (tmp_path / "public" / "releases" / name / "manifest.json").write_bytes(b"x" * size)

    assert [doctor.space(tmp_path, free).level for free in (300, 299, 99)] == ["ok", "warn", "fail"]
    assert "free 1 bytes" in doctor.space(tmp_path, 299).next_step


def test_a_clock_behind_the_current_release_is_told(tmp_path: Path) -> None:
    published = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    assert doctor.clock(tmp_path, published).level == "ok", "nothing is published"
    (tmp_path / "current.json").write_text(json.dumps({"published_at": "2026-11-23T06:30:00Z"}), "utf-8")

    assert doctor.clock(tmp_path, published).level == "ok"
    wrong = doctor.clock(tmp_path, published - timedelta(days=300))
    assert (wrong.level, "before the current release" in wrong.what, "timedatectl" in wrong.next_step) == ("fail", True, True)


@pytest.mark.parametrize(("number", "step"), [(errno.ENOSPC, "make room"), (errno.EROFS, "mount the disk"), (errno.EACCES, "the right")])
def test_why_nothing_can_be_written_decides_what_to_do(number: int, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refused)
    found = doctor.writable(tmp_path)
    assert found.level == "fail" and step in found.next_step


def test_what_a_dead_process_left_is_named_and_what_a_living_one_does_is_let_be(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "public" / "releases" / ".draft-2026-11-23.2").mkdir(parents=True)
    (tmp_path / "work" / "real" / "build" / "car_fleet").mkdir(parents=True)
    (tmp_path / "work" / "real" / ".status.json.1.partial").write_text("", "utf-8")
    note = tmp_path / ".writer"

    note.write_text(f"process {gone.pid} since 2026-11-23T06:00:00+00:00", "utf-8")
    found = said(doctor.leftovers(tmp_path), "warn")
    for told in (".writer is of a process that died", "1 unfinished pieces", "half built: car_fleet", "1 half-written files"):
        assert told in found

    note.write_text(f"process {os.getpid()} since 2026-11-23T06:00:00+00:00", "utf-8")
    assert [str(finding) for finding in doctor.leftovers(tmp_path)] == [f"ok    process {os.getpid()} is at work here"]


def test_a_catalogue_that_is_still_the_example_is_told_until_it_is_ones_own(tmp_path: Path) -> None:
    text = (HERE / "catalog.yaml").read_text("utf-8")
    mine = tmp_path / "catalog.yaml"
    own = text.replace("data.example.org", "data.fjord.kommune.no").replace("data@example.org", "data@fjord.kommune.no")

    mine.write_text(text, "utf-8")
    assert "base_uri, homepage, contact.email, publisher – " in said(doctor.catalog_file(mine), "warn")
    mine.write_text(own, "utf-8")
    assert "still the example: publisher – " in said(doctor.catalog_file(mine), "warn")
    mine.write_text(own.replace("Eksempel kommune", "Fjord kommune").replace("Example municipality", "Fjord municipality"), "utf-8")
    assert [finding.level for finding in doctor.catalog_file(mine)] == ["ok"]
    mine.write_text(text.replace("base_uri:", "base_url:"), "utf-8")
    assert "catalog.yaml does not load: base_uri: Field required" in said(doctor.catalog_file(mine), "fail")
    mine = mine.rename(tmp_path / "fjord.yaml")
    named = doctor.examine(Settings(data_dir=tmp_path), environment={"BYMAAL_CATALOG": str(mine)})
    assert "fjord.yaml does not load" in said(named.findings, "fail"), "the file that runs use is the one that is examined"


def test_descriptions_with_blanks_are_named_one_by_one(tmp_path: Path) -> None:
    new_dataset("new_cars", tmp_path, TODAY)
    new_dataset("new_roads", tmp_path, TODAY)
    new_indicator("sdg_11_6_new_cars", None, tmp_path, TODAY)

    loaded, found = doctor.datasets_load(tmp_path)
    assert loaded == {}
    assert "new_cars.yaml does not load: title.nb, title.nn, title.en, " in said(found, "fail")
    assert "new_roads.yaml does not load: title.nb, title.nn, title.en, " in said(found, "fail")
    assert "sdg_11_6_new_cars.sql does not load: " in said(doctor.indicators_load(tmp_path, {}, TODAY), "fail")
    assert "new_cars.py has blanks left" in said(doctor.modules(tmp_path, {"new_cars": CARS}), "fail")
    assert "car_fleet has neither a module" in said(doctor.modules(tmp_path, {"car_fleet": CARS}), "fail")


def test_a_review_is_told_sixty_days_ahead_and_refused_on_its_day() -> None:
    assert CARS.ethics is not None
    due = CARS.ethics.review_due_on

    def level(today: date) -> str:
        return next(doctor.reviews({"car_fleet": CARS}, today)).level

    assert [level(due - timedelta(days=days)) for days in (61, 60, 1, 0)] == ["ok", "warn", "warn", "fail"]


def test_the_review_of_an_indicator_is_told_like_that_of_a_dataset() -> None:
    indicators = load_indicators()
    assert [finding.level for finding in doctor.reviews(indicators, date(2026, 11, 23))] == ["ok"]
    unweighed = {"sdg_11_6_no2": indicators["sdg_11_6_no2"].model_copy(update={"ethics": None})}
    assert next(doctor.reviews(unweighed, date(2026, 11, 23))).level == "fail"
    late = [finding.what for finding in doctor.reviews(indicators, date(2028, 1, 1))]
    assert len(late) == len(indicators) + 1
    assert "sdg_11_6_no2: ethics review overdue since" in " ".join(late)


def test_a_release_is_held_against_its_pointer(tmp_path: Path) -> None:
    assert said(doctor.release(tmp_path), "ok").endswith("nothing is published yet")
    folder = tmp_path / "releases" / "2026-11-23.1"
    folder.mkdir(parents=True)
    manifest = folder / "manifest.json"
    manifest.write_text('{"release": "2026-11-23.1", "files": []}', "utf-8")
    assert "the pointer current.json is lost" in said(doctor.release(tmp_path), "fail")

    sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
    pointer = {"release": "2026-11-23.1", "manifest": "releases/2026-11-23.1/manifest.json", "sha256": sha256}
    (tmp_path / "current.json").write_text(json.dumps(pointer), "utf-8")
    assert "releases.jsonl, is lost or damaged" in said(doctor.release(tmp_path), "fail")
    (tmp_path / "releases.jsonl").write_text('{"event": "published"}\n', "utf-8")
    assert "pointer and manifest agree" in said(doctor.release(tmp_path), "ok")

    manifest.write_text("{}", "utf-8")
    found = tuple(doctor.release(tmp_path))
    assert "has another manifest than was published – bymaal rollback" in said(found, "fail")
    assert Diagnosis(found).exit_code == 7
    manifest.unlink()
    assert "has lost its manifest" in said(doctor.release(tmp_path), "fail")
    (tmp_path / "current.json").write_text("[]", "utf-8")
    assert "current.json is not readable" in said(doctor.release(tmp_path), "fail")


@pytest.mark.slow
def test_a_dagster_ui_that_other_machines_reach_is_told_and_one_on_loopback_is_not(tmp_path: Path) -> None:
    """Two real web servers, one of which listens everywhere. That it is read-only and has a prefix does not give it a login."""
    (tmp_path / "empty.py").write_text("import dagster as dg\n\ndefs = dg.Definitions()\n", "utf-8")
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        closed, opened = one.getsockname()[1], other.getsockname()[1]
    server = [str(Path(sys.executable).with_name("dagster-webserver")), "-f", str(tmp_path / "empty.py")]
    servers = []
    for port, options in ((closed, ["-h", "127.0.0.1"]), (opened, ["-h", "0.0.0.0", "--read-only", "--path-prefix", "/drift"])):
        (home := tmp_path / str(port)).mkdir()  # two web servers do not make one storage at the same time
        environment = {**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "yes"}
        servers.append(subprocess.Popen([*server, "-p", str(port), *options], env=environment, stderr=subprocess.DEVNULL))
    try:
        end = time.monotonic() + 120
        while not all(_answers(port) for port in (closed, opened)):
            assert time.monotonic() < end and all(one.poll() is None for one in servers), "the web servers do not start"
            time.sleep(0.2)
        told = said(doctor.officers_ui(), "fail")
        assert f"on port {opened} and has no login" in told and "deploy/nginx-dagster.conf" in told
        assert str(closed) not in told
    finally:
        for one in servers:
            one.terminate()
        for one in servers:
            one.wait(30)
    assert str(opened) not in said(doctor.officers_ui(), "fail")


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def test_addresses_of_listening_ports_are_read_as_the_kernel_prints_them(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "41").mkdir()
    (tmp_path / "41" / "cmdline").write_bytes(b"python\0-m\0dagster_webserver\0")
    user = (tmp_path / "41").stat().st_uid
    line = "   0: {}:0BB8 00000000:0000 {} 00000000:00000000 00:00000000 00000000 {} 0 1 1 0\n"
    loopback, everywhere, address = "0100007F", "00000000", "0500000A"
    listening = [
        (loopback, "0A", user),
        (everywhere, "0A", user),
        (address, "0A", user),
        (everywhere, "01", user),
        (everywhere, "0A", user + 1),
    ]
    (tmp_path / "net" / "tcp").write_text("head\n" + "".join(line.format(*one) for one in listening), "ascii")
    six = [("00000000000000000000000001000000", "0A", user), ("0000000000000000FFFF00000100007F", "0A", user), ("0" * 32, "0A", user)]
    (tmp_path / "net" / "tcp6").write_text("head\n" + "".join(line.format(*one) for one in six), "ascii")

    found = [(port.number, port.host, port.user) for port in exposed._open_to_others(tmp_path)]
    assert found == [(3000, "127.0.0.1", user), (3000, "10.0.0.5", user), (3000, "127.0.0.1", user + 1), (3000, "::1", user)]
    with pytest.raises(OSError):
        exposed.exposed(tmp_path / "elsewhere")


def test_damage_outweighs_a_wrong_setting_and_a_warning_weighs_nothing() -> None:
    wrong, lost, warning = Finding("fail", "a", "b"), Finding("fail", "a", "b", damaged=True), Finding("warn", "a", "b")

    assert [Diagnosis(given).exit_code for given in ((), (warning,), (warning, wrong), (wrong, lost))] == [0, 0, 2, 7]
    assert Diagnosis((warning, wrong)).as_text() == "warn  a\n      → b\nfail  a\n      → b\n\n1 wrong, 1 to look at"
    assert Diagnosis((Finding("ok", "a"),)).as_text() == "ok    a\n\nNothing is wrong."


def test_a_damaged_validated_file_is_named_and_the_command_that_is_told_rebuilds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", "--only", "municipality_changes", "--data-dir", str(tmp_path)]) == 0
    path = next((tmp_path / "work" / "synthetic" / "validated" / "municipality_changes").glob("*.parquet"))
    good = path.read_bytes()
    capsys.readouterr()
    settings = Settings(data_dir=tmp_path, now=datetime(2026, 11, 23, tzinfo=UTC))
    assert doctor.examine(settings).exit_code == 0
    assert said(doctor.validated_files(tmp_path), "ok").endswith("1 validated files are as they were stored")

    path.write_bytes(good[:-1] + b"?")
    assert main(["doctor", "--data-dir", str(tmp_path), "--json"]) == 7
    record = json.loads(capsys.readouterr().out)
    (failed,) = (finding for finding in record["findings"] if finding["damaged"])
    assert failed["what"] == f"synthetic municipality_changes {path.stem}: other bytes than were validated" and record["exit_code"] == 7
    removal, command = failed["next_step"].split(" && ")
    assert removal == f"rm {path}"
    path.unlink()
    assert "the validated file is lost" in said(doctor.validated_files(tmp_path), "fail")

    assert main(command.removeprefix("bymaal ").split()) == 0
    assert path.read_bytes() == good
    assert doctor.examine(settings).exit_code == 0

    path.with_name("state.json").write_text("{", "utf-8")
    assert "state.json is not readable – rm " in said(doctor.validated_files(tmp_path), "fail")
