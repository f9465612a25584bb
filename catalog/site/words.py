"""Texts, numbers, dates and order as readers of one language expect them. Nothing here knows what a page looks like."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_decimal

from catalog.errors import MetadataError
from catalog.load import units, vocabulary
from catalog.model import Text

NO_BREAK = "\u00a0"
MINUS = "\u2212"
LOCALES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}
LANGUAGE_NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
TEXTS = Path(__file__).parent / "texts"


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every text of the interface by `section.key`."""
    flat: dict[str, str] = {}

    def walk(prefix: str, values: Mapping[str, object]) -> None:
        for key, value in values.items():
            if isinstance(value, Mapping):
                walk(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = str(value)

    walk("", tomllib.loads((TEXTS / f"{language}.toml").read_text("utf-8")))
    return flat


ONE_STOP = re.compile(r"(?<=\w)\.\.(?!\.)")
"""Where a sentence ends with an abbreviation, such as `tonn CO₂-ekv.`, its stop is also that of the sentence."""


class Words:
    """One language: its texts, and how it writes numbers, dates and units."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = LOCALES[language]
        self._texts = texts(language)
        self._point, self._thousands = (".", ",") if language == "en" else (",", NO_BREAK)

    def __call__(self, key: str, **values: object) -> str:
        """A text of the interface with its blanks filled in; a `count` or `rows` of 1 takes the text for one, where there is one.

        A key that does not exist is a mistake of ours and stops the rendering.
        """
        if "1" in (values.get("count"), values.get("rows")):
            key = f"{key}_one" if f"{key}_one" in self._texts else key
        if key not in self._texts:
            raise MetadataError(
                f"no text {key!r}", where=f"{self.language}.toml", next_step="add it to catalog/site/texts in all languages"
            )
        text = self._texts[key]
        return ONE_STOP.sub(".", text.format(**values)) if values else text

    def has(self, key: str) -> bool:
        return key in self._texts

    def name(self, section: str, code: str) -> str:
        """The name of a code that the texts of a section may know; one they do not know is shown as it is."""
        return self._texts.get(f"{section}.{code.rsplit(':', 1)[-1]}", code)

    def code(self, vocabulary_name: str, code: str) -> str:
        """The name of a code of a closed list of the catalogue; an unknown code is shown as it is."""
        found = vocabulary(vocabulary_name).get(code)
        return found.get(self.language) if found else code

    def of(self, text: Text) -> str:
        return text.get(self.language)

    def number(self, value: Decimal | int | float, decimals: int = 0) -> str:
        """12,3 or 1 234,5; halves are rounded away from zero. Thousands are kept together by a no-break space (a comma in English)."""
        exact = rounded(value if isinstance(value, Decimal) else Decimal(str(value)), decimals)
        text = f"{abs(exact):,.{decimals}f}"
        if self._point != ".":
            text = text.replace(",", self._thousands).replace(".", self._point)
        return (MINUS if exact < 0 else "") + text

    def plain(self, value: Decimal | int | float) -> str:
        """A number with as many decimals as it has, for limits and shares."""
        exact = Decimal(str(value)).normalize()
        return self.number(exact, max(0, -int(exact.as_tuple().exponent)))

    def bound(self, value: float, unit: str | None) -> str:
        """The least or greatest value a column may have; a year is written as a year."""
        return str(int(value)) if unit == "a" and value == int(value) else self.plain(value)

    def short(self, value: float) -> str:
        """A round number for an axis: 12,5, or 10 mill. from a million on."""
        if abs(value) < 1_000_000:
            return self.plain(round(value, 9))
        return format_compact_decimal(value, format_type="short", fraction_digits=1, locale=LOCALES[self.language])

    def amount(self, value: Decimal | int | float, unit: str, decimals: int = 0) -> str:
        """A number with its unit: 6,1 µg/m³ or 12,3 %."""
        return self._with_unit(self.number(value, decimals), unit)

    def limit(self, value: Decimal | int | float, unit: str) -> str:
        """A limit or target with its unit, as exact as it was given."""
        return self._with_unit(self.plain(value), unit)

    def _with_unit(self, number: str, unit: str) -> str:
        if unit == "1":
            return number
        if unit == "{0/1}" and number in ("0", "1"):
            return self._texts["words.yes" if number == "1" else "words.no"]
        if unit == "%" and self.language == "en":
            return f"{number}%"
        one = self._texts.get(f"unit_one.{unit.strip('{}')}") if number == "1" else None
        return f"{number}{NO_BREAK}{one or self.symbol(unit)}"

    def symbol(self, unit: str) -> str:
        return units()[unit].symbol.get(self.language) if unit in units() else unit

    def unit_name(self, unit: str) -> str:
        return units()[unit].name.get(self.language) if unit in units() else unit

    def share(self, value: Decimal | float) -> str:
        """A share from 0 to 1 as a percentage without decimals."""
        return self.amount(Decimal(str(value)) * 100, "%")

    def size(self, count: int) -> str:
        """Bytes as people read them: 900 byte, 12 kB, 1,2 MB."""
        if count < 1000:
            return f"{count}{NO_BREAK}byte"
        step, sign = next((step, sign) for step, sign in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")) if count >= step)
        return f"{self.number(Decimal(count) / step, 0 if count >= 100 * step or sign == 'kB' else 1)}{NO_BREAK}{sign}"

    def day(self, value: date) -> str:
        """23. november 2026, or 23 November 2026."""
        return _day(value, LOCALES[self.language])

    def period(self, name: str) -> str:
        """2022, desember 2022, or the whole table."""
        return _period(name, LOCALES[self.language]) or self._texts["period.all"]

    def short_day(self, value: date) -> str:
        """23.11.2026, or 23 Nov 2026, for tables."""
        return format_date(value, format="medium", locale=LOCALES["en"]) if self.language == "en" else f"{value:%d.%m.%Y}"

    def short_period(self, name: str) -> str:
        """A period as an axis writes it: 2022, or des. 2022 for a month."""
        return format_skeleton("yMMM", date(int(name[:4]), int(name[5:]), 1), locale=LOCALES[self.language]) if "-" in name else name

    def list(self, items: list[str]) -> str:
        """«a, b og c»."""
        return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {self._texts['words.and']} {items[-1]}"


def rounded(value: Decimal, decimals: int) -> Decimal:
    """With so many decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@cache
def _day(value: date, locale: str) -> str:
    return format_date(value, format="long", locale=locale)


@cache
def _period(name: str, locale: str) -> str | None:
    if name.isdigit():
        return name
    year, _, month = name.partition("-")
    if not (year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        return None
    return format_skeleton("yMMMM", date(int(year), int(month), 1), locale=locale)


def norwegian_order(text: str) -> tuple[tuple[int, str], ...]:
    """Sorts æ, ø and å last, in that order, and other marked letters (á, č, š …) with the letters they are made from."""
    last = {"æ": "{1", "ä": "{1", "ø": "{2", "ö": "{2", "å": "{3"}
    keys: list[tuple[int, str]] = []
    for sign in unicodedata.normalize("NFC", text.casefold()):
        keys.append((1, last[sign]) if sign in last else (0, unicodedata.normalize("NFKD", sign)[:1]))
    return tuple(keys)
