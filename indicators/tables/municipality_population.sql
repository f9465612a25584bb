/*---
id: municipality_population
title:
  nb: Innbyggere i dagens kommuner
  nn: Innbyggjarar i kommunane i dag
  en: Inhabitants of today's municipalities
description:
  nb: Folketallet 1. januar i dagens grenser. Når alle kommunene som i dag er én kommune har tall det året, summeres de. Ellers brukes serien som er omregnet til grensene fra 2024. Der en av delene kommer fra en delt kommune, finnes det ikke noe riktig tall, og da står det ikke noe tall her.
  nn: Folketalet 1. januar i grensene i dag. Når alle kommunane som i dag er éin kommune har tal det året, blir dei summerte. Elles blir serien som er rekna om til grensene frå 2024 brukt. Der ein av delane kjem frå ein delt kommune, finst det ikkje noko rett tal, og då står det ikkje noko tal her.
  en: Population on 1 January in today's borders. When all municipalities that today are one have figures for the year, they are summed. Otherwise the series recalculated to the borders of 2024 is used. Where a part comes from a municipality that was split, there is no right number, and none stands here.
row:
  nb: Én kommune i dagens grenser og ett år.
  nn: Éin kommune i grensene i dag og eitt år.
  en: One municipality in today's borders and one year.
key: [municipality, year]
columns:
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Kommunen i dagens grenser., nn: Kommunen i grensene i dag., en: The municipality in today's borders.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Tallet gjelder 1. januar., nn: Talet gjeld 1. januar., en: The figure is for 1 January.}
  - name: population
    type: integer
    unit: "{person}"
    title: {nb: Innbyggere, nn: Innbyggjarar, en: Inhabitants}
    description: {nb: Folketallet., nn: Folketalet., en: The population.}
  - name: comparability
    type: text
    title: {nb: Sammenlignbarhet, nn: Samanliknbarheit, en: Comparability}
    description: {nb: Hva grenseendringer har gjort med tallet., nn: Kva grenseendringar har gjort med talet., en: What border changes did to the figure.}
    codes:
      exact: {nb: samme kommune, nn: same kommune, en: same municipality}
      summed: {nb: summert fra tidligere kommuner, nn: summert frå tidlegare kommunar, en: summed from earlier municipalities}
  - name: method
    type: text
    title: {nb: Grunnlag, nn: Grunnlag, en: Basis}
    description: {nb: Hvilken serie tallet er fra., nn: Kva serie talet er frå., en: Which series the figure is from.}
    codes:
      official: {nb: kommunenumrene som gjaldt det året, nn: kommunenummera som galdt det året, en: the municipality numbers valid that year}
      recalculated: {nb: serien omregnet til grensene fra 2024, nn: serien rekna om til grensene frå 2024, en: the series recalculated to the borders of 2024}
  - name: borders_year
    type: integer
    unit: a
    title: {nb: Grenser fra år, nn: Grenser frå år, en: Borders of year}
    description: {nb: Året dagens grenser gjelder fra., nn: Året grensene i dag gjeld frå., en: The year today's borders apply from.}
example:
  given:
    validated.population:
      - {municipality: "1103", year: 2019, borders: valid, population: 134000}
      - {municipality: "1141", year: 2019, borders: valid, population: 5000}
      - {municipality: "1142", year: 2019, borders: valid, population: 2000}
      - {municipality: "1103", year: 2018, borders: valid, population: 133000}
      - {municipality: "1103", year: 2018, borders: "2024", population: 139900}
      - {municipality: "1507", year: 2022, borders: valid, population: 67000}
      - {municipality: "1508", year: 2022, borders: "2024", population: 33500}
    areas.to_borders:
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1142", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1103", year: 2018, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2018, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1507", year: 2022, borders_year: 2024, to_code: "1508", method: not_comparable, weight: null, comparability: not_comparable}
  expect:
    - {municipality: "1103", year: 2018, population: 139900, comparability: summed, method: recalculated}
    - {municipality: "1103", year: 2019, population: 141000, comparability: summed, method: official}
  explanation:
    nb: I 2019 har alle tre delene av dagens Stavanger tall, 134 000 + 5 000 + 2 000. I 2018 mangler en del, og den omregnede serien brukes. Ålesund ble delt, så tallet for 1508 i 2022 er gjetning og tas ikke med.
    nn: I 2019 har alle tre delane av Stavanger i dag tal, 134 000 + 5 000 + 2 000. I 2018 manglar ein del, og den omrekna serien blir brukt. Ålesund vart delt, så talet for 1508 i 2022 er gjetting og blir ikkje teke med.
    en: In 2019 all three parts of today's Stavanger have figures, 134,000 + 5,000 + 2,000. In 2018 one part is missing and the recalculated series is used. Ålesund was split, so the figure for 1508 in 2022 is a guess and is left out.
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
official as (
  select
    links.to_code as municipality,
    figures.year,
    sum(figures.population) as population
  from validated.population as figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where figures.borders = 'valid'
    and figures.population is not null
  group by
    links.to_code,
    figures.year
  having count(*) = max(links.parts)
),
recalculated as (
  select
    municipality,
    year,
    population
  from validated.population
  where borders = '2024'
    and population is not null
),
municipal_years as (
  select distinct
    to_code as municipality,
    year,
    comparability,
    borders_year
  from links
  where comparability in ('exact', 'summed')
)
select
  municipal_years.municipality,
  municipal_years.year,
  coalesce(official.population, recalculated.population) as population,
  municipal_years.comparability,
  case when official.population is not null then 'official' else 'recalculated' end as method,
  municipal_years.borders_year
from municipal_years
left join official
  on official.municipality = municipal_years.municipality
  and official.year = municipal_years.year
left join recalculated
  on recalculated.municipality = municipal_years.municipality
  and recalculated.year = municipal_years.year
where coalesce(official.population, recalculated.population) is not null
