"""Every figure that the rules of the gate need, computed on the very file that is to be published."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from catalog.duck import name, parquet
from catalog.ethics.rules import sentence
from catalog.model import Column, ColumnType, Dataset, Ethics, Text
from catalog.privacy.search import Finding, scan_table
from catalog.privacy.withholding import HiddenSum, Withholding, small_cells


@dataclass(frozen=True)
class Measurement:
    """One computed figure of the record, such as `piiFindings`, and the hash of the file it was computed on."""

    metric: str
    value: Decimal
    parameter: Text | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Measured:
    """What was measured on one Parquet file. Whole numbers unless said otherwise; None where a figure has no meaning."""

    sha256: str
    rows: int
    findings: tuple[Finding, ...]
    min_group: int | None = None
    """Smallest visible count above zero, or smallest class by quasi-identifiers."""
    small: int = 0
    hidden: int = 0
    complementary: int = 0
    recoverable: int = 0
    told_before: int = 0
    """Small numbers that an earlier release shows."""
    sums: tuple[HiddenSum, ...] = ()
    """Sums of rows that may not be shown anywhere, without their values."""
    sums_shown: int = 0
    """Sums over withheld rows that are published and still agree."""
    min_diversity: int | None = None
    disclosures: int | None = None
    unique_traces: Decimal | None = None
    """Share of rows that are alone in their quasi-identifiers, 0 to 1."""
    precise_points: int | None = None
    """Rows located more finely than about 1 km; None where there are no coordinates."""
    spatial_precision: Decimal | None = None
    """The finest step of coordinates, in metres; None where there are no numbers for coordinates."""
    population_coverage: Decimal | None = None
    """Share of inhabitants who live near a station, 0 to 1; None where the data are not from stations or nobody counted the inhabitants."""
    coverage_gap: Decimal | None = None
    completeness: Decimal | None = None
    """Share of expected values that exist, 0 to 1."""
    completeness_gap: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        return {key: str(value) if isinstance(value, Decimal) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Measured:
        """What a manifest says. That of an older release lacks what its software did not measure."""
        decimals = ("spatial_precision", "population_coverage", "coverage_gap", "unique_traces", "completeness", "completeness_gap")
        typed: dict[str, Any] = {key: Decimal(values[key]) if values.get(key) is not None else None for key in decimals}
        typed["findings"] = tuple(Finding(**finding) for finding in values["findings"])
        typed["sums"] = tuple(HiddenSum(it["number"], tuple(it["by"]), it["group"]) for it in values.get("sums", ()))
        return cls(**(values | typed))


def measure(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    sha256: str,
    dataset: Dataset,
    withholding: Withholding = Withholding(),  # noqa: B008
) -> Measured:
    """Every figure that the rules need, computed on the Parquet file that is to be published."""
    table = con.sql(f"from {parquet([path])}")
    ethics = dataset.ethics
    findings = tuple(scan_table(con, table, dataset))
    rows = _row(con, f"select count(*) from {parquet([path])}")[0]
    figures: dict[str, Any] = {}
    if ethics is not None:
        figures |= _groups(con, parquet([path]), dataset, ethics)
        figures |= _places(con, parquet([path]), dataset)
    figures |= _completeness(con, parquet([path]), dataset)
    return Measured(
        sha256=sha256, rows=rows, findings=findings, small=small_cells(con, table, dataset), hidden=withholding.small,
        complementary=withholding.complementary, recoverable=withholding.recoverable, told_before=withholding.told_before,
        sums=withholding.sums, sums_shown=withholding.sums_shown, **figures,
    )  # fmt: skip


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row


def _groups(con: duckdb.DuckDBPyConnection, table: str, dataset: Dataset, ethics: Ethics) -> dict[str, Any]:
    """Smallest group, least diversity and lonely rows, by counts or by quasi-identifiers."""
    figures: dict[str, Any] = {}
    if ethics.count_columns:
        smallest = ", ".join(f"min({name(column)}) filter ({name(column)} > 0)" for column in ethics.count_columns)
        counts = [int(value) for value in _row(con, f"select {smallest} from {table}") if value is not None]
        figures["min_group"] = min(counts, default=None)
    if not ethics.quasi_identifiers:
        return figures
    classes = ", ".join(_class_term(dataset.column(column)) for column in ethics.quasi_identifiers)
    if ethics.about_people == "individual" and not ethics.count_columns:
        figures["min_group"] = _row(con, f"select min(members) from (select count(*) as members from {table} group by {classes})")[0]
    if "trips" in ethics.counts_of and ethics.about_people == "individual":
        lonely, rows = _row(
            con, f"select count(*) filter (members = 1), sum(members) from (select count(*) as members from {table} group by {classes})"
        )
        figures["unique_traces"] = _share(lonely, rows)
    if ethics.sensitive_columns:
        distinct = ", ".join(f"count(distinct {name(column)})" for column in ethics.sensitive_columns)
        least = f"least({distinct})"
        figures["min_diversity"], figures["disclosures"] = _row(
            con, f"select min(values), count(*) filter (values = 1) from (select {least} as values from {table} group by {classes})"
        )
    return figures


def _class_term(column: Column) -> str:
    """Rows of one class have equal terms; a moment counts by its hour."""
    return f"date_trunc('hour', {name(column.name)})" if column.type is ColumnType.datetime else name(column.name)


_COORDINATES = re.compile(
    r"^(?:lat|lon|lng|latitude|longitude)$|_(?:lat|lon|latitude|longitude)$|(?:^|_)(?:east|north|easting|northing|geometry|wkt)$"
)
METRES_OF_A_DEGREE = 111_195
"""Of latitude; a degree of longitude is shorter."""


def _places(con: duckdb.DuckDBPyConnection, table: str, dataset: Dataset) -> dict[str, Any]:
    """How exactly rows are placed; nothing where there are no coordinates.

    Finer than about 1 km is more than two decimals of a degree, a number of metres that is no whole kilometre, or a geometry in words.
    The step is the last decimal that any coordinate uses, or for whole metres the largest power of ten that divides them all.
    """
    columns = [column for column in dataset.columns if column.unit == "deg" or _COORDINATES.search(column.name)]
    if not columns:
        return {}
    fine, steps = [], []
    for column in columns:
        it = name(column.name)
        decimals = f"max(length(rtrim(split_part({it}::varchar, '.', 2), '0')))"
        if column.type is ColumnType.text:
            fine.append(f"{it} is not null")
        elif column.unit == "m":
            fine.append(f"{it} % 1000 <> 0")
            whole = " ".join(f"when bool_and({it} % {step} = 0) then {step}" for step in (1000, 100, 10))
            steps.append(f"case {whole} else pow(10, -{decimals}) end")
        else:
            fine.append(f"{it} <> round({it}, 2)")
            steps.append(f"{METRES_OF_A_DEGREE} * pow(10, -{decimals})")
    finest = f"round(least({', '.join(steps)}), 2)::decimal(18, 2)" if steps else "null"
    points, step = _row(con, f"select count(*) filter ({' or '.join(fine)}), {finest} from {table}")
    return {"precise_points": int(points), "spatial_precision": step}


def _completeness(con: duckdb.DuckDBPyConnection, table: str, dataset: Dataset) -> dict[str, Decimal | None]:
    """How complete the series are: rows with a value ÷ points in time of the table from a series' first row to its last."""
    time = dataset.period_column
    numbers = [c.name for c in dataset.columns if c.type in (ColumnType.integer, ColumnType.decimal) and c.name not in dataset.key]
    series = [key for key in dataset.key if key != time]
    is_record = dataset.ethics is not None and dataset.ethics.about_people == "individual"
    if time is None or time not in dataset.key or not numbers or not series or is_record:
        return {}
    by = ", ".join(name(key) for key in series)
    present = " or ".join(f"{name(column)} is not null" for column in numbers)
    filled, expected, best, worst = _row(
        con,
        f"""with points as (
          select {name(time)}, row_number() over (order by {name(time)}) as place
          from (select distinct {name(time)} from {table})
        ),
        series as (
          select count(*) filter ({present}) as filled, max(place) - min(place) + 1 as expected
          from {table} join points using ({name(time)})
          group by {by}
        )
        select sum(filled), sum(expected), max(filled * 1000000 // expected), min(filled * 1000000 // expected)
        from series""",
    )
    if not expected:
        return {}
    return {"completeness": _share(filled, expected), "completeness_gap": _share(best - worst, 1_000_000)}


