/*---
id: sdg_11_6_2_pm25_days_above_criterion
registry: L11-19
title:
  nb: Døgn med fint svevestøv (PM2,5) over helsekriteriet
  nn: Døgn med fint svevestøv (PM2,5) over helsekriteriet
  en: Days with fine particulate matter (PM2.5) above the health criterion
description:
  nb: Hvor mange døgn i året døgnmiddelet av fint svevestøv lå over 15 µg/m³, som er nivået Folkehelseinstituttet mener de fleste tåler, på den mest belastede målestasjonen i kommunen.
  nn: Kor mange døgn i året døgnmiddelet av fint svevestøv låg over 15 µg/m³, som er nivået Folkehelseinstituttet meiner dei fleste toler, på den mest belasta målestasjonen i kommunen.
  en: How many days of the year the daily mean of fine particles lay above 15 µg/m³, the level the Norwegian Institute of Public Health holds that most people tolerate, at the most burdened measuring station of the municipality.
formula:
  nb: Antall døgn med minst 18 gyldige timer og døgnmiddel over luftkvalitetskriteriet, på stasjonen med flest slike døgn. Døgnmiddelet sammenlignes uavrundet. Dagens kriterium brukes for alle år.
  nn: Talet på døgn med minst 18 gyldige timar og døgnmiddel over luftkvalitetskriteriet, på stasjonen med flest slike døgn. Døgnmiddelet blir samanlikna uavrunda. Kriteriet i dag blir brukt for alle år.
  en: Number of days with at least 18 valid hours and a daily mean above the air-quality criterion, at the station with most such days. The daily mean is compared unrounded. Today's criterion is used for all years.
sdg:
  goal: 11
  target: "11.6"
  indicator: "11.6.2"
  name:
    nb: Årsmiddel av fint svevestøv (for eksempel PM2,5 og PM10) i byer, vektet med befolkningen
    nn: Årsmiddel av fint svevestøv (til dømes PM2,5 og PM10) i byar, vekta med folketalet
    en: Annual mean levels of fine particulate matter (e.g. PM2.5 and PM10) in cities (population weighted)
  fidelity: adapted
  why:
    nb: FN ser på årsmiddelet. Døgn over helsekriteriet viser hvor ofte lufta er dårligere enn sårbare grupper bør puste, på den verste stasjonen.
    nn: FN ser på årsmiddelet. Døgn over helsekriteriet viser kor ofte lufta er dårlegare enn sårbare grupper bør puste, på den verste stasjonen.
    en: The UN looks at the annual mean. Days above the health criterion show how often the air is worse than vulnerable groups should breathe, at the worst station.
unit: d
decimals: 0
better: lower
geography: municipality
frequency: year
minimum_coverage: 0.85
target:
  name: {nb: "Ingen døgn over kriteriet", nn: "Ingen døgn over kriteriet", en: "No day above the criterion"}
  value: 0
  source: "FHI, revised air-quality criteria"
benchmarks:
  - name: {nb: "Tillatte døgn over 25 µg/m³ i EU fra 2030", nn: "Tillatne døgn over 25 µg/m³ i EU frå 2030", en: "Days above 25 µg/m³ allowed in the EU from 2030"}
    value: 18
    year: 2030
    source: Directive (EU) 2024/2881; not yet part of Norwegian law when this was written
target_image: healthy
roadmap_principle: 3
themes: [ENVI, HEAL]
keywords:
  nb: [luftkvalitet, svevestøv, PM2.5, helsekriterium, døgn]
  nn: [luftkvalitet, svevestøv, PM2.5, helsekriterium, døgn]
  en: [air quality, particulate matter, PM2.5, health criterion, days]
crosswalk:
  u4ssc: "EN: EN: AQ: 1C"
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2378
does_not_say:
  nb: Antall døgn sier ikke hvor mye over grensen de lå, og ikke hvor mange mennesker som var der. Nyttårsraketter, pollen og sand fra gater teller med som alt annet støv.
  nn: Talet på døgn seier ikkje kor mykje over grensa dei låg, og ikkje kor mange menneske som var der. Nyttårsrakettar, pollen og sand frå gater tel med som alt anna støv.
  en: The number of days does not say how far above they were, nor how many people were there. New Year fireworks, pollen and street sand count like all other dust.
not_covered:
  nb: Kommuner uten målestasjon, og stasjoner med under 85 prosent gyldige timer. Døgn med under 18 gyldige timer teller ikke.
  nn: Kommunar utan målestasjon, og stasjonar med under 85 prosent gyldige timar. Døgn med under 18 gyldige timar tel ikkje.
  en: Municipalities without a measuring station, and stations with less than 85 per cent valid hours. Days with fewer than 18 valid hours do not count.
issued: 2026-11-23
example:
  given:
    tables.station_year:
      - {station: NO0001A, component: PM2.5, year: 2022, valid_hours: 8760, hours_in_year: 8760, basis: hourly, annual_mean: 20, days_above_criterion: 9}
      - {station: NO0002A, component: PM2.5, year: 2022, valid_hours: 7884, hours_in_year: 8760, basis: hourly, annual_mean: 18, days_above_criterion: 31}
      - {station: NO0003A, component: PM2.5, year: 2022, valid_hours: 4380, hours_in_year: 8760, basis: hourly, annual_mean: null, days_above_criterion: 80}
      - {station: NO0003A, component: PM2.5, year: 2021, valid_hours: 4380, hours_in_year: 8760, basis: hourly, annual_mean: null, days_above_criterion: 80}
    tables.station_place:
      - {station: NO0001A, municipality: "0301", borders_year: 2024}
      - {station: NO0002A, municipality: "0301", borders_year: 2024}
      - {station: NO0003A, municipality: "0301", borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2021", obs_value: null, obs_status: N, coverage: 0.5, n_units: 0, numerator: null, warnings: below_coverage}
    - {ref_area: "0301", time_period: "2022", obs_value: 31, obs_status: A, coverage: 0.95, n_units: 2, numerator: 31, denominator: null, warnings: "", borders_year: 2024}
  explanation:
    nb: To stasjoner har nok målinger i 2022, med 9 og 31; den høyeste teller. Den tredje har bare halvparten av timene, så dens 80 brukes ikke, og i 2021, da den er alene, blir det ingen verdi.
    nn: To stasjonar har nok målingar i 2022, med 9 og 31; den høgaste tel. Den tredje har berre halvparten av timane, så 80 derifrå blir ikkje brukt, og i 2021, då han er åleine, blir det ingen verdi.
    en: Two stations have enough measurements in 2022, with 9 and 31; the highest counts. The third has only half of the hours, so its 80 is not used, and in 2021, when it is alone, there is no value.
---*/
with station_years as (
  select
    places.municipality,
    places.borders_year,
    years.year,
    years.basis,
    years.valid_hours,
    years.hours_in_year,
    case when years.annual_mean is not null then years.days_above_criterion end as counted
  from tables.station_year as years
  inner join tables.station_place as places
    on places.station = years.station
  where years.component = 'PM2.5'
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
