"""Plants 1,000 personal identifiers in 20 forms and 6 places and counts how many are found, and whether any is echoed.

    .venv/bin/python -m benchmarks.identifiers [number]

Every identifier is made up: identity numbers are of the Tax Administration's synthetic series or have no person behind them.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from catalog.privacy.identifiers import is_bank_account, is_national_identity_number
from catalog.privacy.search import Finding, scan_delivery, scan_text

NAMES = ("Kari Nordmann", "Ola Hansen", "Ingrid Bakke", "Per-Olav Lie", "Solveig Moen")
FULL_WIDTH = {48 + digit: 0xFF10 + digit for digit in range(10)}
ARABIC = {48 + digit: 0x0660 + digit for digit in range(10)}


def number(chance: random.Random, day: int = 0, month: int = 80) -> str:
    """An identity number with these added to day and month; `day` 80 and more stands for a number without a birth date."""
    while True:
        first = f"{chance.randrange(8, 10)}{chance.randrange(10**8):08}" if day >= 80 else (
            f"{chance.randrange(1, 29) + day:02}{chance.randrange(1, 13) + month:02}"
            f"{chance.randrange(40, 100):02}{chance.randrange(500):03}"
        )  # fmt: skip
        for last in range(100):
            if is_national_identity_number(f"{first}{last:02}", rule_of_2032=False):
                return f"{first}{last:02}"


def account(chance: random.Random) -> str:
    while True:
        digits = f"{chance.randrange(1000, 9999)}{chance.randrange(100):02}{chance.randrange(10**5):05}"
        if is_bank_account(digits):
            return f"{digits[:4]}.{digits[4:6]}.{digits[6:]}"


def phone(chance: random.Random) -> str:
    return f"{chance.choice('49')}{chance.randrange(10**7):07}"


def email(chance: random.Random) -> str:
    return f"{chance.choice(NAMES).split()[0].lower()}{chance.randrange(1000)}@example.net"


def split(digits: str, *parts: str) -> str:
    """In half with one sign, or day, month, year with the first and then the second."""
    if len(parts) == 1:
        return parts[0].join((digits[:6], digits[6:]))
    return f"{parts[0].join((digits[:2], digits[2:4], digits[4:6]))}{parts[1]}{digits[6:]}"


FORMS: dict[str, Callable[[random.Random], str]] = {
    "identity number, synthetic (month + 80)": number,
    "identity number, synthetic (month + 65)": lambda c: number(c, month=65),
    "identity number": lambda c: number(c, month=0),
    "D-number": lambda c: number(c, day=40, month=0),
    "H-number": lambda c: number(c, month=40),
    "FH-number": lambda c: number(c, day=80),
    "with a space": lambda c: split(number(c), " "),
    "with a hyphen": lambda c: split(number(c), "-"),
    "with dots": lambda c: split(number(c), ".", " "),
    "each digit apart": lambda c: " ".join(number(c)),
    "with an unseen sign": lambda c: split(number(c), "\u200b"),
    "in full-width digits": lambda c: number(c).translate(FULL_WIDTH),
    "in Arabic digits": lambda c: number(c).translate(ARABIC),
    "e-mail address": email,
    "e-mail address, spelt out": lambda c: email(c).replace("@", " (at) "),
    "e-mail address, percent-encoded": lambda c: quote(email(c)),
    "phone with +47": lambda c: f"+47 {phone(c)}",
    "phone, named": lambda c: f"tlf. {phone(c)}",
    "name with address": lambda c: f"{c.choice(NAMES)}, Fjellveien {c.randrange(1, 99)}",
    "bank account": account,
}
"""Twenty ways of writing an identifier."""


def _value(folder: Path, planted: str) -> list[Finding]:
    path = folder / "answer.csv"
    usual = "".join(f"NO{n:04};2024-01-{1 + n % 28:02}T00:00:00+01:00;{n / 10};ok\n" for n in range(80))
    path.write_text(f"station;time;value;remark\n{usual}NO0002;2024-01-01T00:00:00+01:00;1.5;{planted}\n{usual}", "utf-8")
    return scan_delivery(path, "delivery")


def _nested(folder: Path, planted: str) -> list[Finding]:
    path = folder / "answer.json"
    inner = json.dumps({"text": f"<p>{planted}</p>"}, ensure_ascii=False)
    path.write_text(json.dumps({"rows": [{"n": 1.5}] * 400 + [{"more": [{"told": inner}]}]}, ensure_ascii=False), "utf-8")
    return scan_delivery(path, "delivery")


def _key(folder: Path, planted: str) -> list[Finding]:
    path = folder / "answer.json"
    path.write_text(json.dumps({"values": {planted: 12.5, "NO0001": 3}}), "utf-8")
    return scan_delivery(path, "delivery")


def _metadata(folder: Path, planted: str) -> list[Finding]:
    path = folder / "answer.json"
    path.write_text("{}", "utf-8")
    return scan_delivery(path, "delivery", [f"from the office, {planted}"])


def _file_name(folder: Path, planted: str) -> list[Finding]:
    path = folder / "answer.json"
    path.write_text("{}", "utf-8")
    return scan_delivery(path, "delivery", [f"report {planted}.json"])


def _page(_: Path, planted: str) -> list[Finding]:
    page = "\n".join(f"<tr><td>{year}</td><td>12,5</td></tr>" for year in range(1990, 2026))
    return scan_text(f"{page}\n<p>Spørsmål? {planted}</p>", "site/nb/index.html")


PLACES: dict[str, Callable[[Path, str], list[Finding]]] = {
    "value": _value, "nested text": _nested, "key": _key, "metadata": _metadata, "file name": _file_name, "page on the way out": _page,
}  # fmt: skip


@dataclass
class Outcome:
    """What came out: how many were planted, found and echoed, and by form and place which were missed."""

    planted: int = 0
    found: int = 0
    echoed: int = 0
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)


def plant(number_of: int, seed: int = 1) -> Outcome:
    """Plant so many identifiers, each form in each place as often as any other."""
    chance, outcome = random.Random(seed), Outcome()
    pairs = [(form, place) for form in FORMS for place in PLACES]
    with tempfile.TemporaryDirectory() as folder:
        for at in range(number_of):
            form, place = pairs[at % len(pairs)]
            planted = FORMS[form](chance)
            found = PLACES[place](Path(folder), planted)
            outcome.planted += 1
            outcome.found += bool(found)
            outcome.echoed += any(planted in str(one) + repr(one) for one in found)
            if not found:
                outcome.missed[form, place] += 1
    return outcome


if __name__ == "__main__":
    told = plant(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
    print(f"planted {told.planted} in {len(FORMS)} forms and {len(PLACES)} places: found {told.found}, echoed {told.echoed}")
    for (form, place), count in sorted(told.missed.items()):
        print(f"  missed: {form}, {place} ({count})")
