"""Alerts about readings that cannot be recovered: raised per device, said again while they stand, cleared."""

from collections.abc import Callable, Iterable

from gateway.troubles import REPEAT
from services.contracts.events import Alert
from services.contracts.names import DAY, Millis
from services.twins.records import CANNOT_RESEND, GapRepair

STANDS: Millis = DAY
"""A loss nobody can undo stays in the lists; as an alert that never ends it would teach people to overlook alerts."""

DeviceKey = tuple[str, str]


class Losses:
    """Which devices lost readings, as alerts."""

    def __init__(self) -> None:
        self._told: dict[DeviceKey, Alert] = {}
        self._repeated_at: Millis = 0

    def look(self, repairs: Iterable[GapRepair], now: Millis, say: Callable[[str, Alert], bool]) -> None:
        """Say what is new, or due again; `say` gets site and alert and tells whether it could.

        Devices that cannot send again are left out: there is nothing to repair, and radio loses a little every day.
        """
        lost = _counted(repairs, now)
        again = not 0 <= now - self._repeated_at < REPEAT
        if again:
            self._repeated_at = now
        for key, (count, since) in lost.items():
            alert = _alert(key, count, since)
            if (again or self._told.get(key) != alert) and say(key[0], alert):
                self._told[key] = alert
        for key in self._told.keys() - lost.keys():
            if say(key[0], self._told[key].model_copy(update={"cleared": True, "at": now})):
                del self._told[key]


def _counted(repairs: Iterable[GapRepair], now: Millis) -> dict[DeviceKey, tuple[int, Millis]]:
    """Return by device how many readings were given up within STANDS, and when the first of them."""
    lost: dict[DeviceKey, tuple[int, Millis]] = {}
    for one in repairs:
        if one.state == "unrepairable" and one.reason != CANNOT_RESEND and now - one.noted_at < STANDS:
            count, since = lost.get((one.site, one.device), (0, one.noted_at))
            lost[one.site, one.device] = count + one.count, min(since, one.noted_at)
    return lost


def _alert(key: DeviceKey, count: int, since: Millis) -> Alert:
    return Alert(
        key=f"gap/{key[0]}/{key[1]}",
        level="warning",
        at=since,
        text="alerts.unrepairable",
        params={"device": key[1], "count": count},
    )
