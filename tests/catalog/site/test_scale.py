"""Many municipalities are rendered in seconds, and what did not change is not rendered again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from catalog.publication import Publication

LANGUAGES = ("nb", "nn", "en")
SYNTHETIC = {"nb": "syntetiske data", "nn": "syntetiske data", "en": "synthetic data"}


def test_three_hundred_municipalities_are_rendered_in_seconds(
    publication: Publication, tmp_path: Path, html_of: Callable[[Path], dict[str, str]], render: Callable[..., Path]
) -> None:

    observations = tmp_path / "many.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"""copy (
              select i.id as indicator, lpad((1000 + a)::varchar, 4, '0') as ref_area, 'Kommune ' || a as ref_area_name,
                y::varchar as time_period, ((a * 7 + y) / 3)::decimal(28,6) as obs_value, 'ug/m3' as unit_measure, 'A' as obs_status,
                0.9::decimal(9,6) as coverage, 1::bigint as n_units, null::decimal(38,6) as numerator, null::decimal(38,6) as denominator,
                'exact' as comparability, 2024::bigint as borders_year, '' as breakdown, 'adapted' as fidelity, '' as warnings
              from (values ('sdg_11_6_2_no2'), ('sdg_9_4_electricity')) i(id), range(300) r(a), range(2015, 2025) s(y)
            ) to '{observations}' (format parquet)"""
        )
    many = replace(publication, observations=observations)
    start = time.process_time()
    release = render(many, tmp_path / "release")
    assert len(html_of(release)) > 900
    assert time.process_time() - start < 10
