"""Feeds of GBFS in the dialects of versions 1, 2 and 3: stations, and what stands at them, as rows that no longer tell the dialect.

What differs: names are texts, or lists of texts by language (3); flags are 1 and 0 (1 and early 2) or booleans; moments are seconds since
1970, or texts with an offset (3); bicycles are counted as `num_bikes_available`, or as `num_vehicles_available` (3), and late 2 has both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.reading.csv_text import unreadable
from pipelines.reading.json_text import inner, read, text

LARGEST = 32 * 2**20
"""Bytes of one feed; the largest Norwegian one is about 1 MB."""
EXPECTED = "a feed of GBFS with a list called data.stations and the moment it was made"
LANGUAGES = ("nb", "nn", "no", "en")
"""The language that a name is taken in, the first that is there; otherwise the first of the list."""


def stations(path: Path) -> list[dict[str, str | None]]:
    """Each station of a `station_information`: `station`, `name`, `latitude`, `longitude`, `capacity`, and when the feed was made."""
    made, listed = _feed(path)
    return [
        {
            "station": _id(path, one, number),
            "name": _name(one.get("name")),
            "latitude": text(one.get("lat")),
            "longitude": text(one.get("lon")),
            "capacity": text(one.get("capacity")),
            "made_at": made,
        }
        for number, one in enumerate(listed)
    ]


def statuses(path: Path) -> list[dict[str, str | None]]:
    """Each station of a `station_status`: bicycles and free docks, whether it is in use, when it reported, and when the feed was made."""
    made, listed = _feed(path)
    return [
        {
            "station": _id(path, one, number),
            "vehicles": text(
                next((one[key] for key in ("num_vehicles_available", "num_bikes_available") if one.get(key) is not None), None)
            ),
            "docks": text(one.get("num_docks_available")),
            "is_renting": _flag(path, one.get("is_renting"), number),
            "is_installed": _flag(path, one.get("is_installed"), number),
            "reported_at": _moment(path, one.get("last_reported")),
            "made_at": made,
        }
        for number, one in enumerate(listed)
    ]


def _feed(path: Path) -> tuple[str | None, list[dict[str, Any]]]:
    content = read(path, EXPECTED, largest=LARGEST)
    listed = inner(content, "data", "stations")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise unreadable(path, "no list called data.stations", EXPECTED)
    made = _moment(path, inner(content, "last_updated"))
    if made is None:
        raise unreadable(path, "no moment called last_updated", EXPECTED)
    return made, listed


def _id(path: Path, one: dict[str, Any], number: int) -> str:
    found = one.get("station_id")
    if not isinstance(found, str) or not found:
        raise unreadable(path, f"station {number} has no station_id", EXPECTED)
    return found


def _name(given: Any) -> str | None:
    if isinstance(given, str):
        return given.strip() or None
    texts = {str(inner(one, "language")): str(inner(one, "text")).strip() for one in given or () if inner(one, "text")}
    return next((texts[language] for language in LANGUAGES if language in texts), next(iter(texts.values()), None))


def _flag(path: Path, given: Any, number: int) -> str | None:
    if given is None:
        return None
    if given not in (True, False, 0, 1):
        raise unreadable(path, f"station {number} has a flag that is neither true nor false", EXPECTED)
    return "true" if given else "false"


def _moment(path: Path, given: Any) -> str | None:
    """A moment in UTC as text; seconds since 1970, or a text that tells its offset."""
    if given is None:
        return None
    try:
        if isinstance(given, int) and not isinstance(given, bool):
            return datetime.fromtimestamp(given, UTC).replace(tzinfo=None).isoformat(" ")
        moment = datetime.fromisoformat(str(given))
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    except (TypeError, ValueError, OverflowError, OSError):
        raise unreadable(path, "a moment that is neither seconds since 1970 nor a text with its offset", EXPECTED) from None
