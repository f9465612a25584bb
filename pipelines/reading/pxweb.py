"""Tables of PxWebApi v2 that a YAML declares: how one is asked for, and its JSON-stat 2 answer as rows with the sign of every number kept.

A dataset whose YAML declares a table (`Dataset.source.table`) is asked for and read by this module alone: `ask`, `ask_further`
and `parsers`. Knows nothing of any particular table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.duck import literal, name
from catalog.errors import SourceError
from catalog.model import Dataset, Period, StatisticsTable, TableDimension, TableMeasure
from catalog.publication import Snapshot
from pipelines.reading.ask import Request, Window, full_url
from pipelines.reading.jsonstat import (
    CELLS_PER_CALL,
    COMPARE_QUESTION,
    DIGITS_AFTER_POINT,
    at,
    by_position,
    codes_in_order,
    numbers_and_signs,
    read_json,
    refuse_other_than_dataset,
    refused,
)  # fmt: skip

if TYPE_CHECKING:
    import duckdb

DATA = "pxweb_v2_jsonstat2"
METADATA = "pxweb_v2_metadata_json"
"""Format of a table's own description. It is kept as evidence of what could be asked for; no rows are read from it."""


def ask_table(service: str, table: str, selection: Mapping[str, Sequence[str]], *, period: str) -> Request:
    """One POST for the cells of `selection` (dimension → value codes), so that no long URL is refused by the web server.

    A dimension that is left out is summed by the service where the table allows it.
    """
    return Request(
        url=f"{service}/tables/{table}/data",
        format=DATA,
        params={"lang": "no", "outputFormat": "json-stat2"},
        headers={"Accept": "application/json"},
        body={"selection": [{"variableCode": code, "valueCodes": list(values)} for code, values in selection.items()]},
        period=period,
    )


# --- a declared table: questions ---


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """What each version of the declared table consists of: its dimensions, categories and years, and when it was last updated.

    Asked again after a day, because it is what tells that new figures are out.
    """
    for version in _declared(dataset).versions:
        yield _metadata_request(dataset, version.id)


def ask_further(dataset: Dataset, window: Window, known: Sequence[Snapshot]) -> Iterator[Request]:
    """The figures themselves, once the table's description is among the `known` snapshots; nothing before that.

    Only years that the table has are asked for, because one code it lacks makes it refuse the whole question. Years go together
    up to `CELLS_PER_CALL` cells, and a year that is more than that comes in parts. The note tells when the table was updated, so that
    a revision is a new question. Raises ParseError where the description does not hold what is declared, SourceError where a year
    cannot be parted.
    """
    table = _declared(dataset)
    for version in table.versions:
        url = full_url(_metadata_request(dataset, version.id))
        described = [s for s in known if s.format == METADATA and s.source_url == url]
        if not described:
            continue
        path = max(described, key=lambda s: s.delivered_at).path
        found = _find(_shape(read_json(path), path), table, path)
        asked = [code for code in found.time.codes if (year := _year(code, path)) in window.years() and version.covers(year)]
        selections = _parts(_selection(found, table, path), found, dataset.id, version.id)
        years_a_call = CELLS_PER_CALL // max(_cells(selections[0], found), 1) if len(selections) == 1 else 1
        for first in range(0, len(asked), years_a_call):
            years = asked[first : first + years_a_call]
            for number, selection in enumerate(selections, start=1):
                part = f", part {number} of {len(selections)}" if len(selections) > 1 else ""
                yield Request(
                    url=f"{dataset.source.service}/tables/{version.id}/data",
                    format=DATA,
                    params={"lang": "no", "outputFormat": "json-stat2"},
                    headers={"Accept": "application/json"},
                    body={"selection": [*selection, {"variableCode": found.time.name, "valueCodes": years}]},
                    period=years[0] if len(years) == 1 and dataset.period is Period.year else None,
                    note=f"table {version.id}, {', '.join(years)}{part}; updated {found.shape.updated}",
                )


def _cells(selection: Sequence[Mapping[str, Any]], found: _Found) -> int:
    return math.prod(_count(found.of(entry["variableCode"]), entry) for entry in selection)


