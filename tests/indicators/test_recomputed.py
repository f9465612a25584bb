"""Every published value of nineteen indicators again, in plain Python from the validated tables, and no rate made from rates."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from catalog.load import load_datasets
from indicators.engines.duckdb import DuckDB
from indicators.examples import run_example
from indicators.load import dependencies, load_gaps, load_indicators, load_references, load_tables

INDICATORS, TABLES, REFERENCES = load_indicators(), load_tables(), load_references()
DATASETS = load_datasets(Path(__file__).parent.parent.parent / "pipelines" / "datasets")

Key = tuple[str, str, str]
"""Area, period, breakdown."""
Values = dict[Key, float]


class Source:
    """Rows of the validated tables and the area tables, as dictionaries."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def rows(self, query: str) -> list[dict[str, Any]]:
        result = self.con.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def today(self) -> tuple[dict[tuple[str, int], set[str]], set[str]]:
        """The codes behind each of today's municipalities by year, where nothing has to be guessed, and the municipalities of today."""
        behind: dict[tuple[str, int], set[str]] = defaultdict(set)
        for row in self.rows("from areas.to_borders where comparability in ('exact', 'summed')"):
            behind[row["to_code"], row["year"]].add(row["code"])
        return behind, {row["code"] for row in self.rows("from areas.municipalities where is_current")}

    def people(self) -> dict[tuple[str, int], int]:
        """Inhabitants in today's borders: the sum of the parts, or the recalculated series where a part is missing."""
        official, recalculated = {}, {}
        for row in self.rows("from memory.validated.population where population is not null"):
            (official if row["borders"] == "valid" else recalculated)[row["municipality"], row["year"]] = row["population"]
        behind, _ = self.today()
        found = {}
        for (code, year), parts in behind.items():
            if all((part, year) in official for part in parts):
                found[code, year] = sum(official[part, year] for part in parts)
            elif (code, year) in recalculated:
                found[code, year] = recalculated[code, year]
        return found


# --- one function for each indicator ---


def electric_cars(source: Source) -> Values:
    cars: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for row in source.rows("from memory.validated.car_fleet where cars is not null"):
        cars[row["municipality"], row["year"]][row["fuel"]] = row["cars"]
    behind, current = source.today()
    values: Values = {}
    for code, year in cars:
        # Where a part is missing, the number is for the municipality as it was that year.
        parts = behind.get((code, year), set())
        known = parts and all((part, year) in cars for part in parts)
        if code in current:
            fleets = [cars[part, year] for part in parts] if known else [cars[code, year]]
            values[code, str(year), ""] = 100 * sum(f["electricity"] for f in fleets) / sum(sum(f.values()) for f in fleets)
    for (code, year), parts in behind.items():
        if parts and all((part, year) in cars for part in parts):
            fleets = [cars[part, year] for part in parts]
            values[code, str(year), ""] = 100 * sum(f["electricity"] for f in fleets) / sum(sum(f.values()) for f in fleets)
    return values


def emissions(source: Source) -> dict[tuple[str, str, int, str], float]:
    sums: dict[tuple[str, str, int, str], float] = defaultdict(float)
    for row in source.rows("from memory.validated.ghg_emissions"):
        sums[row["edition"], row["municipality"], row["year"], row["sector"]] += float(row["emissions"])
    return sums


def newest(sums: Mapping[tuple[str, str, int, str], float]) -> Iterator[tuple[str, int, str, float]]:
    editions = {code: max(edition for edition, c, *_ in sums if c == code) for _, code, *_ in sums}
    for (edition, code, year, sector), tonnes in sums.items():
        if editions[code] == edition:
            yield code, year, sector, tonnes


def ghg_total(source: Source) -> Values:
    values: Values = defaultdict(float)
    sums = emissions(source)
    for code, year, sector, tonnes in newest(sums):
        values[code, str(year), ""] += tonnes
        values[code, str(year), f"sector={sector}"] += tonnes
    for (edition, code, year, _), tonnes in sums.items():
        values[code, str(year), f"edition={edition}"] += tonnes
    return values


