"""Stand-ins for the tables of Statistics Norway that a YAML declares: their shape is that of the declaration, their numbers invented.

`FIGURES` says for each dataset what a municipality of today has in a year. Older codes get their part of it, or a mean weighted by
inhabitants where a figure cannot be summed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from catalog.load import load_dataset
from catalog.model import Dataset, StatisticsTable, TableVersion
from pipelines.sandbox.chance import between
from pipelines.sandbox.places import COUNTIES, MUNICIPALITIES, Municipality, codes, members
from pipelines.sandbox.shapes import WHOLE_COUNTRY, Dimension, Table, Value, inhabitants

FOLDER = Path(__file__).parent.parent / "datasets"
FIRST_YEAR, LAST_YEAR = 2015, 2024
LONG_AGO = 2000
Own = Mapping[str, str]
"""A cell's own codes by column, and `measure`: the code of its measure, or the column of its number."""
Figure = Callable[[Municipality, int, Own], float]


def _steady(m: Municipality, name: str, low: float, high: float) -> float:
    return between(f"{m.code} {name}", low, high)


def _by_year(m: Municipality, year: int, name: str, low: float, high: float) -> float:
    """A level of the municipality's own, with a small step each year."""
    return _steady(m, name, low, high) * between(f"{m.code} {year} {name}", 0.97, 1.03)


def _part(shares: Mapping[str, tuple[float, float]], m: Municipality, name: str, which: str) -> float:
    """The share of one part: parts that the municipality weighs in its own way and that add up to the whole, `all`."""
    if which == "all":
        return 1.0
    weights = {part: _steady(m, f"{name} {part}", *span) for part, span in shares.items()}
    return weights[which] / sum(weights.values())


def _employment(m: Municipality, year: int, own: Own) -> float:
    total = inhabitants(m, year) * _steady(m, "jobs", 0.40, 0.58)
    spans = {"mining": (0.0, 0.03), "manufacturing": (0.04, 0.16), "utilities": (0.005, 0.02), "construction": (0.05, 0.10)}
    return total * (1.0 if own["industry"] == "all" else _by_year(m, year, own["industry"], *spans[own["industry"]]))


def _waste_key_figure(m: Municipality, year: int, own: Own) -> float:
    spans = {"waste": (360, 520), "recovered": (34, 52), "incinerated": (38, 44), "landfilled": (0.2, 3)}
    return _by_year(m, year, own["measure"], *spans[own["measure"]])


def _waste(m: Municipality, year: int, own: Own) -> float:
    shares = {"material": (28, 40), "biogas": (5, 12), "compost": (2, 8), "incineration": (40, 52), "landfill": (0.5, 4), "other": (0.2, 2)}
    return inhabitants(m, year) * _by_year(m, year, "kg", 0.36, 0.52) * _part(shares, m, "treatment", own["treatment"])


ACCOUNTS = {
    "free_revenue": (62_000, 98_000), "net_operating_result": (-2, 6), "overspending": (-2, 4), "working_capital": (10, 40),
    "net_interest_exposure": (20, 70), "long_term_debt": (70, 140), "free_equity": (4, 18), "gross_investment": (6, 20),
    "own_financing": (20, 70),
}  # fmt: skip
LAND = {
    "housing": (0.10, 0.2), "holiday_homes": (0.01, 0.1), "farming_and_fishing_buildings": (0.02, 0.06),
    "business_and_services": (0.03, 0.08),
    "education": (0.005, 0.02), "health": (0.002, 0.01), "culture": (0.002, 0.01), "transport": (0.1, 0.2),
    "emergency_and_defence": (0.001, 0.01), "green": (0.02, 0.06), "other_built_up": (0.02, 0.05), "farmland": (0.3, 1.2), "forest": (3, 6),
    "open_land": (1, 4), "bog": (0.2, 1), "bare_rock": (0.1, 2), "ice": (0.0, 0.1), "water": (0.2, 0.9),
}  # fmt: skip
REVENUE = {"income_tax": (30, 40), "property_tax": (0, 6), "block_grant": (22, 38), "sales_and_rent": (12, 18), "rest": (8, 14)}
CONSUMERS = {"industry": (5, 50), "services": (18, 30), "households": (30, 45), "holiday_homes": (0.5, 6), "primary": (1, 4)}


def _square_kilometres(m: Municipality) -> float:
    return _steady(m, "land", 60, 900) + m.size / 400


def _settled(m: Municipality, year: int) -> float:
    return inhabitants(m, year) * _steady(m, "settled", 0.62, 0.97)


def _revenue(m: Municipality, year: int, own: Own) -> float:
    share = _part(REVENUE, m, "revenue", own["revenue"])
    thousands = inhabitants(m, year) * _by_year(m, year, "revenue", 88, 130)
    return 100 * share if own["measure"] == "share" else thousands * share


def _turnout(m: Municipality, year: int, own: Own) -> float:
    turnout = _by_year(m, year, "turnout", 57, 72)
    return turnout if own["measure"] == "turnout" else inhabitants(m, year) * 0.79 * turnout / 100


def _fee(m: Municipality, year: int, own: Own) -> float:
    spans = {"water": (2_000, 5_500), "sewage": (2_500, 6_500), "waste": (2_600, 4_800), "chimney": (300, 700)}
    return _steady(m, own["measure"], *spans[own["measure"]]) * (1 + 0.05 * (year - 2020))


def _energy(m: Municipality, year: int, own: Own) -> float:
    return inhabitants(m, year) * _by_year(m, year, "gigawatt hours", 0.014, 0.026) * _part(CONSUMERS, m, "consumer", own["consumer_group"])


