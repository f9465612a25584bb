"""What was known when: every published value with the days on which it was the one that readers had.

Each release takes over the table of the release before. A value that is still the same stays open; one that changed or went is closed
with the day and the number of this release, and the new one is opened. A change says what it comes from: `method`, `borders`,
`correction` or `data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from catalog import database
from catalog.building.draft import Draft, one_number
from catalog.building.revisions import new_methods
from catalog.described import distribution
from catalog.duck import literal, parquet
from catalog.hashes import sha256
from catalog.lineage import source_datasets
from catalog.model import Text
from catalog.privacy.withholding import WITHHELD_CODE

FILE = "vintages.parquet"
KEY = ("indicator", "ref_area", "time_period", "breakdown")
SAID = ("obs_value", "obs_status", "unit_measure", "comparability", "borders_year", "numerator", "denominator")
"""What is kept of an observation; it is another vintage when any of these is another."""


def add_vintages(draft: Draft, observations: Path, held_back: Mapping[str, Text]) -> Path:
    """`indicators/vintages.parquet`: the vintages of the release before, brought up to date with today's observations.

    A value that is withheld today is not told by its history either.
    """
    con, release = draft.con, draft.release
    day = draft.publication.built_at.date().isoformat()
    columns = ", ".join((*KEY, *SAID))
    same = " and ".join(f"old.{column} is not distinct from new.{column}" for column in (*KEY, *SAID))
    earlier = _of_the_release_before(draft)
    types = ", ".join(f"{column} {kind}" for column, kind in database.meta_columns("vintages").items())
    con.execute(f"create or replace temp table vintages ({types})")
    if earlier:
        con.execute(f"insert into vintages select {', '.join(database.meta_columns('vintages'))} from {parquet([earlier])}")
    con.execute(f"create or replace temp table today as select {columns} from {parquet([observations])}")
    con.execute(
        f"""update vintages as old set known_to = $1::date, release_to = $2
        where known_to is null
          and not exists (select 1 from today as new where {same})""",
        [day, release],
    )
    con.execute(
        f"""insert into vintages
        select {columns}, $1::date as known_from, null as known_to, $2 as release_from, null as release_to, 'new' as cause
        from today as new
        where not exists (select 1 from vintages as old where old.known_to is null and {same})""",
        [day, release],
    )
    _tell_causes(draft)
    con.execute(
        f"""update vintages set obs_value = null, numerator = null, denominator = null
        where indicator in (select unnest($1::varchar[]))
          or ({", ".join(KEY)}) in (select ({", ".join(KEY)}) from today where obs_status = '{WITHHELD_CODE}')""",
        [sorted(held_back)],
    )
    path = draft.folder / "indicators" / FILE
    con.execute(
        f"""copy (
          from vintages
          order by {", ".join(KEY)}, split_part(release_from, '.', 2)::bigint
        ) to {literal(str(path))} (format parquet, compression zstd)"""
    )
    draft.files["indicators"].append(distribution(path, draft.folder, "parquet", one_number(con, "select count(*) from vintages")))
    return path


def _of_the_release_before(draft: Draft) -> Path | None:
    """The vintages of the release before, when they are what its manifest says."""
    if draft.before is None:
        return None
    path, known = draft.before.folder / "indicators" / FILE, draft.before.files.get(f"indicators/{FILE}")
    return path if known and path.is_file() and sha256(path) == known["sha256"] else None


def _tell_causes(draft: Draft) -> None:
    """Say of each vintage that this release opened in place of another what made it another: the first that holds of

    `method`: the formula is another; `borders`: the value means other borders; `correction`: a figure of a dataset behind it was
    corrected here for the first time, or is no longer; `data`: the sources say something else.
    """
    draft.con.execute("create or replace temp table method_changed as select unnest($1::varchar[]) as indicator", [new_methods(draft)])
    draft.con.execute("create or replace temp table corrected as select unnest($1::varchar[]) as indicator", [_newly_corrected(draft)])
    key = " and ".join(f"old.{column} = new.{column}" for column in KEY)
    draft.con.execute(
        f"""update vintages as new set cause = case
            when new.indicator in (from method_changed) then 'method'
            when old.borders_year is distinct from new.borders_year or old.comparability is distinct from new.comparability then 'borders'
            when new.indicator in (from corrected) then 'correction'
            else 'data'
          end
        from vintages as old
        where new.release_from = $1
          and old.release_to = $1
          and {key}""",
        [draft.release],
    )


def _newly_corrected(draft: Draft) -> list[str]:
    """Indicators on a dataset in which other corrections are applied than in the release before."""
    before = {(r["dataset"], r["correction"]) for r in _asked_before(draft, "select * from meta.corrections where outcome = 'applied'")}
    now = {
        (state.dataset.id, told.correction.id)
        for state in draft.publication.datasets
        for told in state.corrections
        if told.outcome == "applied"
    }
    changed = {dataset for dataset, _ in before ^ now}
    return sorted(indicator for indicator, datasets in source_datasets(draft.publication).items() if changed & set(datasets))


def _asked_before(draft: Draft, sql: str) -> list[dict[str, str]]:
    """Rows of the release before, as far as its database has such a table."""
    path = draft.before.folder / database.FILE if draft.before else None
    if path is None or not path.is_file():
        return []
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            found = con.execute(sql)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except (duckdb.BinderException, duckdb.CatalogException):
        return []
