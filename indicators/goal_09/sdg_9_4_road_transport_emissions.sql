/*---
id: sdg_9_4_road_transport_emissions
registry: L09-09
title:
  nb: Klimagassutslipp fra veitrafikk per innbygger
  nn: Klimagassutslepp frå vegtrafikk per innbyggjar
  en: Greenhouse-gas emissions from road transport per inhabitant
description:
  nb: Utslippene av klimagasser fra kjøretøy på veiene i kommunen, delt på antall innbyggere 1. januar samme år.
  nn: Utsleppa av klimagassar frå køyretøy på vegane i kommunen, delt på talet på innbyggjarar 1. januar same året.
  en: Emissions of greenhouse gases from vehicles on the roads of the municipality, divided by the number of inhabitants on 1 January of the year.
formula:
  nb: Summen av utslippene i sektoren Veitrafikk i tonn CO₂-ekvivalenter, delt på folketallet 1. januar. Alle år kommer fra den nyeste utgaven som har kommunen.
  nn: Summen av utsleppa i sektoren Veitrafikk i tonn CO₂-ekvivalentar, delt på folketalet 1. januar. Alle år kjem frå den nyaste utgåva som har kommunen.
  en: Sum of the emissions of the sector Veitrafikk (road transport) in tonnes of CO₂ equivalents, divided by the population on 1 January. All years come from the newest edition that has the municipality.
sdg:
  goal: 9
  target: "9.4"
  name:
    nb: Innen 2030 oppgradere infrastruktur og omstille næringslivet til å bli mer bærekraftig, med mer effektiv bruk av ressurser og renere teknologi
    nn: Innan 2030 oppgradere infrastruktur og stille om næringslivet til å bli meir berekraftig, med meir effektiv bruk av ressursar og reinare teknologi
    en: By 2030, upgrade infrastructure and retrofit industries to make them sustainable, with increased resource-use efficiency and greater adoption of clean and environmentally sound technologies and industrial processes
  fidelity: proxy
  why:
    nb: FN måler CO₂ per verdiskaping i næringslivet (9.4.1). Utslipp fra veitrafikk per innbygger viser om transporten blir renere, men sier ikke noe om verdiskaping.
    nn: FN måler CO₂ per verdiskaping i næringslivet (9.4.1). Utslepp frå vegtrafikk per innbyggjar viser om transporten blir reinare, men seier ikkje noko om verdiskaping.
    en: The UN measures CO₂ per unit of value added of the economy (9.4.1). Road emissions per inhabitant show whether transport becomes cleaner, but say nothing about value added.
unit: "t{CO2eq}/{person}"
decimals: 2
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI, TRAN]
keywords:
  nb: [veitrafikk, klimagass, utslipp, transport]
  nn: [vegtrafikk, klimagass, utslepp, transport]
  en: [road transport, greenhouse gas, emissions, transport]
crosswalk:
  eu_vlr: CO2 emissions
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2505
does_not_say:
  nb: Utslippene følger veiene, ikke bilistene. En kommune med gjennomfartsvei får utslipp fra folk som bor andre steder, og innbyggernes kjøring utenfor kommunen er ikke med.
  nn: Utsleppa følgjer vegane, ikkje bilistane. Ein kommune med gjennomfartsveg får utslepp frå folk som bur andre stader, og køyringa til innbyggjarane utanfor kommunen er ikkje med.
  en: The emissions follow the roads, not the drivers. A municipality with a trunk road gets emissions from people who live elsewhere, and the inhabitants' driving outside the municipality is not included.
not_covered:
  nb: Bane, sjøfart, luftfart og anleggsmaskiner, og utslipp fra å lage kjøretøy, drivstoff og strøm.
  nn: Bane, sjøfart, luftfart og anleggsmaskiner, og utslepp frå å lage køyretøy, drivstoff og straum.
  en: Rail, shipping, aviation and construction machines, and emissions from making vehicles, fuel and power.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge utslippene på veiene i kommunen over tid."
    nn: "Følgje utsleppa på vegane i kommunen over tid."
    en: "Following emissions on the municipality's roads over time."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvor mye innbyggerne selv slipper ut."
    nn: "Eignar seg dårleg til å seie kor mykje innbyggjarane sjølve slepper ut."
    en: "Poorly suited to saying how much inhabitants themselves emit."
  misleads_when:
    nb: "En ny riksvei gjennom kommunen hever tallet uten at noen der kjører mer."
    nn: "Ein ny riksveg gjennom kommunen hevar talet utan at nokon der køyrer meir."
    en: "A new trunk road through the municipality raises the number without anyone there driving more."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Utslipp er miljøinformasjon som alle har rett til. Innbyggertallene gjelder hele kommuner."
      nn: "Utslepp er miljøinformasjon som alle har rett til. Innbyggjartala gjeld heile kommunar."
      en: "Emissions are environmental information that everyone has a right to. Numbers of inhabitants are for whole municipalities."
issued: 2026-11-23
example:
  given:
    validated.ghg_emissions:
      - {edition: 2023-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Personbiler, emissions: 999}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Personbiler, emissions: 30000}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Tunge kjøretøy, emissions: 15000.75}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: "Industri, olje og gass", emission_source: Industri, emissions: 60000}
      - {edition: 2024-12, municipality: "4001", year: 2023, sector: Veitrafikk, emission_source: Personbiler, emissions: 28000}
    tables.municipality_population:
      - {municipality: "4001", year: 2021, population: 36000, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "4001", time_period: "2021", obs_value: 1.250021, obs_status: A, numerator: 45000.75, denominator: 36000, n_units: 2, comparability: exact, warnings: ""}
    - {ref_area: "4001", time_period: "2023", obs_value: null, obs_status: O, numerator: 28000, denominator: null, n_units: 1, warnings: denominator_missing}
  explanation:
    nb: Bare veitrafikk i den nyeste utgaven telles, (30 000 + 15 000,75) / 36 000 = 1,250021. For 2023 er folketallet ikke kjent.
    nn: Berre vegtrafikk i den nyaste utgåva blir talt, (30 000 + 15 000,75) / 36 000 = 1,250021. For 2023 er folketalet ikkje kjent.
    en: Only road transport of the newest edition is counted, (30,000 + 15,000.75) / 36,000 = 1.250021. For 2023 the population is not known.
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
    sum(figures.emissions) as emissions,
    count(distinct figures.emission_source) as sources
  from validated.ghg_emissions as figures
  inner join newest_editions
    on newest_editions.municipality = figures.municipality
    and newest_editions.edition = figures.edition
  where figures.sector = 'Veitrafikk'
  group by
    figures.municipality,
    figures.year
),
today as (
  select max(borders_year) as borders_year
  from tables.municipality_population
)
select
  municipal_years.municipality as ref_area,
  cast(municipal_years.year as varchar) as time_period,
  cast(cast(municipal_years.emissions as double) / inhabitants.population as decimal(28, 6)) as obs_value,
  case when inhabitants.population is null then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipal_years.sources as n_units,
  municipal_years.emissions as numerator,
  inhabitants.population as denominator,
  coalesce(inhabitants.comparability, 'exact') as comparability,
  today.borders_year,
  concat_ws(
    ';',
    case when inhabitants.population is null then 'denominator_missing' end,
    case when inhabitants.method = 'recalculated' then 'imputed' end
  ) as warnings
from municipal_years
cross join today
left join tables.municipality_population as inhabitants
  on inhabitants.municipality = municipal_years.municipality
  and inhabitants.year = municipal_years.year
