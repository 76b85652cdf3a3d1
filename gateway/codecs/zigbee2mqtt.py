"""Zigbee2MQTT: one JSON object of everything known about a device, whichever part of it changed."""

from gateway.codecs.fields import Json, climate, flag, health, instant, mapping, number, parse, word
from gateway.codecs.presses import press
from gateway.codecs.said import Codec, Said, say
from gateway.codecs.sockets import socket
from services.contracts.community import Device
from services.contracts.errors import PayloadError
from services.contracts.names import Millis
from services.contracts.readings import DoorReading, MotionReading, PresenceReading, Reading

_SWITCH = {"ON": True, "OFF": False}


def filters(base: str) -> tuple[str, ...]:
    """Return the device's own topic and its availability."""
    return base, f"{base}/availability"


def decode(topic: str, payload: bytes, device: Device) -> Said:
    """Decode a state message or an availability message. Raises PayloadError."""
    if topic.endswith("/availability"):
        return Said(online=_available(payload))
    if topic.endswith(("/set", "/get")):
        return Said(notes=("command_to_device",))
    if "/bridge/" in topic:
        return Said(notes=("bridge_message",))
    if topic.endswith("/config"):
        return Said(notes=("discovery_message",))
    if not payload:
        return Said(notes=("emptied",))  # a retained message was removed
    message = mapping(parse(payload), "payload")
    notes: list[str] = []
    ts = instant(message.get("last_seen"), "last_seen", notes)
    readings: list[Reading | None] = [
        _watching(message, device, ts),
        _door(message, ts),
        _button(message, device, ts),
        _charging(message, device, ts, notes),
        climate(
            ts,
            co2_ppm=number(message, "co2"),
            temp_c=number(message, "temperature"),
            rh_pct=number(message, "humidity"),
            lux=_lux(message),
            noise_db=number(message, "noise"),
            pm25=number(message, "pm25"),
        ),
        health(ts, notes, battery_pct=number(message, "battery")),
    ]
    return say(device, readings, notes)


def _available(payload: bytes) -> bool:
    """Return what `online`, or `{"state": "online"}` since version 1.31, says."""
    said = payload.decode("utf-8", errors="replace").strip()
    if said.startswith("{"):
        said = word(mapping(parse(payload), "payload"), "state") or ""
    if said not in ("online", "offline"):
        raise PayloadError(f"availability: expected online or offline, got {said!r:.60}")
    return said == "online"


def _watching(message: Json, device: Device, ts: Millis | None) -> Reading | None:
    """`presence` comes from radars, `occupancy` from PIR and radars alike: there the catalogue decides."""
    present = flag(message, "presence")
    occupied = flag(message, "occupancy")
    if present is None and occupied is None:
        return None
    if device.kind == "motion" or (present is None and device.kind != "presence"):
        return MotionReading(ts=ts, motion=bool(occupied if occupied is not None else present))
    return PresenceReading(ts=ts, present=bool(present if present is not None else occupied))


def _door(message: Json, ts: Millis | None) -> Reading | None:
    """`contact` is true while the magnet touches: the door is closed."""
    contact = flag(message, "contact")
    if contact is None:
        contact = flag(message, "garage_door_contact")
    if contact is None:
        return None
    lock = word(message, "lock_state")
    return DoorReading(ts=ts, open=not contact, locked={"locked": True, "unlocked": False}.get(lock or ""))


def _button(message: Json, device: Device, ts: Millis | None) -> Reading | None:
    action = word(message, "action") if device.kind == "button" else None
    return press(action, ts) if action else None


def _charging(message: Json, device: Device, ts: Millis | None, notes: list[str]) -> Reading | None:
    power_w = number(message, "power")
    if device.kind != "charging":
        if power_w is not None:
            notes.append("power_of_another_kind")
        return None
    energy_kwh = number(message, "energy")
    return socket(
        0,
        on=_SWITCH.get(word(message, "state") or ""),
        power_w=power_w,
        energy_wh=None if energy_kwh is None else energy_kwh * 1000,
        ts=ts,
    )


def _lux(message: Json) -> float | None:
    """Before version 2 `illuminance` was the raw logarithm whenever `illuminance_lux` stood beside it."""
    lux = number(message, "illuminance_lux")
    return lux if lux is not None else number(message, "illuminance")


CODEC = Codec(
    name="zigbee2mqtt",
    vendor="Zigbee2MQTT",
    about="Zigbee devices by Zigbee2MQTT: PIR, radar, contact, plug, button, climate",
    filters=filters,
    decode=decode,
    fields={
        "occupancy": "motion.motion, presence.present",
        "presence": "presence.present, motion.motion",
        "contact": "door.open",
        "garage_door_contact": "door.open",
        "lock_state": "door.locked",
        "action": "button.action",
        "state": "charging.state",
        "power": "charging.power_w, charging.state",
        "energy": "charging.energy_wh",
        "co2": "climate.co2_ppm",
        "temperature": "climate.temp_c",
        "humidity": "climate.rh_pct",
        "illuminance_lux": "climate.lux",
        "illuminance": "climate.lux",
        "noise": "climate.noise_db",
        "pm25": "climate.pm25",
        "battery": "health.battery_pct",
        "last_seen": "ts",
    },
)
