"""Holds back who tries too often: every limit of the open doors on one screen, counted in memory by key."""

from collections.abc import Hashable, Mapping

from prometheus_client import CollectorRegistry, Counter

from services.access.throttle import FailureWindow
from services.api.problems import RefusalError
from services.contracts.names import DAY, HOUR, MINUTE, SECOND, Millis
from services.kit.logs import logger

LIMITS: dict[str, tuple[int, Millis]] = {
    # A community's wireless network, or a proxy that does not say for whom it asks, is one address for many people.
    "sign_up_address": (30, HOUR),
    "sign_up_phone": (5, DAY),
    "sign_in_address": (30, 15 * MINUTE),
    "sign_in_who": (5, 15 * MINUTE),
    "passkey_address": (60, 15 * MINUTE),
    # Four digits: thirty guesses in five minutes at one door find a code in a day or so, and there are few to find.
    "door_code_address": (5, 5 * MINUTE),
    "door_code_door": (30, 5 * MINUTE),
    # A person taps; a program that books and gives back in turn would fill the decisions.
    "acts_handle": (40, 10 * MINUTE),
    # Whatever a resident tries to change stands in the audit, also what is refused.
    "changes_handle": (200, 10 * MINUTE),
}

log = logger("api")


class Turnstile:
    """Sliding windows by name, in memory; a restart forgets them. Safe to share between threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._windows = {name: FailureWindow(allowed, window) for name, (allowed, window) in LIMITS.items()}
        self._held_back = Counter(
            "foldspace_api_held_back",
            "Requests refused because their like came too often, by limit.",
            ["limit"],
            registry=registry,
        )

    def expect(self, keys: Mapping[str, Hashable], now: Millis) -> None:
        """Raise RefusalError when one of these, limit → key, has to wait. `now` is the machine's time."""
        for name, key in keys.items():
            wait = self._windows[name].wait_ms(key, now)
            if wait:
                seconds = -(-wait // SECOND)
                self._held_back.labels(name).inc()
                log.warning("held_back", limit=name, wait_s=seconds)
                raise RefusalError("throttled", "too_often", {"Retry-After": str(seconds)}, seconds=seconds)

    def count(self, keys: Mapping[str, Hashable], now: Millis) -> None:
        """Count one more of each."""
        for name, key in keys.items():
            self._windows[name].failed(key, now)

    def take(self, keys: Mapping[str, Hashable], now: Millis) -> None:
        """Expect and count at once, where every try counts and not only those that fail."""
        self.expect(keys, now)
        self.count(keys, now)

    def clear(self, name: str, key: Hashable) -> None:
        """Forget what was counted of one key."""
        self._windows[name].succeeded(key)
