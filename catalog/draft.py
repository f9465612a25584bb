"""What a release consists of: builds every file of it in a folder, tries the gates on them and says what is there in a manifest.

Where nothing changed since the release before, its files are linked instead of written, so that publishing costs what changed.
How a finished folder becomes the current release is the business of `release.py`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import mimetypes
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import orjson

from catalog import database
from catalog.database import Gap, Stored
from catalog.distributions import (
    Described,
    Distribution,
    describe_dataset,
    describe_indicator,
    describe_standing,
    describe_table,
    distribution,
    write_distributions,
    write_parquet,
)
from catalog.duck import connect, literal, name, parquet
from catalog.errors import GateError, PrivacyError
from catalog.ethics import Assessed, EthicsRecord, Measured, contract, evaluate, measure, sentence, to_json
from catalog.lineage import AREA_DATASETS, source_datasets, tables_read
from catalog.load import HERE
from catalog.model import Dataset, Table, Text
from catalog.privacy import WITHHELD_CODE, Finding, published_columns, scan_text, withhold
from catalog.publication import DatasetState, Publication

MANIFEST = "manifest.json"
OBSERVATION_KEY = ("indicator", "ref_area", "time_period", "breakdown")
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

Files = dict[str, list[Distribution]]


@dataclass(frozen=True)
class Before:
    """The release that is current while this one is built: its folder and its manifest."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> dict[str, Mapping[str, Any]]:
        return {file["path"]: file for file in self.manifest["files"]}


# --- what a release is made from ---


@dataclass(frozen=True)
class Plan:
    """Fingerprints of everything that goes in: of the whole, and of each part that can be taken over from the release before."""

    whole: str
    parts: dict[str, str]


def plan(publication: Publication) -> Plan:
    """Equal plans give equal releases but for their number and date. Texts, terms, checks and the software count as inputs too."""
    software = _software()
    today = publication.built_at.date()
    parts: dict[str, str] = {}
    for state in publication.datasets:
        periods = [[period.period, period.sha256] for period in state.periods]
        parts[f"data/{state.dataset.id}"] = _digest(software, _shape(state.dataset), periods, publication.synthetic)
    sources = source_datasets(publication)
    attribution = {state.dataset.id: state.dataset.source.attribution.model_dump() for state in publication.datasets}
    terms = [publication.catalog.licence, publication.catalog.publisher.model_dump(), publication.synthetic]
    for indicator in publication.indicators:
        credit = [attribution[dataset] for dataset in sources[indicator.id]]
        parts[f"indicators/{indicator.id}"] = _digest(software, indicator.model_dump(mode="json"), credit, terms)
    for table in publication.tables:
        if table.id in publication.table_files:
            credit = [attribution[dataset] for dataset in sorted(_rests_on(table.sql, publication))]
            content = _sha256(publication.table_files[table.id])
            parts[f"tables/{table.id}"] = _digest(software, table.model_dump(mode="json"), content, credit, terms)
    for table in COMPARISONS:
        if table in publication.table_files:
            parts[f"tables/{table}"] = _digest(software, table, _sha256(publication.table_files[table]), attribution, terms)
    for area, path in sorted(publication.area_files.items()):
        credit = [dataset.source.attribution.model_dump() for dataset in _behind_areas(publication)]
        parts[f"areas/{area}"] = _digest(software, area, _sha256(path), credit, terms)
    whole = _digest(
        parts,
        publication.software_version,
        publication.catalog.model_dump(mode="json"),
        _sha256(publication.observations),
        [
            [
                state.dataset.model_dump(mode="json"),
                _dates(state.dataset, today),
                [asdict(check) for check in state.checks],
                [asdict(held) for held in state.quarantined],
                sorted([s.sha256, s.format, s.source_url, str(s.retrieved_on)] for s in state.snapshots),
            ]
            for state in publication.datasets
        ],
        [publication.not_yet_known, publication.gaps, [dataset for dataset, _ in publication.failures]],
        [gap.model_dump(mode="json") for gap in publication.registry_gaps],
    )
    return Plan(whole, parts)


def _shape(dataset: Dataset) -> dict[str, Any]:
    """Everything about a dataset that its files depend on: of the ethics, only what withholds numbers and what is measured."""
    shape = dataset.model_dump(mode="json", exclude={"ethics", "set_aside", "rules", "delivered_only", "precedence"})
    if dataset.ethics:
        kept = {"quasi_identifiers", "sensitive_columns", "count_columns", "identifier_columns", "threshold", "about_people", "counts_of"}
        shape["ethics"] = dataset.ethics.model_dump(mode="json", include=kept)
    return shape


