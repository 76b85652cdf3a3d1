"""What the books say, read once for all who ask within a few seconds.

Ten thousand devices take a second to read, and a list of them is fetched page after page.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.contracts.names import SECOND, Millis
from services.journal.books import Books
from services.journal.records import Account, DeviceAccount
from services.kit.clock import Clock

_OLD: Millis = 5 * SECOND

Boots = Mapping[tuple[str, str], Sequence[DeviceAccount]]
"""(site, device) → its boots, in the order in which they were last heard."""


class Heard:
    """Keeps the last reading. Safe to use from several threads. Every method raises StartError, JournalError."""

    def __init__(self, books: Books, machine_clock: Clock) -> None:
        self._books = books
        self._clock = machine_clock
        self._lock = threading.Lock()
        self._read: tuple[Account, Boots] | None = None
        self._read_at: Millis = 0

    def account(self) -> Account:
        """Return the accounting, of one instant."""
        return self._fresh()[0]

    def boots(self) -> Boots:
        """Return the boots of every device ever heard."""
        return self._fresh()[1]

    def _fresh(self) -> tuple[Account, Boots]:
        with self._lock:
            now = self._clock.now()
            if self._read is None or not 0 <= now - self._read_at < _OLD:
                account = self._books.account()
                self._read = account, _by_device(account.devices)
                self._read_at = now
            return self._read


def _by_device(boots: Sequence[DeviceAccount]) -> Boots:
    """Return the boots of each device."""
    found: dict[tuple[str, str], list[DeviceAccount]] = defaultdict(list)
    for one in boots:
        found[one.site, one.device].append(one)
    return found
