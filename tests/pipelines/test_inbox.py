"""Files delivered by hand: into the archive unchanged, under their own name, and from there the same rows as from where they lay."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from catalog.errors import ParseError, UsageError
from catalog.load import load_datasets
from pipelines import inbox
from pipelines.archive import HashCache, read_index
from pipelines.cli import main
from pipelines.collect import from_archive, from_recorded, from_sources
from pipelines.inbox import Outcome, describe, holdings, import_files, take_in
from pipelines.run import Input, collect, ingest_all
from pipelines.settings import ROOT, Settings

DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
GHG = "emissions/miljodirektoratet_municipal_ghg_telemark"
FILES = {
    ("ghg_emissions", "miljodirektoratet_municipal_csv"): [
        f"{GHG}/published_2023-12_raw_2009_2022.csv",
        f"{GHG}/published_2024-12_2009_2023.csv",
    ],
    ("municipalities", "klass_codes_at_json"): ["statistics/ssb_klass/classifications_131_codesAt_2026-01-01.json"],
    ("municipality_changes", "klass_changes_csv"): ["statistics/ssb_klass/klass_131_changes_1838-2024.csv"],
}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CSV = "miljodirektoratet_municipal_csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", synthetic=False, now=NOW)


def delivered(recorded: Path, settings: Settings) -> None:
    for (dataset, form), files in FILES.items():
        import_files([recorded / file for file in files], describe(DATASETS, dataset, form, today=NOW.date()), settings)


def dropped(settings: Settings, place: str, content: bytes | Path, *, seconds_ago: float = 60) -> Path:
    """A file put into the inbox some time before the run."""
    file = settings.data_dir / "inbox" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    then = (NOW - timedelta(seconds=seconds_ago)).timestamp()
    os.utime(file, (then, then))
    return file


def rows_of(settings: Settings, dataset: str) -> list[tuple[object, ...]]:
    """Every validated row, without the number of its snapshot, which says in which order the files were listed."""
    files = f"{settings.validated / dataset}/*.parquet"
    return duckdb.sql(f"select * exclude (_snapshot, _remark) from read_parquet('{files}', filename = false) order by all").fetchall()


def test_delivered_files_give_the_same_rows_as_the_folder_they_lay_in(recorded: Path, settings: Settings, tmp_path: Path) -> None:
    wanted = sorted({dataset for dataset, _ in FILES})
    there = Settings(data_dir=tmp_path / "there", synthetic=False, now=NOW)
    listed = from_recorded(recorded, DATASETS, there)
    delivered(recorded, settings)

    ingest_all(listed, there, wanted=wanted)
    replay = collect(Input("recorded", settings.raw), settings, say=lambda _: None)
    ingest_all(replay, settings, wanted=wanted)

    assert replay == from_archive(DATASETS, settings)

    for dataset in wanted:
        expected = rows_of(there, dataset)
        assert len(expected) > 300
        assert rows_of(settings, dataset) == expected


def test_a_delivered_file_keeps_its_bytes_and_its_whole_name(recorded: Path, settings: Settings) -> None:
    source = recorded / GHG / "published_2024-12_2009_2023.csv"

    delivery = describe(DATASETS, "ghg_emissions", CSV, retrieved_on=date(2025, 1, 7), source_url="https://example.org/a", today=NOW.date())
    taken = import_files([source], delivery, settings).taken[0].snapshot

    (listed,) = read_index(settings.raw, HashCache(settings.work / "h.json"))
    assert listed.path.read_bytes() == source.read_bytes()
    assert listed.path.name == source.name and listed.path.parent.name == listed.sha256
    assert (listed.retrieved_on, listed.source_url, listed.licence) == (date(2025, 1, 7), "https://example.org/a", "NLOD_2_0")
    assert listed.publisher == DATASETS["ghg_emissions"].source.publisher.name.nb
    assert taken.size == source.stat().st_size


def test_equal_bytes_for_an_equal_question_are_one_snapshot(recorded: Path, settings: Settings) -> None:
    delivered(recorded, settings)
    index = (settings.raw / "snapshots.csv").read_bytes()

    again = import_files(
        [recorded / GHG / "published_2024-12_2009_2023.csv"], describe(DATASETS, "ghg_emissions", CSV, today=NOW.date()), settings
    )

    assert [taken.is_new for taken in again.taken] == [False]
    assert (settings.raw / "snapshots.csv").read_bytes() == index
    assert holdings(settings).by_dataset["ghg_emissions"].files == 2


@pytest.mark.parametrize(
    ("dataset", "form", "file"),
    [
        ("municipality_boundaries", "geojson", "geography/municipality_boundaries/kommuner_2024_S.geojson"),
        ("bike_trips", "urbansharing_trips_csv", "transport/bysykkel_oslo/trips/oslobysykkel.no_trips_v1_2022_01.csv.gz"),
        ("stop_passings_yearly", "entur_stop_passings_csv", ""),
        ("air_quality_hourly", "eea_station_csv", ""),
        ("bike_counts_hourly", "trafikkdata_hourly_csv", ""),
    ],
)
def test_readers_find_in_the_archive_what_only_the_name_tells(
    recorded: Path, settings: Settings, dataset: str, form: str, file: str
) -> None:
    """Year, city, station and counting point stand in the name; a file whose name does not is refused at once, not at the next run."""
    listed = from_recorded(recorded, DATASETS, settings).snapshots[dataset]
    source = recorded / file if file else next(s.path for s in listed if s.format == form)
    nameless = settings.data_dir / f"delivered{''.join(source.suffixes[-1:])}"
    shutil.copyfile(source, nameless)
    delivery = describe(DATASETS, dataset, form, today=NOW.date())

    assert import_files([source], delivery, settings).taken[0].snapshot.path.name == source.name
    with pytest.raises(ParseError, match="name"):
        import_files([nameless], describe(DATASETS, dataset, form, note="again", today=NOW.date()), settings)
    assert holdings(settings).by_dataset[dataset].files == 1


def test_a_file_that_cannot_be_read_leaves_no_trace_and_holds_back_those_beside_it(recorded: Path, settings: Settings) -> None:
    good = recorded / GHG / "published_2024-12_2009_2023.csv"
    wrong = recorded / "statistics/ssb_klass/klass_131_changes_1838-2024.csv"

    with pytest.raises(ParseError) as refused:
        import_files([good, wrong], describe(DATASETS, "ghg_emissions", CSV, today=NOW.date()), settings)

    assert wrong.name in str(refused.value) and refused.value.exit_code == 4
    assert [file for file in settings.raw.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"dataset": "unicorns"}, "unknown dataset.*choose from air_quality_daily"),
        ({"format": "xml"}, "no such format.*choose from miljodirektoratet_municipal_csv, miljodirektoratet_municipal_xlsx"),
        ({"period": "2024-02"}, "no such period.*write it like 2024"),
        ({"retrieved_on": date(2026, 11, 24)}, "a day that has not been"),
        ({"source_url": "file:///etc/passwd"}, "not a web address"),
    ],
)
def test_a_delivery_that_cannot_be_meant_is_refused_with_the_choices(facts: dict[str, object], message: str) -> None:
    said = {"dataset": "ghg_emissions", "format": CSV, "today": NOW.date()} | facts

    with pytest.raises(UsageError, match=message):
        describe(DATASETS, **said)  # type: ignore[arg-type]


def test_links_folders_and_files_too_large_are_refused(recorded: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = describe(DATASETS, "ghg_emissions", CSV, today=NOW.date())
    file = recorded / GHG / "published_2024-12_2009_2023.csv"
    settings.data_dir.mkdir()
    link = settings.data_dir / file.name
    link.symlink_to(file)
    pipe = settings.data_dir / "pipe.csv"
    os.mkfifo(pipe)

    for wrong, message in ((link, "a link"), (settings.data_dir, "not a file"), (pipe, "not a file"), (link.with_name("gone"), "No such")):
        with pytest.raises(UsageError, match=message):
            import_files([wrong], delivery, settings)
    monkeypatch.setattr(inbox, "LARGEST", 1000)
    with pytest.raises(UsageError, match="larger than 1,000 bytes"):
        import_files([file], delivery, settings)
    assert not settings.raw.exists()


def test_a_live_run_takes_the_inbox_in_before_it_asks(recorded: Path, settings: Settings) -> None:
    source = recorded / GHG / "published_2024-12_2009_2023.csv"
    file = dropped(settings, f"ghg_emissions/{CSV}/{source.name}", source)
    dropped(settings, "readme.txt", b"hello")
    said: list[str] = []

    collected = from_sources(DATASETS, [], settings, window=lambda _: pytest.fail("nobody was to be asked"), say=said.append)

    (snapshot,) = collected.snapshots["ghg_emissions"]
    assert snapshot.path.read_bytes() == source.read_bytes() and snapshot.retrieved_on == NOW.date()
    assert not file.exists()
    assert (settings.data_dir / "inbox" / ".taken" / "ghg_emissions" / CSV / source.name).read_bytes() == source.read_bytes()
    assert [line.split(":")[0] for line in said] == ["inbox", "inbox"] and "readme.txt" in said[1]


def test_the_sandbox_takes_nothing_from_the_inbox(recorded: Path, settings: Settings) -> None:
    file = dropped(settings, f"ghg_emissions/{CSV}/published_2024-12_x.csv", recorded / GHG / "published_2024-12_2009_2023.csv")

    assert take_in(DATASETS, Settings(data_dir=settings.data_dir, synthetic=True, now=NOW)) == Outcome()
    assert file.exists()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("a.csv", "does not say which dataset.*move it to inbox/<dataset>/<format>/; datasets are air_quality_daily"),
        ("unicorns/a.csv", "unknown dataset.*datasets are air_quality_daily"),
        ("unicorns/csv/a.csv", "unknown dataset.*datasets are air_quality_daily"),
        ("ghg_emissions/a.csv", "does not say its format.*inbox/ghg_emissions/miljodirektoratet_municipal_csv/ or "),
        ("ghg_emissions/csv/a.csv", "no such format.*choose from miljodirektoratet_municipal_csv"),
        (f"ghg_emissions/{CSV}/2024/a.csv", f"a folder too deep.*move it to inbox/ghg_emissions/{CSV}/"),
        (f"ghg_emissions/{CSV}/a.csv", "the edition is unknown.*such as published_2024-12.csv"),
    ],
)
def test_a_file_in_the_wrong_place_stays_and_hears_what_would_be_right(settings: Settings, place: str, message: str) -> None:
    file = dropped(settings, place, b"a,b\n1,2\n")

    outcome = take_in(DATASETS, settings)

    assert file.exists() and not outcome.taken and not settings.raw.joinpath("snapshots.csv").exists()
    (error,) = outcome.left
    assert error.where == f"inbox/{place}" and outcome.exit_code in (2, 4)
    with pytest.raises(type(error), match=message):
        raise error


def test_uploads_that_are_not_finished_are_left_alone(recorded: Path, settings: Settings) -> None:
    source = recorded / GHG / "published_2024-12_2009_2023.csv"
    folder = f"ghg_emissions/{CSV}"
    for name in ("published_2024-12.csv.part", "published_2024-12.tmp", ".published_2024-12.csv"):
        dropped(settings, f"{folder}/{name}", b"half")
    fresh = dropped(settings, f"{folder}/published_2024-12.csv", source, seconds_ago=2)

    first = take_in(DATASETS, settings)
    second = take_in(DATASETS, settings, at_once=True)

    assert not first.taken and not first.left and f"inbox/{folder}/{fresh.name}" in first.unfinished
    assert [taken.name for taken in second.taken] == [fresh.name]
    assert len(list(fresh.parent.iterdir())) == 3


def test_links_in_the_inbox_are_not_followed(recorded: Path, settings: Settings) -> None:
    folder = settings.data_dir / "inbox" / "ghg_emissions"
    folder.mkdir(parents=True)
    (folder / CSV).symlink_to(recorded / GHG, target_is_directory=True)
    (folder / "one.csv").symlink_to(recorded / GHG / "published_2024-12_2009_2023.csv")

    outcome = take_in(DATASETS, settings, at_once=True)

    assert [error.what for error in outcome.left] == ["a link, not a file"] * 2 and not outcome.taken


def test_a_name_delivered_twice_does_not_overwrite_what_was_taken(recorded: Path, settings: Settings) -> None:
    source = (recorded / FILES["municipality_changes", "klass_changes_csv"][0]).read_bytes()
    editions = [source, source[: source.rindex(b"\n", 0, -1) + 1]]

    for edition in editions:
        dropped(settings, "municipality_changes/klass_changes_csv/changes.csv", edition)
        assert take_in(DATASETS, settings).taken[0].is_new

    kept = [file.read_bytes() for file in (settings.data_dir / "inbox" / ".taken").rglob("*.csv")]
    assert sorted(kept) == sorted(editions)
    assert holdings(settings).by_dataset["municipality_changes"].files == 2


def test_the_archive_can_be_filled_listed_and_its_tables_validated_by_command(
    recorded: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--data-dir", str(settings.data_dir), "--json"]
    (form, (file,)) = ("klass_codes_at_json", FILES["municipalities", "klass_codes_at_json"])

    assert main(["archive", "import", str(recorded / file), "--dataset", "municipalities", "--format", form, *place]) == 0
    dropped(
        settings, "municipality_changes/klass_changes_csv/changes.csv", recorded / FILES["municipality_changes", "klass_changes_csv"][0]
    )
    assert main(["archive", "inbox", "--now", *place]) == 0
    capsys.readouterr()
    assert main(["archive", *place]) == 0

    held = json.loads(capsys.readouterr().out)
    assert {key: facts["files"] for key, facts in held.items()} == {"municipalities": 1, "municipality_changes": 1}
    assert held["municipalities"]["bytes"] == (recorded / file).stat().st_size

    assert main(["validate", "--source", "live", *place]) == 2
    ingest_all(from_archive(DATASETS, settings), settings, wanted=["municipalities"])
    capsys.readouterr()
    assert main(["validate", "--source", "live", *place]) == 0
    assert json.loads(capsys.readouterr().out)["checks"] > 10


def test_a_validated_table_that_was_altered_fails_its_promises(
    recorded: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(recorded, settings)
    ingest_all(from_archive(DATASETS, settings), settings, wanted=["municipalities", "municipality_changes"])
    (table,) = (settings.validated / "municipalities").glob("*.parquet")
    state = (settings.validated / "municipalities" / "state.json").read_bytes()
    altered = table.with_suffix(".new")
    duckdb.sql(f"copy (select * from '{table}' limit 10) to '{altered}' (format parquet)")
    altered.replace(table)
    bytes_now = table.read_bytes()

    code = main(["validate", "--source", "live", "--data-dir", str(settings.data_dir)])

    said = capsys.readouterr().out
    assert code == 4 and "municipalities rows_counted (critical)" in said and "does not hold: every built row is looked at" in said
    assert table.read_bytes() == bytes_now and (settings.validated / "municipalities" / "state.json").read_bytes() == state
    assert main(["validate", "--source", "live", "--only", "municipality_changes", "--data-dir", str(settings.data_dir)]) == 0

    table.write_bytes(b"not a table")
    assert main(["validate", "--source", "live", "--only", "municipalities", "--data-dir", str(settings.data_dir)]) == 4
