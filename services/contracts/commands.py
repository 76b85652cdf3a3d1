"""What goes down to a device and what comes back."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.names import Millis

Action = Literal["show", "unlock", "lock", "charging_on", "charging_off", "resend", "identify", "configure", "reboot"]


class Command(BaseModel):
    """The payload of `dev/{device}/cmd`. A device never executes it after `expires`."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    do: Action
    args: dict[str, Any] = {}
    expires: Millis


class Ack(BaseModel):
    """The payload of `dev/{device}/ack`."""

    model_config = ConfigDict(frozen=True, strict=True)

    id: str
    ok: bool
    error: str | None = None


class Status(BaseModel):
    """The retained payload of `dev/{device}/status`: birth, or last will with `online` false alone."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    online: bool
    boot: str | None = None
    fw: str | None = None
