"""Codes of lists that others keep (EU, UN, Los, Lovdata, Kartverket) with the names readers see. Values and look-ups only.

The EU codes and labels follow the authority tables of the Publications Office: data-theme 20220715, file-type 20220928,
licence 20241211, frequency. A code that is not here cannot be written into the catalogue by mistake.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path

from catalog.errors import MetadataError
from catalog.model import Text

EU = "http://publications.europa.eu/resource/authority/"
UN_SDG = "http://metadata.un.org/sdg/"
HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"


def _text(nb: str, nn: str, en: str) -> Text:
    return Text(nb=nb, nn=nn, en=en)


THEMES: dict[str, Text] = {
    "AGRI": _text("Jordbruk, fiskeri, skogbruk og mat", "Jordbruk, fiskeri, skogbruk og mat", "Agriculture, fisheries, forestry and food"),
    "ECON": _text("Økonomi og finans", "Økonomi og finans", "Economy and finance"),
    "EDUC": _text("Utdanning, kultur og sport", "Utdanning, kultur og sport", "Education, culture and sport"),
    "ENER": _text("Energi", "Energi", "Energy"),
    "ENVI": _text("Miljø", "Miljø", "Environment"),
    "GOVE": _text("Forvaltning og offentlig sektor", "Forvaltning og offentleg sektor", "Government and public sector"),
    "HEAL": _text("Helse", "Helse", "Health"),
    "INTR": _text("Internasjonale temaer", "Internasjonale tema", "International issues"),
    "JUST": _text(
        "Justis, rettssystem og allmenn sikkerhet",
        "Justis, rettssystem og allmenn tryggleik",
        "Justice, legal system and public safety",
    ),
    "REGI": _text("Regioner og byer", "Regionar og byar", "Regions and cities"),
    "SOCI": _text("Befolkning og samfunn", "Befolkning og samfunn", "Population and society"),
    "TECH": _text("Vitenskap og teknologi", "Vitskap og teknologi", "Science and technology"),
    "TRAN": _text("Transport", "Transport", "Transport"),
}
"""EU data themes."""

LICENCES: dict[str, tuple[Text, str]] = {
    "CC_BY_4_0": (
        _text("Creative Commons Navngivelse 4.0", "Creative Commons Namngjeving 4.0", "Creative Commons Attribution 4.0"),
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "NLOD_2_0": (
        _text(
            "Norsk lisens for offentlige data 2.0", "Norsk lisens for offentlege data 2.0", "Norwegian Licence for Open Government Data 2.0"
        ),
        "https://data.norge.no/nlod/no/2.0",
    ),
    "CC0": (
        _text("Creative Commons Zero 1.0", "Creative Commons Zero 1.0", "Creative Commons Zero 1.0"),
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
}
"""EU licence code → its name, and the address people can read it at."""

FREQUENCIES: dict[str, str] = {
    "P10Y": "DECENNIAL",
    "P5Y": "QUINQUENNIAL",
    "P4Y": "QUADRENNIAL",
    "P3Y": "TRIENNIAL",
    "P2Y": "BIENNIAL",
    "P1Y": "ANNUAL",
    "P12M": "ANNUAL",
    "P6M": "ANNUAL_2",
    "P4M": "ANNUAL_3",
    "P3M": "QUARTERLY",
    "P2M": "BIMONTHLY",
    "P1M": "MONTHLY",
    "P2W": "BIWEEKLY",
    "P14D": "BIWEEKLY",
    "P1W": "WEEKLY",
    "P7D": "WEEKLY",
    "P1D": "DAILY",
    "PT12H": "DAILY_2",
    "PT3H": "TRIHOURLY",
    "PT2H": "BIHOURLY",
    "PT1H": "HOURLY",
    "PT60M": "HOURLY",
    "PT30M": "30MIN",
    "PT15M": "15MIN",
    "PT10M": "10MIN",
    "PT5M": "5MIN",
    "PT1M": "1MIN",
}
"""ISO 8601 duration → EU frequency code."""


def frequency(duration: str) -> str:
    """The EU code for how often something is published; `OTHER` is the EU's own word for a rhythm without a code."""
    return FREQUENCIES.get(duration, "OTHER")


