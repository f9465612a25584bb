"""Answers in the archive: every page of them, stored and noted before the next question is asked; what is no data is put aside."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from catalog.errors import SourceError
from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.archive import store_body, write_atomically
from pipelines.fetch import ASK_DOCUMENTATION, OWN_TURNS, Answer, Refused, Way, fetch_by
from pipelines.fetching.bodies import suffix
from pipelines.fetching.door import refusal
from pipelines.fetching.journal import Entry, Part, Writer, question_of
from pipelines.fetching.keys import placeholders, taken_out
from pipelines.fetching.limits import USUAL, Limits, Turns, manners_of
from pipelines.reading.ask import Request, full_url

PATIENCE = 3
"""Refused answers of one dataset after which no further question is asked."""
KEPT_REFUSALS = 20
"""Refused answers that are kept of one dataset; the oldest go first."""


GONE = 410


class Unanswered(SourceError):
    """What was wrong with the first question that failed, with every question that was left without an answer.

    `gone` are those that the source answered are gone for good (status 410); `is_closed` when its base address says so too.
    """

    def __init__(
        self, error: SourceError, requests: tuple[Request, ...], gone: tuple[Request, ...] = (), *, is_closed: bool = False
    ) -> None:
        super().__init__(error.what, where=error.where, effect=error.effect, next_step=error.next_step)
        self.requests, self.gone, self.is_closed = requests, gone, is_closed


@dataclass(frozen=True)
class Fetched:
    """What one question brought: its entry in the journal, and a snapshot for each page of an answer with bytes."""

    request: Request
    entry: Entry
    snapshots: tuple[Snapshot, ...]


def fetch_all(
    dataset: Dataset,
    asked: Iterable[Request],
    raw: Path,
    *,
    now: datetime,
    limits: Limits = USUAL,
    reroute: Callable[[str], str] | None = None,
    secrets: Mapping[str, str] | None = None,
    deadline: float = math.inf,
) -> list[Snapshot]:
    """The snapshots of all requests that the source answered, in their order, stored in `raw`. Raises what `fetch_each` raises."""
    each = fetch_each(dataset, asked, raw, now=now, limits=limits, reroute=reroute, secrets=secrets, deadline=deadline)
    return [snapshot for fetched in each for snapshot in fetched.snapshots]


def fetch_each(
    dataset: Dataset,
    asked: Iterable[Request],
    raw: Path,
    *,
    now: datetime,
    limits: Limits = USUAL,
    reroute: Callable[[str], str] | None = None,
    secrets: Mapping[str, str] | None = None,
    deadline: float = math.inf,
    turns: Turns | None = None,
    known: Callable[[Request], Mapping[str, str]] = lambda _: {},
    refused: Path | None = None,
) -> Iterator[Fetched]:
    """Ask one question after the other; what is given back is stored in `raw` and stands in its journal, so that it is never asked twice.

    An answer that is no data is kept in the folder `refused`, and the other questions are asked all the same; after three of them, or
    when the source does not answer at all, no more are asked. That something is gone (410) is an answer that makes sense and does not
    count among the three, but after the first of them the source's base address is asked whether it is gone too, and if it is, nothing
    more. Raises Unanswered in the end when a question failed.
    """
    source = dataset.source
    hosts = {urlsplit(source.service).hostname or "", *source.hosts}
    way = Way(hosts, limits, reroute, secrets or {}, deadline, turns or OWN_TURNS, raw)
    journal = Writer(raw)
    failures: list[SourceError] = []
    unanswered: list[Request] = []
    gone: list[Request] = []
    is_closed = False
    questions = 0
    left = iter(asked)
    for request in left:
        questions += 1
        try:
            answers = fetch_pages(way, request, known(request))
        except Refused as failure:
            failures.append(_kept(failure, request, dataset, refused, now) if refused else failure)
            unanswered.append(request)
            if failure.status == GONE:
                gone.append(request)
                is_closed = len(gone) == 1 and _is_closed(way, dataset, request)
            if is_closed or len(failures) - len(gone) >= PATIENCE:
                break
            continue
        except SourceError as failure:
            failures.insert(0, failure)
            unanswered.append(request)
            break
        fetched = _stored(dataset, request, answers, raw, now)
        journal.add(fetched.entry)
        yield fetched
    if failures:
        first = failures[0]
        several = f"{len(failures)} of {questions} questions failed, one with: " if len(failures) > 1 else ""
        told = SourceError(f"{several}{first.what}", where=first.where, effect=first.effect, next_step=first.next_step)
        raise Unanswered(told, (*unanswered, *left), tuple(gone), is_closed=is_closed) from first


def _is_closed(way: Way, dataset: Dataset, gone: Request) -> bool:
    """Whether the base address of a source, too, answers that it is gone: then whatever is asked of it is."""
    base = dataset.source.service
    if gone.url.rstrip("/") == base.rstrip("/") and not gone.params:
        return True
    try:
        fetch_by(way, replace(gone, url=base, params={}, body=None), {})
    except Refused as answer:
        return answer.status == GONE
    except SourceError:
        return False
    return False


def _stored(dataset: Dataset, request: Request, answers: list[Answer], raw: Path, now: datetime) -> Fetched:
    """Keep the bytes of an answer, page by page, and say what the journal is to say. All or nothing of it is listed later."""
    source, first = dataset.source, answers[0]
    parts: list[Part] = []
    for number, answer in enumerate(answers if first.status == 200 else (), start=1):
        path = store_body(raw, answer.body.file, sha256=answer.body.sha256, dataset=dataset.id, suffix=suffix(request))
        note = request.note if number == 1 else f"{request.note} page {number}".lstrip()
        parts.append(Part(answer.body.sha256, path.relative_to(raw).as_posix(), answer.body.size, answer.url, note))
        answer.body.file.close()
    entry = Entry(
        dataset=dataset.id,
        format=request.format,
        url=full_url(request),
        period=request.period or "",
        note=request.note,
        status=first.status,
        on=now.date().isoformat(),
        at=answers[-1].retrieved_at.isoformat(),
        headers=first.headers,
        sent=dict(request.headers),
        body=dict(request.body) if request.body is not None and parts else None,
        publisher=request.publisher or source.publisher.name.nb,
        licence=request.licence or source.licence,
        parts=tuple(parts),
        answer=_answer_id(dataset, request, parts) if request.turn and parts else "",
    )
    return Fetched(request, entry, tuple(entry.snapshots(raw)))


def _answer_id(dataset: Dataset, request: Request, parts: Sequence[Part]) -> str:
    """The question and all pages of its answer, so that a page is known to stand beside the others, also where it is as it was before."""
    question, pages = json.dumps(question_of(dataset.id, request)), json.dumps([part.sha256 for part in parts])
    return "-".join(hashlib.sha256(said.encode()).hexdigest()[:16] for said in (question, pages))


def _kept(failure: Refused, request: Request, dataset: Dataset, folder: Path, now: datetime) -> Refused:
    """Put a refused answer aside for a person to look at, with why; it is never public. The error says where it is."""
    place = folder / dataset.id / "answers"
    question = json.dumps([full_url(request), request.format, request.period, request.note, request.body], sort_keys=True)
    name = f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(question.encode()).hexdigest()[:12]}"
    note = {
        "reason": failure.what,
        "asked": full_url(request),
        "format": request.format,
        "period": request.period,
        "note": request.note,
        "status": failure.status,
        "headers": failure.headers,
    }
    write_atomically(place / f"{name}.body", failure.body)
    write_atomically(place / f"{name}.json", json.dumps(note, ensure_ascii=False, indent=1, sort_keys=True).encode())
    for old in sorted(place.glob("*.json"))[:-KEPT_REFUSALS]:
        old.unlink(missing_ok=True)
        old.with_suffix(".body").unlink(missing_ok=True)
    effect = f"put aside as {folder.name}/{dataset.id}/answers/{name}; {failure.effect}"
    told = SourceError(failure.what, where=failure.where, effect=effect, next_step=failure.next_step)
    return Refused(told, failure.status, failure.headers, failure.body)


def fetch_pages(way: Way, request: Request, known: Mapping[str, str]) -> list[Answer]:
    """All pages of the answer to one request; one where it does not say how to turn them.

    Raises SourceError as `fetch` does, and when there are too many pages or bytes, a page comes twice, a page leads to another host, or
    the rows of all pages are not as many as the source says.
    """
    if request.turn is None:
        return [fetch_by(way, request, known)]
    url = full_url(request)
    host, allowed = urlsplit(url).hostname, placeholders(request)
    left = manners_of(host or "").applied_to(way.limits).max_bytes
    answers: list[Answer] = []
    seen: set[str] = set()
    rows, totals = 0, set[int]()
    following: Request | None = request
    while following is not None:
        if len(answers) >= request.most_pages:
            raise refusal(
                f"more than {request.most_pages} pages", url, "ask for less at a time, or raise most_pages in the dataset's module"
            )
        question = json.dumps([full_url(following), following.body], sort_keys=True)
        if question in seen:
            raise refusal(f"page {len(answers) + 1} is one that was there before", url, ASK_DOCUMENTATION)
        answer = fetch_by(way, following, {})
        if answer.status != 200:
            return [answer] if not answers else _gone(url, len(answers) + 1)
        if answers and answer.body.sha256 in seen:
            raise refusal(f"page {len(answers) + 1} is the same as an earlier one", url, ASK_DOCUMENTATION)
        seen |= {question, answer.body.sha256}
        left -= answer.body.size
        if left < 0:
            raise refusal("more bytes on all pages together than the limit", url, "ask for less at a time")
        try:
            page = request.turn(following, answer.content)
        except ValueError as error:
            what = f"page {len(answers) + 1} cannot be turned: {error}"
            raise Refused(refusal(what, url, ASK_DOCUMENTATION), answer.status, answer.headers, answer.body.head) from None
        answers.append(answer)
        rows += page.rows
        totals |= {page.total} if page.total is not None else set()
        following = _same_door(page.next, host, allowed, way) if page.next else None
    if totals and totals != {rows}:
        told = f"{min(totals):,}" if len(totals) == 1 else f"now {min(totals):,}, now {max(totals):,}"
        raise refusal(f"{len(answers)} pages with {rows:,} rows, but the source says {told}", url, "run again later; nothing was kept")
    return answers


def _gone(url: str, page: int) -> list[Answer]:
    raise refusal(f"page {page} is not there", url, "run again later; nothing was kept")


def _same_door(following: Request, host: str | None, allowed: set[str], way: Way) -> Request:
    """The question for a next page as it may be asked: on the same host, with a key only where the first question had it.

    A source may write our key into the address of its next page; there it is taken out again.
    """
    url = taken_out(following.url, way.secrets)
    following = replace(following, url=url)
    if urlsplit(url).hostname != host:
        raise refusal("the next page is on another host", f"https://{host}", ASK_DOCUMENTATION)
    if not placeholders(following) <= allowed:
        raise refusal("the next page asks for a key", f"https://{host}", ASK_DOCUMENTATION)
    return following
