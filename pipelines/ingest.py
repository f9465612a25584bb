"""One dataset brought up to date: what changed is built aside, compared, checked, and only then promoted.

A validated table is a folder of Parquet files, one per period, each rebuilt from its own snapshots alone. What a
period was made from is remembered by fingerprint, so a run opens only what changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.duck import connect
from catalog.errors import ParseError
from catalog.model import Dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.archive import HashCache, write_atomically
from pipelines.datasets import Parser
from pipelines.ingesting.building import Candidate, build_or_refuse
from pipelines.ingesting.corrections import corrections_for, fingerprint_of
from pipelines.ingesting.decisions import Decision, decisions
from pipelines.ingesting.drift import Jump, Profile, baselines, jumps, licence_code, licence_jumps, profiles, withdrawals
from pipelines.ingesting.fields import explain, look
from pipelines.ingesting.locked import search
from pipelines.ingesting.recipe import Recipe, recipe
from pipelines.ingesting.revisions import Changes, compare, folder_of, write_revisions
from pipelines.ingesting.staging import digest, sources_by_period
from pipelines.ingesting.state import STATE, read_state, remembered, state_from, state_of
from pipelines.ingesting.superseded import superseded_in
from pipelines.reading.ask import GUIDES
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

WHOLE_PERIOD = "the source has taken back the whole period"


@dataclass(frozen=True)
class _Standing:
    """What is already there: the note of the last ingest, the folder of its files, and who confirmed what."""

    folder: Path
    note: dict[str, Any]
    decided: tuple[Decision, ...]

    def promoted(self) -> dict[str, Path]:
        return {p: self.folder / f"{p}.parquet" for p in self.note.get("periods", {})}


def ingest(made_by: Recipe, snapshots: Sequence[Snapshot], settings: Settings, *, lacking: Collection[str] = frozenset()) -> DatasetState:
    """Bring one dataset up to date with its snapshots and say how it stands. Periods that are `lacking` answers stay as they were.

    A period that breaks a promise goes to quarantine, one that is too unlike what is known waits for a person; of both the last good
    version stays. Raises ParseError when a snapshot cannot be read at all; then nothing of the dataset has changed.
    """
    dataset = made_by.dataset
    listed = tuple(sorted(snapshots, key=lambda s: (s.delivered_at, s.format, s.source_url)))
    snapshots = tuple(s for s in listed if s.format not in GUIDES)
    folder = settings.validated / dataset.id
    standing = _Standing(folder, read_state(folder), tuple(d for d in decisions(settings) if d.dataset == dataset.id))
    hashes = HashCache(settings.work / "hashes_of_tables.json")
    damaged = _damaged(standing, hashes)
    fingerprint = digest(
        made_by.fingerprint,
        *(f"{s.sha256} {s.format} {s.period}" for s in snapshots),
        *_decides(dataset, settings, standing.decided, made_by),
        *(f"lacking {period}" for period in sorted(lacking)),
    )
    if standing.note.get("fingerprint") == fingerprint and not damaged:
        hashes.save()
        return state_from(dataset, standing.note, listed, made_by, settings)
    search(dataset, listed, standing.decided, settings)
    build = settings.work / "build" / dataset.id
    con = connect(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "spill")
    try:
        old_answers = superseded_in(snapshots, dataset)
        looked = look(con, dataset.id, snapshots, settings)
        try:
            sources = sources_by_period(con, made_by, snapshots, settings)
        except ParseError as error:
            raise _explained(error, explain(con, looked, [s for s in snapshots if s.path.name in error.where])) from error
        inputs = {
            period: digest(
                made_by.fingerprint,
                *(f"{s.snapshot.sha256}{' superseded' if s.snapshot.sha256 in old_answers else ''}" for s in found),
                *_decides(dataset, settings, [d for d in standing.decided if d.period == period], made_by, period),
            )
            for period, found in sources.items()
        }
        known = {**standing.note.get("periods", {}), **standing.note.get("refused", {})}
        changed = {p for p in sources if known.get(p, {}).get("inputs") != inputs[p] or p in damaged}
        # What waits was judged by what stood then; when that changes, it is judged again.
        changed |= _waiting(standing.note) & set(sources) if changed else set()
        # Half a period is never built. One whose file was damaged is built from what there is: it was whole once.
        changed -= set(lacking) - damaged
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True)
        candidates = {
            period: build_or_refuse(
                con,
                made_by,
                period,
                sources[period],
                build,
                superseded=old_answers,
                corrections=corrections_for(period, made_by.corrections, dataset),
            )
            for period in sorted(changed)
        }
        by_sha = {s.sha256: s for s in snapshots}
        unread = {p: [by_sha[sha] for sha in c.snapshots] for p, c in candidates.items() if c.is_unread}
        reasons, checks = _judge(dataset, candidates, settings, standing.note)
        for period, files in unread.items():
            how = explain(con, looked, files)
            reasons[period][-1] += f" ({how})" if how else ""
        licences = _licences(dataset, candidates, standing, snapshots)
        formats = {s.sha256: s.format for s in snapshots}
        unlike = _compare(con, dataset, candidates, reasons, standing, damaged, formats, licences, newest=max(sources, default=""))
        taken = {s.sha256: s.retrieved_on.isoformat() if s.retrieved_on else None for s in snapshots}
        after = _promote(con, made_by, candidates, inputs, reasons, unlike, standing, damaged, settings, taken)
    finally:
        con.close()
    refused = {s.sha256 for files in unread.values() for s in files}
    looked.keep(dataset.id, refused, settings)
    read = [s for s in snapshots if s.sha256 not in refused]
    after["fields"] = _dated(looked.noticed(read, dataset.drift.fields_vary), standing.note.get("fields", {}), settings)
    after["checks"] = checks
    after["grades"] = _gravest(standing.note.get("grades", {}), checks)
    after["weakened"] = _weakened(dataset, after["grades"], standing.note.get("weakened", {}), settings)
    after["fingerprint"] = fingerprint
    after["given"] = remembered(after["periods"], listed, standing.note)
    write_atomically(folder / STATE, json.dumps(after, sort_keys=True, indent=1, ensure_ascii=False).encode())
    shutil.rmtree(build, ignore_errors=True)
    for path in (standing.folder / f"{p}.parquet" for p in after["periods"]):
        hashes.of(path)
    hashes.save()
    return state_from(dataset, after, listed, made_by, settings)


def _decides(dataset: Dataset, settings: Settings, decided: Collection[Decision], made_by: Recipe, period: str | None = None) -> list[str]:
    """What else decides about a period, or about the dataset: checks switched off today, what was confirmed, corrections."""
    today = settings.now.date()
    off = [f"off {one.check}" for one in dataset.switched_off if today <= one.until]
    corrections = made_by.corrections if period is None else corrections_for(period, made_by.corrections, dataset)
    return [*off, *(f"confirmed {d.finding} {d.on}" for d in decided), *([fingerprint_of(corrections)] if corrections else [])]


def _waiting(note: Mapping[str, Any]) -> set[str]:
    return {p for p, facts in note.get("refused", {}).items() if any(f["outcome"] == "waiting" for f in facts.get("findings", []))}


def _damaged(standing: _Standing, hashes: HashCache) -> set[str]:
    """Promoted periods whose file is absent or no longer has the bytes it was promoted with: they are built anew from their snapshots."""
    return {
        period
        for period, facts in standing.note.get("periods", {}).items()
        if not (path := standing.folder / f"{period}.parquet").is_file() or hashes.of(path) != facts["sha256"]
    }


# --- judge ---


def _judge(
    dataset: Dataset, candidates: Mapping[str, Candidate], settings: Settings, note: Mapping[str, Any]
) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Which candidates broke what, and every check as it went. A candidate that the source took back whole has no rows to check."""
    reasons = {period: list(c.reasons) for period, c in candidates.items() if c.reasons}
    whole = {period: c for period, c in candidates.items() if period not in reasons and c.rows}
    if not whole:
        return reasons, list(note.get("checks", []))
    from dataclasses import asdict

    from pipelines.validate import validate

    checks, broken = validate(dataset, {p: c.path for p, c in whole.items()}, sum(c.rows for c in whole.values()), settings)
    for period, broken_reasons in broken.items():
        reasons.setdefault(period, []).extend(broken_reasons)
    return reasons, [asdict(check) for check in checks]


