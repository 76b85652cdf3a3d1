"""Tokens of programs: issued once, shown once, good until they expire or are revoked."""

import secrets
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from services.catalogue.principals import (
    NOTED_EVERY,
    Principal,
    Role,
    Token,
    check_principal,
    checked_scopes,
    checked_spaces,
    digest,
)
from services.catalogue.sessions import principal_of
from services.catalogue.tables import tokens
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import Millis
from services.kit.database import reading
from services.kit.logs import logger

log = logger("people")


class Tokens:
    """Part of PeopleStore. Of a token only the SHA-256 is kept."""

    _engine: sa.Engine

    def issue_token(
        self,
        name: str,
        role: Role,
        language: str = "zh",
        *,
        spaces: Iterable[str] = (),
        scopes: Iterable[str] = (),
        now: Millis | None = None,
        expires: Millis | None = None,
        by: str = "",
    ) -> str:
        """Return a new token for a program. It is shown this once. Raises InvalidError, ConflictError if taken.

        `expires`: good until then; None: for ever. `by`: who issues it; empty: the command line.
        """
        check_principal(name, role, language)
        if expires is not None and now is not None and expires <= now:
            raise InvalidError(key="token_over", name=name)
        value = secrets.token_urlsafe(32)
        row = {
            "name": name,
            "digest": digest(value),
            "role": role,
            "language": language,
            "spaces": checked_spaces(role, spaces),
            "scopes": checked_scopes(scopes),
            "created_at": now,
            "created_by": by,
            "expires": expires,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(tokens.insert().values(row))
        except IntegrityError:
            raise ConflictError(key="token_taken", name=name) from None
        log.info("token_issued", token=name, role=role, by=by)
        return value

    def token(self, value: str, now: Millis) -> Principal | None:
        """Return whose token this is, if anybody's and if it is good now; its use is noted."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(tokens).where(tokens.c.digest == digest(value))).first()
        if row is None or (row.expires is not None and row.expires <= now):
            return None
        if row.used_at is None or now - row.used_at >= NOTED_EVERY:
            self._note_token(row.name, now)
        return replace(principal_of(row), scopes=tuple(row.scopes))

    def _note_token(self, name: str, now: Millis) -> None:
        stale = sa.or_(tokens.c.used_at.is_(None), tokens.c.used_at <= now - NOTED_EVERY)
        try:
            with self._engine.begin() as connection:
                connection.execute(tokens.update().where(tokens.c.name == name, stale).values(used_at=now))
        except SQLAlchemyError as error:  # whoever only looks must not fail because this could not be written
            log.warning("token_use_not_noted", token=name, reason=type(error).__name__)

    def tokens(self) -> list[Token]:
        """Return what is known of all tokens, by name; the expired ones too, until they are revoked."""
        with reading(self._engine) as connection:
            return [
                Token(
                    row.name,
                    row.role,
                    row.language,
                    tuple(row.spaces),
                    tuple(row.scopes),
                    row.created_at,
                    row.created_by,
                    row.expires,
                    row.used_at,
                )
                for row in connection.execute(sa.select(tokens).order_by(tokens.c.name))
            ]

    def revoke_token(self, name: str) -> None:
        """Make a token worthless from now on. Raises NotFoundError."""
        gone = 0
        if name.isprintable():  # PostgreSQL fails on a NUL even in a question
            with self._engine.begin() as connection:
                gone = connection.execute(tokens.delete().where(tokens.c.name == name)).rowcount
        if not gone:
            raise NotFoundError(key="no_such_token", name=name)
        log.info("token_revoked", token=name)
