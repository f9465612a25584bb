/*---
id: sdg_11_6_fast_charging_share
title: {nb: Andel hurtigladere, nn: Del hurtigladarar, en: Share of fast chargers}
description:
  nb: Hvor stor del av de offentlige ladepunktene i kommunen som er hurtigladere. Oppdiktet eksempel.
  nn: Kor stor del av dei offentlege ladepunkta i kommunen som er hurtigladarar. Oppdikta døme.
  en: How large a part of the public charging points in the municipality are fast chargers. Invented example.
formula:
  nb: 100 × hurtigladere / ladepunkter
  nn: 100 × hurtigladarar / ladepunkt
  en: 100 × fast chargers / charging points
sdg:
  goal: 11
  target: "11.6"
  name:
    nb: Innen 2030 redusere negative konsekvenser for miljøet i byene målt per innbygger
    nn: Innan 2030 redusere negative konsekvensar for miljøet i byane målt per innbyggjar
    en: By 2030, reduce the adverse per capita environmental impact of cities
  fidelity: context
  why:
    nb: FN har ingen indikator for lading. Tallet sier noe om vilkårene for biler uten utslipp.
    nn: FN har ingen indikator for lading. Talet seier noko om vilkåra for bilar utan utslepp.
    en: The UN has no indicator of charging. The number tells something of the conditions for cars without emissions.
unit: "%"
decimals: 1
better: context
geography: municipality
frequency: year
target_image: climate_friendly
roadmap_principle: 3
themes: [TRAN, ENER]
keywords:
  nb: [elbil, lading]
  nn: [elbil, lading]
  en: [electric car, charging]
does_not_say:
  nb: Sier ikke om det er kø ved laderne.
  nn: Seier ikkje om det er kø ved ladarane.
  en: Does not say whether there are queues at the chargers.
not_covered:
  nb: Lading hjemme og på jobb.
  nn: Lading heime og på jobb.
  en: Charging at home and at work.
ethics:
  assessed_on: 2026-11-23
  review_due_on: 2027-11-23
  assessor: data_secretariat
  intended_use:
    nb: Se om det blir flere hurtigladere blant ladepunktene i én kommune.
    nn: Sjå om det blir fleire hurtigladarar blant ladepunkta i éin kommune.
    en: Seeing whether more of the charging points in one municipality become fast.
  discouraged_use:
    nb: Egner seg dårlig til å si om det er nok ladere.
    nn: Eignar seg dårleg til å seie om det er nok ladarar.
    en: Poorly suited to saying whether there are enough chargers.
  misleads_when:
    nb: Andelen stiger når vanlige ladere legges ned.
    nn: Delen stig når vanlege ladarar blir lagde ned.
    en: The share rises when ordinary chargers are closed.
  decision:
    status: approved
    by: data_owner_mobility
    "on": 2026-11-23
    is_proposal: true
    reason:
      nb: Ladepunkter i hele kommuner, uten opplysninger om folk.
      nn: Ladepunkt i heile kommunar, utan opplysningar om folk.
      en: Charging points in whole municipalities, with nothing about people.
issued: 2026-11-23
example:
  given:
    validated.charging_points:
      - {municipality: "4601", year: 2024, points: 200, fast_points: 17}
      - {municipality: "5601", year: 2024, points: 0, fast_points: 0}
    areas.to_borders:
      - {code: "4601", year: 2024, borders_year: 2024, to_code: "4601", comparability: exact}
      - {code: "5601", year: 2024, borders_year: 2024, to_code: "5601", comparability: exact}
  expect:
    - {ref_area: "4601", time_period: "2024", obs_value: 8.5, obs_status: A, numerator: 17, denominator: 200}
    - {ref_area: "5601", time_period: "2024", obs_value: null, obs_status: M, numerator: 0, denominator: 0}
  explanation:
    nb: 17 av 200 er 8,5 prosent. En kommune uten ladepunkter har ingen andel.
    nn: 17 av 200 er 8,5 prosent. Ein kommune utan ladepunkt har ingen del.
    en: 17 of 200 is 8.5 per cent. A municipality without charging points has no share.
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
)
select
  links.to_code as ref_area,
  cast(facts.year as varchar) as time_period,
  cast(100 * cast(sum(facts.fast_points) as double) / nullif(sum(facts.points), 0) as decimal(28, 6)) as obs_value,
  case when sum(facts.points) = 0 then 'M' else 'A' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  count(*) as n_units,
  sum(facts.fast_points) as numerator,
  sum(facts.points) as denominator,
  links.comparability,
  links.borders_year
from validated.charging_points as facts
inner join links
  on links.code = facts.municipality
  and links.year = facts.year
where links.comparability in ('exact', 'summed')
group by
  links.to_code,
  facts.year,
  links.comparability,
  links.borders_year
having count(*) = max(links.parts)
