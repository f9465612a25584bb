/*---
id: station_peak
title:
  nb: Høyeste timeverdier av NO2 per måned
  nn: Høgaste timeverdiar av NO2 per månad
  en: Highest hourly values of NO2 by month
description:
  nb: De 19 høyeste timene hver måned på hver stasjon. Grenseverdien for NO2 tillater 18 timer over 200 µg/m³ i året, så den 19. høyeste timen i året avgjør, og den er alltid blant disse.
  nn: Dei 19 høgaste timane kvar månad på kvar stasjon. Grenseverdien for NO2 tillèt 18 timar over 200 µg/m³ i året, så den 19. høgaste timen i året avgjer, og han er alltid blant desse.
  en: The 19 highest hours of each month at each station. The limit value for NO2 allows 18 hours above 200 µg/m³ a year, so the 19th highest hour of the year decides, and it is always among these.
row:
  nb: Én av de 19 høyeste timene i en måned på en stasjon.
  nn: Éin av dei 19 høgaste timane i ein månad på ein stasjon.
  en: One of the 19 highest hours of a month at a station.
key: [station, component, month, position]
per_period_of: air_quality_hourly
columns:
  - name: station
    type: text
    title: {nb: Stasjon, nn: Stasjon, en: Station}
    description: {nb: Den europeiske stasjonskoden., nn: Den europeiske stasjonskoden., en: The European station code.}
  - name: component
    type: text
    title: {nb: Komponent, nn: Komponent, en: Component}
    description: {nb: Alltid NO2., nn: Alltid NO2., en: Always NO2.}
  - name: month
    type: date
    title: {nb: Måned, nn: Månad, en: Month}
    description: {nb: Første dag i måneden., nn: Første dagen i månaden., en: First day of the month.}
  - name: position
    type: integer
    unit: "1"
    minimum: 1
    maximum: 19
    title: {nb: Plass, nn: Plass, en: Position}
    description: {nb: 1 er den høyeste timen., nn: 1 er den høgaste timen., en: 1 is the highest hour.}
  - name: value
    type: decimal
    unit: ug/m3
    precision: 18
    scale: 8
    title: {nb: Verdi, nn: Verdi, en: Value}
    description: {nb: Timeverdien., nn: Timeverdien., en: The hourly value.}
example:
  given:
    validated.air_quality_hourly:
      - {station: NO0001A, component: NO2, from_time: "2022-01-31T23:00Z", value: 90}
      - {station: NO0001A, component: NO2, from_time: "2022-02-01T00:00Z", value: 110}
      - {station: NO0001A, component: PM10, from_time: "2022-02-01T00:00Z", value: 300}
  expect:
    - {station: NO0001A, component: NO2, month: "2022-02-01", position: 1, value: 110}
    - {station: NO0001A, component: NO2, month: "2022-02-01", position: 2, value: 90}
  explanation:
    nb: Begge NO2-timene hører til februar i norsk normaltid. PM10 har ingen grenseverdi per time og er ikke med.
    nn: Begge NO2-timane høyrer til februar i norsk normaltid. PM10 har ingen grenseverdi per time og er ikkje med.
    en: Both hours of NO2 belong to February in Norwegian standard time. PM10 has no hourly limit value and is left out.
---*/
with hours as (
  select
    station,
    component,
    cast(date_trunc('month', from_time + interval 1 hour) as date) as month,
    value
  from validated.air_quality_hourly
  where component = 'NO2'
    and value is not null
),
ranked_hours as (
  select
    station,
    component,
    month,
    value,
    row_number() over (partition by station, component, month order by value desc) as position
  from hours
)
select
  station,
  component,
  month,
  position,
  value
from ranked_hours
where position <= 19