def of_sector(source: Source, sector: str | None, *, per_person: bool) -> Values:
    people = source.people()
    tonnes: dict[tuple[str, int], float] = defaultdict(float)
    for code, year, one, amount in newest(emissions(source)):
        tonnes[code, year] += amount if sector in (None, one) else 0
    return {
        (code, str(year), ""): amount / (people[code, year] if per_person else 1)
        for (code, year), amount in tonnes.items()
        if not per_person or (code, year) in people
    }


CONSUMERS = {
    "XX": "households",
    "XY": "cabins",
    "A": "primary",
    **dict.fromkeys("BCDEF", "industry"),
    **dict.fromkeys("GHIJKLMNOPQRSTU", "services"),
}


def electricity_total(source: Source) -> Values:
    values: Values = defaultdict(float)
    for row in source.rows("from memory.validated.electricity_consumption_yearly"):
        gwh, year = float(row["energy"]) / 1e6, str(row["year"])
        consumer = CONSUMERS.get(row["industry_section"], "unknown")
        for area in ("NO", row["municipality"]):
            if area != "0000":
                values[area, year, ""] += gwh
                values[area, year, f"consumer={consumer}"] += gwh
    return values


def electricity_per_inhabitant(source: Source) -> Values:
    people = source.people()
    kwh: dict[tuple[str, int, str], float] = defaultdict(float)
    for row in source.rows("from memory.validated.electricity_consumption_yearly where municipality <> '0000'"):
        consumer = CONSUMERS.get(row["industry_section"])
        if consumer in ("households", "services"):
            kwh[row["municipality"], row["year"], ""] += float(row["energy"])
            kwh[row["municipality"], row["year"], f"consumer={consumer}"] += float(row["energy"])
    return {(code, str(year), cut): used / people[code, year] for (code, year, cut), used in kwh.items() if (code, year) in people}


def station_years(source: Source, component: str) -> dict[tuple[str, int], tuple[str, str, list[tuple[float, float]], list[float], float]]:
    """By station and year: municipality, type, days as sum and hours, single hours, and hours in the year."""
    places = {row["station"]: (row["municipality"], row["type"]) for row in source.rows("from indicators.station_place")}
    hours: dict[tuple[str, int], list[tuple[Any, float]]] = defaultdict(list)
    query = f"""
        select station, cast(from_time + interval 1 hour as date) as day, value::double as value
        from memory.validated.air_quality_hourly
        where component = '{component}' and value is not null"""
    for row in source.rows(query):
        hours[row["station"], row["day"].year].append((row["day"], row["value"]))
    found = {}
    for (station, year), series in hours.items():
        days: dict[Any, list[float]] = defaultdict(list)
        for day, value in series:
            days[day].append(value)
        sums = [(sum(values), float(len(values))) for values in days.values()]
        found[station, year] = (*places[station], sums, [value for _, value in series], _hours_of(year))
    daily: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for row in source.rows(f"from memory.validated.air_quality_daily where component = '{component}' and value is not null"):
        known = float(row["hours"]) if row["hours"] is not None else float(row["coverage"] or 0) * 0.24
        if known > 0 and (row["station"], row["day"].year) not in found:
            daily[row["station"], row["day"].year].append((float(row["value"]) * known, known))
    for (station, year), sums in daily.items():
        found[station, year] = (*places[station], sums, [], _hours_of(year))
    return found


def _hours_of(year: int) -> float:
    return 8784 if year % 4 == 0 else 8760


