/*---
id: sdg_17_1_1_revenue_by_source
registry: L17-01
title:
  nb: Kommunens inntekter etter kilde
  nn: Inntektene til kommunen etter kjelde
  en: Municipal revenue by source
description:
  nb: "Brutto driftsinntekter per innbygger, og hvor mye av dem som kommer fra inntektsskatt, eiendomsskatt, rammetilskudd og salg og leie."
  nn: "Brutto driftsinntekter per innbyggjar, og kor mykje av dei som kjem frå inntektsskatt, eigedomsskatt, rammetilskot og sal og leige."
  en: "Gross operating revenue per inhabitant, and how much of it comes from income tax, property tax, block grants, and sales and rent."
formula:
  nb: "Inntekt i kroner / innbyggere 1. januar samme år, for alle driftsinntekter og for hver kilde. Beløp for kommuner som er slått sammen, summeres før de deles."
  nn: "Inntekt i kroner / innbyggjarar 1. januar same året, for alle driftsinntekter og for kvar kjelde. Beløp for kommunar som er slegne saman, blir summerte før dei blir delte."
  en: "Revenue in kroner / inhabitants on 1 January of the same year, for all operating revenue and for each source. Amounts of merged municipalities are summed before they are divided."
sdg:
  goal: 17
  target: "17.1"
  indicator: "17.1.1"
  name:
    nb: Offentlige inntekter i alt som andel av bruttonasjonalproduktet, etter kilde
    nn: Offentlege inntekter i alt som del av bruttonasjonalproduktet, etter kjelde
    en: Total government revenue as a proportion of GDP, by source
  fidelity: adapted
  why:
    nb: Samme inntekter delt etter kilde som FN spør om, men per innbygger, for kommuner har ikke noe bruttonasjonalprodukt.
    nn: Same inntektene delte etter kjelde som FN spør om, men per innbyggjar, for kommunar har ikkje noko bruttonasjonalprodukt.
    en: The same revenue by source as the UN asks for, but per inhabitant, because municipalities have no GDP.
unit: "{NOK}/{person}"
decimals: 0
better: context
geography: municipality
frequency: year
target_image: adaptable
roadmap_principle: 2
themes: [GOVE, ECON]
keywords:
  nb: [inntekter, skatt, rammetilskudd]
  nn: [inntekter, skatt, rammetilskot]
  en: [revenue, tax, block grant]
crosswalk:
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2687
  ssb_table: "13553"
does_not_say:
  nb: "Høye inntekter sier ikke om kommunen har høye utgifter, eller hva innbyggerne får for pengene. Kronene er ikke justert for prisstigning."
  nn: "Høge inntekter seier ikkje om kommunen har høge utgifter, eller kva innbyggjarane får for pengane. Kronene er ikkje justerte for prisstiging."
  en: "High revenue does not say whether the municipality has high costs, or what inhabitants get for the money. The kroner are not adjusted for inflation."
not_covered:
  nb: "Kommunale foretak og selskaper utenfor kommuneregnskapet. Postene dekker ikke alt: resten er andre driftsinntekter."
  nn: "Kommunale føretak og selskap utanfor kommunerekneskapen. Postane dekkjer ikkje alt: resten er andre driftsinntekter."
  en: "Municipal enterprises and companies outside the accounts. The items do not cover everything: the rest is other operating revenue."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor kommunens inntekter kommer fra."
    nn: "Sjå kvar inntektene til kommunen kjem frå."
    en: "Seeing where the municipality's revenue comes from."
  discouraged_use:
    nb: "Egner seg dårlig til å si om en kommune er godt eller dårlig drevet; rammer, oppgaver og regnskapsvalg er ulike."
    nn: "Eignar seg dårleg til å seie om ein kommune er godt eller dårleg driven; rammer, oppgåver og rekneskapsval er ulike."
    en: "Poorly suited to saying whether a municipality is well or badly run; means, tasks and accounting choices differ."
  misleads_when:
    nb: "En post som føres et annet sted i regnskapet, ser ut som en endring i inntekter."
    nn: "Ein post som blir ført ein annan stad i rekneskapen, ser ut som ei endring i inntekter."
    en: "An item that is booked elsewhere in the accounts looks like a change in revenue."
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
    tables.municipality_population:
      - {municipality: "0301", year: 2024, population: 700000, comparability: exact, method: official, borders_year: 2024}
      - {municipality: "1103", year: 2019, population: 140000, comparability: summed, method: official, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", breakdown: "", obs_value: 114285.714286, obs_status: P, numerator: 80000000000, denominator: 700000, warnings: preliminary}
    - {ref_area: "0301", time_period: "2024", breakdown: revenue=income_tax, obs_value: 50000, obs_status: P}
    - {ref_area: "0301", time_period: "2024", breakdown: revenue=property_tax, obs_value: 1428.571429, obs_status: P}
    - {ref_area: "1103", time_period: "2019", breakdown: "", obs_value: 90000, obs_status: A, comparability: summed, warnings: boundary_adjusted}
    - {ref_area: "1103", time_period: "2019", breakdown: revenue=income_tax, obs_value: 35714.285714}
    - {ref_area: "1103", time_period: "2019", breakdown: revenue=property_tax, obs_value: null, obs_status: O}
  explanation:
    nb: "Oslo: 80 milliarder / 700 000 = 114 286 kroner, foreløpig. Stavanger i dagens grenser i 2019: 12,6 milliarder / 140 000 = 90 000. Eiendomsskatten mangler for en av delene, så den får ikke noe tall."
    nn: "Oslo: 80 milliardar / 700 000 = 114 286 kroner, førebels. Stavanger i grensene i dag i 2019: 12,6 milliardar / 140 000 = 90 000. Eigedomsskatten manglar for ein av delane, så han får ikkje noko tal."
    en: "Oslo: 80 billion / 700,000 = NOK 114,286, preliminary. Stavanger in today's borders in 2019: 12.6 billion / 140,000 = 90,000. Property tax is missing for one of the parts, so it gets no number."
---*/
select
  figures.municipality as ref_area,
  cast(figures.year as varchar) as time_period,
  cast(cast(figures.amount as double) / inhabitants.population as decimal(28, 6)) as obs_value,
  case
    when figures.amount is null or inhabitants.population is null then 'O'
    when figures.is_preliminary then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  figures.municipalities as n_units,
  figures.amount as numerator,
  inhabitants.population as denominator,
  figures.comparability,
  figures.borders_year,
  case when figures.revenue = 'all' then '' else 'revenue=' || figures.revenue end as breakdown,
  concat_ws(
    ';',
    case when inhabitants.population is null then 'denominator_missing' end,
    case when inhabitants.method = 'recalculated' then 'imputed' end
  ) as warnings
from tables.municipal_revenue_today as figures
left join tables.municipality_population as inhabitants
  on inhabitants.municipality = figures.municipality
  and inhabitants.year = figures.year
