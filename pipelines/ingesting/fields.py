"""The fields that a source's answers have, learnt from the answers themselves, and how a new answer differs from them.

Independent of the parsers: a parser may not look at a field that is new, and only fails on one that it needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.duck import literal
from catalog.publication import Snapshot
from pipelines.archive import write_atomically
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

LARGEST = 32 << 20
"""Bytes of an answer that is looked at."""
SAMPLED = 12
"""New answers of one format that are looked at in one ingest, the newest first."""
LEARNT_FROM = 2
"""Answers of a format before a new or absent field says anything."""
DATA_KEYS = 25
"""Names in one JSON object from which they are taken for data, such as codes of a dimension."""


@dataclass(frozen=True)
class Difference:
    """How an answer differs from those before, field by field."""

    added: dict[str, str] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Type before and now."""
    is_other: bool = False
    """Nothing is as it was, so that what is new is not taken for names of fields."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retyped)

    def in_words(self) -> str:
        """One clause per field; names and types alone, never a value: where no field is the same, a line of data may pass for names."""
        if self.is_other:
            return f"none of the {len(self.removed)} fields is there: {', '.join(sorted(self.removed)[:12])}"
        renamed = {old: new for old, kind in self.removed.items() for new, other in self.added.items() if kind == other}
        said = [f"{name} is gone{f', {renamed[name]} may be its new name' if name in renamed else ''}" for name in sorted(self.removed)]
        said += [f"{name} was {before} and is {now}" for name, (before, now) in sorted(self.retyped.items())]
        said += [f"{name} ({kind}) is new" for name, kind in sorted(self.added.items())]
        return "; ".join(said[:12]) + (f"; and {len(said) - 12} more" if len(said) > 12 else "")


@dataclass
class Contract:
    """What the answers of one format had so far: how often each field came, and with which type."""

    answers: int = 0
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    """Number of answers by type, by field."""

    def learn(self, found: Mapping[str, str]) -> None:
        self.answers += 1
        for name, kind in found.items():
            self.fields.setdefault(name, {})[kind] = self.fields.setdefault(name, {}).get(kind, 0) + 1

    def compare(self, found: Mapping[str, str]) -> Difference:
        """Against fields that were never there, were always there, or never had this type. An empty field has no type."""
        if self.answers < LEARNT_FROM:
            return Difference()
        always = {name: kinds for name, kinds in self.fields.items() if sum(kinds.values()) == self.answers}
        known = {name: {kind for kind in kinds if kind != "empty"} for name, kinds in self.fields.items()}
        if always and not any(name in self.fields for name in found):
            return Difference(removed={name: _most(kinds) for name, kinds in always.items()}, is_other=True)
        return Difference(
            added={_shown(name): kind for name, kind in found.items() if name not in self.fields},
            removed={name: _most(kinds) for name, kinds in always.items() if name not in found},
            retyped={
                name: ("/".join(sorted(known[name])), kind)
                for name, kind in found.items()
                if name in always and kind != "empty" and known[name] and kind not in known[name]
            },
        )


def _most(kinds: Mapping[str, int]) -> str:
    return max(kinds, key=lambda kind: kinds[kind])


def _shown(name: str) -> str:
    """A name from outside as it may stand in a message."""
    return name if re.fullmatch(r"[\w .:/()\[\]*%-]{1,60}", name) else "(a name of other signs)"


@dataclass
class Look:
    """What the new answers of a dataset look like, beside what was learnt from those before."""

    learnt: dict[str, Contract]
    seen: set[str]
    found: dict[str, dict[str, str]]
    """Fields of the new answers that were looked at, by SHA-256."""
    differences: dict[str, Difference]

    def noticed(self, snapshots: Sequence[Snapshot], vary: Collection[str]) -> dict[str, str]:
        """What is new or gone in answers that could be read all the same, as sentences by format and field.

        Types are left out: those of a text are only guessed from its first rows.
        """
        said = {}
        for snapshot in snapshots:
            difference = self.differences.get(snapshot.sha256)
            if difference is None or snapshot.format in vary:
                continue
            for name in difference.added:
                said[f"{snapshot.format} {name}"] = f"{snapshot.format}: the field {name} is new; it is not published until it is described"
            for name in difference.removed:
                said[f"{snapshot.format} {name}"] = f"{snapshot.format}: the field {name} is gone; nothing here needs it"
        return said

    def keep(self, dataset: str, refused: Collection[str], settings: Settings) -> None:
        """Learn from the answers that could be read."""
        known = set(self.found) - set(refused)
        if known:
            noted: dict[str, Any] = {
                "formats": {form: vars(one) for form, one in self.learnt.items()},
                "seen": sorted(self.seen | known),
            }
            write_atomically(_path(dataset, settings), json.dumps(noted, sort_keys=True).encode())


def look(con: duckdb.DuckDBPyConnection, dataset: str, snapshots: Sequence[Snapshot], settings: Settings) -> Look:
    """Look at the newest of the new answers, each against those before it."""
    path = _path(dataset, settings)
    noted = json.loads(path.read_bytes()) if path.is_file() else {"formats": {}, "seen": []}
    looked = Look({form: Contract(**one) for form, one in noted["formats"].items()}, set(noted["seen"]), {}, {})
    for snapshot in _sample(snapshots, looked.seen):
        found = fields_of(con, snapshot.path)
        looked.found[snapshot.sha256] = found
        if found:
            contract = looked.learnt.setdefault(snapshot.format, Contract())
            looked.differences[snapshot.sha256] = contract.compare(found)
            contract.learn(found)
    return looked


def explain(con: duckdb.DuckDBPyConnection, looked: Look, snapshots: Sequence[Snapshot]) -> str:
    """How answers that cannot be read differ from those before; empty where nothing is known or nothing differs."""
    for snapshot in snapshots[:SAMPLED]:
        difference = looked.differences.get(snapshot.sha256)
        if difference is None and snapshot.format in looked.learnt:
            difference = looked.learnt[snapshot.format].compare(fields_of(con, snapshot.path))
        if difference:
            return f"compared with earlier answers: {difference.in_words()}"
    return ""


def _sample(snapshots: Sequence[Snapshot], seen: Collection[str]) -> list[Snapshot]:
    """The new answers that are looked at: of each format the newest few, oldest first."""
    taken: dict[str, list[Snapshot]] = {}
    for snapshot in sorted(snapshots, key=lambda s: s.delivered_at, reverse=True):
        found = taken.setdefault(snapshot.format, [])
        if snapshot.sha256 not in seen and len(found) < SAMPLED:
            found.append(snapshot)
    return [snapshot for found in taken.values() for snapshot in reversed(found)]


def fields_of(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Fields of a JSON, CSV or Parquet file, each `number`, `text`, `time`, `truth`, `mixed` or `empty`; none of any other file."""
    import duckdb

    with path.open("rb") as file:
        head = file.read(512)
    try:
        if head.startswith(b"PAR1"):
            rows = con.execute(f"describe select * from read_parquet({literal(str(path))})").fetchall()
            return {row[0]: _kind(row[1]) for row in rows}
        if path.stat().st_size > LARGEST or head.startswith(b"PK") or (head.startswith(b"\x1f\x8b") and path.suffix != ".gz"):
            return {}
        if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
            row = con.execute(f"select json_structure(content) from read_text({literal(str(path))})").fetchone()
            found: dict[str, str] = {}
            _flatten(json.loads(row[0]) if row else None, "", found)
            return found
        row = con.execute(f"select Columns from sniff_csv({literal(str(path))}, sample_size = 2000)").fetchone()
        return {column["name"]: _kind(column["type"]) for column in row[0]} if row else {}
    except (duckdb.Error, UnicodeDecodeError):  # not readable here; whether that matters, its parser says
        return {}


