"""What is tried on a finished folder before it may become a release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from catalog.building.draft import Draft
from catalog.database import FILE
from catalog.errors import GateError, PrivacyError
from catalog.lineage import unexplained
from catalog.model import ColumnType, Dataset
from catalog.privacy.search import Finding, scan_texts


@dataclass(frozen=True)
class Gate:
    """One thing that was tried on the finished folder: how much it looked at, and what was wrong."""

    id: str
    looked_at: int
    problems: tuple[str, ...]
    mend: str = "mend what is named and publish again"
    """The next step of whoever finds it shut."""

    @property
    def is_open(self) -> bool:
        """A gate that looked at nothing stays shut."""
        return self.looked_at > 0 and not self.problems


def _followed(draft: Draft) -> Gate:
    """Datasets count as looked at, so that a first release in which no source has answered yet can say so."""
    looked_at, broken = unexplained(draft.folder / FILE)
    mend = "bymaal run, which also rebuilds what an older version of the software left without its sources"
    return Gate("every value leads to its sources", len(draft.publication.datasets) + looked_at, tuple(broken), mend)


def try_gates(draft: Draft, files: Sequence[Mapping[str, Any]]) -> list[Gate]:
    """Every gate, tried on the files as they lie there. Raises PrivacyError or GateError for the first that stays shut."""
    from catalog import site
    from catalog.metadata import rdf

    by_path = {file["path"]: file for file in files}
    declared = [distribution for found in draft.files.values() for distribution in found]
    lost = [d.path for d in declared if by_path.get(d.path, {}).get("sha256") != d.sha256]
    of_datasets = [f"data/{state.dataset.id}" for state in draft.publication.datasets]
    weighed = [*of_datasets, *(key for key in draft.files if key.startswith("indicators/"))]  # those withheld have no other file
    records = [f"{key.partition('/')[2]}: no record" for key in weighed if f"{key}/ethics.json" not in by_path]
    folders = {"datasets": "data", "indicators": "indicators"}
    leaked = [
        path
        for path in by_path
        for id_, record in draft.ethics.items()
        if not record.is_published and path.startswith(f"{folders[record.kind]}/{id_}/") and not path.endswith("/ethics.json")
    ]
    kept = [str(finding) for finding in _scan(draft)]
    gates = [
        Gate("no personal data and no keys in texts and pages", len(files), tuple(kept)),
        Gate("nothing of withheld data", len(draft.ethics), tuple(leaked)),
        Gate("every dataset and indicator has its ethics record", len(weighed), tuple(records)),
        _checks(draft),
        Gate("files are as they were measured", len(declared), tuple(lost), "look at the disk with bymaal doctor and publish again"),
        Gate("links of pages lead somewhere", sum(path.endswith(".html") for path in by_path), tuple(site.broken_links(draft.folder))),
        _followed(draft),
        rdf_links(draft.folder, draft.release, draft.publication.catalog.base_uri),
        Gate(
            "RDF conforms to DCAT-AP-NO",
            sum(path.startswith("catalog.") for path in by_path),
            tuple(rdf.conforms(draft.folder, known=draft.before.manifest.get("rdf") if draft.before else None)),
        ),
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
                next_step="take the personal data out" if personal else gate.mend,
            )
    return gates


def promised(dataset: Dataset) -> list[str]:
    """The ids of the checks that a dataset's YAML promises, in the order in which they are evaluated."""
    found = ["rows_counted", "columns_as_declared", "key_unique"]
    for column in dataset.columns:
        found += [f"{column.name}_present"] * (not column.nullable)
        found += [f"{column.name}_in_range"] * (column.minimum is not None or column.maximum is not None)
        found += [f"{column.name}_known"] * bool(column.codes)
        found += [f"{column.name}_pattern"] * (column.pattern is not None and column.type is ColumnType.text)
    return [*found, *(rule.id for rule in dataset.rules)]


def _checks(draft: Draft) -> Gate:
    """Every promise about published rows was evaluated over rows, and none raised, but for those that are switched off in public."""
    today, problems, looked_at = draft.publication.built_at.date(), [], 0
    for state in draft.publication.datasets:
        looked_at += 1
        if not draft.ethics[state.dataset.id].is_published:
            continue
        wanted = promised(state.dataset)
        looked_at += len(wanted)
        ran = {check.id: check for check in state.checks}
        off = {it.check for it in state.dataset.switched_off if today <= it.until}
        for id in wanted:
            if id in off:
                continue
            if id not in ran:
                problems.append(f"{state.dataset.id}: check {id} did not run")
            elif ran[id].error is not None or ran[id].evaluated_rows == 0:
                problems.append(f"{state.dataset.id}: check {id} {'could not be evaluated' if ran[id].error else 'looked at no rows'}")
    return Gate("checks run are the checks declared", looked_at, tuple(problems), "bymaal run, which evaluates what is promised")


_GEOMETRY = re.compile(r"""\b(?:d|points|transform|viewBox)=(?:"[^"]*"|'[^']*')""")
_READ_AS_TEXT = (".html", ".txt", ".json", ".ttl", ".xml", ".atom")
"""Not scanned as text: data in CSV, XLSX, Parquet, JSON-stat and the database, whose values were scanned in the Parquet file."""


def _scan(draft: Draft) -> Iterator[Finding]:
    """Personal identifiers, and the keys of sources that this machine knows, in pages, descriptions, records and file names."""
    allowed = {draft.publication.catalog.contact.email}
    yield from scan_texts(_texts(draft), allowed)
    for where, text in _texts(draft) if draft.secrets else ():
        if leaked := sum(text.count(secret) for secret in draft.secrets):
            yield Finding(where, "", "key of a source", leaked)


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    """What readers get as text, each with what it is called. A line that many pages share is read once."""
    data = {file.path for found in draft.files.values() for file in found if file.rows is not None}
    seen: set[str] = set()
    for state in draft.publication.datasets:
        for snapshot in state.snapshots:
            told = (snapshot.path.name, snapshot.source_url, snapshot.publisher, snapshot.licence, snapshot.note)
            yield f"snapshots of {state.dataset.id}", "\n".join(told)
    for path in sorted(draft.folder.rglob("*")):
        relative = path.relative_to(draft.folder).as_posix()
        yield "file name", relative
        if not path.is_file() or path.suffix not in _READ_AS_TEXT or relative in data or relative in draft.linked:
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".html":
            text = _GEOMETRY.sub("", text)
        new = [line for line in text.splitlines() if line not in seen]
        seen.update(new)
        yield relative, "\n".join(new)


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
