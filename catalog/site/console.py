"""The page of the SQL console: the release's database asked in the browser. Exists where its engine was installed."""

from __future__ import annotations

from typing import Any

from catalog.queries import load
from catalog.site.assets import CONSOLE
from catalog.site.inputs import Page, Site
from catalog.site.words import Words

ROWS = 1000
"""The most rows the console shows; a query for more is told so."""
SECONDS = 60
"""How long the console lets a query run."""
TOLD = (
    "loading",
    "running",
    "rows",
    "one_row",
    "first_rows",
    "too_long",
    "failed",
    "stopped",
    "copied",
    "in_address_bar",
    "missing",
    "caption",
    "chart",
)
"""The texts that the script shows, by their key."""


def console(site: Site, t: Words) -> tuple[Page, dict[str, Any]]:
    """The documented queries to try and change, with what loading the engine costs (megabytes as they travel)."""
    packed = sum(site.assets.vendored[key].packed for key in CONSOLE)
    return Page("console.html", t("console.title"), t("console.intro"), (("datasets/index.html", t("nav.datasets")),)), {
        "examples": load(),
        "size": t.number(packed / 1_000_000, 1),
        "rows": ROWS,
        "seconds": SECONDS,
        "told": {key: t(f"console.{key}") for key in TOLD},
    }
