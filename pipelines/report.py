"""What a run did, for people and for machines: published, held back and why, and what to do next."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import DataError
from pipelines.status import (
    BROKEN,
    EMPTY,
    FAILED,
    LEFT,
    NOTICED,
    WAITING,
    WITHHELD,
    WITHHELD_INDICATORS,
    names_below,
    rules_named,
)

if TYPE_CHECKING:
    from catalog.publication import DatasetState, Quarantined
    from catalog.releases.release import Release
    from indicators.compute import Computed
    from pipelines.ingesting.outcome import Ingested
    from pipelines.settings import Settings


@dataclass(frozen=True)
class Report:
    """The end of a run."""

    ingested: Ingested
    computed: Computed | None
    release: Release | None
    settings: Settings
    expected: frozenset[tuple[str, str]] = frozenset()
    """Refusals that were to be expected, because the sandbox breaks these periods on purpose."""

    @classmethod
    def of(
        cls,
        ingested: Ingested,
        computed: Computed | None,
        release: Release | None,
        settings: Settings,
        *,
        expected: frozenset[tuple[str, str]] = frozenset(),
    ) -> Report:
        return cls(ingested, computed, release, settings, expected)

    @property
    def exit_code(self) -> int:
        """0, or the code of the gravest thing that was held back for the first time."""
        codes = [error.exit_code for error in self.ingested.failures.values()]
        if set(self.ingested.newly_refused) - self.expected:
            codes.append(DataError.exit_code)
        return max(codes, default=0)

    def as_record(self) -> dict[str, Any]:
        return {
            "release": self.release.id if self.release else None,
            "is_new": self.release.is_new if self.release else False,
            "synthetic": self.settings.synthetic,
            "datasets": {
                key: {
                    "rows": s.rows,
                    "periods": len(s.periods),
                    "newest_period": s.newest_period,
                    **_freshness(s),
                    "waiting": [{"period": f.period, "check": f.check, "what": f.what} for f in s.findings if f.outcome == "waiting"],
                    "noticed": _noticed(s, self.settings.now.date()),
                    "quarantined": {q.period: list(q.reasons) for q in _broken(s)},
                }
                for key, s in self.ingested.states.items()
            },
            "revised": [list(one) for one in self.ingested.revised],
            "inbox": {"taken": list(self.ingested.delivered), "left": [str(error) for error in self.ingested.left_in_inbox]},
            "failures": {key: error.as_record() for key, error in self.ingested.failures.items()},
            "withheld": {key: list(reasons) for key, reasons in self._withheld().items()},
            "withheld_indicators": self.release.withheld_indicators if self.release else {},
            "not_yet_known": dict(self.ingested.not_yet_known),
            "observations": dict(self.computed.rows) if self.computed else {},
            "gaps": {gap.id: gap.reason for gap in self.computed.gaps} if self.computed else {},
            "ran_at": self.settings.now.isoformat(),
            "exit_code": self.exit_code,
        }

    def _withheld(self) -> dict[str, tuple[str, ...]]:
        """Datasets with data whose ethics record keeps them from being published, and why."""
        states = self.ingested.states
        return {key: why for key, why in self.release.withheld.items() if states[key].periods} if self.release else {}

    def as_text(self) -> str:
        """Published first, then what was held back with its reason, then the command that opens it."""
        blocks = [self._published(), *self._held_back(), self._next()]
        return "\n\n".join(block for block in blocks if block)

    def _published(self) -> str:
        states = [s for s in self.ingested.states.values() if s.periods]
        rows = sum(s.rows for s in states)
        head = f"{len(states)} datasets, {rows:,} rows"
        if self.computed:
            head += f"; {sum(1 for n in self.computed.rows.values() if n)} indicators, {sum(self.computed.rows.values()):,} observations"
        if self.release:
            kind = "SYNTHETIC data from the sandbox" if self.settings.synthetic else "real data"
            what = "Published release" if self.release.is_new else "Nothing has changed since release"
            head = f"{what} {self.release.id} ({kind})\n{head}"
        withheld = self._withheld()
        width = max((len(s.dataset.id) for s in states), default=0)
        lines = []
        for state in states:
            note = "  not published, used for sums only" if state.dataset.id in withheld else ""
            span = f"{state.periods[0].period} – {state.newest_period}" if len(state.periods) > 1 else state.newest_period
            lines.append(f"  {state.dataset.id:<{width}}  {state.rows:>10,} rows  {span}{note}")
        return "\n".join([head, *lines])

    def _held_back(self) -> list[str]:
        blocks = []
        if self.ingested.revised:
            blocks.append(
                names_below("Revised, with old and new values kept:", [f"{key} {period}" for key, period in self.ingested.revised])
            )
        waiting = [f for s in self.ingested.states.values() for f in s.findings if f.outcome == "waiting"]
        if waiting:
            blocks.append("\n".join([WAITING, *(f"  {f.dataset} {f.period}: {f.what}" for f in waiting)]))
        refused = [q for s in self.ingested.states.values() for q in _broken(s)]
        if refused:
            lines = [
                f"  {q.dataset} {q.period}: {'; '.join(q.reasons)}{' (the earlier version stays)' if q.serves_older else ''}"
                for q in refused
            ]
            blocks.append("\n".join([BROKEN, *lines]))
        if self.ingested.failures:
            lines = [f"  {key}: {error}" for key, error in sorted(self.ingested.failures.items())]
            blocks.append("\n".join([FAILED, *lines]))
        if self.ingested.left_in_inbox:
            blocks.append("\n".join([LEFT, *(f"  {error}" for error in self.ingested.left_in_inbox)]))
        noticed = [f"  {key}{said}" for key, s in self.ingested.states.items() for said in _noticed(s, self.settings.now.date())]
        if noticed:
            blocks.append("\n".join([NOTICED, *noticed]))
        if withheld := self._withheld():
            lines = [f"  {key}: these rules do not hold: {rules_named(why)}" for key, why in sorted(withheld.items())]
            blocks.append("\n".join([WITHHELD, *lines]))
        if self.release and self.release.withheld_indicators:
            lines = [f"  {key}: {why}" for key, why in self.release.withheld_indicators.items()]
            blocks.append("\n".join([WITHHELD_INDICATORS, *lines]))
        if empty := [key for key, state in self.ingested.states.items() if not state.periods and key not in self.ingested.failures]:
            blocks.append(names_below(EMPTY, empty))
        if self.computed and self.computed.gaps:
            refused = [f"  {gap.id}: {gap.reason}" for gap in self.computed.gaps if gap.refused]
            if refused:
                blocks.append("\n".join(["Not computed, because a query's answer broke a rule:", *refused]))
            blocks.append(names_below("Nothing to show yet, for want of data:", [gap.id for gap in self.computed.gaps if not gap.refused]))
        if self.ingested.not_yet_known:
            files = [f"{name} ({count} file{'s' if count > 1 else ''})" for name, count in self.ingested.not_yet_known]
            blocks.append(names_below("Listed but not yet known (no description under pipelines/datasets):", files))
        return blocks

    def _next(self) -> str:
        if not self.release:
            return ""
        data = self.settings.data_dir
        where = "" if data == Path("data").resolve() else f" --data-dir {data}"
        return f"Open it:  {_command()} serve{where}"


def _freshness(state: DatasetState) -> dict[str, str | None]:
    """How fresh it is on the day of the run, and the two days from which `bymaal status` tells it later."""
    known = state.freshness
    if known is None:
        return {"freshness": "not_known", "expected_on": None, "overdue_on": None}
    days = {"expected_on": known.expected_on, "overdue_on": known.overdue_on}
    return {"freshness": known.state, **{key: day.isoformat() if day else None for key, day in days.items()}}


def _broken(state: DatasetState) -> list[Quarantined]:
    """Periods that broke a promise; those that only wait for a person stand apart."""
    waiting: dict[str, set[str]] = {}
    for finding in state.findings:
        if finding.outcome == "waiting":
            waiting.setdefault(finding.period, set()).add(finding.what)
    return [q for q in state.quarantined if set(q.reasons) - waiting.get(q.period, set())]


def _noticed(state: DatasetState, today: date) -> list[str]:
    """What readers are told and nobody has to confirm: small withdrawals, expired corrections, checks that are off."""
    found = [f"{f' {f.period}' if f.period else ''}: {f.what}" for f in state.findings if f.outcome == "noticed"]
    found += [
        f": the correction {one.correction.id} has expired, the source no longer says what was expected"
        for one in state.corrections
        if one.outcome == "expired"
    ]
    found += [f": the correction {one.correction.id} finds no row" for one in state.corrections if one.outcome == "not_found"]
    return found + [
        f": the check {off.check} is switched off until {off.until}" for off in state.dataset.switched_off if today <= off.until
    ]


def _command() -> str:
    """How this program can be called from here: by its name where the shell finds it, else by the way it was called."""
    called = Path(sys.argv[0])
    return "bymaal" if shutil.which("bymaal") or called.name != "bymaal" else os.path.relpath(called)
