"""First contact: a device that is not in the catalogue is remembered, with the code its label says too."""

from collections.abc import Mapping

from services.contracts.errors import PayloadError
from services.contracts.names import Millis
from services.contracts.readings import READING_KINDS, parse_json_object
from services.journal.unclaimed import UnclaimedDevice

MOST = 1_000
"""Strangers remembered: a whole delivery of devices, and a bound for whoever invents names."""

_CODE_LENGTH = 64


def meet(
    known: Mapping[tuple[str, str], UnclaimedDevice], stranger: tuple[str, str, str], payload: bytes, at: Millis
) -> UnclaimedDevice | None:
    """Return what is known of a stranger (site, device, kind of message) after a message; None: there are too many."""
    site, device, kind = stranger
    before = known.get((site, device))
    if before is None:
        if len(known) >= MOST:
            return None
        before = UnclaimedDevice(site, device, None, at, at, 0, frozenset())
    code = before.code
    if kind == "status":
        try:
            told = parse_json_object(payload).get("claim")
        except PayloadError:
            told = None  # the message is in quarantine with its fault
        if isinstance(told, str) and 0 < len(told) <= _CODE_LENGTH:
            code = told
    kinds = before.kinds | ({kind} & READING_KINDS.keys())
    return UnclaimedDevice(site, device, code, before.first_seen, max(at, before.last_seen), before.messages + 1, kinds)
