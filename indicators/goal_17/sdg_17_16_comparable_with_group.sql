/*---
id: sdg_17_16_comparable_with_group
registry: L17-11
title:
  nb: Andel tall som kan sammenlignes med hele KOSTRA-gruppen
  nn: Del tal som kan samanliknast med heile KOSTRA-gruppa
  en: Share of numbers comparable with the whole KOSTRA group
description:
  nb: Kommunens tall i denne katalogen der alle de andre kommunene i samme KOSTRA-gruppe også har et tall, delt på alle kommunens tall, i prosent.
  nn: Tala til kommunen i denne katalogen der alle dei andre kommunane i same KOSTRA-gruppa òg har eit tal, delt på alle tala til kommunen, i prosent.
  en: The municipality's numbers in this catalogue for which every other municipality of its KOSTRA group has one too, divided by all its numbers, in per cent.
formula:
  nb: "Kommunens verdier i året (indikator og periode, uten inndeling) som alle dagens medlemmer av kommunens nyeste KOSTRA-gruppe også har, delt på alle kommunens verdier det året, ganger 100. En verdi for andre grenser enn dagens telles blant alle, men er aldri sammenlignbar."
  nn: "Verdiane til kommunen i året (indikator og periode, utan inndeling) som alle medlemene i dag av den nyaste KOSTRA-gruppa til kommunen òg har, delt på alle verdiane til kommunen det året, gonger 100. Ein verdi for andre grenser enn dei i dag tel mellom alle, men er aldri samanliknbar."
  en: "The municipality's values of the year (indicator and period, without breakdown) that all of today's members of its newest KOSTRA group have too, divided by all its values of that year, times 100. A value for other borders than today's counts among all, but is never comparable."
sdg:
  goal: 17
  target: "17.16"
  name:
    nb: Styrke det globale partnerskapet for bærekraftig utvikling med partnerskap mellom mange parter som skaffer og deler kunnskap, kompetanse, teknologi og penger, for å støtte målene i alle land, særlig i utviklingsland
    nn: Styrkje det globale partnarskapet for berekraftig utvikling med partnarskap mellom mange partar som skaffar og deler kunnskap, kompetanse, teknologi og pengar, for å støtte måla i alle land, særleg i utviklingsland
    en: Enhance the Global Partnership for Sustainable Development, complemented by multi-stakeholder partnerships that mobilize and share knowledge, expertise, technology and financial resources, to support the achievement of the Sustainable Development Goals in all countries, in particular developing countries
  fidelity: proxy
  why:
    nb: FN har ingen indikator for dette. Delmålet gjelder å dele kunnskap mellom mange parter; her måles om tallene kan deles og sammenlignes.
    nn: FN har ingen indikator for dette. Delmålet gjeld å dele kunnskap mellom mange partar; her blir det målt om tala kan delast og samanliknast.
    en: The UN has no indicator of this. The target is about sharing knowledge among many; here it is measured whether numbers can be shared and compared.
unit: "%"
decimals: 0
better: higher
geography: municipality
frequency: year
counts_people: false
target:
  name:
    nb: Alle tall
    nn: Alle tal
    en: All numbers
  value: 100
  source: {nb: "Katalogens eget mål", nn: "Katalogen sitt eige mål", en: "The catalogue’s own goal"}
target_image: efficient
roadmap_principle: 8
themes: [GOVE]
keywords:
  nb: [KOSTRA-gruppe, sammenligning, åpne data]
  nn: [KOSTRA-gruppe, samanlikning, opne data]
  en: [KOSTRA group, comparison, open data]
does_not_say:
  nb: "At tall kan sammenlignes, betyr ikke at kommunene er like, eller at de laveste er best."
  nn: "At tal kan samanliknast, betyr ikkje at kommunane er like, eller at dei lågaste er best."
  en: "That numbers can be compared does not mean that the municipalities are alike, or that the lowest are best."
not_covered:
  nb: "Kommuner uten KOSTRA-gruppe, og tall som ikke står i denne katalogen."
  nn: "Kommunar utan KOSTRA-gruppe, og tal som ikkje står i denne katalogen."
  en: "Municipalities without a KOSTRA group, and numbers that are not in this catalogue."
ethics:
  assessed_on: 2026-11-22
  review_due_on: 2027-11-22
  assessor: data_secretariat
  intended_use:
    nb: "Se hvor mange av tallene som tåler sammenligning."
    nn: "Sjå kor mange av tala som toler samanlikning."
    en: "Seeing how many of the numbers bear comparison."
  discouraged_use:
    nb: "Egner seg dårlig til å måle innsatsen i en kommune; tallet er om kildene og katalogen."
    nn: "Eignar seg dårleg til å måle innsatsen i ein kommune; talet er om kjeldene og katalogen."
    en: "Poorly suited to measuring what a municipality does; the number is about the sources and the catalogue."
  misleads_when:
    nb: "Færre tall i katalogen kan gi en høyere andel."
    nn: "Færre tal i katalogen kan gje ein høgare del."
    en: "Fewer numbers in the catalogue may give a higher share."
  decision:
    status: approved
    by: open_data_lead
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: "Regnet ut av katalogen selv. Ingen opplysninger om folk."
      nn: "Rekna ut av katalogen sjølv. Ingen opplysningar om folk."
      en: "Computed from the catalogue itself. Nothing about people."
issued: 2026-11-23
example:
  given:
    indicators.observations:
      - {indicator: a, ref_area: "0301", time_period: "2024", obs_value: 1, comparability: exact, breakdown: ""}
      - {indicator: a, ref_area: "4601", time_period: "2024", obs_value: 2, comparability: summed, breakdown: ""}
      - {indicator: b, ref_area: "0301", time_period: "2024", obs_value: 3, comparability: exact, breakdown: ""}
      - {indicator: b, ref_area: "4601", time_period: "2024", obs_value: 4, comparability: not_comparable, breakdown: ""}
      - {indicator: b, ref_area: "0301", time_period: "2024", obs_value: 5, comparability: exact, breakdown: part=one}
      - {indicator: c, ref_area: "0301", time_period: "2024-05", obs_value: 6, comparability: exact, breakdown: ""}
      - {indicator: c, ref_area: "4601", time_period: "2024-05", obs_value: null, comparability: exact, breakdown: ""}
      - {indicator: a, ref_area: "1826", time_period: "2024", obs_value: 7, comparability: exact, breakdown: ""}
      - {indicator: about_the_country, ref_area: "NO", time_period: "2024", obs_value: 8, comparability: exact, breakdown: ""}
    validated.municipality_groups:
      - {municipality: "0301", kind: kostra, group_code: EKG12, valid_from: "2020-01-01"}
      - {municipality: "4601", kind: kostra, group_code: EKG11, valid_from: "2020-01-01", valid_until: "2023-01-01"}
      - {municipality: "4601", kind: kostra, group_code: EKG12, valid_from: "2023-01-01"}
      - {municipality: "1201", kind: kostra, group_code: EKG12, valid_from: "2018-01-01", valid_until: "2020-01-01"}
    areas.municipalities:
      - {code: "0301", is_current: true}
      - {code: "4601", is_current: true}
      - {code: "1826", is_current: true}
      - {code: "1201", is_current: false}
    areas.to_borders:
      - {code: "0301", year: 2024, borders_year: 2024, to_code: "0301", method: exact, weight: 1, comparability: exact}
  expect:
    - {ref_area: "0301", time_period: "2024", obs_value: 33.333333, obs_status: A, numerator: 1, denominator: 3, n_units: 2, borders_year: 2024}
    - {ref_area: "4601", time_period: "2024", obs_value: 50, obs_status: A, numerator: 1, denominator: 2, n_units: 2}
  explanation:
    nb: "Oslo og Bergen er i samme gruppe i dag. Oslo har tre verdier i 2024, og bare den for a finnes for begge i dagens grenser; 1 av 3 er 33 prosent. Bergen har to, og 1 av 2 er 50. Hattfjelldal har ingen gruppe, og 1201 finnes ikke lenger."
    nn: "Oslo og Bergen er i same gruppe i dag. Oslo har tre verdiar i 2024, og berre den for a finst for begge i grensene i dag; 1 av 3 er 33 prosent. Bergen har to, og 1 av 2 er 50. Hattfjelldal har inga gruppe, og 1201 finst ikkje lenger."
    en: "Oslo and Bergen are in the same group today. Oslo has three values in 2024, and only that of a exists for both in today's borders; 1 of 3 is 33 per cent. Bergen has two, and 1 of 2 is 50. Hattfjelldal has no group, and 1201 is gone."
---*/
with ordered_groups as (
  select
    memberships.municipality,
    memberships.group_code,
    row_number() over (partition by memberships.municipality order by memberships.valid_from desc, memberships.group_code) as place
  from validated.municipality_groups as memberships
  inner join areas.municipalities as register
    on register.code = memberships.municipality
    and register.is_current
  where memberships.kind = 'kostra'
),
members as (
  select
    municipality,
    group_code,
    count(*) over (partition by group_code) as n_members
  from ordered_groups
  where place = 1
),
municipal_values as (
  select
    members.municipality,
    members.group_code,
    members.n_members,
    observations.indicator,
    observations.time_period,
    case when observations.comparability <> 'not_comparable' then 1 else 0 end as is_comparable
  from indicators.observations as observations
  inner join members
    on members.municipality = observations.ref_area
  where observations.breakdown = ''
    and observations.obs_value is not null
),
judged as (
  select
    municipality,
    n_members,
    left(time_period, 4) as year,
    case
      when sum(is_comparable) over (partition by group_code, indicator, time_period) = n_members then 1
      else 0
    end as is_shared
  from municipal_values
),
sums as (
  select
    municipality,
    year,
    max(n_members) as n_members,
    sum(is_shared) as shared,
    count(*) as everything
  from judged
  group by
    municipality,
    year
),
today as (
  select max(borders_year) as borders_year
  from areas.to_borders
)
select
  sums.municipality as ref_area,
  sums.year as time_period,
  cast(100 * cast(sums.shared as double) / sums.everything as decimal(28, 6)) as obs_value,
  'A' as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  sums.n_members as n_units,
  sums.shared as numerator,
  sums.everything as denominator,
  today.borders_year
from sums
cross join today
