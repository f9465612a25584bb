/*---
id: ratio_borders
title:
  nb: Hvor et forholdstall kan vises i dag
  nn: Kvar eit forholdstal kan visast i dag
  en: Where a ratio can be shown today
description:
  nb: Hvilken av dagens kommuner et forholdstall for en kommune et år kan stå for. Forhold kan ikke legges sammen, så bare der kommunen er den samme, er tallet sammenlignbart. For en kommune som har fått andre inn i seg, eller avgitt noe, står tallet for kommunen slik den var, og kan ikke sammenlignes over årene. Andre tidligere kommuner er ikke med.
  nn: Kva for ein av kommunane i dag eit forholdstal for ein kommune eit år kan stå for. Forhold kan ikkje leggjast saman, så berre der kommunen er den same, kan talet samanliknast. For ein kommune som har fått andre inn i seg, eller gjeve frå seg noko, står talet for kommunen slik han var, og kan ikkje samanliknast over åra. Andre tidlegare kommunar er ikkje med.
  en: Which of today's municipalities a ratio for a municipality and year can stand for. Ratios cannot be added up, so the figure is comparable only where the municipality is the same. For a municipality that took in others, or gave something away, the figure stands for the municipality as it was, and cannot be compared over the years. Other earlier municipalities are left out.
row:
  nb: Én kommune slik den var ett år, og den av dagens kommuner tallet vises for.
  nn: Éin kommune slik han var eitt år, og den av kommunane i dag talet blir vist for.
  en: One municipality as it was in one year, and the municipality of today that the figure is shown for.
key: [code, year, municipality]
columns:
  - name: code
    type: text
    title: {nb: Kommunenummer det året, nn: Kommunenummer det året, en: Municipality number of the year}
    description: {nb: Nummeret som gjaldt 1. januar., nn: Nummeret som galdt 1. januar., en: The number in use on 1 January.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Året tallet gjelder., nn: Året talet gjeld., en: The year of the figure.}
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Kommunen i dag., nn: Kommunen i dag., en: The municipality of today.}
  - name: comparability
    type: text
    title: {nb: Sammenlignbarhet, nn: Samanliknbarheit, en: Comparability}
    description: {nb: Hva grenseendringer har gjort med tallet., nn: Kva grenseendringar har gjort med talet., en: What border changes did to the figure.}
    codes:
      exact: {nb: samme kommune, nn: same kommune, en: same municipality}
      not_comparable: {nb: kommunen slik den var det året, nn: kommunen slik han var det året, en: the municipality as it was that year}
  - name: borders_year
    type: integer
    unit: a
    title: {nb: Grenser fra år, nn: Grenser frå år, en: Borders of year}
    description:
      nb: Året grensene gjelder fra, eller tallets eget år når det ikke kan sammenlignes.
      nn: Året grensene gjeld frå, eller året for talet sjølv når det ikkje kan samanliknast.
      en: The year the borders apply from, or the figure's own year where it is not comparable.
example:
  given:
    areas.to_borders:
      - {code: "0301", year: 2019, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1201", year: 2019, borders_year: 2024, to_code: "4601", method: exact, weight: 1, comparability: exact}
      - {code: "1507", year: 2022, borders_year: 2024, to_code: "1508", method: not_comparable, weight: null, comparability: not_comparable}
      - {code: "1507", year: 2022, borders_year: 2024, to_code: "1580", method: not_comparable, weight: null, comparability: not_comparable}
    areas.municipalities:
      - {code: "0301", is_current: true}
      - {code: "1103", is_current: true}
      - {code: "1141", is_current: false}
      - {code: "1508", is_current: true}
      - {code: "1580", is_current: true}
      - {code: "4601", is_current: true}
  expect:
    - {code: "0301", year: 2019, municipality: "0301", comparability: exact, borders_year: 2024}
    - {code: "1103", year: 2019, municipality: "1103", comparability: not_comparable, borders_year: 2019}
    - {code: "1201", year: 2019, municipality: "4601", comparability: exact, borders_year: 2024}
  explanation:
    nb: Oslo er den samme, og Bergen fikk bare nytt nummer. Stavanger (1103) ble i 2020 slått sammen med Finnøy (1141) og beholdt nummeret; tallet for 2019 gjelder det gamle Stavanger, og tallet for Finnøy vises ikke. Ålesund (1507) ble delt, og ingen av delene kan få tallet.
    nn: Oslo er den same, og Bergen fekk berre nytt nummer. Stavanger (1103) vart i 2020 slegen saman med Finnøy (1141) og heldt på nummeret; talet for 2019 gjeld det gamle Stavanger, og talet for Finnøy blir ikkje vist. Ålesund (1507) vart delt, og ingen av delane kan få talet.
    en: Oslo is the same, and Bergen only got a new number. Stavanger (1103) merged with Finnøy (1141) in 2020 and kept its number; the figure for 2019 is for old Stavanger, and the figure for Finnøy is not shown. Ålesund (1507) was split, and neither part can have the figure.
---*/
with exact_links as (
  select
    code,
    year,
    to_code as municipality,
    borders_year
  from areas.to_borders
  where comparability = 'exact'
)
select
  code,
  year,
  municipality,
  'exact' as comparability,
  borders_year
from exact_links
union all
select distinct
  links.code,
  links.year,
  links.code as municipality,
  'not_comparable' as comparability,
  links.year as borders_year
from areas.to_borders as links
inner join areas.municipalities as register
  on register.code = links.code
  and register.is_current
where not exists (
  select 1
  from exact_links
  where exact_links.municipality = links.code
    and exact_links.year = links.year
)
