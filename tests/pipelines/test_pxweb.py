"""Answers of the statistics bank: every cell in its place, every sign kept, nothing taken for a number that is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.duck import connect
from catalog.errors import ParseError, SourceError
from catalog.load import load_dataset
from catalog.model import Dataset, TableDimension
from catalog.publication import Snapshot
from pipelines.reading import jsonstat, pxweb
from pipelines.reading.ask import Request, Window, full_url
from pipelines.settings import ROOT

V0 = "statistics/ssb_pxweb_v0"
REGION_AND_YEAR = {"Region": "region", "Tid": "year"}


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    return connect()


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Path]:
    """A small answer with two regions and two years, changed as a test wants it."""

    def write(**changes: Any) -> Path:
        content: dict[str, Any] = {
            "version": "2.0",
            "class": "dataset",
            "id": ["Region", "Tid"],
            "size": [2, 2],
            "dimension": {
                "Region": {"category": {"index": {"4601": 1, "0301": 0}}},
                "Tid": {"category": {"index": ["2023", "2024"]}},
            },
            "extension": {"px": {"tableid": "07459"}, "contact": [{"name": "Kari Nordmann", "mail": "kari@example.org"}]},
            "value": [709037, 717710, 289330, 291940],
        } | changes
        path = tmp_path / "answer.json"
        path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), "utf-8")
        return path

    return write


def _rows(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[Any, ...]]:
    found = jsonstat.cells(con, [path], table="07459", dimensions=REGION_AND_YEAR)
    return found.project("region, year, value, sign").fetchall()


def test_a_real_answer_of_the_new_service_gives_oslo_bergen_and_trondheim(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    path = recorded / "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json"
    dimensions = {"KOKkommuneregion0000": "region", "ContentsCode": "contents", "Tid": "year"}

    found = jsonstat.cells(con, [path], table="12134", dimensions=dimensions)

    assert found.project("region, contents, year, value, sign").fetchall() == [
        ("0301", "KOSAG110000", "2024", Decimal(81240), None),
        ("4601", "KOSAG110000", "2024", Decimal(66605), None),
        ("5001", "KOSAG110000", "2024", Decimal(62853), None),
    ]


def test_a_real_answer_keeps_its_signs_at_the_cells_they_stand_at(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    path = recorded / V0 / "05300_data_jsonstat2_2022.json"
    dimensions = {"Avstand1": "distance", "Kulturtilbud": "offer", "ContentsCode": "contents", "Tid": "year"}

    found = jsonstat.cells(con, [path], table="05300", dimensions=dimensions)

    assert found.aggregate("sign, count(*), count(value)", "sign").order("sign").fetchall() == [
        (".", 20, 0),
        ("..", 8, 0),
        (None, 404, 404),
    ]
    # Cell 71 of 6 distances × 8 offers × 1 content × 9 years: first distance, eighth offer, ninth year.
    assert found.filter("sign = '.'").project("distance, offer, year").fetchone() == ("01", "08", "2021")
    # Cell 360 = 5 × 72: sixth distance, first offer, first year.
    assert found.filter("sign = '..'").project("distance, offer, year").fetchone() == ("06", "01", "1991")


def test_real_answers_keep_every_digit_and_need_no_list_of_roles(con: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    gini = jsonstat.cells(
        con,
        [recorded / V0 / "13861_data_jsonstat2_2023.json"],
        table="13861",
        dimensions={"NACE2007": "industry", "ContentsCode": "contents", "Tid": "year"},
    )
    people = jsonstat.cells(
        con,
        [recorded / V0 / "07459_whole_country_1986-2025_from_notebook.json"],
        table="07459",
        dimensions={"ContentsCode": "contents", "Tid": "year"},
    )

    assert gini.filter("industry = 'A' and contents = 'Ginikoeffisient' and year = '2017'").project("value").fetchone() == (
        Decimal("0.224"),
    )
    assert people.filter("year in ('1986', '2020', '2025')").project("value").fetchall() == [(4159187,), (5367580,), (5594340,)]


def test_names_of_the_publishers_staff_never_come_along(con: duckdb.DuckDBPyConnection, answer: Callable[..., Path]) -> None:
    found = jsonstat.cells(con, [answer()], table="07459", dimensions=REGION_AND_YEAR)

    assert found.columns == ["region", "year", "value", "sign", "file"]
    assert "Nordmann" not in str(found.fetchall())


def test_every_row_knows_its_file_and_several_answers_come_as_one(con: duckdb.DuckDBPyConnection, answer: Callable[..., Path]) -> None:
    first = answer()
    second = first.rename(first.with_name("second.json"))
    first = answer(value=[1, 2, 3, 4])

    found = jsonstat.cells(con, [first, second], table="07459", dimensions=REGION_AND_YEAR)

    totals = dict(found.aggregate("file, sum(value)", "file").fetchall())
    assert totals == {str(first): Decimal(10), str(second): Decimal(2008017)}


def test_codes_stand_in_the_order_of_their_positions(con: duckdb.DuckDBPyConnection, answer: Callable[..., Path]) -> None:
    assert _rows(con, answer())[:3] == [
        ("0301", "2023", Decimal(709037), None),
        ("0301", "2024", Decimal(717710), None),
        ("4601", "2023", Decimal(289330), None),
    ]


def test_a_suppressed_cell_is_no_number_even_when_one_stands_beside_the_sign(
    con: duckdb.DuckDBPyConnection, answer: Callable[..., Path]
) -> None:
    path = answer(value=[2, 1, None, 4], status={"0": ":", "1": "*", "2": ".."})

    assert [row[2:] for row in _rows(con, path)] == [(None, ":"), (Decimal(1), "*"), (None, ".."), (Decimal(4), None)]


def test_the_publishers_signs_of_zero_are_zeros_and_a_bare_gap_is_not(con: duckdb.DuckDBPyConnection, answer: Callable[..., Path]) -> None:
    path = answer(value=[None, 0, None, 7], status=["-", "0", None, None])

    assert [row[2:] for row in _rows(con, path)] == [(Decimal(0), "-"), (Decimal(0), "0"), (None, None), (Decimal(7), None)]


def test_sparse_values_are_read_as_the_standard_allows(con: duckdb.DuckDBPyConnection, answer: Callable[..., Path]) -> None:
    path = answer(value={"1": 5, "3": 6}, status={"0": ".", "2": "."})

    assert [row[2] for row in _rows(con, path)] == [None, Decimal(5), None, Decimal(6)]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"class": "error"}, "not a JSON-stat 2 dataset"),
        ({"version": "1.0"}, "not a JSON-stat 2 dataset"),
        ({"extension": {"px": {"tableid": "07849"}}}, "not about table 07459"),
        ({"extension": {}}, "extension.px.tableid is missing"),
        ({"id": ["Region", "Alder"]}, "dimensions are not Region, Tid"),
        ({"id": ["Region"], "size": [2]}, "dimensions are not Region, Tid"),
        ({"size": [2, 3]}, "size does not match"),
        ({"value": [1, 2, 3]}, "one entry for each of the 4 cells"),
        ({"value": {"4": 1}}, "outside the table"),
        ({"value": None}, "value is missing"),
        ({"value": [1, 2, 3, "4"]}, "cell 3 is not a number"),
        ({"value": [1, 2, 3, True]}, "cell 3 is not a number"),
        ({"value": [1, 2, 3, 0.1234567]}, "cell 3 holds a number with too many digits"),
        ({"value": [1, 2, 3, 10**22]}, "cell 3 holds a number with too many digits"),
        ({"status": {"2": "??"}}, "cell 2 has a sign whose meaning is not declared"),
        (
            {
                "dimension": {
                    "Region": {"category": {"index": {"0301": 0, "4601": 2}}},
                    "Tid": {"category": {"index": ["2023", "2024"]}},
                }
            },
            "no complete order",
        ),
        (
            {
                "dimension": {
                    "Region": {"category": {"index": ["0301", "4601"], "unit": {"x": {"base": "1 000 personer"}}}},
                    "Tid": {"category": {"index": ["2023", "2024"]}},
                }
            },
            "thousands or millions",
        ),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_is_refused_with_its_reason(
    con: duckdb.DuckDBPyConnection, answer: Callable[..., Path], changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ParseError, match=says) as refusal:
        _rows(con, answer(**changes))

    assert "answer.json" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "not JSON at line 1 column 1"),
        (b"<!DOCTYPE html><title>404</title>", "not JSON at line 1 column 1"),
        (b'{"value": [1, 2', "not JSON"),
        (b'{"value": [NaN]}', "a number that is none"),
        (b'{"value": 1, "value": 2}', "same key twice"),
        (b'{"value": "\xe5"}', "not UTF-8 at byte 11"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_bytes_that_readers_might_see_differently_are_refused(tmp_path: Path, text: bytes, says: str) -> None:
    path = tmp_path / "hostile.json"
    path.write_bytes(text)

    with pytest.raises(ParseError, match=says):
        jsonstat.read_json(path)


@pytest.mark.parametrize("number", ["1e400", "1" * 400, "1e-30"])
def test_a_number_outside_every_statistic_is_refused_and_never_becomes_infinite(
    con: duckdb.DuckDBPyConnection, answer: Callable[..., Path], number: str
) -> None:
    path = answer()
    path.write_text(path.read_text("utf-8").replace("709037", number), "utf-8")

    with pytest.raises(ParseError, match="cell 0 holds a number with too many digits") as refusal:
        _rows(con, path)

    assert number not in str(refusal.value)


def test_an_error_object_of_the_service_is_not_taken_for_data(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "error.json"
    path.write_text('{"type":"Parameter error","title":"Non-existent value","status":400}', "utf-8")

    with pytest.raises(ParseError, match="not a JSON-stat 2 dataset"):
        _rows(con, path)


def test_a_table_is_asked_for_in_the_body_so_that_no_address_grows_too_long() -> None:
    regions = [f"{number:04}" for number in range(900)]

    request = pxweb.ask_table("https://data.ssb.no/api/pxwebapi/v2", "07459", {"Region": regions, "Tid": ["2024"]}, period="2024")

    assert full_url(request) == "https://data.ssb.no/api/pxwebapi/v2/tables/07459/data?lang=no&outputFormat=json-stat2"
    assert request.body == {
        "selection": [{"variableCode": "Region", "valueCodes": regions}, {"variableCode": "Tid", "valueCodes": ["2024"]}],
    }
    assert request.period == "2024"


# --- questions that are too large for a call ---


def described_table(folder: Path, regions: int, ages: int, region_codes: tuple[str, ...] = ("*",)) -> tuple[Dataset, Snapshot]:
    """A dataset whose table has so many regions and ages, and the snapshot that describes it."""
    names = {
        "Region": [f"{n:04}" for n in range(regions)],
        "Alder": [f"{n:03}" for n in range(ages)],
        "ContentsCode": ["Areal"],
        "Tid": ["2023", "2024"],
    }
    content = {
        "version": "2.0", "class": "dataset", "updated": "2026-03-16T07:00:00Z", "id": list(names),
        "size": [len(v) for v in names.values()],
        "role": {"time": ["Tid"], "metric": ["ContentsCode"], "geo": ["Region"]},
        "dimension": {name: {"label": name, "category": {"index": {c: i for i, c in enumerate(codes)}}} for name, codes in names.items()},
        "extension": {"px": {"tableid": "09280"}},
    }  # fmt: skip
    path = folder / "metadata.json"
    path.write_text(json.dumps(content), "utf-8")
    dataset = load_dataset(ROOT / "pipelines" / "datasets" / "land_area.yaml")
    assert dataset.source.table is not None
    dimensions = {"Alder": TableDimension(column="municipality", values=("*",))}
    table = dataset.source.table.model_copy(update={"dimensions": dimensions, "regions": region_codes})
    dataset = dataset.model_copy(update={"source": dataset.source.model_copy(update={"table": table})})
    url = "https://data.ssb.no/api/pxwebapi/v2/tables/09280/metadata?lang=no"
    return dataset, Snapshot(dataset.id, pxweb.METADATA, path, url, "", "", None, "", "ab", 1)


def selected(request: Request, dimension: str) -> list[str]:
    assert request.body is not None
    selection: Any = request.body["selection"]
    return next(entry["valueCodes"] for entry in selection if entry["variableCode"] == dimension)


def test_years_go_together_up_to_the_limit_of_a_call(tmp_path: Path) -> None:
    dataset, snapshot = described_table(tmp_path, regions=400, ages=1000)
    (both,) = pxweb.ask_further(dataset, Window(date(2020, 1, 1), date(2026, 1, 1)), [snapshot])
    assert (selected(both, "Tid"), selected(both, "Region"), both.period) == (["2023", "2024"], ["*"], None)


def test_a_year_that_is_too_much_for_a_call_comes_in_parts_that_are_all_of_it(tmp_path: Path) -> None:
    dataset, snapshot = described_table(tmp_path, regions=2000, ages=1000)
    asked = list(pxweb.ask_further(dataset, Window(date(2024, 1, 1), date(2025, 1, 1)), [snapshot]))
    assert [len(selected(one, "Region")) for one in asked] == [800, 800, 400]
    assert sorted(code for one in asked for code in selected(one, "Region")) == [f"{n:04}" for n in range(2000)]
    assert {(one.period, tuple(selected(one, "Tid"))) for one in asked} == {("2024", ("2024",))}
    assert len({(full_url(one), one.note) for one in asked}) == 3


def test_a_year_that_cannot_be_parted_is_not_asked_for(tmp_path: Path) -> None:
    dataset, snapshot = described_table(tmp_path, regions=2, ages=900_000, region_codes=("from(0000)",))
    fixed = dataset.source.table.model_copy(update={"dimensions": {"Alder": TableDimension(column="municipality", values=("from(000)",))}})  # type: ignore[union-attr]
    dataset = dataset.model_copy(update={"source": dataset.source.model_copy(update={"table": fixed})})
    with pytest.raises(SourceError, match="more than the 800,000 of a call"):
        list(pxweb.ask_further(dataset, Window(date(2024, 1, 1), date(2025, 1, 1)), [snapshot]))


def test_every_row_tells_the_table_it_is_from_where_one_table_succeeds_another(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    dataset = load_dataset(ROOT / "pipelines" / "datasets" / "net_electricity_consumption.yaml")
    found = []
    for table, year in (("10314", "2023"), ("14489", "2024"), ("14489", "2023")):
        names = {"Region": ["4601"], "forbrukergruppe": ["Husholdninger"], "ContentsCode": ["Forbruk"], "Tid": [year]}
        content = {
            "version": "2.0", "class": "dataset", "updated": "2026-03-16T07:00:00Z", "id": list(names), "size": [1] * 4, "value": [2345],
            "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
            "dimension": {name: {"label": name, "category": {"index": codes, "label": {}}} for name, codes in names.items()},
            "extension": {"px": {"tableid": table}},
        }  # fmt: skip
        content["dimension"]["ContentsCode"]["category"] = {
            "index": ["Forbruk"], "label": {"Forbruk": "Nettoforbruk av elektrisk kraft (GWh)"},
            "unit": {"Forbruk": {"base": "GWh", "decimals": 0}},
        }  # fmt: skip
        path = tmp_path / f"{table}_{year}.json"
        path.write_text(json.dumps(content), "utf-8")
        found.append(path)
    assert dataset.source.table is not None
    rows = (
        pxweb.read_declared(dataset.source.table, con, found[:2]).project("year, consumer_group, energy, table_id").order("year").fetchall()
    )
    assert rows == [(2023, "households", Decimal(2345), "10314"), (2024, "households", Decimal(2345), "14489")]
    with pytest.raises(ParseError, match="1 years that table 14489 is not asked for"):
        pxweb.read_declared(dataset.source.table, con, found[2:])
