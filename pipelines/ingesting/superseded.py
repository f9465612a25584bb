"""Which answers of a source were replaced by a later answer to the same question, so that what they alone hold was withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from catalog.model import Dataset
from catalog.publication import Snapshot
from pipelines.archive import question_of


def superseded_in(snapshots: Sequence[Snapshot], dataset: Dataset) -> frozenset[str]:
    """SHA-256 of the snapshots whose question was answered anew on a later day, and that are part of no answer that stands.

    Only answers that hold everything that was asked for replace one another: those for one named period, those of a declared table, and
    those in a format that is declared to. A window that moves on withdraws nothing. An answer in pages
    is replaced as a whole: pages that are as they were stand, and pages that are no more are gone.
    """
    answers: dict[tuple[str, ...], list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        if is_whole(snapshot, dataset):
            answers[question_of(snapshot)].append(snapshot)
    newest = {question: max(s.retrieved_on or date.min for s in found) for question, found in answers.items()}
    replaced = {s.sha256 for question, found in answers.items() for s in found if (s.retrieved_on or date.min) < newest[question]}
    standing = {s.sha256 for question, found in answers.items() for s in found if (s.retrieved_on or date.min) == newest[question]}
    others = {s.sha256 for s in snapshots if not is_whole(s, dataset)}
    return frozenset(replaced - standing - others)


def is_whole(snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether an answer holds everything that was asked for: so it does for one named period, for a declared table, and where declared."""
    return snapshot.period is not None or dataset.source.table is not None or snapshot.format in dataset.source.whole_formats
