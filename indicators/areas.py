"""Municipal history: which codes were valid when, what became of them, and what that means for today's borders.

Everything is taken from the official list of codes and the official list of changes. Names never join anything.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from catalog.duck import literal, name
from catalog.errors import DataError
from indicators import borders

FIRST_YEAR = 2000
SPLIT_WEIGHTS = Path(__file__).parent / "reference" / "split_weights.csv"
CODE = (Path(__file__), Path(borders.__file__), SPLIT_WEIGHTS)
"""Files that decide what the tables hold, beside the two lists."""

TABLES = {
    "municipalities": ("code", "valid_from"),
    "changes": ("changed_on", "old_code", "new_code", "old_name", "new_name"),
    "to_borders": ("year", "code", "to_code"),
    "between_borders": ("borders_year", "first_year", "code", "to_code"),
    "breaks": ("ref_area", "year", "kind"),
}
"""The tables of the schema `areas`, with the columns they are sorted by when written."""


class _Change(NamedTuple):
    changed_on: date
    old_code: str
    new_code: str
    old_name: str
    new_name: str
    kind: str


class _Spell(NamedTuple):
    """One stretch of time in which a code was in use; `start` is None where the list of changes does not reach back to it."""

    code: str
    start: date | None
    end: date | None
    official_name: str


def build_areas(con: duckdb.DuckDBPyConnection, current_year: int) -> None:
    """Create the schema `areas` from the views `validated.municipalities` and `validated.municipality_changes`.

    - `areas.municipalities(code, name, official_name, county, valid_from, valid_to, is_current)`: one row per code in
      use on some 1 January from 2000 to `current_year`; `valid_to` is the first day it no longer held.
    - `areas.changes(changed_on, old_code, old_name, new_code, new_name, kind)`: the official list. Kinds:
      `name_change` (same code, nothing else happened), `renumbered` (new code, same area), `merged` (went whole into
      a municipality that also received others), `split` (one row for each part), `boundary` (the code lives on, but
      gave a part away or received one from a code that lives on).
    - `areas.to_borders(code, year, borders_year, to_code, method, weight, comparability)`: for every code valid on
      1 January of each year, the codes of the newest borders its area lies in. `weight` is the share of the code's
      figures that goes to `to_code`: 1, or null after a split, which is never guessed. `method` is about this row,
      `comparability` about the sum of all rows with the same `year` and `to_code`: it is `not_comparable` as soon as
      one part of the area came from a split, and then no sum may be shown.

    - `areas.between_borders(code, first_year, last_year, borders_year, to_code, method, weight, comparability)`: the same between the
      borders of any two years: `code` in all years from `first_year` to `last_year`, in the borders that held from `borders_year` on.
      Older codes are summed, or apportioned by a weight of `reference/split_weights.csv`; newer ones are summed where one was split.
    - `areas.breaks(ref_area, year, kind, statement_nb, statement_nn, statement_en)`: what is said at each break of a series.

    `borders_year` of `to_borders` is the year of the last change that was more than a name: today's borders hold from then on. Codes
    that stay but receive others (1103 and 5001 in 2020) are `summed` for the years before. Adjustments of borders
    that the official list does not contain cannot be seen here.

    Raises DataError when the two lists contradict each other.
    """
    con.execute("create schema if not exists areas")
    _create_changes(con)
    register = con.execute("select code, name, official_name from validated.municipalities order by code").fetchall()
    changes = [
        _Change(*row)
        for row in con.execute(
            """
            select
              changed_on,
              old_code,
              new_code,
              old_name,
              new_name,
              kind
            from areas.changes
            where changed_on <= make_date(?, 1, 1)
            order by changed_on desc, old_code, new_code""",
            [current_year],
        ).fetchall()
    ]
    current = {code: official for code, _, official in register}
    spells = _spells(current, changes)
    _create_municipalities(con, spells, {code: short for code, short, _ in register}, _parallel_names(con))
    _create_to_borders(con, frozenset(current), changes, current_year)


def _create_changes(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        create or replace table areas.changes as
        with donors as (
          select
            *,
            count(distinct new_code) over (partition by changed_on, old_code) as successors,
            bool_or(old_code = new_code) over (partition by changed_on, old_code) as lives_on
          from validated.municipality_changes
        ),
        receivers as (
          select
            *,
            count(distinct old_code) over (partition by changed_on, new_code) as predecessors,
            bool_and(lives_on) over (partition by changed_on, new_code) as only_from_living
          from donors
        )
        select
          changed_on,
          old_code,
          old_name,
          new_code,
          new_name,
          case
            when successors > 1 and lives_on then 'boundary'
            when successors > 1 then 'split'
            when predecessors > 1 and old_code = new_code and only_from_living then 'boundary'
            when predecessors > 1 then 'merged'
            when old_code = new_code then 'name_change'
            else 'renumbered'
          end as kind
        from receivers"""
    )


