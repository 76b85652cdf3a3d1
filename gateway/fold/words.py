"""Folds one message into the memory of its sensor, and tells whether anything new was said."""

from collections.abc import Callable
from functools import cache
from typing import Final

from pydantic import BaseModel

from gateway.fold import air
from gateway.fold.memory import (
    SETTLE_LEAST,
    CountWord,
    DoorWord,
    MotionWord,
    PortWord,
    PresenceWord,
    PressWord,
    SensorMemory,
    Word,
)
from services.contracts.commands import Status
from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.readings import (
    ButtonReading,
    ChargingReading,
    ClimateReading,
    CountReading,
    DoorReading,
    MotionReading,
    PresenceReading,
    Reading,
)

FLICKER: Millis = 4 * MINUTE
"""Somebody back within this time had not left: the sensor had lost sight of them."""
SETTLE_MOST: Millis = 4 * MINUTE + 30 * SECOND
_MARGIN = 1.3
"""The next loss may last a little longer than the longest so far."""
_FORGIVEN = 0.9
"""Each clean departure shortens what was learned from a loss."""
CLEAN: Millis = 30 * MINUTE
"""An absence this long was a departure."""


def hear(sensor: SensorMemory, arrival: Millis, boot: str | None, limit: Millis) -> bool:
    """Note that the sensor is alive; tell whether that is news. After a silence or a new boot its old words are void.

    `limit` is how long it may be silent, in ms.
    """
    heard = sensor.heard
    silent = heard is not None and arrival >= heard + limit
    rebooted = boot is not None and sensor.boot is not None and boot != sensor.boot
    news = heard is None or silent or rebooted or sensor.offline
    if news:
        sensor.alive_from = arrival
    sensor.heard = arrival
    sensor.offline = False
    if boot is not None:
        sensor.boot = boot
    return news


def fold_status(sensor: SensorMemory, status: Status, arrival: Millis, limit: Millis) -> bool:
    """Fold a birth or last will; tell whether it is news."""
    if status.online:
        return hear(sensor, arrival, status.boot, limit)
    news = not sensor.offline
    sensor.offline = True
    return news


def fold_late(sensor: SensorMemory, reading: Reading, at: Millis, arrival: Millis) -> bool:
    """A buffered reading: newer than what we hold it voids that, as the present is not known; tell whether it did."""
    held = _word_of(sensor, reading)
    if held is None or held.at >= at or held.told < sensor.alive_from:
        return False
    sensor.alive_from = arrival
    return True


def fold(sensor: SensorMemory, reading: Reading, at: Millis, arrival: Millis) -> bool:
    """Fold a timely reading; tell whether the sensor says something it did not say before."""
    take = _taker_of(type(reading))
    if take is None:
        return False  # health and lending say nothing about people
    return take(sensor, reading, at if at < arrival else arrival, arrival)


@cache
def _taker_of(kind: type[Reading]) -> Callable[..., bool] | None:
    """Return who folds readings of this type, which a vendor's codec may have widened."""
    return next((take for model, take in _TAKERS.items() if issubclass(kind, model)), None)


def _word_of(sensor: SensorMemory, reading: BaseModel) -> Word | air.AirWord | None:
    match reading:
        case PresenceReading():
            return sensor.presence
        case MotionReading():
            return sensor.motion
        case CountReading():
            return sensor.count
        case DoorReading():
            return sensor.door
        case ChargingReading(port=port):
            return sensor.ports.get(port)
        case ClimateReading():
            return sensor.air
        case _:
            return None


def _presence(sensor: SensorMemory, reading: PresenceReading, at: Millis, arrival: Millis) -> bool:
    old = sensor.presence
    present = reading.present
    if old is None:
        sensor.presence = PresenceWord(at, arrival, present, at)
        if present:
            sensor.signed_at = at
        return True
    valid = old.told >= sensor.alive_from
    if valid and old.at > at:
        return False  # overtaken on the way; the newer word stands
    if present:
        sensor.signed_at = at
    news = not valid or old.present != present
    if news:
        if valid:
            _learn_settling(old, present, at)
        old.present, old.since = present, at
    old.at, old.told = at, arrival
    return news


def _learn_settling(word: PresenceWord, present: bool, at: Millis) -> None:
    """Learn from an absence that ends how long the sensor loses people who sit still."""
    if not present:
        return
    lost_for = at - word.since
    if lost_for <= FLICKER:
        word.settle = min(SETTLE_MOST, max(word.settle, int(lost_for * _MARGIN)))
    elif lost_for >= CLEAN:
        word.settle = max(SETTLE_LEAST, int(word.settle * _FORGIVEN))


