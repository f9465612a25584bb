"""The smallest things that the others are made of: texts in three languages, addresses, names, organisations. Values only."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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


def _in_all(text: object) -> object:
    return dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text


SameOrText = Annotated[Text, BeforeValidator(_in_all, json_schema_input_type=Text | Words)]
"""A text that may be written once where it is the same in all languages, such as an address or a document's own name."""


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
