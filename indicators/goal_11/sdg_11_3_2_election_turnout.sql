/*---
id: sdg_11_3_2_election_turnout
registry: L11-10
title:
  nb: Valgdeltakelse ved kommunestyrevalg
  nn: Valdeltaking ved kommunestyreval
  en: Turnout at municipal elections
description:
  nb: Avgitte stemmer delt på alle med stemmerett ved kommunestyrevalget, i prosent.
  nn: Røyster delte på alle med røysterett ved kommunestyrevalet, i prosent.
  en: Votes cast divided by all entitled to vote at the municipal election, in per cent.
formula:
  nb: "Valgdeltakelsen i prosent slik Statistisk sentralbyrå har regnet den. For kommuner som er slått sammen, står tallet for kommunen slik den var det året, og sammenlignes ikke med senere år."
  nn: "Valdeltakinga i prosent slik Statistisk sentralbyrå har rekna ho. For kommunar som er slegne saman, står talet for kommunen slik han var det året, og blir ikkje samanlikna med seinare år."
  en: "Turnout in per cent as Statistics Norway computed it. For merged municipalities the figure is for the municipality as it was that year, and is not compared with later ones."
sdg:
  goal: 11
  target: "11.3"
  indicator: "11.3.2"
  name:
    nb: Andel byer der sivilsamfunnet tar direkte del i byplanlegging og bystyre på en regelmessig og demokratisk måte
    nn: Del byar der sivilsamfunnet tek direkte del i byplanlegging og bystyre på ein regelmessig og demokratisk måte
    en: Proportion of cities with a direct participation structure of civil society in urban planning and management that operate regularly and democratically
  fidelity: proxy
  why:
    nb: FN spør om innbyggerne har faste måter å delta i planleggingen på. Valgdeltakelsen viser hvor mange som bruker den viktigste av dem.
    nn: FN spør om innbyggjarane har faste måtar å delta i planlegginga på. Valdeltakinga viser kor mange som bruker den viktigaste av dei.
    en: The UN asks whether inhabitants have regular ways to take part in planning. Turnout shows how many use the most important of them.
unit: "%"
decimals: 1
better: higher
geography: municipality
frequency: year
target_image: inclusive
roadmap_principle: 4
themes: [GOVE]
keywords:
  nb: [valg, demokrati, deltakelse]
  nn: [val, demokrati, deltaking]
  en: [election, democracy, participation]
crosswalk:
  u4ssc: "SC: SH: SI: 4C"
  eu_vlr: Voter turnout in municipal elections
  ssb_table: "09475"
does_not_say:
  nb: "Tallet sier ikke hvem som lar være å stemme, og ikke om folk blir hørt mellom valgene. Det finnes bare hvert fjerde år."
  nn: "Talet seier ikkje kven som let vere å røyste, og ikkje om folk blir høyrde mellom vala. Det finst berre kvart fjerde år."
  en: "The number does not say who does not vote, nor whether people are heard between elections. It exists only every fourth year."
not_covered:
  nb: "De som ikke har stemmerett, blant dem barn og folk som har bodd kort tid i landet."
  nn: "Dei som ikkje har røysterett, mellom dei barn og folk som har budd kort tid i landet."
  en: "Those without the right to vote, among them children and people who have lived in the country for a short time."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge valgdeltakelsen i kommunen fra valg til valg."
    nn: "Følgje valdeltakinga i kommunen frå val til val."
    en: "Following turnout in the municipality from election to election."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvem som lar være å stemme, eller hvorfor."
    nn: "Eignar seg dårleg til å seie kven som let vere å røyste, eller kvifor."
    en: "Poorly suited to saying who does not vote, or why."
  misleads_when:
    nb: "Høy deltakelse kan bli lest som at alle blir hørt, også der mange innbyggere ikke har stemmerett."
    nn: "Høg deltaking kan bli lesen som at alle blir høyrde, også der mange innbyggjarar ikkje har røysterett."
    en: "High turnout may be read as everyone being heard, also where many inhabitants may not vote."
  decision:
    status: approved
    by: data_owner_statistics
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Offisiell, åpen statistikk for hele kommuner. Grupper under grensen er holdt tilbake."
      nn: "Offisiell, open statistikk for heile kommunar. Grupper under grensa er haldne tilbake."
      en: "Official, open statistics for whole municipalities. Groups below the limit are withheld."
issued: 2026-11-23
example:
  given:
    validated.election_turnout:
      - {municipality: "0301", year: 2023, turnout: 65.1, votes: 350000}
      - {municipality: "0301", year: 2024, turnout: null, turnout_sign: "..", votes: null}
      - {municipality: "1103", year: 2019, turnout: 66.2, votes: 70000}
    tables.ratio_borders:
      - {code: "0301", year: 2024, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "0301", year: 2023, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "1103", year: 2019, municipality: "1103", comparability: not_comparable, borders_year: 2019}
  expect:
    - {ref_area: "0301", time_period: "2023", obs_value: 65.1, obs_status: A, comparability: exact, borders_year: 2024, warnings: ""}
    - {ref_area: "0301", time_period: "2024", obs_value: null, obs_status: O}
    - {ref_area: "1103", time_period: "2019", obs_value: 66.2, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
  explanation:
    nb: "Oslo har kildens eget tall, 65,1 prosent. Året etter er det «..» i kilden, og da finnes det ikke noe tall. Stavanger i 2019 er det gamle Stavanger."
    nn: "Oslo har talet til kjelda sjølv, 65,1 prosent. Året etter er det «..» i kjelda, og då finst det ikkje noko tal. Stavanger i 2019 er det gamle Stavanger."
    en: "Oslo has the source's own figure, 65.1 per cent. The year after the source has “..”, and then there is no number. Stavanger in 2019 is the old Stavanger."
---*/
select
  borders.municipality as ref_area,
  cast(figures.year as varchar) as time_period,
  figures.turnout as obs_value,
  case
    when figures.turnout is null and figures.turnout_sign = ':' then 'Q'
    when figures.turnout is null and figures.turnout_sign = '...' then 'L'
    when figures.turnout is null and figures.turnout_sign = '.' then 'M'
    when figures.turnout is null then 'O'
    when figures.turnout_sign = '*' then 'P'
    else 'A'
  end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  1 as n_units,
  cast(null as decimal(38, 6)) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  borders.comparability,
  borders.borders_year
from validated.election_turnout as figures
inner join tables.ratio_borders as borders
  on borders.code = figures.municipality
  and borders.year = figures.year
