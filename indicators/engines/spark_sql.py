"""A query of the house's subset of DuckDB SQL, written for Apache Spark so that it gives the same rows to the last digit.

A plain translation is not enough, because the same words round differently (docs/spark.md tells how each was found):

- `/` on decimals is a decimal on Spark and a double on DuckDB: both sides become doubles first, as DuckDB does it;
- a double cast to a decimal is rounded from its binary value times a power of ten on DuckDB, from its shortest text on Spark;
- a decimal or double cast to a whole number is rounded on DuckDB and cut off on Spark;
- an exact percentile becomes an approximate one unless it is spelt `percentile`.

What they are is decided by type, so the types of every column come from the tables, and a cast from what has no known type is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from catalog.errors import MetadataError

WHOLE = frozenset({"TINYINT", "SMALLINT", "INT", "BIGINT", "UTINYINT", "USMALLINT", "UINT", "UBIGINT", "INT128"})
BINARY = frozenset({"FLOAT", "DOUBLE"})
SAFE_AS_TEXT = frozenset({*WHOLE, "DECIMAL", "TEXT", "VARCHAR", "CHAR", "DATE", "NULL"})
"""What is written as text in the same way on both engines."""


def view_name(table: str) -> str:
    """What `schema.table` is called on Spark, whose temporary views have no schema."""
    return table.replace(".", "__")


def to_spark(sql: str, schema: Mapping[str, Mapping[str, str]]) -> str:
    """The query in Spark's dialect. `schema` gives the columns and types of every table it reads, by `schema.table`.

    Raises MetadataError where a name is unknown or where the two engines could give different numbers.
    """
    import sqlglot
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    nested: dict[str, dict[str, Mapping[str, str]]] = {}
    for table, columns in schema.items():
        folder, _, name = table.partition(".")
        nested.setdefault(folder, {})[name] = columns
    try:
        tree = qualify(sqlglot.parse_one(sql, read="duckdb"), schema=nested, dialect="duckdb")  # type: ignore[arg-type]
        tree = annotate_types(tree, schema=nested, dialect="duckdb", expression_metadata=_types_of_functions())  # type: ignore[arg-type]
    except SqlglotError as error:
        raise MetadataError(f"the query does not fit its tables: {_first_line(error)}") from error
    for node in reversed(list(tree.bfs())):  # what is inside first, so that nothing that was put around it hides it
        if (replacement := _rewritten(node)) is not node:
            node.replace(replacement)
    return tree.sql(dialect="spark")


@cache
def _types_of_functions() -> Any:
    """What the parser's library knows of the types that functions give, and what it does not know of those that may be used.

    A percentile is a double because it is given one, which `_percentile` sees to.
    """
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

    text, double = {"returns": exp.DataType.Type.VARCHAR}, {"returns": exp.DataType.Type.DOUBLE}
    own = {exp.Left: text, exp.Right: text, exp.Pad: text, exp.Replace: text, exp.Median: double, exp.WithinGroup: double, exp.Div: double}
    known = Dialect.get_or_raise("duckdb").EXPRESSION_METADATA
    return {**known, **own, exp.Floor: known[exp.Abs], exp.Ceil: known[exp.Abs]}


def _first_line(error: Exception) -> str:
    return re.sub(r"\x1b\[\d+m", "", str(error)).splitlines()[0]


def _rewritten(node: Any) -> Any:
    """One node as Spark needs it; the same node where nothing differs."""
    from sqlglot import exp

    if isinstance(node, exp.Join) and str(node.args.get("method") or "").upper() == "ASOF":
        raise MetadataError("asof join: Spark has none", next_step="join over a validity interval with lead()")
    if isinstance(node, exp.Table) and node.db:
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        return exp.Table(this=exp.to_identifier(view_name(f"{node.db}.{node.name}"), quoted=True), alias=alias)
    if isinstance(node, exp.Div):
        typed = [side if _kind(side) in BINARY else exp.cast(side, "double") for side in (node.left, node.right)]
        return _of_type(exp.Div(this=typed[0], expression=typed[1], typed=False, safe=False), "double")
    if isinstance(node, (exp.Median, exp.WithinGroup)):
        return _percentile(node)
    if isinstance(node, exp.Sum) and _kind(node.this) in BINARY:
        raise MetadataError("sum of a double: it depends on the order", next_step="sum decimals and divide once, last")
    if isinstance(node, exp.Cast):
        return _cast(node)
    return node


def _percentile(node: Any) -> Any:
    """`percentile(x, q)`, the exact one. DuckDB keeps the type of what it is given and rounds to it, so only doubles mean the same."""
    from sqlglot import exp

    if isinstance(node, exp.Median):
        value, share = node.this, exp.Literal.number("0.5")
    elif isinstance(node.this, exp.PercentileCont):
        order = node.expression.expressions[0]
        value, share = (order.this if isinstance(order, exp.Ordered) else order), node.this.this
    else:
        raise MetadataError(f"{node.this.sql_name().lower()} within group: it means something else, or nothing, on another engine")
    if _kind(value) not in BINARY:
        raise MetadataError("a percentile of what is no double: it is rounded on one engine only", next_step="write cast(x as double)")
    return _of_type(exp.Anonymous(this="percentile", expressions=[value, share]), "double")


def _cast(node: Any) -> Any:
    from sqlglot import exp

    source, target = _kind(node.this), node.to.this.value
    if source == "UNKNOWN":
        raise MetadataError(f"cast of {node.this.sql(dialect='duckdb')}: its type is not known", next_step="cast it where it is made")
    if target in WHOLE and source == "DECIMAL":
        return _of_type(exp.cast(exp.Anonymous(this="round", expressions=[node.this, exp.Literal.number(0)]), node.to), node.to)
    if target in WHOLE and source in BINARY:
        return _of_type(exp.cast(exp.Anonymous(this="rint", expressions=[node.this]), node.to), node.to)
    if target == "DECIMAL" and source in BINARY:
        return _of_type(_binary_to_decimal(node.this, node.to), node.to)
    if target in {"TEXT", "VARCHAR"} and source not in SAFE_AS_TEXT:
        raise MetadataError(
            f"a {source.lower()} as text is not written the same everywhere", next_step="cast it to a decimal or date first"
        )
    return node


def _binary_to_decimal(value: Any, to: Any) -> Any:
    """As DuckDB rounds: the binary value times 10^scale, halves away from zero. Beyond 9.2e18 units of the last digit it is an error."""
    from sqlglot import exp

    scale = int(to.expressions[1].this.this) if len(to.expressions) > 1 else 0
    power = exp.cast(exp.Literal.string(f"1e{scale}"), "double")
    scaled = exp.Mul(this=exp.Paren(this=value.copy()), expression=power)
    units = exp.cast(exp.Anonymous(this="round", expressions=[scaled, exp.Literal.number(0)]), "bigint")
    unit = exp.Literal.number("0." + "0" * (scale - 1) + "1") if scale else exp.Literal.number(1)
    return exp.cast(exp.Mul(this=units, expression=unit), to.copy())


def _of_type(node: Any, kind: Any) -> Any:
    from sqlglot import exp

    node.type = kind if isinstance(kind, exp.DataType) else exp.DataType.build(kind)
    return node


def _kind(node: Any) -> str:
    """The type of an expression by name, such as DECIMAL."""
    from sqlglot import exp

    while isinstance(node, (exp.Paren, exp.Alias)):
        node = node.this
    if isinstance(node, exp.Null):
        return "NULL"
    kind = node.type.this if node.type else None
    return "UNKNOWN" if kind is None else str(kind.value)
