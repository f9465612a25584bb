/*---
id: sdg_11_6_no2
registry: L11-18
title:
  nb: Årsmiddel av nitrogendioksid (NO2)
  nn: Årsmiddel av nitrogendioksid (NO2)
  en: Annual mean of nitrogen dioxide (NO2)
description:
  nb: Nitrogendioksid kommer mest fra dieseleksos og skip. Verdien er gjennomsnittet av årsmidlene ved målestasjonene i kommunen som har nok målinger. Den høyeste stasjonen og gjennomsnittet for bakgrunns-, trafikk- og industristasjoner står som egne rader.
  nn: Nitrogendioksid kjem mest frå dieseleksos og skip. Verdien er gjennomsnittet av årsmidla ved målestasjonane i kommunen som har nok målingar. Den høgaste stasjonen og gjennomsnittet for bakgrunns-, trafikk- og industristasjonar står som eigne rader.
  en: Nitrogen dioxide comes mostly from diesel exhaust and ships. The value is the mean of the annual means at the municipality's measuring stations with enough measurements. The highest station, and the means of background, traffic and industrial stations, are given in rows of their own.
formula:
  nb: Summen av årsmidlene ved stasjoner med minst 85 prosent gyldige timer, delt på antallet slike stasjoner. Et årsmiddel er summen av gyldige timeverdier delt på antallet timer, i norsk normaltid. Raden «høyeste stasjon» viser det høyeste av årsmidlene.
  nn: Summen av årsmidla ved stasjonar med minst 85 prosent gyldige timar, delt på talet på slike stasjonar. Eit årsmiddel er summen av gyldige timeverdiar delt på talet på timar, i norsk normaltid. Rada «høgaste stasjon» viser det høgaste av årsmidla.
  en: The sum of the annual means at stations with at least 85 per cent valid hours, divided by the number of such stations. An annual mean is the sum of valid hourly values divided by the number of hours, in Norwegian standard time. The row “highest station” shows the highest of the annual means.
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere byenes negative påvirkning på miljøet per innbygger, blant annet ved å ta særlig hensyn til luftkvalitet og avfall
    nn: Innan 2030 redusere den negative påverknaden byane har på miljøet per innbyggjar, mellom anna ved å ta særleg omsyn til luftkvalitet og avfall
    en: By 2030, reduce the adverse per capita environmental impact of cities, including by paying special attention to air quality and municipal and other waste management
  fidelity: adapted
  why:
    nb: FN måler bare svevestøv under dette delmålet. NO2 er den andre store luftforurensningen i norske byer, målt på samme måte ved stasjoner.
    nn: FN måler berre svevestøv under dette delmålet. NO2 er den andre store luftforureininga i norske byar, målt på same måten ved stasjonar.
    en: The UN measures only particulate matter under this target. NO2 is the other major air pollutant of Norwegian towns, measured in the same way at stations.
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
    value: 40
    source: {nb: "Forurensningsforskriften § 7-9", nn: "Forureiningsforskrifta § 7-9", en: "Pollution Regulations, section 7-9 (forurensningsforskriften)"}
  - name: {nb: "Luftkvalitetskriterium", nn: "Luftkvalitetskriterium", en: "Air-quality criterion"}
    value: 10
    source: {nb: "FHI, reviderte luftkvalitetskriterier", nn: "FHI, reviderte luftkvalitetskriterium", en: "Norwegian Institute of Public Health (FHI), revised air-quality criteria"}
  - name: {nb: "Retningslinje fra WHO", nn: "Retningslinje frå WHO", en: "WHO guideline"}
    value: 10
    source: {nb: "WHOs globale retningslinjer for luftkvalitet, 2021", nn: "Dei globale retningslinjene frå WHO for luftkvalitet, 2021", en: "WHO global air quality guidelines, 2021"}
target_image: healthy
roadmap_principle: 3
themes: [ENVI, HEAL]
keywords:
  nb: [luftkvalitet, nitrogendioksid, NO2, årsmiddel, helse]
  nn: [luftkvalitet, nitrogendioksid, NO2, årsmiddel, helse]
  en: [air quality, nitrogen dioxide, NO2, annual mean, health]
crosswalk:
  u4ssc: "EN: EN: AQ: 1C"
  eu_vlr: "Population exposed to NO2 concentration"
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2561
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
    nb: "Følge hvor mye eksos det er i lufta ved stasjonene, år for år, og holde årsmidlene mot grenser og helseråd."
    nn: "Følgje kor mykje eksos det er i lufta ved stasjonane, år for år, og halde årsmidla mot grenser og helseråd."
    en: "Following how much exhaust there is in the air at the stations, year by year, and holding the annual means against limits and health advice."
  discouraged_use:
    nb: "Egner seg dårlig til å rangere kommuner: stasjonene står ulike steder, og få kommuner har noen."
    nn: "Eignar seg dårleg til å rangere kommunar: stasjonane står ulike stader, og få kommunar har nokon."
    en: "Poorly suited to ranking municipalities: the stations stand in different kinds of places, and few municipalities have any."
  misleads_when:
    nb: "Tallet blir bedre når en stasjon flyttes bort fra veien eller legges ned, uten at lufta er blitt bedre."
    nn: "Talet blir betre når ein stasjon blir flytta bort frå vegen eller lagd ned, utan at lufta har vorte betre."
    en: "The number improves when a station is moved away from the road or closed, without the air getting better."
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
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2021, breakdown: "", stations: 0, coverage: 0.5, has_daily: false, numerator: null, denominator: 0}
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2022, breakdown: "", stations: 2, coverage: 0.95, has_daily: false, numerator: 38, denominator: 2}
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2022, breakdown: basis=hourly, stations: 2, coverage: 0.95, has_daily: false, numerator: 38, denominator: 2}
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2022, breakdown: station=worst, stations: 2, coverage: 0.95, has_daily: false, numerator: 25.5, denominator: 1}
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2022, breakdown: station_type=background, stations: 1, coverage: 1, has_daily: false, numerator: 12.5, denominator: 1}
      - {municipality: "5001", component: NO2, borders_year: 2024, year: 2023, breakdown: "", stations: 2, coverage: 0.9, has_daily: true, numerator: 38, denominator: 2}
      - {municipality: "5001", component: PM10, borders_year: 2024, year: 2022, breakdown: "", stations: 1, coverage: 1, has_daily: false, numerator: 99, denominator: 1}
  expect:
    - {ref_area: "5001", time_period: "2021", breakdown: "", obs_value: null, obs_status: N, coverage: 0.5, n_units: 0, warnings: below_coverage}
    - {ref_area: "5001", time_period: "2022", breakdown: "", obs_value: 19, obs_status: A, coverage: 0.95, n_units: 2, numerator: 38, denominator: 2, warnings: "", borders_year: 2024}
    - {ref_area: "5001", time_period: "2022", breakdown: station=worst, obs_value: 25.5, obs_status: A, coverage: 0.95, n_units: 2}
    - {ref_area: "5001", time_period: "2022", breakdown: station_type=background, obs_value: 12.5, n_units: 1, coverage: 1}
    - {ref_area: "5001", time_period: "2023", breakdown: "", obs_value: 19, obs_status: E, n_units: 2, warnings: estimated}
  explanation:
    nb: To stasjoner har nok målinger i 2022. Årsmidlene deres er 12,5 og 25,5, til sammen 38, og 38 / 2 = 19. I 2021 har ingen stasjon nok, så kommunen får ingen verdi det året. I 2023 er en stasjon regnet av døgnverdier, og verdien er et anslag.
    nn: To stasjonar har nok målingar i 2022. Årsmidla deira er 12,5 og 25,5, til saman 38, og 38 / 2 = 19. I 2021 har ingen stasjon nok, så kommunen får ingen verdi det året. I 2023 er ein stasjon rekna av døgnverdiar, og verdien er eit overslag.
    en: Two stations have enough measurements in 2022. Their annual means are 12.5 and 25.5, together 38, and 38 / 2 = 19. In 2021 no station has enough, so the municipality gets no value that year. In 2023 one station is computed from daily values, and the value is an estimate.
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
where component = 'NO2'
  and breakdown <> 'basis=hourly'
