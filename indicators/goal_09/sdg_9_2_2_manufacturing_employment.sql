/*---
id: sdg_9_2_2_manufacturing_employment
registry: L09-05
title:
  nb: Andel sysselsatte i industrien
  nn: Del sysselsette i industrien
  en: Share employed in manufacturing
description:
  nb: Hvor stor del av dem som har arbeidssted i kommunen, som arbeider i industrien.
  nn: Kor stor del av dei som har arbeidsstad i kommunen, som arbeider i industrien.
  en: How large a part of those whose workplace is in the municipality work in manufacturing.
formula:
  nb: Sysselsatte i næring C (10–33) med arbeidssted i kommunen, delt på alle sysselsatte med arbeidssted der, i prosent, fjerde kvartal. Kommuner som er slått sammen, summeres når alle delene har tall; ellers står tallet for kommunen slik den var det året, merket som ikke sammenlignbart.
  nn: Sysselsette i næring C (10–33) med arbeidsstad i kommunen, delt på alle sysselsette med arbeidsstad der, i prosent, fjerde kvartal. Kommunar som er slegne saman, blir summerte når alle delane har tal; elles står talet for kommunen slik han var det året, merkt som ikkje samanliknbart.
  en: Persons employed in section C (10–33) at a workplace in the municipality, divided by all employed at a workplace there, in per cent, fourth quarter. Merged municipalities are summed where all parts have figures; otherwise the figure is for the municipality as it was that year, marked as not comparable.
sdg:
  goal: 9
  target: "9.2"
  indicator: "9.2.2"
  name:
    nb: Sysselsetting i industrien som andel av all sysselsetting
    nn: Sysselsetjing i industrien som del av all sysselsetjing
    en: Manufacturing employment as a proportion of total employment
  fidelity: identical
  why:
    nb: Samme definisjon som FNs, regnet etter arbeidssted i én kommune.
    nn: Same definisjonen som hos FN, rekna etter arbeidsstad i éin kommune.
    en: The same definition as the UN's, by workplace in one municipality.
unit: "%"
decimals: 1
better: context
geography: municipality
frequency: year
uncertainty: wilson
target_image: adaptable
roadmap_principle: 5
themes: [ECON, SOCI]
keywords:
  nb: [sysselsetting, industri, næringsliv]
  nn: [sysselsetjing, industri, næringsliv]
  en: [employment, manufacturing, business]
crosswalk:
  eu_vlr: Employment in mining, manufacturing, energy and water
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2500
  ssb_table: "07984"
does_not_say:
  nb: Mye industri er verken bra eller dårlig. Tallet sier ikke om arbeidsplassene er trygge, godt betalt eller rene, og ikke hvor de som bor i kommunen, arbeider.
  nn: Mykje industri er verken bra eller dårleg. Talet seier ikkje om arbeidsplassane er trygge, godt betalte eller reine, og ikkje kvar dei som bur i kommunen, arbeider.
  en: Much manufacturing is neither good nor bad. The number does not say whether the jobs are safe, well paid or clean, nor where those who live in the municipality work.
not_covered:
  nb: Folk under 15 og over 74 år, og arbeid uten fast sted. Kilden har byttet ut tallene 1 og 2 med 0 eller 3, så små kommuner er unøyaktige.
  nn: Folk under 15 og over 74 år, og arbeid utan fast stad. Kjelda har bytt ut tala 1 og 2 med 0 eller 3, så små kommunar er unøyaktige.
  en: People under 15 and over 74, and work without a fixed place. The source has replaced the figures 1 and 2 by 0 or 3, so small municipalities are inexact.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor stor plass industrien har i arbeidslivet i kommunen, og hvordan det endrer seg."
    nn: "Sjå kor stor plass industrien har i arbeidslivet i kommunen, og korleis det endrar seg."
    en: "Seeing how large a part manufacturing has in the municipality's working life, and how that changes."
  discouraged_use:
    nb: "Egner seg dårlig til å si noe om én bedrift, eller om små forskjeller i små kommuner."
    nn: "Eignar seg dårleg til å seie noko om éi bedrift, eller om små skilnader i små kommunar."
    en: "Poorly suited to saying anything about one business, or about small differences between small municipalities."
  misleads_when:
    nb: "Én bedrift som får ny næringskode, flytter andelen uten at noen har byttet arbeid."
    nn: "Éi bedrift som får ny næringskode, flyttar delen utan at nokon har bytt arbeid."
    en: "One business with a new industry code moves the share without anyone changing jobs."
  decision:
    status: approved
    by: data_owner_statistics
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Offisiell, åpen statistikk for hele kommuner. Grupper under grensen er holdt tilbake."
      nn: "Offisiell, open statistikk for heile kommunar. Grupper under grensa er haldne tilbake."
      en: "Official, open statistics for whole municipalities. Groups below the limit are withheld."
issued: 2026-11-23
example:
  given:
    validated.employment_by_industry:
      - {municipality: "4001", industry: all, year: 2024, employed: 18000}
      - {municipality: "4001", industry: manufacturing, year: 2024, employed: 3600}
      - {municipality: "4001", industry: mining, year: 2024, employed: 90}
      - {municipality: "0805", industry: all, year: 2015, employed: 17000}
      - {municipality: "0805", industry: manufacturing, year: 2015, employed: 3400}
      - {municipality: "1103", industry: all, year: 2019, employed: 90000}
      - {municipality: "1103", industry: manufacturing, year: 2019, employed: 9000}
      - {municipality: "1144", industry: all, year: 2024, employed: 200}
      - {municipality: "1144", industry: manufacturing, year: 2024, employed: null, sign: ":"}
    areas.to_borders:
      - {code: "4001", year: 2024, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "0805", year: 2015, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1144", year: 2024, borders_year: 2024, to_code: "1144", method: exact, weight: 1, comparability: exact}
    areas.municipalities:
      - {code: "4001", is_current: true}
      - {code: "1103", is_current: true}
      - {code: "1144", is_current: true}
  expect:
    - {ref_area: "1103", time_period: "2019", obs_value: 10, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
    - {ref_area: "1144", time_period: "2024", obs_value: null, obs_status: Q, numerator: null, denominator: 200}
    - {ref_area: "4001", time_period: "2015", obs_value: 20, obs_status: B, numerator: 3400, denominator: 17000, comparability: exact, warnings: series_break}
    - {ref_area: "4001", time_period: "2024", obs_value: 20, obs_status: A, numerator: 3600, denominator: 18000, n_units: 1, borders_year: 2024, warnings: ""}
  explanation:
    nb: Porsgrunn i 2024, 3600 / 18 000 = 20 prosent; bergverk er ikke industri. I 2015 het kommunen 0805, og statistikken fikk ny kilde det året. For Stavanger i 2019 mangler en av kommunene som den siden ble slått sammen med. I Kvitsøy vises ikke tallet for industrien.
    nn: Porsgrunn i 2024, 3600 / 18 000 = 20 prosent; bergverk er ikkje industri. I 2015 heitte kommunen 0805, og statistikken fekk ny kjelde det året. For Stavanger i 2019 manglar ein av kommunane som han sidan vart slegen saman med. I Kvitsøy blir ikkje talet for industrien vist.
    en: Porsgrunn in 2024, 3,600 / 18,000 = 20 per cent; mining is not manufacturing. In 2015 the municipality was 0805, and the statistics got a new source that year. For Stavanger in 2019 one of the municipalities it later merged with is missing. In Kvitsøy the figure for manufacturing is not shown.
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
    sum(case when industry = 'manufacturing' then employed end) as manufacturing,
    sum(case when industry = 'all' then employed end) as everyone,
    max(case when sign = ':' then 1 else 0 end) as is_withheld,
    max(case when sign = '*' then 1 else 0 end) as is_preliminary
  from validated.employment_by_industry
  where industry in ('all', 'manufacturing')
  group by
    municipality,
    year
),
figures_today as (
  select
    links.to_code as municipality,
    figures.year,
    links.borders_year,
    links.comparability,
    case when count(figures.manufacturing) = count(*) then sum(figures.manufacturing) end as manufacturing,
    case when count(figures.everyone) = count(*) then sum(figures.everyone) end as everyone,
    max(figures.is_withheld) as is_withheld,
    max(figures.is_preliminary) as is_preliminary,
    count(*) as municipalities
  from figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    figures.year,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
),
answers as (
  select
    municipality,
    year,
    borders_year,
    comparability,
    manufacturing,
    everyone,
    is_withheld,
    is_preliminary,
    municipalities
  from figures_today
  union all
  select
    figures.municipality,
    figures.year,
    figures.year as borders_year,
    'not_comparable' as comparability,
    figures.manufacturing,
    figures.everyone,
    figures.is_withheld,
    figures.is_preliminary,
    1 as municipalities
  from figures
  inner join areas.municipalities as register
    on register.code = figures.municipality
    and register.is_current
  where not exists (
    select 1
    from figures_today
    where figures_today.municipality = figures.municipality
      and figures_today.year = figures.year
  )
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  cast(100 * cast(manufacturing as double) / nullif(everyone, 0) as decimal(28, 6)) as obs_value,
  case
    when (manufacturing is null or everyone is null) and is_withheld = 1 then 'Q'
    when manufacturing is null or everyone is null or everyone = 0 then 'O'
    when year = 2015 then 'B'
    when is_preliminary = 1 then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipalities as n_units,
  manufacturing as numerator,
  everyone as denominator,
  comparability,
  borders_year
from answers
