"""Every municipality beside its peers: mean, median, rank and percentile in its county, its size band and the country.

The numbers of a group are made in SQL from the observations; what counts as different beyond chance is asked of `intervals`.
docs/indicators.md gives every method with its source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from catalog.errors import MetadataError
from catalog.model import Indicator
from indicators.intervals import FEW_EVENTS, are_apart, interval
from indicators.load import ReferenceTable
from indicators.rows import rows_as_arrow

if TYPE_CHECKING:
    import duckdb

OSLO = "0301"
"""Municipality and county at once, and larger than all others: group figures are given with and without it."""

FACTORS = (1, 100, 1000, 10_000, 100_000, 1_000_000)
"""What a quotient may be multiplied by: a share as per cent, a rate per 100,000. Which one it is, the observations themselves say."""

FACTS = {"indicator": "VARCHAR", "geography": "VARCHAR", "better": "VARCHAR", "uncertainty": "VARCHAR"}
BANDS = {"size_band": "VARCHAR", "least": "BIGINT", "most": "BIGINT"}
DECLARED = {"peer_kind": "VARCHAR", "peer_group": "VARCHAR", "municipality": "VARCHAR", "is_own": "BOOLEAN"}
SURENESS = {
    "indicator": "VARCHAR",
    "ref_area": "VARCHAR",
    "time_period": "VARCHAR",
    "peer_kind": "VARCHAR",
    "peer_group": "VARCHAR",
    "lower": "DECIMAL(28,6)",
    "upper": "DECIMAL(28,6)",
    "is_distinguishable": "BOOLEAN",
}


def create_facts(con: duckdb.DuckDBPyConnection, indicators: Collection[Indicator]) -> dict[str, Decimal]:
    """Create the tables `facts` and `quotients` from the view `observations`; return what each indicator's quotient is multiplied by.

    An indicator whose values are no such quotient is not in it.
    """
    rows = [{name: getattr(indicator, name if name != "indicator" else "id") for name in FACTS} for indicator in indicators]
    _create(con, "facts", FACTS, rows)
    factors = ", ".join(f"({factor})" for factor in FACTORS)
    con.execute(f"create or replace temp table factors as select factor::decimal(12, 0) as factor from (values {factors}) as t(factor)")
    con.execute(QUOTIENTS)
    return dict(con.execute("select indicator, factor from quotients order by indicator").fetchall())


def peers(
    con: duckdb.DuckDBPyConnection, references: Mapping[str, ReferenceTable], declared: Sequence[Mapping[str, object]] | None = None
) -> None:
    """Create the table `peers`, one row per indicator, municipality, period and peer group, with the columns of `catalog/tables.yaml`.

    Reads the views `observations`, `municipalities` and, for the size bands, `population`, and the tables of `create_facts`.
    Indicators of other areas than municipalities have no peers. Raises MetadataError for an indicator whose counts cannot be what its
    `uncertainty` says.
    """
    _create_groups(con, references, declared or ())
    con.execute(COMPARED, {"oslo": OSLO, "few": FEW_EVENTS})
    _create(con, "sureness", SURENESS, list(_sureness(con)))
    con.execute(PEERS)


def _create(con: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
    con.register("handed_in", rows_as_arrow(types, rows))
    con.execute(f"create or replace temp table {table} as from handed_in")
    con.unregister("handed_in")


def _create_groups(
    con: duckdb.DuckDBPyConnection, references: Mapping[str, ReferenceTable], declared: Sequence[Mapping[str, object]]
) -> None:
    """Table `groups`: every municipality of today in every group it counts in; `is_own` where it is itself compared with the group.

    The size of a municipality is its newest known population, so that a series has the same peers all along. `declared` are the groups
    that `indicators.groups` finds: KOSTRA groups, neighbours and the own choice.
    """
    bands = references["size_bands"].rows if "size_bands" in references else ()
    _create(con, "size_bands", BANDS, bands)
    _create(con, "declared_groups", DECLARED, declared)
    con.execute(GROUPS, {"oslo": OSLO})


GROUPS = """
create or replace temp table groups as
with today as (
  select
    code as municipality,
    county
  from municipalities
  where is_current
),
newest_population as (
  select
    municipality,
    arg_max(population, year) as inhabitants
  from population
  group by municipality
),
memberships as (
  select
    'county' as peer_kind,
    county as peer_group,
    municipality,
    true as is_own
  from today
  union all
  select
    'country' as peer_kind,
    'NO' as peer_group,
    municipality,
    true as is_own
  from today
  union all
  select
    'size' as peer_kind,
    size_bands.size_band as peer_group,
    today.municipality,
    true as is_own
  from today
  inner join newest_population
    on newest_population.municipality = today.municipality
  inner join size_bands
    on newest_population.inhabitants >= size_bands.least
    and newest_population.inhabitants <= coalesce(size_bands.most, newest_population.inhabitants)
  union all
  select
    declared_groups.peer_kind,
    declared_groups.peer_group,
    today.municipality,
    declared_groups.is_own
  from today
  inner join declared_groups
    on declared_groups.municipality = today.municipality
)
select
  peer_kind,
  peer_group,
  municipality,
  is_own,
  count(*) over (partition by peer_kind, peer_group) as n_in_group,
  bool_or(municipality = $oslo) over (partition by peer_kind, peer_group) as has_oslo
