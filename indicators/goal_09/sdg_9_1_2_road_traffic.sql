/*---
id: sdg_9_1_2_road_traffic
registry: L09-03
title:
  nb: Trafikk på veier med telling
  nn: Trafikk på vegar med teljing
  en: Traffic on counted roads
description:
  nb: Hvor mange kjøretøy som i snitt passerer i døgnet på de veiene i kommunen der trafikken telles. Lange strekninger teller mer enn korte.
  nn: Kor mange køyretøy som i snitt passerer i døgnet på dei vegane i kommunen der trafikken blir talt. Lange strekningar tel meir enn korte.
  en: How many vehicles pass in a day, on average, on those roads of the municipality where traffic is counted. Long stretches weigh more than short ones.
formula:
  nb: Summen av årsdøgntrafikk ganger lengde, delt på summen av lengdene, for strekninger som ligger helt i kommunen og der tallet kommer fra Trafikkdatasystemet, i det nyeste året slike strekninger har. Dekningen er lengden av dem, delt på lengden av alle strekninger med trafikktall som ligger helt i kommunen; under halvparten gir et varsel.
  nn: Summen av årsdøgntrafikk gonger lengd, delt på summen av lengdene, for strekningar som ligg heilt i kommunen og der talet kjem frå Trafikkdatasystemet, i det nyaste året slike strekningar har. Dekninga er lengda av dei, delt på lengda av alle strekningar med trafikktal som ligg heilt i kommunen; under halvparten gjev eit varsel.
  en: Sum of annual average daily traffic times length, divided by the sum of lengths, over stretches that lie wholly in the municipality and whose figure comes from the counting system (Trafikkdatasystemet), in the newest year that such stretches have. Coverage is their length divided by the length of all stretches with a traffic figure that lie wholly in the municipality; less than half gives a warning.
sdg:
  goal: 9
  target: "9.1"
  indicator: "9.1.2"
  name:
    nb: Passasjer- og godsvolum, etter transportmiddel
    nn: Passasjer- og godsvolum, etter transportmiddel
    en: Passenger and freight volumes, by mode of transport
  fidelity: proxy
  why:
    nb: FN spør om volumet av personer og gods. Biler på noen utvalgte veier peker samme vei, men er noe annet.
    nn: FN spør om volumet av personar og gods. Bilar på nokre utvalde vegar peikar same veg, men er noko anna.
    en: The UN asks for volumes of passengers and freight. Vehicles on selected roads point the same way, but are something else.
unit: "{vehicle}/d"
decimals: 0
better: context
geography: municipality
frequency: year
target_image: efficient
roadmap_principle: 3
themes: [TRAN]
keywords:
  nb: [trafikk, årsdøgntrafikk, vei, transport]
  nn: [trafikk, årsdøgntrafikk, veg, transport]
  en: [traffic, annual average daily traffic, road, transport]
does_not_say:
  nb: Det telles mest på store veier, så tallet sier mer om hvor tellerne står enn om trafikken i kommunen. Det skiller ikke innbyggerne fra folk på gjennomreise.
  nn: Det blir talt mest på store vegar, så talet seier meir om kvar teljarane står enn om trafikken i kommunen. Det skil ikkje innbyggjarane frå folk på gjennomreise.
  en: Counting is mostly done on large roads, so the number says more about where the counters are than about traffic in the municipality. It does not separate inhabitants from people passing through.
not_covered:
  nb: Veier der trafikken bare er anslått, strekninger som går over kommunegrensen, og gående, syklende og kollektivreisende.
  nn: Vegar der trafikken berre er anslått, strekningar som går over kommunegrensa, og gåande, syklande og kollektivreisande.
  en: Roads where traffic is only estimated, stretches that cross a municipal border, and people walking, cycling or using public transport.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge trafikken på de samme tellestedene over tid."
    nn: "Følgje trafikken på dei same teljestadene over tid."
    en: "Following traffic at the same counting sites over time."
  discouraged_use:
    nb: "Egner seg dårlig til å sammenligne kommuner eller si hvor mye innbyggerne kjører."
    nn: "Eignar seg dårleg til å samanlikne kommunar eller seie kor mykje innbyggjarane køyrer."
    en: "Poorly suited to comparing municipalities or saying how much inhabitants drive."
  misleads_when:
    nb: "Et nytt tellested på en stor vei hever middelet uten at trafikken har økt."
    nn: "Ein ny teljestad på ein stor veg hevar middelet utan at trafikken har auka."
    en: "A new counting site on a large road raises the mean without traffic having grown."
  decision:
    status: approved
    by: data_owner_mobility
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Summer av passeringer på vei gjennom et år; ingen kan kjennes igjen."
      nn: "Summar av passeringar på veg gjennom eit år; ingen kan kjennast att."
      en: "Sums of passings on roads over a year; nobody can be recognised."
issued: 2026-11-23
example:
  given:
    validated.road_traffic_yearly:
      - {object: "1", municipality: "5001", year: 2023, average_daily_traffic: 40000, basis: Trafikkdatasystemet, road_category: E, length: 1000, municipalities: 1}
      - {object: "2", municipality: "5001", year: 2023, average_daily_traffic: 10000, basis: Trafikkdatasystemet, road_category: F, length: 3000, municipalities: 1}
      - {object: "3", municipality: "5001", year: 2022, average_daily_traffic: 500, basis: Trafikkdatasystemet, road_category: K, length: 2000, municipalities: 1}
      - {object: "4", municipality: "5001", year: 2023, average_daily_traffic: 800, basis: Skjønn, road_category: K, length: 2000, municipalities: 1}
      - {object: "5", municipality: "5001", year: 2023, average_daily_traffic: 9000, basis: Trafikkdatasystemet, road_category: E, length: 5000, municipalities: 2}
      - {object: "5", municipality: "5031", year: 2023, average_daily_traffic: 9000, basis: Trafikkdatasystemet, road_category: E, length: 5000, municipalities: 2}
      - {object: "7", municipality: "5031", year: 2023, average_daily_traffic: 6000, basis: Trafikkdatasystemet, road_category: F, length: 1000, municipalities: 1}
      - {object: "8", municipality: "5031", year: 2021, average_daily_traffic: 300, basis: Skjønn, road_category: K, length: 3000, municipalities: 1}
      - {object: "6", municipality: "4001", year: 2023, average_daily_traffic: 900, basis: Skjønn, road_category: K, length: 4000, municipalities: 1}
    areas.to_borders:
      - {code: "5001", year: 2024, borders_year: 2024, to_code: "5001", method: exact, weight: 1, comparability: exact}
    areas.municipalities:
      - {code: "5001", is_current: true}
      - {code: "5031", is_current: true}
      - {code: "4001", is_current: true}
  expect:
    - {ref_area: "4001", time_period: "2023", obs_value: null, obs_status: N, coverage: 0, n_units: 0, numerator: null, warnings: below_coverage}
    - {ref_area: "5001", time_period: "2023", obs_value: 17500, obs_status: A, coverage: 0.5, n_units: 2, numerator: 70000000, denominator: 4000, borders_year: 2024, warnings: ""}
    - {ref_area: "5031", time_period: "2023", obs_value: 6000, obs_status: A, coverage: 0.25, n_units: 1, warnings: low_coverage}
  explanation:
    nb: To strekninger er talt i 2023, (40 000 × 1000 + 10 000 × 3000) / 4000 meter = 17 500 kjøretøy i døgnet. De er 4000 av 8000 meter vei med trafikktall helt i Trondheim; en telling er eldre, en vei er bare anslått, og en går inn i Malvik. I Malvik er 1000 av 4000 meter talt. I Porsgrunn er ingenting talt.
    nn: To strekningar er talde i 2023, (40 000 × 1000 + 10 000 × 3000) / 4000 meter = 17 500 køyretøy i døgnet. Dei er 4000 av 8000 meter veg med trafikktal heilt i Trondheim; ei teljing er eldre, ein veg er berre anslått, og ein går inn i Malvik. I Malvik er 1000 av 4000 meter talde. I Porsgrunn er ingenting talt.
    en: Two stretches were counted in 2023, (40,000 × 1,000 + 10,000 × 3,000) / 4,000 metres = 17,500 vehicles a day. They are 4,000 of 8,000 metres of road with a traffic figure wholly in Trondheim; one count is older, one road is only estimated, and one runs into Malvik. In Malvik 1,000 of 4,000 metres are counted. In Porsgrunn nothing is counted.
---*/
with stretches as (
  select
    figures.municipality,
    figures.year,
    figures.average_daily_traffic,
    figures.length,
    case when figures.basis = 'Trafikkdatasystemet' then figures.year end as counted_in
  from validated.road_traffic_yearly as figures
  inner join areas.municipalities as register
    on register.code = figures.municipality
    and register.is_current
  where figures.municipalities = 1
    and figures.length > 0
),
newest as (
  select
    municipality,
    coalesce(max(counted_in), max(year)) as year,
    sum(length) as length
  from stretches
  group by municipality
),
counted as (
  select
    stretches.municipality,
    sum(stretches.average_daily_traffic * stretches.length) as vehicle_metres,
    sum(stretches.length) as length,
    count(*) as stretches
  from stretches
  inner join newest
    on newest.municipality = stretches.municipality
    and newest.year = stretches.counted_in
  group by stretches.municipality
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  newest.municipality as ref_area,
  cast(newest.year as varchar) as time_period,
  cast(cast(counted.vehicle_metres as double) / counted.length as decimal(28, 6)) as obs_value,
  case when counted.length is null then 'N' else 'A' end as obs_status,
  cast(cast(coalesce(counted.length, 0) as double) / newest.length as decimal(9, 6)) as coverage,
  coalesce(counted.stretches, 0) as n_units,
  counted.vehicle_metres as numerator,
  counted.length as denominator,
  today.borders_year,
  concat_ws(
    ';',
    case
      when counted.length is null then 'below_coverage'
      when cast(counted.length as double) / newest.length < 0.5 then 'low_coverage'
    end
  ) as warnings
from newest
cross join today
left join counted
  on counted.municipality = newest.municipality
