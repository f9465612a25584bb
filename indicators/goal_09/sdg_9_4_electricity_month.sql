/*---
id: sdg_9_4_electricity_month
registry: L09-10
title:
  nb: Strømforbruk måned for måned
  nn: Straumforbruk månad for månad
  en: Electricity use month by month
description:
  nb: All strøm målt i kommunen i en måned, og hvor mye av den som gikk til husholdninger, industri og annen næring.
  nn: All straum målt i kommunen i ein månad, og kor mykje av han som gjekk til hushald, industri og anna næring.
  en: All electricity metered in the municipality in a month, and how much of it went to households, industry and other business.
formula:
  nb: Summen av timeverdiene fra Elhub i måneden, slik klokka i Oslo deler den, delt på en million. En gruppe får bare tall når minst 99 prosent av månedens timer er der, og summen bare når alle gruppene kommunen har den måneden, har det. Telleren er kilowattimer.
  nn: Summen av timeverdiane frå Elhub i månaden, slik klokka i Oslo deler han, delt på éin million. Ei gruppe får berre tal når minst 99 prosent av timane i månaden er der, og summen berre når alle gruppene kommunen har den månaden, har det. Teljaren er kilowattimar.
  en: The sum of Elhub's hourly values of the month, as the clocks of Oslo divide it, divided by a million. A group has a number only when at least 99 per cent of the month's hours are there, and the sum only when all groups the municipality has that month do. The numerator is kilowatt hours.
sdg:
  goal: 9
  target: "9.4"
  name:
    nb: Oppgradere infrastruktur og omstille næringslivet til å bli mer bærekraftig, med mer effektiv bruk av ressurser og mer bruk av ren og miljøvennlig teknologi
    nn: Oppgradere infrastruktur og omstille næringslivet til å bli meir berekraftig, med meir effektiv bruk av ressursar og meir bruk av rein og miljøvennleg teknologi
    en: Upgrade infrastructure and retrofit industries to make them sustainable, with increased resource-use efficiency and greater adoption of clean and environmentally sound technologies
  fidelity: context
  why:
    nb: Forbruket følger vær og næringsliv, og mer eller mindre er verken godt eller dårlig i seg selv.
    nn: Forbruket følgjer vêr og næringsliv, og meir eller mindre er verken godt eller dårleg i seg sjølv.
    en: Consumption follows weather and industry, and more or less is neither good nor bad in itself.
unit: GW.h
decimals: 2
better: context
geography: municipality
frequency: month
minimum_coverage: 0.99
target_image: efficient
roadmap_principle: 3
themes: [ENER]
keywords:
  nb: [strøm, elektrisitet, måned, Elhub]
  nn: [straum, elektrisitet, månad, Elhub]
  en: [electricity, month, Elhub]
crosswalk:
  eu_vlr: Energy consumption
does_not_say:
  nb: Tallet er ikke korrigert for temperatur, så en kald måned ser dyr ut. Det skiller ikke hytter fra andre husholdninger, og en måler som får ny næringskode, flytter forbruk fra en gruppe til en annen.
  nn: Talet er ikkje korrigert for temperatur, så ein kald månad ser dyr ut. Det skil ikkje hytter frå andre hushald, og ein målar som får ny næringskode, flyttar forbruk frå ei gruppe til ei anna.
  en: The number is not corrected for temperature, so a cold month looks costly. It does not separate cabins from other households, and a meter that gets a new industry code moves consumption from one group to another.
not_covered:
  nb: Strøm som er laget og brukt på stedet, tap i nettet, og forbruk som ikke kan plasseres i en kommune.
  nn: Straum som er laga og brukt på staden, tap i nettet, og forbruk som ikkje kan plasserast i ein kommune.
  en: Power made and used on the spot, losses in the grid, and consumption that cannot be placed in a municipality.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvordan strømforbruket svinger gjennom året og mellom grupper."
    nn: "Sjå korleis straumforbruket svingar gjennom året og mellom grupper."
    en: "Seeing how electricity use swings through the year and between groups."
  discouraged_use:
    nb: "Egner seg dårlig til å vurdere sparing uten å ta hensyn til temperaturen."
    nn: "Eignar seg dårleg til å vurdere sparing utan å ta omsyn til temperaturen."
    en: "Poorly suited to judging savings without taking temperature into account."
  misleads_when:
    nb: "En mild måned ser ut som sparing, og en måler med ny næringskode som omstilling."
    nn: "Ein mild månad ser ut som sparing, og ein målar med ny næringskode som omstilling."
    en: "A mild month looks like saving, and a meter with a new industry code like change."
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
    tables.electricity_day:
      - {municipality: "4001", consumption_group: private, day: "R30/2024-04-01/P1D", hours: 24, energy: 1000000}
      - {municipality: "4001", consumption_group: industry, day: "R30/2024-04-01/P1D", hours: 24, energy: 500000}
      - {municipality: "4001", consumption_group: private, day: "R31/2024-05-01/P1D", hours: 24, energy: 1000000}
      - {municipality: "4001", consumption_group: industry, day: "R20/2024-05-01/P1D", hours: 24, energy: 500000}
      - {municipality: "0000", consumption_group: private, day: "R30/2024-04-01/P1D", hours: 24, energy: 7}
    areas.municipalities:
      - {code: "4001", is_current: true}
    areas.to_borders:
      - {code: "4001", year: 2024, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "4001", time_period: "2024-04", breakdown: "", obs_value: 45, obs_status: A, coverage: 1, numerator: 45000000, n_units: 2}
    - {ref_area: "4001", time_period: "2024-04", breakdown: consumer=industry, obs_value: 15, obs_status: A}
    - {ref_area: "4001", time_period: "2024-04", breakdown: consumer=private, obs_value: 30, obs_status: A}
    - {ref_area: "4001", time_period: "2024-05", breakdown: "", obs_value: null, obs_status: N, coverage: 0.645161, warnings: below_coverage}
    - {ref_area: "4001", time_period: "2024-05", breakdown: consumer=industry, obs_value: null, obs_status: N, coverage: 0.645161}
    - {ref_area: "4001", time_period: "2024-05", breakdown: consumer=private, obs_value: 31, obs_status: A}
  explanation:
    nb: April har 30 døgn; 30 × (1 + 0,5) millioner kWh er 45 GWh. I mai mangler elleve døgn for industrien, 480 av 744 timer er for lite, og da finnes heller ingen sum. Forbruk uten kjent sted hører ikke til noen kommune.
    nn: April har 30 døgn; 30 × (1 + 0,5) millionar kWh er 45 GWh. I mai manglar elleve døgn for industrien, 480 av 744 timar er for lite, og då finst heller ingen sum. Forbruk utan kjend stad høyrer ikkje til nokon kommune.
    en: April has 30 days; 30 × (1 + 0.5) million kWh is 45 GWh. In May eleven days are missing for industry, 480 of 744 hours is too little, and then there is no sum either. Consumption without a known place belongs to no municipality.
---*/
with group_months as (
  select
    days.municipality,
    days.consumption_group,
    year(days.day) as year,
    month(days.day) as month,
    24 * max(day(last_day(days.day)))
    + max(case when month(days.day) = 3 then -1 when month(days.day) = 10 then 1 else 0 end) as hours_in_month,
    sum(days.hours) as hours,
    sum(days.energy) as energy
  from tables.electricity_day as days
  inner join areas.municipalities as register
    on register.code = days.municipality
    and register.is_current
  group by
    days.municipality,
    days.consumption_group,
    year(days.day),
    month(days.day)
),
answers as (
  select
    municipality,
    year,
    month,
    'consumer=' || consumption_group as breakdown,
    energy,
    cast(cast(hours as double) / hours_in_month as decimal(9, 6)) as coverage,
    1 as parts
  from group_months
  union all
  select
    municipality,
    year,
    month,
    '' as breakdown,
    sum(energy) as energy,
    min(cast(cast(hours as double) / hours_in_month as decimal(9, 6))) as coverage,
    count(*) as parts
  from group_months
  group by
    municipality,
    year,
    month
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  answers.municipality as ref_area,
  cast(answers.year as varchar) || '-' || lpad(cast(answers.month as varchar), 2, '0') as time_period,
  case when answers.coverage >= 0.99 then cast(cast(answers.energy as decimal(24, 6)) * 0.000001 as decimal(28, 6)) end as obs_value,
  case when answers.coverage >= 0.99 then 'A' else 'N' end as obs_status,
  least(answers.coverage, 1) as coverage,
  answers.parts as n_units,
  case when answers.coverage >= 0.99 then answers.energy end as numerator,
  cast(null as decimal(38, 6)) as denominator,
  today.borders_year,
  answers.breakdown
from answers
cross join today
