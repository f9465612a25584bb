/*---
id: sdg_11_6_no2_peak_hour
registry: L11-18
title:
  nb: Den 19. høyeste timen av NO2 i året
  nn: Den 19. høgaste timen av NO2 i året
  en: The 19th highest hour of NO2 in the year
description:
  nb: Forskriften sier at NO2 ikke skal være over 200 µg/m³ i mer enn 18 timer i året. Da er det den 19. høyeste timen som avgjør; er den over 200, er grenseverdien brutt. Verdien er fra stasjonen der den er høyest.
  nn: Forskrifta seier at NO2 ikkje skal vere over 200 µg/m³ i meir enn 18 timar i året. Då er det den 19. høgaste timen som avgjer; er han over 200, er grenseverdien broten. Verdien er frå stasjonen der han er høgast.
  en: The regulation says that NO2 shall not be above 200 µg/m³ for more than 18 hours a year. So the 19th highest hour decides; if it is above 200, the limit value is broken. The value is from the station where it is highest.
formula:
  nb: Timeverdiene i året ordnet fra høyest til lavest; verdien på 19. plass, på stasjonen der den er høyest.
  nn: Timeverdiane i året ordna frå høgast til lågast; verdien på 19. plass, på stasjonen der han er høgast.
  en: The hourly values of the year ordered from highest to lowest; the value in 19th place, at the station where it is highest.
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere byenes negative påvirkning på miljøet per innbygger, blant annet ved å ta særlig hensyn til luftkvalitet og avfall
    nn: Innan 2030 redusere den negative påverknaden byane har på miljøet per innbyggjar, mellom anna ved å ta særleg omsyn til luftkvalitet og avfall
    en: By 2030, reduce the adverse per capita environmental impact of cities, including by paying special attention to air quality and municipal and other waste management
  fidelity: adapted
  why:
    nb: FN har ingen indikator for NO2. Denne følger måten den norske timegrenseverdien er laget på, og viser de verste timene.
    nn: FN har ingen indikator for NO2. Denne følgjer måten den norske timegrenseverdien er laga på, og viser dei verste timane.
    en: The UN has no indicator for NO2. This one follows how the Norwegian hourly limit value is made, and shows the worst hours.
unit: ug/m3
decimals: 0
better: lower
geography: municipality
frequency: year
minimum_coverage: 0.85
target:
  name: {nb: "Grenseverdi i forskriften", nn: "Grenseverdi i forskrifta", en: "Limit value by regulation"}
  value: 200
  source: Forurensningsforskriften § 7-9
target_image: healthy
roadmap_principle: 3
themes: [ENVI, HEAL]
keywords:
  nb: [luftkvalitet, nitrogendioksid, NO2, grenseverdi, timer]
  nn: [luftkvalitet, nitrogendioksid, NO2, grenseverdi, timar]
  en: [air quality, nitrogen dioxide, NO2, limit value, hours]
crosswalk:
  u4ssc: "EN: EN: AQ: 1C"
does_not_say:
  nb: Tallet sier ikke hvor mange timer som var dårlige, bare hvor høyt den 19. verste lå. En stasjon med hull i målingene kan ha mistet noen av sine verste timer.
  nn: Talet seier ikkje kor mange timar som var dårlege, berre kor høgt den 19. verste låg. Ein stasjon med hol i målingane kan ha mista nokre av sine verste timar.
  en: The number does not say how many hours were bad, only how high the 19th worst was. A station with gaps may have lost some of its worst hours.
not_covered:
  nb: Kommuner uten målestasjon, og stasjoner med under 85 prosent gyldige timer. Stasjoner som bare har døgnverdier, kan ikke telles.
  nn: Kommunar utan målestasjon, og stasjonar med under 85 prosent gyldige timar. Stasjonar som berre har døgnverdiar, kan ikkje teljast.
  en: Municipalities without a measuring station, and stations with less than 85 per cent valid hours. Stations that have only daily values cannot be counted.
issued: 2026-11-23
example:
  given:
    tables.station_year:
      - {station: NO0001A, component: NO2, year: 2022, valid_hours: 8760, hours_in_year: 8760, basis: hourly, annual_mean: 20, hourly_19th_highest: 118.5}
      - {station: NO0002A, component: NO2, year: 2022, valid_hours: 7884, hours_in_year: 8760, basis: hourly, annual_mean: 18, hourly_19th_highest: 163.25}
      - {station: NO0003A, component: NO2, year: 2022, valid_hours: 4380, hours_in_year: 8760, basis: hourly, annual_mean: null, hourly_19th_highest: 240}
      - {station: NO0003A, component: NO2, year: 2021, valid_hours: 4380, hours_in_year: 8760, basis: hourly, annual_mean: null, hourly_19th_highest: 240}
    tables.station_place:
      - {station: NO0001A, municipality: "0301", borders_year: 2024}
      - {station: NO0002A, municipality: "0301", borders_year: 2024}
      - {station: NO0003A, municipality: "0301", borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2021", obs_value: null, obs_status: N, coverage: 0.5, n_units: 0, numerator: null, warnings: below_coverage}
    - {ref_area: "0301", time_period: "2022", obs_value: 163.25, obs_status: A, coverage: 0.95, n_units: 2, numerator: 163.25, denominator: null, warnings: "", borders_year: 2024}
  explanation:
    nb: To stasjoner har nok målinger i 2022, med 118,5 og 163,25; den høyeste teller. Den tredje har bare halvparten av timene, så dens 240 brukes ikke, og i 2021, da den er alene, blir det ingen verdi.
    nn: To stasjonar har nok målingar i 2022, med 118,5 og 163,25; den høgaste tel. Den tredje har berre halvparten av timane, så 240 derifrå blir ikkje brukt, og i 2021, då han er åleine, blir det ingen verdi.
    en: Two stations have enough measurements in 2022, with 118.5 and 163.25; the highest counts. The third has only half of the hours, so its 240 is not used, and in 2021, when it is alone, there is no value.
---*/
with station_years as (
  select
    places.municipality,
    places.borders_year,
    years.year,
    years.basis,
    years.valid_hours,
    years.hours_in_year,
    case when years.annual_mean is not null then years.hourly_19th_highest end as counted
  from tables.station_year as years
  inner join tables.station_place as places
    on places.station = years.station
  where years.component = 'NO2'
    and years.basis = 'hourly'
),
municipal_years as (
  select
    municipality,
    borders_year,
    year,
    count(counted) as stations,
    max(counted) as highest,
    max(case when counted is not null and basis = 'daily' then 1 else 0 end) as has_daily,
    coalesce(sum(case when counted is not null then valid_hours end), sum(valid_hours)) as valid_hours,
    coalesce(sum(case when counted is not null then hours_in_year end), sum(hours_in_year)) as hours_in_year
  from station_years
  group by
    municipality,
    borders_year,
    year
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  highest as obs_value,
  case when stations = 0 then 'N' else 'A' end as obs_status,
  cast(cast(valid_hours as double) / hours_in_year as decimal(9, 6)) as coverage,
  stations as n_units,
  highest as numerator,
  cast(null as decimal(28, 6)) as denominator,
  borders_year,
  concat_ws(';', case when stations = 0 then 'below_coverage' end) as warnings
from municipal_years
