/*---
id: sdg_17_18_computable_share
title:
  nb: Andel indikatorer som kan regnes ut for kommunen
  nn: Del indikatorar som kan reknast ut for kommunen
  en: Share of indicators that can be computed for the municipality
description:
  nb: Hvor stor del av indikatorene i denne katalogen som har en verdi for kommunen fra åpne data, og som er lik eller tilpasset FNs indikator.
  nn: Kor stor del av indikatorane i denne katalogen som har ein verdi for kommunen frå opne data, og som er lik eller tilpassa indikatoren til FN.
  en: The share of the indicators in this catalogue that have a value for the municipality from open data, and that are identical to or adapted from the UN's indicator.
formula:
  nb: Antall kommuneindikatorer med troskap identisk eller tilpasset og minst én verdi i året, delt på alle kommuneindikatorer i katalogen som ikke er hull, i prosent. Indikatorene under mål 17 teller ikke seg selv.
  nn: Talet på kommuneindikatorar med truskap identisk eller tilpassa og minst éin verdi i året, delt på alle kommuneindikatorar i katalogen som ikkje er hol, i prosent. Indikatorane under mål 17 tel ikkje seg sjølve.
  en: Number of municipal indicators of fidelity identical or adapted with at least one value in the year, divided by all municipal indicators in the catalogue that are not gaps, in per cent. The indicators of goal 17 do not count themselves.
sdg:
  goal: 17
  target: "17.18"
  indicator: "17.18.1"
  name:
    nb: Indikator for statistisk kapasitet til å følge med på bærekraftsmålene
    nn: Indikator for statistisk kapasitet til å følgje med på berekraftsmåla
    en: Statistical capacity indicator for Sustainable Development Goal monitoring
  fidelity: adapted
  why:
    nb: FN vurderer landenes statistikk. Her er samme spørsmål stilt for en kommune, hvor mye av det som skal følges som faktisk kan følges med åpne data.
    nn: FN vurderer statistikken til landa. Her er same spørsmålet stilt for ein kommune, kor mykje av det som skal følgjast som faktisk kan følgjast med opne data.
    en: The UN assesses the statistics of countries. Here the same question is put for a municipality, how much of what is to be followed can in fact be followed with open data.
unit: "%"
decimals: 0
better: higher
geography: municipality
frequency: year
target:
  name: {nb: Alle indikatorer, nn: Alle indikatorar, en: All indicators}
  value: 100
  source: The catalogue's own goal
target_image: adaptable
roadmap_principle: 6
themes: [GOVE]
keywords:
  nb: [åpne data, datadekning, bærekraftsmål, målekultur]
  nn: [opne data, datadekning, berekraftsmål, målekultur]
  en: [open data, data coverage, sustainable development goals, measurement]
does_not_say:
  nb: Tallet måler katalogen og de åpne kildene, ikke kommunens innsats. En kommune uten målestasjon får et lavere tall enn en med, uansett hvor god lufta er. Andelen endrer seg også når katalogen får nye indikatorer. Indikatorer som bare er stedfortredere kan aldri telle i telleren, så 100 prosent nås først når også de er byttet ut.
  nn: Talet måler katalogen og dei opne kjeldene, ikkje innsatsen til kommunen. Ein kommune utan målestasjon får eit lågare tal enn ein med, uansett kor god lufta er. Delen endrar seg òg når katalogen får nye indikatorar. Indikatorar som berre er stadfortredarar kan aldri telje i teljaren, så 100 prosent blir først nådd når òg dei er bytte ut.
  en: The number measures the catalogue and the open sources, not the municipality's efforts. A municipality without a measuring station gets a lower number than one with, however good its air. The share also changes when the catalogue gains indicators. Indicators that only stand in for the UN's can never count in the numerator, so 100 per cent is reached only when they too are replaced.
not_covered:
  nb: Data som finnes, men ikke er åpne, og tall kommunen selv har uten å publisere dem.
  nn: Data som finst, men ikkje er opne, og tal kommunen sjølv har utan å publisere dei.
  en: Data that exist but are not open, and figures that the municipality has without publishing them.
issued: 2026-11-23
example:
  given:
    meta.indicators:
      - {indicator: a, goal: 11, fidelity: adapted, geography: municipality}
      - {indicator: b, goal: 11, fidelity: identical, geography: municipality}
      - {indicator: c, goal: 9, fidelity: proxy, geography: municipality}
      - {indicator: d, goal: 9, fidelity: adapted, geography: municipality}
      - {indicator: e, goal: 9, fidelity: gap, geography: municipality}
      - {indicator: f, goal: 17, fidelity: proxy, geography: catalogue}
    indicators.observations:
      - {indicator: a, ref_area: "0301", time_period: 2022-12, breakdown: "", obs_value: 1}
      - {indicator: a, ref_area: "0301", time_period: 2022-11, breakdown: "", obs_value: 1}
      - {indicator: b, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: null}
      - {indicator: c, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: 5}
      - {indicator: d, ref_area: "0301", time_period: "2022", breakdown: sector=x, obs_value: 5}
    areas.municipalities:
      - {code: "0301", is_current: true}
      - {code: "4601", is_current: true}
      - {code: "0602", is_current: false}
    areas.to_borders:
      - {code: "0301", year: 2022, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "0301", time_period: "2022", obs_value: 25, obs_status: A, numerator: 1, denominator: 4, n_units: 4, coverage: null, borders_year: 2024}
    - {ref_area: "4601", time_period: "2022", obs_value: 0, obs_status: A, numerator: 0, denominator: 4}
  explanation:
    nb: Fire indikatorer teller i nevneren (a, b, c og d). Bare a er tilpasset og har en verdi for Oslo. b har ingen verdi, c er en stedfortreder og d har bare en delverdi. 1 / 4 er 25 prosent, og Bergen har ingen.
    nn: Fire indikatorar tel i nemnaren (a, b, c og d). Berre a er tilpassa og har ein verdi for Oslo. b har ingen verdi, c er ein stadfortredar og d har berre ein delverdi. 1 / 4 er 25 prosent, og Bergen har ingen.
    en: Four indicators count in the denominator (a, b, c and d). Only a is adapted and has a value for Oslo. b has no value, c is a stand-in and d has only a partial value. 1 / 4 is 25 per cent, and Bergen has none.
---*/
with counted as (
  select
    indicator,
    fidelity
  from meta.indicators
  where geography = 'municipality'
    and goal <> 17
    and fidelity <> 'gap'
),
totals as (
  select count(*) as indicators
  from counted
),
years as (
  select distinct left(observations.time_period, 4) as year
  from indicators.observations as observations
  inner join counted
    on counted.indicator = observations.indicator
),
computable as (
  select
    observations.ref_area,
    left(observations.time_period, 4) as year,
    count(distinct observations.indicator) as indicators
  from indicators.observations as observations
  inner join counted
    on counted.indicator = observations.indicator
  where observations.obs_value is not null
    and observations.breakdown = ''
    and counted.fidelity in ('identical', 'adapted')
  group by
    observations.ref_area,
    left(observations.time_period, 4)
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  register.code as ref_area,
  years.year as time_period,
  cast(100 * cast(coalesce(computable.indicators, 0) as double) / totals.indicators as decimal(28, 6)) as obs_value,
  'A' as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  totals.indicators as n_units,
  coalesce(computable.indicators, 0) as numerator,
  totals.indicators as denominator,
  today.borders_year
from areas.municipalities as register
cross join years
cross join totals
cross join today
left join computable
  on computable.ref_area = register.code
  and computable.year = years.year
where register.is_current
  and totals.indicators > 0
