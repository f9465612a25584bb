"""A page is written when something in it changed, and then says so; all others are the ones of the release before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from catalog.publication import Publication

Render = Callable[..., Path]


def files_of(release: Path) -> dict[str, Path]:
    root = release / "site"
    return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}


def next_day(publication: Publication) -> Publication:
    return replace(publication, built_at=publication.built_at + timedelta(days=1))


def observe(folder: Path, publication: Publication, release: Path) -> None:
    """Put the observations where a release has them, so that the next one can be compared with it."""
    (release / "indicators").mkdir(exist_ok=True)
    (release / "indicators" / "observations.parquet").write_bytes(publication.observations.read_bytes())


def test_nothing_changed_so_every_page_is_the_one_of_the_release_before(publication: Publication, tmp_path: Path, render: Render) -> None:
    first = render(publication, tmp_path / "1")
    observe(tmp_path, publication, first)
    second = render(next_day(publication), tmp_path / "2", before=first, release="2026-11-24.2")

    before, after = files_of(first), files_of(second)
    assert before.keys() == after.keys()
    anew = {path for path in after if not path.startswith("assets/") and path != "icon.svg" and not after[path].samefile(before[path])}
    assert anew == {"pages.json"}
    assert json.loads(after["pages.json"].read_bytes()) == json.loads(before["pages.json"].read_bytes())


def test_a_changed_value_changes_the_pages_that_show_it_and_they_say_when(
    publication: Publication, build_publication: Callable[..., Publication], tmp_path: Path, render: Render
) -> None:
    first = render(publication, tmp_path / "1")
    observe(tmp_path, publication, first)
    revised = next_day(build_publication(tmp_path / "input", value="29.9"))
    second = render(revised, tmp_path / "2", before=first, release="2026-11-24.2")

    before, after = files_of(first), files_of(second)
    anew = {path for path in after if path in before and after[path].read_bytes() != before[path].read_bytes()}
    for page in ("nb/municipalities/0301.html", "nb/indicators/sdg_11_6_2_no2.html", "nn/embed/sdg_11_6_2_no2.html", "en/changes.html"):
        assert page in anew, page
    for page in ("nb/municipalities/4601.html", "nb/indicators/sdg_9_4_electricity.html", "en/glossary.html", "nn/about.html"):
        assert page not in anew and after[page].samefile(before[page]), page
    assert "2026-11-24.2, 24. november 2026" in after["nb/municipalities/0301.html"].read_text("utf-8")
    assert "2026-11-23.1, 23. november 2026" in after["nb/municipalities/4601.html"].read_text("utf-8")
    feed = after["nb/feeds/municipalities/0301.atom"].read_text("utf-8")
    assert feed.count("<entry>") == 2 and "1 rettet (29,9\u00a0µg/m³, 2024)" in feed
    assert after["nb/feeds/municipalities/4601.atom"].samefile(before["nb/feeds/municipalities/4601.atom"])
    assert "Indicator sdg_11_6_2_no2 (en): 1 revised" in after["en/changes.html"].read_text("utf-8")


def test_a_damaged_page_is_not_taken_over(publication: Publication, tmp_path: Path, render: Render) -> None:
    first = render(publication, tmp_path / "1")
    observe(tmp_path, publication, first)
    good = files_of(first)["nb/municipalities/0301.html"].read_text("utf-8")
    files_of(first)["nb/municipalities/0301.html"].write_text("<p>altered</p>", "utf-8")
    second = render(next_day(publication), tmp_path / "2", before=first, release="2026-11-24.2")

    written = files_of(second)["nb/municipalities/0301.html"].read_text("utf-8")
    assert "altered" not in written
    assert written == good.replace("2026-11-23.1", "2026-11-24.2").replace("23. november 2026", "24. november 2026")


def test_incremental_pages_say_the_same_as_pages_built_from_nothing(
    publication: Publication, build_publication: Callable[..., Publication], tmp_path: Path, render: Render
) -> None:
    first = render(publication, tmp_path / "1")
    observe(tmp_path, publication, first)
    revised = next_day(build_publication(tmp_path / "input", value="29.9"))
    stepwise = files_of(render(revised, tmp_path / "2", before=first, release="2026-11-24.2"))
    anew = files_of(render(revised, tmp_path / "3", release="2026-11-24.2"))

    def said(path: Path) -> str:
        text = path.read_text("utf-8").replace("2026-11-23.1", "2026-11-24.2").replace("2026-11-23", "2026-11-24")
        return text.replace("23. november", "24. november").replace("23 November", "24 November")

    history = ("changes.html", "index.html")
    for path in anew:
        if path.endswith(".html") and not path.endswith(history):
            assert said(stepwise[path]) == said(anew[path]), path
