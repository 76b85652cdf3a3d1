"""The book of who did what: written before a change is made, settled when its end is known, pruned after its time."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.exc import SQLAlchemyError

from services.audit.records import Act, Asked, AuditError, Entry
from services.audit.tables import audit
from services.contracts.names import DAY, HOUR, Millis
from services.kit.clock import Clock
from services.kit.database import reading
from services.kit.logs import logger

KEPT_DAYS = 400
"""A year and a little more: whoever asks about last spring gets an answer."""

_PRUNED_EVERY: Millis = HOUR
_C = audit.c

log = logger("audit")


class AuditStore:
    """Safe to use from several threads and processes. `clock` is real time, whatever the speed of a demo."""

    def __init__(
        self, engine: sa.Engine, clock: Clock, registry: CollectorRegistry | None = None, kept_days: int = KEPT_DAYS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._kept = kept_days * DAY
        self._lock = threading.Lock()
        self._pruned_at: Millis | None = None
        registry = registry or CollectorRegistry()
        self._entries = Counter("foldspace_audit_entries", "acts noted in the audit", ["kind"], registry=registry)
        self._failures = Counter(
            "foldspace_audit_failures", "acts that could not be noted", ["step"], registry=registry
        )

    def begin(self, act: Act) -> int:
        """Note an act, before it is done or at once with its status; return its number.

        Raises AuditError: then it must not be done.
        """
        now = self._clock.now()
        with self._noting("begin"), self._engine.begin() as connection:
            if self._due(now):
                gone = connection.execute(audit.delete().where(_C.at < now - self._kept)).rowcount
                if gone:
                    log.info("audit_pruned", entries=gone)
            number = connection.execute(audit.insert().values(_row(act, now)).returning(_C.id)).scalar_one()
        self._entries.labels(act.kind).inc()
        return int(number)

    def settle(self, number: int, act: Act) -> None:
        """Note how an act ended. Raises AuditError: it stands in the book as begun."""
        values = {
            "status": act.status,
            "params": dict(act.params),
            "site": act.site,
            "space": act.space,
            "fields": list(act.fields),
        }
        with self._noting("settle"), self._engine.begin() as connection:
            connection.execute(audit.update().where(_C.id == number).values(values))

    def entries(self, asked: Asked, after: int | None, most: int) -> Sequence[Entry]:
        """Return at most `most` entries, the newest first, older than the one of number `after`."""
        conditions = [
            *([_C.who == asked.who] if asked.who is not None else []),
            *([_C.site == asked.site] if asked.site is not None else []),
            *([_C.kind == asked.kind] if asked.kind is not None else []),
            *([_C.at >= asked.since] if asked.since is not None else []),
            *([_C.at < asked.until] if asked.until is not None else []),
            *([_C.id < after] if after is not None else []),
        ]
        query = sa.select(audit).where(*conditions).order_by(_C.id.desc()).limit(most)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def _due(self, now: Millis) -> bool:
        """Tell whether it is time to prune, at the first act and every hour."""
        with self._lock:
            if self._pruned_at is not None and now - self._pruned_at < _PRUNED_EVERY:
                return False
            self._pruned_at = now
            return True

    @contextmanager
    def _noting(self, step: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            self._failures.labels(step).inc()
            cause = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
            log.error("audit_failed", step=step, reason=cause)
            raise AuditError(f"audit: cannot be written, so nothing is done: {cause}") from None


def _row(act: Act, now: Millis) -> dict[str, Any]:
    return {
        "at": now,
        "kind": act.kind,
        "event": act.event,
        "who": act.who,
        "role": act.role,
        "via": act.via,
        "method": act.method,
        "route": act.route,
        "params": dict(act.params),
        "site": act.site,
        "space": act.space,
        "status": act.status,
        "address": act.address[:64],
        "fields": list(act.fields),
    }


def _entry(row: sa.Row[Any]) -> Entry:
    act = Act(
        kind=row.kind,
        who=row.who,
        role=row.role,
        via=row.via,
        event=row.event,
        method=row.method,
        route=row.route,
        params=row.params,
        site=row.site,
        space=row.space,
        status=row.status,
        address=row.address,
        fields=tuple(row.fields),
    )
    return Entry(row.id, row.at, act)
