"""What a source *is*: publisher, terms, rhythm, and how its tables and files are read where no module does."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from catalog.model.values import Agent, Id, Iri, Model, Text, Words


class End(Model):
    """That a source has ended, or that this dataset is no longer kept up."""

    on: date
    reason: Text
    successor: Iri | Id | None = None


class Calendar(Model):
    """When a source is expected to publish. Without one, a period is expected one rhythm after its end."""

    delay: Annotated[str, StringConstraints(pattern=r"^P\d+[YMWD]$")] = "P0D"
    """From the end of what is published to its publication."""
    as_of: Literal["end", "start"] = "end"
    """Whether the numbers of a period are about all of it or, like inhabitants on 1 January, about its beginning."""
    day: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")] | None = None
    """Month and day of a yearly publication: the first such day after the end or beginning. Then `delay` does not count."""
    grace: Annotated[str, StringConstraints(pattern=r"^P\d+[YMWD]$")] | None = None
    """How long after that day it is due rather than overdue. None: one rhythm, at least a day and at most a month."""


class TableVersion(Model):
    """One table of a statistics bank and the years it is asked for. When a table is closed, its successor takes over from the next year."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{3,20}$")]
    first_year: int | None = None
    last_year: int | None = None

    def covers(self, year: int) -> bool:
        return (self.first_year or year) <= year <= (self.last_year or year)


class TableDimension(Model):
    """One further dimension of a table: which of its categories are asked for, and where they go.

    The dimension and its categories are named as the source names them: by code, or by label where the code is not known. A unit in
    brackets at the end of a label does not count, nor does upper or lower case.
    """

    column: Id | None = None
    """None: a fixed category, such as all ages together, that leads to no column. Then it must be exactly one."""
    values: tuple[Words, ...] = ()
    """Categories, or the source's own expressions: `*`, `?`, `top(n)`, `from(x)`, `to(x)`, `[range(a,b)]`."""
    codes: dict[Words, Words] = Field(default_factory=dict)
    """Category in the source → code in the column. With these and without `values`, just they are asked for."""
    code_list: Words | None = None
    """A code list of the source that groups the categories. Then `values` and `codes` are those of the list."""

    @model_validator(mode="after")
    def _is_asked_for(self) -> TableDimension:
        if not self.asked:
            raise ValueError("neither values nor codes")
        if self.column is None and (len(self.asked) > 1 or any(re.search(r"[*?()]", category) for category in self.asked)):
            raise ValueError("a dimension without a column needs exactly one category")
        if len(set(self.codes.values())) != len(self.codes):
            raise ValueError("two categories would get the same code")
        return self

    @property
    def asked(self) -> tuple[str, ...]:
        return self.values or tuple(self.codes)


class TableMeasure(Model):
    """One measure (`ContentsCode`) of a table: the columns of its number and its sign, and the unit it must have."""

    column: Id
    sign: Id
    """The column for the standard sign beside or instead of the number, as the source writes it."""
    units: tuple[Words, ...] = Field(min_length=1)
    """What the source may call the unit. Any other unit is refused."""
    decimals: int | None = Field(default=None, ge=0, le=6)
    """Digits after the point that the source promises; more than these are refused."""
    times: int = Field(default=1, ge=1)
    """What the source's numbers are multiplied by to get the unit of the column: 1000 where it counts in thousands."""
    code: Words | None = None
    """The code of this measure in `measure_column`."""


