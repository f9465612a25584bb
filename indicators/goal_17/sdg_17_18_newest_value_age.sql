/*---
id: sdg_17_18_newest_value_age
registry: L17-10
title:
  nb: Alder på de nyeste dataene
  nn: Alder på dei nyaste dataa
  en: Age of the newest data
description:
  nb: Hvor mange måneder gamle de nyeste tallene i et typisk datasett var da de ble hentet.
  nn: Kor mange månader gamle dei nyaste tala i eit typisk datasett var då dei vart henta.
  en: How many months old the newest figures of a typical dataset were when they were fetched.
formula:
  nb: Medianen, over datasettene, av tiden fra slutten av den nyeste perioden til dagen datasettet ble hentet, i måneder på 30,4375 dager. En periode som ikke er slutt har alder 0.
  nn: Medianen, over datasetta, av tida frå slutten av den nyaste perioden til dagen datasettet vart henta, i månader på 30,4375 dagar. Ein periode som ikkje er slutt har alder 0.
  en: The median, over the datasets, of the time from the end of the newest period to the day the dataset was fetched, in months of 30.4375 days. A period that has not ended has age 0.
sdg:
  goal: 17
  target: "17.18"
  name:
    nb: Øke tilgangen på gode, ferske og pålitelige data betydelig, også fordelt på sted og grupper
    nn: Auke tilgangen på gode, ferske og pålitelege data mykje, òg fordelt på stad og grupper
    en: Increase significantly the availability of high-quality, timely and reliable data, also disaggregated by geographic location and groups
  fidelity: proxy
  why:
    nb: FN har ingen indikator for hvor ferske dataene er, men delmålet ber om ferske data. Katalogen måler seg selv.
    nn: FN har ingen indikator for kor ferske dataa er, men delmålet ber om ferske data. Katalogen måler seg sjølv.
    en: The UN has no indicator of how recent data are, but the target asks for timely data. The catalogue measures itself.
unit: mo
decimals: 1
better: lower
geography: catalogue
frequency: year
counts_people: false
target_image: efficient
roadmap_principle: 6
themes: [GOVE]
keywords:
  nb: [aktualitet, alder, åpne data]
  nn: [aktualitet, alder, opne data]
  en: [timeliness, age, open data]
does_not_say:
  nb: En typisk verdi sier ikke noe om det eldste datasettet. Årsstatistikk blir nødvendigvis eldre enn målinger hver time, så tallet endrer seg når katalogen får datasett av andre slag.
  nn: Ein typisk verdi seier ikkje noko om det eldste datasettet. Årsstatistikk blir nødvendigvis eldre enn målingar kvar time, så talet endrar seg når katalogen får datasett av andre slag.
  en: A typical value says nothing about the oldest dataset. Annual statistics are bound to be older than hourly measurements, so the number changes when the catalogue gains datasets of other kinds.
not_covered:
  nb: Registre uten perioder, og datasett der det ikke er kjent når de ble hentet.
  nn: Register utan periodar, og datasett der det ikkje er kjent når dei vart henta.
  en: Registers without periods, and datasets for which it is not known when they were fetched.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge hvor ferske dataene i katalogen er."
    nn: "Følgje kor ferske dataa i katalogen er."
    en: "Following how fresh the data of the catalogue are."
  discouraged_use:
    nb: "Egner seg dårlig til å måle innsatsen i en kommune; tallet er om kildene og katalogen."
    nn: "Eignar seg dårleg til å måle innsatsen i ein kommune; talet er om kjeldene og katalogen."
    en: "Poorly suited to measuring what a municipality does; the number is about the sources and the catalogue."
  misleads_when:
    nb: "Et nytt datasett med timesmålinger gjør katalogen yngre uten at noe annet er blitt ferskere."
    nn: "Eit nytt datasett med timemålingar gjer katalogen yngre utan at noko anna har vorte ferskare."
    en: "A new dataset of hourly measurements makes the catalogue younger without anything else being fresher."
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
      - {dataset: a, rows: 10, newest_period_end: "2026-11-30", retrieved_on: "2026-11-23"}
      - {dataset: b, rows: 10, newest_period_end: "2026-09-30", retrieved_on: "2026-11-23"}
      - {dataset: c, rows: 10, newest_period_end: "2024-12-31", retrieved_on: "2026-11-23"}
      - {dataset: d, rows: 10, newest_period_end: "2024-12-31", retrieved_on: null}
  expect:
    - {ref_area: catalogue, time_period: "2026", obs_value: 1.774127, obs_status: A, coverage: 0.75, n_units: 3, numerator: 54, denominator: 30.4375, warnings: low_coverage}
  explanation:
    nb: Alderen er 0, 54 og 692 dager; medianen er 54 dager, eller 54 / 30,4375 = 1,8 måneder. For ett av fire datasett vites ikke hentedagen.
    nn: Alderen er 0, 54 og 692 dagar; medianen er 54 dagar, eller 54 / 30,4375 = 1,8 månader. For eitt av fire datasett er hentedagen ukjend.
    en: The ages are 0, 54 and 692 days; the median is 54 days, or 54 / 30.4375 = 1.8 months. For one dataset of four the day of fetching is unknown.
---*/
with datasets as (
  select
    newest_period_end,
    retrieved_on,
    case
      when newest_period_end is not null and retrieved_on is not null
        then greatest(date_diff('day', newest_period_end, retrieved_on), 0)
    end as age
  from meta.datasets
  where rows > 0
),
answers as (
  select
    coalesce(max(year(retrieved_on)), max(year(newest_period_end))) as year,
    median(cast(age as double)) as age,
    count(age) as judged,
    count(*) as datasets
  from datasets
)
select
  'catalogue' as ref_area,
  cast(year as varchar) as time_period,
  cast(cast(age as double) / 30.4375 as decimal(28, 6)) as obs_value,
  case when judged = 0 then 'O' else 'A' end as obs_status,
  cast(cast(judged as double) / datasets as decimal(9, 6)) as coverage,
  judged as n_units,
  age as numerator,
  case when judged > 0 then 30.4375 end as denominator,
  concat_ws(';', case when judged < datasets then 'low_coverage' end) as warnings
from answers
where year is not null
