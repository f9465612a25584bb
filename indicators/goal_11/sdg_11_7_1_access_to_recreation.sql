/*---
id: sdg_11_7_1_access_to_recreation
registry: L11-22
title:
  nb: Trygg tilgang til rekreasjonsareal og nærturterreng
  nn: Trygg tilgang til rekreasjonsareal og nærturterreng
  en: Safe access to recreation areas and nearby nature
description:
  nb: Bosatte i tettsteder som har trygg vei til et rekreasjonsareal (høyst 200 meter) eller nærturterreng (høyst 500 meter), delt på alle bosatte i tettsteder, i prosent.
  nn: Busette i tettstader som har trygg veg til eit rekreasjonsareal (høgst 200 meter) eller nærturterreng (høgst 500 meter), delt på alle busette i tettstader, i prosent.
  en: Residents of urban settlements with a safe way to a recreation area (at most 200 metres) or nearby nature (at most 500 metres), divided by all residents of urban settlements, in per cent.
formula:
  nb: "Andelen av de bosatte i tettsteder med trygg vei til et rekreasjonsareal (høyst 200 meter), slik Statistisk sentralbyrå har regnet den. Nærturterreng (høyst 500 meter) og dem under 20 år står for seg. For kommuner som er slått sammen, står tallet for kommunen slik den var det året, og sammenlignes ikke med senere år."
  nn: "Delen av dei busette i tettstader med trygg veg til eit rekreasjonsareal (høgst 200 meter), slik Statistisk sentralbyrå har rekna han. Nærturterreng (høgst 500 meter) og dei under 20 år står for seg. For kommunar som er slegne saman, står talet for kommunen slik han var det året, og blir ikkje samanlikna med seinare år."
  en: "The share of residents of urban settlements with a safe way to a recreation area (at most 200 metres), as Statistics Norway computed it. Nearby nature (at most 500 metres) and those under 20 are given separately. For merged municipalities the figure is for the municipality as it was that year, and is not compared with later ones."
sdg:
  goal: 11
  target: "11.7"
  indicator: "11.7.1"
  name:
    nb: Gjennomsnittlig andel av byenes bebygde område som er åpent for alle, etter kjønn, alder og personer med funksjonsnedsettelse
    nn: Gjennomsnittleg del av det utbygde området i byane som er ope for alle, etter kjønn, alder og personar med funksjonsnedsetjing
    en: Average share of the built-up area of cities that is open space for public use for all, by sex, age and persons with disabilities
  fidelity: proxy
  why:
    nb: FN måler hvor stor del av arealet som er åpent for alle. Her måles hvor mange som kan nå det trygt.
    nn: FN måler kor stor del av arealet som er ope for alle. Her blir det målt kor mange som kan nå det trygt.
    en: The UN measures how much of the area is open to all. Here it is measured how many can reach it safely.
unit: "%"
decimals: 0
better: higher
geography: municipality
frequency: year
benchmarks:
  - name:
      nb: Rekreasjonsareal, hele landet i 2022
      nn: Rekreasjonsareal, heile landet i 2022
      en: Recreation areas, the whole country in 2022
    value: 61
    source: {nb: "Statistisk sentralbyrå, tabell 09579", nn: "Statistisk sentralbyrå, tabell 09579", en: "Statistics Norway, table 09579"}
  - name:
      nb: Nærturterreng, hele landet i 2022
      nn: Nærturterreng, heile landet i 2022
      en: Nearby nature, the whole country in 2022
    value: 47
    source: {nb: "Statistisk sentralbyrå, tabell 09579", nn: "Statistisk sentralbyrå, tabell 09579", en: "Statistics Norway, table 09579"}
target_image: attractive
roadmap_principle: 1
themes: [ENVI, HEAL]
keywords:
  nb: [rekreasjon, grøntområde, nærturterreng]
  nn: [rekreasjon, grøntområde, nærturterreng]
  en: [recreation, green area, nature]
crosswalk:
  u4ssc: "EN: EN: PSN: 2A"
  eu_vlr: Population without green urban areas in their neighbourhood
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2569
  ssb_table: "09579"
does_not_say:
  nb: "Tallet sier ikke om stedet er fint, om det er lys og benker der, eller om folk bruker det."
  nn: "Talet seier ikkje om staden er fin, om det er lys og benkar der, eller om folk bruker han."
  en: "The number does not say whether the place is pleasant, has lights and benches, or is used."
not_covered:
  nb: "Folk utenfor tettsteder. Kilden har ikke satt noen dato for neste oppdatering."
  nn: "Folk utanfor tettstader. Kjelda har ikkje sett nokon dato for neste oppdatering."
  en: "People outside urban settlements. The source has not set a date for its next update."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se om barn og voksne i tettsteder kan gå trygt til et sted å være ute."
    nn: "Sjå om born og vaksne i tettstader kan gå trygt til ein stad å vere ute."
    en: "Seeing whether children and adults in settlements can walk safely to a place outdoors."
  discouraged_use:
    nb: "Egner seg dårlig til å si noe om ett nabolag."
    nn: "Eignar seg dårleg til å seie noko om eitt nabolag."
    en: "Poorly suited to saying anything about one neighbourhood."
  misleads_when:
    nb: "Trygg tilgang kan bli lest som at stedet er fint og åpent for alle."
    nn: "Trygg tilgang kan bli lesen som at staden er fin og open for alle."
    en: "Safe access may be read as the place being pleasant and open to all."
  decision:
    status: approved
    by: data_owner_statistics
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Offisiell, åpen statistikk for hele kommuner, som andeler i prosent."
      nn: "Offisiell, open statistikk for heile kommunar, som delar i prosent."
      en: "Official, open statistics for whole municipalities, as shares in per cent."
issued: 2026-11-23
example:
  given:
    validated.recreation_access:
      - {municipality: "0301", age: all, year: 2023, recreation: 61, nature: 47}
      - {municipality: "0301", age: under_20, year: 2023, recreation: 58, nature: null, nature_sign: ".."}
    tables.ratio_borders:
      - {code: "0301", year: 2024, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "0301", year: 2023, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "1103", year: 2019, municipality: "1103", comparability: not_comparable, borders_year: 2019}
  expect:
    - {ref_area: "0301", time_period: "2023", breakdown: "", obs_value: 61, obs_status: A, comparability: exact}
    - {ref_area: "0301", time_period: "2023", breakdown: "place=nature", obs_value: 47, obs_status: A}
    - {ref_area: "0301", time_period: "2023", breakdown: "place=nature;age=under_20", obs_value: null, obs_status: O}
    - {ref_area: "0301", time_period: "2023", breakdown: "place=recreation;age=under_20", obs_value: 58, obs_status: A}
  explanation:
    nb: "61 av 100 bosatte i Oslos tettsted har trygg vei til et rekreasjonsareal. For barn og unge mangler ett av tallene i kilden, og det blir ikke null."
    nn: "61 av 100 busette i tettstaden Oslo har trygg veg til eit rekreasjonsareal. For barn og unge manglar eitt av tala i kjelda, og det blir ikkje null."
    en: "61 of 100 residents of Oslo's urban settlement have a safe way to a recreation area. For children and young people one of the figures is missing in the source, and does not become zero."
---*/
with figures as (
  select
    municipality,
    year,
    case when age = 'all' then '' else 'place=recreation;age=' || age end as breakdown,
    recreation as share,
    recreation_sign as sign
  from validated.recreation_access
  union all
  select
    municipality,
    year,
    case when age = 'all' then 'place=nature' else 'place=nature;age=' || age end as breakdown,
    nature as share,
    nature_sign as sign
  from validated.recreation_access
)
select
  borders.municipality as ref_area,
  cast(figures.year as varchar) as time_period,
  figures.share as obs_value,
  case
    when figures.share is null and figures.sign = ':' then 'Q'
    when figures.share is null and figures.sign = '...' then 'L'
    when figures.share is null and figures.sign = '.' then 'M'
    when figures.share is null then 'O'
    when figures.sign = '*' then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  1 as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  borders.comparability,
  borders.borders_year,
  figures.breakdown
from figures
inner join tables.ratio_borders as borders
  on borders.code = figures.municipality
  and borders.year = figures.year
