"""Rows in the types that they are promised in, as Arrow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from indicators.load import typed

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_type(sql_type: str) -> pa.DataType:
    """The Arrow type of a DuckDB column type."""
    import pyarrow as pa

    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", sql_type):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
    }[sql_type]


def rows_as_arrow(types: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows as a table of these types. A column that a row lacks is missing in it."""
    import pyarrow as pa

    schema = pa.schema([(name, arrow_type(sql_type)) for name, sql_type in types.items()])
    return pa.table(
        {name: [typed(row.get(name), name, sql_type, "rows handed in") for row in rows] for name, sql_type in types.items()}, schema=schema
    )


def cast(rows: pa.Table, types: Mapping[str, str]) -> pa.Table:
    """The same rows under exactly the agreed schema, in one piece, so that the bytes do not depend on how the engine cut them."""
    import pyarrow as pa

    return rows.cast(pa.schema([(name, arrow_type(sql_type)) for name, sql_type in types.items()])).combine_chunks()
