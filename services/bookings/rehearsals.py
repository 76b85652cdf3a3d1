"""Whether a release that was only rehearsed would have been right: did its group use the room after all? Pure.

The truth is what the sensors and the check-ins said afterwards. Where they leave a gap in which somebody may have come,
nobody can tell, and that is what is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.bookings.records import HOLDING, Booking, Decision
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Occupancy

REHEARSED = ("release", "end_early")
"""The decisions that give time back."""

STAY: Millis = 5 * MINUTE
"""Whoever is there for shorter has looked in, not used the room; a gap as long as this may hide somebody's stay."""

Verdict = Literal["right", "wrong", "open", "untold"]
Reason = Literal["unused", "given_back", "came", "used", "running", "gap", "moved", "gone"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was believed of the room from `start` to `end`; None: nothing."""

    start: Millis
    end: Millis
    occupancy: Occupancy | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be thought of a rehearsed release. `open`: its time is not over yet; `untold`: nobody can tell."""

    verdict: Verdict
    reason: Reason
    used: Millis
    """How long people were seen in what would have been given back."""
    freed: Millis
    """How much time would have been given back to others."""


def until(decision: Decision, booking: Booking | None) -> Millis:
    """Return until when the time that would have been given back was the group's."""
    end: Millis = decision.params["end_at"]
    if booking is None or booking.state in HOLDING:
        return end
    return min(end, booking.ended_at or booking.released_at or end)


def judge(decision: Decision, booking: Booking | None, seen: Iterable[Seen], now: Millis) -> Judgement:
    """Judge a rehearsed release by its booking as it is by now and by what was seen in its room since."""
    last = until(decision, booking)
    freed = max(0, decision.params["end_at"] - decision.at)
    if booking is None:
        return Judgement("untold", "gone", 0, freed)
    if (booking.space, booking.start) != (decision.space, decision.params["start_at"]):
        return Judgement("untold", "moved", 0, freed)
    used = gap = longest_gap = 0
    at = decision.at
    for one in seen:
        start, end = max(one.start, decision.at), min(one.end, last, now)
        if end <= start:
            continue
        gap += start - at  # nothing at all is known of what lies between
        at = end
        if one.occupancy in ("occupied", "vacant"):
            used += end - start if one.occupancy == "occupied" else 0
            longest_gap, gap = max(longest_gap, gap), 0
        else:
            gap += end - start
    longest_gap = max(longest_gap, gap + max(0, min(last, now) - at))
    if booking.checked_in_at is not None and decision.at <= booking.checked_in_at < last:
        return Judgement("wrong", "came", used, freed)
    if used >= STAY:
        return Judgement("wrong", "used", used, freed)
    if now < last:
        return Judgement("open", "running", used, freed)
    if longest_gap >= STAY:
        return Judgement("untold", "gap", used, freed)
    return Judgement("right", "unused" if last >= decision.params["end_at"] else "given_back", used, freed)
