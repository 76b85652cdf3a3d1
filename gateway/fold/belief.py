"""Weighs what the sensors of a space say: occupied, vacant or unknown, and how good the evidence is.

The rights: anybody may say that somebody is there. Only presence sensors and counters may say that nobody is;
a motion sensor's silence shows the room as vacant and takes nothing away unless door and light agree; a sensor
that can no longer be asked makes the room unknown rather than empty.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.fold import air
from gateway.fold.memory import SpaceMemory
from gateway.fold.testimony import MOTION_HOLD, NEVER, WATCHING, Testimony
from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.states import Occupancy

DOOR_ASKS: Millis = 2 * MINUTE
"""After an opening somebody may have come in whom the sensors have yet to notice."""
LEFT_WITHIN: Millis = 60 * SECOND
"""A presence sensor that noticed the last motion and then saw the room empty is believed at once."""
CONTRADICTION: Millis = 10 * MINUTE
"""Totals that say somebody is inside while every presence sensor sees nobody this long have miscounted."""

_TESTIFY_OF_A_WHOLE = frozenset({"count", "presence", "motion", "charging", "button"})
"""What a space made of parts hears from its own sensors. Its parts know better than its air does."""

_BEARS = {"occupied": "occupied", "vacant": "vacant", "unknown": "lost"}
"""Which claim leads to which belief."""

_STRENGTH = ("count", "presence", "motion", "charging", "button", "climate")
"""Who gives the reason when several say that somebody is there: the one that knows most."""

_CONFIDENCE = {"count": 0.97, "presence": 0.95, "motion": 0.9, "charging": 0.8, "button": 0.8, "climate": 0.7}
_VACANT_STRONG, _VACANT_WEAK = 0.95, 0.6


class Belief(NamedTuple):
    """What is believed at an instant, and until when that holds if nothing is said (`until`)."""

    occupancy: Occupancy
    reason: str
    confidence: float = 0.0
    people: int | None = None
    release_grade: bool = False
    until: Millis = NEVER


def weigh(said: Sequence[Testimony], memory: SpaceMemory, now: Millis) -> Belief:
    """Return the belief from what the space's own sensors say at `now`, and until when if they go on saying it."""
    until = NEVER
    for t in said:
        if t.strong_from is not None and now < t.strong_from < until:
            until = t.strong_from
        if t.kind == "presence" and t.claim == "vacant" and now < t.since + CONTRADICTION < until:
            until = t.since + CONTRADICTION
        if t.kind == "motion" and t.claim == "lost" and now < t.since + MOTION_HOLD < until:
            until = t.since + MOTION_HOLD
    for at in _openings(memory):
        if now < at + DOOR_ASKS < until:
            until = at + DOOR_ASKS
    return _weigh(said, memory, now)._replace(until=until)


def of_a_whole(said: Iterable[Testimony]) -> list[Testimony]:
    """Return those words of a whole's own sensors that are heard beside its parts; without any its parts decide."""
    return [t for t in said if t.kind in _TESTIFY_OF_A_WHOLE]


def deciding(said: Sequence[Testimony], occupancy: Occupancy) -> list[Testimony]:
    """Return the words that lead to this belief; when none does alone, all that bear on it."""
    heard = [t for t in _heard(said) if t.claim != "none"]
    return [t for t in heard if t.claim == _BEARS[occupancy]] or heard


def together(own: Belief | None, parts: Sequence[Belief]) -> Belief:
    """Return the belief of a space from its own sensors, if they have a say, and from its parts."""
    all_ = [*([own] if own is not None else []), *parts]
    until = NEVER if own is None else own.until  # a part that changes asks for this again
    occupied = [belief for belief in all_ if belief.occupancy == "occupied"]
    if occupied:
        counted = [belief.people for belief in parts]
        people = own.people if own is not None else None
        if people is None and None not in counted:
            people = sum(number or 0 for number in counted)
        reason = own.reason if own is not None and own in occupied else "part_occupied"
        return Belief("occupied", reason, max(b.confidence for b in occupied), people, until=until)
    if any(belief.occupancy == "unknown" for belief in all_):
        return Belief(
            "unknown", "part_unknown" if own is None or own.occupancy != "unknown" else own.reason, until=until
        )
    return Belief(
        "vacant",
        "parts_vacant",
        min(belief.confidence for belief in all_),
        0 if all(belief.people == 0 for belief in all_) else None,
        all(belief.release_grade for belief in all_),
        until,
    )


