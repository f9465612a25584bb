"""Every further format is read back by a reader that is not ours, and says what the Parquet file says."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from catalog.described import Described, describe_indicator, describe_standing
from catalog.distributions import write_distributions
from catalog.duck import connect
from catalog.formats.geojson import _area
from catalog.formats.parquet import write_parquet
from catalog.formats.sdmx import AGENCY, DIMENSIONS, STRUCTURE, sdmx_structure
from catalog.load import load_dataset
from catalog.model import Column, ColumnType, Text
from catalog.publication import Publication
from tests.catalog.conftest import OBSERVATION_COLUMNS, OBSERVATIONS

ROOT = Path(__file__).parents[2]


def words(said: str) -> Text:
    return Text(nb=said, nn=said, en=said)


def column(name: str, kind: ColumnType, **more: object) -> Column:
    unit = "1" if kind in (ColumnType.integer, ColumnType.decimal) else None
    return Column(name=name, type=kind, title=words(name), description=words(name), **({"unit": unit} | more))  # type: ignore[arg-type]


STATIONS = Described(
    id="stations", title=words("Stations"), description=words("Where it is measured"), row=words("One station"), key=("station",),
    columns=(
        column("station", ColumnType.text, pattern=r"[A-Z]{2}\d+"), column("name", ColumnType.text),
        column("opened_on", ColumnType.date, nullable=True), column("read_at", ColumnType.datetime, nullable=True),
        column("height", ColumnType.decimal, nullable=True, scale=3, minimum=-10), column("open", ColumnType.boolean),
        column("latitude", ColumnType.decimal, nullable=True, scale=6, unit="deg"),
        column("longitude", ColumnType.decimal, nullable=True, scale=6, unit="deg"),
    ),
    licence="NLOD_2_0", attribution=(words("Contains data from NILU"),), sources=(("NILU", "https://api.example.net/"),), synthetic=False,
    ethics=load_dataset(ROOT / "pipelines" / "datasets" / "air_quality_stations.yaml").ethics,
)  # fmt: skip
ROWS = """select * from (values
  ('NO01', 'Kárášjohka', date '2024-02-29', timestamp '2024-10-27 00:30:00', 12.5::decimal(18,3), true,
    69.471900::decimal(18,6), 25.511200::decimal(18,6)),
  ('NO02', 'a "quoted", word', null, null, -3.25, false, null, null),
  ('NO03', '=1+1', date '1999-01-01', null, null, true, 59.913868, 10.752245)
) as t(station, name, opened_on, read_at, height, open, latitude, longitude)"""


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("stations")
    con = connect()
    write_parquet(con, con.sql(ROWS), STATIONS, folder / "stations.parquet")
    return {file.format: folder / Path(file.path).name for file in write_distributions(con, STATIONS, folder, folder)}


def test_stations_are_points_with_longitude_first_and_exact_digits(stations: dict[str, Path]) -> None:
    told = json.loads(stations["geojson"].read_bytes(), parse_float=Decimal)
    assert told["type"] == "FeatureCollection" and told["licence_url"].startswith("https://data.norge.no/nlod")
    first, unknown, _ = told["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [Decimal("25.511200"), Decimal("69.471900")]}
    assert first["properties"]["height"] == Decimal("12.500") and first["properties"]["open"] is True
    assert unknown["geometry"] is None and unknown["properties"]["name"] == 'a "quoted", word'
    assert not {"latitude", "longitude"} & set(first["properties"])


@pytest.mark.parametrize(
    ("wkt", "kind", "rings"),
    [
        ("POLYGON ((0 0, 0 2, 2 2, 2 0, 0 0))", "Polygon", [1]),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,2 1,1 1))", "Polygon", [2]),
        (
            "MULTIPOLYGON (((0 0, 0 2, 2 2, 2 0, 0 0)), ((5 5, 6 5, 6 6, 5 6, 5 5), (5.2 5.2, 5.4 5.2, 5.4 5.4, 5.2 5.2)))",
            "MultiPolygon",
            [1, 2],
        ),
    ],
)
def test_borders_keep_their_rings_and_run_as_the_standard_asks(wkt: str, kind: str, rings: list[int]) -> None:
    made = _area(wkt)
    assert made is not None and made["type"] == kind
    areas = [made["coordinates"]] if kind == "Polygon" else made["coordinates"]
    assert [len(area) for area in areas] == rings
    written = sorted(tuple(map(float, pair.split())) for pair in re.sub(r"[A-Z()]", "", wkt).split(","))
    assert sorted(tuple(position) for area in areas for ring in area for position in ring) == written
    for area in areas:
        for number, ring in enumerate(area):
            doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
            assert (doubled > 0) == (number == 0), "outer rings run counter-clockwise, holes clockwise"


def test_csv_on_the_web_is_read_with_types_by_an_independent_reader(stations: dict[str, Path]) -> None:
    from csvw import CSVW

    read = CSVW(str(stations["csv"]), md_url=str(stations["csvw"]), validate=True)
    assert read.is_valid, [str(warning.message) for warning in read.warnings]
    table = read.to_json()["tables"][0]["row"]
    cells = [row["describes"][0] for row in table]
    assert [cell["name"] for cell in cells] == ["Kárášjohka", 'a "quoted", word', "'=1+1"]
    assert cells[0]["height"] == 12.5 and cells[0]["open"] is True and "height" not in cells[2]
    assert cells[0]["opened_on"].startswith("2024-02-29")


def test_croissant_names_files_fields_and_what_was_weighed(stations: dict[str, Path], shared: Path) -> None:
    from rdflib import RDF, Graph, Namespace

    told = json.loads(stations["croissant"].read_bytes())
    own = json.loads((shared / "standards" / "croissant" / "example-own.jsonld").read_bytes())
    assert set(own["@context"]) <= set(told["@context"])
    assert set(told["recordSet"][0]["field"][0]) == set(own["recordSet"][0]["field"][0])
    assert set(told["distribution"][0]) == set(own["distribution"][0])
    graph = Graph().parse(data=stations["croissant"].read_text("utf-8"), format="json-ld")
    vocabulary = Graph().parse(shared / "standards" / "croissant" / "croissant.ttl")
    responsible = Graph().parse(shared / "standards" / "croissant" / "croissant_rai.ttl")
    cr, rai = Namespace("http://mlcommons.org/croissant/"), Namespace("http://mlcommons.org/croissant/RAI/")
    used = {p for p in graph.predicates() if p.startswith(str(cr))} | {o for o in graph.objects(None, RDF.type) if o.startswith(str(cr))}
    known = set(vocabulary.subjects()) | set(responsible.subjects())
    assert used - known == set(), "terms that the vocabularies do not have"
    assert len([p for p in set(graph.predicates()) if p.startswith(str(rai))]) >= 6
    assert len(set(graph.subjects(RDF.type, cr.Field))) == len(STATIONS.columns)
    for file in told["distribution"]:
        assert (stations["csv"].parent / file["contentUrl"]).stat().st_size == int(file["contentSize"].split()[0])


# --- SDMX ---


@pytest.fixture(scope="module")
def indicator(tmp_path_factory: pytest.TempPathFactory, build_publication: Callable[..., Publication]) -> tuple[dict[str, Path], Path]:
    folder = tmp_path_factory.mktemp("indicator")
    publication = build_publication(folder / "made")
    con = connect()
    it = publication.indicators[0]
    about = describe_indicator(it, [], publication.catalog, synthetic=False)
    rows = con.sql(f"select {OBSERVATION_COLUMNS} from ({OBSERVATIONS.format(value='30.2')}) where indicator = '{it.id}'")
    write_parquet(con, rows, about, folder / f"{it.id}.parquet")
    files = {file.format: folder / Path(file.path).name for file in write_distributions(con, about, folder, folder, indicator=it)}
    structure = folder / "sdmx-structure.xml"
    observations = describe_standing("observations", [], publication.catalog, synthetic=False)
    structure.write_bytes(sdmx_structure([it], {"0301": "Oslo", "4601": "Bergen"}, observations))
    return files, structure


def test_sdmx_is_read_by_an_independent_reader_and_says_what_the_parquet_file_says(indicator: tuple[dict[str, Path], Path]) -> None:
    import sdmx

    files, structure = indicator
    definition = sdmx.read_sdmx(structure).structure[STRUCTURE]
    assert [dimension.id for dimension in definition.dimensions] == [*DIMENSIONS, "TIME_PERIOD"]
    message = sdmx.read_sdmx(files["sdmx_ml"], structure=definition)
    read = {
        (str(obs.key.REF_AREA.value), str(obs.key.TIME_PERIOD.value)): (
            obs.value,
            str(obs.attached_attribute["OBS_STATUS"].value),
        )
        for obs in message.data[0].obs
    }
    stored = duckdb.sql(f"select ref_area, time_period, obs_value, obs_status from '{files['parquet']}'").fetchall()
    assert len(read) == len(stored) == 3
    for area, period, value, status in stored:
        told, said = read[f"NO{area}", period]
        assert said == status
        assert (Decimal(str(told)) if told not in (None, "") else None) == value


def test_sdmx_csv_has_every_dimension_in_its_list_and_each_key_once(indicator: tuple[dict[str, Path], Path], shared: Path) -> None:
    files, _ = indicator
    official = json.loads((shared / "standards" / "sdmx-sdg" / "sdg-dsd-1.8.json").read_bytes())
    rows = list(csv.DictReader(io.StringIO(files["sdmx_csv"].read_text("utf-8"))))
    assert [d["id"] for d in official["dimensions"]][:-1] == list(DIMENSIONS)
    lists = {d["id"]: official["codelists"][d["codelist"]]["codes"] for d in official["dimensions"] if d["codelist"]}
    keys = set()
    for row in rows:
        assert row["DATAFLOW"] == f"{AGENCY}:DF_SDG_NO_MUN(1.0)"
        for dimension, codes in lists.items():
            own = row[dimension].startswith(("_L_", "NO", "C0"))
            assert own or row[dimension] in codes, dimension
        assert row["OBS_STATUS"] in official["codelists"]["CL_OBS_STATUS"]["codes"]
        assert row["UNIT_MEASURE"] in official["codelists"]["CL_UNIT_MEASURE"]["codes"] or row["UNIT_MEASURE"].startswith("_L_")
        keys.add(tuple(row[d] for d in (*DIMENSIONS, "TIME_PERIOD")))
    assert len(keys) == len(rows) == 3
    assert [row["OBS_VALUE"] for row in rows if row["REF_AREA"] == "NO4601"] == [""]
