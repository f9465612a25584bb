"""What stands behind a value: the rows of every year that it is computed from, and the words it has to be read with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.publication import Freshness, Publication
from catalog.releases.release import publish
from pipelines.explain import explain

Build = Callable[..., Publication]


@pytest.fixture(autouse=True)
def numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, RDF and the gates have their own tests."""
    from catalog import site
    from catalog.building import build
    from catalog.metadata import rdf

    monkeypatch.setattr(site, "render", lambda *_: {})
    monkeypatch.setattr(rdf, "write_catalog", lambda *_: [])
    monkeypatch.setattr(rdf, "fingerprints", lambda *_: {})
    monkeypatch.setattr(build, "try_gates", lambda *_: [])


def of_electricity(build_publication: Build, folder: Path, **changes: object) -> Publication:
    publication = build_publication(folder)
    air, electricity = publication.indicators
    return replace(publication, indicators=(air, electricity.model_copy(update=changes)))


def test_the_rows_of_every_year_that_a_value_uses_are_counted(build_publication: Build, tmp_path: Path) -> None:
    publish(of_electricity(build_publication, tmp_path / "one"), tmp_path / "public")
    publish(of_electricity(build_publication, tmp_path / "two", other_years=(-1,)), tmp_path / "more")
    alone, both = (explain(tmp_path / p, "sdg_9_4_electricity", "0301", "2024").as_record()["datasets"][0] for p in ("public", "more"))

    assert (alone["rows"], alone["periods"], alone["scope"]) == (2, 1, "for 0301 and what it was before in 2024")
    assert (both["rows"], both["periods"], both["scope"]) == (4, 2, "for 0301 and what it was before in 2023 and 2024")


def test_a_hidden_value_is_called_redacted_and_an_ended_source_discontinued(build_publication: Build, tmp_path: Path) -> None:
    publication = of_electricity(build_publication, tmp_path / "one")
    ended = Freshness("ended", None, None, None)
    states = tuple(replace(s, freshness=ended if s.dataset.id == "electricity" else s.freshness) for s in publication.datasets)
    publish(replace(publication, datasets=states), tmp_path / "public")

    record = explain(tmp_path / "public", "sdg_9_4_electricity", "1151", "2024").as_record()

    assert record["values"][0]["obs_value"] is None and record["values"][0]["warnings"] == "redacted"
    assert [word["code"] for word in record["warnings"]] == ["discontinued", "redacted"]
