"""`bymaal new`: the files of a new dataset or indicator, with `FILL IN` wherever a person must write.

A blank is `[FILL IN]`: a list with one text in it, which no key accepts. So a half-written description never loads, and the message
names every key that is still blank.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from catalog.errors import UsageError
from pipelines.authoring.sniff import Looks, Sample, sniff

ID = re.compile(r"[a-z][a-z0-9_]{1,62}")
GOALS = (9, 11, 17)


@dataclass(frozen=True)
class Scaffold:
    """What was written, and what a person does next."""

    files: tuple[Path, ...]
    blanks: int
    next_step: str
    """A sentence that ends with a command."""

    def as_record(self) -> dict[str, object]:
        return {"files": [str(path) for path in self.files], "blanks": self.blanks, "next_step": self.next_step}

    def as_text(self) -> str:
        said, _, command = self.next_step.rpartition(": ")
        return "\n".join([*(f"wrote {path}" for path in self.files), f"{self.blanks} blanks: {said}:", f"  {command}"])


def new_dataset(key: str, folder: Path, today: date, sample: Path | None = None) -> Scaffold:
    """Write `<key>.yaml` and `<key>.py` into `folder`; with a `sample` of the file to be read, the YAML alone, in which it is declared.

    Raises UsageError for an id that cannot be one, where a file is in the way, and for a sample that is no CSV or XLSX file with a header.
    """
    _refuse_id(key)
    described, read = folder / f"{key}.yaml", folder / f"{key}.py"
    text = _filled(DATASET, key, today)
    if sample is not None:
        looks = sniff(sample)
        return _write(
            {described: _declared(text, key, looks)},
            f"look over {described.name} and replace every [FILL IN]; Python is not needed. "
            f"Then {_see(str(sample), key, f'{key}_{looks.kind}')}",
        )
    return _write(
        {described: text, read: _filled(PARSER, key, today)},
        f"replace every [FILL IN] in {described.name} and FILL IN in {read.name}; until then nothing loads. "
        f"Then {_see('FILE', key, 'source_csv')}",
    )


def _see(file: str, key: str, form: str) -> str:
    return f"see it read and checked: bymaal archive import {file} --dataset {key} --format {form} --dry-run"


def _declared(text: str, key: str, sample: Sample) -> str:
    """The description of a dataset whose columns and file are those of a sample."""
    form = f"{key}_{sample.kind}"
    columns = [_column(one) for one in sample.columns]
    if sample.year_in_name:
        columns.append(_column(Looks("", "year", "integer", nullable=False)))
    ids = [one.id for one in sample.columns] + (["year"] if sample.year_in_name else [])
    start, end = text.index("  - name: municipality\n"), text.index("source:\n")
    text = text[:start] + "".join(columns) + text[end:]
    text = text.replace("  formats: [source_csv]\n", f"  formats: [{form}]\n" + _file(form, sample))
    keys = [
        one.id
        for one in sample.columns
        if one.kind != "decimal" and not one.nullable and (one.id in ("municipality", "year") or one.kind == "text")
    ]
    text = text.replace(
        "key: [municipality, year]\n", f"key: [{', '.join(keys or ids[:1])}{', year' * sample.year_in_name}]  # look this over\n"
    )
    if "year" not in ids:
        text = text.replace(
            "period: year\nperiod_column: year\n", "period: [FILL IN]  # month, year or all\nperiod_column: [FILL IN]  # not with all\n"
        )
    return text


def _column(one: Looks) -> str:
    """One column with everything that a sample can tell, and blanks for what it cannot."""
    known = {"municipality": MUNICIPALITY, "year": YEAR}.get(one.id)
    if known is not None:
        return known
    lines = [f"  - name: {one.id}", f"    type: {one.kind}"]
    if one.kind in ("integer", "decimal"):
        lines += [
            "    unit: [FILL IN]  # a code of catalog/units.yaml",
            "    minimum: [FILL IN]  # below this it is an error of the source",
        ]
        lines += ["    maximum: [FILL IN]"]
    lines += ["    nullable: true"] * one.nullable
    return "\n".join([*lines, f"    title: {TEXT}", f"    description: {TEXT}"]) + "\n"


def _file(form: str, sample: Sample) -> str:
    """How the sample is written, as `source.files` says it."""
    lines = ["  files:", f"    {form}:  # no url: delivered by hand; add one if the file has an address"]
    if sample.kind == "csv":
        lines += [f"      encoding: {sample.encoding}", f"      delimiter: {json.dumps(sample.delimiter)}"]
        lines += [f"      decimal: {json.dumps(sample.decimal)}"]
    lines += [f"      sheet: {json.dumps(sample.sheet, ensure_ascii=False)}"] if sample.sheet else []
    lines.append("      columns:")
    timed = next((one for one in sample.columns if one.kind == "datetime"), None)
    for one in sample.columns:
        if one is timed:
            continue
        told = [f"header: [{json.dumps(one.header, ensure_ascii=False)}]"]
        told += [f"width: {one.width}"] if one.width else []
        told += [f"formats: [{json.dumps(one.written)}]"] if one.kind == "date" and one.written else []
        lines.append(f"        {one.id}: {{{', '.join(told)}}}")
    lines += ["        year: {name: '(?<!\\d)(20\\d\\d)(?!\\d)'}"] if sample.year_in_name else []
    if timed:
        lines += ["      time:", f"        column: {timed.id}", f"        header: [{json.dumps(timed.header, ensure_ascii=False)}]"]
        lines += [
            f"        formats: [{json.dumps(timed.written)}]",
            "        clock: [FILL IN]  # UTC, standard or Oslo: look at the days on which clocks change",
        ]
        lines += ["        label: [FILL IN]  # begin or end: which end of its interval a time names; with end, add step: PT1H"]
    return "\n".join(lines) + "\n"


def new_indicator(key: str, goal: int | None, folder: Path, today: date) -> Scaffold:
    """Write `goal_XX/<key>.sql` into `folder`. The goal is read from an id such as `sdg_11_6_…` unless it is given.

    Raises UsageError for an id that cannot be one, without a goal, and where a file is in the way or the id is taken.
    """
    _refuse_id(key)
    named = re.match(r"sdg_(\d+)_", key)
    in_id = int(named[1]) if named else None
    goal = goal or in_id
    if goal not in GOALS or in_id not in (None, goal):
        raise UsageError(
            "which goal?" if in_id in (None, goal) else f"the id says goal {in_id}",
            where=f"new indicator {key}",
            effect="nothing was written",
            next_step="choose --goal 9, 11 or 17, the same as in the id",
        )
    if taken := [path for path in sorted(folder.glob("*/*")) if path.stem == key and path.suffix in (".sql", ".yaml")]:
        raise _in_the_way(taken[0])
    path = folder / f"goal_{goal:02}" / f"{key}.sql"
    text = _filled(INDICATOR, key, today).replace("@goal@", str(goal))
    return _write(
        {path: text},
        f"replace every [FILL IN] and fill_in in {path.name}; until then nothing loads. Then: python -m pytest tests/indicators -k {key}",
    )


def _refuse_id(key: str) -> None:
    if not ID.fullmatch(key):
        raise UsageError(
            "not an id",
            where=key,
            effect="nothing was written",
            next_step="use 2 to 63 of a-z, 0-9 and _, a letter first, such as household_waste",
        )


def _in_the_way(path: Path) -> UsageError:
    return UsageError("is there already", where=path.name, effect="nothing was written", next_step="choose another id, or edit that file")


def _filled(template: str, key: str, today: date) -> str:
    return template.replace("@id@", key).replace("@today@", today.isoformat())


def _write(texts: dict[Path, str], next_step: str) -> Scaffold:
    """All files or none: each is looked for before the first is written, and opened so that it cannot replace another."""
    for path in texts:
        if path.exists():
            raise _in_the_way(path)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    blanks = sum(len(re.findall(r"\[FILL IN\]|\bFILL IN:|\bfill_in\b", re.sub(r"(?m)^#.*", "", text))) for text in texts.values())
    return Scaffold(tuple(texts), blanks, next_step)


TEXT = "{nb: [FILL IN], nn: [FILL IN], en: [FILL IN]}"

MUNICIPALITY = """\
  - name: municipality
    type: text
    valid_in: year
    pattern: '\\d{4}'
    title: {nb: Kommune, nn: Kommune, en: Municipality}
    description:
      nb: Kommunenummeret som gjaldt det året, fire sifre med ledende null.
      nn: Kommunenummeret som galdt det året, fire siffer med innleiande null.
      en: The municipality number valid that year, four digits with leading zero.
