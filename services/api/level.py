"""The level of what is live: the newest room state and screen of every space, and the alerts that stand."""

import threading
from dataclasses import dataclass

from services.contracts.events import Alert, Screen
from services.contracts.names import Millis
from services.contracts.states import RoomState

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that stands, and when it was last said."""

    site: str
    alert: Alert
    heard_at: Millis


class Level:
    """Holds the newest of everything. Safe to use from several threads."""

    def __init__(self) -> None:
        self._states: dict[Key, RoomState] = {}
        self._screens: dict[Key, Screen] = {}
        self._alerts: dict[Key, Raised] = {}
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

    def put_alert(self, site: str, alert: Alert, now: Millis) -> Alert | None:
        """Take an alert, or its end; return it if it is news. What stands is said again by the minute, and is none.

        The same trouble keeps the instant at which it was first told, though its figures change.
        """
        key = (site, alert.key)
        with self._lock:
            if alert.cleared:
                return None if self._alerts.pop(key, None) is None else alert
            before = self._alerts.get(key)
            if before is not None and before.alert.text == alert.text:
                alert = alert.model_copy(update={"at": before.alert.at})
            self._alerts[key] = Raised(site, alert, now)
            return None if before is not None and before.alert == alert else alert

    def state(self, site: str, space: str) -> RoomState | None:
        """Return the newest state of a space, if one was ever heard."""
        return self._states.get((site, space))

    def states(self) -> list[RoomState]:
        """Return the newest state of every space that was heard."""
        with self._lock:
            return list(self._states.values())

    def screen(self, site: str, space: str) -> Screen | None:
        """Return what the screen of a space shows, if it was ever heard."""
        return self._screens.get((site, space))

    def alerts(self) -> list[Raised]:
        """Return all alerts that stand, the newest first."""
        with self._lock:
            standing = list(self._alerts.values())
        return sorted(standing, key=lambda raised: -raised.alert.at)

    def alert(self, site: str, key: str) -> Alert | None:
        """Return an alert if it stands."""
        raised = self._alerts.get((site, key))
        return None if raised is None else raised.alert

    def newest(self) -> Millis | None:
        """Return the newest `as_of`, or None before the first state."""
        with self._lock:
            return max((state.as_of for state in self._states.values()), default=None)
