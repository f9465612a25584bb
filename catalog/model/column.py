"""What a column of a table *is*: type, unit, limits, codes."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from catalog.model.values import Id, Model, Text, Words


class ColumnType(StrEnum):
    """The types a published column may have. `datetime` is UTC; codes are `text`, never numbers."""

    text = "text"
    integer = "integer"
    decimal = "decimal"
    boolean = "boolean"
    date = "date"
    datetime = "datetime"


class Column(Model):
    """One column of a validated table. A number always has a unit; a code list names every code."""

    name: Id
    type: ColumnType
    title: Text
    description: Text
    unit: str | None = None
    """UCUM code declared in `catalog/units.yaml`; `1` for pure numbers and counts."""
    precision: int = Field(default=18, ge=1, le=38)
    scale: int = Field(default=6, ge=0, le=20)
    """Digits after the point of a decimal. Longer fractions from a source are rounded half away from zero."""
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    codes: dict[str, Text] | None = None
    fill_values: tuple[float, ...] = ()
    """Numbers that the source writes where it has no value, such as -9900. They become empty and are counted."""
    impossible: Literal["refuse", "set_aside"] = "refuse"
    """What a value outside minimum and maximum costs: its whole period, or only its row, as long as at most one row in twenty is such."""
    valid_in: Id | None = None
    """For municipality codes: the column with the year on whose 1 January the code must have been in use."""
    valid_when: Words | None = None
    """SQL condition of the rows for which `valid_in` holds; all rows without it."""

    @model_validator(mode="after")
    def _number_has_unit(self) -> Column:
        if self.type in (ColumnType.integer, ColumnType.decimal) and self.unit is None:
            raise ValueError(f"column {self.name}: a number needs a unit")
        if self.pattern is not None:
            re.compile(self.pattern)
        if self.fill_values and (self.type not in (ColumnType.integer, ColumnType.decimal) or not self.nullable):
            raise ValueError(f"column {self.name}: only a number that may be empty has fill_values")
        if self.impossible == "set_aside" and self.minimum is None and self.maximum is None:
            raise ValueError(f"column {self.name}: nothing is impossible without minimum or maximum")
        return self

    @property
    def sql_type(self) -> str:
        """The DuckDB type that holds this column."""
        return {
            ColumnType.text: "VARCHAR",
            ColumnType.integer: "BIGINT",
            ColumnType.decimal: f"DECIMAL({self.precision},{self.scale})",
            ColumnType.boolean: "BOOLEAN",
            ColumnType.date: "DATE",
            ColumnType.datetime: "TIMESTAMP",
        }[self.type]