def annual_means(source: Source, component: str) -> Values:
    groups: dict[Key, list[float]] = defaultdict(list)
    for (_, year), (code, kind, days, _, whole) in station_years(source, component).items():
        known = sum(hours for _, hours in days)
        if 100 * known >= 85 * whole:
            mean = sum(total for total, _ in days) / known
            groups[code, str(year), ""].append(mean)
            groups[code, str(year), f"station_type={kind}"].append(mean)
    values = {key: sum(means) / len(means) for key, means in groups.items()}
    return values | {(code, year, "station=worst"): max(means) for (code, year, cut), means in groups.items() if not cut}


def days_above(source: Source, component: str, level: Callable[[int], float]) -> Values:
    values: Values = {}
    for (_, year), (code, _, days, _, whole) in station_years(source, component).items():
        if 100 * sum(hours for _, hours in days) >= 85 * whole:
            bad = sum(1 for total, hours in days if hours >= 18 and total / hours > level(year))
            values[code, str(year), ""] = max(values.get((code, str(year), ""), 0), bad)
    return values


def peak_hours(source: Source) -> Values:
    values: Values = {}
    for (_, year), (code, _, _, hours, whole) in station_years(source, "NO2").items():
        if 100 * len(hours) >= 85 * whole:
            values[code, str(year), ""] = max(values.get((code, str(year), ""), 0), sorted(hours, reverse=True)[18])
    return values


def road_traffic(source: Source) -> Values:
    stretches = source.rows("from memory.validated.road_traffic_yearly where municipalities = 1 and length > 0")
    _, current = source.today()
    values: Values = {}
    for code in {row["municipality"] for row in stretches} & current:
        counted = [row for row in stretches if row["municipality"] == code and row["basis"] == "Trafikkdatasystemet"]
        if counted:
            year = max(row["year"] for row in counted)
            of_year = [row for row in counted if row["year"] == year]
            passed = sum(row["average_daily_traffic"] * float(row["length"]) for row in of_year)
            values[code, str(year), ""] = passed / sum(float(row["length"]) for row in of_year)
    return values


def electricity_month(source: Source) -> Values:
    """Months by the clocks of Oslo, of groups of which at least 99 per cent of the hours are there."""
    oslo = ZoneInfo("Europe/Oslo")
    hours: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in source.rows("from memory.validated.electricity_consumption_hourly where municipality <> '0000'"):
        month = f"{row['from_time'].replace(tzinfo=UTC).astimezone(oslo):%Y-%m}"
        hours[row["municipality"], month, row["consumption_group"]].append(float(row["energy"]))
    _, current = source.today()
    values: Values = {}
    whole: dict[tuple[str, str], list[float]] = defaultdict(list)
    gaps = set()
    for (code, month, group), known in hours.items():
        year, number = int(month[:4]), int(month[5:])
        wanted = 24 * monthrange(year, number)[1] + {3: -1, 10: 1}.get(number, 0)
        if code in current and len(known) >= 0.99 * wanted:
            values[code, month, f"consumer={group}"] = sum(known) / 1e6
            whole[code, month].append(sum(known) / 1e6)
        else:
            gaps.add((code, month))
    return values | {(code, month, ""): sum(sums) for (code, month), sums in whole.items() if (code, month) not in gaps}


def bike_trips(source: Source) -> Values:
    values: Values = defaultdict(float)
    for row in source.rows("select municipality, started_at from memory.validated.bike_trips"):
        values[row["municipality"], f"{row['started_at']:%Y-%m}", ""] += 1
    return values


def free_revenue(source: Source) -> Values:
    rows = source.rows("from memory.validated.municipal_accounts where key_figure = 'free_revenue'")
    return {(row["municipality"], str(row["year"]), ""): float(row["kroner"]) for row in rows if row["kroner"] is not None}


