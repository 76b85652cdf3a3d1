"""How far a device is believed: it loses weight by being at odds with its neighbours, and wins it back by agreeing.

Judged are presence sensors, motion sensors and counters, at the end of every stay (who bore witness to it, who missed
it?), while a device goes on and on saying that somebody is there, and by how often it changes its mind.
"""

import math
from collections.abc import Mapping, Sequence

from gateway.fold.memory import SensorMemory, SpaceMemory, Spell, Trust
from gateway.fold.testimony import NEVER, WATCHING, Testimony
from services.contracts.names import DAY, HOUR, MINUTE, Millis

DOUBTED_BELOW, BELIEVED_FROM = 0.3, 0.6
"""Below the first a device no longer counts, until it is above the second again."""
MISSED, ALONE, AT_ODDS = 0.5, 0.5, 0.8
"""What is left of its trust: who missed a stay that others saw, who saw one alone behind a shut door, one of two who
differ while nobody can tell which is right."""
AT_ODDS_LEAST = 0.5
AGREED = 0.25
"""What agreeing with others wins back."""
STAY: Millis = 8 * MINUTE
"""Shorter stays prove nothing: somebody looked in."""
DOOR_NEAR: Millis = 5 * MINUTE
AIR_KNOWS: Millis = 20 * MINUTE
"""Air that is as busy as with people for so long is busy with people, or with a machine: twice it is no chance."""

UNSUPPORTED: Millis = 3 * HOUR
"""From here on a device that says "occupied" while its neighbours see nobody loses trust by the hour …"""
ENDLESS: Millis = 14 * HOUR
"""… and from here on one that has no neighbours who could see: nobody stays so long."""
DOCKED_EVERY: Millis = HOUR

FORGIVEN_AFTER: Millis = DAY
"""A doubted device that nobody can compare with another wins some trust back after so long without an offence."""
NEVER_SIGNED: Millis = 20 * HOUR
"""Of two that differ, one that has given no sign of life for so long is the one that is wrong."""

FLIPS_MOST = {"presence": 40.0, "count": 40.0, "motion": 300.0}
"""Changes within about an hour of a device that chatters; a motion sensor has reason to change every half a minute."""
FLIPS_FORGIVEN = 10.0
"""Changes of one that has stopped."""
FLIPS = ({"occupied", "vacant"}, {"occupied", "quiet"})
"""Pairs of claims of which either revokes the other."""
_FLIPS_FADE: Millis = HOUR

_OVER = frozenset({("stuck_on", "vacant"), ("stuck_off", "occupied")})
"""Doubts that a word to the contrary ends."""


def note_flip(trust: Trust, kind: str, now: Millis) -> None:
    """Count that a device has changed its mind."""
    trust.flips = flips(trust, now) + 1
    trust.flipped_at = now
    if trust.flips > FLIPS_MOST.get(kind, math.inf):
        trust.level, trust.doubt, trust.docked_at = min(trust.level, DOUBTED_BELOW / 2), "chatters", now


def flips(trust: Trust, now: Millis) -> float:
    """Return how often it changed its mind of late."""
    return trust.flips * math.exp(-(now - trust.flipped_at) / _FLIPS_FADE)


def follow(memory: SpaceMemory, said: Sequence[Testimony], now: Millis) -> None:
    """Note at a change who bears witness to the stay that goes on, and dock who has been saying the same too long."""
    if memory.spell is not None:
        for t in witnesses(said):
            if t.device not in memory.spell.witnesses:
                memory.spell.witnesses.append(t.device)
    for t in said:
        trust = memory.sensors[t.device].trust
        if trust.doubt and (trust.doubt, t.claim) in _OVER and t.rate:
            trust.level, trust.doubt = BELIEVED_FROM, ""
    for t, since, limit in _insisting(memory, said):
        trust = memory.sensors[t.device].trust
        first = since + limit
        if now >= first and now >= trust.docked_at + DOCKED_EVERY and trust.level > DOUBTED_BELOW / 2:
            lower(trust, MISSED, "stuck_on", now)


def next_review(memory: SpaceMemory, said: Sequence[Testimony], now: Millis) -> Millis:
    """Return the next instant at which `follow` or `calm` would change something although nothing is said."""
    due = NEVER
    for t, since, limit in _insisting(memory, said):
        trust = memory.sensors[t.device].trust
        if trust.level > DOUBTED_BELOW / 2:
            due = min(due, max(since + limit, trust.docked_at + DOCKED_EVERY, now + 1))
    for sensor in memory.sensors.values():
        if sensor.trust.doubt:
            due = min(due, max(now + 1, sensor.trust.docked_at + FORGIVEN_AFTER))
        if sensor.trust.doubt == "chatters":
            excess = sensor.trust.flips / FLIPS_FORGIVEN
            due = min(due, max(now + 1, sensor.trust.flipped_at + math.ceil(_FLIPS_FADE * math.log(max(1.0, excess)))))
    return due


def calm(sensor: SensorMemory, now: Millis) -> None:
    """Believe a device again that has stopped chattering, and by and by any that has not offended for days."""
    trust = sensor.trust
    if trust.doubt and now >= trust.docked_at + FORGIVEN_AFTER:
        trust.docked_at = now
        restore(trust)
    if trust.doubt == "chatters" and flips(trust, now) <= FLIPS_FORGIVEN + 1e-6:
        trust.level, trust.doubt = BELIEVED_FROM, ""


