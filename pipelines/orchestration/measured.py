"""Figures that the Dagster UI plots from run to run, and small tables beside them: no text from the data, no figure about people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from catalog.duck import connect, name, parquet
from catalog.model import Column, ColumnType, Dataset
from catalog.publication import DatasetState, PeriodState
from pipelines.collect import period_end

if TYPE_CHECKING:
    import duckdb

Figures = dict[str, dg.MetadataValue | int | float | str | bool]

NEWEST_PERIODS = 6
"""Rows of a small table about an indicator."""


def is_open_to_all(dataset: Dataset) -> bool:
    """Whether the size of a value may be shown before small numbers are hidden: only where the data is not about people at all."""
    return dataset.ethics is not None and dataset.ethics.about_people == "none"


def age(period: str | None, today: date) -> dict[str, str | int]:
    """The newest period, and how many days ago it ended: a number, so that it is plotted. Negative while the period goes on."""
    end = period_end(period)
    return ({"newest_period": period} if period else {}) | ({"days_since_newest": (today - end).days} if end else {})


def of_dataset(state: DatasetState, today: date) -> Figures:
    """A validated table: rows, which share of its periods and values is there, how new it is, and its numbers in the newest period."""
    return {
        "dagster/row_count": state.rows,
        "periods": len(state.periods),
        "coverage_percent": _coverage([p.period for p in state.periods]),
        "missing_percent": missing_percent([p.path for p in state.periods]),
        **({"newest_period": "ingen"} | age(state.newest_period, today)),
        "bytes": sum(p.path.stat().st_size for p in state.periods),
    } | ({"preview": _preview(state.dataset, state.periods[-1])} if state.rows else {})


def _coverage(periods: Sequence[str]) -> float:
    """How many of the months or years between the first and the newest are there, in per cent; 100 where there are no such periods."""
    numbers = [int(p[:4]) * 12 + int(p[5:7]) - 1 if len(p) == 7 else int(p) for p in periods if p[:4].isdecimal()]
    return round(100 * len(numbers) / (max(numbers) - min(numbers) + 1), 1) if numbers else 100.0 if periods else 0.0


def missing_percent(files: Sequence[Path]) -> float:
    """Which share of all values of Parquet files is empty, in per cent, from their footers alone."""
    from pyarrow.parquet import read_metadata

    empty = values = 0
    for path in files:
        footer = read_metadata(path)
        for group in map(footer.row_group, range(footer.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                values += group.num_rows
                if column.is_stats_set and column.statistics.has_null_count:
                    empty += column.statistics.null_count
    return round(100 * empty / values, 2) if values else 0.0


def _preview(dataset: Dataset, newest: PeriodState) -> dg.MetadataValue:
    """One row for each number of the newest period: how many rows have it, and, where the data is not about people, how large it is."""
    numbers = [c for c in dataset.columns if c.type in (ColumnType.integer, ColumnType.decimal) and c.name not in dataset.key]
    open_to_all = is_open_to_all(dataset)
    with connect(threads=1) as con:
        rows = [_in_short(con, newest.path, column, open_to_all) for column in numbers]
    records = [
        dg.TableRecord({"kolonne": column.name, "enhet": column.unit or "", **row}) for column, row in zip(numbers, rows, strict=True)
    ]
    return dg.MetadataValue.table(records, _schema_of(records))


def _in_short(con: duckdb.DuckDBPyConnection, file: Path, column: Column, open_to_all: bool) -> dict[str, float]:
    it = name(column.name)
    found = con.execute(
        f"""select
              round(100.0 * count({it}) / greatest(count(*), 1), 1),
              min({it})::double,
              median({it})::double,
              max({it})::double
            from {parquet([file])}"""
    ).fetchone()
    assert found is not None
    sizes = dict(zip(("minst", "median", "størst"), found[1:], strict=True)) if open_to_all and found[1] is not None else {}
    return {"utfylt_prosent": found[0]} | sizes


def _schema_of(records: Sequence[dg.TableRecord]) -> dg.TableSchema:
    names = {key: "string" if isinstance(value, str) else "float" for record in records for key, value in record.data.items()}
    return dg.TableSchema([dg.TableColumn(key, type_) for key, type_ in names.items()])


def of_indicators(observations: Path, open_to_all: Collection[str], today: date) -> dict[str, Figures]:
    """Each indicator: areas, which share of its observations has a value and rests on whole data, how new it is, its newest periods.

    Sizes of values are told only of the indicators `open_to_all`, because small numbers are not hidden before the release is made.
    """
    with connect(threads=1) as con:
        con.execute(f"create view observations as select * from {parquet([observations])}")
        whole = con.execute(
            """select
                 indicator,
                 count(*),
                 count(distinct ref_area),
                 round(100.0 * avg(coverage), 1),
                 round(100.0 * avg(case when obs_value is null then 1 else 0 end), 2),
                 max(time_period)
               from observations
               group by indicator"""
        ).fetchall()
        periods = _newest_periods(con)
    return {
        key: {
            "dagster/row_count": rows,
            "areas": areas,
            "missing_percent": missing,
            **({} if coverage is None else {"coverage_percent": coverage}),
            **age(newest, today),
            "preview": _preview_of_periods(periods.get(key, []), key in open_to_all),
        }
        for key, rows, areas, coverage, missing, newest in whole
    }


def _newest_periods(con: duckdb.DuckDBPyConnection) -> Mapping[str, list[tuple[float | str | None, ...]]]:
    """By indicator: period, areas, observations with and without a value, mean coverage, and smallest, middle and largest value."""
    found: dict[str, list[tuple[float | str | None, ...]]] = {}
    for key, *row in con.execute(
        """select
             indicator,
             time_period,
             count(distinct ref_area),
             count(obs_value),
             count(*) - count(obs_value),
             round(100.0 * avg(coverage), 1),
             min(obs_value)::double,
             median(obs_value)::double,
             max(obs_value)::double
           from observations
           where breakdown = ''
           group by indicator, time_period
           qualify row_number() over (partition by indicator order by time_period desc) <= $periods
           order by indicator, time_period desc""",
        {"periods": NEWEST_PERIODS},
    ).fetchall():
        found.setdefault(key, []).append(tuple(row))
    return found


def _preview_of_periods(rows: Sequence[tuple[float | str | None, ...]], open_to_all: bool) -> dg.MetadataValue:
    names = ("periode", "områder", "med_verdi", "uten_verdi", "dekning_prosent", "minst", "median", "størst")
    shown = names if open_to_all else names[:5]
    records = [dg.TableRecord({key: value for key, value in zip(shown, row, strict=False) if value is not None}) for row in rows]
    return dg.MetadataValue.table(records, _schema_of(records))


def of_table(file: Path) -> Figures:
    """A table between data and indicators."""
    from pyarrow.parquet import read_metadata

    return {
        "dagster/row_count": read_metadata(file).num_rows,
        "missing_percent": missing_percent([file]),
        "bytes": file.stat().st_size,
    }
