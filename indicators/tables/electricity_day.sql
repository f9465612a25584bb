/*---
id: electricity_day
title:
  nb: Strøm per døgn
  nn: Straum per døgn
  en: Electricity by day
description:
  nb: Summen av timene i hvert døgn, slik klokka i Oslo deler dem. Et døgn kan ha 23 eller 25 timer. Sommertiden begynner og slutter kl. 01 UTC siste søndag i mars og oktober.
  nn: Summen av timane i kvart døgn, slik klokka i Oslo deler dei. Eit døgn kan ha 23 eller 25 timar. Sommartida byrjar og sluttar kl. 01 UTC siste søndag i mars og oktober.
  en: The sum of the hours of each day, as the clocks of Oslo divide them. A day may have 23 or 25 hours. Summer time begins and ends at 01 UTC on the last Sunday of March and October.
row:
  nb: Én kommune, én slags forbruker og ett døgn.
  nn: Éin kommune, eitt slag forbrukar og eitt døgn.
  en: One municipality, one kind of consumer and one day.
key: [municipality, consumption_group, day]
per_period_of: electricity_consumption_hourly
columns:
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Som i kilden., nn: Som i kjelda., en: As at the source.}
  - name: consumption_group
    type: text
    title: {nb: Forbruksgruppe, nn: Forbruksgruppe, en: Consumer group}
    description: {nb: Hvem som bruker strømmen., nn: Kven som bruker straumen., en: Who uses the electricity.}
  - name: day
    type: date
    title: {nb: Døgn, nn: Døgn, en: Day}
    description: {nb: Datoen etter klokka i Oslo., nn: Datoen etter klokka i Oslo., en: The date by the clocks of Oslo.}
  - name: hours
    type: integer
    unit: h
    minimum: 1
    maximum: 25
    title: {nb: Timer, nn: Timar, en: Hours}
    description: {nb: Timer med tall., nn: Timar med tal., en: Hours with a figure.}
  - name: energy
    type: decimal
    unit: kW.h
    precision: 28
    scale: 6
    title: {nb: Forbruk, nn: Forbruk, en: Consumption}
    description: {nb: Summen av timene., nn: Summen av timane., en: The sum of the hours.}
example:
  given:
    validated.electricity_consumption_hourly:
      - {municipality: "4001", consumption_group: private, from_time: "R2/2024-03-30T22:00Z/PT1H", energy: 10}
      - {municipality: "4001", consumption_group: private, from_time: "2024-03-31T00:00Z", energy: 1}
      - {municipality: "4001", consumption_group: private, from_time: "2024-03-31T01:00Z", energy: 2}
      - {municipality: "4001", consumption_group: private, from_time: "2024-03-31T21:00Z", energy: 4}
      - {municipality: "4001", consumption_group: private, from_time: "2024-03-31T22:00Z", energy: 8}
  expect:
    - {municipality: "4001", consumption_group: private, day: "2024-03-30", hours: 1, energy: 10}
    - {municipality: "4001", consumption_group: private, day: "2024-03-31", hours: 4, energy: 17}
    - {municipality: "4001", consumption_group: private, day: "2024-04-01", hours: 1, energy: 8}
  explanation:
    nb: Natten til 31. mars 2024 ble klokka stilt fram kl. 01 UTC. Kl. 23 UTC den 30. er midnatt i Oslo, og kl. 22 UTC den 31. er alt 1. april. Den 31. får timene 10 + 1 + 2 + 4 = 17.
    nn: Natta til 31. mars 2024 vart klokka stilt fram kl. 01 UTC. Kl. 23 UTC den 30. er midnatt i Oslo, og kl. 22 UTC den 31. er alt 1. april. Den 31. får timane 10 + 1 + 2 + 4 = 17.
    en: In the night to 31 March 2024 clocks went forward at 01 UTC. 23 UTC on the 30th is midnight in Oslo, and 22 UTC on the 31st is already 1 April. The 31st gets the hours 10 + 1 + 2 + 4 = 17.
---*/
with summer_times as (
  select
    municipality,
    consumption_group,
    from_time,
    energy,
    date_trunc('week', cast(cast(year(from_time) as varchar) || '-04-01' as date) + interval 1 hour) - interval 23 hour as begins_at,
    date_trunc('week', cast(cast(year(from_time) as varchar) || '-11-01' as date) + interval 1 hour) - interval 23 hour as ends_at
  from validated.electricity_consumption_hourly
),
local_hours as (
  select
    municipality,
    consumption_group,
    cast(
      case
        when from_time >= begins_at and from_time < ends_at then from_time + interval 2 hour
        else from_time + interval 1 hour
      end as date
    ) as day,
    energy
  from summer_times
)
select
  municipality,
  consumption_group,
  day,
  count(*) as hours,
  sum(energy) as energy
from local_hours
group by
  municipality,
  consumption_group,
  day
