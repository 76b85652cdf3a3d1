"""Leads or stands by: takes the lease when it is free, renews it in time, and steps down when another one leads."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.bookings.leases import FencedError, Lease
from services.bookings.leasestore import LeaseStore, fence
from services.contracts.names import SECOND
from services.kit.database import Connection, DatabaseUnavailableError
from services.kit.logs import logger

_RENEWALS = 3
"""Renewals in the length of a lease: two in a row may fail."""

log = logger("scheduler")


class Leadership:
    """What one scheduler knows of the lease. For one thread."""

    def __init__(
        self,
        leases: LeaseStore,
        holder: str,
        lease_s: float,
        registry: CollectorRegistry,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`holder` names the process. One that is started again under its old name need not wait for the lease.

        `monotonic` is the machine's: the community's clock may run a hundred times as fast.
        """
        self._leases = leases
        self._holder = holder
        self._lease_s = lease_s
        self._monotonic = monotonic
        self._lease: Lease | None = None
        self._renew_at = 0.0
        self._waiting = False
        self._leads = Gauge("foldspace_scheduler_leads", "1: this scheduler leads; 0: it stands by.", registry=registry)
        self._fenced = Counter(
            "foldspace_scheduler_fenced", "Times this scheduler found that another one leads.", registry=registry
        )

    def seek(self) -> bool:
        """Take the lease if it is free; tell whether this scheduler leads. Raises DatabaseUnavailableError."""
        at = self._monotonic()
        self._lease = self._leases.take(self._holder, self._length)
        if self._lease is not None:
            self._waiting = False
            self._renew_at = at + self._lease_s / _RENEWALS
            self._leads.set(1)
            log.info("leads", holder=self._holder, token=self._lease.token)
        elif not self._waiting:
            self._waiting = True
            log.info("stands_by", holder=self._holder)
        return self._lease is not None

    def hold(self) -> None:
        """Renew the lease when it is time. Raises FencedError when it was lost, DatabaseUnavailableError."""
        at = self._monotonic()
        if self._lease is not None and at >= self._renew_at:
            self._lease = self._leases.renew(self._lease, self._length)
            self._renew_at = at + self._lease_s / _RENEWALS

    def fence(self, connection: Connection) -> None:
        """Refuse a transaction of a scheduler that does not lead. Raises FencedError."""
        if self._lease is None:
            raise FencedError(f"scheduler {self._holder}: stands by; nothing was changed")
        fence(connection, self._lease.token)

    def lost(self, error: FencedError) -> None:
        """Step down: another scheduler leads."""
        self._lease = None
        self._leads.set(0)
        self._fenced.inc()
        log.warning("steps_down", holder=self._holder, reason=str(error))

    def resign(self) -> None:
        """Hand the lease on, at a proper end."""
        if self._lease is None:
            return
        try:
            self._leases.release(self._lease)
        except (FencedError, DatabaseUnavailableError) as error:  # then it runs out by itself
            log.warning("lease_not_released", holder=self._holder, reason=str(error))
        self._lease = None
        self._leads.set(0)

    @property
    def leads(self) -> bool:
        """Whether this scheduler holds the lease, as far as it knows."""
        return self._lease is not None

    @property
    def _length(self) -> int:
        return round(self._lease_s * SECOND)