"""

YEAR = """\
  - name: year
    type: integer
    unit: a
    minimum: 1950
    maximum: 2100
    title: {nb: År, nn: År, en: Year}
    description:
      nb: Året tallet gjelder for.
      nn: Året talet gjeld for.
      en: The year of the figure.
"""

DATASET = f"""\
# Replace every [FILL IN]; this file does not load before the last one is gone. What the keys mean: catalog/model/dataset.py, class Dataset.
id: @id@
title: {TEXT}
description: {TEXT}
row: {TEXT}  # one sentence: what one row is
keywords:
  nb: [[FILL IN]]
  nn: [[FILL IN]]
  en: [[FILL IN]]
themes: [[FILL IN]]  # EU data themes, such as ENVI, TRAN, ENER, SOCI
key: [municipality, year]
period: year
period_column: year
columns:
{MUNICIPALITY}{YEAR}  - name: amount  # a better name is welcome; use it in the module and in the ethics record too
    type: [FILL IN]  # integer or decimal
    unit: [FILL IN]  # a code of catalog/units.yaml
    minimum: [FILL IN]  # below this it is an error of the source
    maximum: [FILL IN]
    title: {TEXT}
    description: {TEXT}
source:
  publisher:
    name: {TEXT}
    organisation_number: [FILL IN]  # nine digits in quotes; leave the line out for a publisher that has none
  service: [FILL IN]  # https://…
  documentation: [FILL IN]  # https://…
  licence: [FILL IN]  # CC_BY_4_0, NLOD_2_0 or CC0
  attribution: {TEXT}
  rhythm: [FILL IN]  # how often the source publishes, such as P1Y
  lag: [FILL IN]  # how far back it still corrects, such as P6M
  starts_on: [FILL IN]  # first day of the first figure, such as 2015-01-01
  formats: [source_csv]