def _share(part: int | None, whole: int | None) -> Decimal | None:
    return (Decimal(int(part or 0)) / Decimal(int(whole))).quantize(Decimal("0.0001")) if whole else None


def measurements(measured: Measured | None) -> tuple[Measurement, ...]:
    if measured is None:
        return ()
    certain = sum(finding.count for finding in measured.findings if finding.is_certain)
    figures: list[tuple[str, int | Decimal | None, str]] = [("piiFindings", certain, "piiFindings")]
    if measured.min_group is not None or measured.hidden:
        figures += [
            ("minGroupSize", measured.min_group, "counted"),
            ("smallCells", measured.small, "smallCells"),
            ("groupDisclosures", measured.disclosures or 0, "sensitive"),
            ("recoverableCells", measured.recoverable, "recoverableCells"),
        ]
    figures += [
        ("minDiversity", measured.min_diversity, "sensitive"),
        ("uniqueTraces", measured.unique_traces, "uniqueTraces"),
        ("spatialPrecision", measured.spatial_precision, "spatialPrecision"),
        ("populationCoverage", measured.population_coverage, "populationCoverage"),
        ("coverageGap", measured.coverage_gap, "coverageGap"),
        ("temporalCompleteness", measured.completeness, "temporalCompleteness"),
        ("completenessGap", measured.completeness_gap, "completenessGap"),
    ]
    return tuple(
        Measurement(metric, Decimal(value), sentence("parameters", parameter), measured.sha256)
        for metric, value, parameter in figures
        if value is not None
    )
