"""What differs between machines and runs. The only module that reads the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.errors import UsageError

if TYPE_CHECKING:
    from catalog.model import Catalog

ROOT = Path(__file__).parent.parent
EVERY_MORNING = "15 6 * * *"


def software_version() -> str:
    return version("bymaal")


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Settings:
    """One run's folders, limits and clock. `now` is handed in, so that tests and replays own the time."""

    data_dir: Path
    synthetic: bool = True
    """Whether this run works on sandbox data. Real and synthetic work never share a folder."""
    threads: int = 2
    memory_limit: str = "1GB"
    now: datetime = field(default_factory=utc_now)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    notify: tuple[str, ...] = field(default=(), repr=False)
    """Where people are told of incidents, as addresses of Apprise; they hold keys."""
    signing_key: Path | None = None
    """OpenSSH key that signs releases; without one they are not signed."""
    keep_days: int | None = None
    """How long releases are kept; None for ever."""
    schedule: str = EVERY_MORNING
    """When the scheduled run starts, in Norwegian time, as cron says it."""

    @property
    def work(self) -> Path:
        """Everything that is not public, apart for real and synthetic input."""
        return self.data_dir / "work" / ("synthetic" if self.synthetic else "real")

    @property
    def raw(self) -> Path:
        return self.work / "raw"

    @property
    def staged(self) -> Path:
        return self.work / "staged"

    @property
    def validated(self) -> Path:
        return self.work / "validated"

    @property
    def quarantine(self) -> Path:
        return self.work / "quarantine"

    @property
    def history(self) -> Path:
        """What people decided and what was revised: only ever added to, and never to be deleted, like the archive."""
        return self.data_dir / "history" / ("synthetic" if self.synthetic else "real")

    @property
    def computed(self) -> Path:
        return self.work / "computed"

    @property
    def public(self) -> Path:
        return self.data_dir / "public"

    @property
    def datasets(self) -> Path:
        return ROOT / "pipelines" / "datasets"

    @property
    def indicators(self) -> Path:
        return ROOT / "indicators"


def from_environment(*, data_dir: Path | None = None, synthetic: bool = True) -> Settings:
    """Settings of this machine: `BYMAAL_DATA`, `BYMAAL_THREADS`, `BYMAAL_MEMORY`, `BYMAAL_SIGNING_KEY`, `BYMAAL_KEEP_DAYS`,
    `BYMAAL_NOTIFY`, `BYMAAL_SCHEDULE`, `BYMAAL_SECRET_<NAME>`."""
    key = os.environ.get("BYMAAL_SIGNING_KEY")
    return Settings(
        data_dir=(data_dir or Path(os.environ.get("BYMAAL_DATA", "data"))).resolve(),
        synthetic=synthetic,
        threads=_threads(os.environ.get("BYMAAL_THREADS")),
        memory_limit=_memory(os.environ.get("BYMAAL_MEMORY", "1GB")),
        notify=tuple(os.environ.get("BYMAAL_NOTIFY", "").split()),
        signing_key=Path(key).resolve() if key else None,
        keep_days=_days(os.environ.get("BYMAAL_KEEP_DAYS")),
        schedule=_cron(os.environ.get("BYMAAL_SCHEDULE", EVERY_MORNING)),
        secrets={k.removeprefix("BYMAAL_SECRET_").lower(): v for k, v in os.environ.items() if k.startswith("BYMAAL_SECRET_")},
    )


def names_a_proxy() -> bool:
    """Whether this machine's environment names a proxy for the web. Sources are asked without one."""
    return any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"))


def configured_catalog() -> Catalog:
    """Who publishes, for whom and where: `catalog/catalog.yaml`, or the file that `BYMAAL_CATALOG` names."""
    from catalog.load import load_catalog

    named = os.environ.get("BYMAAL_CATALOG")
    if not named:
        return load_catalog()
    if not Path(named).is_file():
        raise UsageError("no such file", where=f"BYMAAL_CATALOG={Path(named).name}", effect="nothing is done", next_step="name a file")
    return load_catalog(Path(named))


def environment_without_keys() -> dict[str, str]:
    """What another process of ours is started with: everything but the keys of sources."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BYMAAL_SECRET_")}


def _threads(text: str | None) -> int:
    if text is None:
        return min(2, os.cpu_count() or 1)
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise UsageError("not a number of threads", where="BYMAAL_THREADS", next_step="a whole number from 1")
    return int(text)


def _days(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError("not a number of days", where="BYMAAL_KEEP_DAYS", next_step="a whole number from 1")
    return int(text)


def _cron(text: str) -> str:
    """Five parts. Not the hour from 02 to 03 alone: when the clocks change it comes twice or not at all."""
    if not re.fullmatch(r"[\d*/,-]+( [\dA-Za-z*/,-]+){4}", text):
        raise UsageError("not a time of cron", where="BYMAAL_SCHEDULE", next_step="five parts, such as 15 6 * * *")
    if text.split()[1] in ("2", "02"):
        raise UsageError(
            "the hour from 02 to 03 comes twice or not at all when the clocks change", where="BYMAAL_SCHEDULE", next_step="another hour"
        )
    return text


def _memory(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text):
        raise UsageError("not a size of memory", where="BYMAAL_MEMORY", next_step="such as 512MB or 2GB")
    return text


def source_from_environment() -> tuple[Literal["sample", "recorded", "live"], Path | None]:
    """The kind of input for a process that takes no arguments, and its folder: `BYMAAL_SOURCE`, `BYMAAL_RECORDED`.

    Raises UsageError for an unknown kind, and for `recorded` without a folder.
    """
    recorded = os.environ.get("BYMAAL_RECORDED")
    match os.environ.get("BYMAAL_SOURCE", "sample"):
        case "sample":
            return "sample", None
        case "live":
            return "live", None
        case "recorded" if recorded:
            return "recorded", Path(recorded).resolve()
        case "recorded":
            raise UsageError("which folder?", where="BYMAAL_RECORDED", next_step="name the folder that holds snapshots.csv")
        case _:
            raise UsageError("unknown kind of input", where="BYMAAL_SOURCE", next_step="choose sample, recorded or live")
