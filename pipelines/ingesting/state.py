"""How a dataset stands: the note that ingest leaves beside the validated files, and what it means for a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from catalog.model import Dataset
from catalog.publication import Check, CorrectionState, DatasetState, Finding, PeriodState, Quarantined, Snapshot
from pipelines.collect import period_end
from pipelines.ingesting.corrections import load_corrections
from pipelines.ingesting.freshness import freshness, local_day
from pipelines.ingesting.recipe import Recipe
from pipelines.ingesting.revisions import folder_of
from pipelines.notes import read, unreadable
from pipelines.settings import Settings

STATE = "state.json"


PERIOD = {"inputs", "rows", "sha256", "snapshots", "set_aside", "repeated"}
"""What every version of the note tells of a promoted period."""


def read_state(folder: Path) -> dict[str, Any]:
    """The note of the last ingest; empty where there was none. Raises StorageError where it is damaged."""
    path = folder / STATE
    if not path.is_file():
        return {}
    mend = f"restore it from a backup, or delete it: the next run builds {folder.name} anew from the archive"
    note = read(path, "periods", "refused", next_step=mend)
    periods = note["periods"].values() if isinstance(note["periods"], dict) else [None]
    if not all(isinstance(facts, dict) and facts.keys() >= PERIOD for facts in periods):
        raise unreadable(path, mend)
    return note


def state_of(dataset: Dataset, snapshots: Sequence[Snapshot], settings: Settings) -> DatasetState:
    """How a dataset stands, without doing anything."""
    note = read_state(settings.validated / dataset.id)
    declared = load_corrections(settings.datasets.parent / "corrections", dataset)
    made_by = Recipe(dataset, dict, "", declared)
    return state_from(dataset, note, tuple(sorted(snapshots, key=lambda s: s.delivered_at)), made_by, settings)


def state_from(dataset: Dataset, note: dict[str, Any], snapshots: Sequence[Snapshot], made_by: Recipe, settings: Settings) -> DatasetState:
    """The note of an ingest as plain values."""
    folder = settings.validated / dataset.id
    periods, refused = note.get("periods", {}), note.get("refused", {})
    return DatasetState(
        dataset=dataset,
        periods=tuple(
            PeriodState(
                p,
                folder / f"{p}.parquet",
                v["rows"],
                v["sha256"],
                tuple(v["snapshots"]),
                v["set_aside"],
                v["repeated"],
                v.get("filled", {}),
                v.get("contradicting", 0),
                v.get("withdrawn", 0),
            )
            for p, v in sorted(periods.items())
        ),
        checks=tuple(Check(**check) for check in note.get("checks", [])),
        quarantined=tuple(
            Quarantined(dataset.id, p, tuple(v["reasons"]), date.fromisoformat(v["since"]), v["rows"], p in periods)
            for p, v in sorted(refused.items())
        ),
        snapshots=_with_remembered(snapshots, note),
        findings=(*_weakened(dataset.id, note), *_fields(dataset.id, note), *_findings(dataset.id, periods, refused)),
        corrections=_corrections(made_by, periods),
        revisions=tuple(sorted(folder_of(dataset.id, settings).glob("*.parquet"))),
        freshness=freshness(dataset, newest_on(dataset, periods, snapshots), local_day(settings.now)),
    )


def remembered(periods: Mapping[str, Any], listed: Sequence[Snapshot], note: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is known of the snapshots that the promoted periods were made from, by hash.

    A list of snapshots may have lost one that readers are still served from, for example a delivery that a worse one has replaced.
    """
    behind = {sha for facts in periods.values() for sha in facts["snapshots"]}
    told = {s.sha256: {**asdict(s), "path": str(s.path), "retrieved_on": s.retrieved_on and s.retrieved_on.isoformat()} for s in listed}
    return {sha: known for sha, known in sorted({**note.get("given", {}), **told}.items()) if sha in behind}


def _with_remembered(snapshots: Sequence[Snapshot], note: Mapping[str, Any]) -> tuple[Snapshot, ...]:
    listed = {snapshot.sha256 for snapshot in snapshots}
    lost = [
        Snapshot(**{**told, "path": Path(told["path"]), "retrieved_on": told["retrieved_on"] and date.fromisoformat(told["retrieved_on"])})
        for sha, told in note.get("given", {}).items()
        if sha not in listed
    ]
    return tuple(sorted([*snapshots, *lost], key=lambda s: s.delivered_at)) if lost else tuple(snapshots)


def newest_on(dataset: Dataset, periods: dict[str, Any], snapshots: Sequence[Snapshot]) -> date | None:
    """The last day that the data is about, as far as its rhythm lets one tell; for a register, the day its newest snapshot was taken."""
    newest = max(periods, default=None)
    end = period_end(newest)
    if newest is None or end is None:
        return max((s.retrieved_on for s in snapshots if s.retrieved_on), default=None) if newest else None
    said = periods[newest].get("newest_on")
    return date.fromisoformat(said) if said and dataset.source.rhythm[-1] not in "MY" else end


def _weakened(dataset: str, note: dict[str, Any]) -> list[Finding]:
    """Checks that were graver once, or are gone."""
    said = {"removed": "the check {} is no longer made", "warning": "the check {} was critical and now only warns"}
    return [
        Finding(dataset, "", "check_weakened", "", "", check, said[one["now"]].format(check), "noticed", date.fromisoformat(one["since"]))
        for check, one in note.get("weakened", {}).items()
    ]


def _fields(dataset: str, note: dict[str, Any]) -> list[Finding]:
    """Fields that came or went in the source's answers and that no parser needs."""
    return [
        Finding(dataset, "", "fields", "", "", field, one["what"], "noticed", date.fromisoformat(one["since"]))
        for field, one in sorted(note.get("fields", {}).items())
    ]


def _findings(dataset: str, periods: dict[str, Any], refused: dict[str, Any]) -> tuple[Finding, ...]:
    """Of a promoted period and, beside it, of a delivery that is held back."""
    found = []
    for noted in (periods, refused):
        for period, facts in sorted(noted.items()):
            for f in facts.get("findings", []):
                found.append(
                    Finding(
                        dataset=dataset,
                        period=period,
                        check=f["check"],
                        column=f["column"],
                        series=f["series"],
                        size=f["size"],
                        what=f["what"],
                        outcome=f["outcome"],
                        since=date.fromisoformat(f["since"]),
                        confirmed_on=date.fromisoformat(f["confirmed_on"]) if f["confirmed_on"] else None,
                        why=f["why"],
                    )
                )
    return tuple(found)


def _corrections(made_by: Recipe, periods: dict[str, Any]) -> tuple[CorrectionState, ...]:
    """Each declared correction with what became of it in the promoted periods: applied anywhere beats expired, and that beats not found."""
    found = []
    for correction in made_by.corrections:
        said = sorted(
            (facts["corrections"][correction.id], p) for p, facts in periods.items() if correction.id in facts.get("corrections", {})
        )
        outcome, period = said[0] if said else ("not_found", "")
        found.append(CorrectionState(correction, outcome, period))
    return tuple(found)
