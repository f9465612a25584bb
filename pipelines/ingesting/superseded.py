"""Which answers of a source were replaced by a later answer to the same question, so that what they alone hold was withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from catalog.model import Dataset
from catalog.publication import Snapshot


def superseded_in(snapshots: Sequence[Snapshot], dataset: Dataset) -> frozenset[str]:
    """SHA-256 of the snapshots whose question was answered anew on a later day, and that answered no other question.

    Only answers that hold everything that was asked for replace one another: those for one named period, those of a declared table, and
    those in a format that is declared to. A window that moves on withdraws nothing. Files delivered by hand answer the same question
    when they bear the same name.
    """
    answers: dict[tuple[str, ...], list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        if is_whole(snapshot, dataset):
            answers[_question(snapshot)].append(snapshot)
    newest = {question: max(s.retrieved_on or date.min for s in found) for question, found in answers.items()}
    replaced = {s.sha256 for question, found in answers.items() for s in found if (s.retrieved_on or date.min) < newest[question]}
    standing = {s.sha256 for question, found in answers.items() for s in found if (s.retrieved_on or date.min) == newest[question]}
    others = {s.sha256 for s in snapshots if not is_whole(s, dataset)}
    return frozenset(replaced - standing - others)


def is_whole(snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether an answer holds everything that was asked for: so it does for one named period, for a declared table, and where declared."""
    return snapshot.period is not None or dataset.source.table is not None or snapshot.format in dataset.source.whole_formats


def _question(snapshot: Snapshot) -> tuple[str, ...]:
    delivered_by_hand = snapshot.path.parent.name == snapshot.sha256
    name = snapshot.path.name if delivered_by_hand else ""
    return (snapshot.source_url, snapshot.format, snapshot.period or "", snapshot.note, name)