def _flatten(structure: Any, name: str, found: dict[str, str]) -> None:
    """Dotted names of the leaves; names that are data stand as `*`."""
    if isinstance(structure, list):
        _flatten(structure[0] if structure else "NULL", f"{name}[]", found)
    elif isinstance(structure, dict):
        names = list(structure)
        codes = sum(bool(re.match(r"[A-Z0-9_.-]*\d", one)) for one in names)
        years = bool(names) and all(one[:1].isdigit() for one in names)
        is_data = years or len(names) > DATA_KEYS or (len(names) > 1 and codes * 2 > len(names))
        for one, inner in structure.items():
            _flatten(inner, f"{name}.{'*' if is_data else one}".lstrip("."), found)
    else:
        kind = _kind(str(structure))
        before = found.get(name)
        found[name] = kind if before in (None, "empty", kind) else before if kind == "empty" else "mixed"


def _kind(sql_type: str) -> str:
    """A DuckDB type in the words of a reader."""
    plain = sql_type.upper().partition("(")[0]
    if plain in ("UBIGINT", "BIGINT", "DOUBLE", "HUGEINT", "INTEGER", "DECIMAL", "FLOAT", "SMALLINT", "UINTEGER", "TINYINT"):
        return "number"
    if plain.startswith(("TIMESTAMP", "DATE", "TIME")):
        return "time"
    return {"BOOLEAN": "truth", "NULL": "empty", "JSON": "mixed"}.get(plain, "text")


def _path(dataset: str, settings: Settings) -> Path:
    return settings.work / "contracts" / f"{dataset}.json"
