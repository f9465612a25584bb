"""A release from a publication: every step in order, in a folder that nobody reads yet.

How a finished folder becomes the current release is the business of `release.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from catalog import database
from catalog.building.admission import add_dataset
from catalog.building.draft import Draft
from catalog.building.gates import try_gates
from catalog.building.judged import held_back_indicators, smallest_groups
from catalog.building.manifest import MANIFEST, compose, list_files
from catalog.building.observed import add_indicators, add_observations
from catalog.building.plan import COMPARISONS, Before, Plan
from catalog.building.revisions import add_revisions
from catalog.building.tables import add_comparisons, add_tables
from catalog.building.vintages import add_vintages
from catalog.database import Gap
from catalog.duck import connect
from catalog.ethics.rules import sentence
from catalog.lineage import PROVENANCE, provenance, source_datasets
from catalog.metadata import citation
from catalog.model import Text
from catalog.publication import Publication
from catalog.releases import changes


def build(
    publication: Publication,
    release: str,
    folder: Path,
    plan: Plan,
    before: Before | None,
    *,
    memory_limit: str = "1GB",
    threads: int = 2,
    secrets: Collection[str] = (),
) -> dict[str, Any]:
    """Fill `folder` with a release and return its manifest, which is written there too.

    Raises PrivacyError when personal data were about to get out and GateError when a gate does not open; then nothing of the
    folder may be published.
    """
    if before is not None and before.manifest["synthetic"] != publication.synthetic:
        before = None
    spill = folder / ".spill"
    con = connect(threads=threads, memory_limit=memory_limit, spill=spill)
    draft = Draft(publication, release, folder, plan, before, con, tuple(secret for secret in secrets if secret))
    try:
        for state in publication.datasets:
            add_dataset(draft, state)
        sources = source_datasets(publication)
        draft.limits = smallest_groups(draft)
        held_back = held_back_indicators(draft, sources)
        observations = add_observations(draft, held_back)
        add_indicators(draft, sources, observations, held_back)
        add_tables(draft)
        add_comparisons(draft, observations, held_back)
        revisions = add_revisions(draft, observations, held_back)
        vintages = add_vintages(draft, observations, held_back)
    finally:
        con.close()
        shutil.rmtree(spill, ignore_errors=True)
    _add_quality(draft)
    (folder / PROVENANCE).write_bytes(orjson.dumps(provenance(publication, release), option=orjson.OPT_INDENT_2) + b"\n")
    _tell_gaps(draft, held_back)
    told_before = (revisions, vintages)
    database.build(publication, release, draft.tables, draft.ethics, sources, draft.gaps, *told_before, folder, memory_limit=memory_limit)
    shown = _as_published(draft, observations, held_back)
    told = _tell_changes(draft)
    if told:
        shown = replace(shown, notes=told.notes())
    published = [it for it, record in draft.ethics.items() if record.is_published and record.kind == "datasets"]
    citation.write(shown, release, published, folder)
    from catalog import site
    from catalog.metadata import rdf

    rdf.write_catalog(shown, release, draft.files, draft.ethics, folder)
    draft.linked |= site.render(shown, release, draft.files, draft.ethics, folder, before.folder if before else None)
    files = list_files(folder, draft.linked, draft.files)
    gates = try_gates(draft, files)
    manifest = compose(draft, files, gates, held_back, told.summary() if told else None)
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return manifest


def _tell_changes(draft: Draft) -> changes.Diff | None:
    """What changed since the release before, for people, as tables and for programs; None when there was none."""
    if draft.before is None or not (draft.before.folder / "indicators" / "observations.parquet").is_file():
        return None
    told = changes.compare(
        (draft.before.manifest["release"], draft.before.folder, draft.before.manifest["parts"]),
        (draft.release, draft.folder, draft.parts),
    )
    told.write(draft.folder / "changes")
    return told


def _add_quality(draft: Draft) -> None:
    """One JSON file per dataset: every check with its outcome, every period held back with its reasons."""
    folder = draft.folder / "quality"
    folder.mkdir()
    for state in draft.publication.datasets:
        told = {
            "dataset": state.dataset.id,
            "synthetic": draft.publication.synthetic,
            "checks": [asdict(check) for check in state.checks],
            "periods": [
                {"period": p.period, "rows": p.rows, "set_aside": p.set_aside, "repeated": p.repeated, "sha256": p.sha256}
                for p in sorted(state.periods, key=lambda p: p.period)
            ],
            "quarantined": [asdict(held) | {"reasons": list(held.reasons)} for held in state.quarantined],
        }
        (folder / f"{state.dataset.id}.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


def _tell_gaps(draft: Draft, held_back: Mapping[str, Text]) -> None:
    """Everything that readers might miss, in one list."""
    publication = draft.publication
    for dataset, record in draft.ethics.items():
        for reason in record.reasons if record.kind == "datasets" else ():
            draft.gaps.append(Gap("withheld_dataset", dataset, reason))
    draft.gaps += [Gap("withheld_indicator", indicator, reason) for indicator, reason in sorted(held_back.items())]
    for state in publication.datasets:
        for held in state.quarantined:
            reason = _untranslated("; ".join(held.reasons))
            draft.gaps.append(Gap("quarantined_period", held.dataset, reason, held.period, held.since, held.rows, held.serves_older))
    draft.gaps += [Gap("not_computed", it, _untranslated(why)) for it, why in publication.gaps]
    draft.gaps += [Gap("registry_gap", gap.id, gap.why) for gap in publication.registry_gaps]
    draft.gaps += [Gap("source_failed", it, _untranslated(why)) for it, _, why in publication.failures]
    draft.gaps += [Gap("not_yet_known", it, sentence("withheld", "unknown"), rows=files) for it, files in publication.not_yet_known]


def _untranslated(words: str) -> Text:
    """The words of a check or a source as they are; they were never written in three languages."""
    return Text(nb=words, nn=words, en=words)


def _as_published(draft: Draft, observations: Path, held_back: Mapping[str, Text]) -> Publication:
    """The publication with published files in the place of validated ones, so that no page can show what was withheld."""
    published = {table.described.id: table.path for table in draft.tables if table.schema == "data"}
    nowhere = draft.folder / "withheld"
    states = tuple(
        replace(
            state,
            periods=tuple(replace(period, path=published.get(state.dataset.id, nowhere)) for period in state.periods),
        )
        for state in draft.publication.datasets
    )
    stored = {(table.schema, table.described.id): table.path for table in draft.tables}
    return replace(
        draft.publication,
        datasets=states,
        observations=observations,
        table_files={
            id_: stored["indicators", id_]
            for id_ in (*(table.id for table in draft.publication.tables), *COMPARISONS)
            if ("indicators", id_) in stored
        },
        area_files={area: stored["areas", area] for area in draft.publication.area_files},
        held_back=dict(sorted(held_back.items())),
    )
