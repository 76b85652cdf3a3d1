"""What a LoRaWAN uplink says, whichever network server handed it on: session, frame counter, gateway time, signal."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.codecs.fields import Json, health
from gateway.codecs.milesight import readings_of
from gateway.codecs.said import Said, say
from services.contracts.community import Device
from services.contracts.errors import PayloadError
from services.contracts.names import MINUTE, Millis

GATEWAY_CLOCK_TRUSTED: Millis = 5 * MINUTE
"""A gateway without time source runs on its own quartz from whatever it woke up with; beyond this the server counts."""

_BOOT_LONGEST = 64
"""The contract's bound for `boot`."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """The parts of an uplink that both network servers give, in their own JSON."""

    session: str | None
    """Changes with every join; frame counters begin anew with it."""
    counter: int
    gateway_at: Millis | None
    server_at: Millis | None
    decoded: Json
    """What the server's payload formatter made of the bytes; empty when it has none."""
    data: bytes
    rssi_dbm: float | None


def say_uplink(uplink: Uplink, device: Device, notes: list[str]) -> Said:
    """Return the readings of an uplink, each with the uplink's identity and time. Raises PayloadError."""
    readings, battery = readings_of(uplink.decoded, uplink.data, device, notes)
    own = health(None, notes, battery_pct=battery, rssi_dbm=uplink.rssi_dbm)
    identity: dict[str, object] = {"ts": _time(uplink, notes)}
    if uplink.session:
        identity |= {"boot": uplink.session[:_BOOT_LONGEST], "seq": uplink.counter}
    else:
        notes.append("no_session")
    found = [*readings, own] if own is not None else readings
    return say(device, [reading.model_copy(update=identity) for reading in found], notes)


def _time(uplink: Uplink, notes: list[str]) -> Millis | None:
    at, server_at = uplink.gateway_at, uplink.server_at
    if at is None or server_at is None:
        return at if at is not None else server_at
    if abs(at - server_at) > GATEWAY_CLOCK_TRUSTED:
        notes.append("gateway_clock_off")
        return server_at
    return at


def payload_bytes(text: str | None, name: str) -> bytes:
    """Return base64 as bytes; nothing for nothing. Raises PayloadError."""
    try:
        return base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raise PayloadError(f"{name}: expected base64, got {text!r:.60}") from None


def strongest(signals: Iterable[float | None]) -> float | None:
    """Return the signal at the gateway that heard best."""
    return max((signal for signal in signals if signal is not None), default=None)
