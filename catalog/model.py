"""What things *are*: catalogue, dataset, column, source, ethics record. Values only, no behaviour beyond refusing nonsense.

Every YAML file under `pipelines/datasets/` is one `Dataset`; `catalog/catalog.yaml` is the `Catalog`.
Everything else (checks, column types, comments, dictionaries, RDF, pages) is derived from these.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

LANGUAGES = ("nb", "nn", "en")

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
Iri = Annotated[str, StringConstraints(pattern=r"^(https?|mailto):[^\s<>\"{}|\\^`]+$")]


def _no_controls(text: str) -> str:
    """Text as it is, unless it holds signs that nobody can see and that turn, erase or end what stands around them."""
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]", text):
        raise ValueError("holds a control sign")
    return text


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_no_controls)]
RegistryId = Annotated[str, StringConstraints(pattern=r"^L(09|11|17)-\d{2}$")]
"""A row of the registry of what municipalities want to measure: the goal, then a number."""


class Model(BaseModel):
    """The one base: frozen, and a key nobody declared is an error, never a silent extra."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Model):
    """One text in the three languages that readers see. None may be missing."""

    nb: Words
    nn: Words
    en: Words

    def get(self, language: str) -> str:
        return getattr(self, language)


class Keywords(Model):
    """Search words in the three languages."""

    nb: tuple[Words, ...] = Field(min_length=1)
    nn: tuple[Words, ...] = Field(min_length=1)
    en: tuple[Words, ...] = Field(min_length=1)


class Agent(Model):
    """An organisation, known by its nine-digit organisation number where it has one."""

    name: Text
    organisation_number: Annotated[str, StringConstraints(pattern=r"^[89]\d{8}$")] | None = None
    homepage: Iri | None = None


class Contact(Model):
    """A function, never a person."""

    name: Text
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    page: Iri | None = None


MunicipalityCode = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]


class Target(Model):
    """A target that a municipality set itself for one indicator."""

    value: float
    year: int
    source: Words


class Catalog(Model):
    """The catalogue itself: who publishes, where it lives, which area is of interest."""

    id: Id
    title: Text
    description: Text
    publisher: Agent
    contact: Contact
    base_uri: Iri
    homepage: Iri
    licence: Literal["CC_BY_4_0", "NLOD_2_0", "CC0"] = "CC_BY_4_0"
    area_of_interest: tuple[Annotated[str, StringConstraints(pattern=r"^\d{4}$")], ...] = ()
    issued: date
    themes: tuple[str, ...] = ("ENVI", "TRAN", "ENER", "REGI")
    targets: dict[Id, Target] = {}
    """Own targets of the areas of interest, by indicator."""
    targets_of: dict[MunicipalityCode, dict[Id, Target]] = {}
    """Targets that other municipalities set themselves, or one area of interest alone: by municipality, then by indicator."""
    measured_by: dict[MunicipalityCode, MunicipalityCode] = {}
    """Municipality → the one whose targets it is measured by where it has none of its own."""
    compare_with: dict[MunicipalityCode, tuple[MunicipalityCode, ...]] = {}
    """Municipality → those it wants to be compared with, besides county, size, KOSTRA group, neighbours and country."""

    @field_validator("base_uri")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        if not value.endswith("/"):
            raise ValueError("must end with /")
        return value


class ColumnType(StrEnum):
    """The types a published column may have. `datetime` is UTC; codes are `text`, never numbers."""

    text = "text"
    integer = "integer"
    decimal = "decimal"
    boolean = "boolean"
    date = "date"
    datetime = "datetime"


