/*---
id: municipality_air_year
title:
  nb: Luftkvalitet i dagens kommuner, år for år
  nn: Luftkvalitet i kommunane i dag, år for år
  en: Air quality of today's municipalities, year by year
description:
  nb: Årsverdiene ved målestasjonene i hver kommune satt sammen, for hver komponent og hvert år. Bare stasjoner med årsmiddel, altså med minst 85 prosent gyldige timer, teller; har ingen det, står raden uten tall og med dekningen til stasjonene som finnes.
  nn: Årsverdiane ved målestasjonane i kvar kommune sette saman, for kvar komponent og kvart år. Berre stasjonar med årsmiddel, altså med minst 85 prosent gyldige timar, tel; har ingen det, står rada utan tal og med dekninga til stasjonane som finst.
  en: The annual values at the measuring stations of each municipality put together, for each component and year. Only stations with an annual mean, that is with at least 85 per cent valid hours, count; if none has one, the row stands without figures and with the coverage of the stations there are.
row:
  nb: Én kommune i dagens grenser, én komponent, ett år og én gruppe stasjoner.
  nn: Éin kommune i grensene i dag, éin komponent, eitt år og éi gruppe stasjonar.
  en: One municipality in today's borders, one component, one year and one group of stations.
key: [municipality, component, year, breakdown]
columns:
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Kommunen i dagens grenser., nn: Kommunen i grensene i dag., en: The municipality in today's borders.}
  - name: component
    type: text
    title: {nb: Komponent, nn: Komponent, en: Component}
    description: {nb: Det som måles., nn: Det som blir målt., en: What is measured.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Året i norsk normaltid (UTC+1)., nn: Året i norsk normaltid (UTC+1)., en: The year in Norwegian standard time (UTC+1).}
  - name: breakdown
    type: text
    title: {nb: Stasjoner, nn: Stasjonar, en: Stations}
    description:
      nb: Hvilke stasjoner raden gjelder. Tom for alle, station_type for én type, basis=hourly for dem med timeverdier, station=worst for det høyeste årsmiddelet.
      nn: Kva stasjonar rada gjeld. Tom for alle, station_type for éin type, basis=hourly for dei med timeverdiar, station=worst for det høgaste årsmiddelet.
      en: Which stations the row is about. Empty for all, station_type for one type, basis=hourly for those with hourly values, station=worst for the highest annual mean.
  - name: stations
    type: integer
    unit: "1"
    title: {nb: Stasjoner som teller, nn: Stasjonar som tel, en: Stations that count}
    description: {nb: Stasjoner med årsmiddel., nn: Stasjonar med årsmiddel., en: Stations with an annual mean.}
  - name: valid_hours
    type: integer
    unit: h
    title: {nb: Gyldige timer, nn: Gyldige timar, en: Valid hours}
    description:
      nb: Timer med verdi ved stasjonene som teller, eller ved alle når ingen teller.
      nn: Timar med verdi ved stasjonane som tel, eller ved alle når ingen tel.
      en: Hours with a value at the stations that count, or at all when none counts.
  - name: hours_in_year
    type: integer
    unit: h
    title: {nb: Timer i året, nn: Timar i året, en: Hours in the year}
    description:
      nb: Alle timene i året ved de samme stasjonene.
      nn: Alle timane i året ved dei same stasjonane.
      en: All hours of the year at the same stations.
  - name: coverage
    type: decimal
    unit: "1"
    precision: 9
    scale: 6
    title: {nb: Dekning, nn: Dekning, en: Coverage}
    description: {nb: Gyldige timer delt på timer i året., nn: Gyldige timar delt på timar i året., en: Valid hours divided by hours in the year.}
  - name: has_daily
    type: boolean
    title: {nb: Har døgnverdier, nn: Har døgnverdiar, en: Has daily values}
    description:
      nb: Om årsmiddelet ved noen stasjon som teller, er regnet av døgnverdier. Da er det et anslag.
      nn: Om årsmiddelet ved nokon stasjon som tel, er rekna av døgnverdiar. Då er det eit overslag.
      en: Whether the annual mean of any station that counts is computed from daily values. It is an estimate then.
  - name: numerator
    type: decimal
    unit: ug/m3
    precision: 28
    scale: 6
    nullable: true
    title: {nb: Teller, nn: Teljar, en: Numerator}
    description:
      nb: Summen av årsmidlene, og for station=worst det høyeste av dem. Tom når ingen stasjon teller.
      nn: Summen av årsmidla, og for station=worst det høgaste av dei. Tom når ingen stasjon tel.
      en: The sum of the annual means, and for station=worst the highest of them. Empty when no station counts.
  - name: denominator
    type: integer
    unit: "1"
    title: {nb: Nevner, nn: Nemnar, en: Denominator}
    description:
      nb: Antallet årsmidler i telleren.
      nn: Talet på årsmiddel i teljaren.
      en: Number of annual means in the numerator.
  - name: days_above_limit
    type: integer
    unit: d
    nullable: true
    title: {nb: Døgn over grenseverdien, nn: Døgn over grenseverdien, en: Days above the limit value}
    description:
      nb: Døgn over døgngrenseverdien på den stasjonen som teller og har flest. Tom for komponenter uten døgngrenseverdi.
      nn: Døgn over døgngrenseverdien på den stasjonen som tel og har flest. Tom for komponentar utan døgngrenseverdi.
      en: Days above the daily limit value at the station that counts and has most. Empty for components without one.
  - name: days_above_criterion
    type: integer
    unit: d
    nullable: true
    title: {nb: Døgn over helsekriteriet, nn: Døgn over helsekriteriet, en: Days above the health criterion}
    description:
      nb: Døgn over luftkvalitetskriteriet for døgn på den stasjonen som teller og har flest. Tom for komponenter uten et slikt.
      nn: Døgn over luftkvalitetskriteriet for døgn på den stasjonen som tel og har flest. Tom for komponentar utan eit slikt.
      en: Days above the daily air-quality criterion at the station that counts and has most. Empty for components without one.
  - name: hourly_19th_highest
    type: decimal
    unit: ug/m3
    precision: 18
    scale: 8
    nullable: true
    title: {nb: 19. høyeste time, nn: 19. høgaste time, en: 19th highest hour}
    description:
      nb: Den 19. høyeste timen av NO2 på den stasjonen som teller og har den høyeste. Tom for andre komponenter og uten timeverdier.
      nn: Den 19. høgaste timen av NO2 på den stasjonen som tel og har den høgaste. Tom for andre komponentar og utan timeverdiar.
      en: The 19th highest hour of NO2 at the station that counts and has the highest. Empty for other components and without hourly values.
  - name: borders_year
    type: integer
    unit: a
    title: {nb: Grenser fra år, nn: Grenser frå år, en: Borders of year}
    description: {nb: Året dagens grenser gjelder fra., nn: Året grensene i dag gjeld frå., en: The year today's borders apply from.}
example:
  given:
    tables.station_year:
      - {station: NO0001A, component: PM10, year: 2022, basis: hourly, valid_hours: 8760, hours_in_year: 8760, annual_mean: 14.5, days_above_limit: 12, days_above_criterion: 31}
      - {station: NO0002A, component: PM10, year: 2022, basis: daily, valid_hours: 7884, hours_in_year: 8760, annual_mean: 21.5, days_above_limit: 27, days_above_criterion: 30}
      - {station: NO0003A, component: PM10, year: 2022, basis: hourly, valid_hours: 4380, hours_in_year: 8760, annual_mean: null, days_above_limit: 40, days_above_criterion: 80}
      - {station: NO0003A, component: PM10, year: 2021, basis: daily, valid_hours: 4380, hours_in_year: 8760, annual_mean: null, days_above_limit: 40, days_above_criterion: 80}
      - {station: NO0001A, component: NO2, year: 2020, basis: hourly, valid_hours: 8784, hours_in_year: 8784, annual_mean: 30, days_above_criterion: 9, hourly_19th_highest: 163.25}
    tables.station_place:
      - {station: NO0001A, type: background, municipality: "5001", borders_year: 2024}
      - {station: NO0002A, type: traffic, municipality: "5001", borders_year: 2024}
      - {station: NO0003A, type: traffic, municipality: "5001", borders_year: 2024}
  expect:
    - {municipality: "5001", component: NO2, year: 2020, breakdown: "", stations: 1, coverage: 1, numerator: 30, denominator: 1, days_above_limit: null, days_above_criterion: 9, hourly_19th_highest: 163.25}
    - {municipality: "5001", component: NO2, year: 2020, breakdown: basis=hourly, stations: 1, hourly_19th_highest: 163.25}
    - {municipality: "5001", component: NO2, year: 2020, breakdown: station=worst, stations: 1, numerator: 30}
    - {municipality: "5001", component: NO2, year: 2020, breakdown: station_type=background, stations: 1, numerator: 30}
    - {municipality: "5001", component: PM10, year: 2021, breakdown: "", stations: 0, valid_hours: 4380, coverage: 0.5, has_daily: false, numerator: null, denominator: 0, days_above_limit: null, days_above_criterion: null}
    - {municipality: "5001", component: PM10, year: 2022, breakdown: "", stations: 2, valid_hours: 16644, hours_in_year: 17520, coverage: 0.95, has_daily: true, numerator: 36, denominator: 2, days_above_limit: 27, days_above_criterion: 31, hourly_19th_highest: null, borders_year: 2024}
    - {municipality: "5001", component: PM10, year: 2022, breakdown: basis=hourly, stations: 1, coverage: 1, has_daily: false, numerator: 14.5, denominator: 1, days_above_limit: 12, days_above_criterion: 31}
    - {municipality: "5001", component: PM10, year: 2022, breakdown: station=worst, stations: 2, coverage: 0.95, has_daily: true, numerator: 21.5, denominator: 1, days_above_limit: 27, days_above_criterion: 31}
    - {municipality: "5001", component: PM10, year: 2022, breakdown: station_type=background, stations: 1, coverage: 1, has_daily: false, numerator: 14.5, denominator: 1}
    - {municipality: "5001", component: PM10, year: 2022, breakdown: station_type=traffic, stations: 1, coverage: 0.9, has_daily: true, numerator: 21.5, denominator: 1}
  explanation:
    nb: To stasjoner har nok PM10-målinger i 2022, til sammen 14,5 + 21,5 = 36 for 2 stasjoner; det høyeste årsmiddelet er 21,5. Flest døgn over grensen er 27 og over kriteriet 31, på hver sin stasjon. Den tredje har bare halvparten av timene, så verken den eller dens 40 døgn teller, og i 2021 er den alene. Dekningen er (8760 + 7884) / (2 × 8760) = 0,95.
    nn: To stasjonar har nok PM10-målingar i 2022, til saman 14,5 + 21,5 = 36 for 2 stasjonar; det høgaste årsmiddelet er 21,5. Flest døgn over grensa er 27 og over kriteriet 31, på kvar sin stasjon. Den tredje har berre halvparten av timane, så verken han eller dei 40 døgna derifrå tel, og i 2021 er han åleine. Dekninga er (8760 + 7884) / (2 × 8760) = 0,95.
    en: Two stations have enough measurements of PM10 in 2022, together 14.5 + 21.5 = 36 for 2 stations; the highest annual mean is 21.5. Most days above the limit are 27 and above the criterion 31, each at its own station. The third has only half of the hours, so neither it nor its 40 days count, and in 2021 it is alone. Coverage is (8760 + 7884) / (2 × 8760) = 0.95.
---*/
with station_years as (
  select
    places.municipality,
    places.borders_year,
    places.type,
    years.component,
    years.year,
    years.basis,
    years.valid_hours,
    years.hours_in_year,
    years.annual_mean,
    case when years.annual_mean is not null then 1 else 0 end as counts,
    years.days_above_limit,
    years.days_above_criterion,
    years.hourly_19th_highest
  from tables.station_year as years
  inner join tables.station_place as places
    on places.station = years.station
),
groups as (
  select
    '' as breakdown,
    station_years.*
  from station_years
  union all
  select
    'basis=hourly' as breakdown,
    station_years.*
  from station_years
  where basis = 'hourly'
  union all
  select
    'station_type=' || type as breakdown,
    station_years.*
  from station_years
  where counts = 1
),
municipal_years as (
  select
    municipality,
    component,
    year,
    breakdown,
    sum(counts) as stations,
    coalesce(sum(case when counts = 1 then valid_hours end), sum(valid_hours)) as valid_hours,
    coalesce(sum(case when counts = 1 then hours_in_year end), sum(hours_in_year)) as hours_in_year,
    max(case when counts = 1 and basis = 'daily' then 1 else 0 end) = 1 as has_daily,
    sum(annual_mean) as total,
    max(annual_mean) as highest,
    max(case when counts = 1 then days_above_limit end) as days_above_limit,
    max(case when counts = 1 then days_above_criterion end) as days_above_criterion,
    max(case when counts = 1 then hourly_19th_highest end) as hourly_19th_highest,
    borders_year
  from groups
  group by
    municipality,
    component,
    year,
    breakdown,
    borders_year
),
answers as (
  select
    municipal_years.*,
    total as numerator,
    stations as denominator,
    breakdown as answer
  from municipal_years
  union all
  select
    municipal_years.*,
    highest as numerator,
    1 as denominator,
    'station=worst' as answer
  from municipal_years
  where breakdown = ''
    and stations > 0
)
select
  municipality,
  component,
  year,
  answer as breakdown,
  stations,
  valid_hours,
  hours_in_year,
  cast(cast(valid_hours as double) / hours_in_year as decimal(9, 6)) as coverage,
  has_daily,
  numerator,
  denominator,
  days_above_limit,
  days_above_criterion,
  hourly_19th_highest,
  borders_year
from answers
