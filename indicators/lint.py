"""The subset of DuckDB SQL that a query may use: what means the same on every engine and gives the same bytes every time.

It is an allow-list over the syntax tree. docs/indicator_sql.md gives the reasons; a test holds the two together.
"""

from __future__ import annotations

import re
from typing import Any

from catalog.errors import MetadataError
from catalog.model import Indicator, Table

REQUIRED = ("ref_area", "time_period", "obs_value", "obs_status", "coverage", "n_units", "numerator", "denominator")
MAY_ADD = ("comparability", "borders_year", "breakdown", "warnings")

FUNCTIONS: dict[str, str] = {
    "Abs": "abs",
    "And": "and",
    "Case": "case",
    "Cast": "cast",
    "Ceil": "ceil",
    "Coalesce": "coalesce",
    "ConcatWs": "concat_ws",
    "Count": "count",
    "DateAdd": "+ interval",
    "DateDiff": "date_diff",
    "Day": "day",
    "DenseRank": "dense_rank",
    "Exists": "exists",
    "Extract": "extract",
    "FirstValue": "first_value",
    "Floor": "floor",
    "Greatest": "greatest",
    "If": "case",
    "Lag": "lag",
    "LastDay": "last_day",
    "Lead": "lead",
    "Least": "least",
    "Left": "left",
    "Length": "length",
    "Ln": "ln",
    "Lower": "lower",
    "Max": "max",
    "Median": "median",
    "Min": "min",
    "Month": "month",
    "Nullif": "nullif",
    "Or": "or",
    "Pad": "lpad",
    "PercentileCont": "percentile_cont",
    "Rank": "rank",
    "Replace": "replace",
    "Right": "right",
    "RowNumber": "row_number",
    "Substring": "substring",
    "Sum": "sum",
    "TimestampTrunc": "date_trunc",
    "Trim": "trim",
    "Upper": "upper",
    "Year": "year",
}
"""Functions that may be used: class in the parser's tree → how it is written."""

PARTS = frozenset(
    {
        "Add",
        "Alias",
        "Between",
        "Boolean",
        "CTE",
        "Column",
        "DPipe",
        "DataType",
        "DataTypeParam",
        "Distinct",
        "Div",
        "EQ",
        "Except",
        "From",
        "GT",
        "GTE",
        "Group",
        "Having",
        "Identifier",
        "In",
        "Intersect",
        "Interval",
        "Is",
        "Join",
        "LT",
        "LTE",
        "Literal",
        "Mod",
        "Mul",
        "NEQ",
        "Neg",
        "Not",
        "Null",
        "NullSafeEQ",
        "NullSafeNEQ",
        "Order",
        "Ordered",
        "Paren",
        "Qualify",
        "Select",
        "Star",
        "Sub",
        "Subquery",
        "Table",
        "TableAlias",
        "Union",
        "Var",
        "Where",
        "Window",
        "WindowSpec",
        "With",
        "WithinGroup",
    }
)
"""What a query may be made of besides functions: classes in the parser's tree."""

TYPES = {"VARCHAR", "TEXT", "BIGINT", "INT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP", "BOOLEAN"}

INSTEAD = {
    "Avg": "write sum(x) / count(x), so that numerator and denominator can be published",
    "ArgMax": "equal values make the answer a matter of luck: rank with row_number() over a full order",
    "ArgMin": "equal values make the answer a matter of luck: rank with row_number() over a full order",
    "AnyValue": "it may answer differently each time: write max(x)",
    "CurrentDate": "a number may not depend on the day it is computed",
    "CurrentTimestamp": "a number may not depend on when it is computed",
    "Rand": "a number may not depend on luck",
    "TryCast": "it turns what cannot be read into missing values in silence: write cast",
    "StrToTime": "texts are read by the parser of the dataset, not here",
    "TimeToStr": "build the period from year and lpad(month, 2, '0')",
    "GroupConcat": "its order is not the same everywhere: use concat_ws over named columns",
    "Round": "write cast(x as decimal(28, 6)): rounded once, half away from zero, on every engine",
}


def parse(sql: str) -> Any:
    """The syntax tree of one DuckDB query. Raises MetadataError where it cannot be parsed or is more than one statement."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        statements = [statement for statement in sqlglot.parse(sql, read="duckdb") if statement is not None]
    except SqlglotError as error:
        raise MetadataError(f"the query cannot be parsed: {str(error).splitlines()[0]}", next_step="mend the SQL") from error
    if len(statements) != 1:
        raise MetadataError(f"{len(statements)} statements where one query is wanted", next_step="leave one query in the file")
    return statements[0]


def lint(item: Table | Indicator) -> None:
    """Raise MetadataError for the first construct that does not carry over, or when the result's columns are not the agreed ones."""
    tree = parse(item.sql)
    if reason := _structure(tree):
        raise MetadataError(reason, next_step="see docs/indicator_sql.md")
    for refusal in (_construct, _part):
        for node in tree.walk():
            if reason := refusal(node):
                raise MetadataError(reason, next_step="see docs/indicator_sql.md")
    _check_result(item, [projection.alias_or_name for projection in tree.selects])


