"""What a release is made from, as fingerprints: of the whole, and of each part that can be taken over from the release before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from catalog.ethics import coverage
from catalog.hashes import digest, sha256
from catalog.lineage import behind_areas, rests_on, source_datasets
from catalog.load import HERE
from catalog.model import Dataset, Ethics, IndicatorEthics
from catalog.publication import Publication

COMPARISONS = {
    "peers": """(indicator, time_period) in (
      select (told.indicator, told.time_period)
      from compared as told
      inner join withheld using (indicator, ref_area, time_period)
      where told.obs_value is not null
    )""",
    "progress": """exists (
      select 1
      from withheld
      where withheld.indicator = compared.indicator
        and withheld.ref_area = compared.ref_area
        and withheld.time_period in (compared.base_year::varchar, compared.latest_year::varchar)
    )""",
}
"""The tables made from the observations, with the condition for rows that may not get out: those in which a withheld number could be read,
or computed from the figures of a group."""


@dataclass(frozen=True)
class Before:
    """The release that is current while this one is built: its folder and its manifest."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> dict[str, Mapping[str, Any]]:
        return {file["path"]: file for file in self.manifest["files"]}


@dataclass(frozen=True)
class Plan:
    """Fingerprints of everything that goes in: of the whole, and of each part that can be taken over from the release before."""

    whole: str
    parts: dict[str, str]


def plan(publication: Publication) -> Plan:
    """Equal plans give equal releases but for their number and date. Texts, terms, checks and the software count as inputs too."""
    software = software_fingerprint()
    today = publication.built_at.date()
    parts: dict[str, str] = {}
    for state in publication.datasets:
        periods = [[period.period, period.sha256] for period in state.periods]
        if state.dataset.id in coverage.MEASURED_AT_STATIONS:
            periods += [[p.period, p.sha256] for it in publication.datasets if it.dataset.id in coverage.RESTS_ON for p in it.periods]
        parts[f"data/{state.dataset.id}"] = digest(software, _shape(state.dataset), periods, publication.synthetic)
    sources = source_datasets(publication)
    attribution = {state.dataset.id: state.dataset.source.attribution.model_dump() for state in publication.datasets}
    terms = [publication.catalog.licence, publication.catalog.publisher.model_dump(), publication.synthetic]
    for indicator in publication.indicators:
        credit = [attribution[dataset] for dataset in sources[indicator.id]]
        parts[f"indicators/{indicator.id}"] = digest(software, indicator.model_dump(mode="json"), credit, terms)
    for table in publication.tables:
        if table.id in publication.table_files:
            credit = [attribution[dataset] for dataset in sorted(rests_on(table.sql, publication))]
            content = sha256(publication.table_files[table.id])
            parts[f"tables/{table.id}"] = digest(software, table.model_dump(mode="json"), content, credit, terms)
    for table in COMPARISONS:
        if table in publication.table_files:
            parts[f"tables/{table}"] = digest(software, table, sha256(publication.table_files[table]), attribution, terms)
    for area, path in sorted(publication.area_files.items()):
        credit = [dataset.source.attribution.model_dump() for dataset in behind_areas(publication)]
        parts[f"areas/{area}"] = digest(software, area, sha256(path), credit, terms)
    whole = digest(
        parts,
        publication.software_version,
        publication.catalog.model_dump(mode="json"),
        sha256(publication.observations),
        [
            [
                state.dataset.model_dump(mode="json"),
                [*(it.until >= today for it in state.dataset.switched_off), *_dates(state.dataset.ethics, today)],
                [asdict(check) for check in state.checks],
                [asdict(held) for held in state.quarantined],
                sorted([s.sha256, s.format, s.source_url, str(s.retrieved_on)] for s in state.snapshots),
            ]
            for state in publication.datasets
        ],
        [_dates(indicator.ethics, today) for indicator in publication.indicators],
        [publication.not_yet_known, publication.gaps, [(dataset, kind) for dataset, kind, _ in publication.failures]],
        [gap.model_dump(mode="json") for gap in publication.registry_gaps],
    )
    return Plan(whole, parts)


def _shape(dataset: Dataset) -> dict[str, Any]:
    """Everything about a dataset that its files depend on: of the ethics, what withholds, is measured, or is told in them."""
    shape = dataset.model_dump(mode="json", exclude={"ethics", "set_aside", "rules", "delivered_only", "precedence"})
    if dataset.ethics:
        kept = {
            "quasi_identifiers",
            "sensitive_columns",
            "count_columns",
            "identifier_columns",
            "threshold",
            "about_people",
            "counts_of",
            "withhold_when",
            "sums",
            "collection",
            "limitations",
            "missing",
            "biases",
            "intended_use",
            "maintenance",
            "benefit",
        }
        shape["ethics"] = dataset.ethics.model_dump(mode="json", include=kept)
    return shape


def _dates(ethics: Ethics | IndicatorEthics | None, today: date) -> list[bool]:
    """Answers of the rules that change with the calendar."""
    if ethics is None:
        return []
    answers = [
        ethics.review_due_on <= today,
        ethics.review_due_on <= today + timedelta(days=60),
        ethics.assessed_on > today,
        ethics.decision.on > today,
    ]
    if isinstance(ethics, Ethics):
        answers += [report.answered_on is None and report.on <= today - timedelta(days=30) for report in ethics.reports]
        answers += [waiver.until >= today for waiver in ethics.waivers]
        answers += [waiver.until <= today + timedelta(days=30) for waiver in ethics.waivers if waiver.rule == "B02"]
    return answers


@cache
def software_fingerprint() -> str:
    """A fingerprint of this package and of the libraries that write files. What the site takes from others is told by its list."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        vendored = path.parent.name == "vendor" and path.suffix != ".json"
        if path.is_file() and not vendored and "__pycache__" not in path.parts:
            digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update("".join(f"{library} {version(library)}" for library in ("duckdb", "xlsxwriter", "orjson", "rdflib", "jinja2")).encode())
    return digest.hexdigest()


def space_needed(publication: Publication, plan: Plan, before: Before | None) -> int:
    """Bytes that a release will need at most, estimated from rows and columns of what must be written anew."""
    known = before.manifest["parts"] if before else {}
    cells = 0
    for state in publication.datasets:
        key = f"data/{state.dataset.id}"
        anew = known.get(key, {}).get("fingerprint") != plan.parts[key]
        cells += state.rows * len(state.dataset.columns) * (4 if anew else 1)
    inputs = (publication.observations, *publication.table_files.values(), *publication.area_files.values())
    pages = sum(file["bytes"] for file in before.manifest["files"] if file["path"].startswith("site/")) if before else 0
    return 12 * cells + 40 * sum(path.stat().st_size for path in inputs) + pages + 20_000_000
