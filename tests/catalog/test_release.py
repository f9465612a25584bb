"""Publishing: whole or not at all, the same bytes each time, nothing lost, nothing unchecked, and a way back."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from catalog import site
from catalog.building import admission, observed, tables
from catalog.building import build as building
from catalog.building.manifest import list_files
from catalog.building.plan import Plan
from catalog.described import Described
from catalog.distributions import write_distributions
from catalog.errors import BusyError, GateError, PrivacyError, StorageError, UsageError
from catalog.metadata import rdf
from catalog.model import Dataset, Ethics, Text
from catalog.publication import Publication
from catalog.releases import folder as shelf
from catalog.releases.changes import diff
from catalog.releases.ledger import read_manifest, releases
from catalog.releases.release import publish
from catalog.releases.rollback import rollback
from catalog.releases.told import in_words
from catalog.releases.verify import verify, verify_bytes

Build = Callable[..., Publication]
Fault = Callable[..., Callable[[], int]]


def use_plain_pages(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    wanted = types.SimpleNamespace(page="<p>Bymål</p>", rdf=[], links=[])

    def write_catalog(publication: Publication, release: str, files: Any, ethics: Any, folder: Path) -> list[Path]:
        base = publication.catalog.base_uri
        said = "\n".join(f"<{base}releases/{release}/{file.path}>" for found in files.values() for file in found)
        for name in ("catalog.ttl", "catalog.jsonld", "catalog.rdf"):
            (folder / name).write_text(said)
        return []

    def render(publication: Publication, release: str, files: Any, ethics: Any, folder: Path, before: Path | None) -> dict[str, str]:
        (folder / "site" / "nb").mkdir(parents=True)
        (folder / "site" / "nb" / "index.html").write_text(wanted.page)
        return {}

    monkeypatch.setattr(rdf, "write_catalog", write_catalog)
    monkeypatch.setattr(rdf, "conforms", lambda folder, known=None: wanted.rdf)
    monkeypatch.setattr(rdf, "fingerprints", lambda folder, release: {})
    monkeypatch.setattr(site, "render", render)
    monkeypatch.setattr(site, "broken_links", lambda folder: wanted.links)
    return wanted


@pytest.fixture
def plain_pages(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Small stand-ins for RDF and pages, which have their own tests; what they say can be changed by a test."""
    return use_plain_pages(monkeypatch)


@pytest.fixture(scope="module")
def _first(build_publication: Build, tmp_path_factory: pytest.TempPathFactory) -> tuple[Publication, Path]:
    folder = tmp_path_factory.mktemp("first")
    publication = build_publication(folder / "input")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_plain_pages(monkeypatch)
        publish(publication, folder / "public")
    return publication, folder / "public"


