/*---
id: station_place
title:
  nb: Målestasjoner i dagens kommuner
  nn: Målestasjonar i kommunane i dag
  en: Measuring stations in today's municipalities
description:
  nb: Hvilken kommune hver stasjon for luftkvalitet står i etter dagens grenser. Registeret bruker numrene fra 2020–2023; de følges fram til i dag, og der kommunen er delt, avgjør stasjonens koordinater. En stasjon som ikke kan plasseres sikkert, er ikke med.
  nn: Kva kommune kvar stasjon for luftkvalitet står i etter grensene i dag. Registeret bruker nummera frå 2020–2023; dei blir følgde fram til i dag, og der kommunen er delt, avgjer koordinatane til stasjonen. Ein stasjon som ikkje kan plasserast sikkert, er ikkje med.
  en: Which municipality each air-quality station stands in by today's borders. The register uses the numbers of 2020–2023; they are followed to today, and where the municipality was split the station's coordinates decide. A station that cannot be placed for certain is left out.
row:
  nb: Én målestasjon som kan plasseres i en kommune.
  nn: Éin målestasjon som kan plasserast i ein kommune.
  en: One measuring station that can be placed in a municipality.
key: [station]
columns:
  - name: station
    type: text
    title: {nb: Stasjon, nn: Stasjon, en: Station}
    description: {nb: Den europeiske stasjonskoden., nn: Den europeiske stasjonskoden., en: The European station code.}
  - name: name
    type: text
    title: {nb: Navn, nn: Namn, en: Name}
    description: {nb: Navnet på stasjonen., nn: Namnet på stasjonen., en: Name of the station.}
  - name: type
    type: text
    title: {nb: Type, nn: Type, en: Type}
    description: {nb: Hva som preger lufta ved stasjonen., nn: Kva som pregar lufta ved stasjonen., en: What characterises the air at the station.}
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Kommunen i dagens grenser., nn: Kommunen i grensene i dag., en: The municipality in today's borders.}
  - name: borders_year
    type: integer
    unit: a
    title: {nb: Grenser fra år, nn: Grenser frå år, en: Borders of year}
    description: {nb: Året dagens grenser gjelder fra., nn: Året grensene i dag gjeld frå., en: The year today's borders apply from.}
example:
  given:
    validated.air_quality_stations:
      - {station: NO0060A, name: Elgeseter, municipality: "5001", type: traffic}
      - {station: NO0105A, name: Nygaardsgata, municipality: "3004", type: traffic}
      - {station: NO0070A, name: Grimmerhaugen, municipality: "1507", type: background}
      - {station: NO9999A, name: Delt, municipality: "1507", type: background}
    areas.to_borders:
      - {code: "5001", year: 2023, borders_year: 2024, to_code: "5001", method: exact, weight: 1, comparability: exact}
      - {code: "3004", year: 2023, borders_year: 2024, to_code: "3107", method: exact, weight: 1, comparability: exact}
      - {code: "1507", year: 2023, borders_year: 2024, to_code: "1508", method: not_comparable, weight: null, comparability: not_comparable}
      - {code: "1507", year: 2023, borders_year: 2024, to_code: "1580", method: not_comparable, weight: null, comparability: not_comparable}
  expect:
    - {station: NO0060A, name: Elgeseter, municipality: "5001", borders_year: 2024}
    - {station: NO0070A, name: Grimmerhaugen, municipality: "1508", borders_year: 2024}
    - {station: NO0105A, name: Nygaardsgata, municipality: "3107", borders_year: 2024}
  explanation:
    nb: Fredrikstad fikk nytt nummer i 2024. Ålesund (1507) ble delt; Grimmerhaugen står i tabellen over stasjoner i delte kommuner, den siste stasjonen gjør ikke det og er derfor ikke med.
    nn: Fredrikstad fekk nytt nummer i 2024. Ålesund (1507) vart delt; Grimmerhaugen står i tabellen over stasjonar i delte kommunar, den siste stasjonen gjer ikkje det og er difor ikkje med.
    en: Fredrikstad got a new number in 2024. Ålesund (1507) was split; Grimmerhaugen is in the table of stations in split municipalities, the last station is not and is therefore left out.
---*/
with today as (
  select max(borders_year) as borders_year
  from areas.to_borders
),
followed as (
  select
    stations.station,
    links.to_code as municipality
  from validated.air_quality_stations as stations
  inner join areas.to_borders as links
    on links.code = stations.municipality
    and links.year = 2023
  inner join today
    on today.borders_year = links.borders_year
  where links.method in ('exact', 'summed')
),
placed as (
  select
    stations.station,
    stations.name,
    stations.type,
    coalesce(places.municipality, followed.municipality) as municipality
  from validated.air_quality_stations as stations
  left join reference.station_places as places
    on places.station = stations.station
  left join followed
    on followed.station = stations.station
)
select
  placed.station,
  placed.name,
  placed.type,
  placed.municipality,
  today.borders_year
from placed
cross join today
where placed.municipality is not null
