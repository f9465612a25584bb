"""What readers meet in a real browser: access for everyone, no word lost without scripts, nothing from elsewhere, policies kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.slow

LANGUAGES = ("nb", "nn", "en")
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
TRIED = {(1280, "light"): {}, (320, "light"): {}, (320, "dark"): COLOURS, (1280, "dark"): COLOURS}
"""Width and theme → the rules of axe that can tell something new there."""
UNFOLDED = """() => {
    for (const one of document.querySelectorAll('details')) one.open = true;
    for (const one of document.querySelectorAll('tbody')) for (const row of [...one.rows].slice(40)) row.remove();
}"""
"""Everything open. Rows of a table are all made alike, so that forty of them tell what a thousand would, in half the time of this file."""


def kinds(release: Path) -> list[str]:
    """One page of every kind, by its path below a language: pages that lie in a folder are of one kind, all others are their own.

    Of a kind, the page with the most in it is looked at.
    """
    root = release / "site" / "nb"
    chosen: dict[str, Path] = {}
    for path in sorted(root.rglob("*.html")):
        kind = (
            path.relative_to(root).as_posix() if path.parent == root or path.stem == "index" else path.parent.relative_to(root).as_posix()
        )
        if kind not in chosen or path.stat().st_size > chosen[kind].stat().st_size:
            chosen[kind] = path
    return [path.relative_to(root).as_posix() for path in chosen.values()]


@pytest.fixture
def witness() -> dict[str, list[str]]:
    """What a page did that it should not have done."""
    return {"outside": [], "errors": [], "dialogs": []}


@pytest.fixture
def context(browser, address: str, witness: dict[str, list[str]]) -> Iterator:
    """Opens contexts with given options and closes them; everything odd is written down in `witness`."""
    opened = []

    def open_one(**options):
        made = browser.new_context(**options)
        opened.append(made)
        page = made.new_page()
        page.set_default_timeout(60_000)
        own = urlsplit(address).netloc
        page.on("request", lambda request: None if urlsplit(request.url).netloc in ("", own) else witness["outside"].append(request.url))
        page.on("pageerror", lambda error: witness["errors"].append(str(error)))
        page.on("dialog", lambda dialog: (witness["dialogs"].append(dialog.message), dialog.dismiss()))
        page.on(
            "console",
            lambda message: (
                witness["errors"].append(message.text) if re.search(r"Content.Security.Policy|Refused to", message.text) else None
            ),
        )
        return page

    yield open_one
    for made in opened:
        made.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shuts_anyone_out(context, address: str, release: Path, axe: str, witness: dict, language: str) -> None:
    """Every kind of page, wide and narrow, light and dark, with everything unfolded. A theme changes colours alone, so the dark one is
    tried by the rules about colours."""
    page = context(bypass_csp=True)
    found: list[str] = []
    for path in kinds(release):
        page.goto(f"{address}{language}/{path}")
        page.evaluate(axe)
        page.evaluate(UNFOLDED)
        for (width, theme), rules in TRIED.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            for violation in page.evaluate(
                "(rules) => axe.run({resultTypes: ['violations'], ...rules}).then((it) => it.violations)", rules
            ):
                found.append(f"{path} {width} {theme}: {violation['id']} at {[node['target'] for node in violation['nodes']][:3]}")
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{path} {width}: the page is wider than the screen")
    assert not found, "\n".join(found)
    assert witness == {"outside": [], "errors": [], "dialogs": []}


def test_pages_keep_their_own_policy_and_load_nothing_from_elsewhere(context, address: str, release: Path, witness: dict) -> None:
    page = context()
    for path in kinds(release):
        page.goto(f"{address}nn/{path}")
        page.wait_for_load_state("load")
    assert witness == {"outside": [], "errors": [], "dialogs": []}


def test_without_scripts_no_number_is_lost(context, address: str, release: Path) -> None:
    with_scripts, without = context(), context(java_script_enabled=False)
    for path in kinds(release):
        if path == "console.html":
            continue
        seen = []
        for page in (with_scripts, without):
            page.goto(f"{address}nb/{path}")
            seen.append(set(re.findall(r"\d[\d\u00a0,.]*", page.locator("main").inner_text())))
        assert seen[0] <= seen[1], (path, sorted(seen[0] - seen[1])[:5])


def test_every_link_and_control_is_reached_by_keyboard_and_seen_to_be_reached(context, address: str, release: Path) -> None:
    page = context(viewport={"width": 1280, "height": 900})
    for path in kinds(release):
        page.goto(f"{address}nb/{path}")
        if path.startswith("embed/"):  # a figure alone, without a menu to skip
            continue
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#content", (
            f"{path}: the first stop is the way past the menu"
        )
        for _ in range(25):
            page.keyboard.press("Tab")
            reached = page.evaluate(
                """() => { const now = document.activeElement, style = getComputedStyle(now);
                return [now.tagName, now === document.body || style.outlineStyle !== 'none' || style.boxShadow !== 'none']; }"""
            )
            if reached[0] == "BODY":
                break
            assert reached[1], f"{path}: {reached[0]} shows no focus"
