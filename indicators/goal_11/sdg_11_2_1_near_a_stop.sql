/*---
id: sdg_11_2_1_near_a_stop
registry: L11-03
title:
  nb: Innbyggere som bor nær en holdeplass
  nn: Innbyggjarar som bur nær ein haldeplass
  en: Inhabitants living near a stop
description:
  nb: Hvor stor del av innbyggerne som bor høyst 500 meter i luftlinje fra en holdeplass med avganger, eller høyst én kilometer fra tog, T-bane eller båt.
  nn: Kor stor del av innbyggjarane som bur høgst 500 meter i luftline frå ein haldeplass med avgangar, eller høgst éin kilometer frå tog, T-bane eller båt.
  en: The share of inhabitants who live at most 500 metres in a straight line from a stop with departures, or at most one kilometre from trains, metro or boats.
formula:
  nb: Bosatte i ruter på 250 meter der midten ligger høyst 500 meter fra en plattform med minst én avgang i en vanlig uke (1000 meter for tog, T-bane og båt), delt på alle bosatte i ruter i kommunen, ganger 100. Avstanden er rett linje i UTM sone 33. Langs veinettet regnes det likt, med gangavstanden fra rutens midte i stedet for den rette linjen.
  nn: Busette i ruter på 250 meter der midten ligg høgst 500 meter frå ei plattform med minst éin avgang i ei vanleg veke (1000 meter for tog, T-bane og båt), delt på alle busette i ruter i kommunen, gonger 100. Avstanden er rett line i UTM sone 33. Langs vegnettet blir det rekna likt, med gangavstanden frå midten av ruta i staden for den rette lina.
  en: Residents of 250-metre squares whose centre lies at most 500 metres from a platform with at least one departure in an ordinary week (1,000 metres for trains, metro and boats), divided by all residents of squares in the municipality, times 100. The distance is a straight line in UTM zone 33. Along the road network the method is the same, with the walking distance from the centre of the square instead of the straight line.
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
    nb: "Samme grenser som FNs, men i luftlinje i stedet for langs veien, og ikke delt etter kjønn, alder eller funksjonsnedsettelse."
    nn: "Same grenser som hos FN, men i luftline i staden for langs vegen, og ikkje delt etter kjønn, alder eller funksjonsnedsetjing."
    en: "The same limits as the UN's, but in a straight line instead of along the road, and not broken down by sex, age or disability."
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
  nb: Luftlinje er kortere enn veien, så tallet er for høyt, mest der elver, jernbane og bratte lier ligger imellom. Det sier ikke hvor ofte det går en avgang, hvor den går, hva den koster, eller om den som sitter i rullestol, kommer på.
  nn: Luftline er kortare enn vegen, så talet er for høgt, mest der elver, jernbane og bratte lier ligg imellom. Det seier ikkje kor ofte det går ein avgang, kvar han går, kva han kostar, eller om den som sit i rullestol, kjem på.
  en: A straight line is shorter than the way, so the number is too high, most where rivers, railways and steep slopes lie between. It does not say how often there is a departure, where it goes, what it costs, or whether someone in a wheelchair can board.
not_covered:
  nb: Transport på bestilling og skoleskyss uten plass i rutetabellen, og selskaper som rutedata ikke er hentet fra. Folk uten fast adresse. En kommune uten noen holdeplass innen én kilometer fra noen rute får ikke noe tall, fordi vi da ikke vet om den mangler buss eller om rutedata mangler.
  nn: Transport på bestilling og skuleskyss utan plass i rutetabellen, og selskap som rutedata ikkje er henta frå. Folk utan fast adresse. Ein kommune utan nokon haldeplass innan éin kilometer frå noka rute får ikkje noko tal, fordi vi då ikkje veit om han manglar buss eller om rutedata manglar.
  en: Transport on demand and school transport that is not in the timetable, and companies whose timetables were not fetched. People without a fixed address. A municipality without any stop within a kilometre of any square gets no number, because we then do not know whether it lacks buses or we lack timetables.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Finne ut hvor mange som bor nær en holdeplass, og hvor folk mangler en."
    nn: "Finne ut kor mange som bur nær ein haldeplass, og kvar folk manglar ein."
    en: "Finding out how many live near a stop, and where people lack one."
  discouraged_use:
    nb: "Egner seg dårlig til å si om folk faktisk kan reise; det avgjør avgangene."
    nn: "Eignar seg dårleg til å seie om folk faktisk kan reise; det avgjer avgangane."
    en: "Poorly suited to saying whether people can really travel; the departures decide that."
  misleads_when:
    nb: "Et skilt med én avgang i uka teller som en holdeplass, så tallet kan økes uten et bedre tilbud."
    nn: "Eit skilt med éin avgang i veka tel som ein haldeplass, så talet kan aukast utan eit betre tilbod."
    en: "A sign with one departure a week counts as a stop, so the number can be raised without a better service."
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
    - {ref_area: "0301", time_period: "2025", obs_value: 96, obs_status: A, coverage: 0.990099, numerator: 480, denominator: 500, comparability: exact, warnings: ""}
    - {ref_area: "1826", time_period: "2025", obs_value: null, obs_status: O, numerator: null, denominator: 900}
    - {ref_area: "3301", time_period: "2023", obs_value: null, obs_status: N, coverage: 0.8, numerator: 300, denominator: 400, warnings: below_coverage}
  explanation:
    nb: I Oslo bor (400 + 80) av 500 nær en holdeplass, 96 prosent; rutene har 500 av 505 registrerte. Hattfjelldal har ingen holdeplass i nærheten av noen, så vi vet ikke nok. I Drammen i 2023 har rutene bare 400 av 500 innbyggere.
    nn: I Oslo bur (400 + 80) av 500 nær ein haldeplass, 96 prosent; rutene har 500 av 505 registrerte. Hattfjelldal har ingen haldeplass i nærleiken av nokon, så vi veit ikkje nok. I Drammen i 2023 har rutene berre 400 av 500 innbyggjarar.
    en: In Oslo (400 + 80) of 500 live near a stop, 96 per cent; the squares hold 500 of 505 registered. Hattfjelldal has no stop near anybody, so we do not know enough. In Drammen in 2023 the squares hold only 400 of 500 inhabitants.
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
    sum(case when is_near_a_stop then population else 0 end) as near_a_stop,
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
    sum(sums.near_a_stop) as near_a_stop,
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
    today.near_a_stop,
    cast(least(1, cast(today.residents as double) / nullif(registered.population, 0)) as decimal(9, 6)) as coverage
  from today
  left join tables.municipality_population as registered
    on registered.municipality = today.municipality
    and registered.year = today.year
)
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  case when has_stop = 1 and coalesce(coverage, 1) >= 0.95 then cast(100 * cast(near_a_stop as double) / residents as decimal(28, 6)) end as obs_value,
  case
    when has_stop = 0 then 'O'
    when coverage < 0.95 then 'N'
    else 'A'
  end as obs_status,
  coverage,
  municipalities as n_units,
  case when has_stop = 1 then near_a_stop end as numerator,
  residents as denominator,
  comparability,
  borders_year,
  '' as breakdown,
  case when coverage is null then 'denominator_missing' else '' end as warnings
from answers
