"""Decides which instant a message speaks of: its device's clock is believed within reason."""

from dataclasses import dataclass

from services.contracts.errors import FoldspaceError
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, SECOND, Millis

EARLIEST: Millis = 1_262_304_000_000
"""2010-01-01: a clock before it was never set (1970, 2000 and 2001 are where clocks wake up)."""

FUTURE_TRUSTED: Millis = 30 * SECOND
"""Quartz drifts by seconds a week; up to here the device's own order of events is worth more."""

FUTURE_CORRECTED: Millis = DAY
"""A clock ahead by hours is in a wrong time zone; the message itself is good and gets its arrival time."""

LATE_AFTER: Millis = 120 * SECOND
"""Older than this on arrival it was kept in a buffer, and tells nothing about the room as it is now."""


class ClockError(FoldspaceError):
    """A device clock that cannot be true."""

    kind = "clock"


@dataclass(frozen=True, slots=True)
class Timing:
    """`at` is the instant to use. `late`: for history alone. `corrected`: `at` is the arrival, not the device's."""

    at: Millis
    late: bool = False
    corrected: bool = False


def timing(ts: Millis | None, arrival: Millis) -> Timing:
    """Return the instant a message with device time `ts` speaks of. Raises ClockError."""
    if ts is None:
        return Timing(arrival)
    if ts < EARLIEST or ts > arrival + FUTURE_CORRECTED:
        raise ClockError(
            f"impossible clock, ts={ts}: expected between {to_rfc3339(EARLIEST)} and"
            f" {to_rfc3339(arrival + FUTURE_CORRECTED)}"
        )
    if ts > arrival + FUTURE_TRUSTED:
        return Timing(arrival, corrected=True)
    return Timing(ts, late=ts < arrival - LATE_AFTER)
