"""What the sandbox's tables of Statistics Norway share: the shape of a table, and the invented inhabitants most figures follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipelines.sandbox.chance import between, number
from pipelines.sandbox.places import Municipality

Value = tuple[float | None, str | None]
"""A number or nothing, and the sign beside it."""

WHOLE_COUNTRY = "0"


@dataclass(frozen=True)
class Dimension:
    """A dimension of a table: its codes with their labels, and whether it may be left out of a question and is then summed over."""

    label: str
    codes: Mapping[str, str]
    may_be_left_out: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the bank: `value` gives one cell for one code of each dimension; None for a dimension that was left out."""

    id: str
    label: str
    unit: str
    dimensions: Mapping[str, Dimension]
    value: Callable[..., Value]
    units: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Unit and decimals by measure, where measures differ."""
    updated: str = "2025-04-01T06:00:00Z"


def inhabitants(m: Municipality, year: int) -> int:
    """Invented inhabitants on 1 January: steady growth or decline, with a small step of its own each year."""
    growth = between(f"{m.code} growth", -0.006, 0.014)
    return round(m.size * (1 + growth * (year - 2024)) * (1 + (number(f"{m.code} {year} step") - 0.5) * 0.004))
