"""A built period against what is known: magnitudes, rows, emptied columns, units, what was taken back, what contradicts itself.

Pure comparison: says what is unlike, never what to do about it; `pipelines.ingesting.decisions` knows what a person has confirmed.
docs/drift.md lists every check with its limit.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, median_low
from typing import TYPE_CHECKING

from catalog.duck import name
from catalog.model import Column, ColumnType, Dataset
from pipelines.ingesting.building import Candidate, as_described, series_columns

if TYPE_CHECKING:
    import duckdb

NAMED = 5
"""Series that a sentence names; the others are counted."""
SEPARATOR = "\x1f"
ENOUGH = 24
"""Observations from which a series' level says something by itself."""
FEW = 100
"""The least factor where there are fewer: a jump of a thousand still shows, a stop that closes does not."""
WIDE = 8
"""A series jumps when it lies this many times the usual distance (scaled median deviation) from its neighbours, and beyond the factor."""


@dataclass(frozen=True)
class Jump:
    """One way in which a period is unlike what is known. `blocks`: it waits for a person."""

    check: str
    column: str
    series: str
    size: str
    what: str
    blocks: bool

    def key(self, period: str) -> str:
        """What a confirmation is about: another size is another jump."""
        return "|".join((self.check, period, self.column, self.series, self.size))


@dataclass(frozen=True)
class Level:
    """How large the numbers of one column and series are in a period."""

    n: int
    mean: float
    """Of the absolute values."""
    log: float | None
    """Mean logarithm of the absolute values that are not zero."""


@dataclass
class Profile:
    """What is known of one period for comparison."""

    rows: int = 0
    formats: frozenset[str] = frozenset()
    """Of the snapshots it was made from."""
    filled: dict[str, int] = field(default_factory=dict)
    """Rows with a value, by column."""
    levels: dict[str, dict[str, Level]] = field(default_factory=lambda: defaultdict(dict))
    """By column, then series."""


def measured(dataset: Dataset) -> list[Column]:
    """The columns whose magnitude is compared."""
    apart = {*dataset.key, *dataset.drift.without}
    numbers = (ColumnType.integer, ColumnType.decimal)
    return [c for c in dataset.columns if c.type in numbers and c.name not in apart and c.unit not in ("deg", "a")]


def profiles(con: duckdb.DuckDBPyConnection, dataset: Dataset, files: Sequence[Path]) -> dict[Path, Profile]:
    """The profile of each Parquet file, in one pass over their numbers."""
    if not files:
        return {}
    series = series_columns(dataset) if dataset.drift.series_factor or dataset.drift.table_factor else []
    label = f" || '{SEPARATOR}' || ".join(f"'{column}=' || cast({name(column)} as varchar)" for column in series) or "''"
    others = [c.name for c in dataset.columns if c.nullable]
    columns = measured(dataset)
    terms = [f"count({name(c)})" for c in others]
    for column in columns:
        size = f"abs(cast({name(column.name)} as double))"
        terms += [f"count({name(column.name)})", f"avg({size})", f"avg(ln(nullif({size}, 0)))"]
    found = {path: Profile() for path in files}
    named = {str(path): path for path in files}
    grouped = ", ".join(["filename", *(name(column) for column in series)])
    rows = con.execute(
        f"select filename, {label}, count(*){''.join(f', {term}' for term in terms)} from {as_described(dataset, files)} group by {grouped}"
    ).fetchall()
    for file, key, count, *numbers in rows:
        profile = found[named[file]]
        profile.rows += count
        for column, n in zip(others, numbers, strict=False):
            profile.filled[column] = profile.filled.get(column, 0) + n
        for place, column in enumerate(columns):
            n, mean, log = numbers[len(others) + 3 * place : len(others) + 3 * place + 3]
            if n:
                profile.levels[column.name][key] = Level(n, mean, log)
    return found


def jumps(dataset: Dataset, candidate: Candidate, profile: Profile, known: Sequence[Profile], *, is_newest: bool) -> list[Jump]:
    """Everything in which a candidate is unlike each of the known profiles, and what its building counted."""
    return [
        *_counted(dataset, candidate),
        *(_rows(dataset, profile, known, is_newest=is_newest, is_comparable=candidate.is_whole) if known else []),
        *_emptied(dataset, profile, known),
        *(jump for column in measured(dataset) for jump in _magnitudes(dataset, column.name, profile, known)),
    ]


