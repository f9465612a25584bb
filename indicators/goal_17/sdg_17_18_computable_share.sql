/*---
id: sdg_17_18_computable_share
registry: L17-06
title:
  nb: Andel indikatorer som kan regnes ut for kommunen
  nn: Del indikatorar som kan reknast ut for kommunen
  en: Share of indicators that can be computed for the municipality
description:
  nb: Registeret lister tallene som kommuner og andre ber om for målene 9, 11 og 17. Her står hvor stor del av dem som har en verdi for kommunen fra åpne data, og som er lik eller tilpasset FNs indikator. Tallene ingen åpen kilde har, teller ikke med.
  nn: Registeret listar tala som kommunar og andre ber om for måla 9, 11 og 17. Her står kor stor del av dei som har ein verdi for kommunen frå opne data, og som er lik eller tilpassa FN-indikatoren. Tala som inga open kjelde har, tel ikkje med.
  en: The registry lists the numbers that municipalities and others ask for under goals 9, 11 and 17. This is the share of them that have a value for the municipality from open data, and that are identical to or adapted from the UN's indicator. Numbers that no open source has do not count.
formula:
  nb: Antall rader i registeret der minst én indikator som er lik eller tilpasset FNs, har en verdi for kommunen det året, delt på alle rader i registeret som ikke er hull, i prosent. Også rader som ennå ikke er regnet ut, står i nevneren. Raden for denne indikatoren selv teller ikke, og flere indikatorer på samme rad teller som én.
  nn: Talet på rader i registeret der minst éin indikator som er lik eller tilpassa den til FN, har ein verdi for kommunen det året, delt på alle rader i registeret som ikkje er hol, i prosent. Òg rader som enno ikkje er rekna ut, står i nemnaren. Rada for denne indikatoren sjølv tel ikkje, og fleire indikatorar på same rad tel som éin.
  en: Number of rows of the registry for which at least one indicator that is identical to or adapted from the UN's has a value for the municipality that year, divided by all rows of the registry that are not gaps, in per cent. Rows that are not yet computed are in the denominator too. The row of this indicator itself does not count, and several indicators on one row count as one.
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
    nb: FN vurderer landenes statistikk. Her er samme spørsmål stilt for en kommune. Hvor mye av det som skal følges, kan faktisk følges med åpne data?
    nn: FN vurderer statistikken til landa. Her er same spørsmålet stilt for ein kommune. Kor mykje av det som skal følgjast, kan faktisk følgjast med opne data?
    en: The UN assesses the statistics of countries. Here the same question is asked of a municipality. How much of what is to be followed can in fact be followed with open data?
unit: "%"
decimals: 0
better: higher
geography: municipality
frequency: year
counts_people: false
target:
  name: {nb: Alle indikatorer, nn: Alle indikatorar, en: All indicators}
  value: 100
  source: {nb: "Katalogens eget mål", nn: "Katalogen sitt eige mål", en: "The catalogue’s own goal"}
target_image: adaptable
roadmap_principle: 6
themes: [GOVE]
keywords:
  nb: [åpne data, datadekning, bærekraftsmål, målekultur]
  nn: [opne data, datadekning, berekraftsmål, målekultur]
  en: [open data, data coverage, sustainable development goals, measurement]
does_not_say:
  nb: Tallet måler katalogen og de åpne kildene, ikke kommunens innsats. En kommune uten målestasjon får et lavere tall enn en med, uansett hvor god lufta er. Rader som bare kan få en erstatning for FNs indikator, eller som gjelder katalogen selv, kan aldri telle i telleren, så 100 prosent kan ikke nås.
  nn: Talet måler katalogen og dei opne kjeldene, ikkje innsatsen til kommunen. Ein kommune utan målestasjon får eit lågare tal enn ein med, uansett kor god lufta er. Rader som berre kan få ei erstatning for FN-indikatoren, eller som gjeld katalogen sjølv, kan aldri telje i teljaren, så 100 prosent kan ikkje nåast.
  en: The number measures the catalogue and the open sources, not the municipality's efforts. A municipality without a measuring station gets a lower number than one with, however good its air. Rows that can only have a stand-in for the UN's indicator, or that are about the catalogue itself, can never count in the numerator, so 100 per cent cannot be reached.
not_covered:
  nb: Data som finnes, men ikke er åpne, og tall kommunen selv har uten å publisere dem.
  nn: Data som finst, men ikkje er opne, og tal kommunen sjølv har utan å publisere dei.
  en: Data that exist but are not open, and figures that the municipality has without publishing them.
version: "2"
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor mye som kan måles med åpne data, og hva som mangler."
    nn: "Sjå kor mykje som kan målast med opne data, og kva som manglar."
    en: "Seeing how much can be measured with open data, and what is missing."
  discouraged_use:
    nb: "Egner seg dårlig til å måle innsatsen i en kommune; tallet er om kildene og katalogen."
    nn: "Eignar seg dårleg til å måle innsatsen i ein kommune; talet er om kjeldene og katalogen."
    en: "Poorly suited to measuring what a municipality does; the number is about the sources and the catalogue."
  misleads_when:
    nb: "En indikator som er lett å regne ut, teller like mye som en viktig."
    nn: "Ein indikator som er lett å rekne ut, tel like mykje som ein viktig."
    en: "An indicator that is easy to compute counts as much as one that matters."
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
    meta.indicators:
      - {indicator: a, registry: L11-16, goal: 11, fidelity: adapted, geography: municipality}
      - {indicator: a2, registry: L11-16, goal: 11, fidelity: adapted, geography: municipality}
      - {indicator: b, registry: L11-08, goal: 11, fidelity: identical, geography: municipality}
      - {indicator: c, registry: L09-10, goal: 9, fidelity: proxy, geography: municipality}
      - {indicator: d, registry: L17-02, goal: 17, fidelity: adapted, geography: municipality}
      - {indicator: not_connected, registry: L09-14, goal: 9, fidelity: adapted, geography: municipality}
      - {indicator: no_source, registry: L09-12, goal: 9, fidelity: gap, geography: municipality}
      - {indicator: own, registry: null, goal: 11, fidelity: adapted, geography: municipality}
      - {indicator: about_the_catalogue, registry: L17-09, goal: 17, fidelity: proxy, geography: catalogue}
      - {indicator: sdg_17_18_computable_share, registry: L17-06, goal: 17, fidelity: adapted, geography: municipality}
    indicators.observations:
      - {indicator: a, ref_area: "0301", time_period: 2022-12, breakdown: "", obs_value: 1}
      - {indicator: a, ref_area: "0301", time_period: 2022-11, breakdown: "", obs_value: 1}
      - {indicator: a2, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: 7}
      - {indicator: b, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: null}
      - {indicator: c, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: 5}
      - {indicator: d, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: 5}
      - {indicator: d, ref_area: "4601", time_period: "2022", breakdown: source=tax, obs_value: 5}
      - {indicator: own, ref_area: "0301", time_period: "2022", breakdown: "", obs_value: 5}
      - {indicator: about_the_catalogue, ref_area: catalogue, time_period: "2026", breakdown: "", obs_value: 50}
    areas.municipalities:
      - {code: "0301", is_current: true}
      - {code: "4601", is_current: true}
      - {code: "0602", is_current: false}
    areas.to_borders:
      - {code: "0301", year: 2022, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "0301", time_period: "2022", obs_value: 33.333333, obs_status: A, numerator: 2, denominator: 6, n_units: 6, coverage: null, borders_year: 2024}
    - {ref_area: "4601", time_period: "2022", obs_value: 0, obs_status: A, numerator: 0, denominator: 6}
  explanation:
    nb: Seks rader står i nevneren, L11-16, L11-08, L09-10, L17-02, L09-14, som ingen regner ut ennå, og L17-09. L09-12 er et hull, L17-06 er denne raden selv, og own svarer ikke på noen rad. For Oslo teller L11-16 én gang og L17-02; b har ingen verdi, og c er en erstatning. 2 / 6 er 33,3 prosent. Bergen har bare en delverdi.
    nn: Seks rader står i nemnaren, L11-16, L11-08, L09-10, L17-02, L09-14, som ingen reknar ut enno, og L17-09. L09-12 er eit hol, L17-06 er denne rada sjølv, og own svarer ikkje på noka rad. For Oslo tel L11-16 éin gong og L17-02; b har ingen verdi, og c er ei erstatning. 2 / 6 er 33,3 prosent. Bergen har berre ein delverdi.
    en: Six rows stand in the denominator, L11-16, L11-08, L09-10, L17-02, L09-14, which nobody computes yet, and L17-09. L09-12 is a gap, L17-06 is this row itself, and own answers no row. For Oslo L11-16 counts once, and L17-02; b has no value, and c is a stand-in. 2 / 6 is 33.3 per cent. Bergen has only a partial value.
---*/
with asked_for as (
  select
    indicator,
    registry,
    fidelity,
    geography
  from meta.indicators
  where registry is not null
    and registry <> 'L17-06'
),
totals as (
  select count(distinct registry) as registry_rows
  from asked_for
  where fidelity <> 'gap'
),
municipal as (
  select
    observations.ref_area,
    left(observations.time_period, 4) as year,
    asked_for.registry,
    case
      when observations.obs_value is not null
        and observations.breakdown = ''
        and asked_for.fidelity in ('identical', 'adapted')
        then asked_for.registry
    end as answered
  from indicators.observations as observations
  inner join asked_for
    on asked_for.indicator = observations.indicator
  where asked_for.geography = 'municipality'
),
years as (
  select distinct year
  from municipal
),
computable as (
  select
    ref_area,
    year,
    count(distinct answered) as registry_rows
  from municipal
  group by
    ref_area,
    year
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  register.code as ref_area,
  years.year as time_period,
  cast(100 * cast(coalesce(computable.registry_rows, 0) as double) / totals.registry_rows as decimal(28, 6)) as obs_value,
  'A' as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  totals.registry_rows as n_units,
  coalesce(computable.registry_rows, 0) as numerator,
  totals.registry_rows as denominator,
  today.borders_year
from areas.municipalities as register
cross join years
cross join totals
cross join today
left join computable
  on computable.ref_area = register.code
  and computable.year = years.year
where register.is_current
  and totals.registry_rows > 0
