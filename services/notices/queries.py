"""Finds decisions that couriers have not seen, and keeps how far they have read and which alerts stand.

Numbers of decisions are given before their transactions end, so that a later one may be seen first. What is read again
is recognised by its delivery; nothing is passed over: the cursor follows a minute behind, and no transaction takes as
long as that (`idle_in_transaction_session_timeout` ends it after 15 s).
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.bookings.records import Decision
from services.bookings.rows import decision_from
from services.bookings.tables import decisions
from services.contracts.names import MINUTE, Millis
from services.kit.database import reading
from services.notices.tables import notice_alerts as a
from services.notices.tables import notice_cursor as c

BEHIND: Millis = MINUTE
_NAME = "decisions"
_AT_ONCE = 200
_MAX_KEY = 255


class NewDecisions:
    """Reads decisions by cursor. For one thread; several processes may each have one."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._seen: dict[int, Millis] = {}
        self._settled: int | None = None

    def read(self) -> list[tuple[int, Decision]]:
        """Return decisions not seen yet, oldest first, each with its number. They count as seen with `settle`."""
        if self._settled is None:
            self._settled = self._begin()
        t = decisions
        with reading(self._engine) as connection:
            numbers = connection.execute(sa.select(t.c.number).where(t.c.number > self._settled).order_by(t.c.number))
            fresh = [number for number in numbers.scalars() if number not in self._seen][:_AT_ONCE]
            if not fresh:
                return []
            rows = connection.execute(sa.select(t).where(t.c.number.in_(fresh)).order_by(t.c.number)).mappings()
            return [(row["number"], decision_from(dict(row))) for row in rows]

    def settle(self, numbers: Sequence[int], now: Millis) -> None:
        """Count decisions as seen, and move the cursor on to what was seen a minute ago."""
        self._seen.update(dict.fromkeys(numbers, now))
        old = [number for number, at in self._seen.items() if at <= now - BEHIND]
        if not old or self._settled is None:
            return
        self._settled = max(self._settled, *old)
        self._seen = {number: at for number, at in self._seen.items() if number > self._settled}
        with self._engine.begin() as connection:
            further = c.update().where(c.c.name == _NAME, c.c.number < self._settled)
            connection.execute(further.values(number=self._settled))

    def _begin(self) -> int:
        """Return where the couriers before have come to; the very first one begins with what is new."""
        with reading(self._engine) as connection:
            kept = connection.execute(sa.select(c.c.number).where(c.c.name == _NAME)).scalar()
            newest = connection.execute(sa.select(sa.func.max(decisions.c.number))).scalar() or 0
        if kept is not None:
            return int(kept)
        try:
            with self._engine.begin() as connection:
                connection.execute(c.insert().values(name=_NAME, number=newest))
        except IntegrityError:  # another courier was first
            return self._begin()
        return int(newest)


class StandingAlerts:
    """Knows which alerts stand, so that what is said again by the minute is news once. Safe to share."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def is_news(self, site: str, key: str, text: str, now: Millis, lapse: Millis) -> bool:
        """Tell whether an alert is news; one that was not said again for `lapse` is once more."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(a).where(_of(site, key))).first()
        if row is None or row.text != text or now - row.heard_at >= lapse:
            return True
        if now - row.heard_at >= MINUTE // 2:
            with self._engine.begin() as connection:
                connection.execute(a.update().where(_of(site, key)).values(heard_at=now))
        return False

    def stand(self, site: str, key: str, text: str, at: Millis, now: Millis) -> None:
        """Remember that an alert was told, which says `at` of itself."""
        values = {"text": text, "raised_at": at, "heard_at": now}
        try:
            with self._engine.begin() as connection:
                if not connection.execute(a.update().where(_of(site, key)).values(values)).rowcount:
                    connection.execute(a.insert().values(site=site, key=key[:_MAX_KEY], **values))
        except IntegrityError:  # another courier heard the same
            return

    def raised_at(self, site: str, key: str) -> Millis | None:
        """Return what an alert that stands said of its time; None: it does not stand."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(a.c.raised_at).where(_of(site, key))).scalar()

    def clear(self, site: str, key: str) -> None:
        """Forget an alert that is over."""
        with self._engine.begin() as connection:
            connection.execute(a.delete().where(_of(site, key)))


def _of(site: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(a.c.site == site, a.c.key == key[:_MAX_KEY])
