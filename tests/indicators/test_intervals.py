"""Intervals are those of the published tables, hold nonsense off, and seldom call chance a difference."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from indicators.intervals import Interval, are_apart, interval, poisson, wilson


def rounded(found: Interval, digits: str) -> tuple[str, str]:
    return str(found.lower.quantize(Decimal(digits))), str(found.upper.quantize(Decimal(digits)))


@pytest.mark.parametrize(
    ("events", "trials", "lower", "upper"),
    [(81, 263, "0.2553", "0.3662"), (15, 148, "0.0624", "0.1605"), (0, 20, "0.0000", "0.1611"), (1, 29, "0.0061", "0.1718")],
)
def test_wilson_intervals_are_those_that_newcombe_printed_in_1998(events: int, trials: int, lower: str, upper: str) -> None:
    assert rounded(wilson(Decimal(events), Decimal(trials)), "0.0001") == (lower, upper)


def test_a_share_of_none_or_all_has_an_interval_that_ends_there_and_does_not_leave_0_to_1() -> None:
    assert wilson(Decimal(0), Decimal(7)).lower == 0
    assert wilson(Decimal(7), Decimal(7)).upper == 1
    assert abs(wilson(Decimal(7), Decimal(7)).lower + wilson(Decimal(0), Decimal(7)).upper - 1) < Decimal("1e-20")


@pytest.mark.parametrize(
    ("events", "lower", "upper"), [(0, "0.000", "3.689"), (1, "0.025", "5.572"), (5, "1.623", "11.668"), (9, "4.115", "17.085")]
)
def test_small_counts_of_events_have_the_exact_limits_of_the_tables(events: int, lower: str, upper: str) -> None:
    assert rounded(poisson(Decimal(events)), "0.001") == (lower, upper)


@pytest.mark.parametrize(
    ("events", "lower", "upper"), [(10, "4.7954", "18.3904"), (20, "12.2165", "30.8884"), (100, "81.3639", "121.6273")]
)
def test_from_ten_events_on_byars_formula_is_within_a_fifth_of_a_per_cent_of_the_exact_limits(events: int, lower: str, upper: str) -> None:
    found = poisson(Decimal(events))
    assert abs(found.lower / Decimal(lower) - 1) < Decimal("0.002")
    assert abs(found.upper / Decimal(upper) - 1) < Decimal("0.002")


def test_the_interval_is_in_the_unit_of_the_value() -> None:
    assert interval("wilson", Decimal(81), Decimal(263), Decimal(100)) == Interval(Decimal("25.528852"), Decimal("36.620958"))
    per_hundred_thousand = interval("poisson", Decimal(5), Decimal(50_000), Decimal(100_000))
    assert per_hundred_thousand is not None and rounded(per_hundred_thousand, "0.01") == ("3.25", "23.34")
    plain_count = interval("poisson", Decimal(5), None, Decimal(1))
    assert plain_count is not None and rounded(plain_count, "0.001") == ("1.623", "11.668")


def test_without_a_declared_method_or_a_denominator_there_is_no_interval() -> None:
    assert interval("none", Decimal(5), Decimal(10), Decimal(1)) is None
    assert interval("wilson", Decimal(5), None, Decimal(1)) is None
    assert interval("wilson", Decimal(0), Decimal(0), Decimal(1)) is None
    assert interval("poisson", Decimal(0), Decimal(0), Decimal(1)) is None
    assert interval("wilson", None, Decimal(10), Decimal(1)) is None
    assert interval("wilson", Decimal(5), Decimal(10), None) is None


def test_numbers_that_cannot_be_such_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="numerator from 0 to its denominator"):
        wilson(Decimal(11), Decimal(10))
    with pytest.raises(ValueError, match="whole numbers"):
        poisson(Decimal("2.5"))
    with pytest.raises(ValueError, match="whole numbers"):
        poisson(Decimal(-1))


def test_intervals_that_touch_are_not_apart() -> None:
    one = Interval(Decimal(1), Decimal(2))
    assert not are_apart(one, Interval(Decimal(2), Decimal(3)))
    assert are_apart(one, Interval(Decimal("2.000001"), Decimal(3)))
    assert are_apart(Interval(Decimal("2.000001"), Decimal(3)), one)


@pytest.mark.parametrize("share", [0.02, 0.25, 0.6])
@pytest.mark.parametrize("others", [1_000, 200_000])
def test_of_equal_shares_at_most_one_in_twenty_is_called_different(share: float, others: int) -> None:
    rng = np.random.default_rng(11)
    pairs = zip(rng.binomial(1_000, share, 2_000), rng.binomial(others, share, 2_000), strict=True)
    wrong = sum(are_apart(wilson(Decimal(int(a)), Decimal(1_000)), wilson(Decimal(int(b)), Decimal(others))) for a, b in pairs)
    assert 0 < wrong <= 100


@pytest.mark.parametrize("expected", [3, 30])
def test_of_equal_counts_of_events_at_most_one_in_twenty_is_called_different(expected: int) -> None:
    rng = np.random.default_rng(11)
    pairs = zip(rng.poisson(expected, 4_000), rng.poisson(expected, 4_000), strict=True)
    wrong = sum(are_apart(poisson(Decimal(int(a))), poisson(Decimal(int(b)))) for a, b in pairs)
    assert wrong <= 200


def test_what_is_really_different_is_told() -> None:
    assert are_apart(wilson(Decimal(300), Decimal(1_000)), wilson(Decimal(400), Decimal(1_000)))
    assert are_apart(poisson(Decimal(30)), poisson(Decimal(70)))
