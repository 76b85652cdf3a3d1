"""Decides which instant a message speaks of: its device's clock is believed within reason."""

from typing import NamedTuple

from gateway.clocks import slow_by
from services.contracts.errors import FoldspaceError
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, SECOND, Millis
from services.journal.lives import ClockTrack

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


class Timing(NamedTuple):
    """`at` is the instant to use. `late`: for history alone. `corrected`: `at` is not the device's own time."""

    at: Millis
    late: bool = False
    corrected: bool = False


def timing(ts: Millis | None, arrival: Millis, track: ClockTrack | None = None) -> Timing:
    """Return the instant a message with device time `ts` speaks of.

    The rule: no device time, the arrival. Before 2010 or more than a day ahead, ClockError. Ahead by more than thirty
    seconds, the arrival. Behind by more than two minutes, late; unless the clock is steadily slow (see clocks.py) and
    the message fresh by that clock: then its time is corrected by the clock's offset.
    """
    if ts is None:
        return Timing(arrival)
    if arrival - LATE_AFTER <= ts <= arrival + FUTURE_TRUSTED:
        return Timing(ts)
    if ts < EARLIEST or ts > arrival + FUTURE_CORRECTED:
        raise ClockError(
            f"impossible clock, ts={ts}: expected between {to_rfc3339(EARLIEST)} and"
            f" {to_rfc3339(arrival + FUTURE_CORRECTED)}"
        )
    if ts > arrival:
        return Timing(arrival, corrected=True)
    slow = None if track is None else slow_by(track, arrival - ts, arrival)
    if slow is None:
        return Timing(ts, late=True)
    return Timing(min(ts + slow, arrival), corrected=True)
