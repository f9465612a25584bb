/*---
id: sdg_11_4_1_culture_expenditure
registry: L11-12
title:
  nb: Netto driftsutgifter til kultur per innbygger
  nn: Netto driftsutgifter til kultur per innbyggjar
  en: Net operating expenditure on culture per inhabitant
description:
  nb: Netto driftsutgifter til kultur slik KOSTRA regner dem (funksjonene 231, 370, 373, 375, 377, 380, 381, 383, 385 og 386), delt på antall innbyggere.
  nn: Netto driftsutgifter til kultur slik KOSTRA reknar dei (funksjonane 231, 370, 373, 375, 377, 380, 381, 383, 385 og 386), delt på talet på innbyggjarar.
  en: Net operating expenditure on culture as KOSTRA counts it (functions 231, 370, 373, 375, 377, 380, 381, 383, 385 and 386), divided by population.
formula:
  nb: "Netto driftsutgifter til kultur per innbygger slik KOSTRA har regnet dem. Tall som er publisert før 15. juni året etter, er foreløpige. For kommuner som er slått sammen, står tallet for kommunen slik den var det året, og sammenlignes ikke med senere år."
  nn: "Netto driftsutgifter til kultur per innbyggjar slik KOSTRA har rekna dei. Tal som er publiserte før 15. juni året etter, er førebelse. For kommunar som er slegne saman, står talet for kommunen slik han var det året, og blir ikkje samanlikna med seinare år."
  en: "Net operating expenditure on culture per inhabitant as KOSTRA computed it. Figures published before 15 June of the year after are preliminary. For merged municipalities the figure is for the municipality as it was that year, and is not compared with later ones."
sdg:
  goal: 11
  target: "11.4"
  indicator: "11.4.1"
  name:
    nb: Samlede utgifter per innbygger til bevaring, vern og sikring av all kultur- og naturarv, etter finansieringskilde, type arv og forvaltningsnivå
    nn: Samla utgifter per innbyggjar til bevaring, vern og sikring av all kultur- og naturarv, etter finansieringskjelde, type arv og forvaltingsnivå
    en: Total per capita expenditure on the preservation, protection and conservation of all cultural and natural heritage, by source of funding, type of heritage and level of government
  fidelity: proxy
  why:
    nb: FN spør om utgifter til kultur- og naturarv. De er ikke skilt ut i summen, så tallet er om kultur i det hele.
    nn: FN spør om utgifter til kultur- og naturarv. Dei er ikkje skilde ut i summen, så talet er om kultur i det heile.
    en: The UN asks about expenditure on cultural and natural heritage. Heritage is not separated out in the sum, so the number is about culture as a whole.
unit: "{NOK}/{person}"
decimals: 0
better: context
geography: municipality
frequency: year
target_image: attractive
roadmap_principle: 2
themes: [GOVE, EDUC]
keywords:
  nb: [kultur, KOSTRA, utgifter]
  nn: [kultur, KOSTRA, utgifter]
  en: [culture, KOSTRA, expenditure]
crosswalk:
  u4ssc: "SC: EH: C: 1C"
does_not_say:
  nb: "Kroner sier ikke hva innbyggerne får for dem, og ikke hva frivillige, private og staten bidrar med. Kulturminnevern er ikke med i summen."
  nn: "Kroner seier ikkje kva innbyggjarane får for dei, og ikkje kva frivillige, private og staten bidreg med. Kulturminnevern er ikkje med i summen."
  en: "Kroner do not say what inhabitants get for them, nor what volunteers, private donors and the state contribute. Preservation of heritage is not in the sum."
not_covered:
  nb: "Fylkeskommunens og statens utgifter til kultur, og investeringer."
  nn: "Utgiftene til fylkeskommunen og staten til kultur, og investeringar."
  en: "Expenditure of counties and the state on culture, and investments."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hva kommunen bruker på kultur, og hvordan det endrer seg."
    nn: "Sjå kva kommunen bruker på kultur, og korleis det endrar seg."
    en: "Seeing what the municipality spends on culture, and how that changes."
  discouraged_use:
    nb: "Egner seg dårlig til å si om en kommune er godt eller dårlig drevet; rammer, oppgaver og regnskapsvalg er ulike."
    nn: "Eignar seg dårleg til å seie om ein kommune er godt eller dårleg driven; rammer, oppgåver og rekneskapsval er ulike."
    en: "Poorly suited to saying whether a municipality is well or badly run; means, tasks and accounting choices differ."
  misleads_when:
    nb: "Høyere lønn og husleie gir høyere utgifter uten mer kultur."
    nn: "Høgare løn og husleige gjev høgare utgifter utan meir kultur."
    en: "Higher wages and rents give higher expenditure without more culture."
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
    validated.culture_expenditure:
      - {municipality: "0301", year: 2023, expenditure: 3100, published_on: "2024-06-17"}
      - {municipality: "0301", year: 2024, expenditure: 3210, published_on: "2025-03-17"}
      - {municipality: "1103", year: 2019, expenditure: null, sign: ":", published_on: "2020-06-15"}
    tables.ratio_borders:
      - {code: "0301", year: 2024, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "0301", year: 2023, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "1103", year: 2019, municipality: "1103", comparability: not_comparable, borders_year: 2019}
  expect:
    - {ref_area: "0301", time_period: "2023", obs_value: 3100, obs_status: A, warnings: ""}
    - {ref_area: "0301", time_period: "2024", obs_value: 3210, obs_status: P, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: null, obs_status: Q, comparability: not_comparable}
  explanation:
    nb: "Tallet for 2023 er publisert 17. juni året etter og er endelig; det for 2024 er fra mars og foreløpig. Et tall som kilden holder tilbake, blir ikke null."
    nn: "Talet for 2023 er publisert 17. juni året etter og er endeleg; det for 2024 er frå mars og førebels. Eit tal som kjelda held tilbake, blir ikkje null."
    en: "The figure for 2023 was published on 17 June of the year after and is final; that for 2024 is from March and preliminary. A figure that the source withholds does not become zero."
---*/
with figures as (
  select
    municipality,
    year,
    expenditure,
    sign,
    case when published_on < cast(cast(year + 1 as varchar) || '-06-15' as date) then 1 else 0 end as is_early
  from validated.culture_expenditure
)
select
  borders.municipality as ref_area,
  cast(figures.year as varchar) as time_period,
  figures.expenditure as obs_value,
  case
    when figures.expenditure is null and figures.sign = ':' then 'Q'
    when figures.expenditure is null and figures.sign = '...' then 'L'
    when figures.expenditure is null and figures.sign = '.' then 'M'
    when figures.expenditure is null then 'O'
    when figures.sign = '*' or figures.is_early = 1 then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  1 as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  borders.comparability,
  borders.borders_year
from figures
inner join tables.ratio_borders as borders
  on borders.code = figures.municipality
  and borders.year = figures.year
