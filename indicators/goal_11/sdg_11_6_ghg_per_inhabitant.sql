/*---
id: sdg_11_6_ghg_per_inhabitant
registry: L11-20
title:
  nb: Klimagassutslipp per innbygger
  nn: Klimagassutslepp per innbyggjar
  en: Greenhouse-gas emissions per inhabitant
description:
  nb: Utslippene av klimagasser innenfor kommunens grenser, fra alle sektorer i Miljødirektoratets kommunefordelte regnskap, delt på antall innbyggere 1. januar samme år.
  nn: Utsleppa av klimagassar innanfor grensene til kommunen, frå alle sektorar i den kommunefordelte rekneskapen til Miljødirektoratet, delt på talet på innbyggjarar 1. januar same året.
  en: Emissions of greenhouse gases within the borders of the municipality, from all sectors of the Norwegian Environment Agency's municipal accounts, divided by the number of inhabitants on 1 January of the year.
formula:
  nb: Summen av utslippene fra alle sektorer og kilder i tonn CO₂-ekvivalenter, delt på folketallet 1. januar. Alle år kommer fra den nyeste utgaven som har kommunen; to utgaver blandes aldri.
  nn: Summen av utsleppa frå alle sektorar og kjelder i tonn CO₂-ekvivalentar, delt på folketalet 1. januar. Alle år kjem frå den nyaste utgåva som har kommunen; to utgåver blir aldri blanda.
  en: Sum of the emissions of all sectors and sources in tonnes of CO₂ equivalents, divided by the population on 1 January. All years come from the newest edition that has the municipality; two editions are never mixed.
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere byenes negative påvirkning på miljøet per innbygger, blant annet ved å ta særlig hensyn til luftkvalitet og avfall
    nn: Innan 2030 redusere den negative påverknaden byane har på miljøet per innbyggjar, mellom anna ved å ta særleg omsyn til luftkvalitet og avfall
    en: By 2030, reduce the adverse per capita environmental impact of cities, including by paying special attention to air quality and municipal and other waste management
  fidelity: adapted
  why:
    nb: FN måler samlede klimagassutslipp for land (13.2.2). Her er det samme begrepet brukt på en kommune, og delt på innbyggerne slik delmål 11.6 ber om.
    nn: FN måler samla klimagassutslepp for land (13.2.2). Her er det same omgrepet brukt på ein kommune, og delt på innbyggjarane slik delmål 11.6 ber om.
    en: The UN measures total greenhouse-gas emissions of countries (13.2.2). Here the same concept is applied to a municipality and divided by its inhabitants, as target 11.6 asks.
unit: "t{CO2eq}/{person}"
decimals: 2
better: lower
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI]
keywords:
  nb: [klimagass, utslipp, CO2, klimaregnskap]
  nn: [klimagass, utslepp, CO2, klimarekneskap]
  en: [greenhouse gas, emissions, CO2, climate accounts]
crosswalk:
  u4ssc: "EN: EN: AQ: 2C"
  eu_vlr: CO2 emissions
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2599
does_not_say:
  nb: Bare utslipp innenfor grensene telles. Det innbyggerne slipper ut gjennom flyreiser, varer og mat laget andre steder er ikke med, og en kommune med stor industri får et høyt tall uansett hvordan folk lever. Summen av kommunene er ikke Norges utslipp.
  nn: Berre utslepp innanfor grensene blir talde. Det innbyggjarane slepp ut gjennom flyreiser, varer og mat laga andre stader er ikkje med, og ein kommune med stor industri får eit høgt tal uansett korleis folk lever. Summen av kommunane er ikkje utsleppa til Noreg.
  en: Only emissions within the borders are counted. What the inhabitants cause through flights, goods and food made elsewhere is not included, and a municipality with large industry gets a high number however people live. The sum of the municipalities is not Norway's emissions.
not_covered:
  nb: Opptak og utslipp fra skog og annen arealbruk, utslipp til havs og deler av sjøfart og luftfart. Andre gasser enn CO₂, metan og lystgass.
  nn: Opptak og utslepp frå skog og annan arealbruk, utslepp til havs og delar av sjøfart og luftfart. Andre gassar enn CO₂, metan og lystgass.
  en: Removals and emissions from forests and other land use, offshore emissions and parts of shipping and aviation. Gases other than CO₂, methane and nitrous oxide.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge utslippene innenfor kommunens grenser i forhold til folketallet."
    nn: "Følgje utsleppa innanfor kommunegrensene i høve til folketalet."
    en: "Following emissions within the municipality's borders relative to its population."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvor klimavennlig innbyggerne lever."
    nn: "Eignar seg dårleg til å seie kor klimavennleg innbyggjarane lever."
    en: "Poorly suited to saying how climate-friendly inhabitants live."
  misleads_when:
    nb: "Folketallsvekst senker tallet uten at utslippene går ned."
    nn: "Folketalsvekst senkar talet utan at utsleppa går ned."
    en: "Population growth lowers the number without emissions falling."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Utslipp er miljøinformasjon som alle har rett til. Innbyggertallene gjelder hele kommuner."
      nn: "Utslepp er miljøinformasjon som alle har rett til. Innbyggjartala gjeld heile kommunar."
      en: "Emissions are environmental information that everyone has a right to. Numbers of inhabitants are for whole municipalities."
issued: 2026-11-23
example:
  given:
    validated.ghg_emissions:
      - {edition: 2023-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Personbiler, emissions: 999}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: Veitrafikk, emission_source: Personbiler, emissions: 30000}
      - {edition: 2024-12, municipality: "4001", year: 2021, sector: "Industri, olje og gass", emission_source: Industri, emissions: 60000.5}
      - {edition: 2024-12, municipality: "4001", year: 2023, sector: Veitrafikk, emission_source: Personbiler, emissions: 28000}
      - {edition: 2024-12, municipality: "3301", year: 2019, sector: Veitrafikk, emission_source: Personbiler, emissions: 150000}
    tables.municipality_population:
      - {municipality: "3301", year: 2019, population: 100000, comparability: summed, method: recalculated, borders_year: 2024}
      - {municipality: "4001", year: 2021, population: 36000, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "3301", time_period: "2019", obs_value: 1.5, obs_status: A, comparability: summed, warnings: boundary_adjusted;imputed}
    - {ref_area: "4001", time_period: "2021", obs_value: 2.500014, obs_status: A, numerator: 90000.5, denominator: 36000, n_units: 2, borders_year: 2024, comparability: exact, warnings: ""}
    - {ref_area: "4001", time_period: "2023", obs_value: null, obs_status: O, numerator: 28000, denominator: null, n_units: 1, warnings: denominator_missing}
  explanation:
    nb: Den nyeste utgaven brukes for alle år, (30 000 + 60 000,5) / 36 000 = 2,500014. For 2023 er folketallet ikke kjent, så det blir ingen verdi, men utslippet står som teller. Drammen er slått sammen siden 2019; folketallet er fra serien som er omregnet til dagens grenser, og verdien er merket.
    nn: Den nyaste utgåva blir brukt for alle år, (30 000 + 60 000,5) / 36 000 = 2,500014. For 2023 er folketalet ikkje kjent, så det blir ingen verdi, men utsleppet står som teljar. Drammen er slegen saman sidan 2019; folketalet er frå serien som er rekna om til grensene i dag, og verdien er merkt.
    en: The newest edition is used for all years, (30,000 + 60,000.5) / 36,000 = 2.500014. For 2023 the population is not known, so there is no value, but the emissions stand as numerator. Drammen has merged since 2019; its population is from the series recalculated to today's borders, and the value is marked.
---*/
with newest_editions as (
  select
    municipality,
    max(edition) as edition
  from validated.ghg_emissions
  group by municipality
),
municipal_years as (
  select
    figures.municipality,
    figures.year,
    sum(figures.emissions) as emissions,
    count(distinct figures.sector) as sectors
  from validated.ghg_emissions as figures
  inner join newest_editions
    on newest_editions.municipality = figures.municipality
    and newest_editions.edition = figures.edition
  group by
    figures.municipality,
    figures.year
),
today as (
  select max(borders_year) as borders_year
  from tables.municipality_population
)
select
  municipal_years.municipality as ref_area,
  cast(municipal_years.year as varchar) as time_period,
  cast(cast(municipal_years.emissions as double) / inhabitants.population as decimal(28, 6)) as obs_value,
  case when inhabitants.population is null then 'O' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  municipal_years.sectors as n_units,
  municipal_years.emissions as numerator,
  inhabitants.population as denominator,
  coalesce(inhabitants.comparability, 'exact') as comparability,
  today.borders_year,
  concat_ws(
    ';',
    case when inhabitants.population is null then 'denominator_missing' end,
    case when inhabitants.method = 'recalculated' then 'imputed' end
  ) as warnings
from municipal_years
cross join today
left join tables.municipality_population as inhabitants
  on inhabitants.municipality = municipal_years.municipality
  and inhabitants.year = municipal_years.year
