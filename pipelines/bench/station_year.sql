with
hours as (
  select
    station,
    component,
    from_time + interval 1 hour as from_time,
    value
  from validated.readings
),
days as (
  select
    station,
    component,
    cast(from_time as date) as day,
    count(*) as hours,
    sum(value) as total
  from hours
  group by all
),
years as (
  select
    station,
    component,
    year(day) as year,
    cast(sum(hours) as bigint) as n_valid,
    sum(total) as total,
    count(*) filter (hours >= 18) as valid_days,
    count(*) filter (hours >= 18 and total > daily_limit * hours) as above_limit
  from days
  join reference.limits using (component)
  group by all
),
nineteenth as (
  select
    station,
    component,
    year(from_time + interval 1 hour) as year,
    max(value, 19)[19] as hourly_19th_highest
  from validated.readings
  where component = 'NO2'
  group by all
)
select
  station as station_id,
  component,
  year,
  n_valid,
  case when year % 4 = 0 then 8784 else 8760 end as hours_in_year,
  round(n_valid / hours_in_year, 6) as capture,
  case when n_valid * 100 >= 85 * hours_in_year then round(cast(total as double) / n_valid, 6) end as annual_mean,
  valid_days,
  case when daily_limit is not null then above_limit end as days_above_limit,
  hourly_19th_highest
from years
join reference.limits using (component)
left join nineteenth using (station, component, year)
order by station, component, year
