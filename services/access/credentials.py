"""What a device shows at the broker: its user name, a password shown once, and perhaps a key to sign with."""

import secrets
from dataclasses import dataclass, field

from services.contracts.names import Millis

PASSWORD_BYTES = 16
KEY_BYTES = 32
ONBOARDING = ""
"""Stands where a device is named for all devices of a site that nobody has claimed yet."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Fresh credentials, in the one moment in which they can be read."""

    site: str
    device: str
    username: str
    password: str = field(repr=False)
    signing_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """What is kept of credentials."""

    site: str
    device: str
    username: str
    password_hash: str = field(repr=False)
    created_at: Millis
    rotated_at: Millis | None
    revoked_at: Millis | None
    signed: bool

    @property
    def active(self) -> bool:
        """Whether they are good now."""
        return self.revoked_at is None

    @property
    def stamp(self) -> Millis:
        """When the present password was made: a connection that came in with an older one has to go."""
        return self.rotated_at or self.created_at


def username_of(site: str, device: str) -> str:
    """Return the user name of a device, or of the site's newcomers. Names hold neither dots nor tildes."""
    return f"{site}~onboarding" if device == ONBOARDING else f"{site}.{device}"


def draw(site: str, device: str, *, signed: bool) -> Issued:
    """Return new random credentials."""
    key = secrets.token_bytes(KEY_BYTES) if signed else None
    return Issued(site, device, username_of(site, device), secrets.token_hex(PASSWORD_BYTES), key)
