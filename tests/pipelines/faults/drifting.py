"""A small source with a clean history of daily measurements, and ways to say one thing wrong. Used by the tests of drift."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from catalog.load import build
from catalog.model import Correction, Dataset
from catalog.publication import DatasetState, Snapshot
from pipelines.ingest import Recipe, ingest
from pipelines.settings import Settings

TEXT = {"nb": "tekst", "nn": "tekst", "en": "text"}
DESCRIBED = {"title": TEXT, "description": TEXT}
HEAD = ("station", "component", "day", "value", "count", "unit")
STATIONS = tuple(f"S{n:02}" for n in range(1, 7))
COMPONENTS = ("NO2", "PM10")
FIRST = date(2023, 1, 1)

Row = dict[str, str]
Mutation = Callable[[list[Row]], list[Row]]


def dataset(**changes: Any) -> Dataset:
    values: dict[str, Any] = {
        "id": "readings",
        "title": TEXT,
        "description": TEXT,
        "row": TEXT,
        "keywords": {"nb": ["a"], "nn": ["a"], "en": ["a"]},
        "themes": ["ENVI"],
        "key": ["station", "component", "day"],
        "period": "month",
        "period_column": "day",
        "columns": [
            {"name": "station", "type": "text", "pattern": "S[0-9]{2}", **DESCRIBED},
            {"name": "component", "type": "text", "codes": dict.fromkeys(COMPONENTS, TEXT), **DESCRIBED},
            {"name": "day", "type": "date", **DESCRIBED},
            {
                "name": "value", "type": "decimal", "unit": "ug/m3", "scale": 3, "nullable": True, "minimum": -20, "maximum": 100000,
                "impossible": "set_aside", "fill_values": [-9900, -999, 9999], **DESCRIBED,
            },
            {"name": "count", "type": "integer", "unit": "1", "nullable": True, "minimum": 0, **DESCRIBED},
        ],
        "delivered_only": {"unit": "text"},
        "rules": [{"id": "not_all_zero", "sql": "select period from {batch} group by period having max(count) = 0", "description": TEXT}],
        "source": {
            "publisher": {"name": TEXT},
            "service": "https://example.org/",
            "licence": "CC0",
            "attribution": TEXT,
            "rhythm": "P1M",
            "starts_on": "2023-01-01",
            "formats": ["readings_csv"],
            "unit_source": {"value": "µg/m³"},
        },
        "issued": "2023-01-01",
    }  # fmt: skip
    return build(Dataset, values | changes, "readings.yaml")


def recipe_of(described: Dataset, corrections: Sequence[Correction] = ()) -> Recipe:
    digest = hashlib.sha256(described.model_dump_json().encode()).hexdigest()
    return Recipe(described, lambda: {"readings_csv": parse}, digest, tuple(corrections))


def parse(con: duckdb.DuckDBPyConnection, paths: Iterable[Path]) -> duckdb.DuckDBPyRelation:
    files = [str(path) for path in paths]
    return con.sql(
        f"""select station, component, day, value, count, unit, filename as file
        from read_csv({files}, header = true, all_varchar = true, filename = true)"""
    )


def months(count: int, first: date = FIRST) -> list[date]:
    """The first day of so many months."""
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def rows_of_month(first: date) -> list[Row]:
    """Every station, component and day, with seasons, weekly rhythm and noise, always the same; one instrument is broken in the spring."""
    rows = []
    day = first
    while day.month == first.month:
        for s, station in enumerate(STATIONS):
            for c, component in enumerate(COMPONENTS):
                noise = int(hashlib.sha256(f"{station}{component}{day}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
                season = 1 + 0.6 * math.cos(2 * math.pi * day.timetuple().tm_yday / 365) * (1 if c == 0 else -0.5)
                value = (12 + 4 * s) * season * (0.4 + 1.2 * noise) * (0.8 if day.weekday() > 4 else 1)
                is_missing = station == "S04" and day.month == 4 and component == "PM10"
                text = "" if is_missing else "-0.300" if noise < 0.004 else f"{value:.3f}"
                rows.append(dict(zip(HEAD, (station, component, str(day), text, str(int(20 + 5 * noise)), "µg/m³"), strict=True)))
        day += timedelta(days=1)
    return rows


def text_of(rows: Sequence[Row], head: Sequence[str] = HEAD) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, head, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def answer(
    folder: Path, content: bytes, period: str, *, taken: date | None = None, note: str = "", licence: str = "CC0", whole: bool = True
) -> Snapshot:
    """An answer to the question for one period, taken on the third day after it unless said otherwise."""
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{digest}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    year, month = (int(part) for part in period.split("-"))
    after = date(year + month // 12, month % 12 + 1, 3)
    url = f"https://example.org/?month={period}"
    return Snapshot(
        "readings", "readings_csv", path, url, "", licence, taken or after, note, digest, len(content), period if whole else None
    )


@dataclass
class Officer:
    """A data folder that is brought up to date answer by answer."""

    folder: Path
    described: Dataset
    snapshots: list[Snapshot]
    corrections: tuple[Correction, ...] = ()

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder / "data", synthetic=False, threads=1, now=datetime(2026, 1, 15, 8, tzinfo=UTC))

    def receives(self, *new: Snapshot, now: datetime | None = None) -> DatasetState:
        self.snapshots += new
        settings = self.settings if now is None else replace(self.settings, now=now)
        return ingest(recipe_of(self.described, self.corrections), self.snapshots, settings)

    def asks(self, first: date, mutate: Mutation = lambda rows: rows, **how: Any) -> Snapshot:
        return answer(self.folder / "answers", text_of(mutate(rows_of_month(first))), f"{first:%Y-%m}", **how)

    def table(self, period: str) -> list[tuple[Any, ...]]:
        path = self.settings.validated / "readings" / f"{period}.parquet"
        return duckdb.execute("select * from read_parquet($1) order by all", [str(path)]).fetchall()


def officer(folder: Path, count: int, **changes: Any) -> Officer:
    """With so many clean months already in the table."""
    one = Officer(folder, dataset(**changes), [])
    one.receives(*(one.asks(first) for first in months(count)))
    return one


def waiting(state: DatasetState) -> dict[str, list[str]]:
    """The checks that wait for a person, by period."""
    found: dict[str, list[str]] = {}
    for finding in state.findings:
        if finding.outcome == "waiting":
            found.setdefault(finding.period, []).append(finding.check)
    return found
