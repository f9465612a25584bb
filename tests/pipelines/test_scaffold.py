"""`bymaal new`: what it writes does not load with blanks left, and loads, reads and computes once they are filled."""

from __future__ import annotations

import importlib.util
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.duck import connect
from catalog.errors import BymaalError, MetadataError, ParseError, UsageError
from catalog.load import load_dataset
from catalog.model import Dataset
from indicators.engines.duckdb import DuckDB
from indicators.examples import differences, run_example
from indicators.load import check, load_indicators
from pipelines.authoring.scaffold import new_dataset, new_indicator
from pipelines.cli import main
from pipelines.settings import ROOT

TODAY = date(2026, 11, 23)
BLANK = ["FILL IN"]

ANSWERS: dict[str, Any] = {
    "columns.2.type": "integer",
    "columns.2.unit": "{car}",
    "columns.2.minimum": 0,
    "columns.2.maximum": 1000,
    "source.publisher.organisation_number": "971526920",
    "source.service": "https://data.example.org/cars.csv",
    "source.documentation": "https://data.example.org/about",
    "source.licence": "CC0",
    "source.rhythm": "P1Y",
    "source.lag": "P6M",
    "source.starts_on": date(2015, 1, 1),
    "ethics.assessed_on": TODAY,
    "ethics.review_due_on": date(2027, 11, 23),
    "ethics.purpose.0": "dpv:PublicBenefit",
    "ethics.legal_basis.0": "https://lovdata.no/eli/lov/2019/06/21/32",
    "ethics.about_people": "indirect",
    "ethics.counts_of.0": "vehicles",
    "ethics.data_category": "AnonymisedData",
    "ethics.data_nature.0": "CollectedData",
    "ethics.indigenous_relevance": "possible",
    "ethics.count_columns.0": "amount",
    "ethics.risks.0.type": "risk:DataMisinterpretation",
    "ethics.risks.0.level": "moderate",
    "ethics.risks.0.residual": "low",
    "ethics.assessor": "data_secretariat",
    "ethics.decision.by": "data_owner_mobility",
    "ethics.decision.status": "approved",
    "ethics.decision.on": TODAY,
    "sdg.target": "11.6",
    "sdg.fidelity": "proxy",
    "unit": "{car}",
    "decimals": 0,
    "better": "lower",
    "target_image": "climate_friendly",
    "roadmap_principle": 3,
    "example.given.validated.fill_in.0": {"municipality": "4601", "year": 2024, "fuel": "diesel", "cars": 12},
    "example.expect.0": {"ref_area": "4601", "time_period": "2024", "obs_value": 12, "obs_status": "A", "n_units": 1},
}
"""What a person writes into blanks that do not hold free text."""


def blanks(node: Any, path: str = "") -> list[str]:
    """The keys that are still blank."""
    if node == BLANK:
        return [path]
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [blank for key, value in inside for blank in blanks(value, f"{path}.{key}".lstrip("."))]


def filled(node: Any, path: str = "", keep: str = "") -> Any:
    """The same description with every blank filled in, but for the key `keep`."""
    if node == BLANK:
        return node if path == keep else ANSWERS.get(path, "Noe som er skrevet")
    if isinstance(node, dict):
        return {key: filled(value, f"{path}.{key}".lstrip("."), keep) for key, value in node.items()}
    return [filled(value, f"{path}.{key}", keep) for key, value in enumerate(node)] if isinstance(node, list) else node


def still_blank(what: str) -> set[str]:
    """The keys that a message names as still blank."""
    named, said, _ = what.partition(": still [FILL IN]")
    assert said
    return set(named.split(", "))


def dataset_with(folder: Path, keep: str = "") -> Path:
    path = new_dataset("new_cars", folder, TODAY).files[0]
    path.write_text(yaml.safe_dump(filled(yaml.safe_load(path.read_text("utf-8")), keep=keep), sort_keys=False), "utf-8")
    return path


def parts_of(path: Path) -> tuple[Any, str]:
    head, sql = path.read_text("utf-8").removeprefix("/*---\n").split("\n---*/\n")
    return yaml.safe_load(head), sql