def _parts(selection: list[dict[str, Any]], found: _Found, dataset: str, version: str) -> list[list[dict[str, Any]]]:
    """What is asked about one year, in as many parts as the service's limit needs: the longest dimension is cut, and its categories named.

    Raises SourceError where that is not enough, or where only the source knows what an expression stands for.
    """
    cells = _cells(selection, found)
    if cells <= CELLS_PER_CALL:
        return [selection]
    counts = {entry["variableCode"]: _count(found.of(entry["variableCode"]), entry) for entry in selection if _can_be_named(entry)}
    longest = max(counts, key=lambda name: counts[name], default=None)
    size = CELLS_PER_CALL * counts[longest] // cells if longest else 0
    if longest is None or not size:
        raise SourceError(
            f"one year of table {version} is {cells:,} cells, more than the {CELLS_PER_CALL:,} of a call",
            where=dataset,
            effect="nothing was asked",
            next_step="declare fewer categories under source.table.dimensions",
        )
    cut = next(entry for entry in selection if entry["variableCode"] == longest)
    codes = sorted(_matched(found.of(longest), cut), key=found.of(longest).codes.index)
    return [
        [entry | {"valueCodes": codes[first : first + size]} if entry is cut else entry for entry in selection]
        for first in range(0, len(codes), size)
    ]


def _can_be_named(entry: Mapping[str, Any]) -> bool:
    """Whether the categories that an entry stands for can be told from the table's description."""
    return "codelist" not in entry and not any(re.fullmatch(r"(from|to)\(.+\)|\[range\(.+\)\]", value) for value in entry["valueCodes"])


def parsers(dataset: Dataset) -> Mapping[str, Callable[..., duckdb.DuckDBPyRelation]]:
    """The parser of a declared table, by format."""
    return {DATA: partial(read_declared, _declared(dataset))}


def _declared(dataset: Dataset) -> StatisticsTable:
    assert dataset.source.table is not None, f"{dataset.id} declares no table"
    return dataset.source.table


def _metadata_request(dataset: Dataset, table: str) -> Request:
    return Request(
        url=f"{dataset.source.service}/tables/{table}/metadata",
        format=METADATA,
        params={"lang": "no"},
        headers={"Accept": "application/json"},
        note=f"what table {table} consists of",
        again_after="P1D",
    )


def _selection(found: _Found, table: StatisticsTable, path: Path) -> list[dict[str, Any]]:
    """What is asked for in every dimension but time, with labels turned into the source's codes."""
    entries: list[dict[str, Any]] = []
    if found.region:
        entries.append({"variableCode": found.region.name, "valueCodes": list(table.regions)})
    for key, dimension in found.declared.items():
        declared = table.dimensions[key]
        entry: dict[str, Any] = {"variableCode": dimension.name}
        if declared.code_list:
            entry |= {"codelist": declared.code_list, "valueCodes": list(declared.asked)}
        else:
            entry["valueCodes"] = [v if _is_expression(v) else _category(dimension, v, path) for v in declared.asked]
        entries.append(entry)
    return [*entries, {"variableCode": found.measures.name, "valueCodes": [_category(found.measures, m, path) for m in table.measures]}]


def _is_expression(value: str) -> bool:
    return bool(re.search(r"[*?]", value) or re.fullmatch(r"(top|from|to)\(.+\)|\[range\(.+\)\]", value))


def _count(dimension: _Dimension, entry: Mapping[str, Any]) -> int:
    return len(_matched(dimension, entry))


def _matched(dimension: _Dimension, entry: Mapping[str, Any]) -> set[str]:
    """The categories that an entry of the selection stands for. What only the source can tell counts as all of them."""
    matched: set[str] = set()
    for value in entry["valueCodes"]:
        if top := re.fullmatch(r"top\((\d+)\)", value):
            matched.update(dimension.codes[-int(top[1]) :])
        elif not _is_expression(value):
            matched.add(value)
        elif "codelist" in entry or not re.search(r"[*?]", value):
            matched.update(dimension.codes)
        else:
            matched.update(code for code in dimension.codes if fnmatchcase(code, value))
    return matched


# --- a declared table: answers ---


