"""Folds one message into the memory of its sensor, and tells whether anything new was said."""

from typing import assert_never

from pydantic import BaseModel

from gateway.fold import air
from gateway.fold.memory import (
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
from services.contracts.names import Millis
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

Telling = (
    PresenceReading | MotionReading | CountReading | DoorReading | ChargingReading | ClimateReading | ButtonReading
)


def hear(sensor: SensorMemory, arrival: Millis, boot: str | None, limit: Millis) -> bool:
    """Note that the sensor is alive; tell whether that is news. After a silence or a new boot its old words are void.

    `limit` is how long it may be silent, in ms.
    """
    silent = sensor.heard is not None and arrival >= sensor.heard + limit
    rebooted = boot is not None and sensor.boot is not None and boot != sensor.boot
    news = sensor.heard is None or silent or rebooted or sensor.offline
    if silent or rebooted or sensor.offline:
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
    if not isinstance(reading, Telling):
        return False  # health and lending say nothing about people
    at = min(at, arrival)
    held = _word_of(sensor, reading)
    valid = held is not None and held.told >= sensor.alive_from
    if held is not None and valid and held.at > at:
        return False  # overtaken on the way; the newer word stands
    match reading:
        case PresenceReading(present=present):
            old = sensor.presence if valid else None
            same = old is not None and old.present == present
            sensor.presence = PresenceWord(at, arrival, present, old.since if old is not None and same else at)
            return not same
        case MotionReading(motion=motion):
            return _fold_motion(sensor, motion, at, arrival, valid)
        case CountReading():
            return _fold_count(sensor, reading, at, arrival, valid)
        case DoorReading():
            return _fold_door(sensor, reading, at, arrival)
        case ChargingReading(port=port, state=state):
            before = sensor.ports.get(port)
            sensor.ports[port] = PortWord(at, arrival, state)
            return not valid or before is None or before.state != state
        case ClimateReading():
            word = sensor.air or air.AirWord(at, arrival)
            before_air = (word.verdict, air.is_dark(word), valid)
            word.at, word.told = at, arrival
            air.observe(word, reading, at)
            sensor.air = word
            return before_air != (word.verdict, air.is_dark(word), True)
        case ButtonReading(action=action):
            if action in {"check_in", "keep"}:
                sensor.press = PressWord(at, arrival, action)
                return True
            return False
    assert_never(reading)


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


def _fold_motion(sensor: SensorMemory, motion: bool, at: Millis, arrival: Millis, valid: bool) -> bool:
    old = sensor.motion
    moved_at = None if old is None else old.moved_at
    if motion or (old is not None and valid and old.motion):
        moved_at = at  # a sensor that reports changes alone saw motion until it says otherwise
    watching = old.watching_since if old is not None and valid else at
    sensor.motion = MotionWord(at, arrival, motion, moved_at, watching)
    return not valid or old is None or old.motion != motion


def _fold_count(sensor: SensorMemory, reading: CountReading, at: Millis, arrival: Millis, valid: bool) -> bool:
    old = sensor.count
    people, base, trusted_from = reading.people, None, 0
    if people is None:
        net = (reading.in_ or 0) - (reading.out or 0)
        base, trusted_from = net, at
        if old is not None and old.base is not None and old.boot == reading.boot:
            # More left than came: somebody was inside at the start or was missed. Counting begins anew.
            base, trusted_from = (old.base, old.trusted_from) if net >= old.base else (net, at)
        people = net - base
    same = old is not None and valid and old.people == people
    since = old.since if old is not None and same else at
    sensor.count = CountWord(at, arrival, people, since, reading.boot, base, trusted_from)
    return not same or (old is not None and old.trusted_from != trusted_from)


def _fold_door(sensor: SensorMemory, reading: DoorReading, at: Millis, arrival: Millis) -> bool:
    old = sensor.door
    word = DoorWord(at, arrival, reading.open, reading.locked)
    if old is not None:
        word.opened_at, word.closed_at = old.opened_at, old.closed_at
        if reading.open and not old.open:
            word.opened_at = at
        if old.open and not reading.open:
            word.closed_at = at
    sensor.door = word
    return old is None or (old.open, old.locked) != (reading.open, reading.locked)
