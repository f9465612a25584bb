/*---
id: sdg_9_4_1_industry_emissions_per_employed
registry: L09-08
title:
  nb: Klimagassutslipp fra industrien per sysselsatt
  nn: Klimagassutslepp frå industrien per sysselsett
  en: Greenhouse-gas emissions of industry per person employed
description:
  nb: Utslippene fra industri, olje og gass på land i kommunen, delt på dem som arbeider i næringene som lager ting, bygger og forsyner oss med kraft og vann.
  nn: Utsleppa frå industri, olje og gass på land i kommunen, delt på dei som arbeider i næringane som lagar ting, byggjer og forsyner oss med kraft og vatn.
  en: Emissions of industry, oil and gas on land in the municipality, divided by those who work in the industries that make things, build, and supply power and water.
formula:
  nb: Utslippene i sektoren Industri, olje og gass i tonn CO₂-ekvivalenter, fra den nyeste utgaven, delt på sysselsatte med arbeidssted i kommunen i næringene B til F (bergverk, industri, kraft, vann og renovasjon, bygg og anlegg) i fjerde kvartal samme år.
  nn: Utsleppa i sektoren Industri, olje og gass i tonn CO₂-ekvivalentar, frå den nyaste utgåva, delt på sysselsette med arbeidsstad i kommunen i næringane B til F (bergverk, industri, kraft, vatn og renovasjon, bygg og anlegg) i fjerde kvartal same året.
  en: Emissions of the sector Industri, olje og gass (industry, oil and gas) in tonnes of CO₂ equivalents, from the newest edition, divided by persons employed at a workplace in the municipality in sections B to F (mining, manufacturing, power, water and waste, construction) in the fourth quarter of the same year.
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
    nb: FN deler på verdiskapingen. Den finnes ikke for kommuner, så antall sysselsatte trer i stedet.
    nn: FN deler på verdiskapinga. Ho finst ikkje for kommunar, så talet på sysselsette trer i staden.
    en: The UN divides by value added. It does not exist for municipalities, so persons employed stand in.
unit: t{CO2eq}/{employee}
decimals: 1
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI, ECON]
keywords:
  nb: [industri, klimagass, utslipp, sysselsetting]
  nn: [industri, klimagass, utslepp, sysselsetjing]
  en: [industry, greenhouse gas, emissions, employment]
crosswalk:
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2504
  ssb_table: "07984"
does_not_say:
  nb: Ett smelteverk avgjør tallet for en hel kommune. Det sier ikke om verket er renere enn andre som lager det samme, og bygningsarbeidere senker tallet uten å ha med utslippene å gjøre.
  nn: Eitt smelteverk avgjer talet for ein heil kommune. Det seier ikkje om verket er reinare enn andre som lagar det same, og bygningsarbeidarar senkar talet utan å ha noko med utsleppa å gjere.
  en: One smelter decides the number of a whole municipality. It does not say whether the plant is cleaner than others that make the same, and builders lower the number without having anything to do with the emissions.
not_covered:
  nb: Utslipp til havs, fra transport og fra strøm laget andre steder. År der sysselsettingen ikke finnes i dagens grenser.
  nn: Utslepp til havs, frå transport og frå straum laga andre stader. År der sysselsetjinga ikkje finst i grensene i dag.
  en: Emissions offshore, from transport and from power made elsewhere. Years for which employment does not exist in today's borders.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se om utslippene følger sysselsettingen i industrien i én kommune over tid."
    nn: "Sjå om utsleppa følgjer sysselsetjinga i industrien i éin kommune over tid."
    en: "Seeing whether emissions follow industrial employment in one municipality over time."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvilken kommune eller bedrift som er renest."
    nn: "Eignar seg dårleg til å seie kva kommune eller bedrift som er reinast."
    en: "Poorly suited to saying which municipality or business is cleanest."
  misleads_when:
    nb: "Flere ansatte i bygg senker tallet uten at et tonn mindre er sluppet ut."
    nn: "Fleire tilsette i bygg senkar talet utan at eit tonn mindre er sleppt ut."
    en: "More people employed in building lower the number without one tonne less being emitted."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Utslipp er miljøinformasjon som alle har rett til. Sysselsatte er talt i hele kommuner."
      nn: "Utslepp er miljøinformasjon som alle har rett til. Sysselsette er talde i heile kommunar."
      en: "Emissions are environmental information that everyone has a right to. Persons employed are counted for whole municipalities."
issued: 2026-11-23
example:
  given:
    validated.ghg_emissions:
      - {edition: 2023-12, municipality: "4001", year: 2022, sector: "Industri, olje og gass", emission_source: Kjemisk industri, emissions: 900000}
      - {edition: 2024-12, municipality: "4001", year: 2022, sector: "Industri, olje og gass", emission_source: Kjemisk industri, emissions: 905000}
      - {edition: 2024-12, municipality: "4001", year: 2022, sector: "Industri, olje og gass", emission_source: Mineralproduksjon, emissions: 95000}
      - {edition: 2024-12, municipality: "4001", year: 2022, sector: Veitrafikk, emission_source: Personbiler, emissions: 30000}
      - {edition: 2024-12, municipality: "4001", year: 2023, sector: "Industri, olje og gass", emission_source: Kjemisk industri, emissions: 990000}
    validated.employment_by_industry:
      - {municipality: "3806", industry: all, year: 2022, employed: 18000}
      - {municipality: "3806", industry: mining, year: 2022, employed: 100}
      - {municipality: "3806", industry: manufacturing, year: 2022, employed: 3600}
      - {municipality: "3806", industry: utilities, year: 2022, employed: 300}
      - {municipality: "3806", industry: construction, year: 2022, employed: 1000}
      - {municipality: "3806", industry: manufacturing, year: 2023, employed: 3600}
    areas.to_borders:
      - {code: "3806", year: 2022, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "3806", year: 2023, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "4001", time_period: "2022", obs_value: 200, obs_status: A, numerator: 1000000, denominator: 5000, n_units: 2, comparability: exact, borders_year: 2024}
    - {ref_area: "4001", time_period: "2023", obs_value: null, obs_status: O, numerator: 990000, denominator: null}
  explanation:
    nb: Utslippene i 2022 i den nyeste utgaven, 905 000 + 95 000, delt på 100 + 3600 + 300 + 1000 sysselsatte er 200 tonn. I 2023 er bare én av de fire næringene der, så det er ikke noe å dele på.
    nn: Utsleppa i 2022 i den nyaste utgåva, 905 000 + 95 000, delt på 100 + 3600 + 300 + 1000 sysselsette er 200 tonn. I 2023 er berre éi av dei fire næringane der, så det er ikkje noko å dele på.
    en: Emissions of 2022 in the newest edition, 905,000 + 95,000, divided by 100 + 3,600 + 300 + 1,000 employed are 200 tonnes. In 2023 only one of the four industries is there, so there is nothing to divide by.
---*/
with newest_editions as (
  select
    municipality,
    max(edition) as edition
  from validated.ghg_emissions
  group by municipality
),
emissions as (
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
),
links as (
  select
    code,
    year,
    to_code,
    comparability,
    count(*) over (partition by year, to_code) as parts
  from areas.to_borders
),
figures as (
  select
    municipality,
    year,
    case when count(employed) = 4 then sum(employed) end as employed
  from validated.employment_by_industry
  where industry in ('mining', 'manufacturing', 'utilities', 'construction')
  group by
    municipality,
    year
),
employment as (
  select
    links.to_code as municipality,
    figures.year,
    links.comparability,
    case when count(figures.employed) = count(*) then sum(figures.employed) end as employed
  from figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    figures.year,
    links.comparability
  having count(*) = max(links.parts)
)
select
  emissions.municipality as ref_area,
  cast(emissions.year as varchar) as time_period,
  cast(cast(emissions.emissions as double) / nullif(employment.employed, 0) as decimal(28, 6)) as obs_value,
  case when coalesce(employment.employed, 0) = 0 then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  emissions.sources as n_units,
  emissions.emissions as numerator,
  employment.employed as denominator,
  coalesce(employment.comparability, 'exact') as comparability,
  cast(left(emissions.edition, 4) as bigint) as borders_year
from emissions
left join employment
  on employment.municipality = emissions.municipality
  and employment.year = emissions.year
