"""Another municipality's catalogue is a configuration: nothing of the example is left in what it publishes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.errors import MetadataError
from catalog.load import HERE, load_catalog
from catalog.publication import Publication
from catalog.releases.release import publish

OTHER = {
    "id: bymaal": "id: ovrefjord_tal",
    "title: {nb: Bymål, nn: Bymål, en: Bymål}": "title: {nb: Fjordtall, nn: Fjordtal, en: Fjord figures}",
    "Åpne data og lokale bærekraftsindikatorer for norske kommuner": "Tall for den øvre fjorden",
    "Opne data og lokale berekraftsindikatorar for norske kommunar": "Tal for den øvre fjorden",
    "Open data and local sustainability indicators for Norwegian municipalities": "Figures for the upper fjord",
    "Eksempel kommune": "Øvre Fjord kommune",
    "Example municipality": "Øvre Fjord municipality",
    "958935420": "974760673",
    "Datasekretariatet": "Fjordens datafolk",
    "Data secretariat": "The data people of the fjord",
    "data@example.org": "apne.data@ovrefjord.example",
    "base_uri: https://data.example.org/": "base_uri: https://data.ovrefjord.example/",
    "homepage: https://data.example.org/": "homepage: https://www.ovrefjord.example/tal",
    "licence: CC_BY_4_0": "licence: NLOD_2_0",
    "issued: 2026-11-23": "issued: 2026-10-05",
    'area_of_interest: ["0301", "4601", "5001", "1103"]': 'area_of_interest: ["1103", "5001"]',
    "themes: [ENVI, TRAN, ENER, REGI, SOCI]": "themes: [HEAL]\nlanguages: [nn, en, nb]",
}
SEEN = {
    "catalog.ttl": ("https://data.ovrefjord.example/", "https://www.ovrefjord.example/tal", "974760673", "data-theme/HEAL", '"2026-10-05"',
                    "apne.data@ovrefjord.example", "Fjordens datafolk", "Tall for den øvre fjorden", "Fjord figures"),
    "site/index.html": ('<html lang="nn"', "Fjordtal", "Tal for den øvre fjorden", "Figures for the upper fjord"),
    "site/nb/index.html": ("Fjordtall", "Øvre Fjord kommune", 'hreflang="x-default" href="https://data.ovrefjord.example/current/site/nn/index.html"'),
    "site/en/index.html": ("Fjord figures", "Øvre Fjord municipality"),
    "site/en/about.html": ("The data people of the fjord", "apne.data@ovrefjord.example"),
    "site/en/indicators/sdg_11_6_2_no2.html": ("Norwegian Licence for Open Government Data",),
    "citation.bib": ("ovrefjord_tal",),
    "manifest.json": ("Fjordtall", "https://data.ovrefjord.example/"),
}  # fmt: skip
"""What of the configuration is to be seen where."""


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
    unseen = {path: [word for word in words if word not in texts[path]] for path, words in SEEN.items()}
    assert not {path: words for path, words in unseen.items() if words}
    assert (
        texts["site/index.html"].index('href="nn/')
        < texts["site/index.html"].index('href="en/')
        < texts["site/index.html"].index('href="nb/')
    )


def test_all_three_languages_are_offered_in_any_order(configuration: Path) -> None:
    assert load_catalog(configuration).languages == ("nn", "en", "nb")
    configuration.write_text(configuration.read_text("utf-8").replace("[nn, en, nb]", "[nn, en]"), "utf-8")
    with pytest.raises(MetadataError, match=r"languages: .*in any order"):
        load_catalog(configuration)


def test_the_environment_names_the_configuration(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.errors import UsageError
    from pipelines.settings import configured_catalog

    assert configured_catalog() == load_catalog()
    monkeypatch.setenv("BYMAAL_CATALOG", str(configuration))
    assert configured_catalog().publisher.name.nb == "Øvre Fjord kommune"
    monkeypatch.setenv("BYMAAL_CATALOG", str(configuration.with_name("nowhere.yaml")))
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        configured_catalog()
