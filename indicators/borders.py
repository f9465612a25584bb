"""A series in the borders of any year, and what to say where borders changed. Not about today's borders alone: that is `areas.to_borders`.

Between two changes of borders the same codes are in use; such a stretch is a *vintage*, named by its first year. Codes are led from
vintage to vintage one change at a time, forwards and backwards, and every step says what it does to a figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from catalog.duck import name

if TYPE_CHECKING:
    import duckdb

METHODS = ("exact", "summed", "apportioned", "not_comparable")
"""From best to worst, codes of the vocabulary `comparability`."""
WHOLE = Decimal(1)


class Change(Protocol):
    """One step from an old code to a new one, as in `areas.changes`."""

    @property
    def changed_on(self) -> date: ...
    @property
    def old_code(self) -> str: ...
    @property
    def new_code(self) -> str: ...
    @property
    def old_name(self) -> str: ...
    @property
    def new_name(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Share:
    """How much of a code's figures belongs to another code; `weight` is None where nobody knows."""

    method: str
    weight: Decimal | None


Leads = Mapping[str, Mapping[str, Share]]
"""For every code of one vintage: the codes of another that its area lies in."""
Weights = Mapping[tuple[str, str], Decimal]
"""Declared shares of what was split, by old and new code."""


@dataclass(frozen=True)
class Vintage:
    """The years from `first_year` on in which the same codes were valid on 1 January, and the changes that began it, by day."""

    first_year: int
    codes: frozenset[str]
    began_with: tuple[tuple[Change, ...], ...]


def vintages(current: frozenset[str], moving: Sequence[Change], first_year: int) -> list[Vintage]:
    """All vintages since `first_year`, oldest first, found by walking back from the codes of today. `moving` is sorted newest first.

    A change during a year counts from the next 1 January.
    """
    found: list[Vintage] = []
    codes = set(current)
    since = [change for change in moving if _counts_from(change) > first_year]
    for year, in_year in groupby(since, key=_counts_from):
        days = tuple(tuple(rows) for _, rows in groupby(in_year, key=lambda change: change.changed_on))
        found.append(Vintage(year, frozenset(codes), tuple(reversed(days))))
        for rows in days:
            codes = codes - {row.new_code for row in rows} | {row.old_code for row in rows}
    return [Vintage(first_year, frozenset(codes), ()), *reversed(found)]


def _counts_from(change: Change) -> int:
    day = change.changed_on
    return day.year if (day.month, day.day) == (1, 1) else day.year + 1


def step_back(after: Leads, rows: Sequence[Change], weights: Weights) -> dict[str, dict[str, Share]]:
    """What every code led to before `rows` took effect, when `after` is what the codes lead to afterwards."""
    successors, predecessors = _links(rows)
    before = {code: dict(found) for code, found in after.items() if code not in predecessors}
    for old_code, new_codes in successors.items():
        if len(new_codes) == 1:
            step = Share("summed" if len(predecessors[next(iter(new_codes))]) > 1 else "exact", WHOLE)
            before[old_code] = _joined([(after[new_code], step) for new_code in new_codes])
        else:
            parts = {new_code: weights.get((old_code, new_code)) for new_code in new_codes}
            known = all(weight is not None for weight in parts.values())
            steps = {code: Share("apportioned", weight) if known else Share("not_comparable", None) for code, weight in parts.items()}
            before[old_code] = _whole_again([after[code] for code in sorted(new_codes)]) or _joined(
                [(after[code], steps[code]) for code in sorted(new_codes)]
            )
    return before


def step_forward(before: Leads, rows: Sequence[Change]) -> dict[str, dict[str, Share]]:
    """What every code leads to after `rows` took effect, when `before` is what the older codes lead to.

    A part of a split municipality can be added up again to the whole; what was merged cannot be taken apart, unless both parts lie in the
    same whole.
    """
    successors, predecessors = _links(rows)
    after = {code: dict(found) for code, found in before.items() if code not in successors}
    for new_code, old_codes in predecessors.items():
        is_part = any(len(successors[code]) > 1 for code in old_codes)
        if len(old_codes) == 1:
            step = Share("summed" if is_part else "exact", WHOLE)
            after[new_code] = _joined([(before[code], step) for code in old_codes])
        else:
            after[new_code] = _whole_again([before[code] for code in sorted(old_codes)]) or _joined(
                [(before[code], Share("not_comparable", None)) for code in sorted(old_codes)]
            )
    return after


