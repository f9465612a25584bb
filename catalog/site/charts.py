"""Series → SVG that prints, can be searched and needs no script. A gap in a series is a gap in its line; a break is drawn as a break.

Colours come from the style sheet by class. Lines also differ in dashes and marks, so that colour is never alone in telling them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 360
RIGHT, TOP, BOTTOM = 16, 16, 40
TICK = 13
"""Width that one sign of a label takes where it is largest, on narrow screens."""
APART = 26
"""Height that one label takes there: labels of limits stand at least so far from each other."""
KEY = '<svg class="key" viewBox="0 0 36 12" aria-hidden="true" focusable="false">'
BAR = 52
"""Height of a bar with its name."""
MOST_TICKS = 7
"""So many periods are named below a chart; fewer where their names are long."""
MOST_MARKS = 40
"""Beyond this many periods only single points get a mark; a line of marks would hide itself."""


@dataclass(frozen=True)
class Line:
    """One line: periods in order with their value, and whether the series breaks there."""

    name: str
    points: Sequence[tuple[str, Decimal | None, bool]]

    def stretches(self, periods: Sequence[str]) -> list[list[tuple[int, float]]]:
        """The unbroken parts of the line as (position of the period, value). A missing period or a break begins a new part."""
        known = {period: (value, is_break) for period, value, is_break in self.points}
        parts: list[list[tuple[int, float]]] = []
        connects = False
        for position, period in enumerate(periods):
            value, is_break = known.get(period, (None, False))
            if value is None:
                connects = False
                continue
            if not connects or is_break:
                parts.append([])
            parts[-1].append((position, float(value)))
            connects = True
        return parts

    def breaks(self, periods: Sequence[str]) -> list[tuple[float, float]]:
        """Where the series breaks, as (position, value): half way between the last value before the break and the first after it."""
        places = {period: position for position, period in enumerate(periods)}
        found: list[tuple[float, float]] = []
        before: tuple[int, float] | None = None
        for period, value, is_break in self.points:
            if value is None:
                continue
            here = places[period], float(value)
            if is_break and before:
                found.append(((before[0] + here[0]) / 2, (before[1] + here[1]) / 2))
            before = here
        return found


@dataclass(frozen=True)
class Limit:
    """A target or limit, drawn as a level line across the chart. `short` is what stands at its end."""

    name: str
    value: float
    short: str = ""


def every_period(first: str, last: str) -> list[str]:
    """All years or months from first to last, so that missing ones take their room."""
    if "-" not in first:
        return [str(year) for year in range(int(first), int(last) + 1)]
    start, end = (int(period[:4]) * 12 + int(period[5:]) - 1 for period in (first, last))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]


def nice_steps(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that span low to high."""
    step = 10.0 ** floor(log10((high - low) / wanted)) if high > low else 1.0
    step = next((step * factor for factor in (1, 2, 2.5, 5, 10) if (high - low) / (step * factor) <= wanted), step * 10)
    return [step * count for count in range(floor(low / step), ceil(high / step) + 1)] if high > low else [low, low + 1]


