"""Values of indicators whose sources are not recorded, again in pandas from the validated tables of the sandbox: no query of ours is used.

There are two ways to get such a number. A source's own figure is led to today's municipality where that is the same one, and never summed.
A count is summed over the municipalities that are one today, if all of them have it, and divided last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from indicators.load import HERE, load_gaps

pytestmark = pytest.mark.slow

REFERENCE = HERE / "reference"
Frame = Any
"""A data frame; what pandas says of its own types is stricter than what it does."""


class Sandbox:
    """The validated tables of a sample release as data frames, and what leads their municipalities to today's."""

    def __init__(self, folder: Path) -> None:
        self.validated = folder / "work" / "synthetic" / "validated"
        self.con = duckdb.connect(str(folder / "public" / "current" / "bymaal.duckdb"), read_only=True)
        self.links = self.con.sql("select code, year, to_code, comparability from areas.to_borders").df()
        self.current = {code for (code,) in self.con.sql("select code from areas.municipalities where is_current").fetchall()}

    def rows(self, dataset: str, where: str = "true") -> Frame:
        return duckdb.sql(f"from read_parquet('{self.validated}/{dataset}/*.parquet') where {where}").df()

    def own(self, rows: Frame) -> Frame:
        """Figures in the column `value`, for today's municipality where it is the same, else for its own code if that is still in use."""
        joined = rows.merge(self.links, left_on=["municipality", "year"], right_on=["code", "year"], how="left")
        same = joined["comparability"] == "exact"
        joined["ref_area"] = joined["to_code"].where(same, joined["municipality"])
        return joined[joined["ref_area"].isin(self.current)].drop_duplicates(["ref_area", "year", "breakdown"])

    def summed(self, rows: Frame) -> Frame:
        """Counts in the column `value`, summed for today's municipalities; those of which a part or a figure is missing are left out."""
        whole = self.links[self.links["comparability"].isin(["exact", "summed"])]
        wanted: Any = whole.groupby(["to_code", "year"]).size()
        joined = rows.merge(whole, left_on=["municipality", "year"], right_on=["code", "year"])
        sums = joined.groupby(["to_code", "year", "breakdown"])["value"].agg(["sum", "count"]).reset_index()
        sums = sums.merge(wanted.reset_index(name="wanted"), on=["to_code", "year"])
        sums = sums[sums["count"] == sums["wanted"]]
        return sums.rename(columns={"to_code": "ref_area", "sum": "value"})

    def people(self) -> Frame:
        """Inhabitants in today's borders: the sum of the parts, or the recalculated series where a part is missing."""
        whole = self.summed(figures(self.rows("population", "borders = 'valid'"), "population"))[["ref_area", "year", "value"]]
        other = figures(self.rows("population", "borders = '2024'"), "population").rename(columns={"municipality": "ref_area"})
        other = other[["ref_area", "year", "value"]]
        missing = ~other.set_index(["ref_area", "year"]).index.isin(whole.set_index(["ref_area", "year"]).index)
        return pd.concat([whole, other[missing]])


def figures(rows: Frame, column: str, breakdown: Any = "") -> Frame:
    """Municipality, year, breakdown and the numbers of one column as `value`."""
    told = rows[["municipality", "year"]].copy()
    told["breakdown"] = breakdown
    told["value"] = rows[column].astype(float)
    return told


def own(dataset: str, column: str, where: str = "true") -> Callable[[Sandbox], Frame]:
    return lambda sandbox: sandbox.own(figures(sandbox.rows(dataset, where), column))


def share(numerator: Frame, denominator: Frame, factor: float) -> Frame:
    joined = numerator.merge(denominator, on=["ref_area", "year"], suffixes=("", "_below"))
    joined["value"] = factor * joined["value"] / joined["value_below"]
    return joined


