"""Forgets residents: those who wish it, at once, and those whom nobody has seen for more than a year."""

from services.api.deps import Deps
from services.api.identity import resident_actor
from services.api.residentlimits import OPEN_WISHES
from services.bookings.records import HOLDING, BookingState
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import HOUR, Millis
from services.kit.logs import logger

_EVERY: Millis = HOUR
_AT_MOST = 1_000

log = logger("api")


def forget(deps: Deps, handle: str) -> None:
    """Withdraw the wishes of a resident, give back their bookings, revoke links to them, then forget the person.

    What is over keeps the handle, which names nobody any more. Raises NotFoundError when they are not there.
    """
    deps.residents.resident(handle)
    actor, now = resident_actor(handle), deps.clock.now()
    for wish in deps.bookings.requests(states=OPEN_WISHES, group=handle, limit=_AT_MOST):
        try:
            deps.operations.withdraw_request(wish.id, actor, now)
        except (ConflictError, NotFoundError) as error:  # served or lapsed in this moment
            log.info("forgetting_left", handle=handle, request=wish.id, reason=str(error))
    for booking in deps.bookings.bookings(start=now, states=HOLDING, group=handle, limit=_AT_MOST):
        try:
            if booking.state is BookingState.IN_USE:
                deps.operations.end(booking.id, actor, now)
            else:
                deps.operations.cancel(booking.id, actor, now)
        except (ConflictError, NotFoundError) as error:  # over, or released in this moment
            log.info("forgetting_left", handle=handle, booking=booking.id, reason=str(error))
    deps.feeds.revoke_person(handle)
    deps.residents.erase(handle)
    deps.live.agenda.changed()


class Forgetting:
    """Looks once an hour whom to forget. `look` needs no thread."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._next: Millis = 0

    def look(self) -> int:
        """Forget who is due; return how many that were."""
        now = self._deps.machine_clock.now()
        if now < self._next:
            return 0
        self._next = now + _EVERY
        due = self._deps.residents.unused(now)
        for handle in due:
            try:
                forget(self._deps, handle)
            except NotFoundError:  # another API was first, or they went themselves
                continue
        if due:
            log.info("unused_forgotten", count=len(due))
        return len(due)
