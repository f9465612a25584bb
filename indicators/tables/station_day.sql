/*---
id: station_day
title:
  nb: Døgn per målestasjon
  nn: Døgn per målestasjon
  en: Days by measuring station
description:
  nb: Summen av de gyldige timene i hvert døgn, slik at døgnmiddel og årsmiddel kan regnes ut uten å lese timene en gang til. Et døgn er et døgn i norsk normaltid (UTC+1) hele året.
  nn: Summen av dei gyldige timane i kvart døgn, slik at døgnmiddel og årsmiddel kan reknast ut utan å lese timane ein gong til. Eit døgn er eit døgn i norsk normaltid (UTC+1) heile året.
  en: The sum of the valid hours of each day, so that daily and annual means can be computed without reading the hours again. A day is a day of Norwegian standard time (UTC+1) all year.
row:
  nb: Én stasjon, én komponent og ett døgn med minst én gyldig time.
  nn: Éin stasjon, éin komponent og eitt døgn med minst éin gyldig time.
  en: One station, one component and one day with at least one valid hour.
key: [station, component, day]
per_period_of: air_quality_hourly
columns:
  - name: station
    type: text
    title: {nb: Stasjon, nn: Stasjon, en: Station}
    description: {nb: Den europeiske stasjonskoden., nn: Den europeiske stasjonskoden., en: The European station code.}
  - name: component
    type: text
    title: {nb: Komponent, nn: Komponent, en: Component}
    description: {nb: Det som måles., nn: Det som blir målt., en: What is measured.}
  - name: day
    type: date
    title: {nb: Døgn, nn: Døgn, en: Day}
    description: {nb: Døgnet i norsk normaltid (UTC+1)., nn: Døgnet i norsk normaltid (UTC+1)., en: The day in Norwegian standard time (UTC+1).}
  - name: hours
    type: integer
    unit: h
    minimum: 1
    maximum: 24
    title: {nb: Gyldige timer, nn: Gyldige timar, en: Valid hours}
    description: {nb: Timer med verdi i døgnet., nn: Timar med verdi i døgnet., en: Hours of the day with a value.}
  - name: total
    type: decimal
    unit: ug/m3
    precision: 28
    scale: 8
    title: {nb: Sum, nn: Sum, en: Sum}
    description: {nb: Summen av timeverdiene; delt på timene gir den døgnmiddelet., nn: Summen av timeverdiane; delt på timane gjev han døgnmiddelet., en: Sum of the hourly values; divided by the hours it gives the daily mean.}
example:
  given:
    validated.air_quality_hourly:
      - {station: NO0001A, component: PM10, from_time: "2022-06-01T22:00Z", value: 99}
      - {station: NO0001A, component: PM10, from_time: "R24/2022-06-01T23:00Z/PT1H", value: 20.5}
      - {station: NO0001A, component: PM10, from_time: "2022-06-02T23:00Z", value: null}
  expect:
    - {station: NO0001A, component: PM10, day: "2022-06-01", hours: 1, total: 99}
    - {station: NO0001A, component: PM10, day: "2022-06-02", hours: 24, total: 492}
  explanation:
    nb: Timen som begynner 22.00 UTC, er den siste i døgnet 1. juni i norsk normaltid. De neste 24 timene er 2. juni, 24 × 20,5 = 492. Timen etter er uten verdi og gir ingen rad.
    nn: Timen som byrjar 22.00 UTC, er den siste i døgnet 1. juni i norsk normaltid. Dei neste 24 timane er 2. juni, 24 × 20,5 = 492. Timen etter er utan verdi og gjev inga rad.
    en: The hour that begins at 22:00 UTC is the last of 1 June in Norwegian standard time. The next 24 hours are 2 June, 24 × 20.5 = 492. The hour after has no value and gives no row.
---*/
select
  station,
  component,
  cast(from_time + interval 1 hour as date) as day,
  count(value) as hours,
  sum(value) as total
from validated.air_quality_hourly
where value is not null
group by
  station,
  component,
  cast(from_time + interval 1 hour as date)
