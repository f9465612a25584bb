"""Degrees become metres as the national map has them."""

from __future__ import annotations

from math import cos, hypot, radians, sin, sqrt

import pytest

from catalog.duck import connect
from pipelines.reading.utm import AXIS, FLATTENING, utm33


def _metres(latitude: float, longitude: float) -> tuple[float, float]:
    east, north = utm33("$1::double", "$2::double")
    row = connect().execute(f"select {east}, {north}", [latitude, longitude]).fetchone()
    assert row
    return row


def test_a_known_place_in_oslo_lies_where_another_programme_puts_it() -> None:
    assert [int(metres) for metres in _metres(59.91, 10.75)] == [262409, 6649017]  # PROJ: EPSG:4326 to EPSG:25833


def test_the_middle_meridian_is_at_half_a_million() -> None:
    east, north = _metres(65.0, 15.0)

    assert east == pytest.approx(500_000, abs=0.001)
    assert north == pytest.approx(7_208_549, abs=400)


@pytest.mark.parametrize(("latitude", "longitude"), [(58.0, 7.0), (60.39, 5.32), (63.43, 10.4), (69.65, 18.96)])
def test_half_a_kilometre_is_within_half_a_per_cent_also_in_the_west_where_zone_33_stretches(latitude: float, longitude: float) -> None:
    square = 2 * FLATTENING - FLATTENING**2
    root = sqrt(1 - square * sin(radians(latitude)) ** 2)
    metres_north = radians(1) * AXIS * (1 - square) / root**3
    metres_east = radians(1) * AXIS / root * cos(radians(latitude))
    here = _metres(latitude, longitude)

    for there in (_metres(latitude + 500 / metres_north, longitude), _metres(latitude, longitude + 500 / metres_east)):
        assert hypot(there[0] - here[0], there[1] - here[1]) == pytest.approx(500, abs=2.5)