class StatisticsTable(Model):
    """A table of a statistics bank with PxWebApi v2, as one dataset. A dataset that declares this needs no module of its own.

    Dimensions of region and time are found by their role in the table's own metadata, so that their names need not be known.
    A dimension that is not declared is left out where the table allows it, and then holds its total.
    """

    versions: tuple[TableVersion, ...] = Field(min_length=1)
    region: Id | None = None
    """The column for the region's code. None for a table without regions."""
    regions: tuple[Words, ...] = ("*",)
    time: Id
    """The column for the year. Tables by month or quarter do not fit in here."""
    version: Id | None = None
    """The column for the number of the table that a figure is from, so that a table and its successor are never mixed unseen."""
    updated: Id | None = None
    """The column for the day on which the source last updated the table, for figures that are first preliminary and then revised."""
    dimensions: dict[Words, TableDimension] = Field(default_factory=dict)
    measure_column: Id | None = None
    """With this column there is one row for each measure; without it one row holds all measures beside each other."""
    measures: dict[Words, TableMeasure] = Field(min_length=1)

    @model_validator(mode="after")
    def _measures_fit(self) -> StatisticsTable:
        codes = [measure.code for measure in self.measures.values()]
        if any((code is None) != (self.measure_column is None) for code in codes):
            raise ValueError("a measure has a code exactly when there is a measure_column")
        written = (
            [m.code for m in self.measures.values()]
            if self.measure_column
            else [c for m in self.measures.values() for c in (m.column, m.sign)]
        )
        if len(set(written)) != len(written):
            raise ValueError("two measures go to the same place")
        spans = sorted((v.first_year or 0, v.last_year or 9999) for v in self.versions)
        if any(after[0] <= before[1] for before, after in pairwise(spans)):
            raise ValueError("two versions of the table are asked for the same year")
        return self

    @property
    def columns(self) -> list[str]:
        """Every column that the table fills, each once."""
        fixed = [self.region, self.time, self.version, self.updated, self.measure_column, *(d.column for d in self.dimensions.values())]
        filled = [c for m in self.measures.values() for c in (m.column, m.sign)]
        return list(dict.fromkeys(c for c in (*fixed, *filled) if c))


class FileColumn(Model):
    """Where one column of a dataset comes from in a file of rows and columns. Exactly one of the first five is given."""

    header: tuple[Words, ...] = ()
    """What the column may be called in the file. Upper and lower case, repeated blanks and raised digits do not count."""
    joined: tuple[Words, ...] = ()
    """Columns of the file whose texts are put one after the other: county 40 and municipality 18 make 4018."""
    series: Id | None = None
    """A named group of the pattern of `series.header`."""
    name: Words | None = None
    """A pattern with one group that is looked for in the file's name, for what no column says, such as the year."""
    text: Words | None = None
    """The same in every row."""
    width: int | None = Field(default=None, ge=1)
    """Digits that a code has (each part, if joined): zeros are put in front of a shorter one, because spreadsheets take them away."""
    codes: dict[Words, Words] = Field(default_factory=dict)
    """What the source writes → what stands in the column. Anything else is refused."""
    missing: tuple[Words, ...] = ()
    """What the source writes where it has nothing, besides leaving the cell blank."""
    times: int = Field(default=1, ge=1)
    """What a number is multiplied by to get the unit of the column: 1000 where the source counts in thousands."""
    formats: tuple[Words, ...] = ()
    """How a date is written, such as `%d.%m.%Y`. A cell that is a date in a workbook needs none."""

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> FileColumn:
        if sum(bool(place) for place in (self.header, self.joined, self.series, self.name, self.text)) != 1:
            raise ValueError("exactly one of header, joined, series, name and text")
        if self.name and re.compile(self.name).groups != 1:
            raise ValueError("name: a pattern with exactly one group")
        return self


class FileSeries(Model):
    """Columns beside each other that hold the same thing for different years, meters or kinds: every cell of them becomes a row."""

    header: Words
    """A pattern that the whole header of such a column fits; columns of the dataset refer to its named groups."""
    value: Id
    """The column for what the cells hold. A blank cell gives a row without a value."""
    missing: tuple[Words, ...] = ()
    times: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _is_a_pattern(self) -> FileSeries:
        re.compile(self.header)
        return self


class FileTime(Model):
    """Which column of a file tells the time of a row, how it is written, and which instant it stands for."""

    column: Id
    """The column of the dataset for the beginning of the interval, in UTC."""
    header: tuple[Words, ...] = Field(min_length=1)
    formats: tuple[Words, ...] = Field(min_length=1)
    """How it may be written, such as `%d.%m.%Y %H:%M`; the first that fits counts."""
    clock: Literal["UTC", "standard", "Oslo"]
    """UTC, standard time (UTC+1) all year, or the clocks of Oslo with summer time."""
    label: Literal["begin", "end"] = "begin"
    """Which end of the interval it names."""
    step: Annotated[str, StringConstraints(pattern=r"^P(\d+D|T\d+[HM])$")] | None = None
    """Length of the interval; needed where its end is named."""
    doubt: Id | None = None
    """The column for why a time on the clocks of Oslo is not one instant: `skipped` in spring, `repeated` in autumn."""

    @model_validator(mode="after")
    def _end_has_a_length(self) -> FileTime:
        if self.label == "end" and self.step is None:
            raise ValueError("the end of an interval needs its length: step")
        if self.clock != "UTC" and any("%z" in written for written in self.formats):
            raise ValueError("a time that tells its offset is read as UTC: clock")
        return self


