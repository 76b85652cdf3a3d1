"""What each sensor of a space says at an instant, and until when it will go on saying it."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from gateway.fold.memory import CountWord, MotionWord, PresenceWord, SensorMemory
from services.contracts.names import HOUR, MINUTE, SECOND, Millis

Claim = Literal["occupied", "vacant", "lost", "none"]
"""`lost`: it could have said that somebody is there, and cannot be asked now."""

NEVER: Millis = 2**62

MOTION_HOLD: Millis = 10 * MINUTE
"""On a real room five minutes gave 13 spells of false vacancy, ten gave none: people sit still."""
ABSENCE_SETTLES: Millis = 60 * SECOND
"""A radar loses a still person for seconds; a minute of absence means departure."""
TOTALS_SETTLE: Millis = HOUR
"""In its first hour a counter of comings and goings may miss those who were there before."""
PRESS_HOLD: Millis = 10 * MINUTE

WATCHING = frozenset({"presence", "motion", "count"})


class Testimony(NamedTuple):  # made for every sensor at every change: a tuple is several times cheaper
    """One kind of word of one device. `says` is a key of the text catalogue without its section.

    `since`: vacant from then on, or the last motion. `strong_from`: release grade from then on; None: never alone.
    `until`: the next instant at which it changes by itself.
    """

    device: str
    kind: str
    claim: Claim
    says: str
    reason: str
    at: Millis | None
    since: Millis = 0
    strong_from: Millis | None = None
    until: Millis = NEVER
    people: int | None = None
    totals: bool = False


def is_lost(sensor: SensorMemory, now: Millis, limit: Millis) -> bool:
    """Tell whether the sensor is offline or silent for too long, or was never heard."""
    return sensor.heard is None or sensor.offline or now >= sensor.heard + limit


def testify(device: str, kind: str, sensor: SensorMemory, now: Millis, limit: Millis) -> Iterator[Testimony]:
    """Yield what the device says at `now`. `kind` is what the catalogue says it mainly is."""
    lost = is_lost(sensor, now, limit)
    if sensor.presence is not None or kind == "presence":
        word = sensor.presence
        if lost or word is None or word.told < sensor.alive_from:
            yield _lost(device, "presence", sensor, lost)
        else:
            yield _presence(device, word)
    if sensor.count is not None or kind == "count":
        count = sensor.count
        if lost or count is None or count.told < sensor.alive_from:
            yield _lost(device, "count", sensor, lost)
        else:
            yield _count(device, count)
    if sensor.motion is not None or kind == "motion":
        motion = sensor.motion
        if lost or motion is None or motion.told < sensor.alive_from:
            moved_at = 0 if motion is None or motion.moved_at is None else motion.moved_at
            # Without a word the room may have been entered the moment before.
            since = moved_at if motion is not None else (sensor.heard or 0)
            yield _lost(device, "motion", sensor, lost, since)
        else:
            yield _motion(device, motion, now, limit)
    yield from _charging(device, sensor, lost)
    if sensor.press is not None and now < sensor.press.at + PRESS_HOLD:
        until = sensor.press.at + PRESS_HOLD
        yield Testimony(device, "button", "occupied", "pressed", "button", sensor.press.at, until=until)
    if sensor.door is not None and not lost:
        says = "open" if sensor.door.open else "closed"
        yield Testimony(device, "door", "none", says, "", sensor.door.at)
    if sensor.air is not None or kind == "climate":
        yield _air(device, sensor, lost)


def _lost(device: str, kind: str, sensor: SensorMemory, lost: bool, since: Millis = 0) -> Testimony:
    if sensor.heard is None:
        says, reason = "never_heard", "just_started"
    elif sensor.offline:
        says, reason = "offline", "offline"
    elif lost:
        says, reason = "silent", "silent"
    else:
        says, reason = "no_word", "waiting"
    return Testimony(device, kind, "lost", says, reason, sensor.heard, since=since)


def _presence(device: str, word: PresenceWord) -> Testimony:
    if word.present:
        return Testimony(device, "presence", "occupied", "present", "present", word.at)
    strong_from = word.since + ABSENCE_SETTLES
    return Testimony(device, "presence", "vacant", "absent", "absent", word.at, word.since, strong_from)


def _count(device: str, word: CountWord) -> Testimony:
    totals = word.base is not None
    if word.people > 0:
        return Testimony(
            device, "count", "occupied", "people", "counted", word.at, word.since, people=word.people, totals=totals
        )
    strong_from = word.trusted_from + TOTALS_SETTLE if totals else word.since
    return Testimony(
        device, "count", "vacant", "nobody", "nobody_counted", word.at, word.since, strong_from, people=0, totals=totals
    )


def _motion(device: str, word: MotionWord, now: Millis, limit: Millis) -> Testimony:
    if word.moved_at is not None:
        hold = max(MOTION_HOLD, limit) if word.motion else MOTION_HOLD
        until = word.moved_at + hold
        if now < until:
            says, reason = ("motion", "motion") if word.motion else ("quiet", "motion_lately")
            return Testimony(device, "motion", "occupied", says, reason, word.at, word.moved_at, until=until)
    quiet_at = word.watching_since + MOTION_HOLD
    if now < quiet_at:
        return Testimony(device, "motion", "lost", "quiet", "watching", word.at, word.moved_at or 0, until=quiet_at)
    return Testimony(device, "motion", "vacant", "quiet", "no_motion", word.at, word.moved_at or 0)


def _charging(device: str, sensor: SensorMemory, lost: bool) -> Iterator[Testimony]:
    in_use = [word for word in sensor.ports.values() if word.state == "charging"]
    if not in_use:
        return
    latest = max(word.at for word in in_use)
    if lost or any(word.told < sensor.alive_from for word in in_use):
        yield _lost(device, "charging", sensor, lost)
    else:
        yield Testimony(device, "charging", "occupied", "charging", "charging", latest)


def _air(device: str, sensor: SensorMemory, lost: bool) -> Testimony:
    word = sensor.air
    if lost or word is None or word.told < sensor.alive_from:
        return _lost(device, "climate", sensor, lost)
    if not word.gauges:  # it measures nothing that people change
        return Testimony(device, "climate", "none", "air_unsure", "", word.at)
    if word.verdict == "busy":
        return Testimony(device, "climate", "occupied", "air_busy", "air_busy", word.at)
    if word.verdict == "quiet":
        return Testimony(device, "climate", "vacant", "air_quiet", "air_quiet", word.at)
    return Testimony(device, "climate", "lost", "air_unsure", "air_unsure", word.at)
