"""Hostile strings go through every output of a release as the text they are: read back by other readers, nothing of them has come alive."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import TypeAdapter, ValidationError
from python_calamine import CalamineWorkbook

from catalog.described import Described
from catalog.distributions import write_distributions
from catalog.duck import connect, literal, name
from catalog.errors import DataError
from catalog.formats.parquet import write_parquet
from catalog.model import Column, ColumnType, Id, Text
from catalog.publication import Publication
from catalog.releases.release import publish
from tests.hostile import CONTROL, PLAIN, STRINGS

FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
SHORT = [text for text in STRINGS if len(text) <= 32_767]


def test_the_list_is_long_enough() -> None:
    assert len(set(STRINGS)) >= 200


def words(said: str) -> Text:
    return Text(nb=said, nn=said, en=said)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A table of places whose names are the strings, in every format."""
    folder = tmp_path_factory.mktemp("hostile")
    columns = (
        Column(name="id", type=ColumnType.integer, unit="1", title=words("id"), description=words("id")),
        Column(name="remark", type=ColumnType.text, title=words("=1+1"), description=words("<script>alert(1)</script>")),
        Column(name="amount", type=ColumnType.decimal, unit="1", title=words("x"), description=words("x")),
        Column(name="latitude", type=ColumnType.decimal, unit="deg", title=words("x"), description=words("x")),
        Column(name="longitude", type=ColumnType.decimal, unit="deg", title=words("x"), description=words("x")),
    )
    about = Described(
        id="hostile", title=words("=1+1 <b>'\""), description=words("; ".join(PLAIN[:60])), row=words("{{7*7}}"), key=("id",),
        columns=columns, licence="NLOD_2_0", attribution=(words("</script>"),), sources=(("<x>", "https://example.net/"),), synthetic=False,
    )  # fmt: skip
    con = connect()
    con.execute(
        """create table rows as select i::bigint as id, t as remark, -i::decimal(18,6) - 0.5 as amount,
        59.9::decimal(18,6) as latitude, 10.7::decimal(18,6) as longitude
        from (select unnest($1::varchar[]) as t, unnest(range($2)) as i)""",
        [SHORT, len(SHORT)],
    )
    write_parquet(con, con.table("rows"), about, folder / "hostile.parquet")
    return {file.format: folder / Path(file.path).name for file in write_distributions(con, about, folder, folder)}


def test_parquet_and_geojson_keep_the_exact_text(files: dict[str, Path]) -> None:
    assert [text for (text,) in duckdb.sql(f"select remark from '{files['parquet']}' order by id").fetchall()] == SHORT
    features = json.loads(files["geojson"].read_bytes())["features"]
    assert [feature["properties"]["remark"] for feature in features] == SHORT


@pytest.mark.parametrize(("form", "delimiter", "point"), [("csv", ",", "."), ("csv_excel", ";", ",")])
def test_no_cell_of_a_csv_starts_a_formula_and_every_text_is_whole(files: dict[str, Path], form: str, delimiter: str, point: str) -> None:
    text = files[form].read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert {len(row) for row in rows} == {5}
    assert len(rows) == len(SHORT) + 1
    for row, original in zip(rows[1:], SHORT, strict=True):
        assert row[1] == (f"'{original}" if FORMULA.match(original) else original)
        assert not FORMULA.match(row[1])
        assert float(row[2].replace(point, ".")) < 0


def test_a_workbook_holds_text_alone(files: dict[str, Path]) -> None:
    with zipfile.ZipFile(files["xlsx"]) as book:
        for member in book.namelist():
            content = book.read(member).decode()
            assert not re.search(r"<f[ >]|<hyperlink|externalLink|<!ENTITY|<!DOCTYPE", content), member
            assert "evil.example" not in content or member.startswith(("xl/worksheets/sheet", "xl/sharedStrings", "docProps")), member
        assert not any(member.endswith((".bin", ".vml")) or "externalLinks" in member for member in book.namelist())
    rows = CalamineWorkbook.from_path(files["xlsx"]).get_sheet_by_name("Data").to_python()[1:]
    read = [str(row[1]) for row in rows]
    assert len(read) == len(SHORT)
    assert all(isinstance(row[2], float) and row[2] < 0 for row in rows)
    same = sum(got == text for got, text in zip(read, SHORT, strict=True))
    assert same >= len(SHORT) - len(CONTROL) - 5, "signs that a sheet cannot hold are written in its own way, everything else as it is"


def test_descriptions_for_machines_are_whole_json_with_one_meaning(files: dict[str, Path]) -> None:
    for form in ("datapackage", "csvw", "croissant"):
        told = json.loads(files[form].read_bytes())
        assert "; ".join(PLAIN[:60]) in json.dumps(told, ensure_ascii=False).encode().decode("unicode_escape", "ignore") or told
        assert "evil.example" not in json.dumps(told.get("@context", ""))
    readme = files["readme_nb"].read_text("utf-8")
    assert "\x1b" not in readme and "\r" not in readme


# --- a whole release ---


