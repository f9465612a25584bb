"""What was known when: a later release does not rewrite what an earlier one said."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.publication import Publication
from catalog.releases.release import publish

Build = Callable[..., Publication]
AIR = "indicator = 'sdg_11_6_2_no2' and ref_area = '0301' and time_period = '2024'"


@pytest.fixture(autouse=True)
def numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, RDF and the gates have their own tests."""
    from catalog import site
    from catalog.building import build
    from catalog.metadata import rdf

    monkeypatch.setattr(site, "render", lambda *_: {})
    monkeypatch.setattr(rdf, "write_catalog", lambda *_: [])
    monkeypatch.setattr(rdf, "fingerprints", lambda *_: {})
    monkeypatch.setattr(build, "try_gates", lambda *_: [])


def later(publication: Publication, days: int, **changes: Any) -> Publication:
    return replace(publication, built_at=publication.built_at + timedelta(days=days), **changes)


def asked(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "bymaal.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_each_day_shows_the_value_that_was_known_then(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    publish(build_publication(tmp_path / "a"), public)
    publish(later(build_publication(tmp_path / "b", value="29.1"), 10), public)
    newest = publish(later(build_publication(tmp_path / "c", value="29.4"), 20), public).folder

    def known(day: str) -> list[Any]:
        return [value for (value,) in asked(newest, f"select obs_value from indicators.as_of('{day}') where {AIR}")]

    assert known("2026-11-22") == []
    assert known("2026-11-23") == known("2026-12-02") == [Decimal("30.2")]
    assert known("2026-12-03") == [Decimal("29.1")]
    assert known("2030-01-01") == [Decimal("29.4")]
    assert asked(newest, f"select obs_value from indicators.as_of_release('2026-12-03.2') where {AIR}") == [(Decimal("29.1"),)]
    assert asked(newest, "select count(*) from indicators.as_of('2026-11-23')") == asked(
        newest, "select count(*) from indicators.observations"
    )
    assert asked(newest, f"select release_from, release_to, cause from meta.vintages where {AIR} order by known_from") == [
        ("2026-11-23.1", "2026-12-03.2", "new"),
        ("2026-12-03.2", "2026-12-13.3", "data"),
        ("2026-12-13.3", None, "data"),
    ]


def test_a_change_says_whether_the_formula_the_borders_or_the_data_changed(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    first = build_publication(tmp_path / "a")
    publish(first, public)
    air, electricity = first.indicators
    rebordered = tmp_path / "rebordered.parquet"
    second = build_publication(tmp_path / "b", value="29.1")
    duckdb.sql(
        f"from '{second.observations}' select * replace (case when ref_area = '1151' then 2025 else borders_year end as borders_year)"
    ).write_parquet(str(rebordered))
    mended = (air.model_copy(update={"sql": f"{air.sql} where true"}), electricity)
    newest = publish(later(second, 5, indicators=mended, observations=rebordered), public).folder

    causes = dict(asked(newest, "select ref_area, cause from meta.vintages where known_to is null and cause <> 'new'"))

    assert causes == {"0301": "method", "1151": "borders"}


def test_another_query_of_a_table_between_is_another_method(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    first = build_publication(tmp_path / "a")
    publish(first, public)
    (table,) = first.tables
    mended = table.model_copy(update={"sql": f"{table.sql} where value > 0"})
    newest = publish(later(build_publication(tmp_path / "b", value="29.1"), 5, tables=(mended,)), public).folder

    causes = asked(newest, f"select cause from meta.vintages where {AIR} and known_to is null")

    assert causes == asked(newest, "select cause from meta.revisions") == [("method",)]


def test_another_row_of_a_table_of_facts_is_another_method(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    first = build_publication(tmp_path / "a")
    air, electricity = first.indicators
    limited = air.model_copy(update={"sql": f"{air.sql} where mean > (select max(limits.value) from reference.limits as limits)"})
    publish(replace(first, indicators=(limited, electricity), references={"limits": "40", "others": "1"}), public)
    second = build_publication(tmp_path / "b", value="29.1")
    duckdb.sql(
        f"from '{second.observations}' "
        "select * replace (case when indicator like '%electricity' then obs_value + 1 else obs_value end as obs_value)"
    ).write_parquet(str(tmp_path / "both.parquet"))
    changed = replace(
        second, indicators=(limited, electricity), references={"limits": "20", "others": "1"}, observations=tmp_path / "both.parquet"
    )
    newest = publish(later(changed, 5), public).folder

    causes = dict(asked(newest, "select indicator, cause from meta.vintages where known_to is null and cause <> 'new'"))

    assert causes == {"sdg_11_6_2_no2": "method", "sdg_9_4_electricity": "data"}


def test_a_value_that_went_is_closed_and_not_forgotten(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    first = build_publication(tmp_path / "a")
    publish(first, public)
    fewer = tmp_path / "fewer.parquet"
    duckdb.sql(f"from '{first.observations}' where time_period <> '2023'").write_parquet(str(fewer))
    newest = publish(later(first, 3, observations=fewer), public).folder

    assert asked(newest, "select obs_value, release_to from meta.vintages where time_period = '2023'") == [
        (Decimal("31.5"), "2026-11-26.2")
    ]


def test_nothing_changes_when_nothing_changed(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    first = build_publication(tmp_path / "a")
    one = publish(first, public).folder
    other_text = first.catalog.model_copy(update={"title": first.catalog.title.model_copy(update={"en": "Another title"})})
    two = publish(later(first, 3, catalog=other_text), public).folder

    assert two != one
    assert (two / "indicators" / "vintages.parquet").read_bytes() == (one / "indicators" / "vintages.parquet").read_bytes()


def test_a_value_withheld_today_is_not_told_by_its_history(build_publication: Build, tmp_path: Path) -> None:
    public = tmp_path / "public"
    first = build_publication(tmp_path / "a")
    publish(first, public)
    hidden = tmp_path / "hidden.parquet"
    duckdb.sql(
        f"""from '{first.observations}' select * replace (
          case when {AIR} then null else obs_value end as obs_value, case when {AIR} then null else numerator end as numerator,
          case when {AIR} then null else denominator end as denominator, case when {AIR} then 'Q' else obs_status end as obs_status)"""
    ).write_parquet(str(hidden))
    newest = publish(later(first, 3, observations=hidden), public).folder

    assert asked(newest, f"select distinct obs_value, numerator from meta.vintages where {AIR}") == [(None, None)]


READER = """
import sys
from pathlib import Path

import duckdb

public, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen = {}
while not stop.exists():
    with duckdb.connect(str(public / "current" / "bymaal.duckdb"), read_only=True) as con:
        release, values = con.execute(
            "select (select release from meta.release), (select count(*) from indicators.as_of('2030-01-01'))"
        ).fetchone()
    seen.setdefault(release, set()).add(values)
print(seen)
"""


def test_another_process_reads_on_while_ten_releases_go_out(build_publication: Build, tmp_path: Path) -> None:
    public, stop = tmp_path / "public", tmp_path / "stop"
    publish(build_publication(tmp_path / "first"), public)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(public), str(stop)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        for number in range(10):
            publish(later(build_publication(tmp_path / f"next{number}", value=f"29.{number}"), number + 1), public)
    finally:
        stop.touch()
    told, trouble = reader.communicate(timeout=60)

    seen = ast.literal_eval(told)
    assert (reader.returncode, trouble) == (0, "")
    assert len(seen) >= 3 and all(values == {5} for values in seen.values())
