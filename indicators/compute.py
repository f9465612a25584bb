"""Run tables and indicators in order → one Parquet file of observations, and one per published table.

What each was made from is remembered by fingerprint, so that only what changed is computed again and a run
without changes opens no engine. Files are sorted, typed and written by one thread: equal input gives equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import DataError, MetadataError
from catalog.load import vocabulary
from catalog.model import Dataset, Indicator, RegistryGap, Table
from indicators.engines import Engine
from indicators.files import join, replace, row_count, write
from indicators.load import (
    META,
    OBSERVATION_COLUMNS,
    OBSERVATIONS,
    ReferenceTable,
    check,
    column_types,
    dependencies,
    in_order,
    name_of,
    parse,
)
from indicators.rows import cast, rows_as_arrow
from indicators.warned import warned

if TYPE_CHECKING:
    import pyarrow as pa

STATE = "state.json"
HERE = Path(__file__).parent
CODE = (Path(__file__), HERE / "files.py", HERE / "rows.py", HERE / "warned.py", *sorted((HERE / "engines").glob("*.py")))
"""What numbers are made by, besides queries and data."""
REGISTER = "areas.municipalities"
"""Where the names of areas come from; an area that is not in it has no observations."""

WITHOUT_VALUE = frozenset("OMLQN")
"""Statuses that say why there is no value; every other status comes with one."""

COUNTRY = {"NO": "Norge", "catalogue": "Katalogen"}
"""Names of the areas that stand in no municipal register."""

DEFAULTS = {"comparability": "'exact'", "borders_year": "null", "breakdown": "''", "warnings": "''"}


@dataclass(frozen=True)
class Gap:
    """A table or indicator that has nothing to show, and why. Gaps are published too."""

    id: str
    reason: str
    absent: tuple[str, ...] = ()
    """Inputs without data, such as `validated.ghg_emissions`."""
    refused: bool = False
    """True where there is data but a query's answer broke a rule; the reason is the error's text."""


@dataclass(frozen=True)
class Computed:
    """What a run of all queries left: files, gaps, and what had to be computed again."""

    observations: Path
    tables: dict[str, Path]
    """Files of the published tables, by id. A table that is a gap has none."""
    gaps: tuple[Gap, ...]
    rows: dict[str, int]
    """Number of observations by indicator."""
    recomputed: tuple[str, ...] = ()
    """Ids of what was computed in this run; empty when nothing had changed."""


@dataclass
class _State:
    """What is remembered between runs."""

    whole: str = ""
    fingerprints: dict[str, str] = field(default_factory=dict)
    """Of every table, part of a table and indicator as it lies on disk."""
    gaps: list[Gap] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


def compute(
    engine: Engine,
    *,
    views: Mapping[str, Sequence[Path]],
    datasets: Mapping[str, Dataset],
    tables: Mapping[str, Table],
    indicators: Mapping[str, Indicator],
    references: Mapping[str, ReferenceTable],
    meta: Mapping[str, Sequence[Mapping[str, object]]],
    out: Path,
    fingerprints: Mapping[Path, str] | None = None,
    registry_gaps: Mapping[str, RegistryGap] | None = None,
) -> Computed:
    """Bring `out/observations.parquet` and `out/tables/<id>.parquet` up to date.

    `views` gives the Parquet files behind each input name (`validated.<dataset>`, `areas.<table>`; a
    `reference.<table>` here replaces the one of `references`), `meta` the rows of `meta.datasets`; `registry_gaps` stand
    in `meta.indicators` beside the indicators. `fingerprints` are the hashes of those files where they are known; the
    others are hashed. A query whose inputs are absent,
    or whose answer is refused, becomes a gap and holds nothing else back. Raises MetadataError for a query that
    could never work and StorageError when files cannot be read or written.
    """
    inputs = {name: list(files) for name, files in sorted(views.items()) if files}
    marks = {name: _digest(*(_mark(path, fingerprints or {}) for path in files)) for name, files in inputs.items()}
    rows = _handed_in(inputs, references, meta, {**indicators, **(registry_gaps or {})})
    marks |= {name: _digest(json.dumps([types, list(values)], sort_keys=True, default=str)) for name, (types, values) in rows.items()}
    here = _digest(engine.version, *(path.read_bytes() for path in CODE))
    recipes = {name_of(item): _recipe(item) for item in (*tables.values(), *indicators.values())}
    whole = _digest(here, json.dumps([marks, recipes, sorted(datasets)], sort_keys=True))
    state = _read_state(out)
    observations = out / "observations.parquet"
    published = {id_: out / "tables" / f"{id_}.parquet" for id_, table in tables.items() if not table.per_period_of}
    missing = {gap.id for gap in state.gaps}
    if state.whole == whole and all(path.is_file() for path in (observations, *(p for i, p in published.items() if i not in missing))):
        return Computed(observations, {i: p for i, p in published.items() if i not in missing}, tuple(state.gaps), state.rows)

    check(tables, indicators, {name.partition(".")[2] for name in (*inputs, *rows) if name.startswith("reference.")}, datasets)
    run = _Run(engine, out, dict(inputs), marks, rows, state.fingerprints, here, tables, datasets, fingerprints or {})
    for item in in_order(tables, indicators):
        if isinstance(item, Table):
            run.table(item)
        else:
            if OBSERVATIONS in dependencies(item.sql):
                run.offer_observations(indicators)
            run.indicator(item)
    run.finish(observations, whole)
    kept = {i: p for i, p in published.items() if i not in {gap.id for gap in run.gaps}}
    return Computed(observations, kept, tuple(run.gaps), run.rows, tuple(run.recomputed))


@dataclass
class _Run:
    """One run over all queries: what is available by name, what was computed, what became a gap."""

    engine: Engine
    out: Path
    files: dict[str, list[Path]]
    """Files behind every name that is available so far."""
    marks: dict[str, str]
    """Fingerprint of every name that is available so far."""
    handed_in: dict[str, tuple[dict[str, str], Sequence[Mapping[str, object]]]]
    before: dict[str, str]
    here: str
    tables: Mapping[str, Table]
    datasets: Mapping[str, Dataset]
    known: Mapping[Path, str]
    after: dict[str, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    recomputed: list[str] = field(default_factory=list)
    _registered: set[str] = field(default_factory=set)
    _names: dict[str, str] | None = None

    def table(self, table: Table) -> None:
        """Compute one table where its inputs changed, and make it available to what comes after."""
        if self._lacks(table):
            return
        try:
            files = self._parts(table) if table.per_period_of else [self._whole_table(table)]
        except DataError as error:
            self.gaps.append(Gap(table.id, str(error), refused=True))
            return
        self.files[f"tables.{table.id}"] = files
        self.marks[f"tables.{table.id}"] = _digest(*(self.after[self._key(path)] for path in files))

    def _whole_table(self, table: Table) -> Path:
        path = self.out / "tables" / f"{table.id}.parquet"
        self._keep_or_make(path, self._fingerprint(table), table.id, lambda: answer(self.engine, table), sorted(dependencies(table.sql)))
        return path

    def _parts(self, table: Table) -> list[Path]:
        """One file per period of the dataset the table follows; only periods that changed are computed."""
        source = f"validated.{table.per_period_of}"
        others = sorted(dependencies(table.sql) - {source})
        shared = _digest(self.here, _recipe(table), *(self.marks.get(name, "absent") for name in others))
        paths = []
        for file in self.files.get(source, []):
            path = self.out / "parts" / table.id / file.name
            paths.append(path)

            def of_period(period: Path = file) -> pa.Table:
                self.engine.register(source, [period])
                self._registered.discard(source)
                return answer(self.engine, table)

            self._keep_or_make(path, _digest(shared, _mark(file, self.known)), table.id, of_period, others)
        return paths

    def indicator(self, indicator: Indicator) -> None:
        """Compute one indicator where its inputs changed; no observation at all makes it a gap."""
        if self._lacks(indicator):
            return
        path = self.out / "parts" / f"{indicator.id}.parquet"
        try:
            self._keep_or_make(
                path,
                self._fingerprint(indicator),
                indicator.id,
                lambda: observe(self.engine, indicator, self._area_names()),
                sorted(dependencies(indicator.sql)),
            )
        except DataError as error:
            self.gaps.append(Gap(indicator.id, str(error), refused=True))
            return
        count = row_count(path)
        self.rows[indicator.id] = count
        if not count:
            self.gaps.append(Gap(indicator.id, "the data that is here covers no area and period of this indicator"))

    def offer_observations(self, indicators: Mapping[str, Indicator]) -> None:
        """Make the observations of all that do not read them available as `indicators.observations`, for what measures the catalogue."""
        if OBSERVATIONS in self.marks:
            return
        early = [i for i in sorted(self.rows) if OBSERVATIONS not in dependencies(indicators[i].sql)]
        files = [self.out / "parts" / f"{i}.parquet" for i in early]
        self.marks[OBSERVATIONS] = _digest(*(self.after[self._key(path)] for path in files))
        if not files:
            empty = self.out / "parts" / "none.parquet"
            write(rows_as_arrow(OBSERVATION_COLUMNS, []), empty)
            files = [empty]
        self.files[OBSERVATIONS] = files

    def finish(self, observations: Path, whole: str) -> None:
        """Join the parts, remove what nothing needs any more, and only then remember what was done."""
        parts = [self.out / "parts" / f"{i}.parquet" for i in sorted(self.rows)]
        mark = _digest(*(self.after[self._key(path)] for path in parts))
        if self.before.get("observations") != mark or not observations.is_file():
            self._forget()
            join(parts, observations, rows_as_arrow(OBSERVATION_COLUMNS, []).schema)
        wanted = {*(self.out / key for key in self.after), *self.files.get(OBSERVATIONS, [])}
        for path in (*self.out.glob("parts/**/*"), *self.out.glob("tables/*"), *self.out.glob(".*.partial")):
            if path.is_file() and path not in wanted:
                path.unlink()
        self.after["observations"] = mark
        self.gaps.sort(key=lambda gap: gap.id)
        record = {"whole": whole, "fingerprints": self.after, "gaps": [asdict(gap) for gap in self.gaps], "rows": self.rows}
        replace(self.out / STATE, json.dumps(record, sort_keys=True, indent=1).encode())

    def _lacks(self, item: Table | Indicator) -> bool:
        """Whether an input that the query cannot do without has no data; then it is noted as a gap."""
        optional = set(item.optional) if isinstance(item, Table) else set()
        read = dependencies(item.sql) | (set() if isinstance(item, Table) or item.geography == "catalogue" else {REGISTER})
        absent = {name for name in read if name not in self.marks and name != OBSERVATIONS}
        needed = absent - optional
        if optional and not (optional - absent):
            needed |= optional
        if needed:
            self.gaps.append(Gap(item.id, f"no data in {', '.join(sorted(needed))}", tuple(sorted(needed))))
        return bool(needed)

    def _keep_or_make(self, path: Path, fingerprint: str, id_: str, answer: Callable[[], pa.Table], needs: Iterable[str]) -> None:
        """Leave a file that is up to date alone; else compute and replace it. `needs` are registered first."""
        if self.before.get(self._key(path)) != fingerprint or not path.is_file():
            for name in needs:
                self._register(name)
            rows = answer()
            self._forget()
            write(rows, path)
            if id_ not in self.recomputed:
                self.recomputed.append(id_)
        self.after[self._key(path)] = fingerprint

    def _forget(self) -> None:
        """Drop the state before the first file is replaced: should the run be cut off, no old fingerprint vouches for a new file."""
        (self.out / STATE).unlink(missing_ok=True)

    def _register(self, name: str) -> None:
        if name in self._registered:
            return
        if name in self.files:
            self.engine.register(name, self.files[name])
        elif name in self.handed_in:
            types, values = self.handed_in[name]
            self.engine.register_rows(name, rows_as_arrow(types, values))
        else:
            self.engine.register_rows(name, rows_as_arrow(self._declared(name), []))
        self._registered.add(name)

    def _declared(self, name: str) -> dict[str, str]:
        """Columns of an optional input that has no data, as its description promises them."""
        schema, _, id_ = name.partition(".")
        return column_types(self.datasets[id_].columns if schema == "validated" else self.tables[id_].columns)

    def _area_names(self) -> dict[str, str]:
        """Names of the areas that observations may be about, in today's register."""
        if self._names is None:
            names: dict[str, str] = dict(COUNTRY)
            if REGISTER in self.files:
                self._register(REGISTER)
                found = self.engine.run(f"select code, name from {REGISTER} where is_current").to_pydict()
                names |= dict(zip(found["code"], found["name"], strict=True))
            self._names = names
        return self._names

    def _fingerprint(self, item: Table | Indicator) -> str:
        names = sorted(dependencies(item.sql)) + ([REGISTER] if isinstance(item, Indicator) else [])
        return _digest(self.here, _recipe(item), *(self.marks.get(name, "absent") for name in names))

    def _key(self, path: Path) -> str:
        return path.relative_to(self.out).as_posix()


