"""Readings: one pydantic model for each kind, strict about types and generous about extra fields."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from services.contracts.errors import PayloadError
from services.contracts.names import Millis

Finite = Annotated[float, Field(allow_inf_nan=False)]
Total = Annotated[int, Field(ge=0, le=2**53)]


class Reading(BaseModel):
    """What every reading may carry. Unknown fields are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, populate_by_name=True)

    ts: Annotated[Millis | None, Field(ge=0, le=2**53, description="device clock, ms since the epoch")] = None
    boot: Annotated[str | None, Field(min_length=1, max_length=64, description="changes at every start")] = None
    seq: Annotated[int | None, Field(ge=0, le=2**53, description="counts up from 0 in a boot")] = None


class PresenceReading(Reading):
    """mmWave, thermal or seat: its absence means something."""

    present: bool


class MotionReading(Reading):
    """PIR: it confirms an arrival; its silence alone never proves a departure."""

    motion: bool


class CountReading(Reading):
    """People present, or running totals through the door."""

    people: Total | None = None
    in_: Annotated[Total | None, Field(alias="in")] = None
    out: Total | None = None

    @model_validator(mode="after")
    def _counts_something(self) -> "CountReading":
        if self.people is None and (self.in_ is None or self.out is None):
            raise ValueError("needs people, or both in and out")
        return self


class DoorReading(Reading):
    """A door contact, with its lock where it has one."""

    open: bool
    locked: bool | None = None


class ChargingReading(Reading):
    """One charging port."""

    port: Annotated[int, Field(ge=0, le=999)]
    state: Literal["idle", "charging", "done", "fault"]
    power_w: Finite
    energy_wh: Finite
    session: str | None = None


class _AnyOf(Reading):
    """A reading that needs at least one of its own fields."""

    @model_validator(mode="after")
    def _says_something(self) -> "_AnyOf":
        own = type(self).model_fields.keys() - Reading.model_fields.keys()
        if all(getattr(self, name) is None for name in own):
            raise ValueError(f"needs at least one of {', '.join(sorted(own))}")
        return self


class ClimateReading(_AnyOf):
    """Air, light, sound and the number of Wi-Fi clients."""

    co2_ppm: Finite | None = None
    temp_c: Finite | None = None
    rh_pct: Finite | None = None
    lux: Finite | None = None
    noise_db: Finite | None = None
    pm25: Finite | None = None
    wifi_clients: Total | None = None


class ButtonReading(Reading):
    """A press at the door or the shared service corner."""

    action: Literal["check_in", "keep", "end", "claim"]
    code: str | None = None


class LendingReading(Reading):
    """A slot of an umbrella or toy rack."""

    slot: Annotated[int, Field(ge=0, le=999)]
    present: bool


class HealthReading(_AnyOf):
    """How the device itself is doing."""

    battery_pct: Annotated[float | None, Field(ge=0, le=100)] = None
    rssi_dbm: Finite | None = None
    uptime_s: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    fw: str | None = None


READING_KINDS: dict[str, type[Reading]] = {
    "presence": PresenceReading,
    "motion": MotionReading,
    "count": CountReading,
    "door": DoorReading,
    "charging": ChargingReading,
    "climate": ClimateReading,
    "button": ButtonReading,
    "lending": LendingReading,
    "health": HealthReading,
}


def decode_reading(kind: str, payload: bytes) -> Reading:
    """Decode the payload of an `up/{kind}` message.

    Raises PayloadError with one sentence naming the field and what was expected.
    """
    model = READING_KINDS.get(kind)
    if model is None:
        raise PayloadError(f"kind {kind!r} is unknown; expected one of {', '.join(READING_KINDS)}")
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise PayloadError(f"{kind}: {first_fault(error)}") from None


def first_fault(error: ValidationError) -> str:
    """Return the first fault of a pydantic error as `field: what was wrong`."""
    fault = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    got = fault.get("input")
    shown = "" if fault["type"] in {"missing", "json_invalid"} or isinstance(got, dict | list) else f", got {got!r:.60}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    more = error.error_count() - 1
    return f"{place + ': ' if place else ''}{message}{shown}" + (f" (and {more} more)" if more else "")


def parse_json_object(payload: bytes) -> dict[str, Any]:
    """Parse UTF-8 JSON that must be an object. Raises PayloadError."""
    try:
        value = from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        raise PayloadError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise PayloadError(f"expected a JSON object, got {type(value).__name__}")
    return value
