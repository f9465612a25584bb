"""The files of the pages as they are written: what did not change since the release before is linked from it.

A page says in which release it last changed, and when. So what it holds must not tell the release otherwise: while a page is rendered,
placeholders stand for them. If the page is then the one of the release before, that one is taken over as it is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from catalog.hashes import link_or_copy, sha256

RELEASE, DAY, ISO_DAY = "0RELEASE0", "0DAY0", "0DATE0"
"""What stands in a rendered page for the release in which it last changed, and for the day of that release in words and as a date."""
LIST = "pages.json"


@dataclass(frozen=True)
class Known:
    """What is noted about one file: fingerprints of what it was made from and of what it says, its hash, and when it last changed."""

    inputs: str
    said: str
    sha256: str
    release: str
    changed_on: str


@dataclass
class Store:
    """Writes files below `root`, or links them from `before`, the `site` folder of the release before."""

    root: Path
    release: str
    day: date
    before: Path | None
    linked: dict[str, str] = field(default_factory=dict)
    """Files taken over, by their path below `root`, with the hash they were found to have."""
    known: dict[str, Known] = field(default_factory=dict)
    earlier: dict[str, Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path = self.before / LIST if self.before else None
        if path and path.is_file():
            listing = json.loads(path.read_bytes())
            self.earlier = {name: Known(*noted) for name, noted in listing.items()}

    def take_over(self, path: str, inputs: str) -> bool:
        """Link a file that was made from the same; False where there is none, or where it is not what was noted about it."""
        noted = self.earlier.get(path)
        return noted is not None and noted.inputs == inputs and self._link(path, noted)

    def write(self, path: str, content: str | bytes, inputs: str = "", days: dict[str, str] | None = None) -> None:
        """Write a file, or link the one of the release before where it says the same.

        `content` may hold placeholders; `days` says what each of them is to be replaced with when the file is written anew.
        """
        content = content.encode() if isinstance(content, str) else content
        said = hashlib.sha256(content).hexdigest()
        noted = self.earlier.get(path)
        if noted is not None and noted.said == said and self._link(path, Known(inputs, *_rest(noted))):
            return
        for placeholder, value in (days or {}).items():
            content = content.replace(placeholder.encode(), value.encode())
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.known[path] = Known(inputs, said, hashlib.sha256(content).hexdigest(), self.release, self.day.isoformat())

    def changed_on(self, path: str) -> str:
        """The day on which a file last changed, once it is written or taken over."""
        return self.known[path].changed_on

    def finish(self) -> None:
        """Note what was written, for the next release."""
        listing = {
            name: [known.inputs, known.said, known.sha256, known.release, known.changed_on] for name, known in sorted(self.known.items())
        }
        (self.root / LIST).write_text(json.dumps(listing, indent=0) + "\n", "utf-8")

    def _link(self, path: str, noted: Known) -> bool:
        assert self.before is not None
        old, new = self.before / path, self.root / path
        if not old.is_file() or sha256(old) != noted.sha256:
            return False
        new.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(old, new)
        self.known[path] = noted
        self.linked[path] = noted.sha256
        return True


def _rest(noted: Known) -> tuple[str, str, str, str]:
    return noted.said, noted.sha256, noted.release, noted.changed_on
