"""Room state: what the gateway believes of a space, with its evidence."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.names import Millis, Name

Occupancy = Literal["occupied", "vacant", "unknown"]


class Evidence(BaseModel):
    """One device's word on the space."""

    model_config = ConfigDict(frozen=True)

    device: Name
    kind: str
    says: Annotated[str, Field(description="present, absent, motion, quiet, 3 people, open, charging …")]
    age_s: Annotated[float, Field(ge=0)]
    weight: Annotated[
        float, Field(description="nats per minute: above 0 it says that somebody is there, below 0 that nobody is")
    ] = 0.0
    trust: Annotated[float, Field(ge=0, le=1, description="how far the device is believed")] = 1.0


class Charging(BaseModel):
    """Charging ports of the space."""

    model_config = ConfigDict(frozen=True)

    ports: int = 0
    in_use: int = 0
    fault: int = 0


class DeviceTally(BaseModel):
    """How many devices of the space are heard of in time."""

    model_config = ConfigDict(frozen=True)

    online: int = 0
    offline: int = 0


class DoorState(BaseModel):
    """The last word of a door."""

    model_config = ConfigDict(frozen=True)

    open: bool
    locked: bool | None = None


class RoomState(BaseModel):
    """The retained payload of `space/{space}/state`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    site: Name
    space: Name
    occupancy: Occupancy
    people: Annotated[int | None, Field(ge=0)] = None
    confidence: Annotated[float, Field(ge=0, le=1)]
    probability: Annotated[float | None, Field(ge=0, le=1, description="that somebody is there")] = None
    release_grade: Annotated[bool, Field(description="evidence for vacant is strong enough to take a booking away")] = (
        False
    )
    since: Millis
    as_of: Millis
    reason: Annotated[str, Field(description="why, as a key of the text catalogue")] = ""
    evidence: tuple[Evidence, ...] = ()
    doors: dict[str, DoorState] = {}
    charging: Charging = Charging()
    devices: DeviceTally = DeviceTally()