def _motion(sensor: SensorMemory, reading: MotionReading, at: Millis, arrival: Millis) -> bool:
    old = sensor.motion
    motion = reading.motion
    if old is None:
        sensor.motion = MotionWord(at, arrival, motion, at if motion else None, at, at if motion else None)
        if motion:
            sensor.signed_at = at
        return True
    valid = old.told >= sensor.alive_from
    if valid and old.at > at:
        return False
    if motion or (valid and old.motion):  # one that reports changes alone saw motion until it says otherwise
        if not old.motion or old.active_since is None:
            old.active_since = at
        old.moved_at = at
        if motion:
            sensor.signed_at = at
    if not valid:
        old.watching_since = at
    news = not valid or motion or old.motion  # that it goes on is news to those who see nobody
    old.motion = motion
    old.at, old.told = at, arrival
    return news


def _count(sensor: SensorMemory, reading: CountReading, at: Millis, arrival: Millis) -> bool:
    old = sensor.count
    totals = reading.people is None
    raw = (reading.in_ or 0) - (reading.out or 0) if reading.people is None else reading.people
    if old is not None and old.told >= sensor.alive_from and old.at > at:
        return False
    base, trusted_from = (raw, at) if totals else (0, 0)
    healed = False
    if old is not None and old.totals == totals and (not totals or old.boot == reading.boot):
        base, trusted_from, healed = old.base, old.trusted_from, old.healed
        if raw < base or raw == 0 < base:
            # More left than came: somebody was inside at the start or was missed. Counting begins anew.
            base, trusted_from, healed = raw, at, healed and raw > 0 and not totals
    people = max(0, raw - base)
    if old is not None and old.people > 0 and people == 0 and base == old.base:
        healed = False
    same = old is not None and old.told >= sensor.alive_from and old.people == people
    if people if old is None else old.raw != raw:
        sensor.signed_at = at
    news = not same or (old is not None and old.trusted_from != trusted_from)
    since = old.since if old is not None and same else at
    sensor.count = CountWord(at, arrival, raw, people, since, totals, reading.boot, base, trusted_from, healed)
    return news


def _door(sensor: SensorMemory, reading: DoorReading, at: Millis, arrival: Millis) -> bool:
    old = sensor.door
    if old is None:
        sensor.door = DoorWord(at, arrival, reading.open, reading.locked)
        return True
    if old.told >= sensor.alive_from and old.at > at:
        return False
    if reading.open and not old.open:
        old.opened_at = at
    if old.open and not reading.open:
        old.closed_at = at
    news = (old.open, old.locked) != (reading.open, reading.locked)
    old.open, old.locked = reading.open, reading.locked
    old.at, old.told = at, arrival
    return news


def _charging(sensor: SensorMemory, reading: ChargingReading, at: Millis, arrival: Millis) -> bool:
    old = sensor.ports.get(reading.port)
    valid = old is not None and old.told >= sensor.alive_from
    if old is not None and valid and old.at > at:
        return False
    sensor.ports[reading.port] = PortWord(at, arrival, reading.state)
    if reading.state == "charging" and (old is None or old.state != "charging"):
        sensor.signed_at = at
    return old is None or not valid or old.state != reading.state


def _climate(sensor: SensorMemory, reading: ClimateReading, at: Millis, arrival: Millis) -> bool:
    word = sensor.air
    if word is None:
        word = sensor.air = air.AirWord(at, arrival)
        air.observe(word, reading, at)
        return True
    valid = word.told >= sensor.alive_from
    if valid and word.at > at:
        return False
    before = air.signs(word)
    word.at, word.told = at, arrival
    air.observe(word, reading, at)
    return not valid or before != air.signs(word)


def _button(sensor: SensorMemory, reading: ButtonReading, at: Millis, arrival: Millis) -> bool:
    if reading.action not in {"check_in", "keep"}:
        return False
    sensor.press = PressWord(at, arrival, reading.action)
    sensor.signed_at = at
    return True


_TAKERS: Final[dict[type, Callable[..., bool]]] = {
    PresenceReading: _presence,
    MotionReading: _motion,
    CountReading: _count,
    DoorReading: _door,
    ChargingReading: _charging,
    ClimateReading: _climate,
    ButtonReading: _button,
}