FORMATS: dict[str, tuple[str | None, Text, Text]] = {
    "parquet": (
        None,
        _text("Parquet", "Parquet", "Parquet"),
        _text(
            "For analyse i DuckDB, Python eller R: komprimert, med datatyper.",
            "For analyse i DuckDB, Python eller R: komprimert, med datatypar.",
            "For analysis in DuckDB, Python or R: compressed, with data types.",
        ),
    ),
    "csv": (
        "CSV",
        _text("CSV", "CSV", "CSV"),
        _text(
            "For programmer: komma mellom feltene, punktum som desimaltegn, UTF-8.",
            "For program: komma mellom felta, punktum som desimalteikn, UTF-8.",
            "For programs: commas between fields, decimal points, UTF-8.",
        ),
    ),
    "csv_excel": (
        "CSV",
        _text("CSV for Excel", "CSV for Excel", "CSV for Excel"),
        _text(
            "For norsk Excel: semikolon mellom feltene og desimalkomma.",
            "For norsk Excel: semikolon mellom felta og desimalkomma.",
            "For Norwegian Excel: semicolons between fields and decimal commas.",
        ),
    ),
    "xlsx": (
        "XLSX",
        _text("Excel", "Excel", "Excel"),
        _text(
            "For regneark: koder med ledende null er bevart, og en egen fane forklarer innholdet.",
            "For rekneark: kodar med null fremst er tekne vare på, og ei eiga fane forklarer innhaldet.",
            "For spreadsheets: leading zeros are kept, and a sheet of its own explains the contents.",
        ),
    ),
    "json_stat": (
        "JSON",
        _text("JSON-stat", "JSON-stat", "JSON-stat"),
        _text(
            "For verktøy som leser statistikkbanken til SSB.",
            "For verktøy som les statistikkbanken til SSB.",
            "For tools that read Statistics Norway's StatBank.",
        ),
    ),
    "datapackage": (
        "JSON",
        _text("Data Package", "Data Package", "Data Package"),
        _text(
            "Beskrivelse av filene og kolonnene for maskiner.",
            "Skildring av filene og kolonnane for maskiner.",
            "Description of the files and columns for machines.",
        ),
    ),
    "geojson": (
        "GEOJSON",
        _text("GeoJSON", "GeoJSON", "GeoJSON"),
        _text(
            "For kart: hvert sted med sine opplysninger.",
            "For kart: kvar stad med sine opplysningar.",
            "For maps: each place with what is known about it.",
        ),
    ),
    "sdmx_csv": (
        "CSV",
        _text("SDMX-CSV", "SDMX-CSV", "SDMX-CSV"),
        _text(
            "For utveksling av statistikk, med dimensjonene til FNs indikatorer.",
            "For utveksling av statistikk, med dimensjonane til FN-indikatorane.",
            "For exchange of statistics, in the dimensions of the UN's indicators.",
        ),
    ),
    "sdmx_ml": (
        "XML",
        _text("SDMX-ML", "SDMX-ML", "SDMX-ML"),
        _text(
            "For statistikksystemer: SDMX 2.1 i XML, leses sammen med strukturen.",
            "For statistikksystem: SDMX 2.1 i XML, blir lesen saman med strukturen.",
            "For statistical systems: SDMX 2.1 in XML, to be read with its structure.",
        ),
    ),
    "sdmx_structure": (
        "XML",
        _text("SDMX-struktur", "SDMX-struktur", "SDMX structure"),
        _text(
            "Dimensjoner og kodelister som SDMX-filene bruker.",
            "Dimensjonar og kodelister som SDMX-filene bruker.",
            "Dimensions and code lists that the SDMX files use.",
        ),
    ),
    "csvw": (
        "JSON_LD",
        _text("CSV på nettet", "CSV på nettet", "CSV on the Web"),
        _text(
            "Beskrivelse av kolonnene i CSV-filen for maskiner (W3C).",
            "Skildring av kolonnane i CSV-fila for maskiner (W3C).",
            "Description of the columns of the CSV file for machines (W3C).",
        ),
    ),
    "croissant": (
        "JSON_LD",
        _text("Croissant", "Croissant", "Croissant"),
        _text(
            "For maskinlæring: innhold, filer og hva som er vurdert om bruken.",
            "For maskinlæring: innhald, filer og kva som er vurdert om bruken.",
            "For machine learning: contents, files and what was assessed about their use.",
        ),
    ),
    "readme_nb": (
        "TXT",
        _text("Les meg (bokmål)", "Les meg (bokmål)", "Read me (Norwegian)"),
        _text("Kort forklaring i ren tekst.", "Kort forklaring i rein tekst.", "Short explanation in plain text."),
    ),
    "readme_nn": (
        "TXT",
        _text("Les meg (nynorsk)", "Les meg (nynorsk)", "Read me (Nynorsk)"),
        _text("Kort forklaring i ren tekst.", "Kort forklaring i rein tekst.", "Short explanation in plain text."),
    ),
    "readme_en": (
        "TXT",
        _text("Les meg (engelsk)", "Les meg (engelsk)", "Read me (English)"),
        _text("Kort forklaring i ren tekst.", "Kort forklaring i rein tekst.", "Short explanation in plain text."),
    ),
    "ethics": (
        "JSON_LD",
        _text("Etikkpost", "Etikkpost", "Ethics record"),
        _text(
            "Det som er vurdert, målt og bestemt før publisering, for maskiner.",
            "Det som er vurdert, målt og avgjort før publisering, for maskiner.",
            "What was assessed, measured and decided before publication, for machines.",
        ),
    ),
}
"""Format of a published file → EU file type (none for Parquet, which the EU table lacks), its name, whom it is for."""

