/*---
id: sdg_9_4_electricity_per_inhabitant
registry: L09-10
title:
  nb: Strømforbruk i husholdninger og tjenester per innbygger
  nn: Straumforbruk i hushald og tenester per innbyggjar
  en: Electricity use of households and services per inhabitant
description:
  nb: Strømmen som husholdninger og tjenesteytende virksomheter i kommunen brukte i løpet av året, delt på antall innbyggere 1. januar. Husholdninger og tjenester står også hver for seg.
  nn: Straumen som hushald og tenesteytande verksemder i kommunen brukte i løpet av året, delt på talet på innbyggjarar 1. januar. Hushald og tenester står òg kvar for seg.
  en: The electricity that households and services in the municipality used during the year, divided by the number of inhabitants on 1 January. Households and services are also shown separately.
formula:
  nb: Forbruk i husholdninger (XX) og i næringshovedområdene G til U, delt på folketallet 1. januar. Husholdninger og tjenester vises også hver for seg.
  nn: Forbruk i hushald (XX) og i næringshovudområda G til U, delt på folketalet 1. januar. Hushald og tenester blir også viste kvar for seg.
  en: Consumption of households (XX) and of the industry sections G to U, divided by the population on 1 January. Households and services are also shown separately.
sdg:
  goal: 9
  target: "9.4"
  name:
    nb: Innen 2030 oppgradere infrastruktur og omstille næringslivet til å bli mer bærekraftig, med mer effektiv bruk av ressurser og renere teknologi
    nn: Innan 2030 oppgradere infrastruktur og stille om næringslivet til å bli meir berekraftig, med meir effektiv bruk av ressursar og reinare teknologi
    en: By 2030, upgrade infrastructure and retrofit industries to make them sustainable, with increased resource-use efficiency and greater adoption of clean and environmentally sound technologies and industrial processes
  fidelity: proxy
  why:
    nb: FN måler CO₂ per verdiskaping (9.4.1). Strøm per innbygger viser hvor effektivt energien brukes i hjem og tjenester, men ikke utslipp eller verdiskaping.
    nn: FN måler CO₂ per verdiskaping (9.4.1). Straum per innbyggjar viser kor effektivt energien blir brukt i heimar og tenester, men ikkje utslepp eller verdiskaping.
    en: The UN measures CO₂ per unit of value added (9.4.1). Electricity per inhabitant shows how efficiently energy is used in homes and services, but not emissions or value added.
unit: "kW.h/{person}"
decimals: 0
better: lower
geography: municipality
frequency: year
target_image: efficient
roadmap_principle: 3
themes: [ENER]
keywords:
  nb: [strøm, elektrisitet, energi, forbruk, husholdning]
  nn: [straum, elektrisitet, energi, forbruk, hushald]
  en: [electricity, energy, consumption, households]
crosswalk:
  u4ssc: "EN: E: E: 2C"
  eu_vlr: Energy consumption
  ssb_table: "14490"
does_not_say:
  nb: Forbruket er ikke korrigert for temperatur; et kaldt år gir mer strøm uten at noen har sløst. Fjernvarme, ved og gass er ikke med, så kommuner med mye fjernvarme ser sparsomme ut. Datasentre og handel trekker opp tjenester uten at innbyggerne bruker strømmen.
  nn: Forbruket er ikkje korrigert for temperatur; eit kaldt år gjev meir straum utan at nokon har sløst. Fjernvarme, ved og gass er ikkje med, så kommunar med mykje fjernvarme ser sparsame ut. Datasenter og handel trekkjer opp tenester utan at innbyggjarane bruker straumen.
  en: Consumption is not corrected for temperature; a cold year needs more power without anyone wasting it. District heating, firewood and gas are not included, so municipalities with much district heating look thrifty. Data centres and shops raise services without the inhabitants using the power.
not_covered:
  nb: Hytter og fritidshus, industri, bergverk, bygg og anlegg, kraftforsyning og jordbruk. Forbruk uten kjent kommune. Noen få summer vises ikke av hensyn til personvern.
  nn: Hytter og fritidshus, industri, bergverk, bygg og anlegg, kraftforsyning og jordbruk. Forbruk utan kjend kommune. Nokre få summar blir ikkje viste av omsyn til personvern.
  en: Cabins and holiday homes, manufacturing, mining, construction, power supply and farming. Consumption without a known municipality. A few sums are not shown for reasons of privacy.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge strømforbruket i husholdninger og tjenester over tid."
    nn: "Følgje straumforbruket i hushald og tenester over tid."
    en: "Following electricity use in households and services over time."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvem som sløser; klima, fjernvarme og boligtyper er ulike."
    nn: "Eignar seg dårleg til å seie kven som sløser; klima, fjernvarme og bustadtypar er ulike."
    en: "Poorly suited to saying who wastes; climate, district heating and kinds of dwellings differ."
  misleads_when:
    nb: "Fjernvarme eller ved i stedet for strøm senker tallet uten at energi er spart."
    nn: "Fjernvarme eller ved i staden for straum senkar talet utan at energi er spart."
    en: "District heating or firewood instead of electricity lowers the number without energy being saved."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Summer for hele kommuner; de som kunne røpe noens forbruk, er holdt tilbake."
      nn: "Summar for heile kommunar; dei som kunne røpe forbruket til nokon, er haldne tilbake."
      en: "Sums for whole municipalities; those that could reveal someone's consumption are withheld."
issued: 2026-11-23
example:
  given:
    validated.electricity_consumption_yearly:
      - {municipality: "4001", industry_section: XX, industry: XX, year: 2022, energy: 250000000.5}
      - {municipality: "4001", industry_section: G, industry: "47", year: 2022, energy: 30000000}
      - {municipality: "4001", industry_section: Q, industry: "86", year: 2022, energy: 20000000}
      - {municipality: "4001", industry_section: C, industry: "20", year: 2022, energy: 900000000}
      - {municipality: "4001", industry_section: XY, industry: XY, year: 2022, energy: 5000000}
      - {municipality: "4001", industry_section: XX, industry: XX, year: 2023, energy: 240000000}
      - {municipality: "0000", industry_section: XX, industry: XX, year: 2022, energy: 7000000}
    tables.municipality_population:
      - {municipality: "4001", year: 2022, population: 36000, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "4001", time_period: "2022", breakdown: "", obs_value: 8333.333347, obs_status: A, numerator: 300000000.5, denominator: 36000, n_units: 3, warnings: ""}
    - {ref_area: "4001", time_period: "2022", breakdown: consumer=households, obs_value: 6944.444458, numerator: 250000000.5}
    - {ref_area: "4001", time_period: "2022", breakdown: consumer=services, obs_value: 1388.888889, numerator: 50000000}
    - {ref_area: "4001", time_period: "2023", breakdown: "", obs_value: null, obs_status: O, numerator: 240000000, denominator: null, warnings: denominator_missing}
    - {ref_area: "4001", time_period: "2023", breakdown: consumer=households, obs_value: null, obs_status: O}
  explanation:
    nb: Husholdninger og tjenester er (250 000 000,5 + 30 000 000 + 20 000 000) / 36 000 = 8333,3 kWh. Industri og hytter er ikke med, og forbruket uten kjent kommune kan ikke plasseres. For 2023 mangler folketallet.
    nn: Hushald og tenester er (250 000 000,5 + 30 000 000 + 20 000 000) / 36 000 = 8333,3 kWh. Industri og hytter er ikkje med, og forbruket utan kjend kommune kan ikkje plasserast. For 2023 manglar folketalet.
    en: Households and services are (250,000,000.5 + 30,000,000 + 20,000,000) / 36,000 = 8,333.3 kWh. Manufacturing and cabins are left out, and consumption without a known municipality cannot be placed. For 2023 the population is missing.
---*/
with figures as (
  select
    municipality,
    year,
    industry,
    case when industry_section = 'XX' then 'households' else 'services' end as consumer,
    energy
  from validated.electricity_consumption_yearly
  where municipality <> '0000'
    and industry_section in ('XX', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U')
),
sums as (
  select
    municipality,
    year,
    '' as breakdown,
    sum(energy) as energy,
    count(distinct industry) as industries
  from figures
  group by
    municipality,
    year
  union all
  select
    municipality,
    year,
    'consumer=' || consumer as breakdown,
    sum(energy) as energy,
    count(distinct industry) as industries
  from figures
  group by
    municipality,
    year,
    consumer
),
today as (
  select max(borders_year) as borders_year
  from tables.municipality_population
)
select
  sums.municipality as ref_area,
  cast(sums.year as varchar) as time_period,
  cast(cast(sums.energy as double) / inhabitants.population as decimal(28, 6)) as obs_value,
  case when inhabitants.population is null then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  sums.industries as n_units,
  sums.energy as numerator,
  inhabitants.population as denominator,
  coalesce(inhabitants.comparability, 'exact') as comparability,
  today.borders_year,
  sums.breakdown,
  concat_ws(
    ';',
    case when inhabitants.population is null then 'denominator_missing' end,
    case when inhabitants.method = 'recalculated' then 'imputed' end
  ) as warnings
from sums
cross join today
left join tables.municipality_population as inhabitants
  on inhabitants.municipality = sums.municipality
  and inhabitants.year = sums.year
