"""Exports in rows and columns are read as they are declared, and refused where they are written otherwise."""

from __future__ import annotations

import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog.duck import connect
from catalog.errors import ParseError
from pipelines.tabular import Export, Layout, read_csv, read_workbook, unpack

HOUR_ENDING = Layout(
    example="Tid,Elgeseter PM10 Hour,Dekning",
    times=("Tid",),
    value=r"(?P<name>.+) (?P<component>PM10|NO2) Hour",
    beside={"coverage": "Dekning"},
    label="end",
    step=timedelta(hours=1),
)
BOTH_ENDS = Layout(
    example="Fra-tid;Til-tid;Elgeseter PM10;QA",
    times=("Fra-tid", "Til-tid"),
    value=r"(?P<name>.+) (?P<component>PM10|NO2)",
    beside={"flag": "QA"},
)
EXPORT = Export(layouts=(HOUR_ENDING, BOTH_ENDS), clock=timedelta(hours=1), numbers=("value", "coverage"))


def rows(folder: Path, text: str | bytes, export: Export = EXPORT) -> list[dict]:
    path = folder / "export.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_csv(connect(), [path], export).to_pylist()


def refusal(folder: Path, text: str | bytes, export: Export = EXPORT) -> ParseError:
    with pytest.raises(ParseError) as caught:
        rows(folder, text, export)
    return caught.value


def test_a_single_time_that_ends_the_hour_becomes_the_hour_before_in_utc(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "Tid,Elgeseter PM10 Hour,Dekning\n01.01.2024 00:00,3.5,100\n")
    assert (row["from_time"], row["to_time"]) == (datetime(2023, 12, 31, 22), datetime(2023, 12, 31, 23))


def test_the_same_time_that_begins_its_interval_stays_where_it_is(tmp_path: Path) -> None:
    daily = Layout(example="", times=("Tid",), value="(?P<name>.+) Day", label="begin", step=timedelta(days=1))
    (row,) = rows(tmp_path, "Tid,Torvet Day\n01.01.2024 00:00,3.5\n", Export(layouts=(daily,), clock=timedelta(hours=1)))
    assert (row["from_time"], row["to_time"]) == (datetime(2023, 12, 31, 23), datetime(2024, 1, 1, 23))


def test_the_clock_is_the_same_in_summer_and_winter(tmp_path: Path) -> None:
    text = "Fra-tid;Til-tid;A PM10;QA\n" + "".join(f"29.03.2020 0{h}:00;29.03.2020 0{h + 1}:00;1;0\n" for h in range(1, 5))
    assert [row["from_time"].hour for row in rows(tmp_path, text)] == [0, 1, 2, 3]


def test_every_series_of_the_header_gives_a_row_with_what_stands_beside_it(tmp_path: Path) -> None:
    text = "Fra-tid;Til-tid;Elgeseter PM10;QA;Elgeseter mobil NO2;QA\n01.01.2020 00:00;01.01.2020 01:00;27,9;0;;1\n"
    found = [(r["name"], r["component"], r["value"], r["flag"], r["coverage"]) for r in rows(tmp_path, text)]
    assert found == [("Elgeseter", "PM10", "27.9", "0", None), ("Elgeseter mobil", "NO2", None, "1", None)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"27,9"', "27.9"),
        ("27.9", "27.9"),
        ('"16,320782"', "16.320782"),
        ('"-4,0"', "-4.0"),
        ("23.4194291375", "23.4194291375"),
        ("", None),
    ],
)
def test_numbers_keep_every_digit_and_blank_is_not_zero(tmp_path: Path, cell: str, value: str | None) -> None:
    (row,) = rows(tmp_path, f"Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,{cell},100\n")
    assert row["value"] == value


@pytest.mark.parametrize("above", ["", "\ufeff", "\ufeff\ufeff", "\ufeffA comment\nAnother;;;\n", "A comment, with a comma\n\n"])
def test_byte_order_marks_and_comments_stand_above_the_header(tmp_path: Path, above: str) -> None:
    (row,) = rows(tmp_path, above + "Tid,A PM10 Hour,Dekning\r\n01.01.2024 01:00,1,100\r\n")
    assert row["name"] == "A"


def test_empty_rows_are_no_rows(tmp_path: Path) -> None:
    text = "Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,100\n,,\n\n"
    assert len(rows(tmp_path, text)) == 1


