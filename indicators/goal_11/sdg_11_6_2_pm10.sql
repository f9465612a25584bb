/*---
id: sdg_11_6_2_pm10
registry: L11-17
title:
  nb: Årsmiddel av svevestøv (PM10)
  nn: Årsmiddel av svevestøv (PM10)
  en: Annual mean of particulate matter (PM10)
description:
  nb: Svevestøv kommer mest fra slitasje av vei og dekk, strøsand, vedfyring og anlegg. Verdien er gjennomsnittet av årsmidlene ved målestasjonene i kommunen som har nok målinger. Den høyeste stasjonen og gjennomsnittet for bakgrunns-, trafikk- og industristasjoner står som egne rader.
  nn: Svevestøv kjem mest frå slitasje av veg og dekk, strøsand, vedfyring og anlegg. Verdien er gjennomsnittet av årsmidla ved målestasjonane i kommunen som har nok målingar. Den høgaste stasjonen og gjennomsnittet for bakgrunns-, trafikk- og industristasjonar står som eigne rader.
  en: Particles come mostly from wear of roads and tyres, gritting sand, wood burning and building works. The value is the mean of the annual means at the municipality's measuring stations with enough measurements. The highest station, and the means of background, traffic and industrial stations, are given in rows of their own.
formula:
  nb: Summen av årsmidlene ved stasjoner med minst 85 prosent gyldige timer, delt på antallet slike stasjoner. Et årsmiddel er summen av gyldige timeverdier delt på antallet timer, i norsk normaltid. Raden «høyeste stasjon» viser det høyeste av årsmidlene.
  nn: Summen av årsmidla ved stasjonar med minst 85 prosent gyldige timar, delt på talet på slike stasjonar. Eit årsmiddel er summen av gyldige timeverdiar delt på talet på timar, i norsk normaltid. Rada «høgaste stasjon» viser det høgaste av årsmidla.
  en: The sum of the annual means at stations with at least 85 per cent valid hours, divided by the number of such stations. An annual mean is the sum of valid hourly values divided by the number of hours, in Norwegian standard time. The row “highest station” shows the highest of the annual means.
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
    nb: Samme størrelse som FN ber om, men fra målestasjoner og uten vekt etter hvor mange som bor rundt dem.
    nn: Same storleik som FN ber om, men frå målestasjonar og utan vekt etter kor mange som bur rundt dei.
    en: The same quantity as the UN asks for, but from measuring stations and not weighted by how many people live around them.
unit: ug/m3
decimals: 1
better: lower
geography: municipality
frequency: year
minimum_coverage: 0.85
target:
  name: {nb: "Grenseverdi i EU fra 2030", nn: "Grenseverdi i EU frå 2030", en: "Limit value in the EU from 2030"}
  value: 20
  year: 2030
  source: {nb: "Direktiv (EU) 2024/2881. Det var ikke blitt norsk rett da dette ble skrevet", nn: "Direktiv (EU) 2024/2881. Det var ikkje vorte norsk rett då dette vart skrive", en: "Directive (EU) 2024/2881. It was not yet part of Norwegian law when this was written"}
benchmarks:
  - name: {nb: "Grenseverdi i forskriften", nn: "Grenseverdi i forskrifta", en: "Limit value by regulation"}
    value: 20
    source: {nb: "Forurensningsforskriften § 7-9", nn: "Forureiningsforskrifta § 7-9", en: "Pollution Regulations, section 7-9 (forurensningsforskriften)"}
  - name: {nb: "Luftkvalitetskriterium", nn: "Luftkvalitetskriterium", en: "Air-quality criterion"}
    value: 15
    source: {nb: "FHI, reviderte luftkvalitetskriterier", nn: "FHI, reviderte luftkvalitetskriterium", en: "Norwegian Institute of Public Health (FHI), revised air-quality criteria"}
  - name: {nb: "Retningslinje fra WHO", nn: "Retningslinje frå WHO", en: "WHO guideline"}
    value: 15
    source: {nb: "WHOs globale retningslinjer for luftkvalitet, 2021", nn: "Dei globale retningslinjene frå WHO for luftkvalitet, 2021", en: "WHO global air quality guidelines, 2021"}
target_image: healthy
roadmap_principle: 3
themes: [ENVI, HEAL]
keywords:
  nb: [luftkvalitet, svevestøv, PM10, årsmiddel, helse]
  nn: [luftkvalitet, svevestøv, PM10, årsmiddel, helse]
  en: [air quality, particulate matter, PM10, annual mean, health]
crosswalk:
  u4ssc: "EN: EN: AQ: 1C"
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2559
does_not_say:
  nb: Tallet sier hvordan lufta er der det måles, ikke hva folk flest puster inn. Mange stasjoner står med vilje der det er verst. Grenseverdien gjelder hver stasjon for seg; hold den opp mot raden for den høyeste stasjonen. Når stasjoner åpnes eller legges ned, kan verdien endre seg uten at lufta gjør det.
  nn: Talet seier korleis lufta er der det blir målt, ikkje kva folk flest pustar inn. Mange stasjonar står med vilje der det er verst. Grenseverdien gjeld kvar stasjon for seg; hald han opp mot rada for den høgaste stasjonen. Når stasjonar blir opna eller lagde ned, kan verdien endre seg utan at lufta gjer det.
  en: The number says how the air is where it is measured, not what most people breathe. Many stations are placed where it is worst, on purpose. The limit value applies to each station by itself; hold it against the row of the highest station. When stations open or close, the value may change although the air does not.
not_covered:
  nb: Kommuner uten målestasjon, og stasjoner med under 85 prosent gyldige timer. Lufta inne og langs veier uten stasjon er ikke med.
  nn: Kommunar utan målestasjon, og stasjonar med under 85 prosent gyldige timar. Lufta inne og langs vegar utan stasjon er ikkje med.
  en: Municipalities without a measuring station, and stations with less than 85 per cent valid hours. Indoor air and roads without a station are not included.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge svevestøvet ved stasjonene fra år til år, for eksempel før og etter piggdekkgebyr eller bedre renhold av gatene."
    nn: "Følgje svevestøvet ved stasjonane frå år til år, til dømes før og etter piggdekkgebyr eller betre reinhald av gatene."
    en: "Following the particles at the stations from year to year, for example before and after a charge on studded tyres or better street cleaning."
  discouraged_use:
    nb: "Egner seg dårlig til å rangere kommuner: stasjonene står ulike steder, og få kommuner har noen."
    nn: "Eignar seg dårleg til å rangere kommunar: stasjonane står ulike stader, og få kommunar har nokon."
    en: "Poorly suited to ranking municipalities: the stations stand in different kinds of places, and few municipalities have any."
  misleads_when:
    nb: "Et vått år ser ut som et godt tiltak, og et tørt som et dårlig: Været avgjør mye av støvet. Tallet endres også når en stasjon flyttes eller legges ned."
    nn: "Eit vått år ser ut som eit godt tiltak, og eit tørt som eit dårleg: Vêret avgjer mykje av støvet. Talet blir òg endra når ein stasjon blir flytta eller lagd ned."
    en: "A wet year looks like a measure that works, and a dry one like one that does not: weather decides much of the dust. The number also changes when a station is moved or closed."
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
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2021, breakdown: "", stations: 0, coverage: 0.5, has_daily: false, numerator: null, denominator: 0}
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2022, breakdown: "", stations: 2, coverage: 0.95, has_daily: false, numerator: 36, denominator: 2}
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2022, breakdown: basis=hourly, stations: 2, coverage: 0.95, has_daily: false, numerator: 36, denominator: 2}
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2022, breakdown: station=worst, stations: 2, coverage: 0.95, has_daily: false, numerator: 21.5, denominator: 1}
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2022, breakdown: station_type=background, stations: 1, coverage: 1, has_daily: false, numerator: 14.5, denominator: 1}
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2023, breakdown: "", stations: 2, coverage: 0.9, has_daily: true, numerator: 36, denominator: 2}
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2022, breakdown: "", stations: 1, coverage: 1, has_daily: false, numerator: 99, denominator: 1}
  expect:
    - {ref_area: "5001", time_period: "2021", breakdown: "", obs_value: null, obs_status: N, coverage: 0.5, n_units: 0, warnings: below_coverage}
    - {ref_area: "5001", time_period: "2022", breakdown: "", obs_value: 18, obs_status: A, coverage: 0.95, n_units: 2, numerator: 36, denominator: 2, warnings: "", borders_year: 2024}
    - {ref_area: "5001", time_period: "2022", breakdown: station=worst, obs_value: 21.5, obs_status: A, coverage: 0.95, n_units: 2}
    - {ref_area: "5001", time_period: "2022", breakdown: station_type=background, obs_value: 14.5, n_units: 1, coverage: 1}
    - {ref_area: "5001", time_period: "2023", breakdown: "", obs_value: 18, obs_status: E, n_units: 2, warnings: estimated}
  explanation:
    nb: To stasjoner har nok målinger i 2022. Årsmidlene deres er 14,5 og 21,5, til sammen 36, og 36 / 2 = 18. I 2021 har ingen stasjon nok, så kommunen får ingen verdi det året. I 2023 er en stasjon regnet av døgnverdier, og verdien er et anslag.
    nn: To stasjonar har nok målingar i 2022. Årsmidla deira er 14,5 og 21,5, til saman 36, og 36 / 2 = 18. I 2021 har ingen stasjon nok, så kommunen får ingen verdi det året. I 2023 er ein stasjon rekna av døgnverdiar, og verdien er eit overslag.
    en: Two stations have enough measurements in 2022. Their annual means are 14.5 and 21.5, together 36, and 36 / 2 = 18. In 2021 no station has enough, so the municipality gets no value that year. In 2023 one station is computed from daily values, and the value is an estimate.
---*/
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  case when stations > 0 then cast(cast(numerator as double) / denominator as decimal(28, 6)) end as obs_value,
  case when stations = 0 then 'N' when has_daily then 'E' else 'A' end as obs_status,
  coverage,
  stations as n_units,
  numerator,
  denominator,
  borders_year,
  breakdown
from tables.municipality_air_year
where component = 'PM10'
  and breakdown <> 'basis=hourly'
