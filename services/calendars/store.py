"""Keeps the secret links of calendar feeds: made, found by their secret, revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from services.calendars.tables import calendar_feeds as t
from services.contracts.errors import NotFoundError
from services.contracts.names import MINUTE, Millis
from services.kit.database import reading
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
        feed, secret = Feed(secrets.token_hex(8), kind, site, ref, language, made_by, now), secrets.token_urlsafe(24)
        row = {
            "id": feed.id, "digest": _digest(secret), "kind": kind, "site": site, "ref": ref, "language": language,
            "made_by": made_by, "at": now, "last_fetched": None,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(t.insert().values(row))
        log.info("feed_made", feed=feed.id, kind=kind, site=site, by=made_by)
        return feed, secret

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
        row = None
        if id.isprintable():  # PostgreSQL fails on a NUL even in a question
            with reading(self._engine) as connection:
                row = connection.execute(sa.select(t).where(t.c.id == id)).first()
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


def _feed(row: sa.Row[Any]) -> Feed:
    values = {name: value for name, value in row._mapping.items() if name != "digest"}
    return Feed(**values)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
