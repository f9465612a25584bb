/*---
id: sdg_11_6_ghg_total
registry: L11-20
title:
  nb: Klimagassutslipp i kommunen
  nn: Klimagassutslepp i kommunen
  en: Greenhouse-gas emissions in the municipality
description:
  nb: Samlede utslipp av klimagasser innenfor kommunens grenser, med en rad for hver sektor og en for hver utgave av regnskapet. Alle år regnes om hver gang regnskapet gis ut, så samme år kan ha ulike tall i ulike utgaver.
  nn: Samla utslepp av klimagassar innanfor grensene til kommunen, med ei rad for kvar sektor og ei for kvar utgåve av rekneskapen. Alle år blir rekna om kvar gong rekneskapen kjem ut, så same året kan ha ulike tal i ulike utgåver.
  en: Total emissions of greenhouse gases within the borders of the municipality, with a row for each sector and one for each edition of the accounts. All years are recalculated each time the accounts come out, so the same year may have different figures in different editions.
formula:
  nb: Summen av utslippene fra alle sektorer og kilder i tonn CO₂-ekvivalenter, i den nyeste utgaven som har kommunen. Summen i hver av utgavene og hver sektor i den nyeste vises også.
  nn: Summen av utsleppa frå alle sektorar og kjelder i tonn CO₂-ekvivalentar, i den nyaste utgåva som har kommunen. Summen i kvar av utgåvene og kvar sektor i den nyaste blir også viste.
  en: Sum of the emissions of all sectors and sources in tonnes of CO₂ equivalents, in the newest edition that has the municipality. The sum in each edition and each sector in the newest are shown too.
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere byenes negative påvirkning på miljøet per innbygger, blant annet ved å ta særlig hensyn til luftkvalitet og avfall
    nn: Innan 2030 redusere den negative påverknaden byane har på miljøet per innbyggjar, mellom anna ved å ta særleg omsyn til luftkvalitet og avfall
    en: By 2030, reduce the adverse per capita environmental impact of cities, including by paying special attention to air quality and municipal and other waste management
  fidelity: adapted
  why:
    nb: FN måler samlede klimagassutslipp for land (13.2.2). Her er det samme begrepet brukt på en kommune, uten skog og annen arealbruk.
    nn: FN måler samla klimagassutslepp for land (13.2.2). Her er det same omgrepet brukt på ein kommune, utan skog og annan arealbruk.
    en: The UN measures total greenhouse-gas emissions of countries (13.2.2). Here the same concept is applied to a municipality, without forests and other land use.
unit: "t{CO2eq}"
decimals: 0
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI]
keywords:
  nb: [klimagass, utslipp, CO2, sektor, revisjon]
  nn: [klimagass, utslepp, CO2, sektor, revisjon]
  en: [greenhouse gas, emissions, CO2, sector, revision]
crosswalk:
  eu_vlr: CO2 emissions
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2599
does_not_say:
  nb: Bare utslipp innenfor grensene telles, også fra industri og gjennomgangstrafikk som innbyggerne ikke rår over. Endringer mellom to utgaver er ny kunnskap, ikke nye utslipp.
  nn: Berre utslepp innanfor grensene blir talde, òg frå industri og gjennomgangstrafikk som innbyggjarane ikkje rår over. Endringar mellom to utgåver er ny kunnskap, ikkje nye utslepp.
  en: Only emissions within the borders are counted, including from industry and through traffic that the inhabitants do not control. Changes between two editions are new knowledge, not new emissions.
not_covered:
  nb: Opptak og utslipp fra skog og annen arealbruk, utslipp til havs og deler av sjøfart og luftfart. Andre gasser enn CO₂, metan og lystgass.
  nn: Opptak og utslepp frå skog og annan arealbruk, utslepp til havs og delar av sjøfart og luftfart. Andre gassar enn CO₂, metan og lystgass.
  en: Removals and emissions from forests and other land use, offshore emissions and parts of shipping and aviation. Gases other than CO₂, methane and nitrous oxide.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge utslippene innenfor kommunens grenser over tid."
    nn: "Følgje utsleppa innanfor kommunegrensene over tid."
    en: "Following emissions within the municipality's borders over time."
  discouraged_use:
    nb: "Egner seg dårlig til å rangere kommuner av ulik størrelse."
    nn: "Eignar seg dårleg til å rangere kommunar av ulik storleik."
    en: "Poorly suited to ranking municipalities of different size."
  misleads_when:
    nb: "Hele historien regnes om ved hver utgave, så en ny metode kan se ut som kutt."
    nn: "Heile historia blir rekna om ved kvar utgåve, så ein ny metode kan sjå ut som kutt."
    en: "The whole history is recomputed with each edition, so a new method may look like cuts."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Utslipp er miljøinformasjon som alle har rett til. Ingen opplysninger om folk."
      nn: "Utslepp er miljøinformasjon som alle har rett til. Ingen opplysningar om folk."
      en: "Emissions are environmental information that everyone has a right to. Nothing about people."
issued: 2026-11-23
example:
  given:
    validated.ghg_emissions:
      - {edition: 2023-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Personbiler, emissions: 29000}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Personbiler, emissions: 30000}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Busser, emissions: 500.25}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: Jordbruk, emission_source: Fordøyelse, emissions: 1500}
  expect:
    - {ref_area: "4001", time_period: "2021", breakdown: "", obs_value: 32000.25, obs_status: A, n_units: 2, numerator: 32000.25, borders_year: 2024}
    - {ref_area: "4001", time_period: "2021", breakdown: edition=2023-12, obs_value: 29000, n_units: 1, borders_year: 2023}
    - {ref_area: "4001", time_period: "2021", breakdown: edition=2024-12, obs_value: 32000.25, n_units: 2, borders_year: 2024}
    - {ref_area: "4001", time_period: "2021", breakdown: sector=Jordbruk, obs_value: 1500, n_units: 1}
    - {ref_area: "4001", time_period: "2021", breakdown: sector=Veitrafikk, obs_value: 30500.25, n_units: 1}
  explanation:
    nb: Den nyeste utgaven gir 30 000 + 500,25 + 1 500 = 32 000,25. Utgaven fra året før står for seg, så en revisjon kan sees.
    nn: Den nyaste utgåva gjev 30 000 + 500,25 + 1 500 = 32 000,25. Utgåva frå året før står for seg, så ein revisjon kan sjåast.
    en: The newest edition gives 30,000 + 500.25 + 1,500 = 32,000.25. The edition of the year before stands by itself, so that a revision can be seen.
---*/
with newest_editions as (
  select
    municipality,
    max(edition) as edition
  from validated.ghg_emissions
  group by municipality
),
figures as (
  select
    emissions.edition,
    emissions.municipality,
    emissions.year,
    emissions.sector,
    emissions.emissions,
    case when emissions.edition = newest_editions.edition then 1 else 0 end as is_newest
  from validated.ghg_emissions as emissions
  inner join newest_editions
    on newest_editions.municipality = emissions.municipality
),
answers as (
  select
    municipality,
    year,
    edition,
    '' as breakdown,
    sum(emissions) as emissions,
    count(distinct sector) as sectors
  from figures
  where is_newest = 1
  group by
    municipality,
    year,
    edition
  union all
  select
    municipality,
    year,
    edition,
    'edition=' || edition as breakdown,
    sum(emissions) as emissions,
    count(distinct sector) as sectors
  from figures
  group by
    municipality,
    year,
    edition
  union all
  select
    municipality,
    year,
    edition,
    'sector=' || sector as breakdown,
    sum(emissions) as emissions,
    1 as sectors
  from figures
  where is_newest = 1
  group by
    municipality,
    year,
    edition,
    sector
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  emissions as obs_value,
  'A' as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  sectors as n_units,
  emissions as numerator,
  cast(null as decimal(38, 6)) as denominator,
  cast(left(edition, 4) as bigint) as borders_year,
  breakdown
from answers
