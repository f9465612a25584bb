"""Progress is the published arithmetic, worked by hand; what cannot be compared is never bridged; every empty cell has its reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from catalog.load import load_catalog
from catalog.model import Benchmark, Catalog, Indicator, Target, Text
from indicators.load import load_indicators
from indicators.progress import Goal, assess, band, goal_of, growth, progress

SHARE = load_indicators()["sdg_11_6_electric_car_share"]


def indicator(better: str = "lower", **changes: Any) -> Indicator:
    return SHARE.model_copy(update={"id": "it", "better": better, "uncertainty": "none", "unit": "t", "target": None, **changes})


def goal(value: float, year: int = 2030) -> Goal:
    return Goal(Decimal(str(value)), year, False, "The plan", "national")


def series(values: Mapping[int, float | str | None], **changes: Any) -> list[dict[str, Any]]:
    """Observations by year. `changes` are those of a year: `in_2020={"obs_status": "B"}`."""
    return [
        {
            "indicator": "it",
            "ref_area": "1101",
            "ref_area_name": "Eigersund",
            "time_period": str(year),
            "obs_value": None if value is None else Decimal(str(value)),
            "obs_status": "A" if value is not None else "N",
            "numerator": None,
            "denominator": None,
            "comparability": "exact",
            "warnings": "",
            **changes.get(f"in_{year}", {}),
        }
        for year, value in sorted(values.items())
    ]


def reasons(told: Mapping[str, Any]) -> set[str]:
    return set(told["reasons"].split(";"))


def test_growth_is_compound() -> None:
    told = assess(indicator(), series({2015: 100, 2017: 81}), None)
    assert told["growth_actual"] is None and "too_short" in reasons(told)

    told = assess(indicator(), series({2015: 100, 2018: "72.9"}), None)
    assert told["growth_actual"] == -10  # 100 × 0.9 × 0.9 × 0.9 = 72.9

    told = assess(indicator(), series({2015: 100, 2019: 50}), None)
    assert told["growth_actual"] == Decimal("-15.910358")  # 100 × ((1/2)^(1/4) - 1) = 100 × (0.8408964153 - 1)


def test_the_growth_needed_reaches_the_target_in_its_year() -> None:
    told = assess(indicator(), series({2020: 100, 2025: 81}), goal(50))

    assert told["growth_actual"] == Decimal("-4.126848")  # 0.81^(1/5) = 0.95873152
    assert told["growth_needed"] == Decimal("-6.696701")  # 0.5^(1/10) = 0.93303299
    assert told["growth_needed_from_now"] == Decimal("-9.197669")  # (50/81)^(1/5) = 0.90802331
    assert told["ratio"] == Decimal("0.616251")  # 4.126848 / 6.696701
    assert (told["band"], told["assessed_against"]) == ("moderate_progress", "target")
    assert told["arrival_year"] == 2037  # ln(50/81) / ln(0.95873152) = 11.45 years after 2025


@pytest.mark.parametrize(
    ("latest", "step"),
    [
        (100 * 0.5**0.5, "significant_progress"),  # exactly the growth that is needed: half of the way in half of the time
        (100 * 0.5**0.475, "significant_progress"),
        (100 * 0.5**0.45, "moderate_progress"),
        (100 * 0.5**0.29, "insufficient_progress"),
        (100, "insufficient_progress"),
        (101, "moderate_movement_away"),
        (110, "significant_movement_away"),
        (50, "target_met"),
        (49, "target_met"),
    ],
)
def test_against_a_target_the_step_follows_the_share_of_the_needed_growth(latest: float, step: str) -> None:
    told = assess(indicator(), series({2020: 100, 2025: round(latest, 6)}), goal(50))

    assert told["band"] == step


@pytest.mark.parametrize(
    ("ratio", "pace", "step"),
    [
        ("0.95", "5", "significant_progress"),
        ("0.949999", "5", "moderate_progress"),
        ("0.6", "5", "moderate_progress"),
        ("0.599999", "5", "insufficient_progress"),
        ("0", "0", "insufficient_progress"),
        ("-0.000001", "-1", "moderate_movement_away"),
        ("-3", "-1.000001", "significant_movement_away"),
        (None, "1", "significant_progress"),
        (None, "0.999999", "moderate_progress"),
        (None, "0", "moderate_progress"),
        (None, "-0.000001", "moderate_movement_away"),
        (None, "-1", "moderate_movement_away"),
        (None, "-1.000001", "significant_movement_away"),
    ],
)
def test_limits_of_the_steps_belong_to_the_better_one(ratio: str | None, pace: str, step: str) -> None:
    assert band(None if ratio is None else Decimal(ratio), Decimal(pace)) == step


def test_higher_is_better_works_the_other_way_round() -> None:
    told = assess(indicator("higher"), series({2020: 40, 2025: 50}), goal(80))
    assert told["band"] == "moderate_progress" and told["ratio"] == Decimal("0.635883")  # 4.563955 / 7.177346
    assert told["arrival_year"] == 2036  # ln(80/50) / ln(1.04563955) = 10.53 years

    told = assess(indicator("higher"), series({2020: 40, 2025: 30}), goal(80))
    assert told["band"] == "significant_movement_away" and told["arrival_year"] is None and "moving_away" in reasons(told)

    assert assess(indicator("higher"), series({2025: 80}), goal(80))["band"] == "target_met"


def test_without_a_target_the_direction_alone_is_assessed() -> None:
    told = assess(indicator(), series({2015: 100, 2025: 95}), None)

    assert (told["band"], told["assessed_against"]) == ("moderate_progress", "trend")  # -0.51 per cent a year
    assert (told["growth_needed"], told["ratio"], told["arrival_year"]) == (None, None, None)
    assert "no_target" in reasons(told)


def test_a_break_is_never_bridged() -> None:
    values = {year: 100 - year % 100 for year in range(2010, 2026)}

    cut = assess(indicator(), series(values, in_2020={"obs_status": "B"}), goal(50))
    assert (cut["base_year"], cut["latest_year"]) == (2020, 2025)

    just_now = assess(indicator(), series(values, in_2025={"obs_status": "B"}), goal(50))
    assert (just_now["base_year"], just_now["latest_year"], just_now["latest_value"]) == (None, 2025, 75)
    assert (just_now["growth_actual"], just_now["band"]) == (None, None)
    assert "series_break" in reasons(just_now)

    warned = assess(indicator(), series(values, in_2021={"warnings": "preliminary;series_break"}), goal(50))
    assert warned["base_year"] == 2021


def test_values_for_other_borders_are_never_bridged() -> None:
    old = {"comparability": "not_comparable", "warnings": "series_break"}
    values = {year: 100 - year % 100 for year in range(2015, 2026)}
    until_2019 = {f"in_{year}": old for year in range(2015, 2020)}

    told = assess(indicator(), series(values, **until_2019), None)
    assert told["base_year"] == 2020

    newest = assess(indicator(), series(values, in_2025=old), None)
    assert (newest["base_year"], newest["latest_year"], newest["band"]) == (None, 2025, None)
    assert "not_comparable" in reasons(newest)


def test_the_base_is_2015_or_the_first_year_after_it_that_leaves_three_years() -> None:
    def base(years: Mapping[int, float | None]) -> int | None:
        return assess(indicator(), series(years), None)["base_year"]

    assert base({2009: 9, 2015: 8, 2016: 7, 2023: 6}) == 2015
    assert base({2009: 9, 2013: 8, 2017: 7, 2023: 6}) == 2017
    assert base({2009: 9, 2013: 8, 2014: 7, 2016: 6}) == 2013
    assert base({2022: 9, 2023: 8, 2024: 7}) is None
    assert base({2015: None, 2016: 7, 2023: 6}) == 2016


def test_a_year_without_a_value_or_with_a_part_of_it_is_passed_over() -> None:
    told = assess(indicator(), series({2015: 100, 2018: "72.9", 2019: None, 2020: 5}, in_2020={"warnings": "partial_period"}), None)

    assert (told["latest_year"], told["growth_actual"]) == (2018, -10)


def test_an_area_without_any_value_has_a_row_that_says_so() -> None:
    told = assess(indicator(), series({2022: None}), goal(5))

    assert (told["latest_year"], told["band"], told["target_value"]) == (None, None, 5)
    assert reasons(told) == {"no_value"}


def test_growth_from_or_to_zero_does_not_exist() -> None:
    told = assess(indicator("higher"), series({2015: 0, 2025: 10}), goal(20))

    assert (told["growth_actual"], told["growth_needed"], told["band"]) == (None, None, None)
    assert "not_positive" in reasons(told)


def test_a_target_of_zero_is_met_only_at_zero_and_else_the_direction_is_assessed() -> None:
    told = assess(indicator(), series({2015: 40, 2025: 20}), goal(0))
    assert (told["band"], told["assessed_against"], told["growth_needed"]) == ("significant_progress", "trend", None)
    assert (told["arrival_year"], "target_is_zero" in reasons(told)) == (None, True)

    assert assess(indicator(), series({2015: 40, 2025: 0}), goal(0))["band"] == "target_met"


def test_a_target_that_was_met_and_is_lost_needs_no_growth_from_the_base() -> None:
    told = assess(indicator(), series({2015: 6, 2025: 9}), goal(8))

    assert (told["growth_needed"], told["ratio"], told["band"]) == (None, None, "significant_movement_away")
    assert told["growth_needed_from_now"] == Decimal("-2.328132")  # (8/9)^(1/5) = 0.97671868
    assert "target_lost" in reasons(told)


def test_a_target_year_that_has_come_is_told() -> None:
    told = assess(indicator(), series({2015: 100, 2025: 80}), goal(50, 2020))

    assert told["growth_needed"] == Decimal("-12.944944") and told["growth_needed_from_now"] is None  # 0.5^(1/5)
    assert told["band"] == "insufficient_progress" and "target_year_passed" in reasons(told)


def test_an_arrival_that_never_comes_has_its_reason() -> None:
    still = assess(indicator(), series({2015: 100, 2025: 100}), goal(50))
    assert (still["arrival_year"], "no_change" in reasons(still)) == (None, True)

    slow = assess(indicator(), series({2015: 100, 2025: "99.5"}), goal(50))
    assert (slow["arrival_year"], "too_far_away" in reasons(slow)) == (None, True)

    there = assess(indicator(), series({2015: 100, 2025: 40}), goal(50))
    assert (there["arrival_year"], "already_met" in reasons(there)) == (None, True)


def test_an_arrival_on_the_day_is_not_a_year_late() -> None:
    told = assess(indicator(), series({2015: 100, 2018: "72.9"}), goal(59.049))  # two more years of -10 per cent

    assert told["arrival_year"] == 2020


def test_the_own_target_comes_before_the_national_one_and_only_for_the_areas_of_the_catalogue() -> None:
    name = Text(nb="Mål", nn="Mål", en="Target")
    it = indicator(target=Benchmark(name=name, value=8, year=None, source=Text(nb="Loven", nn="Lova", en="The law")))
    catalog = _catalog({"it": Target(value=5.5, year=2028, source="The municipal plan")}, ("4601",))

    assert goal_of(it, "4601", catalog) == Goal(Decimal("5.5"), 2028, False, "The municipal plan", "own")
    assert goal_of(it, "1101", catalog) == Goal(Decimal(8), 2030, True, "Loven", "national")
    assert goal_of(indicator(), "1101", catalog) is None


def test_a_municipality_may_be_measured_by_the_target_of_another() -> None:
    name = Text(nb="Mål", nn="Mål", en="Target")
    it = indicator(target=Benchmark(name=name, value=8, year=2030, source=Text(nb="Loven", nn="Lova", en="The law")))
    of_bergen = Target(value=4, year=2027, source="Bergen's climate plan")
    catalog = _catalog({}, ("4601",)).model_copy(update={"targets_of": {"4601": {"it": of_bergen}}, "measured_by": {"1101": "4601"}})

    assert goal_of(it, "4601", catalog) == Goal(Decimal(4), 2027, False, "Bergen's climate plan", "own")
    assert goal_of(it, "1101", catalog) == Goal(Decimal(4), 2027, False, "Bergen's climate plan", "borrowed")
    assert goal_of(it, "1103", catalog) == Goal(Decimal(8), 2030, False, "Loven", "national")


def test_the_year_of_arrival_has_an_interval_of_all_base_years_that_could_have_been_chosen() -> None:
    # From 2015: (72.9 / 100)^(1/5) = -6.1 % a year, so 59.049 takes 3.3 years more; from 2016 or 2017, -7.6 % or -10 %: 2.7 or 2 years.
    told = assess(indicator(), series({2015: 100, 2016: 100, 2017: 100, 2020: "72.9"}), goal(59.049))
    assert (told["arrival_earliest"], told["arrival_year"], told["arrival_latest"]) == (2022, 2024, 2024)

    # From 2017 the way goes in the wrong direction, and never arrives.
    told = assess(indicator(), series({2015: 100, 2017: 70, 2020: 80}), goal(50))
    assert (told["arrival_earliest"], told["arrival_latest"]) == (told["arrival_year"], None)
    assert "arrival_open" in reasons(told)


def test_intervals_of_the_values_widen_the_interval_of_arrival() -> None:
    share = indicator("higher", uncertainty="wilson")

    told = assess(share, series({2015: 30, 2025: 40}, **counted(2015, 300, 1_000), **counted(2025, 400, 1_000)), goal(50), Decimal(100))
    assert told["arrival_earliest"] < told["arrival_year"] < told["arrival_latest"]

    never = assess(share, series({2015: 30, 2025: 32}, **counted(2015, 300, 1_000), **counted(2025, 320, 1_000)), goal(50), Decimal(100))
    assert never["arrival_latest"] is None and "arrival_open" in reasons(never)


def test_who_improved_most_is_first_and_a_change_that_may_be_chance_has_no_rank() -> None:
    ways = {"1101": 50, "1103": 80, "1106": 80, "1108": 120, "1111": None}
    rows = [{**row, "ref_area": area} for area, last in ways.items() for row in series({2015: 100, 2025: last})]

    told = {
        row["ref_area"]: (row["improvement_rank"], row["n_improvement_ranked"])
        for row in progress(rows, {"it": indicator()}, {}, load_catalog())
    }
    assert told == {"1101": (1, 4), "1103": (2, 4), "1106": (2, 4), "1108": (4, 4), "1111": (None, 4)}

    share = {"it": indicator("higher", uncertainty="wilson")}
    small = series({2015: 30, 2025: "30.798479"}, **counted(2015, 300, 1_000), **counted(2025, 81, 263))
    assert progress(small, share, {"it": Decimal(100)}, load_catalog())[0]["improvement_rank"] is None


def _catalog(targets: Mapping[str, Target], areas: tuple[str, ...]) -> Catalog:
    return load_catalog().model_copy(update={"targets": targets, "area_of_interest": areas})


def test_a_limit_without_a_year_is_held_against_2030_and_says_so() -> None:
    name = Text(nb="Mål", nn="Mål", en="Target")
    it = indicator(target=Benchmark(name=name, value=50, source=Text(nb="Loven", nn="Lova", en="The law")))

    rows = progress(series({2020: 100, 2025: 81}), {"it": it}, {}, _catalog({}, ()))

    assert (rows[0]["target_year"], rows[0]["growth_needed"]) == (2030, Decimal("-6.696701"))
    assert "target_year_assumed" in reasons(rows[0])


def test_there_is_one_row_for_each_area_of_yearly_indicators_that_have_a_good_direction() -> None:
    found = series({2015: 100, 2025: 90})
    both = [*found, *({**row, "ref_area": "1103"} for row in found)]
    all_rows = [{**row, "indicator": id_} for id_ in ("context", "it", "monthly", "unknown") for row in both]
    known = {"it": indicator(), "context": indicator("context"), "monthly": indicator(frequency="month")}

    rows = progress(all_rows, known, {}, load_catalog())

    assert [(row["indicator"], row["ref_area"]) for row in rows] == [("it", "1101"), ("it", "1103")]


def counted(year: int, events: int, trials: int) -> dict[str, Any]:
    return {f"in_{year}": {"numerator": Decimal(events), "denominator": Decimal(trials)}}


def test_the_newest_value_has_an_interval_and_the_change_is_told_apart_from_chance() -> None:
    share = indicator("higher", uncertainty="wilson")

    told = assess(share, series({2015: 30, 2025: "30.798479"}, **counted(2015, 300, 1_000), **counted(2025, 81, 263)), None, Decimal(100))
    assert (told["lower"], told["upper"]) == (Decimal("25.528852"), Decimal("36.620958"))
    assert told["is_change_distinguishable"] is False

    told = assess(share, series({2015: 30, 2025: 40}, **counted(2015, 300, 1_000), **counted(2025, 400, 1_000)), None, Decimal(100))
    assert told["is_change_distinguishable"] is True

    unknown = assess(indicator(), series({2015: 30, 2025: 40}), None)
    assert unknown["is_change_distinguishable"] is None and "uncertainty_unknown" in reasons(unknown)


def test_of_areas_that_did_not_change_at_most_one_in_twenty_is_called_changed() -> None:
    rng = np.random.default_rng(20261123)
    share, told = indicator("higher", uncertainty="wilson"), []
    for size in rng.integers(200, 40_000, 1_500).tolist():
        first, last = (int(n) for n in rng.binomial(size, 0.3, 2))
        values = {2015: round(100 * first / size, 6), 2025: round(100 * last / size, 6)}
        told.append(assess(share, series(values, **counted(2015, first, size), **counted(2025, last, size)), None, Decimal(100)))

    assert sum(row["is_change_distinguishable"] for row in told) <= 75


def test_growth_does_not_exist_backwards() -> None:
    from indicators.progress import Point

    assert growth(Point(2025, Decimal(5), None), Decimal(4), 2025) is None