LAWS: dict[str, Text] = {
    "https://lovdata.no/eli/lov/1990/05/18/11": _text("Stadnamnlova", "Stadnamnlova", "Place Names Act"),
    "https://lovdata.no/eli/lov/2001/06/15/70": _text("Inndelingslova", "Inndelingslova", "Local Government Boundaries Act"),
    "https://lovdata.no/eli/lov/2003/05/09/31": _text("Miljøinformasjonsloven", "Miljøinformasjonslova", "Environmental Information Act"),
    "https://lovdata.no/eli/lov/2006/05/19/16": _text("Offentleglova", "Offentleglova", "Freedom of Information Act"),
    "https://lovdata.no/eli/lov/2018/06/15/38": _text("Personopplysningsloven", "Personopplysningslova", "Personal Data Act"),
    "https://lovdata.no/eli/lov/2018/06/22/83": _text("Kommuneloven", "Kommunelova", "Local Government Act"),
    "https://lovdata.no/eli/lov/2019/06/21/32": _text("Statistikkloven", "Statistikklova", "Statistics Act"),
    "http://data.europa.eu/eli/dir/2008/50/oj": _text(
        "Direktiv 2008/50/EF om luftkvalitet",
        "Direktiv 2008/50/EF om luftkvalitet",
        "Directive 2008/50/EC on ambient air quality",
    ),
    HVD_REGULATION: _text(
        "Gjennomføringsforordning (EU) 2023/138 om særlig verdifulle datasett",
        "Gjennomføringsforordning (EU) 2023/138 om særleg verdifulle datasett",
        "Implementing Regulation (EU) 2023/138 on high-value datasets",
    ),
}
"""Laws by their ELI address. One that is not here is shown by its address."""

LOS: dict[str, Text] = {
    "tema/natur-klima-og-miljo": _text("Natur, klima og miljø", "Natur, klima og miljø", "Nature, climate and environment"),
    "tema/trafikk-og-transport": _text("Trafikk og transport", "Trafikk og transport", "Traffic and transport"),
    "tema/energi": _text("Energi", "Energi", "Energy"),
    "tema/kjoretoy": _text("Kjøretøy", "Køyretøy", "Vehicles"),
    "ord/elbil": _text("Elbil", "Elbil", "Electric cars"),
    "ord/energibruk": _text("Energibruk", "Energibruk", "Energy consumption"),
    "ord/luftkvalitet": _text("Luftkvalitet", "Luftkvalitet", "Air quality"),
    "ord/sykkel": _text("Sykkel", "Sykkel", "Bicycle"),
    "ord/stoy": _text("Støy", "Støy", "Noise"),
    "ord/klima": _text("Klima", "Klima", "Climate"),
}
"""Terms of the national subject list Los by path."""


def slug(name: str) -> str:
    """A name as part of an address: lower case, a to z, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(str.maketrans({"æ": "ae", "ø": "o", "å": "a"})))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-") or "unnamed"


def los_name(path: str) -> Text:
    """The name of a Los term; for one that is not in `LOS`, the last word of its path, which is how Los itself names the term."""
    word = path.rsplit("/", 1)[-1].replace("-", " ").capitalize()
    return LOS.get(path) or _text(word, word, word)


UN_SHARED = {"11.5.1": "C200303", "11.b.1": "C200304", "11.b.2": "C200305"}
"""Indicators of goal 11 that stand under goals 1 and 13 too; the UN gives such an indicator one code of its own."""


def un_iri(code: str) -> str:
    """The UN's address of a target (11.6) or an indicator of goals 9, 11 and 17 (11.6.2 has the permanent code C110602, 9.c.1 C090c01)."""
    if code.count(".") < 2:
        return UN_SDG + code
    goal, target, number = code.split(".")
    return UN_SDG + UN_SHARED.get(code, f"C{int(goal):02d}{target.zfill(2)}{int(number):02d}")


@cache
def kartverket_units() -> dict[str, str]:
    """Municipality code → address of Kartverket's administrative unit, for units whose name and area are the same in the list of
    2020–2023 and in the register of 2026. Kartverket's numbers are not municipality numbers."""
    with Path(__file__).with_name("kartverket.csv").open(encoding="utf-8") as file:
        base = "https://data.geonorge.no/administrativeEnheter/kommune/id/"
        return {row["municipality"]: base + row["unit"] for row in csv.DictReader(file)}


def theme_name(code: str, where: str) -> Text:
    """The name of an EU theme, or a `MetadataError` for a code that the EU table lacks."""
    if code not in THEMES:
        raise MetadataError(
            f"theme {code!r} is not in the EU list of data themes", where=where, next_step=f"use one of {', '.join(THEMES)}"
        )
    return THEMES[code]
