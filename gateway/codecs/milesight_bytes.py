"""Milesight's uplink bytes: channel, type, value, over and over; decoded into the names the vendor's decoder gives.

The meaning of three channels depends on the model, which no uplink names; there the catalogue's kind decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.contracts.errors import PayloadError


@dataclass(frozen=True, slots=True)
class _Channel:
    """How many bytes a value has, and what it says; None: nothing of ours."""

    size: int
    read: Callable[[bytes], dict[str, Any]] | None = None


def _u(at: bytes, start: int = 0, size: int = 2) -> int:
    return int.from_bytes(at[start : start + size], "little")


def _tenth(at: bytes) -> dict[str, Any]:
    """A temperature; all bits set means that the sensor could not be read."""
    return {} if at[:2] == b"\xff\xff" else {"temperature": int.from_bytes(at[:2], "little", signed=True) / 10}


def _humidity(at: bytes) -> dict[str, Any]:
    return {} if at[0] == 0xFF else {"humidity": at[0] / 2}


def _totals(at: bytes) -> dict[str, Any]:
    return {"total_in": _u(at), "total_out": _u(at, 2)}


def _regions(at: bytes) -> dict[str, Any]:
    """VS321: which of ten regions are watched, and which of them are occupied."""
    watched, occupied = _u(at), _u(at, 2)
    found: dict[str, Any] = {}
    for index in range(10):
        found[f"region_{index + 1}_enable"] = "enable" if watched >> index & 1 else "disable"
        found[f"region_{index + 1}"] = "occupied" if occupied >> index & 1 else "vacant"
    return found


def _line(number: int, way: str) -> Callable[[bytes], dict[str, Any]]:
    return lambda at: {f"line_{number}_total_{way}": _u(at, size=4)}


def _occupancy(at: bytes) -> dict[str, Any]:
    return {"occupancy": "occupied" if at[0] else "vacant"}


def _magnet(at: bytes) -> dict[str, Any]:
    return {"magnet_status": "open" if at[0] else "close"}


def _pir(at: bytes) -> dict[str, Any]:
    return {"pir": "trigger" if at[0] else "normal"}


_BY_KIND = {"door": _Channel(1, _magnet), "motion": _Channel(1, _pir)}
"""Channel 03 00: magnet of WS301, PIR of WS202, else occupancy of VS340, VS341, VS370."""

_CHANNELS: dict[tuple[int, int], _Channel] = {
    # the device itself
    (0x01, 0x75): _Channel(1, lambda at: {"battery": at[0]}),
    (0x02, 0x75): _Channel(1),  # the second half of a VS360
    (0xFF, 0x01): _Channel(1),
    (0xFF, 0x08): _Channel(6),
    (0xFF, 0x09): _Channel(2),
    (0xFF, 0x0A): _Channel(2),
    (0xFF, 0x0B): _Channel(1),
    (0xFF, 0x0F): _Channel(1),
    (0xFF, 0x16): _Channel(8),
    (0xFF, 0x1F): _Channel(4),
    (0xFF, 0x3F): _Channel(1),  # WS52x: power outage
    (0xFF, 0xFE): _Channel(1),
    (0xFF, 0xFF): _Channel(2),
    # air
    (0x03, 0x67): _Channel(2, _tenth),
    (0x83, 0x67): _Channel(3, _tenth),
    (0x04, 0x68): _Channel(1, _humidity),
    (0x84, 0x68): _Channel(2, _humidity),
    # presence and motion
    (0x02, 0x82): _Channel(2),  # VS330: distance
    (0x03, 0x00): _Channel(1, _occupancy),  # but see _BY_KIND
    (0x03, 0x8E): _Channel(1, _occupancy),  # VS330
    (0x04, 0x8E): _Channel(1),  # VS330: calibration
    (0x05, 0x00): _Channel(1, _occupancy),  # WS203
    (0x03, 0xF8): _Channel(6, lambda at: {"detection_status": at[0]}),  # VS373
    (0x04, 0xF9): _Channel(4),  # VS373: regions
    (0x05, 0xFA): _Channel(8),  # VS373: times out of bed
    (0x06, 0xFB): _Channel(5),  # VS373: alarm
    (0x05, 0xFD): _Channel(2, lambda at: {"people_total_counts": _u(at)}),  # VS321
    (0x06, 0xFE): _Channel(4, _regions),  # VS321
    (0x07, 0xFF): _Channel(1),  # VS321: bright or dim
    (0x08, 0xF4): _Channel(2, lambda at: {"confidence": "low" if at[1] else "high"}),  # VS321
    (0x0A, 0xEF): _Channel(4),  # VS321: time
    (0x04, 0x00): _Channel(1),  # daylight of WS202, tamper of WS301, light of VS370
    # doors
    (0x06, 0x00): _Channel(1, _magnet),  # EM300-MCS
    # counting
    (0x04, 0xC9): _Channel(4, lambda at: {"people_count_all": at[0]}),  # VS121
    (0x0D, 0xCC): _Channel(4, lambda at: {"people_total_in": _u(at), "people_total_out": _u(at, 2)}),  # VS121
    (0x06, 0xCD): _Channel(1),
    (0x07, 0xD5): _Channel(8),
    (0x08, 0xD5): _Channel(8),
    (0x0E, 0xE4): _Channel(5),
    (0x0F, 0x85): _Channel(4),
    **{(channel, 0xDA): _Channel(8) for channel in range(0x09, 0x0D)},  # VS121: flows between areas
    (0x04, 0xCC): _Channel(4, _totals),  # VS350, VS351, VS360
    (0x84, 0xCC): _Channel(5, _totals),
    (0x85, 0xCC): _Channel(5),
    (0x03, 0xF4): _Channel(2),  # VS360: event
    **{(0x03 + 3 * line, 0xD2): _Channel(4, _line(line + 1, "in")) for line in range(4)},  # VS132, VS133
    **{(0x04 + 3 * line, 0xD2): _Channel(4, _line(line + 1, "out")) for line in range(4)},
    **{(0x05 + 3 * line, 0xCC): _Channel(4) for line in range(4)},  # counts of the last period
    (0x0F, 0xE3): _Channel(4),
    (0x10, 0xE4): _Channel(5),
    # plugs: WS52x
    (0x03, 0x74): _Channel(2),
    (0x04, 0x80): _Channel(4, lambda at: {"power": _u(at, size=4)}),
    (0x05, 0x81): _Channel(1),
    (0x06, 0x83): _Channel(4, lambda at: {"power_sum": _u(at, size=4)}),
    (0x07, 0xC9): _Channel(2),
    (0x08, 0x70): _Channel(1, lambda at: {"state": "open" if at[0] & 1 else "close"}),
}

_VS121_SERIAL, _FIRMWARE = (0xFF, 0x08), (0xFF, 0x0A)
_HISTORY = (0x20, 0xCE)
_ANSWERS = frozenset({0xF8, 0xF9, 0xFE, 0xFF})
"""Channels of answers to downlinks; of no fixed length."""


def decode_bytes(data: bytes, kind: str, notes: list[str]) -> dict[str, Any]:
    """Return what the bytes say for a device of `kind`, in the names of the vendor's decoder.

    What follows a channel of unknown length cannot be read; a note says why reading ended there. Raises PayloadError
    for bytes that end within a value or that begin with no channel of Milesight's.
    """
    found: dict[str, Any] = {}
    at, seen = 0, set[tuple[int, int]]()
    while at < len(data):
        key = (data[at], data[at + 1]) if at + 1 < len(data) else (data[at], -1)
        channel = _channel(key, kind, seen)
        if channel is None:
            if key == _HISTORY:
                notes.append("history_not_decoded")
            elif key[0] in _ANSWERS:
                notes.append("downlink_answer")
            elif at == 0:
                raise PayloadError(f"bytes {data[:2].hex(' ')}: expected a channel and type of Milesight's sensors")
            else:
                notes.append("unknown_channel")
            return found
        value = data[at + 2 : at + 2 + channel.size]
        if len(value) < channel.size:
            raise PayloadError(
                f"channel {bytes(key).hex(' ')} at byte {at}: expected {channel.size} bytes, got {len(value)}"
            )
        if channel.read is not None:
            found |= channel.read(value)
        seen.add(key)
        at += 2 + channel.size
    return found


def _channel(key: tuple[int, int], kind: str, seen: set[tuple[int, int]]) -> _Channel | None:
    if key == (0x03, 0x00) and kind in _BY_KIND:
        return _BY_KIND[kind]
    if key == _FIRMWARE and _VS121_SERIAL in seen:
        return _Channel(4)  # VS121 alone has a serial number of six bytes and a firmware version of four
    return _CHANNELS.get(key)
