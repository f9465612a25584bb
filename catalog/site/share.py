"""The picture that is shown when an indicator's page is shared: its title, one number and a line, as PNG.

Letters are drawn with the typeface that a package we install anyway carries (HK Grotesk, SIL Open Font License), so that the picture is
the same on every machine. Without it, whatever typeface the machine has is used; without any, the picture has no letters and is not made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap
from typing import Any

from markupsafe import escape

from catalog.hashes import digest, sha256
from catalog.model import Indicator
from catalog.site import charts, sentences
from catalog.site.indicator_page import places_to_show
from catalog.site.inputs import Site
from catalog.site.observations import BREAK
from catalog.site.store import Store
from catalog.site.words import Words

WIDTH, HEIGHT = 1200, 630
TYPEFACE = "HK Grotesk"
INK, GROUND, SOFT, LINE = "#1b2421", "#fbfbf9", "#4d5a55", "#0b5a4a"
RAISED = {"²": ("super", "2"), "³": ("super", "3"), "₂": ("sub", "2")}
"""Signs that the typeface lacks, drawn as small raised or lowered ones."""
LETTERS = 34
"""Letters of a title's line, as large as they are drawn."""


def write_pictures(site: Site, store: Store, t: Words) -> None:
    """The picture of every indicator, drawn anew only where something in it changed."""
    for it in site.publication.indicators:
        svg, path = picture(site, t, it), f"share/{t.language}/{it.id}.png"
        made_from = digest(svg, _typefaces_hash())
        if has_letters() and not store.take_over(path, made_from):
            store.write(path, _as_png(svg), made_from)


@cache
def has_letters() -> bool:
    """Whether a typeface is at hand: a picture without letters says nothing."""

    def drawn(text: str) -> bytes:
        return _as_png(f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{_text(2, 30, 30, INK, text)}</svg>')

    return drawn("M") != drawn(" ")


def picture(site: Site, t: Words, it: Indicator) -> str:
    """The picture as SVG."""
    title = wrap(t.of(it.title), LETTERS)[:3]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{GROUND}"/><rect width="{WIDTH}" height="16" fill="{LINE}"/>',
    ]
    parts += [_text(64, 116 + 64 * number, 56, INK, line, bold=True) for number, line in enumerate(title)]
    told, points = _number(site, t, it)
    if told:
        parts += [_text(64, 420, 84, LINE, told[0], bold=True), _text(64, 476, 34, SOFT, told[1])]
    parts.append(_line(points))
    name = t.of(site.publication.catalog.title)
    parts.append(_text(64, 580, 30, SOFT, f"{name} · {t('synthetic.label')}" if site.synthetic else name))
    return "".join([*parts, "</svg>"])


def _number(site: Site, t: Words, it: Indicator) -> tuple[tuple[str, str] | None, Sequence[tuple[str, Any, bool]]]:
    """The number that stands for the indicator with what it is, and the line to it: the middle municipality's where there is one."""
    observed = site.of(it)
    if middle := observed.newest_middle:
        line = [(one.period, one.value, False) for one in observed.middle.values()]
        return (sentences.value(t, it, middle.value), f"{t('chart.middle')}, {t.period(middle.period)}"), line
    series = next((one for one in places_to_show(site, observed) if one.with_value), None)
    if series is None:
        return None, []
    newest = series.with_value[-1]
    assert newest.value is not None
    name = {"catalogue": t("area.catalogue"), "NO": t("words.norway")}.get(series.area, series.name)
    line = [(point.period, point.value, point.status == BREAK) for point in series.points]
    return (sentences.value(t, it, newest.value), f"{name}, {t.period(newest.period)}"), line


def _line(points: Sequence[tuple[str, Any, bool]]) -> str:
    drawn = str(charts.sparkline(charts.Line("", points)))
    if not drawn:
        return ""
    inner = drawn.partition(">")[2].removesuffix("</svg>").replace("<circle", f'<circle fill="{LINE}"')
    return (
        f'<g transform="translate(780 330) scale(3)" fill="none" stroke="{LINE}" stroke-width="2.5" stroke-linejoin="round" '
        f'stroke-linecap="round">{inner}</g>'
    )


def _text(x: int, y: int, size: int, colour: str, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    shown = str(escape(words))
    for sign, (shift, letter) in RAISED.items():
        shown = shown.replace(sign, f'<tspan baseline-shift="{shift}" font-size="{size * 6 // 10}">{letter}</tspan>')
    return f'<text x="{x}" y="{y}" font-family="{TYPEFACE}, sans-serif" font-size="{size}" fill="{colour}"{weight}>{shown}</text>'


@cache
def _typefaces() -> tuple[Path, ...]:
    found = find_spec("great_expectations")
    folders = [Path(place) for place in found.submodule_search_locations or ()] if found else []
    names = ("HKGrotesk-Regular.otf", "HKGrotesk-Bold.otf")
    paths = [folder / "render" / "view" / "static" / "fonts" / "HKGrotesk" / name for folder in folders for name in names]
    return tuple(file for file in paths if file.is_file())


@cache
def _typefaces_hash() -> list[str]:
    return [sha256(file) for file in _typefaces()]


def _as_png(svg: str) -> bytes:
    import resvg_py

    files = [str(file) for file in _typefaces()]
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=files, skip_system_fonts=bool(files), font_family=TYPEFACE))
