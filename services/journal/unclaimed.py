"""A device that speaks and is not in the catalogue: it waits until staff claim it."""

import json
from dataclasses import dataclass
from typing import Any

from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class UnclaimedDevice:
    """What is known of a stranger. `code` is what its label says too, from its birth; None: it told none."""

    site: str
    device: str
    code: str | None
    first_seen: Millis
    last_seen: Millis
    messages: int
    kinds: frozenset[str]


UNCLAIMED = "SELECT site, device, code, first_seen, last_seen, messages, kinds FROM unclaimed ORDER BY site, device"
"""All of them, in rows as `of_row` takes them."""


def of_row(row: tuple[Any, ...]) -> UnclaimedDevice:
    """Return the stranger of a row of the ledger."""
    site, device, code, first_seen, last_seen, messages, kinds = row
    return UnclaimedDevice(site, device, code, first_seen, last_seen, messages, frozenset(json.loads(kinds)))
