"""Figures tell what the numbers tell: a gap is a gap, a break a break, and neighbours on a map have one border."""

from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from pathlib import Path

from catalog.model import Benchmark, Text
from catalog.publication import Publication
from catalog.site import charts, maps, sentences
from catalog.site.borders import outline
from catalog.site.observations import Observed, Point, Series
from catalog.site.words import Words


def line(*points: tuple[str, str | None, bool]) -> charts.Line:
    return charts.Line("Oslo", [(period, Decimal(value) if value else None, is_break) for period, value, is_break in points])


def draw(*lines: charts.Line) -> str:
    return charts.line_chart(lines, [], id="c", title="t", description="d", number=str, period_name=str)


def test_a_gap_in_the_series_is_a_gap_in_the_line() -> None:
    whole = line(("2020", "1", False), ("2021", "2", False), ("2022", "3", False))
    missing_row = line(("2020", "1", False), ("2021", "2", False), ("2023", "3", False), ("2024", "4", False))
    missing_value = line(("2020", "1", False), ("2021", "2", False), ("2022", None, False), ("2023", "3", False), ("2024", "4", False))
    periods = charts.every_period("2020", "2024")
    assert [len(part) for part in whole.stretches(periods)] == [3]
    assert missing_row.stretches(periods) == missing_value.stretches(periods)
    assert [len(part) for part in missing_row.stretches(periods)] == [2, 2]
    assert draw(whole).count('class="line s1"') == 1
    assert draw(missing_value).count('class="line s1"') == 2
    assert 'class="break' not in draw(missing_value)


def test_a_break_in_the_series_is_drawn_as_a_break() -> None:
    broken = line(("2020", "1", False), ("2021", "2", False), ("2022", "9", True), ("2023", "8", False))
    assert [len(part) for part in broken.stretches(charts.every_period("2020", "2023"))] == [2, 2]
    assert draw(broken).count('class="break s1"') == 1
    first = line(("2020", "1", True), ("2021", "2", False))
    assert 'class="break' not in draw(first), "a series does not break from nothing"


def test_a_single_value_is_a_mark_and_months_take_their_room() -> None:
    lonely = draw(line(("2020", "1", False), ("2021", None, False), ("2022", "3", False)))
    assert lonely.count("<circle") == 2 and 'class="line' not in lonely
    assert charts.every_period("2022-11", "2023-02") == ["2022-11", "2022-12", "2023-01", "2023-02"]
    assert charts.sparkline(line(("2020", "1", False))) == ""


def test_a_chart_says_in_words_what_it_shows_and_its_colours_come_from_the_style_sheet(pages: dict[str, str]) -> None:
    page = pages["nb/indicators/sdg_11_6_2_no2.html"]
    chart = re.search(r'<svg class="chart".*?</svg>', page, re.DOTALL)[0]
    assert "<title" in chart and "Linjer fra 2023 til 2024 for Oslo." in chart
    assert "fill=" not in chart and "stroke=" not in chart and "style=" not in chart
    assert "Tallene i figuren" in page, "the same numbers as a table"


def test_axes_reach_over_all_values_also_below_zero() -> None:
    for low, high in ((0, 14.3), (-3, 12), (0, 0.37), (0, 120_000), (-7, 0), (0, 0)):
        steps = charts.nice_steps(low, high)
        assert steps[0] <= low and steps[-1] >= high and 2 <= len(steps) <= 8, (low, high, steps)


def series(*points: tuple[str, str | None, str]) -> Series:
    made_of = [Point(period, Decimal(value) if value else None, status, None, None, "exact", ()) for period, value, status in points]
    return Series("0301", "Oslo", "", made_of)


def test_changes_are_told_as_far_as_the_shown_digits_go(publication: Publication) -> None:
    t, indicator = Words("nb"), publication.indicators[0].model_copy(update={"decimals": 1})
    assert sentences.since(t, indicator, series(("2023", "8.04", "A"), ("2024", "8.01", "A"))).endswith("Det samme som i 2023.")
    assert sentences.since(t, indicator, series(("2023", "8.0", "A"), ("2024", "9.0", "B"))).endswith("Her er det brudd i serien.")
    assert sentences.change(t, indicator, series(("2023", "8.0", "A"), ("2024", "9.0", "B"))) == "", "no change is told across a break"
    assert sentences.change(t, indicator, series(("2023", "8.0", "A"), ("2024", "9.25", "A"))) == "+1,3"
    assert sentences.since(t, indicator, series(("2024", None, "O"))) == "Ingen verdi for 2024."
    assert sentences.since(t, indicator, series(("2023", "8", "A"), ("2024", None, "Q"))).endswith(
        "Siste kjente verdi er 8,0\u00a0µg/m³ i 2023."
    )


def test_a_place_meets_a_limit_only_where_there_is_a_value_and_a_direction(publication: Publication) -> None:
    indicator = publication.indicators[0]
    goal = Benchmark(name=Text(nb="Goal", nn="Goal", en="Goal"), value=8, source=Text(nb="lov", nn="lov", en="law"))

    def distance(value: str | None, better: str) -> Decimal | None:
        point = series(("2024", value, "A")).newest
        return sentences.distance(indicator.model_copy(update={"better": better}), goal, point)

    assert distance("8", "lower") == 0, "a limit that is just reached is kept"
    assert distance("9.5", "lower") == Decimal("1.5")
    assert distance("9.5", "higher") == Decimal("-1.5")
    assert distance(None, "lower") is None and distance("9.5", "context") is None


