"""Values that were corrected after they were published, for the pages of their indicators."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from catalog import duck

MOST = 12
"""So many corrections are shown of an indicator; the file holds all."""


class Revision(NamedTuple):
    """One published value that changed or went. `cause` is `data` or `method`."""

    release: str
    area: str
    period: str
    breakdown: str
    old_value: Decimal | None
    new_value: Decimal | None
    old_status: str | None
    new_status: str | None
    cause: str


def read_revisions(path: Path) -> dict[str, tuple[int, list[Revision]]]:
    """Indicator → how many corrections there are, and the newest of them. Empty where nothing was ever corrected."""
    if not path.is_file():
        return {}
    query = f"""
        select
          indicator, count(*) over (partition by indicator), release, ref_area, time_period, breakdown, old_value, new_value, old_status,
          new_status, cause
        from {duck.parquet([path])}
        qualify row_number() over (
          partition by indicator
          order by split_part(release, '.', 2)::bigint desc, breakdown, ref_area, time_period desc
        ) <= {MOST}
        order by indicator, split_part(release, '.', 2)::bigint desc, breakdown, ref_area, time_period desc
    """
    found: dict[str, tuple[int, list[Revision]]] = {}
    with duck.connect() as con:
        for indicator, count, *told in con.execute(query).fetchall():
            found.setdefault(indicator, (count, []))[1].append(Revision(*told))
    return found
