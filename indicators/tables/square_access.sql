/*---
id: square_access
title:
  nb: Avstand fra rutene folk bor i til holdeplass
  nn: Avstand frå rutene folk bur i til haldeplass
  en: Distance from the squares people live in to a stop
description:
  nb: For hver rute på 250 meter om det finnes en holdeplass innen gangavstand fra midten, og hvor langt det er i luftlinje til nærmeste stoppested med minst 60 avganger i uka. Regnes ut med vanlig regning på koordinater i meter – holdeplassene legges i ruter på én kilometer, og bare naboruter sammenlignes. Publiseres ikke.
  nn: For kvar rute på 250 meter om det finst ein haldeplass innan gangavstand frå midten, og kor langt det er i luftline til næraste stoppestad med minst 60 avgangar i veka. Blir rekna ut med vanleg rekning på koordinatar i meter – haldeplassane blir lagde i ruter på éin kilometer, og berre naboruter blir samanlikna. Blir ikkje publisert.
  en: For every square of 250 metres whether there is a stop within walking distance of its centre, and how far it is in a straight line to the nearest stop place with at least 60 departures a week. Computed with plain arithmetic on coordinates in metres – stops are put into squares of one kilometre, and only neighbouring squares are compared. Not published.
row:
  nb: Én rute og ett år.
  nn: Éi rute og eitt år.
  en: One square and one year.
key: [cell, year]
per_period_of: population_grid
columns:
  - name: cell
    type: text
    title: {nb: Rute, nn: Rute, en: Square}
    description: {nb: Rutens nummer., nn: Nummeret på ruta., en: The number of the square.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Året for både bosatte og rutetabell., nn: Året for både busette og rutetabell., en: The year of both residents and timetable.}
  - name: municipality
    type: text
    title: {nb: Kommune, nn: Kommune, en: Municipality}
    description: {nb: Kommunenummeret det året., nn: Kommunenummeret det året., en: The municipality number of that year.}
  - name: population
    type: integer
    unit: "{person}"
    title: {nb: Bosatte, nn: Busette, en: Residents}
    description: {nb: Bosatte i ruten., nn: Busette i ruta., en: Residents of the square.}
  - name: is_near_a_stop
    type: boolean
    title: {nb: Nær en holdeplass, nn: Nær ein haldeplass, en: Near a stop}
    description: {nb: "Høyst 500 meter til en holdeplass, eller høyst én kilometer til tog, T-bane eller båt.", nn: "Høgst 500 meter til ein haldeplass, eller høgst éin kilometer til tog, T-bane eller båt.", en: "At most 500 metres to a stop, or at most one kilometre to train, metro or boat."}
  - name: served_stop
    type: text
    title: {nb: Stoppested med minst 60 avganger i uka, nn: Stoppestad med minst 60 avgangar i veka, en: Stop place with at least 60 departures a week}
    description: {nb: Hvor langt det er til det nærmeste., nn: Kor langt det er til den næraste., en: How far it is to the nearest one.}
    codes:
      within_500: {nb: høyst 500 meter, nn: høgst 500 meter, en: at most 500 metres}
      within_1000: {nb: over 500 og høyst 1000 meter, nn: over 500 og høgst 1000 meter, en: more than 500 and at most 1000 metres}
      beyond_1000: {nb: over 1000 meter, nn: over 1000 meter, en: more than 1000 metres}
example:
  given:
    validated.population_grid:
      - {cell: "22620006649000", year: 2025, municipality: "0301", population: 40}
      - {cell: "22625006649000", year: 2025, municipality: "0301", population: 30}
      - {cell: "22632506649000", year: 2025, municipality: "0301", population: 20}
      - {cell: "22700006649000", year: 2025, municipality: "0301", population: 10}
    tables.stop_service:
      - {stop: A, year: 2025, stop_place: A, is_high_capacity: false, east: 261625, north: 6649125, departures: 60}
      - {stop: B, year: 2025, stop_place: B, is_high_capacity: true, east: 264125, north: 6649625, departures: 59.5}
      - {stop: C, year: 2024, stop_place: C, is_high_capacity: true, east: 270125, north: 6649125, departures: 500}
  expect:
    - {cell: "22620006649000", year: 2025, municipality: "0301", population: 40, is_near_a_stop: true, served_stop: within_500}
    - {cell: "22625006649000", year: 2025, population: 30, is_near_a_stop: false, served_stop: within_1000}
    - {cell: "22632506649000", year: 2025, population: 20, is_near_a_stop: true, served_stop: beyond_1000}
    - {cell: "22700006649000", year: 2025, population: 10, is_near_a_stop: false, served_stop: beyond_1000}
  explanation:
    nb: Den første ruten har midten i øst 262 125, nøyaktig 500 meter fra A, som har 60 avganger i uka. Den andre er 1000 meter fra A, nøyaktig den neste grensen, og langt fra B. Den tredje har midten i øst 263 375; til B er det 750 meter mot øst og 500 mot nord, 901 meter, og B er et tog. Men B har bare 59,5 avganger. Holdeplassen C hadde avganger bare året før.
    nn: Den første ruta har midten i aust 262 125, nøyaktig 500 meter frå A, som har 60 avgangar i veka. Den andre er 1000 meter frå A, nøyaktig den neste grensa, og langt frå B. Den tredje har midten i aust 263 375; til B er det 750 meter mot aust og 500 mot nord, 901 meter, og B er eit tog. Men B har berre 59,5 avgangar. Haldeplassen C hadde avgangar berre året før.
    en: The first square has its centre at east 262,125, exactly 500 metres from A, which has 60 departures a week. The second is 1000 metres from A, exactly the next limit, and far from B. The third has its centre at east 263,375; to B it is 750 metres east and 500 north, 901 metres, and B is a train. But B has only 59.5 departures. Stop C had departures only the year before.
---*/
with steps as (
  select -1 as step
  union all
  select 0 as step
  union all
  select 1 as step
),
stops as (
  select
    service.year,
    service.east,
    service.north,
    service.is_high_capacity,
    service.departures,
    cast(floor(service.east / 1000) as bigint) + across.step as kilometre_east,
    cast(floor(service.north / 1000) as bigint) + along.step as kilometre_north
  from tables.stop_service as service
  cross join steps as across
  cross join steps as along
),
squares as (
  select
    cell,
    year,
    municipality,
    population,
    cast(substring(cell, 1, 7) as bigint) - 2000000 + 125 as east,
    cast(substring(cell, 8, 7) as bigint) + 125 as north
  from validated.population_grid as grid
  where exists (
    select 1
    from tables.stop_service as service
    where service.year = grid.year
  )
),
pairs as (
  select
    squares.cell,
    squares.year,
    stops.is_high_capacity,
    stops.departures,
    (stops.east - squares.east) * (stops.east - squares.east) + (stops.north - squares.north) * (stops.north - squares.north) as square_metres
  from squares
  inner join stops
    on stops.year = squares.year
    and stops.kilometre_east = cast(floor(squares.east / 1000) as bigint)
    and stops.kilometre_north = cast(floor(squares.north / 1000) as bigint)
),
nearest as (
  select
    cell,
    year,
    max(case when square_metres <= 250000 or (is_high_capacity and square_metres <= 1000000) then 1 else 0 end) as near_a_stop,
    min(case when departures >= 60 then square_metres end) as served_square_metres
  from pairs
  group by
    cell,
    year
)
select
  squares.cell,
  squares.year,
  squares.municipality,
  squares.population,
  coalesce(nearest.near_a_stop, 0) = 1 as is_near_a_stop,
  case
    when nearest.served_square_metres <= 250000 then 'within_500'
    when nearest.served_square_metres <= 1000000 then 'within_1000'
    else 'beyond_1000'
  end as served_stop
from squares
left join nearest
  on nearest.cell = squares.cell
  and nearest.year = squares.year