issued: @today@
ethics:
  summary: {TEXT}
  assessed_on: [FILL IN]  # the day somebody weighed all that follows
  review_due_on: [FILL IN]  # at most 12 months later; 24 where the data are not about people at all
  assessor: [FILL IN]  # a role, never a person: a code of `role` in catalog/vocabularies.yaml
  purpose: [[FILL IN]]  # such as "dpv:PublicBenefit"
  benefit: {TEXT}
  legal_basis: [[FILL IN]]  # https://lovdata.no/eli/…
  about_people: [FILL IN]  # none, indirect, aggregated or individual
  counts_of: [[FILL IN]]  # persons, households, businesses, meters, vehicles, passages, trips, measurements
  data_category: [FILL IN]  # such as NonPersonalData or AnonymisedData
  data_nature: [[FILL IN]]  # ObservedData, CollectedData, DerivedData, InferredData, GeneratedData
  indigenous_relevance: [FILL IN]  # not_relevant, possible or relevant
  collection: {TEXT}
  limitations: {TEXT}
  biases: {TEXT}
  missing: {TEXT}  # who or what is not in the data
  intended_use: {TEXT}
  discouraged_use: {TEXT}
  maintenance: {TEXT}
  count_columns: [[FILL IN]]  # columns that count people, households or meters; [] where none does
  risks:
    - type: [FILL IN]  # such as risk:DataMisinterpretation
      description: {TEXT}
      level: [FILL IN]  # low, moderate or high
      mitigation: {TEXT}
      residual: [FILL IN]  # low, moderate or high
  decision:
    status: [FILL IN]  # approved, conditionally_approved, rejected or required
    by: [FILL IN]  # the role that decides
    "on": [FILL IN]
    reason: {TEXT}
