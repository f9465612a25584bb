/*---
id: sdg_11_3_1_built_up_area_per_inhabitant
registry: L11-09
title:
  nb: Bebygd areal per innbygger
  nn: Utbygd areal per innbyggjar
  en: Built-up area per inhabitant
description:
  nb: "Areal under bygninger og veier i hele kommunen, delt på antall innbyggere 1. januar."
  nn: "Areal under bygningar og vegar i heile kommunen, delt på talet på innbyggjarar 1. januar."
  en: "Area under buildings and roads in the whole municipality, divided by the population on 1 January."
formula:
  nb: "(areal av bygninger + areal av veier, i kvadratmeter) / innbyggere 1. januar samme år. Arealer av kommuner som er slått sammen, summeres før de deles."
  nn: "(areal av bygningar + areal av vegar, i kvadratmeter) / innbyggjarar 1. januar same året. Areal av kommunar som er slegne saman, blir summerte før dei blir delte."
  en: "(area of buildings + area of roads, in square metres) / inhabitants on 1 January of the same year. Areas of merged municipalities are summed before they are divided."
sdg:
  goal: 11
  target: "11.3"
  indicator: "11.3.1"
  name:
    nb: Forholdet mellom veksten i arealbruk og veksten i befolkningen
    nn: Forholdet mellom veksten i arealbruk og veksten i befolkninga
    en: Ratio of land consumption rate to population growth rate
  fidelity: adapted
  why:
    nb: FN måler hvordan arealet vokser mot befolkningen. Nivået per innbygger er det samme begrepet, og det finnes også der befolkningen står stille.
    nn: FN måler korleis arealet veks mot folketalet. Nivået per innbyggjar er det same omgrepet, og det finst òg der folketalet står stille.
    en: The UN measures how land grows against population. The level per inhabitant is the same concept, and exists also where the population stands still.
unit: m2/{person}
decimals: 0
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [REGI, ENVI]
keywords:
  nb: [arealbruk, bygninger, veier]
  nn: [arealbruk, bygningar, vegar]
  en: [land use, buildings, roads]
crosswalk:
  eu_vlr: Built-up surface
  ssb_table: "10781"
does_not_say:
  nb: "Kommuner med mange veier mellom få hus får høye tall uten å ha bygd mer. Bedre kart kan se ut som mer bygging. Tallet sier ikke om arealet var matjord eller myr."
  nn: "Kommunar med mange vegar mellom få hus får høge tal utan å ha bygd meir. Betre kart kan sjå ut som meir bygging. Talet seier ikkje om arealet var matjord eller myr."
  en: "Municipalities with many roads between few houses get high figures without having built more. Better maps may look like more building. The number does not say whether the land was farmland or bog."
not_covered:
  nb: "Parkeringsplasser, hager, jernbane og annet areal som er tatt i bruk uten å være hus eller vei."
  nn: "Parkeringsplassar, hagar, jernbane og anna areal som er teke i bruk utan å vere hus eller veg."
  en: "Parking lots, gardens, railways and other land that is in use without being building or road."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se om kommunen bygger tettere eller mer spredt over tid."
    nn: "Sjå om kommunen byggjer tettare eller meir spreidd over tid."
    en: "Seeing whether the municipality builds more densely or more scattered over time."
  discouraged_use:
    nb: "Egner seg dårlig til å sammenligne by og land."
    nn: "Eignar seg dårleg til å samanlikne by og land."
    en: "Poorly suited to comparing town and country."
  misleads_when:
    nb: "Bedre kart kan se ut som mer bygging, og fraflytting som sløsing."
    nn: "Betre kart kan sjå ut som meir bygging, og fråflytting som sløsing."
    en: "Better maps may look like more building, and people moving away like waste."
  decision:
    status: approved
    by: data_owner_statistics
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Areal og innbyggere i hele kommuner eller tettsteder, uten opplysninger om noens eiendom."
      nn: "Areal og innbyggjarar i heile kommunar eller tettstader, utan opplysningar om eigedomen til nokon."
      en: "Land and inhabitants of whole municipalities or settlements, with nothing about anyone's property."
issued: 2026-11-23
example:
  given:
    validated.built_up_area:
      - {municipality: "0301", year: 2024, building_area: 25.5, road_area: 16.5}
      - {municipality: "0301", year: 2023, building_area: 25.4, road_area: null, road_sign: ".."}
      - {municipality: "1103", year: 2019, building_area: 8, road_area: 7}
      - {municipality: "1141", year: 2019, building_area: 1, road_area: 2}
      - {municipality: "1142", year: 2019, building_area: 1, road_area: 2}
    areas.to_borders:
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2023, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1142", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
    tables.municipality_population:
      - {municipality: "0301", year: 2024, population: 700000, comparability: exact, method: official, borders_year: 2024}
      - {municipality: "1103", year: 2019, population: 140000, comparability: summed, method: official, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2023", obs_value: null, obs_status: O, numerator: null}
    - {ref_area: "0301", time_period: "2024", obs_value: 60, obs_status: A, numerator: 42000000, denominator: 700000, comparability: exact}
    - {ref_area: "1103", time_period: "2019", obs_value: 150, obs_status: A, numerator: 21000000, denominator: 140000, comparability: summed, warnings: boundary_adjusted}
  explanation:
    nb: "Oslo: (25,5 + 16,5) km² = 42 millioner m², delt på 700 000 innbyggere er 60. Stavanger i dagens grenser i 2019: 15 + 3 + 3 km² på 140 000 innbyggere er 150. Uten veiareal i 2023 finnes det ikke noe tall."
    nn: "Oslo: (25,5 + 16,5) km² = 42 millionar m², delt på 700 000 innbyggjarar er 60. Stavanger i grensene i dag i 2019: 15 + 3 + 3 km² på 140 000 innbyggjarar er 150. Utan vegareal i 2023 finst det ikkje noko tal."
    en: "Oslo: (25.5 + 16.5) km² = 42 million m², divided by 700,000 inhabitants is 60. Stavanger in today's borders in 2019: 15 + 3 + 3 km² for 140,000 inhabitants is 150. Without the area of roads in 2023 there is no number."
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
areas_today as (
  select
    links.to_code as municipality,
    figures.year,
    links.borders_year,
    links.comparability,
    case when count(figures.building_area + figures.road_area) = count(*) then sum(figures.building_area + figures.road_area) end as area,
    count(*) as municipalities
  from validated.built_up_area as figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    figures.year,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
)
select
  areas_today.municipality as ref_area,
  cast(areas_today.year as varchar) as time_period,
  cast(1000000 * cast(areas_today.area as double) / inhabitants.population as decimal(28, 6)) as obs_value,
  case when areas_today.area is null or inhabitants.population is null then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  areas_today.municipalities as n_units,
  1000000 * areas_today.area as numerator,
  inhabitants.population as denominator,
  areas_today.comparability,
  areas_today.borders_year,
  concat_ws(
    ';',
    case when inhabitants.population is null then 'denominator_missing' end,
    case when inhabitants.method = 'recalculated' then 'imputed' end
  ) as warnings
from areas_today
left join tables.municipality_population as inhabitants
  on inhabitants.municipality = areas_today.municipality
  and inhabitants.year = areas_today.year
