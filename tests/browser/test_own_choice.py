"""Readers put a municipality of their choice into a chart: the same figure and table, the numbers of the download, a link to share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

INDICATOR = "sdg_11_6_ghg_per_inhabitant"


@pytest.fixture
def page(browser, address: str) -> Iterator:
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    opened.odd = []
    opened.on("pageerror", lambda error: opened.odd.append(str(error)))
    opened.on("console", lambda message: opened.odd.append(message.text) if message.type == "error" else None)
    opened.goto(f"{address}en/indicators/{INDICATOR}.html")
    yield opened
    assert opened.odd == []
    context.close()


def downloaded(release: Path, area: str) -> dict[str, Any]:
    """Period → value of one municipality, from the JSON-stat file as readers get it."""
    cube = json.loads((release / "indicators" / INDICATOR / f"{INDICATOR}.json").read_bytes(), parse_float=Decimal)
    assert cube["id"] == ["ref_area", "time_period"]
    places = cube["dimension"]["ref_area"]["category"]["index"]
    periods = cube["dimension"]["time_period"]["category"]["index"]
    row = places.index(area) * len(periods)
    return dict(zip(periods, cube["value"][row : row + len(periods)], strict=True))


def table(page) -> list[list[str]]:
    """The table of the chart: its head, then a row for each period."""
    return page.evaluate(
        "[...document.querySelector('figure[data-series]').closest('section').querySelectorAll('tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )


def choose(page, slot: str, area: str) -> None:
    page.select_option(f"#choose-{slot}", area)
    page.wait_for_selector(f"figure .keys .line.{'s6' if slot == 'with' else 's7'}", state="attached")


def test_a_chosen_municipality_stands_in_chart_key_and_table_with_the_numbers_of_the_download(page, release: Path) -> None:
    before = table(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, "with", "1826")
    head, *rows = table(page)
    assert head == [*before[0], "Hattfjelldal"] and [row[:-1] for row in rows] == before[1:], "what was there stays as it was"
    values = downloaded(release, "1826")
    shown = {row[0]: row[-1] for row in rows}
    expected = {period: str(values[period].quantize(Decimal("0.01"), ROUND_HALF_UP)) for period in shown if values[period] is not None}
    assert expected and {period: shown[period] for period in expected} == expected
    assert "Hattfjelldal" in page.inner_text("figure .keys") and "Hattfjelldal" in page.inner_text("#own-choice-state")
    assert page.locator("svg.chart .mark.s6").count() == len(expected)
    assert [url.rpartition("/")[2] for url in asked if url.endswith(".json")] == [f"{INDICATOR}.json"], "fetched once"


def test_the_axis_grows_with_what_is_chosen_and_nothing_leaves_the_plot(page, release: Path) -> None:
    areas = [option.get_attribute("value") for option in page.locator("#choose-with option").all()]
    highest = max(filter(None, areas), key=lambda area: max(filter(None, downloaded(release, area).values()), default=Decimal(0)))
    top = page.locator("svg.chart .tick.y").all_text_contents()
    choose(page, "with", highest)
    assert float(page.locator("svg.chart .tick.y").all_text_contents()[-1]) >= float(top[-1])
    box = page.evaluate(
        """() => { const chart = document.querySelector('svg.chart'), outer = chart.getBoundingClientRect();
        return [...chart.querySelectorAll('.mark, .line, .level')].map((one) => one.getBoundingClientRect())
          .every((one) => one.top >= outer.top && one.bottom <= outer.bottom && one.right <= outer.right); }"""
    )
    assert box, "every mark, line and label lies within the figure"


def test_a_choice_can_be_shared_changed_and_taken_back(page, browser) -> None:
    before = table(page)
    choose(page, "with", "1826")
    choose(page, "and", "1804")
    assert page.url.endswith("?with=1826&and=1804")
    shared = browser.new_page()
    shared.goto(page.url)
    shared.wait_for_selector("figure .keys li.added >> nth=1")
    assert table(shared)[0] == [*before[0], "Hattfjelldal", "Bodø"]
    shared.close()
    page.select_option("#choose-with", "")
    page.select_option("#choose-and", "")
    page.wait_for_selector("figure .keys li.added", state="detached")
    assert table(page) == before and "?" not in page.url
    assert page.locator("svg.chart .s6, svg.chart .s7").count() == 0


def test_where_there_is_one_period_a_choice_is_a_bar_with_its_number_or_the_word_that_there_is_none(page, address: str) -> None:
    page.goto(f"{address}en/indicators/sdg_11_2_1_near_a_served_stop.html")
    bars = page.locator("svg.chart .bar").count()
    shown = page.evaluate(
        """[...document.querySelector('table.areas').tBodies[0].rows].map((row) =>
        [row.querySelector('a').href.match(/(\\d{4})\\.html/)[1], row.cells[1].textContent])"""
    )
    there = page.locator("svg.chart .name").all_text_contents()
    offered = [option.get_attribute("value") for option in page.locator("#choose-with option").all()]
    known = next((code, value) for code, value in shown if value != ".." and code in offered)
    unknown = next(code for code, value in shown if value == ".." and code in offered)
    page.select_option("#choose-with", known[0])
    page.wait_for_selector("svg.chart .bar.s6")
    assert page.locator("svg.chart .bar").count() == bars + 1
    assert (
        page.locator("svg.chart .value").last.text_content() == known[1]
        and page.locator("svg.chart .name").last.text_content() not in there
    )
    page.select_option("#choose-and", unknown)
    page.wait_for_function("document.querySelector('#own-choice-state').textContent.includes('no numbers')")
    assert page.locator("svg.chart .bar").count() == bars + 1, "who has no number has no bar"


def test_the_table_of_areas_stands_in_the_order_of_the_column_that_is_chosen(page) -> None:
    head = page.locator("table.areas thead button", has_text="Value")

    def values() -> list[str]:
        return page.locator("table.areas").first.locator("tbody td:nth-child(2)").all_text_contents()

    before = values()
    head.first.click()
    down = [float(value.replace(",", "")) for value in values()]
    assert down == sorted(down, reverse=True) and sorted(values()) == sorted(before)
    assert page.locator("table.areas th[aria-sort=descending]").count() == 1
    head.first.focus()
    page.keyboard.press("Enter")
    assert [float(value.replace(",", "")) for value in values()] == sorted(down)
