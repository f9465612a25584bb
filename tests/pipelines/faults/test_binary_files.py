"""Binary files made to crash, to overload or to break out (F37, F38, F44): read in a process of their own, refused like any bad file."""

from __future__ import annotations

import json
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from catalog.duck import connect
from catalog.errors import ParseError
from catalog.load import load_datasets
from catalog.model import Dataset
from pipelines.bench.mutated import seeds
from pipelines.datasets import module_of, own_parsers_of, parsers_of
from pipelines.reading.child import ReadingLimits, is_read_apart, read_apart
from pipelines.sandbox.mutations import mutations
from pipelines.sandbox.weather import reply, weather
from pipelines.settings import ROOT

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
BINARY = [
    (dataset.id, form)
    for dataset in DATASETS.values()
    for form in own_parsers_of(dataset, module_of(dataset))
    if is_read_apart(form, [])
]  # fmt: skip


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    own = connect(threads=1, memory_limit="300MB")
    yield own
    own.close()


def read(con: duckdb.DuckDBPyConnection, name: str, form: str, *paths: Path) -> duckdb.DuckDBPyRelation:
    return parsers_of(DATASETS[name], module_of(DATASETS[name]))[form](con, list(paths))


def workbook(path: Path) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Oversikt").write_row(0, 0, ["År", "Sektor", "Utslipp"])
    return path


# --- a process of its own ---


