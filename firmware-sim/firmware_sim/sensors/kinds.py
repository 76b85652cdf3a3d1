"""The one table of kinds: what stands behind a device of a community file."""

from firmware_sim.chance import stream
from firmware_sim.sensors.button import Button
from firmware_sim.sensors.charging import ChargingPoint
from firmware_sim.sensors.climate import Climate
from firmware_sim.sensors.count import DoorCounter, PeopleCounter
from firmware_sim.sensors.door import Door
from firmware_sim.sensors.glass import GlassWall
from firmware_sim.sensors.lending import Rack
from firmware_sim.sensors.motion import Motion
from firmware_sim.sensors.presence import Presence
from firmware_sim.sensors.sample import Sensor
from firmware_sim.sensors.screen import Display
from firmware_sim.world import World
from services.contracts.community import Device


def sensor_of(device: Device, world: World, serves: frozenset[str]) -> Sensor:
    """Return the sensor of a device. `serves`: the spaces whose people use it, if it is a button."""
    settings = world.scenario.tables.scenario
    rooms = world.rooms(device.space)
    luck = stream(settings.seed, world.day, "sensor", device.id)
    mounting = next((entry for entry in world.scenario.tables.mountings if entry.device == device.id), None)
    match device.kind:
        case "presence":
            return Presence(rooms, luck, _walls(device, world))
        case "motion":
            return Motion(rooms, _walls(device, world))
        case "count" if device.id in settings.totals:
            return DoorCounter(rooms, settings.miscount, luck, mounting)
        case "count" if mounting is not None:
            return DoorCounter(rooms, settings.miscount, luck, mounting, says_people=True)
        case "count":
            return PeopleCounter(rooms, settings.miscount, luck)
        case "door":
            return Door(rooms)
        case "charging":
            return ChargingPoint(rooms[0])
        case "climate":
            return Climate(rooms, lambda: world.hour, luck)
        case "button":
            return Button(world, serves)
        case "lending":
            return Rack(rooms[0])
        case _:  # the community file was checked: what is left is a screen
            return Display()


def _walls(device: Device, world: World) -> tuple[GlassWall, ...]:
    return tuple(
        GlassWall(
            world.rooms(glass.sees),
            glass.share,
            stream(world.scenario.seed, world.day, "glass", device.id, glass.sees),
        )
        for glass in world.scenario.tables.glass
        if glass.device == device.id
    )


def buttons_serve(world: World, devices: list[Device]) -> dict[str, frozenset[str]]:
    """Return which spaces each button serves: its own, and those without one that share a room with it."""
    with_button = {device.space: device.id for device in devices if device.kind == "button"}
    serves: dict[str, set[str]] = {button: {space} for space, button in with_button.items()}
    for space in world.spaces:
        if space in with_button:
            continue
        rooms = {room.id for room in world.rooms(space)}
        near = (other for other in sorted(with_button) if rooms & {room.id for room in world.rooms(other)})
        nearest = next(near, None)
        if nearest is not None:
            serves[with_button[nearest]].add(space)
    return {button: frozenset(spaces) for button, spaces in serves.items()}
