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
- **EEA's files of hours**, asked where a description names that service: a list of addresses on another host, a header and nothing else
  for years without values; days beside hours, invalid hours with their value, standard time without saying so.
- **EEA register**: another country's station, a closed sampling point before the present one, a zip file with one CSV.
- **Elhub, hourly**: local time with its offset (one day of 23 and one of 25 hours), an entity `*` without hours, `0000`, Sámi names, no
  order, suppressed groups and whole municipalities without hours, a step in the number of meters. Only 2024 has hours.
- **Yearly electricity**: a Parquet file with decimals, three-digit industries, municipalities in two price areas, a negative value.
- **Emissions**: a workbook in which gases must be summed, `_x000D_` and blanks in names, zeros for what does not occur, a tenth sector.
- **Timetables and the population grid**: a timetable with dates and no calendar, trips after midnight, airports; squares named by their
  corner, one in fifty people without an address that can be placed; municipalities whose companies were not asked.
- **Bike trips**: two forms of one time, exact repeats, quotes and commas in names, 404 for months outside the season.
- **Statistics Norway**: zeros for codes in years in which they did not exist (renumbering of 2020 and 2024, splits, mergers), counties
  and the whole country among the regions, `.` and `..`, one wrong code refuses the whole question, `9999 Uoppgitt`, XML unless JSON is
  asked for; a table that another one succeeded in 2024; tables that do not have every year.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from pipelines.reading.ask import Window
from pipelines.sandbox import air, energy
from pipelines.sandbox.places import MUNICIPALITIES
from pipelines.sandbox.server import serve
from pipelines.sandbox.tables import FIGURES

__all__ = ["ANSWERS_FOR", "BROKEN_ON_PURPOSE", "MUNICIPALITIES", "WINDOW", "reroute", "serve", "window"]

WINDOW = Window(date(2019, 1, 1), date(2025, 7, 1))
"""What a sample run asks for: six years, and half a year more in which the statistics of the sixth come out."""

ANSWERS_FOR = frozenset(
    {
        "air_quality_daily",
        "air_quality_hourly",
        "air_quality_stations",
        "bike_trips",
        "car_fleet",
        "electricity_consumption_hourly",
        "electricity_consumption_yearly",
        "ghg_emissions",
        "municipalities",
        "municipality_changes",
        "population",
        "population_grid",
        "public_transport_timetable",
        "municipality_groups",
        *FIGURES,
    }
)
"""The datasets whose questions are answered here. A sample run asks for no others, and says so."""

BROKEN_ON_PURPOSE = (("air_quality_hourly", "2021-10"),)
"""Dataset and period of what is delivered wrong, so that a first run shows what being held back looks like."""

SPANS = {
    "air_quality_hourly": (date(2019, 1, 1), air.LAST_DAY),
    "air_quality_daily": (date(2019, 1, 1), air.LAST_DAY),
    "bike_trips": (date(2019, 1, 1), date(2025, 1, 1)),
    "electricity_consumption_hourly": (date(energy.YEAR, 1, 1), date(energy.YEAR + 1, 1, 1)),
    "population_grid": (date(2025, 1, 1), date(2025, 7, 1)),
}
"""First day and day after the last of datasets that have fewer here; asking beyond them would only get empty answers."""

PLACES = {
    "air_quality_hourly": sorted({station.code for station in air.STATIONS if station.is_hourly}),
    "air_quality_daily": sorted({station.code for station in air.STATIONS}),
    "electricity_consumption_hourly": sorted(m.code for m in MUNICIPALITIES if m.code not in energy.WITHOUT_HOURS),
}
"""The municipalities that have anything, where not all have."""


def window(dataset: str, municipalities: tuple[str, ...] = ()) -> Window:
    """What to ask for one dataset. Where none of the named `municipalities` has anything, the window is empty: nothing is asked.

    Without names, Elhub is asked for all municipalities at once, and the stations of those that have any one by one.
    """
    start, end = SPANS.get(dataset, (WINDOW.start, WINDOW.end))
    places = PLACES.get(dataset)
    if not municipalities:
        return Window(start, end, tuple(places) if places and dataset.startswith("air_") else ())
    chosen = tuple(code for code in municipalities if places is None or code in places)
    return Window(start, end if chosen else start, chosen or municipalities)


def reroute(base: str) -> Callable[[str], str]:
    """A function from a source's URL to the one that the sandbox at `base` answers for it."""

    def to_sandbox(url: str) -> str:
        parts = urlsplit(url)
        return f"{base}/{parts.hostname}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    return to_sandbox