def test_a_real_file_is_read_the_same_there_as_here(recorded: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = recorded / "energy/nve_ebm_elhub_yearly/consumption_kwh_municipality_industry_2022_2023.parquet"
    name, form = "electricity_consumption_yearly", "elhub_yearly_parquet"
    here = own_parsers_of(DATASETS[name], module_of(DATASETS[name]))[form](con, [path])
    there = read(con, name, form, path)
    assert (there.columns, list(map(str, there.types))) == (here.columns, list(map(str, here.types)))
    assert there.fetchall() == here.fetchall()


def test_a_file_is_known_by_its_first_bytes_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, is_binary in ((b"PK\x03\x04x", True), (b"PAR1x", True), (b"\xd0\xcf\x11\xe0", True), (b"a;b\n", False), (b"", False)):
        path.write_bytes(content)
        assert is_read_apart("x_csv", [path]) is is_binary


EVIL = """
import ctypes, os, time
from pathlib import Path
from catalog.errors import ParseError

def crash(con, paths): ctypes.string_at(0)
def hang(con, paths):
    while True: pass
def sleep(con, paths): time.sleep(600)
def swell(con, paths):
    held = []
    while True: held.append(bytearray(2**26))
def flood(con, paths):
    with (paths[0].parent / "flood").open("wb") as file:
        while True: file.write(b"x" * 2**20)
def shout(con, paths): raise ValueError("a value of the data")
def refuse(con, paths): raise ParseError("no rows", where="a.xlsx", effect="nothing", next_step="expected rows")
def leave(con, paths): os._exit(0)
def tell(con, paths): return con.sql("select '" + ",".join(sorted(k for k in os.environ if "SECRET" in k)) + "' as keys")
PARSERS = {f"{name}_xlsx": globals()[name] for name in ("crash", "hang", "sleep", "swell", "flood", "shout", "refuse", "leave", "tell")}
"""


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """A reader that does what is asked of it, in a module that only the other process imports."""
    (tmp_path / "evil_reader.py").write_text(EVIL, "utf-8")
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK\x03\x04")
    monkeypatch.setattr("pipelines.reading.child.ROOT", tmp_path)
    monkeypatch.setattr("pipelines.reading.child.environment_without_keys", lambda: {"PYTHONPATH": ""})
    import pipelines.reading.child as module

    limits = ReadingLimits(seconds=3, memory=2**29, output=2**24)
    own = connect(threads=1, memory_limit="100MB")
    real = module.subprocess.run

    def run(*arguments: object, **options: object) -> object:
        options["env"] = {**options["env"], "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}  # type: ignore[dict-item]
        return real(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(module.subprocess, "run", run)
    return lambda what: read_apart(own, DATASETS["ghg_emissions"], "evil_reader", f"{what}_xlsx", [file], limits)


@pytest.mark.parametrize(
    ("what", "says"),
    {
        "crash": "its reader crashed on it",
        "hang": "not read within 3 s",
        "sleep": "not read within 3 s",
        "swell": "needs more than 536,870,912 bytes of memory",
        "flood": r"not readable as flood_xlsx \(OSError\)",
        "shout": r"not readable as shout_xlsx \(ValueError\)",
        "refuse": "no rows – a.xlsx – nothing – expected rows",
        "leave": "its reader crashed on it",
    }.items(),
)
def test_whatever_a_file_does_to_its_reader_is_an_ordinary_refusal(evil: Callable[[str], object], what: str, says: str) -> None:
    began = time.monotonic()
    with pytest.raises(ParseError, match=says) as caught:
        evil(what)
    assert time.monotonic() - began < 60
    assert "a value of the data" not in str(caught.value)
    assert not list(Path("/tmp").glob("bymaal-*/answer.json"))


def test_the_reader_has_no_keys(recorded: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BYMAAL_SECRET_PLANTED", "a-key")
    from pipelines.settings import environment_without_keys

    assert not [name for name in environment_without_keys() if "SECRET" in name]


@pytest.mark.parametrize(("name", "form"), BINARY)
def test_a_few_damaged_files_end_as_rows_or_a_refusal(
    name: str, form: str, tmp_path: Path, con: duckdb.DuckDBPyConnection, recorded: Path
) -> None:
    """Through the real process; many more go through the same parsers in `test_mutated_files.py`."""
    known = {(dataset.id, listed): content for dataset, listed, _, content in seeds(recorded)}
    content = known.get((name, form)) or workbook(tmp_path / "seed.xlsx").read_bytes()
    for number, damaged in enumerate(mutations(content, 3)):
        path = tmp_path / f"{number}.{'parquet' if 'parquet' in form else 'zip' if 'zip' in form else 'xlsx'}"
        path.write_bytes(damaged)
        try:
            read(con, name, form, path).fetchall()
        except (ParseError, duckdb.Error) as error:
            assert str(error)


# --- archives ---


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def link(path: Path, target: str, name: str) -> Path:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(info, target)
    return path


def bomb(path: Path, name: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file, file.open(name, "w", force_zip64=True) as member:
        for _ in range(1100):
            member.write(bytes(2**20))
    return path


ARCHIVES = {
    "out by dots": lambda path: archive(path, **{"../../../outside.csv": b"a\n1\n", "../../../outside.json": b"{}", "../stops.txt": b"a"}),
    "absolute": lambda path: archive(path, **{"/tmp/outside.csv": b"a\n1\n", "/tmp/outside.json": b"{}"}),
    "a drive": lambda path: archive(path, **{"C:\\outside.csv": b"a\n1\n", "C:\\outside.json": b"{}"}),
    "a long name": lambda path: archive(path, **{"x" * 3000 + ".csv": b"a\n1\n"}),
    "a link to a file": lambda path: link(path, "/etc/passwd", "DataExtract.csv"),
    "a link out": lambda path: link(path, "../../..", "stops.txt"),
    "thousands of members that are no data": lambda path: archive(path, **{f"{number}.json": b"" for number in range(7_000)}),
    "empty": lambda path: archive(path),
    "in itself": lambda path: archive(path, **{"a.zip": archive(path.with_name("inner.zip"), a=b"1").read_bytes()}),
    "a name that stands twice": lambda path: archive(path, **{"stops.txt": b"a\n", "STOPS.TXT": b"b\n"}),
}  # fmt: skip
ZIPPED = [(name, form) for name, form in BINARY if "zip" in form]


@pytest.mark.parametrize("case", ARCHIVES)
@pytest.mark.parametrize(("name", "form"), ZIPPED)
def test_nothing_of_an_archive_lands_outside(name: str, form: str, case: str, tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    inside = tmp_path / "a" / "b" / "c"
    inside.mkdir(parents=True)
    path = ARCHIVES[case](inside / "answer.zip")
    con.execute(f"set temp_directory = '{inside}/spill'")
    before = {p for p in tmp_path.rglob("*") if "spill" not in p.parts}
    try:
        assert (case, read(con, name, form, path).fetchall()) == ("empty", [])
    except ParseError as error:
        assert "root:" not in str(error)
    assert {p for p in tmp_path.rglob("*") if "spill" not in p.parts} == before
    assert not Path("/tmp/outside.csv").exists()
    assert not list((inside / "spill").glob("bymaal-*")), "the folder of the reading process is gone"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), ZIPPED)
def test_an_archive_of_a_gibibyte_of_nothing_is_refused(name: str, form: str, tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    member = {"eea_sampling_points_zip": "DataExtract.csv", "gtfs_zip": "stops.txt"}.get(form, "a.json")
    path = bomb(tmp_path / "answer.zip", member)
    assert path.stat().st_size < 6_000_000
    with pytest.raises(ParseError):
        read(con, name, form, path).fetchall()


# --- XML inside workbooks ---

LAUGHS = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{("&l" + str(n - 1) + ";") * 9 if n else ""}">' for n in range(12)
)


@pytest.mark.parametrize("case", ["billion laughs", "a file", "the network"])
@pytest.mark.parametrize(("name", "form"), [(name, form) for name, form in BINARY if "xlsx" in form])
def test_entities_of_a_workbook_are_not_followed(name: str, form: str, case: str, tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    with weather(reply(body=b"root:x:0:0")) as state:
        doctype = {
            "billion laughs": f"<!DOCTYPE x [{LAUGHS}]>",
            "a file": '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
            "the network": f'<!DOCTYPE x [<!ENTITY l11 SYSTEM "{state.base}/x"><!ENTITY % p SYSTEM "{state.base}/p.dtd"> %p;]>',
        }[case]
        source = zipfile.ZipFile(workbook(tmp_path / "plain.xlsx"))
        path = tmp_path / "evil.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for member in source.infolist():
                text = source.read(member).decode()
                if member.filename.endswith((".xml", ".rels")):
                    head, _, rest = text.partition("?>")
                    text = f"{head}?>{doctype}{rest.replace('Sektor', '&l11;').replace('Utslipp', '&l11;')}"
                target.writestr(member.filename, text)
        began = time.process_time()
        try:
            rows = read(con, name, form, path).fetchall()
        except ParseError as error:
            rows = [(str(error),)]
        assert "root:" not in json.dumps(rows, default=str)
        assert "haha" not in json.dumps(rows, default=str)
        assert time.process_time() - began < 5
        assert state.heard == []


# --- names ---


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", "C:x", "a\0b", "con ", "a" * 300, "Å", "x.y", "-x", "1x", "aux\n", "%2e%2e", "a b", "'; drop"]
)
def test_a_dataset_cannot_have_a_name_that_is_a_path(name: str) -> None:
    any_dataset: Dataset = DATASETS["ghg_emissions"]
    with pytest.raises(ValueError, match="id"):
        Dataset.model_validate(any_dataset.model_dump() | {"id": name})
