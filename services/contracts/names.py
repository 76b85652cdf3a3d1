"""Names of sites, spaces and devices, the handles of residents, and the one unit of time on the wire."""

import re
from typing import Annotated

from pydantic import Field

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
_NAME = re.compile(NAME_PATTERN)

Name = Annotated[str, Field(pattern=NAME_PATTERN, description="lower case, digits, _ and -; at most 64")]

HANDLE_PREFIX = "R-"
HANDLE_LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"
"""No 0 O 1 I L 2 Z 5 S 8 B: what looks alike on a phone in the sun."""
HANDLE_DRAWN = 6
_HANDLE = re.compile(rf"{HANDLE_PREFIX}[{HANDLE_LETTERS}]{{{HANDLE_DRAWN}}}")

Millis = int
"""Milliseconds since the epoch, UTC. The only form of an instant inside the program and in MQTT."""

SECOND: Millis = 1_000
MINUTE: Millis = 60_000
HOUR: Millis = 3_600_000
DAY: Millis = 86_400_000


def is_name(text: str) -> bool:
    """Tell whether `text` may name a site, a space or a device."""
    return _NAME.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Tell whether this is how a resident is named in bookings, such as `R-K7M4PX`, and no name of a group."""
    return _HANDLE.fullmatch(text) is not None
