"""The command line: what it costs to ask, what it says when it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import main

HEAVY = ("duckdb", "pandas", "pyarrow", "great_expectations", "dagster", "rdflib", "pydantic", "requests")


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    code = f"""
import sys
from pipelines.cli import main
try:
    main({list(arguments)!r})
except SystemExit:
    print("ended by argparse")
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("status", "--data-dir", "/nonexistent"), ("releases", "--help")])
def test_asking_for_help_or_status_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert not loaded_by(*arguments) & set(HEAVY)


def test_every_command_has_a_help_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out

    for command in (
        "run",
        "ingest",
        "archive",
        "validate",
        "compute",
        "publish",
        "status",
        "serve",
        "sql",
        "explain",
        "diff",
        "releases",
        "rollback",
        "verify",
        "score",
        "doctor",
        "new",
        "bench",
    ):
        assert f"    {command} " in said
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "--source", "recorded"], 2, "which folder? – --recorded – name the folder that holds snapshots.csv"),
        (["run", "--source", "recorded", "--recorded", "nowhere"], 2, "no list of snapshots"),
        (["run", "--only", "unicorns"], 2, "unknown dataset: unicorns"),
        (["sql", "select 1"], 2, "nothing is published yet"),
        (["serve"], 2, "nothing is published yet"),
        (["explain", "a", "b", "c"], 2, "nothing is published yet"),
        (["status"], 2, "no run has ended here yet"),
    ],
)
def test_wrong_use_is_told_in_one_line_with_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main([*arguments, "--data-dir", str(tmp_path)]) == code

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1 and said.startswith("bymaal: ")


def test_an_error_for_machines_has_its_parts_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sql", "select 1", "--data-dir", str(tmp_path), "--json"])

    record = json.loads(capsys.readouterr().err)
    assert record["error"] == "UsageError" and record["exit_code"] == 2 and record["next_step"] == "bymaal run"


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.run import only_writer
    from pipelines.settings import Settings

    hold = f"from pipelines.cli import main; import sys; sys.exit(main(['run', '--data-dir', {str(tmp_path)!r}]))"
    with only_writer(Settings(data_dir=tmp_path)):
        done = subprocess.run([sys.executable, "-c", hold], capture_output=True, text=True, check=False)

    assert done.returncode == 6
    assert "busy, held by process" in done.stderr


def test_a_reader_that_has_what_it_wanted_ends_the_answer_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipelines.cli", "releases", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.close()  # as `| head` does
        _, errors = run.communicate()
    assert (run.returncode, errors) == (0, "")
