"""OCPP 1.6: what a charge point calls its central system for, relayed over MQTT as it went over the wire.

A frame is `[2, id, action, payload]` (a call), `[3, id, payload]` (an answer) or `[4, id, …]` (a refusal). The identity
of the person who charges (`idTag`) is never taken over.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.codecs.fields import Json, health, instant, items, mapping, number, parse, whole, word
from gateway.codecs.said import Codec, Said, say
from gateway.codecs.sockets import CHARGING_FROM_W, State, charging
from services.contracts.community import Device
from services.contracts.errors import PayloadError
from services.contracts.readings import Reading

_CALL, _ANSWERS = 2, (3, 4)

_STATES: dict[str, State] = {
    "Available": "idle",
    "Preparing": "idle",
    "Reserved": "idle",
    "Charging": "charging",
    "SuspendedEV": "done",
    "SuspendedEVSE": "done",
    "Finishing": "done",
    "Unavailable": "fault",
    "Faulted": "fault",
}
"""`done`: the port is taken and no power flows. `Unavailable` is out of service, whoever put it there."""

_POWER = "Power.Active.Import"
_ENERGY = "Energy.Active.Import.Register"
_UNITS = {"W": 1.0, "kW": 1000.0, "Wh": 1.0, "kWh": 1000.0}


def filters(base: str) -> tuple[str, ...]:
    """Return the topic of the charge point and one level below, where relays put direction or action."""
    return base, f"{base}/+"


def decode(_topic: str, payload: bytes, device: Device) -> Said:
    """Decode one frame; the topic plays no part. Raises PayloadError."""
    frame = items(parse(payload), "frame")
    if frame[:1] and frame[0] in _ANSWERS and not isinstance(frame[0], bool):
        return Said(notes=("answer_frame",))
    if len(frame) != 4 or frame[0] != _CALL or not isinstance(frame[2], str):
        raise PayloadError(f"frame: expected [2, id, action, payload] of OCPP 1.6, got {frame!r:.60}")
    call = mapping(frame[3], "payload")
    handler = _CALLS.get(frame[2])
    if handler is None:  # Heartbeat, Authorize, DataTransfer …: the charge point lives
        return say(device, (), ("call_without_reading",), online=True)
    notes: list[str] = []
    readings = list(handler(call, notes))
    return say(device, readings, notes, online=None if readings else True)


def _port(call: Json, notes: list[str]) -> int | None:
    port = whole(call, "connectorId")
    if port is None:
        raise PayloadError("connectorId: expected the number of a connector, got nothing")
    if port == 0:  # the charge point as a whole; its connectors report for themselves
        notes.append("charge_point_itself")
        return None
    return port


def _status(call: Json, notes: list[str]) -> Iterator[Reading]:
    status = word(call, "status") or ""
    state = _STATES.get(status)
    if state is None:
        raise PayloadError(f"status: expected one of {', '.join(_STATES)}, got {status!r:.60}")
    port, ts = _port(call, notes), instant(call.get("timestamp"), "timestamp", notes)
    if port is not None:
        yield charging(port, state, ts=ts, power_w=None if state == "charging" else 0.0)


def _started(call: Json, notes: list[str]) -> Iterator[Reading]:
    port, ts = _port(call, notes), instant(call.get("timestamp"), "timestamp", notes)
    if port is not None:
        yield charging(port, "charging", ts=ts, energy_wh=number(call, "meterStart"))


def _stopped(_call: Json, notes: list[str]) -> Iterator[Reading]:
    """The call names its transaction, not the connector; the status that follows names it."""
    notes.append("stop_names_no_port")
    yield from ()


def _meter_values(call: Json, notes: list[str]) -> Iterator[Reading]:
    port, transaction = _port(call, notes), whole(call, "transactionId")
    for each in items(call.get("meterValue"), "meterValue"):
        value = mapping(each, "meterValue")
        ts = instant(value.get("timestamp"), "timestamp", notes)
        samples = [mapping(sample, "sampledValue") for sample in items(value.get("sampledValue"), "sampledValue")]
        power_w, energy_wh = _measured(samples, _POWER), _measured(samples, _ENERGY)
        state = _flowing(power_w, transaction is not None)
        if port is None:
            continue
        if state is None:
            notes.append("power_not_told")
            continue
        session = None if transaction is None else str(transaction)
        yield charging(port, state, ts=ts, power_w=power_w, energy_wh=energy_wh, session=session)


def _flowing(power_w: float | None, in_transaction: bool) -> State | None:
    if power_w is None:
        return "charging" if in_transaction else None
    if power_w >= CHARGING_FROM_W:
        return "charging"
    return "done" if in_transaction else "idle"


def _measured(samples: list[Json], measurand: str) -> float | None:
    """Return the total in W or Wh: the sample without a phase, or the sum over the phases."""
    total: float | None = None
    phases: list[float] = []
    for sample in samples:
        if (word(sample, "measurand") or _ENERGY) != measurand or sample.get("format") == "SignedData":
            continue
        value = _value(sample)
        if sample.get("phase") is None:
            total = value
        else:
            phases.append(value)
    return total if total is not None or not phases else sum(phases)


def _value(sample: Json) -> float:
    """OCPP writes numbers as text."""
    said = word(sample, "value") or ""
    try:
        found = float(said)
    except ValueError:
        raise PayloadError(f"value: expected a number as text, got {said!r:.60}") from None
    scale = _UNITS.get(word(sample, "unit") or "Wh")
    if scale is None:
        raise PayloadError(f"unit: expected one of {', '.join(_UNITS)}, got {sample['unit']!r:.60}")
    # Through `number`, which refuses nan and infinity.
    return (number({"value": found}, "value") or 0.0) * scale


def _boot(call: Json, notes: list[str]) -> Iterator[Reading]:
    told = health(None, notes, fw=word(call, "firmwareVersion"))
    if told is not None:
        yield told


_CALLS: dict[str, Callable[[Json, list[str]], Iterator[Any]]] = {
    "StatusNotification": _status,
    "MeterValues": _meter_values,
    "StartTransaction": _started,
    "StopTransaction": _stopped,
    "BootNotification": _boot,
}

CODEC = Codec(
    name="ocpp",
    vendor="Open Charge Alliance",
    about="OCPP 1.6 JSON frames of charge points, relayed over MQTT",
    filters=filters,
    decode=decode,
    fields={
        "connectorId": "charging.port",
        "StatusNotification.status": "charging.state",
        "StartTransaction.meterStart": "charging.energy_wh",
        "MeterValues.transactionId": "charging.session, charging.state",
        "Power.Active.Import": "charging.power_w, charging.state",
        "Energy.Active.Import.Register": "charging.energy_wh",
        "BootNotification.firmwareVersion": "health.fw",
        "timestamp": "ts",
    },
)