def _links(rows: Sequence[Change]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    successors: dict[str, set[str]] = defaultdict(set)
    predecessors: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        successors[row.old_code].add(row.new_code)
        predecessors[row.new_code].add(row.old_code)
    return successors, predecessors


def _whole_again(parts: Sequence[Mapping[str, Share]]) -> dict[str, Share] | None:
    """All parts lie wholly in one and the same code: then nothing has to be divided."""
    codes = {code for part in parts for code in part}
    if len(codes) != 1 or any(share.weight != WHOLE for part in parts for share in part.values()):
        return None
    return {codes.pop(): Share("summed", WHOLE)}


def _joined(parts: Sequence[tuple[Mapping[str, Share], Share]]) -> dict[str, Share]:
    """Where the parts lead, one step further: the worse of the two methods, the product of the weights, summed over the parts."""
    found: dict[str, Share] = {}
    for part, step in parts:
        for to_code, share in part.items():
            weight = None if share.weight is None or step.weight is None else share.weight * step.weight
            method = worse(share.method, step.method)
            if seen := found.get(to_code):
                weight = None if weight is None or seen.weight is None else weight + seen.weight
                method = worse(method, seen.method)
            found[to_code] = Share(method, weight)
    return found


def worse(one: str, other: str) -> str:
    return max(one, other, key=METHODS.index)


def between(all_vintages: Sequence[Vintage], weights: Weights, current_year: int) -> Iterator[tuple[Any, ...]]:
    """Rows of `areas.between_borders`: every vintage's codes in the borders of every vintage, with what that does to a figure."""
    last_years = [*(vintage.first_year - 1 for vintage in all_vintages[1:]), current_year]
    for number, borders in enumerate(all_vintages):
        own: Leads = {code: {code: Share("exact", WHOLE)} for code in borders.codes}
        leads: dict[int, Leads] = {number: own}
        for later in range(number, 0, -1):
            found = leads[later]
            for rows in reversed(all_vintages[later].began_with):
                found = step_back(found, rows, weights)
            leads[later - 1] = found
        for later in range(number + 1, len(all_vintages)):
            found = leads[later - 1]
            for rows in all_vintages[later].began_with:
                found = step_forward(found, rows)
            leads[later] = found
        for at, found in sorted(leads.items()):
            worst: dict[str, str] = {}
            for targets in found.values():
                for to_code, share in targets.items():
                    worst[to_code] = worse(worst.get(to_code, "exact"), share.method)
            for code, targets in sorted(found.items()):
                for to_code, share in sorted(targets.items()):
                    years = (all_vintages[at].first_year, last_years[at])
                    yield (code, *years, borders.first_year, to_code, share.method, share.weight, worst[to_code])


def create_between_borders(con: duckdb.DuckDBPyConnection, rows: Iterator[tuple[Any, ...]]) -> None:
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(8)]
    con.execute(
        """
        create or replace table areas.between_borders as
        select
          unnest($1::varchar[]) as code,
          unnest($2::bigint[]) as first_year,
          unnest($3::bigint[]) as last_year,
          unnest($4::bigint[]) as borders_year,
          unnest($5::varchar[]) as to_code,
          unnest($6::varchar[]) as method,
          unnest($7::decimal(12, 9)[]) as weight,
          unnest($8::varchar[]) as comparability""",
        columns,
    )


def in_borders_of(
    con: duckdb.DuckDBPyConnection, figures: str, borders_year: int, *, code: str = "municipality", year: str = "year", value: str = "value"
) -> duckdb.DuckDBPyRelation:
    """A series of counts in the borders that held on 1 January of `borders_year`: `ref_area, year, value, comparability`, sorted.

    `figures` (`schema.table`) has one row for each code and year with a count in `value`; a rate may not be handed in, only its numerator
    and its denominator, one at a time. There is no value where a part is missing or where the comparability is `not_comparable`: such rows
    are there all the same, so that the hole can be seen.
    """
    table = ".".join(name(part) for part in figures.split("."))
    con.execute(
        f"""create or replace temp table in_other_borders as
        with links as (
          select *
          from areas.between_borders
          where borders_year = (select max(borders_year) from areas.between_borders where borders_year <= $year)
        ),
        years as (select distinct {name(year)} as year from {table}),
        parts as (
          select
            links.to_code as ref_area,
            years.year,
            links.comparability,
            links.weight * figures.{name(value)} as value
          from years
          inner join links on years.year between links.first_year and links.last_year
          left join {table} as figures on figures.{name(code)} = links.code and figures.{name(year)} = years.year
        )
        select
          ref_area,
          year,
          case when count(*) = count(value) and max(comparability) <> 'not_comparable' then sum(value) end as value,
          max(comparability) as comparability
        from parts
        group by
          ref_area,
          year""",
        {"year": borders_year},
    )
    return con.table("in_other_borders").order("ref_area, year")


