"""Peers and progress in words: what a group is called, how a value stands in it, and how far there is to go. No HTML here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.model import Indicator
from catalog.site import sentences
from catalog.site.comparisons import MET, Peer, Progress, names
from catalog.site.observations import FEWEST_FOR_MEDIAN, Point
from catalog.site.places import county
from catalog.site.words import NO_BREAK, Words

WELL_COVERED = 0.9
"""From this share of a group on, nothing is said about who is missing."""
PEER_COLUMNS = ("mean", "middle", "place", "with_value")
"""What stands beside each group in the table of groups, by the key of its heading."""


def group_name(t: Words, peer: Peer) -> str:
    """`Vestland`, `2 000–9 999 innbyggere`, `Hele landet`."""
    if peer.kind == "county":
        return county(peer.group).name
    if peer.kind == "size":
        low, _, high = peer.group.partition("-")
        blanks = {"low": t.number(int(low)), "high": t.number(int(high) + 1 if low == "0" else int(high)) if high else ""}
        return t("peer.size_from" if not high else "peer.size_below" if low == "0" else "peer.size_from_to", **blanks)
    if peer.kind == "kostra":
        return t("peer.kostra", group=peer.group)
    return t(f"peer.{peer.kind}" if peer.kind in ("neighbours", "own") else "peer.country")


def shown_peers(peers: Sequence[Peer]) -> list[Peer]:
    """Groups of which enough municipalities have a value to say anything about the group."""
    return [peer for peer in peers if peer.n_with_value >= FEWEST_FOR_MEDIAN and peer.level is not None]


def peer_lines(t: Words, it: Indicator, peers: Sequence[Peer]) -> list[tuple[str, str, str]]:
    """For a figure on a municipality's page: the group, its level in the figure's unit, and a note (rank, who is missing, chance)."""
    found: list[tuple[str, str, str]] = []
    for peer in shown_peers(peers):
        if peer.weighted_mean is None and not it.is_ranked:
            continue  # a middle total says nothing about a municipality of another size
        notes = [t("peer.rank", rank=t.number(peer.rank), count=t.number(peer.n_ranked))] if peer.rank is not None else []
        if peer.n_with_value < WELL_COVERED * peer.n_in_group:
            notes.append(t("peer.few", count=t.number(peer.n_with_value), all=t.number(peer.n_in_group)))
        found.append((group_name(t, peer), sentences.number(t, it, peer.level), "; ".join(notes)))
    return found


def widest_rank(t: Words, peers: Sequence[Peer], known: Point) -> str:
    """`Hele landet: nr. 4 av 15`: the place in the widest group that ranks this value; empty where none does."""
    ranked = [peer for peer in shown_peers(peers) if peer.rank is not None and peer.period == known.period]
    if not ranked:
        return ""
    widest = ranked[-1]
    return f"{group_name(t, widest)}: {t('peer.rank', rank=t.number(widest.rank or 0), count=t.number(widest.n_ranked))}."


def direction(progress: Progress | None) -> str:
    """`improved`, `worse`, `met` or empty: which sign stands before what is said of the movement."""
    return ("met" if progress.band == MET else progress.direction) if progress else ""


def band(t: Words, progress: Progress) -> str:
    """The step, such as «tydelig framgang»."""
    return names("progress", "band")[progress.band].get(t.language) if progress.band else ""


def target_sentence(t: Words, it: Indicator, progress: Progress) -> str:
    if progress.target_value is None:
        return ""
    key = "progress.target" if progress.target_year and "target_year_assumed" not in progress.reasons else "progress.target_plain"
    return t(key, value=t.limit(progress.target_value.normalize(), it.unit), year=progress.target_year)


def progress_sentence(t: Words, it: Indicator, progress: Progress | None) -> str:
    """Target, step and when it will be met at this pace; empty where nothing can be said."""
    if progress is None:
        return ""
    said = [target_sentence(t, it, progress)]
    if progress.band == MET:
        said.append(f"{_capital(band(t, progress))}.")
    elif progress.band and progress.base_year:
        said.append(t("progress.since", band=_capital(band(t, progress)), year=progress.base_year))
    if progress.arrival_year and progress.band != "target_met":
        first, last = progress.arrival_earliest, progress.arrival_latest
        is_span = first is not None and last is not None and first != last
        said.append(t("progress.arrives_between", first=first, last=last) if is_span else t("progress.arrives", year=progress.arrival_year))
    if progress.target_set_by == "borrowed":
        said.append(t("progress.borrowed"))
    if progress.band and progress.is_change_distinguishable is False:
        said.append(t("progress.chance"))
    return " ".join(part for part in said if part)


def reasons(t: Words, codes: Sequence[str]) -> str:
    """Why something about a comparison cannot be said."""
    return "; ".join(t.code("comparison_reason", code) for code in codes)


def peer_rows(t: Words, it: Indicator, peers: Sequence[Peer]) -> list[list[str]]:
    """The rows of one municipality in the table of groups: group, mean, middle, rank, how many have a value."""
    return [
        [
            group_name(t, peer),
            sentences.number(t, it, peer.weighted_mean),
            sentences.number(t, it, peer.median),
            t("peer.of_count", count=t.number(peer.rank), all=t.number(peer.n_ranked)) if peer.rank is not None else "",
            t("peer.of_count", count=t.number(peer.n_with_value), all=t.number(peer.n_in_group)),
        ]
        for peer in peers
    ]


def progress_row(t: Words, it: Indicator, progress: Progress) -> dict[str, Any]:
    """One area's movement as table cells; what cannot be said is told by its reasons."""

    def at(value: Any, year: int | None) -> str:
        return t("progress.year_value", value=sentences.value(t, it, value), year=year) if value is not None and year else ""

    def a_year(growth: Any) -> str:
        return t.amount(growth, "%/a", 1) if growth is not None else ""

    why = [code for code in progress.reasons if code not in ("no_target", "target_year_assumed")]
    return {
        "from": at(progress.base_value, progress.base_year),
        "to": at(progress.latest_value, progress.latest_year),
        "target": at(progress.target_value, progress.target_year),
        "actual": a_year(progress.growth_actual),
        "needed": a_year(progress.growth_needed),
        "band": _capital(band(t, progress)) if progress.band else "",
        "direction": progress.direction or ("met" if progress.band == "target_met" else ""),
        "why": reasons(t, why) if not progress.band else "",
    }


def number_and_unit(t: Words, it: Indicator, known: Point) -> tuple[str, str]:
    """A value in two parts, so that the number can be set larger than its unit."""
    assert known.value is not None
    digits = sentences.number(t, it, known.value)
    whole = sentences.value(t, it, known.value)
    return (digits, whole.removeprefix(digits).strip(NO_BREAK)) if it.unit != "%" else (whole, "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
