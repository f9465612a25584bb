"""The municipalities of the sandbox: real codes, names and changes; every size is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

FIRST_OF_2020 = date(2020, 1, 1)
FIRST_OF_2024 = date(2024, 1, 1)
ALWAYS = 9999


@dataclass(frozen=True)
class Municipality:
    """A municipality of today, the code it had from 2020 to 2023, and the ones of 2019 it is made of, with their share of its size."""

    code: str
    official_name: str
    size: int
    """Inhabitants on 1 January 2024, invented."""
    code_2020: str
    name_2020: str
    parts: tuple[tuple[str, str, float], ...]
    """Code and name in 2019, and the share of today's municipality that lived there."""

    @property
    def name(self) -> str:
        """The Norwegian name alone; it stands last in all double names but those of Oslo, Trondheim and Harstad."""
        words = self.official_name.split(" - ")
        return words[0] if self.code in ("0301", "5001", "5503") else words[-1]

    @property
    def local_name(self) -> str:
        """The first of the official names, as Elhub writes it: Sámi for some."""
        return self.official_name.split(" - ")[0]


def _municipality(line: str) -> Municipality:
    head, _, tail = line.partition(" < ")
    code, name, size, code_2020, name_2020 = (word.strip() for word in head.split("|"))
    parts = []
    for part in tail.split(" + "):
        old, rest = part.strip().split(" ", 1)
        old_name, share = rest.rsplit(" ", 1)
        parts.append((old, old_name, float(share)))
    return Municipality(code, name, int(size), code_2020, name_2020 or name, tuple(parts))


MUNICIPALITIES = tuple(
    _municipality(line)
    for line in """
0301 | Oslo - Oslove | 702400 | 0301 | Oslo < 0301 Oslo 1
1103 | Stavanger | 151300 | 1103 | < 1103 Stavanger 0.94 + 1141 Finnøy 0.03 + 1142 Rennesøy 0.03
1106 | Haugesund | 36900 | 1106 | < 1106 Haugesund 1
1108 | Sandnes | 82100 | 1108 | < 1102 Sandnes 0.985 + 1129 Forsand 0.015
1506 | Molde | 33200 | 1506 | < 1502 Molde 0.85 + 1543 Nesset 0.09 + 1545 Midsund 0.06
1508 | Ålesund | 57900 | 1507 | < 1504 Ålesund 0.86 + 1523 Ørskog 0.04 + 1529 Skodje 0.08 + 1546 Sandøy 0.02
1580 | Haram | 9800 | 1507 | Ålesund < 1534 Haram 1
1804 | Bodø | 54300 | 1804 | < 1804 Bodø 1
1806 | Narvik | 20900 | 1806 | < 1805 Narvik 0.87 + 1854 Ballangen 0.11 + 1850 Tysfjord - Divtasvuodna 0.02
1826 | Aarborte - Hattfjelldal | 1290 | 1826 | < 1826 Hattfjelldal 1
1875 | Hábmer - Hamarøy | 2740 | 1875 | < 1849 Hábmer - Hamarøy 0.6 + 1850 Tysfjord - Divtasvuodna 0.4
3103 | Moss | 51200 | 3002 | < 0104 Moss 0.67 + 0136 Rygge 0.33
3107 | Fredrikstad | 86700 | 3004 | < 0106 Fredrikstad 1
3201 | Bærum | 129100 | 3024 | < 0219 Bærum 1
3203 | Asker | 97200 | 3025 | < 0220 Asker 0.66 + 0627 Røyken 0.24 + 0628 Hurum 0.1
3205 | Lillestrøm | 92800 | 3030 | < 0231 Skedsmo 0.65 + 0226 Sørum 0.21 + 0227 Fet 0.14
3301 | Drammen | 103100 | 3005 | < 0602 Drammen 0.68 + 0625 Nedre Eiker 0.25 + 0711 Svelvik 0.07
3403 | Hamar | 32800 | 3403 | < 0403 Hamar 1
3405 | Lillehammer | 28100 | 3405 | < 0501 Lillehammer 1
3905 | Tønsberg | 59300 | 3803 | < 0704 Tønsberg 0.83 + 0716 Re 0.17
4001 | Porsgrunn | 36200 | 3806 | < 0805 Porsgrunn 1
4003 | Skien | 56100 | 3807 | < 0806 Skien 1
4203 | Arendal | 46300 | 4203 | < 0906 Arendal 1
4204 | Kristiansand | 114900 | 4204 | < 1001 Kristiansand 0.82 + 1017 Songdalen 0.06 + 1018 Søgne 0.12
4601 | Bergen | 288700 | 4601 | < 1201 Bergen 1
5001 | Trondheim - Tråante | 211900 | 5001 | Trondheim < 5001 Trondheim 0.97 + 5030 Klæbu 0.03
5501 | Tromsø | 77300 | 5401 | < 1902 Tromsø 1
5503 | Harstad - Hárstták | 25200 | 5402 | < 1903 Harstad - Hárstták 1
5601 | Alta | 21900 | 5403 | < 2012 Alta 1
5612 | Guovdageaidnu - Kautokeino | 2840 | 5430 | < 2011 Guovdageaidnu - Kautokeino 1
""".strip().splitlines()
)

