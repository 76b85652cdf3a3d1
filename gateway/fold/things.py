"""What is in a space besides people: doors, charging ports, devices; of a whole those of its parts as well."""

from typing import NamedTuple

from gateway.fold.memory import SensorMemory
from services.contracts.states import Charging, DeviceTally, DoorState


class Things(NamedTuple):
    """What is in a space besides people."""

    doors: dict[str, DoorState]
    charging: Charging
    devices: DeviceTally
    doubted: frozenset[str]

    def and_of(self, part: "Things") -> "Things":
        """Return these and those of a part."""
        return Things(
            self.doors | part.doors,
            Charging(
                ports=self.charging.ports + part.charging.ports,
                in_use=self.charging.in_use + part.charging.in_use,
                fault=self.charging.fault + part.charging.fault,
            ),
            DeviceTally(
                online=self.devices.online + part.devices.online, offline=self.devices.offline + part.devices.offline
            ),
            self.doubted | part.doubted,
        )


def things_of(sensors: dict[str, SensorMemory]) -> Things:
    """Return the things that these sensors, by name, tell of."""
    heard = {name: sensor for name, sensor in sensors.items() if not sensor.lost}
    ports = [port.state for sensor in heard.values() for port in sensor.ports.values()]
    return Things(
        {
            name: DoorState(open=sensor.door.open, locked=sensor.door.locked)
            for name, sensor in heard.items()
            if sensor.door is not None
        },
        Charging(
            ports=sum(len(sensor.ports) for sensor in sensors.values()),
            in_use=ports.count("charging"),
            fault=ports.count("fault"),
        ),
        DeviceTally(online=len(heard), offline=len(sensors) - len(heard)),
        frozenset(name for name, sensor in sensors.items() if sensor.trust.doubt),
    )
