"""Tells people that something went wrong: by e-mail, Teams, Slack, webhook or whatever else the addresses name. Apprise does the sending.

`BYMAAL_NOTIFY` holds the addresses, parted by blanks, in Apprise's notation (`mailtos://…`, `msteams://…`, `slack://…`, `jsons://…`). They
hold keys, so no address is ever in a message or a log.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from catalog.errors import SourceError, UsageError


def send(addresses: Sequence[str], title: str, text: str) -> None:
    """One message to every address. Nothing to do without addresses.

    Raises UsageError where an address means nothing to Apprise (named by its place in the list), SourceError where one did not take it.
    """
    if not addresses:
        return
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would write addresses
    refused = []
    for place, address in enumerate(addresses, start=1):
        one = apprise.Apprise()
        if not one.add(address):
            raise UsageError(
                "not an address of Apprise", where=f"BYMAAL_NOTIFY, number {place}", effect="nobody is told", next_step="mend it"
            )
        if not one.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT):
            refused.append(place)
    if refused:
        where = f"BYMAAL_NOTIFY, number {', '.join(map(str, refused))}"
        raise SourceError("a message was not taken", where=where, effect="not everybody has been told", next_step="look at that address")
