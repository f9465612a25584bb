/*---
id: sdg_11_6_no2_peak_hour
registry: L11-18
title:
  nb: Den 19. høyeste timen av NO2 i året
  nn: Den 19. høgaste timen av NO2 i året
  en: The 19th highest hour of NO2 in the year
description:
  nb: Forskriften sier at NO2 ikke skal være over 200 µg/m³ i mer enn 18 timer i året. Da er det den 19. høyeste timen som avgjør; er den over 200, er grenseverdien brutt. Verdien er fra stasjonen der den er høyest.
  nn: Forskrifta seier at NO2 ikkje skal vere over 200 µg/m³ i meir enn 18 timar i året. Då er det den 19. høgaste timen som avgjer; er han over 200, er grenseverdien broten. Verdien er frå stasjonen der han er høgast.
  en: The regulation says that NO2 shall not be above 200 µg/m³ for more than 18 hours a year. So the 19th highest hour decides; if it is above 200, the limit value is exceeded. The value is from the station where it is highest.
formula:
  nb: Timeverdiene i året ordnet fra høyest til lavest; verdien på 19. plass, på stasjonen der den er høyest.
  nn: Timeverdiane i året ordna frå høgast til lågast; verdien på 19. plass, på stasjonen der han er høgast.
  en: The hourly values of the year ordered from highest to lowest; the value in 19th place, at the station where it is highest.
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere byenes negative påvirkning på miljøet per innbygger, blant annet ved å ta særlig hensyn til luftkvalitet og avfall
    nn: Innan 2030 redusere den negative påverknaden byane har på miljøet per innbyggjar, mellom anna ved å ta særleg omsyn til luftkvalitet og avfall
    en: By 2030, reduce the adverse per capita environmental impact of cities, including by paying special attention to air quality and municipal and other waste management
  fidelity: adapted
  why:
    nb: FN har ingen indikator for NO2. Denne følger måten den norske timegrenseverdien er laget på, og viser de verste timene.
    nn: FN har ingen indikator for NO2. Denne følgjer måten den norske timegrenseverdien er laga på, og viser dei verste timane.
    en: The UN has no indicator for NO2. This one follows how the Norwegian hourly limit value is made, and shows the worst hours.
unit: ug/m3
decimals: 0
better: lower
geography: municipality
frequency: year
minimum_coverage: 0.85
target:
  name: {nb: "Grenseverdi i forskriften", nn: "Grenseverdi i forskrifta", en: "Limit value by regulation"}
  value: 200
  source: {nb: "Forurensningsforskriften § 7-9", nn: "Forureiningsforskrifta § 7-9", en: "Pollution Regulations, section 7-9 (forurensningsforskriften)"}
target_image: healthy
roadmap_principle: 3
themes: [ENVI, HEAL]
keywords:
  nb: [luftkvalitet, nitrogendioksid, NO2, grenseverdi, timer]
  nn: [luftkvalitet, nitrogendioksid, NO2, grenseverdi, timar]
  en: [air quality, nitrogen dioxide, NO2, limit value, hours]
crosswalk:
  u4ssc: "EN: EN: AQ: 1C"
does_not_say:
  nb: Tallet sier ikke hvor mange timer som var dårlige, bare hvor høyt den 19. verste lå. En stasjon med hull i målingene kan ha mistet noen av sine verste timer.
  nn: Talet seier ikkje kor mange timar som var dårlege, berre kor høgt den 19. verste låg. Ein stasjon med hol i målingane kan ha mista nokre av sine verste timar.
  en: The number does not say how many hours were bad, only how high the 19th worst was. A station with gaps may have lost some of its worst hours.
not_covered:
  nb: Kommuner uten målestasjon, og stasjoner med under 85 prosent gyldige timer. Stasjoner som bare har døgnverdier, kan ikke telles.
  nn: Kommunar utan målestasjon, og stasjonar med under 85 prosent gyldige timar. Stasjonar som berre har døgnverdiar, kan ikkje teljast.
  en: Municipalities without a measuring station, and stations with less than 85 per cent valid hours. Stations that have only daily values cannot be counted.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se om timegrensen for NO2 er holdt på den mest belastede stasjonen, og hvor langt unna den er."
    nn: "Sjå om timegrensa for NO2 er halden på den mest belasta stasjonen, og kor langt unna ho er."
    en: "Seeing whether the hourly limit for NO2 was kept at the most polluted station, and by what margin."
  discouraged_use:
    nb: "Egner seg dårlig til å si hvor lenge lufta var dårlig, for bare den 19. høyeste timen vises, eller til å rangere kommuner: få har en stasjon."
    nn: "Eignar seg dårleg til å seie kor lenge lufta var dårleg, for berre den 19. høgaste timen blir vist, eller til å rangere kommunar: få har ein stasjon."
    en: "Poorly suited to saying how long the air was bad, because only the 19th highest hour is shown, or to ranking municipalities: few have a station."
  misleads_when:
    nb: "Mangler en stasjon målinger i de verste timene, blir tallet for lavt. En stasjon med mange timer like under den 19. ser bedre ut enn lufta var."
    nn: "Manglar ein stasjon målingar i dei verste timane, blir talet for lågt. Ein stasjon med mange timar like under den 19. ser betre ut enn lufta var."
    en: "Where a station has no measurements for the worst hours, the number is too low. A station with many hours just below the 19th looks better than its air was."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Målinger ved faste stasjoner, uten opplysninger om folk. Alle har rett til å vite hvordan lufta er."
      nn: "Målingar ved faste stasjonar, utan opplysningar om folk. Alle har rett til å vite korleis lufta er."
      en: "Measurements at fixed stations, with nothing about people. Everyone has a right to know how the air is."
issued: 2026-11-23
example:
  given:
    tables.municipality_air_year:
      - {municipality: "0301", component: NO2, borders_year: 2024, year: 2021, breakdown: basis=hourly, stations: 0, coverage: 0.5, hourly_19th_highest: null}
      - {municipality: "0301", component: NO2, borders_year: 2024, year: 2022, breakdown: basis=hourly, stations: 2, coverage: 0.95, hourly_19th_highest: 163.25}
      - {municipality: "0301", component: NO2, borders_year: 2024, year: 2022, breakdown: "", stations: 3, coverage: 0.9, hourly_19th_highest: 163.25}
      - {municipality: "0301", component: PM10, borders_year: 2024, year: 2022, breakdown: basis=hourly, stations: 1, coverage: 1, hourly_19th_highest: 99}
  expect:
    - {ref_area: "0301", time_period: "2021", obs_value: null, obs_status: N, coverage: 0.5, n_units: 0, numerator: null, warnings: below_coverage}
    - {ref_area: "0301", time_period: "2022", obs_value: 163.25, obs_status: A, coverage: 0.95, n_units: 2, numerator: 163.25, denominator: null, warnings: "", borders_year: 2024}
  explanation:
    nb: To stasjoner har nok timeverdier i 2022, og den høyeste 19. timen er 163,25; den teller. En tredje stasjon har bare døgnverdier og ingen timer å ordne, så raden for alle stasjoner brukes ikke. I 2021 har ingen stasjon nok, og det blir ingen verdi.
    nn: To stasjonar har nok timeverdiar i 2022, og den høgaste 19. timen er 163,25; han tel. Ein tredje stasjon har berre døgnverdiar og ingen timar å ordne, så rada for alle stasjonar blir ikkje brukt. I 2021 har ingen stasjon nok, og det blir ingen verdi.
    en: Two stations have enough hourly values in 2022, and the highest 19th hour is 163.25; it counts. A third station has daily values only and no hours to put in order, so the row of all stations is not used. In 2021 no station has enough, and there is no value.
---*/
select
  municipality as ref_area,
  cast(year as varchar) as time_period,
  hourly_19th_highest as obs_value,
  case when stations = 0 then 'N' else 'A' end as obs_status,
  coverage,
  stations as n_units,
  hourly_19th_highest as numerator,
  cast(null as decimal(28, 6)) as denominator,
  borders_year
from tables.municipality_air_year
where component = 'NO2'
  and breakdown = 'basis=hourly'
