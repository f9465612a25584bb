"""The glossary: words that readers may not know, declared once in `terms.yaml`, and linked where they stand in a text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from catalog.load import build, read_yaml
from catalog.model import Model, Text, Words


class Forms(Model):
    """Spellings of a term that are linked, by language."""

    nb: tuple[Words, ...] = ()
    nn: tuple[Words, ...] = ()
    en: tuple[Words, ...] = ()


class Term(Model):
    """A word, what it means, and how it may be written."""

    term: Text
    means: Text
    forms: Forms


@cache
def terms() -> dict[str, Term]:
    """Every term by its id."""
    path = Path(__file__).with_name("terms.yaml")
    return {id_: build(Term, values, f"{path.name}: {id_}") for id_, values in read_yaml(path.read_text("utf-8"), path.name).items()}


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    ids = {form.casefold(): id_ for id_, term in terms().items() for form in getattr(term.forms, language)}
    longest_first = sorted(ids, key=lambda form: (-len(form), form))
    return re.compile(rf"(?<![\w-])({'|'.join(re.escape(form) for form in longest_first)})(?![\w-])", re.IGNORECASE), ids


def linked(text: str, language: str, glossary: str) -> Markup:
    """The text, safe for a page, with the first mention of every term leading to its place in the glossary."""
    pattern, ids = _pattern(language)
    told: set[str] = set()
    parts: list[Markup | str] = []
    end = 0
    for found in pattern.finditer(text):
        id_ = ids[found[1].casefold()]
        parts.append(escape(text[end : found.start()]))
        parts.append(escape(found[1]) if id_ in told else Markup('<a class="term" href="{}#{}">{}</a>').format(glossary, id_, found[1]))
        told.add(id_)
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
