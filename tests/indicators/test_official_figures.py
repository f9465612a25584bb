"""Official figures found again in the release, within the publisher's rounding, and every difference on `docs/official_figures.md`."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import by_hand
import duckdb
import pytest

from catalog.site import sentences
from catalog.site.words import Words

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parent.parent.parent / "docs" / "official_figures.md"
PORTAL_DAYS = "air_quality/luftkvalitet_portal/trondheim_6_stations_daily_2015_2021.csv"
TORVET_DAYS = "air_quality/nilu_api/stats_day_trondheim_torvet_2009_2024.json"
COUNTRY = "statistics/ssb_pxweb_v0/07459_whole_country_1986-2025_from_notebook.json"

ELGESETER, TORVET = "NO0060A", "NO0089A"


def means_of_days(recorded: Path) -> dict[tuple[str, str, int], list[float]]:
    """The publisher's own daily means by station, component and year, as the portal and NILU printed them."""
    found: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    lines = list(csv.reader((recorded / PORTAL_DAYS).open(encoding="utf-8-sig")))
    top = next(number for number, line in enumerate(lines) if line and line[0] == "Tid")
    for component in ("PM10", "PM2.5"):
        at = next(place for place, name in enumerate(lines[top]) if name.startswith(f"Elgeseter {component} "))
        for line in lines[top + 1 :]:
            if len(line) > at and line[at] and line[0]:
                year = next(int(part) for part in line[0].replace(".", " ").replace("-", " ").split() if len(part) == 4)
                found[ELGESETER, component, year].append(float(line[at]))
    for series in json.loads((recorded / TORVET_DAYS).read_text("utf-8")):
        if series["component"] in ("NO2", "PM10", "PM2.5"):
            for day in series["values"]:
                found[TORVET, series["component"], int(day["dateTime"][:4])].append(day["value"])
    return found


def air(published: duckdb.DuckDBPyConnection, recorded: Path) -> list[str]:
    rows = published.execute(
        f"""
        select station, component, year, basis, valid_hours, annual_mean
        from indicators.station_year
        where station in ('{ELGESETER}', '{TORVET}')
        order by all"""
    ).fetchall()
    official = means_of_days(recorded)
    lines = []
    for station, component, year, basis, hours, mean in rows:
        days = official.get((station, component, year), [])
        if len(days) >= 300 and mean is not None:
            theirs = sum(days) / len(days)
            assert abs(float(mean) / theirs - 1) < 0.015, (station, component, year)
            name = {ELGESETER: "Elgeseter", TORVET: "Torvet"}[station]
            cells = (name, component, year, len(days), f"{theirs:.2f}", basis, f"{hours:,}", f"{mean:.2f}", _signed(float(mean) - theirs))
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return lines


def _signed(difference: float) -> str:
    return f"{round(difference, 2) + 0.0:+,.2f}".replace("-0.00", "+0.00")


def sectors(published: duckdb.DuckDBPyConnection, recorded: Path) -> list[str]:
    """Porsgrunn 2022 by sector in both editions; all other cells are held against the files in the test."""
    lines = []
    editions = {"2023-12": by_hand.emissions(recorded, by_hand.EMISSIONS_BEFORE), "2024-12": by_hand.emissions(recorded)}
    for sector in sorted({sector for _, _, sector in editions["2024-12"]}):
        before, after = (editions[edition]["Porsgrunn", 2022, sector] for edition in ("2023-12", "2024-12"))
        ours = published.execute(
            "select obs_value from indicators.sdg_11_6_ghg_total where ref_area = '4001' and time_period = '2022' and breakdown = ?",
            [f"sector={sector}"],
        ).fetchone()
        assert ours and float(ours[0]) == pytest.approx(after, abs=0.01)
        lines.append(f"| {sector} | {before:,.2f} | {after:,.2f} | {ours[0]:,.2f} | {_signed(after - before)} |")
    return lines


