"""A release with its pages, made from the small publication of `tests/catalog`, and ways to look at it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from catalog import site
from catalog.described import MEDIA_TYPES, Distribution
from catalog.ethics.record import EthicsRecord, Measurement, RuleResult
from catalog.model import Text
from catalog.publication import Publication

RELEASE = "2026-11-23.1"
LANGUAGES = ("nb", "nn", "en")

Render = Callable[..., Path]


def files_of(publication: Publication) -> dict[str, list[Distribution]]:
    """What a release holds: data where the decision is positive, the ethics record always."""
    found: dict[str, list[Distribution]] = {}

    def add(key: str, name: str, form: str, rows: int | None) -> None:
        found.setdefault(key, []).append(Distribution(f"{key}/{name}", MEDIA_TYPES[form], form, 12345, "b" * 64, rows))

    for state in publication.datasets:
        id, key = state.dataset.id, f"data/{state.dataset.id}"
        add(key, "ethics.json", "ethics", None)
        if state.dataset.ethics and state.dataset.ethics.is_publishable:
            for name, form in ((f"{id}.parquet", "parquet"), (f"{id}.csv", "csv"), (f"{id}-excel.csv", "csv_excel")):
                add(key, name, form, 96)
            for language in LANGUAGES:
                add(key, f"README.{language}.txt", f"readme_{language}", None)
    for id in (indicator.id for indicator in publication.indicators):
        add(f"indicators/{id}", f"{id}.csv", "csv", 3)
        add(f"indicators/{id}", f"{id}.json", "json_stat", 3)
    for table in publication.tables:
        add(f"tables/{table.id}", f"{table.id}.csv", "csv", 1)
    return found


def records_of(publication: Publication) -> dict[str, EthicsRecord]:
    said = Text(nb="Regelen holder.", nn="Regelen held.", en="The rule holds.")
    refused = Text(nb="Turer er alene i sin time.", nn="Turar er åleine i timen sin.", en="Trips are alone in their hour.")
    found = {}
    for state in publication.datasets:
        is_open = bool(state.dataset.ethics and state.dataset.ethics.is_publishable)
        found[state.dataset.id] = EthicsRecord(
            dataset=state.dataset.id,
            release=RELEASE,
            declared=state.dataset.ethics,
            synthetic=publication.synthetic,
            measurements=(Measurement("temporalCompleteness", Decimal("0.931"), said, "b" * 64),),
            checks=(
                RuleResult("B05", "automatic", "passed", said),
                RuleResult("B13", "automatic", "passed" if is_open else "failed", refused),
            ),
            is_published=is_open,
            reasons=() if is_open else (refused,),
            measured_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
            title=state.dataset.title,
            base_uri=publication.catalog.base_uri,
            responsible=publication.catalog.publisher,
            contact="mailto:data@example.org",
        )
    return found


def render_release(publication: Publication, folder: Path, before: Path | None = None, release: str = RELEASE) -> Path:
    """A release folder with its pages and (empty) files."""
    files = files_of(publication)
    for found in files.values():
        for one in found:
            (folder / one.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / one.path).touch()
    for name in ("bymaal.duckdb", "catalog.ttl", "catalog.jsonld", "catalog.rdf"):
        (folder / name).touch()
    site.render(publication, release, files, records_of(publication), folder, before)
    return folder


@pytest.fixture
def render() -> Render:
    """`render(publication, folder, before=None, release=…)`: the pages of a publication in a release folder."""
    return render_release


@pytest.fixture(scope="session")
def _release(_publication: Publication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_release(_publication, tmp_path_factory.mktemp("pages") / "release")


@pytest.fixture
def release(_release: Path) -> Path:
    """A release with its pages. Only read."""
    return _release


@pytest.fixture
def pages(_release: Path) -> dict[str, str]:
    """Every page of the release by its path below `site/`."""
    return html_of(_release)


@pytest.fixture(name="html_of")
def _html_of() -> Callable[[Path], dict[str, str]]:
    return html_of


@pytest.fixture
def outline() -> type[Outline]:
    """What a page is made of, as a browser reads it."""
    return Outline


def html_of(release: Path) -> dict[str, str]:
    """Every page by its path below `site/`."""
    root = release / "site"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.html"))}


class Outline(HTMLParser):
    """What a page is made of, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))
