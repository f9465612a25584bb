/*---
id: sdg_11_3_1_settlement_area_per_resident
registry: L11-09
title:
  nb: Tettstedsareal per bosatt
  nn: Tettstadareal per busett
  en: Urban land per resident
description:
  nb: Arealet av tettstedene i kommunen delt på tallet på dem som bor der.
  nn: Arealet av tettstadene i kommunen delt på talet på dei som bur der.
  en: The area of the municipality's urban settlements divided by the number of their residents.
formula:
  nb: Samlet areal av tettstedene i kommunen 1. januar, uten vann, delt på antall bosatte i dem, i kvadratmeter. Kommuner som er slått sammen, summeres når alle delene har tall.
  nn: Samla areal av tettstadene i kommunen 1. januar, utan vatn, delt på talet på busette i dei, i kvadratmeter. Kommunar som er slegne saman, blir summerte når alle delane har tal.
  en: Total area of the municipality's urban settlements on 1 January, without water, divided by the number of their residents, in square metres. Merged municipalities are summed where all parts have figures.
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
    nb: FN måler hvordan arealet vokser mot befolkningen. Nivået per bosatt er det samme begrepet, og det finnes også der befolkningen står stille.
    nn: FN måler korleis arealet veks mot folketalet. Nivået per busett er det same omgrepet, og det finst òg der folketalet står stille.
    en: The UN measures how land grows against population. The level per resident is the same concept, and exists also where the population stands still.
unit: m2/{person}
decimals: 0
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [REGI, ENVI]
keywords:
  nb: [tettsted, arealbruk, fortetting, befolkning]
  nn: [tettstad, arealbruk, fortetting, folketal]
  en: [urban settlement, land use, densification, population]
crosswalk:
  eu_vlr: Built-up surface
  ssb_table: "04861"
does_not_say:
  nb: Parker, industri og havner teller med i arealet, så en by med mange grønne flekker ser romslig ut. Tallet sier ikke om folk bor godt.
  nn: Parkar, industri og hamner tel med i arealet, så ein by med mange grøne flekker ser romsleg ut. Talet seier ikkje om folk bur godt.
  en: Parks, industry and harbours count in the area, so a town with many green spots looks spacious. The number does not say whether people live well.
not_covered:
  nb: Hus og veier utenfor tettstedene, og kommuner uten tettsted. År før 2013 er avgrenset på en annen måte.
  nn: Hus og vegar utanfor tettstadene, og kommunar utan tettstad. År før 2013 er avgrensa på ein annan måte.
  en: Houses and roads outside urban settlements, and municipalities without one. Years before 2013 are delimited in another way.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor tett folk bor i tettstedene, og hvordan det endrer seg."
    nn: "Sjå kor tett folk bur i tettstadene, og korleis det endrar seg."
    en: "Seeing how densely people live in settlements, and how that changes."
  discouraged_use:
    nb: "Egner seg dårlig til å si om folk bor godt."
    nn: "Eignar seg dårleg til å seie om folk bur godt."
    en: "Poorly suited to saying whether people live well."
  misleads_when:
    nb: "Parker og havner teller som areal, så et grønt tettsted ser ut som et sløsende."
    nn: "Parkar og hamner tel som areal, så ein grøn tettstad ser ut som ein sløsande."
    en: "Parks and harbours count as land, so a green town looks like a wasteful one."
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
    validated.urban_settlements:
      - {municipality: "4001", year: 2024, area: 22.5, residents: 33000}
      - {municipality: "0805", year: 2013, area: 20, residents: 30000}
      - {municipality: "1103", year: 2019, area: 45, residents: 130000}
      - {municipality: "1141", year: 2019, area: null, residents: null, area_sign: ".."}
    areas.to_borders:
      - {code: "4001", year: 2024, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "0805", year: 2013, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "1103", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
      - {code: "1141", year: 2019, borders_year: 2024, to_code: "1103", method: summed, weight: 1, comparability: summed}
  expect:
    - {ref_area: "4001", time_period: "2013", obs_value: 666.666667, obs_status: B, warnings: series_break}
    - {ref_area: "4001", time_period: "2024", obs_value: 681.818182, obs_status: A, numerator: 22500000, denominator: 33000, comparability: exact, borders_year: 2024, warnings: ""}
  explanation:
    nb: 22,5 kvadratkilometer er 22 500 000 kvadratmeter; delt på 33 000 bosatte er det 682. I 2013 ble tettstedene avgrenset på nytt. En av kommunene som i dag er Stavanger, mangler tall i 2019, så summen vises ikke.
    nn: 22,5 kvadratkilometer er 22 500 000 kvadratmeter; delt på 33 000 busette er det 682. I 2013 vart tettstadene avgrensa på nytt. Ein av kommunane som i dag er Stavanger, manglar tal i 2019, så summen blir ikkje vist.
    en: 22.5 square kilometres are 22,500,000 square metres; divided by 33,000 residents that is 682. In 2013 settlements were delimited anew. One of the municipalities that today are Stavanger has no figure in 2019, so the sum is not shown.
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
settlements as (
  select
    links.to_code as municipality,
    figures.year,
    links.borders_year,
    links.comparability,
    sum(figures.area) as area,
    sum(figures.residents) as residents,
    count(*) as municipalities
  from validated.urban_settlements as figures
  inner join links
    on links.code = figures.municipality
    and links.year = figures.year
  where links.comparability in ('exact', 'summed')
    and figures.area > 0
    and figures.residents > 0
  group by
    links.to_code,
    figures.year,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  cast(1000000 * cast(area as double) / residents as decimal(28, 6)) as obs_value,
  case when year = 2013 then 'B' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipalities as n_units,
  1000000 * area as numerator,
  residents as denominator,
  comparability,
  borders_year
from settlements
