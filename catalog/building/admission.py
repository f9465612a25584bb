"""Each dataset of a release: measured on the bytes that would be published, judged, and written only when its ethics record lets it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson

from catalog.building.draft import Draft, part_before, take_over
from catalog.database import Stored
from catalog.described import Described, describe_dataset, distribution
from catalog.distributions import write_distributions
from catalog.duck import name, parquet
from catalog.errors import PrivacyError
from catalog.ethics.as_json import to_json
from catalog.ethics.coverage import RESTS_ON, population_coverage
from catalog.ethics.measuring import Measured, measure
from catalog.ethics.record import EthicsRecord, evaluate
from catalog.ethics.rules import sentence
from catalog.ethics.rules_declared import Assessed, contract
from catalog.formats.parquet import write_parquet
from catalog.hashes import sha256
from catalog.model import Text
from catalog.privacy.withholding import HiddenSum, withhold
from catalog.publication import DatasetState


def add_dataset(draft: Draft, state: DatasetState) -> None:
    """Write a dataset's files and its ethics record; without a positive decision, the record alone.

    The rules run on the Parquet file, and every other format is made from it. Raises PrivacyError when a dataset that was approved
    holds personal identifiers.
    """
    dataset, key = state.dataset, f"data/{state.dataset.id}"
    folder = draft.folder / key
    folder.mkdir(parents=True)
    path = folder / f"{dataset.id}.parquet"
    described = describe_dataset(dataset, synthetic=draft.publication.synthetic)
    files = take_over(draft, key)
    measured = _measured_before(draft, key)
    record = _judge(draft, state, measured)
    if state.periods and (measured is None or (record.is_published and not files)):
        measured = _write_and_measure(draft, state, described, path)
        record = _judge(draft, state, measured)
    _refuse_personal_data(record, measured)
    if record.is_published and measured:
        files = files or write_distributions(draft.con, described, folder, draft.folder)
        draft.tables.append(Stored("data", path, described, measured.rows))
    else:
        for leftover in folder.iterdir():
            leftover.unlink()
            draft.linked.pop(leftover.relative_to(draft.folder).as_posix(), None)
        files = []
    ethics = folder / "ethics.json"
    ethics.write_bytes(orjson.dumps(to_json(record), option=orjson.OPT_INDENT_2) + b"\n")
    draft.files[key] = [*files, distribution(ethics, draft.folder, "ethics", None)]
    draft.ethics[dataset.id] = record
    draft.parts[key] = {
        "fingerprint": draft.plan.parts[key],
        "rows": measured.rows if measured and record.is_published else 0,
        "measured": measured.as_json() if measured else None,
        "columns": [[column.name, column.sql_type] for column in described.columns],
        "key": list(dataset.key),
        "contract": contract(dataset),
        "assessed_on": str(dataset.ethics.assessed_on) if dataset.ethics else None,
        "is_published": record.is_published,
        "reasons": [reason.en for reason in record.reasons],
    }


def _write_and_measure(draft: Draft, state: DatasetState, described: Described, path: Path) -> Measured:
    """The table as it would be published, in its Parquet file, and every figure the rules need, computed on that file."""
    columns = ", ".join(name(column.name) for column in state.dataset.columns)
    rows = draft.con.sql(f"select {columns} from {parquet([period.path for period in state.periods])}")
    earlier = _in_earlier_releases(draft, path)
    published, withholding = withhold(draft.con, rows, state.dataset, earlier, _hidden_sums(earlier, f"data/{state.dataset.id}"))
    write_parquet(draft.con, published, described, path)
    measured = measure(draft.con, path, sha256(path), state.dataset, withholding)
    stations, population = ([p.path for p in it.periods] for it in _by_id(draft, RESTS_ON))
    share, gap = population_coverage(draft.con, path, state.dataset, stations, population, draft.publication.area_files.get("to_borders"))
    return replace(measured, population_coverage=share, coverage_gap=gap)


def _by_id(draft: Draft, datasets: Sequence[str]) -> list[DatasetState]:
    """The datasets of these names, in this order; one that the publication lacks has no periods."""
    known = {state.dataset.id: state for state in draft.publication.datasets}
    return [known[dataset] if dataset in known else replace(draft.publication.datasets[0], periods=()) for dataset in datasets]


def _in_earlier_releases(draft: Draft, path: Path) -> list[Path]:
    """The same file in every release that readers still have, newest first; releases that share its bytes by a link count once."""
    if draft.before is None:
        return []
    relative = path.relative_to(draft.folder)
    releases = sorted(draft.before.folder.parent.iterdir(), reverse=True)
    found = [path for release in releases if release != draft.folder and (path := release / relative).is_file()]
    return list({path.stat().st_ino: path for path in reversed(found)}.values())[::-1]


def _hidden_sums(earlier: Sequence[Path], key: str) -> set[HiddenSum]:
    """The sums of a dataset that the releases hid from which these files are."""
    found: set[HiddenSum] = set()
    for path in earlier:  # RELEASE/data/ID/ID.parquet
        parts = orjson.loads((path.parents[2] / "manifest.json").read_bytes())["parts"]
        if said := parts.get(key, {}).get("measured"):
            found |= set(Measured.from_json(said).sums)
    return found


def _judge(draft: Draft, state: DatasetState, measured: Measured | None) -> EthicsRecord:
    return evaluate(
        state.dataset,
        measured,
        catalog=draft.publication.catalog,
        release=draft.release,
        synthetic=draft.publication.synthetic,
        now=draft.publication.built_at,
        licences=sorted({snapshot.licence for snapshot in state.snapshots}),
        previous=assessed_before(draft, f"data/{state.dataset.id}"),
        blocked=_blocked(state),
    )


def _blocked(state: DatasetState) -> list[Text]:
    """Reasons outside the ethics record: nothing to publish, or rows that no check has looked at."""
    if not state.periods:
        return [sentence("withheld", "no_data")]
    if sum(check.evaluated_rows for check in state.checks) == 0:
        return [sentence("withheld", "no_checks")]
    return []


def _refuse_personal_data(record: EthicsRecord, measured: Measured | None) -> None:
    """Stop everything when a dataset that a person approved holds personal identifiers that no waiver covers."""
    certain = [finding for finding in (measured.findings if measured else ()) if finding.is_certain]
    stopped = any(check.rule == "B05" and check.blocks for check in record.checks)
    if certain and stopped and record.declared and record.declared.is_publishable:
        raise PrivacyError(
            "probable personal identifiers",
            where="; ".join(str(finding) for finding in certain),
            effect="nothing is published; the current release stays",
            next_step="lock the snapshots away, tell the data protection officer, and mend the dataset",
        )


def _measured_before(draft: Draft, key: str) -> Measured | None:
    part = part_before(draft, key)
    return Measured.from_json(part["measured"]) if part and part["measured"] else None


def assessed_before(draft: Draft, key: str) -> Assessed | None:
    """What the release before says about the assessment of a part, where it had one."""
    part = draft.before.manifest["parts"].get(key) if draft.before else None
    if not part or not part.get("assessed_on") or not draft.before:
        return None
    released = date.fromisoformat(draft.before.manifest["built_at"][:10])
    return Assessed(part["contract"], date.fromisoformat(part["assessed_on"]), released)


def unpublished(draft: Draft) -> set[str]:
    """Datasets that have rows, but may not show them."""
    return {state.dataset.id for state in draft.publication.datasets if state.periods and not draft.ethics[state.dataset.id].is_published}
