"""What readers are told at the addresses of a release whose files were deleted: that they are gone for good, and why.

A page for each such release in each language lies in `gone/` of the public folder, so that any web server can answer 410 with it
(docs/serving.md). Made from the ledger alone.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from catalog.model import LANGUAGES, Text
from catalog.releases.ledger import entries, pointed_at

FOLDER = "gone"
TITLE = Text(nb="Utgave {release} er slettet", nn="Utgåve {release} er sletta", en="Release {release} has been deleted")
ERASED = Text(
    nb="Filene ble slettet {day} fordi de ikke skal leses av noen. Har du kopier av dem, så slett dem også.",
    nn="Filene vart sletta {day} fordi ingen skal lese dei. Har du kopiar av dei, så slett dei òg.",
    en="The files were deleted on {day} because nobody should read them. If you have copies, please delete them too.",
)
EXPIRED = Text(
    nb="Filene ble fjernet {day} fordi tiden de skulle ligge ute, var over. De kommer ikke tilbake.",
    nn="Filene vart fjerna {day} fordi tida dei skulle liggje ute, var over. Dei kjem ikkje tilbake.",
    en="The files were removed on {day} because the time they were to be kept was over. They will not come back.",
)
WHY = Text(nb="Begrunnelse", nn="Grunngjeving", en="Reason")
NEWEST = Text(nb="Gå til den nyeste utgaven", nn="Gå til den nyaste utgåva", en="Go to the newest release")
FEED = Text(
    nb="Alle utgaver og hva som skjedde med dem", nn="Alle utgåver og kva som hende med dei", en="All releases and what happened to them"
)


def pages(public: Path) -> dict[str, bytes]:
    """`gone/<release>.<language>.html` → its content, for every release that was erased or whose time was over."""
    happened = entries(public)
    whys = {entry["release"]: entry["why"] for entry in happened if entry["event"] == "erased"}
    days = {entry["release"]: entry["at"][:10] for entry in happened if entry["event"] in ("erased", "expired")}
    has_current = pointed_at(public) is not None
    return {
        f"{FOLDER}/{release}.{language}.html": _page(release, day, whys.get(release), language, has_current).encode()
        for release, day in days.items()
        if not (public / "releases" / release).is_dir()
        for language in LANGUAGES
    }


def _page(release: str, day: str, why: str | None, language: str, has_current: bool) -> str:
    title = TITLE.get(language).format(release=release)
    told = (EXPIRED if why is None else ERASED).get(language).format(day=day)
    lines = [
        "<!doctype html>",
        f'<html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">',
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title></head>',
        f"<body><main><h1>{escape(title)}</h1>",
        f"<p>{escape(told)}</p>",
        *([f"<p>{WHY.get(language)}: {escape(why)}</p>"] if why else []),
        *([f'<p><a href="/current/site/{language}/index.html">{NEWEST.get(language)}</a></p>'] if has_current else []),
        f'<p><a href="/releases.{language}.atom">{FEED.get(language)}</a></p></main></body></html>',
    ]
    return "\n".join(lines) + "\n"
