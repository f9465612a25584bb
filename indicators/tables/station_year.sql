/*---
id: station_year
title:
  nb: Årsverdier per målestasjon
  nn: Årsverdiar per målestasjon
  en: Annual values by measuring station
description:
  nb: Årsmiddel, dekning, døgn over grensen og den 19. høyeste timen for hver stasjon, komponent og år. Regnet av timeverdier der stasjonen har noen gyldig time for komponenten det året; ellers, og bare da, av døgnverdier vektet med timene bak dem. Timer som mangler, telles mot hele kalenderåret, og under 85 prosent dekning gis det ikke noe årsmiddel.
  nn: Årsmiddel, dekning, døgn over grensa og den 19. høgaste timen for kvar stasjon, komponent og år. Rekna av timeverdiar der stasjonen har nokon gyldig time for komponenten det året; elles, og berre då, av døgnverdiar vekta med timane bak dei. Timar som manglar, blir talde mot heile kalenderåret, og under 85 prosent dekning blir det ikkje gjeve noko årsmiddel.
  en: Annual mean, coverage, days above the limit and the 19th highest hour for each station, component and year. Computed from hourly values where the station has any valid hour of the component that year; otherwise, and only then, from daily values weighted by the hours behind them. Missing hours count against the whole calendar year, and below 85 per cent coverage no annual mean is given.
row:
  nb: Én stasjon, én komponent og ett år (norsk normaltid) med minst én gyldig verdi.
  nn: Éin stasjon, éin komponent og eitt år (norsk normaltid) med minst éin gyldig verdi.
  en: One station, one component and one year (Norwegian standard time) with at least one valid value.
key: [station, component, year]
optional: [tables.station_day, tables.station_peak, validated.air_quality_daily]
columns:
  - name: station
    type: text
    title: {nb: Stasjon, nn: Stasjon, en: Station}
    description: {nb: Den europeiske stasjonskoden., nn: Den europeiske stasjonskoden., en: The European station code.}
  - name: component
    type: text
    title: {nb: Komponent, nn: Komponent, en: Component}
    description: {nb: Det som måles., nn: Det som blir målt., en: What is measured.}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Året i norsk normaltid (UTC+1)., nn: Året i norsk normaltid (UTC+1)., en: The year in Norwegian standard time (UTC+1).}
  - name: basis
    type: text
    title: {nb: Grunnlag, nn: Grunnlag, en: Basis}
    description: {nb: Om året er regnet av timer eller av døgn., nn: Om året er rekna av timar eller av døgn., en: Whether the year is computed from hours or from days.}
    codes:
      hourly: {nb: timeverdier, nn: timeverdiar, en: hourly values}
      daily: {nb: døgnverdier, nn: døgnverdiar, en: daily values}
  - name: valid_hours
    type: integer
    unit: h
    title: {nb: Gyldige timer, nn: Gyldige timar, en: Valid hours}
    description:
      nb: Timer med verdi i året. Av døgnverdier er det summen av timene bak dem, eller av dekningen der timetallet ikke er oppgitt, avrundet.
      nn: Timar med verdi i året. Av døgnverdiar er det summen av timane bak dei, eller av dekninga der timetalet ikkje er oppgjeve, avrunda.
      en: Hours of the year with a value. From daily values it is the sum of the hours behind them, or of the coverage where no number of hours is given, rounded.
  - name: hours_in_year
    type: integer
    unit: h
    title: {nb: Timer i året, nn: Timar i året, en: Hours in the year}
    description: {nb: "8760, eller 8784 i skuddår.", nn: "8760, eller 8784 i skotår.", en: "8760, or 8784 in leap years."}
  - name: coverage
    type: decimal
    unit: "1"
    precision: 9
    scale: 6
    title: {nb: Dekning, nn: Dekning, en: Coverage}
    description: {nb: Gyldige timer delt på timer i året., nn: Gyldige timar delt på timar i året., en: Valid hours divided by hours in the year.}
  - name: annual_mean
    type: decimal
    unit: ug/m3
    precision: 18
    scale: 6
    nullable: true
    title: {nb: Årsmiddel, nn: Årsmiddel, en: Annual mean}
    description:
      nb: Gjennomsnittet av alle gyldige timer i året. Tom når dekningen er under 85 prosent, som er kravet for å holde et år opp mot grenseverdiene.
      nn: Gjennomsnittet av alle gyldige timar i året. Tom når dekninga er under 85 prosent, som er kravet for å halde eit år opp mot grenseverdiane.
      en: Mean of all valid hours of the year. Empty when coverage is below 85 per cent, the requirement for holding a year against the limit values.
  - name: valid_days
    type: integer
    unit: d
    title: {nb: Gyldige døgn, nn: Gyldige døgn, en: Valid days}
    description: {nb: Døgn med minst 18 gyldige timer., nn: Døgn med minst 18 gyldige timar., en: Days with at least 18 valid hours.}
  - name: days_above_limit
    type: integer
    unit: d
    nullable: true
    title: {nb: Døgn over grenseverdien, nn: Døgn over grenseverdien, en: Days above the limit value}
    description:
      nb: Gyldige døgn med døgnmiddel over døgngrenseverdien som gjaldt. Tom for komponenter uten døgngrenseverdi.
      nn: Gyldige døgn med døgnmiddel over døgngrenseverdien som galdt. Tom for komponentar utan døgngrenseverdi.
      en: Valid days with a daily mean above the daily limit value in force. Empty for components without one.
  - name: days_above_criterion
    type: integer
    unit: d
    nullable: true
    title: {nb: Døgn over helsekriteriet, nn: Døgn over helsekriteriet, en: Days above the health criterion}
    description:
      nb: Gyldige døgn med døgnmiddel over luftkvalitetskriteriet for døgn. Tom for komponenter uten et slikt.
      nn: Gyldige døgn med døgnmiddel over luftkvalitetskriteriet for døgn. Tom for komponentar utan eit slikt.
      en: Valid days with a daily mean above the daily air-quality criterion. Empty for components without one.
  - name: hourly_19th_highest
    type: decimal
    unit: ug/m3
    precision: 18
    scale: 8
    nullable: true
    title: {nb: 19. høyeste time, nn: 19. høgaste time, en: 19th highest hour}
    description:
      nb: Den 19. høyeste timeverdien av NO2 i året. Over 200 betyr at grenseverdien er brutt, fordi 18 timer er tillatt.
      nn: Den 19. høgaste timeverdien av NO2 i året. Over 200 tyder at grenseverdien er broten, fordi 18 timar er tillatne.
      en: The 19th highest hourly value of NO2 in the year. Above 200 means that the limit value is broken, because 18 hours are allowed.
example:
  given:
    tables.station_day:
      - {station: NO0001A, component: PM10, day: "R310/2022-01-01/P1D", hours: 24, total: 480}
      - {station: NO0001A, component: PM10, day: "2022-11-07", hours: 6, total: 606}
      - {station: NO0002A, component: PM10, day: "R2/2022-01-01/P1D", hours: 18, total: 901}
      - {station: NO0002A, component: PM10, day: "2022-01-03", hours: 18, total: 900}
    tables.station_peak: []
    validated.air_quality_daily:
      - {station: NO0001A, component: PM10, day: "2022-12-31", value: 999, hours: 24}
      - {station: NO0003A, component: PM10, day: "R183/2021-01-01/P1D", value: 10, hours: 24}
      - {station: NO0003A, component: PM10, day: "R182/2021-07-03/P1D", value: 30, coverage: 75}
  expect:
    - {station: NO0001A, component: PM10, year: 2022, basis: hourly, valid_hours: 7446, hours_in_year: 8760, coverage: 0.85, annual_mean: 20.065270, valid_days: 310, days_above_limit: 0, days_above_criterion: 0, hourly_19th_highest: null}
    - {station: NO0002A, component: PM10, year: 2022, basis: hourly, valid_hours: 54, coverage: 0.006164, annual_mean: null, valid_days: 3, days_above_limit: 2, days_above_criterion: 3}
    - {station: NO0003A, component: PM10, year: 2021, basis: daily, valid_hours: 7668, coverage: 0.875342, annual_mean: 18.544601, valid_days: 365, days_above_limit: 0, days_above_criterion: 0}
  explanation:
    nb: Første stasjon har 310 × 24 + 6 = 7446 av 8760 timer, akkurat 85 prosent, og middelet (310 × 480 + 606) / 7446 = 20,065270. De seks timene 7. november gjør ikke et gyldig døgn, og døgnverdien til slutt brukes ikke fordi året har timer. Andre stasjon har to døgn på 901 / 18 = 50,06, over 50, og ett på nøyaktig 50, som ikke er over. Tredje stasjon har bare døgn; 75 prosent dekning er 18 timer, så middelet er (183 × 24 × 10 + 182 × 18 × 30) / 7668.
    nn: Første stasjonen har 310 × 24 + 6 = 7446 av 8760 timar, akkurat 85 prosent, og middelet (310 × 480 + 606) / 7446 = 20,065270. Dei seks timane 7. november gjer ikkje eit gyldig døgn, og døgnverdien til slutt blir ikkje brukt fordi året har timar. Andre stasjonen har to døgn på 901 / 18 = 50,06, over 50, og eitt på nøyaktig 50, som ikkje er over. Tredje stasjonen har berre døgn; 75 prosent dekning er 18 timar, så middelet er (183 × 24 × 10 + 182 × 18 × 30) / 7668.
    en: The first station has 310 × 24 + 6 = 7446 of 8760 hours, exactly 85 per cent, and the mean (310 × 480 + 606) / 7446 = 20.065270. The six hours of 7 November do not make a valid day, and the daily value at the end is not used because the year has hours. The second station has two days of 901 / 18 = 50.06, above 50, and one of exactly 50, which is not above. The third has days only; 75 per cent coverage is 18 hours, so the mean is (183 × 24 × 10 + 182 × 18 × 30) / 7668.
---*/
with hourly_years as (
  select distinct
    station,
    component,
    year(day) as year
  from tables.station_day
),
station_days as (
  select
    station,
    component,
    day,
    'hourly' as basis,
    cast(hours as decimal(8, 4)) as hours,
    cast(total as decimal(28, 8)) as total
  from tables.station_day
  union all
  select
    days.station,
    days.component,
    days.day,
    'daily' as basis,
    cast(coalesce(cast(days.hours as decimal(8, 4)), days.coverage * 0.24) as decimal(8, 4)) as hours,
    cast(days.value * cast(coalesce(cast(days.hours as decimal(8, 4)), days.coverage * 0.24) as decimal(8, 4)) as decimal(28, 8)) as total
  from validated.air_quality_daily as days
  where days.value is not null
    and coalesce(cast(days.hours as decimal(8, 4)), days.coverage * 0.24) > 0
    and not exists (
      select 1
      from hourly_years
      where hourly_years.station = days.station
        and hourly_years.component = days.component
        and hourly_years.year = year(days.day)
    )
),
day_levels as (
  select
    component,
    kind,
    value,
    coalesce(valid_from, date '1900-01-01') as valid_from,
    coalesce(valid_to, date '9999-12-31') as valid_to
  from reference.air_quality_limits
  where averaging = 'day'
    and kind in ('limit', 'criterion')
),
judged_days as (
  select
    station_days.station,
    station_days.component,
    year(station_days.day) as year,
    station_days.basis,
    station_days.hours,
    station_days.total,
    case when station_days.hours >= 18 then 1 else 0 end as is_valid,
    case when station_days.hours >= 18 and station_days.total > limits.value * station_days.hours then 1 when limits.value is not null then 0 end as is_above_limit,
    case when station_days.hours >= 18 and station_days.total > criteria.value * station_days.hours then 1 when criteria.value is not null then 0 end as is_above_criterion
  from station_days
  left join day_levels as limits
    on limits.kind = 'limit'
    and limits.component = station_days.component
    and station_days.day between limits.valid_from and limits.valid_to
  left join day_levels as criteria
    on criteria.kind = 'criterion'
    and criteria.component = station_days.component
    and station_days.day between criteria.valid_from and criteria.valid_to
),
station_years as (
  select
    station,
    component,
    year,
    basis,
    sum(hours) as hours,
    case when year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0) then 8784 else 8760 end as hours_in_year,
    sum(total) as total,
    sum(is_valid) as valid_days,
    sum(is_above_limit) as days_above_limit,
    sum(is_above_criterion) as days_above_criterion
  from judged_days
  group by
    station,
    component,
    year,
    basis
),
peak_hours as (
  select
    station,
    component,
    year(month) as year,
    value,
    row_number() over (partition by station, component, year(month) order by value desc) as position
  from tables.station_peak
)
select
  station_years.station,
  station_years.component,
  station_years.year,
  station_years.basis,
  cast(station_years.hours as bigint) as valid_hours,
  station_years.hours_in_year,
  cast(cast(station_years.hours as double) / station_years.hours_in_year as decimal(9, 6)) as coverage,
  case
    when station_years.hours * 100 >= station_years.hours_in_year * 85
      then cast(cast(station_years.total as double) / cast(station_years.hours as double) as decimal(18, 6))
  end as annual_mean,
  station_years.valid_days,
  station_years.days_above_limit,
  station_years.days_above_criterion,
  peak_hours.value as hourly_19th_highest
from station_years
left join peak_hours
  on peak_hours.station = station_years.station
  and peak_hours.component = station_years.component
  and peak_hours.year = station_years.year
  and peak_hours.position = 19
