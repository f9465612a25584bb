"""What a dataset *is*: what a row is, its columns, promises, source and ethics. A YAML file under `pipelines/datasets/` is one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from catalog.model.column import Column, ColumnType
from catalog.model.ethics import Ethics
from catalog.model.source import End, Source
from catalog.model.values import Id, Keywords, Model, Text, Words


class RowRule(Model):
    """Rows for which `sql` is true are set aside and counted before a period is validated.

    `sql` is a DuckDB condition over the delivered columns. More than `limit` of a period's rows: the
    whole period is quarantined, because then the source, not a row, is wrong.
    """

    id: Id
    sql: Words
    limit: float = Field(default=0.05, ge=0, le=1)
    reason: Text


class Rule(Model):
    """A promise over a whole period that no single column can state.

    `sql` selects the rows that break it, from `{batch}` (all candidate rows, with `period`).
    It must be a plain `select`. `warning` is shown, `critical` quarantines the period.
    """

    id: Id
    sql: Words
    severity: Literal["critical", "warning"] = "critical"
    description: Text


class Drift(Model):
    """How far a period may be from what is known until a person has looked at it. A factor holds both ways: 20 times as much or as little.

    Numbers are compared series by series with the same period as it stands, with the period before and with the one a year before;
    what is like any of them is like what is known. Without a limit (null) nothing is compared.
    """

    series: tuple[Id, ...] | None = None
    """The key columns that tell one series from another, such as station and component. None: the key without its columns of time."""
    without: tuple[Id, ...] = ()
    """Columns whose magnitude means nothing, such as coordinates."""
    table_factor: float | None = Field(default=20, gt=1)
    """The jump of the middle series."""
    series_factor: float | None = Field(default=20, gt=1)
    """The jump of one series beyond that of its neighbours."""
    rows_factor: float | None = Field(default=5, gt=1)
    """Times as many, or as few, rows as in any of the periods compared with."""
    rows_from: int = Field(default=50, ge=1)
    """Rows below which the number of rows is too small to be compared."""
    withdrawn: float = Field(default=0.05, ge=0, le=1)
    """Share of a period's rows that a source may take back before a person looks. Below it, they go and are counted."""
    fields_vary: tuple[Id, ...] = ()
    """Formats whose field names hold data, such as a column for each station, so that new ones say nothing."""
    is_about_future: bool = False
    """Whether rows may be about days after the one on which they were taken, as timetables are."""
    contradicting: float = Field(default=0, ge=0, le=1)
    """Share of rows that may contradict another of the same key in the same delivery, with no precedence declared to choose."""


class SwitchedOff(Model):
    """A check that is not evaluated for a while, in public."""

    check: Words
    """The id of the promise, as the page of the dataset lists it."""
    reason: Text
    by: Words
    """A role, never a person."""
    until: date
    """The last day; from the next the check is evaluated again."""


class Provider(Model):
    """Whether the source has been told of a fault, and what it said."""

    status: Literal["not_told", "told", "accepted", "refused"]
    on: date
    reference: Words | None = None


class Correction(Model):
    """One value that a source has wrong and that is corrected here, in public, for as long as the source still says the same.

    `pipelines/corrections/<dataset>.yaml` lists them.
    """

    id: Id
    key: dict[Id, str | int | float | bool | datetime | date]
    """The whole key of the row, as in the published table."""
    column: Id
    expected: str | int | float | bool | None
    """What the source says today. Once it says anything else, the correction is not applied any more and says that it has expired."""
    value: str | int | float | bool | None
    """What is published instead; null: missing."""
    why: Text
    since: date
    provider: Provider


class Period(StrEnum):
    """How a validated table is cut into files. `all` is for code lists and registers."""

    month = "month"
    year = "year"
    all = "all"


class Dataset(Model):
    """One dataset: what a row is, which columns it has, which promises hold, where it is from, what was weighed."""

    id: Id
    title: Text
    description: Text
    row: Text
    """One sentence: what one row is."""
    keywords: Keywords
    themes: tuple[str, ...] = Field(min_length=1)
    """EU data-theme codes, such as ENVI."""
    los: tuple[str, ...] = ()
    """Paths in the national subject list Los, such as `ord/luftkvalitet`."""
    sdg: tuple[str, ...] = ()
    """UN targets the dataset serves, such as 11.6."""
    key: tuple[Id, ...] = Field(min_length=1)
    period: Period
    period_column: Id | None = None
    """The column that decides the period: a datetime or date (month, year) or an integer year."""
    period_offset: Literal["PT0H", "PT1H"] = "PT0H"
    """Added to a UTC datetime before cutting periods: PT1H where days and years are those of standard time (UTC+1)."""
    columns: tuple[Column, ...] = Field(min_length=1)
    delivered_only: dict[Id, ColumnType] = Field(default_factory=dict)
    """Columns that parsers deliver for rules and precedence, but that are not kept."""
    precedence: tuple[Words, ...] = ()
    """SQL order terms: of rows with equal key the first wins. `delivered_at desc` (when the snapshot was taken) is always added last."""
    set_aside: tuple[RowRule, ...] = ()
    rules: tuple[Rule, ...] = ()
    drift: Drift = Drift()
    switched_off: tuple[SwitchedOff, ...] = ()
    retired: End | None = None
    hvd: tuple[str, ...] = ()
    """High-value dataset categories, where the annex of the regulation names the data."""
    source: Source
    ethics: Ethics | None = None
    issued: date

    @model_validator(mode="after")
    def _names_exist(self) -> Dataset:
        names = [column.name for column in self.columns]
        if len(names) != len(set(names)):
            raise ValueError("a column name stands twice")
        wanted = [*self.key, *([self.period_column] if self.period_column else []), *self.drift.without]
        if outside := [name for name in self.drift.series or () if name not in self.key]:
            raise ValueError(f"drift.series names what is not in the key: {', '.join(outside)}")
        if self.ethics:
            wanted += [*self.ethics.quasi_identifiers, *self.ethics.sensitive_columns]
            wanted += [*self.ethics.count_columns, *self.ethics.identifier_columns]
            wanted += [column for declared in self.ethics.sums for column in declared.by]
        wanted += [name for file in self.source.files.values() for name in file.filled if name not in self.delivered_only]
        if self.source.table:
            wanted += [name for name in self.source.table.columns if name not in self.delivered_only]
        if both := [name for name in self.delivered_only if name in names]:
            raise ValueError(f"both kept and delivered_only: {', '.join(both)}")
        if missing := [name for name in wanted if name not in names]:
            raise ValueError(f"not among the columns: {', '.join(missing)}")
        if (self.period is Period.all) != (self.period_column is None):
            raise ValueError("period_column is needed exactly when period is month or year")
        for name in self.key:
            if self.column(name).nullable:
                raise ValueError(f"key column {name} may not be nullable")
        return self

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)
