"""Draws the conclusion from the odds and the words: occupied, vacant or unknown, and of what grade.

The probability comes from the filter; the rights stand beside it. Anybody may say that somebody is there. A room is
shown vacant when the odds say so, unless somebody who can no longer be asked might see them, or a trusted witness
objects. Who may confirm a departure is in `rights`.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.fold.balance import LEFT_WITHIN, OBJECTS_FROM, STAYING, Balance
from gateway.fold.flow import probability_of
from gateway.fold.memory import SpaceMemory
from gateway.fold.rights import DECIDERS, asks_until, hold_turns, is_release_grade
from gateway.fold.testimony import NEVER, Testimony
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Occupancy

VACANT_AT, VACANT_UNTIL = 0.04, 0.10
"""Shown vacant once the probability has come down to the first, until it is above the second."""

OCCUPIED_AT, OCCUPIED_UNTIL = 0.50, 0.30

AIR_OBJECTS = 0.4
"""Nats per minute from which air says so clearly that somebody is there that nobody is called gone against it …"""

AIR_CALMS = 0.2
"""… until it says so less clearly than this."""

AIR_LINGERS: Millis = 45 * MINUTE
"""Sound of half an hour and the breath of a full room are gone after so long."""

_STRENGTH = ("count", "presence", "motion", "charging", "button", "climate")
"""Who gives the reason when several speak to the same end: the one that knows most."""


class Belief(NamedTuple):
    """What is believed at an instant. `probability` that somebody is there; `confidence` in what is said."""

    occupancy: Occupancy
    reason: str
    probability: float
    people: int | None = None
    release_grade: bool = False

    @property
    def confidence(self) -> float:
        """How likely it is as said; 0 for unknown, which claims nothing."""
        if self.occupancy == "unknown":
            return 0.0
        return self.probability if self.occupancy == "occupied" else 1 - self.probability


def conclude(
    log_odds: float, said: Sequence[Testimony], weighed: Balance, memory: SpaceMemory, hold: Millis, now: Millis
) -> tuple[Belief, Millis]:
    """Return the belief, and the next instant at which it may change although nobody's word does."""
    p = probability_of(log_odds)
    turns = [asks_until(memory)]
    for t in said:
        if t.strong_from is not None:
            turns.append(t.strong_from)
        if t.kind == "motion":
            turns += hold_turns(t.since, hold)
    if memory.busy_since is not None:
        turns.append(memory.signed_at + AIR_LINGERS)
    until = min([at for at in turns if at > now], default=NEVER)
    return _conclude(p, said, weighed, memory, hold, now), until


def _conclude(
    p: float, said: Sequence[Testimony], weighed: Balance, memory: SpaceMemory, hold: Millis, now: Millis
) -> Belief:
    trusted = [t for t in said if not memory.sensors[t.device].trust.doubt]
    asked_in_vain = [t for t in trusted if t.claim == "lost"]
    able = [t for t in trusted if t.claim in ("occupied", "vacant") or t.reason == "watching"]
    if not able:
        doubted = [t for t in said if memory.sensors[t.device].trust.doubt]
        unsure = [t for t in trusted if t.kind == "climate"]
        reason = (
            asked_in_vain[0].reason
            if asked_in_vain
            else "doubted"
            if doubted
            else unsure[0].reason
            if unsure
            else "no_sensor"
        )
        return Belief("unknown", reason, p)
    blind = _blind(trusted, asked_in_vain, hold, now)
    held = [t for t in trusted if t.claim == "occupied"]
    if p >= OCCUPIED_AT or (memory.occupancy == "occupied" and p >= OCCUPIED_UNTIL):
        if blind is not None and not held:
            return Belief("unknown", blind.reason, p)
        counts = [t.people for t in held if t.people is not None]
        reason = _foremost(held).reason if held else "lately"
        return Belief("occupied", reason, p, sum(counts) if counts else None)
    if p <= VACANT_AT or (memory.occupancy == "vacant" and p <= VACANT_UNTIL):
        if blind is not None:
            return Belief("unknown", blind.reason, p)
        if any(_objects(t, memory) for t in held) or missed_since(memory, now) is not None:
            return Belief("unknown", "contradicted", p)
        against = [t for t in trusted if t.claim == "vacant"]
        counters = [t for t in against if t.kind == "count"]
        people = 0 if counters and not held else None
        reason = _foremost(against).reason if against else "settling"
        return Belief("vacant", reason, p, people, is_release_grade(said, trusted, memory, hold, now))
    if blind is not None:
        return Belief("unknown", blind.reason, p)
    watching = [t for t in trusted if t.reason == "watching"]
    if watching:
        return Belief("unknown", "watching", p)
    if weighed.shares and min(weighed.shares) < 0 < max(weighed.shares):
        return Belief("unknown", "contradicted", p)
    return Belief("unknown", "air_unsure" if all(t.kind == "climate" for t in able) else "settling", p)


def _blind(
    trusted: Sequence[Testimony], asked_in_vain: Sequence[Testimony], hold: Millis, now: Millis
) -> Testimony | None:
    """Return a witness that might see somebody and cannot be asked."""
    if not asked_in_vain:
        return None
    deciders = any(t.kind in DECIDERS for t in trusted)
    watched = deciders or any(t.kind == "motion" for t in trusted)
    motion = [t for t in trusted if t.kind == "motion"]
    stood_in_for = bool(motion) and all(t.claim == "vacant" and now >= t.since + round(STAYING * hold) for t in motion)
    for t in asked_in_vain:
        if t.reason == "watching" or (t.kind == "climate" and watched) or (t.kind in DECIDERS and stood_in_for):
            continue
        if t.kind in DECIDERS and any(o.kind in DECIDERS and o.kind != t.kind and o.claim != "lost" for o in trusted):
            continue  # the other kind watches all of the room as well
        if t.kind != "motion" or not deciders or now < t.since + hold:
            return t
    return None


def _objects(t: Testimony, memory: SpaceMemory) -> bool:
    """Tell whether the witness is good enough to keep a room from being called empty against all odds."""
    return t.kind not in ("climate", "motion") and t.rate > 0 and memory.sensors[t.device].trust.level >= OBJECTS_FROM


def missed_since(memory: SpaceMemory, now: Millis) -> Millis | None:
    """Return since when air has seen people whom no better sensor has seen; None: it has not.

    Either it has become busy after anybody last gave a sign of life, or it stays busy long after.
    """
    if memory.busy_since is None:
        return None
    signed_at = memory.signed_at
    if memory.busy_since > signed_at + LEFT_WITHIN:
        return memory.busy_since
    lingers_until = signed_at + AIR_LINGERS
    return lingers_until if now >= lingers_until else None


def _foremost(said: Iterable[Testimony]) -> Testimony:
    return min(said, key=lambda t: (t.kind == "climate", t.rate == 0, _STRENGTH.index(t.kind)))
