"""A municipality stands beside its peers with numbers that can be checked by hand, and chance is seldom called a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from catalog.building.draft import Draft
from catalog.building.plan import Plan
from catalog.building.tables import add_comparisons
from catalog.described import standing_tables
from catalog.duck import connect
from catalog.load import load_catalog
from catalog.model import Indicator, Reference
from catalog.publication import Publication
from indicators.compare import Compared, compare
from indicators.load import OBSERVATION_COLUMNS, ReferenceTable, load_indicators, load_references
from indicators.rows import rows_as_arrow

SHARE = load_indicators()["sdg_11_6_electric_car_share"]
REFERENCES = load_references()


def like_share(**changes: Any) -> Indicator:
    """The share of electric cars as an indicator, with whatever a test wants otherwise."""
    return SHARE.model_copy(update={"id": "share", "better": "higher", "uncertainty": "wilson", "target": None, **changes})


def seen(area: str, numerator: object, denominator: object, period: str = "2024", factor: int = 100, **changes: Any) -> dict[str, Any]:
    """One observation: a share in per cent of what was counted, unless said otherwise."""
    value = None if numerator is None or not denominator else Decimal(factor) * Decimal(str(numerator)) / Decimal(str(denominator))
    return {
        "indicator": "share",
        "ref_area": area,
        "ref_area_name": f"Kommune {area}",
        "time_period": period,
        "obs_value": None if value is None else value.quantize(Decimal("0.000001")),
        "unit_measure": "%",
        "obs_status": "A" if value is not None else "O",
        "numerator": numerator,
        "denominator": denominator,
        "comparability": "exact",
        "borders_year": 2024,
        "breakdown": "",
        "fidelity": "adapted",
        "warnings": "",
        **changes,
    }


@dataclass
class World:
    """Municipalities, their inhabitants and what was observed, in files as the earlier steps leave them."""

    folder: Path
    people: dict[str, int] = field(default_factory=dict)
    """Inhabitants by municipality number; the county is its first two digits."""
    indicators: Sequence[Indicator] = (like_share(),)
    references: Mapping[str, ReferenceTable] = field(default_factory=lambda: REFERENCES)
    targets: dict[str, Any] = field(default_factory=dict)

    def write(self, observations: Sequence[Mapping[str, Any]], *, older: Mapping[str, int] | None = None) -> None:
        rows = sorted(observations, key=lambda row: (row["indicator"], row["ref_area"], row["time_period"], row["breakdown"]))
        pq.write_table(rows_as_arrow(OBSERVATION_COLUMNS, rows), self.folder / "observations.parquet")
        places = ", ".join(f"('{code}', '{code[:2]}', true)" for code in self.people)
        duckdb.sql(f"copy (select * from (values {places}, ('0999', '09', false)) as t(code, county, is_current)) to '{self.register}'")
        counted = [f"('{code}', 2022, {n})" for code, n in self.people.items()]
        counted += [f"('{code}', 2015, {n})" for code, n in (older or {}).items()]
        duckdb.sql(f"copy (select * from (values {', '.join(counted)}) as t(municipality, year, population)) to '{self.population}'")

    @property
    def register(self) -> Path:
        return self.folder / "municipalities.parquet"

    @property
    def population(self) -> Path:
        return self.folder / "population.parquet"

    def compare(self, out: str = "out", *, register: bool = True) -> Compared:
        catalog = load_catalog()
        return compare(
            self.folder / "observations.parquet",
            municipalities=self.register if register else None,
            population=self.population,
            indicators={indicator.id: indicator for indicator in self.indicators},
            references=self.references,
            catalog=catalog.model_copy(update={"targets": self.targets}),
            out=self.folder / out,
        )

    def peers(self, kind: str = "country") -> dict[str, dict[str, Any]]:
        """Rows of one kind of group by municipality (with the period, where it is not 2024)."""
        rows = pq.read_table(self.compare().tables["peers"]).to_pylist()
        return {
            row["ref_area"] + ("" if row["time_period"] == "2024" else " " + row["time_period"]): row
            for row in rows
            if row["peer_kind"] == kind
        }


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"1101": 5_000, "1103": 140_000, "1106": 37_000, "4601": 290_000})


def test_the_mean_of_a_group_is_the_sum_of_numerators_by_the_sum_of_denominators(world: World) -> None:
    world.write([seen("1101", 10, 100), seen("1103", 90, 300), seen("4601", 450, 600)])

    county, country = world.peers("county"), world.peers()

    assert county["1101"]["weighted_mean"] == 25  # (10 + 90) / (100 + 300), where the mean of 10 and 30 per cent is 20
    assert (county["1101"]["sum_numerator"], county["1101"]["sum_denominator"]) == (100, 400)
    assert country["1101"]["weighted_mean"] == 55  # 550 / 1000
    assert country["1101"]["median"] == 30
    assert county["1101"]["median"] == 20
    assert (county["1101"]["n_in_group"], county["1101"]["n_with_value"], county["1101"]["share_covered"]) == (3, 2, Decimal("0.666667"))


def test_a_median_between_two_values_is_exact_to_the_last_digit(world: World) -> None:
    world.indicators = (like_share(uncertainty="none", unit="d"),)
    values = {"1101": "1.000001", "1103": "1.000002"}
    world.write([seen(area, None, None, obs_value=Decimal(value), obs_status="A") for area, value in values.items()])

    assert world.peers()["1101"]["median"] == Decimal("1.000002")  # 1.0000015, half away from zero


def test_without_a_denominator_there_is_no_mean_and_the_row_says_why(world: World) -> None:
    world.indicators = (like_share(uncertainty="none"),)
    world.write([seen("1101", 10, 100), seen("1103", 30, None, obs_value=Decimal(30), obs_status="A")])

    row = world.peers()["1101"]

    assert (row["weighted_mean"], row["sum_numerator"], row["median"]) == (None, None, 20)
    assert "no_quotient" in row["reasons"].split(";")


def test_a_value_that_is_no_quotient_of_its_counts_gives_no_mean(world: World) -> None:
    world.indicators = (like_share(uncertainty="none"),)
    world.write([seen("1101", 10, 100), seen("1103", 90, 300, obs_value=Decimal(31))])

    assert world.peers()["1101"]["weighted_mean"] is None


def test_a_rate_for_each_hundred_thousand_is_recognised_as_such(world: World) -> None:
    world.indicators = (like_share(uncertainty="poisson", better="lower"),)
    world.write([seen("1101", 30, 60_000, factor=100_000), seen("1103", 70, 140_000, factor=100_000)])

    row = world.peers()["1101"]

    assert row["weighted_mean"] == 50  # 100 events for 200,000
    assert (round(row["lower"], 1), round(row["upper"], 1)) == (Decimal("33.7"), Decimal("71.4"))  # 20.24 to 42.83 events, by 0.6


@pytest.mark.parametrize(("better", "ranks"), [("higher", [4, 2, 2, 1]), ("lower", [1, 2, 2, 4])])
def test_the_best_is_first_and_equal_values_share_a_rank(world: World, better: str, ranks: list[int]) -> None:
    world.indicators = (like_share(better=better),)
    world.write([seen("1101", 100, 1_000), seen("1103", 200, 1_000), seen("1106", 400, 2_000), seen("4601", 700, 1_000)])

    rows = world.peers()

    assert [rows[area]["rank"] for area in ("1101", "1103", "1106", "4601")] == ranks


def test_the_percentile_is_the_share_that_is_worse_with_half_of_the_equal(world: World) -> None:
    world.write([seen("1101", 100, 1_000), seen("1103", 200, 1_000), seen("1106", 400, 2_000), seen("4601", 700, 1_000)])

    rows = world.peers()

    assert rows["1101"]["percentile"] == Decimal("12.5")  # (0 + 0.5) of 4
    assert rows["1103"]["percentile"] == rows["1106"]["percentile"] == 50  # (1 + 0.5 × 2) of 4
    assert rows["4601"]["percentile"] == Decimal("87.5")


def test_figures_of_a_group_that_oslo_is_in_are_given_without_it_too(world: World) -> None:
    world.people["0301"] = 700_000
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000), seen("0301", 6_000, 8_000)])

    rows, county = world.peers(), world.peers("county")

    assert (rows["1103"]["weighted_mean"], rows["1103"]["weighted_mean_without_oslo"]) == (64, 20)  # 6400 / 10000 and 400 / 2000
    assert (rows["1103"]["median"], rows["1103"]["median_without_oslo"]) == (30, 20)
    assert (rows["1103"]["rank"], rows["1103"]["rank_without_oslo"]) == (2, 1)
    assert (rows["0301"]["rank"], rows["0301"]["rank_without_oslo"]) == (1, None)
    assert rows["0301"]["n_with_value_without_oslo"] == 2
    assert county["1103"]["weighted_mean_without_oslo"] is None


def test_who_rests_on_fewer_than_twenty_events_has_an_interval_but_no_rank(world: World) -> None:
    world.write([seen("1101", 19, 50), seen("1103", 20, 100), seen("1106", 100, 1_000)])

    rows = world.peers()

    assert rows["1101"]["is_too_small_to_rank"] and rows["1101"]["rank"] is None and rows["1101"]["percentile"] is None
    assert rows["1101"]["lower"] < rows["1101"]["obs_value"] < rows["1101"]["upper"]
    assert rows["1101"]["reasons"] == "few_events"
    assert (rows["1103"]["rank"], rows["1103"]["n_ranked"], rows["1103"]["n_with_value"]) == (1, 2, 3)


def test_an_indicator_without_a_good_direction_is_compared_but_not_ranked(world: World) -> None:
    world.indicators = (like_share(better="context"),)
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000)])

    row = world.peers()["1101"]

    assert (row["rank"], row["weighted_mean"]) == (None, 20)
    assert "no_direction" in row["reasons"].split(";")


def test_only_municipalities_of_today_and_indicators_about_them_have_peers(world: World) -> None:
    world.indicators = (like_share(), like_share(id="of_the_country", geography="country"))
    world.write(
        [seen("1101", 100, 1_000), seen("NO", 900, 1_000), seen("0999", 900, 1_000), seen("1103", 1, 2, indicator="of_the_country")]
    )

    rows = pq.read_table(world.compare().tables["peers"]).to_pylist()

    assert {(row["indicator"], row["ref_area"]) for row in rows} == {("share", "1101")}
    assert rows[0]["reasons"] == "alone" and rows[0]["rank"] is None and rows[0]["is_distinguishable"] is None


def test_a_value_for_other_borders_takes_no_part(world: World) -> None:
    old = {"comparability": "not_comparable", "borders_year": 2019, "warnings": "series_break"}
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000), seen("1106", 900, 1_000, **old)])

    rows = world.peers()

    assert (rows["1101"]["weighted_mean"], rows["1101"]["n_with_value"]) == (20, 2)
    assert rows["1106"]["obs_value"] == 90 and rows["1106"]["rank"] is None and rows["1106"]["reasons"] == "not_comparable"


def test_breakdowns_and_missing_values_are_not_counted_as_zero(world: World) -> None:
    parts = seen("1103", 5, 10, breakdown="sex=f")
    world.write([seen("1101", 100, 1_000), seen("1103", None, 1_000), parts, seen("1106", 300, 1_000)])

    rows = world.peers()

    assert (rows["1101"]["weighted_mean"], rows["1101"]["median"], rows["1101"]["n_with_value"]) == (20, 20, 2)
    assert rows["1103"]["reasons"] == "no_value"


def test_the_size_band_is_that_of_the_newest_population_with_its_limits_inside(world: World) -> None:
    world.people = {"1101": 9_999, "1103": 10_000, "1106": 2_000, "4601": 75_000}
    world.write([seen(area, 100, 1_000) for area in world.people], older={"1101": 30_000})

    groups = {area: row["peer_group"] for area, row in world.peers("size").items()}

    assert groups == {"1101": "2000-9999", "1103": "10000-19999", "1106": "2000-9999", "4601": "75000-"}
    assert world.peers("size")["1101"]["n_in_group"] == 2


def test_every_population_is_in_exactly_one_size_band() -> None:
    bands = sorted(REFERENCES["size_bands"].rows, key=lambda band: band["least"])  # type: ignore[arg-type, return-value]

    assert bands[0]["least"] == 0 and bands[-1]["most"] is None
    assert all(band["most"] + 1 == after["least"] for band, after in pairwise(bands))  # type: ignore[operator]


def test_groups_that_follow_from_no_register_are_declared_in_a_reference_table(world: World) -> None:
    declared = [
        {"peer_kind": "neighbours", "peer_group": "1101", "municipality": "1101", "is_own": True},
        {"peer_kind": "neighbours", "peer_group": "1101", "municipality": "4601", "is_own": False},
        {"peer_kind": "kostra", "peer_group": "EKG11", "municipality": "1103", "is_own": True},
        {"peer_kind": "kostra", "peer_group": "EKG11", "municipality": "1106", "is_own": True},
    ]
    described = Reference.model_construct(id="peer_groups")
    world.references = {**REFERENCES, "peer_groups": ReferenceTable(described, tuple(declared))}
    world.write([seen("1101", 100, 1_000), seen("1103", 200, 1_000), seen("1106", 400, 1_000), seen("4601", 300, 1_000)])

    neighbours, kostra = world.peers("neighbours"), world.peers("kostra")

    assert list(neighbours) == ["1101"] and neighbours["1101"]["weighted_mean"] == 20 and neighbours["1101"]["rank"] == 2
    assert {area: row["weighted_mean"] for area, row in kostra.items()} == {"1103": 30, "1106": 30}


def test_a_share_far_from_the_others_is_told_apart_and_one_near_them_is_not(world: World) -> None:
    world.write([seen("1101", 250, 1_000), seen("1103", 2_500, 10_000), seen("4601", 4_000, 10_000), seen("1106", 255, 1_000)])

    rows = world.peers("county")

    assert rows["1101"]["is_distinguishable"] is False
    assert world.peers()["4601"]["is_distinguishable"] is True


def test_where_nobody_said_how_sure_a_number_is_nothing_is_said_of_differences(world: World) -> None:
    world.indicators = (like_share(uncertainty="none"),)
    world.write([seen("1101", 250, 1_000), seen("1103", 9_000, 10_000)])

    row = world.peers()["1101"]

    assert (row["lower"], row["upper"], row["is_distinguishable"]) == (None, None, None)
    assert row["reasons"] == "uncertainty_unknown"


@pytest.mark.parametrize("share", [0.03, 0.4])
def test_among_municipalities_without_differences_at_most_one_in_twenty_is_called_different(world: World, share: float) -> None:
    rng = np.random.default_rng(20261123)
    sizes = {f"{county}{number:02}": int(rng.integers(200, 60_000)) for county in (11, 15, 46) for number in range(40)}
    world.people = sizes
    periods = [str(2000 + year) for year in range(20)]
    world.write([seen(area, int(rng.binomial(n, share)), n, period) for area, n in sizes.items() for period in periods])

    rows = pq.read_table(world.compare().tables["peers"]).to_pylist()
    judged = [row["is_distinguishable"] for row in rows if row["is_distinguishable"] is not None]

    assert len(judged) == len(rows) == 3 * 120 * 20
    assert 0 < sum(judged) / len(judged) <= 0.05


def test_nothing_is_opened_when_nothing_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000)])
    first = world.compare()

    def refuse(**_: Any) -> None:
        raise AssertionError("a database was opened")

    monkeypatch.setattr("catalog.duck.connect", refuse)
    again = world.compare()

    assert first.recomputed == ("peers", "progress") and again.recomputed == ()
    assert again.tables == first.tables


def test_a_changed_observation_population_or_target_is_seen(world: World) -> None:
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000)])
    world.compare()

    world.write([seen("1101", 100, 1_000), seen("1103", 500, 1_000)])
    assert world.compare().recomputed and world.peers()["1101"]["weighted_mean"] == 30
    world.people["1101"] = 700
    world.write([seen("1101", 100, 1_000), seen("1103", 500, 1_000)])
    assert world.compare().recomputed and world.peers("size")["1101"]["peer_group"] == "600-1999"
    world.targets = {"share": load_catalog().targets.get("share") or _target(50)}
    assert world.compare().recomputed


def _target(value: float) -> Any:
    from catalog.model import Target

    return Target(value=value, year=2030, source="Kommuneplanen")


def test_a_lost_file_is_made_again(world: World) -> None:
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000)])
    path = world.compare().tables["peers"]
    before = path.read_bytes()

    path.unlink()

    assert world.compare().recomputed == ("peers", "progress")
    assert path.read_bytes() == before


def test_equal_input_gives_equal_bytes_and_the_described_columns(world: World) -> None:
    world.write([seen(area, 100 + int(area), 10_000, str(year)) for area in world.people for year in range(2010, 2025)])

    one, other = world.compare("one"), world.compare("other")

    for table in ("peers", "progress"):
        assert one.tables[table].read_bytes() == other.tables[table].read_bytes()
        schema = pq.read_schema(one.tables[table])
        assert schema.names == [column.name for column in standing_tables()[table].columns]
        keys = [tuple(row[key] for key in standing_tables()[table].key) for row in pq.read_table(one.tables[table]).to_pylist()]
        assert keys == sorted(keys) and len(set(keys)) == len(keys)


def test_without_a_register_nobody_has_peers_and_the_gap_is_told(world: World) -> None:
    world.write([seen("1101", 100, 1_000)])

    result = world.compare(register=False)

    assert list(result.tables) == ["progress"]
    assert [(gap.id, gap.absent) for gap in result.gaps] == [("peers", ("areas.municipalities",))]
    assert world.compare(register=False).gaps == result.gaps


def test_counts_that_are_no_share_are_refused_by_name_and_hold_no_old_table_up(world: World) -> None:
    world.write([seen("1101", 100, 1_000), seen("1103", 300, 1_000)])
    path = world.compare().tables["peers"]

    world.write([seen("1101", 1_100, 1_000), seen("1103", 300, 1_000)])
    result = world.compare()

    assert {gap.id for gap in result.gaps} == {"peers", "progress"} and all(gap.refused for gap in result.gaps)
    assert "share" in result.gaps[0].reason and "uncertainty" in result.gaps[0].reason
    assert not path.exists()


def test_a_withheld_number_and_what_it_could_be_computed_from_stay_out_of_a_release(world: World) -> None:
    world.indicators = (like_share(), like_share(id="held"))
    years = [str(year) for year in range(2015, 2025)]
    counted = {"1101": 4, "1103": 300, "1106": 200}
    rows = [seen(area, 50 if year == "2023" else n, 1_000, year) for area, n in counted.items() for year in years]
    world.write([*rows, *(row | {"indicator": "held"} for row in rows)])
    made = world.compare()
    published = [
        row | ({"obs_value": None, "obs_status": "Q", "numerator": None, "denominator": None} if row["numerator"] == 4 else {})
        for row in rows
    ]
    observations = world.folder / "published.parquet"
    pq.write_table(rows_as_arrow(OBSERVATION_COLUMNS, published), observations)
    con = connect()
    con.execute("create temp table held_back as select 'held' as indicator")
    publication = Publication(
        catalog=load_catalog(), datasets=(), indicators=(), tables=(), observations=observations, table_files=made.tables, area_files={},
        synthetic=True, software_version="0", built_at=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    folder = world.folder / "release"
    draft = Draft(publication, "2026-11-23.1", folder, Plan("", {"tables/peers": "a", "tables/progress": "b"}), None, con)

    add_comparisons(draft, observations, {})

    peers = pq.read_table(folder / "tables" / "peers" / "peers.parquet").to_pylist()
    progress = pq.read_table(folder / "tables" / "progress" / "progress.parquet").to_pylist()
    assert {(row["indicator"], row["time_period"]) for row in peers} == {("share", "2023")}
    assert {row["ref_area"] for row in peers} == {"1101", "1103", "1106"}
    assert {(row["indicator"], row["ref_area"]) for row in progress} == {("share", "1103"), ("share", "1106")}
    assert [(gap.subject, gap.rows) for gap in draft.gaps] == [("peers", 9 * 3 * 3), ("progress", 1)]
    assert {table.described.id: table.schema for table in draft.tables} == {"peers": "indicators", "progress": "indicators"}
    assert (folder / "tables" / "peers" / "peers.csv").is_file()


def test_what_stands_in_reasons_is_in_the_vocabulary(world: World) -> None:
    from catalog.load import vocabulary

    world.indicators = (like_share(), like_share(id="days", uncertainty="none"), like_share(id="context", better="context"))
    world.write(
        [
            *(seen(area, 10, 100, str(year)) for area in ("1101", "1103") for year in range(2010, 2024)),
            seen("1106", None, 100),
            seen("4601", 1, 100, comparability="not_comparable"),
            *(seen("1101", 10, None, indicator="days", obs_value=Decimal(5), obs_status="A") for _ in range(1)),
            seen("1101", 10, 100, indicator="context"),
        ]
    )

    tables = world.compare().tables.values()
    found = {code for path in tables for row in pq.read_table(path).to_pylist() for code in row["reasons"].split(";") if code}

    assert found <= set(vocabulary("comparison_reason")) and len(found) >= 7