def _spells(current: Mapping[str, str], changes: Sequence[_Change]) -> list[_Spell]:
    """Walk the changes backwards from today's register; every code they meet must be in use at that moment."""
    valid_to: dict[str, date | None] = dict.fromkeys(current)
    names = dict(current)
    spells: list[_Spell] = []
    for changed_on, on_day in groupby(changes, key=lambda change: change.changed_on):
        rows = list(on_day)
        new, old = {row.new_code for row in rows}, {row.old_code for row in rows}
        missing, still_there = new - set(valid_to), (old - new) & set(valid_to)
        if missing or still_there:
            raise DataError(
                f"of the changes on {changed_on}, {len(missing)} new codes are in no later list and {len(still_there)} old codes still are",
                where="municipality_changes",
                effect="no municipal history is built and the last release stays",
                next_step="fetch the register and the list of changes again, for the same day",
            )
        spells += [_Spell(code, changed_on, valid_to.pop(code), names.pop(code)) for code in sorted(new - old)]
        for row in rows:
            if row.old_code not in valid_to:
                valid_to[row.old_code] = changed_on
                names[row.old_code] = row.old_name
    spells += [_Spell(code, None, end, names[code]) for code, end in sorted(valid_to.items())]
    return [spell for spell in spells if spell.end is None or spell.end > date(FIRST_YEAR, 1, 1)]


