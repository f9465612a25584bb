/*---
id: sdg_11_3_1_land_and_population
registry: L11-08
title:
  nb: Tettstedenes arealvekst mot befolkningsvekst
  nn: Arealvekst mot folkevekst i tettstadene
  en: Growth of urban land against growth of population
description:
  nb: Hvor fort arealet av tettstedene i kommunen har vokst de siste fem årene, delt på hvor fort tallet på dem som bor der har vokst. Over 1 betyr at arealet vokser fortest.
  nn: Kor fort arealet av tettstadene i kommunen har vakse dei siste fem åra, delt på kor fort talet på dei som bur der har vakse. Over 1 tyder at arealet veks fortast.
  en: How fast the area of the municipality's urban settlements has grown over five years, divided by how fast the number of their residents has grown. Above 1 means that land grows faster.
formula:
  nb: ((areal nå − areal for fem år siden) / areal for fem år siden) / 5, delt på ln(bosatte nå / bosatte for fem år siden) / 5. Teller og nevner er de to vekstene i prosent per år. Når befolkningen endrer seg mindre enn 0,1 prosent i året, blir det ikke noe forhold. Perioder på tvers av 2013 regnes ikke ut, fordi tettstedene ble avgrenset på nytt da.
  nn: ((areal no − areal for fem år sidan) / areal for fem år sidan) / 5, delt på ln(busette no / busette for fem år sidan) / 5. Teljar og nemnar er dei to vekstane i prosent per år. Når folketalet endrar seg mindre enn 0,1 prosent i året, blir det ikkje noko forhold. Periodar på tvers av 2013 blir ikkje rekna ut, fordi tettstadene vart avgrensa på nytt då.
  en: ((land now − land five years ago) / land five years ago) / 5, divided by ln(residents now / residents five years ago) / 5. Numerator and denominator are the two growth rates in per cent a year. Where the population changes by less than 0.1 per cent a year, there is no ratio. Periods across 2013 are not computed, because settlements were delimited anew then.
sdg:
  goal: 11
  target: "11.3"
  indicator: "11.3.1"
  name:
    nb: Forholdet mellom veksten i arealbruk og veksten i befolkningen
    nn: Forholdet mellom veksten i arealbruk og veksten i befolkninga
    en: Ratio of land consumption rate to population growth rate
  fidelity: identical
  why:
    nb: "Samme forhold som FNs, regnet for tettstedene i én kommune: arealets vekst delt på befolkningens."
    nn: "Same forholdet som hos FN, rekna for tettstadene i éin kommune: veksten i areal delt på veksten i folketal."
    en: "The same ratio as the UN's, for the urban settlements of one municipality: growth of land divided by growth of population."
unit: "{ratio}"
decimals: 2
better: lower
geography: municipality
frequency: year
other_years: [-5]
benchmarks:
  - name:
      nb: Areal og befolkning vokser like fort
      nn: Areal og folketal veks like fort
      en: Land and population grow equally fast
    value: 1
    source: {nb: "FNs metadata for indikator 11.3.1", nn: "FN-metadata for indikator 11.3.1", en: "Metadata of UN indicator 11.3.1"}
target_image: climate_friendly
roadmap_principle: 3
themes: [REGI, ENVI]
keywords:
  nb: [tettsted, arealbruk, fortetting, befolkning]
  nn: [tettstad, arealbruk, fortetting, folketal]
  en: [urban settlement, land use, densification, population]
crosswalk:
  eu_vlr: Built-up surface
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2545
  ssb_table: "04861"
does_not_say:
  nb: Et lavt tall kan bety fortetting eller at folk flytter inn i tomme hus. Blir folk færre, er forholdet negativt og kan ikke rangeres. Tallet sier ikke om arealet var matjord, skog eller asfalt.
  nn: Eit lågt tal kan bety fortetting eller at folk flyttar inn i tomme hus. Blir folk færre, er forholdet negativt og kan ikkje rangerast. Talet seier ikkje om arealet var matjord, skog eller asfalt.
  en: A low number may mean densification or people moving into empty houses. Where people become fewer, the ratio is negative and cannot be ranked. The number does not say whether the land was farmland, forest or asphalt.
not_covered:
  nb: Hus og veier utenfor tettstedene, og kommuner uten tettsted. År før 2013 er avgrenset på en annen måte.
  nn: Hus og vegar utanfor tettstadene, og kommunar utan tettstad. År før 2013 er avgrensa på ein annan måte.
  en: Houses and roads outside urban settlements, and municipalities without one. Years before 2013 are delimited in another way.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se om tettstedene vokser raskere i areal enn i folketall."
    nn: "Sjå om tettstadene veks raskare i areal enn i folketal."
    en: "Seeing whether settlements grow faster in land than in people."
  discouraged_use:
    nb: "Egner seg dårlig der folketallet står nesten stille, fordi små endringer da gir store utslag."
    nn: "Eignar seg dårleg der folketalet står nesten stille, fordi små endringar då gjev store utslag."
    en: "Poorly suited where the population hardly changes, because small changes then give large swings."
  misleads_when:
    nb: "En ny grense for hva som er tettsted, ser ut som vekst."
    nn: "Ei ny grense for kva som er tettstad, ser ut som vekst."
    en: "A new delimitation of the settlement looks like growth."
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
      - {municipality: "4001", year: 2024, area: 22, residents: 33000}
      - {municipality: "3806", year: 2019, area: 20, residents: 30000}
      - {municipality: "0301", year: 2024, area: 101, residents: 700100}
      - {municipality: "0301", year: 2019, area: 100, residents: 700000}
      - {municipality: "0301", year: 2014, area: 99, residents: 640000}
      - {municipality: "4601", year: 2014, area: 80, residents: 240000}
      - {municipality: "4601", year: 2009, area: 90, residents: 230000}
    areas.to_borders:
      - {code: "4001", year: 2024, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "3806", year: 2019, borders_year: 2024, to_code: "4001", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2019, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "0301", year: 2014, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "4601", year: 2014, borders_year: 2024, to_code: "4601", method: exact, weight: 1, comparability: exact}
      - {code: "4601", year: 2009, borders_year: 2024, to_code: "4601", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "0301", time_period: "2019", obs_value: 0.112719, obs_status: A, numerator: 0.20202, denominator: 1.792243}
    - {ref_area: "0301", time_period: "2024", obs_value: null, obs_status: M, numerator: 0.2, denominator: 0.002857, warnings: growth_near_zero}
    - {ref_area: "4001", time_period: "2024", obs_value: 1.049206, obs_status: A, numerator: 2, denominator: 1.906204, comparability: exact, borders_year: 2024, warnings: ""}
    - {ref_area: "4601", time_period: "2014", obs_value: null, obs_status: O, numerator: null, warnings: series_break}
  explanation:
    nb: I Porsgrunn har arealet vokst 10 prosent på fem år, 2 i året, og de bosatte ln(33 000 / 30 000) / 5 = 1,906 prosent i året; 2 / 1,906 = 1,05. I Oslo er det nesten ingen vekst å dele på fra 2019 til 2024. I Bergen ligger den nye avgrensningen fra 2013 mellom de to årene.
    nn: I Porsgrunn har arealet vakse 10 prosent på fem år, 2 i året, og dei busette ln(33 000 / 30 000) / 5 = 1,906 prosent i året; 2 / 1,906 = 1,05. I Oslo er det nesten ingen vekst å dele på frå 2019 til 2024. I Bergen ligg den nye avgrensinga frå 2013 mellom dei to åra.
    en: In Porsgrunn land grew by 10 per cent in five years, 2 a year, and residents by ln(33,000 / 30,000) / 5 = 1.906 per cent a year; 2 / 1.906 = 1.05. In Oslo there is hardly any growth to divide by from 2019 to 2024. In Bergen the new delimitation of 2013 lies between the two years.
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
),
growth as (
  select
    later.municipality,
    later.year,
    later.borders_year,
    case when later.comparability = 'exact' and earlier.comparability = 'exact' then 'exact' else 'summed' end as comparability,
    greatest(later.municipalities, earlier.municipalities) as municipalities,
    case when earlier.year < 2013 and later.year >= 2013 then 1 else 0 end as has_break,
    100 * (cast(later.area as double) - cast(earlier.area as double)) / cast(earlier.area as double) / 5 as land,
    100 * ln(cast(later.residents as double) / cast(earlier.residents as double)) / 5 as people
  from settlements as later
  inner join settlements as earlier
    on earlier.municipality = later.municipality
    and earlier.year = later.year - 5
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  case when has_break = 0 and abs(people) >= 0.1 then cast(land / people as decimal(28, 6)) end as obs_value,
  case
    when has_break = 1 then 'O'
    when abs(people) < 0.1 then 'M'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipalities as n_units,
  case when has_break = 0 then cast(land as decimal(38, 6)) end as numerator,
  case when has_break = 0 then cast(people as decimal(38, 6)) end as denominator,
  comparability,
  borders_year,
  concat_ws(
    ';',
    case when has_break = 1 then 'series_break' end,
    case when has_break = 0 and abs(people) < 0.1 then 'growth_near_zero' end
  ) as warnings
from growth
