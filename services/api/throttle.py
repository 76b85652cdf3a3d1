"""Limits guesses at sign-in, for one name from one address and for one address over all names."""

from services.access.throttle import MAX_KEYS, FailureWindow
from services.contracts.names import MINUTE, Millis


class SignInThrottle:
    """Two sliding windows of failures, in memory; a restart forgets them. Safe to share between threads."""

    def __init__(
        self, per_name: int = 5, per_address: int = 30, window: Millis = 5 * MINUTE, max_keys: int = MAX_KEYS
    ) -> None:
        """`per_name`: failures of one name from one address before it must wait.

        `per_address`: the same over all names, and more, as several stewards share the office's address.
        `max_keys`: how many names, and how many addresses, are remembered.
        """
        self._names = FailureWindow(per_name, window, max_keys)
        self._addresses = FailureWindow(per_address, window, max_keys)
        self._told = FailureWindow(1, window, max_keys)

    def wait_ms(self, name: str, address: str, now: Millis) -> Millis:
        """Return how long this name from this address must still wait; 0 means go ahead."""
        return max(self._names.wait_ms((name, address), now), self._addresses.wait_ms(address, now))

    def failed(self, name: str, address: str, now: Millis) -> None:
        """Count a failed sign-in."""
        self._names.failed((name, address), now)
        self._addresses.failed(address, now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name; those of the address stay."""
        self._names.succeeded((name, address))

    def first_refusal(self, what: str, address: str, now: Millis) -> bool:
        """Tell whether this is the first refusal of its kind in the window: a flood is told once, not a row each."""
        if self._told.wait_ms((what, address), now):
            return False
        self._told.failed((what, address), now)
        return True