def indicator_with(folder: Path, keep: str = "") -> None:
    path = new_indicator("sdg_11_6_new_cars", None, folder, TODAY).files[0]
    head, sql = parts_of(path)
    written = yaml.safe_dump(filled(head, keep=keep), sort_keys=False).replace("validated.fill_in", "validated.car_fleet")
    sql = sql.replace("validated.fill_in", "validated.car_fleet").replace("fill_in", "cars")
    path.write_text(f"/*---\n{written.rstrip()}\n---*/\n{sql}", "utf-8")


def test_a_new_dataset_does_not_load_and_every_blank_is_named(tmp_path: Path) -> None:
    path = new_dataset("new_cars", tmp_path, TODAY).files[0]

    with pytest.raises(MetadataError) as refused:
        load_dataset(path)

    named = still_blank(refused.value.what)
    assert set(blanks(yaml.safe_load(path.read_text("utf-8")))) <= named
    assert len(named) > 80


@pytest.mark.parametrize(
    "blank", ["title.nn", "source.licence", "source.lag", "ethics.missing.en", "ethics.decision.on", "columns.2.minimum"]
)
def test_one_blank_left_in_a_dataset_is_enough_to_refuse_it(tmp_path: Path, blank: str) -> None:
    with pytest.raises(MetadataError, match=rf"^{re.escape(blank)}: still \[FILL IN\] – new_cars\.yaml"):
        load_dataset(dataset_with(tmp_path, keep=blank))


def test_a_filled_dataset_loads_and_has_every_key_that_a_dataset_must_have(tmp_path: Path) -> None:
    dataset = load_dataset(dataset_with(tmp_path))

    assert dataset.id == "new_cars" and dataset.issued == TODAY
    assert dataset.ethics is not None and dataset.ethics.is_publishable
    assert {key for key, field in Dataset.model_fields.items() if field.is_required()} <= dataset.model_fields_set


def test_the_module_of_a_dataset_reads_the_columns_of_its_yaml_once_the_headers_are_written(tmp_path: Path) -> None:
    dataset = load_dataset(dataset_with(tmp_path))
    source = tmp_path / "cars.csv"
    source.write_text("Kommunenr;År;Biler\n0301;2024;12\n4601;2024;\n", "utf-8")
    module = tmp_path / "new_cars.py"

    with connect() as con, pytest.raises(ParseError, match="columns missing: FILL IN: municipality"):
        load_module(module).PARSERS["source_csv"](con, [source])
    text = module.read_text("utf-8")
    for blank, header in {"municipality": "Kommunenr", "year": "År", "amount": "Biler"}.items():
        text = text.replace(f"FILL IN: {blank}", header)
    module.write_text(text, "utf-8")
    mended = load_module(module)
    with connect() as con:
        relation = mended.PARSERS["source_csv"](con, [source])
        rows = relation.fetchall()

    assert set(mended.PARSERS) == set(dataset.source.formats)
    assert relation.columns == [*(column.name for column in dataset.columns), "file"]
    assert [row[:3] for row in rows] == [("0301", "2024", "12"), ("4601", "2024", None)]
    assert [request.url for request in mended.ask(dataset, None)] == [dataset.source.service]


def load_module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"scaffolded_{path.stat().st_mtime_ns}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_new_indicator_does_not_load_and_every_blank_is_named(tmp_path: Path) -> None:
    path = new_indicator("sdg_11_6_new_cars", 11, tmp_path, TODAY).files[0]

    with pytest.raises(MetadataError) as refused:
        load_indicators(tmp_path)

    named = still_blank(refused.value.what)
    assert set(blanks(parts_of(path)[0])) <= named
    assert len(named) > 35


@pytest.mark.parametrize("blank", ["formula.en", "sdg.fidelity", "unit", "example.expect.0"])
def test_one_blank_left_in_an_indicator_is_enough_to_refuse_it(tmp_path: Path, blank: str) -> None:
    indicator_with(tmp_path, keep=blank)

    with pytest.raises(MetadataError, match=rf"^{re.escape(blank)}: still \[FILL IN\] – sdg_11_6_new_cars\.sql"):
        load_indicators(tmp_path)


