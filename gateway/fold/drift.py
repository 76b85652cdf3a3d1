"""Heals counters whose comings and goings never return to nobody: when the rest proves the room empty, it is empty."""

from collections.abc import Sequence

from gateway.fold.balance import LEFT_WITHIN, Balance, weight_of
from gateway.fold.memory import SensorMemory, SpaceMemory
from gateway.fold.testimony import NEVER, Testimony
from gateway.fold.trust import lower
from services.contracts.names import HOUR, MINUTE, Millis

ABSENCE_PROVES: Millis = 15 * MINUTE
"""Every presence sensor has seen nobody for so long."""
SILENCE_PROVES: Millis = 45 * MINUTE
"""Every motion sensor has been quiet for so long, and the room's air is no busier than when it is empty."""
NO_PASSAGE_PROVES: Millis = 8 * HOUR
"""Nobody has come or gone for so long; nobody lives in a shared room."""
COST = 0.5
"""What is left of a counter's trust after a miscount; stays without one win it back."""


def proved_empty(said: Sequence[Testimony], weighed: Balance, memory: SpaceMemory) -> Millis:
    """Return from when on the other sensors prove that nobody is inside; NEVER: as things stand, they will not."""
    trusted = [t for t in said if weight_of(memory.sensors[t.device]) > 0 and t.kind != "count"]
    if any(t.claim == "occupied" and t.rate > 0 and t.kind != "climate" for t in trusted):
        return NEVER
    passed_at = max((s.signed_at for s in memory.sensors.values() if s.count is not None), default=0)
    presence = [t for t in trusted if t.kind == "presence"]
    if presence and all(t.claim == "vacant" for t in presence):
        if all(t.since >= passed_at - LEFT_WITHIN for t in presence):
            return max(passed_at, *(t.since for t in presence)) + ABSENCE_PROVES
        return passed_at + NO_PASSAGE_PROVES  # they have not seen the one whom the counter let in: whose fault is it?
    if any(s.count is not None and s.count.people and not s.count.totals for s in memory.sensors.values()):
        return NEVER  # it counts heads, not passages: who sits still is seen by it and by no motion sensor
    motion = [t for t in trusted if t.kind == "motion"]
    busy = any(t.kind == "climate" and share > 0 for t, share in zip(said, weighed.shares, strict=True))
    if motion and all(t.claim == "vacant" for t in motion) and not busy:
        return max(passed_at, *(t.since for t in motion)) + SILENCE_PROVES
    return passed_at + NO_PASSAGE_PROVES if not presence and not motion else NEVER


def heal(sensor: SensorMemory, now: Millis) -> bool:
    """Let a counter that has people inside begin anew with nobody; tell whether it had any."""
    word = sensor.count
    if word is None or word.people == 0:
        return False
    word.base, word.people, word.since, word.trusted_from, word.healed = word.raw, 0, now, now, True
    lower(sensor.trust, COST, "miscounts", now)
    return True