class _Page(HTMLParser):
    """What is alive on a page: elements, handlers, addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: dict[str, int] = {}
        self.handlers: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] = self.elements.get(tag, 0) + 1
        self.handlers += [key for key, _ in attrs if key.startswith("on") or key == "srcdoc"]
        self.addresses += [value or "" for key, value in attrs if key in ("href", "src", "action", "formaction", "xlink:href", "data")]


def alive(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def said(harmless: bool) -> str:
    return " ¦ ".join(re.sub(r"[^\w ]", "x", text) if harmless else text for text in PLAIN if len(text) < 500)


def with_texts(publication: Publication, *, harmless: bool) -> Publication:
    """The publication with every text of its metadata made of the strings, or of words of the same number."""
    everything = words(said(harmless))
    title = words("Luft" if harmless else "Luft </title><script>alert(1)</script>\"' onmouseover='alert(1) {{7*7}}")

    def hostile(of: Any) -> Any:
        return of.model_copy(update={"title": title, "description": everything})

    states = tuple(replace(state, dataset=hostile(state.dataset)) for state in publication.datasets)
    indicators = tuple(
        hostile(it).model_copy(update={"does_not_say": everything, "not_covered": everything}) for it in publication.indicators
    )
    tables = tuple(hostile(table) for table in publication.tables)
    return replace(publication, datasets=states, indicators=indicators, tables=tables)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory, build_publication: Callable[..., Publication]) -> dict[bool, Path]:
    """Two releases: one with hostile texts, one with harmless ones."""
    folder = tmp_path_factory.mktemp("releases")
    made = {}
    for harmless in (True, False):
        publication = with_texts(build_publication(folder / f"made-{harmless}"), harmless=harmless)
        public = folder / f"public-{harmless}"
        made[harmless] = public / "releases" / publish(publication, public).id
    return made


def test_pages_have_the_same_elements_whatever_the_texts_say(releases: dict[bool, Path]) -> None:
    pages = sorted(path.relative_to(releases[False]) for path in releases[False].rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        hostile, harmless = (alive((releases[which] / page).read_text("utf-8")) for which in (False, True))
        for tag in (
            "script",
            "iframe",
            "img",
            "svg",
            "style",
            "link",
            "meta",
            "base",
            "form",
            "object",
            "embed",
            "template",
            "video",
            "input",
        ):
            assert hostile.elements.get(tag, 0) == harmless.elements.get(tag, 0), f"{page}: {tag}"
        assert hostile.handlers == [], page
        for address in hostile.addresses:
            assert not re.match(r"\s*(javascript|data|vbscript):", address, re.IGNORECASE), page
            assert "evil.example" not in address, page


def test_the_graph_has_the_same_subjects_in_two_readers_whatever_the_texts_say(releases: dict[bool, Path]) -> None:
    import pyoxigraph
    from rdflib import Graph

    def subjects(folder: Path) -> set[str]:
        return {str(s) for s in Graph().parse(folder / "catalog.ttl").subjects() if not str(s).startswith(("n", "_"))}

    hostile, harmless = subjects(releases[False]), subjects(releases[True])
    assert hostile == harmless and len(hostile) > 20
    formats = {"ttl": pyoxigraph.RdfFormat.TURTLE, "rdf": pyoxigraph.RdfFormat.RDF_XML, "jsonld": pyoxigraph.RdfFormat.JSON_LD}
    counts = {}
    for ending, form in formats.items():
        triples = list(pyoxigraph.parse((releases[False] / f"catalog.{ending}").read_bytes(), format=form))
        counts[ending] = len({str(triple) for triple in triples if "_:" not in str(triple)})
        used = {str(triple.predicate) for triple in triples} | {str(triple.subject) for triple in triples}
        assert not any("evil.example" in term for term in used)
    assert len(set(counts.values())) == 1, counts


def test_the_database_holds_the_texts_as_comments_and_nothing_else_was_run(releases: dict[bool, Path]) -> None:
    tables = {}
    for which, folder in releases.items():
        con = duckdb.connect(str(folder / "bymaal.duckdb"), read_only=True)
        tables[which] = con.execute("select schema_name, table_name, column_count from duckdb_tables() order by all").fetchall()
        comment = con.execute("select comment from duckdb_tables() where table_name = 'air_quality'").fetchone()
        assert comment is not None
        if not which:
            assert "alert(1)" in comment[0] and "drop table observations" in comment[0]
        con.close()
    assert tables[True] == tables[False]


# --- names, paths, messages ---


@pytest.mark.parametrize("chunk", range(5))
def test_a_name_or_a_value_in_sql_is_that_and_nothing_more(chunk: int) -> None:
    con = connect()
    for text in [t for t in STRINGS if "\x00" not in t and t][chunk::5]:
        relation = con.sql(f"select {literal(text)} as {name(text)}")
        assert relation.columns == [text]
        assert relation.fetchone() == (text,)


def test_no_string_is_an_id_so_none_becomes_a_path() -> None:
    ids = TypeAdapter(Id)
    taken = []
    for text in STRINGS:
        try:
            taken.append(ids.validate_python(text))
        except ValidationError:
            continue
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{1,62}", text) for text in taken), taken
    assert taken == ["vbscript"] or set(taken) <= {"null", "true", "undefined", "nan"}


@pytest.mark.parametrize("text", CONTROL)
def test_no_text_of_the_catalogue_may_hold_a_control_sign(text: str) -> None:
    with pytest.raises(ValidationError):
        words(f"a{text}b")


def test_a_message_moves_no_cursor_and_turns_no_line() -> None:
    for text in STRINGS:
        message = str(DataError("what", where=text, effect=text, next_step=text))
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", message)
