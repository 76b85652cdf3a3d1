"""Shelly Gen2 and later: notifications that carry what changed, full status, events, and the online topic."""

from collections.abc import Iterator

from gateway.codecs.fields import Json, climate, flag, health, items, mapping, number, parse, seconds, word
from gateway.codecs.presses import press
from gateway.codecs.said import Codec, Said, say
from gateway.codecs.sockets import socket
from services.contracts.community import Device
from services.contracts.errors import PayloadError
from services.contracts.names import Millis
from services.contracts.readings import Reading

_METERED = frozenset({"switch", "pm1"})


def filters(base: str) -> tuple[str, ...]:
    """Return notifications and last will of a device whose MQTT prefix is `base`."""
    return f"{base}/events/rpc", f"{base}/online"


def decode(topic: str, payload: bytes, device: Device) -> Said:
    """Decode a notification or the online topic. Raises PayloadError."""
    # Somebody who pastes from the vendor's pages pastes `<shelly-id>` with it; the message itself is sound.
    notes = ["placeholder_topic"] if "<" in topic else []
    if topic.endswith("/online"):
        return Said(online=_online(payload), notes=tuple(notes))
    if not topic.endswith("/events/rpc"):
        raise PayloadError(f"topic {topic!r:.80}: expected …/events/rpc or …/online")
    message = mapping(parse(payload), "payload")
    method = word(message, "method")
    params = mapping(message.get("params"), "params")
    if method == "NotifyEvent":
        readings = list(_events(params, device, notes))
    elif method in ("NotifyStatus", "NotifyFullStatus"):
        readings = list(_status(params, device, notes))
    else:
        raise PayloadError(f"method: expected NotifyStatus, NotifyFullStatus or NotifyEvent, got {method!r:.60}")
    return say(device, readings, notes, online=None if readings else True)


def _online(payload: bytes) -> bool:
    said = payload.decode("utf-8", errors="replace")
    if said not in ("true", "false"):
        raise PayloadError(f"online: expected true or false, got {said!r:.60}")
    return said == "true"


def _status(params: Json, device: Device, notes: list[str]) -> Iterator[Reading]:
    ts = seconds(params, "ts", notes)
    air: dict[str, float | None] = {}
    own: dict[str, float | str | None] = {}
    for key, value in params.items():
        kind, _, number_text = key.partition(":")
        if not isinstance(value, dict):
            continue  # ts; and a component that went away is null
        if kind in _METERED:
            reading = _socket(kind, number_text, value, device, ts, notes)
            if reading is not None:
                yield reading
        elif kind == "temperature":
            air.setdefault("temp_c", number(value, "tC"))
        elif kind == "humidity":
            air.setdefault("rh_pct", number(value, "rh"))
        elif kind == "illuminance":
            air.setdefault("lux", number(value, "lux"))
        elif kind == "devicepower":
            own["battery_pct"] = number(mapping(value.get("battery"), "battery"), "percent")
        elif kind == "wifi":
            own["rssi_dbm"] = number(value, "rssi")
        elif kind == "sys":
            own["uptime_s"] = number(value, "uptime")
    for told in (climate(ts, **air), health(ts, notes, **own)):
        if told is not None:
            yield told


def _socket(kind: str, port: str, value: Json, device: Device, ts: Millis | None, notes: list[str]) -> Reading | None:
    power_w = number(value, "apower")
    if device.kind != "charging":
        if power_w is not None:
            notes.append("power_of_another_kind")
        return None
    if not (port.isascii() and port.isdecimal()):
        raise PayloadError(f"{kind}:{port:.20}: expected a number after the colon")
    on = flag(value, "output")
    reading = socket(
        int(port[:4]),
        on=on,
        power_w=power_w,
        energy_wh=number(mapping(value.get("aenergy"), "aenergy"), "total"),
        ts=ts,
        fault=bool(items(value.get("errors"), "errors")),
    )
    if reading is None:
        notes.append("power_not_told")
    return reading


def _events(params: Json, device: Device, notes: list[str]) -> Iterator[Reading]:
    for each in items(params.get("events"), "events"):
        event = mapping(each, "events")
        said = word(event, "event") or ""
        pressed = None
        if device.kind == "button":
            pressed = press(said, seconds(event if "ts" in event else params, "ts", notes))
        if pressed is None:
            notes.append("event_without_meaning")
        else:
            yield pressed


CODEC = Codec(
    name="shelly",
    vendor="Shelly",
    about="Shelly Gen2 and later by RPC notifications: plugs, meters, buttons, climate",
    filters=filters,
    decode=decode,
    fields={
        "switch:N.output": "charging.state",
        "switch:N.apower": "charging.power_w, charging.state",
        "switch:N.aenergy.total": "charging.energy_wh",
        "switch:N.errors": "charging.state",
        "pm1:N.apower": "charging.power_w, charging.state",
        "events[].event": "button.action",
        "temperature:N.tC": "climate.temp_c",
        "humidity:N.rh": "climate.rh_pct",
        "illuminance:N.lux": "climate.lux",
        "devicepower:N.battery.percent": "health.battery_pct",
        "wifi.rssi": "health.rssi_dbm",
        "sys.uptime": "health.uptime_s",
        "params.ts": "ts",
    },
)
