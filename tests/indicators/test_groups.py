"""Groups of peers: KOSTRA groups by date, neighbours by shared border, and whoever the catalogue names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from catalog.load import load_catalog
from indicators.groups import BORDERS, GROUPS, declared_groups, kostra, neighbours, own_choice
from pipelines.datasets.municipality_boundaries import parse_geojson

SQUARES = {
    "0101": "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)))",
    "0102": "MULTIPOLYGON (((1 0, 2 0, 2 1, 1 1, 1 0)))",  # shares a side with the first, drawn the other way round
    "0103": "MULTIPOLYGON (((1 1, 2 1, 2 2, 1 2, 1 1)), ((9 9, 9 8, 8 8, 9 9)))",  # shares a corner with the first, a side with the second
}


def test_neighbours_share_a_stretch_of_border_and_not_only_a_corner() -> None:
    rows = list(neighbours(SQUARES.items()))

    beside = {(row["peer_group"], row["municipality"]) for row in rows if not row["is_own"]}
    assert beside == {("0101", "0102"), ("0102", "0101"), ("0102", "0103"), ("0103", "0102")}
    assert [row["municipality"] for row in rows if row["is_own"]] == ["0101", "0102", "0103"]


def test_oslo_has_the_neighbours_that_the_map_shows(recorded: Path) -> None:
    folder = recorded / "geography" / "municipality_boundaries"
    rows = parse_geojson(duckdb.connect(), [folder / "kommuner_2024_S.geojson"]).project("code, wkt").fetchall()

    beside: dict[str, set[str]] = {}
    for row in neighbours(rows):
        if not row["is_own"]:
            beside.setdefault(row["peer_group"], set()).add(row["municipality"])

    # Bærum, Nordre Follo, Lørenskog and Nittedal have land borders with Oslo; Nesodden lies across the fjord.
    assert {"3201", "3207", "3222", "3232"} <= beside["0301"]
    assert "4601" not in beside["0301"] and "0301" not in beside["0301"]
    assert all(one in beside[other] for one, others in beside.items() for other in others)
    assert 4 <= sum(len(others) for others in beside.values()) / len(beside) <= 6


def test_the_newest_kostra_group_is_the_one_that_counts() -> None:
    rows = list(kostra([("1101", "EKG07", date(2020, 1, 1)), ("1101", "EKG08", date(2023, 1, 1)), ("0301", "EKG13", date(2020, 1, 1))]))

    assert {(row["municipality"], row["peer_group"]) for row in rows} == {("1101", "EKG08"), ("0301", "EKG13")}
    assert all(row["peer_kind"] == "kostra" and row["is_own"] for row in rows)


def test_a_municipality_chooses_its_own_peers_in_the_catalogues_settings() -> None:
    catalog = load_catalog().model_copy(update={"compare_with": {"1103": ("4601", "5001", "1103")}})

    assert list(own_choice(catalog)) == [
        {"peer_kind": "own", "peer_group": "1103", "municipality": "1103", "is_own": True},
        {"peer_kind": "own", "peer_group": "1103", "municipality": "4601", "is_own": False},
        {"peer_kind": "own", "peer_group": "1103", "municipality": "5001", "is_own": False},
    ]


def test_groups_come_from_the_files_of_their_datasets_and_the_newest_year_of_borders(tmp_path: Path) -> None:
    groups, borders = tmp_path / "groups.parquet", tmp_path / "borders.parquet"
    duckdb.sql(
        f"copy (select '0101' as municipality, 'kostra' as kind, 'EKG01' as group_code, date '2020-01-01' as valid_from) to '{groups}'"
    )
    values = ", ".join(
        f"('{code}', {year}, '{wkt}')" for year in (2020, 2024) for code, wkt in SQUARES.items() if (code, year) != ("0103", 2024)
    )
    duckdb.sql(f"copy (select * from (values {values}) as t(code, year, wkt)) to '{borders}'")

    rows = declared_groups(duckdb.connect(), {GROUPS: [groups], BORDERS: [borders]}, {}, load_catalog())

    assert {row["peer_kind"] for row in rows} == {"kostra", "neighbours"}
    assert {row["municipality"] for row in rows if row["peer_kind"] == "neighbours"} == {"0101", "0102"}