def _dates(dataset: Dataset, today: date) -> list[bool]:
    """Answers of the rules that change with the calendar."""
    ethics = dataset.ethics
    if ethics is None:
        return []
    return [
        ethics.review_due_on <= today,
        ethics.review_due_on <= today + timedelta(days=60),
        ethics.assessed_on > today,
        ethics.decision.on > today,
        *(waiver.until >= today for waiver in ethics.waivers),
        *(waiver.until <= today + timedelta(days=30) for waiver in ethics.waivers if waiver.rule == "B02"),
    ]


@cache
def _software() -> str:
    """A fingerprint of this package and of the libraries that write files."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update("".join(f"{library} {version(library)}" for library in ("duckdb", "xlsxwriter", "orjson", "rdflib", "jinja2")).encode())
    return digest.hexdigest()


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


# --- building ---


@dataclass
class Draft:
    """A release as it grows: its files so far, the records, and what each part was made from."""

    publication: Publication
    release: str
    folder: Path
    plan: Plan
    before: Before | None
    con: duckdb.DuckDBPyConnection
    secrets: tuple[str, ...] = ()
    files: Files = field(default_factory=dict)
    ethics: dict[str, EthicsRecord] = field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: list[Stored] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    linked: dict[str, str] = field(default_factory=dict)
    """Files taken over from the release before, with the hash they were found to have."""


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
            _add_dataset(draft, state)
        sources = source_datasets(publication)
        held_back = _held_back_indicators(draft, sources)
        observations = _add_observations(draft, held_back)
        _add_indicators(draft, sources, observations)
        _add_tables(draft)
        _add_comparisons(draft, observations, held_back)
        revisions = _add_revisions(draft, observations, held_back)
    finally:
        con.close()
        shutil.rmtree(spill, ignore_errors=True)
    _add_quality(draft)
    _tell_gaps(draft, held_back)
    database.build(publication, release, draft.tables, draft.ethics, sources, draft.gaps, revisions, folder, memory_limit=memory_limit)
    shown = _as_published(draft, observations, held_back)
    from catalog import rdf, site

    rdf.write_catalog(shown, release, draft.files, draft.ethics, folder)
    site.render(shown, release, draft.files, draft.ethics, folder)
    files = list_files(folder, draft.linked, draft.files)
    gates = _gates(draft, files)
    manifest = _manifest(draft, files, gates, held_back)
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return manifest


def _add_dataset(draft: Draft, state: DatasetState) -> None:
    """Write a dataset's files and its ethics record; without a positive decision, the record alone.

    The rules run on the Parquet file, and every other format is made from it. Raises PrivacyError when a dataset that was approved
    holds personal identifiers.
    """
    dataset, key = state.dataset, f"data/{state.dataset.id}"
    folder = draft.folder / key
    folder.mkdir(parents=True)
    path = folder / f"{dataset.id}.parquet"
    described = describe_dataset(dataset, synthetic=draft.publication.synthetic)
    files = _take_over(draft, key)
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
    published, withholding = withhold(draft.con, rows, state.dataset)
    write_parquet(draft.con, published, described, path)
    return measure(draft.con, path, _sha256(path), state.dataset, withholding)


def _judge(draft: Draft, state: DatasetState, measured: Measured | None) -> EthicsRecord:
    return evaluate(
        state.dataset,
        measured,
        catalog=draft.publication.catalog,
        release=draft.release,
        synthetic=draft.publication.synthetic,
        now=draft.publication.built_at,
        licences=sorted({snapshot.licence for snapshot in state.snapshots}),
        previous=_assessed_before(draft, state.dataset),
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


# --- what is taken over from the release before ---


def _part_before(draft: Draft, key: str) -> Mapping[str, Any] | None:
    """What the release before says about a part that has not changed since."""
    part = draft.before.manifest["parts"].get(key) if draft.before else None
    return part if part and part["fingerprint"] == draft.plan.parts[key] else None


def _measured_before(draft: Draft, key: str) -> Measured | None:
    part = _part_before(draft, key)
    return Measured.from_json(part["measured"]) if part and part["measured"] else None


def _assessed_before(draft: Draft, dataset: Dataset) -> Assessed | None:
    part = draft.before.manifest["parts"].get(f"data/{dataset.id}") if draft.before else None
    if not part or not part["assessed_on"] or not draft.before:
        return None
    released = date.fromisoformat(draft.before.manifest["built_at"][:10])
    return Assessed(part["contract"], date.fromisoformat(part["assessed_on"]), released)


def _take_over(draft: Draft, key: str) -> list[Distribution]:
    """Link the files of an unchanged part from the release before; none at all when any of them is not what its manifest says."""
    if draft.before is None or _part_before(draft, key) is None:
        return []
    found = [file for path, file in draft.before.files.items() if path.startswith(f"{key}/") and file.get("format") not in (None, "ethics")]
    hashes: dict[str, str] = {}
    for file in found:
        old, new = draft.before.folder / file["path"], draft.folder / file["path"]
        if not old.is_file() or _sha256(old) != file["sha256"]:
            for path in hashes:
                (draft.folder / path).unlink()
            return []
        new.parent.mkdir(parents=True, exist_ok=True)
        _link(old, new)
        hashes[file["path"]] = file["sha256"]
    draft.linked |= hashes
    return [Distribution(f["path"], f["media_type"], f["format"], f["bytes"], f["sha256"], f.get("rows")) for f in found]


def _link(old: Path, new: Path) -> None:
    """One more name for the same bytes where the file system allows it, else a copy. Both are read-only."""
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(old, new)


# --- observations ---


def _held_back_indicators(draft: Draft, sources: Mapping[str, Sequence[str]]) -> dict[str, Text]:
    """Indicators that may not be published because of a dataset they rest on, and why.

    A dataset whose rows a named role refused to publish may still be used for sums, if that was weighed and is in date. One that nobody
    has weighed, whose assessment is overdue, or that holds personal identifiers, may not.
    """
    closed = {dataset for dataset in _unpublished(draft) if _closes(draft.ethics[dataset])}
    found: dict[str, Text] = {}
    for indicator, datasets in sources.items():
        behind = [draft.ethics[dataset] for dataset in datasets if dataset in closed]
        if behind:
            names = {lang: ", ".join(record.title.get(lang) for record in behind) for lang in ("nb", "nn", "en")}
            found[indicator] = sentence("withheld", "rests_on", datasets=names["nb"], datasets_nn=names["nn"], datasets_en=names["en"])
    return found


def _unpublished(draft: Draft) -> set[str]:
    """Datasets that have rows, but may not show them."""
    return {state.dataset.id for state in draft.publication.datasets if state.periods and not draft.ethics[state.dataset.id].is_published}


def _closes(record: EthicsRecord) -> bool:
    """Whether indicators that rest on a withheld dataset are withheld with it."""
    if record.declared is None or record.declared.decision.status == "required":
        return True
    return any(check.blocks and check.rule in ("B01", "B02", "B05") for check in record.checks if check.outcome != "untested")


def _add_observations(draft: Draft, held_back: Mapping[str, Text]) -> Path:
    """The observations that may be published, with small numbers withheld, in one Parquet file.

    Where an indicator's query rests only on datasets that count people or meters, or on one whose rows are withheld, a numerator or
    denominator from 1 to k-1 is a count of so few: the observation loses its numbers and gets the status `Q`. An indicator about other
    indicators counts those, not people.
    """
    con, publication = draft.con, draft.publication
    limits = {i.id: k for i in publication.indicators if (k := _limit(draft, publication, _rests_on(i.sql, publication)))}
    con.execute("create or replace temp table limits (indicator varchar, k bigint)")
    if limits:
        con.executemany("insert into limits values (?, ?)", sorted(limits.items()))
    con.execute("create or replace temp table held_back (indicator varchar)")
    if held_back:
        con.executemany("insert into held_back values (?)", [[indicator] for indicator in sorted(held_back)])
    described = describe_standing("observations", _datasets(publication), publication.catalog, synthetic=publication.synthetic)
    numbers = ("obs_value", "n_units", "numerator", "denominator")
    terms = ", ".join(
        f"case when small then null else {c.name} end as {c.name}"
        if c.name in numbers
        else f"case when small then '{WITHHELD_CODE}' else obs_status end as obs_status"
        if c.name == "obs_status"
        else c.name
        for c in described.columns
    )
    rows = con.sql(
        f"""with weighed as (
          select
            observed.*,
            coalesce(observed.numerator between 1 and limits.k - 1 or observed.denominator between 1 and limits.k - 1, false) as small
          from {parquet([publication.observations])} as observed
          left join limits using (indicator)
          where observed.indicator not in (select indicator from held_back)
        )
        select {terms} from weighed"""
    )
    path = draft.folder / "indicators" / "observations.parquet"
    path.parent.mkdir(parents=True)
    write_parquet(con, rows, described, path)
    count = _one(con, f"select count(*) from {parquet([path])}")
    draft.files["indicators"] = [distribution(path, draft.folder, "parquet", count)]
    draft.tables.append(Stored("indicators", path, described, count))
    return path


def _limit(draft: Draft, publication: Publication, datasets: Collection[str]) -> int | None:
    """The smallest group that an indicator on these datasets may show, where it can show groups of people at all."""
    declared = {state.dataset.id: state.dataset.ethics for state in publication.datasets}
    weighed = [ethics for dataset in datasets if (ethics := declared[dataset])]
    from_rows = [e.threshold for d in datasets if (e := declared[d]) and not draft.ethics[d].is_published and e.about_people != "none"]
    only_counts = bool(weighed) and all(ethics.count_columns for ethics in weighed)
    return max([*from_rows, *(ethics.threshold for ethics in weighed if only_counts)], default=None)


def _datasets(publication: Publication) -> list[Dataset]:
    return [state.dataset for state in publication.datasets]


def _one(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] = ()) -> int:
    row = con.execute(sql, values).fetchone()
    assert row is not None
    return int(row[0])


def _add_indicators(draft: Draft, sources: Mapping[str, Sequence[str]], observations: Path) -> None:
    """The observations of each indicator in every format. An indicator without observations has no files."""
    publication = draft.publication
    changed = _changed_indicators(draft, observations)
    datasets = {state.dataset.id: state.dataset for state in publication.datasets}
    counts = dict(draft.con.execute(f"select indicator, count(*) from {parquet([observations])} group by all").fetchall())
    for indicator in publication.indicators:
        key = f"indicators/{indicator.id}"
        draft.parts[key] = {
            "fingerprint": draft.plan.parts[key],
            "rows": counts.get(indicator.id, 0),
            "version": indicator.version,
            "method": _digest(indicator.sql),
        }
        if not counts.get(indicator.id):
            continue
        files = [] if indicator.id in changed else _take_over(draft, key)
        if not files:
            behind = [datasets[dataset] for dataset in sources[indicator.id]]
            described = describe_indicator(indicator, behind, publication.catalog, synthetic=publication.synthetic)
            folder = draft.folder / key
            folder.mkdir(parents=True)
            rows = draft.con.sql(f"from {parquet([observations])} where indicator = {literal(indicator.id)}")
            write_parquet(draft.con, rows, described, folder / f"{indicator.id}.parquet")
            files = write_distributions(draft.con, described, folder, draft.folder, indicator=indicator)
        draft.files[key] = files


def _changed_indicators(draft: Draft, observations: Path) -> set[str]:
    """Indicators with any row that differs from the release before, found by comparing every row."""
    before = _observations_before(draft)
    if before is None:
        return {indicator.id for indicator in draft.publication.indicators}
    new, old = parquet([observations]), parquet([before])
    rows = draft.con.execute(
        f"select distinct indicator from ((from {new} except all from {old}) union all (from {old} except all from {new}))"
    ).fetchall()
    return {indicator for (indicator,) in rows}


def _observations_before(draft: Draft) -> Path | None:
    """The observations of the release before, if they are what its manifest says and have the same columns."""
    if draft.before is None:
        return None
    path = draft.before.folder / "indicators" / "observations.parquet"
    known = draft.before.files.get("indicators/observations.parquet")
    if not known or not path.is_file() or _sha256(path) != known["sha256"]:
        return None
    columns = draft.con.sql(f"from {parquet([path])}").columns
    return path if columns == draft.con.sql(f"from {parquet([draft.folder / 'indicators' / 'observations.parquet'])}").columns else None


def _add_tables(draft: Draft) -> None:
    """Intermediate tables and area tables. A table that rests on a withheld dataset is withheld too: its rows are too close to those."""
    publication = draft.publication
    closed = _unpublished(draft)
    by_id = {state.dataset.id: state.dataset for state in publication.datasets}
    for table in publication.tables:
        behind = _rests_on(table.sql, publication)
        if table.id not in publication.table_files:
            continue
        if behind & closed:
            names = {lang: ", ".join(draft.ethics[d].title.get(lang) for d in sorted(behind & closed)) for lang in ("nb", "nn", "en")}
            reason = sentence("withheld", "rests_on", datasets=names["nb"], datasets_nn=names["nn"], datasets_en=names["en"])
            draft.gaps.append(Gap("withheld_table", table.id, reason))
            continue
        sources = [by_id[dataset] for dataset in sorted(behind)]
        described = describe_table(table, sources, publication.catalog, synthetic=publication.synthetic)
        rows = f"from {parquet([publication.table_files[table.id]])}"
        _add_table(draft, "tables", "indicators", described, rows, _counted(table, sources))
    for area, path in sorted(publication.area_files.items()):
        behind = _behind_areas(publication)
        described = describe_standing(area, behind, publication.catalog, synthetic=publication.synthetic)
        _add_table(draft, "areas", "areas", described, f"from {parquet([path])}")


def _add_comparisons(draft: Draft, observations: Path, held_back: Mapping[str, Text]) -> None:
    """The tables `peers` and `progress`, without the rows of indicators that are held back and without those that would tell a number
    which is withheld among the observations. Which those are is known only now, so they count for what may be taken over.
    """
    publication, con = draft.publication, draft.con
    con.execute(
        f"""create or replace temp table withheld as
        select indicator, ref_area, time_period
        from {parquet([observations])}
        where obs_status = '{WITHHELD_CODE}' and breakdown = ''"""
    )
    for table, tells_withheld in COMPARISONS.items():
        if table not in publication.table_files:
            continue
        con.execute(f"create or replace temp view compared as from {parquet([publication.table_files[table]])}")
        kept = "indicator not in (select indicator from held_back)"
        left_out = _one(con, f"select count(*) from compared where {kept} and {tells_withheld}")
        if left_out:
            draft.gaps.append(Gap("withheld_table", table, WOULD_TELL, rows=left_out))
        key = f"tables/{table}"
        known_now = con.execute("from withheld order by all").fetchall()
        draft.plan = replace(draft.plan, parts=draft.plan.parts | {key: _digest(draft.plan.parts[key], sorted(held_back), known_now)})
        described = describe_standing(table, _datasets(publication), publication.catalog, synthetic=publication.synthetic)
        _add_table(draft, "tables", "indicators", described, f"from compared where {kept} and not ({tells_withheld})")


WOULD_TELL = Text(
    nb="Rader som ville røpet et tall som holdes tilbake av personvernhensyn, er utelatt.",
    nn="Rader som ville ha røpt eit tal som blir halde tilbake av omsyn til personvern, er utelatne.",
    en="Rows that would tell a number which is withheld for confidentiality are left out.",
)


def _rests_on(sql: str, publication: Publication) -> set[str]:
    """The datasets behind a query, also through other tables."""
    tables = {f"tables.{table.id}": table.sql for table in publication.tables}
    datasets = {f"validated.{state.dataset.id}": state.dataset.id for state in publication.datasets}
    seen: set[str] = set()
    waiting = [sql]
    while waiting:
        new = tables_read(waiting.pop()) - seen
        seen |= new
        waiting += [tables[table] for table in new if table in tables]
    return {datasets[table] for table in seen if table in datasets}


def _behind_areas(publication: Publication) -> list[Dataset]:
    """The registers that the area tables are made from."""
    return [state.dataset for state in publication.datasets if f"validated.{state.dataset.id}" in AREA_DATASETS]


def _counted(table: Table, sources: Sequence[Dataset]) -> Dataset | None:
    """The table as a dataset that counts people, when it carries a count column of a dataset it rests on; else None."""
    columns = {column.name for column in table.columns}
    for dataset in sources:
        if dataset.ethics and (counts := tuple(column for column in dataset.ethics.count_columns if column in columns)):
            ethics = dataset.ethics.model_copy(update={"count_columns": counts})
            return dataset.model_copy(
                update={"id": table.id, "key": table.key, "columns": table.columns, "ethics": ethics, "period_column": None}
            )
    return None


def _add_table(draft: Draft, kind: str, schema: str, described: Described, rows_of: str, counted: Dataset | None = None) -> None:
    """Write or take over a table that is no dataset, from a query for its rows; one that counts people loses its small numbers."""
    key = f"{kind}/{described.id}"
    folder = draft.folder / key
    described = replace(described, columns=published_columns(counted)) if counted else described
    files = _take_over(draft, key)
    if not files:
        folder.mkdir(parents=True)
        rows = draft.con.sql(rows_of)
        if counted:
            rows, withholding = withhold(draft.con, rows, counted)
            if withholding.recoverable:
                raise PrivacyError(
                    "hidden numbers can be computed from the sums of the table", where=described.id, effect="nothing is published",
                    next_step="take the total or the parts out of the table",
                )  # fmt: skip
        write_parquet(draft.con, rows, described, folder / f"{described.id}.parquet")
        files = write_distributions(draft.con, described, folder, draft.folder)
    draft.files[key] = files
    count = next(file.rows or 0 for file in files if file.format == "parquet")
    draft.parts[key] = {"fingerprint": draft.plan.parts[key], "rows": count}
    draft.tables.append(Stored(schema, folder / f"{described.id}.parquet", described, count))


def _add_revisions(draft: Draft, observations: Path, held_back: Mapping[str, Text]) -> Path | None:
    """Published values that changed or went since the release before, added to those of earlier releases.

    A value that is withheld today is not told by its history either.
    """
    before = _observations_before(draft)
    if before is None or draft.before is None:
        return None
    con = draft.con
    earlier = draft.before.folder / "indicators" / "revisions.parquet"
    known = draft.before.files.get("indicators/revisions.parquet")
    columns = ", ".join(f"{column}" for column in database.meta_columns("revisions"))
    methods = {
        part.removeprefix("indicators/"): said["method"]
        for part, said in draft.before.manifest["parts"].items()
        if part.startswith("indicators/")
    }
    new_method = [i.id for i in draft.publication.indicators if methods.get(i.id, _digest(i.sql)) != _digest(i.sql)]
    con.execute(
        f"""create or replace temp table revised as
        select
          $1 as release,
          indicator,
          ref_area,
          time_period,
          breakdown,
          case when new.obs_status is null then 'withdrawn' else 'revised' end as change,
          old.obs_value as old_value,
          new.obs_value as new_value,
          old.obs_status as old_status,
          new.obs_status as new_status,
          case when list_contains($2::varchar[], indicator) then 'method' else 'data' end as cause
        from {parquet([before])} as old
        left join {parquet([observations])} as new using (indicator, ref_area, time_period, breakdown)
        where old.obs_value is distinct from new.obs_value or old.obs_status is distinct from new.obs_status""",
        [draft.release, new_method],
    )
    if known and earlier.is_file() and _sha256(earlier) == known["sha256"]:
        con.execute(f"insert into revised select {columns} from {parquet([earlier])}")
    con.execute(
        f"""update revised set old_value = null, new_value = null
        where indicator in (select indicator from held_back)
          or (indicator, ref_area, time_period, breakdown) in (
            select (indicator, ref_area, time_period, breakdown) from {parquet([observations])} where obs_status = '{WITHHELD_CODE}'
          )"""
    )
    if not _one(con, "select count(*) from revised"):
        return None
    path = draft.folder / "indicators" / "revisions.parquet"
    types = database.meta_columns("revisions")
    con.execute(
        f"""copy (
          select {", ".join(f"{column}::{kind} as {column}" for column, kind in types.items())}
          from revised
          order by split_part(release, '.', 2)::bigint, indicator, ref_area, time_period, breakdown
        ) to {literal(str(path))} (format parquet, compression zstd)"""
    )
    rows = _one(con, "select count(*) from revised")
    draft.files["indicators"].append(distribution(path, draft.folder, "parquet", rows))
    return path


# --- what is told beside the data ---


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
        for reason in record.reasons:
            draft.gaps.append(Gap("withheld_dataset", dataset, reason))
    draft.gaps += [Gap("withheld_indicator", indicator, reason) for indicator, reason in sorted(held_back.items())]
    for state in publication.datasets:
        for held in state.quarantined:
            reason = _untranslated("; ".join(held.reasons))
            draft.gaps.append(Gap("quarantined_period", held.dataset, reason, held.period, held.since, held.rows, held.serves_older))
    draft.gaps += [Gap("not_computed", it, _untranslated(why)) for it, why in publication.gaps]
    draft.gaps += [Gap("registry_gap", gap.id, gap.why) for gap in publication.registry_gaps]
    draft.gaps += [Gap("source_failed", it, _untranslated(why)) for it, why in publication.failures]
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
    tables = tuple(table for table in draft.publication.tables if ("indicators", table.id) in stored)
    return replace(
        draft.publication,
        datasets=states,
        tables=tables,
        observations=observations,
        table_files={
            id_: stored["indicators", id_] for id_ in (*(table.id for table in tables), *COMPARISONS) if ("indicators", id_) in stored
        },
        area_files={area: stored["areas", area] for area in draft.publication.area_files},
        gaps=(*draft.publication.gaps, *((indicator, reason.en) for indicator, reason in sorted(held_back.items()))),
    )


# --- gates ---


@dataclass(frozen=True)
class Gate:
    """One thing that was tried on the finished folder: how much it looked at, and what was wrong."""

    id: str
    looked_at: int
    problems: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """A gate that looked at nothing stays shut."""
        return self.looked_at > 0 and not self.problems


def _gates(draft: Draft, files: Sequence[Mapping[str, Any]]) -> list[Gate]:
    """Every gate, tried on the files as they lie there. Raises PrivacyError or GateError for the first that stays shut."""
    from catalog import rdf, site

    by_path = {file["path"]: file for file in files}
    declared = [distribution for found in draft.files.values() for distribution in found]
    lost = [d.path for d in declared if by_path.get(d.path, {}).get("sha256") != d.sha256]
    records = [
        f"{state.dataset.id}: no record" for state in draft.publication.datasets if f"data/{state.dataset.id}/ethics.json" not in by_path
    ]
    leaked = [
        path
        for path in by_path
        for dataset, record in draft.ethics.items()
        if not record.is_published and path.startswith(f"data/{dataset}/") and not path.endswith("/ethics.json")
    ]
    kept = [str(finding) for finding in _scan(draft)]
    gates = [
        Gate("no personal data and no keys in texts and pages", len(files), tuple(kept)),
        Gate("nothing of withheld data", len(draft.ethics), tuple(leaked)),
        Gate("every dataset has its ethics record", len(draft.ethics), tuple(records)),
        Gate("files are as they were measured", len(declared), tuple(lost)),
        Gate("links of pages lead somewhere", sum(path.endswith(".html") for path in by_path), tuple(site.broken_links(draft.folder))),
        rdf_links(draft.folder, draft.release, draft.publication.catalog.base_uri),
        Gate("RDF conforms to DCAT-AP-NO", sum(path.startswith("catalog.") for path in by_path), tuple(rdf.conforms(draft.folder))),
    ]
    for gate in gates:
        if not gate.is_open:
            said = "; ".join(gate.problems[:5]) or "nothing was looked at"
            more = f" and {len(gate.problems) - 5} more" if len(gate.problems) > 5 else ""
            personal = gate.id in ("no personal data and no keys in texts and pages", "nothing of withheld data")
            raise (PrivacyError if personal else GateError)(
                f"gate “{gate.id}” stays shut",
                where=said + more,
                effect="nothing is published; the current release stays",
                next_step="take the personal data out" if personal else "mend what is named and publish again",
            )
    return gates


_GEOMETRY = re.compile(r"""\b(?:d|points|transform|viewBox)=(?:"[^"]*"|'[^']*')""")
_READ_AS_TEXT = (".html", ".txt", ".json", ".ttl", ".xml")
"""Not scanned as text: data in CSV, XLSX, Parquet, JSON-stat and the database, whose values were scanned in the Parquet file."""


