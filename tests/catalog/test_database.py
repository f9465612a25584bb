"""The release database: readable by old and new DuckDB, documented to the last column, the same bytes each time, nothing of the machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from catalog.database import FILE, Gap, Stored, build, meta_columns
from catalog.described import describe_dataset, describe_standing, describe_table
from catalog.duck import connect, parquet
from catalog.ethics.record import evaluate
from catalog.formats.parquet import write_parquet
from catalog.load import HERE, read_yaml
from catalog.model import LANGUAGES, Text
from catalog.privacy.withholding import withhold
from catalog.publication import Publication


def stored(publication: Publication, folder: Path) -> list[Stored]:
    """The tables of a publication as a release has them: published Parquet files with their descriptions."""
    con = connect()
    datasets = [state.dataset for state in publication.datasets]
    made = []

    def add(schema: str, described, relation: duckdb.DuckDBPyRelation) -> None:
        path = folder / f"{described.id}.parquet"
        write_parquet(con, relation, described, path)
        made.append(Stored(schema, path, described, con.execute(f"select count(*) from '{path}'").fetchall()[0][0]))

    folder.mkdir(parents=True)
    for state in publication.datasets:
        if state.dataset.id == "bike_trips":
            continue
        columns = ", ".join(column.name for column in state.dataset.columns)
        published, _ = withhold(con, con.sql(f"select {columns} from {parquet([p.path for p in state.periods])}"), state.dataset)
        add("data", describe_dataset(state.dataset, synthetic=True), published)
    about = describe_standing("observations", datasets, publication.catalog, synthetic=True)
    add("indicators", about, con.sql(f"from '{publication.observations}'"))
    for table in publication.tables:
        about = describe_table(table, datasets[:1], publication.catalog, synthetic=True)
        add("indicators", about, con.sql(f"from '{publication.table_files[table.id]}'"))
    for area, path in publication.area_files.items():
        add("areas", describe_standing(area, (), publication.catalog, synthetic=True), con.sql(f"from '{path}'"))
    return made


def database(publication: Publication, tables: Sequence[Stored], folder: Path, revisions: Path | None = None) -> Path:
    records = {
        state.dataset.id: evaluate(
            state.dataset, None, catalog=publication.catalog, release="2026-11-23.1", synthetic=True, now=publication.built_at
        )
        for state in publication.datasets
    }
    words = Text(nb="fordi", nn="fordi", en="because")
    gaps = [Gap("withheld_dataset", "bike_trips", words), Gap("quarantined_period", "air_quality", words, "2024-03", None, 144, False)]
    sources = {"sdg_11_6_2_no2": ["air_quality"], "sdg_9_4_electricity": ["electricity"]}
    folder.mkdir(parents=True)
    return build(publication, "2026-11-23.1", tables, records, sources, gaps, revisions, None, folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, build_publication: Callable[..., Publication]) -> Path:
    """One database, made from a small publication. Only read."""
    folder = tmp_path_factory.mktemp("database")
    publication = build_publication(folder / "input")
    return database(publication, stored(publication, folder / "tables"), folder / "out")


@pytest.fixture
def db(made: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(made), read_only=True)


def test_the_list_of_tables_names_everything_that_can_be_asked_with_its_rows(db: duckdb.DuckDBPyConnection) -> None:
    listed = db.execute("select table_schema, table_name, kind, rows, about_nb, about_nn, about_en from meta.tables").fetchall()
    there = db.execute(
        """select schema_name, table_name, 'table' from duckdb_tables()
        union all select schema_name, view_name, 'view' from duckdb_views() where not internal
        union all select schema_name, function_name || '(' || array_to_string(parameters, ', ') || ')', 'macro'
        from duckdb_functions() where not internal"""
    ).fetchall()

    assert sorted(row[:3] for row in listed) == sorted(there)
    assert all(all(row[4:]) for row in listed)
    for schema, table, kind, rows, *_ in listed:
        assert (rows,) == (db.execute(f"select count(*) from {schema}.{table}").fetchone() if kind == "table" else (None,)), table


def test_the_headline_has_each_value_once(db: duckdb.DuckDBPyConnection) -> None:
    assert db.execute("select count(*) from indicators.headline").fetchone() == (
        db.execute("select count(distinct (indicator, ref_area, time_period)) from indicators.observations where breakdown = ''").fetchone()
    )
    assert (
        db.execute("select count(*) from indicators.headline group by indicator, ref_area, time_period having count(*) > 1").fetchall()
        == []
    )


def test_every_table_and_column_has_a_comment_in_norwegian_and_english(db: duckdb.DuckDBPyConnection) -> None:
    tables = db.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall()
    views = db.execute("select schema_name || '.' || view_name, comment from duckdb_views() where not internal").fetchall()
    columns = db.execute(
        "select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns() where not internal"
    ).fetchall()
    assert len(tables) == 7 + 20 and len(views) == 5 and len(columns) > 150
    for what, comment in [*tables, *views, *columns]:
        assert comment and comment.count("\n\n") >= 1, what
        norwegian, english = comment.split("\n\n", 1)
        assert norwegian.strip() and english.strip(), what


def test_comments_tell_unit_source_licence_and_that_data_are_synthetic(db: duckdb.DuckDBPyConnection) -> None:
    comment = db.execute("select comment from duckdb_tables() where table_name = 'air_quality'").fetchall()[0][0]
    for part in ("Syntetiske data", "Synthetic data", "Contains data from NILU (nb)", "Contains data from NILU (en)", "data.norge.no/nlod"):
        assert part in comment
    column = db.execute("select comment from duckdb_columns() where table_name = 'air_quality' and column_name = 'value'").fetchall()[0][0]
    assert "µg/m³" in column and "UCUM ug/m3" in column


def test_a_view_per_indicator_gives_that_indicators_observations(db: duckdb.DuckDBPyConnection) -> None:
    assert db.execute(
        "select ref_area, time_period, obs_value from indicators.sdg_11_6_2_no2 where obs_status = 'A' order by all"
    ).fetchall() == [
        ("0301", "2023", Decimal("31.5")),
        ("0301", "2024", Decimal("30.2")),
    ]


def test_only_published_datasets_are_in_the_database_and_the_others_are_told(db: duckdb.DuckDBPyConnection) -> None:
    assert db.execute("select table_name from duckdb_tables() where schema_name = 'data' order by 1").fetchall() == [
        ("air_quality",), ("electricity",),
    ]  # fmt: skip
    told = db.execute("select dataset, is_published, synthetic, rows from meta.datasets order by 1").fetchall()
    assert told == [("air_quality", True, True, 288), ("bike_trips", False, True, 0), ("electricity", True, True, 12)]
    assert ("quarantined_period", "air_quality", "2024-03") in db.execute("select kind, subject, period from meta.gaps").fetchall()


def test_the_dictionary_in_the_database_matches_the_tables(db: duckdb.DuckDBPyConnection) -> None:
    said = db.execute("select table_schema, table_name, column_name, type from meta.columns").fetchall()
    there = db.execute(
        """select schema_name, table_name, column_name, data_type from duckdb_columns()
        where not internal and schema_name <> 'meta' and table_name in (select table_name from duckdb_tables())"""
    ).fetchall()
    assert sorted(said) == sorted(there)


def test_every_code_in_the_observations_is_explained(db: duckdb.DuckDBPyConnection) -> None:
    for column, codes in (
        ("obs_status", "obs_status"),
        ("fidelity", "fidelity"),
        ("comparability", "comparability"),
        ("unit_measure", "unit"),
    ):
        unexplained = db.execute(
            f"select distinct {column} from indicators.observations where {column} not in (select code from meta.codes where list = ?)",
            [codes],
        ).fetchall()
        assert unexplained == [], column


def test_revisions_are_typed_although_there_are_none_yet(db: duckdb.DuckDBPyConnection) -> None:
    kinds = dict(db.execute("select column_name, data_type from duckdb_columns() where table_name = 'revisions'").fetchall())
    assert kinds == meta_columns("revisions")
    assert db.execute("select count(*) from meta.revisions").fetchall() == [(0,)]


def test_the_database_can_be_attached_under_any_name(made: Path) -> None:
    con = duckdb.connect()
    con.execute(f"attach '{made}' as something_else (read_only)")
    assert con.execute("select count(*) from something_else.indicators.sdg_9_4_electricity").fetchall() == [(2,)]


def test_the_file_has_the_oldest_storage_version_so_that_older_readers_open_it(made: Path) -> None:
    header = made.read_bytes()[:64]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64, "64 is the version of DuckDB 0.10 to 1.1"


def test_builds_are_the_same_bytes_in_another_folder_and_whatever_lay_in_memory_before(tmp_path: Path, publication: Publication) -> None:
    """The table is long enough for every compression, with missing numbers at its start and texts that repeat in part."""
    tables = stored(publication, tmp_path / "tables")
    air = next(table for table in tables if table.described.id == "air_quality")
    duckdb.sql(
        """select 'NO' || lpad((i // 5000)::varchar, 4, '0') as station, 'NO2' as component,
          timestamp '2020-01-01' + to_hours((i % 5000)::int) as from_time, '0301' as municipality,
          case when i % 3 > 0 then (hash(i) % 100000 / 1000.0)::decimal(18,6) end as value,
          case when i % 7 > 0 then 'remark number ' || hash(i) % 90000 || ' of many' end as remark
        from range(60000) as r(i)"""
    ).write_parquet(str(air.path))
    found = set()
    left_in_memory = []
    for number, place in enumerate(("one", "another/folder", "third", "fourth")):
        found.add(hashlib.sha256(database(publication, tables, tmp_path / place).read_bytes()).hexdigest())
        left_in_memory += [bytes([number + 1]) * size for size in range(10_000, 100_000, 300)]
        del left_in_memory[::2]
    assert len(found) == 1


def test_nothing_of_the_machine_is_in_the_file(made: Path) -> None:
    content = made.read_bytes()
    for trace in (str(made.parent), str(made.parent.parent), str(Path.home()) + "/", ".parquet"):
        assert trace.encode() not in content, trace


def test_the_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path, publication: Publication) -> None:
    tables = stored(publication, tmp_path / "tables")
    tables[-1].path.unlink()
    with pytest.raises(duckdb.Error):
        database(publication, tables, tmp_path / "out")
    assert not (tmp_path / "out" / FILE).exists()


def test_tables_about_the_release_are_described_in_three_languages() -> None:
    for table, said in read_yaml((HERE / "meta.yaml").read_text("utf-8"), "meta.yaml").items():
        assert len(said["about"]) == len(LANGUAGES), table
        for column, (_, *texts) in said["columns"].items():
            assert len(texts) == len(LANGUAGES) and all(texts), f"{table}.{column}"


def test_small_numbers_are_not_in_the_database(db: duckdb.DuckDBPyConnection) -> None:
    assert db.execute("select count(*) from data.electricity where metering_points between 1 and 4").fetchall() == [(0,)]
    withheld = db.execute("select metering_points, quantity from data.electricity where withheld = 'Q'").fetchall()
    assert withheld == [(None, None)] * 4


def test_revisions_of_earlier_releases_are_taken_in(tmp_path: Path, publication: Publication) -> None:
    row = "'2026-11-22.1' as release, 'sdg_11_6_2_no2' as indicator, '0301' as ref_area, '2023' as time_period, '' as breakdown"
    row += ", 'revised' as change, 30.1::decimal(28,6) as old_value, 31.5::decimal(28,6) as new_value, 'A' as old_status, 'A' as new_status"
    duckdb.sql(f"select {row}, 'data' as cause").write_parquet(str(tmp_path / "r.parquet"))
    made = database(publication, stored(publication, tmp_path / "tables"), tmp_path / "out", tmp_path / "r.parquet")
    with duckdb.connect(str(made), read_only=True) as con:
        assert con.execute("select indicator, old_value, new_value from meta.revisions").fetchall() == [
            ("sdg_11_6_2_no2", Decimal("30.1"), Decimal("31.5"))
        ]