# --- what is said where borders changed ---


def breaks(
    all_vintages: Sequence[Vintage], names: Mapping[str, str], today: Mapping[int, Leads]
) -> Iterator[tuple[str, int, str, str, str, str]]:
    """Rows of `areas.breaks`: for each municipality of today and year in which its borders or its number changed, what happened and what
    that means for the series, in three languages. `today` tells, by vintage, where its codes lead in today's borders.
    """
    for vintage in all_vintages:
        for rows in vintage.began_with:
            successors, predecessors = _links(rows)
            told: dict[tuple[str, str], tuple[str, str, str]] = {}
            for row in sorted(rows, key=lambda row: (row.new_code, row.old_code)):
                donors = sorted(predecessors[row.new_code])
                kinds = {other.kind for other in rows if other.new_code == row.new_code}
                kind = next(kind for kind in ("split", "boundary", "merged", "renumbered") if kind in kinds)
                sentence = _sentence(kind, row, donors, successors, names)
                for to_code in today[vintage.first_year][row.new_code]:
                    told[to_code, kind] = sentence
            for (to_code, kind), (nb, nn, en) in sorted(told.items()):
                yield to_code, vintage.first_year, kind, nb, nn, en


def _sentence(
    kind: str, row: Change, donors: Sequence[str], successors: Mapping[str, set[str]], names: Mapping[str, str]
) -> tuple[str, str, str]:
    def listed(codes: Sequence[str], last: str) -> str:
        written = [f"{names[code]} ({code})" for code in codes]
        return written[0] if len(written) == 1 else f"{', '.join(written[:-1])} {last} {written[-1]}"

    day = row.changed_on
    nb_day, nn_day = (f"{day.day}. {MONTHS[language][day.month - 1]} {day.year}" for language in ("nb", "nn"))
    en_day = f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}"
    own = f"{names[row.new_code]} ({row.new_code})"
    if kind == "renumbered":
        return (
            f"{nb_day}: {listed(donors, 'og')} fikk nummeret {row.new_code}. Området er det samme, og serien fortsetter.",
            f"{nn_day}: {listed(donors, 'og')} fekk nummeret {row.new_code}. Området er det same, og serien held fram.",
            f"{en_day}: {listed(donors, 'and')} got the number {row.new_code}. The area is the same, and the series goes on.",
        )
    if kind == "merged":
        return (
            f"{nb_day}: {listed(donors, 'og')} ble {own}. Antall fra før er summen av delene, og rater er regnet fra slike summer.",
            f"{nn_day}: {listed(donors, 'og')} vart {own}. Tal frå før er summen av delane, og ratar er rekna frå slike summar.",
            f"{en_day}: {listed(donors, 'and')} became {own}. Earlier counts are the sum of the parts, "
            "and rates are computed from such sums.",
        )
    if kind == "split":
        parted = sorted(code for code in donors if len(successors[code]) > 1)
        into = sorted({new for code in parted for new in successors[code]})
        return (
            f"{nb_day}: {listed(parted, 'og')} ble delt på {listed(into, 'og')}. "
            "Hvordan eldre tall fordeler seg, er ikke kjent. Serien begynner her.",
            f"{nn_day}: {listed(parted, 'og')} vart delt på {listed(into, 'og')}. "
            "Korleis eldre tal fordeler seg, er ikkje kjent. Serien tek til her.",
            f"{en_day}: {listed(parted, 'and')} was split among {listed(into, 'and')}. "
            "How older figures divide is not known. The series begins here.",
        )
    return (
        f"{nb_day}: {own} ga fra seg eller fikk et område. Tall fra før gjelder andre grenser.",
        f"{nn_day}: {own} gav frå seg eller fekk eit område. Tal frå før gjeld andre grenser.",
        f"{en_day}: {own} gave a part away or received one. Earlier figures are for other borders.",
    )


MONTHS = {
    "nb": ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"),
    "nn": ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}


def create_breaks(con: duckdb.DuckDBPyConnection, rows: Iterator[tuple[str, int, str, str, str, str]]) -> None:
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(6)]
    con.execute(
        """
        create or replace table areas.breaks as
        select
          unnest($1::varchar[]) as ref_area,
          unnest($2::bigint[]) as year,
          unnest($3::varchar[]) as kind,
          unnest($4::varchar[]) as statement_nb,
          unnest($5::varchar[]) as statement_nn,
          unnest($6::varchar[]) as statement_en""",
        columns,
    )