def _weigh(said: Sequence[Testimony], memory: SpaceMemory, now: Millis) -> Belief:
    said = _heard(said)
    deciders = [t for t in said if t.kind in ("presence", "count")]
    occupied = [t for t in said if t.claim == "occupied" and not _outlived(t, deciders)]
    if occupied:
        first = min(occupied, key=lambda t: _STRENGTH.index(t.kind))
        presence = [t for t in deciders if t.kind == "presence"]
        if all(t.totals for t in occupied) and _all_absent(presence, now - CONTRADICTION):
            return Belief("unknown", "contradicted")
        counts = [t.people for t in occupied if t.people is not None]
        return Belief("occupied", first.reason, _CONFIDENCE[first.kind], sum(counts) if counts else None)
    lost = [t for t in said if t.claim == "lost"]
    if deciders:
        blocking = [t for t in lost if t.kind != "motion" or now < t.since + MOTION_HOLD]
        if blocking:
            return Belief("unknown", blocking[0].reason)
        strong = all(t.strong_from is not None and t.strong_from <= now for t in deciders)
        return _vacant(deciders[0].reason, deciders, strong and not _asked(memory, now))
    if lost:
        return Belief("unknown", lost[0].reason)
    quiet = [t for t in said if t.claim == "vacant"]
    if not quiet:
        return Belief("unknown", "no_sensor")
    motion = [t for t in quiet if t.kind == "motion"]
    strong = bool(motion) and _signs(motion, memory) >= 2 and not _asked(memory, now)
    return _vacant(quiet[0].reason, quiet, strong)


def _heard(said: Sequence[Testimony]) -> list[Testimony]:
    """Return the words without the air's where better sensors watch."""
    watching = any(t.kind in WATCHING for t in said)
    return [t for t in said if t.kind != "climate" or not watching]


def _vacant(reason: str, said: Iterable[Testimony], strong: bool) -> Belief:
    people = 0 if all(t.people == 0 for t in said) else None
    return Belief("vacant", reason, _VACANT_STRONG if strong else _VACANT_WEAK, people, strong)


def _outlived(motion: Testimony, deciders: Sequence[Testimony]) -> bool:
    """Tell whether the hold after a motion is over early, as every decider saw them leave after it."""
    return (
        motion.reason == "motion_lately"
        and bool(deciders)
        and all(t.claim == "vacant" and t.since >= motion.since - LEFT_WITHIN for t in deciders)
    )


def _all_absent(presence: Sequence[Testimony], since: Millis) -> bool:
    return bool(presence) and all(t.claim == "vacant" and t.since <= since for t in presence)


def _openings(memory: SpaceMemory) -> list[Millis]:
    doors = [sensor.door for sensor in memory.sensors.values() if sensor.door is not None]
    return [door.opened_at for door in doors if door.opened_at is not None]


def _asked(memory: SpaceMemory, now: Millis) -> bool:
    return any(now < at + DOOR_ASKS for at in _openings(memory))


def _signs(motion: Sequence[Testimony], memory: SpaceMemory) -> int:
    """Count independent signs, besides one quiet motion sensor, that they left: another one, darkness, the door."""
    sensors = [sensor for sensor in memory.sensors.values() if not sensor.offline]
    moved_at = max(t.since for t in motion)
    light = [air.is_dark(s.air) for s in sensors if s.air is not None and s.air.told >= s.alive_from]
    lit = [dark for dark in light if dark is not None]
    doors = [s.door for s in sensors if s.door is not None]
    left = any(
        not door.open and (door.opened_at or 0) > moved_at > 0 and (door.closed_at or 0) > moved_at for door in doors
    )
    return (len(motion) > 1) + (bool(lit) and all(lit)) + left
