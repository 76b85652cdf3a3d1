"""Weighs the words of a space against each other: how strongly all of them together say that somebody is there."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.fold import air
from gateway.fold.flow import SURE
from gateway.fold.memory import SETTLE_LEAST, SensorMemory, SpaceMemory
from gateway.fold.testimony import GONE, NEVER, WATCHING, Testimony
from services.contracts.names import MINUTE, SECOND, Millis

STAYING = 1.5
"""Where the light is on or the door has stayed shut, silence has to last longer by this factor."""

DOOR_EARLIER: Millis = MINUTE
"""Whoever is last seen at the door may be seen for so long after it has opened."""

SHUT_SETTLE: Millis = 4 * MINUTE
"""How long an absence has to last behind a door that stayed shut: the sensor has lost them, or there is a window."""

LEFT_WITHIN: Millis = 60 * SECOND
"""A presence sensor that noticed the last motion and then saw the room empty is believed at once."""

JUMPS: Mapping[tuple[str, str], float] = {
    ("presence", "occupied"): 8.0,
    ("presence", "vacant"): -4.0,
    ("motion", "occupied"): 7.2,
    ("count", "occupied"): 8.0,
    ("count", "vacant"): -9.0,
    ("charging", "occupied"): 8.0,
    ("button", "occupied"): 8.0,
}
"""What a change of mind is worth at once, in nats: log of how much likelier it is with somebody there."""

_FASTEST = GONE * MINUTE / SETTLE_LEAST
"""Rate of an absence of a sensor that has never lost anybody."""

SWITCHED_ON = 3.5
"""What a light that goes on is worth at once, in nats: somebody did it, but perhaps a timer."""

ASKED, ASKED_BLIND = 0.1, 0.5
"""How likely an opening door lets somebody in: where sensors would see them soon, and where they would not."""

CLOCK_OFF = 0.7
"""Weight of a sensor with a wrong clock: what it says is likely true, when it was so is not known."""

MISCOUNTED = 0.2
"""What the people in a counter of low trust count: it has had some before whom nobody else saw."""

OBJECTS_FROM = 0.6
"""Trust from which a witness can veto what the odds say."""

VETOING = frozenset({"charging", "button"})
"""Who says that the space is in use, whoever may be seen there: a phone that charges, somebody who pressed."""


class Balance(NamedTuple):
    """The evidence as it stands: its rate in nats per minute, each word's share, and until when it stands so."""

    rate: float
    shares: tuple[float, ...]
    until: Millis


def weight_of(sensor: SensorMemory) -> float:
    """Return how much of its evidence counts, 0 to 1."""
    if sensor.trust.doubt:
        return 0.0
    return sensor.trust.level * (CLOCK_OFF if sensor.clock_off else 1.0)


def hold_of(memory: SpaceMemory) -> Millis:
    """Return how long motion sensors have to be quiet at present: longer where the light is on or the door shut."""
    moved_at = max([s.motion.moved_at or 0 for s in memory.sensors.values() if s.motion is not None], default=0)
    return round(memory.hold * STAYING) if is_lit(memory) or is_shut_since(memory, moved_at) else memory.hold


def is_shut_since(memory: SpaceMemory, seen_at: Millis) -> bool:
    """Tell whether a door that is watched has stayed shut since somebody was last seen: how could they have left?"""
    doors = memory.doors_before(seen_at)
    return bool(doors) and all(
        not d.open and max(d.opened_at or 0, d.closed_at or 0) < seen_at - DOOR_EARLIER for d in doors
    )


def is_lit(memory: SpaceMemory) -> bool:
    """Tell whether a light meter sees more than daylight."""
    for s in memory.sensors.values():
        if s.air is not None and not s.lost and s.air.told >= s.alive_from and air.is_lit(s.air):
            return True
    return False


def balance(said: Sequence[Testimony], memory: SpaceMemory, hold: Millis, now: Millis) -> Balance:
    """Return the rate of all words together. Sensors of a kind see much the same: they do not add up."""
    weights = [weight_of(memory.sensors[t.device]) for t in said]
    shares = [t.rate * weight for t, weight in zip(said, weights, strict=True)]
    until = NEVER
    motion = [index for index, t in enumerate(said) if t.kind == "motion"]
    moved_at = max([said[index].since for index in motion if weights[index]], default=0)
    if now < moved_at + hold:
        until = moved_at + hold
        moving = any(shares[index] > 0 for index in motion)
        for kind in ("presence", "count"):
            if not _saw_them_leave(said, weights, kind, moved_at) or (kind == "count" and moving):
                _silence(shares, said, kind)
    for index, t in enumerate(said):
        if t.kind == "count" and shares[index] > 0 and weights[index] < OBJECTS_FROM:
            shares[index] *= MISCOUNTED
        if t.kind == "presence" and shares[index] < 0 and is_shut_since(memory, t.since):
            shares[index] = max(shares[index], -GONE * MINUTE / SHUT_SETTLE)
    for kind in ("presence", "motion"):
        _agree(shares, said, weights, kind)
    _average(shares, said)
    if any(t.kind in VETOING and share > 0 for t, share in zip(said, shares, strict=True)):
        shares = [max(0.0, share) for share in shares]
    return Balance(sum(shares), tuple(shares), until)


