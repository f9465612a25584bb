"""What a release is made from: the state of every dataset and indicator, handed over as plain values.

`pipelines` fills these in, `catalog` turns them into files. Paths point at finished, immutable inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.model import Catalog, Correction, Dataset, Indicator, RegistryGap, Table, Text

if TYPE_CHECKING:
    from catalog.described import Distribution


@dataclass(frozen=True)
class Snapshot:
    """Bytes as a source sent them, with where they are from and when. Written once, never changed."""

    dataset: str
    format: str
    path: Path
    source_url: str
    publisher: str
    licence: str
    retrieved_on: date | None
    note: str
    sha256: str
    size: int
    period: str | None = None
    """The one period the snapshot covers, where its request said so; None when only its rows tell."""
    answer: str = ""
    """Which answer a page is of, as hashes of the question and of all its pages, `<question>-<pages>`; empty where no pages are turned."""

    @property
    def delivered_at(self) -> str:
        """Sorts snapshots by when they were taken; those without a date come first, then by hash."""
        return f"{self.retrieved_on or '0000-00-00'}|{self.sha256}"


@dataclass(frozen=True)
class Check:
    """One expectation that was evaluated over every row of the candidate periods."""

    dataset: str
    id: str
    expectation: str
    column: str | None
    severity: str
    description: str
    success: bool
    evaluated_rows: int
    unexpected_rows: int
    error: str | None = None
    """Set when the check itself raised; that counts as failed but does not call the data bad."""


@dataclass(frozen=True)
class PeriodState:
    """One promoted period of a validated table."""

    period: str
    path: Path
    rows: int
    sha256: str
    snapshots: tuple[str, ...]
    set_aside: dict[str, int] = field(default_factory=dict)
    """Delivered rows that were set aside, by rule."""
    repeated: int = 0
    """Delivered rows whose key another row also had."""
    filled: dict[str, int] = field(default_factory=dict)
    """Values that were a source's code for a missing value and became empty, by column."""
    contradicting: int = 0
    """Rows that contradicted another of the same key in the same delivery; `repeated` counts those that lost."""
    withdrawn: int = 0
    """Rows that the source delivered before and no longer has. They are in no table any more; the old snapshot stays."""


@dataclass(frozen=True)
class Quarantined:
    """One period that broke a promise: what readers are not shown, and why."""

    dataset: str
    period: str
    reasons: tuple[str, ...]
    since: date
    rows: int
    serves_older: bool
    """True when an older, good version of the period is still published."""


@dataclass(frozen=True)
class Finding:
    """One way in which a dataset differs from what came before it or from what is declared, and what becomes of it."""

    dataset: str
    period: str
    """Empty where it is about the dataset as a whole."""
    check: str
    """Which comparison found it: a code of the vocabulary in docs/drift.md, such as `magnitude` or `withdrawn`."""
    column: str
    series: str
    """The one series it is about, such as `station=NO0011A`; empty for the table as a whole."""
    size: str
    """How large it is, rounded, such as `×1000` or `12 rows`."""
    what: str
    """One English sentence without any value of the data."""
    outcome: Literal["noticed", "waiting", "confirmed"]
    """`waiting`: the period is held back until a person confirms. `noticed`: shown, nothing is held back."""
    since: date
    confirmed_on: date | None = None
    why: str = ""
    """The reason given by the person who confirmed; who that was stays in the data folder."""


@dataclass(frozen=True)
class CorrectionState:
    """A declared correction and what became of it."""

    correction: Correction
    outcome: Literal["applied", "expired", "not_found"]
    """`expired`: the source no longer says what was expected, so that its own value is published."""
    period: str


@dataclass(frozen=True)
class Freshness:
    """Whether a dataset has what its source should have published by now."""

    state: Literal["fresh", "due", "overdue", "ended", "retired", "empty", "not_known"]
    """`not_known`: nothing tells when the data was taken."""
    newest_on: date | None
    """The last day that the data is about, or, for a register, the day it was taken."""
    expected_on: date | None
    """When the source should publish what comes next."""
    overdue_on: date | None
    """The first day on which it is late."""


@dataclass(frozen=True)
class DatasetState:
    """A dataset as it stands: its promoted periods, the checks that ran, what was held back."""

    dataset: Dataset
    periods: tuple[PeriodState, ...]
    checks: tuple[Check, ...]
    quarantined: tuple[Quarantined, ...]
    snapshots: tuple[Snapshot, ...]
    findings: tuple[Finding, ...] = ()
    corrections: tuple[CorrectionState, ...] = ()
    revisions: tuple[Path, ...] = ()
    """Parquet files, oldest first, of what changed in promoted periods: dataset, period, known_on, change, cause, key, column_name,
    old_value, new_value, old_snapshot, new_snapshot, n_rows, ratio (docs/drift.md)."""
    freshness: Freshness | None = None

    @property
    def rows(self) -> int:
        return sum(period.rows for period in self.periods)

    @property
    def newest_period(self) -> str | None:
        return max((period.period for period in self.periods), default=None)

    @property
    def retrieved_on(self) -> date | None:
        """When the newest of its snapshots was taken, where that is known."""
        return max((s.retrieved_on for s in self.snapshots if s.retrieved_on), default=None)


@dataclass(frozen=True)
class Vintage:
    """An earlier release that can still be read: its day, and its files with all observations as they were known then."""

    release: str
    built_on: date
    files: tuple[Distribution, ...]
    withdrawn: str | None = None
    """Why it was withdrawn; None while it stands."""


@dataclass(frozen=True)
class Publication:
    """Everything one release is made from."""

    catalog: Catalog
    datasets: tuple[DatasetState, ...]
    indicators: tuple[Indicator, ...]
    tables: tuple[Table, ...]
    observations: Path
    """One Parquet file with the observations of all indicators, sorted."""
    table_files: dict[str, Path]
    """Parquet file of each intermediate table that is published, by id. A table without one is a stage on the way, or a gap."""
    area_files: dict[str, Path]
    """Parquet files of the area tables: municipalities, changes, to_borders."""
    synthetic: bool
    software_version: str
    built_at: datetime
    """UTC; handed in, never read from a clock further down."""
    not_yet_known: tuple[tuple[str, int], ...] = ()
    """Datasets listed by the source that nothing here describes yet, with their number of files."""
    gaps: tuple[tuple[str, str], ...] = ()
    """Tables and indicators that have nothing to show, by id, and why."""
    held_back: dict[str, Text] = field(default_factory=dict)
    """Indicators that may not be shown because of a dataset they rest on, by id, and why. Known once the rules have been tried."""
    failures: tuple[tuple[str, str, str], ...] = ()
    """Datasets that could not be brought up to date and stay at their last good version: id, class of error, English message."""
    registry_gaps: tuple[RegistryGap, ...] = ()
    """What the registry asks for and nothing here can compute, with the reason and what would close it."""
    references: dict[str, str] = field(default_factory=dict)
    """Hash of the rows of each table of facts that queries look things up in, such as limit values, by id."""
    vintages: tuple[Vintage, ...] = ()
    """The releases before this one that are still there, oldest first. Filled in when a release is built."""
    notes: dict[str, Text] = field(default_factory=dict)
    """What changed since the release before, by dataset or indicator. Filled in when a release is built."""


def datasets_of(publication: Publication) -> list[Dataset]:
    """What the datasets of a publication are, without their state."""
    return [state.dataset for state in publication.datasets]