@pytest.fixture
def public(_first: tuple[Publication, Path], plain_pages: object, tmp_path: Path) -> Path:
    """A public folder with one release, 2026-11-23.1, made from `publication` with plain pages."""
    shutil.copytree(_first[1], tmp_path / "public", symlinks=True)
    return tmp_path / "public"


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its hash."""
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def current(public: Path) -> str:
    return json.loads((public / "current.json").read_bytes())["release"]


def later(publication: Publication, **change: Any) -> Publication:
    return replace(publication, built_at=publication.built_at + timedelta(days=1), **change)


# --- a release ---


def test_a_release_is_whole_and_conforms_with_the_real_pages_and_the_real_rdf(publication: Publication, tmp_path: Path) -> None:
    public = tmp_path / "public"
    title = Text(nb="Tom tabell", nn="Tom tabell", en="Empty table")
    empty = publication.tables[0].model_copy(update={"id": "empty_table", "title": title})
    told = replace(publication, tables=(*publication.tables, empty), gaps=((empty.id, "no data"),))
    release = publish(told, public)
    assert (release.id, release.is_new, release.synthetic) == ("2026-11-23.1", True, True)
    assert verify(public) == []
    folder = public / "releases" / release.id
    for path in (
        "manifest.json", "catalog.ttl", "catalog.jsonld", "catalog.rdf", "bymaal.duckdb", "site/nb/index.html", "quality/air_quality.json",
        "data/air_quality/air_quality.parquet", "data/air_quality/air_quality.csv", "data/air_quality/air_quality-excel.csv",
        "data/air_quality/air_quality.xlsx", "data/air_quality/datapackage.json", "data/air_quality/ethics.json",
        "indicators/observations.parquet", "indicators/sdg_11_6_2_no2/sdg_11_6_2_no2.json", "areas/municipalities/municipalities.csv",
        "tables/station_year/station_year.parquet",
    ):  # fmt: skip
        assert (folder / path).is_file(), path
    status = (folder / "site/en/status.html").read_text("utf-8")
    assert "Empty table" in status and "empty_table" not in status
    manifest = read_manifest(public)
    assert {file["path"] for file in manifest["files"]} | {"manifest.json"} == set(tree(folder))
    assert all(gate["passed"] and gate["looked_at"] for gate in manifest["gates"])
    pointer = json.loads((public / "current.json").read_bytes())
    assert pointer == {
        "release": "2026-11-23.1",
        "manifest": "releases/2026-11-23.1/manifest.json",
        "sha256": hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest(),
        "published_at": "2026-11-23T04:00:00Z",
    }
    assert (public / "current").resolve() == folder.resolve()


def test_the_same_publication_gives_the_same_bytes_in_another_folder(build_publication: Build, public: Path, tmp_path: Path) -> None:
    for place in ("a", "b/deep"):
        publish(build_publication(tmp_path / place / "input"), tmp_path / place / "public", threads=1 if place == "a" else 2)
    one, two = (tree(tmp_path / place / "public" / "releases") for place in ("a", "b/deep"))
    assert one == two
    assert not [
        path for path in (tmp_path / "a" / "public").rglob("*") if str(tmp_path).encode() in (path.read_bytes() if path.is_file() else b"")
    ]


def test_a_withheld_dataset_is_told_but_none_of_its_rows_is_anywhere(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    release = publish(publication, tmp_path / "public")
    folder = release.folder
    assert sorted(path.name for path in (folder / "data" / "bike_trips").iterdir()) == ["ethics.json"]
    record = json.loads((folder / "data" / "bike_trips" / "ethics.json").read_bytes())
    assert record["decision"]["status"] == "dpv:AuditRejected"
    assert any(reason.startswith("B13") for reason in release.withheld["bike_trips"])
    with duckdb.connect(str(folder / "bymaal.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from duckdb_tables() where table_name = 'bike_trips'").fetchall() == [(0,)]
        assert con.execute("select count(*) from meta.gaps where subject = 'bike_trips'").fetchall()[0][0] >= 1


def test_small_numbers_are_in_no_format_of_a_release(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    """1151 private has 4 meters (4321.25 kWh), 4601 industry has 3 (98765.432 kWh); 1080.3125 is a mean over 4."""
    folder = publish(publication, tmp_path / "public").folder
    told = {"98765.432", "98765,432", "4321.25", "4321,25", "1080.3125", "1080,3125"}
    for path in folder.rglob("*"):
        if path.suffix in (".csv", ".json", ".jsonld", ".txt", ".html", ".ttl", ".rdf"):
            text = path.read_text("utf-8-sig")
            assert not [number for number in told if number in text], path.name
    data = folder / "data" / "electricity"
    small = "metering_points between 1 and 4 or quantity in (98765.432, 4321.25)"
    assert duckdb.sql(f"select count(*) from '{data / 'electricity.parquet'}' where {small}").fetchall() == [(0,)]
    for row in CalamineWorkbook.from_path(data / "electricity.xlsx").get_sheet_by_name("Data").to_python()[1:]:
        assert row[3] == "" or row[3] == 0 or row[3] >= 5
        assert (row[5] == "Q") == (row[3] == "")
    with (data / "electricity.csv").open(encoding="utf-8", newline="") as lines:
        withheld = [row for row in csv.DictReader(lines) if row["withheld"] == "Q"]
    assert [(row["metering_points"], row["quantity"]) for row in withheld] == [("", "")] * 4
    document = json.loads((folder / "indicators" / "sdg_9_4_electricity" / "sdg_9_4_electricity.json").read_bytes())
    assert (document["value"], document["status"]) == ([4250.123456, None], {"1": "Q"})
    with duckdb.connect(str(folder / "bymaal.duckdb"), read_only=True) as con:
        assert con.execute(f"select count(*) from data.electricity where {small}").fetchall() == [(0,)]
        utsira = "select obs_value, obs_status, numerator, denominator from indicators.observations where ref_area = '1151'"
        assert con.execute(utsira).fetchall() == [(None, "Q", None, None)]


def test_pages_are_given_published_files_only(
    publication: Publication, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Publication] = []
    render = site.render
    monkeypatch.setattr(site, "render", lambda p, *rest: seen.append(p) or render(p, *rest))
    publish(later(publication, software_version="0.2.0"), public)
    paths = [seen[0].observations, *seen[0].table_files.values(), *seen[0].area_files.values()]
    paths += [period.path for state in seen[0].datasets for period in state.periods]
    assert all(path.is_relative_to(public / "releases") for path in paths)
    assert not any(period.path.exists() for state in seen[0].datasets if state.dataset.id == "bike_trips" for period in state.periods)


# --- nothing changed, little changed ---


def test_publishing_the_same_again_keeps_the_current_release(publication: Publication, public: Path, tmp_path: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in public.rglob("*")}
    again = publish(later(publication), public)
    assert (again.id, again.is_new) == ("2026-11-23.1", False)
    changed = [p.name for p, at in before.items() if p.stat().st_mtime_ns != at and p.is_file()]
    assert set(changed) <= {".publish.lock"}


def test_publishing_costs_what_changed(build_publication: Build, public: Path, tmp_path: Path) -> None:
    one = public / "releases" / "2026-11-23.1"
    two = publish(build_publication(tmp_path / "b", value="29.1"), public)

    def same_file(path: str) -> bool:
        return (one / path).samefile(two.folder / path)

    assert two.id == "2026-11-23.2"
    assert same_file("data/electricity/electricity.xlsx") and same_file("data/air_quality/air_quality.parquet")
    assert same_file("indicators/sdg_9_4_electricity/sdg_9_4_electricity.csv")
    assert not same_file("indicators/sdg_11_6_2_no2/sdg_11_6_2_no2.csv")
    assert verify(public) == verify(public, one.name) == []


def test_what_has_not_changed_is_not_written_again_in_any_format(
    build_publication: Build, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def counted(con: Any, described: Described, *rest: Any, **more: Any) -> Any:
        written.append(described.id)
        return write_distributions(con, described, *rest, **more)

    for module in (admission, observed, tables):
        monkeypatch.setattr(module, "write_distributions", counted)
    two = publish(build_publication(tmp_path / "b", value="29.1"), public)

    assert sorted(written) == ["observations", "sdg_11_6_2_no2"], "of two datasets, two indicators and all tables"
    assert two.is_new and verify(public) == []


def test_a_damaged_file_is_never_taken_over_from_the_release_before(build_publication: Build, public: Path, tmp_path: Path) -> None:
    target = public / "releases" / "2026-11-23.1" / "data" / "electricity" / "electricity.csv"
    good = target.read_bytes()
    target.chmod(0o644)
    target.write_bytes(good.replace(b"412000", b"412001"))
    two = publish(build_publication(tmp_path / "b", value="29.1"), public)
    assert (two.folder / "data" / "electricity" / "electricity.csv").read_bytes() == good
    assert verify(public) == []


def test_a_release_that_lost_a_file_is_built_anew_by_running_again(publication: Publication, public: Path, tmp_path: Path) -> None:
    data = public / "releases" / "2026-11-23.1" / "data" / "electricity"
    data.chmod(0o755)
    (data / "electricity.csv").unlink()
    two = publish(publication, public)
    assert (two.id, two.is_new) == ("2026-11-23.2", True)
    assert verify(public) == []


def test_a_dataset_that_is_approved_later_gets_its_files_then(
    build_publication: Build,
    make_dataset: dict[str, Callable[..., Dataset]],
    make_ethics: Callable[..., Ethics],
    plain_pages: object,
    tmp_path: Path,
) -> None:
    air = make_dataset["air_quality"]()
    assert air.ethics is not None
    waiting = air.model_copy(
        update={"ethics": air.ethics.model_copy(update={"decision": air.ethics.decision.model_copy(update={"status": "required"})})}
    )
    public = tmp_path / "public"
    one = publish(build_publication(tmp_path / "a", datasets={"air_quality": waiting}), public)
    assert not (one.folder / "data" / "air_quality" / "air_quality.csv").exists()
    two = publish(build_publication(tmp_path / "a", datasets={"air_quality": air}), public)
    assert (two.folder / "data" / "air_quality" / "air_quality.csv").is_file()
    three = publish(build_publication(tmp_path / "a", datasets={"air_quality": waiting}), public)
    assert sorted(path.name for path in (three.folder / "data" / "air_quality").iterdir()) == ["ethics.json"]
    assert verify(public) == []


def test_time_alone_withholds_a_dataset_when_its_review_is_due(publication: Publication, public: Path, tmp_path: Path) -> None:
    assert set(read_manifest(public)["withheld"]) == {"bike_trips"}
    overdue = publish(replace(publication, built_at=datetime(2027, 11, 2, tzinfo=UTC)), public)
    assert overdue.is_new
    assert set(overdue.withheld) == {"air_quality", "bike_trips", "electricity"}
    assert duckdb.sql(f"select count(*) from '{overdue.folder}/indicators/observations.parquet'").fetchall() == [(0,)], (
        "what rests on data that nobody has weighed in time is withheld with them"
    )


# --- gates ---


def test_what_rests_on_data_without_an_ethics_record_is_withheld_with_them(
    build_publication: Build, make_dataset: dict[str, Callable[..., Dataset]], plain_pages: object, tmp_path: Path
) -> None:
    unweighed = make_dataset["air_quality"](ethics=None)
    release = publish(build_publication(tmp_path / "in", datasets={"air_quality": unweighed}), tmp_path / "public")
    assert "ethics" in release.withheld["air_quality"][0]
    assert [path.name for path in (release.folder / "indicators" / "sdg_11_6_2_no2").iterdir()] == ["ethics.json"]
    assert not (release.folder / "tables").exists()
    assert (release.folder / "indicators" / "sdg_9_4_electricity").is_dir(), "one withheld dataset does not hold back the others"
    with duckdb.connect(str(release.folder / "bymaal.duckdb"), read_only=True) as con:
        kinds = con.execute("select kind, subject from meta.gaps where kind like 'withheld%' order by all").fetchall()
    assert ("withheld_indicator", "sdg_11_6_2_no2") in kinds and ("withheld_table", "station_year") in kinds


def test_a_dataset_without_data_yet_holds_nothing_back(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    empty = tuple(replace(state, periods=()) if state.dataset.id == "air_quality" else state for state in publication.datasets)
    others = tmp_path / "others.parquet"
    duckdb.sql(f"from '{publication.observations}' where indicator <> 'sdg_11_6_2_no2'").write_parquet(str(others))
    release = publish(replace(publication, datasets=empty, observations=others), tmp_path / "public")
    assert release.withheld["air_quality"] == ("No period has been validated yet.",)
    assert (release.folder / "indicators" / "sdg_9_4_electricity").is_dir() and (release.folder / "tables" / "station_year").is_dir()


def test_a_value_without_rows_behind_it_stops_the_release(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    empty = tuple(replace(state, periods=()) if state.dataset.id == "air_quality" else state for state in publication.datasets)
    with pytest.raises(
        GateError, match=r"every value leads to its sources.*sdg_11_6_2_no2: no rows behind its values for 2 areas.*bymaal run"
    ):
        publish(replace(publication, datasets=empty), tmp_path / "public")


def test_a_row_without_its_snapshot_stops_the_release(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    lost = tuple(replace(state, snapshots=()) if state.dataset.id == "electricity" else state for state in publication.datasets)
    with pytest.raises(GateError, match="no snapshot behind rows of electricity in 2023"):
        publish(replace(publication, datasets=lost), tmp_path / "public")


def test_rows_that_no_check_has_looked_at_are_not_published(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    states = tuple(replace(state, checks=()) if state.dataset.id == "electricity" else state for state in publication.datasets)
    release = publish(replace(publication, datasets=states), tmp_path / "public")
    assert "quality check" in release.withheld["electricity"][0]


NUMBER = "01819012365"


@pytest.mark.parametrize("planted", [NUMBER, f"{NUMBER[:6]} {NUMBER[6:]}", "kari@example.no", "+47 98 76 54 32"])
def test_personal_data_stop_everything_and_the_message_never_repeats_them(
    planted: str, publication: Publication, build_publication: Build, public: Path, tmp_path: Path
) -> None:
    before = tree(public / "releases")
    air = publication.datasets[0]
    path = tmp_path / "planted.parquet"
    duckdb.sql(
        f"select * replace (case when row_number() over () = 7 then '{planted}' else remark end as remark) from '{air.periods[0].path}'"
    ).write_parquet(str(path))
    period = replace(air.periods[0], path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    poisoned = replace(publication, datasets=(replace(air, periods=(period, *air.periods[1:])), *publication.datasets[1:]))
    with pytest.raises(PrivacyError) as error:
        publish(poisoned, public)
    assert error.value.exit_code == 5
    assert "remark" in str(error.value) and "air_quality" in str(error.value)
    assert planted not in str(error.value) + json.dumps(error.value.as_record())
    assert tree(public / "releases") == before
    assert not list((public / "releases").glob(".draft-*"))


@pytest.mark.parametrize("page", [f"<p>{NUMBER}</p>", "<p>Ring 98765432 hjem</p>", '<a href="mailto:ola@example.no">Ola</a>'])
def test_personal_data_on_a_page_stop_the_release(page: str, publication: Publication, plain_pages: Any, tmp_path: Path) -> None:
    plain_pages.page = page
    with pytest.raises(PrivacyError, match=r"site/nb/index\.html") as error:
        publish(publication, tmp_path / "public")
    assert NUMBER not in str(error.value)
    assert not (tmp_path / "public" / "current.json").exists()


@pytest.mark.parametrize("place", ["page", "url"])
def test_the_key_of_a_source_is_in_no_text_of_a_release(place: str, publication: Publication, plain_pages: Any, tmp_path: Path) -> None:
    secret = "s3cr3t-token-of-a-source"
    planted = publication
    if place == "page":
        plain_pages.page = f"<p>{secret}</p>"
    else:
        air = publication.datasets[0]
        snapshot = replace(air.snapshots[0], source_url=f"https://api.example.org/?key={secret}")
        planted = replace(publication, datasets=(replace(air, snapshots=(snapshot,)), *publication.datasets[1:]))
    with pytest.raises(PrivacyError, match="key of a source") as error:
        publish(planted, tmp_path / "public", secrets=[secret, ""])
    assert secret not in str(error.value)


def test_the_catalogues_own_contact_address_is_no_personal_data(publication: Publication, plain_pages: Any, tmp_path: Path) -> None:
    plain_pages.page = f'<a href="mailto:{publication.catalog.contact.email}">Datasekretariatet</a>'
    assert publish(publication, tmp_path / "public").is_new


@pytest.mark.parametrize(("what", "said"), [("rdf", "dct:title is missing"), ("links", "index.html: ../nowhere.csv is not in the release")])
def test_a_gate_that_stays_shut_names_what_is_wrong_and_leaves_the_current_release(
    what: str, said: str, publication: Publication, plain_pages: Any, public: Path, tmp_path: Path
) -> None:
    setattr(plain_pages, what, [said])
    with pytest.raises(GateError) as error:
        publish(later(publication, software_version="0.2.0"), public)
    assert said in str(error.value)
    assert current(public) == "2026-11-23.1"
    assert [path.name for path in (public / "releases").iterdir()] == ["2026-11-23.1"]


def test_an_address_in_the_rdf_that_leads_nowhere_shuts_the_gate(
    publication: Publication, plain_pages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = rdf.write_catalog

    def with_a_lost_file(p: Publication, release: str, files: Any, ethics: Any, folder: Path) -> None:
        write(p, release, files, ethics, folder)
        with (folder / "catalog.ttl").open("a") as ttl:
            ttl.write(f"<{p.catalog.base_uri}releases/{release}/data/lost.csv>")

    monkeypatch.setattr(rdf, "write_catalog", with_a_lost_file)
    with pytest.raises(GateError, match=r"data/lost\.csv"):
        publish(publication, tmp_path / "public")


def test_a_gate_that_looked_at_nothing_stays_shut(
    publication: Publication, plain_pages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "render", lambda *_: [])
    with pytest.raises(GateError, match="nothing was looked at"):
        publish(publication, tmp_path / "public")


def test_synthetic_data_never_replace_real_data(publication: Publication, plain_pages: object, tmp_path: Path) -> None:
    public = tmp_path / "public"
    real = publish(replace(publication, synthetic=False), public)
    with pytest.raises(UsageError) as error:
        publish(publication, public)
    assert real.id in str(error.value) and error.value.exit_code == 2
    assert current(public) == real.id


def test_a_full_disk_is_told_before_anything_is_written(
    publication: Publication, plain_pages: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(StorageError, match="1,000,000 free") as error:
        publish(publication, tmp_path / "public")
    assert error.value.exit_code == 7
    assert list((tmp_path / "public" / "releases").iterdir()) == []


# --- faults: the n-th operation fails, or the process dies there ---


class Killed(BaseException):
    """Stands for the end of the process: nothing that follows may touch a file."""


OPERATIONS = ("rename", "replace", "fsync", "chmod", "symlink", "mkdir", "unlink", "rmdir", "link")


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    """`fault(n, how, only)` lets the n-th file operation fail (`error`) or be the last thing the process does not do (`kill`)."""
    real = {name: getattr(os, name) for name in OPERATIONS}

    def restore() -> None:
        for name, operation in real.items():
            monkeypatch.setattr(os, name, operation)

    def arm(n: int | None, how: str, only: tuple[str, ...] = OPERATIONS) -> Callable[[], int]:
        count = 0

        def wrap(operation: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*args: Any, **kwargs: Any) -> Any:
                nonlocal count
                count += 1
                if n is not None and count == n and how == "error":
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(args[0]))
                if n is not None and count >= n and how == "kill":
                    raise Killed
                return operation(*args, **kwargs)

            return counted

        for name in only:
            monkeypatch.setattr(os, name, wrap(real[name]))

        def disarm() -> int:
            restore()
            return count

        return disarm

    yield arm
    restore()


@pytest.fixture
def small_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release of three small files, so that every single step of publishing can be let fail."""

    def build(publication: Publication, release: str, folder: Path, plan: Plan, before: object, **_: object) -> dict[str, Any]:
        for name in ("data/a/a.csv", "data/b/b.csv", "site/index.html"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{name} {plan.whole}")
        manifest = {
            "release": release, "synthetic": publication.synthetic, "built_at": publication.built_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fingerprint": plan.whole, "withheld": {}, "withheld_indicators": {}, "parts": {}, "files": list_files(folder, {}, {}),
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return manifest

    monkeypatch.setattr(building, "build", build)


def assert_whole(public: Path) -> str | None:
    """What a reader sees through the pointer: a release in which every file is as its manifest says. Shares no code with the publisher."""
    if not (public / "current.json").exists():
        return None
    pointer = json.loads((public / "current.json").read_bytes())
    content = (public / pointer["manifest"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == pointer["sha256"]
    manifest = json.loads(content)
    folder = (public / pointer["manifest"]).parent
    listed = {file["path"]: (file["bytes"], file["sha256"]) for file in manifest["files"]}
    there = {
        p.relative_to(folder).as_posix(): (p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest())
        for p in folder.rglob("*")
        if p.is_file() and p.name != "manifest.json"
    }
    assert there == listed
    return pointer["release"]


@pytest.mark.parametrize("how", ["error", "kill"])
def test_whatever_step_fails_readers_see_a_whole_release_and_running_again_repairs(
    how: str,
    build_publication: Build,
    small_content: None,
    fault: Fault,
    tmp_path: Path,
) -> None:
    first, second = build_publication(tmp_path / "a"), later(build_publication(tmp_path / "b", value="29.1"))
    control = tmp_path / "control"
    publish(first, control)
    disarm = fault(None, "")
    publish(second, control)
    steps = disarm()
    assert steps > 20
    undisturbed = tree(control)

    told: set[str] = set()
    for n in range(1, steps + 1):
        public = tmp_path / f"{how}{n}"
        publish(first, public)
        disarm = fault(n, how)
        try:
            publish(second, public)
        except StorageError as error:
            assert how == "error"
            told.add(error.what)
        except Killed:
            assert how == "kill"
        finally:
            disarm()
        assert assert_whole(public) in ("2026-11-23.1", "2026-11-24.2"), f"after step {n}"
        publish(second, public)
        assert assert_whole(public) == "2026-11-24.2", f"after step {n}"
        ours = {path: content for path, content in tree(public).items() if not path.startswith(".") and path != "releases.jsonl"}
        assert ours == {path: content for path, content in undisturbed.items() if not path.startswith(".") and path != "releases.jsonl"}
        assert (public / "current").readlink() == Path("releases/2026-11-24.2")
        assert [info.id for info in releases(public)] == ["2026-11-23.1", "2026-11-24.2"], f"after step {n}"
        assert not list((public / "releases").glob(".draft-*")) and not list(public.glob(".*.partial"))
    if how == "error":
        assert told == {"cannot write: No space left on device"}


@pytest.mark.parametrize(("operation", "n"), [("link", 1), ("link", 12), ("fsync", 1), ("replace", 1), ("rename", 1)])
def test_a_failing_disk_while_files_are_written_leaves_the_current_release(
    operation: str,
    n: int,
    build_publication: Build,
    plain_pages: object,
    public: Path,
    fault: Fault,
    tmp_path: Path,
) -> None:
    changed = build_publication(tmp_path / "b", value="29.1")
    disarm = fault(n, "error", (operation,))
    try:
        with pytest.raises(StorageError):
            publish(changed, public)
    finally:
        disarm()
    assert assert_whole(public) == "2026-11-23.1"
    assert publish(changed, public).id == "2026-11-23.2"


@pytest.mark.parametrize("largest_file", [4_000, 60_000, 1_000_000])
def test_a_file_that_cannot_grow_stops_the_release_whoever_writes_it(
    largest_file: int, publication: Publication, plain_pages: object, tmp_path: Path
) -> None:
    """The system refuses to let a file grow beyond a size, so that Python, DuckDB and the workbook writer fail by themselves."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, hard))
    try:
        with pytest.raises(StorageError) as error:
            publish(publication, tmp_path / "public")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "current release stays" in str(error.value)
    assert list((tmp_path / "public" / "releases").iterdir()) == []
    assert publish(publication, tmp_path / "public").is_new


def test_readers_who_follow_the_pointer_always_get_one_whole_release(build_publication: Build, small_content: None, tmp_path: Path) -> None:
    public = tmp_path / "public"
    publications = [build_publication(tmp_path / str(i), value=f"{20 + i}.5") for i in range(4)]
    publish(publications[0], public)
    seen: set[str] = set()
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen.add(str(assert_whole(public)))
            except BaseException as error:  # noqa: BLE001 – a thread's failure must reach the test
                failures.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for round_ in range(1, 51):
        publish(later(publications[round_ % 4]), public)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(seen) > 1


def test_only_one_publishes_and_the_other_is_told_who_does(publication: Publication, small_content: None, tmp_path: Path) -> None:
    public = tmp_path / "public"
    with shelf.only_publisher(public, 0), pytest.raises(BusyError, match=f"process {os.getpid()} since 20") as error:
        publish(publication, public)
    assert error.value.exit_code == 6
    assert publish(publication, public).is_new, "a lock that was let go is free"


def test_numbers_never_repeat_and_order_releases_whatever_the_clock_says(
    build_publication: Build, small_content: None, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    days = (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    for i, day in enumerate(days):
        publish(build_publication(tmp_path / str(i), value=f"{i}.5", built_at=day), public)
    assert [info.id for info in releases(public)] == ["2026-11-23.1", "2026-11-21.2", "2027-01-01.3"]
    rollback(public, why="wrong", at=days[0], erase=True)
    publish(build_publication(tmp_path / "x", value="9.5", built_at=days[0]), public)
    assert current(public) == "2026-11-23.4"


# --- verify ---


def spoil(path: Path, content: bytes | None) -> None:
    path.parent.chmod(0o755)
    if content is None:
        path.unlink()
        return
    if path.exists():
        path.chmod(0o644)
    path.write_bytes(content)


def test_verify_names_every_altered_missing_and_extra_file(publication: Publication, public: Path, tmp_path: Path) -> None:
    folder = public / "releases" / "2026-11-23.1"
    assert verify(public) == []
    altered = folder / "data" / "electricity" / "electricity.csv"
    spoil(altered, altered.read_bytes().replace(b"412000", b"412001"))
    spoil(folder / "catalog.ttl", b"")
    spoil(folder / "indicators" / "observations.parquet", None)
    spoil(folder / "data" / "extra.csv", b"a\n")
    assert {(problem.kind, problem.path) for problem in verify(public)} == {
        ("altered", "data/electricity/electricity.csv"),
        ("altered", "catalog.ttl"),
        ("missing", "indicators/observations.parquet"),
        ("extra", "data/extra.csv"),
    }


def test_verify_sees_a_manifest_of_another_release_and_a_pointer_that_lies(
    build_publication: Build, small_content: None, plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    one, two = (publish(build_publication(tmp_path / name, value=value), public) for name, value in (("a", "1.5"), ("b", "2.5")))
    own = (two.folder / "manifest.json").read_bytes()
    spoil(two.folder / "manifest.json", (one.folder / "manifest.json").read_bytes())
    assert [problem.kind for problem in verify(public)] == ["manifest"]
    spoil(two.folder / "manifest.json", own)
    pointer = json.loads((public / "current.json").read_bytes())
    (public / "current.json").write_text(json.dumps(pointer | {"sha256": "0" * 64}))
    assert [problem.kind for problem in verify_bytes(public, two.id)] == ["pointer"]
    with pytest.raises(UsageError, match="no release"):
        verify(public, "2026-11-23.9")
    with pytest.raises(UsageError):
        verify(public, "../releases/2026-11-23.1")


def test_published_files_cannot_be_written(publication: Publication, small_content: None, tmp_path: Path) -> None:
    folder = publish(publication, tmp_path / "public").folder
    assert all(path.stat().st_mode & 0o222 == 0 for path in (folder, *folder.rglob("*")))


# --- roll back ---


def test_a_bad_release_is_withdrawn_with_its_reason_and_stays_reachable(
    build_publication: Build, plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    good, bad = (publish(build_publication(tmp_path / name, value=value), public) for name, value in (("a", "30.2"), ("b", "3020")))
    back = rollback(public, why="the unit was wrong", at=datetime(2026, 11, 24, tzinfo=UTC))
    assert (back.current, back.withdrawn) == (good.id, bad.id)
    assert assert_whole(public) == good.id
    assert (public / "current").resolve() == good.folder.resolve()
    assert bad.folder.is_dir()
    assert [(info.id, info.is_current, info.withdrawn) for info in releases(public)] == [
        (good.id, True, None),
        (bad.id, False, "the unit was wrong"),
    ]
    with pytest.raises(GateError, match="the unit was wrong"):
        publish(build_publication(tmp_path / "b", value="3020"), public)
    mended = publish(build_publication(tmp_path / "c", value="30.3"), public)
    assert mended.id == "2026-11-23.3"


def test_a_release_withdrawn_for_privacy_leaves_no_bytes_but_its_reason(
    build_publication: Build, small_content: None, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    _, bad = (publish(build_publication(tmp_path / name, value=value), public) for name, value in (("a", "1.5"), ("b", "2.5")))
    rollback(public, why="personal data", erase=True)
    assert not bad.folder.exists()
    assert [(info.withdrawn, info.is_there) for info in releases(public)] == [(None, True), ("personal data", False)]
    with pytest.raises(UsageError, match="no release"):
        rollback(public, bad.id, why="mistake")


def test_a_withdrawn_release_can_be_restored_by_name(build_publication: Build, small_content: None, tmp_path: Path) -> None:
    public = tmp_path / "public"
    one, two = (publish(build_publication(tmp_path / name, value=value), public) for name, value in (("a", "1.5"), ("b", "2.5")))
    rollback(public, why="looked wrong")
    rollback(public, two.id, why="was right after all")
    assert [(info.id, info.is_current, info.withdrawn) for info in releases(public)] == [
        (one.id, False, "was right after all"),
        (two.id, True, None),
    ]


def test_rollback_never_points_at_a_damaged_or_absent_release(build_publication: Build, small_content: None, tmp_path: Path) -> None:
    public = tmp_path / "public"
    one = publish(build_publication(tmp_path / "a", value="1.5"), public)
    with pytest.raises(UsageError, match="no earlier release"):
        rollback(public, why="x")
    two = publish(build_publication(tmp_path / "b", value="2.5"), public)
    spoil(one.folder / "data" / "a" / "a.csv", b"other bytes")
    with pytest.raises(StorageError, match="damaged"):
        rollback(public, why="x")
    assert assert_whole(public) == two.id


def test_rollback_from_real_data_does_not_end_at_synthetic_data(build_publication: Build, small_content: None, tmp_path: Path) -> None:
    public = tmp_path / "public"
    publish(build_publication(tmp_path / "a"), public)
    publish(build_publication(tmp_path / "b", value="2.5", synthetic=False), public)
    with pytest.raises(UsageError, match="synthetic"):
        rollback(public, why="x")


# --- what changed ---


def test_diff_tells_added_revised_and_withdrawn_observations_with_old_and_new_values(
    build_publication: Build, plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    before = build_publication(tmp_path / "a")
    after = build_publication(tmp_path / "b", value="29.1")
    path = tmp_path / "changed.parquet"
    duckdb.sql(
        f"""select * replace (case when ref_area = '0301' and time_period = '2023' then '2023-12' else time_period end as time_period)
        from '{after.observations}'"""
    ).write_parquet(str(path))
    one, two = publish(before, public), publish(replace(after, observations=path), public)
    told = diff(public, one.id, two.id)
    assert [(c.kind, c.ref_area, c.time_period, c.old_value, c.new_value) for c in told.observations] == [
        ("withdrawn", "0301", "2023", Decimal("31.5"), None),
        ("added", "0301", "2023-12", None, Decimal("31.5")),
        ("revised", "0301", "2024", Decimal("30.2"), Decimal("29.1")),
    ]
    assert "30.2 → 29.1" in told.as_text() and "1 added, 1 revised, 1 withdrawn" in told.as_text()
    assert diff(public) == told, "without names, from the release before to the current one"
    assert "(−3.6%)" in in_words(told, public, "en")
    assert in_words(told, public, "nn").splitlines() == [
        f"Frå utgåve {one.id} til {two.id}",
        "Tal for indikatorane: 1 nye, 1 endra, 1 fjerna. Datasett som er endra: 0.",
        "",
        "Indikatorar:",
        f"  Indicator sdg_11_6_2_no2 (nn) – Tal sidan {one.id}: 1 nye, 1 endra, 1 fjerna.",
        "",
        "Dei største endringane i tal som var gjevne ut:",
        "  Indicator sdg_11_6_2_no2 (nn), Oslo 2024: 30,2 → 29,1 mikrogram per kubikkmeter (−3,6 %)",
    ]
    hidden = replace(told, observations=(replace(told.observations[2], new_value=None, new_status="Q"),))
    assert "  Indicator sdg_11_6_2_no2 (en), Oslo 2024: 30.2 → no value: withheld for confidentiality" in in_words(hidden, public, "en")
    assert told.rows()[2]["kind"] == "revised"
    assert told.datasets == () and told.methods == ()


def test_diff_counts_rows_of_datasets_and_names_new_columns_methods_and_withheld_data(
    build_publication: Build, make_dataset: dict[str, Callable[..., Dataset]], plain_pages: object, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    before = build_publication(tmp_path / "a")
    rows = """select * from (values ('0301', 'private', {year}, 412001, 2600000000.125), ('5001', 'private', {year}, 90000, 1))
      as t(a, b, c, d, e)"""
    named = f"select a as municipality, b as consumption_group, c as year, d as metering_points, e as quantity from ({rows})"
    unweighed = make_dataset["air_quality"](ethics=None)
    after = build_publication(tmp_path / "b", electricity_rows=named, datasets={"air_quality": unweighed})
    changed = after.indicators[1].model_copy(update={"sql": "select 2 from validated.electricity"})
    after = replace(after, indicators=(after.indicators[0], changed))
    one, two = publish(before, public), publish(after, public)
    told = diff(public, one.id, two.id)
    counted = {it.dataset: (it.what, it.added, it.revised, it.withdrawn) for it in told.datasets}
    assert counted == {"air_quality": ("withdrawn", 0, 0, 288), "electricity": ("changed", 2, 2, 10)}
    assert told.methods == ("sdg_9_4_electricity",)
    assert "ethics record" in told.as_text()
    said = in_words(told, public, "nb")
    assert "288 fjernet. Blir holdt tilbake; grunnen står på siden om datasettet." in said
    assert "Electricity (nb) – Rader siden" in said and "electricity (nb) – Metoden er endret." in said
    wider = replace(told, datasets=(replace(told.datasets[1], columns_added=("b", "c"), columns_withdrawn=("d",)),))
    assert "10 gone. New columns: b, c. Columns that are gone: d.\n" in in_words(wider, public, "en")


def test_revisions_gather_over_releases_and_stay_silent_about_what_is_withheld_today(
    build_publication: Build, make_dataset: dict[str, Callable[..., Dataset]], public: Path, tmp_path: Path
) -> None:
    for i, value in enumerate(("29.1", "28.5")):
        last = publish(build_publication(tmp_path / str(i), value=value), public)
    query = "select release, old_value, new_value, change, cause from meta.revisions order by release"
    with duckdb.connect(str(last.folder / "bymaal.duckdb"), read_only=True) as con:
        assert con.execute(query).fetchall() == [
            ("2026-11-23.2", Decimal("30.2"), Decimal("29.1"), "revised", "data"),
            ("2026-11-23.3", Decimal("29.1"), Decimal("28.5"), "revised", "data"),
        ]
    air = make_dataset["air_quality"](ethics=None)
    last = publish(build_publication(tmp_path / "9", value="28.5", datasets={"air_quality": air}), public)
    with duckdb.connect(str(last.folder / "bymaal.duckdb"), read_only=True) as con:
        rows = con.execute(query).fetchall()
    assert len(rows) == 5, "two old revisions, and three observations withdrawn with their dataset"
    assert {(old, new) for _, old, new, _, _ in rows} == {(None, None)}


def test_a_reader_with_the_old_database_open_keeps_it_while_a_new_one_goes_out(
    build_publication: Build, public: Path, tmp_path: Path
) -> None:
    query = "select obs_value from indicators.sdg_11_6_2_no2 where time_period = '2024' and ref_area = '0301'"
    with duckdb.connect(str(public / "releases" / "2026-11-23.1" / "bymaal.duckdb"), read_only=True) as con:
        publish(build_publication(tmp_path / "b", value="29.1"), public)
        assert con.execute(query).fetchall() == [(Decimal("30.2"),)]
    with duckdb.connect(str(public / "current" / "bymaal.duckdb"), read_only=True) as con:
        assert con.execute(query).fetchall() == [(Decimal("29.1"),)]


def test_the_day_of_a_release_is_told_by_the_publication_and_not_by_a_clock(
    publication: Publication, small_content: None, tmp_path: Path
) -> None:
    release = publish(replace(publication, built_at=datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)), tmp_path / "public")
    assert release.id == "2031-05-06.1"
    assert json.loads((tmp_path / "public" / "current.json").read_bytes())["published_at"] == "2031-05-06T07:08:09Z"
    assert date.today() != date(2031, 5, 6)
