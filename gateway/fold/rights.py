"""Who may confirm that people have left, so that a booking may be taken away: rights that stand beside the odds.

Presence and counters may, when nobody has moved whom they missed; motion sensors past their hold time with a second
independent sign; climate and Wi-Fi never.
"""

from collections.abc import Sequence

from gateway.fold import air
from gateway.fold.balance import LEFT_WITHIN, STAYING
from gateway.fold.memory import SpaceMemory
from gateway.fold.testimony import WATCHING, Testimony
from services.contracts.names import DAY, MINUTE, Millis

DOOR_ASKS: Millis = 2 * MINUTE
"""After an opening somebody may have come in whom the sensors have yet to notice."""

LONG_HOLDS = 3
"""Silence this many hold times long is a sign of its own …"""

VERY_LONG_HOLDS = 12
"""… and this many, that whoever moved unseen by better sensors has left."""

STILL_AIR = -0.3
"""Nats per minute from which air speaks as clearly as it can that nobody breathes, talks or walks."""

DECIDERS = frozenset({"presence", "count"})
"""Kinds whose absence means something by itself."""


def asks_until(memory: SpaceMemory) -> Millis:
    """Return until when a door that has opened asks whether somebody has come in."""
    return DOOR_ASKS + max([s.door.opened_at or 0 for s in memory.sensors.values() if s.door is not None], default=0)


def hold_turns(moved_at: Millis, hold: Millis) -> tuple[Millis, ...]:
    """Return the instants at which silence since `moved_at` gains a right."""
    return tuple(moved_at + round(holds * hold) for holds in (1, STAYING, LONG_HOLDS, VERY_LONG_HOLDS))


def is_release_grade(
    said: Sequence[Testimony], trusted: Sequence[Testimony], memory: SpaceMemory, hold: Millis, now: Millis
) -> bool:
    """Tell whether "vacant" is confirmed well enough to take a booking away."""
    if now < asks_until(memory):
        return False
    if any(t.kind in WATCHING and t.claim == "occupied" and t.rate > 0 for t in said):
        return False  # somebody doubted says that they are there: the doubt goes to those who are
    if any(s.presence is not None and s.presence.present and s.trust.doubt for s in memory.sensors.values()):
        return False  # … also when it has fallen silent since
    deciders = [t for t in trusted if t.kind in DECIDERS]
    if any(t.claim == "lost" for t in deciders):
        return False  # motion sensors stand in for it on the board alone
    motion = [t for t in said if t.kind == "motion" and (t.claim != "lost" or t.reason == "watching")]
    moved_at = max([t.since for t in motion], default=0)
    confirming = [t for t in deciders if t.strong_from is not None]
    if confirming and (
        all(t.since >= moved_at - LEFT_WITHIN for t in confirming)
        or (now >= moved_at + VERY_LONG_HOLDS * hold and all(_sees_people(t, memory, moved_at) for t in confirming))
    ):  # a decider that has missed somebody who moved does not know whether they left
        return all((t.strong_from or 0) <= now for t in confirming)
    if any(t.claim != "vacant" for t in motion):
        return False
    believed = [t for t in motion if not memory.sensors[t.device].trust.doubt]
    return bool(believed) and _confirms_departure(believed, trusted, memory, hold, now)


def _sees_people(t: Testimony, memory: SpaceMemory, at: Millis) -> bool:
    """Tell whether a sensor has seen somebody within a day before, and so is able to."""
    return memory.sensors[t.device].signed_at > at - DAY


def _confirms_departure(
    motion: Sequence[Testimony], trusted: Sequence[Testimony], memory: SpaceMemory, hold: Millis, now: Millis
) -> bool:
    """Tell whether quiet motion sensors may confirm that they left: darkness, the door or still air must say so too.

    A still person fools every motion sensor at once. So one more sign is asked for: another of these, a second motion
    sensor, or thrice the hold time; beside still air it is the latter, as air follows slowly.
    """
    sensors = [sensor for sensor in memory.sensors.values() if not sensor.lost]
    moved_at = max(t.since for t in motion)
    long = now >= moved_at + LONG_HOLDS * hold
    light = [air.is_dark(s.air) for s in sensors if s.air is not None and s.air.told >= s.alive_from]
    lit = [dark for dark in light if dark is not None]
    doors = [s.door for s in sensors if s.door is not None]
    left = any(
        not door.open and (door.opened_at or 0) > moved_at > 0 and (door.closed_at or 0) > moved_at for door in doors
    )
    by_lamp = any(s.air is not None and air.may_be_lit(s.air) for s in sensors)
    still = long and not by_lamp and any(t.kind == "climate" and t.rate <= STILL_AIR for t in trusted)
    independent = (bool(lit) and all(lit)) + left + still
    return independent > 0 and independent + (len(motion) > 1) + long > 1
