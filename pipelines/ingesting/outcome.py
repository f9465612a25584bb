"""What an ingest of every dataset ended with."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.errors import BymaalError
from catalog.publication import DatasetState


@dataclass(frozen=True)
class Ingested:
    """Every dataset as it stands after ingest, and the errors of those that stayed as they were."""

    states: dict[str, DatasetState]
    failures: dict[str, BymaalError] = field(default_factory=dict)
    not_yet_known: tuple[tuple[str, int], ...] = ()
    newly_refused: tuple[tuple[str, str], ...] = ()
    """Dataset and period of everything that was quarantined now and not before."""
    revised: tuple[tuple[str, str], ...] = ()
    """Dataset and period of every promoted period whose values or rows changed now."""
    built: tuple[tuple[str, str], ...] = ()
    """Dataset and period of every period that was promoted now, for the first time or with other bytes."""
    delivered: tuple[str, ...] = ()
    """What was taken in from the inbox, one sentence a file."""
    left_in_inbox: tuple[BymaalError, ...] = ()
    """Why other files were left there."""
