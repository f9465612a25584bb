"""Which observations lose their numbers: small ones about people, sums of rows that are withheld, and those that would give either away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from catalog.duck import parquet
from catalog.privacy.suppression import Cells, Sum, protect
from catalog.privacy.withholding import WITHHELD_CODE

Row = tuple[str, str, str, str]
"""Indicator, area, period, breakdown."""


def hide_observations(
    con: duckdb.DuckDBPyConnection,
    observations: Path,
    limits: Mapping[str, Mapping[str, int]],
    hidden_sums: Mapping[str, Sequence[tuple[str, str, Any]]],
    earlier: Path | None = None,
) -> int:
    """Fill the temporary table `hidden_observations` with the keys of observations to hide; how many of them could still be computed.

    `limits` is the smallest group that the numerator and denominator of an indicator may show, where they count people;
    `hidden_sums` holds for an indicator area, period and value of sums of withheld rows. What the release before (`earlier`) hid of
    these indicators stays hidden.
    """
    small = _small(con, observations, limits) | _sums(con, observations, hidden_sums)
    touched = sorted({row[0] for row in small})
    hidden, exposed = set(small), 0
    before = _hidden_before(con, earlier, touched)
    for indicator in touched:
        for measure in ("numerator", "denominator"):
            new, open_ = _complements(
                con, observations, indicator, measure, small, hidden | before, limits.get(indicator, {}).get(measure, 1)
            )
            hidden |= new
            exposed += open_
    con.execute(
        "create or replace temp table hidden_observations (indicator varchar, ref_area varchar, time_period varchar, breakdown varchar)"
    )
    columns = list(zip(*sorted(hidden), strict=True)) or [(), (), (), ()]
    con.execute(
        "insert into hidden_observations select unnest($1::varchar[]), unnest($2::varchar[]), unnest($3::varchar[]), unnest($4::varchar[])",
        [list(column) for column in columns],
    )
    return exposed


def _small(con: duckdb.DuckDBPyConnection, observations: Path, limits: Mapping[str, Mapping[str, int]]) -> set[Row]:
    """Observations whose numerator or denominator is a count of people above zero and below k."""
    rows = [(indicator, measure, k) for indicator, measures in limits.items() for measure, k in measures.items()]
    con.execute("create or replace temp table limits as select unnest($1::varchar[]) as indicator, unnest($2::varchar[]) as measure, "
                "unnest($3::bigint[]) as k", [list(column) for column in zip(*rows, strict=True)] or [[], [], []])  # fmt: skip
    return set(
        con.execute(
            f"""select distinct indicator, ref_area, time_period, breakdown
            from {parquet([observations])} inner join limits using (indicator)
            where case measure when 'numerator' then numerator else denominator end > 0
              and case measure when 'numerator' then numerator else denominator end < k"""
        ).fetchall()
    )


def _sums(con: duckdb.DuckDBPyConnection, observations: Path, hidden_sums: Mapping[str, Sequence[tuple[str, str, Any]]]) -> set[Row]:
    """Observations whose numerator or denominator is a sum that is hidden."""
    rows = [(indicator, *one) for indicator, found in hidden_sums.items() for one in found]
    if not rows:
        return set()
    con.execute("create or replace temp table hidden_sums (indicator varchar, ref_area varchar, time_period varchar, total decimal(38,6))")
    con.executemany("insert into hidden_sums values (?, ?, ?, ?)", rows)
    return set(
        con.execute(
            f"""select indicator, ref_area, time_period, breakdown
            from {parquet([observations])} semi join hidden_sums using (indicator, ref_area, time_period)
            where (indicator, ref_area, time_period, numerator) in (from hidden_sums)
              or (indicator, ref_area, time_period, denominator) in (from hidden_sums)"""
        ).fetchall()
    )


def _hidden_before(con: duckdb.DuckDBPyConnection, earlier: Path | None, indicators: Iterable[str]) -> set[Row]:
    if earlier is None:
        return set()
    return set(
        con.execute(
            f"""select indicator, ref_area, time_period, breakdown from {parquet([earlier])}
            where obs_status = '{WITHHELD_CODE}' and indicator in (select unnest($1::varchar[]))""",
            [list(indicators)],
        ).fetchall()
    )


def _complements(
    con: duckdb.DuckDBPyConnection, observations: Path, indicator: str, measure: str, small: set[Row], hidden: set[Row], k: int
) -> tuple[set[Row], int]:
    """Further observations to hide, so that no sum over areas, parts or months gives a hidden one away; how many still are exposed."""
    found = con.execute(
        f"""select ref_area, time_period, breakdown, {measure} from {parquet([observations])}
        where indicator = $1 and {measure} is not null order by all""",
        [indicator],
    ).fetchall()
    at = {row[:3]: number for number, row in enumerate(found)}
    values = [int(Decimal(row[3]).scaleb(6)) for row in found]
    sums = [one for whole, parts in _relations(at) if (one := _sum(values, whole, parts)) is not None]
    wide = {at[row[1:]]: max(k * 10**6 if k > 1 else 1, abs(values[at[row[1:]]])) for row in small if row[0] == indicator and row[1:] in at}
    also = {at[row[1:]] for row in hidden if row[0] == indicator and row[1:] in at}
    protection = protect(Cells(values, sums, last={whole for whole, _ in _relations(at)}), wide, also)
    return {(indicator, *found[cell][:3]) for cell in protection.hidden}, len(protection.exposed)


def _sum(values: Sequence[int], whole: int, parts: Sequence[int]) -> Sum | None:
    """The relation, where it holds to the last digit."""
    if len(parts) < 2 or sum(values[part] for part in parts) != values[whole]:
        return None
    return {**dict.fromkeys(parts, 1), whole: -1}


def _relations(at: Mapping[tuple[str, str, str], int]) -> list[tuple[int, list[int]]]:
    """Every way in which observations may add up: municipalities to counties and the country, parts to the whole, months to years."""
    kinds: dict[tuple[str, tuple[str, str, str]], list[int]] = defaultdict(list)
    for (area, period, breakdown), cell in at.items():
        if len(area) == 4 and area.isdigit():
            kinds["county", (area[:2], period, breakdown)].append(cell)
            kinds["municipalities", ("NO", period, breakdown)].append(cell)
        elif len(area) == 2 and area.isdigit():
            kinds["counties", ("NO", period, breakdown)].append(cell)
        if breakdown:
            pairs = breakdown.split(";")
            for dropped in range(len(pairs)):
                rest = ";".join(pairs[:dropped] + pairs[dropped + 1 :])
                kinds[f"by {pairs[dropped].partition('=')[0]}", (area, period, rest)].append(cell)
        if len(period) == 7:
            kinds["months", (area, period[:4], breakdown)].append(cell)
    return [(at[whole], cells) for (_, whole), cells in kinds.items() if whole in at]
