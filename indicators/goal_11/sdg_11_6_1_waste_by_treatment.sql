/*---
id: sdg_11_6_1_waste_by_treatment
registry: L11-14
title:
  nb: "Husholdningsavfall etter behandling"
  nn: "Hushaldsavfall etter behandling"
  en: "Household waste by treatment"
description:
  nb: "Hvor stor del av tonnene fra husholdningene som går til materialgjenvinning, biogass eller kompost, og hvor mye som brennes eller legges på deponi."
  nn: "Kor stor del av tonna frå hushalda som går til materialgjenvinning, biogass eller kompost, og kor mykje som blir brent eller lagt på deponi."
  en: "The share of household tonnes that goes to material recovery, biogas or compost, and how much is burnt or put in landfill."
formula:
  nb: "(materialgjenvinning + biogass + kompost) / alt husholdningsavfall × 100, i tonn. Hver behandling står også for seg. Tonn fra kommuner som er slått sammen, summeres før de deles, så serien går gjennom sammenslåinger."
  nn: "(materialgjenvinning + biogass + kompost) / alt hushaldsavfall × 100, i tonn. Kvar behandling står òg for seg. Tonn frå kommunar som er slegne saman, blir summerte før dei blir delte, så serien går gjennom samanslåingar."
  en: "(material recovery + biogas + compost) / all household waste × 100, in tonnes. Each treatment is given too. Tonnes of merged municipalities are summed before they are divided, so the series goes through mergers."
sdg:
  goal: 11
  target: "11.6"
  indicator: "11.6.1"
  name:
    nb: Andel av kommunalt fast avfall som samles inn og behandles i kontrollerte anlegg, av alt kommunalt avfall, etter by
    nn: Del av kommunalt fast avfall som blir samla inn og behandla i kontrollerte anlegg, av alt kommunalt avfall, etter by
    en: Proportion of municipal solid waste collected and managed in controlled facilities out of total municipal waste generated, by cities
  fidelity: adapted
  why:
    nb: "FN spør om avfallet behandles kontrollert. I Norge gjelder det så godt som alt, så her måles det neste steget: hvor mye som blir til noe nytt."
    nn: "FN spør om avfallet blir behandla kontrollert. I Noreg gjeld det så godt som alt, så her blir det neste steget målt: kor mykje som blir til noko nytt."
    en: "The UN asks whether waste is handled in a controlled way. In Norway nearly all is, so the next step is measured here: how much becomes something new."
unit: "%"
decimals: 1
better: higher
geography: municipality
frequency: year
target:
  name:
    nb: EUs mål for kommunalt avfall
    nn: EU sitt mål for kommunalt avfall
    en: The EU target for municipal waste
  value: 65
  year: 2035
  source: {nb: "Direktiv 2008/98/EF artikkel 11 nr. 2, endret ved direktiv (EU) 2018/851", nn: "Direktiv 2008/98/EF artikkel 11 nr. 2, endra ved direktiv (EU) 2018/851", en: "Directive 2008/98/EC article 11(2), as amended by Directive (EU) 2018/851"}
benchmarks:
  - name:
      nb: EUs mål for kommunalt avfall
      nn: EU sitt mål for kommunalt avfall
      en: The EU target for municipal waste
    value: 60
    year: 2030
    source: {nb: "Direktiv 2008/98/EF artikkel 11 nr. 2, endret ved direktiv (EU) 2018/851", nn: "Direktiv 2008/98/EF artikkel 11 nr. 2, endra ved direktiv (EU) 2018/851", en: "Directive 2008/98/EC article 11(2), as amended by Directive (EU) 2018/851"}
  - name:
      nb: EUs mål for kommunalt avfall
      nn: EU sitt mål for kommunalt avfall
      en: The EU target for municipal waste
    value: 55
    year: 2025
    source: {nb: "Direktiv 2008/98/EF artikkel 11 nr. 2, endret ved direktiv (EU) 2018/851", nn: "Direktiv 2008/98/EF artikkel 11 nr. 2, endra ved direktiv (EU) 2018/851", en: "Directive 2008/98/EC article 11(2), as amended by Directive (EU) 2018/851"}
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI]
keywords:
  nb: [avfall, gjenvinning, behandling]
  nn: [avfall, gjenvinning, behandling]
  en: [waste, recovery, treatment]
crosswalk:
  u4ssc: "EN: EN: WA: 1C"
  eu_vlr: Recycled waste
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2557
  ssb_table: "13136"
does_not_say:
  nb: "Levert til gjenvinning er ikke det samme som gjenvunnet; noe sorteres bort senere. EUs mål gjelder hele landet, så ingen kommune er bundet av det alene."
  nn: "Levert til gjenvinning er ikkje det same som gjenvunne; noko blir sortert bort seinare. EU-målet gjeld heile landet, så ingen kommune er bunden av det åleine."
  en: "Delivered to recovery is not the same as recovered; some is sorted out later. The EU target is for the whole country, so no municipality is bound by it alone."
not_covered:
  nb: "Avfall fra bedrifter og bygging, og det husholdningene leverer andre steder enn til kommunen."
  nn: "Avfall frå bedrifter og bygging, og det hushalda leverer andre stader enn til kommunen."
  en: "Waste from businesses and building, and what households deliver elsewhere than to the municipality."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hva som skjer med avfallet fra husholdningene."
    nn: "Sjå kva som skjer med avfallet frå hushalda."
    en: "Seeing what becomes of the waste of households."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvor mye som faktisk er gjenvunnet."
    nn: "Eignar seg dårleg til å seie kor mykje som faktisk er gjenvunne."
    en: "Poorly suited to saying how much was really recovered."
  misleads_when:
    nb: "Tallet blir bedre om avfall føres under en annen behandling eller hos en annen enn kommunen, uten at mer er gjenvunnet."
    nn: "Talet blir betre om avfall blir ført under ei anna behandling eller hos ein annan enn kommunen, utan at meir er gjenvunne."
    en: "The number improves when waste is booked under another treatment or with someone other than the municipality, without more being recovered."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Tonn avfall og innbyggere i hele kommuner, rapportert av kommunene selv."
      nn: "Tonn avfall og innbyggjarar i heile kommunar, rapporterte av kommunane sjølve."
      en: "Tonnes of waste and inhabitants of whole municipalities, reported by the municipalities themselves."
issued: 2026-11-23
example:
  given:
    validated.household_waste_treatment:
      - {municipality: "0301", treatment: all, year: 2024, waste: 1000}
      - {municipality: "0301", treatment: material, year: 2024, waste: 300}
      - {municipality: "0301", treatment: biogas, year: 2024, waste: 100}
      - {municipality: "0301", treatment: compost, year: 2024, waste: 50}
      - {municipality: "0301", treatment: incineration, year: 2024, waste: 550}
      - {municipality: "1103", treatment: all, year: 2019, waste: 200}
      - {municipality: "1103", treatment: material, year: 2019, waste: 60}
      - {municipality: "1103", treatment: biogas, year: 2019, waste: null, sign: "."}
      - {municipality: "1103", treatment: compost, year: 2019, waste: 20}
    areas.to_borders:
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2023, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
  expect:
    - {ref_area: "0301", time_period: "2024", breakdown: "", obs_value: 45, obs_status: A, numerator: 450, denominator: 1000}
    - {ref_area: "0301", time_period: "2024", breakdown: treatment=biogas, obs_value: 10, numerator: 100}
    - {ref_area: "0301", time_period: "2024", breakdown: treatment=compost, obs_value: 5}
    - {ref_area: "0301", time_period: "2024", breakdown: treatment=incineration, obs_value: 55}
    - {ref_area: "0301", time_period: "2024", breakdown: treatment=material, obs_value: 30}
    - {ref_area: "1103", time_period: "2019", breakdown: "", obs_value: null, obs_status: O, numerator: null, denominator: 200}
    - {ref_area: "1103", time_period: "2019", breakdown: treatment=biogas, obs_value: null, obs_status: O}
    - {ref_area: "1103", time_period: "2019", breakdown: treatment=compost, obs_value: 10}
    - {ref_area: "1103", time_period: "2019", breakdown: treatment=material, obs_value: 30}
  explanation:
    nb: "Oslo: (300 + 100 + 50) av 1000 tonn er 45 prosent. I 2019 mangler ett av tallene, og et manglende tall er ikke null tonn, så andelen finnes ikke."
    nn: "Oslo: (300 + 100 + 50) av 1000 tonn er 45 prosent. I 2019 manglar eitt av tala, og eit manglande tal er ikkje null tonn, så delen finst ikkje."
    en: "Oslo: (300 + 100 + 50) of 1,000 tonnes is 45 per cent. In 2019 one of the figures is missing, and a missing figure is not zero tonnes, so there is no share."
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
figures_today as (
  select
    links.to_code as municipality,
    figures.year,
    figures.treatment,
    links.borders_year,
    links.comparability,
    case when count(figures.waste) = count(*) then sum(figures.waste) end as waste,
    count(*) as municipalities
  from validated.household_waste_treatment as figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    figures.year,
    figures.treatment,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
),
totals as (
  select
    municipality,
    year,
    waste
  from figures_today
  where treatment = 'all'
),
shares as (
  select
    municipality,
    year,
    borders_year,
    comparability,
    '' as breakdown,
    case when count(waste) = 3 then sum(waste) end as waste,
    max(municipalities) as municipalities
  from figures_today
  where treatment in ('material', 'biogas', 'compost')
  group by
    municipality,
    year,
    borders_year,
    comparability
  union all
  select
    municipality,
    year,
    borders_year,
    comparability,
    'treatment=' || treatment as breakdown,
    waste,
    municipalities
  from figures_today
  where treatment <> 'all'
)
select
  shares.municipality as ref_area,
  cast(shares.year as varchar) as time_period,
  cast(100 * cast(shares.waste as double) / nullif(totals.waste, 0) as decimal(28, 6)) as obs_value,
  case when shares.waste is null or totals.waste is null or totals.waste = 0 then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  shares.municipalities as n_units,
  shares.waste as numerator,
  totals.waste as denominator,
  shares.comparability,
  shares.borders_year,
  shares.breakdown
from shares
left join totals
  on totals.municipality = shares.municipality
  and totals.year = shares.year
