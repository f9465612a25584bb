/*---
id: sdg_11_6_1_waste_per_inhabitant
registry: L11-15
title:
  nb: Husholdningsavfall per innbygger
  nn: Hushaldsavfall per innbyggjar
  en: Household waste per inhabitant
description:
  nb: Kilo avfall fra husholdningene i året, delt på antall registrerte innbyggere.
  nn: Kilo avfall frå hushalda i året, delt på talet på registrerte innbyggjarar.
  en: Kilograms of waste from households in the year, divided by registered inhabitants.
formula:
  nb: Husholdningsavfall delt på antall innbyggere, i kilo, slik Statistisk sentralbyrå har regnet det. Vi regner ikke om; for kommuner som er slått sammen, står tallet for kommunen slik den var det året.
  nn: Hushaldsavfall delt på talet på innbyggjarar, i kilo, slik Statistisk sentralbyrå har rekna det. Vi reknar ikkje om; for kommunar som er slegne saman, står talet for kommunen slik han var det året.
  en: Household waste divided by population, in kilograms, as Statistics Norway computed it. We do not recompute; for merged municipalities the figure is for the municipality as it was that year.
sdg:
  goal: 11
  target: "11.6"
  indicator: "11.6.1"
  name:
    nb: Andel av kommunalt fast avfall som samles inn og behandles i kontrollerte anlegg, av alt kommunalt avfall, etter by
    nn: Del av kommunalt fast avfall som blir samla inn og behandla i kontrollerte anlegg, av alt kommunalt avfall, etter by
    en: Proportion of municipal solid waste collected and managed in controlled facilities out of total municipal waste generated, by cities
  fidelity: proxy
  why:
    nb: FN spør hvordan avfallet behandles. Mengden per innbygger viser hvor mye det blir av det.
    nn: FN spør korleis avfallet blir behandla. Mengda per innbyggjar viser kor mykje det blir av det.
    en: The UN asks how waste is handled. The amount per inhabitant shows how much of it there is.
unit: kg/{person}
decimals: 0
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI]
keywords:
  nb: [avfall, gjenvinning, KOSTRA]
  nn: [avfall, gjenvinning, KOSTRA]
  en: [waste, recovery, KOSTRA]
crosswalk:
  eu_vlr: Municipal waste
  ssb_table: "12241"
does_not_say:
  nb: Hytter og turister lager avfall uten å være innbyggere, så kommuner med mange hytter får høye tall. Mer avfall kan også bety at mer samles inn og mindre havner i naturen.
  nn: Hytter og turistar lagar avfall utan å vere innbyggjarar, så kommunar med mange hytter får høge tal. Meir avfall kan òg bety at meir blir samla inn og mindre hamnar i naturen.
  en: Cabins and tourists produce waste without being inhabitants, so municipalities with many cabins get high figures. More waste may also mean that more is collected and less ends up in nature.
not_covered:
  nb: Avfall fra bedrifter og bygging, og avfall husholdningene leverer andre steder enn til kommunen.
  nn: Avfall frå bedrifter og bygging, og avfall hushalda leverer andre stader enn til kommunen.
  en: Waste from businesses and building, and what households deliver elsewhere than to the municipality.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge mengden avfall fra husholdningene over tid."
    nn: "Følgje mengda avfall frå hushalda over tid."
    en: "Following the amount of household waste over time."
  discouraged_use:
    nb: "Egner seg dårlig til å rangere kommuner med mange hytter eller turister."
    nn: "Eignar seg dårleg til å rangere kommunar med mange hytter eller turistar."
    en: "Poorly suited to ranking municipalities with many cabins or tourists."
  misleads_when:
    nb: "Færre kilo kan bety at avfallet leveres et annet sted eller havner i naturen."
    nn: "Færre kilo kan bety at avfallet blir levert ein annan stad eller hamnar i naturen."
    en: "Fewer kilograms may mean that waste is delivered elsewhere or ends up in nature."
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
    tables.household_waste_today:
      - {municipality: "0301", key_figure: waste, year: 2024, kilograms: 389.5, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: waste, year: 2025, kilograms: 380, status: P, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: landfilled, year: 2024, percent: 3, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "1103", key_figure: waste, year: 2019, kilograms: 420, status: A, comparability: not_comparable, borders_year: 2019}
      - {municipality: "4601", key_figure: waste, year: 2019, kilograms: null, status: O, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 389.5, obs_status: A, comparability: exact, borders_year: 2024, numerator: null, warnings: ""}
    - {ref_area: "0301", time_period: "2025", obs_value: 380, obs_status: P, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: 420, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
    - {ref_area: "4601", time_period: "2019", obs_value: null, obs_status: O, comparability: exact, warnings: ""}
  explanation:
    nb: Tallet er kildens eget, 389,5 i 2024. For 2025 er tabellen ikke rettet ennå, så tallet er foreløpig. Stavanger ble i 2020 slått sammen med flere; et forhold kan ikke legges sammen, så tallet for 2019 gjelder det gamle Stavanger. For Bergen i 2019 har kilden ikke noe tall.
    nn: Talet er kjelda sitt eige, 389,5 i 2024. For 2025 er tabellen ikkje retta enno, så talet er førebels. Stavanger vart i 2020 slegen saman med fleire; eit forhold kan ikkje leggjast saman, så talet for 2019 gjeld det gamle Stavanger. For Bergen i 2019 har kjelda ikkje noko tal.
    en: The number is the source's own, 389.5 in 2024. For 2025 the table is not corrected yet, so the number is preliminary. Stavanger merged with others in 2020; a ratio cannot be added up, so the number for 2019 is for old Stavanger. For Bergen in 2019 the source has no number.
---*/
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  kilograms as obs_value,
  status as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  1 as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  comparability,
  borders_year
from tables.household_waste_today
where key_figure = 'waste'
