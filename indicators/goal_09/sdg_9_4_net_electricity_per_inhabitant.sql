/*---
id: sdg_9_4_net_electricity_per_inhabitant
registry: L09-10
title:
  nb: "Strøm til husholdninger og tjenester per innbygger, nettoforbruk"
  nn: "Straum til hushald og tenester per innbyggjar, nettoforbruk"
  en: "Electricity use of households and services per inhabitant, net consumption"
description:
  nb: "Hvor mye strøm husholdninger og tjenesteyting bruker i løpet av et år, delt på innbyggerne, etter Statistisk sentralbyrås lange serie over netto strømforbruk."
  nn: "Kor mykje straum hushald og tenesteyting bruker i løpet av eit år, delt på innbyggjarane, etter den lange serien til Statistisk sentralbyrå over netto straumforbruk."
  en: "How much electricity households and services use in a year, divided by inhabitants, after Statistics Norway's long series of net consumption."
formula:
  nb: "(husholdninger + tjenesteyting, i GWh) × 1 000 000 / innbyggere 1. januar samme år. Til og med 2023 fra tabell 10314, deretter fra etterfølgeren 14489; det første året fra den nye tabellen er merket som brudd. Forbruk i kommuner som er slått sammen, summeres før det deles."
  nn: "(hushald + tenesteyting, i GWh) × 1 000 000 / innbyggjarar 1. januar same året. Til og med 2023 frå tabell 10314, deretter frå etterfølgjaren 14489; det første året frå den nye tabellen er merkt som brot. Forbruk i kommunar som er slegne saman, blir summert før det blir delt."
  en: "(households + services, in GWh) × 1,000,000 / inhabitants on 1 January of the same year. Up to 2023 from table 10314, then from its successor 14489; the first year from the new table is marked as a break. Consumption of merged municipalities is summed before it is divided."
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
  nb: [strøm, energi, husholdninger]
  nn: [straum, energi, hushald]
  en: [electricity, energy, households]
crosswalk:
  u4ssc: "EN: E: E: 2C"
  eu_vlr: Energy consumption
  ssb_table: "10314"
does_not_say:
  nb: "Tallet er ikke korrigert for temperatur, og sier ikke om strømmen varmer hus eller driver datasentre, som regnes som tjenester. Indikatoren fra Elhub regner på en annen måte; de to skal ikke blandes."
  nn: "Talet er ikkje korrigert for temperatur, og seier ikkje om straumen varmar hus eller driv datasenter, som blir rekna som tenester. Indikatoren frå Elhub reknar på ein annan måte; dei to skal ikkje blandast."
  en: "The number is not corrected for temperature, and does not say whether electricity heats houses or runs data centres, which count as services. The indicator from Elhub counts in another way; the two must not be mixed."
not_covered:
  nb: "Hytter, industri, landbruk, tap i nettet og andre energibærere enn strøm."
  nn: "Hytter, industri, landbruk, tap i nettet og andre energiberarar enn straum."
  en: "Cabins, industry, agriculture, losses in the grid and energy carriers other than electricity."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge strømforbruket etter den offisielle statistikken over tid."
    nn: "Følgje straumforbruket etter den offisielle statistikken over tid."
    en: "Following electricity use in the official statistics over time."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvem som sløser, og til å blandes med tallene fra Elhub."
    nn: "Eignar seg dårleg til å seie kven som sløser, og til å blandast med tala frå Elhub."
    en: "Poorly suited to saying who wastes, and to being mixed with the figures from Elhub."
  misleads_when:
    nb: "Et datasenter teller som tjeneste og hever tallet uten at innbyggerne bruker mer."
    nn: "Eit datasenter tel som teneste og hevar talet utan at innbyggjarane bruker meir."
    en: "A data centre counts as a service and raises the number without inhabitants using more."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Offisiell statistikk for hele kommuner; Statistisk sentralbyrå holder selv tilbake summer som kunne røpe noens forbruk."
      nn: "Offisiell statistikk for heile kommunar; Statistisk sentralbyrå held sjølv tilbake summar som kunne røpe forbruket til nokon."
      en: "Official statistics for whole municipalities; Statistics Norway itself withholds sums that could reveal someone's consumption."
issued: 2026-11-23
example:
  given:
    validated.net_electricity_consumption:
      - {municipality: "0301", consumer_group: households, year: 2023, energy: 4200, table_id: "10314"}
      - {municipality: "0301", consumer_group: services, year: 2023, energy: 2800, table_id: "10314"}
      - {municipality: "0301", consumer_group: households, year: 2024, energy: 4000, table_id: "14489"}
      - {municipality: "0301", consumer_group: services, year: 2024, energy: 3000, table_id: "14489"}
      - {municipality: "0301", consumer_group: industry, year: 2024, energy: 500, table_id: "14489"}
      - {municipality: "1103", consumer_group: households, year: 2019, energy: 800, table_id: "10314"}
      - {municipality: "1103", consumer_group: services, year: 2019, energy: null, sign: ":", table_id: "10314"}
      - {municipality: "1141", consumer_group: households, year: 2019, energy: 10, table_id: "10314"}
      - {municipality: "1141", consumer_group: services, year: 2019, energy: 5, table_id: "10314"}
      - {municipality: "1142", consumer_group: households, year: 2019, energy: 10, table_id: "10314"}
      - {municipality: "1142", consumer_group: services, year: 2019, energy: 5, table_id: "10314"}
    areas.to_borders:
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2023, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1142", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
    tables.municipality_population:
      - {municipality: "0301", year: 2023, population: 700000, comparability: exact, method: official, borders_year: 2024}
      - {municipality: "0301", year: 2024, population: 700000, comparability: exact, method: official, borders_year: 2024}
      - {municipality: "1103", year: 2019, population: 140000, comparability: summed, method: official, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2023", breakdown: "", obs_value: 10000, obs_status: A, numerator: 7000000000, denominator: 700000}
    - {ref_area: "0301", time_period: "2023", breakdown: consumer=households, obs_value: 6000, obs_status: A}
    - {ref_area: "0301", time_period: "2023", breakdown: consumer=services, obs_value: 4000, obs_status: A}
    - {ref_area: "0301", time_period: "2024", breakdown: "", obs_value: 10000, obs_status: B, warnings: series_break}
    - {ref_area: "0301", time_period: "2024", breakdown: consumer=households, obs_value: 5714.285714, obs_status: B, warnings: series_break}
    - {ref_area: "0301", time_period: "2024", breakdown: consumer=services, obs_value: 4285.714286, obs_status: B}
    - {ref_area: "1103", time_period: "2019", breakdown: "", obs_value: null, obs_status: O, numerator: null, comparability: summed}
    - {ref_area: "1103", time_period: "2019", breakdown: consumer=households, obs_value: 5857.142857, obs_status: A, warnings: boundary_adjusted}
    - {ref_area: "1103", time_period: "2019", breakdown: consumer=services, obs_value: null, obs_status: O}
  explanation:
    nb: "Oslo: (4200 + 2800) GWh / 700 000 innbyggere = 10 000 kWh; industrien er ikke med. 2024 er fra den nye tabellen og merket som brudd. For Stavanger i 2019 holder kilden tilbake ett tall, så summen mangler, men husholdningene er 820 GWh / 140 000 = 5857 kWh."
    nn: "Oslo: (4200 + 2800) GWh / 700 000 innbyggjarar = 10 000 kWh; industrien er ikkje med. 2024 er frå den nye tabellen og merkt som brot. For Stavanger i 2019 held kjelda tilbake eitt tal, så summen manglar, men hushalda er 820 GWh / 140 000 = 5857 kWh."
    en: "Oslo: (4,200 + 2,800) GWh / 700,000 inhabitants = 10,000 kWh; industry is not included. 2024 is from the new table and marked as a break. For Stavanger in 2019 the source withholds one figure, so the sum is missing, but households are 820 GWh / 140,000 = 5,857 kWh."
---*/
with links as (
  select
    code,
    year,
    to_code,
    comparability,
    borders_year,
    count(*) over (partition by year, to_code) as parts
  from areas.to_borders
),
figures as (
  select
    municipality,
    year,
    '' as breakdown,
    case when count(energy) = 2 then sum(energy) end as energy,
    max(table_id) as table_id
  from validated.net_electricity_consumption
  where consumer_group in ('households', 'services')
  group by
    municipality,
    year
  union all
  select
    municipality,
    year,
    'consumer=' || consumer_group as breakdown,
    energy,
    table_id
  from validated.net_electricity_consumption
  where consumer_group in ('households', 'services')
),
today as (
  select
    links.to_code as municipality,
    figures.year,
    figures.breakdown,
    links.borders_year,
    links.comparability,
    case when count(figures.energy) = count(*) then 1000000 * sum(figures.energy) end as energy,
    max(figures.table_id) as table_id,
    count(*) as municipalities
  from figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    figures.year,
    figures.breakdown,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
),
first_years as (
  select
    table_id,
    min(year) as first_year,
    row_number() over (order by min(year), table_id) as place
  from validated.net_electricity_consumption
  group by table_id
)
select
  today.municipality as ref_area,
  cast(today.year as varchar) as time_period,
  cast(cast(today.energy as double) / inhabitants.population as decimal(28, 6)) as obs_value,
  case
    when today.energy is null or inhabitants.population is null then 'O'
    when first_years.place > 1 then 'B'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  today.municipalities as n_units,
  today.energy as numerator,
  inhabitants.population as denominator,
  today.comparability,
  today.borders_year,
  today.breakdown,
  concat_ws(
    ';',
    case when inhabitants.population is null then 'denominator_missing' end,
    case when inhabitants.method = 'recalculated' then 'imputed' end
  ) as warnings
from today
left join tables.municipality_population as inhabitants
  on inhabitants.municipality = today.municipality
  and inhabitants.year = today.year
left join first_years
  on first_years.table_id = today.table_id
  and first_years.first_year = today.year
