"""The documentation keeps up: every page has its place, every link leads somewhere, and the commands of the tutorial run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def listed(nav: object) -> list[str]:
    """The pages that a navigation names, in its order."""
    if isinstance(nav, str):
        return [nav]
    parts = nav if isinstance(nav, list) else list(nav.values()) if isinstance(nav, dict) else []
    return [page for part in parts for page in listed(part)]


def test_every_page_has_one_place_in_the_navigation() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    assert sorted(listed(nav)) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda path: path.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    lost = [target for target in targets if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()]
    assert not lost


def test_no_link_or_picture_of_the_built_site_leads_nowhere_or_to_somebody_else(tmp_path: Path) -> None:
    environment = {**os.environ, "BYMAAL_DATA": str(tmp_path / "none"), "NO_MKDOCS_2_WARNING": "1"}
    command = [str(Path(sys.executable).with_name("mkdocs")), "build", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = {path.name: path.read_text("utf-8") for path in (tmp_path / "site").glob("*.html") if path.name != "404.html"}
    places = {name: set(re.findall(r"\bid=\"?([^\"\s>]+)", text)) for name, text in pages.items()}
    lost, elsewhere = [], []
    for name, text in pages.items():
        for kind, target in re.findall(r"\b(href|src)=\"?([^\"\s>]+)", text):
            path, _, place = unquote(target).partition("#")
            if re.match(r"[a-z]+:", target):
                elsewhere += [f"{name}: {target}"] if kind == "src" else []
            elif not (tmp_path / "site" / (path or name)).is_file() or (place and place not in places.get(path or name, {place})):
                lost.append(f"{name}: {target}")
    assert len(pages) == len(list(DOCS.glob("*.md"))) and not lost and not elsewhere


def test_environment_variables_are_told(tmp_path: Path) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "pipelines").rglob("*.py"))
    told = "\n".join(path.read_text("utf-8") for path in [*DOCS.rglob("*.md"), ROOT / "README.md"])
    assert set(re.findall(r"\"(BYMAAL_[A-Z_]+)", code)) <= set(re.findall(r"BYMAAL_[A-Z_]+", told))


@pytest.mark.slow
def test_the_commands_of_the_tutorial_run_as_they_stand(sample_data: Path) -> None:
    commands = [
        shlex.split(line, comments=True)
        for block in FENCED.findall((DOCS / "tutorial.md").read_text("utf-8"))
        for line in block.splitlines()
        if line.startswith("bymaal ")
    ]
    assert len(commands) >= 6
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *command[1:]],
            cwd=ROOT,
            env={**os.environ, "BYMAAL_DATA": str(sample_data)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0 and done.stdout.strip(), f"{shlex.join(command)}: {done.stderr}"
