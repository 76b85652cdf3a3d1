"""The clock of `up`: the wall's at speed 1, otherwise a scaled one that is saved, so that time never goes back."""

import json
import threading
from pathlib import Path

from services.contracts.names import Millis
from services.kit.clock import Clock, ScaledClock, WallClock
from services.kit.folder import write_private
from services.kit.logs import logger

SAVE_EVERY_S = 1.0

log = logger("clock")


class SavedClock:
    """Chooses the clock of a start and keeps its time in the data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock.json"
        self.clock: Clock = WallClock()

    def begin(self, speed: float, first: Millis | None) -> Clock:
        """Return the clock. `first` is where a first start begins, None: at the machine's time.

        A later start carries on where the last one ended; one that began at the machine's time never lags behind it.
        """
        wall, saved = WallClock(), self._saved()
        if first is None:
            start = max(saved or 0, wall.now())
            if speed == 1.0 and start > (saved or 0):
                return wall
        else:
            start = first if saved is None else saved
        self.clock = ScaledClock(start, speed)
        return self.clock

    def run(self, stop: threading.Event) -> None:
        """Save the time until `stop` is set, and once more then."""
        if isinstance(self.clock, WallClock):
            stop.wait()
            return
        while not stop.wait(SAVE_EVERY_S):
            self._save()
        self._save()

    def _save(self) -> None:
        write_private(self._path, json.dumps({"now": self.clock.now()}))

    def _saved(self) -> Millis | None:
        try:
            return int(json.loads(self._path.read_text(encoding="utf-8"))["now"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("saved_clock_unreadable", file=str(self._path), reason=str(error))
            return None
