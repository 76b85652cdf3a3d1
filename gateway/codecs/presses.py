"""How the presses of a plain button are understood: once to check in, twice to keep, long to end."""

from gateway.codecs.fields import build
from services.contracts.names import Millis
from services.contracts.readings import ButtonReading

_ACTIONS = {
    "single": "check_in",
    "single_push": "check_in",
    "double": "keep",
    "double_push": "keep",
    "long": "end",
    "long_push": "end",
    "hold": "end",
}


def press(said: str, ts: Millis | None = None) -> ButtonReading | None:
    """Return the press that a vendor's word names; None for words that name none (released, triple …)."""
    action = _ACTIONS.get(said.lower())
    return None if action is None else build(ButtonReading, ts=ts, action=action)
