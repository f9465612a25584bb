"""Values worked out from the raw files with nothing but Python's own reading of text: no parser, no query and no table of the project.

Each function gives one published value again, from the file that `docs/hand_worked.md` names, in the way it names. Nothing here may import
from `catalog`, `indicators` or `pipelines`.
"""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

KIRKEVEIEN = "air_quality/nilu_api/aq_historical_oslo_kirkeveien_no2_pm10_2020.json"
VAALAND = "air_quality/eea_hourly_pm25_with_weather/Valand.csv"
GRENLAND_2021 = "air_quality/grenland_portal_exports/PM10_og_NO2_dogn_2021.xlsx"
CARS = "statistics/ssb_07849_cars_by_fuel/07849_private_cars_by_fuel_excerpt_2008-2025.csv"
EMISSIONS = "emissions/miljodirektoratet_municipal_ghg_telemark/published_2024-12_2009_2023.csv"
EMISSIONS_BEFORE = "emissions/miljodirektoratet_municipal_ghg_telemark/published_2023-12_raw_2009_2022.csv"
ELECTRICITY = "energy/nve_ebm_elhub_yearly/consumption_kwh_municipality_industry_2022_2023.parquet"
HOURS = tuple(f"energy/elhub_telemark_municipalities_hourly/{month}_utc.csv" for month in ("2024-12", "2025-01"))
POPULATION = "statistics/csdata_population_b2024/municipality_population_2005-2022_borders2024.csv.gz"
TRIPS = "transport/bysykkel_oslo/trips/oslobysykkel.no_trips_v1_2022_12.csv.gz"
ACCOUNTS = "statistics/ssb_pxweb_v2/12134_data_jsonstat2_2026-04-25.json"
ROADS = "transport/nvdb/vegobjekter_540_trondheim_part_a.zip"


# --- air ---


def kirkeveien_no2(recorded: Path) -> list[float]:
    series = json.loads((recorded / KIRKEVEIEN).read_text("utf-8"))
    return [hour["value"] for one in series if one["component"] == "NO2" for hour in one["values"]]


def oslo_no2_2020(recorded: Path) -> float:
    hours = kirkeveien_no2(recorded)
    return sum(hours) / len(hours)


def oslo_no2_peak_hour_2020(recorded: Path) -> float:
    return sorted(kirkeveien_no2(recorded), reverse=True)[18]


def vaaland_2021(recorded: Path) -> dict[date, list[float]]:
    """Hours with a value by day of standard time: the file is in UTC, an hour behind."""
    days: dict[date, list[float]] = defaultdict(list)
    with (recorded / VAALAND).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["pm25"]:
                standard = datetime.fromisoformat(f"{row['date']} {row['time']}") + timedelta(hours=1)
                if standard.year == 2021:
                    days[standard.date()].append(float(row["pm25"]))
    return days


def stavanger_pm25_2021(recorded: Path) -> float:
    hours = [value for day in vaaland_2021(recorded).values() for value in day]
    return sum(hours) / len(hours)


def stavanger_days_above_pm25_criterion_2021(recorded: Path) -> float:
    """Days of at least 18 hours with a mean above 15."""
    return sum(1 for hours in vaaland_2021(recorded).values() if len(hours) >= 18 and sum(hours) / len(hours) > 15)


