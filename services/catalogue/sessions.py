"""Sessions of users: opened at sign-in, ended by leaving, by time, by idleness and by a new password."""

import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from services.catalogue.principals import NOTED_EVERY, Principal, Session, digest, session_id
from services.catalogue.tables import sessions, users
from services.contracts.errors import NotFoundError
from services.contracts.names import SECOND, Millis
from services.kit.database import reading
from services.kit.logs import logger

log = logger("people")


def principal_of(row: sa.Row[Any]) -> Principal:
    """Return whom a row of users or tokens stands for."""
    return Principal(row.name, row.role, row.language, tuple(row.spaces))


class Sessions:
    """Part of PeopleStore. Of a session's secret only the SHA-256 is kept."""

    _engine: sa.Engine

    def open_session(self, principal: Principal, now: Millis, ttl_s: float, address: str = "", agent: str = "") -> str:
        """Open a session for a user and return its secret id. Raises NotFoundError if the user is gone."""
        secret = secrets.token_urlsafe(32)
        row = {
            "digest": digest(secret),
            "user": principal.name,
            "expires": now + int(ttl_s * SECOND),
            "opened_at": now,
            "seen_at": now,
            "address": address[:64],
            "agent": "".join(c for c in agent if c.isprintable())[:200],
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(sessions.delete().where(sessions.c.expires <= now))
                connection.execute(sessions.insert().values(row))
                noted = users.update().where(users.c.name == principal.name).values(signed_in_at=now)
                connection.execute(noted)
        except IntegrityError:
            raise NotFoundError(key="no_such_person", name=principal.name) from None
        return secret

    def session(self, secret: str, now: Millis, idle_s: float | None = None) -> Principal | None:
        """Return the user of a session that is good now, with the role the user has now.

        `idle_s`: a session that nobody has used for so long is over; None: it lasts until it expires.
        """
        kept = digest(secret)
        query = (
            sa.select(users, sessions.c.seen_at)
            .join(sessions, sessions.c.user == users.c.name)
            .where(sessions.c.digest == kept, sessions.c.expires > now)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None or (idle_s is not None and now - row.seen_at > idle_s * SECOND):
            return None
        if now - row.seen_at >= NOTED_EVERY:
            self._note_use(kept, now)
        return principal_of(row)

    def _note_use(self, kept: str, now: Millis) -> None:
        change = sessions.update().where(sessions.c.digest == kept, sessions.c.seen_at <= now - NOTED_EVERY)
        try:
            with self._engine.begin() as connection:
                connection.execute(change.values(seen_at=now))
        except SQLAlchemyError as error:  # whoever only looks must not fail because this could not be written
            log.warning("session_use_not_noted", reason=type(error).__name__)

    def sessions_of(self, name: str, now: Millis, idle_s: float | None = None) -> list[Session]:
        """Return the sessions of a user that are good now, the last used first."""
        query = sa.select(sessions).where(sessions.c.user == name, sessions.c.expires > now)
        if idle_s is not None:
            query = query.where(sessions.c.seen_at >= now - int(idle_s * SECOND))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(sessions.c.seen_at.desc(), sessions.c.digest)).all()
        return [
            Session(session_id(row.digest), row.opened_at, row.seen_at, row.expires, row.address, row.agent)
            for row in rows
        ]

    def session_name(self, secret: str) -> str:
        """Return how a session is named to its owner, given its secret id."""
        return session_id(digest(secret))

    def close_session(self, secret: str) -> None:
        """End a session; one that is not there is already ended."""
        with self._engine.begin() as connection:
            connection.execute(sessions.delete().where(sessions.c.digest == digest(secret)))

    def end_session(self, name: str, id: str) -> None:
        """End a session of a user by how it is named to them. Raises NotFoundError."""
        mine = sa.select(sessions.c.digest).where(sessions.c.user == name)
        with self._engine.begin() as connection:
            found = [kept for (kept,) in connection.execute(mine) if session_id(kept) == id]
            if not found:
                raise NotFoundError(key="no_such_session")
            connection.execute(sessions.delete().where(sessions.c.digest.in_(found)))

    def end_other_sessions(self, name: str, secret: str) -> int:
        """End every session of a user but this one; return how many."""
        others = sessions.delete().where(sessions.c.user == name, sessions.c.digest != digest(secret))
        with self._engine.begin() as connection:
            return connection.execute(others).rowcount
