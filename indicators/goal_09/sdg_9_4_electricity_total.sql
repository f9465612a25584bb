/*---
id: sdg_9_4_electricity_total
registry: L09-10
title:
  nb: Strømforbruk i kommunen
  nn: Straumforbruk i kommunen
  en: Electricity use in the municipality
description:
  nb: All strøm målt hos forbrukere i kommunen i løpet av året, med en rad for hver slags forbruker. Raden for hele landet har også med forbruk som ikke kan plasseres i en kommune.
  nn: All straum målt hos forbrukarar i kommunen i løpet av året, med ei rad for kvart slag forbrukar. Rada for heile landet har òg med forbruk som ikkje kan plasserast i ein kommune.
  en: All electricity metered at consumers in the municipality during the year, with a row for each kind of consumer. The row for the whole country also includes consumption that cannot be placed in a municipality.
formula:
  nb: Summen av målt forbruk i kWh, delt på en million. consumer=households er XX, cabins XY, services G–U, industry B–F, primary A, unknown er koder uten næring. Landet er summen av alle kommuner og ukjent tilhørighet.
  nn: Summen av målt forbruk i kWh, delt på éin million. consumer=households er XX, cabins XY, services G–U, industry B–F, primary A, unknown er kodar utan næring. Landet er summen av alle kommunar og ukjend tilhøyrsle.
  en: Sum of metered consumption in kWh, divided by a million. consumer=households is XX, cabins XY, services G–U, industry B–F, primary A, unknown is codes without an industry. The country is the sum of all municipalities and of unknown places.
sdg:
  goal: 9
  target: "9.4"
  name:
    nb: Innen 2030 oppgradere infrastruktur og omstille næringslivet til å bli mer bærekraftig, med mer effektiv bruk av ressurser og renere teknologi
    nn: Innan 2030 oppgradere infrastruktur og stille om næringslivet til å bli meir berekraftig, med meir effektiv bruk av ressursar og reinare teknologi
    en: By 2030, upgrade infrastructure and retrofit industries to make them sustainable, with increased resource-use efficiency and greater adoption of clean and environmentally sound technologies and industrial processes
  fidelity: context
  why:
    nb: Samlet strømforbruk har ingen god eller dårlig retning. Det viser hvor stort forbruket er, og hvem som står for det.
    nn: Samla straumforbruk har inga god eller dårleg retning. Det viser kor stort forbruket er, og kven som står for det.
    en: Total electricity use has no good or bad direction. It shows how large consumption is, and who accounts for it.
unit: GW.h
decimals: 1
better: context
geography: municipality
frequency: year
target_image: efficient
roadmap_principle: 3
themes: [ENER]
keywords:
  nb: [strøm, elektrisitet, energi, forbruk]
  nn: [straum, elektrisitet, energi, forbruk]
  en: [electricity, energy, consumption]
crosswalk:
  ssb_table: "14490"
does_not_say:
  nb: Statistisk sentralbyrå regner på en annen måte; tallene er like innenfor omtrent én prosent, unntatt der stor industri får strøm rett fra sentralnettet. Tallet er ikke korrigert for temperatur.
  nn: Statistisk sentralbyrå reknar på ein annan måte; tala er like innanfor om lag éin prosent, unnateke der stor industri får straum rett frå sentralnettet. Talet er ikkje korrigert for temperatur.
  en: Statistics Norway counts in another way; the figures agree within about one per cent, except where large industry is supplied straight from the transmission grid. The number is not corrected for temperature.
not_covered:
  nb: Strøm som er laget og brukt på stedet uten å gå gjennom en måler, tap i nettet, og andre energibærere enn strøm. Noen få summer vises ikke, fordi de ville røpet forbruket til noen få husholdninger, hytter eller gårder; de er med i landets tall.
  nn: Straum som er laga og brukt på staden utan å gå gjennom ein målar, tap i nettet, og andre energiberarar enn straum. Nokre få summar blir ikkje viste, fordi dei ville ha røpt forbruket til nokre få hushald, hytter eller gardar; dei er med i tala for landet.
  en: Power made and used on the spot without passing a meter, losses in the grid, and energy carriers other than electricity. A few sums are not shown, because they would reveal the consumption of a few households, cabins or farms; they are part of the country's figures.
version: "2"
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor mye strøm som brukes i kommunen og i hvilke næringer."
    nn: "Sjå kor mykje straum som blir brukt i kommunen og i kva næringar."
    en: "Seeing how much electricity is used in the municipality, and in which industries."
  discouraged_use:
    nb: "Egner seg dårlig til å sammenligne kommuner av ulik størrelse eller med ulik industri."
    nn: "Eignar seg dårleg til å samanlikne kommunar av ulik storleik eller med ulik industri."
    en: "Poorly suited to comparing municipalities of different size or with different industry."
  misleads_when:
    nb: "Ett anlegg som starter eller stanser, kan bestemme hele endringen."
    nn: "Eitt anlegg som startar eller stansar, kan avgjere heile endringa."
    en: "One plant that starts or stops may decide the whole change."
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
      - {municipality: "4001", industry_section: XX, industry: XX, year: 2022, energy: 250500000}
      - {municipality: "4001", industry_section: C, industry: "20", year: 2022, energy: 900000000}
      - {municipality: "4001", industry_section: C, industry: "23", year: 2022, energy: -500000}
      - {municipality: "4003", industry_section: XX, industry: XX, year: 2022, energy: 100000000}
      - {municipality: "0000", industry_section: YY, industry: YY, year: 2022, energy: 7000000}
    areas.to_borders:
      - {code: "4001", year: 2024, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "4001", time_period: "2022", breakdown: "", obs_value: 1150, obs_status: A, numerator: 1150000000, n_units: 1, borders_year: 2024}
    - {ref_area: "4001", time_period: "2022", breakdown: consumer=households, obs_value: 250.5}
    - {ref_area: "4001", time_period: "2022", breakdown: consumer=industry, obs_value: 899.5}
    - {ref_area: "4003", time_period: "2022", breakdown: "", obs_value: 100}
    - {ref_area: "4003", time_period: "2022", breakdown: consumer=households, obs_value: 100}
    - {ref_area: "NO", time_period: "2022", breakdown: "", obs_value: 1257, n_units: 2, borders_year: null}
    - {ref_area: "NO", time_period: "2022", breakdown: consumer=households, obs_value: 350.5}
    - {ref_area: "NO", time_period: "2022", breakdown: consumer=industry, obs_value: 899.5}
    - {ref_area: "NO", time_period: "2022", breakdown: consumer=unknown, obs_value: 7}
  explanation:
    nb: Porsgrunn har 250,5 + 900 − 0,5 = 1150 GWh; telleren er de samme kilowattimene. Landet har 1150 + 100 + 7, der de 7 ikke hører til noen kommune. En liten negativ verdi er en rettelse og teller med.
    nn: Porsgrunn har 250,5 + 900 − 0,5 = 1150 GWh; teljaren er dei same kilowattimane. Landet har 1150 + 100 + 7, der dei 7 ikkje høyrer til nokon kommune. Ein liten negativ verdi er ei retting og tel med.
    en: Porsgrunn has 250.5 + 900 − 0.5 = 1,150 GWh; the numerator is the same in kilowatt hours. The country has 1,150 + 100 + 7, where the 7 belong to no municipality. A small negative value is a correction and counts.
---*/
with figures as (
  select
    municipality,
    year,
    case
      when industry_section = 'XX' then 'households'
      when industry_section = 'XY' then 'cabins'
      when industry_section = 'A' then 'primary'
      when industry_section in ('B', 'C', 'D', 'E', 'F') then 'industry'
      when industry_section in ('G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U') then 'services'
      else 'unknown'
    end as consumer,
    energy
  from validated.electricity_consumption_yearly
),
sums as (
  select
    municipality as ref_area,
    year,
    '' as breakdown,
    sum(energy) as energy,
    1 as municipalities
  from figures
  where municipality <> '0000'
  group by
    municipality,
    year
  union all
  select
    municipality as ref_area,
    year,
    'consumer=' || consumer as breakdown,
    sum(energy) as energy,
    1 as municipalities
  from figures
  where municipality <> '0000'
  group by
    municipality,
    year,
    consumer
  union all
  select
    'NO' as ref_area,
    year,
    '' as breakdown,
    sum(energy) as energy,
    count(distinct nullif(municipality, '0000')) as municipalities
  from figures
  group by year
  union all
  select
    'NO' as ref_area,
    year,
    'consumer=' || consumer as breakdown,
    sum(energy) as energy,
    count(distinct nullif(municipality, '0000')) as municipalities
  from figures
  group by
    year,
    consumer
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  sums.ref_area,
  cast(sums.year as varchar) as time_period,
  cast(cast(sums.energy as decimal(24, 6)) * 0.000001 as decimal(28, 6)) as obs_value,
  'A' as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  sums.municipalities as n_units,
  sums.energy as numerator,
  cast(null as decimal(38, 6)) as denominator,
  case when sums.ref_area <> 'NO' then today.borders_year end as borders_year,
  sums.breakdown
from sums
cross join today
