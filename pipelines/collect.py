"""Which snapshots a run works on: those of a recorded folder, or the own archive after asking the source for what is due."""

from __future__ import annotations

import calendar
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from catalog.errors import BymaalError, SourceError, StorageError
from catalog.model import Dataset, Period
from catalog.publication import Snapshot
from pipelines.archive import INDEX, HashCache, NewestAnswers, read_index, remove_leftovers, write_index
from pipelines.datasets import ask, ask_further
from pipelines.fetching import journal
from pipelines.reading.ask import Request, Window
from pipelines.settings import Settings

Say = Callable[[str], None]
Reroute = Callable[[str], str]
Door = Callable[[], AbstractContextManager[Reroute | None]]


@dataclass(frozen=True)
class Collected:
    """Snapshots by dataset, what nothing here describes yet, and which datasets' sources failed."""

    snapshots: dict[str, list[Snapshot]]
    not_yet_known: tuple[tuple[str, int], ...] = ()
    failures: dict[str, BymaalError] = field(default_factory=dict)
    lacking: dict[str, frozenset[str]] = field(default_factory=dict)
    """Of a dataset whose source failed: the periods that would be built from half their answers. One that is not named here is left
    alone as a whole."""
    delivered: tuple[str, ...] = ()
    """What was taken in from the inbox, one sentence a file."""
    left_in_inbox: tuple[BymaalError, ...] = ()
    """Why other files were left there."""


def from_recorded(folder: Path, datasets: Mapping[str, Dataset], settings: Settings) -> Collected:
    """Every file that the folder lists; nothing is copied, the folder itself is the evidence.

    Where the folder is the archive of a run, what that run left out because its sources did not answer everything is left out again.
    """
    listed, damaged = _listed(folder, settings)
    left_out = {dataset: what for dataset, what in journal.read(folder).left_out.items() if dataset in datasets}
    listed = [s for s in listed if s.dataset not in left_out or not _is_of_unfinished_pass(s, left_out[s.dataset])]
    untold = {dataset: _not_answered(what) for dataset, what in left_out.items()}
    lacking = {dataset: frozenset(what.periods or ()) for dataset, what in left_out.items()}
    return replace(_sorted_out(listed, datasets), failures=untold | damaged, lacking=lacking)


def _is_of_unfinished_pass(snapshot: Snapshot, left_out: journal.LeftOut) -> bool:
    return left_out.periods is None and snapshot.retrieved_on is not None and snapshot.retrieved_on.isoformat() >= left_out.since


def _not_answered(left_out: journal.LeftOut) -> SourceError:
    effect = "what that run left out is left out again"
    return SourceError(f"in the run that is replayed: {left_out.what}", where=left_out.where, effect=effect, next_step="ask the source")


def from_archive(datasets: Mapping[str, Dataset], settings: Settings) -> Collected:
    """What the own archive already holds."""
    listed, damaged = _archived(settings)
    return replace(_sorted_out(listed, datasets), failures=dict(damaged))


def _archived(settings: Settings) -> tuple[list[Snapshot], dict[str, StorageError]]:
    """The snapshots of the own archive, which has no list before the first answer is stored."""
    return _listed(settings.raw, settings) if (settings.raw / INDEX).is_file() else ([], {})


def _listed(folder: Path, settings: Settings) -> tuple[list[Snapshot], dict[str, StorageError]]:
    """The snapshots that a folder lists, each hashed only when it has changed, and by dataset what was lost of them."""
    hashes = HashCache(settings.work / "hashes.json")
    damaged: dict[str, StorageError] = {}
    listed = read_index(folder, hashes, damaged)
    hashes.save()
    return listed, damaged


