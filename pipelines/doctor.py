"""`bymaal doctor`: what is wrong with this machine and this data folder, and how to mend it. Looks, and changes nothing."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import tomllib
import zoneinfo
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from catalog.errors import BymaalError, StorageError
from catalog.model import Catalog, Dataset, Indicator
from pipelines.settings import ROOT, Settings

Level = Literal["ok", "warn", "fail"]

OPEN_FILES = 1024
"""A database over many Parquet files, a server and the sandbox together stay well below this."""

RELEASES_TO_SPARE = 3
"""Room for the next release, the one after it, and the work files of a run."""

WARNED_BEFORE = timedelta(days=60)
"""As the ethics gate: from so many days before its review is due, a dataset is published with a warning."""

NEXT = "\n      → "

EXAMPLE = re.compile(r"//([\w-]+\.)*example\.(org|com|net)\b|@example\.(org|com|net)\b")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `next_step` is empty exactly when it is in order."""

    level: Level
    what: str
    next_step: str = ""
    damaged: bool = False
    """Whether a stored file is lost or altered, rather than something set wrong."""

    def __str__(self) -> str:
        return f"{self.level:<4}  {self.what}{' – ' if self.next_step else ''}{self.next_step}"


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was looked at, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 when nothing fails, 7 when stored files are damaged, 2 for everything else that fails."""
        failed = [finding for finding in self.findings if finding.level == "fail"]
        return 7 if any(finding.damaged for finding in failed) else 2 if failed else 0

    def as_record(self) -> dict[str, Any]:
        return {"exit_code": self.exit_code, "findings": [asdict(finding) for finding in self.findings]}

    def as_text(self) -> str:
        """A line for each finding, what to do in a line of its own below it, and at the end how many there are to see to."""
        lines = [f"{it.level:<4}  {it.what}{f'{NEXT}{it.next_step}' if it.next_step else ''}" for it in self.findings]
        wrong, doubtful = (sum(it.level == level for it in self.findings) for level in ("fail", "warn"))
        counted = [f"{wrong} wrong"] if wrong else []
        counted += [f"{doubtful} to look at"] if doubtful else []
        return "\n".join([*lines, "", ", ".join(counted) or "Nothing is wrong."])


def examine(settings: Settings, *, full: bool = False, environment: Mapping[str, str] = os.environ) -> Diagnosis:
    """All checks. `full` reads every file of the current release and not only its manifest."""
    datasets, described = datasets_load(settings.datasets)
    return Diagnosis(
        (
            python(sys.version_info[:2], _project()),
            *libraries(_project()),
            *bytecode(environment),
            open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
            time_zones(),
            clock(settings.public, settings.now),
            *officers_ui(),
            *secrets_set(settings.secrets, _secrets_asked_for(settings.datasets)),
            writable(settings.data_dir),
            space(settings.data_dir),
            *leftovers(settings.data_dir),
            *layout(settings.data_dir),
            *catalog_file(Path(named) if (named := environment.get("BYMAAL_CATALOG")) else None),
            *described,
            *modules(settings.datasets, datasets),
            *indicators_load(settings.indicators, datasets, settings.now.date()),
            *validated_files(settings.data_dir),
            *release(settings.public, full=full),
        )
    )


# --- the machine ---


def _project(path: Path = ROOT / "pyproject.toml") -> dict[str, Any]:
    """What the project asks of a machine; from its installed metadata where the project file did not come along."""
    if path.is_file():
        return tomllib.loads(path.read_text("utf-8"))["project"]
    needs = [need for need in metadata.requires("bymaal") or [] if "extra ==" not in need]
    return {"requires-python": metadata.metadata("bymaal")["Requires-Python"], "dependencies": needs}


def python(version: tuple[int, ...], project: Mapping[str, Any]) -> Finding:
    """Whether this Python is new enough."""
    shown, wanted = ".".join(map(str, version)), project["requires-python"]
    if satisfies(shown, wanted):
        return Finding("ok", f"Python {shown}")
    return Finding("fail", f"Python {shown} where {wanted} is asked for", "make clean, then make run PYTHON=python3.12 or what you have")


def libraries(project: Mapping[str, Any]) -> Iterator[Finding]:
    """Every library that is absent, incomplete or of another version than asked for. Imports none of them."""
    right = 0
    for need in project["dependencies"]:
        parts = re.match(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(?P<versions>[^;]*)", need)
        name, versions = (parts["name"], parts["versions"]) if parts else (need, "")
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            yield Finding("fail", f"{name} is not installed", "touch pyproject.toml, then make run installs what is missing")
            continue
        if not satisfies(found.version, versions):
            yield Finding("fail", f"{name} {found.version} where {versions} is asked for", "touch pyproject.toml, then make run")
        elif not all(Path(str(entry.locate())).is_file() for entry in found.files or () if entry.name == "__init__.py"):
            yield Finding(
                "fail", f"{name} {found.version} lacks some of its files", f"pip install --force-reinstall {name}=={found.version}"
            )
        else:
            right += 1
    yield Finding("ok", f"{right} of {len(project['dependencies'])} libraries at the versions asked for")


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version of numbers meets all of `>=2.10,<3`. Zeros at the end do not count, nor does what follows the numbers."""

    def numbers(text: str) -> list[int]:
        found = [int(part) for part in re.findall(r"\d+", re.match(r"[\d.]*", text.strip())[0])]  # type: ignore[index]
        while found and found[-1] == 0:
            found.pop()
        return found

    have = numbers(version)
    for term in filter(None, (term.strip() for term in wanted.split(","))):
        sign, bound = term.rstrip("0123456789. "), numbers(term.lstrip("<>=! "))
        if not {">=": have >= bound, "<": have < bound, "==": have == bound, "<=": have <= bound, ">": have > bound, "!=": have != bound}[
            sign
        ]:
            return False
    return True


