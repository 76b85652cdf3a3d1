"""Who people and programs are once they have shown it, and what may be said of them. Pure."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from services.contracts.errors import ConflictError, InvalidError
from services.contracts.names import MINUTE, Millis, is_name
from services.contracts.texts import LANGUAGES

Role = Literal["viewer", "steward", "scheduler", "partner", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

MAX_NAME = 64
MAX_SPACES = 200
"""Places one person can be in charge of by name; whoever has more is in charge of the site."""
NOTED_EVERY: Millis = MINUTE
"""The last use of a session or token is written no more often: a page asks every few seconds."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_SCOPE = re.compile(r"\*|[a-z][a-z0-9_-]{0,31}:(read|write)")


class LastAdminError(ConflictError):
    """Nobody would be left who may let others in."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has shown who they are: a user, or a program with a token."""

    name: str
    role: Role
    language: str = "zh"
    spaces: tuple[str, ...] = ()
    """Where they are in charge, each `site` or `site/space`; none: everywhere."""
    scopes: tuple[str, ...] = ()
    """What a token is for, such as `bookings:read`; none: everything that its role may."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user as an admin sees it."""

    name: str
    role: Role
    language: str
    spaces: tuple[str, ...] = ()
    email: str = ""
    issuer: str | None = None
    """The OpenID provider at which this user signs in; None: here, with a password."""
    signed_in_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a program's token; never the token itself."""

    name: str
    role: Role
    language: str
    spaces: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    created_at: Millis | None = None
    created_by: str = ""
    expires: Millis | None = None
    used_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a user. `id` names it to its owner and opens nothing."""

    id: str
    opened_at: Millis
    seen_at: Millis
    expires: Millis
    address: str
    agent: str


def digest(secret: str) -> str:
    """Return what is kept of a session id, a token or a state."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def session_id(kept: str) -> str:
    """Return how a session is named to its owner, given its digest."""
    return kept[:16]


def check_principal(name: str, role: str, language: str) -> None:
    """Raise InvalidError unless a user or token may be called so, have this role and this language."""
    if not 1 <= len(name) <= MAX_NAME or name != name.strip() or not name.isprintable() or "/" in name:
        raise InvalidError(key="name_form", name=repr(name), most=MAX_NAME)
    if role not in ROLES:
        raise InvalidError(key="role_form", role=repr(role), known=", ".join(ROLES))
    if language not in LANGUAGES:
        raise InvalidError(key="language_form", language=repr(language), known=", ".join(LANGUAGES))


def checked_spaces(role: str, spaces: Iterable[str]) -> list[str]:
    """Return where somebody is in charge, each place once. Raises InvalidError for a form that is none."""
    found = list(dict.fromkeys(spaces))
    for one in found:
        if not 1 <= one.count("/") + 1 <= 2 or not all(map(is_name, one.split("/"))):
            raise InvalidError(key="spaces_form", place=repr(one))
    if len(found) > MAX_SPACES:
        raise InvalidError(key="spaces_many", most=MAX_SPACES, count=len(found))
    if found and role == "admin":
        raise InvalidError(key="admin_everywhere")
    return found


def checked_scopes(scopes: Iterable[str]) -> list[str]:
    """Return what a token is for, each scope once. Raises InvalidError for a form that is none."""
    found = list(dict.fromkeys(scopes))
    for one in found:
        if not _SCOPE.fullmatch(one):
            raise InvalidError(key="scope_form", scope=repr(one))
    return found


def checked_email(email: str) -> str:
    """Return an e-mail address, or nothing. Raises InvalidError for what is none."""
    if email and (len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email)):
        raise InvalidError(key="email_form")
    return email