def test_a_row_knows_its_line_and_its_file(tmp_path: Path) -> None:
    text = "comment\nTid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,100\n01.01.2024 02:00,2,100\n"
    found = rows(tmp_path, text)
    assert [(row["line"], row["file"]) for row in found] == [(3, str(tmp_path / "export.csv")), (4, str(tmp_path / "export.csv"))]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no header"),
        ("<html>\n<body>\n", "no header"),
        ("comment\n" * 20 + "Tid,A PM10 Hour,Dekning\n", "no header"),
        ("Tid,A PM10 Day,Dekning\n01.01.2024 01:00,1,100\n", "no known layout"),
        ("Tid,A PM10 Hour,Dekning,B PM10 Hour\n01.01.2024 01:00,1,100,1\n", "no known layout"),
        ("Tid,A PM10 Hour,QA\n01.01.2024 01:00,1,100\n", "no known layout"),
        ("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1\n", "line 2"),
        ("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,100\n2024-01-01 02:00,1,100\n", "line 3"),
        ("Tid,A PM10 Hour,Dekning\n,77777,100\n", "line 2"),
        ("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,77777,\n01.01.2024 02:00,1.777.777,100\n", "column 2"),
        ("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,77777x\n", "column 3"),
        ('Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,"77777,100\n', "not CSV"),
        ("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,Ålesund\n".encode("latin-1"), "not utf-8"),
    ],
)
def test_what_was_not_declared_is_refused_with_its_place_and_without_its_value(tmp_path: Path, text: str | bytes, says: str) -> None:
    error = refusal(tmp_path, text)
    assert says in str(error)
    assert "export.csv" in str(error)
    assert "77777" not in str(error)
    assert error.next_step


def test_files_of_several_layouts_are_read_in_one_go(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,100\n")
    (tmp_path / "b.csv").write_text("Fra-tid;Til-tid;B NO2;QA\n01.01.2024 00:00;01.01.2024 01:00;2;0\n")
    table = read_csv(connect(), [tmp_path / "a.csv", tmp_path / "b.csv"], EXPORT)
    assert [(r["name"], r["coverage"], r["flag"], r["from_time"].hour) for r in table.to_pylist()] == [
        ("A", "100", None, 23),
        ("B", None, "0", 23),
    ]


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "export.xlsx"
    with xlsxwriter.Workbook(path) as book:
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        book.add_worksheet("Om").write_row(0, 0, ["Om tallene"])
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["\ufeffFra-tid", "Til-tid", "Haukenes NO2", "QA"])
        sheet.write_datetime(1, 0, datetime(2017, 1, 1), moment)
        sheet.write_datetime(1, 1, datetime(2017, 1, 2), moment)
        sheet.write_row(1, 2, [9.2107705, 0])
        sheet.write_datetime(2, 0, datetime(2017, 1, 2), moment)
        sheet.write_datetime(2, 1, datetime(2017, 1, 3), moment)
    found = read_workbook(connect(), [path], EXPORT).to_pylist()
    assert [(r["line"], r["from_time"], r["name"], r["value"]) for r in found] == [
        (2, datetime(2016, 12, 31, 23), "Haukenes", "9.2107705"),
        (3, datetime(2017, 1, 1, 23), "Haukenes", None),
    ]


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_text("<html>moved</html>")
    with pytest.raises(ParseError, match="not a readable workbook"):
        read_workbook(connect(), [path], EXPORT)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/nothing.txt", "no workbook")
    with pytest.raises(ParseError, match="not a readable workbook"):
        read_workbook(connect(), [path], EXPORT)


def test_a_workbook_that_would_fill_the_memory_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    with pytest.raises(ParseError, match="unpacks to more than"):
        read_workbook(connect(), [path], Export(layouts=(BOTH_ENDS,), clock=timedelta(0), largest=1_000_000))


def test_only_one_member_of_an_archive_is_taken_and_only_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "answer.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DataExtract.csv", "0" * 5000)
        archive.writestr("readme.txt", "hello")
    assert unpack(path, ".csv", 5000) == b"0" * 5000
    with pytest.raises(ParseError, match="larger than 4999 bytes"):
        unpack(path, ".csv", 4999)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("second.csv", "1")
    with pytest.raises(ParseError, match="2 files"):
        unpack(path, ".csv", 5000)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ParseError, match="not a readable zip file"):
        unpack(path, ".csv", 5000)


def test_reading_leaves_nothing_behind_in_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Tid,A PM10 Hour,Dekning\n01.01.2024 01:00,1,100\n")
    con = connect()
    con.execute("create table cells as select 'mine' as whose")
    read_csv(con, [path], EXPORT)
    read_csv(con, [path], EXPORT)
    assert con.execute("select whose from cells").fetchall() == [("mine",)]
    assert con.execute("select table_name from information_schema.tables").fetchall() == [("cells",)]
