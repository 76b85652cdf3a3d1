"""Takes values of a known type out of vendors' JSON, or says in one sentence what was expected instead."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from gateway.admit import EARLIEST
from services.contracts.errors import PayloadError
from services.contracts.instants import to_millis
from services.contracts.names import Millis
from services.contracts.readings import ClimateReading, HealthReading, Reading, first_fault

Json = Mapping[str, Any]
_LARGEST = 2**53
"""What JSON numbers carry exactly, and the contract's bound for counters."""

R = TypeVar("R", bound=Reading)


def parse(payload: bytes) -> Any:
    """Parse UTF-8 JSON of any form. Raises PayloadError."""
    try:
        return from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        raise PayloadError(f"not JSON: {error}") from None


def mapping(value: Any, name: str) -> Json:
    """Return a JSON object; one that is null is empty. Raises PayloadError."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(name, "an object", value)
    return value


def items(value: Any, name: str) -> list[Any]:
    """Return a JSON array; one that is null is empty. Raises PayloadError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(name, "an array", value)
    return value


def number(source: Json, name: str) -> float | None:
    """Return a finite number, or None when it is absent or null. Raises PayloadError."""
    value = source.get(name)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:  # JSON integers have no bound
            raise _wrong(name, "a number of reasonable size", value) from None
        if math.isfinite(found):
            return found
    raise _wrong(name, "a number", value)


def whole(source: Json, name: str) -> int | None:
    """Return a whole number ≥ 0 (written as 3 or as 3.0), or None when absent. Raises PayloadError."""
    found = number(source, name)
    if found is None:
        return None
    if not found.is_integer() or not 0 <= found <= _LARGEST:
        raise _wrong(name, "a whole number ≥ 0", source[name])
    return int(found)


def flag(source: Json, name: str) -> bool | None:
    """Return true or false, also written as 1 or 0, or None when absent. Raises PayloadError."""
    value = source.get(name)
    if value is None or isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    raise _wrong(name, "true or false", value)


def word(source: Json, name: str) -> str | None:
    """Return a text, or None when absent. Raises PayloadError."""
    value = source.get(name)
    if value is None or isinstance(value, str):
        return value
    raise _wrong(name, "a text", value)


def instant(value: Any, name: str, notes: list[str]) -> Millis | None:
    """Return an RFC 3339 text, or Unix time in ms, as milliseconds; None where it says nothing reliable.

    Adds `local_time_ignored` for a time without offset and `clock_unset` for one before 2010: such a clock was
    never set, and the arrival counts instead. Raises PayloadError for what is no time at all.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            raise _wrong(name, "an RFC 3339 time", value) from None
        if read.tzinfo is None:
            notes.append("local_time_ignored")
            return None
        at = to_millis(read)
    else:
        read_ms = number({name: value}, name)
        if read_ms is None or abs(read_ms) > _LARGEST:
            raise _wrong(name, "a time", value)
        at = int(read_ms)
    if at < EARLIEST:
        notes.append("clock_unset")
        return None
    return at


def seconds(source: Json, name: str, notes: list[str]) -> Millis | None:
    """Return Unix time in seconds as milliseconds, as `instant` does."""
    found = number(source, name)
    return None if found is None else instant(found * 1000, name, notes)


def build(model: type[R], **values: Any) -> R:
    """Return a reading. Raises PayloadError where the contract does not allow a value."""
    try:
        return model(**values)
    except ValidationError as error:
        raise PayloadError(first_fault(error)) from None


def climate(ts: Millis | None, **values: float | None) -> ClimateReading | None:
    """Return what of air, light and sound was measured; None for nothing."""
    measured = {name: value for name, value in values.items() if value is not None}
    return build(ClimateReading, ts=ts, **measured) if measured else None


def health(ts: Millis | None, notes: list[str], **values: float | str | None) -> HealthReading | None:
    """Return how the device itself is doing; None for nothing.

    An impossible battery level gets the note `battery_out_of_range` and is left out: it must not cost the word on
    who is in the room.
    """
    battery = values.get("battery_pct")
    if isinstance(battery, float) and not 0 <= battery <= 100:
        notes.append("battery_out_of_range")
        values = {**values, "battery_pct": None}
    told = {name: value for name, value in values.items() if value is not None}
    return build(HealthReading, ts=ts, **told) if told else None


def _wrong(name: str, expected: str, value: Any) -> PayloadError:
    return PayloadError(f"{name}: expected {expected}, got {value!r:.60}")