def answer(engine: Engine, table: Table) -> pa.Table:
    """The typed, sorted rows of a table's query. Its inputs must be registered.

    Raises DataError where the key repeats, a promised value is missing or a code is not declared.
    """
    types = column_types(table.columns)
    order = ", ".join(f'"{name}"' for name in table.key)
    try:
        rows = cast(engine.run(_typed_query(table.sql, types, order)), types)
    except (DataError, MetadataError) as error:
        raise type(error)(error.what, where=f"tables.{table.id}", effect="the table is left out", next_step=error.next_step) from error
    for column in table.columns:
        if not column.nullable and rows.column(column.name).null_count:
            raise DataError(f"{column.name} is missing", where=f"tables.{table.id}", effect="the table is left out")
        if column.codes and (strange := set(rows.column(column.name).unique().to_pylist()) - {None, *column.codes}):
            raise DataError(f"{column.name} has {len(strange)} codes that are not declared", where=f"tables.{table.id}")
    if rows.num_rows and len(rows.group_by(list(table.key)).aggregate([])) != rows.num_rows:
        raise DataError(f"the key {', '.join(table.key)} repeats", where=f"tables.{table.id}", effect="the table is left out")
    return rows


def observe(engine: Engine, indicator: Indicator, area_names: Mapping[str, str]) -> pa.Table:
    """The observations of one indicator: complete, typed, sorted and checked. Its inputs must be registered.

    Raises DataError where an observation contradicts itself: a value beside a status that says there is none
    (or the reverse), an area or code that nobody knows, a key that stands twice, a number that is none.
    """
    returned = {"indicator": f"'{indicator.id}'", "ref_area_name": "null", "unit_measure": f"'{indicator.unit}'"}
    returned |= {"fidelity": f"'{indicator.sdg.fidelity}'"}
    names = {projection.alias_or_name for projection in parse(indicator.sql).selects}
    returned |= {name: default for name, default in DEFAULTS.items() if name not in names}
    query = _typed_query(indicator.sql, OBSERVATION_COLUMNS, "ref_area, time_period, breakdown", returned)
    try:
        rows = cast(engine.run(query), OBSERVATION_COLUMNS)
    except (DataError, MetadataError) as error:
        raise type(error)(error.what, where=indicator.id, effect="the indicator is left out", next_step=error.next_step) from error
    if wrong := _contradiction(rows, area_names):
        raise DataError(wrong, where=indicator.id, effect="the indicator is left out", next_step="correct its query or the data it reads")
    import pyarrow as pa

    codes = rows.column("ref_area").combine_chunks().dictionary_encode()
    rows = warned(rows, by_series=OBSERVATIONS not in dependencies(indicator.sql)).cast(rows.schema).combine_chunks()
    names_column = pa.array([area_names[code] for code in codes.dictionary.to_pylist()], pa.string()).take(codes.indices)
    return rows.set_column(rows.schema.get_field_index("ref_area_name"), "ref_area_name", names_column)


