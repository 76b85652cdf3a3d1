"""Milesight's LoRaWAN sensors: occupancy, counting, door and plug, from the decoded object or from the bytes.

The names are those of the vendor's own decoders and of the older ones still in use at network servers.
"""

import re
from collections.abc import Iterator
from typing import Any

from gateway.codecs.fields import Json, build, climate, number, whole
from gateway.codecs.milesight_bytes import decode_bytes
from gateway.codecs.sockets import socket
from services.contracts.community import Device
from services.contracts.errors import PayloadError
from services.contracts.readings import CountReading, DoorReading, MotionReading, PresenceReading, Reading

FIELDS = {
    "occupancy": "presence.present, motion.motion",
    "detection_status": "presence.present, motion.motion",
    "region_N": "presence.present, motion.motion",
    "pir": "motion.motion",
    "people_count_all": "count.people",
    "people_total_counts": "count.people",
    "total_in": "count.in",
    "total_out": "count.out",
    "total_counter_in": "count.in",
    "total_counter_out": "count.out",
    "people_total_in": "count.in",
    "people_total_out": "count.out",
    "line_N_total_in": "count.in",
    "line_N_total_out": "count.out",
    "magnet_status": "door.open",
    "door": "door.open",
    "state": "door.open, charging.state",
    "power": "charging.power_w, charging.state",
    "power_sum": "charging.energy_wh",
    "temperature": "climate.temp_c",
    "humidity": "climate.rh_pct",
    "co2": "climate.co2_ppm",
    "battery": "health.battery_pct",
    "battery_main": "health.battery_pct",
}
"""Field of the decoded object → ours; the battery is put with the signal by the network server's codec."""

_OPEN = {"open": True, "opened": True, "close": False, "closed": False, "on": True, "off": False, 1: True, 0: False}
_OCCUPIED = {"occupied": True, "vacant": False, "trigger": True, "normal": False, 1: True, 0: False}
_DETECTED = {
    "normal": True,
    "vacant": False,
    "in bed": True,
    "in_bed": True,
    "out of bed": True,
    "out_of_bed": True,
    "fall": True,
    0: True,
    1: False,
    2: True,
    3: True,
    4: True,
}
"""VS373 in words, and in the numbers its own decoder passes on. Out of bed is still in the room."""

_VS321 = frozenset({"people_total_counts", "illuminance_status"})
"""Fields of a sensor whose detection status says how well it sees, not whom."""

_REGION = re.compile(r"region_(\d{1,2})")
_LINE = re.compile(r"line_(\d)_total_in")
_TOTALS = (
    ("total_in", "total_out"),
    ("total_counter_in", "total_counter_out"),
    ("people_total_in", "people_total_out"),
)


def readings_of(decoded: Json, data: bytes, device: Device, notes: list[str]) -> tuple[list[Reading], float | None]:
    """Return what a sensor measured, and its battery in per cent.

    The decoded object counts; the bytes are read when it has nothing of ours, as an outdated decoder at the network
    server leaves out what it does not know. Raises PayloadError.
    """
    found = list(_readings(decoded, device, notes))
    battery = _battery(decoded)
    if data and not found and battery is None:
        if decoded:
            notes.append("object_without_ours")
        decoded = decode_bytes(data, device.kind, notes)
        found, battery = list(_readings(decoded, device, notes)), _battery(decoded)
    return found, battery


def _battery(decoded: Json) -> float | None:
    battery = number(decoded, "battery")
    return battery if battery is not None else number(decoded, "battery_main")


def _readings(decoded: Json, device: Device, notes: list[str]) -> Iterator[Reading]:
    for reading in (
        _watching(decoded, device, notes),
        _count(decoded, notes),
        _door(decoded, device),
        _plug(decoded, device, notes),
        climate(
            None,
            co2_ppm=number(decoded, "co2"),
            temp_c=number(decoded, "temperature"),
            rh_pct=number(decoded, "humidity"),
        ),
    ):
        if reading is not None:
            yield reading


