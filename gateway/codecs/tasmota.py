"""Tasmota: telemetry and results of one board, and of the Zigbee devices behind its bridge.

A catalogue `topic` is the board's %topic% (`plug_3`), a full topic with %prefix% in it (`floor1/%prefix%/plug_3`), or
either with `#` and the short address or name of one Zigbee device behind a bridge (`SonoffZB#0x662E`).
"""

import re
from collections.abc import Iterator

from gateway.codecs.fields import (
    Json,
    climate,
    flag,
    health,
    instant,
    items,
    mapping,
    number,
    parse,
    word,
)
from gateway.codecs.presses import press
from gateway.codecs.said import Codec, Said, say
from gateway.codecs.sockets import socket
from services.contracts.community import Device
from services.contracts.errors import PayloadError
from services.contracts.names import Millis
from services.contracts.readings import DoorReading, MotionReading, PresenceReading, Reading

_PREFIXES = ("tele", "stat")
_SWITCH = {"ON": True, "OFF": False}
_RELAY = re.compile(r"POWER([1-9]|[12]\d|3[0-2])?", re.ASCII)
_LEAVES = frozenset({"SENSOR", "STATE", "RESULT", "LWT"})


def filters(base: str) -> tuple[str, ...]:
    """Return everything below telemetry and results of the board."""
    path = base.partition("#")[0]
    full = path if "%prefix%" in path else f"%prefix%/{path}"
    return tuple(full.replace("%prefix%", prefix).rstrip("/") + "/+" for prefix in _PREFIXES)


def decode(topic: str, payload: bytes, device: Device) -> Said:
    """Decode a message of the board. Raises PayloadError."""
    parts = topic.split("/")
    leaf = parts[-1]
    if not set(parts[:-1]) & set(_PREFIXES):
        raise PayloadError(f"topic {topic!r:.80}: expected tele/…/SENSOR, STATE or LWT, or stat/…/RESULT")
    if leaf == "LWT":
        online = _online(payload)
        if online and _behind_bridge(device):  # a bridge that is back has not yet heard its devices
            return Said(notes=("bridge_message",))
        return Said(online=online)
    if leaf.startswith("POWER") and not _behind_bridge(device):
        readings = list(_relays({leaf: payload.decode("utf-8", errors="replace")}, device, None))
        return say(device, readings, online=None if readings else True)
    if leaf not in _LEAVES and not leaf.startswith("STATUS"):
        return Said(online=None if _behind_bridge(device) else True, notes=("not_a_measurement",))
    message = mapping(parse(payload), "payload")
    if leaf.startswith("STATUS"):  # the answer to a query wraps what telemetry says openly
        message = mapping(message.get("StatusSNS") or message.get("StatusSTS"), "StatusSNS")
    if "ZbReceived" in message:
        return _zigbee(mapping(message["ZbReceived"], "ZbReceived"), device)
    if _behind_bridge(device):
        return Said(notes=("bridge_message",))
    return _board(message, device)


def _behind_bridge(device: Device) -> str:
    """Return the address or name of a device behind a Zigbee bridge, nothing for a board."""
    return (device.topic or "").partition("#")[2]


def _online(payload: bytes) -> bool:
    said = payload.decode("utf-8", errors="replace")
    if said not in ("Online", "Offline"):
        raise PayloadError(f"LWT: expected Online or Offline, got {said!r:.60}")
    return said == "Online"


def _board(message: Json, device: Device) -> Said:
    notes: list[str] = []
    ts = instant(message.get("Time"), "Time", notes)
    wifi = mapping(message.get("Wifi"), "Wifi")
    readings: list[Reading | None] = [
        *_switches(message, device, ts, notes),
        *_meters(message, device, ts, notes),
        *_relays(message, device, ts),
        *_buttons(message, device, ts),
        _air(message, ts),
        health(ts, notes, uptime_s=number(message, "UptimeSec"), rssi_dbm=number(wifi, "Signal")),
    ]
    return say(device, readings, notes, online=None if any(readings) else True)


def _switches(message: Json, device: Device, ts: Millis | None, notes: list[str]) -> Iterator[Reading]:
    """`Switch1` is whatever is wired to it: a PIR or radar output is ON while it sees somebody."""
    found = message.get("Switch1")
    said = word({"Switch1": found.get("Action")}, "Switch1") if isinstance(found, dict) else word(message, "Switch1")
    on = _SWITCH.get(said or "")
    if on is None:
        return
    if device.kind == "motion":
        yield MotionReading(ts=ts, motion=on)
    elif device.kind == "presence":
        yield PresenceReading(ts=ts, present=on)
    else:
        notes.append("switch_without_meaning")


