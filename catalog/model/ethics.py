"""What a person declares about the ethics of a dataset. `catalog/ethics/record.py` makes the record of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from catalog.model.values import Id, Iri, Model, Text, Words


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
    """The role that answers for it: a code of the list `role` in `vocabularies.yaml`, which has its name in every language."""
    on: date
    reason: Text
    is_proposal: bool = False
    """True while it was only drafted for the role, and no person in it has confirmed it. Readers are told."""


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


class IndicatorEthics(Model):
    """What a person declares about publishing an indicator. All else in its record follows from its datasets and its own head."""

    assessed_on: date
    review_due_on: date
    assessor: Words
    intended_use: Text
    discouraged_use: Text
    misleads_when: Text
    """How the number can mislead, or be made to look better without anything getting better."""
    decision: Decision

    @model_validator(mode="after")
    def _review_is_near_enough(self) -> IndicatorEthics:
        if not self.assessed_on < self.review_due_on <= self.assessed_on.replace(year=self.assessed_on.year + 1):
            raise ValueError("review_due_on must lie after assessed_on and at most 12 months later")
        return self
