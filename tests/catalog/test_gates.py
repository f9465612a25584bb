"""Nothing unchecked gets out: what a dataset promises is what was evaluated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog import site
from catalog.building.gates import promised
from catalog.errors import GateError, PrivacyError
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


@pytest.mark.parametrize(
    ("path", "change", "stopped", "said"),
    [
        ("data/air_quality/air_quality.csv", Path.read_bytes, GateError, "files are as they were measured.*air_quality.csv"),
        ("indicators/sdg_11_6_2_no2/ethics.json", None, GateError, "has its ethics record.*sdg_11_6_2_no2: no record"),
        ("data/bike_trips/bike_trips.csv", lambda _: b"station", PrivacyError, "nothing of withheld data.*bike_trips.csv"),
    ],
    ids=["another file than was measured", "no record", "a file of withheld data"],
)
def test_what_happens_to_files_after_they_were_judged_stops_the_release(
    publication: Publication, plain_pages: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    path: str, change: Callable[[Path], bytes] | None, stopped: type[Exception], said: str,
) -> None:  # fmt: skip
    render = site.render

    def and_spoil(*given: Any) -> dict[str, str]:
        file = given[4] / path
        if change is None:
            file.unlink()
        else:
            file.write_bytes(change(file) + b" ")
        return render(*given)

    monkeypatch.setattr(site, "render", and_spoil)
    with pytest.raises(stopped, match=said):
        publish(publication, tmp_path / "public")
    assert not (tmp_path / "public" / "current").exists()
