"""A second listing of the same shapes – other years, stations, counties, cities, orders of columns – flows as the first one does.

The files are made from recorded ones, a piece of each; what is changed is what another delivery of the same publisher would have otherwise.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from catalog.load import load_dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.archive import HashCache
from pipelines.ingest import ingest, recipe
from pipelines.settings import ROOT, Settings

Made = tuple[str, bytes]
"""The name of a file and its bytes."""


def ingested(name: str, form: str, folder: Path, *made: Made, period: str | None = None) -> DatasetState:
    """The dataset as these files alone give it."""
    snapshots = []
    for file, content in made:
        path = folder / "given" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = HashCache(folder / "hashes.json").of(path)
        snapshots.append(Snapshot(name, form, path, "https://example.org/", "x", "CC0-1.0", date(2050, 1, 1), "", sha256, 1, period))
    dataset = load_dataset(ROOT / "pipelines" / "datasets" / f"{name}.yaml")
    return ingest(recipe(dataset, f"pipelines.datasets.{name}"), snapshots, Settings(data_dir=folder, synthetic=False))


def rows(state: DatasetState, columns: str) -> list[tuple[object, ...]]:
    assert not state.quarantined, [q.reasons for q in state.quarantined]
    files = [str(p.path) for p in state.periods]
    return duckdb.execute(f"select distinct {columns} from read_parquet(?) order by all", [files]).fetchall()


def text(path: Path, lines: int | None = None) -> str:
    """The first lines of a recorded text, packed or not."""
    packed = path.suffix == ".gz"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8", newline="") as file:
        return "".join(file) if lines is None else "".join(line for _, line in zip(range(lines), file, strict=False))


def turned(content: str, delimiter: str = ",") -> str:
    """The same table with its columns in the opposite order."""
    found = io.StringIO()
    csv.writer(found, delimiter=delimiter, lineterminator="\n").writerows(
        row[::-1] for row in csv.reader(io.StringIO(content), delimiter=delimiter)
    )
    return found.getvalue()


def test_trips_of_another_city_and_month_with_other_stations_and_columns_in_another_order(recorded: Path, tmp_path: Path) -> None:
    april = text(recorded / "transport/bysykkel_oslo/trips/oslobysykkel.no_trips_v1_2024_02.csv.gz", 400).replace("2024-02-", "2029-04-")
    other = re.sub(r",(\d{3,4}),(?=[^,0-9])", lambda m: f",{int(m[1]) + 5000},", april)
    state = ingested("bike_trips", "urbansharing_trips_csv", tmp_path, ("bergenbysykkel.no_trips_v1_2029_04.csv", turned(other).encode()))
    assert [p.period for p in state.periods] == ["2029-04"]
    assert rows(state, "system, municipality") == [("bergenbysykkel.no", "4601")]
    assert all(int(str(station)) > 5000 for (station,) in rows(state, "start_station"))


@pytest.mark.parametrize(
    ("name", "file", "since", "of", "form"),
    [
        (
            "electricity_consumption_hourly",
            "energy/elhub_telemark_municipalities_hourly/2025-01_utc.csv",
            "2025-",
            "2028-",
            "elhub_county_csv",
        ),
        ("installed_capacity_daily", "energy/elhub_installed_capacity/telemark_2024.csv", "2024-", "2029-", "elhub_county_csv"),
    ],
)
def test_a_countys_copies_of_another_county_and_year(
    name: str, file: str, since: str, of: str, form: str, recorded: Path, tmp_path: Path
) -> None:
    """Agder instead of Telemark, with columns turned; the days that were copied are whole."""
    found = text(recorded / file, 2000).replace(since, of)
    found = re.sub(r"(?m)^40(\d\d),", lambda m: f"42{m[1]},", found)
    state = ingested(name, form, tmp_path, ("agder.csv", turned(found).encode()))
    assert {str(row[0])[:2] for row in rows(state, "municipality")} == {"42"}
    assert {p.period[:5] for p in state.periods} == {of}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("electricity_consumption_hourly", "consumption_per_group_municipality_hour_2025-05.json"),
        ("electricity_production_hourly", "production_per_metering_point_type_municipality_hour_2025-05.json"),
    ],
)
def test_elhubs_answers_about_another_year_with_keys_in_another_order(name: str, file: str, recorded: Path, tmp_path: Path) -> None:
    answer = json.loads(re.sub(r"20\d\d-05-", "2030-05-", (recorded / "energy/elhub_api" / file).read_text("utf-8")))
    answer["data"] = list(reversed(answer["data"][:40]))
    state = ingested(name, "elhub_energy_data_json", tmp_path, ("answer.json", json.dumps(answer, sort_keys=True).encode()))
    assert {p.period for p in state.periods} == {"2030-05"} and state.rows > 100


def test_emissions_of_another_county_and_edition_by_name_and_as_a_workbook(recorded: Path, tmp_path: Path) -> None:
    telemark = text(recorded / "emissions/miljodirektoratet_municipal_ghg_telemark/published_2024-12_2009_2023.csv")
    names = {"Porsgrunn": "Bergen", "Skien": "Øygarden", "Notodden": "Årdal", "Bamble": "Sogndal"}
    lines = [line for line in csv.reader(io.StringIO(telemark)) if line[0] in names and line[1] in ("2022", "2023")]
    vestland = [[names[line[0]], str(int(line[1]) + 3), *line[2:]] for line in lines]
    head = ["Kommune", "År", "Sektor", "Utslippskilde", "Utslipp"]
    extract = io.StringIO()
    csv.writer(extract).writerows([head, *vestland])
    state = ingested(
        "ghg_emissions", "miljodirektoratet_municipal_csv", tmp_path / "csv", ("published_2027-12.csv", turned(extract.getvalue()).encode())
    )
    assert rows(state, "edition, municipality") == [("2027-12", code) for code in ("4601", "4626", "4640", "4643")]

    numbers = {"Bergen": 4601, "Øygarden": 4626, "Sogndal": 4640, "Årdal": 4643}
    for sheet_name in ("Oversikt - detaljert", "Detaljert 2027"):
        path = tmp_path / "workbook.xlsx"
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("Om tallene").write_row(0, 0, ["Utgiver", "Miljødirektoratet"])
            sheet = book.add_worksheet(sheet_name)
            columns = ["Klimagass", "Utslipp (tonn CO₂-ekvivalenter)", "År", "Utslippskilde", "Sektor", "Kommune", "Kommunenummer", "Fylke"]
            sheet.write_row(0, 0, columns)
            for number, (place, year, sector, origin, emitted) in enumerate(vestland, start=1):
                sheet.write_row(number, 0, ["CO2", float(emitted), int(year), origin, sector, place, numbers[place], "Vestland"])
        book_state = ingested("ghg_emissions", "miljodirektoratet_municipal_xlsx", tmp_path / sheet_name[:2], ("w.xlsx", path.read_bytes()))
        assert rows(book_state, "edition, municipality") == [("2027-12", code) for code in ("4601", "4626", "4640", "4643")]
        assert book_state.rows == state.rows, "the years, municipalities and sources of the extract"


def test_hours_of_another_station_and_year_in_every_notation_of_the_portal(recorded: Path, tmp_path: Path) -> None:
    folder = recorded / "air_quality/luftkvalitet_portal"
    for number, (file, old) in enumerate(
        {
            "trondheim_elgeseter_hourly_2024_quoted_decimal_comma.csv": "2024",
            "trondheim_elgeseter_hourly_coverage_2024-02_2025-02.csv": "2024",
            "trondheim_elgeseter_hourly_qa_qc_2020_2024.csv": "2020",
        }.items()
    ):
        export = text(folder / file, 600).replace(old, "2028").replace("Elgeseter", "Kirkeveien")
        state = ingested("air_quality_hourly", "luftkvalitet_portal_csv", tmp_path / str(number), (f"{number}.csv", export.encode()))
        # An export of hours by their end begins with the last hour of the year before, without a value: nothing is left of that month.
        assert {(q.period, q.reasons) for q in state.quarantined} <= {("2027-12", ("no rows were left after setting aside",))}
        files = [str(p.path) for p in state.periods]
        assert duckdb.execute("select distinct station from read_parquet(?)", [files]).fetchall() == [("NO0011A",)]
        assert {p.period[:4] for p in state.periods} == {"2028"} and state.rows > 300


def test_nilus_answers_and_eeas_files_about_other_stations_and_years(recorded: Path, tmp_path: Path) -> None:
    hours = json.loads((recorded / "air_quality/nilu_api/aq_historical_oslo_kirkeveien_no2_pm10_2020.json").read_text("utf-8"))
    for series in hours:
        series |= {"station": "Ny stasjon", "eoi": "NO0999A", "municipality": "Bodø", "values": series["values"][:700]}
    content = json.dumps(hours, sort_keys=True).replace("2020-", "2032-")
    state = ingested("air_quality_hourly", "nilu_aq_historical", tmp_path / "hours", ("a.json", content.encode()))
    assert rows(state, "station") == [("NO0999A",)]

    days = json.loads((recorded / "air_quality/nilu_api/stats_day_trondheim_torvet_2009_2024.json").read_text("utf-8"))
    days = [series for series in days if series["timestep"] == 3600]
    for series in days:
        series |= {"station": "Ny stasjon", "eoi": "NO0999A", "values": series["values"][-400:]}
    content = json.dumps(days).replace("2024-", "2028-").replace("2023-", "2027-")
    state = ingested("air_quality_daily", "nilu_stats_day", tmp_path / "days", ("b.json", content.encode()))
    assert rows(state, "station") == [("NO0999A",)]
    assert {"2027", "2028"} <= {p.period for p in state.periods}

    files = text(recorded / "air_quality/eea_hourly_pm25_with_weather/Valand.csv", 500).replace("2017-", "2029-").replace("2016-", "2028-")
    state = ingested("air_quality_hourly", "eea_station_csv", tmp_path / "eea", ("Kirkeveien.csv", files.encode()))
    assert rows(state, "station") == [("NO0011A",)]


def test_days_of_other_stations_of_the_portal(recorded: Path, tmp_path: Path) -> None:
    (export,) = (recorded / "air_quality/grenland_portal_exports").glob("*Juli.csv")
    july = export.read_bytes().decode("utf-8").replace(".2025", ".2030")
    for old, new in {"Lensmannsdalen": "Elgeseter", "Haukenes": "Bakke kirke", "Sverresgate": "Torvet"}.items():
        july = july.replace(old, new)
    kept = [";".join(line.split(";")[:12]) for line in july.splitlines()]
    state = ingested("air_quality_daily", "luftkvalitet_portal_csv", tmp_path, ("Trondheim.csv", "\n".join(kept).encode()))
    assert [p.period for p in state.periods] == ["2030"]
    assert len(rows(state, "station")) == 3


@pytest.mark.parametrize("head", ["region\tage\tPersons 2027", "region\talder\tPersoner 2027"])
def test_inhabitants_of_another_year_and_county_in_english_and_norwegian(head: str, recorded: Path, tmp_path: Path) -> None:
    with gzip.open(recorded / "statistics/ssb_07459_statbank_csv/Personer2020.csv.gz", "rt", encoding="latin-1") as file:
        lines = [line for _, line in zip(range(1 + 106 * 4), file, strict=False)]
    wanted = [re.sub(r'"(?:K-)?30(\d\d) ', r'"55\1 ', line) for line in lines[1:]]
    quoted = "\t".join(f'"{column}"' for column in head.split("\t"))
    content = (quoted + "\n" + "".join(wanted)).encode("latin-1")
    state = ingested("population", "ssb_statbank_csv", tmp_path, ("Personer2027.csv", content))
    assert [p.period for p in state.periods] == ["2027"]
    assert {str(row[0])[:2] for row in rows(state, "municipality")} == {"55"}


def test_a_table_of_statistics_norway_about_another_county_and_year(recorded: Path, tmp_path: Path) -> None:
    answer = (recorded / "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json").read_text("utf-8")
    years = sorted(set(re.findall(r'"(20\d\d)"', answer)))
    for year in reversed(years):
        answer = answer.replace(f'"{year}"', f'"{int(year) + 4}"')
    as_given = (recorded / "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json").read_bytes()
    first = ingested("municipal_accounts", "pxweb_v2_jsonstat2", tmp_path / "as it was", ("first.json", as_given))
    content = json.loads(answer) | {"updated": "2030-03-15T07:00:00Z"}
    region = next(key for key in content["id"] if "egion" in key)
    places = content["dimension"][region]["category"]
    renamed = {code: f"18{number:02}" for number, code in enumerate(places["index"], start=3)}
    places["index"] = {renamed[code]: place for code, place in places["index"].items()}
    places["label"] = {renamed[code]: f"Annen {label}" for code, label in places["label"].items()}
    second = ingested("municipal_accounts", "pxweb_v2_jsonstat2", tmp_path / "other", ("second.json", json.dumps(content).encode()))
    assert not second.quarantined
    assert second.rows == first.rows
    assert [int(p.period) - 4 for p in second.periods] == [int(p.period) for p in first.periods]


def test_bicycles_at_another_point_and_passings_of_another_year(recorded: Path, tmp_path: Path) -> None:
    pivot = text(recorded / "transport/trafikkdata/derived_hourly_17510B2483952_2015-2020.csv.gz", 800)
    other = pivot.replace("Danmarksplass", "Sentrum").replace("Florida", "Lade").replace("2015-", "2027-")
    state = ingested("bike_counts_hourly", "trafikkdata_hourly_csv", tmp_path / "bikes", ("44660B2501226.csv", turned(other).encode()))
    assert rows(state, "point") == [("44660B2501226",)]

    passings = text(recorded / "transport/entur/stop_passings/holdeplasspasseringer_entur_2024.csv.gz", 300)
    state = ingested(
        "stop_passings_yearly", "entur_stop_passings_csv", tmp_path / "stops", ("passeringer_2028.csv", turned(passings).encode())
    )
    assert [p.period for p in state.periods] == ["2028"]


@pytest.mark.slow
def test_an_export_of_timetables_of_another_company_and_season(recorded: Path, tmp_path: Path) -> None:
    found = io.BytesIO()
    with zipfile.ZipFile(recorded / "transport/entur/gtfs/rb_avi-aggregated-gtfs.zip") as old, zipfile.ZipFile(found, "w") as new:
        years = sorted(set(re.findall(r",(20\d\d)\d{4}", old.read("calendar_dates.txt").decode())))
        for member in old.namelist():
            content = old.read(member).decode("utf-8").replace("AVI:", "XYZ:")
            if member == "calendar_dates.txt":
                content = re.sub(r",(20\d\d)(\d{4}),", lambda m: f",{int(m[1]) + 8}{m[2]},", content)
            new.writestr(member, content)
    state = ingested("public_transport_timetable", "gtfs_zip", tmp_path, ("rb_xyz-aggregated-gtfs.zip", found.getvalue()))
    assert rows(state, "codespace") == [("XYZ",)]
    assert {int(p.period[:4]) for p in state.periods} <= {int(year) + 8 for year in years} | {int(years[0]) + 7}


def test_cars_of_other_places_and_years_from_a_third_party(recorded: Path, tmp_path: Path) -> None:
    cars = text(recorded / "statistics/ssb_07849_cars_by_fuel/07849_private_cars_by_fuel_excerpt_2008-2025.csv")
    other = re.sub(r",(20\d\d),", lambda m: f",{int(m[1]) + 20},", cars).replace(
        "\n0301,Oslo - Oslove,03,Oslo - Oslove", "\n3338,Ny,33,Buskerud"
    )
    state = ingested("car_fleet", "ssb_excerpt_csv", tmp_path, ("excerpt.csv", turned(other).encode()))
    assert ("3338",) in rows(state, "municipality") and ("0301",) not in rows(state, "municipality")
    assert min(p.period for p in state.periods) == "2028"
