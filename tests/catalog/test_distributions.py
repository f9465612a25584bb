"""A table in every format: the same values everywhere, text that stays text, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import jsonschema
import pytest
from python_calamine import CalamineWorkbook

from catalog.described import MEDIA_TYPES, SYNTHETIC, Described, describe_dataset, describe_indicator
from catalog.distributions import write_distributions
from catalog.duck import connect
from catalog.errors import MetadataError
from catalog.formats.json_stat import json_stat
from catalog.formats.parquet import write_parquet
from catalog.formats.readme import readme
from catalog.formats.xlsx import EXCEL_ROWS, XLSX_ROWS, write_xlsx
from catalog.model import Column, ColumnType, Dataset, Text
from catalog.publication import Publication

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")',
]  # fmt: skip
HARMLESS = ["Ålesund", "Kárášjohka – Karasjok", "a=b", "0301", "", "two\nlines", 'a "quoted" word', "semi;colon, comma", "'quoted'"]


def words(said: str) -> Text:
    return Text(nb=said, nn=said, en=said)


def described(**columns: ColumnType) -> Described:
    made = tuple(
        Column(
            name=name, type=kind, title=words(name), description=words(name), nullable=name != "id", scale=3,
            unit="1" if kind in (ColumnType.integer, ColumnType.decimal) else None,
        )
        for name, kind in {"id": ColumnType.integer, **columns}.items()
    )  # fmt: skip
    return Described(
        id="sample", title=words("Sample"), description=words("A sample"), row=words("One row"), key=("id",), columns=made,
        licence="NLOD_2_0", attribution=(words("Contains data from somewhere"),), sources=(("Somewhere", "https://example.org/"),),
        synthetic=True,
    )  # fmt: skip


def written(folder: Path, about: Described, sql: str, values: list[object] | None = None) -> dict[str, Path]:
    """Every format of a table, by what readers choose it by."""
    folder.mkdir(parents=True, exist_ok=True)
    con = connect()
    con.execute(f"create table rows as {sql}", values or [])
    write_parquet(con, con.table("rows"), about, folder / f"{about.id}.parquet")
    return {file.format: folder / Path(file.path).name for file in write_distributions(con, about, folder, folder)}


@pytest.fixture
def hostile(tmp_path: Path) -> dict[str, Path]:
    """Formulas and harmless texts beside negative numbers."""
    texts = [*FORMULAS, *HARMLESS]
    sql = """select i::bigint as id, t as remark, -i::decimal(18,3) - 0.5 as amount
      from (select unnest($1::varchar[]) as t, unnest(range($2)) as i)"""
    return written(tmp_path, described(remark=ColumnType.text, amount=ColumnType.decimal), sql, [texts, len(texts)])


def test_a_workbook_has_the_bytes_that_its_library_would_write_cell_by_cell(tmp_path: Path) -> None:
    """Every sign that must be written in another way, and numbers and days at the ends of what there is."""
    import xlsxwriter

    texts = [
        *FORMULAS,
        *HARMLESS,
        "a & b < c > d",
        " before",
        "after ",
        "\u00a0",
        "x\x0b",
        "\x00",
        "bell\x07",
        "_x0041_",
        "_x000D_\r",
        "\t",
        "\x1f",
        "🚲",
        None,
    ]
    chance = random.Random(4)
    numbers = [0.0, -0.0, 1e15, 123456789012345.678, 1e-7, 1e300, -1.5, 0.1, 1 / 3, None]
    numbers += [chance.uniform(-1e6, 1e6) for _ in range(300)]
    days = ((1900, 1, 1), (1900, 2, 28), (1850, 1, 1), (1900, 3, 1), (1899, 12, 31))
    moments = [None, *(datetime(*day, hour, 59) for day in days for hour in (0, 23)), *(datetime(*day) for day in days)]
    moments += [datetime(1990, 1, 1) + timedelta(microseconds=chance.randrange(10**15)) for _ in range(300)]
    rows = max(len(texts), len(numbers), len(moments))
    columns = [[*values, *[None] * (rows - len(values))] for values in (texts, numbers, moments)]
    whole = [None, 2**53, -(2**53), 0, *range(rows - 4)]
    con = connect()
    con.execute(
        """create table rows as select unnest(range($1))::bigint as id, unnest($2::varchar[]) as words, unnest($3::double[]) as amount,
        unnest($4::timestamp[]) as moment, unnest($5::bigint[]) as whole""", [rows, *columns, whole],
    )  # fmt: skip
    con.execute("create or replace table rows as select *, moment::date as day, case when id % 5 > 0 then id % 3 = 0 end as yes from rows")
    about = described(
        words=ColumnType.text, amount=ColumnType.decimal, moment=ColumnType.datetime, whole=ColumnType.integer, day=ColumnType.date,
        yes=ColumnType.boolean,
    )  # fmt: skip
    write_xlsx(con, "rows", about, tmp_path / "ours.xlsx")

    book = xlsxwriter.Workbook(
        str(tmp_path / "theirs.xlsx"), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, day, moment = (
        book.add_format(it) for it in ({"bold": True}, {"num_format": "yyyy-mm-dd"}, {"num_format": "yyyy-mm-dd hh:mm:ss"})
    )
    sheet = book.add_worksheet("Data")
    for index, column in enumerate(about.columns):
        sheet.write_string(0, index, column.name, bold)
    for number, row in enumerate(con.execute("from rows").fetchall(), start=1):
        for index, (column, value) in enumerate(zip(about.columns, row, strict=True)):
            match column.type:
                case _ if value is None:
                    pass
                case ColumnType.text:
                    sheet.write_string(number, index, value)
                case ColumnType.boolean:
                    sheet.write_boolean(number, index, value)
                case ColumnType.date:
                    sheet.write_datetime(number, index, datetime.combine(value, time()), day)
                case ColumnType.datetime:
                    sheet.write_datetime(number, index, value, moment)
                case _:
                    sheet.write_number(number, index, value)
    book.close()

    def cells(file: str) -> list[bytes]:
        with zipfile.ZipFile(tmp_path / file) as parts:
            return parts.read("xl/worksheets/sheet1.xml").partition(b"<sheetData>")[2].partition(b"</sheetData>")[0].split(b"<c ")

    assert cells("ours.xlsx") == cells("theirs.xlsx")


def test_no_text_cell_of_a_csv_starts_as_a_formula_and_negative_numbers_stay_numbers(hostile: dict[str, Path]) -> None:
    for form, delimiter, point in (("csv", ",", "."), ("csv_excel", ";", ",")):
        text = hostile[form].read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
        assert len(rows) == len(FORMULAS) + len(HARMLESS)
        for row, original in zip(rows, [*FORMULAS, *HARMLESS], strict=True):
            expected = f"'{original}" if original in FORMULAS else original
            assert row["remark"] == expected
            assert float(row["amount"].replace(point, ".")) < 0
            assert not row["amount"].startswith("'")


def test_the_machine_readable_file_keeps_the_exact_text(hostile: dict[str, Path]) -> None:
    texts = duckdb.sql(f"select remark from read_parquet('{hostile['parquet']}') order by id").fetchall()
    assert [text for (text,) in texts] == [*FORMULAS, *HARMLESS]


def test_a_workbook_holds_no_formula_and_no_link(hostile: dict[str, Path]) -> None:
    with zipfile.ZipFile(hostile["xlsx"]) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "<f " not in sheet and "<hyperlink" not in sheet
        assert not any("externalLink" in name or name.endswith("sheet1.xml.rels") for name in book.namelist())
    rows = CalamineWorkbook.from_path(hostile["xlsx"]).get_sheet_by_name("Data").to_python()
    assert [row[1] for row in rows[1:6]] == ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1"]
    assert all(isinstance(row[2], float) and row[2] < 0 for row in rows[1:])


def test_codes_with_leading_zeros_and_norwegian_letters_survive_every_format(tmp_path: Path) -> None:
    names = ["0301", "Ålesund", "Sør-Varanger", "Kárášjohka", "Unjárga – Nesseby", "007"]
    about = described(code=ColumnType.text)
    files = written(
        tmp_path, about, "select i::bigint as id, t as code from (select unnest($1::varchar[]) as t, unnest(range(6)) as i)", [names]
    )
    assert [r["code"] for r in csv.DictReader(files["csv"].open(encoding="utf-8", newline=""))] == names
    assert [r["code"] for r in csv.DictReader(files["csv_excel"].open(encoding="utf-8-sig", newline=""), delimiter=";")] == names
    sheet = CalamineWorkbook.from_path(files["xlsx"]).get_sheet_by_name("Data").to_python()
    assert [row[1] for row in sheet[1:]] == names
    assert duckdb.sql(f"select code from '{files['parquet']}' order by id").fetchall() == [(name,) for name in names]


TYPES = """select * from (values
  (1, 12.5::decimal(18,3), true, date '2024-02-29', timestamp '2024-03-31 01:00:00', 'x'),
  (2, -0.125, false, null, timestamp '2024-10-27 00:30:00.250', ''),
  (3, null, null, null, null, null),
  (4, 100.000, true, date '1999-01-01', timestamp '2000-01-01 00:00:00', 'y')
) as t(id, amount, flag, day, moment, remark)"""
ALL_TYPES = {
    "amount": ColumnType.decimal, "flag": ColumnType.boolean, "day": ColumnType.date, "moment": ColumnType.datetime,
    "remark": ColumnType.text,
}  # fmt: skip


def test_csv_for_programs_has_commas_points_utc_times_and_plain_line_ends(tmp_path: Path) -> None:
    files = written(tmp_path, described(**ALL_TYPES), TYPES)
    assert files["csv"].read_bytes() == (
        b"id,amount,flag,day,moment,remark\n"
        b"1,12.5,true,2024-02-29,2024-03-31T01:00:00Z,x\n"
        b'2,-0.125,false,,2024-10-27T00:30:00.25Z,""\n'
        b"3,,,,,\n"
        b"4,100,true,1999-01-01,2000-01-01T00:00:00Z,y\n"
    )


def test_csv_for_excel_has_semicolons_decimal_commas_and_the_mark_of_utf8(tmp_path: Path) -> None:
    files = written(tmp_path, described(**ALL_TYPES), TYPES)
    assert files["csv_excel"].name == "sample-excel.csv"
    lines = files["csv_excel"].read_bytes().split(b"\n")
    assert lines[0] == b"\xef\xbb\xbfid;amount;flag;day;moment;remark"
    assert lines[1] == b"1;12,5;true;2024-02-29;2024-03-31 01:00:00;x"


def test_a_workbook_has_typed_cells_a_frozen_header_and_a_sheet_that_explains(tmp_path: Path) -> None:
    files = written(tmp_path, described(**ALL_TYPES), TYPES)
    book = CalamineWorkbook.from_path(files["xlsx"])
    assert book.sheet_names == ["Data", "Les meg"]
    rows = book.get_sheet_by_name("Data").to_python()
    assert rows[1][:2] == [1.0, 12.5] and rows[1][2] is True
    assert rows[1][4] == datetime(2024, 3, 31, 1)
    assert rows[3][1:] == ["", "", "", "", ""], "missing is an empty cell, never 0"
    told = "\n".join(str(row[0]) for row in book.get_sheet_by_name("Les meg").to_python())
    assert all(sentence in told for sentence in (SYNTHETIC.nb, SYNTHETIC.nn, SYNTHETIC.en, "https://data.norge.no/nlod/no/2.0"))
    with zipfile.ZipFile(files["xlsx"]) as archive:
        assert 'state="frozen"' in archive.read("xl/worksheets/sheet1.xml").decode()


def test_every_format_holds_the_same_values(tmp_path: Path, publication: Publication) -> None:
    state = publication.datasets[0]
    about = describe_dataset(state.dataset, synthetic=True)
    columns = ", ".join(c.name for c in about.columns)
    files = written(tmp_path, about, f"select {columns} from read_parquet($1)", [[str(p.path) for p in state.periods]])
    sums = "select count(*), count(value), sum(value), min(from_time), max(from_time), count(distinct station) from "
    typed = "columns = {" + ", ".join(f"{c.name}: '{c.sql_type}'" for c in about.columns) + "}"
    exact = duckdb.sql(f"{sums} '{files['parquet']}'").fetchall()
    assert exact[0][0] == 288
    assert duckdb.sql(f"{sums} read_csv('{files['csv']}', header = true, {typed})").fetchall() == exact
    excel = f"read_csv('{files['csv_excel']}', header = true, delim = ';', decimal_separator = ',', {typed})"
    assert duckdb.sql(f"{sums} {excel}").fetchall() == exact
    rows = CalamineWorkbook.from_path(files["xlsx"]).get_sheet_by_name("Data").to_python()[1:]
    assert (len(rows), round(sum(row[4] for row in rows if row[4] != ""), 6)) == (288, float(exact[0][2]))


def test_equal_tables_give_equal_bytes_with_one_thread_or_several(tmp_path: Path) -> None:
    sql = "select i::bigint as id, (hash(i) % 1000 / 7.0)::decimal(18,3) as amount, 'S' || i % 11 as remark from range(300000) as r(i)"
    about = described(amount=ColumnType.decimal, remark=ColumnType.text)
    found = []
    for threads, order in ((1, "order by id"), (2, "order by id desc"), (4, "order by hash(id)")):
        folder = tmp_path / str(threads)
        folder.mkdir()
        con = connect(threads=threads)
        con.execute(f"create table rows as {sql} {order}")
        write_parquet(con, con.table("rows"), about, folder / "sample.parquet")
        found.append([(file.path, file.sha256) for file in write_distributions(con, about, folder, folder)])
    assert found[0] == found[1] == found[2]


def test_workbooks_of_the_same_table_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = (written(tmp_path / folder, described(**ALL_TYPES), TYPES) for folder in ("a", "b"))
    assert {form: path.read_bytes() for form, path in one.items()} == {form: path.read_bytes() for form, path in two.items()}


def test_a_large_table_has_no_workbook_and_one_that_no_sheet_holds_no_excel_csv(tmp_path: Path) -> None:
    sql = "select i::bigint as id from range({rows}) as r(i)"
    small = written(tmp_path / "small", described(), sql.format(rows=10))
    large = written(tmp_path / "large", described(), sql.format(rows=XLSX_ROWS + 1))
    huge = written(tmp_path / "huge", described(), sql.format(rows=EXCEL_ROWS + 1))
    assert "xlsx" in small and "xlsx" not in large and "csv_excel" in large
    assert "csv_excel" not in huge and "csv" in huge


def test_a_text_longer_than_a_cell_is_never_cut(tmp_path: Path) -> None:
    files = written(tmp_path, described(remark=ColumnType.text), "select 1::bigint as id, repeat('x', 40000) as remark")
    assert "xlsx" not in files
    assert len(next(csv.DictReader(files["csv"].open(encoding="utf-8")))["remark"]) == 40_000


def test_a_column_that_nobody_described_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="surprise"):
        written(tmp_path, described(), "select 1::bigint as id, 2 as surprise")


def test_each_file_is_told_with_its_size_hash_and_rows(tmp_path: Path) -> None:
    import hashlib

    written(tmp_path, described(**ALL_TYPES), TYPES)
    con = connect()
    for file in write_distributions(con, described(**ALL_TYPES), tmp_path, tmp_path):
        content = (tmp_path / file.path).read_bytes()
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert file.media_type == MEDIA_TYPES[file.format]
        assert file.rows == (4 if file.format in ("parquet", "csv", "csv_excel", "xlsx") else None)


def test_a_parquet_file_carries_its_meaning_terms_and_whether_it_is_made_up(tmp_path: Path) -> None:
    files = written(tmp_path, described(**ALL_TYPES), TYPES)
    facts = dict(duckdb.sql(f"select decode(key), decode(value) from parquet_kv_metadata('{files['parquet']}')").fetchall())
    assert facts["synthetic"] == "true"
    assert facts["licence"] == "https://data.norge.no/nlod/no/2.0"
    assert facts["attribution"] == "Contains data from somewhere"
    assert json.loads(facts["columns"])["amount"]["unit"] == "1"


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_readme_tells_columns_units_terms_and_the_rule_about_formulas(
    language: str, make_dataset: dict[str, Callable[..., Dataset]]
) -> None:
    told = readme(describe_dataset(make_dataset["electricity"](), synthetic=False), (), language)
    for part in (
        "metering_points",
        "quantity (kWh)",
        "withheld",
        "https://data.norge.no/nlod/no/2.0",
        f"Contains data from Elhub ({language})",
        "(')",
    ):
        assert part in told
    assert SYNTHETIC.get(language) not in told


def test_the_data_package_follows_the_standard(tmp_path: Path, shared: Path, make_dataset: dict[str, Callable[..., Dataset]]) -> None:
    about = describe_dataset(make_dataset["electricity"](), synthetic=True)
    files = written(
        tmp_path,
        about,
        """select '0301' as municipality, 'private' as consumption_group, 2024 as year, 7 as metering_points, 1.5 as quantity,
          null as withheld""",
    )
    package = json.loads(files["datapackage"].read_bytes())
    schema = json.loads((shared / "standards" / "frictionless" / "2.0" / "datapackage.json").read_bytes())
    jsonschema.Draft7Validator(schema).validate(package)
    fields = {field["name"]: field for field in package["resources"][1]["schema"]["fields"]}
    assert fields["quantity"]["unit"] == "kW.h"
    assert "required" not in fields["metering_points"].get("constraints", {}), "a count may be withheld"
    assert package["licenses"][0]["path"].startswith("https://data.norge.no/nlod")
    for resource in package["resources"]:
        assert resource["bytes"] == (tmp_path / resource["path"]).stat().st_size


def test_a_csv_can_be_read_back_by_its_data_package_alone(tmp_path: Path) -> None:
    files = written(tmp_path, described(**ALL_TYPES), TYPES)
    package = json.loads(files["datapackage"].read_bytes())
    resource = next(r for r in package["resources"] if r["path"] == "sample-excel.csv")
    decimal = next(f.get("decimalChar", ".") for f in resource["schema"]["fields"] if f["name"] == "amount")
    rows = list(
        csv.DictReader((tmp_path / resource["path"]).open(encoding="utf-8-sig", newline=""), delimiter=resource["dialect"]["delimiter"])
    )
    amounts = [Decimal(row["amount"].replace(decimal, ".")) for row in rows if row["amount"] not in resource["schema"]["missingValues"]]
    assert amounts == [Decimal("12.5"), Decimal("-0.125"), Decimal(100)]


# --- JSON-stat ---


def test_json_stat_follows_the_format_and_keeps_digits_and_reasons(publication: Publication, shared: Path) -> None:
    indicator = publication.indicators[0]
    about = describe_indicator(indicator, [publication.datasets[0].dataset], publication.catalog, synthetic=True)
    con = connect()
    path = publication.observations.with_name("one.parquet")
    con.execute(f"copy (from '{publication.observations}' where indicator = '{indicator.id}') to '{path}' (format parquet)")
    content = json_stat(con, path, indicator, about)
    document = json.loads(content, parse_float=Decimal)
    schema = json.loads((shared / "standards" / "json-stat" / "json-stat-2.0-dataset.own-schema.json").read_bytes())
    jsonschema.validate(json.loads(content), schema)
    assert (document["id"], document["size"]) == (["ref_area", "time_period"], [2, 2])
    assert document["value"] == [Decimal("31.5"), Decimal("30.2"), None, None], "row-major, the last dimension fastest"
    assert document["status"] == {"3": "N"}, "a cell without an observation has no status"
    assert document["dimension"]["ref_area"]["category"]["label"] == {"0301": "Oslo", "4601": "Bergen"}
    assert SYNTHETIC.nb in document["note"]
    assert document["extension"]["unit"]["code"] == "ug/m3"


def test_json_stat_with_breakdowns_has_every_cell_at_its_place(publication: Publication, tmp_path: Path) -> None:
    indicator = publication.indicators[0]
    about = describe_indicator(indicator, [], publication.catalog, synthetic=False)
    con = connect()
    con.execute(
        """create table seen as select a as ref_area, a as ref_area_name, y::varchar as time_period, b as breakdown,
          (a::int * 10000 + y + length(b))::decimal(28,6) as obs_value, 'A' as obs_status
        from (values ('0301'), ('4601'), ('5001')) as t(a), range(2020, 2024) as r(y),
          (values (''), ('component=NO2'), ('component=PM10')) as s(b)
        where not (a = '4601' and y = 2021)"""
    )
    path = tmp_path / "seen.parquet"
    con.execute(f"copy seen to '{path}' (format parquet)")
    document = json.loads(json_stat(con, path, indicator, about))
    size = document["size"]
    assert (size, len(document["value"])) == ([3, 4, 3], 36)
    index = {dimension: document["dimension"][dimension]["category"]["index"] for dimension in document["id"]}
    for i, value in enumerate(document["value"]):
        area, year, part = i // 12, i // 3 % 4, i % 3
        expected = int(index["ref_area"][area]) * 10000 + int(index["time_period"][year]) + len(index["breakdown"][part])
        assert value == (None if (area, year) == (1, 1) else expected)