"""

PARSER = '''\
"""How @id@ is asked for and read: one CSV file with everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import name
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.csv_text import header, lines

if TYPE_CHECKING:
    import duckdb

COLUMNS = {"FILL IN: municipality": "municipality", "FILL IN: year": "year", "FILL IN: amount": "amount"}
"""Header in the source → column."""

DELIMITER = ";"


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """One question for the whole file. A source that answers by year is asked by year, each question with its `period`."""
    yield Request(dataset.source.service, "source_csv")


def parse_source_csv(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per line, every value as the source writes it. Raises ParseError where a header is missing."""
    columns = ", ".join(f"{name(written)} as {name(column)}" for written, column in COLUMNS.items())
    parts = []
    for path in paths:
        names = header(path, list(COLUMNS), delimiter=DELIMITER, expected=f"the columns {', '.join(COLUMNS)}")
        parts.append(f"select {columns}, file from {lines(path, names, delimiter=DELIMITER)}")
    return con.sql(" union all ".join(parts))


PARSERS = {"source_csv": parse_source_csv}
'''

INDICATOR = f"""\
/*---
# Replace every [FILL IN] and every fill_in; this file does not load before the last [FILL IN] is gone. docs/indicator_sql.md helps.
id: @id@
title: {TEXT}
description: {TEXT}
formula: {TEXT}
sdg:
  goal: @goal@
  target: [FILL IN]  # in quotes, such as "11.6"; with an indicator of the UN, add the key indicator: "11.6.2"
  name: {TEXT}  # official name of the UN indicator, or of the target
  fidelity: [FILL IN]  # identical, adapted, proxy or context
  why: {TEXT}
unit: [FILL IN]  # a code of catalog/units.yaml
decimals: [FILL IN]  # digits shown to readers, 0 to 6
better: [FILL IN]  # higher, lower or context
geography: municipality
frequency: year
target_image: [FILL IN]  # attractive, inclusive, efficient, climate_friendly, adaptable or healthy
roadmap_principle: [FILL IN]  # 1 to 8
themes: [[FILL IN]]  # EU data themes, such as ENVI, TRAN, ENER, SOCI
keywords:
  nb: [[FILL IN]]
  nn: [[FILL IN]]
  en: [[FILL IN]]
does_not_say: {TEXT}
not_covered: {TEXT}
ethics:  # what else goes into the record follows from the datasets; docs/ethics.md
  assessed_on: @today@
  review_due_on: [FILL IN]  # at most 12 months later
  assessor: [FILL IN]  # a code of `role` in catalog/vocabularies.yaml
  intended_use: {TEXT}
  discouraged_use: {TEXT}
  misleads_when: {TEXT}  # how the number can mislead, or look better without anything getting better
  decision:
    status: [FILL IN]  # approved, conditionally_approved, rejected or required
    by: [FILL IN]  # the role that decides
    "on": [FILL IN]
    is_proposal: true  # false when a person in that role has decided
    reason: {TEXT}  # about people by municipality: say whether it concerns the Sámi
issued: @today@
example:  # worked out by hand; it is the test
  given:
    validated.fill_in:
      - [FILL IN]  # a row, such as {{municipality: "4601", year: 2024, …: 12}}
    areas.to_borders:
      - {{code: "4601", year: 2024, borders_year: 2024, to_code: "4601", comparability: exact}}
  expect:
    - [FILL IN]  # such as {{ref_area: "4601", time_period: "2024", obs_value: 12, obs_status: A}}
  explanation: {TEXT}
---*/
with links as (  -- the municipality of today that a code of a year leads to; nothing leads anywhere after a split
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
  case when count(facts.fill_in) = count(*) then sum(facts.fill_in) end as obs_value,
  case when count(facts.fill_in) = count(*) then 'A' else 'O' end as obs_status,
  cast(null as decimal(9, 6)) as coverage,
  count(*) as n_units,
  sum(facts.fill_in) as numerator,
  cast(null as decimal(38, 6)) as denominator,
  links.comparability,
  links.borders_year
from validated.fill_in as facts
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
"""