def from_sources(
    datasets: Mapping[str, Dataset],
    wanted: Sequence[str],
    settings: Settings,
    *,
    window: Callable[[Dataset], Window],
    door: Door = nullcontext,
    say: Say = lambda _: None,
) -> Collected:
    """Ask each wanted dataset's source for what is due, store the answers, and return the whole archive.

    What was delivered by hand is taken in first, unless this is the sandbox.

    `window` says which span and places to ask for. One failing source does not hold back the others: its error is
    returned beside the snapshots, and so is that of a dataset whose evidence was damaged, which is not asked. `door` is opened only
    when something is due, and gives the way to the sources (None: the network itself).
    """
    from pipelines.inbox import take_in

    remove_leftovers(settings.raw)
    by_hand = take_in(datasets, settings)
    for line in by_hand.lines():
        say(line)
    listed, damaged = _archived(settings)
    answered = journal.read(settings.raw)
    archive: dict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in [*listed, *journal.unlisted_snapshots(settings.raw, answered, listed)]:
        archive[snapshot.dataset].append(snapshot)  # also of datasets that nothing describes: the list is never shortened
    failures: dict[str, BymaalError] = dict(damaged)
    lacking: dict[str, frozenset[str]] = {}
    with ExitStack() as open_doors:
        way = cache(lambda: open_doors.enter_context(door()))
        for dataset in (datasets[name] for name in wanted if name not in damaged and not _is_over(datasets[name], settings)):
            try:
                _bring_up_to_date(dataset, window(dataset), archive, answered, settings, way, say)
            except _Half as half:
                failures[dataset.id], lacking[dataset.id] = half.error, half.periods
            except BymaalError as error:
                failures[dataset.id] = error
    collected = _sorted_out([snapshot for found in archive.values() for snapshot in found], datasets)
    by_person = tuple(taken.as_text() for taken in by_hand.taken)
    return replace(collected, failures=failures, lacking=lacking, delivered=by_person, left_in_inbox=by_hand.left)


class Ended(SourceError):
    """A source says of everything it is asked, or of itself, that it is gone for good (status 410)."""


class _Half(Exception):
    """A source failed, and what its answers are enough for may be built: everything but `periods`."""

    def __init__(self, error: SourceError, periods: frozenset[str]) -> None:
        super().__init__(error.what)
        self.error, self.periods = error, periods


def _is_over(dataset: Dataset, settings: Settings) -> bool:
    """Whether a source has ended or a dataset is no longer kept up: then it is not asked any more."""
    endings = (dataset.source.ended, dataset.retired)
    return any(end is not None and end.on <= settings.now.date() for end in endings)


def _bring_up_to_date(
    dataset: Dataset,
    window: Window,
    archive: dict[str, list[Snapshot]],
    answered: journal.Journal,
    settings: Settings,
    way: Callable[[], Reroute | None],
    say: Say,
) -> None:
    """Fetch what is due into `archive`: first what the dataset always asks, then what it can only ask having seen those answers.

    Whatever was answered is listed, also when a later question fails; what a killed run had stored is listed by the next one. Raises
    _Half when a question failed and it is known which periods lack its answer, and Ended when all questions, or the source's base
    address, are gone: that one question is gone says nothing about the others.
    """
    from pipelines.fetching.answers import Unanswered, fetch_each
    from pipelines.fetching.limits import Turns

    newest = NewestAnswers(archive.get(dataset.id, []))
    ever_asked: set[journal.Question] = set()
    for questions in (lambda: ask(dataset, window), lambda: ask_further(dataset, window, tuple(archive.get(dataset.id, [])))):
        asked = list(questions())
        ever_asked |= {journal.question_of(dataset.id, request) for request in asked}
        last = last_answers(archive.get(dataset.id, []), answered, dataset)
        requests = due(asked, last, dataset, settings.now, answered)
        if not requests:
            continue
        say(f"{dataset.id}: {len(requests)} of {len(asked)} questions to the source")
        reroute = way()
        each = fetch_each(
            dataset,
            requests,
            settings.raw,
            now=settings.now,
            reroute=reroute,
            secrets=settings.secrets,
            turns=Turns() if reroute else Turns(settings.work / "turns"),
            known=_last_headers(dataset, archive.get(dataset.id, []), answered),
            refused=settings.quarantine,
        )
        found = set(last)
        try:
            for number, fetched in enumerate(each, start=1):
                found.add(fetched.entry.question)
                archive.setdefault(dataset.id, []).extend(newest.to_list(fetched.snapshots))
                if number % 100 == 0:
                    say(f"{dataset.id}: {number} of {len(requests)} answered")
        except Unanswered as error:
            periods = lacking(dataset, asked, error.requests, found)
            _note_left_out(dataset, periods, error, answered, settings)
            if error.is_closed or ever_asked <= {journal.question_of(dataset.id, request) for request in error.gone}:
                next_step = "the source has ended: look for its successor, and say so under source.ended"
                raise Ended(error.what, where=error.where, effect=error.effect, next_step=next_step) from error
            if periods is None:
                raise
            raise _Half(_with_effect(error, periods), periods) from error
        finally:
            write_index(settings.raw, (s for found in archive.values() for s in found))
            journal.Writer(settings.raw).listed()
    if dataset.id in answered.left_out:
        journal.Writer(settings.raw).left_out(dataset.id, None)


