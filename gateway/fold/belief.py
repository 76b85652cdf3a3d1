"""Weighs what the sensors of a space say, and draws the conclusion: occupied, vacant or unknown, and of what grade.

The probability comes from the filter; the rights stand beside it. Anybody may say that somebody is there. A room is
shown vacant when the odds say so, unless somebody who can no longer be asked might see them, or a trusted witness
objects. To take a booking away, departure must be confirmed by presence, by counters, or by motion sensors past
their hold time with a second independent sign; never by climate or Wi-Fi.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.fold import air
from gateway.fold.flow import SURE, log_odds_of, probability_of
from gateway.fold.memory import SETTLE_LEAST, SensorMemory, SpaceMemory
from gateway.fold.testimony import GONE, NEVER, WATCHING, Testimony
from services.contracts.names import DAY, MINUTE, SECOND, Millis
from services.contracts.states import Occupancy

VACANT_AT, VACANT_UNTIL = 0.04, 0.10
"""Shown vacant once the probability has come down to the first, until it is above the second."""
OCCUPIED_AT, OCCUPIED_UNTIL = 0.50, 0.30
EDGES = tuple(map(log_odds_of, (0.01, VACANT_AT, VACANT_UNTIL, OCCUPIED_UNTIL, OCCUPIED_AT, 0.75, 0.9, 0.97)))
"""Log-odds at which somebody who watches the confidence would see it move."""

DOOR_ASKS: Millis = 2 * MINUTE
"""After an opening somebody may have come in whom the sensors have yet to notice."""
ASKED, ASKED_BLIND = 0.1, 0.5
"""How likely an opening door lets somebody in: where sensors would see them soon, and where they would not."""
STAYING = 1.5
"""Where the light is on or the door has stayed shut, silence has to last longer by this factor."""
DOOR_EARLIER: Millis = MINUTE
"""Whoever is last seen at the door may be seen for so long after it has opened."""
SHUT_SETTLE: Millis = 4 * MINUTE
"""How long an absence has to last behind a door that stayed shut: the sensor has lost them, or there is a window."""
LONG_HOLDS = 3
"""Silence this many hold times long is a sign of its own …"""
VERY_LONG_HOLDS = 12
"""… and this many, that whoever moved unseen by better sensors has left."""
AIR_OBJECTS = 0.4
"""Nats per minute from which air says so clearly that somebody is there that nobody is called gone against it …"""
AIR_CALMS = 0.2
"""… until it says so less clearly than this."""
AIR_LINGERS: Millis = 45 * MINUTE
"""Sound of half an hour and the breath of a full room are gone after so long."""
STILL_AIR = -0.3
"""Nats per minute from which air speaks as clearly as it can that nobody breathes, talks or walks."""
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

CLOCK_OFF = 0.7
"""Weight of a sensor with a wrong clock: what it says is likely true, when it was so is not known."""
MISCOUNTED = 0.2
"""What the people in a counter of low trust count: it has had some before whom nobody else saw."""
OBJECTS_FROM = 0.6
"""Trust from which a witness can veto what the odds say."""

DECIDERS = frozenset({"presence", "count"})
"""Kinds whose absence means something by itself."""

VETOING = frozenset({"charging", "button"})
"""Who says that the space is in use, whoever may be seen there: a phone that charges, somebody who pressed."""

_TESTIFY_OF_A_WHOLE = frozenset({"count", "presence", "motion", "charging", "button"})
"""What a space made of parts hears from its own sensors. Its parts know better than its air does."""

_BEARS = {"occupied": "occupied", "vacant": "vacant", "unknown": "lost"}
"""Which claim leads to which belief."""

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
            turns += _holds(t.since, hold)
    if memory.busy_since is not None:
        turns.append(memory.signed_at + AIR_LINGERS)
    until = min([at for at in turns if at > now], default=NEVER)
    return _conclude(p, said, weighed, memory, hold, now), until


def _holds(moved_at: Millis, hold: Millis) -> tuple[Millis, ...]:
    return tuple(moved_at + round(holds * hold) for holds in (1, STAYING, LONG_HOLDS, VERY_LONG_HOLDS))


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
        return Belief("vacant", reason, p, people, _is_release_grade(said, trusted, memory, hold, now))
    if blind is not None:
        return Belief("unknown", blind.reason, p)
    watching = [t for t in trusted if t.reason == "watching"]
    if watching:
        return Belief("unknown", "watching", p)
    if weighed.shares and min(weighed.shares) < 0 < max(weighed.shares):
        return Belief("unknown", "contradicted", p)
    return Belief("unknown", "air_unsure" if all(t.kind == "climate" for t in able) else "settling", p)


def asks_until(memory: SpaceMemory) -> Millis:
    """Return until when a door that has opened asks whether somebody has come in."""
    return DOOR_ASKS + max([s.door.opened_at or 0 for s in memory.sensors.values() if s.door is not None], default=0)


def of_a_whole(said: Iterable[Testimony]) -> list[Testimony]:
    """Return those words of a whole's own sensors that are heard beside its parts; without any its parts decide."""
    return [t for t in said if t.kind in _TESTIFY_OF_A_WHOLE]


def deciding(said: Sequence[Testimony], occupancy: Occupancy) -> list[Testimony]:
    """Return the words that lead to this belief; when none does alone, all that bear on it."""
    heard = [t for t in said if t.claim != "none"]
    return [t for t in heard if t.claim == _BEARS[occupancy]] or heard


def of_parts(own: float | None, parts: Sequence[float]) -> float:
    """Return how likely it is that somebody is in a space, from its own sensors and from its parts."""
    anywhere = 1 - math.prod(1 - p for p in parts)
    return anywhere if own is None else max(own, anywhere)


def together(own: Belief | None, parts: Sequence[Belief]) -> Belief:
    """Return the belief of a space from its own sensors, if they have a say, and from its parts."""
    all_ = [*([own] if own is not None else []), *parts]
    p = of_parts(None if own is None else own.probability, [part.probability for part in parts])
    occupied = [belief for belief in all_ if belief.occupancy == "occupied"]
    if occupied:
        counted = [belief.people for belief in parts]
        people = own.people if own is not None and own in occupied else None
        if people is None and None not in counted:
            people = sum(number or 0 for number in counted)
        reason = own.reason if own is not None and own in occupied else "part_occupied"
        return Belief("occupied", reason, max(p, *(b.probability for b in occupied)), people)
    if any(belief.occupancy == "unknown" for belief in all_):
        return Belief("unknown", "part_unknown" if own is None or own.occupancy != "unknown" else own.reason, p)
    return Belief(
        "vacant",
        "parts_vacant",
        p,
        0 if all(belief.people == 0 for belief in all_) else None,
        all(belief.release_grade for belief in all_),
    )


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


def busy(weighed: Balance, said: Sequence[Testimony]) -> float:
    """Return what air says for people, in nats per minute."""
    return sum([share for t, share in zip(said, weighed.shares, strict=True) if t.kind == "climate"])


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


def _is_release_grade(
    said: Sequence[Testimony], trusted: Sequence[Testimony], memory: SpaceMemory, hold: Millis, now: Millis
) -> bool:
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
