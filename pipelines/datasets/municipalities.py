"""Today's municipalities: code list 131 of Statistics Norway's KLASS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.jsonstat import read_json

if TYPE_CHECKING:
    import duckdb

SAMI_NAMES = frozenset(
    {
        "Aarborte", "Deatnu", "Dielddanuorri", "Evenášši", "Fuolldá", "Fuossko", "Guovdageaidnu", "Gáivuotna", "Hábmer",
        "Hámmerfeasta", "Hárstták", "Ivgu", "Kárášjohka", "Levangke", "Loabák", "Nåavmesjenjaelmie", "Omasvuotna", "Oslove",
        "Porsángu", "Raane", "Raarvihke", "Ráisa", "Rivtták", "Rosse", "Snåase", "Stïentje", "Suortá", "Tråante", "Unjárga",
    }
)  # fmt: skip
KVEN_NAMES = frozenset({"Kaivuono", "Omasvuono", "Porsanki", "Raisi", "Yykeä"})
"""Parallel names by language. The order in an official name does not tell it: the municipality decides which comes first."""


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """The codes valid on 1 January of the last year of the window. Without an Accept header the service answers in XML."""
    year = (window.end - timedelta(days=1)).year
    yield Request(
        url=f"{dataset.source.service}/classifications/131/codesAt",
        format="klass_codes_at_json",
        params={"date": date(year, 1, 1).isoformat(), "language": "nb"},
        headers={"Accept": "application/json"},
        period="all",
    )


def parse_klass_codes_at_json(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per code of the list, with the official name divided by language.

    Raises ParseError for a parallel name whose language is not declared: it could be taken for the Norwegian one.
    """
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for path in paths:
        answer = read_json(path)
        codes = answer.get("codes") if isinstance(answer, dict) else None
        if not isinstance(codes, list) or not codes:
            raise _refused("no list called codes", path)
        rows += [_row(entry, path, position) for position, entry in enumerate(codes)]
    names = ("code", "name", "official_name", "sami_name", "kven_name", "county", "valid_from", "file")
    return con.from_arrow(pa.table({name: pa.array([row[name] for row in rows], type=pa.string()) for name in names}))


def _row(entry: Any, path: Path, position: int) -> dict[str, Any]:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("code", "name")):
        raise _refused(f"entry {position} has no code or no name", path)
    official_name = entry["name"].strip()
    norwegian, sami, kven = split_name(official_name, path, position)
    return {
        "code": entry["code"],
        "name": norwegian,
        "official_name": official_name,
        "sami_name": sami,
        "kven_name": kven,
        "county": entry["code"][:2],
        "valid_from": entry.get("validFrom"),
        "file": str(path),
    }


def split_name(official_name: str, path: Path, position: int) -> tuple[str, str | None, str | None]:
    """An official name as its Norwegian, Sami and Kven name: `Hábmer - Hamarøy` → `Hamarøy`, `Hábmer`, nothing."""
    parts = official_name.split(" - ")
    sami = [part for part in parts if part in SAMI_NAMES]
    kven = [part for part in parts if part in KVEN_NAMES]
    norwegian = [part for part in parts if part not in SAMI_NAMES and part not in KVEN_NAMES]
    if len(norwegian) != 1 or len(sami) > 1 or len(kven) > 1:
        raise ParseError(
            "a parallel name whose language is not declared",
            where=f"{path.name}: entry {position}",
            effect="nothing of this file is used, and the register stays as it was",
            next_step="add the new name to SAMI_NAMES or KVEN_NAMES in municipalities.py",
        )
    return norwegian[0], sami[0] if sami else None, kven[0] if kven else None


def _refused(what: str, path: Path) -> ParseError:
    return ParseError(
        what,
        where=path.name,
        effect="nothing of this file is used, and the register stays as it was",
        next_step="see whether the service answered with an error or a notice instead of codes",
    )


PARSERS = {"klass_codes_at_json": parse_klass_codes_at_json}
