/*---
id: sdg_17_18_timeliness
registry: L17-09
title:
  nb: Andel datasett som er oppdatert i tide
  nn: Del datasett som er oppdaterte i tide
  en: Share of datasets updated in time
description:
  nb: Hvor stor del av datasettene i katalogen som var så nye som kilden lover, da de sist ble hentet.
  nn: Kor stor del av datasetta i katalogen som var så nye som kjelda lovar, då dei sist vart henta.
  en: The share of the catalogue's datasets that were as recent as their source promises when they were last fetched.
formula:
  nb: Datasett som ble hentet før den dagen kilden etter sin egen utgivelseskalender ville ha vært sen med det neste, delt på alle datasett det kan avgjøres for, i prosent. Dagen er den samme som siden om datakvalitet og ferskhet går etter. Dekningen er andelen datasett det kan avgjøres for.
  nn: Datasett som vart henta før den dagen kjelda etter sin eigen utgivingskalender ville ha vore sein med det neste, delt på alle datasett det kan avgjerast for, i prosent. Dagen er den same som sida om datakvalitet og ferskleik går etter. Dekninga er delen datasett det kan avgjerast for.
  en: Datasets that were fetched before the day on which the source, by its own publishing calendar, would have been late with what comes next, divided by all datasets for which this can be told, in per cent. The day is the same as the page on data quality and freshness goes by. Coverage is the share of datasets for which it can be told.
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
unit: "%"
decimals: 0
better: higher
geography: catalogue
frequency: year
counts_people: false
target:
  name: {nb: Alle datasett, nn: Alle datasett, en: All datasets}
  value: 100
  source: {nb: "Katalogens eget mål", nn: "Katalogen sitt eige mål", en: "The catalogue’s own goal"}
target_image: efficient
roadmap_principle: 6
themes: [GOVE]
keywords:
  nb: [aktualitet, oppdatering, åpne data]
  nn: [aktualitet, oppdatering, opne data]
  en: [timeliness, update, open data]
does_not_say:
  nb: Tallet sier ikke om det er kilden eller katalogen som er sen, og ikke om dataene er riktige. Det gjelder dagen dataene ble hentet, ikke dagen du leser dette.
  nn: Talet seier ikkje om det er kjelda eller katalogen som er sein, og ikkje om dataa er rette. Det gjeld dagen dataa vart henta, ikkje dagen du les dette.
  en: The number does not say whether the source or the catalogue is late, nor whether the data are right. It is about the day the data were fetched, not the day you read this.
not_covered:
  nb: Registre uten perioder, datasett som kilden har avsluttet, og datasett der det ikke er kjent når de ble hentet.
  nn: Register utan periodar, datasett som kjelda har avslutta, og datasett der det ikkje er kjent når dei vart henta.
  en: Registers without periods, datasets that the source has ended, and datasets for which it is not known when they were fetched.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge om kildene og katalogen holder frister."
    nn: "Følgje om kjeldene og katalogen held fristar."
    en: "Following whether the sources and the catalogue keep their deadlines."
  discouraged_use:
    nb: "Egner seg dårlig til å måle innsatsen i en kommune; tallet er om kildene og katalogen."
    nn: "Eignar seg dårleg til å måle innsatsen i ein kommune; talet er om kjeldene og katalogen."
    en: "Poorly suited to measuring what a municipality does; the number is about the sources and the catalogue."
  misleads_when:
    nb: "En frist som settes senere, gir en bedre andel uten at noe kommer tidligere."
    nn: "Ein frist som blir sett seinare, gjev ein betre del utan at noko kjem tidlegare."
    en: "A later deadline gives a better share without anything coming earlier."
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
      - {dataset: a, rows: 10, newest_period_end: "2026-09-30", overdue_on: "2026-12-01", retrieved_on: "2026-11-23"}
      - {dataset: b, rows: 10, newest_period_end: "2026-09-30", overdue_on: "2026-11-23", retrieved_on: "2026-11-23"}
      - {dataset: c, rows: 10, newest_period_end: "2025-12-31", overdue_on: "2027-02-01", retrieved_on: null}
      - {dataset: d, rows: 0, newest_period_end: null, overdue_on: null, retrieved_on: null}
  expect:
    - {ref_area: catalogue, time_period: "2026", obs_value: 50, obs_status: A, coverage: 0.666667, n_units: 2, numerator: 1, denominator: 2, warnings: low_coverage}
  explanation:
    nb: Begge ble hentet 23. november. Kilden til det første ville først ha vært sen 1. desember, så det er i tide; kilden til det andre var sen fra samme dag. For det tredje vites ikke hentedagen, det fjerde har ingen data. 1 / 2 er 50 prosent, avgjort for 2 av 3.
    nn: Begge vart henta 23. november. Kjelda til det første ville først ha vore sein 1. desember, så det er i tide; kjelda til det andre var sein frå same dagen. For det tredje er hentedagen ukjend, det fjerde har ingen data. 1 / 2 er 50 prosent, avgjort for 2 av 3.
    en: Both were fetched on 23 November. The source of the first would only have been late on 1 December, so it is in time; the source of the second was late from that very day. For the third the day of fetching is unknown, the fourth has no data. 1 / 2 is 50 per cent, told for 2 of 3.
---*/
with datasets as (
  select
    newest_period_end,
    retrieved_on,
    case when retrieved_on < overdue_on then 1 else 0 end as is_on_time,
    case when newest_period_end is not null and overdue_on is not null and retrieved_on is not null then 1 else 0 end as is_judged
  from meta.datasets
  where rows > 0
),
answers as (
  select
    coalesce(max(year(retrieved_on)), max(year(newest_period_end))) as year,
    sum(is_judged * is_on_time) as on_time,
    sum(is_judged) as judged,
    count(*) as datasets
  from datasets
)
select
  'catalogue' as ref_area,
  cast(year as varchar) as time_period,
  cast(100 * cast(on_time as double) / nullif(judged, 0) as decimal(28, 6)) as obs_value,
  case when judged = 0 then 'O' else 'A' end as obs_status,
  cast(cast(judged as double) / datasets as decimal(9, 6)) as coverage,
  judged as n_units,
  on_time as numerator,
  judged as denominator,
  concat_ws(';', case when judged < datasets then 'low_coverage' end) as warnings
from answers
where year is not null
