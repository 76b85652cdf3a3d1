"""Does an import, or only tries it: reads the file, plans, and writes all of it, what can be, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.bookings.neighbours import CrowdedError
from services.bookings.store import BookingStore
from services.calendars.expanding import expand
from services.calendars.importing import AHEAD, Step, Wish, booking_id, plan
from services.calendars.queries import CalendarQueries
from services.calendars.reading import read
from services.catalogue.availability import Availability
from services.contracts.errors import ConflictError
from services.contracts.names import Millis
from services.kit.logs import logger

log = logger("calendars")

_ORDER = {"cancel": 0, "move": 1, "book": 2}
"""What is given up first is there for what comes."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do."""

    steps: tuple[Step, ...]
    done: bool
    """Whether anything was written."""
    outside: int
    """Events that lie before today or too far ahead, and are not shown."""


class Importer:
    """Imports calendars. Safe to share between threads."""

    def __init__(self, bookings: BookingStore, queries: CalendarQueries, code: Callable[[], str]) -> None:
        """`code` makes the codes that bookings are opened with at the button."""
        self._bookings = bookings
        self._queries = queries
        self._code = code

    def run(
        self, content: bytes, wish: Wish, house: Availability, actor: str, now: Millis, *, dry_run: bool, whole: bool
    ) -> Imported:
        """Import a file. With `whole` nothing is written unless all of it can be. Raises CalendarFileError."""
        events = read(content, house.zone(wish.site))
        occurrences = expand(events, now, now + AHEAD)
        outside = len({event.uid for event in events} - {one.uid for one in occurrences})
        ids = [booking_id(wish, one) for one in occurrences]
        known, said = self._queries.bookings(ids), self._queries.said(ids)
        steps = plan(occurrences, wish, known, said, house, now, actor, self._code)
        refused = any(step.action == "refuse" for step in steps)
        rehearse = dry_run or (whole and refused)
        steps, clashed = self._write(steps, whole=whole, rehearse=rehearse)
        done = not rehearse and not (whole and clashed) and any(step.change is not None for step in steps)
        counts = {action: sum(step.action == action for step in steps) for action in ("book", "move", "cancel")}
        log.info("calendar_imported" if done else "calendar_tried", site=wish.site, space=wish.space, **counts)
        return Imported(tuple(steps), done, outside)

    def _write(self, steps: list[Step], *, whole: bool, rehearse: bool) -> tuple[list[Step], bool]:
        """Write the changes; return the steps with what turned out to be taken, and whether anything was."""
        doing = sorted(
            (index for index, step in enumerate(steps) if step.change is not None),
            key=lambda index: _ORDER[steps[index].action],
        )
        if not doing:
            return steps, False
        changes = [change for index in doing if (change := steps[index].change) is not None]
        failures = self._bookings.commit_all(changes, whole=whole, rehearse=rehearse)
        after = list(steps)
        for index, failure in zip(doing, failures, strict=True):
            if failure is not None:
                after[index] = _clashing(steps[index], failure)
        return after, any(failures)


def _clashing(step: Step, failure: ConflictError) -> Step:
    if isinstance(failure, CrowdedError):
        return step.refused(f"problems.{failure.key}", failure.params)
    return replace(step.refused("calendar.import_taken"), params={})
