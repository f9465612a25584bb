"""Every link leads somewhere inside the release, and hostile text stays text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from catalog import site
from catalog.duck import literal, parquet
from catalog.model import Benchmark, Text
from catalog.publication import Publication

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7 * 7 }} ]]> javascript:alert(3)"
LANGUAGES = ("nb", "nn", "en")
SYNTHETIC = {"nb": "syntetiske data", "nn": "syntetiske data", "en": "synthetic data"}


def made(words: str) -> Text:
    return Text(nb=words, nn=words, en=words)


def test_every_link_leads_somewhere_and_a_lost_target_is_named(release: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(release, tmp_path / "release"))
    assert site.broken_links(release) == []
    (release / "data/air_quality/air_quality.csv").unlink()
    (release / "site/nn/datasets/electricity.html").unlink()
    method = release / "site/en/method.html"
    method.write_text(method.read_text("utf-8").replace('id="signs"', 'id="other"'), "utf-8")
    found = site.broken_links(release)
    for page, target in (
        ("site/nb/datasets/air_quality.html", "../../../data/air_quality/air_quality.csv is not in the release"),
        ("site/nb/datasets/electricity.html", "../../nn/datasets/electricity.html is not in the release"),
        ("site/nb/datasets/electricity.html", "https://data.example.org/current/site/nn/datasets/electricity.html is not in the release"),
        ("site/en/municipalities/0301.html", "../method.html#signs points at a place that is not on the page"),
    ):
        assert f"{page}: {target}" in found, found


def test_a_link_out_of_the_release_is_broken(release: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(release, tmp_path / "release"))
    (release.parent / "secret.txt").touch()
    about = release / "site/nb/about.html"
    about.write_text(about.read_text("utf-8").replace("</main>", '<a href="../../../secret.txt">x</a></main>'), "utf-8")
    assert site.broken_links(release) == ["site/nb/about.html: ../../../secret.txt is not in the release"]


def test_hostile_text_stays_text(
    publication: Publication, tmp_path: Path, html_of: Callable[[Path], dict[str, str]], outline: type, render: Callable[..., Path]
) -> None:
    state, indicator = publication.datasets[0], publication.indicators[0]
    source = state.dataset.source.model_copy(update={"attribution": made(HOSTILE)})
    dataset = state.dataset.model_copy(
        update={"title": made(HOSTILE), "description": made(HOSTILE), "row": made(HOSTILE), "source": source}
    )
    check = replace(state.checks[0], description=HOSTILE)
    snapshot = replace(state.snapshots[0], source_url="javascript:alert(document.domain)")
    held = replace(state.quarantined[0], reasons=(HOSTILE,))
    limit = Benchmark(name=made(HOSTILE), value=10, source=made("javascript:alert(1)"))
    query = f"select {literal(HOSTILE)} from tables.station_year"
    odd = indicator.model_copy(update={"title": made(HOSTILE), "benchmarks": (limit,), "sql": query})
    observations = tmp_path / "odd.parquet"
    with duckdb.connect() as con:
        rows = f"select * replace ({literal(HOSTILE)} as ref_area_name) from {parquet([publication.observations])}"
        con.execute(f"copy ({rows}) to {literal(str(observations))} (format parquet)")
    hostile = replace(
        publication,
        datasets=(replace(state, dataset=dataset, checks=(check,), snapshots=(snapshot,), quarantined=(held,)), *publication.datasets[1:]),
        indicators=(odd, *publication.indicators[1:]),
        observations=observations,
        area_files={},
        not_yet_known=((HOSTILE, 1),),
        gaps=((HOSTILE, HOSTILE),),
    )
    release = render(hostile, tmp_path / "release")
    assert site.broken_links(release) == []
    found = html_of(release)
    for page in ("datasets/air_quality.html", f"indicators/{odd.id}.html", "municipalities/0301.html", "status.html", "index.html"):
        assert "<script>alert(1)</script>" in outline(found[f"nb/{page}"]).text, f"{page}: shown as it is"
        assert not outline(found[f"nb/{page}"]).all("img")[1:], page
