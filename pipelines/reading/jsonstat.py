"""Answers in JSON-stat 2 as exact numbers with their signs, and the strict reader for small JSON answers. Knows nothing of any table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import ParseError
from pipelines.reading.json_text import refuse_half_pairs

if TYPE_CHECKING:
    import duckdb

CELLS_PER_CALL = 800_000
"""The service refuses larger questions, so a larger answer is not one of its answers."""

SIGNS_WITHOUT_NUMBER = frozenset({".", "..", "...", ":"})
SIGNS_OF_ZERO = frozenset({"-", "0"})
"""The publisher's stated zero, and less than half a unit: both are the number 0, with the sign beside it."""
SIGNS_WITH_NUMBER = frozenset({"*"})
DIGITS_AFTER_POINT = 6
COMPARE_QUESTION = "compare the question with the list of snapshots"


def cells(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], *, table: str, dimensions: Mapping[str, str]) -> duckdb.DuckDBPyRelation:
    """Answers about one table as one row per cell, in the order of the answer.

    `dimensions` gives the column name for each dimension that the answer must have, neither more nor fewer.
    Columns: those (codes as text), `value` (DECIMAL(28,6), null where the source writes a sign instead of a
    number), `sign` (text as the source writes it, null where there is none), `file`.

    A number beside a sign that says there is none is not taken for a number, and a null without any sign stays a
    null without a sign: the dataset's rules say what happens to it. Raises ParseError for another table, other
    dimensions, a wrong number of cells, an unknown sign, a unit in thousands or millions.
    """
    import pyarrow as pa

    parts = [_read_cells(path, table, dimensions) for path in paths]
    columns = [*dimensions.values(), "value", "sign", "file"]
    types = {"value": pa.decimal128(28, DIGITS_AFTER_POINT)}
    arrays = [pa.array([v for part in parts for v in part[name]], type=types.get(name, pa.string())) for name in columns]
    return con.from_arrow(pa.Table.from_arrays(arrays, names=columns))


def _read_cells(path: Path, table: str, dimensions: Mapping[str, str]) -> dict[str, list[Any]]:
    answer = read_json(path)
    refuse_other_than_dataset(answer, path)
    found = at(answer, path, "extension", "px", "tableid")
    if found != table:
        raise refused(f"the answer is not about table {table}", path, COMPARE_QUESTION)
    ids, sizes = at(answer, path, "id"), at(answer, path, "size")
    if not isinstance(ids, list) or sorted(map(str, ids)) != sorted(dimensions):
        raise refused(f"dimensions are not {', '.join(sorted(dimensions))}", path, "the table was changed, or another question was asked")
    codes = [codes_in_order(at(answer, path, "dimension", d, "category", "index"), path, d) for d in ids]
    if sizes != [len(c) for c in codes]:
        raise refused("size does not match the categories of the dimensions", path)
    count = math.prod(sizes)
    if count > CELLS_PER_CALL:
        raise refused(f"more than {CELLS_PER_CALL} cells", path)
    _refuse_multiples(answer, path)
    values = by_position(at(answer, path, "value"), count, path, "value")
    signs = by_position(answer.get("status"), count, path, "status")
    numbers, kept_signs = numbers_and_signs(values, signs, path)
    columns: dict[str, list[Any]] = {"value": numbers, "sign": kept_signs, "file": [str(path)] * count}
    for position, (dimension, own) in enumerate(zip(ids, codes, strict=True)):
        inner = math.prod(sizes[position + 1 :])
        outer = math.prod(sizes[:position])
        columns[dimensions[dimension]] = [code for code in own for _ in range(inner)] * outer
    return columns


def refuse_other_than_dataset(answer: Any, path: Path) -> None:
    if not isinstance(answer, dict) or answer.get("class") != "dataset" or not str(answer.get("version", "")).startswith("2"):
        raise refused("not a JSON-stat 2 dataset", path, "see whether the service answered with an error or a notice instead of data")


def codes_in_order(index: Any, path: Path, dimension: str) -> list[str]:
    """The codes of a dimension in their order. The standard allows a list, or each code with its position."""
    if isinstance(index, list):
        return [str(code) for code in index]
    if isinstance(index, dict) and sorted(index.values()) == list(range(len(index))):
        return sorted(index, key=lambda code: index[code])
    raise refused(f"the categories of {dimension} have no complete order", path)


