"""How to cite a release: BibTeX, CSL-JSON and CITATION.cff, for the catalogue and for each published dataset in it."""

from __future__ import annotations

import json
from pathlib import Path

from catalog.codes import LICENCES
from catalog.model import Text
from catalog.publication import Publication

SPDX = {"CC_BY_4_0": "CC-BY-4.0", "NLOD_2_0": "NLOD-2.0", "CC0": "CC0-1.0"}


def write(publication: Publication, release: str, published: list[str], folder: Path) -> list[Path]:
    """`CITATION.cff`, `citation.bib` and `citation.json` in `folder`. `published` are the datasets whose files are in the release."""
    contents = {
        "CITATION.cff": _cff(publication, release),
        "citation.bib": "\n".join(_bibtex(*entry) for entry in _entries(publication, release, published)),
        "citation.json": json.dumps([_csl(*entry) for entry in _entries(publication, release, published)], ensure_ascii=False, indent=1)
        + "\n",
    }
    paths = [folder / name for name in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_text(content, "utf-8")
    return paths


Entry = tuple[str, str, str, str, str, str, str]
"""Key, title, author, publisher, address, day and licence address."""


def _entries(publication: Publication, release: str, published: list[str]) -> list[Entry]:
    own, day = publication.catalog, publication.built_at.date().isoformat()
    author = own.publisher.name.en
    found: list[Entry] = [
        (own.id, _titled(own.title, publication), author, author, f"{own.base_uri}releases/{release}/site/nb/", day, _licence(own.licence))
    ]
    for state in publication.datasets:
        it = state.dataset
        if it.id in published:
            address = f"{own.base_uri}releases/{release}/site/nb/datasets/{it.id}.html"
            source = it.source.publisher.name.en
            found.append((it.id, _titled(it.title, publication), source, author, address, day, _licence(it.source.licence)))
    mark = release.replace(".", "_").replace("-", "")
    return [(f"{entry[0]}_{mark}", f"{entry[1]}, release {release}", *entry[2:]) for entry in found]


def _titled(title: Text, publication: Publication) -> str:
    return f"{title.en} (synthetic data)" if publication.synthetic else title.en


def _licence(code: str) -> str:
    return LICENCES[code][1]


def _bibtex(key: str, title: str, author: str, publisher: str, address: str, day: str, licence: str) -> str:
    """One entry. Braces keep names of organisations whole; what BibTeX reads as commands is escaped."""
    safe = str.maketrans({"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_"})
    year, month, _ = day.split("-")
    return (
        f"@misc{{{key},\n  title = {{{{{title.translate(safe)}}}}},\n  author = {{{{{author.translate(safe)}}}}},\n"
        f"  publisher = {{{{{publisher.translate(safe)}}}}},\n  year = {{{year}}},\n  month = {{{int(month)}}},\n  date = {{{day}}},\n"
        f"  url = {{{address}}},\n  note = {{Licence: {licence.translate(safe)}}},\n}}\n"
    )


def _csl(key: str, title: str, author: str, publisher: str, address: str, day: str, licence: str) -> dict[str, object]:
    return {
        "id": key,
        "type": "dataset",
        "title": title,
        "author": [{"literal": author}],
        "publisher": publisher,
        "issued": {"date-parts": [[int(part) for part in day.split("-")]]},
        "URL": address,
        "version": title.rpartition(" ")[2],
        "license": licence,
    }


def _cff(publication: Publication, release: str) -> str:
    """The catalogue as a data set in the Citation File Format. Every text is a JSON string, which YAML reads as it stands."""
    own = publication.catalog
    said: dict[str, object] = {
        "cff-version": "1.2.0",
        "type": "dataset",
        "message": "If you use these data, please cite the release you used.",
        "title": _titled(own.title, publication),
        "abstract": own.description.en,
        "version": release,
        "date-released": publication.built_at.date().isoformat(),
        "license": SPDX[own.licence],
        "url": f"{own.base_uri}releases/{release}/site/nb/",
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in said.items()]
    lines += ["authors:", f"  - name: {json.dumps(own.publisher.name.en, ensure_ascii=False)}"]
    lines += [f"    website: {json.dumps(own.publisher.homepage or own.homepage)}"]
    return "\n".join(lines) + "\n"
