/*---
id: stop_service
title:
  nb: Holdeplasser med avganger i uka
  nn: Haldeplassar med avgangar i veka
  en: Stops with their departures a week
description:
  nb: Hvor hver plattform ligger, hva som stopper der, og hvor mange avganger stoppestedet den hører til har i en vanlig uke. En vanlig uke er gjennomsnittet av årets hele uker i rutedataene, også uker uten avganger. Flyplasser er ikke med.
  nn: Kvar kvar plattform ligg, kva som stoppar der, og kor mange avgangar stoppestaden ho høyrer til har i ei vanleg veke. Ei vanleg veke er gjennomsnittet av dei heile vekene i året i rutedataa, også veker utan avgangar. Flyplassar er ikkje med.
  en: Where every platform lies, what stops there, and how many departures the stop place it belongs to has in an ordinary week. An ordinary week is the mean of the year's whole weeks in the timetables, weeks without departures included. Airports are left out.
row:
  nb: Én plattform og ett år.
  nn: Éi plattform og eitt år.
  en: One platform and one year.
key: [stop, year]
columns:
  - name: stop
    type: text
    title: {nb: Plattform, nn: Plattform, en: Platform}
    description: {nb: Plattformens nummer i Nasjonalt stoppestedsregister., nn: Nummeret på plattforma i Nasjonalt stoppestadregister., en: The platform's number in the National Stop Register.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Året ukene begynner i., nn: Året vekene tek til i., en: The year in which the weeks begin.}
  - name: stop_place
    type: text
    title: {nb: Stoppested, nn: Stoppestad, en: Stop place}
    description: {nb: "Stoppestedet plattformen hører til, eller plattformen selv.", nn: "Stoppestaden plattforma høyrer til, eller plattforma sjølv.", en: "The stop place the platform belongs to, or the platform itself."}
  - name: is_high_capacity
    type: boolean
    title: {nb: "Tog, T-bane eller båt", nn: "Tog, T-bane eller båt", en: "Train, metro or boat"}
    description: {nb: "Om det er tog, T-bane eller båt som stopper der; FN regner én kilometer til slike.", nn: "Om det er tog, T-bane eller båt som stoppar der; FN reknar éin kilometer til slike.", en: "Whether it is trains, metro or boats that stop there; the UN reckons one kilometre to such."}
  - name: east
    type: decimal
    unit: m
    precision: 10
    scale: 1
    title: {nb: Øst, nn: Aust, en: East}
    description: {nb: UTM sone 33., nn: UTM sone 33., en: UTM zone 33.}
  - name: north
    type: decimal
    unit: m
    precision: 10
    scale: 1
    title: {nb: Nord, nn: Nord, en: North}
    description: {nb: UTM sone 33., nn: UTM sone 33., en: UTM zone 33.}
  - name: departures
    type: decimal
    unit: "{departure}"
    precision: 28
    scale: 6
    title: {nb: Avganger i uka, nn: Avgangar i veka, en: Departures a week}
    description: {nb: Avganger fra alle plattformer på stoppestedet i en vanlig uke., nn: Avgangar frå alle plattformer på stoppestaden i ei vanleg veke., en: Departures from all platforms of the stop place in an ordinary week.}
example:
  given:
    validated.public_transport_timetable:
      - {stop: "NSR:Quay:1", codespace: RUT, week_start: "2025-01-06", departures: 40, days_covered: 7, stop_place: "NSR:StopPlace:1", mode: bus, east: 262000, north: 6649000}
      - {stop: "NSR:Quay:1", codespace: RUT, week_start: "2025-01-13", departures: 50, days_covered: 7, stop_place: "NSR:StopPlace:1", mode: bus, east: 262000, north: 6649000}
      - {stop: "NSR:Quay:2", codespace: RUT, week_start: "2025-01-06", departures: 31, days_covered: 7, stop_place: "NSR:StopPlace:1", mode: bus, east: 262010, north: 6649020}
      - {stop: "NSR:Quay:2", codespace: RUT, week_start: "2025-01-20", departures: 9, days_covered: 3, stop_place: "NSR:StopPlace:1", mode: bus, east: 262010, north: 6649020}
      - {stop: "NSR:Quay:3", codespace: SJN, week_start: "2025-01-06", departures: 70, days_covered: 7, stop_place: null, mode: rail, east: 263000, north: 6650000}
      - {stop: "NSR:Quay:4", codespace: AVI, week_start: "2025-01-06", departures: 200, days_covered: 7, stop_place: null, mode: air, east: 287000, north: 6679000}
  expect:
    - {stop: "NSR:Quay:1", year: 2025, stop_place: "NSR:StopPlace:1", is_high_capacity: false, departures: 60.5}
    - {stop: "NSR:Quay:2", year: 2025, stop_place: "NSR:StopPlace:1", is_high_capacity: false, departures: 60.5}
    - {stop: "NSR:Quay:3", year: 2025, stop_place: "NSR:Quay:3", is_high_capacity: true, departures: 70}
  explanation:
    nb: Ruter har to hele uker. Den ene plattformen har (40 + 50) / 2 = 45 avganger i en vanlig uke, den andre 31 / 2 = 15,5, fordi den ikke har noen i den andre uka; stoppestedet har 60,5. Uka som bare er dekket tre dager, regnes ikke med, og flyplassen er ikke kollektivtransport i nærheten.
    nn: Ruter har to heile veker. Den eine plattforma har (40 + 50) / 2 = 45 avgangar i ei vanleg veke, den andre 31 / 2 = 15,5, fordi ho ikkje har nokon i den andre veka; stoppestaden har 60,5. Veka som berre er dekt tre dagar, blir ikkje rekna med, og flyplassen er ikkje kollektivtransport i nærleiken.
    en: Ruter has two whole weeks. One platform has (40 + 50) / 2 = 45 departures in an ordinary week, the other 31 / 2 = 15.5, because it has none in the second week; the stop place has 60.5. The week of which only three days are covered does not count, and the airport is no public transport nearby.
---*/
with whole_weeks as (
  select
    codespace,
    cast(year(week_start) as bigint) as year,
    stop,
    week_start,
    departures,
    stop_place,
    mode,
    east,
    north
  from validated.public_transport_timetable
  where days_covered = 7
),
spans as (
  select
    codespace,
    year,
    count(distinct week_start) as weeks
  from whole_weeks
  group by
    codespace,
    year
),
calls as (
  select
    stop,
    codespace,
    year,
    max(coalesce(stop_place, stop)) as stop_place,
    max(case when mode in ('rail', 'metro', 'water') then 1 else 0 end) as high_capacity,
    max(east) as east,
    max(north) as north,
    sum(departures) as departures
  from whole_weeks
  where coalesce(mode, 'bus') <> 'air'
  group by
    stop,
    codespace,
    year
),
platforms as (
  select
    calls.stop,
    calls.year,
    max(calls.stop_place) as stop_place,
    max(calls.high_capacity) as high_capacity,
    max(calls.east) as east,
    max(calls.north) as north,
    sum(cast(cast(calls.departures as double) / spans.weeks as decimal(28, 6))) as departures
  from calls
  inner join spans
    on spans.codespace = calls.codespace
    and spans.year = calls.year
  group by
    calls.stop,
    calls.year
)
select
  stop,
  year,
  stop_place,
  high_capacity = 1 as is_high_capacity,
  east,
  north,
  cast(sum(departures) over (partition by stop_place, year) as decimal(28, 6)) as departures
from platforms
