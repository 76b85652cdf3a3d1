"""What goes down to a device and what comes back."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.contracts.names import Millis

Action = Literal[
    "show", "unlock", "lock", "charging_on", "charging_off", "eco_on", "eco_off",
    "resend", "identify", "configure", "reboot",
]  # fmt: skip

MAX_RESEND_RANGES = 32
"""Ranges in one `resend`: the command stays below the packet buffer of a small device."""


def _ascending(pair: tuple[int, int]) -> tuple[int, int]:
    if pair[0] > pair[1]:
        raise ValueError(f"expected [first, last], got [{pair[0]}, {pair[1]}]")
    return pair


_Seq = Annotated[int, Field(strict=True, ge=0, le=2**53)]
SeqRange = Annotated[tuple[_Seq, _Seq], AfterValidator(_ascending)]
"""First and last `seq` of a range, both in it."""


class Command(BaseModel):
    """The payload of `dev/{device}/cmd`. A device never executes it after `expires`."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    do: Action
    args: dict[str, Any] = {}
    expires: Millis


class ResendArgs(BaseModel):
    """The `args` of `resend`: readings of one boot that never arrived."""

    model_config = ConfigDict(frozen=True)

    boot: Annotated[str, Field(min_length=1, max_length=64)]
    ranges: Annotated[tuple[SeqRange, ...], Field(min_length=1, max_length=MAX_RESEND_RANGES)]


class ConfigureArgs(BaseModel):
    """The `args` of `configure`: a version of the desired configuration. The older form is `heartbeat_s` alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(strict=True, ge=1, le=2**53)]
    config: dict[str, Any]


class Ack(BaseModel):
    """The payload of `dev/{device}/ack`. `missing` answers `resend`: what the device no longer holds."""

    model_config = ConfigDict(frozen=True, strict=True)

    id: str
    ok: bool
    error: str | None = None
    missing: tuple[SeqRange, ...] | None = None


class Status(BaseModel):
    """The retained payload of `dev/{device}/status`: birth, or last will with `online` false alone."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    online: bool
    boot: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    fw: str | None = None
