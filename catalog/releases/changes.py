"""What changed from one release to another: observations one by one, datasets by number of rows, formulas by name."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import orjson

from catalog.errors import UsageError
from catalog.model import Text
from catalog.releases.ledger import folder_of, number_of, pointed_at, read_manifest, releases


@dataclass(frozen=True, slots=True)
class Change:
    """One observation that differs between two releases. Values are None where a release has none."""

    kind: Literal["added", "revised", "withdrawn"]
    indicator: str
    ref_area: str
    time_period: str
    breakdown: str
    old_value: Decimal | None
    new_value: Decimal | None
    old_status: str | None
    new_status: str | None


@dataclass(frozen=True)
class DatasetChange:
    """What happened to one dataset between two releases, counted in rows by key."""

    dataset: str
    what: Literal["added", "withdrawn", "changed"]
    added: int
    revised: int
    withdrawn: int
    columns_added: tuple[str, ...] = ()
    columns_withdrawn: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is withheld in the new release."""


@dataclass(frozen=True)
class Diff:
    """Everything that changed from one release to another."""

    old: str
    new: str
    observations: tuple[Change, ...]
    datasets: tuple[DatasetChange, ...]
    methods: tuple[str, ...]
    """Indicators whose formula changed."""

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """The changed observations as rows of a table."""
        return [asdict(change) for change in self.observations]

    def summary(self) -> Text:
        """One sentence for readers."""
        added, revised, withdrawn = (sum(it.kind == kind for it in self.observations) for kind in ("added", "revised", "withdrawn"))
        datasets = len(self.datasets)
        return Text(
            nb=f"Tall for indikatorene: {added} nye, {revised} endret, {withdrawn} fjernet. Datasett som er endret: {datasets}.",
            nn=f"Tal for indikatorane: {added} nye, {revised} endra, {withdrawn} fjerna. Datasett som er endra: {datasets}.",
            en=f"Numbers of indicators: {added} new, {revised} changed, {withdrawn} gone. Datasets that changed: {datasets}.",
        )

    def notes(self) -> dict[str, Text]:
        """Dataset or indicator → what changed in it, for those that did."""
        told = {
            it.dataset: Text(
                nb=f"Rader siden {self.old}: {it.added} nye, {it.revised} endret, {it.withdrawn} fjernet.",
                nn=f"Rader sidan {self.old}: {it.added} nye, {it.revised} endra, {it.withdrawn} fjerna.",
                en=f"Rows since {self.old}: {it.added} new, {it.revised} changed, {it.withdrawn} gone.",
            )
            for it in self.datasets
        }
        counts: dict[str, dict[str, int]] = {}
        for change in self.observations:
            counts.setdefault(change.indicator, dict.fromkeys(("added", "revised", "withdrawn"), 0))[change.kind] += 1
        for indicator, it in counts.items():
            told[indicator] = Text(
                nb=f"Tall siden {self.old}: {it['added']} nye, {it['revised']} endret, {it['withdrawn']} fjernet.",
                nn=f"Tal sidan {self.old}: {it['added']} nye, {it['revised']} endra, {it['withdrawn']} fjerna.",
                en=f"Numbers since {self.old}: {it['added']} new, {it['revised']} changed, {it['withdrawn']} gone.",
            )
        for indicator in self.methods:
            text = told.get(indicator)
            told[indicator] = Text(
                nb=f"Metoden er endret. {text.nb if text else ''}".strip(),
                nn=f"Metoden er endra. {text.nn if text else ''}".strip(),
                en=f"The method has changed. {text.en if text else ''}".strip(),
            )
        return told

    def write(self, folder: Path) -> None:
        """`changes.csv`: a row for each changed number; `datasets.csv`: one for each changed dataset; `changes.json`: the rest."""
        folder.mkdir()
        with (folder / "changes.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow([field.name for field in fields(Change)])
            rows.writerows([_cell(getattr(change, field.name)) for field in fields(Change)] for change in self.observations)
        with (folder / "datasets.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow([field.name for field in fields(DatasetChange)])
            rows.writerows([_cell(getattr(change, field.name)) for field in fields(DatasetChange)] for change in self.datasets)
        told = {
            "old": self.old,
            "new": self.new,
            "summary": self.summary().model_dump(),
            "methods": self.methods,
            "datasets": [asdict(it) for it in self.datasets],
            "notes": {name: note.model_dump() for name, note in sorted(self.notes().items())},
        }
        (folder / "changes.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")

    def as_text(self) -> str:
        counts = {kind: sum(change.kind == kind for change in self.observations) for kind in ("added", "revised", "withdrawn")}
        lines = [f"{self.old} → {self.new}", "observations: " + ", ".join(f"{number:,} {kind}" for kind, number in counts.items())]
        per_indicator: dict[str, list[int]] = {}
        for change in self.observations:
            per_indicator.setdefault(change.indicator, [0, 0, 0])[("added", "revised", "withdrawn").index(change.kind)] += 1
        lines += [f"  {it}: {a:,} added, {r:,} revised, {w:,} withdrawn" for it, (a, r, w) in sorted(per_indicator.items())]
        lines += [f"  method changed: {indicator}" for indicator in self.methods]
        for it in self.datasets:
            columns = "".join(f", column {c} added" for c in it.columns_added) + "".join(f", column {c} gone" for c in it.columns_withdrawn)
            rows = f"{it.added:,} rows added, {it.revised:,} revised, {it.withdrawn:,} withdrawn"
            lines.append(f"dataset {it.dataset} {it.what}: {rows}{columns}{'; ' + '; '.join(it.reasons) if it.reasons else ''}")
        for change in [change for change in self.observations if change.kind == "revised"][:20]:
            where = f"{change.indicator} {change.ref_area} {change.time_period} {change.breakdown}".rstrip()
            lines.append(f"  {where}: {_shown(change.old_value, change.old_status)} → {_shown(change.new_value, change.new_status)}")
        if counts["revised"] > 20:
            lines.append(f"  and {counts['revised'] - 20:,} more revisions")
        return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return ";".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _shown(value: Decimal | None, status: str | None) -> str:
    return f"({status})" if value is None else format(value.normalize(), "f")


def diff(public: Path, old: str | None = None, new: str | None = None) -> Diff:
    """What changed between two releases: from `old` to the current one, or from the one before it. Raises UsageError when there is none."""
    newer = new or pointed_at(public)
    if newer is None:
        raise UsageError("nothing is published yet", where=public.parent.name, next_step="bymaal run")
    older = old or _release_before(public, newer)
    parts = read_manifest(public, older)["parts"], read_manifest(public, newer)["parts"]
    return compare((older, folder_of(public, older), parts[0]), (newer, folder_of(public, newer), parts[1]))


def _release_before(public: Path, release: str) -> str:
    earlier = [it.id for it in releases(public) if it.is_there and not it.withdrawn and number_of(it.id) < number_of(release)]
    if not earlier:
        raise UsageError(f"there is no release before {release}", where="diff", next_step="bymaal releases lists them")
    return earlier[-1]


Side = tuple[str, Path, Mapping[str, Mapping[str, Any]]]
"""A release's id, its folder, and what its manifest says about its parts."""


def compare(old: Side, new: Side) -> Diff:
    """What changed from one folder to another, of which the newer may be a draft still."""
    from catalog.duck import connect, parquet

    (_, before, said_before), (_, after, said_after) = old, new
    with connect() as con:
        observations = con.execute(
            f"""select
              case when old.indicator is null then 'added' when new.indicator is null then 'withdrawn' else 'revised' end as kind,
              indicator,
              ref_area,
              time_period,
              breakdown,
              old.obs_value,
              new.obs_value,
              old.obs_status,
              new.obs_status
            from {parquet([before / "indicators" / "observations.parquet"])} as old
            full join {parquet([after / "indicators" / "observations.parquet"])} as new
              using (indicator, ref_area, time_period, breakdown)
            where old.indicator is null
              or new.indicator is null
              or old.obs_value is distinct from new.obs_value
              or old.obs_status is distinct from new.obs_status
            order by indicator, ref_area, time_period, breakdown"""
        ).fetchall()
        changes = [
            _dataset_change(con, part.removeprefix("data/"), before, after, said_before.get(part), said_after.get(part))
            for part in sorted({*said_before, *said_after})
            if part.startswith("data/")
        ]
    methods = [part.removeprefix("indicators/") for part, said in sorted(said_after.items()) if is_new_formula(said_before.get(part), said)]
    return Diff(old[0], new[0], tuple(Change(*row) for row in observations), tuple(c for c in changes if c), tuple(methods))


def is_new_formula(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Whether an indicator is computed in another way than in the release before; False where that release does not tell."""
    return bool(before) and before.get("formula", now.get("formula")) != now.get("formula")


def _dataset_change(con: Any, dataset: str, before: Path, after: Path, was: Any, now: Any) -> DatasetChange | None:
    """None when nothing changed. Rows are compared by the newer key, over the columns that both releases have."""
    from catalog.duck import name, parquet

    published_before, published_now = bool(was and was["is_published"]), bool(now and now["is_published"])
    if not published_before and not published_now:
        return None
    if not published_before:
        return DatasetChange(dataset, "added", now["rows"], 0, 0)
    if not published_now:
        return DatasetChange(dataset, "withdrawn", 0, 0, was["rows"], reasons=tuple(now["reasons"]) if now else ())
    if was["fingerprint"] == now["fingerprint"]:
        return None
    columns_before, columns_now = [c for c, _ in was["columns"]], [c for c, _ in now["columns"]]
    added = tuple(c for c in columns_now if c not in columns_before)
    gone = tuple(c for c in columns_before if c not in columns_now)
    shared = [c for c in columns_now if c in columns_before]
    key = [k for k in now["key"] if k in shared]
    differs = " or ".join(f"old.{name(c)} is distinct from new.{name(c)}" for c in shared if c not in key) or "false"
    counts = con.execute(
        f"""select
          count(*) filter (old._there is null),
          count(*) filter (old._there and new._there and ({differs})),
          count(*) filter (new._there is null)
        from (select *, true as _there from {parquet([before / "data" / dataset / f"{dataset}.parquet"])}) as old
        full join (select *, true as _there from {parquet([after / "data" / dataset / f"{dataset}.parquet"])}) as new
          on {" and ".join(f"old.{name(k)} is not distinct from new.{name(k)}" for k in key)}"""
    ).fetchone()
    rows_added, revised, withdrawn = counts
    if not (rows_added or revised or withdrawn or added or gone):
        return None
    return DatasetChange(dataset, "changed", rows_added, revised, withdrawn, added, gone)
