"""What staff are told of the devices of a space: lost and back, doubted and believed again."""

from gateway.fold.memory import SensorMemory
from services.contracts.community import Space
from services.contracts.events import Alert
from services.contracts.names import Millis
from services.contracts.states import Occupancy


def loss(space: Space, name: str, sensor: SensorMemory, at: Millis, *, lost: bool, occupancy: Occupancy) -> Alert:
    """Return the news that a device is lost, or back. It is worse where it leaves the room unknown."""
    return Alert(
        key=f"device/{space.site}/{name}",
        level="warning" if occupancy == "unknown" else "info",
        at=at,
        cleared=not lost,
        text="states.alert_device_lost" if lost else "states.alert_device_back",
        params={**_of(space, name), "heard_at": sensor.heard},
    )


def doubt(space: Space, name: str, reason: str, at: Millis) -> Alert:
    """Return the news that a device is not believed, for what reason, or with none that it is believed again."""
    return Alert(
        key=f"doubt/{space.site}/{name}",
        level="warning" if reason else "info",
        at=at,
        cleared=not reason,
        text=f"states.alert_doubt_{reason or 'over'}",
        params={**_of(space, name), "reason": reason},
    )


def _of(space: Space, name: str) -> dict[str, str | int | float | bool | None]:
    return {"device": name, "space": space.id, "space_name": space.name}
