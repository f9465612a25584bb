/*---
id: sdg_11_2_bicycle_trips
title:
  nb: Turer med bysykkel
  nn: Turar med bysykkel
  en: City-bike trips
description:
  nb: Hvor mange turer som ble tatt med bysykkelen i måneden, i byene som har en ordning med åpne data.
  nn: Kor mange turar som vart tekne med bysykkelen i månaden, i byane som har ei ordning med opne data.
  en: How many trips were taken with city bikes in the month, in the towns with a scheme that has open data.
formula:
  nb: Antall turer som begynte i måneden (UTC, slik operatøren fører dem), på minst ett minutt. Dekningen er andelen av månedens dager med minst én tur. Under fem turer vises ikke.
  nn: Talet på turar som byrja i månaden (UTC, slik operatøren fører dei), på minst eitt minutt. Dekninga er delen av dagane i månaden med minst éin tur. Under fem turar blir ikkje vist.
  en: Number of trips that began in the month (UTC, as the operator files them), of at least one minute. Coverage is the share of the month's days with at least one trip. Fewer than five trips are not shown.
sdg:
  goal: 11
  target: "11.2"
  name:
    nb: Innen 2030 gi alle tilgang til trygge, rimelige, tilgjengelige og bærekraftige transportsystemer og bedre trafikksikkerheten
    nn: Innan 2030 gje alle tilgang til trygge, rimelege, tilgjengelege og berekraftige transportsystem og betre trafikktryggleiken
    en: By 2030, provide access to safe, affordable, accessible and sustainable transport systems for all, improving road safety
  fidelity: proxy
  why:
    nb: FN måler hvor mange som bor nær kollektivtransport. Bysykkelturer viser bruk av én form for bærekraftig transport, ikke tilgangen til transport.
    nn: FN måler kor mange som bur nær kollektivtransport. Bysykkelturar viser bruk av éi form for berekraftig transport, ikkje tilgangen til transport.
    en: The UN measures how many live close to public transport. City-bike trips show the use of one kind of sustainable transport, not access to transport.
unit: "{trip}"
decimals: 0
better: context
geography: municipality
frequency: month
target_image: attractive
roadmap_principle: 3
themes: [TRAN]
keywords:
  nb: [bysykkel, sykkel, mikromobilitet, transport]
  nn: [bysykkel, sykkel, mikromobilitet, transport]
  en: [city bike, bicycle, micromobility, transport]
crosswalk:
  u4ssc: "EC: I: T: 6A"
  eu_vlr: Shared bicycles
does_not_say:
  nb: Turtallet følger været, sesongen og hvor mange sykler som er ute, og sier lite om hvor mye folk sykler ellers. Derfor har tallet ingen god eller dårlig retning. En måned der sesongen begynte eller sluttet har lav dekning.
  nn: Turtalet følgjer vêret, sesongen og kor mange syklar som er ute, og seier lite om kor mykje folk syklar elles. Difor har talet inga god eller dårleg retning. Ein månad der sesongen byrja eller slutta har låg dekning.
  en: The number of trips follows the weather, the season and how many bikes are out, and says little about how much people cycle otherwise. So the number has no good or bad direction. A month in which the season began or ended has low coverage.
not_covered:
  nb: Egne sykler, elsparkesykler og byer uten bysykkel. Måneder utenom sesongen har ingen rad.
  nn: Eigne syklar, elsparkesyklar og byar utan bysykkel. Månader utanom sesongen har inga rad.
  en: People's own bikes, e-scooters and towns without city bikes. Months outside the season have no row.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvordan bruken av bysyklene svinger gjennom sesongen."
    nn: "Sjå korleis bruken av bysyklane svingar gjennom sesongen."
    en: "Seeing how the use of city bikes swings through the season."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvor mye folk sykler ellers."
    nn: "Eignar seg dårleg til å seie kor mykje folk syklar elles."
    en: "Poorly suited to saying how much people cycle otherwise."
  misleads_when:
    nb: "Flere sykler ute eller en lengre sesong gir flere turer uten at flere sykler."
    nn: "Fleire syklar ute eller ein lengre sesong gjev fleire turar utan at fleire folk syklar."
    en: "More bikes on the street or a longer season give more trips without more people cycling."
  decision:
    status: approved
    by: data_owner_mobility
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Turene publiseres ikke. Antallet per måned peker ikke på noen og sier ikke noe om samer som gruppe."
      nn: "Turane blir ikkje publiserte. Talet per månad peikar ikkje på nokon og seier ikkje noko om samar som gruppe."
      en: "The trips are not published. The number per month points to nobody and says nothing about the Sámi as a group."
issued: 2026-11-23
example:
  given:
    validated.bike_trips:
      - {system: oslobysykkel.no, municipality: "0301", started_at: "R30/2022-04-01T08:00Z/P1D", ended_at: "2022-04-30T09:00Z", duration: 600, start_station: "1", end_station: "2"}
      - {system: oslobysykkel.no, municipality: "0301", started_at: "2022-04-30T23:30Z", ended_at: "2022-04-30T23:50Z", duration: 1200, start_station: "2", end_station: "1"}
      - {system: oslobysykkel.no, municipality: "0301", started_at: "R5/2022-12-01T08:00Z/P1D", ended_at: "2022-12-31T09:00Z", duration: 600, start_station: "1", end_station: "2"}
      - {system: bergenbysykkel.no, municipality: "4601", started_at: "R4/2022-12-01T08:00Z/P1D", ended_at: "2022-12-31T09:00Z", duration: 600, start_station: "1", end_station: "2"}
    areas.to_borders:
      - {code: "0301", year: 2022, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "0301", time_period: 2022-04, obs_value: 31, obs_status: A, coverage: 1, n_units: 2, numerator: 31, warnings: "", borders_year: 2024}
    - {ref_area: "0301", time_period: 2022-12, obs_value: 5, obs_status: A, coverage: 0.16129, n_units: 1, numerator: 5, warnings: partial_period}
    - {ref_area: "4601", time_period: 2022-12, obs_value: null, obs_status: Q, coverage: 0.129032, n_units: null, numerator: null, warnings: partial_period;redacted}
  explanation:
    nb: April har en tur hver dag, og én til som begynner 30. april kl. 23.30 UTC. Den hører til april selv om det er 1. mai i Norge. I desember har Oslo fem turer på 5 av 31 dager. Bergen har fire, som er for få til å vises.
    nn: April har ein tur kvar dag, og éin til som byrjar 30. april kl. 23.30 UTC. Han høyrer til april sjølv om det er 1. mai i Noreg. I desember har Oslo fem turar på 5 av 31 dagar. Bergen har fire, som er for få til å visast.
    en: April has a trip every day, and one more that begins on 30 April at 23:30 UTC. It belongs to April although it is 1 May in Norway. In December Oslo has five trips on 5 of 31 days. Bergen has four, which are too few to show.
---*/
with trips as (
  select
    municipality,
    cast(date_trunc('month', started_at) as date) as month,
    cast(started_at as date) as day,
    start_station
  from validated.bike_trips
),
municipal_months as (
  select
    municipality,
    month,
    count(*) as trips,
    count(distinct day) as days,
    day(last_day(month)) as days_in_month,
    count(distinct start_station) as stations
  from trips
  group by
    municipality,
    month
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  municipal_months.municipality as ref_area,
  cast(year(municipal_months.month) as varchar) || '-' || lpad(cast(month(municipal_months.month) as varchar), 2, '0') as time_period,
  case when municipal_months.trips >= 5 then municipal_months.trips end as obs_value,
  case when municipal_months.trips >= 5 then 'A' else 'Q' end as obs_status,
  cast(cast(municipal_months.days as double) / municipal_months.days_in_month as decimal(9, 6)) as coverage,
  case when municipal_months.trips >= 5 then municipal_months.stations end as n_units,
  case when municipal_months.trips >= 5 then municipal_months.trips end as numerator,
  cast(null as decimal(38, 6)) as denominator,
  today.borders_year,
  concat_ws(';', case when municipal_months.days < municipal_months.days_in_month then 'partial_period' end) as warnings
from municipal_months
cross join today