from memberships
"""


QUOTIENTS = """
create or replace temp table quotients as
select
  facts.indicator,
  min(factors.factor) as factor
from facts
cross join factors
where not exists (
  select 1
  from observations
  where observations.indicator = facts.indicator
    and observations.breakdown = ''
    and observations.obs_value is not null
    and observations.denominator > 0
    and abs(observations.obs_value - factors.factor * observations.numerator::double / observations.denominator)
      > 0.000001 + 0.000000000001 * abs(observations.obs_value)
)
group by facts.indicator
"""
"""The one factor with which every value of an indicator is factor × numerator / denominator; none where there is no such factor."""

COMPARED = """
create or replace temp table compared as
with member_values as (
  select
    observations.indicator,
    observations.ref_area,
    observations.ref_area_name,
    observations.time_period,
    observations.obs_value,
    observations.unit_measure,
    observations.numerator,
    observations.denominator,
    groups.peer_kind,
    groups.peer_group,
    groups.is_own,
    groups.n_in_group,
    groups.has_oslo,
    observations.ref_area = $oslo as is_oslo,
    facts.better,
    facts.uncertainty,
    quotients.factor,
    observations.obs_value is not null and observations.comparability <> 'not_comparable' as counts,
    facts.uncertainty <> 'none' and coalesce(observations.numerator < $few, false) as has_few_events,
    case when facts.better = 'higher' then -observations.obs_value else observations.obs_value end as distance
  from observations
  inner join facts
    on facts.indicator = observations.indicator
    and facts.geography = 'municipality'
  left join quotients
    on quotients.indicator = observations.indicator
  inner join groups
    on groups.municipality = observations.ref_area
  where observations.breakdown = ''
),
judged as (
  select
    *,
    counts and better <> 'context' and not has_few_events as is_ranked,
    counts and (numerator is null or coalesce(denominator, 0) <= 0 or factor is null) as lacks_quotient,
    case when counts then numerator end as part,
    case when counts then denominator end as whole
  from member_values
),
placed as (
  select
    *,
    count(*) filter (counts) over everyone as n_with_value,
    count(*) filter (counts and not is_oslo) over everyone as n_with_value_without_oslo,
    count(*) filter (lacks_quotient) over everyone as n_without_quotient,
    count(*) filter (is_ranked) over everyone as n_ranked,
    count(*) filter (is_ranked and not is_oslo) over everyone as n_ranked_without_oslo,
    sum(part) over everyone as sum_numerator,
    sum(whole) over everyone as sum_denominator,
    sum(part) filter (not is_oslo) over everyone as numerator_without_oslo,
    sum(whole) filter (not is_oslo) over everyone as denominator_without_oslo,
    rank() over (partition by indicator, time_period, peer_kind, peer_group, is_ranked order by distance) as place,
    count(*) over (partition by indicator, time_period, peer_kind, peer_group, is_ranked, distance) as equals,
    rank() over (partition by indicator, time_period, peer_kind, peer_group, is_ranked, is_oslo order by distance) as place_without_oslo,
    row_number() over (partition by indicator, time_period, peer_kind, peer_group, counts order by obs_value, ref_area) as step,
    row_number() over (
      partition by indicator, time_period, peer_kind, peer_group, counts, is_oslo
      order by obs_value, ref_area
    ) as step_without_oslo
  from judged
  window everyone as (partition by indicator, time_period, peer_kind, peer_group)
),
middles as (
  select
    *,
    case when counts and step in ((n_with_value + 1) // 2, n_with_value // 2 + 1) then obs_value end as middle,
    case
      when counts and not is_oslo and step_without_oslo in ((n_with_value_without_oslo + 1) // 2, n_with_value_without_oslo // 2 + 1)
        then obs_value
    end as middle_without_oslo
  from placed
),
halves as (
  select
    *,
    min(middle) over everyone as low_middle,
    max(middle) over everyone as high_middle,
    min(middle_without_oslo) over everyone as low_middle_without_oslo,
    max(middle_without_oslo) over everyone as high_middle_without_oslo
  from middles
  window everyone as (partition by indicator, time_period, peer_kind, peer_group)
)
select
  indicator,
  ref_area,
  ref_area_name,
  time_period,
  peer_kind,
  peer_group,
  obs_value,
  unit_measure,
  numerator,
  denominator,
  better,
  uncertainty,
  factor,
  counts,
  is_ranked,
  counts and has_few_events as is_too_small_to_rank,
  n_in_group,
  n_with_value,
  n_ranked,
  n_without_quotient,
  cast(n_with_value::double / n_in_group as decimal(9, 6)) as share_covered,
  case when n_without_quotient = 0 and n_with_value > 0 then sum_numerator end as sum_numerator,
  case when n_without_quotient = 0 and n_with_value > 0 then sum_denominator end as sum_denominator,
  case
    when n_without_quotient = 0 and n_with_value > 0
      then cast(factor * sum_numerator::double / sum_denominator as decimal(28, 6))
  end as weighted_mean,
  cast((low_middle::decimal(29, 6) + high_middle) * 0.5 as decimal(28, 6)) as median,
  case when is_ranked and n_ranked > 1 then place end as rank,
  case
    when is_ranked and n_ranked > 1
      then cast(100 * (n_ranked - (place - 1) - equals * 0.5::double) / n_ranked as decimal(9, 6))
  end as percentile,
  case when has_oslo then n_with_value_without_oslo end as n_with_value_without_oslo,
  case
    when has_oslo and n_without_quotient = 0 and n_with_value_without_oslo > 0
      then cast(factor * numerator_without_oslo::double / denominator_without_oslo as decimal(28, 6))
  end as weighted_mean_without_oslo,
  case
    when has_oslo then cast((low_middle_without_oslo::decimal(29, 6) + high_middle_without_oslo) * 0.5 as decimal(28, 6))
  end as median_without_oslo,
  case when has_oslo and is_ranked and not is_oslo and n_ranked_without_oslo > 1 then place_without_oslo end as rank_without_oslo
from halves
where is_own
"""


def _sureness(con: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """The interval of every value that has one, and whether it lies apart from the interval of the rest of the group taken together."""
    rows = con.execute(
        """
        select
          indicator,
          ref_area,
          time_period,
          peer_kind,
          peer_group,
          uncertainty,
          factor,
          numerator,
          denominator,
          n_with_value,
          sum_numerator - numerator as other_numerator,
          sum_denominator - denominator as other_denominator
        from compared
        where counts and uncertainty <> 'none'
        order by all"""
    ).to_arrow_table()
    for row in rows.to_pylist():
        factor = row["factor"]
        try:
            own = interval(row["uncertainty"], row["numerator"], row["denominator"], factor)
            others = None
            if row["n_with_value"] > 1 and row["other_denominator"] is not None:
                others = interval(row["uncertainty"], row["other_numerator"], row["other_denominator"], factor)
        except ValueError as error:
            raise MetadataError(
                f"uncertainty: {row['uncertainty']} does not fit what the query counts: {error}",
                where=row["indicator"],
                effect="no comparison of peers is published",
                next_step="correct numerator and denominator, or write uncertainty: none",
            ) from error
        if own is not None:
            apart = None if others is None else are_apart(own, others)
            yield {name: row.get(name) for name in SURENESS} | {"lower": own.lower, "upper": own.upper, "is_distinguishable": apart}


PEERS = """
create or replace table peers as
select
  compared.indicator,
  compared.ref_area,
  compared.ref_area_name,
  compared.time_period,
  compared.peer_kind,
  compared.peer_group,
  compared.obs_value,
  compared.unit_measure,
  compared.uncertainty,
  sureness.lower,
  sureness.upper,
  compared.weighted_mean,
  compared.sum_numerator,
  compared.sum_denominator,
  compared.median,
  compared.rank,
  compared.percentile,
  compared.n_in_group,
  compared.n_with_value,
  compared.n_ranked,
  compared.share_covered,
  compared.is_too_small_to_rank,
  sureness.is_distinguishable,
  compared.weighted_mean_without_oslo,
  compared.median_without_oslo,
  compared.rank_without_oslo,
  compared.n_with_value_without_oslo,
  concat_ws(
    ';',
    case when compared.obs_value is null then 'no_value' end,
    case when compared.obs_value is not null and not compared.counts then 'not_comparable' end,
    case when compared.better = 'context' then 'no_direction' end,
    case when compared.is_too_small_to_rank then 'few_events' end,
    case when compared.counts and (compared.n_with_value = 1 or compared.is_ranked and compared.n_ranked = 1) then 'alone' end,
    case when compared.n_with_value > 0 and compared.weighted_mean is null then 'no_quotient' end,
    case when compared.counts and sureness.lower is null then 'uncertainty_unknown' end
  ) as reasons
from compared
left join sureness
  on sureness.indicator = compared.indicator
  and sureness.ref_area = compared.ref_area
  and sureness.time_period = compared.time_period
  and sureness.peer_kind = compared.peer_kind
  and sureness.peer_group = compared.peer_group
"""
