"""Values that a source has wrong, corrected by declaration: read from YAML, applied while a period is built, expired by their guard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.duck import name, parquet
from catalog.errors import MetadataError
from catalog.load import build, read_yaml
from catalog.model import ColumnType, Correction, Dataset, Period

if TYPE_CHECKING:
    import duckdb

REMARK = "corrected"
"""How the remark of a corrected row begins; the id of the correction follows."""


def load_corrections(folder: Path, dataset: Dataset) -> tuple[Correction, ...]:
    """The declared corrections of a dataset: none where `<id>.yaml` is not there. Raises MetadataError naming the one that is wrong."""
    path = folder / f"{dataset.id}.yaml"
    if not path.is_file():
        return ()
    listed = read_yaml(path.read_text("utf-8"), path.name)
    if not isinstance(listed, list):
        raise MetadataError("not a list of corrections", where=path.name, next_step="begin each with a dash")
    found = tuple(build(Correction, one, path.name) for one in listed)
    if len({correction.id for correction in found}) != len(found):
        raise MetadataError("two corrections have the same id", where=path.name)
    for correction in found:
        _refuse_nonsense(correction, dataset, f"{path.name}: {correction.id}")
    return found


def _refuse_nonsense(correction: Correction, dataset: Dataset, where: str) -> None:
    if set(correction.key) != set(dataset.key):
        raise MetadataError("not the whole key", where=where, next_step=f"give {', '.join(dataset.key)}")
    columns = {column.name: column for column in dataset.columns}
    if correction.column not in columns or correction.column in dataset.key:
        raise MetadataError("not a column outside the key", where=where, next_step=f"choose from {', '.join(columns)}")
    if correction.value is None and not columns[correction.column].nullable:
        raise MetadataError(f"{correction.column} may not be empty", where=where)
    if correction.value == correction.expected:
        raise MetadataError("it corrects nothing: value and expected value are the same", where=where)


def period_of(correction: Correction, dataset: Dataset) -> str | None:
    """The period of the corrected row; None where its key does not tell, so that it may be any."""
    if dataset.period is Period.all or dataset.period_column is None:
        return "all"
    if dataset.period_column not in correction.key:
        return None
    said = str(correction.key[dataset.period_column])
    if dataset.column(dataset.period_column).type is ColumnType.integer:
        return said
    moment = datetime.fromisoformat(said) + timedelta(hours=1 if dataset.period_offset == "PT1H" else 0)
    return f"{moment:%Y-%m}" if dataset.period is Period.month else f"{moment:%Y}"


def corrections_for(period: str, corrections: Sequence[Correction], dataset: Dataset) -> list[Correction]:
    """Those that concern a row of this period."""
    return [c for c in corrections if period_of(c, dataset) in (period, None)]


def fingerprint_of(corrections: Sequence[Correction]) -> str:
    """What decides about rows: key, column, expected and new value. Reasons and what the source says about it do not."""
    return json.dumps(
        [c.model_dump(mode="json", include={"id", "key", "column", "expected", "value"}) for c in corrections], sort_keys=True
    )


def apply_corrections(con: duckdb.DuckDBPyConnection, table: str, corrections: Sequence[Correction], dataset: Dataset) -> None:
    """Correct the delivered rows in `table` that say exactly what was expected, and remark it."""
    for correction in corrections:
        values = [None if correction.value is None else str(correction.value), f"{REMARK}:{correction.id}"]
        con.execute(
            f"""update {table} set {name(correction.column)} = cast($1 as {dataset.column(correction.column).sql_type}), _remark = $2
            where {_is_row(correction, dataset, 3)} and {_says(correction, dataset)} is not distinct from
              {_expected(correction, dataset, 3 + len(correction.key))}""",
            [*values, *_key_values(correction), *_expected_values(correction)],
        )


def outcomes(con: duckdb.DuckDBPyConnection, candidate: Path, corrections: Sequence[Correction], dataset: Dataset) -> dict[str, str]:
    """What became of each correction in a built period: `applied`, `expired` (the row says something else now) or `not_found`."""
    found = {}
    for correction in corrections:
        rows = con.execute(
            f"select _remark from {parquet([candidate])} where {_is_row(correction, dataset, 1)}", _key_values(correction)
        ).fetchall()
        is_applied = any(remark == f"{REMARK}:{correction.id}" for (remark,) in rows)
        found[correction.id] = "applied" if is_applied else "expired" if rows else "not_found"
    return found


def _is_row(correction: Correction, dataset: Dataset, first: int) -> str:
    return " and ".join(
        f"{name(key)} = cast(${first + place} as {dataset.column(key).sql_type})" for place, key in enumerate(sorted(correction.key))
    )


def _key_values(correction: Correction) -> list[str]:
    return [str(correction.key[key]) for key in sorted(correction.key)]


def _says(correction: Correction, dataset: Dataset) -> str:
    """The delivered value as the published column would hold it."""
    return f"cast({name(correction.column)} as {dataset.column(correction.column).sql_type})"


def _expected(correction: Correction, dataset: Dataset, place: int) -> str:
    return "null" if correction.expected is None else f"cast(${place} as {dataset.column(correction.column).sql_type})"


def _expected_values(correction: Correction) -> list[str]:
    return [] if correction.expected is None else [str(correction.expected)]
