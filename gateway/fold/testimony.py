"""What each sensor of a space says at an instant, how much that weighs, and until when it will go on saying it."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from gateway.fold import air
from gateway.fold.memory import CountWord, MotionWord, PresenceWord, SensorMemory
from services.contracts.names import HOUR, MINUTE, SECOND, Millis

Claim = Literal["occupied", "vacant", "lost", "none"]
"""`lost`: it could have said that somebody is there, and cannot be asked now."""

NEVER: Millis = 2**62

ABSENCE_SETTLES: Millis = 150 * SECOND
"""A radar loses a still person for up to two minutes; only a longer absence may take a booking away."""
NOBODY_SETTLES: Millis = 60 * SECOND
"""Somebody turns round in the door now and then."""
TOTALS_SETTLE: Millis = HOUR
"""In its first hour a counter of comings and goings may miss those who were there before."""
PRESS_HOLD: Millis = 10 * MINUTE
PASSAGE_TELLS: Millis = 2 * HOUR
"""Nobody stays in a shared room much longer than this without anybody coming or going: then totals tell no more."""

WATCHING = frozenset({"presence", "motion", "count"})

# Rates of evidence in nats per minute. What is certain at once is told by a jump besides (belief.JUMPS).
SEEN = 4.0
"""Somebody is being seen, counted, or charges a phone."""
GONE = 8.5
"""What an absence of its settling time adds up to: enough to turn the surest "occupied" into "vacant"."""
QUIET = 2.0
"""Silence of a motion sensor, once half its hold time has passed: people rarely sit still for longer."""
COUNTED_OUT = 10.0


class Testimony(NamedTuple):  # made for every sensor at every change: a tuple is several times cheaper
    """One kind of word of one device. `says` is a key of the text catalogue without its section.

    `rate`: nats per minute, above zero that somebody is there. `since`: vacant from then on, or the last motion.
    `strong_from`: good enough to take a booking away from then on; None: never alone. `until`: the next instant at
    which it changes by itself.
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
    rate: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()
    """Of air: what each quantity adds to the rate."""

    @property
    def asserts(self) -> str:
        """What it claims by itself: a motion sensor that is quiet after a motion claims nothing yet."""
        return "quiet" if self.kind == "motion" and self.says == "quiet" else self.claim


def is_lost(sensor: SensorMemory, now: Millis, limit: Millis) -> bool:
    """Tell whether the sensor is offline or silent for too long, or was never heard."""
    return sensor.heard is None or sensor.offline or now >= sensor.heard + limit


def testify(
    device: str, kind: str, sensor: SensorMemory, now: Millis, limit: Millis, hold: Millis
) -> Iterator[Testimony]:
    """Yield what the device says at `now`. `kind` is what the catalogue says it mainly is.

    `limit`: how long it may be silent; `hold`: how long motion sensors have to be quiet in this space, both in ms.
    """
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
            yield _count(device, count, now)
    if sensor.motion is not None or kind == "motion":
        motion = sensor.motion
        if lost or motion is None or motion.told < sensor.alive_from:
            moved_at = 0 if motion is None or motion.moved_at is None else motion.moved_at
            # Without a word the room may have been entered the moment before it came alive, or was lost.
            since = moved_at if motion is not None else (sensor.heard or 0) if lost else sensor.alive_from
            yield _lost(device, "motion", sensor, lost, since)
        else:
            yield _motion(device, motion, now, limit, hold)
    yield from _charging(device, sensor, lost)
    if sensor.press is not None and now < sensor.press.at + PRESS_HOLD:
        until = sensor.press.at + PRESS_HOLD
        yield Testimony(device, "button", "occupied", "pressed", "button", sensor.press.at, until=until, rate=SEEN)
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
        return Testimony(device, "presence", "occupied", "present", "present", word.at, word.since, rate=SEEN)
    strong_from = word.since + max(ABSENCE_SETTLES, word.settle)
    rate = -GONE * MINUTE / word.settle
    return Testimony(device, "presence", "vacant", "absent", "absent", word.at, word.since, strong_from, rate=rate)


def _count(device: str, word: CountWord, now: Millis) -> Testimony:
    if word.people == 0:
        settled = word.trusted_from + TOTALS_SETTLE if word.totals else 0
        strong_from = None if word.healed else max(settled, word.since + NOBODY_SETTLES)
        return Testimony(
            device, "count", "vacant", "nobody", "nobody_counted", word.at, word.since, strong_from,
            people=0, rate=-COUNTED_OUT,
        )  # fmt: skip
    stale_at = word.since + PASSAGE_TELLS if word.totals else NEVER
    rate, until = (SEEN, stale_at) if now < stale_at else (0.0, NEVER)
    return Testimony(
        device, "count", "occupied", "people", "counted", word.at, word.since,
        until=until, people=word.people, rate=rate,
    )  # fmt: skip


def _motion(device: str, word: MotionWord, now: Millis, limit: Millis, hold: Millis) -> Testimony:
    moved_at = word.moved_at or 0
    if word.moved_at is not None:
        seen_until = moved_at + max(hold, limit)
        if word.motion and now < seen_until:
            return Testimony(
                device, "motion", "occupied", "motion", "motion", word.at, moved_at, until=seen_until, rate=SEEN
            )
        if now < moved_at + hold:
            rate, until = _silence(moved_at, now, hold)
            return Testimony(
                device, "motion", "occupied", "quiet", "motion_lately", word.at, moved_at, until=until, rate=rate
            )
    if now < word.watching_since + hold:
        rate, until = _silence(word.watching_since, now, hold)
        return Testimony(device, "motion", "lost", "quiet", "watching", word.at, moved_at, until=until, rate=rate)
    return Testimony(device, "motion", "vacant", "quiet", "no_motion", word.at, moved_at, rate=-QUIET)


def _silence(since: Millis, now: Millis, hold: Millis) -> tuple[float, Millis]:
    """Return the rate of a silence that is shorter than the hold time, and until when."""
    telling_from = since + hold // 2
    return (0.0, telling_from) if now < telling_from else (-QUIET, since + hold)


def _charging(device: str, sensor: SensorMemory, lost: bool) -> Iterator[Testimony]:
    in_use = [word for word in sensor.ports.values() if word.state == "charging"]
    if not in_use:
        return
    latest = max(word.at for word in in_use)
    if lost or any(word.told < sensor.alive_from for word in in_use):
        yield _lost(device, "charging", sensor, lost)
    else:
        yield Testimony(device, "charging", "occupied", "charging", "charging", latest, rate=SEEN)


def _air(device: str, sensor: SensorMemory, lost: bool) -> Testimony:
    word = sensor.air
    if lost or word is None or word.told < sensor.alive_from:
        return _lost(device, "climate", sensor, lost)
    rate, parts = air.rate(word), tuple(air.explain(word))
    if rate > 0:
        return Testimony(device, "climate", "occupied", "air_busy", "air_busy", word.at, rate=rate, parts=parts)
    if rate < 0:
        return Testimony(device, "climate", "vacant", "air_quiet", "air_quiet", word.at, rate=rate, parts=parts)
    return Testimony(device, "climate", "none", "air_unsure", "air_unsure", word.at, parts=parts)
