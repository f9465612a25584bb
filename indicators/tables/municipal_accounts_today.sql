/*---
id: municipal_accounts_today
title:
  nb: Kommuneregnskap i dagens kommuner
  nn: Kommunerekneskap i kommunane i dag
  en: Accounts of today's municipalities
description:
  nb: Nøkkeltallene fra kommuneregnskapet for dagens kommuner. Tallene er kildens egne forhold og regnes ikke om. De står for dagens kommune der den er den samme, og ellers for kommunen slik den var det året. Status sier om tallet er foreløpig, eller hvorfor det mangler.
  nn: Nøkkeltala frå kommunerekneskapen for kommunane i dag. Tala er forholda til kjelda sjølv og blir ikkje rekna om. Dei står for kommunen i dag der han er den same, og elles for kommunen slik han var det året. Status seier om talet er førebels, eller kvifor det manglar.
  en: The key figures of municipal accounts for today's municipalities. The figures are the source's own ratios and are not recomputed. They stand for today's municipality where it is the same, and else for the municipality as it was that year. The status says whether the figure is preliminary, or why it is missing.
row:
  nb: Ett nøkkeltall i én av dagens kommuner ett år.
  nn: Eitt nøkkeltal i éin av kommunane i dag eitt år.
  en: One key figure of one of today's municipalities in one year.
key: [municipality, key_figure, year]
columns:
  - name: municipality
    type: text
    title: {nb: Kommunenummer, nn: Kommunenummer, en: Municipality number}
    description: {nb: Kommunen i dag., nn: Kommunen i dag., en: The municipality of today.}
  - name: key_figure
    type: text
    title: {nb: Nøkkeltall, nn: Nøkkeltal, en: Key figure}
    description: {nb: Hva tallet gjelder., nn: Kva talet gjeld., en: What the figure is about.}
    codes:
      free_revenue: {nb: frie inntekter per innbygger, nn: frie inntekter per innbyggjar, en: free revenue per inhabitant}
      net_operating_result: {nb: netto driftsresultat, nn: netto driftsresultat, en: net operating result}
      overspending: {nb: årets merforbruk i driftsregnskapet, nn: meirforbruk i driftsrekneskapen i året, en: the year's overspending in the operating account}
      working_capital: {nb: arbeidskapital uten premieavvik, nn: arbeidskapital utan premieavvik, en: working capital without pension premium deviation}
      net_interest_exposure: {nb: netto renteeksponering, nn: netto renteeksponering, en: net interest exposure}
      long_term_debt: {nb: langsiktig gjeld uten pensjonsforpliktelser, nn: langsiktig gjeld utan pensjonsplikter, en: long-term debt without pension obligations}
      free_equity: {nb: fri egenkapital drift, nn: fri eigenkapital drift, en: free operating equity}
      gross_investment: {nb: brutto investeringsutgifter, nn: brutto investeringsutgifter, en: gross investment expenditure}
      own_financing: {nb: egenfinansiering av investeringene, nn: eigenfinansiering av investeringane, en: own financing of investments}
  - name: year
    type: integer
    unit: a
    title: {nb: År, nn: År, en: Year}
    description: {nb: Regnskapsåret., nn: Rekneskapsåret., en: The accounting year.}
  - name: kroner
    type: integer
    unit: "{NOK}/{person}"
    nullable: true
    title: {nb: Kroner per innbygger, nn: Kroner per innbyggjar, en: Kroner per inhabitant}
    description:
      nb: Tallet der nøkkeltallet er i kroner. Tomt for nøkkeltall i prosent, og der tallet mangler.
      nn: Talet der nøkkeltalet er i kroner. Tomt for nøkkeltal i prosent, og der talet manglar.
      en: The figure where the key figure is in kroner. Empty for key figures in per cent, and where the figure is missing.
  - name: percent
    type: decimal
    unit: "%"
    precision: 12
    scale: 4
    nullable: true
    title: {nb: Prosent, nn: Prosent, en: Per cent}
    description:
      nb: Tallet der nøkkeltallet er i prosent. Tomt for andre nøkkeltall, og der tallet mangler.
      nn: Talet der nøkkeltalet er i prosent. Tomt for andre nøkkeltal, og der talet manglar.
      en: The figure where the key figure is in per cent. Empty for other key figures, and where the figure is missing.
  - name: status
    type: text
    title: {nb: Status, nn: Status, en: Status}
    description:
      nb: Tallets status. Foreløpig er et tall som kilden merker slik, eller som er eldre enn rettingen i juni året etter.
      nn: Statusen til talet. Førebels er eit tal som kjelda merkjer slik, eller som er eldre enn rettinga i juni året etter.
      en: Status of the figure. Preliminary is a figure that the source marks so, or that is older than the correction in June of the next year.
    codes:
      A: {nb: vanlig verdi, nn: vanleg verdi, en: normal value}
      P: {nb: foreløpig verdi, nn: førebels verdi, en: preliminary value}
      O: {nb: mangler, nn: manglar, en: missing}
      M: {nb: kan ikke finnes, nn: kan ikkje finnast, en: cannot exist}
      L: {nb: ikke klart ennå, nn: ikkje klart enno, en: not yet available}
      Q: {nb: vises ikke av hensyn til personvern, nn: blir ikkje vist av omsyn til personvern, en: withheld for confidentiality}
  - name: comparability
    type: text
    title: {nb: Sammenlignbarhet, nn: Samanliknbarheit, en: Comparability}
    description: {nb: Hva grenseendringer har gjort med tallet., nn: Kva grenseendringar har gjort med talet., en: What border changes did to the figure.}
    codes:
      exact: {nb: samme kommune, nn: same kommune, en: same municipality}
      not_comparable: {nb: kommunen slik den var det året, nn: kommunen slik han var det året, en: the municipality as it was that year}
  - name: borders_year
    type: integer
    unit: a
    title: {nb: Grenser fra år, nn: Grenser frå år, en: Borders of year}
    description:
      nb: Året grensene gjelder fra, eller tallets eget år når det ikke kan sammenlignes.
      nn: Året grensene gjeld frå, eller året for talet sjølv når det ikkje kan samanliknast.
      en: The year the borders apply from, or the figure's own year where it is not comparable.
example:
  given:
    validated.municipal_accounts:
      - {municipality: "0301", key_figure: free_revenue, year: 2024, kroner: 81240, sign: null, published_on: "2026-03-16"}
      - {municipality: "0301", key_figure: free_revenue, year: 2025, kroner: 84000, sign: null, published_on: "2026-05-31"}
      - {municipality: "0301", key_figure: long_term_debt, year: 2024, percent: 112.5, sign: null, published_on: "2025-06-01"}
      - {municipality: "0301", key_figure: long_term_debt, year: 2023, percent: 115.25, sign: "*", published_on: "2026-03-16"}
      - {municipality: "1103", key_figure: free_revenue, year: 2019, kroner: 60000, sign: null, published_on: "2026-03-16"}
      - {municipality: "1141", key_figure: free_revenue, year: 2019, kroner: 65000, sign: null, published_on: "2026-03-16"}
      - {municipality: "1201", key_figure: free_revenue, year: 2019, kroner: null, sign: "..", published_on: "2026-03-16"}
      - {municipality: "1201", key_figure: long_term_debt, year: 2019, percent: null, sign: ":", published_on: "2026-03-16"}
    tables.ratio_borders:
      - {code: "0301", year: 2023, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "0301", year: 2024, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "0301", year: 2025, municipality: "0301", comparability: exact, borders_year: 2024}
      - {code: "1103", year: 2019, municipality: "1103", comparability: not_comparable, borders_year: 2019}
      - {code: "1201", year: 2019, municipality: "4601", comparability: exact, borders_year: 2024}
  expect:
    - {municipality: "0301", key_figure: free_revenue, year: 2024, kroner: 81240, percent: null, status: A, comparability: exact, borders_year: 2024}
    - {municipality: "0301", key_figure: free_revenue, year: 2025, kroner: 84000, status: P}
    - {municipality: "0301", key_figure: long_term_debt, year: 2023, kroner: null, percent: 115.25, status: P}
    - {municipality: "0301", key_figure: long_term_debt, year: 2024, percent: 112.5, status: A}
    - {municipality: "1103", key_figure: free_revenue, year: 2019, kroner: 60000, status: A, comparability: not_comparable, borders_year: 2019}
    - {municipality: "4601", key_figure: free_revenue, year: 2019, kroner: null, status: O, comparability: exact}
    - {municipality: "4601", key_figure: long_term_debt, year: 2019, percent: null, status: Q}
  explanation:
    nb: Tallet for 2025 er fra en tabell sist oppdatert 31. mai 2026, før rettingen i juni, så det er foreløpig; det samme er tallet for 2023, som kilden selv har merket. En tabell fra 1. juni året etter er rettet. For 2019 gjelder tallet det gamle Stavanger (1103), og Finnøy (1141) har ingen plass i dag. Bergen het 1201 i 2019; «..» betyr at tallet mangler, og «:» at det ikke vises.
    nn: Talet for 2025 er frå ein tabell sist oppdatert 31. mai 2026, før rettinga i juni, så det er førebels; det same er talet for 2023, som kjelda sjølv har merkt. Ein tabell frå 1. juni året etter er retta. For 2019 gjeld talet det gamle Stavanger (1103), og Finnøy (1141) har ingen plass i dag. Bergen heitte 1201 i 2019; «..» tyder at talet manglar, og «:» at det ikkje blir vist.
    en: The figure for 2025 is from a table last updated on 31 May 2026, before the correction in June, so it is preliminary; so is the figure for 2023, which the source itself has marked. A table of 1 June of the next year is corrected. For 2019 the figure is for old Stavanger (1103), and Finnøy (1141) has no place today. Bergen was 1201 in 2019; “..” means that the figure is missing, and “:” that it is withheld.
---*/
with figures_today as (
  select
    borders.municipality,
    figures.key_figure,
    figures.year,
    figures.kroner,
    figures.percent,
    figures.sign,
    case when figures.kroner is null and figures.percent is null then 1 else 0 end as is_missing,
    case
      when figures.sign = '*' or figures.published_on < cast(cast(figures.year + 1 as varchar) || '-06-01' as date) then 1
      else 0
    end as is_preliminary,
    borders.comparability,
    borders.borders_year
  from validated.municipal_accounts as figures
  inner join tables.ratio_borders as borders
    on borders.code = figures.municipality
    and borders.year = figures.year
)
select
  municipality,
  key_figure,
  year,
  kroner,
  percent,
  case
    when is_missing = 1 and sign = ':' then 'Q'
    when is_missing = 1 and sign = '...' then 'L'
    when is_missing = 1 and sign = '.' then 'M'
    when is_missing = 1 then 'O'
    when is_preliminary = 1 then 'P'
    else 'A'
  end as status,
  comparability,
  borders_year
from figures_today