def _either(decoded: Json, name: str, table: dict[Any, bool]) -> bool | None:
    value = decoded.get(name)
    if value is None:
        return None
    # Whole numbers may come as 1.0; a list or object cannot be looked up.
    found = table.get(value) if isinstance(value, str | int | float) else None
    if found is None:
        known = ", ".join(key for key in table if isinstance(key, str))
        raise PayloadError(f"{name}: expected one of {known}, got {value!r:.60}")
    return found


def _watching(decoded: Json, device: Device, notes: list[str]) -> Reading | None:
    """A PIR says motion; radar, thermal and seat say presence, unless the catalogue calls the device a motion sensor.

    A bare `occupancy` may be either: it is presence for kind presence alone.
    """
    moved = _either(decoded, "pir", _OCCUPIED)
    if moved is not None:
        return MotionReading(motion=moved)
    present = _either(decoded, "occupancy", _OCCUPIED)
    if present is not None:
        return _presence(present, certain=device.kind == "presence")
    present = _detected(decoded, notes)
    return None if present is None else _presence(present, certain=device.kind != "motion")


def _presence(present: bool, *, certain: bool) -> Reading:
    return PresenceReading(present=present) if certain else MotionReading(motion=present)


def _detected(decoded: Json, notes: list[str]) -> bool | None:
    """Return what an area sensor sees: in any watched region (VS321), or at all (VS373)."""
    if "people_count_all" in decoded:
        return None  # VS121 has regions as well, and counts
    regions = [
        _either(decoded, name, _OCCUPIED)
        for name in decoded
        if _REGION.fullmatch(name) and decoded.get(f"{name}_enable", "enable") not in ("disable", 0)
    ]
    if regions:
        present = any(regions)
    elif "detection_status" in decoded and not decoded.keys() & _VS321:
        present = _either(decoded, "detection_status", _DETECTED) or False
    else:
        return None
    return None if not present and _is_blind(decoded, notes) else present


def _is_blind(decoded: Json, notes: list[str]) -> bool:
    """Tell whether a VS321 says that it cannot see well: then nobody seen proves nothing; somebody seen is taken."""
    blind = decoded.get("confidence") in ("low", 1) or decoded.get("detection_status") == "unavailable"
    if blind:
        notes.append("low_confidence")
    return blind


def _count(decoded: Json, notes: list[str]) -> Reading | None:
    people = whole(decoded, "people_count_all")
    if people is None:
        people = whole(decoded, "people_total_counts")
        if people == 0 and _is_blind(decoded, notes):
            people = None
    came, left = _lines(decoded, notes)
    for name_in, name_out in _TOTALS:
        if came is None or left is None:
            came, left = whole(decoded, name_in), whole(decoded, name_out)
    if came is None or left is None:
        return None if people is None else build(CountReading, people=people)
    return build(CountReading, people=people, in_=came, out=left)


def _lines(decoded: Json, notes: list[str]) -> tuple[int | None, int | None]:
    """Return the totals over all lines of a counter, each of which must be a door of the same space.

    An uplink without line 1 is the rest of one that did not fit: its sum would look like a counter that starts anew.
    """
    numbers = sorted(int(match[1]) for match in map(_LINE.fullmatch, decoded) if match)
    if not numbers:
        return None, None
    if numbers[0] != 1:
        notes.append("partial_lines")
        return None, None
    if len(numbers) > 1:
        notes.append("lines_added")
    came = [whole(decoded, f"line_{line}_total_in") or 0 for line in numbers]
    left = [whole(decoded, f"line_{line}_total_out") or 0 for line in numbers]
    return sum(came), sum(left)


def _door(decoded: Json, device: Device) -> Reading | None:
    names = ["magnet_status", "door"] + (["state"] if device.kind == "door" else [])
    for name in names:
        is_open = _either(decoded, name, _OPEN)
        if is_open is not None:
            return DoorReading(open=is_open)
    return None


def _plug(decoded: Json, device: Device, notes: list[str]) -> Reading | None:
    power_w = number(decoded, "power")
    if device.kind != "charging":
        if power_w is not None:
            notes.append("power_of_another_kind")
        return None
    # Milesight calls a closed circuit `open`: the socket is on.
    return socket(0, on=_either(decoded, "state", _OPEN), power_w=power_w, energy_wh=number(decoded, "power_sum"))
