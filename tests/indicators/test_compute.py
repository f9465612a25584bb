"""Observations are complete, typed and the same every time; only what changed is computed; what cannot be computed is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.errors import DataError, MetadataError
from catalog.load import load_datasets
from catalog.model import Indicator
from indicators.compute import Computed, Gap, compute, observe
from indicators.engines.duckdb import DuckDB
from indicators.load import OBSERVATION_COLUMNS, load_indicators, load_references, load_tables
from indicators.rows import arrow_type

ROOT = Path(__file__).parent.parent.parent
DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
TABLES = load_tables()
INDICATORS = load_indicators()
REFERENCES = load_references()
NO2 = "sdg_11_6_no2"


class Spy(DuckDB):
    """The real engine, which also remembers what it was asked."""

    def __init__(self, threads: int = 2) -> None:
        super().__init__(threads=threads, memory_limit="500MB")
        self.queries: list[str] = []
        self.hours_read: list[tuple[str, ...]] = []

    def register(self, name: str, files: Sequence[Path]) -> None:
        if name == "validated.air_quality_hourly":
            self.hours_read.append(tuple(path.stem for path in files))
        super().register(name, files)

    def run(self, sql: str) -> pa.Table:
        self.queries.append(sql)
        return super().run(sql)


class Untouched:
    """An engine that nobody may use."""

    version = Spy().version

    def register(self, name: str, files: Sequence[Path]) -> None:
        raise AssertionError(f"{name} was registered")

    def register_rows(self, name: str, rows: pa.Table) -> None:
        raise AssertionError(f"{name} was registered")

    def run(self, sql: str) -> pa.Table:
        raise AssertionError("a query was run")

    def close(self) -> None:
        raise AssertionError("an engine was opened")


@dataclass
class World:
    """A year of hours at two stations, their municipalities, and what else two indicators need."""

    folder: Path
    indicators: dict[str, Indicator] = field(default_factory=lambda: {NO2: INDICATORS[NO2]})
    views: dict[str, list[Path]] = field(default_factory=dict)

    def write(self, name: str, select: str, file: str = "all") -> Path:
        path = self.folder / name / f"{file}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(f"copy ({select}) to '{path}' (format parquet)")
        self.views.setdefault(name, [])
        if path not in self.views[name]:
            self.views[name].append(path)
        return path

    def month(self, month: int, offset: float = 0) -> None:
        """Hours of both stations in one month of UTC+1: station A always 20 + `offset`, station B 30, but only half of its hours."""
        self.write(
            "validated.air_quality_hourly",
            f"""
            select station, component, from_time, cast(value as decimal(18, 8)) as value
            from (
              select unnest(generate_series(
                make_timestamp(2022, {month}, 1, 0, 0, 0) - interval 1 hour,
                make_timestamp(2022, {month}, 1, 0, 0, 0) + interval 1 month - interval 2 hour,
                interval 1 hour)) as from_time
            ), (values ('NO0001A', 'NO2', {20 + offset}), ('NO0002A', 'NO2', 30)) as s(station, component, value)
            where station = 'NO0001A' or hour(from_time) % 2 = 0
            order by station, component, from_time""",
            f"2022-{month:02}",
        )

    def compute(self, engine: object | None = None, out: str = "out") -> Computed:
        used = engine or Spy()
        return compute(
            used,  # type: ignore[arg-type]
            views=self.views,
            datasets=DATASETS,
            tables=TABLES,
            indicators=self.indicators,
            references=REFERENCES,
            meta={},
            out=self.folder / out,
        )

    def observations(self, result: Computed, indicator: str) -> list[dict[str, object]]:
        return [row for row in pq.read_table(result.observations).to_pylist() if row["indicator"] == indicator]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    for month in range(1, 13):
        world.month(month)
    world.write(
        "validated.air_quality_stations",
        """select * from (values
          ('NO0001A', 'Alfa', '0301', 'background'), ('NO0002A', 'Beta', '4601', 'traffic')) as s(station, name, municipality, type)""",
    )
    world.write(
        "areas.to_borders",
        """select code, year::bigint as year, 2024::bigint as borders_year, code as to_code, 'exact' as method,
          1::decimal(12, 9) as weight, 'exact' as comparability
        from (values ('0301'), ('4601')) as c(code), generate_series(2020, 2024) as y(year)""",
    )
    world.write(
        "areas.municipalities",
        """select code, name, name as official_name, left(code, 2) as county, null::date as valid_from, null::date as valid_to, is_current
        from (values ('0301', 'Oslo', true), ('4601', 'Bergen', true), ('0602', 'Drammen', false)) as m(code, name, is_current)""",
    )
    return world


def changed(sql: str, identifier: str = "sdg_test", **changes: object) -> Indicator:
    return INDICATORS[NO2].model_copy(update={"id": identifier, "sql": sql, **changes})


def one_row(**columns: str) -> str:
    """A query for one observation of Oslo in 2022; columns may be replaced by other SQL."""
    given = {
        "ref_area": "'0301'",
        "time_period": "'2022'",
        "obs_value": "1",
        "obs_status": "'A'",
        "coverage": "cast(null as decimal(9, 6))",
        "n_units": "1",
        "numerator": "1",
        "denominator": "1",
        **columns,
    }
    return "select " + ", ".join(f"{sql} as {name}" for name, sql in given.items())


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    engine = DuckDB()
    yield engine
    engine.close()


def test_a_year_of_hours_becomes_typed_observations(world: World) -> None:
    result = world.compute()

    table = pq.read_table(result.observations)
    assert {name: table.schema.field(name).type for name in table.column_names} == {
        k: arrow_type(v) for k, v in OBSERVATION_COLUMNS.items()
    }
    by_area = {(row["ref_area"], row["breakdown"]): row for row in table.to_pylist()}
    oslo = by_area["0301", ""]
    assert oslo == {
        "indicator": NO2,
        "ref_area": "0301",
        "ref_area_name": "Oslo",
        "time_period": "2022",
        "obs_value": Decimal("20.000000"),
        "unit_measure": "ug/m3",
        "obs_status": "A",
        "coverage": Decimal("1.000000"),
        "n_units": 1,
        "numerator": Decimal("20.000000"),
        "denominator": Decimal("1.000000"),
        "comparability": "exact",
        "borders_year": 2024,
        "breakdown": "",
        "fidelity": "adapted",
        "warnings": "",
    }
    assert by_area["0301", "station_type=background"]["obs_value"] == Decimal("20")
    bergen = by_area["4601", ""]
    assert (bergen["obs_value"], bergen["obs_status"], bergen["coverage"], bergen["warnings"]) == (
        None,
        "N",
        Decimal("0.500000"),
        "below_coverage",
    )


def test_the_columns_are_those_of_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page[page.index("## Observations") : page.index("## Time")]
    described = dict(re.findall(r"^\| (\w+) \| ([A-Z]+(?:\(\d+,\d+\))?) \|", section, re.MULTILINE))
    described |= dict.fromkeys(("numerator", "denominator"), "DECIMAL(38,6)")

    assert described == OBSERVATION_COLUMNS


def test_a_run_without_changes_opens_no_engine_and_writes_nothing(world: World) -> None:
    first = world.compute()
    before = {path: path.stat().st_mtime_ns for path in (world.folder / "out").rglob("*")}

    second = world.compute(Untouched())

    assert second.recomputed == ()
    assert (second.observations, second.tables, second.gaps, second.rows) == (first.observations, first.tables, first.gaps, first.rows)
    assert {path: path.stat().st_mtime_ns for path in (world.folder / "out").rglob("*")} == before


def test_a_changed_month_is_the_only_one_that_is_read_again(world: World) -> None:
    world.compute()
    world.month(3, offset=12)
    spy = Spy()

    result = world.compute(spy)

    assert set(spy.hours_read) == {("2022-03",)}
    assert world.observations(result, NO2)[0]["obs_value"] == Decimal("21.019178")  # (20 × 8760 + 12 × 744) / 8760


def test_what_changed_piece_by_piece_is_the_same_as_all_at_once(world: World) -> None:
    world.compute(out="grown")
    world.month(3, offset=12)
    grown = world.compute(out="grown")
    fresh = world.compute(out="fresh")

    assert grown.observations.read_bytes() == fresh.observations.read_bytes()
    assert grown.tables["station_year"].read_bytes() == fresh.tables["station_year"].read_bytes()


def test_the_bytes_do_not_depend_on_threads_or_folder(world: World) -> None:
    one = world.compute(Spy(threads=1), out="one")
    two = world.compute(Spy(threads=2), out="deep/down/two")

    assert one.observations.read_bytes() == two.observations.read_bytes()
    assert {i: p.read_bytes() for i, p in one.tables.items()} == {i: p.read_bytes() for i, p in two.tables.items()}


def test_a_new_text_in_a_head_computes_nothing_again(world: World) -> None:
    world.compute()
    title = INDICATORS[NO2].title.model_copy(update={"en": "Another title"})
    world.indicators = {NO2: INDICATORS[NO2].model_copy(update={"title": title})}

    assert world.compute(Untouched()).recomputed == ()


def test_a_new_query_computes_that_indicator_again_and_no_table(world: World) -> None:
    world.compute()
    world.indicators = {NO2: INDICATORS[NO2].model_copy(update={"sql": INDICATORS[NO2].sql + "\n-- another remark"})}

    assert world.compute().recomputed == (NO2,)


def test_what_a_run_left_that_was_cut_off_never_gets_into_a_number(world: World) -> None:
    world.compute()
    world.month(3, offset=12)

    class Breaks(Spy):
        def run(self, sql: str) -> pa.Table:
            if "tables.station_year" in sql or "tables.station_day" in sql:
                raise KeyboardInterrupt
            return super().run(sql)

    with pytest.raises(KeyboardInterrupt):
        world.compute(Breaks())
    world.month(3)
    world.month(4, offset=5)

    assert world.compute().observations.read_bytes() == world.compute(out="fresh").observations.read_bytes()


def test_an_indicator_without_its_data_is_a_gap_and_holds_nothing_back(world: World) -> None:
    world.indicators = {i: INDICATORS[i] for i in (NO2, "sdg_11_6_ghg_total", "sdg_9_4_road_transport_emissions")}

    result = world.compute()

    assert result.rows == {NO2: 4}
    assert {gap.id: gap.absent for gap in result.gaps if gap.id in INDICATORS} == {
        "sdg_11_6_ghg_total": ("validated.ghg_emissions",),
        "sdg_9_4_road_transport_emissions": ("tables.municipality_population", "validated.ghg_emissions"),
    }
    assert next(gap for gap in result.gaps if gap.id == "sdg_11_6_ghg_total").reason == "no data in validated.ghg_emissions"


def test_data_that_covers_no_area_is_a_gap_too(world: World) -> None:
    world.views["validated.air_quality_stations"] = []
    world.write(
        "validated.air_quality_stations", "select 'NO0009A' as station, 'Gamma' as name, '0301' as municipality, 'traffic' as type", "other"
    )

    result = world.compute()

    assert Gap(NO2, "the data that is here covers no area and period of this indicator") in result.gaps


def test_an_optional_input_that_is_absent_counts_as_empty(world: World) -> None:
    assert "validated.air_quality_daily" not in world.views

    assert "station_year" in world.compute().tables


def test_a_gap_is_filled_when_its_data_comes(world: World) -> None:
    world.indicators = {"sdg_11_6_ghg_total": INDICATORS["sdg_11_6_ghg_total"]}
    assert world.compute().rows == {}

    world.write(
        "validated.ghg_emissions",
        """select '2024-12' as edition, '0301' as municipality, 2022::bigint as year, 'Veitrafikk' as sector, 'Biler' as emission_source,
          1.5::decimal(38, 12) as emissions""",
    )
    result = world.compute()

    assert result.rows == {"sdg_11_6_ghg_total": 3}
    assert "sdg_11_6_ghg_total" not in {gap.id for gap in result.gaps}


def test_what_is_gone_leaves_no_number_behind(world: World) -> None:
    world.compute()
    world.views["validated.air_quality_hourly"] = []

    result = world.compute()

    assert pq.read_table(result.observations).num_rows == 0
    assert not list((world.folder / "out" / "parts").rglob("*.parquet"))


CONTRADICTIONS = [
    (one_row(obs_value="cast(null as bigint)"), "obs_value and obs_status contradict each other in 1 observations"),
    (one_row(obs_status="'O'"), "obs_value and obs_status contradict each other in 1 observations"),
    (one_row(obs_status="'X'"), "obs_status has 1 codes that nobody knows"),
    (one_row(obs_status="cast(null as varchar)"), "obs_status is missing"),
    (one_row(ref_area="'9999'"), "ref_area has 1 codes that are not in today's register"),
    (one_row(ref_area="'0602'"), "ref_area has 1 codes that are not in today's register"),
    (one_row(ref_area="cast(null as varchar)"), "ref_area is missing"),
    (one_row(time_period="'2022-13'"), "time_period is neither a year nor a month"),
    (one_row(coverage="1.5"), "coverage lies outside 0 to 1"),
    (one_row(comparability="'roughly'"), "comparability has 1 codes that nobody knows"),
    (one_row(warnings="'below_coverage;oops'"), "warnings has a code that nobody knows"),
    (one_row(breakdown="'NO2'"), "breakdown is not written as name=value pairs"),
    (one_row(obs_value="cast('nan' as double)"), "a value does not fit the type it is given"),
    (one_row(obs_value="cast('infinity' as double)"), "a value does not fit the type it is given"),
    (one_row(obs_value="cast('1e30' as double)"), "a value does not fit the type it is given"),
    (one_row() + " union all " + one_row(obs_value="2"), "1 observations repeat the key of another"),
]


@pytest.mark.parametrize(("sql", "message"), CONTRADICTIONS)
def test_an_observation_that_contradicts_itself_is_refused(engine: DuckDB, sql: str, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)) as error:
        observe(engine, changed(sql), {"0301": "Oslo"})

    assert "sdg_test" in error.value.where
    assert "1e30" not in str(error.value)


def test_a_refused_indicator_is_a_gap_with_its_reason_and_holds_nothing_back(world: World) -> None:
    world.indicators["sdg_11_test"] = changed(one_row(obs_status="'O'"), "sdg_11_test")

    result = world.compute()

    assert result.rows == {NO2: 4}
    refused = next(gap for gap in result.gaps if gap.refused)
    assert refused.id == "sdg_11_test"
    assert "contradict each other" in refused.reason


def test_a_query_that_cannot_work_stops_everything_and_is_named(world: World) -> None:
    world.indicators["sdg_11_test"] = changed(one_row(obs_value="a.lenght") + " from tables.station_year as a", "sdg_11_test")

    with pytest.raises(MetadataError, match=r"sdg_11_test"):
        world.compute()


def test_a_table_whose_key_repeats_is_refused_and_what_reads_it_is_a_gap(world: World) -> None:
    world.write(
        "validated.air_quality_stations", "select 'NO0001A' as station, 'Twice' as name, '0301' as municipality, 'traffic' as type", "twice"
    )

    result = world.compute()

    gaps = {gap.id: gap for gap in result.gaps}
    assert gaps["station_place"].refused
    assert "the key station repeats" in gaps["station_place"].reason
    assert gaps["municipality_air_year"].absent == ("tables.station_place",)
    assert gaps[NO2].absent == ("tables.municipality_air_year",)


def test_another_limit_may_be_handed_in(world: World) -> None:
    world.write(
        "reference.air_quality_limits",
        """select 'NO2' as component, 'day' as averaging, 'limit' as kind, '' as in_force, 25::decimal(18, 8) as value,
          null::bigint as allowed_exceedances, null::date as valid_from, null::date as valid_to, '' as source""",
    )

    years = pq.read_table(world.compute().tables["station_year"]).to_pylist()

    assert [(row["station"], row["days_above_limit"], row["valid_days"]) for row in years] == [("NO0001A", 0, 365), ("NO0002A", 0, 0)]


def test_the_catalogue_measures_itself_last(world: World) -> None:
    share = "sdg_17_18_computable_share"
    world.indicators |= {share: INDICATORS[share]}

    result = world.compute()

    oslo, bergen = sorted(world.observations(result, share), key=lambda row: str(row["ref_area"]))
    assert (oslo["obs_value"], oslo["numerator"], oslo["denominator"]) == (Decimal(100), Decimal(1), Decimal(1))
    assert (bergen["obs_value"], bergen["numerator"]) == (Decimal(0), Decimal(0))


def relation_to_parquet(rows: duckdb.DuckDBPyRelation, columns: str, path: Path) -> Path:
    rows.project(columns).write_parquet(str(path))
    return path


def test_kirkeveien_2020_has_a_mean_of_no2_but_none_of_pm10(world: World, recorded: Path) -> None:
    """Recorded hours: NO2 7,554 and PM10 7,311 of 8,784. The mean was worked out with exact fractions from the file itself."""
    from pipelines.datasets.air_quality_hourly import PARSERS

    con = duckdb.connect()
    file = recorded / "air_quality" / "nilu_api" / "aq_historical_oslo_kirkeveien_no2_pm10_2020.json"
    rows = PARSERS["nilu_aq_historical"](con, [file])
    columns = "station, component, from_time::timestamp as from_time, value::decimal(18, 8) as value"
    world.views["validated.air_quality_hourly"] = [relation_to_parquet(rows, columns, world.folder / "2020.parquet")]
    world.views["validated.air_quality_stations"] = [world.folder / "stations.parquet"]
    con.sql("select 'NO0011A' as station, 'Kirkeveien' as name, '0301' as municipality, 'traffic' as type").write_parquet(
        str(world.folder / "stations.parquet")
    )
    world.indicators = {i: INDICATORS[i] for i in (NO2, "sdg_11_6_2_pm10")}

    result = world.compute()

    no2, pm10 = (row for row in pq.read_table(result.tables["station_year"]).to_pylist() if row["year"] == 2020)
    assert (no2["valid_hours"], no2["annual_mean"], no2["hourly_19th_highest"]) == (7554, Decimal("15.575371"), Decimal("79.481079"))
    assert (pm10["valid_hours"], pm10["coverage"], pm10["annual_mean"]) == (7311, Decimal("0.832309"), None)
    assert (pm10["valid_days"], pm10["days_above_limit"]) == (315, 5)
    assert [row["obs_status"] for row in world.observations(result, "sdg_11_6_2_pm10")] == ["N"]
    assert world.observations(result, NO2)[0]["obs_value"] == Decimal("15.575371")


def test_two_editions_of_the_emissions_of_porsgrunn_are_never_mixed(world: World, recorded: Path) -> None:
    """Porsgrunn 2022: 2,324,668 t in the edition of December 2023, 2,325,090 t in that of December 2024."""
    from pipelines.datasets.ghg_emissions import PARSERS

    con = duckdb.connect()
    files = sorted((recorded / "emissions" / "miljodirektoratet_municipal_ghg_telemark").glob("published_*.csv"))
    rows = PARSERS["miljodirektoratet_municipal_csv"](con, files)
    columns = "edition, municipality, year::bigint as year, sector, emission_source, emissions::decimal(38, 12) as emissions"
    world.views["validated.ghg_emissions"] = [
        relation_to_parquet(rows.filter("municipality = '4001'"), columns, world.folder / "ghg.parquet")
    ]
    world.write(
        "areas.municipalities",
        "select '4001' as code, 'Porsgrunn' as name, true as is_current",
    )
    world.indicators = {"sdg_11_6_ghg_total": INDICATORS["sdg_11_6_ghg_total"]}

    result = world.compute()

    found = {row["breakdown"]: row["obs_value"] for row in world.observations(result, "sdg_11_6_ghg_total") if row["time_period"] == "2022"}
    assert round(found["edition=2023-12"]) == 2_324_668  # type: ignore[call-overload]
    assert found[""] == found["edition=2024-12"] == Decimal("2325090.14")
