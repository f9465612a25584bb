"""What is computed from datasets *is*: indicators, gaps in their registry, tables between, facts to look up."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from catalog.model.column import Column
from catalog.model.ethics import IndicatorEthics
from catalog.model.values import Id, Iri, Keywords, Model, RegistryId, SameOrText, Text, Words


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
    source: SameOrText


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
    other_years: tuple[int, ...] = ()
    """Years that a value is also computed from, counted from its own: -5 where growth over five years is measured."""
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
    ethics: IndicatorEthics | None = None
    """None while nobody has weighed whether it should be published; then it is withheld."""
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