def _structure(tree: Any) -> str | None:
    """Why a statement as a whole is refused, or None."""
    from sqlglot import exp

    if not isinstance(tree, exp.Query):
        return f"a {type(tree).__name__.lower()} statement where a query is wanted"
    branches = [tree] if isinstance(tree, exp.Select) else list(tree.find_all(exp.Select))
    results = [branch for branch in branches if not branch.find_ancestor(exp.CTE, exp.Subquery, exp.Exists)]
    for branch in results:
        if any(isinstance(projection, exp.Star) or projection.is_star for projection in branch.selects):
            return "select * in the result: name the columns, so that a reader sees them"
    return None


def _construct(node: Any) -> str | None:
    """Why one node of the tree is refused, or None."""
    from sqlglot import exp

    if isinstance(node, exp.Join) and (method := str(node.args.get("method") or "").lower()):
        return f"{method} join: join over a validity interval with lead() instead" if method == "asof" else f"{method} join"
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        return f"table function {node.this.sql(dialect='duckdb').partition('(')[0].lower()}: name a table, so that its source is known"
    if isinstance(node, exp.SetOperation) and node.args.get("by_name"):
        return "union by name: list the columns in the same order"
    if isinstance(node, exp.DataType):
        return _data_type(node)
    if isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("replace") or node.args.get("rename")):
        return "a star with exclude or replace: name the columns"
    refused = (exp.Limit, exp.Offset, exp.TableSample, exp.Pivot, exp.Lateral, exp.Lambda, exp.Bracket, exp.Placeholder, exp.Parameter)
    if isinstance(node, refused):
        return f"{type(node).__name__.lower()}: it means something else, or nothing, on another engine"
    if isinstance(node, exp.Func):
        return _function(node)
    return None


def _part(node: Any) -> str | None:
    """Why a part of a query that is no function is refused, or None."""
    from sqlglot import exp

    if isinstance(node, exp.Func) or type(node).__name__ in PARTS:
        return None
    return f"{_spelt(node)}: not among what means the same on every engine"


def _spelt(node: Any) -> str:
    """The operator as it is written, or what the parser calls a part that is none."""
    from sqlglot import exp

    if not isinstance(node, exp.Binary):
        return type(node).__name__.lower()
    return type(node)(this=exp.column("a"), expression=exp.column("b")).sql(dialect="duckdb").removeprefix("a ").removesuffix(" b")


def _data_type(node: Any) -> str | None:
    from sqlglot import exp

    kind = str(node.this.value) if isinstance(node.this, exp.DataType.Type) else str(node.this)
    if kind not in TYPES and not kind.startswith("INTERVAL"):
        return f"type {kind.lower()}: use one of {', '.join(sorted(TYPES)).lower()}"
    return None


def _function(node: Any) -> str | None:
    from sqlglot import exp

    kind = type(node).__name__
    written = str(node.this) if isinstance(node, exp.Anonymous) else node.sql(dialect="duckdb").partition("(")[0]
    if not re.fullmatch(r"\w+", written) or written == "CAST":
        written = node.sql_name()
    if kind not in FUNCTIONS:
        return f"{written.lower()}: {INSTEAD.get(kind, 'not among the functions that mean the same on every engine')}"
    if kind in ("Max", "Min") and any(value for name, value in node.args.items() if name != "this"):
        return f"{written.lower()} with two arguments gives a list: rank with row_number()"
    if kind in ("DateDiff", "TimestampDiff") and str(node.args.get("unit") or "").lower() != "day":
        return "date_diff of anything but days: DuckDB counts the turns of a month, Spark whole months"
    if kind == "Median" and not _is_double(node.this):
        return "median: write median(cast(x as double)), because a decimal is rounded on one engine only"
    if kind == "PercentileCont" and not _orders_doubles(node.parent):
        return "percentile_cont: order by cast(x as double), because a decimal is rounded on one engine only"
    return None


def _is_double(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DOUBLE


def _orders_doubles(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.WithinGroup) and _is_double(node.expression.expressions[0].this)


def _check_result(item: Table | Indicator, columns: list[str]) -> None:
    if isinstance(item, Table):
        if columns != [column.name for column in item.columns]:
            raise MetadataError(
                "the query does not return the columns of the head in their order", next_step="name the same columns in both"
            )
        return
    if len(columns) != len(set(columns)):
        raise MetadataError("the query returns a column twice")
    if missing := [name for name in REQUIRED if name not in columns]:
        raise MetadataError(f"the query does not return {', '.join(missing)}", next_step="see docs/indicator_sql.md")
    if strange := [name for name in columns if name not in (*REQUIRED, *MAY_ADD)]:
        raise MetadataError(f"the query returns {', '.join(strange)}, which no observation has", next_step="see docs/indicator_sql.md")
