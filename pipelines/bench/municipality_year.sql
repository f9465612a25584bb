select
  municipality_id,
  component,
  year,
  count(*) as n_stations,
  cast(sum(population) as bigint) as population_covered,
  round(sum(annual_mean * population) / sum(population), 6) as weighted_mean
from station_year
join reference.stations using (station_id)
where annual_mean is not null
group by all
order by municipality_id, component, year
