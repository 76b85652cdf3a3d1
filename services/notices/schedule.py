"""When a delivery that failed is tried again, and when it is given up. Pure; the lot is drawn by the caller."""

from services.contracts.names import DAY, HOUR, MINUTE, SECOND, Millis

DELAYS: tuple[Millis, ...] = (
    5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 8 * HOUR,
)  # fmt: skip
"""After each try in vain. Together eighteen hours and three quarters; with the last one again, a day."""
GIVE_UP_AFTER: Millis = DAY
"""Since the first try. What is a day old is no news to anybody."""
DISABLE_AFTER: Millis = 3 * DAY
"""A target that took nothing for so long is told nothing more until staff look after it."""
_LONGEST_PEACE: Millis = 15 * MINUTE
"""A target that failed is asked at least so often whether it is back."""
_JITTER = 0.2


def retry_at(tries: int, now: Millis, lot: float) -> Millis:
    """Return when to try again after `tries` tries in vain; `lot` from 0 to 1 spreads those that failed together."""
    delay = DELAYS[min(tries, len(DELAYS)) - 1]
    return now + int(delay * (1 + _JITTER * (2 * lot - 1)))


def peace_until(failures: int, now: Millis, lot: float) -> Millis:
    """Return until when a target that failed so often in a row is left in peace."""
    return min(retry_at(failures, now, lot), now + _LONGEST_PEACE)


def give_up(first_try_at: Millis, next_at: Millis) -> bool:
    """Tell whether a delivery is too old to be tried at `next_at`."""
    return next_at - first_try_at > GIVE_UP_AFTER


def disable(failing_since: Millis, now: Millis) -> bool:
    """Tell whether a target has failed for too long."""
    return now - failing_since >= DISABLE_AFTER
