/*---
id: sdg_11_6_1_waste_recycled
registry: L11-14
title:
  nb: Husholdningsavfall til materialgjenvinning
  nn: Hushaldsavfall til materialgjenvinning
  en: Household waste sent to material recovery
description:
  nb: Hvor stor del av avfallet fra husholdningene som sorteres ut for å bli til noe nytt, medregnet biogass og kompost.
  nn: Kor stor del av avfallet frå hushalda som blir sortert ut for å bli til noko nytt, medrekna biogass og kompost.
  en: How much of the waste of households is sorted out to become something new, including biogas and compost.
formula:
  nb: Husholdningsavfall levert til materialgjenvinning, medregnet biologisk behandling, delt på alt husholdningsavfall, i prosent, slik Statistisk sentralbyrå har regnet det. Vi regner ikke om; for kommuner som er slått sammen, står tallet for kommunen slik den var det året.
  nn: Hushaldsavfall levert til materialgjenvinning, medrekna biologisk behandling, delt på alt hushaldsavfall, i prosent, slik Statistisk sentralbyrå har rekna det. Vi reknar ikkje om; for kommunar som er slegne saman, står talet for kommunen slik han var det året.
  en: Household waste delivered to material recovery, including biological treatment, divided by all household waste, in per cent, as Statistics Norway computed it. We do not recompute; for merged municipalities the figure is for the municipality as it was that year.
sdg:
  goal: 11
  target: "11.6"
  indicator: "11.6.1"
  name:
    nb: Andel av kommunalt fast avfall som samles inn og behandles i kontrollerte anlegg, av alt kommunalt avfall, etter by
    nn: Del av kommunalt fast avfall som blir samla inn og behandla i kontrollerte anlegg, av alt kommunalt avfall, etter by
    en: Proportion of municipal solid waste collected and managed in controlled facilities out of total municipal waste generated, by cities
  fidelity: adapted
  why:
    nb: "FN spør om avfallet behandles kontrollert. I Norge gjelder det så godt som alt, så her måles det neste steget: hvor mye som blir til noe nytt."
    nn: "FN spør om avfallet blir behandla kontrollert. I Noreg gjeld det så godt som alt, så her blir det neste steget målt: kor mykje som blir til noko nytt."
    en: "The UN asks whether waste is handled in a controlled way. In Norway nearly all is, so the next step is measured here: how much becomes something new."
unit: "%"
decimals: 0
better: higher
geography: municipality
frequency: year
target:
  name:
    nb: EUs mål for kommunalt avfall
    nn: EU sitt mål for kommunalt avfall
    en: The EU target for municipal waste
  value: 65
  year: 2035
  source: {nb: "Direktiv 2008/98/EF artikkel 11 nr. 2, endret ved direktiv (EU) 2018/851", nn: "Direktiv 2008/98/EF artikkel 11 nr. 2, endra ved direktiv (EU) 2018/851", en: "Directive 2008/98/EC article 11(2), as amended by Directive (EU) 2018/851"}
benchmarks:
  - name:
      nb: EUs mål for kommunalt avfall
      nn: EU sitt mål for kommunalt avfall
      en: The EU target for municipal waste
    value: 60
    year: 2030
    source: {nb: "Direktiv 2008/98/EF artikkel 11 nr. 2, endret ved direktiv (EU) 2018/851", nn: "Direktiv 2008/98/EF artikkel 11 nr. 2, endra ved direktiv (EU) 2018/851", en: "Directive 2008/98/EC article 11(2), as amended by Directive (EU) 2018/851"}
  - name:
      nb: EUs mål for kommunalt avfall
      nn: EU sitt mål for kommunalt avfall
      en: The EU target for municipal waste
    value: 55
    year: 2025
    source: {nb: "Direktiv 2008/98/EF artikkel 11 nr. 2, endret ved direktiv (EU) 2018/851", nn: "Direktiv 2008/98/EF artikkel 11 nr. 2, endra ved direktiv (EU) 2018/851", en: "Directive 2008/98/EC article 11(2), as amended by Directive (EU) 2018/851"}
target_image: climate_friendly
roadmap_principle: 3
themes: [ENVI]
keywords:
  nb: [avfall, gjenvinning, KOSTRA]
  nn: [avfall, gjenvinning, KOSTRA]
  en: [waste, recovery, KOSTRA]
crosswalk:
  u4ssc: "EN: EN: WA: 1C"
  eu_vlr: Recycled waste
  ks: https://data.norge.no/vocabulary/indicator/De-norske-målepunktene/2557
  ssb_table: "12241"
does_not_say:
  nb: Levert til gjenvinning er ikke det samme som gjenvunnet; noe sorteres bort senere. EUs mål gjelder hele landet og har med avfall som ligner husholdningenes, så ingen kommune er bundet av det alene.
  nn: Levert til gjenvinning er ikkje det same som gjenvunne; noko blir sortert bort seinare. EU-målet gjeld heile landet og har med avfall som liknar det frå hushalda, så ingen kommune er bunden av det åleine.
  en: Delivered to recovery is not the same as recovered; some is sorted out later. The EU target is for the whole country and includes waste like that of households, so no municipality is bound by it alone.
not_covered:
  nb: Avfall fra bedrifter og bygging, og avfall husholdningene leverer andre steder enn til kommunen.
  nn: Avfall frå bedrifter og bygging, og avfall hushalda leverer andre stader enn til kommunen.
  en: Waste from businesses and building, and what households deliver elsewhere than to the municipality.
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Følge hvor mye av avfallet som sorteres ut til materialgjenvinning."
    nn: "Følgje kor mykje av avfallet som blir sortert ut til materialgjenvinning."
    en: "Following how much of the waste is sorted out for material recovery."
  discouraged_use:
    nb: "Egner seg dårlig til å si om én kommune holder EUs mål, som gjelder hele landet."
    nn: "Eignar seg dårleg til å seie om éin kommune held EU-målet, som gjeld heile landet."
    en: "Poorly suited to saying whether one municipality meets the EU target, which is for the whole country."
  misleads_when:
    nb: "Tallet blir bedre om avfall føres under en annen behandling eller hos en annen enn kommunen, uten at mer er gjenvunnet."
    nn: "Talet blir betre om avfall blir ført under ei anna behandling eller hos ein annan enn kommunen, utan at meir er gjenvunne."
    en: "The number improves when waste is booked under another treatment or with someone other than the municipality, without more being recovered."
  decision:
    status: approved
    by: data_owner_environment
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Tonn avfall og innbyggere i hele kommuner, rapportert av kommunene selv."
      nn: "Tonn avfall og innbyggjarar i heile kommunar, rapporterte av kommunane sjølve."
      en: "Tonnes of waste and inhabitants of whole municipalities, reported by the municipalities themselves."
issued: 2026-11-23
example:
  given:
    tables.household_waste_today:
      - {municipality: "0301", key_figure: recovered, year: 2024, percent: 41, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: recovered, year: 2025, percent: 43.5, status: P, comparability: exact, borders_year: 2024}
      - {municipality: "0301", key_figure: landfilled, year: 2024, percent: 3, status: A, comparability: exact, borders_year: 2024}
      - {municipality: "1103", key_figure: recovered, year: 2019, percent: 38, status: A, comparability: not_comparable, borders_year: 2019}
      - {municipality: "4601", key_figure: recovered, year: 2019, percent: null, status: O, comparability: exact, borders_year: 2024}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 41, obs_status: A, comparability: exact, borders_year: 2024, numerator: null, warnings: ""}
    - {ref_area: "0301", time_period: "2025", obs_value: 43.5, obs_status: P, warnings: preliminary}
    - {ref_area: "1103", time_period: "2019", obs_value: 38, obs_status: A, comparability: not_comparable, borders_year: 2019, warnings: series_break}
    - {ref_area: "4601", time_period: "2019", obs_value: null, obs_status: O, comparability: exact, warnings: ""}
  explanation:
    nb: Tallet er kildens eget, 41 i 2024. For 2025 er tabellen ikke rettet ennå, så tallet er foreløpig. Stavanger ble i 2020 slått sammen med flere; et forhold kan ikke legges sammen, så tallet for 2019 gjelder det gamle Stavanger. For Bergen i 2019 har kilden ikke noe tall.
    nn: Talet er kjelda sitt eige, 41 i 2024. For 2025 er tabellen ikkje retta enno, så talet er førebels. Stavanger vart i 2020 slegen saman med fleire; eit forhold kan ikkje leggjast saman, så talet for 2019 gjeld det gamle Stavanger. For Bergen i 2019 har kjelda ikkje noko tal.
    en: The number is the source's own, 41 in 2024. For 2025 the table is not corrected yet, so the number is preliminary. Stavanger merged with others in 2020; a ratio cannot be added up, so the number for 2019 is for old Stavanger. For Bergen in 2019 the source has no number.
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
from tables.household_waste_today
where key_figure = 'recovered'