def _note_left_out(
    dataset: Dataset, periods: frozenset[str] | None, error: SourceError, answered: journal.Journal, settings: Settings
) -> None:
    """Note what is not built of a dataset. What came since the first of several days on which nothing could be built was never built."""
    before = answered.left_out.get(dataset.id)
    since = before.since if before and before.periods is None and periods is None else settings.now.date().isoformat()
    named = None if periods is None else tuple(sorted(periods))
    journal.Writer(settings.raw).left_out(dataset.id, journal.LeftOut(named, since, error.what, error.where))


def _last_headers(dataset: Dataset, known: Sequence[Snapshot], answered: journal.Journal) -> Callable[[Request], Mapping[str, str]]:
    """The headers of the last answer with bytes to a question, as long as its bytes are in the archive."""
    held = {snapshot.sha256 for snapshot in known}

    def last(request: Request) -> Mapping[str, str]:
        entry = answered.last_whole.get(journal.question_of(dataset.id, request))
        return entry.headers if entry and all(part.sha256 in held for part in entry.parts) else {}

    return last


def lacking(
    dataset: Dataset, asked: Sequence[Request], failed: Sequence[Request], found: Collection[journal.Question]
) -> frozenset[str] | None:
    """The periods that one of the questions leaves without an answer while another has its own; None where that cannot be told by period.

    An answer that is older than today's failure still is one: only what was never answered is lacking. Where nothing at all was answered
    there is no half of anything, and what people delivered may be built. A question that names no period of the dataset's kind may be
    about any of them, and parts of one table must be of one edition, so then nothing is built.
    """
    answered = [request for request in asked if journal.question_of(dataset.id, request) in found]
    if not answered:
        return frozenset()
    if any(period_end(request.period) is None or dataset.period is not _kind(request.period) for request in failed):
        return None
    unanswered = {r.period for r in asked if journal.question_of(dataset.id, r) not in found}
    return frozenset(p for p in unanswered & {r.period for r in answered} if p is not None)


def _kind(period: str | None) -> Period:
    return {4: Period.year, 7: Period.month}.get(len(period or ""), Period.all)


def _with_effect(error: SourceError, periods: frozenset[str]) -> SourceError:
    """The same error, saying also which periods are left as they were because answers for them were never given."""
    if not periods:
        return SourceError(error.what, where=error.where, effect=error.effect, next_step=error.next_step)
    named = ", ".join(sorted(periods)[:3]) + (f" and {len(periods) - 3} more" if len(periods) > 3 else "")
    effect = f"{named}: some questions were never answered, so nothing of it is built; what was answered whole is up to date"
    return SourceError(error.what, where=error.where, effect="; ".join(filter(None, (error.effect, effect))), next_step=error.next_step)


