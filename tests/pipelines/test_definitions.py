"""What a data officer sees in Dagster: the same run as the command line, with every check, and told of what goes wrong."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._utils.schedules import cron_string_iterator

from catalog.errors import SourceError, UsageError
from catalog.releases.release import Release
from indicators.load import dependencies, load_indicators, load_tables
from pipelines import definitions, run
from pipelines.cli import main
from pipelines.collect import from_sources
from pipelines.definitions import build_defs
from pipelines.orchestration import ingesting, releasing, sensors
from pipelines.orchestration.wiring import Wiring
from pipelines.run import Input, only_writer
from pipelines.sandbox import BROKEN_ON_PURPOSE
from pipelines.sandbox.weather import reply, weather
from pipelines.settings import ROOT, Settings, source_from_environment
from pipelines.validate import promises

NOW = datetime(2026, 11, 23, 6, 15, tzinfo=UTC)
WANTED = ("municipalities", "municipality_changes", "car_fleet", "ghg_emissions")
SANDBOX = run._sandbox_door
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@dataclass(frozen=True)
class Desk:
    """One data directory with its definitions and its Dagster instance."""

    settings: Settings
    source: Input
    instance: dg.DagsterInstance

    def launch(self, *keys: str) -> Seen:
        """Run the whole job, or only these assets."""
        defs = build_defs(self.settings, self.source, clock=lambda: NOW, first_wait=timedelta(0))
        chosen = [dg.AssetKey(key.split("/")) for key in keys] or None
        result = defs.resolve_job_def("publish_catalogue").execute_in_process(
            instance=self.instance, raise_on_error=False, asset_selection=chosen
        )
        return Seen(result.success, result.run_id, self.instance)


@dataclass(frozen=True)
class Seen:
    """What Dagster recorded of one run."""

    success: bool
    run_id: str
    instance: dg.DagsterInstance

    def events(self, kind: dg.DagsterEventType) -> list[dg.DagsterEvent]:
        return [entry.get_dagster_event() for entry in self.instance.all_logs(self.run_id, of_type=kind)]

    @property
    def materialised(self) -> dict[str, dict[str, object]]:
        """Metadata by asset."""
        found = [event.materialization for event in self.events(dg.DagsterEventType.ASSET_MATERIALIZATION)]
        return {one.asset_key.to_user_string(): {name: value.value for name, value in one.metadata.items()} for one in found}

    def checks(self, asset: str) -> dict[str, dg.AssetCheckEvaluation]:
        found = [event.asset_check_evaluation_data for event in self.events(dg.DagsterEventType.ASSET_CHECK_EVALUATION)]
        return {one.check_name: one for one in found if one.asset_key.to_user_string() == asset}


def rows_of(recorded: Path) -> list[dict[str, str]]:
    """The lines of the list of snapshots for some small datasets."""
    with (recorded / "snapshots.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["dataset"] in WANTED or "Personer2020" in row["path"]]


def write_list(folder: Path, rows: Sequence[dict[str, str]]) -> None:
    with (folder / "snapshots.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def excerpt(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real snapshots, small enough to run within seconds."""
    folder = tmp_path_factory.mktemp("excerpt")
    rows = rows_of(recorded)
    for row in rows:
        target = folder / row["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(recorded / row["path"], target)
    write_list(folder, rows)
    return folder


@pytest.fixture(scope="module")
def desk(excerpt: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), synthetic=False, now=NOW)
    return Desk(settings, Input("recorded", excerpt), dg.DagsterInstance.ephemeral())


@pytest.fixture(scope="module")
def whole_run(desk: Desk) -> Seen:
    return desk.launch()


