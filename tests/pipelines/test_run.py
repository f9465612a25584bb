"""The main job on real snapshots, from the recorded folder to a release that verifies."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from catalog.lineage import unexplained
from catalog.queries import Query
from catalog.queries import load as load_queries
from catalog.releases.verify import verify
from pipelines.archive import FIELDS
from pipelines.cli import main
from pipelines.query import sql
from pipelines.report import Report
from pipelines.run import Input, run
from pipelines.settings import Settings
from tests.conftest import RECORDED_RUN_AT


@dataclass(frozen=True)
class Published:
    report: Report
    settings: Settings
    source: Input

    @property
    def database(self) -> Path:
        return self.settings.public / "current" / "bymaal.duckdb"

    def ask(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as con:
            return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def real(recorded: Path, recorded_run: Path) -> Published:
    """One release of everything that is recorded, and what a run in which nothing is new says of it."""
    settings = Settings(data_dir=recorded_run, synthetic=False, now=RECORDED_RUN_AT)
    source = Input("recorded", recorded)
    return Published(run(source, settings), settings, source)


def test_every_recorded_file_of_a_known_dataset_flows_into_its_table(real: Published, recorded: Path) -> None:
    listed = list(csv.DictReader((recorded / "snapshots.csv").open(encoding="utf-8")))
    known = set(real.report.ingested.states)

    used = {sha for state in real.report.ingested.states.values() for period in state.periods for sha in period.snapshots}
    files = {
        s.path.relative_to(recorded.resolve()).as_posix()
        for st in real.report.ingested.states.values()
        for s in st.snapshots
        if s.sha256 in used
    }

    assert {row["path"] for row in listed if row["dataset"] in known} == files
    assert {name for name, _ in real.report.ingested.not_yet_known} == {row["dataset"] for row in listed} - known
    assert not real.report.ingested.failures
    assert real.report.exit_code == 0


def test_the_release_is_as_its_manifest_says_and_says_that_it_is_real(real: Published) -> None:
    assert list(verify(real.settings.public)) == []
    assert real.ask("select synthetic from meta.release") == [(False,)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # Oslo, Kirkeveien 2020: NO2 has 7,554 of 8,784 hours (86.0 %), PM10 7,311 (83.2 %, below 85) – counted in the JSON by hand.
        ("select valid_hours, annual_mean is not null from indicators.station_year where station = 'NO0011A' and year = 2020"
         " order by component",
         [(7554, True), (7311, False)]),
        ("select obs_value, obs_status, warnings from indicators.sdg_11_6_2_pm10 where ref_area = '0301' and time_period = '2020'"
         " and breakdown = ''",
         [(None, "N", "below_coverage")]),
        # Trondheim, Elgeseter: NO2 below the coverage rule in 2023 and 2024.
        ("select year from indicators.station_year where station = 'NO0060A' and component = 'NO2' and year between 2020 and 2024"
         " and annual_mean is null order by 1",
         [(2023,), (2024,)]),
        # Porsgrunn 2022 in two editions of one statistic.
        ("select breakdown, round(obs_value)::int from indicators.sdg_11_6_ghg_total where ref_area = '4001' and time_period = '2022'"
         " and breakdown like 'edition=%' order by 1",
         [("edition=2023-12", 2324668), ("edition=2024-12", 2325090)]),
        # Drammen's code did not exist before 2024: missing, not 0.
        ("select min(year), min(cars) filter (year = 2024 and fuel = 'electricity') from data.car_fleet where municipality = '3301'",
         [(2024, 19001)]),
        # Oslo, December 2022: 16,436 trips.
        ("select obs_value::int from indicators.sdg_11_2_bicycle_trips where ref_area = '0301' and time_period = '2022-12'", [(16436,)]),
        # Electricity of the whole country, TWh.
        ("select round(obs_value / 1e3, 1) from indicators.sdg_9_4_electricity_total where ref_area = 'NO' and breakdown = ''"
         " order by time_period",
         [(126.3,), (129.0,)]),
        ("select count(*) from areas.municipalities where is_current", [(357,)]),
    ],
)  # fmt: skip
def test_numbers_worked_by_hand_from_the_files(real: Published, query: str, expected: list[tuple]) -> None:
    assert real.ask(query) == expected


@pytest.mark.parametrize("query", load_queries(), ids=lambda query: query.id)
def test_every_documented_query_answers_as_documented(query: Query, real: Published) -> None:
    told = sql(real.settings.public, query.sql, "csv")

    rows = list(csv.reader(told.splitlines()))[1:]
    assert rows or query.id == "what_was_revised"
    if query.expect is not None:
        assert tuple(tuple(row) for row in rows[: len(query.expect)]) == query.expect


def test_every_published_value_leads_to_its_sources(real: Published) -> None:
    looked_at, broken = unexplained(real.database)

    assert broken == [] and looked_at > 20_000


def test_what_was_known_on_the_day_of_the_first_release_is_all_it_has(real: Published) -> None:
    counted = "select count(*), sum(obs_value) from"

    assert real.ask(f"{counted} indicators.as_of('2030-01-01')") == real.ask(f"{counted} indicators.observations")
    assert real.ask("select count(*) from indicators.as_of('2001-01-01')") == [(0,)]


def test_an_annual_mean_is_the_plain_mean_of_the_hours_in_the_file(real: Published, recorded: Path) -> None:
    answer = json.loads(
        (recorded / "air_quality/nilu_api/aq_historical_oslo_kirkeveien_no2_pm10_2020.json").read_bytes(), parse_float=Decimal
    )
    hours = next([Decimal(v["value"]) for v in s["values"]] for s in answer if s["component"] == "NO2")

    [(mean,)] = real.ask("select annual_mean from indicators.station_year where station = 'NO0011A' and component = 'NO2' and year = 2020")

    assert mean == round(sum(hours) / len(hours), 6)


def test_single_trips_are_in_no_published_file(real: Published) -> None:
    release = real.settings.public / "current"

    assert real.ask("select count(*) from duckdb_tables() where table_name = 'bike_trips'") == [(0,)]
    assert [p.name for p in (release / "data" / "bike_trips").iterdir()] == ["ethics.json"]
    assert "bike_trips" in real.report.as_record()["withheld"]


def test_the_same_run_again_opens_and_writes_nothing(real: Published) -> None:
    stamps = {p: p.lstat().st_mtime_ns for p in real.settings.data_dir.rglob("*") if p.is_file() and p.name not in (".lock", "status.json")}

    again = run(real.source, real.settings)

    assert again.release is not None and not again.release.is_new
    assert {p: p.lstat().st_mtime_ns for p in stamps} == stamps


# --- bad input ---

GOOD = ("municipalities", "municipality_changes", "ghg_emissions", "car_fleet")


@pytest.fixture(scope="module")
def small_once(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded folder of four small datasets and one hourly answer made up here, and beside it the data folder of a first release."""
    base = tmp_path_factory.mktemp("small")
    folder = base / "recorded"
    rows = [r for r in csv.DictReader((recorded / "snapshots.csv").open(encoding="utf-8")) if r["dataset"] in GOOD]
    for row in rows:
        (folder / row["path"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(recorded / row["path"], folder / row["path"])
    (folder / "air.json").write_text(air(unit="µg/m³"), "utf-8")
    rows.append(
        dict.fromkeys(FIELDS, "")
        | {
            "dataset": "air_quality_hourly",
            "format": "nilu_aq_historical",
            "path": "air.json",
            "licence": "NLOD",
            "source_url": "https://api.nilu.no/obs/historical",
        }
    )
    with (folder / "snapshots.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    assert main(arguments(folder, base)) == 0
    return base


@pytest.fixture
def small(small_once: Path, tmp_path: Path) -> Path:
    """The recorded folder of a copy of it, for one test to spoil."""
    shutil.copytree(small_once, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path / "recorded"


def air(unit: str, hours: int = 20, factor: float = 1.0) -> str:
    values = [
        {
            "fromTime": f"2024-03-01T{h:02}:00:00+01:00",
            "toTime": f"2024-03-01T{h + 1:02}:00:00+01:00",
            "value": 12.5 * factor,
            "qualityControlled": True,
        }
        for h in range(hours)
    ]
    head = {"zone": "Oslo", "municipality": "Oslo", "area": "Oslo", "station": "Kirkeveien", "type": "Veinær stasjon", "eoi": "NO0011A"}
    more = {"component": "NO2", "latitude": 59.9, "longitude": 10.7, "timestep": 3600, "isVisible": True, "unit": unit, "values": values}
    return json.dumps([head | more], ensure_ascii=False)


def arguments(folder: Path, tmp_path: Path) -> list[str]:
    return ["run", "--source", "recorded", "--recorded", str(folder), "--data-dir", str(tmp_path / "data")]


def fingerprint(release: Path) -> dict[str, int]:
    return {p.relative_to(release).as_posix(): p.stat().st_mtime_ns for p in release.rglob("*") if p.is_file()}


BROKEN = {
    "an empty period": ("air.json", lambda text: air("µg/m³", hours=0), "the file holds no rows"),
    "a truncated JSON": ("air.json", lambda text: text[: len(text) // 2], "air_quality_hourly: "),
    "an HTML page instead of data": (
        "air.json",
        lambda text: "<!doctype html><title>Logg inn</title>",
        "air.json",
    ),
    "values in another unit": ("air.json", lambda text: air("mg/m³"), "more than the allowed"),
    "magnitudes out of this world": ("air.json", lambda text: air("µg/m³", factor=1000.0), "value_in_range"),
    "a renamed column": (
        "emissions/miljodirektoratet_municipal_ghg_telemark/published_2024-12_2009_2023.csv",
        lambda text: text.replace("Utslippskilde", "Kilde", 1),
        "published_2024-12_2009_2023.csv",
    ),
}


@pytest.mark.parametrize("fault", list(BROKEN))
def test_bad_input_says_what_is_wrong_and_leaves_the_last_release_as_it_was(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    path, spoil, message = BROKEN[fault]
    public = tmp_path / "data" / "public"
    first = public / "releases" / json.loads((public / "current.json").read_bytes())["release"]
    before, emissions = fingerprint(first), table(public, "data.ghg_emissions")
    (small / path).write_text(spoil((small / path).read_text("utf-8")), "utf-8")
    capsys.readouterr()

    code = main(arguments(small, tmp_path))

    said = capsys.readouterr()
    assert code == 4
    assert message in said.out + said.err
    assert "Traceback" not in said.err
    assert fingerprint(first) == before
    assert table(public, "data.ghg_emissions") == emissions
    assert table(public, "data.air_quality_hourly") == 20
    assert list(verify(public)) == []


def table(public: Path, name: str) -> int:
    with duckdb.connect(str(public / "current" / "bymaal.duckdb"), read_only=True) as con:
        row = con.execute(f"select count(*) from {name}").fetchone()
    assert row is not None
    return row[0]
