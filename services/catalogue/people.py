"""Who may come in: staff with passwords and sessions, programs with tokens, each with one role."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.catalogue.elsewhere import Begun, Elsewhere
from services.catalogue.passwords import Passwords, readable_password
from services.catalogue.principals import (
    ROLES,
    Account,
    LastAdminError,
    Principal,
    Role,
    Session,
    Token,
    check_principal,
    checked_email,
    checked_spaces,
    digest,
)
from services.catalogue.sessions import Sessions, principal_of
from services.catalogue.tables import sessions, users
from services.catalogue.tokens import Tokens
from services.contracts.errors import ConflictError, NotFoundError
from services.kit.database import reading, row_of
from services.kit.logs import logger

__all__ = [
    "ROLES",
    "Account",
    "Begun",
    "LastAdminError",
    "PeopleStore",
    "Principal",
    "Role",
    "Session",
    "Token",
]

log = logger("people")


class PeopleStore(Sessions, Tokens, Elsewhere):
    """Users, sessions and tokens. Of session ids and tokens only the SHA-256 is kept; limiting the rate of sign-ins
    is the API's. Safe to use from several threads and processes.
    """

    def __init__(self, engine: sa.Engine, passwords: Passwords | None = None) -> None:
        self._engine = engine
        self._passwords = passwords or Passwords()

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

    def add_user(
        self,
        name: str,
        password: str,
        role: Role,
        language: str = "zh",
        *,
        spaces: Iterable[str] = (),
        email: str = "",
    ) -> None:
        """Add a user. Raises InvalidError for a bad name, password, role or language, ConflictError if taken."""
        check_principal(name, role, language)
        row = {
            "name": name,
            "role": role,
            "language": language,
            "spaces": checked_spaces(role, spaces),
            "email": checked_email(email),
            "password_hash": self._passwords.hash(password),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(users.insert().values(row))
        except IntegrityError:
            raise ConflictError(key="person_taken", name=name) from None
        log.info("user_added", user=name, role=role)

    def change_user(
        self,
        name: str,
        *,
        role: Role | None = None,
        spaces: Iterable[str] | None = None,
        language: str | None = None,
        email: str | None = None,
    ) -> Account:
        """Change what is given and return the user. Raises InvalidError, NotFoundError, LastAdminError."""
        with self._engine.begin() as connection:
            admins = _admins(connection)
            row = _row(connection, name)
            values = {
                "role": role or row.role,
                "language": language or row.language,
                "email": row.email if email is None else checked_email(email),
            }
            check_principal(name, values["role"], values["language"])
            places = checked_spaces(values["role"], row.spaces if spaces is None else spaces)
            if values["role"] != "admin":
                _expect_another(admins, name)
            connection.execute(users.update().where(users.c.name == name).values({**values, "spaces": places}))
            account = _account(_row(connection, name))
        log.info("user_changed", user=name, role=account.role, before=row.role, spaces=len(places))
        return account

    def set_password(self, name: str, password: str, *, keep: str | None = None) -> None:
        """Change a password and end the user's sessions, but for `keep`. Raises InvalidError, NotFoundError."""
        kept = self._passwords.hash(password)
        with self._engine.begin() as connection:
            _row(connection, name)
            connection.execute(users.update().where(users.c.name == name).values(password_hash=kept))
            ended = sessions.c.user == name, sessions.c.digest != digest(keep or "")
            connection.execute(sessions.delete().where(*ended))
        log.info("password_set", user=name)

    def remove_user(self, name: str) -> None:
        """Remove a user, whose sessions end with it. Raises NotFoundError, LastAdminError."""
        with self._engine.begin() as connection:
            admins = _admins(connection)
            _row(connection, name)
            _expect_another(admins, name)
            connection.execute(users.delete().where(users.c.name == name))
        log.info("user_removed", user=name)

    def users(self) -> list[Principal]:
        """Return all users by name."""
        with reading(self._engine) as connection:
            return [principal_of(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]

    def accounts(self) -> list[Account]:
        """Return all users by name, as an admin sees them."""
        with reading(self._engine) as connection:
            return [_account(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]

    def known(self, name: str) -> bool:
        """Tell whether there is a user of this name."""
        return row_of(self._engine, users.c.name, name) is not None

    def authenticate(self, name: str, password: str) -> Principal | None:
        """Return the user if the password is right; an unknown name takes as long as a wrong password."""
        row = row_of(self._engine, users.c.name, name)
        # Whoever signs in elsewhere has no password here, which costs as much and is never right.
        known = self._passwords.verify(None if row is None else row.password_hash or None, password)
        return principal_of(row) if row is not None and known else None


def _row(connection: sa.Connection, name: str) -> sa.Row[Any]:
    row = None
    if name.isprintable():
        row = connection.execute(sa.select(users).where(users.c.name == name).with_for_update()).first()
    if row is None:
        raise NotFoundError(key="no_such_person", name=name)
    return row


def _admins(connection: sa.Connection) -> list[str]:
    """Return the admins, with their rows locked in order: two who go at once wait in line, and none for the other."""
    query = sa.select(users.c.name).where(users.c.role == "admin").order_by(users.c.name).with_for_update()
    return [name for (name,) in connection.execute(query)]


def _expect_another(admins: list[str], name: str) -> None:
    """Raise LastAdminError unless there is an admin besides, or this is none."""
    if admins == [name]:
        raise LastAdminError(key="last_admin", name=name)


def _account(row: sa.Row[Any]) -> Account:
    return Account(row.name, row.role, row.language, tuple(row.spaces), row.email, row.issuer, row.signed_in_at)
