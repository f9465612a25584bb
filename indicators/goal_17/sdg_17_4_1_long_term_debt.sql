/*---
id: sdg_17_4_1_long_term_debt
registry: L17-03
title:
  nb: Kommunens langsiktige gjeld
  nn: Den langsiktige gjelda til kommunen
  en: Long-term debt of the municipality
description:
  nb: Hvor stor den langsiktige gjelden er, uten pensjonsforpliktelser, sammenlignet med inntektene i ett år.
  nn: Kor stor den langsiktige gjelda er, utan pensjonsplikter, samanlikna med inntektene i eitt år.
  en: How large long-term debt is, without pension obligations, compared with one year's revenue.
formula:
  nb: Langsiktig gjeld uten pensjonsforpliktelser delt på brutto driftsinntekter, i prosent, for kommunekonsernet, slik Statistisk sentralbyrå har regnet det (KOSKG320000). Vi regner ikke om; for kommuner som er slått sammen, står tallet for kommunen slik den var det året.
  nn: Langsiktig gjeld utan pensjonsplikter delt på brutto driftsinntekter, i prosent, for kommunekonsernet, slik Statistisk sentralbyrå har rekna det (KOSKG320000). Vi reknar ikkje om; for kommunar som er slegne saman, står talet for kommunen slik han var det året.
  en: Long-term debt without pension obligations divided by gross operating revenue, in per cent, for the municipal group, as Statistics Norway computed it (KOSKG320000). We do not recompute; for merged municipalities the figure is for the municipality as it was that year.
sdg:
  goal: 17
  target: "17.4"
  indicator: "17.4.1"
  name:
    nb: Gjeldsbetjening som andel av eksporten av varer og tjenester
    nn: Gjeldsbetening som del av eksporten av varer og tenester
    en: Debt service as a proportion of exports of goods and services
  fidelity: proxy
  why:
    nb: FN måler hva gjelden koster hvert år mot eksporten. Her er det hele gjelden mot inntektene, altså hvor stor den er og ikke hva den koster.
    nn: FN måler kva gjelda kostar kvart år mot eksporten. Her er det heile gjelda mot inntektene, altså kor stor ho er og ikkje kva ho kostar.
    en: "The UN measures what debt costs each year against exports. Here it is the whole debt against revenue: how large it is, not what it costs."
unit: "%"
decimals: 1
better: lower
geography: municipality
frequency: year
target_image: adaptable
roadmap_principle: 2
themes: [GOVE, ECON]
keywords:
  nb: [kommuneøkonomi, KOSTRA, regnskap, gjeld]
  nn: [kommuneøkonomi, KOSTRA, rekneskap, gjeld]
  en: [municipal finances, KOSTRA, accounts, debt]
crosswalk:
  eu_vlr: Municipal council debt
  ssb_table: "12134"
does_not_say:
  nb: Gjeld har gitt skoler, sykehjem og vannledninger; en kommune uten gjeld kan ha utsatt det den trenger. Tallet sier ikke hvor høy renten er, eller hvor mye som er lån gebyrene betaler.
  nn: Gjeld har gjeve skular, sjukeheimar og vassleidningar; ein kommune utan gjeld kan ha utsett det han treng. Talet seier ikkje kor høg renta er, eller kor mykje som er lån gebyra betaler.
  en: Debt has given schools, nursing homes and water pipes; a municipality without debt may have put off what it needs. The number does not say how high the interest is, or how much is loans that fees pay for.
not_covered:
  nb: Fylkeskommunene, og kommuner som ikke har levert regnskapet i tide. Oslo er både kommune og fylkeskommune og er ikke lik de andre.
  nn: Fylkeskommunane, og kommunar som ikkje har levert rekneskapen i tide. Oslo er både kommune og fylkeskommune og er ikkje lik dei andre.
  en: The counties, and municipalities that have not delivered their accounts in time. Oslo is both a municipality and a county and is not like the others.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor mye kommunen skylder i forhold til inntektene."
    nn: "Sjå kor mykje kommunen skuldar i høve til inntektene."
    en: "Seeing how much the municipality owes relative to its revenue."
  discouraged_use:
    nb: "Egner seg dårlig til å si om en kommune er godt eller dårlig drevet; rammer, oppgaver og regnskapsvalg er ulike."
    nn: "Eignar seg dårleg til å seie om ein kommune er godt eller dårleg driven; rammer, oppgåver og rekneskapsval er ulike."
    en: "Poorly suited to saying whether a municipality is well or badly run; means, tasks and accounting choices differ."
  misleads_when:
    nb: "Lav gjeld kan bety at det som trengs, ikke er bygd."
    nn: "Låg gjeld kan bety at det som trengst, ikkje er bygd."
    en: "Low debt may mean that what is needed has not been built."
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
    tables.municipal_accounts_today:
      - {municipality: "0301", key_figure: long_term_debt, year: 2024, percent: 112.5, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: long_term_debt, year: 2025, percent: 115.25, status: P, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: free_equity, year: 2024, percent: 3, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "1103", key_figure: long_term_debt, year: 2019, percent: 80, status: A, comparability: not_comparable, borders_year: 2019}
      - {municipality: "4601", key_figure: long_term_debt, year: 2019, percent: null, status: O, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 112.5, obs_status: A, comparability: exact, borders_year: 2024, numerator: null, warnings: ""}
    - {ref_area: "0301", time_period: "2025", obs_value: 115.25, obs_status: P, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: 80, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
    - {ref_area: "4601", time_period: "2019", obs_value: null, obs_status: O, comparability: exact, warnings: ""}
  explanation:
    nb: Tallet er kildens eget, 112,5 i 2024. For 2025 er tabellen ikke rettet ennå, så tallet er foreløpig. Stavanger ble i 2020 slått sammen med flere; et forhold kan ikke legges sammen, så tallet for 2019 gjelder det gamle Stavanger. For Bergen i 2019 har kilden ikke noe tall.
    nn: Talet er kjelda sitt eige, 112,5 i 2024. For 2025 er tabellen ikkje retta enno, så talet er førebels. Stavanger vart i 2020 slegen saman med fleire; eit forhold kan ikkje leggjast saman, så talet for 2019 gjeld det gamle Stavanger. For Bergen i 2019 har kjelda ikkje noko tal.
    en: The number is the source's own, 112.5 in 2024. For 2025 the table is not corrected yet, so the number is preliminary. Stavanger merged with others in 2020; a ratio cannot be added up, so the number for 2019 is for old Stavanger. For Bergen in 2019 the source has no number.
---*/
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  percent as obs_value,
  status as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  1 as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  comparability,
  borders_year
from tables.municipal_accounts_today
where key_figure = 'long_term_debt'