class Column(Model):
    """One column of a validated table. A number always has a unit; a code list names every code."""

    name: Id
    type: ColumnType
    title: Text
    description: Text
    unit: str | None = None
    """UCUM code declared in `catalog/units.yaml`; `1` for pure numbers and counts."""
    precision: int = Field(default=18, ge=1, le=38)
    scale: int = Field(default=6, ge=0, le=20)
    """Digits after the point of a decimal. Longer fractions from a source are rounded half away from zero."""
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    codes: dict[str, Text] | None = None
    fill_values: tuple[float, ...] = ()
    """Numbers that the source writes where it has no value, such as -9900. They become empty and are counted."""
    impossible: Literal["refuse", "set_aside"] = "refuse"
    """What a value outside minimum and maximum costs: its whole period, or only its row, as long as at most one row in twenty is such."""
    valid_in: Id | None = None
    """For municipality codes: the column with the year on whose 1 January the code must have been in use."""
    valid_when: Words | None = None
    """SQL condition of the rows for which `valid_in` holds; all rows without it."""

    @model_validator(mode="after")
    def _number_has_unit(self) -> Column:
        if self.type in (ColumnType.integer, ColumnType.decimal) and self.unit is None:
            raise ValueError(f"column {self.name}: a number needs a unit")
        if self.pattern is not None:
            re.compile(self.pattern)
        if self.fill_values and (self.type not in (ColumnType.integer, ColumnType.decimal) or not self.nullable):
            raise ValueError(f"column {self.name}: only a number that may be empty has fill_values")
        if self.impossible == "set_aside" and self.minimum is None and self.maximum is None:
            raise ValueError(f"column {self.name}: nothing is impossible without minimum or maximum")
        return self

    @property
    def sql_type(self) -> str:
        """The DuckDB type that holds this column."""
        return {
            ColumnType.text: "VARCHAR",
            ColumnType.integer: "BIGINT",
            ColumnType.decimal: f"DECIMAL({self.precision},{self.scale})",
            ColumnType.boolean: "BOOLEAN",
            ColumnType.date: "DATE",
            ColumnType.datetime: "TIMESTAMP",
        }[self.type]


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
    codes: dict[Words, Words] = {}
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
    dimensions: dict[Words, TableDimension] = {}
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
    codes: dict[Words, Words] = {}
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
    unit_source: dict[str, str] = {}
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
    files: dict[Id, DeclaredFile] = {}
    """Formats of CSV and XLSX files that are read as described here, without a module of the dataset's own."""

    @model_validator(mode="after")
    def _files_are_formats(self) -> Source:
        if unknown := [form for form in self.files if form not in self.formats]:
            raise ValueError(f"files that are not among the formats: {', '.join(unknown)}")
        if wrong := [form for form in self.files if not form.endswith(("_csv", "_xlsx"))]:
            raise ValueError(f"the name of a declared file ends in _csv or _xlsx: {', '.join(wrong)}")
        return self


class Risk(Model):
    """One thing that may go wrong for people, and what is done about it."""

    type: Annotated[str, StringConstraints(pattern=r"^risk:[A-Za-z]+$")]
    description: Text
    level: Literal["low", "moderate", "high"]
    impact_on: Annotated[str, StringConstraints(pattern=r"^dpv:[A-Za-z]+$")] = "dpv:Citizen"
    mitigation: Text
    residual: Literal["low", "moderate", "high"]


class Decision(Model):
    """Who decided what about publishing, when and why."""

    status: Literal["approved", "conditionally_approved", "rejected", "required"]
    by: Words
    on: date
    reason: Text


class Dpia(Model):
    """Whether a data protection impact assessment (GDPR article 35) is needed, and where it is if it was made."""

    outcome: Literal["not_required", "required", "done"]
    """`required`: needed and not made yet; then the rows may not be published."""
    reason: Text
    document: Iri | None = None

    @model_validator(mode="after")
    def _document_when_done(self) -> Dpia:
        if (self.outcome == "done") != (self.document is not None):
            raise ValueError("a document is named exactly when the assessment is done")
        return self


class Care(Model):
    """The CARE principles for data that concern an indigenous people: what was agreed, in the words of those who agreed it."""

    collective_benefit: Text
    authority_to_control: Text
    responsibility: Text
    ethics: Text


class Report(Model):
    """An error or complaint that somebody reported, and when it was answered. Never who."""

    on: date
    about: Text
    answered_on: date | None = None


class Waiver(Model):
    """A blocking rule that does not hold, let through for a while by a named role, in public."""

    rule: Annotated[str, StringConstraints(pattern=r"^B\d\d$")]
    reason: Text
    by: Words
    until: date


class PublishedSum(Model):
    """Sums of a dataset's rows that indicators or other tables publish, so that no hidden row may be computed from them."""

    by: tuple[Id, ...] = Field(min_length=1)
    """Columns of the dataset: one sum for each combination. The first text column among them is the area; without one it is the country."""
    group: Words | None = None
    """SQL that gives the group of a row within `by`; rows for which it is null are in none. One group where it is left out."""
    where: Words | None = None
    """SQL condition of the rows that count."""


