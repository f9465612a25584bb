/*---
id: sdg_17_18_disaggregated_share
registry: L17-07
title:
  nb: Andel indikatorer som er delt inn slik FN krever
  nn: Del indikatorar som er delte inn slik FN krev
  en: Share of indicators disaggregated as the UN demands
description:
  nb: Noen av FNs indikatorer skal deles inn, for eksempel etter kjønn, alder eller teknologi. Her står hvor stor del av dem katalogen har med alle inndelingene.
  nn: Nokre av indikatorane til FN skal delast inn, til dømes etter kjønn, alder eller teknologi. Her står kor stor del av dei katalogen har med alle inndelingane.
  en: Some of the UN's indicators are to be broken down, for example by sex, age or technology. This is the share of them that the catalogue has with every such breakdown.
formula:
  nb: Antall rader i registeret der navnet på FNs indikator krever inndeling og alle inndelingene finnes med verdi i minst én kommune, delt på alle rader som krever det og ikke er hull, i prosent. Kravene står i reference.un_disaggregation.
  nn: Talet på rader i registeret der namnet på indikatoren til FN krev inndeling og alle inndelingane finst med verdi i minst éin kommune, delt på alle rader som krev det og ikkje er hol, i prosent. Krava står i reference.un_disaggregation.
  en: Number of rows of the registry where the name of the UN indicator demands disaggregation and every dimension has a value in at least one municipality, divided by all rows that demand it and are not gaps, in per cent. The demands stand in reference.un_disaggregation.
sdg:
  goal: 17
  target: "17.18"
  indicator: "17.18.1"
  name:
    nb: Indikator for statistisk kapasitet til å følge med på bærekraftsmålene
    nn: Indikator for statistisk kapasitet til å følgje med på berekraftsmåla
    en: Statistical capacity indicator for Sustainable Development Goal monitoring
  fidelity: adapted
  why:
    nb: FN spør om landet lager indikatorene fullt inndelt. Her er det samme spurt om de lokale indikatorene i katalogen.
    nn: FN spør om landet lagar indikatorane fullt inndelte. Her er det same spurt om dei lokale indikatorane i katalogen.
    en: The UN asks whether the country produces the indicators fully disaggregated. Here the same is asked of the local indicators of the catalogue.
unit: "%"
decimals: 0
better: higher
geography: catalogue
frequency: year
counts_people: false
target:
  name: {nb: Alle indikatorer, nn: Alle indikatorar, en: All indicators}
  value: 100
  source: {nb: "Katalogens eget mål", nn: "Katalogen sitt eige mål", en: "The catalogue’s own goal"}
target_image: inclusive
roadmap_principle: 4
themes: [GOVE]
keywords:
  nb: [kjønn, alder, inndeling, åpne data]
  nn: [kjønn, alder, inndeling, opne data]
  en: [sex, age, disaggregation, open data]
crosswalk:
  eu_vlr: VLR disaggregated indicators
does_not_say:
  nb: Tallet sier ikke hvilke grupper som kommer dårligst ut, og ikke om små grupper er holdt tilbake av hensyn til personvern. En inndeling teller selv om bare én kommune har den.
  nn: Talet seier ikkje kva grupper som kjem dårlegast ut, og ikkje om små grupper er haldne tilbake av omsyn til personvern. Ei inndeling tel sjølv om berre éin kommune har ho.
  en: The number does not say which groups fare worst, nor whether small groups are withheld for reasons of privacy. A breakdown counts even if only one municipality has it.
not_covered:
  nb: Inndelinger som FNs metadata ber om uten at de står i navnet, og indikatorer som navnet ikke krever inndeling av.
  nn: Inndelingar som metadataa til FN ber om utan at dei står i namnet, og indikatorar som namnet ikkje krev inndeling av.
  en: Breakdowns that the UN's metadata ask for without naming them in the title, and indicators whose name demands none.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor ofte tallene er delt på grupper slik FN ber om."
    nn: "Sjå kor ofte tala er delte på grupper slik FN ber om."
    en: "Seeing how often numbers are divided by group as the UN asks."
  discouraged_use:
    nb: "Egner seg dårlig til å måle innsatsen i en kommune; tallet er om kildene og katalogen."
    nn: "Eignar seg dårleg til å måle innsatsen i ein kommune; talet er om kjeldene og katalogen."
    en: "Poorly suited to measuring what a municipality does; the number is about the sources and the catalogue."
  misleads_when:
    nb: "En inndeling som finnes for én kommune, teller som om den fantes for alle."
    nn: "Ei inndeling som finst for éin kommune, tel som om ho fanst for alle."
    en: "A breakdown that exists for one municipality counts as if it existed for all."
  decision:
    status: approved
    by: open_data_lead
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Regnet ut av katalogen selv. Ingen opplysninger om folk."
      nn: "Rekna ut av katalogen sjølv. Ingen opplysningar om folk."
      en: "Computed from the catalogue itself. Nothing about people."
issued: 2026-11-23
example:
  given:
    meta.datasets:
      - {dataset: d, rows: 10, newest_period_end: "2024-12-31", retrieved_on: "2026-11-23"}
    meta.indicators:
      - {indicator: revenue, registry: L17-01, un_indicator: "17.1.1", fidelity: adapted, geography: municipality}
      - {indicator: broadband, registry: L17-05, un_indicator: "17.6.1", fidelity: identical, geography: municipality}
      - {indicator: near_a_stop, registry: L11-03, un_indicator: "11.2.1", fidelity: adapted, geography: municipality}
      - {indicator: not_connected, registry: L09-13, un_indicator: "9.c.1", fidelity: identical, geography: municipality}
      - {indicator: no_source, registry: L11-23, un_indicator: "11.7.2", fidelity: gap, geography: municipality}
      - {indicator: particles, registry: L11-16, un_indicator: "11.6.2", fidelity: adapted, geography: municipality}
    indicators.observations:
      - {indicator: revenue, ref_area: "0301", time_period: "2024", breakdown: "", obs_value: 100}
      - {indicator: revenue, ref_area: "0301", time_period: "2024", breakdown: revenue=tax, obs_value: 40}
      - {indicator: broadband, ref_area: "0301", time_period: "2024", breakdown: speed=100, obs_value: null}
      - {indicator: near_a_stop, ref_area: "0301", time_period: "2024", breakdown: sex=f;age=0-14, obs_value: 90}
      - {indicator: particles, ref_area: "0301", time_period: "2024", breakdown: "", obs_value: 7}
  expect:
    - {ref_area: catalogue, time_period: "2026", obs_value: 25, obs_status: A, numerator: 1, denominator: 4, n_units: 4}
  explanation:
    nb: Fire rader krever inndeling og er ikke hull, L17-01, L17-05, L11-03 og L09-13. Inntektene er delt etter kilde. Bredbånd mangler verdi, nærhet til holdeplass mangler funksjonsevne, og mobildekning er ikke regnet ut. 1 / 4 er 25 prosent.
    nn: Fire rader krev inndeling og er ikkje hol, L17-01, L17-05, L11-03 og L09-13. Inntektene er delte etter kjelde. Breiband manglar verdi, nærleik til haldeplass manglar funksjonsevne, og mobildekning er ikkje rekna ut. 1 / 4 er 25 prosent.
    en: Four rows demand disaggregation and are not gaps, L17-01, L17-05, L11-03 and L09-13. Revenue is broken down by source. Broadband has no value, closeness to a stop lacks disability, and mobile coverage is not computed. 1 / 4 is 25 per cent.
---*/
with demands as (
  select distinct
    asked_for.registry,
    names.dimension
  from meta.indicators as asked_for
  inner join reference.un_disaggregation as names
    on names.un_indicator = asked_for.un_indicator
  where asked_for.registry is not null
    and asked_for.fidelity <> 'gap'
),
published as (
  select distinct
    asked_for.registry,
    ';' || observations.breakdown as parts
  from indicators.observations as observations
  inner join meta.indicators as asked_for
    on asked_for.indicator = observations.indicator
  where observations.obs_value is not null
    and observations.breakdown <> ''
),
met as (
  select
    demands.registry,
    demands.dimension,
    max(case when length(replace(published.parts, ';' || demands.dimension || '=', '')) < length(published.parts) then 1 else 0 end) as is_met
  from demands
  left join published
    on published.registry = demands.registry
  group by
    demands.registry,
    demands.dimension
),
registry_rows as (
  select
    registry,
    min(is_met) as is_complete
  from met
  group by registry
),
answers as (
  select
    sum(is_complete) as complete,
    count(*) as demanded
  from registry_rows
),
today as (
  select coalesce(max(year(retrieved_on)), max(year(newest_period_end))) as year
  from meta.datasets
  where rows > 0
)
select
  'catalogue' as ref_area,
  cast(today.year as varchar) as time_period,
  cast(100 * cast(answers.complete as double) / nullif(answers.demanded, 0) as decimal(28, 6)) as obs_value,
  case when answers.demanded = 0 then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  answers.demanded as n_units,
  answers.complete as numerator,
  answers.demanded as denominator
from answers
cross join today
where today.year is not null
