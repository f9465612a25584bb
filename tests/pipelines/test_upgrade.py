"""A data folder that an older or a newer version of the software has written: taken up as it is, or refused and left untouched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.errors import StorageError
from catalog.ethics.measuring import Measured
from pipelines.cli import main
from pipelines.ingesting.state import PERIOD, STATE, read_state
from pipelines.notes import FILE, LAYOUT
from pipelines.run import only_writer
from pipelines.settings import Settings

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def untouched(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and the time it was changed."""
    return {p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "command",
    [
        ["run"],
        ["ingest", "--only", "municipality_changes"],
        ["compute"],
        ["publish"],
        ["validate"],
        ["status"],
        ["confirm", "car_fleet", "--why", "two words", "--source", "live"],
        ["rollback", "--why", "two words"],
        ["releases", "--mend"],
        ["archive", "inbox"],
    ],
    ids=" ".join,
)
def test_what_a_newer_version_wrote_is_refused_and_left_as_it_is(
    command: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE).write_text(json.dumps({"layout": LAYOUT + 1, "more": "than this version knows"}), "utf-8")
    (tmp_path / "work" / "real").mkdir(parents=True)
    (tmp_path / "work" / "real" / "status.json").write_text('{"of": "another form"}', "utf-8")
    before = untouched(tmp_path)

    assert main([*command, "--data-dir", str(tmp_path)]) == 7
    said = capsys.readouterr().err
    assert said.startswith("bymaal: a newer version of the software has written this data folder – ") and "use the newer version" in said
    assert untouched(tmp_path) == before

    main(["doctor", "--data-dir", str(tmp_path)])
    assert "fail  a newer version of the software has written this data folder: " in capsys.readouterr().out


def test_a_folder_from_before_layouts_were_noted_is_taken_up_and_noted(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    with only_writer(Settings(data_dir=tmp_path, now=NOW)):
        assert json.loads((tmp_path / FILE).read_bytes()) == {"layout": LAYOUT}
    noted = untouched(tmp_path)[FILE]
    with only_writer(Settings(data_dir=tmp_path, now=NOW)):
        pass
    assert untouched(tmp_path)[FILE] == noted, "it is written once"


def state(**more: object) -> dict[str, object]:
    """The note of an ingest with what its first version told."""
    known = {"inputs": "a", "rows": 3, "sha256": "b", "snapshots": ["c"], "set_aside": {}, "repeated": 0}
    assert known.keys() == PERIOD
    return {"periods": {"2024": known | more}, "refused": {}, "fingerprint": "d"}


def test_the_note_of_an_ingest_is_read_as_any_version_wrote_it(tmp_path: Path) -> None:
    assert read_state(tmp_path) == {}
    for note in (state(), state(findings=[], newest_on=None, of_a_version_to_come=1)):
        (tmp_path / STATE).write_text(json.dumps(note), "utf-8")
        assert read_state(tmp_path) == note


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", '{"periods": {}}', '{"periods": {"2024": {}}, "refused": {}}', '{"periods": [1], "refused": {}}'],
)
def test_a_damaged_note_stops_the_run_with_what_to_do(damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "work" / "synthetic" / "validated" / "car_fleet"
    folder.mkdir(parents=True)
    (folder / STATE).write_text(damage, "utf-8")
    with pytest.raises(StorageError, match="builds car_fleet anew from the archive"):
        read_state(folder)

    assert main(["confirm", "--list", "--source", "sample", "--data-dir", str(tmp_path)]) == 7
    assert "a note of an earlier run cannot be read – car_fleet/state.json – nothing was changed" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"release": null}'])
def test_a_damaged_status_is_told_and_not_shown_in_half(damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "work" / "real").mkdir(parents=True)
    (tmp_path / "work" / "real" / "status.json").write_text(damage, "utf-8")

    assert main(["status", "--data-dir", str(tmp_path)]) == 7
    assert (
        "real/status.json – nothing was changed; readers still see the current release – bymaal run writes it anew"
        in capsys.readouterr().err
    )


def test_what_older_software_did_not_measure_is_not_asked_of_its_releases() -> None:
    """A release is compared with those before it, also with those that were published before a figure was thought of."""
    now = Measured(sha256="a", rows=3, findings=(), spatial_precision=Decimal("10"), completeness=Decimal("0.5"))
    assert Measured.from_json(json.loads(json.dumps(now.as_json()))) == now
    for field in fields(Measured):
        if field.default is not MISSING:
            older = {key: value for key, value in now.as_json().items() if key != field.name}
            assert getattr(Measured.from_json(older), field.name) == field.default