# --- maps ---

SQUARES = {
    "1": [[(10.0, 60.0), (11.0, 60.0), (11.0, 61.0), (10.6, 61.02), (10.3, 60.99), (10.0, 61.0), (10.0, 60.0)]],
    "2": [[(10.0, 61.0), (10.3, 60.99), (10.6, 61.02), (11.0, 61.0), (11.0, 62.0), (10.0, 62.0), (10.0, 61.0)]],
    "3": [[(14.0, 60.0), (14.5, 60.0), (14.5, 60.5), (14.0, 60.0)], [(14.9, 60.0), (14.901, 60.0), (14.901, 60.001), (14.9, 60.0)]],
}


def points(path: str) -> list[tuple[int, int]]:
    """The corners of the first ring of a path."""
    numbers = [int(number) for number in re.findall(r"-?\d+", path.partition("z")[0])]
    found = [(numbers[0], numbers[1])]
    for across, down in zip(numbers[2::2], numbers[3::2], strict=True):
        found.append((found[-1][0] + across, found[-1][1] + down))
    return found


def test_neighbours_on_a_map_have_exactly_the_same_line_between_them() -> None:
    drawn = outline(SQUARES)
    south, north = points(drawn.paths["1"]), points(drawn.paths["2"])
    shared = [corner for corner in south if corner in north]
    assert len(shared) >= 3, "the bend between them is kept"
    assert all(corner in north for corner in south if min(y for _, y in south) - 1 <= corner[1] <= min(y for _, y in south) + 30)


def test_the_smallest_islands_are_left_out_and_every_municipality_stays() -> None:
    drawn = outline(SQUARES)
    assert drawn.paths["3"].count("z") == 1 and drawn.paths.keys() == SQUARES.keys()
    assert drawn.height == 1000 and 0 < drawn.width < 2000
    x, y = drawn.place(10.5, 60.5)
    corners = points(drawn.paths["1"])
    assert min(corner[0] for corner in corners) < x < max(corner[0] for corner in corners)
    assert min(corner[1] for corner in corners) < y < max(corner[1] for corner in corners)


def test_the_whole_country_is_small_enough_for_a_page(shared: Path) -> None:
    answer = json.loads((shared / "recorded/geography/municipality_boundaries/kommuner_2024_S.geojson").read_text("utf-8"))
    shapes: dict[str, list[list[tuple[float, float]]]] = {}
    for feature in answer["features"]:
        parts = feature["geometry"]["coordinates"]
        polygons = parts if feature["geometry"]["type"] == "MultiPolygon" else [parts]
        shapes[feature["properties"]["kommunenummer"]] = [[(x, y) for x, y, *_ in ring] for polygon in polygons for ring in polygon]
    drawn = outline(shapes)
    assert len(drawn.paths) == 357 and all(path.endswith("z") for path in drawn.paths.values())
    assert len(gzip.compress("".join(drawn.paths.values()).encode())) < 20_000
    oslo = points(drawn.paths["0301"])
    x, y = drawn.place(10.75, 59.95)
    assert min(p[0] for p in oslo) <= x <= max(p[0] for p in oslo) and min(p[1] for p in oslo) <= y <= max(p[1] for p in oslo)


def test_classes_hold_as_many_municipalities_each_and_never_part_equal_values() -> None:
    values = {str(number): Decimal(number) for number in range(100)}
    found = maps.classify(values)
    assert [list(found.values()).count(number) for number in range(1, 6)] == [20] * 5
    same = maps.classify({str(number): Decimal(number > 10) for number in range(100)})
    assert len({same[str(number)] for number in range(11, 100)}) == 1


def test_a_map_says_in_words_and_patterns_what_it_shows_in_colour(publication: Publication) -> None:
    values = {f"{1000 + number}": Series(f"{1000 + number}", f"K{number}", "", [point("2024", str(number), "A")]) for number in range(40)}
    observed = Observed({("", code): one for code, one in values.items()})
    shown = maps.mapped(observed, 1)
    assert shown is not None and shown.period == "2024"
    t = Words("nb")
    told = maps.draw(
        t, publication.indicators[0], shown, outline({"1000": SQUARES["1"], "1039": SQUARES["2"]}), {"1000": "Lavest", "1039": "Høyest"}
    )
    assert "40 kommuner har en verdi for 2024" in told["map_summary"] and "Høyest (39,0)" in told["map_summary"]
    assert 'fill="url(#q5)"' in told["map"] and '<pattern id="q5"' in told["map"]
    assert "<title>Høyest: 39,0\u00a0µg/m³</title>" in told["map"]
    assert len({maps.PATTERNS[number] for number in shown.limits}) == 5
    few = Observed(dict(list(observed.series.items())[:5]))
    assert maps.mapped(few, 1) is None, "five municipalities make no map of the country"


def point(period: str, value: str, status: str) -> Point:
    return Point(period, Decimal(value), status, None, None, "exact", ())
