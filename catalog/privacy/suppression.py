"""Small numbers about people: which cells are hidden so that no sum gives a hidden one away, with a proof for each.

Cells and sums are plain numbers here, so that the same rules serve a dataset, an intermediate table and the observations, and so that an
attack can be tried on the outcome. `withholding.py` applies them to tables.

The method is greedy and its outcome is proved, not trusted: wherever a sum has one hidden cell, the smallest fitting neighbour is hidden
too, until exact elimination shows that no hidden cell has a single solution, and for every small one another table is at hand that
agrees with everything shown and in which that cell differs by at least what was asked for.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

Number = int | Fraction
Sum = Mapping[int, int]
"""A sum that must come out as zero: cell → coefficient, +1 for each part and -1 for the total."""


@dataclass
class Cells:
    """The numbers of a table and everything that is known about how they add up."""

    values: Sequence[Number]
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


def protect(cells: Cells, small: Mapping[int, Number], also: Collection[int] = ()) -> Protection:
    """Hide the `small` cells, and as many others as it takes. `small` says how wide the range of each must stay, `also` is hidden anyway.

    What is exposed in the end could not be protected, because nothing was left to hide: it must not be published.
    """
    work = _Hiding(cells, small)
    work.hide({*small, *also})
    while True:
        work.fill_up()
        exposed = _exposed(cells, work.hidden, small)
        more = {partner for cell in sorted(exposed) if (partner := work.partner_for(cell)) is not None}
        if not more:
            return Protection(frozenset(work.hidden), frozenset(exposed))
        work.hide(more)


class _Hiding:
    """What is hidden so far, and by sum which of its cells really are: those that can be read elsewhere do not count."""

    def __init__(self, cells: Cells, small: Mapping[int, Number]) -> None:
        self.cells, self.small = cells, small
        self.hidden: set[int] = set()
        self.inside: dict[int, set[int]] = defaultdict(set)
        self.blur: dict[int, Number] = defaultdict(int)
        """By sum: the hidden numbers together, and the width that the most demanding of them needs."""
        self.width: dict[int, Number] = defaultdict(lambda: 1)
        self.waiting: list[tuple[int, int]] = []

    def hide(self, new: Collection[int]) -> None:
        for cell in sorted(new):
            self.hidden.add(cell)
            for number in self.cells.by_cell[cell]:
                if cell not in self.cells.known and cell not in self.inside[number]:
                    self.inside[number].add(cell)
                    self.blur[number] += abs(self.cells.values[cell])
                    self.width[number] = max(self.width[number], self.small.get(cell, 1))
                heapq.heappush(self.waiting, (len(self.cells.sums[number]), number))

    def fill_up(self) -> None:
        """Hide partners until every sum has none or enough. Short sums go first: what is hidden there often serves the long ones too."""
        while self.waiting:
            _, number = heapq.heappop(self.waiting)
            inside = len(self.inside[number])
            if not inside or (inside > 1 and self.blur[number] >= self.width[number]):
                continue
            partner = self._best(self.cells.sums[number], self.width[number])
            if partner is not None:
                self.hide([partner])

    def partner_for(self, cell: int) -> int | None:
        """One more cell to hide in a sum that gives this one away."""
        for number in sorted(self.cells.by_cell[cell], key=lambda it: len(self.cells.sums[it])):
            if (partner := self._best(self.cells.sums[number], 1)) is not None:
                return partner
        return None

    def _best(self, terms: Sum, width: Number) -> int | None:
        """The visible cell of a sum that is best hidden: no total if it can be helped, large enough to blur, in few sums where it would
        be alone, and then the smallest."""

        def cost(cell: int) -> tuple[bool, bool, int, Number, int]:
            value = self.cells.values[cell]
            alone = sum(not self.inside[number] for number in self.cells.by_cell[cell])
            return (cell in self.cells.last, value < width, alone, value if value >= width else -value, cell)

        free = (cell for cell in terms if cell not in self.hidden and cell not in self.cells.known)
        return min(free, key=cost, default=None)


# --- proof and attack ---


def solve(sums: Sequence[Sum], hidden: Collection[int]) -> list[dict[int, Number]]:
    """What the visible numbers tell about the hidden ones: rows in reduced form, hidden cell → coefficient.

    Everything visible is known, so only the hidden terms of each sum stay. A row with one cell gives that cell away.
    """
    rows: list[dict[int, Number]] = [{cell: c for cell, c in terms.items() if cell in hidden} for terms in sums]
    rows = [row for row in rows if row]
    users: dict[int, set[int]] = defaultdict(set)
    for at, row in enumerate(rows):
        for cell in row:
            users[cell].add(at)
    done: list[tuple[int, int]] = []
    waiting = [(len(row), at) for at, row in enumerate(rows)]
    heapq.heapify(waiting)
    finished: set[int] = set()
    while waiting:
        size, at = heapq.heappop(waiting)
        row = rows[at]
        if at in finished or not row:
            continue
        if size != len(row):  # it has changed since it was put here
            heapq.heappush(waiting, (len(row), at))
            continue
        finished.add(at)
        pivot = min(row, key=lambda cell: (len(users[cell]), cell))
        if (factor := row[pivot]) != 1:
            for cell in row:
                row[cell] = -row[cell] if factor == -1 else Fraction(row[cell]) / factor
        done.append((at, pivot))
        for other in sorted(users[pivot] - {at}):
            _subtract(rows[other], row, rows[other][pivot], users, other)
    return [rows[at] for at, _ in done]


def _subtract(target: dict[int, Number], row: dict[int, Number], times: Number, users: dict[int, set[int]], number: int) -> None:
    for cell, coefficient in row.items():
        left = target.get(cell, 0) - times * coefficient
        if left:
            target[cell] = left
            users[cell].add(number)
        else:
            target.pop(cell, None)
            users[cell].discard(number)


def recovered(sums: Sequence[Sum], hidden: Collection[int]) -> frozenset[int]:
    """Hidden cells that have exactly one solution, found by exact elimination: the attack by differencing."""
    return frozenset(next(iter(row)) for row in solve(sums, hidden) if len(row) == 1)


def _exposed(cells: Cells, hidden: set[int], small: Mapping[int, Number]) -> set[int]:
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


def _proved_widths(cells: Cells, rows: Sequence[dict[int, Number]], unknown: Collection[int]) -> dict[int, Number]:
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
    moves: dict[int, list[tuple[int, Number]]] = defaultdict(list)
    for row, pivot in zip(rows, pivots, strict=True):
        for cell, coefficient in row.items():
            if cell != pivot and cell not in taken:
                moves[cell].append((pivot, -coefficient))
    widths: dict[int, Number] = {}
    for free, followers in moves.items():
        steps: list[tuple[int, Number]] = [(free, 1), *followers]
        down = [Fraction(cells.values[cell]) / step for cell, step in steps if step > 0 and cells.values[cell] >= 0]
        up = [Fraction(cells.values[cell]) / -step for cell, step in steps if step < 0 and cells.values[cell] >= 0]
        reach = (min(down) if down else None, min(up) if up else None)
        room = sum(side for side in reach if side is not None) if None not in reach else None
        for cell, step in steps:
            wide = abs(step) * room if room is not None else _ENDLESS
            widths[cell] = max(widths.get(cell, 0), wide)
    return {cell: widths.get(cell, 0) for cell in unknown if cell in seen}


_ENDLESS = Fraction(10**40)
