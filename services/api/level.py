"""The level of what is live: the newest room state and screen of every space, and the alerts that stand."""

import threading

from services.contracts.events import Alert, Screen
from services.contracts.names import Millis
from services.contracts.states import RoomState

Key = tuple[str, str]


class Level:
    """Holds the newest of everything. Safe to use from several threads."""

    def __init__(self) -> None:
        self._states: dict[Key, RoomState] = {}
        self._screens: dict[Key, Screen] = {}
        self._alerts: dict[Key, Alert] = {}
        self._lock = threading.Lock()

    def put_state(self, state: RoomState) -> bool:
        """Take a room state; tell whether it is news. One older than what is known is not."""
        key = (state.site, state.space)
        with self._lock:
            known = self._states.get(key)
            if known is not None and (state.as_of < known.as_of or state == known):
                return False
            self._states[key] = state
            return True

    def put_screen(self, screen: Screen) -> bool:
        """Take what a screen shows; tell whether it is news."""
        key = (screen.site, screen.space)
        with self._lock:
            if self._screens.get(key) == screen:
                return False
            self._screens[key] = screen
            return True

    def put_alert(self, site: str, alert: Alert) -> None:
        """Take an alert, or its end."""
        with self._lock:
            if alert.cleared:
                self._alerts.pop((site, alert.key), None)
            else:
                self._alerts[site, alert.key] = alert

    def state(self, site: str, space: str) -> RoomState | None:
        """Return the newest state of a space, if one was ever heard."""
        return self._states.get((site, space))

    def screen(self, site: str, space: str) -> Screen | None:
        """Return what the screen of a space shows, if it was ever heard."""
        return self._screens.get((site, space))

    def alerts(self) -> list[tuple[str, Alert]]:
        """Return site and alert of all that stand, the newest first."""
        with self._lock:
            standing = [(site, alert) for (site, _), alert in self._alerts.items()]
        return sorted(standing, key=lambda entry: -entry[1].at)

    def newest(self) -> Millis | None:
        """Return the newest `as_of`, or None before the first state."""
        with self._lock:
            return max((state.as_of for state in self._states.values()), default=None)