def test_a_filled_indicator_loads_keeps_the_rules_of_the_house_and_its_worked_example_runs(tmp_path: Path) -> None:
    indicator_with(tmp_path)
    datasets = {"car_fleet": load_dataset(ROOT / "pipelines" / "datasets" / "car_fleet.yaml")}

    found = load_indicators(tmp_path)
    check({}, found, (), datasets)
    engine = DuckDB()
    try:
        rows = run_example(engine, found["sdg_11_6_new_cars"], datasets=datasets, tables={}, references={})
    finally:
        engine.close()

    assert rows.num_rows == 1
    assert differences(found["sdg_11_6_new_cars"], rows) == []


def test_a_query_that_still_names_no_dataset_is_refused(tmp_path: Path) -> None:
    path = new_indicator("sdg_11_6_new_cars", None, tmp_path, TODAY).files[0]
    head, sql = parts_of(path)
    path.write_text(f"/*---\n{yaml.safe_dump(filled(head), sort_keys=False).rstrip()}\n---*/\n{sql}", "utf-8")

    with pytest.raises(MetadataError, match=r"unknown table validated\.fill_in"):
        check({}, load_indicators(tmp_path), (), ())


@pytest.mark.parametrize("key", ["Cars", "1cars", "new-cars", "../cars", "c", "å_b", "x" * 64, "cars\n"])
def test_an_id_that_breaks_the_pattern_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(UsageError, match="not an id"):
        new_dataset(key, tmp_path, TODAY)
    with pytest.raises(UsageError, match="not an id"):
        new_indicator(key, 11, tmp_path, TODAY)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_overwritten_and_then_nothing_is_written(tmp_path: Path) -> None:
    mine = tmp_path / "cars.py"
    mine.write_text("mine", "utf-8")

    with pytest.raises(UsageError, match=r"is there already – cars\.py"):
        new_dataset("cars", tmp_path, TODAY)

    assert mine.read_text("utf-8") == "mine" and not (tmp_path / "cars.yaml").exists()


@pytest.mark.parametrize("taken", ["goal_09/cars.sql", "goal_11/cars.yaml", "tables/cars.sql"])
def test_an_indicator_may_not_take_the_id_of_another_or_of_a_gap_or_a_table(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).parent.mkdir()
    (tmp_path / taken).write_text("", "utf-8")

    with pytest.raises(UsageError, match="is there already"):
        new_indicator("cars", 11, tmp_path, TODAY)


@pytest.mark.parametrize(("key", "goal"), [("cars", None), ("sdg_11_6_cars", 9), ("sdg_13_2_cars", None)])
def test_an_indicator_needs_one_goal_that_its_id_agrees_with(tmp_path: Path, key: str, goal: int | None) -> None:
    with pytest.raises(UsageError, match="goal"):
        new_indicator(key, goal, tmp_path, TODAY)


def test_the_commands_say_what_they_wrote_and_refuse_to_do_it_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "dataset", "new_cars", "--into", str(tmp_path)]) == 0
    assert "new_cars.yaml" in capsys.readouterr().out
    assert main(["new", "indicator", "cars_left", "--goal", "9", "--into", str(tmp_path)]) == 0
    assert (tmp_path / "goal_09" / "cars_left.sql").is_file()
    capsys.readouterr()

    assert main(["new", "dataset", "new_cars", "--into", str(tmp_path)]) == 2
    assert "is there already – new_cars.yaml – nothing was written" in capsys.readouterr().err


# --- a dataset from a sample of its file ---


def declared_from(path: Path, folder: Path) -> dict[str, Any]:
    """What `new dataset --sample` writes about a file, with every blank filled so that it can be looked into."""
    written = new_dataset("from_sample", folder, TODAY, path)
    assert [one.name for one in written.files] == ["from_sample.yaml"]  # no Python
    return yaml.safe_load(written.files[0].read_text("utf-8").replace("[FILL IN]", "x"))


