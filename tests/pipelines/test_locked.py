"""A delivery with personal data is locked away before anything else reads it, told as counts, and given back only on a person's word."""

from __future__ import annotations

import gzip
import json
import stat
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from catalog.errors import PrivacyError
from catalog.load import load_dataset
from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.archive import HashCache, read_index, store, write_index
from pipelines.ingesting.confirm import confirm, listed
from pipelines.ingesting.decisions import decisions
from pipelines.ingesting.locked import search
from pipelines.settings import ROOT, Settings, from_environment

NUMBER = "01819012365"
EMAIL = "kari.nordmann@example.net"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(from_environment(data_dir=tmp_path, synthetic=False), now=datetime(2026, 11, 23, 8, tzinfo=UTC))


@pytest.fixture(scope="module")
def air() -> Dataset:
    return load_dataset(ROOT / "pipelines" / "datasets" / "air_quality_hourly.yaml")


def stored(settings: Settings, content: bytes, *, note: str = "", suffix: str = ".json") -> Snapshot:
    path = store(settings.raw, content, dataset="air_quality_hourly", suffix=suffix)
    sha256 = path.name.removesuffix(suffix)
    snapshot = Snapshot(
        "air_quality_hourly", "nilu_aq_historical", path, "https://api.nilu.no/", "NILU", "NLOD", date(2026, 11, 20), note, sha256,
        len(content),
    )  # fmt: skip
    write_index(settings.raw, [snapshot])
    return snapshot


def zipped(folder: Path, member: str, text: str) -> bytes:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, text)
    return path.read_bytes()


CLEAN = json.dumps({"values": [{"fromTime": "2024-01-01T00:00:00+01:00", "value": 12.345678901, "station": "NO0093A"}] * 50})
PLACES = {
    "a value": lambda _: (json.dumps({"values": [{"remark": f"ring {NUMBER}"}]}).encode(), "", ".json"),
    "a key": lambda _: (json.dumps({"values": {NUMBER: 1}}).encode(), "", ".json"),
    "nested text": lambda _: (json.dumps({"a": [json.dumps({"b": {"c": f"<p>{NUMBER}</p>"}})]}).encode(), "", ".json"),
    "the note": lambda _: (CLEAN.encode(), f"from {EMAIL}", ".json"),
    "the file's name": lambda _: (CLEAN.encode(), "", f".{EMAIL}.json"),
    "a packed file": lambda _: (gzip.compress(f"station;person\n1;{NUMBER}\n".encode()), "", ".csv.gz"),
    "a member of an archive": lambda folder: (zipped(folder, "data.csv", f"id,x\n1,{NUMBER}\n"), "", ".zip"),
    "the name of a member": lambda folder: (zipped(folder, f"{NUMBER}.csv", "id,x\n1,2\n"), "", ".zip"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_personal_delivery_is_locked_away_wherever_the_identifier_stands(
    place: str, settings: Settings, air: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content, note, suffix = PLACES[place](tmp_path)
    snapshot = stored(settings, content, note=note, suffix=suffix)
    with pytest.raises(PrivacyError) as refused:
        search(air, [snapshot], decisions(settings), settings)
    assert refused.value.exit_code == 5
    kept = settings.data_dir / "locked" / "air_quality_hourly" / snapshot.sha256
    assert not snapshot.path.exists() and kept.read_bytes() == content
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert read_index(settings.raw, HashCache(settings.work / "h.json")) == []
    told = str(refused.value) + json.dumps(refused.value.as_record()) + listed([], settings).as_text() + "".join(capfd.readouterr())
    assert NUMBER not in told and EMAIL not in told
    assert "delivery " + snapshot.sha256[:12] in told


def test_what_a_person_finds_harmless_is_given_back_and_not_asked_about_again(settings: Settings, air: Dataset) -> None:
    snapshot = stored(settings, json.dumps({"values": [{"operator": f"ring {NUMBER}"}]}).encode())
    with pytest.raises(PrivacyError):
        search(air, [snapshot], decisions(settings), settings)
    confirmed = confirm(
        "air_quality_hourly", period=None, why="A made-up number from the test series", by="Personvernombud", settings=settings
    )
    assert [d.by for d in confirmed.now] == ["Personvernombud"]
    back = read_index(settings.raw, HashCache(settings.work / "h.json"))
    assert back == [snapshot]
    search(air, back, decisions(settings), settings)
    search(air, back, (), settings)


def test_a_clean_delivery_is_searched_once_and_left_where_it_is(settings: Settings, air: Dataset) -> None:
    snapshot = stored(settings, CLEAN.encode())
    search(air, [snapshot], (), settings)
    assert snapshot.path.is_file()
    assert list(json.loads((settings.work / "searched.json").read_bytes())) == [snapshot.sha256]


def test_nothing_in_the_recorded_deliveries_raises_an_alarm(recorded: Path, settings: Settings) -> None:
    from catalog.privacy.search import scan_delivery

    index = read_index(recorded, HashCache(settings.work / "h.json"), {})
    found = [str(one) for s in index if s.size < 1_500_000 for one in scan_delivery(s.path, s.dataset, [s.path.name, s.source_url, s.note])]
    assert len(index) > 40
    assert found == []
