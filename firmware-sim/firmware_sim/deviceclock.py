"""What a device takes the time for: right, in a wrong time zone, drifting, or awake in 1970."""

from services.contracts.names import Millis

NEVER_SET_BEFORE: Millis = 1_262_304_000_000
"""2010-01-01: a clock that shows less was never set. Clocks wake up in 1970, 2000 or 2001."""


class DeviceClock:
    """Reads true time as `now` and answers with the device's own."""

    def __init__(self) -> None:
        self._offset: Millis = 0
        self._drift_ppm = 0.0
        self._drifts_since: Millis = 0

    def set_right(self) -> None:
        """Correct it, as a time server does."""
        self._offset, self._drift_ppm = 0, 0.0

    def shift(self, offset: Millis) -> None:
        """Let it be ahead by `offset`, or behind if negative."""
        self._offset = offset

    def drift(self, ppm: float, since: Millis) -> None:
        """Let it run fast by `ppm` from `since` on, or slow if negative."""
        self._drift_ppm, self._drifts_since = ppm, since

    def forget(self, now: Millis) -> None:
        """Let it begin in 1970, as after a power cut with an empty backup cell."""
        self._offset = -now

    def read(self, now: Millis) -> Millis:
        """Return what it shows; never before 1970."""
        return max(0, now + self._offset + int((now - self._drifts_since) * self._drift_ppm / 1e6))

    def is_set(self, now: Millis) -> bool:
        """Tell whether the device can know that its clock was set once."""
        return self.read(now) >= NEVER_SET_BEFORE