def _scan(draft: Draft) -> Iterator[Finding]:
    """Personal identifiers in pages, descriptions, records and file names. A line that many pages share is read once."""
    allowed = {draft.publication.catalog.contact.email}
    data = {file.path for found in draft.files.values() for file in found if file.rows is not None}
    seen: set[str] = set()
    for state in draft.publication.datasets:
        for snapshot in state.snapshots:
            told = "\n".join((snapshot.path.name, snapshot.source_url, snapshot.publisher, snapshot.licence, snapshot.note))
            yield from _scan_one(draft, told, f"snapshots of {state.dataset.id}", allowed)
    for path in sorted(draft.folder.rglob("*")):
        relative = path.relative_to(draft.folder).as_posix()
        yield from scan_text(relative, "file name", allowed)
        if not path.is_file() or path.suffix not in _READ_AS_TEXT or relative in data or relative in draft.linked:
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".html":
            text = _GEOMETRY.sub("", text)
        new = [line for line in text.splitlines() if line not in seen]
        seen.update(new)
        yield from _scan_one(draft, "\n".join(new), relative, allowed)


def _scan_one(draft: Draft, text: str, where: str, allowed: Collection[str]) -> Iterator[Finding]:
    """Personal identifiers, and the keys of sources that this machine knows."""
    if leaked := sum(text.count(secret) for secret in draft.secrets):
        yield Finding(where, "", "key of a source", leaked)
    yield from scan_text(text, where, allowed)


