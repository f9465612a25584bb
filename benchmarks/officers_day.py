"""A data officer's day with Dagster as it really runs: web server, daemon and code server, every step through the UI's own interface.

    python benchmarks/officers_day.py FOLDER            the day; FOLDER is made, and holds data, records and pictures afterwards
    python benchmarks/officers_day.py FOLDER months     240 months by a backfill, everything killed in its middle

The installation is checked and started; mornings tick; a source fails, goes on failing and recovers, each told once; the data directory is
held by somebody else; a file is put into the inbox; months are brought in by a backfill; one of them is unlike what is known, is held,
confirmed and published; the release turns out to be bad and is rolled back; what is overdue is asked for. Stops at the first step that does
not do what it should. With Chromium on the machine, pictures of the UI are taken. The sandbox answers, with the faults of
officers_day_location.py, and all is done as with live data.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BIN = Path(sys.executable).parent
LOCATION = "officers_day"
CALM: dict[str, Any] = {"down": [], "crowded": [], "slow": 0, "bikes_from": "2023-01-01", "bikes_until": "2024-10-01"}
TERMINAL = {"SUCCESS", "FAILURE", "CANCELED"}
HOURS = Path("building_energy_hourly") / "bodo_source_csv" / "bodo.csv"
"""A month of a meter, as a city exports it and a person puts it into the inbox."""


@dataclass
class Desk:
    """One installation: its folder, its services and what was said by message."""

    folder: Path
    port: int
    messages: list[str] = field(default_factory=list)
    services: subprocess.Popen[bytes] | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DAGSTER_HOME": str(self.folder / "home"),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "GX_ANALYTICS_ENABLED": "false",
            "BYMAAL_DATA": str(self.data),
            "BYMAAL_SOURCE": "live",
            "BYMAAL_SCHEDULE": "*/3 * * * *",  # a tick takes a minute on a busy machine: a thousand checks are announced one by one
            "BYMAAL_NOTIFY": f"json://127.0.0.1:{self.port + 1}/",
        }

    def says(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", flush=True)

    def sources(self, **faults: Any) -> None:
        (self.data / "sources.json").write_text(json.dumps(CALM | faults), "utf-8")

    def questions(self) -> Counter[str]:
        log = self.data / "questions.log"
        return Counter(log.read_text("utf-8").splitlines() if log.is_file() else [])

    # --- services ---

    def start(self) -> None:
        """What `make dev` starts, with this folder's records and this script's sandbox."""
        command = [BIN / "dagster", "dev", "-w", self.folder / "workspace.yaml", "-h", "127.0.0.1", "-p", str(self.port)]
        with (self.folder / "services.log").open("ab") as log:
            self.services = subprocess.Popen(
                list(map(str, command)), cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        began = time.monotonic()
        self.until("the UI answers and has loaded the definitions", self._is_loaded, 180)
        self.until("the daemon lives", lambda: self.ask("{ instance { daemonHealth { allDaemonStatuses { healthy required } } } }")
                   and all(d["healthy"] for d in self.ask("{ instance { daemonHealth { allDaemonStatuses { healthy required } } } }")
                           ["instance"]["daemonHealth"]["allDaemonStatuses"] if d["required"]), 120)  # fmt: skip
        self.says(f"web server, daemon and code server are up after {time.monotonic() - began:.0f} s")

    def _is_loaded(self) -> bool:
        try:
            found = self.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }")
        except OSError:
            return False
        return bool(found["repositoriesOrError"].get("nodes"))

    def kill(self) -> int:
        """kill -9 to every process of the services and of the runs that they started; gives how many there were."""
        assert self.services is not None
        family = descendants(self.services.pid)
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.services.wait()
        return len(family)

    def cpu(self) -> float:
        """Seconds of processor that the services and their runs have used since they were started."""
        assert self.services is not None
        used = 0
        for pid in descendants(self.services.pid):
            try:
                facts = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            used += sum(map(int, facts[11:15]))  # its own, and that of its children that have ended
        return used / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        if self.services is not None and self.services.poll() is None:
            self.services.send_signal(signal.SIGINT)
            try:
                self.services.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    # --- the UI's interface ---

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        if said.get("errors"):
            raise SystemExit(f"the UI refuses: {said['errors'][0]['message']}")
        return said["data"]

    def until(self, what: str, holds: Callable[[], Any], seconds: float) -> Any:
        """Wait until something holds, and give it. Ends the script when it does not within its time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(1)
        raise SystemExit(f"NOT SEEN within {seconds:.0f} s: {what} (see services.log)")

    def runs(self, tags: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """Runs with these tags, the newest first."""
        query = """query($filter: RunsFilter) { runsOrError(filter: $filter) { ... on Runs { results {
          runId status jobName startTime endTime rootRunId tags { key value } } } } }"""
        wanted = {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]} if tags else {}
        return self.ask(query, filter=wanted)["runsOrError"]["results"]

    def finished(self, what: str, known: Sequence[str], tags: dict[str, str]) -> dict[str, Any]:
        """The first new run with these tags, once it has ended."""

        def ended() -> dict[str, Any] | None:
            new = [run for run in self.runs(tags) if run["runId"] not in known]
            return next((run for run in reversed(new) if run["status"] in TERMINAL), None)

        run = self.until(what, ended, 1200)
        self.says(f"{what}: {run['status']} in {run['endTime'] - run['startTime']:.0f} s")
        return run

    def turn(self, kind: str, name: str, on: bool) -> None:
        """A schedule or sensor is turned on or off, as the switch in the UI does it."""
        place = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION, f"{kind}Name": name}
        if on:
            start = "startSchedule(scheduleSelector: $place)" if kind == "schedule" else "startSensor(sensorSelector: $place)"
            said = self.ask(f"mutation($place: {kind.capitalize()}Selector!) {{ said: {start} {{ __typename }} }}", place=place)
        else:
            held = self.ask(
                f"query($place: {kind.capitalize()}Selector!) {{ found: {kind}OrError({kind}Selector: $place) "
                f"{{ ... on {kind.capitalize()} {{ {kind}State {{ id }} }} }} }}", place=place,
            )["found"][f"{kind}State"]["id"]  # fmt: skip
            stop = "stopRunningSchedule(id: $id)" if kind == "schedule" else "stopSensor(id: $id)"
            said = self.ask(f"mutation($id: String!) {{ said: {stop} {{ __typename }} }}", id=held)
        if "Error" in said["said"]["__typename"]:
            raise SystemExit(f"{name}: {said['said']['__typename']}")

    def ticks(self, kind: str, name: str) -> list[dict[str, Any]]:
        """The last ticks of a schedule or sensor, the newest first."""
        place = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION, f"{kind}Name": name}
        return self.ask(
            f"query($place: {kind.capitalize()}Selector!) {{ found: {kind}OrError({kind}Selector: $place) {{ ... on {kind.capitalize()} "
            f"{{ {kind}State {{ status ticks(limit: 20) {{ status originRunIds }} }} }} }} }}", place=place,
        )["found"][f"{kind}State"]["ticks"]  # fmt: skip

    def settle(self, schedule: str) -> None:
        """A schedule is turned off for good: a tick that goes on would turn it on again when it ends."""

        def is_off() -> bool:
            if self.ticks("schedule", schedule)[0]["status"] == "STARTED":
                return False
            self.turn("schedule", schedule, on=False)
            time.sleep(3)
            return self.ticks("schedule", schedule)[0]["status"] != "STARTED"

        self.until("the schedule is off", is_off, 600)

    def told_of(self, run: str, sensor: str) -> None:
        """Wait until a sensor that tells people of runs has seen this one."""
        self.until(f"{sensor} sees the run", lambda: any(run in tick["originRunIds"] for tick in self.ticks("sensor", sensor)), 300)

    def materialise(self, *assets: str) -> None:
        """What the button of that name does for these assets."""
        query = """mutation($chosen: ExecutionParams!) { launchRun(executionParams: $chosen) {
          __typename ... on PythonError { message } } }"""
        place = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION, "jobName": "__ASSET_JOB"}
        selection = [{"path": asset.split("/")} for asset in assets]
        chosen = {"selector": place | {"assetSelection": selection}, "mode": "default", "runConfigData": {}}
        chosen["executionMetadata"] = {"tags": [{"key": "reason", "value": "by hand"}]}
        said = self.ask(query, chosen=chosen)["launchRun"]
        must(said["__typename"] == "LaunchRunSuccess", f"the run is taken: {said}")

    def backfill(self, months: Sequence[str]) -> str:
        query = """mutation($chosen: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $chosen) {
          ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
        chosen = {"assetSelection": [{"path": ["months", "bike_trips"]}], "partitionNames": [f"{month}-01" for month in months]}
        return self.ask(query, chosen=chosen)["launchPartitionBackfill"]["backfillId"]

    def months(self, dataset: str = "bike_trips") -> set[str]:
        """The months of a dataset that Dagster shows as green."""
        query = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
          assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } }
            ... on DefaultPartitionStatuses { materializedPartitions } } partitionKeys } } }"""
        node = self.ask(query, key={"path": ["months", dataset]})["assetNodeOrError"]
        found: set[str] = set()
        for span in node["assetPartitionStatuses"].get("ranges") or []:
            if span["status"] == "MATERIALIZED":
                found |= {key[:7] for key in node["partitionKeys"] if span["startKey"] <= key <= span["endKey"]}
        return found

    def check(self, asset: str, name: str) -> dict[str, Any]:
        """What a check of an asset said last. A run that waits in the queue has said nothing yet."""
        query = """query($key: AssetKeyInput!, $name: String!) {
          assetCheckExecutions(assetKey: $key, checkName: $name, limit: 9) { evaluation { success description } } }"""
        found = self.ask(query, key={"path": asset.split("/")}, name=name)["assetCheckExecutions"]
        return next((one["evaluation"] for one in found if one["evaluation"]), {"success": None, "description": "not evaluated"})

    # --- the command line and the folders ---

    def deliver(self) -> None:
        """Somebody puts a month of a meter into the inbox."""
        hours = (datetime(2025, 3, 1, 1) + timedelta(hours=n) for n in range(31 * 24))
        lines = ["DateTime;Fastkraft 7001", *(f"{hour:%Y-%m-%d %H:%M:%S};{10 + hour.hour / 2:.1f}".replace(".", ",") for hour in hours)]
        file = self.data / "inbox" / HOURS
        file.parent.mkdir(parents=True)
        file.write_text("\n".join(lines) + "\n", "utf-8")

    def bymaal(self, *arguments: str) -> str:
        """What a command prints; shown as the officer sees it."""
        done = subprocess.run(
            [str(BIN / "bymaal"), *arguments, "--data-dir", str(self.data)],
            cwd=ROOT, env=self.environment() | {"COLUMNS": "140"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.says(f"$ bymaal {' '.join(arguments)}  → {done.returncode}")
        lines = [line for line in (done.stdout + done.stderr).strip().splitlines() if not line.endswith("newest nothing yet")]
        for line in lines[:40]:
            print(f"          {line}")
        return done.stdout

    def release(self) -> str:
        return str(json.loads((self.data / "public" / "current.json").read_bytes())["release"])


def descendants(pid: int) -> list[int]:
    """A process and all that it started, directly or not, also those that are in sessions of their own."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text("utf-8").rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """An empty installation, with someone who takes messages; its services are stopped in the end."""
    (folder / "home").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "pictures").mkdir()
    shutil.copyfile(ROOT / "dagster_home" / "dagster.yaml", folder / "home" / "dagster.yaml")
    location = {"relative_path": str(HERE / "officers_day_location.py"), "location_name": LOCATION, "working_directory": str(ROOT)}
    (folder / "workspace.yaml").write_text(json.dumps({"load_from": [{"python_file": location}]}), "utf-8")
    one = Desk(folder, _two_free_ports())
    one.sources()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            one.messages.append(f"{said['title']} | {said['message']}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """What comes is kept in `messages`."""

    with ThreadingHTTPServer(("127.0.0.1", one.port + 1), Taker) as taker:
        threading.Thread(target=taker.serve_forever, daemon=True).start()
        try:
            yield one
        finally:
            one.stop()
            taker.shutdown()


def _two_free_ports() -> int:
    """A port that is free with the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def pictures(one: Desk, pages: dict[str, str]) -> None:
    """Pictures of pages of the UI, as wide as an officer's screen; none where there is no browser, which is said."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        one.says("no pictures: there is no Chromium on this machine")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = window.new_page(viewport={"width": 1500, "height": 950})
        for name, path in pages.items():
            page.goto(one.address + path, wait_until="domcontentloaded")
            page.wait_for_timeout(6000)  # the UI goes on loading after the page is there
            page.screenshot(path=str(one.folder / "pictures" / f"{name}.png"))
            one.says(f"picture {name}.png of {path}")
        window.close()


def known(one: Desk) -> list[str]:
    return [run["runId"] for run in one.runs()]


def must(holds: object, what: str) -> None:
    if not holds:
        raise SystemExit(f"NOT AS IT SHOULD BE: {what}")


def next_morning(one: Desk, what: str) -> dict[str, Any]:
    """The schedule is turned on until it has ticked once; the run that it started."""
    before = known(one)
    one.turn("schedule", "daily", on=True)
    one.until(
        "the schedule ticks", lambda: [run for run in one.runs({"dagster/schedule_name": "daily"}) if run["runId"] not in before], 400
    )
    one.settle("daily")
    run = one.finished(what, before, {"dagster/schedule_name": "daily"})
    one.until("the queue is empty", lambda: all(run["status"] in TERMINAL for run in one.runs()), 1200)
    return run


def told(one: Desk, run: dict[str, Any], sensor: str, expected: str | None) -> None:
    """Once a sensor has seen a run, there is one more message that begins so, or none more. All messages are shown as they come."""
    one.told_of(run["runId"], sensor)
    new, one.messages[:] = list(one.messages), []
    for message in new:
        one.says(f"message: {message.replace(chr(10), ' / ')}")
    must([message.startswith(expected or "-") for message in new] == [True] * (expected is not None), f"told: {expected or 'nothing'}")


def day(one: Desk) -> None:
    checked = [BIN / "dagster", "definitions", "validate", "-w", one.folder / "workspace.yaml"]
    done = subprocess.run(list(map(str, checked)), cwd=ROOT, env=one.environment(), capture_output=True, text=True, check=False)
    one.says(f"$ dagster definitions validate  → {done.returncode}")
    must(done.returncode == 0, done.stderr)
    one.bymaal("doctor")
    one.start()

    one.sources(down=["tables/07849"])
    run = next_morning(one, "the schedule starts a run while one source is down")
    must(run["status"] == "SUCCESS", "a source that fails holds nothing else back")
    said = one.check("raw/ghg_emissions", "source_answered"), one.check("raw/car_fleet", "source_answered")
    one.says(f"source_answered of ghg_emissions: {said[0]['success']}; of car_fleet: {said[1]['success']}, {said[1]['description']}")
    must(said[0]["success"] and said[1]["success"] is False, "only the source that failed is red")
    told(one, run, "report_failed_checks", "Bymål: kontroller av raw/car_fleet feiler")
    first = one.release()
    pictures(one, {"run_with_a_failed_source": f"/runs/{run['runId']}", "failed_check": "/assets/raw/car_fleet?view=checks"})
    one.bymaal("status")

    run = next_morning(one, "the next morning it is still down")
    told(one, run, "report_failed_checks", None)

    one.sources()
    before = one.questions()
    run = next_morning(one, "the third morning the source answers again")
    must(one.check("raw/car_fleet", "source_answered")["success"], "the source recovered")
    told(one, run, "report_failed_checks", "Bymål: kontroller av raw/car_fleet er bestått igjen")
    asked = one.questions() - before
    one.says(
        f"{asked.total()} questions, {sum(n for q, n in asked.items() if 'urbansharing' in q)} of them about bike trips, answered before"
    )
    second = one.release()
    must(second != first, "what came in is published")
    one.says(f"release {second} after {first}")

    with held(one):
        before = known(one)
        one.materialise("raw/car_fleet", "validated/car_fleet")
        run = one.finished("a run while somebody else holds the data directory", before, {"reason": "by hand"})
    must(run["status"] == "FAILURE", "two never write at once")
    told(one, run, "report_failed_runs", "Bymål: kjøringen av raw/car_fleet, validated/car_fleet feilet")
    step = f"/runs/{run['runId']}?selection=ingest_car_fleet&logs=step%3Aingest_car_fleet"
    pictures(one, {"failed_run": f"/runs/{run['runId']}", "failed_step": step})
    before = known(one)
    one.materialise("raw/car_fleet", "validated/car_fleet")
    run = one.finished("the same again, afterwards", before, {"reason": "by hand"})
    must(run["status"] == "SUCCESS", "what was only busy goes well the next time")
    told(one, run, "report_failed_checks", "Bymål: kjøringen av raw/car_fleet, validated/car_fleet går bra igjen")

    before = known(one)
    one.deliver()
    one.finished("watch_inbox saw a file in the inbox", before, {"reason": "file in the inbox"})
    must("2025-03" in one.months("building_energy_hourly"), "its month is in the table")
    must(not (one.data / "inbox" / HOURS).exists(), "the inbox is empty again")
    inbox = one.release()
    must(inbox != second, "the file is published")

    one.turn("sensor", "publish_what_changed", on=True)
    one.sources(crowded=["2024-12"], bikes_until="2025-01-01")
    before, asked_before = known(one), one.questions()
    backfill = one.backfill(["2024-10", "2024-11", "2024-12"])
    run = one.finished("a backfill of three months, one of them unlike all that is known", before, {"dagster/backfill": backfill})
    told(one, run, "report_failed_runs", "Bymål: kjøringen av months/bike_trips feilet")
    asked = one.questions() - asked_before
    one.says(f"questions: {', '.join(sorted(asked))}")
    must(asked.total() == 9 and max(asked.values()) == 1, "each month of each city is asked for once")
    green = one.months()
    must({"2024-10", "2024-11"} <= green and "2024-12" not in green, "two months are in, the crowded one waits")
    one.finished("publish_what_changed saw other data", [*before, *known_of(one, backfill)], {"reason": "data changed"})
    third = one.release()
    must(third != inbox, "the two months are published")
    one.bymaal("status")
    one.bymaal("confirm", "--list", "--source", "live")
    pictures(
        one,
        {"months": "/assets/months/bike_trips?view=partitions", "backfill": f"/runs/b/{backfill}", "held_month": f"/runs/{run['runId']}"},
    )

    why = "The operator says that every trip was counted."
    one.bymaal("confirm", "bike_trips", "--period", "2024-12", "--why", why, "--source", "live")
    one.sources(bikes_until="2025-01-01")
    next_morning(one, "the next run takes the confirmed month in")
    bad = one.release()
    must(bad != third and "2024-12" in one.months(), "what was confirmed is published by the run")
    one.bymaal("diff", third, bad)

    one.bymaal("rollback", "--why", "The operator was wrong: December was delivered 120 times over.")
    must(one.release() == third, "readers have the release before")
    one.bymaal("verify")

    before = known(one)
    one.turn("sensor", "ask_due_sources", on=True)
    one.finished("ask_due_sources asks for what is overdue", before, {"reason": "due at the source"})
    pictures(
        one,
        {
            "graph": "/asset-groups",
            "group": f"/locations/{LOCATION}/asset-groups/indicators_goal_11",
            "lineage": "/assets/indicators/sdg_11_2_bicycle_trips?view=lineage&lineageScope=upstream&lineageDepth=2",
            "asset": "/assets/validated/bike_trips",
            "plots": "/assets/validated/bike_trips?view=events",
            "checks": "/assets/validated/bike_trips?view=checks&checkDetail=no_period_held_back",
            "source": "/assets/raw/car_fleet",
            "indicator": "/assets/indicators/sdg_11_2_bicycle_trips",
            "release": "/assets/catalog/release",
            "release_events": "/assets/catalog/release?view=events",
            "catalogue": "/assets",
            "runs": "/runs",
            "automation": "/automation",
            "schedule": f"/locations/{LOCATION}/schedules/daily",
            "sensor": f"/locations/{LOCATION}/sensors/ask_due_sources",
            "inbox": f"/locations/{LOCATION}/sensors/watch_inbox",
        },
    )
    one.says(f"{len(one.runs())} runs, {one.questions().total()} questions, {one.cpu():.0f} s of processor")


@contextmanager
def held(one: Desk) -> Iterator[None]:
    """Somebody else writes in the data directory, as a command of `bymaal` does."""
    code = (
        "import sys\nfrom pipelines.run import only_writer\nfrom pipelines.settings import from_environment\n"
        "with only_writer(from_environment(synthetic=False)):\n print('held', flush=True)\n sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, env=one.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()


def known_of(one: Desk, backfill: str) -> list[str]:
    return [run["runId"] for run in one.runs({"dagster/backfill": backfill})]


def months(one: Desk) -> None:
    """240 months by a backfill of twenty runs, all processes killed in its middle: nothing is asked twice, everything ends green."""
    wanted = [f"{year}-{month:02}" for year in range(2006, 2026) for month in range(1, 13)]
    one.sources(slow=0.02, bikes_from="2006-01-01", bikes_until="2026-01-01")
    one.start()
    backfill = one.backfill(wanted)
    one.until("a third of the months is asked for", lambda: one.questions().total() > 250, 1200)
    running = [run for run in one.runs({"dagster/backfill": backfill}) if run["status"] == "STARTED"]
    before, used = one.questions(), one.cpu()
    one.says(f"killed {one.kill()} processes after {before.total()} questions, {len(running)} run in its middle")
    one.start()
    one.until("the backfill ends", lambda: _ended(one, backfill), 3600)
    one.until("the queue is empty", lambda: all(run["status"] in TERMINAL for run in one.runs()), 600)
    runs = Counter(run["status"] for run in one.runs())
    asked, green = one.questions(), one.months()
    tables = [file.stem for file in (one.data / "work" / "real" / "validated" / "bike_trips").glob("*.parquet")]
    one.says(f"runs: {dict(runs)}; {used + one.cpu():.0f} s of processor")
    one.says(f"months green: {len(green & set(wanted))} of {len(wanted)}; months in the table: {len(tables)}")
    twice = [question for question, times in asked.items() if times > 1]
    one.says(f"questions: {asked.total()} about {len(asked)} months of a city; asked twice: {', '.join(twice) or 'none'}")
    must(green >= set(wanted) and sorted(tables) == sorted(wanted), "every month is there, once")
    must(max(asked.values()) <= 2 and len(twice) <= len(running), "only what was on its way when all was killed is asked twice")
    must(not any(run["status"] in ("STARTED", "STARTING") for run in one.runs()), "no run is started for ever")
    pictures(one, {"backfill": f"/runs/b/{backfill}", "all_months": "/assets/months/bike_trips?view=partitions"})


def _ended(one: Desk, backfill: str) -> bool:
    query = "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
    said = one.ask(query, id=backfill)["partitionBackfillOrError"]["status"]
    return said in ("COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED")


def main(arguments: list[str]) -> None:
    if not arguments:
        raise SystemExit(__doc__)
    with desk(Path(arguments[0]).resolve()) as one:
        (months if "months" in arguments else day)(one)
    print(f"done on {date.today()}, in {time.monotonic() - one.began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
