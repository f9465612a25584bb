"""The Environment Agency's stand-in: the workbook of greenhouse gases for all municipalities. The numbers are invented.

Kept from the real workbook: one row for each gas, which only together make the emission of a source; trailing blanks, line ends and
`_x000D_` in names; `*Estimat sjøfart`; zeros for sources that do not occur; years that are left out; the subscript in the header; the
tenth sector of the edition of December 2025.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import xlsxwriter

from pipelines.sandbox.chance import between, number
from pipelines.sandbox.places import COUNTIES, MUNICIPALITIES
from pipelines.sandbox.shapes import inhabitants
from pipelines.sandbox.wire import Question, Reply

YEARS = (2009, 2011, 2013, *range(2015, 2025))
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

SOURCES = (
    ("Annen mobil forbrenning", "Andre næringer\n", 140.0),
    ("Annen mobil forbrenning", "Bygg og anlegg_x000D_", 110.0),
    ("Annen mobil forbrenning", "Jordbruk  ", 60.0),
    ("Avfall og avløp", "Avfallsdeponigass", 120.0),
    ("Avfall og avløp", "Avløp", 35.0),
    ("Energiforsyning", "Avfallsforbrenning", 130.0),
    ("Energiforsyning", "Fjernvarme, unntatt avfallsforbrenning ", 40.0),
    ("Industri, olje og gass", "Industri, olje og gass", 900.0),
    ("Jordbruk", "Fordøyelsesprosesser husdyr", 240.0),
    ("Jordbruk", "Gjødselhåndtering", 60.0),
    ("Luftfart", "Innenriks luftfart", 70.0),
    ("Oppvarming", "Fossil oppvarming  ", 90.0),
    ("Oppvarming", "Vedfyring", 25.0),
    ("Sjøfart", "*Estimat sjøfart", 150.0),
    ("Sjøfart", "Passasjer", 80.0),
    ("Veitrafikk", "Busser", 75.0),
    ("Veitrafikk", "Personbiler", 820.0),
    ("Veitrafikk", "Tunge kjøretøy_x000D_", 420.0),
    ("Veitrafikk", "Varebiler", 230.0),
)
"""Sector, source as it is written, and kilograms for each inhabitant in 2009."""
GASES = {"CO2": 0.95, "CH4": 0.03, "N2O": 0.02}
MOSTLY_METHANE = {"CO2": 0.0, "CH4": 0.85, "N2O": 0.15}
TENTH_SECTOR = ("Bruk av produkter med fluorgasser", "Bruk av produkter med fluorgasser", 130.0)
INDUSTRIAL = {"4001": 45.0, "4003": 1.5, "4204": 3.0, "3107": 4.0}
"""Towns with far more industry than others, by how many times."""
WITHOUT = {
    "Innenriks luftfart": ("3107", "3201", "3203", "3205", "3301", "3405", "3905", "4001"),
    "*Estimat sjøfart": ("1826", "3205", "3403", "3405", "5612"),
}
"""Sources that do not occur in a place, which the workbook writes as zeros."""
FALLING = {"Veitrafikk": 0.022, "Oppvarming": 0.045, "Avfall og avløp": 0.03, "Industri, olje og gass": 0.012}

HEADER = ("Fylke", "Kommunenummer", "Kommune", "År", "Sektor", "Utslippskilde", "Klimagass", "Utslipp (tonn CO₂-ekvivalenter)")


def workbook(_: Question) -> Reply:
    """The workbook with its sheets Info, Oversikt and `Oversikt - detaljert`. The sheets of single sectors would repeat these."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    book.set_properties({"created": datetime(2025, 12, 15, 8, 0, tzinfo=UTC), "comments": "Syntetiske tall"})
    info = book.add_worksheet("Info")
    info.write_column(0, 0, ["Nedlastet fra:", "Datasett:", "Utgiver:"])
    info.write_column(0, 1, ["https://www.miljodirektoratet.no/tjenester/klimagassutslipp-kommuner/", "Alle kommuner", "Miljødirektoratet"])
    overview, detailed = book.add_worksheet("Oversikt"), book.add_worksheet("Oversikt - detaljert")
    overview.write_row(0, 0, ["År", "Sektor", "Utslipp (tonn CO₂-ekvivalenter)"])
    detailed.write_row(0, 0, HEADER)
    totals: dict[tuple[int, str], float] = {}
    for place, row in enumerate(_rows(), start=1):
        detailed.write_row(place, 0, row)
        key = (int(row[3]), str(row[4]))
        totals[key] = totals.get(key, 0.0) + float(row[7])
    for place, ((year, sector), total) in enumerate(sorted(totals.items()), start=1):
        overview.write_row(place, 0, [year, sector, round(total, 1)])
    book.close()
    return Reply(packed.getvalue(), MEDIA_TYPE)


def _rows() -> Iterator[tuple[str | int | float, ...]]:
    for m in MUNICIPALITIES:
        county = COUNTIES[m.code[:2]].split(" - ")[0]
        for year in YEARS:
            people = inhabitants(m, year)
            for sector, source, level in (*SOURCES, TENTH_SECTOR):
                kind = source.strip().removesuffix("_x000D_")
                tonnes = people * level / 1000 * between(f"{m.code} {kind}", 0.5, 1.6)
                tonnes *= (1 - FALLING.get(sector, 0.004) * (year - 2009)) * (0.96 + 0.08 * number(f"{m.code} {kind} {year}"))
                if sector == "Industri, olje og gass":
                    tonnes *= INDUSTRIAL.get(m.code, 0.4)
                if m.code in WITHOUT.get(kind, ()):
                    tonnes = 0.0
                if sector == TENTH_SECTOR[0]:
                    shares = {"HFK": 1.0}
                else:
                    shares = MOSTLY_METHANE if sector in ("Jordbruk", "Avfall og avløp") else GASES
                for gas, share in shares.items():
                    yield county, m.code, m.name, year, sector, source, gas, round(tonnes * share, 1)