def blame(memory: SpaceMemory, said: Sequence[Testimony], now: Millis) -> Millis:
    """Dock who sees nobody while air has long told of people who came; return when to look again."""
    since = memory.busy_since
    if since is None:
        return NEVER
    if since <= max(memory.blamed_for, memory.signed_at + DOOR_NEAR):
        return NEVER
    if now < since + AIR_KNOWS:
        return since + AIR_KNOWS
    memory.blamed_for = since
    for t in said:
        if t.kind in WATCHING and t.claim == "vacant":
            lower(memory.sensors[t.device].trust, MISSED, "stuck_off", now)
    return now + 1  # trust weighs anew


def witnesses(said: Sequence[Testimony]) -> list[Testimony]:
    """Return the words of those who see somebody right now."""
    return [t for t in said if t.kind in WATCHING and t.claim == "occupied" and t.rate > 0]


def begin(memory: SpaceMemory, now: Millis) -> None:
    """Note that a stay begins."""
    memory.spell = Spell(now)


def end(memory: SpaceMemory, kinds: Mapping[str, str], now: Millis) -> None:
    """Judge at the end of a stay who saw it and who did not. `kinds`: what the devices of the space mainly are."""
    spell, memory.spell = memory.spell, None
    if spell is None or now - spell.start < STAY:
        return
    watchers = {
        name: sensor
        for name, sensor in memory.sensors.items()
        if kinds.get(name) in WATCHING
        and sensor.heard is not None
        and not sensor.lost
        and sensor.alive_from <= spell.start
    }
    seen = [name for name in spell.witnesses if name in watchers]
    missed = [name for name in watchers if name not in seen]
    believed = [name for name in seen if not watchers[name].trust.doubt]
    doors = memory.doors_before(spell.start)
    opened = any(d.open or max(d.opened_at or 0, d.closed_at or 0) >= spell.start - DOOR_NEAR for d in doors)
    if len(believed) > 1 or (believed and doors and opened) or any(_counted_out(watchers[n], spell) for n in believed):
        for name in seen:
            if not _healed(watchers[name], spell.start) and not _insists(watchers[name]):
                restore(watchers[name].trust)
        for name in missed:
            lower(watchers[name].trust, MISSED, "stuck_off", now)
    elif not missed:
        for name in seen:
            if not _healed(watchers[name], spell.start) and not _insists(watchers[name]):
                restore(watchers[name].trust)
    elif len(seen) == 1:
        alone = watchers[seen[0]].trust
        if doors and not opened:
            lower(alone, ALONE, "sees_others", now)
            return
        dumb = [n for n in missed if max(watchers[n].signed_at, watchers[n].alive_from) < now - NEVER_SIGNED]
        for name in dumb:
            lower(watchers[name].trust, MISSED, "stuck_off", now)
        # Otherwise nobody can tell who is right; motion sensors look at different corners.
        for name in (name for name in (*seen, *missed) if not dumb and kinds[name] != "motion"):
            trust = watchers[name].trust
            if trust.level > AT_ODDS_LEAST:
                trust.level = max(AT_ODDS_LEAST, trust.level * AT_ODDS)


def _insisting(memory: SpaceMemory, said: Sequence[Testimony]) -> list[tuple[Testimony, Millis, Millis]]:
    """Return who says that somebody is there, since when no other gave a sign of it, and how long that may be."""
    found: list[tuple[Testimony, Millis, Millis]] = []
    for t in said:
        if t.kind not in WATCHING or t.claim != "occupied" or t.rate <= 0:
            continue
        sensor = memory.sensors[t.device]
        if t.kind == "count" and sensor.count is not None and sensor.count.totals:
            continue  # drift heals those
        begun = t.since
        if t.kind == "motion" and sensor.motion is not None:
            begun = sensor.motion.active_since or t.since
        others = [o for o in said if o.device != t.device and o.kind in WATCHING and o.claim != "lost"]
        if any(o.claim == "occupied" and o.rate > 0 for o in others):
            continue
        signs = [s.signed_at for name, s in memory.sensors.items() if name != t.device]
        doors = [s.door.opened_at or 0 for s in memory.sensors.values() if s.door is not None]
        found.append((t, max([begun, *signs, *doors]), UNSUPPORTED if others else ENDLESS))
    return found


def lower(trust: Trust, factor: float, doubt: str, now: Millis) -> None:
    """Take trust away; below DOUBTED_BELOW it is doubted, for the reason that took it there."""
    trust.docked_at = now
    trust.level *= factor
    if trust.level < DOUBTED_BELOW:
        trust.doubt = trust.doubt or doubt


def restore(trust: Trust) -> None:
    """Give some trust back; from BELIEVED_FROM on it is believed again."""
    trust.level = min(1.0, trust.level + AGREED)
    if trust.level >= BELIEVED_FROM and trust.doubt != "chatters":
        trust.doubt = ""


def _counted_out(sensor: SensorMemory, spell: Spell) -> bool:
    """Tell whether a counter let people in and out again until nobody was left: it needs no other witness."""
    return sensor.count is not None and sensor.count.people == 0 and not _healed(sensor, spell.start)


def _insists(sensor: SensorMemory) -> bool:
    """Tell whether a sensor goes on seeing somebody after the stay is over: that it saw the stay is no merit."""
    return any(sensor.claims.get(kind) == "occupied" for kind in ("presence", "motion"))


def _healed(sensor: SensorMemory, since: Millis) -> bool:
    return sensor.count is not None and sensor.count.trusted_from >= since