def computable_share(source: Source) -> Values:
    """Rows of the registry that have an identical or adapted number, of all rows but this one and those that are gaps in themselves."""
    asked = {
        i.id: (i.registry, i.sdg.fidelity, i.geography)
        for i in (*INDICATORS.values(), *load_gaps().values())
        if i.registry not in (None, "L17-06")
    }
    wanted = {registry for registry, fidelity, _ in asked.values() if fidelity != "gap"}
    answered: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    years = set()
    for row in source.rows("from indicators.observations where indicator not like 'sdg_17_18%'"):
        registry, fidelity, geography = asked.get(row["indicator"], (None, "", ""))
        if geography == "municipality":
            years.add(row["time_period"][:4])
            is_there = row["obs_value"] is not None or row["obs_status"] == "Q"
            if fidelity in ("identical", "adapted") and not row["breakdown"] and is_there:
                answered[row["ref_area"], row["time_period"][:4]].add(registry)
    _, current = source.today()
    return {(code, year, ""): 100 * len(answered[code, year]) / len(wanted) for code in current for year in years}


RECOMPUTED: dict[str, Callable[[Source], Values]] = {
    "sdg_11_2_bicycle_trips": bike_trips,
    "sdg_11_6_2_days_above": lambda source: days_above(source, "PM10", lambda year: 50 if year < 2035 else 45),
    "sdg_11_6_2_pm10": lambda source: annual_means(source, "PM10"),
    "sdg_11_6_2_pm10_days_above_criterion": lambda source: days_above(source, "PM10", lambda _: 30),
    "sdg_11_6_2_pm25": lambda source: annual_means(source, "PM2.5"),
    "sdg_11_6_2_pm25_days_above_criterion": lambda source: days_above(source, "PM2.5", lambda _: 15),
    "sdg_11_6_electric_car_share": electric_cars,
    "sdg_11_6_ghg_per_inhabitant": lambda source: of_sector(source, None, per_person=True),
    "sdg_11_6_ghg_total": ghg_total,
    "sdg_11_6_no2": lambda source: annual_means(source, "NO2"),
    "sdg_11_6_no2_peak_hour": peak_hours,
    "sdg_17_1_1_free_revenue_per_inhabitant": free_revenue,
    "sdg_17_18_computable_share": computable_share,
    "sdg_9_1_2_road_traffic": road_traffic,
    "sdg_9_4_electricity_month": electricity_month,
    "sdg_9_4_electricity_per_inhabitant": electricity_per_inhabitant,
    "sdg_9_4_electricity_total": electricity_total,
    "sdg_9_4_industry_emissions": lambda source: of_sector(source, "Industri, olje og gass", per_person=False),
    "sdg_9_4_road_transport_emissions": lambda source: of_sector(source, "Veitrafikk", per_person=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("id_", sorted(RECOMPUTED))
def test_every_published_value_is_found_again_another_way(id_: str, published: duckdb.DuckDBPyConnection) -> None:
    source = Source(published)
    rows = source.rows(f"from indicators.observations where indicator = '{id_}'")
    told = {
        (row["ref_area"], row["time_period"], row["breakdown"]): float(row["obs_value"]) for row in rows if row["obs_value"] is not None
    }
    withheld = {(row["ref_area"], row["time_period"], row["breakdown"]) for row in rows if row["obs_status"] == "Q"}
    again = RECOMPUTED[id_](source)

    assert told
    assert told.keys() | withheld == {key for key, value in again.items() if value is not None} | withheld
    different = {key: (value, again[key]) for key, value in told.items() if value != pytest.approx(again[key], rel=1e-9, abs=0.0000011)}
    assert not different


@pytest.mark.slow
def test_no_published_rate_is_a_sum_or_a_plain_mean_of_rates(published: duckdb.DuckDBPyConnection) -> None:
    source = Source(published)
    rates = {id_ for id_, i in INDICATORS.items() if "/{" in i.unit or i.unit in ("%", "{ratio}") or i.unit.startswith("/(")}
    looked_at = 0
    for row in source.rows("from indicators.peers where weighted_mean is not null and n_with_value > 1"):
        if row["indicator"] in rates and row["sum_denominator"]:
            factor = (
                Decimal(str(row["weighted_mean"])) * row["sum_denominator"] / row["sum_numerator"] if row["sum_numerator"] else Decimal(1)
            )
            assert min(abs(factor - one) for one in (1, 100, 1000, 100_000)) < Decimal("0.01"), row["indicator"]
            looked_at += 1
    assert looked_at > 100

    for row in source.rows("from indicators.observations where comparability = 'summed' and obs_value is not null and denominator > 0"):
        if row["indicator"] in rates:
            factor = float(row["obs_value"]) * float(row["denominator"]) / float(row["numerator"])
            assert min(abs(factor / one - 1) for one in (1, 100, 1000, 1_000_000)) < 0.001, (row["indicator"], row["ref_area"])


PARTS = ("1103", "1141", "1142")
"""Old Stavanger, Finnøy and Rennesøy, which became Stavanger in 2020."""


def _rows_of(indicator: str, code: str, some: int, size: int) -> tuple[str, list[dict[str, Any]]]:
    """The input table of an indicator, and the rows in which `some` of `size` are or have something."""
    return {
        "sdg_11_6_electric_car_share": (
            "validated.car_fleet",
            [{"fuel": "electricity", "cars": some}, {"fuel": "petrol", "cars": size - some}],
        ),
        "sdg_11_6_1_waste_by_treatment": (
            "validated.household_waste_treatment",
            [{"treatment": name, "waste": waste} for name, waste in (("all", size), ("material", some), ("biogas", 0), ("compost", 0))],
        ),
        "sdg_9_2_2_manufacturing_employment": (
            "validated.employment_by_industry",
            [{"industry": "all", "employed": size}, {"industry": "manufacturing", "employed": some}],
        ),
        "sdg_11_2_1_near_a_stop": (
            "tables.square_access",
            [
                {"cell": f"{code}1", "population": some, "is_near_a_stop": True, "served_stop": "within_500"},
                {"cell": f"{code}2", "population": size - some, "is_near_a_stop": False, "served_stop": "beyond_1000"},
            ],
        ),
    }[indicator]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "id_",
    ["sdg_11_6_electric_car_share", "sdg_11_6_1_waste_by_treatment", "sdg_9_2_2_manufacturing_employment", "sdg_11_2_1_near_a_stop"],
)
def test_the_rate_of_a_merged_municipality_is_neither_the_sum_nor_the_mean_of_its_parts_rates(id_: str, seed: int) -> None:
    chance = Random(seed)
    sizes = [chance.randint(2_000, 200_000) for _ in PARTS]
    counts = [round(size * share) for size, share in zip(sizes, chance.sample([0.02, 0.2, 0.45, 0.7, 0.95], 3), strict=True)]
    indicator = INDICATORS[id_]
    given: dict[str, Any] = {name: [] for name in dependencies(indicator.sql) if not name.startswith("reference.")}
    link = {"year": 2019, "borders_year": 2024, "to_code": "1103", "method": "summed", "weight": 1, "comparability": "summed"}
    for code, some, size in zip(PARTS, counts, sizes, strict=True):
        table, rows = _rows_of(id_, code, some, size)
        given[table] += [{"municipality": code, "year": 2019, **row} for row in rows]
        given["areas.to_borders"].append({"code": code, **link})
    altered = indicator.model_copy(update={"example": indicator.example.model_copy(update={"given": given})})

    rows = run_example(DuckDB(), altered, datasets=DATASETS, tables=TABLES, references=REFERENCES).to_pylist()

    told = next(float(row["obs_value"]) for row in rows if row["ref_area"] == "1103" and not row["breakdown"])
    rates = [100 * some / size for some, size in zip(counts, sizes, strict=True)]
    assert told == pytest.approx(100 * sum(counts) / sum(sizes), abs=1e-6)
    assert abs(told - sum(rates)) > 0.01 and abs(told - sum(rates) / len(rates)) > 0.01