def test_a_semicolon_export_is_declared_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "avfall_2023.csv"
    text = "Avfall per kommune\n\nKnr;Kommune;Mengde (tonn);Andel;Dato\n301;Oslo;1200;12,5;31.12.2023\n3201;Bærum;;3,25;31.12.2023\n"
    path.write_bytes(text.encode("cp1252"))
    made = declared_from(path, tmp_path)
    assert made["source"]["files"] == {
        "from_sample_csv": {
            "encoding": "cp1252",
            "delimiter": ";",
            "decimal": ",",
            "columns": {
                "municipality": {"header": ["Knr"], "width": 4},
                "kommune": {"header": ["Kommune"]},
                "mengde_tonn": {"header": ["Mengde (tonn)"]},
                "andel": {"header": ["Andel"]},
                "dato": {"header": ["Dato"], "formats": ["%d.%m.%Y"]},
                "year": {"name": r"(?<!\d)(20\d\d)(?!\d)"},
            },
        }
    }
    assert {c["name"]: (c["type"], c.get("nullable")) for c in made["columns"]} == {
        "municipality": ("text", None), "kommune": ("text", None), "mengde_tonn": ("integer", True), "andel": ("decimal", None),
        "dato": ("date", None), "year": ("integer", None),
    }  # fmt: skip
    assert (made["key"], made["source"]["formats"]) == (["municipality", "kommune", "year"], ["from_sample_csv"])


def test_an_hourly_file_leaves_the_clock_to_a_person(tmp_path: Path) -> None:
    path = tmp_path / "strom.csv"
    path.write_text("Tid,Forbruk\n01.01.2024 00:00,1.5\n01.01.2024 01:00,2\n", "utf-8")
    made = declared_from(path, tmp_path)
    file = made["source"]["files"]["from_sample_csv"]
    assert file["time"] == {"column": "tid", "header": ["Tid"], "formats": ["%d.%m.%Y %H:%M"], "clock": "x", "label": "x"}
    assert "tid" not in file["columns"]


def test_a_filled_sample_reads_the_file_it_was_made_from(tmp_path: Path, recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real workbook → declaration → the words of a person → a dataset that loads and reads every row."""
    from pipelines.datasets import module_of, parsers_of

    path = recorded / "transport/nvdb/kostra_2024/kostra01_road_length_2024.xlsx"
    written = new_dataset("from_sample", tmp_path, TODAY, path).files[0]
    text = written.read_text("utf-8")
    assert 'sheet: "Tabell kommuner"' in text
    more = {f"columns.{n}.{key}": value for n in range(10) for key, value in (("unit", "km"), ("minimum", 0), ("maximum", 10**6))}
    monkeypatch.setattr(f"{__name__}.ANSWERS", ANSWERS | more | {"ethics.count_columns.0": "column_k"})
    written.write_text(yaml.safe_dump(filled(yaml.safe_load(text)), sort_keys=False), "utf-8")
    dataset = load_dataset(written)
    assert module_of(dataset) == "pipelines.reading.declared"
    con = connect()
    rows = parsers_of(dataset, module_of(dataset))["from_sample_xlsx"](con, [path])
    assert rows.filter("municipality = '0301'").project("year, column_k").fetchall() == [("2024", "1155")]
    assert rows.aggregate("count(*)").fetchone() == (357,)


@pytest.mark.parametrize("content", ["", "1;2\n3;4\n", "<html><body>404</body></html>", "PK\x03\x04 no zip"])
def test_a_file_that_is_no_table_is_refused_and_nothing_is_written(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sample.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(BymaalError):
        new_dataset("from_sample", tmp_path, TODAY, path)
    assert not (tmp_path / "from_sample.yaml").exists()


def test_numbers_that_name_something_are_text_and_need_no_unit(tmp_path: Path) -> None:
    path = tmp_path / "anlegg.csv"
    path.write_text("AnleggId;Org.nr.;År;Utslipp\n17801;987181958;2007;5057\n5012;975012301;2008;107688\n", "utf-8")
    made = declared_from(path, tmp_path)
    assert {c["name"]: c["type"] for c in made["columns"]} == {
        "anleggid": "text",
        "org_nr": "text",
        "year": "integer",
        "utslipp": "integer",
    }