def _settlement_area(m: Municipality, year: int, own: Own) -> float:
    return _settled(m, year) if own["measure"] == "residents" else _settled(m, year) / _steady(m, "density", 1_500, 2_900)


def _settlement(m: Municipality, year: int, own: Own) -> float:
    people = _settled(m, year) if own["settlement"] == "dense" else inhabitants(m, year) - _settled(m, year)
    return people * (0.503 if own["sex"] == "female" else 0.497)


def _built_up(m: Municipality, year: int, own: Own) -> float:
    span = (0.00008, 0.0002) if own["measure"] == "building_area" else (0.00012, 0.0004)
    return m.size * _steady(m, own["measure"], *span) * (1 + 0.008 * (year - LONG_AGO))


FIGURES: Mapping[str, tuple[Literal["sum", "mean"], Figure]] = {
    "built_up_area": ("sum", _built_up),
    "culture_expenditure": ("mean", lambda m, year, own: _by_year(m, year, "culture", 2_200, 4_800)),
    "election_turnout": ("mean", _turnout),
    "employment_by_industry": ("sum", _employment),
    "household_waste": ("mean", _waste_key_figure),
    "household_waste_treatment": ("sum", _waste),
    "land_area": ("sum", lambda m, year, own: _square_kilometres(m)),
    "land_use": ("sum", lambda m, year, own: _square_kilometres(m) * _steady(m, own["land_class"], *LAND[own["land_class"]]) / 12),
    "municipal_accounts": ("mean", lambda m, year, own: _by_year(m, year, own["measure"], *ACCOUNTS[own["measure"]])),
    "municipal_fees": ("mean", _fee),
    "municipal_revenue": ("mean", _revenue),
    "net_electricity_consumption": ("sum", _energy),
    "recreation_access": ("mean", lambda m, year, own: _by_year(m, year, f"{own['measure']} {own['age']}", 40, 75)),
    "settlement_population": ("sum", _settlement),
    "urban_settlements": ("sum", _settlement_area),
}
"""What a municipality has, by dataset, and whether parts of it can be summed."""
SUMMED_ALL_THE_SAME = frozenset({"votes", "amount"})
"""Columns of numbers that are summed although others of their dataset are not."""
YEARS = {"election_turnout": (2015, 2019, 2023), "recreation_access": (2018, 2020, 2022)}
"""The years that a table has, where it does not have every one."""
UPDATED = "2025-06-20T06:00:00Z"


@cache
def declared_tables() -> dict[str, Table]:
    """Every table that a dataset of FIGURES declares, by its number."""
    found: dict[str, Table] = {}
    for key in FIGURES:
        dataset = load_dataset(FOLDER / f"{key}.yaml")
        declared = dataset.source.table
        assert declared is not None, key
        found |= {version.id: _table(dataset, declared, version) for version in declared.versions}
    return found


def _table(dataset: Dataset, declared: StatisticsTable, version: TableVersion) -> Table:
    years = [year for year in YEARS.get(dataset.id, range(FIRST_YEAR, LAST_YEAR + 1)) if version.covers(year)]
    labels = {**{key: list(one.asked) for key, one in declared.dimensions.items()}, "ContentsCode": list(declared.measures)}
    coded = {key: dict(zip(_coded(own), own, strict=True)) for key, own in labels.items()}
    measures = {code: declared.measures[label] for code, label in coded["ContentsCode"].items()}
    decimals = {c.name: c.scale if c.type == "decimal" else 0 for c in dataset.columns}
    kind, figure = FIGURES[dataset.id]

    def value(**cell: str | None) -> Value:
        code, region, year = str(cell["ContentsCode"]), str(cell["Region"]), int(str(cell["Tid"]))
        measure = measures[code]
        own = {"measure": measure.code or measure.column}
        for key, one in declared.dimensions.items():
            if one.column:
                label = coded[key][str(cell[key])]
                own[one.column] = one.codes.get(label, label)
        found = [(figure(m, year, own), share, m.size) for m, share in _in_region(region, year)]
        if kind == "mean" and not found:
            return None, "."
        if kind == "sum" or measure.column in SUMMED_ALL_THE_SAME:
            total = sum(amount * share for amount, share, _ in found)
        else:
            total = sum(amount * share * size for amount, share, size in found) / sum(share * size for _, share, size in found)
        digits = min(decimals[measure.column], 1 if kind == "mean" else 3)
        return (round(total, digits) if digits else round(total)), None

    return Table(
        version.id,
        f"{version.id}: {dataset.title.nb}",
        "",
        {
            "Region": Dimension("region", {WHOLE_COUNTRY: "Hele landet", **COUNTIES, **codes()}, may_be_left_out=True),
            **{key: Dimension(key, dict(own)) for key, own in coded.items()},
            "Tid": Dimension("år", {str(year): str(year) for year in years}),
        },
        value,
        units={code: (measure.units[0], min(measure.decimals or 0, 3)) for code, measure in measures.items()},
        updated=UPDATED,
    )


def _coded(labels: list[str]) -> Iterator[str]:
    """A code for each category: its own name where that is one, else a running number."""
    for number, label in enumerate(labels, start=1):
        yield label if re.fullmatch(r"[0-9A-Za-z-]{1,24}", label) else f"{number:02}"


def _in_region(region: str, year: int) -> list[tuple[Municipality, float]]:
    """The municipalities of today, and the share of each, that a region stood for in a year."""
    if region == WHOLE_COUNTRY:
        return [(m, 1.0) for m in MUNICIPALITIES]
    if len(region) == 2:
        return [pair for code in codes() if code[:2] == region for pair in members(code, year)]
    return list(members(region, year))
