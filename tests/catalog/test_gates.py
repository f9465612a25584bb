"""Nothing unchecked gets out: what a dataset promises is what was evaluated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.building.gates import promised
from catalog.errors import GateError
from catalog.load import load_datasets
from catalog.model import SwitchedOff
from catalog.publication import Publication
from catalog.releases.release import publish
from pipelines.validate import promises
from tests.catalog.conftest import text
from tests.catalog.test_release import plain_pages

__all__ = ["plain_pages"]


def test_what_the_gate_expects_is_what_is_evaluated() -> None:
    datasets = load_datasets(Path(__file__).parents[2] / "pipelines" / "datasets")
    assert len(datasets) > 20
    assert {key: promised(it) for key, it in datasets.items()} == {key: [p.id for p in promises(it)] for key, it in datasets.items()}


@pytest.mark.parametrize(
    ("change", "said"),
    [("left out", "did not run"), ("raised", "could not be evaluated"), ("no rows", "looked at no rows")],
)
def test_a_check_that_did_not_run_or_looked_at_nothing_stops_the_release(
    change: str, said: str, publication: Publication, plain_pages: object, tmp_path: Path
) -> None:
    state = publication.datasets[0]
    first = state.checks[0]
    changed = {"left out": (), "raised": (replace(first, error="boom"),), "no rows": (replace(first, evaluated_rows=0),)}[change]
    worse = replace(publication, datasets=(replace(state, checks=(*changed, *state.checks[1:])), *publication.datasets[1:]))
    with pytest.raises(GateError, match=f"checks run are the checks declared.*air_quality: check {first.id} {said}"):
        publish(worse, tmp_path / "public")


def test_a_check_that_is_switched_off_in_public_is_not_missed_until_its_day(
    publication: Publication, plain_pages: object, tmp_path: Path
) -> None:
    state = publication.datasets[0]
    last = state.checks[-1]
    off = SwitchedOff(check=last.id, reason=text("The source mends it"), by="Data officer", until=date(2026, 12, 1))
    lighter = state.dataset.model_copy(update={"switched_off": (off,)})
    without = replace(publication, datasets=(replace(state, dataset=lighter, checks=state.checks[:-1]), *publication.datasets[1:]))
    assert publish(without, tmp_path / "public").is_new
    too_late = replace(without, built_at=without.built_at.replace(year=2027, month=1))
    with pytest.raises(GateError, match=f"{last.id} did not run"):
        publish(too_late, tmp_path / "public")