def rdf_links(folder: Path, release: str, base_uri: str) -> Gate:
    """Every address of this release in the RDF (`current/` means this release too) leads to a file that the release has."""
    addresses = re.compile(re.escape(base_uri) + r"(?:releases/" + re.escape(release) + r"|current)/([^\s\"'<>#]*)")
    found = {
        (path, file)
        for file in ("catalog.ttl", "catalog.jsonld", "catalog.rdf")
        for path in addresses.findall((folder / file).read_text("utf-8"))
    }
    broken = sorted(f"{file}: {path} is not in the release" for path, file in found if not (folder / unquote(path)).is_file())
    return Gate("addresses in the RDF lead somewhere", len(found), tuple(broken))


# --- manifest ---


def list_files(folder: Path, hashed: Mapping[str, str], described: Files) -> list[dict[str, Any]]:
    """Every file below a folder with size, SHA-256 and media type, by path. `hashed` are hashes that are known already."""
    known = {distribution.path: distribution for found in described.values() for distribution in found}
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder).as_posix()
        entry: dict[str, Any] = {
            "path": relative,
            "bytes": path.stat().st_size,
            "sha256": hashed.get(relative) or _sha256(path),
            "media_type": known[relative].media_type if relative in known else media_type(path),
        }
        if relative in known:
            entry |= {"format": known[relative].format, "rows": known[relative].rows}
        files.append(entry)
    return files