def baselines(period: str, accepted: Mapping[str, Path], promoted: Mapping[str, Path]) -> list[Path]:
    """What a period is compared with: itself as readers have it, the period before, the one a year before; for the first, the next.

    `accepted` are the periods that stand so far, without those that wait.
    """
    others = {p: path for p, path in accepted.items() if p != period}
    earlier, later = [p for p in others if p < period], [p for p in others if p > period]
    year_before = f"{int(period[:4]) - 1}{period[4:]}" if period[:4].isdecimal() else ""
    near = [max(earlier)] if earlier else [min(later)] if later else []
    wanted = [*near, *([year_before] if year_before in others and year_before not in near else [])]
    return [*([promoted[period]] if period in promoted else []), *(others[p] for p in wanted)]


# --- one comparison each ---


def _counted(dataset: Dataset, candidate: Candidate) -> list[Jump]:
    """What building has already counted: units, contradictions, and what only superseded answers had."""
    found = [
        Jump(
            "unit",
            column,
            "",
            f"{_rough(n)} rows",
            f"{column}: the source names another unit than {dataset.source.unit_source[column]}",
            True,
        )
        for column, n in candidate.other_unit.items()
    ]
    if candidate.contradicting:
        share = candidate.contradicting / max(candidate.rows, 1)
        allowed = share <= dataset.drift.contradicting
        what = "rows of the same key contradict one another in one delivery, and no precedence is declared to choose"
        found.append(Jump("contradicting", "", "", f"{_rough(candidate.contradicting)} rows", what, not allowed))
    if candidate.withdrawn:
        found += withdrawals(dataset, candidate.withdrawn, candidate.withdrawn_of, candidate.withdrawn_whole)
    return found


def withdrawals(dataset: Dataset, gone: int, of: int, whole: Collection[str]) -> list[Jump]:
    """Rows that were there before and no longer are: a few are noticed, a whole series or a declared share waits for a person."""
    share = gone / max(of, 1)
    if whole:
        what = f"the source no longer has anything of {_some(dataset, whole)}"
        return [Jump("series_withdrawn", "", " ".join(sorted(whole)[:NAMED]), f"{gone} rows", f"{what} ({gone} rows)", True)]
    what = f"the source no longer has {gone} of {of} rows that it had before"
    return [Jump("withdrawn", "", "", f"{gone} rows", what, share >= dataset.drift.withdrawn)]


OPEN = {"CC0": "CC0", "CC0_1_0": "CC0", "CC_BY_4_0": "CC_BY_4_0", "NLOD": "NLOD_2_0", "NLOD_1_0": "NLOD_1_0", "NLOD_2_0": "NLOD_2_0"}
"""Open licences as they are written beside snapshots."""


