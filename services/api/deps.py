"""What the API is built from; handed over once by the wiring, never looked up."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from services.access.desk import ClaimDesk
from services.access.enrolment import Enrolment
from services.api.glance import Glance
from services.api.heard import Heard
from services.api.live import Live
from services.api.throttle import SignInThrottle
from services.api.turnstile import Turnstile
from services.bookings.operations import Operations
from services.bookings.series.operations import SeriesOperations
from services.bookings.series.queries import SeriesQueries
from services.bookings.store import BookingStore
from services.catalogue.cached import CachedCatalogue
from services.catalogue.people import PeopleStore
from services.catalogue.store import CatalogueStore
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.journal.books import Books
from services.kit.clock import Clock, WallClock
from services.residents.store import ResidentStore
from services.timeseries.ports import History
from services.twins.store import TwinStore


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """The API's own knobs, each with its unit."""

    url: str = ""
    """Where people reach the pages from outside, without a slash at its end; empty: where the request came in."""
    session_ttl_s: int = 12 * 3600
    """A staff session lasts a long shift."""
    max_body_bytes: int = 64 * 1024
    """The largest body any route accepts; the longest honest one is under 2 KiB."""
    heartbeat_s: float = 10.0
    """A comment on a quiet stream, so that proxies and pages see it is alive."""
    send_timeout_s: float = 15.0
    """A stream client that takes nothing for this long is dropped; it resumes with its last event id."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything the routes use."""

    catalogue: CachedCatalogue
    catalogue_store: CatalogueStore
    people: PeopleStore
    bookings: BookingStore
    operations: Operations
    series_queries: SeriesQueries
    series_operations: SeriesOperations
    books: Books
    heard: Heard
    commands: CommandOutbox
    """Only to queue: the scheduler sends."""
    recent_commands: RecentCommands
    twins: TwinStore
    enrolment: Enrolment
    desk: ClaimDesk
    residents: ResidentStore
    turnstile: Turnstile
    history: History
    live: Live
    clock: Clock
    """The community's time: bookings, states, countdowns."""
    registry: CollectorRegistry
    settings: ApiSettings = field(default_factory=ApiSettings)
    machine_clock: Clock = field(default_factory=WallClock)
    """Real time: sessions and the sign-in throttle are about people at a keyboard, whatever the demo's speed."""
    throttle: SignInThrottle = field(default_factory=SignInThrottle)
    glance: Glance = field(default_factory=Glance)


def deps_of(request: Request) -> Deps:
    """Return what this application was built from."""
    deps: Deps = request.app.state.deps
    return deps


Wired = Annotated[Deps, Depends(deps_of)]