def _contradiction(rows: pa.Table, area_names: Mapping[str, str]) -> str | None:
    """What is wrong with observations, in words that hold no value, or None."""

    def codes(name: str) -> set[str]:
        return set(rows.column(name).unique().to_pylist())

    for name in ("ref_area", "time_period", "obs_status", "comparability", "breakdown", "warnings"):
        if rows.column(name).null_count:
            return f"{name} is missing"
    pairs = rows.group_by(["obs_status"]).aggregate([("obs_value", "count"), ("obs_status", "count")]).to_pylist()
    with_status = {pair["obs_status"]: (pair["obs_value_count"], pair["obs_status_count"]) for pair in pairs}
    if count := sum(values if status in WITHOUT_VALUE else number - values for status, (values, number) in with_status.items()):
        return f"obs_value and obs_status contradict each other in {count} observations"
    if strange := [code for code in codes("ref_area") if code not in area_names]:
        return f"ref_area has {len(strange)} codes that are not in today's register"
    for name in ("obs_status", "comparability"):
        if strange := codes(name) - set(vocabulary(name)):
            return f"{name} has {len(strange)} codes that nobody knows"
    if {code for text in codes("warnings") if text for code in text.split(";")} - set(vocabulary("warning")):
        return "warnings has a code that nobody knows"
    if any(not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", text) for text in codes("time_period")):
        return "time_period is neither a year nor a month"
    if any(not re.fullmatch(r"([a-z_]+=[^;=]+(;[a-z_]+=[^;=]+)*)?", text) for text in codes("breakdown")):
        return "breakdown is not written as name=value pairs joined by ;"
    if any(value is not None and not 0 <= value <= 1 for value in rows.column("coverage").unique().to_pylist()):
        return "coverage lies outside 0 to 1"
    keys = rows.group_by(["ref_area", "time_period", "breakdown"]).aggregate([]).num_rows
    if keys != rows.num_rows:
        return f"{rows.num_rows - keys} observations repeat the key of another (area, period, breakdown)"
    return None


def _typed_query(sql: str, types: Mapping[str, str], order: str, instead: Mapping[str, str] | None = None) -> str:
    """A query around `sql` that casts every column to its type and sorts; `instead` gives expressions for columns it lacks."""
    given = instead or {}
    columns = ", ".join(f'cast({given.get(name, chr(34) + name + chr(34))} as {sql_type}) as "{name}"' for name, sql_type in types.items())
    return f"select {columns} from ({sql}\n) as answer order by {order}"


def _handed_in(
    inputs: Mapping[str, Sequence[Path]],
    references: Mapping[str, ReferenceTable],
    meta: Mapping[str, Sequence[Mapping[str, object]]],
    asked_for: Mapping[str, Indicator | RegistryGap],
) -> dict[str, tuple[dict[str, str], Sequence[Mapping[str, object]]]]:
    """Tables that come as rows: column types and rows by name."""
    rows: dict[str, tuple[dict[str, str], Sequence[Mapping[str, object]]]] = {
        f"reference.{id_}": (column_types(table.reference.columns), table.rows)
        for id_, table in references.items()
        if f"reference.{id_}" not in inputs
    }
    rows["meta.indicators"] = (META["meta.indicators"], [_meta_row(item) for _, item in sorted(asked_for.items())])
    if datasets := meta.get("datasets"):
        rows["meta.datasets"] = (META["meta.datasets"], sorted(datasets, key=lambda row: str(row["dataset"])))
    return rows


def _meta_row(item: Indicator | RegistryGap) -> dict[str, object]:
    sdg = item.sdg
    return {
        "indicator": item.id,
        "registry": item.registry,
        "goal": sdg.goal,
        "un_indicator": sdg.indicator,
        "fidelity": sdg.fidelity,
        "geography": item.geography,
    }


def _recipe(item: Table | Indicator) -> str:
    """What of a head decides the numbers; texts may change without computing again."""
    if isinstance(item, Table):
        return _digest(item.sql, json.dumps([column_types(item.columns), item.key, item.per_period_of, item.optional]))
    return _digest(item.sql, item.id, item.unit, item.sdg.fidelity)


def _mark(path: Path, fingerprints: Mapping[Path, str]) -> str:
    """Name and hash of an input file."""
    known = fingerprints.get(path)
    if known is None:
        with path.open("rb") as file:
            known = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{path.name} {known}"


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def _read_state(out: Path) -> _State:
    """What the last run left behind. A state that cannot be read counts as none: then all is computed again."""
    path = out / STATE
    if not path.is_file():
        return _State()
    try:
        record = json.loads(path.read_bytes())
        gaps = [Gap(gap["id"], gap["reason"], tuple(gap["absent"]), gap["refused"]) for gap in record["gaps"]]
        return _State(record["whole"], record["fingerprints"], gaps, record["rows"])
    except (ValueError, KeyError, TypeError):
        return _State()