def employment(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("employment_by_industry")
    parts = [sandbox.summed(figures(rows[rows["industry"] == one], "employed")) for one in ("manufacturing", "all")]
    return share(parts[0], parts[1], 100)


def built_up(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("built_up_area")
    rows["both"] = rows["building_area"].astype(float) + rows["road_area"].astype(float)
    return share(sandbox.summed(figures(rows, "both")), sandbox.people(), 1_000_000)


def net_electricity(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("net_electricity_consumption", "consumer_group in ('households', 'services')")
    rows["energy"] = rows["energy"].astype(float)
    whole = rows.groupby(["municipality", "year"])["energy"].agg(lambda energy: energy.sum(skipna=False)).reset_index()
    return share(sandbox.summed(figures(whole, "energy")), sandbox.people(), 1_000_000)


def revenue(sandbox: Sandbox) -> Frame:
    return share(sandbox.summed(figures(sandbox.rows("municipal_revenue", "revenue = 'all'"), "amount")), sandbox.people(), 1)


def settlements(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("urban_settlements", "area > 0 and residents > 0")
    return share(sandbox.summed(figures(rows, "area")), sandbox.summed(figures(rows, "residents")), 1_000_000)


def fees(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("municipal_fees")
    rows["fee"] = rows["fee"].astype(float)
    whole = rows.groupby(["municipality", "year"])["fee"].agg(lambda fee: fee.sum() if fee.count() == 4 else float("nan")).reset_index()
    return sandbox.own(figures(whole, "fee"))


def waste_by_treatment(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("household_waste_treatment")
    recovered = rows[rows["treatment"].isin(["material", "biogas", "compost"])]
    recovered = recovered.assign(waste=recovered["waste"].astype(float))
    summed = recovered.groupby(["municipality", "year"])["waste"].agg(lambda waste: waste.sum(skipna=False)).reset_index()
    return share(sandbox.summed(figures(summed, "waste")), sandbox.summed(figures(rows[rows["treatment"] == "all"], "waste")), 100)


def own_taxes(sandbox: Sandbox) -> Frame:
    rows = sandbox.rows("municipal_revenue")
    income, landed, everything = (
        sandbox.summed(figures(rows[rows["revenue"] == one], "amount")) for one in ("income_tax", "property_tax", "all")
    )
    taxes = income.merge(landed, on=["ref_area", "year"], suffixes=("", "_too"))
    taxes["value"] += taxes["value_too"]
    return share(taxes, everything, 100)


def industry_emissions(sandbox: Sandbox) -> Frame:
    emitted = sandbox.rows("ghg_emissions", "sector = 'Industri, olje og gass'")
    emitted = emitted[emitted["edition"] == emitted.groupby("municipality")["edition"].transform("max")]
    emitted["emissions"] = emitted["emissions"].astype(float)
    tonnes = emitted.groupby(["municipality", "year"], as_index=False)["emissions"].sum()
    rows = sandbox.rows("employment_by_industry", "industry in ('mining', 'manufacturing', 'utilities', 'construction')")
    rows["employed"] = rows["employed"].astype(float)
    whole = rows.groupby(["municipality", "year"])["employed"].agg(lambda n: n.sum() if n.count() == 4 else float("nan")).reset_index()
    return share(figures(tonnes, "emissions").rename(columns={"municipality": "ref_area"}), sandbox.summed(figures(whole, "employed")), 1)


def land_and_population(sandbox: Sandbox) -> Frame:
    """Growth of land over growth of residents, both per year over five years, where the definition is one and residents do change."""
    rows = sandbox.rows("urban_settlements", "area > 0 and residents > 0")
    now = sandbox.summed(figures(rows, "area")).merge(sandbox.summed(figures(rows, "residents")), on=["ref_area", "year"])
    both = now.merge(now.assign(year=now["year"] + 5), on=["ref_area", "year"], suffixes=("", "_before"))
    both = both[(both["year"] < 2013) | (both["year"] - 5 >= 2013)]
    land = (both["value_x"] / both["value_x_before"] - 1) / 5
    people = (both["value_y"] / both["value_y_before"]).map(math.log) / 5
    return both.assign(value=land / people)[people.abs() >= 0.001]


def near_stops(sandbox: Sandbox, is_near: Callable[[Frame, Frame], Frame]) -> Frame:
    """Share of residents of squares for which `is_near(metres, platforms)` says yes; every platform is measured from every square."""
    calls = sandbox.rows("public_transport_timetable", "days_covered = 7 and mode is distinct from 'air'")
    calls["year"] = calls["week_start"].map(lambda day: day.year)
    weeks = calls.groupby(["codespace", "year"])["week_start"].nunique().rename("weeks")
    calls["stop_place"] = calls["stop_place"].fillna(calls["stop"])
    by_stop = calls.groupby(["stop", "year", "codespace"])
    one = by_stop.agg(
        place=("stop_place", "max"), modes=("mode", set), east=("east", "max"), north=("north", "max"), calls=("departures", "sum")
    )
    one = one.join(weeks).reset_index()
    one["weekly"] = one["calls"].astype(float) / one["weeks"]
    one["served"] = one.groupby(["place", "year"])["weekly"].transform("sum")
    squares = sandbox.rows("population_grid", f"year in ({', '.join(str(year) for year in one['year'].unique())})")
    squares["east"] = squares["cell"].str[:7].astype(float) - 2_000_000 + 125
    squares["north"] = squares["cell"].str[7:].astype(float) + 125
    parts = []
    for year, some in squares.groupby("year"):
        platforms = one[one["year"] == year]
        east, north = (platforms[axis].astype(float).to_numpy() for axis in ("east", "north"))
        for _, few in some.groupby("municipality"):
            metres = np.hypot(few["east"].to_numpy()[:, None] - east, few["north"].to_numpy()[:, None] - north)
            few = few.assign(value=few["population"].where(is_near(metres, platforms), 0), seen=metres.min(axis=1) <= 1000)
            parts.append(few)
    told: Frame = (
        pd.concat(parts).groupby(["municipality", "year"]).agg(near=("value", "sum"), all=("population", "sum"), seen=("seen", "any"))
    )
    told = told[told["seen"]].reset_index()
    found = share(sandbox.summed(figures(told, "near")), sandbox.summed(figures(told, "all")), 100)
    residents = sandbox.summed(figures(told, "all")).merge(sandbox.people(), on=["ref_area", "year"], suffixes=("", "_registered"))
    enough = residents[residents["value"] >= 0.95 * residents["value_registered"]][["ref_area", "year"]]
    return found.merge(enough, on=["ref_area", "year"])


def near_any(metres: Frame, platforms: Frame) -> Frame:
    fast = platforms["modes"].map(lambda modes: bool(modes & {"rail", "metro", "water"})).to_numpy()
    return ((metres <= 500) | ((metres <= 1000) & fast)).any(axis=1)


def near_served(metres: Frame, platforms: Frame) -> Frame:
    return ((metres <= 500) & (platforms["served"] >= 60).to_numpy()).any(axis=1)


def comparable_with_group(sandbox: Sandbox) -> Frame:
    """Of the values of a municipality, those that every member of its newest KOSTRA group has in comparable form."""
    groups = sandbox.rows("municipality_groups", "kind = 'kostra'")
    groups = groups[groups["municipality"].isin(sandbox.current)].sort_values(["valid_from", "group_code"], ascending=[False, True])
    group_of = groups.drop_duplicates("municipality").set_index("municipality")["group_code"]
    size = group_of.value_counts()
    values: Frame = sandbox.con.sql(
        """
        select indicator, ref_area, time_period, comparability
        from indicators.observations
        where breakdown = ''
          and (obs_value is not null or obs_status = 'Q')
          and indicator <> 'sdg_17_16_comparable_with_group'
          and indicator not like 'sdg_17_18%'
        """
    ).df()
    values = values[values["ref_area"].isin(group_of.index)]
    values["group"] = values["ref_area"].map(group_of)
    values["good"] = values["comparability"] != "not_comparable"
    together = values.groupby(["group", "indicator", "time_period"])["good"].transform("sum")
    values["shared"] = together == values["group"].map(size)
    values["year"] = values["time_period"].str[:4].astype(int)
    return values.groupby(["ref_area", "year"])["shared"].mean().mul(100).rename("value").reset_index()


RECOMPUTED: dict[str, Callable[[Sandbox], Frame]] = {
    "sdg_11_1_municipal_fees": fees,
    "sdg_11_2_1_near_a_served_stop": lambda sandbox: near_stops(sandbox, near_served),
    "sdg_11_2_1_near_a_stop": lambda sandbox: near_stops(sandbox, near_any),
    "sdg_11_3_1_built_up_area_per_inhabitant": built_up,
    "sdg_11_3_1_land_and_population": land_and_population,
    "sdg_11_3_1_settlement_area_per_resident": settlements,
    "sdg_11_3_2_election_turnout": own("election_turnout", "turnout"),
    "sdg_11_4_1_culture_expenditure": own("culture_expenditure", "expenditure"),
    "sdg_11_6_1_waste_by_treatment": waste_by_treatment,
    "sdg_11_6_1_waste_per_inhabitant": own("household_waste", "kilograms", "key_figure = 'waste'"),
    "sdg_11_6_1_waste_recycled": own("household_waste", "percent", "key_figure = 'recovered'"),
    "sdg_11_7_1_access_to_recreation": own("recreation_access", "recreation", "age = 'all'"),
    "sdg_17_16_comparable_with_group": comparable_with_group,
    "sdg_17_1_1_revenue_by_source": revenue,
    "sdg_17_1_2_own_taxes": own_taxes,
    "sdg_17_1_net_operating_result": own("municipal_accounts", "percent", "key_figure = 'net_operating_result'"),
    "sdg_17_4_1_long_term_debt": own("municipal_accounts", "percent", "key_figure = 'long_term_debt'"),
    "sdg_9_2_2_manufacturing_employment": employment,
    "sdg_9_4_1_industry_emissions_per_employed": industry_emissions,
    "sdg_9_4_net_electricity_per_inhabitant": net_electricity,
}


@pytest.fixture(scope="module")
def sandbox(sample_data: Path) -> Iterator[Sandbox]:
    made = Sandbox(sample_data)
    yield made
    made.con.close()


@pytest.mark.parametrize("id_", sorted(RECOMPUTED))
def test_every_value_of_the_sandbox_is_found_again_another_way(id_: str, sandbox: Sandbox) -> None:
    again = RECOMPUTED[id_](sandbox).dropna(subset="value")
    expected = {(row.ref_area, str(row.year)): row.value for row in again.itertuples()}
    rows = sandbox.con.execute(
        "select ref_area, time_period, obs_value::double, obs_status from indicators.observations where indicator = ? and breakdown = ''",
        [id_],
    ).fetchall()
    told = {(area, year): value for area, year, value, _ in rows if value is not None}
    withheld = {(area, year) for area, year, _, status in rows if status == "Q"}

    assert told, "the sandbox gives no value of this indicator to compare"
    assert told.keys() == expected.keys() - withheld
    assert {key for key, value in told.items() if value != pytest.approx(expected[key], rel=1e-9, abs=0.0000011)} == set()


def test_what_the_catalogue_says_of_its_own_age_is_what_its_list_of_datasets_says(sandbox: Sandbox) -> None:
    """Registers have no periods; of what is left, withheld or not, that is on time which the same list does not call overdue."""
    listed: Frame = sandbox.con.sql("from meta.datasets where newest_period is not null").df()
    dated = listed[listed["newest_period"] != "all"]
    ends = dated["newest_period"].map(
        lambda period: pd.PeriodIndex([period], freq="M" if "-" in period else "Y").to_timestamp(how="end").normalize()[0]
    )
    ages = (pd.to_datetime(dated["retrieved_on"]) - ends).dt.days.clip(lower=0)
    on_time = int((dated["freshness"] != "overdue").sum())

    told = {
        id_: (float(value), int(units), round(float(coverage) * len(listed)))
        for id_, value, units, coverage in sandbox.con.execute(
            """
            select indicator, obs_value, n_units, coverage
            from indicators.observations
            where indicator like 'sdg_17_18%' and coverage is not null
            """
        ).fetchall()
    }
    assert told["sdg_17_18_newest_value_age"] == (pytest.approx(ages.median() / 30.4375, abs=1e-6), len(dated), len(dated))
    assert told["sdg_17_18_timeliness"] == (pytest.approx(100 * on_time / len(dated), abs=1e-6), len(dated), len(dated))


def test_a_number_that_is_told_by_every_group_the_un_asks_for_is_counted_as_such(sandbox: Sandbox) -> None:
    demanded: Frame = pd.read_csv(REFERENCE / "un_disaggregation.csv").groupby("un_indicator")["dimension"].agg(set)
    indicators: Frame = sandbox.con.sql("select indicator, registry, un_indicator, fidelity from meta.indicators").df()
    gaps = [
        {"indicator": gap.id, "registry": gap.registry, "un_indicator": gap.sdg.indicator, "fidelity": gap.sdg.fidelity}
        for gap in load_gaps().values()
    ]
    asked = pd.concat([indicators, pd.DataFrame(gaps)])
    asked = asked[asked["un_indicator"].isin(demanded.index) & asked["registry"].notna() & (asked["fidelity"] != "gap")]
    parts: Frame = sandbox.con.sql("select distinct indicator, breakdown from indicators.observations where obs_value is not null").df()
    parts["dimensions"] = parts["breakdown"].map(lambda told: {part.partition("=")[0] for part in told.split(";")})
    given = parts.groupby("indicator")["dimensions"].agg(lambda sets: set().union(*sets))
    complete = {
        registry: set().union(*(demanded[one] for one in some["un_indicator"]))
        <= set().union(*(given.get(id_, set()) for id_ in some["indicator"]))
        for registry, some in asked.groupby("registry")
    }
    assert complete["L17-01"], "revenue is told by its source"
    row = sandbox.con.sql(
        "select numerator::integer, denominator::integer from indicators.observations where indicator = 'sdg_17_18_disaggregated_share'"
    ).fetchall()
    assert row == [(sum(complete.values()), len(complete))]
