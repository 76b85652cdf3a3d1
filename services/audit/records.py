"""What is kept of a change, of a look at other people's data, and of coming and going. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.contracts.errors import FoldspaceError
from services.contracts.names import Millis

Kind = Literal["change", "look", "session"]


class AuditError(FoldspaceError):
    """What somebody wants to do cannot be noted now, and is therefore not done."""

    kind = "database"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did, or tried to. It holds names, never what a body said."""

    kind: Kind
    who: str
    """Name of the user or token; `resident:HANDLE` for a resident."""
    role: str = ""
    """Of staff, or `resident`."""
    via: str = ""
    """By what they were known: session, token, password or oidc; residents: session, code or passkey."""
    event: str = ""
    """Of a session: signed_in, sign_in_failed …"""
    method: str = ""
    route: str = ""
    """Template, such as `/bookings/{id}/cancel`."""
    params: Mapping[str, str] = field(default_factory=dict)
    site: str | None = None
    space: str | None = None
    status: int | None = None
    """Of HTTP; None: begun, and never heard of again."""
    address: str = ""
    """Empty for residents."""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An act as it stands in the book."""

    id: int
    at: Millis
    act: Act


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are asked for; None: all of them. `since` is included, `until` is not."""

    who: str | None = None
    site: str | None = None
    kind: Kind | None = None
    since: Millis | None = None
    until: Millis | None = None
