"""Files tried before they are delivered: read, built into periods and checked as a run would do it, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalog.errors import BymaalError, DataError
from catalog.publication import DatasetState
from pipelines.inbox import Delivery, import_files
from pipelines.settings import Settings

SHOWN = 5


@dataclass(frozen=True)
class Trial:
    """What would become of the files, and their first rows as a table for people."""

    state: DatasetState
    failure: BymaalError | None
    first_rows: str

    @property
    def exit_code(self) -> int:
        if self.failure:
            return self.failure.exit_code
        return DataError.exit_code if self.state.quarantined else 0

    def as_record(self) -> dict[str, Any]:
        state = self.state
        return {
            "dataset": state.dataset.id,
            "rows": state.rows,
            "periods": [period.period for period in state.periods],
            "set_aside": dict(self._set_aside()),
            "refused": {q.period: list(q.reasons) for q in state.quarantined},
            "checks": [
                {"id": c.id, "severity": c.severity, "success": c.success, "unexpected_rows": c.unexpected_rows} for c in state.checks
            ],
            "failure": self.failure.as_record() if self.failure else None,
            "exit_code": self.exit_code,
        }

    def _set_aside(self) -> Counter[str]:
        return sum((Counter(period.set_aside) for period in self.state.periods), Counter())

    def as_text(self) -> str:
        """The first rows, how many there are, what was set aside, and every check that does not hold."""
        state, lines = self.state, []
        if self.first_rows:
            lines += [self.first_rows, ""]
        spans = ", ".join(period.period for period in state.periods[:12]) + " …" * (len(state.periods) > 12)
        lines.append(f"{state.dataset.id}: {state.rows:,} rows in {len(state.periods)} periods{f' ({spans})' if spans else ''}")
        lines += [f"  set aside by {rule}: {rows:,} rows" for rule, rows in sorted(self._set_aside().items()) if rows]
        lines += [f"  refused {q.period}: {'; '.join(q.reasons)}" for q in state.quarantined]
        lines += [f"  {c.severity}: {c.id}: {c.unexpected_rows:,} rows – {c.description}" for c in state.checks if not c.success]
        if self.failure:
            lines.append(f"  {self.failure}")
        held = sum(check.success for check in state.checks)
        refused = ", and what is refused above would be held back" if self.exit_code else ""
        lines += [
            "",
            f"{held} of {len(state.checks)} checks hold. Nothing was kept.",
            f"Without --dry-run the files are taken in{refused}.",
        ]
        return "\n".join(lines)


def try_files(files: Sequence[Path], delivery: Delivery, settings: Settings) -> Trial:
    """Take files through every step up to the validated table, in a temporary folder. Nothing of it stays.

    Raises what taking them in would raise: UsageError for what is no plain file, ParseError for what cannot be read.
    """
    from pipelines.run import Input, ingest_only

    key = delivery.dataset.id
    with tempfile.TemporaryDirectory(prefix="bymaal-trial-") as folder:
        apart = replace(settings, data_dir=Path(folder).resolve(), synthetic=False)
        import_files(files, delivery, apart)
        ingested = ingest_only(Input("recorded", apart.raw), apart, wanted=[key]).ingested
        return Trial(ingested.states[key], ingested.failures.get(key), _first_rows(ingested.states[key]))


def _first_rows(state: DatasetState) -> str:
    from catalog.duck import connect, name, parquet
    from pipelines.query import boxed

    if not state.periods:
        return ""
    columns = ", ".join(name(column.name) for column in state.dataset.columns)
    with connect() as con:
        return boxed(con.sql(f"select {columns} from {parquet([state.periods[0].path])} limit {SHOWN}"))
