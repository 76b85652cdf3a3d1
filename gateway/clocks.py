"""Estimates a device's clock from what it sends: how far it is off, how fast it drifts, whether it is steadily slow.

The lag of a message is its arrival less its device time: the offset of the clock plus the delay on the way, which is
never negative. The smallest lag of some minutes is therefore the offset. A buffer that is being sent after an outage
shows lags that fall; a clock that is slow shows lags that stay. Only the second may be corrected into the present.
"""

from statistics import linear_regression

from services.contracts.names import MINUTE, SECOND, Millis
from services.journal.lives import ClockTrack

SPREAD: Millis = 30 * SECOND
"""Lags this close are those of the same clock; a fresh message has no more delay than this."""

STEADY: Millis = 60 * SECOND
"""For so long the smallest lag must not have fallen: emptying a buffer takes less, or keeps falling."""

STRETCH: Millis = 15 * MINUTE
STRETCHES_KEPT = 8
"""Two hours: with a lag good to some ten milliseconds the drift is then good to a few ppm."""
STRETCHES_NEEDED = 3


def observe(track: ClockTrack, boot: str | None, ts: Millis, arrival: Millis) -> None:
    """Take note of a message of a device that came just now."""
    lag = arrival - ts
    if track.least_at is None or (boot is not None and boot != track.boot):
        track.boot, track.least_lag, track.least_at, track.lag_then = boot, lag, arrival, lag
        track.lags = [(arrival, lag)]
        track.offset_ms, track.drift_ppm = -lag, None
        return
    if lag < track.lag_then - SPREAD:
        track.least_at, track.lag_then = arrival, lag
    if lag < track.least_lag:
        track.least_lag, track.offset_ms = lag, -lag
    begun, least = track.lags[-1]
    if arrival < begun + STRETCH:
        if lag < least:
            track.lags[-1] = (begun, lag)
        return
    # A stretch is over. Its least lag is the offset now, also when the clock was set back or drifts slower.
    if least > track.least_lag + SPREAD:  # or a buffer is being sent for so long: it has to prove steady once more
        track.least_at, track.lag_then = arrival, least
    track.least_lag, track.offset_ms = least, -least
    track.lags = [*track.lags[1 - STRETCHES_KEPT :], (arrival, lag)]
    track.drift_ppm = _drift_ppm(track.lags[:-1])


def slow_by(track: ClockTrack, lag: Millis, arrival: Millis) -> Millis | None:
    """Return how far behind a clock steadily is that sent a fresh message with this lag; None when it is not."""
    if track.least_at is None or arrival < track.least_at + STEADY or lag > track.least_lag + SPREAD:
        return None
    return track.least_lag


def _drift_ppm(lags: list[tuple[Millis, int]]) -> float | None:
    """Return the slope of the device's clock against ours in parts per million, by least squares."""
    if len(lags) < STRETCHES_NEEDED:
        return None
    # No two begin at one instant: a stretch ends STRETCH after it began.
    return round(-linear_regression(*zip(*lags, strict=True)).slope * 1e6, 1)
