"""The desk where staff claim newcomers: a code, a space and a kind make a device of the catalogue."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from services.access.claims import ThrottledError, Unclaimed, UnclaimedDevice, match
from services.access.enrolment import Enrolled, Enrolment
from services.access.throttle import FailureWindow
from services.contracts.community import Device
from services.contracts.errors import InvalidError, NotFoundError
from services.contracts.names import MINUTE, SECOND
from services.contracts.retelling import fault_word
from services.kit.clock import Clock
from services.kit.logs import logger

_WRONG_CODES = 10
"""Wrong codes of one person in the window; with 40 bits, guessing a code of a hundred would take a million years."""
_WINDOW = 10 * MINUTE

log = logger("access")


class ClaimDesk:
    """`clock` is real time: this is about people at a keyboard. Safe to share between threads."""

    def __init__(self, unclaimed: Unclaimed, enrolment: Enrolment, clock: Clock) -> None:
        self._unclaimed = unclaimed
        self._enrolment = enrolment
        self._clock = clock
        self._failures = FailureWindow(_WRONG_CODES, _WINDOW)

    def waiting(self) -> Sequence[UnclaimedDevice]:
        """Return the devices that wait."""
        return self._unclaimed()

    def claim(
        self,
        code: str,
        space: str,
        kind: str,
        name: str | None,
        by: str,
        permit: Callable[[str], None] = lambda _site: None,
    ) -> tuple[Device, Enrolled]:
        """Make the device that shows `code` one of the catalogue, in a space of its site, and return its credentials.

        `name` None: it keeps the name it goes by. `permit` is told the site, and raises to forbid it.
        Raises ThrottledError, NotFoundError, ConflictError, InvalidError, BrokerAccessError.
        """
        now = self._clock.now()
        wait = self._failures.wait_ms(by, now)
        if wait:
            raise ThrottledError(key="claim_throttled", seconds=-(-wait // SECOND))
        try:
            found = match(code, self._unclaimed())
        except NotFoundError:
            self._failures.failed(by, now)
            log.warning("claim_failed", by=by)
            raise
        permit(found.site)
        try:
            device = Device(id=name or found.device, site=found.site, space=space, kind=kind)
        except ValidationError as error:
            fault = fault_word(error)
            raise InvalidError(key="device_fault", site=found.site, id=name or found.device, fault=fault) from None
        enrolled = self._enrolment.add(device)
        log.info("device_claimed", site=device.site, device=device.id, heard_as=found.device, by=by)
        return device, enrolled
