"""What all steps have in common: the input, the settings and the clock; and how a step tells that something went wrong."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from catalog.errors import BusyError, BymaalError, SourceError
from pipelines import run
from pipelines.settings import ROOT, Settings, configured_catalog

ANSWERED = "source_answered"
DELIVERED = "deliveries_taken_in"
READABLE = "snapshots_readable"
NOTHING_HELD_BACK = "no_period_held_back"
ON_TIME = "published_on_time"
HAS_ANSWER = "query_has_answer"
VERIFIED = "release_verified"

Result = dg.MaterializeResult | dg.AssetCheckResult
Results = Iterator[Result]


@dataclass(frozen=True)
class Wiring:
    """What all steps have in common: the input, the settings, and the clock that each step reads once."""

    source: run.Input
    settings: Settings
    clock: Callable[[], datetime]
    first_wait: timedelta
    """The pause before a source that failed is asked again; the next pause is twice as long."""

    def settings_now(self) -> Settings:
        """A code location lives for weeks, so the time of its loading is not the time of a step."""
        return replace(self.settings, now=self.clock())

    @property
    def tags(self) -> dict[str, str]:
        """On every asset and every run, so that invented and real data are never mistaken for one another."""
        return {"input": self.source.kind, "data": "synthetic" if self.source.is_synthetic else "real"}

    @property
    def owners(self) -> list[str]:
        """Who answers for the data: the team, and the address that the catalogue gives to its readers."""
        return ["team:data", configured_catalog().contact.email]


@contextmanager
def told(effect: str, *, again: bool = False) -> Iterator[None]:
    """A failure stands in the run's log as one sentence with its parts, before any stack; only what may pass is tried `again`.

    On the last try `again` must be false, because of a failure that asks for one more Dagster tells nothing but the number of tries.

    `effect` is what it means for readers that this step did nothing, where the error itself does not say.
    Of a fault of the program the sentence gives its kind and place alone, because its own words may quote the data. Those stand below it.
    """
    try:
        yield
    except BymaalError as error:
        may_pass = again and isinstance(error, (SourceError, BusyError))
        raise dg.Failure(_sentence(error, effect), metadata=facts(error, effect), allow_retries=may_pass) from error
    except Exception as error:
        fault = _fault(error, effect)
        raise dg.Failure(str(fault), metadata=facts(fault), allow_retries=False) from error


def _sentence(error: BymaalError, effect: str) -> str:
    return " – ".join(filter(None, (error.what, error.where, error.effect or effect, error.next_step)))


def _fault(error: Exception, effect: str) -> BymaalError:
    """The sentence about an error that nobody expected, with the last place of our own in its stack."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(ROOT)]
    places = [f"{Path(frame.filename).relative_to(ROOT).as_posix()} line {frame.lineno}" for frame in ours if ".venv" not in frame.filename]
    return BymaalError(
        f"a fault of the program ({type(error).__name__})",
        where=places[-1] if places else "",
        effect=effect,
        next_step="give the developers the number of this run; they find the stack under “View full message”",
    )


def facts(error: BymaalError, effect: str = "") -> dict[str, str]:
    """The parts of an error as a table shows them; with an effect where the error names none. No number: Dagster would plot it."""
    parts = {"what": error.what, "where": error.where, "effect": error.effect or effect, "next_step": error.next_step}
    return {part: text for part, text in (parts | {"error": error.kind}).items() if text}


def outcome(key: dg.AssetKey, check: str, failure: BymaalError | None) -> dg.AssetCheckResult:
    """A check of grade error that failed exactly when there is a failure."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check,
        passed=failure is None,
        severity=dg.AssetCheckSeverity.ERROR,
        description=str(failure) if failure else None,
        metadata=facts(failure) if failure else None,
    )


def short_hash(parts: Iterable[str]) -> str:
    """Version of a set of things, whatever their order."""
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:16]
