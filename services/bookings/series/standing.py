"""Keeps the standing activities of the community booked some weeks ahead, each as a series. Safe to run twice."""

import hashlib
import threading
from collections.abc import Callable
from datetime import date, timedelta

from services.bookings.series.operations import Outcome, SeriesOperations
from services.bookings.series.plan import Series, first_segment
from services.contracts.community import Community, Standing
from services.contracts.errors import FoldspaceError, NotFoundError
from services.contracts.instants import to_datetime
from services.contracts.names import HOUR, Millis
from services.kit.clock import Clock
from services.kit.logs import logger

AHEAD = timedelta(weeks=8)
"""Far enough for a club to plan around it."""
_A_WEEK = timedelta(weeks=1)
_LOOK_EVERY = 1 * HOUR
_GLANCE_S = 5.0
"""How often one sees, in real time, whether the catalogue is another: a new activity is booked while one watches."""
_ACTOR = "community"

log = logger("standing")


class StandingKeeper:
    """Begins a series for each standing activity, changes it when the community file says otherwise, and extends it.

    Who has a place already keeps it: what cannot be had is told in the log and tried again a week later.
    """

    def __init__(self, series: SeriesOperations, community: Callable[[], Community], clock: Clock) -> None:
        self._series = series
        self._community = community
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look every hour, and when the catalogue has changed."""
        looked_at: Millis | None = None
        known: Community | None = None
        while not stop.is_set():
            now = self._clock.now()
            try:
                community = self._community()
                if community is not known or looked_at is None or now - looked_at >= _LOOK_EVERY:
                    self.fill(now)
                    looked_at, known = now, community
            except FoldspaceError as error:  # the database is away: the next glance tries again
                log.warning("standing_not_filled", reason=str(error))
            stop.wait(_GLANCE_S)

    def fill(self, now: Millis) -> None:
        """Book what is to be booked. An activity that cannot be followed now is told, and does not stop the others."""
        community = self._community()
        zones = {site.id: site.timezone for site in community.sites}
        for activity in community.standing:
            today = to_datetime(now, zones[activity.site]).date()
            try:
                self._follow(activity, today, now)
            except FoldspaceError as error:
                log.warning("standing_not_followed", site=activity.site, standing=activity.id, reason=str(error))

    def _follow(self, activity: Standing, today: date, now: Millis) -> None:
        wanted = series_of(activity, today)
        try:
            kept = self._series.queries.get(wanted.id)
        except NotFoundError:
            self._tell(activity, self._series.begin(wanted, _ACTOR, now, whole=False))
            return
        says, said = wanted.segments[0], kept.segments[-1]
        names = ("space", "start", "end", "rrule", "dtstart", "exdate", "rdate")
        values = {name: getattr(says, name) for name in names}
        if values != {name: getattr(said, name) for name in names}:
            self._tell(activity, self._series.change(kept.id, today, values, _ACTOR, now, whole=False))
        if date.fromisoformat(kept.last_day) < today + AHEAD - _A_WEEK:
            self._tell(activity, self._series.extend(kept.id, today + AHEAD, _ACTOR, now, whole=False))

    def _tell(self, activity: Standing, outcome: Outcome) -> None:
        for problem in outcome.problems:
            log.warning(
                "standing_not_booked", site=activity.site, standing=activity.id, day=str(problem.day), why=problem.key
            )


def series_of(activity: Standing, today: date) -> Series:
    """Return the series of a standing activity as it would begin today."""
    digest = _digest(activity.site, activity.id)
    segment = first_segment(activity.space, activity.start, activity.end, activity)
    return Series(
        id=series_id(activity.site, activity.id),
        site=activity.site,
        group=activity.group,
        title=activity.title,
        people=activity.people,
        segments=(segment,),
        last_day=max((today + AHEAD).isoformat(), segment.first_day),
        function=activity.function,
        protected=activity.protected,
        code=f"{int(digest[12:], 16) % 9000 + 1000}",
        standing=activity.id,
    )


def series_id(site: str, standing: str) -> str:
    """Return the id of the series of a standing activity."""
    return f"standing-{_digest(site, standing)[:12]}"


def _digest(site: str, standing: str) -> str:
    return hashlib.sha1(f"{site}/{standing}".encode(), usedforsecurity=False).hexdigest()
