"""What changed in published values since the release before, added to what changed before that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog import database
from catalog.building.draft import Draft, one_number
from catalog.building.observed import observations_before
from catalog.described import distribution
from catalog.duck import literal, parquet
from catalog.hashes import sha256
from catalog.lineage import formulas
from catalog.model import Text
from catalog.privacy.withholding import WITHHELD_CODE
from catalog.releases.changes import is_new_formula


def new_methods(draft: Draft) -> list[str]:
    """Indicators whose formula is another than in the release before, be it in a table between or in a limit it looks up."""
    before = draft.before.manifest["parts"] if draft.before else {}
    return sorted(i for i, now in formulas(draft.publication).items() if is_new_formula(before.get(f"indicators/{i}"), {"formula": now}))


def add_revisions(draft: Draft, observations: Path, held_back: Mapping[str, Text]) -> Path | None:
    """Published values that changed or went since the release before, added to those of earlier releases.

    A value that is withheld today is not told by its history either.
    """
    before = observations_before(draft)
    if before is None or draft.before is None:
        return None
    con = draft.con
    earlier = draft.before.folder / "indicators" / "revisions.parquet"
    known = draft.before.files.get("indicators/revisions.parquet")
    columns = ", ".join(f"{column}" for column in database.meta_columns("revisions"))
    con.execute(
        f"""create or replace temp table revised as
        select
          $1 as release,
          indicator,
          ref_area,
          time_period,
          breakdown,
          case when new.obs_status is null then 'withdrawn' else 'revised' end as change,
          old.obs_value as old_value,
          new.obs_value as new_value,
          old.obs_status as old_status,
          new.obs_status as new_status,
          case when list_contains($2::varchar[], indicator) then 'method' else 'data' end as cause
        from {parquet([before])} as old
        left join {parquet([observations])} as new using (indicator, ref_area, time_period, breakdown)
        where old.obs_value is distinct from new.obs_value or old.obs_status is distinct from new.obs_status""",
        [draft.release, new_methods(draft)],
    )
    if known and earlier.is_file() and sha256(earlier) == known["sha256"]:
        con.execute(f"insert into revised select {columns} from {parquet([earlier])}")
    con.execute(
        f"""update revised set old_value = null, new_value = null
        where indicator in (select indicator from held_back)
          or (indicator, ref_area, time_period, breakdown) in (
            select (indicator, ref_area, time_period, breakdown) from {parquet([observations])} where obs_status = '{WITHHELD_CODE}'
          )"""
    )
    if not one_number(con, "select count(*) from revised"):
        return None
    path = draft.folder / "indicators" / "revisions.parquet"
    types = database.meta_columns("revisions")
    con.execute(
        f"""copy (
          select {", ".join(f"{column}::{kind} as {column}" for column, kind in types.items())}
          from revised
          order by split_part(release, '.', 2)::bigint, indicator, ref_area, time_period, breakdown
        ) to {literal(str(path))} (format parquet, compression zstd)"""
    )
    rows = one_number(con, "select count(*) from revised")
    draft.files["indicators"].append(distribution(path, draft.folder, "parquet", rows))
    return path
