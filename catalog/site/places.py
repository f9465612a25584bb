"""Municipalities that have a page: their names in Norwegian, Sámi and Kven, and their county."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalog import duck
from catalog.load import read_yaml

NORTHERN_SAMI, KVEN = "se", "fkv"
BETWEEN_NAMES = " - "


@dataclass(frozen=True)
class Place:
    """A municipality that has a page. `other_names` are its names in other official languages, as (language tag, name)."""

    code: str
    name: str
    county: str = ""
    other_names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class County:
    """A county that has municipalities with pages."""

    code: str
    name: str
    other_names: tuple[tuple[str, str], ...] = ()


def read_places(path: Path | None) -> dict[str, Place]:
    """Code → municipality of today, from the area table; empty when the release has none."""
    if path is None:
        return {}
    query = (
        f"select code, name, coalesce(official_name, name), coalesce(county, '') from {duck.parquet([path])} where is_current order by code"
    )
    with duck.connect() as con:
        rows = con.execute(query).fetchall()
    return {code: Place(code, name, county, other_names(code, name, official)) for code, name, official, county in rows}


def other_names(code: str, name: str, official: str) -> tuple[tuple[str, str], ...]:
    """The Sámi and Kven names within an official name such as `Gáivuotna - Kåfjord - Kaivuono`, each with its language."""
    others = [part for part in official.split(BETWEEN_NAMES) if part != name]
    sami = next((language for language, codes in _declared()["sami_language"].items() if code in codes), NORTHERN_SAMI)
    return tuple(zip((sami, KVEN), others, strict=False)) if len(official.split(BETWEEN_NAMES)) == len(others) + 1 else ()


def county(code: str) -> County:
    """A county by its number; one that is not known is called by its number."""
    names: Mapping[str, str] = _declared()["counties"].get(code, {"no": code})
    return County(code, names["no"], tuple((language, name) for language, name in names.items() if language != "no"))


@cache
def _declared() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    path = Path(__file__).with_name("places.yaml")
    return read_yaml(path.read_text("utf-8"), path.name)