class Ethics(Model):
    """The declared part of the ethics record. What can be computed is added at publication, never typed here."""

    summary: Text
    assessed_on: date
    review_due_on: date
    assessor: Words
    reviewer: Words | None = None
    """The role that sees to the next review; the assessor where none is named."""
    purpose: tuple[Annotated[str, StringConstraints(pattern=r"^dpv:[A-Za-z]+$")], ...] = Field(min_length=1)
    benefit: Text
    legal_basis: tuple[Iri, ...] = Field(min_length=1)
    gdpr_basis: tuple[Annotated[str, StringConstraints(pattern=r"^gdpr:A6-1-[acef]$")], ...] = ()
    about_people: Literal["none", "indirect", "aggregated", "individual"]
    counts_of: tuple[Literal["persons", "households", "businesses", "meters", "vehicles", "passages", "trips", "measurements"], ...] = (
        Field(min_length=1)
    )
    data_category: Literal[
        "NonPersonalData",
        "AnonymisedData",
        "ContextuallyAnonymisedData",
        "PseudonymisedData",
        "StatisticallyConfidentialData",
        "SensitiveNonPersonalData",
        "SyntheticData",
        "PersonalData",
    ]
    data_nature: tuple[Literal["ObservedData", "CollectedData", "DerivedData", "InferredData", "GeneratedData"], ...] = Field(min_length=1)
    people_concerned: tuple[Annotated[str, StringConstraints(pattern=r"^dpv:[A-Za-z]+$")], ...] = ()
    vulnerable_groups: tuple[Annotated[str, StringConstraints(pattern=r"^dpv:[A-Za-z]+$")], ...] = ()
    indigenous_relevance: Literal["not_relevant", "possible", "relevant"]
    consulted: tuple[Words, ...] = ()
    collection: Text
    limitations: Text
    biases: Text
    missing: Text
    """Who or what is not in the data."""
    intended_use: Text
    discouraged_use: Text
    maintenance: Text
    quasi_identifiers: tuple[Id, ...] = ()
    sensitive_columns: tuple[Id, ...] = ()
    count_columns: tuple[Id, ...] = ()
    """Columns that count people, households or meters: a value from 1 to `threshold - 1` may not get out."""
    identifier_columns: tuple[Id, ...] = ()
    """Columns declared to hold identifiers of things (stations, organisations) that may look like those of people."""
    threshold: int = Field(default=5, ge=3)
    withhold_when: Words | None = None
    """SQL condition of rows whose numbers may concern too few, where the table has no count to tell it by."""
    sums: tuple[PublishedSum, ...] = ()
    """Sums of the rows that are published elsewhere in the catalogue."""
    technical_measures: tuple[Annotated[str, StringConstraints(pattern=r"^(dpv|gdpr):[A-Za-z]+$")], ...] = ()
    organisational_measures: tuple[Annotated[str, StringConstraints(pattern=r"^(dpv|gdpr):[A-Za-z]+$")], ...] = ("dpv:ReviewProcedure",)
    dpia: Dpia | None = None
    care: Care | None = None
    """Needed where the data are relevant to the Sámi people."""
    reports: tuple[Report, ...] = ()
    risks: tuple[Risk, ...] = Field(min_length=1)
    waivers: tuple[Waiver, ...] = ()
    decision: Decision

    @model_validator(mode="after")
    def _review_is_near_enough(self) -> Ethics:
        months = 24 if self.about_people == "none" else 12
        limit = self.assessed_on.replace(year=self.assessed_on.year + months // 12)
        if not self.assessed_on < self.review_due_on <= limit:
            raise ValueError(f"review_due_on must lie after assessed_on and at most {months} months later")
        return self

    @property
    def is_publishable(self) -> bool:
        """Whether the named role said yes. The computed rules may still say no."""
        return self.decision.status in ("approved", "conditionally_approved")


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
    delivered_only: dict[Id, ColumnType] = {}
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


class Sdg(Model):
    """The UN indicator or target that a local indicator translates, and how faithfully."""

    goal: Literal[9, 11, 17]
    target: Annotated[str, StringConstraints(pattern=r"^\d+\.[0-9a-z]+$")]
    indicator: Annotated[str, StringConstraints(pattern=r"^\d+\.[0-9a-z]+\.\d+$")] | None = None
    name: Text
    """Official name of the UN indicator (or target) in English; nb and nn are our translation."""
    fidelity: Literal["identical", "adapted", "proxy", "context", "gap"]
    why: Text


class Benchmark(Model):
    """A limit, goal or target to hold a value against, with the document that sets it."""

    name: Text
    value: float
    year: int | None = None
    """The year by which a target is to be met; None for a standing limit."""
    source: Words


class Crosswalk(Model):
    """The same indicator in other lists."""

    u4ssc: str | None = None
    eu_vlr: str | None = None
    ks: Iri | None = None
    ssb_table: str | None = None


class Example(Model):
    """A worked example by hand: input rows by table name and the observations they must give. It is the test."""

    given: dict[str, tuple[dict[str, str | int | float | bool | date | None], ...]]
    expect: tuple[dict[str, str | int | float | bool | None], ...] = Field(min_length=1)
    explanation: Text


class Indicator(Model):
    """One localised indicator: everything its page says, and the SQL that computes it.

    It lives here and not in `indicators/` because the catalogue describes and publishes it; `indicators/`
    reads it from the head of an SQL file and computes it.
    """

    id: Id
    registry: RegistryId | None = None
    """The row of the registry that it answers. Several may answer one; None for what nobody asked for there."""
    title: Text
    description: Text
    formula: Text
    sdg: Sdg
    unit: str
    decimals: int = Field(default=1, ge=0, le=6)
    """Digits shown to readers. Stored values keep all six."""
    better: Literal["higher", "lower", "context"]
    geography: Literal["municipality", "county", "country", "catalogue"] = "municipality"
    frequency: Literal["year", "month"] = "year"
    minimum_coverage: float | None = Field(default=None, ge=0, le=1)
    uncertainty: Literal["none", "wilson", "poisson"] = "none"
    """What chance does to the number: `wilson` where the numerator counts those of the denominator that are something, `poisson` where it
    counts events, `none` where no interval is known. docs/indicators.md tells the methods."""
    counts_people: bool = True
    """False where numerator and denominator count indicators, sources or periods: a number of four is then no group of four people."""
    target: Benchmark | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    target_image: Literal["attractive", "inclusive", "efficient", "climate_friendly", "adaptable", "healthy"]
    roadmap_principle: int = Field(ge=1, le=8)
    themes: tuple[str, ...] = ("ENVI",)
    keywords: Keywords
    crosswalk: Crosswalk = Crosswalk()
    does_not_say: Text
    """What the number does not say."""
    not_covered: Text
    """Who or what is not covered by it."""
    version: str = "1"
    """Version of the formula; a change of method raises it."""
    issued: date
    example: Example
    sql: str
    """The query alone, without its head."""

    @property
    def is_ranked(self) -> bool:
        return self.better != "context"


class RegistryGap(Model):
    """A row of the registry, or a part of one, that has no number: what was asked for, why it cannot be computed, and what would close it.

    One file `indicators/goal_*/<id>.yaml`. Once the input is at hand, an SQL file takes its place. Where indicators answer the same row,
    the gap is what they leave out.
    """

    id: Id
    registry: RegistryId
    title: Text
    description: Text
    """What would be measured, with its formula in words."""
    sdg: Sdg
    """With the fidelity that the number would have; `gap` where no open source by municipality is known at all."""
    unit: str
    better: Literal["higher", "lower", "context"]
    geography: Literal["municipality", "county", "country", "catalogue"] = "municipality"
    """What the row asks for a number for, not what a source happens to have."""
    target: Benchmark | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    target_image: Literal["attractive", "inclusive", "efficient", "climate_friendly", "adaptable", "healthy"]
    roadmap_principle: int = Field(ge=1, le=8)
    crosswalk: Crosswalk = Crosswalk()
    source: Text
    """The source that was asked for, or looked for in vain."""
    status: Literal["no_source", "not_machine_readable", "not_connected", "county_only", "privacy"]
    why: Text
    """Why there is no number."""
    closes: Text
    """What would close the gap, and who could."""
    does_not_say: Text
    """What the number would not say, if it were there."""
    issued: date


class Table(Model):
    """An intermediate table between data and indicators, published because official figures are printed at its level."""

    id: Id
    title: Text
    description: Text
    row: Text
    key: tuple[Id, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    per_period_of: Id | None = None
    """A dataset whose periods the table is computed from one at a time, because no row needs two of them.

    Such a table is a stage: it is kept in parts, so that a changed month costs a month, and it is not published.
    """
    optional: tuple[str, ...] = ()
    """Inputs that may have no data yet: they count as empty. Any other input that is absent leaves the table out."""
    example: Example
    sql: str


class Reference(Model):
    """A small table of facts with their source that queries look things up in, such as limit values.

    `indicators/reference/<id>.yaml` describes the columns of `indicators/reference/<id>.csv`.
    """

    id: Id
    title: Text
    description: Text
    source: Words
    key: tuple[Id, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
