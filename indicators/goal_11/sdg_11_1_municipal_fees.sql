/*---
id: sdg_11_1_municipal_fees
registry: L11-02
title:
  nb: Årsgebyr for vann, avløp, avfall og feiing
  nn: Årsgebyr for vatn, avløp, avfall og feiing
  en: Annual fees for water, sewage, waste and chimney sweeping
description:
  nb: "Summen av kommunens årsgebyrer for en vanlig bolig: vann, avløp, avfall og feiing, i kroner."
  nn: "Summen av årsgebyra til kommunen for ein vanleg bustad: vatn, avløp, avfall og feiing, i kroner."
  en: "The sum of the municipality's annual fees for an ordinary dwelling: water, sewage, waste and chimney sweeping, in kroner."
formula:
  nb: "Årsgebyr for vann + avløp + avfall + feiing for en vanlig bolig, slik kommunen har meldt dem til KOSTRA. Mangler ett av de fire, blir det ingen sum. Hvert gebyr står for seg. For kommuner som er slått sammen, står tallet for kommunen slik den var det året, og sammenlignes ikke med senere år."
  nn: "Årsgebyr for vatn + avløp + avfall + feiing for ein vanleg bustad, slik kommunen har meldt dei til KOSTRA. Manglar eitt av dei fire, blir det ingen sum. Kvart gebyr står for seg. For kommunar som er slegne saman, står talet for kommunen slik han var det året, og blir ikkje samanlikna med seinare år."
  en: "Annual fees for water + sewage + waste + chimney sweeping for an ordinary dwelling, as the municipality reported them to KOSTRA. Where one of the four is missing there is no sum. Each fee is given too. For merged municipalities the figure is for the municipality as it was that year, and is not compared with later ones."
sdg:
  goal: 11
  target: "11.1"
  name:
    nb: Innen 2030 sikre alle tilgang til gode, trygge boliger til en overkommelig pris og til grunnleggende tjenester, og bedre forholdene i slumområder
    nn: Innan 2030 sikre alle tilgang til gode, trygge bustader til ein overkomeleg pris og til grunnleggjande tenester, og betre forholda i slumområde
    en: By 2030, ensure access for all to adequate, safe and affordable housing and basic services and upgrade slums
  fidelity: context
  why:
    nb: FN har ingen indikator for boutgifter. Gebyrene skal dekke det tjenestene koster, så et høyt tall er verken bra eller dårlig.
    nn: FN har ingen indikator for buutgifter. Gebyra skal dekkje det tenestene kostar, så eit høgt tal er verken bra eller dårleg.
    en: The UN has no indicator for the cost of housing. Fees are to cover what the services cost, so a high number is neither good nor bad.
unit: "{NOK}/a"
decimals: 0
better: context
geography: municipality
frequency: year
target_image: inclusive
roadmap_principle: 1
themes: [GOVE]
keywords:
  nb: [gebyr, vann, avløp, avfall]
  nn: [gebyr, vatn, avløp, avfall]
  en: [fees, water, sewage, waste]
crosswalk:
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2538
  ssb_table: "12842"
does_not_say:
  nb: "Summen sier ikke om gebyrene er høye fordi kommunen ruster opp ledningene eller fordi den driver dyrt, og ikke hva folk bruker på bolig ellers."
  nn: "Summen seier ikkje om gebyra er høge fordi kommunen rustar opp leidningane eller fordi han driv dyrt, og ikkje kva folk bruker på bustad elles."
  en: "The sum does not say whether fees are high because the municipality renews its pipes or because it runs them expensively, nor what people spend on housing otherwise."
not_covered:
  nb: "Boliger med egen brønn eller septiktank, og gebyrer som regnes etter måler."
  nn: "Bustader med eigen brønn eller septiktank, og gebyr som blir rekna etter målar."
  en: "Dwellings with a well or septic tank of their own, and fees by meter."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hva en vanlig bolig betaler i gebyr, og hvordan det endrer seg."
    nn: "Sjå kva ein vanleg bustad betaler i gebyr, og korleis det endrar seg."
    en: "Seeing what an ordinary dwelling pays in fees, and how that changes."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvilken kommune som driver billigst."
    nn: "Eignar seg dårleg til å seie kva kommune som driv billegast."
    en: "Poorly suited to saying which municipality is run most cheaply."
  misleads_when:
    nb: "Lave gebyrer i dag kan bety at rørene ikke fornyes og regningen kommer senere."
    nn: "Låge gebyr i dag kan bety at røyra ikkje blir fornya og rekninga kjem seinare."
    en: "Low fees today may mean that pipes are not renewed and the bill comes later."
  decision:
    status: approved
    by: data_owner_statistics
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Satser som kommunestyret har vedtatt; ingen opplysninger om enkeltpersoner."
      nn: "Satsar som kommunestyret har vedteke; ingen opplysningar om einskildpersonar."
      en: "Rates decided by the municipal council; nothing about individuals."
issued: 2026-11-23
example:
  given:
    validated.municipal_fees:
      - {municipality: "0301", service: water, year: 2024, fee: 3000}
      - {municipality: "0301", service: sewage, year: 2024, fee: 4000}
      - {municipality: "0301", service: waste, year: 2024, fee: 5000}
      - {municipality: "0301", service: chimney, year: 2024, fee: 500}
      - {municipality: "0301", service: water, year: 2023, fee: 2900}
      - {municipality: "0301", service: sewage, year: 2023, fee: null, sign: ".."}
    tables.ratio_borders:
      - {code: "0301", year: 2024, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "0301", year: 2023, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "1103", year: 2019, municipality: "1103", comparability: not_comparable, borders_year: 2019}
  expect:
    - {ref_area: "0301", time_period: "2023", breakdown: "", obs_value: null, obs_status: O}
    - {ref_area: "0301", time_period: "2023", breakdown: "service=sewage", obs_value: null, obs_status: O}
    - {ref_area: "0301", time_period: "2023", breakdown: "service=water", obs_value: 2900, obs_status: A}
    - {ref_area: "0301", time_period: "2024", breakdown: "", obs_value: 12500, obs_status: A, n_units: 4}
    - {ref_area: "0301", time_period: "2024", breakdown: "service=chimney", obs_value: 500}
    - {ref_area: "0301", time_period: "2024", breakdown: "service=sewage", obs_value: 4000}
    - {ref_area: "0301", time_period: "2024", breakdown: "service=waste", obs_value: 5000}
    - {ref_area: "0301", time_period: "2024", breakdown: "service=water", obs_value: 3000}
  explanation:
    nb: "3000 + 4000 + 5000 + 500 = 12 500 kroner i 2024. I 2023 mangler gebyret for avløp, så det finnes ingen sum, men gebyret for vann står."
    nn: "3000 + 4000 + 5000 + 500 = 12 500 kroner i 2024. I 2023 manglar gebyret for avløp, så det finst ingen sum, men gebyret for vatn står."
    en: "3,000 + 4,000 + 5,000 + 500 = NOK 12,500 in 2024. In 2023 the fee for sewage is missing, so there is no sum, but the fee for water stands."
---*/
with sums as (
  select
    municipality,
    year,
    '' as breakdown,
    case when count(fee) = 4 then sum(fee) end as fee,
    count(fee) as services
  from validated.municipal_fees
  group by
    municipality,
    year
  union all
  select
    municipality,
    year,
    'service=' || service as breakdown,
    fee,
    1 as services
  from validated.municipal_fees
)
select
  borders.municipality as ref_area,
  cast(sums.year as varchar) as time_period,
  sums.fee as obs_value,
  case when sums.fee is null then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  sums.services as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  borders.comparability,
  borders.borders_year,
  sums.breakdown
from sums
inner join tables.ratio_borders as borders
  on borders.code = sums.municipality
  and borders.year = sums.year