BY_CODE = {m.code: m for m in MUNICIPALITIES}

COUNTIES = {
    "03": "Oslo", "11": "Rogaland", "15": "Møre og Romsdal", "18": "Nordland - Nordlánnda", "31": "Østfold", "32": "Akershus",
    "33": "Buskerud", "34": "Innlandet", "39": "Vestfold", "40": "Telemark", "42": "Agder", "46": "Vestland",
    "50": "Trøndelag - Trööndelage", "55": "Troms - Romsa - Tromssa", "56": "Finnmark - Finnmárku - Finmarkku",
}  # fmt: skip


@cache
def members(code: str, year: int) -> tuple[tuple[Municipality, float], ...]:
    """Which of today's municipalities, and which share of each, a code stood for in a year; nothing while it did not exist."""
    found = []
    for m in MUNICIPALITIES:
        if year >= 2024:
            share = float(code == m.code)
        elif year >= 2020:
            share = float(code == m.code_2020)
        else:
            share = sum(share for old, _, share in m.parts if old == code)
        if share:
            found.append((m, share))
    return tuple(found)


@cache
def codes() -> dict[str, str]:
    """Every municipal code that was valid in 2019 or later → its label in the statistics, sorted by code.

    A code that is gone carries its years, as `Moss (-2019)` or `Ålesund (2020-2023)`.
    """
    labels: dict[str, str] = {}
    for m in MUNICIPALITIES:
        labels |= {code: f"{name} (-2019)" for code, name, _ in m.parts}
    for m in MUNICIPALITIES:
        labels[m.code_2020] = f"{m.name_2020} (2020-2023)"
    labels |= {m.code: m.official_name for m in MUNICIPALITIES}
    return dict(sorted(labels.items()))


def valid_on(day: date) -> dict[str, str]:
    """The codes valid on a day → official names."""
    if day >= FIRST_OF_2024:
        return {m.code: m.official_name for m in MUNICIPALITIES}
    if day >= FIRST_OF_2020:
        return dict(sorted((m.code_2020, m.name_2020) for m in MUNICIPALITIES))
    return dict(sorted((code, name) for m in MUNICIPALITIES for code, name, _ in m.parts))


def changes() -> list[tuple[date, str, str, str, str]]:
    """Day, old code and name, new code and name: mergers, splits, renumberings, and changes of nothing but a name."""
    found = {
        (date(2018, 1, 1), "1601", "Trondheim", "5001", "Trondheim"),
        (date(2018, 1, 1), "1662", "Klæbu", "5030", "Klæbu"),
        (date(2018, 1, 1), "1903", "Harstad", "1903", "Harstad - Hárstták"),
        (date(2023, 1, 1), "5001", "Trondheim", "5001", "Trondheim - Tråante"),
    }
    for m in MUNICIPALITIES:
        for code, name, _ in m.parts:
            if (code, name) != (m.code_2020, m.name_2020) or len(m.parts) > 1:
                found.add((FIRST_OF_2020, code, name, m.code_2020, m.name_2020))
        if m.code != m.code_2020:
            found.add((FIRST_OF_2024, m.code_2020, m.name_2020, m.code, m.official_name))
    return sorted(found)
