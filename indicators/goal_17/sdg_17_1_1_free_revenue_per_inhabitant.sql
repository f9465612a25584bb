/*---
id: sdg_17_1_1_free_revenue_per_inhabitant
registry: L17-01
title:
  nb: Kommunens frie inntekter per innbygger
  nn: Frie inntekter for kommunen per innbyggjar
  en: Free revenue of the municipality per inhabitant
description:
  nb: Skatt og rammetilskudd som kommunen selv bestemmer bruken av, i kroner per innbygger. I dag er dette den eneste delen av inntektene katalogen har.
  nn: Skatt og rammetilskot som kommunen sjølv avgjer bruken av, i kroner per innbyggjar. I dag er dette den einaste delen av inntektene katalogen har.
  en: Taxes and block grants that the municipality itself decides how to spend, in kroner per inhabitant. At present this is the only part of revenue that the catalogue has.
formula:
  nb: Frie inntekter per innbygger i løpende kroner, slik Statistisk sentralbyrå har regnet det (KOSAG110000). Vi regner ikke om; for kommuner som er slått sammen, står tallet for kommunen slik den var det året.
  nn: Frie inntekter per innbyggjar i løpande kroner, slik Statistisk sentralbyrå har rekna det (KOSAG110000). Vi reknar ikkje om; for kommunar som er slegne saman, står talet for kommunen slik han var det året.
  en: Free revenue per inhabitant in current kroner, as Statistics Norway computed it (KOSAG110000). We do not recompute; for merged municipalities the figure is for the municipality as it was that year.
sdg:
  goal: 17
  target: "17.1"
  indicator: "17.1.1"
  name:
    nb: Offentlige inntekter i alt som andel av bruttonasjonalproduktet, etter kilde
    nn: Offentlege inntekter i alt som del av bruttonasjonalproduktet, etter kjelde
    en: Total government revenue as a proportion of GDP, by source
  fidelity: proxy
  why:
    nb: FN måler alle offentlige inntekter mot bruttonasjonalproduktet, etter kilde. Her er bare de frie inntektene, per innbygger og uten kilde.
    nn: FN måler alle offentlege inntekter mot bruttonasjonalproduktet, etter kjelde. Her er berre dei frie inntektene, per innbyggjar og utan kjelde.
    en: The UN measures all government revenue against GDP, by source. Here there is only free revenue, per inhabitant and without its source.
unit: "{NOK}/{person}"
decimals: 0
better: context
geography: municipality
frequency: year
target_image: adaptable
roadmap_principle: 2
themes: [GOVE, ECON]
keywords:
  nb: [kommuneøkonomi, KOSTRA, regnskap, inntekter]
  nn: [kommuneøkonomi, KOSTRA, rekneskap, inntekter]
  en: [municipal finances, KOSTRA, accounts, revenue]
crosswalk:
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2687
  ssb_table: "12134"
does_not_say:
  nb: Små og spredte kommuner får mer fordi tjenestene koster mer der. Tallet er ikke justert for prisstigning, så det vokser uten at kommunen får råd til mer.
  nn: Små og spreidde kommunar får meir fordi tenestene kostar meir der. Talet er ikkje justert for prisstiging, så det veks utan at kommunen får råd til meir.
  en: Small and scattered municipalities get more because services cost more there. The number is not adjusted for inflation, so it grows without the municipality being able to afford more.
not_covered:
  nb: Gebyrer, øremerkede tilskudd og andre inntekter. Fylkeskommunene, og kommuner som ikke har levert regnskapet i tide. Oslo er både kommune og fylkeskommune og får derfor mer.
  nn: Gebyr, øyremerkte tilskot og andre inntekter. Fylkeskommunane, og kommunar som ikkje har levert rekneskapen i tide. Oslo er både kommune og fylkeskommune og får difor meir.
  en: Fees, earmarked grants and other revenue. The counties, and municipalities that have not delivered their accounts in time. Oslo is both a municipality and a county and therefore gets more.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hva kommunen har å rutte med, og hvordan det endrer seg."
    nn: "Sjå kva kommunen har å rutte med, og korleis det endrar seg."
    en: "Seeing what resources the municipality has, and how that changes."
  discouraged_use:
    nb: "Egner seg dårlig til å si om en kommune er godt eller dårlig drevet; rammer, oppgaver og regnskapsvalg er ulike."
    nn: "Eignar seg dårleg til å seie om ein kommune er godt eller dårleg driven; rammer, oppgåver og rekneskapsval er ulike."
    en: "Poorly suited to saying whether a municipality is well or badly run; means, tasks and accounting choices differ."
  misleads_when:
    nb: "Prisvekst og nye oppgaver gir høyere inntekter uten at kommunen får råd til mer."
    nn: "Prisvekst og nye oppgåver gjev høgare inntekter utan at kommunen får råd til meir."
    en: "Inflation and new tasks give higher revenue without the municipality being able to afford more."
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
      - {municipality: "0301", key_figure: free_revenue, year: 2024, kroner: 81240, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: free_revenue, year: 2025, kroner: 84000, status: P, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: free_equity, year: 2024, percent: 3, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "1103", key_figure: free_revenue, year: 2019, kroner: 60000, status: A, comparability: not_comparable, borders_year: 2019}
      - {municipality: "4601", key_figure: free_revenue, year: 2019, kroner: null, status: O, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 81240, obs_status: A, comparability: exact, borders_year: 2024, numerator: null, warnings: ""}
    - {ref_area: "0301", time_period: "2025", obs_value: 84000, obs_status: P, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: 60000, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
    - {ref_area: "4601", time_period: "2019", obs_value: null, obs_status: O, comparability: exact, warnings: ""}
  explanation:
    nb: Tallet er kildens eget, 81 240 i 2024. For 2025 er tabellen ikke rettet ennå, så tallet er foreløpig. Stavanger ble i 2020 slått sammen med flere; et forhold kan ikke legges sammen, så tallet for 2019 gjelder det gamle Stavanger. For Bergen i 2019 har kilden ikke noe tall.
    nn: Talet er kjelda sitt eige, 81 240 i 2024. For 2025 er tabellen ikkje retta enno, så talet er førebels. Stavanger vart i 2020 slegen saman med fleire; eit forhold kan ikkje leggjast saman, så talet for 2019 gjeld det gamle Stavanger. For Bergen i 2019 har kjelda ikkje noko tal.
    en: The number is the source's own, 81,240 in 2024. For 2025 the table is not corrected yet, so the number is preliminary. Stavanger merged with others in 2020; a ratio cannot be added up, so the number for 2019 is for old Stavanger. For Bergen in 2019 the source has no number.
---*/
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  kroner as obs_value,
  status as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  1 as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  comparability,
  borders_year
from tables.municipal_accounts_today
where key_figure = 'free_revenue'
