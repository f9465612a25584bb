/*---
id: sdg_11_2_1_near_a_served_stop
registry: L11-04
title:
  nb: Innbyggere nær en holdeplass med avganger hele uka
  nn: Innbyggjarar nær ein haldeplass med avgangar heile veka
  en: Inhabitants near a stop with departures all week
description:
  nb: Hvor stor del av innbyggerne som bor høyst 500 meter i luftlinje fra et stoppested med minst 60 avganger i uka.
  nn: Kor stor del av innbyggjarane som bur høgst 500 meter i luftline frå ein stoppestad med minst 60 avgangar i veka.
  en: The share of inhabitants who live at most 500 metres in a straight line from a stop place with at least 60 departures a week.
formula:
  nb: Bosatte i ruter på 250 meter der midten ligger høyst 500 meter fra et stoppested med minst 60 avganger i en vanlig uke, delt på alle bosatte i ruter i kommunen, ganger 100. De tre avstandene – høyst 500, 500 til 1000 og over 1000 meter – står hver for seg. En vanlig uke er gjennomsnittet av årets hele uker, og begge retninger på et stoppested telles sammen.
  nn: Busette i ruter på 250 meter der midten ligg høgst 500 meter frå ein stoppestad med minst 60 avgangar i ei vanleg veke, delt på alle busette i ruter i kommunen, gonger 100. Dei tre avstandane – høgst 500, 500 til 1000 og over 1000 meter – står kvar for seg. Ei vanleg veke er gjennomsnittet av dei heile vekene i året, og begge retningar på ein stoppestad blir talde saman.
  en: Residents of 250-metre squares whose centre lies at most 500 metres from a stop place with at least 60 departures in an ordinary week, divided by all residents of squares in the municipality, times 100. The three distances – at most 500, 500 to 1,000 and over 1,000 metres – are given each. An ordinary week is the mean of the year's whole weeks, and both directions at a stop place count together.
sdg:
  goal: 11
  target: "11.2"
  indicator: "11.2.1"
  name:
    nb: Andel av befolkningen som har enkel tilgang til offentlig transport, etter kjønn, alder og personer med funksjonsnedsettelse
    nn: Del av befolkninga som har enkel tilgang til offentleg transport, etter kjønn, alder og personar med funksjonsnedsetjing
    en: Proportion of population that has convenient access to public transport, by sex, age and persons with disabilities
  fidelity: adapted
  why:
    nb: "Som FNs, med et krav til hvor ofte det går noe – samme krav som Statistisk sentralbyrå bruker for ansatte. I luftlinje, og ikke delt etter kjønn og alder."
    nn: "Som hos FN, med eit krav til kor ofte det går noko – same kravet som Statistisk sentralbyrå bruker for tilsette. I luftline, og ikkje delt etter kjønn og alder."
    en: "As the UN's, with a demand on how often something departs – the one Statistics Norway uses for employees. In a straight line, and not broken down by sex and age."
unit: "%"
decimals: 1
better: higher
geography: municipality
frequency: year
uncertainty: wilson
minimum_coverage: 0.95
target_image: inclusive
roadmap_principle: 1
themes: [TRAN, SOCI]
keywords:
  nb: [kollektivtransport, holdeplass, avganger, gangavstand]
  nn: [kollektivtransport, haldeplass, avgangar, gangavstand]
  en: [public transport, stop, departures, walking distance]
crosswalk:
  u4ssc: "EC: I: T: 2A"
  eu_vlr: Access to public transport
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2540
does_not_say:
  nb: 60 avganger i uka er knapt én i timen på dagtid, og sier ikke om de går når folk trenger dem. Luftlinje er kortere enn veien. Tallet sier ikke hvor bussen går, hva den koster eller om den som sitter i rullestol, kommer på.
  nn: 60 avgangar i veka er knapt éin i timen på dagtid, og seier ikkje om dei går når folk treng dei. Luftline er kortare enn vegen. Talet seier ikkje kvar bussen går, kva han kostar eller om den som sit i rullestol, kjem på.
  en: 60 departures a week is barely one an hour in daytime, and does not say whether they go when people need them. A straight line is shorter than the way. The number does not say where the bus goes, what it costs or whether someone in a wheelchair can board.
not_covered:
  nb: Transport på bestilling og skoleskyss uten plass i rutetabellen, og selskaper som rutedata ikke er hentet fra. Folk uten fast adresse. En kommune uten noen holdeplass innen én kilometer fra noen rute får ikke noe tall, fordi vi da ikke vet om den mangler buss eller om rutedata mangler.
  nn: Transport på bestilling og skuleskyss utan plass i rutetabellen, og selskap som rutedata ikkje er henta frå. Folk utan fast adresse. Ein kommune utan nokon haldeplass innan éin kilometer frå noka rute får ikkje noko tal, fordi vi då ikkje veit om han manglar buss eller om rutedata manglar.
  en: Transport on demand and school transport that is not in the timetable, and companies whose timetables were not fetched. People without a fixed address. A municipality without any stop within a kilometre of any square gets no number, because we then do not know whether it lacks buses or we lack timetables.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Finne ut hvor mange som har buss eller bane i nærheten hele uka, og om det blir flere."
    nn: "Finne ut kor mange som har buss eller bane i nærleiken heile veka, og om det blir fleire."
    en: "Finding out how many have a bus or train nearby all week, and whether they become more."
  discouraged_use:
    nb: "Egner seg dårlig til å si om tilbudet er godt nok for den enkelte."
    nn: "Eignar seg dårleg til å seie om tilbodet er godt nok for den einskilde."
    en: "Poorly suited to saying whether the service is good enough for any one person."
  misleads_when:
    nb: "Seksti avganger spredt tynt over uka gir full uttelling, også der ingen av dem passer til arbeid og skole."
    nn: "Seksti avgangar spreidde tynt over veka gjev full utteljing, også der ingen av dei passar til arbeid og skule."
    en: "Sixty departures spread thinly over the week count in full, even where none suits work and school."
  decision:
    status: approved
    by: data_owner_mobility
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Rutene med innbyggere publiseres ikke, bare summer for hele kommuner. Små summer er holdt tilbake."
      nn: "Rutene med innbyggjarar blir ikkje publiserte, berre summar for heile kommunar. Små summar er haldne tilbake."
      en: "The squares with inhabitants are not published, only sums for whole municipalities. Small sums are withheld."
issued: 2026-11-23
example:
  given:
    tables.square_access:
      - {cell: "1", year: 2025, municipality: "0301", population: 400, is_near_a_stop: true, served_stop: within_500}
      - {cell: "2", year: 2025, municipality: "0301", population: 80, is_near_a_stop: true, served_stop: within_1000}
      - {cell: "3", year: 2025, municipality: "0301", population: 20, is_near_a_stop: false, served_stop: beyond_1000}
      - {cell: "4", year: 2025, municipality: "1826", population: 900, is_near_a_stop: false, served_stop: beyond_1000}
      - {cell: "5", year: 2023, municipality: "3005", population: 300, is_near_a_stop: true, served_stop: within_500}
      - {cell: "6", year: 2023, municipality: "3005", population: 100, is_near_a_stop: false, served_stop: beyond_1000}
    areas.to_borders:
      - {code: "0301", year: 2025, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
      - {code: "1826", year: 2025, borders_year: 2024, to_code: "1826", method: exact, weight: 1, comparability: exact}
      - {code: "3005", year: 2023, borders_year: 2024, to_code: "3301", method: exact, weight: 1, comparability: exact}
    tables.municipality_population:
      - {municipality: "0301", year: 2025, population: 505, comparability: exact, method: official, borders_year: 2024}
      - {municipality: "1826", year: 2025, population: 900, comparability: exact, method: official, borders_year: 2024}
      - {municipality: "3301", year: 2023, population: 500, comparability: exact, method: official, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2025", breakdown: "", obs_value: 80, obs_status: A, numerator: 400, denominator: 500}
    - {ref_area: "0301", time_period: "2025", breakdown: distance=beyond_1000, obs_value: 4, numerator: 20, denominator: 500}
    - {ref_area: "0301", time_period: "2025", breakdown: distance=within_1000, obs_value: 16, numerator: 80, denominator: 500}
    - {ref_area: "0301", time_period: "2025", breakdown: distance=within_500, obs_value: 80, numerator: 400, denominator: 500}
    - {ref_area: "1826", time_period: "2025", breakdown: "", obs_value: null, obs_status: O}
    - {ref_area: "1826", time_period: "2025", breakdown: distance=beyond_1000, obs_value: null, obs_status: O}
    - {ref_area: "1826", time_period: "2025", breakdown: distance=within_1000, obs_value: null, obs_status: O}
    - {ref_area: "1826", time_period: "2025", breakdown: distance=within_500, obs_value: null, obs_status: O}
    - {ref_area: "3301", time_period: "2023", breakdown: "", obs_value: null, obs_status: N, coverage: 0.8}
    - {ref_area: "3301", time_period: "2023", breakdown: distance=beyond_1000, obs_value: null, obs_status: N}
    - {ref_area: "3301", time_period: "2023", breakdown: distance=within_1000, obs_value: null, obs_status: N}
    - {ref_area: "3301", time_period: "2023", breakdown: distance=within_500, obs_value: null, obs_status: N}
  explanation:
    nb: I Oslo bor 400 av 500 innen 500 meter, 80 prosent; 80 bor mellom 500 og 1000 meter unna og 20 lenger unna. Hattfjelldal har ingen holdeplass i nærheten av noen, så vi vet ikke nok. I Drammen i 2023 har rutene bare 400 av 500 innbyggere.
    nn: I Oslo bur 400 av 500 innan 500 meter, 80 prosent; 80 bur mellom 500 og 1000 meter unna og 20 lenger unna. Hattfjelldal har ingen haldeplass i nærleiken av nokon, så vi veit ikkje nok. I Drammen i 2023 har rutene berre 400 av 500 innbyggjarar.
    en: In Oslo 400 of 500 live within 500 metres, 80 per cent; 80 live between 500 and 1,000 metres away and 20 farther away. Hattfjelldal has no stop near anybody, so we do not know enough. In Drammen in 2023 the squares hold only 400 of 500 inhabitants.
---*/
with links as (
  select
    code,
    year,
    to_code,
    comparability,
    borders_year,
    count(*) over (partition by year, to_code) as parts
  from areas.to_borders
),
sums as (
  select
    municipality,
    year,
    sum(population) as residents,
    sum(case when served_stop = 'within_500' then population else 0 end) as within_500,
    sum(case when served_stop = 'within_1000' then population else 0 end) as within_1000,
    sum(case when served_stop = 'beyond_1000' then population else 0 end) as beyond_1000,
    max(case when is_near_a_stop or served_stop <> 'beyond_1000' then 1 else 0 end) as has_stop
  from tables.square_access
  group by
    municipality,
    year
),
today as (
  select
    links.to_code as municipality,
    sums.year,
    links.borders_year,
    links.comparability,
    sum(sums.residents) as residents,
    sum(sums.within_500) as within_500,
    sum(sums.within_1000) as within_1000,
    sum(sums.beyond_1000) as beyond_1000,
    max(sums.has_stop) as has_stop,
    count(*) as municipalities
  from sums
  inner join links
    on links.code = sums.municipality
    and links.year = sums.year
  where links.comparability in ('exact', 'summed')
  group by
    links.to_code,
    sums.year,
    links.borders_year,
    links.comparability
  having count(*) = max(links.parts)
),
answers as (
  select
    today.municipality,
    today.year,
    today.borders_year,
    today.comparability,
    today.residents,
    today.has_stop,
    today.municipalities,
    today.within_500,
    today.within_1000,
    today.beyond_1000,
    cast(least(1, cast(today.residents as double) / nullif(registered.population, 0)) as decimal(9, 6)) as coverage
  from today
  left join tables.municipality_population as registered
    on registered.municipality = today.municipality
    and registered.year = today.year
),
bands as (
  select
    municipality,
    year,
    borders_year,
    comparability,
    residents,
    has_stop,
    municipalities,
    coverage,
    '' as breakdown,
    within_500 as part
  from answers
  union all
  select
    municipality,
    year,
    borders_year,
    comparability,
    residents,
    has_stop,
    municipalities,
    coverage,
    'distance=within_500' as breakdown,
    within_500 as part
  from answers
  union all
  select
    municipality,
    year,
    borders_year,
    comparability,
    residents,
    has_stop,
    municipalities,
    coverage,
    'distance=within_1000' as breakdown,
    within_1000 as part
  from answers
  union all
  select
    municipality,
    year,
    borders_year,
    comparability,
    residents,
    has_stop,
    municipalities,
    coverage,
    'distance=beyond_1000' as breakdown,
    beyond_1000 as part
  from answers
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  case when has_stop = 1 and coalesce(coverage, 1) >= 0.95 then cast(100 * cast(part as double) / residents as decimal(28, 6)) end as obs_value,
  case
    when has_stop = 0 then 'O'
    when coverage < 0.95 then 'N'
    else 'A'
  end as obs_status,
  coverage,
  municipalities as n_units,
  case when has_stop = 1 then part end as numerator,
  residents as denominator,
  comparability,
  borders_year,
  breakdown as breakdown,
  case when coverage is null then 'denominator_missing' else '' end as warnings
from bands
