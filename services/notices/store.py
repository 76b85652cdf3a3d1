"""Keeps subscriptions: made, changed, paused, taken up again, their secrets renewed."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from services.bookings.tables import decisions
from services.contracts.errors import NotFoundError
from services.contracts.names import DAY, Millis
from services.kit.database import reading, row_of
from services.kit.logs import logger
from services.notices.records import OPEN, DeliveryState, Paused, Rhythm, Subscription, SubscriptionKind
from services.notices.signing import new_secret
from services.notices.tables import deliveries
from services.notices.tables import subscriptions as t

OVERLAP: Millis = DAY
"""For how long the secret before signs as well: time to bring the new one to the receiver."""

log = logger("notices")


class SubscriptionStore:
    """The subscriptions over SQLAlchemy. Safe to share between threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
        self,
        kind: SubscriptionKind,
        name: str,
        target: str,
        site: str | None,
        spaces: tuple[str, ...],
        events: tuple[str, ...],
        language: str,
        rhythm: Rhythm,
        made_by: str,
        now: Millis,
    ) -> Subscription:
        """Keep a new subscription, which hears of what comes from now on. Its secret is new."""
        with self._engine.begin() as connection:
            newest = connection.execute(sa.select(sa.func.max(decisions.c.number))).scalar() or 0
            made = Subscription(
                id=f"n-{secrets.token_hex(6)}", kind=kind, name=name, target=target, site=site, spaces=spaces,
                events=events, language=language, rhythm=rhythm, secret=new_secret(), made_by=made_by, made_at=now,
                after_number=newest,
            )  # fmt: skip
            connection.execute(t.insert().values({**asdict(made), "spaces": list(spaces), "events": list(events)}))
        log.info("subscription_made", subscription=made.id, kind=kind, by=made_by)
        return made

    def all(self, after: str | None = None, limit: int = 100) -> list[Subscription]:
        """Return subscriptions in the order they were made."""
        with reading(self._engine) as connection:
            where: list[sa.ColumnElement[bool]] = []
            if after is not None and after.isprintable():
                mark = connection.execute(sa.select(t.c.made_at).where(t.c.id == after)).scalar()
                if mark is None:
                    return []
                where.append(sa.or_(t.c.made_at > mark, sa.and_(t.c.made_at == mark, t.c.id > after)))
            rows = connection.execute(sa.select(t).where(*where).order_by(t.c.made_at, t.c.id).limit(limit))
            return [subscription_from(row._mapping) for row in rows]

    def active(self) -> list[Subscription]:
        """Return all subscriptions that are told."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(t).where(t.c.active.is_(True)).order_by(t.c.made_at, t.c.id))
            return [subscription_from(row._mapping) for row in rows]

    def failing(self) -> list[Subscription]:
        """Return those whose target is not reached, paused for it or not."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(t).where(t.c.failing_since.is_not(None)).order_by(t.c.made_at))
            return [subscription_from(row._mapping) for row in rows]

    def get(self, id: str) -> Subscription:
        """Return a subscription. Raises NotFoundError."""
        row = row_of(self._engine, t.c.id, id)
        if row is None:
            raise NotFoundError(key="no_subscription", id=id)
        return subscription_from(row._mapping)

    def change(self, id: str, values: Mapping[str, Any]) -> Subscription:
        """Change a subscription's name, target, site, spaces, events, language or rhythm. Raises NotFoundError.

        A new target begins without the failures of the old one.
        """
        more = (
            {"failures": 0, "failing_since": None, "not_before": None, "last_error": ""} if "target" in values else {}
        )
        self._update(id, {**values, **more})
        log.info("subscription_changed", subscription=id, fields=sorted(values))
        return self.get(id)

    def rotate(self, id: str, now: Millis) -> Subscription:
        """Give a subscription a new secret; the one before signs as well for a day. Raises NotFoundError."""
        before = self.get(id)
        self._update(
            id,
            {"secret": new_secret(), "secret_before": before.secret, "secret_before_until": now + OVERLAP},
        )
        log.info("subscription_rotated", subscription=id)
        return self.get(id)

    def pause(self, id: str, why: Paused) -> Subscription:
        """Tell a subscription nothing more; what waits for it is given up. Raises NotFoundError."""
        self._update(id, {"active": False, "paused": why})
        with self._engine.begin() as connection:
            given_up = give_up_open(connection, id)
        log.info("subscription_paused", subscription=id, why=why, given_up=given_up)
        return self.get(id)

    def resume(self, id: str) -> Subscription:
        """Tell a subscription again, of what comes from now on. Raises NotFoundError."""
        with reading(self._engine) as connection:
            newest = connection.execute(sa.select(sa.func.max(decisions.c.number))).scalar() or 0
        fresh = {"failures": 0, "failing_since": None, "not_before": None, "after_number": newest}
        self._update(id, {"active": True, "paused": "", **fresh})
        log.info("subscription_resumed", subscription=id)
        return self.get(id)

    def remove(self, id: str) -> None:
        """Forget a subscription with all its deliveries. Raises NotFoundError."""
        self.get(id)
        with self._engine.begin() as connection:
            if not connection.execute(t.delete().where(t.c.id == id)).rowcount:
                raise NotFoundError(key="no_subscription", id=id)
        log.info("subscription_removed", subscription=id)

    def _update(self, id: str, values: Mapping[str, Any]) -> None:
        self.get(id)
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        with self._engine.begin() as connection:
            if not connection.execute(t.update().where(t.c.id == id).values(plain)).rowcount:
                raise NotFoundError(key="no_subscription", id=id)


def give_up_open(connection: sa.Connection, id: str) -> int:
    """Give up what waits for a subscription; return how many."""
    d = deliveries
    where = sa.and_(d.c.subscription == id, d.c.state.in_(OPEN))
    return connection.execute(d.update().where(where).values(state=DeliveryState.GIVEN_UP)).rowcount


def subscription_from(row: Mapping[Any, Any]) -> Subscription:
    """Return the subscription of a row that holds its columns, and perhaps others."""
    values = {one.name: row[one.name] for one in fields(Subscription)}
    return Subscription(**{**values, "spaces": tuple(values["spaces"]), "events": tuple(values["events"])})