def by_position(given: Any, count: int, path: Path, what: str) -> list[Any]:
    """One entry per cell. The standard allows a list, a sparse object by position, one text for all, or nothing."""
    if given is None and what == "status":
        return [None] * count
    if isinstance(given, str) and what == "status":
        return [given] * count
    if isinstance(given, list) and len(given) == count:
        return given
    if isinstance(given, dict):
        spread: list[Any] = [None] * count
        for position, entry in given.items():
            if not position.isdecimal() or int(position) >= count:
                raise refused(f"{what} has an entry outside the table", path)
            spread[int(position)] = entry
        return spread
    raise refused(f"{what} does not have one entry for each of the {count} cells", path)


def numbers_and_signs(values: Sequence[Any], signs: Sequence[Any], path: Path) -> tuple[list[Decimal | None], list[str | None]]:
    known = SIGNS_WITHOUT_NUMBER | SIGNS_OF_ZERO | SIGNS_WITH_NUMBER
    numbers: list[Decimal | None] = []
    kept: list[str | None] = []
    for position, (value, sign) in enumerate(zip(values, signs, strict=True)):
        if sign is not None and sign not in known:
            raise refused(
                f"cell {position} has a sign whose meaning is not declared", path, "look it up in the publisher's list of standard signs"
            )
        if sign in SIGNS_WITHOUT_NUMBER:
            numbers.append(None)
        elif value is None and sign in SIGNS_OF_ZERO:
            numbers.append(Decimal(0))
        else:
            numbers.append(None if value is None else _number(value, position, path))
        kept.append(sign)
    return numbers, kept


def _number(value: Any, position: int, path: Path) -> Decimal:
    """Exactly the number that stands there; what does not fit DECIMAL(28,6) without rounding is refused."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise refused(f"cell {position} is not a number", path)
    number = Decimal(value)
    try:
        exact = number.quantize(Decimal(1).scaleb(-DIGITS_AFTER_POINT))
    except InvalidOperation:
        exact = None
    if exact is None or exact != number or abs(exact) >= Decimal(10) ** 22:
        raise refused(f"cell {position} holds a number with too many digits", path)
    return exact


def _refuse_multiples(answer: dict[str, Any], path: Path) -> None:
    """A unit such as `1 000 personer` would make every number a thousand times too small, without any other trace."""
    for dimension in answer["dimension"].values():
        for unit in dimension["category"].get("unit", {}).values():
            base = str(unit.get("base", "")).lower()
            if any(c.isdigit() for c in base) or any(word in base for word in ("tusen", "thousand", "mill")):
                raise refused("the source now counts in thousands or millions", path, "declare the new unit before anything is published")


def at(answer: Any, path: Path, *keys: str) -> Any:
    for key in keys:
        if not isinstance(answer, dict) or key not in answer:
            raise refused(f"{'.'.join(keys)} is missing", path, "compare the answer with the JSON-stat 2 format")
        answer = answer[key]
    return answer


def read_json(path: Path) -> Any:
    """A whole JSON file, read so strictly that every other reader would see the same.

    Raises ParseError for bytes that are not UTF-8, a key that stands twice, NaN or infinity, endless nesting, or
    text that ends too early. Numbers with a point come as exact Decimals.
    """
    return read_json_text(path.read_bytes(), path)


def read_json_text(content: bytes, path: Path) -> Any:
    """The same for bytes that were unpacked from `path`."""
    try:
        value = json.loads(content.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
        refuse_half_pairs(content, value)
        return value
    except UnicodeDecodeError as error:
        raise refused(f"not UTF-8 at byte {error.start}", path) from error
    except json.JSONDecodeError as error:
        raise refused(f"not JSON at line {error.lineno} column {error.colno}", path, "ask again: the answer may have been cut") from error
    except RecursionError as error:
        raise refused("nested too deeply", path) from error
    except (ValueError, InvalidOperation) as error:
        raise refused("holds the same key twice, half a surrogate pair, or a number that is none", path) from error


def _refuse_constant(_: str) -> None:
    raise ValueError


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def refused(what: str, path: Path, next_step: str = "compare the file with the format it is listed as") -> ParseError:
    return ParseError(what, where=path.name, effect="nothing of this file is used", next_step=next_step)
