/*---
id: sdg_17_1_net_operating_result
registry: L17-04
title:
  nb: Kommunens netto driftsresultat
  nn: Netto driftsresultat for kommunen
  en: Net operating result of the municipality
description:
  nb: Hvor mye kommunen har igjen av inntektene når driften, renter og avdrag er betalt.
  nn: Kor mykje kommunen har att av inntektene når drifta, renter og avdrag er betalte.
  en: How much of its revenue the municipality has left when running costs, interest and instalments are paid.
formula:
  nb: Netto driftsresultat delt på brutto driftsinntekter, i prosent, for kommunekonsernet, slik Statistisk sentralbyrå har regnet det (KOSAGD230000). Vi regner ikke om; for kommuner som er slått sammen, står tallet for kommunen slik den var det året.
  nn: Netto driftsresultat delt på brutto driftsinntekter, i prosent, for kommunekonsernet, slik Statistisk sentralbyrå har rekna det (KOSAGD230000). Vi reknar ikkje om; for kommunar som er slegne saman, står talet for kommunen slik han var det året.
  en: Net operating result divided by gross operating revenue, in per cent, for the municipal group, as Statistics Norway computed it (KOSAGD230000). We do not recompute; for merged municipalities the figure is for the municipality as it was that year.
sdg:
  goal: 17
  target: "17.1"
  name:
    nb: Styrke landenes egne inntekter, blant annet med internasjonal støtte til utviklingsland, slik at de bedre kan kreve inn skatt og andre inntekter
    nn: Styrkje dei eigne inntektene til landa, mellom anna med internasjonal støtte til utviklingsland, slik at dei betre kan krevje inn skatt og andre inntekter
    en: Strengthen domestic resource mobilization, including through international support to developing countries, to improve domestic capacity for tax and other revenue collection
  fidelity: proxy
  why:
    nb: FN måler statens inntekter. Driftsresultatet viser om inntektene rekker til det kommunen skal gjøre.
    nn: FN måler inntektene til staten. Driftsresultatet viser om inntektene rekk til det kommunen skal gjere.
    en: The UN measures the revenue of the state. The operating result shows whether revenue suffices for what the municipality is to do.
unit: "%"
decimals: 1
better: higher
geography: municipality
frequency: year
target:
  name:
    nb: Anbefalt nivå over tid
    nn: Tilrådd nivå over tid
    en: Recommended level over time
  value: 1.75
  source: {nb: "Teknisk beregningsutvalg for kommunal og fylkeskommunal økonomi (TBU)", nn: "Teknisk berekningsutval for kommunal og fylkeskommunal økonomi (TBU)", en: "Committee on calculations of municipal and county finances (TBU)"}
target_image: adaptable
roadmap_principle: 2
themes: [GOVE, ECON]
keywords:
  nb: [kommuneøkonomi, KOSTRA, regnskap, driftsresultat]
  nn: [kommuneøkonomi, KOSTRA, rekneskap, driftsresultat]
  en: [municipal finances, KOSTRA, accounts, operating result]
crosswalk:
  ssb_table: "12134"
does_not_say:
  nb: "Ett år sier lite: salg av tomter, kraftpriser og premieavvik svinger. Et godt resultat kan komme av at tjenester er kuttet, og sier ikke hva innbyggerne fikk."
  nn: "Eitt år seier lite: sal av tomter, kraftprisar og premieavvik svingar. Eit godt resultat kan kome av at tenester er kutta, og seier ikkje kva innbyggjarane fekk."
  en: "One year says little: sales of land, power prices and pension premiums vary. A good result may come from cutting services, and does not say what inhabitants got."
not_covered:
  nb: Fylkeskommunene, og kommuner som ikke har levert regnskapet i tide. Oslo er både kommune og fylkeskommune og er ikke lik de andre.
  nn: Fylkeskommunane, og kommunar som ikkje har levert rekneskapen i tide. Oslo er både kommune og fylkeskommune og er ikkje lik dei andre.
  en: The counties, and municipalities that have not delivered their accounts in time. Oslo is both a municipality and a county and is not like the others.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se om kommunen har hatt handlingsrom over flere år."
    nn: "Sjå om kommunen har hatt handlingsrom over fleire år."
    en: "Seeing whether the municipality has had room to act over several years."
  discouraged_use:
    nb: "Egner seg dårlig til å si om en kommune er godt eller dårlig drevet; rammer, oppgaver og regnskapsvalg er ulike."
    nn: "Eignar seg dårleg til å seie om ein kommune er godt eller dårleg driven; rammer, oppgåver og rekneskapsval er ulike."
    en: "Poorly suited to saying whether a municipality is well or badly run; means, tasks and accounting choices differ."
  misleads_when:
    nb: "Et godt år kan komme av et salg eller av kuttede tjenester."
    nn: "Eit godt år kan kome av eit sal eller av kutta tenester."
    en: "A good year may come from a sale or from cut services."
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
      - {municipality: "0301", key_figure: net_operating_result, year: 2024, percent: 1.75, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: net_operating_result, year: 2025, percent: -0.5, status: P, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: free_equity, year: 2024, percent: 3, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "1103", key_figure: net_operating_result, year: 2019, percent: 4, status: A, comparability: not_comparable, borders_year: 2019}
      - {municipality: "4601", key_figure: net_operating_result, year: 2019, percent: null, status: O, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 1.75, obs_status: A, comparability: exact, borders_year: 2024, numerator: null, warnings: ""}
    - {ref_area: "0301", time_period: "2025", obs_value: -0.5, obs_status: P, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: 4, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
    - {ref_area: "4601", time_period: "2019", obs_value: null, obs_status: O, comparability: exact, warnings: ""}
  explanation:
    nb: Tallet er kildens eget, 1,75 i 2024. For 2025 er tabellen ikke rettet ennå, så tallet er foreløpig. Stavanger ble i 2020 slått sammen med flere; et forhold kan ikke legges sammen, så tallet for 2019 gjelder det gamle Stavanger. For Bergen i 2019 har kilden ikke noe tall.
    nn: Talet er kjelda sitt eige, 1,75 i 2024. For 2025 er tabellen ikkje retta enno, så talet er førebels. Stavanger vart i 2020 slegen saman med fleire; eit forhold kan ikkje leggjast saman, så talet for 2019 gjeld det gamle Stavanger. For Bergen i 2019 har kjelda ikkje noko tal.
    en: The number is the source's own, 1.75 in 2024. For 2025 the table is not corrected yet, so the number is preliminary. Stavanger merged with others in 2020; a ratio cannot be added up, so the number for 2019 is for old Stavanger. For Bergen in 2019 the source has no number.
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
where key_figure = 'net_operating_result'
