"""What a machine may set by environment, and what it is told when it sets nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import UsageError
from pipelines.settings import Settings, from_environment


def test_real_and_synthetic_work_never_share_a_folder(tmp_path: Path) -> None:
    real, synthetic = Settings(data_dir=tmp_path, synthetic=False), Settings(data_dir=tmp_path)

    assert real.work != synthetic.work
    assert real.public == synthetic.public


def test_the_environment_sets_folder_threads_memory_and_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA": str(tmp_path), "THREADS": "3", "MEMORY": "512MB", "SECRET_NILU": "hush"}.items():
        monkeypatch.setenv(f"BYMAAL_{name}", value)

    settings = from_environment()

    assert (settings.data_dir, settings.threads, settings.memory_limit) == (tmp_path, 3, "512MB")
    assert settings.secrets == {"nilu": "hush"}
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("BYMAAL_THREADS", "many"), ("BYMAAL_THREADS", "0"), ("BYMAAL_MEMORY", "lots"), ("BYMAAL_MEMORY", "'; drop")]
)
def test_nonsense_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(UsageError, match=name):
        from_environment()