def lensmannsdalen_pm10_2021(recorded: Path) -> list[tuple[float, float]]:
    """Daily means with their hours (24 × the share of data), read from the cells of the workbook."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(recorded / GRENLAND_2021).get_sheet_by_index(0).to_python()
    at = rows[0].index("Lensmannsdalen PM10 µg/m³")
    return [(float(str(row[at])), float(str(row[at + 1])) * 0.24) for row in rows[1:] if row[at] != ""]


def skien_pm10_2021(recorded: Path) -> float:
    days = lensmannsdalen_pm10_2021(recorded)
    return sum(mean * hours for mean, hours in days) / sum(hours for _, hours in days)


def skien_days_above_limit_2021(recorded: Path) -> float:
    return sum(1 for mean, hours in lensmannsdalen_pm10_2021(recorded) if hours >= 18 and mean > 50)


def skien_days_above_criterion_2021(recorded: Path) -> float:
    return sum(1 for mean, hours in lensmannsdalen_pm10_2021(recorded) if hours >= 18 and mean > 30)


# --- cars, trips, money ---


def oslo_electric_cars_2024(recorded: Path) -> float:
    with (recorded / CARS).open(encoding="utf-8") as file:
        cars = {
            row["fuel"]: int(row["cars"]) for row in csv.DictReader(file) if (row["municipality_code"], row["year"]) == ("0301", "2024")
        }
    return 100 * next(n for fuel, n in cars.items() if fuel.startswith("Electric")) / sum(cars.values())


def oslo_trips_december_2022(recorded: Path) -> float:
    with gzip.open(recorded / TRIPS, "rt", encoding="utf-8", newline="") as file:
        return len({tuple(row) for row in csv.reader(file)}) - 1


def bergen_free_revenue_2024(recorded: Path) -> float:
    answer = json.loads((recorded / ACCOUNTS).read_text("utf-8"))
    return answer["value"][answer["dimension"]["KOKkommuneregion0000"]["category"]["index"]["4601"]]


# --- emissions and energy ---


def emissions(recorded: Path, file: str = EMISSIONS) -> dict[tuple[str, int, str], float]:
    """Tonnes by name of the municipality, year and sector: rows that look alike are different gases and are summed."""
    sums: dict[tuple[str, int, str], float] = defaultdict(float)
    with (recorded / file).open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            sums[row["Kommune"].strip(), int(row["År"][:4]), row["Sektor"].strip()] += float(row["Utslipp"] or 0)
    return sums


def porsgrunn_ghg_2022(recorded: Path) -> float:
    return sum(tonnes for (name, year, _), tonnes in emissions(recorded).items() if (name, year) == ("Porsgrunn", 2022))


def porsgrunn_sector_2022(recorded: Path, sector: str) -> float:
    return emissions(recorded)["Porsgrunn", 2022, sector]


def porsgrunn_people(recorded: Path, year: int) -> int:
    with gzip.open(recorded / POPULATION, "rt", encoding="utf-8") as file:
        return sum(
            int(float(row["pop_jan1_n"]))
            for row in csv.DictReader(file)
            if (row["municipality_code"], row["year"]) == ("4001", str(year)) and row["sex"] in ("female", "male")
        )


def electricity(recorded: Path) -> list[tuple[str, int, str, str, float]]:
    """Municipality, year, section, industry and kWh of every row of the file."""
    import pyarrow.parquet as pq

    rows = pq.read_table(recorded / ELECTRICITY).to_pylist()
    return [
        (
            str(row["kommune_nr"]).zfill(4),
            row["lokal_dato_tid_start"].year,
            row["naeringshovedomraade_kode"],
            row["naering_kode"],
            row["forbruk_kwh"],
        )
        for row in rows
    ]


def porsgrunn_electricity_2022(recorded: Path) -> float:
    return float(sum(kwh for code, year, _, _, kwh in electricity(recorded) if (code, year) == ("4001", 2022))) / 1_000_000


def porsgrunn_electricity_per_inhabitant_2022(recorded: Path) -> float:
    sections = {"XX", *"GHIJKLMNOPQRSTU"}
    used = sum(kwh for code, year, section, _, kwh in electricity(recorded) if (code, year) == ("4001", 2022) and section in sections)
    return float(used) / porsgrunn_people(recorded, 2022)


def porsgrunn_electricity_january_2025(recorded: Path) -> float:
    """GWh of the hours from 2024-12-31 23:00 UTC to 2025-01-31 22:00 UTC: January by the clocks of Oslo."""
    kwh = 0.0
    for file in HOURS:
        with (recorded / file).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                if row["Knr"] == "4001" and "2024-12-31 23:00" <= row["Tid"] < "2025-01-31 23:00":
                    kwh += float(row["Forbruk (kWh)"])
    return kwh / 1_000_000


# --- roads ---


def trondheim_traffic_2023(recorded: Path) -> float:
    """Mean daily traffic of stretches counted in 2023, weighted by length, of the objects that are valid and lie in one municipality."""
    weighed = length = 0.0
    with zipfile.ZipFile(recorded / ROADS) as archive:
        for member in archive.namelist():
            road = json.loads(archive.read(member))
            said = {one["navn"]: one.get("verdi") for one in road["egenskaper"]}
            is_counted = said.get("Grunnlag for ÅDT") == "Trafikkdatasystemet" and said.get("År, gjelder for") == 2023
            if is_counted and len(road["lokasjon"]["kommuner"]) == 1 and "sluttdato" not in road["metadata"]:
                metres = road["lokasjon"]["lengde"]
                weighed += said["ÅDT, total"] * metres
                length += metres
    return weighed / length


def per_person(recorded: Path, tonnes: float) -> float:
    return tonnes / porsgrunn_people(recorded, 2022)


WORKED = {
    "sdg_11_2_bicycle_trips": ("0301", "2022-12", oslo_trips_december_2022),
    "sdg_11_6_2_days_above": ("4003", "2021", skien_days_above_limit_2021),
    "sdg_11_6_2_pm10": ("4003", "2021", skien_pm10_2021),
    "sdg_11_6_2_pm10_days_above_criterion": ("4003", "2021", skien_days_above_criterion_2021),
    "sdg_11_6_2_pm25": ("1103", "2021", stavanger_pm25_2021),
    "sdg_11_6_2_pm25_days_above_criterion": ("1103", "2021", stavanger_days_above_pm25_criterion_2021),
    "sdg_11_6_electric_car_share": ("0301", "2024", oslo_electric_cars_2024),
    "sdg_11_6_ghg_per_inhabitant": ("4001", "2022", lambda recorded: per_person(recorded, porsgrunn_ghg_2022(recorded))),
    "sdg_11_6_ghg_total": ("4001", "2022", porsgrunn_ghg_2022),
    "sdg_11_6_no2": ("0301", "2020", oslo_no2_2020),
    "sdg_11_6_no2_peak_hour": ("0301", "2020", oslo_no2_peak_hour_2020),
    "sdg_17_1_1_free_revenue_per_inhabitant": ("4601", "2024", bergen_free_revenue_2024),
    "sdg_9_1_2_road_traffic": ("5001", "2023", trondheim_traffic_2023),
    "sdg_9_4_electricity_month": ("4001", "2025-01", porsgrunn_electricity_january_2025),
    "sdg_9_4_electricity_per_inhabitant": ("4001", "2022", porsgrunn_electricity_per_inhabitant_2022),
    "sdg_9_4_electricity_total": ("4001", "2022", porsgrunn_electricity_2022),
    "sdg_9_4_industry_emissions": ("4001", "2022", lambda recorded: porsgrunn_sector_2022(recorded, "Industri, olje og gass")),
    "sdg_9_4_road_transport_emissions": (
        "4001", "2022", lambda recorded: per_person(recorded, porsgrunn_sector_2022(recorded, "Veitrafikk")),
    ),
}  # fmt: skip
"""Indicator → area, period, and the function that works the value out from the raw file."""
