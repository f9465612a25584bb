"""JSON made to break or to deceive its readers (F23), through every parser that reads JSON and every other entry point."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from catalog.duck import connect
from catalog.errors import BymaalError, ParseError
from catalog.load import load_datasets
from pipelines.datasets import module_of, parsers_of
from pipelines.fetching.bodies import expected
from pipelines.fetching.pages import Cursor, NextLink
from pipelines.reading.ask import Request
from pipelines.reading.json_text import parsed
from pipelines.sandbox.mutations import smaller
from pipelines.settings import ROOT

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
JSON_FORMATS = [
    (dataset.id, form)
    for dataset in DATASETS.values()
    for form in dataset.source.formats
    if expected(Request(url="", format=form)) == "json" or form == "geojson"
]
HOSTILE = {
    "nested lists": b"[" * 200_000,
    "nested objects": b'{"data":' * 200_000,
    "nested and closed": b"[" * 100_000 + b"]" * 100_000,
    "infinite by size": b'{"data": [1e400]}',
    "not a number": b'{"data": [NaN, -Infinity]}',
    "four hundred digits": b'{"data": [' + b"9" * 400 + b"]}",
    "the same key twice": b'{"data": [], "data": [1]}',
    "bad UTF-8": b'{"data": ["\xff\xfe\xc3\x28"]}',
    "half a surrogate pair": b'{"data": ["\\ud800"]}',
    "a byte-order mark in the middle": b'{"data": \xef\xbb\xbf[]}',
    "cut in a text": b'{"data": ["abc',
    "two texts": b'{"data": []}{"data": [1]}',
    "nothing": b"",
    "a bare number": b"7",
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize(("name", "form"), JSON_FORMATS)
def test_hostile_json_is_refused_and_never_quoted(name: str, form: str, case: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_bytes(HOSTILE[case])
    parser = parsers_of(DATASETS[name], module_of(DATASETS[name]))[form]
    con = connect(threads=1, memory_limit="300MB")
    with pytest.raises((BymaalError, duckdb.Error)) as caught:  # what DuckDB refuses, the steps turn into a ParseError
        parser(con, [path]).fetchall()
    con.close()
    assert "9999999" not in str(caught.value) or isinstance(caught.value, duckdb.Error)


@pytest.mark.parametrize(
    ("case", "why"),
    {
        "nested lists": "nested too deep",
        "infinite by size": "an infinite number",
        "not a number": "NaN or an infinite number",
        "four hundred digits": "more than 40 digits",
        "the same key twice": "the same key twice",
        "bad UTF-8": "not UTF-8 at byte 11",
        "half a surrogate pair": "half a surrogate pair",
        "cut in a text": "at character",
        "two texts": "extra data at character 12",
    }.items(),
)
def test_a_refusal_says_where_and_why(case: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=why) as caught:
        parsed(tmp_path / "answer.json", HOSTILE[case], "a list")
    assert "answer.json" in str(caught.value)


def test_a_byte_order_mark_and_a_whole_surrogate_pair_are_fine(tmp_path: Path) -> None:
    assert parsed(tmp_path / "a.json", b'\xef\xbb\xbf["\\ud83d\\ude00", 1.50]', "a list") == ["\U0001f600", 1.5]


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("turn", [NextLink(rows=("data",), link=("links", "next")), Cursor(connection=("things",))])
def test_a_hostile_page_cannot_be_turned(turn: NextLink | Cursor, case: str) -> None:
    question = Request(url="https://source.test/", format="x_json")
    try:
        page = turn(question, HOSTILE[case])
    except ValueError as error:
        assert "9999999" not in str(error)
    else:
        assert page.next is None


@pytest.mark.parametrize("poison", ["1e400", "NaN", "9" * 400, "-Infinity"])
def test_no_infinite_value_gets_into_a_table_of_measurements(recorded: Path, tmp_path: Path, poison: str) -> None:
    """A real answer in which one number is replaced is refused, or the number is not a number any more."""
    with (recorded / "snapshots.csv").open(encoding="utf-8", newline="") as lines:
        row = next(row for row in csv.DictReader(lines) if row["format"] == "nilu_aq_historical")
    series = json.loads(smaller((recorded / row["path"]).read_bytes()))
    series[0]["values"][0]["value"] = "POISON"
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(series).replace('"POISON"', poison), "utf-8")
    parser = parsers_of(DATASETS["air_quality_hourly"], "pipelines.datasets.air_quality_hourly")["nilu_aq_historical"]
    con = connect(threads=1)
    try:
        rows = con.execute("select value from poisoned") if parser(con, [path]).create_view("poisoned") else None
        values = [value for (value,) in rows.fetchall()] if rows else []
    except (BymaalError, duckdb.Error):
        return
    assert all(value is None or abs(value) < 10_000 for value in values)


@pytest.mark.parametrize("half", ["\\ud800", "\\udfff tail"])
def test_half_a_pair_in_a_text_that_is_taken_over_is_refused(half: str, tmp_path: Path) -> None:
    from pipelines.reading.jsonstat import read_json_text

    content = b'{"codes": [{"code": "0301", "name": "Oslo ' + half.encode() + b'"}]}'
    with pytest.raises(ParseError, match="half a surrogate pair"):
        read_json_text(content, tmp_path / "answer.json")
    whole = read_json_text(content.replace(half.encode(), b"\\ud83d\\ude00"), tmp_path / "answer.json")
    assert whole["codes"][0]["name"] == "Oslo \U0001f600"
