"""Another municipality's catalogue is a configuration: nothing of the example is left in what it publishes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.load import HERE, load_catalog
from catalog.publication import Publication
from catalog.release import publish

OTHER = {
    "Eksempel kommune": "Øvre Fjord kommune",
    "Example municipality": "Øvre Fjord municipality",
    "958935420": "974760673",
    "data@example.org": "apne.data@ovrefjord.example",
    "https://data.example.org/": "https://data.ovrefjord.example/",
    'area_of_interest: ["0301", "4601", "5001", "1103"]': 'area_of_interest: ["1103", "5001"]',
}


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """`catalog.yaml` with another publisher, address and area."""
    text = (HERE / "catalog.yaml").read_text("utf-8")
    for ours, theirs in OTHER.items():
        assert ours in text
        text = text.replace(ours, theirs)
    path = tmp_path / "ovrefjord.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_second_municipality_publishes_its_own_catalogue_from_the_same_code(
    publication: Publication, configuration: Path, tmp_path: Path
) -> None:
    theirs = replace(publication, catalog=load_catalog(configuration))
    release = publish(theirs, tmp_path / "public")
    texts = {
        path.relative_to(release.folder).as_posix(): path.read_text("utf-8", errors="replace")
        for path in release.folder.rglob("*")
        if path.suffix in (".html", ".ttl", ".json", ".jsonld", ".rdf", ".xml", ".atom", ".txt", ".csv", ".bib", ".cff")
    }
    for word in ("Eksempel kommune", "Example municipality", "data.example.org", "data@example.org", "958935420"):
        assert not [path for path, text in texts.items() if word in text], word
    assert "Øvre Fjord kommune" in texts["site/nb/index.html"] and "Øvre Fjord municipality" in texts["site/en/index.html"]
    assert "https://data.ovrefjord.example/" in texts["catalog.ttl"]


def test_the_environment_names_the_configuration(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.errors import UsageError
    from pipelines.settings import configured_catalog

    assert configured_catalog() == load_catalog()
    monkeypatch.setenv("BYMAAL_CATALOG", str(configuration))
    assert configured_catalog().publisher.name.nb == "Øvre Fjord kommune"
    monkeypatch.setenv("BYMAAL_CATALOG", str(configuration.with_name("nowhere.yaml")))
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        configured_catalog()
