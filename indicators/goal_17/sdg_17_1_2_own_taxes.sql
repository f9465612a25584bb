/*---
id: sdg_17_1_2_own_taxes
registry: L17-02
title:
  nb: Andel av inntektene fra egne skatter
  nn: Del av inntektene frå eigne skattar
  en: Share of revenue from own taxes
description:
  nb: Inntekts- og formuesskatt og eiendomsskatt, delt på brutto driftsinntekter, i prosent.
  nn: Inntekts- og formuesskatt og eigedomsskatt, delt på brutto driftsinntekter, i prosent.
  en: Income and wealth tax and property tax, divided by gross operating revenue, in per cent.
formula:
  nb: "(inntekts- og formuesskatt + eiendomsskatt) / brutto driftsinntekter × 100. Beløp for kommuner som er slått sammen, summeres før de deles."
  nn: "(inntekts- og formuesskatt + eigedomsskatt) / brutto driftsinntekter × 100. Beløp for kommunar som er slegne saman, blir summerte før dei blir delte."
  en: "(income and wealth tax + property tax) / gross operating revenue × 100. Amounts of merged municipalities are summed before they are divided."
sdg:
  goal: 17
  target: "17.1"
  indicator: "17.1.2"
  name:
    nb: Andel av statsbudsjettet som er finansiert av landets egne skatter
    nn: Del av statsbudsjettet som er finansiert av eigne skattar i landet
    en: Proportion of domestic budget funded by domestic taxes
  fidelity: adapted
  why:
    nb: Samme andel som FNs, for kommunens budsjett i stedet for statens.
    nn: Same delen som hos FN, for budsjettet til kommunen i staden for staten.
    en: The same share as the UN's, for the municipality's budget instead of the state's.
unit: "%"
decimals: 1
better: context
geography: municipality
frequency: year
target_image: adaptable
roadmap_principle: 2
themes: [GOVE, ECON]
keywords:
  nb: [skatt, eiendomsskatt, inntekter]
  nn: [skatt, eigedomsskatt, inntekter]
  en: [tax, property tax, revenue]
crosswalk:
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2688
  ssb_table: "13553"
does_not_say:
  nb: "Andelen sier ikke om skattene er høye. Kommuner med kraftverk eller mange pendlere får skatt andre ikke kan få."
  nn: "Delen seier ikkje om skattane er høge. Kommunar med kraftverk eller mange pendlarar får skatt andre ikkje kan få."
  en: "The share does not say whether taxes are high. Municipalities with power plants or many commuters receive taxes that others cannot."
not_covered:
  nb: "Naturressursskatt og konsesjonsavgifter er ikke med i telleren."
  nn: "Naturressursskatt og konsesjonsavgifter er ikkje med i teljaren."
  en: "Natural-resource tax and licence fees are not in the numerator."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor stor del av inntektene som kommer fra egne skatter."
    nn: "Sjå kor stor del av inntektene som kjem frå eigne skattar."
    en: "Seeing how large a part of revenue comes from own taxes."
  discouraged_use:
    nb: "Egner seg dårlig til å si om en kommune er godt eller dårlig drevet; rammer, oppgaver og regnskapsvalg er ulike."
    nn: "Eignar seg dårleg til å seie om ein kommune er godt eller dårleg driven; rammer, oppgåver og rekneskapsval er ulike."
    en: "Poorly suited to saying whether a municipality is well or badly run; means, tasks and accounting choices differ."
  misleads_when:
    nb: "Lavere overføringer hever andelen uten at kommunen får en krone mer."
    nn: "Lågare overføringar hevar delen utan at kommunen får ei krone meir."
    en: "Lower transfers raise the share without the municipality getting one krone more."
  decision:
    status: approved
    by: data_owner_statistics
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Regnskapet til kommunen er offentlig og sier ingenting om enkeltpersoner."
      nn: "Rekneskapen til kommunen er offentleg og seier ingenting om einskildpersonar."
      en: "The municipality's accounts are public and say nothing about individuals."
issued: 2026-11-23
example:
  given:
    tables.municipal_revenue_today:
      - {municipality: "0301", year: 2024, revenue: all, amount: 80000000000, is_preliminary: true, municipalities: 1, comparability: exact, borders_year: 2024}
      - {municipality: "0301", year: 2024, revenue: income_tax, amount: 35000000000, is_preliminary: true, municipalities: 1, comparability: exact, borders_year: 2024}
      - {municipality: "0301", year: 2024, revenue: property_tax, amount: 1000000000, is_preliminary: true, municipalities: 1, comparability: exact, borders_year: 2024}
      - {municipality: "1103", year: 2019, revenue: all, amount: 12600000000, is_preliminary: false, municipalities: 3, comparability: summed, borders_year: 2024}
      - {municipality: "1103", year: 2019, revenue: income_tax, amount: 5000000000, is_preliminary: false, municipalities: 3, comparability: summed, borders_year: 2024}
      - {municipality: "1103", year: 2019, revenue: property_tax, amount: null, is_preliminary: false, municipalities: 3, comparability: summed, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 45, obs_status: P, numerator: 36000000000, denominator: 80000000000, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: null, obs_status: O, numerator: null, denominator: 12600000000}
  explanation:
    nb: "Oslo: (35 + 1) av 80 milliarder er 45 prosent. For Stavanger i 2019 mangler eiendomsskatten for en del, og en manglende skatt er ikke null kroner."
    nn: "Oslo: (35 + 1) av 80 milliardar er 45 prosent. For Stavanger i 2019 manglar eigedomsskatten for ein del, og ein manglande skatt er ikkje null kroner."
    en: "Oslo: (35 + 1) of 80 billion is 45 per cent. For Stavanger in 2019 property tax is missing for a part, and a missing tax is not zero kroner."
---*/
with answers as (
  select
    municipality,
    year,
    comparability,
    borders_year,
    max(municipalities) as municipalities,
    max(case when is_preliminary then 1 else 0 end) as is_preliminary,
    case
      when count(case when revenue in ('income_tax', 'property_tax') then amount end) = 2
        then sum(case when revenue in ('income_tax', 'property_tax') then amount end)
    end as taxes,
    max(case when revenue = 'all' then amount end) as everything
  from tables.municipal_revenue_today
  group by
    municipality,
    year,
    comparability,
    borders_year
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  cast(100 * cast(taxes as double) / nullif(everything, 0) as decimal(28, 6)) as obs_value,
  case
    when taxes is null or everything is null or everything = 0 then 'O'
    when is_preliminary = 1 then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipalities as n_units,
  taxes as numerator,
  everything as denominator,
  comparability,
  borders_year
from answers