def last_answers(known: Sequence[Snapshot], answered: journal.Journal, dataset: Dataset) -> dict[journal.Question, date]:
    """The day on which each question was last answered. “Not there yet” and “not changed” are answers too.

    An answer whose bytes are no longer listed is none.
    """
    last: dict[journal.Question, date] = {}
    for snapshot in known:
        question = (dataset.id, snapshot.source_url, snapshot.format, snapshot.period or "", snapshot.note)
        last[question] = max(last.get(question, date.min), snapshot.retrieved_on or date.min)
    held = {snapshot.sha256 for snapshot in known}
    for question, entry in answered.last.items():
        whole = answered.last_whole.get(question)
        if entry.status == 404 or (whole and all(part.sha256 in held for part in whole.parts)):
            last[question] = max(last.get(question, date.min), date.fromisoformat(entry.on))
    return last


def due(
    requests: Sequence[Request], last: Mapping[journal.Question, date], dataset: Dataset, now: datetime, answered: journal.Journal
) -> list[Request]:
    """The requests that were never answered, or whose answer may have been corrected since.

    A period may be corrected until `lag` after its end; it is not asked for again before a `rhythm` has passed, in whole days. Where the
    rhythm is shorter than a day, a question is asked once in each hour (or whatever the rhythm is) of the clock.
    """
    found = []
    for request in requests:
        question = journal.question_of(dataset.id, request)
        on = last.get(question)
        if on is None:
            found.append(request)
            continue
        end = period_end(request.period)
        may_change = end is None or end + duration(dataset.source.lag) >= on
        pause = request.again_after or dataset.source.rhythm
        if may_change and now.date() >= on + duration(pause) and not _is_of_this_hour(answered.last.get(question), now, pause):
            found.append(request)
    return found


def _is_of_this_hour(entry: journal.Entry | None, now: datetime, rhythm: str) -> bool:
    """Whether an answer was given in the hour that goes on, or in whatever span of the day a rhythm shorter than a day names.

    Spans of the clock and not a length of time, because otherwise a run that starts every hour would ask every second time: an answer comes
    some seconds after its run began. Which hour it was is known of what the journal tells of today alone.
    """
    span = _within_a_day(rhythm)
    if span is None or entry is None or entry.on != now.date().isoformat():
        return False
    return datetime.fromisoformat(entry.at).timestamp() // span.total_seconds() >= now.timestamp() // span.total_seconds()


def _within_a_day(text: str) -> timedelta | None:
    """An ISO 8601 duration of hours or minutes; None for a longer one, which is counted in days."""
    match = re.fullmatch(r"PT(\d+)([HM])", text)
    return timedelta(minutes=int(match[1]) * {"H": 60, "M": 1}[match[2]]) if match and int(match[1]) else None


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of one part as days; a month counts 30 and a year 365, less than a day counts none."""
    match = re.fullmatch(r"P(?:(\d+)([YMWD])|T\d+[HM])", text)
    if match is None or match[1] is None:
        return timedelta(0)
    return timedelta(days=int(match[1]) * {"Y": 365, "M": 30, "W": 7, "D": 1}[match[2]])


def period_end(period: str | None) -> date | None:
    """The last day of `2024` or `2024-02`; None for a period that has no end (`all`)."""
    if period and (match := re.fullmatch(r"(\d{4})(?:-(\d\d))?", period)):
        year, month = int(match[1]), int(match[2] or 12)
        return date(year, month, calendar.monthrange(year, month)[1])
    return None


def _sorted_out(listed: Sequence[Snapshot], datasets: Mapping[str, Dataset]) -> Collected:
    by_dataset: dict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in listed:
        by_dataset[snapshot.dataset].append(snapshot)
    unknown = Counter({name: len(found) for name, found in by_dataset.items() if name not in datasets})
    return Collected({k: v for k, v in by_dataset.items() if k in datasets}, tuple(sorted(unknown.items())))
