"""Residents in the database: people, the devices they are signed in on, passkeys; forgotten whole when they wish."""

import hashlib
import secrets
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import DAY, MINUTE, Millis, is_handle
from services.kit.database import Engine, reading
from services.kit.logs import logger
from services.residents import handles
from services.residents.records import Passkey, Resident, Session, SignedIn
from services.residents.tables import challenges, passkeys, residents, sessions

SESSION: Millis = 180 * DAY
"""A phone stays signed in half a year after it was last used: who books twice a year need not keep a code."""
UNUSED: Millis = 400 * DAY
"""An account that nobody used for so long is forgotten: a year, and a month for those who come once a year."""
DESK_CODE: Millis = DAY
"""A code from the desk is read by staff as well, so it works once and not for long."""
MOST_SESSIONS = 10
"""More devices than that are not one person's; the one unused for longest makes room."""
_CHALLENGE: Millis = 5 * MINUTE
_CANDIDATES = 50
"""So many accounts may bear one phone number, as nobody has to show that it is theirs; the newest are looked at."""

log = logger("residents")


class ResidentStore:
    """Safe to use from several threads and processes. Nothing it logs names a person by more than their handle."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- people

    def add(self, name: str, phone: str | None, language: str, now: Millis) -> tuple[Resident, str]:
        """Add a resident; return them with their code, which is shown this once."""
        code = handles.new_code()
        while True:
            handle = handles.new_handle()
            row = {
                "handle": handle, "name": name, "phone": phone, "language": language, "created_at": now,
                "seen_at": now, "code_hash": handles.code_hash(phone or handle, code), "code_until": None,
            }  # fmt: skip
            try:
                with self._engine.begin() as connection:
                    connection.execute(residents.insert().values(row))
            except IntegrityError:  # one handle in 240 million was drawn before
                continue
            log.info("resident_added", handle=handle)
            return Resident(handle, name, phone, language, now), code

    def resident(self, handle: str) -> Resident:
        """Return a resident. Raises NotFoundError."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(residents).where(residents.c.handle == handle)).first()
        if row is None:
            raise NotFoundError(key="no_such_resident", handle=handle)
        return _resident(row)

    def find(self, text: str, after: str | None, limit: int) -> list[Resident]:
        """Return residents by handle whose name, phone number or handle contains `text`; empty: all."""
        query = sa.select(residents).order_by(residents.c.handle).limit(limit)
        if text:
            part = "%" + "".join(f"\\{one}" if one in "\\%_" else one for one in text) + "%"
            seen = (residents.c.name, residents.c.phone, residents.c.handle)
            query = query.where(sa.or_(*(column.ilike(part, escape="\\") for column in seen)))
        if after is not None:
            query = query.where(residents.c.handle > after)
        with reading(self._engine) as connection:
            return [_resident(row) for row in connection.execute(query)]

    def change(
        self, handle: str, name: str, phone: str | None, language: str, now: Millis
    ) -> tuple[Resident, str | None]:
        """Correct what is kept. A new number needs a new code, which is returned. Raises NotFoundError."""
        before = self.resident(handle)
        with self._engine.begin() as connection:
            values = {"name": name, "phone": phone, "language": language}
            connection.execute(residents.update().where(residents.c.handle == handle).values(values))
        log.info("resident_changed", handle=handle)
        code = self.new_code(handle, now) if phone != before.phone else None
        return replace(before, name=name, phone=phone, language=language), code

    def new_code(self, handle: str, now: Millis, *, from_desk: bool = False) -> str:
        """Replace the resident's code and return the new one, shown this once. Raises NotFoundError.

        One from the desk is told to staff as well: it works once, for a day.
        """
        known, code = self.resident(handle), handles.new_code()
        until = now + DESK_CODE if from_desk else None
        values = {"code_hash": handles.code_hash(known.phone or handle, code), "code_until": until}
        with self._engine.begin() as connection:
            connection.execute(residents.update().where(residents.c.handle == handle).values(values))
        log.info("resident_code_renewed", handle=handle, from_desk=from_desk)
        return code

    def by_code(self, identifier: str, code: str, now: Millis) -> tuple[Resident, str | None] | None:
        """Return whom a phone number, or a handle, and a code belong to, and the code they have from now on if it is
        another one. Who is not known takes as long to find out as a wrong code.
        """
        offered = handles.code_hash(identifier, code)
        who = residents.c.phone == identifier
        if is_handle(identifier):  # those without a number only: the hash of others is salted with it
            who = sa.and_(residents.c.handle == identifier, residents.c.phone.is_(None))
        query = sa.select(residents).where(who).order_by(residents.c.created_at.desc()).limit(_CANDIDATES)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        meant = [row for row in rows if handles.same(row.code_hash, offered)]
        if not meant or (meant[0].code_until is not None and meant[0].code_until <= now):
            return None
        found = _resident(meant[0])
        return found, None if meant[0].code_until is None else self.new_code(found.handle, now)

    def erase(self, handle: str) -> None:
        """Forget name, number, sessions and passkeys; what bears the handle stays nobody's. Raises NotFoundError."""
        with self._engine.begin() as connection:
            connection.execute(challenges.delete().where(challenges.c.handle == handle))
            if not connection.execute(residents.delete().where(residents.c.handle == handle)).rowcount:
                raise NotFoundError(key="no_such_resident", handle=handle)
        log.info("resident_forgotten", handle=handle)

    def unused(self, now: Millis, limit: int = 100) -> list[str]:
        """Return the handles of residents whom nobody has seen for so long that they are to be forgotten."""
        query = sa.select(residents.c.handle).where(residents.c.seen_at <= now - UNUSED)
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(residents.c.seen_at).limit(limit)).scalars())

    # -- sessions

    def open_session(self, handle: str, device: str, now: Millis) -> str:
        """Sign a device in; return the secret its cookie holds. Raises NotFoundError when the person is gone."""
        secret = secrets.token_urlsafe(32)
        row = {
            "digest": _digest(secret), "id": secrets.token_hex(6), "handle": handle, "device": device,
            "created_at": now, "seen_at": now, "expires": now + SESSION,
        }  # fmt: skip
        mine = sessions.c.handle == handle
        kept = (
            sa.select(sessions.c.digest).where(mine).order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc())
        )
        try:
            with self._engine.begin() as connection:
                connection.execute(sessions.delete().where(sessions.c.expires <= now))
                newest = list(connection.execute(kept.limit(MOST_SESSIONS - 1)).scalars())
                connection.execute(sessions.delete().where(mine, sessions.c.digest.not_in(newest)))
                connection.execute(sessions.insert().values(row))
                connection.execute(residents.update().where(residents.c.handle == handle).values(seen_at=now))
        except IntegrityError:
            raise NotFoundError(key="no_such_resident", handle=handle) from None
        return secret

    def session(self, secret: str, now: Millis) -> SignedIn | None:
        """Return who is signed in; at most once a day it is noted that they were seen, and the session lasts on."""
        query = (
            sa.select(residents, sessions.c.id, sessions.c.digest, sessions.c.seen_at.label("last"))
            .join(sessions, sessions.c.handle == residents.c.handle)
            .where(sessions.c.digest == _digest(secret), sessions.c.expires > now)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if now - row.last >= DAY:
            with self._engine.begin() as connection:
                mine = sessions.update().where(sessions.c.digest == row.digest)
                connection.execute(mine.values(seen_at=now, expires=now + SESSION))
                connection.execute(residents.update().where(residents.c.handle == row.handle).values(seen_at=now))
        return SignedIn(_resident(row), row.id)

    def sessions(self, handle: str, now: Millis) -> list[Session]:
        """Return the devices a resident is signed in on, the one used last first."""
        query = sa.select(sessions).where(sessions.c.handle == handle, sessions.c.expires > now)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc())).all()
        return [Session(row.id, row.device, row.created_at, row.seen_at) for row in rows]

    def close_session(self, secret: str) -> None:
        """Sign this device out; one that is signed out stays so."""
        with self._engine.begin() as connection:
            connection.execute(sessions.delete().where(sessions.c.digest == _digest(secret)))

    def end_session(self, handle: str, id: str) -> None:
        """Sign a device of a resident out from elsewhere. Raises NotFoundError."""
        with self._engine.begin() as connection:
            mine = sessions.delete().where(sessions.c.handle == handle, sessions.c.id == id)
            if not connection.execute(mine).rowcount:
                raise NotFoundError(key="no_such_session")

    # -- passkeys

    def challenge(self, challenge: bytes, handle: str, now: Millis) -> None:
        """Remember what a passkey was asked to sign, for five minutes. `handle` empty: it is a sign-in."""
        row = {"digest": hashlib.sha256(challenge).hexdigest(), "handle": handle, "expires": now + _CHALLENGE}
        with self._engine.begin() as connection:
            connection.execute(challenges.delete().where(challenges.c.expires <= now))
            connection.execute(challenges.insert().values(row))

    def redeem(self, challenge: bytes, handle: str, now: Millis) -> bool:
        """Tell whether this was asked for and not answered yet; from now on it is."""
        c = challenges.c
        asked = challenges.delete().where(
            c.digest == hashlib.sha256(challenge).hexdigest(), c.handle == handle, c.expires > now
        )
        with self._engine.begin() as connection:
            return connection.execute(asked).rowcount == 1

    def add_passkey(self, passkey: Passkey) -> None:
        """Keep a passkey. Raises ConflictError when it is known, NotFoundError when the person is gone."""
        row = {
            "id": passkey.id, "handle": passkey.handle, "public_key": passkey.public_key,
            "sign_count": passkey.sign_count, "device": passkey.device, "created_at": passkey.created_at,
        }  # fmt: skip
        self.resident(passkey.handle)
        try:
            with self._engine.begin() as connection:
                connection.execute(passkeys.insert().values(row))
        except IntegrityError:
            raise ConflictError(key="passkey_known") from None
        log.info("passkey_added", handle=passkey.handle)

    def passkey(self, id: str) -> Passkey | None:
        """Return a passkey by its credential id."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(passkeys).where(passkeys.c.id == id)).first()
        return None if row is None else _passkey(row)

    def passkeys(self, handle: str) -> list[Passkey]:
        """Return the passkeys of a resident, the oldest first."""
        query = sa.select(passkeys).where(passkeys.c.handle == handle).order_by(passkeys.c.created_at, passkeys.c.id)
        with reading(self._engine) as connection:
            return [_passkey(row) for row in connection.execute(query)]

    def passkey_used(self, id: str, sign_count: int) -> None:
        """Remember how often a passkey has signed, so that a copy of it is found out."""
        with self._engine.begin() as connection:
            connection.execute(passkeys.update().where(passkeys.c.id == id).values(sign_count=sign_count))

    def remove_passkey(self, handle: str, id: str) -> None:
        """Forget a passkey of a resident. Raises NotFoundError."""
        with self._engine.begin() as connection:
            mine = passkeys.delete().where(passkeys.c.handle == handle, passkeys.c.id == id)
            if not connection.execute(mine).rowcount:
                raise NotFoundError(key="passkey_unknown")
        log.info("passkey_removed", handle=handle)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _resident(row: sa.Row[Any]) -> Resident:
    return Resident(row.handle, row.name, row.phone, row.language, row.created_at)


def _passkey(row: sa.Row[Any]) -> Passkey:
    return Passkey(row.id, row.handle, bytes(row.public_key), row.sign_count, row.device, row.created_at)
