"""Files that a YAML describes: read in every notation that is declared, refused with place and without value where written otherwise."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from catalog.duck import connect, parquet
from catalog.errors import ParseError
from catalog.load import load_dataset
from catalog.model import Dataset, DeclaredFile
from catalog.publication import DatasetState, Snapshot
from pipelines.datasets import module_of, parsers_of
from pipelines.ingest import ingest, recipe
from pipelines.reading import declared
from pipelines.reading.ask import Window
from pipelines.settings import ROOT, Settings

FOLDER = ROOT / "pipelines" / "datasets"
ROADS = load_dataset(FOLDER / "road_length.yaml")
METERS = load_dataset(FOLDER / "building_energy_hourly.yaml")


def with_file(dataset: Dataset, **file: Any) -> Dataset:
    """A dataset that reads one format `x_csv` (or `x_xlsx`) in this way."""
    form = file.pop("form", "x_csv")
    source = dataset.source.model_copy(update={"formats": (form,), "files": {form: DeclaredFile(**file)}})
    return dataset.model_copy(update={"source": source})


def rows(dataset: Dataset, *paths: Path) -> list[dict[str, Any]]:
    (form,) = dataset.source.files
    return declared.read(dataset, form, connect(), paths).order("all").to_arrow_table().drop_columns("file").to_pylist()


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy hh:mm"}) as book:
        for title, lines in sheets.items():
            sheet = book.add_worksheet(title)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    return path


LENGTHS = {
    "municipality": {"header": ["Kommunenr", "kommune"], "width": 4},
    "year": {"name": r"_(20\d\d)(?!\d)"},
    "road_category": {"header": ["Vegkategori"], "codes": {"Ev": "E", "Kv": "K"}},
    "length": {"header": ["Lengde"], "missing": ["-", ".."]},
}
OSLO = {"municipality": "0301", "year": "2023", "road_category": "E", "length": "96.5"}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ({}, "kommune,vegkategori,LENGDE\n301,Ev,96.5\n"),
        ({"delimiter": ";", "decimal": ","}, "\ufeffKommunenr;Vegkategori;Lengde;;\r\n0301;Ev;96,5 ;;\r\n"),
        (
            {"delimiter": "\t", "encoding": "cp1252", "decimal": ","},
            "Note før\t\t\n\n kommune\tVegkategori\tLengde\n301\tEv\t96,5\n".encode("cp1252"),
        ),
        (
            {"delimiter": ";", "decimal": ",", "thousands": ".", "ends_before": "Sum|Note.*"},
            "kommune;Vegkategori;Lengde\n301;Ev;096,5\nSum;;x\n",
        ),
        ({"encoding": "utf-16"}, "kommune,Vegkategori,Lengde\n301,Ev,96.5\n".encode("utf-16")),
        ({"header_rows": 2}, "kommune,Vegkategori,Lengde\n,,\n301,Ev,96.5\n"),
    ],
)
def test_one_table_in_many_notations_is_one_table(tmp_path: Path, file: dict[str, Any], content: str | bytes) -> None:
    dataset = with_file(ROADS, columns=LENGTHS, **file)
    assert rows(dataset, written(tmp_path / "veg_2023.csv", content)) == [OSLO]


def test_a_packed_file_is_read_like_a_plain_one_under_the_name_it_was_delivered_with(tmp_path: Path) -> None:
    text = b"kommune,vegkategori,lengde\n301,Ev,96.5\n"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside.csv", text)
    hash_with_a_year = "ab_2019" + "0" * 57
    paths = [
        written(tmp_path / f"{'0' * 64}.veg_2023.csv.gz", gzip.compress(text)),
        written(tmp_path / "veg_2023.zip", packed.getvalue()),
        written(tmp_path / f"{hash_with_a_year.replace('_', 'c')}.veg_2023.csv", text),
    ]
    assert rows(with_file(ROADS, columns=LENGTHS), *paths) == [OSLO] * 3


def test_a_workbook_gives_what_a_person_reads_in_its_cells(tmp_path: Path) -> None:
    columns = LENGTHS | {"length": {"header": ["Lengde"], "times": 1000}}
    path = workbook(
        tmp_path / "veg_2023.xlsx",
        Info=[["kommune", "annet"], [301, 1]],
        Tall=[["Lengder per kommune"], [], ["kommune", "Vegkategori", "Lengde"], [301, "Ev", 0.0965], [5001, "Kv", "1,25"], ["", "", ""]],
    )
    dataset = with_file(ROADS, form="x_xlsx", columns=columns, decimal=",")
    assert rows(dataset, path) == [
        OSLO | {"length": "96.5000"},
        {"municipality": "5001", "year": "2023", "road_category": "K", "length": "1250.00"},
    ]


def test_codes_that_a_spreadsheet_has_parted_and_shortened_are_put_together_again(tmp_path: Path) -> None:
    columns = LENGTHS | {"municipality": {"joined": ["Fylke", "Kommune"], "width": 2}}
    path = written(tmp_path / "veg_2023.csv", "Fylke,Kommune,Vegkategori,Lengde\n3,1,Ev,96.5\n")
    assert rows(with_file(ROADS, columns=columns), path) == [OSLO]


def test_columns_beside_each_other_become_rows_and_a_blank_is_not_zero(tmp_path: Path) -> None:
    columns = {
        "municipality": LENGTHS["municipality"],
        "year": LENGTHS["year"],
        "road_category": {"series": "kind", "codes": {"Ev": "E", "Kv": "K"}},
    }
    dataset = with_file(ROADS, columns=columns, series={"header": r"Lengde (?P<kind>\w+) \(km\)", "value": "length", "missing": ["-"]})
    path = written(tmp_path / "veg_2023.csv", "kommune,Lengde Ev (km),Sum,Lengde Kv (km)\n301,96.5,9999,-\n")
    assert rows(dataset, path) == [OSLO, OSLO | {"road_category": "K", "length": None}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("kommune,lengde\n301,1\n", "no places with the declared header"),
        ("kommune,vegkategori,lengde\n301,Ev,x\n", "no number for length – veg_2023.csv line 2 column 3"),
        ("kommune,vegkategori,lengde\n301,Ev,96,5\n", "4 cells where the header has 3 – veg_2023.csv line 2"),
        ("kommune,vegkategori,lengde\n301,Secret,1\n", "a text for road_category that is not declared – veg_2023.csv line 2 column 2"),
        ("kommune,kommune,vegkategori,lengde\n301,302,Ev,1\n", "2 columns called Kommunenr or kommune"),
        (b"kommune,vegkategori,lengde\n301,\xe5Secret,1\n", "not utf-8 at byte"),
        ('kommune,vegkategori,lengde\n301,"Secret\n', "a row that is not CSV"),
        (b"\x1f\x8bSecret", "not a readable gzip file"),
        (b"PK\x03\x04Secret", "not a readable zip file"),
    ],
)
def test_what_is_written_otherwise_is_refused_with_its_place_and_without_a_value(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        rows(with_file(ROADS, columns=LENGTHS), written(tmp_path / "veg_2023.csv", content))
    assert says in str(caught.value)
    assert "Secret" not in str(caught.value)


def test_a_workbook_that_is_a_web_page_or_has_the_header_twice_is_refused(tmp_path: Path) -> None:
    dataset = with_file(ROADS, form="x_xlsx", columns=LENGTHS)
    with pytest.raises(ParseError, match="not a readable workbook"):
        rows(dataset, written(tmp_path / "veg_2023.xlsx", "<html>404</html>"))
    lines = [["kommune", "Vegkategori", "Lengde"], [301, "Ev", 1]]
    with pytest.raises(ParseError, match="2 sheets with the declared header"):
        rows(dataset, workbook(tmp_path / "veg_2023.xlsx", En=lines, To=lines))
    assert len(rows(with_file(ROADS, form="x_xlsx", columns=LENGTHS, sheet="To|Tre"), tmp_path / "veg_2023.xlsx")) == 1


TIMED = {"municipality": {"text": "1103"}, "meter": {"series": "meter"}}


@pytest.mark.parametrize(
    ("clock", "label", "local", "utc"),
    [
        ("Oslo", "begin", "01.07.2021 02:00", "2021-07-01 00:00"),
        ("Oslo", "begin", "01.01.2021 00:00", "2020-12-31 23:00"),
        ("standard", "begin", "01.07.2021 02:00", "2021-07-01 01:00"),
        ("standard", "end", "01.01.2021 00:00", "2020-12-31 22:00"),
        ("UTC", "end", "01.01.2021 00:00", "2020-12-31 23:00"),
    ],
)
def test_a_written_time_becomes_the_instant_that_its_clock_and_label_mean(
    tmp_path: Path, clock: str, label: str, local: str, utc: str
) -> None:
    time = {"column": "from_time", "header": ["Tid"], "formats": ["%d.%m.%Y %H:%M"], "clock": clock, "label": label, "step": "PT1H"}
    dataset = with_file(METERS, columns=TIMED, time=time, series={"header": "(?P<meter>M.)", "value": "energy"})
    (row,) = rows(dataset, written(tmp_path / "m.csv", f"Tid,M1\n{local},5\n"))
    assert row["from_time"] == datetime.fromisoformat(utc)


def test_the_hours_of_the_clock_changes_are_told_apart_or_doubted_for_every_meter_alone(tmp_path: Path) -> None:
    time = {"column": "from_time", "header": ["Tid"], "formats": ["%Y-%m-%d %H:%M"], "clock": "Oslo", "doubt": "doubt"}
    dataset = with_file(METERS, columns=TIMED, time=time, series={"header": "(?P<meter>M.)", "value": "energy"})
    doubled = "Tid,M1,M2\n2021-10-31 02:00,1,10\n2021-10-31 02:00,2,20\n"
    single = "Tid,M1\n2021-03-28 02:00,1\n2021-10-31 02:00,2\n"
    found = rows(dataset, written(tmp_path / "doubled.csv", doubled))
    assert [(r["meter"], r["energy"], r["from_time"].hour, r["doubt"]) for r in found] == [
        ("M1", "1", 0, None), ("M1", "2", 1, None), ("M2", "10", 0, None), ("M2", "20", 1, None),
    ]  # fmt: skip
    assert [r["doubt"] for r in rows(dataset, written(tmp_path / "single.csv", single))] == ["skipped", "repeated"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": {"municipality": {"header": ["a"], "text": "b"}}},
        {"columns": {"municipality": {}}},
        {"columns": {"year": {"name": "no group"}}},
        {"columns": {"meter": {"series": "meter"}}},
        {"columns": LENGTHS, "series": {"header": "(?P<x>.)", "value": "length"}},
        {"columns": LENGTHS, "thousands": ".", "decimal": "."},
        {"columns": LENGTHS, "time": {"column": "t", "header": ["x"], "formats": ["%Y"], "clock": "UTC", "label": "end"}},
        {"columns": LENGTHS, "url": "http://example.org/x.csv"},
    ],
)
def test_a_declaration_that_contradicts_itself_does_not_load(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DeclaredFile(**wrong)


def test_only_a_file_with_an_address_is_asked_for_once_or_once_a_year() -> None:
    window = Window(date(2023, 6, 1), date(2025, 1, 1))
    assert list(declared.ask(ROADS, window)) == []
    (once,) = declared.ask(with_file(ROADS, columns=LENGTHS, url="https://example.org/all.csv"), window)
    assert (once.url, once.period) == ("https://example.org/all.csv", None)
    yearly = list(declared.ask(with_file(ROADS, columns=LENGTHS, url="https://example.org/{year}.csv"), window))
    assert [(one.url[-8:], one.period, one.absent_is_fine) for one in yearly] == [("2024.csv", "2024", True)]  # the dataset begins in 2024


# --- recorded files that have no parser ---


def brought_in(dataset: Dataset, folder: Path, *files: tuple[str, Path]) -> DatasetState:
    snapshots = [
        Snapshot(
            dataset.id,
            form,
            path,
            f"https://example.org/{path.name}",
            "",
            "NLOD-2.0",
            date(2026, 11, 1),
            "",
            path.name,
            path.stat().st_size,
        )
        for form, path in files
    ]
    settings = Settings(data_dir=folder, synthetic=False, now=datetime(2026, 11, 23, tzinfo=UTC))
    return ingest(recipe(dataset, module_of(dataset)), snapshots, settings)


def query(state: DatasetState, sql: str) -> list[tuple[Any, ...]]:
    con = connect()
    con.execute(f"create view t as from {parquet([p.path for p in state.periods])}")
    return con.execute(sql).fetchall()


def test_road_lengths_of_the_kostra_workbook_are_those_in_its_cells(tmp_path: Path, recorded: Path) -> None:
    path = recorded / "transport/nvdb/kostra_2024/kostra01_road_length_2024.xlsx"
    state = brought_in(ROADS, tmp_path, ("kostra_road_length_xlsx", path))
    assert (state.rows, state.quarantined) == (1668, ())
    assert query(state, "select road_category, length from t where municipality = '0301' order by all") == [
        ("E", Decimal("96.411163")), ("K", Decimal("1154.735748")), ("P", Decimal("2099.409945")),
        ("R", Decimal("79.916808")), ("S", Decimal("291.121285")),
    ]  # fmt: skip
    assert query(state, "select count(distinct municipality), round(sum(length)) from t") == [(357, 248374)]


def test_a_workbook_of_next_years_borders_is_not_taken_for_this_years(tmp_path: Path, recorded: Path) -> None:
    path = recorded / "transport/nvdb/kostra_2024/kostra01_road_length_2024_municipalities2025.xlsx"
    with pytest.raises(ParseError, match="does not tell year"):
        parsers_of(ROADS, module_of(ROADS))["kostra_road_length_xlsx"](connect(), [path])


def test_tracks_for_walking_and_cycling_stand_by_county(tmp_path: Path, recorded: Path) -> None:
    dataset = load_dataset(FOLDER / "walk_cycle_path_length.yaml")
    path = recorded / "transport/nvdb/kostra_2024/kostra21_walk_cycle_paths_2024.xlsx"
    state = brought_in(dataset, tmp_path, ("kostra_walk_cycle_paths_xlsx", path))
    assert (state.rows, state.quarantined) == (75, ())
    assert query(state, "select length from t where county = '03' and road_category = 'E'") == [(Decimal("35183.766"),)]


def test_plants_come_from_a_workbook_and_from_an_older_export_in_another_encoding(tmp_path: Path, recorded: Path) -> None:
    dataset = load_dataset(FOLDER / "hydro_power_plants.yaml")
    older = written(tmp_path / "plants_2021.csv", (recorded / "energy/nve/vannkraftverk_legacy_export_latin1.csv").read_bytes())
    newer = recorded / "energy/nve/hydro_power_plants_in_operation_2024.xlsx"
    state = brought_in(dataset, tmp_path / "data", ("nve_hydro_plants_xlsx", newer), ("nve_hydro_plants_csv", older))
    assert ([p.period for p in state.periods], state.quarantined) == (["2021", "2024"], ())
    assert query(state, "select year, municipality, mean_production, mean_of from t where plant = '1' order by all") == [
        (2021, "3816", Decimal("44.0160"), "1981-2010"),
        (2024, "4018", Decimal("30.2860"), "1991-2020"),
    ]
    assert query(state, "select count(*) from t where year = 2024") == [(1818,)]


def test_a_citys_own_export_gives_every_hour_of_its_meters(tmp_path: Path, recorded: Path) -> None:
    path = recorded / "energy/municipal_buildings_open_data/source-data/stavanger/measurement_stavanger.csv"
    relation = parsers_of(METERS, module_of(METERS))["stavanger_source_csv"](connect(), [path])
    found = relation.filter("meter = 'G02_0038_M1E' and from_time between '2021-03-27 23:00' and '2021-03-28 02:00'")
    assert found.order("from_time").project("energy, hour(from_time)").fetchall() == [("30", 23), ("25", 0), ("32", 1), ("25", 2)]
    assert relation.aggregate("count(distinct meter), count(*)").fetchall() == [(19, 19 * 8687)]
    assert relation.filter("doubt = 'repeated'").aggregate("count(*)").fetchall() == [(19,)]


@pytest.mark.parametrize(
    ("name", "form", "file", "rows_of_it", "sql", "first"),
    [
        ("electricity_consumption_hourly", "elhub_alesund_business_csv", "consumption_business_group_hourly_2021_2023_with_weather",
         26280, "select from_time, energy, metering_points from t order by 1 limit 1", (datetime(2021, 1, 1), Decimal("30582.87"), 3784)),
        ("electricity_production_hourly", "elhub_alesund_production_csv", "production_E19_hourly_2021_2025",
         38015, "select from_time, metering_point_type, energy from t order by 1 limit 1", (datetime(2021, 1, 28, 23), "E19", Decimal(0))),
        ("installed_capacity_daily", "elhub_alesund_capacity_csv", "installed_capacity_daily_2021_2025",
         5588, "select day, production_group, capacity from t where metering_point_type = 'E18' order by all limit 1",
         (date(2021, 1, 1), "hydro", Decimal(221501))),
    ],
)  # fmt: skip
def test_copies_of_elhubs_answers_for_one_town_flow_in_beside_the_answers(
    tmp_path: Path, recorded: Path, name: str, form: str, file: str, rows_of_it: int, sql: str, first: tuple[Any, ...]
) -> None:
    dataset = load_dataset(FOLDER / f"{name}.yaml")
    state = brought_in(dataset, tmp_path, (form, recorded / f"energy/elhub_alesund/{file}.csv"))
    assert (state.rows, state.quarantined) == (rows_of_it, ())
    assert query(state, sql) == [first]


def test_a_coverage_workbook_of_the_expected_shape_flows_in_and_parts_of_one_are_not_taken_for_per_cent(tmp_path: Path) -> None:
    """Invented numbers: no workbook of Nkom was at hand, and its description says so."""
    dataset = load_dataset(FOLDER / "broadband_coverage.yaml")
    assert not dataset.source.verified
    head = ["Fylke", "Kommunenummer", "Kommune", "Minst 100 Mbit/s (%)", "1 Gbit/s", "Fiber", "5G"]
    lines = [
        ["Dekning 2024"],
        [],
        head,
        ["Vestland", 4601, "Bergen", 99.1, "98,25", 97, 99.9],
        ["Finnmark", 5612, "Kautokeino", 81.5, "-", 80, 70],
    ]
    state = brought_in(dataset, tmp_path / "a", ("nkom_coverage_xlsx", workbook(tmp_path / "dekning_2024.xlsx", Kommuner=lines)))
    assert query(state, "select municipality, offer, share from t where offer = 'fixed_1000'") == [
        ("4601", "fixed_1000", Decimal("98.2500"))
    ]
    assert (state.rows, state.periods[0].set_aside) == (7, {"no_value": 1})
    parts = [head, ["Vestland", 4601, "Bergen", 0.99, 0.98, 0.97, 0.99]]
    held = brought_in(dataset, tmp_path / "b", ("nkom_coverage_xlsx", workbook(tmp_path / "dekning_2025.xlsx", Kommuner=parts)))
    assert [one.period for one in held.quarantined] == ["2025"]


def test_another_declaration_is_another_recipe_and_another_address_is_not() -> None:
    def fingerprint(**file: Any) -> str:
        dataset = with_file(ROADS, columns=LENGTHS, **file)
        return recipe(dataset, module_of(dataset)).fingerprint

    assert fingerprint() == fingerprint(url="https://example.org/x.csv")
    assert fingerprint() != fingerprint(delimiter=";")
    before, after = METERS, METERS.model_copy(update={"source": METERS.source.model_copy(update={"files": {}})})
    assert recipe(before, module_of(before)).fingerprint != recipe(after, module_of(after)).fingerprint  # beside a module of its own too
