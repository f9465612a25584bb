"""Whom the page of an indicator names and draws: those that really improved, and those that a municipality or a reader wants beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html import unescape
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from catalog.publication import Publication
from catalog.site import charts, indicator_page
from catalog.site.borders import outline
from catalog.site.comparisons import Progress
from catalog.site.words import Words


def moved(growth: str | None, rank: int | None) -> Progress:
    """The progress of one municipality from 2015 to 2024, by so many per cent a year."""
    told: dict[str, Any] = dict.fromkeys(Progress._fields)
    told |= {"base_year": 2015, "base_value": Decimal(10), "latest_year": 2024, "latest_value": Decimal(9), "reasons": ()}
    return Progress(**told | {"growth_actual": Decimal(growth) if growth else None, "improvement_rank": rank})


def most_improved(publication: Publication, better: str, progress: dict[str, Progress]) -> list[str]:
    it = publication.indicators[0].model_copy(update={"better": better})
    made = {(it.id, area): one for area, one in progress.items()}
    site: Any = SimpleNamespace(progress=made, place_names={}, place_codes=frozenset())
    return [said.partition(":")[0] for _, said in indicator_page._most_improved(site, Words("nb"), it)]


def test_only_those_that_moved_the_good_way_are_called_most_improved(publication: Publication) -> None:
    falling = {"0301": moved("-2.5", 1), "1103": moved("-0.1", 2), "4601": moved("0.4", 3), "5001": moved("3", 4)}
    assert most_improved(publication, "lower", falling) == ["0301", "1103"], "the least bad of four has not improved"
    rising = {"0301": moved("3", 1), "1103": moved("0", 2), "4601": moved("-1", 3)}
    assert most_improved(publication, "higher", rising) == ["0301"], "who stands still has not improved"
    assert most_improved(publication, "lower", {"0301": moved("1", 1)}) == [], "the first of one may have got worse"


def test_who_cannot_be_ranked_or_is_no_municipality_is_not_called_most_improved(publication: Publication) -> None:
    assert most_improved(publication, "lower", {"0301": moved("-5", None), "1103": moved(None, 1), "03": moved("-9", 1)}) == []


# --- who is drawn ---


@pytest.fixture
def with_four(publication: Publication, tmp_path: Path) -> Publication:
    """The small publication with two years of four municipalities; the first alone is of interest."""
    path = tmp_path / "four.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"""copy (
              select 'sdg_11_6_2_no2' as indicator, code as ref_area, name as ref_area_name, y::varchar as time_period,
                (10 + n + y - 2023)::decimal(28,6) as obs_value, 'ug/m3' as unit_measure, 'A' as obs_status, 0.9::decimal(9,6) as coverage,
                1::bigint as n_units, null::decimal(38,6) as numerator, null::decimal(38,6) as denominator, 'exact' as comparability,
                2024::bigint as borders_year, '' as breakdown, 'adapted' as fidelity, '' as warnings
              from (values ('0301', 'Oslo', 0), ('1103', 'Stavanger', 1), ('4601', 'Bergen', 2), ('5001', 'Trondheim', 3)) p(code, name, n),
                range(2023, 2025) t(y)
            ) to '{path}' (format parquet)"""
        )
    catalog = publication.catalog.model_copy(update={"area_of_interest": ("0301",), "compare_with": {"0301": ("5001", "1103", "0301")}})
    return replace(publication, observations=path, catalog=catalog)


def test_a_municipality_s_own_choice_of_peers_is_drawn_beside_it_without_scripts(
    with_four: Publication, tmp_path: Path, render: Callable[..., Path], html_of: Callable[[Path], dict[str, str]]
) -> None:
    page = html_of(render(with_four, tmp_path / "release"))["nb/indicators/sdg_11_6_2_no2.html"]
    figure = re.search(r"<figure.*?</figure>", page, re.DOTALL)
    assert figure is not None
    assert "for Oslo, Trondheim og Stavanger." in figure[0], "in the order of compare_with, and nobody twice"
    assert re.findall(r'<path class="line (s\d)" d="M\d', figure[0].partition("<figcaption>")[0]) == ["s1", "s2", "s3"]
    heads = re.search(r"Tallene i figuren</summary>.*?<thead><tr>(.*?)</tr>", page, re.DOTALL)
    assert heads is not None and re.findall(r"<th scope=\"col\">(\w+)", heads[1]) == ["Periode", "Oslo", "Trondheim", "Stavanger"]


def test_a_reader_s_own_choice_leads_to_the_numbers_that_can_be_downloaded(
    with_four: Publication, tmp_path: Path, render: Callable[..., Path], html_of: Callable[[Path], dict[str, str]]
) -> None:
    release = render(with_four, tmp_path / "release")
    page = html_of(release)["nb/indicators/sdg_11_6_2_no2.html"]
    told = {name: unescape(value) for name, value in re.findall(r'data-([a-z]+)="([^"]*)"', page.partition("<svg")[0])}
    assert (release / "site/nb/indicators" / told["series"]).resolve().is_file()
    assert told["own"] == "5001 1103" and json.loads(told["signs"])["O"] == ".."
    places = dict(re.findall(r' data-([a-z]+)="([^"]+)"', page.partition('<svg class="chart"')[2].partition(">")[0]))
    assert places["from"] == "2023" and float(places["first"]) < float(places["last"]) < float(places["right"])


# --- what it is drawn with ---


def test_limits_are_named_beside_the_plot_and_never_over_each_other() -> None:
    line = charts.Line("Oslo", [("2023", Decimal(1), False), ("2024", Decimal(40), False)])
    limits = [charts.Limit(f"{value}: limit", value, str(value)) for value in (9.0, 10.0, 11.0, 40.0)]
    drawn = charts.line_chart([line], limits, id="c", title="t", description="d", number=str, period_name=str)
    right = float(re.search(r'data-right="([\d.]+)"', drawn)[1])  # type: ignore[index]
    labels = [(float(x), float(y)) for x, y in re.findall(r'<text class="level" x="([\d.]+)" y="([\d.]+)"', drawn)]
    assert len(labels) == 4 and all(x > right for x, _ in labels)
    assert all(float(x) <= right for x in re.findall(r'<circle class="mark s1" cx="([\d.]+)"', drawn))
    heights = [y for _, y in labels]
    assert all(below - above >= charts.APART for below, above in pairwise(heights))


def test_labels_that_would_leave_the_plot_are_kept_in_it() -> None:
    assert charts.apart([20.0, 18.0, 17.0]) == [charts.TOP + 2 * charts.APART, charts.TOP + charts.APART, charts.TOP]
    assert charts.apart([200.0, 100.0]) == [200.0, 100.0]
    assert charts.apart([]) == []


def square(west: float, south: float, side: float) -> list[list[tuple[float, float]]]:
    east, north = west + side, south + side
    return [[(west, south), (east, south), (east, north), (west, north), (west, south)]]


def test_a_map_of_few_places_shows_their_part_of_the_country() -> None:
    country = outline({"1": square(10, 59, 0.4), "2": square(10.4, 59, 0.4), "3": square(24, 70, 0.5)})
    south = country.around(["1"])
    assert south.is_part and set(south.paths) == {"1", "2"}, "the neighbour is seen, what lies far away is not"
    assert south.place(10.2, 59.2)[1] == pytest.approx(500, abs=30), "what is told of stands in the middle"
    assert country.around(["1", "3"]) is country and country.around([]) is country
    near = country.around_places([(10.41, 59.11), (10.42, 59.12)])
    assert near.is_part and near.box.north - near.box.south >= 10, "never closer than ten kilometres"
    one, other = near.place(10.41, 59.11), near.place(10.42, 59.12)
    assert other[0] - one[0] > 20 and one[1] - other[1] > 20, "places that are one spot on a map of the country are two"