def line_chart(
    lines: Sequence[Line],
    limits: Sequence[Limit],
    *,
    id: str,
    title: str,
    description: str,
    number: Callable[[float], str],
    period_name: Callable[[str], str],
) -> Markup:
    """A line chart over time. `number` and `period_name` write the labels of the axes; the table beside it holds the exact values.

    Limits are named right of the plot, where no line runs. `data-…` tell the script where periods and values lie, so that it can put a
    line that a reader chooses into the same chart.
    """
    known = sorted({period for line in lines for period, value, _ in line.points if value is not None})
    periods = every_period(known[0], known[-1])
    values = [float(value) for line in lines for _, value, _ in line.points if value is not None] + [limit.value for limit in limits]
    steps = nice_steps(min(0.0, *values), max(0.0, *values))
    left = 20 + TICK * max(len(number(step)) for step in steps)
    right = WIDTH - RIGHT - (8 + TICK * max(len(limit.short) for limit in limits) if limits else 0)
    x = _scale(0, len(periods) - 1, left + 12, right - 12)
    y = _scale(steps[0], steps[-1], HEIGHT - BOTTOM, TOP)
    places = {"first": x(0), "last": x(len(periods) - 1), "left": left, "right": right, "bottom": y(steps[0]), "top": y(steps[-1])}
    parts = [_head(id, title, description, data=_data(places, steps, periods[0]))]
    for step in steps:
        parts += [_across("grid", left, right, y(step)), _text("tick y", left - 8, y(step) + 5, number(step), "end")]
    label = TICK * max(len(period_name(period)) for period in periods)
    most = max(2, min(MOST_TICKS, int((right - left - label / 2) // (label + 12))))
    for position in range(len(periods) - 1, -1, -max(1, ceil(len(periods) / most))):
        within = min(max(x(position), label / 2), WIDTH - label / 2)
        parts.append(_text("tick", within, HEIGHT - 12, period_name(periods[position])))
    for limit, beside in zip(limits, apart([y(limit.value) for limit in limits]), strict=True):
        parts += [_across("limit", left, right, y(limit.value), limit.name), _text("level", right + 8, beside + 5, limit.short, "start")]
    for number_of_line, line in enumerate(lines):
        for position, value in line.breaks(periods):
            parts.append(f'<path class="break s{number_of_line + 1}" d="M{x(position) - 7:.1f} {y(value) + 8:.1f}l6 -16m2 16l6 -16"/>')
        for part in line.stretches(periods):
            spots = [(x(position), y(value)) for position, value in part]
            if len(spots) > 1:
                path = "L".join(f"{across:.1f} {down:.1f}" for across, down in spots)
                parts.append(f'<path class="line s{number_of_line + 1}" d="M{path}"/>')
            if len(periods) <= MOST_MARKS or len(spots) == 1:
                parts += [_mark(number_of_line, across, down) for across, down in spots]
    parts.append("</svg>")
    return Markup("".join(parts))


def bar_chart(
    bars: Sequence[tuple[str, Decimal, str]],
    limits: Sequence[Limit],
    *,
    id: str,
    title: str,
    description: str,
    number: Callable[[float], str],
    period: str,
) -> Markup:
    """Lying bars, as (name, value, value in digits), for when there is one period only."""
    values = [float(value) for _, value, _ in bars] + [limit.value for limit in limits]
    steps = nice_steps(min(0.0, *values), max(0.0, *values))
    height = TOP + BAR * len(bars) + BOTTOM
    right = WIDTH - RIGHT - TICK * max(len(digits) for _, _, digits in bars)
    x = _scale(steps[0], steps[-1], RIGHT, right)
    places = {"left": RIGHT, "right": right, "bottom": height - BOTTOM, "top": TOP}
    parts = [_head(id, title, description, height, _data(places, steps, period))]
    for step in steps:
        parts += [_down("grid", x(step), height), _text("tick", x(step), height - 12, number(step))]
    for place, (name, value, digits) in enumerate(bars):
        top, first, last = TOP + BAR * place, *sorted((x(0), x(float(value))))
        parts.append(_text("name", x(0) + 2, top + 16, name, "start"))
        parts.append(f'<rect class="bar" x="{first:.1f}" y="{top + 26}" width="{max(last - first, 1):.1f}" height="14"/>')
        parts.append(_text("value", last + 6, top + 40, digits, "start"))
    parts += [_down("limit", x(limit.value), height, limit.name) for limit in limits]
    parts.append("</svg>")
    return Markup("".join(parts))


def apart(levels: Sequence[float]) -> list[float]:
    """Where labels stand that belong to these heights, from low values to high: as near as can be without covering each other."""
    found: list[float] = []
    for level in levels:
        found.append(min(level, found[-1] - APART) if found else min(level, HEIGHT - BOTTOM))
    for place in range(len(found) - 1, -1, -1):
        least = TOP + APART * (len(found) - 1 - place)
        found[place] = max(found[place], least)
    return found


def sparkline(line: Line) -> Markup:
    """A small line without words, for beside a sentence that says the same. Empty where there are fewer than two values."""
    known = [period for period, value, _ in line.points if value is not None]
    if len(known) < 2:
        return Markup("")
    periods = every_period(known[0], known[-1])
    values = [float(value) for _, value, _ in line.points if value is not None]
    x = _scale(0, len(periods) - 1, 4, 116)
    y = _scale(min(values), max(values), 28, 4) if max(values) > min(values) else (lambda _value: 16.0)
    parts = ['<svg class="spark" viewBox="0 0 120 32" aria-hidden="true" focusable="false">']
    for part in line.stretches(periods):
        places = [f"{x(position):.1f} {y(value):.1f}" for position, value in part]
        parts.append(f'<path d="M{"L".join(places)}"/>' if len(places) > 1 else _dot(*places[0].split()))
    parts.append(_dot(f"{x(len(periods) - 1):.1f}", f"{y(values[-1]):.1f}") + "</svg>")
    return Markup("".join(parts))


def key_sample(number_of_line: int) -> Markup:
    """The sample of a line that stands before its name."""
    return Markup(f'{KEY}<path class="line s{number_of_line + 1}" d="M0 6L36 6"/>{_mark(number_of_line, 18, 6)}</svg>')


def limit_sample() -> Markup:
    return Markup(f'{KEY}<path class="limit" d="M0 6L36 6"/></svg>')


def _text(sort: str, x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text class="{sort}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _across(sort: str, left: float, right: float, y: float, name: str = "") -> str:
    """A level line over the whole plot; its name shows where a pointer rests on it."""
    inner = f"<title>{escape(name)}</title>" if name else ""
    return f'<line class="{sort}" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}">{inner}</line>'


def _down(sort: str, x: float, height: int = HEIGHT, name: str = "") -> str:
    """An upright line over the whole height."""
    inner = f"<title>{escape(name)}</title>" if name else ""
    return f'<line class="{sort}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}">{inner}</line>'


def _head(id: str, title: str, description: str, height: int = HEIGHT, data: str = "") -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{id}-title {id}-desc"{data}>'
        f'<title id="{id}-title">{escape(title)}</title><desc id="{id}-desc">{escape(description)}</desc>'
    )


def _data(places: Mapping[str, float], steps: Sequence[float], first: str) -> str:
    """Where a chart's values and periods lie, for the script."""
    found = "".join(f' data-{name}="{value:.1f}"' for name, value in places.items())
    return f'{found} data-low="{steps[0]:g}" data-high="{steps[-1]:g}" data-from="{first}"'


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = high - low or 1.0
    return lambda value: start + (value - low) / span * (end - start) if high > low else (start + end) / 2


def _mark(number_of_line: int, x: float, y: float) -> str:
    """Circle, square, triangle or diamond, so that lines can be told apart without colour."""
    style = f'class="mark s{number_of_line + 1}"'
    match number_of_line % 4:
        case 0:
            return f'<circle {style} cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        case 1:
            return f'<rect {style} x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
        case 2:
            return f'<path {style} d="M{x:.1f} {y - 5:.1f}l5 9h-10z"/>'
        case _:
            return f'<path {style} d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z"/>'


def _dot(x: str, y: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="3"/>'
