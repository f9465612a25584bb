/*---
id: municipal_revenue_today
title:
  nb: Driftsinntekter i dagens grenser
  nn: Driftsinntekter i grensene i dag
  en: Operating revenue in today's borders
description:
  nb: Kommunenes driftsinntekter i alt og etter kilde, summert til dagens kommuner. Mangler tallet for en av delene, mangler summen. Tall publisert før 15. juni året etter er foreløpige.
  nn: Driftsinntektene til kommunane i alt og etter kjelde, summerte til kommunane i dag. Manglar talet for ein av delane, manglar summen. Tal publiserte før 15. juni året etter er førebelse.
  en: The municipalities' operating revenue in all and by source, summed to today's municipalities. Where the figure of a part is missing, the sum is missing. Figures published before 15 June of the year after are preliminary.
row:
  nb: Én kommune, én inntektskilde og ett år.
  nn: Éin kommune, éi inntektskjelde og eitt år.
  en: One municipality, one source of revenue and one year.
key: [municipality, year, revenue]
columns:
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Kommunen i dagens grenser., nn: Kommunen i grensene i dag., en: The municipality in today's borders.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Regnskapsåret., nn: Rekneskapsåret., en: The year of the accounts.}
  - name: revenue
    type: text
    title: {nb: Inntektskilde, nn: Inntektskjelde, en: Source of revenue}
    description: {nb: Kodene er datasettets., nn: Kodane er dei same som i datasettet., en: The codes are the dataset's.}
  - name: amount
    type: decimal
    unit: "{NOK}"
    precision: 28
    scale: 6
    nullable: true
    title: {nb: Beløp, nn: Beløp, en: Amount}
    description: {nb: Inntekten i kroner., nn: Inntekta i kroner., en: The revenue in kroner.}
  - name: is_preliminary
    type: boolean
    title: {nb: Foreløpig, nn: Førebels, en: Preliminary}
    description: {nb: Om noen av tallene er foreløpige., nn: Om nokon av tala er førebelse., en: Whether any of the figures is preliminary.}
  - name: municipalities
    type: integer
    unit: "1"
    title: {nb: Kommuner, nn: Kommunar, en: Municipalities}
    description: {nb: Kommuner som er summert., nn: Kommunar som er summerte., en: Municipalities summed.}
  - name: comparability
    type: text
    title: {nb: Sammenlignbarhet, nn: Samanliknbarheit, en: Comparability}
    description: {nb: Hva grenseendringer har gjort med tallet., nn: Kva grenseendringar har gjort med talet., en: What border changes did to the figure.}
  - name: borders_year
    type: integer
    unit: a
    title: {nb: Grenser fra år, nn: Grenser frå år, en: Borders of year}
    description: {nb: Året dagens grenser gjelder fra., nn: Året grensene i dag gjeld frå., en: The year today's borders apply from.}
example:
  given:
    validated.municipal_revenue:
      - {municipality: "0301", revenue: all, year: 2024, amount: 80000, published_on: "2025-03-17"}
      - {municipality: "1103", revenue: all, year: 2019, amount: 100, published_on: "2020-06-15"}
      - {municipality: "1141", revenue: all, year: 2019, amount: 20, published_on: "2020-06-15"}
      - {municipality: "1103", revenue: property_tax, year: 2019, amount: 5, published_on: "2020-06-15"}
      - {municipality: "1141", revenue: property_tax, year: 2019, amount: null, amount_sign: "..", published_on: "2020-06-15"}
      - {municipality: "1507", revenue: all, year: 2023, amount: 50, published_on: "2024-06-17"}
    areas.to_borders:
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1507", year: 2023, borders_year: 2024, to_code: "1508", method: not_comparable, weight: null, comparability: not_comparable}
  expect:
    - {municipality: "0301", year: 2024, revenue: all, amount: 80000, is_preliminary: true, municipalities: 1, comparability: exact, borders_year: 2024}
    - {municipality: "1103", year: 2019, revenue: all, amount: 120, is_preliminary: false, municipalities: 2, comparability: summed, borders_year: 2024}
    - {municipality: "1103", year: 2019, revenue: property_tax, amount: null, is_preliminary: false, municipalities: 2, comparability: summed, borders_year: 2024}
  explanation:
    nb: Tallet for Oslo er publisert i mars og foreløpig. Stavanger og Finnøy er summert; eiendomsskatten mangler for Finnøy og da også for summen. Ålesund ble delt, og ingen av delene får tallet.
    nn: Talet for Oslo er publisert i mars og førebels. Stavanger og Finnøy er summerte; eigedomsskatten manglar for Finnøy og då også for summen. Ålesund vart delt, og ingen av delane får talet.
    en: The figure for Oslo was published in March and is preliminary. Stavanger and Finnøy are summed; property tax is missing for Finnøy and then for the sum too. Ålesund was split, and neither part gets the figure.
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
)
select
  links.to_code as municipality,
  figures.year,
  figures.revenue,
  case when count(figures.amount) = count(*) then sum(figures.amount) end as amount,
  max(
    case
      when figures.amount_sign = '*' or figures.published_on < cast(cast(figures.year + 1 as varchar) || '-06-15' as date) then 1
      else 0
    end
  ) = 1 as is_preliminary,
  count(*) as municipalities,
  links.comparability,
  links.borders_year
from validated.municipal_revenue as figures
inner join links
  on links.code = figures.municipality
  and links.year = figures.year
where links.comparability in ('exact', 'summed')
group by
  links.to_code,
  figures.year,
  figures.revenue,
  links.comparability,
  links.borders_year
having count(*) = max(links.parts)
