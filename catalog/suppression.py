"""Small numbers about people: which cells are hidden so that no sum gives a hidden one away, with a proof for each.

Cells and sums are plain numbers here, so that the same rules serve a dataset, an intermediate table and the observations, and so that an
attack can be tried on the outcome. `withholding.py` applies them to tables.

The method is greedy and its outcome is proved, not trusted: wherever a sum has one hidden cell, the smallest fitting neighbour is hidden
too, until exact elimination shows that no hidden cell has a single solution, and for every small one another table is at hand that
agrees with everything shown and in which that cell differs by at least what was asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

Sum = Mapping[int, int]
"""A sum that must come out as zero: cell → coefficient, +1 for each part and -1 for the total."""


@dataclass
class Cells:
    """The numbers of a table and everything that is known about how they add up."""

    values: Sequence[Fraction]
    sums: Sequence[Sum]
    known: Collection[int] = frozenset()
    """Cells whose value can be read elsewhere, as in an earlier release: hiding them hides nothing."""
    last: Collection[int] = frozenset()
    """Cells that are hidden only when nothing else is left, such as totals."""
    by_cell: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_cell = defaultdict(list)
        for number, terms in enumerate(self.sums):
            for cell in terms:
                self.by_cell[cell].append(number)


@dataclass(frozen=True)
class Protection:
    """Which cells are hidden, and which of them can still be computed or narrowed down too far."""

    hidden: frozenset[int]
    exposed: frozenset[int]


def protect(cells: Cells, small: Mapping[int, Fraction], also: Collection[int] = ()) -> Protection:
    """Hide the `small` cells, and as many others as it takes. `small` says how wide the range of each must stay, `also` is hidden anyway.

    What is exposed in the end could not be protected, because nothing was left to hide: it must not be published.
    """
    hidden = {*small, *also}
    waiting = {number for cell in hidden for number in cells.by_cell[cell]}
    while True:
        while waiting:
            number = waiting.pop()
            for partner in _partners(cells, number, hidden, small):
                hidden.add(partner)
                waiting.update(cells.by_cell[partner])
        exposed = _exposed(cells, hidden, small)
        more = {partner for cell in sorted(exposed) if (partner := _partner_for(cells, cell, hidden)) is not None}
        if not more:
            return Protection(frozenset(hidden), frozenset(exposed))
        hidden |= more
        waiting = {number for cell in more for number in cells.by_cell[cell]}


def _partners(cells: Cells, number: int, hidden: set[int], small: Mapping[int, Fraction]) -> list[int]:
    """What must be hidden beside the hidden cells of one sum. Cells that are known elsewhere do not count as hidden."""
    terms = cells.sums[number]
    inside = [cell for cell in terms if cell in hidden and cell not in cells.known]
    if not inside:
        return []
    width = max((small[cell] for cell in inside if cell in small), default=Fraction(1))
    largest = sorted((abs(cells.values[cell]) for cell in inside), reverse=True)
    if len(inside) > 1 and sum(largest) >= width:
        return []
    partner = _smallest(cells, terms, hidden, width)
    return [partner] if partner is not None else []


def _partner_for(cells: Cells, cell: int, hidden: set[int]) -> int | None:
    """One more cell to hide in a sum that gives this one away."""
    for number in sorted(cells.by_cell[cell], key=lambda it: len(cells.sums[it])):
        if (partner := _smallest(cells, cells.sums[number], hidden, Fraction(1))) is not None:
            return partner
    return None


def _smallest(cells: Cells, terms: Sum, hidden: set[int], width: Fraction) -> int | None:
    """The visible cell of a sum that is best hidden: no total if it can be helped, large enough to blur, and then the smallest."""
    free = [cell for cell in terms if cell not in hidden and cell not in cells.known]

    def cost(cell: int) -> tuple[bool, bool, Fraction, int]:
        value = cells.values[cell]
        return (cell in cells.last, value < width, value if value >= width else -value, cell)

    return min(free, key=cost, default=None)


# --- proof and attack ---


def solve(sums: Sequence[Sum], hidden: Collection[int]) -> list[dict[int, Fraction]]:
    """What the visible numbers tell about the hidden ones: rows in reduced form, hidden cell → coefficient.

    Everything visible is known, so only the hidden terms of each sum stay. A row with one cell gives that cell away.
    """
    rows = [{cell: Fraction(c) for cell, c in terms.items() if cell in hidden} for terms in sums]
    rows = [row for row in rows if row]
    users: dict[int, set[int]] = defaultdict(set)
    for at, row in enumerate(rows):
        for cell in row:
            users[cell].add(at)
    done: list[tuple[int, int]] = []
    open_rows = set(range(len(rows)))
    while open_rows:
        at = min(open_rows, key=lambda it: (len(rows[it]), it))
        open_rows.remove(at)
        row = rows[at]
        if not row:
            continue
        pivot = min(row, key=lambda cell: (len(users[cell]), cell))
        factor = row[pivot]
        for cell in row:
            row[cell] /= factor
        done.append((at, pivot))
        for other in sorted(users[pivot] - {at}):
            _subtract(rows[other], row, rows[other][pivot], users, other)
    return [rows[at] for at, _ in done]


def _subtract(target: dict[int, Fraction], row: dict[int, Fraction], times: Fraction, users: dict[int, set[int]], number: int) -> None:
    for cell, coefficient in row.items():
        left = target.get(cell, Fraction(0)) - times * coefficient
        if left:
            target[cell] = left
            users[cell].add(number)
        else:
            target.pop(cell, None)
            users[cell].discard(number)


def recovered(sums: Sequence[Sum], hidden: Collection[int]) -> frozenset[int]:
    """Hidden cells that have exactly one solution, found by exact elimination: the attack by differencing."""
    return frozenset(next(iter(row)) for row in solve(sums, hidden) if len(row) == 1)


def _exposed(cells: Cells, hidden: set[int], small: Mapping[int, Fraction]) -> set[int]:
    """Hidden cells that are known, can be computed, or whose range is narrower than was asked for."""
    unknown = hidden - set(cells.known)
    touched = sorted({number for cell in unknown for number in cells.by_cell[cell]})
    sums = [cells.sums[number] for number in touched]
    rows = solve(sums, unknown)
    exposed = {next(iter(row)) for row in rows if len(row) == 1} | (set(small) & set(cells.known))
    widths = _proved_widths(cells, rows, unknown)
    narrow = [cell for cell, width in sorted(small.items()) if cell in widths and cell not in exposed and widths[cell] < width]
    if narrow:
        exposed |= {cell for cell in narrow if _range(cells, sums, unknown, cell) < small[cell]}
    return exposed


def _range(cells: Cells, sums: Sequence[Sum], unknown: Collection[int], wanted: int) -> Fraction:
    """Largest less least possible value of a hidden cell, when nothing is negative that was not: by linear programming."""
    from scipy.optimize import linprog

    group, waiting = {wanted}, [wanted]
    inside: set[int] = set()
    terms = [[cell for cell in one if cell in unknown] for one in sums]
    users: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(terms):
        for cell in one:
            users[cell].append(number)
    while waiting:
        for number in users[waiting.pop()]:
            if number not in inside:
                inside.add(number)
                new = set(terms[number]) - group
                group |= new
                waiting += new
    order = {cell: at for at, cell in enumerate(sorted(group))}
    matrix, right = [], []
    for number in sorted(inside):
        row = [0.0] * len(order)
        for cell in terms[number]:
            row[order[cell]] = float(sums[number][cell])
        matrix.append(row)
        right.append(float(sum(sums[number][cell] * cells.values[cell] for cell in terms[number])))
    bounds = [(0.0 if cells.values[cell] >= 0 else None, None) for cell in order]
    ends = []
    for sign in (1.0, -1.0):
        aim = [0.0] * len(order)
        aim[order[wanted]] = sign
        found = linprog(aim, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
        if found.status == 3:
            return _ENDLESS
        if found.status != 0:
            return Fraction(0)
        ends.append(sign * found.fun)
    return Fraction(round(ends[1] - ends[0], 6))


def _proved_widths(cells: Cells, rows: Sequence[dict[int, Fraction]], unknown: Collection[int]) -> dict[int, Fraction]:
    """How far each hidden cell can move while every sum still holds and nothing becomes negative: shown by moving, so at least this far.

    In reduced form every row has one cell of its own (its pivot) beside free cells. Moving one free cell moves the pivots of its rows.
    """
    pivots: list[int] = []
    seen: dict[int, int] = defaultdict(int)
    for row in rows:
        for cell in row:
            seen[cell] += 1
    for row in rows:
        pivots.append(next(cell for cell, coefficient in row.items() if coefficient == 1 and seen[cell] == 1))
    taken = set(pivots)
    moves: dict[int, list[tuple[int, Fraction]]] = defaultdict(list)
    for row, pivot in zip(rows, pivots, strict=True):
        for cell, coefficient in row.items():
            if cell != pivot and cell not in taken:
                moves[cell].append((pivot, -coefficient))
    widths: dict[int, Fraction] = {}
    for free, followers in moves.items():
        steps = [(free, Fraction(1)), *followers]
        down = [cells.values[cell] / step for cell, step in steps if step > 0 and cells.values[cell] >= 0]
        up = [cells.values[cell] / -step for cell, step in steps if step < 0 and cells.values[cell] >= 0]
        reach = (min(down) if down else None, min(up) if up else None)
        room = sum(side for side in reach if side is not None) if None not in reach else None
        for cell, step in steps:
            wide = abs(step) * room if room is not None else _ENDLESS
            widths[cell] = max(widths.get(cell, Fraction(0)), wide)
    return {cell: widths.get(cell, Fraction(0)) for cell in unknown if cell in seen}


_ENDLESS = Fraction(10**40)
