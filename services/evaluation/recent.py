"""Reads the recent days from the stores and compares a policy with the one in force, the newest day first."""

import threading
import time
from collections.abc import Callable, Sequence

from services.bookings.records import HOLDING, RequestState
from services.bookings.store import BookingStore
from services.bookings.whatif import Comparison, Differs, Figures
from services.catalogue.cached import CachedCatalogue
from services.contracts.community import Community
from services.contracts.errors import ConflictError
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import HOUR, Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.evaluation.preview import Answer, Day, OutOfTimeError, add, as_planned, compare_day, compared, soon
from services.kit.clock import Clock
from services.kit.logs import logger
from services.timeseries.ports import History, StatePoint

DAYS = 7
_PATIENCE_S = 20.0
"""How long a person waits for an answer; the days that do not fit into it are left out, and that is told."""
_MOST = 5_000

log = logger("preview")


class RecentDays:
    """Compares policies over the last days. One comparison runs at a time; safe to share between threads."""

    def __init__(
        self,
        catalogue: CachedCatalogue,
        bookings: BookingStore,
        history: History,
        clock: Clock,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._bookings = bookings
        self._history = history
        self._clock = clock
        self._seconds = seconds
        self._busy = threading.Lock()

    def __call__(self, would: Policy, rooms: Sequence[RoomState]) -> Comparison:
        """Return what would differ. Raises ConflictError while another comparison runs."""
        if not self._busy.acquire(blocking=False):
            raise ConflictError(key="preview_busy")
        try:
            return self._compare(would, rooms)
        finally:
            self._busy.release()

    def _compare(self, would: Policy, rooms: Sequence[RoomState]) -> Comparison:
        community, now = self._catalogue.view().community, self._clock.now()
        deadline = self._seconds() + _PATIENCE_S
        present, after = Figures(), Figures()
        differs: list[Differs] = []
        zone = community.sites[0].timezone if community.sites else "UTC"
        until, count, whole = now, 0, True
        start = _midnight(now, zone)
        since = now
        for _ in range(DAYS):
            day = self._day(community, start, until)
            try:
                one, other, found = compare_day(
                    community, community.policy, would, day, lambda: self._seconds() < deadline
                )
            except OutOfTimeError:
                whole = False
                break
            present, after, count, since = add(present, one), add(after, other), count + len(day.bookings), start
            differs += found
            until, start = start, _midnight(start - 1, zone)
        coming = self._bookings.bookings(start=now - 12 * HOUR, end=now + HOUR, states=HOLDING, limit=_MOST)
        coming = [one for one in coming if one.end > now]
        told = soon(community, community.policy, would, coming, rooms, now)
        log.info("policy_previewed", bookings=count, differs=len(differs), whole=whole)
        return compared(
            since, now, whole=whole, bookings=count, present=present, would=after, differs=differs, soon=told
        )

    def _day(self, community: Community, start: Millis, until: Millis) -> Day:
        """Return what is known of the time from `start` to `until`; what is not over yet is not looked at."""
        begun = [
            one
            for one in self._bookings.bookings(start=start, end=until, limit=_MOST)
            if start <= one.start < until and (one.planned_end or one.end) <= self._clock.now()
        ]
        planned, reused = as_planned(begun)
        ids = {one.id for one in planned}
        answers = [
            Answer(at, booking, kind) for at, booking, kind in self._bookings.answers(start, until) if booking in ids
        ]
        wishes = [
            one
            for one in self._bookings.requests_around(start, until, limit=_MOST)
            if one.state is not RequestState.WITHDRAWN
        ]
        last = max((one.end for one in planned), default=until)
        states: list[RoomState] = []
        for site, space in sorted({(one.site, one.space) for one in planned}):
            claims = self._catalogue.view().claims(site, space) if self._known(community, site, space) else set()
            for part in sorted({space, *claims}):
                states += [_state(point) for point in self._history.states(site, part, start - HOUR, last)]
        unique = {(state.site, state.space, state.as_of): state for state in states}
        ordered = sorted(unique.values(), key=lambda state: (state.as_of, state.site, state.space))
        return Day(start, ordered, planned, wishes, answers, reused)

    @staticmethod
    def _known(community: Community, site: str, space: str) -> bool:
        return any((one.site, one.id) == (site, space) for one in community.spaces)


def _state(point: StatePoint) -> RoomState:
    return RoomState(
        site=point.site, space=point.space, occupancy=point.occupancy, people=point.people,
        confidence=point.confidence, release_grade=point.release_grade, since=point.at, as_of=point.at,
    )  # fmt: skip


def _midnight(at: Millis, zone: str) -> Millis:
    """Return the midnight that an instant's local day began with."""
    return from_wall(to_datetime(at, zone).date(), "00:00", zone)
