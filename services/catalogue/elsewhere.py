"""People who sign in elsewhere, at an OpenID provider: sign-ins that are under way, and the users they end with."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.catalogue.principals import MAX_NAME, Principal, Role, check_principal, digest
from services.catalogue.sessions import principal_of
from services.catalogue.tables import sign_ins, users
from services.contracts.errors import ConflictError
from services.contracts.names import MINUTE, Millis
from services.contracts.texts import LANGUAGES
from services.kit.database import reading
from services.kit.logs import logger

SIGN_IN_LASTS: Millis = 10 * MINUTE
"""So long somebody may take at the provider."""
_MOST = 10_000
"""Bounds what strangers who begin and never end can have us keep; the oldest give way."""
_NAMESAKES = 99

log = logger("people")


@dataclass(frozen=True, slots=True)
class Begun:
    """What ties the end of a sign-in to its beginning: the state is sent back to us, the rest stays here."""

    state: str
    nonce: str
    verifier: str


class Elsewhere:
    """Part of PeopleStore."""

    _engine: sa.Engine

    def begin_sign_in(self, begun: Begun, now: Millis) -> None:
        """Keep a sign-in until it ends, or for ten minutes."""
        row = {
            "state": digest(begun.state),
            "nonce": begun.nonce,
            "verifier": begun.verifier,
            "expires": now + SIGN_IN_LASTS,
        }
        with self._engine.begin() as connection:
            connection.execute(sign_ins.delete().where(sign_ins.c.expires <= now))
            count = connection.execute(sa.select(sa.func.count()).select_from(sign_ins)).scalar() or 0
            if count >= _MOST:
                oldest = sa.select(sign_ins.c.state).order_by(sign_ins.c.expires).limit(count - _MOST + 1)
                connection.execute(sign_ins.delete().where(sign_ins.c.state.in_(oldest)))
                log.warning("sign_ins_crowded", kept=_MOST)
            connection.execute(sign_ins.insert().values(row))

    def end_sign_in(self, state: str, now: Millis) -> Begun | None:
        """Return what was begun with this state, this once; None when nothing was, or it is over."""
        kept = digest(state)
        with self._engine.begin() as connection:
            row = connection.execute(sa.select(sign_ins).where(sign_ins.c.state == kept).with_for_update()).first()
            connection.execute(sign_ins.delete().where(sign_ins.c.state == kept))
        return None if row is None or row.expires <= now else Begun(state, row.nonce, row.verifier)

    def arrived(self, issuer: str, subject: str, name: str, role: Role, language: str) -> Principal:
        """Return the user whom a provider vouches for, with the role that follows from what it says.

        The first time the user is made, under `name` or, where that is taken, one like it: nobody becomes somebody
        who is here already. Raises ConflictError when a hundred others are called so.
        """
        mine = sa.and_(users.c.issuer == issuer, users.c.subject == subject)
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(users).where(mine)).first()
        if row is None:
            return self._make(issuer, subject, name, role, language)
        if row.role == role:
            return principal_of(row)
        values = {"role": role, "spaces": [] if role == "admin" else row.spaces}
        with self._engine.begin() as connection:
            connection.execute(users.update().where(mine).values(values))
        log.info("role_followed", user=row.name, role=role, before=row.role)
        return Principal(row.name, role, row.language, tuple(values["spaces"]))

    def _make(self, issuer: str, subject: str, name: str, role: Role, language: str) -> Principal:
        language = language if language in LANGUAGES else LANGUAGES[0]
        plain = "".join(c for c in name if c.isprintable()).replace("/", "-").strip()[: MAX_NAME - 4].strip() or "user"
        for number in range(1, _NAMESAKES + 1):
            called = plain if number == 1 else f"{plain}-{number}"
            check_principal(called, role, language)
            row = {
                "name": called,
                "password_hash": "",
                "role": role,
                "language": language,
                "spaces": [],
                "email": "",
                "issuer": issuer,
                "subject": subject,
            }
            try:
                with self._engine.begin() as connection:
                    connection.execute(users.insert().values(row))
            except IntegrityError:  # the name is taken, or another part has just made this very user
                with reading(self._engine) as connection:
                    mine = users.c.issuer == issuer, users.c.subject == subject
                    known = connection.execute(sa.select(users).where(*mine)).first()
                if known is not None:
                    return principal_of(known)
                continue
            log.info("user_added", user=called, role=role, by=issuer)
            return Principal(called, role, language)
        raise ConflictError(key="namesakes", name=plain)
