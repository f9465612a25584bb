"""Names of counties, and the language of Sámi and Kven names, are those that the Mapping Authority and Statistics Norway give."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from catalog.site.places import county, other_names

TAGS = {"Northern Sami": "se", "Lule Sami": "smj", "Southern Sami": "sma", "Kven Finnish": "fkv"}
MARKED = ("Oslo",)
"""The municipality and the county of Oslo are one; the Mapping Authority's file of counties has its Norwegian name alone."""


NAMED_LATER = ("0301", "5006")
"""Oslo and Steinkjer have their Southern Sámi names in Statistics Norway's tables of 2025, and not yet in the recorded list to 2024."""


def of_today(recorded: Path) -> dict[str, str]:
    """Code → official name in the register of municipalities (KLASS 131)."""
    path = recorded / "statistics" / "ssb_klass" / "klass_131_all_codes_1838-2024.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file) if not row["validTo"]}


def test_every_county_has_the_names_that_the_mapping_authority_gives(recorded: Path) -> None:
    told = json.loads((recorded / "geography" / "municipality_boundaries" / "fylker_2024_S.geojson").read_text("utf-8"))
    names = {one["properties"]["fylkesnummer"]: one["properties"]["fylkesnavn"] for one in told["features"]}
    assert len(names) == 15
    for code, name in names.items():
        ours = county(code)
        assert ours.name in name.split(" - "), code
        if ours.name not in MARKED:
            assert {ours.name, *(other for _, other in ours.other_names)} == set(name.split(" - ")), code


def test_the_language_of_a_name_is_the_one_that_the_mapping_authority_tells(recorded: Path) -> None:
    told = json.loads((recorded / "geography" / "kartverket_kommuneinfo" / "fylkerkommuner_2023-11.json").read_text("utf-8"))
    today = {frozenset(label.split(" - ")): code for code, label in of_today(recorded).items()}
    compared = 0
    for one in (one for shire in told for one in shire["kommuner"] if one["samiskForvaltningsomrade"]):
        names = {(TAGS.get(name["sprak"], "no"), name["navn"]) for name in one["gyldigeNavn"] if name["navn"]}
        code = next((code for parts, code in today.items() if one["kommunenavnNorsk"] in parts), None)
        assert code, one["kommunenavnNorsk"]
        official = of_today(recorded)[code]
        ours = {tag for tag, _ in other_names(code, one["kommunenavnNorsk"], official)}
        assert ours == {tag for tag, _ in names if tag != "no"}, official
        compared += 1
    assert compared == 13, "the administrative area of Sámi languages in 2023"


def test_every_municipality_whose_language_is_declared_has_a_name_in_it(recorded: Path) -> None:
    from catalog.site.places import _declared

    today = of_today(recorded)
    for language, codes in _declared()["sami_language"].items():
        for code in codes:
            assert " - " in today[code] or code in NAMED_LATER, f"{code} is declared {language} and has one name only"