class DeclaredFile(Model):
    """How one kind of file is read without a module: a CSV or XLSX export, as the end of its format's name says."""

    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"|\\^`]+$")] | None = None
    """Where it lies, with `{year}` for a file of each year. None: nobody can ask for it, it is delivered by hand."""
    encoding: Literal["utf-8", "cp1252", "iso-8859-1", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[",", "."] = "."
    thousands: Literal[" ", ".", ",", "'"] | None = None
    sheet: Words | None = None
    """A pattern of the sheet's whole name. None: the one sheet that has the header."""
    header_rows: int = Field(default=1, ge=1, le=4)
    """Rows that the header takes; their texts are read together with ` / ` between them."""
    header_within: int = Field(default=20, ge=1, le=200)
    """The header begins among this many rows at the top; what stands above it is comment."""
    ends_before: Words | None = None
    """A pattern of the first cell of what stands below the rows, such as notes and sums."""
    columns: dict[Id, FileColumn] = Field(min_length=1)
    series: FileSeries | None = None
    time: FileTime | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> DeclaredFile:
        groups = set(re.compile(self.series.header).groupindex) if self.series else set()
        if unknown := [column.series for column in self.columns.values() if column.series and column.series not in groups]:
            raise ValueError(f"no group of series.header is called {', '.join(unknown)}")
        if len(set(self.filled)) != len(self.filled):
            raise ValueError("a column is filled from two places")
        if self.thousands == self.decimal:
            raise ValueError("one sign cannot stand for thousands and for decimals")
        return self

    @property
    def filled(self) -> list[str]:
        """Every column that the file fills."""
        time = [self.time.column, *([self.time.doubt] if self.time.doubt else [])] if self.time else []
        return [*self.columns, *([self.series.value] if self.series else []), *time]


class Source(Model):
    """Where a dataset is fetched from, on which terms, how often and how far back it is corrected."""

    publisher: Agent
    service: Iri
    hosts: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")], ...] = ()
    """Hosts that may be asked besides the one of `service`; redirects may go nowhere else."""
    documentation: Iri | None = None
    licence: Literal["CC_BY_4_0", "NLOD_2_0", "CC0"]
    attribution: Text
    rhythm: Annotated[str, StringConstraints(pattern=r"^P(\d+[YMWD]|T\d+[HM])$")]
    """How often the source publishes (ISO 8601 duration)."""
    lag: Annotated[str, StringConstraints(pattern=r"^P(\d+[YMWD]|T\d+[HM])$")] = "P1M"
    """How far back the source may still correct what it published."""
    starts_on: date
    formats: tuple[Id, ...] = Field(min_length=1)
    unit_source: dict[str, str] = Field(default_factory=dict)
    """Unit texts that the source itself writes, by column, where it writes any."""
    whole_formats: tuple[Id, ...] = ()
    """Formats of which an answer holds everything that was asked for, also where it spans several periods: what a later answer to the same
    question lacks, the source has withdrawn. An answer for one named period always does."""
    calendar: Calendar = Calendar()
    ended: End | None = None
    verified: bool = True
    """False where no real answer of the source was at hand when this was built; pages say so."""
    table: StatisticsTable | None = None
    """A table of a statistics bank that is asked for and read as described here, without a module of the dataset's own."""
    files: dict[Id, DeclaredFile] = Field(default_factory=dict)
    """Formats of CSV and XLSX files that are read as described here, without a module of the dataset's own."""

    @model_validator(mode="after")
    def _files_are_formats(self) -> Source:
        if unknown := [form for form in self.files if form not in self.formats]:
            raise ValueError(f"files that are not among the formats: {', '.join(unknown)}")
        if wrong := [form for form in self.files if not form.endswith(("_csv", "_xlsx"))]:
            raise ValueError(f"the name of a declared file ends in _csv or _xlsx: {', '.join(wrong)}")
        return self
