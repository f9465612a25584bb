"""What was corrected after it was published, and what readers asked, stands where it belongs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from catalog import site
from catalog.errors import MetadataError
from catalog.model import Text
from catalog.publication import Publication
from catalog.site import answers, dataset_page, feeds
from catalog.site.revisions import read_revisions

REVISIONS = """
select * from (values
  ('2026-11-22.2', 'sdg_11_6_2_no2', '0301', '2024', '', 'revised', 31.25, 30.2, 'A', 'A', 'data'),
  ('2026-11-21.1', 'sdg_11_6_2_no2', '4601', '2024', '', 'withdrawn', 12, null, 'A', 'Q', 'method')
) as t(release, indicator, ref_area, time_period, breakdown, change, old_value, new_value, old_status, new_status, cause)
"""


def test_an_indicator_shows_which_published_values_were_corrected_and_why(
    publication: Publication, release: Path, tmp_path: Path, html_of: Callable[[Path], dict[str, str]], outline: type
) -> None:
    folder = Path(shutil.copytree(release, tmp_path / "release", ignore=shutil.ignore_patterns("site")))
    duckdb.execute(f"copy ({REVISIONS}) to '{folder / 'indicators' / 'revisions.parquet'}' (format parquet)")
    site.render(publication, "2026-11-23.3", {}, {}, folder)

    page = outline(html_of(folder)["nb/indicators/sdg_11_6_2_no2.html"]).text
    assert "2 publiserte verdier er rettet." in page
    assert "Oslo 2024 31,3 30,2 nye data fra kilden 2026-11-22.2" in page
    assert "Bergen 2024 12,0 : ny regnemåte 2026-11-21.1" in page
    assert "Ingen publiserte verdier er rettet." in outline(html_of(folder)["nb/indicators/sdg_9_4_electricity.html"]).text


def test_only_the_newest_corrections_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    many = "select '2026-11-22.' || i, 'a', '0301', i::varchar, '', 'revised', 1, 2, 'A', 'A', 'data' from range(1, 41) t(i)"
    names = "release, indicator, ref_area, time_period, breakdown, change, old_value, new_value, old_status, new_status, cause"
    duckdb.execute(f"copy (select * from ({many}) as t({names})) to '{tmp_path / 'r.parquet'}' (format parquet)")
    count, newest = read_revisions(tmp_path / "r.parquet")["a"]
    assert count == 40 and [one.period for one in newest] == [str(number) for number in range(40, 28, -1)]
    assert read_revisions(tmp_path / "none.parquet") == {}


def test_an_answer_is_published_on_its_page_and_once_in_its_feed(publication, tmp_path, monkeypatch, render, html_of) -> None:
    def text(words: str) -> Text:
        return Text(nb=words, nn=words, en=words)

    one = answers.Answer(
        about="air_quality", asked_on=date(2026, 11, 20), question=text("Why is March missing?"), answered_on=date(2026, 11, 21),
        answer=text("It broke a promise."),
    )  # fmt: skip
    for module in (dataset_page, feeds):
        monkeypatch.setattr(module, "answers_about", lambda about: [one] if about == one.about else [])
    first = render(publication, tmp_path / "release")
    found = html_of(first)
    assert "<h3>Why is March missing?</h3>" in found["nb/datasets/air_quality.html"]
    assert "Svart 21. november 2026" in found["nb/datasets/air_quality.html"]
    assert "Why is March missing?" not in found["nb/datasets/electricity.html"]
    second = render(publication, tmp_path / "next", first, "2026-11-24.2")
    for release in (first, second):
        feed = (release / "site" / "en" / "feeds" / "datasets" / "air_quality.atom").read_text("utf-8")
        assert feed.count("<title>Answer: Why is March missing?</title>") == 1


def test_an_answer_in_one_language_only_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        "answers:\n- {about: air, asked_on: 2026-11-20, answered_on: 2026-11-20, question: {nb: a}, answer: {nb: b, nn: b, en: b}}\n"
    )
    with pytest.raises(MetadataError, match=r"answers\.yaml: answer 1"):
        answers.answers(path)
    assert answers.answers() == ()
