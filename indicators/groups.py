"""Who is compared with whom beyond county, size and country: KOSTRA groups, neighbours and the catalogue's own choice.

Rows of the table `declared_groups`: `peer_kind, peer_group, municipality, is_own`; `is_own` where the municipality is itself compared
with the group, and not only one of those it is compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.model import Catalog
from indicators.load import ReferenceTable

if TYPE_CHECKING:
    import duckdb

GROUPS, BORDERS = "validated.municipality_groups", "validated.municipality_boundaries"
SOURCES = (GROUPS, BORDERS)
"""Datasets that groups are made from, where they have data."""

Row = dict[str, Any]


def declared_groups(
    con: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[Path]], references: Mapping[str, ReferenceTable], catalog: Catalog
) -> list[Row]:
    """Every declared membership, sorted: those of the reference table `peer_groups`, KOSTRA groups, neighbours, and the own choice."""
    from catalog.duck import parquet

    rows: list[Row] = list(references["peer_groups"].rows) if "peer_groups" in references else []
    if groups := files.get(GROUPS):
        found = con.execute(f"select municipality, group_code, valid_from from {parquet(list(groups))} where kind = 'kostra'").fetchall()
        rows += kostra(found)
    if borders := files.get(BORDERS):
        newest = f"select code, wkt from {parquet(list(borders))} qualify year = max(year) over ()"
        rows += neighbours(con.execute(newest).fetchall())
    rows += own_choice(catalog)
    unique = {(row["peer_kind"], row["peer_group"], row["municipality"]): row for row in rows}
    return [unique[key] for key in sorted(unique)]


def kostra(memberships: Iterable[tuple[str, str, date]]) -> Iterator[Row]:
    """The newest KOSTRA group of each municipality, so that a series has the same peers all along."""
    newest: dict[str, tuple[date, str]] = {}
    for municipality, group, valid_from in memberships:
        newest[municipality] = max(newest.get(municipality, (date.min, "")), (valid_from, group))
    for municipality, (_, group) in newest.items():
        yield {"peer_kind": "kostra", "peer_group": group, "municipality": municipality, "is_own": True}


def neighbours(borders: Iterable[tuple[str, str]]) -> Iterator[Row]:
    """Municipalities that share a stretch of border: at least two points after one another. One common point is a corner, not a border.

    `borders` are code and WKT with every digit of the file, so that a shared border has the very same points on both sides. Borders in
    the sea are not in a file that is cut along the coast: islands may be without neighbours.
    """
    beside: dict[frozenset[str], set[str]] = defaultdict(set)
    for code, wkt in borders:
        for ring in wkt.partition("(((")[2].rstrip(") ").replace("(", "").split(")"):
            points = [point.strip() for point in ring.strip(" ,").split(",")]
            for stretch in pairwise(points):
                beside[frozenset(stretch)].add(code)
    pairs = {pair for codes in beside.values() for pair in combinations(sorted(codes), 2)}
    for code in sorted({code for pair in pairs for code in pair}):
        yield {"peer_kind": "neighbours", "peer_group": code, "municipality": code, "is_own": True}
    for one, other in sorted(pairs):
        yield {"peer_kind": "neighbours", "peer_group": one, "municipality": other, "is_own": False}
        yield {"peer_kind": "neighbours", "peer_group": other, "municipality": one, "is_own": False}


def own_choice(catalog: Catalog) -> Iterator[Row]:
    """The municipalities that `compare_with` in `catalog.yaml` names, for every municipality that it names them for."""
    for municipality, others in catalog.compare_with.items():
        yield {"peer_kind": "own", "peer_group": municipality, "municipality": municipality, "is_own": True}
        for other in others:
            if other != municipality:
                yield {"peer_kind": "own", "peer_group": municipality, "municipality": other, "is_own": False}
