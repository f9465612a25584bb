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
import pandas as pd
import pytest

pytestmark = pytest.mark.slow

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


RECOMPUTED: dict[str, Callable[[Sandbox], Frame]] = {
    "sdg_11_1_municipal_fees": fees,
    "sdg_11_3_1_built_up_area_per_inhabitant": built_up,
    "sdg_11_3_1_land_and_population": land_and_population,
    "sdg_11_3_1_settlement_area_per_resident": settlements,
    "sdg_11_3_2_election_turnout": own("election_turnout", "turnout"),
    "sdg_11_4_1_culture_expenditure": own("culture_expenditure", "expenditure"),
    "sdg_11_6_1_waste_by_treatment": waste_by_treatment,
    "sdg_11_6_1_waste_per_inhabitant": own("household_waste", "kilograms", "key_figure = 'waste'"),
    "sdg_11_6_1_waste_recycled": own("household_waste", "percent", "key_figure = 'recovered'"),
    "sdg_11_7_1_access_to_recreation": own("recreation_access", "recreation", "age = 'all'"),
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