def _gravest(before: Mapping[str, str], checks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The gravest grade that each check ever had."""
    return {**before} | {c["id"]: c["severity"] for c in checks if before.get(c["id"]) != "critical"}


def _explained(error: ParseError, how: str) -> ParseError:
    """The same error, with how the file differs from those before it."""
    return ParseError(f"{error.what} ({how})" if how else error.what, where=error.where, effect=error.effect, next_step=error.next_step)


def _dated(noticed: Mapping[str, str], before: Mapping[str, Mapping[str, str]], settings: Settings) -> dict[str, dict[str, str]]:
    """What was noticed about fields so far, each with the day since when it is known."""
    today = settings.now.date().isoformat()
    return {**{field: {"what": what, "since": today} for field, what in noticed.items()}, **{f: dict(said) for f, said in before.items()}}


def _weakened(
    dataset: Dataset, grades: Mapping[str, str], before: Mapping[str, Mapping[str, str]], settings: Settings
) -> dict[str, dict[str, str]]:
    """Checks that are no longer what they were, and since when that is known."""
    from pipelines.validate import weakened

    today = settings.now.date().isoformat()
    now = weakened(dataset, grades)
    return {check: {"now": grade, "since": before[check]["since"] if check in before else today} for check, grade in now.items()}


# --- compare ---


def _licences(
    dataset: Dataset, candidates: Mapping[str, Candidate], standing: _Standing, snapshots: Sequence[Snapshot]
) -> dict[str, list[Jump]]:
    """Of each candidate, what is new about the terms of its new snapshots: not open, or others than those of the format before."""
    promoted = {sha for facts in standing.note.get("periods", {}).values() for sha in facts["snapshots"]}
    before: dict[str, set[str]] = defaultdict(set)
    for snapshot in snapshots:
        if snapshot.sha256 in promoted:
            before[snapshot.format].add(licence_code(snapshot.licence))
    by_sha = {s.sha256: s for s in snapshots}
    found: dict[str, list[Jump]] = {}
    for period, candidate in candidates.items():
        new = [by_sha[sha] for sha in candidate.snapshots if sha not in promoted]
        found[period] = licence_jumps({(licence_code(s.licence), s.format) for s in new}, before)
    return found


@dataclass(frozen=True)
class _Unlike:
    """What a candidate that broke no promise is unlike."""

    jumps: tuple[Jump, ...]
    changes: Changes | None
    waits: bool


def _compare(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    candidates: Mapping[str, Candidate],
    refused: Collection[str],
    standing: _Standing,
    damaged: Collection[str],
    formats: Mapping[str, str],
    licences: Mapping[str, Sequence[Jump]],
    *,
    newest: str,
) -> dict[str, _Unlike]:
    """Every whole candidate against what is known, oldest first, so that a period that waits is no measure for the next."""
    whole = {p: c for p, c in candidates.items() if p not in refused}
    promoted = {p: path for p, path in standing.promoted().items() if p not in damaged}
    accepted = {p: path for p, path in promoted.items() if p not in whole}
    made_from = {standing.folder / f"{p}.parquet": facts["snapshots"] for p, facts in standing.note.get("periods", {}).items()}
    made_from |= {c.path: c.snapshots for c in whole.values()}
    possible = accepted | {p: c.path for p, c in whole.items()}
    foreseen = {c.path for c in whole.values() if c.rows} | {path for p in whole for path in baselines(p, possible, promoted)}
    known: dict[Path, Profile] = {}

    def profile_of(*paths: Path) -> list[Profile]:
        unread = [path for path in dict.fromkeys(paths) if path not in known]
        for path, profile in profiles(con, dataset, unread).items():
            profile.formats = frozenset(formats[sha] for sha in made_from[path] if sha in formats)
            known[path] = profile
        return [known[path] for path in paths]

    profile_of(*sorted(path for path in foreseen if path.is_file()))
    found: dict[str, _Unlike] = {}
    for period, candidate in sorted(whole.items()):
        changes = compare(con, dataset, promoted[period], candidate.path) if period in promoted else None
        if changes is not None:
            # What readers have is known exactly; what superseded answers had is only asked where readers have nothing.
            counted = Candidate(**{**vars(candidate), "withdrawn": 0})
            lost = withdrawals(dataset, changes.gone, changes.old_rows, changes.series_gone) if changes.gone else []
        else:
            counted, lost = candidate, []
        before = profile_of(*baselines(period, accepted, promoted))
        now = profile_of(candidate.path)[0] if candidate.rows else Profile()
        unlike = [*licences.get(period, ()), *lost, *jumps(dataset, counted, now, before, is_newest=period == newest)]
        waits = any(j.blocks and not _is_confirmed(j, period, candidate, standing.decided) for j in unlike)
        found[period] = _Unlike(tuple(unlike), changes, waits)
        if not waits and candidate.rows:
            accepted[period] = candidate.path
    return found


def _is_confirmed(jump: Jump, period: str, candidate: Candidate, decided: Collection[Decision]) -> bool:
    return any(d.holds(jump.key(period), candidate.snapshots) for d in decided)


# --- promote ---


def _promote(
    con: duckdb.DuckDBPyConnection,
    made_by: Recipe,
    candidates: Mapping[str, Candidate],
    inputs: Mapping[str, str],
    reasons: Mapping[str, list[str]],
    unlike: Mapping[str, _Unlike],
    standing: _Standing,
    damaged: Collection[str],
    settings: Settings,
    taken: Mapping[str, str | None],
) -> dict[str, Any]:
    """Candidates that kept every promise and wait for nobody replace their period; the others are quarantined with their reasons."""
    dataset, folder, before = made_by.dataset, standing.folder, standing.note
    periods = {p: v for p, v in before.get("periods", {}).items() if p in inputs}
    refused = {p: v for p, v in before.get("refused", {}).items() if p in inputs and p not in candidates}
    folder.mkdir(parents=True, exist_ok=True)
    for period, candidate in sorted(candidates.items()):
        facts = _facts(candidate, inputs[period], unlike.get(period), standing, settings)
        waits = period in unlike and unlike[period].waits
        if period in reasons or waits:
            target = settings.quarantine / dataset.id / f"{period}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            if candidate.path.is_file():
                candidate.path.replace(target)
            said = [*reasons.get(period, []), *(f["what"] for f in facts["findings"] if f["outcome"] == "waiting")]
            since = before.get("refused", {}).get(period, {}).get("since", settings.now.date().isoformat())
            refused[period] = facts | {"reasons": said, "since": since}
            if period in damaged:
                periods.pop(period, None)
            continue
        old = folder / f"{period}.parquet"
        changes = unlike[period].changes if period in unlike else None
        if changes is not None:
            was = before["periods"][period]
            write_revisions(
                con,
                dataset,
                period,
                changes,
                old=(old, was["snapshots"]),
                new=(candidate.path, candidate.snapshots),
                known_on=_known_on(was["snapshots"], candidate, taken) or settings.now.date().isoformat(),
                cause=_cause(was, candidate),
                out=folder_of(dataset.id, settings),
            )
        if not candidate.rows:
            periods.pop(period, None)
            candidate.path.unlink(missing_ok=True)
            refused[period] = facts | {"reasons": [WHOLE_PERIOD], "since": settings.now.date().isoformat()}
            continue
        with candidate.path.open("rb") as file:
            facts["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        candidate.path.replace(old)
        periods[period] = facts
    for stale in folder.glob("*.parquet"):
        if stale.stem not in periods:
            stale.unlink()
    return {"periods": periods, "refused": refused}


def _facts(candidate: Candidate, inputs: str, unlike: _Unlike | None, standing: _Standing, settings: Settings) -> dict[str, Any]:
    """What is noted of a built period."""
    return {
        "inputs": inputs,
        "rows": candidate.rows,
        "delivered": candidate.delivered,
        "set_aside": candidate.set_aside,
        "repeated": candidate.repeated,
        "tied": candidate.tied,
        "snapshots": list(candidate.snapshots),
        "filled": candidate.filled,
        "contradicting": candidate.contradicting,
        "withdrawn": candidate.withdrawn,
        "corrections": candidate.corrections,
        "newest_on": candidate.newest_on,
        "findings": [_noted(j, candidate, standing, settings) for j in (unlike.jumps if unlike else ())],
    }


def _noted(jump: Jump, candidate: Candidate, standing: _Standing, settings: Settings) -> dict[str, Any]:
    """A finding as it is kept, with who-knows-when: since when it is known, and whether it was confirmed."""
    key = jump.key(candidate.period)
    known = {**standing.note.get("periods", {}), **standing.note.get("refused", {})}.get(candidate.period, {})
    since = next((f["since"] for f in known.get("findings", []) if f["finding"] == key), settings.now.date().isoformat())
    decision = next((d for d in reversed(standing.decided) if d.holds(key, candidate.snapshots)), None)
    outcome = "noticed" if not jump.blocks else "confirmed" if decision else "waiting"
    return {
        "finding": key,
        "check": jump.check,
        "column": jump.column,
        "series": jump.series,
        "size": jump.size,
        "what": jump.what,
        "outcome": outcome,
        "since": since,
        "confirmed_on": decision.on[:10] if decision else None,
        "why": decision.why if decision else "",
    }


def _cause(was: Mapping[str, Any], candidate: Candidate) -> str:
    """`source` where another delivery changed the values, `correction` where a declared one did, else `method`: description or reader."""
    if was["snapshots"] != list(candidate.snapshots):
        return "source"
    return "correction" if was.get("corrections", {}) != candidate.corrections else "method"


def _known_on(before: Collection[str], candidate: Candidate, taken: Mapping[str, str | None]) -> str | None:
    """The day on which the newest snapshot that was not there before was taken."""
    return max((day for sha in candidate.snapshots if sha not in before and (day := taken.get(sha))), default=None)


__all__ = ["Parser", "Recipe", "ingest", "recipe", "state_of"]
