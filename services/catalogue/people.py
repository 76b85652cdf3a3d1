"""Who may come in: staff with passwords and sessions, programs with tokens, each with one role."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.catalogue.passwords import Passwords, readable_password
from services.catalogue.tables import sessions, tokens, users
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import SECOND, Millis
from services.contracts.texts import LANGUAGES
from services.kit.database import reading
from services.kit.logs import logger

Role = Literal["viewer", "steward", "scheduler", "partner", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

_MAX_NAME = 64

log = logger("people")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has shown who they are: a user, or a program with a token."""

    name: str
    role: Role
    language: str = "zh"
    spaces: tuple[str, ...] = ()
    """Where a steward is in charge, each `site` or `site/space`; none: everywhere."""


class PeopleStore:
    """Users, sessions and tokens. Of session ids and tokens only the SHA-256 is kept; limiting the rate of sign-ins
    is the API's. Safe to use from several threads and processes.
    """

    def __init__(self, engine: sa.Engine, passwords: Passwords | None = None) -> None:
        self._engine = engine
        self._passwords = passwords or Passwords()

    # -- users

    def ensure_first_user(self, name: str) -> str | None:
        """Create an admin if there are no users at all; return the new random password, or None."""
        with reading(self._engine) as connection:
            if connection.execute(sa.select(users.c.name).limit(1)).first():
                return None
        password = readable_password()
        try:
            self.add_user(name, password, "admin")
        except ConflictError:  # another part was first
            return None
        return password

    def add_user(self, name: str, password: str, role: Role, language: str = "zh") -> None:
        """Add a user. Raises InvalidError for a bad name, password, role or language, ConflictError if taken."""
        _check(name, role, language)
        row = {"name": name, "password_hash": self._passwords.hash(password), "role": role, "language": language}
        try:
            with self._engine.begin() as connection:
                connection.execute(users.insert().values(row))
        except IntegrityError:
            raise ConflictError(f"user {name}: the name is taken") from None
        log.info("user_added", user=name, role=role)

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end the user's sessions. Raises InvalidError, NotFoundError."""
        kept = self._passwords.hash(password)
        with self._engine.begin() as connection:
            found = connection.execute(users.update().where(users.c.name == name).values(password_hash=kept))
            if not found.rowcount:
                raise NotFoundError(f"user {name} does not exist")
            connection.execute(sessions.delete().where(sessions.c.user == name))
        log.info("password_set", user=name)

    def remove_user(self, name: str) -> None:
        """Remove a user, whose sessions end with it. Raises NotFoundError."""
        with self._engine.begin() as connection:
            if not connection.execute(users.delete().where(users.c.name == name)).rowcount:
                raise NotFoundError(f"user {name} does not exist")
        log.info("user_removed", user=name)

    def users(self) -> list[Principal]:
        """Return all users by name."""
        with reading(self._engine) as connection:
            return [_principal(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]

    def authenticate(self, name: str, password: str) -> Principal | None:
        """Return the user if the password is right; an unknown name takes as long as a wrong password."""
        row = None
        if name.isprintable():  # PostgreSQL fails on a NUL even in a question
            with reading(self._engine) as connection:
                row = connection.execute(sa.select(users).where(users.c.name == name)).first()
        known = self._passwords.verify(None if row is None else row.password_hash, password)
        return _principal(row) if row is not None and known else None

    # -- sessions

    def open_session(self, principal: Principal, now: Millis, ttl_s: float) -> str:
        """Open a session for a user and return its secret id. Raises NotFoundError if the user is gone."""
        secret = secrets.token_urlsafe(32)
        row = {"digest": _digest(secret), "user": principal.name, "expires": now + int(ttl_s * SECOND)}
        try:
            with self._engine.begin() as connection:
                connection.execute(sessions.delete().where(sessions.c.expires <= now))
                connection.execute(sessions.insert().values(row))
        except IntegrityError:
            raise NotFoundError(f"user {principal.name} does not exist") from None
        return secret

    def session(self, token: str, now: Millis) -> Principal | None:
        """Return the user of a session that has not expired, with the role the user has now."""
        query = (
            sa.select(users)
            .join(sessions, sessions.c.user == users.c.name)
            .where(sessions.c.digest == _digest(token), sessions.c.expires > now)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else _principal(row)

    def close_session(self, token: str) -> None:
        """End a session; one that is not there is already ended."""
        with self._engine.begin() as connection:
            connection.execute(sessions.delete().where(sessions.c.digest == _digest(token)))

    # -- tokens

    def issue_token(self, name: str, role: Role, language: str = "zh") -> str:
        """Return a new token for a program. It is shown this once. Raises InvalidError, ConflictError if taken."""
        _check(name, role, language)
        value = secrets.token_urlsafe(32)
        row = {"name": name, "digest": _digest(value), "role": role, "language": language}
        try:
            with self._engine.begin() as connection:
                connection.execute(tokens.insert().values(row))
        except IntegrityError:
            raise ConflictError(f"token {name}: the name is taken; revoke it first") from None
        log.info("token_issued", token=name, role=role)
        return value

    def token(self, value: str) -> Principal | None:
        """Return whose token this is, if anybody's."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(tokens).where(tokens.c.digest == _digest(value))).first()
        return None if row is None else _principal(row)

    def tokens(self) -> list[Principal]:
        """Return who has tokens, by name."""
        with reading(self._engine) as connection:
            return [_principal(row) for row in connection.execute(sa.select(tokens).order_by(tokens.c.name))]

    def revoke_token(self, name: str) -> None:
        """Make a token worthless from now on. Raises NotFoundError."""
        with self._engine.begin() as connection:
            if not connection.execute(tokens.delete().where(tokens.c.name == name)).rowcount:
                raise NotFoundError(f"token {name} does not exist")
        log.info("token_revoked", token=name)


def _principal(row: sa.Row[Any]) -> Principal:
    return Principal(row.name, row.role, row.language)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _check(name: str, role: str, language: str) -> None:
    if not 1 <= len(name) <= _MAX_NAME or name != name.strip() or not name.isprintable():
        raise InvalidError(f"name {name!r}: expected 1 to {_MAX_NAME} printable characters, no space at either end")
    if role not in ROLES:
        raise InvalidError(f"role {role!r}: expected one of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise InvalidError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
