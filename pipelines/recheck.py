"""Every promise about the validated tables, evaluated again on the files as they lie there now. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from catalog.errors import BymaalError, DataError, UsageError
from catalog.model import Dataset
from catalog.publication import Check
from pipelines.settings import Settings


@dataclass(frozen=True)
class Rechecked:
    """The checks that ran, and the datasets on which they could not be run."""

    checks: tuple[Check, ...]
    not_run: dict[str, BymaalError]
    empty: tuple[str, ...]
    """Datasets without a validated period."""

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.success)

    @property
    def exit_code(self) -> int:
        """0, or 4 when a critical promise is broken or could not be evaluated."""
        return DataError.exit_code if self.not_run or any(check.severity == "critical" for check in self.failed) else 0

    def as_record(self) -> dict[str, Any]:
        return {
            "checks": len(self.checks),
            "failed": [asdict(check) for check in self.failed],
            "not_run": {dataset: error.as_record() for dataset, error in self.not_run.items()},
            "empty": list(self.empty),
            "exit_code": self.exit_code,
        }

    def as_text(self) -> str:
        lines = [f"  {c.dataset} {c.id} ({c.severity}): {c.error or _broken(c)}" for c in self.failed]
        lines += [f"  {error}" for error in self.not_run.values()]
        ran = f"{len(self.checks)} checks on {len({check.dataset for check in self.checks})} datasets"
        return "\n".join([f"{ran}: {len(self.failed)} failed" if lines else f"{ran}: all passed", *lines])


def _broken(check: Check) -> str:
    rows = f"{check.unexpected_rows:,} of {check.evaluated_rows:,} rows" if check.unexpected_rows else "the table as a whole"
    return f"does not hold: {check.description} ({rows})"


def recheck(datasets: Mapping[str, Dataset], wanted: Sequence[str], settings: Settings) -> Rechecked:
    """Evaluate the promises of the wanted datasets, or of all, on every validated period. The caller holds the data directory.

    Raises UsageError for a dataset that nobody described, and when nothing is validated. A table that cannot be opened counts
    as broken and does not stop the others.
    """
    import duckdb

    from pipelines.ingest import state_of
    from pipelines.validate import validate

    if unknown := set(wanted) - set(datasets):
        raise UsageError(f"unknown dataset: {', '.join(sorted(unknown))}", where="--only", next_step=f"choose from {', '.join(datasets)}")
    states = [state_of(datasets[key], [], settings) for key in datasets if not wanted or key in wanted]
    if not any(state.periods for state in states):
        kind = "sample" if settings.synthetic else "recorded or live"
        raise UsageError("nothing is validated yet", where=settings.data_dir.name, next_step=f"bymaal ingest --source {kind}")
    checks: list[Check] = []
    not_run: dict[str, BymaalError] = {}
    for state in states:
        if not state.periods:
            continue
        dataset = state.dataset
        try:
            found, _ = validate(dataset, {period.period: period.path for period in state.periods}, state.rows, settings)
            checks += found
        except DataError as error:
            not_run[dataset.id] = error
        except duckdb.Error as error:
            not_run[dataset.id] = DataError(
                f"the validated table cannot be opened ({type(error).__name__})",
                where=dataset.id,
                effect="its promises were not evaluated",
                next_step="ingest it again from the archive",
            )
    return Rechecked(tuple(checks), not_run, tuple(state.dataset.id for state in states if not state.periods))
