/*---
id: sdg_11_6_2_pm10_days_above_criterion
registry: L11-19
title:
  nb: Døgn med svevestøv (PM10) over helsekriteriet
  nn: Døgn med svevestøv (PM10) over helsekriteriet
  en: Days with particulate matter (PM10) above the health criterion
description:
  nb: Hvor mange døgn i året døgnmiddelet av svevestøv lå over 30 µg/m³, som er nivået Folkehelseinstituttet mener de fleste tåler, på den mest belastede målestasjonen i kommunen.
  nn: Kor mange døgn i året døgnmiddelet av svevestøv låg over 30 µg/m³, som er nivået Folkehelseinstituttet meiner dei fleste toler, på den mest belasta målestasjonen i kommunen.
  en: How many days of the year the daily mean of particles was above 30 µg/m³ at the most polluted measuring station in the municipality. The Norwegian Institute of Public Health considers most people to tolerate that level.
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
  source: {nb: "FHI, reviderte luftkvalitetskriterier", nn: "FHI, reviderte luftkvalitetskriterium", en: "Norwegian Institute of Public Health (FHI), revised air-quality criteria"}
benchmarks:
  - name: {nb: "Tillatte døgn over 45 µg/m³ i EU fra 2030", nn: "Tillatne døgn over 45 µg/m³ i EU frå 2030", en: "Days above 45 µg/m³ allowed in the EU from 2030"}
    value: 18
    year: 2030
    source: {nb: "Direktiv (EU) 2024/2881. Det var ikke blitt norsk rett da dette ble skrevet", nn: "Direktiv (EU) 2024/2881. Det var ikkje vorte norsk rett då dette vart skrive", en: "Directive (EU) 2024/2881. It was not yet part of Norwegian law when this was written"}
target_image: healthy
roadmap_principle: 3
themes: [ENVI, HEAL]
keywords:
  nb: [luftkvalitet, svevestøv, PM10, helsekriterium, døgn]
  nn: [luftkvalitet, svevestøv, PM10, helsekriterium, døgn]
  en: [air quality, particulate matter, PM10, health criterion, days]
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
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor ofte støvet er over nivået Folkehelseinstituttet mener de fleste tåler, på den mest belastede stasjonen."
    nn: "Sjå kor ofte støvet er over nivået Folkehelseinstituttet meiner dei fleste toler, på den mest belasta stasjonen."
    en: "Seeing how often particles are above the level the Norwegian Institute of Public Health considers most people to tolerate, at the most polluted station."
  discouraged_use:
    nb: "Egner seg dårlig til å si om forskriften er brutt: Kriteriet er et helseråd. Bare den verste stasjonen teller, og få kommuner har noen."
    nn: "Eignar seg dårleg til å seie om forskrifta er broten: Kriteriet er eit helseråd. Berre den verste stasjonen tel, og få kommunar har nokon."
    en: "Poorly suited to saying whether the regulation was broken: the criterion is health advice. Only the worst station counts, and few municipalities have any."
  misleads_when:
    nb: "Ett døgn like over og ett like under grensen teller som helt ulike. Mangler en stasjon målinger de verste døgnene, blir tallet for lavt."
    nn: "Eitt døgn like over og eitt like under grensa tel som heilt ulike. Manglar ein stasjon målingar dei verste døgna, blir talet for lågt."
    en: "A day just above and a day just below the limit count as quite different. Where a station has no measurements for the worst days, the number is too low."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Målinger ved faste stasjoner, uten opplysninger om folk. Alle har rett til å vite hvordan lufta er."
      nn: "Målingar ved faste stasjonar, utan opplysningar om folk. Alle har rett til å vite korleis lufta er."
      en: "Measurements at fixed stations, with nothing about people. Everyone has a right to know how the air is."
issued: 2026-11-23
example:
  given:
    tables.municipality_air_year:
      - {municipality: "0301", component: PM10, borders_year: 2024, year: 2021, breakdown: "", stations: 0, coverage: 0.5, days_above_criterion: null}
      - {municipality: "0301", component: PM10, borders_year: 2024, year: 2022, breakdown: "", stations: 2, coverage: 0.95, days_above_criterion: 31}
      - {municipality: "0301", component: PM10, borders_year: 2024, year: 2022, breakdown: station_type=traffic, stations: 1, coverage: 0.9, days_above_criterion: 31}
      - {municipality: "0301", component: NO2, borders_year: 2024, year: 2022, breakdown: "", stations: 1, coverage: 1, days_above_criterion: 99}
  expect:
    - {ref_area: "0301", time_period: "2021", obs_value: null, obs_status: N, coverage: 0.5, n_units: 0, numerator: null, warnings: below_coverage}
    - {ref_area: "0301", time_period: "2022", obs_value: 31, obs_status: A, coverage: 0.95, n_units: 2, numerator: 31, denominator: null, warnings: "", borders_year: 2024}
  explanation:
    nb: To stasjoner har nok målinger i 2022, og den med flest døgn over kriteriet har 31; det tallet teller. I 2021 har ingen stasjon nok målinger, og det blir ingen verdi.
    nn: To stasjonar har nok målingar i 2022, og den med flest døgn over kriteriet har 31; det talet tel. I 2021 har ingen stasjon nok målingar, og det blir ingen verdi.
    en: Two stations have enough measurements in 2022, and the one with most days above the criterion has 31; that number counts. In 2021 no station has enough measurements, and there is no value.
---*/
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  days_above_criterion as obs_value,
  case when stations = 0 then 'N' else 'A' end as obs_status,
  coverage,
  stations as n_units,
  days_above_criterion as numerator,
  cast(null as decimal(28, 6)) as denominator,
  borders_year
from tables.municipality_air_year
where component = 'PM10'
  and breakdown = ''