def changes(said: Iterable[Testimony], memory: SpaceMemory) -> list[tuple[Testimony, str | None]]:
    """Return the words that claim something else than when they were last weighed, with what that was; note them."""
    changed: list[tuple[Testimony, str | None]] = []
    speaking: set[tuple[str, str]] = set()
    for t in said:
        speaking.add((t.device, t.kind))
        claims = memory.sensors[t.device].claims
        before = claims.get(t.kind)
        if before != t.asserts:
            claims[t.kind] = t.asserts
            changed.append((t, before))
    for name, sensor in memory.sensors.items():  # a word that is over is news when it comes again: a press, a charge
        for kind in [kind for kind in sensor.claims if (name, kind) not in speaking]:
            del sensor.claims[kind]
    return changed


def jump(changed: Iterable[Testimony], said: Iterable[Testimony], memory: SpaceMemory) -> float:
    """Return what changes of mind are worth at once, in nats."""
    total = 0.0
    seen = any(t.kind == "presence" and t.claim == "occupied" for t in said)
    for t in changed:
        worth = JUMPS.get((t.kind, t.asserts), 0.0)
        if t.kind == "presence" and worth < 0:
            lost_sight = seen or is_shut_since(memory, t.since)
            worth = 0.0 if lost_sight else worth * min(1.0, -t.rate / _FASTEST)
        total += worth * weight_of(memory.sensors[t.device])
    return total


def asked(log_odds: float, said: Iterable[Testimony]) -> float:
    """Return the log-odds after a door has opened: with some probability somebody came in."""
    watched = any(t.kind in WATCHING and t.claim != "lost" for t in said)
    chance = ASKED if watched else ASKED_BLIND
    odds = math.exp(log_odds)
    return min(SURE, math.log(odds + chance * (1 + odds)))


def busy(weighed: Balance, said: Sequence[Testimony]) -> float:
    """Return what air says for people, in nats per minute."""
    return sum([share for t, share in zip(said, weighed.shares, strict=True) if t.kind == "climate"])


def _saw_them_leave(said: Sequence[Testimony], weights: Sequence[float], kind: str, moved_at: Millis) -> bool:
    """Tell whether every sensor of the kind saw the room become empty no earlier than the last motion."""
    absent = [t for t, w in zip(said, weights, strict=True) if t.kind == kind and t.claim == "vacant" and w]
    return bool(absent) and all(t.since >= moved_at - LEFT_WITHIN for t in absent)


def _silence(shares: list[float], said: Sequence[Testimony], kind: str) -> None:
    for index, t in enumerate(said):
        if t.kind == kind and shares[index] < 0:
            shares[index] = 0.0


def _agree(shares: list[float], said: Sequence[Testimony], weights: Sequence[float], kind: str) -> None:
    """Let sensors of one kind speak as one: who sees somebody, or else who is least sure that nobody is there."""
    own = [index for index, t in enumerate(said) if t.kind == kind and weights[index]]
    able = [index for index in own if said[index].claim != "lost" or said[index].reason == "watching"]
    if len(able) < 2:
        return
    if any(shares[index] > 0 for index in able):
        most = max(shares[index] for index in able)
        for index in able:
            shares[index] = most / sum(shares[i] > 0 for i in able) if shares[index] > 0 else 0.0
        return
    least = max(shares[index] for index in able)
    for index in able:
        shares[index] = least / len(able)


def _average(shares: list[float], said: Sequence[Testimony]) -> None:
    """Climate sensors that measure the same breathe the same air: of each quantity their mean counts."""
    heard = [index for index, t in enumerate(said) if t.kind == "climate" and t.parts]
    if len(heard) < 2:
        return
    measure = Counter(quantity for index in heard for quantity, _ in said[index].parts)
    for index in heard:
        t = said[index]
        mean = sum(rate / measure[quantity] for quantity, rate in t.parts)
        shares[index] *= mean / t.rate if t.rate else 0.0
