/*---
id: sdg_9_4_industry_emissions
registry: L09-08
title:
  nb: Klimagassutslipp fra industri, olje og gass
  nn: Klimagassutslepp frå industri, olje og gass
  en: Greenhouse-gas emissions from industry, oil and gas
description:
  nb: Utslippene av klimagasser fra industri, olje og gass på land i kommunen.
  nn: Utsleppa av klimagassar frå industri, olje og gass på land i kommunen.
  en: Emissions of greenhouse gases from industry, oil and gas on land in the municipality.
formula:
  nb: Summen av utslippene i sektoren Industri, olje og gass i tonn CO₂-ekvivalenter. Alle år kommer fra den nyeste utgaven som har kommunen.
  nn: Summen av utsleppa i sektoren Industri, olje og gass i tonn CO₂-ekvivalentar. Alle år kjem frå den nyaste utgåva som har kommunen.
  en: Sum of the emissions of the sector Industri, olje og gass (industry, oil and gas) in tonnes of CO₂ equivalents. All years come from the newest edition that has the municipality.
sdg:
  goal: 9
  target: "9.4"
  indicator: "9.4.1"
  name:
    nb: CO₂-utslipp per enhet verdiskaping
    nn: CO₂-utslepp per eining verdiskaping
    en: CO2 emission per unit of value added
  fidelity: proxy
  why:
    nb: FN deler utslippene på verdiskapingen. Verdiskaping finnes ikke for kommuner, så her står utslippet alene.
    nn: FN deler utsleppa på verdiskapinga. Verdiskaping finst ikkje for kommunar, så her står utsleppet åleine.
    en: The UN divides the emissions by value added. Value added does not exist for municipalities, so the emissions stand alone here.
unit: "t{CO2eq}"
decimals: 0
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI, ECON]
keywords:
  nb: [industri, klimagass, utslipp, næringsliv]
  nn: [industri, klimagass, utslepp, næringsliv]
  en: [industry, greenhouse gas, emissions, business]
crosswalk:
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2504
does_not_say:
  nb: Et lavt tall kan bety ren industri eller ingen industri. Tallet sier ikke hvor mye som er laget for utslippet, og noen få anlegg avgjør nesten alt.
  nn: Eit lågt tal kan bety rein industri eller ingen industri. Talet seier ikkje kor mykje som er laga for utsleppet, og nokre få anlegg avgjer nesten alt.
  en: A low number may mean clean industry or no industry. It does not say how much was made for the emissions, and a few plants decide almost everything.
not_covered:
  nb: Utslipp til havs, transport, energiforsyning og bygg, og utslipp fra strøm laget andre steder.
  nn: Utslepp til havs, transport, energiforsyning og bygg, og utslepp frå straum laga andre stader.
  en: Offshore emissions, transport, energy supply and building works, and emissions from power made elsewhere.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge utslippene fra industri, olje og gass i én kommune over tid."
    nn: "Følgje utsleppa frå industri, olje og gass i éin kommune over tid."
    en: "Following emissions from industry, oil and gas in one municipality over time."
  discouraged_use:
    nb: "Egner seg dårlig til å rangere kommuner; et lavt tall kan bety at industrien er lagt ned."
    nn: "Eignar seg dårleg til å rangere kommunar; eit lågt tal kan bety at industrien er lagd ned."
    en: "Poorly suited to ranking municipalities; a low number may mean that industry has closed."
  misleads_when:
    nb: "Utslipp som flyttes til en annen kommune, ser ut som kutt."
    nn: "Utslepp som blir flytte til ein annan kommune, ser ut som kutt."
    en: "Emissions that move to another municipality look like cuts."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Utslipp er miljøinformasjon som alle har rett til. Ingen opplysninger om folk."
      nn: "Utslepp er miljøinformasjon som alle har rett til. Ingen opplysningar om folk."
      en: "Emissions are environmental information that everyone has a right to. Nothing about people."
issued: 2026-11-23
example:
  given:
    validated.ghg_emissions:
      - {edition: 2023-12, municipality: "4001", year: 2022, sector: "Industri, olje og gass", emission_source: Kjemisk industri, emissions: 900000}
      - {edition: 2024-12, municipality: "4001", year: 2022, sector: "Industri, olje og gass", emission_source: Kjemisk industri, emissions: 905000.125}
      - {edition: 2024-12, municipality: "4001", year: 2022, sector: "Industri, olje og gass", emission_source: Mineralproduksjon, emissions: 95000}
      - {edition: 2024-12, municipality: "4001", year: 2022, sector: Veitrafikk, emission_source: Personbiler, emissions: 30000}
  expect:
    - {ref_area: "4001", time_period: "2022", obs_value: 1000000.125, obs_status: A, n_units: 2, numerator: 1000000.125, denominator: null, borders_year: 2024}
  explanation:
    nb: De to kildene i den nyeste utgaven, 905 000,125 + 95 000. Den gamle utgaven og veitrafikken er ikke med.
    nn: Dei to kjeldene i den nyaste utgåva, 905 000,125 + 95 000. Den gamle utgåva og vegtrafikken er ikkje med.
    en: The two sources of the newest edition, 905,000.125 + 95,000. The old edition and road transport are left out.
---*/
with newest_editions as (
  select
    municipality,
    max(edition) as edition
  from validated.ghg_emissions
  group by municipality
),
municipal_years as (
  select
    figures.municipality,
    figures.year,
    figures.edition,
    sum(figures.emissions) as emissions,
    count(distinct figures.emission_source) as sources
  from validated.ghg_emissions as figures
  inner join newest_editions
    on newest_editions.municipality = figures.municipality
    and newest_editions.edition = figures.edition
  where figures.sector = 'Industri, olje og gass'
  group by
    figures.municipality,
    figures.year,
    figures.edition
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  emissions as obs_value,
  'A' as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  sources as n_units,
  emissions as numerator,
  cast(null as decimal(38, 6)) as denominator,
  cast(left(edition, 4) as bigint) as borders_year
from municipal_years