def _parallel_names(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Sami and Kven names in today's register."""
    rows = con.execute(
        """
        select sami_name from validated.municipalities where sami_name is not null
        union
        select kven_name from validated.municipalities where kven_name is not null"""
    ).fetchall()
    return {row[0] for row in rows}


def _create_municipalities(
    con: duckdb.DuckDBPyConnection, spells: Sequence[_Spell], names: Mapping[str, str], parallel_names: set[str]
) -> None:
    """A code out of use keeps its last official name, without the parallel names that today's register knows."""
    columns: list[list[Any]] = [[] for _ in range(7)]
    for spell in sorted(spells, key=lambda spell: (spell.code, spell.start or date.min)):
        norwegian = " - ".join(part for part in spell.official_name.split(" - ") if part not in parallel_names)
        own = names[spell.code] if spell.end is None else norwegian or spell.official_name
        row = (spell.code, own, spell.official_name, spell.code[:2], spell.start, spell.end, spell.end is None)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    con.execute(
        """
        create or replace table areas.municipalities as
        select
          unnest($1::varchar[]) as code,
          unnest($2::varchar[]) as name,
          unnest($3::varchar[]) as official_name,
          unnest($4::varchar[]) as county,
          unnest($5::date[]) as valid_from,
          unnest($6::date[]) as valid_to,
          unnest($7::boolean[]) as is_current""",
        columns,
    )


def _create_to_borders(con: duckdb.DuckDBPyConnection, current: frozenset[str], changes: Sequence[_Change], current_year: int) -> None:
    """The tables `to_borders` (today's borders, nothing apportioned), `between_borders` (any borders) and `breaks`."""
    moving = [change for change in changes if change.kind != "name_change"]
    all_vintages = borders.vintages(current, moving, FIRST_YEAR)
    borders_year = moving[0].changed_on.year if moving else FIRST_YEAR
    leads: dict[int, borders.Leads] = {}
    found: borders.Leads = {code: {code: borders.Share("exact", borders.WHOLE)} for code in current}
    for vintage in reversed(all_vintages):
        leads[vintage.first_year] = found
        for rows in reversed(vintage.began_with):
            found = borders.step_back(found, rows, {})
    columns: list[list[Any]] = [[] for _ in range(7)]
    for year in range(FIRST_YEAR, current_year + 1):
        targets = leads[max(first for first in leads if first <= year)]
        worst: dict[str, str] = {}
        for shares in targets.values():
            for to_code, share in shares.items():
                worst[to_code] = borders.worse(worst.get(to_code, "exact"), share.method)
        for code, shares in sorted(targets.items()):
            for to_code, share in sorted(shares.items()):
                row = (code, year, borders_year, to_code, share.method, share.weight, worst[to_code])
                for column, value in zip(columns, row, strict=True):
                    column.append(value)
    con.execute(
        """
        create or replace table areas.to_borders as
        select
          unnest($1::varchar[]) as code,
          unnest($2::bigint[]) as year,
          unnest($3::bigint[]) as borders_year,
          unnest($4::varchar[]) as to_code,
          unnest($5::varchar[]) as method,
          unnest($6::decimal(12, 9)[]) as weight,
          unnest($7::varchar[]) as comparability""",
        columns,
    )
    borders.create_between_borders(con, borders.between(all_vintages, _declared_weights(), current_year))
    names = dict(con.execute("select code, name from areas.municipalities").fetchall())
    borders.create_breaks(con, borders.breaks(all_vintages, names, leads))


def _declared_weights() -> dict[tuple[str, str], Decimal]:
    """Shares of what was split, where an official figure tells them: `reference/split_weights.csv`."""
    with SPLIT_WEIGHTS.open(encoding="utf-8", newline="") as lines:
        return {(row["old_code"], row["new_code"]): Decimal(row["weight"]) for row in csv.DictReader(lines)}


def refuse_unknown_codes(
    con: duckdb.DuckDBPyConnection, table: str, *, code: str = "municipality", year: str = "year", condition: str = "true"
) -> None:
    """Raise DataError when `table` (`schema.table`) has a municipality code that was not valid on 1 January of its year.

    `code` and `year` name its columns, `condition` is an SQL condition on the rows to look at, such as
    `borders = 'valid'`; years outside the municipal history are not looked at. A code nobody knows would otherwise
    drop out of every sum in silence.
    """
    quoted = ".".join(name(part) for part in table.split("."))
    unknown = con.execute(
        f"""
        select
          count(distinct {name(code)}),
          min({name(year)}),
          max({name(year)})
        from {quoted} as figures
        where ({condition})
          and {name(year)} between (select min(year) from areas.to_borders) and (select max(year) from areas.to_borders)
          and not exists (
            select 1 from areas.to_borders as known where known.code = figures.{name(code)} and known.year = figures.{name(year)}
          )"""
    ).fetchone()
    if unknown and unknown[0]:
        raise DataError(
            f"{unknown[0]} municipality codes that were not valid in their year ({unknown[1]} to {unknown[2]})",
            where=table,
            effect="nothing is computed from it and the last release stays",
            next_step="fetch the list of municipal changes again, or correct the codes at the source",
        )


def write_areas(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Path]:
    """Write the tables of `areas` as Parquet, sorted, so that equal tables give equal bytes; return the paths by table."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {table: folder / f"{table}.parquet" for table in TABLES}
    for table, key in TABLES.items():
        con.execute(
            f"copy (from areas.{table} order by {', '.join(key)}) to {literal(str(paths[table]))} (format parquet, compression zstd)"
        )
    return paths