def _meters(message: Json, device: Device, ts: Millis | None, notes: list[str]) -> Iterator[Reading]:
    energy = mapping(message.get("ENERGY"), "ENERGY")
    if not energy:
        return
    if device.kind != "charging":
        notes.append("power_of_another_kind")
        return
    powers, totals = _channels(energy, "Power"), _channels(energy, "Total")
    for port, power_w in enumerate(powers):
        # Boards with several outlets and one counter give one total: it belongs to none of the outlets.
        total_kwh = totals[port] if len(totals) == len(powers) else None
        reading = socket(
            port, on=None, power_w=power_w, energy_wh=None if total_kwh is None else total_kwh * 1000, ts=ts
        )
        if reading is not None:
            yield reading


def _channels(energy: Json, name: str) -> list[float | None]:
    """Return one value, or one for each outlet of a board that has several."""
    value = energy.get(name)
    if isinstance(value, list):
        return [number({name: each}, name) for each in items(value, name)]
    return [number(energy, name)]


def _relays(message: Json, device: Device, ts: Millis | None) -> Iterator[Reading]:
    """A relay that is off charges nothing; one that is on does not tell. A meter in the same message tells more."""
    if device.kind != "charging" or "ENERGY" in message:
        return
    for name in message:
        relay = _RELAY.fullmatch(name)
        if relay is not None:
            on = _SWITCH.get(word(message, name) or "")
            reading = socket(int(relay[1] or 1) - 1, on=on, power_w=None, energy_wh=None, ts=ts)
            if reading is not None:
                yield reading


def _buttons(message: Json, device: Device, ts: Millis | None) -> Iterator[Reading]:
    if device.kind != "button":
        return
    for name, value in message.items():
        if name.startswith("Button") and isinstance(value, dict):
            pressed = press(word(value, "Action") or "", ts)
            if pressed is not None:
                yield pressed


def _air(message: Json, ts: Millis | None) -> Reading | None:
    """Return what the sensor blocks (`SI7021`, `BH1750`, `SCD30` …) measure, whatever their names."""
    measured: dict[str, float | None] = {}
    for value in message.values():
        if isinstance(value, dict):
            for name, ours in _AIR.items():
                if name in value:
                    measured.setdefault(ours, number(value, name))
    celsius = measured.get("temp_c")
    if celsius is not None and message.get("TempUnit") == "F":
        measured["temp_c"] = round((celsius - 32) / 1.8, 2)
    return climate(ts, **measured)


_AIR = {
    "Temperature": "temp_c",
    "Humidity": "rh_pct",
    "CarbonDioxide": "co2_ppm",
    "Illuminance": "lux",
    "PM2.5": "pm25",
}


def _zigbee(received: Json, device: Device) -> Said:
    """Decode what a bridge heard from one of its devices."""
    wanted = _behind_bridge(device)
    for address, value in received.items():
        heard = mapping(value, address)
        if wanted and wanted not in (address, (word(heard, "Name") or "").strip()):
            continue
        return _zigbee_device(heard, device)
    return Said(notes=("another_device",))


def _zigbee_device(heard: Json, device: Device) -> Said:
    notes: list[str] = []
    readings: list[Reading | None] = []
    contact = flag(heard, "Contact")
    if contact is not None:  # the zone alarm bit: set while the door is open, the opposite of Zigbee2MQTT
        readings.append(DoorReading(open=contact))
    occupied = flag(heard, "Occupancy")
    timed_out = occupied is False and "Endpoint" not in heard and "LinkQuality" not in heard
    if timed_out:
        notes.append("synthetic_timeout")
    if occupied is not None and device.kind != "presence":
        readings.append(MotionReading(motion=occupied))
    elif occupied is not None and not timed_out:  # a timer of the bridge has seen nobody leave
        readings.append(PresenceReading(present=occupied))
    readings += [
        climate(
            None,
            temp_c=number(heard, "Temperature"),
            rh_pct=number(heard, "Humidity"),
        ),
        health(None, notes, battery_pct=number(heard, "BatteryPercentage")),
    ]
    return say(device, readings, notes)


CODEC = Codec(
    name="tasmota",
    vendor="Tasmota",
    about="Tasmota boards: plugs, switches, buttons, climate, and Zigbee devices behind a Sonoff bridge",
    filters=filters,
    decode=decode,
    fields={
        "Switch1": "motion.motion, presence.present",
        "ENERGY.Power": "charging.power_w, charging.state",
        "ENERGY.Total": "charging.energy_wh",
        "POWER": "charging.state",
        "Button1.Action": "button.action",
        "ZbReceived.Contact": "door.open",
        "ZbReceived.Occupancy": "motion.motion, presence.present",
        "ZbReceived.BatteryPercentage": "health.battery_pct",
        "Temperature": "climate.temp_c",
        "Humidity": "climate.rh_pct",
        "CarbonDioxide": "climate.co2_ppm",
        "Illuminance": "climate.lux",
        "PM2.5": "climate.pm25",
        "UptimeSec": "health.uptime_s",
        "Wifi.Signal": "health.rssi_dbm",
        "Time": "ts",
    },
)
