"""A deterministic stand-in for the sources: their own wire formats over HTTP on loopback, with invented numbers and real quirks.

Codes, names, places and formats are real; every number is synthetic and comes from hashing, so that the same question gets the
same bytes on every machine and every day. Whoever uses it says *synthetic* beside everything made from it.

```python
with serve() as base:
    fetch(request, hosts=…, reroute=reroute(base))      # https://api.nilu.no/aq/… → <base>/api.nilu.no/aq/…
```

What of real data's trouble is in it, on purpose:

- **NILU, hourly**: hours without a value are absent; noise a little below zero; fireworks at New Year and dust in spring; two
  breakdowns that leave a series below 85 % of its year (Elgeseter PM10 2023, St.Croix NO2 2022); the last months not yet controlled; one
  month in which a series is delivered raw and approved at once (Danmarks plass NO2, June 2024); a region or nothing in the place of a
  municipality; +01:00 also in summer; an exclusive end.
- **NILU, hourly, October 2021**: four of five values in a wrong unit. This month must be held back: `BROKEN_ON_PURPOSE`.
- **NILU, daily**: days with fewer than 18 hours are absent; Torvet has an annual series among the daily ones.
- **EEA register**: another country's station, a closed sampling point before the present one, a zip file with one CSV.
- **Elhub, hourly**: local time with its offset (one day of 23 and one of 25 hours), an entity `*` without hours, `0000`, Sámi names, no
  order, suppressed groups and whole municipalities without hours, a step in the number of meters. Only 2024 has hours.
- **Yearly electricity**: a Parquet file with decimals, three-digit industries, municipalities in two price areas, a negative value.
- **Emissions**: a workbook in which gases must be summed, `_x000D_` and blanks in names, zeros for what does not occur, a tenth sector.
- **Bike trips**: two forms of one time, exact repeats, quotes and commas in names, 404 for months outside the season.
- **Statistics Norway**: zeros for codes in years in which they did not exist (renumbering of 2020 and 2024, splits, mergers), counties
  and the whole country among the regions, `.` and `..`, one wrong code refuses the whole question, `9999 Uoppgitt`, XML unless JSON is
  asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from pipelines.ask import Window
from pipelines.sandbox.places import MUNICIPALITIES
from pipelines.sandbox.server import serve

__all__ = ["BROKEN_ON_PURPOSE", "MUNICIPALITIES", "WINDOW", "reroute", "serve", "window"]

WINDOW = Window(date(2019, 1, 1), date(2025, 7, 1))
"""What a sample run asks for: six years, and half a year more in which the statistics of the sixth come out."""

BROKEN_ON_PURPOSE = (("air_quality_hourly", "2021-10"),)
"""Dataset and period of what is delivered wrong, so that a first run shows what being held back looks like."""

NARROWER = {
    "air_quality_hourly": (date(2019, 1, 1), date(2025, 1, 1), ("0301", "1103", "1804", "3107", "3905", "4601", "5001", "5501")),
    "air_quality_daily": (date(2019, 1, 1), date(2025, 1, 1), ()),
    "bike_trips": (date(2019, 1, 1), date(2025, 1, 1), ()),
    "electricity_consumption_hourly": (date(2024, 1, 1), date(2025, 1, 1), ()),
}
"""Span and municipalities of datasets that have fewer here: questions beyond them would only get empty answers."""


def window(dataset: str, municipalities: tuple[str, ...] = ()) -> Window:
    """What to ask for one dataset; `municipalities` narrows it further (empty: all that the sandbox has)."""
    start, end, places = NARROWER.get(dataset, (WINDOW.start, WINDOW.end, ()))
    if places and municipalities:
        places = tuple(code for code in places if code in municipalities) or municipalities
    return Window(start, end, places or municipalities)


def reroute(base: str) -> Callable[[str], str]:
    """A function from a source's URL to the one that the sandbox at `base` answers for it."""

    def to_sandbox(url: str) -> str:
        parts = urlsplit(url)
        return f"{base}/{parts.hostname}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    return to_sandbox