def electricity(published: duckdb.DuckDBPyConnection, recorded: Path) -> list[str]:
    official: dict[tuple[str, str], float] = defaultdict(float)
    for code, year, _, _, kwh in by_hand.electricity(recorded):
        official[code, str(year)] += float(kwh)
        official["NO", str(year)] += float(kwh)
    rows = published.execute(
        "select ref_area, time_period, obs_value, obs_status from indicators.sdg_9_4_electricity_total where breakdown = ''"
    ).fetchall()
    told = {(area, year): float(value) for area, year, value, _ in rows if value is not None}
    withheld = sorted((area, year) for area, year, value, status in rows if value is None and status == "Q")
    for key, value in told.items():
        assert value == pytest.approx(official[key] / 1e6, abs=0.000001), key
    lines = []
    for year in ("2022", "2023"):
        municipal = [key for key in told if key[1] == year and key[0] != "NO"]
        cells = (
            year,
            f"{official['NO', year] / 1e6:,.3f}",
            f"{told['NO', year]:,.3f}",
            len(municipal),
            sum(1 for key in withheld if key[1] == year),
            f"{official['0000', year] / 1e6:,.3f}",
        )
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return lines


def cars(published: duckdb.DuckDBPyConnection, recorded: Path) -> list[str]:
    official: dict[tuple[str, int, str], int] = {}
    with (recorded / by_hand.CARS).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            fuel = row["fuel"].split()[0].lower()
            official[row["municipality_code"], int(row["year"]), fuel] = int(row["cars"])
    ours = {
        (code, year, fuel): n
        for code, year, fuel, n in published.execute("select municipality, year, fuel, cars from memory.validated.car_fleet").fetchall()
    }
    assert all(official[key] == n for key, n in ours.items())
    left_out = {key for key in official if key not in ours}
    assert all(official[key] == 0 for key in left_out)
    whole_years = {(code, year) for code, year, _ in left_out}
    assert not whole_years & {(code, year) for code, year, _ in ours}
    figures = (len(official), len(ours), sum(official.values()), sum(ours.values()), len(left_out), len(whole_years))
    return [f"| {' | '.join(f'{figure:,}' for figure in figures)} |"]


def people(published: duckdb.DuckDBPyConnection, recorded: Path) -> list[str]:
    """The country as Statistics Norway printed it, and the sum of municipalities in the borders of four years."""
    answer = json.loads((recorded / COUNTRY).read_text("utf-8"))
    official = {int(year): answer["value"][place] for year, place in answer["dimension"]["Tid"]["category"]["index"].items()}
    lines = []
    for year in (2005, 2006, 2007, 2008, 2009, 2015, 2016, 2017, 2018, 2019, 2020):
        row = published.execute(
            """
            select
              (select count(distinct code) from areas.to_borders where year = $1),
              count(*),
              sum(population)
            from memory.validated.population
            where borders = 'valid' and year = $1""",
            [year],
        ).fetchone()
        assert row
        sums = []
        for borders in (2005, 2018, 2020, 2024):
            found = published.execute(
                """
                with links as (
                  select * from areas.between_borders
                  where borders_year = (select max(borders_year) from areas.between_borders where borders_year <= $2)
                    and $1 between first_year and last_year
                )
                select
                  coalesce(sum(people.population * links.weight), 0)
                  + coalesce((
                    select sum(population) from memory.validated.population
                    where borders = 'valid' and year = $1
                      and municipality in (select code from links where weight is null)
                  ), 0)
                from links
                left join memory.validated.population as people
                  on people.municipality = links.code and people.year = $1 and people.borders = 'valid'""",
                [year, borders],
            ).fetchone()
            assert found
            sums.append(round(found[0]))
        assert set(sums) == {row[2]}, year
        assert row[1] <= row[0] and (row[1] < row[0] or row[2] == official[year])
        lines.append(f"| {year} | {official[year]:,} | {row[2]:,} | {row[2] - official[year]:+,} | {row[1]} of {row[0]} |")
    return lines


