"""What a catalogue *is*: who publishes, where it lives, which area is of interest. `catalog/catalog.yaml` is one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from catalog.model.values import LANGUAGES, Agent, Contact, Id, Iri, Model, Text, Words

MunicipalityCode = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]


class Target(Model):
    """A target that a municipality set itself for one indicator."""

    value: float
    year: int
    source: Words


class Catalog(Model):
    """The catalogue itself: who publishes, where it lives, which area is of interest."""

    id: Id
    """Short name in citations."""
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
    languages: tuple[Literal["nb", "nn", "en"], ...] = LANGUAGES
    """All three, in the order in which readers are offered them; the first is for those who have not chosen."""
    targets: dict[Id, Target] = Field(default_factory=dict)
    """Own targets of the areas of interest, by indicator."""
    targets_of: dict[MunicipalityCode, dict[Id, Target]] = Field(default_factory=dict)
    """Targets that other municipalities set themselves, or one area of interest alone: by municipality, then by indicator."""
    measured_by: dict[MunicipalityCode, MunicipalityCode] = Field(default_factory=dict)
    """Municipality → the one whose targets it is measured by where it has none of its own."""
    compare_with: dict[MunicipalityCode, tuple[MunicipalityCode, ...]] = Field(default_factory=dict)
    """Municipality → those it wants to be compared with, besides county, size, KOSTRA group, neighbours and country."""

    @field_validator("languages")
    @classmethod
    def _all_three(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if sorted(value) != sorted(LANGUAGES):
            raise ValueError(f"must be {', '.join(LANGUAGES)}, in any order")
        return value

    @field_validator("base_uri")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        if not value.endswith("/"):
            raise ValueError("must end with /")
        return value
