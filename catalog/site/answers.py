"""Published answers to readers' questions about datasets and indicators, from `catalog/answers.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from catalog.load import HERE, build, read_yaml
from catalog.model import Id, Model, Text


class Answer(Model):
    """What somebody asked about a dataset or an indicator, and what was answered, in public. Never who asked."""

    about: Id
    asked_on: date
    question: Text
    answered_on: date
    answer: Text


@cache
def answers(path: Path = HERE / "answers.yaml") -> tuple[Answer, ...]:
    """All answers in the order of the file. Raises MetadataError for one that lacks a language or a date."""
    found: Sequence[object] = read_yaml(path.read_text("utf-8"), path.name)["answers"]
    return tuple(build(Answer, values, f"{path.name}: answer {place}") for place, values in enumerate(found, 1))


def answers_about(id: str) -> list[Answer]:
    """The answers about one dataset or indicator, in the order of the file."""
    return [answer for answer in answers() if answer.about == id]