def bytecode(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Whether libraries are kept compiled. Without that, each process parses the heavy ones anew, which takes seconds."""
    if environment.get("PYTHONDONTWRITEBYTECODE"):
        yield Finding("warn", "PYTHONDONTWRITEBYTECODE is set, so every start is slow", "unset PYTHONDONTWRITEBYTECODE")
    spec = importlib.util.find_spec("great_expectations")
    if spec is not None and spec.origin and not Path(importlib.util.cache_from_source(spec.origin)).is_file():
        folder = Path(spec.origin).parent.parent
        yield Finding("warn", "libraries are not compiled, so every start is slow", f"python -m compileall -q -j 2 {folder}")
    elif spec is not None:
        yield Finding("ok", "libraries are compiled")


def open_files(limit: int) -> Finding:
    """How many files a process may have open."""
    if limit == resource.RLIM_INFINITY or limit >= OPEN_FILES:
        return Finding("ok", f"{'any number of' if limit == resource.RLIM_INFINITY else limit} files may be open")
    return Finding("warn", f"only {limit} files may be open at once", f"ulimit -n {OPEN_FILES}")


def time_zones(zone: str = "Europe/Oslo") -> Finding:
    """Whether Norwegian clock time is known; electricity is filed by it."""
    try:
        zoneinfo.ZoneInfo.no_cache(zone)
    except zoneinfo.ZoneInfoNotFoundError:
        return Finding("fail", f"the time zone {zone} is not known", "install the system's tzdata, or pip install tzdata")
    return Finding("ok", f"the time zone {zone} is known")


def clock(public: Path, now: datetime) -> Finding:
    """Whether the clock is behind what was published by it: then sources would be asked too seldom and releases named in a wrong order."""
    try:
        published = datetime.fromisoformat(json.loads((public / "current.json").read_bytes())["published_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return Finding("ok", f"the clock says {now:%Y-%m-%d %H:%M} UTC; there is no release to hold it against")
    if now >= published:
        return Finding("ok", f"the clock says {now:%Y-%m-%d %H:%M} UTC, after the newest release")
    said = f"the clock says {now:%Y-%m-%d %H:%M} UTC, before the current release was published ({published:%Y-%m-%d %H:%M})"
    return Finding("fail", said, "set the clock of this machine: timedatectl set-ntp true")


def _secrets_asked_for(folder: Path) -> set[str]:
    """Names of the secrets that modules of datasets put into their requests."""
    return {name for path in folder.glob("*.py") for name in re.findall(r"\{(?:secret|basic):(\w+)\}", path.read_text("utf-8"))}


def secrets_set(have: Mapping[str, str], wanted: Collection[str]) -> Iterator[Finding]:
    """Secrets by name alone; a value is never shown."""
    filled = sorted(name for name, value in have.items() if value)
    yield Finding("ok", f"secrets set: {', '.join(filled) or 'none'}")
    for name in sorted(set(wanted) - set(filled)):
        yield Finding("warn", f"the secret {name} is not set, so its source cannot be asked", f"set BYMAAL_SECRET_{name.upper()}")


def officers_ui() -> Iterator[Finding]:
    """Whether Dagster's UI, which asks nobody for a password, is closed to other machines."""
    from pipelines.exposed import exposed

    try:
        ports = exposed()
    except OSError:
        yield Finding("ok", "this system does not tell who listens on it, so whether Dagster's UI is closed to others is not known")
        return
    for port in ports:
        yield Finding(
            "fail",
            f"Dagster's UI answers to other machines on port {port.number} and has no login: anybody can start and delete runs",
            "start it with -h 127.0.0.1 and put deploy/nginx-dagster.conf before it (docs/production.md, A front door)",
        )
    if not ports:
        yield Finding("ok", "Dagster's UI is not open to other machines")


# --- the data folder ---


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def writable(data_dir: Path) -> Finding:
    """Whether files can be written, tried with a file that has no name and leaves nothing."""
    place = _there(data_dir)
    if data_dir.exists() and not data_dir.is_dir():
        return Finding("fail", f"{data_dir} is not a folder", "choose another with --data-dir or BYMAAL_DATA")
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        steps = {
            errno.ENOSPC: "make room on this disk, or choose another --data-dir",
            errno.EROFS: "mount the disk for writing (one with errors is often read-only), or choose another --data-dir",
        }
        step = steps.get(error.errno or 0, "give this user the right to write, or choose another --data-dir")
        return Finding("fail", f"cannot write in {place}: {error.strerror}", step)
    return Finding("ok", f"can write in {place}{'' if place == data_dir else f', where {data_dir.name} will be made'}")


def space(data_dir: Path, free: int | None = None) -> Finding:
    """Free bytes against those of the newest release, several times over. `free` is measured unless given."""
    free = shutil.disk_usage(_there(data_dir)).free if free is None else free
    newest = max(_releases(data_dir / "public"), key=lambda folder: int(folder.name.rpartition(".")[2]), default=None)
    if newest is None:
        return Finding("ok", f"{free:,} bytes free; nothing is published yet to measure against")
    size = sum(path.stat().st_size for path in newest.rglob("*") if path.is_file())
    said = f"{free:,} bytes free; release {newest.name} has {size:,}"
    if free >= size * RELEASES_TO_SPARE:
        return Finding("ok", said)
    level = "fail" if free < size else "warn"
    return Finding(level, said, f"free {size * RELEASES_TO_SPARE - free:,} bytes, or move the data folder to a larger disk")


def _releases(public: Path) -> list[Path]:
    return [folder for folder in public.glob("releases/*") if re.fullmatch(r"\d{4}-\d\d-\d\d\.\d+", folder.name)]


def leftovers(data_dir: Path) -> Iterator[Finding]:
    """What a process that died left behind: notes that it is at work, drafts of releases, half-written files."""
    at_work = False
    for note in (data_dir / ".writer", data_dir / "public" / ".publisher"):
        if not note.is_file():
            continue
        number = re.search(r"\d+", note.read_text("utf-8", errors="replace"))
        if number and _is_alive(int(number[0])):
            at_work = True
            yield Finding("ok", f"process {number[0]} is at work here")
        else:
            yield Finding("warn", f"{note.name} is of a process that died", f"nothing to do: the next run replaces it, or rm {note}")
    if at_work:
        return
    public = data_dir / "public"
    drafts = [*public.glob("releases/.draft-*"), *public.glob(".*.partial")]
    parts = [path for path in data_dir.glob("work/**/*.partial") if path.is_file()]
    builds = [folder for folder in data_dir.glob("work/*/build/*") if folder.is_dir()]
    if drafts:
        yield Finding("warn", f"{len(drafts)} unfinished pieces of a release", "the next bymaal run removes them")
    if builds:
        yield Finding("warn", f"periods half built: {', '.join(sorted(f.name for f in builds))}", "the next bymaal run builds them anew")
    if parts:
        yield Finding(
            "warn", f"{len(parts)} half-written files, such as {parts[0].name}", f"find {data_dir / 'work'} -name '*.partial' -delete"
        )
    if not drafts and not builds and not parts:
        yield Finding("ok", "no leftovers")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def layout(data_dir: Path) -> Iterator[Finding]:
    """Whether a newer version of the software has been at work here."""
    from pipelines.notes import refuse_newer

    try:
        refuse_newer(data_dir)
    except StorageError as error:
        yield Finding("fail", f"{error.what}: {error.where}", error.next_step)


def validated_files(data_dir: Path) -> Iterator[Finding]:
    """Every validated file against the hash that its state notes; the damaged ones with what rebuilds them."""
    whole = 0
    for state in sorted(data_dir.glob("work/*/validated/*/state.json")):
        dataset, kind = state.parent.name, state.parents[2].name
        again = f"bymaal ingest --only {dataset} --source {'sample' if kind == 'synthetic' else 'live'} --data-dir {data_dir}"
        again += "" if kind == "synthetic" else " (or --source recorded --recorded DIR, as it was made)"
        try:
            noted = {period: facts["sha256"] for period, facts in json.loads(state.read_bytes())["periods"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            yield Finding("fail", f"{kind} {dataset}: state.json is not readable", f"rm {state} && {again}", damaged=True)
            continue
        for period, sha256 in sorted(noted.items()):
            path = state.with_name(f"{period}.parquet")
            if not path.is_file():
                yield Finding("fail", f"{kind} {dataset} {period}: the validated file is lost", again, damaged=True)
            elif _sha256(path) != sha256:
                step = f"rm {path} && {again}"
                yield Finding("fail", f"{kind} {dataset} {period}: other bytes than were validated", step, damaged=True)
            else:
                whole += 1
    yield Finding("ok", f"{whole} validated files are as they were stored")


def release(public: Path, *, full: bool = False) -> Iterator[Finding]:
    """The current release: the pointer and the manifest it names; with `full` also every file and link, as `bymaal verify` does."""
    from catalog.releases.verify import verify

    pointer = public / "current.json"
    anew = "bymaal rollback RELEASE --why … points at a whole release"
    if not pointer.is_file():
        if _releases(public):
            yield Finding("fail", "the pointer current.json is lost", anew, damaged=True)
        else:
            yield Finding("ok", "nothing is published yet")
        return
    try:
        said = json.loads(pointer.read_bytes())
        name, sha256, manifest = str(said["release"]), said["sha256"], public / str(said["manifest"])
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding("fail", "the pointer current.json is not readable", anew, damaged=True)
        return
    if not manifest.is_file() or _sha256(manifest) != sha256:
        what = "has another manifest than was published" if manifest.is_file() else "has lost its manifest"
        yield Finding("fail", f"the current release {name} {what}", anew, damaged=True)
        return
    try:
        [json.loads(line)["event"] for line in (public / "releases.jsonl").read_text("utf-8").splitlines()]
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding("fail", "the list of releases, releases.jsonl, is lost or damaged", "restore it from a backup", damaged=True)
        return
    if not full:
        yield Finding("ok", f"release {name}: pointer and manifest agree (--full reads every file)")
        return
    problems = verify(public)
    for problem in problems:
        yield Finding("fail", f"release {name}: {problem}", anew, damaged=True)
    if not problems:
        yield Finding("ok", f"release {name}: every file is as it was published")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- what is described ---


def catalog_file(path: Path | None = None) -> Iterator[Finding]:
    """Whether the catalogue – the file that `BYMAAL_CATALOG` names, else the project's – loads, and whether it is still the example."""
    from catalog.load import HERE, load_catalog

    path = path or HERE / "catalog.yaml"
    try:
        catalog = load_catalog(path)
    except (BymaalError, OSError) as error:
        yield _unloadable(error, path)
        return
    yield from _still_the_example(catalog, path)


def _still_the_example(catalog: Catalog, path: Path) -> Iterator[Finding]:
    places = {"base_uri": catalog.base_uri, "homepage": catalog.homepage, "contact.email": catalog.contact.email}
    example = [key for key, value in places.items() if EXAMPLE.search(value)]
    if re.search(r"eksempel|example", f"{catalog.publisher.name.nb} {catalog.publisher.name.en}", re.IGNORECASE):
        example.append("publisher")
    if example:
        said = f"{path.name} is still the example: {', '.join(example)}"
        yield Finding("warn", said, f"write your own into {path} before anything is published for others")
    else:
        yield Finding("ok", f"{path.name} is your own")


def _unloadable(error: Exception, path: Path) -> Finding:
    if isinstance(error, BymaalError):
        where = error.where or path.name
        return Finding("fail", f"{where} does not load: {error.what}", error.next_step or f"correct {where}")
    return Finding("fail", f"{path.name} cannot be read", f"look whether {path} is there and may be read")


def datasets_load(folder: Path) -> tuple[dict[str, Dataset], list[Finding]]:
    """Every dataset that loads, and a finding for each that does not."""
    from catalog.load import load_dataset

    loaded: dict[str, Dataset] = {}
    findings = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            loaded[path.stem] = load_dataset(path)
        except (BymaalError, OSError, UnicodeDecodeError) as error:
            findings.append(_unloadable(error, path))
    return loaded, [*findings, Finding("ok", f"{len(loaded)} datasets load")]


def modules(folder: Path, datasets: Mapping[str, Dataset]) -> Iterator[Finding]:
    """Datasets that nothing can ask for or read: without a module, or with one that still has blanks."""
    for key, dataset in datasets.items():
        module = folder / f"{key}.py"
        if not module.is_file() and dataset.source.table is None and not dataset.source.files:
            what = f"{key} has neither a module nor source.table nor source.files"
            yield Finding("fail", what, f"write {module.name}; docs/architecture.md shows how")
        elif module.is_file() and "FILL IN" in module.read_text("utf-8"):
            yield Finding("fail", f"{module.name} has blanks left", f"replace every FILL IN in {module.name}")


def indicators_load(folder: Path, datasets: Mapping[str, Dataset], today: date) -> Iterator[Finding]:
    """Whether indicators, gaps, tables and references load and the queries keep the rules of the house. Names the first that does not.

    When they do, the reviews of datasets and indicators follow; when they do not, those of the datasets.
    """
    from indicators.load import check, load_gaps, load_indicators, load_references, load_tables

    try:
        indicators, tables, references = load_indicators(folder), load_tables(folder), load_references(folder)
        gaps = load_gaps(folder)
        check(tables, indicators, references, datasets)
    except (BymaalError, OSError, UnicodeDecodeError) as error:
        yield _unloadable(error, folder)
        yield from reviews(datasets, today)
        return
    yield Finding("ok", f"{len(indicators)} indicators, {len(tables)} tables and {len(gaps)} gaps load")
    yield from reviews({**datasets, **indicators}, today)


def reviews(weighed: Mapping[str, Dataset | Indicator], today: date) -> Iterator[Finding]:
    """Datasets and indicators whose ethics review is overdue, which the gate withholds, or due soon."""
    step = "weigh it anew, then set assessed_on, review_due_on and decision where it is described"
    in_time = 0
    for key, it in weighed.items():
        if it.ethics is None:
            yield Finding("fail", f"{key} has no ethics record and is withheld", "write its ethics record")
        elif it.ethics.review_due_on <= today:
            yield Finding("fail", f"{key}: ethics review overdue since {it.ethics.review_due_on}, so it is withheld", step)
        elif it.ethics.review_due_on <= today + WARNED_BEFORE:
            yield Finding("warn", f"{key}: ethics review due by {it.ethics.review_due_on}", step)
        else:
            in_time += 1
    yield Finding("ok", f"{in_time} ethics reviews are not due yet")
