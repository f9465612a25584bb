"""The table explained in plain text, in each language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from catalog.codes import FORMATS, LICENCES
from catalog.described import Described, Distribution
from catalog.load import units
from catalog.model import ColumnType, Text

_WORDS: dict[str, Text] = {
    "row": Text(nb="Én rad", nn="Éi rad", en="One row"),
    "files": Text(nb="Filer", nn="Filer", en="Files"),
    "columns": Text(nb="Kolonner", nn="Kolonnar", en="Columns"),
    "terms": Text(nb="Vilkår", nn="Vilkår", en="Terms"),
    "licence": Text(nb="Lisens", nn="Lisens", en="Licence"),
    "credit": Text(nb="Oppgi kilden slik", nn="Oppgje kjelda slik", en="How to credit the source"),
    "source": Text(nb="Kilde", nn="Kjelde", en="Source"),
    "reading": Text(nb="Slik leser du tallene", nn="Slik les du tala", en="How to read the numbers"),
    "empty": Text(
        nb="En tom celle betyr at verdien mangler. Den betyr aldri null.",
        nn="Ei tom celle tyder at verdien manglar. Ho tyder aldri null.",
        en="An empty cell means that the value is missing. It never means zero.",
    ),
    "time": Text(
        nb="Klokkeslett er i UTC. Norsk normaltid er én time senere.",
        nn="Klokkeslett er i UTC. Norsk normaltid er éin time seinare.",
        en="Times of day are in UTC. Norwegian standard time is one hour later.",
    ),
    "formula": Text(
        nb="I CSV-filene har tekst som begynner med =, +, -, @, tabulator eller linjeskift fått en apostrof (') foran, slik at et "
        "regneark ikke kjører den som formel. Parquet og JSON har den nøyaktige teksten.",
        nn="I CSV-filene har tekst som byrjar med =, +, -, @, tabulator eller linjeskift fått ein apostrof (') framfor, slik at eit "
        "rekneark ikkje køyrer han som formel. Parquet og JSON har den nøyaktige teksten.",
        en="In the CSV files, text that begins with =, +, -, @, a tab or a line break has an apostrophe (') before it, so that a "
        "spreadsheet does not run it as a formula. Parquet and JSON hold the exact text.",
    ),
    "digits": Text(
        nb="Excel viser høyst 15 sifre. De andre filene har alle sifrene.",
        nn="Excel viser høgst 15 siffer. Dei andre filene har alle sifra.",
        en="Excel shows at most 15 digits. The other files hold all of them.",
    ),
}


def readme(described: Described, files: Sequence[Distribution], language: str) -> str:
    """What the table is, how to read it and on which terms, in one language."""

    def say(word: str) -> str:
        return _WORDS[word].get(language)

    licence, address = LICENCES[described.licence]
    lines = [described.title.get(language), "=" * len(described.title.get(language)), ""]
    lines += [described.notice.get(language), ""] if described.notice else []
    lines += [described.description.get(language), "", f"{say('row')}: {described.row.get(language)}", ""]
    if files:
        lines += [say("files"), *(f"- {Path(f.path).name}: {FORMATS[f.format][2].get(language)}" for f in files if f.rows is not None), ""]
    lines.append(say("columns"))
    for column in described.columns:
        unit = f" ({units()[column.unit].symbol.get(language)})" if column.unit else ""
        lines.append(f"- {column.name}{unit}: {column.title.get(language)}. {column.description.get(language)}")
    lines += ["", say("reading"), f"- {say('empty')}"]
    lines += [f"- {say('time')}"] if any(column.type is ColumnType.datetime for column in described.columns) else []
    lines += [f"- {say('formula')}", f"- {say('digits')}", "", say("terms"), f"- {say('licence')}: {licence.get(language)}, {address}"]
    lines += [f"- {say('credit')}: {'; '.join(text.get(language) for text in described.attribution)}"]
    lines += [f"- {say('source')}: {source}, {service}" for source, service in described.sources]
    return "\n".join(lines) + "\n"
