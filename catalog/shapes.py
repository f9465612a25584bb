"""Views and macros of the release database: the same numbers wide, with names, in today's borders and as they were known on a day."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from catalog.duck import literal, name
from catalog.model import Text

_AS_OF = """
select
  indicator,
  ref_area,
  time_period,
  breakdown,
  obs_value,
  obs_status,
  unit_measure,
  comparability,
  borders_year,
  numerator,
  denominator,
  known_from,
  known_to,
  release_from,
  cause
from meta.vintages
where {known}
"""

MACROS: tuple[tuple[str, str, str, Text], ...] = (
    (
        "indicators.as_of(day)",
        "table",
        _AS_OF.format(known="known_from <= cast(day as date) and (known_to is null or known_to > cast(day as date))"),
        Text(
            nb="Alle verdier slik de var kjent ved slutten av dagen: from indicators.as_of('2026-01-01').",
            nn="Alle verdiar slik dei var kjende ved slutten av dagen: from indicators.as_of('2026-01-01').",
            en="All values as they were known at the end of the day: from indicators.as_of('2026-01-01').",
        ),
    ),
    (
        "indicators.as_of_release(id)",
        "table",
        _AS_OF.format(
            known="""cast(split_part(release_from, '.', 2) as bigint) <= cast(split_part(id, '.', 2) as bigint)
  and (release_to is null or cast(split_part(release_to, '.', 2) as bigint) > cast(split_part(id, '.', 2) as bigint))"""
        ),
        Text(
            nb="Alle verdier slik de sto i en utgave: from indicators.as_of_release('2026-11-23.1').",
            nn="Alle verdiar slik dei stod i ei utgåve: from indicators.as_of_release('2026-11-23.1').",
            en="All values as they stood in a release: from indicators.as_of_release('2026-11-23.1').",
        ),
    ),
)
"""Name with parameters, kind, body, what it is for."""

TO_TODAY = (
    "areas.to_today(old_code, in_year)",
    """(
  select max(to_code)
  from areas.to_borders
  where code = old_code
    and year = in_year
    and borders_year = (select max(borders_year) from areas.to_borders)
    and comparability in ('exact', 'summed')
)""",
    Text(
        nb="Dagens kommunenummer for et nummer fra et år; tom etter en deling, som aldri gjettes. "
        "Bare antall kan summeres slik, aldri andeler.",
        nn="Kommunenummeret i dag for eit nummer frå eit år; tom etter ei deling, som aldri blir gjetta. "
        "Berre tal kan summerast slik, aldri delar.",
        en="Today's municipality number for the number of a year; empty after a split, which is never guessed. "
        "Only counts can be summed this way, never rates.",
    ),
)


HEADLINE = (
    "headline",
    """select
  indicator,
  ref_area,
  ref_area_name,
  time_period,
  obs_value,
  unit_measure,
  obs_status,
  coverage,
  n_units,
  numerator,
  denominator,
  comparability,
  borders_year,
  fidelity,
  warnings
from indicators.observations
where breakdown = ''""",
    Text(
        nb="Én rad for hver indikator, hvert område og hver periode: verdien selv, uten radene som deler den opp. Begynn her.",
        nn="Éi rad for kvar indikator, kvart område og kvar periode: verdien sjølv, utan radene som deler han opp. Byrj her.",
        en="One row for each indicator, area and period: the value itself, without the rows that break it down. Start here.",
    ),
)

NAMED = (
    "named",
    """select
  i.title_nb,
  i.title_nn,
  i.title_en,
  o.ref_area,
  o.ref_area_name,
  o.time_period,
  o.breakdown,
  o.obs_value,
  u.name_nb as unit_nb,
  u.name_nn as unit_nn,
  u.name_en as unit_en,
  s.name_nb as status_nb,
  s.name_nn as status_nn,
  s.name_en as status_en,
  o.indicator
from indicators.observations as o
inner join meta.indicators as i
  on i.indicator = o.indicator
left join meta.codes as u
  on u.list = 'unit'
  and u.code = o.unit_measure
left join meta.codes as s
  on s.list = 'obs_status'
  and s.code = o.obs_status""",
    Text(
        nb="Alle observasjoner med navn i stedet for koder.",
        nn="Alle observasjonar med namn i staden for kodar.",
        en="All observations with names instead of codes.",
    ),
)

WIDE = Text(
    nb="Én rad for hvert område og hver periode, én kolonne for hver indikator. Bare verdier i dagens grenser. "
    "En tom rute betyr at verdien mangler; indicators.observations sier hvorfor.",
    nn="Éi rad for kvart område og kvar periode, éin kolonne for kvar indikator. Berre verdiar i grensene i dag. "
    "Ei tom rute tyder at verdien manglar; indicators.observations seier kvifor.",
    en="One row for each area and period, one column for each indicator. Only values in today's borders. "
    "An empty cell means that the value is missing; indicators.observations says why.",
)


def add_shapes(con: duckdb.DuckDBPyConnection, indicators: Sequence[str]) -> dict[str, Text]:
    """Create them in an open release database that has its tables, and return what each is. `indicators` are the columns of the wide
    view, in order."""
    told: dict[str, Text] = {}
    there = {table for (table,) in con.execute("select table_name from duckdb_tables() where schema_name = 'areas'").fetchall()}
    scalar = [(TO_TODAY[0], "", *TO_TODAY[1:])] * ("to_borders" in there)
    for signature, kind, body, about in [*MACROS, *scalar]:
        con.execute(f"create macro {signature} as {kind} {body}")
        con.execute(f"comment on macro {kind} {signature.partition('(')[0]} is {literal(_both(about))}")
        told[signature] = about
    columns = "".join(f",\n  max(obs_value) filter (where indicator = {literal(it)}) as {name(it)}" for it in indicators)
    wide = f"""select
  ref_area,
  max(ref_area_name) as ref_area_name,
  time_period{columns}
from indicators.observations
where breakdown = ''
  and comparability is distinct from 'not_comparable'
group by
  ref_area,
  time_period
order by
  ref_area,
  time_period"""
    titles = dict(con.execute("select view_name, comment from duckdb_views() where schema_name = 'indicators'").fetchall())
    for view, sql, about in (("wide", wide, WIDE), NAMED, HEADLINE):
        _view(con, view, sql, about, titles if view == "wide" else {})
        told[f"indicators.{view}"] = about
    return told


def _both(about: Text) -> str:
    return f"{about.nb}\n\n{about.en}"


def _view(con: duckdb.DuckDBPyConnection, view: str, sql: str, about: Text, comments: dict[str, str]) -> None:
    """A view of the schema `indicators` with comments on it and on every column, taken from the column it shows unless given."""
    con.execute(f"create view indicators.{view} as {sql}")
    con.execute(f"comment on view indicators.{view} is {literal(_both(about))}")
    known = dict(
        con.execute(
            """select column_name, any_value(comment order by schema_name desc, table_name)
            from duckdb_columns()
            where comment is not null
              and table_name in ('observations', 'indicators', 'codes')
            group by column_name"""
        ).fetchall()
    )
    for (column,) in con.execute(
        "select column_name from duckdb_columns() where schema_name = 'indicators' and table_name = $1", [view]
    ).fetchall():
        stem = column.rpartition("_")[0]
        said = comments.get(column) or known.get(column) or known.get(f"name_{column.rpartition('_')[2]}") or stem
        con.execute(f"comment on column indicators.{view}.{name(column)} is {literal(said)}")
