"""Values of municipalities → a map that needs no script: five classes that differ in lightness and in pattern, with their limits in words.

A map is drawn of the newest period in which most municipalities have a value. The table of all municipalities says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from catalog.model import Indicator
from catalog.site import sentences
from catalog.site.borders import Outlines
from catalog.site.observations import Observed, is_municipality
from catalog.site.words import Words, norwegian_order, rounded

CLASSES = 5
FEWEST = 15
"""Below so many municipalities a map of the whole country shows nothing that a table does not show better."""
MOST_PLACES = 1500
"""Beyond so many circles a map shows where people live, and nothing else."""
NAMED = 3
"""So many of the highest and of the lowest are named under the map."""
PATTERNS = {1: "", 2: "M2 2h1v1h-1z", 3: "M0 8L8 0", 4: "M0 4L4 0M4 8L8 4M0 8L8 0", 5: "M0 8L8 0M0 0L8 8"}
"""What is drawn over each class, on a square of 8 by 8 steps."""


@dataclass(frozen=True)
class Mapped:
    """What a map shows: the period, the value of every municipality that has one, and the class of each."""

    period: str
    values: Mapping[str, Decimal]
    classes: Mapping[str, int]
    limits: Mapping[int, tuple[Decimal, Decimal]]


def mapped(observed: Observed, decimals: int) -> Mapped | None:
    """The newest of the periods in which most municipalities have a value; None where they are too few, or all have the same."""
    by_period: dict[str, dict[str, Decimal]] = {}
    for series in observed.of(observed.headline):
        if is_municipality(series.area):
            for point in series.points:
                if point.value is not None:
                    by_period.setdefault(point.period, {})[series.area] = point.value
    if not by_period:
        return None
    period = max(by_period, key=lambda name: (len(by_period[name]), name))
    values = by_period[period]
    classes = classify({area: rounded(value, decimals) for area, value in values.items()})
    if len(values) < FEWEST or len(set(classes.values())) < 2:
        return None
    limits = {number: [values[area] for area, found in classes.items() if found == number] for number in sorted(set(classes.values()))}
    return Mapped(period, values, classes, {number: (min(found), max(found)) for number, found in limits.items()})


def classify(values: Mapping[str, Decimal]) -> dict[str, int]:
    """Five classes with as equally many areas as can be; equal values are never parted."""
    order = sorted(values.values())
    uppers = [order[len(order) * number // CLASSES - 1] for number in range(1, CLASSES + 1)]
    return {area: next(number for number, upper in enumerate(uppers, 1) if value <= upper) for area, value in values.items()}


def draw(t: Words, it: Indicator, shown: Mapped, outlines: Outlines, names: Mapping[str, str]) -> dict[str, Any]:
    """The map, its key, and what it shows in words. Of the country only the part is shown in which municipalities have a value."""
    outlines = outlines.around(shown.values)
    title = t("map.title", title=t.of(it.title), period=t.period(shown.period))
    summary = _summary(t, it, shown, names)
    head = (
        f'<svg class="map" viewBox="0 0 {outlines.width} {outlines.height}" role="img" aria-labelledby="map-title map-desc">'
        f'<title id="map-title">{escape(title)}</title><desc id="map-desc">{escape(summary)}</desc>{_patterns(shown.limits)}'
    )
    areas: list[str] = []
    for code, path in outlines.paths.items():
        value, sort = shown.values.get(code), shown.classes.get(code, 0)
        said = sentences.value(t, it, value) if value is not None else t("map.no_value")
        x, y = outlines.centres[code]
        fill = f' fill="url(#q{sort})"' if sort else ""
        areas.append(
            f'<path class="area c{sort}"{fill} data-code="{code}" data-x="{x}" data-y="{y}" d="{path}">'
            f"<title>{escape(names.get(code, code))}: {escape(said)}</title></path>"
        )
    return {
        "map": Markup(head + "".join(areas) + "</svg>"),
        "map_title": title,
        "map_summary": summary,
        "map_part": t("map.part") if outlines.is_part else "",
        "map_keys": [(_sample(number), _limits(t, it, low, high)) for number, (low, high) in shown.limits.items()]
        + [(Markup(f'{KEY}<rect class="c0" width="36" height="18"/></svg>'), t("map.no_value"))],
    }


def draw_places(t: Words, title: str, places: Sequence[tuple[float, float]], outlines: Outlines) -> dict[str, Any] | None:
    """A map with a circle for every place, as (longitude, latitude); None where there are none, or too many to tell apart."""
    outlines = outlines.around_places(places)
    spots = sorted({outlines.place(*place) for place in places})
    if not 0 < len(spots) <= MOST_PLACES:
        return None
    title, summary = t("map.points_title", title=title, count=t.number(len(places))), t("map.points_summary")
    head = (
        f'<svg class="map" viewBox="0 0 {outlines.width} {outlines.height}" role="img" aria-labelledby="map-title map-desc">'
        f'<title id="map-title">{escape(title)}</title><desc id="map-desc">{escape(summary)}</desc>'
    )
    land = f'<path class="land" d="{"".join(outlines.paths.values())}"/>'
    circles = "".join(f'<circle class="spot" cx="{x}" cy="{y}" r="7"/>' for x, y in spots)
    return {
        "map": Markup(f"{head}{land}{circles}</svg>"),
        "title": title,
        "summary": f"{summary} {t('map.points_table')}{' ' + t('map.part') if outlines.is_part else ''}",
    }


KEY = '<svg class="key map-key" viewBox="0 0 36 18" aria-hidden="true" focusable="false">'


def _sample(number: int) -> Markup:
    """A key may stand on the page once: it uses the patterns of the map."""
    return Markup(f'{KEY}<rect class="c{number}" fill="url(#q{number})" width="36" height="18"/></svg>')


def _patterns(numbers: Sequence[int] | Mapping[int, Any]) -> str:
    drawn = "".join(
        f'<pattern id="q{number}" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="q{number}" width="8" height="8"/>'
        + (f'<path class="on{number}" d="{PATTERNS[number]}"/>' if PATTERNS[number] else "")
        + "</pattern>"
        for number in numbers
    )
    return f"<defs>{drawn}</defs>"


def _limits(t: Words, it: Indicator, low: Decimal, high: Decimal) -> str:
    first, last = t.number(low, it.decimals), t.number(high, it.decimals)
    return t.amount(low, it.unit, it.decimals) if first == last else t("map.from_to", low=first, high=t.amount(high, it.unit, it.decimals))


def _summary(t: Words, it: Indicator, shown: Mapped, names: Mapping[str, str]) -> str:
    """How many municipalities have a value, and who has the highest and the lowest."""
    order = sorted(shown.values, key=lambda code: (shown.values[code], norwegian_order(names.get(code, code))))

    def told(codes: Sequence[str]) -> str:
        return t.list([f"{names.get(code, code)} ({t.number(shown.values[code], it.decimals)})" for code in codes])

    return t(
        "map.summary",
        count=t.number(len(order)),
        period=t.period(shown.period),
        high=told(order[: -NAMED - 1 : -1]),
        low=told(order[:NAMED]),
        unit=t.unit_name(it.unit),
    )
