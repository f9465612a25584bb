/*---
id: sdg_11_6_electric_car_share
registry: L11-21
title:
  nb: Andel elbiler blant personbilene
  nn: Del elbilar blant personbilane
  en: Battery-electric share of passenger cars
description:
  nb: Hvor stor del av personbilene som er registrert i kommunen ved årets slutt, som bare går på strøm. Ladbare hybrider er ikke med.
  nn: Kor stor del av personbilane som er registrerte i kommunen ved utgangen av året, som berre går på straum. Ladbare hybridar er ikkje med.
  en: The share of passenger cars registered in the municipality at the end of the year that run on electricity alone. Plug-in hybrids are not included.
formula:
  nb: Personbiler med drivstoff elektrisitet delt på alle personbiler, i prosent, 31. desember. Kommuner som er slått sammen summeres når alle delene har tall; ellers står tallet for kommunen slik den var det året, merket som ikke sammenlignbart.
  nn: Personbilar med drivstoff elektrisitet delt på alle personbilar, i prosent, 31. desember. Kommunar som er slegne saman blir summerte når alle delane har tal; elles står talet for kommunen slik han var det året, merkt som ikkje samanliknbart.
  en: Passenger cars with fuel electricity divided by all passenger cars, in per cent, on 31 December. Municipalities that merged are summed where all parts have figures; otherwise the figure is for the municipality as it was that year, marked as not comparable.
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere byenes negative påvirkning på miljøet per innbygger, blant annet ved å ta særlig hensyn til luftkvalitet og avfall
    nn: Innan 2030 redusere den negative påverknaden byane har på miljøet per innbyggjar, mellom anna ved å ta særleg omsyn til luftkvalitet og avfall
    en: By 2030, reduce the adverse per capita environmental impact of cities, including by paying special attention to air quality and municipal and other waste management
  fidelity: proxy
  why:
    nb: FN har ingen indikator for bilparken. Andelen elbiler peker samme vei som lavere utslipp og renere luft, men måler biler og ikke utslipp.
    nn: FN har ingen indikator for bilparken. Delen elbilar peikar same veg som lågare utslepp og reinare luft, men måler bilar og ikkje utslepp.
    en: The UN has no indicator for the car fleet. The share of electric cars points the same way as lower emissions and cleaner air, but measures cars, not emissions.
unit: "%"
decimals: 1
better: higher
geography: municipality
frequency: year
uncertainty: wilson
target_image: climate_friendly
roadmap_principle: 3
themes: [TRAN, ENVI]
keywords:
  nb: [elbil, bilpark, nullutslipp, transport]
  nn: [elbil, bilpark, nullutslepp, transport]
  en: [electric car, car fleet, zero emission, transport]
crosswalk:
  u4ssc: "EC: I: T: 8A"
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2506
  ssb_table: "07849"
does_not_say:
  nb: En registrert bil sier ikke hvor mye den kjøres, eller hvor. Fra 2025 føres leasede biler i kommunen til den som leaser, før det der leasingselskapet holdt til; derfor er det et brudd i serien i 2025.
  nn: Ein registrert bil seier ikkje kor mykje han blir køyrd, eller kvar. Frå 2025 blir leasa bilar førte i kommunen til den som leaser, før det der leasingselskapet heldt til; difor er det eit brot i serien i 2025.
  en: A registered car does not say how much it is driven, or where. From 2025 leased cars are counted in the lessee's municipality, before that where the leasing company was; so the series breaks in 2025.
not_covered:
  nb: Varebiler, lastebiler, busser og motorsykler, og biler som kjører i kommunen uten å være registrert der.
  nn: Varebilar, lastebilar, bussar og motorsyklar, og bilar som køyrer i kommunen utan å vere registrerte der.
  en: Vans, lorries, buses and motorcycles, and cars that drive in the municipality without being registered there.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge hvor raskt personbilene blir elektriske."
    nn: "Følgje kor raskt personbilane blir elektriske."
    en: "Following how fast passenger cars become electric."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvor mye som kjøres elektrisk, eller hvor."
    nn: "Eignar seg dårleg til å seie kor mykje som blir køyrt elektrisk, eller kvar."
    en: "Poorly suited to saying how much is driven on electricity, or where."
  misleads_when:
    nb: "Leasingselskaper som registrerer mange elbiler i én kommune, hever andelen der."
    nn: "Leasingselskap som registrerer mange elbilar i éin kommune, hevar delen der."
    en: "Leasing companies that register many electric cars in one municipality raise its share."
  decision:
    status: approved
    by: data_owner_mobility
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Antall biler i hele kommuner, uten merke, modell eller eier."
      nn: "Talet på bilar i heile kommunar, utan merke, modell eller eigar."
      en: "Numbers of cars in whole municipalities, without make, model or owner."
issued: 2026-11-23
example:
  given:
    validated.car_fleet:
      - {municipality: "1103", fuel: electricity, year: 2019, cars: 600}
      - {municipality: "1103", fuel: petrol, year: 2019, cars: 1400}
      - {municipality: "0301", fuel: electricity, year: 2024, cars: 300}
      - {municipality: "0301", fuel: diesel, year: 2024, cars: 450}
      - {municipality: "0301", fuel: other, year: 2024, cars: 250}
      - {municipality: "0301", fuel: electricity, year: 2025, cars: 420, break_in: leased_cars_moved}
      - {municipality: "0301", fuel: diesel, year: 2025, cars: 480, break_in: leased_cars_moved}
    areas.to_borders:
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2025, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
    areas.municipalities:
      - {code: "1103", is_current: true}
      - {code: "0301", is_current: true}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 30, obs_status: A, numerator: 300, denominator: 1000, comparability: exact, borders_year: 2024, n_units: 1, warnings: ""}
    - {ref_area: "0301", time_period: "2025", obs_value: 46.666667, obs_status: B, numerator: 420, denominator: 900, warnings: series_break}
    - {ref_area: "1103", time_period: "2019", obs_value: 30, obs_status: A, numerator: 600, denominator: 2000, comparability: not_comparable, borders_year: 2019, warnings: series_break}
  explanation:
    nb: Oslo i 2024, 300 / (300 + 450 + 250) = 30 prosent. I 2025 er 420 / 900 = 46,7 prosent, med brudd fordi leasede biler er flyttet. Stavanger i 2019 mangler en av kommunene som den siden ble slått sammen med, så tallet er for det gamle Stavanger.
    nn: Oslo i 2024, 300 / (300 + 450 + 250) = 30 prosent. I 2025 er 420 / 900 = 46,7 prosent, med brot fordi leasa bilar er flytta. Stavanger i 2019 manglar ein av kommunane som han sidan vart slegen saman med, så talet er for det gamle Stavanger.
    en: Oslo in 2024, 300 / (300 + 450 + 250) = 30 per cent. In 2025, 420 / 900 = 46.7 per cent, with a break because leased cars moved. Stavanger in 2019 lacks one of the municipalities it later merged with, so the figure is for old Stavanger.
---*/
with links as (
  select
    code,
    year,
    to_code,
    comparability,
    borders_year,
    count(*) over (partition by year, to_code) as parts
  from areas.to_borders
),
fleets as (
  select
    municipality,
    year,
    sum(case when fuel = 'electricity' then cars end) as electric,
    sum(cars) as cars,
    max(case when break_in = 'leased_cars_moved' then 1 else 0 end) as has_break,
    max(case when status = 'P' then 1 else 0 end) as is_preliminary
  from validated.car_fleet
  group by
    municipality,
    year
),
fleets_today as (
  select
    links.to_code as municipality,
    fleets.year,
    links.borders_year,
    links.comparability,
    sum(fleets.electric) as electric,
    sum(fleets.cars) as cars,
    count(*) as municipalities,
    count(fleets.electric) as with_electric,
    max(fleets.has_break) as has_break,
    max(fleets.is_preliminary) as is_preliminary
  from fleets
  inner join links
    on links.code = fleets.municipality
    and links.year = fleets.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    fleets.year,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
),
answers as (
  select
    municipality,
    year,
    borders_year,
    comparability,
    case when with_electric = municipalities then electric end as electric,
    cars,
    municipalities,
    has_break,
    is_preliminary,
    0 as is_partial
  from fleets_today
  union all
  select
    fleets.municipality,
    fleets.year,
    fleets.year as borders_year,
    'not_comparable' as comparability,
    fleets.electric,
    fleets.cars,
    1 as municipalities,
    fleets.has_break,
    fleets.is_preliminary,
    1 as is_partial
  from fleets
  inner join areas.municipalities as register
    on register.code = fleets.municipality
    and register.is_current
  where not exists (
    select 1
    from fleets_today
    where fleets_today.municipality = fleets.municipality
      and fleets_today.year = fleets.year
  )
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  cast(100 * cast(electric as double) / nullif(cars, 0) as decimal(28, 6)) as obs_value,
  case
    when electric is null or cars = 0 then 'O'
    when has_break = 1 then 'B'
    when is_preliminary = 1 then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipalities as n_units,
  electric as numerator,
  cars as denominator,
  comparability,
  borders_year
from answers
