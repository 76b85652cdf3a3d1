"""The records of residents: a person by their handle, the devices they are signed in on, their passkeys."""

from dataclasses import dataclass, field

from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who asks for space. Only `handle` may go anywhere else; the rest is not even shown by `repr`."""

    handle: str
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    """E.164."""
    language: str
    created_at: Millis


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A resident with the session that says so."""

    resident: Resident
    session: str
    """The session's id, not its secret."""


@dataclass(frozen=True, slots=True)
class Session:
    """One device on which a resident is signed in."""

    id: str
    device: str
    created_at: Millis
    seen_at: Millis


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of a resident."""

    id: str
    """The credential id, base64url."""
    handle: str
    public_key: bytes = field(repr=False)
    sign_count: int
    device: str
    created_at: Millis