def read_declared(table: StatisticsTable, con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Answers about a declared table as rows with the declared columns, and `file`.

    One row for each region, year, category – and measure, where there is a `measure_column`. A sign stands in its own column as
    the source writes it, and a number beside a sign that says there is none is not taken for a number. A measure that an answer
    does not hold is empty without a sign. Names of the source's contact persons are never read.

    Raises ParseError for another table, a year that another version of the table answers for, a dimension, category or measure
    that is not declared, a unit that is not one of the declared ones, more decimals than promised, or an unknown sign.
    """
    import pyarrow as pa

    parts = [_declared_cells(path, table) for path in paths]
    own = [c for c in (table.region, *(d.column for d in table.dimensions.values())) if c]
    own += [c for c in (table.updated, table.version) if c]
    columns = [*own, table.time, "measure", "value", "sign", "file"]
    types = {"value": pa.decimal128(28, DIGITS_AFTER_POINT), table.time: pa.int64()}
    arrays = [pa.array([v for part in parts for v in part[c]], type=types.get(c, pa.string())) for c in columns]
    cells_ = con.from_arrow(pa.Table.from_arrays(arrays, names=columns))
    kept = ", ".join(name(c) for c in (*own, table.time))
    if table.measure_column:
        codes = " ".join(f"when {literal(key)} then {literal(str(m.code))}" for key, m in table.measures.items())
        filled = ", ".join(_when_measure(table, column, "value") for column in dict.fromkeys(m.column for m in table.measures.values()))
        signs = ", ".join(_when_measure(table, column, "sign") for column in dict.fromkeys(m.sign for m in table.measures.values()))
        return cells_.project(f"{kept}, case measure {codes} end as {name(table.measure_column)}, {filled}, {signs}, file")
    beside = ", ".join(
        f"max({what}) filter (measure = {literal(key)}) as {name(column)}"
        for key, measure in table.measures.items()
        for what, column in (("value", measure.column), ("sign", measure.sign))
    )
    return cells_.aggregate(f"{kept}, {beside}, file", f"{kept}, file")


def _when_measure(table: StatisticsTable, column: str, what: str) -> str:
    keys = ", ".join(literal(key) for key, measure in table.measures.items() if column in (measure.column, measure.sign))
    return f"case when measure in ({keys}) then {what} end as {name(column)}"


def _declared_cells(path: Path, table: StatisticsTable) -> dict[str, list[Any]]:
    """Every cell of one answer, with own column names and codes, exact numbers and signs."""
    answer = read_json(path)
    shape = _shape(answer, path)
    version = next((v for v in table.versions if v.id == shape.table), None)
    if version is None:
        raise refused(f"the answer is not about table {' or '.join(v.id for v in table.versions)}", path, COMPARE_QUESTION)
    found = _find(shape, table, path)
    used = {found.time.name, found.measures.name, *(d.name for d in found.declared.values())} | (
        {found.region.name} if found.region else set()
    )
    if left := [d for d in shape.dimensions if d not in used]:
        raise refused(f"dimensions that are not declared: {', '.join(left)}", path, "declare them under source.table.dimensions")
    categories: dict[str, tuple[str, list[Any]]] = {
        found.time.name: (table.time, [_year(code, path) for code in found.time.codes]),
        found.measures.name: ("measure", _measures_of(found.measures, table, path)),
    }
    if found.region and table.region:
        categories[found.region.name] = (table.region, found.region.codes)
    for key, dimension in found.declared.items():
        declared = table.dimensions[key]
        categories[dimension.name] = (declared.column or f"({key})", _own_codes(dimension, declared, path))
    if strange := [year for year in categories[found.time.name][1] if not version.covers(year)]:
        raise refused(f"{len(strange)} years that table {version.id} is not asked for", path, COMPARE_QUESTION)
    sizes = [len(dimension.codes) for dimension in shape.dimensions.values()]
    count = math.prod(sizes)
    if count > CELLS_PER_CALL:
        raise refused(f"more than {CELLS_PER_CALL} cells", path)
    values = by_position(at(answer, path, "value"), count, path, "value")
    signs = by_position(answer.get("status"), count, path, "status")
    numbers, kept_signs = numbers_and_signs(values, signs, path)
    columns: dict[str, list[Any]] = {"sign": kept_signs, "file": [str(path)] * count}
    if table.updated:
        columns[table.updated] = [_day(shape.updated, path)] * count
    if table.version:
        columns[table.version] = [version.id] * count
    for position, dimension_name in enumerate(shape.dimensions):
        column, own = categories[dimension_name]
        inner = math.prod(sizes[position + 1 :])
        columns[column] = [code for code in own for _ in range(inner)] * math.prod(sizes[:position])
    times = {key: measure.times for key, measure in table.measures.items()}
    columns["value"] = [None if n is None else n * times[m] for n, m in zip(numbers, columns["measure"], strict=True)]
    return columns


def _measures_of(dimension: _Dimension, table: StatisticsTable, path: Path) -> list[str]:
    """The declared measure of each category of the measure dimension, with its unit and decimals checked."""
    by_code = {code: key for key in table.measures if (code := _category(dimension, key, path, may_lack=True)) is not None}
    if not by_code:
        raise refused("none of the declared measures", path, COMPARE_QUESTION)
    if strange := [code for code in dimension.codes if code not in by_code]:
        raise refused(f"measures that are not declared: {', '.join(strange)}", path, "declare them under source.table.measures")
    for code, key in by_code.items():
        _check_unit(dimension.units.get(code), table.measures[key], key, path)
    return [by_code[code] for code in dimension.codes]


def _check_unit(unit: Any, measure: TableMeasure, key: str, path: Path) -> None:
    """Another unit would change the meaning of every number without any other trace."""
    stated = unit.get("base") if isinstance(unit, dict) else None
    if not isinstance(stated, str) or _plain(stated) not in {_plain(u) for u in measure.units}:
        raise refused(
            f"the unit of {key} is not {' or '.join(measure.units)}", path, "see what the source has changed before anything is published"
        )
    decimals = unit.get("decimals")
    if measure.decimals is not None and isinstance(decimals, int) and decimals > measure.decimals:
        raise refused(f"{key} now has {decimals} decimals, declared are {measure.decimals}", path, "declare them in source.table.measures")


def _own_codes(dimension: _Dimension, declared: TableDimension, path: Path) -> list[str]:
    """What each category of a dimension is called in its column; without `codes` it keeps the source's code."""
    if not declared.codes:
        if declared.column is None:
            asked = declared.asked[0] if declared.code_list else _category(dimension, declared.asked[0], path)
            if dimension.codes != [asked]:
                raise refused(f"{dimension.name} is not the one category that was asked for", path, COMPARE_QUESTION)
        return dimension.codes
    own = {code: mapped for key, mapped in declared.codes.items() if (code := _category(dimension, key, path, may_lack=True)) is not None}
    if strange := [code for code in dimension.codes if code not in own]:
        raise refused(
            f"categories of {dimension.name} that are not declared: {', '.join(strange)}",
            path,
            "declare them under source.table.dimensions",
        )
    return [own[code] for code in dimension.codes]


# --- the shape of a table: the same in its description and in its answers ---


@dataclass(frozen=True)
class _Dimension:
    """One dimension as the source describes it. `units` is by category, and only measures have them."""

    name: str
    label: str
    codes: list[str]
    labels: dict[str, str]
    units: dict[str, Any]
    may_be_left_out: bool


@dataclass(frozen=True)
class _Shape:
    """A table or an answer without its numbers: table id, when it was updated, dimensions in their order, and their roles."""

    table: str
    updated: str
    dimensions: dict[str, _Dimension]
    roles: dict[str, list[str]]


@dataclass(frozen=True)
class _Found:
    """Which dimension of a table is which declared one."""

    shape: _Shape
    time: _Dimension
    measures: _Dimension
    region: _Dimension | None
    declared: dict[str, _Dimension]

    def of(self, dimension: str) -> _Dimension:
        return self.shape.dimensions[dimension]


def _shape(answer: Any, path: Path) -> _Shape:
    refuse_other_than_dataset(answer, path)
    ids, sizes = at(answer, path, "id"), at(answer, path, "size")
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise refused("id is not a list of dimensions", path)
    dimensions = {}
    for dimension in ids:
        described = at(answer, path, "dimension", dimension)
        category = at(described, path, "category")
        extension = described.get("extension")
        dimensions[dimension] = _Dimension(
            dimension,
            str(described.get("label", "")),
            codes_in_order(at(category, path, "index"), path, dimension),
            {str(code): str(label) for code, label in _mapping(category.get("label")).items()},
            _mapping(category.get("unit")),
            _mapping(extension).get("elimination") is True,
        )
    if sizes != [len(d.codes) for d in dimensions.values()]:
        raise refused("size does not match the categories of the dimensions", path)
    roles = {role: [str(d) for d in named] for role, named in _mapping(answer.get("role")).items() if isinstance(named, list)}
    return _Shape(str(at(answer, path, "extension", "px", "tableid")), str(answer.get("updated", "")), dimensions, roles)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _find(shape: _Shape, table: StatisticsTable, path: Path) -> _Found:
    """The dimension of each role and of each declaration. Raises ParseError where one is absent, or could be two."""
    time = _with_role(shape, "time", r"tid|år|year|time", path)
    measures = _with_role(shape, "metric", r"contentscode|statistikkvariabel|contents", path)
    declared = {key: _named(shape, key, path) for key in table.dimensions}
    taken = {time.name, measures.name, *(d.name for d in declared.values())}
    if len(taken) != 2 + len(declared):
        raise refused("one dimension stands for two declared ones", path, "name them by code under source.table.dimensions")
    region = None
    if table.region:
        rest = _Shape(shape.table, shape.updated, {k: d for k, d in shape.dimensions.items() if k not in taken}, shape.roles)
        region = _with_role(rest, "geo", r".*(region|kommune|fylke).*", path)
        taken.add(region.name)
    if mandatory := [d.name for d in shape.dimensions.values() if d.name not in taken and not d.may_be_left_out]:
        raise refused(f"dimensions that are not declared: {', '.join(mandatory)}", path, "declare them under source.table.dimensions")
    return _Found(shape, time, measures, region, declared)


def _with_role(shape: _Shape, role: str, names: str, path: Path) -> _Dimension:
    """The dimension that the source gives this role; where it gives none, the one whose code or label says so."""
    given = [shape.dimensions[d] for d in shape.roles.get(role, ()) if d in shape.dimensions]
    given = given or [d for d in shape.dimensions.values() if any(re.fullmatch(names, t.casefold()) for t in (d.name, d.label))]
    if len(given) != 1:
        raise refused(f"{len(given) or 'no'} dimensions with the role {role}", path, "compare the table with what is declared")
    return given[0]


def _named(shape: _Shape, key: str, path: Path) -> _Dimension:
    found = [d for d in shape.dimensions.values() if d.name == key] or [
        d for d in shape.dimensions.values() if _plain(key) in (_plain(d.name), _plain(d.label))
    ]
    if len(found) != 1:
        raise refused(f"{len(found) or 'no'} dimensions called {key}", path, "look up the name in the table's description")
    return found[0]


def _category(dimension: _Dimension, key: str, path: Path, *, may_lack: bool = False) -> Any:
    """The code of the category with this code or label; None where there is none and that is fine."""
    if key in dimension.codes:
        return key
    found = [code for code in dimension.codes if _plain(dimension.labels.get(code, "")) == _plain(key)]
    if len(found) > 1 or (not found and not may_lack):
        raise refused(
            f"{len(found) or 'no'} categories of {dimension.name} called {key}", path, "look up the name in the table's description"
        )
    return found[0] if found else None


def _year(code: str, path: Path) -> int:
    if not re.fullmatch(r"(18|19|20)\d\d", code):
        raise refused("a time that is not a year", path, "a table by month or quarter needs a module of its own")
    return int(code)


def _day(moment: str, path: Path) -> str:
    """The day of a moment such as `2026-03-16T07:00:00Z`: figures are updated in the morning, so it is the same day in Norway."""
    if not re.match(r"\d{4}-\d\d-\d\dT", moment):
        raise refused("no moment of its last update", path)
    return moment[:10]


def _plain(text: str) -> str:
    """A name without case, repeated blanks, raised digits or a unit in brackets at its end."""
    text = " ".join(text.replace("²", "2").replace("³", "3").split()).casefold()
    return re.sub(r"(?<=\S) \([^()]*\)$", "", text)