TABLES = {"air": air, "sectors": sectors, "electricity": electricity, "cars": cars, "people": people}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_says_what_the_files_and_the_release_say(name: str, published: duckdb.DuckDBPyConnection, recorded: Path) -> None:
    on_page = PAGE.read_text("utf-8").splitlines()

    missing = [line for line in TABLES[name](published, recorded) if line not in on_page]

    assert not missing


def test_no_series_and_no_comparison_mixes_editions(published: duckdb.DuckDBPyConnection) -> None:
    """The value of every year is that of one edition, the same for a whole series and for all who are compared."""
    editions = published.execute(
        """
        select distinct of_edition.breakdown
        from indicators.observations as of_edition
        where indicator = 'sdg_11_6_ghg_total'
          and breakdown like 'edition=%'
          and not exists (
            select 1
            from indicators.observations as headline
            where headline.indicator = of_edition.indicator
              and headline.breakdown = ''
              and not exists (
                select 1
                from indicators.observations as same
                where same.indicator = headline.indicator
                  and same.breakdown = of_edition.breakdown
                  and (same.ref_area, same.time_period, same.obs_value) = (headline.ref_area, headline.time_period, headline.obs_value)
              )
          )"""
    ).fetchall()
    compared = published.execute(
        """
        select count(*), count(*) filter (o.obs_value = p.obs_value)
        from indicators.peers as p
        inner join indicators.observations as o using (indicator, ref_area, time_period)
        where indicator = 'sdg_11_6_ghg_total' and o.breakdown = 'edition=2024-12' and p.obs_value is not null"""
    ).fetchone()
    ends = published.execute(
        """
        select
          count(*),
          count(*) filter (o.obs_value = case o.time_period when p.base_year::varchar then p.base_value else p.latest_value end)
        from indicators.progress as p
        inner join indicators.observations as o
          on (o.indicator, o.ref_area) = (p.indicator, p.ref_area) and o.time_period in (p.base_year::varchar, p.latest_year::varchar)
        where p.indicator = 'sdg_11_6_ghg_total' and o.breakdown = 'edition=2024-12'"""
    ).fetchone()
    wide = published.execute(
        """
        select count(*), count(*) filter (wide.sdg_11_6_ghg_total = o.obs_value)
        from indicators.wide as wide
        inner join indicators.observations as o using (ref_area, time_period)
        where o.indicator = 'sdg_11_6_ghg_total' and o.breakdown = 'edition=2024-12'"""
    ).fetchone()

    assert editions == [("edition=2024-12",)]
    for found in (compared, ends, wide):
        assert found and found[0] == found[1] > 30


def test_the_label_of_an_edition_is_readable_in_every_language() -> None:
    told = [sentences.part(Words(language), "edition=2024-12") for language in ("nb", "nn", "en")]
    assert [part for _, part in told] == ["desember 2024", "desember 2024", "December 2024"]
    assert "edition" not in {divided_by for divided_by, _ in told}


@pytest.mark.parametrize(("edition", "file"), [("2023-12", by_hand.EMISSIONS_BEFORE), ("2024-12", by_hand.EMISSIONS)])
def test_every_municipality_sector_and_year_of_an_edition_is_as_it_was_published(
    edition: str, file: str, published: duckdb.DuckDBPyConnection, recorded: Path
) -> None:
    official = by_hand.emissions(recorded, file)
    names = {name for name, *_ in official}
    rows = published.execute(
        """
        select register.name, figures.year, figures.sector, sum(figures.emissions)
        from memory.validated.ghg_emissions as figures
        inner join areas.municipalities as register on register.code = figures.municipality and register.is_current
        where figures.edition = ?
        group by all""",
        [edition],
    ).fetchall()
    told = {(name, year, sector): float(tonnes) for name, year, sector, tonnes in rows}

    assert len(names) == 17
    assert told.keys() == official.keys()
    assert all(tonnes == pytest.approx(official[key], abs=0.01) for key, tonnes in told.items())
