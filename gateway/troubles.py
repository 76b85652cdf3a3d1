"""What is wrong with the gateway itself, as alerts: raised once, said again while they stand, cleared when over."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from gateway.line import Report
from services.contracts.events import Alert, AlertLevel
from services.contracts.names import MINUTE, Millis
from services.journal.ledger import QUARANTINE_ROWS

REPEAT: Final[Millis] = MINUTE
"""An alert that stands is said again this often: whoever starts late learns of it."""

GROWTH: Final[Millis] = 10 * MINUTE
GROWTH_COUNT = 100
FILLING_PERCENT = 80
CLOCK_OFF: Final[Millis] = 2 * MINUTE


class Seen(Protocol):
    """What is looked at, of the drain and what it works with."""

    @property
    def refusing(self) -> str:
        """Why the time series takes nothing."""

    @property
    def backlog_full(self) -> bool:
        """Whether the backlog is at its bound."""


class Facts(Protocol):
    """What is looked at, of the ledger."""

    @property
    def quarantine_rows(self) -> int:
        """Messages in quarantine."""

    def backlog_size(self) -> int:
        """What waits for the time series."""


class Troubles:
    """Standing alerts by key. Those of one device have its site; the gateway's own go to every site."""

    def __init__(self) -> None:
        self._standing: dict[tuple[str | None, str], Alert] = {}
        self._news: list[tuple[str | None, Alert]] = []
        self._quarantined: deque[tuple[Millis, int]] = deque()
        self._repeated_at: Millis = 0

    def see(
        self,
        report: Report,
        drain: Seen,
        ledger: Facts,
        unclaimed: int,
        noisy: Iterable[tuple[str, str]],
        off: Iterable[tuple[str, str, Millis]],
        quarantined: int,
        now: Millis,
    ) -> None:
        """Look at everything that may be wrong. `quarantined` counts since ever, `off` has clock offsets in ms."""
        waiting = ledger.backlog_size()
        self.see_intake(report, now)
        self.note(
            "timeseries", drain.refusing, "warning", "timeseries_refusing", now, reason=drain.refusing, waiting=waiting
        )
        self.note("backlog", drain.backlog_full, "critical", "backlog_full", now, waiting=waiting)
        rows = ledger.quarantine_rows
        self.note("quarantine_full", rows >= QUARANTINE_ROWS, "warning", "quarantine_full", now, rows=rows)
        grown = self._growth(quarantined, now)
        self.note("quarantine", grown >= GROWTH_COUNT, "warning", "quarantine_growing", now, count=grown)
        self.note("unclaimed", unclaimed, "info", "unclaimed", now, count=unclaimed)
        self._note_each("noisy", "warning", "noisy_device", {key: {} for key in noisy}, now)
        wrong = {(site, device): {"seconds": round(ms / 1000)} for site, device, ms in off if abs(ms) >= CLOCK_OFF}
        self._note_each("clock", "info", "clock_off", wrong, now)

    def see_intake(self, report: Report, now: Millis) -> None:
        """Look at how the intake stands."""
        text = "journal_full" if report.full else "journal_failed"
        self.note("journal", report.trouble, "critical", text, now, reason=report.trouble)
        filling, pending = report.fill_percent >= FILLING_PERCENT, max(0, report.last_id - report.drained)
        self.note(
            "journal_filling",
            filling and not report.full,
            "warning",
            "journal_filling",
            now,
            percent=report.fill_percent,
            pending=pending,
        )

    def note(
        self,
        key: str,
        stands: object,
        level: AlertLevel,
        text: str,
        now: Millis,
        *,
        site: str | None = None,
        **params: Any,
    ) -> None:
        """Raise the alert `key` if it is news that it stands, clear it if it is news that it does not."""
        before = self._standing.get((site, key))
        if stands:
            at = now if before is None else before.at
            alert = Alert(key=f"gateway/{key}", level=level, at=at, text=f"alerts.{text}", params=params)
            self._standing[site, key] = alert
            if before is None or before.text != alert.text:
                self._news.append((site, alert))
        elif before is not None:
            del self._standing[site, key]
            self._news.append((site, before.model_copy(update={"cleared": True, "at": now})))

    def news(self, sites: Iterable[str]) -> list[tuple[str, Alert]]:
        """Return what is new since the last call, with the sites it goes to."""
        news, self._news = self._news, []
        return [(one, alert) for site, alert in news for one in ([site] if site is not None else sites)]

    def standing(
        self, sites: Iterable[str], of_devices: Callable[[], list[tuple[str, Alert]]], now: Millis
    ) -> list[tuple[str, Alert]]:
        """Return all alerts that stand, once a minute, with the sites they go to."""
        if 0 <= now - self._repeated_at < REPEAT:
            return []
        self._repeated_at = now
        own = [(one, alert) for (site, _), alert in self._standing.items() for one in ([site] if site else sites)]
        return own + of_devices()

    def _note_each(
        self, what: str, level: AlertLevel, text: str, devices: dict[tuple[str, str], dict[str, Any]], now: Millis
    ) -> None:
        gone = [(site, key) for site, key in self._standing if key.startswith(f"{what}/") and site is not None]
        for (site, device), params in devices.items():
            self.note(f"{what}/{device}", True, level, text, now, site=site, device=device, **params)
        for site, key in gone:
            if (site, key.partition("/")[2]) not in devices:
                self.note(key, False, level, text, now, site=site)

    def _growth(self, quarantined: int, now: Millis) -> int:
        """Return how many came into quarantine within the last ten minutes."""
        seen = self._quarantined
        seen.append((now, quarantined))
        while len(seen) > 1 and not 0 <= now - seen[0][0] <= GROWTH:
            seen.popleft()
        return max(0, quarantined - seen[0][1])
