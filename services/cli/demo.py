"""The demo's books: bookings and waitlist of the scenario's day, put in before the day begins."""

import threading
from collections.abc import Sequence
from datetime import date, timedelta

from firmware_sim.scenario import Scenario, SeedBooking, SeedRequest
from services.bookings.records import Booking, Request
from services.bookings.store import BookingStore
from services.contracts.errors import ConflictError
from services.contracts.instants import to_datetime
from services.contracts.names import Millis
from services.kit.clock import Clock
from services.kit.logs import logger

_LOOK_EVERY_S = 600.0

log = logger("demo")


def booking_of(seed: SeedBooking) -> Booking:
    """Return the record of a seeded booking."""
    return Booking(
        id=seed.id,
        site=seed.site,
        space=seed.space,
        group=seed.group,
        title=seed.title,
        people=seed.people,
        start=seed.start,
        end=seed.end,
        function=seed.function,
        protected=seed.protected,
        code=seed.code,
    )


def request_of(seed: SeedRequest) -> Request:
    """Return the record of a seeded request."""
    return Request(
        id=seed.id,
        site=seed.site,
        group=seed.group,
        title=seed.title,
        people=seed.people,
        duration_min=seed.duration_min,
        earliest=seed.earliest,
        latest_end=seed.latest_end,
        created_at=seed.created_at,
        space=seed.space,
        features=seed.features,
        functions=seed.functions,
        priority=seed.priority,
    )


class DemoBooks:
    """Keeps today and tomorrow of the scenario in the books. Putting the same in twice changes nothing."""

    def __init__(self, scenario: Scenario, store: BookingStore, clock: Clock) -> None:
        self._scenario = scenario
        self._store = store
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look every now and then whether a new day has begun."""
        while not stop.is_set():
            self.fill(self._clock.now())
            self._clock.wait(stop, _LOOK_EVERY_S)

    def fill(self, now: Millis) -> None:
        """Put in what is still to come today, and tomorrow."""
        today = to_datetime(now, self._scenario.zone).date()
        for day in (today, today + timedelta(days=1)):
            self._book(self._scenario.bookings(day), now)
            for seed in self._scenario.requests(day):
                try:
                    self._store.add_request(request_of(seed))
                except ConflictError as error:  # the scenario was changed since; what was kept stands
                    log.info("demo_request_yields", request=seed.id, reason=str(error))

    def _book(self, seeds: Sequence[SeedBooking], now: Millis) -> None:
        for seed in seeds:
            if seed.end <= now:
                continue
            try:
                self._store.book(booking_of(seed), "scenario", now)
            except ConflictError as error:
                # Somebody who tries the demo has booked the space by hand: theirs stands.
                log.info("demo_booking_yields", booking=seed.id, reason=str(error))


def today_of(scenario: Scenario, now: Millis) -> date:
    """Return the local day at the scenario's site."""
    return to_datetime(now, scenario.zone).date()
