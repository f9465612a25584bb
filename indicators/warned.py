"""What a value has to be read with: the codes that follow from its status, its borders and its series, added to those of its query.

They are the same on every engine, because they are told from the rows that an engine gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.load import vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

FOLLOWS = {
    "preliminary": "obs_status = 'P'",
    "estimated": "obs_status = 'E'",
    "series_break": "obs_status = 'B' or comparability = 'not_comparable'",
    "below_coverage": "obs_status = 'N'",
    "redacted": "obs_status = 'Q'",
    "boundary_adjusted": "comparability in ('summed', 'apportioned')",
    "outliers": "(ref_area, time_period) in (from far_off) and breakdown = ''",
}
"""Code of the vocabulary `warning` → the rows for which it holds, whatever the query says."""

YEARS, FEWEST_YEARS, FEWEST_AREAS, SPREADS, LEAST_SPREAD = 3, 3, 10, 6, 0.02
"""How far around a year is looked, with how many values at least; how many areas make a common movement; and how many spreads are far."""


def warned(rows: pa.Table, *, by_series: bool = True) -> pa.Table:
    """The same observations in the same order, with every warning that holds, in the order of the vocabulary.

    `by_series` says whether values are held against the others of their series (`outliers`); it means nothing where the catalogue
    measures itself.
    """
    from catalog.duck import connect

    terms = ", ".join(
        f"case when list_contains(string_split(warnings, ';'), '{code}') or coalesce({FOLLOWS.get(code, 'false')}, false) then '{code}' end"
        for code in vocabulary("warning")
    )
    with connect(threads=1) as con:
        con.register("answer", rows)
        con.execute(FAR_OFF if by_series else "create temp table far_off (ref_area varchar, time_period varchar)")
        order = "ref_area, time_period, breakdown"
        return con.sql(f"select * replace (concat_ws(';', {terms}) as warnings) from answer order by {order}").to_arrow_table()


FAR_OFF = f"""
create temp table far_off as
with series as (
  select
    ref_area,
    cast(time_period as bigint) as year,
    cast(obs_value as double) as value,
    min(obs_value) over () > 0 as is_positive
  from answer
  where breakdown = ''
    and obs_value is not null
    and comparability <> 'not_comparable'
    and length(time_period) = 4
    and length(ref_area) = 4
),
levels as (
  select
    ref_area,
    year,
    case when is_positive then ln(value) else value end as level,
    case when is_positive then {LEAST_SPREAD} else {LEAST_SPREAD} * median(abs(value)) over () end as least_spread
  from series
),
pairs as (
  select
    here.ref_area,
    here.year,
    there.year as other_year,
    here.least_spread,
    here.level - there.level as change
  from levels as here
  inner join levels as there
    on there.ref_area = here.ref_area
    and there.year <> here.year
    and there.year between here.year - {YEARS} and here.year + {YEARS}
),
own_changes as (
  select
    *,
    change - median(change) over (partition by year, other_year) as own_change,
    count(*) over (partition by year, other_year) as areas
  from pairs
),
spreads as (
  select
    *,
    1.4826 * median(abs(own_change)) filter (where other_year = year - 1) over () as spread_of_all,
    1.4826 * median(abs(own_change)) filter (where other_year = year - 1) over (partition by ref_area) as spread_of_area
  from own_changes
  where areas >= {FEWEST_AREAS}
)
select
  ref_area,
  cast(year as varchar) as time_period
from spreads
group by
  ref_area,
  year
having count(*) >= {FEWEST_YEARS}
  and (min(own_change) > 0 or max(own_change) < 0)
  and max(greatest(least_spread, spread_of_all, spread_of_area)) > 0
  and min(abs(own_change)) > {SPREADS} * max(greatest(least_spread, spread_of_all, spread_of_area))
"""
"""Values that lie far from every other of their area within three years, in the same direction, once what all areas have in common is
taken away. docs/indicators.md tells the rule in words, and how often it is wrong."""
