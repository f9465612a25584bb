"""Every number that was asked for is there, computed or as a gap with its reason; nothing is dropped in silence."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from catalog.errors import MetadataError
from catalog.load import load_datasets, vocabulary
from catalog.model import Indicator, RegistryGap
from indicators.load import OBSERVATIONS, dependencies, load_gaps, load_indicators, load_references

ROOT = Path(__file__).parent.parent.parent
INDICATORS = load_indicators()
GAPS = load_gaps()
ASKED_FOR = [item for item in (*GAPS.values(), *INDICATORS.values()) if item.registry]

ROWS = {*(f"L11-{n:02}" for n in range(1, 26)), *(f"L09-{n:02}" for n in range(1, 15)), *(f"L17-{n:02}" for n in range(1, 15))}
"""The registry: 25 numbers for goal 11, 14 for goal 9, 14 for goal 17."""

UN = {
    "L11-01": "11.1.1", "L11-02": None, "L11-03": "11.2.1", "L11-04": "11.2.1", "L11-05": None, "L11-06": "11.2.1", "L11-07": None,
    "L11-08": "11.3.1", "L11-09": "11.3.1", "L11-10": "11.3.2", "L11-11": "11.3.2", "L11-12": "11.4.1", "L11-13": "11.5.1",
    "L11-14": "11.6.1", "L11-15": "11.6.1", "L11-16": "11.6.2", "L11-17": "11.6.2", "L11-18": None, "L11-19": "11.6.2", "L11-20": None,
    "L11-21": None, "L11-22": "11.7.1", "L11-23": "11.7.2", "L11-24": "11.a.1", "L11-25": "11.b.2", "L09-01": "9.1.1", "L09-02": "9.1.2",
    "L09-03": "9.1.2", "L09-04": None, "L09-05": "9.2.2", "L09-06": None, "L09-07": "9.3.1", "L09-08": "9.4.1", "L09-09": None,
    "L09-10": None, "L09-11": None, "L09-12": "9.5.1", "L09-13": "9.c.1", "L09-14": "9.c.1", "L17-01": "17.1.1", "L17-02": "17.1.2",
    "L17-03": "17.4.1", "L17-04": None, "L17-05": "17.6.1", "L17-06": "17.18.1", "L17-07": "17.18.1", "L17-08": None, "L17-09": None,
    "L17-10": None, "L17-11": None, "L17-12": "17.14.1", "L17-13": "17.17.1", "L17-14": "17.8.1",
}  # fmt: skip
"""The UN indicator of each row; None where the row stands under a target without one."""

NO_SOURCE_KNOWN = {"L11-13", "L11-23", "L09-12", "L17-12", "L17-13", "L17-14"}
"""Rows for which nobody has an open source by municipality: the only ones that do not count when the catalogue measures itself."""


def test_every_row_of_the_registry_is_answered_or_told_as_a_gap_and_no_other_is_there() -> None:
    assert len(ROWS) == 53
    assert UN.keys() == ROWS
    assert {item.registry for item in ASKED_FOR} == ROWS


def test_no_row_has_two_gaps() -> None:
    assert max(Counter(gap.registry for gap in GAPS.values()).values()) == 1


def test_every_row_names_the_un_indicator_it_translates() -> None:
    assert {item.registry: item.sdg.indicator for item in ASKED_FOR} == UN
    assert all(item.sdg.indicator == UN[item.registry] for item in ASKED_FOR if item.registry)


def test_rows_directions_and_official_names_are_those_of_the_list_that_was_asked_for(shared: Path) -> None:
    lines = [line.split("|") for line in (shared / "design" / "indicators.md").read_text("utf-8").splitlines() if line.startswith("| L")]
    listed = {cells[1].strip(): [cell.strip() for cell in cells] for cells in lines}
    assert listed.keys() == ROWS

    for item in ASKED_FOR:
        cells = listed[str(item.registry)]
        official = re.fullmatch(r"(?P<code>\d+\.\w+\.\d+) (?P<name>[A-Z][^;†…]+).*", cells[2])
        if official and official["code"] == item.sdg.indicator:
            assert item.sdg.name.en.startswith(official["name"].strip()), item.id
        if cells[8] in ("higher", "lower", "context") and item.id in GAPS:
            assert item.better == cells[8], item.id


def test_only_rows_without_any_known_source_are_gaps_in_fidelity() -> None:
    fidelities: dict[str | None, set[str]] = {}
    for item in ASKED_FOR:
        fidelities.setdefault(item.registry, set()).add(item.sdg.fidelity)

    assert {row for row, found in fidelities.items() if "gap" in found} == NO_SOURCE_KNOWN
    assert all(found == {"gap"} for row, found in fidelities.items() if row in NO_SOURCE_KNOWN)


def test_a_gap_that_could_be_closed_by_connecting_a_source_names_it_and_no_dataset_of_ours_has_it() -> None:
    tables = {version.id for dataset in load_datasets(ROOT / "pipelines" / "datasets").values() if dataset.source.table
              for version in dataset.source.table.versions}  # fmt: skip

    for gap in GAPS.values():
        if gap.status == "not_connected":
            assert gap.crosswalk.ssb_table not in tables, f"{gap.id}: table {gap.crosswalk.ssb_table} is a dataset; write the query"


def test_an_id_is_an_indicator_or_a_gap_never_both() -> None:
    assert not INDICATORS.keys() & GAPS.keys()


@pytest.mark.parametrize("item", ASKED_FOR, ids=lambda item: item.id)
def test_its_texts_are_in_three_languages_and_its_codes_are_known(item: Indicator | RegistryGap) -> None:
    texts = [item.title, item.description, item.sdg.name, item.sdg.why, item.does_not_say]
    if isinstance(item, RegistryGap):
        texts += [item.source, item.why, item.closes]
        assert item.status in vocabulary("gap_status")

    for text in texts:
        assert not re.search(r"\b(ikke|hvor|hva|hvem|fra|kommuner|flere|blir ikke|ennå)\b", text.nn), f"bokmål in {text.nn!r}"
        assert not re.search(r"\b(ikkje|kva|kven|frå|kommunar|fleire|enno)\b", text.nb), f"nynorsk in {text.nb!r}"
    assert item.sdg.fidelity in vocabulary("fidelity")


@pytest.mark.parametrize("item", ASKED_FOR, ids=lambda item: item.id)
def test_addresses_and_names_in_other_lists_are_those_lists_own(item: Indicator | RegistryGap, shared: Path) -> None:
    taxonomy = shared / "standards" / "ks-sdg-taxonomy"
    crosswalk = item.crosswalk
    if crosswalk.ks:
        assert f"<{crosswalk.ks}> a sdgo:Indicator" in (taxonomy / "De-norske-maalepunktene.ttl").read_text("utf-8")
        assert crosswalk.ks == unquote(crosswalk.ks), f"the vocabulary does not write {quote('å')}"
    if crosswalk.u4ssc:
        assert f'skos:notation "{crosswalk.u4ssc}"' in (taxonomy / "U4SSC.ttl").read_text("utf-8")
    if crosswalk.eu_vlr:
        handbook = (taxonomy / "The-EU-JRC-VLR-handbook-indicators-2022.ttl").read_text("utf-8").casefold()
        assert f'dct:title "{crosswalk.eu_vlr.casefold()}' in handbook


def test_a_demand_for_disaggregation_stands_in_the_name_of_the_un_indicator() -> None:
    names = {item.sdg.indicator: item.sdg.name.en for item in ASKED_FOR}

    for row in load_references()["un_disaggregation"].rows:
        assert str(row["words"]) in names[str(row["un_indicator"])], row["un_indicator"]


def test_names_that_demand_disaggregation_are_all_in_the_reference_table() -> None:
    listed = {str(row["un_indicator"]) for row in load_references()["un_disaggregation"].rows}
    demanding = {i.sdg.indicator for i in ASKED_FOR if i.sdg.indicator and re.search(r", by (?!cities)", i.sdg.name.en)}

    assert demanding == listed


def test_the_catalogue_counts_itself_by_rows_of_the_registry() -> None:
    """46 of 53: not the six without a source, and not the row of this number itself."""
    sql = INDICATORS["sdg_17_18_computable_share"].sql

    assert "meta.indicators" in dependencies(sql)
    assert INDICATORS["sdg_17_18_computable_share"].registry == "L17-06"
    assert "registry <> 'L17-06'" in sql
    assert len(ROWS - NO_SOURCE_KNOWN - {"L17-06"}) == 46


# --- what a wrong file says ---

ROBEK = "goal_11/sdg_11_a_1_robek.yaml"


def copied(folder: Path, name: str = ROBEK, to: str = "") -> Path:
    path = folder / (to or name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(ROOT / "indicators" / name, path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('unit: "{0/1}"\n', ""), r"unit: Field required.*sdg_11_a_1_robek\.yaml"),
        (('unit: "{0/1}"', "unit: stars"), r"unit 'stars' is not declared.*sdg_11_a_1_robek\.yaml: unit"),
        (("better: lower\n", ""), r"better: Field required.*sdg_11_a_1_robek\.yaml"),
        (("  fidelity: proxy\n", ""), r"sdg\.fidelity: Field required"),
        (("  why:\n    nb:", "  wherefore:\n    nb:"), r"sdg\.why: Field required"),
        (("  en: The municipality is in the ROBEK register\n", ""), r"title\.en: Field required"),
        (("  source: {nb: Kommuneloven", "  origin: {nb: Kommuneloven"), r"target\.source: Field required"),
        (("\ncloses:", "\nhopes:"), r"closes: Field required"),
        (("\nwhy:", "\nbecause:"), r"why: Field required"),
        (("status: not_machine_readable", "status: forgotten"), r"status: Input should be"),
        (("registry: L11-24", "registry: L09-24"), r"registry: L09-24 does not belong in goal_11"),
        (("registry: L11-24", "registry: row 24"), r"registry: String should match"),
        (("id: sdg_11_a_1_robek", "id: sdg_11_a_1_debt"), r"id: sdg_11_a_1_debt is not the name of the file"),
    ],
)
def test_a_gap_that_lacks_something_is_refused_with_file_and_key(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = copied(tmp_path)
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), "utf-8")

    with pytest.raises(MetadataError, match=message):
        load_gaps(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("unit: ug/m3\n", ""), r"unit: Field required.*sdg_11_6_no2\.sql"),
        (("better: lower\n", ""), r"better: Field required"),
        (("\nexample:", "\ninstance:"), r"example: Field required"),
        (("registry: L11-18", "registry: L17-18"), r"registry: L17-18 does not belong in goal_11 – sdg_11_6_no2\.sql"),
    ],
)
def test_an_indicator_that_lacks_something_is_refused_with_file_and_key(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = copied(tmp_path, "goal_11/sdg_11_6_no2.sql")
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), "utf-8")

    with pytest.raises(MetadataError, match=message):
        load_indicators(tmp_path)


def test_two_gaps_on_one_row_are_refused(tmp_path: Path) -> None:
    copied(tmp_path)
    other = copied(tmp_path, to="goal_11/sdg_11_a_1_debt_register.yaml")
    other.write_text(other.read_text("utf-8").replace("id: sdg_11_a_1_robek", "id: sdg_11_a_1_debt_register"), "utf-8")

    with pytest.raises(MetadataError, match=r"registry: L11-24 stands in sdg_11_a_1_debt_register\.yaml too – sdg_11_a_1_robek\.yaml"):
        load_gaps(tmp_path)


def test_a_gap_whose_query_is_written_must_go(tmp_path: Path) -> None:
    copied(tmp_path).with_suffix(".sql").write_text("select 1", "utf-8")

    with pytest.raises(MetadataError, match="sdg_11_a_1_robek is a gap and a query at once"):
        load_gaps(tmp_path)


def test_numbers_about_the_catalogue_itself_count_no_people() -> None:
    about_itself = {id_ for id_, indicator in INDICATORS.items() if not indicator.counts_people}

    assert about_itself == {
        id_
        for id_, indicator in INDICATORS.items()
        if OBSERVATIONS in dependencies(indicator.sql) or "meta.datasets" in dependencies(indicator.sql)
    }
