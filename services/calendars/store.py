"""Keeps the secret links of calendar feeds: made, found by their secret, revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from services.calendars.tables import calendar_feeds as t
from services.contracts.errors import NotFoundError
from services.contracts.names import MINUTE, Millis
from services.kit.database import reading, row_of
from services.kit.logs import logger

FeedKind = Literal["site", "space", "group", "person"]

log = logger("calendars")


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar that is published under a secret link."""

    id: str
    kind: FeedKind
    site: str
    ref: str
    """Id of the space, name or id of the group, handle of the person; empty for a site."""
    language: str
    made_by: str
    at: Millis
    last_fetched: Millis | None = None


class FeedStore:
    """The feeds over SQLAlchemy. Safe to share between threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def make(self, kind: FeedKind, site: str, ref: str, language: str, made_by: str, now: Millis) -> tuple[Feed, str]:
        """Keep a new feed; return it and the secret of its link, which is shown this once."""
        with self._engine.begin() as connection:
            feed, secret = _insert(connection, kind, site, ref, language, made_by, now)
        log.info("feed_made", feed=feed.id, kind=kind, site=site, by=made_by)
        return feed, secret

    def renew(self, handle: str, site: str, language: str, now: Millis) -> tuple[Feed, str]:
        """Keep a feed that a person makes of their own bookings at a site; what they had made before is worth nothing
        from now on. Return it and the secret of its link, which is shown this once.
        """
        with self._engine.begin() as connection:
            connection.execute(t.delete().where(*_own(handle), t.c.site == site))
            feed, secret = _insert(connection, "person", site, handle, language, handle, now)
        log.info("feed_made", feed=feed.id, kind=feed.kind, site=site, by=handle)
        return feed, secret

    def own(self, handle: str) -> list[Feed]:
        """Return the feeds that a person made of their own bookings, in the order they were made."""
        with reading(self._engine) as connection:
            query = sa.select(t).where(*_own(handle)).order_by(t.c.at, t.c.id)
            return [_feed(row) for row in connection.execute(query)]

    def feeds(self, made_by: str | None = None, after: str | None = None, limit: int = 100) -> list[Feed]:
        """Return feeds in the order they were made; `made_by` alone, if somebody is named."""
        where: list[sa.ColumnElement[bool]] = []
        if made_by is not None:
            where.append(t.c.made_by == made_by)
        with reading(self._engine) as connection:
            if after is not None and after.isprintable():  # PostgreSQL fails on a NUL even in a question
                mark = connection.execute(sa.select(t.c.at).where(t.c.id == after)).scalar()
                if mark is None:
                    return []
                where.append(sa.or_(t.c.at > mark, sa.and_(t.c.at == mark, t.c.id > after)))
            query = sa.select(t).where(*where).order_by(t.c.at, t.c.id).limit(limit)
            return [_feed(row) for row in connection.execute(query)]

    def feed(self, id: str) -> Feed:
        """Return a feed. Raises NotFoundError."""
        row = row_of(self._engine, t.c.id, id)
        if row is None:
            raise NotFoundError(key="no_feed", id=id)
        return _feed(row)

    def by_secret(self, secret: str) -> Feed | None:
        """Return the feed whose link holds this secret, if there is one."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(t).where(t.c.digest == _digest(secret))).first()
        return None if row is None else _feed(row)

    def fetched(self, feed: Feed, now: Millis) -> None:
        """Remember that somebody read a feed; a reader that asks without end costs a write a minute."""
        if feed.last_fetched is not None and 0 <= now - feed.last_fetched < MINUTE:
            return
        with self._engine.begin() as connection:
            connection.execute(t.update().where(t.c.id == feed.id).values(last_fetched=now))

    def revoke(self, id: str) -> None:
        """Make a link worthless from now on. Raises NotFoundError."""
        self.feed(id)
        with self._engine.begin() as connection:
            if not connection.execute(t.delete().where(t.c.id == id)).rowcount:
                raise NotFoundError(key="no_feed", id=id)
        log.info("feed_revoked", feed=id)

    def revoke_own(self, handle: str, site: str) -> None:
        """Make the link worthless that a person made of their own bookings at a site. Raises NotFoundError."""
        with self._engine.begin() as connection:
            if not connection.execute(t.delete().where(*_own(handle), t.c.site == site)).rowcount:
                raise NotFoundError(key="no_own_feed", site=site)
        log.info("own_feed_revoked", handle=handle, site=site)

    def revoke_person(self, handle: str) -> int:
        """Make every link to a person's bookings worthless, whoever made it; return how many there were."""
        with self._engine.begin() as connection:
            gone = connection.execute(t.delete().where(t.c.kind == "person", t.c.ref == handle)).rowcount
        if gone:
            log.info("person_feeds_revoked", handle=handle, count=gone)
        return gone

    def speak(self, handle: str, language: str) -> None:
        """Let the feeds that a person made of their own bookings speak another language."""
        with self._engine.begin() as connection:
            connection.execute(t.update().where(*_own(handle)).values(language=language))


def _own(handle: str) -> tuple[sa.ColumnElement[bool], ...]:
    return t.c.kind == "person", t.c.ref == handle, t.c.made_by == handle


def _insert(
    connection: sa.Connection, kind: FeedKind, site: str, ref: str, language: str, made_by: str, now: Millis
) -> tuple[Feed, str]:
    feed, secret = Feed(secrets.token_hex(8), kind, site, ref, language, made_by, now), secrets.token_urlsafe(24)
    row = {
        "id": feed.id, "digest": _digest(secret), "kind": kind, "site": site, "ref": ref, "language": language,
        "made_by": made_by, "at": now, "last_fetched": None,
    }  # fmt: skip
    connection.execute(t.insert().values(row))
    return feed, secret


def _feed(row: sa.Row[Any]) -> Feed:
    values = {name: value for name, value in row._mapping.items() if name != "digest"}
    return Feed(**values)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