@pytest.fixture(scope="module")
def refused_correction(desk: Desk, whole_run: Seen, excerpt: Path) -> Seen:
    """The day after: one source says that Oslo had more cars in 2025 than the whole country can hold, another gives a page."""
    rows = rows_of(excerpt)
    cars = next(row for row in rows if row["dataset"] == "car_fleet")
    lines = (excerpt / cars["path"]).read_text("utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith("0301,") and ",2025,Petrol," in line)
    lines[number] = f"{lines[number].rpartition(',')[0]},20000000"
    (excerpt / "correction.csv").write_text("\n".join(lines) + "\n", "utf-8")
    cars["retrieved_on"] = "2026-02-01"
    (excerpt / "broken.csv").write_text("<html>come back later</html>", "utf-8")
    changes = next(row for row in rows if row["dataset"] == "municipality_changes")
    newer = [
        cars | {"path": "correction.csv", "retrieved_on": "2026-11-20"},
        changes | {"path": "broken.csv", "retrieved_on": "2026-11-20"},
    ]
    write_list(excerpt, [*rows, *newer])
    asked = [f"{layer}/{dataset}" for dataset in ("car_fleet", "municipality_changes") for layer in ("raw", "validated")]
    return desk.launch(*asked, *computed_keys(), "catalog/release")


def computed_keys() -> list[str]:
    return [f"indicators/{key}" for key in (*load_tables(), *load_indicators(), "observations")]


def test_the_whole_job_ingests_computes_and_publishes(whole_run: Seen, desk: Desk) -> None:
    current = json.loads((desk.settings.public / "current.json").read_text("utf-8"))

    assert whole_run.success
    assert whole_run.materialised["catalog/release"]["release"] == current["release"]
    assert whole_run.checks("catalog/release")["release_verified"].passed


def test_the_release_names_each_dataset_and_each_indicator_that_is_withheld(whole_run: Seen, desk: Desk) -> None:
    manifest = json.loads((desk.settings.public / "current" / "manifest.json").read_text("utf-8"))
    shown = whole_run.materialised["catalog/release"]
    assert shown["withheld_indicators"] == len(manifest["withheld_indicators"])
    withheld = {"trips": ("B05", "B06"), "nothing": ("no data",)}
    published = Release("1", desk.settings.public, "", True, False, 1, 1, withheld, withheld_indicators={"rides": "rests on trips"})

    told = releasing.withheld(published, {"trips"})

    table = told["withheld"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data for record in table.records] == [
        {"withheld": "datasets/trips", "why": "B05; B06"},
        {"withheld": "indicators/rides", "why": "rests on trips"},
    ]
    assert (told["withheld_datasets"], told["withheld_indicators"]) == (1, 1)


def test_the_command_line_knows_of_what_dagster_did(whole_run: Seen, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--data-dir", str(desk.settings.data_dir), "--json"]) == 0
    assert str(whole_run.materialised["catalog/release"]["release"]) in capsys.readouterr().out
    assert main(["confirm", "--list", "--data-dir", str(desk.settings.data_dir)]) == 0


def test_a_validated_table_says_how_many_rows_it_has_and_up_to_when(whole_run: Seen, desk: Desk) -> None:
    for dataset in (*WANTED, "population"):
        files = str(desk.settings.validated / dataset / "*.parquet")
        rows = duckdb.execute("select count(*) from read_parquet($files)", {"files": files}).fetchone()

        assert rows == (whole_run.materialised[f"validated/{dataset}"]["dagster/row_count"],)
    assert whole_run.materialised["validated/municipalities"]["dagster/row_count"] == 357
    assert whole_run.materialised["validated/population"]["dagster/row_count"] == 356
    assert whole_run.materialised["validated/population"]["newest_period"] == "2020"
    assert whole_run.materialised["raw/ghg_emissions"]["snapshots"] == 2


def test_every_promise_of_a_dataset_is_a_check_with_its_outcome(whole_run: Seen, desk: Desk) -> None:
    described = run.datasets_in(desk.settings.datasets)
    for dataset in (*WANTED, "population"):
        checks = whole_run.checks(f"validated/{dataset}")

        assert {promise.id for promise in promises(described[dataset])} <= checks.keys()
        for promise in promises(described[dataset]):
            severity = ERROR if promise.severity == "critical" else WARN
            assert checks[promise.id].severity is severity
            assert (
                checks[promise.id].metadata["evaluated_rows"].value == whole_run.materialised[f"validated/{dataset}"]["dagster/row_count"]
            )
            assert checks[promise.id].passed or severity is WARN


def test_a_promise_that_met_no_rows_is_neither_kept_nor_broken(whole_run: Seen) -> None:
    assert whole_run.materialised["validated/bike_trips"]["dagster/row_count"] == 0
    assert set(whole_run.checks("validated/bike_trips")) == {"snapshots_readable", "no_period_held_back", "published_on_time"}


def test_an_indicator_without_data_is_not_materialised_and_says_what_it_lacks(whole_run: Seen) -> None:
    lacking = whole_run.checks("indicators/station_day")["query_has_answer"]

    assert "indicators/station_day" not in whole_run.materialised
    assert not lacking.passed
    assert lacking.severity is WARN
    assert "air_quality_hourly" in (lacking.description or "")
    assert whole_run.materialised["indicators/observations"]["dagster/row_count"]


def test_a_refused_dataset_fails_its_check_while_everything_else_goes_on(refused_correction: Seen, desk: Desk) -> None:
    checks = refused_correction.checks("validated/car_fleet")

    assert refused_correction.success
    assert not checks["cars_in_range"].passed
    assert checks["cars_in_range"].severity is ERROR
    assert checks["cars_in_range"].metadata["unexpected_rows"].value == 1
    assert "indicators/observations" in refused_correction.materialised
    assert "catalog/release" in refused_correction.materialised


def test_a_refused_correction_is_a_warning_because_readers_keep_the_last_good_version(refused_correction: Seen, desk: Desk) -> None:
    held_back = refused_correction.checks("validated/car_fleet")["no_period_held_back"]
    files = str(desk.settings.validated / "car_fleet" / "*.parquet")

    assert not held_back.passed
    assert held_back.severity is WARN
    assert held_back.metadata["last_good_version_stays"].value == "2025"
    assert refused_correction.materialised["validated/car_fleet"]["quarantined"] == 1
    assert duckdb.execute("select max(cars) < 1000000, max(year) from read_parquet($files)", {"files": files}).fetchone() == (True, 2025)


def test_the_release_says_which_datasets_could_not_be_brought_up_to_date_and_whose_fault_it_was(
    refused_correction: Seen, desk: Desk
) -> None:
    status = (desk.settings.public / "current" / "site" / "en" / "status.html").read_text("utf-8")

    found = re.findall(r"<li>([^<:]+): ([^<]*)<details><summary>[^<]*</summary><p>([^<]*)</p>", status)
    ((title, whose, why),) = found
    assert title == "Municipal changes" and whose.startswith("The answer from the source was not in the format"), found
    assert "broken.csv" in why


def test_a_period_that_never_had_a_good_version_is_an_error(refused_correction: Seen, excerpt: Path, tmp_path: Path) -> None:
    only_bad = [row for row in rows_of(excerpt) if row["path"] == "correction.csv"]
    shutil.copyfile(excerpt / "correction.csv", tmp_path / "correction.csv")
    write_list(tmp_path, only_bad)
    settings = Settings(data_dir=tmp_path / "data", synthetic=False, now=NOW)

    seen = Desk(settings, Input("recorded", tmp_path), dg.DagsterInstance.ephemeral()).launch("validated/car_fleet")

    held_back = seen.checks("validated/car_fleet")["no_period_held_back"]
    assert held_back.severity is ERROR
    assert held_back.metadata["without_any_version"].value == "2025"
    assert list(seen.materialised) == ["validated/car_fleet"]


def test_a_file_that_cannot_be_read_is_told_in_one_sentence_and_the_run_goes_on(tmp_path: Path, recorded: Path) -> None:
    changes = next(row for row in rows_of(recorded) if row["dataset"] == "municipality_changes")
    (tmp_path / "broken.csv").write_text("<html>come back later</html>", "utf-8")
    write_list(tmp_path, [changes | {"path": "broken.csv"}])
    settings = Settings(data_dir=tmp_path / "data", synthetic=False, now=NOW)

    seen = Desk(settings, Input("recorded", tmp_path), dg.DagsterInstance.ephemeral()).launch("validated/municipality_changes")

    readable = seen.checks("validated/municipality_changes")["snapshots_readable"]
    assert seen.success
    assert not readable.passed
    assert readable.metadata["error"].value == "ParseError"
    assert "broken.csv" in (readable.description or "")


@contextmanager
def closed_door() -> Iterator[Callable[[str], str]]:
    """A way to the sources on which none of them answers."""

    def closed(url: str) -> str:
        raise SourceError("no answer", where=url.split("/")[2], next_step="run again later")

    yield closed


@pytest.fixture
def silent_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(run, "_sandbox_door", closed_door)
    return Desk(Settings(data_dir=tmp_path, now=NOW), Input("sample"), dg.DagsterInstance.ephemeral())


def test_a_silent_source_is_asked_again_and_then_stays_at_what_is_held(silent_source: Desk) -> None:
    seen = silent_source.launch("raw/car_fleet", "validated/car_fleet")

    assert seen.success
    assert len(seen.events(dg.DagsterEventType.STEP_UP_FOR_RETRY)) == ingesting.SOURCE_RETRIES
    assert list(seen.materialised) == ["validated/car_fleet"]
    answered = seen.checks("raw/car_fleet")["source_answered"]
    assert not answered.passed
    assert answered.severity is ERROR
    assert "no answer" in (answered.description or "")


def test_a_failure_stands_until_its_step_says_otherwise_also_while_the_next_run_waits_in_the_queue(silent_source: Desk) -> None:
    silent_source.launch("raw/car_fleet", "validated/car_fleet")
    job = build_defs(silent_source.settings, silent_source.source).resolve_job_def("publish_catalogue")
    waiting = silent_source.instance.create_run_for_job(job_def=job, status=dg.DagsterRunStatus.NOT_STARTED)
    latest = silent_source.instance.get_latest_asset_check_evaluation_record(
        dg.AssetCheckKey(dg.AssetKey(["raw", "car_fleet"]), "source_answered")
    )
    assert latest is not None and latest.run_id == waiting.run_id, "Dagster's newest record is one of a run that has not begun"

    failures = releasing.standing_failures(silent_source.instance, ["car_fleet", "land_area"])

    assert {dataset: error.kind for dataset, error in failures.items()} == {"car_fleet": "SourceError"}
    assert str(failures["car_fleet"]).startswith("no answer – data.ssb.no")


def test_months_that_were_brought_in_tell_what_rests_on_the_table_that_its_data_are_others(tmp_path: Path) -> None:
    settings, instance = Settings(tmp_path, now=NOW), dg.DagsterInstance.ephemeral()
    months = ingesting.months_asset(run.recipes(settings)["bike_trips"], Wiring(Input("sample"), settings, lambda: NOW, timedelta(0)))
    table = dg.AssetKey(["validated", "bike_trips"])

    def versions() -> list[str | None]:
        records = instance.fetch_materializations(table, limit=9).records
        return [(record.asset_materialization.tags or {}).get("dagster/data_version") for record in records if record.asset_materialization]

    for month in ("2024-02-01", "2024-02-01", "2024-03-01"):
        assert dg.materialize([months], instance=instance, partition_key=month).success
    two_months, again, first = versions()
    assert first is not None and again == first, "the same data have the same version"
    assert two_months not in (first, None)


def test_a_month_that_is_held_back_fails_its_run_with_the_reason(tmp_path: Path) -> None:
    ((dataset, month),) = BROKEN_ON_PURPOSE
    settings, instance = Settings(tmp_path, now=NOW), dg.DagsterInstance.ephemeral()
    months = ingesting.months_asset(run.recipes(settings)[dataset], Wiring(Input("sample"), settings, lambda: NOW, timedelta(0)))

    result = dg.materialize([months], instance=instance, partition_key=f"{month}-01", raise_on_error=False)

    assert not result.success
    seen = Seen(result.success, result.run_id, instance)
    (failure,) = [event.step_failure_data.user_failure_data for event in seen.events(dg.DagsterEventType.STEP_FAILURE)]
    assert failure and (failure.description or "").startswith(f"{month}: "), failure
    assert failure.metadata["next_step"].value == "ask the source, or correct the rule in the description"
    assert f"months/{dataset}" not in seen.materialised and f"validated/{dataset}" in seen.materialised


def report(seen: Seen, sensor: dg.SensorDefinition, event: dg.DagsterEventType) -> None:
    """Let a sensor see the end of a run."""
    launched = seen.instance.get_run_by_id(seen.run_id)
    assert launched is not None
    context = dg.build_run_status_sensor_context(sensor.name, seen.events(event)[0], seen.instance, launched)
    sensor(context.for_run_failure() if event is dg.DagsterEventType.RUN_FAILURE else context)


def incidents(text: str) -> list[dict[str, object]]:
    return [json.loads(line[line.index("{") :]) for line in text.splitlines() if '"incident"' in line]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Messages as they came to somebody's address: title and lines of each."""
    with weather(reply(body=b"taken")) as somebody:
        monkeypatch.setenv("BYMAAL_NOTIFY", somebody.base.replace("http://", "json://"))
        yield lambda: [f"{said['title']}\n{said['message']}" for said in (json.loads(heard.body) for heard in somebody.heard)]


def test_an_incident_and_its_end_are_told_once_each_and_not_every_morning(
    silent_source: Desk, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for morning in range(4):
        if morning == 2:
            monkeypatch.setattr(run, "_sandbox_door", SANDBOX)
        seen = silent_source.launch("raw/car_fleet", "validated/car_fleet", "raw/municipalities", "validated/municipalities")
        report(seen, sensors.report_failed_checks, dg.DagsterEventType.RUN_SUCCESS)

    began, ended = told()
    assert began.startswith("Bymål: kontroller av 2 ressurser feiler\nraw/car_fleet, source_answered: no answer – data.ssb.no")
    assert ended.startswith(
        "Bymål: kontroller av 2 ressurser er bestått igjen\nraw/car_fleet, source_answered\nraw/municipalities, source_"
    )
    lines = [(line["incident"], line["asset"], *line["checks"]) for line in incidents(capfd.readouterr().err)]  # pyright: ignore[reportGeneralTypeIssues]
    assert lines == [
        (what, asset, "source_answered")
        for what in ("checks_failed", "checks_recovered")
        for asset in ("raw/car_fleet", "raw/municipalities")
    ]


def test_a_run_that_fails_names_the_cause_once_and_a_run_that_goes_well_again_is_told(
    silent_source: Desk, told: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    with only_writer(silent_source.settings):
        for _ in range(2):
            seen = silent_source.launch("raw/car_fleet", "validated/car_fleet")
            report(seen, sensors.report_failed_runs, dg.DagsterEventType.RUN_FAILURE)
            assert not seen.success and seen.materialised == {}
            (failure,) = [event.step_failure_data for event in seen.events(dg.DagsterEventType.STEP_FAILURE)]
            assert failure.error and failure.error.message.partition(": ")[2].startswith("busy, held by process"), "the first thing seen"
            assert "car_fleet stays as it was" in failure.error.message
    for _ in range(2):
        report(silent_source.launch("validated/car_fleet", "raw/car_fleet"), sensors.report_failed_checks, dg.DagsterEventType.RUN_SUCCESS)

    said = incidents(capfd.readouterr().err)
    assert [line["incident"] for line in said] == ["run_failed", "run_recovered", "checks_failed"]
    assert "held by process" in str(said[0]["steps"])
    titles = [message.partition("\n")[0] for message in told()]
    assert titles == [
        "Bymål: kjøringen publish_catalogue feilet",
        "Bymål: kjøringen publish_catalogue går bra igjen",
        "Bymål: kontroller av raw/car_fleet feiler",
    ]


def test_a_fault_of_the_program_is_told_as_such_and_without_a_value_of_the_data(
    silent_source: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("Kari Nordmann")

    monkeypatch.setattr(run, "collect", broken)
    seen = silent_source.launch("raw/car_fleet", "validated/car_fleet")

    (failure,) = [event.step_failure_data for event in seen.events(dg.DagsterEventType.STEP_FAILURE)]
    assert failure.user_failure_data and failure.user_failure_data.description
    said = failure.user_failure_data.description
    assert said.startswith("a fault of the program (KeyError) – tests/pipelines/test_definitions.py line ") and "Kari" not in said
    assert len(seen.events(dg.DagsterEventType.STEP_UP_FOR_RETRY)) == 0, "it would fail again"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> dg.AssetGraph:
    return build_defs(Settings(data_dir=tmp_path_factory.mktemp("none")), Input()).resolve_asset_graph()


def test_every_dataset_table_and_indicator_found_is_an_asset_that_a_data_officer_can_read(graph: dg.AssetGraph) -> None:
    datasets = run.datasets_in(ROOT / "pipelines" / "datasets")
    wanted = {f"{layer}/{key}" for key in datasets for layer in ("raw", "validated")} | {*computed_keys(), "catalog/release"}
    wanted |= {f"months/{key}" for key, dataset in datasets.items() if dataset.period.value == "month"}

    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == wanted
    for key in graph.get_all_asset_keys():
        asset = graph.get(key)
        assert asset.owners == ["team:data", "data@example.org"], key
        assert asset.group_name.startswith(key.path[0]), key
        assert asset.kinds, key
        assert asset.description, key
        assert asset.tags["data"] == "synthetic", key
    for key, dataset in datasets.items():
        validated = graph.get(dg.AssetKey(["validated", key]))
        assert dataset.row.nb in (validated.description or "")
        assert validated.tags["licence"] == dataset.source.licence
        assert [c.name for c in validated.metadata["dagster/column_schema"].columns] == [c.name for c in dataset.columns]
        assert graph.get(dg.AssetKey(["raw", key])).freshness_policy


def test_an_indicator_depends_on_what_its_query_reads(graph: dg.AssetGraph) -> None:
    for indicator in load_indicators().values():
        parents = {key.to_user_string() for key in graph.get(dg.AssetKey(["indicators", indicator.id])).parent_keys}
        reads = dependencies(indicator.sql)

        assert {name.replace(".", "/") for name in reads if name.startswith("validated.")} <= parents
        assert {name.replace("tables.", "indicators/") for name in reads if name.startswith("tables.")} <= parents


def test_a_source_is_late_after_two_of_its_own_rhythms(graph: dg.AssetGraph) -> None:
    for key, dataset in run.datasets_in(ROOT / "pipelines" / "datasets").items():
        policy = graph.get(dg.AssetKey(["raw", key])).freshness_policy

        assert policy.warn_window.to_timedelta() < policy.fail_window.to_timedelta()
        if dataset.source.rhythm == "P1Y":
            assert policy.warn_window.to_timedelta() > timedelta(days=365)


@pytest.mark.parametrize("day_before", [date(2026, 3, 28), date(2026, 10, 24)])
def test_the_daily_run_comes_once_a_day_also_when_the_clocks_change(day_before: date) -> None:
    (schedule,) = definitions.defs.schedules or []
    assert isinstance(schedule, dg.ScheduleDefinition)
    start = datetime(day_before.year, day_before.month, day_before.day, tzinfo=UTC).timestamp()

    ticks = cron_string_iterator(start, str(schedule.cron_schedule), schedule.execution_timezone)
    found = [next(ticks) for _ in range(3)]

    assert [(tick.day, tick.hour, tick.minute) for tick in found] == [(day_before.day + n, 6, 15) for n in range(3)]


def test_definitions_load_without_a_network_and_without_great_expectations() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('a network was needed')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from pipelines.definitions import defs\n"
        "print([name for name in ('great_expectations', 'rdflib', 'pyspark') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_kind_of_input_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BYMAAL_SOURCE", raising=False)
    assert source_from_environment() == ("sample", None)
    monkeypatch.setenv("BYMAAL_SOURCE", "recorded")
    monkeypatch.setenv("BYMAAL_RECORDED", str(tmp_path))
    assert source_from_environment() == ("recorded", tmp_path.resolve())
    monkeypatch.setenv("BYMAAL_SOURCE", "guess")
    with pytest.raises(UsageError, match="BYMAAL_SOURCE"):
        source_from_environment()


def put(file: Path, content: bytes, seconds_ago: float) -> None:
    """A file that was last changed some seconds before the desk's now."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (NOW.timestamp() - seconds_ago, NOW.timestamp() - seconds_ago))


@pytest.fixture
def inbox_sensor(tmp_path: Path) -> dg.SensorDefinition:
    settings = Settings(tmp_path, synthetic=False, now=NOW)
    job = dg.define_asset_job("publish_catalogue", selection=dg.AssetSelection.all())
    return sensors.watch_inbox(job, run.datasets_in(settings.datasets), lambda: settings)


def test_files_in_the_inbox_start_one_run_and_not_a_second_for_the_same_files(inbox_sensor: dg.SensorDefinition, tmp_path: Path) -> None:
    assert isinstance(inbox_sensor(dg.build_sensor_context()), dg.SkipReason)
    file = tmp_path / "inbox" / "ghg_emissions" / "miljodirektoratet_municipal_xlsx" / "emissions.xlsx"
    put(file, b"one", seconds_ago=60)
    first, again = inbox_sensor(dg.build_sensor_context()), inbox_sensor(dg.build_sensor_context())
    assert isinstance(first, dg.RunRequest) and isinstance(again, dg.RunRequest)
    assert first.run_key == again.run_key, "Dagster starts one run per key"
    put(file, b"one", seconds_ago=0)
    assert isinstance(inbox_sensor(dg.build_sensor_context()), dg.SkipReason), "an upload that goes on is left alone"
    put(file, b"another", seconds_ago=30)
    changed = inbox_sensor(dg.build_sensor_context())
    assert isinstance(changed, dg.RunRequest) and changed.run_key != first.run_key


def test_a_file_where_no_run_looks_for_it_is_told_once_and_starts_nothing(
    inbox_sensor: dg.SensorDefinition, tmp_path: Path, told: Callable[[], list[str]]
) -> None:
    put(tmp_path / "inbox" / "ghg" / "xlsx" / "emissions.xlsx", b"one", seconds_ago=60)
    context = dg.build_sensor_context()
    first, again = inbox_sensor(context), inbox_sensor(context)
    assert isinstance(first, dg.SkipReason) and isinstance(again, dg.SkipReason)
    assert str(first.skip_message).startswith("unknown dataset – inbox/ghg/xlsx/emissions.xlsx – it was not taken in – move it to inbox/")
    (message,) = told()
    assert message.startswith("Bymål: filer i innboksen kan ikke tas inn\nunknown dataset – inbox/ghg/")


def test_a_delivered_file_that_cannot_be_read_is_red_on_its_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "inbox" / "car_fleet" / "ssb_excerpt_csv" / "cars.csv", b"<html>not a table</html>", seconds_ago=60)
    monkeypatch.setattr(run, "from_sources", partial(from_sources, door=closed_door))
    one = Desk(Settings(tmp_path, synthetic=False, now=NOW), Input("live"), dg.DagsterInstance.ephemeral())

    seen = one.launch("raw/car_fleet", "validated/car_fleet", "raw/land_area", "validated/land_area")

    taken_in = seen.checks("raw/car_fleet")["deliveries_taken_in"]
    assert not taken_in.passed and taken_in.severity is ERROR
    assert "inbox/car_fleet/ssb_excerpt_csv/cars.csv" in (taken_in.description or "")
    assert seen.checks("raw/land_area")["deliveries_taken_in"].passed, "it is no fault of another dataset"