def licence_code(text: str) -> str:
    """The code of an open licence however it is written; empty for anything else."""
    return OPEN.get(re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_"), "")


def licence_jumps(new: Collection[tuple[str, str]], before: Mapping[str, Collection[str]]) -> list[Jump]:
    """Terms (code and format) of new snapshots that are not open, or not those that the format came with before."""
    found = []
    for code, form in sorted(new):
        if not code:
            found.append(Jump("licence", "", form, "none", f"{form}: the terms are not known to be open", True))
        elif before.get(form) and code not in before[form]:
            found.append(Jump("licence", "", form, code, f"{form}: the terms have changed to {code}", True))
    return found


def _rows(dataset: Dataset, profile: Profile, known: Sequence[Profile], *, is_newest: bool, is_comparable: bool) -> list[Jump]:
    """Many times as many, or as few, rows as anything known.

    It is only noticed where few rows are in the newest period, which may be unfinished, and where a delivery did not say that it holds
    its period: files from elsewhere may be excerpts.
    """
    factor, least = dataset.drift.rows_factor, dataset.drift.rows_from
    others = [other.rows for other in known if other.rows]
    if factor is None or not others or not profile.rows:
        return []
    nearest = min((math.log(profile.rows / other) for other in others), key=abs)
    if abs(nearest) <= math.log(factor) or max(profile.rows, *others) < least:
        return []
    fewer = nearest < 0
    what = f"{_times(nearest)} as many rows as in any period it is compared with"
    return [Jump("rows", "", "", _factor(nearest), what, is_comparable and not (fewer and is_newest))]


def _emptied(dataset: Dataset, profile: Profile, known: Sequence[Profile]) -> list[Jump]:
    """Columns without a single value that had values in half of the rows of everything known in the same format.

    Texts are left out: most that may be empty are remarks.
    """
    alike = [other for other in known if other.formats & profile.formats]
    if not profile.rows or not alike:
        return []
    return [
        Jump("emptied", column, "", "all rows", f"{column} has no value any more in any row", True)
        for column, n in profile.filled.items()
        if n == 0 and dataset.column(column).type is not ColumnType.text
        if all(other.filled.get(column, 0) >= max(1, other.rows / 2) for other in alike)
    ]


def _magnitudes(dataset: Dataset, column: str, profile: Profile, known: Sequence[Profile]) -> list[Jump]:
    """The middle series against its own past, and each series, or each kind of series, against its own past and its neighbours."""
    moves = _moves(profile.levels.get(column, {}), [other.levels.get(column, {}) for other in known])
    if sum(move.n for move in moves.values()) < ENOUGH:
        return []
    # The lower one where half of the series moved: then it is a kind of series that moved, not the table.
    middle = sorted((move.log for move in moves.values()), key=abs)[(len(moves) - 1) // 2]
    table, single = dataset.drift.table_factor, dataset.drift.series_factor
    if table is not None and abs(middle) > math.log(table):
        size = _factor(middle)
        return [Jump("magnitude", column, "", size, f"{column} is {_times(middle)} as large as in any period it is compared with", True)]
    if single is None or len(moves) < 2:
        return []
    usual_level = median(move.before for move in moves.values())
    usual = 1.4826 * median_low(abs(move.log - middle) for move in moves.values())
    apart = {}
    for kind, members in _kinds(moves).items():
        n, log = sum(move.n for move in members), median(move.log for move in members) - middle
        factor = single if n >= ENOUGH else max(single, FEW)
        is_large_enough = n >= ENOUGH or median(move.before for move in members) >= usual_level / 10
        if abs(log) > max(math.log(factor), WIDE * usual) and is_large_enough:
            apart[kind] = log
    if not apart:
        return []
    worst = max(apart.values(), key=abs)
    what = f"{column} of {_some(dataset, apart)} is {_times(worst)} as large as before, beside its neighbours"
    return [Jump("series_magnitude", column, " | ".join(sorted(apart)[:NAMED]), f"{_factor(worst)} in {len(apart)}", what, True)]


@dataclass(frozen=True)
class _Move:
    """How many times as large a series is, as a logarithm, with the observations and the level that this rests on."""

    log: float
    n: int
    before: float


def _kinds(moves: Mapping[str, _Move]) -> dict[str, list[_Move]]:
    """Series grouped by each part of their name (all of one municipality, all of one group); a series with enough rows also by itself.

    A single series of a yearly table is one number, which may jump for a hundred reasons; all numbers of a municipality do not.
    """
    found: dict[str, list[_Move]] = defaultdict(list)
    for key, move in moves.items():
        parts = key.split(SEPARATOR)
        for part in parts:
            found[part].append(move)
        if move.n >= ENOUGH and len(parts) > 1:
            found[key.replace(SEPARATOR, " ")].append(move)
    return found


def _moves(now: Mapping[str, Level], before: Sequence[Mapping[str, Level]]) -> dict[str, _Move]:
    """How far each series has moved from the period that it is most like.

    Both the mean and the mean logarithm must have moved, the smaller move counts: one wild value moves only the first, values
    around zero only the second. A series that is nothing but zero all at once has moved without bound.
    """
    found = {}
    for key, level in now.items():
        moves = []
        for levels in before:
            other = levels.get(key)
            if other is None or other.log is None:
                continue
            n = min(level.n, other.n)
            if level.log is None:
                moves.append(_Move(-math.inf if n >= ENOUGH else 0.0, n, other.mean))
                continue
            by_mean, by_log = math.log(level.mean / other.mean), level.log - other.log
            moves.append(_Move(0.0 if by_mean * by_log < 0 else min(by_mean, by_log, key=abs), n, other.mean))
        if moves:
            found[key] = min(moves, key=lambda move: abs(move.log))
    return found


# --- words ---


def _factor(log: float) -> str:
    """A jump to one significant digit: `×1000`, `÷60`."""
    return "→0" if math.isinf(log) else f"{'×' if log > 0 else '÷'}{_rough(math.exp(abs(log)))}"


def _times(log: float) -> str:
    if math.isinf(log):
        return "no longer"
    return f"about {_rough(math.exp(abs(log)))} times" if log > 0 else f"about one {_rough(math.exp(abs(log)))}th"


def _rough(number: float) -> str:
    """To one significant digit, so that the same jump is called the same however its sums were ordered."""
    if number < 1:
        return "0"
    power = 10 ** int(math.log10(number))
    return str(round(number / power) * power)


def _some(dataset: Dataset, keys: Collection[str]) -> str:
    """A few series by name, the others by number; none by name where the key could point to people."""
    about_people = set(dataset.ethics.quasi_identifiers) | set(dataset.ethics.sensitive_columns) if dataset.ethics else set()
    if about_people & set(series_columns(dataset)):
        return f"{len(keys)} series"
    named = sorted(keys)[:NAMED]
    more = f" and {len(keys) - len(named)} more" if len(keys) > len(named) else ""
    return ", ".join(named) + more
