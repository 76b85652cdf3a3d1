"""The outbox of notices: rows first and messages second, claimed by one courier at a time, sent at least once.

A courier that dies between sending and marking leaves its claim to run out, and the notice goes out again under the
same id: the receiver knows it by that.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import DAY, MINUTE, Millis
from services.kit.database import reading, row_of
from services.notices import schedule
from services.notices.records import OPEN, Delivery, DeliveryState, Subscription
from services.notices.sending import DeliveryError
from services.notices.store import give_up_open, subscription_from
from services.notices.tables import deliveries as d
from services.notices.tables import subscriptions as s

CLAIM: Millis = 2 * MINUTE
"""For how long a courier has what it sends to itself; sending takes less than half a minute."""
KEPT: Millis = 30 * DAY
"""How long it can be seen what became of a notice."""
_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """What one courier sends at once to one subscription."""

    claim: str
    subscription: Subscription
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """What became of a batch that was not taken."""

    given_up: int
    disabled: bool
    held: bool
    """Whether the claim was still ours."""


class NoticeOutbox:
    """Deliveries over SQLAlchemy. Safe to share between threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def queue(self, wanted: Iterable[Delivery]) -> int:
        """Keep deliveries; one whose id is there already is left as it is. Return how many are new."""
        rows = [{**_row(one), "claim": None, "claimed_until": None} for one in wanted]
        if not rows:
            return 0
        insert = (postgresql if self._engine.dialect.name == "postgresql" else sqlite).insert
        new = 0
        with self._engine.begin() as connection:
            for row in rows:
                statement = insert(d).values(row).on_conflict_do_nothing(index_elements=["id"]).returning(d.c.id)
                new += len(connection.execute(statement).all())
        return new

    def claim(self, now: Millis, most: int) -> Batch | None:
        """Take what is due for one subscription, up to `most` of it; None: nothing is due, or others have it.

        A subscription is served by one courier at a time: its target is not asked twice at once.
        """
        with reading(self._engine) as connection:
            candidates = connection.execute(self._due(now)).scalars().all()
        for id in candidates:
            batch = self._take(id, now, most)
            if batch is not None:
                return batch
        return None

    def _due(self, now: Millis) -> sa.Select[Any]:
        held = sa.select(d.c.subscription).where(d.c.claimed_until > now)
        return (
            sa.select(d.c.subscription)
            .join(s, s.c.id == d.c.subscription)
            .where(
                d.c.state.in_(OPEN),
                d.c.next_at <= now,
                s.c.active.is_(True),
                sa.or_(s.c.not_before.is_(None), s.c.not_before <= now),
                d.c.subscription.not_in(held),
            )
            .group_by(d.c.subscription)
            .order_by(sa.func.min(d.c.next_at))
            .limit(_CANDIDATES)
        )

    def _take(self, id: str, now: Millis, most: int) -> Batch | None:
        claim = secrets.token_hex(12)
        with self._engine.begin() as connection:
            locked = sa.select(s).where(s.c.id == id, s.c.active.is_(True)).with_for_update(skip_locked=True)
            owner = connection.execute(locked).first()
            if owner is None:
                return None
            held = sa.select(d.c.id).where(d.c.subscription == id, d.c.claimed_until > now).limit(1)
            if connection.execute(held).first() is not None:
                return None
            due = (
                sa.select(d)
                .where(d.c.subscription == id, d.c.state.in_(OPEN), d.c.next_at <= now)
                .order_by(d.c.next_at, d.c.number)
                .limit(most if owner.kind == "mail" else 1)
            )
            rows = connection.execute(due).all()
            ids = [row.id for row in rows]
            if not ids:
                return None
            taken = {
                "claim": claim,
                "claimed_until": now + CLAIM,
                "first_try_at": sa.func.coalesce(d.c.first_try_at, now),
            }
            connection.execute(d.update().where(d.c.id.in_(ids)).values(taken))
        return Batch(claim, subscription_from(owner._mapping), tuple(_delivery(row._mapping) for row in rows))

    def sent(self, batch: Batch, now: Millis) -> bool:
        """Mark a batch as delivered; tell whether the claim was still ours."""
        done = {"state": DeliveryState.SENT, "sent_at": now, "tries": d.c.tries + 1, "last_error": "", **_FREE}
        well = {"failures": 0, "failing_since": None, "not_before": None, "last_ok": now, "last_error": ""}
        with self._engine.begin() as connection:
            held = connection.execute(d.update().where(self._ours(batch)).values(done)).rowcount
            connection.execute(s.update().where(s.c.id == batch.subscription.id).values(well))
        return held == len(batch.deliveries)

    def failed(self, batch: Batch, error: DeliveryError, now: Millis, lot: float) -> Failed:
        """Mark a batch as tried in vain: each delivery is tried again later or given up, its target left in peace."""
        one, why = batch.subscription, str(error)
        since = now if one.failing_since is None else one.failing_since
        ill = {
            "failures": one.failures + 1,
            "failing_since": since,
            "not_before": schedule.peace_until(one.failures + 1, now, lot),
            "last_error": why,
        }
        disabled = error.gone or schedule.disable(since, now)
        if disabled:
            ill |= {"active": False, "paused": "gone" if error.gone else "failing"}
        given_up = held = 0
        with self._engine.begin() as connection:
            for delivery in batch.deliveries:
                tries = delivery.tries + 1
                next_at = schedule.retry_at(tries, now, lot)
                first = now if delivery.first_try_at is None else delivery.first_try_at
                over = error.permanent or schedule.give_up(first, next_at)
                values = {
                    "state": DeliveryState.GIVEN_UP if over else DeliveryState.FAILED,
                    "tries": tries, "next_at": next_at, "last_error": why, **_FREE,
                }  # fmt: skip
                ours = sa.and_(d.c.id == delivery.id, self._ours(batch))
                written = connection.execute(d.update().where(ours).values(values)).rowcount
                held += written
                given_up += written if over else 0
            connection.execute(s.update().where(s.c.id == one.id).values(ill))
            if disabled:
                given_up += give_up_open(connection, one.id)
        return Failed(given_up, disabled, held == len(batch.deliveries))

    def of(self, subscription: str, after: str | None = None, limit: int = 100) -> list[Delivery]:
        """Return the deliveries of a subscription, the newest first."""
        where = [d.c.subscription == subscription]
        with reading(self._engine) as connection:
            if after is not None and after.isprintable():
                mark = connection.execute(sa.select(d.c.number).where(d.c.id == after)).scalar()
                if mark is None:
                    return []
                where.append(d.c.number < mark)
            query = sa.select(d).where(*where).order_by(d.c.number.desc()).limit(limit)
            return [_delivery(row._mapping) for row in connection.execute(query)]

    def get(self, id: str) -> Delivery:
        """Return a delivery. Raises NotFoundError."""
        row = row_of(self._engine, d.c.id, id)
        if row is None:
            raise NotFoundError(key="no_delivery", id=id)
        return _delivery(row._mapping)

    def retry(self, id: str, now: Millis) -> Delivery:
        """Send a delivery that was given up, or waits, now. Raises NotFoundError, ConflictError when it was sent."""
        found = self.get(id)
        if found.state is DeliveryState.SENT:
            raise ConflictError(key="delivery_sent", id=id)
        again = {"state": DeliveryState.DUE, "next_at": now, "first_try_at": None, "tries": 0}
        with self._engine.begin() as connection:
            connection.execute(d.update().where(d.c.id == id, d.c.state != DeliveryState.SENT).values(again))
            connection.execute(s.update().where(s.c.id == found.subscription).values(not_before=None))
        return self.get(id)

    def tally(self, subscriptions: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return how many deliveries each subscription has in each state."""
        query = (
            sa.select(d.c.subscription, d.c.state, sa.func.count())
            .where(d.c.subscription.in_(list(subscriptions)))
            .group_by(d.c.subscription, d.c.state)
        )
        found: dict[str, dict[str, int]] = {}
        with reading(self._engine) as connection:
            for id, state, count in connection.execute(query):
                found.setdefault(id, {})[state] = count
        return found

    def waiting(self) -> int:
        """Return how many deliveries are neither sent nor given up."""
        with reading(self._engine) as connection:
            count = sa.select(sa.func.count()).select_from(d).where(d.c.state.in_(OPEN))
            return int(connection.execute(count).scalar_one())

    def prune(self, now: Millis) -> int:
        """Remove what was sent or given up more than KEPT ago; return how many."""
        with self._engine.begin() as connection:
            old = d.delete().where(d.c.made_at < now - KEPT, d.c.state.not_in(OPEN))
            return connection.execute(old).rowcount

    def _ours(self, batch: Batch) -> sa.ColumnElement[bool]:
        return sa.and_(d.c.id.in_([one.id for one in batch.deliveries]), d.c.claim == batch.claim)


_FREE: dict[str, Any] = {"claim": None, "claimed_until": None}


def _row(one: Delivery) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(Delivery)} | {"body": dict(one.body)}


def _delivery(row: Any) -> Delivery:
    values = {field.name: row[field.name] for field in fields(Delivery)}
    return Delivery(**{**values, "state": DeliveryState(values["state"])})
