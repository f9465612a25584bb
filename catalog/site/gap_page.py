"""What was asked for and has no number: a page for every such row of the registry, with the reason and what would close it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from catalog import codes
from catalog.building.registry import Row
from catalog.site.inputs import Page, Site
from catalog.site.words import Words


def gap_path(row: Row) -> str:
    return f"gaps/{row.id}.html"


def missing(site: Site) -> list[Row]:
    """Rows of the registry of which something has no number."""
    return [row for row in site.registry if row.reason]


def gap(site: Site, t: Words, row: Row) -> tuple[Page, dict[str, Any]]:
    goal_name = t("sdg.goal_name", goal=row.sdg.goal, name=t(f"goal.{row.sdg.goal}"))
    subject = quote(t("gap.subject", row=row.id, title=t.of(row.title)))
    page = Page(gap_path(row), t.of(row.title), t.of(row.description), ((f"goals/{row.sdg.goal}.html", goal_name),))
    return page, {
        "row": row,
        "goal_name": goal_name,
        "un_address": codes.un_iri(row.sdg.indicator or row.sdg.target),
        "goals": [*([row.gap.target] if row.gap and row.gap.target else []), *(row.gap.benchmarks if row.gap else ())],
        "feedback": f"mailto:{site.publication.catalog.contact.email}?subject={subject}",
    }
