"""Keys of sources: written as placeholders, filled in at the last moment, and taken out of everything that comes back.

`{secret:NAME}` stands for the key itself, `{basic:NAME}` for a whole header of HTTP Basic. The values come from the environment alone.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from catalog.errors import UsageError
from pipelines.reading.ask import Request

PLACEHOLDER = re.compile(r"\{(secret|basic):(\w+)\}")


def placeholders(request: Request) -> set[str]:
    """The names of the keys that a question needs."""
    written = [request.url, *request.params.values(), *request.headers.values()]
    return {match[2].lower() for text in written for match in PLACEHOLDER.finditer(text)}


def forms_of(secrets: Mapping[str, str]) -> dict[str, str]:
    """Every form in which a key may be written, with what is written in its place. Shorter than four letters nothing can be told apart."""
    forms: dict[str, str] = {}
    for name, value in secrets.items():
        if len(value) > 3:
            for form in (value, quote(value, safe=""), quote(value), _basic(value), json.dumps(value)[1:-1]):
                forms.setdefault(form, f"{{secret:{name}}}")
    return dict(sorted(forms.items(), key=lambda item: -len(item[0])))


def taken_out(text: str, secrets: Mapping[str, str]) -> str:
    for form, placeholder in forms_of(secrets).items():
        text = text.replace(form, placeholder)
    return text


def _basic(value: str) -> str:
    """User and password for HTTP Basic; a key without a colon is the name of a user without a password, as NILU wants it."""
    return base64.b64encode((value if ":" in value else f"{value}:").encode()).decode()


def filled_in(text: str, secrets: Mapping[str, str], *, quoted: bool = False) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[2].lower()
        if not secrets.get(name):
            raise UsageError(
                "a key is not set", where=name, effect="the source was not asked", next_step=f"set BYMAAL_SECRET_{name.upper()}"
            )
        if match[1] == "basic":
            return f"Basic {_basic(secrets[name])}"
        return quote(secrets[name], safe="") if quoted else secrets[name]

    return PLACEHOLDER.sub(value, text)
