"""What each device of a space last said, kept until it would say something else: nobody is asked twice for the same."""

from dataclasses import dataclass
from typing import NamedTuple

from gateway.fold.memory import SensorMemory
from gateway.fold.testimony import NEVER, Testimony, testify
from services.contracts.community import Device
from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class Watch:
    """A device of the space, and how long it may be silent in ms."""

    device: Device
    limit: Millis


class Answer(NamedTuple):
    """What one device said when it was last asked. Until `until` it would say the same, if nothing new came."""

    said: tuple[Testimony, ...]
    lost: bool
    shown: tuple[object, ...]
    until: Millis


def ask(watch: Watch, sensor: SensorMemory, now: Millis, hold: Millis) -> Answer:
    """Return what a device says at `now`; `hold`: how long motion sensors have to be quiet in its space, in ms."""
    said = tuple(testify(watch.device.id, watch.device.kind, sensor, now, watch.limit, hold))
    until = min((t.until for t in said), default=NEVER)
    shown = (
        sensor.lost,
        [(t.kind, t.says, t.people) for t in said],
        sensor.door.locked if sensor.door is not None else None,
        [port.state for port in sensor.ports.values()],
    )
    return Answer(said, sensor.lost, shown, until)