def media_type(path: Path) -> str:
    """The media type of a file that is no distribution, by its ending."""
    own = {
        ".duckdb": "application/vnd.duckdb",
        ".parquet": "application/vnd.apache.parquet",
        ".ttl": "text/turtle",
        ".jsonld": "application/ld+json",
        ".rdf": "application/rdf+xml",
        ".json": "application/json",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
        ".svg": "image/svg+xml",
        ".atom": "application/atom+xml",
        ".xml": "application/xml",
        ".html": "text/html",
        ".css": "text/css",
        ".csv": "text/csv",
        ".txt": "text/plain",
    }
    return own.get(path.suffix) or mimetypes.guess_type(path.name, strict=True)[0] or "application/octet-stream"


def _manifest(draft: Draft, files: list[dict[str, Any]], gates: Sequence[Gate], held_back: Mapping[str, Text]) -> dict[str, Any]:
    publication = draft.publication
    checks = [check for state in publication.datasets for check in state.checks]
    return {
        "release": draft.release,
        "synthetic": publication.synthetic,
        "software_version": publication.software_version,
        "built_at": publication.built_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fingerprint": draft.plan.whole,
        "inputs": [
            {
                "dataset": s.dataset,
                "format": s.format,
                "sha256": s.sha256,
                "bytes": s.size,
                "period": s.period,
                "retrieved_on": str(s.retrieved_on) if s.retrieved_on else None,
            }
            for state in publication.datasets
            for s in sorted(state.snapshots, key=lambda s: (s.delivered_at, s.format, s.source_url))
        ],
        "checks": {
            "run": len(checks),
            "passed": sum(check.success for check in checks),
            "failed": sum(not check.success for check in checks),
            "raised": sum(check.error is not None for check in checks),
        },
        "gates": [{"gate": gate.id, "looked_at": gate.looked_at, "passed": gate.is_open} for gate in gates],
        "withheld": {dataset: [r.en for r in record.reasons] for dataset, record in draft.ethics.items() if not record.is_published},
        "withheld_indicators": {indicator: reason.en for indicator, reason in sorted(held_back.items())},
        "parts": draft.parts,
        "files": files,
    }
